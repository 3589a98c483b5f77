#pragma once
// What handlers may use: the accounts, the pool for work that blocks, the clock and ids. One App for a process.

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/account.h"
#include "api/http.h"
#include "api/metrics.h"
#include "api/route.h"
#include "api/server.h"

namespace dealog::api {

class Importer;   // importer.h

struct AppOptions {
  std::filesystem::path data;
  std::string holder = "dealog";              // see AccountSetup
  std::function<Instant()> clock;             // null: the system's
  std::function<Uuid()> ids = {};             // of all that is made; any thread. Null: random ones
  std::string metrics_token = {};             // see add_health_routes
  std::filesystem::path backups = {};         // folder for backups of all accounts; "": none are made
  unsigned pool_threads = 0;                  // 0: twice the cores, at least 4: drains block on the disk
  std::chrono::milliseconds heartbeat{15'000};  // of streams that have nothing to tell
  bool tends = false;                         // a thread calls tend() every second
  // Bytes that shall stay free where the data is: with less, commands are refused (507) and reading goes on, until a
  // quarter more is free again. 0: nobody looks. Looked at by tend(), and at the start.
  std::uint64_t disk_reserve = 0;
  std::uint64_t file_limit = 25u << 20;       // of an uploaded file, bytes
  eventstore::Files* files = nullptr;         // what our own files go through; null: the system's
  // Told of each new checkpoint that tend() and close() find, to be kept where the operator has no hand. False: not
  // taken, to be offered again. Blocks.
  std::function<bool(const std::string& account, const std::string& note)> publish = {};
  std::shared_ptr<Importer> importer = {};    // of uploaded plans; null: none are taken
};

class Jobs;      // jobs.h
struct LogIns;   // log_ins.h

class App {
 public:
  explicit App(AppOptions options);
  ~App();

  // The account, opened on first use (this blocks: call it from the pool). Null when there is none of that name.
  // Throws what Account::open throws; the next call tries again.
  std::shared_ptr<Account> account(const std::string& slug);
  // The account if it is open already; never blocks for long.
  std::shared_ptr<Account> open_account(const std::string& slug) const;
  std::vector<std::shared_ptr<Account>> open_accounts() const;

  asio::thread_pool& pool() { return pool_; }
  Instant now() const { return clock_(); }
  // UUID version 7, unless the options say which. Any thread.
  Uuid new_id() const;

  Metrics& metrics() { return metrics_; }
  LogIns& log_ins() { return *log_ins_; }
  Jobs& jobs() { return *jobs_; }
  Importer* importer() const { return importer_.get(); }
  const Routes& routes() const { return routes_; }

  // Who asks, and may he: sets call.principal, or answers 401 or 403. For ServerHooks.
  asio::awaitable<std::optional<Response>> admit(Call& call);
  // May he who was admitted still read? For streams, which outlive their request. Brings his role up to date.
  bool still_admits(Principal& principal) const;
  std::chrono::milliseconds heartbeat() const { return heartbeat_; }
  // What a handler threw: 503 for a broken disk, else 500; logged.
  Response failed(const Request& request, std::exception_ptr error) const;
  // How things are, without naming accounts: nothing of one is visible from outside it (SPEC ACC-1). Names are in the log.
  Health health() const;

  // One request without a socket: the same routes, rights and rules, for doors inside the process. Blocks. `as`: who
  // asks, for a process that holds the account itself; null: whose token the headers carry.
  Response handle(Method method, std::string target, std::string body,
                  std::vector<std::pair<std::string, std::string>> headers, std::shared_ptr<Principal> as = nullptr);

  // Is the disk nearly full?
  bool in_reserve() const { return in_reserve_; }
  std::uint64_t file_limit() const { return file_limit_; }

  // What is due by the clock: a look at the disk, then every open account (Account::tend). One thread at a time. Blocks.
  void tend();

  // Ends the jobs between two of their commits, takes no more commands and closes all accounts. Call it after the server has
  // stopped.
  void close();

 private:
  struct Opening;
  void watch_disk();
  void open(const std::string& slug, Opening& opening);

  std::filesystem::path data_;
  std::filesystem::path backups_;
  std::string holder_;
  std::function<Instant()> clock_;
  std::function<Uuid()> ids_;
  std::shared_ptr<eventstore::LogResources> resources_;
  Metrics metrics_;
  Counter& commits_;
  Counter& events_;
  Gauge& disk_free_;
  Gauge& disk_reserve_on_;
  Routes routes_;
  asio::thread_pool pool_;
  std::unique_ptr<LogIns> log_ins_;
  const std::shared_ptr<Importer> importer_;
  std::unique_ptr<Jobs> jobs_;
  std::chrono::milliseconds heartbeat_;
  const std::uint64_t disk_reserve_, file_limit_;
  eventstore::Files& files_;
  std::atomic<bool> in_reserve_{false};
  bool disk_is_unknown_ = false;   // said once
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Opening>> accounts_;
  bool closing_ = false;

  void publish(const std::string& slug, const std::shared_ptr<const eventstore::SignedCheckpoint>& checkpoint);
  const std::function<bool(const std::string&, const std::string&)> publish_;
  std::map<std::string, std::string> published_;   // the newest note taken of each account; only who tends and closes uses it
  std::condition_variable wake_;
  std::thread tender_;
};

// Who asks. Made by App::admit, lives as long as the call.
struct Principal {
  std::shared_ptr<Account> account;
  Uuid user, token;
  Role role = Role::salesperson;
  bool read_only = false;
  std::string hash = {};   // of the token's text; empty where the process itself asks
  std::uint64_t epoch = 0;  // Writer::people_epoch when it was looked up
  std::optional<Instant> expires_at = {};
};

// Bearer tokens: "dlg_<account>_<43 characters of base64url>". Only the hash of the secret part is stored.
struct TokenText {
  std::string account;
  std::string hash;    // lower-case hex of SHA-256 over the whole token
};
std::optional<TokenText> parse_token(std::string_view token);
std::string make_token(std::string_view account);   // a new random one
std::string token_hash(std::string_view token);

}  // namespace dealog::api
