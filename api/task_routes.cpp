// What can be done to a task beside editing it (SPEC ACT-1).

#include "api/create.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

struct TaskVerbBody {
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "TaskVerb";
  static constexpr auto describe() {
    return std::tuple{member("effective_at", &TaskVerbBody::effective_at), member("performed_by", &TaskVerbBody::performed_by)};
  }
};

template <class Verb>
asio::awaitable<Response> task_verb(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<TaskVerbBody>(call);
  Verb verb{*id, body.effective_at};
  if constexpr (requires { verb.scope; }) verb.scope = read_scope(call, call.faults);
  Command command = verb;
  asio::awaitable<Response> executed = execute(call, std::move(command), body.performed_by.value_or(Uuid{}));
  co_return co_await std::move(executed);
}

}  // namespace

void add_task_routes(Routes& routes) {
  routes.add({.method = Method::post, .path = "/v1/tasks/{id}/complete", .operation_id = "completeTask", .tag = "tasks",
              .summary = "Mark a task as done; of a recurring one the next occurrence is born", .shape = Shape::command, .rights = business,
              .body = schema<TaskVerbBody>(), .parameters = {scope_parameter()},
              .answers = {{200, "The task after the command", object_schema(Kind::task)}}, .problems = {404},
              .refusals = {Code::task_not_open}, .in_bulk = true, .handler = &task_verb<command::CompleteTask>});
  routes.add({.method = Method::post, .path = "/v1/tasks/{id}/reopen", .operation_id = "reopenTask", .tag = "tasks",
              .summary = "Open a completed task again", .shape = Shape::command, .rights = business, .body = schema<TaskVerbBody>(),
              .answers = {{200, "The task after the command", object_schema(Kind::task)}}, .problems = {404},
              .refusals = {Code::task_not_completed}, .in_bulk = true, .handler = &task_verb<command::ReopenTask>});
}

}  // namespace dealog::api
