#include "tests/support/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <stdexcept>

#include "api/app.h"
#include "api/logging.h"
#include "api/server.h"
#include "tools/account.h"
#include "tools/upload_importer.h"

namespace dealog::test {
namespace {

const json::value nothing;

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

std::string join_chunks(std::string_view body) {
  std::string whole;
  for (;;) {
    const auto line = body.find("\r\n");
    if (line == std::string_view::npos) throw std::runtime_error("a chunked body without an end");
    std::size_t size = 0;
    std::from_chars(body.data(), body.data() + line, size, 16);
    if (size == 0) return whole;
    body.remove_prefix(line + 2);
    whole += body.substr(0, size);
    body.remove_prefix(std::min(body.size(), size + 2));
  }
}

const Answer& accepted(const Answer& answer, const std::string& what) {
  if (answer.status / 100 != 2) throw std::runtime_error(what + ": " + std::to_string(answer.status) + " " + answer.body);
  return answer;
}

tools::CreatedAccount make_account(const std::filesystem::path& data, const std::string& slug, Instant now, std::function<Uuid()> ids = {}) {
  tools::AccountCreateOptions options{.data = data, .slug = slug, .currency = "PLN", .time_zone = "Europe/Warsaw",
                                      .admin_email = "ada@" + slug + ".example", .name = "Test " + slug, .admin_name = "Ada"};
  return tools::create_account(data, options, [now] { return now; }, std::move(ids));
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return {};
}

const json::value& Answer::at(std::string_view pointer) const {
  boost::system::error_code error;
  const json::value* found = json.find_pointer(pointer, error);
  return found ? *found : nothing;
}

std::string Answer::text(std::string_view pointer) const {
  const json::value& value = at(pointer);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::int64_t Answer::number(std::string_view pointer) const {
  const json::value& value = at(pointer);
  return value.is_int64() ? value.get_int64() : value.is_uint64() ? static_cast<std::int64_t>(value.get_uint64()) : -1;
}

bool Answer::flag(std::string_view pointer) const {
  const json::value& value = at(pointer);
  return value.is_bool() && value.get_bool();
}

std::vector<std::string> Answer::errors() const {
  std::vector<std::string> all;
  if (const auto* list = at("/errors").if_array())
    for (const json::value& each : *list)
      all.push_back(std::string(each.at("pointer").as_string()) + " " + std::string(each.at("code").as_string()));
  std::ranges::sort(all);
  return all;
}

std::string raw_exchange(std::uint16_t port, std::string_view bytes) {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;   // the server has answered already and closes
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    char buffer[16384];
    for (ssize_t got; (got = ::recv(connection, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(connection);
  return answer;
}

Answer parse_answer(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos || bytes.size() < 12) throw std::runtime_error("no answer: " + std::string(bytes));
  Answer answer;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  std::string_view head = bytes.substr(0, end);
  head.remove_prefix(std::min(head.size(), head.find("\r\n")));
  while (head.starts_with("\r\n")) {
    head.remove_prefix(2);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos) answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    head.remove_prefix(line.size());
  }
  const std::string_view body = bytes.substr(end + 4);
  answer.body = answer.header("Transfer-Encoding") == "chunked" ? join_chunks(body) : std::string(body);
  if (answer.header("Content-Type").find("json") != std::string::npos && !answer.body.empty()) answer.json = json::parse(answer.body);
  return answer;
}

Answer Api::send(std::string_view method, std::string_view target, std::string_view body, const Headers& headers) const {
  const auto given = [&](std::string_view name) {
    return std::ranges::any_of(headers, [&](const auto& header) { return same_name(header.first, name); });
  };
  std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  if (!token_.empty() && !given("Authorization")) request += "Authorization: Bearer " + token_ + "\r\n";
  if (!body.empty() && !given("Content-Type")) request += "Content-Type: application/json\r\n";
  if ((!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") && !given("Content-Length"))
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  request += "\r\n";
  request += body;
  return parse_answer(raw_exchange(*port_, request));
}

Answer Api::post(const std::string& target, const json::value& body, const Headers& headers) const {
  return send("POST", target, body.is_null() ? std::string() : json::serialize(body), headers);
}
Answer Api::patch(const std::string& target, const json::value& body, const Headers& headers) const {
  return send("PATCH", target, json::serialize(body), headers);
}
Answer Api::put(const std::string& target, const json::value& body, const Headers& headers) const {
  return send("PUT", target, json::serialize(body), headers);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dealog-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  path_ = pattern;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Server::Server(std::string_view now, std::chrono::milliseconds heartbeat, std::function<void(api::AppOptions&)> adjust)
    : now_(std::make_shared<std::atomic<std::int64_t>>(parse_instant(now).value().ms)), heartbeat_(heartbeat), adjust_(std::move(adjust)), admin_(port_, "") {
  api::set_up_logging(api::LogLevel::error);
  const tools::CreatedAccount made = make_account(data(), "acme", this->now(), options().ids);
  admin_id_ = to_string(made.user);
  admin_ = Api(port_, made.token);
  start();
}

Server::~Server() { stop(); }

api::AppOptions Server::options() const {
  api::AppOptions options{.data = data(), .holder = "a test", .clock = [now = now_] { return Instant{now->load()}; }, .backups = data() / "backups",
                          .pool_threads = 2, .heartbeat = heartbeat_, .importer = tools::make_upload_importer()};
  if (adjust_) adjust_(options);
  return options;
}

void Server::start() {
  app_ = std::make_unique<api::App>(options());
  api::ServerHooks hooks{.admit = [app = app_.get()](api::Call& call) { return app->admit(call); },
                         .failed = [app = app_.get()](const api::Request& request, std::exception_ptr error) { return app->failed(request, error); }};
  server_ = std::make_unique<api::Server>(api::ServerOptions{.port = 0, .threads = 2}, app_->routes(), app_.get(), std::move(hooks), app_->metrics());
  server_->start();
  port_ = server_->port();
}

void Server::stop() {
  if (!server_) return;
  server_->stop();
  app_->close();
  server_.reset();
  app_.reset();
}

void Server::restart() {
  stop();
  start();
}

void Server::set_now(std::string_view time) { now_->store(parse_instant(time).value().ms); }
void Server::advance_days(int days) { now_->fetch_add(std::int64_t{days} * 86'400'000); }

std::string Server::create(const std::string& path, const json::value& body, const Headers& headers) {
  const Answer answer = admin_.post(path, body, headers);
  return accepted(answer, "POST " + path + " " + json::serialize(body)).text("/id");
}

Answer Server::must_post(const std::string& path, const json::value& body) {
  const Answer answer = admin_.post(path, body);
  return accepted(answer, "POST " + path);
}

Answer Server::must_patch(const std::string& path, const json::value& body) {
  const Answer answer = admin_.patch(path, body);
  return accepted(answer, "PATCH " + path);
}

Person Server::add_user(const std::string& name, const std::string& role, const std::vector<std::string>& team_ids) {
  json::object user{{"name", name}, {"email", name + "@acme.example"}, {"role", role}};
  if (!team_ids.empty()) user["team_ids"] = json::value_from(team_ids);
  const std::string id = create("/v1/users", user);
  const Answer token = admin_.post("/v1/tokens", {{"name", name}, {"user_id", id}});
  return {id, as(accepted(token, "a token for " + name).text("/token"))};
}

Server::Abc Server::add_abc() {
  const auto action = [](const char* name, int weight) -> json::value { return {{"name", name}, {"weight", weight}}; };
  const json::value body = {{"name", "ABC"}, {"is_default", true},
                            {"stages", {{{"name", "A"}, {"actions", json::array{action("a1", 10), action("a2", 10)}}},
                                        {{"name", "B"}, {"actions", json::array{action("b1", 20)}}},
                                        {{"name", "C"}, {"actions", json::array{action("c1", 25), action("c2", 35)}}}}}};
  const Answer made = must_post("/v1/processes", body);
  return {made.text("/id"), made.text("/stages/0/id"), made.text("/stages/1/id"), made.text("/stages/2/id"),
          made.text("/stages/0/actions/0/id"), made.text("/stages/0/actions/1/id"), made.text("/stages/1/actions/0/id"),
          made.text("/stages/2/actions/0/id"), made.text("/stages/2/actions/1/id")};
}

Person Server::add_account(const std::string& slug) {
  const tools::CreatedAccount made = make_account(data(), slug, now());
  return {to_string(made.user), as(made.token)};
}

std::vector<std::string> names(const Answer& answer) {
  if (answer.status != 200) return {answer.body};
  std::vector<std::string> found;
  for (const json::value& row : answer.at("/data").as_array()) found.emplace_back(row.at("name").as_string());
  return found;
}

}  // namespace dealog::test
