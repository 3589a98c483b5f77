#include "api/object.h"

#include <algorithm>
#include <functional>

#include "api/app.h"
#include "api/create.h"
#include "api/etag.h"
#include "api/problem.h"
#include "api/scorecard_json.h"
#include "domain/deal_money.h"
#include "domain/events_generated.h"
#include "domain/facts.h"
#include "domain/money.h"

namespace dealog::api {
namespace {

using projections::ProcessInfo;
using projections::World;

const event::Stage* find_stage(const ProcessInfo& process, const Uuid& stage) {
  const auto found = std::ranges::find(process.stages, stage, &event::Stage::id);
  return found == process.stages.end() ? nullptr : &*found;
}

// Where an open deal stands whose stage was removed: the target that the new version named, step by step, by what was
// true and known at the moment. It entered that stage when the version took hold.
void follow_removed_stages(View& view, const Account& account, const ProcessInfo& process, Instant as_of, Position known_at) {
  Uuid stage = view.id(field::deal::stage_id), furthest = view.id(field::deal::furthest_stage_id);
  account.log().read_object({Kind::process, process.id}, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.position > known_at || around.effective_at > as_of) return false;
    const Event event = event_of(stored.record);
    const auto* defined = std::get_if<event::ProcessDefined>(&event);
    if (defined == nullptr) return true;
    const Uuid stage_before = stage, furthest_before = furthest;
    for (const event::StageTarget& removed : defined->removed_stages) {
      if (removed.removed == furthest_before) furthest = removed.target;
      if (removed.removed != stage_before) continue;
      stage = removed.target;
      view.fields[field::deal::stage_entered_at] = around.effective_at.ms;
    }
    if (stage == stage_before && furthest == furthest_before) return true;   // another order alone takes nobody anywhere
    // It has been where it stands, whatever became of the furthest one.
    const auto place = [&](const Uuid& id) { return std::ranges::find(defined->stages, id, &event::Stage::id) - defined->stages.begin(); };
    if (place(furthest) < place(stage)) furthest = stage;
    return true;
  });
  view.fields[field::deal::stage_id] = stage;
  view.fields[field::deal::furthest_stage_id] = furthest;
}

// What a deal did before it was closed: where it stood by its own events, since which position, and when it was closed.
struct Course {
  Uuid stage;
  Position since = 0, closed = 0;
};

Course course_before_closing(const Account& account, const View& deal, Instant as_of) {
  Course now, before;
  account.log().read_object(deal.object, deal.version, [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.effective_at > as_of) return true;
    if (stored.record.event_type() == fb::Event::DealClosed) before = {now.stage, now.since, around.position};
    for_each_fact(stored.record, nullptr, [&](const Fact& fact) {
      if (fact.field == field::deal::stage_id) now = {fact.id, around.position, 0};
    });
    return true;
  });
  return before;
}

// A closed deal entered the stage that it was closed in when a version of the process took it there, while it was open.
void follow_until_closed(View& view, const Account& account, const ProcessInfo& process, Instant as_of, Position known_at) {
  if (process.version < 2) return;
  const Instant entered{view.number(field::deal::stage_entered_at)};
  std::optional<Course> course;   // read when a version since then removed stages
  account.log().read_object({Kind::process, process.id}, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.position > known_at || around.effective_at > as_of) return false;
    if (around.effective_at < entered) return true;
    const Event event = event_of(stored.record);
    const auto* defined = std::get_if<event::ProcessDefined>(&event);
    if (defined == nullptr || defined->removed_stages.empty()) return true;
    if (!course) course = course_before_closing(account, view, as_of);
    if (around.position < course->since) return true;
    if (around.position > course->closed) return false;
    const auto removed = std::ranges::find(defined->removed_stages, course->stage, &event::StageTarget::removed);
    if (removed == defined->removed_stages.end()) return true;
    course->stage = removed->target;
    view.fields[field::deal::stage_entered_at] = around.effective_at.ms;
    return true;
  });
}

}  // namespace

