#include "api/audit.h"

#include "api/logging.h"
#include "domain/events_generated.h"

namespace dealog::api {

namespace {

constexpr std::int64_t least_ms_between_checkpoints = 1000;
constexpr std::int64_t ms_between_heads = 3'600'000;

// Heads of a short log are made again each time, so that many small accounts do not each hold 6 MB.
constexpr Position short_log = 50'000;

}  // namespace

void Audit::observe(const fb::Record& record) {
  if (record.kind() != fb::ObjectKind::account) return;
  if (record.event_type() == fb::Event::HeadsCommitted) {
    const std::lock_guard lock(mutex_);
    newest_heads_ = {record.position(), Instant{record.recorded_at()}, std::get<event::HeadsCommitted>(event_of(record))};
  } else if (record.event_type() == fb::Event::SigningKeyChanged) {
    const std::lock_guard lock(mutex_);
    key_changes_.push_back({record.position(), Instant{record.recorded_at()}, std::get<event::SigningKeyChanged>(event_of(record))});
    if (!checkpoints_) return;
    try {
      checkpoints_->changed(key_changes_.back().change);
    } catch (const eventstore::StorageError& error) {
      log(LogLevel::error, error.what());   // the next key signs already; the previous one is wiped at the next opening
    }
  }
}

void Audit::open(eventstore::Files& files, const std::filesystem::path& directory, const Uuid& account) {
  const std::lock_guard lock(mutex_);
  std::optional<eventstore::Hash32> named;
  if (!key_changes_.empty()) named = key_changes_.back().change.next;
  try {
    checkpoints_ = std::make_unique<eventstore::Checkpoints>(files, directory, account, log_.head(), named);
    trouble_.clear();
  } catch (const eventstore::StorageError& error) {
    trouble_ = error.what();
    log(LogLevel::error, trouble_);
  }
}

eventstore::Checkpoints& Audit::checkpoints() const {
  const std::lock_guard lock(mutex_);
  if (!checkpoints_) throw eventstore::StorageError(trouble_);
  return *checkpoints_;
}

std::shared_ptr<const eventstore::SignedCheckpoint> Audit::checkpoint(Instant now, Position at_least) {
  eventstore::Checkpoints& signer = checkpoints();
  const auto newest = signer.newest();
  {
    const std::lock_guard lock(mutex_);
    const bool is_fresh = signed_at_ && now.ms - signed_at_->ms < least_ms_between_checkpoints;
    if (newest && newest->checkpoint.size >= at_least && is_fresh) return newest;
    signed_at_ = now;
  }
  return signer.sign(log_.head());
}

std::shared_ptr<const eventstore::SignedCheckpoint> Audit::newest() const {
  const std::lock_guard lock(mutex_);
  return checkpoints_ ? checkpoints_->newest() : nullptr;
}

void Audit::close() {
  try {
    checkpoints().sign(log_.head());
  } catch (const eventstore::StorageError& error) {
    log(LogLevel::error, error.what());
  }
}

eventstore::VerifierKey Audit::verifier() const { return checkpoints().verifier(); }

event::SigningKeyChanged Audit::prepare_key_change() { return checkpoints().prepare_change(); }

std::vector<Audit::KeyChange> Audit::key_changes() const {
  const std::lock_guard lock(mutex_);
  return key_changes_;
}

std::optional<Audit::HeadsRecord> Audit::newest_heads() const {
  const std::lock_guard lock(mutex_);
  return newest_heads_;
}

bool Audit::heads_are_due(Instant now) const {
  const auto newest = newest_heads();
  if (log_.head().position <= (newest ? newest->position : 0)) return false;
  Instant last = newest ? newest->recorded_at : now;
  if (!newest)   // a new account has its first at the next full hour
    log_.read(0, 1, [&](const eventstore::StoredRecord& first) {
      last = envelope(first.record).recorded_at;
      return true;
    });
  return now.ms / ms_between_heads > last.ms / ms_between_heads;
}

Audit::HeadsAt Audit::heads_at(Position up_to, ObjectRef object) {
  const std::lock_guard lock(heads_mutex_);
  if (!heads_ || heads_up_to_ > up_to) {
    heads_ = std::make_unique<eventstore::Heads>();
    heads_up_to_ = 0;
  }
  log_.read(heads_up_to_, up_to, [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    heads_->add(around.object, around.version, eventstore::leaf_hash(stored.bytes));
    heads_up_to_ = around.position;
    return true;
  });
  HeadsAt found{.up_to = up_to, .root = heads_->root(), .opening = heads_->open(object)};
  if (up_to < short_log) heads_.reset();
  return found;
}

}  // namespace dealog::api
