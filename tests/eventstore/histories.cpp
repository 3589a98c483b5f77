#include "tests/eventstore/histories.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "domain/events_generated.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory() {
  // In memory where there is such a place, and room (a container may have 64 MB): these tests wait for thousands of syncs,
  // and cut the power themselves.
  const fs::path memory = "/dev/shm";
  constexpr std::uintmax_t room = std::uintmax_t{1} << 30;
  std::error_code none;
  const bool fits = ::access(memory.c_str(), W_OK) == 0 && fs::space(memory, none).available >= room && !none;
  const fs::path parent = fits ? memory : fs::temp_directory_path();
  std::string name = (parent / "dealog-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::uint64_t stride() { return std::getenv("DEALOG_LONG_TESTS") ? 1 : 3; }

ObjectRef object_number(std::uint64_t n) {
  return {n % 3 == 0 ? Kind::person : Kind::deal, derived_uuid("test object", std::to_string(n))};
}

Hash16 key_number(std::uint64_t n) { return derived_uuid("test key", std::to_string(n)).bytes; }

Bytes record_bytes(Position position, ObjectRef object, Version version) {
  Envelope envelope;
  envelope.position = position;
  envelope.object = object;
  envelope.version = version;
  envelope.recorded_at = {1'700'000'000'000 + static_cast<std::int64_t>(position)};
  envelope.effective_at = envelope.recorded_at;
  envelope.actor = derived_uuid("test user", "1");
  envelope.command = position;
  const event::DealMoved moved{derived_uuid("test stage", std::to_string(position % 7)),
                               derived_uuid("test stage", "6")};
  return encode(envelope, moved, nullptr);
}

Commit Made::commit() const {
  Commit commit;
  for (const Bytes& record : records) commit.records.push_back(record);
  commit.commands = commands;
  return commit;
}

Made Author::commit(std::size_t records) {
  Made made;
  for (std::size_t i = 0; i < records; ++i) {
    const auto n = roll(objects);
    CommandEntry command;
    command.key = key_number(++keys_);
    command.request = key_number(keys_ + 1'000'000);
    command.object = object_number(n);
    command.version = ++versions_[n];
    command.first_position = ++position_;
    command.events = 1;
    made.records.push_back(record_bytes(position_, object_number(n), versions_[n]));
    made.commands.push_back(command);
  }
  return made;
}

Made Author::command_only() {
  Made made;
  CommandEntry command;
  command.key = key_number(++keys_);
  command.outcome = 2;
  command.object = object_number(0);
  command.version = versions_[0];
  made.commands.push_back(command);
  return made;
}

Head append(EventLog& log, const Made& made) { return std::get<Head>(log.append(log.head(), made.commit())); }

void Ledger::add(const Made& made, const Head& head) {
  records.insert(records.end(), made.records.begin(), made.records.end());
  commands.insert(commands.end(), made.commands.begin(), made.commands.end());
  heads.push_back(head);
}

std::string differences(const EventLog& log, const Ledger& ledger, std::uint64_t least) {
  std::ostringstream wrong;
  const Head head = log.head();
  if (head.commit < least) wrong << "the log has " << head.commit << " commits, not " << least << "; ";
  if (head.commit > ledger.heads.size()) return "the log has commits that nobody made";
  if (head.commit > 0 && head != ledger.heads[head.commit - 1]) wrong << "the head is another; ";

  const std::uint64_t end = head.position;
  std::uint64_t at = 0;
  std::map<ObjectRef, std::vector<Position>> objects;
  log.read(0, UINT64_MAX, [&](const StoredRecord& record) {
    const Bytes& expected = ledger.records[at];
    if (at >= end ||
        !std::equal(expected.begin(), expected.end(), record.bytes.begin(), record.bytes.end())) {
      wrong << "position " << at + 1 << " is another; ";
      return false;
    }
    if (reinterpret_cast<std::uintptr_t>(record.bytes.data()) % 8 != 0) wrong << "not aligned; ";
    const Envelope read = envelope(record.record);
    objects[read.object].push_back(read.position);
    ++at;
    return true;
  });
  if (at != end) wrong << "read ends at " << at << " of " << end << "; ";

  for (std::uint64_t n = 0; n < Author::objects; ++n) {
    const ObjectRef object = object_number(n);
    const auto& expected = objects[object];
    if (log.version_of(object) != expected.size()) wrong << "version of object " << n << "; ";
    for (const std::size_t last : {expected.size() / 2, expected.size()}) {
      std::vector<Position> positions;
      log.read_object(object, static_cast<Version>(last), [&](const StoredRecord& record) {
        positions.push_back(record.record.position());
        return true;
      });
      if (positions != std::vector<Position>(expected.begin(), expected.begin() + static_cast<long>(last))) {
        wrong << "events of object " << n << "; ";
      }
    }
  }
  for (const CommandEntry& command : ledger.commands) {
    const auto found = log.find_command(command.key);
    if (found && *found != command) wrong << "a command is remembered wrongly; ";
    if (!found && command.first_position != 0 && command.first_position <= end)
      wrong << "a command is forgotten; ";
    if (found && command.first_position > end) wrong << "a command without its events; ";
  }
  return wrong.str();
}

Bytes file_bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

void write_file(const fs::path& path, BytesView bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

void copy_directory(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

std::string fingerprint(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files[entry.path().string()] = hex(sha256({file_bytes(entry.path())}));
  }
  std::string text;
  for (const auto& [name, hash] : files) text += name + " " + hash + "\n";
  return text;
}

bool matches_golden(const std::string& name, BytesView bytes) {
  const fs::path path = fs::path(DEALOG_GOLDEN_DIR) / name;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 32) {
    text += hex(bytes.subspan(at, std::min<std::size_t>(32, bytes.size() - at))) + "\n";
  }
  const BytesView as_bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  if (!fs::exists(path) && std::getenv("DEALOG_WRITE_GOLDEN")) write_file(path, as_bytes);
  const Bytes golden = file_bytes(path);
  return std::equal(golden.begin(), golden.end(), as_bytes.begin(), as_bytes.end());
}

}  // namespace dealog::eventstore
