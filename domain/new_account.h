#pragma once
// What a new account begins with: its settings, an administrator with a token, the default process (SPEC PRC-4), close
// reasons for each outcome and lead stages. Pure: all ids are derived from the account's.

#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"
#include "domain/refusal.h"

namespace dealog {

struct NewAccount {
  Uuid id;
  std::string name, slug;
  std::string currency;             // ISO 4217
  std::string time_zone;            // IANA
  std::string administrator_name, administrator_email;
  std::string token_hash;           // SHA-256 of the first token's secret, in hex; empty: no token
  std::string password_hash = {};   // argon2id, of the administrator's password; empty: none
};

// The events of the account's first commit, in order; or all that is wrong with what was given.
Result<std::vector<NewEvent>> create_account_events(const NewAccount& account);

// The ids that follow from the account's.
Uuid first_administrator(const Uuid& account);
Uuid first_token(const Uuid& account);
Uuid first_process(const Uuid& account);

// Data collection, contact, needs identification, offer, each with weighted actions: 100 in all.
std::vector<event::Stage> default_stages(const Uuid& account);

}  // namespace dealog
