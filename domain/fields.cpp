#include "domain/fields.h"

#include <algorithm>
#include <array>

namespace dealog {
namespace {

using enum FieldType;
using enum Access;
using Words = std::span<const std::string_view>;

constexpr std::string_view status_words[] = {"open", "won", "lost", "obsolete"};
constexpr std::string_view outcome_words[] = {"", "won", "lost", "obsolete"};  // numbered as Status
constexpr std::string_view visibility_words[] = {"private", "public"};
constexpr std::string_view role_words[] = {"administrator", "manager", "salesperson", "analyst", "auditor"};
constexpr std::string_view deal_kind_words[] = {"new", "repeat", "repeat_inquiry"};
constexpr std::string_view task_status_words[] = {"open", "completed"};
constexpr std::string_view lead_status_words[] = {"active", "converted", "lost"};
constexpr std::string_view batch_kind_words[] = {"bulk", "undo", "import", "hand_over"};
constexpr std::string_view priority_words[] = {"low", "normal", "high"};
constexpr std::string_view card_period_words[] = {"monthly", "quarterly", "custom"};
constexpr std::string_view frequency_words[] = {"daily", "working_days", "weekly", "monthly", "yearly"};
constexpr std::string_view day_words[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
// Every collection whose list takes filter_id. Numbered on disk: new ones go to the end.
constexpr std::string_view filtered_collections[] = {
    "deals", "companies", "persons", "tasks", "notes", "emails", "products", "leads", "spaces", "files", "scorecards", "series", "users", "teams", "tokens",
    "sources", "close-reasons", "processes", "contact-groups", "deal-groups", "tags", "task-types", "product-categories", "cost-categories", "exchange-rates",
    "custom-fields", "saved-filters", "lead-stages"};
constexpr std::string_view customised_collections[] = {"deals", "companies", "persons", "leads"};
constexpr Kind customised_kinds[] = {Kind::deal, Kind::company, Kind::person, Kind::lead};
static_assert(std::size(customised_collections) == std::size(customised_kinds));
constexpr Kind erasable[] = {Kind::user, Kind::company, Kind::person, Kind::task, Kind::note, Kind::email, Kind::lead};
constexpr Kind erased_along[] = {Kind::note, Kind::email, Kind::file, Kind::task, Kind::lead};
constexpr Kind holdable[] = {Kind::company, Kind::person, Kind::note, Kind::email, Kind::lead};
constexpr std::string_view custom_types[] = {"text", "number", "money", "date", "boolean", "choice", "choices", "user"};
constexpr std::string_view task_type_words[] = {"call", "meeting", "email", "other"};

namespace f = field;

#define DEALOG_COMMON_FIELDS                                                                                  \
  {.number = f::created_at, .name = "created_at", .type = instant, .access = derived},                        \
  {.number = f::created_by, .name = "created_by", .type = ref, .access = derived, .ref = Kind::user},         \
  {.number = f::is_deleted, .name = "is_deleted", .type = boolean, .access = derived},                        \
  {.number = f::deleted_at, .name = "deleted_at", .type = instant, .access = derived}

// How a task comes again (SPEC ACT-1).
#define DEALOG_RECURRENCE_FIELDS                                                                                                          \
  {.number = f::task::frequency, .name = "recurrence.frequency", .type = choice, .choices = frequency_words},                             \
  {.number = f::task::every, .name = "recurrence.every", .type = integer, .doc = "every n days, weeks, months or years; default 1"},      \
  {.number = f::task::weekdays, .name = "recurrence.weekdays", .type = texts, .max_length = 9, .doc = "of a weekly one; default: the day of the first"}, \
  {.number = f::task::until, .name = "recurrence.until", .type = day, .doc = "the last day on which it may come"},                        \
  {.number = f::task::times, .name = "recurrence.times", .type = integer, .doc = "how often in all"}

constexpr FieldSpec account_fields[] = {
    {.number = f::account::name, .name = "name", .type = text, .required = true},
    {.number = f::account::slug, .name = "slug", .type = text, .access = at_birth},
    {.number = f::account::currency, .name = "currency", .type = text, .required = true, .max_length = 3, .doc = "ISO 4217"},
    {.number = f::account::time_zone, .name = "time_zone", .type = text, .required = true, .doc = "IANA name"},
    {.number = f::account::locale, .name = "locale", .type = text, .max_length = 35},
    {.number = f::account::sources_on, .name = "sources_on", .type = boolean},
    {.number = f::account::source_inheritance_on, .name = "source_inheritance_on", .type = boolean},
    {.number = f::account::client_required, .name = "client_required", .type = boolean},
    {.number = f::account::costs_on, .name = "costs_on", .type = boolean},
    {.number = f::account::realised_on, .name = "realised_on", .type = boolean},
    {.number = f::account::default_visibility, .name = "default_visibility", .type = choice, .choices = visibility_words},
    {.number = f::account::reason_required, .name = "reason_required", .type = boolean},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec user_fields[] = {
    {.number = f::user::name, .name = "name", .type = text, .required = true, .personal = true},
    {.number = f::user::email, .name = "email", .type = text, .required = true, .personal = true, .max_length = 254},
    {.number = f::user::role, .name = "role", .type = choice, .required = true, .choices = role_words},
    {.number = f::user::team_ids, .name = "team_ids", .type = refs, .ref = Kind::team},
    {.number = f::user::is_suspended, .name = "is_suspended", .type = boolean},
    {.number = f::user::password_hash, .name = "password_hash", .type = text, .access = derived, .personal = true, .secret = true},
    {.number = f::user::notifications_read, .name = "notifications_read_up_to", .type = integer, .access = derived, .secret = true},
    {.number = f::user::card_deletions, .name = "card_deletions", .type = integer, .access = derived, .secret = true, .doc = "how often all his scorecards were deleted"},
    {.number = f::user::cards_deleted_at, .name = "cards_deleted_at", .type = instant, .access = derived, .secret = true, .doc = "when they last were"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec team_fields[] = {
    {.number = f::team::name, .name = "name", .type = text, .required = true},
    {.number = f::team::parent_id, .name = "parent_id", .type = ref, .ref = Kind::team},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec token_fields[] = {
    {.number = f::token::name, .name = "name", .type = text, .access = at_birth, .required = true},
    {.number = f::token::user_id, .name = "user_id", .type = ref, .access = at_birth, .required = true, .ref = Kind::user},
    {.number = f::token::hash, .name = "hash", .type = text, .access = derived, .secret = true, .doc = "SHA-256 of the secret"},
    {.number = f::token::expires_at, .name = "expires_at", .type = instant, .access = at_birth},
    {.number = f::token::read_only, .name = "read_only", .type = boolean, .access = at_birth},
    {.number = f::token::scopes, .name = "scopes", .type = texts, .access = at_birth, .max_length = 50, .doc = "only routes of these scopes, as the document names them; none: all routes"},
    {.number = f::token::is_session, .name = "is_session", .type = boolean, .access = derived, .doc = "made by a log-in"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec source_fields[] = {
    {.number = f::source::name, .name = "name", .type = text, .required = true},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec close_reason_fields[] = {
    {.number = f::close_reason::name, .name = "name", .type = text, .required = true},
    {.number = f::close_reason::outcome, .name = "outcome", .type = choice, .access = at_birth, .required = true, .choices = outcome_words},
    {.number = f::close_reason::is_archived, .name = "is_archived", .type = boolean},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec company_fields[] = {
    {.number = f::company::name, .name = "name", .type = text, .required = true},
    {.number = f::company::owner_id, .name = "owner_id", .type = ref, .active = true, .ref = Kind::user},
    {.number = f::company::source_id, .name = "source_id", .type = ref, .ref = Kind::source},
    {.number = f::company::emails, .name = "emails", .type = texts, .max_length = 254},
    {.number = f::company::phones, .name = "phones", .type = texts, .max_length = 50},
    {.number = f::company::address, .name = "address", .type = text, .max_length = 500},
    {.number = f::company::website, .name = "website", .type = text, .max_length = 500},
    {.number = f::company::tax_id, .name = "tax_id", .type = text, .max_length = 50},
    {.number = f::company::description, .name = "description", .type = text, .personal = true, .max_length = 10000},
    {.number = f::company::groups, .name = "groups", .type = refs, .ref = Kind::contact_group},
    {.number = f::company::tags, .name = "tags", .type = refs, .ref = Kind::tag},
    {.number = f::company::merged_into, .name = "merged_into", .type = ref, .access = derived, .ref = Kind::company, .doc = "what stands for it since it was merged"},
    {.number = f::legal_hold(Kind::company), .name = "legal_hold", .type = boolean, .access = derived, .doc = "forbids erasing"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec person_fields[] = {
    {.number = f::person::name, .name = "name", .type = text, .required = true, .personal = true, .doc = "default: first and last name"},
    {.number = f::person::first_name, .name = "first_name", .type = text, .personal = true},
    {.number = f::person::last_name, .name = "last_name", .type = text, .personal = true},
    {.number = f::person::job_title, .name = "job_title", .type = text, .personal = true},
    {.number = f::person::company_id, .name = "company_id", .type = ref, .ref = Kind::company},
    {.number = f::person::owner_id, .name = "owner_id", .type = ref, .active = true, .ref = Kind::user},
    {.number = f::person::source_id, .name = "source_id", .type = ref, .ref = Kind::source},
    {.number = f::person::emails, .name = "emails", .type = texts, .personal = true, .max_length = 254},
    {.number = f::person::phones, .name = "phones", .type = texts, .personal = true, .max_length = 50},
    {.number = f::person::address, .name = "address", .type = text, .personal = true, .max_length = 500},
    {.number = f::person::website, .name = "website", .type = text, .personal = true, .max_length = 500},
    {.number = f::person::description, .name = "description", .type = text, .personal = true, .max_length = 10000},
    {.number = f::person::groups, .name = "groups", .type = refs, .ref = Kind::contact_group},
    {.number = f::person::tags, .name = "tags", .type = refs, .ref = Kind::tag},
    {.number = f::person::merged_into, .name = "merged_into", .type = ref, .access = derived, .ref = Kind::person, .doc = "what stands for it since it was merged"},
    {.number = f::legal_hold(Kind::person), .name = "legal_hold", .type = boolean, .access = derived, .doc = "forbids erasing"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec process_fields[] = {
    {.number = f::process::name, .name = "name", .type = text, .required = true},
    {.number = f::process::is_default, .name = "is_default", .type = boolean},
    {.number = f::process::is_archived, .name = "is_archived", .type = boolean},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec deal_fields[] = {
    {.number = f::deal::name, .name = "name", .type = text, .required = true, .doc = "default: the client's"},
    {.number = f::deal::status, .name = "status", .type = choice, .access = derived, .choices = status_words},
    {.number = f::deal::process_id, .name = "process_id", .type = ref, .access = at_birth, .ref = Kind::process, .doc = "default: the default process"},
    {.number = f::deal::stage_id, .name = "stage_id", .type = ref, .access = at_birth, .doc = "default: the first stage"},
    {.number = f::deal::furthest_stage_id, .name = "furthest_stage_id", .type = ref, .access = derived},
    {.number = f::deal::company_id, .name = "company_id", .type = ref, .ref = Kind::company},
    {.number = f::deal::person_id, .name = "person_id", .type = ref, .ref = Kind::person},
    {.number = f::deal::owner_id, .name = "owner_id", .type = ref, .required = true, .active = true, .ref = Kind::user, .doc = "default: the creator"},
    {.number = f::deal::participant_ids, .name = "participant_ids", .type = refs, .active = true, .ref = Kind::user},
    {.number = f::deal::source_id, .name = "source_id", .type = ref, .ref = Kind::source},
    {.number = f::deal::value, .name = "value", .type = money, .doc = "the sum of the forecast lines, else what was typed in"},
    {.number = f::deal::realised, .name = "realised", .type = money, .access = derived, .doc = "the sum of the realised lines"},
    {.number = f::deal::currency, .name = "currency", .type = text, .access = at_birth, .max_length = 3, .doc = "default: the account's"},
    {.number = f::deal::expected_close_on, .name = "expected_close_on", .type = day},
    {.number = f::deal::visibility, .name = "visibility", .type = choice, .choices = visibility_words},
    {.number = f::deal::description, .name = "description", .type = text, .personal = true, .max_length = 10000},
    {.number = f::deal::kind, .name = "kind", .type = choice, .access = derived, .choices = deal_kind_words},
    {.number = f::deal::closed_at, .name = "closed_at", .type = instant, .access = derived},
    {.number = f::deal::closed_by, .name = "closed_by", .type = ref, .access = derived, .ref = Kind::user},
    {.number = f::deal::close_reason_id, .name = "close_reason_id", .type = ref, .access = derived, .ref = Kind::close_reason},
    {.number = f::deal::close_note, .name = "close_note", .type = text, .access = derived, .personal = true, .max_length = 10000},
    {.number = f::deal::stage_entered_at, .name = "stage_entered_at", .type = instant, .access = derived},
    {.number = f::deal::done_actions, .name = "done_actions", .type = refs, .access = derived},
    {.number = f::deal::credited_owner_id, .name = "credited_owner_id", .type = ref, .access = derived, .ref = Kind::user},
    {.number = f::deal::closing_done_weight, .name = "closing_done_weight", .type = integer, .access = derived},
    {.number = f::deal::closing_total_weight, .name = "closing_total_weight", .type = integer, .access = derived},
    {.number = f::deal::closing_process_version, .name = "closing_process_version", .type = integer, .access = derived},
    {.number = f::deal::groups, .name = "groups", .type = refs, .ref = Kind::deal_group},
    {.number = f::deal::tags, .name = "tags", .type = refs, .ref = Kind::tag},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec task_fields[] = {
    {.number = f::task::name, .name = "name", .type = text, .required = true},
    {.number = f::task::type_id, .name = "type_id", .type = ref, .ref = Kind::task_type, .doc = "default: other"},
    {.number = f::task::priority, .name = "priority", .type = choice, .choices = priority_words},
    {.number = f::task::due_on, .name = "due_on", .type = day},
    {.number = f::task::due_at, .name = "due_at", .type = instant},
    {.number = f::task::assignee_id, .name = "assignee_id", .type = ref, .required = true, .active = true, .ref = Kind::user, .doc = "default: the creator"},
    {.number = f::task::deal_id, .name = "links.deal_id", .type = ref, .ref = Kind::deal},
    {.number = f::task::lead_id, .name = "links.lead_id", .type = ref, .ref = Kind::lead},
    {.number = f::task::person_id, .name = "links.person_id", .type = ref, .ref = Kind::person},
    {.number = f::task::company_id, .name = "links.company_id", .type = ref, .ref = Kind::company},
    {.number = f::task::space_id, .name = "links.space_id", .type = ref, .ref = Kind::space},
    {.number = f::task::description, .name = "description", .type = text, .personal = true, .max_length = 10000},
    {.number = f::task::status, .name = "status", .type = choice, .access = derived, .choices = task_status_words},
    {.number = f::task::completed_at, .name = "completed_at", .type = instant, .access = derived},
    {.number = f::task::completed_by, .name = "completed_by", .type = ref, .access = derived, .ref = Kind::user},
    DEALOG_RECURRENCE_FIELDS,
    {.number = f::task::series_id, .name = "series_id", .type = ref, .access = derived, .ref = Kind::series, .doc = "what it is an occurrence of"},
    {.number = f::task::occurrence_on, .name = "occurrence_on", .type = day, .access = derived, .doc = "the day of the rule that it stands for, wherever it was moved to"},
    DEALOG_COMMON_FIELDS,
};
// A series of tasks: what its occurrences are born with, and the rule of their days.
constexpr FieldSpec series_fields[] = {
    {.number = f::series::name, .name = "name", .type = text, .access = derived},
    {.number = f::series::type_id, .name = "type_id", .type = ref, .access = derived, .ref = Kind::task_type},
    {.number = f::series::priority, .name = "priority", .type = choice, .access = derived, .choices = priority_words},
    {.number = f::series::assignee_id, .name = "assignee_id", .type = ref, .access = derived, .ref = Kind::user},
    {.number = f::series::deal_id, .name = "links.deal_id", .type = ref, .access = derived, .ref = Kind::deal},
    {.number = f::series::lead_id, .name = "links.lead_id", .type = ref, .access = derived, .ref = Kind::lead},
    {.number = f::series::person_id, .name = "links.person_id", .type = ref, .access = derived, .ref = Kind::person},
    {.number = f::series::company_id, .name = "links.company_id", .type = ref, .access = derived, .ref = Kind::company},
    {.number = f::series::space_id, .name = "links.space_id", .type = ref, .access = derived, .ref = Kind::space},
    {.number = f::series::description, .name = "description", .type = text, .access = derived, .personal = true, .max_length = 10000},
    DEALOG_RECURRENCE_FIELDS,
    {.number = f::series::starts_on, .name = "starts_on", .type = day, .access = derived, .doc = "the rule counts from here"},
    {.number = f::series::time_of_day, .name = "time_of_day", .type = integer, .access = derived, .doc = "milliseconds of the local clock; null: due on days"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec note_fields[] = {
    {.number = f::note::text, .name = "text", .type = text, .required = true, .personal = true, .max_length = 20000},
    {.number = f::note::deal_id, .name = "links.deal_id", .type = ref, .access = at_birth, .ref = Kind::deal},
    {.number = f::note::lead_id, .name = "links.lead_id", .type = ref, .access = at_birth, .ref = Kind::lead},
    {.number = f::note::person_id, .name = "links.person_id", .type = ref, .access = at_birth, .ref = Kind::person},
    {.number = f::note::company_id, .name = "links.company_id", .type = ref, .access = at_birth, .ref = Kind::company},
    {.number = f::note::space_id, .name = "links.space_id", .type = ref, .access = at_birth, .ref = Kind::space},
    {.number = f::note::is_private, .name = "is_private", .type = boolean, .doc = "its text is its author's alone"},
    {.number = f::note::file_ids, .name = "file_ids", .type = refs, .ref = Kind::file, .doc = "what hangs on nothing yet hangs where the note does from then on"},
    {.number = f::legal_hold(Kind::note), .name = "legal_hold", .type = boolean, .access = derived, .doc = "forbids erasing"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec email_fields[] = {
    {.number = f::email::message_id, .name = "message_id", .type = text, .access = at_birth, .required = true, .max_length = 998},
    {.number = f::email::from, .name = "from", .type = text, .access = at_birth, .required = true, .personal = true, .max_length = 320},
    {.number = f::email::to, .name = "to", .type = texts, .access = at_birth, .required = true, .personal = true, .max_length = 320},
    {.number = f::email::cc, .name = "cc", .type = texts, .access = at_birth, .personal = true, .max_length = 320},
    {.number = f::email::subject, .name = "subject", .type = text, .access = at_birth, .personal = true, .max_length = 998},
    {.number = f::email::sent_at, .name = "sent_at", .type = instant, .access = at_birth, .required = true, .doc = "its effective_at (SPEC GEN-6)"},
    {.number = f::email::deal_id, .name = "links.deal_id", .type = ref, .access = at_birth, .ref = Kind::deal},
    {.number = f::email::lead_id, .name = "links.lead_id", .type = ref, .access = at_birth, .ref = Kind::lead},
    {.number = f::email::person_id, .name = "links.person_id", .type = ref, .access = at_birth, .ref = Kind::person},
    {.number = f::email::company_id, .name = "links.company_id", .type = ref, .access = at_birth, .ref = Kind::company},
    {.number = f::legal_hold(Kind::email), .name = "legal_hold", .type = boolean, .access = derived, .doc = "forbids erasing"},
    DEALOG_COMMON_FIELDS,
};
// Groups, tags and categories: a name.
constexpr FieldSpec word_fields[] = {
    {.number = f::word::name, .name = "name", .type = text, .required = true},
    DEALOG_COMMON_FIELDS,
};
// Task types and cost categories: archived once they were used.
constexpr FieldSpec kept_word_fields[] = {
    {.number = f::word::name, .name = "name", .type = text, .required = true},
    {.number = f::word::is_archived, .name = "is_archived", .type = boolean},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec product_fields[] = {
    {.number = f::product::name, .name = "name", .type = text, .required = true},
    {.number = f::product::is_archived, .name = "is_archived", .type = boolean},
    {.number = f::product::sku, .name = "sku", .type = text, .max_length = 100},
    {.number = f::product::category_id, .name = "category_id", .type = ref, .ref = Kind::product_category},
    {.number = f::product::price, .name = "price", .type = money, .doc = "of one unit, in the account's currency"},
    {.number = f::product::unit, .name = "unit", .type = text, .max_length = 50},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec exchange_rate_fields[] = {
    {.number = f::exchange_rate::currency, .name = "currency", .type = text, .access = at_birth, .required = true, .max_length = 3, .doc = "ISO 4217, another than the account's"},
    {.number = f::exchange_rate::day, .name = "day", .type = day, .access = at_birth, .required = true, .doc = "holds from this day until that of the next rate"},
    {.number = f::exchange_rate::rate, .name = "rate", .type = decimal, .required = true, .doc = "how much of the account's currency one unit is, at most six decimals"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec custom_field_fields[] = {
    {.number = f::custom_field::collection, .name = "collection", .type = choice, .access = at_birth, .required = true, .choices = customised_collections},
    {.number = f::custom_field::key, .name = "key", .type = text, .access = at_birth, .required = true, .max_length = 50, .doc = "letters, digits, _ and -: cf.<key> in filters"},
    {.number = f::custom_field::label, .name = "label", .type = text, .required = true, .doc = "default: the key"},
    {.number = f::custom_field::type, .name = "type", .type = choice, .access = at_birth, .required = true, .choices = custom_types},
    {.number = f::custom_field::required, .name = "required", .type = boolean, .doc = "of objects created from now on"},
    {.number = f::custom_field::personal, .name = "personal", .type = boolean, .access = at_birth, .doc = "sealed with the key of its object"},
    {.number = f::custom_field::choices, .name = "choices", .type = texts},
    {.number = f::custom_field::retired_choices, .name = "retired_choices", .type = texts, .access = derived, .doc = "no longer offered; objects may still have them"},
    {.number = f::custom_field::number, .name = "number", .type = integer, .access = derived},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec saved_filter_fields[] = {
    {.number = f::saved_filter::name, .name = "name", .type = text, .required = true},
    {.number = f::saved_filter::collection, .name = "collection", .type = choice, .access = at_birth, .required = true, .choices = filtered_collections},
    {.number = f::saved_filter::filter, .name = "filter", .type = FieldType::json, .required = true, .max_length = 20000, .doc = "the tree that filter= takes"},
    {.number = f::saved_filter::is_shared, .name = "is_shared", .type = boolean, .doc = "false: only its creator sees it"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec space_fields[] = {
    {.number = f::space::name, .name = "name", .type = text, .required = true},
    {.number = f::space::description, .name = "description", .type = text, .personal = true, .max_length = 10000},
    {.number = f::space::owner_id, .name = "owner_id", .type = ref, .active = true, .ref = Kind::user},
    DEALOG_COMMON_FIELDS,
};
// A file is uploaded once and never changes; only what hung on nothing comes to hang where the note does that carries it.
constexpr FieldSpec file_fields[] = {
    {.number = f::file::name, .name = "name", .type = text, .access = at_birth, .required = true, .personal = true, .max_length = 255},
    {.number = f::file::type, .name = "type", .type = text, .access = at_birth, .required = true, .max_length = 127, .doc = "media type, as the client named it"},
    {.number = f::file::size, .name = "size", .type = integer, .access = at_birth, .required = true, .doc = "bytes"},
    {.number = f::file::sha256, .name = "sha256", .type = text, .access = at_birth, .required = true, .personal = true, .max_length = 64, .doc = "of the content, in hexadecimal"},
    {.number = f::file::deal_id, .name = "links.deal_id", .type = ref, .access = at_birth, .ref = Kind::deal},
    {.number = f::file::lead_id, .name = "links.lead_id", .type = ref, .access = at_birth, .ref = Kind::lead},
    {.number = f::file::person_id, .name = "links.person_id", .type = ref, .access = at_birth, .ref = Kind::person},
    {.number = f::file::company_id, .name = "links.company_id", .type = ref, .access = at_birth, .ref = Kind::company},
    {.number = f::file::space_id, .name = "links.space_id", .type = ref, .access = at_birth, .ref = Kind::space},
    {.number = f::file::stored_as, .name = "stored_as", .type = text, .access = derived, .secret = true, .max_length = 32, .doc = "its name on the disk"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec scorecard_fields[] = {
    {.number = f::scorecard::holder_user_id, .name = "holder.user_id", .type = ref, .access = derived, .ref = Kind::user},
    {.number = f::scorecard::holder_team_id, .name = "holder.team_id", .type = ref, .access = derived, .ref = Kind::team},
    {.number = f::scorecard::period_kind, .name = "period.kind", .type = choice, .required = true, .choices = card_period_words},
    {.number = f::scorecard::period_start, .name = "period.start", .type = day, .required = true},
    {.number = f::scorecard::period_end, .name = "period.end", .type = day, .doc = "the last day; of custom periods, else it follows"},
    {.number = f::scorecard::anchor, .name = "anchor", .type = day, .access = derived, .secret = true, .doc = "the start whose day of the month is kept"},
    {.number = f::scorecard::auto_duplicate, .name = "auto_duplicate", .type = boolean},
    {.number = f::scorecard::group_key, .name = "group_key", .type = ref, .access = derived, .doc = "the same for cards of one period with the same parameters"},
    {.number = f::scorecard::settled_at, .name = "settled_at", .type = instant, .access = derived, .doc = "its numbers are those of what was known then"},
    {.number = f::scorecard::deletions_seen, .name = "deletions_seen", .type = integer, .access = derived, .secret = true, .doc = "deletions of all cards of its holder before it came"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec lead_fields[] = {
    {.number = f::lead::title, .name = "title", .type = text, .required = true},
    {.number = f::lead::status, .name = "status", .type = choice, .access = derived, .choices = lead_status_words},
    {.number = f::lead::stage_id, .name = "stage_id", .type = ref, .access = at_birth, .ref = Kind::lead_stage, .doc = "default: the first stage"},
    {.number = f::lead::furthest_stage_id, .name = "furthest_stage_id", .type = ref, .access = derived, .ref = Kind::lead_stage},
    {.number = f::lead::person_id, .name = "person_id", .type = ref, .ref = Kind::person},
    {.number = f::lead::company_id, .name = "company_id", .type = ref, .ref = Kind::company},
    {.number = f::lead::raw_name, .name = "raw.name", .type = text, .personal = true, .doc = "contact data as they came in"},
    {.number = f::lead::raw_company_name, .name = "raw.company_name", .type = text, .personal = true},
    {.number = f::lead::raw_job_title, .name = "raw.job_title", .type = text, .personal = true},
    {.number = f::lead::raw_emails, .name = "raw.emails", .type = texts, .personal = true, .max_length = 254},
    {.number = f::lead::raw_phones, .name = "raw.phones", .type = texts, .personal = true, .max_length = 50},
    {.number = f::lead::raw_address, .name = "raw.address", .type = text, .personal = true, .max_length = 500},
    {.number = f::lead::raw_website, .name = "raw.website", .type = text, .personal = true, .max_length = 500},
    {.number = f::lead::owner_id, .name = "owner_id", .type = ref, .required = true, .active = true, .ref = Kind::user, .doc = "default: the creator"},
    {.number = f::lead::participant_ids, .name = "participant_ids", .type = refs, .active = true, .ref = Kind::user},
    {.number = f::lead::source_id, .name = "source_id", .type = ref, .ref = Kind::source},
    {.number = f::lead::tags, .name = "tags", .type = refs, .ref = Kind::tag},
    {.number = f::lead::value, .name = "value", .type = money},
    {.number = f::lead::is_repeat, .name = "is_repeat", .type = boolean, .access = derived, .doc = "SPEC LEA-2; fixed at creation"},
    {.number = f::lead::description, .name = "description", .type = text, .personal = true, .max_length = 10000},
    {.number = f::lead::stage_entered_at, .name = "stage_entered_at", .type = instant, .access = derived},
    {.number = f::lead::closed_at, .name = "closed_at", .type = instant, .access = derived, .doc = "when it was converted or lost"},
    {.number = f::lead::closed_by, .name = "closed_by", .type = ref, .access = derived, .ref = Kind::user},
    {.number = f::lead::close_reason_id, .name = "close_reason_id", .type = ref, .access = derived, .ref = Kind::close_reason},
    {.number = f::lead::close_note, .name = "close_note", .type = text, .access = derived, .personal = true, .max_length = 10000},
    {.number = f::lead::converted_at, .name = "converted_at", .type = instant, .access = derived},
    {.number = f::lead::deal_id, .name = "deal_id", .type = ref, .access = derived, .ref = Kind::deal, .doc = "of the conversion"},
    {.number = f::lead::credited_owner_id, .name = "credited_owner_id", .type = ref, .access = derived, .ref = Kind::user},
    {.number = f::legal_hold(Kind::lead), .name = "legal_hold", .type = boolean, .access = derived, .doc = "forbids erasing"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec batch_fields[] = {
    {.number = f::batch::kind, .name = "kind", .type = choice, .access = derived, .choices = batch_kind_words},
    {.number = f::batch::collection, .name = "collection", .type = text, .access = derived, .doc = "of what the targets are"},
    {.number = f::batch::target_ids, .name = "target_ids", .type = refs, .access = derived, .doc = "what a command was given over, in order"},
    {.number = f::batch::undoes_id, .name = "undoes_id", .type = ref, .access = derived, .ref = Kind::batch},
    {.number = f::batch::undoes_command, .name = "undoes_command", .type = integer, .access = derived, .doc = "its command_id"},
    DEALOG_COMMON_FIELDS,
};
constexpr FieldSpec lead_stage_fields[] = {
    {.number = f::lead_stage::name, .name = "name", .type = text, .required = true},
    {.number = f::lead_stage::position, .name = "position", .type = integer, .required = true, .doc = "stages stand in this order; default: behind the last"},
    DEALOG_COMMON_FIELDS,
};
#undef DEALOG_RECURRENCE_FIELDS
#undef DEALOG_COMMON_FIELDS

FieldType held_as(CustomType custom) {
  switch (custom) {
    case CustomType::text: return text;
    case CustomType::number: return decimal;
    case CustomType::money: return money;
    case CustomType::date: return day;
    case CustomType::boolean: return boolean;
    case CustomType::choice: return word;
    case CustomType::choices: return words;
    case CustomType::user: return ref;
  }
  return text;
}

// Every custom field that could be: what its number says.
const std::array<FieldSpec, custom_number_end - first_custom_number>& custom_specs() {
  static const auto all = [] {
    std::array<FieldSpec, custom_number_end - first_custom_number> specs{};
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const auto number = static_cast<std::uint16_t>(first_custom_number + i);
      const CustomType type = custom_type(number);
      specs[i] = {.number = number, .name = "cf", .type = held_as(type), .personal = (number & 0x800) != 0,
                  .ref = type == CustomType::user ? Kind::user : Kind::none, .max_length = 2000};
    }
    return specs;
  }();
  return all;
}

}  // namespace

std::span<const FieldSpec> fields_of(Kind kind) {
  switch (kind) {
    case Kind::none: return {};
    case Kind::account: return account_fields;
    case Kind::user: return user_fields;
    case Kind::team: return team_fields;
    case Kind::token: return token_fields;
    case Kind::source: return source_fields;
    case Kind::close_reason: return close_reason_fields;
    case Kind::company: return company_fields;
    case Kind::person: return person_fields;
    case Kind::process: return process_fields;
    case Kind::deal: return deal_fields;
    case Kind::task: return task_fields;
    case Kind::note: return note_fields;
    case Kind::email: return email_fields;
    case Kind::contact_group: case Kind::deal_group: case Kind::tag: case Kind::product_category: return word_fields;
    case Kind::task_type: case Kind::cost_category: return kept_word_fields;
    case Kind::product: return product_fields;
    case Kind::exchange_rate: return exchange_rate_fields;
    case Kind::custom_field: return custom_field_fields;
    case Kind::saved_filter: return saved_filter_fields;
    case Kind::space: return space_fields;
    case Kind::file: return file_fields;
    case Kind::scorecard: return scorecard_fields;
    case Kind::batch: return batch_fields;
    case Kind::lead: return lead_fields;
    case Kind::lead_stage: return lead_stage_fields;
    case Kind::series: return series_fields;
  }
  return {};
}

const FieldSpec* find_field(Kind kind, std::string_view name) {
  for (const FieldSpec& spec : fields_of(kind))
    if (spec.name == name) return &spec;
  return nullptr;
}

const FieldSpec* find_field(Kind kind, std::uint16_t number) {
  if (is_custom(number)) return has_custom_fields(kind) && number < custom_number_end ? &custom_specs()[number - first_custom_number] : nullptr;
  for (const FieldSpec& spec : fields_of(kind))
    if (spec.number == number) return &spec;
  return nullptr;
}

std::span<const Kind> custom_collections() { return customised_kinds; }
bool has_custom_fields(Kind kind) { return std::ranges::find(customised_kinds, kind) != std::end(customised_kinds); }
std::span<const Kind> erasable_kinds() { return erasable; }
std::span<const Kind> kinds_erased_along() { return erased_along; }
std::span<const Kind> holdable_kinds() { return holdable; }
Uuid choice_id(std::string_view word) { return derived_uuid("choice", word); }

Uuid import_run_id(std::string_view scope, int run) { return derived_uuid("import-run", std::string(scope) + '\0' + std::to_string(run)); }

std::span<const std::string_view> weekday_words() { return day_words; }

std::string_view name(Status status) { return status_words[static_cast<std::size_t>(status)]; }
std::string_view name(Role role) { return role_words[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view name) {
  const auto found = std::ranges::find(role_words, name);
  if (found == std::end(role_words)) return std::nullopt;
  return static_cast<Role>(found - std::begin(role_words));
}

std::span<const std::string_view> task_types() { return task_type_words; }
Uuid task_type_id(std::string_view name) { return derived_uuid("task-type", name); }
bool is_built_in_task_type(const Uuid& id) {
  return std::ranges::any_of(task_type_words, [&](std::string_view name) { return task_type_id(name) == id; });
}
Uuid trigger_type_id(std::string_view task_type) {
  if (const auto id = parse_uuid(task_type)) return *id;
  return task_type_id(task_type.empty() ? "other" : task_type);
}

}  // namespace dealog
