#include "projections/layout.h"

namespace dealog::projections {
namespace {

using Layout = std::array<std::array<Held, slot_count>, kind_count>;

Held held_as(FieldType type) {
  switch (type) {
    case FieldType::text: case FieldType::json: return Held::text;
    case FieldType::texts: return Held::texts;
    case FieldType::refs: case FieldType::words: return Held::set;
    case FieldType::word: case FieldType::ref: case FieldType::choice: case FieldType::boolean: return Held::handle;
    case FieldType::integer: case FieldType::money: case FieldType::percent: case FieldType::day:
    case FieldType::instant: case FieldType::decimal: return Held::number;
  }
  return Held::nowhere;
}

Layout make_layout() {
  Layout layout{};
  for (const Kind kind : all_kinds) {
    auto& slots = layout[index_of(kind)];
    for (const FieldSpec& spec : fields_of(kind))
      if (const std::size_t slot = slot_of(spec.number); slot < slot_count) slots[slot] = held_as(spec.type);
    slots[slot_of(inner::version)] = Held::handle;
    slots[slot_of(inner::erased)] = Held::handle;
  }
  auto& deals = layout[index_of(Kind::deal)];
  for (const std::uint16_t field : {derived::done_weight, derived::total_weight, derived::last_activity_at, derived::open_tasks})
    deals[slot_of(field)] = Held::number;
  deals[slot_of(derived::visited_stages)] = Held::set;
  for (const std::uint16_t field : {field::deal::lines, field::deal::costs}) deals[slot_of(field)] = Held::text;
  for (const std::uint16_t field : {field::deal::lines_value, field::deal::forecast_costs, field::deal::realised_costs, derived::value})
    deals[slot_of(field)] = Held::number;
  deals[slot_of(inner::foreign)] = Held::handle;
  layout[index_of(Kind::lead)][slot_of(derived::visited_stages)] = Held::set;
  for (const std::uint16_t field : {field::scorecard::parameters, field::scorecard::values})
    layout[index_of(Kind::scorecard)][slot_of(field)] = Held::text;
  layout[index_of(Kind::user)][slot_of(inner::inbox)] = Held::handle;
  deals[slot_of(inner::task_set)] = Held::set;
  deals[slot_of(inner::touched)] = Held::handle;
  deals[slot_of(inner::last_deed)] = Held::handle;
  return layout;
}

}  // namespace

Held held(Kind kind, std::uint16_t field) {
  if (is_custom(field)) {
    const FieldSpec* spec = find_field(kind, field);
    return spec ? held_as(spec->type) : Held::nowhere;
  }
  static const Layout layout = make_layout();
  const std::size_t slot = slot_of(field);
  return slot < slot_count ? layout[index_of(kind)][slot] : Held::nowhere;
}

}  // namespace dealog::projections
