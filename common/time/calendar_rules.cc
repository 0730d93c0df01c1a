#include "common/time/calendar_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "common/time/zone.h"

namespace heitie::time {

using absl::StatusCode;

const status::Reason kDuplicateDay{StatusCode::kInvalidArgument, "DUPLICATE_DAY",
                                   "{day} is a holiday or a special day already; a date stands in these lists once.",
                                   "{day} 已列為假日或特殊日，每個日期只能列一次。"};
const status::Reason kNeverOpen{StatusCode::kInvalidArgument, "NEVER_OPEN", "In no week is there a time in which people work.",
                                "每週沒有任何工作時段。"};
const status::Reason kWindowEmpty{StatusCode::kInvalidArgument, "WINDOW_EMPTY",
                                  "A window from {open} to {close} has no length; say so if it closes on the day after.",
                                  "{open} 至 {close} 的時段沒有長度；若於翌日結束，請標明。"};
const status::Reason kWindowTooLong{StatusCode::kInvalidArgument, "WINDOW_TOO_LONG",
                                    "A window from {open} to {close} on the day after is longer than 24 hours.",
                                    "{open} 至翌日 {close} 的時段超過 24 小時。"};
const status::Reason kTooManyWindows{StatusCode::kInvalidArgument, "TOO_MANY_WINDOWS",
                                     "{count} windows open on the same day of the week; there may be {max}.",
                                     "每週同一天有 {count} 個時段，最多 {max} 個。"};
const status::Reason kClosureReversed{StatusCode::kInvalidArgument, "CLOSURE_REVERSED", "A closure ends after it begins.",
                                      "停班的結束時間須晚於開始時間。"};
const status::Reason kDayBeyondCalendar{StatusCode::kInvalidArgument, "DAY_BEYOND_CALENDAR",
                                        "{day} is after the year 2399, with which calendars end.", "{day} 晚於行事曆的終點 2399 年。"};

namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::CivilDay kBeyondDay(2400, 1, 1);
// As many as one entry or special day may have. Each day of a change of the clocks is computed by itself, from all its windows.
constexpr int kMostWindows = 50;

using Windows = google::protobuf::RepeatedPtrField<type::v1::OpenWindow>;

// Two digits at the position; nothing for anything else.
std::optional<int> TwoDigits(const std::string& text, size_t at) {
  if (at + 2 > text.size() || !absl::ascii_isdigit(text[at]) || !absl::ascii_isdigit(text[at + 1])) return std::nullopt;
  return (text[at] - '0') * 10 + text[at + 1] - '0';
}

// "09:00" or "09:00:30" from the midnight with which the day begins, up to "24:00".
std::optional<absl::Duration> TimeOfDay(const std::string& text) {
  const bool to_the_second = text.size() == 8;
  if (text.size() != 5 && !to_the_second) return std::nullopt;
  if (text[2] != ':' || (to_the_second && text[5] != ':')) return std::nullopt;
  const std::optional<int> hours = TwoDigits(text, 0), minutes = TwoDigits(text, 3), seconds = to_the_second ? TwoDigits(text, 6) : 0;
  if (!hours || !minutes || *minutes > 59 || !seconds || *seconds > 59) return std::nullopt;
  const absl::Duration time = absl::Hours(*hours) + absl::Minutes(*minutes) + absl::Seconds(*seconds);
  if (time > kDay) return std::nullopt;
  return time;
}

struct Parsed {
  std::optional<absl::Duration> open, close;
  absl::Duration length() const { return *close - *open; }
};

Parsed Parse(const type::v1::OpenWindow& window) {
  Parsed parsed{TimeOfDay(window.open()), TimeOfDay(window.close())};
  if (parsed.open == kDay) parsed.open.reset();
  if (parsed.close && window.overnight()) *parsed.close += kDay;
  return parsed;
}

// How many of the windows have a length.
int CheckWindows(const Windows& windows, const std::string& path, status::BadFields& bad) {
  int good = 0;
  for (int i = 0; i < windows.size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    const Parsed window = Parse(windows[i]);
    if (!window.open) bad.Add(absl::StrCat(at, ".open"), status::kBadValue, {{"rule", "from 00:00 to 23:59:59"}});
    if (!window.close) bad.Add(absl::StrCat(at, ".close"), status::kBadValue, {{"rule", "from 00:00 to 24:00"}});
    if (!window.open || !window.close) continue;
    const status::Args args = {{"open", windows[i].open()}, {"close", windows[i].close()}};
    if (window.length() <= absl::ZeroDuration()) {
      bad.Add(at, kWindowEmpty, args);
    } else if (window.length() > kDay) {
      bad.Add(at, kWindowTooLong, args);
    } else {
      ++good;
    }
  }
  return good;
}

void CheckDay(const google::type::Date& date, const std::string& path, std::set<absl::CivilDay>& seen, status::BadFields& bad) {
  if (!IsValid(date)) return bad.Add(path, status::kBadValue, {{"rule", "a whole calendar date from 1970 to 2399"}});
  const absl::CivilDay day = ToDay(date);
  if (day >= kBeyondDay) bad.Add(path, kDayBeyondCalendar, {{"day", DayText(day)}});
  if (!seen.insert(day).second) bad.Add(path, kDuplicateDay, {{"day", DayText(day)}});
}

std::vector<OpenWindow> WindowsOf(const Windows& windows) {
  std::vector<OpenWindow> result;
  for (const type::v1::OpenWindow& window : windows) {
    const Parsed parsed = Parse(window);
    if (parsed.open && parsed.close) result.push_back({*parsed.open, *parsed.close});
  }
  return result;
}

}  // namespace

