#include "tools/bench_server.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "tools/load.h"

extern char** environ;

namespace dealog::tools {

namespace {

// Starts the program with its standard output in a pipe; returns the pid and the pipe's reading end.
std::pair<int, int> start(const std::filesystem::path& program, const std::vector<std::string>& words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
  std::vector<std::string> held{program.string()};
  held.insert(held.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : held) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    throw std::runtime_error(program.string() + ": " + std::strerror(error));
  }
  return {pid, ends[0]};
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const auto newline = text.rfind('\n');
  return std::string(newline == std::string_view::npos ? text : text.substr(newline + 1));
}

std::string member(const boost::json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(boost::json::string_view(name.data(), name.size()));
  if (found == nullptr || !found->is_string()) return {};
  return {found->get_string().data(), found->get_string().size()};
}

}  // namespace

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

WorkFolder::WorkFolder(const std::filesystem::path& wanted) : path_(wanted) {
  if (!wanted.empty()) {
    std::filesystem::create_directories(wanted);
    return;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "dealog-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder: " + std::string(std::strerror(errno)));
  path_ = pattern;
  remove_ = true;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (remove_) std::filesystem::remove_all(path_, ignored);
}

Ran run_program(const std::filesystem::path& program, const std::vector<std::string>& words) {
  const auto [pid, output] = start(program, words);
  Ran ran;
  char buffer[4096];
  for (;;) {
    const auto n = ::read(output, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    ran.output.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(output);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  ran.exit_code = exit_code_of(status);
  return ran;
}

ServerProcess::ServerProcess(const std::filesystem::path& program, const std::filesystem::path& data) {
  std::tie(pid_, output_) = start(program, {"serve", "--data", data.string(), "--listen", "127.0.0.1:0", "--log-level", "warn", "--json"});
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  std::string said;
  for (;;) {
    const auto at = said.find("\"listening\"");
    if (at != std::string::npos && said.find('\n', at) != std::string::npos) {
      const auto end = said.find('"', said.find("://", at) + 3);
      const auto colon = said.rfind(':', end);
      std::from_chars(said.data() + colon + 1, said.data() + end, port_);
      if (port_ != 0) return;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd waiting{.fd = output_, .events = POLLIN, .revents = 0};
    char buffer[4096];
    const auto n = left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) > 0 ? ::read(output_, buffer, sizeof buffer) : 0;
    if (n <= 0) {
      kill();
      throw std::runtime_error("the server did not start; it said: " + said);
    }
    said.append(buffer, static_cast<std::size_t>(n));
  }
}

ServerProcess::~ServerProcess() {
  kill();
  if (output_ >= 0) ::close(output_);
}

void ServerProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

int ServerProcess::stop() {
  if (pid_ < 0) return -1;
  ::kill(pid_, SIGTERM);
  return wait();
}

int ServerProcess::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
  pid_ = -1;
  return exit_code_of(status);
}

std::uint64_t ServerProcess::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double ServerProcess::cpu_seconds() const {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

BenchAccount create_account_in(const std::filesystem::path& program, const std::filesystem::path& data, const std::string& slug) {
  const Ran ran = run_program(program, {"account", "create", slug, "--data", data.string(), "--currency", "PLN", "--time-zone", "Europe/Warsaw",
                                        "--admin-email", "admin@example.com", "--json"});
  boost::system::error_code error;
  const std::string line = last_line(ran.output);
  const boost::json::value made = boost::json::parse(line, error);
  BenchAccount account;
  if (ran.exit_code == 0 && !error) account = {member(made, "account"), member(made, "user_id"), member(made, "token")};
  if (account.token.empty()) throw std::runtime_error("account create ended with " + std::to_string(ran.exit_code) + ": " + ran.output);
  return account;
}

double metric(std::uint16_t port, const std::string& name) {
  const Exchange page = exchange(port, http_request("GET", "/metrics", "", ""), std::chrono::seconds(5));
  double sum = 0;
  std::string_view rest = page.body;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (!line.starts_with(name) || line.size() <= name.size() || (line[name.size()] != ' ' && line[name.size()] != '{')) continue;
    sum += std::strtod(std::string(line.substr(line.rfind(' ') + 1)).c_str(), nullptr);
  }
  return sum;
}

}  // namespace dealog::tools
