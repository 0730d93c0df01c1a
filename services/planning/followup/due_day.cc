#include "services/planning/followup/due_day.h"

#include "common/time/day.h"

namespace heitie::planning {

using absl::StatusCode;

const status::Reason kDueDayOver{StatusCode::kInvalidArgument, "DUE_DAY_OVER", "{date} is before {today}.", "{date} 早於 {today}。"};
const status::Reason kDayTooFar{StatusCode::kInvalidArgument, "DAY_TOO_FAR", "{date} is too far away: {last} is the last day.",
                                "{date} 過遠，最晚為 {last}。"};

namespace {

constexpr int kMostYears = 10;

}  // namespace

absl::CivilDay LastAgreeableDay(absl::CivilDay today) {
  // Of the 29th of February, in a year without one, the 1st of March.
  return absl::CivilDay(today.year() + kMostYears, today.month(), today.day());
}

void CheckNotTooFar(absl::CivilDay day, absl::CivilDay today, const std::string& field, status::BadFields& bad) {
  const absl::CivilDay last = LastAgreeableDay(today);
  if (day > last) bad.Add(field, kDayTooFar, {{"date", time::DayText(day)}, {"last", time::DayText(last)}});
}

void CheckDueDay(absl::CivilDay day, absl::CivilDay today, const std::string& field, status::BadFields& bad) {
  if (day < today) bad.Add(field, kDueDayOver, {{"date", time::DayText(day)}, {"today", time::DayText(today)}});
  CheckNotTooFar(day, today, field, bad);
}

}  // namespace heitie::planning
