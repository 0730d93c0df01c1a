// What follows for risks when an activity or project is drafted or changed: what is typical is proposed (policy R1), and a change of scope
// or dates asks for a review (W3).
#ifndef HEITIE_SERVICES_RISK_REGISTER_SUBJECT_WATCH_H_
#define HEITIE_SERVICES_RISK_REGISTER_SUBJECT_WATCH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/event/reactions.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/signal/typical_risks.h"

namespace heitie::risk {

// Whether the scope or the dates differ, on which an assessment may rest: not titles, owners or states. Pure.
bool ChangesScope(const activity::v1::Activity& before, const activity::v1::Activity& after);
bool ChangesScope(const planning::v1::Project& before, const planning::v1::Project& after);

// Thread-safe.
class SubjectWatch {
 public:
  // Registers what is done about changes of activities and projects.
  SubjectWatch(const service::Context& context, const record::Kind<v1::Risk>& risks, const record::Kind<v1::Assessment>& assessments,
               const AssessmentDuties& duties, const TypicalRisks& typical);

 private:
  absl::Status OnActivity(const rpc::Call& call, const event::Change<activity::v1::Activity>& change);
  absl::Status OnProject(const rpc::Call& call, const event::Change<planning::v1::Project>& change);
  // Asks for an assessment of each open risk on the subject that was assessed last before the change.
  absl::Status AskForReviews(const rpc::Call& call, const std::string& subject, absl::Time changed) const;

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::Assessment>& assessments_;
  const AssessmentDuties& duties_;
  const TypicalRisks& typical_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_SUBJECT_WATCH_H_
