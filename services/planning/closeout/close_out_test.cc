// What came of projects and what the next study learns from it, through the service.
#include "services/planning/closeout/close_out.h"

#include <utility>

#include "common/record/json.h"
#include "common/text/markdown.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/planning/v1/progress_report.pb.h"
#include "heitie/planning/v1/project_type.pb.h"
#include "heitie/planning/v1/scheme_judgement.pb.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::CloseOut;
using v1::CloseOutFigure;
using v1::ForecastClass;
using v1::ForecastRecord;

class CloseOutTest : public PlanningTest {
 protected:
  CloseOutTest() {
    CreateQuarter();
    for (const std::string service : {"resource", "activity"}) {
      clients_[service].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", service, ".v1.RecordService/ListEvents"),
          [this, service](const rpc::Call&, const type::v1::ListEventsRequest& request) {
            type::v1::ListEventsResponse response;
            for (const type::v1::Event& event : events_[service]) {
              if (event.position() > request.after_position()) *response.add_events() = event;
            }
            response.set_last_position(static_cast<int64_t>(events_[service].size()));
            return response;
          });
    }
    clients_["metrics"].On<metrics::v1::QueryMetricRequest, metrics::v1::QueryMetricResponse>(
        "heitie.metrics.v1.AnalysisService/QueryMetric",
        [this](const rpc::Call&, const metrics::v1::QueryMetricRequest& request) -> absl::StatusOr<metrics::v1::QueryMetricResponse> {
          if (metrics_away_) return absl::UnavailableError("away");
          metrics::v1::QueryMetricResponse response;
          response.mutable_metric_definition()->set_name(request.metric());
          response.set_unit("users");
          response.mutable_source()->set_version(4);
          metrics::v1::DailyFigures& day = *response.add_days();
          *day.mutable_date() = request.end_date();
          day.mutable_figures()->set_value(1400);
          return response;
        });
    Do<v1::ProjectType, v1::CreateProjectTypeRequest>("CreateProjectType", Manager(),
                                                      "project_type_id: 'fair' project_type { title: 'Fair' }");
  }

  // Something happened in another service.
  template <typename T>
  void Happens(const std::string& service, const std::string& type, const T& after) {
    type::v1::Event& event = events_[service].emplace_back();
    event.set_position(static_cast<int64_t>(events_[service].size()));
    event.set_subject_type(type);
    event.set_subject(after.name());
    event.set_action("create");
    event.set_revision(1);
    event.set_after_json(record::ToJson(after));
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
  }
  void Spends(const std::string& subject, int64_t amount) {
    resource::v1::Encumbrance spent;
    spent.set_name(absl::StrCat("encumbrances/e", events_["resource"].size()));
    spent.set_subject(subject);
    spent.set_currency_code("CNY");
    spent.set_actual_minor(amount);
    Happens("resource", "resource.heitie/Encumbrance", spent);
  }
  // A report on an activity, some seconds after the beginning of time.
  void Reports(const std::string& project, const std::string& activity, const std::string& id, int second, double cost_ratio,
               double benefit_ratio) {
    auto report = test::Proto<activity::v1::Report>(R"pb(
      snapshot {
        forecasts { kind: KIND_COST forecast: 1000 currency_code: "CNY" }
        forecasts { kind: KIND_BENEFIT forecast: 1000000 currency_code: "CNY" }
        forecasts { kind: KIND_TARGET measure: MEASURE_CLICKS forecast: 0 actual: 4 }
      })pb");
    report.set_name(absl::StrCat("activities/", activity, "/reports/", id));
    report.mutable_create_time()->set_seconds(1767225600 + second);
    report.mutable_snapshot()->mutable_activity()->set_name("activities/" + activity);
    report.mutable_snapshot()->mutable_activity()->set_project(project);
    report.mutable_snapshot()->mutable_forecasts(0)->set_actual(1000 * cost_ratio);
    report.mutable_snapshot()->mutable_forecasts(1)->set_actual(1000000 * benefit_ratio);
    Happens("activity", "activity.heitie/Report", report);
  }
  void RunJobs() {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(2));
      EXPECT_THAT(jobs_.RunDue(), IsOk());
    }
  }
  void Report(const std::string& task, const std::string& owner, int day, const std::string& more) {
    const rpc::Call call = test::By("employees/" + owner, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
    EXPECT_THAT(Call<v1::ProgressReport>(
                    "CreateProgressReport", call,
                    test::Proto<v1::CreateProgressReportRequest>(absl::StrCat(
                        "parent: '", task, "' progress_report { report_date { year: 2026 month: 1 day: ", day, " } ", more, " }"))),
                IsOk());
  }
  void GoTo(int day) { clock_.Set(absl::FromCivil(absl::CivilHour(2026, 1, day, 10), absl::UTCTimeZone())); }
  std::vector<ForecastRecord> Records(const std::string& filter) {
    const auto page =
        Do<v1::ListForecastRecordsResponse, v1::ListForecastRecordsRequest>("ListForecastRecords", Analyst(), "filter: '" + filter + "'");
    return {page.forecast_records().begin(), page.forecast_records().end()};
  }
  v1::Scheme GetScheme(const std::string& name) {
    return Do<v1::Scheme, v1::GetSchemeRequest>("GetScheme", Analyst(), "name: '" + name + "'");
  }

  std::map<std::string, std::vector<type::v1::Event>> events_;
  bool metrics_away_ = false;
};

