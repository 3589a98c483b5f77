#pragma once
// The fields of every kind of object, in one table: from it come the decoding and checking of requests, what
// an edit may change, what histories call a field, which column a projection keeps, what filters, sorting and
// exports know, and the OpenAPI document. A new field is one line in fields.cpp.
//
// Numbers are on disk (events.fbs FieldValue.field): never renumber or reuse one.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "domain/types.h"

namespace dealog {

// How a value is held (event.h Value) and shown:
//   text     string; texts: list of strings
//   integer  number; percent: basis points, shown as 0..100 with two decimals; boolean: 0 or 1
//   money    number of minor units in the object's currency
//   decimal  number of millionths, shown with as many decimals as it has
//   day      days since 1970; instant: milliseconds since 1970
//   choice   number, an index into `choices`, shown as that word
//   ref      id of an object of kind `ref`; refs: a set of them. Kind::none: an id that is no object
//            (a stage, an action)
//   json     the text of a JSON value, shown as that value
//   word     string, words: list of strings: choices of a custom field, which columns hold by choice_id
enum class FieldType : std::uint8_t { text, texts, integer, money, percent, boolean, day, instant, choice, ref, refs, decimal, json, word, words };

// A set: it can be given whole, or be added to and taken from (sets.h). Lists of texts cannot: of them only prints are known.
constexpr bool is_set(FieldType type) { return type == FieldType::refs || type == FieldType::words; }

// Who sets a field.
enum class Access : std::uint8_t {
  given,     // by create and edit
  at_birth,  // by create only
  derived,   // by verbs and by the fold; clients never send it
};

struct FieldSpec {
  std::uint16_t number;
  std::string_view name;       // snake_case, as in JSON; "links.deal_id" stands inside the object "links"
  FieldType type;
  Access access = Access::given;
  bool required = false;       // at creation, and not to be set to null
  bool personal = false;       // sealed with the object's key before it is stored (SPEC CON-3)
  bool secret = false;         // never shown, filtered or exported
  bool active = false;         // of users: suspended ones cannot be named anew (SPEC ACC-2)
  Kind ref = Kind::none;
  std::span<const std::string_view> choices{};
  std::uint32_t max_length = 200;  // characters of a text, or of each of texts (at most 50 of them); members of refs at most 200
  std::string_view doc = {};
};

std::span<const FieldSpec> fields_of(Kind kind);
const FieldSpec* find_field(Kind kind, std::string_view name);
const FieldSpec* find_field(Kind kind, std::uint16_t number);

// Choices. DO NOT RENUMBER: on disk. The words stand in fields.cpp in the same order.
enum class Status : std::uint8_t { open = 0, won = 1, lost = 2, obsolete = 3 };
enum class Visibility : std::uint8_t { private_ = 0, public_ = 1 };
enum class Role : std::uint8_t { administrator = 0, manager = 1, salesperson = 2, analyst = 3, auditor = 4 };
enum class DealKind : std::uint8_t { new_ = 0, repeat = 1, repeat_inquiry = 2 };
enum class TaskStatus : std::uint8_t { open = 0, completed = 1 };
enum class LeadStatus : std::uint8_t { active = 0, converted = 1, lost = 2 };
enum class CardPeriodKind : std::uint8_t { monthly = 0, quarterly = 1, custom = 2 };
enum class Frequency : std::uint8_t { daily = 0, working_days = 1, weekly = 2, monthly = 3, yearly = 4 };
// "monday" to "sunday".
std::span<const std::string_view> weekday_words();
enum class BatchKind : std::uint8_t { bulk = 0, undo = 1, import = 2, hand_over = 3 };
// The batch of that run of the imports of a scope: the first is 1, and each begins once the one before was taken back. DO NOT CHANGE: on disk.
Uuid import_run_id(std::string_view scope, int run);
inline constexpr int most_import_runs = 1000;
std::string_view name(Status status);
std::string_view name(Role role);
std::optional<Role> parse_role(std::string_view name);

// The built-in task types (SPEC DIC-4): call, meeting, email, other. Accounts are born with them.
std::span<const std::string_view> task_types();
Uuid task_type_id(std::string_view name);
bool is_built_in_task_type(const Uuid& id);
// A trigger names a built-in type by its name, another by its id, and none for other.
Uuid trigger_type_id(std::string_view task_type);

// What becomes of the objects that use a word of a dictionary when it is deleted (SPEC 4):
//   strips   it is null wherever it stands, from its deletion on (DIC-1), and is gone for good
//   kept     it cannot be deleted once it was used, only archived (DIC-3)
enum class Deletion : std::uint8_t { plain, strips, kept };
constexpr Deletion deletion_of(Kind kind) {
  switch (kind) {
    case Kind::source: case Kind::contact_group: case Kind::deal_group: case Kind::tag: case Kind::product_category: return Deletion::strips;
    case Kind::close_reason: case Kind::task_type: case Kind::product: case Kind::cost_category: return Deletion::kept;
    default: return Deletion::plain;
  }
}

// Custom fields (SPEC DIC-5). Their numbers say how values are held, so that nobody who folds needs the definition.
// DO NOT CHANGE: on disk.
//     1000 | personal: 1 bit | type: 3 bits | which: 8 bits
enum class CustomType : std::uint8_t { text = 0, number = 1, money = 2, date = 3, boolean = 4, choice = 5, choices = 6, user = 7 };
inline constexpr std::uint16_t first_custom_number = 0x8000, custom_number_end = 0x9000;
inline constexpr unsigned custom_fields_of_a_type = 256;
constexpr bool is_custom(std::uint16_t number) { return number >= first_custom_number; }
constexpr std::uint16_t custom_number(CustomType type, bool personal, unsigned which) {
  return static_cast<std::uint16_t>(first_custom_number | (personal ? 0x800u : 0u) | static_cast<unsigned>(type) << 8 | which);
}
// Which of its type, and the number of the first of them.
constexpr std::pair<unsigned, std::uint16_t> custom_parts(std::uint16_t number) {
  return {number & 0xFFu, static_cast<std::uint16_t>(number & 0xFF00u)};
}
constexpr CustomType custom_type(std::uint16_t number) { return static_cast<CustomType>(number >> 8 & 7); }
// Whose objects can have custom fields, in the order of the words of `collection`.
std::span<const Kind> custom_collections();
bool has_custom_fields(Kind kind);
// Personal data (SPEC CON-3): what can be erased by itself; what can be erased with the contact or lead that it is about;
// what a legal hold can be placed on. A person's words belong into one of the first two; those of deals and spaces are in neither and stay.
std::span<const Kind> erasable_kinds();
std::span<const Kind> kinds_erased_along();
std::span<const Kind> holdable_kinds();
// What stands for a choice in columns.
Uuid choice_id(std::string_view word);

// The numbers by name. Fields that every kind has: 200 and up.
namespace field {
inline constexpr std::uint16_t created_at = 200, created_by = 201, is_deleted = 202, deleted_at = 203;
// Of LegalHoldPlaced, sealed; no field of the object, for only administrators and auditors may read it.
inline constexpr std::uint16_t hold_reason = 204;
// The field that says whether the kind's objects are held; 0: they cannot be.
constexpr std::uint16_t legal_hold(Kind kind) {
  switch (kind) {
    case Kind::company: case Kind::person: case Kind::email: return 31;
    case Kind::lead: return 32;
    case Kind::note: return 35;
    default: return 0;
  }
}

namespace account {
inline constexpr std::uint16_t name = 1, currency = 2, time_zone = 3, locale = 4, sources_on = 5, source_inheritance_on = 6,
    client_required = 7, costs_on = 8, realised_on = 9, default_visibility = 10, reason_required = 11, slug = 12;
}
namespace user { inline constexpr std::uint16_t name = 1, email = 2, role = 3, team_ids = 4, is_suspended = 5, password_hash = 6, notifications_read = 7, card_deletions = 30, cards_deleted_at = 31; }
namespace team { inline constexpr std::uint16_t name = 1, parent_id = 2; }
namespace token { inline constexpr std::uint16_t name = 1, user_id = 2, hash = 3, expires_at = 4, read_only = 5, scopes = 6, is_session = 7; }
namespace source { inline constexpr std::uint16_t name = 1; }
namespace close_reason { inline constexpr std::uint16_t name = 1, outcome = 2, is_archived = 3; }
namespace company {
inline constexpr std::uint16_t name = 1, owner_id = 2, source_id = 3, emails = 4, phones = 5, address = 6, website = 7,
    tax_id = 8, description = 9, groups = 13, tags = 14, merged_into = 30;
}
namespace person {
inline constexpr std::uint16_t name = 1, owner_id = 2, source_id = 3, emails = 4, phones = 5, address = 6, website = 7,
    company_id = 8, description = 9, first_name = 10, last_name = 11, job_title = 12, groups = 13,
    tags = 14, merged_into = 30;
}
namespace process { inline constexpr std::uint16_t name = 1, is_default = 2, is_archived = 3; }
namespace deal {
inline constexpr std::uint16_t name = 1, process_id = 2, stage_id = 3, furthest_stage_id = 4, company_id = 5, person_id = 6,
    owner_id = 7, participant_ids = 8, source_id = 9, value = 10, currency = 11, expected_close_on = 12, visibility = 13,
    description = 14, kind = 15, status = 16, closed_at = 17, closed_by = 18, close_reason_id = 19, close_note = 20,
    stage_entered_at = 21, done_actions = 22, credited_owner_id = 23, closing_done_weight = 24, closing_total_weight = 25,
    closing_process_version = 26, groups = 27, tags = 28,
    // Not in the table but `realised`: lines and costs have a shape of their own (view.h), sums of them are for folds.
    lines = 29, costs = 30, lines_value = 31, realised = 32, forecast_costs = 33, realised_costs = 34;
}
namespace task {
inline constexpr std::uint16_t name = 1, type_id = 2, priority = 3, due_on = 4, due_at = 5, assignee_id = 6, deal_id = 7,
    person_id = 8, company_id = 9, description = 10, status = 11, completed_at = 12, completed_by = 13, lead_id = 30,
    series_id = 31, occurrence_on = 32, frequency = 33, every = 34, weekdays = 35, until = 36, times = 37, space_id = 40;
}
// What the occurrences of a series have of it has the same number there.
namespace series {
inline constexpr std::uint16_t name = task::name, type_id = task::type_id, priority = task::priority, assignee_id = task::assignee_id,
    deal_id = task::deal_id, person_id = task::person_id, company_id = task::company_id, description = task::description,
    lead_id = task::lead_id, frequency = task::frequency, every = task::every, weekdays = task::weekdays, until = task::until,
    times = task::times, starts_on = 11, time_of_day = 12, space_id = task::space_id;
}
namespace note {
inline constexpr std::uint16_t text = 1, deal_id = 2, person_id = 3, company_id = 4, lead_id = 30, is_private = 31, space_id = 32, file_ids = 33;
}
namespace email {
inline constexpr std::uint16_t message_id = 1, from = 2, to = 3, cc = 4, subject = 5, sent_at = 6, deal_id = 7, person_id = 8,
    company_id = 9, lead_id = 30;
}
// Dictionaries. Their names have the same number.
namespace word { inline constexpr std::uint16_t name = 1, is_archived = 2; }
namespace product {
inline constexpr std::uint16_t name = 1, is_archived = 2, sku = 3, category_id = 4, price = 5, unit = 6;
}
namespace exchange_rate { inline constexpr std::uint16_t currency = 1, day = 2, rate = 3; }
namespace custom_field {
inline constexpr std::uint16_t collection = 1, key = 2, label = 3, type = 4, required = 5, personal = 6, choices = 7, retired_choices = 8, number = 9;
}
namespace saved_filter { inline constexpr std::uint16_t name = 1, collection = 2, filter = 3, is_shared = 4; }
namespace space { inline constexpr std::uint16_t name = 1, description = 2, owner_id = 3; }
// What it hangs on has the numbers that a note's links have.
namespace file {
inline constexpr std::uint16_t name = 1, deal_id = 2, person_id = 3, company_id = 4, type = 5, size = 6, sha256 = 7, stored_as = 8, lead_id = 30, space_id = 32;
static_assert(deal_id == note::deal_id && person_id == note::person_id && company_id == note::company_id && lead_id == note::lead_id && space_id == note::space_id);
}
namespace scorecard {
inline constexpr std::uint16_t holder_user_id = 1, holder_team_id = 2, period_kind = 3, period_start = 4, period_end = 5, anchor = 6,
    auto_duplicate = 7, group_key = 8, deletions_seen = 9,
    // Not in the table: they have a shape of their own (view.h).
    parameters = 10, values = 11;
inline constexpr std::uint16_t settled_at = 12;
}
// What a lead and a deal have in common has the same number, so that columns are read alike; 13, a deal's visibility, stays
// unused: leads are private.
namespace lead {
inline constexpr std::uint16_t title = 1, deal_id = 2, stage_id = 3, furthest_stage_id = 4, company_id = 5, person_id = 6,
    owner_id = 7, participant_ids = 8, source_id = 9, value = 10, raw_name = 12, raw_company_name = 29, description = 14,
    is_repeat = 15, status = 16, closed_at = 17, closed_by = 18, close_reason_id = 19, close_note = 20, stage_entered_at = 21,
    converted_at = 22, credited_owner_id = 23, raw_emails = 24, raw_phones = 25, raw_address = 26, raw_website = 27, raw_job_title = 28, tags = 31;
static_assert(stage_id == deal::stage_id && owner_id == deal::owner_id && participant_ids == deal::participant_ids &&
              status == deal::status && closed_at == deal::closed_at && closed_by == deal::closed_by &&
              stage_entered_at == deal::stage_entered_at && credited_owner_id == deal::credited_owner_id);
}
// Who began it and when are created_by and created_at.
namespace batch { inline constexpr std::uint16_t kind = 1, collection = 2, target_ids = 3, undoes_id = 4, undoes_command = 5; }
namespace lead_stage { inline constexpr std::uint16_t name = 1, position = 2; }
}  // namespace field

}  // namespace dealog
