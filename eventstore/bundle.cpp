#include "eventstore/bundle.h"

#include <algorithm>
#include <set>

#include "domain/audit.h"
#include "domain/events_generated.h"
#include "eventstore/log_index.h"
#include "eventstore/seal.h"

namespace dealog::eventstore {

namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

// Bytes that read_record may look at: aligned.
struct Sound {
  Bytes bytes;
  const fb::Record* record = nullptr;   // null: unsound
  explicit Sound(const Bytes& stored) : bytes(stored), record(read_record(bytes)) {}
};

class Checker {
 public:
  Checker(const Bundle& bundle, const VerifierKey& trusted) : bundle_(bundle), keys_{trusted} {}

  BundleVerdict check(const std::optional<std::string>& earlier) {
    follow_keys();
    const auto signed_tree = signed_by_us(bundle_.checkpoint);
    if (!signed_tree) {
      wrong("The checkpoint in the file is not signed by the given key, nor by one that it names as its successor: nothing in the file can be trusted.");
      if (earlier) verdict_.same_log = false;
      return std::move(verdict_);
    }
    verdict_.checkpoint = *signed_tree;
    verdict_.unaltered = check_records();
    for (const ProvenRecord& change : bundle_.key_changes)
      if (!is_in_tree(change)) fail(verdict_.unaltered, "The change of the signing key at position " + number(change.position) + " is not in the log that the checkpoint signs.");
    verdict_.complete = check_completeness();
    if (earlier) verdict_.same_log = check_same_log(*earlier);
    return std::move(verdict_);
  }

 private:
  void wrong(std::string what) { verdict_.wrong.push_back(std::move(what)); }
  void fail(bool& holds, std::string what) {
    holds = false;
    wrong(std::move(what));
  }

  // The keys that may sign: the trusted one and those that follow from it.
  void follow_keys() {
    for (const ProvenRecord& each : bundle_.key_changes) {
      const Sound sound(each.bytes);
      if (!sound.record || sound.record->event_type() != fb::Event::SigningKeyChanged) continue;
      const auto change = std::get<event::SigningKeyChanged>(event_of(*sound.record));
      if (change.origin == keys_.back().name && change.previous == keys_.back().key && is_signed(change)) keys_.push_back({change.origin, change.next});
    }
  }

  std::optional<Checkpoint> signed_by_us(const std::string& note) const {
    for (const VerifierKey& key : keys_) {
      const auto text = open_note(note, key);
      auto checkpoint = text ? parse_checkpoint(*text) : std::nullopt;
      if (checkpoint && checkpoint->origin == key.name) return checkpoint;
    }
    return std::nullopt;
  }

  bool is_in_tree(const ProvenRecord& record) const {
    return record.position != 0 && check_inclusion(leaf_hash(record.bytes), record.position - 1, verdict_.checkpoint.size, record.proof, verdict_.checkpoint.root);
  }

  // Every record lies in the log where it says, is of the object, and they stand in order.
  bool check_records() {
    bool holds = true;
    Version expected = 1;
    Position before = 0;
    const std::set<Version> shown = versions_shown();
    for (const ProvenRecord& each : bundle_.records) {
      ++verdict_.events;
      const std::string which = "Event " + number(verdict_.events) + " (position " + number(each.position) + ")";
      const Sound sound(each.bytes);
      if (!sound.record) {
        fail(holds, which + " was altered: it is no sound record.");
        continue;
      }
      if (!is_in_tree(each) || sound.record->position() != each.position) {
        fail(holds, which + " was altered, or was never in this log: its bytes do not lead to the root that the checkpoint signs.");
        continue;
      }
      if (object_of(*sound.record) != bundle_.object) {
        fail(holds, which + " is of another object.");
        continue;
      }
      const Version version = sound.record->version();
      if (each.position <= before || version < expected) fail(holds, which + " is out of order: version " + number(version) + " stands where version " + number(expected) + " belongs.");
      else if (version > expected) check_gap(shown, expected, version - 1, which, holds);
      expected = version + 1;
      before = each.position;
      check_personal(each, *sound.record, which, holds);
    }
    return holds;
  }

  std::set<Version> versions_shown() const {
    std::set<Version> shown;
    for (const ProvenRecord& each : bundle_.records)
      if (const Sound sound(each.bytes); sound.record) shown.insert(sound.record->version());
    return shown;
  }

