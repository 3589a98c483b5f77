// dealog account create, dealog token create: what an operator does before anybody can log in.

#include <cstdio>
#include <future>
#include <iostream>
#include <map>
#include <stdexcept>

#include "api/app.h"
#include "api/encode.h"
#include "api/hashing.h"
#include "domain/new_account.h"
#include "eventstore/account_files.h"
#include "tools/account.h"
#include "tools/commands.h"

namespace dealog::tools {
namespace {

// One command of the system itself, on an account that this process holds.
eventstore::Outcome run(api::Account& account, Command command, Context context) {
  std::promise<eventstore::Outcome> promised;
  eventstore::Submission submission{.command = std::move(command), .context = std::move(context)};
  submission.done = [&](eventstore::Outcome&& outcome) { promised.set_value(std::move(outcome)); };
  account.writer().submit(std::move(submission));
  return promised.get_future().get();
}

// The first line of standard input, hashed.
std::string read_password() {
  constexpr std::size_t shortest = 10;
  std::string line;
  std::getline(std::cin, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.size() < shortest) throw std::invalid_argument("a password has at least 10 characters");
  return api::hash_of_password(line);
}

}  // namespace

int tell(const std::exception& error, int code) {
  std::fprintf(stderr, "dealog: %s\n", error.what());
  return code;
}

CreatedAccount create_account(const std::filesystem::path& data, const AccountCreateOptions& options, std::function<Instant()> clock, std::function<Uuid()> ids) {
  api::App edge({.data = data, .clock = std::move(clock), .ids = std::move(ids)});   // for its ids and its clock; it opens nothing
  const std::string secret = api::make_token(options.slug);
  const NewAccount wishes{.id = edge.new_id(),
                          .name = options.name.empty() ? options.slug : options.name,
                          .slug = options.slug,
                          .currency = options.currency,
                          .time_zone = options.time_zone,
                          .administrator_name = options.admin_name.empty() ? options.admin_email : options.admin_name,
                          .administrator_email = options.admin_email,
                          .token_hash = api::token_hash(secret),
                          .password_hash = options.password_stdin ? read_password() : std::string()};
  const auto events = create_account_events(wishes);   // checked before anything is made
  if (!events) {
    std::string all;
    for (const Fault& fault : events.error().faults) all += (all.empty() ? "" : "; ") + fault.pointer + ": " + fault.message;
    throw std::invalid_argument(all);
  }

  const std::filesystem::path accounts = data / "accounts";
  std::filesystem::create_directories(accounts);
  const std::filesystem::path directory = eventstore::create_account_files(accounts, options.slug, wishes.id, {});
  eventstore::OpenLog files = eventstore::open_account_files(directory, "dealog account create", {});
  append_birth(files, *events, edge.now());
  files.close();
  return {.account = options.slug, .id = wishes.id, .user = first_administrator(wishes.id), .token = secret};
}

void append_birth(eventstore::OpenLog& files, const std::vector<NewEvent>& events, Instant now) {
  std::vector<ObjectRef> subjects;
  for (const NewEvent& event : events)
    if (!event.personal.empty()) subjects.push_back(event.object);
  files.keys->ensure(subjects);
  std::vector<Bytes> records;
  std::map<ObjectRef, Version> versions;
  for (const NewEvent& event : events) {
    Envelope envelope;
    envelope.position = records.size() + 1;
    envelope.object = event.object;
    envelope.version = ++versions[event.object];
    envelope.recorded_at = envelope.effective_at = now;
    envelope.command = 1;
    std::optional<Sealed> sealed;
    if (!event.personal.empty()) sealed = files.keys->seal(event.object, envelope.position, encode_personal(event.personal));
    records.push_back(encode(envelope, event.event, sealed ? &*sealed : nullptr));
  }
  eventstore::Commit commit;
  for (const Bytes& record : records) commit.records.push_back(record);
  files.log->append(files.log->head(), commit);
}

int run_account_create(const AccountCreateOptions& options) {
  try {
    const CreatedAccount made = create_account(options.data, options);
    api::JsonWriter line;
    line.object().field("account", made.account).field("user_id", made.user).field("token", made.token).end();
    if (options.json) std::printf("%s\n", line.text().c_str());
    else std::printf("Account %s is ready. Its administrator's token, shown this once:\n%s\n", made.account.c_str(), made.token.c_str());
    return exit_ok;
  } catch (const eventstore::AccountInUse& error) {
    return tell(error, exit_locked);
  } catch (const std::exception& error) {
    return tell(error, exit_failed);
  }
}

int run_token_create(const TokenCreateOptions& options) {
  try {
    api::App app({.data = options.data, .holder = "dealog token create"});
    const auto account = app.account(options.account);
    if (!account) throw std::runtime_error("there is no account " + options.account + " in " + options.data.string());
    const auto user = account->writer().user_by_email(options.email);
    if (!user) throw std::runtime_error("nobody in the account " + options.account + " has the e-mail " + options.email);
    const std::string token = api::make_token(options.account);
    const Uuid id = app.new_id();
    Fields fields{{field::token::name, options.name}, {field::token::user_id, *user}, {field::token::hash, api::token_hash(token)},
                  {field::token::read_only, std::int64_t{options.read_only}}};
    std::optional<Instant> expires;
    if (options.expires_days) {
      expires = Instant{app.now().ms + std::int64_t{*options.expires_days} * 86'400'000};
      fields.push_back({field::token::expires_at, expires->ms});
    }
    Context context;
    for (int i = 0; i < 8; ++i) context.fresh_ids.push_back(app.new_id());
    const auto outcome = run(*account, command::Create{.object = {Kind::token, id}, .fields = std::move(fields)}, std::move(context));
    if (const auto* refused = std::get_if<Refusal>(&outcome)) throw std::runtime_error(refused->faults.front().message);
    if (!std::holds_alternative<eventstore::Accepted>(outcome)) throw std::runtime_error("the token could not be stored");
    api::JsonWriter line;
    line.object().field("account", options.account).field("user_id", *user).field("token", token).field("expires_at", expires).end();
    std::printf("%s\n", options.json ? line.text().c_str() : token.c_str());
    return exit_ok;
  } catch (const eventstore::AccountInUse& error) {
    std::fprintf(stderr, "dealog: %s\nUse POST /v1/tokens of that server (--url) instead.\n", error.what());
    return exit_locked;
  } catch (const eventstore::StorageError& error) {
    return tell(error, exit_damaged);
  } catch (const std::exception& error) {
    return tell(error, exit_failed);
  }
}

}  // namespace dealog::tools
