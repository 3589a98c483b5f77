#include "tools/bench_figures.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace dealog::tools {

namespace {

// Three or four digits, as people read them; thousands are separated.
std::string shown(double value) {
  char text[64];
  if (value < 0 || value >= 1e15) {
    std::snprintf(text, sizeof text, "%g", value);
    return text;
  }
  if (value < 1000) {
    std::snprintf(text, sizeof text, value < 10 ? "%.3f" : "%.1f", value);
    return text;
  }
  std::snprintf(text, sizeof text, "%.0f", value);
  std::string digits(text);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string quoted(const std::string& text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return made + "\"";
}

}  // namespace

void Figures::add(Figure figure) {
  std::string line = (figure.bar_id + "    ").substr(0, std::max<std::size_t>(4, figure.bar_id.size() + 1)) + figure.name;
  line.resize(std::max<std::size_t>(line.size() + 1, 58), ' ');
  line += shown(figure.value) + " " + figure.unit;
  if (figure.bar)
    line += std::string("   bar ") + (figure.at_most ? "<= " : ">= ") + shown(*figure.bar) + (figure.met() ? "   met" : "   MISSED");
  if (!figure.remark.empty()) line += "   (" + figure.remark + ")";
  std::FILE* out = json_ ? stderr : stdout;
  std::fprintf(out, "%s\n", line.c_str());
  std::fflush(out);
  figures_.push_back(std::move(figure));
}

void Figures::finish() const {
  if (!json_) return;
  std::string text = "{\"bench\": " + quoted(bench_) + ", \"figures\": [";
  for (std::size_t i = 0; i < figures_.size(); ++i) {
    const Figure& figure = figures_[i];
    char number[64];
    std::snprintf(number, sizeof number, "%.6g", figure.value);
    text += std::string(i == 0 ? "" : ", ") + "{\"bar_id\": " + quoted(figure.bar_id) + ", \"name\": " + quoted(figure.name) + ", \"value\": " + number +
            ", \"unit\": " + quoted(figure.unit);
    if (figure.bar) {
      std::snprintf(number, sizeof number, "%.6g", *figure.bar);
      text += std::string(", \"bar\": ") + number + ", \"met\": " + (figure.met() ? "true" : "false");
    } else {
      text += ", \"bar\": null, \"met\": null";
    }
    text += ", \"remark\": " + quoted(figure.remark) + "}";
  }
  std::printf("%s]}\n", text.c_str());
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace dealog::tools
