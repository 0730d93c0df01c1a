// What surveys came to at the end of earlier days (policy P1).
//
// Named answers have a time, so that any day is counted anew. Anonymous ones have none: their figures are taken within minutes after
// midnight, and told only where nobody can subtract them from others and is left with a few.
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_DAYS_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_DAYS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/service/main.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "services/planning/survey/results.h"
#include "services/planning/survey/survey_tables.h"

namespace heitie::planning {

extern const status::Reason kAsOfTooFew;   // {day} {least}
extern const status::Reason kAsOfNotKept;  // {day}

// The figures of one day.
struct SurveyDay {
  // In the table by these names.
  enum State { kWaiting, kTold, kSkipped, kLast };
  absl::CivilDay day;
  State state = kWaiting;
  int64_t position = 0;
  v1::SurveyTally tally;
};

// Decides about days that wait, by what was counted until `now`; `last`: nothing comes any more. Of any two of the days that are told and
// `now`, and of each of their questions, either nobody or at least `minimum_group` lie between them: days are skipped, and questions of
// days withheld, where that is not so. What is decided stays.
void JudgeDays(const v1::SurveyTally& now, bool last, int minimum_group, std::vector<SurveyDay>& days);

// The figures of an anonymous survey at the end of a day. AS_OF_TOO_FEW, AS_OF_NOT_KEPT.
absl::StatusOr<v1::SurveyTally> TellDay(sql::Session& session, const v1::Survey& survey, absl::CivilDay day, int64_t position);

// Takes the figures. Thread-safe.
class SurveyDays {
 public:
  SurveyDays(const service::Context& context, SurveyTables& tables, SurveyResults& results);
  SurveyDays(const SurveyDays&) = delete;

 private:
  job::Outcome TakeAll(const rpc::Call& call);
  absl::Status Take(const rpc::Call& call, const v1::Survey& survey, absl::CivilDay day);

  SurveyTables& tables_;
  SurveyResults& results_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_DAYS_H_
