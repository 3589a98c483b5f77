// Bytes of an event: refused, or read to the end.

#include <memory>

#include "domain/codec.h"
#include "domain/facts.h"
#include "domain/view.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dealog;
  // An allocation of exactly this size, aligned, so that a read past the end is seen.
  const Bytes bytes(data, data + size);
  (void)decode_personal(bytes);
  const fb::Record* record = read_record(bytes);
  if (record == nullptr) return 0;
  const Envelope around = envelope(*record);
  (void)event_of(*record);
  (void)event_type(*record);
  std::uint64_t facts = 0;
  for_each_fact(*record, nullptr, [&](const Fact&) { ++facts; });
  ViewFold fold(around.object);
  fold.apply(*record, nullptr);
  return 0;
}
