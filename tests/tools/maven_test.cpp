// The Maven data through its plan: the figures of that folder's README, from the requests alone. The same over HTTP is
// tested with the API.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include "tests/support/catch.h"
#include "tests/support/places.h"
#include "tests/tools/fake_door.h"
#include "tools/import_run.h"

using namespace dealog;
using namespace dealog::tools;
using dealog::test::FakeDoor;

namespace {

namespace fs = std::filesystem;

// DEALOG_SHARED, else beside the source tree; nothing when the data is not on this machine.
std::optional<fs::path> maven_folder() {
  const char* named = std::getenv("DEALOG_SHARED");
  const fs::path shared = named != nullptr ? fs::path(named) : test::source_root() / "../shared";
  const fs::path folder = shared / "data/maven-crm";
  if (fs::exists(folder / "sales_pipeline.csv")) return folder;
  WARN("SKIPPED: no data/maven-crm in " << shared.string() << " (set DEALOG_SHARED)");
  return std::nullopt;
}

Plan maven_plan() {
  std::ifstream in(test::source_root() / "tools/plans/maven-crm.json");
  auto [plan, faults] = parse_plan(std::string(std::istreambuf_iterator<char>(in), {}));
  REQUIRE(faults.empty());
  return plan;
}

struct Figures {
  long open = 0, won = 0, lost = 0, won_value = 0;
  bool operator==(const Figures&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Figures& f) {
  return out << "open " << f.open << ", won " << f.won << " worth " << f.won_value << ", lost " << f.lost;
}

long dollars(const FakeDoor::Deal& deal) {
  const auto* value = deal.body.if_contains("value");
  return value == nullptr ? 0 : std::stol(std::string(value->as_object().at("amount").as_string()));
}

Figures figures_at(const FakeDoor& door, const std::string& instant) {
  Figures figures;
  for (const auto& [id, deal] : door.deals) {
    if (deal.created_at > instant) continue;
    const bool is_closed = deal.status != "open" && deal.closed_at <= instant;
    if (!is_closed) ++figures.open;
    else if (deal.status == "won") ++figures.won, figures.won_value += dollars(deal);
    else ++figures.lost;
  }
  return figures;
}

std::string text(const boost::json::object& body, std::string_view name) { return std::string(body.at(name).as_string()); }

FakeDoor& imported(FakeDoor& door, const fs::path& folder, const std::string& pipeline = "sales_pipeline.csv") {
  const Plan plan = maven_plan();
  const auto facts = ask_facts(door, plan);
  Tables tables;
  for (const PlanFile& file : plan.files)
    tables.emplace(file.key, read_csv(folder / (file.key == "pipeline" ? pipeline : file.path), file.delimiter));
  const PlannedImport planned = plan_import(plan, tables, std::get<AccountFacts>(facts));
  const ImportReport report = run_planned(plan, planned, door, {.dry_run = false, .connections = 8, .progress = {}, .wait = {}});
  for (std::size_t i = 0; i < report.faults.size() && i < 5; ++i)
    UNSCOPED_INFO(report.faults[i].file << ":" << report.faults[i].row << " " << report.faults[i].code << " " << report.faults[i].message);
  REQUIRE(report.faults.empty());
  return door;
}

}  // namespace

TEST_CASE("the Maven data gives the figures of its README", "[tools][import][maven]") {
  const auto folder = maven_folder();
  if (!folder) return;
  FakeDoor door;
  imported(door, *folder);
  CHECK(door.deals.size() == 8800);
  CHECK(figures_at(door, "9999") == Figures{2089, 4238, 2473, 10'005'534});
  CHECK(figures_at(door, "2017-07-01T04") == Figures{1686, 1785, 894, 4'220'783});  // midnight in New York
  CHECK(figures_at(door, "2017-04-01T04") == Figures{1330, 531, 116, 1'134'672});

  std::map<std::string, long> by_kind, by_manager, by_region, by_agent, by_stage;
  for (const auto& [id, kind] : door.kinds) ++by_kind[kind];
  CHECK(by_kind == std::map<std::string, long>{{"processes", 1}, {"teams", 9}, {"users", 35}, {"companies", 86}, {"deals", 8800}});
  for (const auto& [id, deal] : door.deals) {
    ++by_stage[deal.stage_id];
    if (deal.status != "won") continue;
    const auto& user = door.objects.at(text(deal.body, "owner_id"));
    const auto& team = door.objects.at(std::string(user.at("team_ids").as_array().at(0).as_string()));
    by_agent[text(user, "name")] += dollars(deal);
    by_manager[text(team, "name")] += dollars(deal);
    by_region[text(door.objects.at(text(team, "parent_id")), "name")] += dollars(deal);
  }
  CHECK(by_region == std::map<std::string, long>{{"West", 3'568'647}, {"Central", 3'346'293}, {"East", 3'090'594}});
  CHECK(by_manager == std::map<std::string, long>{{"Melvin Marxen", 2'251'930}, {"Summer Sewald", 1'964'750},
                                                  {"Rocco Neubert", 1'960'545}, {"Celia Rouche", 1'603'897},
                                                  {"Cara Losch", 1'130'049}, {"Dustin Brinkmann", 1'094'363}});
  CHECK(by_agent["Darcel Schlecht"] == 1'153'214);
  CHECK(by_agent["Vicki Laflamme"] == 478'396);
  std::vector<long> stages;
  for (const auto& [id, count] : by_stage) stages.push_back(count);
  std::sort(stages.begin(), stages.end());
  CHECK(stages == std::vector<long>{500, 8300});

  long named_gtx_pro = 0, of_unknown = 0;
  for (const auto& [id, deal] : door.deals) {
    CHECK(text(deal.body, "name") != "GTXPro");
    named_gtx_pro += text(deal.body, "name") == "GTX Pro";
    of_unknown += text(door.objects.at(text(deal.body, "company_id")), "name") == "Unknown account";
  }
  CHECK(named_gtx_pro == 1480);
  CHECK(of_unknown == 1425);
}

TEST_CASE("importing the Maven data twice, the second time with CRLF, changes nothing", "[tools][import][maven]") {
  const auto folder = maven_folder();
  if (!folder) return;
  FakeDoor door;
  imported(door, *folder);
  const std::size_t commands = door.commands;
  CHECK(commands == 8931);
  imported(door, *folder, "variants/sales_pipeline.crlf.csv");
  CHECK(door.commands == commands);
  CHECK(door.replays == commands);
}
