// What a survey asks, and whether answers fit (policy P1). Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_QUESTIONNAIRE_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_QUESTIONNAIRE_H_

#include <map>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "heitie/planning/v1/survey.pb.h"
#include "heitie/planning/v1/survey_response.pb.h"

namespace heitie::planning {

extern const status::Reason kIdTwice;              // {id}
extern const status::Reason kOptionsDoNotFit;      // {kind}
extern const status::Reason kRangeEmpty;           //
extern const status::Reason kScaleDoesNotFit;      //
extern const status::Reason kNoTextAsked;          //
extern const status::Reason kNoEarlierQuestion;    // {question}
extern const status::Reason kConditionDoesNotFit;  // {question}
extern const status::Reason kNoSuchQuestion;       // {question}
extern const status::Reason kAnsweredTwice;        // {question}
extern const status::Reason kNotShown;             // {question}
extern const status::Reason kAnswerMissing;        // {question}
extern const status::Reason kAnswerDoesNotFit;     // {kind}
extern const status::Reason kNoSuchOption;         // {option}
extern const status::Reason kOptionTwice;          // {option}
extern const status::Reason kTooFewChoices;        // {least}
extern const status::Reason kTooManyChoices;       // {most}
extern const status::Reason kOptionExclusive;      // {option}
extern const status::Reason kOtherWithoutText;     //
extern const status::Reason kValueOutOfRange;      // {least} {most}
extern const status::Reason kValueNotWhole;        //
extern const status::Reason kTextTooLong;          // {most}
extern const status::Reason kRowMissing;           // {row}

using SurveyQuestions = google::protobuf::RepeatedPtrField<v1::SurveyQuestion>;
using SurveyQuotas = google::protobuf::RepeatedPtrField<v1::SurveyQuota>;
using SurveyConditions = google::protobuf::RepeatedPtrField<v1::SurveyCondition>;
using SurveyAnswers = google::protobuf::RepeatedPtrField<v1::SurveyAnswer>;

// One or several of the options.
bool HasOptions(v1::SurveyQuestion::Kind kind);
// A number of any kind.
bool IsNumeric(v1::SurveyQuestion::Kind kind);
// Whole numbers between bounds.
bool IsWhole(v1::SurveyQuestion::Kind kind);
// The bounds of whole numbers.
int LeastOf(const v1::SurveyQuestion& question);
int MostOf(const v1::SurveyQuestion& question);

// nullptr when there is none.
const v1::SurveyQuestion* QuestionOf(const SurveyQuestions& questions, const std::string& id);

// Every mistake in the draft of a version.
void CheckQuestionnaire(const SurveyQuestions& questions, const SurveyQuotas& quotas, const std::string& prefix, status::BadFields& bad);
// Conditions over any of the questions, as filters and quotas have them.
void CheckConditions(const SurveyQuestions& questions, const SurveyConditions& conditions, const std::string& path, status::BadFields& bad);

// The answers by their questions; of one that is answered twice the first.
class AnswerMap {
 public:
  explicit AnswerMap(const SurveyAnswers& answers);
  const v1::SurveyAnswer* Find(const std::string& question) const;

 private:
  std::map<std::string, const v1::SurveyAnswer*> by_question_;
};

bool Holds(const v1::SurveyCondition& condition, const AnswerMap& answers);
bool AllHold(const SurveyConditions& conditions, const AnswerMap& answers);

// Who answers: attributes are known by producers alone.
enum class Respondent { kPerson, kProducer };

// Whether a question is shown to somebody who has answered so.
bool IsShown(const v1::SurveyQuestion& question, const AnswerMap& answers, Respondent who);
// Everything that is wrong with answers, below `prefix`, for example `rows[3].`. What was not shown is not missed.
void CheckAnswers(const SurveyQuestions& questions, const SurveyAnswers& answers, Respondent who, const std::string& prefix,
                  status::BadFields& bad);

// The ids of the quotas into which answers fall, sorted.
std::vector<std::string> QuotasOf(const SurveyQuotas& quotas, const SurveyAnswers& answers);

// Whether answers to one version's question can be counted as those to another's: kind and scale agree.
bool Joins(const v1::SurveyQuestion& one, const v1::SurveyQuestion& other);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_QUESTIONNAIRE_H_
