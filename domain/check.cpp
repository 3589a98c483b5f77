// The values of commands against the table of fields (domain/fields.h).

#include <algorithm>
#include <unordered_set>

#include "domain/custom_field.h"
#include "domain/days.h"
#include "domain/deciding.h"
#include "domain/rights.h"
#include "domain/sets.h"
#include "domain/text.h"

namespace dealog {
namespace {

constexpr std::int64_t largest_number = 9'000'000'000'000;  // a million of them still fit into a sum
constexpr std::int64_t largest_decimal = 9'000'000'000'000'000;  // nine thousand millions, in millionths
constexpr std::size_t most_texts = 50, most_refs = 200;

std::string pointer_to(const FieldSpec& spec) {
  std::string pointer = "/" + std::string(spec.name);
  std::ranges::replace(pointer, '.', '/');
  return pointer;
}

// Of a custom field: "/cf/<key>".
std::string pointer_of(const Deciding& deciding, Kind kind, const FieldSpec& spec) {
  if (!is_custom(spec.number)) return pointer_to(spec);
  const CustomField* field = custom_field(deciding.state, kind, spec.number);
  return field ? "/cf/" + field->key : "/cf";
}

bool is_required(const Deciding& deciding, Kind kind, const FieldSpec& spec) {
  if (!is_custom(spec.number)) return spec.required;
  const CustomField* field = custom_field(deciding.state, kind, spec.number);
  return field && field->is_required;
}

bool holds(const FieldSpec& spec, const Value& value) {
  switch (spec.type) {
    case FieldType::text: return std::holds_alternative<std::string>(value);
    case FieldType::texts: case FieldType::words: return std::holds_alternative<std::vector<std::string>>(value);
    case FieldType::ref: return std::holds_alternative<Uuid>(value);
    case FieldType::refs: return std::holds_alternative<std::vector<Uuid>>(value);
    case FieldType::integer: case FieldType::money: case FieldType::percent: case FieldType::boolean:
    case FieldType::day: case FieldType::instant: case FieldType::choice: case FieldType::decimal: return std::holds_alternative<std::int64_t>(value);
    case FieldType::json: case FieldType::word: return std::holds_alternative<std::string>(value);
  }
  return false;
}

bool is_address_field(Kind kind, std::uint16_t number) {
  switch (kind) {
    case Kind::user: return number == field::user::email;
    case Kind::company: case Kind::person: return number == field::company::emails;
    case Kind::email: return number == field::email::from || number == field::email::to || number == field::email::cc;
    default: return false;
  }
}
static_assert(field::company::emails == field::person::emails);

bool is_source_field(const FieldSpec& spec) { return spec.ref == Kind::source; }

class Check {
 public:
  Check(Deciding& deciding, Kind kind) : deciding_(deciding), kind_(kind) {}

  // `held`: what the object's set has already; of users among it, they need not be active.
  void value(const FieldSpec& spec, const Value& value, const Value& held = {}) {
    const std::string pointer = pointer_of(deciding_, kind_, spec);
    held_ = &held;
    if (!holds(spec, value)) return deciding_.faults.add(Code::wrong_type, pointer);
    switch (spec.type) {
      case FieldType::word: case FieldType::words: {
        if (spec.type == FieldType::words) texts(spec, std::get<std::vector<std::string>>(value), pointer);
        if (const CustomField* field = custom_field(deciding_.state, kind_, spec.number)) choices(*field, spec, value, pointer);
        return;
      }
      case FieldType::text: case FieldType::json: return text(spec, std::get<std::string>(value), pointer);
      case FieldType::texts: return texts(spec, std::get<std::vector<std::string>>(value), pointer);
      case FieldType::ref: return reference(spec, std::get<Uuid>(value), pointer);
      case FieldType::refs: return references(spec, std::get<std::vector<Uuid>>(value), pointer);
      default: return number(spec, std::get<std::int64_t>(value), pointer);
    }
  }

  // What is added to a set and what is taken out of it, whether or not anything comes of it.
  void change(const FieldSpec& spec, const command::SetChange& change) {
    const std::string pointer = pointer_of(deciding_, kind_, spec);
    std::visit([&](const auto& members) {
      each_once(members.add, pointer + "/add");
      each_once(members.remove, pointer + "/remove");
      for (std::size_t i = 0; i < members.add.size(); ++i)
        if (is_among(members.add[i], members.remove)) faults().add(Code::invalid, pointer + "/add/" + std::to_string(i), "Added or removed, not both.");
    }, change.members);
  }

