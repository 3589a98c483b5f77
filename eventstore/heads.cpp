#include "eventstore/heads.h"

#include <algorithm>

#include "eventstore/bytes.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::string_view object_label = "dealog/object/1";

}  // namespace

Hash32 head_name(ObjectRef object) {
  const auto kind = static_cast<std::uint8_t>(object.kind);
  return sha256({{reinterpret_cast<const std::uint8_t*>(object_label.data()), object_label.size()}, {&kind, 1}, object.id.bytes});
}

std::size_t bucket_of(const Hash32& name) { return static_cast<std::size_t>(name[0]) << 8 | name[1]; }

Bytes encode_head_entries(std::span<const HeadEntry> entries) {
  Bytes bytes;
  bytes.reserve(entries.size() * head_entry_size);
  for (const HeadEntry& entry : entries) {
    put(bytes, entry.name);
    put(bytes, entry.version);
    put(bytes, entry.leaf);
  }
  return bytes;
}

std::optional<std::vector<HeadEntry>> decode_head_entries(BytesView bytes, std::size_t bucket) {
  if (bytes.size() % head_entry_size != 0) return std::nullopt;
  std::vector<HeadEntry> entries;
  for (std::size_t at = 0; at < bytes.size(); at += head_entry_size) {
    const HeadEntry entry{get<Hash32>(bytes, at), get<Version>(bytes, at + 32), get<Hash32>(bytes, at + 36)};
    if (bucket_of(entry.name) != bucket || (!entries.empty() && entries.back().name >= entry.name)) return std::nullopt;
    entries.push_back(entry);
  }
  return entries;
}

Heads::Heads() : buckets_(head_buckets), nodes_(2 * head_buckets) {
  Hash32 empty = leaf_hash({});
  for (std::size_t width = head_buckets; width > 0; width /= 2) {
    std::fill_n(nodes_.begin() + static_cast<std::ptrdiff_t>(width), width, empty);
    empty = node_hash(empty, empty);
  }
}

void Heads::add(ObjectRef object, Version version, const Hash32& leaf) {
  const HeadEntry entry{head_name(object), version, leaf};
  const std::size_t bucket = bucket_of(entry.name);
  std::vector<HeadEntry>& entries = buckets_[bucket];
  const auto at = std::ranges::lower_bound(entries, entry.name, {}, &HeadEntry::name);
  if (at != entries.end() && at->name == entry.name) *at = entry;
  else entries.insert(at, entry);
  if (changed_.empty() || changed_.back() != bucket) changed_.push_back(static_cast<std::uint32_t>(bucket));
}

void Heads::settle() {
  std::vector<std::uint32_t> dirty;
  dirty.swap(changed_);
  for (std::uint32_t& bucket : dirty) bucket += head_buckets;
  for (std::size_t level = head_buckets; level > 0; level /= 2) {
    std::ranges::sort(dirty);
    dirty.erase(std::unique(dirty.begin(), dirty.end()), dirty.end());
    for (std::uint32_t& node : dirty) {
      nodes_[node] = level == head_buckets ? leaf_hash(encode_head_entries(buckets_[node - head_buckets]))
                                           : node_hash(nodes_[2 * node], nodes_[2 * node + 1]);
      node /= 2;
    }
  }
}

Hash32 Heads::root() {
  settle();
  return nodes_[1];
}

Heads::Opening Heads::open(ObjectRef object) {
  settle();
  Opening opening{.bucket = bucket_of(head_name(object)), .entries = {}, .proof = {}};
  opening.entries = encode_head_entries(buckets_[opening.bucket]);
  for (std::size_t node = head_buckets + opening.bucket; node > 1; node /= 2) opening.proof.push_back(nodes_[node ^ 1]);
  return opening;
}

}  // namespace dealog::eventstore
