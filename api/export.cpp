#include "api/export.h"

#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>

#include "api/app.h"
#include "api/decode.h"
#include "api/execute.h"
#include "api/export_formats.h"
#include "api/export_json.h"
#include "api/export_rows.h"
#include "api/header_value.h"
#include "api/multipart.h"
#include "api/problem.h"
#include "api/xlsx.h"
#include "domain/calendar.h"

namespace dealog::api {
namespace {

namespace json = boost::json;

constexpr std::size_t rows_at_once = 1000, piece_bytes = 256 * 1024, whole_bytes = 1024 * 1024;
constexpr unsigned most_workbooks = 4;
constexpr std::size_t longest_sheet_name = 31;

// What all exports of a route share.
struct Source {
  Handler handler;
  SchemaMaker answer;
  bool is_paged = false, has_names = false;
  std::once_flag once;
  std::vector<ExportColumn> columns;
  Kind kind = Kind::none;   // whose custom fields stand in the rows
};

// A place among the workbooks that are being made or sent: they take room on the disk.
class WorkbookPlace {
 public:
  WorkbookPlace() : is_taken_(taken.fetch_add(1) < most_workbooks) {}
  ~WorkbookPlace() { taken.fetch_sub(1); }
  WorkbookPlace(const WorkbookPlace&) = delete;
  WorkbookPlace& operator=(const WorkbookPlace&) = delete;
  bool is_taken() const { return is_taken_; }

 private:
  static inline std::atomic<unsigned> taken{0};
  bool is_taken_;
};

// One export. It outlives its request: it holds copies of all that the handler is asked with.
class Export {
 public:
  Export(const Call& call, std::shared_ptr<Source> source, ExportAsked asked)
      : source_(std::move(source)), asked_(std::move(asked)), target_(std::string(call.request.target) + " " + std::string(name(asked_.format))),
        path_(call.request.path), peer_(call.request.peer), id_(call.request.request_id), left_(asked_.limit.value_or(UINT64_MAX)),
        call_{.request = request_, .route = call.route, .path = call.path, .app = call.app, .principal = call.principal, .faults = call.faults} {
    for (const auto& [header, value] : call.request.headers) headers_.emplace_back(header, value);
    request_.method = Method::get;
    request_.target = target_;
    request_.path = path_;
    request_.peer = peer_;
    request_.request_id = id_;
    request_.deadline = call.request.deadline;
    if (!source_->has_names) return;
    const auto said = std::ranges::find(asked_.parameters, "names", [](const auto& each) { return std::string_view(each.first); });
    names_ = said == asked_.parameters.end() ? asked_.format == ExportFormat::xlsx : said->second == "true";
    if (names_ && said == asked_.parameters.end()) asked_.parameters.emplace_back("names", "true");
  }

  Call& call() { return call_; }
  ExportFormat format() const { return asked_.format; }
  bool has_more() const { return !cursor_.empty(); }

  // The next page, as the route answers it. REQUIRES: it is the first, or has_more().
  asio::awaitable<Response> ask() {
    request_.parameters = asked_.parameters;
    if (source_->is_paged) request_.parameters.emplace_back("limit", std::to_string(std::min<std::uint64_t>(rows_at_once, left_)));
    if (has_more()) request_.parameters.emplace_back("cursor", cursor_);
    request_.headers.clear();
    for (const auto& [header, value] : headers_) {
      const bool is_ours = same_word(header, "Accept") || (same_word(header, "If-None-Match") && has_more());
      if (!is_ours) request_.headers.emplace_back(header, value);
    }
    return source_->handler(call_);
  }

  // May who began it still read? Asked before every page but the first.
  bool is_still_admitted() {
    Principal& who = *call_.principal;
    constexpr std::size_t scheme = std::string_view("Bearer ").size();
    const std::string_view bearer = request_.header("Authorization");
    if (who.hash.empty() && bearer.size() > scheme) who.hash = token_hash(bearer.substr(scheme));
    return call_.app->still_admits(who);
  }

