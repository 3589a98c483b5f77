#pragma once
// A World of the present: pinned tables as they are, and what is derived from them when it is asked for.

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/calendar.h"
#include "projections/board_memory.h"
#include "projections/participation.h"
#include "projections/processes.h"
#include "projections/table_model.h"
#include "projections/teams.h"
#include "projections/world.h"

namespace dealog::projections {

class PastWorld;

// Everything at one position of the log. Immutable.
struct Pinned {
  std::shared_ptr<const Storage> storage;
  std::array<Shared<const TableModel>, kind_count> tables;
  std::shared_ptr<const ProcessVersions> versions;
  Position position = 0;
  Stamp stamps = 0;
  std::size_t recorded = 0;
  std::size_t handles = 0;
  std::size_t notices = 0, deliveries = 0;
  Shared<const Participation> participation, lead_participation;
  Shared<const Merges> merges;
};

// The words that custom fields offer or offered, by choice_id. They point into the texts of the storage.
using Choices = std::unordered_map<Uuid, std::string_view>;

// What Worlds that follow one another share. Belongs to the models; Worlds hold it weakly.
class Caches {
 public:
  const std::shared_ptr<BoardMemory>& board_memory() const { return boards_; }
  std::shared_ptr<const Processes> processes(const Pinned& pinned, const Table& table);
  std::shared_ptr<const Teams> teams(const Pinned& pinned);
  std::shared_ptr<const Calendar> calendar(std::string_view zone);
  std::shared_ptr<const Choices> choices(const Pinned& pinned);
  // The past world of that moment, or what `make` makes. The last eight are kept, whatever position they were made
  // at, as long as the account's settings are the same.
  std::shared_ptr<const PastWorld> past(const Pinned& pinned, Moment moment, const std::function<std::shared_ptr<const PastWorld>()>& make);

 private:
  std::mutex lock_;
  Shared<const TableModel> processes_of_;
  std::shared_ptr<const ProcessVersions> versions_of_;
  std::shared_ptr<const Processes> processes_;
  Shared<const TableModel> users_of_, teams_of_;
  std::shared_ptr<const Teams> teams_;
  std::shared_ptr<const Calendar> calendar_;
  std::string zone_;
  std::mutex choices_lock_;   // on its own: it is taken while the fold stands still
  Shared<const TableModel> choices_of_;
  std::shared_ptr<const Choices> choices_;
  std::shared_ptr<BoardMemory> boards_ = std::make_shared<BoardMemory>();
  struct Kept { Shared<const TableModel> account; Moment moment; std::shared_ptr<const PastWorld> world; };
  std::vector<Kept> past_;  // newest use last
};

// A pinned table through the contract.
class LiveTable final : public Table {
 public:
  LiveTable() = default;
  LiveTable(const TableModel& model, const Storage& storage) : model_(&model), storage_(&storage) {}

  Kind kind() const override { return model_->kind; }
  Row rows() const override { return model_->rows; }
  const Column<std::int64_t>& numbers(std::uint16_t field) const override { return model_->large(field); }
  const Column<Handle>& handles(std::uint16_t field) const override { return model_->small(field); }
  std::string_view text(std::uint16_t field, Row row) const override { return storage_->texts.text(model_->small(field)[row]); }
  bool has_text(std::uint16_t field, Row row) const override { return model_->small(field)[row] != 0; }
  const TextArena& arena() const override { return storage_->texts; }
  std::vector<std::string_view> texts(std::uint16_t field, Row row) const override { return storage_->texts.list(model_->small(field)[row]); }
  std::span<const Handle> members(Handle set) const override { return storage_->sets.members(set); }
  const Column<std::uint8_t>& presence() const override { return model_->presence; }
  const Column<Handle>& self() const override { return model_->self; }
  std::vector<DoneAction> done_actions(Row row) const override;
  Version version(Row row) const override { return model_->small(inner::version)[row]; }
  bool is_erased(Row row) const override { return model_->small(inner::erased)[row] != 0; }

