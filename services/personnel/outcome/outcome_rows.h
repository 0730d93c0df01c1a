// The rows of outcomes: who sees what of them, what waits for whom, and how one is released (policy H7, W12).
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_ROWS_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_ROWS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/outcome.pb.h"
#include "heitie/personnel/v1/outcome_policy.pb.h"
#include "heitie/personnel/v1/outcome_release.pb.h"
#include "services/personnel/career/interview.h"
#include "services/personnel/career/leader.h"
#include "services/personnel/outcome/outcome_policy.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kOwnOutcome;   // {name}
extern const status::Reason kNotTheOwner;  // {name}

// Handled by whoever takes money steps; the payload is a release or an outcome.
inline constexpr char kOutcomeMoneyJob[] = "outcome_money";
// So long the caller's own request has before that job looks after its money. Both at once are harmless.
inline constexpr absl::Duration kOutcomeMoneyAfter = absl::Seconds(2);

const record::StateMachine& OutcomeReleaseMachine();
const record::StateMachine& OutcomeMachine();

// "outcomeReleases/x" of "appraisalCycles/x", and back.
std::string ReleaseOf(const std::string& cycle);
std::string CycleOfRelease(const std::string& release);
// The one outcome of a kind that follows from a sheet, or the difference that follows from an adjustment.
std::string OutcomeNameOf(const std::string& release, const std::string& from, v1::Outcome::Kind kind);
bool IsMoney(v1::Outcome::Kind kind);
// What the owner of an outcome is to do, a code; empty where nothing waits.
std::string ActionOf(const v1::Outcome& outcome);

// Thread-safe.
class OutcomeRows {
 public:
  OutcomeRows(const service::Context& context, const OutcomePolicies& policies, const PerformanceInterviews& interviews,
              const Leaders& leaders, const Employees& employees, const Approvals& approvals, const Steps& steps);

  // Who sees to an outcome of a release as from today; empty where nobody is known.
  absl::StatusOr<std::string> OwnerOf(sql::Session& sql, const v1::OutcomeRelease& release, const v1::Outcome& outcome,
                                      absl::CivilDay today) const;
  // Writes a new outcome; false where the person was erased, of whom nothing is recorded any more.
  absl::StatusOr<bool> Insert(record::Transaction& tx, v1::Outcome& outcome, const char* action) const;
  // What every outcome gets with its release: state, owner, due day; it is not hidden any more.
  absl::Status SetReleased(record::Transaction& tx, const v1::OutcomeRelease& release, const v1::OutcomePolicy& policy,
                           v1::Outcome& after) const;
  // Gives the person a prepared outcome of a cycle that was closed at an instant; a certificate gets its number, an interview names
  // InterviewFor.
  absl::Status Release(record::Transaction& tx, const v1::OutcomeRelease& release, const v1::OutcomePolicy& policy, absl::Time closed,
                       const v1::Outcome& before, const std::string& certificate_number) const;
  // At most one for all rules: the interview that is planned with the person, else one that was planned since an instant and has been held,
  // else a new one as given. "" where nobody could hold it or the person is not employed on that day.
  absl::StatusOr<std::string> InterviewFor(record::Transaction& tx, v1::PerformanceInterview wanted, absl::Time since) const;
  // Everybody for whom something follows.
  absl::StatusOr<std::vector<std::string>> Concerned(sql::Session& sql, const std::string& release) const;
  // OWN_OUTCOME for the person, NOT_THE_OWNER unless the caller is the owner or an operations manager.
  absl::Status CheckOwner(const rpc::Call& call, const v1::Outcome& outcome) const;
  void Finish(const record::Transaction& tx, const std::string& reason, v1::Outcome& after) const;
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }

  record::Kind<v1::OutcomeRelease> releases;
  record::Kind<v1::Outcome> outcomes;

 private:
  absl::Time EndOf(absl::CivilDay day) const { return absl::FromCivil(day + 1, zone_); }
  absl::Status FollowRelease(record::Transaction& tx, const v1::OutcomeRelease* before, const v1::OutcomeRelease* after) const;
  absl::Status FollowOutcome(record::Transaction& tx, const v1::Outcome* before, const v1::Outcome* after) const;

  const absl::TimeZone zone_;
  const OutcomePolicies& policies_;
  const PerformanceInterviews& interviews_;
  const Employees& employees_;
  const Approvals& approvals_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_OUTCOME_ROWS_H_
