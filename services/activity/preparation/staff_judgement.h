// When the staff of an activity is judged again though nobody asks: somebody has taken over a part in it (W14). The staff watch does it
// (watch/staff_watch.h).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_STAFF_JUDGEMENT_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_STAFF_JUDGEMENT_H_

#include <string>

#include "absl/status/status.h"
#include "common/record/store.h"
#include "heitie/activity/v1/activity.pb.h"

namespace heitie::activity {

inline constexpr char kStaffJudgementJob[] = "judge-staff";

// Plans a judgement at once, with the transaction.
absl::Status PlanStaffJudgement(record::Transaction& tx, const std::string& activity);
// What was planned is void: the whole gate has been judged, or there is another staff.
absl::Status DropStaffJudgement(record::Transaction& tx, v1::Activity& activity);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_STAFF_JUDGEMENT_H_
