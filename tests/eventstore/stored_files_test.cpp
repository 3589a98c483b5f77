// Uploaded files on the disk (SPEC ACT-4, CON-3): read back as they were, by nobody once their key is gone, and whole or
// not there whatever fails.

#include "eventstore/stored_files.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "domain/fields.h"
#include "eventstore/account_files.h"
#include "eventstore/backup.h"
#include "eventstore/sha256.h"
#include "eventstore/verify.h"
#include "tests/eventstore/histories.h"
#include "tests/eventstore/test_disk.h"
#include "tests/support/catch.h"
#include "tests/support/places.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

Uuid file_number(int n) { return derived_uuid("test file", std::to_string(n)); }

Bytes content_of(std::size_t size, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

std::optional<Bytes> read(const StoredFiles& stored, const Uuid& id, const std::string& name) {
  const auto reader = stored.open(id, name);
  if (!reader) return std::nullopt;
  Bytes all;
  while (const auto piece = reader->next()) all.insert(all.end(), piece->begin(), piece->end());
  return all;
}

// A file object's birth, as the writer records it.
Bytes born(Position position, const Uuid& id, const std::string& name, const Keyring& keys) {
  const ObjectRef object{Kind::file, id};
  const Sealed sealed = keys.seal(object, position, encode_personal({{field::file::name, std::string("a.txt")}}));
  Envelope envelope{.position = position, .object = object, .version = 1, .recorded_at = {1'700'000'000'000}};
  return encode(envelope, event::Created{.fields = {{field::file::stored_as, name}}}, &sealed);
}

struct Account {
  TemporaryDirectory directory;
  fs::path path = create_account_files(directory.path(), "acme", acme, {});
  OpenLog open = open_account_files(path, "test", {});
  StoredFiles stored{posix_files(), path / "files", *open.keys};

  // Stored and told of.
  std::string upload(int n, const Bytes& content) {
    const std::string name = *stored.put(file_number(n), content);
    append(*open.log, Made{{born(open.log->head().position + 1, file_number(n), name, *open.keys)}, {}});
    return name;
  }
  std::string wrong() const {
    const VerifyReport report = verify(*open.log, *open.keys, path, posix_files(), nullptr);
    return report.wrong ? std::to_string(report.wrong->position) + " " + report.wrong->what : "";
  }
};

}  // namespace

TEST_CASE("what was stored is read back, of any length [ACT-4]", "[eventstore][files]") {
  Account account;
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 131072u, 1'000'000u}) {
    CAPTURE(size);
    const Bytes content = content_of(size);
    const std::string name = account.upload(static_cast<int>(size), content);
    CHECK(name.size() == 32);
    CHECK(read(account.stored, file_number(static_cast<int>(size)), name) == content);
    CHECK_NOTHROW(check_stored_file(posix_files(), account.path / "files", *account.open.keys, name));
  }
  CHECK(account.wrong() == "");
  CHECK(verify(*account.open.log, *account.open.keys, account.path, posix_files(), nullptr).files == 7);
}

TEST_CASE("the same bytes twice are two files, and nothing of them stands on the disk [ACT-4][CON-3]", "[eventstore][files]") {
  Account account;
  const std::string words = "Zazolc gesla jazn: a name that nobody may find";
  const Bytes content(words.begin(), words.end());
  const std::string first = account.upload(1, content), second = account.upload(2, content);
  CHECK(first != second);
  for (const std::string& name : {first, second}) {
    const Bytes stored = file_bytes(account.path / "files" / name);
    CHECK(std::search(stored.begin(), stored.end(), content.begin(), content.begin() + 10) == stored.end());
  }
  CHECK(file_bytes(account.path / "files" / first) != file_bytes(account.path / "files" / second));
}

