#include "api/account.h"

#include <algorithm>
#include <chrono>
#include <future>

#include "api/backups.h"
#include "api/logging.h"
#include "eventstore/account_files.h"
#include "eventstore/erasure.h"
#include "eventstore/stored_files.h"
#include "projections/worker.h"

namespace dealog::api {

Account::Account() = default;

namespace {

std::optional<Fields> open_personal(const eventstore::Keyring& keys, const fb::Record& record) {
  const auto plaintext = keys.open(record);
  return plaintext ? decode_personal(*plaintext) : std::nullopt;
}

}  // namespace

std::shared_ptr<Account> Account::open(const std::filesystem::path& data, const std::string& slug, const AccountSetup& setup) {
  if (!eventstore::valid_slug(slug)) return nullptr;
  const std::filesystem::path directory = data / "accounts" / slug;
  if (!std::filesystem::exists(directory)) return nullptr;

  std::shared_ptr<Account> account(new Account);
  account->slug_ = slug;
  eventstore::Files& files = setup.files ? *setup.files : eventstore::posix_files();
  account->files_ = std::make_unique<eventstore::OpenLog>(
      eventstore::open_account_files(directory, setup.holder, {.resources = setup.resources, .files = &files}));
  account->access_log_ = std::make_unique<eventstore::AccessLog>(files, directory / "access");
  account->models_ = std::make_unique<projections::ReadModels>();
  account->audit_ = std::make_unique<Audit>(*account->files_->log);
  account->stored_files_ = std::make_unique<eventstore::StoredFiles>(files, directory / "files", *account->files_->keys);
  std::unordered_set<std::string> stored_names;   // what the log tells of and was not erased

  // One scan of the log starts the decision model and the read models.
  eventstore::Writer::Config config{
      .clock = setup.clock,
      .post = setup.post,
      .published = [raw = account.get(), tell = setup.committed](std::shared_ptr<const eventstore::Committed> committed) {
        if (tell) tell(committed->records.size());
        raw->committed(std::move(committed));
      }};
  // One purge may be for several erasures: what they stored is removed from behind the last purge on.
  account->purges_ = std::make_unique<Purges>([raw = account.get(), removed = account->head()](Position erased_at) mutable {
    try {
      raw->log().read(removed, erased_at, [raw](const eventstore::StoredRecord& stored) {
        raw->remove_erased_files(eventstore::erased_by(stored.record));
        return true;
      });
    } catch (const eventstore::StorageError& error) {
      api::log(LogLevel::error, std::string("what was erased could not be removed from the disk: ") + error.what(), {{"account", raw->slug_}});
      return false;
    }
    removed = erased_at;
    return raw->purge(erased_at);
  });
  account->writer_ = std::make_unique<eventstore::Writer>(
      *account->files_->log, *account->files_->keys, std::move(config),
      [&](const eventstore::StoredRecord& record, const Fields* personal) {
        account->models_->apply(record.record, personal);
        account->audit_->observe(record.record);
        if (personal != nullptr)
          if (auto name = eventstore::stored_as(record.record)) stored_names.insert(std::move(*name));
      });
  account->stored_files_->keep_only(stored_names);
  account->audit_->open(files, directory, account->files_->account);
  if (account->writer_->erased_late()) account->refold();   // the scan had read what it then destroyed the keys of
  account->worker_ = std::make_unique<projections::Worker>("read models", *account->models_, [keys = account->files_->keys.get()](const fb::Record& record) {
    return open_personal(*keys, record);
  });
  account->backups_ = std::make_unique<Backups>(*account->files_, slug, directory, setup.backups);
  return account;
}

Account::~Account() { close(); }

// On the writer's thread: keys that the commit destroys are gone already.
void Account::committed(std::shared_ptr<const eventstore::Committed> commit) {
  for (const BytesView bytes : commit->records) {
    const fb::Record& record = *trusted_record(bytes);
    audit_->observe(record);
    const std::vector<ObjectRef> erased = eventstore::erased_by(record);
    if (erased.empty()) continue;
    views_.forget(erased);
    purges_->ask(envelope(record).position);
  }
  worker_->feed(std::move(commit));
}

bool Account::refold() {
  return models_->replace([this](Position after, Position to, const projections::ReadModels::Sink& sink) {
    bool is_whole = true;
    log().read(after, to, [&](const eventstore::StoredRecord& stored) {
      is_whole = !purges_->is_closing();
      if (!is_whole) return false;
      const std::optional<Fields> personal = open_personal(keys(), stored.record);
      sink(stored.record, personal ? &*personal : nullptr);
      return true;
    });
    return is_whole;
  });
}

bool Account::purge(Position erased_at) {
  // What the worker opened before the keys went, it has applied by then.
  while (!worker_->wait_for(erased_at, std::chrono::milliseconds(200)))
    if (purges_->is_closing() || worker_->failure()) return false;
  try {
    if (!refold()) return false;
  } catch (const std::exception& error) {
    api::log(LogLevel::error, std::string("what was erased could not be taken out of the read models: ") + error.what(), {{"account", slug_}});
    return false;
  }
  board_views_.forget();
  return true;
}

void Account::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (writer_) writer_->close();
  if (purges_) purges_->close();
  if (worker_) worker_->close();
}

