#include "eventstore/batch_codec.h"

#include <algorithm>
#include <limits>

#include "eventstore/bytes.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::array<char, 4> batch_magic = {'D', 'L', 'G', 'B'};
constexpr std::uint16_t batch_format = 1;
constexpr std::size_t batch_header_size = 128;
constexpr std::size_t command_head = 33;

void put_varint(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

// Reads on from `at`; nothing when the bytes end within the number or it is longer than 64 bits.
std::optional<std::uint64_t> get_varint(BytesView bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const std::uint8_t byte = bytes[at++];
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

}  // namespace

BatchKey batch_key(std::uint64_t last_commit) {
  BatchKey key{'b', 'a', 't', 'c', 'h'};
  put_big_endian(key.data() + 5, last_commit);
  return key;
}

Bytes encode_batch(const Batch& batch) {
  Bytes out;
  put(out, batch_magic);
  put(out, batch_format);
  put(out, std::uint16_t{0});
  put(out, batch.account);
  put(out, batch.first);
  put(out, batch.last);
  put(out, batch.first_commit);
  put(out, batch.last_commit);
  put(out, batch.root);
  put(out, batch.objects);
  put(out, batch.commands);
  put(out, batch.command_digest);
  put(out, static_cast<std::uint32_t>(batch.frontier.nodes().size()));
  put(out, static_cast<std::uint32_t>(batch.nodes.size()));
  for (const Hash32& node : batch.frontier.nodes()) put(out, node);
  for (const Hash32& node : batch.nodes) put(out, node);
  put(out, checksum16({out}));
  return out;
}

std::optional<Batch> decode_batch(BytesView bytes, std::string& why) {
  const auto no = [&why](const char* reason) {
    why = reason;
    return std::nullopt;
  };
  if (bytes.size() < batch_header_size + checksum_size) return no("too short");
  if (get<std::array<char, 4>>(bytes, 0) != batch_magic) return no("not a batch");
  if (get<std::uint16_t>(bytes, 4) != batch_format) return no("written by a newer version of dealog");
  const BytesView content = bytes.first(bytes.size() - checksum_size);
  if (checksum16({content}) != get<Hash16>(bytes, content.size())) return no("its checksum does not fit");
  Batch batch;
  batch.account = get<Uuid>(bytes, 8);
  batch.first = get<std::uint64_t>(bytes, 24);
  batch.last = get<std::uint64_t>(bytes, 32);
  batch.first_commit = get<std::uint64_t>(bytes, 40);
  batch.last_commit = get<std::uint64_t>(bytes, 48);
  batch.root = get<Hash32>(bytes, 56);
  batch.objects = get<std::uint64_t>(bytes, 88);
  batch.commands = get<std::uint64_t>(bytes, 96);
  batch.command_digest = get<Hash16>(bytes, 104);
  const std::size_t frontier = get<std::uint32_t>(bytes, 120), nodes = get<std::uint32_t>(bytes, 124);
  if (content.size() != batch_header_size + (frontier + nodes) * sizeof(Hash32)) return no("its counts do not fit its size");
  if (batch.first == 0 || batch.last + 1 < batch.first || batch.first_commit == 0 || batch.last_commit < batch.first_commit) {
    return no("its positions do not fit");
  }
  if (nodes != batch.last / node_leaves - (batch.first - 1) / node_leaves) return no("its nodes do not fit its positions");
  std::vector<Hash32> kept;
  for (std::size_t i = 0; i < frontier; ++i) kept.push_back(get<Hash32>(content, batch_header_size + i * sizeof(Hash32)));
  auto restored = Frontier::restore(batch.last, kept);
  if (!restored || restored->root() != batch.root) return no("its frontier does not fit its root");
  batch.frontier = std::move(*restored);
  for (std::size_t i = frontier; i < frontier + nodes; ++i) {
    batch.nodes.push_back(get<Hash32>(content, batch_header_size + i * sizeof(Hash32)));
  }
  return batch;
}

ObjectKey object_key(ObjectRef object, Position first) {
  ObjectKey key;
  key[0] = static_cast<char>(object.kind);
  std::memcpy(key.data() + 1, object.id.bytes.data(), object.id.bytes.size());
  put_big_endian(key.data() + object_prefix, first);
  return key;
}

Bytes encode_positions(const ObjectPositions& entry) {
  Bytes out;
  put_varint(out, entry.first_version);
  for (std::size_t i = 1; i < entry.positions.size(); ++i) put_varint(out, entry.positions[i] - entry.positions[i - 1]);
  return out;
}

std::optional<ObjectPositions> decode_positions(BytesView key, BytesView value) {
  if (key.size() != std::tuple_size_v<ObjectKey>) return std::nullopt;
  ObjectPositions entry;
  entry.object = {static_cast<Kind>(key[0]), get<Uuid>(key, 1)};
  std::size_t at = 0;
  const auto version = get_varint(value, at);
  if (!version || *version == 0 || *version > std::numeric_limits<Version>::max()) return std::nullopt;
  entry.first_version = static_cast<Version>(*version);
  entry.positions.push_back(get_big_endian(key, object_prefix));
  while (at < value.size()) {
    const auto distance = get_varint(value, at);
    if (!distance || *distance == 0) return std::nullopt;
    entry.positions.push_back(entry.positions.back() + *distance);
  }
  return entry;
}

void ObjectCollector::take(const std::function<void(const ObjectPositions&)>& visit) {
  std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.object < b.object; });
  ObjectPositions entry;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const Event& event = events_[i];
    if (entry.positions.empty()) {
      entry.object = event.object;
      entry.first_version = event.version;
    } else if (event.version != entry.last_version() + 1) {
      throw StorageError("the log is damaged: version " + std::to_string(entry.last_version() + 1) + " of " +
                         to_string(event.object.id) + " is missing before position " + std::to_string(event.position));
    }
    entry.positions.push_back(event.position);
    if (i + 1 == events_.size() || events_[i + 1].object != event.object) {
      visit(entry);
      entry.positions.clear();
    }
  }
  events_.clear();
}

