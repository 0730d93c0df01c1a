// Calendars and terms of the golden cases of service clocks.
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCK_TESTING_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCK_TESTING_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/test/matchers.h"
#include "common/time/calendar_rules.h"
#include "common/time/instant.h"
#include "google/protobuf/text_format.h"
#include "services/activity/clock/course.h"

namespace heitie::activity {

inline absl::TimeZone ZoneNamed(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

// The wall clock of Shanghai in 2026: "03-02 10:00".
inline absl::Time Shanghai(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", "2026-" + text, ZoneNamed("Asia/Shanghai"), &time, &error)) << text << ": " << error;
  return time;
}
inline std::string ShanghaiText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%m-%d %H:%M", time::ToTime(time), ZoneNamed("Asia/Shanghai"));
}

inline time::OpenWindow HoursOpen(double open, double close) { return {absl::Hours(open), absl::Hours(close)}; }

inline time::CalendarRules RulesIn(const std::string& zone, int days_a_week, const std::vector<time::OpenWindow>& windows) {
  time::CalendarRules rules;
  rules.zone = ZoneNamed(zone);
  for (int day = 0; day < days_a_week; ++day) rules.week[day] = windows;
  return rules;
}

// C of the golden cases, as far as March needs it.
inline time::CalendarRules GoldenOffice() { return RulesIn("Asia/Shanghai", 5, {HoursOpen(9, 12), HoursOpen(13.5, 18)}); }

inline std::shared_ptr<const time::NamedCalendar> CalendarOf(const std::string& name,
                                                             const std::vector<time::BusinessCalendar::Version>& versions) {
  auto arithmetic = time::BusinessCalendar::Make(versions);
  EXPECT_TRUE(arithmetic.ok()) << arithmetic.status();
  std::vector<std::string> names;
  for (size_t i = 1; i <= versions.size(); ++i) names.push_back(name + "/versions/" + std::to_string(i));
  return std::make_shared<const time::NamedCalendar>(time::NamedCalendar{*std::move(arithmetic), std::move(names)});
}

using CalendarMap = std::map<std::string, std::shared_ptr<const time::NamedCalendar>>;

// "calendars/c", "calendars/always" and "calendars/long", which works Mon–Fri 08–18.
inline CalendarMap GoldenCalendars() {
  const auto one = [](const std::string& name, const time::CalendarRules& rules) {
    return std::make_pair(name, CalendarOf(name, {{absl::InfinitePast(), rules}}));
  };
  return {one("calendars/c", GoldenOffice()), one("calendars/always", RulesIn("Asia/Shanghai", 7, {HoursOpen(0, 24)})),
          one("calendars/long", RulesIn("Asia/Shanghai", 5, {HoursOpen(8, 18)}))};
}

inline v1::ServicePolicy PolicyOf(const std::string& text) {
  v1::ServicePolicy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &policy)) << text;
  policy.set_name("servicePolicies/test");
  return policy;
}

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCK_TESTING_H_
