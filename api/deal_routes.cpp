// What can be done to a deal beside editing it (SPEC 7).

#include <optional>

#include "api/ask.h"
#include "api/create.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

struct MoveBody {
  Uuid stage_id;
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "DealMove";
  static constexpr auto describe() {
    return std::tuple{member("stage_id", &MoveBody::stage_id).doc("A stage of the deal's process"),
                      member("effective_at", &MoveBody::effective_at), member("performed_by", &MoveBody::performed_by)};
  }
  Command command(const Uuid& deal) const { return command::MoveDeal{deal, stage_id, effective_at}; }
};

struct CloseBody {
  std::optional<Uuid> reason_id;
  std::optional<std::string> note;
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "DealClose";
  static constexpr auto describe() {
    return std::tuple{member("reason_id", &CloseBody::reason_id), member("note", &CloseBody::note),
                      member("effective_at", &CloseBody::effective_at), member("performed_by", &CloseBody::performed_by)};
  }
};

struct ReopenBody {
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "Reopen";
  static constexpr auto describe() {
    return std::tuple{member("effective_at", &ReopenBody::effective_at), member("performed_by", &ReopenBody::performed_by)};
  }
  Command command(const Uuid& deal) const { return command::ReopenDeal{deal, effective_at}; }
};

enum class DealOutcome : std::uint8_t { won, lost, obsolete };

}  // namespace

template <>
struct Words<DealOutcome> { static constexpr std::string_view all[] = {"won", "lost", "obsolete"}; };

