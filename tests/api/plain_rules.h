#pragma once
// The bottom of the plain model: what there is, who may do what, and the checks that all commands share. The layers above
// it (plain_setup.h, plain_contacts.h, plain_deals.h, plain_leads.h, plain_activities.h) have a function for each command.

#include <type_traits>
#include <utility>

#include "tests/api/plain_things.h"

namespace dealog::test::plain {

class Rules {
 public:
  std::map<Id, Process> processes;
  std::map<Id, User> users;
  std::map<Id, Token> tokens;
  std::vector<Notice> notices;                // in the order in which they happened
  std::map<Id, Source> sources;
  std::map<Id, Reason> reasons;
  std::map<Id, LeadStage> lead_stages;
  std::map<Id, Team> teams;
  std::map<Id, Word> contact_groups, deal_groups, tags, task_types, product_categories, cost_categories;
  Id usual_task_type;                         // "other"
  std::map<Id, Product> products;
  std::map<Id, Rate> rates;
  std::map<Id, Field> fields;
  std::map<Id, Contact> companies, persons;
  std::map<Id, Deal> deals;
  std::map<Id, Lead> leads;
  std::map<Id, Task> tasks;
  std::map<Id, Series> series;
  std::map<Id, Note> notes;
  std::map<Id, Space> spaces;
  std::map<Id, Email> emails;
  std::map<Id, File> files;
  std::map<Id, Filter> filters;
  std::map<Id, Card> cards;
  bool sources_on = false, inheritance_on = false, client_required = false, reason_required = false, default_public = false, costs_on = false, realised_on = true;

  // ---- Who may [ACC-4, ACC-5].

  bool is_manager(const Id& user) const { return users.at(user).role == "administrator" || users.at(user).role == "manager"; }
  bool is_administrator(const Id& user) const { return users.at(user).role == "administrator"; }
  bool sells(const Id& user) const { return is_manager(user) || users.at(user).role == "salesperson"; }

  template <class T>   // deals and leads
  static bool takes_part(const Id& user, const T& thing) {
    return thing.owner == user || thing.creator == user || std::ranges::find(thing.participants, user) != thing.participants.end();
  }
  bool sees(const Id& user, const Deal& deal) const { return sees_all(user) || deal.is_public || takes_part(user, deal); }
  bool sees(const Id& user, const Lead& lead) const { return sees_all(user) || takes_part(user, lead); }
  bool sees(const Id& user, const Task& task) const {
    return sees_all(user) || task.creator == user || task.assignee == user || sees_through(user, task.links);
  }
  bool sees(const Id& user, const Note& note) const { return sees_all(user) || note.creator == user || sees_through(user, note.links); }
  bool sees(const Id& user, const Email& email) const { return sees_all(user) || email.creator == user || sees_through(user, email.links); }
  bool sees(const Id& user, const File& file) const { return sees_all(user) || file.creator == user || (file.hangs() && sees_through(user, file.links)); }
  bool sees(const Id& user, const Filter& filter) const { return filter.creator == user || filter.is_shared; }
  bool sees(const Id& user, const Card& card) const { return sees_all(user) || card.user == user || is_in_team(user, card.team); }
  bool sees(const Id& user, const Token& token) const { return is_administrator(user) || token.user == user; }
  template <class T>
  bool sees(const Id&, const T&) const { return true; }

  bool is_own(const Id& user, const Deal& deal) const { return takes_part(user, deal); }
  bool is_own(const Id& user, const Lead& lead) const { return takes_part(user, lead); }
  bool is_own(const Id& user, const Task& task) const {
    return task.assignee == user || task.creator == user || (!task.links.deal.empty() && takes_part(user, deals.at(task.links.deal))) ||
           (!task.links.lead.empty() && takes_part(user, leads.at(task.links.lead)));
  }
  bool is_own(const Id& user, const Note& note) const { return note.creator == user; }
  bool is_own(const Id& user, const File& file) const { return file.creator == user; }
  bool is_own(const Id& user, const Filter& filter) const { return filter.creator == user; }
  template <class T>   // contacts and spaces
  bool is_own(const Id& user, const T& thing) const { return thing.owner == user || thing.creator == user; }

