#pragma once
// The small grammar that header values share (RFC 9110, 5.6 and 12.4.2).

#include <string_view>

namespace dealog::api {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// The same word, ASCII letters without case: names of headers, media types, parameters.
bool same_word(std::string_view a, std::string_view b);

// Without spaces and tabs around it.
std::string_view trimmed(std::string_view text);

// The part before the separator, trimmed; `rest` goes on behind it. Separators in quotes are not known.
std::string_view next_part(std::string_view& rest, char separator);

// Thousandths of the weight among parameters: 500 of "charset=utf-8; q=0.5". 1000: none is said; 0 too where it is no weight.
int quality(std::string_view parameters);

}  // namespace dealog::api