  // What an auditor takes along is kept (SPEC AUD-7) before it is made; some routes are kept anyway.
  void keep() {
    const Principal& who = *call_.principal;
    if (who.role != Role::auditor || !call_.route.access.empty()) return;
    who.account->access_log().append({.at = call_.app->now(), .user = who.user, .token = who.token, .action = "export", .detail = target_});
  }

  // ---- on the pool

  // A page as CSV; the first with header.
  std::string csv(const Response& page) {
    std::string text;
    text.reserve(page.body.size());
    read(page, [&](const SheetRow& row) { append_csv(text, row, asked_.guard); });
    if (!is_first_) return text;
    is_first_ = false;
    std::string head;
    if (asked_.about) {
      append_csv(head, about_, asked_.guard);
      head += "\r\n";
    }
    append_csv(head, sheet_);
    return head + text;
  }

  // A page into the workbook. False: it has more rows than a sheet.
  bool add_to_workbook(const Response& page) {
    bool fits = true;
    read(page, [&](const SheetRow& row) {
      if (!book_) book_ = make_workbook();
      fits = fits && book_->rows() < Xlsx::most_rows;
      if (fits) book_->add(row);
    });
    is_first_ = false;
    return fits;
  }

  Response workbook() {
    if (!book_) book_ = make_workbook();
    about_.emplace_back("rows", std::to_string(book_->rows()));
    const std::shared_ptr<const UnnamedFile> file = book_->finish(about_);
    book_.reset();
    file_ = file;
    Response response;
    response.content_type = xlsx_type;
    response.length = file->size();
    response.body = *piece();
    return response;
  }

  // The next piece of the file.
  std::optional<std::string> piece() {
    std::string text = file_->read(sent_, sent_ == 0 ? whole_bytes : piece_bytes);
    if (text.empty()) return std::nullopt;
    sent_ += text.size();
    return text;
  }
  bool is_sent() const { return sent_ == file_->size(); }

  // The headers of the answer, beside those of the page.
  void dress(Response& response, const Response& page) const {
    for (const auto& header : page.headers)
      if (!same_word(header.first, "Vary")) response.headers.push_back(header);
    response.headers.emplace_back("Vary", "Accept");
    const Instant now = call_.app->now();
    const Day today = calendar().day_of(now);
    response.headers.emplace_back("Content-Disposition", attachment(file_name(call_.route.path, today, asked_.format)));
    const bool has_moment = call_.route.shape == Shape::list || call_.route.shape == Shape::query;
    response.headers.emplace_back("Content-Location", content_location(path_, asked_, page.header("Log-Position"), has_moment, now));
  }

  std::optional<WorkbookPlace> place;

 private:
  std::unique_ptr<Xlsx> make_workbook() const {
    return std::make_unique<Xlsx>(export_name(call_.route.path).substr(0, longest_sheet_name), sheet_, calendar());
  }

  Calendar calendar() const { return call_.principal->account->world()->calendar(); }

  // Reads a page, and gives its rows to `take` once the columns are known.
  template <class Take>
  void read(const Response& page, const Take& take) {
    json::monotonic_resource memory;
    const json::value parsed = parse_exactly(page.body, &memory);
    const json::object& answer = parsed.as_object();
    const json::value* data = answer.if_contains("data");
    cursor_.clear();
    if (data == nullptr) {
      ReportTable report = report_table(answer);
      begin(page, std::move(report.columns), std::move(report.about));
      for (const SheetRow& row : report.rows) take(row);
      return;
    }
    const json::array& rows = data->as_array();
    if (is_first_) {
      std::call_once(source_->once, [&] { source_->columns = export_columns(source_->answer); });
      const auto set_up = call_.principal->account->set_up();
      columns_ = export_columns(source_->columns, source_->kind, *set_up, rows.empty() ? nullptr : &rows.front().as_object(), asked_.fields);
      About beside;
      for (const auto& [key, value] : answer)
        if (key != "data" && key != "page" && key != "names") add_about(beside, std::string(key.data(), key.size()), value);
      begin(page, sheet_columns(columns_, names_), std::move(beside));
    }
    const json::object* names = names_ ? answer.at("names").if_object() : nullptr;
    for (const json::value& row : rows) take(sheet_row(columns_, row.as_object(), names));
    left_ -= std::min<std::uint64_t>(left_, rows.size());
    if (!source_->is_paged || left_ == 0) return;
    if (const json::value* next = parsed.at("page").as_object().if_contains("next_cursor"); next != nullptr && next->is_string())
      cursor_.assign(next->as_string().data(), next->as_string().size());
  }

