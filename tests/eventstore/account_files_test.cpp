#include "eventstore/account_files.h"

#include "tests/eventstore/histories.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

TEST_CASE("slugs are short, lower-case and safe in paths", "[eventstore][account]") {
  for (const char* good : {"a", "acme", "0-1", "a-", "acme-2"}) CHECK(valid_slug(good));
  for (const char* bad : {"", "-a", "Acme", "a b", "../a", "a/b", ".new-a", "a.b", "\xC5\xBC"})
    CHECK_FALSE(valid_slug(bad));
  CHECK(valid_slug(std::string(63, 'x')));
  CHECK_FALSE(valid_slug(std::string(64, 'x')));
}

TEST_CASE("a new account is an empty log with keys and room for files", "[eventstore][account]") {
  const TemporaryDirectory directory;
  const auto path = create_account_files(directory.path(), "acme", acme, {});
  CHECK(posix_files().list(path) == std::vector<std::string>{"anchor", "files", "keyframes", "keys", "log", "signing"});
  const OpenLog open = open_account_files(path, "test", {});
  CHECK(open.account == acme);
  CHECK(open.log->head() == Head{0, 0, empty_root()});
  CHECK(list_accounts(directory.path(), posix_files()) == std::vector<std::string>{"acme"});
}

TEST_CASE("RocksDB keeps no log of its own, whose writing on a full disk would end the process", "[eventstore][account][R15]") {
  const TemporaryDirectory directory;
  const auto path = create_account_files(directory.path(), "acme", acme, {});
  RocksLogOptions sealing;
  sealing.seal_every = 10;
  Author author(1);
  for (int opening = 0; opening < 2; ++opening) {
    OpenLog open = open_account_files(path, "test", sealing);
    for (int i = 0; i < 10; ++i) append(*open.log, author.commit(3));
    open.log->seal();
    open.close();
  }
  for (const std::string& name : posix_files().list(path / "log")) CHECK_FALSE(name.starts_with("LOG"));
}

TEST_CASE("an account is not made over another", "[eventstore][account]") {
  const TemporaryDirectory directory;
  create_account_files(directory.path(), "acme", acme, {});
  CHECK_THROWS_AS(create_account_files(directory.path(), "acme", derived_uuid("test", "b"), {}),
                  StorageError);
  CHECK(open_account_files(directory.path() / "acme", "test", {}).account == acme);
}

TEST_CASE("an account is open in one place at a time, and who asks is told where", "[eventstore][account]") {
  const TemporaryDirectory directory;
  const auto path = create_account_files(directory.path(), "acme", acme, {});
  {
    const OpenLog open = open_account_files(path, "pid 1, listening on 127.0.0.1:8080", {});
    std::string told;
    try {
      open_account_files(path, "pid 2", {});
    } catch (const AccountInUse& error) {
      told = error.what();
    }
    CHECK(told.find("pid 1, listening on 127.0.0.1:8080") != std::string::npos);
    const auto lock = AccountLock::acquire(path, "pid 3");
    REQUIRE(std::holds_alternative<AccountLock::HeldBy>(lock));
    CHECK(std::get<AccountLock::HeldBy>(lock).holder == "pid 1, listening on 127.0.0.1:8080");
  }
  CHECK_NOTHROW(open_account_files(path, "pid 2", {}));
}

TEST_CASE("after a graceful end the anchor tells of the head, and other places may open",
          "[eventstore][account]") {
  const TemporaryDirectory directory;
  const auto path = create_account_files(directory.path(), "acme", acme, {});
  OpenLog open = open_account_files(path, "test", {});
  Author author(1);
  Head head;
  for (int i = 0; i < 20; ++i) head = append(*open.log, author.commit(3));
  open.close();
  CHECK(read_anchor(posix_files(), path / "anchor").anchored == Anchored{acme, head});
  CHECK(open_account_files(path, "test", {}).log->head() == head);
}

TEST_CASE("accounts share resources and nothing else", "[eventstore][account]") {
  const TemporaryDirectory directory;
  RocksLogOptions options;
  options.resources = make_log_resources(1 << 20, 1 << 20);
  const Uuid beta = derived_uuid("test", "beta");
  const auto a = create_account_files(directory.path(), "acme", acme, options);
  const auto b = create_account_files(directory.path(), "beta", beta, options);
  const OpenLog one = open_account_files(a, "test", options), two = open_account_files(b, "test", options);
  Author author(1);
  append(*one.log, author.commit(3));
  CHECK(one.log->head().position == 3);
  CHECK(two.log->head().position == 0);
  CHECK(one.keys->keyed_hash(Bytes{1}) != two.keys->keyed_hash(Bytes{1}));
}

}  // namespace dealog::eventstore
