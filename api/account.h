#pragma once
// One open account: its files, its writer, its read models and the worker that feeds them. The one owner of all
// of these, with one order of opening (files, writer and models in one scan, worker) and of closing (writer,
// worker, files).
//
// Threads: after open everything may be used from any thread, until close.

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "domain/model.h"
#include "api/audit.h"
#include "api/board_stream.h"
#include "api/purges.h"
#include "api/set_up.h"
#include "api/views.h"
#include "domain/types.h"
#include "eventstore/access_log.h"
#include "eventstore/writer.h"
#include "projections/world.h"

namespace dealog::eventstore {
class Files;
struct OpenLog;
class LogResources;
class StoredFiles;
}
namespace dealog::projections {
class Worker;
}

namespace dealog::api {

class Backups;

struct AccountSetup {
  std::function<Instant()> clock;
  std::function<void(std::function<void()>)> post;   // runs work on the pool
  std::string holder;                                // what others are told of who holds the lock
  std::function<void(std::size_t events)> committed;  // told of each commit, for metrics; may be null
  std::shared_ptr<eventstore::LogResources> resources;  // shared by all accounts; null: its own
  std::filesystem::path backups = {};                // folder for backups; "": none are made
  eventstore::Files* files = nullptr;                // null: the system's
};

class Account {
 public:
  // Opens <data>/accounts/<slug>: takes its lock, checks log and anchor, folds the log. Null when there is no such
  // account. Throws eventstore::StorageError when it is damaged, eventstore::AccountInUse when another process
  // holds it.
  static std::shared_ptr<Account> open(const std::filesystem::path& data, const std::string& slug,
                                       const AccountSetup& setup);
  ~Account();

  // Takes no more commands and finishes what was accepted; reading goes on. Twice is once.
  void stop();
  // stop, then the last anchor; nothing may be read any more. Twice is once.
  void close();

  const std::string& slug() const { return slug_; }
  const Uuid& id() const;
  eventstore::Writer& writer() { return *writer_; }
  const eventstore::EventLog& log() const;
  const eventstore::Keyring& keys() const;
  Audit& audit() { return *audit_; }
  Backups& backups() { return *backups_; }
  // What was uploaded. Blocks on the disk: for the pool.
  eventstore::StoredFiles& stored_files() { return *stored_files_; }
  // Removes from the disk what these file objects stored (others are passed over), for after their keys were erased; what a
  // crash leaves is removed when the account is opened. Throws StorageError.
  void remove_erased_files(std::span<const ObjectRef> erased);

  // Log-ins and auditors' reads (SPEC AUD-7), apart from the business log. Blocks on the disk: for the pool.
  eventstore::AccessLog& access_log() { return *access_log_; }

  // The objects whose data are one person's (Writer::subjects_of).
  std::vector<Uuid> subjects_of(ObjectRef object) const { return writer_->subjects_of(object); }

  // Boards that are being watched.
  BoardViews& board_views() { return board_views_; }

  // What is due by the clock (SPEC AUD-3): a checkpoint of what has happened, and once an hour the heads. Comes back
  // with the newest checkpoint; null when there is none. Blocks; not on the pool, for it waits for the writer there.
  std::shared_ptr<const eventstore::SignedCheckpoint> tend(Instant now);

  // The position of the newest acknowledged event.
  Position head() const { return log().head().position; }

  // The object's own events up to a version, folded; those of lately touched objects are remembered.
  Shown shown(ObjectRef object, Version last) { return views_.at(log(), keys(), object, last); }
  // The same, out of the read models where no rule is newer than that version (then `api/object.h` apply_rules has nothing to
  // take back) and nothing that was erased is still in them: an object that nobody has touched for long costs no look into the log.
  Shown shown_by_rows(ObjectRef object, Version version);
  // The set-up as every acknowledged event of it says. Waits for the read models where they are a moment behind (at most
  // a second: then as they say).
  std::shared_ptr<const SetUp> set_up();
  // Not older than that position.
  std::shared_ptr<const SetUp> set_up(Position wanted);

  // The read models as they are now.
  std::shared_ptr<const projections::World> world() const;
  // Calls `then(true)` once the read models stand at `position` or further, on the worker's thread or at once;
  // `then(false)` when they never will (the worker stopped or closes).
  void when_at(Position position, std::function<void(bool)> then);
  // Erased words leave the read models a moment after the commit that erased them.
  Purges& purges() { return *purges_; }
  const Purges& purges() const { return *purges_; }

  // How the projections are: empty when well, else what stopped them and where.
  std::optional<std::string> projection_trouble() const;
  Position projected() const;

 private:
  Account();

  void committed(std::shared_ptr<const eventstore::Committed> commit);
  bool refold();
  bool purge(Position erased_at);

  std::string slug_;
  std::unique_ptr<eventstore::OpenLog> files_;
  std::unique_ptr<eventstore::StoredFiles> stored_files_;
  std::unique_ptr<Audit> audit_;
  std::unique_ptr<eventstore::AccessLog> access_log_;
  std::unique_ptr<eventstore::Writer> writer_;
  std::unique_ptr<projections::ReadModels> models_;
  std::unique_ptr<projections::Worker> worker_;
  std::unique_ptr<Purges> purges_;
  std::unique_ptr<Backups> backups_;
  Views views_;
  BoardViews board_views_;
  std::mutex set_up_mutex_;
  std::shared_ptr<const SetUp> set_up_;
  std::string tending_trouble_;   // what was logged last, so that it is logged once
  bool stopped_ = false, closed_ = false;
};

}  // namespace dealog::api
