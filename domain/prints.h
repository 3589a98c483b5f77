#pragma once
// Fingerprints of field values: enough to tell that an edit changes nothing (SPEC GEN-12), in 8 bytes a field and
// without keeping anybody's words in memory. 48 bits: two different values of one field look equal once in 2^48.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "domain/event.h"

namespace dealog {

// Never 0 but for null. Sets of references do not depend on their order.
std::uint64_t print_of(const Value& value);

class Prints {
 public:
  void set(std::uint16_t field, const Value& value) { set_print(field, print_of(value)); }
  // The print of the field's value; 0: null or never set.
  std::uint64_t of(std::uint16_t field) const {
    for (const std::uint64_t held : held_)
      if ((held & 0xFFFF) == field) return held >> 16;
    return 0;
  }
  bool is_set(std::uint16_t field) const { return of(field) != 0; }

  // Nothing is left of the fields that `is_gone` names.
  template <class P>
  void forget(P is_gone) {
    std::erase_if(held_, [&](std::uint64_t held) { return is_gone(static_cast<std::uint16_t>(held & 0xFFFF)); });
  }

  // A print that stands for no value that is known.
  static constexpr std::uint64_t unknown = 0xFFFF'FFFF'FFFF;
  void set_print(std::uint16_t field, std::uint64_t print);

 private:
  std::vector<std::uint64_t> held_;  // print << 16 | field
};

}  // namespace dealog
