#include "services/activity/shift/shifts.h"

#include <thread>

#include "common/time/day.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolations;
using ::heitie::test::IsOk;
using v1::Activity;
using v1::Shift;
using v1::ShiftCoverage;

class ShiftsTest : public ActivityTest {
 protected:
  // The fixture's activity begins at 08:00 of Thursday, 2026-01-01, in Taipei, and lasts a day.
  absl::Time At(double hour) const { return start_ + absl::Hours(hour - 8); }

  v1::CreateShiftRequest NewShift(const std::string& activity, const std::string& id, double from, double to,
                                  const std::vector<std::string>& people, const std::string& role = "host") const {
    v1::CreateShiftRequest request;
    request.set_parent(activity);
    request.set_shift_id(id);
    Shift& shift = *request.mutable_shift();
    shift.set_role(role);
    *shift.mutable_start_time() = time::ToTimestamp(At(from));
    *shift.mutable_end_time() = time::ToTimestamp(At(to));
    shift.add_courses("courses/safety");
    for (const std::string& person : people) shift.add_people()->set_employee("employees/" + person);
    return request;
  }
  absl::StatusOr<Shift> Plan(const std::string& activity, const std::string& id, double from, double to,
                             const std::vector<std::string>& people, const std::string& role = "host") {
    return Call<Shift>("CreateShift", Specialist(), NewShift(activity, id, from, to, people, role));
  }
  absl::StatusOr<ShiftCoverage> Cover(const std::string& activity, int min_count, const std::string& open, const std::string& close) {
    v1::CreateShiftCoverageRequest request;
    request.set_parent(activity);
    request.set_shift_coverage_id("hosts");
    request.mutable_shift_coverage()->set_role("host");
    request.mutable_shift_coverage()->set_min_count(min_count);
    auto* window = request.mutable_shift_coverage()->add_hours();
    window->set_open(open);
    window->set_close(close);
    return Call<ShiftCoverage>("CreateShiftCoverage", Specialist(), request);
  }
  std::string Gaps(const std::string& activity) {
    const auto coverage =
        Call<ShiftCoverage>("GetShiftCoverage", Analyst(), Named<v1::GetShiftCoverageRequest>(activity + "/shiftCoverages/hosts"));
    EXPECT_THAT(coverage, IsOk());
    std::string text;
    for (const auto& gap : coverage->gaps()) {
      const auto hour = [&](const google::protobuf::Timestamp& t) {
        return absl::FormatTime("%H:%M", time::ToTime(t), time::ZoneOf("Asia/Taipei"));
      };
      text += (text.empty() ? "" : ", ") + hour(gap.start_time()) + "-" + hour(gap.end_time()) + " " + std::to_string(gap.missing_count());
    }
    EXPECT_EQ(coverage->gap_count(), coverage->gaps_size());
    return text;
  }
  Shift ShiftOf(const std::string& name) {
    const auto shift = Call<Shift>("GetShift", Analyst(), Named<v1::GetShiftRequest>(name));
    EXPECT_THAT(shift, IsOk());
    return shift.value_or(Shift());
  }
  v1::PreconditionVerdict Staff(const std::string& activity) {
    const auto gate = Call<v1::EvaluateLaunchGateResponse>("EvaluateLaunchGate", Analyst(), Named<v1::EvaluateLaunchGateRequest>(activity));
    EXPECT_THAT(gate, IsOk());
    for (const auto& verdict : gate->verdicts()) {
      if (verdict.precondition() == v1::PRECONDITION_STAFF_QUALIFIED) return verdict;
    }
    return {};
  }
  absl::Status HandOver(const std::string& shift, const std::string& field, const std::string& from, const std::string& to) {
    type::v1::HandOverRequest request;
    request.set_resource(shift);
    request.set_field(field);
    request.set_employee(from);
    request.set_successor(to);
    request.set_reason("a change");
    return Call<type::v1::Holding>("HandOver", Manager(), request).status();
  }
  std::string Activity_(const std::string& id = "spring") {
    EXPECT_THAT(Call<Activity>("CreateActivity", Specialist(), NewActivity(id)), IsOk());
    return "activities/" + id;
  }

