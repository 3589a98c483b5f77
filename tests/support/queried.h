#pragma once
// What was recorded in a scenario (scenario.h), as a world of read models to ask; and `items` links followed.

#include <memory>
#include <string>
#include <vector>

#include "projections/query.h"
#include "tests/support/scenario.h"

namespace dealog::test {

namespace query = dealog::projections;

struct Queried {
  explicit Queried(const World& recorded) { catch_up(recorded); }
  void catch_up(const World& recorded) {
    for (; applied < recorded.log.size(); ++applied) {
      const auto& each = recorded.log[applied];
      models.apply(*trusted_record(each.bytes), each.personal.empty() ? nullptr : &each.personal);
    }
    live = models.live();
  }

  query::ReadModels models;
  std::shared_ptr<const query::World> live;
  std::size_t applied = 0;
};

inline query::Asked as(const Uuid& user, Role role, Instant now, std::shared_ptr<const query::World> present = nullptr) {
  return {.reader = {user, role}, .now = now, .present = std::move(present)};
}

// Ids in the order listed; the first fault, printed, instead.
inline std::vector<Uuid> ids(const query::ListAnswer& answer, Kind kind) {
  std::vector<Uuid> found;
  for (const query::Row row : answer.page.rows) found.push_back(answer.world->id(answer.world->table(kind).self()[row]));
  return found;
}

inline std::string print(const std::vector<query::QueryFault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += (text.empty() ? "" : "; ") + fault.parameter + fault.inside + " " + fault.code;
  return text;
}

// The answer; throws with the faults when there is none.
template <class T>
T must(const query::QueryResult<T>& result) {
  if (!result) throw std::logic_error("refused: " + print(result.error()));
  return *result;
}

inline std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct Followed { std::uint64_t total = 0, listed = 0; std::int64_t value = 0; std::string faults; };
// What the list behind a link has: its total, and its rows counted and summed page by page.
inline Followed follow(const std::shared_ptr<const query::World>& live, const query::Asked& asked, const std::string& link) {
  constexpr std::string_view base = "/v1/";
  const std::size_t mark = link.find('?');
  const std::string collection = link.substr(base.size(), mark == std::string::npos ? mark : mark - base.size());
  Kind kind = Kind::none;
  for (const Kind each : all_kinds)
    if (plural(each) == collection) kind = each;
  query::Parameters parameters{{"limit", "7"}, {"include", "total"}};
  query::Moment moment;
  std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(link).substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view one = rest.substr(0, end);
    const std::size_t is = one.find('=');
    const std::string name = decoded(one.substr(0, is)), value = decoded(one.substr(is + 1));
    if (name == "as_of") moment.as_of = instant(value);
    else if (name == "known_at") moment.known_at = std::stoull(value);
    else parameters.emplace_back(name, value);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  Followed followed;
  for (;;) {
    const auto page = query::list(live->at(moment), kind, asked, parameters);
    if (!page) {
      followed.faults = print(page.error());
      return followed;
    }
    followed.total = *page->page.total;
    for (const query::Row row : page->page.rows) {
      ++followed.listed;
      if (kind == Kind::deal) followed.value += query::deal_extras(*page->world, row).value;
    }
    if (!page->page.next_cursor) return followed;
    std::erase_if(parameters, [](const auto& each) { return each.first == "cursor"; });
    parameters.emplace_back("cursor", *page->page.next_cursor);
  }
}

// A report's numbers by their names.
inline const query::Cell& cell(const query::Cells& cells, std::string_view name) {
  for (const auto& [each, value] : cells)
    if (each == name) return value;
  throw std::logic_error("no cell " + std::string(name));
}
inline bool has(const query::Cells& cells, std::string_view name) {
  for (const auto& each : cells)
    if (each.first == name) return true;
  return false;
}
inline const query::Cells& object(const query::Cells& cells, std::string_view name) { return std::get<query::Cells>(cell(cells, name).value); }
inline const std::vector<query::Cells>& rows(const query::Cells& cells, std::string_view name) { return std::get<std::vector<query::Cells>>(cell(cells, name).value); }
inline std::int64_t number(const query::Cells& cells, std::string_view name) {
  const query::Cell& found = cell(cells, name);
  if (const auto* money = std::get_if<query::Money>(&found.value)) return money->minor;
  if (const auto* percent = std::get_if<query::Percent>(&found.value)) return percent->hundredths;
  return std::get<std::int64_t>(found.value);
}
inline std::string words(const query::Cells& cells, std::string_view name) { return std::get<std::string>(cell(cells, name).value); }
inline bool is_null(const query::Cells& cells, std::string_view name) { return std::holds_alternative<std::monostate>(cell(cells, name).value); }

// Every object in a report that says count and items, at any depth.
template <class Use>
void for_each_link(const query::Cell& from, Use use);
template <class Use>
void for_each_link(const query::Cells& cells, Use use) {
  if (has(cells, "items") && has(cells, "count")) use(cells);
  for (const auto& each : cells) for_each_link(each.second, use);
}
template <class Use>
void for_each_link(const query::Cell& from, Use use) {
  if (const auto* cells = std::get_if<query::Cells>(&from.value)) for_each_link(*cells, use);
  if (const auto* many = std::get_if<std::vector<query::Cells>>(&from.value))
    for (const query::Cells& each : *many) for_each_link(each, use);
}

}  // namespace dealog::test
