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

TEST(InstantTest, ReadsWhatClientsWrite) {
  const auto seconds = [](const std::string& text) { return ParseTimestamp(text).value().seconds(); };
  EXPECT_EQ(seconds("2026-01-31T09:30:00Z"), 1769851800);
  EXPECT_EQ(seconds("2026-01-31T17:30:00+08:00"), 1769851800);
  EXPECT_EQ(seconds("2026-01-31T08:30:00-01:00"), 1769851800);
  EXPECT_EQ(seconds("1969-12-31T23:59:59.5Z"), -1);
  EXPECT_EQ(ParseTimestamp("1969-12-31T23:59:59.5Z")->nanos(), 500'000'000);
  EXPECT_EQ(ParseTimestamp("2026-01-31T09:30:00.000000001Z")->nanos(), 1);
  EXPECT_EQ(seconds("0001-01-01T00:00:00Z"), -62135596800);
  EXPECT_EQ(seconds("9999-12-31T23:59:59.999999999Z"), 253402300799);
  EXPECT_EQ(seconds("9999-12-31T23:59:59+23:59"), 253402300799 - 23 * 3600 - 59 * 60);
}

// protobuf's own function stops the process on the first three.
TEST(InstantTest, RefusesWhatNoTimestampCanTell) {
  for (const char* text :
       {"9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T23:59:60Z", "2026-01-31T09:30:00", "2026-01-31T09:30:00+24:00", "2026-01-31T09:30:00+08:60", "2026-01-31T09:30:00+8:00",
        "2026-01-31T09:30:00.Z", "2026-01-31T09:30:00.1234567890Z", "2026-01-31 09:30:00Z", "2026-01-31T09:30Z", "2026-1-31T09:30:00Z",
        "2026-01-31T09:30:00Z ", " 2026-01-31T09:30:00Z", "infinite-future", "Z", ""}) {
    EXPECT_FALSE(ParseTimestamp(text).has_value()) << text;
  }
}

TEST(InstantTest, ReadsDurations) {
  EXPECT_EQ(ParseDuration("1.5s")->seconds(), 1);
  EXPECT_EQ(ParseDuration("1.5s")->nanos(), 500'000'000);
  EXPECT_EQ(ParseDuration("-1.5s")->seconds(), -1);
  EXPECT_EQ(ParseDuration("-0.5s")->nanos(), -500'000'000);
  EXPECT_EQ(ParseDuration("315576000000s")->seconds(), 315'576'000'000);
  EXPECT_EQ(ParseDuration("-315576000000s")->seconds(), -315'576'000'000);
  for (const char* text : {"315576000001s", "315576000000.1s", "-315576000001s", "9223372036854775807s", "99999999999999999999s", "1", "s",
                           ".5s", "1.s", "1.0000000000s", "--1s", "+1s", "1s ", "1e3s", ""}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

// Messages of others may hold anything.
TEST(InstantTest, KeepsToTheYearsThatATimestampCanTell) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(INT64_MAX);
  timestamp.set_nanos(INT32_MIN);
  EXPECT_LT(ToTime(timestamp), absl::FromUnixSeconds(253402300800));
  timestamp.set_seconds(INT64_MIN);
  EXPECT_GT(ToTime(timestamp), absl::FromUnixSeconds(-62135596810));
  EXPECT_EQ(ToTimestamp(absl::InfiniteFuture()).seconds(), 253402300799);
  EXPECT_EQ(ToTimestamp(absl::InfinitePast()).seconds(), -62135596800);
  EXPECT_EQ(ToTimestamp(absl::FromUnixMicros(-1)).seconds(), -1);
  EXPECT_EQ(ToTimestamp(absl::FromUnixMicros(-1)).nanos(), 999'999'000);
}

}  // namespace
}  // namespace heitie::time
