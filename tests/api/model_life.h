#pragma once
// A company at work: random deeds by users of every role, each asked of Dealog over its handlers and of the plain model.
// What can be done is in areas (model_<area>.cpp), each with a maker of random deeds and a look at all that it has; Life
// sends the deeds, alone or many at once, under keys or not, takes some back, and compares.

#include <functional>
#include <optional>
#include <random>
#include <set>

#include "tests/api/plain_crm.h"
#include "tests/support/catch.h"
#include "tests/support/server.h"

namespace dealog::test::model {

using plain::Id;
using plain::Ms;
using plain::Verdict;

// One command: how it is asked, what the model says and does (given the real answer, for ids that Dealog made), and how what
// is shown afterwards is compared.
struct Deed {
  std::string method, target;
  json::value body;
  std::function<Verdict(const json::value& answer)> model;
  std::function<void(const json::value& answer)> compare = [](const json::value&) {};
  bool in_bulk = true;                          // may be part of a bulk of its collection
  bool can_be_undone = false;                   // at once, by who did it
  bool is_remembered = true;                    // under a key; what is only tried is not
  std::string form = {};                        // sent instead of a body: an upload
  bool is_public = false;                       // needs no token
  Id token = {};                                // asked with this one; empty: any of who asks
};

inline constexpr const char* form_type = "multipart/form-data; boundary=----b";   // of Deed::form

// What the model says without having to know the answer.
Deed deed(const std::string& method, const std::string& target, json::value body, std::function<Verdict()> model, std::function<void(const json::value&)> compare);
// DELETE, or POST /restore.
Deed set_deleted(const std::string& one, bool deleted, std::function<Verdict()> model, std::function<void(const json::value&)> compare);

class Life;
struct Area {
  const char* name;
  int weight;                                   // how often it is chosen
  std::optional<Deed> (*any)(Life& life);       // nothing: there is nothing to do it to
  void (*look)(Life& life);                     // compares all there is, as an administrator sees it; may be null
};
const std::vector<Area>& areas();

// A command that is sent over many deals; `rest`: of the path, after the id.
struct Pattern {
  std::string method, rest;
  json::value body;
  std::function<Verdict(const Id& deal)> model;
};
Pattern any_pattern(Life& life);
Id any_process(Life& life);                     // or one that is not there
void learn_processes(Life& life);               // those that there are to begin with
void look_at_inbox(Life& life, const Id& asker);

class Life {
 public:
  explicit Life(std::uint64_t seed);
  // So many steps, with restarts in between.
  void live(int steps);

  int accepted() const { return accepted_; }
  int refused() const { return refused_; }
  int taken_back() const { return taken_back_; }
  int left() const { return left_; }            // that could not be taken back
  const std::map<std::string, int>& refused_by_code() const { return refused_by_code_; }
  const std::set<std::string>& routes_asked() const { return routes_asked_; }
  const std::map<std::string, int>& routes_accepted() const { return routes_accepted_; }   // "POST /v1/deals/{id}/move"
  std::set<std::string> write_routes() const;

