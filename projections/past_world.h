#pragma once
// A World of another moment: the same tables, each column made when it is first asked for, by one pass over its
// version rows. A column that has not changed since the moment is the live one itself.

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "projections/live_world.h"

namespace dealog::projections {

class PastWorld;

class PastTable final : public Table {
 public:
  void open(const PastWorld& world, const TableModel& model, const Storage& storage);

  Kind kind() const override { return model_->kind; }
  Row rows() const override { return model_->rows; }
  const Column<std::int64_t>& numbers(std::uint16_t field) const override;
  const Column<Handle>& handles(std::uint16_t field) const override;
  std::string_view text(std::uint16_t field, Row row) const override { return storage_->texts.text(handles(field)[row]); }
  bool has_text(std::uint16_t field, Row row) const override { return handles(field)[row] != 0; }
  const TextArena& arena() const override { return storage_->texts; }
  std::vector<std::string_view> texts(std::uint16_t field, Row row) const override { return storage_->texts.list(handles(field)[row]); }
  std::span<const Handle> members(Handle set) const override {
    return (set & own_set) != 0 ? sets_.members(set & ~own_set) : storage_->sets.members(set);
  }
  const Column<std::uint8_t>& presence() const override;
  const Column<Handle>& self() const override { return model_->self; }
  std::vector<DoneAction> done_actions(Row row) const override;
  Version version(Row row) const override { return handles(inner::version)[row]; }
  bool is_erased(Row row) const override { return handles(inner::erased)[row] != 0; }

  // Nothing in the field's history lies beyond the moment.
  bool is_unchanged(std::uint16_t field) const;

 private:
  struct Made {
    std::once_flag once;
    bool shared = false;              // the live column
    Column<std::uint32_t> small;
    Column<std::int64_t> large;
  };

  Made& made_of(std::uint16_t field) const;
  const Made& made(std::uint16_t field) const;
  void make(std::uint16_t field, Made& at) const;
  void make_weights() const;
  void make_value(Made& at) const;
  void make_last_activity(Made& at) const;
  void make_visited_stages(Made& at) const;
  void reassemble_deeds(const std::vector<std::uint32_t*>& column) const;
  template <class T, class F>
  void replay_field(std::uint16_t field, const SegmentedLog<T> FieldHistory::*values, F&& f) const;

  const PastWorld* world_ = nullptr;
  const TableModel* model_ = nullptr;
  const Storage* storage_ = nullptr;
  mutable std::array<Made, slot_count> made_;
  mutable std::unique_ptr<Made[]> made_custom_;
  mutable std::once_flag presence_once_, weights_once_;
  mutable Column<std::uint8_t> presence_;
  // Sets that the log never had as such: visited stages, and actions of deals whose deeds were recorded out of order. Their
  // references have the top bit.
  static constexpr Ref own_set = 0x8000'0000u;
  mutable std::mutex sets_growing_;      // two columns may be made at once
  mutable SetArena sets_;
};

class PastWorld final : public WorldBase {
 public:
  // REQUIRES: moment.known_at is at most the position of `base`.
  PastWorld(std::shared_ptr<const LiveWorld> base, std::shared_ptr<const Pinned> pinned, std::weak_ptr<Caches> caches, Moment moment);

  Position position() const override { return moment_.known_at; }
  Moment moment() const override { return moment_; }
  bool is_live() const override { return false; }
  std::shared_ptr<const World> at(Moment moment) const override;
  const Table& table(Kind kind) const override { return tables_[index_of(kind)]; }
  std::span<const Row> open_tasks_of(Row deal) const override;

  Stamp cut() const { return cut_; }
  const LiveWorld& base() const { return *base_; }
  // Open tasks by deal: counted in make_tasks.
  const std::vector<std::uint32_t>& task_starts() const;
  bool tasks_unchanged() const;
  bool versions_unchanged() const;

 private:
  std::shared_ptr<const Processes> make_processes() const override;
  std::shared_ptr<const Teams> make_teams() const override;

  std::shared_ptr<const LiveWorld> base_;
  Moment moment_;
  Stamp cut_ = 0;
  std::array<PastTable, kind_count> tables_;
  mutable std::once_flag tasks_once_;
  mutable std::vector<std::uint32_t> task_starts_;  // of deal `row`: [row] to [row + 1] in task_rows_
  mutable std::vector<Row> task_rows_;
};

}  // namespace dealog::projections
