// What is forecast to be too late: told once for each time that it comes to be so (P2, R1).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_SLIPPAGE_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_SLIPPAGE_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/planning_policy.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/project_forecast.pb.h"
#include "heitie/planning/v1/schedule_variance.pb.h"
#include "services/planning/plan/tables.h"
#include "services/planning/policy/plan_duty.h"

namespace heitie::planning {

const record::StateMachine& ScheduleVarianceMachine();

// How long after a report, or the beginning of a day, what it makes late is told at the latest, and a little.
inline constexpr absl::Duration kSlippageInterval = absl::Seconds(30);

// What a forecast says to be late by more than so many working days, by the name of the variance.
std::map<std::string, v1::ScheduleVariance> VariancesOf(const std::string& project, const v1::ProjectForecast& forecast, int32_t threshold);

// A project that will not be finished on its last day; nothing where it will.
std::optional<v1::ScheduleVariance> DeadlineVariance(const v1::Project& project, const v1::ProjectForecast& forecast,
                                                     const time::BusinessCalendar& calendar);

// Thread-safe. Whoever opens or closes variances of a project holds its row.
class SlippageWatch {
 public:
  SlippageWatch(const service::Context& context, Tables& tables, PlanDuties& plan_duties);
  SlippageWatch(const SlippageWatch&) = delete;
  void Bind(record::Methods& methods) { methods.Reads(tables_.schedule_variances); }

  // Closes the variances of a project that is not carried out any more, and hands what is asked to a new owner.
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;

 private:
  using Variances = std::map<std::string, v1::ScheduleVariance>;  // by name

  job::Outcome JudgeAll(const rpc::Call& call);
  absl::Status Judge(const rpc::Call& call, const std::string& project);
  // What is late now, with all that stays as long as a variance is open.
  absl::StatusOr<Variances> Late(record::Transaction& tx, const v1::Project& project, const v1::ProjectForecast& forecast,
                                 const v1::PlanningPolicy& policy, const time::BusinessCalendar& calendar) const;
  // Opens and closes variances, so that exactly those of `late` are open; the names of what was not open before.
  absl::StatusOr<std::set<std::string>> Keep(record::Transaction& tx, const std::string& project, const Variances& late) const;
  absl::Status AskOwner(record::Transaction& tx, const v1::Project& project, const v1::PlanningPolicy& policy,
                        const time::BusinessCalendar& calendar) const;

  Tables& tables_;
  PlanDuties& plan_duties_;
  std::mutex mutex_;
  // Up to which event and on which day everything was judged last; what a process has not judged yet it judges as a whole.
  int64_t position_ = 0;  // guarded by mutex_
  absl::CivilDay day_;    // guarded by mutex_
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_SLIPPAGE_H_
