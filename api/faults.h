#pragma once
// What a body or a query got wrong, all of it at once. `malformed` faults are the client's language (400): wrong
// type, unknown field, unreadable date; the others are well-formed but impossible (422). Both at once: 400.

#include <string>
#include <string_view>
#include <vector>

#include "domain/refusal.h"

namespace dealog::api {

// The codes of faults that decoding itself finds. Beyond the domain's names: not_json, unreadable, too_short,
// duplicate_key, unknown_parameter.
struct InputFault {
  std::string pointer;   // JSON pointer into the body ("/lines/2/price"); of a query parameter "/" and its name
  std::string code;
  std::string message;
  bool malformed = true;

  friend bool operator==(const InputFault&, const InputFault&) = default;
};

// At most `most_faults` are kept.
struct Faults {
  std::vector<InputFault> all;

  bool empty() const { return all.empty(); }
  bool malformed() const;   // at least one is: the answer is 400
  bool names(std::string_view pointer) const;

  void add(InputFault fault);

  void required(std::string pointer);                                    // 422
  void wrong_type(std::string pointer, std::string_view expected);       // 400 "must be a string"
  void unreadable(std::string pointer, std::string_view expected);       // 400 "is not a date such as ..."
  void unknown_field(std::string pointer);                               // 400
  void unknown_parameter(std::string_view name);                         // 400
  void impossible(std::string pointer, std::string_view code, std::string message);  // 422
};

// `pointer` with one more step; "~" and "/" in names are escaped.
std::string pointer_to(std::string_view pointer, std::string_view name);
std::string pointer_to(std::string_view pointer, std::size_t index);

}  // namespace dealog::api