void apply_rules(View& view, const Account& account, const SetUp& set_up, Instant as_of, Position known_at, bool is_of_rows) {
  // Deleting a source, a group or a tag strips it from all that used it (SPEC DIC-1).
  for (const FieldSpec& spec : fields_of(view.object.kind)) {
    if (deletion_of(spec.ref) != Deletion::strips) continue;
    const auto held = view.fields.find(spec.number);
    if (held == view.fields.end()) continue;
    if (auto* members = std::get_if<std::vector<Uuid>>(&held->second))
      std::erase_if(*members, [&](const Uuid& id) { return set_up.deleted_words.contains(id); });
    else if (set_up.deleted_words.contains(view.id(spec.number))) view.fields.erase(held);
  }
  // Whatever names a merged contact names the one that it was merged into (SPEC CON-2).
  if (!set_up.merges->empty())
    for (const FieldSpec& spec : fields_of(view.object.kind)) {
      if (spec.type != FieldType::ref || (spec.ref != Kind::company && spec.ref != Kind::person)) continue;
      if (const auto held = view.fields.find(spec.number); held != view.fields.end())
        held->second = set_up.merges->now({spec.ref, std::get<Uuid>(held->second)}, as_of, known_at);
    }
  // All cards of a user were deleted since this one came, or came back (SPEC SCO-6).
  if (view.object.kind == Kind::scorecard)
    if (const auto all = set_up.card_deletions.find(view.id(field::scorecard::holder_user_id));
        all != set_up.card_deletions.end() && all->second.times > view.number(field::scorecard::deletions_seen) && view.number(field::is_deleted) == 0) {
      view.fields[field::is_deleted] = std::int64_t{1};
      view.fields[field::deleted_at] = all->second.at_ms;
    }
  if (view.object.kind != Kind::deal) return;
  const ProcessInfo* process = set_up.process(view.id(field::deal::process_id));
  if (process == nullptr) return;
  if (view.number(field::deal::status) != static_cast<int>(Status::open)) {
    if (!is_of_rows) follow_until_closed(view, account, *process, as_of, known_at);
    return;
  }
  if (!find_stage(*process, view.id(field::deal::stage_id)) || !find_stage(*process, view.id(field::deal::furthest_stage_id)))
    follow_removed_stages(view, account, *process, as_of, known_at);
}

namespace {

struct Weights { std::int64_t done = 0, total = 0; };

// SPEC PRC-3; of a closed deal as it was closed (DEA-4).
Weights weights(const View& deal, const SetUp& set_up) {
  if (deal.number(field::deal::status) != static_cast<int>(Status::open))
    return {deal.number(field::deal::closing_done_weight), deal.number(field::deal::closing_total_weight)};
  Weights sum;
  const ProcessInfo* process = set_up.process(deal.id(field::deal::process_id));
  if (process == nullptr) return sum;
  for (const event::Stage& stage : process->stages) {
    for (const event::Action& action : stage.actions) {
      sum.total += action.weight;
      if (std::ranges::find(deal.done_actions, action.id, &DoneAction::action) != deal.done_actions.end()) sum.done += action.weight;
    }
  }
  return sum;
}

}  // namespace

bool is_shown(const FieldSpec& field) { return !field.secret; }

Currency currency_of(const View& view, const SetUp& set_up) {
  if (view.object.kind != Kind::deal) return set_up.currency;
  return parse_currency(view.text(field::deal::currency)).value_or(set_up.currency);
}