TEST_F(CloseOutTest, CompletingLeavesWhatCameOfIt) {
  CreateApproved("p");
  Do<v1::Project, v1::ReviseProjectRequest>("ReviseProject", Manager(), "name: 'projects/p' reason: 'More users'");
  Do<v1::Project, v1::UpdateProjectRequest>("UpdateProject", Specialist(), R"pb(project {
                                                                                  name: "projects/p"
                                                                                  objectives {
                                                                                    metric: "new_users"
                                                                                    unit: "users"
                                                                                    baseline: 1000
                                                                                    target: 1800
                                                                                    target_date { year: 2026 month: 2 day: 27 }
                                                                                  }
                                                                                })pb");
  Submit("p");
  EXPECT_EQ(Approve("p").approved_baseline(), "projects/p/baselines/2");
  GoTo(14);
  Report("projects/p/tasks/copy", "wang", 6, "percent: 10 hours: 8");
  Report("projects/p/tasks/copy", "wang", 13, "percent: 100 hours: 44.5");
  Spends("projects/p/tasks/copy", 1250000);
  Spends("projects/other", 99);
  Reports("projects/p", "fair", "1", 1, 1, 0.8);
  RunJobs();
  metrics_away_ = true;
  Do<v1::Project, v1::CompleteProjectRequest>("CompleteProject", Manager(), "name: 'projects/p'");
  RunJobs();
  EXPECT_THAT((Refused<CloseOut, v1::GetCloseOutRequest>("GetCloseOut", Analyst(), "name: 'projects/p/closeOuts/1'")),
              HasReason("NOT_FOUND"))
      << "it waits for metrics";
  metrics_away_ = false;
  clock_.Advance(absl::Minutes(2));
  RunJobs();
  const auto out = Do<CloseOut, v1::GetCloseOutRequest>("GetCloseOut", Analyst(), "name: 'projects/p/closeOuts/1'");
  EXPECT_EQ(out.complete_date().day(), 14);
  EXPECT_EQ(out.first_baseline(), "projects/p/baselines/1");
  EXPECT_EQ(out.last_baseline(), "projects/p/baselines/2");
  EXPECT_EQ(out.ledger_position(), 2);
  const auto figure = [&](CloseOutFigure::Kind kind) {
    for (const CloseOutFigure& each : out.figures()) {
      if (each.kind() == kind) return each;
    }
    return CloseOutFigure();
  };
  EXPECT_EQ(figure(CloseOutFigure::KIND_COST).first_planned(), 1000000);
  EXPECT_EQ(figure(CloseOutFigure::KIND_COST).actual(), 1250000);
  EXPECT_EQ(figure(CloseOutFigure::KIND_BENEFIT).first_planned(), 1100000);
  EXPECT_EQ(figure(CloseOutFigure::KIND_BENEFIT).actual(), 800000);
  EXPECT_EQ(figure(CloseOutFigure::KIND_BENEFIT).sources(0), "activities/fair/reports/1");
  EXPECT_EQ(figure(CloseOutFigure::KIND_DURATION).first_planned(), 5) << "Monday 5 to Friday 9";
  EXPECT_EQ(figure(CloseOutFigure::KIND_DURATION).actual(), 6) << "Tuesday 6 to Tuesday 13";
  EXPECT_EQ(figure(CloseOutFigure::KIND_EFFORT).first_planned(), 2400);
  EXPECT_EQ(figure(CloseOutFigure::KIND_EFFORT).actual(), 3150) << "52.5 hours";
  ASSERT_EQ(out.objectives_size(), 1);
  EXPECT_EQ(out.objectives(0).first_target(), 1500);
  EXPECT_EQ(out.objectives(0).last_target(), 1800);
  EXPECT_EQ(out.objectives(0).actual(), 1400);
  EXPECT_EQ(out.objectives(0).attained(), 0.5);
  EXPECT_EQ(out.objectives(0).source(), "metricDefinitions/new-users");
  EXPECT_EQ(out.digest(), text::Sha256Hex(out.markdown()));
  EXPECT_THAT(out.markdown(), HasSubstr("CNY 12,500.00"));
  EXPECT_THAT(out.markdown(), HasSubstr("+25.00 %"));
  const auto learnt = Records("source = \"projects/p/closeOuts/1\"");
  ASSERT_THAT(learnt, SizeIs(4)) << "cost, benefit, duration and the target";
  const auto cost = Records("subject = \"projects/p\" AND kind = KIND_COST");
  ASSERT_THAT(cost, SizeIs(1));
  EXPECT_EQ(cost[0].ratio(), 1.25);
  EXPECT_EQ(Records("subject = \"projects/p\" AND kind = KIND_DURATION")[0].ratio(), 1.2);
  const auto target = Records("subject = \"projects/p\" AND kind = KIND_TARGET");
  EXPECT_EQ(target[0].measure(), "new_users");
  EXPECT_EQ(target[0].forecast(), 1500) << "what was approved first";
  RunJobs();
  EXPECT_THAT((Do<v1::ListCloseOutsResponse, v1::ListCloseOutsRequest>("ListCloseOuts", Analyst(), "parent: 'projects/p'").close_outs()),
              SizeIs(1));
}

