#include "api/deal_lines.h"

namespace dealog::api {
namespace {

// "1.000" in thousandths.
std::int64_t quantity_of(const json::value& value, const std::string& pointer, Faults& faults) {
  const auto millionths = read_decimal(value, pointer, faults);
  if (millionths && *millionths % 1000 != 0) faults.impossible(pointer, "invalid", "A quantity has at most three decimals.");
  return millionths.value_or(0) / 1000;
}

}  // namespace

command::Amount amount_of(const MoneyInput& money, const std::string& pointer, Faults& faults) {
  const std::string there = pointer_to(pointer, "amount");
  if (!is_decimal(money.amount) && !faults.names(there) && !faults.names(pointer)) faults.unreadable(there, "a decimal number such as 1234.50");
  return {money.amount, money.currency};
}

std::vector<command::Line> lines_in(const std::vector<LineBody>& given, Faults& faults) {
  std::vector<command::Line> lines;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const LineBody& body = given[i];
    const std::string at = "/lines/" + std::to_string(i);
    command::Line line{.id = body.id.value_or(Uuid{}), .product = body.product_id.value_or(Uuid{}), .name = body.name,
                       .quantity = body.quantity && !body.quantity->is_null() ? quantity_of(*body.quantity, at + "/quantity", faults) : 1000,
                       .day = body.date, .kind = body.kind.value_or(event::AmountKind::forecast)};
    if (body.price) line.price = amount_of(*body.price, at + "/price", faults);
    if (body.discount && !body.discount->is_null()) line.discount = read_percent(*body.discount, at + "/discount", faults).value_or(0);
    if (body.recurrence) {
      line.has_recurrence = true;
      line.every_months = static_cast<std::uint32_t>(body.recurrence->every_months);
      line.times = static_cast<std::uint32_t>(body.recurrence->times);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<command::Line> read_lines(const json::value& value, Faults& faults) {
  const json::object body{{"lines", value}};
  Faults unread;
  const auto read = decode_object<LinesBody>(body, unread);
  if (unread.empty()) return lines_in(read.lines, faults);
  for (InputFault& fault : unread.all) faults.add(std::move(fault));
  return {};
}

}  // namespace dealog::api
