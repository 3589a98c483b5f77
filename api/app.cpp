#include "api/app.h"

#include <boost/asio/post.hpp>
#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "api/encode.h"
#include "api/importer.h"
#include "api/jobs.h"
#include "api/log_ins.h"
#include "api/logging.h"
#include "api/openapi.h"
#include "api/problem.h"
#include "api/resources.h"
#include "api/run_here.h"
#include "eventstore/account_files.h"

namespace dealog::api {
namespace {

Instant system_now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

unsigned pool_size(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(4u, 2 * std::thread::hardware_concurrency());
}

}  // namespace

// One account, being opened or open. Opening happens under its own lock, so that a slow one holds up nobody else.
struct App::Opening {
  std::mutex mutex;
  std::shared_ptr<Account> account;
  bool gone = false;                  // it was no account: whoever waited looks again
  std::atomic<bool> broken{false};    // the last opening threw
};

App::App(AppOptions options)
    : data_(std::move(options.data)),
      backups_(std::move(options.backups)),
      holder_(std::move(options.holder)),
      clock_(options.clock ? std::move(options.clock) : system_now),
      ids_(std::move(options.ids)),
      resources_(eventstore::make_log_resources()),
      commits_(metrics_.counter("dealog_commits_total", "Commits made durable, each with one sync")),
      events_(metrics_.counter("dealog_events_total", "Events in them")),
      disk_free_(metrics_.gauge("dealog_disk_free_bytes", "Free where the data is, as last looked at")),
      disk_reserve_on_(metrics_.gauge("dealog_disk_reserve", "1: less than the reserve is free, commands are refused")),
      pool_(pool_size(options.pool_threads)),
      log_ins_(std::make_unique<LogIns>(pool_)),
      importer_(std::move(options.importer)),
      jobs_(std::make_unique<Jobs>(*this)),
      heartbeat_(options.heartbeat),
      disk_reserve_(options.disk_reserve),
      file_limit_(options.file_limit),
      files_(options.files ? *options.files : eventstore::posix_files()),
      publish_(std::move(options.publish)) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  add_health_routes(routes_, [this] { return health(); }, metrics_, std::move(options.metrics_token));
  add_resource_routes(routes_, file_limit_);
  add_document_routes(routes_);
  watch_disk();
  if (options.tends)
    tender_ = std::thread([this] {
      std::unique_lock lock(mutex_);
      while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return closing_; })) {
        lock.unlock();
        tend();
        lock.lock();
      }
    });
}

App::~App() { close(); }

void App::close() {
  jobs_->close();   // while there are accounts that their last commands can go to
  std::map<std::string, std::shared_ptr<Opening>> accounts;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;   // what is still in the pool opens nothing any more
    accounts.swap(accounts_);
  }
  wake_.notify_all();
  if (tender_.joinable()) tender_.join();
  for (auto& [slug, opening] : accounts) {
    const std::lock_guard lock(opening->mutex);
    if (opening->account) opening->account->stop();
  }
  pool_.join();        // reports that are under way read the logs until here
  for (auto& [slug, opening] : accounts) {
    if (!opening->account) continue;
    opening->account->close();
    publish(slug, opening->account->audit().newest());
  }
}

void App::tend() {
  watch_disk();
  for (const auto& account : open_accounts()) publish(account->slug(), account->tend(now()));
}

void App::watch_disk() {
  if (disk_reserve_ == 0) return;
  std::uint64_t free = 0;
  try {
    free = files_.free_space(data_);
  } catch (const eventstore::StorageError& error) {
    if (!std::exchange(disk_is_unknown_, true)) log(LogLevel::error, error.what());
    return;
  }
  disk_is_unknown_ = false;
  // Left with a quarter more than it was entered with, or a single command would bring it back.
  const bool on = free < disk_reserve_ + (in_reserve_ ? disk_reserve_ / 4 : 0);
  disk_free_.set(static_cast<std::int64_t>(free));
  disk_reserve_on_.set(on);
  if (on != in_reserve_)
    log(on ? LogLevel::error : LogLevel::info, on ? "the disk is nearly full: commands are refused, reading goes on" : "the disk has room again: commands are taken",
        {{"free_bytes", static_cast<std::int64_t>(free)}, {"reserve_bytes", static_cast<std::int64_t>(disk_reserve_)}});
  in_reserve_ = on;
  // All of them every time: one may have been opened since.
  for (const auto& account : open_accounts()) account->writer().set_reserve(on);
}

void App::publish(const std::string& slug, const std::shared_ptr<const eventstore::SignedCheckpoint>& checkpoint) {
  if (!publish_ || !checkpoint || published_[slug] == checkpoint->note) return;
  if (publish_(slug, checkpoint->note)) published_[slug] = checkpoint->note;
}

std::shared_ptr<Account> App::account(const std::string& slug) {
  for (;;) {
    std::shared_ptr<Opening> opening;
    {
      const std::lock_guard lock(mutex_);
      if (closing_) return nullptr;
      auto& place = accounts_[slug];
      if (!place) place = std::make_shared<Opening>();
      opening = place;
    }
    const std::lock_guard lock(opening->mutex);
    if (opening->gone) continue;
    if (!opening->account) open(slug, *opening);
    if (opening->account) return opening->account;
    // Nothing is kept of names that are no account, or guesses would fill the memory.
    opening->gone = true;
    const std::lock_guard whole(mutex_);
    accounts_.erase(slug);
    return nullptr;
  }
}