namespace {

struct CorrectBody {
  std::optional<DealOutcome> status;
  Patch<Uuid> reason_id;
  Patch<std::string> note;
  std::optional<Instant> closed_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "DealCorrection";
  static constexpr auto describe() {
    return std::tuple{member("status", &CorrectBody::status), member("reason_id", &CorrectBody::reason_id),
                      member("note", &CorrectBody::note), member("closed_at", &CorrectBody::closed_at),
                      member("performed_by", &CorrectBody::performed_by)};
  }
  Command command(const Uuid& deal) const {
    command::CorrectDeal correct{.deal = deal, .closed_at = closed_at};
    if (status) correct.status = static_cast<Status>(static_cast<int>(*status) + 1);
    if (reason_id.given) correct.reason = reason_id.value.value_or(Uuid{});
    if (note.given) correct.note = note.value.value_or("");
    return correct;
  }
};

struct ProcessBody {
  Uuid process_id, stage_id;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "DealProcessChange";
  static constexpr auto describe() {
    return std::tuple{member("process_id", &ProcessBody::process_id), member("stage_id", &ProcessBody::stage_id),
                      member("performed_by", &ProcessBody::performed_by)};
  }
  Command command(const Uuid& deal) const { return command::ChangeProcess{deal, process_id, stage_id}; }
};

struct CompleteActionBody {
  std::optional<std::string> note;
  std::optional<Uuid> note_id;
  std::optional<std::vector<Uuid>> file_ids;
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "ActionCompletion";
  static constexpr auto describe() {
    return std::tuple{member("note", &CompleteActionBody::note).length(1, 20000).doc("Becomes a note on the deal"),
                      member("note_id", &CompleteActionBody::note_id).doc("Or a note that is there already"),
                      member("file_ids", &CompleteActionBody::file_ids), member("effective_at", &CompleteActionBody::effective_at),
                      member("performed_by", &CompleteActionBody::performed_by)};
  }
};

template <class Body>
Uuid performer(const Body& body) {
  if constexpr (requires { body.performed_by; }) return body.performed_by.value_or(Uuid{});
  else return {};
}

// POST /v1/deals/{id}/<verb>: decode the body, make the command, execute.
template <class Body>
asio::awaitable<Response> deal_verb(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<Body>(call);
  Command command = body.command(*id);
  asio::awaitable<Response> executed = execute(call, std::move(command), performer(body));
  co_return co_await std::move(executed);
}

template <Status outcome>
asio::awaitable<Response> close(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<CloseBody>(call);
  Command command = command::CloseDeal{*id, outcome, body.reason_id.value_or(Uuid{}), body.note, body.effective_at};
  asio::awaitable<Response> executed = execute(call, std::move(command), performer(body));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> complete_action(Call& call) {
  const auto deal = call.id(0), action = call.id(1);
  if (!deal || !action) co_return problem(Problem::not_found);
  const auto body = decode<CompleteActionBody>(call);
  command::CompleteAction complete{.deal = *deal, .action = *action, .note = body.note, .note_id = body.note_id.value_or(Uuid{}),
                                   .file_ids = body.file_ids.value_or(std::vector<Uuid>{}), .effective_at = body.effective_at};
  Command command = std::move(complete);
  asio::awaitable<Response> executed = execute(call, std::move(command), performer(body));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> reopen_action(Call& call) {
  const auto deal = call.id(0), action = call.id(1);
  if (!deal || !action) co_return problem(Problem::not_found);
  const auto body = decode<ReopenBody>(call);
  Command command = command::ReopenAction{*deal, *action, body.effective_at};
  asio::awaitable<Response> executed = execute(call, std::move(command), performer(body));
  co_return co_await std::move(executed);
}

struct DealVerb {
  const char* path;
  const char* operation_id;
  const char* summary;
  SchemaMaker body;
  std::vector<Code> refusals;
  asio::awaitable<Response> (*handler)(Call&);
};

}  // namespace

void add_deal_routes(Routes& routes) {
  using enum Code;
  const DealVerb verbs[] = {
      {"/move", "moveDeal", "Move an open deal to a stage of its process", schema<MoveBody>(),
       {deal_not_open, stage_not_in_process, effective_before_last_event}, &deal_verb<MoveBody>},
      {"/actions/{action_id}/complete", "completeDealAction", "Complete an action of the deal's process", schema<CompleteActionBody>(),
       {deal_not_open, action_already_done, not_a_performer, note_required, file_required}, &complete_action},
      {"/actions/{action_id}/reopen", "reopenDealAction", "Take a completed action back", schema<ReopenBody>(),
       {deal_not_open, action_not_done}, &reopen_action},
      {"/win", "winDeal", "Close a deal as won", schema<CloseBody>(),
       {deal_not_open, mandatory_actions_missing, reason_required, reason_wrong_outcome}, &close<Status::won>},
      {"/lose", "loseDeal", "Close a deal as lost", schema<CloseBody>(), {deal_not_open, reason_required, reason_wrong_outcome},
       &close<Status::lost>},
      {"/obsolete", "markDealObsolete", "Close a deal as obsolete", schema<CloseBody>(),
       {deal_not_open, reason_required, reason_wrong_outcome}, &close<Status::obsolete>},
      {"/reopen", "reopenDeal", "Open a closed deal again", schema<ReopenBody>(), {deal_not_closed}, &deal_verb<ReopenBody>},
      {"/correct", "correctDeal", "Replace the last closing of a deal", schema<CorrectBody>(),
       {deal_not_closed, reason_wrong_outcome, effective_before_last_event}, &deal_verb<CorrectBody>},
      {"/process", "changeDealProcess", "Move an open deal to another process", schema<ProcessBody>(),
       {deal_not_open, process_archived, stage_not_in_process}, &deal_verb<ProcessBody>},
  };
  for (const DealVerb& it : verbs)
    routes.add({.method = Method::post, .path = std::string("/v1/deals/{id}") + it.path, .operation_id = it.operation_id, .tag = "deals",
                .summary = it.summary, .shape = Shape::command, .rights = business, .body = it.body,
                .answers = {{200, "The deal after the command", object_schema(Kind::deal, answer_extras(Kind::deal))}},
                .problems = {404}, .refusals = it.refusals, .in_bulk = true, .handler = it.handler});
}

}  // namespace dealog::api
