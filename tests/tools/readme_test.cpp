// The README is true: every block ```sh in it is run, in order, by one bash in an empty folder with this build's `dealog`
// first on the PATH, at a free port. A command that fails ends it, and so does a curl that is answered with 4xx or 5xx.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/places.h"

namespace {

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string shell_blocks(const std::string& readme) {
  std::istringstream lines(readme);
  std::string blocks;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = !inside && line == "```sh";
    else if (inside) blocks += line + "\n";
  }
  return blocks;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) text.replace(at, what.size(), with);
}

// One that was free a moment ago.
int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(listener);
  return bound ? ntohs(address.sin_port) : 0;
}

}  // namespace

TEST_CASE("Every command of the README's session works as printed", "[readme]") {
  std::string script = shell_blocks(read(dealog::test::source_root() / "README.md"));
  REQUIRE(script.find("dealog serve") != std::string::npos);
  REQUIRE(script.find("dealog verify") != std::string::npos);
  const int port = free_port();
  REQUIRE(port > 0);
  replace_all(script, "127.0.0.1:8080", "127.0.0.1:" + std::to_string(port));

  std::string folder = (std::filesystem::temp_directory_path() / "dealog-readme-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::filesystem::path work(folder);
  // What the blocks leave running ends with them; a server that is never ready does not hold up the tests for ever.
  std::ofstream(work / "session.sh") << "set -euo pipefail\n"
                                        "trap '[ -z \"$(jobs -p)\" ] || kill $(jobs -p)' EXIT\n"
                                        "curl() { command curl --fail-with-body --max-time 30 \"$@\"; }\n"
                                     << script << "echo 'README: all of it'\n";
  const std::string program = std::filesystem::path(dealog::test::program()).parent_path().string();
  const std::string command = "cd '" + folder + "' && PATH='" + program + "':\"$PATH\" timeout 120 bash session.sh > session.log 2>&1";
  const int status = std::system(command.c_str());
  INFO(read(work / "session.log"));
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(read(work / "session.log").find("README: all of it") != std::string::npos);
  CHECK(read(work / "session.log").find("\"summary\":{\"count\":1,") != std::string::npos);
  CHECK(read(work / "session.log").find("\"summary\":{\"count\":0,") != std::string::npos);
  std::filesystem::remove_all(work);
}

TEST_CASE("The folders and files that the README points to are there", "[readme]") {
  const std::filesystem::path root = dealog::test::source_root();
  const std::string readme = read(root / "README.md");
  std::size_t links = 0;
  for (std::size_t at = 0; (at = readme.find("](", at)) != std::string::npos; ++links) {
    at += 2;
    const std::string target = readme.substr(at, readme.find(')', at) - at);
    INFO(target);
    CHECK((target.starts_with("http") || std::filesystem::exists(root / target)));
  }
  CHECK(links >= 5);
}
