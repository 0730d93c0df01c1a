#include "services/planning/feed/calendar_reading.h"

#include <libical/ical.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "common/text/excerpt.h"
#include "common/time/day.h"
#include "common/time/zone.h"
#include "google/protobuf/any.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/planning/exchange/charset.h"
#include "services/planning/feed/calendar_file.h"
#include "services/planning/meeting/meeting_days.h"
#include "services/planning/meeting/rule.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::CalendarFinding;

const status::Reason kCalendarUnreadable{StatusCode::kInvalidArgument, "CALENDAR_UNREADABLE", "No calendar can be read of it: {what}.",
                                         "無法讀取此行事曆：{what}。"};
const status::Reason kCalendarTooLarge{StatusCode::kInvalidArgument, "CALENDAR_TOO_LARGE", "The calendar has too many {what}.",
                                       "行事曆的{what}過多。"};
const status::Reason kCalendarNoUid{StatusCode::kInvalidArgument, "CALENDAR_NO_UID", "An event has no UID of at most 190 bytes.",
                                    "活動缺少唯一識別碼，或識別碼超過 190 位元組。"};
const status::Reason kCalendarWholeDay{StatusCode::kInvalidArgument, "CALENDAR_WHOLE_DAY",
                                       "A meeting begins at an hour, and not with the day.", "會議須有開始時刻，不得為全天。"};
const status::Reason kCalendarZoneUnknown{StatusCode::kInvalidArgument, "CALENDAR_ZONE_UNKNOWN",
                                          "{zone} is no time zone that is known here.", "無法識別時區 {zone}。"};
const status::Reason kCalendarLength{StatusCode::kInvalidArgument, "CALENDAR_LENGTH", "A meeting takes from a minute to a day.",
                                     "會議長度須為一分鐘至一天。"};
const status::Reason kCalendarPartLeft{StatusCode::kInvalidArgument, "CALENDAR_PART_LEFT", "Meetings have no {part}.",
                                       "會議不支援 {part}。"};
const status::Reason kCalendarOver{StatusCode::kInvalidArgument, "CALENDAR_OVER", "It is over.", "活動已結束。"};
const status::Reason kCalendarCancelled{StatusCode::kInvalidArgument, "CALENDAR_CANCELLED", "It was cancelled.", "活動已取消。"};
const status::Reason kCalendarOfNoSeries{StatusCode::kInvalidArgument, "CALENDAR_OF_NO_SERIES",
                                         "It changes an event that the file does not have.", "所變更的活動不在檔案中。"};

namespace {

const status::Phrase kNotUtf8{"it is not UTF-8", "並非 UTF-8"}, kNotNested{"BEGIN and END do not match", "元件的開頭與結尾不成對"},
    kNoCalendar{"it holds no VCALENDAR", "其中沒有行事曆"}, kLines{"lines, or too long ones", "行數或行長"},
    kComponents{"components, or too deep ones", "元件數或層數"}, kRules{"rules that are hard to follow", "難以展開的規則"};

constexpr size_t kMostLines = 100'000, kMostLineBytes = 10'000, kMostComponents = 1000, kMostUidBytes = 190, kMostTitleBytes = 200,
                 kMostPlaceBytes = 500;
constexpr int kMostDepth = 4, kFirstYear = 1970, kLastYear = 2199, kMostMinutes = 1440, kMostSkipped = 500;
constexpr size_t kMostOccurrences = 10'000;
const absl::CivilDay kEndOfTime(2199, 12, 31);
// Rules that hardly ever come true take libical long.
constexpr absl::Duration kMostFollowing = absl::Seconds(3);

struct FreeIcal {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};

// An event as the file has it, before it is known what it belongs to.
struct Entry {
  icalcomponent* event;
  std::string uid;
  absl::TimeZone zone;
  std::string zone_name;
  absl::Time start;
  int minutes = 0;

  int64_t sequence() const { return std::max(0, icalcomponent_get_sequence(event)); }
};

class Reader {
 public:
  Reader(const std::string& zone, absl::CivilDay today, status::Language language) : zone_(zone), today_(today), language_(language) {}

