#include "domain/codec.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>

#include "domain/events_generated.h"
#include "tests/support/catch.h"
#include "tests/support/places.h"

using namespace dealog;

namespace {

Uuid id(std::uint8_t last) {
  Uuid made;
  for (std::size_t i = 0; i < 16; ++i) made.bytes[i] = static_cast<std::uint8_t>(16 * i + last);
  return made;
}

std::array<std::uint8_t, 32> hash(std::uint8_t first) {
  std::array<std::uint8_t, 32> made{};
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<std::uint8_t>(i + first);
  return made;
}

Envelope envelope_of(Kind kind) {
  return {.position = 1'234'567,
          .object = {kind, id(1)},
          .version = 42,
          .recorded_at = Instant{1'774'994'399'999},
          .effective_at = Instant{-1'500},
          .actor = id(2),
          .performer = id(3),
          .token = id(4),
          .command = 1'234'560,
          .cause = 1'234'566};
}

Fields every_kind_of_value() {
  return {{1, std::monostate{}},
          {2, std::int64_t{0}},
          {3, std::int64_t{-123'456'789'012}},
          {4, INT64_MIN},
          {5, std::string()},
          {6, std::string("Zażółć \0 gęślą", 20)},
          {7, id(5)},
          {8, Uuid{}},
          {9, std::vector<Uuid>()},
          {10, std::vector<Uuid>{id(6), id(7)}},
          {11, std::vector<std::string>()},
          {12, std::vector<std::string>{"", "two"}},
          {65535, std::int64_t{1}}};
}

event::DealClosed closing() {
  return {.outcome = 2,
          .reason = id(8),
          .stage = id(9),
          .furthest = id(10),
          .credited_owner = id(11),
          .done_weight = 30,
          .total_weight = 100,
          .done_actions = {id(12), id(13)},
          .process_version = 3,
          .skipped_mandatory = true};
}

event::ProcessDefined definition() {
  const event::Action plain{.id = id(20), .name = "Call"};
  const event::Action rich{
      .id = id(21),
      .name = "Offer",
      .hint = "Send it",
      .weight = 40,
      .mandatory = true,
      .performers = {.everyone = false, .roles = {1, 2}, .users = {id(22)}},
      .note = event::NoteRule::note_with_file,
      .notify = {.roles = {3}, .participants = true, .owner = true, .users = {id(23), id(24)}},
      .trigger = event::Trigger{"Ring again", "call", -3, event::Assignee::user, id(25)}};
  return {.version = 7,
          .stages = {{.id = id(26), .name = "First", .hint = "h", .max_days = 0, .actions = {plain, rich}},
                     {.id = id(27), .name = "Last"}},
          .removed_stages = {{id(28), id(29)}, {id(30), Uuid{}}}};
}

// tests/golden/events/NAME.bin is a record as some release wrote it, and this is what it says. To add one, run
// with DEALOG_WRITE_GOLDEN=1. A file that exists is never written again: if it fails, the code is wrong.
struct Golden {
  const char* name;
  Kind kind;
  Event event;
  const char* type;
  bool is_sealed = false;
  Position batch = 0;
};

const std::vector<Golden>& goldens() {
  static const std::vector<Golden> list = {
      {"created.v1", Kind::deal, event::Created{every_kind_of_value(), true}, "deal.created", true},
      {"edited.v1", Kind::close_reason, event::Edited{every_kind_of_value()}, "close_reason.edited"},
      {"deleted.v1", Kind::person, event::Deleted{}, "person.deleted"},
      {"restored.v1", Kind::company, event::Restored{}, "company.restored"},
      {"merged.v1", Kind::company, event::Merged{id(56), id(57)}, "company.merged"},
      {"legal_hold_placed.v1", Kind::person, event::LegalHoldPlaced{}, "person.hold_placed", true},
      {"legal_hold_lifted.v1", Kind::person, event::LegalHoldLifted{}, "person.hold_lifted"},
      {"subject_erased.v1", Kind::person, event::SubjectErased{{{Kind::person, id(58)}, {Kind::person, id(59)}, {Kind::email, id(60)}}}, "person.erased"},
      {"deal_moved.v1", Kind::deal, event::DealMoved{id(40), id(41)}, "deal.moved"},
      {"deal_moved.v2", Kind::deal, event::DealMoved{id(40), id(41)}, "deal.moved", false, 1'234'500},
      {"deal_action_completed.v1", Kind::deal, event::DealActionCompleted{id(42), id(43)}, "deal.action_completed"},
      {"deal_action_reopened.v1", Kind::deal, event::DealActionReopened{id(44)}, "deal.action_reopened"},
      {"deal_closed.v1", Kind::deal, closing(), "deal.closed"},
      {"deal_corrected.v1", Kind::deal, event::DealCorrected{Instant{99}, closing()}, "deal.corrected"},
      {"deal_reopened.v1", Kind::deal, event::DealReopened{4}, "deal.reopened"},
      {"deal_process_changed.v1", Kind::deal, event::DealProcessChanged{id(45), id(46)}, "deal.process_changed"},
      {"deal_lines_set.v1", Kind::deal,
       event::DealLinesSet{{{id(50), id(51), "", 1'500, 10'000, 1'250, Day{20'000}, 1, 12, event::AmountKind::forecast},
                            {id(52), {}, "Delivery", 1'000, 500, 0, std::nullopt, 0, 0, event::AmountKind::realised}}}, "deal.lines_set"},
      {"deal_costs_set.v1", Kind::deal, event::DealCostsSet{{{id(53), id(54), 700, Day{20'001}, event::AmountKind::realised}, {id(55), id(54), 1, std::nullopt, event::AmountKind::forecast}}},
       "deal.costs_set"},
      {"process_defined.v1", Kind::process, definition(), "process.defined"},
      {"task_completed.v1", Kind::task, event::TaskCompleted{id(47)}, "task.completed"},
      {"task_reopened.v1", Kind::task, event::TaskReopened{}, "task.reopened"},
      {"heads_committed.v1", Kind::account, event::HeadsCommitted{1'234'000, hash(1)}, "account.heads_committed"},
      {"signing_key_changed.v1", Kind::account,
       event::SigningKeyChanged{"dealog.example/acme", hash(2), hash(3), std::vector<std::uint8_t>(64, 7)}, "account.signing_key_changed"},
      {"lead_moved.v1", Kind::lead, event::LeadMoved{id(48), id(49)}, "lead.moved"},
      {"lead_lost.v1", Kind::lead, event::LeadLost{id(50), id(51)}, "lead.lost", true},
      {"lead_converted.v1", Kind::lead, event::LeadConverted{id(52), id(53), id(54), id(55)}, "lead.converted"},
      {"lead_reopened.v1", Kind::lead, event::LeadReopened{}, "lead.reopened"},
      {"access_requested.v1", Kind::user, event::AccessRequested{id(58)}, "user.access_requested"},
      {"password_changed.v1", Kind::user, event::PasswordChanged{true, true}, "user.password_changed", true},
      {"notifications_read.v1", Kind::user, event::NotificationsRead{1'234}, "user.notifications_read"},
      {"scorecard_parameters_set.v1", Kind::scorecard,
       event::ScorecardParametersSet{id(58), {{id(59), 3, {}, "", "", 10'000'000, 4'000, std::nullopt, false, true},
                                              {id(60), 0, id(61), "Visits", "fairs", 1, 6'000, Day{20'002}, true, false}}}, "scorecard.parameters_set"},
      {"scorecard_adjusted.v1", Kind::scorecard, event::ScorecardAdjusted{id(60), true, {{id(60), -2'500'000}, {id(62), 0}}}, "scorecard.adjusted"},
      {"scorecards_deleted.v1", Kind::user, event::ScorecardsDeleted{2, 14}, "user.scorecards_deleted"},
      {"scorecard_settled.v1", Kind::scorecard, event::ScorecardSettled{}, "scorecard.settled"},
  };
  return list;
}

Sealed sealed_part() {
  Sealed sealed{.ciphertext = {9, 8, 7, 6, 5}};
  for (std::size_t i = 0; i < 32; ++i) sealed.commitment[i] = static_cast<std::uint8_t>(200 + i);
  return sealed;
}

Bytes encoded(const Golden& golden) {
  const Sealed sealed = sealed_part();
  Envelope around = envelope_of(golden.kind);
  around.batch = golden.batch;
  return encode(around, golden.event, golden.is_sealed ? &sealed : nullptr);
}

std::filesystem::path path_of(const Golden& golden) {
  return test::golden() / "events" / (std::string(golden.name) + ".bin");
}

Bytes stored(const Golden& golden) {
  const auto path = path_of(golden);
  if (std::getenv("DEALOG_WRITE_GOLDEN") != nullptr && !std::filesystem::exists(path)) {
    const Bytes bytes = encoded(golden);
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()),
                                                static_cast<std::streamsize>(bytes.size()));
  }
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Exactly so many bytes and not one more, so that a sanitizer sees a read behind them.
struct Exact {
  explicit Exact(BytesView bytes) : size(bytes.size()), memory(new std::uint8_t[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), memory.get());
  }
  BytesView view() const { return {memory.get(), size}; }
  std::size_t size;
  std::unique_ptr<std::uint8_t[]> memory;
};

// A record with only these parts, as no writer of ours makes it.
Bytes crooked(std::uint64_t position, fb::ObjectKind kind, bool object, fb::Event type, bool event,
              const char* identifier = fb::RecordIdentifier()) {
  flatbuffers::FlatBufferBuilder builder;
  flatbuffers::Offset<void> table;
  if (event) table = fb::CreateDeleted(builder).Union();
  const fb::Uuid some;
  const auto record = fb::CreateRecord(builder, position, kind, object ? &some : nullptr, 1, 1, 1, nullptr, nullptr,
                                       nullptr, 1, 0, type, table);
  builder.Finish(record, identifier);
  return Bytes(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
}

}  // namespace

TEST_CASE("every event reads as the release that stored it meant it, and is stored in the same bytes", "[domain][golden]") {
  for (const Golden& golden : goldens()) {
    CAPTURE(golden.name);
    const Bytes bytes = stored(golden);
    REQUIRE(!bytes.empty());
    CHECK(bytes == encoded(golden));
    CHECK(bytes.size() % 8 == 0);

    const fb::Record* record = read_record(bytes);
    REQUIRE(record != nullptr);
    CHECK((envelope(*record).object == envelope_of(golden.kind).object));
    CHECK((event_of(*record) == golden.event));
    CHECK(event_type(*record) == golden.type);
    CHECK(event_type(golden.kind, golden.event) == golden.type);
    CHECK(is_event_type(golden.type));
    CHECK((record->sealed() != nullptr) == golden.is_sealed);
    CHECK(envelope(*record).batch == golden.batch);
  }
}

TEST_CASE("every event of the schema has a value and a golden record", "[domain][golden]") {
  std::set<fb::Event> stored_types;
  std::set<std::size_t> alternatives;
  std::set<std::pair<std::size_t, fb::Event>> pairs;
  for (const Golden& golden : goldens()) {
    const Bytes bytes = encoded(golden);
    const fb::Event type = trusted_record(bytes)->event_type();
    stored_types.insert(type);
    alternatives.insert(golden.event.index());
    pairs.insert({golden.event.index(), type});
  }
  for (const fb::Event type : fb::EnumValuesEvent()) {
    CAPTURE(fb::EnumNameEvent(type));
    CHECK(stored_types.count(type) == (type == fb::Event::NONE ? 0u : 1u));
  }
  CHECK(alternatives.size() == std::variant_size_v<Event::variant>);
  CHECK(pairs.size() == std::variant_size_v<Event::variant>);
}

TEST_CASE("a type of event is one of a kind and of what can happen to it", "[domain][GEN-10]") {
  for (const char* type : {"person.merged", "tag.created", "lead.erased", "lead.lost", "user.scorecards_deleted"}) CHECK(is_event_type(type));
  for (const char* type : {"", ".", "deal", "deal.", "deal.*", ".moved", "moved", "none.created", "deal.nothing", "deal.moved.", "Deal.moved", "mouse.moved",
                           "deal.lost", "deal.merged", "file.erased", "task.moved", "scorecard.scorecards_deleted"}) {
    CAPTURE(type);
    CHECK_FALSE(is_event_type(type));
  }
}

TEST_CASE("the kinds of objects have the same numbers and names in the schema", "[domain]") {
  for (const Kind kind : all_kinds) {
    CHECK(fb::EnumNameObjectKind(static_cast<fb::ObjectKind>(kind)) == std::string(name(kind)));
  }
  CHECK(std::size(all_kinds) + 1 == std::size(fb::EnumValuesObjectKind()));
}

TEST_CASE("an envelope comes back whole", "[domain]") {
  const Envelope given = envelope_of(Kind::deal);
  const Bytes bytes = encode(given, event::Deleted{}, nullptr);
  const fb::Record* record = read_record(bytes);
  REQUIRE(record != nullptr);
  const Envelope read = envelope(*record);
  CHECK(read.position == given.position);
  CHECK((read.object == given.object));
  CHECK(read.version == given.version);
  CHECK((read.recorded_at == given.recorded_at));
  CHECK((read.effective_at == given.effective_at));
  CHECK((read.actor == given.actor));
  CHECK((read.performer == given.performer));
  CHECK((read.token == given.token));
  CHECK(read.command == given.command);
  CHECK(read.cause == given.cause);
}

TEST_CASE("what is nil or zero takes no place in a record", "[domain]") {
  const Envelope bare{.position = 1, .object = {Kind::deal, id(1)}};
  const Bytes bytes = encode(bare, event::DealMoved{}, nullptr);
  const fb::Record* record = read_record(bytes);
  REQUIRE(record != nullptr);
  CHECK(record->actor() == nullptr);
  CHECK(record->performer() == nullptr);
  CHECK(record->token() == nullptr);
  CHECK(record->event_as_DealMoved()->stage() == nullptr);
  CHECK(record->sealed() == nullptr);
  CHECK((event_of(*record) == Event(event::DealMoved{})));
  CHECK(bytes.size() < encode(envelope_of(Kind::deal), event::DealMoved{}, nullptr).size());
}

TEST_CASE("a sealed part is kept byte by byte, an empty one too", "[domain]") {
  Sealed sealed = sealed_part();
  const Bytes bytes = encode(envelope_of(Kind::note), event::Created{}, &sealed);
  const fb::Record* record = read_record(bytes);
  REQUIRE((record != nullptr && record->sealed() != nullptr));
  CHECK(Bytes(record->sealed()->ciphertext()->begin(), record->sealed()->ciphertext()->end()) == sealed.ciphertext);
  CHECK(std::memcmp(record->sealed()->commitment(), sealed.commitment.data(), 32) == 0);

  sealed.ciphertext.clear();
  const Bytes empty = encode(envelope_of(Kind::note), event::Created{}, &sealed);
  REQUIRE((read_record(empty) != nullptr && read_record(empty)->sealed() != nullptr));
  CHECK(read_record(empty)->sealed()->ciphertext()->size() == 0);
}

TEST_CASE("records put one behind the other stay aligned and separate", "[domain]") {
  Bytes all;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const Golden& golden : goldens()) {
    const std::size_t start = all.size();
    places.emplace_back(start, encode_into(all, envelope_of(golden.kind), golden.event, nullptr));
    REQUIRE(start + places.back().second == all.size());
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const fb::Record* record = read_record(BytesView(all).subspan(places[i].first, places[i].second));
    REQUIRE(record != nullptr);
    CHECK((event_of(*record) == goldens()[i].event));
  }
}

TEST_CASE("a record cut at any length is refused or reads the same", "[domain][golden]") {
  for (const Golden& golden : goldens()) {
    const Bytes bytes = encoded(golden);
    std::size_t refused = 0;
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const Exact cut(BytesView(bytes).first(length));
      const fb::Record* record = read_record(cut.view());
      if (record == nullptr) {
        ++refused;
        continue;
      }
      CAPTURE(golden.name, length);
      REQUIRE((event_of(*record) == golden.event));
      REQUIRE(envelope(*record).command == envelope_of(golden.kind).command);
    }
    CHECK(refused + 8 >= bytes.size());  // Only padding may be missing.
  }
}

TEST_CASE("a record with a damaged byte is refused or still read within its bytes", "[domain]") {
  std::size_t accepted = 0;
  for (const Golden& golden : goldens()) {
    const Bytes bytes = encoded(golden);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int mask : {0x01, 0x04, 0x80, 0xFF}) {
        Exact damaged{BytesView(bytes)};
        damaged.memory[at] = static_cast<std::uint8_t>(damaged.memory[at] ^ mask);
        const fb::Record* record = read_record(damaged.view());
        if (record == nullptr) continue;
        const Event read = event_of(*record);
        const std::string type = event_type(envelope(*record).object.kind, read);
        REQUIRE(type == event_type(*record));
        ++accepted;
      }
    }
  }
  CHECK(accepted > 0);  // A verifier is no checksum.
}

TEST_CASE("a record without its necessary parts is refused", "[domain]") {
  const auto deal = fb::ObjectKind::deal;
  REQUIRE(read_record(crooked(1, deal, true, fb::Event::Deleted, true)) != nullptr);
  CHECK(read_record(crooked(0, deal, true, fb::Event::Deleted, true)) == nullptr);
  CHECK(read_record(crooked(1, fb::ObjectKind::none, true, fb::Event::Deleted, true)) == nullptr);
  CHECK(read_record(crooked(1, static_cast<fb::ObjectKind>(250), true, fb::Event::Deleted, true)) == nullptr);
  CHECK(read_record(crooked(1, deal, false, fb::Event::Deleted, true)) == nullptr);
  CHECK(read_record(crooked(1, deal, true, fb::Event::Deleted, false)) == nullptr);
  CHECK(read_record(crooked(1, deal, true, fb::Event::NONE, true)) == nullptr);
  CHECK(read_record(crooked(1, deal, true, static_cast<fb::Event>(250), true)) == nullptr);
  CHECK(read_record(crooked(1, deal, true, static_cast<fb::Event>(255), true)) == nullptr);
  CHECK(read_record(crooked(1, deal, true, fb::Event::Deleted, true, "DLG2")) == nullptr);
}

TEST_CASE("bytes that are not 8-aligned are refused, not read", "[domain]") {
  const Bytes bytes = encoded(goldens().front());
  Bytes shifted(1, 0);
  shifted.insert(shifted.end(), bytes.begin(), bytes.end());
  CHECK(read_record(BytesView(shifted).subspan(1)) == nullptr);
  CHECK(read_record(BytesView()) == nullptr);
}

TEST_CASE("a record of more tables than a thread should walk is refused", "[domain]") {
  event::Edited edited;
  edited.fields.resize(100'001);
  const Bytes large = encode(envelope_of(Kind::deal), edited, nullptr);
  CHECK(read_record(large) == nullptr);
  edited.fields.resize(99'000);
  const Bytes fitting = encode(envelope_of(Kind::deal), edited, nullptr);
  CHECK(read_record(fitting) != nullptr);
}

TEST_CASE("the personal part comes back whole, wherever it lies", "[domain]") {
  const Fields fields = every_kind_of_value();
  const Bytes bytes = encode_personal(fields);
  CHECK((decode_personal(bytes) == fields));
  CHECK((decode_personal(encode_personal({})) == Fields()));

  Bytes shifted(3, 0);
  shifted.insert(shifted.end(), bytes.begin(), bytes.end());
  CHECK((decode_personal(BytesView(shifted).subspan(3)) == fields));
}

TEST_CASE("a personal part that is cut or empty is refused or reads the same", "[domain]") {
  const Fields fields = every_kind_of_value();
  const Bytes bytes = encode_personal(fields);
  CHECK(!decode_personal({}));
  CHECK(!decode_personal(Bytes(16, 0xFF)));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    const Exact cut(BytesView(bytes).first(length));
    const auto read = decode_personal(cut.view());
    REQUIRE((!read || *read == fields));
    if (length + 8 <= bytes.size()) REQUIRE(!read);
  }
}
