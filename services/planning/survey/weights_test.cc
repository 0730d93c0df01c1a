#include "services/planning/survey/weights.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "services/planning/survey/tally.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using v1::SurveyVersion;
using v1::SurveyWeighting;

const SurveyVersion& AskedOfPeople() {
  static const auto& asked = *new SurveyVersion(test::Proto<SurveyVersion>(R"pb(
    version: 1
    questions {
      question_id: "sex"
      text: "?"
      kind: KIND_SINGLE_CHOICE
      options { option_id: "m" text: "M" }
      options { option_id: "w" text: "W" }
    }
    questions {
      question_id: "age"
      text: "?"
      kind: KIND_SINGLE_CHOICE
      options { option_id: "young" text: "Young" }
      options { option_id: "old" text: "Old" }
      options { option_id: "unsaid" text: "I do not say" }
    }
    questions { question_id: "nps" text: "?" kind: KIND_NPS }
    questions { question_id: "csat" text: "?" kind: KIND_CSAT }
    questions { question_id: "spent" text: "?" kind: KIND_NUMBER }
    questions {
      question_id: "uses"
      text: "?"
      kind: KIND_MULTIPLE_CHOICE
      options { option_id: "app" text: "App" }
      options { option_id: "web" text: "Web" }
    })pb"));
  return asked;
}

constexpr char kHalfAndHalf[] = R"pb(margins {
                                       question: "sex"
                                       shares { option: "m" share: 0.5 }
                                       shares { option: "w" share: 0.5 }
                                     }
                                     margins {
                                       question: "age"
                                       shares { option: "young" share: 0.4 }
                                       shares { option: "old" share: 0.6 }
                                     })pb";

class WeightsTest : public ::testing::Test {
 protected:
  void Answer(const std::string& answers, int times = 1) {
    const auto given = test::Proto<v1::AnswerSurveyRequest>(answers);
    for (int i = 0; i < times; ++i) columns_.Add(AskedOfPeople(), given.answers());
  }
  void Are(const std::string& sex, const std::string& age, int times, const std::string& more = "") {
    Answer(absl::StrCat("answers { question: 'sex' options: '", sex, "' } answers { question: 'age' options: '", age, "' }", more), times);
  }
  // 50 young men, 10 old ones, 20 young women, 20 old ones. Men are promoters and buy by app, women detractors and by both.
  void Hundred() {
    const std::string man =
                          " answers { question: 'nps' number: 10 } answers { question: 'csat' number: 5 } answers { question: 'spent' "
                          "number: 10 } answers { question: 'uses' options: 'app' }",
                      woman =
                          " answers { question: 'nps' number: 0 } answers { question: 'csat' number: 2 } answers { question: 'spent' "
                          "number: 30 } answers { question: 'uses' options: 'app' options: 'web' }";
    Are("m", "young", 50, man);
    Are("m", "old", 10, man);
    Are("w", "young", 20, woman);
    Are("w", "old", 20, woman);
  }
  absl::StatusOr<WeightedGroups> Rake(const std::string& weighting = kHalfAndHalf) {
    return RakeSurvey(columns_, test::Proto<SurveyWeighting>(weighting));
  }
  absl::StatusOr<v1::SurveyTally> Tally(const std::string& request = "", int minimum_group = 0,
                                        const std::string& weighting = kHalfAndHalf) {
    const auto groups = Rake(weighting);
    if (!groups.ok()) return groups.status();
    const auto asked = test::Proto<v1::TallySurveyRequest>(request);
    return TallyOf(columns_, asked.conditions(), "conditions", asked.breakdown(), "breakdown", minimum_group, &*groups);
  }

  SurveyColumns columns_{AskedOfPeople()};
};

TEST_F(WeightsTest, GoldenWeightsAndTheirDesignEffect) {
  Hundred();
  const auto groups = Rake();
  ASSERT_THAT(groups, IsOk());
  ASSERT_EQ(groups->size(), 4u);
  const double golden[] = {0.5821, 2.0895, 0.5447, 1.9553};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR((*groups)[i].weight, golden[i], 5e-5);
  const auto tally = Tally();
  ASSERT_THAT(tally, IsOk());
  EXPECT_THAT(*tally, Partially("counted: 100 weights { without_weight: 0 }"));
  EXPECT_NEAR(tally->weights().design_effect(), 1.4300, 5e-5);
  EXPECT_NEAR(tally->weights().least_weight(), 0.5447, 5e-5);
  EXPECT_NEAR(tally->weights().most_weight(), 2.0895, 5e-5);
}

