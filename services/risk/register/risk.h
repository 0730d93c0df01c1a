// The risk register: each risk from identification to closing (policy R1–R3).
#ifndef HEITIE_SERVICES_RISK_REGISTER_RISK_H_
#define HEITIE_SERVICES_RISK_REGISTER_RISK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_type.pb.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/quantity/risk_matrix.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/risk_types.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {

extern const status::Reason kRiskClosed;  // {name}
extern const status::Reason kSameRisk;    // {name}
// Of a field that names readers of a risk that everybody sees.
extern const status::Reason kNotRestricted;
// Of a field of a risk that everybody sees: {name}, which few see.
extern const status::Reason kNamesRestricted;

// What closing a risk says and takes away; the state is the caller's business. Pure.
void SetClosed(const std::string& reason, absl::Time at, v1::Risk& risk);

// Says in one text what the risk touches, by which lists find it. Pure.
void KeepTouches(v1::Risk& risk);

// A kind of risk is of the category. OTHER_CATEGORY. Pure.
void CheckCategory(const std::string& field, const v1::RiskType& type, v1::Risk::Category category, status::BadFields& bad);

const record::StateMachine& RiskMachine();

// Thread-safe.
class Risks {
 public:
  Risks(record::Store& store, const RiskMatrices& matrices, const RiskPolicies& policies, const AssessmentDuties& duties,
        const EvidenceBook& book, const Restriction& restriction);
  void Bind(record::Methods& methods);
  // Handles the job that reopens a risk when its acceptance or instrument expires (R3, W6).
  void Handle(job::Runner& jobs);
  const record::Kind<v1::Risk>& kind() const { return risks_; }
  const record::Kind<v1::Assessment>& assessments() const { return assessments_; }
  const record::Kind<v1::RiskType>& types() const { return types_.kind(); }

 private:
  absl::Status Create(record::Transaction& tx, v1::Risk& risk);
  // Whether `part` belongs to `name`, through all parents.
  absl::StatusOr<bool> IsAbove(record::Transaction& tx, const std::string& name, const std::string& part) const;
  // What a risk names is there, and its kind is of its category.
  absl::Status CheckNamed(record::Transaction& tx, const v1::Risk& before, const v1::Risk& after) const;
  // Keeps jobs, links and duties in step with the risk.
  absl::Status Follow(record::Transaction& tx, const v1::Risk* before, const v1::Risk* after) const;
  absl::Status Update(record::Transaction& tx, const v1::Risk& before, v1::Risk& after);
  absl::StatusOr<v1::Risk> Assess(record::Transaction& tx, const v1::AssessRiskRequest& request);
  absl::StatusOr<v1::Risk> Close(record::Transaction& tx, const v1::CloseRiskRequest& request);
  absl::StatusOr<v1::Risk> Reopen(record::Transaction& tx, const v1::ReopenRiskRequest& request);
  job::Outcome Expire(const rpc::Call& call, const job::Job& job);

  record::Store& store_;
  const RiskMatrices& matrices_;
  const RiskPolicies& policies_;
  const AssessmentDuties& duties_;
  const EvidenceBook& book_;
  const Restriction& restriction_;
  record::Kind<v1::Risk> risks_;
  record::Kind<v1::Assessment> assessments_;
  RiskTypes types_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_RISK_H_
