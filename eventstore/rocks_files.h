#pragma once
// The file system under RocksDB, with one repair. When RocksDB takes in files and the sync of its manifest fails, it
// deletes these files, although the manifest, which names them, may be on the disk as it is: after a restart the
// database would not open (seen with 7.8.3). So while files are taken in, what was linked for it is not deleted; what
// then belongs to nobody RocksDB removes at its next opening.

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <mutex>
#include <set>
#include <string>

namespace dealog::eventstore {

class RocksFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit RocksFiles(const std::shared_ptr<rocksdb::FileSystem>& below) : FileSystemWrapper(below) {}
  const char* Name() const override { return "DealogFiles"; }

  // From now on links are remembered and not deleted, until `end`. One at a time.
  void begin_taking_in();
  void end_taking_in();

  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  std::mutex mutex_;  // Guards both.
  bool taking_in_ = false;
  std::set<std::string> linked_;
};

}  // namespace dealog::eventstore
