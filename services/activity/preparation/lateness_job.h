// Plans when an item or a commitment is looked at, in step with its changes (lateness.h does the looking).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_LATENESS_JOB_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_LATENESS_JOB_H_

#include "absl/status/status.h"
#include "common/record/store.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"

namespace heitie::activity {

inline constexpr char kLateItemJob[] = "late-item";
inline constexpr char kLateCommitmentJob[] = "late-commitment";

// Whether it is still to be done.
bool IsAwaited(const v1::PreparationItem& item);
bool IsAwaited(const v1::SupportCommitment& commitment);

absl::Status KeepLateJob(record::Transaction& tx, const v1::PreparationItem* before, const v1::PreparationItem* after);
absl::Status KeepLateJob(record::Transaction& tx, const v1::SupportCommitment* before, const v1::SupportCommitment* after);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_LATENESS_JOB_H_
