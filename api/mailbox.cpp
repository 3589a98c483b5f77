#include "api/mailbox.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace dealog::api {

namespace asio = boost::asio;

asio::execution_context::id Mailbox::id;

Mailbox& Mailbox::of(const asio::any_io_executor& executor) {
  return asio::use_service<Mailbox>(asio::query(executor, asio::execution::context));
}

void Mailbox::post(const asio::any_io_executor& executor, std::shared_ptr<Mail> mail) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = waiting_.empty();
    waiting_.push_back(std::move(mail));
  }
  if (is_first) asio::post(executor, [this] { open_all(); });
}

void Mailbox::open_all() {
  std::vector<std::shared_ptr<Mail>> come;
  {
    const std::lock_guard lock(mutex_);
    come.swap(waiting_);
  }
  for (const std::shared_ptr<Mail>& mail : come) mail->open();
}

void Mailbox::shutdown() {
  std::vector<std::shared_ptr<Mail>> unopened;
  const std::lock_guard lock(mutex_);
  unopened.swap(waiting_);
}

}  // namespace dealog::api
