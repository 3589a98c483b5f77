// Signed notes and checkpoints: the formats that others read (SPEC AUD-3).

#include "eventstore/note.h"

#include "tests/eventstore/histories.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

Hash32 filled(std::uint8_t byte) {
  Hash32 all;
  all.fill(byte);
  return all;
}
const KeyPair key = key_pair_of(filled(1)), other = key_pair_of(filled(2));
const VerifierKey verifier{"dealog.example/acme", key.open};

}  // namespace

TEST_CASE("a verifier key of the specification's example is read and written alike", "[eventstore][note]") {
  const std::string known = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
  const auto read = parse_verifier_key(known);
  REQUIRE(read);
  CHECK(read->name == "sum.golang.org");
  CHECK(to_text(*read) == known);
  CHECK(parse_verifier_key(to_text(verifier)) == verifier);
  for (const char* bad : {"", "a", "a+033de0ae", "sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
                          "sum.golang.com+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
                          "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuA==", "+00000000+AA=="})
    CHECK_FALSE(parse_verifier_key(bad));
}

TEST_CASE("a note that Go's checksum database signed is opened with its key", "[eventstore][note]") {
  // From the documentation of golang.org/x/mod/sumdb/note.
  const auto known = parse_verifier_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const std::string note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
      "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  REQUIRE(known);
  CHECK(open_note(note, *known));
  std::string changed = note;
  changed[3] ^= 1;
  CHECK_FALSE(open_note(changed, *known));
}

TEST_CASE("only the key that signed a note opens it, and only unchanged", "[eventstore][note][AUD-3]") {
  const Checkpoint checkpoint{"dealog.example/acme", 4711, filled(9)};
  const std::string note = signed_note(to_text(checkpoint), "dealog.example/acme", key);
  const auto text = open_note(note, verifier);
  REQUIRE(text);
  CHECK(parse_checkpoint(*text) == checkpoint);
  CHECK_FALSE(open_note(note, {"dealog.example/acme", other.open}));
  CHECK_FALSE(open_note(note, {"dealog.example/beta", key.open}));
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    for (int bit = 0; bit < 8; ++bit) {
      changed[i] = static_cast<char>(note[i] ^ (1 << bit));
      CAPTURE(i, bit);
      CHECK_FALSE(open_note(changed, verifier));
    }
  }
  for (std::size_t size = 0; size < note.size(); ++size) CHECK_FALSE(open_note(note.substr(0, size), verifier));
  // A signature of somebody else beside it is passed over; a wrong one in the same name is not.
  const std::string witness = signed_note(to_text(checkpoint), "witness.example", other);
  const std::string line = witness.substr(witness.find("\n\n") + 2);
  CHECK(open_note(note + line, verifier));
  const std::string wrong = signed_note("other\n", "dealog.example/acme", key);
  CHECK_FALSE(open_note(note + wrong.substr(wrong.find("\n\n") + 2), verifier));
}

TEST_CASE("what is no checkpoint is not read as one", "[eventstore][note]") {
  const std::string root = base64(filled(9));
  CHECK(parse_checkpoint("o\n0\n" + root + "\n"));
  CHECK(parse_checkpoint("o\n7\n" + root + "\nmore\n"));
  for (const std::string& bad : {std::string(), std::string("o\n7\n"), "o\n7\n" + root, "o\n07\n" + root + "\n", "o\n-7\n" + root + "\n", "\n7\n" + root + "\n",
                                 "o\n7x\n" + root + "\n", "o\n99999999999999999999\n" + root + "\n", "o\n7\n" + root.substr(4) + "\n"})
    CHECK_FALSE(parse_checkpoint(bad));
}

TEST_CASE("checkpoints are written as in the first release", "[eventstore][note][golden]") {
  const std::string note = signed_note(to_text(Checkpoint{"dealog.example/acme", 4711, filled(9)}), "dealog.example/acme", key);
  CHECK(matches_golden("checkpoint_v1.hex", {reinterpret_cast<const std::uint8_t*>(note.data()), note.size()}));
}

}  // namespace dealog::eventstore
