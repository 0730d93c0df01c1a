#include "common/time/business_calendar.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace heitie::time {
namespace {

// Instants and amounts of working time in microseconds.
using Micros = int64_t;

constexpr absl::CivilDay kFirstDay(1900, 1, 1), kEndDay(2400, 1, 1);
constexpr int64_t kDays = kEndDay - kFirstDay;

struct Stretch {
  Micros begin, end;
};
// Ascending and apart.
using Stretches = std::vector<Stretch>;

Stretches Merged(Stretches stretches) {
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
  Stretches merged;
  for (const Stretch& stretch : stretches) {
    if (stretch.begin >= stretch.end) continue;
    if (!merged.empty() && stretch.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, stretch.end);
    } else {
      merged.push_back(stretch);
    }
  }
  return merged;
}

// What of `stretches` lies in none of `others`. Costs one walk along both.
Stretches Without(const Stretches& stretches, const Stretches& others) {
  Stretches left;
  auto other = others.begin();
  for (Stretch stretch : stretches) {
    while (other != others.end() && other->end <= stretch.begin) ++other;
    for (auto cut = other; cut != others.end() && cut->begin < stretch.end; ++cut) {
      if (cut->begin > stretch.begin) left.push_back({stretch.begin, cut->begin});
      stretch.begin = std::min(stretch.end, cut->end);
    }
    if (stretch.begin < stretch.end) left.push_back(stretch);
  }
  return left;
}

// How much of them lies before `end`.
Micros Length(const Stretches& stretches, Micros end = std::numeric_limits<Micros>::max()) {
  Micros length = 0;
  for (const Stretch& stretch : stretches) length += std::max<Micros>(0, std::min(stretch.end, end) - stretch.begin);
  return length;
}

Stretches Clipped(const Stretches& stretches, Micros begin, Micros end) {
  Stretches clipped;
  for (const Stretch& stretch : stretches) {
    const Stretch part = {std::max(stretch.begin, begin), std::min(stretch.end, end)};
    if (part.begin < part.end) clipped.push_back(part);
  }
  return clipped;
}

