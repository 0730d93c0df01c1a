#include "services/planning/survey/questionnaire.h"

#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

using test::HasViolations;
using test::IsOk;
using ::testing::ElementsAre;
using v1::Survey;

Survey Form() {
  return test::Proto<Survey>(R"pb(
    questions {
      question_id: "buys"
      text: "Do you buy?"
      kind: KIND_SINGLE_CHOICE
      required: true
      options { option_id: "yes" text: "Yes" }
      options { option_id: "no" text: "No" }
      options { option_id: "else" text: "Other" other: true }
    }
    questions {
      question_id: "what"
      text: "What?"
      kind: KIND_MULTIPLE_CHOICE
      required: true
      min_choices: 2
      max_choices: 2
      options { option_id: "tea" text: "Tea" }
      options { option_id: "mug" text: "Mug" }
      options { option_id: "bag" text: "Bag" }
      options { option_id: "none" text: "None of these" exclusive: true }
      shown_if { question: "buys" options: "yes" }
    }
    questions { question_id: "stars" text: "How good?" kind: KIND_SCALE least: -2 most: 2 }
    questions { question_id: "nps" text: "Recommend?" kind: KIND_NPS }
    questions { question_id: "csat" text: "Satisfied?" kind: KIND_CSAT }
    questions {
      question_id: "parts"
      text: "Parts"
      kind: KIND_MATRIX
      required: true
      rows { row_id: "price" text: "Price" }
      rows { row_id: "speed" text: "Speed" }
      options { option_id: "good" text: "Good" }
      options { option_id: "bad" text: "Bad" }
      shown_if { question: "stars" from: 1 }
    }
    questions { question_id: "spent" text: "Spent?" kind: KIND_NUMBER least: 0 }
    questions { question_id: "why" text: "Why?" kind: KIND_TEXT max_characters: 4 }
    questions {
      question_id: "level"
      text: "Level"
      kind: KIND_ATTRIBUTE
      options { option_id: "gold" text: "Gold" }
      options { option_id: "new" text: "New" }
    }
    quotas {
      quota_id: "buyers"
      limit: 10
      conditions { question: "buys" options: "yes" }
    }
    quotas { quota_id: "all" limit: 100 })pb");
}

absl::Status Check(const std::string& answers, Respondent who = Respondent::kPerson) {
  status::BadFields bad;
  const auto given = test::Proto<v1::AnswerSurveyRequest>(answers);
  CheckAnswers(Form().questions(), given.answers(), who, "", bad);
  return bad.status();
}

TEST(QuestionnaireTest, ASoundFormHasNoMistakes) {
  status::BadFields bad;
  CheckQuestionnaire(Form().questions(), Form().quotas(), "survey.", bad);
  EXPECT_THAT(bad.status(), IsOk());
}

TEST(QuestionnaireTest, EveryMistakeIsNamed) {
  const auto survey = test::Proto<Survey>(R"pb(
    questions {
      question_id: "a"
      text: "a"
      kind: KIND_SINGLE_CHOICE
      options { option_id: "x" text: "x" }
      options { option_id: "x" text: "x" exclusive: true }
    }
    questions {
      question_id: "a"
      text: "a"
      kind: KIND_SINGLE_CHOICE
      options { option_id: "x" text: "x" }
    }
    questions { question_id: "b" text: "b" kind: KIND_SCALE least: 0.5 most: 3 }
    questions {
      question_id: "c"
      text: "c"
      kind: KIND_NUMBER
      least: 3
      most: 2
      rows { row_id: "r" text: "r" }
    }
    questions { question_id: "d" text: "d" kind: KIND_NPS most: 5 }
    questions {
      question_id: "e"
      text: "e"
      kind: KIND_TEXT
      shown_if { question: "f" options: "x" }
      shown_if { question: "d" options: "x" }
    }
    questions {
      question_id: "f"
      text: "f"
      kind: KIND_MATRIX
      options { option_id: "x" text: "x" }
      options { option_id: "y" text: "y" }
    }
    quotas {
      quota_id: "q"
      limit: 1
      conditions { question: "g" options: "x" }
    }
    quotas {
      quota_id: "q"
      limit: 1
      conditions { question: "a" options: "z" }
    })pb");
  status::BadFields bad;
  CheckQuestionnaire(survey.questions(), survey.quotas(), "", bad);
  EXPECT_THAT(
      bad.status(),
      HasViolations("questions[0].options[1] OPTIONS_DO_NOT_FIT", "questions[0].options[1].option_id ID_TWICE",
                    "questions[1].options OPTIONS_DO_NOT_FIT", "questions[1].question_id ID_TWICE", "questions[2].least SCALE_DOES_NOT_FIT",
                    "questions[3].options OPTIONS_DO_NOT_FIT", "questions[3].most RANGE_EMPTY", "questions[4].least SCALE_DOES_NOT_FIT",
                    "questions[5].shown_if[0].question NO_EARLIER_QUESTION", "questions[5].shown_if[1] CONDITION_DOES_NOT_FIT",
                    "questions[6].options OPTIONS_DO_NOT_FIT", "quotas[0].conditions[0].question NO_SUCH_QUESTION",
                    "quotas[1].quota_id ID_TWICE", "quotas[1].conditions[0] CONDITION_DOES_NOT_FIT"));
}

