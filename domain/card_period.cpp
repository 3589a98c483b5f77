#include "domain/card_period.h"

#include "domain/days.h"

namespace dealog {
namespace {

int months_of(CardPeriodKind kind) { return kind == CardPeriodKind::quarterly ? 3 : 1; }

// Always counted from the anchor: a short month on the way must not shorten those behind it.
Day next_start(CardPeriodKind kind, Day anchor, Day start) {
  const Civil first = civil(anchor), now = civil(start);
  const int months = (now.year - first.year) * 12 + now.month - first.month;
  return add_months(anchor, months + months_of(kind));
}

}  // namespace

Day card_period_end(CardPeriodKind kind, Day anchor, Day start) { return add_days(next_start(kind, anchor, start), -1); }

CardPeriod next_card_period(const CardPeriod& period) {
  CardPeriod next = period;
  next.start = add_days(period.end, 1);
  next.end = period.kind == CardPeriodKind::custom ? add_days(period.end, period.end.days - period.start.days + 1)
                                                   : card_period_end(period.kind, period.anchor, next.start);
  return next;
}

}  // namespace dealog
