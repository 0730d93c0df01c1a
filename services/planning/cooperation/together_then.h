// What departments have of each other: the rows that their figures are computed from (policy C3).
#ifndef HEITIE_SERVICES_PLANNING_COOPERATION_TOGETHER_THEN_H_
#define HEITIE_SERVICES_PLANNING_COOPERATION_TOGETHER_THEN_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"

namespace heitie::planning {

struct WorkingTogether {
  std::vector<v1::CooperationRequest> requests;  // sent in the time that was asked for
  std::vector<v1::MeetingSeries> series;         // of several departments, which still meet
  std::map<std::string, v1::Meeting> last_held;  // by series
};

// As it was at an instant: requests sent in [begin, end).
absl::StatusOr<WorkingTogether> TogetherThen(sql::Session& session, absl::Time begin, absl::Time end, absl::Time at);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COOPERATION_TOGETHER_THEN_H_
