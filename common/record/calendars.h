// Business calendars by their names, from the published versions in this schema: personnel's own, or a mirror of them.
//
//   Calendars<personnel::v1::CalendarVersion> calendars("calendar_versions", [&](sql::Session& session, const std::string& tail,
//                                                                               const sql::Values& values) { … all rows … });
//   ASSIGN_OR_RETURN(auto calendar, calendars.Named(tx.sql, "calendars/default"));
//   calendar->arithmetic.After(opened, absl::Hours(4));
//
// V is the message of a version, a rule set's (rule_set.h) with the field `rules` of type heitie.type.v1.BusinessCalendar. Nobody is asked:
// a calendar whose versions are not in the table is unknown here, or not yet. A query for the names and etags of its versions tells whether
// what was made before is still good; then computing costs microseconds. Thread-safe.
#ifndef HEITIE_COMMON_RECORD_CALENDARS_H_
#define HEITIE_COMMON_RECORD_CALENDARS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/record/columns.h"
#include "common/record/kind.h"
#include "common/record/rule_set.h"
#include "common/status/macros.h"
#include "common/time/calendar_rules.h"
#include "common/time/instant.h"

namespace heitie::record {

extern const status::Reason kCalendarUnknown;  // {calendar}

// UNAVAILABLE with RetryInfo: the calendar has not arrived here yet, or does not exist.
absl::Status CalendarUnknown(const std::string& calendar);
// The same of a calendar of which a version is in a time zone that is not installed here. Logged, at most once a second.
absl::Status ZoneUnknown(const std::string& calendar, const std::string& version, const absl::Status& cause);

template <typename V>
class Calendars {
 public:
  // All rows of the table that the tail selects.
  using Select = std::function<absl::StatusOr<std::vector<V>>(sql::Session&, const std::string& tail, const sql::Values&)>;

  Calendars(std::string table, Select select) : table_(std::move(table)), select_(std::move(select)) {}

  // nullptr when no version of the calendar is here. CALENDAR_UNKNOWN where one is in a time zone that is not installed here.
  absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> Find(sql::Session& session, const std::string& calendar) const {
    const sql::Values range = rules::RangeOf(*V::descriptor(), calendar);
    std::string content;
    RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name, etag FROM ", table_, " ", kPublished), range,
                                  [&](const sql::Row& row) { absl::StrAppend(&content, row.Text(0), "@", row.Text(1), " "); }));
    if (content.empty()) return std::shared_ptr<const time::NamedCalendar>();
    return cache_->Get(calendar, content, [&]() -> absl::StatusOr<time::NamedCalendar> {
      ASSIGN_OR_RETURN(const std::vector<V> versions, select_(session, kPublished, range));
      if (versions.empty()) return CalendarUnknown(calendar);  // A mirror that is being rebuilt.
      std::vector<time::BusinessCalendar::Version> rules;
      std::vector<std::string> names;
      for (const V& version : versions) {
        absl::StatusOr<time::CalendarRules> of_version = time::RulesOf(version.rules());
        if (!of_version.ok()) return ZoneUnknown(calendar, version.name(), of_version.status());
        rules.push_back({time::ToTime(version.start_time()), *std::move(of_version)});
        names.push_back(version.name());
      }
      ASSIGN_OR_RETURN(time::BusinessCalendar arithmetic, time::BusinessCalendar::Make(rules));
      return time::NamedCalendar{std::move(arithmetic), std::move(names)};
    });
  }
  // CALENDAR_UNKNOWN when no version of the calendar is here, or one is in a time zone that this machine's database does not have.
  absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> Named(sql::Session& session, const std::string& calendar) const {
    ASSIGN_OR_RETURN(std::shared_ptr<const time::NamedCalendar> found, Find(session, calendar));
    if (found == nullptr) return CalendarUnknown(calendar);
    return found;
  }

 private:
  static constexpr char kPublished[] = "WHERE name > ? AND name < ? AND state = 'STATE_PUBLISHED' ORDER BY start_time";

  const std::string table_;
  const Select select_;
  std::unique_ptr<time::CalendarCache> cache_ = std::make_unique<time::CalendarCache>();
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_CALENDARS_H_
