#pragma once
// R1: kill -9 under load, over and over, with a ledger of what was acknowledged kept by the clients.
//
// Clients create, move and edit deals, every request under an Idempotency-Key. At a random moment the server is killed.
// What is on disk is verified, the server starts again, and then: every acknowledged command is answered as it was,
// marked as replayed; requests whose answer never came are repeated under their key and take effect once; every deal
// stands at exactly the version that was acknowledged last; so nothing acknowledged is lost, no version or position is
// used twice, and none is missing. Then the load goes on.

#include <cstdint>
#include <filesystem>

namespace dealog::tools {

struct KillOptions {
  std::filesystem::path data;      // "": a fresh folder, removed afterwards
  int rounds = 5;
  std::uint64_t seed = 1;
  unsigned clients = 12;           // 1 to 64
  std::filesystem::path program;   // "": this one
};

// Says what happened in each round on standard output, and the seed. Returns an ExitCode: exit_ok when all held.
int run_kill(const KillOptions& options);

}  // namespace dealog::tools