TEST_CASE("once its key is erased nobody reads a file, and nothing more is stored under it [CON-3]", "[eventstore][files]") {
  Account account;
  const std::string name = account.upload(1, content_of(100));
  const ObjectRef object{Kind::file, file_number(1)};
  account.open.keys->erase(std::span(&object, 1));
  CHECK(account.stored.open(file_number(1), name) == nullptr);
  CHECK_FALSE(account.stored.put(file_number(1), content_of(5)));
  account.stored.remove(name);
  account.stored.remove(name);   // gone is gone
  CHECK(posix_files().list(account.path / "files").empty());
  CHECK(account.wrong() == "");
}

TEST_CASE("what no event tells of is removed, and nothing else [R10]", "[eventstore][files]") {
  Account account;
  const std::string kept = account.upload(1, content_of(100));
  const std::string orphan = *account.stored.put(file_number(2), content_of(100));
  write_file(account.path / "files" / "0123456789abcdef0123456789abcdef.new", content_of(10));
  CHECK(account.stored.keep_only({kept}) == 2);
  CHECK(posix_files().list(account.path / "files") == std::vector<std::string>{kept});
  CHECK(account.stored.keep_only({kept}) == 0);
  CHECK_THROWS_AS(account.stored.open(file_number(2), orphan), StorageError);
}

