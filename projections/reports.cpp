#include "projections/reports.h"

#include <algorithm>

namespace dealog::projections {

const std::vector<ReportInfo>& reports() {
  static const std::vector<ReportInfo> all = {
      {"closed-deals", "Closed deals by reason, owner, source, process, stage, team, group or tag; over time; by person",
       {{"from", "first day"}, {"to", "last day"}, {"period", "a preset instead of from and to"},
        {"date_field", "closed (default), created or expected_close: what the period is about"},
        {"status", "won, lost, obsolete; one or several by commas; default all three"},
        {"user_id", "owner at closing"}, {"team_id", "team of the owner at closing"}, {"process_id", "process"},
        {"group_by", "close_reason (default), owner, source, process, stage, team, group, tag, product or cf.<key>"}, {"value_kind", "forecast (default), realised or profit"},
        {"bucket", "auto, day, week, month, quarter or year: adds the series"}}},
      {"open-deals", "Open deals by stage, owner, source, process, team, group or tag, with a forecast by expected close month",
       {{"from", "first day of creation"}, {"to", "last day of creation"}, {"period", "a preset instead of from and to"},
        {"user_id", "owner at as_of"}, {"team_id", "team of the owner at as_of"}, {"process_id", "process"},
        {"group_by", "stage (default), owner, source, process, team, group, tag, product or cf.<key>"}, {"value_kind", "forecast (default), realised or profit"},
        {"bucket", "auto, day, week, month, quarter or year: adds the series by creation"}}},
      {"activities", "What people did: contacts and deals added, deals closed, tasks planned and completed, notes, e-mails",
       {{"from", "first day"}, {"to", "last day"}, {"period", "a preset instead of from and to"},
        {"user_id", "who did it; of planned tasks the assignee"}, {"team_id", "team of who did it, at that time"},
        {"tasks", "planned tasks: done, current (open, due by today), future; one or several by commas; default all"},
        {"bucket", "auto, day, week, month, quarter or year: adds a series to each"}}},
      {"ranking", "Users by value and by number of their deals, with the rank of the previous period",
       {{"from", "first day"}, {"to", "last day"}, {"period", "a preset instead of from and to"},
        {"status", "won (default), lost, obsolete by commas; or open"}, {"value_kind", "forecast (default), realised or profit"},
        {"user_id", "one user"}, {"team_id", "a team"}, {"process_id", "process"}, {"source_id", "source"}}},
  };
  return all;
}

QueryResult<Report> report(std::shared_ptr<const World> world, std::string_view name, const Asked& asked, const Parameters& parameters) {
  using Make = QueryResult<Report> (*)(std::shared_ptr<const World>, const Asked&, const Parameters&);
  constexpr std::pair<std::string_view, Make> makers[] = {
      {"closed-deals", closed_deals}, {"open-deals", open_deals}, {"activities", activities}, {"ranking", ranking}};
  const auto found = std::ranges::find(makers, name, [](const auto& each) { return each.first; });
  if (found == std::end(makers)) return std::vector<QueryFault>{{"name", "unknown", "There is no report " + std::string(name) + "."}};
  return found->second(std::move(world), asked, parameters);
}

}  // namespace dealog::projections
