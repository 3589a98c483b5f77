// P3 and P9: the log itself, beside its bars: appending with sealing beside it, scanning, one read model, verifying,
// bytes and memory an event. Deal moves, one command each, as P1 makes them, straight into the log.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "domain/codec.h"
#include "domain/events_generated.h"
#include "eventstore/account_files.h"
#include "eventstore/flat_table.h"
#include "eventstore/log_index.h"
#include "eventstore/verify.h"
#include "tools/bench.h"
#include "tools/bench_server.h"
#include "tools/generate_random.h"
#include "tools/load_histogram.h"

namespace dealog::tools {

namespace {

namespace fs = std::filesystem;
using eventstore::OpenLog;

constexpr std::uint64_t moves_each = 10;       // of a deal, spread over its time
constexpr std::size_t events_per_commit = 256;  // 64 connections fill about that much under a slow sync

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double bytes_below(const fs::path& directory) {
  double sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) sum += static_cast<double>(entry.file_size());
  }
  return sum;
}

// Moves among the deals that are open at the time: a window that goes over all deals.
class Mover {
 public:
  Mover(std::uint64_t seed, std::uint64_t events) : seed_(seed), deals_(std::max<std::uint64_t>(events / moves_each, 1)), versions_(deals_) {}

  eventstore::Commit commit(Position head) {
    bytes_.clear();
    sizes_.clear();
    eventstore::Commit commit;
    for (std::size_t i = 0; i < events_per_commit; ++i) {
      const Position position = head + i + 1;
      const std::uint64_t window = std::min<std::uint64_t>(deals_, 20'000);
      const std::uint64_t begin = std::min(position / moves_each, deals_ - window);
      const std::uint64_t chosen = begin + Random(seed_, 3, position).next() % window;
      Envelope envelope;
      envelope.position = position;
      envelope.object = {Kind::deal, Random::id(seed_, 1, chosen)};
      envelope.version = ++versions_[chosen];
      envelope.recorded_at = envelope.effective_at = {1'700'000'000'000 + static_cast<std::int64_t>(position)};
      envelope.actor = Random::id(seed_, 5, position % 40);
      envelope.token = Random::id(seed_, 6, position % 40);
      envelope.command = position;
      const event::DealMoved moved{Random::id(seed_, 7, position % 11), Random::id(seed_, 7, (position + 1) % 11)};
      sizes_.push_back(encode_into(bytes_, envelope, moved, nullptr));
      commit.commands.push_back({.key = Random::id(seed_, 8, position).bytes, .request = Random::id(seed_, 9, position).bytes,
                                 .object = envelope.object, .version = envelope.version, .first_position = position, .events = 1});
    }
    std::size_t at = 0;
    for (const std::size_t size : sizes_) {
      commit.records.push_back(BytesView(bytes_).subspan(at, size));
      at += size;
    }
    return commit;
  }

 private:
  const std::uint64_t seed_, deals_;
  std::vector<Version> versions_;
  Bytes bytes_;
  std::vector<std::size_t> sizes_;
};

struct Appended {
  double per_second = 0;
  double bytes_per_record = 0;
  Histogram times;
};

// In rounds: making the moves is not measured.
Appended append(OpenLog& open, Mover& mover, std::uint64_t events) {
  Appended result;
  std::chrono::nanoseconds spent{};
  std::uint64_t done = 0, bytes = 0;
  while (done < events) {
    const eventstore::Head head = open.log->head();
    const eventstore::Commit commit = mover.commit(head.position);
    const auto from = std::chrono::steady_clock::now();
    open.log->append(head, commit);
    const auto taken = std::chrono::steady_clock::now() - from;
    spent += taken;
    result.times.add(static_cast<std::uint64_t>(taken.count()));
    done += commit.records.size();
    for (const BytesView record : commit.records) bytes += record.size();
  }
  result.per_second = static_cast<double>(done) / std::chrono::duration<double>(spent).count();
  result.bytes_per_record = static_cast<double>(bytes) / static_cast<double>(done);
  return result;
}

OpenLog open(const fs::path& path, std::uint64_t seal_every) {
  eventstore::RocksLogOptions options;
  options.seal_every = seal_every;
  return eventstore::open_account_files(path, "dealog bench log", options);
}

std::string commits(const Appended& appended) {
  char text[160];
  std::snprintf(text, sizeof text, "commits of %zu: p50 %.2f ms, p99 %.2f ms, worst %.1f ms", events_per_commit,
                static_cast<double>(appended.times.quantile(0.5)) / 1e6, static_cast<double>(appended.times.quantile(0.99)) / 1e6,
                static_cast<double>(appended.times.quantile(1)) / 1e6);
  return text;
}

// How many deals are in each stage: the smallest read model there is.
struct Stages {
  eventstore::FlatTable<ObjectRef, std::uint32_t> deals;
  eventstore::FlatTable<Uuid, std::uint32_t> numbers;
  std::vector<std::uint64_t> counts{0};
  std::uint64_t all = 0;

