#include "services/metrics/analysis/fake_events.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_split.h"
#include "common/time/day.h"

namespace heitie::metrics::analysis {

Calendar CalendarOf(const std::string& zone) {
  Calendar calendar;
  EXPECT_TRUE(absl::LoadTimeZone(zone, &calendar.zone)) << zone;
  return calendar;
}

Calendar BusinessCalendar() { return CalendarOf("Asia/Taipei"); }

Point EventAt(const std::string& name, const std::string& user, absl::CivilSecond time, const Calendar& calendar) {
  Point point;
  point.name = name;
  point.user = user;
  point.occur_time = absl::FromCivil(time, calendar.zone);
  point.day = absl::ToCivilDay(point.occur_time, calendar.zone);
  return point;
}

std::vector<Point> RandomEvents(std::mt19937& random, int count, int users, Days days, const Calendar& calendar) {
  const auto pick = [&](int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(random); };
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    const absl::CivilDay day = days.first + pick(days.last - days.first + 1);
    Point point =
        EventAt(std::string(1, static_cast<char>('a' + pick(3))), "u" + std::to_string(pick(users)), absl::CivilSecond(day), calendar);
    const absl::Duration length = absl::FromCivil(day + 1, calendar.zone) - absl::FromCivil(day, calendar.zone);
    if (pick(3) != 0) point.occur_time += length / 12 * pick(12);
    if (pick(8) == 0) point.occur_time = absl::FromCivil(day + 1, calendar.zone) - absl::Microseconds(1);
    if (pick(3) == 0) point.activity = "activities/x" + std::to_string(pick(2));
    if (pick(2) == 0) point.dimensions["channel"] = "c" + std::to_string(pick(4));
    if (pick(2) == 0) point.properties["city"] = "t" + std::to_string(pick(3));
    if (pick(2) == 0) point.properties["quantity"] = std::to_string(pick(5));
    if (pick(3) == 0) point.value_minor = pick(2001) - 1000;
    if (!point.value_minor.has_value() && pick(2) == 0) point.value = static_cast<double>(pick(2001) - 1000) / 4.0;
    points.push_back(point);
  }
  return points;
}

Selection Events(const std::string& name, const std::string& filter) {
  status::BadFields bad;
  Selection selection{{kEventKind, name}, "", Filter::Parse(filter, "filter", bad)};
  EXPECT_TRUE(bad.empty()) << filter;
  return selection;
}

bool Has(const Selection& selection, const Point& point) {
  if (point.name != selection.series.name || point.user.empty() != (selection.series.kind == kMeasurementKind)) return false;
  if (!selection.activity.empty() && point.activity != selection.activity) return false;
  Rows rows;
  rows.users = {1};
  rows.times = {absl::ToUnixMicros(point.occur_time)};
  const auto put = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) rows.columns[key] = {{value}, {1}};
  };
  put(kActivityColumn, point.activity);
  put(kCurrencyColumn, point.currency_code);
  for (const auto& [key, value] : point.dimensions) put(key, value);
  for (const auto& [key, value] : point.properties) put(key, value);
  rows.amounts = {point.value_minor.has_value() ? Amount::kMinor : point.value.has_value() ? Amount::kValue : Amount::kNone};
  rows.minors = {point.value_minor.value_or(0)};
  rows.values = {point.value.value_or(0)};
  Mask mask = {1};
  selection.filter.Apply(rows, mask);
  return mask[0] != 0;
}

const std::vector<Point>& Purchases() {
  static const auto* const purchases = [] {
    auto* points = new std::vector<Point>();
    const Calendar calendar = BusinessCalendar();
    const char* const configured = std::getenv("HEITIE_PURCHASES");
    std::ifstream file(configured != nullptr ? configured : HEITIE_SOURCE_DIR "/../shared/data/purchases/purchases.csv");
    std::string line;
    while (std::getline(file, line)) {
      const std::vector<std::string> fields = absl::StrSplit(line, ',');
      const auto day = fields.size() == 4 ? time::ParseDay(fields[1]) : std::nullopt;
      if (!day.has_value()) continue;
      Point point = EventAt("purchase", fields[0], absl::CivilSecond(*day), calendar);
      point.properties["quantity"] = fields[2];
      const std::vector<std::string> amount = absl::StrSplit(fields[3], '.');
      point.value_minor = std::stoll(amount[0]) * 100 + std::stoll(amount[1]);
      point.currency_code = "USD";
      points->push_back(std::move(point));
    }
    return points;
  }();
  return *purchases;
}

}  // namespace heitie::metrics::analysis
