#include "eventstore/chunk_codec.h"

#include "eventstore/bytes.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::array<char, 4> chunk_magic = {'D', 'L', 'G', 'S'};
constexpr std::uint16_t chunk_format = 1;
constexpr std::size_t chunk_header_size = 40;

}  // namespace

ChunkKey chunk_key(Position first) {
  ChunkKey key;
  put_big_endian(key.data(), first);
  return key;
}

Bytes encode_chunk(const Uuid& account, Position first, std::span<const BytesView> records) {
  std::size_t body = 0;
  for (const BytesView record : records) body += record.size();
  Bytes out;
  out.reserve(chunk_header_size + padded8(records.size() * 4) + body + checksum_size);
  put(out, chunk_magic);
  put(out, chunk_format);
  put(out, std::uint16_t{0});
  put(out, account);
  put(out, first);
  put(out, static_cast<std::uint32_t>(records.size()));
  put(out, std::uint32_t{0});
  for (const BytesView record : records) put(out, static_cast<std::uint32_t>(record.size()));
  out.resize(padded8(out.size()));
  for (const BytesView record : records) put_bytes(out, record);
  put(out, checksum16({out}));
  return out;
}

bool ChunkView::read(BytesView bytes, std::string& why) {
  records_.clear();
  const auto no = [&why](const char* reason) {
    why = reason;
    return false;
  };
  if (bytes.size() < chunk_header_size + checksum_size || bytes.size() % 8 != 0) return no("too short");
  if (get<std::array<char, 4>>(bytes, 0) != chunk_magic) return no("not a chunk");
  if (get<std::uint16_t>(bytes, 4) != chunk_format) return no("written by a newer version of dealog");
  const BytesView content = bytes.first(bytes.size() - checksum_size);
  if (checksum16({content}) != get<Hash16>(bytes, content.size())) return no("its checksum does not fit");
  account_ = get<Uuid>(bytes, 8);
  first_ = get<std::uint64_t>(bytes, 24);
  const std::size_t count = get<std::uint32_t>(bytes, 32);
  std::size_t at = chunk_header_size + padded8(count * 4);
  if (count == 0 || first_ == 0 || at > content.size()) return no("its counts do not fit its size");
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = get<std::uint32_t>(content, chunk_header_size + i * 4);
    if (length % 8 != 0 || length > content.size() - at) return no("its lengths do not fit its size");
    records_.push_back(content.subspan(at, length));
    at += length;
  }
  return at == content.size() || no("its lengths do not fit its size");
}

}  // namespace dealog::eventstore
