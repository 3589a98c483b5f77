// Reports (SPEC 12, 13): one route for each, from the table in projections/query.h.

#include "api/app.h"
#include "api/ask.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/export.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

using projections::Cell;
using projections::Cells;

void write_cells(JsonWriter& json, const Cells& cells, Currency currency);

struct WriteCell {
  JsonWriter& json;
  Currency currency;

  void operator()(std::monostate) const { json.null(); }
  void operator()(std::int64_t number) const { json.value(number); }
  void operator()(bool flag) const { json.value(flag); }
  void operator()(const std::string& text) const { json.value(text); }
  void operator()(projections::Money money) const { json.money(money.minor, currency); }
  void operator()(projections::Percent percent) const { json.percent(percent.hundredths); }
  void operator()(const Uuid& id) const { json.value(id); }
  void operator()(Day day) const { json.value(day); }
  void operator()(Instant instant) const { json.value(instant); }
  void operator()(const Cells& cells) const { write_cells(json, cells, currency); }
  void operator()(const std::vector<Cells>& rows) const {
    json.array();
    for (const Cells& row : rows) write_cells(json, row, currency);
    json.end();
  }
};

void write_cells(JsonWriter& json, const Cells& cells, Currency currency) {
  json.object();
  for (const auto& [name, cell] : cells) {
    json.key(name);
    std::visit(WriteCell{json, currency}, cell.value);
  }
  json.end();
}

asio::awaitable<Response> show_report(Call& call, std::string_view name) {
  std::function<Response(const Question&)> answer = [name](const Question& question) {
    const auto report = projections::report(question.world, name, question.asked, question.parameters);
    if (!report) return problem(report.error());
    JsonWriter json;
    json.reserve(16 * 1024);
    write_cells(json, report->cells, parse_currency(question.world->currency()).value_or(Currency{}));
    return ok(std::move(json).text());
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), true);
  co_return co_await std::move(asked);
}

}  // namespace

void add_report_routes(Routes& routes) {
  for (const projections::ReportInfo& report : projections::reports()) {
    const std::string_view name = report.name;
    std::vector<Parameter> parameters;
    for (const auto& [parameter, doc] : report.parameters) parameters.push_back({.name = std::string(parameter), .doc = std::string(doc)});
    routes.add(exported({.method = Method::get, .path = "/v1/reports/" + std::string(name), .operation_id = "report" + camel(name), .tag = "reports",
                .summary = std::string(report.summary), .shape = Shape::query, .parameters = std::move(parameters), .open_query = true,
                .answers = {{200, "The report", json_schema("Report", R"({"type":"object","required":["report","position"],
                  "properties":{"report":{"type":"string"},"position":{"type":"integer"},"period":{"type":"object"},
                  "summary":{"type":"object"},"rows":{"type":"array","items":{"type":"object"}},
                  "series":{"type":"array","items":{"type":"object"}}}})")}},
                .handler = [name](Call& call) { return show_report(call, name); }}));
  }
}

}  // namespace dealog::api
