#include "eventstore/checkpoints.h"

#include "domain/audit.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

void write_checkpoint(Files& files, const fs::path& directory, std::string_view note) {
  const fs::path made = directory / "checkpoint.new";
  files.remove_all(made);
  {
    const auto file = files.open(made, OpenMode::create_new);
    file->write_at(0, {reinterpret_cast<const std::uint8_t*>(note.data()), note.size()});
    file->sync();
  }
  files.rename(made, directory / "checkpoint");
  files.sync_directory(directory);
}

}  // namespace

std::optional<SignedCheckpoint> read_checkpoint(Files& files, const fs::path& directory) {
  const fs::path path = directory / "checkpoint";
  if (!files.exists(path)) return std::nullopt;
  const Bytes bytes = read_all(*files.open(path, OpenMode::existing));
  SignedCheckpoint found{.note = std::string(bytes.begin(), bytes.end())};
  const auto text = note_text(found.note);
  auto checkpoint = text ? parse_checkpoint(*text) : std::nullopt;
  if (!checkpoint) throw StorageError(path.string() + " is no signed checkpoint");
  found.checkpoint = std::move(*checkpoint);
  return found;
}

Checkpoints::Checkpoints(Files& files, fs::path directory, const Uuid& account, const Head& head, const std::optional<Hash32>& named)
    : files_(files), directory_(std::move(directory)) {
  if (auto found = read_checkpoint(files, directory_)) newest_ = std::make_shared<const SignedCheckpoint>(std::move(*found));
  const fs::path key = directory_ / "signing";
  if (!newest_ && !named && !files.exists(key)) {
    // Beside, then renamed: one that is cut short would never sign, and never be made anew.
    const fs::path made = directory_ / "signing.new";
    files.remove_all(made);
    create_signing_key(files, made, account, new_origin(directory_.filename().string()));
    files.rename(made, key);
    files.sync_directory(directory_);
  }
  key_ = std::make_unique<SigningKeyFile>(files, key, account, named);
  if (!newest_) return;
  const Checkpoint& promised = newest_->checkpoint;
  if (promised.origin != key_->current().origin) throw StorageError("the checkpoint in " + directory_.string() + " is of another history: " + promised.origin);
  if (promised.size > head.position || (promised.size == head.position && promised.root != head.root)) {
    throw StorageError("the log in " + directory_.string() + " is not what its checkpoint of " + std::to_string(promised.size) +
                       " records promises: nothing is signed any more");
  }
  if (open_note(newest_->note, key_->current().verifier())) return;
  if (!named) throw StorageError("the checkpoint in " + directory_.string() + " is not signed by this account's key");
  // By the key before the last change, probably: that is not known here, so it is not given out. The next one will be.
  newest_ = nullptr;
}

std::shared_ptr<const SignedCheckpoint> Checkpoints::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::shared_ptr<const SignedCheckpoint> Checkpoints::sign(const Head& head) {
  const std::lock_guard lock(mutex_);
  if (newest_ && newest_->checkpoint.size >= head.position) return newest_;
  const SigningKey& key = key_->current();
  SignedCheckpoint made{.checkpoint = {key.origin, head.position, head.root}, .note = {}};
  made.note = signed_note(to_text(made.checkpoint), key.origin, key.pair);
  write_checkpoint(files_, directory_, made.note);
  newest_ = std::make_shared<const SignedCheckpoint>(std::move(made));
  return newest_;
}

VerifierKey Checkpoints::verifier() const {
  const std::lock_guard lock(mutex_);
  return key_->current().verifier();
}

event::SigningKeyChanged Checkpoints::prepare_change() {
  const std::lock_guard lock(mutex_);
  if (!next_) next_ = key_->make_next();
  const SigningKey& key = key_->current();
  event::SigningKeyChanged change{.origin = key.origin, .previous = key.pair.open, .next = next_->pair.open, .signature = {}};
  const Signature signature = eventstore::sign(key.pair, key_change_text(change));
  change.signature.assign(signature.begin(), signature.end());
  return change;
}

void Checkpoints::changed(const event::SigningKeyChanged& change) {
  const std::lock_guard lock(mutex_);
  if (!next_ || next_->pair.open != change.next) return;
  key_->use(*next_);
  next_.reset();
}

}  // namespace dealog::eventstore
