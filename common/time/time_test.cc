#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "common/time/day.h"
#include "common/time/instant.h"
#include "common/time/zone.h"

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

TEST(DayTest, IsOfTheCalendar) {
  const auto valid = [](int year, int month, int day) {
    google::type::Date date;
    date.set_year(year);
    date.set_month(month);
    date.set_day(day);
    return IsValid(date);
  };
  EXPECT_TRUE(valid(2024, 2, 29) && valid(1970, 1, 1) && valid(9999, 12, 31) && valid(2000, 2, 29));
  EXPECT_FALSE(valid(2021, 2, 29) || valid(2020, 4, 31) || valid(1969, 12, 31) || valid(10000, 1, 1) || valid(2100, 2, 29));
  EXPECT_FALSE(valid(2020, 0, 1) || valid(2020, 1, 0) || valid(2020, 13, 1) || valid(0, 1, 1) || valid(2020, -1, 1) || valid(2020, 1, -1));
  EXPECT_FALSE(valid(INT32_MAX, 1, 1) || valid(2020, INT32_MIN, INT32_MAX) || valid(2019, INT32_MAX, INT32_MAX));
}

TEST(DayTest, IsReadFromOneFormOnly) {
  EXPECT_EQ(ParseDay("2024-02-29"), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(ParseDay("1000-01-01"), absl::CivilDay(1000, 1, 1));
  EXPECT_EQ(ParseDay("9999-12-31"), absl::CivilDay(9999, 12, 31));
  for (const char* text : {"", "2023-02-29", "2020-04-31", "0000-01-01", "0999-12-31", "10000-01-01", " 2026-1-31", "2026-01-1",
                           "2026-1-01 ", "-026-01-01", "+2026-01-1", "2026-00-01", "2026-01-00", "2026-01", "2026-01-31T00:00:00"}) {
    EXPECT_FALSE(ParseDay(text)) << text;
  }
}

TEST(ZoneTest, DecidesTheDayOfAnInstant) {
  const absl::Time evening = absl::FromUnixSeconds(1767283200);  // 2026-01-01T16:00:00Z
  EXPECT_EQ(absl::ToCivilDay(evening, ZoneOf("Asia/Taipei")), absl::CivilDay(2026, 1, 2));
  EXPECT_EQ(ToDay(DateOf(evening, "Asia/Taipei")), absl::CivilDay(2026, 1, 2));
  EXPECT_EQ(ToDay(DateOf(evening, "")), absl::CivilDay(2026, 1, 1));
}

TEST(ZoneTest, IsANameThatTheDatabaseLists) {
  for (const char* name : {"Asia/Taipei", "UTC", "Etc/UTC", "GMT", "Etc/GMT+8", "ROC", "America/Argentina/Buenos_Aires"}) {
    const auto zone = FindZone(name);
    ASSERT_TRUE(zone) << name;
    EXPECT_EQ(zone->name(), name);
  }
  const std::string folder = ZoneFolder();
  for (const std::string& name : {std::string(),
                                  std::string("Asia/Atlantis"),
                                  std::string("asia/taipei"),
                                  std::string("ASIA/TAIPEI"),
                                  std::string(" UTC"),
                                  std::string("UTC "),
                                  std::string("../zoneinfo/Asia/Taipei"),
                                  std::string("Asia/../Asia/Taipei"),
                                  std::string("./UTC"),
                                  std::string("Asia//Taipei"),
                                  folder + "/Asia/Taipei",
                                  "file:" + folder + "/Asia/Taipei",
                                  std::string("file:Asia/Taipei"),
                                  std::string("localtime"),
                                  std::string("posixrules"),
                                  std::string("posix/UTC"),
                                  std::string("right/UTC"),
                                  std::string("Fixed/UTC+08:00:00"),
                                  std::string("tzdata.zi"),
                                  std::string("Asia"),
                                  std::string("UTC\0x", 5),
                                  std::string("UTC\0", 4),
                                  std::string(1 << 20, 'x'),
                                  std::string("Asia/Taipei\n"),
                                  std::string("/dev/stdin")}) {
    EXPECT_FALSE(FindZone(name)) << name.substr(0, 100);
  }
  EXPECT_EQ(ZoneOf("/usr/share/zoneinfo/Asia/Taipei").name(), "UTC");
}

// A library that read the pipe would find bytes there; whoever reads an empty one waits.
TEST(ZoneTest, ReadsNoFileThatItIsNamed) {
  const std::string path = ::testing::TempDir() + "zone-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int pipe = open(path.c_str(), O_RDWR);
  const std::string bytes(4096, 'x');
  ASSERT_EQ(write(pipe, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  for (const std::string& name : {path, "file:" + path, "../../.." + path}) EXPECT_FALSE(FindZone(name)) << name;
  int left = 0;
  ASSERT_EQ(ioctl(pipe, FIONREAD, &left), 0);
  EXPECT_EQ(left, 4096);
  close(pipe);
  unlink(path.c_str());
}

TEST(ZoneTest, NamesAreThoseOfZonesAndLinks) {
  const std::string folder = ::testing::TempDir() + "zones-" + std::to_string(getpid());
  EXPECT_TRUE(ZoneNames(folder).empty()) << "a machine without the database";
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  std::ofstream(folder + "/tzdata.zi")
      << "# version 2025b\nR Z 1916 o - Jun 14 23s 1 S\nZ Asia/Taipei 8:6 - LMT 1896\n8 - CST\nL Asia/Taipei ROC\n";
  EXPECT_EQ(ZoneNames(folder), (std::set<std::string>{"Asia/Taipei", "ROC"}));
  EXPECT_GT(ZoneNames(ZoneFolder()).size(), 400u);
  unlink((folder + "/tzdata.zi").c_str());
  rmdir(folder.c_str());
}

TEST(InstantTest, IsWrittenForPeopleInTheirTimeZone) {
  const absl::Time time = absl::FromUnixSeconds(1769853600);  // 2026-01-31T10:00:00Z
  EXPECT_EQ(LocalText(time, "Asia/Taipei"), "2026-01-31 18:00 +08:00");
  EXPECT_EQ(LocalText(time, ""), "2026-01-31 10:00 +00:00");
}

TEST(InstantTest, IsValidFrom1970To9999) {
  const auto valid = [](int64_t seconds, int32_t nanos) {
    google::protobuf::Timestamp time;
    time.set_seconds(seconds);
    time.set_nanos(nanos);
    return IsValid(time);
  };
  EXPECT_TRUE(valid(0, 0) && valid(253402300799, 999'999'999));
  EXPECT_FALSE(valid(-1, 0) || valid(253402300800, 0) || valid(0, -1) || valid(0, 1'000'000'000) || valid(INT64_MAX, 0) ||
               valid(INT64_MIN, INT32_MIN));
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
  for (const char* text : {"9999-12-31T23:59:59-00:01",
                           "0001-01-01T00:00:00+08:00",
                           "9999-12-31T23:59:59-23:59",
                           "0000-01-01T00:00:00Z",
                           "10000-01-01T00:00:00Z",
                           "-001-01-01T00:00:00Z",
                           "2026-02-30T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T23:59:60Z",
                           "2026-01-31T09:30:00",
                           "2026-01-31T09:30:00+24:00",
                           "2026-01-31T09:30:00+08:60",
                           "2026-01-31T09:30:00+8:00",
                           "2026-01-31T09:30:00.Z",
                           "2026-01-31T09:30:00.1234567890Z",
                           "2026-01-31 09:30:00Z",
                           "2026-01-31T09:30Z",
                           "2026-1-31T09:30:00Z",
                           "2026-01-31T09:30:00Z ",
                           " 2026-01-31T09:30:00Z",
                           "infinite-future",
                           "Z",
                           ""}) {
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
