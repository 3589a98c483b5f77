#include "eventstore/file_keyring.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_set>

#include "eventstore/bytes.h"
#include "eventstore/log_index.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::size_t key_slot_size = 128;
constexpr std::size_t subject_at = 32;  // Checksum of the subject.
constexpr std::size_t key_at = 48;
constexpr std::size_t mark_at = 80;
constexpr std::uint64_t slots_added = 512;  // Slots at a time: syncing within zeros costs less than growing.
constexpr std::array<char, 4> key_magic = {'D', 'L', 'G', 'K'};

BytesView words(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool all_zero(BytesView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Bytes encode_key_slot(std::uint64_t slot, ObjectRef subject, const SubjectKey* key) {
  Bytes out;
  out.reserve(key_slot_size);
  put(out, key_magic);
  put(out, std::uint16_t{1});
  put(out, subject.kind);
  put(out, std::uint8_t{0});
  put(out, subject.id);
  put(out, slot);
  put(out, checksum16({words("dealog/subject"), out}));
  put(out, key ? *key : SubjectKey{});
  put(out, checksum16({words(key ? "dealog/key" : "dealog/erased"), out}));
  out.resize(key_slot_size);
  return out;
}

std::optional<KeySlot> decode_key_slot(std::uint64_t slot, BytesView bytes) {
  if (bytes.size() < key_slot_size || get<std::array<char, 4>>(bytes, 0) != key_magic) return std::nullopt;
  if (get<std::uint16_t>(bytes, 4) != 1 || get<std::uint64_t>(bytes, 24) != slot) return std::nullopt;
  if (checksum16({words("dealog/subject"), bytes.first(subject_at)}) != get<Hash16>(bytes, subject_at)) {
    return std::nullopt;
  }
  KeySlot found;
  found.subject = {static_cast<Kind>(bytes[6]), get<Uuid>(bytes, 8)};
  const auto mark = get<Hash16>(bytes, mark_at);
  const BytesView marked = bytes.first(mark_at);
  if (mark == checksum16({words("dealog/key"), marked})) {
    found.state = KeyState::sound;
    found.key = get<SubjectKey>(bytes, key_at);
  } else if (mark == checksum16({words("dealog/erased"), marked}) &&
             all_zero(bytes.subspan(key_at, sizeof(SubjectKey)))) {
    found.state = KeyState::erased;
  }
  return found;
}

void create_keys(Files& files, const std::filesystem::path& path, const Uuid& account) {
  const auto file = files.open(path, OpenMode::create_new);
  SubjectKey secret = random_key();
  Bytes bytes = encode_key_slot(0, {Kind::none, account}, &secret);
  bytes.resize(slots_added * key_slot_size);
  file->write_at(0, bytes);
  file->sync();
  wipe(secret);
  wipe(bytes);
}

FileKeyring::FileKeyring(Files& files, const std::filesystem::path& path, const Uuid& account)
    : file_(files.open(path, OpenMode::existing)), path_(path) {
  Bytes bytes = read_all(*file_);
  capacity_ = bytes.size() / key_slot_size;
  const auto own = decode_key_slot(0, bytes);
  if (!own || own->state != KeyState::sound || own->subject.kind != Kind::none) {
    throw StorageError(path_.string() + " is damaged: the account's own secret in slot 0 is not readable");
  }
  if (own->subject.id != account) throw StorageError(path_.string() + " belongs to another account");
  secret_ = own->key;
  keys_.resize(1);
  for (std::uint64_t slot = 1; slot < capacity_; ++slot) {
    const BytesView at = BytesView(bytes).subspan(slot * key_slot_size, key_slot_size);
    if (all_zero(at)) continue;
    const auto found = decode_key_slot(slot, at);
    if (!found || found->subject.kind == Kind::none || slots_.find(found->subject)) {
      throw StorageError(path_.string() + " is damaged: slot " + std::to_string(slot) +
                         " does not tell soundly whose key it holds");
    }
    if (found->state == KeyState::damaged) {
      spdlog::error("{}: the key of {} {} in slot {} is damaged; what was sealed with it cannot be read",
                    path_.string(), name(found->subject.kind), to_string(found->subject.id), slot);
    }
    keys_.resize(slot + 1);
    keys_[slot] = {found->key, found->state};
    slots_[found->subject] = static_cast<std::uint32_t>(slot);
  }
  wipe(bytes);
}

FileKeyring::~FileKeyring() {
  wipe(secret_);
  for (Key& key : keys_) wipe(key.bytes);
}

void FileKeyring::refuse_if_failed() const {
  if (failed_) throw StorageError(*failed_);
}

template <class Write>
void FileKeyring::or_fail(const Write& write) {
  const std::lock_guard whole(file_mutex_);
  try {
    write();
  } catch (const StorageError& error) {
    failed_ = std::string("the keys have failed and take no more changes until a restart: ") + error.what();
    throw StorageError(*failed_);
  }
}

void FileKeyring::ensure(std::span<const ObjectRef> subjects) {
  const std::lock_guard changing(changing_);
  refuse_if_failed();
  std::vector<ObjectRef> fresh;
  std::unordered_set<ObjectRef> seen;
  std::uint64_t first = 0;
  {
    const std::shared_lock lock(mutex_);
    first = keys_.size();
    for (const ObjectRef subject : subjects) {
      if (subject.kind == Kind::none) throw std::logic_error("a key for no object");
      if (!slots_.find(subject) && seen.insert(subject).second) fresh.push_back(subject);
    }
  }
  if (fresh.empty()) return;

  std::vector<Key> keys;
  Bytes bytes;
  bytes.reserve((fresh.size() + slots_added) * key_slot_size);
  for (const ObjectRef subject : fresh) {
    keys.push_back({random_key(), KeyState::sound});
    put_bytes(bytes, encode_key_slot(first + bytes.size() / key_slot_size, subject, &keys.back().bytes));
  }
  const std::uint64_t end = first + fresh.size();
  const bool grows = end > capacity_;
  if (grows) bytes.resize(bytes.size() + slots_added * key_slot_size);
  or_fail([&] {
    file_->write_at(first * key_slot_size, bytes);
    file_->sync();
  });
  if (grows) capacity_ = end + slots_added;
  wipe(bytes);

  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    slots_[fresh[i]] = static_cast<std::uint32_t>(first + i);
    keys_.push_back(keys[i]);
  }
}

std::size_t FileKeyring::erase(std::span<const ObjectRef> subjects) {
  const std::lock_guard changing(changing_);
  refuse_if_failed();
  std::vector<std::uint32_t> erased;
  for (const ObjectRef subject : subjects) {
    const std::shared_lock lock(mutex_);
    const std::uint32_t* slot = slots_.find(subject);
    if (!slot || keys_[*slot].state == KeyState::erased) continue;
    erased.push_back(*slot);
    or_fail([&] { file_->write_at(*slot * key_slot_size, encode_key_slot(*slot, subject, nullptr)); });
  }
  if (erased.empty()) return 0;
  or_fail([&] { file_->sync(); });
  const std::unique_lock lock(mutex_);
  for (const std::uint32_t slot : erased) {
    wipe(keys_[slot].bytes);
    keys_[slot].state = KeyState::erased;
  }
  return erased.size();
}

FileKeyring::Key FileKeyring::key_of(ObjectRef subject) const {
  const std::shared_lock lock(mutex_);
  const std::uint32_t* slot = slots_.find(subject);
  const auto whose = [subject] { return std::string(name(subject.kind)) + " " + to_string(subject.id); };
  if (!slot) throw StorageError(path_.string() + " holds no key for " + whose());
  if (keys_[*slot].state == KeyState::damaged) {
    throw StorageError(path_.string() + ": the key of " + whose() + " in slot " + std::to_string(*slot) +
                       " is damaged");
  }
  return keys_[*slot];
}

Sealed FileKeyring::seal(ObjectRef subject, Position position, BytesView plaintext) const {
  Key key = key_of(subject);
  if (key.state == KeyState::erased) {
    throw StorageError("the key of " + to_string(subject.id) +
                       " was erased: nothing more can be sealed with it");
  }
  Sealed sealed = seal_with(key.bytes, position, plaintext);
  wipe(key.bytes);
  return sealed;
}

std::optional<Bytes> FileKeyring::open(const fb::Record& record) const {
  if (!is_sealed(record)) return std::nullopt;
  Key key = key_of(object_of(record));
  if (key.state == KeyState::erased) return std::nullopt;
  Bytes plaintext = open_record(key.bytes, record);
  wipe(key.bytes);
  return plaintext;
}

std::optional<EventKeys> FileKeyring::disclose(const fb::Record& record) const {
  if (!is_sealed(record)) return std::nullopt;
  Key key = key_of(object_of(record));
  if (key.state == KeyState::erased) return std::nullopt;
  const EventKeys keys = event_keys(key.bytes, record);
  wipe(key.bytes);
  return keys;
}

std::optional<SubjectKey> FileKeyring::derived_key(ObjectRef subject, std::string_view purpose) const {
  Key key = key_of(subject);
  if (key.state == KeyState::erased) return std::nullopt;
  const SubjectKey derived = derive_key(key.bytes, purpose);
  wipe(key.bytes);
  return derived;
}

Hash16 FileKeyring::keyed_hash(BytesView bytes) const { return hash_with(secret_, bytes); }

std::vector<ObjectRef> FileKeyring::erased() const {
  // From the file, which tells whose each slot is.
  std::vector<ObjectRef> subjects;
  const Bytes bytes = read_all(*file_);
  const std::shared_lock lock(mutex_);
  for (std::uint64_t slot = 1; slot < keys_.size(); ++slot) {
    if (keys_[slot].state != KeyState::erased) continue;
    const auto found = decode_key_slot(slot, BytesView(bytes).subspan(slot * key_slot_size, key_slot_size));
    if (found) subjects.push_back(found->subject);
  }
  return subjects;
}

void FileKeyring::copy_to(Files& files, const std::filesystem::path& to) const {
  Bytes bytes;
  {
    const std::lock_guard whole(file_mutex_);
    bytes = read_all(*file_);
  }
  const auto file = files.open(to, OpenMode::create_new);
  file->write_at(0, bytes);
  file->sync();
  wipe(bytes);
}

std::size_t FileKeyring::size() const {
  const std::shared_lock lock(mutex_);
  return slots_.size();
}

}  // namespace dealog::eventstore
