#include "services/metrics/plan/personal_data.h"

#include <gmock/gmock.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/metrics/v1/personal_data_policy.pb.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;

TEST(PersonalDataTest, RocIdsHaveTheirCheckDigit) {
  // The ministry's specimen, and those of other letters and of 統一證號 computed by hand from the published weights.
  for (const char* id : {"A123456789", "a123456789", "F131104093", "A800000014"}) EXPECT_TRUE(IsRocId(id)) << id;
  for (const char* id : {"A123456788", "B123456789", "A323456789", "A12345678", "A1234567890", "1123456789", "A12345678X", ""}) {
    EXPECT_FALSE(IsRocId(id)) << id;
  }
}

TEST(PersonalDataTest, EachRocIdHasExactlyOneCheckDigit) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string id(1, static_cast<char>('A' + random() % 26));
    id += "1289"[random() % 4];
    for (int k = 0; k < 7; ++k) id += static_cast<char>('0' + random() % 10);
    int fit = 0;
    for (char c = '0'; c <= '9'; ++c) fit += IsRocId(id + c);
    EXPECT_EQ(fit, 1) << id;
  }
}

TEST(PersonalDataTest, PrcIdsHaveTheirCheckCharacter) {
  // The two examples of GB 11643-1999.
  for (const char* id : {"11010519491231002X", "11010519491231002x", "440524188001010014"}) EXPECT_TRUE(IsPrcId(id)) << id;
  for (const char* id : {"110105194912310021", "11010519491331002X", "11010519490230002X", "440524188001010015", "44052418800101001", "",
                         "X1010519491231002X"}) {
    EXPECT_FALSE(IsPrcId(id)) << id;
  }
}

TEST(PersonalDataTest, FindsWhatAPatternSaysAndItsChecksumConfirms) {
  const auto policy = Proto<v1::PersonalDataPolicy>(R"pb(
    patterns { title: "id" pattern: "(?:^|[^0-9A-Z])([A-Z][12][0-9]{8})" checksum: CHECKSUM_ROC_ID }
    patterns { title: "mail" pattern: "[a-z]+@[a-z]+" })pb");
  const auto data = PersonalData::Compile(policy);
  ASSERT_THAT(data, IsOk());
  const auto found = [&](const std::string& text) {
    const std::string* title = (*data)->Find(text);
    return title == nullptr ? std::string() : *title;
  };
  EXPECT_EQ(found("A123456789"), "id");
  EXPECT_EQ(found("order A123456788"), "") << "the check digit does not fit";
  EXPECT_EQ(found("A123456788 A123456789"), "id") << "the first does not fit, the second does";
  EXPECT_EQ(found("to li@example"), "mail");
  EXPECT_EQ(found("wechat"), "");
  EXPECT_EQ(found(""), "");
}

TEST(PersonalDataTest, BadPatternsAreAllNamed) {
  const auto policy = Proto<v1::PersonalDataPolicy>(R"pb(patterns { title: "a" pattern: "(" }
                                                         patterns { title: "b" pattern: "b" }
                                                         patterns { title: "c" pattern: "[" })pb");
  const auto data = PersonalData::Compile(policy);
  EXPECT_THAT(heitie::test::Violations(data.status()),
              ::testing::UnorderedElementsAre("personal_data_policy.patterns[0].pattern BAD_PATTERN",
                                              "personal_data_policy.patterns[2].pattern BAD_PATTERN"));
}

TEST(PersonalDataTest, NoPatternsFindNothing) {
  const auto data = PersonalData::Compile({});
  ASSERT_THAT(data, IsOk());
  EXPECT_EQ((*data)->Find("li@example.com"), nullptr);
}

}  // namespace
}  // namespace heitie::metrics
