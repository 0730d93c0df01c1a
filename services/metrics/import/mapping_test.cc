#include "services/metrics/import/mapping.h"

#include <gmock/gmock.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "services/metrics/import/text_rows.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(TextRowsTest, CsvByRfc4180) {
  EXPECT_THAT(ParseCsvRow("a,b,c\r\n", ','), Optional(ElementsAre("a", "b", "c")));
  EXPECT_THAT(ParseCsvRow("aaa,\"b \"\"b\"\"\n,b\",ccc", ','), Optional(ElementsAre("aaa", "b \"b\"\n,b", "ccc")));
  EXPECT_THAT(ParseCsvRow(" a ,,\" \"\n", ','), Optional(ElementsAre(" a ", "", " "))) << "blanks are part of a field";
  EXPECT_THAT(ParseCsvRow("a;b,c\n", ';'), Optional(ElementsAre("a", "b,c")));
  EXPECT_THAT(ParseCsvRow("\r\n", ','), Optional(IsEmpty()));
  for (const char* bad : {"a\"b,c\n", "\"a\"b,c\n", "\"a,b", "a\nb\n"}) EXPECT_EQ(ParseCsvRow(bad, ','), std::nullopt) << bad;
}

TEST(TextRowsTest, RowsEndAtLineBreaksOutsideOfQuotes) {
  EXPECT_EQ(RowLength("a,\"b\nc\"\r\nd", true, false), 9u);
  EXPECT_EQ(RowLength("a,\"b\nc\"\r\nd", false, false), 5u);
  EXPECT_EQ(RowLength("a,\"b\nc", true, false), std::nullopt);
  EXPECT_EQ(RowLength("abc", true, true), 3u);
  EXPECT_EQ(RowLength("", true, true), std::nullopt);
  EXPECT_EQ(MarkLength("\xEF\xBB\xBF"), 3u);
  EXPECT_EQ(MarkLength("\xEF\xBB"), 0u);
}

TEST(TextRowsTest, WhatIsWrittenReadsTheSame) {
  std::mt19937 random(4180);
  const char* parts[] = {"a", ",", "\"", "\n", "\r\n", " ", "中", ";", "x1"};
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::string> cells, written;
    for (int c = 0; c < 1 + static_cast<int>(random() % 4); ++c) {
      std::string cell = "v";
      for (size_t k = random() % 6; k > 0; --k) cell += parts[random() % 9];
      cells.push_back(cell);
      written.push_back(CsvCell(cell));
    }
    const std::string row = absl::StrJoin(written, ",") + "\r\n";
    EXPECT_EQ(RowLength(row + "next", true, false), row.size()) << row;
    EXPECT_EQ(ParseCsvRow(row, ','), cells) << row;
  }
}

TEST(TextRowsTest, NoCellBecomesAFormula) {
  for (const char* text : {"=1+1", "+1", "-1", "@sum(a1)", "\t=1", "  =1", "\r=1", "=cmd|' /c calc'!a0", "=\"a\",b"}) {
    const auto read = ParseCsvRow(CsvCell(text), ',');
    ASSERT_TRUE(read.has_value() && read->size() == 1) << text;
    EXPECT_EQ((*read)[0], absl::StrCat("'", text));
  }
  EXPECT_EQ(CsvCell("a=1"), "a=1");
  EXPECT_EQ(CsvCell(""), "");
}

TEST(TextRowsTest, JsonObjectsOfScalars) {
  EXPECT_THAT(ParseJsonRow(R"({"a": "x\u4e2d", "b": 11.10, "c": -3, "d": true, "e": null})"),
              Optional(UnorderedElementsAre(Pair("a", "x中"), Pair("b", "11.10"), Pair("c", "-3"), Pair("d", "true"))));
  for (const char* bad : {R"({"a": nul2021})", "", "[]", "1", "{", R"({"a": [1]})", R"({"a": {}})", R"({"a": 1, "a": 2})", R"({"a": 1} x)",
                          R"({"a": 01})", R"({"a": tru})", R"({"a" 1})"}) {
    EXPECT_EQ(ParseJsonRow(bad), std::nullopt) << bad;
  }
}

