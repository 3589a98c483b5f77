#include "tools/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace dealog::tools {

namespace {

using Clock = std::chrono::steady_clock;

std::string system_error(std::string_view doing) {
  return std::string(doing) + ": " + std::strerror(errno);
}

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      if (fd_ >= 0) ::close(fd_);
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// A blocking connection to this machine; throws std::runtime_error.
Socket connect_to(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) throw std::runtime_error(system_error("socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(system_error("connect to 127.0.0.1:" + std::to_string(port)));
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(a[i])) != std::tolower(static_cast<unsigned char>(b[i]))) return false;
  return true;
}

// How much of `bytes` is one whole answer: nothing yet (0), so many bytes, or nonsense (throws).
std::size_t whole_answer(std::string_view bytes, Answer& answer) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return 0;
  const std::size_t body_from = head_end + 4;
  if (bytes.size() < 12 || !bytes.starts_with("HTTP/1.1 ")) throw std::runtime_error("what came is not an HTTP answer");
  answer.head = bytes.substr(0, body_from);
  std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  if (answer.status == 204 || answer.status == 304 || answer.status < 200) {
    answer.body = {};
    return body_from;
  }
  const std::string_view length_text = answer.header("Content-Length");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
  if (error != std::errc() || end == length_text.data()) throw std::runtime_error("an answer without Content-Length");
  if (bytes.size() - body_from < length) return 0;
  answer.body = bytes.substr(body_from, length);
  return body_from + length;
}

struct Connection {
  Socket socket;
  std::string request, received;
  bool waiting = false;
  Clock::time_point due;
};

class Run {
 public:
  explicit Run(const Load& load) : load_(load), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  LoadResult run() {
    try {
      connect();
      drive();
    } catch (const std::runtime_error& error) {
      result_.trouble = error.what();
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(result_);
  }

 private:
  void connect() {
    start_ = Clock::now();
    connections_.resize(load_.connections);
    for (unsigned i = 0; i < load_.connections; ++i) {
      connections_[i].socket = connect_to(load_.port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u32 = i;
      if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, connections_[i].socket.fd(), &event) != 0)
        throw std::runtime_error(system_error("epoll_ctl"));
    }
  }

  Clock::time_point due_at(std::uint64_t index) const {
    return start_ + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(index) * 1e9 / load_.rate));
  }

  bool may_start_more(Clock::time_point now) const {
    return now < end_ && (load_.requests == 0 || started_ < load_.requests);
  }

  void drive() {
    start_ = Clock::now();
    end_ = start_ + load_.duration;
    last_heard_ = start_;
    for (unsigned i = 0; i < load_.connections; ++i) free_.push_back(i);
    start_due(start_);

    std::vector<epoll_event> events(256);
    for (;;) {
      auto now = Clock::now();
      if (in_flight_ == 0 && (!may_start_more(now) || finished_ == load_.connections)) break;
      const int count = wait(events, now);
      now = Clock::now();
      for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u32);
      if (count > 0) last_heard_ = now;
      if (in_flight_ > 0 && now - last_heard_ > load_.patience) throw std::runtime_error("the server is silent");
      start_due(Clock::now());
    }
    if (load_.rate > 0) {
      const double due = std::chrono::duration<double>(load_.duration).count() * load_.rate;
      if (static_cast<double>(started_) < due) result_.unsent = static_cast<std::uint64_t>(due) - started_;
    }
  }

  int wait(std::vector<epoll_event>& events, Clock::time_point now) {
    auto until = now + load_.patience;
    if (load_.rate > 0 && !free_.empty() && may_start_more(now)) until = std::min(until, due_at(started_));
    if (until < now) until = now;
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(until - now).count();
    timespec timeout{.tv_sec = static_cast<time_t>(ns / 1'000'000'000), .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
    const int count = ::epoll_pwait2(epoll_.fd(), events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count < 0 && errno != EINTR) throw std::runtime_error(system_error("epoll_pwait2"));
    return count < 0 ? 0 : count;
  }

  // Gives free connections what is due.
  void start_due(Clock::time_point now) {
    while (!free_.empty() && may_start_more(now)) {
      const auto due = load_.rate > 0 ? due_at(started_) : now;
      if (due > now) return;
      const unsigned index = free_.front();
      free_.pop_front();
      Connection& connection = connections_[index];
      if (!load_.next(index, connection.request)) {
        ++finished_;
        continue;
      }
      ++started_;
      ++in_flight_;
      connection.due = load_.rate > 0 ? due : Clock::now();
      connection.waiting = true;
      send_all(connection);
    }
  }

  // Requests are small and one at a time, so the socket's buffer takes them whole; if not, we wait for it.
  void send_all(Connection& connection) {
    std::size_t sent = 0;
    while (sent < connection.request.size()) {
      const auto n = ::send(connection.socket.fd(), connection.request.data() + sent, connection.request.size() - sent, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR) throw std::runtime_error(system_error("send"));
      if (n > 0) sent += static_cast<std::size_t>(n);
    }
  }

  void receive(unsigned index) {
    Connection& connection = connections_[index];
    char buffer[64 * 1024];
    const auto n = ::recv(connection.socket.fd(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n == 0) throw std::runtime_error("the server closed a connection");
    if (n < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      throw std::runtime_error(system_error("recv"));
    }
    std::string_view bytes(buffer, static_cast<std::size_t>(n));
    if (!connection.received.empty()) bytes = connection.received.append(bytes);  // rare: an answer in pieces
    Answer answer;
    const std::size_t length = whole_answer(bytes, answer);
    if (length == 0) {
      if (connection.received.empty()) connection.received = bytes;
      return;
    }
    if (!connection.waiting) throw std::runtime_error("an answer that nobody asked for");
    take(index, connection, answer);
    if (bytes.size() != length) throw std::runtime_error("more than one answer to a request");
    connection.received.clear();
  }

  void take(unsigned index, Connection& connection, const Answer& answer) {
    const auto taken = Clock::now() - connection.due;
    result_.times.add(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count()));
    ++result_.answers;
    ++result_.statuses[answer.status];
    if (answer.status >= 400) {
      if (++result_.refused == 1) result_.first_refusal = std::to_string(answer.status) + " " + std::string(answer.body.substr(0, 400));
    }
    connection.waiting = false;
    --in_flight_;
    if (load_.answered) load_.answered(index, answer);
    free_.push_back(index);
  }

  const Load& load_;
  Socket epoll_;
  std::vector<Connection> connections_;
  std::deque<unsigned> free_;
  std::uint64_t started_ = 0, in_flight_ = 0;
  unsigned finished_ = 0;
  Clock::time_point start_, end_, last_heard_;
  LoadResult result_;
};

}  // namespace