TEST_F(WeightsTest, SharesMeansAndPromotersAreWeightedAndTheirIntervalsWider) {
  Hundred();
  const auto tally = Tally();
  ASSERT_THAT(tally, IsOk());
  const v1::QuestionTally &sex = tally->questions(0), &nps = tally->questions(2), &csat = tally->questions(3), &spent = tally->questions(4),
                          &uses = tally->questions(5);
  EXPECT_THAT(sex.options(0), Partially("option: 'm' count: 60")) << "counts are of responses";
  EXPECT_NEAR(sex.options(0).share().value(), 0.5, 1e-9);
  EXPECT_NEAR(tally->questions(1).options(1).share().value(), 0.6, 1e-9);
  EXPECT_NEAR(sex.design_effect(), 1.4300, 5e-5);
  const auto plain = ShareOf(50, 100);
  EXPECT_LT(sex.options(0).share().low(), plain.low());
  EXPECT_NEAR(sex.options(0).share().high() - 0.5, 1.959964 / 2 / std::sqrt(100 / 1.43 + 1.959964 * 1.959964), 1e-5);
  EXPECT_THAT(nps.nps(), Partially("promoters: 60 passives: 0 detractors: 40"));
  EXPECT_NEAR(nps.nps().score(), 0, 1e-6) << "half and half";
  EXPECT_NEAR(nps.nps().high(), 196 / std::sqrt(100 / 1.43), 1e-2);
  EXPECT_NEAR(csat.satisfied().value(), 0.5, 1e-9);
  EXPECT_NEAR(spent.mean(), 20, 1e-6);
  EXPECT_NEAR(csat.mean(), 3.5, 1e-6);
  EXPECT_NEAR(uses.options(0).share().value(), 1, 1e-12);
  EXPECT_NEAR(uses.options(1).share().value(), 0.5, 1e-9);
  EXPECT_EQ(uses.options(0).share().high(), 1);
}

TEST_F(WeightsTest, EqualWeightsChangeNothing) {
  Hundred();
  Are("w", "old", 3, " answers { question: 'nps' number: 7 } answers { question: 'spent' number: 4 }");
  const auto weighted = Tally("breakdown: 'sex'", 0, R"pb(margins {
                                                            question: "sex"
                                                            shares { option: "m" share: 0.58252427184466019 }
                                                            shares { option: "w" share: 0.41747572815533981 }
                                                          })pb");
  ASSERT_THAT(weighted, IsOk());
  EXPECT_NEAR(weighted->weights().design_effect(), 1, 1e-9);
  const auto plain = TallyOf(columns_, {}, "conditions", "sex", "breakdown", 0);
  for (int i = 0; i < plain->questions_size(); ++i) {
    const v1::QuestionTally &one = plain->questions(i), &other = weighted->questions(i);
    EXPECT_NEAR(one.mean(), other.mean(), 1e-9);
    EXPECT_NEAR(one.median(), other.median(), 1e-9);
    EXPECT_NEAR(one.standard_deviation(), other.standard_deviation(), 1e-8);
    EXPECT_NEAR(one.nps().low(), other.nps().low(), 1e-4);
    for (int j = 0; j < one.options_size(); ++j) EXPECT_NEAR(one.options(j).share().low(), other.options(j).share().low(), 1e-8);
  }
  EXPECT_EQ(weighted->groups_size(), 2);
}

TEST_F(WeightsTest, WhoChoseWhatNoMarginNamesHasNoPart) {
  Hundred();
  Are("m", "unsaid", 7, " answers { question: 'spent' number: 1000 }");
  Answer("answers { question: 'sex' options: 'w' } answers { question: 'spent' number: 1000 }", 2);
  const auto tally = Tally();
  ASSERT_THAT(tally, IsOk());
  EXPECT_THAT(*tally, Partially("counted: 109 weights { without_weight: 9 }"));
  EXPECT_NEAR(tally->questions(4).mean(), 20, 1e-6);
  EXPECT_NEAR(tally->weights().design_effect(), 1.4300, 5e-5);
}

TEST_F(WeightsTest, ConditionsKeepTheWeightsOfAll) {
  Hundred();
  const auto old = Tally("conditions { question: 'age' options: 'old' }");
  ASSERT_THAT(old, IsOk());
  EXPECT_EQ(old->counted(), 30);
  const double men = 10 * 2.0895, women = 20 * 1.9553;
  EXPECT_NEAR(old->questions(0).options(0).share().value(), men / (men + women), 5e-5);
  EXPECT_NEAR(old->weights().design_effect(), 30 * (men * 2.0895 + women * 1.9553) / ((men + women) * (men + women)), 5e-5);
}

