#pragma once
// Logs that could be: seeded random events of every type, built by hand and encoded, that keep the rules which the
// read models stand on (an object's fields are set in the order of time, rules of many objects hold when recorded).

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "domain/codec.h"
#include "domain/event.h"
#include "domain/fields.h"

namespace dealog::test {

struct Entry {
  Bytes bytes;
  Envelope envelope;
  std::optional<Fields> personal;     // nothing: none, or erased

  const fb::Record& record() const { return *trusted_record(bytes); }
  const Fields* opened() const { return personal ? &*personal : nullptr; }
};

inline Uuid numbered(std::uint32_t space, std::uint32_t number) {
  return derived_uuid("test", std::to_string(space) + "/" + std::to_string(number));
}

class HistoryMaker {
 public:
  explicit HistoryMaker(std::uint64_t seed) : random_(seed) {
    set_up();
  }

  std::vector<Entry> log;
  // Whether rules that change many objects (a source deleted, a stage removed) occur.
  bool with_rules = true;
  // Whether a deal's actions may be recorded in another order than that of time.
  bool deeds_out_of_order = true;

  void steps(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) step();
  }

  std::vector<Uuid> users, teams, sources, tags, companies, persons, processes;
  std::vector<Uuid> all_stages, lead_stages;

 private:
  struct Deal {
    Uuid id;
    std::size_t process = 0;
    bool is_open = true, is_deleted = false;
    Instant last, created, closed_at, before_closing;
    std::vector<Uuid> done;
  };
  struct Lead { Uuid id; bool is_active = true; Instant last; };
  struct Task { Uuid id; bool is_open = true, is_deleted = false; Instant last; };
  struct Process { std::vector<event::Stage> stages; std::uint32_t version = 0; };

  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool chance(int percent) { return below(100) < static_cast<std::uint32_t>(percent); }
  template <class T>
  const T& any(const std::vector<T>& from) { return from[below(from.size())]; }
  Uuid maybe(const std::vector<Uuid>& from) { return from.empty() || chance(30) ? Uuid{} : any(from); }
  static Value ref(const Uuid& id) { return id.is_nil() ? Value{} : Value{id}; }
  Uuid fresh() { return numbered(1, ++ids_); }