  CalendarRead Read(const std::string& data) {
    if (!CheckForm(data)) return std::move(read_);
    const std::unique_ptr<icalcomponent, FreeIcal> root(icalparser_parse_string(data.c_str()));
    if (root == nullptr) {
      Find("", kCalendarUnreadable, {{"what", kNoCalendar}});
      return std::move(read_);
    }
    if (icalcomponent_isa(root.get()) == ICAL_VCALENDAR_COMPONENT) ReadCalendarOf(root.get());
    for (icalcomponent* one = icalcomponent_get_first_component(root.get(), ICAL_VCALENDAR_COMPONENT); one != nullptr;
         one = icalcomponent_get_next_component(root.get(), ICAL_VCALENDAR_COMPONENT)) {
      ReadCalendarOf(one);
    }
    const absl::Time begin = absl::Now();
    for (const Entry& entry : masters_) {
      if (absl::Now() > begin + kMostFollowing) {
        Find("", kCalendarTooLarge, {{"what", kRules}});
        break;
      }
      AddSeries(entry);
    }
    for (const Entry& entry : changes_) {
      const bool known = std::any_of(masters_.begin(), masters_.end(), [&](const Entry& master) { return master.uid == entry.uid; });
      if (!known) AddLone(entry);
    }
    return std::move(read_);
  }

 private:
  void Find(const std::string& uid, const status::Reason& reason, const status::Args& args, bool blocking = true) {
    read_.findings.push_back(CalendarFindingOf(uid, reason, args, language_, blocking));
  }

  // What libical would follow however deep or long it is.
  bool CheckForm(const std::string& data) {
    const auto refuse = [&](const status::Reason& reason, const status::Phrase& what) {
      Find("", reason, {{"what", what}});
      return false;
    };
    if (!Decode(data, Charset::kUtf8).unmapped.empty() || data.find('\0') != std::string::npos)
      return refuse(kCalendarUnreadable, kNotUtf8);
    size_t lines = 0, components = 0;
    int depth = 0;
    for (const absl::string_view line : absl::StrSplit(data, '\n')) {
      if (++lines > kMostLines || line.size() > kMostLineBytes) return refuse(kCalendarTooLarge, kLines);
      if (absl::StartsWithIgnoreCase(line, "BEGIN:")) {
        if (++components > kMostComponents || ++depth > kMostDepth) return refuse(kCalendarTooLarge, kComponents);
      } else if (absl::StartsWithIgnoreCase(line, "END:")) {
        if (--depth < 0) return refuse(kCalendarUnreadable, kNotNested);
      }
    }
    if (depth != 0) return refuse(kCalendarUnreadable, kNotNested);
    return components > 0 || refuse(kCalendarUnreadable, kNoCalendar);
  }

  static std::string TextOf(icalcomponent* component, icalproperty_kind kind) {
    icalproperty* property = icalcomponent_get_first_property(component, kind);
    if (property == nullptr) return "";
    const char* text = icalvalue_get_text(icalproperty_get_value(property));
    return text == nullptr ? "" : std::string(absl::StripAsciiWhitespace(text));
  }

  void ReadCalendarOf(icalcomponent* calendar) {
    icalproperty* producer = icalcomponent_get_first_property(calendar, ICAL_PRODID_PROPERTY);
    if (producer != nullptr && icalproperty_get_prodid(producer) != nullptr) {
      read_.own = std::string(icalproperty_get_prodid(producer)) == kCalendarProducer;
    }
    // The names that a file gives its zones, and what they are called in the database.
    for (icalcomponent* zone = icalcomponent_get_first_component(calendar, ICAL_VTIMEZONE_COMPONENT); zone != nullptr;
         zone = icalcomponent_get_next_component(calendar, ICAL_VTIMEZONE_COMPONENT)) {
      icalproperty* id = icalcomponent_get_first_property(zone, ICAL_TZID_PROPERTY);
      if (id == nullptr || icalproperty_get_tzid(id) == nullptr) continue;
      for (icalproperty* x = icalcomponent_get_first_property(zone, ICAL_X_PROPERTY); x != nullptr;
           x = icalcomponent_get_next_property(zone, ICAL_X_PROPERTY)) {
        const char* name = icalproperty_get_x_name(x);
        const char* location = icalproperty_get_x(x);
        if (name == nullptr || location == nullptr || std::string(name) != "X-LIC-LOCATION") continue;
        locations_[icalproperty_get_tzid(id)] = location;
      }
    }
    for (icalcomponent* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != nullptr;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
      Take(event);
    }
  }

