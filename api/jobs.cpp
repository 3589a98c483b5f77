#include "api/jobs.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "api/app.h"
#include "api/encode.h"
#include "api/logging.h"
#include "api/problem.h"
#include "eventstore/keyring.h"

namespace dealog::api {

namespace json = boost::json;

namespace {

constexpr std::chrono::seconds try_again_in{10};

// A report may quote what was erased since.
std::string without_words(const std::string& result) {
  if (result.empty()) return result;
  json::value made = json::parse(result);
  bool any = false;
  for (const char* list : {"errors", "refusals"})
    if (json::value* told = made.as_object().if_contains(list)) {
      any = any || !told->as_array().empty();
      *told = json::array();
    }
  if (any) made.as_object()["is_shortened"] = true;
  return json::serialize(made);
}

}  // namespace

std::string_view name(JobState state) {
  constexpr std::string_view names[] = {"queued", "running", "done", "failed", "cancelled"};
  return names[static_cast<std::size_t>(state)];
}

struct Jobs::Job {
  std::shared_ptr<Account> account;
  std::uint64_t purges = 0;                 // of the account, when the work was begun
  eventstore::Hash16 request{};
  std::uint64_t number = 0;                 // in the order of beginning
  JobShown shown;
  JobWork work;
  std::atomic<bool> is_cancelled{false};
  Clock::time_point began;                  // the first progress, from which the rate is measured
  std::size_t done_then = 0;
  std::vector<std::function<void(bool)>> watchers;
};

class Jobs::Run : public JobRun {
 public:
  Run(Jobs& jobs, Job& job) : jobs_(jobs), job_(job) {}

  bool ends() const override { return job_.is_cancelled || jobs_.closing_; }
  void progress(std::size_t done, std::size_t total) override {
    const std::lock_guard lock(jobs_.mutex_);
    JobShown& shown = job_.shown;
    if (job_.began == Clock::time_point()) {
      job_.began = Clock::now();
      job_.done_then = done;
    }
    if (shown.done == done && shown.total == total) return;
    shown.done = done;
    shown.total = total;
    jobs_.changed(job_);
  }

 private:
  Jobs& jobs_;
  Job& job_;
};

Jobs::Jobs(App& app, Limits limits)
    : app_(app), limits_(limits),
      running_(app.metrics().gauge("dealog_jobs_running", "Jobs under way")),
      waiting_(app.metrics().gauge("dealog_jobs_waiting", "Jobs that wait for others")) {}
Jobs::~Jobs() { close(); }

void Jobs::close() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    queue_.clear();
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
  const std::lock_guard lock(mutex_);
  for (const auto& [id, job] : jobs_) {
    for (const auto& then : job->watchers) then(false);
  }
  jobs_.clear();   // with the accounts that they hold
}

std::size_t Jobs::count(JobState state, const Uuid* account) const {
  return static_cast<std::size_t>(std::ranges::count_if(jobs_, [&](const auto& each) {
    return each.second->shown.state == state && (account == nullptr || each.second->account->id() == *account);
  }));
}

Jobs::Came Jobs::start(const Principal& who, Wanted wanted, JobShown& shown) {
  const Uuid& account = who.account->id();
  const std::lock_guard lock(mutex_);
  if (closing_) return Came::closed;
  if (const auto before = held(account, wanted.id, wanted.request, shown)) return *before;
  if (count(JobState::queued, &account) >= limits_.queued_of_account) return Came::account_full;
  if (count(JobState::queued, nullptr) >= limits_.queued) return Came::full;
  // Before the job stands in line: nobody would run it where the system gives no thread and there is none yet. The new one waits for the lock.
  if (threads_.size() < limits_.running) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) return Came::full;
    }
  }

  auto job = std::make_shared<Job>();
  job->account = who.account;
  job->request = wanted.request;
  job->number = ++last_number_;
  job->work = std::move(wanted.work);
  job->shown.id = wanted.id;
  job->shown.started_by = who.user;
  job->shown.kind = std::move(wanted.kind);
  job->shown.total = wanted.total;
  job->shown.created_at = app_.now();
  jobs_[wanted.id] = job;
  queue_.push_back(job);
  turn(*job, JobState::queued);
  shown = show(*job);
  wake_.notify_one();
  return Came::begun;
}

std::optional<Jobs::Came> Jobs::held(const Uuid& account, const Uuid& id, const eventstore::Hash16& request, JobShown& shown) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return std::nullopt;
  Job& before = *found->second;
  if (before.account->id() != account || before.request != request) return Came::other_request;
  shown = show(before);
  const bool begins_again = shown.state == JobState::failed || shown.state == JobState::cancelled;
  if (begins_again) return std::nullopt;
  return Came::there;
}

