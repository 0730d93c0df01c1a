// What was decided 決議, in meetings and outside: with an owner and a day, until it is carried out (policy C1, W12).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_DECISION_H_
#define HEITIE_SERVICES_PLANNING_MEETING_DECISION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kDecidersMissing;
extern const status::Reason kNotYourDecision;  // {name}
extern const status::Reason kDecisionClosed;   // {name}

// Thread-safe.
class Decisions {
 public:
  Decisions(MeetingTables& tables, const Notices& notices, const Recipients& recipients);
  Decisions(const Decisions&) = delete;
  void Bind(record::Methods& methods);

  // Records one of a meeting, in the transaction of what it arises from; `path` is that of its draft in the request.
  absl::StatusOr<v1::Decision> Record(record::Transaction& tx, const v1::DecisionDraft& draft, const v1::Meeting& meeting,
                                      const std::string& path) const;
  // A series is over: its open decisions go to the standing meeting. NO_STANDING_MEETING.
  absl::Status Leave(record::Transaction& tx, const v1::MeetingSeries& series) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Decision& decision);
  absl::StatusOr<v1::Decision> CarryOut(record::Transaction& tx, const v1::CarryOutDecisionRequest& request);
  absl::StatusOr<v1::Decision> Supersede(record::Transaction& tx, const v1::SupersedeDecisionRequest& request);
  absl::StatusOr<v1::Decision> Revoke(record::Transaction& tx, const v1::RevokeDecisionRequest& request);
  absl::Status Prepare(record::Transaction& tx, v1::Decision& decision, const std::string& path) const;
  absl::Status Follow(record::Transaction& tx, const v1::Decision* before, const v1::Decision* after) const;

  MeetingTables& tables_;
  const Notices& notices_;
  const Recipients& recipients_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_DECISION_H_
