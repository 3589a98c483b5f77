// Looks at the Kanban boards and the lists of deals of each process, as everybody sees them [SPEC KAN].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

void see_column(Life& l, const plain::Crm::Column& column, const json::value& real) {
  INFO("column " << column.stage << ": " << json::serialize(real));
  REQUIRE(real.at("stage_id") == json::value(column.stage));
  REQUIRE(real.at("name") == json::value(column.name));
  REQUIRE(real.at("count").to_number<std::size_t>() == column.cards.size());
  REQUIRE(real.at("stale_count").to_number<int>() == column.stale);
  REQUIRE(real.at("value") == money(column.value));
  REQUIRE(real.at("weighted_value") == money(column.weighted));
  json::array unconverted;
  for (const auto& [currency, minor] : column.unconverted) unconverted.push_back(money(minor, currency));
  const json::value* apart = real.as_object().if_contains("unconverted");
  REQUIRE((apart ? *apart : json::value(json::array())) == json::value(unconverted));
  REQUIRE(real.at("cards").as_array().size() == column.cards.size());
  for (const json::value& each : real.at("cards").as_array()) {
    const Id id(each.at("deal_id").as_string());
    INFO("deal " << id);
    REQUIRE(column.cards.contains(id));
    const plain::Deal& deal = l.crm.deals.at(id);
    const plain::Crm::BoardCard& card = column.cards.at(id);
    REQUIRE(each.at("name") == json::value(deal.name));
    REQUIRE(each.at("owner_id") == json::value(deal.owner));
    REQUIRE(each.at("value") == money_or_null(plain::Crm::value(deal), deal.currency));
    REQUIRE(std::llround(each.at("progress").to_number<double>() * 100) == card.progress);
    REQUIRE(each.at("days_in_stage").to_number<std::int64_t>() == card.days_in_stage);
    REQUIRE(each.at("task_dot") == json::value(card.task_dot));
    REQUIRE(each.at("is_stale").as_bool() == card.is_stale);
  }
}

void see_board(Life& l, const Id& asker, const Id& process) {
  INFO("board of " << process);
  const json::value real = l.read(asker, "/v1/boards/" + process + "?limit=1000").json;
  const std::vector<plain::Crm::Column> board = l.crm.board(asker, process, l.now());
  REQUIRE(real.at("process_id") == json::value(process));
  REQUIRE(real.at("columns").as_array().size() == board.size());
  for (std::size_t i = 0; i < board.size(); ++i) see_column(l, board[i], real.at("columns").at(i));
}

void see_list(Life& l, const Id& asker, const std::string& filter, const auto& is_meant) {
  INFO("deals with " << filter);
  std::set<Id> real, expected;
  const Answer page = l.read(asker, "/v1/deals?" + filter + "&fields=id&limit=1000");
  REQUIRE(page.at("/page/next_cursor").is_null());
  for (const json::value& each : page.at("/data").as_array()) real.emplace(each.at("id").as_string());
  for (const Id& id : l.crm.listed(asker, l.crm.deals))
    if (is_meant(l.crm.deals.at(id))) expected.insert(id);
  REQUIRE(real == expected);
}

}  // namespace

void look_at_boards(Life& l) {
  for (const Id& asker : l.doers()) {
    if (l.crm.users.at(asker).is_suspended) continue;
    INFO("as " << l.crm.users.at(asker).role << " " << asker);
    REQUIRE(l.read(asker, "/v1/boards/default?limit=1").at("/process_id") == json::value(l.crm.default_process()));
    for (const Id& process : l.crm.processes_in_order()) {
      see_board(l, asker, process);
      see_list(l, asker, "process_id=" + process, [&](const plain::Deal& deal) { return deal.process == process; });
      const Id stage = l.crm.processes.at(process).stages.back().id;
      see_list(l, asker, "stage_id=" + stage, [&](const plain::Deal& deal) { return l.crm.stage_shown(deal) == stage; });
      see_list(l, asker, "furthest_stage_id=" + stage, [&](const plain::Deal& deal) { return l.crm.furthest_shown(deal) == stage; });
    }
  }
}

}  // namespace dealog::test::model
