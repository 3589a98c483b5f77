#pragma once
// A whole Dealog for tests: an App and a Server on a free port, over a real log in a folder that goes away, with a
// clock that the test turns. Asked over HTTP, as any client would.
//
//     Server server;                                            // account "acme", PLN, Europe/Warsaw, on 2 March 2026
//     const Person sam = server.add_user("sam", "salesperson");
//     const std::string deal = server.create("/v1/deals", {{"name", "Bridge"}});
//     CHECK(sam.api.get("/v1/deals/" + deal).status == 404);

#include <boost/json.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/types.h"

namespace dealog::api {
class App;
struct AppOptions;
class Server;
}  // namespace dealog::api

namespace dealog::test {

namespace json = boost::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status = 0;
  Headers headers;
  std::string body;
  json::value json;                                  // null unless the body is JSON

  std::string header(std::string_view name) const;   // "" when there is none
  // The value at a JSON pointer; null when there is none.
  const json::value& at(std::string_view pointer) const;
  std::string text(std::string_view pointer) const;  // "" unless it is a string
  std::int64_t number(std::string_view pointer) const;  // -1 unless it is an integer
  bool flag(std::string_view pointer) const;         // true when it is true
  std::string code() const { return text("/code"); }
  // "pointer code" of every error, sorted: "/name required".
  std::vector<std::string> errors() const;
};

// What somebody with a token can say. Each request has a connection of its own.
class Api {
 public:
  Api(const std::atomic<std::uint16_t>& port, std::string token) : port_(&port), token_(std::move(token)) {}

  Answer get(const std::string& target, const Headers& headers = {}) const { return send("GET", target, {}, headers); }
  Answer post(const std::string& target, const json::value& body = nullptr, const Headers& headers = {}) const;
  Answer patch(const std::string& target, const json::value& body, const Headers& headers = {}) const;
  Answer put(const std::string& target, const json::value& body, const Headers& headers = {}) const;
  Answer remove(const std::string& target, const Headers& headers = {}) const { return send("DELETE", target, {}, headers); }
  // Any bytes. JSON as content type and the token go along unless `headers` has its own.
  Answer send(std::string_view method, std::string_view target, std::string_view body, const Headers& headers = {}) const;
  const std::string& token() const { return token_; }

 private:
  const std::atomic<std::uint16_t>* port_;
  std::string token_;
};

struct Person {
  std::string id;
  Api api;
};

// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Server {
 public:
  static constexpr std::string_view usual_now = "2026-03-02T09:00:00Z";

  explicit Server(std::string_view now = usual_now, std::chrono::milliseconds heartbeat = std::chrono::seconds(15), std::function<void(api::AppOptions&)> adjust = {});
  // With other options than those of all tests.
  explicit Server(std::function<void(api::AppOptions&)> adjust) : Server(usual_now, std::chrono::seconds(15), std::move(adjust)) {}
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Stops gracefully and starts again on the same data, at another port.
  void restart();
  void stop();
  void start();

  void set_now(std::string_view time);
  void advance_days(int days);
  Instant now() const { return Instant{now_->load()}; }

  const Api& admin() const { return admin_; }
  const std::string& admin_id() const { return admin_id_; }
  Api as(std::string token) const { return Api(port_, std::move(token)); }
  Api nobody() const { return Api(port_, ""); }

  // What follows is done by the administrator and throws, with the answer, unless it is accepted.
  Person add_user(const std::string& name, const std::string& role, const std::vector<std::string>& team_ids = {});
  // POST; the new id.
  std::string create(const std::string& path, const json::value& body, const Headers& headers = {});
  Answer must_post(const std::string& path, const json::value& body = nullptr);
  Answer must_patch(const std::string& path, const json::value& body);
  // A process A(a1 10, a2 10), B(b1 20), C(c1 25, c2 35), the default one from now on.
  struct Abc { std::string process, a, b, c, a1, a2, b1, c1, c2; };
  Abc add_abc();

  // Another account in the same folder, made while this one is served; its administrator.
  Person add_account(const std::string& slug);

  api::App& app() { return *app_; }
  const std::filesystem::path& data() const { return folder_.path(); }
  std::uint16_t port() const { return port_; }

 private:
  api::AppOptions options() const;

  TemporaryFolder folder_;
  std::shared_ptr<std::atomic<std::int64_t>> now_;
  std::chrono::milliseconds heartbeat_;
  std::function<void(api::AppOptions&)> adjust_;
  std::atomic<std::uint16_t> port_{0};
  std::unique_ptr<api::App> app_;
  std::unique_ptr<api::Server> server_;
  std::string admin_id_;
  Api admin_;
};

// Of what a list answered, in its order; of a refusal the body alone.
std::vector<std::string> names(const Answer& answer);

// Whatever is sent to a port of this machine, and what comes back until the other side closes.
std::string raw_exchange(std::uint16_t port, std::string_view bytes);
Answer parse_answer(std::string_view bytes);

}  // namespace dealog::test