std::optional<Jobs::Came> Jobs::again(const Principal& who, const Uuid& id, const eventstore::Hash16& request, JobShown& shown) const {
  const std::lock_guard lock(mutex_);
  return held(who.account->id(), id, request, shown);
}

// The first in line whose account has not its share of what runs.
std::shared_ptr<Jobs::Job> Jobs::next() {
  const auto may_run = [this](const std::shared_ptr<Job>& job) { return count(JobState::running, &job->account->id()) < limits_.running_of_account; };
  const auto found = std::ranges::find_if(queue_, may_run);
  if (found == queue_.end()) return nullptr;
  std::shared_ptr<Job> job = *found;
  queue_.erase(found);
  job->purges = job->account->purges().count();
  job->shown.started_at = app_.now();
  turn(*job, JobState::running);
  return job;
}

void Jobs::work() {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closing_ || (job = next()) != nullptr; });
      if (!job) return;
    }
    JobEnd end;
    try {
      Run run(*this, *job);
      end = job->work(run);
    } catch (...) {
      end.problem = app_.failed(Request(), std::current_exception());
    }
    JobWork over;   // what the work holds goes outside the lock
    const std::lock_guard lock(mutex_);
    over.swap(job->work);
    job->shown.result = std::move(end.result);
    if (end.problem) job->shown.problem = std::move(end.problem->body);
    job->shown.ended_at = app_.now();
    job->shown.is_cancelling = false;
    turn(*job, end.problem ? JobState::failed : end.is_cut ? JobState::cancelled : JobState::done);
    log(LogLevel::info, "a job is over",
        {{"job", to_string(job->shown.id)}, {"kind", job->shown.kind}, {"state", name(job->shown.state)}, {"done", static_cast<std::int64_t>(job->shown.done)}});
    forget_old(job->account->id());
    wake_.notify_all();   // its account may run another one now
  }
}

void Jobs::turn(Job& job, JobState state) {
  job.shown.state = state;
  job.shown.turns.push_back({state, job.shown.done, job.shown.total, job.shown.version + 1});
  running_.set(static_cast<std::int64_t>(count(JobState::running, nullptr)));
  waiting_.set(static_cast<std::int64_t>(count(JobState::queued, nullptr)));
  changed(job);
}

void Jobs::changed(Job& job) {
  ++job.shown.version;
  std::vector<std::function<void(bool)>> watchers;
  watchers.swap(job.watchers);
  for (const auto& then : watchers) then(true);
}

void Jobs::forget_old(const Uuid& account) {
  std::vector<const Job*> over;
  for (const auto& [id, job] : jobs_)
    if (job->account->id() == account && job->shown.is_over()) over.push_back(job.get());
  if (over.size() <= limits_.kept_of_account) return;
  const Job* oldest = *std::ranges::min_element(over, {}, &Job::number);
  const Uuid id = oldest->shown.id;
  jobs_.erase(id);
}

JobShown Jobs::show(Job& job) const {
  if (const std::uint64_t purges = job.account->purges().count(); job.shown.is_over() && purges != job.purges) {
    job.purges = purges;
    job.shown.result = without_words(job.shown.result);
  }
  JobShown shown = job.shown;
  shown.is_cancelling = shown.state == JobState::running && job.is_cancelled;
  const double passed = std::chrono::duration<double>(Clock::now() - job.began).count();
  if (shown.state == JobState::running && job.began != Clock::time_point() && passed > 0)
    shown.rate = static_cast<double>(shown.done - std::min(shown.done, job.done_then)) / passed;
  return shown;
}

std::shared_ptr<Jobs::Job> Jobs::visible(const Principal& who, const Uuid& id) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second->account != who.account) return nullptr;
  const bool is_his = found->second->shown.started_by == who.user || who.role == Role::administrator;
  return is_his ? found->second : nullptr;
}

std::optional<JobShown> Jobs::find(const Principal& who, const Uuid& id) const {
  const std::lock_guard lock(mutex_);
  const auto job = visible(who, id);
  if (!job) return std::nullopt;
  return show(*job);
}

std::vector<JobShown> Jobs::list(const Principal& who) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Job>> jobs;
  for (const auto& [id, job] : jobs_)
    if (visible(who, id)) jobs.push_back(job);
  std::ranges::sort(jobs, std::ranges::greater{}, [](const auto& job) { return job->number; });
  std::vector<JobShown> shown;
  for (const auto& job : jobs) shown.push_back(show(*job));
  return shown;
}

std::optional<JobShown> Jobs::cancel(const Principal& who, const Uuid& id) {
  JobWork over;
  const std::lock_guard lock(mutex_);
  const auto job = visible(who, id);
  if (!job) return std::nullopt;
  if (job->shown.state == JobState::running && !job->is_cancelled.exchange(true)) changed(*job);
  if (job->shown.state == JobState::queued) {
    std::erase(queue_, job);
    over.swap(job->work);
    job->shown.ended_at = app_.now();
    turn(*job, JobState::cancelled);
    forget_old(job->account->id());
  }
  return show(*job);
}

