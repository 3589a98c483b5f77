#include "eventstore/stored_files.h"

#include <sodium.h>

#include "domain/events_generated.h"
#include "domain/fields.h"
#include "eventstore/bytes.h"
#include "eventstore/sha256.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view purpose = "dealog/file/1";
constexpr std::array<char, 8> file_magic = {'D', 'L', 'G', 'F', 'I', 'L', 'E', '1'};
constexpr std::size_t header_at = 24, pieces_at = 48, piece = 65536;
constexpr std::size_t longer = crypto_secretstream_xchacha20poly1305_ABYTES;
static_assert(crypto_secretstream_xchacha20poly1305_HEADERBYTES == pieces_at - header_at && longer == 17);
constexpr std::string_view unfinished_file = ".new";

// Of all bytes of a file, as they are written or read.
class Digest {
 public:
  Digest() { crypto_generichash_init(&state_, nullptr, 0, 32); }
  void add(BytesView bytes) { crypto_generichash_update(&state_, bytes.data(), bytes.size()); }
  std::string name(const Keyring& keys) {
    Bytes named(purpose.begin(), purpose.end());
    named.resize(purpose.size() + 32);
    crypto_generichash_final(&state_, named.data() + purpose.size(), 32);
    return hex(keys.keyed_hash(named));
  }

 private:
  crypto_generichash_state state_;
};

// What may be put behind the folder's path.
bool is_file_name(std::string_view name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string random_name() { return hex(BytesView(random_key()).first(16)) + std::string(unfinished_file); }

}  // namespace

StoredFiles::StoredFiles(Files& files, fs::path folder, FileKeyring& keys) : files_(files), folder_(std::move(folder)), keys_(keys) {}

std::optional<std::string> StoredFiles::put(const Uuid& file, BytesView content) {
  const ObjectRef subject{Kind::file, file};
  keys_.ensure(std::span(&subject, 1));
  auto key = keys_.derived_key(subject, purpose);
  if (!key) return std::nullopt;

  Bytes head;
  eventstore::put(head, file_magic);
  eventstore::put(head, file);
  head.resize(pieces_at);
  crypto_secretstream_xchacha20poly1305_state stream;
  crypto_secretstream_xchacha20poly1305_init_push(&stream, head.data() + header_at, key->data());
  wipe(*key);

  const fs::path made = folder_ / random_name();
  try {
    Digest digest;
    {
      const auto out = files_.open(made, OpenMode::create_new);
      digest.add(head);
      out->write_at(0, head);
      Bytes sealed(piece + longer);
      std::uint64_t at = pieces_at;
      for (bool last = false; !last;) {
        const BytesView plain = content.first(std::min(piece, content.size()));
        content = content.subspan(plain.size());
        last = content.empty();
        crypto_secretstream_xchacha20poly1305_push(&stream, sealed.data(), nullptr, plain.data(), plain.size(), file.bytes.data(), file.bytes.size(),
                                                   last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
        const BytesView written = BytesView(sealed).first(plain.size() + longer);
        digest.add(written);
        out->write_at(at, written);
        at += written.size();
      }
      out->sync();
    }
    const std::string name = digest.name(keys_);
    files_.rename(made, folder_ / name);
    files_.sync_directory(folder_);
    return name;
  } catch (const StorageError&) {
    try {
      files_.remove_all(made);
    } catch (const StorageError&) {
      // Its name says that it is not whole; the next opening removes it.
    }
    throw;
  }
}

struct StoredFiles::Reader::State {
  std::unique_ptr<File> file;
  fs::path path;
  Uuid id;
  crypto_secretstream_xchacha20poly1305_state stream;
  std::uint64_t at = pieces_at;
  bool over = false;

  [[noreturn]] void damaged() const { throw StorageError(path.string() + " is damaged at byte " + std::to_string(at)); }
};

StoredFiles::Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
StoredFiles::Reader::~Reader() { sodium_memzero(&state_->stream, sizeof state_->stream); }

std::optional<Bytes> StoredFiles::Reader::next() {
  State& state = *state_;
  if (state.over) return std::nullopt;
  Bytes sealed(piece + longer);
  sealed.resize(state.file->read_at(state.at, sealed));
  if (sealed.size() < longer) state.damaged();
  Bytes plain(sealed.size() - longer);
  unsigned char tag = 0;
  const int opened = crypto_secretstream_xchacha20poly1305_pull(&state.stream, plain.data(), nullptr, &tag, sealed.data(), sealed.size(),
                                                                state.id.bytes.data(), state.id.bytes.size());
  if (opened != 0) state.damaged();
  state.at += sealed.size();
  state.over = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  if (state.over && state.file->size() != state.at) state.damaged();
  if (state.over && plain.empty()) return std::nullopt;
  return plain;
}

std::unique_ptr<StoredFiles::Reader> StoredFiles::open(const Uuid& file, const std::string& name) const {
  auto key = keys_.derived_key({Kind::file, file}, purpose);
  if (!key) return nullptr;
  if (!is_file_name(name)) throw StorageError("the log names no stored file for " + to_string(file));
  auto state = std::make_unique<Reader::State>();
  state->path = folder_ / name;
  state->id = file;
  state->file = files_.open(state->path, OpenMode::existing);
  Bytes head(pieces_at);
  head.resize(state->file->read_at(0, head));
  const bool is_its = head.size() == pieces_at && get<std::array<char, 8>>(head, 0) == file_magic && get<Uuid>(head, 8) == file;
  if (!is_its || crypto_secretstream_xchacha20poly1305_init_pull(&state->stream, head.data() + header_at, key->data()) != 0)
    throw StorageError(state->path.string() + " does not begin as the file " + to_string(file));
  wipe(*key);
  return std::unique_ptr<Reader>(new Reader(std::move(state)));
}

void StoredFiles::remove(const std::string& name) {
  if (!is_file_name(name)) return;
  files_.remove_all(folder_ / name);
  files_.sync_directory(folder_);
}

std::size_t StoredFiles::keep_only(const std::unordered_set<std::string>& names) {
  std::size_t removed = 0;
  for (const std::string& name : files_.list(folder_)) {
    if (names.contains(name)) continue;
    files_.remove_all(folder_ / name);
    ++removed;
  }
  if (removed > 0) files_.sync_directory(folder_);
  return removed;
}

std::optional<std::string> stored_as(const fb::Record& record) {
  if (record.kind() != fb::ObjectKind::file || record.event_type() != fb::Event::Created) return std::nullopt;
  event::Created created = std::get<event::Created>(event_of(record));
  for (FieldChange& change : created.fields)
    if (auto* name = std::get_if<std::string>(&change.value); name && change.field == field::file::stored_as) return std::move(*name);
  return std::nullopt;
}

bool is_unfinished_file(std::string_view name) { return name.ends_with(unfinished_file); }

void check_stored_file(Files& files, const fs::path& folder, const Keyring& keys, const std::string& name) {
  const fs::path path = folder / name;
  if (!is_file_name(name) || !files.exists(path)) throw StorageError("the uploaded file " + path.string() + " is missing");
  const auto file = files.open(path, OpenMode::existing);
  Digest digest;
  Bytes buffer(16 * piece);
  for (std::uint64_t at = 0;;) {
    const std::size_t n = file->read_at(at, buffer);
    digest.add(BytesView(buffer).first(n));
    at += n;
    if (n < buffer.size()) break;
  }
  if (digest.name(keys) != name) throw StorageError("the uploaded file " + path.string() + " is damaged: its bytes are not those it was named after");
}

}  // namespace dealog::eventstore
