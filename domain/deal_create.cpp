// How a deal is born: defaults, its client by name, its kind, and deals that are history already.

#include <algorithm>

#include "domain/custom_field.h"
#include "domain/deal.h"
#include "domain/money.h"
#include "domain/rights.h"
#include "domain/text.h"

namespace dealog {
namespace {

// The client that a deal is about.
struct Client {
  Uuid company, person;
  std::string company_name, person_name;
};

// The only contact of that name, or nil.
Uuid single_match(const ModelState& state, Kind kind, std::string_view name) {
  const std::string key = normalised(name);
  const auto& index = kind == Kind::company ? state.company_by_name : state.person_by_name;
  Uuid match;
  const auto [first, last] = index.equal_range(std::hash<std::string>{}(key));
  for (auto candidate = first; candidate != last; ++candidate) {
    const Contact* contact = find_in(state.contacts(kind), candidate->second);
    if (!contact || contact->is_deleted || normalised(contact->name) != key) continue;
    if (!match.is_nil()) return {};
    match = candidate->second;
  }
  return match;
}

// A name alone does not say what a new client must have besides (SPEC DIC-5).
void check_name_is_enough(Deciding& deciding, Kind kind, const std::string& pointer) {
  std::string keys;
  for (const std::string& key : missing_custom(deciding.state, kind, {})) keys += (keys.empty() ? "" : ", ") + key;
  if (!keys.empty()) deciding.faults.add(Code::required, pointer, "A new " + std::string(dealog::name(kind)) + " needs custom fields: " + keys + ". Create it first.");
}

// A company or person that does not exist yet.
Uuid new_client(Deciding& deciding, Kind kind, const std::string& name, const Uuid& owner, const Uuid& company,
                const std::optional<Instant>& effective) {
  static_assert(field::company::name == field::person::name && field::company::owner_id == field::person::owner_id);
  Fields fields, personal;
  (kind == Kind::company ? fields : personal).push_back({field::company::name, name});
  if (!owner.is_nil()) fields.push_back({field::company::owner_id, owner});
  bool inherited = false;
  if (kind == Kind::person && !company.is_nil()) {
    fields.push_back({field::person::company_id, company});
    inherited = inherit_source(deciding, {}, field::person::source_id, company, fields);
  }
  sort_by_number(fields);
  const Uuid id = deciding.fresh_id();
  deciding.add({kind, id}, event::Created{.fields = std::move(fields), .source_inherited = inherited}, effective, std::nullopt,
               std::move(personal));
  return id;
}

// One of the two clients: by id, by name, or none.
void resolve(Deciding& deciding, Kind kind, const std::optional<std::string>& named, const Uuid& owner, Uuid& id, std::string& name,
             const Uuid& company, const std::optional<Instant>& effective) {
  const std::string pointer = kind == Kind::company ? "/company_name" : "/person_name";
  if (named) {
    if (!id.is_nil()) return deciding.faults.add(Code::invalid, pointer, "Give the client's id or its name, not both.");
    const std::size_t before = deciding.faults.any() ? 1 : 0;
    check_text(deciding, *named, longest_name, pointer);
    if (before == 0 && deciding.faults.any()) return;
    name = *named;
    id = single_match(deciding.state, kind, *named);
    if (!id.is_nil()) {
      name = deciding.state.contacts(kind).at(id).name;
      return;
    }
    check_name_is_enough(deciding, kind, pointer);
    id = new_client(deciding, kind, *named, owner, company, effective);
    return;
  }
  if (const Contact* contact = find_in(deciding.state.contacts(kind), id)) name = contact->name;
}

// SPEC LEA-2, from what is recorded now and by effective time. A client with many deals costs no more than one with few, unless
// most of them are later than this one: the first that counts decides.
DealKind kind_of(const ModelState& state, const Uuid& client, Instant at) {
  if (client.is_nil()) return DealKind::new_;
  const auto any = [&](const Lists& lists, const auto& counts) {
    const auto listed = lists.find(client);
    return listed != lists.end() && std::ranges::any_of(listed->second, [&](const Uuid& id) {
      const Deal& earlier = state.deals.at(id);
      return !earlier.is_deleted && earlier.created_at <= at && state.client_now(earlier.company, earlier.person) == client && counts(earlier);
    });
  };
  if (any(state.won_deals_of_contact, [&](const Deal& deal) { return deal.status == Status::won && deal.closing->closed_at <= at; })) return DealKind::repeat;
  return any(state.deals_of_contact, [](const Deal&) { return true; }) ? DealKind::repeat_inquiry : DealKind::new_;
}

// SPEC DEA-7. Nothing: the deal is open.
std::optional<Instant> historical_closing(Deciding& deciding, const command::Create& create, const std::optional<Instant>& effective) {
  Faults& faults = deciding.faults;
  if (create.status.value_or(Status::open) == Status::open) {
    if (create.closed_at) faults.add(create.status ? Code::invalid : Code::required, create.status ? "/closed_at" : "/status");
    if (!create.close_reason.is_nil()) faults.add(Code::invalid, "/close_reason_id", "An open deal has no close reason.");
    if (create.close_note) faults.add(Code::invalid, "/close_note", "An open deal has no close note.");
    return std::nullopt;
  }
  check_reason(deciding, create.close_reason, *create.status, "/close_reason_id");
  if (create.close_note) check_text(deciding, *create.close_note, longest_close_note, "/close_note");
  if (!create.closed_at) {
    faults.add(Code::required, "/closed_at");
    return std::nullopt;
  }
  const Instant at = deciding.moment(deciding.effective(create.closed_at, "/closed_at"));
  if (at < deciding.moment(effective))
    faults.add(Code::effective_before_last_event, "/closed_at", "The deal closed before it was created; give an earlier effective_at.");
  return at;
}

}  // namespace

Decision create_deal(Deciding& deciding, const command::Create& create) {
  add_deal(deciding, create);
  return deciding.outcome(create.object, true);
}

void add_deal(Deciding& deciding, const command::Create& create, const MadeClients& made) {
  namespace d = field::deal;
  const ModelState& state = deciding.state;
  Faults& faults = deciding.faults;
  Checked checked = check_birth(deciding, Kind::deal, create.fields, {d::name, d::owner_id});
  Fields& fields = checked.plain;
  const auto effective = deciding.effective(create.effective_at);

  Uuid owner = id_in(fields, d::owner_id);
  if (owner.is_nil()) {
    owner = deciding.doer;
    check_active(deciding, owner, "/owner_id");
  }
  if (owner.is_nil()) faults.add(Code::required, "/owner_id");
  else set_value(fields, d::owner_id, owner);

  Client client{id_in(fields, d::company_id), id_in(fields, d::person_id), {}, {}};
  resolve(deciding, Kind::company, create.company_name, owner, client.company, client.company_name, {}, effective);
  resolve(deciding, Kind::person, create.person_name, owner, client.person, client.person_name, client.company, effective);
  if (!made.company.is_nil()) client.company = made.company;
  if (!made.person.is_nil()) client.person = made.person;
  if (!client.company.is_nil()) set_value(fields, d::company_id, client.company);
  if (!client.person.is_nil()) set_value(fields, d::person_id, client.person);
  if (client.company.is_nil() && client.person.is_nil() && state.account.client_required) faults.add(Code::client_required, "/company_id");

  if (!find_value(fields, d::name)) {
    const std::string& name = client.company_name.empty() ? client.person_name : client.company_name;
    if (name.empty()) faults.add(Code::required, "/name");
    set_value(fields, d::name, name);
  }

  Uuid process_id = id_in(fields, d::process_id);
  if (process_id.is_nil()) process_id = state.default_process;
  const Process* process = find_in(state.processes, process_id);
  Uuid stage = id_in(fields, d::stage_id);
  if (!process) {
    if (!find_value(fields, d::process_id)) faults.add(Code::required, "/process_id");  // else told already
  } else {
    if (process->is_archived) faults.add(Code::process_archived, "/process_id");
    if (stage.is_nil()) stage = process->definition.stages.front().id;
    else if (!process->newest().stages.contains(stage)) faults.add(Code::stage_not_in_process, "/stage_id");
    set_value(fields, d::process_id, process_id);
    set_value(fields, d::stage_id, stage);
  }

  const bool inherited = inherit_source(deciding, create.fields, d::source_id, client.company, fields);
  if (!find_value(fields, d::visibility)) set_value(fields, d::visibility, static_cast<std::int64_t>(state.account.default_visibility));
  if (!find_value(fields, d::currency)) set_value(fields, d::currency, state.account.currency);
  else if (const auto currency = parse_currency(text_in(fields, d::currency)); !currency || !decimals(*currency))
    faults.add(Code::invalid, "/currency", "There is no such currency.");
  std::vector<event::Line> lines = read_lines(deciding, create.lines, text_in(fields, d::currency), {});
  const Uuid& of = client.company.is_nil() ? client.person : client.company;
  set_value(fields, d::kind, static_cast<std::int64_t>(kind_of(state, of, deciding.moment(effective))));
  sort_by_number(fields);

  const auto closed_at = historical_closing(deciding, create, effective);
  if (faults.any()) return;

  deciding.add(create.object, event::Created{.fields = std::move(fields), .source_inherited = inherited}, effective, std::nullopt,
               std::move(checked.personal));
  if (!lines.empty()) deciding.add(create.object, event::DealLinesSet{std::move(lines)}, effective);   // it never was without them
  if (closed_at) {
    const ProcessVersion& version = process->version_at(*closed_at);
    Fields note;
    if (create.close_note) note.push_back({d::close_note, *create.close_note});
    deciding.add(create.object,
                 event::DealClosed{.outcome = static_cast<std::uint8_t>(*create.status), .reason = create.close_reason, .stage = stage,
                                   .furthest = stage, .credited_owner = owner, .total_weight = version.total_weight,
                                   .process_version = version.number, .skipped_mandatory = *create.status == Status::won},
                 closed_at == deciding.context.now ? std::nullopt : closed_at, std::nullopt, std::move(note));
  }
}

}  // namespace dealog
