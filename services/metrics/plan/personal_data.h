// What looks like personal data in events (policy M1): patterns that are versions of a rule set. Matching is pure; no database.
#ifndef HEITIE_SERVICES_METRICS_PLAN_PERSONAL_DATA_H_
#define HEITIE_SERVICES_METRICS_PLAN_PERSONAL_DATA_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/metrics/v1/personal_data_policy.pb.h"
#include "re2/re2.h"
#include "re2/set.h"

namespace heitie::metrics {

extern const status::Reason kBadPattern;  // {pattern} {error}

// Whether `id` is a 國民身分證統一編號 or 統一證號 of the Republic of China: a letter, 1, 2, 8 or 9, and eight digits whose weighted sum is
// divisible by 10.
bool IsRocId(absl::string_view id);
// Whether `id` is a 公民身份號碼 of the People's Republic of China (GB 11643-1999): 17 digits with a date of birth, and the check character
// of ISO 7064 MOD 11-2.
bool IsPrcId(absl::string_view id);

// The patterns of a version, compiled once. Thread-safe.
class PersonalData {
 public:
  // BAD_PATTERN, every bad pattern under `field`.
  static absl::StatusOr<std::shared_ptr<const PersonalData>> Compile(const v1::PersonalDataPolicy& policy);

  // The title of the first pattern that finds something in `text`; nullptr for none. One pass over the text decides whether any pattern
  // may match; costs the length of the text, whatever the patterns.
  const std::string* Find(const std::string& text) const;

 private:
  struct Pattern {
    std::string title;
    std::unique_ptr<RE2> expression;
    v1::PersonalDataPattern::Checksum checksum;
  };
  std::vector<Pattern> patterns_;
  std::unique_ptr<RE2::Set> any_;
};

// Thread-safe.
class PersonalDataPolicies {
 public:
  // Version 1 comes with the schema.
  explicit PersonalDataPolicies(record::Store& store);
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishPersonalDataPolicyRequest>(methods); }
  const record::Kind<v1::PersonalDataPolicy>& kind() const { return versions_.kind(); }

 private:
  record::RuleSet<v1::PersonalDataPolicy> versions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_PERSONAL_DATA_H_
