// What happened around an object, newest first (SPEC CON-4): its notes, tasks and e-mails, and what changed about itself.

#include <algorithm>
#include <array>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/export.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "projections/list.h"

namespace dealog::api {
namespace {

using projections::no_row;
using projections::Row;

// A change of the object itself, or a linked object at one of its times.
struct Item {
  Instant at{};
  std::string_view type{};     // note, email, task_planned, task_completed, change
  Uuid by{};
  Kind kind = Kind::none;      // of a linked object
  Row row = no_row;
  std::string event = {};      // of a change: "deal.moved"
  Position position = 0;
  std::vector<std::string_view> fields = {};  // of a change: what an edit set
};

struct Link { Kind kind; std::uint16_t to_company, to_person, to_deal, to_lead, to_space; };   // 0: no such link
constexpr Link links[] = {
    {Kind::note, field::note::company_id, field::note::person_id, field::note::deal_id, field::note::lead_id, field::note::space_id},
    {Kind::task, field::task::company_id, field::task::person_id, field::task::deal_id, field::task::lead_id, field::task::space_id},
    {Kind::email, field::email::company_id, field::email::person_id, field::email::deal_id, field::email::lead_id, 0},
};
std::uint16_t column_to(const Link& link, Kind kind) {
  switch (kind) {
    case Kind::company: return link.to_company;
    case Kind::person: return link.to_person;
    case Kind::deal: return link.to_deal;
    case Kind::space: return link.to_space;
    default: return link.to_lead;
  }
}

// Fields whose edits matter to who looks after the object; the others are in its history.
constexpr std::string_view key_fields[] = {"name", "title", "owner_id", "company_id", "person_id", "source_id", "value", "expected_close_on", "participant_ids"};

std::string_view name_of(Kind kind) { return kind == Kind::task ? std::string_view("task_planned") : name(kind); }

void add_linked(const projections::Ground& ground, Kind kind, const Uuid& id, std::vector<Item>& items) {
  for (const Link& link : links) {
    if (column_to(link, kind) == 0) continue;
    const std::string name(find_field(link.kind, column_to(link, kind))->name);
    projections::Faults none;
    const projections::Selection selection(ground, link.kind, {{name, to_string(id)}}, none);
    const projections::Table& table = selection.table();
    selection.for_each_chunk([&](std::size_t chunk, const std::uint16_t* indexes, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        const Row row = static_cast<Row>((chunk << projections::chunk_bits) + indexes[i]);
        const auto person = [&](std::uint16_t column) { return ground.world->id(table.handles(column)[row]); };
        Item item{.at = Instant{table.numbers(field::created_at)[row]}, .type = name_of(link.kind), .by = person(field::created_by), .kind = link.kind, .row = row};
        items.push_back(item);
        if (link.kind != Kind::task) continue;
        const std::int64_t completed = table.numbers(field::task::completed_at)[row];
        if (completed == projections::null_number) continue;
        item.at = Instant{completed};
        item.type = "task_completed";
        item.by = person(field::task::completed_by);
        items.push_back(item);
      }
    });
  }
}

void add_changes(const Account& account, const projections::Ground& ground, ObjectRef object, std::vector<Item>& items) {
  const projections::Moment moment = ground.world->moment();
  const Position known_at = std::min(moment.known_at, ground.world->position());
  account.log().read_object(object, UINT32_MAX, [&](const eventstore::StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    if (around.position > known_at) return false;
    if (around.effective_at > moment.as_of) return true;
    Item item{.at = around.effective_at, .type = "change", .by = around.performer.is_nil() ? around.actor : around.performer,
              .event = event_type(stored.record), .position = around.position};
    const Event event = event_of(stored.record);
    if (const auto* edited = std::get_if<event::Edited>(&event)) {
      for (const FieldChange& change : edited->fields) {
        const FieldSpec* spec = find_field(object.kind, change.field);
        if (spec && std::ranges::find(key_fields, spec->name) != std::end(key_fields)) item.fields.push_back(spec->name);
      }
      if (item.fields.empty()) return true;
    }
    items.push_back(std::move(item));
    return true;
  });
}

Response timeline(const Call& call, const Question& question, Kind kind, const Uuid& id) {
  const Row there = question.live->row(kind, id);
  if (there == no_row || !may_see(*question.live, question.asked.reader, kind, there)) return problem(Problem::not_found);
  projections::Faults found;
  const projections::PageRequest page =
      projections::read_page("timeline/" + std::string(plural(kind)) + "/" + to_string(id), question.asked, *question.world, question.parameters, found);
  Faults faults;
  add_faults(found, faults);
  for (const auto& [name, value] : page.filters) faults.unknown_parameter(name);
  if (!page.sort.empty()) faults.unknown_parameter("sort");
  if (!faults.empty()) return problem(faults);

  const projections::Ground ground = projections::ground_of(page, question.world, question.asked);
  if (ground.world->table(kind).presence()[there] == 0) return problem(Problem::not_found);
  std::vector<Item> items;
  add_linked(ground, kind, id, items);
  add_changes(*call.principal->account, ground, {kind, id}, items);
  // Newest first; what is of the same moment in a fixed order.
  std::ranges::sort(items, [](const Item& a, const Item& b) {
    return std::tie(b.at, b.position, b.kind, b.row, b.type) < std::tie(a.at, a.position, a.kind, a.row, a.type);
  });

  const std::size_t first = page.cursor ? std::size_t{page.cursor->last} + 1 : 0;
  const std::size_t end = std::min(items.size(), first + page.limit);
  const SetUp setting = set_up(*ground.world);
  JsonWriter json;
  json.object().key("data").array();
  for (std::size_t i = std::min(first, end); i < end; ++i) {
    const Item& item = items[i];
    json.object().field("at", item.at).field("type", item.type).field("by", item.by);
    if (item.kind != Kind::none) {
      json.key("object");
      const View view = ground.world->view(item.kind, item.row);
      write_object(json, view, setting, eyes_on(*question.live, question.asked.reader.user, view.object), std::nullopt);
    } else {
      json.field("event", item.event).field("position", item.position);
      if (!item.fields.empty()) {
        json.key("fields").array();
        for (const std::string_view name : item.fields) json.value(name);
        json.end();
      }
    }
    json.end();
  }
  std::optional<std::string> next;
  if (end < items.size()) next = projections::cursor_after(page, ground, static_cast<Row>(end - 1));
  json.end().key("page").object().field("next_cursor", next).field("has_more", next.has_value());
  if (page.with_total) json.field("total", items.size());
  json.end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> show_timeline(Call& call, Kind kind) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  std::function<Response(const Question&)> answer = [&call, kind, id](const Question& question) { return timeline(call, question, kind, *id); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

SchemaMaker timeline_schema() {
  return json_schema("Timeline", R"({"type":"object","required":["data","page"],"properties":{
    "data":{"type":"array","items":{"type":"object","required":["at","type","by"],"properties":{
      "at":{"type":"string","format":"date-time"},"type":{"type":"string","enum":["note","email","task_planned","task_completed","change"]},
      "by":{"type":["string","null"],"format":"uuid"},"object":{"type":"object"},"event":{"type":"string"},"position":{"type":"integer"},
      "fields":{"type":"array","items":{"type":"string"}}}}},
    "page":{"type":"object","required":["next_cursor","has_more"],"properties":{
      "next_cursor":{"type":["string","null"]},"has_more":{"type":"boolean"},"total":{"type":"integer"}}}}})");
}

}  // namespace

void add_timeline_routes(Routes& routes) {
  struct Resource { Kind kind; const char* singular; };
  for (const Resource& shown : {Resource{Kind::company, "Company"}, Resource{Kind::person, "Person"}, Resource{Kind::deal, "Deal"}, Resource{Kind::lead, "Lead"},
                               Resource{Kind::space, "Space"}}) {
    const Kind kind = shown.kind;
    const std::string many(plural(kind));
    routes.add(exported({.method = Method::get, .path = "/v1/" + many + "/{id}/timeline", .operation_id = std::string("get") + shown.singular + "Timeline", .tag = many,
                .summary = "Notes, tasks, e-mails and key changes, newest first", .shape = Shape::list,
                .answers = {{200, "One page", timeline_schema()}}, .problems = {404},
                .handler = [kind](Call& call) { return show_timeline(call, kind); }}));
  }
}

}  // namespace dealog::api
