#include "services/planning/feed/calendar_file.h"

#include <libical/ical.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/meeting/meeting_days.h"
#include "services/planning/meeting/rule.h"

namespace heitie::planning {

using v1::Meeting;
using v1::MeetingSchedule;
using v1::MeetingSeries;

namespace {

constexpr size_t kMostInstances = 5000;
constexpr char kUtc[] = "%Y%m%dT%H%M%SZ";

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

absl::TimeZone ZoneOf(const MeetingSchedule& schedule) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(schedule.time_zone(), &zone) ? zone : absl::UTCTimeZone();
}

// "DTSTART;TZID=Asia/Taipei:20260105T093000".
std::string LocalLine(const std::string& name, absl::Time at, const MeetingSchedule& schedule) {
  return absl::StrCat(name, ";TZID=", schedule.time_zone(), ":", absl::FormatTime("%Y%m%dT%H%M%S", at, ZoneOf(schedule)));
}

void AddLine(icalcomponent* component, const std::string& line) {
  icalcomponent_add_property(component, icalproperty_new_from_string(line.c_str()));
}

// A schedule that a series follows, or followed up to a day.
struct FollowedSchedule {
  const MeetingSchedule* schedule;
  std::string uid;
  std::optional<absl::CivilDay> last;  // of its rule dates
};

std::vector<FollowedSchedule> FollowedBy(const SeriesInCalendar& one) {
  std::vector<FollowedSchedule> followed;
  for (const v1::FormerSchedule& former : one.series.former_schedules()) {
    followed.push_back({&former.schedule(), former.calendar_uid(), time::ToDay(former.end_date()) - 1});
  }
  const std::optional<absl::CivilDay> last = one.ended ? std::optional(*one.ended - 1) : std::nullopt;
  followed.push_back({&one.series.schedule(), one.series.calendar_uid(), last});
  return followed;
}

Component NewEvent(const MeetingSeries& series, const FollowedSchedule& followed, int64_t sequence, absl::Time changed, absl::Time start,
                   absl::Time end, const std::string& place) {
  Component event(icalcomponent_new(ICAL_VEVENT_COMPONENT));
  icalcomponent_add_property(event.get(), icalproperty_new_uid(followed.uid.c_str()));
  AddLine(event.get(), "DTSTAMP:" + absl::FormatTime(kUtc, changed, absl::UTCTimeZone()));
  AddLine(event.get(), absl::StrCat("SEQUENCE:", sequence));
  AddLine(event.get(), LocalLine("DTSTART", start, *followed.schedule));
  AddLine(event.get(), LocalLine("DTEND", end, *followed.schedule));
  icalcomponent_add_property(event.get(), icalproperty_new_summary(series.title().c_str()));
  if (!place.empty()) icalcomponent_add_property(event.get(), icalproperty_new_location(place.c_str()));
  return event;
}

int64_t RevisionOf(const std::string& etag) {
  int64_t revision = 0;
  return absl::SimpleAtoi(etag, &revision) ? revision : 0;
}

void AddSchedule(const SeriesInCalendar& one, const FollowedSchedule& followed, icalcomponent* calendar) {
  const MeetingSchedule& schedule = *followed.schedule;
  const MeetingSeries& series = one.series;
  const absl::CivilDay first = time::ToDay(schedule.start_date());
  if (followed.last && *followed.last < first) return;
  const absl::Duration length = absl::Minutes(schedule.duration_minutes());
  const absl::Time begin = StartOfMeeting(schedule, first);
  Component master =
      NewEvent(series, followed, RevisionOf(series.etag()), time::ToTime(series.update_time()), begin, begin + length, series.place());
  const std::string rule = RuleInCalendar(schedule, followed.last);
  if (!rule.empty()) AddLine(master.get(), "RRULE:" + rule);
  std::map<absl::CivilDay, const Meeting*> by_rule_date;
  for (const Meeting& meeting : one.meetings) {
    if (meeting.calendar_uid() == followed.uid) by_rule_date[time::ToDay(meeting.rule_date())] = &meeting;
  }
  absl::CivilDay known = series.has_meetings_until() ? time::ToDay(series.meetings_until()) : first - 1;
  if (followed.last) known = std::min(known, *followed.last);
  std::vector<Component> others;
  bool meets = rule.empty() ? by_rule_date.count(first) > 0 : true;
  for (const absl::CivilDay day : InstancesOf(schedule.rule(), first, first, known, kMostInstances)) {
    const auto found = by_rule_date.find(day);
    const absl::Time planned = StartOfMeeting(schedule, day);
    if (found == by_rule_date.end() || found->second->state() == Meeting::STATE_CANCELLED) {
      if (rule.empty()) meets = false;
      AddLine(master.get(), LocalLine("EXDATE", planned, schedule));
      continue;
    }
    const Meeting& meeting = *found->second;
    const absl::Time start = time::ToTime(meeting.start_time()), end = time::ToTime(meeting.end_time());
    if (start == planned && end == planned + length && meeting.place() == series.place()) continue;
    Component other =
        NewEvent(series, followed, RevisionOf(meeting.etag()), time::ToTime(meeting.update_time()), start, end, meeting.place());
    AddLine(other.get(), LocalLine("RECURRENCE-ID", planned, schedule));
    others.push_back(std::move(other));
  }
  for (const google::type::Date& date : schedule.skipped_dates()) {
    if (time::ToDay(date) > known) AddLine(master.get(), LocalLine("EXDATE", StartOfMeeting(schedule, time::ToDay(date)), schedule));
  }
  if (!meets && others.empty()) return;
  icalcomponent_add_component(calendar, master.release());
  for (Component& other : others) icalcomponent_add_component(calendar, other.release());
}

// What the clocks of a zone do, under its name in the database.
void AddZone(const std::string& name, icalcomponent* calendar) {
  icaltimezone* zone = icaltimezone_get_builtin_timezone(name.c_str());
  icalcomponent* known = zone == nullptr ? nullptr : icaltimezone_get_component(zone);
  if (known == nullptr) return;
  icalcomponent* copy = icalcomponent_new_clone(known);
  icalproperty* id = icalcomponent_get_first_property(copy, ICAL_TZID_PROPERTY);
  if (id != nullptr) icalproperty_set_tzid(id, name.c_str());
  icalcomponent_add_component(calendar, copy);
}

}  // namespace

