#include "tools/generate_setup.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "domain/fields.h"
#include "tools/generate_names.h"
#include "tools/generate_random.h"

namespace dealog::tools {

namespace {

struct ActionPlan { std::string_view name; std::uint32_t weight; bool mandatory; event::NoteRule note; bool triggers; };
struct StagePlan { std::string_view name; std::uint32_t max_days; std::array<ActionPlan, 2> actions; };

using event::NoteRule;
constexpr StagePlan sales[] = {
    {"Zapytanie", 14, {{{"Kwalifikacja", 5, false, NoteRule::none, false}, {"Pierwszy kontakt", 10, false, NoteRule::none, false}}}},
    {"Rozpoznanie potrzeb", 21, {{{"Spotkanie", 15, false, NoteRule::note, false}, {"Opis potrzeb", 10, false, NoteRule::none, false}}}},
    {"Oferta", 30, {{{"Wysłanie oferty", 20, true, NoteRule::none, true}, {"Prezentacja", 10, false, NoteRule::none, false}}}},
    {"Negocjacje", 30, {{{"Uzgodnienie ceny", 15, false, NoteRule::none, false}, {"Zgoda zarządu", 5, false, NoteRule::none, false}}}},
    {"Umowa", 14, {{{"Wysłanie umowy", 5, false, NoteRule::none, false}, {"Podpis", 5, true, NoteRule::none, false}}}},
};
constexpr StagePlan renewals[] = {
    {"Do odnowienia", 30, {{{"Przypomnienie", 30, false, NoteRule::none, false}, {"Wykorzystanie", 10, false, NoteRule::none, false}}}},
    {"Rozmowa", 30, {{{"Warunki", 30, false, NoteRule::none, false}, {"Rabat", 10, false, NoteRule::none, false}}}},
    {"Potwierdzenie", 14, {{{"Zamówienie", 15, false, NoteRule::none, false}, {"Faktura", 5, false, NoteRule::none, false}}}},
};

// The second process takes the ids after the first one's.
std::vector<event::Stage> stages_of(const Story& story, std::span<const StagePlan> plans, std::uint64_t first) {
  std::vector<event::Stage> stages;
  for (std::size_t s = 0; s < plans.size(); ++s) {
    event::Stage stage{.id = Random::id(story.seed, stream::stage, first + s), .name = std::string(plans[s].name), .hint = {},
                       .max_days = plans[s].max_days, .actions = {}};
    for (std::size_t a = 0; a < 2; ++a) {
      const ActionPlan& plan = plans[s].actions[a];
      event::Action action{.id = Random::id(story.seed, stream::action, (first + s) * 2 + a), .name = std::string(plan.name)};
      action.weight = plan.weight;
      action.mandatory = plan.mandatory && !story.plain;
      action.note = story.plain ? NoteRule::none : plan.note;
      if (plan.triggers && !story.plain)
        action.trigger = event::Trigger{.name = "Sprawdzić odpowiedź: " + std::string(plan.name), .task_type = "call", .due_in_days = 30};
      stage.actions.push_back(std::move(action));
    }
    stages.push_back(std::move(stage));
  }
  return stages;
}

constexpr std::string_view source_names[] = {"Polecenie", "Strona WWW", "Targi", "Telefon", "LinkedIn", "Partner", "Mailing", "Reklama"};
constexpr std::string_view won_words[] = {"Najlepsza oferta", "Zaufanie do firmy", "Termin"};
constexpr std::string_view lost_words[] = {"Cena", "Konkurencja", "Brak budżetu", "Brak decyzji", "Termin"};
constexpr std::string_view obsolete_words[] = {"Dubel", "Klient zrezygnował z projektu"};
constexpr std::string_view team_names[] = {"Sprzedaż", "Północ", "Południe", "Kluczowi klienci"};

std::vector<Uuid> ids(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::uint64_t count) {
  std::vector<Uuid> made(count);
  for (std::uint64_t i = 0; i < count; ++i) made[i] = Random::id(seed, stream, first + i);
  return made;
}

class Setup {
 public:
  Setup(const Story& story, const std::function<void(Step&&)>& listen)
      : story_(story), listen_(listen), at_{story.from.ms - 86'400'000} {}

  void create(Kind kind, const Uuid& id, Fields fields, std::vector<event::Stage> stages = {}) {
    command::Create create{.object = {kind, id}, .fields = std::move(fields)};
    create.stages = std::move(stages);
    at_.ms += 1000;
    listen_(Step{.command = std::move(create), .actor = story_.admin, .at = at_});
  }
  void edit(Kind kind, const Uuid& id, Fields fields) {
    at_.ms += 1000;
    listen_(Step{.command = command::Edit{.object = {kind, id}, .fields = std::move(fields)}, .actor = story_.admin, .at = at_});
  }

