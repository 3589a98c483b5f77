#pragma once
// The decision model: what all aggregates of one account say together, as far as decisions need it. The
// account's writer folds every accepted event into it before the next command is decided, so rules that span
// objects (unique names, existing stages, roles, Message-IDs, a client's history) are simply true.
//
//     apply   record -> model            deterministic, never refuses: what is in the log has happened
//     decide  model x context x command -> events or refusal            pure; the model stays as it is
//
// Threads: one at a time (the account's writer).

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "domain/codec.h"
#include "domain/command.h"
#include "domain/event.h"
#include "domain/refusal.h"

namespace dealog {

struct Decided {
  std::vector<NewEvent> events;     // empty: nothing to change (SPEC GEN-12)
  ObjectRef object;                 // what the answer shows
  bool created = false;
};
using Decision = Result<Decided>;

struct ModelState;                  // domain/state.h: one plain struct per aggregate, in maps
struct Singles;

class Model {
 public:
  Model();
  ~Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  // Folds an event that was accepted. `personal`: its personal fields where they are known (see needs_personal);
  // empty when erased.
  void apply(const Envelope& envelope, const Event& event, const Fields& personal);

  // The events that `command` causes, or why it is refused. Guards in order: the actor exists, is active and may
  // see the object (else not_found), If-Match, rights (forbidden), then all faults of the command at once.
  [[nodiscard]] Decision decide(const Context& context, const Command& command) const;

  // The version of an object; 0: never seen.
  Version version_of(ObjectRef object) const;

  // May `user` see the object now (SPEC ACC-4, ACC-5)? False for what does not exist.
  bool may_see(const Uuid& user, ObjectRef object) const;

  // A contact and all that were merged into it: whose data are one person's. Itself alone for anything else.
  std::vector<Uuid> subjects_of(ObjectRef object) const;

  // The object's key is gone though no event here says so: it was erased after the backup was made that this account came from.
  void forget(ObjectRef subject);
  // A trial: what is applied between begin and keep is there, what is applied between begin and take_back never was. At
  // most one at a time. Costs what it changes, whatever the size of the model.
  void begin_trial();
  void keep();
  void take_back();

  // What belongs together (SPEC DEA-8, DEA-9). Its events are at the positions of `ranges`, {first, last} in order, and nothing
  // else is.
  struct BatchEvents {
    Uuid id, begun_by;
    Position begun = 0;
    std::vector<std::pair<Position, Position>> ranges;
  };
  std::optional<BatchEvents> batch(const Uuid& id) const;
  std::optional<BatchEvents> batch_at(Position begun) const;
  Position batch_begun(const Uuid& id) const;   // 0: there is no such batch
  // Where the newest command of the user begins; 0: none.
  Position last_command_of(const Uuid& user) const;

  // For authentication: the token with this hash.
  struct Principal {
    Uuid user, token;
    Role role = Role::salesperson;
    bool read_only = false;
    bool is_suspended = false;
    bool is_session = false;
    std::optional<Instant> expires_at;
    std::vector<std::string> scopes;   // none: all
  };
  std::optional<Principal> principal_by_token(std::string_view hash_hex) const;
  std::optional<Uuid> user_by_email(std::string_view email) const;
  // The hash of a user's password; empty: he has none, is suspended or unknown, and cannot log in.
  std::string password_of(const Uuid& user) const;

  // Is the kind's personal part needed by apply? Yes for every kind that has one: for users' addresses, persons'
  // names, senders of e-mails, and for edits of sealed words that change nothing (SPEC GEN-12). Only fingerprints
  // of the latter are kept.
  static bool needs_personal(Kind kind);

 private:
  std::unique_ptr<ModelState> state_;
  std::unique_ptr<Singles> before_trial_;
};

}  // namespace dealog
