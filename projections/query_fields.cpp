#include "projections/query_fields.h"

#include <array>

#include "domain/event.h"
#include "projections/layout.h"

namespace dealog::projections {
namespace {

namespace f = field;

bool is_sortable(FieldType type) {
  switch (type) {
    case FieldType::texts: case FieldType::ref: case FieldType::refs: case FieldType::json: case FieldType::word:
    case FieldType::words: return false;
    default: return true;
  }
}

QueryField stored(const FieldSpec& spec, std::string_view name) {
  return {.name = std::string(name), .type = spec.type, .column = spec.number, .ref = spec.ref, .choices = spec.choices,
          .sortable = is_sortable(spec.type), .doc = std::string(spec.doc)};
}

QueryField team(std::string_view name, std::uint16_t person, std::uint16_t when, std::string_view doc) {
  return {.name = std::string(name), .type = FieldType::refs, .source = Source::team, .ref = Kind::team,
          .doc = std::string(doc), .person = person, .when = when};
}

QueryField without_product(std::string_view name, event::AmountKind amounts, std::string_view doc) {
  return {.name = std::string(name), .type = FieldType::boolean, .source = Source::without_product, .column = static_cast<std::uint16_t>(amounts),
          .doc = std::string(doc)};
}

std::vector<QueryField> fields_for(Kind kind) {
  std::vector<QueryField> all;
  all.push_back({.name = "id", .type = FieldType::ref, .source = Source::self, .ref = kind, .sortable = true});
  for (const FieldSpec& spec : fields_of(kind)) {
    if (spec.secret || spec.type == FieldType::json) continue;
    if (spec.number == f::is_deleted) {
      all.push_back({.name = "is_deleted", .type = FieldType::boolean, .source = Source::presence,
                     .doc = "needs deleted=include or only"});
      continue;
    }
    if (kind == Kind::deal && spec.number == f::deal::done_actions) continue;
    all.push_back(stored(spec, spec.name));
    if (kind == Kind::note && spec.number == f::note::text) all.back().sortable = false;   // an order would tell what private ones say
    if (kind == Kind::deal && spec.number == f::deal::value) all.back().source = Source::value;
    if (kind == Kind::deal && spec.number == f::deal::realised) all.back().source = Source::realised;
    constexpr std::string_view prefix = "links.";
    if (spec.name.starts_with(prefix)) {
      all.push_back(stored(spec, spec.name.substr(prefix.size())));
      all.back().doc = "the same as " + std::string(spec.name);
    }
  }
  switch (kind) {
    case Kind::deal:
      all.push_back({.name = "profit", .type = FieldType::money, .source = Source::profit, .sortable = true,
                     .doc = "of the forecast: value less costs"});
      all.push_back({.name = "product_id", .type = FieldType::refs, .source = Source::product, .ref = Kind::product, .doc = "a product of its lines"});
      all.push_back(without_product("without_product", event::AmountKind::forecast, "something of its forecast is of no product, or there is none"));
      all.push_back(without_product("realised_without_product", event::AmountKind::realised, "the same of what is realised"));
      all.push_back({.name = "weighted_value", .type = FieldType::money, .source = Source::weighted_value, .sortable = true,
                     .doc = "value times progress, rounded for each deal"});
      all.push_back({.name = "progress", .type = FieldType::percent, .source = Source::progress, .sortable = true,
                     .doc = "0 to 100; of a closed deal at its closing"});
      all.push_back({.name = "days_in_stage", .type = FieldType::integer, .source = Source::days_in_stage, .sortable = true,
                     .doc = "local midnights since the stage was entered; null for closed deals"});
      all.push_back({.name = "last_activity_at", .type = FieldType::instant, .column = derived::last_activity_at, .sortable = true,
                     .doc = "newest of its events, notes, e-mails and completed tasks"});
      all.push_back({.name = "has_open_task", .type = FieldType::boolean, .source = Source::has_open_task, .sortable = true});
      all.push_back({.name = "done_action_id", .type = FieldType::refs, .source = Source::done_action, .doc = "an action that is done"});
      all.push_back({.name = "visited_stage_id", .type = FieldType::refs, .source = Source::visited_stage, .doc = "a stage it was ever in"});
      all.push_back({.name = "performed_by", .type = FieldType::ref, .column = f::deal::closed_by, .ref = Kind::user,
                     .doc = "the same as closed_by"});
      all.push_back(team("team_id", f::deal::owner_id, 0, "team of the owner at as_of, teams above it included"));
      all.push_back(team("credited_team_id", f::deal::credited_owner_id, f::deal::closed_at, "team of the owner at closing"));
      all.push_back(team("created_team_id", f::created_by, f::created_at, "team of the creator at creation"));
      all.push_back(team("closed_team_id", f::deal::closed_by, f::deal::closed_at, "team of closed_by at closing"));
      break;
    case Kind::lead:
      all.push_back({.name = "days_in_stage", .type = FieldType::integer, .source = Source::days_in_stage, .sortable = true,
                     .doc = "local midnights since the stage was entered; null for closed leads"});
      all.push_back({.name = "visited_stage_id", .type = FieldType::refs, .source = Source::visited_stage, .ref = Kind::lead_stage,
                     .doc = "a stage it was ever in"});
      all.push_back({.name = "performed_by", .type = FieldType::ref, .column = f::lead::closed_by, .ref = Kind::user,
                     .doc = "the same as closed_by"});
      all.push_back(team("team_id", f::lead::owner_id, 0, "team of the owner at as_of, teams above it included"));
      all.push_back(team("credited_team_id", f::lead::credited_owner_id, f::lead::closed_at, "team of the owner when it was converted or lost"));
      all.push_back(team("created_team_id", f::created_by, f::created_at, "team of the creator at creation"));
      all.push_back(team("closed_team_id", f::lead::closed_by, f::lead::closed_at, "team of closed_by when it was converted or lost"));
      break;
    case Kind::task:
      all.push_back({.name = "due", .type = FieldType::day, .source = Source::due, .doc = "due_on, or the local day of due_at"});
      all.push_back({.name = "is_overdue", .type = FieldType::boolean, .source = Source::overdue});
      all.push_back(team("team_id", f::task::assignee_id, 0, "team of the assignee at as_of"));
      all.push_back(team("created_team_id", f::created_by, f::created_at, "team of the creator at creation"));
      all.push_back(team("completed_team_id", f::task::completed_by, f::task::completed_at, "team of completed_by at completion"));
      break;
    case Kind::series:
      all.push_back(team("team_id", f::series::assignee_id, 0, "team of the assignee at as_of"));
      all.push_back(team("created_team_id", f::created_by, f::created_at, "team of the creator at creation"));
      break;
    case Kind::company:
    case Kind::person:
      all.push_back(team("team_id", f::company::owner_id, 0, "team of the owner at as_of"));
      all.push_back(team("created_team_id", f::created_by, f::created_at, "team of the creator at creation"));
      break;
    case Kind::note:
    case Kind::file:
      all.push_back(team("created_team_id", f::created_by, f::created_at, "team of the author at creation"));
      break;
    case Kind::email:
      all.push_back(team("sent_team_id", f::created_by, f::email::sent_at, "team of who sent it, at sending"));
      break;
    case Kind::user:
      all.push_back({.name = "team_id", .type = FieldType::refs, .column = f::user::team_ids, .ref = Kind::team,
                     .doc = "the same as team_ids"});
      break;
    default: break;
  }
  return all;
}
static_assert(f::company::owner_id == f::person::owner_id);

std::vector<QueryLink> links_for(Kind kind) {
  std::vector<QueryLink> links;
  for (const FieldSpec& spec : fields_of(kind)) {
    if (spec.type != FieldType::ref || spec.ref == Kind::none) continue;
    std::string_view name = spec.name;
    if (name.starts_with("links.")) name.remove_prefix(6);
    if (name.ends_with("_id")) name.remove_suffix(3);
    links.push_back({name, spec.number, spec.ref});
  }
  return links;
}

template <class T, class Make>
std::array<T, kind_count> make_all(Make make) {
  std::array<T, kind_count> all;
  for (const Kind kind : all_kinds) all[index_of(kind)] = make(kind);
  return all;
}

}  // namespace

const std::vector<QueryField>& query_fields(Kind kind) {
  static const auto all = make_all<std::vector<QueryField>>(fields_for);
  return all[index_of(kind)];
}

std::optional<QueryField> find_query_field(const World& world, Kind kind, std::string_view name) {
  for (const QueryField& each : query_fields(kind))
    if (each.name == name) return each;
  constexpr std::string_view prefix = "cf.";
  if (!name.starts_with(prefix)) return std::nullopt;
  for (const CustomInfo& custom : world.custom_fields(kind))
    if (custom.key == name.substr(prefix.size())) {
      const FieldSpec& spec = *find_field(kind, custom.number);
      return QueryField{.name = std::string(name), .type = spec.type, .column = custom.number, .ref = spec.ref,
                        .sortable = is_sortable(spec.type), .doc = custom.label};
    }
  return std::nullopt;
}

const QueryLink* find_query_link(Kind kind, std::string_view name) {
  static const auto all = make_all<std::vector<QueryLink>>(links_for);
  for (const QueryLink& each : all[index_of(kind)])
    if (each.name == name) return &each;
  return nullptr;
}

std::vector<FilterField> filter_fields(Kind kind) {
  std::vector<FilterField> fields;
  for (const QueryField& each : query_fields(kind)) fields.push_back({each.name, each.type, each.sortable, each.doc});
  return fields;
}

}  // namespace dealog::projections
