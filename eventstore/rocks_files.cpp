#include "eventstore/rocks_files.h"

namespace dealog::eventstore {

void RocksFiles::begin_taking_in() {
  const std::lock_guard lock(mutex_);
  taking_in_ = true;
}

void RocksFiles::end_taking_in() {
  const std::lock_guard lock(mutex_);
  taking_in_ = false;
  linked_.clear();
}

rocksdb::IOStatus RocksFiles::LinkFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (taking_in_) linked_.insert(to);
  }
  return target()->LinkFile(from, to, options, debug);
}

rocksdb::IOStatus RocksFiles::DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                         rocksdb::IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (linked_.contains(path)) return rocksdb::IOStatus::OK();
  }
  return target()->DeleteFile(path, options, debug);
}

}  // namespace dealog::eventstore