  void apply(const fb::Record& record) {
    ++all;
    const auto* moved = record.event_as_DealMoved();
    if (!moved) return;
    Uuid stage;
    std::copy_n(moved->stage()->bytes()->data(), stage.bytes.size(), stage.bytes.begin());
    std::uint32_t& number = numbers[stage];
    if (number == 0) {
      number = static_cast<std::uint32_t>(counts.size());
      counts.push_back(0);
    }
    std::uint32_t& at = deals[eventstore::object_of(record)];
    if (at != 0) --counts[at];
    at = number;
    ++counts[at];
  }
};

void read_figures(Figures& figures, const OpenLog& opened, double events, int runs) {
  std::vector<double> scans, folds;
  for (int run = 0; run < runs; ++run) {
    std::uint64_t seen = 0;
    auto from = std::chrono::steady_clock::now();
    opened.log->read(0, UINT64_MAX, [&](const eventstore::StoredRecord&) {
      ++seen;
      return true;
    });
    scans.push_back(static_cast<double>(seen) / seconds_since(from));
    Stages stages;
    from = std::chrono::steady_clock::now();
    opened.log->read(0, UINT64_MAX, [&](const eventstore::StoredRecord& stored) {
      stages.apply(stored.record);
      return true;
    });
    folds.push_back(static_cast<double>(stages.all) / seconds_since(from));
    if (static_cast<double>(seen) < events || stages.all != seen) throw std::runtime_error("the scan did not see all events");
  }
  figures.add({.bar_id = "P3", .name = "scan, chunk checksums and FlatBuffers verified", .value = median(scans), .unit = "events/s"});
  figures.add({.bar_id = "P3", .name = "the same into one read model", .value = median(folds), .unit = "events/s", .bar = 2.5e6});
}

void point_figures(Figures& figures, const OpenLog& opened, std::uint64_t seed, std::uint64_t events) {
  Histogram objects, known, unknown;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Position position = 1 + (i * 7919) % events;
    ObjectRef object;
    opened.log->read(position - 1, position, [&](const eventstore::StoredRecord& stored) {
      object = eventstore::object_of(stored.record);
      return true;
    });
    auto from = std::chrono::steady_clock::now();
    opened.log->read_object(object, UINT32_MAX, [](const eventstore::StoredRecord&) { return true; });
    objects.add(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - from).count()));
    from = std::chrono::steady_clock::now();
    const bool found = opened.log->find_command(Random::id(seed, 8, position).bytes).has_value();
    known.add(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - from).count()));
    from = std::chrono::steady_clock::now();
    const bool none = opened.log->find_command(Random::id(seed, 10, position).bytes).has_value();
    unknown.add(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - from).count()));
    if (!found || none) throw std::runtime_error("a command was not remembered as it should be");
  }
  const auto us = [](const Histogram& times, double q) { return static_cast<double>(times.quantile(q)) / 1e3; };
  figures.add({.bar_id = "", .name = "all events of one object, p50", .value = us(objects, 0.5), .unit = "us", .remark = "p99 " + std::to_string(us(objects, 0.99))});
  figures.add({.bar_id = "", .name = "a repeated command found, p50", .value = us(known, 0.5), .unit = "us", .remark = "p99 " + std::to_string(us(known, 0.99))});
  figures.add({.bar_id = "", .name = "a new command not found, p50", .value = us(unknown, 0.5), .unit = "us", .remark = "p99 " + std::to_string(us(unknown, 0.99))});
}

