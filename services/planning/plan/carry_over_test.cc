// What a period begins with, and complaints as feedback, through the service.
#include "common/record/json.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/lesson.pb.h"
#include "heitie/planning/v1/feedback_entry.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CarryOverTest : public PlanningTest {
 protected:
  CarryOverTest() {
    clients_["activity"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.activity.v1.RecordService/ListEvents", [this](const rpc::Call&, const type::v1::ListEventsRequest& request) {
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : events_) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(static_cast<int64_t>(events_.size()));
          return response;
        });
  }
  template <typename T>
  void Happens(const std::string& type, const std::string& text) {
    const T after = test::Proto<T>(text);
    type::v1::Event& event = events_.emplace_back();
    event.set_position(static_cast<int64_t>(events_.size()));
    event.set_subject_type(type);
    event.set_subject(after.name());
    event.set_action("create");
    event.set_revision(1);
    event.set_after_json(record::ToJson(after));
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
  }
  void RunJobs() {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(2));
      EXPECT_THAT(jobs_.RunDue(), IsOk());
    }
  }
  v1::ComputePeriodCarryOverResponse CarryOver(const std::string& period) {
    return Do<v1::ComputePeriodCarryOverResponse, v1::ComputePeriodCarryOverRequest>("ComputePeriodCarryOver", Analyst(),
                                                                                     "name: 'planPeriods/" + period + "'");
  }

  std::vector<type::v1::Event> events_;
};

TEST_F(CarryOverTest, APeriodBeginsWithWhatTheOneBeforeLeft) {
  CreatePeriod("q1", R"pb(title: "2026 Q1"
                          cadence: CADENCE_QUARTERLY
                          start_date { year: 2026 month: 1 day: 1 }
                          end_date { year: 2026 month: 3 day: 31 }
                          targets { metric: "new_users" unit: "users" baseline: 0 target: 100 })pb");
  CreatePeriod("q2", R"pb(title: "2026 Q2"
                          cadence: CADENCE_QUARTERLY
                          start_date { year: 2026 month: 4 day: 1 }
                          end_date { year: 2026 month: 6 day: 30 })pb");
  CreateProject("p");
  CreateTask("projects/p", "copy");
  CreateTask("projects/p", "dropped");
  Do<v1::Task, v1::CancelTaskRequest>("CancelTask", Specialist(), "name: 'projects/p/tasks/dropped'");
  EXPECT_THAT((Refused<v1::ComputePeriodCarryOverResponse, v1::ComputePeriodCarryOverRequest>("ComputePeriodCarryOver", Analyst(),
                                                                                              "name: 'planPeriods/q2'")),
              HasReason("MIRROR_INCOMPLETE"));
  Happens<activity::v1::Activity>("activity.heitie/Activity", "name: 'activities/fair' project: 'projects/p'");
  Happens<activity::v1::Activity>("activity.heitie/Activity", "name: 'activities/other' project: 'projects/x'");
  Happens<activity::v1::Lesson>("activity.heitie/Lesson",
                                "name: 'lessons/early' statement: 'Come early' activity: 'activities/fair' state: STATE_ACCEPTED");
  Happens<activity::v1::Lesson>("activity.heitie/Lesson",
                                "name: 'lessons/maybe' statement: 'Perhaps' activity: 'activities/fair' state: STATE_PROPOSED");
  Happens<activity::v1::Lesson>("activity.heitie/Lesson",
                                "name: 'lessons/theirs' statement: 'Elsewhere' activity: 'activities/other' state: STATE_ACCEPTED");
  RunJobs();
  const auto over = CarryOver("q2");
  EXPECT_EQ(over.previous_period(), "planPeriods/q1");
  EXPECT_THAT(over.unfinished_tasks(), ElementsAre("projects/p/tasks/copy"));
  EXPECT_THAT(over.unfinished_projects(), ElementsAre("projects/p"));
  ASSERT_THAT(over.missed_targets(), SizeIs(1)) << "metrics does not say that it was reached";
  ASSERT_THAT(over.lessons(), SizeIs(1));
  EXPECT_EQ(over.lessons(0).statement(), "Come early");
  EXPECT_EQ(over.lessons(0).project(), "projects/p");
  EXPECT_EQ(CarryOver("q1").previous_period(), "");
  EXPECT_THAT(CarryOver("q1").unfinished_tasks(), IsEmpty());

  // Whatever becomes of it later: the answer of then is told again.
  const std::string then =
      absl::StrCat("name: 'planPeriods/q2' as_of { ", over.as_of().ShortDebugString(), " } position: ", over.position());
  CreateTask("projects/p", "later");
  Do<v1::Task, v1::CancelTaskRequest>("CancelTask", Specialist(), "name: 'projects/p/tasks/copy'");
  CreateProject("new");
  Do<v1::Project, v1::UpdateProjectRequest>("UpdateProject", Specialist(),
                                            "project { name: 'projects/p' plan_period: 'planPeriods/q2' start_date { year: 2026 month: 4 "
                                            "day: 1 } end_date { year: 2026 month: 6 day: 1 } }");
  EXPECT_THAT(CarryOver("q2").unfinished_projects(), ElementsAre("projects/new"));
  EXPECT_THAT(CarryOver("q2").unfinished_tasks(), IsEmpty());
  EXPECT_THAT(CarryOver("q2").lessons(), IsEmpty());
  EXPECT_THAT((Do<v1::ComputePeriodCarryOverResponse, v1::ComputePeriodCarryOverRequest>("ComputePeriodCarryOver", Analyst(), then)),
              test::EqualsProto(over));
  EXPECT_THAT((Refused<v1::ComputePeriodCarryOverResponse, v1::ComputePeriodCarryOverRequest>("ComputePeriodCarryOver", Analyst(),
                                                                                              "name: 'planPeriods/q2' position: 1000000")),
              HasReason("INVALID_FIELDS"));
}

TEST_F(CarryOverTest, AComplaintIsFeedbackWithoutTheCustomersWords) {
  const std::string inquiry = "category: 'payment/refund' text: 'I am Mrs Wu' receive_time { seconds: 1767225600 } ";
  Happens<activity::v1::Inquiry>("activity.heitie/Inquiry", "name: 'inquiries/1' kind: KIND_COMPLAINT " + inquiry);
  Happens<activity::v1::Inquiry>("activity.heitie/Inquiry", "name: 'inquiries/1' kind: KIND_COMPLAINT state: STATE_CLOSED " + inquiry);
  Happens<activity::v1::Inquiry>("activity.heitie/Inquiry", "name: 'inquiries/2' kind: KIND_INQUIRY " + inquiry);
  RunJobs();
  const auto page = Do<v1::ListFeedbackEntriesResponse, v1::ListFeedbackEntriesRequest>("ListFeedbackEntries", Analyst(), "");
  ASSERT_THAT(page.feedback_entries(), SizeIs(1));
  const v1::FeedbackEntry& entry = page.feedback_entries(0);
  EXPECT_EQ(entry.channel(), v1::FeedbackEntry::CHANNEL_SERVICE);
  EXPECT_EQ(entry.source(), "inquiries/1");
  EXPECT_THAT(entry.text(), ::testing::HasSubstr("payment/refund"));
  EXPECT_THAT(entry.text(), ::testing::Not(::testing::HasSubstr("Wu")));
}

}  // namespace
}  // namespace heitie::planning
