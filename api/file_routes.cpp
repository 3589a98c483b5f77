// Uploaded files (SPEC ACT-4): POST /v1/files takes a form, GET .../content gives the bytes back. Listing, showing,
// deleting and restoring are those of every kind (object_routes.cpp).

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "api/app.h"
#include "api/ask.h"
#include "api/create.h"
#include "api/decode.h"
#include "api/etag.h"
#include "api/execute.h"
#include "api/mailbox.h"
#include "api/multipart.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"
#include "eventstore/sha256.h"
#include "eventstore/stored_files.h"

namespace dealog::api {
namespace {

namespace f = field::file;
using eventstore::StoredFiles;

constexpr std::string_view unknown_type = "application/octet-stream";

// What browsers may be told that a file is: nothing that could run as a page of this site. All are downloads anyway.
constexpr std::string_view harmless[] = {
    "application/json", "application/msword", "application/pdf", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip", "audio/mpeg", "image/gif", "image/jpeg",
    "image/png", "image/tiff", "image/webp", "text/csv", "text/plain", "video/mp4"};

BytesView bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// Some clients send the whole path.
std::string last_part(std::string_view name) {
  if (const auto slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string made(name);
  std::erase_if(made, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return made;
}

// ---- uploading

struct FileUpload {
  command::Create command;
  // All that was sent, in one form however the client drew its boundaries: what a repeated Idempotency-Key is compared by.
  std::string said;
  bool is_stored = false;
  bool is_erased = false;   // the file of that id was
};

struct FileForm {
  const FormPart* file = nullptr;
  json::object body;   // the other parts, as JSON
};

FileForm read_form(const std::vector<FormPart>& parts, Faults& faults) {
  FileForm form;
  for (const FormPart& part : parts) {
    const std::string pointer = pointer_to({}, part.name);
    const bool again = part.name == "file" ? form.file != nullptr : form.body.contains(part.name);
    if (again) faults.add({.pointer = pointer, .code = "duplicate", .message = "The form has it twice."});
    else if (part.name == "file") form.file = &part;
    else if (part.name == "id") form.body[part.name] = part.content;
    else if (part.name == "links") {
      if (auto links = parse_json(part.content, faults)) form.body[part.name] = std::move(*links);
    } else faults.unknown_field(pointer);
  }
  if (form.file == nullptr) faults.required("/file");
  else if (!form.file->filename) faults.add({.pointer = "/file", .code = "wrong_type", .message = "It must be a file: with a filename."});
  return form;
}

// On the pool: everything up to the command; 204 when all is well, and the bytes are on the disk.
Response prepare(const Call& call, FileUpload& upload) {
  const auto parts = parse_form(call.request.header("Content-Type"), call.request.body);
  if (!parts) return problem(Problem::bad_request, "The body is no form as its Content-Type announces it (RFC 7578).");
  Faults faults;
  const FileForm form = read_form(*parts, faults);
  constexpr std::string_view allowed[] = {"id"}, made_here[] = {"name", "type", "size", "sha256"};
  upload.command.object.kind = Kind::file;
  upload.command.fields = decode_fields(Kind::file, form.body, {.allowed = allowed, .defaulted = made_here}, faults);
  if (const json::value* id = form.body.if_contains("id")) upload.command.object.id = read_uuid(*id, "/id", faults).value_or(Uuid{});
  if (!faults.empty()) return problem(faults);

  const std::string_view content = form.file->content;
  if (content.size() > call.app->file_limit())
    return problem(Problem::payload_too_large, "A file may have " + std::to_string(call.app->file_limit()) + " bytes.");
  const std::string name = last_part(*form.file->filename), type = form.file->type.empty() ? std::string(unknown_type) : form.file->type;
  const std::string sha256 = eventstore::hex(eventstore::sha256({bytes_of(content)}));
  JsonWriter said;
  said.object().field("form", json::serialize(form.body)).field("name", name).field("type", type).field("sha256", sha256).end();
  upload.said = std::move(said).text();

  if (upload.command.object.id.is_nil()) upload.command.object.id = call.app->new_id();
  const auto stored = call.principal->account->stored_files().put(upload.command.object.id, bytes_of(content));
  upload.is_stored = stored.has_value();
  upload.is_erased = !stored;
  if (!stored) return problem(refusal(Code::erased, "/id"));
  Fields& fields = upload.command.fields;
  fields.push_back({f::name, name});
  fields.push_back({f::type, type});
  fields.push_back({f::size, static_cast<std::int64_t>(content.size())});
  fields.push_back({f::sha256, sha256});
  fields.push_back({f::stored_as, *stored});
  return no_content();
}

std::string stored_name(const FileUpload& upload) {
  for (const FieldChange& change : upload.command.fields)
    if (change.field == f::stored_as) return std::get<std::string>(change.value);
  return {};
}

asio::awaitable<Response> upload_file(Call& call) {
  if (call.app->in_reserve()) co_return problem(eventstore::Trouble::reserve);
  auto upload = std::make_shared<FileUpload>();
  std::function<Response()> preparing = [&call, upload] { return prepare(call, *upload); };
  asio::awaitable<Response> prepared = on_pool(call, std::move(preparing));
  Response refused = co_await std::move(prepared);
  const bool may_be_repeated = upload->is_erased && call.request.has_header("Idempotency-Key");
  if (!upload->is_stored && !may_be_repeated) co_return refused;

  Request asked = call.request;
  asked.body = upload->said;
  Call inner{.request = asked, .route = call.route, .path = call.path, .app = call.app, .principal = call.principal};
  Command command = upload->command;
  asio::awaitable<Response> executed = execute(inner, std::move(command));
  Response response = co_await std::move(executed);

  // What was done under the key is answered again, as it is today; without its bytes nothing else is.
  if (may_be_repeated && response.header("Idempotent-Replayed").empty()) co_return refused;
  if (may_be_repeated) co_return response;

  // Not done, or done before under that key or id: these bytes are nobody's. What is not known stays until the next opening.
  const bool is_new = !response.header("Location").empty() && response.header("Idempotent-Replayed").empty();
  if (is_new || response.status >= 500) co_return response;
  std::function<Response()> removing = [&call, upload] {
    call.principal->account->stored_files().remove(stored_name(*upload));
    return no_content();
  };
  asio::awaitable<Response> removed = on_pool(call, std::move(removing));
  co_await std::move(removed);
  co_return response;
}

// ---- downloading

// A file on its way to a client, a piece at a time, so that memory does not grow with it.
class Download {
 public:
  Download(App& app, std::shared_ptr<Account> account, std::unique_ptr<StoredFiles::Reader> reader)
      : app_(app), account_(std::move(account)), reader_(std::move(reader)) {}

  std::optional<std::string> read() {
    constexpr int at_once = 4;
    std::string piece;
    for (int i = 0; i < at_once; ++i) {
      const auto more = reader_->next();
      if (!more) break;
      piece.append(more->begin(), more->end());
    }
    if (piece.empty()) return std::nullopt;
    return piece;
  }

  static asio::awaitable<std::optional<std::string>> next(std::shared_ptr<Download> download) {
    const auto start = [](auto handler, std::shared_ptr<Download> from) {
      auto waiting = waiting_for<std::exception_ptr, std::optional<std::string>>(std::move(handler));
      asio::thread_pool& pool = from->app_.pool();
      asio::post(pool, [waiting = std::move(waiting), from = std::move(from)] {
        std::optional<std::string> made;
        std::exception_ptr error;
        try {
          made = from->read();
        } catch (...) {
          error = std::current_exception();
        }
        waiting->resume(error, std::move(made));
      });
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, std::optional<std::string>)>(start, asio::use_awaitable,
                                                                                                                    std::move(download));
  }

 private:
  App& app_;
  std::shared_ptr<Account> account_;   // its keys and files stay open
  std::unique_ptr<StoredFiles::Reader> reader_;
};

Response give(const Call& call, const Question& question, const Uuid& id) {
  Faults faults;
  for (const auto& [name, value] : question.parameters) faults.unknown_parameter(name);
  if (!faults.empty()) return problem(faults);
  const projections::Row row = question.live->row(Kind::file, id);
  if (row == projections::no_row || !may_see(*question.live, question.asked.reader, Kind::file, row)) return problem(Problem::not_found);
  const std::shared_ptr<Account>& account = call.principal->account;
  const projections::Moment moment = question.world->moment();
  const View view = read_object(*account, set_up(*question.world), {Kind::file, id}, UINT32_MAX, moment.as_of,
                                std::min(moment.known_at, question.world->position()));
  if (!view.exists) return problem(Problem::not_found);
  if (view.number(field::is_deleted) != 0) return problem(refusal(Code::object_deleted));

  auto reader = account->stored_files().open(id, view.text(f::stored_as));
  if (!reader || view.erased) return problem(refusal(Code::erased));
  const std::string tag = "\"" + view.text(f::stored_as) + "\"";
  Response response;
  if (names_etag(call.request.header("If-None-Match"), tag)) {
    response = not_modified(tag);
  } else {
    const std::string type = view.text(f::type);
    auto download = std::make_shared<Download>(*call.app, account, std::move(reader));
    response.content_type = std::ranges::find(harmless, type) == std::end(harmless) ? unknown_type : type;
    if (response.content_type.starts_with("text/")) response.content_type += "; charset=utf-8";
    response.length = static_cast<std::uint64_t>(view.number(f::size));
    response.body = download->read().value_or("");
    response.producer = [download] { return Download::next(download); };
    response.headers.emplace_back("ETag", tag);
    response.headers.emplace_back("Content-Disposition", attachment(view.text(f::name)));
    response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  }
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  response.headers.emplace_back("Log-Position", std::to_string(question.world->position()));
  return response;
}

asio::awaitable<Response> download_file(Call& call) {
  const auto id = call.id(0);
  if (!id) co_return problem(Problem::not_found);
  std::function<Response(const Question&)> answer = [&call, id](const Question& question) { return give(call, question, *id); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

}  // namespace

void add_file_routes(Routes& routes, std::uint64_t file_limit) {
  routes.add({.method = Method::post, .path = "/v1/files", .operation_id = "uploadFile", .tag = "files", .summary = "Upload a file",
              .doc = "A form whose part `file` is the file; `id` may name it, `links` say what it hangs on, as JSON. Without links its author alone "
                     "sees it (beside those who see all), until a note carries it: then it hangs where that note does.",
              .shape = Shape::command, .rights = business,
              .body = json_schema("FileUpload", R"({"type":"object","required":["file"],"properties":{"file":{"type":"string","format":"binary"},"id":{"type":"string","format":"uuid"},"links":{"type":"string","description":"JSON: {\"deal_id\"?, \"lead_id\"?, \"person_id\"?, \"company_id\"?, \"space_id\"?}"}}})"),
              .body_type = "multipart/form-data", .answers = {{201, "The new file", object_schema(Kind::file)}},
              .refusals = {Code::id_taken, Code::unknown_reference, Code::erased}, .body_bytes = static_cast<std::size_t>(file_limit) + form_overhead,
              .handler = &upload_file});
  routes.add({.method = Method::get, .path = "/v1/files/{id}/content", .operation_id = "downloadFile", .tag = "files", .summary = "Download a file",
              .doc = "Always as an attachment, under its name; with its type where that is harmless, else as application/octet-stream.",
              .shape = Shape::query, .answers = {{200, "The bytes", {}, "application/octet-stream"}},
              .refusals = {Code::object_deleted, Code::erased}, .handler = &download_file});
}

}  // namespace dealog::api
