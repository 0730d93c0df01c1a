#include "common/http/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace heitie::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Split {
  std::vector<std::string> lines;
  bool too_long = false;
};

// The body in pieces of that size, or of random sizes.
Split SplitPieces(const std::string& body, size_t most, size_t piece, std::mt19937* random = nullptr) {
  Lines lines(most);
  Split split;
  const auto take = [&] {
    if (auto line = lines.Take()) split.lines.push_back(*std::move(line));
  };
  for (size_t at = 0; at < body.size() && !lines.too_long();) {
    const size_t size = random == nullptr ? piece : 1 + (*random)() % piece;
    at += lines.Put(std::string_view(body).substr(at, size));
    take();
  }
  lines.End();
  take();
  split.too_long = lines.too_long();
  return split;
}

TEST(LinesTest, EndWithLfOrCrLfOrTheBody) {
  for (const size_t piece : {1, 2, 3, 100}) {
    EXPECT_THAT(SplitPieces("a\nbc\r\n{\"d\": 1}", 10, piece).lines, ElementsAre("a", "bc", "{\"d\": 1}"));
    EXPECT_THAT(SplitPieces("a\n", 10, piece).lines, ElementsAre("a"));
    EXPECT_THAT(SplitPieces("a\rb\n", 10, piece).lines, ElementsAre("a\rb")) << "a CR alone ends nothing";
  }
}

TEST(LinesTest, BlankLinesAreSkippedHoweverMany) {
  EXPECT_THAT(SplitPieces("\n\r\n  \t\n a\n\n", 2, 100).lines, ElementsAre("a"));
  EXPECT_THAT(SplitPieces(std::string(100'000, ' ') + "\na", 2, 100).lines, ElementsAre("a"));
  EXPECT_THAT(SplitPieces("", 2, 1).lines, IsEmpty());
  EXPECT_THAT(SplitPieces("\r", 2, 1).lines, IsEmpty());
}

TEST(LinesTest, ALineIsAsLongAsItMayBeAndNoLonger) {
  for (const size_t piece : {1, 3, 100}) {
    for (const char* end : {"\n", "\r\n", ""}) {
      const Split fits = SplitPieces(std::string("12345") + end, 5, piece);
      EXPECT_THAT(fits.lines, ElementsAre("12345"));
      EXPECT_FALSE(fits.too_long);
      const Split longer = SplitPieces(std::string("a\n123456") + end, 5, piece);
      EXPECT_THAT(longer.lines, ElementsAre("a"));
      EXPECT_TRUE(longer.too_long);
    }
  }
}

TEST(LinesTest, AnEndlessLineIsNotGathered) {
  Lines lines(100);
  const std::string endless(1000, 'x');
  for (int i = 0; i < 1000; ++i) lines.Put(endless);
  EXPECT_TRUE(lines.too_long());
  EXPECT_LE(lines.size(), 101u);
}

// Against the obvious way to split a text that is whole.
TEST(LinesTest, HowItComesMakesNoDifference) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string body;
    const size_t size = random() % 40;
    for (size_t i = 0; i < size; ++i) body.push_back("a{ \r\n\n"[random() % 6]);
    const size_t most = 1 + random() % 8;
    Split expected;
    std::string rest = body;
    while (!rest.empty() && !expected.too_long) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      line.erase(0, std::min(line.find_first_not_of(" \t\r"), line.size()));
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.empty()) continue;
      expected.too_long = line.size() > most;
      if (!expected.too_long) expected.lines.push_back(line);
    }
    const Split actual = SplitPieces(body, most, 1 + random() % 10, &random);
    EXPECT_EQ(actual.lines, expected.lines) << ::testing::PrintToString(body);
    EXPECT_EQ(actual.too_long, expected.too_long) << ::testing::PrintToString(body) << most;
  }
}

}  // namespace
}  // namespace heitie::http
