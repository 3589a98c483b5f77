#include "projections/report_common.h"

#include <algorithm>

namespace dealog::projections {
namespace {
namespace f = field;

// Are its keys words, known by themselves, and not ids?
bool is_word(KeyKind kind) { return kind == KeyKind::choice || kind == KeyKind::yes_or_no; }
}  // namespace

ReportRequest read_report(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters,
                          const std::vector<std::string_view>& own, Faults& faults) {
  ReportRequest request{.ground = ground(std::move(world), asked)};
  std::map<std::string, std::string, std::less<>> given;
  for (const auto& [name, value] : parameters) {
    const bool is_common = name == "from" || name == "to" || name == "period" || name == "bucket";
    if (!is_common && std::ranges::find(own, name) == own.end()) {
      request.filters.emplace_back(name, value);
    } else if (!given.emplace(name, value).second) {
      faults.push_back({name, "duplicate", "Given twice."});
    } else if (!is_common) {
      request.own.emplace(name, value);
    }
  }
  const auto day = [&](const char* name) -> std::optional<Day> {
    const auto found = given.find(name);
    if (found == given.end()) return std::nullopt;
    const auto parsed = parse_day(found->second);
    if (!parsed) faults.push_back({name, "invalid", "A day such as 2026-03-31."});
    return parsed;
  };
  request.period = {day("from"), day("to")};
  if (request.period.from && request.period.to && *request.period.to < *request.period.from)
    faults.push_back({"to", "invalid", "The period ends before it begins."});
  if (const auto preset = given.find("period"); preset != given.end()) {
    const auto period = preset_period(preset->second, request.ground.world->calendar().day_of(asked.now));
    if (!period)
      faults.push_back({"period", "invalid", "today yesterday this_week last_week this_month last_month this_quarter last_quarter this_year last_year last_<n>_days or all_time."});
    else if (given.contains("from") || given.contains("to"))
      faults.push_back({"period", "invalid", "Either period, or from and to."});
    else
      request.period = *period;
  }
  if (const auto bucket = given.find("bucket"); bucket != given.end()) {
    request.bucket = parse_bucket(bucket->second);
    if (!request.bucket) faults.push_back({"bucket", "invalid", "auto, day, week, month, quarter or year."});
  }
  return request;
}

void rename_filter(Parameters& filters, std::string_view name, std::string_view becomes) {
  for (auto& [filter, value] : filters)
    if (split_parameter(filter).first == name) filter.replace(0, name.size(), becomes);
}

void name_faults(Faults& faults, const ReportRequest& request, std::string_view name, std::string_view becomes) {
  for (QueryFault& fault : faults) {
    const bool was_asked = std::ranges::any_of(request.filters, [&](const auto& each) { return each.first == fault.parameter; });
    if (!was_asked && split_parameter(fault.parameter).first == becomes) fault.parameter.replace(0, becomes.size(), name);
  }
}

std::vector<Status> read_statuses(std::string_view text, std::initializer_list<Status> allowed, Faults& faults) {
  std::vector<Status> statuses;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    const auto found = std::ranges::find(allowed, word, [](Status status) { return name(status); });
    if (found == allowed.end()) {
      std::string words = "One or several, by commas, of";
      for (const Status each : allowed) words.append(" ").append(name(each));
      faults.push_back({"status", "invalid", words + "."});
      return {*allowed.begin()};
    }
    if (std::ranges::find(statuses, *found) == statuses.end()) statuses.push_back(*found);
    if (comma == std::string_view::npos) return statuses;
    text.remove_prefix(comma + 1);
  }
}

std::pair<std::string, std::string> status_filter(const std::vector<Status>& statuses) {
  if (statuses.size() == 1) return {"status", std::string(name(statuses[0]))};
  std::string words;
  for (const Status each : statuses) words.append(words.empty() ? "" : ",").append(name(each));
  return {"status[in]", words};
}

std::optional<std::pair<std::string, std::string>> period_filter(std::string_view date_field, const Period& period) {
  const std::string field(date_field);
  if (period.from && period.to) return {{field + "[between]", to_string(*period.from) + "," + to_string(*period.to)}};
  if (period.from) return {{field + "[gte]", to_string(*period.from)}};
  if (period.to) return {{field + "[lte]", to_string(*period.to)}};
  return std::nullopt;
}

std::string percent_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' || c == ',' || c == ':';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[static_cast<unsigned char>(c) >> 4];
      encoded += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return encoded;
}

Links::Links(const ReportRequest& request, std::string_view collection, Parameters filters) : base_("/v1/" + std::string(collection)) {
  const World& world = *request.ground.world;
  // A report on the past stands on a position whether it was asked for or not, and so do its lists.
  if (!world.is_live()) {
    if (world.moment().as_of != end_of_time) filters.emplace_back("as_of", to_string(world.moment().as_of));
    filters.emplace_back("known_at", std::to_string(world.position()));
  }
  base_ = with(filters);
  is_empty_ = filters.empty();
}

std::string Links::with(const Parameters& more) const {
  std::string link = base_;
  bool is_first = is_empty_;
  for (const auto& [name, value] : more) {
    link += is_first ? '?' : '&';
    link += percent_encoded(name) + "=" + percent_encoded(value);
    is_first = false;
  }
  return link;
}

std::pair<std::string, std::string> key_filter(const World& world, std::string_view field, Handle key) {
  if (key == 0) return {std::string(field) + "[is_null]", "true"};
  return {std::string(field), to_string(world.id(key))};
}

Cell text_cell(std::string_view text) { return {std::string(text)}; }

