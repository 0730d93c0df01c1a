#include "common/record/calendars.h"

#include <atomic>

#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/status/line.h"

namespace heitie::record {

const status::Reason kCalendarUnknown{absl::StatusCode::kUnavailable, "CALENDAR_UNKNOWN", "The calendar {calendar} is not known here yet.",
                                      "此處尚無行事曆 {calendar}。"};

absl::Status CalendarUnknown(const std::string& calendar) {
  return status::RetryLater(kCalendarUnknown, absl::Seconds(1), {{"calendar", calendar}});
}

absl::Status ZoneUnknown(const std::string& calendar, const std::string& version, const absl::Status& cause) {
  static std::atomic<int64_t> next{0};
  const int64_t now = absl::ToUnixMillis(absl::Now());
  int64_t due = next.load(std::memory_order_relaxed);
  if (now >= due && next.compare_exchange_strong(due, now + 1000)) {
    observe::Log(observe::Severity::kWarning, "a calendar cannot be used: its time zone is not installed",
                 {{"version", version}, {"error", status::Line(cause)}});
  }
  return CalendarUnknown(calendar);
}

}  // namespace heitie::record
