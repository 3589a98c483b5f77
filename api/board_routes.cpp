// The Kanban board (SPEC 11).

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/board_stream.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/event_stream.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

void write_card(JsonWriter& json, const projections::Card& card, Currency currency) {
  json.object().field("deal_id", card.deal).field("name", card.name).field("company", card.company).field("person", card.person);
  json.field("owner_id", card.owner).key("value");
  if (card.value) json.money(*card.value, parse_currency(card.currency).value_or(currency));
  else json.null();
  json.key("progress").percent(card.progress_hundredths).field("days_in_stage", card.days_in_stage);
  json.field("task_dot", card.task_dot).field("is_stale", card.is_stale).field("expected_close_on", card.expected_close_on).end();
}

Response board_answer(const Question& question, const projections::Board& board) {
  const Currency currency = parse_currency(question.world->currency()).value_or(Currency{});
  JsonWriter json;
  json.reserve(64 * 1024);
  json.object().field("process_id", board.process).field("position", board.position).key("columns").array();
  for (const projections::BoardColumn& column : board.columns) write_board_column(json, column, currency);
  json.end().end();
  return ok(std::move(json).text());
}

// The process that the path names; "default" is the default one.
std::optional<Uuid> process_of(const Call& call, const Question& question) {
  const projections::ProcessInfo* process =
      call.path[0] == "default" ? question.world->default_process()
      : call.id(0)              ? question.world->process(question.world->handle(*call.id(0)))
                                : nullptr;
  if (process == nullptr) return std::nullopt;
  return process->id;
}

asio::awaitable<Response> show_board(Call& call) {
  std::function<Response(const Question&)> answer = [&call](const Question& question) {
    const auto process = process_of(call, question);
    if (!process) return problem(Problem::not_found);
    if (wants_stream(call.request) && question.historical)
      return problem(Problem::bad_request, "A stream shows the present: it takes neither as_of nor known_at.");
    const auto board = projections::board(question.world, *process, question.asked, question.parameters);
    if (board && wants_stream(call.request)) return stream_board(call, *process, question.parameters);
    return board ? board_answer(question, *board) : problem(board.error());
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), true);
  co_return co_await std::move(asked);
}

asio::awaitable<Response> show_column(Call& call) {
  const auto stage = call.id(1);
  if (!stage) co_return problem(Problem::not_found);
  std::function<Response(const Question&)> answer = [&call, stage](const Question& question) {
    const auto process = process_of(call, question);
    if (!process) return problem(Problem::not_found);
    const auto board = projections::board_column(question.world, *process, *stage, question.asked, question.parameters);
    const auto names_the_path = [](const projections::QueryFault& fault) { return fault.parameter == "stage_id"; };
    if (!board && std::ranges::all_of(board.error(), names_the_path)) return problem(Problem::not_found);
    if (!board) return problem(board.error());
    return board->columns.empty() ? problem(Problem::not_found) : board_answer(question, *board);
  };
  asio::awaitable<Response> asked = ask(call, std::move(answer), true);
  co_return co_await std::move(asked);
}

SchemaMaker board_schema() {
  return json_schema("Board", R"({"type":"object","required":["process_id","position","columns"],"properties":{
    "process_id":{"type":"string","format":"uuid"},"position":{"type":"integer"},
    "columns":{"type":"array","items":{"type":"object","required":["stage_id","name","count","stale_count","value","weighted_value","cards","next_cursor"],
      "properties":{"stage_id":{"type":"string","format":"uuid"},"name":{"type":"string"},"count":{"type":"integer"},"stale_count":{"type":"integer"},
        "value":{"type":"object"},"weighted_value":{"type":"object"},"next_cursor":{"type":["string","null"]},
        "cards":{"type":"array","items":{"type":"object","required":["deal_id","name","owner_id","progress","days_in_stage","task_dot","is_stale"],
          "properties":{"deal_id":{"type":"string","format":"uuid"},"name":{"type":"string"},"company":{"type":["string","null"]},
            "person":{"type":["string","null"]},"owner_id":{"type":["string","null"],"format":"uuid"},"value":{"type":["object","null"]},
            "progress":{"type":"number"},"days_in_stage":{"type":"integer"},"task_dot":{"type":"string","enum":["none","later","today","overdue"]},
            "is_stale":{"type":"boolean"},"expected_close_on":{"type":["string","null"],"format":"date"}}}}}}}}})");
}

}  // namespace

void write_board_column(JsonWriter& json, const projections::BoardColumn& column, Currency currency) {
  json.object().field("stage_id", column.stage).field("name", column.name).field("count", column.count);
  json.field("stale_count", column.stale_count).key("value").money(column.value, currency);
  json.key("weighted_value").money(column.weighted_value, currency);
  if (!column.unconverted.empty()) {
    json.key("unconverted").array();
    for (const auto& [code, minor] : column.unconverted) json.money(minor, parse_currency(code).value_or(Currency{}));
    json.end();
  }
  json.key("cards").array();
  for (const projections::Card& card : column.cards) write_card(json, card, currency);
  json.end().field("next_cursor", column.next_cursor).end();
}

void add_board_routes(Routes& routes) {
  routes.add({.method = Method::get, .path = "/v1/boards/{process_id}", .operation_id = "getBoard", .tag = "boards",
              .summary = "The Kanban board of a process (\"default\": the default one)",
              .doc = "Totals always cover the whole column; each column pages on its own by its next_cursor. With Accept: text/event-stream "
                     "the board live: first all of it, then the columns that changed, within a second of the change.", .shape = Shape::list,
              .streams = true,
              .answers = {{200, "The board", board_schema()}}, .problems = {404}, .handler = &show_board});
  routes.add({.method = Method::get, .path = "/v1/boards/{process_id}/columns/{stage_id}", .operation_id = "getBoardColumn", .tag = "boards",
              .summary = "One column of the board, page by page", .shape = Shape::list,
              .answers = {{200, "A board with this one column", board_schema()}}, .problems = {404}, .handler = &show_column});
}

}  // namespace dealog::api
