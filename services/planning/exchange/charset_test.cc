#include "services/planning/exchange/charset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iconv.h>

#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace heitie::planning {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> PlacesOf(const Converted& converted) {
  std::vector<std::string> told;
  for (const Unmapped& one : converted.unmapped) told.push_back(absl::StrCat(one.line, ":", one.column, " ", one.what));
  return told;
}

TEST(CharsetTest, ReadsWhatSpreadsheetsWrite) {
  EXPECT_EQ(Decode("id,title\r\na,\xA5\xD8\xBC\xD0\r\n", Charset::kBig5).text, "id,title\r\na,目標\r\n");
  EXPECT_EQ(Decode("\xC4\xBF\xB1\xEA\x95\x32\x82\x36", Charset::kGb18030).text, "目标𠀀");
  EXPECT_EQ(Encode("目標", Charset::kBig5).text, "\xA5\xD8\xBC\xD0");
  EXPECT_EQ(Encode("目标𠀀", Charset::kGb18030).text, "\xC4\xBF\xB1\xEA\x95\x32\x82\x36");
  EXPECT_EQ(Decode("目標", Charset::kUtf8).text, "目標");
}

TEST(CharsetTest, WhatIsNoneIsNamedAtItsPlace) {
  // A byte that stands for a character for private use, and half a character at the end.
  const Converted big5 = Decode("a,\xA5\xD8\n\xA5\xD8\xFF,\xA5", Charset::kBig5);
  EXPECT_THAT(PlacesOf(big5), ElementsAre("2:2 U+F8F8", "2:4 A5"));
  EXPECT_EQ(big5.text, "a,目\n目,");
  EXPECT_THAT(PlacesOf(Decode("a\xC4", Charset::kGb18030)), ElementsAre("1:2 C4"));
  EXPECT_THAT(PlacesOf(Decode("a\n\xC3(", Charset::kUtf8)), ElementsAre("2:1 C3"));
  EXPECT_THAT(PlacesOf(Encode("a\n标b😀", Charset::kBig5)), ElementsAre("2:1 标", "2:3 😀"));
  EXPECT_THAT(PlacesOf(Encode("标😀", Charset::kGb18030)), IsEmpty());
}

TEST(CharsetTest, ThousandsOfMistakesAreNamedAHundredTimes) {
  EXPECT_EQ(Decode(std::string(20000, '\xFF'), Charset::kBig5).unmapped.size(), kMostUnmapped);
}

TEST(CharsetTest, LongTextsComeBackWhole) {
  std::string text;
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&text, "運營目標", i, "\n");
  for (const Charset charset : {Charset::kUtf8, Charset::kGb18030, Charset::kBig5}) {
    const Converted there = Encode(text, charset), back = Decode(there.text, charset);
    EXPECT_THAT(PlacesOf(there), IsEmpty()) << CharsetName(charset);
    EXPECT_EQ(back.text, text) << CharsetName(charset);
  }
}

// What glibc makes of one character's bytes; "" where it knows none.
std::string ByGlibc(const char* charset, const std::string& bytes) {
  const iconv_t converter = iconv_open("UTF-8", charset);
  std::string from = bytes;
  char to[16];
  char *in = from.data(), *out = to;
  size_t in_left = from.size(), out_left = sizeof(to);
  const bool done = iconv(converter, &in, &in_left, &out, &out_left) != static_cast<size_t>(-1) && in_left == 0;
  iconv_close(converter);
  return done ? std::string(to, static_cast<size_t>(out - to)) : "";
}

// All characters of two bytes, by another implementation.
TEST(CharsetTest, AgreesWithGlibc) {
  for (const auto& [charset, theirs, most] :
       {std::make_tuple(Charset::kGb18030, "GB18030", 30), std::make_tuple(Charset::kBig5, "CP950", 30)}) {
    int known = 0, different = 0;
    std::string differences;
    for (int high = 0x81; high <= 0xFE; ++high) {
      for (int low = 0x40; low <= 0xFE; ++low) {
        const std::string bytes = {static_cast<char>(high), static_cast<char>(low)};
        const Converted ours = Decode(bytes, charset);
        const std::string other = ByGlibc(theirs, bytes);
        if (!ours.unmapped.empty() || other.empty()) continue;
        ++known;
        if (ours.text == other) continue;
        ++different;
        absl::StrAppendFormat(&differences, "%02X%02X %s %s\n", high, low, ours.text, other);
      }
    }
    EXPECT_GT(known, 13000) << theirs;
    EXPECT_LE(different, most) << "a few signs of their box drawings differ\n" << differences;
  }
}

}  // namespace
}  // namespace heitie::planning
