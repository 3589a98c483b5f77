// Scorecards (SPEC 14): created for many at once, copied, edited one by one or as a group, counted by hand.

#include <boost/json/object.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/scorecard_json.h"

namespace dealog::api {
namespace {

// What a body says beside the fields of a card.
struct CardsBody {
  std::optional<Uuid> id;
  std::vector<Uuid> ids, user_ids, team_ids;
  std::optional<std::vector<ParameterBody>> parameters;
  static constexpr std::string_view type_name = "ScorecardHolders";
  static constexpr auto describe() {
    return std::tuple{member("id", &CardsBody::id).doc("Of the first card"), member("ids", &CardsBody::ids).may_be_absent().doc("Of the cards: users first, then teams"),
                      member("user_ids", &CardsBody::user_ids).may_be_absent().doc("One card for each"),
                      member("team_ids", &CardsBody::team_ids).may_be_absent().doc("One card for each"), member("parameters", &CardsBody::parameters)};
  }
};

struct ParametersBody {
  std::vector<ParameterBody> parameters;
  static constexpr std::string_view type_name = "ScorecardParameters";
  static constexpr auto describe() { return std::tuple{member("parameters", &ParametersBody::parameters)}; }
};

struct AdjustBody {
  Uuid parameter_id;
  std::optional<json::value> set, add;
  static constexpr std::string_view type_name = "ScorecardAdjust";
  static constexpr auto describe() {
    return std::tuple{member("parameter_id", &AdjustBody::parameter_id).doc("A custom parameter"), member("set", &AdjustBody::set).doc("The value from now on"),
                      member("add", &AdjustBody::add).doc("Instead of set: how much more, or less")};
  }
};

constexpr std::string_view card_keys[] = {"id", "ids", "user_ids", "team_ids", "parameters"};

// The parts of `body` that are fields of a card, and the rest.
struct CardRequest {
  Fields fields;
  CardsBody cards;
  std::optional<std::vector<command::ScorecardParameter>> parameters;
};
CardRequest read_cards(const json::object& body, Mode mode, std::span<const std::string_view> keys, Faults& faults) {
  CardRequest request;
  request.fields = decode_fields(Kind::scorecard, body, {.mode = mode, .currency = {}, .allowed = keys}, faults);
  json::object rest;
  for (const std::string_view key : keys)
    if (const json::value* value = body.if_contains(key)) rest[key] = *value;
  request.cards = decode_object<CardsBody>(rest, faults);
  if (request.cards.id) request.cards.ids.insert(request.cards.ids.begin(), *request.cards.id);
  if (request.cards.parameters) request.parameters = parameters_in(*request.cards.parameters, faults);
  return request;
}

// ---- answers

struct TouchedCard { ObjectRef object; Version version; };

// The cards of a command, as they were after it.
std::vector<TouchedCard> cards_of(const Account& account, const eventstore::Accepted& accepted, Position& last) {
  std::vector<TouchedCard> cards;
  last = accepted.command;
  if (accepted.command == 0) return {{accepted.object, accepted.version}};
  account.log().read(accepted.command - 1, account.head(), [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.command != accepted.command) return false;
    last = around.position;
    if (around.object.kind != Kind::scorecard) return true;
    const auto known = std::ranges::find(cards, around.object, &TouchedCard::object);
    if (known == cards.end()) cards.push_back({around.object, around.version});
    else known->version = around.version;
    return true;
  });
  return cards;
}

void write_card(JsonWriter& json, Account& account, const SetUp& setting, const TouchedCard& card) {
  Envelope newest;
  write_object(json, object_at_version(account, setting, card.object, card.version, newest), setting, {}, std::nullopt);
}

// One card as any object; several, or where it may be several, as a list.
Response answer_cards(Account& account, const eventstore::Accepted& accepted, bool always_list) {
  Position last = 0;
  const std::vector<TouchedCard> cards = cards_of(account, accepted, last);
  const auto setting = accepted.command == 0 ? account.set_up() : set_up_then(account, last, account.set_up());
  JsonWriter json;
  if (cards.size() == 1 && !always_list) {
    write_card(json, account, *setting, cards.front());
  } else {
    json.object().key("data").array();
    for (const TouchedCard& card : cards) write_card(json, account, *setting, card);
    json.end().end();
  }
  return accepted.created ? created(std::move(json).text(), location(accepted.object)) : ok(std::move(json).text());
}

// ---- handlers

asio::awaitable<Response> create_cards(Call& call) {
  const auto body = parse_object(call.request.body, call.faults);
  if (!body) co_return problem(call.faults);
  CardRequest request = read_cards(*body, Mode::create, card_keys, call.faults);
  if (request.cards.ids.empty()) request.cards.ids.push_back(call.app->new_id());
  Command command = command::CreateScorecards{.cards = request.cards.ids, .users = request.cards.user_ids, .teams = request.cards.team_ids,
                                              .fields = std::move(request.fields), .parameters = request.parameters.value_or(std::vector<command::ScorecardParameter>{})};
  Render render = [](Account& account, const eventstore::Accepted& accepted) { return answer_cards(account, accepted, false); };
  asio::awaitable<Response> executed = execute(call, std::move(command), {}, std::move(render));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> copy_card(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = parse_object(call.request.body.empty() ? std::string_view("{}") : call.request.body, call.faults);
  if (!body) co_return problem(call.faults);
  CardRequest request = read_cards(*body, Mode::patch, card_keys, call.faults);
  if (request.cards.ids.empty()) request.cards.ids.push_back(call.app->new_id());
  Command command = command::CopyScorecard{.card = *id, .cards = request.cards.ids, .users = request.cards.user_ids, .teams = request.cards.team_ids,
                                           .fields = std::move(request.fields), .parameters = std::move(request.parameters)};
  Render render = [](Account& account, const eventstore::Accepted& accepted) { return answer_cards(account, accepted, false); };
  asio::awaitable<Response> executed = execute(call, std::move(command), {}, std::move(render));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> edit_card(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = parse_object(call.request.body, call.faults);
  if (!body) co_return problem(call.faults);
  static constexpr std::string_view keys[] = {"parameters"};
  CardRequest request = read_cards(*body, Mode::patch, keys, call.faults);
  if (const json::value* given = body->if_contains("parameters"); given != nullptr && given->is_null()) call.faults.required("/parameters");
  Command command = command::EditScorecard{.card = *id, .fields = std::move(request.fields), .parameters = std::move(request.parameters)};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> edit_group(Call& call) {
  const auto key = call.id(0);
  if (!key) co_return problem(Problem::not_found);
  const auto body = decode<ParametersBody>(call);
  command::EditScorecardGroup edit{.group = *key, .parameters = parameters_in(body.parameters, call.faults)};
  Command command = std::move(edit);
  Render render = [](Account& account, const eventstore::Accepted& accepted) { return answer_cards(account, accepted, true); };
  asio::awaitable<Response> executed = execute(call, std::move(command), {}, std::move(render));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> adjust_card(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<AdjustBody>(call);
  command::AdjustScorecard adjust{.card = *id, .parameter = body.parameter_id, .set = {}, .add = {}};
  if (body.set && !body.set->is_null()) adjust.set = digits_in(*body.set, "/set", call.faults);
  if (body.add && !body.add->is_null()) adjust.add = digits_in(*body.add, "/add", call.faults);
  Command command = std::move(adjust);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> settle_card(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  Command command = command::SettleScorecard{*id};
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

// How many cards went is in the event; where there were none there is none.
Response answer_deletion(Account& account, const eventstore::Accepted& accepted) {
  std::int64_t count = 0;
  if (accepted.command != 0)
    account.log().read_object(accepted.object, accepted.version, [&](const eventstore::StoredRecord& stored) {
      const Event event = event_of(stored.record);
      if (const auto* deleted = std::get_if<event::ScorecardsDeleted>(&event); deleted && envelope(stored.record).version == accepted.version) count = deleted->count;
      return true;
    });
  JsonWriter json;
  json.object().field("user_id", accepted.object.id).field("deleted", count).end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> delete_cards_of(Call& call) {
  const auto text = call.request.parameter("user_id");
  const auto user = text ? parse_uuid(*text) : std::nullopt;
  Faults faults;
  if (!text) faults.required("/user_id");
  else if (!user) faults.unreadable("/user_id", "a UUID");
  if (!user) co_return problem(faults);
  Command command = command::DeleteScorecardsOf{*user};
  Render render = answer_deletion;
  asio::awaitable<Response> executed = execute(call, std::move(command), {}, std::move(render));
  co_return co_await std::move(executed);
}

void write_holder(JsonWriter& json, const View& card) {
  json.object().field("user_id", card.id(field::scorecard::holder_user_id)).field("team_id", card.id(field::scorecard::holder_team_id)).end();
}

Response list_groups(const Question& question) {
  const auto groups = projections::scorecard_groups(question.world, question.asked, question.parameters);
  if (!groups) return problem(groups.error());
  const projections::World& world = *question.world;
  const SetUp setting = set_up(world);
  JsonWriter json;
  json.object().key("data").array();
  for (const projections::ScorecardGroup& group : *groups) {
    const View first = world.view(Kind::scorecard, group.cards.front());
    json.object().field("key", group.key).field("count", group.cards.size()).key("period").object();
    for (const std::uint16_t number : {field::scorecard::period_kind, field::scorecard::period_start, field::scorecard::period_end}) {
      const FieldSpec& spec = *find_field(Kind::scorecard, number);
      write_value(json.key(spec.name.substr(spec.name.find('.') + 1)), spec, first[number], setting.currency);
    }
    json.end().key("card_ids").array();
    for (const projections::Row card : group.cards) json.value(world.id(world.table(Kind::scorecard).self()[card]));
    json.end().key("holders").array();
    for (const projections::Row card : group.cards) write_holder(json, world.view(Kind::scorecard, card));
    json.end();
    write_parameters(json.key("parameters"), first, setting);
    json.end();
  }
  json.end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> show_groups(Call& call) {
  std::function<Response(const Question&)> answer = list_groups;
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

constexpr std::string_view groups_schema_text = R"({"type":"object","required":["data"],"properties":{"data":{"type":"array","items":{"type":"object",
  "required":["key","count","period","card_ids","holders","parameters"],"properties":{
  "key":{"type":"string","format":"uuid"},"count":{"type":"integer"},"period":{"type":"object"},"card_ids":{"type":"array","items":{"type":"string","format":"uuid"}},
  "holders":{"type":"array","items":{"type":"object"}},"parameters":{"type":"array","items":{"type":"object"}}}}}}})";

constexpr std::string_view create_example = R"({"user_ids":["0190a000-0000-7000-8000-0000000000a1","0190a000-0000-7000-8000-0000000000a2"],
  "period":{"kind":"monthly","start":"2026-01-31"},"auto_duplicate":true,"parameters":[
    {"kind":"deals_won","target":10,"weight_bp":4000},{"kind":"won_value","target":{"amount":"100000.00"},"weight_bp":3500},
    {"kind":"custom","name":"Visits to fairs","unit":"visits","target":2,"weight_bp":2500}]})";

std::vector<ExtraKey> body_keys() {
  return {{"id", plain_schema("string", "uuid")}, {"ids", array_schema(plain_schema("string", "uuid"))}, {"user_ids", array_schema(plain_schema("string", "uuid"))},
          {"team_ids", array_schema(plain_schema("string", "uuid"))}, {"parameters", array_schema(schema<ParameterBody>())}};
}

}  // namespace

void add_scorecard_routes(Routes& routes) {
  using enum Code;
  const SchemaMaker card = object_schema(Kind::scorecard, answer_extras(Kind::scorecard));
  // Creating, copying and groups are for many as they are, and answer with all that they touched: they are no parts of a bulk.
  routes.add({.method = Method::post, .path = "/v1/scorecards", .operation_id = "createScorecards", .tag = "scorecards",
              .summary = "Create a scorecard for each of some users and teams", .doc = "The answer is the card; where there are several it is {\"data\": [...]}.",
              .shape = Shape::command, .rights = managers, .body = fields_schema(Kind::scorecard, Mode::create, body_keys()), .body_example = std::string(create_example),
              .answers = {{201, "The new card, or the new cards", card}}, .refusals = {weights_not_100, unknown_reference, id_taken}, .handler = &create_cards});
  routes.add({.method = Method::delete_, .path = "/v1/scorecards", .operation_id = "deleteScorecardsOf", .tag = "scorecards",
              .summary = "Delete all scorecards of a user", .shape = Shape::command, .rights = managers,
              .parameters = {{.name = "user_id", .doc = "whose cards are deleted", .required = true, .format = "uuid"}},
              .answers = {{200, "How many there were", json_schema("ScorecardsDeleted", R"({"type":"object","properties":{"user_id":{"type":"string","format":"uuid"},"deleted":{"type":"integer"}}})")}},
              .refusals = {unknown_reference}, .handler = &delete_cards_of});
  routes.add(exported({.method = Method::get, .path = "/v1/scorecards/groups", .operation_id = "listScorecardGroups", .tag = "scorecards",
              .summary = "Group the cards of one period with the same parameters; takes the filters of the list", .shape = Shape::query, .open_query = true,
              .answers = {{200, "The groups", json_schema("ScorecardGroups", groups_schema_text)}},
              .handler = &show_groups}));
  routes.add({.method = Method::patch, .path = "/v1/scorecards/groups/{key}", .operation_id = "editScorecardGroup", .tag = "scorecards",
              .summary = "Edit the parameters of all cards of a group", .shape = Shape::command, .rights = managers, .body = schema<ParametersBody>(),
              .body_type = "application/merge-patch+json", .answers = {{200, "The cards", list_schema(Kind::scorecard, answer_extras(Kind::scorecard))}}, .problems = {404},
              .refusals = {weights_not_100, unknown_reference, card_settled}, .handler = &edit_group});
  routes.add({.method = Method::patch, .path = "/v1/scorecards/{id}", .operation_id = "editScorecard", .tag = "scorecards",
              .summary = "Edit a scorecard (JSON merge patch)", .shape = Shape::command, .rights = managers,
              .body = fields_schema(Kind::scorecard, Mode::patch, {{"parameters", array_schema(schema<ParameterBody>())}}), .body_type = "application/merge-patch+json",
              .answers = {{200, "The card after the edit", card}}, .problems = {404}, .refusals = {weights_not_100, unknown_reference, object_deleted, card_settled}, .in_bulk = true, .handler = &edit_card});
  routes.add({.method = Method::post, .path = "/v1/scorecards/{id}/copy", .operation_id = "copyScorecard", .tag = "scorecards",
              .summary = "Create cards like this one", .doc = "What is not given is the card's. The answer is the card; where there are several it is {\"data\": [...]}.",
              .shape = Shape::command, .rights = managers, .body = fields_schema(Kind::scorecard, Mode::patch, body_keys()),
              .answers = {{201, "The new card, or the new cards", card}}, .problems = {404}, .refusals = {weights_not_100, unknown_reference, id_taken}, .handler = &copy_card});
  routes.add({.method = Method::post, .path = "/v1/scorecards/{id}/adjust", .operation_id = "adjustScorecard", .tag = "scorecards",
              .summary = "Count a custom parameter by hand", .shape = Shape::command, .rights = managers, .body = schema<AdjustBody>(),
              .answers = {{200, "The card after the command", card}}, .problems = {404}, .refusals = {unknown_reference, object_deleted, card_settled}, .in_bulk = true, .handler = &adjust_card});
  routes.add({.method = Method::post, .path = "/v1/scorecards/{id}/settle", .operation_id = "settleScorecard", .tag = "scorecards",
              .summary = "Settle a scorecard whose period is over", .doc = "From then on it is not edited and not counted by hand any more. There is no way back.",
              .shape = Shape::command, .rights = managers,
              .answers = {{200, "The card after the command", card}}, .problems = {404}, .refusals = {effective_in_future, object_deleted}, .in_bulk = true, .handler = &settle_card});
}

}  // namespace dealog::api