  // Versions `first` to `last` do not stand where they belong: are they anywhere?
  void check_gap(const std::set<Version>& shown, Version first, Version last, const std::string& which, bool& holds) {
    const auto next = shown.lower_bound(first);
    if (next != shown.end() && *next <= last) fail(holds, which + " is out of order: version " + number(last + 1) + " stands where version " + number(first) + " belongs.");
    else if (first == last) fail(holds, "Event " + number(first) + " of the history is missing: it was removed.");
    else fail(holds, "Events " + number(first) + " to " + number(last) + " of the history are missing: they were removed.");
  }

  void check_personal(const ProvenRecord& each, const fb::Record& record, const std::string& which, bool& holds) {
    if (!is_sealed(record)) return;
    ++verdict_.sealed;
    if (!each.keys) return;
    if (open_disclosed(*each.keys, record)) ++verdict_.opened;
    else fail(holds, which + ": its personal part does not open with the key in the file.");
  }

  // The heads, in the log, name the object's newest version up to H: the last record here.
  bool check_completeness() {
    bool holds = true;
    const Sound sound(bundle_.heads.bytes);
    const bool is_heads = sound.record && sound.record->event_type() == fb::Event::HeadsCommitted && sound.record->position() == bundle_.heads.position;
    if (!is_heads || !is_in_tree(bundle_.heads)) {
      fail(holds, "The record that says which versions are the newest (heads_committed) is not in the log that the checkpoint signs.");
      return holds;
    }
    const auto committed = std::get<event::HeadsCommitted>(event_of(*sound.record));
    if (committed.up_to != bundle_.up_to) fail(holds, "The file claims to be complete up to position " + number(bundle_.up_to) + ", the log says so up to " + number(committed.up_to) + ".");
    const Hash32 name = head_name(bundle_.object);
    const std::size_t bucket = bucket_of(name);
    const auto entries = decode_head_entries(bundle_.opening.entries, bucket);
    if (!entries || !check_inclusion(leaf_hash(bundle_.opening.entries), bucket, head_buckets, bundle_.opening.proof, committed.root)) {
      fail(holds, "The file does not show what the log committed to as the newest version of this object.");
      return holds;
    }
    const auto entry = std::ranges::find(*entries, name, &HeadEntry::name);
    const Version newest = entry == entries->end() ? 0 : entry->version;
    check_end(newest, entry == entries->end() ? Hash32{} : entry->leaf, committed.up_to, holds);
    return holds && verdict_.unaltered;
  }

  void check_end(Version newest, const Hash32& leaf, Position up_to, bool& holds) {
    const Sound last(bundle_.records.empty() ? Bytes{} : bundle_.records.back().bytes);
    const Version shown = last.record ? last.record->version() : 0;
    if (newest > shown) {
      fail(holds, "The end of the history was cut off: up to position " + number(up_to) + " the log has " + number(newest) + " events of this object, the file ends with event " + number(shown) + ".");
    } else if (newest < shown) {
      fail(holds, "The history has events that the log did not have up to position " + number(up_to) + ".");
    } else if (newest != 0 && leaf_hash(last.bytes) != leaf) {
      fail(holds, "The history was replaced: its last event is not the one that the log committed to.");
    }
  }

  bool check_same_log(const std::string& note) {
    bool holds = true;
    const auto earlier = signed_by_us(note);
    if (!earlier) {
      fail(holds, "The earlier checkpoint is not signed by the given key or its successors.");
      return holds;
    }
    verdict_.earlier = earlier;
    const Checkpoint& now = verdict_.checkpoint;
    if (earlier->size > now.size) {
      fail(holds, "The log has gone back: the earlier checkpoint promised " + number(earlier->size) + " records, this one has " + number(now.size) + ". It was restored from an older copy, or cut.");
    } else if (earlier->size == now.size) {
      if (earlier->root != now.root) fail(holds, "The log was rewritten: with the same number of records it is not the one that the earlier checkpoint promised.");
    } else if (earlier->size > 0 && (!bundle_.consistency || bundle_.consistency->from != earlier->size)) {
      fail(holds, "The file has no proof for the earlier checkpoint of " + number(earlier->size) + " records: have it made again with that checkpoint.");
    } else if (earlier->size > 0 && !check_consistency(earlier->size, now.size, earlier->root, now.root, bundle_.consistency->proof)) {
      fail(holds, "The log was rewritten: it does not contain the " + number(earlier->size) + " records that the earlier checkpoint promised. History was replaced, or an older copy was restored and continued.");
    }
    return holds;
  }

  const Bundle& bundle_;
  std::vector<VerifierKey> keys_;
  BundleVerdict verdict_;
};

}  // namespace

BundleVerdict check_bundle(const Bundle& bundle, const VerifierKey& trusted, const std::optional<std::string>& earlier) {
  return Checker(bundle, trusted).check(earlier);
}

}  // namespace dealog::eventstore
