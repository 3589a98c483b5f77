#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace dealog::test {
namespace {

bool same(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

bool contains(const Headers& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const auto& header) { return same(header.first, name); });
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same(key, name)) return value;
  return {};
}

bool HttpAnswer::has(std::string_view name) const { return contains(headers, name); }

HttpClient::HttpClient(std::uint16_t port, std::chrono::seconds patience) : patience_(patience) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw std::runtime_error("socket: " + std::string(std::strerror(errno)));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string why = std::strerror(errno);
    ::close(fd_);
    throw std::runtime_error("connect: " + why);
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

HttpClient::~HttpClient() {
  if (fd_ >= 0) ::close(fd_);
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : always(std::move(other.always)), fd_(std::exchange(other.fd_, -1)), patience_(other.patience_),
      buffer_(std::move(other.buffer_)) {}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void HttpClient::end_sending() { ::shutdown(fd_, SHUT_WR); }

bool HttpClient::readable_within(std::chrono::milliseconds time) {
  if (!buffer_.empty()) return true;
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(time.count())) == 1;
}

bool HttpClient::fill() {
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience_).count()));
  if (ready == 0) throw std::runtime_error("the server neither answered nor closed");
  char bytes[64 * 1024];
  const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> HttpClient::line() {
  std::size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (!fill()) return std::nullopt;
  std::string found = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return found;
}

std::optional<HttpAnswer> HttpClient::receive(bool is_head, bool also_100) {
  HttpAnswer answer;
  const auto first = line();
  if (!first) return std::nullopt;
  if (first->size() < 12 || !first->starts_with("HTTP/1.")) throw std::runtime_error("not an answer: " + *first);
  answer.version = first->substr(0, 8);
  answer.status = std::stoi(first->substr(9, 3));
  while (true) {
    const auto header = line();
    if (!header) throw std::runtime_error("the answer ended within its header");
    if (header->empty()) break;
    const std::size_t colon = header->find(':');
    if (colon == std::string::npos) throw std::runtime_error("not a header: " + *header);
    answer.headers.emplace_back(header->substr(0, colon), header->substr(std::min(colon + 2, header->size())));
  }
  if (answer.status == 100) return also_100 ? std::optional(answer) : receive(is_head, false);
  if (is_head || answer.status == 204 || answer.status == 304) return answer;

  const auto take = [&](std::size_t bytes) {
    while (buffer_.size() < bytes && fill()) {}
    const std::size_t there = std::min(bytes, buffer_.size());
    answer.body.append(buffer_, 0, there);
    buffer_.erase(0, there);
    answer.whole = there == bytes;
  };
  if (answer.header("Transfer-Encoding") == "chunked") {
    while (answer.whole) {
      const auto length_line = line();
      if (!length_line) { answer.whole = false; break; }
      const std::size_t length = std::stoul(*length_line, nullptr, 16);
      if (length > 0) take(length);
      if (!line()) answer.whole = false;
      if (length == 0) break;
    }
  } else if (answer.has("Content-Length")) {
    take(std::stoul(answer.header("Content-Length")));
  } else {
    while (fill()) {}
    answer.body = std::exchange(buffer_, {});
  }
  return answer;
}

std::optional<std::string> HttpClient::chunk() {
  const auto length_line = line();
  if (!length_line) return std::nullopt;
  const std::size_t length = std::stoul(*length_line, nullptr, 16);
  while (buffer_.size() < length + 2)
    if (!fill()) return std::nullopt;
  std::string found = buffer_.substr(0, length);
  buffer_.erase(0, length + 2);
  ended_properly_ = length == 0;
  if (length == 0) return std::nullopt;
  return found;
}

bool HttpClient::is_closed() { return buffer_.empty() && !fill(); }

HttpAnswer HttpClient::request(std::string_view method, std::string_view target, std::string_view body, Headers headers) {
  headers.insert(headers.end(), always.begin(), always.end());
  std::string text(method);
  ((text += ' ') += target) += " HTTP/1.1\r\n";
  if (!contains(headers, "Host")) text += "Host: test\r\n";
  if (!body.empty() && !contains(headers, "Content-Type")) text += "Content-Type: application/json\r\n";
  if ((!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") && !contains(headers, "Content-Length"))
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [key, value] : headers) (((text += key) += ": ") += value) += "\r\n";
  (text += "\r\n") += body;
  send(text);
  auto answer = receive(method == "HEAD");
  if (!answer) throw std::runtime_error("the server closed without an answer");
  return std::move(*answer);
}

}  // namespace dealog::test
