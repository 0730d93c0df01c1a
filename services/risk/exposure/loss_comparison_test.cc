#include "services/risk/exposure/loss_comparison.h"

#include <cmath>

#include "common/time/instant.h"
#include "services/risk/risk_fixture.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using v1::AssessmentDuty;
using v1::LossComparison;

TEST(BinomialTail, IsTheGoldenCaseAndAnEnumeration) {
  EXPECT_NEAR(BinomialTail(5, 3, 0.1), 0.00856, 1e-12);
  for (const double p : {0.0, 0.05, 0.3, 0.5, 0.99, 1.0}) {
    for (int n = 1; n <= 10; ++n) {
      for (int k = 0; k <= n + 1; ++k) {
        double sum = 0;
        for (unsigned outcome = 0; outcome < 1u << n; ++outcome) {
          int hits = 0;
          double chance = 1;
          for (int i = 0; i < n; ++i) {
            const bool hit = (outcome >> i & 1u) != 0;
            hits += hit ? 1 : 0;
            chance *= hit ? p : 1 - p;
          }
          if (hits >= k) sum += chance;
        }
        EXPECT_NEAR(BinomialTail(n, k, p), sum, 1e-9) << n << " " << k << " " << p;
      }
    }
  }
}

TEST(CompareWith, CountsYearsInWhichItOccurredAndAddsItsShares) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::Time now = absl::FromCivil(absl::CivilDay(2026, 2, 28), utc);
  const auto estimate = Proto<v1::LossEstimate>(
      "name: 'risks/r/lossEstimates/1' currency_code: 'CNY' untreated { probability_ppm: 100000 "
      "lower_minor: 100000 upper_minor: 1000000 }");
  const auto at = [&](int year, int month, int day, const std::string& shares, const std::string& currency = "CNY") {
    v1::RiskOccurrence occurrence = Proto<v1::RiskOccurrence>(shares);
    occurrence.set_currency_code(currency);
    *occurrence.mutable_occur_time() = time::ToTimestamp(absl::FromCivil(absl::CivilDay(year, month, day), utc));
    return occurrence;
  };
  const std::vector<v1::RiskOccurrence> occurrences = {
      at(2021, 2, 27, "shares { risk: 'risks/r' loss_minor: 7 }"),  // a day too early
      at(2021, 2, 28, "shares { risk: 'risks/r' loss_minor: 1 } shares { risk: 'risks/s' loss_minor: 90 }"),
      at(2022, 2, 27, "shares { risk: 'risks/r' loss_minor: 2 }"),
      at(2023, 6, 1, "shares { risk: 'risks/r' loss_minor: 4 }"),
      at(2026, 2, 28, "shares { risk: 'risks/r' loss_minor: 50 }", "TWD"),
  };
  const LossComparison comparison = CompareWith(estimate, "risks/r", occurrences, now, 5, utc);
  ASSERT_EQ(comparison.years_size(), 5);
  EXPECT_EQ(comparison.years(0).occurrence_count(), 2);
  EXPECT_EQ(comparison.years(0).loss_minor(), 3);
  EXPECT_EQ(comparison.years(2).loss_minor(), 4);
  EXPECT_EQ(comparison.years(4).occurrence_count(), 1);
  EXPECT_EQ(comparison.years(4).loss_minor(), 0);
  EXPECT_EQ(comparison.years(4).other_currency_count(), 1);
  EXPECT_EQ(comparison.occurred_years(), 3);
  EXPECT_NEAR(comparison.chance(), 0.00856, 1e-9);
  EXPECT_TRUE(comparison.questioned());
  EXPECT_EQ(comparison.annual_loss_minor(), 40400);
}

using LossComparisonTest = RiskFixture;

