#include "services/personnel/staffing/staffing_gap.h"

#include <algorithm>
#include <barrier>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using activity::v1::Activity;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::StaffingGap;

// The activity "fair" on 2 and 3 March 2026, with An and Bo, who need the course "live"; Ma manages the department of Li, who owns it.
class StaffingGapTest : public test::ServiceTest<Service> {
 protected:
  StaffingGapTest() : ServiceTest("personnel") {
    clients_["activity"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.activity.v1.RecordService/ListEvents", [this](const rpc::Call&, const type::v1::ListEventsRequest& request) {
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : events_) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(std::max<int64_t>(request.after_position(), events_.empty() ? 0 : events_.back().position()));
          return response;
        });
    Must<v1::Course, v1::CreateCourseRequest>("CreateCourse", "course_id: 'live' course { title: 'c' validity_months: 12 }");
    Must<v1::Position, v1::CreatePositionRequest>("CreatePosition",
                                                  "position_id: 'host' position { title: 'h' responsibilities: 'hosts' }");
    Must<v1::Position, v1::CreatePositionRequest>(
        "CreatePosition", "position_id: 'lead' position { title: 'm' responsibilities: 'leads' roles: ROLE_OPERATIONS_MANAGER }");
    for (const char* id : {"an", "bo", "li"}) AddEmployee(id, "host");
    AddEmployee("ma", "lead");
    SetDay(2026, 2, 2);
  }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const rpc::Call& call, const std::string& method, const std::string& request) {
    return Call<Resp>(method, call, Proto<Req>(request));
  }
  template <typename Resp, typename Req>
  void Must(const std::string& method, const std::string& request) {
    EXPECT_THAT((Ask<Resp, Req>(Manager(), method, request)), IsOk()) << method << " " << request;
  }
  rpc::Call As(const std::string& id) const { return test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }
  void AddEmployee(const std::string& id, const std::string& position) {
    Must<v1::Employee, v1::CreateEmployeeRequest>(
        "CreateEmployee", absl::StrCat("employee_id: '", id, "' employee { display_name: 'x' position: 'positions/", position,
                                       "' department: 'operations' hire_date { year: 2020 month: 1 day: 1 } }"));
  }
  // The activity becomes this; its days are in March.
  void Become(Activity::State state, int first = 2, int last = 3, const std::vector<std::string>& staff = {"an", "bo"},
              const std::string& action = "update") {
    Activity activity;
    activity.set_name("activities/fair");
    activity.set_title("Fair");
    activity.set_owner("employees/li");
    activity.set_state(state);
    activity.set_time_zone("Asia/Taipei");
    const auto at = [](int day) { return absl::FromCivil(absl::CivilDay(2026, 3, day), service::DefaultTimeZone()); };
    activity.mutable_start_time()->set_seconds(absl::ToUnixSeconds(at(first)));
    activity.mutable_end_time()->set_seconds(absl::ToUnixSeconds(at(last + 1)));
    activity.mutable_training_requirement()->add_courses("courses/live");
    for (const std::string& id : staff) activity.add_staff()->set_employee("employees/" + id);
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(events_.size()) + 1);
    event.set_subject_type("activity.heitie/Activity");
    event.set_subject(activity.name());
    event.set_action(action);
    event.set_revision(event.position());
    event.set_after_json(record::ToJson(activity));
    events_.push_back(event);
    Run();
  }
  // An event of the activity service.
  void Tell(const std::string& type, const std::string& name, const google::protobuf::Message* after) {
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(events_.size()) + 1);
    event.set_subject_type("activity.heitie/" + type);
    event.set_subject(name);
    event.set_action(after == nullptr ? "delete" : "update");
    event.set_revision(event.position());
    event.set_before_json(after == nullptr ? "{\"name\": \"" + name + "\"}" : "");
    if (after != nullptr) event.set_after_json(record::ToJson(*after));
    events_.push_back(event);
    Run();
  }
  void Run() {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(1));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
  }
  void SetDay(int year, int month, int day) {
    clock_.Set(absl::FromCivil(absl::CivilHour(year, month, day, 9), service::DefaultTimeZone()));
    ASSERT_THAT(jobs_.RunDue(), IsOk());
  }
  std::string Pass(const std::string& id) {
    const std::string session = absl::StrCat("courses/live/sessions/p", ++sessions_);
    const absl::CivilDay today = absl::ToCivilDay(clock_.Now(), service::DefaultTimeZone());
    Must<v1::Session, v1::CreateSessionRequest>(
        "CreateSession",
        absl::StrCat("parent: 'courses/live' session_id: 'p", sessions_, "' session { trainer: 't' capacity: 9 date { year: ", today.year(),
                     " month: ", today.month(), " day: ", today.day(), " } }"));
    const std::string who = absl::StrCat("name: '", session, "' employee: 'employees/", id, "' ");
    Must<v1::Enrollment, v1::EnrollEmployeeRequest>("EnrollEmployee", who);
    return Ask<v1::Enrollment, v1::RecordResultRequest>(Manager(), "RecordResult", who + "attended: true")->certificate();
  }
  std::vector<StaffingGap> Gaps() {
    const auto gaps = Ask<v1::ListStaffingGapsResponse, v1::ListStaffingGapsRequest>(Manager(), "ListStaffingGaps", "");
    EXPECT_THAT(gaps, IsOk());
    return {gaps->staffing_gaps().begin(), gaps->staffing_gaps().end()};
  }
  StaffingGap Gap() {
    const std::vector<StaffingGap> gaps = Gaps();
    EXPECT_EQ(gaps.size(), 1u);
    return gaps.empty() ? StaffingGap() : gaps.front();
  }
  std::vector<std::string> Short() {
    std::vector<std::string> names;
    const StaffingGap gap = Gap();
    for (const v1::StaffingShortfall& shortfall : gap.shortfalls()) names.push_back(record::IdOf(shortfall.employee()));
    return names;
  }
  std::vector<std::string> Waiting() {
    const auto steps = Ask<v1::ListPendingStepsResponse, v1::ListPendingStepsRequest>(
        Manager(), "ListPendingSteps", absl::StrCat("filter: 'subject = \"", Gap().name(), "\" AND state = STATE_OPEN'"));
    std::vector<std::string> texts;
    for (const v1::PendingStep& step : steps->pending_steps()) {
      texts.push_back(
          absl::StrCat(step.action(), " ", step.owner(), " ",
                       absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(step.due_time().seconds()), service::DefaultTimeZone())));
    }
    return texts;
  }
  absl::StatusOr<StaffingGap> Decide(const rpc::Call& call, const std::string& decision) {
    return Ask<StaffingGap, v1::DecideStaffingGapRequest>(call, "DecideStaffingGap",
                                                          absl::StrCat("name: '", Gap().name(), "' decision: ", decision, " reason: 'r'"));
  }

  std::vector<type::v1::Event> events_;
  int sessions_ = 0;
};