void write_value(JsonWriter& json, const FieldSpec& spec, const Value& value, Currency currency) {
  const bool empty = std::holds_alternative<std::monostate>(value);
  switch (spec.type) {
    case FieldType::texts: case FieldType::words: {
      json.array();
      if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
        for (const std::string& text : *texts) json.value(text);
      json.end();
      return;
    }
    case FieldType::refs: {
      json.array();
      if (const auto* ids = std::get_if<std::vector<Uuid>>(&value))
        for (const Uuid& id : *ids) json.value(id);
      json.end();
      return;
    }
    case FieldType::boolean:
      if (empty && is_custom(spec.number)) json.null();   // unanswered, which is not no
      else json.value(!empty && std::get<std::int64_t>(value) != 0);
      return;
    default: break;
  }
  if (empty) {
    json.null();
    return;
  }
  switch (spec.type) {
    case FieldType::text: case FieldType::word: json.value(std::get<std::string>(value)); return;
    case FieldType::json: json.raw(std::get<std::string>(value)); return;
    case FieldType::decimal: {
      const std::string digits = format_decimal(std::get<std::int64_t>(value));
      if (is_custom(spec.number)) json.raw(digits);
      else json.value(digits);
      return;
    }
    case FieldType::ref: json.value(std::get<Uuid>(value)); return;
    case FieldType::integer: json.value(std::get<std::int64_t>(value)); return;
    case FieldType::percent: json.percent(std::get<std::int64_t>(value)); return;
    case FieldType::money: json.money(std::get<std::int64_t>(value), currency); return;
    case FieldType::day: json.value(Day{static_cast<std::int32_t>(std::get<std::int64_t>(value))}); return;
    case FieldType::instant: json.value(Instant{std::get<std::int64_t>(value)}); return;
    case FieldType::choice: {
      const auto number = static_cast<std::size_t>(std::get<std::int64_t>(value));
      if (number < spec.choices.size()) json.value(spec.choices[number]);
      else json.value(number);   // of a later release
      return;
    }
    case FieldType::texts: case FieldType::words: case FieldType::refs: case FieldType::boolean: return;
  }
}

