// What reviews of activities have to be done: it is followed where it lives, and comes to agendas here (policy A4, W12).
#ifndef HEITIE_SERVICES_PLANNING_FOLLOWUP_REVIEW_ACTIONS_H_
#define HEITIE_SERVICES_PLANNING_FOLLOWUP_REVIEW_ACTIONS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/event/mirror.h"
#include "common/service/main.h"
#include "heitie/activity/v1/lesson.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "services/planning/meeting/agenda.h"
#include "services/planning/meeting/agenda_scope.h"

namespace heitie::planning {

// Thread-safe.
class ReviewActions {
 public:
  explicit ReviewActions(const service::Context& context) : zone_(context.time_zone), actions_(context, "activity") {}
  ReviewActions(const ReviewActions&) = delete;

  // Those that are open, of the activities of the scope.
  absl::Status AddFacts(sql::Session& session, const AgendaScope& scope, absl::Time at, std::vector<AgendaFact>& facts) const;

 private:
  const absl::TimeZone zone_;
  event::Mirror<activity::v1::ReviewAction> actions_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FOLLOWUP_REVIEW_ACTIONS_H_
