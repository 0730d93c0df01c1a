#include "common/status/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/status/merge.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::status {
namespace {

const status::Reason kShort{absl::StatusCode::kFailedPrecondition, "SHORT", "{item}: {n} left.", "{item}：剩 {n}。"};

template <typename T>
std::vector<T> Details(const google::rpc::Status& proto) {
  std::vector<T> found;
  for (const auto& any : proto.details()) {
    T detail;
    if (any.Is<T>() && any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

TEST(StatusTest, AnErrorCarriesReasonArgumentsAndTheCallersLanguageOnly) {
  const absl::Status status = Error(kShort, {{"item", "items/cup"}, {"n", 3}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "items/cup: 3 left.");
  EXPECT_EQ(ReasonOf(status), "SHORT");
  const google::rpc::Status proto = ToProto(status, Language::kSimplifiedChinese);
  const auto infos = Details<google::rpc::ErrorInfo>(proto);
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].metadata().at("n"), "3");
  const auto messages = Details<google::rpc::LocalizedMessage>(proto);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].locale(), "zh-CN");
  EXPECT_EQ(messages[0].message(), "items/cup：剩 3。");
}

TEST(StatusTest, MoneyIsWrittenInSentencesAndAnIntegerInArguments) {
  static const status::Reason kPoor{absl::StatusCode::kFailedPrecondition, "POOR", "{left:money} of {asked:money} ({currency}).",
                                    "剩 {left:money}。"};
  const Args args = {{"left", 123450}, {"asked", "much"}, {"currency", "CNY"}};
  EXPECT_EQ(Sentence(kPoor, args, Language::kEnglish), "CNY 1,234.50 of much (CNY).");
  const google::rpc::Status proto = ToProto(Error(kPoor, args), Language::kTraditionalChinese);
  EXPECT_EQ(Details<google::rpc::LocalizedMessage>(proto).at(0).message(), "剩 CNY 1,234.50。");
  EXPECT_EQ(Details<google::rpc::ErrorInfo>(proto).at(0).metadata().at("left"), "123450");
}

TEST(StatusTest, CountsAreWrittenInSentencesAndAnIntegerInArguments) {
  static const status::Reason kShort{absl::StatusCode::kFailedPrecondition, "SHORT", "{left:count} ({left}) of {asked:count}.",
                                     "剩 {left:count}。"};
  const Args args = {{"left", 1234567}, {"asked", "many"}};
  EXPECT_EQ(Sentence(kShort, args, Language::kEnglish), "1,234,567 (1234567) of many.");
  EXPECT_EQ(Details<google::rpc::ErrorInfo>(ToProto(Error(kShort, args), Language::kEnglish)).at(0).metadata().at("left"), "1234567");
}

TEST(StatusTest, AllBadFieldsComeAtOnce) {
  BadFields bad;
  EXPECT_TRUE(bad.status().ok());
  bad.Add("a", kRequired);
  bad.Add("b[2].c", kBadValue, {{"rule", "positive"}});
  const auto details = Details<google::rpc::BadRequest>(ToProto(bad.status(), Language::kEnglish));
  ASSERT_EQ(details.size(), 1u);
  ASSERT_EQ(details[0].field_violations_size(), 2);
  EXPECT_EQ(details[0].field_violations(1).field(), "b[2].c");
  EXPECT_EQ(details[0].field_violations(1).reason(), "BAD_VALUE");
  EXPECT_EQ(details[0].field_violations(1).description(), "The value must be positive.");
}

TEST(StatusTest, UnmetConditionsAreListed) {
  Unmet unmet;
  EXPECT_TRUE(unmet.status(kShort).ok());
  unmet.Add("items/cup", kShort, {{"item", "items/cup"}, {"n", 0}});
  const auto details = Details<google::rpc::PreconditionFailure>(ToProto(unmet.status(kShort), Language::kTraditionalChinese));
  ASSERT_EQ(details.size(), 1u);
  EXPECT_EQ(details[0].violations(0).type(), "SHORT");
  EXPECT_EQ(details[0].violations(0).subject(), "items/cup");
  EXPECT_EQ(details[0].violations(0).description(), "items/cup：剩 0。");
}

TEST(StatusTest, SeveralRefusalsBecomeOne) {
  EXPECT_TRUE(Merge({}, kShort).ok());
  Unmet unmet;
  unmet.Add("items/cup", kShort, {{"item", "items/cup"}, {"n", 0}});
  unmet.Add("items/bag", kShort, {{"item", "items/bag"}, {"n", 2}});
  const absl::Status merged =
      Merge({{"reservation", unmet.status(kShort, {{"item", "all"}, {"n", 0}})}, {"budgets/q1", NotFound("budgets/q1")}}, kShort,
            {{"item", "it"}, {"n", 1}});
  EXPECT_EQ(ReasonOf(merged), "SHORT");
  for (const Language language : {Language::kEnglish, Language::kTraditionalChinese}) {
    const auto details = Details<google::rpc::PreconditionFailure>(ToProto(merged, language));
    ASSERT_EQ(details.size(), 1u);
    ASSERT_EQ(details[0].violations_size(), 3);
    EXPECT_EQ(details[0].violations(1).subject(), "items/bag");
    EXPECT_EQ(details[0].violations(2).type(), "NOT_FOUND");
    EXPECT_EQ(details[0].violations(2).subject(), "budgets/q1");
    EXPECT_EQ(details[0].violations(2).description(),
              language == Language::kEnglish ? "budgets/q1 does not exist." : "budgets/q1 不存在。");
  }
}

TEST(StatusTest, ViolationsBeyondAHundredAreCounted) {
  BadFields bad;
  Unmet unmet;
  for (int i = 0; i < 5000; ++i) {
    bad.Add("a", kRequired);
    unmet.Add("items/cup", kShort, {{"item", "items/cup"}, {"n", 0}});
  }
  EXPECT_EQ(bad.status().message().substr(0, 4), "5000");
  for (const Language language : {Language::kEnglish, Language::kTraditionalChinese, Language::kSimplifiedChinese}) {
    const auto fields = Details<google::rpc::BadRequest>(ToProto(bad.status(), language)).at(0).field_violations();
    ASSERT_EQ(fields.size(), 101);
    EXPECT_EQ(fields.rbegin()->description(), "… +4900");
    const auto conditions = Details<google::rpc::PreconditionFailure>(ToProto(unmet.status(kShort), language)).at(0).violations();
    ASSERT_EQ(conditions.size(), 101);
    EXPECT_EQ(LeftOutIn(conditions.rbegin()->description()), 4900);
  }
  EXPECT_EQ(LeftOutIn("… +"), 0);
  EXPECT_EQ(LeftOutIn("… +7 more"), 0);
  EXPECT_EQ(LeftOutIn("+7"), 0);
}

TEST(StatusTest, RetryLaterSaysWhen) {
  const auto details = Details<google::rpc::RetryInfo>(ToProto(RetryLater(kOverloaded, absl::Milliseconds(1500)), Language::kEnglish));
  ASSERT_EQ(details.size(), 1u);
  EXPECT_EQ(details[0].retry_delay().seconds(), 1);
  EXPECT_EQ(details[0].retry_delay().nanos(), 500000000);
}

TEST(StatusTest, InternalTextStaysInside) {
  EXPECT_EQ(ToProto(absl::InternalError("SELECT secret"), Language::kEnglish).message(), "internal error");
  EXPECT_EQ(ToProto(absl::NotFoundError("here"), Language::kEnglish).message(), "here");
}

TEST(StatusTest, DetailsSurviveTheWire) {
  const google::rpc::Status proto = ToProto(Error(kShort, {{"item", "x"}, {"n", 1}}), Language::kEnglish);
  const absl::Status back = FromProto(proto);
  EXPECT_EQ(ReasonOf(back), "SHORT");
  EXPECT_EQ(ToProto(back, Language::kEnglish).SerializeAsString().size(), proto.SerializeAsString().size());
}

TEST(StatusTest, EqualErrorsAreEqualOnTheWire) {
  const auto make = [] {
    BadFields bad;
    bad.Add("a", kRequired);
    absl::Status status = bad.status();
    const absl::Status later = RetryLater(kUnavailable, absl::Seconds(1), {{"what", "x"}, {"b", "1"}, {"a", "2"}, {"d", "3"}, {"c", "4"}});
    later.ForEachPayload([&](auto url, const absl::Cord& payload) { status.SetPayload(url, payload); });
    return ToProto(status, Language::kEnglish);
  };
  const google::rpc::Status first = make();
  ASSERT_EQ(first.details_size(), 4);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(make().SerializeAsString(), first.SerializeAsString());
  for (int i = 1; i < first.details_size(); ++i) EXPECT_LT(first.details(i - 1).type_url(), first.details(i).type_url());
}

TEST(LanguageTest, IsTheBestByQualityThenByOrder) {
  const std::vector<std::pair<const char*, Language>> cases = {
      {"", Language::kEnglish},
      {"fr, zh-TW;q=0.8", Language::kTraditionalChinese},
      {"zh", Language::kTraditionalChinese},
      {"EN-us, zh", Language::kEnglish},
      // By quality, whatever the order.
      {"en;q=0.1, zh-TW", Language::kTraditionalChinese},
      {"zh-TW;q=0.2, zh-CN;q=0.8", Language::kSimplifiedChinese},
      {"zh-CN;q=0.8,zh-TW;q=0.801", Language::kTraditionalChinese},
      {"fr;q=1, de;q=0.9, zh-CN;q=0.001", Language::kSimplifiedChinese},
      {"zh-CN,zh;q=0.9,en;q=0.8", Language::kSimplifiedChinese},
      {"zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", Language::kTraditionalChinese},
      {"en-US,en;q=0.9,zh-TW;q=0.8", Language::kEnglish},
      {"en;q=0.5, zh-CN;q=0.5", Language::kEnglish},
      {"zh-CN;q=0.5, en;q=0.5", Language::kSimplifiedChinese},
      // 0 is not acceptable.
      {"en;q=0, zh-TW", Language::kTraditionalChinese},
      {"zh-TW, en;q=0", Language::kTraditionalChinese},
      {"zh-TW;q=0, zh", Language::kSimplifiedChinese},
      {"zh;q=0, *", Language::kEnglish},
      {"zh-CN;q=0.000, fr", Language::kEnglish},
      {"en;q=0", Language::kEnglish},
      {"*;q=0", Language::kEnglish},
      {"zh-HK;q=0, zh-TW;q=0.5", Language::kTraditionalChinese},
      {"en-GB;q=0, en", Language::kEnglish},
      // Anything else.
      {"*", Language::kEnglish},
      {"*;q=0.5, zh-CN", Language::kSimplifiedChinese},
      {"en;q=0, *", Language::kTraditionalChinese},
      {"en;q=0.1, *;q=0.5", Language::kTraditionalChinese},
      {"fr, *;q=0.1", Language::kEnglish},
      // Scripts and regions.
      {"zh-Hans-CN", Language::kSimplifiedChinese},
      {"zh-Hans", Language::kSimplifiedChinese},
      {"zh-SG", Language::kSimplifiedChinese},
      {"zh-Hant", Language::kTraditionalChinese},
      {"zh-HK", Language::kTraditionalChinese},
      {"zh-Hant-CN", Language::kTraditionalChinese},
      {"zh-Hans-HK", Language::kSimplifiedChinese},
      {"ZH-hans-cn;Q=1", Language::kSimplifiedChinese},
      {"en-GB", Language::kEnglish},
      // Other languages that begin alike.
      {"enm, zh-TW", Language::kTraditionalChinese},
      {"zha", Language::kEnglish},
      // Form.
      {" zh-CN ; q=0.3 ,\ten ; q=0.2 ", Language::kSimplifiedChinese},
      {"zh-CN;level=1;q=0.1, en;q=0.05", Language::kSimplifiedChinese},
      {",,zh-CN,,", Language::kSimplifiedChinese},
      {"zh-TW;q=high, zh-CN;q=0.1", Language::kSimplifiedChinese},
      {"zh-TW;q=, zh-CN;q=0.1", Language::kSimplifiedChinese},
      {"zh-TW;q=2, zh-CN;q=0.1", Language::kSimplifiedChinese},
      {"zh-TW;q=-1, zh-CN;q=0.1", Language::kSimplifiedChinese},
      {"zh-TW;q=nan, zh-CN;q=0.1", Language::kSimplifiedChinese},
      {"zh-TW;q=1e-1, zh-CN;q=0.1", Language::kSimplifiedChinese},
      {";q=1", Language::kEnglish},
      {"-, zh_TW", Language::kEnglish},
  };
  for (const auto& [text, language] : cases) EXPECT_EQ(LanguageTag(ParseLanguage(text)), LanguageTag(language)) << text;
}

TEST(LanguageTest, OnlyTheBeginningOfALongListCounts) {
  std::string list = "zh-CN;q=0.1";
  for (int i = 0; i < 100'000; ++i) list += ",fr";
  EXPECT_EQ(ParseLanguage(list + ",zh-TW"), Language::kSimplifiedChinese);
  EXPECT_EQ(ParseLanguage(std::string(1 << 20, ',')), Language::kEnglish);
  EXPECT_EQ(ParseLanguage("zh-CN" + std::string(1 << 20, '-')), Language::kSimplifiedChinese);
  EXPECT_EQ(ParseLanguage("zh-CN" + std::string(1 << 20, ';')), Language::kSimplifiedChinese);
}

}  // namespace
}  // namespace heitie::status
