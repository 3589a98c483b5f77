#include "eventstore/commit_codec.h"

#include "tests/eventstore/histories.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

// A vector of bytes is aligned well enough for records.
CommitView view_of(const Bytes& bytes) {
  CommitView view;
  std::string why;
  INFO(why);
  REQUIRE(view.read(bytes, why));
  return view;
}

struct Sample {
  Made made;
  CommitHeader header{acme, 7, 41, leaf_hash({})};
  Frontier frontier;

  Sample() {
    for (Position position : {41, 42})
      made.records.push_back(record_bytes(position, object_number(1), Version(position - 40)));
    CommandEntry command{key_number(1), key_number(2), 1, object_number(1), 2, 41, 2};
    made.commands = {command, CommandEntry{key_number(3), key_number(4), 2, object_number(2), 9, 0, 0},
                     CommandEntry{}};
    for (int i = 0; i < 42; ++i) frontier.append(leaf_hash({}));
  }
  Bytes bytes(bool keep) const { return encode_commit(header, made.commit(), keep ? &frontier : nullptr); }
};

}  // namespace

TEST_CASE("a commit comes back as it was stored", "[eventstore][codec]") {
  const Sample sample;
  const bool keep = GENERATE(false, true);
  const Bytes bytes = sample.bytes(keep);
  const CommitView view = view_of(bytes);
  CHECK(view.header() == sample.header);
  CHECK(view.commands() == sample.made.commands);
  CHECK(view.last() == 42);
  REQUIRE(view.records().size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(Bytes(view.records()[i].begin(), view.records()[i].end()) == sample.made.records[i]);
    CHECK((view.records()[i].data() - bytes.data()) % 8 == 0);
  }
  REQUIRE(view.frontier().has_value() == keep);
  if (keep) CHECK(view.frontier()->root() == sample.frontier.root());
}

TEST_CASE("a commit may hold commands and no records", "[eventstore][codec]") {
  Author author(1);
  const CommitHeader header{acme, 1, 1, empty_root()};
  const Bytes bytes = encode_commit(header, author.command_only().commit(), nullptr);
  const CommitView view = view_of(bytes);
  CHECK(view.records().empty());
  CHECK(view.commands().size() == 1);
  CHECK(view.head() == Head{0, 1, empty_root()});
}

TEST_CASE("a glance finds single records and commands, also in bytes that are not aligned",
          "[eventstore][codec]") {
  const Sample sample;
  Bytes shifted = sample.bytes(true);
  shifted.insert(shifted.begin(), 0);
  std::string why;
  const auto glance = CommitGlance::at(BytesView(shifted).subspan(1), why);
  REQUIRE(glance);
  const auto record = glance->record(42);
  REQUIRE(record);
  CHECK(Bytes(record->begin(), record->end()) == sample.made.records[1]);
  CHECK_FALSE(glance->record(40));
  CHECK_FALSE(glance->record(43));
  CHECK(glance->command_with(key_number(3)) == sample.made.commands[1]);
  CHECK_FALSE(glance->command_with(key_number(9)));
}

TEST_CASE("no byte of a commit can change unseen, and none can be missing", "[eventstore][codec]") {
  const Bytes bytes = Sample().bytes(true);
  CommitView view;
  std::string why;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes changed = bytes;
    changed[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
    CAPTURE(at);
    CHECK_FALSE(view.read(changed, why));
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<long>(at));
    CHECK_FALSE(view.read(cut, why));
  }
}

TEST_CASE("keys of commits sort by position, then by number", "[eventstore][codec]") {
  const auto less = [](CommitKey a, CommitKey b) {
    return std::string_view(a.data(), 16).compare(std::string_view(b.data(), 16)) < 0;
  };
  CHECK(less(commit_key(1, 1), commit_key(1, 2)));
  CHECK(less(commit_key(1, 300), commit_key(2, 1)));
  CHECK(less(commit_key(255, 9), commit_key(256, 1)));
  CHECK(less(commit_key(0xFFFFFFFF, 1), commit_key(0x100000000, 1)));
}

TEST_CASE("the bytes of a commit are those of the first release", "[eventstore][codec][golden]") {
  const Sample sample;
  CHECK(matches_golden("commit_v1.hex", sample.bytes(true)));
  const CommitKey key = commit_key(41, 7);
  CHECK(matches_golden("commit_key_v1.hex", {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}));
}

}  // namespace dealog::eventstore
