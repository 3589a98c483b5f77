#include "eventstore/backup.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "eventstore/sha256.h"
#include "eventstore/stored_files.h"

namespace dealog::eventstore {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view about_file = "backup";
constexpr std::size_t copied_at_once = 1u << 20;

void copy_file(Files& files, const fs::path& from, const fs::path& to) {
  const auto source = files.open(from, OpenMode::existing);
  const auto target = files.open(to, OpenMode::create_new);
  Bytes buffer(copied_at_once);
  for (std::uint64_t at = 0;;) {
    const std::size_t n = source->read_at(at, buffer);
    target->write_at(at, BytesView(buffer).first(n));
    at += n;
    if (n < buffer.size()) break;
  }
  target->sync();
}

// Files and directories below `from`, synced. What went away meanwhile was deleted on purpose.
void copy_tree(Files& files, const fs::path& from, const fs::path& to, const std::function<bool()>& stop) {
  files.create_directory(to);
  if (files.exists(from)) {
    for (const std::string& name : files.list(from)) {
      if (stop && stop()) throw BackupStopped{};
      std::error_code gone;
      if (fs::is_directory(from / name, gone)) copy_tree(files, from / name, to / name, stop);
      else if (fs::is_regular_file(from / name, gone)) copy_file(files, from / name, to / name);
    }
  }
  files.sync_directory(to);
}

// The uploaded files that are whole. One that goes away under us was erased.
void copy_stored_files(Files& files, const fs::path& from, const fs::path& to, const std::function<bool()>& stop) {
  files.create_directory(to);
  for (const std::string& name : files.list(from)) {
    if (is_unfinished_file(name)) continue;
    if (stop && stop()) throw BackupStopped{};
    try {
      copy_file(files, from / name, to / name);
    } catch (const StorageError&) {
      if (files.exists(from / name)) throw;
      files.remove_all(to / name);
    }
  }
  files.sync_directory(to);
}

void check_whole(const VerifyReport& report, const Head& head, const std::string& what) {
  if (report.wrong) {
    throw StorageError(what + " does not verify: at position " + std::to_string(report.wrong->position) + ": " + report.wrong->what);
  }
  if (report.head.commit < head.commit) throw StorageError(what + " ends before position " + std::to_string(head.position));
}

// Throws BackupStopped from within.
VerifyReport verify_or_stop(const OpenLog& open, const fs::path& directory, Files& files, const std::function<bool()>& stop) {
  return verify(*open.log, *open.keys, directory, files, [&](Position) {
    if (stop && stop()) throw BackupStopped{};
  });
}

fs::path account_in(const fs::path& backup, const std::string& slug) { return backup / "accounts" / slug; }

// Makes and, unless it is kept, removes a directory.
class Building {
 public:
  Building(Files& files, fs::path path) : files_(files), path_(std::move(path)) {
    files_.remove_all(path_);
    files_.create_directory(path_);
  }
  ~Building() {
    if (kept_) return;
    try {
      files_.remove_all(path_);
    } catch (const StorageError&) {
      // Its name says that it is not whole; the next one removes it.
    }
  }
  Building(const Building&) = delete;
  Building& operator=(const Building&) = delete;

  void keep_as(const fs::path& final_path) {
    files_.sync_directory(path_);
    files_.rename(path_, final_path);
    kept_ = true;
    files_.sync_directory(final_path.parent_path());
  }

