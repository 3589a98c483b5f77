#include "tools/door.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/url.hpp>

namespace dealog::tools {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::chrono::seconds answer_time{60};
constexpr std::size_t answer_bytes = 64 * 1024 * 1024;

bool equal_names(std::string_view a, std::string_view b) { return beast::iequals({a.data(), a.size()}, {b.data(), b.size()}); }

bool is_safe_to_repeat(const ApiRequest& request) {
  return request.method == "GET" || std::ranges::any_of(request.headers, [](const auto& header) {
           return equal_names(header.first, "Idempotency-Key");
         });
}

// One keep-alive connection with an io_context of its own, used by one thread at a time: the waits below are a
// blocking call with a deadline.
class Connection {
 public:
  Connection(const std::string& host, const std::string& port) : stream_(context_) {
    asio::ip::tcp::resolver resolver(context_);
    const auto found = resolver.resolve(host, port);
    stream_.expires_after(std::chrono::seconds(10));
    beast::error_code failed;
    stream_.async_connect(found, [&](beast::error_code error, const auto&) { failed = error; });
    run();
    if (failed) throw beast::system_error(failed);
    stream_.socket().set_option(asio::ip::tcp::no_delay(true));
  }

  http::response<http::string_body> exchange(const http::request<http::string_body>& request) {
    beast::error_code failed;
    stream_.expires_after(answer_time);
    http::async_write(stream_, request, [&](beast::error_code error, std::size_t) { failed = error; });
    run();
    if (failed) throw beast::system_error(failed);
    http::response_parser<http::string_body> parser;
    parser.body_limit(answer_bytes);
    http::async_read(stream_, buffer_, parser, [&](beast::error_code error, std::size_t) { failed = error; });
    run();
    if (failed) throw beast::system_error(failed);
    return parser.release();
  }

 private:
  void run() {
    context_.restart();
    context_.run();
  }

  asio::io_context context_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
};

}  // namespace

std::string_view ApiResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equal_names(key, name)) return value;
  return {};
}

struct HttpDoor::Pool {
  std::string host, port, authority, prefix, authorization;
  std::mutex mutex;
  std::vector<std::unique_ptr<Connection>> idle;

  std::unique_ptr<Connection> take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return nullptr;
    auto connection = std::move(idle.back());
    idle.pop_back();
    return connection;
  }
  void give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(connection));
  }
};

HttpDoor::HttpDoor(std::string_view text, std::string token) : pool_(std::make_unique<Pool>()) {
  const auto url = boost::urls::parse_uri({text.data(), text.size()});
  if (!url || url->scheme() != "http" || url->host().empty() || url->has_query() || url->has_fragment())
    throw std::invalid_argument("'" + std::string(text) + "' is no address of a server; it looks like http://127.0.0.1:8080" +
                                (text.starts_with("https:") ? " (for https, go through a local proxy)" : ""));
  pool_->host = std::string(url->host_address());
  pool_->port = url->has_port() && !url->port().empty() ? std::string(url->port()) : "80";
  pool_->authority = std::string(url->encoded_host_and_port());
  pool_->prefix = std::string(url->encoded_path());
  while (pool_->prefix.ends_with('/')) pool_->prefix.pop_back();
  pool_->authorization = "Bearer " + std::move(token);
}

HttpDoor::~HttpDoor() = default;

ApiResponse HttpDoor::send(const ApiRequest& request) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(pool_->prefix + request.path);
  message.version(11);
  message.set(http::field::host, pool_->authority);
  message.set(http::field::user_agent, "dealog-import");
  message.set(http::field::authorization, pool_->authorization);
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();

  for (int attempt = 1;; ++attempt) {
    auto connection = pool_->take();
    const bool is_used = connection != nullptr;
    try {
      if (!connection) connection = std::make_unique<Connection>(pool_->host, pool_->port);
      auto answer = connection->exchange(message);
      ApiResponse response{static_cast<int>(answer.result_int()), std::move(answer.body()), {}};
      for (const auto& field : answer) response.headers.emplace_back(field.name_string(), field.value());
      if (answer.keep_alive()) pool_->give_back(std::move(connection));
      return response;
    } catch (const beast::system_error& error) {
      // The server may have closed a connection that stood idle; a fresh one tells the truth.
      if (is_used && attempt == 1 && is_safe_to_repeat(request)) {
        const std::lock_guard lock(pool_->mutex);
        pool_->idle.clear();
        continue;
      }
      return {0, "http://" + pool_->authority + " does not answer: " + error.code().message(), {}};
    }
  }
}

ApiResponse LocalDoor::send(const ApiRequest& request) {
  try {
    return handle_(request);
  } catch (const std::exception& error) {
    return {0, error.what(), {}};
  }
}

}  // namespace dealog::tools
