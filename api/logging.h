#pragma once
// Logs as JSON lines on stderr or in a file: {"time","level","message", ...fields}. Messages are escaped, so
// what a client sends cannot forge a line. Never logged: bodies, tokens, query values, personal fields.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace dealog::api {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
std::optional<LogLevel> parse_log_level(std::string_view word);

// Once, at start. `file`: "" is stderr. Without it, info and above go to stderr.
void set_up_logging(LogLevel level, const std::string& file = {});
void flush_logs();
bool logs(LogLevel level);

using LogField = std::pair<std::string_view, std::variant<std::string_view, std::int64_t>>;
// Any thread.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

// One line as it is written, without the newline: for tests.
std::string log_line(std::string_view time, LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields);

}  // namespace dealog::api
