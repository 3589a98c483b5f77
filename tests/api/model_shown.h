#pragma once
// What the plain model says that an object looks like to a reader: the members that it knows.

#include <cmath>
#include <cstdio>

#include "tests/api/model_life.h"

namespace dealog::test::model {

inline std::string decimal(std::int64_t minor) {
  char text[40];
  std::snprintf(text, sizeof text, "%lld.%02lld", static_cast<long long>(minor / 100), static_cast<long long>(minor % 100));
  return text;
}
inline json::value id_or_null(const Id& id) { return id.empty() ? json::value(nullptr) : json::value(id); }
inline json::value text_or_null(const std::string& text) { return id_or_null(text); }
inline json::value money(std::int64_t minor, const std::string& currency = "PLN") { return {{"amount", decimal(minor)}, {"currency", currency}}; }
inline json::value money_or_null(std::optional<std::int64_t> minor, const std::string& currency = "PLN") { return minor ? money(*minor, currency) : json::value(nullptr); }
inline json::value time_or_null(std::optional<Ms> at) { return at ? json::value(to_string(Instant{*at})) : json::value(nullptr); }
inline json::value list(const std::vector<std::string>& texts) { return json::value_from(texts); }

inline json::object common(const plain::Thing& thing) {
  return {{"version", thing.version}, {"is_deleted", thing.is_deleted}, {"created_by", id_or_null(thing.creator)}, {"erased", thing.is_erased && thing.says_erased}};
}

// `collection`: where it is named, what has no value is null: an unanswered yes or no is not no [DIC-5].
inline json::object custom_of(const plain::Crm& crm, const std::map<Id, std::string>& values, const std::string& collection = "") {
  json::object custom;
  for (const auto& [field, definition] : crm.fields)
    if (definition.collection == collection && !definition.was_deleted && !values.contains(field)) custom[definition.key] = nullptr;
  for (const auto& [field, value] : values)
    if (!crm.fields.at(field).is_deleted) custom[crm.fields.at(field).key] = json::parse(value);
  return custom;
}

inline json::object shown(const plain::Crm& crm, const plain::Deal& deal, const Id&) {
  json::object all = common(deal);
  all["name"] = deal.name;
  all["status"] = deal.status;
  all["kind"] = deal.kind;
  all["currency"] = deal.currency;
  all["value"] = money_or_null(plain::Crm::value(deal), deal.currency);
  all["realised"] = money_or_null(plain::Crm::sum(deal.lines, true), deal.currency);
  all["owner_id"] = deal.owner;
  all["company_id"] = id_or_null(crm.stand_in(crm.companies, deal.company));
  all["person_id"] = id_or_null(crm.stand_in(crm.persons, deal.person));
  all["source_id"] = id_or_null(crm.live(deal.source));
  all["process_id"] = deal.process;
  all["stage_id"] = crm.stage_shown(deal);
  all["furthest_stage_id"] = crm.furthest_shown(deal);
  all["visibility"] = deal.is_public ? "public" : "private";
  all["participant_ids"] = list(deal.participants);
  all["groups"] = list(crm.live(crm.deal_groups, deal.groups));
  all["tags"] = list(crm.live(crm.tags, deal.tags));
  all["created_at"] = to_string(Instant{deal.created_at});
  all["closed_at"] = deal.closing ? json::value(to_string(Instant{deal.closing->at})) : json::value(nullptr);
  all["close_reason_id"] = deal.closing ? id_or_null(deal.closing->reason) : json::value(nullptr);
  all["cf"] = custom_of(crm, deal.custom, "deals");
  return all;
}
inline json::object shown(const plain::Crm& crm, const plain::Lead& lead, const Id&) {
  json::object all = common(lead);
  all["title"] = lead.title;
  all["status"] = lead.status;
  all["value"] = money_or_null(lead.value);
  all["owner_id"] = lead.owner;
  all["company_id"] = id_or_null(crm.stand_in(crm.companies, lead.company));
  all["person_id"] = id_or_null(crm.stand_in(crm.persons, lead.person));
  all["source_id"] = id_or_null(crm.live(lead.source));
  all["stage_id"] = lead.stage;
  all["furthest_stage_id"] = lead.furthest;
  all["participant_ids"] = list(lead.participants);
  all["tags"] = list(crm.live(crm.tags, lead.tags));
  all["is_repeat"] = lead.is_repeat;
  all["deal_id"] = id_or_null(lead.deal);
  all["created_at"] = to_string(Instant{lead.created_at});
  all["closed_at"] = time_or_null(lead.closed_at);
  all["raw"] = {{"name", text_or_null(lead.raw_name)}, {"company_name", text_or_null(lead.raw_company)}};
  all["legal_hold"] = !lead.hold.empty();
  all["converted_at"] = lead.status == "converted" ? time_or_null(lead.closed_at) : json::value(nullptr);
  all["close_reason_id"] = id_or_null(lead.reason);
  all["cf"] = custom_of(crm, lead.custom, "leads");
  return all;
}
inline json::object links(const plain::Crm& crm, const plain::Links& links) {
  return {{"deal_id", id_or_null(links.deal)}, {"lead_id", id_or_null(links.lead)}, {"company_id", id_or_null(crm.stand_in(crm.companies, links.company))},
          {"person_id", id_or_null(crm.stand_in(crm.persons, links.person))}, {"space_id", id_or_null(links.space)}};
}
inline json::object shown(const plain::Crm& crm, const plain::Task& task, const Id&) {
  json::object all = common(task);
  all["name"] = task.name;
  all["description"] = text_or_null(task.description);
  all["assignee_id"] = task.assignee;
  all["type_id"] = id_or_null(task.type);
  all["status"] = task.is_completed ? "completed" : "open";
  all["due_on"] = task.due ? json::value(plain::day_text(*task.due)) : json::value(nullptr);
  all["due_at"] = time_or_null(task.due_at);
  all["series_id"] = id_or_null(task.series);
  all["occurrence_on"] = task.series.empty() ? json::value(nullptr) : json::value(plain::day_text(task.occurrence));
  if (task.rule.frequency.empty()) all["recurrence"] = nullptr;
  else
    all["recurrence"] = {{"frequency", task.rule.frequency}, {"every", task.rule.every == 0 ? json::value(nullptr) : json::value(task.rule.every)}, {"weekdays", list(task.rule.weekdays)},
                         {"until", task.rule.until ? json::value(plain::day_text(*task.rule.until)) : json::value(nullptr)}, {"times", task.rule.times == 0 ? json::value(nullptr) : json::value(task.rule.times)}};
  all["links"] = links(crm, task.links);
  return all;
}
inline json::object shown(const plain::Crm& crm, const plain::Note& note, const Id& reader) {
  json::object all = common(note);
  const bool is_hidden = note.is_private && note.creator != reader;
  all["text"] = is_hidden ? json::value(nullptr) : text_or_null(note.text);
  all["file_ids"] = list(is_hidden ? std::vector<Id>() : note.files);
  all["legal_hold"] = !note.hold.empty();
  all["is_private"] = note.is_private;
  all["links"] = links(crm, note.links);
  return all;
}
inline json::object shown(const plain::Crm& crm, const plain::Contact& contact, const Id&) {
  json::object all = common(contact);
  all["name"] = text_or_null(contact.name);
  all["legal_hold"] = !contact.hold.empty();
  all["owner_id"] = id_or_null(contact.owner);
  all["source_id"] = id_or_null(crm.live(contact.source));
  all["phones"] = list(contact.phones);
  all["groups"] = list(crm.live(crm.contact_groups, contact.groups));
  all["tags"] = list(crm.live(crm.tags, contact.tags));
  if (!contact.company.empty()) all["company_id"] = id_or_null(crm.stand_in(crm.companies, contact.company));
  if (!contact.tax_id.empty()) all["tax_id"] = contact.tax_id;
  all["cf"] = custom_of(crm, contact.custom);
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Space& space, const Id&) {
  json::object all = common(space);
  all["name"] = space.name;
  all["owner_id"] = id_or_null(space.owner);
  return all;
}
inline json::object shown(const plain::Crm& crm, const plain::Email& email, const Id&) {
  json::object all = common(email);
  all["subject"] = text_or_null(email.subject);
  if (email.is_erased) all["from"] = nullptr;
  all["legal_hold"] = !email.hold.empty();
  all["sent_at"] = to_string(Instant{email.sent_at});
  all["links"] = links(crm, email.links);
  return all;
}
inline json::object shown(const plain::Crm& crm, const plain::File& file, const Id&) {
  json::object all = common(file);
  all["name"] = text_or_null(file.name);
  all["type"] = "text/plain";
  all["size"] = file.content.size();
  if (file.is_erased) all["sha256"] = nullptr;
  all["links"] = links(crm, file.links);
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Filter& filter, const Id&) {
  json::object all = common(filter);
  all["name"] = filter.name;
  all["collection"] = filter.collection;
  all["filter"] = json::parse(filter.tree);
  all["is_shared"] = filter.is_shared;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Card& card, const Id&) {
  json::object all = common(card);
  all["holder"] = {{"user_id", id_or_null(card.user)}, {"team_id", id_or_null(card.team)}};
  all["period"] = {{"kind", card.period.kind}, {"start", plain::day_text(card.period.start)}, {"end", plain::day_text(card.period.end)}};
  all["auto_duplicate"] = card.duplicates;
  all["settled_at"] = time_or_null(card.settled_at);
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Source& source, const Id&) {
  json::object all = common(source);
  all["name"] = source.name;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Word& word, const Id&) {
  json::object all = common(word);
  all["name"] = word.name;
  return all;
}
inline json::object shown(const plain::Crm& crm, const plain::Product& product, const Id&) {
  json::object all = common(product);
  all["name"] = product.name;
  all["is_archived"] = product.is_archived;
  all["category_id"] = id_or_null(crm.live(crm.product_categories, product.category));
  all["price"] = money_or_null(product.price);
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Reason& reason, const Id&) {
  json::object all = common(reason);
  all["name"] = reason.name;
  all["outcome"] = reason.outcome;
  all["is_archived"] = reason.is_archived;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Process& process, const Id&) {
  json::object all = common(process);
  all["name"] = process.name;
  all["is_default"] = process.is_default;
  all["is_archived"] = process.is_archived;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::LeadStage& stage, const Id&) {
  json::object all = common(stage);
  all["name"] = stage.name;
  all["position"] = stage.position;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Team& team, const Id&) {
  json::object all = common(team);
  all["name"] = team.name;
  all["parent_id"] = id_or_null(team.parent);
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Rate& rate, const Id&) {
  json::object all = common(rate);
  all["currency"] = rate.currency;
  all["day"] = rate.day;
  all["rate"] = rate.rate;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Field& field, const Id&) {
  json::object all = common(field);
  all["collection"] = field.collection;
  all["key"] = field.key;
  all["label"] = field.label;
  all["required"] = field.is_required;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::Token& token, const Id&) {
  json::object all = common(token);
  all["name"] = token.name;
  all["user_id"] = token.user;
  all["expires_at"] = time_or_null(token.expires_at);
  all["read_only"] = token.read_only;
  all["scopes"] = list(token.scopes);
  all["is_session"] = token.is_session;
  return all;
}
inline json::object shown(const plain::Crm&, const plain::User& user, const Id&) {
  json::object all{{"version", user.version}, {"role", user.role}, {"is_suspended", user.is_suspended}, {"team_ids", list(user.teams)}, {"erased", user.is_erased}};
  if (user.is_erased) all["name"] = all["email"] = nullptr;
  return all;
}

// The answer to a command shows the object as of its newest event: words that were deleted, and contacts
// that were merged, since then are seen to be so by those who look.
// What caused no event shows it with the process, and the deletions of all cards, of that event too (`was_idle`).
template <class T>
void leave_out_stale(const plain::Crm& crm, const T& thing, json::object& all, bool was_idle) {
  if (was_idle)
    for (const char* follows : {"stage_id", "furthest_stage_id", "is_deleted"}) all.erase(follows);
  if constexpr (requires { thing.source; })
    if (crm.live(thing.source) != thing.source) all.erase("source_id");
  if constexpr (requires { thing.tags; })
    if (crm.live(crm.tags, thing.tags) != thing.tags) all.erase("tags");
  if constexpr (requires { thing.groups; }) {
    const auto& words = std::is_same_v<T, plain::Deal> ? crm.deal_groups : crm.contact_groups;
    if (crm.live(words, thing.groups) != thing.groups) all.erase("groups");
  }
  if constexpr (requires { thing.category; })
    if (crm.live(crm.product_categories, thing.category) != thing.category) all.erase("category_id");
  if constexpr (requires { thing.company; })
    if (crm.stand_in(crm.companies, thing.company) != thing.company) all.erase("company_id");
  if constexpr (requires { thing.person; })
    if (crm.stand_in(crm.persons, thing.person) != thing.person) all.erase("person_id");
  if constexpr (requires { thing.links; })
    if (crm.stand_in(crm.companies, thing.links.company) != thing.links.company || crm.stand_in(crm.persons, thing.links.person) != thing.links.person) all.erase("links");
  if constexpr (requires { thing.custom; }) {
    for (const auto& [field, value] : thing.custom)
      if (crm.fields.at(field).was_deleted) all.erase("cf");
  }
}

// What cannot be said as one value.
template <class T>
void compare_more(const plain::Crm&, const T&, const json::value&) {}
inline void compare_more(const plain::Crm& crm, const plain::Deal& deal, const json::value& real) {
  REQUIRE(std::llround(real.at("progress").to_number<double>() * 100) == crm.progress(deal));
  REQUIRE(real.at("lines").as_array().size() == deal.lines.size());
  REQUIRE(real.at("costs").as_array().size() == deal.costs.size());
  if (deal.closing) return;
  std::set<Id> done, real_done;
  for (const plain::Done& each : deal.done)
    if (each.until == plain::never) done.insert(each.action);
  for (const json::value& each : real.at("done_actions").as_array()) real_done.emplace(each.at("action_id").as_string());
  REQUIRE(real_done == done);
}

inline void compare_more(const plain::Crm&, const plain::Process& process, const json::value& real) {
  const json::array& stages = real.at("stages").as_array();
  REQUIRE(stages.size() == process.stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const plain::Stage& stage = process.stages[i];
    INFO("stage " << stage.id << ": " << json::serialize(stages[i]));
    REQUIRE(stages[i].at("id") == json::value(stage.id));
    REQUIRE(stages[i].at("name") == json::value(stage.name));
    REQUIRE(stages[i].at("max_days") == (stage.max_days ? json::value(*stage.max_days) : json::value(nullptr)));
    const json::array& actions = stages[i].at("actions").as_array();
    REQUIRE(actions.size() == stage.actions.size());
    for (std::size_t j = 0; j < actions.size(); ++j) {
      const plain::Action& action = stage.actions[j];
      REQUIRE(actions[j].at("id") == json::value(action.id));
      REQUIRE(actions[j].at("name") == json::value(action.name));
      REQUIRE(actions[j].at("weight").to_number<int>() == action.weight);
      REQUIRE(actions[j].at("mandatory").as_bool() == action.is_mandatory);
      REQUIRE(actions[j].at("note") == json::value(action.needs_file ? "note_with_file" : action.needs_note ? "note" : "none"));
      REQUIRE((actions[j].at("performers") == json::value("everyone")) == action.roles.empty());
    }
  }
}

inline void compare_more(const plain::Crm&, const plain::Card& card, const json::value& real) {
  const json::array& shown = real.at("parameters").as_array();
  REQUIRE(shown.size() == card.parameters.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const plain::Parameter& it = card.parameters[i];
    const json::value &each = shown[i], &target = each.at("target");
    INFO("parameter " << i);
    REQUIRE(each.at("id") == json::value(it.id));
    REQUIRE(each.at("kind") == json::value(it.kind));
    REQUIRE(each.at("object_id") == id_or_null(it.object));
    REQUIRE((it.kind == "won_value" ? target == money(it.target * 100) : target.to_number<std::int64_t>() == it.target));
    REQUIRE(each.at("weight_bp").to_number<int>() == it.weight);
    REQUIRE(each.at("counted_from") == (it.counted_from ? json::value(plain::day_text(*it.counted_from)) : json::value(nullptr)));
    REQUIRE(each.at("less_is_better").as_bool() == it.less_is_better);
    REQUIRE(each.at("is_active").as_bool() == it.is_active);
    if (it.kind != "custom") continue;
    const auto value = card.values.find(it.id);
    REQUIRE(each.at("name") == json::value(it.name));
    REQUIRE(each.at("actual").to_number<int>() == (value == card.values.end() ? 0 : value->second));
  }
}

template <class T>
std::function<void(const json::value&)> Life::answers(const std::map<Id, T>& things, const Id& id) {
  return [this, &things, id, reader = user()](const json::value& answer) {
    const T& thing = things.at(id);
    json::object all = shown(crm, thing, reader);
    leave_out_stale(crm, thing, all, was_idle_);
    compare(all, answer);
    if (!was_idle_) compare_more(crm, thing, answer);
  };
}

template <class T>
void Life::look(const std::string& collection, const std::map<Id, T>& things) {
  const std::map<Id, json::value> all = all_of(collection);
  const Id reader = some_administrator();
  for (const auto& [id, thing] : things) {
    INFO(collection << " " << id);
    const auto listed = all.find(id);
    if (plain::Crm::was_merged(thing) || !crm.sees(reader, thing)) {   // out of lists
      REQUIRE(listed == all.end());
      continue;
    }
    REQUIRE(listed != all.end());
    compare(shown(crm, thing, reader), listed->second);
    compare_more(crm, thing, listed->second);
  }
}

}  // namespace dealog::test::model
