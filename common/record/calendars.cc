#include "common/record/calendars.h"

namespace heitie::record {

const status::Reason kCalendarUnknown{absl::StatusCode::kUnavailable, "CALENDAR_UNKNOWN", "The calendar {calendar} is not known here yet.",
                                      "此處尚無行事曆 {calendar}。"};

absl::Status CalendarUnknown(const std::string& calendar) {
  return status::RetryLater(kCalendarUnknown, absl::Seconds(1), {{"calendar", calendar}});
}

}  // namespace heitie::record
