// Random deeds on notes and spaces [SPEC 10].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

template <class T>
Deed deletion(Life& l, std::map<Id, T>& things, const std::string& collection) {
  const Id id = l.any(things), user = l.user();
  const bool deleted = l.once_in(2);
  const std::string target = "/v1/" + collection + "/" + id;
  return {.method = deleted ? "DELETE" : "POST", .target = deleted ? target : target + "/restore", .body = nullptr,
          .model = [&l, &things, user, id, deleted](const json::value&) { return l.crm.set_deleted(user, things, id, deleted); }, .compare = l.answers(things, id), .can_be_undone = true};
}

Deed on_note(Life& l) {
  const Id user = l.user();
  if (l.crm.notes.empty() || l.once_in(3)) {
    const Id id = l.next_id();
    const auto when = l.sometimes_past();
    const std::string text = "Note " + std::to_string(l.step());
    const bool is_private = l.once_in(4);
    json::object body = l.dated({{"id", id}, {"text", text}, {"is_private", is_private}}, when);
    const plain::Links links = l.any_links(body);
    const std::vector<Id> files = l.once_in(3) ? l.some(l.crm.files) : std::vector<Id>();
    if (!files.empty()) body["file_ids"] = list(files);
    return {.method = "POST", .target = "/v1/notes", .body = body,
            .model = [&l, user, id, text, is_private, links, files, when](const json::value&) { return l.crm.create_note(user, l.now(), id, text, is_private, links, files, when); },
            .compare = l.answers(l.crm.notes, id), .can_be_undone = true};
  }
  if (l.once_in(4)) return deletion(l, l.crm.notes, "notes");
  const Id id = l.any(l.crm.notes);
  json::object body;
  std::optional<std::string> text;
  std::optional<bool> is_private;
  if (!l.once_in(3)) body["text"] = *(text = "changed " + std::to_string(l.below(2)));
  if (l.once_in(3)) body["is_private"] = *(is_private = l.once_in(2));
  std::optional<std::vector<Id>> files;
  if (l.once_in(4)) body["file_ids"] = list(*(files = l.some(l.crm.files)));
  return {.method = "PATCH", .target = "/v1/notes/" + id, .body = body, .model = [&l, user, id, text, is_private, files](const json::value&) { return l.crm.edit_note(user, id, text, is_private, files); },
          .compare = l.answers(l.crm.notes, id), .can_be_undone = true};
}

Deed on_space(Life& l) {
  const Id user = l.user();
  if (l.crm.spaces.size() < 4 || l.once_in(4)) {
    const Id id = l.next_id(), owner = l.once_in(2) ? l.colleague() : Id();
    const std::string name = "Space " + std::to_string(l.below(3));
    json::object body{{"id", id}, {"name", name}};
    if (!owner.empty()) body["owner_id"] = owner;
    return {.method = "POST", .target = "/v1/spaces", .body = body, .model = [&l, user, id, name, owner](const json::value&) { return l.crm.create_space(user, id, name, owner); },
            .compare = l.answers(l.crm.spaces, id)};
  }
  if (l.once_in(3)) {
    Deed deed = deletion(l, l.crm.spaces, "spaces");
    deed.can_be_undone = false;
    return deed;
  }
  const Id id = l.any(l.crm.spaces);
  json::object body;
  std::optional<std::string> name;
  std::optional<Id> owner;
  if (l.once_in(2)) body["name"] = *(name = "Space " + std::to_string(l.below(3)));
  if (l.once_in(2)) body["owner_id"] = id_or_null(*(owner = l.once_in(4) ? Id() : l.colleague()));
  return {.method = "PATCH", .target = "/v1/spaces/" + id, .body = body, .model = [&l, user, id, name, owner](const json::value&) { return l.crm.edit_space(user, id, name, owner); },
          .compare = l.answers(l.crm.spaces, id)};
}

}  // namespace

std::optional<Deed> any_activity_deed(Life& l) {
  return l.once_in(4) ? on_space(l) : on_note(l);
}

void look_at_activities(Life& l) {
  l.look("notes", l.crm.notes);
  l.look("spaces", l.crm.spaces);
}

}  // namespace dealog::test::model
