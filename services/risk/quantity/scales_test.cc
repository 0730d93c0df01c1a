#include "services/risk/quantity/scales.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"

namespace heitie::risk {
namespace {

using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::RatingWarning;

// Likelihood 1 up to 1 %, 2 up to 10 %, 3 up to 50 %; money 1 up to 1,000, 2 up to 10,000, 3 beyond.
v1::RiskMatrix Scaled() {
  return Proto<v1::RiskMatrix>(R"pb(
    likelihood_scales { likelihood: 1 lower_ppm: 0 upper_ppm: 10000 }
    likelihood_scales { likelihood: 3 lower_ppm: 100000 upper_ppm: 500000 }
    likelihood_scales { likelihood: 2 lower_ppm: 10000 upper_ppm: 100000 }
    impact_scales { impact: 1 dimension: IMPACT_DIMENSION_MONEY description: "small" upper_minor: 1000 currency_code: "CNY" }
    impact_scales {
      impact: 2
      dimension: IMPACT_DIMENSION_MONEY
      description: "felt"
      lower_minor: 1000
      upper_minor: 10000
      currency_code: "CNY"
    }
    impact_scales { impact: 3 dimension: IMPACT_DIMENSION_MONEY description: "great" lower_minor: 10000 currency_code: "CNY" }
    impact_scales { impact: 3 dimension: IMPACT_DIMENSION_LAW description: "a fine" }
  )pb");
}

TEST(CheckScales, WantsEachOnceInAscendingRanges) {
  EXPECT_THAT(CheckScales(Scaled()), IsOk());
  EXPECT_THAT(CheckScales({}), IsOk());
  const auto with = [](const std::string& more) {
    v1::RiskMatrix matrix = Scaled();
    matrix.MergeFrom(Proto<v1::RiskMatrix>(more));
    return CheckScales(matrix);
  };
  EXPECT_THAT(with("likelihood_scales { likelihood: 2 lower_ppm: 20000 upper_ppm: 30000 }"),
              HasViolation("risk_matrix.likelihood_scales[3]", "SCALE_TWICE"));
  EXPECT_THAT(with("likelihood_scales { likelihood: 4 lower_ppm: 600000 upper_ppm: 600000 }"),
              HasViolation("risk_matrix.likelihood_scales[3]", "SCALE_REVERSED"));
  EXPECT_THAT(with("likelihood_scales { likelihood: 4 lower_ppm: 499999 upper_ppm: 600000 }"),
              HasViolation("risk_matrix.likelihood_scales[3]", "SCALE_OVERLAPS"));
  EXPECT_THAT(with("impact_scales { impact: 4 dimension: IMPACT_DIMENSION_MONEY lower_minor: 20000 currency_code: 'CNY' }"),
              HasViolation("risk_matrix.impact_scales[4]", "SCALE_OVERLAPS"))
      << "what comes before has no limit";
  EXPECT_THAT(with("impact_scales { impact: 4 dimension: IMPACT_DIMENSION_MONEY lower_minor: 20000 currency_code: 'TWD' }"), IsOk());
  EXPECT_THAT(with("impact_scales { impact: 4 dimension: IMPACT_DIMENSION_MONEY lower_minor: 20000 }"),
              HasViolation("risk_matrix.impact_scales[4].currency_code", "CURRENCY_MISSING"));
  EXPECT_THAT(with("impact_scales { impact: 3 dimension: IMPACT_DIMENSION_LAW }"),
              HasViolation("risk_matrix.impact_scales[4]", "SCALE_TWICE"));
}

TEST(CheckStated, TheImpactIsTheWorstOfTheDimensions) {
  const auto bad = [](const std::string& request) {
    status::BadFields fields;
    CheckStated(Proto<v1::AssessRiskRequest>(request), fields);
    return fields.status();
  };
  const std::string law = "dimensions { dimension: IMPACT_DIMENSION_LAW impact: 4 } ",
                    users = "dimensions { dimension: IMPACT_DIMENSION_USERS impact: 2 } ";
  EXPECT_THAT(bad("current { likelihood: 1 impact: 3 }"), IsOk());
  EXPECT_THAT(bad(law + users + "current { likelihood: 1 impact: 4 }"), IsOk());
  EXPECT_THAT(bad(law + users + "current { likelihood: 1 impact: 3 }"), HasViolation("current.impact", "IMPACT_DIFFERS"));
  EXPECT_THAT(bad(law + law + "current { likelihood: 1 impact: 4 }"), HasViolation("dimensions[1]", "DIMENSION_TWICE"));
  EXPECT_THAT(bad("current { likelihood: 1 impact: 4 } stated_loss_minor: 5"), HasViolation("currency_code", "CURRENCY_MISSING"));
}

TEST(SetStated, WarnsWithBothFiguresWhereTheyContradict) {
  const auto warnings = [](const std::string& request) {
    v1::Assessment assessment;
    SetStated(Proto<v1::AssessRiskRequest>(request), Scaled(), assessment);
    return assessment.warnings();
  };
  EXPECT_TRUE(
      warnings("current { likelihood: 2 impact: 2 } stated_probability_ppm: 100000 stated_loss_minor: 1000 currency_code: 'CNY'").empty())
      << "a bound belongs to both";
  const auto both =
      warnings("current { likelihood: 2 impact: 3 } stated_probability_ppm: 300000 stated_loss_minor: 9999 currency_code: 'CNY'");
  ASSERT_EQ(both.size(), 2);
  EXPECT_THAT(both[0], test::EqualsProto(
                           Proto<RatingWarning>("kind: KIND_PROBABILITY rated: 2 lower: 10000 upper: 100000 stated: 300000 fitting: 3")));
  EXPECT_THAT(both[1], test::EqualsProto(Proto<RatingWarning>("kind: KIND_LOSS rated: 3 lower: 10000 stated: 9999 fitting: 2")));
  EXPECT_TRUE(warnings("current { likelihood: 5 impact: 2 } stated_probability_ppm: 1").empty()) << "no scale tells of likelihood 5";
  EXPECT_TRUE(warnings("current { likelihood: 2 impact: 2 } stated_loss_minor: 1 currency_code: 'TWD'").empty());
  EXPECT_TRUE(
      warnings("current { likelihood: 2 impact: 4 } stated_loss_minor: 5000 currency_code: 'CNY' "
               "dimensions { dimension: IMPACT_DIMENSION_LAW impact: 4 } dimensions { dimension: IMPACT_DIMENSION_MONEY impact: 2 }")
          .empty())
      << "money is not the worst here";
  EXPECT_EQ(warnings("current { likelihood: 2 impact: 2 } stated_probability_ppm: 900000")[0].fitting(), 0);
}

}  // namespace
}  // namespace heitie::risk
