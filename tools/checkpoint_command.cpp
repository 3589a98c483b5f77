#include "tools/checkpoint_command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "api/logging.h"

namespace dealog::tools {

int run_with_input(const std::string& command, const std::string& account, const std::string& input, std::chrono::seconds at_most) {
  // A file in memory, so that a command that reads nothing holds up nobody.
  const int file = ::memfd_create("checkpoint", MFD_CLOEXEC);
  if (file < 0) return -1;
  const bool written = ::write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()) && ::lseek(file, 0, SEEK_SET) == 0;
  const std::string variable = "DEALOG_ACCOUNT=" + account;
  const pid_t child = written ? ::fork() : -1;
  if (child == 0) {
    // Only what is safe between fork and exec in a program with threads.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setpgid(0, 0);
    ::dup2(file, 0);
    ::execl("/usr/bin/env", "env", variable.c_str(), "/bin/sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(file);
  if (child < 0) return -1;
  ::setpgid(child, child);  // here too: whoever kills the group must find it, though the child has not run yet
  int status = 0;
  const auto end = std::chrono::steady_clock::now() + at_most;
  for (pid_t ended = 0; (ended = ::waitpid(child, &status, WNOHANG)) == 0;) {
    if (std::chrono::steady_clock::now() >= end) {
      ::kill(-child, SIGKILL);
      ::waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool CheckpointCommand::send(const std::string& account, const std::string& note, std::chrono::steady_clock::time_point now) {
  const auto sent = sent_.find(account);
  if (sent != sent_.end() && now - sent->second < std::chrono::seconds(every_)) return false;
  sent_[account] = now;
  const int code = run_with_input(command_, account, note, std::chrono::seconds(30));
  if (code != 0) api::log(api::LogLevel::error, "the checkpoint command failed", {{"account", std::string_view(account)}, {"exit_code", static_cast<std::int64_t>(code)}});
  return code == 0;
}

}  // namespace dealog::tools
