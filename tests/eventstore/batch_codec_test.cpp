#include "eventstore/batch_codec.h"

#include "eventstore/chunk_codec.h"
#include "eventstore/sha256.h"
#include "tests/eventstore/histories.h"
#include "tests/support/catch.h"

namespace dealog::eventstore {

namespace {

std::vector<Bytes> three_records() {
  std::vector<Bytes> records;
  for (const Position position : {41u, 42u, 43u}) records.push_back(record_bytes(position, object_number(1), Version(position - 40)));
  return records;
}

Bytes chunk_bytes() {
  const std::vector<Bytes> records = three_records();
  const std::vector<BytesView> views(records.begin(), records.end());
  return encode_chunk(acme, 41, views);
}

// Of 300 events behind 500: one kept node ends within it, at 512, and one at 768.
Batch sample_batch() {
  Batch batch;
  batch.account = acme;
  batch.first = 501;
  batch.last = 800;
  batch.first_commit = 7;
  batch.last_commit = 19;
  batch.objects = 12;
  batch.commands = 250;
  EntryDigest digest;
  digest.add(Bytes{1}, Bytes{2});
  digest.add(Bytes{3}, Bytes{4});
  batch.command_digest = digest.sum();
  NodeTree tree;
  for (int i = 0; i < 800; ++i) {
    const auto node = tree.append(leaf_hash(Bytes{static_cast<std::uint8_t>(i)}));
    if (node && i >= 500) batch.nodes.push_back(*node);
  }
  batch.frontier = tree.frontier();
  batch.root = batch.frontier.root();
  return batch;
}

}  // namespace

TEST_CASE("a chunk comes back as it was stored", "[eventstore][codec]") {
  const Bytes bytes = chunk_bytes();
  ChunkView chunk;
  std::string why;
  REQUIRE(chunk.read(bytes, why));
  CHECK(chunk.account() == acme);
  CHECK(chunk.first() == 41);
  CHECK(chunk.last() == 43);
  const std::vector<Bytes> records = three_records();
  for (const Position position : {41u, 42u, 43u}) {
    const BytesView record = chunk.record(position);
    CHECK(Bytes(record.begin(), record.end()) == records[position - 41]);
    CHECK((record.data() - bytes.data()) % 8 == 0);
  }
}

TEST_CASE("no changed bit of a chunk or a batch passes", "[eventstore][codec][R4]") {
  Bytes chunk = chunk_bytes(), batch = encode_batch(sample_batch());
  ChunkView view;
  std::string why;
  int passed = 0;
  for (std::size_t at = 0; at < chunk.size(); ++at) {
    chunk[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
    passed += view.read(chunk, why);
    chunk[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
  }
  for (std::size_t at = 0; at < batch.size(); ++at) {
    batch[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
    passed += decode_batch(batch, why).has_value();
    batch[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
  }
  for (std::size_t size = 0; size < chunk.size(); ++size) passed += view.read(BytesView(chunk).first(size), why);
  for (std::size_t size = 0; size < batch.size(); ++size) passed += decode_batch(BytesView(batch).first(size), why).has_value();
  CHECK(passed == 0);
  CHECK(view.read(chunk, why));
  CHECK(decode_batch(batch, why).has_value());
}

TEST_CASE("a batch, an object's positions and a command come back as they were stored", "[eventstore][codec]") {
  const Batch batch = sample_batch();
  std::string why;
  const auto read = decode_batch(encode_batch(batch), why);
  REQUIRE(read);
  CHECK(read->head() == batch.head());
  CHECK(read->first == 501);
  CHECK(read->first_commit == 7);
  CHECK(read->objects == 12);
  CHECK(read->commands == 250);
  CHECK(read->command_digest == batch.command_digest);
  CHECK(read->nodes == batch.nodes);
  CHECK(read->frontier.nodes() == batch.frontier.nodes());

  const ObjectPositions entry{object_number(1), 200, {70'000, 70'001, 90'000, 5'000'000'000}};
  const ObjectKey key = object_key(entry.object, 70'000);
  const auto positions = decode_positions({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}, encode_positions(entry));
  REQUIRE(positions);
  CHECK(positions->object == entry.object);
  CHECK(positions->first_version == 200);
  CHECK(positions->positions == entry.positions);
  CHECK(positions->last_version() == 203);

  const CommandEntry command{key_number(1), key_number(2), 1, object_number(1), 300, 70'000, 2};
  CHECK(decode_sealed_command(command.key, encode_sealed_command(command)) == command);
}

TEST_CASE("the digest of entries does not depend on their order, and on every bit of them", "[eventstore][codec]") {
  EntryDigest one, two, other;
  for (std::uint8_t i = 0; i < 200; ++i) {
    one.add(Bytes{i}, Bytes{i, 1});
    two.add(Bytes{static_cast<std::uint8_t>(199 - i)}, Bytes{static_cast<std::uint8_t>(199 - i), 1});
    other.add(Bytes{i}, Bytes{i, static_cast<std::uint8_t>(i == 77 ? 2 : 1)});
  }
  CHECK(one.sum() == two.sum());
  CHECK(one.sum() != other.sum());
}

TEST_CASE("versions of an object that have a gap do not make an index", "[eventstore][codec]") {
  ObjectCollector collector;
  collector.add(object_number(1), 4, 10);
  collector.add(object_number(2), 1, 11);
  collector.add(object_number(1), 6, 12);
  CHECK_THROWS_AS(collector.take([](const ObjectPositions&) {}), StorageError);
}

TEST_CASE("sealed history is written as drawn for ever", "[eventstore][codec][golden]") {
  CHECK(matches_golden("chunk_v1.hex", chunk_bytes()));
  CHECK(matches_golden("batch_v1.hex", encode_batch(sample_batch())));
  const ObjectPositions entry{object_number(1), 200, {70'000, 70'001, 90'000, 5'000'000'000}};
  const ObjectKey key = object_key(entry.object, entry.positions.front());
  Bytes with_key(key.begin(), key.end());
  const Bytes value = encode_positions(entry);
  with_key.insert(with_key.end(), value.begin(), value.end());
  CHECK(matches_golden("object_positions_v1.hex", with_key));
  CHECK(matches_golden("sealed_command_v1.hex", encode_sealed_command({key_number(1), key_number(2), 1, object_number(1), 300, 70'000, 2})));
  const BatchKey batch = batch_key(0x0102030405060708);
  CHECK(std::string(batch.begin(), batch.end()) == std::string("batch\x01\x02\x03\x04\x05\x06\x07\x08", 13));
  const ChunkKey chunk = chunk_key(0x0102030405060708);
  CHECK(std::string(chunk.begin(), chunk.end()) == std::string("\x01\x02\x03\x04\x05\x06\x07\x08", 8));
}

}  // namespace dealog::eventstore
