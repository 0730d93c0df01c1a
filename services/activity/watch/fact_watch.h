// Watches what LIVE activities were launched on (policy W1), as reactions.h does of the risks: a plan that is no longer approved, an
// allotment, reservation or encumbrance that is gone, people who are lost. By the events of planning, resource and personnel the gate is
// judged again. What no longer holds is an incident and pauses the activity; a person who is lost is an incident at once and pauses when
// the first hour begins that nobody covers. What is waived or not known pauses nothing. A READY activity whose plan is void goes back to
// PREPARING (W3).
#ifndef HEITIE_SERVICES_ACTIVITY_WATCH_FACT_WATCH_H_
#define HEITIE_SERVICES_ACTIVITY_WATCH_FACT_WATCH_H_

#include <string>
#include <vector>

#include "common/event/reactions.h"
#include "common/job/runner.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/launch/readiness.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/watch/lapse.h"

namespace heitie::activity {

// Thread-safe.
class FactWatch {
 public:
  // Registers what is done about changes elsewhere, and the job that judges.
  FactWatch(const service::Context& context, Activities& activities, const Readiness& readiness, Incidents& incidents);

 private:
  absl::Status OnProject(const rpc::Call& call, const event::Change<planning::v1::Project>& change);
  absl::Status OnScheme(const rpc::Call& call, const event::Change<planning::v1::Scheme>& change);
  absl::Status OnAllotment(const rpc::Call& call, const event::Change<resource::v1::Allotment>& change);
  absl::Status OnReservation(const rpc::Call& call, const event::Change<resource::v1::Reservation>& change);
  absl::Status OnEncumbrance(const rpc::Call& call, const event::Change<resource::v1::Encumbrance>& change);
  absl::Status OnEmployee(const rpc::Call& call, const event::Change<personnel::v1::Employee>& change);
  absl::Status OnCertificate(const rpc::Call& call, const event::Change<personnel::v1::Certificate>& change);
  absl::Status OnPerson(const rpc::Call& call, const std::string& employee);

  // Plans a judgement of the activities that `where` selects, as far as they are launched, or about to be.
  absl::Status Plan(const rpc::Call& call, const std::string& where, const sql::Values& values);
  job::Outcome Judge(const rpc::Call& call, const std::string& activity);
  absl::Status Settle(record::Transaction& tx, const v1::Activity& activity, const std::vector<Standing>& standings, absl::Time& again);
  absl::Status Lapse(record::Transaction& tx, const v1::Activity& activity, const Standing& standing, absl::Time& again);
  absl::Status Revise(record::Transaction& tx, const v1::Activity& before, const std::vector<Standing>& standings);

  record::Store& store_;
  Activities& activities_;
  const Readiness& readiness_;
  Incidents& incidents_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_WATCH_FACT_WATCH_H_
