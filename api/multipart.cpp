#include "api/multipart.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "api/header_value.h"

namespace dealog::api {
namespace {

constexpr std::size_t most_parts = 32, most_header = 8 * 1024, most_type = 127;

// The characters of a token (RFC 9110).
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// `form-data; name="a"; filename="b.png"` as its first word and its parameters, values unquoted. False: cannot be read.
// Within quotes a backslash escapes a quote or a backslash; browsers write a quote as %22.
bool read_parameters(std::string_view text, std::string& word, std::vector<std::pair<std::string, std::string>>& parameters) {
  const std::size_t end = std::min(text.find(';'), text.size());
  word = std::string(trimmed(text.substr(0, end)));
  text.remove_prefix(end);
  while (!text.empty()) {
    text = trimmed(text.substr(1));   // behind the semicolon
    if (text.empty()) return true;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    std::string name(trimmed(text.substr(0, equals))), value;
    text = trimmed(text.substr(equals + 1));
    if (!text.empty() && text.front() == '"') {
      std::size_t at = 1;
      for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) ++at;
        value += text[at];
      }
      if (at >= text.size()) return false;
      text = trimmed(text.substr(at + 1));
      if (!text.empty() && text.front() != ';') return false;
    } else {
      const std::size_t over = std::min(text.find(';'), text.size());
      value = std::string(trimmed(text.substr(0, over)));
      text.remove_prefix(over);
    }
    std::ranges::transform(name, name.begin(), lower);
    parameters.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

const std::string* find(const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters)
    if (key == name) return &value;
  return nullptr;
}

std::string without_escaped_quotes(std::string text) {
  for (std::size_t at = 0; (at = text.find("%22", at)) != std::string::npos; ++at) text.replace(at, 3, "\"");
  return text;
}

std::string essence(std::string_view content_type) {
  std::string type(trimmed(content_type.substr(0, content_type.find(';'))));
  std::ranges::transform(type, type.begin(), lower);
  const std::size_t slash = type.find('/');
  const bool sound = slash != std::string::npos && type.size() <= most_type && is_token(std::string_view(type).substr(0, slash)) &&
                     is_token(std::string_view(type).substr(slash + 1));
  return sound ? type : std::string();
}

// The header of a part, lines that end with CRLF. False: cannot be read, or has no name.
bool read_header(std::string_view header, FormPart& part) {
  bool named = false;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find("\r\n"), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + 2, header.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view name = trimmed(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
    if (same_word(name, "Content-Type")) part.type = essence(value);
    if (!same_word(name, "Content-Disposition")) continue;
    std::string word;
    std::vector<std::pair<std::string, std::string>> parameters;
    if (named || !read_parameters(value, word, parameters) || !same_word(word, "form-data")) return false;
    const std::string* its = find(parameters, "name");
    if (its == nullptr) return false;
    part.name = *its;
    named = true;
    if (const std::string* filename = find(parameters, "filename")) part.filename = without_escaped_quotes(*filename);
  }
  return named;
}

}  // namespace

std::optional<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body) {
  std::string word;
  std::vector<std::pair<std::string, std::string>> parameters;
  if (!read_parameters(content_type, word, parameters)) return std::nullopt;
  const std::string* boundary = find(parameters, "boundary");
  if (boundary == nullptr || boundary->empty() || boundary->size() > 70) return std::nullopt;
  const std::string delimiter = "\r\n--" + *boundary;

  // What stands before the first delimiter counts for nothing; the first may begin the body.
  std::size_t at = 0;
  if (body.starts_with(std::string_view(delimiter).substr(2))) at = delimiter.size() - 2;
  else if (const std::size_t first = body.find(delimiter); first != std::string_view::npos) at = first + delimiter.size();
  else return std::nullopt;

  std::vector<FormPart> parts;
  for (;;) {
    if (body.substr(at).starts_with("--")) return parts;
    while (at < body.size() && (body[at] == ' ' || body[at] == '\t')) ++at;
    if (!body.substr(at).starts_with("\r\n") || parts.size() == most_parts) return std::nullopt;
    at += 2;
    const std::size_t header_end = body.substr(at, most_header).find("\r\n\r\n");
    if (header_end == std::string_view::npos) return std::nullopt;
    FormPart part;
    if (!read_header(body.substr(at, header_end), part)) return std::nullopt;
    at += header_end + 2;   // at the empty line, whose end may begin the next delimiter
    const std::size_t end = body.find(delimiter, at);
    if (end == std::string_view::npos) return std::nullopt;
    part.content = end < at + 2 ? std::string_view() : body.substr(at + 2, end - at - 2);
    parts.push_back(std::move(part));
    at = end + delimiter.size();
  }
}

std::string attachment(std::string_view filename) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string plain, encoded;
  for (const char c : filename) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '%';
    if (is_plain) plain += c;
    else if ((byte & 0xC0) != 0x80) plain += '_';   // one for each character
    if (std::isalnum(byte) != 0 || std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos) encoded += c;
    else ((encoded += '%') += digits[byte >> 4]) += digits[byte & 15];
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
}

}  // namespace dealog::api
