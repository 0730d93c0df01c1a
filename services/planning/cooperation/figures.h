// How departments work together, in figures, and whether they meet as they should 定期溝通. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_COOPERATION_FIGURES_H_
#define HEITIE_SERVICES_PLANNING_COOPERATION_FIGURES_H_

#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/cooperation_figure.pb.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"

namespace heitie::planning {

// A series in which departments meet, as it stands on a day.
struct RegularExchange {
  v1::MeetingSeries series;
  std::optional<absl::Time> last_held;  // when the last meeting that was held began
  bool overdue = false;
};

// Whether a meeting of the series has come and gone by the end of the day before `day` since the rule date of the last one that was held;
// without one, since the schedule began.
bool IsExchangeOverdue(const v1::MeetingSchedule& schedule, const time::BusinessCalendar& calendar,
                       std::optional<absl::CivilDay> last_rule_date, absl::CivilDay day);

// The middle of the values, the mean of the two in the middle of an even number; nothing of none.
std::optional<double> MedianOf(std::vector<double> values);

// By pair of departments. What happened later than `as_of` has not happened.
std::vector<v1::CooperationFigure> FiguresOf(const std::vector<v1::CooperationRequest>& requests,
                                             const std::vector<RegularExchange>& exchanges, absl::Time as_of);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COOPERATION_FIGURES_H_
