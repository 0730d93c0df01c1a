#include "common/status/terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/status/status.h"

namespace heitie::status {
namespace {

const Phrase kStands{"It is {state}, not {verb}.", "狀態為 {state}，並非 {verb}。"};

TEST(TermsTest, IdentifiersHaveWords) {
  EXPECT_EQ(TermOf("STATE_READY", Language::kTraditionalChinese), "已就緒");
  EXPECT_EQ(TermOf("READY", Language::kSimplifiedChinese), "已就绪");
  EXPECT_EQ(TermOf("scheduleLaunch", Language::kTraditionalChinese), "預定上線");
  EXPECT_EQ(TermOf("approve", Language::kTraditionalChinese), "核准");
  EXPECT_EQ(TermOf("approve", Language::kSimplifiedChinese), "批准");
  EXPECT_EQ(TermOf("STATE_SIDEWAYS", Language::kTraditionalChinese), "");
}

TEST(TermsTest, ListsAreTranslatedWhole) {
  EXPECT_EQ(TermsOf("launch, cancel", Language::kTraditionalChinese), "「上線」、「取消」");
  EXPECT_EQ(TermsOf("launch, jump", Language::kTraditionalChinese), "");
  EXPECT_EQ(TermsOf("", Language::kTraditionalChinese), "");
}

// Words without the blanks that set off Latin letters; in English, and of what has no words, the identifier.
TEST(TermsTest, SentencesHaveWordsForIdentifiers) {
  const Args args = {{"name", "activities/a"}, {"state", "STATE_READY"}, {"verb", "end"}, {"allowed", "scheduleLaunch, launch"}};
  EXPECT_EQ(Sentence(kIllegalTransition, args, Language::kTraditionalChinese),
            "activities/a 的狀態為「已就緒」，不允許「結束」。允許：「預定上線」、「上線」。");
  EXPECT_EQ(Sentence(kIllegalTransition, args, Language::kEnglish),
            "activities/a is STATE_READY; it does not allow end. Allowed: scheduleLaunch, launch.");
  EXPECT_EQ(Sentence(kStands, {{"state", "DRAFT"}, {"verb", "jump"}}, Language::kTraditionalChinese), "狀態為「草稿」，並非 jump。");
  // A name that only looks like a state is no term.
  EXPECT_EQ(Sentence(kNotFound, {{"name", "READY"}}, Language::kTraditionalChinese), "READY 不存在。");
}

}  // namespace
}  // namespace heitie::status