// What the log keeps in memory about itself after opening.
double opening(const fs::path& path, std::uint64_t seal_every, double& took) {
  const double before = resident_bytes();
  const auto from = std::chrono::steady_clock::now();
  OpenLog opened = open(path, seal_every);
  took = seconds_since(from);
  const double after = resident_bytes();
  opened.close();
  return after - before;
}

}  // namespace

void bench_log(const BenchOptions& options, Figures& figures) {
  const std::uint64_t events = options.size > 0 ? options.size : 1'000'000;
  const int runs = options.runs > 0 ? options.runs : 3;
  const WorkFolder folder(options.data);
  const Uuid account = Random::id(options.seed, 900, 0);
  const fs::path tail = eventstore::create_account_files(folder.path(), "tail", account, {}),
                 sealed = eventstore::create_account_files(folder.path(), "sealed", account, {});
  const std::uint64_t sealing = eventstore::RocksLogOptions{}.seal_every;

  const std::uint64_t reference = std::min<std::uint64_t>(events, 1'000'000);
  std::fprintf(stderr, "appending %llu events without sealing, %llu with ...\n", static_cast<unsigned long long>(reference), static_cast<unsigned long long>(events));
  Appended bare;
  {
    OpenLog opened = open(tail, 0);
    Mover mover(options.seed, reference);
    bare = append(opened, mover, reference);
    opened.close();
  }
  const double tail_bytes = bytes_below(tail) / static_cast<double>(reference);
  Appended beside;
  double left = 0;
  {
    OpenLog opened = open(sealed, sealing);
    Mover mover(options.seed, events);
    beside = append(opened, mover, events);
    const auto from = std::chrono::steady_clock::now();
    const double behind = static_cast<double>(opened.log->head().position - opened.log->sealed());
    opened.log->seal();
    left = seconds_since(from);
    figures.add({.bar_id = "", .name = "appended, nothing sealed", .value = bare.per_second, .unit = "events/s", .remark = commits(bare)});
    figures.add({.bar_id = "", .name = "appended, sealing beside it", .value = beside.per_second, .unit = "events/s", .remark = commits(beside)});
    figures.add({.bar_id = "", .name = "sealing was behind at the end by", .value = behind, .unit = "events", .remark = "caught up in " + std::to_string(left) + " s"});
    read_figures(figures, opened, static_cast<double>(events), runs);
    point_figures(figures, opened, options.seed, events);
    opened.close();
  }
  double took_tail = 0, took_sealed = 0;
  const double memory_tail = opening(tail, 0, took_tail), memory_sealed = opening(sealed, sealing, took_sealed);
  figures.add({.bar_id = "", .name = "opening, all in the tail", .value = took_tail, .unit = "s", .remark = std::to_string(reference) + " events, " + std::to_string(memory_tail / static_cast<double>(reference)) + " bytes of memory an event"});
  figures.add({.bar_id = "", .name = "opening, sealed", .value = took_sealed, .unit = "s", .remark = std::to_string(events) + " events, " + std::to_string(memory_sealed / static_cast<double>(events)) + " bytes of memory an event"});
  {
    OpenLog opened = open(sealed, 0);
    const auto from = std::chrono::steady_clock::now();
    const eventstore::VerifyReport report = eventstore::verify(*opened.log, *opened.keys, sealed, eventstore::posix_files(), {});
    const double took = seconds_since(from);
    if (report.wrong) throw std::runtime_error("verification: " + report.wrong->what);
    figures.add({.bar_id = "P3", .name = "verify, with hashes, index and commands", .value = static_cast<double>(report.events) / took, .unit = "events/s", .bar = 0.8e6});
    opened.close();
  }
  figures.add({.bar_id = "P9", .name = "disk, sealed, with index, commands, hashes and keys", .value = bytes_below(sealed) / static_cast<double>(events), .unit = "bytes/event",
               .bar = 200.0, .at_most = true, .remark = std::to_string(events) + " events; records of " + std::to_string(static_cast<int>(beside.bytes_per_record)) + " bytes; in the tail " + std::to_string(static_cast<int>(tail_bytes))});
}

}  // namespace dealog::tools
