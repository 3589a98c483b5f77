#include "eventstore/merkle.h"

#include "eventstore/sha256.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

// The leaves and roots that certificate-transparency's reference implementation is tested with.
const std::vector<Bytes> known_leaves = {
    {},
    {0x00},
    {0x10},
    {0x20, 0x21},
    {0x30, 0x31},
    {0x40, 0x41, 0x42, 0x43},
    {0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57},
    {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f}};
const std::vector<std::string> known_roots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Hash32> leaves(std::size_t count) {
  std::vector<Hash32> hashes;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t byte[] = {static_cast<std::uint8_t>(i), 7};
    hashes.push_back(leaf_hash(byte));
  }
  return hashes;
}

std::vector<std::string> text(const std::vector<Hash32>& hashes) {
  std::vector<std::string> lines;
  for (const Hash32& hash : hashes) lines.push_back(hex(hash));
  return lines;
}

}  // namespace

TEST_CASE("the tree has the roots that RFC 6962's reference has", "[eventstore][merkle]") {
  Frontier frontier;
  CHECK(hex(frontier.root()) == known_roots[0]);
  for (std::size_t i = 0; i < known_leaves.size(); ++i) {
    frontier.append(leaf_hash(known_leaves[i]));
    CHECK(hex(frontier.root()) == known_roots[i + 1]);
  }
}

TEST_CASE("proofs are the ones that RFC 6962's reference makes", "[eventstore][merkle]") {
  std::vector<Hash32> hashes;
  for (const Bytes& leaf : known_leaves) hashes.push_back(leaf_hash(leaf));
  CHECK(text(inclusion_proof(0, hashes)) ==
        std::vector<std::string>{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                                 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"});
  CHECK(text(consistency_proof(6, hashes)) ==
        std::vector<std::string>{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                                 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"});
}

TEST_CASE("a frontier goes on from where it was saved", "[eventstore][merkle]") {
  const auto all = leaves(70);
  Frontier whole;
  for (std::size_t saved = 0; saved < all.size(); ++saved) {
    auto resumed = Frontier::restore(whole.size(), whole.nodes());
    REQUIRE(resumed);
    for (std::size_t i = saved; i < all.size(); ++i) resumed->append(all[i]);
    CHECK(resumed->root() == tree_root(all));
    whole.append(all[saved]);
  }
  CHECK_FALSE(Frontier::restore(whole.size() + 1, whole.nodes()));
}

TEST_CASE("every leaf is proven in every tree, and nothing else is", "[eventstore][merkle]") {
  for (std::size_t size = 1; size <= 20; ++size) {
    const auto all = leaves(size);
    const Hash32 root = tree_root(all);
    for (std::size_t index = 0; index < size; ++index) {
      auto proof = inclusion_proof(index, all);
      CHECK(check_inclusion(all[index], index, size, proof, root));
      CHECK_FALSE(check_inclusion(leaf_hash({}), index, size, proof, root));
      if (size > 1) CHECK_FALSE(check_inclusion(all[index], (index + 1) % size, size, proof, root));
      proof.push_back(root);
      CHECK_FALSE(check_inclusion(all[index], index, size, proof, root));
      proof.resize(proof.size() - 1);
      if (!proof.empty()) {
        proof.pop_back();
        CHECK_FALSE(check_inclusion(all[index], index, size, proof, root));
      }
    }
    CHECK_FALSE(check_inclusion(all[0], size, size, {}, root));
  }
}

TEST_CASE("a tree proves to go on from each earlier one, and from no other", "[eventstore][merkle]") {
  for (std::size_t size = 1; size <= 20; ++size) {
    const auto all = leaves(size);
    const Hash32 root = tree_root(all);
    for (std::size_t old = 0; old <= size; ++old) {
      const Hash32 old_root = tree_root(std::span(all).first(old));
      auto proof = consistency_proof(old, all);
      CHECK(check_consistency(old, size, old_root, root, proof));
      CHECK_FALSE(check_consistency(old, size, leaf_hash({}), root, proof));
      if (old > 0 && old < size) CHECK_FALSE(check_consistency(old, size, old_root, leaf_hash({}), proof));
      proof.push_back(root);
      CHECK_FALSE(check_consistency(old, size, old_root, root, proof));
    }
  }
}

}  // namespace dealog::eventstore
