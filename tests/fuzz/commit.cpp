// Bytes of a commit, as the disk gives them back.

#include <string>

#include "eventstore/commit_codec.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dealog;
  const Bytes bytes(data, data + size);
  std::string why;
  eventstore::CommitView view;
  (void)view.read(bytes, why);
  if (const auto glance = eventstore::CommitGlance::at(bytes, why)) {
    (void)glance->record(glance->header().first);
    (void)glance->record(glance->last());
    if (glance->command_count() > 0) (void)glance->command(glance->command_count() - 1);
    (void)glance->command_with(eventstore::Hash16{1});
  }
  return 0;
}
