// The same checkpoints, tiles and proofs before a verifier that nobody here wrote: Go's sumdb/tlog and sumdb/note, by
// tests/outside/tlog_check.go (SPEC AUD-3; issue 4, acceptance 2). It accepts what Dealog gives, and refuses it once a
// byte of it was changed.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "eventstore/note.h"
#include "tests/support/catch.h"
#include "tests/support/places.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string body(const Api& api, const std::string& target) {
  const Answer answer = api.get(target);
  INFO(target << " " << answer.status);
  REQUIRE(answer.status == 200);
  return answer.body;
}

struct OutsideSaid {
  int code = -1;
  std::string words;
};
OutsideSaid run(const std::string& command) {
  OutsideSaid said;
  FILE* output = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(output != nullptr);
  std::array<char, 4096> buffer;
  for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), output)) > 0;) said.words.append(buffer.data(), got);
  const int status = ::pclose(output);
  said.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return said;
}

// "007", "x001/x234/067".
std::string tile_number(std::uint64_t number) {
  std::string text = std::to_string(number);
  text.insert(0, (3 - text.size() % 3) % 3, '0');
  std::string path;
  for (std::size_t at = 0; at < text.size(); at += 3) path += (at + 3 < text.size() ? "x" + text.substr(at, 3) + "/" : text.substr(at, 3));
  return path;
}

// All that the verifier reads, fetched as any client would.
void mirror(const Api& api, const std::string& earlier, const fs::path& to) {
  const auto key = json::parse(body(api, "/v1/audit/key"));
  write(to / "key", std::string(key.at("verifier_key").as_string()));
  write(to / "earlier", earlier);
  const std::string note = body(api, "/v1/audit/checkpoint");
  write(to / "checkpoint", note);
  const auto size_of = [](const std::string& text) { return eventstore::parse_checkpoint(eventstore::note_text(text).value()).value().size; };
  const std::uint64_t size = size_of(note);
  for (const char* level : {"entries", "0", "1", "2"}) {
    const std::uint64_t nodes = size >> (8 * (*level == 'e' ? 0 : *level - '0'));
    for (std::uint64_t n = 0; n * 256 < nodes; ++n) {
      const std::string partial = nodes - n * 256 < 256 ? ".p/" + std::to_string(nodes - n * 256) : "";
      const std::string path = "tile/" + std::string(level) + "/" + tile_number(n) + partial;
      write(to / path, body(api, "/v1/audit/" + path));
    }
  }
  for (const std::uint64_t position : {std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{256}, std::uint64_t{257}, size / 2, size})
    write(to / ("proof-" + std::to_string(position)), body(api, "/v1/audit/proof?position=" + std::to_string(position) + "&size=" + std::to_string(size)));
  write(to / "consistency", body(api, "/v1/audit/consistency?from=" + std::to_string(size_of(earlier)) + "&to=" + std::to_string(size)));
}

}  // namespace

TEST_CASE("Go's checksum database tools accept our checkpoints, tiles and proofs, and refuse them tampered with", "[api][outside][blackbox][AUD-3]") {
  const std::string sources = "/usr/share/gocode";
  if (run("go version").code != 0 || !fs::exists(sources + "/src/golang.org/x/mod/sumdb/tlog")) {
    WARN("SKIPPED: golang-go or golang-golang-x-mod-dev is not installed (tools/packages.sh --tests)");
    return;
  }
  TemporaryFolder folder;
  const std::string check = (folder.path() / "tlog_check").string();
  const OutsideSaid built = run("cd '" + folder.path().string() + "' && GO111MODULE=off GOFLAGS= GOPATH=" + sources + " GOCACHE='" + (folder.path() / "cache").string() +
                         "' CGO_ENABLED=0 go build -o tlog_check '" + (test::source_root() / "tests/outside/tlog_check.go").string() + "'");
  INFO(built.words);
  REQUIRE(built.code == 0);

  Server server;
  const Api auditor = server.add_user("aud", "auditor").api;
  for (int i = 0; i < 150; ++i) server.create("/v1/notes", {{"text", "Before " + std::to_string(i)}});
  const std::string earlier = body(auditor, "/v1/audit/checkpoint");
  for (int i = 0; i < 400; ++i) server.create("/v1/notes", {{"text", "After " + std::to_string(i)}});
  server.advance_days(1);
  const fs::path good = folder.path() / "mirror";
  mirror(auditor, earlier, good);
  const OutsideSaid accepted = run("'" + check + "' '" + good.string() + "'");
  INFO(accepted.words);
  REQUIRE(accepted.code == 0);
  CHECK(accepted.words.starts_with("accepted: 5"));   // more than 550 records

  // One byte in the middle of each file. (A partial tile that no hash is read from would not be noticed: there is none.)
  for (const auto& entry : fs::recursive_directory_iterator(good)) {
    if (!entry.is_regular_file()) continue;
    const fs::path name = fs::relative(entry.path(), good);
    const fs::path bad = folder.path() / "tampered";
    fs::remove_all(bad);
    fs::copy(good, bad, fs::copy_options::recursive);
    std::ifstream in(bad / name, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(in), {});
    std::size_t at = bytes.size() / 2;
    // In an answer of JSON, within a hash that counts.
    if (name.string().starts_with("proof-") || name == "consistency") at = bytes.find("\"proof\":[\"") + 12;
    bytes[at] = bytes[at] == 'A' ? 'B' : static_cast<char>(bytes[at] == 'B' ? 'A' : bytes[at] ^ 1);
    write(bad / name, bytes);
    const OutsideSaid refused = run("'" + check + "' '" + bad.string() + "'");
    INFO(name << ": " << refused.words);
    CHECK(refused.code == 1);
  }
}