 private:
  Faults& faults() { return deciding_.faults; }

  template <class T>
  void each_once(const std::vector<T>& members, const std::string& pointer) {
    std::unordered_set<T> seen;
    for (std::size_t i = 0; i < members.size(); ++i)
      if (!seen.insert(members[i]).second) faults().add(Code::duplicate, pointer + "/" + std::to_string(i));
  }

  template <class T>
  bool is_held(const T& member) const {
    const auto* held = std::get_if<std::vector<T>>(held_);
    return held && is_among(member, *held);
  }

  // A set may have more than it can be given, of merged contacts or of assignees: it can be taken from, and grows no further.
  template <class T>
  bool is_too_large(const std::vector<T>& all, std::size_t most) const {
    const auto* held = std::get_if<std::vector<T>>(held_);
    return all.size() > std::max(most, held ? held->size() : 0);
  }

  // Where the command names a member of a set. Nothing: it was there already, in a set that is only added to and taken from; so it
  // is not looked at again, whatever has become of it.
  template <class T>
  std::optional<std::string> place_of(const FieldSpec& spec, const std::vector<T>& all, std::size_t index, const std::string& pointer) const {
    const command::SetChange* change = deciding_.change_of_set(spec.number);
    const auto* members = change ? std::get_if<command::Members<T>>(&change->members) : nullptr;
    if (!members) return pointer + "/" + std::to_string(index);
    if (is_held(all[index])) return std::nullopt;
    return pointer + "/add/" + std::to_string(std::ranges::find(members->add, all[index]) - members->add.begin());
  }

  void choices(const CustomField& field, const FieldSpec& spec, const Value& value, const std::string& pointer) {
    if (const auto* word = std::get_if<std::string>(&value)) check_choice(deciding_, field, *word, pointer);
    if (const auto* words = std::get_if<std::vector<std::string>>(&value))
      for (std::size_t i = 0; i < words->size(); ++i)
        if (const auto place = place_of(spec, *words, i, pointer)) check_choice(deciding_, field, (*words)[i], *place);
  }

  void text(const FieldSpec& spec, const std::string& words, const std::string& pointer) {
    if (is_required(deciding_, kind_, spec) && is_blank(words)) return faults().add(Code::required, pointer);
    if (!is_valid_utf8(words)) return faults().add(Code::invalid, pointer, "The text is not UTF-8.");
    if (length_of(words) > spec.max_length) return faults().add(Code::too_long, pointer);
    if (is_address_field(kind_, spec.number) && address_in(words).empty())
      faults().add(Code::invalid, pointer, "This is no e-mail address.");
  }

  void texts(const FieldSpec& spec, const std::vector<std::string>& many, const std::string& pointer) {
    if (is_required(deciding_, kind_, spec) && many.empty()) return faults().add(Code::required, pointer);
    if (is_too_large(many, most_texts)) return faults().add(Code::too_long, pointer);
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < many.size(); ++i) {
      const auto member = place_of(spec, many, i, pointer);
      if (!member) continue;
      if (is_blank(many[i])) faults().add(Code::required, *member);
      else if (!seen.insert(many[i]).second) faults().add(Code::duplicate, *member);
      else text(spec, many[i], *member);
    }
  }

  // `may_stay`: the object has it already.
  void reference(const FieldSpec& spec, const Uuid& id, const std::string& pointer, bool may_stay = false) {
    if (spec.ref == Kind::none) return;  // a stage: for its aggregate to check
    const Object* referred = deciding_.state.find({spec.ref, id});
    if (!referred && spec.ref == Kind::task_type && is_built_in_task_type(id)) return;  // accounts older than task types as objects
    if (const Objects<Word>* words = deciding_.state.words(spec.ref))
      if (const Word* word = find_in(*words, id); word && word->is_archived && !word->is_deleted) return faults().add(Code::invalid, pointer, "It is archived.");
    if (!referred || referred->is_deleted || !may_see(deciding_.state, deciding_.actor, {spec.ref, id}))
      faults().add(Code::unknown_reference, pointer);
    else if (deciding_.state.merged_contacts.contains({spec.ref, id}))
      faults().add(Code::already_merged, pointer, "It was merged into another; name that one.");
    else if (spec.active && !may_stay)
      check_active(deciding_, id, pointer);
  }

