// Single meetings: moved, cancelled, held and closed, and asked about when they are missed (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_MEETING_H_
#define HEITIE_SERVICES_PLANNING_MEETING_MEETING_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/policy/plan_duty.h"

namespace heitie::planning {

// Thread-safe.
class MeetingsHeld {
 public:
  MeetingsHeld(const service::Context& context, MeetingTables& tables, PlanDuties& plan_duties, const Notices& notices,
               const Recipients& recipients);
  MeetingsHeld(const MeetingsHeld&) = delete;
  void Bind(record::Methods& methods);

  // What is done besides, in the transaction: when the agenda is published, when the meeting is held and when it is closed. It may change
  // the meeting. And once it is over, closed or cancelled: by then it is as it is.
  using Besides = std::function<absl::Status(record::Transaction&, v1::Meeting&)>;
  struct Course {
    Besides publish, hold, close, over;
  };
  void SetCourse(Course course) { course_ = std::move(course); }

  // Whoever decides about it; what it says is checked as a request is.
  absl::StatusOr<v1::Meeting> Move(record::Transaction& tx, const v1::MoveMeetingRequest& request);

 private:
  absl::StatusOr<v1::Meeting> Cancel(record::Transaction& tx, const v1::CancelMeetingRequest& request);
  absl::StatusOr<v1::Meeting> PublishAgenda(record::Transaction& tx, const v1::PublishAgendaRequest& request);
  absl::StatusOr<v1::Meeting> Hold(record::Transaction& tx, const v1::HoldMeetingRequest& request);
  absl::StatusOr<v1::Meeting> Close(record::Transaction& tx, const v1::CloseMeetingRequest& request);

  // What leads from one state to another, by whoever leads the meeting.
  template <typename Req>
  absl::StatusOr<record::Step<v1::Meeting>> Begin(record::Transaction& tx, const Req& request, const char* verb) const;
  // It is closed or cancelled by this step.
  absl::StatusOr<v1::Meeting> Over(record::Transaction& tx, record::Step<v1::Meeting>& step) const;
  // Publishes the agenda and tells who belongs to it.
  absl::StatusOr<v1::Meeting> Publish(record::Transaction& tx, record::Step<v1::Meeting>& step) const;
  absl::Status TellMembers(record::Transaction& tx, const v1::Meeting& meeting, const std::string& cause, const std::string& wording,
                           const status::Phrase& phrase) const;
  // Nothing is asked of the chair any more.
  absl::Status Answered(record::Transaction& tx, const std::string& meeting) const;
  absl::Status Miss(record::Transaction& tx, const std::string& name) const;
  job::Outcome Watch(const rpc::Call& call);

  MeetingTables& tables_;
  PlanDuties& plan_duties_;
  const Notices& notices_;
  const Recipients& recipients_;
  Course course_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_MEETING_H_
