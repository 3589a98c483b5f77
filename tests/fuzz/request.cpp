// HTTP requests, in pieces of the size that the first byte says, as a socket would give them.

#include <algorithm>
#include <cstring>

#include "api/wire.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using dealog::api::RequestReader;
  if (size < 2) return 0;
  const std::size_t piece = std::size_t{data[0]} + 1;
  RequestReader reader(4096, 65536);
  for (std::size_t at = 1; at < size;) {
    const std::size_t bytes = std::min(piece, size - at);
    const auto space = reader.space(bytes);
    std::memcpy(space.data(), data + at, bytes);
    reader.received(bytes);
    at += bytes;
    for (;;) {
      const auto state = reader.next();
      if (state == RequestReader::State::failed) return 0;
      if (state == RequestReader::State::need_more) break;
      if (state == RequestReader::State::header) reader.limit_body(8192);
      if (state == RequestReader::State::complete) (void)reader.request().parameter("limit");
    }
  }
  return 0;
}