std::string_view Answer::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    if (line.size() <= name.size() || line[name.size()] != ':' || !same_name(line.substr(0, name.size()), name)) continue;
    std::string_view value = line.substr(name.size() + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return {};
}

LoadResult run_load(const Load& load) {
  if (load.connections == 0 || load.connections > 4096) throw std::invalid_argument("1 to 4096 connections");
  if (load.duration <= std::chrono::milliseconds(0) || load.duration > std::chrono::hours(1))
    throw std::invalid_argument("a load lasts up to an hour");
  if (!load.next || load.rate < 0) throw std::invalid_argument("a load needs requests and a rate that is not negative");
  return Run(load).run();
}

Caller::Caller(std::uint16_t port) : fd_(connect_to(port).release()) {}
Caller::~Caller() {
  if (fd_ >= 0) ::close(fd_);
}
Caller::Caller(Caller&& other) noexcept : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
Caller& Caller::operator=(Caller&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(received_, other.received_);
  return *this;
}

Exchange Caller::ask(std::string_view request, std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  for (std::size_t sent = 0; sent < request.size();) {
    const auto n = ::send(fd_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error(system_error("send"));
    sent += static_cast<std::size_t>(n);
  }
  received_.clear();
  for (;;) {
    Answer answer;
    if (whole_answer(received_, answer) > 0) return {answer.status, std::string(answer.head), std::string(answer.body)};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) throw std::runtime_error("the server is silent");
    char buffer[64 * 1024];
    const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0) throw std::runtime_error(system_error("recv"));
    if (n == 0) throw std::runtime_error("the server closed the connection before it answered");
    received_.append(buffer, static_cast<std::size_t>(n));
  }
}

Exchange exchange(std::uint16_t port, std::string_view request, std::chrono::milliseconds patience) {
  return Caller(port).ask(request, patience);
}

std::string http_request(std::string_view method, std::string_view target, std::string_view token, std::string_view body,
                         std::string_view extra) {
  std::string request;
  request.reserve(256 + target.size() + token.size() + extra.size() + body.size());
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  if (!token.empty()) request.append("Authorization: Bearer ").append(token).append("\r\n");
  request.append(extra);
  if (!body.empty() || method != "GET")
    request.append(method == "PATCH" ? "Content-Type: application/merge-patch+json" : "Content-Type: application/json")
        .append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
  request.append("\r\n").append(body);
  return request;
}

}  // namespace dealog::tools
