// What comes after closing: objections, adjustments, and notices of sources that say something else by now (policy H5, W10). None of it
// changes a row of the cycle.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_CORRECTION_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_CORRECTION_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/appraisal_objection.pb.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/appraisal/figure.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kObjectionTooLate;   // {name} {due}
extern const status::Reason kOwnSheet;           // {name}
extern const status::Reason kNothingAdjusted;    // {name} {points}
extern const status::Reason kAdjustmentPending;  // {name} {other}

const record::StateMachine& AppraisalObjectionMachine();
const record::StateMachine& AppraisalAdjustmentMachine();

// What a sheet's notice says when its measured figures are read again: the parts of `facts` that belong to the sheet, with what they say
// now. Nothing where all of it is as the sheet, or the notice before (`latest`), has it.
std::optional<v1::AppraisalNotice> NoticeOf(const CycleFacts& facts, const v1::Appraisal& sheet, const std::vector<v1::AppraisalPart>& now,
                                            const v1::AppraisalNotice* latest);

// Thread-safe.
class AppraisalCorrections {
 public:
  AppraisalCorrections(const service::Context& context, AppraisalRows& rows, const Employees& employees, const Steps& steps,
                       const Approvals& approvals, const FigureSources& sources);
  void Bind(record::Methods& methods);
  // What else is done when an adjustment of a sheet of the cycle is approved, in that transaction. Declared before the first one.
  using Approved = std::function<absl::Status(record::Transaction&, const std::string& cycle)>;
  void OnApproved(Approved approved) { on_approved_.push_back(std::move(approved)); }

 private:
  absl::Status Object(record::Transaction& tx, const v1::CreateAppraisalObjectionRequest& request, v1::AppraisalObjection& objection);
  absl::StatusOr<v1::AppraisalObjection> Answer(record::Transaction& tx, const v1::AnswerAppraisalObjectionRequest& request);
  absl::Status Propose(record::Transaction& tx, const v1::CreateAppraisalAdjustmentRequest& request, v1::AppraisalAdjustment& adjustment);
  absl::StatusOr<v1::AppraisalAdjustment> Decide(record::Transaction& tx, const v1::DecideAppraisalAdjustmentRequest& request);

  // The person and the raters of a sheet.
  absl::StatusOr<std::vector<std::string>> ConcernedBy(sql::Session& sql, const v1::Appraisal& sheet) const;
  // The closed year that a month's sheet has gone into; empty where there is none.
  absl::StatusOr<std::string> YearAfter(sql::Session& sql, const std::string& sheet) const;
  // Each night, one closed cycle after the other: whether it still is what it was, and what its sources say by now.
  job::Outcome Review(const rpc::Call& call, const job::Job& job) const;
  absl::Status VerifyClosed(const rpc::Call& call, const CycleFacts& facts) const;
  // Lets somebody look into a cycle that is not what it was.
  absl::Status Inspect(const rpc::Call& call, const v1::AppraisalCycle& cycle) const;
  absl::Status NoticeRestated(const rpc::Call& call, const CycleFacts& facts) const;

  record::Store& store_;
  AppraisalRows& rows_;
  record::Kind<v1::AppraisalObjection> objections_;
  record::Kind<v1::AppraisalAdjustment> adjustments_;
  record::Kind<v1::AppraisalNotice> notices_;
  const Employees& employees_;
  const Steps& steps_;
  const Approvals& approvals_;
  const FigureSources& sources_;
  std::vector<Approved> on_approved_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_CORRECTION_H_
