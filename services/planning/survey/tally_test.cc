#include "services/planning/survey/tally.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using v1::SurveyVersion;

SurveyVersion Asked(int version, const std::string& more = "") {
  SurveyVersion asked = test::Proto<SurveyVersion>(R"pb(
    questions {
      question_id: "sex"
      text: "?"
      kind: KIND_SINGLE_CHOICE
      options { option_id: "f" text: "F" }
      options { option_id: "m" text: "M" }
    }
    questions {
      question_id: "uses"
      text: "?"
      kind: KIND_MULTIPLE_CHOICE
      options { option_id: "app" text: "App" }
      options { option_id: "web" text: "Web" }
    }
    questions { question_id: "nps" text: "?" kind: KIND_NPS }
    questions { question_id: "csat" text: "?" kind: KIND_CSAT }
    questions {
      question_id: "spent"
      text: "?"
      kind: KIND_NUMBER
      shown_if { question: "sex" options: "f" }
    }
    questions { question_id: "stars" text: "?" kind: KIND_SCALE least: 1 most: 3 })pb");
  asked.set_version(version);
  asked.MergeFrom(test::Proto<SurveyVersion>(more));
  return asked;
}

class TallyTest : public ::testing::Test {
 protected:
  void Answer(const std::string& answers, int times = 1) {
    const auto given = test::Proto<v1::AnswerSurveyRequest>(answers);
    for (int i = 0; i < times; ++i) columns_.Add(version_, given.answers());
  }
  void Recommend(int value, int times) { Answer(absl::StrCat("answers { question: 'nps' number: ", value, " }"), times); }
  absl::StatusOr<v1::SurveyTally> Tally(const std::string& request = "", int minimum_group = 0) {
    const auto asked = test::Proto<v1::TallySurveyRequest>(request);
    return TallyOf(columns_, asked.conditions(), "conditions", asked.breakdown(), "breakdown", minimum_group);
  }
  v1::QuestionTally Of(const std::string& question, const std::string& request = "") {
    const auto tally = Tally(request);
    EXPECT_THAT(tally, IsOk());
    for (const auto& one : tally->questions()) {
      if (one.question() == question) return one;
    }
    ADD_FAILURE() << "no " << question;
    return {};
  }
  absl::StatusOr<v1::CrossTabulateSurveyResponse> Cross(const std::string& request, int minimum_group = 0) {
    return CrossTabulate(columns_, test::Proto<v1::CrossTabulateSurveyRequest>(request), minimum_group);
  }

  SurveyVersion version_ = Asked(1);
  SurveyColumns columns_{version_};
};

TEST_F(TallyTest, NetPromotersAreComputedFromCounts) {
  Recommend(10, 8);
  Recommend(9, 10);
  Recommend(7, 12);
  Recommend(6, 1);
  Recommend(0, 1);
  const v1::NpsEstimate nps = Of("nps").nps();
  EXPECT_THAT(nps, Partially("promoters: 18 passives: 12 detractors: 2 score: 50"));
  EXPECT_NEAR(nps.low(), 28.8, 0.05);
  EXPECT_NEAR(nps.high(), 71.2, 0.05);
  EXPECT_NEAR(NpsOf(3, 2, 2).score(), 14.2857142857, 1e-9) << "not 14";
  EXPECT_FALSE(NpsOf(0, 0, 0).has_score()) << "not 0";
  EXPECT_EQ(NpsOf(5, 0, 0).high(), 100);
}

TEST_F(TallyTest, SatisfiedAreThoseOfFourAndFive) {
  for (const int value : {1, 3, 4, 4, 5}) Answer(absl::StrCat("answers { question: 'csat' number: ", value, " }"));
  const v1::QuestionTally csat = Of("csat");
  EXPECT_EQ(csat.satisfied().value(), 0.6);
  EXPECT_NEAR(csat.satisfied().low(), 0.2307, 5e-5);
  EXPECT_NEAR(csat.satisfied().high(), 0.8824, 5e-5);
  EXPECT_EQ(csat.mean(), 3.4);
  EXPECT_EQ(csat.median(), 4);
  EXPECT_NEAR(csat.standard_deviation(), 1.51657508881, 1e-9);
}

TEST_F(TallyTest, SharesAreOfThoseWhoAnsweredTheQuestion) {
  Answer("answers { question: 'uses' options: 'app' options: 'web' }", 3);
  Answer("answers { question: 'uses' options: 'app' }");
  Answer("", 6);
  const v1::QuestionTally uses = Of("uses");
  EXPECT_THAT(uses, Partially("shown: 10 answered: 4 skipped: 6 options { option: 'app' count: 4 share { value: 1 } } "
                              "options { option: 'web' count: 3 share { value: 0.75 } }"))
      << "more than 1 in all";
  EXPECT_EQ(Of("stars").answered(), 0);
  EXPECT_FALSE(Of("stars").has_mean()) << "not 0";
}

