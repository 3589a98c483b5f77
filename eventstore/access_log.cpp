#include "eventstore/access_log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <vector>

#include "eventstore/bytes.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {
namespace {

constexpr std::string_view access_magic = "dealog access 1\n";
constexpr std::size_t frame = 20, fixed = 8 + 8 + 16 + 16, most_action = 64, most_detail = 1024;

std::string name_of(std::uint64_t first) {
  char name[32];
  std::snprintf(name, sizeof name, "%012llu.log", static_cast<unsigned long long>(first));
  return name;
}

std::optional<std::uint64_t> first_of(std::string_view name) {
  std::uint64_t first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
  if (error != std::errc() || std::string_view(end, name.data() + name.size()) != ".log") return std::nullopt;
  return first;
}

void put_text(Bytes& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  put_bytes(out, bytes_of(text));
}

Bytes encode(const AccessEntry& entry) {
  Bytes content;
  put(content, entry.number);
  put(content, entry.at.ms);
  put(content, entry.user);
  put(content, entry.token);
  put_text(content, std::string_view(entry.action).substr(0, most_action));
  put_text(content, std::string_view(entry.detail).substr(0, most_detail));
  Bytes bytes;
  put(bytes, static_cast<std::uint32_t>(content.size()));
  const Hash16 sum = checksum16({bytes, content});
  put_bytes(bytes, sum);
  put_bytes(bytes, content);
  return bytes;
}

// The entry at the front of `rest`, which is moved behind it; nothing when there is no sound one.
std::optional<AccessEntry> decode(BytesView& rest) {
  if (rest.size() < frame) return std::nullopt;
  const auto length = get<std::uint32_t>(rest, 0);
  if (length < fixed + 4 || length > fixed + 4 + most_action + most_detail || rest.size() - frame < length) return std::nullopt;
  const BytesView content = rest.subspan(frame, length);
  if (checksum16({rest.first(4), content}) != get<Hash16>(rest, 4)) return std::nullopt;
  AccessEntry entry{.number = get<std::uint64_t>(content, 0), .at = Instant{get<std::int64_t>(content, 8)},
                    .user = get<Uuid>(content, 16), .token = get<Uuid>(content, 32)};
  std::size_t at = fixed;
  for (std::string* text : {&entry.action, &entry.detail}) {
    if (at + 2 > content.size()) return std::nullopt;
    const auto size = get<std::uint16_t>(content, at);
    if (at + 2 + size > content.size()) return std::nullopt;
    text->assign(reinterpret_cast<const char*>(content.data()) + at + 2, size);
    at += 2u + size;
  }
  rest = rest.subspan(frame + length);
  return entry;
}

struct Content {
  std::vector<AccessEntry> entries;
  bool is_sound = true;          // to its very end
};

Content read_file(const File& file) {
  const Bytes bytes = read_all(file);
  Content content;
  if (bytes.size() < access_magic.size() || !std::ranges::equal(BytesView(bytes).first(access_magic.size()), bytes_of(access_magic))) {
    content.is_sound = false;
    return content;
  }
  BytesView rest = BytesView(bytes).subspan(access_magic.size());
  while (auto entry = decode(rest)) content.entries.push_back(std::move(*entry));
  content.is_sound = rest.empty();
  return content;
}

}  // namespace

struct AccessLog::State {
  std::vector<std::uint64_t> files;   // the first numbers of the files, ascending
  std::shared_ptr<File> newest;       // null: the next entry begins a file
  std::uint64_t end = 0;              // of it
  std::uint64_t next = 1, synced = 0;  // numbers
  bool failed = false;
};

AccessLog::AccessLog(Files& files, std::filesystem::path directory, std::uint64_t file_bytes)
    : files_(files), directory_(std::move(directory)), file_bytes_(file_bytes) {}
AccessLog::~AccessLog() = default;

AccessLog::State& AccessLog::opened() {
  if (state_) return *state_;
  auto state = std::make_unique<State>();
  if (files_.exists(directory_))
    for (const std::string& name : files_.list(directory_))
      if (const auto first = first_of(name)) state->files.push_back(*first);
  std::ranges::sort(state->files);
  if (!state->files.empty()) {
    std::shared_ptr<File> newest = files_.open(directory_ / name_of(state->files.back()), OpenMode::existing);
    const Content content = read_file(*newest);
    state->next = content.entries.empty() ? state->files.back() : content.entries.back().number + 1;
    if (content.is_sound) {
      state->end = newest->size();
      state->newest = std::move(newest);
    } else {
      ++state->next;   // one is missing, at least
    }
  }
  state_ = std::move(state);
  return *state_;
}

void AccessLog::begin_file(State& state) {
  if (state.newest) state.newest->sync();
  state.newest.reset();
  if (!files_.exists(directory_)) {
    files_.create_directory(directory_);
    files_.sync_directory(directory_.parent_path());
  }
  state.newest = files_.open(directory_ / name_of(state.next), OpenMode::create_new);
  state.newest->write_at(0, bytes_of(access_magic));
  state.end = access_magic.size();
  files_.sync_directory(directory_);
  state.files.push_back(state.next);
}

void AccessLog::append(AccessEntry entry) {
  {
    const std::lock_guard lock(mutex_);
    State& state = opened();
    if (state.failed) throw StorageError("an earlier write to " + directory_.string() + " failed");
    state.failed = true;   // unless all goes well: after a failed write or sync nobody knows what is on the disk
    if (!state.newest || state.end >= file_bytes_) begin_file(state);
    entry.number = state.next;
    const Bytes bytes = encode(entry);
    state.newest->write_at(state.end, bytes);
    state.end += bytes.size();
    ++state.next;
    state.failed = false;
  }
  sync_up_to(entry.number);
}

void AccessLog::sync_up_to(std::uint64_t number) {
  const std::lock_guard syncing(syncing_);
  std::shared_ptr<File> file;
  std::uint64_t written = 0;
  {
    const std::lock_guard lock(mutex_);
    if (state_->synced >= number) return;   // somebody did it for us
    if (state_->failed) throw StorageError("an earlier write to " + directory_.string() + " failed");
    file = state_->newest;
    written = state_->next - 1;
  }
  try {
    file->sync();
  } catch (const StorageError&) {
    const std::lock_guard lock(mutex_);
    state_->failed = true;
    throw;
  }
  const std::lock_guard lock(mutex_);
  state_->synced = written;
}

void AccessLog::read_back(std::uint64_t before, const std::function<bool(const AccessEntry&)>& visit) {
  std::vector<std::uint64_t> files;
  {
    const std::lock_guard lock(mutex_);
    files = opened().files;
  }
  // What is appended meanwhile lies behind what has been read, or is cut off as unsound: both are as if it came later.
  for (auto first = files.rbegin(); first != files.rend(); ++first) {
    if (*first >= before) continue;
    const Content content = read_file(*files_.open(directory_ / name_of(*first), OpenMode::existing));
    for (auto entry = content.entries.rbegin(); entry != content.entries.rend(); ++entry)
      if (entry->number < before && !visit(*entry)) return;
  }
}

}  // namespace dealog::eventstore