Cell percent_cell(std::int64_t part, std::int64_t whole) {
  const auto share = percent2(part, whole);
  return share ? Cell{Percent{*share}} : Cell{};
}

std::string label_of(const World& world, KeyKind kind, Handle key) {
  const auto named = [&](Kind of, std::uint16_t field) {
    const Row row = world.row(of, key);
    return row == no_row ? std::string() : std::string(world.table(of).text(field, row));
  };
  switch (kind) {
    case KeyKind::user: return named(Kind::user, f::user::name);
    case KeyKind::team: return named(Kind::team, f::team::name);
    case KeyKind::source: return named(Kind::source, f::source::name);
    case KeyKind::close_reason: return named(Kind::close_reason, f::close_reason::name);
    case KeyKind::deal_group: return named(Kind::deal_group, f::word::name);
    case KeyKind::tag: return named(Kind::tag, f::word::name);
    case KeyKind::choice: return std::string(world.choice(key));
    case KeyKind::yes_or_no: return key == 1 ? "false" : "true";
    case KeyKind::product: return named(Kind::product, f::product::name);
    case KeyKind::process: {
      const ProcessInfo* process = world.process(key);
      return process ? process->name : std::string();
    }
    case KeyKind::stage: {
      const Uuid id = world.id(key);
      for (const ProcessInfo& process : world.processes())
        for (const event::Stage& stage : process.stages)
          if (stage.id == id) return stage.name;
      return {};
    }
  }
  return {};
}

Cell key_cell(const World& world, KeyKind kind, Handle key) {
  if (key == 0) return {};
  Cells cells;
  const std::string label = label_of(world, kind, key);
  cells.emplace_back("id", is_word(kind) ? text_cell(label) : Cell{world.id(key)});
  cells.emplace_back("label", text_cell(label));
  return {std::move(cells)};
}

void add_measure(Cells& cells, const Measure& measure, Shown shown) {
  cells.emplace_back("count", Cell{static_cast<std::int64_t>(measure.count)});
  if (shown.value) cells.emplace_back("value", Cell{Money{measure.value}});
  if (shown.weighted) cells.emplace_back("weighted_value", Cell{Money{measure.weighted.rounded()}});
}

std::vector<Cells> group_rows(const World& world, KeyKind kind, const std::vector<Group>& groups, const Measure& all, Shown shown,
                              std::string_view field, const std::function<std::string(const Parameters&)>& link) {
  struct Line { const Group* group; std::int64_t place; std::string label; };
  std::vector<Line> lines;
  for (const Group& group : groups) lines.push_back({&group, 0, group.key == 0 ? std::string() : label_of(world, kind, group.key)});
  if (kind == KeyKind::stage) {
    std::int64_t place = 0;
    for (const ProcessInfo& process : world.processes())
      for (const event::Stage& stage : process.stages) {
        ++place;
        for (Line& line : lines)
          if (line.group->key != 0 && world.id(line.group->key) == stage.id) line.place = place - (std::int64_t{1} << 32);
      }
  }
  std::ranges::sort(lines, [&](const Line& a, const Line& b) {
    if ((a.group->key == 0) != (b.group->key == 0)) return b.group->key == 0;
    if (a.place != b.place) return a.place < b.place;
    const Measure &x = a.group->measure, &y = b.group->measure;
    if (shown.value && x.value != y.value) return x.value > y.value;
    if (x.count != y.count) return x.count > y.count;
    if (a.label != b.label) return a.label < b.label;
    return world.id(a.group->key) < world.id(b.group->key);
  });
  std::vector<Cells> rows;
  for (const Line& line : lines) {
    const Measure& measure = line.group->measure;
    Cells cells;
    cells.emplace_back("key", key_cell(world, kind, line.group->key));
    add_measure(cells, measure, shown);
    cells.emplace_back("count_share", percent_cell(static_cast<std::int64_t>(measure.count), static_cast<std::int64_t>(all.count)));
    if (shown.value) cells.emplace_back("value_share", percent_cell(measure.value, all.value));
    const bool is_named = is_word(kind) && line.group->key != 0;
    cells.emplace_back("items", text_cell(link({is_named ? std::pair(std::string(field), line.label) : key_filter(world, field, line.group->key)})));
    rows.push_back(std::move(cells));
  }
  return rows;
}

std::vector<Cells> series_rows(const Series& series, Shown shown, std::string_view date_field, const std::function<std::string(const Parameters&)>& link) {
  std::vector<Cells> rows;
  for (const auto& [bucket, measure] : series.buckets) {
    Cells cells;
    cells.emplace_back("from", Cell{*bucket.from});
    cells.emplace_back("to", Cell{*bucket.to});
    add_measure(cells, measure, shown);
    cells.emplace_back("items", text_cell(link({*period_filter(date_field, bucket)})));
    rows.push_back(std::move(cells));
  }
  return rows;
}

Cells report_head(std::string_view name, const ReportRequest& request) {
  const World& world = *request.ground.world;
  const auto day = [](const std::optional<Day>& end) { return end ? Cell{*end} : Cell{}; };
  Cells period;
  period.emplace_back("from", day(request.period.from));
  period.emplace_back("to", day(request.period.to));
  Cells head;
  head.emplace_back("report", text_cell(name));
  head.emplace_back("period", Cell{std::move(period)});
  head.emplace_back("as_of", world.moment().as_of == end_of_time ? Cell{} : Cell{world.moment().as_of});
  head.emplace_back("known_at", world.is_live() ? Cell{} : Cell{static_cast<std::int64_t>(world.position())});
  head.emplace_back("position", Cell{static_cast<std::int64_t>(world.position())});
  return head;
}

}  // namespace dealog::projections
