// Who has access to a deal or a lead, and who asks for it (SPEC ACC-4, ACC-5).

#include "api/app.h"
#include "api/create.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

struct ParticipantsBody {
  std::optional<std::vector<Uuid>> add, remove;
  static constexpr std::string_view type_name = "ParticipantsChange";
  static constexpr auto describe() {
    return std::tuple{member("add", &ParticipantsBody::add).doc("Users who get access, beside owner and creator"),
                      member("remove", &ParticipantsBody::remove).doc("Users who lose it; who has none anyway does no harm")};
  }
};

struct AccessRequestBody {
  Uuid deal_id;
  static constexpr std::string_view type_name = "AccessRequest";
  static constexpr auto describe() { return std::tuple{member("deal_id", &AccessRequestBody::deal_id).doc("Any id: whether there is such a deal is not told")}; }
};

asio::awaitable<Response> change_participants(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<ParticipantsBody>(call);
  command::ChangeParticipants change{.object = {kind, *id}, .add = body.add.value_or(std::vector<Uuid>{}), .remove = body.remove.value_or(std::vector<Uuid>{})};
  Command command = std::move(change);
  asio::awaitable<Response> executed = execute(call, std::move(command));
  co_return co_await std::move(executed);
}

// The same answer after the same work, whatever the id.
asio::awaitable<Response> request_access(Call& call) {
  const auto body = decode<AccessRequestBody>(call);
  Command command = command::RequestAccess{call.principal->user, body.deal_id};
  Render render = [](Account&, const eventstore::Accepted&) {
    Response accepted = ok("{}");
    accepted.status = 202;
    return accepted;
  };
  asio::awaitable<Response> executed = execute(call, std::move(command), {}, std::move(render));
  co_return co_await std::move(executed);
}

}  // namespace

void add_participation_routes(Routes& routes) {
  struct Resource { Kind kind; const char* singular; };
  for (const Resource& shared : {Resource{Kind::deal, "Deal"}, Resource{Kind::lead, "Lead"}}) {
    const Kind kind = shared.kind;
    const std::string many(plural(kind)), one(name(kind));
    routes.add({.method = Method::post, .path = "/v1/" + many + "/{id}/participants", .operation_id = std::string("change") + shared.singular + "Participants",
                .tag = many, .summary = "Give users access to a " + one + ", or take it from them", .shape = Shape::command, .rights = business,
                .body = schema<ParticipantsBody>(), .answers = {{200, "The " + one + " after the command", object_schema(kind, answer_extras(kind))}},
                .problems = {404}, .refusals = {Code::unknown_reference, Code::user_suspended},
                .handler = [kind](Call& call) { return change_participants(call, kind); }});
  }
  routes.add({.method = Method::post, .path = "/v1/access-requests", .operation_id = "requestAccess", .tag = "access-requests",
              .summary = "Ask for access to a deal",
              .doc = "Always accepted, so that it reveals nothing. Who can give access is notified, at most once a day.",
              .shape = Shape::command, .body = schema<AccessRequestBody>(), .answers = {{202, "Accepted", json_schema("Nothing", R"({"type":"object"})")}},
              .handler = &request_access});
}

}  // namespace dealog::api
