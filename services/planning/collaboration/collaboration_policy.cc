#include "services/planning/collaboration/collaboration_policy.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "services/planning/notice/notice_policy.h"

namespace heitie::planning {

using v1::CollaborationPolicy;
using v1::Issue;

const status::Reason kSeverityTerms{absl::StatusCode::kInvalidArgument, "SEVERITY_TERMS", "Each severity has one deadline.",
                                    "每個嚴重程度須各有一個期限。"};

absl::Status CheckCollaborationPolicy(const CollaborationPolicy& policy) {
  status::BadFields bad;
  std::set<int> severities;
  for (const v1::IssueTerm& term : policy.issue_terms()) severities.insert(term.severity());
  const size_t all = static_cast<size_t>(Issue::Severity_descriptor()->value_count() - 1);
  if (severities.size() != all || static_cast<size_t>(policy.issue_terms_size()) != all) {
    bad.Add("collaboration_policy.issue_terms", kSeverityTerms);
  }
  for (int i = 1; i < policy.escalation_seconds_size(); ++i) {
    if (policy.escalation_seconds(i) > policy.escalation_seconds(i - 1)) continue;
    bad.Add(absl::StrCat("collaboration_policy.escalation_seconds[", i, "]"), kStepsNotAscending);
  }
  return bad.status();
}

absl::Duration TermOf(const CollaborationPolicy& policy, Issue::Severity severity) {
  for (const v1::IssueTerm& term : policy.issue_terms()) {
    if (term.severity() == severity) return absl::Seconds(term.seconds());
  }
  return absl::ZeroDuration();
}

}  // namespace heitie::planning
