#pragma once
// The fold: how a record changes the live tables and their histories. Everything that follows by rule for many
// objects from one event happens here (ARCHITECTURE 3): deleting a source, removing a stage, a new version of a
// process.
//
// Threads: one at a time; ReadModels holds the lock.

#include <array>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "domain/facts.h"
#include "projections/live_world.h"
#include "projections/merges.h"
#include "projections/processes.h"
#include "projections/table_model.h"

namespace dealog::projections {

class Fold {
 public:
  Fold();

  // When it throws, every column is as it was before the record.
  void apply(const fb::Record& record, const Fields* personal);
  Position position() const { return position_; }
  // Costs a pointer for each kind.
  std::shared_ptr<const Pinned> pin() const;
  const Storage& storage() const { return *storage_; }

 private:
  struct Current;      // the record that is being applied
  struct Undo {
    Kind kind;
    bool is_large, has_history;
    std::uint16_t field;
    Row row;
    std::int64_t before;
  };

  TableModel& edit(Kind kind);
  Row row_of(Kind kind, Handle handle) const;
  void prefetch_deal(Row row, bool is_move) const;
  void put(Kind kind, std::uint16_t field, Row row, std::int64_t value, bool is_large, bool has_history);
  void refresh_presence(Kind kind, Row row);
  FieldHistory& history(Slot& slot);
  void note(Slot& slot, Row row, Stamp stamp, Instant from);
  void assign_small(Kind kind, std::uint16_t field, Row row, std::uint32_t value, Instant from);
  void assign_large(Kind kind, std::uint16_t field, Row row, std::int64_t value, Instant from);

  void fold(const fb::Record& record, const Fields* personal);
  void fact(Current& current, const Fact& fact);
  void deed(Current& current, const Fact& fact);
  void after_deal(Current& current);
  void after_participants(Current& current);
  void after_task(Current& current);
  void define(Current& current, const fb::Record& record);
  struct Removal;
  void move_from_removed_stages(const ProcessVersion& version, Instant from);
  void move_if_removed(const Removal& removal, Row deal, Instant from);
  void follow_versions_between(Row deal, Instant after, Instant before);
  void strip(Kind kind, Handle word, Instant from);
  void strip_members(Kind kind, std::uint16_t field, Handle word, Instant from);
  void delete_cards_of(Handle user, Instant from);
  // fold_notices.cpp
  void add_by_roles(std::span<const std::uint8_t> roles, std::vector<Handle>& receivers) const;
  void add_people_of(Row deal, std::vector<Handle>& receivers) const;
  void tell_of_action(const fb::Record& record, Row deal, Handle doer);
  void tell_of_request(const fb::Record& record, Row user, Handle doer);
  void tell(const Notice& notice, std::vector<Handle> receivers);
  // fold_merge.cpp
  void merge(Kind kind, Row into, Handle into_handle, const fb::Record& record);
  void unite(Kind kind, std::uint16_t field, Row into, Row from, Instant at);
  void repoint(Kind kind, Handle from, Handle into, Instant at);
  void refresh_weights(Row deal);
  void refresh_value(Row deal);
  void visit_stage(Kind kind, Row row, Handle stage);
  void activity(Row deal, Instant at);
  Row deal_of_open_task(Row task) const;
  void roll_back();

  std::shared_ptr<Storage> storage_;
  std::array<Shared<TableModel>, kind_count> tables_;
  Shared<Participation> participation_, lead_participation_;
  Shared<Merges> merges_;
  std::shared_ptr<const ProcessVersions> versions_;
  std::unordered_map<Handle, std::shared_ptr<const ProcessVersion>> newest_version_;
  std::array<std::array<Ref, slot_count>, kind_count> last_text_{};  // the same word again needs no second copy
  Position position_ = 0;
  std::int64_t recorded_at_ = INT64_MIN;
  Stamp first_stamp_ = 0;  // of the record that is being applied
  std::size_t notices_ = 0, deliveries_ = 0;
  std::size_t notices_before_ = 0, deliveries_before_ = 0;
  std::vector<Undo> undo_;
  struct RowsBefore { Kind kind; Row rows; };
  std::vector<RowsBefore> rows_before_;
  std::vector<std::uint32_t> members_;  // scratch
};

}  // namespace dealog::projections
