#pragma once
// Sends checkpoints where the operator has no hand (SPEC AUD-3): runs a command with each on its standard input, such as
// one that mails it, posts it to a webhook, or puts it into a repository of somebody else.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace dealog::tools {

class CheckpointCommand {
 public:
  // `command`: for /bin/sh. Of one account it is run at most every `every`, and once more at the end (`finish`); what is
  // in between is left out, since a checkpoint promises all before it.
  CheckpointCommand(std::string command, std::chrono::seconds every) : command_(std::move(command)), every_(every.count()) {}

  // A newer checkpoint of the account. False: not sent, it is not time yet or the command failed (which is logged).
  // Blocks while the command runs, 30 s at most; then it is killed.
  bool send(const std::string& account, const std::string& note, std::chrono::steady_clock::time_point now);
  // From now on nothing is left out. Any thread.
  void finish() { every_ = 0; }

 private:
  const std::string command_;
  std::atomic<std::int64_t> every_;   // seconds
  std::map<std::string, std::chrono::steady_clock::time_point> sent_;
};

// Runs the command with DEALOG_ACCOUNT in its environment and `input` on its standard input. Its exit code; -1 when it
// could not be run or had to be killed.
int run_with_input(const std::string& command, const std::string& account, const std::string& input, std::chrono::seconds at_most);

}  // namespace dealog::tools
