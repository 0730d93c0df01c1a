#include "services/personnel/outcome/outcome_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "common/test/matchers.h"

namespace heitie::personnel {
namespace {

using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::AllOf;
using ::testing::ElementsAre;
using v1::Appraisal;
using v1::AppraisalCycle;

const std::vector<GradeRange> kFour = {{"S", 9000, 10000}, {"A", 8000, 9000}, {"B", 6000, 8000}, {"C", 0, 6000}};

Appraisal Sheet(const std::string& text) { return Proto<Appraisal>(text); }

TEST(OutcomePolicy, SaysEveryBadFieldAtOnce) {
  const auto policy = Proto<v1::OutcomePolicy>(R"pb(
    year {
      bonus_mode: BONUS_MODE_BASE
      base_source: BASE_SOURCE_STATED
      bases { position: "positions/a" base_minor: 1 }
      bases { position: "positions/a" base_minor: 2 }
      rules { grade: "A" coefficient: 10000 }
      rules { grade: "A" from_points: 5 }
      rules { to_points: 9 improvement_plan: true }
    }
    month {
      pools { department: "d" amount_minor: 1 }
      pools { department: "d" amount_minor: 1 }
      rules { from_points: 9000 to_points: 10000 coefficient: 10000 }
      rules { from_points: 5000 to_points: 9001 }
      rules { from_points: 400 to_points: 400 grade: "A" }
    })pb");
  EXPECT_THAT(CheckOutcomePolicy(policy), AllOf(HasViolation("outcome_policy.year.base_minor", "BONUS_BASE_UNSTATED"),
                                                HasViolation("outcome_policy.year.bases[1].position", "BONUS_BASE_TWICE"),
                                                HasViolation("outcome_policy.year.rules[1].grade", "GRADE_RULED_TWICE"),
                                                HasViolation("outcome_policy.year.rules[1].from_points", "YEAR_BY_GRADES"),
                                                HasViolation("outcome_policy.year.rules[2].to_points", "YEAR_BY_GRADES"),
                                                HasViolation("outcome_policy.year.rules[2].grade", "RULE_WITHOUT_GRADE"),
                                                HasViolation("outcome_policy.year.rules[2].improvement_plan", "PLAN_WITHOUT_INTERVIEW"),
                                                HasViolation("outcome_policy.currency_code", "BONUS_CURRENCY_MISSING")));
  EXPECT_THAT(CheckOutcomePolicy(policy), AllOf(HasViolation("outcome_policy.month.pools[1].department", "BONUS_POOL_TWICE"),
                                                HasViolation("outcome_policy.month.rules[0].coefficient", "BONUS_MODE_MISSING"),
                                                HasViolation("outcome_policy.month.rules[1].from_points", "RULES_OVERLAP"),
                                                HasViolation("outcome_policy.month.rules[2].to_points", "RULE_REVERSED"),
                                                HasViolation("outcome_policy.month.rules[2].grade", "MONTH_WITHOUT_GRADES")));
}

TEST(OutcomePolicy, EachModeNeedsWhatItComputesBy) {
  const auto violation = [](const std::string& year) {
    return CheckOutcomePolicy(Proto<v1::OutcomePolicy>("currency_code: 'TWD' year { rules { grade: 'A' } " + year + " }"));
  };
  EXPECT_THAT(violation("bonus_mode: BONUS_MODE_BASE"), HasViolation("outcome_policy.year.base_source", "BONUS_BASE_UNSTATED"));
  EXPECT_THAT(violation("bonus_mode: BONUS_MODE_BASE base_source: BASE_SOURCE_POSITION"),
              HasViolation("outcome_policy.year.bases", "BONUS_BASE_UNSTATED"));
  EXPECT_THAT(violation("bonus_mode: BONUS_MODE_POOL"), HasViolation("outcome_policy.year.pools", "BONUS_POOL_MISSING"));
  EXPECT_THAT(violation("bonus_mode: BONUS_MODE_BASE base_source: BASE_SOURCE_PAY_BAND_MIDDLE"), IsOk());
  EXPECT_THAT(CheckOutcomePolicy(v1::OutcomePolicy()), IsOk());
}

TEST(OutcomeRule, OfAYearGoesByTheGradeAndOfAMonthByThePoints) {
  const auto year = Proto<v1::OutcomeRules>("rules { grade: 'A' coefficient: 1 } rules { grade: 'B' coefficient: 2 }");
  EXPECT_EQ(RuleFor(year, AppraisalCycle::PERIOD_YEAR, {"B", 8100, 12})->coefficient(), 2);
  EXPECT_EQ(RuleFor(year, AppraisalCycle::PERIOD_YEAR, {"C", 8100, 12}), nullptr);
  EXPECT_EQ(RuleFor(year, AppraisalCycle::PERIOD_YEAR, {"", std::nullopt, 3}), nullptr) << "not graded";
  const auto month = Proto<v1::OutcomeRules>(
      "rules { from_points: 9000 to_points: 10000 coefficient: 1 } rules { from_points: 8000 to_points: 9000 coefficient: 2 }");
  const auto of = [&](std::optional<int64_t> points) {
    const v1::OutcomeRule* rule = RuleFor(month, AppraisalCycle::PERIOD_MONTH, {"", points, 1});
    return rule == nullptr ? 0 : rule->coefficient();
  };
  EXPECT_EQ(of(10000), 1);
  EXPECT_EQ(of(9000), 1);
  EXPECT_EQ(of(8999), 2);
  EXPECT_EQ(of(7999), 0);
  EXPECT_EQ(of(std::nullopt), 0);
}

TEST(OutcomeRule, CountsTheMonthsThatHaveAScore) {
  const Appraisal year = Sheet(
      "points: 8100 grade: 'A' score_grade: 'A' months { points: 1 } months { cause: CAUSE_ON_LEAVE } months { points: 0 cause: "
      "CAUSE_NOT_RATED }");
  EXPECT_EQ(ResultOf(year, AppraisalCycle::PERIOD_YEAR, std::nullopt, kFour).scored_months, 2);
  EXPECT_EQ(ResultOf(Sheet("points: 1"), AppraisalCycle::PERIOD_MONTH, std::nullopt, kFour).scored_months, 1);
  EXPECT_EQ(ResultOf(Sheet(""), AppraisalCycle::PERIOD_MONTH, std::nullopt, kFour).scored_months, 0);
  EXPECT_EQ(ResultOf(Sheet(""), AppraisalCycle::PERIOD_MONTH, 7000, kFour).scored_months, 1);
}

TEST(OutcomeRule, AnAdjustedScoreHasItsOwnGradeButNoSeatOfOthers) {
  const auto grade = [](const std::string& sheet, std::optional<int64_t> adjusted) {
    return ResultOf(Sheet(sheet), AppraisalCycle::PERIOD_YEAR, adjusted, kFour).grade;
  };
  EXPECT_EQ(grade("points: 8100 grade: 'A' score_grade: 'A'", std::nullopt), "A");
  EXPECT_EQ(grade("points: 8100 grade: 'A' score_grade: 'A'", 9100), "S");
  EXPECT_EQ(grade("points: 8100 grade: 'A' score_grade: 'A'", 5000), "C");
  EXPECT_EQ(grade("points: 8100 grade: 'B' score_grade: 'A'", 9100), "S") << "better than any score that was judged";
  EXPECT_EQ(grade("points: 9100 grade: 'A' score_grade: 'S'", 9300), "A") << "moved by a quota";
  EXPECT_EQ(grade("points: 9100 grade: 'A' score_grade: 'S'", 7000), "B");
  EXPECT_EQ(grade("", 8500), "A") << "without a score before";
  EXPECT_EQ(grade("", std::nullopt), "");
}

TEST(OutcomeRule, TellsWhatFollowsInOrder) {
  EXPECT_THAT(KindsOf(Proto<v1::OutcomeRule>("improvement_plan: true interview: true certificate: true promotion: true")),
              ElementsAre(v1::Outcome::KIND_PROMOTION_ELIGIBILITY, v1::Outcome::KIND_CERTIFICATE, v1::Outcome::KIND_INTERVIEW,
                          v1::Outcome::KIND_IMPROVEMENT_PLAN));
  EXPECT_TRUE(KindsOf(v1::OutcomeRule()).empty());
}

}  // namespace
}  // namespace heitie::personnel