TEST(ParseScaledTest, AmountsAreExact) {
  EXPECT_EQ(ParseScaled("11.77", 2), 1177);
  EXPECT_EQ(ParseScaled("11.7", 2), 1170);
  EXPECT_EQ(ParseScaled("11", 2), 1100);
  EXPECT_EQ(ParseScaled("-0.05", 2), -5);
  EXPECT_EQ(ParseScaled("11.770", 2), 1177);
  EXPECT_EQ(ParseScaled("5", 0), 5);
  EXPECT_EQ(ParseScaled("92233720368547758.07", 2), INT64_MAX);
  for (const char* bad : {"", "-", ".5", "5.", "1.2.3", "11.775", "1e3", "+1", " 1", "1,000", "92233720368547758.08", "٣"}) {
    EXPECT_EQ(ParseScaled(bad, 2), std::nullopt) << bad;
  }
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const int64_t value = static_cast<int64_t>(random()) - (1LL << 31);
    const int64_t abs = value < 0 ? -value : value;
    EXPECT_EQ(ParseScaled(absl::StrCat(value < 0 ? "-" : "", abs / 1000, ".", absl::Dec(abs % 1000, absl::kZeroPad3)), 3), value);
  }
}

TEST(ParseMomentTest, NaiveTimesHaveTheMappingsZoneAndDatesTheBusinessZone) {
  absl::TimeZone taipei = absl::FixedTimeZone(8 * 3600), berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  const absl::Time eight = absl::FromCivil(absl::CivilSecond(2026, 1, 31, 8, 0, 0), absl::UTCTimeZone());
  EXPECT_EQ(ParseMoment("2026-01-31T16:00:00+08:00", berlin, taipei), eight);
  EXPECT_EQ(ParseMoment("2026-01-31 09:00:00", berlin, taipei), eight);
  EXPECT_EQ(ParseMoment("2026-01-31T09:00", berlin, taipei), eight);
  EXPECT_EQ(ParseMoment("2026-01-31 09:00:00.25", berlin, taipei), eight + absl::Milliseconds(250));
  EXPECT_EQ(ParseMoment("2026-01-31", berlin, taipei), eight - absl::Hours(16));
  for (const char* bad : {"", "2026-02-30", "31.01.2026", "infinite-future", " 2026-01-31", "2026-01-31 25:00:00", "2026-01-31x"}) {
    EXPECT_EQ(ParseMoment(bad, berlin, taipei), std::nullopt) << bad;
  }
}

constexpr char kShop[] = R"pb(format: FORMAT_CSV
                              fields { target: TARGET_EVENT_NAME constant: "purchase" }
                              fields { target: TARGET_USER column: "customer" }
                              fields { target: TARGET_OCCUR_TIME column: "date" }
                              fields { target: TARGET_VALUE_MINOR column: "amount" scale: 2 }
                              fields { target: TARGET_PROPERTY key: "quantity" column: "quantity" }
                              fields { target: TARGET_DIMENSION key: "channel" constant: "web" })pb";

std::optional<v1::Event> MapRow(const std::string& mapping, const std::string& header, const std::string& row,
                                std::vector<RowError>& errors) {
  const auto mapper = RowMapper::Of(Proto<v1::ImportMapping>(mapping), header, absl::FixedTimeZone(8 * 3600));
  EXPECT_THAT(mapper, IsOk());
  return mapper->Map(row, absl::FromUnixSeconds(1767225600), errors);
}