Bytes encode_sealed_command(const CommandEntry& command) {
  Bytes out;
  put(out, command.request);
  put(out, command.object.id);
  put(out, command.object.kind);
  put_varint(out, command.outcome);
  put_varint(out, command.version);
  put_varint(out, command.first_position);
  put_varint(out, command.events);
  return out;
}

std::optional<CommandEntry> decode_sealed_command(BytesView key, BytesView value) {
  CommandEntry command;
  if (key.size() != command.key.size() || value.size() < command_head) return std::nullopt;
  command.key = get<Hash16>(key, 0);
  command.request = get<Hash16>(value, 0);
  command.object = {static_cast<Kind>(value[32]), get<Uuid>(value, 16)};
  std::array<std::uint64_t, 4> numbers{};
  std::size_t at = command_head;
  for (std::uint64_t& number : numbers) {
    const auto read = get_varint(value, at);
    if (!read) return std::nullopt;
    number = *read;
  }
  if (at != value.size() || numbers[0] > 0xFFFF || numbers[1] > 0xFFFF'FFFF || numbers[3] > 0xFFFF'FFFF) return std::nullopt;
  command.outcome = static_cast<std::uint16_t>(numbers[0]);
  command.version = static_cast<Version>(numbers[1]);
  command.first_position = numbers[2];
  command.events = static_cast<std::uint32_t>(numbers[3]);
  return command;
}

void EntryDigest::add(BytesView key, BytesView value) { add(checksum16({key, value})); }

void EntryDigest::add(const Hash16& sum) {
  const auto low = get<std::uint64_t>(sum, 0), high = get<std::uint64_t>(sum, 8);
  low_ += low;
  high_ += high + (low_ < low ? 1 : 0);
}

Hash16 EntryDigest::sum() const {
  Hash16 sum;
  set(sum.data(), low_);
  set(sum.data() + 8, high_);
  return sum;
}

}  // namespace dealog::eventstore
