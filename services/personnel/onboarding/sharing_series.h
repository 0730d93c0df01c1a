// Series of sharing sessions 交流活動 (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_ONBOARDING_SHARING_SERIES_H_
#define HEITIE_SERVICES_PERSONNEL_ONBOARDING_SHARING_SERIES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/sharing_series.pb.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/training/development_policy.h"

namespace heitie::personnel {

extern const status::Reason kUnknownHost;      // {employee}
extern const status::Reason kUnknownAttendee;  // {employee}
extern const status::Reason kSessionAhead;     // {name} {date}

const record::StateMachine& SharingSeriesMachine();
const record::StateMachine& SharingSessionMachine();

// Thread-safe.
class SharingSeriesBook {
 public:
  SharingSeriesBook(const service::Context& context, const record::Kind<v1::Employee>& employees, const DevelopmentPolicies& policies,
                    const Steps& steps);
  void Bind(record::Methods& methods);

 private:
  using SharingSeries = v1::SharingSeries;
  using SharingSession = v1::SharingSession;

  absl::Status Create(record::Transaction& tx, SharingSeries& series);
  absl::Status Update(record::Transaction& tx, const SharingSeries& before, SharingSeries& after);
  absl::StatusOr<SharingSeries> End(record::Transaction& tx, const v1::EndSharingSeriesRequest& request);
  absl::StatusOr<SharingSession> Hold(record::Transaction& tx, const v1::HoldSharingSessionRequest& request);
  absl::StatusOr<SharingSession> Cancel(record::Transaction& tx, const v1::CancelSharingSessionRequest& request);

  // UNKNOWN_HOST.
  absl::Status CheckPeople(record::Transaction& tx, const SharingSeries& series) const;
  absl::Status CheckExists(record::Transaction& tx, const std::string& field, const status::Reason& reason, const std::string& employee,
                           status::BadFields& bad) const;
  // Plans the next session where none is ahead: into `series`, which is locked or new.
  absl::Status PlanNext(record::Transaction& tx, SharingSeries& series) const;
  absl::Status KeepStep(record::Transaction& tx, const SharingSession* before, const SharingSession* after) const;
  // Plans what is due, and reports what fell asleep.
  job::Outcome Tend(const rpc::Call& call);
  absl::Status TendTo(record::Transaction& tx, const std::string& name) const;

  record::Store& store_;
  record::Kind<SharingSeries> series_;
  record::Kind<SharingSession> sessions_;
  const record::Kind<v1::Employee>& employees_;
  const DevelopmentPolicies& policies_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ONBOARDING_SHARING_SERIES_H_