TEST_F(TallyTest, WhatWasNotShownIsNotSkipped) {
  Answer("answers { question: 'sex' options: 'f' } answers { question: 'spent' number: 10 }");
  Answer("answers { question: 'sex' options: 'f' } answers { question: 'spent' number: 20 }");
  Answer("answers { question: 'sex' options: 'f' }");
  Answer("answers { question: 'sex' options: 'm' }", 4);
  EXPECT_THAT(Of("spent"), Partially("shown: 3 answered: 2 skipped: 1 mean: 15 median: 15"));
  EXPECT_NEAR(Of("spent").standard_deviation(), 7.0710678118655, 1e-9);
  EXPECT_EQ(Of("spent", "conditions { question: 'spent' from: 15 }").mean(), 20);
}

TEST_F(TallyTest, VersionsAreJoinedWhereKindAndScaleAgree) {
  Answer("answers { question: 'stars' number: 3 } answers { question: 'sex' options: 'm' }", 2);
  SurveyVersion next = Asked(2);
  next.mutable_questions(5)->set_most(5);
  next.mutable_questions(0)->mutable_options(1)->set_option_id("d");
  SurveyColumns joined(next);
  joined.Add(
      version_,
      test::Proto<v1::AnswerSurveyRequest>("answers { question: 'stars' number: 3 } answers { question: 'sex' options: 'm' }").answers());
  joined.Add(
      next,
      test::Proto<v1::AnswerSurveyRequest>("answers { question: 'stars' number: 5 } answers { question: 'sex' options: 'd' }").answers());
  const auto tally = TallyOf(joined, {}, "conditions", "", "breakdown", 0);
  ASSERT_THAT(tally, IsOk());
  EXPECT_THAT(*tally, Partially("left_out { question: 'stars' version: 1 answers: 1 }"));
  EXPECT_THAT(tally->questions(5), Partially("answered: 1 options { option: '5' count: 1 }"));
  EXPECT_THAT(tally->questions(0), Partially("answered: 2 options { option: 'f' count: 0 } options { option: 'd' count: 1 } "
                                             "options { option: 'm' count: 1 }"))
      << "options of earlier versions stay behind those of now";
}

TEST_F(TallyTest, SmallGroupsOfAnAnonymousSurveyAreWithheldWhole) {
  Answer("answers { question: 'sex' options: 'f' }", 4);
  EXPECT_THAT(*Tally("", 5), Partially("withheld: true counted: 4"));
  EXPECT_EQ(Tally("", 5)->questions_size(), 0);
  Answer("answers { question: 'sex' options: 'm' }", 9);
  EXPECT_THAT(*Tally("breakdown: 'sex'", 5), Partially("withheld: true"));
  EXPECT_EQ(Tally("breakdown: 'sex'", 5)->groups_size(), 0);
  EXPECT_EQ(Tally("breakdown: 'sex'", 4)->groups_size(), 2);
  EXPECT_THAT(Tally("conditions { question: 'sex' options: 'f' }", 5), HasReason("FILTER_TOO_FINE")) << "it selects four";
  EXPECT_THAT(Tally("conditions { question: 'sex' options: 'm' }", 5), HasReason("FILTER_TOO_FINE")) << "it leaves out four";
  EXPECT_THAT(Tally("conditions { question: 'sex' options: 'f' options: 'm' }", 5), IsOk());
  EXPECT_EQ(Tally("breakdown: 'sex'")->groups_size(), 2) << "of a named one everything";
  Answer("answers { question: 'sex' options: 'f' }", 4);
  Answer("", 2);
  EXPECT_THAT(*Tally("breakdown: 'sex'", 5), Partially("withheld: true")) << "two are what the groups lack of the whole";
  Answer("answers { question: 'nps' number: 3 }", 3);
  const auto tally = Tally("", 5);
  ASSERT_THAT(tally, IsOk());
  for (const auto& question : tally->questions()) {
    if (question.question() == "nps") EXPECT_THAT(question, Partially("withheld: true answered: 0")) << "three answered it";
  }
}

