// The `dealog` program: words into options, nothing else. Each subcommand's work stands in a file of its own.

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tools/attack_kill.h"
#include "tools/commands.h"
#include "tools/settings.h"

extern char** environ;

namespace dealog::tools {
namespace {

const CLI::Validator slug{[](std::string& text) -> std::string {
                            const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
                            bool good = !text.empty() && text.size() <= 63 && plain(text.front()) && plain(text.back());
                            for (const char c : text) good = good && (plain(c) || c == '-');
                            return good ? "" : "'" + text + "' is no name of an account: small letters, digits and hyphens, at most 63";
                          },
                          "SLUG"};
const CLI::Validator currency{[](std::string& text) -> std::string {
                                bool good = text.size() == 3;
                                for (const char c : text) good = good && c >= 'A' && c <= 'Z';
                                return good ? "" : "'" + text + "' is no currency: three capital letters, such as PLN or EUR";
                              },
                              "CODE"};
const CLI::Validator address{[](std::string& text) -> std::string {
                               const auto colon = text.rfind(':');
                               const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
                               const bool good = colon != 0 && !port.empty() && port.size() <= 5 &&
                                                 port.find_first_not_of("0123456789") == std::string::npos && std::stoi(port) <= 65535;
                               return good ? "" : "'" + text + "' is no address to listen at, such as 127.0.0.1:8080";
                             },
                             "ADDRESS:PORT"};

void add_data(CLI::App& command, std::filesystem::path& data) {
  command.add_option("--data", data, "Folder of all accounts (DEALOG_DATA)")->required()->type_name("DIR");
}

void add_json(CLI::App& command, bool& json, const char* what = "Print JSON") { command.add_flag("--json", json, what); }

int run(int argc, char** argv) {
  CLI::App app{"Dealog: an event-sourced CRM backend.", "dealog"};
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "The help of all subcommands");
  app.set_version_flag("--version", std::string("dealog 0.1.0"));
  std::string config;
  app.add_option("--config", config, "File with options (DEALOG_CONFIG); see below")->type_name("FILE");
  app.footer(R"(To begin:
  dealog demo --data ./data                 an account with believable data, and a token
  dealog serve --data ./data                then ask it: curl -H "Authorization: Bearer TOKEN" http://127.0.0.1:8080/v1/deals

Every option may also come from a variable (--time-zone: DEALOG_TIME_ZONE) or from a file (time-zone = ..., below
[account.create] or at the top for every subcommand). Flags are stronger than variables, variables than the file.

Exit codes: 0 done, 1 refused or failed, 2 the words make no sense, 3 the data is damaged, 4 the account is in use.)");

  int code = exit_ok;

