#include "services/metrics/analysis/period.h"

#include <algorithm>

namespace heitie::metrics::analysis {
namespace {

constexpr int kDaysOfWeek = 7;
constexpr int kMonthsOfQuarter = 3;
constexpr int kMonthsOfYear = 12;

absl::Duration StepOf(Granularity granularity) { return granularity == Granularity::kHour ? absl::Hours(1) : absl::Minutes(5); }

// Units shorter than a day, counted from the start of each day.
std::vector<Window> ShortIntervals(const Window& window, absl::Duration step, const Calendar& calendar, size_t limit) {
  std::vector<Window> intervals;
  for (absl::CivilDay day = DayOf(window.start, calendar); intervals.size() < limit; ++day) {
    const absl::Time midnight = StartOf(day, calendar), next = StartOf(day + 1, calendar);
    if (midnight >= window.end) break;
    const int64_t before = window.start > midnight ? (window.start - midnight) / step : 0;
    for (absl::Time at = midnight + before * step; at < std::min(next, window.end) && intervals.size() < limit; at += step) {
      intervals.push_back({std::max(at, window.start), std::min({at + step, next, window.end})});
    }
  }
  return intervals;
}

// The same time of another day.
absl::Time OnDay(absl::CivilDay day, absl::Time time, const Calendar& calendar) {
  const absl::CivilSecond civil = absl::ToCivilSecond(time, calendar.zone);
  const absl::Duration rest = time - absl::FromUnixSeconds(absl::ToUnixSeconds(time));
  const absl::CivilSecond moved(day.year(), day.month(), day.day(), civil.hour(), civil.minute(), civil.second());
  return absl::FromCivil(moved, calendar.zone) + rest;
}

absl::CivilDay Moved(absl::CivilDay day, Comparison comparison, int64_t days) {
  if (comparison == Comparison::kLastMonth) return AddMonths(day, -1);
  if (comparison == Comparison::kLastYear) return AddMonths(day, -kMonthsOfYear);
  return day - days;
}

// How many days earlier: those of the window, or the weeks that it needs.
int64_t DaysBack(const Window& window, Comparison comparison, const Calendar& calendar) {
  const Days days = DaysOf(window, calendar);
  const int64_t count = days.last - days.first + 1;
  return comparison == Comparison::kSameWeekdays ? (count + kDaysOfWeek - 1) / kDaysOfWeek * kDaysOfWeek : count;
}

}  // namespace

bool operator==(const Window& a, const Window& b) { return a.start == b.start && a.end == b.end; }

int64_t MicrosOf(absl::Time time) { return absl::ToInt64Microseconds(absl::Ceil(time - absl::UnixEpoch(), absl::Microseconds(1))); }

absl::CivilDay DayOf(absl::Time time, const Calendar& calendar) { return absl::ToCivilDay(time, calendar.zone); }

absl::Time StartOf(absl::CivilDay day, const Calendar& calendar) { return absl::FromCivil(day, calendar.zone); }

Window WindowOf(Days days, const Calendar& calendar) { return {StartOf(days.first, calendar), StartOf(days.last + 1, calendar)}; }

std::optional<Days> WholeDays(const Window& window, const Calendar& calendar) {
  const absl::CivilDay first = DayOf(window.start, calendar), after = DayOf(window.end, calendar);
  if (StartOf(first, calendar) != window.start || StartOf(after, calendar) != window.end || after <= first) return std::nullopt;
  return Days{first, after - 1};
}

Days DaysOf(const Window& window, const Calendar& calendar) {
  return {DayOf(window.start, calendar), DayOf(window.end - absl::Nanoseconds(1), calendar)};
}

absl::CivilDay UnitStart(absl::CivilDay day, Granularity unit, const Calendar& calendar) {
  switch (unit) {
    case Granularity::kWeek:
      return absl::GetWeekday(day) == calendar.week_start ? day : absl::PrevWeekday(day, calendar.week_start);
    case Granularity::kMonth:
      return absl::CivilDay(absl::CivilMonth(day));
    case Granularity::kQuarter:
      return absl::CivilDay(day.year(), (day.month() - 1) / kMonthsOfQuarter * kMonthsOfQuarter + 1, 1);
    case Granularity::kYear:
      return absl::CivilDay(absl::CivilYear(day));
    default:
      return day;
  }
}

absl::CivilDay NextUnit(absl::CivilDay start, Granularity unit) {
  switch (unit) {
    case Granularity::kWeek:
      return start + kDaysOfWeek;
    case Granularity::kMonth:
      return AddMonths(start, 1);
    case Granularity::kQuarter:
      return AddMonths(start, kMonthsOfQuarter);
    case Granularity::kYear:
      return AddMonths(start, kMonthsOfYear);
    default:
      return start + 1;
  }
}

absl::CivilDay AddMonths(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  return absl::CivilDay(month) + (std::min(day.day(), last.day()) - 1);
}

Window LastClosed(int count, Granularity unit, absl::Time closed_until, const Calendar& calendar) {
  const absl::CivilDay end = UnitStart(DayOf(closed_until, calendar), unit, calendar);
  absl::CivilDay first = end;
  for (int i = 0; i < count; ++i) first = UnitStart(first - 1, unit, calendar);
  return {StartOf(first, calendar), StartOf(end, calendar)};
}

std::vector<Window> Intervals(const Window& window, Granularity granularity, const Calendar& calendar, size_t limit) {
  if (window.end <= window.start) return {};
  if (granularity < Granularity::kDay) return ShortIntervals(window, StepOf(granularity), calendar, limit);
  std::vector<Window> intervals;
  absl::CivilDay first = UnitStart(DayOf(window.start, calendar), granularity, calendar);
  absl::Time start = window.start;
  while (start < window.end && intervals.size() < limit) {
    first = NextUnit(first, granularity);
    const absl::Time end = std::min(StartOf(first, calendar), window.end);
    intervals.push_back({start, end});
    start = end;
  }
  return intervals;
}

Window Compared(const Window& window, Comparison comparison, absl::Time closed_until, const Calendar& calendar) {
  const absl::Time end = std::clamp(closed_until, window.start, window.end);
  if (comparison == Comparison::kSameLengthBefore && !WholeDays(window, calendar).has_value()) {
    const absl::Duration length = window.end - window.start;
    return {window.start - length, end - length};
  }
  const int64_t days = DaysBack(window, comparison, calendar);
  const auto moved = [&](absl::CivilDay day) { return Moved(day, comparison, days); };
  const absl::CivilDay first = DayOf(window.start, calendar), last = DayOf(end, calendar);
  const absl::Time start = OnDay(moved(first), window.start, calendar);
  if (end == window.start) return {start, start};
  // An end at midnight belongs to the day before: what ends with 31 March ends with 28 February.
  if (StartOf(last, calendar) == end) return {start, StartOf(moved(last - 1) + 1, calendar)};
  return {start, std::max(start, OnDay(moved(last), end, calendar))};
}

IntervalIndex::IntervalIndex(const std::vector<Window>& intervals) {
  for (const Window& interval : intervals) bounds_.push_back(MicrosOf(interval.start));
  if (!intervals.empty()) bounds_.push_back(MicrosOf(intervals.back().end));
}

int IntervalIndex::Find(int64_t micros) {
  if (bounds_.empty() || micros < bounds_.front() || micros >= bounds_.back()) return -1;
  if (micros >= bounds_[last_] && micros < bounds_[last_ + 1]) return static_cast<int>(last_);
  if (last_ + 2 < bounds_.size() && micros >= bounds_[last_ + 1] && micros < bounds_[last_ + 2]) return static_cast<int>(++last_);
  last_ = static_cast<size_t>(std::upper_bound(bounds_.begin(), bounds_.end(), micros) - bounds_.begin()) - 1;
  return static_cast<int>(last_);
}

}  // namespace heitie::metrics::analysis