 private:
  const Story& story_;
  const std::function<void(Step&&)>& listen_;
  Instant at_;
};

Fields named(std::uint16_t field, std::string_view name) { return {{field, std::string(name)}}; }

}  // namespace

Uuid Cast::deal(std::uint64_t index) const { return Random::id(seed, stream::deal, index); }

// The first salespeople have more deals than the last.
std::uint64_t Cast::owner_of(std::uint64_t deal) const {
  Random random(seed, stream::owner, deal);
  return std::min(random.below(salespeople.size()), random.below(salespeople.size()));
}

Cast cast_of(const Story& story) {
  Cast cast{.seed = story.seed};
  const std::uint64_t people = story.plain ? 50 : std::clamp<std::uint64_t>(story.deals / 250, 4, 16);
  cast.managers = ids(story.seed, stream::user, 0, 2);
  cast.salespeople = ids(story.seed, stream::user, 2, people);
  cast.teams = ids(story.seed, stream::team, 0, std::size(team_names));
  cast.sources = ids(story.seed, stream::source, 0, std::size(source_names));
  cast.companies = ids(story.seed, stream::company, 0, std::max<std::uint64_t>(story.deals / (story.plain ? 20 : 3), 1));
  cast.persons = ids(story.seed, stream::person, 0, std::max<std::uint64_t>(story.deals / (story.plain ? 20 : 2), 1));
  cast.won_reasons = ids(story.seed, stream::reason, 0, std::size(won_words));
  cast.lost_reasons = ids(story.seed, stream::reason, 100, std::size(lost_words));
  cast.obsolete_reasons = ids(story.seed, stream::reason, 200, std::size(obsolete_words));
  cast.process = Random::id(story.seed, stream::process, 0);
  cast.stages = ids(story.seed, stream::stage, 0, std::size(sales));
  cast.actions = ids(story.seed, stream::action, 0, 2 * std::size(sales));
  for (std::size_t action = 0; action < cast.actions.size(); ++action) cast.action_stage.push_back(action / 2);
  if (!story.plain) {
    cast.second_process = Random::id(story.seed, stream::process, 1);
    cast.second_stages = ids(story.seed, stream::stage, std::size(sales), std::size(renewals));
  }
  return cast;
}

void tell_setup(const Story& story, const Cast& cast, const std::function<void(Step&&)>& listen) {
  Setup setup(story, listen);
  if (!story.account.is_nil())
    setup.edit(Kind::account, story.account,
               {{field::account::sources_on, std::int64_t{1}}, {field::account::source_inheritance_on, std::int64_t{1}}});
  for (std::size_t i = 0; i < cast.teams.size(); ++i) {
    Fields fields = named(field::team::name, team_names[i]);
    if (i > 0) fields.push_back({field::team::parent_id, cast.teams[0]});
    setup.create(Kind::team, cast.teams[i], std::move(fields));
  }

  const auto add_user = [&](const Uuid& id, std::uint64_t index, Role role, const Uuid& team) {
    Random random(story.seed, stream::text, index);
    const names::Person person = names::person(random);
    setup.create(Kind::user, id,
                 {{field::user::name, person.first + " " + person.last},
                  {field::user::email, names::slug(person.first) + "." + names::slug(person.last) + std::to_string(index + 1) + "@example.com"},
                  {field::user::role, static_cast<std::int64_t>(role)},
                  {field::user::team_ids, std::vector<Uuid>{team}}});
  };
  for (std::size_t i = 0; i < cast.managers.size(); ++i) add_user(cast.managers[i], i, Role::manager, cast.teams[0]);
  for (std::size_t i = 0; i < cast.salespeople.size(); ++i)
    add_user(cast.salespeople[i], 2 + i, Role::salesperson, cast.teams[1 + i % (cast.teams.size() - 1)]);

  for (std::size_t i = 0; i < cast.sources.size() && !story.account.is_nil(); ++i)
    setup.create(Kind::source, cast.sources[i], named(field::source::name, source_names[i]));
  const auto add_reasons = [&](const std::vector<Uuid>& reasons, std::span<const std::string_view> words, Status outcome) {
    for (std::size_t i = 0; i < reasons.size(); ++i) {
      Fields fields = named(field::close_reason::name, words[i]);
      fields.push_back({field::close_reason::outcome, static_cast<std::int64_t>(outcome)});
      setup.create(Kind::close_reason, reasons[i], std::move(fields));
    }
  };
  add_reasons(cast.won_reasons, won_words, Status::won);
  add_reasons(cast.lost_reasons, lost_words, Status::lost);
  add_reasons(cast.obsolete_reasons, obsolete_words, Status::obsolete);

  Fields process = named(field::process::name, "Sprzedaż");
  process.push_back({field::process::is_default, std::int64_t{1}});
  setup.create(Kind::process, cast.process, std::move(process), stages_of(story, sales, 0));
  if (!cast.second_process.is_nil())
    setup.create(Kind::process, cast.second_process, named(field::process::name, "Odnowienia"),
                 stages_of(story, renewals, std::size(sales)));
}

}  // namespace dealog::tools