  // A team's members are those of all teams below it, too [GEN-7]; while one is deleted nobody is in it [GEN-5].
  bool is_in_team(const Id& user, const Id& team) const {
    if (team.empty()) return false;
    for (Id above : users.at(user).teams)
      for (; !above.empty() && !teams.at(above).is_deleted; above = teams.at(above).parent)
        if (above == team) return true;
    return false;
  }

  // Everything there is of a kind that the user may see and that is not deleted.
  template <class T>
  std::set<Id> listed(const Id& user, const std::map<Id, T>& things) const {
    std::set<Id> ids;
    for (const auto& [id, thing] : things)
      if (!thing.is_deleted && !was_merged(thing) && sees(user, thing)) ids.insert(id);
    return ids;
  }
  template <class T>
  static bool was_merged(const T& thing) {
    if constexpr (requires { thing.merged_into; }) return !thing.merged_into.empty();
    else return false;
  }

  // ---- Lookups by rule.

  // What was deleted is null, or gone, wherever it stands.
  template <class T>
  static Id live(const std::map<Id, T>& things, const Id& id) { return id.empty() || things.at(id).is_deleted ? Id() : id; }
  template <class T>
  static std::vector<Id> live(const std::map<Id, T>& things, std::vector<Id> ids) {
    std::erase_if(ids, [&](const Id& id) { return things.at(id).is_deleted; });
    return ids;
  }
  Id live(const Id& source) const { return live(sources, source); }
  // Where a contact went when it was merged [CON-2].
  static Id stand_in(const std::map<Id, Contact>& contacts, Id id) {
    while (!id.empty() && !contacts.at(id).merged_into.empty()) id = contacts.at(id).merged_into;
    return id;
  }

  // ---- Custom fields [DIC-5]. `values`: by field; JSON, "null" takes away, and blank text says nothing either. Contacts are everybody's to edit.
  template <class T>
  Verdict edit_custom(const Id& user, std::map<Id, T>& things, const Id& id, const std::map<Id, std::string>& values) {
    if (auto no = may_write(user, things, id, !std::is_same_v<T, Contact>)) return *no;
    T& thing = things.at(id);
    Faults faults;
    for (const auto& [field, value] : values) {
      const auto held = thing.custom.find(field);
      const bool empties = value == "null" ? held != thing.custom.end() : is_blank(value) && (held == thing.custom.end() || held->second != value);
      if (empties && fields.at(field).is_required) faults.impossible("/cf/" + fields.at(field).key, "required");
    }
    if (faults.any()) return faults.verdict();
    bool changed = false;
    for (const auto& [field, value] : values) {
      const auto held = thing.custom.find(field);
      if (held == thing.custom.end() ? value == "null" : held->second == value) continue;
      changed = true;
      if (value == "null") thing.custom.erase(held);
      else thing.custom[field] = value;
    }
    thing.version += changed ? 1 : 0;
    return {};
  }