  void references(const FieldSpec& spec, const std::vector<Uuid>& ids, const std::string& pointer) {
    if (is_too_large(ids, most_refs)) return faults().add(Code::too_long, pointer);
    std::unordered_set<Uuid> seen;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto member = place_of(spec, ids, i, pointer);
      if (!member) continue;
      if (!seen.insert(ids[i]).second) faults().add(Code::duplicate, *member);
      else reference(spec, ids[i], *member, is_held(ids[i]));
    }
  }

  void number(const FieldSpec& spec, std::int64_t value, const std::string& pointer) {
    const auto within = [&](std::int64_t low, std::int64_t high) {
      if (value < low || value > high) faults().add(Code::out_of_range, pointer);
    };
    switch (spec.type) {
      case FieldType::money:
        if (value < 0) return faults().add(Code::negative, pointer);
        return within(0, largest_number);
      case FieldType::percent: return within(0, 10'000);
      case FieldType::decimal: return within(-largest_decimal, largest_decimal);
      case FieldType::boolean: return within(0, 1);
      case FieldType::day: return within(earliest_day.days, latest_day.days);
      case FieldType::instant: return within(earliest_ms, latest_ms);
      case FieldType::choice:
        if (value < 0 || static_cast<std::size_t>(value) >= spec.choices.size() || spec.choices[static_cast<std::size_t>(value)].empty())
          faults().add(Code::invalid, pointer);
        return;
      default: return within(-largest_number, largest_number);
    }
  }

  Deciding& deciding_;
  Kind kind_;
  const Value* held_ = nullptr;   // while a value is checked
};

// The field, when it may be set now; else the fault is added.
const FieldSpec* settable(Deciding& deciding, Kind kind, const FieldChange& change, bool birth) {
  const FieldSpec* spec = find_field(kind, change.field);
  if (!spec || (is_custom(spec->number) && !custom_field(deciding.state, kind, spec->number))) {
    deciding.faults.add(Code::unknown_field);
    return nullptr;
  }
  // The hash of a token's secret, and the name of a file on the disk, are made by the server itself.
  const bool made_here = birth && ((kind == Kind::token && change.field == field::token::hash) || (kind == Kind::file && change.field == field::file::stored_as));
  if ((spec->access == Access::derived && !made_here) || (spec->access == Access::at_birth && !birth)) {
    deciding.faults.add(Code::not_writable, pointer_of(deciding, kind, *spec));
    return nullptr;
  }
  if (is_source_field(*spec) && !deciding.state.account.sources_on) {
    deciding.faults.add(Code::feature_off, pointer_of(deciding, kind, *spec));
    return nullptr;
  }
  return spec;
}

void keep(Checked& checked, const FieldSpec& spec, const FieldChange& change) {
  (spec.personal ? checked.personal : checked.plain).push_back(change);
}

// For a yes or no, null and false are the same; but for a custom one, which may be unanswered.
bool is_true(const Value& value) { return value == Value{std::int64_t{1}}; }

Checked sorted(Checked checked) {
  sort_by_number(checked.plain);
  sort_by_number(checked.personal);
  return checked;
}

void check_no_field_twice(Deciding& deciding, Kind kind, const Fields& given) {
  for (std::size_t i = 1; i < given.size(); ++i)
    if (std::any_of(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const FieldChange& earlier) { return earlier.field == given[i].field; }))
      if (const FieldSpec* spec = find_field(kind, given[i].field)) deciding.faults.add(Code::duplicate, pointer_of(deciding, kind, *spec));
}

}  // namespace

