#include "services/activity/shift/coverage.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/shared.h"
#include "common/time/calendar_rules.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

const status::Reason kShiftTooLong{absl::StatusCode::kInvalidArgument, "SHIFT_TOO_LONG", "A shift lasts at most {hours} hours.",
                                   "一個班次最長 {hours} 小時。"};
const status::Reason kCoverageTooLong{absl::StatusCode::kInvalidArgument, "COVERAGE_TOO_LONG", "At most {days} days are covered together.",
                                      "最多涵蓋 {days} 天。"};

namespace {

// "22:00" and "06:00:30"; the door has checked the form.
absl::Duration WallTimeOf(const std::string& text) {
  int64_t seconds = 0, unit = 3600;
  for (const auto part : absl::StrSplit(text, ':')) {
    int64_t value = 0;
    if (absl::SimpleAtoi(part, &value)) seconds += value * unit;
    unit /= 60;
  }
  return absl::Seconds(seconds);
}

struct WallWindow {
  absl::Duration open, close;
};
WallWindow WindowOf(const type::v1::OpenWindow& window) {
  return {WallTimeOf(window.open()), WallTimeOf(window.close()) + (window.overnight() ? absl::Hours(24) : absl::ZeroDuration())};
}

// The first instant at which the clock shows this time of the day, or a later one.
absl::Time InstantAt(absl::CivilDay day, absl::Duration time_of_day, const absl::TimeZone& zone) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(day) + absl::ToInt64Seconds(time_of_day));
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

std::vector<Hours> Merged(std::vector<Hours> hours) {
  std::sort(hours.begin(), hours.end(), [](const Hours& a, const Hours& b) { return a.begin < b.begin; });
  std::vector<Hours> merged;
  for (const Hours& one : hours) {
    if (one.begin >= one.end) continue;
    if (!merged.empty() && one.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, one.end);
    } else {
      merged.push_back(one);
    }
  }
  return merged;
}

}  // namespace

LocalDays DaysOf(absl::Time start, absl::Time end, const std::string& time_zone) {
  return {time::ToDay(time::DateOf(start, time_zone)), time::ToDay(time::DateOf(std::max(start, end - absl::Microseconds(1)), time_zone))};
}

std::vector<Hours> NeededHours(const v1::ShiftCoverage& coverage, const v1::Activity& activity) {
  const absl::TimeZone zone = time::ZoneOf(activity.time_zone());
  const absl::Time start = time::ToTime(activity.start_time()), end = time::ToTime(activity.end_time());
  const LocalDays days = DaysOf(start, end, activity.time_zone());
  // A night that began on the evening before the first day may reach into the activity.
  const absl::CivilDay first = coverage.has_first_date() ? std::max(time::ToDay(coverage.first_date()), days.first - 1) : days.first - 1;
  absl::CivilDay last = coverage.has_last_date() ? time::ToDay(coverage.last_date()) : days.last;
  last = std::min({last, days.last, first + (kMostCoverageDays - 1)});
  std::vector<Hours> hours;
  for (absl::CivilDay day = first; day <= last; ++day) {
    for (const auto& window : coverage.hours()) {
      const WallWindow wall = WindowOf(window);
      hours.push_back({std::max(start, InstantAt(day, wall.open, zone)), std::min(end, InstantAt(day, wall.close, zone))});
    }
  }
  return Merged(std::move(hours));
}

std::vector<v1::CoverageGap> GapsIn(const std::vector<Hours>& needed, int min_count, const std::vector<Presence>& presence) {
  // Changes of how many are there, and of whether anybody is needed, in the order of time.
  struct Turn {
    int people = 0;
    int needed = 0;
  };
  std::map<absl::Time, Turn> turns;
  for (const Hours& hours : needed) {
    ++turns[hours.begin].needed;
    --turns[hours.end].needed;
  }
  for (const Presence& there : presence) {
    turns[there.hours.begin].people += there.people;
    turns[there.hours.end].people -= there.people;
  }
  std::vector<v1::CoverageGap> gaps;
  absl::Time since;
  int people = 0, wanted = 0, missing = 0;
  for (const auto& [at, turn] : turns) {
    people += turn.people;
    wanted += turn.needed;
    const int now_missing = wanted > 0 ? std::max(0, min_count - people) : 0;
    if (now_missing == missing) continue;
    if (missing > 0) {
      v1::CoverageGap& gap = gaps.emplace_back();
      *gap.mutable_start_time() = time::ToTimestamp(since);
      *gap.mutable_end_time() = time::ToTimestamp(at);
      gap.set_missing_count(missing);
    }
    since = at;
    missing = now_missing;
  }
  return gaps;
}

