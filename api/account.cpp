#include "api/account.h"

#include <algorithm>
#include <chrono>
#include <future>

#include "api/backups.h"
#include "api/logging.h"
#include "eventstore/account_files.h"
#include "eventstore/stored_files.h"
#include "projections/worker.h"

namespace dealog::api {

Account::Account() = default;

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
  std::unordered_set<std::string> stored;   // what the log tells of and was not erased

  // One scan of the log starts the decision model and the read models.
  eventstore::Writer::Config config{
      .clock = setup.clock,
      .post = setup.post,
      .published = [raw = account.get(), tell = setup.committed](std::shared_ptr<const eventstore::Committed> committed) {
        if (tell) tell(committed->records.size());
        for (const BytesView record : committed->records) raw->audit_->observe(*trusted_record(record));
        raw->worker_->feed(std::move(committed));
      }};
  account->writer_ = std::make_unique<eventstore::Writer>(
      *account->files_->log, *account->files_->keys, std::move(config),
      [&](const eventstore::StoredRecord& record, const Fields* personal) {
        account->models_->apply(record.record, personal);
        account->audit_->observe(record.record);
        if (personal != nullptr)
          if (auto name = eventstore::stored_as(record.record)) stored.insert(std::move(*name));
      });
  account->stored_files_->keep_only(stored);
  account->audit_->open(files, directory, account->files_->account);
  const auto open_personal = [keys = account->files_->keys.get()](const fb::Record& record) {
    std::optional<Fields> personal;
    if (const auto plaintext = keys->open(record)) personal = decode_personal(*plaintext);
    return personal;
  };
  account->worker_ = std::make_unique<projections::Worker>("read models", *account->models_, open_personal);
  account->backups_ = std::make_unique<Backups>(*account->files_, slug, directory, setup.backups);
  return account;
}

Account::~Account() { close(); }

void Account::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (writer_) writer_->close();
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

std::shared_ptr<const SetUp> Account::set_up() {
  const std::lock_guard lock(set_up_mutex_);
  const Position wanted = std::min(writer_->set_up_position(), head());
  if (!set_up_ || set_up_->position < wanted) {
    // An answer from a set-up that is not folded yet would differ from its own repetition.
    worker_->wait_for(wanted, std::chrono::seconds(1));
    set_up_ = std::make_shared<const SetUp>(api::set_up(*models_->live()));
  }
  return set_up_;
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
