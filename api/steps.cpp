#include "api/steps.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "api/object.h"
#include "domain/events_generated.h"
#include "domain/facts.h"
#include "projections/query.h"

namespace dealog::api {
namespace {

// A stored record that outlives the read.
struct Kept {
  Bytes bytes;
  Envelope around;

  explicit Kept(const eventstore::StoredRecord& stored) : bytes(stored.bytes.begin(), stored.bytes.end()), around(envelope(stored.record)) {}
  const fb::Record& record() const { return *trusted_record(bytes); }
};

std::optional<Fields> open(const eventstore::Keyring& keys, const fb::Record& record) {
  const auto plaintext = keys.open(record);
  return plaintext ? decode_personal(*plaintext) : std::nullopt;
}

bool is_first_of_setup(const fb::Record& record) {
  if (!is_setup(static_cast<Kind>(record.kind()))) return false;
  const auto* defined = record.event_as_ProcessDefined();
  return record.event_type() == fb::Event::Created || (defined != nullptr && defined->version() == 1);
}

std::vector<std::uint16_t> fields_assigned(const fb::Record& record, const Fields* personal) {
  std::vector<std::uint16_t> fields;
  for_each_fact(record, personal, [&](const Fact& fact) {
    const bool is_named = find_field(static_cast<Kind>(record.kind()), fact.field) != nullptr;   // sums of lines are for folds alone
    if (is_named && std::ranges::find(fields, fact.field) == fields.end()) fields.push_back(fact.field);
  });
  return fields;
}

// The objects whose events may say something about this one, as its own records name them.
struct Named {
  // words: sources, groups and the like, which are stripped when they are deleted; contacts: they may be merged into others
  // users: all cards of one may be deleted at once
  std::vector<ObjectRef> words, processes, contacts, users;

  void add(Kind kind, const Uuid& id) {
    auto& to = kind == Kind::process ? processes : is_contact(kind) ? contacts : kind == Kind::user ? users : words;
    if (!id.is_nil() && std::ranges::find(to, ObjectRef{kind, id}) == to.end()) to.push_back({kind, id});
  }
  static bool is_contact(Kind kind) { return kind == Kind::company || kind == Kind::person; }
  void read(Kind kind, const fb::Record& record) {
    for_each_fact(record, nullptr, [&](const Fact& fact) {
      const FieldSpec* spec = find_field(kind, fact.field);
      if (spec == nullptr || fact.is_null) return;
      if (kind == Kind::scorecard && fact.field == field::scorecard::holder_user_id) return add(Kind::user, fact.id);
      if (spec->ref != Kind::process && !is_contact(spec->ref) && deletion_of(spec->ref) != Deletion::strips) return;
      add(spec->ref, fact.id);
      for (const Uuid& id : fact.ids) add(spec->ref, id);
    });
  }
};

// The set-up as it was at a place in the log, as far as it bears on one object: the present one, taken back, and then led
// forward by the events of its words and processes.
class SetUpThen {
 public:
  SetUpThen(const Account& account, const SetUp& present, const Named& named, const StepsAsked& asked) : present_(present) {
    const bool may_have_moved = !named.contacts.empty() && !present.merges->empty();
    if (named.words.empty() && named.processes.empty() && named.users.empty() && !may_have_moved) return;   // nothing of the set-up bears on it: no copy
    SetUp& now = own_.emplace(present);
    const auto read = [&](ObjectRef object, auto wanted) {
      account.log().read_object(object, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
        const fb::Record& record = stored.record;
        if (record.position() > asked.known_at) return false;
        if (wanted(record) && (is_first_of_setup(record) || record.effective_at() <= asked.as_of.ms)) coming_.emplace_back(stored);
        return true;
      });
    };
    for (const ObjectRef& word : named.words) {
      now.deleted_words.erase(word.id);
      read(word, [](const fb::Record& record) { return record.event_type() == fb::Event::Deleted; });
    }
    for (const ObjectRef& user : named.users) {
      now.card_deletions.erase(user.id);
      read(user, [](const fb::Record& record) { return record.event_type() == fb::Event::ScorecardsDeleted; });
    }
    for (const ObjectRef& process : named.processes)
      read(process, [](const fb::Record& record) { return record.event_type() == fb::Event::ProcessDefined; });
    // Where a contact went, step by step: its own history says so.
    std::vector<ObjectRef> contacts = named.contacts;
    for (std::size_t i = 0; i < contacts.size(); ++i) {
      const ObjectRef contact = contacts[i];
      read(contact, [&](const fb::Record& record) {
        const auto* merged = record.event_as_Merged();
        if (merged == nullptr || merged->into() == nullptr) return false;
        const ObjectRef into{contact.kind, std::get<event::Merged>(event_of(record)).into};
        if (std::ranges::find(contacts, into) == contacts.end()) contacts.push_back(into);
        return true;
      });
    }
    std::ranges::sort(coming_, {}, [](const Kept& kept) { return kept.around.position; });
  }