  const absl::Time start_ = clock_.Now();
};

TEST_F(ShiftsTest, APersonHasOneShiftAtATimeOverAllActivities) {
  const std::string spring = Activity_("spring"), summer = Activity_("summer");
  ASSERT_THAT(Plan(spring, "a", 10, 16, {"an", "bo"}), IsOk());
  EXPECT_THAT(Plan(spring, "b", 15, 20, {"an", "cy"}), HasReason("SHIFT_OVERLAP"));
  const auto refused = Plan(summer, "c", 15.5, 20, {"bo", "an"});
  EXPECT_THAT(refused, HasViolations("employees/an SHIFT_OVERLAP", "employees/bo SHIFT_OVERLAP"));
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("activities/spring/shifts/a")) << "the other one is named";
  EXPECT_THAT(Plan(summer, "d", 16, 20, {"an"}), IsOk()) << "back to back is fine";
  EXPECT_THAT(Plan(summer, "e", 8, 10, {"an"}), IsOk());
  EXPECT_THAT(Plan(summer, "f", 10, 16, {"cy"}), IsOk());
  // Moved onto another one, or given somebody who has one.
  v1::UpdateShiftRequest update;
  *update.mutable_shift() = ShiftOf(summer + "/shifts/d");
  *update.mutable_shift()->mutable_start_time() = time::ToTimestamp(At(15));
  EXPECT_THAT(Call<Shift>("UpdateShift", Specialist(), update), HasReason("SHIFT_OVERLAP"));
  *update.mutable_shift()->mutable_start_time() = time::ToTimestamp(At(17));
  update.mutable_shift()->add_people()->set_employee("employees/cy");
  EXPECT_THAT(Call<Shift>("UpdateShift", Specialist(), update), IsOk());
  EXPECT_THAT(Plan(spring, "g", 16, 17, {"an"}), IsOk()) << "what was left is free";
  // What is given up is free as well.
  ASSERT_THAT(Call<Shift>("CancelShift", Specialist(), Named<v1::CancelShiftRequest>(spring + "/shifts/a")), IsOk());
  EXPECT_THAT(Plan(summer, "h", 10, 16, {"bo"}), IsOk());
  update.mutable_shift()->set_name(spring + "/shifts/a");
  update.mutable_shift()->clear_etag();
  EXPECT_THAT(Call<Shift>("UpdateShift", Specialist(), update), HasReason("SHIFT_FIXED"));
}

TEST_F(ShiftsTest, OfTwoAtOnceOneWins) {
  std::vector<std::string> activities;
  for (const char* id : {"a", "b", "c", "d"}) activities.push_back(Activity_(id));
  for (int round = 0; round < 8; ++round) {
    const std::vector<std::string> people = round % 2 == 0 ? std::vector<std::string>{"an", "bo"} : std::vector<std::string>{"bo", "an"};
    std::vector<absl::Status> outcomes(activities.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < activities.size(); ++i) {
      threads.emplace_back([&, i] {
        // Each overlaps each other.
        const double from = 8 + round * 2 + static_cast<double>(i) * 0.25;
        outcomes[i] = Plan(activities[i], "r" + std::to_string(round), from, from + 1, people).status();
      });
    }
    for (std::thread& thread : threads) thread.join();
    int won = 0;
    for (const absl::Status& outcome : outcomes) {
      won += outcome.ok() ? 1 : 0;
      if (!outcome.ok()) {
        EXPECT_THAT(outcome, HasReason("SHIFT_OVERLAP"));
      }
    }
    EXPECT_EQ(won, 1) << round;
  }
}