// The smallest value in [low, high) for which `reached` holds, or high. It holds for all values after the first.
template <typename F>
int64_t FirstOf(int64_t low, int64_t high, F reached) {
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (reached(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Of a day that is not before the first one.
int WeekdayOf(int64_t day) {
  static const int64_t first = static_cast<int64_t>(absl::GetWeekday(kFirstDay));
  return static_cast<int>((first + day) % 7);
}
int64_t IndexOf(absl::CivilDay day) { return std::clamp<int64_t>(day - kFirstDay, 0, kDays); }

// One version of a calendar. Days are counted from kFirstDay.
class Schedule {
 public:
  explicit Schedule(CalendarRules rules) : rules_(std::move(rules)) {
    for (const absl::CivilDay day : rules_.holidays) special_.push_back({day - kFirstDay, nullptr});
    for (const auto& special : rules_.special_days) special_.push_back({special.day - kFirstDay, &special.windows});
    std::sort(special_.begin(), special_.end());
    CountWeek();
    CountIrregularDays();
    CountClosures();
    CountWorkingDays();
  }
  Schedule(const Schedule&) = delete;

  // Working time before the instant, from the first day on.
  Micros Before(Micros time) const {
    const auto after = std::partition_point(closures_.begin(), closures_.end(), [&](const Closure& c) { return c.begin < time; });
    if (after == closures_.begin()) return OpenBefore(time);
    const Closure& last = *(after - 1);
    const Micros until = std::min(time, last.end);
    return OpenBefore(time) - last.cut_before - (OpenBefore(until) - last.open_before);
  }

  // The first instant before which so much is worked; `amount` is positive. Nothing when there is none.
  std::optional<Micros> Reach(Micros amount) const {
    // While something is closed nothing is added: behind what lies before the instant, as much more must have been open.
    const auto after =
        std::partition_point(closures_.begin(), closures_.end(), [&](const Closure& c) { return c.open_before - c.cut_before < amount; });
    if (after != closures_.begin()) {
      const Closure& last = *(after - 1);
      amount += last.cut_before + OpenBefore(last.end) - last.open_before;
    }
    const int64_t day = DaysUntil(amount) - 1;
    if (day >= kDays) return std::nullopt;
    // The windows that start before the day are less than that, and have all ended with it but those of the day before.
    Micros open = OpenOfDaysBefore(day - 1);
    for (const Stretch& stretch : OwnAround(day)) {
      if (open + stretch.end - stretch.begin >= amount) return stretch.begin + amount - open;
      open += stretch.end - stretch.begin;
    }
    return std::nullopt;
  }

  // Working days before the day.
  int64_t WorkingDaysBefore(int64_t day) const {
    day = std::clamp<int64_t>(day, 0, kDays);
    const DayRun& run = *(std::partition_point(runs_.begin(), runs_.end(), [&](const DayRun& r) { return r.first <= day; }) - 1);
    int64_t count = run.before;
    if (run.kind == DayRun::kRegular) count += WeekdaysBefore(day) - WeekdaysBefore(run.first);
    return count;
  }

  int64_t DayOf(Micros time) const { return IndexOf(absl::ToCivilDay(absl::FromUnixMicros(time), rules_.zone)); }
  Micros StartOf(int64_t day) const { return InstantOf(day, absl::ZeroDuration()); }

  // The first instant at which the clock shows this time of the day, or a later one.
  Micros InstantOf(int64_t day, absl::Duration time_of_day) const { return InstantOf(absl::CivilSecond(kFirstDay + day), time_of_day); }
  Micros InstantOf(absl::CivilSecond midnight, absl::Duration time_of_day) const {
    const absl::TimeZone::TimeInfo info = rules_.zone.At(midnight + absl::ToInt64Seconds(time_of_day));
    return absl::ToUnixMicros(info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre);
  }

  // What is open of the windows that start on the day.
  Stretches OpenOn(int64_t day) const { return Without(WindowsOn(day), ClosedFor(day)); }
  // What is open between the day's midnights.
  Stretches OpenDuring(int64_t day) const { return Clipped(Without(WindowsAround(day), ClosedFor(day)), StartOf(day), StartOf(day + 1)); }

 private:
  struct SpecialDay {
    int64_t day;
    const std::vector<OpenWindow>* windows;  // nullptr: a holiday
    bool operator<(const SpecialDay& other) const { return day < other.day; }
  };
  // A day that is not worked as its weekday says, and by how much all of them up to this one differ.
  struct IrregularDay {
    int64_t day;
    Micros more;
  };
  struct Closure {
    Micros begin, end;
    Micros open_before;  // what would have been worked before it
    Micros cut_before;   // by all closures before it
  };
  // Days that are counted alike, up to the next run.
  struct DayRun {
    enum Kind { kRegular, kCounted } kind;
    int64_t first;
    int64_t before;  // working days before the first of it
  };

  const std::vector<OpenWindow>& WindowsOf(int64_t day) const {
    static const std::vector<OpenWindow> kNone;
    if (day < 0 || day >= kDays) return kNone;
    const auto special = std::lower_bound(special_.begin(), special_.end(), SpecialDay{day, nullptr});
    if (special == special_.end() || special->day != day) return rules_.week[WeekdayOf(day)];
    return special->windows == nullptr ? kNone : *special->windows;
  }

  // The windows that start on the day.
  Stretches WindowsOn(int64_t day) const {
    const std::vector<OpenWindow>& windows = WindowsOf(day);
    if (windows.empty()) return {};
    Stretches stretches;
    stretches.reserve(windows.size());
    // To count the days of a century is dearer than to ask the zone.
    const absl::CivilSecond midnight(kFirstDay + day);
    for (const OpenWindow& window : windows) stretches.push_back({InstantOf(midnight, window.open), InstantOf(midnight, window.close)});
    return Merged(std::move(stretches));
  }

  // All windows that reach into the day.
  Stretches WindowsAround(int64_t day) const {
    Stretches stretches;
    for (int64_t each = day - 1; each <= day + 1; ++each) {
      for (const Stretch& stretch : WindowsOn(each)) stretches.push_back(stretch);
    }
    return Merged(std::move(stretches));
  }

  // The same without what the windows of the day before last reach into it.
  Stretches OwnAround(int64_t day) const {
    Stretches around = WindowsAround(day);
    const std::vector<OpenWindow>& earlier = WindowsOf(day - 2);
    const bool reach = std::any_of(earlier.begin(), earlier.end(), [](const OpenWindow& w) { return w.close > absl::Hours(24); });
    return reach ? Without(around, WindowsOn(day - 2)) : around;
  }

  // The closures that may touch a window around the day.
  Stretches ClosedFor(int64_t day) const {
    const Micros begin = StartOf(day - 1), end = StartOf(day + 3);
    Stretches closed;
    auto closure = std::partition_point(closures_.begin(), closures_.end(), [&](const Closure& c) { return c.end <= begin; });
    for (; closure != closures_.end() && closure->begin < end; ++closure) closed.push_back({closure->begin, closure->end});
    return closed;
  }

  // ---- The week without exceptions

  // As on a day with the weekday, in a zone whose clocks are never changed.
  static Stretches Nominal(const std::vector<OpenWindow>& windows, int day) {
    Stretches stretches;
    for (const OpenWindow& window : windows) {
      const Micros start = absl::ToInt64Microseconds(absl::Hours(24 * day));
      stretches.push_back({start + absl::ToInt64Microseconds(window.open), start + absl::ToInt64Microseconds(window.close)});
    }
    return Merged(std::move(stretches));
  }

  void CountWeek() {
    for (int weekday = 0; weekday < 7; ++weekday) {
      const Stretches before = Nominal(rules_.week[(weekday + 6) % 7], 0), today = Nominal(rules_.week[weekday], 1);
      nominal_[weekday] = Length(Without(today, before));
      works_[weekday] = !today.empty();
    }
    for (int i = 0; i < 7; ++i) {
      const int weekday = (WeekdayOf(0) + i) % 7;
      nominal_before_[i + 1] = nominal_before_[i] + nominal_[weekday];
      works_before_[i + 1] = works_before_[i] + (works_[weekday] ? 1 : 0);
    }
  }
  Micros NominalBefore(int64_t day) const { return day / 7 * nominal_before_[7] + nominal_before_[day % 7]; }
  int64_t WeekdaysBefore(int64_t day) const { return day / 7 * works_before_[7] + works_before_[day % 7]; }

  // ---- Exceptions

  // Days whose windows are not those of the week, or do not last as long on the clock.
  std::set<int64_t> DaysThatDiffer() const {
    std::set<int64_t> days;
    for (const SpecialDay& special : special_) days.insert({special.day, special.day + 1});
    absl::TimeZone::CivilTransition transition;
    for (absl::Time at = absl::FromCivil(kFirstDay - 2, rules_.zone);
         rules_.zone.NextTransition(at, &transition) && transition.to < absl::CivilSecond(kEndDay);
         at = rules_.zone.At(transition.to).trans) {
      const int64_t from = absl::CivilDay(transition.from) - kFirstDay, to = absl::CivilDay(transition.to) - kFirstDay;
      for (int64_t day = std::min(from, to) - 1; day <= std::max(from, to) + 2; ++day) days.insert(day);
    }
    // The first day has no day before it.
    days.insert(0);
    while (!days.empty() && *days.begin() < 0) days.erase(days.begin());
    days.erase(days.lower_bound(kDays), days.end());
    return days;
  }

  void CountIrregularDays() {
    Micros more = 0;
    for (const int64_t day : DaysThatDiffer()) {
      more += Length(Without(WindowsOn(day), WindowsOn(day - 1))) - nominal_[WeekdayOf(day)];
      irregular_.push_back({day, more});
    }
  }

  // What the windows that start before the day are long, closures not looked at.
  Micros OpenOfDaysBefore(int64_t day) const {
    if (day <= 0) return 0;
    day = std::min(day, kDays);
    const auto after = std::partition_point(irregular_.begin(), irregular_.end(), [&](const IrregularDay& d) { return d.day < day; });
    return NominalBefore(day) + (after == irregular_.begin() ? 0 : (after - 1)->more);
  }

  // The first day before which so much is open, or the one after the last; `amount` is positive.
  int64_t DaysUntil(Micros amount) const {
    const auto next = std::partition_point(irregular_.begin(), irregular_.end(),
                                           [&](const IrregularDay& d) { return NominalBefore(d.day + 1) + d.more < amount; });
    const bool last = next == irregular_.end();
    const int64_t at_the_latest = last ? kDays + 1 : next->day + 1;
    const Micros wanted = amount - (next == irregular_.begin() ? 0 : (next - 1)->more), week = nominal_before_[7];
    if (week == 0) return at_the_latest;
    // Up to the next irregular day all days are as the week says.
    const int64_t weeks = (wanted - 1) / week;
    const Micros* const day = std::lower_bound(std::begin(nominal_before_), std::end(nominal_before_), wanted - weeks * week);
    return std::min(weeks * 7 + (day - nominal_before_), at_the_latest);
  }

  // Windows of the day before last and earlier have ended at `time`; those around its day may reach over it.
  Micros OpenBefore(Micros time) const {
    const int64_t day = DayOf(time);
    return OpenOfDaysBefore(day - 1) + Length(OwnAround(day), time);
  }

  void CountClosures() {
    Stretches closed;
    for (const auto& closure : rules_.closures) {
      closed.push_back({absl::ToUnixMicros(std::max(closure.begin, absl::FromCivil(kFirstDay - 2, rules_.zone))),
                        absl::ToUnixMicros(std::min(closure.end, absl::FromCivil(kEndDay + 2, rules_.zone)))});
    }
    Micros cut = 0;
    for (const Stretch& stretch : Merged(std::move(closed))) {
      const Micros open = OpenBefore(stretch.begin);
      closures_.push_back({stretch.begin, stretch.end, open, cut});
      cut += OpenBefore(stretch.end) - open;
    }
  }

  // ---- Working days

  // Runs: days that are as the week says, days that must be looked at, days on which all is closed.
  void CountWorkingDays() {
    std::set<int64_t> single;
    for (const int64_t day : DaysThatDiffer()) single.insert(day);
    std::vector<std::pair<int64_t, int64_t>> closed;
    for (const Closure& closure : closures_) {
      const int64_t first = DayOf(closure.begin), last = DayOf(closure.end);
      for (int64_t day = first - 1; day <= std::min(first + 1, last); ++day) single.insert(day);
      for (int64_t day = std::max(first - 1, last - 2); day <= last; ++day) single.insert(day);
      if (first + 2 < last - 2) closed.emplace_back(first + 2, last - 2);
    }
    for (const auto& [begin, end] : closed) single.erase(single.lower_bound(begin), single.lower_bound(end));
    int64_t next = 0, count = 0;
    auto closure = closed.begin();
    const auto add = [&](DayRun::Kind kind, int64_t first, int64_t end, int64_t working) {
      if (first >= end) return;
      runs_.push_back({kind, first, count});
      count += working;
      next = end;
    };
    const auto add_regular_until = [&](int64_t day) { add(DayRun::kRegular, next, day, WeekdaysBefore(day) - WeekdaysBefore(next)); };
    const auto add_closed_until = [&](int64_t day) {
      for (; closure != closed.end() && closure->first < day; ++closure) {
        add_regular_until(closure->first);
        add(DayRun::kCounted, next, closure->second, 0);
      }
    };
    for (const int64_t day : single) {
      if (day < 0 || day >= kDays) continue;
      add_closed_until(day);
      add_regular_until(day);
      add(DayRun::kCounted, day, day + 1, OpenOn(day).empty() ? 0 : 1);
    }
    add_closed_until(kDays);
    add_regular_until(kDays);
    runs_.push_back({DayRun::kCounted, kDays, count});
  }

  const CalendarRules rules_;
  std::vector<SpecialDay> special_;  // ascending
  Micros nominal_[7] = {};           // of a weekday's windows, without what the day before's cover
  bool works_[7] = {};
  Micros nominal_before_[8] = {};  // of the first days of the range
  int64_t works_before_[8] = {};
  std::vector<IrregularDay> irregular_;  // ascending
  std::vector<Closure> closures_;        // ascending and apart
  std::vector<DayRun> runs_;             // ascending, without gaps
};

}  // namespace

struct BusinessCalendar::Tables {
  struct Part {
    std::unique_ptr<const Schedule> schedule;
    Micros begin;         // in force from here to the next part's
    Micros worked;        // before `begin`
    Micros own;           // what the schedule alone says of it
    int64_t first_day;    // from this day to the next part's, days are counted by the schedule alone …
    int64_t days_before;  // … and so many working days are before it
  };
  // A day near the change from one version to the next, which more than one version judges.
  struct SharedDay {
    int64_t day;
    int64_t before;  // working days before it
  };

  Micros Before(Micros time) const {
    const Part& part = parts[PartAt(time)];
    return part.worked + part.schedule->Before(time) - part.own;
  }
  // The first instant before which so much is worked.
  std::optional<Micros> Reach(Micros amount) const {
    const auto after = std::partition_point(parts.begin() + 1, parts.end(), [&](const Part& p) { return p.worked < amount; });
    const Part& part = *(after - 1);
    const std::optional<Micros> instant = part.schedule->Reach(amount - part.worked + part.own);
    if (!instant || *instant > parts.back().schedule->StartOf(kDays)) return std::nullopt;
    return instant;
  }
  size_t PartAt(Micros time) const {
    const auto after = std::partition_point(parts.begin() + 1, parts.end(), [&](const Part& p) { return p.begin <= time; });
    return after - parts.begin() - 1;
  }
  Micros EndOf(size_t part) const { return part + 1 < parts.size() ? parts[part + 1].begin : end; }

  // When the windows that start on the day are first open; nothing when they never are.
  std::optional<Micros> OpeningOf(int64_t day) const {
    if (day < 0 || day >= kDays) return std::nullopt;
    const size_t end = PartsEnd(day);
    for (size_t i = PartsBegin(day); i < end; ++i) {
      const Stretches open = Clipped(parts[i].schedule->OpenOn(day), parts[i].begin, EndOf(i));
      if (!open.empty()) return open.front().begin;
    }
    return std::nullopt;
  }
  // When the last of them is open last.
  std::optional<Micros> ClosingOf(int64_t day) const {
    if (day < 0 || day >= kDays) return std::nullopt;
    const size_t begin = PartsBegin(day);
    for (size_t i = PartsEnd(day); i-- > begin;) {
      const Stretches open = Clipped(parts[i].schedule->OpenOn(day), parts[i].begin, EndOf(i));
      if (!open.empty()) return open.back().end;
    }
    return std::nullopt;
  }
  bool Works(int64_t day) const { return OpeningOf(day).has_value(); }

  Micros InstantOf(int64_t day, absl::Duration time_of_day) const {
    const size_t first = PartsBegin(day), last = PartsEnd(day) - 1;
    for (size_t i = first;; ++i) {
      Micros time = parts[i].schedule->InstantOf(day, time_of_day);
      // Where a version begins past that time by its clock, it is as at the end of a gap.
      if (i > first) time = std::max(time, parts[i].begin);
      if (i == last || time < EndOf(i)) return time;
    }
  }

  // The versions that may judge the day: windows reach two days far, and the clocks of two zones are at most a day apart.
  size_t PartsBegin(int64_t day) const { return PartAt(absl::ToUnixMicros(absl::FromCivil(kFirstDay + day - 2, absl::UTCTimeZone()))); }
  size_t PartsEnd(int64_t day) const { return PartAt(absl::ToUnixMicros(absl::FromCivil(kFirstDay + day + 4, absl::UTCTimeZone()))) + 1; }

  int64_t WorkingDaysBefore(int64_t day) const {
    day = std::clamp<int64_t>(day, 0, kDays);
    const auto after = std::partition_point(shared.begin(), shared.end(), [&](const SharedDay& s) { return s.day <= day; });
    const int64_t first = after == shared.begin() ? 0 : (after - 1)->day;
    int64_t count = after == shared.begin() ? 0 : (after - 1)->before;
    if (first == day) return count;
    if (after != shared.begin()) {
      count += Works(first) ? 1 : 0;
      if (first + 1 == day) return count;
    }
    const int64_t begin = after == shared.begin() ? 0 : first + 1;
    const Schedule& schedule = *parts[PartOfDay(begin)].schedule;
    return count + schedule.WorkingDaysBefore(day) - schedule.WorkingDaysBefore(begin);
  }
  size_t PartOfDay(int64_t day) const {
    return PartAt(absl::ToUnixMicros(absl::FromCivil(absl::CivilHour(kFirstDay + day) + 12, absl::UTCTimeZone())));
  }

  void CountDays() {
    std::set<int64_t> days;
    for (size_t i = 1; i < parts.size(); ++i) {
      const int64_t day = absl::ToCivilDay(absl::FromUnixMicros(parts[i].begin), absl::UTCTimeZone()) - kFirstDay;
      for (int64_t each = day - 4; each <= day + 3; ++each) {
        if (each >= 0 && each < kDays) days.insert(each);
      }
    }
    for (const int64_t day : days) {
      const int64_t before = WorkingDaysBefore(day);
      shared.push_back({day, before});
    }
  }

  std::vector<Part> parts;
  std::vector<SharedDay> shared;  // ascending
  Micros end = 0;
};

absl::StatusOr<BusinessCalendar> BusinessCalendar::Make(const std::vector<Version>& versions) {
  if (versions.empty()) return absl::InvalidArgumentError("a calendar has at least one version");
  auto tables = std::make_shared<Tables>();
  tables->end = std::numeric_limits<Micros>::max();
  for (size_t i = 0; i < versions.size(); ++i) {
    if (i > 0 && versions[i].valid_from <= versions[i - 1].valid_from) {
      return absl::InvalidArgumentError("versions follow each other in the order in which they are in force");
    }
    Tables::Part part;
    part.schedule = std::make_unique<const Schedule>(versions[i].rules);
    part.begin = i == 0 ? part.schedule->StartOf(0) : absl::ToUnixMicros(versions[i].valid_from);
    part.worked = i == 0 ? 0 : tables->Before(part.begin);
    part.own = part.schedule->Before(part.begin);
    tables->parts.push_back(std::move(part));
  }
  tables->CountDays();
  return BusinessCalendar(std::move(tables));
}

absl::Duration BusinessCalendar::Working(absl::Time from, absl::Time to) const {
  return absl::Microseconds(tables_->Before(absl::ToUnixMicros(to)) - tables_->Before(absl::ToUnixMicros(from)));
}

absl::StatusOr<absl::Time> BusinessCalendar::After(absl::Time from, absl::Duration amount) const {
  if (amount <= absl::ZeroDuration()) return from;
  const std::optional<Micros> instant = tables_->Reach(tables_->Before(absl::ToUnixMicros(from)) + absl::ToInt64Microseconds(amount));
  if (!instant) return absl::OutOfRangeError("so much is not worked before the year 2400");
  return absl::FromUnixMicros(*instant);
}

bool BusinessCalendar::IsWorkingDay(absl::CivilDay day) const { return tables_->Works(day - kFirstDay); }

absl::StatusOr<absl::Time> BusinessCalendar::OpeningOf(absl::CivilDay day) const {
  const std::optional<Micros> opening = tables_->OpeningOf(day - kFirstDay);
  if (!opening) return absl::NotFoundError("nobody works that day");
  return absl::FromUnixMicros(*opening);
}

absl::StatusOr<absl::Time> BusinessCalendar::ClosingOf(absl::CivilDay day) const {
  const std::optional<Micros> closing = tables_->ClosingOf(day - kFirstDay);
  if (!closing) return absl::NotFoundError("nobody works that day");
  return absl::FromUnixMicros(*closing);
}

absl::Time BusinessCalendar::At(absl::CivilDay day, absl::Duration time_of_day) const {
  return absl::FromUnixMicros(tables_->InstantOf(day - kFirstDay, time_of_day));
}

int64_t BusinessCalendar::WorkingDaysBetween(absl::CivilDay from, absl::CivilDay to) const {
  return tables_->WorkingDaysBefore(IndexOf(to)) - tables_->WorkingDaysBefore(IndexOf(from));
}

absl::StatusOr<absl::CivilDay> BusinessCalendar::WorkingDayFrom(absl::CivilDay day, int64_t n) const {
  if (n == 0) return day;
  const int64_t index = IndexOf(day);
  // The first day after which `wanted` working days lie behind is the wanted one.
  const int64_t wanted = n > 0 ? tables_->WorkingDaysBefore(index + 1) + n : tables_->WorkingDaysBefore(index) + n + 1;
  if (wanted <= 0) return absl::OutOfRangeError("there are not so many working days since the year 1900");
  const int64_t found = FirstOf(0, kDays, [&](int64_t d) { return tables_->WorkingDaysBefore(d + 1) >= wanted; });
  if (found == kDays) return absl::OutOfRangeError("there are not so many working days before the year 2400");
  return kFirstDay + found;
}

std::vector<BusinessCalendar::Interval> BusinessCalendar::Open(absl::Time from, absl::Time to, size_t limit) const {
  std::vector<Interval> intervals;
  Micros at = absl::ToUnixMicros(from);
  const Micros end = absl::ToUnixMicros(to);
  int days_off = 0;
  // One more than asked for: until it begins, the one before it may go on over midnight.
  while (at < end && intervals.size() <= limit) {
    const size_t version = tables_->PartAt(at);
    const Schedule& schedule = *tables_->parts[version].schedule;
    const int64_t day = schedule.DayOf(at);
    const Micros until = std::min({schedule.StartOf(day + 1), tables_->EndOf(version), end});
    const Stretches stretches = Clipped(schedule.OpenDuring(day), at, until);
    if (stretches.empty()) {
      if (++days_off < 7) {
        at = until;
        continue;
      }
      // What follows may be far away: the moment after which more has been worked.
      const absl::StatusOr<absl::Time> worked = After(absl::FromUnixMicros(at), absl::Microseconds(1));
      if (!worked.ok()) break;
      const Micros begin = absl::ToUnixMicros(*worked) - 1;
      at = begin > at ? begin : until;
      continue;
    }
    days_off = 0;
    for (const Stretch& stretch : stretches) {
      const Interval next = {absl::FromUnixMicros(stretch.begin), absl::FromUnixMicros(stretch.end), version};
      const bool goes_on = !intervals.empty() && intervals.back().end == next.begin && intervals.back().version == version;
      goes_on ? void(intervals.back().end = next.end) : intervals.push_back(next);
    }
    at = until;
  }
  if (intervals.size() > limit) intervals.resize(limit);
  return intervals;
}

absl::Time BusinessCalendar::StartOf(absl::CivilDay day) const {
  const auto by = [&](Micros time) { return tables_->parts[tables_->PartAt(time)].schedule->StartOf(day - kFirstDay); };
  return absl::FromUnixMicros(by(by(absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())))));
}

size_t BusinessCalendar::VersionAt(absl::Time time) const { return tables_->PartAt(absl::ToUnixMicros(time)); }

}  // namespace heitie::time
