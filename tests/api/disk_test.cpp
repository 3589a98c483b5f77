// The disk fills up and empties (QUALITY R5): commands are refused before it is full, reading goes on, nothing that was
// acknowledged is lost, and all goes on by itself.

#include <sys/mount.h>

#include <cstdlib>
#include <fstream>

#include "api/app.h"
#include "api/importer.h"
#include "api/problem.h"
#include "eventstore/file.h"
#include "tests/api/jobs_helpers.h"

using namespace dealog;
using namespace dealog::test;

namespace {

constexpr std::uint64_t mib = 1u << 20;

// A file that cannot be written any more once the test says so.
class FailingFile final : public eventstore::File {
 public:
  FailingFile(std::unique_ptr<eventstore::File> file, const std::atomic<bool>& fails) : file_(std::move(file)), fails_(fails) {}
  std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override { return file_->read_at(offset, into); }
  void write_at(std::uint64_t offset, BytesView bytes) override { or_fail([&] { file_->write_at(offset, bytes); }); }
  void sync() override { or_fail([&] { file_->sync(); }); }
  std::uint64_t size() const override { return file_->size(); }

 private:
  template <class Do>
  void or_fail(const Do& act) {
    if (fails_) throw eventstore::StorageError("the test's disk fails");
    act();
  }
  std::unique_ptr<eventstore::File> file_;
  const std::atomic<bool>& fails_;
};

// The system's files, with as much free space as the test says.
class SmallDisk final : public eventstore::Files {
 public:
  using Path = std::filesystem::path;
  std::atomic<std::uint64_t> free{1000 * mib};
  std::atomic<bool> broken{false};
  std::atomic<bool> fails{false};

  std::unique_ptr<eventstore::File> open(const Path& path, eventstore::OpenMode mode) override {
    return std::make_unique<FailingFile>(real_.open(path, mode), fails);
  }
  void create_directory(const Path& path) override { real_.create_directory(path); }
  void rename(const Path& from, const Path& to) override { real_.rename(from, to); }
  void sync_directory(const Path& path) override { real_.sync_directory(path); }
  void remove_all(const Path& path) override { real_.remove_all(path); }
  bool exists(const Path& path) const override { return real_.exists(path); }
  std::vector<std::string> list(const Path& path) const override { return real_.list(path); }
  std::uint64_t free_space(const Path&) const override {
    if (broken) throw eventstore::StorageError("the test's disk does not tell");
    return free;
  }

 private:
  eventstore::Files& real_ = eventstore::posix_files();
};

// A file system of its own that goes away with the test; "" where that is not allowed.
class Mounted {
 public:
  explicit Mounted(const char* size) {
    if (::mount("none", folder_.path().c_str(), "tmpfs", 0, size) == 0) path_ = folder_.path();
  }
  ~Mounted() {
    if (!path_.empty()) ::umount2(path_.c_str(), MNT_DETACH);
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
};

// The importer of the server, on a disk that is nearly full for deals as long as it is said to be.
class FullPlan : public api::ImportPlan {
 public:
  FullPlan(std::unique_ptr<api::ImportPlan> plan, const std::atomic<bool>& is_full) : plan_(std::move(plan)), is_full_(is_full) {}
  const std::string& scope() const override { return plan_->scope(); }
  std::size_t rows() const override { return plan_->rows(); }
  void begun(const Uuid& id, int run) override { plan_->begun(id, run); }
  api::JobEnd run(const api::ImportDoor& door, api::JobRun& job) override {
    return plan_->run([&](api::Method method, std::string target, std::string body, Headers headers) {
      if (is_full_ && method == api::Method::post && target == "/v1/deals") return api::problem(api::Problem::disk_reserve);
      return door(method, std::move(target), std::move(body), std::move(headers));
    }, job);
  }

 private:
  std::unique_ptr<api::ImportPlan> plan_;
  const std::atomic<bool>& is_full_;
};
class FullImporter : public api::Importer {
 public:
  FullImporter(std::shared_ptr<const api::Importer> importer, const std::atomic<bool>& is_full) : importer_(std::move(importer)), is_full_(is_full) {}
  std::unique_ptr<api::ImportPlan> read(std::string_view plan, const std::vector<api::ImportFile>& files, api::Faults& faults) const override {
    return std::make_unique<FullPlan>(importer_->read(plan, files, faults), is_full_);
  }

