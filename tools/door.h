#pragma once
// The way in: what the importer (and other tools) say to Dealog, and through what. Whether a server stands behind
// it or the account is opened in this process, the same requests go through the same API, so that every rule is
// enforced for every door and both give the same result.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dealog::tools {

struct ApiRequest {
  std::string method;  // "POST"
  std::string path;    // "/v1/deals?limit=2"
  std::string body;    // JSON, or ""
  std::vector<std::pair<std::string, std::string>> headers;
};

struct ApiResponse {
  int status = 0;      // 0: no answer came (the body says why)
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  // The value of the first header of that name (ASCII case does not matter), "" when there is none.
  std::string_view header(std::string_view name) const;
};

class Door {
 public:
  virtual ~Door() = default;
  // Sends and waits for the answer. Throws nothing; what cannot be answered comes back with status 0. Any thread;
  // several calls at once are what makes it fast.
  virtual ApiResponse send(const ApiRequest& request) = 0;
};

// A server at a url, "http://127.0.0.1:8080", with keep-alive connections that are made when needed. A request
// that met a broken connection is sent once more on a new one when that is safe: it is a GET, or carries an
// Idempotency-Key.
class HttpDoor : public Door {
 public:
  // Throws std::invalid_argument with words for the user when the url is not "http://host[:port]".
  HttpDoor(std::string_view url, std::string token);
  ~HttpDoor() override;
  ApiResponse send(const ApiRequest& request) override;

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

// An account opened in this process. `handle` may be called from any thread and blocks until the answer is there.
class LocalDoor : public Door {
 public:
  using Handle = std::function<ApiResponse(const ApiRequest&)>;
  explicit LocalDoor(Handle handle) : handle_(std::move(handle)) {}
  ApiResponse send(const ApiRequest& request) override;

 private:
  Handle handle_;
};

// Opens the account at `data`/accounts/`account` in this process, as its first administrator; the account's lock
// is held as long as the door lives. Throws LocalDoorError.
std::unique_ptr<Door> open_local_door(const std::string& data, const std::string& account);

struct LocalDoorError {
  int exit_code;        // ExitCode: exit_locked, exit_damaged or exit_failed
  std::string message;  // for people
};

}  // namespace dealog::tools