  void Take(icalcomponent* event) {
    Entry entry{event, TextOf(event, ICAL_UID_PROPERTY), absl::UTCTimeZone(), "", absl::InfinitePast()};
    if (entry.uid.empty() || entry.uid.size() > kMostUidBytes) return Find("", kCalendarNoUid, {});
    // What libical could not read it has left out.
    if (icalproperty* error = icalcomponent_get_first_property(event, ICAL_XLICERROR_PROPERTY); error != nullptr) {
      const char* what = icalproperty_get_xlicerror(error);
      return Find(entry.uid, kCalendarUnreadable, {{"what", text::Excerpt(what == nullptr ? "" : what, kMostTitleBytes)}});
    }
    icalproperty* start = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
    if (start == nullptr) return Find(entry.uid, kCalendarWholeDay, {});
    const icaltimetype time = icalproperty_get_dtstart(start);
    if (time.is_date) return Find(entry.uid, kCalendarWholeDay, {});
    entry.zone_name = ZoneNameOf(start, time);
    const std::optional<absl::TimeZone> zone = time::FindZone(entry.zone_name);
    if (!zone) return Find(entry.uid, kCalendarZoneUnknown, {{"zone", text::Excerpt(entry.zone_name, kMostTitleBytes)}});
    entry.zone = *zone;
    const std::optional<absl::Time> at = TimeOf(start, time);
    if (!at) return Find(entry.uid, kCalendarUnreadable, {{"what", "DTSTART"}});
    entry.start = *at;
    const std::optional<int> minutes = LengthOf(entry);
    if (!minutes) return Find(entry.uid, kCalendarLength, {});
    entry.minutes = *minutes;
    const bool changes = icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) != nullptr;
    (changes ? changes_ : masters_).push_back(std::move(entry));
  }

  // As the database calls it; UTC where the text says so, and the zone of the business where it says nothing.
  std::string ZoneNameOf(icalproperty* property, const icaltimetype& time) const {
    if (icaltime_is_utc(time)) return "UTC";
    icalparameter* parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    if (parameter == nullptr || icalparameter_get_tzid(parameter) == nullptr) return zone_;
    const std::string id = icalparameter_get_tzid(parameter);
    const auto found = locations_.find(id);
    return found == locations_.end() ? id : found->second;
  }

  std::optional<absl::Time> TimeOf(icalproperty* property, const icaltimetype& time) const {
    const std::optional<absl::TimeZone> zone = time::FindZone(ZoneNameOf(property, time));
    const absl::CivilSecond civil(time.year, time.month, time.day, time.hour, time.minute, 0);
    const bool exists = civil.year() == time.year && civil.month() == time.month && civil.day() == time.day && civil.hour() == time.hour &&
                        civil.minute() == time.minute;
    if (!zone || !exists || time.year < kFirstYear || time.year > kLastYear) return std::nullopt;
    return zone->At(civil).pre;
  }

  std::optional<int> LengthOf(const Entry& entry) const {
    absl::Duration length;
    if (icalproperty* end = icalcomponent_get_first_property(entry.event, ICAL_DTEND_PROPERTY); end != nullptr) {
      const std::optional<absl::Time> at = TimeOf(end, icalproperty_get_dtend(end));
      if (!at) return std::nullopt;
      length = *at - entry.start;
    } else if (icalproperty* duration = icalcomponent_get_first_property(entry.event, ICAL_DURATION_PROPERTY); duration != nullptr) {
      length = absl::Seconds(icaldurationtype_as_int(icalproperty_get_duration(duration)));
    }
    const int64_t minutes = absl::ToInt64Minutes(length);
    if (minutes < 1 || minutes > kMostMinutes) return std::nullopt;
    return static_cast<int>(minutes);
  }

