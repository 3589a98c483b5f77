#include "domain/custom_field.h"

#include <algorithm>
#include <unordered_set>

#include "domain/money.h"
#include "domain/people.h"
#include "domain/text.h"

namespace dealog {
namespace {

namespace c = field::custom_field;

const std::vector<std::string>* choices_in(const Fields& fields) {
  const Value* value = find_value(fields, c::choices);
  return value ? std::get_if<std::vector<std::string>>(value) : nullptr;
}

void note_choices(CustomField& field, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (!field.choice_ids.contains(word)) field.choice_ids.emplace(word, choice_id(word));
}

bool has_choices(CustomType type) { return type == CustomType::choice || type == CustomType::choices; }

std::string name_of(Kind kind, const std::string& key) { return std::string(plural(kind)) + "/" + key; }

// Short, and plain enough to stand in a parameter: cf.<key>[gte].
void check_key(Deciding& deciding, const std::string& key) {
  const bool is_plain = key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string::npos;
  if (!key.empty() && !is_plain) deciding.faults.add(Code::invalid, "/key", "Letters, digits, _ and - only.");
}

void check_words(Deciding& deciding, const std::vector<std::string>& words) {
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (!is_blank(words[i]) && !seen.insert(normalised(words[i])).second) deciding.faults.add(Code::duplicate, "/choices/" + std::to_string(i));
}

// What a client wrote, as a value of the type; nothing and a fault when it is none.
std::optional<Value> read(Deciding& deciding, const CustomField& field, const command::CustomValue::Written& written, const std::string& pointer) {
  const auto wrong = [&](std::string_view expected) -> std::optional<Value> {
    deciding.faults.add(Code::wrong_type, pointer, "This must be " + std::string(expected) + ".");
    return std::nullopt;
  };
  const auto* text = std::get_if<std::string>(&written);
  switch (field.type) {
    case CustomType::text:
      return text ? std::optional<Value>(*text) : wrong("a string");
    case CustomType::number: {
      const auto* number = std::get_if<command::Decimal>(&written);
      if (!number) return wrong("a number");
      const auto millionths = parse_decimal(number->digits);
      if (!millionths) deciding.faults.add(Code::invalid, pointer, "A number of at most six decimals.");
      return millionths ? std::optional<Value>(*millionths) : std::nullopt;
    }
    case CustomType::money: {
      const auto* amount = std::get_if<command::Amount>(&written);
      if (!amount) return wrong("an object such as {\"amount\": \"1234.50\"}");
      const std::string& of = deciding.state.account.currency;
      const auto minor = parse_amount(amount->amount, parse_currency(of).value_or(Currency{}));
      if (amount->currency && *amount->currency != of) deciding.faults.add(Code::invalid, pointer + "/currency", "The currency here is " + of + ".");
      else if (!minor) deciding.faults.add(Code::invalid, pointer + "/amount", "No amount of " + of + ".");
      return minor ? std::optional<Value>(*minor) : std::nullopt;
    }
    case CustomType::date: {
      const auto day = text ? parse_day(*text) : std::nullopt;
      return day ? std::optional<Value>(std::int64_t{day->days}) : wrong("a day such as 2026-03-31");
    }
    case CustomType::boolean: {
      const auto* flag = std::get_if<bool>(&written);
      return flag ? std::optional<Value>(std::int64_t{*flag}) : wrong("true or false");
    }
    case CustomType::choice:
      return text ? std::optional<Value>(*text) : wrong("one of the choices");
    case CustomType::choices: {
      const auto* words = std::get_if<std::vector<std::string>>(&written);
      return words ? std::optional<Value>(*words) : wrong("a list of choices");
    }
    case CustomType::user: {
      const auto id = text ? parse_uuid(*text) : std::nullopt;
      return id ? std::optional<Value>(*id) : wrong("the id of a user");
    }
  }
  return std::nullopt;
}

}  // namespace

Decision create_custom_field(Deciding& deciding, const command::Create& create) {
  deciding.not_past_capable(create.effective_at);
  Checked checked = check_birth(deciding, Kind::custom_field, create.fields, {c::label});
  Fields& fields = checked.plain;
  const std::string key = text_in(fields, c::key);
  check_key(deciding, key);
  const auto about = number_in(fields, c::collection), type = number_in(fields, c::type);
  const std::vector<std::string>* words = choices_in(fields);
  if (words) check_words(deciding, *words);
  if (type && has_choices(static_cast<CustomType>(*type)) != (words && !words->empty()))
    deciding.faults.add(words ? Code::invalid : Code::required, "/choices", words ? "Only fields of choices have choices." : "");
  if (!about || !type || deciding.faults.any()) return deciding.outcome(create.object, true);

  const Kind kind = custom_collections()[static_cast<std::size_t>(*about)];
  if (is_taken(deciding.state.custom_by_key, name_of(kind, key), create.object.id)) deciding.faults.add(Code::name_taken, "/key");
  const bool personal = number_in(fields, c::personal).value_or(0) != 0;
  const auto taken = deciding.state.custom_numbers.find({kind, custom_number(static_cast<CustomType>(*type), personal, 0)});
  const unsigned which = taken == deciding.state.custom_numbers.end() ? 0 : taken->second;
  if (which >= custom_fields_of_a_type) deciding.faults.add(Code::out_of_range, "/type", "There have been too many fields of this type.");
  if (!find_value(fields, c::label)) set_value(fields, c::label, key);
  set_value(fields, c::number, std::int64_t{custom_number(static_cast<CustomType>(*type), personal, which)});
  sort_by_number(fields);
  deciding.add(create.object, event::Created{.fields = std::move(fields)});
  return deciding.outcome(create.object, true);
}

Decision edit_custom_field(Deciding& deciding, const command::Edit& edit) {
  const CustomField& held = deciding.state.custom_fields.at(edit.object.id);
  deciding.not_past_capable(edit.effective_at);
  Checked changed = check_edit(deciding, edit.object, edit.fields);
  if (const std::vector<std::string>* words = choices_in(changed.plain)) {
    check_words(deciding, *words);
    if (!has_choices(held.type)) deciding.faults.add(Code::invalid, "/choices", "Only fields of choices have choices.");
    else if (words->empty()) deciding.faults.add(Code::required, "/choices");
    // Objects keep the choices that are no longer offered, and those must stay readable.
    std::vector<std::string> retired;
    for (const auto* earlier : {&held.retired_choices, &held.choices})
      for (const std::string& word : *earlier)
        if (std::ranges::find(*words, word) == words->end() && std::ranges::find(retired, word) == retired.end()) retired.push_back(word);
    if (retired != held.retired_choices) set_value(changed.plain, c::retired_choices, std::move(retired));
  } else if (has_choices(held.type) && find_value(changed.plain, c::choices)) {
    deciding.faults.add(Code::required, "/choices");
  }
  sort_by_number(changed.plain);
  return edited(deciding, edit.object, std::move(changed));
}

void check_custom_field_restoring(Deciding& deciding, const Uuid& id) {
  const CustomField& field = deciding.state.custom_fields.at(id);
  if (is_taken(deciding.state.custom_by_key, name_of(field.about, field.key), id)) deciding.faults.add(Code::name_taken);
}

void apply_custom_field(ModelState& state, const Envelope& envelope, const Event& event) {
  const auto found = state.custom_fields.find(envelope.object.id);
  if (found == state.custom_fields.end()) return;
  CustomField& field = found->second;
  if (const auto* created = std::get_if<event::Created>(&event)) {
    const Fields& fields = created->fields;
    const auto about = number_in(fields, c::collection), type = number_in(fields, c::type), number = number_in(fields, c::number);
    if (!about || !type || !number || static_cast<std::size_t>(*about) >= custom_collections().size()) return;
    field.about = custom_collections()[static_cast<std::size_t>(*about)];
    field.type = static_cast<CustomType>(*type);
    field.number = static_cast<std::uint16_t>(*number);
    field.key = text_in(fields, c::key);
    const std::string name = name_of(field.about, field.key);
    rename(state.custom_by_key, field.name, found->first, &name);
    state.custom_by_number[{field.about, field.number}] = found->first;
    const auto [which, base] = custom_parts(field.number);
    unsigned& next = state.custom_numbers[{field.about, base}];
    next = std::max(next, which + 1);
  }
  if (const Fields* fields = fields_in(event)) {
    if (const Value* required = find_value(*fields, c::required)) field.is_required = *required == Value{std::int64_t{1}};
    if (const auto* words = choices_in(*fields)) field.choices = *words;
    if (const Value* retired = find_value(*fields, c::retired_choices))
      if (const auto* words = std::get_if<std::vector<std::string>>(retired)) field.retired_choices = *words;
    for (const auto* words : {&field.choices, &field.retired_choices}) note_choices(field, *words);
  }
  const std::string held = field.name;  // a deleted key is free again
  if (std::holds_alternative<event::Deleted>(event)) state.custom_by_key.erase(held);
  if (std::holds_alternative<event::Restored>(event)) rename(state.custom_by_key, field.name, found->first, &held);
}

void read_custom_values(Deciding& deciding, Kind kind, const std::vector<command::CustomValue>& given, Fields& fields,
                        std::vector<command::SetChange>* sets) {
  for (const command::CustomValue& value : given) {
    const std::string pointer = "/cf/" + value.key;
    const auto named = deciding.state.custom_by_key.find(normalised(name_of(kind, value.key)));
    const CustomField* field = named == deciding.state.custom_by_key.end() ? nullptr : find_in(deciding.state.custom_fields, named->second);
    if (!field || field->key != value.key) {
      deciding.faults.add(Code::unknown_field, pointer, "There is no such custom field.");
    } else if (std::holds_alternative<std::monostate>(value.value)) {
      fields.push_back({field->number, Value{}});
    } else if (const auto* members = std::get_if<command::Members<std::string>>(&value.value); members && sets && field->type == CustomType::choices) {
      sets->push_back({field->number, *members});
    } else if (auto read_value = read(deciding, *field, value.value, pointer)) {
      fields.push_back({field->number, std::move(*read_value)});
    }
  }
}

const CustomField* custom_field(const ModelState& state, Kind kind, std::uint16_t number) {
  const auto found = state.custom_by_number.find({kind, number});
  const CustomField* field = found == state.custom_by_number.end() ? nullptr : find_in(state.custom_fields, found->second);
  return field && !field->is_deleted ? field : nullptr;
}

std::vector<std::string> missing_custom(const ModelState& state, Kind kind, const Fields& given) {
  std::vector<std::string> keys;
  for (const auto& [place, id] : state.custom_by_number) {
    if (place.first != kind) continue;
    const CustomField& field = state.custom_fields.at(id);
    if (!field.is_required || field.is_deleted) continue;
    const Value* value = find_value(given, field.number);
    if (!value || std::holds_alternative<std::monostate>(*value)) keys.push_back(field.key);
  }
  return keys;
}

void check_required_custom(Deciding& deciding, Kind kind, const Fields& given) {
  for (const std::string& key : missing_custom(deciding.state, kind, given)) deciding.faults.add(Code::required, "/cf/" + key);
}

void check_choice(Deciding& deciding, const CustomField& field, const std::string& word, const std::string& pointer) {
  if (std::ranges::find(field.choices, word) == field.choices.end()) deciding.faults.add(Code::invalid, pointer, "This is not one of the choices.");
}

}  // namespace dealog
