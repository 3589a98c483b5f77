#include "domain/new_account.h"

#include "domain/calendar.h"
#include "domain/deciding.h"
#include "domain/lead_stage.h"
#include "domain/money.h"

namespace dealog {
namespace {

Uuid derived(const Uuid& account, std::string_view what) { return derived_uuid(to_string(account), what); }

struct ActionPlan { std::string_view name; std::uint32_t weight; bool mandatory; };
struct StagePlan { std::string_view name; std::vector<ActionPlan> actions; };

struct Reasons { Status outcome; std::vector<std::string_view> names; };

void check(Deciding& deciding, const NewAccount& account) {
  check_text(deciding, account.name, 200, "/name");
  const bool slug_is_sound = !account.slug.empty() && account.slug.size() <= 63 && account.slug.front() != '-' && account.slug.back() != '-' &&
                             account.slug.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!slug_is_sound) deciding.faults.add(Code::invalid, "/slug", "Small letters, digits and hyphens, at most 63.");
  const auto currency = parse_currency(account.currency);
  if (!currency || !decimals(*currency)) deciding.faults.add(Code::invalid, "/currency", "There is no such currency.");
  if (!Calendar::find(account.time_zone)) deciding.faults.add(Code::invalid, "/time_zone", "There is no such time zone.");
  check_text(deciding, account.administrator_name, 200, "/administrator_name");
  if (address_in(account.administrator_email).empty())
    deciding.faults.add(Code::invalid, "/administrator_email", "This is no e-mail address.");
}

std::int64_t yes_or_no(bool yes) { return yes ? 1 : 0; }

}  // namespace

Uuid first_administrator(const Uuid& account) { return derived(account, "administrator"); }
Uuid first_token(const Uuid& account) { return derived(account, "token"); }
Uuid first_process(const Uuid& account) { return derived(account, "process"); }

std::vector<event::Stage> default_stages(const Uuid& account) {
  const StagePlan plans[] = {
      {"Data collection", {{"Find the decision maker", 5, false}, {"Collect contact data", 5, false}, {"Research the company", 5, false}}},
      {"Contact", {{"First call", 10, true}, {"Introduction e-mail", 5, false}, {"First meeting", 10, false}}},
      {"Needs identification", {{"Identify needs", 15, true}, {"Confirm the budget", 10, false}, {"Agree on the schedule", 5, false}}},
      {"Offer", {{"Prepare the offer", 10, true}, {"Present the offer", 10, false}, {"Negotiate the terms", 10, false}}},
  };
  std::vector<event::Stage> stages;
  for (const StagePlan& plan : plans) {
    event::Stage stage{.id = derived(account, "stage " + std::string(plan.name)), .name = std::string(plan.name)};
    for (const ActionPlan& action : plan.actions)
      stage.actions.push_back({.id = derived(account, "action " + std::string(action.name)), .name = std::string(action.name),
                               .weight = action.weight, .mandatory = action.mandatory});
    stages.push_back(std::move(stage));
  }
  return stages;
}

Result<std::vector<NewEvent>> create_account_events(const NewAccount& given) {
  const ModelState nothing;
  const Context context;
  Deciding deciding(nothing, context);
  check(deciding, given);
  if (deciding.faults.any()) return std::move(deciding.faults).refusal();

  namespace a = field::account;
  namespace u = field::user;
  Fields settings{{a::name, given.name}, {a::currency, given.currency}, {a::time_zone, given.time_zone}, {a::locale, std::string("en")},
                  {a::sources_on, yes_or_no(false)}, {a::source_inheritance_on, yes_or_no(false)}, {a::client_required, yes_or_no(false)},
                  {a::costs_on, yes_or_no(false)}, {a::realised_on, yes_or_no(true)},
                  {a::default_visibility, static_cast<std::int64_t>(Visibility::private_)}, {a::reason_required, yes_or_no(false)},
                  {a::slug, given.slug}};
  deciding.add({Kind::account, given.id}, event::Created{.fields = std::move(settings)});

  const Uuid administrator = first_administrator(given.id);
  deciding.add({Kind::user, administrator}, event::Created{.fields = {{u::role, static_cast<std::int64_t>(Role::administrator)}}}, std::nullopt,
               std::nullopt, {{u::name, given.administrator_name}, {u::email, given.administrator_email}});
  if (!given.password_hash.empty())
    deciding.add({Kind::user, administrator}, event::PasswordChanged{}, std::nullopt, std::nullopt, {{u::password_hash, given.password_hash}});
  if (!given.token_hash.empty()) {
    namespace t = field::token;
    deciding.add({Kind::token, first_token(given.id)},
                 event::Created{.fields = {{t::name, std::string("first")}, {t::user_id, administrator}, {t::hash, given.token_hash}}});
  }

  const Uuid process = first_process(given.id);
  deciding.add({Kind::process, process},
               event::Created{.fields = {{field::process::name, std::string("Sales")}, {field::process::is_default, std::int64_t{1}}}});
  deciding.add({Kind::process, process}, event::ProcessDefined{.version = 1, .stages = default_stages(given.id)});

  const Reasons reasons[] = {{Status::won, {"Good offer", "Good relationship", "Recommendation"}},
                             {Status::lost, {"Price", "Competition", "No budget", "No need", "No contact"}},
                             {Status::obsolete, {"Duplicate", "Postponed", "Entered by mistake"}}};
  for (const Reasons& list : reasons)
    for (const std::string_view reason : list.names) {
      namespace r = field::close_reason;
      const Uuid id = derived(given.id, "reason " + std::string(name(list.outcome)) + " " + std::string(reason));
      deciding.add({Kind::close_reason, id},
                   event::Created{.fields = {{r::name, std::string(reason)}, {r::outcome, static_cast<std::int64_t>(list.outcome)}}});
    }
  // The four task types that every account has (SPEC DIC-4).
  for (const std::string_view type : task_types()) {
    std::string words(type == "email" ? "e-mail" : type);
    words.front() = static_cast<char>(words.front() - 'a' + 'A');
    deciding.add({Kind::task_type, task_type_id(type)}, event::Created{.fields = {{field::word::name, std::move(words)}}});
  }
  for (NewEvent& stage : default_lead_stages(given.id)) deciding.events.push_back(std::move(stage));
  return std::move(deciding.events);
}

}  // namespace dealog
