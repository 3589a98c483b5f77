#include "eventstore/note.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "eventstore/bytes.h"
#include "eventstore/seal.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::uint8_t ed25519 = 1;               // the algorithm's byte in key ids and verifier keys
constexpr std::string_view dash = "\xE2\x80\x94 ";  // an em dash and a space begin a signature's line

std::array<std::uint8_t, 4> key_id(std::string_view name, const Hash32& key) {
  const std::uint8_t between[] = {'\n', ed25519};
  const Hash32 hash = sha256({bytes_of(name), between, key});
  return {hash[0], hash[1], hash[2], hash[3]};
}

// Takes a line, without its newline, from the front of `text`; nothing when there is no whole one.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool is_origin(std::string_view name) { return !name.empty() && name.find_first_of(" +\n\t\r") == std::string_view::npos; }

struct Parts {
  std::string_view text, signatures;
};
// The text, and the lines of signatures behind the last empty line.
std::optional<Parts> parts_of(std::string_view note) {
  const auto at = note.rfind("\n\n");
  if (at == std::string_view::npos || note.back() != '\n' || at + 2 == note.size()) return std::nullopt;
  return Parts{note.substr(0, at + 1), note.substr(at + 2)};
}

}  // namespace

std::string base64(BytesView bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

std::optional<Bytes> base64_bytes(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  const int bad = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  if (bad != 0 || end != text.data() + text.size()) return std::nullopt;
  bytes.resize(size);
  // libsodium 1.0.18 takes some signs beyond ASCII for others.
  if (base64(bytes) != text) return std::nullopt;
  return bytes;
}

std::string to_text(const VerifierKey& key) {
  Bytes marked{ed25519};
  marked.insert(marked.end(), key.key.begin(), key.key.end());
  return key.name + "+" + hex(key_id(key.name, key.key)) + "+" + base64(marked);
}

std::optional<VerifierKey> parse_verifier_key(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto bytes = base64_bytes(text.substr(second + 1));
  if (!bytes || bytes->size() != 33 || bytes->front() != ed25519) return std::nullopt;
  VerifierKey key{.name = std::string(text.substr(0, first))};
  std::copy(bytes->begin() + 1, bytes->end(), key.key.begin());
  if (!is_origin(key.name) || hex(key_id(key.name, key.key)) != text.substr(first + 1, second - first - 1)) return std::nullopt;
  return key;
}

KeyPair key_pair_of(const Hash32& seed) {
  KeyPair pair{.seed = seed};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret;
  crypto_sign_seed_keypair(pair.open.data(), secret.data(), seed.data());
  wipe(secret);
  return pair;
}

KeyPair random_key_pair() { return key_pair_of(random_key()); }

Signature sign(const KeyPair& key, std::string_view text) {
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret;
  Hash32 open;
  crypto_sign_seed_keypair(open.data(), secret.data(), key.seed.data());
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, bytes_of(text).data(), text.size(), secret.data());
  wipe(secret);
  return signature;
}

std::string signed_note(std::string_view text, std::string_view name, const KeyPair& key) {
  const auto id = key_id(name, key.open);
  const Signature signature = sign(key, text);
  Bytes both(id.begin(), id.end());
  both.insert(both.end(), signature.begin(), signature.end());
  return std::string(text) + "\n" + std::string(dash) + std::string(name) + " " + base64(both) + "\n";
}

std::optional<std::string> open_note(std::string_view note, const VerifierKey& key) {
  const auto parts = parts_of(note);
  if (!parts) return std::nullopt;
  const auto id = key_id(key.name, key.key);
  bool is_signed = false;
  for (std::string_view rest = parts->signatures; !rest.empty();) {
    const auto line = take_line(rest);
    if (!line || !line->starts_with(dash)) return std::nullopt;
    const std::string_view words = line->substr(dash.size());
    const auto space = words.rfind(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto bytes = base64_bytes(words.substr(space + 1));
    if (!bytes || bytes->size() < 5) return std::nullopt;
    if (words.substr(0, space) != key.name || !std::equal(id.begin(), id.end(), bytes->begin())) continue;
    const bool right = bytes->size() == id.size() + crypto_sign_BYTES &&
                       crypto_sign_verify_detached(bytes->data() + id.size(), bytes_of(parts->text).data(), parts->text.size(), key.key.data()) == 0;
    if (!right) return std::nullopt;
    is_signed = true;
  }
  if (!is_signed) return std::nullopt;
  return std::string(parts->text);
}

std::optional<std::string> note_text(std::string_view note) {
  const auto parts = parts_of(note);
  if (!parts) return std::nullopt;
  return std::string(parts->text);
}

std::string to_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + base64(checkpoint.root) + "\n";
}

std::optional<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto origin = take_line(text), size = take_line(text), root = take_line(text);
  if (!origin || !size || !root || origin->empty() || size->empty() || (size->front() == '0' && size->size() > 1)) return std::nullopt;
  Checkpoint checkpoint{.origin = std::string(*origin)};
  const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), checkpoint.size);
  const auto bytes = base64_bytes(*root);
  if (error != std::errc() || end != size->data() + size->size() || !bytes || bytes->size() != checkpoint.root.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), checkpoint.root.begin());
  return checkpoint;
}

}  // namespace dealog::eventstore
