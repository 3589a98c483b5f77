#include "projections/worker.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "domain/events_generated.h"

namespace dealog::projections {

struct Worker::Impl {
  struct Wait {
    std::uint64_t id;
    std::function<void(bool)> callback;
  };

  Impl(std::string worker_name, ReadModels& to, Open opener)
      : name(std::move(worker_name)), models(to), open(std::move(opener)), applied(to.position()) {}

  const std::string name;
  ReadModels& models;
  const Open open;

  std::atomic<std::uint64_t> beats{0};
  std::atomic<Position> applied;

  mutable std::mutex lock;             // guards all below
  std::condition_variable changed;
  std::deque<std::shared_ptr<const eventstore::Committed>> queue;
  std::multimap<Position, Wait> waits;
  std::uint64_t last_wait = 0;
  std::optional<Failure> failed;
  bool is_closing = false;
  bool is_over = false;                // the thread takes no more
  std::thread thread;
  std::mutex closing;                  // one close() at a time

  void run() {
    for (;;) {
      std::shared_ptr<const eventstore::Committed> batch;
      {
        std::unique_lock guard(lock);
        constexpr std::chrono::milliseconds beat{200};
        while (queue.empty() && !is_closing) {
          changed.wait_for(guard, beat);
          beats.fetch_add(1, std::memory_order_relaxed);
        }
        if (queue.empty()) break;
        batch = std::move(queue.front());
        queue.pop_front();
      }
      const bool good = apply(*batch);
      tell();
      if (!good) break;
    }
    end();
  }

  // False when an event could not be applied.
  bool apply(const eventstore::Committed& batch) {
    Position at = applied.load(std::memory_order_relaxed);
    for (const BytesView bytes : batch.records) {
      const fb::Record& record = *trusted_record(bytes);
      if (record.position() <= at) continue;
      try {
        std::optional<Fields> personal;
        if (record.sealed() != nullptr && open) personal = open(record);
        models.apply(record, personal ? &*personal : nullptr);
      } catch (const std::exception& error) {
        publish(at);
        const std::lock_guard guard(lock);
        failed = Failure{name, record.position(), error.what()};
        return false;
      }
      at = record.position();
      beats.fetch_add(1, std::memory_order_relaxed);
    }
    publish(at);
    return true;
  }

  void publish(Position at) { applied.store(at, std::memory_order_release); }

  void tell() {
    std::vector<Wait> reached;
    {
      const std::lock_guard guard(lock);
      const auto end = waits.upper_bound(applied.load(std::memory_order_relaxed));
      for (auto wait = waits.begin(); wait != end; ++wait) reached.push_back(std::move(wait->second));
      waits.erase(waits.begin(), end);
    }
    for (const Wait& wait : reached) wait.callback(true);
  }

  void end() {
    std::multimap<Position, Wait> left;
    {
      const std::lock_guard guard(lock);
      is_over = true;
      queue.clear();
      left = std::move(waits);
      waits.clear();
    }
    for (const auto& [position, wait] : left) wait.callback(false);
  }
};

Worker::Worker(std::string name, ReadModels& models, Open open)
    : impl_(std::make_unique<Impl>(std::move(name), models, std::move(open))) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Worker::~Worker() { close(); }

void Worker::feed(std::shared_ptr<const eventstore::Committed> batch) {
  {
    const std::lock_guard guard(impl_->lock);
    if (impl_->is_over || impl_->is_closing) return;
    impl_->queue.push_back(std::move(batch));
  }
  impl_->changed.notify_one();
}

Position Worker::position() const { return impl_->applied.load(std::memory_order_acquire); }

std::uint64_t Worker::when_at(Position position, std::function<void(bool)> callback) {
  bool reached = false;
  {
    const std::lock_guard guard(impl_->lock);
    reached = impl_->applied.load(std::memory_order_acquire) >= position;
    if (!reached && !impl_->is_over) {
      const std::uint64_t id = ++impl_->last_wait;
      impl_->waits.emplace(position, Impl::Wait{id, std::move(callback)});
      return id;
    }
  }
  callback(reached);
  return 0;
}

void Worker::cancel(std::uint64_t wait) {
  const std::lock_guard guard(impl_->lock);
  std::erase_if(impl_->waits, [&](const auto& one) { return one.second.id == wait; });
}

bool Worker::wait_for(Position position, std::chrono::milliseconds deadline) {
  struct Answer {
    std::mutex lock;
    std::condition_variable changed;
    std::optional<bool> reached;
  };
  const auto answer = std::make_shared<Answer>();
  const std::uint64_t wait = when_at(position, [answer](bool reached) {
    const std::lock_guard guard(answer->lock);
    answer->reached = reached;
    answer->changed.notify_all();
  });
  std::unique_lock guard(answer->lock);
  if (answer->changed.wait_for(guard, deadline, [&] { return answer->reached.has_value(); })) return *answer->reached;
  guard.unlock();
  cancel(wait);
  return false;
}

std::optional<Worker::Failure> Worker::failure() const {
  const std::lock_guard guard(impl_->lock);
  return impl_->failed;
}

std::uint64_t Worker::heartbeats() const { return impl_->beats.load(std::memory_order_relaxed); }

std::size_t Worker::queued_batches() const {
  const std::lock_guard guard(impl_->lock);
  return impl_->queue.size();
}

void Worker::close() {
  const std::lock_guard one(impl_->closing);
  {
    const std::lock_guard guard(impl_->lock);
    impl_->is_closing = true;
  }
  impl_->changed.notify_one();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace dealog::projections
