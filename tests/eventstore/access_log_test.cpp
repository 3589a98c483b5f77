// The access log keeps what it took, whatever happens to the power or the disk (SPEC AUD-7).

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "eventstore/access_log.h"
#include "eventstore/sha256.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::eventstore;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "dealog-access-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { fs::remove_all(path); }
  fs::path log() const { return path / "access"; }
};

AccessEntry entry(int i) {
  AccessEntry made{.at = Instant{i}, .user = derived_uuid("user", std::to_string(i)), .token = derived_uuid("token", "t"), .action = "history"};
  made.detail = "/v1/deals/" + std::to_string(i);
  return made;
}

std::vector<std::uint64_t> numbers(AccessLog& log, std::uint64_t before = UINT64_MAX) {
  std::vector<std::uint64_t> found;
  log.read_back(before, [&](const AccessEntry& each) {
    CHECK(each.at.ms > 0);
    found.push_back(each.number);
    return true;
  });
  return found;
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("what was appended is read back, newest first, also by the next process [AUD-7]", "[eventstore][access]") {
  Folder folder;
  {
    AccessLog log(posix_files(), folder.log());
    CHECK(numbers(log).empty());
    CHECK_FALSE(fs::exists(folder.log()));   // nobody has looked: nothing is made
    for (int i = 1; i <= 3; ++i) log.append(entry(i));
    CHECK(numbers(log) == Numbers{3, 2, 1});
  }
  AccessLog log(posix_files(), folder.log());
  log.append(entry(4));
  CHECK(numbers(log) == Numbers{4, 3, 2, 1});
  CHECK(numbers(log, 3) == Numbers{2, 1});
  log.read_back(4, [&](const AccessEntry& third) {
    AccessEntry expected = entry(3);
    expected.number = 3;
    CHECK(third == expected);
    return false;
  });
}

TEST_CASE("a new file begins when one is full, and pages go over both [AUD-7]", "[eventstore][access]") {
  Folder folder;
  {
    AccessLog log(posix_files(), folder.log(), 200);
    for (int i = 1; i <= 7; ++i) log.append(entry(i));
  }
  CHECK(std::distance(fs::directory_iterator(folder.log()), {}) > 2);
  AccessLog log(posix_files(), folder.log(), 200);
  log.append(entry(8));
  CHECK(numbers(log) == Numbers{8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(numbers(log, 3) == Numbers{2, 1});
}

TEST_CASE("an end that is unsound is left as it is, and the gap in the numbers tells of it [AUD-7]", "[eventstore][access]") {
  Folder folder;
  {
    AccessLog log(posix_files(), folder.log());
    for (int i = 1; i <= 3; ++i) log.append(entry(i));
  }
  const fs::path file = folder.log() / "000000000001.log";
  const auto size = fs::file_size(file);
  SECTION("a write that was not finished") { fs::resize_file(file, size - 5); }
  SECTION("a flipped byte") {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(size) - 5);
    bytes.put('~');
  }
  AccessLog log(posix_files(), folder.log());
  CHECK(numbers(log) == Numbers{2, 1});
  log.append(entry(4));
  CHECK(numbers(log) == Numbers{4, 2, 1});
  AccessLog again(posix_files(), folder.log());
  again.append(entry(5));
  CHECK(numbers(again) == Numbers{5, 4, 2, 1});
}

TEST_CASE("what is too long is cut, and nothing else is lost [AUD-7]", "[eventstore][access]") {
  Folder folder;
  AccessLog log(posix_files(), folder.log());
  AccessEntry long_one = entry(1);
  long_one.detail = std::string(5000, 'x');
  log.append(long_one);
  log.append(entry(2));
  CHECK(numbers(log) == Numbers{2, 1});
  log.read_back(2, [&](const AccessEntry& cut) {
    CHECK(cut.detail == std::string(1024, 'x'));
    return true;
  });
}

TEST_CASE("after a failed write nothing is taken any more, and what was taken stays [AUD-7][R4]", "[eventstore][access]") {
  for (std::uint64_t n = 1; n < 8; ++n) {
    Folder folder;
    TestDisk disk;
    AccessLog log(*disk.options().files, folder.log());
    disk.fail_at(n);
    std::uint64_t taken = 0;
    bool failed = false;
    for (int i = 1; i <= 4; ++i) {
      try {
        log.append(entry(i));
        CHECK_FALSE(failed);
        ++taken;
      } catch (const StorageError&) {
        failed = true;
      }
    }
    CAPTURE(n, taken);
    CHECK(failed);
    disk.fail_at(0);
    AccessLog again(*disk.options().files, folder.log());
    std::uint64_t found = 0;
    again.read_back(UINT64_MAX, [&](const AccessEntry& each) {
      found += each.number <= taken;
      return true;
    });
    CHECK(found == taken);
    again.append(entry(9));
  }
}

TEST_CASE("the access log is written as in the first release [AUD-7]", "[eventstore][access][golden]") {
  Folder folder;
  {
    AccessLog log(posix_files(), folder.log());
    log.append(entry(1));
    log.append({.at = Instant{2}, .action = "log_in_refused", .detail = "127.0.0.1"});
  }
  const auto file = posix_files().open(folder.log() / "000000000001.log", OpenMode::existing);
  CHECK(matches_golden("access_log_v1.hex", read_all(*file)));
}