  // The next event of others before `position`, applied; null when there is none.
  const Kept* next_before(Position position) {
    if (at_ == coming_.size() || coming_[at_].around.position >= position) return nullptr;
    const Kept& kept = coming_[at_++];
    SetUp& now = *own_;
    now.position = kept.around.position;
    if (Named::is_contact(kept.around.object.kind)) return &kept;  // merges are asked by their position
    if (const auto* deleted = kept.record().event_as_ScorecardsDeleted()) {
      now.card_deletions[kept.around.object.id] = {deleted->times(), kept.around.effective_at.ms};
    } else if (kept.around.object.kind != Kind::process) {
      now.deleted_words.insert(kept.around.object.id);
    } else if (const auto known = now.processes.find(kept.around.object.id); known != now.processes.end()) {
      auto defined = std::get<event::ProcessDefined>(event_of(kept.record()));
      projections::ProcessInfo& process = known->second;
      process.version = defined.version;
      process.stages = std::move(defined.stages);
      process.total_weight = 0;
      for (const event::Stage& stage : process.stages)
        for (const event::Action& action : stage.actions) process.total_weight += action.weight;
    }
    return &kept;
  }
  void reached(Position position) {
    if (own_) own_->position = position;
  }
  const SetUp& now() const { return own_ ? *own_ : present_; }

 private:
  const SetUp& present_;
  std::optional<SetUp> own_;
  std::vector<Kept> coming_;
  std::size_t at_ = 0;
};

std::vector<std::uint16_t> differences(const View& before, const View& after) {
  std::vector<std::uint16_t> fields;
  const auto compare = [&](std::uint16_t number) {
    if (before[number] != after[number]) fields.push_back(number);
  };
  for (const FieldSpec& spec : fields_of(before.object.kind)) compare(spec.number);
  // Custom ones stand in no table.
  std::set<std::uint16_t> custom;
  for (const View* view : {&before, &after})
    for (const auto& [number, value] : view->fields)
      if (is_custom(number)) custom.insert(number);
  std::ranges::for_each(custom, compare);
  return fields;
}

Terms terms_of(const View& view, const SetUp& set_up) { return {.currency = currency_of(view, set_up), .keys = &set_up.custom_keys}; }

JsonMembers values_of(const Step& step, const View& view) {
  JsonMembers members;
  for (const std::uint16_t field : step.fields) {
    const FieldSpec* spec = find_field(view.object.kind, field);
    if (step.conceals && spec != nullptr && is_private_part(*spec)) continue;
    add_field(members, view.object.kind, {field, view[field]}, terms_of(view, step.set_up));
  }
  return members;
}

// A private note's text is its author's alone (SPEC ACC-5): where it was private then, and everywhere when it is now.
class Privacy {
 public:
  Privacy(const Account& account, const SetUp& present, const StepsAsked& asked) {
    if (asked.object.kind != Kind::note || asked.reader.is_nil()) return;
    const View note = read_object(account, present, asked.object);
    is_others_ = note.id(field::created_by) != asked.reader;
    is_private_now_ = note.number(flag) != 0;
  }
  bool conceals(const View& before, const View& after) const {
    return is_others_ && (is_private_now_ || before.number(flag) != 0 || after.number(flag) != 0);
  }

