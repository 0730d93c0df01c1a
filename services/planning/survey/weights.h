// Weights of respondents, so that a survey speaks of those whom it is about (policy P1). Pure.
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_WEIGHTS_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_WEIGHTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/statistics/raking.h"
#include "heitie/planning/v1/survey.pb.h"
#include "heitie/planning/v1/survey_weighting.pb.h"
#include "services/planning/survey/columns.h"

namespace heitie::planning {

extern const status::Reason kMarginTwice;               // {question}
extern const status::Reason kSharesDoNotAddUp;          // {sum}
extern const status::Reason kTargetWithoutRespondents;  // {question} {option}
extern const status::Reason kWeightsDoNotConverge;      // {question} {option} {target} {reached}

// Every mistake in the margins, against what is asked.
void CheckWeighting(const SurveyQuestions& questions, const v1::SurveyWeighting& weighting, status::BadFields& bad);

// Respondents in groups of one weight each: those who chose the same options of all margins.
struct WeightedGroup {
  double weight = 0;  // 0 of those who have none
  std::vector<uint32_t> rows;
};
// In the order of the options that they chose; those without weight last, if there are any.
using WeightedGroups = std::vector<WeightedGroup>;

// TARGET_WITHOUT_RESPONDENTS, WEIGHTS_DO_NOT_CONVERGE; INVALID_FIELDS with NO_SUCH_QUESTION where a margin is not asked any more.
absl::StatusOr<WeightedGroups> RakeSurvey(const SurveyColumns& columns, const v1::SurveyWeighting& weighting);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_WEIGHTS_H_
