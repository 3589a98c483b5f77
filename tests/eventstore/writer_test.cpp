// The writer: where decide meets the log. The log is in memory and drains run when the test says so, so that every
// interleaving here is chosen, not met by chance.

#include "eventstore/writer.h"

#include <deque>
#include <map>

#include "domain/new_account.h"
#include "eventstore/memory_log.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {
namespace {

Uuid id_of(std::string_view name) { return derived_uuid("writer test", name); }
const Uuid account = id_of("account");
const Uuid administrator = first_administrator(account);

Hash16 key(std::uint8_t n) { return Hash16{n}; }

// An account's writer over a log of its own, with a clock and a pool in the test's hands.
struct Bench {
  MemoryLog log;
  std::unique_ptr<Keyring> keys = memory_keyring();
  Instant now{1'760'000'000'000};
  std::deque<std::function<void()>> posted;
  std::vector<std::shared_ptr<const Committed>> published;
  std::unique_ptr<Writer> writer;

  Bench() {
    give_birth();
    open();
  }

  void give_birth() {
    const auto events = create_account_events({.id = account, .name = "Test", .slug = "test", .currency = "PLN",
                                               .time_zone = "Europe/Warsaw", .administrator_name = "Ada",
                                               .administrator_email = "ada@example.com", .token_hash = "00"});
    std::vector<Bytes> records;
    std::map<ObjectRef, Version> versions;
    for (const NewEvent& event : *events) {
      Envelope around{.position = records.size() + 1, .object = event.object, .version = ++versions[event.object],
                      .recorded_at = now, .effective_at = now, .command = 1};
      std::optional<Sealed> sealed;
      if (!event.personal.empty()) {
        const ObjectRef subjects[] = {event.object};
        keys->ensure(subjects);
        sealed = keys->seal(event.object, around.position, encode_personal(event.personal));
      }
      records.push_back(encode(around, event.event, sealed ? &*sealed : nullptr));
    }
    Commit commit;
    for (const Bytes& record : records) commit.records.push_back(record);
    log.append(log.head(), commit);
  }

  void open(std::size_t queue_limit = 1000) {
    Writer::Config config{.clock = [this] { return now; },
                          .post = [this](std::function<void()> work) { posted.push_back(std::move(work)); },
                          .published = [this](std::shared_ptr<const Committed> commit) { published.push_back(std::move(commit)); },
                          .queue_limit = queue_limit};
    writer = std::make_unique<Writer>(log, *keys, std::move(config));
  }

  // The outcome appears in the returned place once a drain has run.
  std::shared_ptr<std::optional<Outcome>> submit(Command command, Hash16 idempotency = {}, Hash16 request = {}, bool bulk = false) {
    auto outcome = std::make_shared<std::optional<Outcome>>();
    Submission submission{.command = std::move(command), .key = idempotency, .request = request, .bulk = bulk};
    submission.context.actor = administrator;
    for (int i = 0; i < 8; ++i) submission.context.fresh_ids.push_back(id_of("fresh" + std::to_string(++fresh)));
    submission.done = [outcome](Outcome&& made) { *outcome = std::move(made); };
    writer->submit(std::move(submission));
    return outcome;
  }
  // Several commands at once; the outcome of the whole, and what came of each.
  struct All {
    std::shared_ptr<Together> together = std::make_shared<Together>();
    std::shared_ptr<std::optional<Outcome>> whole = std::make_shared<std::optional<Outcome>>();
  };
  All submit_together(std::vector<Command> commands, bool dry_run = false, std::vector<Hash16> idempotency = {}) {
    All all;
    all.together->dry_run = dry_run;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      Together::Part part{.command = std::move(commands[i])};
      part.context.actor = administrator;
      if (i < idempotency.size()) part.key = idempotency[i];
      all.together->parts.push_back(std::move(part));
    }
    Submission submission{.together = all.together};
    submission.done = [whole = all.whole](Outcome&& made) { *whole = std::move(made); };
    writer->submit(std::move(submission));
    return all;
  }
  void drain() {
    while (!posted.empty()) {
      auto work = std::move(posted.front());
      posted.pop_front();
      work();
    }
  }

