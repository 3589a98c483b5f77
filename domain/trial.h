#pragma once
// Maps whose changes can be taken back: several commands are decided one after another, each seeing the ones before it,
// and then all of that is kept or forgotten.
//
//     Trial trial;                        one for all maps that change together
//     Tried<std::unordered_map<Uuid, Deal>> deals(trial);
//     trial.begin();
//     deals.find(id)->second.owner = sue; what is lent for changing is remembered first, once
//     trial.take_back();                  everything is as it was
//
// Without an open trial each access costs a branch. Within one, a map remembers the old value of each entry that it lends
// for changing, or that there was none: it is never copied as a whole. What is only looked at through a const map is not
// remembered.
//
// Iterators and references into entries that were there before the trial stay valid, but for those erased within it.

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dealog {

class Trial {
 public:
  Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  bool is_open() const { return is_open_; }
  void begin() { is_open_ = true; }      // REQUIRES: none is open
  void keep() { end(true); }
  void take_back() { end(false); }

  // A map changed within the trial: `at_end` is called with it. A function instead of a virtual one, which every file that
  // sees a map would have to compile.
  using End = void (*)(void* map, bool is_kept);
  void touch(void* map, End at_end) { touched_.emplace_back(map, at_end); }

 private:
  void end(bool is_kept) {
    is_open_ = false;
    for (const auto& [map, at_end] : touched_) at_end(map, is_kept);
    touched_.clear();
  }

  bool is_open_ = false;
  std::vector<std::pair<void*, End>> touched_;
};

// A map with one value for each key: what std::map and std::unordered_map have in common, as far as it is used.
template <class Map>
class Tried {
 public:
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;
  using value_type = typename Map::value_type;
  using iterator = typename Map::iterator;
  using const_iterator = typename Map::const_iterator;

  explicit Tried(Trial& trial) : trial_(trial) {}
  Tried(const Tried&) = delete;
  Tried& operator=(const Tried&) = delete;

  const_iterator begin() const { return map_.begin(); }
  const_iterator end() const { return map_.end(); }
  const_iterator find(const key_type& key) const { return map_.find(key); }
  const mapped_type& at(const key_type& key) const { return map_.at(key); }
  bool contains(const key_type& key) const { return map_.contains(key); }
  bool empty() const { return map_.empty(); }
  std::size_t size() const { return map_.size(); }

  // Lends what it finds for changing.
  iterator end() { return map_.end(); }
  iterator find(const key_type& key) {
    const iterator found = map_.find(key);
    if (found != map_.end() && trial_.is_open()) remember(key);
    return found;
  }
  mapped_type& at(const key_type& key) {
    if (trial_.is_open()) remember(key);
    return map_.at(key);
  }
  mapped_type& operator[](const key_type& key) {
    if (trial_.is_open()) remember(key);
    return map_[key];
  }
  template <class... Arguments>
  std::pair<iterator, bool> try_emplace(const key_type& key, Arguments&&... arguments) {
    if (trial_.is_open()) remember(key);
    return map_.try_emplace(key, std::forward<Arguments>(arguments)...);
  }
  void erase(const key_type& key) {
    if (trial_.is_open()) remember(key);
    map_.erase(key);
  }
  void erase(iterator place) {
    if (trial_.is_open()) remember(place->first);
    map_.erase(place);
  }

 private:
  void remember(const key_type& key) {
    if (before_.contains(key)) return;
    if (before_.empty()) trial_.touch(this, [](void* map, bool is_kept) { static_cast<Tried*>(map)->end_of_trial(is_kept); });
    const const_iterator held = std::as_const(map_).find(key);
    before_.try_emplace(key, held == map_.end() ? std::nullopt : std::optional<mapped_type>(held->second));
  }
  void end_of_trial(bool is_kept) {
    if (is_kept) return before_.clear();
    for (auto& [key, value] : before_) {
      if (value) map_[key] = std::move(*value);
      else map_.erase(key);
    }
    before_.clear();
  }

  Trial& trial_;
  Map map_;
  template <class T>
  struct WithValues;
  template <template <class, class, class...> class M, class K, class V, class... Rest>
  struct WithValues<M<K, V, Rest...>> { using type = M<K, std::optional<V>>; };
  typename WithValues<Map>::type before_;   // by key: what was there; nothing: there was none
};

// A map with many values for each key.
template <class Map>
class TriedMany {
 public:
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;
  using const_iterator = typename Map::const_iterator;

  explicit TriedMany(Trial& trial) : trial_(trial) {}
  TriedMany(const TriedMany&) = delete;
  TriedMany& operator=(const TriedMany&) = delete;

  auto equal_range(const key_type& key) const { return map_.equal_range(key); }
  void emplace(const key_type& key, const mapped_type& value) {
    if (trial_.is_open()) remember(key);
    map_.emplace(key, value);
  }
  void erase(const_iterator place) {
    if (trial_.is_open()) remember(place->first);
    map_.erase(place);
  }

 private:
  void remember(const key_type& key) {
    if (before_.contains(key)) return;
    if (before_.empty()) trial_.touch(this, [](void* map, bool is_kept) { static_cast<TriedMany*>(map)->end_of_trial(is_kept); });
    std::vector<mapped_type>& values = before_[key];
    const auto [first, last] = map_.equal_range(key);
    for (auto each = first; each != last; ++each) values.push_back(each->second);
  }
  void end_of_trial(bool is_kept) {
    if (is_kept) return before_.clear();
    for (const auto& [key, values] : before_) {
      map_.erase(key);
      auto behind = map_.end();
      for (const mapped_type& value : values) behind = map_.emplace_hint(behind, key, value);
    }
    before_.clear();
  }

  Trial& trial_;
  Map map_;
  std::unordered_map<key_type, std::vector<mapped_type>> before_;
};

// Owns at most one T, as a unique_ptr does, and is copied with it.
template <class T>
class Own : public std::unique_ptr<T> {
 public:
  using std::unique_ptr<T>::unique_ptr;
  Own() = default;
  Own(std::unique_ptr<T> held) : std::unique_ptr<T>(std::move(held)) {}  // NOLINT: what make_unique made
  Own(const Own& other) : std::unique_ptr<T>(other ? std::make_unique<T>(*other) : nullptr) {}
  Own(Own&&) noexcept = default;
  Own& operator=(const Own& other) { return *this = Own(other); }
  Own& operator=(Own&&) noexcept = default;
  ~Own() = default;
};

}  // namespace dealog
