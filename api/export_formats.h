#pragma once
// What an export is asked for, and what it is called.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http.h"

namespace dealog::api {

enum class ExportFormat : std::uint8_t { json, csv, xlsx };
std::string_view name(ExportFormat format);

struct ExportAsked {
  ExportFormat format = ExportFormat::json;
  bool about = false, guard = true;
  std::optional<std::uint64_t> limit;       // the most rows; of lists with pages
  std::vector<std::string> fields;          // what fields= names
  std::vector<std::pair<std::string, std::string>> parameters;   // what the list itself is asked with, without limit
};
// By format=, else by Accept. Nothing: `refusal` is the answer (400; 406 where nothing that Accept names can be given). Of JSON
// nothing but the format is read. `streams`: text/event-stream can be given too.
std::optional<ExportAsked> read_export(const Request& request, bool is_paged, bool streams, Response& refusal);

// What Accept likes best; nothing: none of them. "": JSON.
std::optional<ExportFormat> accepted_format(std::string_view accept, bool streams);

// "deals-notes-2026-03-02.csv", "closed-deals-2026-03-02.xlsx"; and what the sheet is called, without the day. `path`: the route's.
std::string export_name(std::string_view path);
std::string file_name(std::string_view path, Day today, ExportFormat format);

// Where exactly this can be had again: everything that was asked, and the moment and position it stands on.
std::string content_location(std::string_view path, const ExportAsked& asked, std::string_view position, bool has_moment, Instant now);

}  // namespace dealog::api
