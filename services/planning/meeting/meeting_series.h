// Meetings that come again and again 團隊會議: who meets, by which schedule, and the meetings that follow from it (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_MEETING_SERIES_H_
#define HEITIE_SERVICES_PLANNING_MEETING_MEETING_SERIES_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "services/planning/meeting/meeting_days.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kCoordinatesProject;
extern const status::Reason kRuleOfSingle;
extern const status::Reason kMeetsInThePast;  // {date} {today}
extern const status::Reason kScheduleByVerb;
extern const status::Reason kStandingOfNone;
extern const status::Reason kStandingTaken;  // {department}
extern const status::Reason kSeriesEnded;    // {name}

// Thread-safe. What a series has of meetings is kept in step with it by whoever changes it (Kind::SetFollow), and with the days and the
// calendar by a job.
class SeriesOfMeetings {
 public:
  SeriesOfMeetings(const service::Context& context, MeetingTables& tables, const Notices& notices, const Recipients& recipients);
  SeriesOfMeetings(const SeriesOfMeetings&) = delete;
  void Bind(record::Methods& methods);

  // What becomes of what a series leaves open, in the transaction in which it ends.
  using Leave = std::function<absl::Status(record::Transaction&, const v1::MeetingSeries& series)>;
  void SetLeave(Leave leave) { leave_ = std::move(leave); }

  // Has a series from elsewhere, which calendars know by this UID. The reasons of CreateMeetingSeries.
  absl::Status TakeOver(record::Transaction& tx, v1::MeetingSeries& series, const std::string& uid);
  // Has a series follow a newer version from elsewhere, under the same UID; `before` is locked. Meetings to come follow, but for those
  // changed by hand. The reasons of UpdateMeetingSeries, without those of who may.
  absl::Status TakeAgain(record::Transaction& tx, const v1::MeetingSeries& before, v1::MeetingSeries& after);
  absl::StatusOr<v1::MeetingSeries> End(record::Transaction& tx, const v1::EndMeetingSeriesRequest& request);

  // A meeting of the series is over: where no other one is to come, the standing meeting takes on what the series has open. Where there is
  // none, it is looked for again later.
  absl::Status Rest(record::Transaction& tx, const std::string& series) const;

  // The series of a project that is over end with it.
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::MeetingSeries& series);
  absl::Status Update(record::Transaction& tx, const v1::MeetingSeries& before, v1::MeetingSeries& after);
  absl::StatusOr<v1::MeetingSeries> ChangeSchedule(record::Transaction& tx, const v1::ChangeMeetingScheduleRequest& request);

  absl::Status Check(record::Transaction& tx, const v1::MeetingSeries& series, status::BadFields& bad) const;
  // STANDING_TAKEN.
  absl::Status CheckStanding(record::Transaction& tx, const v1::MeetingSeries& series) const;
  // Up to when meetings are to be there, and by which version of the calendar.
  absl::Status SetHorizon(record::Transaction& tx, v1::MeetingSeries& series) const;
  absl::Status Follow(record::Transaction& tx, const v1::MeetingSeries* before, const v1::MeetingSeries* after) const;
  absl::Status FitMeetings(record::Transaction& tx, const v1::MeetingSeries& series, absl::CivilDay from) const;
  absl::Status Withdraw(record::Transaction& tx, const v1::Meeting& meeting, const status::Phrase& why) const;

  // Unless it would leave something open that no other meeting takes on: then it meets on, and ends once that is closed.
  absl::Status EndWithProject(record::Transaction& tx, const std::string& series) const;

  job::Outcome PlanAll(const rpc::Call& call);

  MeetingTables& tables_;
  const Notices& notices_;
  const Recipients& recipients_;
  Leave leave_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_MEETING_SERIES_H_
