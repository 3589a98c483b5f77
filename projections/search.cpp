#include "projections/search.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "domain/text.h"
#include "projections/filter.h"

namespace dealog::projections {
namespace {

namespace f = field;

constexpr Kind all_searched[] = {Kind::company, Kind::person, Kind::deal, Kind::lead};

struct Searched {
  Kind kind;
  std::uint16_t column;
  bool is_list = false, is_phone = false;
};
constexpr Searched places[] = {
    {Kind::company, f::company::name},     {Kind::company, f::company::emails, true}, {Kind::company, f::company::phones, true, true},
    {Kind::company, f::company::tax_id, false, true},
    {Kind::person, f::person::name},       {Kind::person, f::person::emails, true},   {Kind::person, f::person::phones, true, true},
    {Kind::deal, f::deal::name},
    {Kind::lead, f::lead::title},          {Kind::lead, f::lead::raw_name},           {Kind::lead, f::lead::raw_company_name},
    {Kind::lead, f::lead::raw_emails, true}, {Kind::lead, f::lead::raw_phones, true, true},
};

std::uint16_t label_column(Kind kind) {
  static_assert(f::company::name == f::person::name && f::person::name == f::deal::name && f::deal::name == f::lead::title);
  return kind == Kind::lead ? f::lead::title : f::deal::name;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (is_digit(c)) digits += c;
  return digits;
}

class Question {
 public:
  explicit Question(std::string_view asked) : whole_(fold_for_search(asked)) {
    for (std::size_t at = 0; at < whole_.size();) {
      const std::size_t space = std::min(whole_.find(' ', at), whole_.size());
      words_.push_back(whole_.substr(at, space - at));
      needles_.emplace_back(words_.back(), FoldedNeedle::Where::anywhere);
      at = space + 1;
    }
    // A number as people write it: digits and what they put between them.
    constexpr std::string_view between = " +-()/.";
    const bool is_number = std::ranges::all_of(asked, [&](char c) { return is_digit(c) || between.find(c) != std::string_view::npos; });
    constexpr std::size_t least_digits = 3;
    if (is_number && digits_of(asked).size() >= least_digits) digits_ = digits_of(asked);
  }

  // `folded`: the text as it is searched for, where that is kept.
  std::optional<Match> meets(std::string_view text, const std::optional<std::string_view>& folded, bool is_phone) const {
    if (is_phone && !digits_.empty())
      if (const auto found = meets_number(text)) return found;
    const auto has = [&](const FoldedNeedle& needle) { return folded ? needle.in_folded(*folded) : needle.in(text); };
    if (!std::ranges::all_of(needles_, has)) return std::nullopt;
    return folded ? how(*folded) : how(fold_for_search(text));
  }

 private:
  Match how(std::string_view folded) const {
    if (folded == whole_) return Match::exact;
    if (folded.starts_with(whole_)) return Match::prefix;
    return std::ranges::all_of(words_, [&](const std::string& word) { return begins_a_word(folded, word); }) ? Match::word : Match::contains;
  }
  std::optional<Match> meets_number(std::string_view text) const {
    const std::string number = digits_of(text);
    const std::size_t at = number.find(digits_);
    if (at == std::string::npos) return std::nullopt;
    if (at == 0) return number.size() == digits_.size() ? Match::exact : Match::prefix;
    return Match::contains;
  }
  static bool begins_a_word(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      const auto before = at == 0 ? ' ' : text[at - 1];
      const bool is_letter = is_digit(before) || (before >= 'a' && before <= 'z') || (static_cast<unsigned char>(before) & 0x80) != 0;
      if (!is_letter) return true;
    }
    return false;
  }

  std::string whole_, digits_;
  std::vector<std::string> words_;
  std::vector<FoldedNeedle> needles_;
};

struct Found { Match match; std::size_t kind_order; Row row; const Searched* place; };
bool before(const Found& a, const Found& b) { return std::tie(a.match, a.kind_order, a.row) < std::tie(b.match, b.kind_order, b.row); }

// The best value of a place, and how well it meets.
std::optional<std::pair<Match, std::string_view>> best_at(const Table& table, const Searched& place, Row row, const Question& question) {
  std::optional<std::pair<Match, std::string_view>> best;
  const auto look = [&](std::string_view text, const std::optional<std::string_view>& folded) {
    const auto match = question.meets(text, folded, place.is_phone);
    if (match && (!best || *match < best->first)) best = {*match, text};
  };
  const Ref ref = table.handles(place.column)[row];
  if (ref == 0) return std::nullopt;
  const TextArena& texts = table.arena();
  if (!place.is_list) look(texts.text(ref), texts.folded(ref));
  else
    for (const std::string_view text : texts.list(ref)) look(text, std::nullopt);
  return best;
}

}  // namespace

std::span<const Kind> searched_kinds() { return all_searched; }

std::vector<Hit> search(std::shared_ptr<const World> world, const Asked& asked, std::string_view text, std::span<const Kind> kinds, std::size_t limit) {
  const Ground at = ground(std::move(world), asked);
  const Question question(text);
  std::vector<Found> found;
  const auto keep_the_best = [&] {
    if (found.size() <= limit) return;
    std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(limit), found.end(), before);
    found.resize(limit);
  };
  for (std::size_t order = 0; order < kinds.size(); ++order) {
    const Kind kind = kinds[order];
    Faults none;
    const Selection selection(at, kind, {}, none);
    const Table& table = selection.table();
    selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        const Row row = static_cast<Row>((chunk << chunk_bits) + indexes[i]);
        std::optional<Found> best;
        for (const Searched& place : places) {
          if (place.kind != kind) continue;
          const auto match = best_at(table, place, row, question);
          if (match && (!best || match->first < best->match)) best = Found{match->first, order, row, &place};
        }
        if (best) found.push_back(*best);
      }
      if (found.size() > 64 * 1024) keep_the_best();
    });
  }
  keep_the_best();
  std::ranges::sort(found, before);

  std::vector<Hit> hits;
  for (const Found& each : found) {
    const Kind kind = each.place->kind;
    const Table& table = at.world->table(kind);
    const auto value = best_at(table, *each.place, each.row, question);
    hits.push_back({.kind = kind, .row = each.row, .match = each.match, .field = find_field(kind, each.place->column)->name,
                    .value = std::string(value ? value->second : std::string_view()),
                    .label = std::string(table.text(label_column(kind), each.row))});
  }
  return hits;
}

}  // namespace dealog::projections
