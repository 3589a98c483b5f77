// dealog proof, key, verify --bundle: what the words and exit codes say; and the command that gets checkpoints.

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "api/app.h"
#include "tests/support/catch.h"
#include "tests/support/places.h"
#include "tests/support/server.h"
#include "tools/checkpoint_command.h"

using namespace dealog;
using namespace dealog::test;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_text(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// An account whose server has stopped, and a folder for the auditor's files.
struct ProofFiles {
  Server server;
  TemporaryFolder folder;
  std::string deal;

  ProofFiles() {
    deal = server.create("/v1/deals", {{"name", "Bridge"}, {"description", "Over the Wisla"}});
    write_text(at("kept"), server.admin().get("/v1/audit/checkpoint").body);
    server.must_post("/v1/deals/" + deal + "/lose");
    server.stop();
  }
  fs::path at(const char* name) const { return folder.path() / name; }
  std::string door() const { return " --data '" + server.data().string() + "' --account acme"; }

  // The exit code; what it printed is in `said`.
  int dealog(const std::string& words) {
    const int status = std::system(("cd '" + folder.path().string() + "' && '" + test::program() + "' " + words + " > said 2>&1").c_str());
    said = text_of(at("said"));
    UNSCOPED_INFO(words << ": " << said);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string said;
};

}  // namespace

TEST_CASE("a proof is written, checked offline, and refused when it was tampered with", "[api][proof][blackbox][AUD-3]") {
  ProofFiles files;
  REQUIRE(files.dealog("key show" + files.door()) == 0);
  write_text(files.at("key"), files.said.substr(files.said.rfind("dealog.example/")));
  REQUIRE(files.dealog("proof" + files.door() + " --deal " + files.deal + " --checkpoint kept --output deal.json") == 0);
  CHECK(files.dealog("verify --bundle deal.json --key key --checkpoint kept") == 0);
  CHECK(files.said.find("unaltered:    yes") != std::string::npos);
  CHECK(files.said.find("complete:     yes, up to position") != std::string::npos);
  CHECK(files.said.find("the same log: yes") != std::string::npos);
  CHECK(files.dealog("verify --bundle deal.json --key key") == 0);
  CHECK(files.said.find("the same log: not asked") != std::string::npos);
  CHECK(files.dealog("verify --bundle deal.json --key key --json") == 0);
  CHECK(json::parse(files.said).at("events").as_array().at(1).at("type") == "deal.closed");

  // A key change later, the key that was given at first still does.
  REQUIRE(files.dealog("key rotate" + files.door()) == 0);
  REQUIRE(files.dealog("proof" + files.door() + " --deal " + files.deal + " --checkpoint kept --output deal.json") == 0);
  CHECK(files.dealog("verify --bundle deal.json --key key --checkpoint kept") == 0);
  CHECK(files.dealog("verify" + files.door()) == 0);

  json::value bundle = json::parse(text_of(files.at("deal.json")));
  json::array& records = bundle.at("records").as_array();
  records.pop_back();
  write_text(files.at("cut.json"), json::serialize(bundle));
  CHECK(files.dealog("verify --bundle cut.json --key key --checkpoint kept") == 3);
  CHECK(files.said.find("WRONG: The end of the history was cut off") != std::string::npos);
  CHECK(files.dealog("verify --bundle cut.json --key key --json") == 3);
  CHECK(json::parse(files.said).at("complete") == false);

  write_text(files.at("none.json"), "{}");
  CHECK(files.dealog("verify --bundle none.json --key key") == 1);
  CHECK(files.said.find("is no proof") != std::string::npos);
  CHECK(files.dealog("verify --bundle deal.json") == 2);
  CHECK(files.dealog("verify --bundle deal.json --key none.json") == 2);
  CHECK(files.dealog("verify") == 2);
  CHECK(files.dealog("proof" + files.door() + " --deal 0190a000-0000-7000-8000-0000000000d1 --output no.json") == 1);
  CHECK_FALSE(fs::exists(files.at("no.json")));
}

TEST_CASE("checkpoints are given to a command, with the account's name, not too often, and the last one too", "[api][proof][AUD-3]") {
  TemporaryFolder folder;
  const std::string file = (folder.path() / "got").string();
  tools::CheckpointCommand command("(echo \"$DEALOG_ACCOUNT\"; cat) >> '" + file + "'", std::chrono::seconds(60));
  const std::chrono::steady_clock::time_point start{};
  CHECK(command.send("acme", "one\n", start));
  CHECK_FALSE(command.send("acme", "two\n", start + std::chrono::seconds(59)));
  CHECK(command.send("beta", "three\n", start + std::chrono::seconds(59)));
  CHECK(command.send("acme", "four\n", start + std::chrono::seconds(60)));
  command.finish();
  CHECK(command.send("acme", "five\n", start + std::chrono::seconds(61)));
  CHECK(text_of(file) == "acme\none\nbeta\nthree\nacme\nfour\nacme\nfive\n");

  CHECK(tools::run_with_input("exit 7", "acme", "x", std::chrono::seconds(30)) == 7);
  CHECK(tools::run_with_input("exec cat > /dev/null", "acme", std::string(200'000, 'x'), std::chrono::seconds(30)) == 0);
  const auto asked = std::chrono::steady_clock::now();
  CHECK(tools::run_with_input("sleep 60", "acme", "x", std::chrono::seconds(0)) == -1);
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(30));
}

TEST_CASE("what was signed is offered outside until it is taken", "[api][proof][AUD-3]") {
  Server server;
  server.create("/v1/notes", {{"text", "One"}});
  server.stop();
  std::vector<std::string> offered;
  bool take = false;
  {
    api::App app({.data = server.data(), .clock = [&] { return server.now(); }, .publish = [&](const std::string& account, const std::string& note) {
                    offered.push_back(account + " " + note);
                    return take;
                  }});
    REQUIRE(app.account("acme"));
    app.tend();
    app.tend();
    CHECK(offered.size() == 2);
    take = true;
    app.tend();
    app.tend();
    CHECK(offered.size() == 3);
  }
  CHECK(offered.size() == 3);   // nothing has happened since
  CHECK(offered[0].starts_with("acme dealog.example/acme-"));
}