namespace {

constexpr std::string_view recurrence = "recurrence";

// ---- what a kind has beside its fields

using Wanted = std::function<bool(std::string_view)>;

// SPEC MON-1: the sum of the forecast lines, else what was typed in.
std::optional<std::int64_t> worth_of(const View& deal) {
  if (const auto lines = sum_of(deal.lines, event::AmountKind::forecast)) return lines;
  const auto* typed = std::get_if<std::int64_t>(&deal[field::deal::value]);
  return typed ? std::optional(*typed) : std::nullopt;
}

void write_amount(JsonWriter& json, std::string_view key, std::optional<std::int64_t> minor, Currency currency) {
  json.key(key);
  if (minor) json.money(*minor, currency);
  else json.null();
}

constexpr std::string_view amount_kinds[] = {"forecast", "realised"};

void write_line(JsonWriter& json, const event::Line& line, Currency currency) {
  json.object().field("id", line.id).field("product_id", line.product).key("name");
  if (line.name.empty()) json.null();
  else json.value(line.name);
  std::string quantity = std::to_string(line.quantity);
  if (quantity.size() < 4) quantity.insert(0, 4 - quantity.size(), '0');
  quantity.insert(quantity.size() - 3, 1, '.');
  json.field("quantity", quantity);
  write_amount(json, "price", line.price, currency);
  json.key("discount").percent(line.discount);
  json.field("date", line.day).key("recurrence");
  if (line.times != 0) json.object().field("every_months", line.every_months).field("times", line.times).end();
  else json.null();
  json.field("kind", amount_kinds[static_cast<std::size_t>(line.kind)]);
  write_amount(json, "value", line_value(line), currency);
  json.end();
}

// Profit is lines - costs (SPEC MON-3); null where there is neither.
std::optional<std::int64_t> profit_of(std::optional<std::int64_t> lines, std::optional<std::int64_t> costs) {
  if (!lines && !costs) return std::nullopt;
  return lines.value_or(0) - costs.value_or(0);
}

void write_money(JsonWriter& json, const View& deal, const Wanted& wanted, Currency currency) {
  using enum event::AmountKind;
  if (wanted("lines")) {
    json.key("lines").array();
    for (const event::Line& line : deal.lines) write_line(json, line, currency);
    json.end();
  }
  if (wanted("costs")) {
    json.key("costs").array();
    for (const event::Cost& cost : deal.costs) {
      json.object().field("id", cost.id).field("category_id", cost.category);
      write_amount(json, "amount", cost.amount, currency);
      json.field("date", cost.day).field("kind", amount_kinds[static_cast<std::size_t>(cost.kind)]).end();
    }
    json.end();
  }
  if (wanted("profit")) {
    json.key("profit").object();
    write_amount(json, "forecast", profit_of(worth_of(deal), sum_of(deal.costs, forecast)), currency);
    write_amount(json, "realised", profit_of(sum_of(deal.lines, realised), sum_of(deal.costs, realised)), currency);
    json.end();
  }
}

void write_deal_extras(JsonWriter& json, const View& deal, const SetUp& set_up, Currency currency, const Wanted& wanted,
                       std::optional<Instant> last_activity) {
  const Weights sum = weights(deal, set_up);
  if (wanted("progress")) json.key("progress").percent(percent2(sum.done, sum.total).value_or(0));
  if (wanted("weighted_value")) {
    const auto value = worth_of(deal);
    json.key("weighted_value");
    if (!value) json.null();
    else json.money(multiply_ratio(*value, sum.done, sum.total).value_or(0), currency);
  }
  write_money(json, deal, wanted, currency);
  if (wanted("last_activity_at")) json.field("last_activity_at", last_activity);
  if (wanted("done_actions")) {
    json.key("done_actions").array();
    for (const DoneAction& done : deal.done_actions)
      json.object().field("action_id", done.action).field("at", done.at).field("by", done.by).end();
    json.end();
  }
}

void write_people(JsonWriter& json, const std::vector<std::uint8_t>& roles, const std::vector<Uuid>& users) {
  json.key("roles").array();
  for (const std::uint8_t role : roles) json.value(name(static_cast<Role>(role)));
  json.end().key("user_ids").array();
  for (const Uuid& user : users) json.value(user);
  json.end();
}

void write_action(JsonWriter& json, const event::Action& action) {
  constexpr std::string_view note_words[] = {"none", "note", "note_with_file"};
  json.object().field("id", action.id).field("name", action.name).field("hint", action.hint).field("weight", action.weight);
  json.field("mandatory", action.mandatory).key("performers");
  if (action.performers.everyone) {
    json.value("everyone");
  } else {
    json.object();
    write_people(json, action.performers.roles, action.performers.users);
    json.end();
  }
  json.field("note", note_words[static_cast<std::size_t>(action.note)]).key("notify").object();
  write_people(json, action.notify.roles, action.notify.users);
  json.field("participants", action.notify.participants).field("owner", action.notify.owner).end().key("trigger");
  if (action.trigger) {
    const event::Trigger& trigger = *action.trigger;
    json.object().field("name", trigger.name);
    json.field("task_type_id", trigger_type_id(trigger.task_type));
    json.field("due_in_days", trigger.due_in_days).key("assignee");
    if (trigger.assignee == event::Assignee::user) json.value(trigger.user);
    else json.value(trigger.assignee == event::Assignee::owner ? "owner" : "doer");
    json.end();
  } else {
    json.null();
  }
  json.end();
}

void write_stages(JsonWriter& json, const event::ProcessDefined& process) {
  json.key("stages").array();
  for (const event::Stage& stage : process.stages) {
    json.object().field("id", stage.id).field("name", stage.name).field("hint", stage.hint).field("max_days", stage.max_days);
    json.key("actions").array();
    for (const event::Action& action : stage.actions) write_action(json, action);
    json.end().end();
  }
  json.end();
}

}  // namespace

View read_object(const Account& account, const SetUp& set_up, ObjectRef object, Version last, Instant as_of,
                 Position known_at) {
  Folded folded{ViewFold(object, as_of, known_at), {}};
  fold_records(account.log(), account.keys(), object, 0, last, folded);
  View view = folded.fold.view();
  if (view.exists) apply_rules(view, account, set_up, as_of, known_at);
  return view;
}

