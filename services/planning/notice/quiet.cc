#include "services/planning/notice/quiet.h"

#include <algorithm>

#include "absl/time/civil_time.h"

namespace heitie::planning {
namespace {

using v1::NoticePreference;
using v1::QuietWindow;

constexpr int kDayMinutes = 24 * 60, kWeekDays = 7;
constexpr absl::Duration kMostQuiet = absl::Hours(8 * 24);

absl::TimeZone ZoneOf(const NoticePreference& preference, absl::TimeZone business) {
  absl::TimeZone zone;
  return !preference.time_zone().empty() && absl::LoadTimeZone(preference.time_zone(), &zone) ? zone : business;
}

absl::Time At(absl::CivilDay day, int minute, absl::TimeZone zone) { return absl::FromCivil(absl::CivilMinute(day) + minute, zone); }

// Days of the week, which are all where none is named.
template <typename Days>
bool IsAmongDays(const Days& days, absl::CivilDay day) {
  // google.type.DayOfWeek counts from Monday, 1, as absl::Weekday does from 0.
  const int weekday = static_cast<int>(absl::GetWeekday(day)) + 1;
  return days.empty() || std::find(days.begin(), days.end(), weekday) != days.end();
}

// The latest end of what is quiet at `at`, or `at`.
absl::Time EndOfQuiet(const NoticePreference& preference, const time::BusinessCalendar* calendar, absl::TimeZone zone, absl::Time at) {
  absl::Time end = at;
  const absl::CivilDay today = absl::ToCivilDay(at, zone);
  for (const absl::CivilDay day : {today - 1, today}) {
    for (const QuietWindow& window : preference.quiet_windows()) {
      if (!IsAmongDays(window.days(), day)) continue;
      const int last = window.end_minute() + (window.end_minute() > window.start_minute() ? 0 : kDayMinutes);
      const absl::Time from = At(day, window.start_minute(), zone), to = At(day, last, zone);
      if (from <= at && at < to) end = std::max(end, to);
    }
  }
  if (calendar != nullptr && !calendar->IsWorkingDay(today)) end = std::max(end, At(today + 1, 0, zone));
  return end;
}

}  // namespace

absl::Time QuietUntil(const NoticePreference& preference, const time::BusinessCalendar* calendar, absl::TimeZone business, absl::Time at) {
  const absl::TimeZone zone = ZoneOf(preference, business);
  absl::Time end = at;
  while (end < at + kMostQuiet) {
    const absl::Time next = EndOfQuiet(preference, calendar, zone, end);
    if (next <= end) return end;
    end = next;
  }
  return end;
}

bool IsAlwaysQuiet(const NoticePreference& preference) {
  NoticePreference windows;
  *windows.mutable_quiet_windows() = preference.quiet_windows();
  // A week without a change of clocks.
  return QuietUntil(windows, nullptr, absl::UTCTimeZone(), absl::UnixEpoch()) >= absl::UnixEpoch() + kMostQuiet;
}

absl::Time NextDigest(const NoticePreference& preference, absl::TimeZone business, absl::Time at) {
  if (preference.digest_minutes().empty()) return at;
  const absl::TimeZone zone = ZoneOf(preference, business);
  absl::Time next = absl::InfiniteFuture();
  const absl::CivilDay today = absl::ToCivilDay(at, zone);
  for (int ahead = 0; ahead <= kWeekDays && next == absl::InfiniteFuture(); ++ahead) {
    if (!IsAmongDays(preference.digest_days(), today + ahead)) continue;
    for (const int minute : preference.digest_minutes()) {
      const absl::Time time = At(today + ahead, minute, zone);
      if (time > at) next = std::min(next, time);
    }
  }
  return next;
}

}  // namespace heitie::planning
