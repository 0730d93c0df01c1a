// Scorecards: each interviewer files alone (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_ASSESSMENT_SCORECARD_H_
#define HEITIE_SERVICES_PERSONNEL_ASSESSMENT_SCORECARD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/scorecard.pb.h"
#include "services/personnel/assessment/handler.h"
#include "services/personnel/assessment/onlookers.h"
#include "services/personnel/assessment/scorecard_template.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kNotInInterview;       // {application}
extern const status::Reason kInterviewerAssigned;  // {interviewer} {application}
extern const status::Reason kDueInThePast;
extern const status::Reason kNotTheInterviewer;  // {name} {interviewer}
extern const status::Reason kOwnCard;            // {name}
extern const status::Reason kCardNotFiled;       // {application}
extern const status::Reason kNotAssessed;        // {application}

const record::StateMachine& ScorecardMachine();

// Thread-safe.
class Scorecards {
 public:
  Scorecards(const service::Context& context, const Employees& employees, const Steps& steps, const ScorecardTemplates& templates,
             const Handlers& handlers, const Onlookers& onlookers);
  void Bind(record::Methods& methods);

  // Nobody is to file any more.
  absl::Status ReleaseDue(record::Transaction& tx, const std::string& application) const;
  // CARD_NOT_FILED for a caller who is to file, and to whom no answer may depend on what others filed.
  absl::Status CheckFiled(const rpc::Call& call, sql::Session& session, const std::string& application) const;
  absl::StatusOr<bool> HasFiled(const rpc::Call& call, sql::Session& session, const std::string& application) const;
  // NOT_ASSESSED before the first interview.
  absl::StatusOr<v1::ComputeAssessmentResponse> AssessmentOf(sql::Session& session, const v1::Application& application,
                                                             v1::ScorecardTemplate* by) const;

 private:
  absl::StatusOr<v1::Scorecard> Assign(record::Transaction& tx, const v1::AssignInterviewerRequest& request);
  absl::StatusOr<v1::Scorecard> Release(record::Transaction& tx, const v1::ReleaseScorecardRequest& request);
  absl::StatusOr<v1::Scorecard> File(record::Transaction& tx, const v1::FileScorecardRequest& request);
  absl::StatusOr<v1::Scorecard> Amend(record::Transaction& tx, const v1::AmendScorecardRequest& request);
  // Whether the caller may file these ratings now.
  absl::Status CheckFiling(record::Transaction& tx, const v1::Application& application, const v1::Scorecard& card,
                           const google::protobuf::RepeatedPtrField<v1::Rating>& ratings) const;
  // The application that the caller decides about, in INTERVIEW, as it is until the transaction ends.
  absl::StatusOr<v1::Application> GuardInterview(record::Transaction& tx, const std::string& application) const;

  const absl::TimeZone zone_;
  const Employees& employees_;
  const Steps& steps_;
  const ScorecardTemplates& templates_;
  const Handlers& handlers_;
  const Onlookers& onlookers_;
  record::Kind<v1::Scorecard> cards_;
  record::Kind<v1::Application> applications_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ASSESSMENT_SCORECARD_H_
