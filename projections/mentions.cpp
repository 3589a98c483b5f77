#include "projections/mentions.h"

#include <algorithm>

#include "domain/text.h"
#include "projections/layout.h"
#include "projections/predicate.h"

namespace dealog::projections {
namespace {

namespace f = field;

// By which names, addresses and numbers a kind's objects are known.
struct Known { Kind kind; std::uint16_t field; bool is_name; };
constexpr Known known_by[] = {
    {Kind::user, f::user::name, true},         {Kind::user, f::user::email, false},
    {Kind::person, f::person::name, true},     {Kind::person, f::person::first_name, true}, {Kind::person, f::person::last_name, true},
    {Kind::person, f::person::emails, false},  {Kind::person, f::person::phones, false},
    {Kind::lead, f::lead::raw_name, true},     {Kind::lead, f::lead::raw_emails, false},    {Kind::lead, f::lead::raw_phones, false},
};

constexpr std::size_t shortest_word = 3;   // bytes, folded: "Li" would be found in half of all words

void add(std::vector<std::string>& words, std::string word) {
  if (word.size() >= shortest_word && std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
}

void add_names(std::vector<std::string>& words, std::string_view text) {
  const std::string folded = fold_for_search(text);
  for (std::size_t at = 0; at < folded.size();) {
    const std::size_t space = std::min(folded.find(' ', at), folded.size());
    add(words, folded.substr(at, space - at));
    at = space + 1;
  }
}

// A field of texts of a kind, and what it is called.
struct Mentioned { std::uint16_t number; FieldType type; bool is_personal; std::string name; };

std::vector<Mentioned> places_of(const World& world, Kind kind) {
  std::vector<Mentioned> places;
  const auto takes = [](FieldType type) { return type == FieldType::text || type == FieldType::texts || type == FieldType::json; };
  for (const FieldSpec& spec : fields_of(kind))
    if (spec.access != Access::derived && takes(spec.type)) places.push_back({spec.number, spec.type, spec.personal, std::string(spec.name)});
  for (const CustomInfo& custom : world.custom_fields(kind))
    if (const FieldSpec* spec = find_field(kind, custom.number); spec != nullptr && takes(spec->type))
      places.push_back({custom.number, spec->type, spec->personal, "cf." + custom.key});
  return places;
}

}  // namespace

std::vector<std::string> words_of(const World& world, Kind kind, Row row) {
  std::vector<std::string> words;
  const Table& table = world.table(kind);
  for (const Known& known : known_by) {
    if (known.kind != kind) continue;
    const bool is_list = held(kind, known.field) == Held::texts;
    if (known.is_name) add_names(words, table.text(known.field, row));
    else if (!is_list) add(words, fold_for_search(table.text(known.field, row)));
    else
      for (const std::string_view text : table.texts(known.field, row)) add(words, fold_for_search(text));
  }
  return words;
}

Mentions mentions(const World& world, const std::vector<std::string>& words, std::span<const ObjectRef> erased, std::size_t most) {
  Mentions found;
  std::vector<FoldedNeedle> needles;
  for (const std::string& word : words) needles.emplace_back(word, FoldedNeedle::Where::anywhere);
  if (needles.empty()) return found;
  for (const Kind kind : all_kinds) {
    const Table& table = world.table(kind);
    const std::vector<Mentioned> places = places_of(world, kind);
    if (places.empty()) continue;
    for (Row row = 0; row < table.rows(); ++row) {
      if (table.presence()[row] == 0) continue;
      for (const Mentioned& place : places) {
        const auto look = [&](std::string_view text, const std::optional<std::string_view>& folded) {
          const bool has = std::ranges::any_of(needles, [&](const FoldedNeedle& needle) { return folded ? needle.in_folded(*folded) : needle.in(text); });
          if (!has || (place.is_personal && std::ranges::binary_search(erased, ObjectRef{kind, world.id(table.self()[row])}))) return;
          if (++found.total <= most) found.first.push_back({kind, row, place.name, text});
        };
        const Ref ref = table.handles(place.number)[row];
        if (ref == 0) continue;
        if (place.type == FieldType::texts)
          for (const std::string_view text : table.arena().list(ref)) look(text, std::nullopt);
        else look(table.arena().text(ref), table.arena().folded(ref));
      }
    }
  }
  return found;
}

}  // namespace dealog::projections
