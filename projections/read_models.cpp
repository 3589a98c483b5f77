#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>

#include "domain/events_generated.h"
#include "projections/digest.h"
#include "projections/fold.h"
#include "projections/live_world.h"
#include "projections/world.h"

namespace dealog::projections {

// Lock order: this one, then that of the choices (Caches). It is held for one record, and for the few pointers of a pin.
struct ReadModels::Impl {
  mutable std::mutex lock;
  std::unique_ptr<Fold> fold = std::make_unique<Fold>();
  bool is_broken = false;
  std::shared_ptr<Caches> caches = std::make_shared<Caches>();
  // Weak: nobody's pin makes the fold copy what nobody reads.
  mutable std::weak_ptr<const LiveWorld> newest;
  mutable Position newest_position = 0;

  std::shared_ptr<const LiveWorld> pinned() const {
    const std::lock_guard guard(lock);
    if (newest_position == fold->position())
      if (auto same = newest.lock()) return same;
    auto made = std::make_shared<const LiveWorld>(fold->pin(), caches);
    newest = made;
    newest_position = fold->position();
    return made;
  }
};

ReadModels::ReadModels() : impl_(std::make_unique<Impl>()) {}
ReadModels::~ReadModels() = default;

void ReadModels::apply(const fb::Record& record, const Fields* personal) {
  const std::lock_guard guard(impl_->lock);
  if (impl_->is_broken) throw std::logic_error("read models have stopped at position " + std::to_string(impl_->fold->position()));
  try {
    impl_->fold->apply(record, personal);
  } catch (...) {
    impl_->is_broken = true;
    throw;
  }
}

bool ReadModels::replace(const std::function<bool(Position after, Position to, const Sink& sink)>& read) {
  auto fresh = std::make_unique<Fold>();
  const Sink sink = [&](const fb::Record& record, const Fields* personal) { fresh->apply(record, personal); };
  // Most of it while others go on; what they applied meanwhile is little.
  if (!read(0, position(), sink)) return false;
  const std::lock_guard guard(impl_->lock);
  if (!read(fresh->position(), impl_->fold->position(), sink)) return false;
  std::swap(impl_->fold, fresh);
  impl_->caches = std::make_shared<Caches>();
  impl_->newest.reset();
  return true;
}

Position ReadModels::position() const {
  const std::lock_guard guard(impl_->lock);
  return impl_->fold->position();
}

std::shared_ptr<const World> ReadModels::live() const { return impl_->pinned(); }

std::optional<View> ReadModels::present(ObjectRef object) const {
  constexpr std::array whole = {Kind::deal, Kind::lead, Kind::task, Kind::company, Kind::person};
  if (std::find(whole.begin(), whole.end(), object.kind) == whole.end()) return std::nullopt;
  const std::lock_guard guard(impl_->lock);
  const LiveWorld world(impl_->fold->pin(), impl_->caches);   // gone again before the lock is
  const Row row = world.row(object.kind, object.id);
  if (row == no_row) return std::nullopt;
  return world.view(object.kind, row);
}

std::array<std::uint8_t, 32> ReadModels::digest() const { return digest_of(*impl_->pinned()); }

}  // namespace dealog::projections
