#include "services/personnel/staff/calendar.h"

#include <algorithm>

#include "common/record/archived.h"
#include "common/record/list.h"
#include "common/record/page_token.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/personnel/v1/session.pb.h"

namespace heitie::personnel {

const status::Reason kEndBeforeStart{absl::StatusCode::kInvalidArgument, "END_BEFORE_START", "The end is before the start.",
                                     "結束早於開始。"};
const status::Reason kBeyondCalendar{absl::StatusCode::kOutOfRange, "BEYOND_CALENDAR",
                                     "{calendar} has not so much working time in the years 1900 to 2399.",
                                     "{calendar} 在 1900 年至 2399 年間沒有這麼多工作時間。"};
namespace {

constexpr int kBasisIntervals = 100;
constexpr int kPage = 50;
constexpr int64_t kMostSeconds = 315'576'000'000;  // of a Duration

absl::Status CheckVersion(const v1::CalendarVersion& version) {
  status::BadFields bad;
  time::CheckRules(version.rules(), "calendar_version.rules", bad);
  return bad.status();
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

v1::OpenInterval ToProto(const time::BusinessCalendar::Interval& interval, const time::NamedCalendar& calendar) {
  v1::OpenInterval proto;
  *proto.mutable_start_time() = time::ToTimestamp(interval.begin);
  *proto.mutable_end_time() = time::ToTimestamp(interval.end);
  proto.set_calendar_version(calendar.versions[interval.version]);
  return proto;
}

// What computations in [from, to) rest on.
v1::CalendarBasis BasisOf(const time::NamedCalendar& calendar, absl::Time from, absl::Time to) {
  v1::CalendarBasis basis;
  const size_t last = calendar.arithmetic.VersionAt(std::max(from, to - absl::Microseconds(1)));
  for (size_t i = calendar.arithmetic.VersionAt(from); i <= last; ++i) basis.add_calendar_versions(calendar.versions[i]);
  const auto intervals = calendar.arithmetic.Open(from, to, kBasisIntervals + 1);
  for (const auto& interval : intervals) {
    if (basis.open_intervals_size() < kBasisIntervals) *basis.add_open_intervals() = ToProto(interval, calendar);
  }
  basis.set_truncated(intervals.size() > kBasisIntervals);
  return basis;
}

}  // namespace

Calendars::Calendars(record::Store& store)
    : store_(store),
      calendars_(store),
      versions_(store, calendars_, CheckVersion),
      published_("calendar_versions", [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
        return versions_.kind().Select(session, tail, values);
      }) {}

absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> Calendars::Read(const rpc::Call& call, const std::string& name) {
  std::shared_ptr<const time::NamedCalendar> calendar;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(calendar, published_.Find(session, name));
    if (calendar != nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(calendars_.Find(session, name).status());
    return status::Error(record::kNoVersionInForce, {{"set", name}});
  }));
  return calendar;
}

absl::StatusOr<v1::ComputeWorkingTimeResponse> Calendars::ComputeWorkingTime(const rpc::Call& call,
                                                                             const v1::ComputeWorkingTimeRequest& request) {
  const absl::Time start = time::ToTime(request.start_time()), end = time::ToTime(request.end_time());
  status::BadFields bad;
  if (end < start) bad.Add("end_time", kEndBeforeStart);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const auto calendar, Read(call, request.name()));
  v1::ComputeWorkingTimeResponse response;
  *response.mutable_working_time() = ToProto(calendar->arithmetic.Working(start, end));
  *response.mutable_basis() = BasisOf(*calendar, start, end);
  return response;
}

absl::StatusOr<v1::ComputeDueTimeResponse> Calendars::ComputeDueTime(const rpc::Call& call, const v1::ComputeDueTimeRequest& request) {
  const google::protobuf::Duration& wanted = request.working_time();
  status::BadFields bad;
  if (wanted.seconds() < 0 || wanted.seconds() > kMostSeconds || wanted.nanos() < 0 || wanted.nanos() > 999'999'999) {
    bad.Add("working_time", status::kBadValue, {{"rule", "from 0 to 315576000000 s"}});
  }
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const auto calendar, Read(call, request.name()));
  const absl::Time start = time::ToTime(request.start_time());
  const absl::StatusOr<absl::Time> due =
      calendar->arithmetic.After(start, absl::Seconds(wanted.seconds()) + absl::Microseconds(wanted.nanos() / 1000));
  if (!due.ok()) return status::Error(kBeyondCalendar, {{"calendar", request.name()}});
  v1::ComputeDueTimeResponse response;
  *response.mutable_due_time() = time::ToTimestamp(*due);
  *response.mutable_basis() = BasisOf(*calendar, start, *due);
  return response;
}

