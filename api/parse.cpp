// JSON text to values: Boost.JSON's parser with a handler of ours, because its own lets the last of two equal keys
// win, turns 1e400 into infinity and integers beyond 64 bits into doubles, all silently.

#include <boost/json/object.hpp>

#include <cmath>

#include "api/decode.h"
#include "api/json_builder.h"

namespace dealog::api {
namespace {

constexpr std::size_t max_depth = 32;

struct Builder : JsonBuilder {
  static constexpr std::size_t max_object_size = 1'000'000;
  static constexpr std::size_t max_array_size = 1'000'000;
  static constexpr std::size_t max_key_size = 1'000;
  static constexpr std::size_t max_string_size = 16 * 1024 * 1024;

  bool bad_number = false;

  bool on_double(double d, Text text, Error& error) {
    if (!std::isfinite(d) || text.find_first_of(".eE") == Text::npos) {
      bad_number = true;
      error = json::make_error_code(json::error::exponent_overflow);
      return false;
    }
    stack.push_double(d);
    return true;
  }
};

std::size_t count_keys(const json::value& value) {
  std::size_t keys = 0;
  if (const json::object* object = value.if_object()) {
    keys = object->size();
    for (const auto& [key, inner] : *object) keys += count_keys(inner);
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& inner : *array) keys += count_keys(inner);
  }
  return keys;
}

void not_json(Faults& faults, std::size_t offset, std::string_view why) {
  faults.add({"", "not_json", "The body is not JSON at byte " + std::to_string(offset) + ": " + std::string(why) + ".", true});
}

}  // namespace

std::optional<json::value> parse_json(std::string_view text, Faults& faults) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<Builder> parser(options);
  Builder& handler = parser.handler();
  handler.stack.reset();

  json::error_code error;
  const std::size_t offset = parser.write_some(false, text.data(), text.size(), error);
  if (handler.bad_number) {
    faults.add({"", "not_json", "The number at byte " + std::to_string(offset) + " does not fit.", true});
    return std::nullopt;
  }
  if (error) {
    not_json(faults, offset, error.message());
    return std::nullopt;
  }
  if (offset != text.size()) {
    not_json(faults, offset, "there is something behind the value");
    return std::nullopt;
  }
  json::value value = handler.stack.release();
  if (count_keys(value) != handler.keys) {
    faults.add({"", "duplicate_key", "A key is given twice in one object.", true});
    return std::nullopt;
  }
  return value;
}

std::optional<json::object> parse_object(std::string_view text, Faults& faults) {
  auto value = parse_json(text, faults);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    faults.wrong_type("", "an object");
    return std::nullopt;
  }
  return std::move(value->get_object());
}

}  // namespace dealog::api
