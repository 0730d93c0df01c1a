// What a service clock does (policy A3), as pure arithmetic on its record: segments, what is consumed, when it is due, whether it is
// breached, and which steps of its ladder are reached. Live clocks and simulations run by the same code.
//
// A clock that runs consumes the working time of its calendar; due = D(t, target − consumed), anew at every change. It is met if it stops
// when it is due or before, else breached, also in closed time after due. The time of the breach is when it was due, however late that was
// noticed.
//
// An instant before the last change of a clock counts as that of the change, with one exception: a breach that was noted for a moment
// not before `at` had not happened by then, and is taken back. It was noted by a job that was quicker to the row than the request whose
// instant came first.
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCKWORK_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCKWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "common/time/calendar_rules.h"
#include "google/protobuf/duration.pb.h"
#include "heitie/activity/v1/service_clock.pb.h"
#include "heitie/activity/v1/service_policy.pb.h"

namespace heitie::activity {

const record::StateMachine& ServiceClockMachine();

// What is wrong with the terms, each by its path below `path` ("service_policy.terms"): TERMS_TWICE, BAD_WORKING_TIME,
// RESPONSE_AFTER_RESOLUTION, BAD_LADDER_POINT, LADDER_NOT_ASCENDING, NO_RECIPIENT. `left` tells who has left (OWNER_LEFT); may be empty.
void CheckTerms(const google::protobuf::RepeatedPtrField<v1::ServiceTerms>& terms, const std::string& path,
                const std::function<bool(const std::string& employee)>& left, status::BadFields& bad);

// The same of a ladder by itself, of which BAD_LADDER_POINT, LADDER_NOT_ASCENDING, BAD_WORKING_TIME, NO_RECIPIENT and OWNER_LEFT.
void CheckLadder(const google::protobuf::RepeatedPtrField<v1::LadderStep>& ladder, const std::string& path,
                 const std::function<bool(const std::string& employee)>& left, status::BadFields& bad);

// The terms that fit, by their index: of those with the longest category the ones that name the priority. Nothing when none fit.
std::optional<int> FindTerms(const v1::ServicePolicy& policy, v1::ServiceKind kind, const std::string& category,
                             v1::ServicePriority priority);
// Whether `category` is `root` or below it. Everything is below "".
bool IsBelow(const std::string& category, const std::string& root);

absl::Duration ToLength(const google::protobuf::Duration& duration);
google::protobuf::Duration ToDuration(absl::Duration length);

// The order of the points of ladders: shares of the target by their size, then what comes after it.
bool ComesBefore(const v1::LadderPoint& a, const v1::LadderPoint& b);
// ⌈target · bp ÷ 10,000⌉ seconds.
absl::Duration ShareOf(absl::Duration target, int32_t bp);

// A step of a ladder that is to be told.
struct TakenStep {
  v1::LadderPoint point;
  // When it was reached.
  absl::Time reach_time;
  // Who is told, of all steps up to this one.
  bool owner = false, activity_owner = false, managers = false;
  std::vector<std::string> employees;
};

// Immutable; as thread-safe as where the calendars come from.
class Clockwork {
 public:
  // A calendar with all of its published versions. CALENDAR_UNKNOWN.
  using CalendarOf = std::function<absl::StatusOr<std::shared_ptr<const time::NamedCalendar>>(const std::string& calendar)>;

  explicit Clockwork(CalendarOf calendar_of) : calendar_of_(std::move(calendar_of)) {}

  // A clock for `target` that runs from `from` by the terms with this index. Its subject's fields are the caller's. `policy` is here and
  // below the version that the clock names.
  absl::StatusOr<v1::ServiceClock> Begin(const v1::ServicePolicy& policy, int terms, v1::ServiceClock::Target target, absl::Time from,
                                         absl::Time now) const;
  // Of a clock that runs: takes account of the calendar as it is, and breaches the clock if it was due before `at`.
  absl::Status Advance(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time at) const;

  // Each does nothing in a state in which it means nothing, but for what Advance does.
  absl::Status Pause(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time at) const;
  absl::Status Continue(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time at) const;
  absl::Status Stop(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time at) const;
  absl::Status Cancel(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time at) const;
  // Lets a stopped clock go on; the time for which it stood does not count.
  absl::Status GoOn(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time at) const;
  // Other terms of the same version hold from `at`. What is consumed stays; if that is more than the new target, it is breached at `at`.
  absl::Status Retarget(const v1::ServicePolicy& policy, v1::ServiceClock& clock, int terms, const std::string& reason,
                        absl::Time at) const;

  // Whether a stopped clock may be reopened at `at`.
  absl::StatusOr<bool> MayReopen(const v1::ServicePolicy& policy, const v1::ServiceClock& clock, absl::Time at) const;

  // What is to be told at `now` of the steps that the clock has reached and not taken: the highest one. Marks it as taken; what comes next
  // comes after `now`. Advance comes before.
  absl::StatusOr<std::optional<TakenStep>> TakeStep(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time now) const;

  // Working time consumed until `at`, which is not before the begin of the segment that lasts.
  absl::StatusOr<absl::Duration> ConsumedAt(const v1::ServiceClock& clock, absl::Time at) const;

 private:
  using Calendar = std::shared_ptr<const time::NamedCalendar>;

  // Where every operation begins: the instant that counts for `at`.
  absl::StatusOr<absl::Time> Enter(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time at) const;
  // When it is due, and what comes next by itself; until `told` everything has been told that could be.
  absl::Status Plan(const v1::ServicePolicy& policy, v1::ServiceClock& clock, absl::Time told = absl::InfinitePast()) const;

  const CalendarOf calendar_of_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_CLOCKWORK_H_