  int fresh = 0;
};

Command company(std::string_view name) {
  return command::Create{.object = {Kind::company, id_of(name)}, .fields = {{field::company::name, std::string(name)}}};
}
Command rename(std::string_view name, std::string to) {
  return command::Edit{.object = {Kind::company, id_of(name)}, .fields = {{field::company::name, std::move(to)}}};
}
const Accepted& accepted(const std::shared_ptr<std::optional<Outcome>>& outcome) { return std::get<Accepted>(**outcome); }
Trouble trouble(const std::shared_ptr<std::optional<Outcome>>& outcome) { return std::get<Trouble>(**outcome); }
Code refused(const std::shared_ptr<std::optional<Outcome>>& outcome) { return std::get<Refusal>(**outcome).code; }

}  // namespace

TEST_CASE("no answer leaves before the commit that holds what it saw", "[eventstore][writer]") {
  Bench bench;
  const Head before = bench.log.head();
  const auto first = bench.submit(company("Acme"));
  const auto second = bench.submit(rename("Acme", "Acme & Sons"));
  CHECK_FALSE(first->has_value());
  CHECK(bench.log.head() == before);

  bench.drain();
  CHECK(accepted(first).created);
  CHECK(accepted(second).version == 2);
  CHECK(bench.log.head().position == before.position + 2);
  CHECK(accepted(second).position == bench.log.head().position);
}

TEST_CASE("all that waits goes into one commit, decided one after another", "[eventstore][writer]") {
  Bench bench;
  const std::uint64_t commits = bench.log.head().commit;
  std::vector<std::shared_ptr<std::optional<Outcome>>> outcomes;
  outcomes.push_back(bench.submit(company("Acme")));
  for (int i = 0; i < 20; ++i) outcomes.push_back(bench.submit(rename("Acme", "Acme " + std::to_string(i))));
  bench.drain();

  CHECK(bench.log.head().commit == commits + 1);
  for (std::size_t i = 0; i < outcomes.size(); ++i) CHECK(accepted(outcomes[i]).version == i + 1);
  REQUIRE(bench.published.size() == 1);
  CHECK(bench.published[0]->records.size() == 21);
}

