// Uploading and downloading over HTTP (SPEC ACT-2, ACT-4, PRC-2; API.md 3).

#include <fstream>
#include <thread>

#include "api/app.h"
#include "eventstore/backup.h"
#include "eventstore/file_keyring.h"
#include "eventstore/sha256.h"
#include "eventstore/stored_files.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"
#include "tests/support/server.h"

using namespace dealog;
using namespace dealog::test;

namespace {

constexpr std::size_t mib = 1u << 20;
const std::string form_type = "multipart/form-data; boundary=----b";

std::string file_part(const std::string& header, std::string_view content) {
  return "------b\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + std::string(content) + "\r\n";
}
std::string form(std::string_view content, const std::string& filename = "offer.pdf", const std::string& type = "application/pdf", const std::string& more = "") {
  return more + file_part("name=\"file\"; filename=\"" + filename + "\"\r\nContent-Type: " + type, content) + "------b--\r\n";
}
std::string links(const std::string& json) { return file_part("name=\"links\"", json); }
std::string on_deal(const std::string& deal) { return links("{\"deal_id\":\"" + deal + "\"}"); }

Answer upload_file(const Api& api, const std::string& body, const Headers& more = {}) {
  Headers headers{{"Content-Type", form_type}};
  headers.insert(headers.end(), more.begin(), more.end());
  return api.send("POST", "/v1/files", body, headers);
}
std::string uploaded(const Api& api, const std::string& body) {
  const Answer answer = upload_file(api, body);
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return "/v1/files/" + answer.text("/id");
}
std::string id_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::size_t files_on_disk(const test::Server& server) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(server.data() / "accounts" / "acme" / "files")) ++count;
  return count;
}

std::string hash_of(std::string_view text) {
  return eventstore::hex(eventstore::sha256({BytesView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())}));
}

}  // namespace

TEST_CASE("A file is uploaded once and downloaded with its bytes, name and type [ACT-4]", "[api][acceptance][files]") {
  test::Server server;
  const std::string whole("%PDF-1.7 \r\n--a\0b", 16);
  const Answer made = upload_file(server.admin(), form(whole, "Oferta „żółć” 1.pdf"));
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(made.header("Location") == "/v1/files/" + made.text("/id"));
  CHECK(made.text("/name") == "Oferta „żółć” 1.pdf");
  CHECK(made.text("/type") == "application/pdf");
  CHECK(made.number("/size") == 16);
  CHECK(made.text("/sha256") == hash_of(whole));
  CHECK(made.text("/created_by") == server.admin_id());
  CHECK(made.body.find("stored_as") == std::string::npos);

  const std::string path = "/v1/files/" + made.text("/id");
  CHECK(server.admin().get(path).text("/sha256") == hash_of(whole));
  const Answer got = server.admin().get(path + "/content");
  CHECK(got.status == 200);
  CHECK(got.body == whole);
  CHECK(got.header("Content-Length") == "16");
  CHECK(got.header("Content-Type") == "application/pdf");
  CHECK(got.header("Content-Disposition") ==
        "attachment; filename=\"Oferta ______ 1.pdf\"; filename*=UTF-8''Oferta%20%E2%80%9E%C5%BC%C3%B3%C5%82%C4%87%E2%80%9D%201.pdf");
  CHECK(got.header("X-Content-Type-Options") == "nosniff");
  CHECK(got.header("Cache-Control") == "private, no-cache");
  const Answer same = server.admin().get(path + "/content", {{"If-None-Match", got.header("ETag")}});
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(server.admin().send("HEAD", path + "/content", "").header("Content-Length") == "16");
  CHECK(server.admin().get(path + "/content?colour=red").status == 400);

  CHECK(server.admin().get("/v1/files?type=application/pdf&include=total").number("/page/total") == 1);
  CHECK(server.admin().get("/v1/files?stored_as=x").status == 400);
  const Answer history = server.admin().get(path + "/history");
  CHECK(history.text("/data/0/data/sha256") == hash_of(whole));
  CHECK(history.body.find("stored_as") == std::string::npos);
  server.restart();
  CHECK(server.admin().get(path + "/content").body == whole);
}

