#include "domain/scorecard_parameters.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "domain/packed.h"

namespace dealog {
namespace {

// What of a parameter has a fixed size. Without padding: digests are made of these bytes.
struct PackedParameter {
  Uuid id, object;
  std::int64_t target;
  std::uint32_t weight_bp;
  std::int32_t counted_from;
  std::uint32_t name_length, unit_length;
  std::uint32_t kind;
  std::uint16_t less_is_better, is_active;
};
struct PackedValue {
  Uuid parameter;
  std::int64_t value;
};
static_assert(std::has_unique_object_representations_v<PackedParameter> && std::has_unique_object_representations_v<PackedValue>);

std::string take_text(std::string_view& bytes, std::size_t length) {
  std::string text(bytes.substr(0, length));
  bytes.remove_prefix(text.size());
  return text;
}

}  // namespace

Uuid group_key(const CardPeriod& period, const std::vector<event::ScorecardParameter>& parameters) {
  std::vector<std::string> lines;
  for (const event::ScorecardParameter& it : parameters) {
    std::string& line = lines.emplace_back(spec_of(it).name);
    for (const std::string& part : {to_string(it.object), std::to_string(it.target), std::to_string(it.weight_bp),
                                    it.counted_from ? to_string(*it.counted_from) : std::string(), std::string(it.less_is_better ? "less" : ""),
                                    std::string(it.is_active ? "active" : ""), it.unit, it.name})
      line.append("\n").append(part);
  }
  std::ranges::sort(lines);
  std::string all = std::to_string(static_cast<int>(period.kind)) + " " + to_string(period.start) + " " + to_string(period.end);
  for (const std::string& line : lines) all.append("\n\n").append(line);
  return derived_uuid("scorecard-group", all);
}

std::string packed(const std::vector<event::ScorecardParameter>& parameters) {
  std::string bytes;
  for (const event::ScorecardParameter& it : parameters) {
    append(bytes, PackedParameter{it.id, it.object, it.target, it.weight_bp, it.counted_from ? it.counted_from->days : no_day,
                                  static_cast<std::uint32_t>(it.name.size()), static_cast<std::uint32_t>(it.unit.size()), it.kind,
                                  it.less_is_better, it.is_active});
    bytes += it.name;
    bytes += it.unit;
  }
  return bytes;
}

std::string packed(const std::vector<event::ScorecardValue>& values) {
  std::string bytes;
  for (const event::ScorecardValue& it : values) append(bytes, PackedValue{it.parameter, it.value});
  return bytes;
}

std::vector<event::ScorecardParameter> unpacked_parameters(std::string_view bytes) {
  std::vector<event::ScorecardParameter> parameters;
  while (bytes.size() >= sizeof(PackedParameter)) {
    const auto fixed = take<PackedParameter>(bytes);
    event::ScorecardParameter& it = parameters.emplace_back();
    it.id = fixed.id;
    it.kind = static_cast<std::uint8_t>(fixed.kind);
    it.object = fixed.object;
    it.name = take_text(bytes, fixed.name_length);
    it.unit = take_text(bytes, fixed.unit_length);
    it.target = fixed.target;
    it.weight_bp = fixed.weight_bp;
    if (fixed.counted_from != no_day) it.counted_from = Day{fixed.counted_from};
    it.less_is_better = fixed.less_is_better != 0;
    it.is_active = fixed.is_active != 0;
  }
  return parameters;
}

std::vector<event::ScorecardValue> unpacked_values(std::string_view bytes) {
  std::vector<event::ScorecardValue> values;
  while (bytes.size() >= sizeof(PackedValue)) {
    const auto fixed = take<PackedValue>(bytes);
    values.push_back({fixed.parameter, fixed.value});
  }
  return values;
}

}  // namespace dealog
