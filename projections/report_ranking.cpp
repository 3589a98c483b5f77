// RNK-1: users by the value and by the number of their deals. Closed deals are the owner's at closing, open ones
// the owner's at as_of (GEN-7).
#include <algorithm>
#include <map>

#include "projections/report_deals.h"
#include "projections/reports.h"

namespace dealog::projections {
namespace {

namespace f = field;

struct Place {
  Handle user = 0;
  std::string name;
  std::uint64_t count = 0;
  std::int64_t value = 0;
  std::int64_t rank = 0;
};

// Best first; equal measure, equal rank (1, 2, 2, 4). The other measure, then the name only order the listing.
std::vector<Place> ranked(std::vector<Place> places, bool by_value) {
  std::ranges::sort(places, [&](const Place& a, const Place& b) {
    if (by_value ? a.value != b.value : a.count != b.count) return by_value ? a.value > b.value : a.count > b.count;
    if (by_value ? a.count != b.count : a.value != b.value) return by_value ? a.count > b.count : a.value > b.value;
    if (a.name != b.name) return a.name < b.name;
    return a.user < b.user;
  });
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool is_equal = i > 0 && (by_value ? places[i].value == places[i - 1].value : places[i].count == places[i - 1].count);
    places[i].rank = is_equal ? places[i - 1].rank : static_cast<std::int64_t>(i) + 1;
  }
  return places;
}

// Users whose absence would be strange: active and asked for.
std::vector<Handle> expected_users(const ReportRequest& request, Faults& faults) {
  const World& world = *request.ground.world;
  // user_id and team_id as filters over users, so that each operator means what it means elsewhere.
  Parameters filters{{"is_suspended", "false"}};
  for (const auto& [name, value] : request.filters)
    if (split_parameter(name).first == "user_id") filters.emplace_back("id" + name.substr(7), value);
  Faults of_users;
  const Selection users(request.ground, Kind::user, filters, of_users);
  std::vector<Handle> teams;
  bool has_teams = false;
  for (const auto& [name, value] : request.filters) {
    const auto [field, op] = split_parameter(name);
    if (field != "team_id") continue;
    has_teams = true;
    if (op != "eq" && op != "in") {
      faults.push_back({name, "unknown", "A ranking takes team_id= or team_id[in]=."});
      continue;
    }
    for (std::string_view rest = value;;) {
      const std::size_t comma = rest.find(',');
      if (const auto id = parse_uuid(rest.substr(0, comma))) teams.push_back(world.handle(*id));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  std::vector<Handle> expected;
  if (!of_users.empty()) return expected;  // The same faults come from the deals' filter.
  users.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) {
      const Handle user = users.table().self()[static_cast<Row>((chunk << chunk_bits) + indexes[n])];
      const auto is_member = [&](Handle team) { return team != 0 && world.in_team(user, team, request.ground.asked.now); };
      if (!has_teams || std::ranges::any_of(teams, is_member)) expected.push_back(user);
    }
  });
  return expected;
}

}  // namespace

QueryResult<Report> ranking(std::shared_ptr<const World> world, const Asked& asked, const Parameters& parameters) {
  Faults faults;
  const ReportRequest request = read_report(std::move(world), asked, parameters, {"status", "value_kind"}, faults);
  const Ground& at = request.ground;
  const Table& deals = at.world->table(Kind::deal);
  const ValueKind value_kind = read_value_kind(request, nullptr, faults);
  if (request.bucket) faults.push_back({"bucket", "unknown", "A ranking has no series."});
  const std::vector<Status> statuses =
      read_statuses(request.value("status", "won"), {Status::won, Status::lost, Status::obsolete, Status::open}, faults);
  const bool is_open = std::ranges::find(statuses, Status::open) != statuses.end();
  if (is_open && statuses.size() > 1) faults.push_back({"status", "invalid", "Open deals have another owner and another date than closed ones: ask for them alone."});

  const std::string_view owner = is_open ? "owner_id" : "credited_owner_id", date = is_open ? "created_at" : "closed_at";
  Parameters filters = request.filters;
  rename_filter(filters, "user_id", owner);
  if (!is_open) rename_filter(filters, "team_id", "credited_team_id");
  filters.insert(filters.begin(), status_filter(statuses));

  const auto values = values_of(at, value_kind);
  Cell unconverted;   // of the period that was measured last
  const auto measured = [&](const Period& period, Faults& found) {
    Parameters in_period = filters;
    if (const auto filter = period_filter(date, period)) in_period.push_back(*filter);
    const Selection selection(at, Kind::deal, in_period, found);
    if (!found.empty()) return Counts{};
    const Selected selected(selection);
    unconverted = unconverted_cell(selected, *values);
    return count(selected, {.value = &values->column, .person = &deals.handles(is_open ? f::deal::owner_id : f::deal::credited_owner_id)}, found);
  };
  const std::vector<Handle> expected = expected_users(request, faults);
  const Counts now = measured(request.period, faults);
  const Cell unconverted_now = unconverted;
  name_faults(faults, request, "user_id", owner);
  if (!is_open) name_faults(faults, request, "team_id", "credited_team_id");
  if (!faults.empty()) return faults;

  const auto places_of = [&](const Counts& counts) {
    std::map<Handle, Place> places;
    for (const Handle user : expected) places[user].user = user;
    for (const Group& group : counts.people) {
      if (group.key == 0) continue;
      Place& place = places[group.key];
      place.user = group.key;
      place.count = group.measure.count;
      place.value = group.measure.value;
    }
    std::vector<Place> listed;
    for (auto& [user, place] : places) {
      place.name = label_of(*at.world, KeyKind::user, user);
      listed.push_back(place);
    }
    return listed;
  };
  const std::optional<Period> before = previous_period(request.period);
  std::vector<Place> earlier;
  if (before) earlier = places_of(measured(*before, faults));

  Parameters linked = filters;
  if (const auto filter = period_filter(date, request.period)) linked.push_back(*filter);
  const Links links(request, Kind::deal, linked);
  const auto listing = [&](bool by_value) {
    std::map<Handle, std::int64_t> previous;
    for (const Place& place : ranked(earlier, by_value)) previous[place.user] = place.rank;
    std::vector<Cells> rows;
    for (const Place& place : ranked(places_of(now), by_value)) {
      const auto was = previous.find(place.user);
      Cells cells;
      cells.emplace_back("rank", Cell{place.rank});
      cells.emplace_back("previous_rank", was == previous.end() ? Cell{} : Cell{was->second});
      cells.emplace_back("change", was == previous.end() ? Cell{} : Cell{was->second - place.rank});
      cells.emplace_back("key", key_cell(*at.world, KeyKind::user, place.user));
      cells.emplace_back("value", Cell{Money{place.value}});
      cells.emplace_back("count", Cell{static_cast<std::int64_t>(place.count)});
      cells.emplace_back("items", text_cell(links.with({key_filter(*at.world, owner, place.user)})));
      rows.push_back(std::move(cells));
    }
    return rows;
  };
  const Shown shown{.value = true};
  Cells summary;
  add_measure(summary, now.all, shown);
  if (unconverted_now.value.index() != 0) summary.emplace_back("unconverted", unconverted_now);
  summary.emplace_back("items", text_cell(links.with({})));
  Report report{report_head("ranking", request)};
  report.cells.emplace_back("summary", Cell{std::move(summary)});
  report.cells.emplace_back("by_value", Cell{listing(true)});
  report.cells.emplace_back("by_number", Cell{listing(false)});
  return report;
}

}  // namespace dealog::projections
