#pragma once
// Making an account: for `dealog account create`, the demo, the benches and tests.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "domain/event.h"
#include "domain/types.h"
#include "tools/commands.h"

namespace dealog::eventstore {
struct OpenLog;
}

namespace dealog::tools {

struct CreatedAccount {
  std::string account;
  Uuid id, user;
  std::string token;   // the administrator's; nowhere else to be had
};

// Throws std::invalid_argument for what cannot be, eventstore::StorageError when there is one of that name already or
// it cannot be made. `clock`, `ids`: as in api::AppOptions.
CreatedAccount create_account(const std::filesystem::path& data, const AccountCreateOptions& options,
                              std::function<Instant()> clock = {}, std::function<Uuid()> ids = {});

// Appends the first commit of an account. REQUIRES: the log is empty.
void append_birth(eventstore::OpenLog& files, const std::vector<NewEvent>& events, Instant now);

}  // namespace dealog::tools
