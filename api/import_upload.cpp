// POST /v1/imports with a form (SPEC IO-1): plan and files are read and found fault with at once; what is sound becomes a job that
// asks the API row by row. The files are in memory only, from the request to the end of the job: nothing of them comes to the disk.

#include <algorithm>
#include <mutex>

#include "api/app.h"
#include "api/encode.h"
#include "api/importer.h"
#include "api/imports.h"
#include "api/multipart.h"
#include "api/problem.h"
#include "api/run_here.h"
#include "eventstore/sha256.h"

namespace dealog::api {
namespace {

struct Upload {
  std::shared_ptr<ImportPlan> plan;
  bool dry_run = false;
  std::string said;   // all that was sent, in one form however the client drew its boundaries: what an Idempotency-Key stands for
};

std::string sha256_of(std::string_view text) {
  return eventstore::hex(eventstore::sha256({BytesView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())}));
}

// On the pool. 204 when all is well.
Response read_upload(const Call& call, Upload& upload) {
  const auto parts = parse_form(call.request.header("Content-Type"), call.request.body);
  if (!parts) return problem(Problem::bad_request, "The body is no form as its Content-Type announces it (RFC 7578).");
  Faults faults;
  const FormPart* plan = nullptr;
  std::vector<ImportFile> files;
  std::vector<std::string> names;
  for (const FormPart& part : *parts) {
    const std::string pointer = pointer_to({}, part.name);
    if (std::ranges::find(names, part.name) != names.end()) {
      faults.add({.pointer = pointer, .code = "duplicate", .message = "The form has it twice."});
      continue;
    }
    names.push_back(part.name);
    if (part.name == "plan") plan = &part;
    else if (part.name != "dry_run") files.push_back({part.name, part.content});
    else if (part.content == "true" || part.content == "false") upload.dry_run = part.content == "true";
    else faults.unreadable(pointer, "true or false");
  }
  if (plan == nullptr) faults.required("/plan");
  else upload.plan = call.app->importer()->read(plan->content, files, faults);
  if (upload.plan && upload.plan->scope().size() > longest_scope) faults.impossible("/plan/scope", "too_long", "At most 200 bytes.");
  if (!faults.empty()) return problem(faults);

  std::ranges::sort(files, {}, &ImportFile::key);
  JsonWriter said;
  said.object().field("plan", sha256_of(plan->content)).field("dry_run", upload.dry_run).key("files").object();
  for (const ImportFile& file : files) said.field(file.key, sha256_of(file.content));
  said.end().end();
  upload.said = std::move(said).text();
  return no_content();
}

// Whoever uploaded, as he is by now. Once he may not import any more the job ends.
class Standing : public JobRun {
 public:
  Standing(KeptCall& kept, JobRun& job) : kept_(kept), job_(job) {}

  bool ends() const override { return is_refused_ || job_.ends(); }
  void progress(std::size_t done, std::size_t total) override { job_.progress(done, total); }

  Response ask(Method method, std::string target, std::string body, std::vector<std::pair<std::string, std::string>> headers) {
    const Call& call = kept_.call();
    const std::string_view token = call.request.header("Authorization");
    std::shared_ptr<Principal> process;   // of doors within the process, which have no token
    if (token.empty()) process = call.principal;
    else headers.emplace_back("Authorization", token);
    Response response = call.app->handle(method, std::move(target), std::move(body), std::move(headers), std::move(process));
    if (response.status == 401 || response.status == 403) look_again();
    return response;
  }
  // Why the job ended early, if that is why.
  std::optional<Response> refusal() const { return refusal_; }

 private:
  // Was it this one row, or may he import nothing any more?
  void look_again() {
    const std::lock_guard lock(mutex_);
    if (is_refused_) return;
    KeptCall asking(kept_.call());   // the principal of the others stays as it is
    refusal_ = run_here(admit_again(asking.call()));
    is_refused_ = refusal_.has_value();
  }

  KeptCall& kept_;
  JobRun& job_;
  std::mutex mutex_;
  std::atomic<bool> is_refused_{false};
  std::optional<Response> refusal_;
};

JobEnd carry_out(ImportPlan& plan, KeptCall& kept, JobRun& job) {
  Standing standing(kept, job);
  JobEnd end = plan.run([&standing](Method method, std::string target, std::string body, std::vector<std::pair<std::string, std::string>> headers) {
    return standing.ask(method, std::move(target), std::move(body), std::move(headers));
  }, standing);
  if (auto refusal = standing.refusal()) end.problem = std::move(refusal);
  return end;
}

}  // namespace

asio::awaitable<Response> upload_import(Call& call) {
  if (call.app->importer() == nullptr) co_return problem(Problem::unsupported_media_type, "This server takes no plans: the body must be application/json.");
  if (call.app->in_reserve()) co_return problem(eventstore::Trouble::reserve);
  auto upload = std::make_shared<Upload>();
  std::function<Response()> reading = [&call, upload] { return read_upload(call, *upload); };
  asio::awaitable<Response> read = on_pool(call, std::move(reading));
  Response faulty = co_await std::move(read);
  if (faulty.status != 204) co_return faulty;

  // The job keeps what was said, not the files.
  Request asked = call.request;
  asked.body = upload->said;
  Call inner{.request = asked, .route = call.route, .path = call.path, .app = call.app, .principal = call.principal};
  Response bad_key;
  const std::optional<RequestKey> key = request_key(inner, bad_key);
  if (!key) co_return bad_key;
  if (auto again = job_again(inner, *key)) co_return std::move(*again);
  if (!upload->dry_run) {
    asio::awaitable<BegunImport> beginning = begin_import(inner, upload->plan->scope(), *key);
    BegunImport begun = co_await std::move(beginning);
    if (begun.refused) co_return std::move(*begun.refused);
    upload->plan->begun(begun.id, begun.run);
  }
  auto kept = std::make_shared<KeptCall>(inner);
  JobWork work = [kept, plan = upload->plan](JobRun& job) { return carry_out(*plan, *kept, job); };
  co_return start_job(inner, "import", *key, 0, std::move(work));
}

}  // namespace dealog::api
