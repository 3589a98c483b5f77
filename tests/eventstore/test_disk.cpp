#include "tests/eventstore/test_disk.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "tests/eventstore/histories.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::size_t page = 4096;

IOStatus failure() { return IOStatus::IOError("the test disk fails"); }

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, TestDisk& disk, fs::path path, std::uint64_t size = 0)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)), size_(size) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (!disk_.change()) return failure();
    disk_.written(path_, size_ += data.size());
    return target()->Append(data, options, debug);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return disk_.sync(path_) ? target()->Sync(options, debug) : failure();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return disk_.sync(path_) ? target()->Fsync(options, debug) : failure();
  }

 private:
  TestDisk& disk_;
  const fs::path path_;
  std::uint64_t size_;
};

class TestFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit TestFileSystem(TestDisk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "TestFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    const auto held = disk_.hold();
    if (!disk_.change()) return failure();
    const IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok()) {
      disk_.created(path, false);
      *file = std::make_unique<WritableFile>(std::move(*file), disk_, path);
    }
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    const auto held = disk_.hold();
    if (!disk_.change()) return failure();
    disk_.moved(from, to);
    return target()->RenameFile(from, to, options, debug);
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    const auto held = disk_.hold();
    disk_.removed(path);
    return target()->DeleteFile(path, options, debug);
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* debug) override {
    const auto held = disk_.hold();
    if (!disk_.change()) return failure();
    disk_.linked(from, to);
    return target()->LinkFile(from, to, options, debug);
  }
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    if (!disk_.change()) return failure();
    const IOStatus status = target()->ReopenWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<WritableFile>(std::move(*file), disk_, path, fs::file_size(path));
    return status;
  }

 private:
  TestDisk& disk_;
};

class OwnFile final : public File {
 public:
  OwnFile(std::unique_ptr<File> file, TestDisk& disk, fs::path path)
      : file_(std::move(file)), disk_(disk), path_(std::move(path)) {}

  std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return file_->read_at(offset, into);
  }
  void write_at(std::uint64_t offset, BytesView bytes) override {
    if (!disk_.change()) throw StorageError("the test disk fails to write " + path_.string());
    file_->write_at(offset, bytes);
  }
  void sync() override {
    if (!disk_.sync(path_)) throw StorageError("the test disk fails to sync " + path_.string());
    file_->sync();
  }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  TestDisk& disk_;
  const fs::path path_;
};

}  // namespace

class TestDisk::OwnFiles final : public Files {
 public:
  explicit OwnFiles(TestDisk& disk) : disk_(disk) {}

  std::unique_ptr<File> open(const fs::path& path, OpenMode mode) override {
    check("open", path);
    auto file = posix_files().open(path, mode);
    disk_.created(path, true);
    return std::make_unique<OwnFile>(std::move(file), disk_, path);
  }
  void create_directory(const fs::path& path) override {
    check("make", path);
    posix_files().create_directory(path);
  }
  void rename(const fs::path& from, const fs::path& to) override {
    check("rename", from);
    disk_.moved(from, to);
    posix_files().rename(from, to);
  }
  void sync_directory(const fs::path& path) override {
    check("sync", path);
    posix_files().sync_directory(path);
  }
  void remove_all(const fs::path& path) override {
    const auto held = disk_.hold();
    check("remove", path);
    posix_files().remove_all(path);
  }
  bool exists(const fs::path& path) const override { return posix_files().exists(path); }
  std::vector<std::string> list(const fs::path& path) const override { return posix_files().list(path); }
  std::uint64_t free_space(const fs::path& path) const override { return disk_.free_space(path); }

 private:
  void check(const std::string& what, const fs::path& path) {
    if (!disk_.change()) throw StorageError("the test disk fails to " + what + " " + path.string());
  }

  TestDisk& disk_;
};

struct TestDisk::Wrapped {
  std::shared_ptr<TestFileSystem> files;
  std::unique_ptr<rocksdb::Env> env;
};

TestDisk::TestDisk() : own_(std::make_unique<OwnFiles>(*this)), wrapped_(std::make_unique<Wrapped>()) {
  wrapped_->files = std::make_shared<TestFileSystem>(*this);
  wrapped_->env = rocksdb::NewCompositeEnv(wrapped_->files);
}

TestDisk::~TestDisk() = default;

RocksLogOptions TestDisk::options() {
  RocksLogOptions options;
  options.files = own_.get();
  options.env = wrapped_->env.get();
  return options;
}

void TestDisk::fail_at(std::uint64_t n, bool and_all_after) {
  const std::lock_guard lock(mutex_);
  operations_ = 0;
  fail_at_ = n;
  all_after_ = and_all_after;
  failed_ = false;
}

