#include "projections/duplicates.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "domain/text.h"
#include "projections/list.h"

namespace dealog::projections {
namespace {

namespace f = field;
static_assert(f::company::name == f::person::name && f::company::emails == f::person::emails);

enum class By : std::uint8_t { email, tax_id, name };
constexpr std::string_view by_words[] = {"email", "tax_id", "name"};

// A tax id as it is compared: letters and digits, without the dashes and blanks that people put between them.
std::string bare(std::string_view text) {
  std::string kept;
  for (const char c : fold_for_search(text))
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80) != 0) kept += c;
  return kept;
}

// Every value that a contact is compared by.
template <class Use>
void for_each_key(const Table& table, Row row, Use use) {
  for (const std::string_view email : table.texts(f::company::emails, row)) use(By::email, normalised(email));
  if (table.kind() == Kind::company && table.has_text(f::company::tax_id, row)) use(By::tax_id, bare(table.text(f::company::tax_id, row)));
  if (table.has_text(f::company::name, row)) use(By::name, fold_for_search(table.text(f::company::name, row)));
}

struct Key {
  std::uint64_t hash;
  Row row;
  friend auto operator<=>(const Key&, const Key&) = default;
};

std::uint64_t hash_of(By by, const std::string& value) {
  return std::hash<std::string>{}(value) * 4 + static_cast<std::uint64_t>(by);
}

// Rows that belong together, by their oldest.
class Groups {
 public:
  explicit Groups(Row rows) : parent_(rows) { std::iota(parent_.begin(), parent_.end(), Row{0}); }
  Row oldest(Row row) {
    while (parent_[row] != row) row = parent_[row] = parent_[parent_[row]];
    return row;
  }
  void join(Row a, Row b) {
    a = oldest(a);
    b = oldest(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<Row> parent_;
};

// What members of the group share, from the words themselves.
std::vector<SharedValue> reasons_of(const Table& table, const std::vector<Row>& rows) {
  struct Said { By by; std::string value; Row row; };
  std::vector<Said> all;
  for (const Row row : rows)
    for_each_key(table, row, [&](By by, std::string value) {
      if (!value.empty()) all.push_back({by, std::move(value), row});
    });
  std::ranges::sort(all, [](const Said& a, const Said& b) { return std::tie(a.by, a.value, a.row) < std::tie(b.by, b.value, b.row); });
  std::vector<SharedValue> reasons;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t end = i;
    std::vector<Row> shared;
    for (; end < all.size() && all[end].by == all[i].by && all[end].value == all[i].value; ++end)
      if (shared.empty() || shared.back() != all[end].row) shared.push_back(all[end].row);
    if (shared.size() > 1) reasons.push_back({by_words[static_cast<std::size_t>(all[i].by)], all[i].value, std::move(shared)});
    i = end;
  }
  return reasons;
}

}  // namespace

QueryResult<Duplicates> duplicates(std::shared_ptr<const World> world, Kind kind, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  const PageRequest page = read_page("duplicates/" + std::string(plural(kind)), asked, *world, parameters, faults);
  if (!page.sort.empty()) faults.push_back({"sort", "invalid", "Groups stand in the order of their oldest members."});
  const Ground at = ground_of(page, world, asked);
  const Selection selection(at, kind, page.filters, faults);
  if (!faults.empty()) return faults;
  const Table& table = selection.table();

  std::vector<Key> keys;
  selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const Row row = static_cast<Row>((chunk << chunk_bits) + indexes[i]);
      for_each_key(table, row, [&](By by, const std::string& value) {
        if (!value.empty()) keys.push_back({hash_of(by, value), row});
      });
    }
  });
  std::ranges::sort(keys);

  Groups groups(table.rows());
  std::vector<Row> shared;  // of one hash, which words that differ may share: they are told apart below
  std::vector<std::pair<Row, Row>> members;
  for (std::size_t i = 0; i < keys.size();) {
    std::size_t end = i;
    shared.clear();
    for (; end < keys.size() && keys[end].hash == keys[i].hash; ++end)
      if (shared.empty() || shared.back() != keys[end].row) shared.push_back(keys[end].row);
    i = end;
    if (shared.size() < 2) continue;
    for (const SharedValue& reason : reasons_of(table, shared))
      for (const Row row : reason.rows) {
        groups.join(reason.rows.front(), row);
        members.emplace_back(0, row);
      }
  }
  for (auto& [oldest, row] : members) oldest = groups.oldest(row);
  std::ranges::sort(members);
  members.erase(std::ranges::unique(members).begin(), members.end());

  Duplicates answer{.world = at.world, .groups = {}, .next_cursor = {}, .total = {}};
  std::uint64_t total = 0;
  Row last = no_row;
  for (std::size_t i = 0; i < members.size();) {
    std::size_t end = i;
    while (end < members.size() && members[end].first == members[i].first) ++end;
    ++total;
    const Row oldest = members[i].first;
    if (!page.cursor || oldest > page.cursor->last) {
      if (answer.groups.size() == page.limit) {
        if (!answer.next_cursor) answer.next_cursor = cursor_after(page, at, last);
      } else {
        DuplicateGroup group;
        for (std::size_t each = i; each < end; ++each) group.rows.push_back(members[each].second);
        group.reasons = reasons_of(table, group.rows);
        answer.groups.push_back(std::move(group));
        last = oldest;
      }
    }
    i = end;
  }
  if (page.with_total) answer.total = total;
  return answer;
}

}  // namespace dealog::projections