std::string RuleInCalendar(const MeetingSchedule& schedule, std::optional<absl::CivilDay> last) {
  if (schedule.rule().empty()) return "";
  std::vector<std::string> parts;
  for (const absl::string_view part : absl::StrSplit(schedule.rule(), ';', absl::SkipEmpty())) {
    const std::string text(part);
    if (absl::StartsWith(text, "UNTIL=") && text.size() == 14) {
      const auto until = time::ParseDay(absl::StrCat(text.substr(6, 4), "-", text.substr(10, 2), "-", text.substr(12)));
      if (until) last = std::min(last.value_or(*until), *until);
      continue;
    }
    // A count and a last day exclude each other: of a schedule that has come to its end the day counts.
    if (absl::StartsWith(text, "COUNT=") && last) continue;
    parts.push_back(text);
  }
  if (last) parts.push_back("UNTIL=" + absl::FormatTime(kUtc, StartOfMeeting(schedule, *last), absl::UTCTimeZone()));
  return absl::StrJoin(parts, ";");
}

std::string CalendarFileOf(const std::string& title, const std::vector<SeriesInCalendar>& all) {
  const Component calendar(icalcomponent_new(ICAL_VCALENDAR_COMPONENT));
  icalcomponent_add_property(calendar.get(), icalproperty_new_prodid(kCalendarProducer));
  icalcomponent_add_property(calendar.get(), icalproperty_new_version("2.0"));
  icalproperty* name = icalproperty_new_x(title.c_str());
  icalproperty_set_x_name(name, "X-WR-CALNAME");
  icalcomponent_add_property(calendar.get(), name);
  std::set<std::string> zones;
  for (const SeriesInCalendar& one : all) {
    for (const FollowedSchedule& followed : FollowedBy(one)) zones.insert(followed.schedule->time_zone());
  }
  for (const std::string& zone : zones) AddZone(zone, calendar.get());
  for (const SeriesInCalendar& one : all) {
    for (const FollowedSchedule& followed : FollowedBy(one)) AddSchedule(one, followed, calendar.get());
  }
  const std::unique_ptr<char, decltype(&std::free)> text(icalcomponent_as_ical_string_r(calendar.get()), &std::free);
  return text.get();
}

}  // namespace heitie::planning
