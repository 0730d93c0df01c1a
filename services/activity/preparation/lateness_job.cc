#include "services/activity/preparation/lateness_job.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/job/runner.h"
#include "common/time/instant.h"

namespace heitie::activity {
namespace {

std::string LateJobOf(const std::string& name) { return absl::StrCat(name, "/late"); }

template <typename T>
absl::Status KeepJob(record::Transaction& tx, const char* kind, const T* before, const T* after) {
  const bool waited = before != nullptr && IsAwaited(*before), waits = after != nullptr && IsAwaited(*after);
  if (!waits) return waited ? job::Cancel(tx, LateJobOf(before->name())) : absl::OkStatus();
  const absl::Time due = time::ToTime(after->due_time());
  if (waited && time::ToTime(before->due_time()) == due) return absl::OkStatus();
  return job::Schedule(tx, {LateJobOf(after->name()), kind, after->name(), due});
}

}  // namespace

bool IsAwaited(const v1::PreparationItem& item) {
  return item.state() == v1::PreparationItem::STATE_OPEN || item.state() == v1::PreparationItem::STATE_SUBMITTED;
}
bool IsAwaited(const v1::SupportCommitment& commitment) { return commitment.state() == v1::SupportCommitment::STATE_REQUESTED; }

absl::Status KeepLateJob(record::Transaction& tx, const v1::PreparationItem* before, const v1::PreparationItem* after) {
  return KeepJob(tx, kLateItemJob, before, after);
}
absl::Status KeepLateJob(record::Transaction& tx, const v1::SupportCommitment* before, const v1::SupportCommitment* after) {
  return KeepJob(tx, kLateCommitmentJob, before, after);
}

}  // namespace heitie::activity
