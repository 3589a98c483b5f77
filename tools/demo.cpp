// dealog demo: an account with two years of a sales team's work, made once.

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "api/app.h"
#include "eventstore/account_files.h"
#include "tools/account.h"
#include "tools/commands.h"
#include "tools/generate.h"
#include "tools/generate_fill.h"

namespace dealog::tools {

namespace {

// What DIR/demo.json says when it is about this account and the account is still there; "" else.
std::string said_before(const DemoOptions& options) {
  std::ifstream file(options.data / "demo.json");
  std::ostringstream text;
  text << file.rdbuf();
  boost::system::error_code error;
  const boost::json::value said = boost::json::parse(text.str(), error);
  const boost::json::object* object = error ? nullptr : said.if_object();
  const boost::json::value* account = object == nullptr ? nullptr : object->if_contains("account");
  if (account == nullptr || !account->is_string() || account->get_string() != options.account.c_str()) return {};
  if (!std::filesystem::exists(options.data / "accounts" / options.account)) return {};
  return boost::json::serialize(said);
}

// The token in it opens the account, so nobody else may read it. Written beside and renamed.
void write_privately(const std::filesystem::path& path, const std::string& line) {
  const std::filesystem::path beside = path.string() + ".new";
  {
    std::ofstream file(beside, std::ios::trunc);
    std::filesystem::permissions(beside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    file << line << "\n";
    if (!file.flush()) throw std::runtime_error("cannot write " + beside.string());
  }
  std::filesystem::rename(beside, path);
}

std::string make_demo(const DemoOptions& options) {
  const std::filesystem::path folder = options.data / "accounts" / options.account;
  if (std::filesystem::exists(folder))
    throw std::runtime_error("the account " + options.account + " is there already, but not as a demo that was finished (" +
                             (options.data / "demo.json").string() + " does not tell of it). Choose another --account or --data, or remove " + folder.string());
  AccountCreateOptions account{.data = options.data, .slug = options.account, .currency = "PLN", .time_zone = "Europe/Warsaw",
                               .admin_email = "admin@example.com", .name = "Dealog Demo", .admin_name = "Ada Admin"};
  const CreatedAccount made = create_account(options.data, account);

  api::App app({.data = options.data, .holder = "dealog demo"});
  const auto opened = app.account(options.account);
  if (!opened) throw std::runtime_error("the new account could not be opened");
  std::fprintf(stderr, "Telling two years of %llu deals ...\n", static_cast<unsigned long long>(options.deals));
  const Story story = two_years(options.seed, options.deals, made.id, made.user, app.now());
  const Filled filled = fill(opened->writer(), story, {});
  app.close();
  std::fprintf(stderr, "%llu commands, %llu events.\n", static_cast<unsigned long long>(filled.commands), static_cast<unsigned long long>(filled.events));
  if (filled.refused > 0)
    throw std::runtime_error(std::to_string(filled.refused) + " commands were refused; the first: " + filled.first_refusal);
  const boost::json::object line{{"account", made.account}, {"user_id", to_string(made.user)}, {"token", made.token}};
  return boost::json::serialize(line);
}

}  // namespace

int run_demo(const DemoOptions& options) {
  try {
    std::string line = said_before(options);
    if (line.empty()) {
      line = make_demo(options);
      write_privately(options.data / "demo.json", line);
    }
    std::printf("%s\n", line.c_str());
    return exit_ok;
  } catch (const eventstore::AccountInUse& error) {
    std::fprintf(stderr, "dealog demo: %s\n", error.what());
    return exit_locked;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dealog demo: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace dealog::tools