TEST(QuestionnaireTest, WhatIsNotShownIsNeitherAnsweredNorMissed) {
  EXPECT_THAT(Check("answers { question: 'buys' options: 'no' }"), IsOk()) << "what is not shown is not missed";
  EXPECT_THAT(Check("answers { question: 'buys' options: 'yes' }"), HasViolations("answers ANSWER_MISSING"));
  EXPECT_THAT(Check("answers { question: 'buys' options: 'no' } answers { question: 'what' options: 'tea' options: 'mug' }"),
              HasViolations("answers[1].question NOT_SHOWN"));
  EXPECT_THAT(Check("answers { question: 'buys' options: 'no' } answers { question: 'stars' number: 1 }"),
              HasViolations("answers ANSWER_MISSING"))
      << "the matrix is shown from 1 on";
  EXPECT_THAT(Check(""), HasViolations("answers ANSWER_MISSING"));
}

TEST(QuestionnaireTest, EveryKindTakesItsOwnAnswersAlone) {
  EXPECT_THAT(Check(R"pb(answers { question: "buys" options: "yes" other_text: "x" }
                         answers { question: "what" options: "tea" options: "tea" options: "none" }
                         answers { question: "stars" number: 0.5 }
                         answers { question: "nps" number: 11 }
                         answers { question: "csat" number: 0 }
                         answers { question: "spent" number: -1 }
                         answers { question: "why" text: "太長的話" }
                         answers { question: "nope" text: "x" })pb"),
              HasViolations(
                  "answers[7].question NO_SUCH_QUESTION", "answers[0].other_text OTHER_WITHOUT_TEXT", "answers[1].options[1] OPTION_TWICE",
                  "answers[1].options[2] OPTION_EXCLUSIVE", "answers[1].options TOO_MANY_CHOICES", "answers[2].number VALUE_NOT_WHOLE",
                  "answers[3].number VALUE_OUT_OF_RANGE", "answers[4].number VALUE_OUT_OF_RANGE", "answers[5].number VALUE_OUT_OF_RANGE"))
      << "four Chinese characters are four";
  EXPECT_THAT(Check("answers { question: 'buys' options: 'else' other_text: 'a gift' } answers { question: 'why' text: '太長的話了' }"),
              HasViolations("answers[1].text TEXT_TOO_LONG"));
  EXPECT_THAT(Check("answers { question: 'buys' options: 'yes' } answers { question: 'what' options: 'none' }"), IsOk())
      << "what excludes the others need not be two";
  EXPECT_THAT(Check("answers { question: 'buys' options: 'yes' } answers { question: 'what' options: 'tea' }"),
              HasViolations("answers[1].options TOO_FEW_CHOICES"));
  EXPECT_THAT(Check("answers { question: 'buys' number: 1 } answers { question: 'buys' options: 'no' }"),
              HasViolations("answers[1].question ANSWERED_TWICE", "answers[0].question ANSWER_DOES_NOT_FIT"));
  EXPECT_THAT(
      Check(R"pb(answers { question: "buys" options: "no" }
                 answers { question: "stars" number: 2 }
                 answers {
                   question: "parts"
                   cells { row: "price" option: "good" }
                   cells { row: "price" option: "worse" }
                 })pb"),
      HasViolations("answers[2].cells[1].row OPTION_TWICE", "answers[2].cells[1].option NO_SUCH_OPTION", "answers[2].cells ROW_MISSING"));
}

TEST(QuestionnaireTest, AttributesAreGivenByProducersAlone) {
  const std::string answers = "answers { question: 'buys' options: 'no' } answers { question: 'level' options: 'gold' }";
  EXPECT_THAT(Check(answers), HasViolations("answers[1].question NOT_SHOWN"));
  EXPECT_THAT(Check(answers, Respondent::kProducer), IsOk());
}

TEST(QuestionnaireTest, AnAnswerFallsIntoAllQuotasWhoseConditionsHold) {
  const auto yes = test::Proto<v1::AnswerSurveyRequest>("answers { question: 'buys' options: 'yes' }");
  EXPECT_THAT(QuotasOf(Form().quotas(), yes.answers()), ElementsAre("all", "buyers"));
  EXPECT_THAT(QuotasOf(Form().quotas(), SurveyAnswers()), ElementsAre("all"));
}

}  // namespace
}  // namespace heitie::planning
