#include "api/header_value.h"

#include <algorithm>
#include <charconv>

namespace dealog::api {

bool same_word(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

int quality(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view each = next_part(parameters, ';');
    if (each.size() < 3 || lower(each[0]) != 'q' || each[1] != '=') continue;
    double number = 0;
    const auto [end, error] = std::from_chars(each.data() + 2, each.data() + each.size(), number);
    return error == std::errc() && number >= 0 && number <= 1 ? static_cast<int>(number * 1000 + 0.5) : 0;
  }
  return 1000;
}

}  // namespace dealog::api
