#include "services/risk/indicator/counted_spans.h"

#include <algorithm>
#include <map>
#include <random>

#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/staff_figure.pb.h"
#include "services/risk/told_fixture.h"

namespace heitie::risk {
namespace {

using activity::v1::Inquiry;
using event::Change;
using planning::v1::Project;
using planning::v1::Task;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using v1::IndicatorDefinition;
using v1::IndicatorReading;

// ---- The rules

Change<Task> Told(absl::Time time, const std::string& task) {
  Change<Task> change;
  change.subject = "projects/p/tasks/t";
  change.occur_time = time;
  if (!task.empty()) change.after = Proto<Task>(task);
  return change;
}

TEST(CountingAfter, ATaskCountsFromTheDayAfterItsLastOne) {
  const absl::TimeZone zone = service::DefaultTimeZone();
  const absl::Time now = absl::FromCivil(absl::CivilDay(2026, 2, 1), zone);
  const auto counting = [&](const std::string& task) { return CountingAfter(Told(now, task), zone); };
  const std::string due = "end_date { year: 2026 month: 2 day: 3 } ";
  ASSERT_TRUE(counting(due + "state: STATE_OPEN").has_value());
  EXPECT_EQ(counting(due + "state: STATE_OPEN")->start, absl::FromCivil(absl::CivilDay(2026, 2, 4), zone));
  EXPECT_EQ(counting(due + "state: STATE_IN_PROGRESS")->scope, "projects/p");
  EXPECT_FALSE(counting(due + "state: STATE_DONE").has_value());
  EXPECT_FALSE(counting(due + "state: STATE_CANCELLED").has_value());
  EXPECT_FALSE(counting("state: STATE_OPEN").has_value()) << "nobody has said by when";
  EXPECT_FALSE(counting(due + "state: STATE_OPEN part_count: 2").has_value()) << "its parts count";
  EXPECT_FALSE(counting("").has_value()) << "deleted";
}

TEST(CountingAfter, AComplaintCountsFromWhenItWasSaid) {
  const absl::TimeZone zone = service::DefaultTimeZone();
  Change<Inquiry> change;
  change.occur_time = absl::FromUnixSeconds(500);
  change.after = Proto<Inquiry>("kind: KIND_COMPLAINT state: STATE_OPEN activity: 'activities/a' receive_time { seconds: 100 }");
  ASSERT_TRUE(CountingAfter(change, zone).has_value());
  EXPECT_EQ(CountingAfter(change, zone)->start, absl::FromUnixSeconds(100));
  EXPECT_EQ(CountingAfter(change, zone)->scope, "activities/a");
  change.before = change.after;
  EXPECT_EQ(CountingAfter(change, zone)->start, change.occur_time) << "it was opened again";
  change.after->set_state(Inquiry::STATE_WAITING);
  EXPECT_TRUE(CountingAfter(change, zone).has_value());
  for (const Inquiry::State over : {Inquiry::STATE_RESOLVED, Inquiry::STATE_CLOSED, Inquiry::STATE_MERGED}) {
    change.after->set_state(over);
    EXPECT_FALSE(CountingAfter(change, zone).has_value());
  }
  change.after = Proto<Inquiry>("kind: KIND_INQUIRY state: STATE_OPEN");
  EXPECT_FALSE(CountingAfter(change, zone).has_value()) << "a question";
  change.after = Proto<Inquiry>("kind: KIND_COMPLAINT state: STATE_OPEN retract_time { seconds: 5 }");
  EXPECT_FALSE(CountingAfter(change, zone).has_value()) << "taken back";
}

// What was known right before a moment, by the changes alone: whether it counts, and in which scope.
struct Step {
  absl::Time time;
  std::optional<Counting> counting;
};
std::string ScopeBefore(const std::vector<Step>& steps, absl::Time end) {
  const Step* last = nullptr;
  std::string scope = "none";
  for (const Step& step : steps) {
    // What is said to have happened before it was told counts from then on, until something else is told.
    const absl::Time from = step.counting.has_value() && step.counting->backdated ? step.counting->start : step.time;
    if (from < end) last = &step;
  }
  if (last != nullptr && last->counting.has_value() && last->counting->start < end) scope = last->counting->scope;
  return scope;
}
std::string ScopeBefore(const std::vector<CountedSpan>& spans, absl::Time end) {
  std::string scope = "none";
  for (const CountedSpan& span : spans) {
    if (!(span.start < end) || (span.end.has_value() && *span.end < end)) continue;
    EXPECT_EQ(scope, "none") << "counted twice";
    scope = span.scope;
  }
  return scope;
}

// Random histories, whose ends are told again as often as somebody fails: at every moment counts what the changes say.
TEST(Follow, EqualsTheHistoryHoweverOftenItsEndIsToldAgain) {
  std::mt19937 random(7);
  int counted = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<Step> steps;
    int64_t now = 100;
    for (size_t i = 0; i < 1 + random() % 8; ++i) {
      now += static_cast<int64_t>(random() % 4);
      Step step{absl::FromUnixSeconds(now), std::nullopt};
      if (random() % 3 != 0) {
        step.counting = Counting{random() % 4 == 0 ? "b" : "a", absl::FromUnixSeconds(now - 5 + static_cast<int64_t>(random() % 12))};
        if (i == 0 && random() % 2 == 0) {
          step.counting->backdated = true;
          step.counting->start = absl::FromUnixSeconds(now - 3);
        }
      }
      steps.push_back(step);
    }
    std::vector<CountedSpan> spans;
    size_t told = 0;
    while (told < steps.size()) {
      Follow(steps[told].counting, steps[told].time, spans);
      ++told;
      if (random() % 4 == 0) told -= random() % (told + 1);
    }
    for (int64_t at = 90; at < now + 20; ++at) {
      const absl::Time end = absl::FromUnixSeconds(at);
      ASSERT_EQ(ScopeBefore(spans, end), ScopeBefore(steps, end)) << round << " at " << at;
      if (ScopeBefore(spans, end) != "none") ++counted;
    }
  }
  EXPECT_GT(counted, 1000);
}

// ---- Within the service. It is the morning of 2026-01-01 in Taipei.

constexpr char kCountDefinition[] =
    "direction: DIRECTION_HIGH_IS_BAD period: PERIOD_DAY unit: 'things' amber: 2 amber_release: 2 red: 3 red_release: 3 enter_periods: 1 "
    "leave_periods: 1 allowed_age_hours: 24 reason: 'First' ";

class CountedFiguresTest : public ToldFixture {
 protected:
  absl::StatusOr<v1::RiskIndicator> Watch(const std::string& id, const std::string& figure) {
    return Try<v1::RiskIndicator, v1::CreateRiskIndicatorRequest>(
        "CreateRiskIndicator", Analyst(),
        absl::StrCat(
            "risk_indicator_id: '", id,
            "' risk_indicator { title: 't' subject: 'projects/p' owner: 'employees/li-ming' start_date { year: 2026 month: 1 day: 1 } "
            "definition { ",
            kCountDefinition, figure, " } }"));
  }
  // The readings of each day, "2G 3R …"; "?" where it is not known.
  std::string Read(const std::string& id) {
    const auto all = Try<v1::ListIndicatorReadingsResponse, v1::ListIndicatorReadingsRequest>(
        "ListIndicatorReadings", Analyst(), absl::StrCat("parent: 'riskIndicators/", id, "'"));
    EXPECT_THAT(all, IsOk());
    std::string text;
    if (!all.ok()) return text;
    for (const IndicatorReading& reading : all->indicator_readings()) {
      absl::StrAppend(&text, text.empty() ? "" : " ", reading.correction() ? "!" : "",
                      reading.has_value() ? absl::StrCat(reading.value()) : "?", v1::Light_Name(reading.light()).substr(6, 1));
    }
    return text;
  }
  void NextDay() {
    const absl::CivilDay next = absl::ToCivilDay(clock_.Now(), service::DefaultTimeZone()) + 1;
    clock_.Set(absl::FromCivil(next, service::DefaultTimeZone()) + absl::Hours(8));
    for (int i = 0; i < 6; ++i) {
      // What is awaited is looked for again after five minutes.
      clock_.Advance(absl::Minutes(2));
      RunJobs();
    }
  }
  void Plan(const std::string& id, int day, const std::string& state = "STATE_OPEN", const std::string& project = "p") {
    Tell("update", Proto<Task>(absl::StrCat("name: 'projects/", project, "/tasks/", id, "' title: 'x' state: ", state,
                                            " end_date { year: 2026 month: 1 day: ", day, " }")));
  }
  void Approve(const std::string& project, const std::string& state = "STATE_APPROVED") {
    Tell("update", Proto<Project>(absl::StrCat("name: 'projects/", project, "' title: 'x' state: ", state)));
  }
};

TEST_F(CountedFiguresTest, OverdueTasksAreCountedAsTheyWereAtTheEndOfTheDay) {
  Approve("p");
  Approve("q");
  Approve("draft", "STATE_DRAFT");
  Plan("a", 1);
  Plan("b", 2);
  Plan("c", 2);
  Plan("elsewhere", 1, "STATE_OPEN", "q");
  Plan("no-plan", 1, "STATE_OPEN", "draft");
  ASSERT_THAT(Watch("late", "count: COUNT_OVERDUE_TASKS project: 'projects/p'"), IsOk());
  ASSERT_THAT(Watch("all", "count: COUNT_OVERDUE_TASKS"), IsOk());
  NextDay();
  NextDay();
  NextDay();
  EXPECT_EQ(Read("late"), "0G 1G 3R") << "the last day of a task is in time";
  EXPECT_EQ(Read("all"), "0G 2A 4R");
  Plan("a", 1, "STATE_DONE");
  Plan("b", 9);
  NextDay();
  EXPECT_EQ(Read("late"), "0G 1G 3R 1G");
  Approve("p", "STATE_CANCELLED");
  NextDay();
  EXPECT_EQ(Read("late"), "0G 1G 3R 1G 0G") << "nothing of it is to be done any more";
  EXPECT_EQ(Read("all"), "0G 2A 4R 2A 1G");
  const auto reading = Try<IndicatorReading, v1::GetIndicatorReadingRequest>("GetIndicatorReading", Analyst(),
                                                                             "name: 'riskIndicators/late/readings/2026-01-03'");
  ASSERT_THAT(reading, IsOk());
  EXPECT_TRUE(reading->has_watermark());
  EXPECT_GT(reading->source_version(), 0);
}

TEST_F(CountedFiguresTest, ComplaintsThatComeLateAreACorrection) {
  const auto complain = [&](const std::string& id, absl::Duration ago, const std::string& state = "STATE_OPEN",
                            const std::string& activity = "activities/sale") {
    Tell(state == "STATE_OPEN" ? "create" : "close",
         Proto<Inquiry>(absl::StrCat("name: 'inquiries/", id, "' kind: KIND_COMPLAINT state: ", state, " activity: '", activity,
                                     "' receive_time ", At(-ago))));
  };
  complain("a", absl::Minutes(1));
  complain("other", absl::Minutes(1), "STATE_OPEN", "activities/other");
  ASSERT_THAT(Watch("angry", "count: COUNT_OPEN_COMPLAINTS activity: 'activities/sale'"), IsOk());
  NextDay();
  EXPECT_EQ(Read("angry"), "1G");
  complain("late", absl::Hours(24));
  complain("later", absl::Hours(24));
  clock_.Advance(absl::Hours(2));
  for (int i = 0; i < 3; ++i) RunJobs();
  EXPECT_EQ(Read("angry"), "1G !3R") << "they were open yesterday";
  complain("late", absl::ZeroDuration(), "STATE_CLOSED");
  NextDay();
  EXPECT_EQ(Read("angry"), "1G !3R 2A");
}

TEST_F(CountedFiguresTest, WhatIsNotHeardIsNotGreen) {
  Approve("p");
  ASSERT_THAT(Watch("late", "count: COUNT_OVERDUE_TASKS"), IsOk());
  clients_["planning"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
      "heitie.planning.v1.RecordService/ListEvents",
      [](const rpc::Call&, const type::v1::ListEventsRequest&) -> absl::StatusOr<type::v1::ListEventsResponse> {
        return absl::UnavailableError("away");
      });
  NextDay();
  EXPECT_EQ(Read("late"), "") << "it is awaited";
  NextDay();
  EXPECT_EQ(Read("late"), "?U");
}

TEST_F(CountedFiguresTest, FiguresOfTheStaffAreAskedOfPersonnel) {
  std::vector<std::string> asked;
  clients_["personnel"].On<personnel::v1::ComputeStaffFigureRequest, personnel::v1::ComputeStaffFigureResponse>(
      "heitie.personnel.v1.StaffingService/ComputeStaffFigure",
      [&](const rpc::Call& call, const personnel::v1::ComputeStaffFigureRequest& request) {
        EXPECT_EQ(call.principal.name, "services/risk");
        asked.push_back(absl::StrCat(personnel::v1::StaffFigure_Name(request.figure()), " ", request.department(), " ",
                                     time::DayText(time::ToDay(request.date()))));
        personnel::v1::ComputeStaffFigureResponse response;
        response.set_value(request.figure() == personnel::v1::STAFF_FIGURE_VACANCIES ? 2 : 5);
        *response.mutable_time() = time::ToTimestamp(call.now);
        return response;
      });
  ASSERT_THAT(Watch("empty", "count: COUNT_VACANCIES department: 'operations'"), IsOk());
  ASSERT_THAT(Watch("untrained", "count: COUNT_MISSING_CERTIFICATES"), IsOk());
  NextDay();
  EXPECT_EQ(Read("empty"), "2A");
  EXPECT_EQ(Read("untrained"), "5R");
  EXPECT_THAT(asked,
              ::testing::IsSupersetOf({"STAFF_FIGURE_VACANCIES operations 2026-01-01", "STAFF_FIGURE_MISSING_CERTIFICATES  2026-01-01"}));
  EXPECT_THAT(Watch("x", "count: COUNT_VACANCIES project: 'projects/p'"),
              HasViolation("risk_indicator.definition.project", "FIGURE_NOT_ONE"));
  EXPECT_THAT(Watch("x", "count: COUNT_OVERDUE_TASKS activity: 'activities/a'"),
              HasViolation("risk_indicator.definition.activity", "FIGURE_NOT_ONE"));
  EXPECT_THAT(Watch("x", "count: COUNT_OPEN_COMPLAINTS department: 'd'"),
              HasViolation("risk_indicator.definition.department", "FIGURE_NOT_ONE"));
  EXPECT_THAT(Watch("x", "count: COUNT_VACANCIES item: 'items/i'"), HasViolation("risk_indicator.definition.metric", "FIGURE_NOT_ONE"));
}

}  // namespace
}  // namespace heitie::risk