  void begin(const Response& page, std::vector<SheetColumn> columns, About beside) {
    sheet_ = std::move(columns);
    about_ = {{"what", call_.route.summary}, {"path", path_}};
    for (const auto& parameter : asked_.parameters) about_.push_back(parameter);
    for (auto& each : beside) about_.push_back(std::move(each));
    if (const std::string_view position = page.header("Log-Position"); !position.empty()) about_.emplace_back("log position", position);
    about_.emplace_back("made at", to_string(call_.app->now()));
    about_.emplace_back("time zone", asked_.format == ExportFormat::xlsx ? calendar().zone() : "UTC");
  }

  std::shared_ptr<Source> source_;
  ExportAsked asked_;
  std::string target_, path_, peer_, id_;
  std::vector<std::pair<std::string, std::string>> headers_;
  Request request_;
  std::uint64_t left_;         // rows that are still wanted
  Call call_;
  bool is_first_ = true, names_ = false;
  std::string cursor_;         // of the next page; "": there is none
  std::vector<ExportColumn> columns_;
  std::vector<SheetColumn> sheet_;
  About about_;
  std::unique_ptr<Xlsx> book_;
  std::shared_ptr<const UnnamedFile> file_;
  std::uint64_t sent_ = 0;
};

using Exporting = std::shared_ptr<Export>;

// Of what is made on the way: an export that cannot go on is cut, so that nobody takes a part for the whole.
struct Broken : std::runtime_error { using std::runtime_error::runtime_error; };

asio::awaitable<std::optional<std::string>> next_rows(Exporting exporting) {
  if (!exporting->has_more()) co_return std::nullopt;
  if (!exporting->is_still_admitted()) throw Broken("who exports may read no more");
  asio::awaitable<Response> asking = exporting->ask();
  Response page = co_await std::move(asking);
  if (page.status != 200) throw Broken("a page of an export was refused");
  std::function<Response()> work = [exporting, &page] { return ok(exporting->csv(page)); };
  asio::awaitable<Response> made = on_pool(exporting->call(), std::move(work));
  Response text = co_await std::move(made);
  co_return std::move(text.body);
}

asio::awaitable<std::optional<std::string>> next_piece(Exporting exporting) {
  if (exporting->is_sent()) co_return std::nullopt;
  std::function<Response()> work = [exporting] { return ok(exporting->piece().value_or("")); };
  asio::awaitable<Response> made = on_pool(exporting->call(), std::move(work));
  Response text = co_await std::move(made);
  co_return std::move(text.body);
}

asio::awaitable<Response> give_csv(Exporting exporting) {
  asio::awaitable<Response> asking = exporting->ask();
  Response page = co_await std::move(asking);
  if (page.status != 200) co_return page;
  std::function<Response()> work = [exporting, &page] {
    exporting->keep();
    Response response = ok(exporting->csv(page));
    response.content_type = std::string(csv_type) + "; charset=utf-8; header=present";
    exporting->dress(response, page);
    return response;
  };
  asio::awaitable<Response> made = on_pool(exporting->call(), std::move(work));
  Response response = co_await std::move(made);
  if (exporting->has_more()) response.producer = [exporting] { return next_rows(exporting); };
  co_return response;
}

asio::awaitable<Response> give_xlsx(Exporting exporting) {
  exporting->place.emplace();
  if (!exporting->place->is_taken()) co_return problem(Problem::overloaded, "Too many workbooks are being made; CSV can be had.");
  Response first;
  for (bool is_first = true; is_first || exporting->has_more(); is_first = false) {
    if (!is_first && !exporting->is_still_admitted()) co_return problem(Problem::unauthenticated);
    asio::awaitable<Response> asking = exporting->ask();
    Response page = co_await std::move(asking);
    if (page.status != 200) co_return page;
    std::function<Response()> work = [exporting, &page, is_first] {
      if (is_first) exporting->keep();
      if (exporting->add_to_workbook(page)) return ok({});
      Faults faults;
      faults.impossible("/format", "too_many_rows", "A sheet holds " + std::to_string(Xlsx::most_rows) + " rows: narrow the list, or take CSV.");
      return problem(faults);
    };
    asio::awaitable<Response> added = on_pool(exporting->call(), std::move(work));
    Response done = co_await std::move(added);
    if (done.status != 200) co_return done;
    if (is_first) first = std::move(page);
  }
  std::function<Response()> work = [exporting, &first] {
    Response response = exporting->workbook();
    exporting->dress(response, first);
    return response;
  };
  asio::awaitable<Response> made = on_pool(exporting->call(), std::move(work));
  Response response = co_await std::move(made);
  response.producer = [exporting] { return next_piece(exporting); };
  co_return response;
}

asio::awaitable<Response> give(Exporting exporting) {
  if (exporting->format() == ExportFormat::csv) {
    asio::awaitable<Response> csv = give_csv(std::move(exporting));
    co_return co_await std::move(csv);
  }
  std::string no_room;
  try {
    asio::awaitable<Response> xlsx = give_xlsx(std::move(exporting));
    co_return co_await std::move(xlsx);
  } catch (const NoRoom& error) {
    no_room = error.what();
  }
  co_return problem(Problem::disk_reserve, no_room + "; CSV can be had.");
}

asio::awaitable<Response> refuse(Response refusal) { co_return refusal; }

Kind kind_of(std::string_view path) {
  const std::vector<std::string_view> segments = path_segments(path);
  for (const Kind kind : all_kinds)
    if (segments.size() > 1 && plural(kind) == segments[1]) return kind;
  return Kind::none;
}

}  // namespace

Route exported(Route route) {
  auto source = std::make_shared<Source>();
  source->answer = route.answers.front().schema;
  source->kind = kind_of(route.path);
  const auto is_cursor = [](const Parameter& parameter) { return parameter.name == "cursor"; };
  const auto is_names = [](const Parameter& parameter) { return parameter.name == "names"; };
  source->is_paged = route.shape == Shape::list || std::ranges::any_of(route.parameters, is_cursor);
  source->has_names = std::ranges::any_of(route.parameters, is_names);
  source->handler = std::move(route.handler);
  const bool streams = route.streams;
  route.handler = [source, streams](Call& call) {
    Response refusal;
    const auto asked = read_export(call.request, source->is_paged, streams, refusal);
    if (!asked) return refuse(std::move(refusal));
    if (asked->format == ExportFormat::json) return source->handler(call);
    return give(std::make_shared<Export>(call, source, *asked));
  };
  route.parameters.push_back({.name = "format",
                              .doc = "Or by Accept. CSV and XLSX are the whole list, not a page: limit is the most rows of it (none: all), cursor is "
                                     "not taken; one row for each object, amounts in two columns, lists joined by a semicolon",
                              .words = {"json", "csv", "xlsx"}});
  route.parameters.push_back({.name = "about",
                              .doc = "Of CSV: begin with what was asked, as rows of name and value, and an empty line. XLSX has it as a second sheet",
                              .type = "boolean"});
  route.parameters.push_back({.name = "guard",
                              .doc = "Of CSV: text that a spreadsheet would take for a formula gets an apostrophe in front (true)",
                              .type = "boolean"});
  route.answers.push_back({200, {}, plain_schema("string"), std::string(csv_type)});
  route.answers.push_back({200, {}, plain_schema("string", "binary"), std::string(xlsx_type)});
  route.problems.insert(route.problems.end(), {406, 507});
  return route;
}

}  // namespace dealog::api