View object_at_version(Account& account, const SetUp& set_up, ObjectRef object, Version version, Envelope& newest) {
  Shown shown = account.shown_by_rows(object, version);
  newest = shown.newest;
  if (shown.view.exists) apply_rules(shown.view, account, set_up, end_of_time, set_up.position, shown.is_of_rows);
  return std::move(shown.view);
}

std::optional<Instant> last_activity(const World& world, const View& view) {
  if (view.object.kind != Kind::deal) return std::nullopt;
  const projections::Row row = world.row(Kind::deal, view.object.id);
  if (row == projections::no_row) return std::nullopt;
  const std::int64_t at = world.table(Kind::deal).numbers(projections::derived::last_activity_at)[row];
  return at == projections::null_number ? std::nullopt : std::optional(Instant{at});
}

Eyes eyes_on(const World& present, const Uuid& reader, ObjectRef object) {
  Eyes eyes{.reader = reader};
  if (object.kind != Kind::note) return eyes;
  const projections::Row row = present.row(Kind::note, object.id);
  constexpr projections::Handle is_true = 2;
  eyes.is_private_now = row != projections::no_row && present.table(Kind::note).handles(field::note::is_private)[row] == is_true;
  return eyes;
}

bool conceals(const View& view, const Eyes& eyes) {
  return view.object.kind == Kind::note && view.id(field::created_by) != eyes.reader && (eyes.is_private_now || view.number(field::note::is_private) != 0);
}

bool is_private_part(const FieldSpec& spec) { return spec.personal || spec.name == "file_ids"; }

namespace {

// As fields= and the columns of exports name one: "cf.delivery".
constexpr std::string_view custom_prefix = "cf.";
bool names_custom_field(std::string_view name) { return name.starts_with(custom_prefix); }

}  // namespace

void write_object(JsonWriter& json, const View& view, const SetUp& set_up, const Eyes& eyes, std::optional<Instant> last_activity,
                  const std::vector<std::string>& only) {
  const bool is_concealed = conceals(view, eyes);
  const auto wanted = [&](std::string_view member) {
    return only.empty() || std::ranges::find(only, member) != only.end();
  };
  const Currency currency = currency_of(view, set_up);
  json.object();
  if (wanted("id")) json.field("id", view.object.id);
  if (wanted("version")) json.field("version", view.version);
  if (view.erased && wanted("erased")) json.field("erased", true);
  std::string_view group;   // "links" while its members are written
  for (const FieldSpec& spec : fields_of(view.object.kind)) {
    if (!is_shown(spec)) continue;
    if (spec.number == field::deal::done_actions && view.object.kind == Kind::deal) continue;
    const std::size_t dot = spec.name.find('.');
    const std::string_view outer = dot == std::string_view::npos ? std::string_view() : spec.name.substr(0, dot);
    if (!wanted(outer.empty() ? spec.name : outer)) continue;
    if (outer != group) {
      if (!group.empty()) json.end();
      group = {};
      if (outer == recurrence && view[field::task::frequency] == Value{}) {   // of what does not recur it is null
        if (&spec == find_field(view.object.kind, field::task::frequency)) json.key(outer).null();
        continue;
      }
      if (!outer.empty()) json.key(outer).object();
      group = outer;
    }
    json.key(outer.empty() ? spec.name : spec.name.substr(dot + 1));
    if (view.object.kind == Kind::deal && spec.number == field::deal::value) {
      if (const auto value = worth_of(view)) json.money(*value, currency);
      else json.null();
      continue;
    }
    if (view.object.kind == Kind::deal && spec.number == field::deal::currency) {
      json.value(currency.code());
      continue;
    }
    write_value(json, spec, is_concealed && is_private_part(spec) ? Value{} : view[spec.number], currency);
  }
  if (!group.empty()) json.end();
  if (has_custom_fields(view.object.kind) && (wanted("cf") || std::ranges::any_of(only, names_custom_field))) {
    json.key("cf").object();
    if (const auto defined = set_up.custom.find(view.object.kind); defined != set_up.custom.end())
      for (const projections::CustomInfo& custom : defined->second) {
        if (!wanted("cf") && !wanted(std::string(custom_prefix) + custom.key)) continue;
        json.key(custom.key);
        write_value(json, *find_field(view.object.kind, custom.number), view[custom.number], set_up.currency);
      }
    json.end();
  }
  if (view.object.kind == Kind::deal) write_deal_extras(json, view, set_up, currency, wanted, last_activity);
  if (view.object.kind == Kind::scorecard && wanted("parameters")) write_parameters(json.key("parameters"), view, set_up);
  if (view.object.kind == Kind::process && view.process) {
    if (wanted("process_version")) json.field("process_version", view.process->version);
    if (wanted("stages")) write_stages(json, *view.process);
  }
  json.end();
}