Checked check_birth(Deciding& deciding, Kind kind, const Fields& given, std::initializer_list<std::uint16_t> defaulted) {
  check_no_field_twice(deciding, kind, given);
  Checked checked;
  Check check(deciding, kind);
  for (const FieldChange& change : given) {
    const FieldSpec* spec = settable(deciding, kind, change, true);
    if (!spec || is_null(change.value)) continue;
    check.value(*spec, change.value);
    keep(checked, *spec, change);
  }
  for (const FieldSpec& spec : fields_of(kind)) {
    if (!spec.required || std::ranges::find(defaulted, spec.number) != defaulted.end()) continue;
    const Value* value = find_value(given, spec.number);
    if (!value || is_null(*value)) deciding.faults.add(Code::required, pointer_to(spec));
  }
  if (has_custom_fields(kind)) check_required_custom(deciding, kind, given);
  return sorted(std::move(checked));
}

Checked check_edit(Deciding& deciding, ObjectRef object, const Fields& given) {
  const Kind kind = object.kind;
  const Object& current = *deciding.state.find(object);
  check_no_field_twice(deciding, kind, given);
  Checked changed;
  Check check(deciding, kind);
  for (const FieldChange& change : given) {
    const FieldSpec* spec = settable(deciding, kind, change, false);
    if (!spec) continue;
    const Value members = members_of(deciding.state, object, *spec);
    std::uint64_t held = is_set(spec->type) ? print_of(members) : current.prints.of(change.field);
    const bool is_stripped = spec->type == FieldType::ref && deletion_of(spec->ref) == Deletion::strips;
    if (is_stripped && deciding.state.prints_of_deleted.contains(held)) held = 0;
    if (const command::SetChange* of_set = deciding.change_of_set(change.field)) check.change(*spec, *of_set);
    if (const auto merged = deciding.state.contact_of_merged_print.find(held); spec->type == FieldType::ref && merged != deciding.state.contact_of_merged_print.end())
      held = print_of(Value{deciding.state.contact_now(merged->second.kind, merged->second.id)});
    if (spec->type == FieldType::boolean && !is_custom(spec->number) && is_true(change.value) == (held == print_of(Value{std::int64_t{1}}))) continue;
    if (is_null(change.value)) {
      if (!held) continue;
      if (is_required(deciding, kind, *spec)) deciding.faults.add(Code::required, pointer_of(deciding, kind, *spec));
      else keep(changed, *spec, change);
      continue;
    }
    if (spec->personal && deciding.state.erased.contains(object)) {
      deciding.faults.add(Code::erased, pointer_of(deciding, kind, *spec));
      continue;
    }
    if (held == print_of(change.value)) continue;  // also spares what has become impossible since, e.g. a deleted company
    check.value(*spec, change.value, members);
    keep(changed, *spec, change);
  }
  return sorted(std::move(changed));
}

void check_value(Deciding& deciding, Kind kind, std::uint16_t field, const Value& value) {
  if (const FieldSpec* spec = find_field(kind, field)) Check(deciding, kind).value(*spec, value);
}

std::string pointer_to(Kind kind, std::uint16_t field) {
  const FieldSpec* spec = find_field(kind, field);
  return spec ? pointer_to(*spec) : std::string();
}

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

bool is_blank(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return true;
  return static_cast<unsigned char>(text.front()) >= 0x80 && normalised(text).empty();
}

void check_text(Deciding& deciding, std::string_view text, std::size_t most, const std::string& pointer) {
  if (is_blank(text)) deciding.faults.add(Code::required, pointer);
  else if (!is_valid_utf8(text)) deciding.faults.add(Code::invalid, pointer, "The text is not UTF-8.");
  else if (length_of(text) > most) deciding.faults.add(Code::too_long, pointer);
}

std::string address_in(std::string_view mailbox) {
  if (const auto open = mailbox.rfind('<'); open != std::string_view::npos) {
    const auto close = mailbox.find('>', open);
    if (close == std::string_view::npos) return {};
    mailbox = mailbox.substr(open + 1, close - open - 1);
  }
  std::string address = normalised(mailbox);
  const auto at = address.find('@');
  const bool sound = at != std::string::npos && at > 0 && at + 1 < address.size() && address.find('@', at + 1) == std::string::npos &&
                     address.find_first_of(" <>,;\"") == std::string::npos;
  return sound ? address : std::string();
}

Decision edited(Deciding& deciding, ObjectRef object, Checked changed) {
  if (!changed.plain.empty() || !changed.personal.empty())
    deciding.add(object, event::Edited{std::move(changed.plain)}, std::nullopt, std::nullopt, std::move(changed.personal));
  return deciding.outcome(object);
}

}  // namespace dealog