TEST_CASE("a commit is capped, and what is left goes into the next", "[eventstore][writer]") {
  Bench bench;
  bench.open(10'000);
  const std::uint64_t commits = bench.log.head().commit;
  for (int i = 0; i < 5000; ++i) bench.submit(company("Company " + std::to_string(i)));
  bench.drain();
  CHECK(bench.log.head().commit == commits + 2);
  for (const auto& commit : bench.published) CHECK(commit->records.size() <= 4096);
}

TEST_CASE("commands together are done all, in one commit, each seeing the ones before it [DEA-8]", "[eventstore][writer]") {
  Bench bench;
  bench.submit(company("First"));
  const Head before = bench.log.head();
  const auto all = bench.submit_together({company("Acme"), rename("Acme", "Acme & Sons"), rename("Acme", "Acme & Sons")});
  bench.drain();
  CHECK(accepted(all.whole).created);
  REQUIRE(all.together->came.size() == 3);
  CHECK(std::get<Accepted>(all.together->came[1].outcome).version == 2);
  CHECK(all.together->came[1].events.size() == 1);
  CHECK(all.together->came[2].events.empty());
  CHECK(bench.log.head().commit == before.commit + 2);   // what came before has its own
  CHECK(bench.log.head().position == before.position + 3);
}

TEST_CASE("commands together are done none when one is refused, and all that is wrong is told [DEA-8]", "[eventstore][writer]") {
  Bench bench;
  const Head before = bench.log.head();
  const auto all = bench.submit_together({company("Acme"), rename("Nobody", "N"), rename("Acme", "A"), rename("Nowhere", "M")}, false, {key(1), key(2), key(3), key(4)});
  const auto later = bench.submit(company("Acme"));
  bench.drain();
  CHECK(refused(all.whole) == Code::bulk_refused);
  REQUIRE(all.together->came.size() == 4);
  CHECK(std::get<Refusal>(all.together->came[1].outcome).code == Code::not_found);
  CHECK(std::get<Accepted>(all.together->came[2].outcome).version == 2);
  CHECK(std::get<Refusal>(all.together->came[3].outcome).code == Code::not_found);
  CHECK(bench.log.head().position == before.position + 1);   // only what came later, as if nothing had been tried
  CHECK(accepted(later).created);
  CHECK(accepted(later).version == 1);
  // Their keys are free.
  const auto again = bench.submit(company("Beta"), key(1));
  bench.drain();
  CHECK_FALSE(accepted(again).replayed);
}

TEST_CASE("a dry run says what would come of it, and nothing changes [DEA-8]", "[eventstore][writer]") {
  Bench bench;
  bench.submit(company("First"));
  const auto tried = bench.submit_together({company("Acme"), rename("Nobody", "N")}, true);
  const auto real = bench.submit(company("Acme"));
  bench.drain();
  REQUIRE(tried.together->came.size() == 2);
  CHECK(std::get<Accepted>(tried.together->came[0].outcome).created);
  CHECK(tried.together->came[0].events.size() == 1);
  CHECK(std::get<Refusal>(tried.together->came[1].outcome).code == Code::not_found);
  CHECK(accepted(real).version == 1);
  CHECK(bench.published.size() == 1);
  CHECK(bench.published[0]->records.size() == 2);
  bench.open();   // the log tells the same
  const auto more = bench.submit(rename("Acme", "A"));
  bench.drain();
  CHECK(accepted(more).version == 2);
}

TEST_CASE("a part that is only tried is not seen by those behind it, and nothing of the whole is done [DEA-8]", "[eventstore][writer]") {
  Bench bench;
  const Head before = bench.log.head();
  const auto all = bench.submit_together({company("Acme"), rename("Acme", "A"), company("Beta")});
  all.together->parts[0].dry_run = true;
  bench.drain();
  CHECK(refused(all.whole) == Code::bulk_refused);
  REQUIRE(all.together->came.size() == 3);
  CHECK(std::get<Accepted>(all.together->came[0].outcome).preview != nullptr);
  CHECK(std::get<Refusal>(all.together->came[1].outcome).code == Code::not_found);
  CHECK(std::get<Accepted>(all.together->came[2].outcome).created);
  CHECK(bench.log.head().position == before.position);
}

TEST_CASE("more than a commit takes is refused as a whole; so is what was looked at and has changed since [DEA-8]", "[eventstore][writer]") {
  Bench bench;
  std::vector<Command> many;
  for (int i = 0; i < 4097; ++i) many.push_back(company("Company " + std::to_string(i)));
  const auto all = bench.submit_together(std::move(many));
  Bench::All stale = bench.submit_together({rename("Company 1", "C")});
  stale.together->expected = {{{Kind::company, id_of("Company 1")}, 7}};
  const auto long_words = bench.submit_together({company("A"), command::Edit{.object = {Kind::company, id_of("A")}, .fields = {{field::company::description, std::string(9000, 'x')}}}});
  bench.drain();
  CHECK(refused(all.whole) == Code::bulk_too_large);
  CHECK(refused(stale.whole) == Code::version_mismatch);
  CHECK(stale.together->came.empty());
  CHECK(accepted(long_words.whole).created);
  CHECK(bench.published.size() == 1);
}

TEST_CASE("the events of a batch name where it began, also after a restart [DEA-8]", "[eventstore][writer]") {
  Bench bench;
  const Uuid bulk = id_of("bulk");
  const auto begun = bench.submit(command::BeginBatch{.id = bulk});
  bench.drain();
  Submission part{.command = company("Acme"), .bulk = true};
  part.context.actor = administrator;
  part.context.batch = bulk;
  part.done = [](Outcome&&) {};
  bench.writer->submit(std::move(part));
  bench.drain();
  const Position first = accepted(begun).command;
  CHECK(envelope(*trusted_record(bench.published.back()->records[0])).batch == first);
  for (int opened = 0; opened < 2; ++opened) {
    REQUIRE(bench.writer->batch(bulk));
    CHECK(bench.writer->batch(bulk)->ranges == std::vector<std::pair<Position, Position>>{{first + 1, first + 1}});
    CHECK(bench.writer->last_command_of(administrator) == first + 1);
    bench.open();
  }
}

TEST_CASE("a repeated key gets the first answer, in the same commit and after it [R7]", "[eventstore][writer]") {
  Bench bench;
  const Hash16 request{7};
  const auto first = bench.submit(company("Acme"), key(1), request);
  const auto joined = bench.submit(company("Acme"), key(1), request);
  bench.drain();
  bench.submit(rename("Acme", "Other"));
  bench.drain();
  const Position head = bench.log.head().position;
  const auto later = bench.submit(company("Acme"), key(1), request);
  const auto other = bench.submit(company("Beta"), key(1), Hash16{8});
  bench.drain();

  CHECK_FALSE(accepted(first).replayed);
  CHECK(accepted(joined).replayed);
  CHECK(accepted(later).replayed);
  CHECK(accepted(later).version == 1);
  CHECK(accepted(later).created);
  CHECK(accepted(later).command == accepted(first).command);
  CHECK(trouble(other) == Trouble::key_reused);
  CHECK(bench.log.head().position == head);
}

TEST_CASE("a repeated key is known after a restart, also of a command without events", "[eventstore][writer]") {
  Bench bench;
  bench.submit(company("Acme"));
  const auto nothing = bench.submit(rename("Acme", "Acme"), key(2), Hash16{1});
  bench.drain();
  CHECK(accepted(nothing).command == 0);
  bench.open();
  bench.submit(rename("Acme", "Changed"));
  const auto again = bench.submit(rename("Acme", "Acme"), key(2), Hash16{1});
  bench.drain();
  CHECK(accepted(again).replayed);
  CHECK(accepted(again).version == 1);
}

TEST_CASE("a refused command is not remembered: its key decides anew", "[eventstore][writer]") {
  Bench bench;
  const auto before = bench.submit(rename("Acme", "New"), key(3), Hash16{1});
  bench.drain();
  CHECK(refused(before) == Code::not_found);
  bench.submit(company("Acme"));
  const auto after = bench.submit(rename("Acme", "New"), key(3), Hash16{1});
  bench.drain();
  CHECK_FALSE(accepted(after).replayed);
}

TEST_CASE("of two writers with the same If-Match one wins [R7]", "[eventstore][writer]") {
  Bench bench;
  bench.submit(company("Acme"));
  bench.drain();
  std::vector<std::shared_ptr<std::optional<Outcome>>> outcomes;
  for (int i = 0; i < 2; ++i) {
    auto outcome = std::make_shared<std::optional<Outcome>>();
    Submission submission{.command = rename("Acme", "Name " + std::to_string(i))};
    submission.context.actor = administrator;
    submission.context.if_match = 1;
    submission.done = [outcome](Outcome&& made) { *outcome = std::move(made); };
    bench.writer->submit(std::move(submission));
    outcomes.push_back(outcome);
  }
  bench.drain();
  CHECK(accepted(outcomes[0]).version == 2);
  REQUIRE(refused(outcomes[1]) == Code::version_mismatch);
  CHECK(std::get<Refusal>(**outcomes[1]).version == 2);
}

TEST_CASE("after a failed write nothing is taken any more, and what was refused beside it is unknown too", "[eventstore][writer]") {
  Bench bench;
  bench.log.fail("the disk is gone");
  const Position head = bench.log.head().position;
  const auto written = bench.submit(company("Acme"));
  const auto refused_beside = bench.submit(company("Acme"));
  bench.drain();
  CHECK(trouble(written) == Trouble::outcome_unknown);
  CHECK(trouble(refused_beside) == Trouble::outcome_unknown);
  CHECK(bench.published.empty());
  const auto later = bench.submit(company("Beta"));
  bench.drain();
  CHECK(trouble(later) == Trouble::failed);
  CHECK(bench.writer->failed().has_value());
  CHECK(bench.log.head().position == head);
}

TEST_CASE("somebody else's append is a failure, not an overwrite", "[eventstore][writer]") {
  Bench bench;
  Commit commit;
  const Bytes record = encode({.position = bench.log.head().position + 1, .object = {Kind::source, id_of("elsewhere")}, .version = 1,
                               .recorded_at = bench.now, .effective_at = bench.now, .command = bench.log.head().position + 1},
                              event::Created{.fields = {{field::source::name, std::string("Elsewhere")}}}, nullptr);
  commit.records.push_back(record);
  bench.log.append(bench.log.head(), commit);
  const auto outcome = bench.submit(company("Acme"));
  bench.drain();
  CHECK(trouble(outcome) == Trouble::outcome_unknown);
}

TEST_CASE("interactive commands overtake bulk; a full queue is said at once", "[eventstore][writer]") {
  Bench bench;
  bench.open(3);
  const auto bulk = bench.submit(company("Bulk"), {}, {}, true);
  const auto quick = bench.submit(company("Quick"));
  bench.submit(company("Third"));
  const auto fourth = bench.submit(company("Fourth"));
  REQUIRE(fourth->has_value());
  CHECK(trouble(fourth) == Trouble::overloaded);
  bench.drain();
  CHECK(accepted(quick).command < accepted(bulk).command);
}

TEST_CASE("recorded_at never goes back, whatever the clock does [GEN-6]", "[eventstore][writer]") {
  Bench bench;
  bench.submit(company("Acme"));
  bench.drain();
  bench.now.ms -= 60'000;
  bench.submit(company("Beta"));
  bench.drain();
  Instant last{0};
  bench.log.read(0, bench.log.head().position, [&](const StoredRecord& stored) {
    const Instant at = envelope(stored.record).recorded_at;
    CHECK(at >= last);
    last = at;
    return true;
  });
}

TEST_CASE("a log that was written far in the future is not continued", "[eventstore][writer]") {
  Bench bench;
  bench.now.ms -= 3 * 86'400'000ll;
  CHECK_THROWS_AS(bench.open(), StorageError);
}

TEST_CASE("a closing writer finishes what it took and takes no more", "[eventstore][writer]") {
  Bench bench;
  const auto outcome = bench.submit(company("Acme"));
  bench.drain();
  bench.writer->close();
  const auto late = bench.submit(company("Beta"));
  CHECK(std::holds_alternative<Accepted>(**outcome));
  CHECK(trouble(late) == Trouble::closed);
}

TEST_CASE("personal words reach the log sealed only [CON-3]", "[eventstore][writer]") {
  Bench bench;
  bench.submit(command::Create{.object = {Kind::person, id_of("Zofia")}, .fields = {{field::person::name, std::string("Zofia Michalska")}}});
  bench.drain();
  REQUIRE(bench.published.size() == 1);
  const std::string bytes(bench.published[0]->storage.begin(), bench.published[0]->storage.end());
  CHECK(bytes.find("Michalska") == std::string::npos);
  const auto opened = bench.keys->open(*trusted_record(bench.published[0]->records[0]));
  REQUIRE(opened);
  CHECK(std::string(opened->begin(), opened->end()).find("Michalska") != std::string::npos);
}

TEST_CASE("who looks up a token again does so when people changed", "[eventstore][writer]") {
  Bench bench;
  const std::uint64_t epoch = bench.writer->people_epoch();
  REQUIRE(bench.writer->principal_by_token("00"));
  CHECK(bench.writer->principal_by_token("00")->user == administrator);
  bench.submit(company("Acme"));
  bench.drain();
  CHECK(bench.writer->people_epoch() == epoch);
  bench.submit(command::Delete{{Kind::token, first_token(account)}});
  bench.drain();
  CHECK(bench.writer->people_epoch() > epoch);
  CHECK_FALSE(bench.writer->principal_by_token("00"));
}

}  // namespace dealog::eventstore