 private:
  std::shared_ptr<const api::Importer> importer_;
  const std::atomic<bool>& is_full_;
};

bool has(const test::Server& server, const std::string& line) { return server.nobody().get("/metrics").body.find(line + "\n") != std::string::npos; }

}  // namespace

TEST_CASE("Below the reserve commands get 507 and reading goes on; with a quarter more free they are taken again [R5]", "[api][acceptance][disk]") {
  SmallDisk disk;
  test::Server server([&](api::AppOptions& options) { options.files = &disk, options.disk_reserve = 400 * mib; });
  const std::string company = "/v1/companies/" + server.create("/v1/companies", {{"name", "Acme"}});
  CHECK(server.nobody().get("/health/ready").text("/status") == "ready");
  CHECK(has(server, "dealog_disk_reserve 0"));

  disk.free = 400 * mib - 1;
  server.app().tend();
  const Answer refused = server.admin().patch(company, {{"name", "Acme Ltd"}});
  CHECK(refused.status == 507);
  CHECK(refused.code() == "disk_reserve");
  CHECK(server.admin().get(company).text("/name") == "Acme");
  CHECK(server.admin().get("/v1/companies?include=total").number("/page/total") == 1);
  // It serves, so it stays in: what is wrong is for the operator.
  const Answer ready = server.nobody().get("/health/ready");
  CHECK(ready.status == 200);
  CHECK(ready.text("/status") == "disk_reserve");
  CHECK(ready.flag("/disk_reserve"));
  CHECK(has(server, "dealog_disk_reserve 1"));
  CHECK(has(server, "dealog_disk_free_bytes " + std::to_string(400 * mib - 1)));

  // An account that is opened meanwhile refuses at once.
  const Person other = server.add_account("beta");
  CHECK(other.api.post("/v1/companies", {{"name", "B"}}).status == 507);
  CHECK(other.api.get("/v1/companies").status == 200);

  disk.free = 500 * mib - 1;
  server.app().tend();
  CHECK(server.admin().patch(company, {{"name", "Acme Ltd"}}).status == 507);
  disk.free = 500 * mib;
  server.app().tend();
  CHECK(server.admin().patch(company, {{"name", "Acme Ltd"}}).text("/name") == "Acme Ltd");
  CHECK(other.api.post("/v1/companies", {{"name", "B"}}).status == 201);
  // Not left by less than it is entered by.
  disk.free = 400 * mib;
  server.app().tend();
  CHECK(server.admin().patch(company, {{"name", "Acme"}}).status == 200);
}

TEST_CASE("A key that was refused by the reserve is free; a disk that does not tell changes nothing [R5]", "[api][acceptance][disk]") {
  SmallDisk disk;
  disk.free = 10 * mib;
  test::Server server([&](api::AppOptions& options) { options.files = &disk, options.disk_reserve = 400 * mib; });   // looked at before anything is opened
  const Headers once{{"Idempotency-Key", "once"}};
  CHECK(server.admin().post("/v1/companies", {{"name", "Acme"}}, once).status == 507);
  disk.broken = true;
  disk.free = 900 * mib;
  server.app().tend();
  CHECK(server.admin().post("/v1/companies", {{"name", "Acme"}}, once).status == 507);
  disk.broken = false;
  server.app().tend();
  CHECK(server.admin().post("/v1/companies", {{"name", "Acme"}}, once).status == 201);
  disk.broken = true;
  server.app().tend();
  CHECK(server.admin().post("/v1/companies", {{"name", "Other"}}).status == 201);
}

TEST_CASE("After a failed write commands stop, health says so, reading goes on, and a restart recovers [R6]", "[api][acceptance][disk]") {
  SmallDisk disk;
  test::Server server([&](api::AppOptions& options) { options.files = &disk; });
  const std::string person = "/v1/persons/" + server.create("/v1/persons", {{"name", "Ala"}});
  disk.fails = true;
  const Headers once{{"Idempotency-Key", "once"}};
  // The key of a new person cannot be written: whether it was done is for a restart to say.
  CHECK(server.admin().post("/v1/persons", {{"name", "Ola"}}, once).code() == "outcome_unknown");
  disk.fails = false;   // too late: nothing is tried again
  CHECK(server.admin().post("/v1/persons", {{"name", "Ola"}}, once).code() == "unavailable");
  CHECK(server.admin().patch(person, {{"name", "Alicja"}}).status == 503);
  CHECK(server.admin().get(person).text("/name") == "Ala");
  const Answer ready = server.nobody().get("/health/ready");
  CHECK(ready.status == 503);
  CHECK(ready.number("/writers_failed") == 1);
  server.restart();
  CHECK(server.nobody().get("/health/ready").status == 200);
  CHECK(server.admin().post("/v1/persons", {{"name", "Ola"}}, once).status == 201);
  CHECK(server.admin().get("/v1/persons?include=total").number("/page/total") == 2);
}

TEST_CASE("When the disk is nearly full an uploaded plan's job fails, and the same request goes on when it is not [IO-1][R5]", "[api][acceptance][disk][jobs][IO-1]") {
  std::atomic<bool> is_full{true};
  test::Server server([&](api::AppOptions& options) { options.importer = std::make_shared<FullImporter>(options.importer, is_full); });
  const FormParts form{{"plan", R"({"plan": 1, "scope": "old-crm", "files": {"firms": "firms.csv", "deals": "deals.csv"}, "entities": [
    {"entity": "company", "file": "firms", "external_id": "id", "fields": {"name": "name"}},
    {"entity": "deal", "file": "deals", "external_id": "id", "fields": {"name": "name", "company_id": {"column": "firm", "ref": "company"}}}]})"},
                       {"firms", "id,name\nF1,Alfa\nF2,Beta\n"}, {"deals", "id,name,firm\n1,Big,F1\n2,Small,F2\n"}};
  const auto deals = [&] { return server.admin().get("/v1/deals?include=total&limit=1").number("/page/total"); };
  const Headers key{{"Idempotency-Key", "k"}};
  const Answer failed = finished(server, server.admin(), upload_plan(server.admin(), form, key));
  INFO(failed.body);
  CHECK(failed.text("/state") == "failed");
  CHECK(failed.text("/problem/code") == "disk_reserve");
  CHECK(failed.number("/problem/status") == 507);
  CHECK(failed.number("/result/phases/companies/done") == 2);
  CHECK(deals() == 0);

  is_full = false;
  const Answer again = finished(server, server.admin(), upload_plan(server.admin(), form, key));
  INFO(again.body);
  CHECK(again.text("/id") == failed.text("/id"));
  CHECK(again.text("/state") == "done");
  CHECK(again.at("/problem").is_null());
  CHECK(again.flag("/result/ok"));
  CHECK(again.number("/result/total/unchanged") == 2);
  CHECK(again.number("/result/total/done") == 2);
  CHECK(deals() == 2);
}

