// Bodies of commands: parsed and decoded by the field table, for the kind that the first byte says.

#include <boost/json/object.hpp>

#include "api/decode.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dealog;
  if (size < 1) return 0;
  const Kind kind = all_kinds[data[0] % std::size(all_kinds)];
  for (const api::Mode mode : {api::Mode::create, api::Mode::patch}) {
    api::Faults faults;
    const auto body = api::parse_object(as_text(data + 1, size - 1), faults);
    if (!body) {
      if (faults.empty()) __builtin_trap();   // refused without a word
      continue;
    }
    std::vector<command::SetChange> sets;
    (void)api::decode_fields(kind, *body, {.mode = mode, .currency = *parse_currency("PLN"), .sets = mode == api::Mode::patch ? &sets : nullptr}, faults);
  }
  return 0;
}
