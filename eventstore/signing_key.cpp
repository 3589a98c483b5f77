#include "eventstore/signing_key.h"

#include "eventstore/bytes.h"
#include "eventstore/seal.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t signing_slot_size = 240;
constexpr std::size_t signing_checked_size = 224;
constexpr std::size_t most_origin = 127;
constexpr std::array<char, 8> signing_magic = {'D', 'L', 'G', 'S', 'I', 'G', 'N', '1'};

}  // namespace

Bytes encode_signing_slot(const Uuid& account, const SigningKey& key) {
  if (key.origin.empty() || key.origin.size() > most_origin) throw std::logic_error("an origin has 1 to 127 bytes");
  Bytes out;
  put(out, signing_magic);
  put(out, account);
  put(out, key.generation);
  put(out, key.pair.seed);
  put(out, key.pair.open);
  put(out, static_cast<std::uint8_t>(key.origin.size()));
  out.insert(out.end(), key.origin.begin(), key.origin.end());
  out.resize(signing_checked_size);
  put(out, checksum16({out}));
  return out;
}

std::optional<SigningKey> decode_signing_slot(const Uuid& account, BytesView bytes) {
  if (bytes.size() < signing_slot_size || get<std::array<char, 8>>(bytes, 0) != signing_magic) return std::nullopt;
  if (checksum16({bytes.first(signing_checked_size)}) != get<Hash16>(bytes, signing_checked_size)) return std::nullopt;
  const std::size_t length = bytes[96];
  if (get<Uuid>(bytes, 8) != account || length == 0 || length > most_origin) return std::nullopt;
  SigningKey key;
  key.generation = get<std::uint64_t>(bytes, 24);
  key.pair = key_pair_of(get<Hash32>(bytes, 32));
  key.origin.assign(reinterpret_cast<const char*>(bytes.data()) + 97, length);
  if (key.pair.open != get<Hash32>(bytes, 64) || key.generation == 0) return std::nullopt;
  return key;
}

std::string new_origin(std::string_view slug) {
  return "dealog.example/" + std::string(slug) + "-" + hex(BytesView(random_key()).first(16));
}

void create_signing_key(Files& files, const std::filesystem::path& path, const Uuid& account, const std::string& origin) {
  const auto file = files.open(path, OpenMode::create_new);
  Bytes both(2 * page);
  const Bytes slot = encode_signing_slot(account, {.origin = origin, .pair = random_key_pair()});
  std::copy(slot.begin(), slot.end(), both.begin() + page);
  file->write_at(0, both);
  file->sync();
  wipe(both);
}

SigningKey read_signing_key(Files& files, const std::filesystem::path& path, const Uuid& account, const std::optional<Hash32>& named) {
  if (!files.exists(path)) throw StorageError(path.string() + " is missing: checkpoints cannot be signed");
  const Bytes bytes = read_all(*files.open(path, OpenMode::existing));
  for (std::uint64_t at = 0; at < 2 && bytes.size() >= (at + 1) * page; ++at) {
    const auto key = decode_signing_slot(account, BytesView(bytes).subspan(at * page, page));
    if (!key || key->generation % 2 != at) continue;
    if (named ? key->pair.open == *named : key->generation == 1) return *key;
  }
  throw StorageError(path.string() + (named ? " does not have the key that the log names last" : " has no sound key") +
                     ": checkpoints cannot be signed");
}

SigningKeyFile::SigningKeyFile(Files& files, const std::filesystem::path& path, const Uuid& account, const std::optional<Hash32>& named)
    : account_(account), current_(read_signing_key(files, path, account, named)) {
  file_ = files.open(path, OpenMode::existing);
  const std::uint64_t other = 1 - current_.generation % 2;
  Bytes bytes(signing_slot_size);
  file_->read_at(other * page, bytes);
  const auto previous = decode_signing_slot(account, bytes);
  if (previous && previous->generation < current_.generation) write(previous->generation, Bytes(page));
}

void SigningKeyFile::write(std::uint64_t generation, BytesView bytes) {
  file_->write_at(generation % 2 * page, bytes);
  file_->sync();
}

SigningKey SigningKeyFile::make_next() {
  const SigningKey next{.generation = current_.generation + 1, .origin = current_.origin, .pair = random_key_pair()};
  Bytes bytes = encode_signing_slot(account_, next);
  bytes.resize(page);
  write(next.generation, bytes);
  wipe(bytes);
  return next;
}

void SigningKeyFile::use(const SigningKey& next) {
  const std::uint64_t previous = current_.generation;
  current_ = next;
  write(previous, Bytes(page));
}

}  // namespace dealog::eventstore