// A page's token is the instant at which the next page begins.
absl::StatusOr<v1::ListOpenIntervalsResponse> Calendars::ListOpenIntervals(const rpc::Call& call,
                                                                           const v1::ListOpenIntervalsRequest& sealed) {
  ASSIGN_OR_RETURN(const v1::ListOpenIntervalsRequest request, record::WithOpenToken(store_, call, sealed));
  absl::Time start = time::ToTime(request.start_time());
  const absl::Time end = time::ToTime(request.end_time());
  status::BadFields bad;
  if (end < start) bad.Add("end_time", kEndBeforeStart);
  if (!request.page_token().empty()) {
    const auto next = time::ParseTimestamp(request.page_token());
    const bool fits = next && time::ToTime(*next) >= start && time::ToTime(*next) < end;
    if (!fits) bad.Add("page_token", status::kBadValue, {{"rule", record::kPageTokenRule}});
    if (fits) start = time::ToTime(*next);
  }
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const auto calendar, Read(call, request.parent()));
  const int size = request.page_size() == 0 ? kPage : request.page_size();
  v1::ListOpenIntervalsResponse response;
  for (const auto& interval : calendar->arithmetic.Open(start, end, size + 1)) {
    if (response.open_intervals_size() == size) {
      response.set_next_page_token(time::InstantText(interval.begin));
    } else {
      *response.add_open_intervals() = ToProto(interval, *calendar);
    }
  }
  RETURN_IF_ERROR(record::SealToken(store_, call, sealed, &response));
  return response;
}

absl::StatusOr<v1::ComputeWorkingDaysResponse> Calendars::ComputeWorkingDays(const rpc::Call& call,
                                                                             const v1::ComputeWorkingDaysRequest& request) {
  const absl::CivilDay start = time::ToDay(request.start_date()), end = time::ToDay(request.end_date());
  status::BadFields bad;
  if (end < start) bad.Add("end_date", kEndBeforeStart);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const auto calendar, Read(call, request.name()));
  v1::ComputeWorkingDaysResponse response;
  response.set_working_days(calendar->arithmetic.WorkingDaysBetween(start, end));
  *response.mutable_basis() = BasisOf(*calendar, calendar->arithmetic.StartOf(start), calendar->arithmetic.StartOf(end));
  return response;
}

absl::StatusOr<v1::ComputeWorkingDateResponse> Calendars::ComputeWorkingDate(const rpc::Call& call,
                                                                             const v1::ComputeWorkingDateRequest& request) {
  ASSIGN_OR_RETURN(const auto calendar, Read(call, request.name()));
  const absl::CivilDay from = time::ToDay(request.date());
  const absl::StatusOr<absl::CivilDay> found = calendar->arithmetic.WorkingDayFrom(from, request.working_days());
  if (!found.ok()) return status::Error(kBeyondCalendar, {{"calendar", request.name()}});
  v1::ComputeWorkingDateResponse response;
  *response.mutable_date() = time::ToDate(*found);
  *response.mutable_basis() =
      BasisOf(*calendar, calendar->arithmetic.StartOf(std::min(from, *found)), calendar->arithmetic.StartOf(std::max(from, *found) + 1));
  return response;
}

void Calendars::Bind(record::Methods& methods) {
  methods.Reads(calendars_);
  methods.Creates(calendars_);
  methods.Updates(calendars_);
  record::Archives<v1::ArchiveCalendarRequest, v1::RestoreCalendarRequest>(methods, calendars_);
  versions_.Bind<v1::PublishCalendarVersionRequest>(methods);
  methods.Bind("ComputeWorkingTime", this, &Calendars::ComputeWorkingTime);
  methods.Bind("ComputeDueTime", this, &Calendars::ComputeDueTime);
  methods.Bind("ListOpenIntervals", this, &Calendars::ListOpenIntervals);
  methods.Bind("ComputeWorkingDays", this, &Calendars::ComputeWorkingDays);
  methods.Bind("ComputeWorkingDate", this, &Calendars::ComputeWorkingDate);
}

}  // namespace heitie::personnel