  ServeOptions serve;
  auto* serve_command = app.add_subcommand("serve", "Serve all accounts of a folder over HTTP");
  add_data(*serve_command, serve.data);
  serve_command->add_option("--listen", serve.listen, "Where to listen; port 0 takes a free one")->capture_default_str()->check(address);
  serve_command->add_option("--log-level", serve.log_level, "How much to log, as JSON lines on standard error")
      ->capture_default_str()->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  serve_command->add_option("--metrics-token", serve.metrics_token, "Token for /metrics from other machines")->type_name("TOKEN");
  serve_command->add_option("--cors-origin", serve.cors_origins, "A site whose pages may call the API; repeatable")->type_name("URL");
  serve_command->add_option("--checkpoint-command", serve.checkpoint_command, "Command that gets each signed checkpoint on its standard input")->type_name("COMMAND");
  serve_command->add_option("--checkpoint-every", serve.checkpoint_every, "Seconds between two runs of it for one account")->capture_default_str()->check(CLI::Range(1, 86400))->type_name("SECONDS");
  serve_command->add_option("--disk-reserve", serve.disk_reserve, "What stays free: with less, commands get 507 and reading goes on; 0 looks at nothing")
      ->transform(CLI::AsSizeValue(false))->default_str("512MiB")->type_name("SIZE");
  serve_command->add_option("--file-limit", serve.file_limit, "How large an uploaded file may be")
      ->transform(CLI::AsSizeValue(false))->default_str("25MiB")->type_name("SIZE");
  serve_command->add_option("--backups", serve.backups, "Folder for backups that administrators begin with POST /v1/backups")->type_name("DIR");
  add_json(*serve_command, serve.json, "Print {\"listening\": ...} when ready");
  serve_command->footer(R"(Stops gracefully on Ctrl-C or SIGTERM: takes no more requests, answers those under way, closes the accounts.
An account created meanwhile (dealog account create) is found on first use.

The checkpoint command runs in /bin/sh with the account's name in DEALOG_ACCOUNT; send them where nobody here can change
them, and history cannot be rewritten unseen:
  dealog serve --data ./data --checkpoint-command 'curl -s --data-binary @- https://witness.example/$DEALOG_ACCOUNT'

  dealog serve --data ./data --listen 127.0.0.1:8080
  curl http://127.0.0.1:8080/health/ready)");
  serve_command->callback([&] { code = run_serve(serve); });

  auto* account_command = app.add_subcommand("account", "Accounts (tenants)");
  account_command->require_subcommand(1);
  AccountCreateOptions account;
  auto* create_account = account_command->add_subcommand("create", "Create an account with its administrator");
  create_account->add_option("slug", account.slug, "Name of the account in paths and tokens, such as acme")->required()->check(slug);
  add_data(*create_account, account.data);
  create_account->add_option("--currency", account.currency, "Currency of all amounts (ISO 4217)")->required()->check(currency);
  create_account->add_option("--time-zone", account.time_zone, "Time zone of all days and periods (IANA)")->required()->type_name("ZONE");
  create_account->add_option("--admin-email", account.admin_email, "E-mail of the administrator")->required()->type_name("EMAIL");
  create_account->add_option("--name", account.name, "Name for people; default: the slug");
  create_account->add_option("--admin-name", account.admin_name, "Name of the administrator; default: the e-mail");
  create_account->add_flag("--password-stdin", account.password_stdin, "Read the administrator's password, for logging in, from standard input");
  add_json(*create_account, account.json, "The last line is {\"account\", \"user_id\", \"token\"}");
  create_account->footer(R"(The administrator's token is printed once and stored only as a hash: keep it.

  dealog account create acme --data ./data --currency PLN --time-zone Europe/Warsaw --admin-email anna@acme.example)");
  create_account->callback([&] { code = run_account_create(account); });

  auto* token_command = app.add_subcommand("token", "Tokens of the API");
  token_command->require_subcommand(1);
  TokenCreateOptions token;
  auto* create_token = token_command->add_subcommand("create", "Make a token for a user");
  add_data(*create_token, token.data);
  create_token->add_option("--account", token.account, "The account")->required()->check(slug);
  create_token->add_option("--email", token.email, "E-mail of the user whose rights the token has")->required();
  create_token->add_option("--name", token.name, "What the token is for")->capture_default_str();
  create_token->add_option("--expires-days", token.expires_days, "Days until it expires; default: never")->check(CLI::Range(1, 36500))->type_name("N");
  create_token->add_flag("--read-only", token.read_only, "Queries only");
  add_json(*create_token, token.json);
  create_token->footer(R"(While a server holds the account, use POST /v1/tokens instead.

  dealog token create --data ./data --account acme --email anna@acme.example --expires-days 90 --read-only)");
  create_token->callback([&] { code = run_token_create(token); });

  ImportOptions import;
  auto* import_command = app.add_subcommand("import", "Import CSV files by a plan");
  import_command->add_option("plan", import.plan, "The plan (JSON; see tools/README.md)")->required()->check(CLI::ExistingFile)->type_name("PLAN.json");
  import_command->add_option("--data", import.data, "Folder of all accounts, while no server holds the account")->type_name("DIR");
  import_command->add_option("--account", import.account, "The account in it")->check(slug);
  import_command->add_option("--url", import.url, "Or a server, such as http://127.0.0.1:8080")->type_name("URL");
  import_command->add_option("--token", import.token, "An administrator's token for it (DEALOG_TOKEN)")->type_name("TOKEN");
  import_command->add_option("--from", import.from, "Folder of the CSV files; default: what the plan names")->check(CLI::ExistingDirectory)->type_name("DIR");
  import_command->add_flag("--dry-run", import.dry_run, "Check plan and files, count what would be sent, change nothing");
  import_command->add_option("--connections", import.connections, "Requests under way at once")->capture_default_str()->check(CLI::Range(1, 64));
  import_command->add_option("--max-errors", import.max_errors, "How many faults to print")->capture_default_str();
  import_command->add_flag("--quiet", import.quiet, "No progress");
  add_json(*import_command, import.json, "The last line is the report: counts, and faults with file, row and column");
  import_command->footer(R"(Running it twice changes nothing; a run that broke off is run again. Both doors give the same result.

  dealog import tools/plans/maven-crm.json --data ./data --account acme --dry-run
  dealog import tools/plans/maven-crm.json --url http://127.0.0.1:8080 --token dlg_...)");
  import_command->callback([&] {
    // A flag names one door; what a variable or the file says of the other is not meant then.
    const bool names_url = import_command->count("--url") > 0;
    const bool names_data = import_command->count("--data") > 0;
    if (names_url && !names_data && import_command->count("--account") == 0) import.data.clear(), import.account.clear();
    if (names_data && !names_url) import.url.clear();
    code = run_import(import);
  });

  const auto add_door = [](CLI::App& command, DoorOptions& door) {
    command.add_option("--data", door.data, "Folder of all accounts, while no server holds the account")->type_name("DIR");
    command.add_option("--account", door.account, "The account in it")->check(slug);
    command.add_option("--url", door.url, "Or a server, such as http://127.0.0.1:8080")->type_name("URL");
    command.add_option("--token", door.token, "An administrator's or auditor's token for it (DEALOG_TOKEN)")->type_name("TOKEN");
  };
  // A flag names one door; what a variable or the file says of the other is not meant then.
  const auto one_door = [](const CLI::App& command, DoorOptions& door) {
    const bool names_url = command.count("--url") > 0, names_data = command.count("--data") > 0;
    if (names_data && !names_url) door.url.clear();
  };

  ProofOptions proof;
  auto* proof_command = app.add_subcommand("proof", "Write a deal's whole history as a proof that is checked offline");
  add_door(*proof_command, proof.door);
  proof_command->add_option("--deal", proof.deal, "Id of the deal")->required()->type_name("ID");
  proof_command->add_option("--output", proof.output, "The file to write")->required()->type_name("FILE");
  proof_command->add_option("--checkpoint", proof.checkpoint, "An earlier checkpoint: proves that the log still contains it")->check(CLI::ExistingFile)->type_name("FILE");
  proof_command->footer(R"(Personal parts come with keys that open them and nothing else: keep the file as confidential as the deal.

  dealog proof --data ./data --account acme --deal 0190a000-0000-7000-8000-0000000000d1 --output deal.json)");
  proof_command->callback([&] {
    one_door(*proof_command, proof.door);
    code = run_proof(proof);
  });

  auto* key_command = app.add_subcommand("key", "The key that signs an account's checkpoints");
  key_command->require_subcommand(1);
  KeyOptions show_key, rotate_key{.door = {}, .rotate = true};
  auto* show_key_command = key_command->add_subcommand("show", "Print the verifier key, for those who check");
  add_door(*show_key_command, show_key.door);
  add_json(*show_key_command, show_key.json);
  show_key_command->callback([&] {
    one_door(*show_key_command, show_key.door);
    code = run_key(show_key);
  });
  auto* rotate_key_command = key_command->add_subcommand("rotate", "Sign with a new key from now on, and print it");
  add_door(*rotate_key_command, rotate_key.door);
  add_json(*rotate_key_command, rotate_key.json);
  rotate_key_command->footer(R"(The log records the change, signed by the present key: who trusts that one follows it to the new one.

  dealog key rotate --data ./data --account acme)");
  rotate_key_command->callback([&] {
    one_door(*rotate_key_command, rotate_key.door);
    code = run_key(rotate_key);
  });

  VerifyOptions verify;
  auto* verify_command = app.add_subcommand("verify", "Check an account against its hash tree, anchor and checkpoint; or a proof, offline");
  verify_command->add_option("--data", verify.data, "Folder of all accounts (DEALOG_DATA)")->type_name("DIR");
  verify_command->add_option("--account", verify.account, "The account")->check(slug);
  verify_command->add_option("--bundle", verify.bundle, "Or a proof, as `dealog proof` writes it")->check(CLI::ExistingFile)->type_name("FILE");
  verify_command->add_option("--key", verify.key, "Of a proof: the account's verifier key, or a file with it")->type_name("KEY");
  verify_command->add_option("--checkpoint", verify.checkpoint, "Of a proof: a checkpoint that you kept")->check(CLI::ExistingFile)->type_name("FILE");
  add_json(*verify_command, verify.json);
  verify_command->footer(R"(Reads all, changes nothing. Exit code 3 when something is wrong: of an account with the position of the first fault, of a
proof with what does not hold.

  dealog verify --data ./data --account acme
  dealog verify --bundle deal.json --key acme.key --checkpoint kept-in-march)");
  verify_command->callback([&] {
    if (!verify.bundle.empty()) {
      code = run_verify_bundle(verify);
    } else if (verify.account.empty() || verify.data.empty()) {
      std::cerr << "dealog verify: say what: --data and --account, or --bundle\n";
      code = exit_usage;
    } else {
      code = run_verify(verify);
    }
  });

  BackupOptions backup;
  auto* backup_command = app.add_subcommand("backup", "Make a verified copy of an account");
  backup_command->add_option("--data", backup.data, "Folder of all accounts, while no server holds the account")->type_name("DIR");
  backup_command->add_option("--account", backup.account, "The account in it")->check(slug);
  backup_command->add_option("--to", backup.to, "Folder of backups; this one gets a name of its own in it")->type_name("DIR");
  backup_command->add_option("--url", backup.url, "Or a server that was started with --backups, such as http://127.0.0.1:8080")->type_name("URL");
  backup_command->add_option("--token", backup.token, "An administrator's token for it (DEALOG_TOKEN)")->type_name("TOKEN");
  add_json(*backup_command, backup.json, "The last line is {\"account\", \"backup\", \"position\", \"root\"}");
  backup_command->footer(R"(A backup that has its name is whole: it was opened and verified. The signing key is not in it.

  dealog backup --data ./data --account acme --to ./backups
  dealog backup --url http://127.0.0.1:8080 --token dlg_...)");
  backup_command->callback([&] {
    const bool names_url = backup_command->count("--url") > 0, names_data = backup_command->count("--data") > 0;
    if (names_url && !names_data) backup.data.clear();
    if (names_data && !names_url) backup.url.clear();
    code = run_backup(backup);
  });

  RestoreOptions restore;
  auto* restore_command = app.add_subcommand("restore", "Make an account out of a backup");
  restore_command->add_option("--from", restore.from, "The backup")->required()->check(CLI::ExistingDirectory)->type_name("BACKUP");
  add_data(*restore_command, restore.data);
  restore_command->add_option("--account", restore.account, "Name of the new account; never one that is there")->required()->check(slug);
  restore_command->add_option("--erasures-from", restore.erasures_from, "An account whose erasures are applied too; repeatable")->check(CLI::ExistingDirectory)->type_name("ACCOUNT-DIR");
  restore_command->add_option("--take-over", restore.take_over, "Go on signing as this account did: takes its key and its newest checkpoint")->check(CLI::ExistingDirectory)->type_name("ACCOUNT-DIR");
  add_json(*restore_command, restore.json);
  restore_command->footer(R"(What was erased since in an account of the same origin that stands in --data is erased in the new one as well.
Tokens name their account: make new ones with dealog token create.

  dealog restore --from ./backups/acme-20260302T090000Z --data ./data --account acme-restored)");
  restore_command->callback([&] { code = run_restore(restore); });

  BenchOptions bench;
  auto* bench_command = app.add_subcommand("bench", "Measure, beside the bars of what is promised");
  bench_command->add_option("name", bench.name, "What to measure")->required()->check(CLI::IsMember(bench_names()));
  bench_command->add_option("--size", bench.size, "Deals (of log and backup: events); 0: the bench's own")->capture_default_str()->type_name("N");
  bench_command->add_option("--seed", bench.seed, "Seed of the generated data")->capture_default_str();
  bench_command->add_option("--runs", bench.runs, "Repetitions; 0: the bench's own")->capture_default_str()->check(CLI::Range(0, 1'000'000));
  bench_command->add_option("--writers", bench.writers, "Concurrent clients of `commands`")->capture_default_str()->check(CLI::Range(1, 1024));
  bench_command->add_flag("--prototype", bench.prototype, "The bare prototype of QUALITY 1 instead: the floor on this machine");
  bench_command->add_option("--against", bench.against, "Another build of dealog: `commands` measures its server in the same rounds")
      ->check(CLI::ExistingFile)->type_name("PROGRAM");
  bench_command->add_option("--data", bench.data, "Folder to work in; default: a fresh one, removed afterwards")->type_name("DIR");
  add_json(*bench_command, bench.json);
  bench_command->footer(R"(  dealog bench commands --prototype     then   dealog bench commands
  dealog bench reports --size 1000000 --json)");
  bench_command->callback([&] { code = run_bench(bench); });

  DemoOptions demo;
  auto* demo_command = app.add_subcommand("demo", "Make an account with two years of believable data, once");
  add_data(*demo_command, demo.data);
  demo_command->add_option("--account", demo.account, "Name of the account")->capture_default_str()->check(slug);
  demo_command->add_option("--seed", demo.seed, "Seed of the generator")->capture_default_str();
  demo_command->add_option("--deals", demo.deals, "How many deals")->capture_default_str()->check(CLI::Range(1, 10'000'000));
  add_json(*demo_command, demo.json);
  demo_command->footer(R"(Prints {"account", "user_id", "token"}; the second time the same again, from DIR/demo.json.

  dealog demo --data ./data)");
  demo_command->callback([&] { code = run_demo(demo); });

  // Hidden (an empty group): for acceptance and CI, not for people with data.
  KillOptions kill;
  auto* attack_command = app.add_subcommand("attack", "Attack a server of its own")->group("");
  attack_command->require_subcommand(1);
  auto* kill_command = attack_command->add_subcommand("kill", "Kill -9 under load, again and again; nothing acknowledged may be lost");
  kill_command->add_option("--data", kill.data, "Folder to work in; default: a fresh one, removed afterwards")->type_name("DIR");
  kill_command->add_option("--rounds", kill.rounds, "How often")->capture_default_str()->check(CLI::Range(1, 10'000));
  kill_command->add_option("--seed", kill.seed, "Seed of the commands and the moments")->capture_default_str();
  kill_command->add_option("--clients", kill.clients, "Connections that give commands")->capture_default_str()->check(CLI::Range(1, 64));
  kill_command->callback([&] { code = run_kill(kill); });

  OpenapiOptions openapi;
  auto* openapi_command = app.add_subcommand("openapi", "Print the OpenAPI document of all routes");
  openapi_command->add_option("--output", openapi.output, "File to write instead")->type_name("FILE");
  openapi_command->footer("  dealog openapi > openapi.json && npx @redocly/cli lint openapi.json");
  openapi_command->callback([&] { code = run_openapi(openapi); });

  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string file = config_file(words, [](const char* name) { return static_cast<const char*>(std::getenv(name)); });
  std::string file_text;
  if (!file.empty()) {
    std::ifstream in(file);
    file_text.assign(std::istreambuf_iterator<char>(in), {});
    if (!in) {
      std::cerr << "dealog: cannot read the configuration file " << file << "\n";
      return exit_usage;
    }
  }
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  if (const auto trouble = apply_settings(app, file_text, variables)) {
    std::cerr << "dealog: " << *trouble << "\n";
    return exit_usage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_ok : exit_usage;
  }
  return code;
}

// As many open files as the system allows: a connection is one, and so is each file of the logs. The 1,024 of a shell are
// for programs that use select().
void raise_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace
}  // namespace dealog::tools

int main(int argc, char** argv) {
  dealog::tools::raise_open_files();
  try {
    return dealog::tools::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "dealog: " << error.what() << "\n";
    return dealog::tools::exit_failed;
  }
}
