// dealog verify: reads an account's log again and says whether everything holds.

#include <cstdio>

#include "api/encode.h"
#include "eventstore/account_files.h"
#include "eventstore/sha256.h"
#include "eventstore/verify.h"
#include "tools/commands.h"

namespace dealog::tools {
namespace {

void say(const VerifyOptions& options, const eventstore::VerifyReport& report) {
  const std::string root = eventstore::hex(report.head.root);
  if (options.json) {
    api::JsonWriter line;
    line.object().field("account", options.account).field("ok", !report.wrong.has_value()).field("events", report.events);
    line.field("commits", report.commits).field("commands", report.commands).field("personal_parts", report.sealed);
    line.field("erased", report.erased).field("heads", report.heads).field("key_changes", report.key_changes).field("files", report.files).field("checkpoint", report.checkpoint);
    line.field("root", root).key("faults").array();
    if (report.wrong) line.object().field("position", report.wrong->position).field("message", report.wrong->what).end();
    line.end().end();
    std::printf("%s\n", line.text().c_str());
  } else if (report.wrong) {
    std::printf("WRONG at position %llu: %s\n", static_cast<unsigned long long>(report.wrong->position), report.wrong->what.c_str());
  } else {
    std::printf("All is well: %llu events in %llu commits, root %s\n", static_cast<unsigned long long>(report.events),
                static_cast<unsigned long long>(report.commits), root.c_str());
    if (report.checkpoint) std::printf("The newest checkpoint promises the first %llu of them.\n", static_cast<unsigned long long>(*report.checkpoint));
  }
}

int refuse(const VerifyOptions& options, const std::exception& error, int code) {
  std::fprintf(stderr, "dealog: %s\n", error.what());
  if (options.json && code == exit_damaged) {
    eventstore::VerifyReport report;
    report.wrong = {.position = 0, .what = error.what()};
    say(options, report);
  }
  return code;
}

}  // namespace

int run_verify(const VerifyOptions& options) {
  try {
    const std::filesystem::path directory = options.data / "accounts" / options.account;
    if (!eventstore::valid_slug(options.account) || !std::filesystem::exists(directory))
      throw std::runtime_error("there is no account " + options.account + " in " + options.data.string());
    eventstore::RocksLogOptions as_it_is;
    as_it_is.seal_every = 0;
    eventstore::OpenLog files = eventstore::open_account_files(directory, "dealog verify", as_it_is);
    const eventstore::VerifyReport report =
        eventstore::verify(*files.log, *files.keys, directory, eventstore::posix_files(), {});
    say(options, report);
    files.close();
    return report.wrong ? exit_damaged : exit_ok;
  } catch (const eventstore::AccountInUse& error) {
    return refuse(options, error, exit_locked);
  } catch (const eventstore::StorageError& error) {
    return refuse(options, error, exit_damaged);
  } catch (const std::exception& error) {
    return refuse(options, error, exit_failed);
  }
}

}  // namespace dealog::tools