// PERT of 4, 6 and 14 days from the second day on: P10 is 4.899 by the incomplete beta function, P90 9.453 (issue).
TEST_F(CloseOutTest, ADurationHasItsRangeFromThreePoints) {
  CreateActionable("p");
  EXPECT_FALSE(DurationRangeOf(test::Proto<v1::Baseline>("project { start_date { year: 2026 month: 1 day: 5 } }"), CalendarForTest()));
  Do<v1::Task, v1::UpdateTaskRequest>("UpdateTask", Specialist(),
                                      R"pb(task {
                                             name: "projects/p/tasks/copy"
                                             start_date { year: 2026 month: 1 day: 6 }
                                             end_date { year: 2026 month: 1 day: 13 }
                                             duration_estimate { optimistic_days: 4 likely_days: 6 pessimistic_days: 14 }
                                           })pb");
  Submit("p");
  Approve("p");
  GoTo(20);
  Report("projects/p/tasks/copy", "wang", 6, "percent: 10");
  Report("projects/p/tasks/copy", "wang", 19, "percent: 100");
  RunJobs();
  Do<v1::Project, v1::CompleteProjectRequest>("CompleteProject", Manager(), "name: 'projects/p'");
  RunJobs();
  const auto learnt = Records("subject = \"projects/p\" AND kind = KIND_DURATION");
  ASSERT_THAT(learnt, SizeIs(1));
  EXPECT_EQ(learnt[0].forecast(), 6);
  EXPECT_EQ(learnt[0].actual(), 10) << "Tuesday 6 to Monday 19";
  EXPECT_EQ(learnt[0].low(), 5);
  EXPECT_EQ(learnt[0].high(), 10) << "in the course of the tenth day, so it came out inside";
}

TEST_F(CloseOutTest, WhatNobodyKnowsStaysUnknown) {
  CreateApproved("p");
  GoTo(14);
  Do<v1::Task, v1::StartTaskRequest>("StartTask", Specialist(), "name: 'projects/p/tasks/copy'");
  Do<v1::Task, v1::CompleteTaskRequest>("CompleteTask", Specialist(), "name: 'projects/p/tasks/copy'");
  metrics_away_ = true;
  RunJobs();
  rpc::Call chinese = Manager();
  chinese.language = status::Language::kTraditionalChinese;
  Do<v1::Project, v1::CompleteProjectRequest>("CompleteProject", chinese, "name: 'projects/p'");
  RunJobs();
  EXPECT_THAT((Refused<CloseOut, v1::GetCloseOutRequest>("GetCloseOut", Analyst(), "name: 'projects/p/closeOuts/1'")),
              HasReason("NOT_FOUND"));
  clock_.Advance(absl::Minutes(61));
  RunJobs();
  const auto out = Do<CloseOut, v1::GetCloseOutRequest>("GetCloseOut", Analyst(), "name: 'projects/p/closeOuts/1'");
  ASSERT_EQ(out.objectives_size(), 1);
  EXPECT_FALSE(out.objectives(0).has_actual());
  EXPECT_NE(out.objectives(0).gap(), "");
  EXPECT_EQ(out.language_code(), "zh-TW");
  EXPECT_THAT(out.markdown(), HasSubstr("結案報告"));
  EXPECT_THAT(out.markdown(), HasSubstr("未知"));
  EXPECT_FALSE(Records("subject = \"projects/p\" AND kind = KIND_BENEFIT")[0].has_actual());
}

