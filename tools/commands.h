#pragma once
// The subcommands of `dealog`. main.cpp turns words into these options (flags, then DEALOG_* variables, then the
// configuration file) and calls one function; what the function returns is the exit code. Each function stands in
// a file of its own, prints data on standard output (one JSON object on the last line with `json`) and words for
// people on standard error, and throws nothing.

#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dealog::tools {

// DO NOT RENUMBER: scripts rely on these.
enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,   // refused, or did not work; the message says why
  exit_usage = 2,    // the words given make no sense
  exit_damaged = 3,  // the data on disk is not what was written
  exit_locked = 4,   // another process holds the account: it is named, and --url is pointed to
};

// Says what went wrong on standard error; returns the code.
int tell(const std::exception& error, int code);

struct ServeOptions {
  std::filesystem::path data;
  std::string listen = "127.0.0.1:8080";  // address:port; port 0 takes a free one
  std::string log_level = "info";         // trace, debug, info, warn, error
  std::string metrics_token;              // "": /metrics is served to loopback only
  std::vector<std::string> cors_origins;  // "https://console.example.com"; none: no CORS
  std::string checkpoint_command;         // "": none; see checkpoint_command.h
  int checkpoint_every = 60;              // seconds
  std::filesystem::path backups;          // where POST /v1/backups makes them; "": it makes none
  // What write buffers, sealing and an upload may still need when commands are refused already.
  std::uint64_t disk_reserve = 512u << 20;
  std::uint64_t file_limit = 25u << 20;   // of an uploaded file
  bool json = false;                      // says {"listening": "http://..."} on standard output when ready
};
int run_serve(const ServeOptions& options);

struct AccountCreateOptions {
  std::filesystem::path data;
  std::string slug;         // already checked: 1 to 63 of a-z 0-9 -, a letter or digit at both ends
  std::string currency;     // already checked: three upper-case letters
  std::string time_zone;
  std::string admin_email;
  std::string name;         // "": the slug
  std::string admin_name;   // "": the e-mail
  bool password_stdin = false;  // the administrator's password is the first line of standard input
  bool json = false;        // the last line is {"account", "user_id", "token"}
};
int run_account_create(const AccountCreateOptions& options);

struct TokenCreateOptions {
  std::filesystem::path data;
  std::string account;
  std::string email;                 // whose token it is
  std::string name = "command line";
  std::optional<int> expires_days;   // nothing: never
  bool read_only = false;
  bool json = false;                 // {"account", "user_id", "token", "expires_at"}
};
int run_token_create(const TokenCreateOptions& options);

struct ImportOptions {
  std::filesystem::path plan;
  std::filesystem::path from;        // "": the folder that the plan names
  // Either data and account, or url and token.
  std::filesystem::path data;
  std::string account;
  std::string url;
  std::string token;
  bool dry_run = false;
  int connections = 16;              // requests under way at once, 1 to 64
  std::size_t max_errors = 100;      // how many faults are printed; all are counted
  bool json = false;
  bool quiet = false;                // no progress
};
int run_import(const ImportOptions& options);

struct VerifyOptions {
  // Either an account,
  std::filesystem::path data;
  std::string account;
  // or a proof of one object's history: with the account's verifier key (or a file with it) and perhaps a checkpoint
  // that was kept.
  std::filesystem::path bundle, checkpoint;
  std::string key;
  bool json = false;  // {"account", "ok", "events", "commits", "root", "faults": [...]}; of a bundle see verify_bundle.cpp
};
int run_verify(const VerifyOptions& options);
int run_verify_bundle(const VerifyOptions& options);

// Where an account is asked: a server, or the account opened in this process.
struct DoorOptions {
  std::filesystem::path data;
  std::string account;
  std::string url, token;
};

struct ProofOptions {
  DoorOptions door;
  std::string deal;                  // id
  std::filesystem::path output;
  std::filesystem::path checkpoint;  // an earlier one that the proof is to contain; "": none
};
int run_proof(const ProofOptions& options);

struct KeyOptions {
  DoorOptions door;
  bool rotate = false;               // sign with a new key from now on
  bool json = false;                 // as GET /v1/audit/key; else the verifier key alone
};
int run_key(const KeyOptions& options);

struct BackupOptions {
  // Either data, account and the folder, or url and token: then the server's folder is taken.
  std::filesystem::path data;
  std::string account;
  std::filesystem::path to;
  std::string url;
  std::string token;
  bool json = false;  // {"account", "backup", "position", "root"}
};
int run_backup(const BackupOptions& options);

struct RestoreOptions {
  std::filesystem::path from;
  std::filesystem::path data;
  std::string account;                                // the new one
  std::vector<std::filesystem::path> erasures_from;
  std::filesystem::path take_over;
  bool json = false;  // {"account", "position", "root", "erased"}
};
int run_restore(const RestoreOptions& options);

struct BenchOptions {
  std::string name;                  // one of bench_names()
  std::uint64_t size = 0;            // deals (or commands); 0: the bench's own
  std::uint64_t seed = 1;
  int runs = 0;                      // 0: the bench's own
  int writers = 64;                  // concurrent clients of `commands`
  bool prototype = false;            // the bare prototype of QUALITY 1 instead of Dealog
  std::filesystem::path against;     // another build of this program, whose server `commands` measures in the same rounds
  std::filesystem::path data;        // where it works; "": a fresh temporary folder, removed afterwards
  bool json = false;
};
std::vector<std::string> bench_names();
int run_bench(const BenchOptions& options);

struct DemoOptions {
  std::filesystem::path data;
  std::uint64_t seed = 1;
  std::uint64_t deals = 3000;
  std::string account = "demo";
  bool json = false;                 // the last line is {"account", "user_id", "token"} either way
};
// Makes the account with two years of believable data unless it is there; the token is kept in DATA/demo.json
// and printed again the second time.
int run_demo(const DemoOptions& options);

struct OpenapiOptions {
  std::filesystem::path output;      // "": standard output
};
int run_openapi(const OpenapiOptions& options);

}  // namespace dealog::tools