 private:
  const TableModel* model_ = nullptr;
  const Storage* storage_ = nullptr;
};

// What present and past have in common.
class WorldBase : public World, public std::enable_shared_from_this<WorldBase> {
 public:
  WorldBase(std::shared_ptr<const Pinned> pinned, std::weak_ptr<Caches> caches) : pinned_(std::move(pinned)), caches_(std::move(caches)) {}

  Handle handle(const Uuid& id) const override { return pinned_->storage->interner.find(id); }
  Uuid id(Handle handle) const override { return pinned_->storage->interner.id(handle); }
  using World::row;
  Row row(Kind kind, Handle handle) const override;

  std::span<const ProcessInfo> processes() const override { return the_processes().infos(); }
  const ProcessInfo* process(Handle handle) const override { return the_processes().find(handle); }
  const ProcessInfo* default_process() const override { return the_processes().default_one(); }
  bool in_team(Handle user, Handle team, Instant at) const override { return the_teams().is_member(user, team, at); }
  int always_in_team(Handle user, Handle team) const override { return the_teams().always(user, team); }

  // Today's, as rights are.
  std::vector<Row> participated(Kind kind, Handle user) const override {
    return (kind == Kind::lead ? pinned_->lead_participation : pinned_->participation)->rows_of(user);
  }
  const Calendar& calendar() const override;
  std::string_view currency() const override;
  Shared<const Merges> merges() const override { return pinned_->merges; }
  bool setting(std::uint16_t account_field) const override;
  Position position_at(Instant recorded) const override;
  bool has_foreign_deals() const override { return pinned_->tables[index_of(Kind::deal)]->slot(inner::foreign).size > 0; }
  std::span<const CustomInfo> custom_fields(Kind kind) const override;
  std::string_view choice(Handle handle) const override;
  View view(Kind kind, Row row) const override;
  void for_each_notice(Handle user, const std::function<bool(const Notice&)>& visit) const override;

  const Pinned& pinned() const { return *pinned_; }
  const Processes& the_processes() const;
  const Teams& the_teams() const;

 protected:
  virtual std::shared_ptr<const Processes> make_processes() const = 0;
  virtual std::shared_ptr<const Teams> make_teams() const = 0;

  std::shared_ptr<const Pinned> pinned_;
  std::weak_ptr<Caches> caches_;

 private:
  mutable std::once_flag processes_once_, teams_once_, calendar_once_, custom_once_, choices_once_;
  mutable std::array<std::vector<CustomInfo>, kind_count> custom_;
  mutable std::shared_ptr<const Choices> choices_;
  mutable std::shared_ptr<const Processes> processes_;
  mutable std::shared_ptr<const Teams> teams_;
  mutable std::shared_ptr<const Calendar> calendar_;
};

class LiveWorld final : public WorldBase {
 public:
  LiveWorld(std::shared_ptr<const Pinned> pinned, std::weak_ptr<Caches> caches);

  Position position() const override { return pinned_->position; }
  Moment moment() const override { return {end_of_time, pinned_->position}; }
  bool is_live() const override { return true; }
  std::shared_ptr<const World> at(Moment moment) const override;
  std::shared_ptr<BoardMemory> board_memory() const override {
    const auto caches = caches_.lock();
    return caches ? caches->board_memory() : nullptr;
  }
  const Table& table(Kind kind) const override { return tables_[index_of(kind)]; }
  std::span<const Row> open_tasks_of(Row deal) const override {
    return tables_[index_of(Kind::deal)].set(inner::task_set, deal);
  }

 private:
  std::shared_ptr<const Processes> make_processes() const override;
  std::shared_ptr<const Teams> make_teams() const override;

  std::array<LiveTable, kind_count> tables_;
};

// Who did the actions of a deal, and when, as the view shows it. `newest`: the number of its newest deed, plus one; those count
// that have a stamp below `cut` and hold at `as_of`. Looks at the deal's deeds back to the oldest that still counts.
std::vector<DoneAction> done_actions_of(const Storage& storage, const FieldHistory* history, std::span<const Handle> actions,
                                        std::uint32_t newest, Stamp cut, Instant as_of);

}  // namespace dealog::projections
