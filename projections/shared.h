#pragma once
// A counted pointer whose owner may ask "am I the only one?" before it writes in place. std::shared_ptr cannot be
// asked: use_count() orders nothing, so a reader that has just let go may still be seen reading.

#include <atomic>
#include <cstdint>
#include <utility>

namespace dealog::projections {

class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) {}  // A copy starts a count of its own.
  Counted& operator=(const Counted&) { return *this; }

 private:
  template <class T>
  friend class Shared;
  mutable std::atomic<std::uint32_t> count_{0};
};

// REQUIRES: T is derived from Counted. Copying from several threads is safe as it is with std::shared_ptr.
template <class T>
class Shared {
 public:
  Shared() = default;
  explicit Shared(T* object) : object_(object) { take(); }
  Shared(const Shared& other) : object_(other.object_) { take(); }
  Shared(Shared&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Shared() {
    if (object_ != nullptr && object_->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete object_;
  }

  // Nobody else holds it, and whoever did has finished reading.
  bool is_sole() const { return object_->count_.load(std::memory_order_acquire) == 1; }

  Shared<const T> as_const() const { return Shared<const T>(object_); }
  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  void take() const {
    if (object_ != nullptr) object_->count_.fetch_add(1, std::memory_order_relaxed);
  }

  T* object_ = nullptr;
};

}  // namespace dealog::projections