TEST_F(ShiftsTest, TellsWhatIsWrongWithAShift) {
  const std::string name = Activity_();
  EXPECT_THAT(Plan(name, "a", 10, 34.5, {"an", "an"}),
              HasViolations("shift.end_time SHIFT_TOO_LONG", "shift.people[1].employee VALUE_TWICE"));
  EXPECT_THAT(Plan(name, "a", 10, 10, {}), HasViolations("shift.end_time START_NOT_BEFORE_END"));
  EXPECT_THAT(Plan(name, "a", 6, 8, {"an"}), HasReason("SHIFT_PAST"));
  EXPECT_THAT(Plan("activities/none", "a", 10, 12, {"an"}), HasReason("NOT_FOUND"));
  store_.owners().left = [](const std::string& employee, absl::Time) { return employee == "employees/gone"; };
  EXPECT_THAT(Plan(name, "a", 10, 12, {"gone"}), HasReason("OWNER_LEFT"));
  const auto night = Plan(name, "night", 22, 30, {"an"});
  ASSERT_THAT(night, IsOk());
  EXPECT_EQ(time::DayText(time::ToDay(night->start_date())), "2026-01-01");
  EXPECT_EQ(time::DayText(time::ToDay(night->end_date())), "2026-01-02");
  EXPECT_EQ(night->time_zone(), "Asia/Taipei");
  EXPECT_EQ(night->requester(), "employees/li");
  ASSERT_THAT(Call<Activity>("CancelActivity", Manager(),
                             [&] {
                               auto request = Named<v1::CancelActivityRequest>(name);
                               request.set_reason("rain");
                               return request;
                             }()),
              IsOk());
  EXPECT_THAT(Plan(name, "b", 10, 12, {"bo"}), HasReason("ACTIVITY_CLOSED"));
  EXPECT_EQ(ShiftOf(name + "/shifts/night").state(), Shift::STATE_CANCELLED) << "nobody is needed any more";
  EXPECT_THAT(Plan(Activity_("other"), "x", 22, 30, {"an"}), IsOk());
}

TEST_F(ShiftsTest, WhereARoleLacksPeopleIsKept) {
  const std::string name = Activity_();
  EXPECT_FALSE(Get(name).staffed_by_shifts());
  ASSERT_THAT(Cover(name, 2, "10:00", "22:00"), IsOk());
  EXPECT_TRUE(Get(name).staffed_by_shifts());
  EXPECT_EQ(Gaps(name), "10:00-22:00 2");
  ASSERT_THAT(Plan(name, "a", 10, 16, {"an"}), IsOk());
  ASSERT_THAT(Plan(name, "b", 10, 14, {"bo"}), IsOk());
  ASSERT_THAT(Plan(name, "c", 14, 22, {"cy"}), IsOk());
  ASSERT_THAT(Plan(name, "cook", 16, 18, {"di"}, "cook"), IsOk());
  ASSERT_THAT(Plan(name, "d", 18, 22, {"ed"}), IsOk());
  EXPECT_EQ(Gaps(name), "16:00-18:00 1");
  const auto coverage =
      Call<ShiftCoverage>("GetShiftCoverage", Analyst(), Named<v1::GetShiftCoverageRequest>(name + "/shiftCoverages/hosts"));
  EXPECT_EQ(coverage->missing_count(), 1);
  EXPECT_EQ(time::DayText(time::ToDay(coverage->gap_start_date())), "2026-01-01");
  EXPECT_EQ(coverage->requester(), "employees/li");
  v1::UpdateShiftRequest longer;
  *longer.mutable_shift() = ShiftOf(name + "/shifts/a");
  *longer.mutable_shift()->mutable_end_time() = time::ToTimestamp(At(18));
  ASSERT_THAT(Call<Shift>("UpdateShift", Specialist(), longer), IsOk());
  EXPECT_EQ(Gaps(name), "");
  ASSERT_THAT(Call<Shift>("CancelShift", Specialist(), Named<v1::CancelShiftRequest>(name + "/shifts/b")), IsOk());
  EXPECT_EQ(Gaps(name), "10:00-14:00 1");
  v1::UpdateShiftCoverageRequest fewer;
  *fewer.mutable_shift_coverage() = *coverage;
  fewer.mutable_shift_coverage()->clear_etag();
  fewer.mutable_shift_coverage()->set_min_count(1);
  ASSERT_THAT(Call<ShiftCoverage>("UpdateShiftCoverage", Specialist(), fewer), IsOk());
  EXPECT_EQ(Gaps(name), "");
  // The activity ends later: its hours are others.
  v1::UpdateActivityRequest update;
  *update.mutable_activity() = Get(name);
  *update.mutable_activity()->mutable_end_time() = time::ToTimestamp(At(36));
  ASSERT_THAT(Call<Activity>("UpdateActivity", Specialist(), update), IsOk());
  EXPECT_EQ(Gaps(name), "10:00-12:00 1");
  ASSERT_THAT(Call<google::protobuf::Empty>("DeleteShiftCoverage", Specialist(),
                                            Named<v1::DeleteShiftCoverageRequest>(name + "/shiftCoverages/hosts")),
              IsOk());
  EXPECT_TRUE(Get(name).staffed_by_shifts());
  for (const char* id : {"a", "c", "d", "cook"}) {
    ASSERT_THAT(Call<Shift>("CancelShift", Specialist(), Named<v1::CancelShiftRequest>(name + "/shifts/" + id)), IsOk());
  }
  EXPECT_FALSE(Get(name).staffed_by_shifts());
}