TEST_CASE("a name that is none leads nowhere", "[eventstore][files]") {
  Account account;
  account.upload(1, content_of(3));
  for (const std::string name : {"", "..", "../keys", "../../acme/keys"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(account.stored.open(file_number(1), name), StorageError);
    CHECK_THROWS_AS(check_stored_file(posix_files(), account.path / "files", *account.open.keys, name), StorageError);
    account.stored.remove(name);
  }
  CHECK(fs::exists(account.path / "keys"));
  CHECK(posix_files().list(account.path / "files").size() == 1);
}

TEST_CASE("no bit of a stored file can change unseen, nor can it be cut, extended, missing or another's [R4]", "[eventstore][files][verify]") {
  Account account;
  const Bytes content = content_of(70'000);
  account.upload(1, content_of(10, 2));
  const std::string name = account.upload(2, content), other = account.upload(3, content);
  const fs::path path = account.path / "files" / name;
  const Bytes sound = file_bytes(path);
  // What the reader gives out before it notices is never anything but what was written.
  const auto refused = [&](const Bytes& bytes) {
    write_file(path, bytes);
    Bytes given;
    bool complete = false;
    try {
      const auto reader = account.stored.open(file_number(2), name);
      while (const auto piece = reader->next()) given.insert(given.end(), piece->begin(), piece->end());
      complete = true;
    } catch (const StorageError&) {
    }
    CHECK(given.size() <= content.size());
    CHECK(std::equal(given.begin(), given.end(), content.begin()));
    CHECK(account.wrong().starts_with("2 the uploaded file"));
    return !complete;
  };
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    Bytes bytes = sound;
    const std::size_t at = round < 48 ? static_cast<std::size_t>(round) : random() % bytes.size();
    CAPTURE(at);
    bytes[at] ^= static_cast<std::uint8_t>(1u << (random() % 8));
    CHECK(refused(bytes));
  }
  for (const std::size_t size : {0ul, 8ul, 47ul, 48ul, 60ul, 48ul + 65553ul, sound.size() - 1}) {
    CAPTURE(size);
    CHECK(refused(Bytes(sound.begin(), sound.begin() + static_cast<long>(size))));
  }
  Bytes longer = sound;
  longer.push_back(0);
  CHECK(refused(longer));
  CHECK(refused(file_bytes(account.path / "files" / other)));
  fs::remove(path);
  CHECK(account.wrong().starts_with("2 the uploaded file"));
  write_file(path, sound);
  CHECK(account.wrong() == "");
}

TEST_CASE("a backup has the files that its log tells of, and a restored account reads them [IO-5]", "[eventstore][files][backup]") {
  Account account;
  const Bytes content = content_of(200'000);
  const std::string name = account.upload(1, content), erased = account.upload(2, content);
  const ObjectRef gone{Kind::file, file_number(2)};
  account.open.keys->erase(std::span(&gone, 1));
  account.stored.remove(erased);
  write_file(account.path / "files" / "0123456789abcdef0123456789abcdef.new", content_of(10));
  const fs::path backups = account.directory.path() / "backups", elsewhere = account.directory.path() / "elsewhere";
  make_backup({.open = account.open, .slug = "acme", .directory = account.path, .folder = backups, .made_at = {1'772'442'000'000}, .options = {}, .stop = {}});
  fs::create_directories(elsewhere);
  restore_backup({.backup = backups / "acme-20260302T090000Z", .accounts = elsewhere, .slug = "again", .erasures_from = {}, .take_over = {}, .options = {}});
  const OpenLog open = open_account_files(elsewhere / "again", "test", {});
  CHECK(posix_files().list(elsewhere / "again" / "files") == std::vector<std::string>{name});
  const StoredFiles stored(posix_files(), elsewhere / "again" / "files", *open.keys);
  CHECK(read(stored, file_number(1), name) == content);
  CHECK(stored.open(file_number(2), erased) == nullptr);
}

TEST_CASE("a backup with a file that is damaged is none [IO-5][R4]", "[eventstore][files][backup]") {
  Account account;
  const std::string name = account.upload(1, content_of(1000));
  Bytes bytes = file_bytes(account.path / "files" / name);
  bytes[500] ^= 1;
  write_file(account.path / "files" / name, bytes);
  const fs::path backups = account.directory.path() / "backups";
  CHECK_THROWS_WITH(make_backup({.open = account.open, .slug = "acme", .directory = account.path, .folder = backups, .made_at = {0}, .options = {}, .stop = {}}),
                    Catch::Contains("does not verify: at position 1"));
  CHECK(list_backups(backups, posix_files()).empty());
}

TEST_CASE("whatever fails while a file is stored, it is whole or nobody knows of it, and the next one is stored [R6]", "[eventstore][files][faults][R6]") {
  const bool for_good = GENERATE(false, true);
  bool failed = true;
  int stored_after_failure = 0;
  for (std::uint64_t n = 1; failed; ++n) {
    CAPTURE(for_good, n);
    TemporaryDirectory directory;
    const fs::path path = create_account_files(directory.path(), "acme", acme, {});
    TestDisk disk;
    const Bytes content = content_of(150'000);
    std::string name;
    {
      OpenLog open = open_account_files(path, "test", disk.options());
      StoredFiles stored(*disk.options().files, path / "files", *open.keys);
      disk.fail_at(n, for_good);
      try {
        name = *stored.put(file_number(1), content);
      } catch (const StorageError&) {
        if (!for_good) {
          try {
            const std::string second = *stored.put(file_number(2), content);
            CHECK(read(stored, file_number(2), second) == content);
            ++stored_after_failure;
          } catch (const StorageError& error) {
            // Only a key that could not be written stops all that needs new keys, until a restart.
            CHECK(std::string(error.what()).find("the keys have failed") != std::string::npos);
          }
        }
      }
      failed = disk.has_failed();
      disk.fail_at(0);
    }
    const OpenLog open = open_account_files(path, "test", {});
    StoredFiles stored(posix_files(), path / "files", *open.keys);
    if (!name.empty()) CHECK(read(stored, file_number(1), name) == content);
    stored.keep_only(name.empty() ? std::unordered_set<std::string>{} : std::unordered_set{name});
    CHECK(posix_files().list(path / "files").size() == (name.empty() ? 0u : 1u));
    CHECK(read(stored, file_number(3), *stored.put(file_number(3), content)) == content);
  }
  if (!for_good) CHECK(stored_after_failure > 3);
}

namespace {

// Uploads files one after another, cuts the power at the n-th sync and looks what is left. Returns the files that were
// stored before and cannot be read; nothing: there was no such sync.
std::optional<int> lost_at_sync(std::uint32_t n, Cut how, const std::string& ignored) {
  TemporaryDirectory directory;
  const fs::path path = create_account_files(directory.path(), "acme", acme, {}), left = directory.path() / "left";
  TestDisk disk;
  if (!ignored.empty()) disk.ignore_sync_of(ignored);
  std::vector<std::pair<int, std::string>> stored_before;
  OpenLog open = open_account_files(path, "test", disk.options());
  StoredFiles stored(*disk.options().files, path / "files", *open.keys);
  disk.cut_at_sync(n, path, left, how, n);
  for (int i = 1; i <= 3 && !disk.has_cut(); ++i) {
    const std::string name = *stored.put(file_number(i), content_of(150'000, static_cast<std::uint32_t>(i)));
    if (!disk.has_cut()) stored_before.emplace_back(i, name);
  }
  if (!disk.has_cut()) return std::nullopt;
  int lost = 0;
  const OpenLog after = open_account_files(left, "test", {});
  const StoredFiles files(posix_files(), left / "files", *after.keys);
  for (const auto& [i, name] : stored_before) {
    try {
      lost += read(files, file_number(i), name) != content_of(150'000, static_cast<std::uint32_t>(i));
    } catch (const StorageError&) {
      ++lost;
    }
  }
  return lost;
}

}  // namespace

TEST_CASE("a power cut loses no file that was stored [R2]", "[eventstore][files][faults][R2]") {
  const Cut how = GENERATE(Cut::drop_all, Cut::keep_some, Cut::drop_middle_pages);
  std::optional<int> lost = 0;
  for (std::uint32_t n = 1; lost; ++n) {
    CAPTURE(int(how), n);
    lost = lost_at_sync(n, how, "");
    CHECK(lost.value_or(0) == 0);
  }
}

TEST_CASE("the test of power cuts finds a file, or a key, that is not synced [R2][R15]", "[eventstore][files][faults][R2]") {
  const std::string ignored = GENERATE(".new", "/keys");
  CAPTURE(ignored);
  int found = 0;
  std::optional<int> lost = 0;
  for (std::uint32_t n = 1; lost; ++n) {
    lost = lost_at_sync(n, Cut::drop_all, ignored);
    found += lost.value_or(0);
  }
  CHECK(found > 0);
}

TEST_CASE("a stored file of the first release is read, under the name it had", "[eventstore][files][golden]") {
  // With keys that never change: slot 0 the account's secret, slot 1 the file's key.
  TemporaryDirectory directory;
  SubjectKey secret, key;
  secret.fill(1);
  key.fill(2);
  Bytes slots = encode_key_slot(0, {Kind::none, acme}, &secret);
  const Bytes own = encode_key_slot(1, {Kind::file, file_number(1)}, &key);
  slots.insert(slots.end(), own.begin(), own.end());
  write_file(directory.path() / "keys", slots);
  FileKeyring keys(posix_files(), directory.path() / "keys", acme);
  const fs::path folder = directory.path() / "files", golden = test::golden() / "stored_file_v1.hex";
  fs::create_directory(folder);
  StoredFiles stored(posix_files(), folder, keys);
  const Bytes content = content_of(65'540);

  // What is written holds random bytes, so it is only written when there is none yet: its name, then all of it.
  if (!fs::exists(golden) && std::getenv("DEALOG_WRITE_GOLDEN") != nullptr) {
    const std::string name = *stored.put(file_number(1), content);
    const std::string text = name + "\n" + hex(file_bytes(folder / name)) + "\n";
    write_file(golden, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    stored.remove(name);
  }
  std::ifstream in(golden);
  std::string name, digits;
  REQUIRE(in >> name >> digits);
  Bytes bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2) bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(at, 2), nullptr, 16)));
  write_file(folder / name, bytes);
  CHECK_NOTHROW(check_stored_file(posix_files(), folder, keys, name));
  CHECK(read(stored, file_number(1), name) == content);
}

}  // namespace dealog::eventstore
