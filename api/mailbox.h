#pragma once
// What other threads hand to the thread of a socket, many at a time: to wake a thread costs more than most of what it is woken
// for. A commit answers dozens of commands in a row: the first wakes the thread, and whatever has come by then goes over with it.
//
// One mailbox for each execution context, made when first asked for.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace dealog::api {

class Mailbox : public boost::asio::execution_context::service {
 public:
  using key_type = Mailbox;
  static boost::asio::execution_context::id id;

  struct Mail {
    virtual ~Mail() = default;
    virtual void open() = 0;   // on a thread of the context; must not throw
  };

  explicit Mailbox(boost::asio::execution_context& context) : service(context) {}

  // Of the context behind the executor. Takes a lock of the context's: better asked for before waiting than when done.
  static Mailbox& of(const boost::asio::any_io_executor& executor);

  // Any thread. Opened in the order in which they come. What the context did not come to is destroyed with it, unopened.
  void post(const boost::asio::any_io_executor& executor, std::shared_ptr<Mail> mail);

 private:
  void shutdown() override;
  void open_all();

  std::mutex mutex_;
  std::vector<std::shared_ptr<Mail>> waiting_;
};

// A coroutine that waits for what another thread will say: made of the handler that asio::async_initiate gives. Shared with
// whoever will say it.
template <class Handler, class... Results>
class Waiting final : public Mailbox::Mail, public std::enable_shared_from_this<Waiting<Handler, Results...>> {
 public:
  explicit Waiting(Handler&& handler)
      : handler_(std::move(handler)), executor_(boost::asio::get_associated_executor(handler_)), mailbox_(Mailbox::of(executor_)) {}

  // Any thread, once: the coroutine goes on with them on its own thread.
  void resume(Results... results) {
    results_.emplace(std::move(results)...);
    mailbox_.post(executor_, this->shared_from_this());
  }

 private:
  void open() override { std::apply(std::move(handler_), std::move(*results_)); }

  Handler handler_;
  boost::asio::any_io_executor executor_;
  Mailbox& mailbox_;
  std::optional<std::tuple<Results...>> results_;
};
template <class... Results, class Handler>
std::shared_ptr<Waiting<Handler, Results...>> waiting_for(Handler handler) {
  return std::make_shared<Waiting<Handler, Results...>>(std::move(handler));
}

}  // namespace dealog::api
