#include "api/saved_filter.h"

#include "api/ask.h"
#include "api/execute.h"
#include "api/problem.h"
#include "projections/filter.h"

namespace dealog::api {
namespace {

namespace s = field::saved_filter;

const Value* find(const Fields& fields, std::uint16_t field) {
  for (const FieldChange& change : fields)
    if (change.field == field) return &change.value;
  return nullptr;
}

// The kind whose collection a choice names; none when there is none.
Kind kind_of(std::int64_t choice) {
  const FieldSpec& spec = *find_field(Kind::saved_filter, s::collection);
  if (choice < 0 || static_cast<std::size_t>(choice) >= spec.choices.size()) return Kind::none;
  for (const Kind kind : all_kinds)
    if (plural(kind) == spec.choices[static_cast<std::size_t>(choice)]) return kind;
  return Kind::none;
}

}  // namespace

asio::awaitable<void> check_saved_filter(Call& call, Uuid id, Fields fields) {
  const std::shared_ptr<Account> account = call.principal->account;
  std::function<Response()> work = [&call, account, id, given = std::move(fields)] {
    const Value* tree = find(given, s::filter);
    const auto* text = tree ? std::get_if<std::string>(tree) : nullptr;
    if (text == nullptr) return no_content();
    (void)account->set_up();   // waits until what the filter may speak of is folded
    const auto world = account->world();
    const projections::Reader reader{.user = call.principal->user, .role = call.principal->role};
    Kind about = Kind::none;
    if (const Value* collection = find(given, s::collection)) {
      if (const auto* choice = std::get_if<std::int64_t>(collection)) about = kind_of(*choice);
    } else if (const projections::Row row = world->row(Kind::saved_filter, id); row != projections::no_row && projections::may_see(*world, reader, Kind::saved_filter, row)) {
      about = kind_of(std::int64_t{world->table(Kind::saved_filter).handles(s::collection)[row]} - 1);
    }
    if (about == Kind::none) return no_content();   // for the decision to refuse
    const projections::Asked asked{.reader = reader, .now = call.app->now(), .present = world};
    add_faults(projections::check_filter(projections::ground(world, asked), about, *text), call.faults);
    return no_content();
  };
  asio::awaitable<Response> checked = on_pool(call, std::move(work));
  co_await std::move(checked);
}

}  // namespace dealog::api
