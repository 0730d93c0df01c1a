#include "services/activity/clock/course.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::activity {

using v1::ServiceClock;

std::optional<absl::Time> ClockStanding::next_due() const {
  if (first_response_due && resolution_due) return std::min(*first_response_due, *resolution_due);
  return first_response_due ? first_response_due : resolution_due;
}

ClockStanding StandingOf(const std::vector<ServiceClock>& clocks) {
  ClockStanding standing;
  for (const ServiceClock& clock : clocks) {
    standing.policy = clock.policy();
    standing.breached |= clock.has_breach_time();
    if (clock.state() != ServiceClock::STATE_RUNNING || !clock.has_due_time()) continue;
    auto& due = clock.target() == ServiceClock::TARGET_FIRST_RESPONSE ? standing.first_response_due : standing.resolution_due;
    due = time::ToTime(clock.due_time());
  }
  return standing;
}

absl::StatusOr<bool> Course::Receive(const ClockSubject& subject, absl::Time from, absl::Time now) {
  const std::optional<int> terms = FindTerms(policy_, subject.kind, subject.category, subject.priority);
  if (!terms) return false;
  for (const auto target : {ServiceClock::TARGET_FIRST_RESPONSE, ServiceClock::TARGET_RESOLUTION}) {
    ASSIGN_OR_RETURN(ServiceClock clock, work_.Begin(policy_, *terms, target, from, now));
    clock.set_subject(subject.name);
    clock.set_kind(subject.kind);
    clock.set_category(subject.category);
    clock.set_priority(subject.priority);
    clock.set_owner(subject.owner);
    clock.set_activity(subject.activity);
    clocks_.push_back(std::move(clock));
  }
  return true;
}

absl::Status Course::Answer(absl::Time at) {
  for (ServiceClock& clock : clocks_) {
    RETURN_IF_ERROR(clock.target() == ServiceClock::TARGET_FIRST_RESPONSE ? work_.Stop(policy_, clock, at)
                                                                          : work_.Advance(policy_, clock, at));
  }
  return absl::OkStatus();
}

absl::Status Course::Pause(absl::Time at) {
  for (ServiceClock& clock : clocks_) RETURN_IF_ERROR(work_.Pause(policy_, clock, at));
  return absl::OkStatus();
}

absl::Status Course::Continue(absl::Time at) {
  for (ServiceClock& clock : clocks_) RETURN_IF_ERROR(work_.Continue(policy_, clock, at));
  return absl::OkStatus();
}

absl::Status Course::Resolve(absl::Time at) {
  for (ServiceClock& clock : clocks_) RETURN_IF_ERROR(work_.Stop(policy_, clock, at));
  return absl::OkStatus();
}

absl::StatusOr<bool> Course::MayReopen(absl::Time at) const {
  const ServiceClock* const resolution = Resolution();
  if (resolution == nullptr) return true;
  return work_.MayReopen(policy_, *resolution, at);
}

absl::Status Course::Reopen(const std::string& owner, absl::Time at) {
  ServiceClock* const resolution = Resolution();
  if (resolution == nullptr || resolution->state() != ServiceClock::STATE_STOPPED) return absl::OkStatus();
  if (policy_.terms(resolution->terms()).reopening() != v1::ServiceTerms::REOPENING_RESTART) {
    resolution->set_owner(owner);
    return work_.GoOn(policy_, *resolution, at);
  }
  at = std::max(at, time::ToTime(resolution->stop_time()));
  ASSIGN_OR_RETURN(ServiceClock clock, work_.Begin(policy_, resolution->terms(), ServiceClock::TARGET_RESOLUTION, at, at));
  clock.set_subject(resolution->subject());
  clock.set_kind(resolution->kind());
  clock.set_category(resolution->category());
  clock.set_priority(resolution->priority());
  clock.set_owner(owner);
  clock.set_activity(resolution->activity());
  clocks_.push_back(std::move(clock));
  return absl::OkStatus();
}

absl::StatusOr<bool> Course::Retarget(v1::ServicePriority priority, const std::string& category, const std::string& reason, absl::Time at) {
  bool fits = true;
  for (ServiceClock& clock : clocks_) {
    RETURN_IF_ERROR(work_.Advance(policy_, clock, at));
    if (clock.state() != ServiceClock::STATE_RUNNING && clock.state() != ServiceClock::STATE_PAUSED) continue;
    const std::optional<int> terms = FindTerms(policy_, clock.kind(), category, priority);
    fits = fits && terms.has_value();
    RETURN_IF_ERROR(work_.Retarget(policy_, clock, terms.value_or(clock.terms()), reason, at));
    clock.set_priority(priority);
    clock.set_category(category);
  }
  return fits;
}

absl::Status Course::Cancel(absl::Time at) {
  for (ServiceClock& clock : clocks_) RETURN_IF_ERROR(work_.Cancel(policy_, clock, at));
  return absl::OkStatus();
}

ServiceClock* Course::Resolution() const {
  for (auto clock = clocks_.rbegin(); clock != clocks_.rend(); ++clock) {
    if (clock->target() == ServiceClock::TARGET_RESOLUTION) return &*clock;
  }
  return nullptr;
}

}  // namespace heitie::activity