TEST_CASE("Only harmless types are told to browsers; all else is bytes [ACT-4]", "[api][acceptance][files]") {
  test::Server server;
  const auto given = [&](const std::string& type) {
    return server.admin().get(uploaded(server.admin(), form("<script>alert(1)</script>", "a", type)) + "/content").header("Content-Type");
  };
  CHECK(given("image/png") == "image/png");
  CHECK(given("Text/Plain; charset=latin1") == "text/plain; charset=utf-8");
  for (const char* type : {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript", "nonsense", ""}) {
    CAPTURE(type);
    CHECK(given(type) == "application/octet-stream");
  }
}

TEST_CASE("A file of many pieces comes back whole, at any length [ACT-4]", "[api][acceptance][files]") {
  test::Server server;
  for (const std::size_t size : {std::size_t{0}, std::size_t{65536}, 5 * mib + 3}) {
    CAPTURE(size);
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * i >> 7);
    const Answer got = server.admin().get(uploaded(server.admin(), form(content)) + "/content");
    CHECK(got.status == 200);
    CHECK((got.body == content));
  }
}

TEST_CASE("A file beyond the limit is 413; the limit of all other bodies stays [ACT-4][R13]", "[api][acceptance][files]") {
  test::Server server([](api::AppOptions& options) { options.file_limit = 2 * mib; });
  CHECK(upload_file(server.admin(), form(std::string(2 * mib, 'x'))).status == 201);
  const Answer one_more = upload_file(server.admin(), form(std::string(2 * mib + 1, 'x')));
  CHECK(one_more.status == 413);
  CHECK(one_more.code() == "payload_too_large");
  CHECK(upload_file(server.admin(), form(std::string(3 * mib, 'x'))).status == 413);
  CHECK(server.admin().send("POST", "/v1/companies", R"({"description":")" + std::string(2 * mib, 'x') + "\"}").status == 413);
  CHECK(files_on_disk(server) == 1);
  CHECK(server.admin().get("/v1/files?include=total").number("/page/total") == 1);
}

TEST_CASE("Who may not upload is told before his file is read [R13][ACC-7]", "[api][acceptance][files]") {
  test::Server server;
  const Person auditor = server.add_user("Aud", "auditor");
  for (const auto& [token, status] : {std::pair(std::string("dlg_acme_nonsense"), 401), std::pair(auditor.api.token(), 403)}) {
    CAPTURE(status);
    // Only the header is sent: the answer comes without the body.
    const std::string answer = raw_exchange(server.port(), "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Type: " + form_type +
                                                               "\r\nContent-Length: 20000000\r\n\r\n");
    CHECK(parse_answer(answer).status == status);
  }
  CHECK(upload_file(auditor.api, form("small")).status == 403);
  CHECK(upload_file(server.nobody(), form("small")).status == 401);
}

TEST_CASE("A form says all that is wrong with it, and nothing of it stays [GEN-10]", "[api][acceptance][files]") {
  test::Server server;
  const auto errors = [&](const std::string& body) { return upload_file(server.admin(), body).errors(); };
  using Errors = std::vector<std::string>;
  CHECK(errors(file_part("name=\"colour\"", "red") + "------b--") == Errors{"/colour unknown_field", "/file required"});
  CHECK(errors(file_part("name=\"file\"", "no name") + "------b--") == Errors{"/file wrong_type"});
  CHECK(errors(form("x", "a", "text/plain", form("y", "b").substr(0, form("y", "b").size() - 11))) == Errors{"/file duplicate"});
  CHECK(errors(form("x", "a", "text/plain", links("{"))).size() == 1);
  CHECK(errors(form("x", "a", "text/plain", links("{\"colour\":1}"))) == Errors{"/links/colour unknown_field"});
  CHECK(errors(form("x", "a", "text/plain", file_part("name=\"id\"", "7"))).size() == 1);
  CHECK(errors(form("x", "")) == Errors{"/name required"});
  CHECK(errors(form("x", std::string(256, 'n'))) == Errors{"/name too_long"});
  CHECK(errors(form("x", "a\xFF")) == Errors{"/name invalid"});
  CHECK(upload_file(server.admin(), form("x", "a", "text/plain", on_deal("0190a000-0000-4000-8000-00000000dead"))).status == 422);
  CHECK(upload_file(server.admin(), "no form").status == 400);
  CHECK(server.admin().post("/v1/files", {{"name", "a"}}).status == 415);
  CHECK(server.admin().post("/v1/files").status == 400);
  CHECK(files_on_disk(server) == 0);
  CHECK(uploaded(server.admin(), form("x", "C:\\temp\\report.txt")).size() > 10);
  CHECK(server.admin().get("/v1/files").text("/data/0/name") == "report.txt");
}