TEST_F(ShiftsTest, TheGateJudgesShiftsByOneQuestionInPlaceOfStaff) {
  const std::string name = Ready();
  world_.unqualified = {"employees/li", "employees/bo"};
  EXPECT_EQ(Staff(name).reason(), "STAFF_NOT_QUALIFIED");
  ASSERT_THAT(Plan(name, "day", 10, 22, {"an"}), IsOk());
  EXPECT_EQ(Staff(name).verdict(), v1::VERDICT_MET) << "Li is not asked for any more";
  ASSERT_THAT(Plan(name, "night", 22, 30, {"an", "bo"}), IsOk());
  const v1::PreconditionVerdict verdict = Staff(name);
  EXPECT_EQ(verdict.reason(), "STAFF_NOT_QUALIFIED");
  EXPECT_THAT(verdict.sentence(), testing::HasSubstr("employees/bo (activities/spring/shifts/night"));
  ASSERT_EQ(world_.cases_question.cases_size(), 3);
  EXPECT_THAT(world_.cases_question.cases(1), test::EqualsProto(R"pb(
                employee: "employees/an"
                courses: "courses/safety"
                start_date { year: 2026 month: 1 day: 1 }
                end_date { year: 2026 month: 1 day: 2 })pb"));
  world_.unqualified.clear();
  ASSERT_THAT(Cover(name, 1, "10:00", "24:00"), IsOk());
  EXPECT_EQ(Staff(name).verdict(), v1::VERDICT_MET);
  ASSERT_THAT(Call<Shift>("CancelShift", Specialist(), Named<v1::CancelShiftRequest>(name + "/shifts/night")), IsOk());
  EXPECT_EQ(Staff(name).reason(), "SHIFTS_NOT_COVERED");
  EXPECT_THAT(Staff(name).sentence(), testing::HasSubstr("host: 1 missing from 2026-01-01 22:00"));
  const auto check = Call<v1::CheckShiftsResponse>("CheckShifts", Analyst(), Named<v1::CheckShiftsRequest>(name));
  ASSERT_THAT(check, IsOk());
  EXPECT_FALSE(check->met());
  ASSERT_EQ(check->gaps_size(), 1);
  EXPECT_EQ(check->gaps(0).role(), "host");
  EXPECT_EQ(check->shifts_size(), 1);
  const auto examined = Call<v1::LaunchGateExamination>("ExamineLaunchGate", Analyst(), Named<v1::ExamineLaunchGateRequest>(name));
  ASSERT_THAT(examined, IsOk());
  EXPECT_FALSE(examined->has_staff());
  EXPECT_EQ(examined->shifts().gaps_size(), 1);
  // Hours that are over lack nobody, and shifts that are over are not asked about.
  clock_.Advance(absl::Hours(17));
  EXPECT_EQ(Staff(name).verdict(), v1::VERDICT_MET);
  EXPECT_THAT(Call<v1::CheckShiftsResponse>("CheckShifts", Analyst(), Named<v1::CheckShiftsRequest>(name))->shifts(), testing::IsEmpty());
}

TEST_F(ShiftsTest, WhatNobodyKnowsIsNotJudged) {
  const std::string name = Ready();
  ASSERT_THAT(Plan(name, "day", 10, 22, {"an"}), IsOk());
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "CheckQualificationCases" ? absl::UnavailableError("away") : absl::OkStatus();
  };
  EXPECT_EQ(Staff(name).verdict(), v1::VERDICT_UNKNOWN);
  EXPECT_THAT(Call<v1::CheckShiftsResponse>("CheckShifts", Analyst(), Named<v1::CheckShiftsRequest>(name)), HasReason("FACTS_MISSING"));
}