 private:
  static constexpr std::uint16_t flag = field::note::is_private;
  bool is_others_ = false;   // a note, and not the reader's
  bool is_private_now_ = false;
};

constexpr std::string_view all_members[] = {"position", "object", "object_version", "type", "recorded_at", "effective_at", "actor",
                                            "performed_by", "token", "command_id", "batch", "cause", "data", "before"};

}  // namespace

bool is_hidden(const fb::Record& record, const projections::World* live, const projections::Reader& reader) {
  const fb::Event type = record.event_type();
  if (type != fb::Event::ScorecardsDeleted && type != fb::Event::AccessRequested) return false;
  if (reader.role != Role::salesperson || reader.user.is_nil() || envelope(record).object.id == reader.user) return false;
  if (type == fb::Event::ScorecardsDeleted || live == nullptr) return true;
  const projections::Row deal = live->row(Kind::deal, std::get<event::AccessRequested>(event_of(record)).deal);
  return deal == projections::no_row || !projections::may_see(*live, reader, Kind::deal, deal);
}

bool Step::erased() const { return !follows && record.sealed() != nullptr && personal == nullptr; }

void for_each_step(const Account& account, const SetUp& present, const StepsAsked& asked, const std::function<bool(const Step&)>& visit) {
  std::vector<Kept> own;
  Named named;
  account.log().read_object(asked.object, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    if (stored.record.position() > asked.known_at) return false;
    if (stored.record.effective_at() > asked.as_of.ms && !is_first_of_setup(stored.record)) return true;
    if (is_hidden(stored.record, asked.live, {.user = asked.reader, .role = asked.role})) return true;
    own.emplace_back(stored);
    named.read(asked.object.kind, stored.record);
    return true;
  });

  const Privacy privacy(account, present, asked);
  SetUpThen then(account, present, named, asked);
  ViewFold fold(asked.object, asked.as_of, asked.known_at);
  View before = fold.view();
  // Where rules have led the object: a view that shows it at that place.
  const auto with_rules = [&](Position position) {
    View view = fold.view();
    if (view.exists) apply_rules(view, account, then.now(), asked.as_of, std::min(position, asked.known_at));
    return view;
  };
  bool goes_on = true;
  const auto follow_others = [&](Position position) {
    while (const Kept* other = goes_on ? then.next_before(position) : nullptr) {
      View after = with_rules(other->around.position);
      const std::vector<std::uint16_t> fields = differences(before, after);
      if (!fields.empty()) {
        Envelope around = other->around;
        goes_on = visit({.record = other->record(), .around = around, .follows = true, .before = before, .after = after, .set_up = then.now(), .fields = fields,
                         .conceals = privacy.conceals(before, after)});
      }
      before = std::move(after);
    }
  };

  const bool hides_holds = !sees_holds(asked.role) && !asked.reader.is_nil();
  std::map<fb::Event, const fb::Record*> wholes;
  for (const Kept& kept : own) {
    follow_others(kept.around.position);
    if (!goes_on) return;
    const fb::Record& record = kept.record();
    const std::optional<Fields> personal = open(account.keys(), record);
    const Fields* opened = personal ? &*personal : nullptr;
    fold.apply(record, opened);
    follow_merge(account.log(), account.keys(), record, fold);
    then.reached(kept.around.position);
    View after = with_rules(kept.around.position);
    const fb::Record*& whole = wholes[record.event_type()];
    // A merge assigns what the object takes over.
    const bool merges = !ViewFold::merged_from(record).is_nil();
    const std::vector<std::uint16_t> fields = merges ? differences(before, after) : fields_assigned(record, opened);
    goes_on = visit({.record = record, .around = kept.around, .before = before, .after = after, .set_up = then.now(),
                     .replaced = replaces_the_whole(record) ? whole : nullptr, .personal = opened, .fields = fields,
                     .conceals = privacy.conceals(before, after), .hides_reason = hides_holds && record.event_type() == fb::Event::LegalHoldPlaced});
    if (!goes_on) return;
    whole = &record;
    before = std::move(after);
  }
  follow_others(UINT64_MAX);
}