TEST_F(StaffingGapTest, ThereIsOneForEachNeedAndItClosesByFact) {
  Become(Activity::STATE_DRAFT);
  EXPECT_TRUE(Gaps().empty());
  Become(Activity::STATE_PREPARING);
  Become(Activity::STATE_READY);
  const StaffingGap gap = Gap();
  EXPECT_EQ(gap.state(), StaffingGap::STATE_OPEN);
  EXPECT_EQ(gap.subject(), "activities/fair");
  EXPECT_EQ(gap.owner(), "employees/ma");
  EXPECT_EQ(gap.requester(), "employees/li");
  EXPECT_EQ(gap.qualified_count(), 0);
  EXPECT_THAT(Short(), testing::ElementsAre("an", "bo"));
  EXPECT_EQ(gap.shortfalls(0).disqualifications(0).course(), "courses/live");
  EXPECT_THAT(Waiting(), testing::ElementsAre("decide employees/ma 2026-02-10"));
  const std::string certificate = Pass("an");
  Run();
  EXPECT_THAT(Short(), testing::ElementsAre("bo"));
  EXPECT_THAT(Decide(Manager(), "DECISION_TRAIN"), HasReason("NOBODY_TRAINABLE"));
  Must<v1::Session, v1::CreateSessionRequest>(
      "CreateSession",
      "parent: 'courses/live' session_id: 'one' session { trainer: 't' capacity: 5 date { year: 2026 month: 2 day: 20 } }");
  const auto decided = Decide(Manager(), "DECISION_TRAIN");
  ASSERT_THAT(decided, IsOk());
  EXPECT_EQ(decided->state(), StaffingGap::STATE_TRAINING);
  EXPECT_THAT(Waiting(), testing::ElementsAre("close employees/ma 2026-03-02"));
  Pass("bo");
  Run();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  EXPECT_EQ(Gap().closing(), StaffingGap::CLOSING_QUALIFIED);
  EXPECT_THAT(Waiting(), testing::IsEmpty());
  Must<v1::Certificate, v1::RevokeCertificateRequest>("RevokeCertificate", "name: '" + certificate + "' reason: 'r'");
  Run();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN) << "as nothing was decided yet";
  EXPECT_EQ(Gap().reopenings(), 1);
  EXPECT_THAT(Short(), testing::ElementsAre("an"));
}

