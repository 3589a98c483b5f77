#include "api/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "api/encode.h"

namespace dealog::api {
namespace {

// A line is built whole before spdlog sees it (its own pattern escapes nothing); the formatter adds only the newline.
// The time is taken here and the line written under spdlog's lock, so neighbours may be out of order by microseconds.
spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: break;
  }
  return spdlog::level::off;
}

std::string_view word(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
    case LogLevel::off: break;
  }
  return "off";
}

std::shared_ptr<spdlog::logger> make_logger(LogLevel level, const std::string& file) {
  spdlog::sink_ptr sink;
  if (file.empty()) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  else sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  auto logger = std::make_shared<spdlog::logger>("dealog", std::move(sink));
  logger->set_level(to_spdlog(level));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc));
  logger->flush_on(spdlog::level::warn);
  return logger;
}

std::shared_ptr<spdlog::logger>& current() {
  static std::shared_ptr<spdlog::logger> logger = make_logger(LogLevel::info, {});
  return logger;
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off})
    if (word(level) == text) return level;
  return std::nullopt;
}

void set_up_logging(LogLevel level, const std::string& file) { current() = make_logger(level, file); }
void flush_logs() { current()->flush(); }
bool logs(LogLevel level) { return current()->should_log(to_spdlog(level)); }

std::string log_line(std::string_view time, LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  JsonWriter line;
  line.object().field("time", time).field("level", word(level)).field("message", message);
  for (const auto& [key, value] : fields) {
    line.key(key);
    if (const auto* number = std::get_if<std::int64_t>(&value)) line.value(*number);
    else line.value(std::get<std::string_view>(value));
  }
  line.end();
  return std::move(line).text();
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!logs(level)) return;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  current()->log(to_spdlog(level), log_line(to_string(Instant{now.time_since_epoch().count()}), level, message, fields));
}

}  // namespace dealog::api
