#pragma once
// {"add": [...], "remove": [...]} where a PATCH may give a set as an array: what else the set holds stays, and is for the decision
// to know (SPEC DEA-8; domain/sets.h).

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>

#include "api/describe.h"
#include "domain/command.h"

namespace dealog::api {

// Nothing and at least one fault when it is not that.
template <class T>
std::optional<command::Members<T>> read_members(const json::object& from, std::string_view pointer, Faults& faults) {
  const std::size_t faults_before = faults.all.size();
  constexpr std::string_view known[] = {"add", "remove"};
  detail::refuse_unknown(from, known, pointer, faults);
  if (!from.contains("add") && !from.contains("remove")) faults.impossible(std::string(pointer), "required", "Say what to add, what to remove, or both.");
  command::Members<T> members;
  const auto read = [&](std::string_view name, std::vector<T>& into) {
    if (const json::value* given = from.if_contains(name)) detail::decode_value(*given, into, {0, 200, INT64_MIN, INT64_MAX}, pointer_to(pointer, name), faults);
  };
  read("add", members.add);
  read("remove", members.remove);
  if (faults.all.size() != faults_before) return std::nullopt;
  return members;
}

}  // namespace dealog::api
