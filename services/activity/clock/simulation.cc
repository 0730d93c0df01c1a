#include "services/activity/clock/simulation.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::activity {

using v1::ServiceClock;
using v1::SimulatedEvent;

namespace {

const status::Reason kEventsNotAscending{absl::StatusCode::kInvalidArgument, "EVENTS_NOT_ASCENDING",
                                         "It comes before what stands before it.", "時間早於前一項。"};
const status::Reason kBadSimulatedEvent{absl::StatusCode::kInvalidArgument, "BAD_SIMULATED_EVENT",
                                        "Each subject begins with its one receipt, which says kind and priority.",
                                        "每個對象須以唯一一次收件開始，並說明類型與優先級。"};

// All subjects of a simulation. Each subject's clocks keep their place, by which they are named.
class Trial {
 public:
  Trial(const Clockwork& work, const v1::ServicePolicy& policy, v1::SimulateServiceClocksResponse& response)
      : work_(work), policy_(policy), response_(response) {}

  // Everything that comes by itself until `time`, in order.
  absl::Status RunTo(absl::Time time) {
    while (true) {
      ServiceClock* first = nullptr;
      for (auto& [subject, clocks] : clocks_) {
        for (ServiceClock& clock : clocks) {
          if (!clock.has_next_time() || time::ToTime(clock.next_time()) > time) continue;
          if (first == nullptr || time::ToTime(clock.next_time()) < time::ToTime(first->next_time())) first = &clock;
        }
      }
      if (first == nullptr) return absl::OkStatus();
      const absl::Time now = time::ToTime(first->next_time());
      RETURN_IF_ERROR(work_.Advance(policy_, *first, now));
      ASSIGN_OR_RETURN(const std::optional<TakenStep> step, work_.TakeStep(policy_, *first, now));
      if (!step) continue;
      v1::SimulatedStep& told = *response_.add_steps();
      told.set_clock(first->name());
      *told.mutable_point() = step->point;
      *told.mutable_time() = time::ToTimestamp(now);
    }
  }

  absl::Status Do(const SimulatedEvent& event) {
    const absl::Time at = time::ToTime(event.time());
    std::vector<ServiceClock>& clocks = clocks_[event.subject()];
    Course course(work_, policy_, clocks);
    RETURN_IF_ERROR(Turn(course, event, at));
    for (size_t i = 0; i < clocks.size(); ++i) clocks[i].set_name(absl::StrCat("serviceClocks/", event.subject(), "-", i + 1));
    return absl::OkStatus();
  }

  void Answer() {
    for (const std::string& subject : order_) {
      for (const ServiceClock& clock : clocks_[subject]) *response_.add_service_clocks() = clock;
    }
  }

 private:
  absl::Status Turn(Course& course, const SimulatedEvent& event, absl::Time at) {
    switch (event.action()) {
      case SimulatedEvent::ACTION_RECEIVE: {
        order_.push_back(event.subject());
        ASSIGN_OR_RETURN(const bool fits, course.Receive({event.subject(), event.kind(), event.category(), event.priority()}, at, at));
        if (!fits) response_.add_without_terms(event.subject());
        return absl::OkStatus();
      }
      case SimulatedEvent::ACTION_ANSWER:
        return course.Answer(at);
      case SimulatedEvent::ACTION_PAUSE:
        return course.Pause(at);
      case SimulatedEvent::ACTION_CONTINUE:
        return course.Continue(at);
      case SimulatedEvent::ACTION_RESOLVE:
        return course.Resolve(at);
      case SimulatedEvent::ACTION_REOPEN: {
        ASSIGN_OR_RETURN(const bool may, course.MayReopen(at));
        return may ? course.Reopen("", at) : absl::OkStatus();
      }
      case SimulatedEvent::ACTION_RETARGET:
        return course.Retarget(event.priority(), event.category(), "", at).status();
      default:
        return course.Cancel(at);
    }
  }

  const Clockwork& work_;
  const v1::ServicePolicy& policy_;
  v1::SimulateServiceClocksResponse& response_;
  std::map<std::string, std::vector<ServiceClock>> clocks_;
  std::vector<std::string> order_;
};

}  // namespace

void CheckSimulation(const v1::SimulateServiceClocksRequest& request, status::BadFields& bad) {
  absl::Time last = absl::InfinitePast();
  std::set<std::string> received;
  for (int i = 0; i < request.events_size(); ++i) {
    const SimulatedEvent& event = request.events(i);
    const std::string path = absl::StrCat("events[", i, "]");
    const absl::Time at = time::ToTime(event.time());
    if (at < last) bad.Add(path + ".time", kEventsNotAscending);
    last = at;
    const bool receive = event.action() == SimulatedEvent::ACTION_RECEIVE;
    const bool incomplete = event.kind() == v1::SERVICE_KIND_UNSPECIFIED || event.priority() == v1::SERVICE_PRIORITY_UNSPECIFIED;
    if (receive ? !received.insert(event.subject()).second || incomplete : received.count(event.subject()) == 0) {
      bad.Add(path, kBadSimulatedEvent);
    }
  }
  if (time::ToTime(request.end_time()) < last) bad.Add("end_time", kEventsNotAscending);
}

absl::StatusOr<v1::SimulateServiceClocksResponse> SimulateClocks(const Clockwork& work, const v1::ServicePolicy& policy,
                                                                 const v1::SimulateServiceClocksRequest& request) {
  v1::SimulateServiceClocksResponse response;
  Trial trial(work, policy, response);
  for (const SimulatedEvent& event : request.events()) {
    RETURN_IF_ERROR(trial.RunTo(time::ToTime(event.time())));
    RETURN_IF_ERROR(trial.Do(event));
  }
  RETURN_IF_ERROR(trial.RunTo(time::ToTime(request.end_time())));
  trial.Answer();
  return response;
}

}  // namespace heitie::activity
