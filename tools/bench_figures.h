#pragma once
// What a bench says: figures beside their bars (QUALITY 2), one line each for people, or one JSON object.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dealog::tools {

struct Figure {
  std::string bar_id;               // "P1"; "" when no bar speaks of it
  std::string name;                 // "64 connections, minimal answers"
  double value = 0;
  std::string unit;                 // "commands/s", "ms", "x prototype"
  std::optional<double> bar = {};   // in the same unit
  bool at_most = false;             // the bar is an upper bound
  std::string remark = {};

  bool met() const { return !bar || (at_most ? value <= *bar : value >= *bar); }
};

class Figures {
 public:
  Figures(std::string bench, bool json) : bench_(std::move(bench)), json_(json) {}

  // Prints the line at once (with json: on standard error).
  void add(Figure figure);
  // With json: one object on one line of standard output: {"bench", "figures": [{"bar_id", "name", "value", "unit", "bar",
  // "met", "remark"}]}, "bar" and "met" null where there is no bar.
  void finish() const;

 private:
  std::string bench_;
  bool json_;
  std::vector<Figure> figures_;
};

inline double ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

// The middle one, or the mean of the middle two; 0 of none.
double median(std::vector<double> values);

}  // namespace dealog::tools
