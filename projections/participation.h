#pragma once
// Which deals, or leads, a user participates in: the rights mask of a salesperson must not ask every deal for its set.
// Copied to pin it, like a table.

#include <algorithm>
#include <span>
#include <unordered_map>
#include <vector>

#include "projections/interner.h"
#include "projections/shared.h"

namespace dealog::projections {

class Participation : public Counted {
 public:
  // Ascending.
  std::vector<Row> rows_of(Handle user) const {
    const auto found = lists_.find(user);
    return found == lists_.end() ? std::vector<Row>() : found->second->rows;
  }
  // The fold's.
  void change(Row row, std::span<const Handle> before, std::span<const Handle> after) {
    for (const Handle user : before)
      if (std::ranges::find(after, user) == after.end()) {
        std::vector<Row>& rows = own(user);
        if (const auto place = std::ranges::lower_bound(rows, row); place != rows.end() && *place == row) rows.erase(place);
      }
    for (const Handle user : after) {
      std::vector<Row>& rows = own(user);
      if (const auto place = std::ranges::lower_bound(rows, row); place == rows.end() || *place != row) rows.insert(place, row);
    }
  }

 private:
  struct List : Counted {
    std::vector<Row> rows;
  };
  std::vector<Row>& own(Handle user) {
    Shared<List>& list = lists_[user];
    if (!list) list = Shared<List>(new List);
    else if (!list.is_sole()) list = Shared<List>(new List(*list));
    return list->rows;
  }
  std::unordered_map<Handle, Shared<List>> lists_;
};

}  // namespace dealog::projections
