#include "eventstore/verify_audit.h"

#include "domain/audit.h"
#include "domain/events_generated.h"
#include "eventstore/log_index.h"

namespace dealog::eventstore {

AuditVerifier::AuditVerifier(Files& files, const std::filesystem::path& directory, const Uuid& account)
    : files_(files), directory_(directory), account_(account), promised_(read_checkpoint(files, directory)) {}

std::optional<Checkpoint> AuditVerifier::checkpoint() const {
  if (!promised_) return std::nullopt;
  return promised_->checkpoint;
}

void AuditVerifier::settle(Position up_to) {
  while (!pending_.empty() && pending_.front().position <= up_to) {
    const Pending& next = pending_.front();
    heads_.add(next.object, next.version, next.leaf);
    settled_ = next.position;
    pending_.pop_front();
  }
}

void AuditVerifier::record(const fb::Record& record, const Hash32& leaf, const Frontier& frontier) {
  const Position at = record.position();
  if (record.event_type() == fb::Event::HeadsCommitted) check_heads(std::get<event::HeadsCommitted>(event_of(record)), at);
  if (record.event_type() == fb::Event::SigningKeyChanged) check_change(std::get<event::SigningKeyChanged>(event_of(record)));
  pending_.push_back({at, object_of(record), record.version(), leaf});
  if (at > most_heads_lag) settle(at - most_heads_lag - 1);
  if (promised_ && frontier.size() == promised_->checkpoint.size && frontier.root() != promised_->checkpoint.root)
    throw StorageError("the records up to here are not those that the checkpoint promises");
}

void AuditVerifier::check_heads(const event::HeadsCommitted& committed, Position at) {
  ++heads_seen_;
  if (committed.up_to >= at || committed.up_to < settled_) throw StorageError("the heads committed here are of position " + std::to_string(committed.up_to) + ", which cannot be");
  settle(committed.up_to);
  if (heads_.root() != committed.root) throw StorageError("the heads committed here are not those of the log up to position " + std::to_string(committed.up_to));
}

void AuditVerifier::check_change(const event::SigningKeyChanged& change) {
  if (!is_signed(change)) throw StorageError("the change of the signing key is not signed by the previous key");
  if (!changes_.empty() && (changes_.back().next != change.previous || changes_.back().origin != change.origin))
    throw StorageError("the signing key that is changed here is not the one that signed before");
  changes_.push_back(change);
}

void AuditVerifier::finish(const Head& head) {
  std::optional<Hash32> named;
  if (!changes_.empty()) named = changes_.back().next;
  if (!files_.exists(directory_ / "signing") && !promised_ && !named) return;   // never opened since there are checkpoints
  const SigningKey key = read_signing_key(files_, directory_ / "signing", account_, named);
  if (!changes_.empty() && changes_.back().origin != key.origin) throw StorageError("the signing key has another origin than the log names");
  if (!promised_) return;
  if (promised_->checkpoint.size > head.position)
    throw StorageError("the checkpoint promises " + std::to_string(promised_->checkpoint.size) + " records, the log has " + std::to_string(head.position));
  // Signed by the present key, or by the previous one when the change came just after.
  std::vector<Hash32> signers{key.pair.open};
  for (const event::SigningKeyChanged& change : changes_) signers.push_back(change.previous);
  for (const Hash32& signer : signers)
    if (open_note(promised_->note, {key.origin, signer}) && promised_->checkpoint.origin == key.origin) return;
  throw StorageError("the checkpoint is not signed by a key of this account");
}

}  // namespace dealog::eventstore