 protected:
  static void born(Thing& thing, const Id& user, Ms at) {
    thing.creator = user;
    thing.created_at = at;
    thing.version = 1;
  }
  static Verdict flip(Thing& thing, bool deleted) {
    thing.version += thing.is_deleted == deleted ? 0 : 1;
    thing.is_deleted = deleted;
    return {};
  }
  // Sets a field, and remembers that something changed [GEN-12].
  static auto setter(bool& changed) {
    return [&changed](auto& field, const auto& value) {
      if (field == value) return;
      field = value;
      changed = true;
    };
  }
  static bool same_set(const std::vector<Id>& a, const std::vector<Id>& b) { return std::set<Id>(a.begin(), a.end()) == std::set<Id>(b.begin(), b.end()); }
  // [GEN-6]: the past is taken as it is, up to a minute ahead is now, more is refused.
  static Ms moment(Faults& faults, Ms now, std::optional<Ms> when, const std::string& pointer = "/effective_at") {
    if (when && *when - now > 60'000) faults.impossible(pointer, "effective_in_future");
    return when && *when < now ? *when : now;
  }
  std::optional<Verdict> may_sell(const Id& user) const { return sells(user) ? std::nullopt : std::optional(Verdict{403, {}}); }
  std::optional<Verdict> may_manage(const Id& user) const { return is_manager(user) ? std::nullopt : std::optional(Verdict{403, {}}); }
  // Who may make tags may not change them all the same: the refusal comes from a rule, not from the role alone.
  std::optional<Verdict> may_manage_made_by_all(const Id& user) const {
    return is_manager(user) || !sells(user) ? may_manage(user) : std::optional(Verdict{403, {" forbidden"}});
  }
  std::optional<Verdict> may_administer(const Id& user) const { return is_administrator(user) ? std::nullopt : std::optional(Verdict{403, {}}); }
  // To change something that is there and his own.
  template <class T>
  std::optional<Verdict> may_write(const Id& user, const std::map<Id, T>& things, const Id& id, bool only_own = true) const {
    if (auto no = may_sell(user)) return no;
    const auto found = things.find(id);
    if (found == things.end() || !sees(user, found->second)) return Verdict{404, {" not_found"}};
    if (only_own && !is_manager(user) && !is_own(user, found->second)) return Verdict{403, {" forbidden"}};
    if (was_merged(found->second)) return Verdict{409, {" already_merged"}};
    if (found->second.is_deleted) return Verdict{409, {" object_deleted"}};
    return std::nullopt;
  }

  void check_person(Faults& faults, const Id& user, const std::string& pointer) const {
    if (!users.contains(user)) faults.impossible(pointer, "unknown_reference");
    else if (users.at(user).is_suspended) faults.not_now(pointer, "user_suspended");
  }
  // Something that is named anew: it is there, and stands for itself.
  template <class T>
  static void check_named(Faults& faults, const std::map<Id, T>& things, const Id& id, const std::string& pointer) {
    if (id.empty()) return;
    const auto found = things.find(id);
    if (found != things.end() && was_merged(found->second)) return faults.not_now(pointer, "already_merged");
    if (found == things.end() || found->second.is_deleted) faults.impossible(pointer, "unknown_reference");
  }
  // Several of them, each once.
  template <class T>
  static void check_named(Faults& faults, const std::map<Id, T>& things, const std::vector<Id>& ids, const std::string& pointer) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string at = pointer + "/" + std::to_string(i);
      if (std::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids[i]) != ids.begin() + static_cast<std::ptrdiff_t>(i)) faults.impossible(at, "duplicate");
      else check_named(faults, things, ids[i], at);
    }
  }
  // What is added to a set of words and what is removed from it, whatever else it has: the set that comes of it [DEA-8].
  template <class T>
  static std::vector<Id> changed_set(Faults& faults, const std::map<Id, T>& words, const std::vector<Id>& ids, const SetChange& change, const std::string& pointer) {
    const auto holds = [](const std::vector<Id>& all, const Id& one) { return std::ranges::find(all, one) != all.end(); };
    const std::vector<Id> held = live(words, ids);
    std::vector<Id> all, seen;
    for (std::size_t i = 0; i < change.remove.size(); ++i) {
      if (holds(seen, change.remove[i])) faults.impossible(pointer + "/remove/" + std::to_string(i), "duplicate");
      seen.push_back(change.remove[i]);
    }
    for (const Id& id : held)
      if (!holds(change.remove, id)) all.push_back(id);
    seen.clear();
    for (std::size_t i = 0; i < change.add.size(); ++i) {
      const Id& id = change.add[i];
      const std::string at = pointer + "/add/" + std::to_string(i);
      if (holds(change.remove, id)) faults.impossible(at, "invalid");
      if (holds(seen, id)) faults.impossible(at, "duplicate");
      else if (!holds(held, id)) check_named(faults, words, id, at);
      seen.push_back(id);
      if (!holds(all, id)) all.push_back(id);
    }
    return all;
  }
  // ---- Files that a note carries [ACT-2]: those that its writer sees.
  void check_files(Faults& faults, const Id& user, const std::vector<Id>& ids) const {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string at = "/file_ids/" + std::to_string(i);
      const auto found = files.find(ids[i]);
      if (std::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids[i]) != ids.begin() + static_cast<std::ptrdiff_t>(i)) faults.impossible(at, "duplicate");
      else if (found == files.end() || found->second.is_deleted || !sees(user, found->second)) faults.impossible(at, "unknown_reference");
    }
  }
  // What hangs on nothing yet hangs where an open note does that carries it, from then on.
  void hang(const std::vector<Id>& ids, const Note& note) {
    File on;
    on.links = note.links;
    if (note.is_private || !on.hangs()) return;
    for (const Id& id : ids) {
      File& file = files.at(id);
      if (file.hangs()) continue;
      file.links = on.links;
      ++file.version;
    }
  }
  void check_source(Faults& faults, const Id& source, const std::string& pointer = "/source_id") const {
    if (source.empty()) return;
    if (!sources_on) return faults.not_now(pointer, "feature_off");
    check_named(faults, sources, source, pointer);
  }
  // While sources are off, they are not named at all, not even as null [DIC-1].
  void check_source_edit(Faults& faults, const std::optional<Id>& wish, const Id& held) const {
    if (!wish) return;
    if (!sources_on) faults.not_now("/source_id", "feature_off");
    else if (*wish != live(held)) check_source(faults, *wish);
  }
  void check_reason(Faults& faults, const Id& reason, const std::string& outcome) const {
    if (reason.empty()) {
      if (reason_required) faults.not_now("/reason_id", "reason_required");
      return;
    }
    const Reason& found = reasons.at(reason);
    if (found.is_deleted) faults.impossible("/reason_id", "unknown_reference");
    else if (found.outcome != outcome) faults.not_now("/reason_id", "reason_wrong_outcome");
    else if (found.is_archived) faults.impossible("/reason_id", "invalid");
  }
  // Of a JSON text.
  static bool is_blank(const std::string& text) { return text.starts_with('"') && text.find_first_not_of("\" ") == std::string::npos; }
  // Custom fields that something new needs [DIC-5].
  void check_custom(Faults& faults, const std::string& collection, const std::map<Id, std::string>& values, const std::string& at = "") const {
    for (const auto& [field, definition] : fields)
      if (definition.collection == collection && !definition.is_deleted && definition.is_required && (!values.contains(field) || is_blank(values.at(field))))
        faults.impossible(at + "/cf/" + definition.key, "required");
  }
  template <class T>
  static bool name_taken(const std::map<Id, T>& things, const std::string& name, const Id& self) {
    return std::ranges::any_of(things, [&](const auto& each) { return each.first != self && !each.second.is_deleted && key(each.second.name) == key(name); });
  }

  // Nobody is told of his own deeds, and nobody who is suspended.
  void tell(Notice notice) {
    std::erase_if(notice.to, [&](const Id& user) { return user == notice.by || users.at(user).is_suspended; });
    if (!notice.to.empty()) notices.push_back(std::move(notice));
  }
  // Whom the process names [PRC-2].
  void tell_of_action(const Id& user, const Id& id, const Deal& deal, const Action& action) {
    Notice notice{.deal = id, .by = user, .action = action.id, .to = {action.notify.users.begin(), action.notify.users.end()}};
    for (const auto& [who, each] : users)
      if (action.notify.roles.contains(each.role)) notice.to.insert(who);
    if (action.notify.owner) notice.to.insert(deal.owner);
    if (action.notify.participants) notice.to.insert(deal.participants.begin(), deal.participants.end());
    tell(std::move(notice));
  }

 private:
  bool sees_all(const Id& user) const { return users.at(user).role != "salesperson"; }
  // By a deal or a lead that it hangs on; what hangs on neither is everyone's.
  bool sees_through(const Id& user, const Links& links) const {
    return (links.deal.empty() && links.lead.empty()) || (!links.deal.empty() && sees(user, deals.at(links.deal))) ||
           (!links.lead.empty() && sees(user, leads.at(links.lead)));
  }
};

}  // namespace dealog::test::plain
