// What was booked as spent, as resource's events tell, kept by their positions: so that what was spent on a project until a day can be
// asked again (P2). Rows are never changed.
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_BOOKED_ACTUALS_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_BOOKED_ACTUALS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/service/main.h"
#include "heitie/planning/v1/earned_value.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// Thread-safe.
class BookedActuals {
 public:
  // Follows resource.
  BookedActuals(const service::Context& context, Tables& tables);
  BookedActuals(const BookedActuals&) = delete;

 private:
  absl::Status OnEncumbrance(const rpc::Call& call, const event::Change<resource::v1::Encumbrance>& change);

  Tables& tables_;
};

struct Spending {
  int64_t position = 0;   // of resource's events
  bool complete = false;  // all of them were heard once, and none is stuck
  int64_t in_currency = 0;
  std::map<std::string, int64_t> in_others;
};
// What was spent on the project, its tasks and its activities until the end of the view's day, of the bookings up to a position; 0: of all
// that were heard.
absl::StatusOr<Spending> LoadSpending(const Tables& tables, const rpc::Call& call, const ProjectView& view, int64_t position);

// Says why figures that are not set cannot be had.
void DescribeGaps(v1::EarnedValue& value, status::Language language);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_BOOKED_ACTUALS_H_
