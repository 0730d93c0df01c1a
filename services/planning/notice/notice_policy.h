// The rules by which people are told things, as versions (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_POLICY_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_POLICY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/rule_set.h"
#include "common/status/reason.h"
#include "google/protobuf/duration.pb.h"
#include "heitie/planning/v1/notice_policy.pb.h"

namespace heitie::planning {

extern const status::Reason kDelayOutOfRange;  // {least} {most}: a field
extern const status::Reason kStepsNotAscending;
extern const status::Reason kWordingTwice;   // {wording} {language}
extern const status::Reason kPersonMissing;  // of a step

using NoticePolicies = record::RuleSet<v1::NoticePolicy>;

inline constexpr char kShippedNoticePolicy[] = "noticePolicies/shipped";

// Every bad field of what a version says.
absl::Status CheckNoticePolicy(const v1::NoticePolicy& policy);

absl::Duration DelayOf(const google::protobuf::Duration& delay);

// The sentence of the policy, or the phrase as it is shipped, in a language.
std::string WordsOf(const v1::NoticePolicy& policy, const std::string& wording, const status::Phrase& phrase, const status::Args& args,
                    status::Language language);
// A text with `{name}` replaced by the arguments of these names; what has none stays.
std::string FillIn(std::string text, const status::Args& args, status::Language language);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_POLICY_H_