void App::open(const std::string& slug, Opening& opening) {
  AccountSetup setup{.clock = clock_,
                     .post = [this](std::function<void()> work) { asio::post(pool_, std::move(work)); },
                     .holder = holder_,
                     .committed = [this](std::size_t events) { commits_.add(); events_.add(events); },
                     .resources = resources_,
                     .backups = backups_,
                     .files = &files_};
  opening.broken = true;
  opening.account = Account::open(data_, slug, setup);
  opening.broken = false;
  if (opening.account) opening.account->writer().set_reserve(in_reserve_);
  if (opening.account)
    log(LogLevel::info, "account opened",
        {{"account", slug}, {"position", static_cast<std::int64_t>(opening.account->head())}});
}

std::shared_ptr<Account> App::open_account(const std::string& slug) const {
  std::shared_ptr<Opening> opening;
  {
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(slug);
    if (found == accounts_.end()) return nullptr;
    opening = found->second;
  }
  const std::unique_lock lock(opening->mutex, std::try_to_lock);
  return lock ? opening->account : nullptr;
}

std::vector<std::shared_ptr<Account>> App::open_accounts() const {
  std::vector<std::string> slugs;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [slug, opening] : accounts_) slugs.push_back(slug);
  }
  std::vector<std::shared_ptr<Account>> open;
  for (const std::string& slug : slugs)
    if (auto account = open_account(slug)) open.push_back(std::move(account));
  return open;
}

Uuid App::new_id() const {
  if (ids_) return ids_();
  // Random bytes are drawn by the page: one call into the kernel's pool for 256 ids.
  thread_local std::array<std::uint8_t, 4096> random;
  thread_local std::size_t used = random.size();
  if (used + 16 > random.size()) {
    randombytes_buf(random.data(), random.size());
    used = 0;
  }
  Uuid id;
  std::copy_n(random.begin() + static_cast<std::ptrdiff_t>(used), 16, id.bytes.begin());
  used += 16;
  const auto ms = static_cast<std::uint64_t>(clock_().ms);
  for (int byte = 0; byte < 6; ++byte)
    id.bytes[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(ms >> (8 * (5 - byte)));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

Response App::failed(const Request& request, std::exception_ptr error) const {
  try {
    std::rethrow_exception(error);
  } catch (const eventstore::StorageError& storage) {
    log(LogLevel::error, storage.what(), {{"request_id", request.request_id}});
    return problem(Problem::unavailable, "The account's data cannot be read; the operator has been told.");
  } catch (const eventstore::AccountInUse& locked) {
    log(LogLevel::error, locked.what(), {{"request_id", request.request_id}});
    return problem(Problem::unavailable, "Another process holds this account.");
  } catch (const std::exception& other) {
    log(LogLevel::error, other.what(), {{"request_id", request.request_id}});
    return problem(Problem::internal);
  }
}

Health App::health() const {
  std::size_t open = 0, broken = 0, stale = 0, failed = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [slug, opening] : accounts_) broken += opening->broken;
  }
  for (const auto& account : open_accounts()) {
    ++open;
    stale += account->projection_trouble().has_value();
    failed += account->writer().failed().has_value();
  }
  Health health;
  health.ready = broken + stale + failed == 0;
  JsonWriter json;
  json.object().key("status").value(health.ready ? std::string_view(in_reserve_ ? "disk_reserve" : "ready") : std::string_view("degraded"));
  json.field("accounts_open", open).field("accounts_that_do_not_open", broken).field("writers_failed", failed);
  json.field("read_models_stale", stale).field("disk_reserve", in_reserve_.load()).end();
  health.json = std::move(json).text();
  return health;
}

Response App::handle(Method method, std::string target, std::string body,
                     std::vector<std::pair<std::string, std::string>> headers,
                     std::shared_ptr<Principal> as) {
  Request request;
  request.method = method;
  request.target = target;
  const auto mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  request.query = mark == std::string_view::npos ? std::string_view() : request.target.substr(mark + 1);
  for (const auto& [name, value] : headers) request.headers.emplace_back(name, value);
  request.body = body;
  request.peer = "local";
  request.request_id = "local";
  request.deadline = Clock::now() + std::chrono::minutes(10);

  const Routes::Match match = routes_.find(method, request.path);
  if (match.route == nullptr) return problem(match.allow.empty() ? Problem::not_found : Problem::method_not_allowed);
  auto parameters = parse_query(request.query);
  if (!parameters) return problem(Problem::bad_request, "the query cannot be decoded");
  request.parameters = std::move(*parameters);

  Call call{.request = request, .route = *match.route, .path = match.path_values, .app = this, .principal = std::move(as)};
  const auto whole = [](App& app, Call& the_call) -> asio::awaitable<Response> {
    if (!the_call.route.rights.is_public && !the_call.principal) {
      std::optional<Response> refused = co_await app.admit(the_call);
      if (refused) co_return std::move(*refused);
    }
    co_return co_await the_call.route.handler(the_call);
  };
  try {
    return run_here(whole(*this, call));
  } catch (...) {
    return failed(request, std::current_exception());
  }
}

}  // namespace dealog::api