TEST_F(LossComparisonTest, WhatIsTooOftenQuestionsTheEstimateAndAsksForAnotherAssessment) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const auto compare = [&] { return Try<LossComparison, v1::CompareLossesRequest>("CompareLosses", Analyst(), "name: 'risks/r'"); };
  EXPECT_THAT(compare(), HasReason("NO_LOSS_ESTIMATE"));
  ASSERT_THAT((Try<v1::LossEstimate, v1::CreateLossEstimateRequest>(
                  "CreateLossEstimate", Analyst(),
                  "parent: 'risks/r' loss_estimate { untreated { probability_ppm: 100000 lower_minor: 100000 upper_minor: 1000000 } "
                  "currency_code: 'CNY' source: 's' rationale: 'r' }")),
              IsOk());
  const auto occur = [&](int days_ago) {
    return Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
        "CreateRiskOccurrence", Specialist(),
        absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(24 * days_ago)),
                     " cause: 'c' currency_code: 'CNY' loss_minor: 5 shares { risk: 'risks/r' loss_minor: 5 } }"));
  };
  ASSERT_THAT(occur(10), IsOk());
  EXPECT_FALSE(compare()->questioned());
  EXPECT_THAT(Duties("r"), ElementsAre(AssessmentDuty::CAUSE_OCCURRENCE));
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  ASSERT_THAT(occur(400), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  ASSERT_THAT(occur(800), IsOk());
  EXPECT_TRUE(compare()->questioned());
  EXPECT_THAT(Duties("r"), ElementsAre(AssessmentDuty::CAUSE_ESTIMATE));
}

TEST_F(LossComparisonTest, WhatWasToldByMistakeIsTakenBackAndCountsNoLonger) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT((Try<v1::LossEstimate, v1::CreateLossEstimateRequest>(
                  "CreateLossEstimate", Analyst(),
                  "parent: 'risks/r' loss_estimate { untreated { probability_ppm: 100000 lower_minor: 100000 upper_minor: 1000000 } "
                  "currency_code: 'CNY' source: 's' rationale: 'r' }")),
              IsOk());
  const auto occur = [&](const std::string& id, const std::string& more = "") {
    return Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
        "CreateRiskOccurrence", Specialist(),
        absl::StrCat("risk_occurrence_id: '", id, "' risk_occurrence { occur_time ", At(-absl::Hours(24)),
                     " cause: 'c' currency_code: 'CNY' loss_minor: 5 shares { risk: 'risks/r' loss_minor: 5 } ", more, " }"));
  };
  const auto withdraw = [&](const std::string& id) {
    return Try<v1::RiskOccurrence, v1::WithdrawRiskOccurrenceRequest>(
        "WithdrawRiskOccurrence", Specialist(), absl::StrCat("name: 'riskOccurrences/", id, "' reason: 'told twice'"));
  };
  const auto lost = [&] {
    const auto comparison = Try<LossComparison, v1::CompareLossesRequest>("CompareLosses", Analyst(), "name: 'risks/r'");
    EXPECT_THAT(comparison, IsOk());
    int64_t sum = 0;
    for (const LossComparison::Year& year : comparison->years()) sum += year.loss_minor();
    return std::make_pair(comparison->occurred_years(), sum);
  };
  const auto once = occur("once"), incident = occur("incident", "incident: 'activities/sale/incidents/i'");
  ASSERT_THAT(once, IsOk());
  ASSERT_THAT(incident, IsOk());
  EXPECT_THAT(once->allowed_verbs(), ElementsAre("withdraw"));
  EXPECT_THAT(incident->allowed_verbs(), ::testing::IsEmpty());
  EXPECT_EQ(lost(), std::make_pair(1, int64_t{10}));
  const auto withdrawn = withdraw("once");
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), v1::RiskOccurrence::STATE_WITHDRAWN);
  EXPECT_EQ(withdrawn->withdrawer(), "employees/specialist");
  EXPECT_EQ(withdrawn->withdraw_reason(), "told twice");
  EXPECT_EQ(time::ToTime(withdrawn->withdraw_time()), clock_.Now());
  EXPECT_EQ(lost(), std::make_pair(1, int64_t{5}));
  EXPECT_THAT(withdraw("once"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(withdraw("incident"), HasReason("OCCURRENCE_IS_INCIDENT"));
  EXPECT_EQ(lost(), std::make_pair(1, int64_t{5}));
}

}  // namespace
}  // namespace heitie::risk
