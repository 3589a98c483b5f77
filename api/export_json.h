#pragma once
// Answers of ours, read back without loss: a number with a fraction keeps its digits, which a double would not.

#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace dealog::api {

// The answer; numbers with a fraction are objects whose one key is empty, which no answer has otherwise. In `memory`, which has to
// outlive it. Throws std::runtime_error for what is no JSON.
boost::json::value parse_exactly(std::string_view text, boost::json::storage_ptr memory);

// The digits of such a number; nothing: the value is none.
std::optional<std::string_view> fraction(const boost::json::value& value);

}  // namespace dealog::api
