#include "api/export_formats.h"

#include <algorithm>
#include <charconv>

#include "api/export.h"
#include "api/header_value.h"
#include "api/problem.h"
#include "api/route.h"
#include "projections/report_common.h"

namespace dealog::api {
namespace {

constexpr std::uint64_t most_rows = 100'000'000;

// How well a range names a type: 3 exactly, 2 "text/*", 1 "*/*", 0 not.
int precision(std::string_view range, std::string_view type) {
  if (same_word(range, type)) return 3;
  if (range == "*/*") return 1;
  const std::size_t slash = type.find('/');
  return range.size() == slash + 2 && range.ends_with("/*") && same_word(range.substr(0, slash), type.substr(0, slash)) ? 2 : 0;
}

struct Liking { int quality = 0, precision = 0; };

// By the range that names it best (RFC 9110, 12.5.1).
Liking liking(std::string_view accept, std::string_view type) {
  Liking best;
  while (!accept.empty()) {
    std::string_view parameters = next_part(accept, ',');
    const std::string_view range = next_part(parameters, ';');
    if (const int how = precision(range, type); how > best.precision) best = {quality(parameters), how};
  }
  return best;
}

void read_flag(std::string_view name, std::string_view value, bool& flag, Faults& faults) {
  flag = value == "true";
  if (!flag && value != "false") faults.unreadable(pointer_to({}, name), "true or false");
}

}  // namespace

std::string_view name(ExportFormat format) {
  constexpr std::string_view names[] = {"json", "csv", "xlsx"};
  return names[static_cast<std::size_t>(format)];
}

std::optional<ExportFormat> accepted_format(std::string_view accept, bool streams) {
  if (trimmed(accept).empty()) return ExportFormat::json;
  constexpr std::string_view types[] = {"application/json", csv_type, xlsx_type};
  std::optional<ExportFormat> best;
  int best_quality = 0;
  for (std::size_t i = 0; i < std::size(types); ++i)
    if (const int how = liking(accept, types[i]).quality; how > best_quality) {
      best_quality = how;
      best = static_cast<ExportFormat>(i);
    }
  // These are JSON and what handlers give of their own.
  const int others = std::max(streams ? liking(accept, "text/event-stream").quality : 0, liking(accept, "application/problem+json").quality);
  if (others > best_quality) best = ExportFormat::json;
  return best;
}

std::optional<ExportAsked> read_export(const Request& request, bool is_paged, bool streams, Response& refusal) {
  ExportAsked asked;
  Faults faults;
  const auto given = std::ranges::count(request.parameters, "format", [](const auto& each) { return std::string_view(each.first); });
  if (given > 1) faults.add({.pointer = "/format", .code = "duplicate", .message = "Given twice.", .malformed = true});
  if (const auto word = request.parameter("format")) {
    if (*word == "csv") asked.format = ExportFormat::csv;
    else if (*word == "xlsx") asked.format = ExportFormat::xlsx;
    else if (*word != "json") faults.unreadable("/format", "json, csv or xlsx");
  } else if (const auto format = accepted_format(request.header("Accept"), streams)) {
    asked.format = *format;
  } else {
    refusal = problem(Problem::not_acceptable, "There are application/json, text/csv and " + std::string(xlsx_type) + ".");
    return std::nullopt;
  }
  if (asked.format != ExportFormat::json)
    for (const auto& [name, value] : request.parameters) {
      if (name == "format") continue;
      if (name == "about") read_flag(name, value, asked.about, faults);
      else if (name == "guard") read_flag(name, value, asked.guard, faults);
      else if (name == "cursor" && is_paged)
        faults.add({.pointer = "/cursor", .code = "unknown_parameter", .message = "An export is the whole list: it has no pages.", .malformed = true});
      else if (name == "limit" && is_paged) {
        std::uint64_t rows = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), rows);
        const bool is_good = error == std::errc() && end == value.data() + value.size() && rows >= 1 && rows <= most_rows;
        if (asked.limit) faults.add({.pointer = "/limit", .code = "duplicate", .message = "Given twice.", .malformed = true});
        else if (!is_good) faults.unreadable("/limit", "a number of rows, 1 to 100000000");
        asked.limit = rows;
      } else {
        asked.parameters.emplace_back(name, value);
        if (name == "fields")
          for (std::string_view rest = value; !rest.empty();) asked.fields.emplace_back(next_part(rest, ','));
      }
    }
  if (faults.empty()) return asked;
  refusal = problem(faults);
  return std::nullopt;
}

std::string export_name(std::string_view path) {
  std::string made;
  for (const std::string_view segment : path_segments(path)) {
    if (segment == "v1" || segment == "reports" || segment.starts_with('{')) continue;
    if (!made.empty()) made += '-';
    made += segment;
  }
  return made;
}

std::string file_name(std::string_view path, Day today, ExportFormat format) {
  return export_name(path) + "-" + to_string(today) + "." + std::string(name(format));
}

std::string content_location(std::string_view path, const ExportAsked& asked, std::string_view position, bool has_moment, Instant now) {
  std::string made = std::string(path) + "?";
  bool has_as_of = false, has_known_at = false;
  for (const auto& [name, value] : asked.parameters) {
    has_as_of = has_as_of || name == "as_of";
    has_known_at = has_known_at || name == "known_at";
    made += projections::percent_encoded(name) + "=" + projections::percent_encoded(value) + "&";
  }
  if (asked.limit) made += "limit=" + std::to_string(*asked.limit) + "&";
  if (has_moment && !has_known_at && !position.empty()) {
    if (!has_as_of) made += "as_of=" + projections::percent_encoded(to_string(now)) + "&";
    made += "known_at=" + std::string(position) + "&";
  }
  if (asked.about) made += "about=true&";
  if (!asked.guard) made += "guard=false&";
  return made + "format=" + std::string(name(asked.format));
}

}  // namespace dealog::api