  // ---- For the areas.
  plain::Crm crm;
  const Id& user() const { return user_; }      // who does the deed
  const Id& token() const { return token_; }    // and with which of his tokens: known once it was asked
  const std::vector<Id>& doers() const { return users_; }
  Ms now() const { return server_.now().ms; }
  int step() const { return step_; }
  std::int64_t head() const { return std::stoll(position_); }   // how far the log has come
  Id next_id();
  Ms below(Ms n) { return static_cast<Ms>(random_() % static_cast<std::uint64_t>(n)); }
  bool once_in(int n) { return below(n) == 0; }
  template <class Map>
  Id any(const Map& things) {
    if (things.empty()) return nowhere();
    auto at = things.begin();
    // Lately made things are what people work on.
    const auto last = static_cast<Ms>(things.size());
    std::advance(at, once_in(3) ? below(last) : std::max<Ms>(0, last - 1 - below(std::min<Ms>(last, 12))));
    return at->first;
  }
  // Sometimes none.
  template <class Map>
  Id maybe(const Map& things, int none_in = 2) { return things.empty() || once_in(none_in) ? Id() : any(things); }
  template <class Map>
  std::vector<Id> some(const Map& things) {
    std::vector<Id> ids;
    for (Ms n = things.empty() ? 0 : below(4); n > 0; --n) ids.push_back(any(things));
    return ids;
  }
  // Of something new, at times: what it hangs on.
  plain::Links any_links(json::object& body);
  static Id nowhere() { return "00000000-0000-4000-8000-00000000dead"; }
  // Who does deeds himself: an administrator is always among them.
  Id doer() { return users_[static_cast<std::size_t>(below(static_cast<Ms>(users_.size())))]; }
  // Or who joined since.
  Id colleague() {
    std::vector<Id> all = users_;
    if (once_in(12))
      for (const auto& [id, user] : crm.users)
        if (std::ranges::find(users_, id) == users_.end()) all.push_back(id);
    return all[static_cast<std::size_t>(below(static_cast<Ms>(all.size())))];
  }
  // What is to be asked with at times, beside what each has had from the beginning.
  void learn_token(const Id& token, const std::string& secret) { secrets_[token] = secret; }
  bool has_always_been(const Id& token) const { return std::ranges::any_of(first_tokens_, [&](const auto& each) { return each.second == token; }); }
  void prefer_administrator() {
    if (!is_user_fixed_ && once_in(2)) user_ = some_administrator();
  }
  std::optional<Ms> sometimes_past();
  std::string name();
  // Values of some of the fields that the collection has, or needs, as they are asked for and as they are held (JSON).
  std::map<Id, std::string> custom_values(const std::string& collection, json::object& body, bool with_nulls);
  static json::object dated(json::object body, std::optional<Ms> when, const char* member = "effective_at");

  Answer send(const Id& user, const std::string& method, const std::string& target, const json::value& body, Headers headers = {});
  Answer send(const Id& user, const Deed& deed, Headers headers);
  // What was done under a key, to which object: it may be asked again for ever.
  struct Kept { Id user; Deed deed; Headers headers; int status; Id object; };
  const std::vector<Kept>& kept() const { return kept_; }
  Id some_administrator() const;
  // What is answered once all that was done so far is in it.
  Answer read(const Id& asker, const std::string& target);
  // A whole collection as an administrator sees it, deleted ones too, by id.
  std::map<Id, json::value> all_of(const std::string& collection);
  // Each member of what is expected, and perhaps more.
  void compare(const json::object& expected, const json::value& real) const;
  // Compares the answer to a command with the object as the user sees it (model_shown.h).
  template <class T>
  std::function<void(const json::value&)> answers(const std::map<Id, T>& things, const Id& id);
  // Compares all of a collection.
  template <class T>
  void look(const std::string& collection, const std::map<Id, T>& things);

 private:
  void do_one();
  void do_many();
  void do_over_filter();
  void send_many(const std::string& collection, json::object body, const std::vector<Deed>& deeds);
  void take_back(const plain::Crm& before);
  void look_at_all();
  template <class T>
  void see_same(const Id& asker, const std::string& collection, const std::map<Id, T>& things);
  std::vector<Id> ids(const Id& asker, const std::string& query);
  template <class T>
  void restore(const std::string& collection, std::map<Id, T>& things, const std::map<Id, T>& before);
  std::optional<Deed> any_deed();
  Verdict decide(const Deed& deed, const json::value& answer);
  void learn_people();
  Id any_token_of(const Id& user);
  void see_who_did_it(std::int64_t before);
  Answer send_bytes(const Id& user, const std::string& method, const std::string& target, const std::string& body, const std::string& type, Headers headers);

  std::mt19937_64 random_;
  mutable test::Server server_;
  std::map<Id, std::string> tokens_;            // of each who does deeds: what he asks with
  std::map<Id, Id> first_tokens_;               // the same by their ids
  std::map<Id, std::string> secrets_;           // of all tokens that can be asked with, or could
  std::vector<Id> users_;
  std::string position_ = "0";
  Id user_, token_;
  bool is_user_fixed_ = false;                  // of a bulk
  bool was_idle_ = false;                       // the deed that was decided last changed nothing
  int step_ = 0, last_id_ = 0, accepted_ = 0, refused_ = 0, taken_back_ = 0, left_ = 0;
  std::vector<Kept> kept_;
  std::map<std::string, int> refused_by_code_;
  std::set<std::string> routes_asked_;
  std::map<std::string, int> routes_accepted_;
};

}  // namespace dealog::test::model
