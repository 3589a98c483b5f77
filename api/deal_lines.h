#pragma once
// The lines of a deal in bodies: of PUT lines, and of a deal's creation (SPEC 8).

#include <optional>
#include <string>
#include <vector>

#include "api/describe.h"
#include "domain/command.h"

namespace dealog::api {

template <>
struct Words<event::AmountKind> { static constexpr std::string_view all[] = {"forecast", "realised"}; };

struct RecurrenceBody {
  std::int64_t every_months = 0, times = 0;
  static constexpr std::string_view type_name = "Recurrence";
  static constexpr auto describe() {
    return std::tuple{member("every_months", &RecurrenceBody::every_months).range(1, 120), member("times", &RecurrenceBody::times).range(1, 600)};
  }
};

struct LineBody {
  std::optional<Uuid> id, product_id;
  std::optional<std::string> name;
  std::optional<json::value> quantity;
  std::optional<MoneyInput> price;
  std::optional<json::value> discount;
  std::optional<Day> date;
  std::optional<RecurrenceBody> recurrence;
  std::optional<event::AmountKind> kind;
  static constexpr std::string_view type_name = "DealLine";
  static constexpr auto describe() {
    return std::tuple{member("id", &LineBody::id).doc("Stays the line's; made when left out"), member("product_id", &LineBody::product_id),
                      member("name", &LineBody::name).doc("Instead of a product, or beside it"),
                      member("quantity", &LineBody::quantity).doc("A decimal with at most three places; default 1.000"),
                      member("price", &LineBody::price).doc("Of one unit, in the deal's currency; default the product's"),
                      member("discount", &LineBody::discount).doc("Per cent, 0 to 100"),
                      member("date", &LineBody::date).doc("Default: the expected close, else the closing day"),
                      member("recurrence", &LineBody::recurrence), member("kind", &LineBody::kind).doc("Default: forecast")};
  }
};

struct LinesBody {
  std::vector<LineBody> lines;
  static constexpr std::string_view type_name = "DealLines";
  static constexpr auto describe() { return std::tuple{member("lines", &LinesBody::lines)}; }
};

// As commands say them; what cannot be read is a fault below "/lines".
std::vector<command::Line> lines_in(const std::vector<LineBody>& given, Faults& faults);
// From the member "lines" of a body.
std::vector<command::Line> read_lines(const json::value& value, Faults& faults);
// As it was written; a fault when it is no decimal number.
command::Amount amount_of(const MoneyInput& money, const std::string& pointer, Faults& faults);

}  // namespace dealog::api