TEST_F(TallyTest, CrossTabulationsTestWhetherRowsAndColumnsHangTogether) {
  const int counts[2][3] = {{30, 20, 10}, {20, 30, 40}};
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      Answer(absl::StrCat("answers { question: 'sex' options: '", row == 0 ? "f" : "m",
                          "' } answers { question: 'stars' number: ", column + 1, " }"),
             counts[row][column]);
    }
  }
  const auto crossed = Cross("row_question: 'sex' column_question: 'stars'");
  ASSERT_THAT(crossed, IsOk());
  ASSERT_EQ(crossed->tables_size(), 1);
  EXPECT_THAT(crossed->tables(0), Partially("rows: 'f' rows: 'm' columns: '1' columns: '2' columns: '3' counts: [30, 20, 10, 20, 30, 40] "
                                            "total: 150 test { degrees_of_freedom: 2 }"));
  EXPECT_NEAR(crossed->tables(0).test().chi_square(), 16.667, 5e-4);
  EXPECT_NEAR(crossed->tables(0).test().p_value(), 0.000240, 5e-7);
  EXPECT_NEAR(crossed->tables(0).test().cramers_v(), 0.3333, 5e-5);
  EXPECT_THAT(*Cross("row_question: 'sex' column_question: 'stars' conditions { question: 'sex' options: 'f' }"),
              Partially("tables { total: 60 }"));
  EXPECT_FALSE(Cross("row_question: 'sex' column_question: 'stars' conditions { question: 'sex' options: 'f' }")->tables(0).has_test())
      << "one row is left";
  EXPECT_THAT(*Cross("row_question: 'sex' column_question: 'stars'", 11), Partially("withheld: true"));
  EXPECT_THAT(Cross("row_question: 'spent' column_question: 'none'"),
              HasViolations("row_question NOT_CLOSED", "column_question NO_SUCH_QUESTION"));
}

TEST_F(TallyTest, AMultipleChoiceMakesATableForEachOptionAndTheirTestsAreAdjusted) {
  Answer("answers { question: 'sex' options: 'f' } answers { question: 'uses' options: 'app' }", 30);
  Answer("answers { question: 'sex' options: 'm' } answers { question: 'uses' options: 'web' }", 25);
  Answer("answers { question: 'sex' options: 'm' } answers { question: 'uses' options: 'app' options: 'web' }", 10);
  const auto crossed = Cross("row_question: 'uses' column_question: 'sex'");
  ASSERT_THAT(crossed, IsOk());
  ASSERT_EQ(crossed->tables_size(), 2);
  EXPECT_THAT(crossed->tables(0), Partially("row_option: 'app' rows: 'chosen' rows: 'not_chosen' counts: [30, 10, 0, 25]"));
  EXPECT_THAT(crossed->tables(1), Partially("row_option: 'web' counts: [0, 35, 30, 0]"));
  EXPECT_NEAR(crossed->tables(0).test().adjusted_p_value(), crossed->tables(0).test().p_value(), 1e-15) << "the greater of two";
  EXPECT_NEAR(crossed->tables(1).test().adjusted_p_value(), 2 * crossed->tables(1).test().p_value(), 1e-15);
}

// Against counting one by one.
TEST_F(TallyTest, CountsAreThoseOfCountingOneByOne) {
  std::mt19937 random(3);
  std::vector<SurveyAnswers> all;
  for (int i = 0; i < 500; ++i) {
    v1::AnswerSurveyRequest request;
    const auto add = [&](const std::string& id) -> v1::SurveyAnswer& {
      v1::SurveyAnswer& answer = *request.add_answers();
      answer.set_question(id);
      return answer;
    };
    if (random() % 4 > 0) add("sex").add_options(random() % 2 == 0 ? "f" : "m");
    if (random() % 4 > 0) add("nps").set_number(static_cast<double>(random() % 11));
    if (random() % 4 > 0) {
      v1::SurveyAnswer& uses = add("uses");
      uses.add_options("web");
      if (random() % 2 == 0) uses.add_options("app");
    }
    columns_.Add(version_, request.answers());
    all.push_back(request.answers());
  }
  const auto filter =
      test::Proto<v1::TallySurveyRequest>("conditions { question: 'nps' from: 3 to: 8 } conditions { question: 'uses' options: 'app' }");
  int64_t selected = 0, women = 0, web = 0;
  for (const SurveyAnswers& answers : all) {
    const AnswerMap map(answers);
    if (!AllHold(filter.conditions(), map)) continue;
    ++selected;
    const auto* sex = map.Find("sex");
    women += sex != nullptr && sex->options(0) == "f" ? 1 : 0;
    ++web;
  }
  const auto tally = Tally(filter.ShortDebugString());
  ASSERT_THAT(tally, IsOk());
  EXPECT_GT(selected, 50);
  EXPECT_EQ(tally->counted(), selected);
  EXPECT_EQ(tally->questions(0).options(0).count(), women);
  EXPECT_EQ(tally->questions(1).options(1).count(), web);
}

TEST(DefusedCellTest, WhatASpreadsheetWouldRunBeginsWithAnApostrophe) {
  EXPECT_EQ(DefusedCell("=1+1"), "'=1+1");
  EXPECT_EQ(DefusedCell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(DefusedCell("-2,\"x\""), "\"'-2,\"\"x\"\"\"");
  EXPECT_EQ(DefusedCell("fine"), "fine");
  EXPECT_EQ(DefusedCell("two\nlines"), "\"two\nlines\"");
}

}  // namespace
}  // namespace heitie::planning
