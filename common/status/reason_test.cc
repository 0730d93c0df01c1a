#include "common/status/reason.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/status/shared.h"
#include "common/status/simplified.h"
#include "common/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::status {
namespace {

using ::testing::Contains;
using ::testing::Not;

const status::Phrase kLength{"at most {max} characters long", "長度不得超過 {max} 個字元"};
const status::Phrase kItems{"Short: {items:list}.", "不足：{items:list}。"};

// Whatever the order of the files: a constant of a namespace finds what another file defines, once main() runs.
const Reason* const before_main = FindReason("NOT_FOUND");

std::string ChineseMessage(const absl::Status& status) {
  google::rpc::LocalizedMessage message;
  const google::rpc::Status proto = ToProto(status, Language::kTraditionalChinese);
  for (const auto& detail : proto.details()) {
    if (detail.UnpackTo(&message)) break;
  }
  return message.message();
}

TEST(Reasons, AreFoundByTheirIds) {
  EXPECT_TRUE(before_main == nullptr || before_main == &kNotFound);
  EXPECT_EQ(FindReason("STOCK_SHORT"), &kStockShort);
  EXPECT_EQ(FindReason("BAD_VALUE")->code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FindReason("STOCK"), nullptr);
  EXPECT_EQ(FindReason(""), nullptr);
}

TEST(Reasons, RegisterThemselves) {
  EXPECT_THAT(AllReasons(), Contains(&kNotFound));
  EXPECT_THAT(AllPhrases(), Contains(&kNotFound));
  EXPECT_THAT(AllPhrases(), Contains(&kItems));
}

// Static ones of functions, which come when the function is first called.
TEST(Reasons, RegisterInSeveralThreadsAtOnce) {
  constexpr int kThreads = 8, kEach = 500;
  const size_t before = AllReasons().size();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([] {
      // They stay, as constants do.
      for (int i = 0; i < kEach; ++i) new Reason(absl::StatusCode::kOk, "OF_A_THREAD", "a", "a");
    });
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(FindReason("STOCK_SHORT"), &kStockShort);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(AllReasons().size(), before + kThreads * kEach);
}

TEST(Simplified, ComesFromTheBuild) {
  ASSERT_GT(kSimplifiedCount, 100u);
  for (size_t i = 1; i < kSimplifiedCount; ++i) EXPECT_LT(std::string(kSimplified[i - 1].zh_tw), kSimplified[i].zh_tw);
  // Characters, and terms that mainland China says otherwise.
  EXPECT_STREQ(kNotFound.In(Language::kSimplifiedChinese), "{name} 不存在。");
  EXPECT_STREQ(kRequired.zh_cn, "此字段必填。");
  EXPECT_STREQ(kTruncated.zh_cn, "超过 {count} 条，请以列表方法取得其余。");
  EXPECT_STREQ(kUnauthenticated.zh_cn, "需要有效的令牌：{why}。");
}

TEST(Simplified, IsMissingWhereTheBuildSawNoText) {
  EXPECT_EQ(kItems.zh_cn, nullptr);
  EXPECT_STREQ(kItems.In(Language::kSimplifiedChinese), kItems.zh_tw);
  static const status::Phrase kAscii{"{a} – {b}", "{a}, {b}"};
  EXPECT_STREQ(kAscii.zh_cn, "{a}, {b}");
}

TEST(Sentence, JoinsListsAsTheLanguageDoes) {
  const Args args = {{"items", "items/a (3/5), \"tea, green\", items/b"}};
  EXPECT_EQ(Sentence(kItems, args, Language::kEnglish), "Short: items/a (3/5), \"tea, green\", items/b.");
  EXPECT_EQ(Sentence(kItems, args, Language::kTraditionalChinese), "不足：items/a (3/5)、\"tea, green\"、items/b。");
  EXPECT_EQ(Sentence(kItems, {{"items", ","}}, Language::kTraditionalChinese), "不足：,。");
  EXPECT_EQ(Sentence(kItems, {{"items", ""}}, Language::kTraditionalChinese), "不足：。");
}

TEST(Sentence, TakesWordsInItsLanguage) {
  const absl::Status status = Error(kBadValue, {{"rule", Say(kLength, {{"max", 200}})}});
  EXPECT_EQ(status.message(), "The value must be at most 200 characters long.");
  EXPECT_EQ(ChineseMessage(status), "值不符合要求：長度不得超過 200 個字元。");
  google::rpc::ErrorInfo info;
  const google::rpc::Status proto = ToProto(status, Language::kSimplifiedChinese);
  for (const auto& detail : proto.details()) detail.UnpackTo(&info);
  EXPECT_EQ(info.metadata().at("rule"), "at most 200 characters long") << "machines read English";
  static const status::Phrase kToken{"the token", "權杖"};
  EXPECT_EQ(ChineseMessage(Error(kUnavailable, {{"what", kToken}})), "目前無法連線至 權杖。");
}

TEST(Words, AreListed) {
  static const status::Phrase kOne{"one", "一"};
  static const status::Phrase kTwo{"two", "二"};
  EXPECT_EQ(List({}).en, "");
  EXPECT_EQ(List({Say(kOne)}).zh_tw, "一");
  const Words both = List({Say(kOne), Say(kTwo)});
  EXPECT_EQ(both.en, "one, two");
  EXPECT_EQ(both.zh_tw, "一、二");
  EXPECT_EQ(both.In(Language::kSimplifiedChinese), "一、二");
}

TEST(Words, OfAnErrorAreItsMessages) {
  const absl::Status status = NotFound("items/a");
  const Words made_here = Say(status);
  EXPECT_EQ(made_here.en, "items/a does not exist.");
  EXPECT_EQ(made_here.zh_tw, "items/a 不存在。");
  EXPECT_EQ(made_here.zh_cn, "items/a 不存在。");
  const Words of_another_service = Say(FromProto(ToProto(Error(kRequired), Language::kSimplifiedChinese)));
  EXPECT_EQ(of_another_service.zh_cn, "此字段必填。");
  EXPECT_EQ(of_another_service.zh_tw, "A value is required.");
  EXPECT_EQ(Say(absl::UnavailableError("down")).zh_tw, "down");
}

}  // namespace
}  // namespace heitie::status
