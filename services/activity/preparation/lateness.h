// What is late in preparation climbs a ladder (policy A1, W12): its owner, the activity's owner, managers are told, in working time.
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_LATENESS_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_LATENESS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "common/time/business_calendar.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/activity/v1/service_policy.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "services/activity/clock/business_calendars.h"
#include "services/activity/clock/clockwork.h"
#include "services/activity/clock/escalations.h"
#include "services/activity/preparation/preparation_item.h"
#include "services/activity/preparation/preparation_policy.h"
#include "services/activity/preparation/support_commitment.h"

namespace heitie::activity {

// What is to be told now, and when to look again; InfiniteFuture when no step is left.
struct LateTurn {
  std::optional<TakenStep> step;
  absl::Time next = absl::InfiniteFuture();
};

// Of something that was due at `due` and has not been done at `now`. `told` is the highest step that was taken, nullptr for none. Of
// several steps that were reached only the highest is told, to all recipients of those that were reached with it; in closed hours only of
// steps that say so. Pure.
absl::StatusOr<LateTurn> TakeLateStep(const google::protobuf::RepeatedPtrField<v1::LadderStep>& ladder, const v1::LadderPoint* told,
                                      const time::BusinessCalendar& calendar, absl::Time due, absl::Time now);

// Thread-safe.
class Lateness {
 public:
  // Handles the jobs by which items and commitments are looked at from when they are due.
  Lateness(const service::Context& context, Activities& activities, const PreparationItems& items, const SupportCommitments& commitments,
           const PreparationPolicies& policies, const BusinessCalendars& calendars, const Escalations& escalations);

 private:
  template <typename T>
  job::Outcome Look(const rpc::Call& call, const record::Kind<T>& kind, const std::string& name);

  record::Store& store_;
  Activities& activities_;
  const PreparationPolicies& policies_;
  const BusinessCalendars& calendars_;
  const Escalations& escalations_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_LATENESS_H_