TEST_F(CloseOutTest, ALaterReportReplacesTheEarlierOne) {
  CreateProject("p", "project_type: 'projectTypes/fair'");
  Reports("projects/p", "fair", "1", 10, 1.1, 1);
  Reports("projects/nowhere", "lost", "1", 10, 1.1, 1);
  RunJobs();
  EXPECT_THAT(Records("state = STATE_IN_FORCE"), SizeIs(3));
  Reports("projects/p", "fair", "2", 20, 1.3, 1);
  Reports("projects/p", "fair", "late", 5, 9, 9);
  RunJobs();
  const auto costs = Records("state = STATE_IN_FORCE AND kind = KIND_COST");
  ASSERT_THAT(costs, SizeIs(1));
  EXPECT_EQ(costs[0].ratio(), 1.3);
  EXPECT_EQ(costs[0].project_type(), "projectTypes/fair");
  EXPECT_THAT(Records("state = STATE_REPLACED"), SizeIs(6));
  EXPECT_THAT(Records("subject = \"activities/lost\""), IsEmpty());
  EXPECT_FALSE(Records("state = STATE_IN_FORCE AND kind = KIND_TARGET")[0].has_ratio()) << "a forecast of 0 is listed, and not used";
  EXPECT_THAT(Actions(Records("source = \"activities/fair/reports/1\"")[0].name()), ::testing::ElementsAre("create", "replace"));
}

TEST_F(CloseOutTest, TheNextStudyIsCorrectedAndFrozenByItsApproval) {
  CreateProject("old", "project_type: 'projectTypes/fair'");
  const std::vector<std::pair<double, double>> ratios = {{0.90, 0.50}, {1.00, 0.80}, {1.10, 0.90}, {1.25, 1.00}, {1.60, 1.10}};
  for (size_t i = 0; i < 4; ++i) Reports("projects/old", absl::StrCat("a", i), "1", 10, ratios[i].first, ratios[i].second);
  RunJobs();
  CreateActionable("next");
  Do<v1::Project, v1::UpdateProjectRequest>("UpdateProject", Specialist(),
                                            "project { name: 'projects/next' project_type: 'projectTypes/fair' }");
  Do<v1::Scheme, v1::UpdateSchemeRequest>("UpdateScheme", Specialist(), R"pb(scheme {
                                                                               name: "projects/next/schemes/v1"
                                                                               cash_flows { cost_minor: 100000 }
                                                                               cash_flows { month: 12 benefit_minor: 130000 }
                                                                             }
                                                                             update_mask { paths: "cash_flows" })pb");
  EXPECT_EQ(GetScheme("projects/next/schemes/v1").feasibility().classes(0).scope(), ForecastClass::SCOPE_UNSPECIFIED) << "four of five";
  Reports("projects/old", "a4", "1", 10, ratios[4].first, ratios[4].second);
  RunJobs();
  const v1::Feasibility study = GetScheme("projects/next/schemes/v1").feasibility();
  ASSERT_EQ(study.classes_size(), 3);
  EXPECT_EQ(study.classes(0).scope(), ForecastClass::SCOPE_TYPE);
  EXPECT_THAT(study.classes(0).records(), SizeIs(5));
  EXPECT_EQ(study.npv_minor(), 20370);
  EXPECT_EQ(study.corrected().npv_minor(), -1667);
  EXPECT_EQ(study.stressed().npv_minor(), -42926);
  EXPECT_EQ(study.verdict(), v1::Feasibility::VERDICT_INFEASIBLE);
  EXPECT_EQ(study.planning_policy(), "planningPolicies/shipped");

  Submit("next");
  const absl::Status refused = Refused<v1::Project, v1::ApproveProjectRequest>("ApproveProject", Manager(), "name: 'projects/next'");
  EXPECT_THAT(refused, HasReason("SCHEME_INFEASIBLE"));
  EXPECT_EQ(Get("next").state(), v1::Project::STATE_SUBMITTED);
  const auto judged = Do<v1::SchemeJudgement, v1::JudgeSchemeRequest>("JudgeScheme", Analyst(), "name: 'projects/next/schemes/v1'");
  EXPECT_EQ(judged.verdict(), v1::SchemeJudgement::VERDICT_INFEASIBLE);
  ASSERT_EQ(judged.aspects_size(), 3);
  EXPECT_EQ(judged.aspects(2).aspect(), v1::SchemeJudgement::ASPECT_MEANS);
  EXPECT_EQ(judged.aspects(2).verdict(), v1::SchemeJudgement::VERDICT_MARGINAL) << "it names no budget";
  Do<v1::Project, v1::ApproveProjectRequest>("ApproveProject", Manager(), "name: 'projects/next' override_reason: 'It opens the market'");
  const auto baseline = Do<v1::Baseline, v1::GetBaselineRequest>("GetBaseline", Analyst(), "name: 'projects/next/baselines/1'");
  EXPECT_EQ(baseline.override_reason(), "It opens the market");
  EXPECT_EQ(baseline.approver(), "employees/manager");
  EXPECT_EQ(baseline.judgement().verdict(), v1::SchemeJudgement::VERDICT_INFEASIBLE);
  EXPECT_EQ(baseline.scheme().feasibility().corrected().npv_minor(), -1667);
  for (int i = 5; i < 9; ++i) Reports("projects/old", absl::StrCat("a", i), "1", 10, 3, 0.1);
  RunJobs();
  EXPECT_EQ(GetScheme("projects/next/schemes/v1").feasibility().corrected().npv_minor(), -1667) << "what was approved stays";
  CreateScheme("projects/next", "v2", "title: 'Anew'");
  EXPECT_EQ(GetScheme("projects/next/schemes/v2").feasibility().classes(0).type_count(), 9) << "a draft follows";
}

