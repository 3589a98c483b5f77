#include "api/export_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_stack.hpp>

#include <stdexcept>

namespace dealog::api {

namespace json = boost::json;

namespace {

struct Builder {
  static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX, max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;

  json::value_stack stack;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t n, json::error_code&) { stack.push_object(n); return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) { stack.push_array(n); return true; }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { stack.push_chars(part); return true; }
  bool on_key(json::string_view last, std::size_t, json::error_code&) { stack.push_key(last); return true; }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { stack.push_chars(part); return true; }
  bool on_string(json::string_view last, std::size_t, json::error_code&) { stack.push_string(last); return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }   // never: all the text is there at once
  bool on_int64(std::int64_t number, json::string_view, json::error_code&) { stack.push_int64(number); return true; }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) { stack.push_uint64(number); return true; }
  bool on_double(double, json::string_view digits, json::error_code&) {
    stack.push_key({});
    stack.push_string(digits);
    stack.push_object(1);
    return true;
  }
  bool on_bool(bool flag, json::error_code&) { stack.push_bool(flag); return true; }
  bool on_null(json::error_code&) { stack.push_null(); return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
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
