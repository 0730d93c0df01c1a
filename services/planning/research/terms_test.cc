#include "services/planning/research/terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heitie::planning {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(TermsTest, ChineseByTwoCharactersAndOthersByWords) {
  EXPECT_THAT(TermsOf("市場趨勢"), UnorderedElementsAre("市場", "場趨", "趨勢"));
  EXPECT_THAT(TermsOf("Live-stream 2026"), UnorderedElementsAre("live", "stream", "2026"));
  EXPECT_THAT(TermsOf("用 App 直播"), UnorderedElementsAre("app", "直播")) << "a single character is no term";
  EXPECT_THAT(TermsOf("市場，趨勢"), UnorderedElementsAre("市場", "趨勢")) << "punctuation parts";
  EXPECT_THAT(TermsOf(" ，!"), IsEmpty());
}

TEST(TermsTest, CaseAndWidthDoNotMatter) {
  EXPECT_EQ(TermsOf("ＡＰＰ ＭＡＲＫＥＴ"), TermsOf("app market"));
  EXPECT_EQ(TextFingerprint("The App, market！"), TextFingerprint("the　app ＭＡＲＫＥＴ!"));
  EXPECT_NE(TextFingerprint("the app market"), TextFingerprint("the app markets"));
  EXPECT_EQ(TextFingerprint(" ，"), "");
}

TEST(TermsTest, AddressesAreKnownAgain) {
  EXPECT_EQ(AddressFingerprint("HTTPS://Example.com/News/"), AddressFingerprint(" https://example.com/News#top"));
  EXPECT_NE(AddressFingerprint("https://example.com/news"), AddressFingerprint("https://example.com/News")) << "paths have a case";
  EXPECT_EQ(AddressFingerprint(""), "");
  EXPECT_EQ(AddressFingerprint("https://"), AddressFingerprint("HTTPS://"));
}

TEST(TermsTest, LongWordsAreCut) {
  const std::set<std::string> terms = TermsOf(std::string(200, 'x'));
  EXPECT_THAT(terms, ElementsAre(std::string(60, 'x')));
}

TEST(TermsTest, SharedTermsAreThoseOfEither) {
  EXPECT_EQ(SharedPercent({"a", "b"}, {"b", "c"}), 33);
  EXPECT_EQ(SharedPercent({"a"}, {"a"}), 100);
  EXPECT_EQ(SharedPercent({}, {}), 0);
}

}  // namespace
}  // namespace heitie::planning