TEST_F(CloseOutTest, MeansAreTriedAndNotTaken) {
  std::vector<resource::v1::CreateAllotmentRequest> tried;
  bool short_of = true;
  clients_["resource"].On<resource::v1::CreateAllotmentRequest, resource::v1::Allotment>(
      "heitie.resource.v1.AllotmentService/CreateAllotment",
      [&](const rpc::Call&, const resource::v1::CreateAllotmentRequest& request) -> absl::StatusOr<resource::v1::Allotment> {
        tried.push_back(request);
        if (short_of) return absl::FailedPreconditionError("short");
        return request.allotment();
      });
  CreateProject("p");
  CreateScheme("projects/p", "v1", "demand { money { code: 'print' budget: 'budgets/q1' amount_minor: 700 } }");
  const auto means = [&] {
    return Do<v1::SchemeJudgement, v1::JudgeSchemeRequest>("JudgeScheme", Analyst(), "name: 'projects/p/schemes/v1'").aspects(2).verdict();
  };
  EXPECT_EQ(means(), v1::SchemeJudgement::VERDICT_INFEASIBLE);
  short_of = false;
  EXPECT_EQ(means(), v1::SchemeJudgement::VERDICT_MARGINAL) << "totes and people are demanded by kind alone";
  ASSERT_THAT(tried, SizeIs(2));
  EXPECT_TRUE(tried[0].validate_only());
  EXPECT_EQ(tried[0].allotment().money(0).amount_minor(), 700);
}

TEST_F(CloseOutTest, AChannelSaysOnceWhatItDoes) {
  CreateProject("p");
  EXPECT_THAT((Refused<v1::Scheme, v1::CreateSchemeRequest>("CreateScheme", Specialist(), R"pb(parent: "projects/p"
                                                                                               scheme {
                                                                                                 title: "Twice"
                                                                                                 channels {
                                                                                                   title: "Shop"
                                                                                                   contributions { metric: "a" change: 1 }
                                                                                                   contributions { metric: "a" change: 2 }
                                                                                                 }
                                                                                               })pb")),
              test::HasViolations("scheme.channels[0].contributions[1].metric CONTRIBUTION_TWICE"));
}

}  // namespace
}  // namespace heitie::planning
