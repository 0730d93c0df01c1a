// Who does what of a project 職責和分工, who is asked before it is done and who is told (policy C4).
#ifndef HEITIE_SERVICES_PLANNING_COLLABORATION_RACI_H_
#define HEITIE_SERVICES_PLANNING_COLLABORATION_RACI_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/consultation.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "services/planning/collaboration/collaboration_policy.h"
#include "services/planning/cooperation/liaison.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kRaciOfOne;
extern const status::Reason kRaciTaken;  // {other}
extern const status::Reason kResponsibleMissing;
extern const status::Reason kUnknownTask;          // {task}
extern const status::Reason kRaciInForce;          // {name}
extern const status::Reason kNotConsulted;         // {name}
extern const status::Reason kConsultationsOpen;    // {name} {count}
extern const status::Reason kConsultationAwaited;  // {person}

const record::StateMachine& RaciEntryMachine();
const record::StateMachine& ConsultationMachine();
// UNKNOWN_TASK of each that is none of the project's; the project is guarded.
absl::Status CheckTasksOf(sql::Session& session, const Tables& tables, const std::string& project,
                          const google::protobuf::RepeatedPtrField<std::string>& tasks, const std::string& path, status::BadFields& bad);

// Thread-safe. Whatever changes an entry holds its project: so each of them has one who is accountable and one who is responsible at every
// moment, and a task has one entry.
class Raci {
 public:
  Raci(const service::Context& context, Tables& tables, CollaborationPolicies& policies, const Liaisons& liaisons, const Notices& notices,
       const Recipients& recipients);
  Raci(const Raci&) = delete;
  void Bind(record::Methods& methods);

  // A task has changed: nothing is done that somebody is still to be asked about (CONSULTATIONS_OPEN), and who is informed is told.
  absl::Status FollowTask(record::Transaction& tx, const v1::Task* before, const v1::Task* after) const;
  // A project that is over ends its entries; it is not completed while somebody is to be asked about a deliverable (CONSULTATIONS_OPEN).
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::RaciEntry& entry);
  absl::Status Update(record::Transaction& tx, const v1::RaciEntry& before, v1::RaciEntry& after);
  absl::Status Delete(record::Transaction& tx, const v1::RaciEntry& entry);
  absl::StatusOr<v1::Consultation> Answer(record::Transaction& tx, const v1::AnswerConsultationRequest& request);

  absl::Status Follow(record::Transaction& tx, const v1::RaciEntry* before, const v1::RaciEntry* after) const;
  absl::Status FollowConsultation(record::Transaction& tx, const v1::Consultation* before, const v1::Consultation* after) const;
  // Asks whom the entry consults and has not asked yet, and whom it does not consult any more no more.
  absl::Status Consult(record::Transaction& tx, const v1::RaciEntry& entry) const;
  absl::Status Ask(record::Transaction& tx, const v1::RaciEntry& entry, const std::string& person, const std::string& department) const;
  absl::Status Drop(record::Transaction& tx, const std::string& consultation) const;
  // All that are open of an entry or a task, by the field that names it.
  absl::Status DropAll(record::Transaction& tx, const char* of, const std::string& name) const;
  // Whether the caller is who speaks for a department now, or the deputy.
  absl::StatusOr<bool> SpeaksFor(record::Transaction& tx, const std::string& department) const;
  absl::Status CheckConsulted(sql::Session& session, const std::string& where, const std::string& what, const std::string& name) const;
  absl::Status Inform(record::Transaction& tx, const v1::RaciEntry& entry, const std::string& cause, const std::string& subject,
                      const std::string& title) const;
  absl::StatusOr<std::string> TitleOf(sql::Session& session, const v1::RaciEntry& entry) const;
  job::Outcome LapseAll(const rpc::Call& call);

  Tables& tables_;
  CollaborationPolicies& policies_;
  const Liaisons& liaisons_;
  const Notices& notices_;
  const Recipients& recipients_;
  record::Kind<v1::Consultation> consultations_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COLLABORATION_RACI_H_