TEST_CASE("On a small disk that fills up and is emptied nothing acknowledged is lost [R5]", "[api][acceptance][disk][blackbox]") {
  const Mounted disk("size=256m");
  if (disk.path().empty()) {
    WARN("SKIPPED: no file system may be mounted here");
    return;
  }
  const char* old = std::getenv("TMPDIR");
  const std::string before = old ? old : "";
  ::setenv("TMPDIR", disk.path().c_str(), 1);
  {
    test::Server server([](api::AppOptions& options) { options.disk_reserve = 64 * mib; });
    if (old) ::setenv("TMPDIR", before.c_str(), 1);
    else ::unsetenv("TMPDIR");

    // Somebody else's file takes what is left but for a little more than the reserve.
    const std::filesystem::path ballast = disk.path() / "ballast";
    const auto fill = [&](std::uint64_t leave) {
      std::ofstream out(ballast, std::ios::app | std::ios::binary);
      const std::string block(mib, 'x');
      while (std::filesystem::space(disk.path()).available > leave && out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {}
    };
    const std::string text(9000, 'd');
    std::vector<std::string> acknowledged{server.create("/v1/companies", {{"name", "First"}})};   // what the log needs at once it has now
    std::uint64_t left = 70 * mib;
    fill(left);
    int refused = 0;
    for (int i = 0; i < 2000 && refused == 0; ++i) {
      const Answer answer = server.admin().post("/v1/companies", {{"name", "C" + std::to_string(i)}, {"description", text + std::to_string(i)}});
      if (answer.status == 201) acknowledged.push_back(answer.text("/id"));
      else CHECK(answer.status == 507);
      refused += answer.status == 507;
      if (i % 20 != 0) continue;
      fill(left -= mib);
      server.app().tend();
    }
    CHECK(refused == 1);
    CHECK(acknowledged.size() > 10);
    CHECK(std::filesystem::space(disk.path()).available > 32 * mib);

    // Now it is full to the brim.
    fill(0);
    server.app().tend();
    CHECK(server.admin().post("/v1/companies", {{"name", "No room"}}).status == 507);
    CHECK(server.admin().get("/v1/companies/" + acknowledged.back()).text("/description").starts_with(text));
    CHECK(server.admin().get("/v1/companies?include=total").number("/page/total") == static_cast<std::int64_t>(acknowledged.size()));

    std::filesystem::remove(ballast);
    server.app().tend();
    acknowledged.push_back(server.create("/v1/companies", {{"name", "Room"}}));
    server.restart();
    CHECK(server.admin().get("/v1/companies?include=total").number("/page/total") == static_cast<std::int64_t>(acknowledged.size()));
    for (const std::string& id : acknowledged) CHECK(server.admin().get("/v1/companies/" + id).status == 200);
  }
}
