#include "api/audit.h"

#include "api/logging.h"
#include "domain/events_generated.h"

namespace dealog::api {

namespace {

constexpr std::int64_t least_ms_between_checkpoints = 1000;

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

}  // namespace dealog::api
