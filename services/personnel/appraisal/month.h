// What a month of somebody comes to: its parts, their points, what calibration proposes, the score, and the proof of it all (policy H4–H6,
// W10). Computed from stored rows alone; nothing here knows a database.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_MONTH_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_MONTH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/exact/fraction.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_calibration.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "heitie/personnel/v1/appraisal_policy.pb.h"
#include "heitie/personnel/v1/appraisal_scheme.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/personnel/appraisal/calibration.h"
#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {

// ---- Numbers of the rules

MonthRules MonthRulesOf(const v1::AppraisalPolicy& policy);
CalibrationRules CalibrationRulesOf(const v1::AppraisalPolicy& policy);
// Terms in working days, but `restatement`, which is in days.
struct AppraisalTerms {
  int review, rating, closing, replacement, objection, answer, reminder, inspection, restatement;
};
AppraisalTerms AppraisalTermsOf(const v1::AppraisalPolicy& policy);

// ---- Days

// A month or year by the calendar: its days, and which of them are working days, ascending.
struct MonthDays {
  absl::CivilDay first, last;
  std::vector<absl::CivilDay> working;
};

// The employment within a month, cut where position, department or the named superior change; in order. Days of presence are working days
// without an absence, or with one of a kind in `presence` (those that count as presence). Superiors are as the assignments name them.
std::vector<v1::AppraisalSpan> SpansOf(const v1::Employee& employee, const MonthDays& month, const std::set<std::string>& presence);

// Which spans, by their places, are rated, and what came out already where none is. Only those with a scheme are.
struct Choice {
  v1::Appraisal::Outcome outcome = v1::Appraisal::OUTCOME_UNSPECIFIED;
  std::vector<size_t> rated;
};
Choice ChooseSpans(const std::vector<v1::AppraisalSpan>& spans, int working_days, const MonthRules& rules);

// ---- Digests and words

std::string Sha256Of(const std::string& bytes);
// The same bytes for equal messages, the order of maps included.
std::string StableBytes(const google::protobuf::Message& message);

// With random salt.
v1::AppraisalText TextOf(const std::string& words);

// ---- Points of a part

// The figure of a measure; nothing where there is none, or its denominator or base is 0 or missing.
std::optional<exact::Fraction> FigureValue(const v1::AppraisalMeasure& measure, const v1::AppraisalFigure& figure);
// The same as people read it: `2339`, `3/4`, `2339/1/2500` with its base; empty where there is none.
std::string FigureText(const v1::AppraisalFigure& figure);

// The points of each indicator of the scheme by what the part says, in the scheme's order. A level that is not there has none.
std::vector<IndicatorPoints> PointsOf(const v1::AppraisalScheme& scheme, const v1::AppraisalPart& part);
// The indicators whose figure is missing and whose measure blocks then.
std::vector<std::string> BlockedIndicators(const v1::AppraisalScheme& scheme, const v1::AppraisalPart& part);

struct PartScore {
  std::optional<exact::Fraction> rated, measured;  // before calibration
  std::optional<exact::Fraction> score;            // with `adjustment` on what was rated
};
// A part that is excused has none.
PartScore ScorePart(const v1::AppraisalScheme& scheme, const v1::AppraisalPart& part, int64_t adjustment);

// ---- A cycle

// All that its scores rest on.
struct CycleFacts {
  v1::AppraisalCycle cycle;
  v1::AppraisalPolicy policy;
  std::vector<v1::Appraisal> sheets;
  std::vector<v1::AppraisalPart> parts;
  std::vector<v1::AppraisalCalibration> calibrations;
  std::map<std::string, v1::AppraisalScheme> schemes;  // by name
  std::set<std::string> erased;                        // people whose words are missing because they were erased; read for verification
};

// By rater.
std::map<std::string, Proposal> ProposalsOf(const CycleFacts& facts);
// Writes what a proposal says into a calibration, with its first state.
void Propose(const Proposal& proposal, v1::AppraisalCalibration& calibration);

// Writes what was rated, measured and added, and the scores, into parts and sheets, by the decided calibrations. Of a year also the score
// composed with the months that the sheets have, and the grades under the quotas of those who are counted.
void Score(CycleFacts& facts);

// A month of a year: by its sheet, nullptr where there is none, and the score of its latest adjustment.
v1::AppraisalMonth MonthOfYear(const v1::Employee& employee, absl::CivilDay month, const v1::Appraisal* sheet,
                               std::optional<int64_t> adjusted, const v1::AppraisalPolicy& policy);

// The scheme as a cycle of this length goes by it: a year by the indicators of years, if there are any.
v1::AppraisalScheme SchemeOver(v1::AppraisalCycle::Period period, v1::AppraisalScheme scheme);

// The month's score if a sheet's parts were as given; nothing where there is none.
std::optional<int64_t> MonthPointsOf(const CycleFacts& facts, const v1::Appraisal& sheet, const std::vector<v1::AppraisalPart>& parts);

// SHA-256 over the rows in the order of their names, of each its fields but those that do not last: etag, time of update, computed ones,
// the cycle's own digest, and the words and salts of texts, whose digests stand for them.
std::string DigestOf(const CycleFacts& facts);

// Of whom words are missing that were there.
std::set<std::string> PeopleWithoutWords(const CycleFacts& facts);

// The names of rows that do not follow from the others: calibrations whose proposal, parts and sheets whose points are computed otherwise;
// and of those whose words are not what their digests tell, or missing though the person was not erased.
std::vector<std::string> DeviationsOf(const CycleFacts& facts);

// ---- Names

// "appraisalCycles/2026-06-operations", of a year "appraisalCycles/2026-year-operations"; a department whose name cannot be part of a name,
// or is long, stands there as a digest.
std::string CycleNameOf(absl::CivilDay first, v1::AppraisalCycle::Period period, const std::string& department);
// The first day of the month or year of a day, and the one after its last.
absl::CivilDay FirstOf(absl::CivilDay day, v1::AppraisalCycle::Period period);
absl::CivilDay EndOf(absl::CivilDay first, v1::AppraisalCycle::Period period);
// "appraisalCycles/x" of the name of anything below it.
std::string CycleOf(const std::string& name);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_MONTH_H_
