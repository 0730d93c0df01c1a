#include "services/planning/meeting/meeting_days.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "common/time/day.h"
#include "services/planning/meeting/rule.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using v1::MeetingSchedule;

namespace {

// No row of days off is longer, so that whatever is moved into a span begins this near to it.
constexpr int kLongestMove = 90;
constexpr size_t kMostInstances = 10000;
// The 29th of February on a day of the week comes that late.
constexpr int kLongestRest = 366 * 41;
constexpr size_t kMostStretches = 100000;

}  // namespace

void CheckSchedule(const MeetingSchedule& schedule, const std::string& path, status::BadFields& bad) {
  status::BadFields faults;
  CheckRule(schedule.rule(), path + ".rule", faults);
  if (!faults.status().ok()) return CheckRule(schedule.rule(), path + ".rule", bad);
  const absl::CivilDay start = time::ToDay(schedule.start_date());
  const std::optional<absl::CivilDay> first = FirstInstanceOf(schedule.rule(), start);
  if (!first) {
    bad.Add(path + ".rule", kRuleWithoutInstance, {{"rule", schedule.rule()}});
  } else if (*first != start) {
    bad.Add(path + ".start_date", kStartNotInRule, {{"date", time::DayText(start)}, {"next", time::DayText(*first)}});
  }
}

std::vector<MeetingDay> MeetingDaysOf(const MeetingSchedule& schedule, const time::BusinessCalendar& calendar, absl::CivilDay from,
                                      absl::CivilDay until) {
  const std::vector<absl::CivilDay> instances =
      InstancesOf(schedule.rule(), time::ToDay(schedule.start_date()), from - kLongestMove, until + kLongestMove, kMostInstances);
  std::set<absl::CivilDay> skipped;
  for (const google::type::Date& date : schedule.skipped_dates()) skipped.insert(time::ToDay(date));
  std::map<absl::CivilDay, MeetingDay> by_day;
  for (const absl::CivilDay instance : instances) {
    if (skipped.count(instance) > 0) continue;
    absl::CivilDay day = instance;
    if (!calendar.IsWorkingDay(instance)) {
      if (schedule.day_off_policy() == MeetingSchedule::DAY_OFF_POLICY_SKIP) continue;
      day = WorkdayAt(calendar, instance, schedule.day_off_policy() == MeetingSchedule::DAY_OFF_POLICY_NEXT ? 0 : -1);
    }
    const auto [found, first] = by_day.insert({day, {instance, day, {}}});
    if (first) continue;
    MeetingDay& meeting = found->second;
    meeting.joined.push_back(instance == day ? meeting.rule_date : instance);
    if (instance == day) meeting.rule_date = instance;
  }
  std::vector<MeetingDay> days;
  for (auto& [day, meeting] : by_day) {
    std::sort(meeting.joined.begin(), meeting.joined.end());
    if (meeting.rule_date >= from && meeting.rule_date <= until) days.push_back(std::move(meeting));
  }
  std::sort(days.begin(), days.end(), [](const MeetingDay& a, const MeetingDay& b) { return a.rule_date < b.rule_date; });
  return days;
}

bool MeetsLater(const v1::MeetingSeries& series) {
  const absl::CivilDay after = time::ToDay(series.meetings_until()) + 1;
  return !InstancesOf(series.schedule().rule(), time::ToDay(series.schedule().start_date()), after, after + kLongestRest, 1).empty();
}

absl::Time StartOfMeeting(const MeetingSchedule& schedule, absl::CivilDay day) {
  int hour = 0, minute = 0;
  const std::string& clock = schedule.start_clock();
  if (!absl::SimpleAtoi(clock.substr(0, 2), &hour) || !absl::SimpleAtoi(clock.substr(3), &minute)) return absl::InfiniteFuture();
  return time::ZoneOf(schedule.time_zone()).At(absl::CivilSecond(day.year(), day.month(), day.day(), hour, minute)).pre;
}

absl::Time WorkingBefore(const time::BusinessCalendar& calendar, absl::Time at, absl::Duration amount) {
  const absl::Time earliest = at - absl::Hours(24 * 366);
  if (amount <= absl::ZeroDuration()) return at;
  for (absl::Duration back = absl::Hours(24 * 14);; back *= 4) {
    const absl::Time from = std::max(earliest, at - back);
    const std::vector<time::BusinessCalendar::Interval> open = calendar.Open(from, at, kMostStretches);
    absl::Duration left = amount;
    for (auto stretch = open.rbegin(); stretch != open.rend(); ++stretch) {
      if (stretch->end - stretch->begin >= left) return stretch->end - left;
      left -= stretch->end - stretch->begin;
    }
    if (from == earliest) return earliest;
  }
}

}  // namespace heitie::planning