  // Between the object's last instant and now.
  Instant backdated(Instant not_before) {
    if (chance(50) || not_before >= now_) return now_;
    return Instant{not_before.ms + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(now_.ms - not_before.ms + 1))};
  }

  void add(ObjectRef object, Event event, Instant effective, std::optional<Fields> personal = std::nullopt) {
    Envelope envelope;
    envelope.position = log.size() + 1;
    envelope.object = object;
    envelope.version = ++versions_[object];
    envelope.recorded_at = now_;
    envelope.effective_at = effective;
    envelope.actor = users.empty() ? numbered(0, 0) : any(users);
    if (!users.empty() && chance(20)) envelope.performer = any(users);
    Sealed sealed;
    sealed.ciphertext = {1, 2, 3};
    Entry entry{encode(envelope, event, personal ? &sealed : nullptr), envelope, std::move(personal)};
    if (entry.personal && chance(5)) entry.personal.reset();  // erased
    log.push_back(std::move(entry));
    if (chance(70)) now_.ms += below(50'000'000);
  }

  std::vector<event::Stage> random_stages() {
    std::vector<event::Stage> stages;
    const std::uint32_t count = 3 + below(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      event::Stage stage{fresh(), "stage " + std::to_string(i), "", std::nullopt, {}};
      for (std::uint32_t j = 0; j < 1 + below(3); ++j) {
        event::Action action;
        action.id = fresh();
        action.name = "action";
        action.weight = below(40);
        stage.actions.push_back(action);
      }
      all_stages.push_back(stage.id);
      stages.push_back(std::move(stage));
    }
    return stages;
  }

  void set_up() {
    const Uuid account = numbered(0, 1);
    namespace a = field::account;
    add({Kind::account, account}, event::Created{{{a::name, std::string("Firm")}, {a::currency, std::string("PLN")},
        {a::time_zone, std::string("Europe/Warsaw")}, {a::sources_on, std::int64_t{1}}}}, now_);
    for (std::uint32_t i = 0; i < 4; ++i) {
      const Uuid team = fresh();
      add({Kind::team, team}, event::Created{{{field::team::name, "team " + std::to_string(i)},
          {field::team::parent_id, ref(maybe(teams))}}}, now_);
      teams.push_back(team);
    }
    for (std::uint32_t i = 0; i < 5; ++i) {
      const Uuid user = fresh();
      Fields fields{{field::user::role, std::int64_t{2}}};
      if (chance(80)) fields.push_back({field::user::team_ids, std::vector<Uuid>{any(teams)}});
      add({Kind::user, user}, event::Created{fields}, now_, Fields{{field::user::name, "user " + std::to_string(i)}});
      users.push_back(user);
    }
    for (std::uint32_t i = 0; i < 4; ++i) new_source();
    for (std::uint32_t i = 0; i < 3; ++i) new_tag();
    for (const CustomType type : {CustomType::number, CustomType::choice, CustomType::choices}) new_custom_field(type);
    for (std::uint32_t i = 0; i < 3; ++i) {
      lead_stages.push_back(fresh());
      add({Kind::lead_stage, lead_stages.back()}, event::Created{{{field::lead_stage::name, "lead stage " + std::to_string(i)},
          {field::lead_stage::position, std::int64_t{i}}}}, now_);
    }
    for (std::uint32_t i = 0; i < 2; ++i) {
      const Uuid process = fresh();
      processes.push_back(process);
      definitions_.emplace_back();
      add({Kind::process, process}, event::Created{{{field::process::name, "process " + std::to_string(i)},
          {field::process::is_default, std::int64_t{i == 0}}}}, now_);
      definitions_.back().stages = random_stages();
      define(i, {});
    }
  }

  void define(std::size_t process, std::vector<event::StageTarget> removed) {
    Process& p = definitions_[process];
    add({Kind::process, processes[process]}, event::ProcessDefined{++p.version, p.stages, std::move(removed)}, now_);
  }

  void new_source() {
    const Uuid source = fresh();
    sources.push_back(source);
    add({Kind::source, source}, event::Created{{{field::source::name, "source " + std::to_string(ids_)}}}, now_);
  }

  void new_tag() {
    const Uuid tag = fresh();
    tags.push_back(tag);
    add({Kind::tag, tag}, event::Created{{{field::word::name, "tag " + std::to_string(ids_)}}}, now_);
  }
  void new_custom_field(CustomType type) {
    namespace c = field::custom_field;
    Fields fields{{c::collection, std::int64_t{0}}, {c::key, "key" + std::to_string(static_cast<int>(type))}, {c::type, static_cast<std::int64_t>(type)},
                  {c::number, std::int64_t{custom_number(type, false, 0)}}};
    if (type != CustomType::number) fields.push_back({c::choices, words_});
    add({Kind::custom_field, fresh()}, event::Created{fields}, now_);
  }
  void set_custom(Fields& fields) {
    if (chance(30)) fields.push_back({custom_number(CustomType::number, false, 0), chance(20) ? Value{} : Value{std::int64_t{below(100)}}});
    if (chance(30)) fields.push_back({custom_number(CustomType::choice, false, 0), chance(20) ? Value{} : Value{any(words_)}});
    if (chance(30)) fields.push_back({custom_number(CustomType::choices, false, 0), chance(20) ? Value{} : Value{std::vector<std::string>{any(words_)}}});
  }
  std::vector<Uuid> some_tags() {
    std::vector<Uuid> some;
    for (const Uuid& tag : tags)
      if (chance(40)) some.push_back(tag);
    return some;
  }

  void new_deal() {
    namespace d = field::deal;
    Deal deal;
    deal.id = fresh();
    deal.process = below(processes.size());
    deal.created = deal.last = backdated(Instant{now_.ms - 100'000'000});
    const auto& stages = definitions_[deal.process].stages;
    Fields fields{{d::name, "deal " + std::to_string(ids_)}, {d::process_id, processes[deal.process]}, {d::stage_id, any(stages).id},
                  {d::owner_id, any(users)}, {d::currency, std::string("PLN")}, {d::company_id, ref(maybe(companies))},
                  {d::source_id, ref(maybe(sources))}};
    if (chance(70)) fields.push_back({d::value, std::int64_t{below(100000)}});
    if (chance(30) && !tags.empty()) fields.push_back({d::tags, some_tags()});
    set_custom(fields);
    if (chance(30)) fields.push_back({d::participant_ids, std::vector<Uuid>{any(users)}});
    std::optional<Fields> personal;
    if (chance(30)) personal = Fields{{d::description, std::string("words")}};
    add({Kind::deal, deal.id}, event::Created{fields}, deal.created, personal);
    deals_.push_back(std::move(deal));
  }

  std::vector<event::Line> random_lines() {
    std::vector<event::Line> lines(below(3));
    for (event::Line& line : lines) {
      line = {.id = fresh(), .product = chance(50) ? Uuid{} : numbered(2, below(3)), .name = chance(50) ? "thing" : "", .quantity = below(5000), .price = below(5000), .discount = below(10'000)};
      if (chance(50)) line.day = Day{static_cast<std::int32_t>(below(20000))};
      if (chance(30)) line.every_months = 1 + below(3), line.times = 1 + below(5);
      if (chance(40)) line.kind = event::AmountKind::realised;
    }
    return lines;
  }
  std::vector<event::Cost> random_costs() {
    std::vector<event::Cost> costs(below(3));
    for (event::Cost& cost : costs) cost = {fresh(), numbered(3, below(3)), below(5000), std::nullopt, chance(50) ? event::AmountKind::forecast : event::AmountKind::realised};
    return costs;
  }

  event::DealClosed closing(const Deal& deal) {
    const auto& stages = definitions_[deal.process].stages;
    event::DealClosed closed;
    closed.outcome = static_cast<std::uint8_t>(1 + below(3));
    closed.stage = any(stages).id;
    closed.furthest = any(stages).id;
    closed.credited_owner = any(users);
    closed.done_weight = below(50);
    closed.total_weight = 50 + below(50);
    closed.process_version = definitions_[deal.process].version;
    return closed;
  }
  std::optional<Fields> closing_note() {
    if (chance(60)) return std::nullopt;
    return Fields{{field::deal::close_note, chance(20) ? Value{} : Value{"note " + std::to_string(below(1000))}}};
  }

  void change_deal() {
    namespace d = field::deal;
    Deal& deal = deals_[below(deals_.size())];
    const ObjectRef object{Kind::deal, deal.id};
    const auto at = [&] { return deal.last = backdated(deal.last); };
    const auto& stages = definitions_[deal.process].stages;
    if (deal.is_deleted) {
      if (chance(50)) return;
      deal.is_deleted = false;
      deal.last = now_;
      return add(object, event::Restored{}, now_);
    }
    const std::uint32_t what = below(14);
    if (what >= 12) {
      deal.last = now_;
      return what == 12 ? add(object, event::DealLinesSet{random_lines()}, now_) : add(object, event::DealCostsSet{random_costs()}, now_);
    }
    if (what == 0) {
      deal.is_deleted = true;
      deal.last = now_;
      return add(object, event::Deleted{}, now_);
    }
    if (what <= 2) {
      Fields fields{{d::owner_id, any(users)}};
      if (chance(50)) fields.push_back({d::source_id, ref(maybe(sources))});
      if (chance(50)) fields.push_back({d::value, chance(30) ? Value{} : Value{std::int64_t{below(5000)}}});
      if (chance(30)) fields.push_back({d::participant_ids, chance(20) ? Value{} : Value{chance(20) ? std::vector<Uuid>{} : std::vector<Uuid>{any(users), any(users)}}});
      if (chance(30)) fields.push_back({d::name, "deal " + std::to_string(below(20))});
      if (chance(30)) fields.push_back({d::tags, chance(20) ? Value{} : Value{some_tags()}});
      set_custom(fields);
      deal.last = now_;
      return add(object, event::Edited{fields}, now_);
    }
    if (!deal.is_open) {
      if (what <= 5) {
        deal.is_open = true;
        return add(object, event::DealReopened{definitions_[deal.process].version}, at());
      }
      if (what <= 8) {
        const Instant replaced = deal.closed_at;
        deal.closed_at = deal.last = backdated(deal.before_closing);
        return add(object, event::DealCorrected{replaced, closing(deal)}, deal.closed_at, closing_note());
      }
      return;
    }
    if (what <= 5) {
      const event::Stage& stage = any(stages);
      return add(object, event::DealMoved{stage.id, any(stages).id}, at());
    }
    if (what <= 8) {
      const event::Stage& stage = any(stages);
      if (stage.actions.empty()) return;
      const Uuid action = any(stage.actions).id;
      const Instant when = deeds_out_of_order ? backdated(deal.created) : at();
      if (std::ranges::find(deal.done, action) != deal.done.end()) {
        std::erase(deal.done, action);
        return add(object, event::DealActionReopened{action}, when);
      }
      deal.done.push_back(action);
      return add(object, event::DealActionCompleted{action, {}}, when);
    }
    if (what == 9) {
      deal.process = below(processes.size());
      deal.last = now_;
      return add(object, event::DealProcessChanged{processes[deal.process], any(definitions_[deal.process].stages).id}, now_);
    }
    deal.before_closing = deal.last;
    deal.closed_at = at();
    deal.is_open = false;
    add(object, event::DealClosed(closing(deal)), deal.closed_at, closing_note());
  }

  void new_task() {
    namespace t = field::task;
    const Uuid id = fresh();
    const Instant when = backdated(Instant{now_.ms - 50'000'000});
    Fields fields{{t::name, std::string("call")}, {t::assignee_id, any(users)}};
    if (!deals_.empty() && chance(80)) fields.push_back({t::deal_id, any(deals_).id});
    if (chance(50)) fields.push_back({t::due_on, std::int64_t{below(20000)}});
    if (chance(30)) occur(fields, when);
    add({Kind::task, id}, event::Created{fields}, when);
    tasks_.push_back({id, true, false, when});
  }
  // As an occurrence of a series, a new one or one that is there.
  void occur(Fields& fields, Instant when) {
    namespace t = field::task;
    namespace s = field::series;
    if (series_.empty() || chance(40)) {
      series_.push_back(fresh());
      add({Kind::series, series_.back()}, event::Created{{{s::name, std::string("call")}, {s::assignee_id, any(users)}, {s::company_id, ref(maybe(companies))},
          {s::frequency, std::int64_t{below(5)}}, {s::starts_on, std::int64_t{below(20000)}}}}, when, Fields{{s::description, std::string("ask")}});
    } else if (chance(30)) {
      const ObjectRef series{Kind::series, any(series_)};
      if (chance(30)) add(series, event::Deleted{}, now_);
      else add(series, event::Edited{{{s::every, std::int64_t{1 + below(4)}}, {s::weekdays, chance(30) ? Value{} : Value{std::vector<std::string>{"monday"}}}}}, now_);
    }
    fields.push_back({t::series_id, any(series_)});
    fields.push_back({t::occurrence_on, std::int64_t{below(20000)}});
    fields.push_back({t::frequency, std::int64_t{below(5)}});
  }
  void change_task() {
    Task& task = tasks_[below(tasks_.size())];
    const ObjectRef object{Kind::task, task.id};
    const std::uint32_t what = below(6);
    if (task.is_deleted || what == 0) {
      task.last = now_;
      task.is_deleted = !task.is_deleted;
      return task.is_deleted ? add(object, event::Deleted{}, now_) : add(object, event::Restored{}, now_);
    }
    if (what <= 1 && !deals_.empty()) {
      task.last = now_;
      return add(object, event::Edited{{{field::task::deal_id, chance(20) ? Value{} : Value{any(deals_).id}}}}, now_);
    }
    task.last = backdated(task.last);
    task.is_open = !task.is_open;
    if (!task.is_open) return add(object, event::TaskCompleted{chance(50) ? any(users) : Uuid{}}, task.last);
    add(object, event::TaskReopened{}, task.last);
  }

  void new_lead() {
    namespace l = field::lead;
    const Uuid id = fresh();
    const Instant when = backdated(Instant{now_.ms - 80'000'000});
    Fields fields{{l::title, "lead " + std::to_string(ids_)}, {l::stage_id, any(lead_stages)}, {l::owner_id, any(users)},
                  {l::source_id, ref(maybe(sources))}, {l::is_repeat, std::int64_t{below(2)}}};
    if (chance(30)) fields.push_back({l::participant_ids, std::vector<Uuid>{any(users)}});
    add({Kind::lead, id}, event::Created{fields}, when, Fields{{l::raw_name, std::string("Jan")}, {l::raw_emails, std::vector<std::string>{"j@k"}}});
    leads_.push_back({id, true, when});
  }
  void change_lead() {
    namespace l = field::lead;
    Lead& lead = leads_[below(leads_.size())];
    const ObjectRef object{Kind::lead, lead.id};
    const std::uint32_t what = below(5);
    if (what == 0) {
      lead.last = now_;
      return add(object, event::Edited{{{l::source_id, ref(maybe(sources))}, {l::participant_ids, std::vector<Uuid>{any(users)}}}}, now_);
    }
    lead.last = backdated(lead.last);
    if (!lead.is_active) {
      lead.is_active = true;
      return add(object, event::LeadReopened{}, lead.last);
    }
    if (what <= 2) return add(object, event::LeadMoved{any(lead_stages), any(lead_stages)}, lead.last);
    lead.is_active = false;
    if (what == 3) return add(object, event::LeadLost{{}, any(users)}, lead.last, Fields{{l::close_note, std::string("no")}});
    add(object, event::LeadConverted{any(deals_).id, maybe(persons), maybe(companies), any(users)}, lead.last);
  }

  void new_card() {
    namespace s = field::scorecard;
    const Uuid id = fresh();
    Fields fields;
    if (chance(70)) fields.push_back({s::holder_user_id, any(users)});
    else fields.push_back({s::holder_team_id, any(teams)});
    fields.push_back({s::period_kind, std::int64_t{below(3)}});
    fields.push_back({s::period_start, std::int64_t{below(20000)}});
    add({Kind::scorecard, id}, event::Created{fields}, now_);
    add({Kind::scorecard, id}, event::ScorecardParametersSet{fresh(), random_parameters()}, now_);
    cards_.push_back(id);
  }
  std::vector<event::ScorecardParameter> random_parameters() {
    std::vector<event::ScorecardParameter> all(1 + below(3));
    for (event::ScorecardParameter& it : all) {
      it = {.id = fresh(), .kind = static_cast<std::uint8_t>(below(20)), .object = maybe(tags), .name = chance(50) ? "visits" : "", .unit = chance(50) ? "fairs" : "",
            .target = 1 + below(1000), .weight_bp = below(10'000)};
      if (chance(30)) it.counted_from = Day{static_cast<std::int32_t>(below(20000))};
      it.less_is_better = chance(30);
      it.is_active = chance(70);
    }
    return all;
  }
  void change_card() {
    const ObjectRef object{Kind::scorecard, any(cards_)};
    switch (below(7)) {
      case 6: return add(object, event::ScorecardSettled{}, now_);
      case 0: case 1: return add(object, event::ScorecardAdjusted{fresh(), chance(50), {{fresh(), std::int64_t{below(1000)} - 500}}}, now_);
      case 2: return add(object, event::ScorecardParametersSet{fresh(), random_parameters()}, now_);
      case 3: return add(object, event::Deleted{}, now_);
      case 4: return add(object, event::Restored{}, now_);
      default: {
        if (!with_rules) return;
        const Uuid user = any(users);
        return add({Kind::user, user}, event::ScorecardsDeleted{++card_deletions_[user], 1}, now_);
      }
    }
  }

  void merge() {
    const bool is_company = chance(50);
    std::vector<Uuid>& contacts = is_company ? companies : persons;
    const Kind kind = is_company ? Kind::company : Kind::person;
    if (contacts.size() < 2) return;
    const Uuid from = any(contacts);
    std::erase(contacts, from);
    const Uuid into = any(contacts);
    add({kind, into}, event::Merged{from, {}}, now_);
    add({kind, from}, event::Merged{{}, into}, now_);
  }

  void change_set_up() {
    if (with_rules && chance(30)) return merge();
    switch (below(with_rules ? 7 : 4)) {
      case 0: {
        std::vector<Uuid> in;
        for (const Uuid& team : teams)
          if (chance(40)) in.push_back(team);
        const Uuid user = any(users);
        Instant& last = user_last_[user];
        last = backdated(std::max(last, Instant{now_.ms - 500'000'000}));
        return add({Kind::user, user}, event::Edited{{{field::user::team_ids, in}}}, last);
      }
      case 1: {
        // Under one that came before it, so that there is no circle.
        const std::uint32_t team = 1 + below(teams.size() - 1);
        return add({Kind::team, teams[team]}, event::Edited{{{field::team::parent_id, chance(30) ? Value{} : Value{teams[below(team)]}}}}, now_);
      }
      case 2: {
        const std::uint32_t process = below(processes.size());
        for (event::Stage& stage : definitions_[process].stages)
          for (event::Action& action : stage.actions)
            if (chance(40)) action.weight = below(40);
        return define(process, {});
      }
      case 3: return add({Kind::process, processes[0]}, event::Edited{{{field::process::name, "process " + std::to_string(below(100))}}}, now_);
      case 4: {
        if (sources.size() < 2) return new_source();
        const Uuid source = any(sources);
        std::erase(sources, source);
        return add({Kind::source, source}, event::Deleted{}, now_);
      }
      case 5: {
        if (tags.size() < 2) return new_tag();
        const Uuid tag = any(tags);
        std::erase(tags, tag);
        return add({Kind::tag, tag}, event::Deleted{}, now_);
      }
      default: {
        const std::uint32_t process = below(processes.size());
        auto& stages = definitions_[process].stages;
        const event::Stage removed = stages[below(stages.size())];
        std::erase_if(stages, [&](const event::Stage& stage) { return stage.id == removed.id; });
        event::Stage added{fresh(), "new stage", "", 3u, {}};
        all_stages.push_back(added.id);
        stages.push_back(added);
        return define(process, {{removed.id, any(stages).id}});
      }
    }
  }

  void step() {
    const std::uint32_t what = below(100);
    if (deals_.empty() || what < 15) return new_deal();
    if (what < 59) return change_deal();
    if (leads_.empty() || what < 61) return new_lead();
    if (what < 65) return change_lead();
    if (tasks_.empty() || what < 70) return new_task();
    if (what < 78) return change_task();
    if (cards_.empty() || what < 79) return new_card();
    if (what < 80) return change_card();
    if (what < 84) {
      const Uuid note = fresh();
      return add({Kind::note, note}, event::Created{{{field::note::deal_id, any(deals_).id}}}, backdated(Instant{now_.ms - 90'000'000}),
                 Fields{{field::note::text, std::string("words ") + std::to_string(ids_)}});
    }
    if (what < 87) {
      const Uuid mail = fresh();
      const Instant sent = backdated(Instant{now_.ms - 90'000'000});
      return add({Kind::email, mail}, event::Created{{{field::email::message_id, std::string("m")}, {field::email::sent_at, sent.ms},
          {field::email::deal_id, any(deals_).id}}}, sent, Fields{{field::email::to, std::vector<std::string>{"a@b", ""}}});
    }
    if (what < 91) {
      const Uuid company = fresh();
      companies.push_back(company);
      return add({Kind::company, company}, event::Created{{{field::company::name, std::string("firm")}, {field::company::source_id, ref(maybe(sources))},
          {field::company::emails, std::vector<std::string>{"x@y", "z"}}}}, now_);
    }
    if (what < 94) {
      const Uuid person = fresh();
      persons.push_back(person);
      return add({Kind::person, person}, event::Created{{{field::person::source_id, ref(maybe(sources))}}}, now_,
                 Fields{{field::person::name, std::string("Jan")}});
    }
    change_set_up();
  }

  std::mt19937_64 random_;
  std::uint32_t ids_ = 0;
  Instant now_{1'700'000'000'000};
  std::map<ObjectRef, Version> versions_;
  std::map<Uuid, Instant> user_last_;
  std::vector<Process> definitions_;
  const std::vector<std::string> words_{"small", "large", "huge"};
  std::vector<Deal> deals_;
  std::vector<Task> tasks_;
  std::vector<Lead> leads_;
  std::vector<Uuid> cards_, series_;
  std::map<Uuid, std::uint32_t> card_deletions_;
};

}  // namespace dealog::test
