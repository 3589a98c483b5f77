#include "domain/contact.h"

#include <algorithm>

#include "domain/text.h"

namespace dealog {
namespace {

std::size_t name_key(const std::string& name) { return std::hash<std::string>{}(normalised(name)); }

void unindex(NamesOfMany& index, const std::string& name, const Uuid& id) {
  if (name.empty()) return;  // none, or erased
  const auto [first, last] = index.equal_range(name_key(name));
  const auto found = std::find_if(first, last, [&](const auto& entry) { return entry.second == id; });
  if (found != last) index.erase(found);
}

struct NameParts { std::string first, last; };

std::string joined(const NameParts& parts) {
  return parts.first + (parts.first.empty() || parts.last.empty() ? "" : " ") + parts.last;
}

void set_name(Deciding& deciding, Checked& checked, std::string name) {
  namespace p = field::person;
  if (length_of(name) > find_field(Kind::person, p::name)->max_length) return deciding.faults.add(Code::too_long, "/name");
  set_value(checked.personal, p::name, std::move(name));
  sort_by_number(checked.personal);
}

// A person's name is given, or made of first and last name.
void default_name(Deciding& deciding, Checked& checked) {
  namespace p = field::person;
  if (find_value(checked.personal, p::name)) return;
  std::string name = joined({text_in(checked.personal, p::first_name), text_in(checked.personal, p::last_name)});
  if (is_blank(name)) return deciding.faults.add(Code::required, "/name");
  set_name(deciding, checked, std::move(name));
}

// The first and last name that the person's name was made of; nothing: it says something else. Of both the model has only the
// prints, but of the name the words: somewhere between two of them it must part into what has those prints.
std::optional<NameParts> parts_of_name(const Contact& person) {
  namespace p = field::person;
  const auto fits = [&](const NameParts& parts) {
    const auto holds = [&](std::uint16_t field, const std::string& part) {
      const std::uint64_t print = person.prints.of(field);
      return part.empty() ? print == 0 || print == print_of(Value{part}) : print == print_of(Value{part});
    };
    return holds(p::first_name, parts.first) && holds(p::last_name, parts.last);
  };
  const std::string& name = person.name;
  if (name.empty()) return std::nullopt;  // erased
  for (const NameParts& whole : {NameParts{name, {}}, NameParts{{}, name}})
    if (fits(whole)) return whole;
  for (std::size_t gap = name.find(' '); gap != std::string::npos; gap = name.find(' ', gap + 1))
    if (const NameParts parts{name.substr(0, gap), name.substr(gap + 1)}; fits(parts)) return parts;
  return std::nullopt;
}

// A name that was made of first and last name follows them, unless the edit names another.
void follow_name(Deciding& deciding, const command::Edit& edit, Checked& changed) {
  namespace p = field::person;
  const bool renames = find_value(changed.personal, p::first_name) || find_value(changed.personal, p::last_name);
  if (!renames || find_value(edit.fields, p::name)) return;
  std::optional<NameParts> parts = parts_of_name(deciding.state.persons.at(edit.object.id));
  if (!parts) return;
  if (find_value(changed.personal, p::first_name)) parts->first = text_in(changed.personal, p::first_name);
  if (find_value(changed.personal, p::last_name)) parts->last = text_in(changed.personal, p::last_name);
  if (std::string name = joined(*parts); !is_blank(name)) set_name(deciding, changed, std::move(name));  // a person is called something
}

}  // namespace

Decision create_contact(Deciding& deciding, const command::Create& create) {
  add_contact(deciding, create);
  return deciding.outcome(create.object, true);
}

void add_contact(Deciding& deciding, const command::Create& create, const Uuid& made_company) {
  const Kind kind = create.object.kind;
  const auto effective = deciding.effective(create.effective_at);
  Checked checked = kind == Kind::person ? check_birth(deciding, kind, create.fields, {field::person::name})
                                         : check_birth(deciding, kind, create.fields);
  bool inherited = false;
  if (kind == Kind::person) {
    default_name(deciding, checked);
    inherited = inherit_source(deciding, create.fields, field::person::source_id, id_in(checked.plain, field::person::company_id), checked.plain);
    if (!made_company.is_nil()) set_value(checked.plain, field::person::company_id, made_company);
    sort_by_number(checked.plain);
  }
  deciding.add(create.object, event::Created{.fields = std::move(checked.plain), .source_inherited = inherited}, effective, std::nullopt,
               std::move(checked.personal));
}

Decision edit_contact(Deciding& deciding, const command::Edit& edit) {
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  if (edit.object.kind == Kind::person) follow_name(deciding, edit, changed);
  static_assert(field::person::owner_id == field::company::owner_id);
  check_may_give_away(deciding, edit.object, changed.plain, field::company::owner_id);
  if (!changed.plain.empty() || !changed.personal.empty())
    deciding.add(edit.object, event::Edited{std::move(changed.plain)}, std::nullopt, std::nullopt, std::move(changed.personal));
  return deciding.outcome(edit.object);
}

void unindex_name(ModelState& state, Kind kind, const Uuid& id) {
  const Contact* contact = find_in(state.contacts(kind), id);
  if (contact) unindex(kind == Kind::company ? state.company_by_name : state.person_by_name, contact->name, id);
}

void apply_contact(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal) {
  namespace p = field::person;
  static_assert(p::name == field::company::name && p::owner_id == field::company::owner_id && p::source_id == field::company::source_id);
  const bool is_company = envelope.object.kind == Kind::company;
  auto& contacts = is_company ? state.companies : state.persons;
  auto& index = is_company ? state.company_by_name : state.person_by_name;
  const auto found = contacts.find(envelope.object.id);
  if (found == contacts.end()) return;
  Contact& contact = found->second;

  const auto set = [&](const Fields& fields) {
    for (const FieldChange& change : fields) {
      const Uuid* id = std::get_if<Uuid>(&change.value);
      if (change.field == p::owner_id) contact.owner = id ? *id : Uuid{};
      if (change.field == p::source_id) contact.source = id ? *id : Uuid{};
      if (!is_company && change.field == p::company_id) contact.company = id ? *id : Uuid{};
      if (change.field == p::name && contact.merged_into.is_nil()) {
        unindex(index, contact.name, found->first);
        const auto* name = std::get_if<std::string>(&change.value);
        contact.name = name ? *name : std::string();
        if (!contact.name.empty()) index.emplace(name_key(contact.name), found->first);
      }
    }
  };
  if (const auto* created = std::get_if<event::Created>(&event)) set(created->fields);
  if (const auto* edited = std::get_if<event::Edited>(&event)) set(edited->fields);
  set(personal);
  if (const auto* merged = std::get_if<event::Merged>(&event)) apply_merge(state, envelope, *merged);
}

}  // namespace dealog