TEST_F(StaffingGapTest, OpensAgainWhenTheFactEnds) {
  Pass("an");
  Pass("bo");
  Become(Activity::STATE_PREPARING);
  EXPECT_TRUE(Gaps().empty()) << "nobody is short of anything";
  Must<v1::Employee, v1::RecordAbsenceRequest>(
      "RecordAbsence",
      "name: 'employees/an' absence { start_date { year: 2026 month: 3 day: 3 } end_date { year: 2026 month: 3 day: 3 } }");
  Run();
  EXPECT_THAT(Short(), testing::ElementsAre("an"));
  Become(Activity::STATE_PREPARING, 4, 5);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED) << "other days";
  Become(Activity::STATE_PREPARING, 3, 5);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  Must<v1::Employee, v1::CancelAbsenceRequest>("CancelAbsence", "name: 'employees/an' start_date { year: 2026 month: 3 day: 3 }");
  Run();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  Must<v1::Employee, v1::TerminateEmployeeRequest>("TerminateEmployee", "name: 'employees/bo' leave_date { year: 2026 month: 2 day: 20 }");
  Run();
  EXPECT_THAT(Short(), testing::ElementsAre("bo"));
  Become(Activity::STATE_PREPARING, 3, 5, {"an"});
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED) << "without Bo";
  Become(Activity::STATE_PREPARING, 3, 5);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  Become(Activity::STATE_CANCELLED);
  EXPECT_EQ(Gap().closing(), StaffingGap::CLOSING_NEED_OVER);
}

TEST_F(StaffingGapTest, WhoTakesOverWithoutACertificateIsAGap) {
  Pass("an");
  Pass("bo");
  Become(Activity::STATE_READY);
  EXPECT_TRUE(Gaps().empty());
  Become(Activity::STATE_READY, 2, 3, {"an", "li"}, "hand_over");
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  EXPECT_THAT(Short(), testing::ElementsAre("li"));
}

TEST_F(StaffingGapTest, AnAcceptanceEnds) {
  Become(Activity::STATE_READY);
  const auto accept = [&](const rpc::Call& call, const std::string& until) {
    return Ask<StaffingGap, v1::AcceptStaffingGapRequest>(
        call, "AcceptStaffingGap",
        absl::StrCat("name: '", Gap().name(), "' reason: 'r' accept_until { year: 2026 month: 2 day: ", until, " }"));
  };
  EXPECT_THAT(accept(Manager(), "1"), HasViolation("accept_until", "ACCEPTANCE_OVER"));
  const rpc::Call an = test::By("employees/an", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  EXPECT_THAT(accept(an, "9"), HasReason("OWN_PROPOSAL")) << "nobody excuses what they lack themselves";
  ASSERT_THAT(accept(Manager(), "9"), IsOk());
  EXPECT_THAT(Waiting(), testing::IsEmpty());
  SetDay(2026, 2, 9);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_ACCEPTED);
  SetDay(2026, 2, 10);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  EXPECT_THAT(Waiting(), testing::ElementsAre("decide employees/ma 2026-02-18"));
  ASSERT_THAT(accept(Manager(), "20"), IsOk());
  Pass("an");
  Pass("bo");
  Run();
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED) << "facts close what was accepted as well";
}

TEST_F(StaffingGapTest, DaysThatHavePassedDoNotCount) {
  Pass("an");
  Pass("bo");
  Must<v1::Employee, v1::RecordAbsenceRequest>(
      "RecordAbsence",
      "name: 'employees/an' absence { start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 2 } }");
  Become(Activity::STATE_LIVE);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  SetDay(2026, 3, 2);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  SetDay(2026, 3, 3);
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_CLOSED);
  EXPECT_EQ(Gap().closing(), StaffingGap::CLOSING_QUALIFIED);
  Become(Activity::STATE_LIVE, 2, 4, {"an", "bo", "li"});
  EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN);
  SetDay(2026, 3, 5);
  EXPECT_EQ(Gap().closing(), StaffingGap::CLOSING_NEED_OVER);
}

