#include "eventstore/verify_files.h"

#include "domain/events_generated.h"
#include "eventstore/stored_files.h"

namespace dealog::eventstore {

void FileVerifier::record(const fb::Record& record, bool erased) {
  if (erased) return;
  if (auto name = stored_as(record)) told_.push_back({record.position(), std::move(*name)});
}

void FileVerifier::finish(Position& at) const {
  const Position end = at;
  for (const Told& file : told_) {
    at = file.position;
    check_stored_file(files_, folder_, keys_, file.name);
  }
  at = end;
}

}  // namespace dealog::eventstore
