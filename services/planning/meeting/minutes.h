// What is written down of a meeting 會議紀錄: who was there, what was said, and what came of it (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_MINUTES_H_
#define HEITIE_SERVICES_PLANNING_MEETING_MINUTES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/policy/plan_duty.h"

namespace heitie::planning {

extern const status::Reason kMinutesApproved;           // {name}
extern const status::Reason kMeetingNotClosed;          // {name}
extern const status::Reason kRepresentativeMismatched;  // A field.

// What minutes are made of.
struct MinutesParts {
  v1::Meeting meeting;
  v1::MeetingMinutes minutes;
  std::vector<v1::AgendaEntry> entries;
  std::vector<v1::Decision> decisions;
};
// As a document. The same parts give the same bytes.
std::string MinutesMarkdown(const MinutesParts& parts, status::Language language);

// Thread-safe.
class Minutes {
 public:
  Minutes(const service::Context& context, MeetingTables& tables, PlanDuties& plan_duties, const Notices& notices,
          const Recipients& recipients);
  Minutes(const Minutes&) = delete;
  void Bind(record::Methods& methods);

  // A meeting is held: who is on leave is excused, minutes are there, and asked for.
  absl::Status Begin(record::Transaction& tx, v1::Meeting& meeting) const;
  // A meeting is closed: who was not recorded was not there, and its minutes wait for the chair.
  absl::Status End(record::Transaction& tx, v1::Meeting& meeting) const;

 private:
  absl::StatusOr<v1::Meeting> RecordAttendance(record::Transaction& tx, const v1::RecordAttendanceRequest& request);
  absl::Status Update(record::Transaction& tx, const v1::MeetingMinutes& before, v1::MeetingMinutes& after);
  absl::StatusOr<v1::MeetingMinutes> Approve(record::Transaction& tx, const v1::ApproveMeetingMinutesRequest& request);
  absl::StatusOr<v1::MeetingMinutes> Correct(record::Transaction& tx, const v1::CorrectMeetingMinutesRequest& request);
  absl::StatusOr<v1::RenderMeetingMinutesResponse> Render(const rpc::Call& call, const v1::RenderMeetingMinutesRequest& request);
  // That they wait for the chair, since when and until when.
  absl::Status TellChair(record::Transaction& tx, const v1::MeetingMinutes& minutes, const v1::Meeting& meeting) const;
  // Whoever it is that they wait for by now is told.
  absl::Status Follow(record::Transaction& tx, const v1::MeetingMinutes* before, const v1::MeetingMinutes* after) const;
  absl::StatusOr<bool> IsOnLeave(sql::Session& session, const std::string& employee, absl::CivilDay day) const;

  MeetingTables& tables_;
  PlanDuties& plan_duties_;
  const Notices& notices_;
  const Recipients& recipients_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_MINUTES_H_
