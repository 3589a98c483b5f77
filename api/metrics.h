#pragma once
// Counters, gauges and histograms in Prometheus' text form. Look a metric up once, at start, and keep the
// reference: counting is then one relaxed atomic addition. Any thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dealog::api {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t n) { value_.store(n, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Of durations: buckets from 50 µs to 10 s, fixed for all.
class Histogram {
 public:
  static constexpr std::array<std::uint64_t, 16> bounds_us = {50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000,
                                                              100'000, 250'000, 500'000, 1'000'000, 5'000'000, 10'000'000};
  void observe_us(std::uint64_t us);
  std::uint64_t count() const;

 private:
  friend class Metrics;
  std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  // The metric of that name and labels, made when it is new; lives as long as this. REQUIRES: one name, one type.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});

  // The text exposition (version 0.0.4), families in the order of their making.
  std::string text() const;

 private:
  struct Series {
    std::string labels;  // `route="x",status="200"`
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
  };
  struct Family {
    std::string name, help, type;
    std::vector<std::unique_ptr<Series>> series;
  };
  Series& series(std::string_view name, std::string_view help, std::string_view type, const Labels& labels);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Family>> families_;
};

}  // namespace dealog::api
