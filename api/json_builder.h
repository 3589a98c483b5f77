#pragma once
// What Boost.JSON's parser tells, built up as a value. Only for those who parse in a way of their own: they derive from it, add the
// limits that the parser asks of its handler (max_object_size ...), and say what becomes of a fraction (on_double). Nothing here is
// virtual: the parser calls the derived names.

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <cstddef>
#include <cstdint>

namespace dealog::api {

struct JsonBuilder {
  boost::json::value_stack stack;
  std::size_t keys = 0;   // given, whether twice or not

  using Text = boost::json::string_view;
  using Error = boost::json::error_code;
  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return true; }
  bool on_object_end(std::size_t n, Error&) { stack.push_object(n); return true; }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t n, Error&) { stack.push_array(n); return true; }
  bool on_key_part(Text part, std::size_t, Error&) { stack.push_chars(part); return true; }
  bool on_key(Text last, std::size_t, Error&) { stack.push_key(last); ++keys; return true; }
  bool on_string_part(Text part, std::size_t, Error&) { stack.push_chars(part); return true; }
  bool on_string(Text last, std::size_t, Error&) { stack.push_string(last); return true; }
  bool on_number_part(Text, Error&) { return true; }   // never: all the text is there at once
  bool on_int64(std::int64_t number, Text, Error&) { stack.push_int64(number); return true; }
  bool on_uint64(std::uint64_t number, Text, Error&) { stack.push_uint64(number); return true; }
  bool on_bool(bool flag, Error&) { stack.push_bool(flag); return true; }
  bool on_null(Error&) { stack.push_null(); return true; }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }
};

}  // namespace dealog::api
