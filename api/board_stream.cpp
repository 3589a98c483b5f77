#include "api/board_stream.h"

#include <algorithm>

#include "api/app.h"
#include "api/event_stream.h"

namespace dealog::api {
namespace {

// Told at most so often, so that a flood of changes is one message; two of these and the time of a reading are well
// within the second of KAN-7.
constexpr std::chrono::milliseconds between_messages{250};
constexpr std::chrono::milliseconds still_new{200};
constexpr std::size_t most_kept = 256;

class BoardSource final : public StreamSource {
 public:
  BoardSource(App& app, std::shared_ptr<Principal> principal, const Uuid& process, projections::Parameters parameters)
      : app_(app), principal_(std::move(principal)), process_(process), parameters_(std::move(parameters)) {
    asked_for_ = to_string(process_);
    for (const auto& [name, value] : parameters_)
      for (const std::string* part : {&name, &value}) ((asked_for_ += '|') += std::to_string(part->size()) + ':') += *part;
  }

  Collected collect() override {
    const Account& account = *principal_->account;
    const auto live = account.world();
    const Instant now = app_.now();
    // All but salespeople see everything, so they see the same.
    const bool sees_all = principal_->role != Role::salesperson;
    const std::string key = (sees_all ? std::string("all") : to_string(principal_->user)) + '|' + asked_for_;
    const BoardViews::Make make = [&]() -> std::shared_ptr<const BoardView> {
      const projections::Asked asked{.reader = {.user = principal_->user, .role = principal_->role}, .now = now, .present = live};
      const auto board = projections::board(live, process_, asked, parameters_);
      return board ? encoded(*board, parse_currency(live->currency()).value_or(Currency{})) : nullptr;
    };
    const auto view = principal_->account->board_views().get(key, live->position(), now.ms / 60'000, make);
    if (!view) return {.text = {}, .more = false, .over = true};
    Collected collected{.text = {}, .more = view->position < live->position()};
    tell(*view, collected.text);
    shown_ = view;
    return collected;
  }

  std::string beat() override { return shown_ ? "id: " + std::to_string(shown_->position) + "\n\n" : std::string(); }
  bool is_timed() const override { return true; }   // days in stage, dots, what is stale
  std::chrono::milliseconds pause() const override { return between_messages; }

 private:
  static std::shared_ptr<const BoardView> encoded(const projections::Board& board, Currency currency) {
    auto view = std::make_shared<BoardView>();
    view->process = board.process;
    view->position = board.position;
    for (const projections::BoardColumn& column : board.columns) {
      JsonWriter json, content;
      projections::BoardColumn without_cursor = column;
      without_cursor.next_cursor.reset();
      write_board_column(json, column, currency);
      write_board_column(content, without_cursor, currency);
      view->columns.push_back({column.stage, std::move(json).text(), std::move(content).text()});
    }
    return view;
  }

  bool has_other_stages(const BoardView& view) const {
    return !std::ranges::equal(view.columns, shown_->columns, {}, &BoardView::Column::stage, &BoardView::Column::stage);
  }

  // The whole board, or the columns that are no longer as they were shown; nothing when all are.
  void tell(const BoardView& view, std::string& out) const {
    if (shown_.get() == &view) return;
    const bool is_whole = !shown_ || has_other_stages(view);
    JsonWriter json;
    json.object().field("process_id", view.process).field("position", view.position).field("is_whole", is_whole).key("columns").array();
    bool is_new = is_whole;
    for (std::size_t i = 0; i < view.columns.size(); ++i) {
      if (!is_whole && view.columns[i].content == shown_->columns[i].content) continue;
      json.raw(view.columns[i].json);
      is_new = true;
    }
    json.end().end();
    if (is_new) append_message(out, view.position, json.text());
  }

  App& app_;
  std::shared_ptr<Principal> principal_;
  const Uuid process_;
  const projections::Parameters parameters_;
  std::string asked_for_;
  std::shared_ptr<const BoardView> shown_;
};

}  // namespace

std::shared_ptr<const BoardView> BoardViews::get(const std::string& key, Position position, std::int64_t minute, const Make& make) {
  std::shared_ptr<Kept> kept;
  {
    const std::lock_guard lock(mutex_);
    auto& place = kept_[key];
    if (!place) place = std::make_shared<Kept>();
    kept = place;
    if (kept_.size() > most_kept) std::erase_if(kept_, [&](const auto& each) { return each.first != key; });
  }
  const std::lock_guard lock(kept->mutex);
  const bool is_same = kept->view && kept->minute == minute && kept->view->position >= position;
  const bool is_recent = kept->view && Clock::now() < kept->made + still_new;
  if (is_same || is_recent) return kept->view;
  kept->view = make();
  kept->minute = minute;
  kept->made = Clock::now();
  return kept->view;
}

void BoardViews::forget() {
  const std::lock_guard lock(mutex_);
  kept_.clear();
}

Response stream_board(const Call& call, const Uuid& process, projections::Parameters parameters) {
  auto source = std::make_shared<BoardSource>(*call.app, call.principal, process, std::move(parameters));
  return event_stream(*call.app, call.principal, std::move(source));
}

}  // namespace dealog::api
