// dealog backup, dealog restore: copies of an account that are known to be good (SPEC IO-5).

#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "api/encode.h"
#include "eventstore/backup.h"
#include "eventstore/sha256.h"
#include "tools/commands.h"
#include "tools/door.h"

namespace dealog::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds asked_again{200};

Instant system_now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

void say(const BackupOptions& options, const std::string& account, const std::string& backup, std::uint64_t position, const std::string& root) {
  if (options.json) {
    api::JsonWriter line;
    line.object().field("account", account).field("backup", backup).field("position", position).field("root", root).end();
    std::printf("%s\n", line.text().c_str());
  } else {
    std::printf("%s holds %s up to position %llu, verified.\n", backup.c_str(), account.c_str(), static_cast<unsigned long long>(position));
  }
}

void back_up_here(const BackupOptions& options) {
  if (options.account.empty() || options.to.empty()) throw std::invalid_argument("--data needs --account and --to");
  const fs::path directory = options.data / "accounts" / options.account;
  if (!fs::exists(directory)) throw std::runtime_error("there is no account " + options.account + " in " + options.data.string());
  eventstore::RocksLogOptions here;
  here.seal_every = 0;
  eventstore::OpenLog open = eventstore::open_account_files(directory, "dealog backup", here);
  const Instant now = system_now();
  const eventstore::BackupAbout about = eventstore::make_backup(
      {.open = open, .slug = options.account, .directory = directory, .folder = options.to, .made_at = now, .options = {}, .stop = {}});
  open.close();
  say(options, options.account, (options.to / eventstore::backup_name(options.account, now)).string(), about.head.position,
      eventstore::hex(about.head.root));
}

boost::json::object sent(Door& door, const std::string& method, const std::string& path, int expected) {
  const ApiResponse answer = door.send({.method = method, .path = path, .body = {}, .headers = {}});
  if (answer.status != expected) throw std::runtime_error(method + " " + path + " was answered with " + std::to_string(answer.status) + ": " + answer.body);
  return boost::json::parse(answer.body).as_object();
}

std::string text(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

void back_up_there(const BackupOptions& options) {
  HttpDoor door(options.url, options.token);
  boost::json::object backup = sent(door, "POST", "/v1/backups", 202);
  const std::string path = "/v1/backups/" + text(backup, "name");
  while (text(backup, "state") == "running") {
    std::this_thread::sleep_for(asked_again);
    backup = sent(door, "GET", path, 200);
  }
  if (text(backup, "state") != "done") throw std::runtime_error("the backup failed: " + text(backup, "message"));
  const auto* position = backup.if_contains("position");
  say(options, "the server's account", text(backup, "name"), position != nullptr ? position->to_number<std::uint64_t>() : 0, text(backup, "root_hash"));
}

}  // namespace

int run_backup(const BackupOptions& options) {
  try {
    if (options.data.empty() == options.url.empty()) throw std::invalid_argument("give either --data, --account and --to, or --url and --token");
    options.url.empty() ? back_up_here(options) : back_up_there(options);
    return exit_ok;
  } catch (const std::invalid_argument& error) {
    return tell(error, exit_usage);
  } catch (const eventstore::AccountInUse& error) {
    std::fprintf(stderr, "dealog: %s\nUse that server instead: --url http://... --token T\n", error.what());
    return exit_locked;
  } catch (const eventstore::StorageError& error) {
    return tell(error, exit_damaged);
  } catch (const std::exception& error) {
    return tell(error, exit_failed);
  }
}

int run_restore(const RestoreOptions& options) {
  try {
    const fs::path accounts = options.data / "accounts";
    fs::create_directories(accounts);
    if (fs::exists(accounts / options.account)) throw std::runtime_error("there is an account " + options.account + " already: a restore never overwrites");
    const eventstore::Restored restored =
        eventstore::restore_backup({.backup = fs::canonical(options.from), .accounts = accounts, .slug = options.account,
                                    .erasures_from = options.erasures_from, .take_over = options.take_over, .options = {}});
    const std::string root = eventstore::hex(restored.about.head.root);
    if (options.json) {
      api::JsonWriter line;
      line.object().field("account", options.account).field("position", restored.about.head.position).field("root", root);
      line.field("erased", static_cast<std::uint64_t>(restored.erased)).end();
      std::printf("%s\n", line.text().c_str());
    } else {
      std::printf("%s holds what %s held at position %llu, verified; %zu erasures of later were applied.\n", options.account.c_str(),
                  restored.about.slug.c_str(), static_cast<unsigned long long>(restored.about.head.position), restored.erased);
    }
    return exit_ok;
  } catch (const eventstore::AccountInUse& error) {
    return tell(error, exit_locked);
  } catch (const eventstore::StorageError& error) {
    return tell(error, exit_damaged);
  } catch (const std::exception& error) {
    return tell(error, exit_failed);
  }
}

}  // namespace dealog::tools