void Jobs::when_changed(const Uuid& id, std::uint64_t seen, std::function<void(bool)> then) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (closing_) then(false);
  else if (found == jobs_.end() || found->second->shown.version != seen) then(true);
  else found->second->watchers.push_back(std::move(then));
}

void write_job(JsonWriter& json, const JobShown& job, bool whole) {
  json.object().field("id", job.id).field("kind", job.kind).field("state", name(job.state)).field("is_cancelling", job.is_cancelling);
  json.field("done", job.done).field("total", job.total).key("rate");
  const bool is_known = job.rate > 0;
  if (is_known) json.value(std::round(job.rate * 10) / 10);
  else json.null();
  json.key("seconds_left");
  if (is_known) json.value(static_cast<std::int64_t>(std::ceil(static_cast<double>(job.total - std::min(job.total, job.done)) / job.rate)));
  else json.null();
  json.field("created_at", job.created_at).field("started_at", job.started_at).field("ended_at", job.ended_at).field("started_by", job.started_by);
  if (whole) {
    json.key("result").raw(job.result.empty() ? "null" : job.result);
    json.key("problem").raw(job.problem.empty() ? "null" : job.problem);
  }
  json.end();
}

KeptCall::KeptCall(const Call& call)
    : request_{.method = call.request.method,
               .target = keep(call.request.target),
               .path = keep(call.request.path),
               .query = keep(call.request.query),
               .parameters = call.request.parameters,
               .headers = {},
               .body = keep(call.request.body),
               .peer = keep(call.request.peer),
               .request_id = keep(call.request.request_id),
               .deadline = Clock::time_point::max()},
      call_{.request = request_, .route = call.route, .path = call.path, .app = call.app, .principal = call.principal} {
  for (const auto& [name, value] : call.request.headers) {
    const std::string_view kept = keep(name);
    request_.headers.emplace_back(kept, keep(value));
  }
}

void KeptCall::set_header(std::string_view name, std::string_view value) {
  // The first of a name counts.
  const std::string_view kept = keep(name);
  request_.headers.insert(request_.headers.begin(), std::pair(kept, keep(value)));
}

asio::awaitable<std::optional<Response>> admit_again(Call& call) {
  if (!call.request.has_header("Authorization")) co_return std::nullopt;   // the process itself asks
  asio::awaitable<std::optional<Response>> admitting = call.app->admit(call);
  co_return co_await std::move(admitting);
}

Uuid job_id(const Call& call, const RequestKey& key) {
  if (key.key == eventstore::Hash16{}) return call.app->new_id();
  return derived_uuid("job", std::string_view(reinterpret_cast<const char*>(key.key.data()), key.key.size()));
}

namespace {

Response accepted(const JobShown& job, bool is_again) {
  JsonWriter json;
  write_job(json, job, true);
  Response response = ok(std::move(json).text());
  response.status = 202;
  response.headers.emplace_back("Location", "/v1/jobs/" + to_string(job.id));
  if (is_again) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

}  // namespace

std::optional<Response> job_again(const Call& call, const RequestKey& key) {
  if (key.key == eventstore::Hash16{}) return std::nullopt;
  JobShown shown;
  const auto came = call.app->jobs().again(*call.principal, job_id(call, key), key.request, shown);
  if (!came) return std::nullopt;
  return *came == Jobs::Came::there ? accepted(shown, true) : problem(eventstore::Trouble::key_reused);
}

Response start_job(const Call& call, std::string kind, const RequestKey& key, std::size_t total, JobWork work) {
  Jobs::Wanted wanted{.id = job_id(call, key), .kind = std::move(kind), .request = key.request, .total = total, .work = std::move(work)};
  JobShown shown;
  switch (call.app->jobs().start(*call.principal, std::move(wanted), shown)) {
    case Jobs::Came::begun: return accepted(shown, false);
    case Jobs::Came::there: return accepted(shown, true);
    case Jobs::Came::other_request: return problem(eventstore::Trouble::key_reused);
    case Jobs::Came::account_full: return problem(Problem::too_many_requests, "Too many jobs of this account are waiting.", try_again_in);
    case Jobs::Came::full: return problem(Problem::overloaded, "Too many jobs are waiting.", try_again_in);
    case Jobs::Came::closed: break;
  }
  return problem(eventstore::Trouble::closed);
}

bool prefers_job(const Request& request) { return request.header("Prefer").find("respond-async") != std::string_view::npos; }

}  // namespace dealog::api