 private:
  Files& files_;
  const fs::path path_;
  bool kept_ = false;
};

void write_text(Files& files, const fs::path& path, const std::string& text) {
  const auto file = files.open(path, OpenMode::create_new);
  file->write_at(0, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  file->sync();
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Hash32> hash_of(const std::string& text) {
  Hash32 hash{};
  if (text.size() != hash.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, hash[i], 16);
    if (error != std::errc() || end != text.data() + 2 * i + 2) return std::nullopt;
  }
  return hash;
}

// Accounts there with this id.
std::vector<fs::path> same_accounts(const fs::path& accounts, const Uuid& account, Files& files) {
  std::vector<fs::path> found;
  for (const std::string& slug : list_accounts(accounts, files)) {
    try {
      if (read_anchor(files, accounts / slug / "anchor").anchored.account == account) found.push_back(accounts / slug);
    } catch (const StorageError&) {
      // Whose it is cannot be told: it is refused when it is opened.
    }
  }
  return found;
}

}  // namespace

std::string encode_about(const BackupAbout& about) {
  std::ostringstream text;
  text << "dealog-backup 1\n"
       << "account " << to_string(about.account) << "\n"
       << "slug " << about.slug << "\n"
       << "made_at " << to_string(about.made_at) << "\n"
       << "position " << about.head.position << "\n"
       << "commit " << about.head.commit << "\n"
       << "root " << hex(about.head.root) << "\n";
  return text.str();
}

std::optional<BackupAbout> decode_about(std::string_view text) {
  std::map<std::string, std::string> words;
  std::istringstream lines{std::string(text)};
  for (std::string word, value; lines >> word >> value;) words[word] = value;
  const auto account = parse_uuid(words["account"]);
  const auto made_at = parse_instant(words["made_at"]);
  const auto position = number(words["position"]), commit = number(words["commit"]);
  const auto root = hash_of(words["root"]);
  if (words["dealog-backup"] != "1" || !account || !valid_slug(words["slug"]) || !made_at || !position || !commit || !root) return std::nullopt;
  return BackupAbout{*account, words["slug"], *made_at, {*position, *commit, *root}};
}

BackupAbout read_about(const fs::path& path, Files& files) {
  const std::string name = path.filename().string();
  if (name.starts_with(unfinished) || !files.exists(path / about_file)) throw StorageError(path.string() + " is no whole backup");
  const Bytes bytes = read_all(*files.open(path / about_file, OpenMode::existing));
  auto about = decode_about({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!about) throw StorageError((path / about_file).string() + " does not say soundly what the backup holds");
  return std::move(*about);
}

std::vector<std::pair<std::string, BackupAbout>> list_backups(const fs::path& folder, Files& files) {
  std::vector<std::pair<std::string, BackupAbout>> found;
  if (!files.exists(folder)) return found;
  for (const std::string& name : files.list(folder)) {
    try {
      found.emplace_back(name, read_about(folder / name, files));
    } catch (const StorageError&) {
      // Something else, or one that is being made.
    }
  }
  return found;
}

std::string backup_name(std::string_view slug, Instant made_at) {
  // "2026-03-02T09:00:00.000Z" without its signs and its milliseconds.
  std::string time = to_string(made_at).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return std::string(slug) + "-" + time + "Z";
}

BackupAbout make_backup(const BackupJob& job) {
  Files& files = files_of(job.options);
  const std::string name = backup_name(job.slug, job.made_at);
  const auto go_on = [&job] {
    if (job.stop && job.stop()) throw BackupStopped{};
  };
  std::error_code error;
  fs::create_directories(job.folder, error);
  if (error) throw StorageError("cannot make " + job.folder.string() + ": " + error.message());
  if (files.exists(job.folder / name)) throw StorageError((job.folder / name).string() + " is there already");

  const fs::path made = job.folder / (std::string(unfinished) + name);
  Building building(files, made);
  const fs::path copy = account_in(made, job.slug);
  files.create_directory(copy.parent_path());
  files.create_directory(copy);
  const Head acknowledged = job.open.log->head();
  job.open.log->copy_to(copy / "log");
  go_on();
  copy_stored_files(files, job.directory / "files", copy / "files", job.stop);
  job.open.keys->copy_to(files, copy / "keys");
  files.create_directory(copy / "keyframes");
  create_anchor(files, copy / "anchor", job.open.account, acknowledged);
  files.sync_directory(copy / "log");
  files.sync_directory(copy);
  files.sync_directory(copy.parent_path());
  go_on();

  BackupAbout about{job.open.account, job.slug, job.made_at, {}};
  {
    RocksLogOptions options = job.options;
    options.seal_every = 0;
    OpenLog opened = open_account_files(copy, "dealog backup", options);
    const VerifyReport report = verify_or_stop(opened, copy, files, job.stop);
    check_whole(report, acknowledged, "the copy");
    about.head = report.head;
    opened.close();
  }
  files.remove_all(copy / "lock");
  files.sync_directory(copy);
  write_text(files, made / about_file, encode_about(about));
  building.keep_as(job.folder / name);
  return about;
}

Restored restore_backup(const RestoreJob& job) {
  Files& files = files_of(job.options);
  Restored restored{read_about(job.backup, files), 0};
  const BackupAbout& about = restored.about;
  const fs::path from = account_in(job.backup, about.slug), to = job.accounts / job.slug;
  if (!valid_slug(job.slug)) throw std::logic_error("not a slug: " + job.slug);
  if (files.exists(to)) throw StorageError(to.string() + " is there already: a restore never overwrites");

  const fs::path made = job.accounts / (std::string(unfinished) + job.slug);
  Building building(files, made);
  copy_tree(files, from / "log", made / "log", {});
  copy_stored_files(files, from / "files", made / "files", {});
  files.create_directory(made / "keyframes");
  for (const char* name : {"anchor", "keys"}) copy_file(files, from / name, made / name);
  if (!job.take_over.empty()) {
    if (read_anchor(files, job.take_over / "anchor").anchored.account != about.account) {
      throw StorageError(job.take_over.string() + " is another account: its key cannot sign this one");
    }
    for (const char* name : {"signing", "checkpoint"}) {
      if (files.exists(job.take_over / name)) copy_file(files, job.take_over / name, made / name);
    }
  }
  {
    RocksLogOptions options = job.options;
    options.seal_every = 0;
    OpenLog opened = open_account_files(made, "dealog restore", options);
    if (opened.account != about.account) throw StorageError(job.backup.string() + " holds another account than it says");
    std::vector<fs::path> others = same_accounts(job.accounts, about.account, files);
    others.insert(others.end(), job.erasures_from.begin(), job.erasures_from.end());
    for (const fs::path& other : others) {
      const std::vector<ObjectRef> erased = FileKeyring(files, other / "keys", about.account).erased();
      const std::size_t before = opened.keys->erased().size();
      opened.keys->erase(erased);
      restored.erased += opened.keys->erased().size() - before;
    }
    const VerifyReport report = verify_or_stop(opened, made, files, {});
    check_whole(report, about.head, job.backup.string());
    if (report.head != about.head) throw StorageError(job.backup.string() + " does not hold what it says: it ends at position " + std::to_string(report.head.position));
    opened.close();
  }
  files.remove_all(made / "lock");
  building.keep_as(to);
  return restored;
}

}  // namespace dealog::eventstore
