#include "eventstore/anchor.h"

#include <spdlog/spdlog.h>

#include "eventstore/bytes.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::size_t slot_distance = 4096;
constexpr std::size_t anchor_slot_size = 96;
constexpr std::size_t anchor_checked_size = 80;
constexpr std::array<char, 8> anchor_magic = {'D', 'L', 'G', 'A', 'N', 'C', 'H', '1'};

// Between two writes under load: with the write itself, less than the promised 5 ms.
constexpr std::chrono::milliseconds pace{3};

}  // namespace

Bytes encode_anchor_slot(const Anchored& anchored, std::uint64_t slot) {
  Bytes out;
  put(out, anchor_magic);
  put(out, anchored.account);
  put(out, slot);
  put(out, anchored.head.commit);
  put(out, anchored.head.position);
  put(out, anchored.head.root);
  put(out, checksum16({out}));
  return out;
}

std::optional<Anchored> decode_anchor_slot(BytesView bytes, std::uint64_t slot) {
  if (bytes.size() < anchor_slot_size || get<std::array<char, 8>>(bytes, 0) != anchor_magic) return std::nullopt;
  if (checksum16({bytes.first(anchor_checked_size)}) != get<Hash16>(bytes, anchor_checked_size)) return std::nullopt;
  if (get<std::uint64_t>(bytes, 24) != slot) return std::nullopt;
  Anchored anchored;
  anchored.account = get<Uuid>(bytes, 8);
  anchored.head.commit = get<std::uint64_t>(bytes, 32);
  anchored.head.position = get<std::uint64_t>(bytes, 40);
  anchored.head.root = get<Hash32>(bytes, 48);
  return anchored;
}

void create_anchor(Files& files, const std::filesystem::path& path, const Uuid& account, const Head& head) {
  const auto file = files.open(path, OpenMode::create_new);
  const Anchored anchored{account, head};
  Bytes both;
  for (std::uint64_t slot = 0; slot < 2; ++slot) {
    put_bytes(both, encode_anchor_slot(anchored, slot));
    both.resize((slot + 1) * slot_distance);
  }
  file->write_at(0, both);
  file->sync();
}

AnchorReading read_anchor(Files& files, const std::filesystem::path& path) {
  if (!files.exists(path)) {
    throw StorageError(path.string() +
                       " is missing: what the log must contain is not known, so it is not opened");
  }
  const Bytes bytes = read_all(*files.open(path, OpenMode::existing));
  std::array<std::optional<Anchored>, 2> slots;
  for (std::uint64_t slot = 0; slot < 2; ++slot) {
    if (bytes.size() < (slot + 1) * slot_distance) continue;
    slots[slot] = decode_anchor_slot(BytesView(bytes).subspan(slot * slot_distance, slot_distance), slot);
  }
  if (!slots[0] && !slots[1]) {
    throw StorageError(
        path.string() +
        " is damaged in both slots: what the log must contain is not known, so it is not opened");
  }
  if (slots[0] && slots[1]) {
    const bool same_commit = slots[0]->head.commit == slots[1]->head.commit;
    if (slots[0]->account != slots[1]->account || (same_commit && slots[0] != slots[1])) {
      throw StorageError(path.string() + " contradicts itself: its slots belong to different logs");
    }
    const std::uint64_t newer = slots[1]->head.commit > slots[0]->head.commit ? 1 : 0;
    return {*slots[newer], newer, std::nullopt};
  }
  const std::uint64_t sound = slots[0] ? 0 : 1;
  return {*slots[sound], sound, 1 - sound};
}

AnchorWriter::AnchorWriter(Files& files, const std::filesystem::path& path, const AnchorReading& reading,
                           std::function<void(const std::string&)> on_failure)
    : file_(files.open(path, OpenMode::existing)),
      account_(reading.anchored.account),
      on_failure_(std::move(on_failure)),
      slot_(reading.slot),
      wanted_(reading.anchored.head),
      written_(reading.anchored.head) {
  if (reading.bad_slot) {
    spdlog::warn("{}: slot {} is damaged, probably by a power cut; written again from the other",
                 path.string(), *reading.bad_slot);
    write(written_);  // Goes to the other slot than the last one: the bad one.
  }
  thread_ = std::thread([this] { run(); });
}

AnchorWriter::~AnchorWriter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AnchorWriter::note(const Head& head) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = head;
  }
  wake_.notify_one();
}

void AnchorWriter::flush() {
  std::unique_lock lock(mutex_);
  urgent_ = true;
  wake_.notify_one();
  written_changed_.wait(lock, [this] { return failure_ || written_.commit == wanted_.commit; });
  urgent_ = false;
  if (failure_) throw StorageError(*failure_);
}

void AnchorWriter::write(const Head& head) {
  const std::uint64_t slot = 1 - slot_;
  Bytes bytes = encode_anchor_slot({account_, head}, slot);
  bytes.resize(slot_distance);
  file_->write_at(slot * slot_distance, bytes);
  file_->sync();
  slot_ = slot;
}

void AnchorWriter::run() {
  auto last = std::chrono::steady_clock::time_point{};
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || wanted_.commit != written_.commit; });
    if (wanted_.commit == written_.commit) return;
    wake_.wait_until(lock, last + pace, [this] { return stop_ || urgent_; });
    last = std::chrono::steady_clock::now();
    const Head head = wanted_;
    lock.unlock();
    std::optional<std::string> failure;
    try {
      write(head);
    } catch (const std::exception& error) {
      failure = error.what();
      on_failure_(*failure);
    }
    lock.lock();
    failure_ = failure;
    if (!failure) written_ = head;
    written_changed_.notify_all();
    if (failure) return;
  }
}

}  // namespace dealog::eventstore
