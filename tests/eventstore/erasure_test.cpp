// From the commit that says what is erased to the keys that are gone (ARCHITECTURE 8): by the writer, and at every opening.

#include "eventstore/erasure.h"

#include <map>

#include "domain/events_generated.h"
#include "domain/new_account.h"
#include "eventstore/memory_log.h"
#include "eventstore/writer.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {
namespace {

Uuid id_of(std::string_view name) { return derived_uuid("erasure test", name); }
const Uuid account = id_of("account");
const ObjectRef ala{Kind::person, id_of("ala")}, bob{Kind::person, id_of("bob")};

// A new account's log, and a writer of it whose commands are decided at once.
struct Bench {
  MemoryLog log;
  std::unique_ptr<Keyring> keys = memory_keyring();
  Instant now{1'760'000'000'000};
  std::size_t readable = 0;    // personal parts that were readable when a commit was published
  std::unique_ptr<Writer> writer;

  Bench() {
    const auto events = create_account_events({.id = account, .name = "Test", .slug = "test", .currency = "PLN", .time_zone = "Europe/Warsaw",
                                               .administrator_name = "Ada", .administrator_email = "ada@example.com", .token_hash = "00"});
    for (const NewEvent& event : *events) append(event);
    open();
  }
  // As a kill leaves it: the commit is there, whatever was to come after it is not.
  void append(const NewEvent& event) {
    Envelope around{.position = log.head().position + 1, .object = event.object, .version = ++versions[event.object], .recorded_at = now, .effective_at = now,
                    .command = log.head().position + 1};
    std::optional<Sealed> sealed;
    if (!event.personal.empty()) {
      keys->ensure(std::span(&event.object, 1));
      sealed = keys->seal(event.object, around.position, encode_personal(event.personal));
    }
    const Bytes record = encode(around, event.event, sealed ? &*sealed : nullptr);
    log.append(log.head(), {{BytesView(record)}, {}});
  }
  void open() {
    writer = std::make_unique<Writer>(log, *keys, Writer::Config{.clock = [this] { return now; }, .post = [](std::function<void()> work) { work(); },
                                                                .published = [this](const std::shared_ptr<const Committed>&) { readable = count(); }});
  }
  Outcome run(Command command, bool dry_run = false) {
    Outcome outcome;
    Submission submission{.command = std::move(command), .context = {.actor = first_administrator(account)}};
    submission.dry_run = dry_run;
    submission.done = [&](Outcome&& made) { outcome = std::move(made); };
    writer->submit(std::move(submission));
    return outcome;
  }
  Outcome add(ObjectRef person) { return run(command::Create{.object = person, .fields = {{field::person::name, std::string("Somebody")}}}); }
  // Personal parts of persons in the log that can be read.
  std::size_t count() const {
    std::size_t found = 0;
    log.read(0, log.head().position, [&](const StoredRecord& stored) {
      found += envelope(stored.record).object.kind == Kind::person && keys->open(stored.record).has_value();
      return true;
    });
    return found;
  }

  std::map<ObjectRef, Version> versions;
};

}  // namespace

TEST_CASE("keys are gone before anybody is told of the commit that destroys them [CON-3]", "[eventstore][erasure]") {
  Bench bench;
  bench.add(ala);
  bench.add(bob);
  REQUIRE(bench.count() == 2);
  const Outcome outcome = bench.run(command::Erase{ala, {}});
  REQUIRE(std::holds_alternative<Accepted>(outcome));
  CHECK(bench.readable == 1);
  CHECK(bench.count() == 1);
  CHECK(std::get<Refusal>(bench.run(command::Edit{.object = ala, .fields = {{field::person::name, std::string("Ala")}}})).code == Code::erased);
  CHECK_FALSE(bench.writer->failed());
}

TEST_CASE("a dry run is decided like the deed, and nothing happens", "[eventstore][erasure]") {
  Bench bench;
  bench.add(ala);
  const Head before = bench.log.head();
  const Outcome outcome = bench.run(command::Erase{ala, {}}, true);
  const auto& preview = std::get<Accepted>(outcome).preview;
  REQUIRE(preview);
  CHECK(std::get<event::SubjectErased>(preview->events.at(0).event).subjects == std::vector{ala});
  CHECK(bench.log.head() == before);
  CHECK(bench.count() == 1);
  CHECK(std::get<Refusal>(bench.run(command::Erase{bob, {}}, true)).code == Code::not_found);
}

TEST_CASE("killed between the commit and the keys: finished at the next opening [R10]", "[eventstore][erasure]") {
  Bench bench;
  bench.add(ala);
  bench.add(bob);
  bench.versions[ala] = 1;
  bench.append({.object = ala, .event = event::SubjectErased{{ala}}});
  REQUIRE(bench.count() == 2);

  SECTION("where the account's files are opened") {
    CHECK(finish_erasures(bench.log, *bench.keys) == 1);
    CHECK(bench.count() == 1);
    CHECK(finish_erasures(bench.log, *bench.keys) == 0);
    bench.open();
    CHECK_FALSE(bench.writer->erased_late());
  }
  SECTION("at the latest where the writer reads the log, which says so") {
    bench.open();
    CHECK(bench.writer->erased_late());
    CHECK(bench.count() == 1);
    bench.open();
    CHECK_FALSE(bench.writer->erased_late());
  }
  CHECK(std::get<Refusal>(bench.run(command::Edit{.object = ala, .fields = {{field::person::name, std::string("Ala")}}})).code == Code::erased);
  CHECK(std::holds_alternative<Accepted>(bench.run(command::Edit{.object = bob, .fields = {{field::person::name, std::string("Bob")}}})));
}

TEST_CASE("a key that is gone without an event, as after a restore, is never used again [IO-5]", "[eventstore][erasure]") {
  Bench bench;
  bench.add(ala);
  CHECK(bench.keys->erase(std::span(&ala, 1)) == 1);
  CHECK(bench.keys->erase(std::span(&ala, 1)) == 0);
  bench.open();
  CHECK(std::get<Refusal>(bench.run(command::Edit{.object = ala, .fields = {{field::person::name, std::string("Ala")}}})).code == Code::erased);
  CHECK_FALSE(bench.writer->failed());
}

}  // namespace dealog::eventstore
