#pragma once
// Notes and spaces in the plain model, and deleting what salespeople have [SPEC 10].

#include "tests/api/plain_leads.h"

namespace dealog::test::plain {

class Activities : public Leads {
 public:
  // Own ones only. Twice is nothing [GEN-12].
  template <class T>
  Verdict set_deleted(const Id& user, std::map<Id, T>& things, const Id& id, bool deleted) {
    if (auto no = may_sell(user)) return *no;
    const auto found = things.find(id);
    if (found == things.end() || !sees(user, found->second)) return {404, {" not_found"}};
    if (!is_manager(user) && !is_own(user, found->second)) return {403, {" forbidden"}};
    if (was_merged(found->second)) return {409, {" already_merged"}};
    return flip(found->second, deleted);
  }

  // ---- Notes. The text of a private one is its author's alone [ACC-5].
  Verdict create_note(const Id& user, Ms now, const Id& id, const std::string& text, bool is_private, const Links& links, const std::vector<Id>& carried, std::optional<Ms> when) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, when);
    check_links(faults, user, links);
    check_files(faults, user, carried);
    if (faults.any()) return faults.verdict();
    Note& note = notes[id];
    born(note, user, at);
    note.text = text;
    note.is_private = is_private;
    note.links = links;
    note.files = carried;
    hang(carried, note);
    return {201, {}};
  }
  Verdict edit_note(const Id& user, const Id& id, const std::optional<std::string>& text, std::optional<bool> is_private, const std::optional<std::vector<Id>>& carried) {
    if (auto no = may_write(user, notes, id)) return *no;
    Note& note = notes.at(id);
    Faults faults;
    if (note.creator != user && text && note.is_private) faults.forbidden("/text");
    if (note.creator != user && is_private && (note.is_private || *is_private)) faults.forbidden("/is_private");
    if (note.creator != user && carried && note.is_private) faults.forbidden("/file_ids");
    if (faults.any()) return faults.verdict();
    if (text && note.is_erased) faults.not_now("/text", "erased");
    const bool carries_others = carried && !is_same_list(*carried, note.files);
    if (carries_others) check_files(faults, user, *carried);
    if (faults.any()) return faults.verdict();
    bool changed = false;
    const auto set = setter(changed);
    if (text) set(note.text, *text);
    if (is_private) set(note.is_private, *is_private);
    if (carries_others) set(note.files, *carried);
    if (changed) hang(note.files, note);   // one that was private until now lets go of what it carried
    note.version += changed ? 1 : 0;
    return {};
  }

  // ---- Spaces: made and edited by who sells.
  Verdict create_space(const Id& user, const Id& id, const std::string& name, const Id& owner) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    if (!owner.empty()) check_person(faults, owner, "/owner_id");
    if (faults.any()) return faults.verdict();
    Space& space = spaces[id];
    born(space, user, 0);
    space.name = name;
    space.owner = owner;
    return {201, {}};
  }
  Verdict edit_space(const Id& user, const Id& id, const std::optional<std::string>& name, const std::optional<Id>& owner) {
    if (auto no = may_write(user, spaces, id, false)) return *no;
    Space& space = spaces.at(id);
    Faults faults;
    if (owner && !owner->empty() && *owner != space.owner) check_person(faults, *owner, "/owner_id");
    if (owner && *owner != space.owner && !is_manager(user) && !is_own(user, space)) faults.forbidden("/owner_id");
    if (faults.any()) return faults.verdict();
    bool changed = false;
    const auto set = setter(changed);
    if (name) set(space.name, *name);
    if (owner) set(space.owner, *owner);
    space.version += changed ? 1 : 0;
    return {};
  }

 protected:
  // In whatever order.
  static bool is_same_list(std::vector<Id> a, std::vector<Id> b) {
    std::ranges::sort(a);
    std::ranges::sort(b);
    return a == b;
  }
  // Things hang on what their maker may write; on contacts and spaces everybody does.
  void check_links(Faults& faults, const Id& user, const Links& links) const {
    check_link(faults, user, deals, links.deal, "/links/deal_id");
    check_link(faults, user, leads, links.lead, "/links/lead_id");
    check_named(faults, companies, links.company, "/links/company_id");
    check_named(faults, persons, links.person, "/links/person_id");
    check_named(faults, spaces, links.space, "/links/space_id");
  }
  template <class T>
  void check_link(Faults& faults, const Id& user, const std::map<Id, T>& things, const Id& id, const std::string& pointer) const {
    if (id.empty()) return;
    const T& found = things.at(id);
    if (found.is_deleted || !sees(user, found)) faults.impossible(pointer, "unknown_reference");
    if (sees(user, found) && !is_manager(user) && !takes_part(user, found)) faults.forbidden(pointer);
  }
};

}  // namespace dealog::test::plain