TEST_F(StaffingGapTest, ProposesWhoCanBeTrainedInTime) {
  Must<v1::Session, v1::CreateSessionRequest>(
      "CreateSession",
      "parent: 'courses/live' session_id: 'one' session { trainer: 't' capacity: 5 date { year: 2026 month: 2 day: 20 } }");
  Must<v1::Employee, v1::RecordAbsenceRequest>(
      "RecordAbsence",
      "name: 'employees/bo' absence { start_date { year: 2026 month: 2 day: 20 } end_date { year: 2026 month: 2 day: 20 } }");
  Become(Activity::STATE_READY);
  const auto propose = [&](const rpc::Call& call) {
    return Ask<v1::ProposeStaffingResponse, v1::ProposeStaffingRequest>(call, "ProposeStaffing", "name: '" + Gap().name() + "'");
  };
  const auto proposal = propose(As("li"));
  ASSERT_THAT(proposal, IsOk()) << "the owner of the activity";
  ASSERT_EQ(proposal->trainees_size(), 2);
  EXPECT_EQ(proposal->trainees(0).courses(0).session(), "courses/live/sessions/one");
  EXPECT_EQ(proposal->trainees(1).obstacle(), v1::StaffingTrainee::OBSTACLE_NO_SESSION) << "Bo is absent that day";
  EXPECT_EQ(proposal->missing_count(), 2);
  EXPECT_EQ(proposal->hire_count(), 1);
  EXPECT_THAT(propose(As("an")), HasReason("NOT_FOUND"));
  ASSERT_THAT(Decide(Manager(), "DECISION_TRAIN"), IsOk());
  EXPECT_THAT(Decide(Manager(), "DECISION_TRAIN"), HasReason("ILLEGAL_TRANSITION"));
}

// A need is reported while a certificate that covers it is issued or revoked: whoever comes first, soon the gap says what is so.
TEST_F(StaffingGapTest, MissesNoFact) {
  for (int round = 0; round < 8; ++round) {
    std::string certificate;
    std::barrier begin(2);
    {
      std::jthread reporter([&] {
        begin.arrive_and_wait();
        Become(Activity::STATE_READY, 2, 3 + round, {"an"});
      });
      std::jthread trainer([&] {
        begin.arrive_and_wait();
        certificate = Pass("an");
      });
    }
    Run();
    EXPECT_TRUE(Gaps().empty() || Gap().state() == StaffingGap::STATE_CLOSED) << round;
    Must<v1::Certificate, v1::RevokeCertificateRequest>("RevokeCertificate", "name: '" + certificate + "' reason: 'r'");
    Run();
    EXPECT_EQ(Gap().state(), StaffingGap::STATE_OPEN) << round;
  }
}

TEST_F(StaffingGapTest, ShiftsAndUncoveredHoursAreNeeds) {
  auto shift = Proto<activity::v1::Shift>(
      "name: 'activities/fair/shifts/a' role: 'host' state: STATE_PLANNED courses: 'courses/live' requester: 'employees/li' people { "
      "employee: 'employees/an' } start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 3 }");
  Tell("Shift", shift.name(), &shift);
  ASSERT_EQ(Gaps().size(), 1u);
  EXPECT_EQ(Gaps()[0].source(), StaffingGap::SOURCE_SHIFT);
  EXPECT_EQ(Gaps()[0].state(), StaffingGap::STATE_OPEN);
  EXPECT_EQ(Gaps()[0].shortfalls(0).employee(), "employees/an");
  // It closes by fact: she learns it.
  Pass("an");
  Run();
  EXPECT_EQ(Gaps()[0].state(), StaffingGap::STATE_CLOSED);
  EXPECT_EQ(Gaps()[0].closing(), StaffingGap::CLOSING_QUALIFIED);
  auto coverage = Proto<activity::v1::ShiftCoverage>(
      "name: 'activities/fair/shiftCoverages/hosts' role: 'host' min_count: 2 gap_count: 1 missing_count: 2 requester: 'employees/li' "
      "gap_start_date { year: 2026 month: 3 day: 2 } gap_end_date { year: 2026 month: 3 day: 2 }");
  Tell("ShiftCoverage", coverage.name(), &coverage);
  const auto of_coverage = [&] {
    for (const StaffingGap& gap : Gaps()) {
      if (gap.subject() == coverage.name()) return gap;
    }
    return StaffingGap();
  };
  EXPECT_EQ(of_coverage().state(), StaffingGap::STATE_OPEN);
  EXPECT_EQ(of_coverage().required_count(), 2);
  EXPECT_EQ(of_coverage().qualified_count(), 0);
  coverage.set_gap_count(0);
  Tell("ShiftCoverage", coverage.name(), &coverage);
  EXPECT_EQ(of_coverage().state(), StaffingGap::STATE_CLOSED);
  coverage.set_gap_count(1);
  Tell("ShiftCoverage", coverage.name(), &coverage);
  EXPECT_EQ(of_coverage().state(), StaffingGap::STATE_OPEN);
  Tell("ShiftCoverage", coverage.name(), nullptr);
  EXPECT_EQ(of_coverage().state(), StaffingGap::STATE_CLOSED) << "nobody is needed any more";
}

}  // namespace
}  // namespace heitie::personnel
