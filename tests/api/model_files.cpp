// Random uploads, and what becomes of files [SPEC ACT-4].

#include "tests/api/model_areas.h"
#include "tests/api/model_shown.h"

namespace dealog::test::model {
namespace {

std::string part(const std::string& header, const std::string& content) { return "------b\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + content + "\r\n"; }

Deed upload(Life& l, const Id& id, const plain::File& file, const json::object& links) {
  const Id user = l.user();
  Deed made = deed("POST", "/v1/files", nullptr, [&l, user, id, file] { return l.crm.create_file(user, l.now(), id, file); }, l.answers(l.crm.files, id));
  made.form = part("name=\"id\"", id);
  if (!links.empty()) made.form += part("name=\"links\"", json::serialize(links));
  made.form += part("name=\"file\"; filename=\"" + file.name + "\"\r\nContent-Type: text/plain", file.content) + "------b--\r\n";
  made.in_bulk = false;
  made.can_be_undone = true;
  return made;
}
Deed upload_new(Life& l) {
  const Id id = l.next_id();
  plain::File file;
  file.name = "file " + std::to_string(l.below(4)) + ".txt";
  file.content = "The content of " + id;
  json::object links;
  const auto on = [&](const char* member, Id& link, const auto& things, int none_in) {
    if (l.once_in(none_in) && !(link = l.maybe(things, 10)).empty()) links[member] = link;
  };
  on("deal_id", file.links.deal, l.crm.deals, 4);
  on("lead_id", file.links.lead, l.crm.leads, 8);
  on("company_id", file.links.company, l.crm.companies, 8);
  on("person_id", file.links.person, l.crm.persons, 5);
  on("space_id", file.links.space, l.crm.spaces, 8);
  return upload(l, id, file, links);
}
// One that is there, or was: the same is no other; it may have been erased.
Deed upload_again(Life& l) {
  const Id id = l.any(l.crm.files);
  plain::File file;
  file.name = l.crm.files.at(id).name;
  file.content = l.crm.files.at(id).content;
  if (file.name.empty()) file.name = "erased.txt";
  if (l.once_in(3)) file.content += " and more";
  return upload(l, id, file, {});
}

}  // namespace

std::optional<Deed> any_file_deed(Life& l) {
  if (l.crm.files.size() < 3 || l.once_in(2)) return upload_new(l);
  if (l.once_in(4)) return upload_again(l);
  const Id id = l.any(l.crm.files), user = l.user();
  const bool deleted = l.once_in(2);
  Deed made = set_deleted("/v1/files/" + id, deleted, [&l, user, id, deleted] { return l.crm.set_deleted(user, l.crm.files, id, deleted); }, l.answers(l.crm.files, id));
  made.can_be_undone = true;
  made.in_bulk = false;
  return made;
}

// Their bytes too, as an administrator and as somebody else is told them.
void look_at_files(Life& l) {
  l.look("files", l.crm.files);
  const auto download = [&](const Id& user, const Id& id, const plain::File& file) {
    INFO("content of file " << id << " for " << user);
    const Answer answer = l.send(user, "GET", "/v1/files/" + id + "/content", nullptr);
    if (l.crm.users.at(user).is_suspended) {
      REQUIRE(answer.status == 401);
      return;
    }
    const Verdict verdict = l.crm.download(user, id);
    REQUIRE(answer.status == verdict.status);
    REQUIRE(answer.errors() == verdict.faults);
    if (!verdict.accepted()) return;
    REQUIRE(answer.body == file.content);
    REQUIRE(answer.header("Content-Disposition").find(file.name) != std::string::npos);
  };
  for (const auto& [id, file] : l.crm.files) {
    download(l.some_administrator(), id, file);
    download(l.doer(), id, file);
  }
}

}  // namespace dealog::test::model
