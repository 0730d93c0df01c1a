#include <gtest/gtest.h>

#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::time {
namespace {

TEST(DayTest, ConvertsBothWays) {
  const absl::CivilDay day(2024, 2, 29);
  const google::type::Date date = ToDate(day);
  EXPECT_EQ(date.year(), 2024);
  EXPECT_EQ(date.month(), 2);
  EXPECT_EQ(date.day(), 29);
  EXPECT_EQ(ToDay(date), day);
  EXPECT_EQ(DayText(day), "2024-02-29");
}

TEST(ZoneTest, DecidesTheDayOfAnInstant) {
  const absl::Time evening = absl::FromUnixSeconds(1767283200);  // 2026-01-01T16:00:00Z
  EXPECT_EQ(absl::ToCivilDay(evening, ZoneOf("Asia/Taipei")), absl::CivilDay(2026, 1, 2));
  EXPECT_EQ(ToDay(DateOf(evening, "Asia/Taipei")), absl::CivilDay(2026, 1, 2));
  EXPECT_EQ(ToDay(DateOf(evening, "")), absl::CivilDay(2026, 1, 1));
}

TEST(ZoneTest, IsAnIanaName) {
  EXPECT_TRUE(IsTimeZone("Asia/Taipei"));
  EXPECT_TRUE(IsTimeZone(""));
  EXPECT_FALSE(IsTimeZone("Asia/Atlantis"));
}

TEST(InstantTest, IsWrittenForPeopleInTheirTimeZone) {
  const absl::Time time = absl::FromUnixSeconds(1769853600);  // 2026-01-31T10:00:00Z
  EXPECT_EQ(LocalText(time, "Asia/Taipei"), "2026-01-31 18:00 +08:00");
  EXPECT_EQ(LocalText(time, ""), "2026-01-31 10:00 +00:00");
}

TEST(InstantTest, KeepsMicroseconds) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(1767225599);
  timestamp.set_nanos(123456789);
  const absl::Time time = absl::FromUnixMicros(1767225599123456);
  EXPECT_EQ(ToTime(timestamp), time);
  timestamp.set_nanos(123456000);
  EXPECT_EQ(ToTimestamp(time).SerializeAsString(), timestamp.SerializeAsString());
  EXPECT_EQ(InstantText(time), "2025-12-31T23:59:59.123456+00:00");
}

}  // namespace
}  // namespace heitie::time
