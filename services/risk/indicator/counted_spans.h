// What is counted of planning and activity, from when to when (policy R1): overdue tasks of approved projects, and open complaints. It
// follows from what these services tell, each change by its own time, so that a period that is over is counted as it was at its end, also
// by who asks later; what is told late changes it.
#ifndef HEITIE_SERVICES_RISK_INDICATOR_COUNTED_SPANS_H_
#define HEITIE_SERVICES_RISK_INDICATOR_COUNTED_SPANS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/event/reactions.h"
#include "common/service/main.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/risk/v1/risk_indicator.pb.h"

namespace heitie::risk {

// That something counts.
struct Counting {
  std::string scope;
  // From then on, which may lie ahead; and not before the change that says so, unless what happened is told to have happened before.
  absl::Time start;
  bool backdated = false;
};

// Whether it counts after a change, and from when on. A task counts from the day after its last one while it is neither done nor cancelled
// and has no parts; a complaint while its owner or its customer is to say something; a project while it is approved. Pure.
std::optional<Counting> CountingAfter(const event::Change<planning::v1::Task>& change, absl::TimeZone zone);
std::optional<Counting> CountingAfter(const event::Change<planning::v1::Project>& change, absl::TimeZone zone);
std::optional<Counting> CountingAfter(const event::Change<activity::v1::Inquiry>& change, absl::TimeZone zone);

// From when to when something counted; without an end while it does.
struct CountedSpan {
  std::string scope;
  absl::Time start;
  std::optional<absl::Time> end;

  bool operator==(const CountedSpan&) const = default;
};
// The spans of one thing, by their starts, after a change at `time`. The same however often changes are told again in their order. Pure.
void Follow(const std::optional<Counting>& counting, absl::Time time, std::vector<CountedSpan>& spans);

// Thread-safe.
class CountedSpans {
 public:
  // Follows planning and activity.
  explicit CountedSpans(const service::Context& context);

  struct Count {
    int64_t value = 0;
    // Up to when everything is known; nothing before the first time.
    std::optional<absl::Time> watermark;
    int64_t position = 0;  // of the source's events
  };
  // As it was right before `end`: overdue tasks or open complaints. `scope` empty: of all.
  absl::StatusOr<Count> CountAt(sql::Session& session, v1::IndicatorDefinition::Count count, const std::string& scope,
                                absl::Time end) const;

 private:
  template <typename T>
  absl::Status Keep(const rpc::Call& call, const std::vector<event::Change<T>>& changes) const;

  record::Store& store_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_INDICATOR_COUNTED_SPANS_H_
