#include "eventstore/commit_codec.h"

#include "eventstore/bytes.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

constexpr std::array<char, 4> commit_magic = {'D', 'L', 'G', 'C'};
constexpr std::uint16_t commit_format = 1;
constexpr std::size_t commit_header_size = 96;
constexpr std::size_t command_size = 72;

void put_command(Bytes& out, const CommandEntry& command) {
  put(out, command.key);
  put(out, command.request);
  put(out, command.object.id);
  put(out, command.object.kind);
  put(out, std::uint8_t{0});
  put(out, command.outcome);
  put(out, command.version);
  put(out, command.first_position);
  put(out, command.events);
  put(out, std::uint32_t{0});
}

CommandEntry get_command(BytesView at) {
  CommandEntry command;
  command.key = get<Hash16>(at, 0);
  command.request = get<Hash16>(at, 16);
  command.object = {static_cast<Kind>(at[48]), get<Uuid>(at, 32)};
  command.outcome = get<std::uint16_t>(at, 50);
  command.version = get<std::uint32_t>(at, 52);
  command.first_position = get<std::uint64_t>(at, 56);
  command.events = get<std::uint32_t>(at, 64);
  return command;
}

}  // namespace

CommitKey commit_key(Position first, std::uint64_t number) {
  CommitKey key;
  put_big_endian(key.data(), first);
  put_big_endian(key.data() + 8, number);
  return key;
}

Bytes encode_commit(const CommitHeader& header, const Commit& commit, const Frontier* frontier) {
  std::size_t body = 0;
  for (const BytesView record : commit.records) body += record.size();
  const std::size_t nodes = frontier ? frontier->nodes().size() : 0;
  Bytes out;
  out.reserve(commit_header_size + commit.commands.size() * command_size + nodes * 32 +
              padded8(commit.records.size() * 4) + body + checksum_size);
  put(out, commit_magic);
  put(out, commit_format);
  put(out, std::uint16_t{0});
  put(out, header.account);
  put(out, header.number);
  put(out, header.first);
  put(out, static_cast<std::uint32_t>(commit.records.size()));
  put(out, static_cast<std::uint32_t>(commit.commands.size()));
  put(out, header.first - 1);
  put(out, header.root);
  put(out, static_cast<std::uint32_t>(nodes));
  put(out, std::uint32_t{0});
  for (const CommandEntry& command : commit.commands) put_command(out, command);
  for (std::size_t i = 0; i < nodes; ++i) put(out, frontier->nodes()[i]);
  for (const BytesView record : commit.records) put(out, static_cast<std::uint32_t>(record.size()));
  out.resize(padded8(out.size()));
  for (const BytesView record : commit.records) put_bytes(out, record);
  put(out, checksum16({out}));
  return out;
}

std::optional<CommitGlance> CommitGlance::at(BytesView bytes, std::string& why) {
  const auto no = [&why](const char* reason) {
    why = reason;
    return std::nullopt;
  };
  if (bytes.size() < commit_header_size + checksum_size || bytes.size() % 8 != 0) return no("too short");
  if (get<std::array<char, 4>>(bytes, 0) != commit_magic) return no("not a commit");
  if (get<std::uint16_t>(bytes, 4) != commit_format) return no("written by a newer version of dealog");
  CommitGlance glance;
  glance.content_ = bytes.first(bytes.size() - checksum_size);
  glance.header_.account = get<Uuid>(bytes, 8);
  glance.header_.number = get<std::uint64_t>(bytes, 24);
  glance.header_.first = get<std::uint64_t>(bytes, 32);
  glance.header_.root = get<Hash32>(bytes, 56);
  glance.record_count_ = get<std::uint32_t>(bytes, 40);
  glance.command_count_ = get<std::uint32_t>(bytes, 44);
  glance.node_count_ = get<std::uint32_t>(bytes, 88);
  if (glance.header_.first == 0 || get<std::uint64_t>(bytes, 48) != glance.header_.first - 1) {
    return no("its tree size does not fit");
  }
  glance.nodes_at_ = commit_header_size + glance.command_count_ * command_size;
  glance.lengths_at_ = glance.nodes_at_ + glance.node_count_ * sizeof(Hash32);
  glance.records_at_ = glance.lengths_at_ + padded8(glance.record_count_ * 4);
  if (glance.records_at_ > glance.content_.size()) return no("its counts do not fit its size");
  return glance;
}

std::optional<BytesView> CommitGlance::record(Position position) const {
  if (position < header_.first || position - header_.first >= record_count_) return std::nullopt;
  std::size_t at = records_at_;
  for (std::size_t i = 0;; ++i) {
    const std::size_t length = get<std::uint32_t>(content_, lengths_at_ + i * 4);
    if (length > content_.size() - at) return std::nullopt;
    if (i == position - header_.first) return content_.subspan(at, length);
    at += length;
  }
}

CommandEntry CommitGlance::command(std::size_t index) const {
  return get_command(content_.subspan(commit_header_size + index * command_size));
}

std::optional<CommandEntry> CommitGlance::command_with(const Hash16& key) const {
  for (std::size_t i = 0; i < command_count_; ++i) {
    if (get<Hash16>(content_, commit_header_size + i * command_size) == key) return command(i);
  }
  return std::nullopt;
}

bool CommitView::read(BytesView bytes, std::string& why) {
  records_.clear();
  commands_.clear();
  frontier_.reset();
  const auto glance = CommitGlance::at(bytes, why);
  if (!glance) return false;
  const auto no = [&why](const char* reason) {
    why = reason;
    return false;
  };
  const BytesView content = glance->content_;
  if (checksum16({content}) != get<Hash16>(bytes, content.size())) return no("its checksum does not fit");
  header_ = glance->header_;
  for (std::size_t i = 0; i < glance->command_count_; ++i) commands_.push_back(glance->command(i));
  std::size_t at = glance->records_at_;
  for (std::size_t i = 0; i < glance->record_count_; ++i) {
    const std::size_t length = get<std::uint32_t>(content, glance->lengths_at_ + i * 4);
    if (length % 8 != 0 || length > content.size() - at) return no("its lengths do not fit its size");
    records_.push_back(content.subspan(at, length));
    at += length;
  }
  if (at != content.size()) return no("its lengths do not fit its size");
  if (glance->node_count_ != 0) {
    std::vector<Hash32> nodes;
    for (std::size_t i = 0; i < glance->node_count_; ++i) {
      nodes.push_back(get<Hash32>(content, glance->nodes_at_ + i * sizeof(Hash32)));
    }
    frontier_ = Frontier::restore(header_.first - 1 + glance->record_count_, nodes);
    if (!frontier_) return no("its frontier does not fit its tree size");
  }
  return true;
}

}  // namespace dealog::eventstore