TEST_F(ShiftsTest, WhoLeavesLeavesAGap) {
  const std::string name = Activity_();
  ASSERT_THAT(Cover(name, 2, "10:00", "16:00"), IsOk());
  ASSERT_THAT(Plan(name, "a", 10, 16, {"an", "bo"}), IsOk());
  ASSERT_THAT(Plan(name, "b", 18, 20, {"cy"}), IsOk());
  EXPECT_EQ(Gaps(name), "");
  // A change of mind among those who are here: the successor takes the shift, if she is free.
  EXPECT_THAT(HandOver(name + "/shifts/a", "people[0].employee", "employees/an", "employees/di"), IsOk());
  ASSERT_THAT(Plan(name, "c", 12, 13, {"an"}), IsOk());
  EXPECT_THAT(HandOver(name + "/shifts/a", "people[0].employee", "employees/di", "employees/an"), HasReason("SHIFT_OVERLAP"));
  EXPECT_EQ(ShiftOf(name + "/shifts/a").people(0).employee(), "employees/di");
  // Who has left is taken out, and nobody takes her place.
  store_.owners().left = [](const std::string& employee, absl::Time) { return employee == "employees/bo"; };
  ASSERT_THAT(HandOver(name + "/shifts/a", "people[1].employee", "employees/bo", "employees/ed"), IsOk());
  const Shift after = ShiftOf(name + "/shifts/a");
  ASSERT_EQ(after.people_size(), 1);
  EXPECT_EQ(after.people(0).employee(), "employees/di");
  EXPECT_EQ(Gaps(name), "10:00-12:00 1, 13:00-16:00 1");
  EXPECT_THAT(Plan(name, "d", 10, 12, {"ed"}), IsOk()) << "Ed was given nothing";
  // A shift that is over is nobody's to hand over.
  clock_.Advance(absl::Hours(9));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(ShiftOf(name + "/shifts/a").state(), Shift::STATE_OVER);
  EXPECT_EQ(ShiftOf(name + "/shifts/b").state(), Shift::STATE_PLANNED);
  EXPECT_THAT(HandOver(name + "/shifts/a", "people[0].employee", "employees/di", "employees/cy"), HasReason("NOT_OPEN"));
  EXPECT_EQ(Gaps(name), "13:00-16:00 1") << "what is over stays as it was";
}

TEST_F(ShiftsTest, AShiftFollowsItsActivity) {
  const std::string name = Activity_();
  ASSERT_THAT(Plan(name, "a", 20, 28, {"an"}), IsOk());
  v1::UpdateActivityRequest update;
  *update.mutable_activity() = Get(name);
  update.mutable_activity()->set_time_zone("UTC");
  update.mutable_activity()->set_owner("employees/bo");
  ASSERT_THAT(Call<Activity>("UpdateActivity", Specialist(), update), IsOk());
  const Shift shift = ShiftOf(name + "/shifts/a");
  EXPECT_EQ(shift.time_zone(), "UTC");
  EXPECT_EQ(shift.requester(), "employees/bo");
  EXPECT_EQ(time::DayText(time::ToDay(shift.end_date())), "2026-01-01") << "12:00 to 20:00 there";
}

}  // namespace
}  // namespace heitie::activity