void CheckRules(const type::v1::BusinessCalendar& calendar, const std::string& path, status::BadFields& bad) {
  const auto at = [&](const char* field, int index) { return absl::StrCat(path, ".", field, "[", index, "]"); };
  if (!FindZone(calendar.time_zone())) {
    bad.Add(absl::StrCat(path, ".time_zone"), status::kUnknownTimeZone, {{"time_zone", calendar.time_zone()}});
  }
  int open = 0;
  std::array<int, 8> windows_of_day = {};
  for (int i = 0; i < calendar.week_size(); ++i) {
    int days = 0, most = 0;
    for (int j = 0; j < calendar.week(i).days_size(); ++j) {
      const bool known = calendar.week(i).days(j) >= google::type::MONDAY && calendar.week(i).days(j) <= google::type::SUNDAY;
      if (!known) bad.Add(absl::StrCat(at("week", i), ".days[", j, "]"), status::kBadValue, {{"rule", "a day of the week"}});
      if (!known) continue;
      ++days;
      most = std::max(most, windows_of_day[calendar.week(i).days(j)] += calendar.week(i).windows_size());
    }
    const int windows = CheckWindows(calendar.week(i).windows(), absl::StrCat(at("week", i), ".windows"), bad);
    if (days > 0) open += windows;
    if (most > kMostWindows) bad.Add(at("week", i), kTooManyWindows, {{"count", most}, {"max", kMostWindows}});
  }
  if (open == 0) bad.Add(absl::StrCat(path, ".week"), kNeverOpen);
  std::set<absl::CivilDay> seen;
  for (int i = 0; i < calendar.holidays_size(); ++i) {
    CheckDay(calendar.holidays(i).date(), absl::StrCat(at("holidays", i), ".date"), seen, bad);
  }
  for (int i = 0; i < calendar.special_days_size(); ++i) {
    CheckDay(calendar.special_days(i).date(), absl::StrCat(at("special_days", i), ".date"), seen, bad);
    CheckWindows(calendar.special_days(i).windows(), absl::StrCat(at("special_days", i), ".windows"), bad);
  }
  for (int i = 0; i < calendar.closures_size(); ++i) {
    if (ToTime(calendar.closures(i).start_time()) >= ToTime(calendar.closures(i).end_time())) bad.Add(at("closures", i), kClosureReversed);
  }
}

absl::StatusOr<CalendarRules> RulesOf(const type::v1::BusinessCalendar& calendar) {
  CalendarRules rules;
  const std::optional<absl::TimeZone> zone = FindZone(calendar.time_zone());
  if (!zone) return status::Error(status::kUnknownTimeZone, {{"time_zone", calendar.time_zone()}});
  rules.zone = *zone;
  for (const auto& entry : calendar.week()) {
    const std::vector<OpenWindow> windows = WindowsOf(entry.windows());
    for (const int day : entry.days()) {
      if (day < google::type::MONDAY || day > google::type::SUNDAY) continue;
      auto& of_day = rules.week[day - google::type::MONDAY];
      of_day.insert(of_day.end(), windows.begin(), windows.end());
    }
  }
  for (const auto& holiday : calendar.holidays()) rules.holidays.push_back(ToDay(holiday.date()));
  for (const auto& special : calendar.special_days()) rules.special_days.push_back({ToDay(special.date()), WindowsOf(special.windows())});
  for (const auto& closure : calendar.closures()) rules.closures.push_back({ToTime(closure.start_time()), ToTime(closure.end_time())});
  return rules;
}

absl::StatusOr<std::shared_ptr<const NamedCalendar>> CalendarCache::Get(const std::string& name, const std::string& content,
                                                                        const std::function<absl::StatusOr<NamedCalendar>()>& make) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    if (it != entries_.end() && it->second.content == content) return it->second.calendar;
  }
  // Not under the lock: reading and making takes its time, and two who make the same do no harm.
  absl::StatusOr<NamedCalendar> made = make();
  if (!made.ok()) return made.status();
  auto calendar = std::make_shared<const NamedCalendar>(*std::move(made));
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMost && entries_.count(name) == 0) entries_.erase(entries_.begin());
  entries_[name] = {content, calendar};
  return calendar;
}

}  // namespace heitie::time