TEST_CASE("The same upload under one key, or one id, is one file [ACT-4][R7]", "[api][acceptance][files]") {
  test::Server server;
  const Headers once{{"Idempotency-Key", "once"}};
  const Answer first = upload_file(server.admin(), form("hello"), once);
  REQUIRE(first.status == 201);
  // Another boundary is the same request; other bytes are another.
  std::string again = form("hello");
  for (std::size_t at = 0; (at = again.find("----b", at)) != std::string::npos; at += 5) again.replace(at, 5, "++++c");
  const Answer second = server.admin().send("POST", "/v1/files", again, {{"Content-Type", "multipart/form-data; boundary=++++c"}, {"Idempotency-Key", "once"}});
  CHECK(second.status == 201);
  CHECK(second.header("Idempotent-Replayed") == "true");
  CHECK(second.text("/id") == first.text("/id"));
  CHECK(upload_file(server.admin(), form("other"), once).code() == "key_reused");
  CHECK(files_on_disk(server) == 1);

  const std::string id = file_part("name=\"id\"", "0190a000-0000-7000-8000-0000000000f1");
  CHECK(upload_file(server.admin(), form("hello", "a", "text/plain", id)).status == 201);
  CHECK(upload_file(server.admin(), form("hello", "a", "text/plain", id)).status == 200);
  CHECK(upload_file(server.admin(), form("other", "a", "text/plain", id)).code() == "id_taken");
  CHECK(files_on_disk(server) == 2);
  CHECK(server.admin().get("/v1/files/0190a000-0000-7000-8000-0000000000f1/content").body == "hello");
}

TEST_CASE("A file is seen by those who see what it hangs on; hanging on nothing, by its author [ACC-5]", "[api][acceptance][files][rights]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson"), aud = server.add_user("Aud", "auditor");
  const std::string deal = server.create("/v1/deals", {{"name", "D"}, {"owner_id", sam.id}});
  const std::string loose = uploaded(sam.api, form("loose")), hung = uploaded(sam.api, form("hung", "h", "text/plain", on_deal(deal)));
  for (const std::string& file : {loose, hung}) {
    CAPTURE(file);
    for (const char* what : {"", "/content", "/history", "/states"}) {
      CHECK(sam.api.get(file + what).status == 200);
      CHECK(aud.api.get(file + what).status == 200);
      CHECK(sue.api.get(file + what).status == 404);
    }
    CHECK(sue.api.remove(file).status == 404);
  }
  CHECK(sue.api.get("/v1/files?include=total").number("/page/total") == 0);
  CHECK(sam.api.get("/v1/files?include=total").number("/page/total") == 2);
  CHECK(sue.api.get("/v1/events?object=file").body.find(id_of(hung)) == std::string::npos);
  CHECK(upload_file(sue.api, form("x", "a", "text/plain", on_deal(deal))).status == 422);

  server.must_patch("/v1/deals/" + deal, {{"participant_ids", {sue.id}}});
  CHECK(sue.api.get(hung + "/content").body == "hung");
  CHECK(sue.api.get(loose).status == 404);
  // What the author hangs on a note of the deal, the deal's people see.
  const Answer note = sam.api.post("/v1/notes", {{"text", "See there"}, {"links", {{"deal_id", deal}}}, {"file_ids", {id_of(loose)}}});
  INFO(note.body);
  REQUIRE(note.status == 201);
  CHECK(note.text("/file_ids/0") == id_of(loose));
  CHECK(sue.api.get(loose + "/content").body == "loose");
  CHECK(sue.api.get(loose).text("/links/deal_id") == deal);
  CHECK(sue.api.get("/v1/files?include=total").number("/page/total") == 2);

  const std::string ala = server.create("/v1/persons", {{"name", "Ala"}});
  const std::string portrait = uploaded(server.admin(), form("png", "p.png", "image/png", links("{\"person_id\":\"" + ala + "\"}")));
  const Person tim = server.add_user("Tim", "salesperson");
  CHECK(tim.api.get(portrait + "/content").status == 200);
  CHECK(tim.api.get("/v1/files?include=total").number("/page/total") == 1);
  CHECK(tim.api.remove(portrait).status == 403);
  const Person other = server.add_account("beta");
  CHECK(other.api.get(portrait + "/content").status == 404);
}

