#pragma once
// Where texts and sets lie: written once, never moved, named by 32-bit references that fit into a column.
// A change writes a new one; nothing is overwritten, because old versions are asked for ever.
//
// Threads: as SegmentedLog.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "domain/text.h"
#include "projections/interner.h"
#include "projections/segmented_log.h"

namespace dealog::projections {

// A reference: 0 is null.
using Ref = std::uint32_t;

// Texts and lists of texts: {length and flags u32, bytes}, counted in units of 8 bytes, so 16 GB can be named. Behind a
// short text lies {length u32, bytes} of it as it is searched for (fold_for_search), unless that is the same: a million
// names are searched in the time of reading them.
class TextArena {
 public:
  static constexpr std::size_t longest_folded = 256;  // bytes

  TextArena() { units_.append_stretch(1); }
  // Words of people whose data were erased meanwhile are in it (ReadModels::replace).
  ~TextArena() { units_.wipe(); }
  TextArena(const TextArena&) = delete;
  TextArena& operator=(const TextArena&) = delete;

  Ref add(std::string_view text) {
    if (text.size() > longest_folded) return store(text, 0, {});
    const std::string folded = fold_for_search(text);
    return folded == text ? store(text, folds_to_itself, {}) : store(text, has_folded, folded);
  }
  // A list is a text of its members, each behind its length.
  Ref add_list(const std::vector<std::string>& texts) {
    std::string joined;
    for (const std::string& text : texts) {
      const auto length = static_cast<std::uint32_t>(text.size());
      joined.append(reinterpret_cast<const char*>(&length), sizeof length);
      joined += text;
    }
    return store(joined, 0, {});
  }

  std::string_view text(Ref ref) const {
    if (ref == 0) return {};
    const char* bytes = at(ref);
    return {bytes + sizeof(std::uint32_t), word(bytes) & length_bits};
  }
  // fold_for_search(text(ref)), where it is kept: nothing for long texts and lists.
  std::optional<std::string_view> folded(Ref ref) const {
    if (ref == 0) return std::string_view();
    const char* bytes = at(ref);
    const std::uint32_t head = word(bytes);
    const std::string_view text(bytes + sizeof head, head & length_bits);
    if ((head & folds_to_itself) != 0) return text;
    if ((head & has_folded) == 0) return std::nullopt;
    const char* behind = text.data() + text.size();
    return std::string_view(behind + sizeof head, word(behind));
  }
  void prefetch(Ref ref) const { __builtin_prefetch(&units_[ref]); }
  std::vector<std::string_view> list(Ref ref) const {
    std::vector<std::string_view> texts;
    for (std::string_view rest = text(ref); !rest.empty();) {
      std::uint32_t length = 0;
      std::memcpy(&length, rest.data(), sizeof length);
      texts.push_back(rest.substr(sizeof length, length));
      rest.remove_prefix(sizeof length + length);
    }
    return texts;
  }
  std::size_t bytes() const { return units_.size() * 8; }

 private:
  static constexpr std::uint32_t folds_to_itself = 1u << 31, has_folded = 1u << 30, length_bits = has_folded - 1;

  const char* at(Ref ref) const { return reinterpret_cast<const char*>(&units_[ref]); }
  static std::uint32_t word(const char* bytes) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  Ref store(std::string_view text, std::uint32_t flags, std::string_view folded) {
    const std::size_t behind = flags == has_folded ? sizeof(std::uint32_t) + folded.size() : 0;
    const std::size_t at = units_.append_stretch((sizeof(std::uint32_t) + text.size() + behind + 7) / 8);
    auto* bytes = reinterpret_cast<char*>(&units_.at(at));
    const auto put = [&bytes](std::string_view what, std::uint32_t flag) {
      const std::uint32_t head = static_cast<std::uint32_t>(what.size()) | flag;
      std::memcpy(bytes, &head, sizeof head);
      if (!what.empty()) std::memcpy(bytes + sizeof head, what.data(), what.size());
      bytes += sizeof head + what.size();
    };
    put(text, flags);
    if (behind != 0) put(folded, 0);
    return static_cast<Ref>(at);
  }

  SegmentedLog<std::uint64_t> units_;
};

// Sets: {count, members}. Equal ones lie mostly in one place: the actions that were done in deals, the stages that these
// have been in, their groups and tags are few sets for very many rows.
class SetArena {
 public:
  SetArena() { values_.append_stretch(1); }

  Ref add(std::span<const std::uint32_t> members) {
    if (latest_.empty()) latest_.resize(std::size_t{1} << remembered_bits);
    std::uint64_t hash = members.size();
    for (const std::uint32_t member : members) hash = (hash ^ member) * 0x9E37'79B9'7F4A'7C15u;
    Ref& latest = latest_[hash >> (64 - remembered_bits)];
    if (latest == 0 || !std::ranges::equal(this->members(latest), members)) latest = store(members);
    return latest;
  }
  std::span<const std::uint32_t> members(Ref ref) const {
    if (ref == 0) return {};
    const std::uint32_t* at = &values_[ref];
    return {at + 1, *at};
  }
  std::size_t bytes() const { return values_.size() * 4; }

 private:
  static constexpr std::size_t most = std::size_t{1} << 31;   // past_world.h has a use for the top bit
  static constexpr unsigned remembered_bits = 12;

  Ref store(std::span<const std::uint32_t> members) {
    const std::size_t at = values_.append_stretch(1 + members.size());
    if (at >= most) throw std::length_error("the sets of a read model have outgrown their references");
    values_.at(at) = static_cast<std::uint32_t>(members.size());
    std::ranges::copy(members, &values_.at(at) + 1);
    return static_cast<Ref>(at);
  }

  SegmentedLog<std::uint32_t> values_;
  std::vector<Ref> latest_;   // by the hash of what they hold: the appender's
};

}  // namespace dealog::projections
