#include "api/export_json.h"

#include <boost/json/object.hpp>

#include <stdexcept>

#include "api/json_builder.h"

namespace dealog::api {

namespace json = boost::json;

namespace {

struct Builder : JsonBuilder {
  static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX, max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;

  bool on_double(double, Text digits, Error&) {
    stack.push_key({});
    stack.push_string(digits);
    stack.push_object(1);
    return true;
  }
};

}  // namespace

json::value parse_exactly(std::string_view text, json::storage_ptr memory) {
  json::basic_parser<Builder> parser(json::parse_options{});
  parser.handler().stack.reset(std::move(memory));
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error || read != text.size()) throw std::runtime_error("an answer of ours cannot be read");
  return parser.handler().stack.release();
}

std::optional<std::string_view> fraction(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr || object->size() != 1 || !object->begin()->key().empty()) return std::nullopt;
  const json::string& digits = object->begin()->value().as_string();
  return std::string_view(digits.data(), digits.size());
}

}  // namespace dealog::api
