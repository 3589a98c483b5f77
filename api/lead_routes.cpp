// What can be done to a lead beside editing it (SPEC 9).

#include <boost/json/object.hpp>

#include <optional>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/custom_values.h"
#include "api/describe.h"
#include "api/execute.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

struct LeadMoveBody {
  Uuid stage_id;
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "LeadMove";
  static constexpr auto describe() {
    return std::tuple{member("stage_id", &LeadMoveBody::stage_id).doc("A lead stage"),
                      member("effective_at", &LeadMoveBody::effective_at), member("performed_by", &LeadMoveBody::performed_by)};
  }
  Command command(const Uuid& lead) const { return command::MoveLead{lead, stage_id, effective_at}; }
};

struct LeadLoseBody {
  std::optional<Uuid> reason_id;
  std::optional<std::string> note;
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "LeadLose";
  static constexpr auto describe() {
    return std::tuple{member("reason_id", &LeadLoseBody::reason_id).doc("A close reason of the outcome lost"),
                      member("note", &LeadLoseBody::note), member("effective_at", &LeadLoseBody::effective_at),
                      member("performed_by", &LeadLoseBody::performed_by)};
  }
  Command command(const Uuid& lead) const { return command::LoseLead{lead, reason_id.value_or(Uuid{}), note, effective_at}; }
};

struct LeadReopenBody {
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "LeadReopen";
  static constexpr auto describe() {
    return std::tuple{member("effective_at", &LeadReopenBody::effective_at), member("performed_by", &LeadReopenBody::performed_by)};
  }
  Command command(const Uuid& lead) const { return command::ReopenLead{lead, effective_at}; }
};

struct LeadConvertBody {
  std::optional<json::value> company, person, deal;
  std::optional<Instant> effective_at;
  std::optional<Uuid> performed_by;
  static constexpr std::string_view type_name = "LeadConvert";
  static constexpr auto describe() {
    return std::tuple{
        member("company", &LeadConvertBody::company).doc("true: the linked one, else made from the lead; an object: made with these fields, custom ones in \"cf\", and those left out from the lead (null: none; nulls alone are as true); {\"id\"}: that one"),
        member("person", &LeadConvertBody::person).doc("In the same way"), member("deal", &LeadConvertBody::deal).doc("In the same way; the lead's value becomes its value unless one is given or it is in another currency"),
        member("effective_at", &LeadConvertBody::effective_at), member("performed_by", &LeadConvertBody::performed_by)};
  }
};

// true, {...} or {"id"}; false is as good as absent.
std::optional<command::Becoming> read_becoming(Kind kind, const std::optional<json::value>& given, Currency currency, Faults& faults) {
  if (!given) return std::nullopt;
  const std::string outer = "/" + std::string(name(kind));
  if (const bool* flag = given->if_bool()) return *flag ? std::optional(command::Becoming{}) : std::nullopt;
  const json::object* object = given->if_object();
  if (object == nullptr) {
    faults.wrong_type(outer, "true, an object of fields, or {\"id\"}");
    return std::nullopt;
  }
  command::Becoming becoming;
  if (const json::value* id = object->if_contains("id")) {
    const auto named = read_uuid(*id, outer + "/id", faults);
    for (const auto& member : *object)
      if (member.key() != "id") faults.unknown_field(pointer_to(outer, std::string_view(member.key())));
    if (!named || named->is_nil()) return std::nullopt;   // it means no new one
    becoming.id = *named;
    return becoming;
  }
  static constexpr std::string_view filled[] = {"name", "owner_id"}, beside[] = {"cf"};
  Faults inside;
  becoming.custom = read_custom_values(*object, inside);
  becoming.fields = decode_fields(kind, *object,
                                  {.mode = Mode::create, .currency = currency, .allowed = beside, .defaulted = filled,
                                   .amounts = kind == Kind::deal ? &becoming.amounts : nullptr, .keeps_nulls = true}, inside);
  for (InputFault& fault : inside.all) {
    fault.pointer = outer + fault.pointer;
    faults.add(std::move(fault));
  }
  return becoming;
}

template <class Body>
asio::awaitable<Response> lead_verb(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<Body>(call);
  Command command = body.command(*id);
  asio::awaitable<Response> executed = execute(call, std::move(command), body.performed_by.value_or(Uuid{}));
  co_return co_await std::move(executed);
}

asio::awaitable<Response> convert(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  const auto body = decode<LeadConvertBody>(call);
  Faults& faults = call.faults;
  const Currency currency = parse_currency(call.principal->account->world()->currency()).value_or(Currency{});
  command::ConvertLead convert{.lead = *id, .company = {}, .person = {}, .deal = {}, .effective_at = body.effective_at};
  convert.company = read_becoming(Kind::company, body.company, currency, faults);
  convert.person = read_becoming(Kind::person, body.person, currency, faults);
  convert.deal = read_becoming(Kind::deal, body.deal, currency, faults);
  Command command = std::move(convert);
  asio::awaitable<Response> executed = execute(call, std::move(command), body.performed_by.value_or(Uuid{}));
  co_return co_await std::move(executed);
}

struct LeadVerb {
  const char* path;
  const char* operation_id;
  const char* summary;
  SchemaMaker body;
  std::vector<Code> refusals;
  asio::awaitable<Response> (*handler)(Call&);
};

}  // namespace

void add_lead_routes(Routes& routes) {
  using enum Code;
  const LeadVerb verbs[] = {
      {"/move", "moveLead", "Move an active lead to another stage", schema<LeadMoveBody>(),
       {lead_not_active, unknown_reference, effective_before_last_event}, &lead_verb<LeadMoveBody>},
      {"/lose", "loseLead", "Close a lead as lost", schema<LeadLoseBody>(), {lead_not_active, reason_required, reason_wrong_outcome},
       &lead_verb<LeadLoseBody>},
      {"/reopen", "reopenLead", "Make a converted or lost lead active again", schema<LeadReopenBody>(), {effective_before_last_event},
       &lead_verb<LeadReopenBody>},
      {"/convert", "convertLead", "Convert a lead into any of a company, a person and a deal, in one step", schema<LeadConvertBody>(),
       {lead_not_active, required, unknown_reference, client_required}, &convert},
  };
  for (const LeadVerb& it : verbs)
    routes.add({.method = Method::post, .path = std::string("/v1/leads/{id}") + it.path, .operation_id = it.operation_id, .tag = "leads",
                .summary = it.summary, .shape = Shape::command, .rights = business, .body = it.body,
                .answers = {{200, "The lead after the command", object_schema(Kind::lead, answer_extras(Kind::lead))}},
                .problems = {404}, .refusals = it.refusals, .in_bulk = true, .handler = it.handler});
}

}  // namespace dealog::api
