// What the rules make of a closed cycle (policy H7): reads what they rest on.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_CALCULATION_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_CALCULATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/exact/fraction.h"
#include "common/record/kind.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/appraisal_objection.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/outcome.pb.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/outcome/outcome_policy.h"
#include "services/personnel/outcome/outcome_rule.h"
#include "services/personnel/recruitment/pay_band.h"

namespace heitie::personnel {

extern const status::Reason kNoOutcomeRules;  // {cycle} {policy}

// By what a cycle is judged.
struct CycleTerms {
  v1::AppraisalCycle cycle;
  v1::OutcomePolicy policy;
  v1::OutcomeRules rules;
  std::vector<GradeRange> grades;
  // By position, those that were asked for; nothing where there is none.
  std::map<std::string, std::optional<exact::Fraction>> bases;
};

// What follows from a cycle. The outcomes have no names, owners and states.
struct CycleOutcomes {
  std::vector<v1::Outcome> outcomes;
  int64_t pool_minor = 0, weight_sum = 0;
  std::set<std::string> missing_bases;  // positions
};

// What follows from one sheet. The bonus without an amount where it is a share of a pool.
struct SheetOutcomes {
  std::vector<v1::Outcome> outcomes;
  std::optional<v1::Outcome> bonus;
  int64_t weight = 0;        // in a pool
  std::string missing_base;  // the position that has none
};

// Thread-safe.
class OutcomeCalculation {
 public:
  OutcomeCalculation(record::Store& store, const AppraisalRows& rows, const AppraisalPolicies& appraisal_policies,
                     const OutcomePolicies& policies, const PayBands& pay_bands, const record::Kind<v1::Employee>& employees);

  // By the version in force when the cycle was closed. NO_OUTCOME_RULES.
  absl::StatusOr<CycleTerms> TermsOf(sql::Session& sql, const v1::AppraisalCycle& cycle) const;
  // All of it; whoever is not employed any more on `today` gets money and honour alone.
  absl::StatusOr<CycleOutcomes> OfCycle(sql::Session& sql, CycleTerms& terms, absl::CivilDay today) const;
  absl::StatusOr<SheetOutcomes> OfSheet(sql::Session& sql, CycleTerms& terms, const v1::Appraisal& sheet, std::optional<int64_t> adjusted,
                                        absl::CivilDay today) const;
  // The latest approved adjustment of each sheet of the cycle that has one, by sheet.
  absl::StatusOr<std::map<std::string, v1::AppraisalAdjustment>> AdjustmentsOf(sql::Session& sql, const std::string& cycle) const;

 private:
  absl::StatusOr<std::optional<exact::Fraction>> BaseOf(sql::Session& sql, CycleTerms& terms, const std::string& position) const;

  const AppraisalRows& rows_;
  const AppraisalPolicies& appraisal_policies_;
  const OutcomePolicies& policies_;
  const PayBands& pay_bands_;
  const record::Kind<v1::Employee>& employees_;
  // Read only; who sees what of them stands where they are written.
  const record::Kind<v1::AppraisalAdjustment> adjustments_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_CALCULATION_H_
