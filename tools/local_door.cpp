// An account opened in this process, behind the same API as a server's.

#include <stdexcept>

#include "api/app.h"
#include "domain/fields.h"
#include "eventstore/account_files.h"
#include "projections/world.h"
#include "tools/commands.h"
#include "tools/door.h"

namespace dealog::tools {
namespace {

api::Method method_of(std::string_view name) {
  for (const api::Method method : {api::Method::get, api::Method::head, api::Method::post, api::Method::put, api::Method::patch,
                                   api::Method::delete_, api::Method::options})
    if (api::name(method) == name) return method;
  return api::Method::other;
}

// The first administrator by creation who is not suspended: without a token nobody else can be meant.
std::shared_ptr<api::Principal> administrator(const std::shared_ptr<api::Account>& account) {
  const auto world = account->world();
  const projections::Table& users = world->table(Kind::user);
  constexpr projections::Handle is_administrator = static_cast<projections::Handle>(Role::administrator) + 1, is_true = 2;
  for (projections::Row row = 0; row < users.rows(); ++row) {
    if (users.handles(field::user::role)[row] != is_administrator) continue;
    if (users.handles(field::user::is_suspended)[row] == is_true) continue;
    return std::make_shared<api::Principal>(
        api::Principal{account, world->id(users.self()[row]), Uuid{}, Role::administrator, false});
  }
  return nullptr;
}

class OpenAccount : public Door {
 public:
  OpenAccount(const std::string& data, const std::string& slug) : app_({.data = data, .holder = "dealog import"}) {
    const auto account = app_.account(slug);
    if (!account)
      throw LocalDoorError{exit_failed, "there is no account '" + slug + "' in " + data + "; make it with: dealog account create " + slug};
    who_ = administrator(account);
    if (!who_) throw LocalDoorError{exit_failed, "the account '" + slug + "' has no active administrator"};
  }
  ~OpenAccount() override {
    who_.reset();
    app_.close();
  }

  ApiResponse send(const ApiRequest& request) override {
    try {
      api::Response answer = app_.handle(method_of(request.method), request.path, request.body, request.headers, who_);
      return {answer.status, std::move(answer.body), std::move(answer.headers)};
    } catch (const std::exception& error) {
      return {0, error.what(), {}};
    }
  }

 private:
  api::App app_;
  std::shared_ptr<api::Principal> who_;
};

}  // namespace

std::unique_ptr<Door> open_local_door(const std::string& data, const std::string& account) {
  try {
    return std::make_unique<OpenAccount>(data, account);
  } catch (const eventstore::AccountInUse& error) {
    throw LocalDoorError{exit_locked, std::string(error.what()) + "\nUse that server instead: --url http://... --token T"};
  } catch (const eventstore::StorageError& error) {
    throw LocalDoorError{exit_damaged, error.what()};
  }
}

}  // namespace dealog::tools
