#include "domain/prints.h"

#include <string_view>

namespace dealog {
namespace {

// FNV-1a with a finisher: stable, and good enough to tell values apart. No secret and no protection.
struct Hash {
  std::uint64_t state = 0xCBF29CE484222325ull;

  void byte(std::uint8_t value) { state = (state ^ value) * 0x100000001B3ull; }
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(value >> shift));
  }
  void text(std::string_view words) {
    number(words.size());
    for (const char letter : words) byte(static_cast<std::uint8_t>(letter));
  }
  void id(const Uuid& value) {
    for (const std::uint8_t part : value.bytes) byte(part);
  }
  std::uint64_t print() const {
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93ull;
    mixed = (mixed ^ (mixed >> 32)) >> 16;
    return mixed == 0 ? 1 : mixed;
  }
};

}  // namespace

std::uint64_t print_of(const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return 0;
  Hash hash;
  hash.byte(static_cast<std::uint8_t>(value.index()));
  if (const auto* number = std::get_if<std::int64_t>(&value)) hash.number(static_cast<std::uint64_t>(*number));
  else if (const auto* text = std::get_if<std::string>(&value)) hash.text(*text);
  else if (const auto* id = std::get_if<Uuid>(&value)) hash.id(*id);
  else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    if (texts->empty()) return 0;
    for (const std::string& text_ : *texts) hash.text(text_);
  } else if (const auto* ids = std::get_if<std::vector<Uuid>>(&value)) {
    if (ids->empty()) return 0;
    std::vector<Uuid> sorted = *ids;
    std::ranges::sort(sorted);
    for (const Uuid& id_ : sorted) hash.id(id_);
  }
  return hash.print();
}

void Prints::set_print(std::uint16_t field, std::uint64_t print) {
  for (std::uint64_t& held : held_) {
    if ((held & 0xFFFF) != field) continue;
    if (print) {
      held = print << 16 | field;
    } else {
      held = held_.back();
      held_.pop_back();
    }
    return;
  }
  if (print) held_.push_back(print << 16 | field);
}

}  // namespace dealog
