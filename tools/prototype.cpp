#include "tools/prototype.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "domain/codec.h"

namespace dealog::tools {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

namespace {

struct Session;

struct Waiting {
  std::shared_ptr<Session> session;
  Bytes record;
};

// Takes all that is waiting, writes it as one value with one sync, hands the sessions back to the sockets' thread.
class Committer {
 public:
  Committer(const std::filesystem::path& directory, asio::io_context& sockets);
  ~Committer();

  void submit(Waiting&& waiting) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      wake = waiting_.empty();
      waiting_.push_back(std::move(waiting));
    }
    if (wake) arrived_.notify_one();
  }

  Prototype::Stats stats() const { return {commits_.load(), events_.load()}; }

 private:
  void work();

  asio::io_context& sockets_;
  std::unique_ptr<rocksdb::DB> db_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::atomic<std::uint64_t> commits_{0}, events_{0};
  std::thread thread_;
};

// A connection: reads what has come, hands whole requests to the committer, answers, reads on. One request at a time.
struct Session : std::enable_shared_from_this<Session> {
  Session(Tcp::socket taken, Committer& to) : socket(std::move(taken)), committer(to) {}

  void read() {
    parser.emplace();
    parser->body_limit(1u << 20);
    if (buffer.size() > 0) return feed();
    read_more();
  }

  void read_more() {
    socket.async_read_some(buffer.prepare(16 * 1024), [self = shared_from_this()](boost::system::error_code error, std::size_t n) {
      if (error) return;
      self->buffer.commit(n);
      self->feed();
    });
  }

  void feed() {
    boost::system::error_code error;
    const std::size_t used = parser->put(buffer.data(), error);
    buffer.consume(used);
    if (error == http::error::need_more) return read_more();
    if (error) return;
    if (!parser->is_done()) return buffer.size() > 0 ? feed() : read_more();
    handle();
  }

  void handle() {
    const http::request<http::string_body>& request = parser->get();
    unsigned char memory[4096];
    boost::json::monotonic_resource resource(memory);
    boost::system::error_code error;
    const boost::json::value body = boost::json::parse(request.body(), error, &resource);
    const boost::json::object* object = error ? nullptr : body.if_object();
    const boost::json::value* stage = object == nullptr ? nullptr : object->if_contains("stage_id");
    const std::string_view target(request.target().data(), request.target().size());
    const auto slash = target.rfind('/');
    const auto deal = slash == std::string_view::npos || slash < 36 ? std::nullopt : parse_uuid(target.substr(slash - 36, 36));
    const auto stage_id = stage == nullptr || !stage->is_string() ? std::nullopt
                              : parse_uuid(std::string_view(stage->get_string().data(), stage->get_string().size()));
    if (!deal || !stage_id) return answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    const Envelope envelope{.position = 1, .object = {Kind::deal, *deal}, .version = 1, .recorded_at = {1}, .effective_at = {1}, .actor = *deal,
                            .performer = {}, .token = {}, .command = 1, .cause = 0};
    committer.submit({shared_from_this(), encode(envelope, event::DealMoved{*stage_id, *stage_id}, nullptr)});
  }

  void answer(std::string_view bytes) {
    asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()),
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  Tcp::socket socket;
  Committer& committer;
  boost::beast::flat_buffer buffer;
  std::optional<http::request_parser<http::string_body>> parser;
};

Committer::Committer(const std::filesystem::path& directory, asio::io_context& sockets) : sockets_(sockets) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.error_if_exists = true;
  options.write_buffer_size = 256u << 20;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory.string(), &db);
  if (!status.ok()) throw std::runtime_error("prototype: " + status.ToString());
  db_.reset(db);
  thread_ = std::thread([this] { work(); });
}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
  db_->Close();
}

void Committer::work() {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  std::vector<Waiting> batch;
  Bytes commit;
  for (std::uint64_t number = 1;; ++number) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      batch.swap(waiting_);
    }
    commit.clear();
    for (const Waiting& waiting : batch) commit.insert(commit.end(), waiting.record.begin(), waiting.record.end());
    char key[8];
    for (int i = 0; i < 8; ++i) key[i] = static_cast<char>(number >> (56 - 8 * i));
    const rocksdb::Slice value(reinterpret_cast<const char*>(commit.data()), commit.size());
    const rocksdb::Status status = db_->Put(synced, rocksdb::Slice(key, sizeof key), value);
    ++commits_;
    events_ += batch.size();
    asio::post(sockets_, [done = std::move(batch), good = status.ok()] {
      for (const Waiting& waiting : done)
        waiting.session->answer(good ? "HTTP/1.1 204 No Content\r\nETag: \"2\"\r\nLog-Position: 1\r\n\r\n"
                                     : "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    });
    batch = {};
  }
}

}  // namespace

struct Prototype::State {
  asio::io_context sockets{1};
  Committer committer;
  Tcp::acceptor acceptor;
  std::thread thread;

  explicit State(const std::filesystem::path& directory)
      : committer(directory, sockets), acceptor(sockets, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    accept();
    thread = std::thread([this] { sockets.run(); });
  }
  ~State() {
    sockets.stop();
    thread.join();
  }

  void accept() {
    acceptor.async_accept([this](boost::system::error_code error, Tcp::socket socket) {
      if (error) return;
      socket.set_option(Tcp::no_delay(true), error);
      std::make_shared<Session>(std::move(socket), committer)->read();
      accept();
    });
  }
};

Prototype::Prototype(const std::filesystem::path& directory) : state_(std::make_unique<State>(directory)) {}
Prototype::~Prototype() = default;

std::uint16_t Prototype::port() const { return state_->acceptor.local_endpoint().port(); }
Prototype::Stats Prototype::stats() const { return state_->committer.stats(); }

}  // namespace dealog::tools
