// When the risks on an activity are judged again though none of them changes: a waiver ends, or the activity goes live again (W1, W6). The
// risk watch does it (reactions.h).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_RISK_JUDGEMENT_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_RISK_JUDGEMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/store.h"

namespace heitie::activity {

inline constexpr char kJudgementJob[] = "judge-risks";

// Plans a judgement at `time`, with the transaction. `occasion` names the job; planned anew, it moves.
absl::Status PlanJudgement(record::Transaction& tx, const std::string& occasion, const std::string& activity, absl::Time time);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_RISK_JUDGEMENT_H_