TEST_F(WeightsTest, TestsAreDividedByTheDesignEffectAndSaySo) {
  Hundred();
  Are("m", "old", 8, " answers { question: 'nps' number: 10 }");
  const auto groups = Rake();
  ASSERT_THAT(groups, IsOk());
  const auto crossed =
      CrossTabulate(columns_, test::Proto<v1::CrossTabulateSurveyRequest>("row_question: 'sex' column_question: 'age'"), 0, &*groups);
  ASSERT_THAT(crossed, IsOk());
  const v1::CrossTab& table = crossed->tables(0);
  EXPECT_THAT(table, Partially("counts: [50, 18, 0, 20, 20, 0] total: 108"));
  ASSERT_EQ(table.weighted_counts_size(), 6);
  EXPECT_NEAR(table.weighted_counts(0) + table.weighted_counts(1), 54, 1e-6);
  EXPECT_NEAR(table.weighted_counts(1) + table.weighted_counts(4), 64.8, 1e-6);
  // By hand: of two by two χ² = n·(ad − bc)²/(rows and columns).
  const double a = table.weighted_counts(0), b = table.weighted_counts(1), c = table.weighted_counts(3), d = table.weighted_counts(4);
  const double chi_square = 108 * std::pow(a * d - b * c, 2) / ((a + b) * (c + d) * (a + c) * (b + d));
  EXPECT_GT(table.test().design_effect(), 1.1);
  EXPECT_NEAR(table.test().chi_square(), chi_square / table.test().design_effect(), 1e-9);
  EXPECT_NEAR(table.test().cramers_v(), std::sqrt(chi_square / 108), 1e-9);
  EXPECT_FALSE(table.test().has_fisher_p_value());
}

TEST_F(WeightsTest, WhatCannotBeMetIsNamed) {
  Are("m", "young", 6);
  Are("m", "old", 6);
  EXPECT_THAT(Rake(), HasReason("TARGET_WITHOUT_RESPONDENTS"));
  EXPECT_THAT(Rake().status().message(), ::testing::HasSubstr("w of sex"));
  Are("w", "old", 1);
  EXPECT_THAT(Rake(absl::StrCat(kHalfAndHalf, " most_weight: 2")), HasReason("WEIGHTS_DO_NOT_CONVERGE"));
  EXPECT_THAT(Rake(absl::StrCat(kHalfAndHalf, " most_weight: 20")), IsOk());
}

TEST_F(WeightsTest, MarginsAreCheckedAllAtOnce) {
  status::BadFields bad;
  CheckWeighting(AskedOfPeople().questions(), test::Proto<SurveyWeighting>(R"pb(margins {
                                                                                  question: "sex"
                                                                                  shares { option: "m" share: 0.5 }
                                                                                  shares { option: "x" share: 0.4 }
                                                                                }
                                                                                margins {
                                                                                  question: "sex"
                                                                                  shares { option: "m" share: 0.5 }
                                                                                  shares { option: "m" share: 0.5 }
                                                                                }
                                                                                margins {
                                                                                  question: "nps"
                                                                                  shares { option: "1" share: 1 }
                                                                                }
                                                                                margins {
                                                                                  question: "none"
                                                                                  shares { option: "a" share: 1 }
                                                                                })pb"),
                 bad);
  EXPECT_THAT(bad.status(),
              HasViolations("survey_weighting.margins[0].shares[1].option NO_SUCH_OPTION",
                            "survey_weighting.margins[0].shares SHARES_DO_NOT_ADD_UP", "survey_weighting.margins[1].question MARGIN_TWICE",
                            "survey_weighting.margins[1].shares[1].option OPTION_TWICE", "survey_weighting.margins[2].question NOT_CLOSED",
                            "survey_weighting.margins[2].shares[0].option NO_SUCH_OPTION",
                            "survey_weighting.margins[3].question NO_SUCH_QUESTION"));
}

// Of an anonymous survey any number of weightings of the same margins tells nothing of groups that are too small.
TEST_F(WeightsTest, GroupsOfOneWeightAreNeverFew) {
  Hundred();
  EXPECT_THAT(*Tally("", 10), Partially("withheld: false counted: 100"));
  EXPECT_THAT(*Tally("", 11), Partially("withheld: true")) << "ten old men";
  EXPECT_THAT(Tally("conditions { question: 'sex' options: 'm' }", 11), HasReason("FILTER_TOO_FINE"));
  EXPECT_THAT(*Tally("breakdown: 'sex'", 11), Partially("withheld: true"));
  Are("w", "unsaid", 3);
  EXPECT_THAT(*Tally("", 5), Partially("withheld: true")) << "three without weight are what weighted figures lack";
  Are("m", "unsaid", 3);
  EXPECT_THAT(*Tally("", 5), Partially("withheld: false"));
  Are("m", "old", 4, " answers { question: 'spent' number: 1 }");
  Are("w", "young", 20, " answers { question: 'spent' number: 1 }");
  EXPECT_THAT(*Tally("", 5), Partially("withheld: false"));
}

}  // namespace
}  // namespace heitie::planning
