#include "projections/digest.h"

#include <openssl/evp.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

namespace dealog::projections {
namespace {

// Small values are gathered, so that the hash is fed long stretches.
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
    buffer_.reserve(limit);
  }
  void bytes(const void* data, std::size_t size) {
    if (size > limit) {
      flush();
      EVP_DigestUpdate(context_.get(), data, size);
      return;
    }
    if (buffer_.size() + size > limit) flush();
    const auto* from = static_cast<const std::uint8_t*>(data);
    buffer_.insert(buffer_.end(), from, from + size);
  }
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  void text(std::string_view text) {
    number(text.size());
    bytes(text.data(), text.size());
  }
  std::array<std::uint8_t, 32> finish() {
    flush();
    std::array<std::uint8_t, 32> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    return digest;
  }

 private:
  static constexpr std::size_t limit = std::size_t{1} << 16;
  void flush() {
    EVP_DigestUpdate(context_.get(), buffer_.data(), buffer_.size());
    buffer_.clear();
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  std::vector<std::uint8_t> buffer_;
};

// A definition in the bytes that events have: the one form that covers all of it.
std::string to_bytes(const event::ProcessDefined& defined) {
  const Bytes bytes = encode(Envelope{}, defined, nullptr);
  return {bytes.begin(), bytes.end()};
}

// A value of a `small` column. Handles are numbered by the log, so they are content; references are not.
void hash_small(Hasher& hasher, const Storage& storage, Held how, std::uint32_t value) {
  if (how == Held::handle) return hasher.number(value);
  hasher.number(value == 0 ? 0 : 1);
  if (how == Held::text || how == Held::texts) return hasher.text(storage.texts.text(value));
  const auto members = storage.sets.members(value);
  hasher.number(members.size());
  hasher.bytes(members.data(), members.size_bytes());
}

// The columns and every version row: together they answer for every moment.
void hash_field(Hasher& hasher, const Storage& storage, const TableModel& table, std::uint16_t field) {
  const Held how = held(table.kind, field);
  if (how == Held::nowhere) return;
  const Slot& slot = table.slot(field);
  hasher.number(field);
  hasher.number(slot.size);
  for (Row row = 0; row < table.rows; ++row) {
    if (how == Held::number) hasher.number(static_cast<std::uint64_t>(table.large(field)[row]));
    else hash_small(hasher, storage, how, table.small(field)[row]);
  }
  const bool has_deeds = slot.history != nullptr && slot.history->deeds.size() != 0;
  for (std::size_t i = 0; i < slot.size; ++i) {
    const FieldHistory& history = *slot.history;
    hasher.number(history.rows[i]);
    hasher.number(history.stamps[i]);
    if (how == Held::number) hasher.number(static_cast<std::uint64_t>(history.large[i]));
    else hash_small(hasher, storage, how, history.small[i]);
    if (!has_deeds) continue;
    hasher.number(history.deeds[i]);
    hasher.number(history.by[i]);
  }
}

}  // namespace

std::array<std::uint8_t, 32> digest_of(const LiveWorld& world) {
  const Pinned& pinned = world.pinned();
  const Storage& storage = *pinned.storage;
  Hasher hasher;
  hasher.number(pinned.position);
  hasher.number(pinned.stamps);
  for (Stamp stamp = 0; stamp < pinned.stamps; ++stamp) hasher.number(static_cast<std::uint64_t>(storage.stamps.from(stamp).ms));
  for (Position position = 0; position < pinned.position; ++position)
    hasher.number(storage.stamps.cut(position, pinned.position, pinned.stamps));
  for (std::size_t i = 0; i < pinned.recorded; ++i) {
    hasher.number(static_cast<std::uint64_t>(storage.recorded_at[i]));
    hasher.number(storage.recorded_from[i]);
  }
  hasher.number(pinned.handles);
  for (Handle handle = 0; handle < pinned.handles; ++handle) hasher.bytes(storage.interner.id(handle).bytes.data(), 16);
  for (const Kind kind : all_kinds) {
    const TableModel& table = *pinned.tables[index_of(kind)];
    hasher.number(static_cast<std::uint64_t>(kind));
    hasher.number(table.rows);
    for (Row row = 0; row < table.rows; ++row) hasher.number(std::uint64_t{table.self[row]} << 8 | table.presence[row]);
    for (std::uint16_t field = 0; field < 316; ++field)
      if (slot_of(field) < slot_count) hash_field(hasher, storage, table, field);
    for (const std::uint16_t field : table.custom_fields) hash_field(hasher, storage, table, field);
  }
  for (std::size_t i = 0; i < pinned.notices; ++i) {
    const Notice& notice = storage.notices.notices[i];
    hasher.number(notice.position);
    hasher.number(static_cast<std::uint64_t>(notice.effective.ms));
    hasher.number(static_cast<std::uint64_t>(notice.recorded.ms));
    for (const Handle handle : {notice.deal, notice.by, notice.process, notice.action}) hasher.number(handle);
    hasher.number(static_cast<std::uint64_t>(notice.type));
  }
  for (std::size_t i = 0; i < pinned.deliveries; ++i) {
    hasher.number(storage.notices.deliveries[i].notice);
    hasher.number(storage.notices.deliveries[i].before);
  }
  if (pinned.versions)
    for (const auto& version : *pinned.versions) {
      hasher.number(version->process);
      hasher.number(version->stamp);
      hasher.text(to_bytes(version->defined));
    }
  return hasher.finish();
}

}  // namespace dealog::projections
