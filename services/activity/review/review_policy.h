// The numbers by which activities are followed up and reviewed, as versions (policy A3, A4), and what comes back when it is overdue (W12).
#ifndef HEITIE_SERVICES_ACTIVITY_REVIEW_REVIEW_POLICY_H_
#define HEITIE_SERVICES_ACTIVITY_REVIEW_REVIEW_POLICY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/job/runner.h"
#include "common/record/rule_set.h"
#include "common/record/store.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/review_policy.pb.h"

namespace heitie::activity {

using ReviewPolicies = record::RuleSet<v1::ReviewPolicy>;

inline constexpr char kShippedReviewPolicy[] = "reviewPolicies/shipped";
// How often it is looked what is overdue.
inline constexpr absl::Duration kReviewReminderInterval = absl::Minutes(10);

// Tells of every row that is overdue, by an event `remind` and its `remind_time`, and again after the policy's hours. `condition` selects
// what is past its date, by an index and with `values`; `overdue` says the same of one row that was locked since.
template <typename T>
job::Outcome RemindOfOverdue(const rpc::Call& call, record::Store& store, const ReviewPolicies& policies, const record::Kind<T>& kind,
                             const std::string& condition, const sql::Values& values, absl::FunctionRef<bool(const T&)> overdue) {
  constexpr int64_t kRemindedAtOnce = 1000;
  absl::Time before;
  const auto due = store.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<T>> {
    ASSIGN_OR_RETURN(const v1::ReviewPolicy policy, policies.InForce(session, call.now));
    before = call.now - absl::Hours(policy.reminder_hours());
    sql::Values all = values;
    all.emplace_back(before);
    all.emplace_back(kRemindedAtOnce);
    return kind.Select(session, absl::StrCat("WHERE ", condition, " AND (remind_time IS NULL OR remind_time <= ?) ORDER BY name LIMIT ?"),
                       all);
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const T& row : *due) {
    failure.Update(store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      const absl::StatusOr<T> current = kind.Lock(tx, row.name());
      if (absl::IsNotFound(current.status())) return absl::OkStatus();
      RETURN_IF_ERROR(current.status());
      // Another replica was first, or somebody has seen to it.
      if (!overdue(*current) || (current->has_remind_time() && time::ToTime(current->remind_time()) > before)) return absl::OkStatus();
      T after = *current;
      *after.mutable_remind_time() = time::ToTimestamp(tx.call.now);
      return kind.Update(tx, *current, after, "remind");
    }));
  }
  if (!failure.ok()) return job::Outcome::Failed(failure);
  return due->size() == static_cast<size_t>(kRemindedAtOnce) ? job::Outcome::Again(call.now) : job::Outcome::Done();
}

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_REVIEW_REVIEW_POLICY_H_
