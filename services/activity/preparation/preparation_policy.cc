#include "services/activity/preparation/preparation_policy.h"

#include "absl/strings/str_cat.h"
#include "services/activity/clock/clockwork.h"

namespace heitie::activity {

using v1::PreparationPolicy;

namespace {

const status::Reason kLateStepUnfit{absl::StatusCode::kInvalidArgument, "LATE_STEP_UNFIT",
                                    "What is late has no target of which a share could be consumed: a step comes after it was due.",
                                    "逾期事項沒有可計算比例的目標，步驟只能設定於逾期之後。"};
const status::Reason kTrialLeadsNotDescending{absl::StatusCode::kInvalidArgument, "TRIAL_LEADS_NOT_DESCENDING",
                                              "Trials are named from the longest lead to the shortest, each from a minute to 30 days.",
                                              "試行時間須由長至短排列，每項為一分鐘至三十天。"};

absl::Status CheckPreparationPolicy(const PreparationPolicy& policy) {
  status::BadFields bad;
  CheckLadder(policy.late_ladder(), "preparation_policy.late_ladder", nullptr, bad);
  for (int i = 0; i < policy.late_ladder_size(); ++i) {
    if (policy.late_ladder(i).point().target_bp() > 0) {
      bad.Add(absl::StrCat("preparation_policy.late_ladder[", i, "].point.target_bp"), kLateStepUnfit);
    }
  }
  for (int i = 0; i < policy.trial_leads_size(); ++i) {
    const absl::Duration lead = ToLength(policy.trial_leads(i));
    const bool fits = lead >= absl::Minutes(1) && lead <= absl::Hours(24 * 30);
    if (!fits || (i > 0 && lead >= ToLength(policy.trial_leads(i - 1)))) {
      bad.Add(absl::StrCat("preparation_policy.trial_leads[", i, "]"), kTrialLeadsNotDescending);
    }
  }
  return bad.status();
}

}  // namespace

PreparationPolicies::PreparationPolicies(record::Store& store, const BusinessCalendars& calendars)
    : policies_(store, "preparationPolicies/default", CheckPreparationPolicy) {
  policies_.SetPublishCheck([&calendars](record::Transaction& tx, const PreparationPolicy& policy) {
    return calendars.by_name.Named(tx.sql, policy.calendar()).status();
  });
}

}  // namespace heitie::activity
