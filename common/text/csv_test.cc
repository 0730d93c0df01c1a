#include "common/text/csv.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"

namespace heitie::text {
namespace {

std::vector<std::vector<std::string>> Texts(const Csv& csv) {
  std::vector<std::vector<std::string>> rows;
  for (const CsvRow& row : csv.rows) {
    std::vector<std::string>& texts = rows.emplace_back();
    for (const CsvCell& cell : row.cells) texts.push_back(cell.text);
  }
  return rows;
}
using Rows = std::vector<std::vector<std::string>>;

TEST(CsvTest, RowsAndCells) {
  EXPECT_EQ(Texts(ParseCsv("a,b\nc,d\n")), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(Texts(ParseCsv("a,b\r\n\r\n,\rlast")), (Rows{{"a", "b"}, {"", ""}, {"last"}}));
  EXPECT_EQ(Texts(ParseCsv("\xEF\xBB\xBF姓名,電話\n林，美,１２")), (Rows{{"姓名", "電話"}, {"林，美", "１２"}}))
      << "a full-width comma is text";
  EXPECT_EQ(Texts(ParseCsv("\"a,\"\"b\"\"\",\"c\nd\"\ne")), (Rows{{"a,\"b\"", "c\nd"}, {"e"}}));
  EXPECT_TRUE(ParseCsv("").rows.empty());
}

TEST(CsvTest, PlacesCountLinesAndCharacters) {
  const Csv csv = ParseCsv("\"林\n美\",x\n姓名,b");
  ASSERT_EQ(csv.rows.size(), 2u);
  EXPECT_EQ(csv.rows[0].cells[1].line, 2);
  EXPECT_EQ(csv.rows[0].cells[1].column, 4);
  EXPECT_EQ(csv.rows[1].line, 3);
  EXPECT_EQ(csv.rows[1].cells[1].column, 4);
}

TEST(CsvTest, ASpoiledRowSpoilsNoOther) {
  const Csv csv = ParseCsv("a,b\nx\"y,2\n\"q\"z,3\nc,d\n\"open,5\nlost");
  EXPECT_EQ(Texts(csv), (Rows{{"a", "b"}, {"c", "d"}}));
  ASSERT_EQ(csv.defects.size(), 3u);
  EXPECT_EQ(csv.defects[0].kind, CsvDefect::kStrayQuote);
  EXPECT_EQ(csv.defects[0].line, 2);
  EXPECT_EQ(csv.defects[0].column, 2);
  EXPECT_EQ(csv.defects[1].line, 3);
  EXPECT_EQ(csv.defects[1].column, 4);
  EXPECT_EQ(csv.defects[2].kind, CsvDefect::kOpenQuote);
  EXPECT_EQ(csv.defects[2].line, 5);
}

// What is written is read, and whatever strangers send comes to an end.
TEST(CsvTest, WhatIsWrittenIsRead) {
  std::mt19937_64 random(3);
  const std::vector<std::string> pieces = {"a", "林", ",", "，", "\"", "\n", "\r\n", " ", "😀"};
  for (int round = 0; round < 3000; ++round) {
    Rows rows(1 + random() % 4);
    std::string text = random() % 2 == 0 ? "\xEF\xBB\xBF" : "";
    for (auto& row : rows) {
      std::vector<std::string> written;
      for (size_t i = 0, n = 2 + random() % 3; i < n; ++i) {
        std::string cell;
        for (size_t k = random() % 5; k > 0; --k) cell += pieces[random() % pieces.size()];
        const bool plain = cell.find_first_of(",\"\n\r") == std::string::npos;
        std::string quoted = "\"";
        for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        written.push_back(plain && random() % 2 == 0 ? cell : quoted + "\"");
        row.push_back(cell);
      }
      text += absl::StrJoin(written, ",") + (random() % 2 == 0 ? "\n" : "\r\n");
    }
    const Csv csv = ParseCsv(text);
    ASSERT_EQ(Texts(csv), rows) << text;
    ASSERT_TRUE(csv.defects.empty());
    std::string noise;
    for (size_t k = random() % 40; k > 0; --k) noise += pieces[random() % pieces.size()];
    for (const CsvRow& row : ParseCsv(noise).rows) ASSERT_FALSE(row.cells.empty());
  }
}

}  // namespace
}  // namespace heitie::text
