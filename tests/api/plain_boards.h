#pragma once
// The Kanban board in the plain model [SPEC KAN], and what amounts in other currencies come to [MON-5].

#include "tests/api/plain_people.h"

namespace dealog::test::plain {

class Boards : public People {
 public:
  struct BoardCard {
    std::int64_t progress = 0, days_in_stage = 0;
    std::string task_dot;
    bool is_stale = false;
  };
  struct Column {
    Id stage;
    std::string name;
    int stale = 0;
    std::int64_t value = 0, weighted = 0;       // in the account's currency
    std::map<std::string, std::int64_t> unconverted;
    std::map<Id, BoardCard> cards;              // by deal
  };
  // What the reader sees of the open deals of a process, stage by stage.
  std::vector<Column> board(const Id& reader, const Id& id, Ms now) const {
    const Process& process = processes.at(id);
    std::vector<Column> columns;
    for (const Stage& stage : process.stages) {
      Column& column = columns.emplace_back(Column{.stage = stage.id, .name = stage.name});
      std::int64_t weighted = 0, total = 0;
      for (const Id& each : listed(reader, deals)) {
        const Deal& deal = deals.at(each);
        if (deal.closing || deal.process != id || stage_now(deal) != stage.id) continue;
        const Ms since = stage_entered_at(deal);
        BoardCard& card = column.cards[each];
        card = {.progress = progress(deal), .days_in_stage = local_day(now) - local_day(since), .task_dot = task_dot(each, now),
                .is_stale = stage.max_days && now - since > *stage.max_days * day_length};
        column.stale += card.is_stale ? 1 : 0;
        const auto value = worth(deal, now);
        if (!value) {
          if (const auto amount = Deals::value(deal)) column.unconverted[deal.currency] += *amount;
          continue;
        }
        column.value += *value;
        weighted += *value * weights(deal).first;
        total = weights(deal).second;           // all follow the newest version
      }
      column.weighted = total == 0 ? 0 : (2 * weighted + total) / (2 * total);
    }
    return columns;
  }

 private:
  static constexpr Ms day_length = 86'400'000;

  // The last rate on or before its day, each amount rounded; nothing: before the first rate. No amount here has a day of its own:
  // all count at today's.
  std::optional<std::int64_t> worth(const Deal& deal, Ms now) const {
    if (deal.currency == "PLN") return Deals::value(deal).value_or(0);
    const Rate* held = nullptr;
    const std::string today = day_text(local_day(now));
    for (const auto& [id, rate] : rates)
      if (!rate.is_deleted && rate.currency == deal.currency && rate.day <= today && (!held || held->day < rate.day)) held = &rate;
    if (!held) return std::nullopt;
    const std::int64_t millionths = millionths_of(held->rate);
    const auto converted = [&](std::int64_t minor) { return (2 * minor * millionths + 1'000'000) / 2'000'000; };
    if (!sum(deal.lines, false)) return deal.typed ? converted(*deal.typed) : 0;
    std::int64_t all = 0;
    for (Line line : deal.lines) {
      const int times = std::exchange(line.times, 1);
      all += times * converted(sum({line}, false).value_or(0));
    }
    return all;
  }
  static std::int64_t millionths_of(const std::string& rate) {
    const std::size_t point = rate.find('.');
    std::string digits = rate.substr(0, point), decimals = point == std::string::npos ? "" : rate.substr(point + 1);
    decimals.resize(6, '0');
    return std::stoll(digits + decimals);
  }
  // Red before green before grey [KAN-3].
  std::string task_dot(const Id& deal, Ms now) const {
    const std::int64_t today = local_day(now);
    std::string dot = "none";
    for (const auto& [id, task] : tasks) {
      if (task.links.deal != deal || task.is_deleted || task.is_completed) continue;
      if ((task.due && *task.due < today) || (task.due_at && *task.due_at < now)) return "overdue";
      if ((task.due && *task.due == today) || (task.due_at && local_day(*task.due_at) == today)) dot = "today";
      else if (dot == "none") dot = "later";
    }
    return dot;
  }
};

}  // namespace dealog::test::plain
