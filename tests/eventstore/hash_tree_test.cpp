// The tree over a whole log, and one hash over all objects (SPEC AUD-3).

#include "eventstore/hash_tree.h"

#include <set>

#include "eventstore/heads.h"
#include "eventstore/memory_log.h"
#include "tests/eventstore/histories.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

// A log, and the hash of each of its records.
struct Story {
  MemoryLog log;
  std::vector<Hash32> leaves;
  Author author{7};

  void write(std::size_t records) {
    const Made made = author.commit(records);
    append(log, made);
    for (const Bytes& record : made.records) leaves.push_back(leaf_hash(record));
  }
};

}  // namespace

TEST_CASE("roots and proofs of a log are those of its leaves, while it grows", "[eventstore][merkle][AUD-3]") {
  Story story;
  HashTree tree(story.log);
  CHECK(tree.root(0) == empty_root());
  for (const std::size_t more : {1u, 2u, 100u, 152u, 1u, 1u, 300u, 700u, 2000u}) {
    story.write(more);
    const std::uint64_t size = story.leaves.size();
    const std::span all(story.leaves);
    CAPTURE(size);
    CHECK(tree.root(size) == story.log.head().root);
    std::set<std::uint64_t> places;
    for (int i = 0; i < 12; ++i) places.insert(story.author.roll(static_cast<std::uint32_t>(size)));
    places.insert({0, size - 1});
    for (const std::uint64_t place : places) {
      CAPTURE(place);
      CHECK(tree.root(place + 1) == tree_root(all.first(place + 1)));
      CHECK(tree.inclusion(place, size) == inclusion_proof(place, all));
      CHECK(tree.consistency(place, size) == consistency_proof(place, all));
    }
  }
}

TEST_CASE("tiles have the nodes of their level", "[eventstore][merkle][AUD-3]") {
  Story story;
  for (int i = 0; i < 40; ++i) story.write(1700);   // 68,000: more than one node of level 2
  const std::span all(story.leaves);
  HashTree tree(story.log);
  const auto leaves = tree.tile_hashes(0, 3, 200);
  CHECK(std::ranges::equal(leaves, all.subspan(768, 200)));
  CHECK(tree.tile_hashes(1, 0, 256)[17] == tree_root(all.subspan(17 * 256, 256)));
  CHECK(tree.tile_hashes(1, 1, 9)[8] == tree_root(all.subspan(264 * 256, 256)));
  CHECK(tree.tile_hashes(2, 0, 1).front() == tree_root(all.first(65'536)));
  CHECK(tree.root(68'000) == story.log.head().root);
  const Hash32 root = story.log.head().root;
  CHECK(check_inclusion(all[66'000], 66'000, 68'000, tree.inclusion(66'000, 68'000), root));
  CHECK(check_consistency(65'999, 68'000, tree_root(all.first(65'999)), root, tree.consistency(65'999, 68'000)));
}

TEST_CASE("heads are the hash that their definition says, in whatever steps they are asked for", "[eventstore][heads][AUD-3]") {
  const auto leaf = [](std::uint64_t n) { return leaf_hash(Bytes{static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8)}); };
  Heads one, other;
  std::map<Hash32, HeadEntry> expected;
  for (std::uint64_t n = 0; n < 3000; ++n) {
    const ObjectRef object = object_number(n * 7919 % 1000);
    const auto version = static_cast<Version>(n / 1000 + 1);
    one.add(object, version, leaf(n));
    other.add(object, version, leaf(n));
    if (n % 100 == 0) other.root();
    expected[head_name(object)] = {head_name(object), version, leaf(n)};
  }
  std::vector<std::vector<HeadEntry>> buckets(head_buckets);
  for (const auto& [name, entry] : expected) buckets[static_cast<std::size_t>(name[0]) * 256 + name[1]].push_back(entry);
  std::vector<Hash32> leaves;
  for (const auto& bucket : buckets) leaves.push_back(leaf_hash(encode_head_entries(bucket)));
  const Hash32 root = tree_root(leaves);
  CHECK(one.root() == root);
  CHECK(other.root() == root);

  for (const std::uint64_t n : {0u, 1u, 999u, 5000u}) {
    const ObjectRef object = object_number(n);
    const Heads::Opening opening = one.open(object);
    CHECK(opening.bucket == bucket_of(head_name(object)));
    CHECK(check_inclusion(leaf_hash(opening.entries), opening.bucket, head_buckets, opening.proof, root));
    const auto entries = decode_head_entries(opening.entries, opening.bucket);
    REQUIRE(entries);
    const auto found = std::ranges::find(*entries, head_name(object), &HeadEntry::name);
    CHECK((found != entries->end()) == (n < 1000));
    if (found != entries->end()) CHECK(*found == expected[head_name(object)]);
  }
  CHECK(Heads().root() != root);
}

TEST_CASE("a bucket that names an object twice, or another's, is none", "[eventstore][heads]") {
  const HeadEntry low{Hash32{0, 1, 2}, 1, {}}, high{Hash32{0, 1, 3}, 1, {}}, elsewhere{Hash32{0, 2}, 1, {}};
  const auto bytes = [](std::vector<HeadEntry> entries) { return encode_head_entries(entries); };
  CHECK(decode_head_entries(bytes({low, high}), 1));
  CHECK(decode_head_entries({}, 1)->empty());
  CHECK_FALSE(decode_head_entries(bytes({low, low}), 1));
  CHECK_FALSE(decode_head_entries(bytes({high, low}), 1));
  CHECK_FALSE(decode_head_entries(bytes({low, elsewhere}), 1));
  Bytes cut = bytes({low});
  cut.pop_back();
  CHECK_FALSE(decode_head_entries(cut, 1));
}

TEST_CASE("heads are hashed as in the first release", "[eventstore][heads][golden]") {
  Heads heads;
  for (std::uint8_t n = 1; n <= 5; ++n) heads.add({Kind::deal, derived_uuid("heads", std::string(1, static_cast<char>('a' + n)))}, n, leaf_hash(Bytes{n}));
  CHECK(matches_golden("heads_v1.hex", heads.root()));
}

}  // namespace dealog::eventstore
