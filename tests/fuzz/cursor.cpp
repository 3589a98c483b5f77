// Cursors that clients send back.

#include "projections/cursor.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dealog::projections;
  const auto cursor = decode_cursor(as_text(data, size));
  if (cursor && decode_cursor(encode(*cursor)) != cursor) __builtin_trap();
  return 0;
}
