// Waiting lists of sessions: who gets a seat that is freed (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_WAITING_LIST_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_WAITING_LIST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/waiting_entry.pb.h"

namespace heitie::personnel {

extern const status::Reason kSeatsLeft;    // {name} {count}
extern const status::Reason kSessionOver;  // {name} {date}

const record::StateMachine& WaitingEntryMachine();

// The lists themselves; that a seat is given with the place belongs to Enrollments. Thread-safe.
class WaitingLists {
 public:
  // Nobody waits for a session whose day has come: a job ends it.
  explicit WaitingLists(const service::Context& context);
  void Bind(record::Methods& methods);
  const record::Kind<v1::WaitingEntry>& kind() const { return entries_; }
  // Who waits for the session, who has waited longest first.
  absl::StatusOr<std::vector<v1::WaitingEntry>> WaitingFor(sql::Session& sql, const std::string& session) const;
  // Puts somebody at the end. ALREADY_EXISTS when already waiting.
  absl::StatusOr<v1::WaitingEntry> Add(record::Transaction& tx, const std::string& session, const std::string& employee) const;
  // Notes that somebody has got a seat; nothing when not waiting.
  absl::Status Seat(record::Transaction& tx, const std::string& session, const std::string& employee) const;

 private:
  absl::StatusOr<v1::WaitingEntry> Leave(record::Transaction& tx, const v1::LeaveWaitingListRequest& request);
  job::Outcome EndOfSessions(const rpc::Call& call);

  record::Store& store_;
  const absl::TimeZone zone_;
  record::Kind<v1::WaitingEntry> entries_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_WAITING_LIST_H_
