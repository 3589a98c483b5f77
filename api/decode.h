#pragma once
// From bodies to values: parsing, and the decoder that the field table of domain/fields.h drives. Structs of one
// route are decoded by describe.h. All faults come at once.

#include <boost/json/fwd.hpp>
#include <boost/json/value.hpp>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/faults.h"
#include "api/route.h"
#include "domain/command.h"
#include "domain/event.h"
#include "domain/fields.h"
#include "domain/money.h"

namespace dealog::api {

namespace json = boost::json;

// The JSON that `text` is, or nothing and a fault that names the byte where reading stopped. Refused besides what is
// not JSON: a key twice in one object, nesting deeper than 32, numbers that do not fit (1e400, integers beyond
// 64 bits), text that is not UTF-8, anything behind the value.
std::optional<json::value> parse_json(std::string_view text, Faults& faults);
// As above, and it must be an object.
std::optional<json::object> parse_object(std::string_view text, Faults& faults);

// Single values, for handlers that read by hand. Nothing and a fault when they cannot be read.
std::optional<std::string> read_text(const json::value& value, std::string_view pointer, Faults& faults);
std::optional<std::int64_t> read_integer(const json::value& value, std::string_view pointer, Faults& faults);
std::optional<bool> read_boolean(const json::value& value, std::string_view pointer, Faults& faults);
std::optional<Uuid> read_uuid(const json::value& value, std::string_view pointer, Faults& faults);
std::optional<Instant> read_instant(const json::value& value, std::string_view pointer, Faults& faults);
std::optional<Day> read_day(const json::value& value, std::string_view pointer, Faults& faults);
// A JSON number, written without an exponent. REQUIRES: value is a number.
std::string digits_of(const json::value& value);
// A number, or a decimal string, in millionths.
std::optional<std::int64_t> read_decimal(const json::value& value, std::string_view pointer, Faults& faults);
// Per cents with at most two decimals, in basis points.
std::optional<std::int64_t> read_percent(const json::value& value, std::string_view pointer, Faults& faults);
// "-12.5": digits with an optional point between them.
bool is_decimal(std::string_view text);
// {"amount": "1234.50", "currency"?: "PLN"} in minor units of the account's currency; another currency is refused.
std::optional<std::int64_t> read_money(const json::value& value, Currency currency, std::string_view pointer, Faults& faults);

enum class Mode : std::uint8_t {
  create,  // required fields must be there (unless `defaulted`), null is as good as absent (but of sources)
  patch,   // absent: unchanged; null: emptied, refused for required fields; what is set at birth is not writable
};

struct FieldRules {
  Mode mode = Mode::create;
  Currency currency;                                  // of money
  // Keys that the handler reads itself ("id", "effective_at"): not unknown here.
  std::span<const std::string_view> allowed = {};
  // Required fields that the decision fills in when they are absent (a deal's name and owner).
  std::span<const std::string_view> defaulted = {};
  // Where amounts go as they are written, when their currency is not known here: a deal's. Null: they are read.
  std::vector<command::AmountOf>* amounts = nullptr;
  // Where {"add", "remove"} of a set goes (set_change.h). Null: sets are given whole.
  std::vector<command::SetChange>* sets = nullptr;
  // In a creation too null is a wish, that of none, where what is absent would be filled in; but not of required fields.
  bool keeps_nulls = false;
};

// The fields of a `kind` that `body` gives, by the field table, in the table's order; faults are added to `faults`
// (what it returns then is what could be read). A derived field is `not_writable` (422), an unknown key
// `unknown_field` (400). "links.deal_id" is looked for inside the object "links".
Fields decode_fields(Kind kind, const json::object& body, const FieldRules& rules, Faults& faults);

// Schemas from the same table. Names: "Deal", "DealCreate", "DealPatch".
//   fields_schema   what decode_fields takes; `more` are the keys that the handler reads itself
//   object_schema   the answer: id, version and all fields that may be shown
//   list_schema     {"data": [...], "page": {...}} of the answer
struct ExtraKey {
  std::string_view name;
  SchemaMaker schema;
};
SchemaMaker fields_schema(Kind kind, Mode mode, std::vector<ExtraKey> more = {}, std::vector<std::string> defaulted = {});
SchemaMaker object_schema(Kind kind, std::vector<ExtraKey> more = {});
SchemaMaker list_schema(Kind kind, std::vector<ExtraKey> more = {});
SchemaMaker money_schema();
SchemaMaker plain_schema(std::string_view type, std::string_view format = {});  // "string", "date-time"
SchemaMaker json_schema(std::string name, std::string_view json_text);          // any schema, written out, under a name
SchemaMaker array_schema(SchemaMaker items);

}  // namespace dealog::api