void Account::close() {
  stop();
  if (closed_) return;
  closed_ = true;
  backups_.reset();
  if (worker_) audit_->close();
  if (files_) files_->close();
}

std::shared_ptr<const eventstore::SignedCheckpoint> Account::tend(Instant now) {
  std::shared_ptr<const eventstore::SignedCheckpoint> newest;
  std::string trouble;
  try {
    if (!writer_->failed() && audit_->heads_are_due(now)) {
      const auto heads = audit_->heads_at(head(), {Kind::account, id()});
      eventstore::Submission submission{.command = command::CommitHeads{id(), heads.up_to, heads.root}, .context = {}};
      std::promise<eventstore::Outcome> promised;
      submission.done = [&](eventstore::Outcome&& outcome) { promised.set_value(std::move(outcome)); };
      writer_->submit(std::move(submission));
      const eventstore::Outcome outcome = promised.get_future().get();
      if (std::holds_alternative<Refusal>(outcome)) trouble = "the heads of all objects were refused";
    }
    // The tree follows the log here, so that no request has to wait for that; and what is signed was read again.
    newest = audit_->newest();
    const eventstore::Head end = log().head();
    const bool has_grown = !newest || newest->checkpoint.size < end.position;
    if (has_grown && audit_->tree().root(end.position) != end.root) trouble = "the log on the disk is not what was written to it: nothing is signed";
    else newest = audit_->checkpoint(now);
  } catch (const eventstore::StorageError& error) {
    trouble = error.what();
  }
  if (!trouble.empty() && trouble != tending_trouble_) api::log(LogLevel::error, trouble, {{"account", slug_}});
  tending_trouble_ = trouble;
  return newest;
}

void Account::remove_erased_files(std::span<const ObjectRef> erased) {
  for (const ObjectRef& object : erased) {
    if (object.kind != Kind::file) continue;
    log().read_object(object, 1, [&](const eventstore::StoredRecord& record) {
      if (const auto name = eventstore::stored_as(record.record)) stored_files_->remove(*name);
      return false;
    });
  }
}

const Uuid& Account::id() const { return files_->account; }
const eventstore::EventLog& Account::log() const { return *files_->log; }
const eventstore::Keyring& Account::keys() const { return *files_->keys; }

std::shared_ptr<const SetUp> Account::set_up() { return set_up(std::min(writer_->set_up_position(), head())); }

std::shared_ptr<const SetUp> Account::set_up(Position wanted) {
  const std::lock_guard lock(set_up_mutex_);
  if (!set_up_ || set_up_->position < wanted) {
    // An answer from a set-up that is not folded yet would differ from its own repetition.
    worker_->wait_for(wanted, std::chrono::seconds(1));
    set_up_ = std::make_shared<const SetUp>(api::set_up(*models_->live()));
  }
  return set_up_;
}

Shown Account::shown_by_rows(ObjectRef object, Version version) {
  if (auto row = models_->present(object)) {
    auto since = shown_since(log(), keys(), std::move(*row), version);
    // Asked behind the row: a rule or an erasure that came meanwhile is not missed.
    if (since && writer_->set_up_position() <= since->newest.position && !purges_->is_owing()) return std::move(*since);
  }
  return shown(object, version);
}

std::shared_ptr<const projections::World> Account::world() const { return models_->live(); }

void Account::when_at(Position position, std::function<void(bool)> then) { worker_->when_at(position, std::move(then)); }

std::optional<std::string> Account::projection_trouble() const {
  const auto failure = worker_->failure();
  if (!failure) return std::nullopt;
  return failure->name + " stopped at position " + std::to_string(failure->position) + ": " + failure->error;
}

Position Account::projected() const { return worker_->position(); }

}  // namespace dealog::api
