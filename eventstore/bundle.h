#pragma once
// One object's whole history, as a proof that needs neither server nor log (SPEC AUD-3): made by the server, checked
// by anybody who has the account's verifier key and, better, a checkpoint that he was given earlier.
//
// What the check says, from the bytes themselves:
//
//     unaltered    every record is in the tree that the checkpoint signs, at the position that it names
//     complete     heads_committed, in that tree too, names the newest version of the object among the events up to H,
//                  and the records are all versions up to that one
//     same log     the tree of the earlier checkpoint is a prefix of that tree
//
// Pure functions; any thread.

#include <optional>
#include <string>
#include <vector>

#include "eventstore/heads.h"
#include "eventstore/keyring.h"
#include "eventstore/note.h"

namespace dealog::eventstore {

struct ProvenRecord {
  Position position = 0;
  Bytes bytes;
  std::vector<Hash32> proof;        // inclusion in the checkpoint's tree
  std::optional<EventKeys> keys;    // open the personal part; absent: none, erased, or not disclosed
};

struct Bundle {
  ObjectRef object;
  Position up_to = 0;               // H: complete up to there
  std::vector<ProvenRecord> records;
  ProvenRecord heads;               // the heads_committed that says so
  Heads::Opening opening;           // the object's bucket under its root
  std::vector<ProvenRecord> key_changes;  // every signing_key_changed of the log
  std::string checkpoint;           // the note
  struct Consistency {
    std::uint64_t from = 0;
    std::vector<Hash32> proof;
  };
  std::optional<Consistency> consistency;  // with the tree of an earlier size
};

struct BundleVerdict {
  Checkpoint checkpoint;            // whose tree all of it was checked against
  bool unaltered = false, complete = false;
  std::optional<bool> same_log;     // nothing: no earlier checkpoint was given
  std::optional<Checkpoint> earlier;
  std::size_t events = 0, sealed = 0, opened = 0;
  // In plain words, the first first. Empty: all is well.
  std::vector<std::string> wrong;
};

// `trusted`: the key that the reader had from the account, now or at any time before; changes of key are followed from
// there. `earlier`: a checkpoint's note that he was given before.
BundleVerdict check_bundle(const Bundle& bundle, const VerifierKey& trusted, const std::optional<std::string>& earlier);

}  // namespace dealog::eventstore