TEST(RowMapperTest, RowsBecomeEvents) {
  std::vector<RowError> errors;
  const auto event = MapRow(kShop, "customer,date,quantity,amount\r\n", "00001,2021-01-01,1,11.77\r\n", errors);
  ASSERT_TRUE(event.has_value());
  EXPECT_THAT(*event, heitie::test::EqualsProto(Proto<v1::Event>(R"pb(event_name: "purchase"
                                                                      user: "00001"
                                                                      occur_time { seconds: 1609430400 }
                                                                      value_minor: 1177
                                                                      properties { key: "quantity" value: "1" }
                                                                      dimensions { key: "channel" value: "web" })pb")));
  EXPECT_EQ(MapRow(kShop, "customer,date,quantity,amount\n", "\n", errors), std::nullopt);
  EXPECT_THAT(errors, IsEmpty()) << "an empty line is no error";
}

TEST(RowMapperTest, EverythingThatIsWrongWithARowIsTold) {
  const auto wrong = [](const std::string& row) {
    std::vector<RowError> errors;
    EXPECT_EQ(MapRow(kShop, "customer,date,quantity,amount\n", row, errors), std::nullopt);
    std::vector<std::string> told;
    for (const RowError& error : errors) told.push_back(absl::StrCat(error.field, " ", error.reason));
    return told;
  };
  EXPECT_THAT(wrong("00001,yesterday,1,11.775\n"), ElementsAre("date BAD_CELL", "amount BAD_CELL"));
  EXPECT_THAT(wrong("00001,2021-01-01,1\n"), ElementsAre(" ROW_WIDTH"));
  EXPECT_THAT(wrong("00001,2021-01-01,1,\"1\n"), ElementsAre(" ROW_MALFORMED"));
  EXPECT_THAT(wrong("00001,2021-01-01,1,\xFF\n"), ElementsAre(" ROW_MALFORMED"));
  EXPECT_THAT(wrong("li mei,2021-01-01, 1,1\n"), ::testing::Contains(::testing::StartsWith("user ")));
  EXPECT_THAT(wrong("u,2031-01-01,1,1\n"), ElementsAre("occur_time FUTURE_TIME"));
  EXPECT_THAT(wrong("u,2021-01-01,\" 1\",1\n"), ElementsAre("properties[quantity] BAD_DIMENSION"));
}

TEST(RowMapperTest, ColumnsAreFoundByTheHeader) {
  std::vector<RowError> errors;
  const auto event = MapRow(kShop, "amount,\"customer\",quantity,more,date\n", "1,u,,x,2021-01-01\n", errors);
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->user(), "u");
  EXPECT_EQ(event->properties_size(), 0) << "an empty cell leaves the property out";
  const auto missing = RowMapper::Of(Proto<v1::ImportMapping>(kShop), "customer,quantity\n", absl::UTCTimeZone());
  EXPECT_THAT(missing.status(), HasReason("FILE_COLUMN_MISSING"));
}

TEST(CheckMappingTest, EveryMistakeIsNamed) {
  EXPECT_THAT(CheckMapping(Proto<v1::ImportMapping>(kShop)), IsOk());
  EXPECT_THAT(Violations(CheckMapping(Proto<v1::ImportMapping>(R"pb(
                fields { target: TARGET_USER column: "u" constant: "u" }
                fields { target: TARGET_USER column: "u" scale: 2 }
                fields { target: TARGET_DIMENSION column: "u" }
                fields { target: TARGET_VALUE key: "a" column: "u" }
                fields { target: TARGET_VALUE_MINOR column: "u" }
                fields { target: TARGET_PROPERTY key: "b" column: "u" }
                fields { target: TARGET_DIMENSION key: "b" column: "u" })pb"))),
              UnorderedElementsAre("import.mapping.fields[0].column BAD_MAPPING", "import.mapping.fields[1].target BAD_MAPPING",
                                   "import.mapping.fields[1].scale BAD_MAPPING", "import.mapping.fields[2].key BAD_MAPPING",
                                   "import.mapping.fields[3].key BAD_MAPPING", "import.mapping.fields[6].target BAD_MAPPING",
                                   "import.mapping.fields BAD_MAPPING", "import.mapping.fields BAD_MAPPING"));
}

// Whatever text is at hand beyond what a chunk needs, the chunks of a file are the same.
TEST(CheckMappingTest, MeasurementsHaveTheirOwnFields) {
  EXPECT_THAT(CheckMapping(Proto<v1::ImportMapping>(R"pb(fields { target: TARGET_MEASUREMENT_NAME constant: "load" }
                                                         fields { target: TARGET_OCCUR_TIME column: "time" }
                                                         fields { target: TARGET_VALUE column: "load" })pb")),
              IsOk());
  EXPECT_THAT(Violations(CheckMapping(Proto<v1::ImportMapping>(R"pb(fields { target: TARGET_MEASUREMENT_NAME constant: "load" }
                                                                    fields { target: TARGET_USER column: "user" }
                                                                    fields { target: TARGET_EVENT_NAME constant: "load" }
                                                                    fields { target: TARGET_OCCUR_TIME column: "time" })pb"))),
              ElementsAre("import.mapping.fields[1].target BAD_MAPPING", "import.mapping.fields[2].target BAD_MAPPING",
                          "import.mapping.fields BAD_MAPPING"));
}

TEST(TakeChunkTest, ChunksDependOnTheRowsAlone) {
  std::string text;
  std::mt19937 random(11);
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&text, "u", random() % 100, ",", i % 97 == 0 ? "never" : "2021-01-01", ",", random() % 9, ",\"", random() % 1000,
                    "\"\n");
    if (i % 50 == 0) text += "\n";
  }
  const auto mapper = RowMapper::Of(Proto<v1::ImportMapping>(kShop), "customer,date,quantity,amount\n", absl::UTCTimeZone());
  ASSERT_THAT(mapper, IsOk());
  const absl::Time now = absl::FromUnixSeconds(1767225600);
  std::vector<size_t> lengths;
  size_t begin = 0, events = 0, bad = 0;
  int64_t rows = 0;
  while (begin < text.size()) {
    const auto chunk = TakeChunk(absl::string_view(text).substr(begin), true, *mapper, now);
    ASSERT_THAT(chunk, IsOk());
    ASSERT_GT(chunk->length, 0u);
    // The same from a longer text that does not end here.
    const std::string longer = text.substr(begin) + std::string(100, '\n') + "u,2021-01-01,1,1\n";
    const auto again = TakeChunk(longer, false, *mapper, now);
    ASSERT_THAT(again, IsOk());
    if (begin + chunk->length < text.size()) {
      EXPECT_EQ(again->length, chunk->length);
    }
    EXPECT_LE(chunk->events.size(), 1000u);
    begin += chunk->length;
    events += chunk->events.size();
    bad += chunk->bad.size();
    rows += chunk->rows;
  }
  EXPECT_EQ(bad, 52u);  // ⌈5000 / 97⌉
  EXPECT_EQ(events, 5000u - 52u);
  EXPECT_EQ(rows, 5000);
}

TEST(TakeChunkTest, AnIdThatComesAgainBeginsTheNextChunk) {
  const auto mapper = RowMapper::Of(Proto<v1::ImportMapping>(R"pb(format: FORMAT_NDJSON
                                                                  fields { target: TARGET_EVENT_NAME column: "name" }
                                                                  fields { target: TARGET_USER column: "user" }
                                                                  fields { target: TARGET_EVENT_ID column: "id" }
                                                                  fields { target: TARGET_OCCUR_TIME column: "at" })pb"),
                                    "", absl::UTCTimeZone());
  ASSERT_THAT(mapper, IsOk());
  const std::string one = R"({"name": "visit", "user": "u", "id": "a", "at": "2021-01-01"})"
                          "\n",
                    two = R"({"name": "visit", "user": "u", "id": "b", "at": "2021-01-01"})"
                          "\n";
  const auto chunk = TakeChunk(one + two + one, true, *mapper, absl::FromUnixSeconds(1767225600));
  ASSERT_THAT(chunk, IsOk());
  EXPECT_EQ(chunk->events.size(), 2u);
  EXPECT_EQ(chunk->length, one.size() + two.size());
}

TEST(TakeChunkTest, AQuoteWithoutEndIsNotReadForever) {
  const auto mapper = RowMapper::Of(Proto<v1::ImportMapping>(kShop), "customer,date,quantity,amount\n", absl::UTCTimeZone());
  ASSERT_THAT(mapper, IsOk());
  EXPECT_THAT(TakeChunk("\"" + std::string(kChunkText, 'a'), false, *mapper, absl::UnixEpoch()).status(), HasReason("ROW_TOO_LONG"));
}

}  // namespace
}  // namespace heitie::metrics