std::uint64_t TestDisk::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

bool TestDisk::has_failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void TestDisk::cut_at_sync(std::uint64_t n, fs::path from, fs::path to, Cut how, std::uint32_t seed) {
  const std::lock_guard lock(mutex_);
  syncs_ = 0;
  cut_at_ = n;
  cut_ = false;
  from_ = std::move(from);
  to_ = std::move(to);
  how_ = how;
  random_.seed(seed);
}

bool TestDisk::has_cut() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

void TestDisk::ignore_sync_of(std::string ending) {
  const std::lock_guard lock(mutex_);
  ignored_ = std::move(ending);
}

void TestDisk::set_free_space(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  free_space_ = bytes;
}

std::uint64_t TestDisk::free_space(const fs::path& path) const {
  const std::lock_guard lock(mutex_);
  return free_space_ ? *free_space_ : posix_files().free_space(path);
}

bool TestDisk::change() {
  const std::lock_guard lock(mutex_);
  ++operations_;
  const bool fails = fail_at_ != 0 && (operations_ == fail_at_ || (all_after_ && operations_ > fail_at_));
  failed_ = failed_ || fails;
  return !fails;
}

void TestDisk::written(const fs::path& path, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  files_[path].written = size;
}

bool TestDisk::sync(const fs::path& path) {
  const std::lock_guard lock(mutex_);
  if (!change()) return false;
  if (++syncs_ == cut_at_) cut();
  if (!ignored_.empty() && path.string().ends_with(ignored_)) return true;
  Durable& file = files_[path];
  if (file.own) {
    file.image = file_bytes(path);
  } else {
    file.synced = file.written;
  }
  return true;
}

void TestDisk::created(const fs::path& path, bool own) {
  const std::lock_guard lock(mutex_);
  // A file of ours that was there already is on the disk as it is; a new one has nothing on it.
  if (own && files_.contains(path)) return;
  files_[path] = Durable{own, own ? file_bytes(path) : Bytes{}, 0, 0};
}

void TestDisk::moved(const fs::path& from, const fs::path& to) {
  const std::lock_guard lock(mutex_);
  std::map<fs::path, Durable> after;
  for (auto& [path, file] : files_) {
    const std::string text = path.string(), old = from.string();
    const bool inside = text == old || text.starts_with(old + "/");
    after[inside ? fs::path(to.string() + text.substr(old.size())) : path] = std::move(file);
  }
  files_ = std::move(after);
}

void TestDisk::linked(const fs::path& from, const fs::path& to) {
  const std::lock_guard lock(mutex_);
  if (const auto known = files_.find(from); known != files_.end()) files_[to] = known->second;
}

void TestDisk::removed(const fs::path& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(path);
}

void TestDisk::cut() {
  fs::create_directories(to_);
  for (const auto& entry : fs::recursive_directory_iterator(from_)) {
    const fs::path to = to_ / fs::relative(entry.path(), from_);
    if (entry.is_directory()) {
      fs::create_directories(to);
      continue;
    }
    const auto known = files_.find(entry.path());
    if (known == files_.end()) {
      fs::copy_file(entry.path(), to);
    } else {
      cut_file(entry.path(), to, known->second);
    }
  }
  cut_ = true;
}

void TestDisk::cut_file(const fs::path& from, const fs::path& to, const Durable& durable) {
  Bytes bytes = file_bytes(from);
  const auto coin = [this] { return random_() % 2 == 0; };
  if (durable.own) {
    Bytes old = durable.image;
    old.resize(bytes.size());
    for (std::size_t at = 0; at < bytes.size(); at += page) {
      const auto end = static_cast<long>(std::min(at + page, bytes.size()));
      const bool lost = how_ == Cut::drop_all || coin();
      if (lost)
        std::copy(old.begin() + static_cast<long>(at), old.begin() + end,
                  bytes.begin() + static_cast<long>(at));
    }
  } else {
    const std::size_t synced = std::min<std::size_t>(durable.synced, bytes.size());
    const std::size_t unsynced = bytes.size() - synced;
    if (how_ == Cut::drop_all) bytes.resize(synced);
    if (how_ == Cut::keep_some && unsynced != 0) bytes.resize(synced + random_() % unsynced);
    if (how_ == Cut::drop_middle_pages) {
      for (std::size_t at = synced / page * page; at < bytes.size(); at += page) {
        if (coin()) continue;
        const std::size_t begin = std::max(at, synced), end = std::min(at + page, bytes.size());
        std::fill(bytes.begin() + static_cast<long>(begin), bytes.begin() + static_cast<long>(end),
                  std::uint8_t{0});
      }
    }
  }
  write_file(to, bytes);
}

}  // namespace dealog::eventstore
