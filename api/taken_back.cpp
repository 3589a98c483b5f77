#include "api/taken_back.h"

#include <set>

#include "domain/fields.h"
#include "projections/layout.h"
#include "projections/world.h"

namespace dealog::api {

TakenBack::TakenBack(const projections::World& live) {
  const auto& batches = live.table(Kind::batch);
  const auto& self = batches.self();
  const auto& undoes = batches.handles(field::batch::undoes_id);
  const auto& undoes_command = batches.numbers(field::batch::undoes_command);
  // The newest first: whether an undo stands is known before what it took back is looked at.
  for (projections::Row row = batches.rows(); row-- > 0;) {
    if (undoes[row] == 0 && undoes_command[row] == projections::null_number) continue;
    const Uuid undo = live.id(self[row]);
    if (batches_.contains(undo)) continue;
    if (undoes[row] != 0) batches_.emplace(live.id(undoes[row]), undo);
    else commands_.emplace(static_cast<Position>(undoes_command[row]), undo);
  }
}

void TakenBack::settle(Account& account, std::vector<Happened>& history) const {
  if (batches_.empty() && commands_.empty()) return;
  std::map<Position, Uuid> ids;   // of the batches in this history
  std::set<Uuid> present;
  for (const Happened& it : history) {
    if (it.around.batch == 0 || ids.contains(it.around.batch)) continue;
    const auto found = account.writer().batch_at(it.around.batch);
    if (!found) continue;
    ids.emplace(it.around.batch, found->id);
    present.insert(found->id);
  }
  const auto batch_of = [&](const Happened& it) {
    const auto found = ids.find(it.around.batch);
    return found == ids.end() ? Uuid{} : found->second;
  };
  // An undo that did nothing to this object (what an import made may stay) settles nothing in it.
  std::map<Uuid, Position> since;   // by undo
  for (Happened& it : history) {
    const auto of_command = commands_.find(it.around.command);
    const auto of_batch = batches_.find(batch_of(it));
    const Uuid undo = of_command != commands_.end() ? of_command->second : of_batch != batches_.end() ? of_batch->second : Uuid{};
    if (undo.is_nil() || !present.contains(undo)) continue;
    it.settled_since = it.around.position;
    since.emplace(undo, it.around.position);
  }
  for (Happened& it : history)
    if (const auto found = since.find(batch_of(it)); found != since.end()) it.settled_since = found->second;
}

}  // namespace dealog::api
