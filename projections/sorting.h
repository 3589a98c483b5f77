#pragma once
// The order of lists and cards: `sort=-value,name`. Nulls come last in either direction, equal rows in order of
// creation. Only what is shown is put in full order: the first k of many are selected, not sorted.

#include <compare>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "projections/filter.h"
#include "projections/query_fields.h"

namespace dealog::projections {

class Order {
 public:
  // Faults at `sort`. Empty: creation order.
  Order(const Ground& ground, Kind kind, std::string_view sort, Faults& faults);

  bool is_creation() const { return keys_.empty(); }
  // REQUIRES: limit > 0. The first `limit` rows of `rows` after the row `after` (no_row: from the start), in order. `rows` is consumed;
  // `after` need not be among them.
  std::vector<Row> first(std::vector<Row> rows, std::size_t limit, Row after) const;

 private:
  struct Key {
    bool descending = false;
    bool is_text = false;
    bool is_id = false;
    std::uint16_t column = 0;
    const Column<std::int64_t>* numbers = nullptr;
    const Column<Handle>* handles = nullptr;
    const Column<std::uint8_t>* presence = nullptr;
    const Column<Handle>* only_open = nullptr;    // days_in_stage: null for closed deals
    std::shared_ptr<const NumberSource> computed;
  };
  // A number that sorts as the key does, direction and nulls included; not for texts and ids.
  std::int64_t rank(const Key& key, Row row) const;
  std::strong_ordering compare(const Key& key, Row a, Row b) const;
  bool before(Row a, Row b, std::size_t from_key) const;

  const World* world_;
  const Table* table_;
  std::vector<Key> keys_;
};

}  // namespace dealog::projections