std::vector<Presence> PresenceOf(const std::string& role, const std::vector<v1::Shift>& shifts) {
  std::vector<Presence> presence;
  for (const v1::Shift& shift : shifts) {
    if (shift.role() != role || shift.state() == v1::Shift::STATE_CANCELLED || shift.people().empty()) continue;
    presence.push_back({{time::ToTime(shift.start_time()), time::ToTime(shift.end_time())}, shift.people_size()});
  }
  return presence;
}

std::vector<v1::CoverageGap> GapsOf(const v1::ShiftCoverage& coverage, const v1::Activity& activity, const std::vector<v1::Shift>& shifts,
                                    absl::Time from) {
  std::vector<Hours> needed = NeededHours(coverage, activity);
  for (Hours& hours : needed) hours.begin = std::max(hours.begin, from);
  needed.erase(std::remove_if(needed.begin(), needed.end(), [](const Hours& hours) { return hours.begin >= hours.end; }), needed.end());
  return GapsIn(needed, coverage.min_count(), PresenceOf(coverage.role(), shifts));
}

void NoteGaps(const v1::Activity& activity, const std::vector<v1::CoverageGap>& gaps, v1::ShiftCoverage& coverage) {
  coverage.clear_gaps();
  coverage.clear_gap_start_date();
  coverage.clear_gap_end_date();
  coverage.set_gap_count(static_cast<int32_t>(gaps.size()));
  int missing = 0;
  for (const v1::CoverageGap& gap : gaps) {
    missing = std::max(missing, gap.missing_count());
    if (coverage.gaps_size() < kMostGaps) *coverage.add_gaps() = gap;
  }
  coverage.set_missing_count(missing);
  if (gaps.empty()) return;
  const LocalDays days = DaysOf(time::ToTime(gaps.front().start_time()), time::ToTime(gaps.back().end_time()), activity.time_zone());
  *coverage.mutable_gap_start_date() = time::ToDate(days.first);
  *coverage.mutable_gap_end_date() = time::ToDate(days.last);
}

void CheckShift(const v1::Shift& shift, const std::string& path, status::BadFields& bad) {
  const absl::Time start = time::ToTime(shift.start_time()), end = time::ToTime(shift.end_time());
  if (start >= end) {
    bad.Add(path + ".end_time", kStartNotBeforeEnd);
  } else if (end - start > absl::Hours(kMostShiftHours)) {
    bad.Add(path + ".end_time", kShiftTooLong, {{"hours", kMostShiftHours}});
  }
  std::set<std::string> people;
  for (int i = 0; i < shift.people_size(); ++i) {
    if (people.insert(shift.people(i).employee()).second) continue;
    bad.Add(absl::StrCat(path, ".people[", i, "].employee"), kValueTwice, {{"value", shift.people(i).employee()}});
  }
}

void CheckCoverage(const v1::ShiftCoverage& coverage, const std::string& path, status::BadFields& bad) {
  for (int i = 0; i < coverage.hours_size(); ++i) {
    const WallWindow wall = WindowOf(coverage.hours(i));
    const std::string field = absl::StrCat(path, ".hours[", i, "]");
    const status::Args args = {{"open", coverage.hours(i).open()}, {"close", coverage.hours(i).close()}};
    if (wall.open >= wall.close) {
      bad.Add(field, time::kWindowEmpty, args);
    } else if (wall.close - wall.open > absl::Hours(24)) {
      bad.Add(field, time::kWindowTooLong, args);
    }
  }
  if (!coverage.has_first_date() || !coverage.has_last_date()) return;
  const absl::CivilDay first = time::ToDay(coverage.first_date()), last = time::ToDay(coverage.last_date());
  if (last < first) {
    bad.Add(path + ".last_date", status::kDatesReversed, {{"start", time::DayText(first)}, {"end", time::DayText(last)}});
  } else if (last - first >= kMostCoverageDays) {
    bad.Add(path + ".last_date", kCoverageTooLong, {{"days", kMostCoverageDays}});
  }
}

}  // namespace heitie::activity