View state_of(const Step& step) {
  View state = step.after;
  if (step.conceals)
    for (const FieldSpec& spec : fields_of(state.object.kind))
      if (is_private_part(spec)) state.fields.erase(spec.number);
  return state;
}

JsonMembers data_of(const Step& step) {
  const Terms terms = terms_of(step.after, step.set_up);
  if (step.follows) return values_of(step, step.after);
  JsonMembers members = members_of(step.record, terms);
  if (step.conceals)
    std::erase_if(members, [&](const JsonMember& member) {
      const FieldSpec* spec = find_field(step.after.object.kind, member.name);
      return spec != nullptr && is_private_part(*spec);
    });
  for (JsonMember& value : values_of(step, step.after))
    if (!has(members, value.name)) members.push_back(std::move(value));
  if (step.personal != nullptr && !step.conceals && !step.hides_reason)   // words that belong to the event and to no field: why it is held
    for (const FieldChange& change : *step.personal)
      if (std::ranges::find(step.fields, change.field) == step.fields.end()) add_field(members, step.after.object.kind, change, terms);
  if (step.erased()) members.push_back({std::string(erased_mark), "true"});
  return members;
}

JsonMembers before_of(const Step& step) {
  if (!step.before.exists && !step.follows) return {};
  if (step.replaced != nullptr) return members_of(*step.replaced, terms_of(step.before, step.set_up));
  return values_of(step, step.before);
}

std::string type_of(const Step& step) { return event_type(step.record); }

bool wants(const std::vector<std::string>& only, std::string_view member) {
  return only.empty() || std::ranges::find(only, member) != only.end();
}

void write_around(JsonWriter& json, const Step& step, ObjectRef object, const std::vector<std::string>& only) {
  const Envelope& around = step.around;
  const auto wanted = [&](std::string_view member) { return wants(only, member); };
  if (wanted("position")) json.field("position", around.position);
  if (wanted("object")) json.key("object").object().field("kind", name(object.kind)).field("id", object.id).end();
  if (wanted("object_version")) json.field("object_version", step.follows ? step.after.version : around.version);
  if (wanted("type")) json.field("type", type_of(step));
  if (wanted("recorded_at")) json.field("recorded_at", around.recorded_at);
  if (wanted("effective_at")) json.field("effective_at", around.effective_at);
  if (wanted("actor")) json.field("actor", around.actor);
  if (wanted("performed_by")) json.field("performed_by", around.performer.is_nil() ? around.actor : around.performer);
  if (wanted("token")) json.field("token", around.token);
  if (wanted("command_id")) json.field("command_id", around.command);
  if (around.batch != 0 && !step.follows && wanted("batch")) json.field("batch", around.batch);
  if (!wanted("cause")) return;
  const Position cause = step.follows ? around.position : around.cause;
  json.key("cause");
  if (cause == 0) json.null();
  else json.value(cause);
}

void write_step(JsonWriter& json, const Step& step, ObjectRef object, const std::vector<std::string>& only) {
  json.object();
  write_around(json, step, object, only);
  if (wants(only, "data")) write_members(json.key("data"), data_of(step));
  if (wants(only, "before")) write_members(json.key("before"), before_of(step));
  json.end();
}

std::span<const std::string_view> step_members() { return all_members; }

}  // namespace dealog::api