  static bool IsCancelled(icalcomponent* event) {
    icalproperty* status = icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY);
    return status != nullptr && icalproperty_get_status(status) == ICAL_STATUS_CANCELLED;
  }

  // The part of an event that meetings have nothing for; empty where there is none.
  static std::string LeftPartOf(icalcomponent* event) {
    if (icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY) != nullptr) return "RDATE";
    if (icalcomponent_get_first_property(event, ICAL_EXRULE_PROPERTY) != nullptr) return "EXRULE";
    return icalcomponent_count_properties(event, ICAL_RRULE_PROPERTY) > 1 ? "RRULE" : "";
  }

  // The rule, with its end as a day of the clock of the schedule.
  static icalrecurrencetype RuleOf(icalproperty* property, const Entry& entry) {
    icalrecurrencetype rule = icalproperty_get_rrule(property);
    if (icaltime_is_null_time(rule.until) || rule.until.is_date) return rule;
    const absl::TimeZone zone = icaltime_is_utc(rule.until) ? absl::UTCTimeZone() : entry.zone;
    const absl::Time until =
        zone.At(absl::CivilSecond(rule.until.year, rule.until.month, rule.until.day, rule.until.hour, rule.until.minute, rule.until.second))
            .pre;
    absl::CivilDay last = absl::ToCivilDay(until, entry.zone);
    const absl::CivilSecond begin = absl::ToCivilSecond(entry.start, entry.zone);
    if (absl::ToCivilSecond(until, entry.zone) < absl::CivilSecond(last.year(), last.month(), last.day(), begin.hour(), begin.minute()))
      --last;
    rule.until = icaltime_null_date();
    rule.until.year = static_cast<int>(last.year());
    rule.until.month = last.month();
    rule.until.day = last.day();
    return rule;
  }

  static std::string TextOfRule(icalrecurrencetype rule) {
    const std::unique_ptr<char, decltype(&std::free)> text(icalrecurrencetype_as_string_r(&rule), &std::free);
    std::string plain = text == nullptr ? "" : text.get();
    // Weeks begin on Monday unless they say otherwise.
    for (const char* monday : {";WKST=MO", "WKST=MO;"}) {
      if (const size_t at = plain.find(monday); at != std::string::npos) plain.erase(at, std::string(monday).size());
    }
    return plain;
  }

  void AddFindingsOf(const std::string& uid, const status::BadFields& bad) {
    const google::rpc::Status refusal = status::ToProto(bad.status(), language_);
    for (const google::protobuf::Any& detail : refusal.details()) {
      google::rpc::BadRequest violations;
      if (!detail.UnpackTo(&violations)) continue;
      for (const auto& violation : violations.field_violations()) {
        CalendarFinding& finding = read_.findings.emplace_back();
        finding.set_uid(uid);
        finding.set_reason(violation.reason());
        finding.set_statement(violation.description());
        finding.set_blocking(true);
      }
    }
  }

  void AddSeries(const Entry& entry) {
    if (!uids_.insert(entry.uid).second) return Find(entry.uid, kCalendarPartLeft, {{"part", "UID " + entry.uid}});
    if (IsCancelled(entry.event)) return End(entry, kCalendarCancelled);
    if (const std::string part = LeftPartOf(entry.event); !part.empty()) return Find(entry.uid, kCalendarPartLeft, {{"part", part}});
    SeriesInFile series{entry.uid,
                        text::Excerpt(TextOf(entry.event, ICAL_SUMMARY_PROPERTY), kMostTitleBytes),
                        text::Excerpt(TextOf(entry.event, ICAL_LOCATION_PROPERTY), kMostPlaceBytes),
                        {},
                        {},
                        {},
                        entry.sequence()};
    if (series.title.empty()) series.title = text::Excerpt(entry.uid, kMostTitleBytes);
    const absl::CivilSecond begin = absl::ToCivilSecond(entry.start, entry.zone);
    const absl::CivilDay day(begin);
    v1::MeetingSchedule& schedule = series.schedule;
    *schedule.mutable_start_date() = time::ToDate(day);
    schedule.set_start_clock(absl::StrFormat("%02d:%02d", begin.hour(), begin.minute()));
    schedule.set_time_zone(entry.zone_name);
    schedule.set_duration_minutes(entry.minutes);
    icalproperty* rrule = icalcomponent_get_first_property(entry.event, ICAL_RRULE_PROPERTY);
    std::optional<icalrecurrencetype> rule;
    if (rrule != nullptr) {
      rule = RuleOf(rrule, entry);
      schedule.set_rule(TextOfRule(*rule));
      status::BadFields bad;
      CheckSchedule(schedule, "schedule", bad);
      if (!bad.empty()) return AddFindingsOf(entry.uid, bad);
    }
    if (!BeginToday(rule, schedule)) return End(entry, kCalendarOver);
    if (!AddSkipped(entry, schedule)) return;
    for (const Entry& change : changes_) {
      if (change.uid == entry.uid && !AddChange(entry, change, series)) return;
    }
    for (const CancelledInFile& one : series.cancelled) {
      if (schedule.skipped_dates_size() < kMostSkipped) *schedule.add_skipped_dates() = time::ToDate(one.rule_date);
    }
    read_.series.push_back(std::move(series));
  }

  void End(const Entry& entry, const status::Reason& reason) {
    read_.ended.push_back({entry.uid, entry.sequence()});
    Find(entry.uid, reason, {}, false);
  }

  // An instance without its event, beside others of it.
  void AddLone(const Entry& change) {
    auto series = std::find_if(read_.lone.begin(), read_.lone.end(), [&](const SeriesInFile& one) { return one.uid == change.uid; });
    if (series == read_.lone.end()) {
      series = read_.lone.insert(series, SeriesInFile{.uid = change.uid, .whole = false});
      *series->schedule.mutable_start_date() = time::ToDate(today_);
    }
    if (AddChange(change, change, *series)) Find(change.uid, kCalendarOfNoSeries, {}, false);
  }

  // Lets a schedule begin with its first instance that is not over; false where there is none.
  bool BeginToday(std::optional<icalrecurrencetype> rule, v1::MeetingSchedule& schedule) const {
    const absl::CivilDay start = time::ToDay(schedule.start_date());
    if (start >= today_) return true;
    if (!rule) return false;
    const std::vector<absl::CivilDay> left =
        InstancesOf(schedule.rule(), start, today_, kEndOfTime, rule->count > 0 ? kMostOccurrences : 1);
    if (left.empty()) return false;
    if (rule->count > 0) {
      rule->count = static_cast<int>(left.size());
      schedule.set_rule(TextOfRule(*rule));
    }
    *schedule.mutable_start_date() = time::ToDate(left.front());
    return true;
  }

  bool AddSkipped(const Entry& entry, v1::MeetingSchedule& schedule) {
    std::set<absl::CivilDay> skipped;
    for (icalproperty* out = icalcomponent_get_first_property(entry.event, ICAL_EXDATE_PROPERTY); out != nullptr;
         out = icalcomponent_get_next_property(entry.event, ICAL_EXDATE_PROPERTY)) {
      const std::optional<absl::CivilDay> day = RuleDateOf(entry, out, icalproperty_get_exdate(out));
      if (!day) {
        Find(entry.uid, kCalendarUnreadable, {{"what", "EXDATE"}});
        return false;
      }
      skipped.insert(*day);
    }
    const absl::CivilDay start = time::ToDay(schedule.start_date());
    for (const absl::CivilDay day : skipped) {
      if (day >= start && schedule.skipped_dates_size() < kMostSkipped) *schedule.add_skipped_dates() = time::ToDate(day);
    }
    return true;
  }

  // The rule date that a time of an instance means.
  std::optional<absl::CivilDay> RuleDateOf(const Entry& master, icalproperty* property, const icaltimetype& time) const {
    if (time.is_date) return absl::CivilDay(time.year, time.month, time.day);
    const std::optional<absl::Time> at = TimeOf(property, time);
    if (!at) return std::nullopt;
    return absl::ToCivilDay(*at, master.zone);
  }

  std::optional<absl::CivilDay> ChangedDayOf(const Entry& master, const Entry& change) const {
    icalproperty* id = icalcomponent_get_first_property(change.event, ICAL_RECURRENCEID_PROPERTY);
    return RuleDateOf(master, id, icalproperty_get_recurrenceid(id));
  }

  // Takes up a change of one instance; what is over is left.
  bool AddChange(const Entry& entry, const Entry& change, SeriesInFile& series) {
    icalproperty* id = icalcomponent_get_first_property(change.event, ICAL_RECURRENCEID_PROPERTY);
    if (icalproperty_get_first_parameter(id, ICAL_RANGE_PARAMETER) != nullptr) {
      Find(entry.uid, kCalendarPartLeft, {{"part", "RANGE"}});
      return false;
    }
    const std::optional<absl::CivilDay> day = RuleDateOf(entry, id, icalproperty_get_recurrenceid(id));
    if (!day) {
      Find(entry.uid, kCalendarUnreadable, {{"what", "RECURRENCE-ID"}});
      return false;
    }
    if (*day < time::ToDay(series.schedule.start_date())) return true;
    if (IsCancelled(change.event)) {
      series.cancelled.push_back({*day, change.sequence()});
    } else if (absl::ToCivilDay(change.start, entry.zone) >= today_) {
      series.moved.push_back({*day, change.start, change.minutes,
                              text::Excerpt(TextOf(change.event, ICAL_LOCATION_PROPERTY), kMostPlaceBytes), change.sequence()});
    }
    return true;
  }

  const std::string zone_;
  const absl::CivilDay today_;
  const status::Language language_;
  std::map<std::string, std::string> locations_;
  std::vector<Entry> masters_, changes_;
  std::set<std::string> uids_;
  CalendarRead read_;
};

}  // namespace

bool CalendarRead::Blocks() const {
  return std::any_of(findings.begin(), findings.end(), [](const CalendarFinding& finding) { return finding.blocking(); });
}

CalendarFinding CalendarFindingOf(const std::string& uid, const status::Reason& reason, const status::Args& args, status::Language language,
                                  bool blocking) {
  CalendarFinding finding;
  finding.set_uid(uid);
  finding.set_reason(reason.id);
  finding.set_statement(status::Sentence(reason, args, language));
  finding.set_blocking(blocking);
  return finding;
}

CalendarRead ReadCalendar(const std::string& data, const std::string& zone, absl::CivilDay today, status::Language language) {
  return Reader(zone, today, language).Read(data);
}

}  // namespace heitie::planning
