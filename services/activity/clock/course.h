// The course of all clocks of one subject: what its receipt, answers, pauses and reopenings do to them. Pure, for live subjects and for
// simulations.
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_COURSE_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_COURSE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/activity/clock/clockwork.h"

namespace heitie::activity {

// What clocks run for.
struct ClockSubject {
  // The resource, for example "inquiries/01k…".
  std::string name;
  v1::ServiceKind kind = v1::SERVICE_KIND_UNSPECIFIED;
  // The path of its category from the root, joined by "/"; empty for none.
  std::string category;
  v1::ServicePriority priority = v1::SERVICE_PRIORITY_UNSPECIFIED;
  // Who answers for it; may be empty.
  std::string owner;
  // Empty when it is about none.
  std::string activity;
};

// How the clocks of a subject stand.
struct ClockStanding {
  // The version of the terms; empty of a subject without clocks.
  std::string policy;
  // Of the clocks that run; nothing when none does, or it pauses.
  std::optional<absl::Time> first_response_due, resolution_due;
  // Whether one of them is or was breached.
  bool breached = false;

  // The earlier of the two.
  std::optional<absl::Time> next_due() const;
};

ClockStanding StandingOf(const std::vector<v1::ServiceClock>& clocks);

// Refers to what it is made of.
class Course {
 public:
  // All clocks that the subject has had; `policy` is the version that they name. New ones are appended, without a name.
  Course(const Clockwork& work, const v1::ServicePolicy& policy, std::vector<v1::ServiceClock>& clocks)
      : work_(work), policy_(policy), clocks_(clocks) {}

  // False when no terms fit.
  absl::StatusOr<bool> Receive(const ClockSubject& subject, absl::Time from, absl::Time now);
  absl::Status Answer(absl::Time at);
  absl::Status Pause(absl::Time at);
  absl::Status Continue(absl::Time at);
  absl::Status Resolve(absl::Time at);
  // Whether the resolution was not too long ago.
  absl::StatusOr<bool> MayReopen(absl::Time at) const;
  // Of a subject that is `owner`'s now; MayReopen was asked.
  absl::Status Reopen(const std::string& owner, absl::Time at);
  // False when no terms fit: those before go on.
  absl::StatusOr<bool> Retarget(v1::ServicePriority priority, const std::string& category, const std::string& reason, absl::Time at);
  absl::Status Cancel(absl::Time at);

 private:
  // The last clock of the resolution; nullptr when there is none.
  v1::ServiceClock* Resolution() const;

  const Clockwork& work_;
  const v1::ServicePolicy& policy_;
  std::vector<v1::ServiceClock>& clocks_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_COURSE_H_
