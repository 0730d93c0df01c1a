#include "services/personnel/privacy/retention_policy.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"

namespace heitie::personnel {

const status::Reason kDuplicatePurpose{absl::StatusCode::kInvalidArgument, "DUPLICATE_PURPOSE", "There are two terms for {purpose}.",
                                       "{purpose} 的保存期限重複。"};

absl::Status CheckTerms(const v1::RetentionPolicy& policy) {
  status::BadFields bad;
  std::set<std::string> purposes;
  for (int i = 0; i < policy.terms_size(); ++i) {
    const std::string& purpose = policy.terms(i).purpose();
    if (!purposes.insert(purpose).second)
      bad.Add(absl::StrCat("retention_policy.terms[", i, "].purpose"), kDuplicatePurpose, {{"purpose", purpose}});
  }
  return bad.status();
}

std::optional<absl::CivilDay> EraseDay(const v1::PersonalFile& file, const v1::RetentionPolicy& policy) {
  if (file.purposes().empty()) return std::nullopt;
  absl::CivilDay last = absl::CivilDay::min();
  for (const v1::HeldPurpose& held : file.purposes()) {
    const auto term = std::find_if(policy.terms().begin(), policy.terms().end(),
                                   [&](const v1::RetentionTerm& each) { return each.purpose() == held.purpose(); });
    if (!held.has_end_date() || term == policy.terms().end()) return std::nullopt;
    last = std::max(last, time::ToDay(held.end_date()) + term->days());
  }
  if (file.has_legal_hold()) last = std::max(last, time::ToDay(file.legal_hold().end_date()));
  return last + 1;
}

// Version 1 comes with the schema.
RetentionPolicies::RetentionPolicies(record::Store& store) : versions_(store, "retentionPolicies/default", CheckTerms) {}

void RetentionPolicies::Bind(record::Methods& methods) { versions_.Bind<v1::PublishRetentionPolicyRequest>(methods); }

}  // namespace heitie::personnel
