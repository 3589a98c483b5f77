#include "domain/event.h"

namespace dealog {

Event::Event(const Event&) = default;
Event::Event(Event&&) noexcept = default;
Event& Event::operator=(const Event&) = default;
Event& Event::operator=(Event&&) noexcept = default;
Event::~Event() = default;

bool is_private_affair(const Event& event) {
  return std::holds_alternative<event::AccessRequested>(event) || std::holds_alternative<event::PasswordChanged>(event) ||
         std::holds_alternative<event::NotificationsRead>(event);
}

bool is_rule_for_many(Kind kind, const Event& event) {
  const auto* merged = std::get_if<event::Merged>(&event);
  return (is_setup(kind) && kind != Kind::token && !is_private_affair(event)) || (merged && !merged->from.is_nil());
}

}  // namespace dealog
