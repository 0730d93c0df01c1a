// Who speaks for a department 聯絡人: one person at a time about a topic, with a deputy and a term (policy C3).
#ifndef HEITIE_SERVICES_PLANNING_COOPERATION_LIAISON_H_
#define HEITIE_SERVICES_PLANNING_COOPERATION_LIAISON_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/liaison.pb.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kLiaisonTaken;  // {department}
extern const status::Reason kLiaisonEnded;  // {name}
extern const status::Reason kNoLiaison;     // {department}

const record::StateMachine& LiaisonMachine();

// Thread-safe.
class Liaisons {
 public:
  Liaisons(const service::Context& context, Tables& tables, const Notices& notices, const Recipients& recipients);
  Liaisons(const Liaisons&) = delete;
  void Bind(record::Methods& methods);

  // Who speaks for a department about a topic, else about everything. NO_LIAISON.
  absl::StatusOr<v1::Liaison> SpeakerOf(sql::Session& session, const std::string& department, const std::string& topic) const;
  const record::Kind<v1::Liaison>& kind() const { return liaisons_; }

  // Somebody else speaks for a department from now on, in the transaction of the change: about what `ended` spoke of, or about all that is
  // hers where it is empty. Set before the first one.
  using Adopt = std::function<absl::Status(record::Transaction&, const v1::Liaison& liaison, const std::string& ended)>;
  void SetAdopt(Adopt adopt) { adopt_ = std::move(adopt); }

 private:
  absl::Status Create(record::Transaction& tx, v1::Liaison& liaison);
  absl::Status Update(record::Transaction& tx, const v1::Liaison& before, v1::Liaison& after);
  absl::StatusOr<v1::Liaison> End(record::Transaction& tx, const v1::EndLiaisonRequest& request);
  void CheckTerm(const v1::Liaison& liaison, absl::Time now, status::BadFields& bad) const;
  absl::Status Follow(record::Transaction& tx, const v1::Liaison* before, const v1::Liaison* after) const;
  // One has ended: who speaks about everything takes it on, else there is a gap.
  absl::Status Leave(record::Transaction& tx, const v1::Liaison& ended) const;
  // Nobody speaks for the department any more: an event and a notice for the managers.
  absl::Status TellGap(record::Transaction& tx, const v1::Liaison& liaison) const;
  job::Outcome EndTerms(const rpc::Call& call);

  Tables& tables_;
  const Notices& notices_;
  const Recipients& recipients_;
  record::Kind<v1::Liaison> liaisons_;
  Adopt adopt_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COOPERATION_LIAISON_H_
