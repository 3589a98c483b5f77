#pragma once
// The periods of scorecards (SPEC SCO-1): monthly, quarterly, or custom from any day. The day of the month of the first
// start is kept by all that follow, where the month has it:
//
//     monthly from 31 Jan 2026:   31 Jan - 27 Feb   28 Feb - 30 Mar   31 Mar - 29 Apr   30 Apr - 30 May
//
// Custom periods follow one another with the same number of days. Pure arithmetic of days.

#include "domain/fields.h"
#include "domain/types.h"

namespace dealog {

struct CardPeriod {
  CardPeriodKind kind = CardPeriodKind::monthly;
  Day start, end;                   // both inside
  Day anchor;                       // the first start of its chain

  friend bool operator==(const CardPeriod&, const CardPeriod&) = default;
};

// The last day of the monthly or quarterly period that begins on `start`, in the chain that began on `anchor`.
Day card_period_end(CardPeriodKind kind, Day anchor, Day start);
CardPeriod next_card_period(const CardPeriod& period);

}  // namespace dealog
