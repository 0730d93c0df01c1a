// What regulations demand, and of each activity and project whether it is fulfilled (policy R1, W1, W12).
#ifndef HEITIE_SERVICES_RISK_REGULATION_OBLIGATIONS_H_
#define HEITIE_SERVICES_RISK_REGULATION_OBLIGATIONS_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/people/directory.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/regulation/regulation_rules.h"
#include "services/risk/regulation/regulations.h"
#include "services/risk/regulation/subjects.h"
#include "services/risk/signal/signals.h"

namespace heitie::risk {

// Thread-safe.
class Obligations {
 public:
  // Handles the jobs that list the cases of what regulations bind, and tell what is due by time.
  Obligations(const service::Context& context, Regulations& regulations, const Subjects& subjects, const RiskPolicies& policies,
              const Signals& signals);
  void Bind(record::Methods& methods);
  // What else is looked at of activities and projects that have changed, by name, in the transaction that lists their cases. Before the
  // jobs start.
  using Listed = std::function<absl::Status(record::Transaction& tx, const std::vector<std::string>& subjects)>;
  void SetListed(Listed listed) { listed_ = std::move(listed); }

  // What is not confirmed for the subjects, by subject and obligation. What blocks is in force at `at`, or comes into force before `until`;
  // all of it follows from the regulations and the dates, whether or not a job has listed it.
  absl::StatusOr<std::vector<v1::OpenObligation>> OpenOn(sql::Session& session, const std::vector<std::string>& subjects, absl::Time at,
                                                         absl::Time until) const;

 private:
  // What a regulation demands while it binds.
  struct Demand {
    v1::Regulation regulation;
    InForceSpan span;
    std::vector<v1::Obligation> obligations;
  };
  // A case that there should be.
  struct Wanted {
    std::string regulation;
    const v1::Obligation* obligation;
    std::string subject;
    absl::Time effective;
  };

  absl::Status Create(record::Transaction& tx, v1::Obligation& obligation);
  absl::Status Update(record::Transaction& tx, const v1::Obligation& before, v1::Obligation& after);
  absl::Status Delete(record::Transaction& tx, const v1::Obligation& obligation);
  absl::StatusOr<v1::Obligation> Retire(record::Transaction& tx, const v1::RetireObligationRequest& request);
  absl::StatusOr<v1::ObligationCase> Fulfill(record::Transaction& tx, const v1::FulfillObligationCaseRequest& request);
  absl::StatusOr<v1::ObligationCase> Confirm(record::Transaction& tx, const v1::ConfirmObligationCaseRequest& request);
  absl::StatusOr<v1::ObligationCase> Reopen(record::Transaction& tx, const v1::ReopenObligationCaseRequest& request);
  absl::StatusOr<v1::AffectedSubjects> Affected(const rpc::Call& call, const v1::ComputeAffectedSubjectsRequest& request);
  // The obligation is due before its regulation comes into force, which is there and not repealed.
  absl::Status CheckDue(record::Transaction& tx, const v1::Obligation& obligation) const;

  absl::StatusOr<std::vector<v1::Obligation>> ActiveOf(sql::Session& session, const std::string& regulation) const;
  absl::StatusOr<std::vector<Demand>> DemandsNow(sql::Session& session, absl::Time now) const;
  // Makes the cases of a subject what they should be; how many were not. nullptr: it is not there any more.
  absl::StatusOr<int> ListOne(record::Transaction& tx, const std::vector<Demand>& demands, const std::string& name,
                              const BoundSubject* subject) const;
  // Does so for the next subjects of which something has changed; whether some are left.
  absl::StatusOr<bool> ListChanged(const rpc::Call& call) const;
  job::Outcome ListPortions(const rpc::Call& call) const;
  // Has the subjects looked at that a regulation binds or has bound, and again when its time begins or ends: what begins is over later, so
  // nothing else comes about by time.
  job::Outcome ListRegulation(const rpc::Call& call, const job::Job& job) const;
  absl::CivilDay DueDayOf(const Wanted& wanted) const;
  absl::Status Insert(record::Transaction& tx, const std::string& name, const Wanted& wanted) const;
  // Makes a case what it should be; nullptr: there should be none.
  absl::Status Adjust(record::Transaction& tx, const std::string& name, const Wanted* wanted) const;
  // Tells once that the regulation lies ahead, that the case is overdue, and that it is in force and the case not confirmed.
  absl::Status TellDue(const rpc::Call& call) const;
  absl::Status TellOne(record::Transaction& tx, const std::string& name, const v1::RiskPolicy& policy) const;
  absl::Status Signal(record::Transaction& tx, const v1::ObligationCase& one, const v1::RiskPolicy& policy) const;
  // Keeps the job of the moment from which on the case stands against what is LIVE.
  absl::Status Follow(record::Transaction& tx, const v1::ObligationCase* before, const v1::ObligationCase* after) const;
  // Who sees to an obligation sees to its cases.
  absl::Status PassCases(record::Transaction& tx, const v1::Obligation& before, const v1::Obligation& after) const;

  record::Store& store_;
  const people::Directory& people_;
  Regulations& regulations_;
  const Subjects& subjects_;
  const RiskPolicies& policies_;
  const Signals& signals_;
  Listed listed_;
  record::Kind<v1::Obligation> obligations_;
  record::Kind<v1::ObligationCase> cases_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGULATION_OBLIGATIONS_H_
