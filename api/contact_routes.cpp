// What companies and persons have beside being objects: merging, duplicates, and the one search over all (SPEC CON-2, CON-4).

#include <algorithm>
#include <charconv>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "domain/text.h"
#include "projections/duplicates.h"
#include "projections/search.h"

namespace dealog::api {
namespace {

using projections::Row;

struct MergeBody {
  Uuid from_id;
  static constexpr std::string_view type_name = "Merge";
  static constexpr auto describe() {
    return std::tuple{member("from_id", &MergeBody::from_id).doc("What is merged into this one and answers with merged_into from then on")};
  }
};

asio::awaitable<Response> merge(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<MergeBody>(call);
  Command command = command::MergeContact{{kind, *id}, body.from_id};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

// ---- duplicates

Response duplicates_page(const Question& question, Kind kind) {
  const auto found = projections::duplicates(question.world, kind, question.asked, question.parameters);
  if (!found) return problem(found.error());
  const projections::World& world = *found->world;
  const SetUp setting = set_up(world);
  const auto id_of = [&](Row row) { return world.id(world.table(kind).self()[row]); };

  JsonWriter json;
  json.object().key("data").array();
  for (const projections::DuplicateGroup& group : found->groups) {
    json.object().key("reasons").array();
    for (const projections::SharedValue& reason : group.reasons) {
      json.object().field("by", reason.field).field("value", reason.value).key("ids").array();
      for (const Row row : reason.rows) json.value(id_of(row));
      json.end().end();
    }
    json.end().key("objects").array();
    for (const Row row : group.rows) write_object(json, world.view(kind, row), setting, {.reader = question.asked.reader.user}, std::nullopt);
    json.end().end();
  }
  json.end().key("page").object().field("next_cursor", found->next_cursor).field("has_more", found->next_cursor.has_value());
  if (found->total) json.field("total", *found->total);
  json.end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> list_duplicates(Call& call, Kind kind) {
  std::function<Response(const Question&)> answer = [kind](const Question& question) { return duplicates_page(question, kind); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

SchemaMaker duplicates_schema() {
  return json_schema("Duplicates", R"({"type":"object","required":["data","page"],"properties":{
    "data":{"type":"array","items":{"type":"object","required":["reasons","objects"],"properties":{
      "reasons":{"type":"array","items":{"type":"object","required":["by","value","ids"],"properties":{
        "by":{"type":"string","enum":["email","tax_id","name"]},"value":{"type":"string"},
        "ids":{"type":"array","items":{"type":"string","format":"uuid"}}}}},
      "objects":{"type":"array","items":{"type":"object"}}}}},
    "page":{"type":"object","required":["next_cursor","has_more"],"properties":{
      "next_cursor":{"type":["string","null"]},"has_more":{"type":"boolean"},"total":{"type":"integer"}}}}})");
}

// ---- search

constexpr std::size_t most_hits = 100, usual_hits = 20, longest_question = 200;

Response search_answer(const Question& question) {
  Faults faults;
  std::string text;
  std::size_t limit = usual_hits;
  std::vector<Kind> kinds;
  for (const auto& [name, value] : question.parameters) {
    if (name == "q") {
      text = value;
    } else if (name == "limit") {
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc() || end != value.data() + value.size()) number = 0;
      if (number < 1 || number > most_hits) faults.unreadable("/limit", "a number from 1 to 100");
      else limit = number;
    } else if (name == "kind") {
      for (std::string_view rest = value;;) {
        const std::size_t comma = rest.find(',');
        const auto kind = parse_kind(rest.substr(0, comma));
        if (kind && std::ranges::find(projections::searched_kinds(), *kind) != projections::searched_kinds().end()) kinds.push_back(*kind);
        else faults.unreadable("/kind", "company, person, deal or lead, one or several by commas");
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
      }
    } else {
      faults.unknown_parameter(name);
    }
  }
  if (fold_for_search(text).empty() || text.size() > longest_question) faults.unreadable("/q", "what to look for, at most 200 bytes");
  if (!faults.empty()) return problem(faults);

  const std::span<const Kind> all = projections::searched_kinds();
  const auto hits = projections::search(question.world, question.asked, text, kinds.empty() ? all : std::span<const Kind>(kinds), limit);
  constexpr std::string_view words[] = {"exact", "prefix", "word", "contains"};
  JsonWriter json;
  json.object().key("data").array();
  for (const projections::Hit& hit : hits) {
    json.object().field("kind", name(hit.kind)).field("id", question.world->id(question.world->table(hit.kind).self()[hit.row]));
    json.field("label", hit.label).field("field", hit.field).field("value", hit.value).field("match", words[static_cast<std::size_t>(hit.match)]).end();
  }
  json.end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> search_all(Call& call) {
  std::function<Response(const Question&)> answer = [](const Question& question) { return search_answer(question); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

SchemaMaker search_schema() {
  return json_schema("SearchHits", R"({"type":"object","required":["data"],"properties":{"data":{"type":"array","items":{"type":"object",
    "required":["kind","id","label","field","value","match"],"properties":{"kind":{"type":"string","enum":["company","person","deal","lead"]},
      "id":{"type":"string","format":"uuid"},"label":{"type":"string"},"field":{"type":"string"},"value":{"type":"string"},
      "match":{"type":"string","enum":["exact","prefix","word","contains"]}}}}}})");
}

}  // namespace

void add_contact_routes(Routes& routes) {
  using enum Code;
  for (const Kind kind : {Kind::company, Kind::person}) {
    const std::string many(plural(kind)), one(name(kind)), singular = kind == Kind::company ? "Company" : "Person";
    routes.add({.method = Method::post, .path = "/v1/" + many + "/{id}/merge", .operation_id = "merge" + singular, .tag = many,
                .summary = "Merge another " + one + " into this one",
                .doc = "This one's values win where both have one, lists become one; whatever named the other names this one from now on.",
                .shape = Shape::command, .rights = business, .body = schema<MergeBody>(),
                .answers = {{200, "The " + one + " that stays", object_schema(kind, answer_extras(kind))}}, .problems = {404},
                .refusals = {already_merged, object_deleted, unknown_reference}, .in_bulk = true,
                .handler = [kind](Call& call) { return merge(call, kind); }});
    routes.add(exported({.method = Method::get, .path = "/v1/" + many + "/duplicates", .operation_id = "list" + singular + "Duplicates", .tag = many,
                .summary = "Groups of " + many + " that may be one and the same",
                .doc = "Those that share an e-mail address, a tax id or a name, compared as people mean them.", .shape = Shape::list,
                .answers = {{200, "One page of groups", duplicates_schema()}},
                .handler = [kind](Call& call) { return list_duplicates(call, kind); }}));
  }
  routes.add(exported({.method = Method::get, .path = "/v1/search", .operation_id = "search", .tag = "search",
              .summary = "Find companies, persons, deals and leads by name, e-mail, phone or tax id",
              .doc = "Every word must be there; case, accents and the way phones are written do not matter. Best first.", .shape = Shape::query,
              .parameters = {{.name = "q", .doc = "What to look for", .required = true}, {.name = "limit", .doc = "1 to 100, default 20", .type = "integer"},
                             {.name = "kind", .doc = "company, person, deal, lead; several by commas; all when absent"}},
              .answers = {{200, "The best hits", search_schema()}}, .handler = &search_all}));
}

}  // namespace dealog::api
