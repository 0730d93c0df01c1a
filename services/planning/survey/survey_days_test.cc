#include "services/planning/survey/survey_days.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

v1::SurveyTally FiguresOf(const std::vector<int64_t>& answered, int64_t counted, int minimum_group) {
  v1::SurveyTally tally;
  tally.set_counted(counted);
  tally.set_minimum_group(minimum_group);
  if (counted > 0 && counted < minimum_group) {
    tally.set_withheld(true);
    return tally;
  }
  for (size_t i = 0; i < answered.size(); ++i) {
    v1::QuestionTally& question = *tally.add_questions();
    question.set_question(absl::StrCat("q", i));
    const bool few = answered[i] > 0 && answered[i] < minimum_group;
    question.set_withheld(few);
    if (!few) question.set_answered(answered[i]);
  }
  return tally;
}

std::vector<SurveyDay::State> StatesAfter(const std::vector<int64_t>& counted, bool last) {
  std::vector<SurveyDay> days;
  for (size_t i = 0; i < counted.size(); ++i) {
    if (last && i + 1 == counted.size()) break;
    days.push_back({absl::CivilDay(2026, 1, 1) + static_cast<int>(i), SurveyDay::kWaiting, 0, FiguresOf({counted[i]}, counted[i], 5)});
  }
  JudgeDays(FiguresOf({counted.back()}, counted.back(), 5), last, 5, days);
  std::vector<SurveyDay::State> states;
  for (const SurveyDay& day : days) states.push_back(day.state);
  return states;
}

TEST(SurveyDaysTest, ADayIsToldOnceEnoughHaveAnsweredUntilAndSince) {
  using ::testing::ElementsAre;
  EXPECT_THAT(StatesAfter({0}, false), ElementsAre(SurveyDay::kTold));
  EXPECT_THAT(StatesAfter({4}, false), ElementsAre(SurveyDay::kSkipped)) << "four have answered";
  EXPECT_THAT(StatesAfter({7}, false), ElementsAre(SurveyDay::kWaiting));
  EXPECT_THAT(StatesAfter({7, 11}, false), ElementsAre(SurveyDay::kWaiting, SurveyDay::kWaiting)) << "four since";
  EXPECT_THAT(StatesAfter({7, 11, 12}, false), ElementsAre(SurveyDay::kTold, SurveyDay::kSkipped, SurveyDay::kWaiting));
  EXPECT_THAT(StatesAfter({7, 7, 12}, false), ElementsAre(SurveyDay::kTold, SurveyDay::kTold, SurveyDay::kWaiting)) << "nobody came";
  EXPECT_THAT(StatesAfter({7, 12, 14}, true), ElementsAre(SurveyDay::kTold, SurveyDay::kSkipped)) << "two are left of the whole";
  EXPECT_THAT(StatesAfter({7, 12, 12}, true), ElementsAre(SurveyDay::kTold, SurveyDay::kTold)) << "the whole";
}

// Whatever comes on whichever day, and however often it is judged: of what is told nothing can be subtracted from anything else such that
// from 1 to 4 respondents are left, neither of all nor of a question.
TEST(SurveyDaysTest, NoDifferenceOfWhatIsToldIsOfFew) {
  constexpr int kLeast = 5, kQuestions = 3;
  std::mt19937 random(17);
  int told = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<SurveyDay> days;
    std::vector<int64_t> answered(kQuestions);
    int64_t counted = 0;
    const int length = 3 + static_cast<int>(random() % 12), busy = 1 + static_cast<int>(random() % 14);
    for (int day = 0; day <= length; ++day) {
      const bool last = day == length;
      for (int i = static_cast<int>(random() % static_cast<unsigned>(busy)); i > 0; --i) {
        ++counted;
        for (size_t q = 0; q < kQuestions; ++q) answered[q] += random() % (2 + 3 * q) == 0 ? 1 : 0;
      }
      const v1::SurveyTally now = FiguresOf(answered, counted, kLeast);
      const std::vector<SurveyDay> before = days;
      if (!last) days.push_back({absl::CivilDay(2026, 1, 1) + day, SurveyDay::kWaiting, 0, now});
      JudgeDays(now, last, kLeast, days);
      for (size_t i = 0; i < before.size(); ++i) {
        if (before[i].state == SurveyDay::kWaiting) continue;
        ASSERT_EQ(days[i].state, before[i].state) << "what is decided stays";
        ASSERT_EQ(days[i].tally.SerializeAsString(), before[i].tally.SerializeAsString());
      }
      std::vector<const v1::SurveyTally*> all;
      if (!now.withheld()) all.push_back(&now);
      for (const SurveyDay& one : days) {
        if (one.state == SurveyDay::kTold) all.push_back(&one.tally);
        ASSERT_FALSE(last && one.state == SurveyDay::kWaiting);
      }
      told += static_cast<int>(all.size());
      for (const auto* one : all) {
        for (const auto* other : all) {
          const int64_t apart = std::abs(one->counted() - other->counted());
          ASSERT_TRUE(apart == 0 || apart >= kLeast) << one->counted() << " and " << other->counted();
          for (int q = 0; q < std::min(one->questions_size(), other->questions_size()); ++q) {
            if (one->questions(q).withheld() || other->questions(q).withheld()) continue;
            const int64_t between = std::abs(one->questions(q).answered() - other->questions(q).answered());
            ASSERT_TRUE(between == 0 || between >= kLeast) << between;
          }
        }
      }
    }
  }
  EXPECT_GT(told, 1000);
}

}  // namespace
}  // namespace heitie::planning
