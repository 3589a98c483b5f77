#pragma once
// Where texts and sets lie: written once, never moved, named by 32-bit references that fit into a column.
// A change writes a new one; nothing is reused, because old versions are asked for ever.
//
// Threads: as SegmentedLog.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "projections/interner.h"
#include "projections/segmented_log.h"

namespace dealog::projections {

// A reference: 0 is null.
using Ref = std::uint32_t;

// Texts and lists of texts: {length u32, bytes}, counted in units of 8 bytes, so 16 GB can be named.
class TextArena {
 public:
  TextArena() { units_.append_stretch(1); }

  Ref add(std::string_view text) {
    const std::size_t units = (sizeof(std::uint32_t) + text.size() + 7) / 8;
    const std::size_t at = units_.append_stretch(units);
    auto* bytes = reinterpret_cast<char*>(&units_.at(at));
    const auto length = static_cast<std::uint32_t>(text.size());
    std::memcpy(bytes, &length, sizeof length);
    if (!text.empty()) std::memcpy(bytes + sizeof length, text.data(), text.size());
    return static_cast<Ref>(at);
  }
  // A list is a text of its members, each behind its length.
  Ref add_list(const std::vector<std::string>& texts) {
    std::string joined;
    for (const std::string& text : texts) {
      const auto length = static_cast<std::uint32_t>(text.size());
      joined.append(reinterpret_cast<const char*>(&length), sizeof length);
      joined += text;
    }
    return add(joined);
  }

  std::string_view text(Ref ref) const {
    if (ref == 0) return {};
    const auto* bytes = reinterpret_cast<const char*>(&units_[ref]);
    std::uint32_t length = 0;
    std::memcpy(&length, bytes, sizeof length);
    return {bytes + sizeof length, length};
  }
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
  SegmentedLog<std::uint64_t> units_;
};

// Sets: {count, members}; a set of deeds has a second list behind the members: for each the number of the version
// row that added it.
class SetArena {
 public:
  SetArena() { values_.append_stretch(1); }

  Ref add(std::span<const std::uint32_t> members, std::span<const std::uint32_t> rows = {}) {
    const std::size_t at = values_.append_stretch(1 + members.size() + rows.size());
    std::uint32_t* to = &values_.at(at);
    *to++ = static_cast<std::uint32_t>(members.size());
    for (const std::uint32_t member : members) *to++ = member;
    for (const std::uint32_t row : rows) *to++ = row;
    return static_cast<Ref>(at);
  }
  std::span<const std::uint32_t> members(Ref ref) const {
    if (ref == 0) return {};
    const std::uint32_t* at = &values_[ref];
    return {at + 1, *at};
  }
  void prefetch(Ref ref) const {
    if (ref != 0) __builtin_prefetch(&values_[ref]);
  }
  // REQUIRES: the set was added with rows.
  std::span<const std::uint32_t> rows(Ref ref) const {
    if (ref == 0) return {};
    const std::uint32_t* at = &values_[ref];
    return {at + 1 + *at, *at};
  }
  std::size_t bytes() const { return values_.size() * 4; }

 private:
  SegmentedLog<std::uint32_t> values_;
};

}  // namespace dealog::projections
