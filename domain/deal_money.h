#pragma once
// Lines and costs of a deal (SPEC 8). Each is a whole set that replaces the one before, with stable ids; they may
// change while a deal is open and after it was closed, for realisation comes after the win.
//
// Value of a line: quantity x price x (1 - discount), rounded once for each occurrence (GEN-2); a recurring line has
// `times` of them, `every_months` apart from its own day on.
//
// Used by everybody who shows or sums amounts; the deciders are inside domain/ only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"

namespace dealog {

// One occurrence in minor units; nothing when it does not fit.
std::optional<std::int64_t> occurrence_value(const event::Line& line);
inline std::uint32_t occurrences(const event::Line& line) { return line.times == 0 ? 1 : line.times; }
// REQUIRES: it was accepted, so it fits.
std::int64_t line_value(const event::Line& line);
// The day of occurrence `n` (from 0) of a line whose first is on `first`; the day of the month is kept where the month has it.
Day occurrence_day(Day first, const event::Line& line, std::uint32_t n);

// Sums of one kind; nothing where there are none of it.
std::optional<std::int64_t> sum_of(const std::vector<event::Line>& lines, event::AmountKind kind);
std::optional<std::int64_t> sum_of(const std::vector<event::Cost>& costs, event::AmountKind kind);

// Lines and costs as columns hold them: bytes of the same machine, in memory only, and back.
std::string packed(const std::vector<event::Line>& lines);
std::string packed(const std::vector<event::Cost>& costs);
std::vector<event::Line> unpacked_lines(std::string_view bytes);
std::vector<event::Cost> unpacked_costs(std::string_view bytes);

}  // namespace dealog
