#include "services/planning/policy/planning_policy.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace heitie::planning {

using absl::StatusCode;

const status::Reason kConfidenceTableIncomplete{StatusCode::kInvalidArgument, "CONFIDENCE_TABLE_INCOMPLETE",
                                                "The table names each reliability from A to F once, and six values for each.",
                                                "對照表須列出 A 至 F 各一次，每級六個值。"};
const status::Reason kConfidenceTableUnsound{StatusCode::kInvalidArgument, "CONFIDENCE_TABLE_UNSOUND",
                                             "What cannot be judged is low at most, and a worse source never makes more confident.",
                                             "無法判斷者至多為低，且較差的來源不得得出較高的可信度。"};
const status::Reason kEscalationNotAscending{StatusCode::kInvalidArgument, "ESCALATION_NOT_ASCENDING",
                                             "Each step comes later than the one before.", "每一步須晚於前一步。"};

const status::Reason kGroupTooSmallToShow{StatusCode::kInvalidArgument, "GROUP_TOO_SMALL_TO_SHOW",
                                          "Fewer than {least} respondents are never shown.", "少於 {least} 位作答者的群組一律不得顯示。"};

namespace {

constexpr int kCredibilities = 6;

// nullptr when the table has no such row.
const v1::ConfidenceRow* ConfidenceRowOf(const v1::PlanningPolicy& policy, int reliability) {
  for (const v1::ConfidenceRow& row : policy.confidence_table()) {
    if (row.reliability() == reliability && row.by_credibility_size() == kCredibilities) return &row;
  }
  return nullptr;
}

bool IsComplete(const v1::PlanningPolicy& policy) {
  std::set<int> seen;
  for (const v1::ConfidenceRow& row : policy.confidence_table()) {
    if (row.by_credibility_size() != kCredibilities || !seen.insert(row.reliability()).second) return false;
  }
  return seen.size() == v1::RELIABILITY_F;
}

// Of a complete table.
bool IsSound(const v1::PlanningPolicy& policy) {
  for (int reliability = v1::RELIABILITY_A; reliability <= v1::RELIABILITY_F; ++reliability) {
    const v1::ConfidenceRow& row = *ConfidenceRowOf(policy, reliability);
    const v1::ConfidenceRow* better = ConfidenceRowOf(policy, reliability - 1);
    for (int i = 0; i < kCredibilities; ++i) {
      const bool unjudged = reliability == v1::RELIABILITY_F || i == kCredibilities - 1;
      if (unjudged && row.by_credibility(i) > v1::CONFIDENCE_LOW) return false;
      if (i > 0 && row.by_credibility(i) > row.by_credibility(i - 1)) return false;
      if (better != nullptr && row.by_credibility(i) > better->by_credibility(i)) return false;
    }
  }
  return true;
}

}  // namespace

absl::Status CheckPlanningPolicy(const v1::PlanningPolicy& policy) {
  status::BadFields bad;
  if (!IsComplete(policy)) {
    bad.Add("planning_policy.confidence_table", kConfidenceTableIncomplete);
  } else if (!IsSound(policy)) {
    bad.Add("planning_policy.confidence_table", kConfidenceTableUnsound);
  }
  for (int i = 1; i < policy.escalation_days_size(); ++i) {
    if (policy.escalation_days(i) > policy.escalation_days(i - 1)) continue;
    bad.Add(absl::StrCat("planning_policy.escalation_days[", i, "]"), kEscalationNotAscending);
  }
  if (policy.survey_minimum_group() > 0 && policy.survey_minimum_group() < kLeastMinimumGroup) {
    bad.Add("planning_policy.survey_minimum_group", kGroupTooSmallToShow, {{"least", kLeastMinimumGroup}});
  }
  return bad.status();
}

v1::Confidence ConfidenceOf(const v1::PlanningPolicy& policy, v1::Reliability reliability, int32_t credibility) {
  const v1::ConfidenceRow* row = ConfidenceRowOf(policy, reliability);
  if (row == nullptr || credibility < 1 || credibility > kCredibilities) return v1::CONFIDENCE_LOW;
  return static_cast<v1::Confidence>(row->by_credibility(credibility - 1));
}

}  // namespace heitie::planning