std::vector<std::string> members_asked(const Call& call, const World& world, Kind kind, Faults& faults) {
  std::vector<std::string> members;
  const auto text = call.request.parameter("fields");
  if (!text) return members;
  const std::vector<ExtraKey> extras = answer_extras(kind);
  const auto is_known = [&](std::string_view name) {
    if (names_custom_field(name))
      return std::ranges::any_of(world.custom_fields(kind), [&](const projections::CustomInfo& custom) { return custom.key == name.substr(custom_prefix.size()); });
    return name == "id" || name == "version" || std::ranges::any_of(extras, [&](const ExtraKey& extra) { return extra.name == name; }) ||
           std::ranges::any_of(fields_of(kind), [&](const FieldSpec& spec) { return spec.name.substr(0, spec.name.find('.')) == name; });
  };
  for (std::size_t at = 0; at <= text->size();) {
    const std::size_t comma = std::min(text->find(',', at), text->size());
    members.emplace_back(text->substr(at, comma - at));
    if (!is_known(members.back()))
      faults.add({.pointer = "/fields", .code = "unknown_field", .message = "There is no field " + members.back() + "."});
    at = comma + 1;
  }
  return members;
}

namespace {

// What is shown of these also follows from events of others: a deleted source, a new version of the process, a note, a merge.
bool depends_on_others(Kind kind) {
  switch (kind) {
    case Kind::deal: case Kind::company: case Kind::person: case Kind::lead: case Kind::task: case Kind::note: case Kind::email: case Kind::file: case Kind::product:
    case Kind::scorecard: case Kind::series: return true;
    default: return false;
  }
}

}  // namespace

Response answer_object(const Call& call, const Question& question, ObjectRef object) {
  Faults faults;
  const std::vector<std::string> only = members_asked(call, *question.world, object.kind, faults);
  for (const auto& [name, value] : question.parameters)
    if (name != "fields" && name != "deleted") faults.unknown_parameter(name);
  if (!faults.empty()) return problem(faults);

  const projections::Moment moment = question.world->moment();
  const SetUp setting = set_up(*question.world);
  const View view = read_object(*call.principal->account, setting, object, UINT32_MAX, moment.as_of,
                                std::min(moment.known_at, question.world->position()));
  if (!view.exists) return problem(Problem::not_found);
  JsonWriter json;
  json.reserve(1024);
  write_object(json, view, setting, eyes_on(*question.live, question.asked.reader.user, object), last_activity(*question.world, view), only);
  std::string body = std::move(json).text();
  if (question.historical) return ok(std::move(body));

  const std::string tag = depends_on_others(object.kind) ? etag(view.version, body) : etag(view.version);
  const bool is_known = names_etag(call.request.header("If-None-Match"), tag);
  Response response = is_known ? not_modified(tag) : ok(std::move(body)).with("ETag", tag);
  response.headers.emplace_back("Log-Position", std::to_string(question.world->position()));
  return response;
}

}  // namespace dealog::api
