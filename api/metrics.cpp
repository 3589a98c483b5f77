#include "api/metrics.h"

#include <algorithm>
#include <cstdio>

namespace dealog::api {
namespace {

// Label values and help texts: backslash, quote and newline are escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}

std::string joined(const Labels& labels) {
  std::string out;
  for (const auto& [key, value] : labels) {
    if (!out.empty()) out += ',';
    out += key + "=\"" + escaped(value) + '"';
  }
  return out;
}

std::string seconds(std::uint64_t us) {
  char text[40];
  std::snprintf(text, sizeof text, "%llu.%06llu", static_cast<unsigned long long>(us / 1'000'000),
                static_cast<unsigned long long>(us % 1'000'000));
  std::string trimmed = text;
  while (trimmed.back() == '0') trimmed.pop_back();
  if (trimmed.back() == '.') trimmed.pop_back();
  return trimmed;
}

void line(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels, std::string_view value) {
  out += name;
  out += suffix;
  if (!labels.empty()) ((out += '{') += labels) += '}';
  ((out += ' ') += value) += '\n';
}

}  // namespace

void Histogram::observe_us(std::uint64_t us) {
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds_us, us) - bounds_us.begin());
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(us, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t sum = 0;
  for (const auto& bucket : buckets_) sum += bucket.load(std::memory_order_relaxed);
  return sum;
}

Metrics::Series& Metrics::series(std::string_view name, std::string_view help, std::string_view type, const Labels& labels) {
  auto family = std::ranges::find(families_, name, [](const auto& owned) { return std::string_view(owned->name); });
  if (family == families_.end()) {
    auto made = std::make_unique<Family>();
    made->name = name;
    made->help = help;
    made->type = type;
    families_.push_back(std::move(made));
    family = families_.end() - 1;
  }
  const std::string wanted = joined(labels);
  for (const auto& one : (*family)->series)
    if (one->labels == wanted) return *one;
  auto made = std::make_unique<Series>();
  made->labels = wanted;
  (*family)->series.push_back(std::move(made));
  return *(*family)->series.back();
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::scoped_lock lock(mutex_);
  Series& found = series(name, help, "counter", labels);
  if (!found.counter) found.counter = std::make_unique<Counter>();
  return *found.counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::scoped_lock lock(mutex_);
  Series& found = series(name, help, "gauge", labels);
  if (!found.gauge) found.gauge = std::make_unique<Gauge>();
  return *found.gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
  const std::scoped_lock lock(mutex_);
  Series& found = series(name, help, "histogram", labels);
  if (!found.histogram) found.histogram = std::make_unique<Histogram>();
  return *found.histogram;
}

std::string Metrics::text() const {
  const std::scoped_lock lock(mutex_);
  std::string out;
  for (const auto& family : families_) {
    out += "# HELP " + family->name + ' ' + family->help + "\n# TYPE " + family->name + ' ' + family->type + '\n';
    for (const auto& one : family->series) {
      if (one->counter) line(out, family->name, "", one->labels, std::to_string(one->counter->value()));
      if (one->gauge) line(out, family->name, "", one->labels, std::to_string(one->gauge->value()));
      if (!one->histogram) continue;
      const Histogram& histogram = *one->histogram;
      const std::string before = one->labels.empty() ? "" : one->labels + ',';
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < histogram.buckets_.size(); ++i) {
        sum += histogram.buckets_[i].load(std::memory_order_relaxed);
        const std::string bound = i < Histogram::bounds_us.size() ? seconds(Histogram::bounds_us[i]) : "+Inf";
        line(out, family->name, "_bucket", before + "le=\"" + bound + '"', std::to_string(sum));
      }
      line(out, family->name, "_sum", one->labels, seconds(histogram.sum_us_.load(std::memory_order_relaxed)));
      line(out, family->name, "_count", one->labels, std::to_string(sum));
    }
  }
  return out;
}

}  // namespace dealog::api