TEST_CASE("Files of a space's note, and of one that is private no more, are there for its readers [ACT-2][ACC-5]", "[api][acceptance][files][rights]") {
  test::Server server;
  const Person sam = server.add_user("Sam", "salesperson"), sue = server.add_user("Sue", "salesperson");
  const std::string space = server.create("/v1/spaces", {{"name", "Office"}});
  const std::string plan = uploaded(sam.api, form("plan")), photo = uploaded(sam.api, form("photo", "p", "text/plain", links("{\"space_id\":\"" + space + "\"}")));
  CHECK(sue.api.get(plan).status == 404);
  CHECK(sue.api.get(photo + "/content").body == "photo");
  REQUIRE(sam.api.post("/v1/notes", {{"text", "See there"}, {"links", {{"space_id", space}}}, {"file_ids", {id_of(plan)}}}).status == 201);
  CHECK(sue.api.get(plan + "/content").body == "plan");
  CHECK(sue.api.get(plan).text("/links/space_id") == space);
  CHECK(sue.api.get("/v1/files?links.space_id=" + space + "&include=total").number("/page/total") == 2);

  const std::string deal = server.create("/v1/deals", {{"name", "D"}, {"owner_id", sam.id}, {"participant_ids", {sue.id}}}), draft = uploaded(sam.api, form("draft"));
  const Answer note = sam.api.post("/v1/notes", {{"text", "For me"}, {"is_private", true}, {"links", {{"deal_id", deal}}}, {"file_ids", {id_of(draft)}}});
  REQUIRE(note.status == 201);
  CHECK(sue.api.get(draft).status == 404);
  REQUIRE(sam.api.patch("/v1/notes/" + note.text("/id"), {{"is_private", false}}).status == 200);
  CHECK(sue.api.get(draft + "/content").body == "draft");
  // That it was shown is taken back, and so is the undo (DEA-9).
  for (const int status : {404, 200}) {
    REQUIRE(sam.api.post("/v1/undo", {{"last", true}}).status == 200);
    CHECK(sue.api.get(draft).status == status);
  }
}

TEST_CASE("A deleted file gives its bytes again when it is restored [GEN-5]", "[api][acceptance][files]") {
  test::Server server;
  const std::string file = uploaded(server.admin(), form("hello"));
  CHECK(server.admin().remove(file).status == 200);
  CHECK(server.admin().get(file + "/content").code() == "object_deleted");
  CHECK(server.admin().get("/v1/files?include=total").number("/page/total") == 0);
  server.restart();
  CHECK(server.admin().post(file + "/restore").status == 200);
  CHECK(server.admin().get(file + "/content").body == "hello");
}

TEST_CASE("An action that wants a note with a file is done with both [PRC-2]", "[api][acceptance][files]") {
  test::Server server;
  const Answer process = server.must_post("/v1/processes", {{"name", "P"}, {"stages", {{{"name", "S"}, {"actions", {{{"name", "Offer"}, {"weight", 1}, {"note", "note_with_file"}}}}}}}});
  const std::string deal = "/v1/deals/" + server.create("/v1/deals", {{"name", "D"}, {"process_id", process.text("/id")}});
  const std::string act = deal + "/actions/" + process.text("/stages/0/actions/0/id") + "/complete";
  CHECK(server.admin().post(act, {{"note", "Sent"}}).code() == "file_required");
  const std::string file = uploaded(server.admin(), form("the offer"));
  CHECK(server.admin().post(act, {{"file_ids", {id_of(file)}}}).code() == "note_required");
  const Answer done = server.admin().post(act, {{"note", "Sent"}, {"file_ids", {id_of(file)}}});
  INFO(done.body);
  CHECK(done.status == 200);
  CHECK(server.admin().get(deal + "/notes").text("/data/0/file_ids/0") == id_of(file));
  CHECK(server.admin().get(file).text("/links/deal_id") == id_of(deal));
}

