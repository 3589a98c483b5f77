// Proofs of a deal's history, as somebody may hand them to an auditor.

#include "api/bundle_json.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dealog;
  std::string why;
  const auto bundle = api::parse_bundle(as_text(data, size), why);
  if (!bundle) return why.empty() ? (__builtin_trap(), 1) : 0;
  const eventstore::VerifierKey key{"dealog.example/fuzz", eventstore::key_pair_of({1}).open};
  (void)eventstore::check_bundle(*bundle, key, bundle->checkpoint);
  // What is read is written and read as the same.
  const auto again = api::parse_bundle(api::to_json(*bundle, key), why);
  if (!again || again->records.size() != bundle->records.size() || again->checkpoint != bundle->checkpoint) __builtin_trap();
  return 0;
}
