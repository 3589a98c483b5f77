#include "api/event_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>

#include "api/mailbox.h"

namespace dealog::api {
namespace {

using Collected = StreamSource::Collected;

// What the worker of the read models (or the source itself) tells a stream. Touched on the stream's thread only.
struct Wake {
  explicit Wake(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;
  bool is_asked = false;     // the worker has our number
  bool is_due = true;        // there may be something new
  bool is_over = false;      // nothing new will ever come
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(App& app, std::shared_ptr<Principal> principal, std::shared_ptr<StreamSource> source)
      : app_(app), principal_(std::move(principal)), source_(std::move(source)) {}

  asio::awaitable<std::optional<std::string>> next() {
    const auto executor = co_await asio::this_coro::executor;
    if (!wake_) wake_ = std::make_shared<Wake>(executor);
    for (;;) {
      if (is_over_ || wake_->is_over || !app_.still_admits(*principal_)) co_return std::nullopt;
      if (wake_->is_due) {
        const bool goes_on = co_await rest();
        if (!goes_on) co_return std::nullopt;
        wake_->is_due = false;
        seen_ = principal_->account->projected();   // what comes while we collect is asked for again
        asio::awaitable<Collected> collecting = collect();
        Collected collected = co_await std::move(collecting);
        last_ = Clock::now();
        wake_->is_due = wake_->is_due || collected.more;
        is_over_ = collected.over;
        if (!collected.text.empty()) co_return std::move(collected.text);
        continue;
      }
      ask_to_be_woken(executor);
      wake_->timer.expires_after(app_.heartbeat());
      const auto [error] = co_await wake_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (wake_->is_due || wake_->is_over) continue;
      if (error) co_return std::nullopt;            // the server stops, or the client has left
      wake_->is_due = source_->is_timed();
      co_return ":\n\n" + source_->beat();
    }
  }

 private:
  // Waits until the source may be asked again. False: the stream was ended meanwhile.
  asio::awaitable<bool> rest() {
    const auto until = last_ + source_->pause();
    while (last_ != Clock::time_point() && Clock::now() < until) {
      asio::steady_timer pause(co_await asio::this_coro::executor, until);
      const auto [error] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return false;
    }
    co_return true;
  }

  asio::awaitable<Collected> collect() {
    const auto start = [](auto handler, asio::thread_pool* pool, std::shared_ptr<StreamSource> source) {
      auto waiting = waiting_for<std::exception_ptr, Collected>(std::move(handler));
      asio::post(*pool, [waiting = std::move(waiting), source = std::move(source)] {
        Collected made;
        std::exception_ptr error;
        try {
          made = source->collect();
        } catch (...) {
          error = std::current_exception();
        }
        waiting->resume(error, std::move(made));
      });
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Collected)>(start, asio::use_awaitable,
                                                                                                   &app_.pool(), source_);
  }

  // Once for each new position, however many heartbeats pass meanwhile.
  void ask_to_be_woken(const asio::any_io_executor& executor) {
    if (wake_->is_asked) return;
    wake_->is_asked = true;
    const auto tell = [wake = wake_, executor](bool there) {
      asio::post(executor, [wake, there] {
        wake->is_asked = false;
        wake->is_due = true;
        wake->is_over = !there;
        wake->timer.cancel();
      });
    };
    if (!source_->when_new(tell)) principal_->account->when_at(seen_ + 1, tell);
  }

  App& app_;
  std::shared_ptr<Principal> principal_;
  std::shared_ptr<StreamSource> source_;
  std::shared_ptr<Wake> wake_;
  Position seen_ = 0;
  Clock::time_point last_;
  bool is_over_ = false;
};

}  // namespace

void append_message(std::string& out, Position id, std::string_view data) {
  (out += "id: ") += std::to_string(id);
  while (true) {
    const std::size_t end = data.find('\n');
    (out += "\ndata: ") += data.substr(0, end);
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + 1);
  }
  out += "\n\n";
}

bool wants_stream(const Request& request) { return request.header("Accept").find("text/event-stream") != std::string_view::npos; }

std::optional<Position> resume_position(const Request& request, Position otherwise) {
  if (!request.has_header("Last-Event-ID")) return otherwise;
  const std::string_view text = request.header("Last-Event-ID");
  Position position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return position;
}

Response event_stream(App& app, std::shared_ptr<Principal> principal, std::shared_ptr<StreamSource> source) {
  Response response{.content_type = "text/event-stream", .body = "retry: 2000\n\n"};
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Accel-Buffering", "no");   // a proxy that gathers would hold it back
  auto stream = std::make_shared<Stream>(app, std::move(principal), std::move(source));
  response.producer = [stream] { return stream->next(); };
  return response;
}

}  // namespace dealog::api
