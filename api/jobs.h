#pragma once
// Work that takes longer than a request may: 202 at once, and /v1/jobs/{id} tells how far it is.
//
//     queued ─► running ─► done        the work came to its end; `result` says what came of it
//        │         ├─────► failed      it could not begin or go on; `problem` says why, `result` what was done by then
//        └─────────┴─────► cancelled   on request, between two commits; `result` says what was done by then
//
// A job has the rights of the token that began it, as they are at each of its commits: the token revoked, its user suspended,
// logged out or given a lesser role ends it.
//
// Jobs live in memory. What they did is in the log, and all that they do may be done again: the same request under the same
// Idempotency-Key finds its job, or goes on with one that failed, was cancelled or was lost with the process. Stopping the server
// ends all of them between two commits.
//
// Threads: any.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/execute.h"
#include "api/http.h"
#include "domain/types.h"

namespace dealog::api {

class Gauge;
class JsonWriter;

enum class JobState : std::uint8_t { queued, running, done, failed, cancelled };
std::string_view name(JobState state);

// How the work ended.
struct JobEnd {
  // JSON: what was done; "": there is nothing to tell. Words of people stand in the lists "errors" and "refusals" alone: these are
  // emptied when something was erased since the job ran.
  std::string result = {};
  std::optional<Response> problem = {};     // why it did not go on
  bool is_cut = false;                      // it ended because of JobRun::ends
};

// What the work sees of its job. Any thread.
class JobRun {
 public:
  virtual ~JobRun() = default;
  // Nothing more is to be begun: the job was cancelled, or the server stops.
  virtual bool ends() const = 0;
  // Of what the job counts; `total` may become known late.
  virtual void progress(std::size_t done, std::size_t total) = 0;
};
// Blocks; on a thread of the jobs. What it throws is the problem of the job.
using JobWork = std::function<JobEnd(JobRun&)>;

// A job as it is at a moment.
struct JobShown {
  Uuid id, started_by;
  std::string kind;                         // "import", "undo", "bulk"
  JobState state = JobState::queued;
  bool is_cancelling = false;
  std::size_t done = 0, total = 0;
  double rate = 0;                          // of `done`, a second; 0: not known (yet)
  Instant created_at;
  std::optional<Instant> started_at, ended_at;
  std::string result, problem;              // JSON; "": none
  std::uint64_t version = 0;                // grows with every change
  struct Turn { JobState state; std::size_t done, total; std::uint64_t version; };
  std::vector<Turn> turns;                  // each state that it came to

  bool is_over() const { return state >= JobState::done; }
};
// {"id", "kind", "state", ...}; `whole`: with result and problem, which may be large.
void write_job(JsonWriter& json, const JobShown& job, bool whole);

struct JobLimits {
  std::size_t running = 4, running_of_account = 2;   // the others wait
  std::size_t queued = 16, queued_of_account = 4;    // they hold what they were begun with, such as uploaded files
  std::size_t kept_of_account = 50;                  // that are over; the oldest are forgotten
};

class Jobs {
 public:
  using Limits = JobLimits;
  struct Wanted {
    Uuid id;
    std::string kind;
    eventstore::Hash16 request{};           // what an Idempotency-Key must not be used again for
    std::size_t total = 0;
    JobWork work;
  };
  enum class Came : std::uint8_t { begun, there, other_request, account_full, full, closed };

  // `app` outlives this.
  explicit Jobs(App& app, Limits limits = {});
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // Begins it, or waits in line. `there`: it is under way or done already, and comes back as it is; one that failed or was
  // cancelled begins again.
  Came start(const Principal& who, Wanted wanted, JobShown& shown);
  // What start would find without beginning anything: `there`, `other_request`, or nothing.
  std::optional<Came> again(const Principal& who, const Uuid& id, const eventstore::Hash16& request, JobShown& shown) const;
  // What `who` sees: his own; an administrator all of his account.
  std::optional<JobShown> find(const Principal& who, const Uuid& id) const;
  std::vector<JobShown> list(const Principal& who) const;   // newest first
  // Nothing: he sees no such job. One that is over stays as it is.
  std::optional<JobShown> cancel(const Principal& who, const Uuid& id);
  // Calls `then(true)` once the job is of another version than `seen`, or gone: at once, or on the thread that changes it.
  void when_changed(const Uuid& id, std::uint64_t seen, std::function<void(bool)> then);

  // Takes no more, has what runs end and waits for it. Twice is once.
  void close();

 private:
  struct Job;
  class Run;
  void work();
  std::shared_ptr<Job> next();              // REQUIRES: mutex_ held, as all that follows
  void turn(Job& job, JobState state);
  void changed(Job& job);
  std::shared_ptr<Job> visible(const Principal& who, const Uuid& id) const;
  std::optional<Came> held(const Uuid& account, const Uuid& id, const eventstore::Hash16& request, JobShown& shown) const;
  JobShown show(Job& job) const;            // without what was erased
  std::size_t count(JobState state, const Uuid* account) const;
  void forget_old(const Uuid& account);

  App& app_;
  const Limits limits_;
  Gauge& running_;
  Gauge& waiting_;
  std::atomic<bool> closing_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Uuid, std::shared_ptr<Job>> jobs_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::thread> threads_;        // made when there is something to do
  std::uint64_t last_number_ = 0;
};

// A call that goes on when its request is answered: all that it points to is its own.
class KeptCall {
 public:
  explicit KeptCall(const Call& call);
  KeptCall(const KeptCall&) = delete;
  KeptCall& operator=(const KeptCall&) = delete;

  Call& call() { return call_; }
  // In place of what the request has of that name.
  void set_header(std::string_view name, std::string_view value);

 private:
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

  std::deque<std::string> texts_;
  Request request_;
  Call call_;
};

// Is whoever began it still let in? Nothing: he is, and the call's principal is who he is by now. Else the refusal.
asio::awaitable<std::optional<Response>> admit_again(Call& call);

// The job of a request: the same for the same Idempotency-Key.
Uuid job_id(const Call& call, const RequestKey& key);
// The answer to a repeated request whose job is under way or done; nothing: there is none, or it is to be begun again.
std::optional<Response> job_again(const Call& call, const RequestKey& key);
// Begins the job of that request: 202 with it; 422 of a key that was used for something else; 429 or 503 when too much waits.
Response start_job(const Call& call, std::string kind, const RequestKey& key, std::size_t total, JobWork work);
// Does the client want a job where it need not be one? (RFC 7240)
bool prefers_job(const Request& request);

}  // namespace dealog::api
