// When what an activity was launched on is judged again (W1): a fact has changed elsewhere, a waiver of it ends, a shift begins that nobody
// covers, or the activity goes live again. The fact watch does it (watch/fact_watch.h).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_FACT_JUDGEMENT_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_FACT_JUDGEMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/store.h"

namespace heitie::activity {

inline constexpr char kFactJob[] = "watch-facts";

// `occasion` names the job; planned anew, it moves.
job::Job FactJob(const std::string& occasion, const std::string& activity, absl::Time time);
absl::Status PlanFactJudgement(record::Transaction& tx, const std::string& occasion, const std::string& activity, absl::Time time);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_FACT_JUDGEMENT_H_
