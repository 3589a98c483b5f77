#pragma once
// A `dealog serve` of our own as a child process, for benches and attacks: started on a folder and a free port, asked
// to stop, or killed. And the other subcommands as children.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dealog::tools {

// The program that is running: /proc/self/exe.
std::filesystem::path this_program();

// A folder that is removed, with all in it, when this goes.
class WorkFolder {
 public:
  // `wanted` is made when missing and kept afterwards; "": a new one in the temporary folder.
  explicit WorkFolder(const std::filesystem::path& wanted);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool remove_ = false;
};

struct Ran { int exit_code = -1; std::string output; };  // standard output; -1: ended by a signal
// Runs the program with these words and waits. Throws std::runtime_error when it cannot be started.
Ran run_program(const std::filesystem::path& program, const std::vector<std::string>& words);

class ServerProcess {
 public:
  // Starts `dealog serve` and waits until it says that it listens, at most a minute. Throws std::runtime_error, with
  // what the server said, when it ends or stays silent instead.
  ServerProcess(const std::filesystem::path& program, const std::filesystem::path& data);
  // Killed if it is still there.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  int pid() const { return pid_; }
  // SIGKILL; back when the process is gone.
  void kill();
  // SIGTERM; back with the exit code when the process is gone (-1: a signal ended it).
  int stop();
  // Resident memory in bytes, 0 when unknown.
  std::uint64_t resident_bytes() const;
  // What the process has used of all processors so far, its work in the kernel as well; 0 when unknown.
  double cpu_seconds() const;

 private:
  int wait();

  int pid_ = -1;
  int output_ = -1;
  std::uint16_t port_ = 0;
};

// An account made by `dealog account create` on the folder. Throws std::runtime_error.
struct BenchAccount { std::string account, user_id, token; };
BenchAccount create_account_in(const std::filesystem::path& program, const std::filesystem::path& data, const std::string& slug);

// The sum of a counter over all its labels in the text of /metrics; 0 when it is not there.
double metric(std::uint16_t port, const std::string& name);

}  // namespace dealog::tools