TEST_CASE("Once its key is erased a file answers erased, and its bytes are gone from the disk and from backups [CON-3]", "[api][acceptance][files]") {
  test::Server server;
  const std::string file = uploaded(server.admin(), form("hello")), other = uploaded(server.admin(), form("stays"));
  const ObjectRef object{Kind::file, parse_uuid(id_of(file)).value()};
  const auto account = server.app().account("acme");
  const std::filesystem::path directory = server.data() / "accounts" / "acme";
  const auto erase = [&] {
    eventstore::FileKeyring keys(eventstore::posix_files(), directory / "keys", account->id());
    keys.erase(std::span(&object, 1));
  };
  SECTION("while it is open") {
    account->remove_erased_files(std::span(&object, 1));
    CHECK(files_on_disk(server) == 1);
    CHECK(server.admin().get(file + "/content").status == 503);   // gone without its key being erased: that is damage
    CHECK(server.admin().get(other + "/content").body == "stays");
  }
  SECTION("and what was left behind goes at the next opening") {
    server.stop();
    erase();
    CHECK(files_on_disk(server) == 2);
    server.start();
    const Answer gone = server.admin().get(file + "/content");
    CHECK(gone.status == 409);
    CHECK(gone.code() == "erased");
    CHECK(files_on_disk(server) == 1);
    CHECK(server.admin().get(file).at("/name").is_null());
    CHECK(upload_file(server.admin(), form("hello", "a", "text/plain", file_part("name=\"id\"", id_of(file)))).code() == "erased");
    CHECK(server.admin().get(other + "/content").body == "stays");
  }
}

TEST_CASE("A damaged file is never given out as if it were whole [R4]", "[api][acceptance][files]") {
  test::Server server;
  const std::string file = uploaded(server.admin(), form(std::string(mib, 'x')));
  const auto entry = *std::filesystem::directory_iterator(server.data() / "accounts" / "acme" / "files");
  const auto flip = [&](std::streamoff at) {
    std::fstream bytes(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(at);
    const int old = bytes.get();
    bytes.seekp(at);
    bytes.put(static_cast<char>(old ^ 1));
  };
  flip(900'000);
  const std::string cut = raw_exchange(server.port(), "GET " + file + "/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + server.admin().token() + "\r\n\r\n");
  CHECK(cut.find("Content-Length: 1048576\r\n") != std::string::npos);
  CHECK(parse_answer(cut).body.size() < 900'000);   // the connection ends before what was announced
  flip(900'000);
  flip(100);
  CHECK(server.admin().get(file + "/content").status == 503);
  flip(100);
  CHECK(server.admin().get(file + "/content").body.size() == mib);
}

TEST_CASE("What was stored for a command that never came is gone after a restart [R10]", "[api][acceptance][files]") {
  test::Server server;
  const std::string file = uploaded(server.admin(), form("hello"));
  const auto stored = server.app().account("acme")->stored_files().put(server.app().new_id(), Bytes{1, 2, 3});
  REQUIRE(stored);
  CHECK(files_on_disk(server) == 2);
  server.restart();
  CHECK(server.admin().get(file + "/content").body == "hello");
  CHECK(files_on_disk(server) == 1);
}

TEST_CASE("Only so many large bodies are held at once, and their places come back [R13]", "[api][acceptance][files]") {
  test::Server server;
  const std::string head = "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + server.admin().token() + "\r\nContent-Type: " + form_type + "\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n";
  {
    std::vector<std::unique_ptr<HttpClient>> slow;
    for (int i = 0; i < 8; ++i) {
      slow.push_back(std::make_unique<HttpClient>(server.port()));
      slow.back()->send(head);
      REQUIRE(slow.back()->readable_within(std::chrono::seconds(20)));   // 100 Continue: it has its place
    }
    CHECK(parse_answer(raw_exchange(server.port(), head)).status == 503);
    CHECK(upload_file(server.admin(), form("small")).status == 201);
  }
  // They left: their places are free as soon as the server has seen it.
  Answer large = upload_file(server.admin(), form(std::string(2 * mib, 'x')));
  while (large.status == 503) {
    std::this_thread::yield();
    large = upload_file(server.admin(), form(std::string(2 * mib, 'x')));
  }
  CHECK(large.status == 201);
}
