#pragma once
// E-mails, saved filters and requests for access in the plain model [SPEC ACT-3, ACC-5; API.md 1].

#include "tests/api/plain_cards.h"

namespace dealog::test::plain {

class Papers : public Cards {
 public:
  // The same message of the same sender is one; `kept`: which. To who may not see that one its id is taken.
  Verdict record_email(const Id& user, Ms now, const Id& id, const Email& wish, Id& kept) {
    if (auto no = may_sell(user)) return *no;
    Faults faults;
    const Ms at = moment(faults, now, wish.sent_at, "/sent_at");
    check_links(faults, user, wish.links);
    if (faults.any()) return faults.verdict();
    kept = id;
    if (const auto recorded = the_same(wish); recorded != emails.end()) {
      if (!sees(user, recorded->second)) return {409, {"/message_id id_taken"}};
      kept = recorded->first;
      return {};
    }
    Email& email = emails[id];
    email = wish;
    born(email, user, at);
    email.sent_at = at;
    return {201, {}};
  }

  // Seen by who made them, and by all when they are shared.
  Verdict create_filter(const Id& user, const Id& id, const Filter& wish) {
    if (auto no = may_sell(user)) return *no;
    Filter& filter = filters[id];
    filter = wish;
    born(filter, user, 0);
    return {201, {}};
  }
  Verdict edit_filter(const Id& user, const Id& id, const std::optional<std::string>& name, const std::optional<std::string>& tree, std::optional<bool> is_shared) {
    if (auto no = may_write(user, filters, id)) return *no;
    Filter& filter = filters.at(id);
    bool changed = false;
    const auto set = setter(changed);
    if (name) set(filter.name, *name);
    if (tree) set(filter.tree, *tree);
    if (is_shared) set(filter.is_shared, *is_shared);
    filter.version += changed ? 1 : 0;
    return {};
  }

  // Always accepted, so that it says nothing; told once a day, to those who can give access.
  Verdict request_access(const Id& user, Ms now, const Id& id) {
    constexpr Ms day = 86'400'000;
    User& asker = users.at(user);
    const auto last = asker.access_asked.find(id);
    if (last != asker.access_asked.end() && now - last->second < day) return {202, {}};
    asker.access_asked[id] = now;
    ++asker.version;
    const auto deal = deals.find(id);
    if (deal == deals.end() || deal->second.is_deleted || asker.role != "salesperson" || takes_part(user, deal->second)) return {202, {}};
    Notice notice{.deal = id, .by = user, .action = {}, .to = {}};
    for (const auto& [who, each] : users)
      if (is_manager(who) || (sells(who) && takes_part(who, deal->second))) notice.to.insert(who);
    tell(std::move(notice));
    return {202, {}};
  }

 private:
  // Of the same sender, else one whose sender was erased: recording it anew would bring him back [CON-3].
  std::map<Id, Email>::const_iterator the_same(const Email& wish) const {
    const auto exactly = std::ranges::find_if(emails, [&](const auto& each) { return each.second.message_id == wish.message_id && each.second.from == wish.from; });
    if (exactly != emails.end()) return exactly;
    return std::ranges::find_if(emails, [&](const auto& each) { return each.second.message_id == wish.message_id && each.second.is_erased; });
  }
};

}  // namespace dealog::test::plain
