#include "api/faults.h"

#include <algorithm>

namespace dealog::api {

bool Faults::malformed() const {
  return std::ranges::any_of(all, [](const InputFault& fault) { return fault.malformed; });
}

bool Faults::names(std::string_view pointer) const {
  return std::ranges::find(all, pointer, &InputFault::pointer) != all.end();
}

void Faults::add(InputFault fault) {
  if (all.size() == most_faults) {
    if (!fault.malformed || all.back().malformed) return;   // the worst decides the answer
    all.pop_back();
  }
  all.push_back(std::move(fault));
}

void Faults::required(std::string pointer) {
  add({std::move(pointer), "required", "This must be given.", false});
}

void Faults::wrong_type(std::string pointer, std::string_view expected) {
  add({std::move(pointer), "wrong_type", "This must be " + std::string(expected) + ".", true});
}

void Faults::unreadable(std::string pointer, std::string_view expected) {
  add({std::move(pointer), "unreadable", "This is not " + std::string(expected) + ".", true});
}

void Faults::unknown_field(std::string pointer) {
  add({std::move(pointer), "unknown_field", "There is no such field here.", true});
}

void Faults::unknown_parameter(std::string_view name) {
  add({pointer_to({}, name), "unknown_parameter", "There is no such query parameter here.", true});
}

void Faults::impossible(std::string pointer, std::string_view code, std::string message) {
  add({std::move(pointer), std::string(code), std::move(message), false});
}

std::string pointer_to(std::string_view pointer, std::string_view name) {
  std::string made(pointer);
  made += '/';
  for (const char c : name) {
    if (c == '~') made += "~0";
    else if (c == '/') made += "~1";
    else made += c;
  }
  return made;
}

std::string pointer_to(std::string_view pointer, std::size_t index) {
  return pointer_to(pointer, std::string_view(std::to_string(index)));
}

}  // namespace dealog::api
