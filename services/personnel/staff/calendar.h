// Business calendars: by them working days are counted and deadlines computed, here and in the services that keep a mirror of their
// versions.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_CALENDAR_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_CALENDAR_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/calendars.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/record/store.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/calendar.pb.h"

namespace heitie::personnel {

extern const status::Reason kEndBeforeStart;
extern const status::Reason kBeyondCalendar;  // {calendar}

// Thread-safe.
class Calendars {
 public:
  explicit Calendars(record::Store& store);
  void Bind(record::Methods& methods);
  // By their names, as they are published now.
  const record::Calendars<v1::CalendarVersion>& published() const { return published_; }

 private:
  // The calendar with its published versions. NOT_FOUND, NO_VERSION_IN_FORCE.
  absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> Read(const rpc::Call& call, const std::string& name);

  absl::StatusOr<v1::ComputeWorkingTimeResponse> ComputeWorkingTime(const rpc::Call& call, const v1::ComputeWorkingTimeRequest& request);
  absl::StatusOr<v1::ComputeDueTimeResponse> ComputeDueTime(const rpc::Call& call, const v1::ComputeDueTimeRequest& request);
  absl::StatusOr<v1::ListOpenIntervalsResponse> ListOpenIntervals(const rpc::Call& call, const v1::ListOpenIntervalsRequest& request);
  absl::StatusOr<v1::ComputeWorkingDaysResponse> ComputeWorkingDays(const rpc::Call& call, const v1::ComputeWorkingDaysRequest& request);
  absl::StatusOr<v1::ComputeWorkingDateResponse> ComputeWorkingDate(const rpc::Call& call, const v1::ComputeWorkingDateRequest& request);

  record::Store& store_;
  record::Kind<v1::Calendar> calendars_;
  record::RuleSet<v1::CalendarVersion> versions_;
  record::Calendars<v1::CalendarVersion> published_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_CALENDAR_H_
