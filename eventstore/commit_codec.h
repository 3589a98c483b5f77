#pragma once
// The bytes of a commit, as they stand under one key in the column family `tail`.
//
// DO NOT CHANGE: on disk. A new form gets a new format number, and this one is read for ever
// (tests/golden/commit_v1.hex). All numbers little-endian; every section starts at a multiple of 8.
//
//     offset  size
//          0     4  magic "DLGC"
//          4     2  format: 1
//          6     2  zero
//          8    16  account
//         24     8  commit number: 1, 2, 3, ... without gaps
//         32     8  first position: the head before, plus one, also when the commit has no records
//         40     4  R, number of records
//         44     4  C, number of commands
//         48     8  tree size before: the number of leaves, which is the head's position before
//         56    32  root of the tree after this commit
//         88     4  F, number of frontier nodes (0: not kept in this commit)
//         92     4  zero
//         96  72 C  commands, each:
//                        0  16  keyed hash of the idempotency key; zero: none
//                       16  16  keyed hash of the request
//                       32  16  object id
//                       48   1  object kind
//                       49   1  zero
//                       50   2  outcome
//                       52   4  object version after
//                       56   8  first position of its events; 0: none
//                       64   4  number of its events
//                       68   4  zero
//             32 F  frontier after this commit, the largest subtree first (merkle.h)
//              4 R  length of each record, then zeros up to a multiple of 8
//              ...  records (domain/events.fbs), one after another; each length is a multiple of 8
//               16  checksum: the first 16 bytes of SHA-256 over everything before
//
// The key is first position, then commit number, both u64 big-endian: ordered by either, and the commit that
// holds position p is the last one whose key is not above (p, all ones).

#include <array>

#include "eventstore/event_log.h"
#include "eventstore/merkle.h"

namespace dealog::eventstore {

using CommitKey = std::array<char, 16>;

CommitKey commit_key(Position first, std::uint64_t number);

struct CommitHeader {
  Uuid account;
  std::uint64_t number = 0;
  Position first = 0;
  Hash32 root{};

  friend bool operator==(const CommitHeader&, const CommitHeader&) = default;
};

// `frontier`: null where none is kept. REQUIRES: lengths of records are multiples of 8.
Bytes encode_commit(const CommitHeader& header, const Commit& commit, const Frontier* frontier);

// A look into a commit's bytes without hashing them: for single records and commands out of a store that
// checked every commit when it was opened, and checks its blocks whenever they come from the disk. Nothing is
// read past the bytes, whatever they say; they need not be aligned, and must outlive the glance.
class CommitGlance {
 public:
  // Nothing, with a reason in `why`, when they are not a commit of this form.
  static std::optional<CommitGlance> at(BytesView bytes, std::string& why);

  const CommitHeader& header() const { return header_; }
  std::size_t record_count() const { return record_count_; }
  std::size_t command_count() const { return command_count_; }
  Position last() const { return header_.first + record_count_ - 1; }
  // Nothing when the position is not in this commit or its lengths are unsound.
  std::optional<BytesView> record(Position position) const;
  CommandEntry command(std::size_t index) const;
  // The command remembered with this key, or nothing.
  std::optional<CommandEntry> command_with(const Hash16& key) const;

 private:
  friend class CommitView;

  BytesView content_;  // Without the checksum.
  CommitHeader header_;
  std::size_t record_count_ = 0, command_count_ = 0, node_count_ = 0;
  std::size_t nodes_at_ = 0, lengths_at_ = 0, records_at_ = 0;
};

// A commit's bytes taken apart and checked. Meant to be used again for the next commit without allocating
// anew.
class CommitView {
 public:
  // False, with a reason in `why`, when the bytes are not a whole, undamaged commit. Views point into
  // `bytes`. REQUIRES: `bytes` is 8-aligned.
  bool read(BytesView bytes, std::string& why);

  const CommitHeader& header() const { return header_; }
  const std::vector<BytesView>& records() const { return records_; }
  const std::vector<CommandEntry>& commands() const { return commands_; }
  const std::optional<Frontier>& frontier() const { return frontier_; }
  Position last() const { return header_.first + records_.size() - 1; }
  // The head once this commit is in the log.
  Head head() const { return {last(), header_.number, header_.root}; }

 private:
  CommitHeader header_;
  std::vector<BytesView> records_;
  std::vector<CommandEntry> commands_;
  std::optional<Frontier> frontier_;
};

}  // namespace dealog::eventstore
