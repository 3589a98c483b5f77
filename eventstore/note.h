#pragma once
// Signed notes and checkpoints in the formats of C2SP (signed-note, tlog-checkpoint), so that tools that nobody
// here wrote can read and check them:
//
//     dealog.example/acme-0190...\n        the origin, which is also the name of the key
//     4711\n                               the number of records
//     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n    the root of the tree, base64
//     \n
//     — dealog.example/acme-0190... Az3grlgtzPIC...=\n      base64 of: key id (4 bytes), Ed25519 signature (64)
//
// The key id is the first 4 bytes of SHA-256(name | "\n" | 0x01 | public key). A verifier key as text is
// "<name>+<key id, 8 hex digits>+<base64 of 0x01 | public key>". Pure functions; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "eventstore/event_log.h"

namespace dealog::eventstore {

struct VerifierKey {
  std::string name;
  Hash32 key{};  // public, Ed25519

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};
std::string to_text(const VerifierKey& key);
// Nothing when it is no verifier key of that form, or its key id is not that of its name and key.
std::optional<VerifierKey> parse_verifier_key(std::string_view text);

// An Ed25519 key pair out of a secret seed.
struct KeyPair {
  Hash32 seed{}, open{};  // secret, public
};
KeyPair key_pair_of(const Hash32& seed);
KeyPair random_key_pair();
using Signature = std::array<std::uint8_t, 64>;
Signature sign(const KeyPair& key, std::string_view text);

// The note of `text` with one signature. REQUIRES: the text ends with a newline; the name has no space and no plus.
std::string signed_note(std::string_view text, std::string_view name, const KeyPair& key);
// The text of a note that `key` has signed; nothing when it has not, or a signature in its name is wrong. Signatures of
// other names are passed over, as the format asks.
std::optional<std::string> open_note(std::string_view note, const VerifierKey& key);
// The text of a note, whoever signed it; nothing when it is no note.
std::optional<std::string> note_text(std::string_view note);

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash32 root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};
std::string to_text(const Checkpoint& checkpoint);
// Of a note's text; further lines are passed over.
std::optional<Checkpoint> parse_checkpoint(std::string_view text);

// Standard base64 with padding, and back; nothing when it is not exactly that.
std::string base64(BytesView bytes);
std::optional<Bytes> base64_bytes(std::string_view text);

}  // namespace dealog::eventstore
