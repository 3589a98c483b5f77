#pragma once
// Bodies of forms with files: multipart/form-data (RFC 7578), as browsers and curl send it. Nothing is copied.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dealog::api {

struct FormPart {
  std::string name;
  std::optional<std::string> filename;   // as given, unescaped; nothing: a plain field
  std::string type;                      // "image/png": type and subtype alone, in small letters; "" when it is none
  std::string_view content;              // into the body
};

inline constexpr std::size_t form_overhead = 64 * 1024;   // what a form may have beside its files

// The parts, in order. Nothing when the body is not what its Content-Type says: no boundary, no end, a part without a name,
// more than 32 parts, a header of a part beyond 8 KiB.
std::optional<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body);

// "attachment", with that name for every client there is (RFC 6266): the value of Content-Disposition.
std::string attachment(std::string_view filename);

}  // namespace dealog::api
