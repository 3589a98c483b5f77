#include "api/etag.h"

#include <charconv>

#include "api/header_value.h"

namespace dealog::api {
namespace {

std::string_view without_weakness(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

// FNV-1a twice with different starts: 128 bits against accidents, not against attackers, who only fool themselves.
std::string digest(std::string_view of) {
  std::uint64_t halves[2] = {14695981039346656037ull, 0x9E3779B97F4A7C15ull};
  for (const char c : of)
    for (std::uint64_t& half : halves) {
      half ^= static_cast<unsigned char>(c);
      half *= 1099511628211ull;
      half ^= half >> 29;
    }
  std::string digits;
  for (const std::uint64_t half : halves)
    for (unsigned i = 0; i < 16; ++i) digits += "0123456789abcdef"[(half >> (4 * i)) & 15];
  return digits;
}

}  // namespace

std::string etag(Version version) { return '"' + std::to_string(version) + '"'; }

std::string etag(Version version, std::string_view answer) { return '"' + std::to_string(version) + '-' + digest(answer) + '"'; }

std::string weak_etag(std::string_view what_it_depends_on) { return "W/\"" + digest(what_it_depends_on) + '"'; }

bool names_etag(std::string_view header, std::string_view etag) {
  header = trimmed(header);
  if (header.empty() || etag.empty()) return false;
  if (header == "*") return true;
  const std::string_view wanted = without_weakness(etag);
  while (!header.empty()) {
    // A tag may hold commas, so the end is its closing quote.
    std::string_view rest = without_weakness(header);
    if (rest.empty() || rest.front() != '"') return false;
    const std::size_t close = rest.find('"', 1);
    if (close == std::string_view::npos) return false;
    if (rest.substr(0, close + 1) == wanted) return true;
    header = trimmed(rest.substr(close + 1));
    if (!header.empty()) {
      if (header.front() != ',') return false;
      header = trimmed(header.substr(1));
    }
  }
  return false;
}

std::optional<Version> version_asked(std::string_view if_match, bool& bad) {
  bad = false;
  if_match = trimmed(if_match);
  if (if_match.empty() || if_match == "*") return std::nullopt;
  bad = true;
  if (if_match.size() < 3 || if_match.front() != '"' || if_match.back() != '"') return std::nullopt;
  const std::string_view digits = if_match.substr(1, if_match.size() - 2);
  Version version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc()) return std::nullopt;
  std::string_view rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
  if (rest.starts_with('-') && rest.size() == 33 && rest.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos) rest = {};
  if (!rest.empty()) return std::nullopt;
  bad = false;
  return version;
}

}  // namespace dealog::api
