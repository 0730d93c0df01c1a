// What came of a survey: counts, shares with intervals, means, NPS, CSAT and cross-tabulations (policy P1). Pure.
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_TALLY_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_TALLY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "services/planning/survey/columns.h"
#include "services/planning/survey/weights.h"

namespace heitie::planning {

extern const status::Reason kNotClosed;      // {question}
extern const status::Reason kFilterTooFine;  // {least}

// The error of all intervals.
inline constexpr double kSurveyAlpha = 0.05;

v1::ShareEstimate ShareOf(int64_t count, int64_t of);
v1::NpsEstimate NpsOf(int64_t promoters, int64_t passives, int64_t detractors);

// The question of responses of which `selected` has a 1; `groups`: with weights.
v1::QuestionTally TallyQuestion(const SurveyColumn& column, const std::vector<uint8_t>& selected, const WeightedGroups* groups = nullptr);

// All of it. `minimum_group` is 0 where the survey is not anonymous. INVALID_FIELDS with CONDITION_DOES_NOT_FIT, NO_SUCH_QUESTION,
// NOT_CLOSED; FILTER_TOO_FINE.
absl::StatusOr<v1::SurveyTally> TallyOf(const SurveyColumns& columns, const SurveyConditions& filter, const std::string& filter_path,
                                        const std::string& breakdown, const std::string& breakdown_path, int minimum_group,
                                        const WeightedGroups* groups = nullptr);

// Likewise; `as_of` stays unset.
absl::StatusOr<v1::CrossTabulateSurveyResponse> CrossTabulate(const SurveyColumns& columns, const v1::CrossTabulateSurveyRequest& request,
                                                              int minimum_group, const WeightedGroups* groups = nullptr);

// A cell of a file (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe.
std::string DefusedCell(const std::string& text);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_TALLY_H_
