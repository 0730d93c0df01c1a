#include "services/metrics/optimisation/measure.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/metrics/engine/fake_snapshot.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolation;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Measure;

// What questions read in these tests.
std::vector<Point>& MeasuredPoints() {
  static auto& points = *new std::vector<Point>;
  return points;
}

class MeasuredService : public Service {
 public:
  explicit MeasuredService(service::Context context)
      : Service(std::move(context), [](const rpc::Call&, const std::function<absl::Status(Snapshot&)>& ask) {
          FakeSnapshot snapshot(MeasuredPoints());
          return ask(snapshot);
        }) {}
};

class MeasureTest : public heitie::test::ServiceTest<MeasuredService> {
 protected:
  MeasureTest() : ServiceTest("metrics") {
    MeasuredPoints().clear();
    Define("buyers", "AGGREGATION_DISTINCT_USERS");
    Define("revenue", "AGGREGATION_SUM_MINOR");
  }

  void Define(const std::string& id, const std::string& aggregation) {
    ASSERT_THAT(Call<v1::MetricDefinition>(
                    "CreateMetricDefinition", Analyst(),
                    Proto<v1::CreateMetricDefinitionRequest>(absl::StrCat("metric_definition_id: '", id,
                                                                          "' metric_definition { display_name: 'x' event_name: 'purchase'"
                                                                          " unit: 'x' aggregation: ",
                                                                          aggregation, " }"))),
                IsOk());
  }
  static std::string Text() {
    return "title: 'Shorter form' kind: KIND_PRODUCT hypothesis: 'Fewer fields lose fewer' owner: 'employees/specialist'"
           " target_metric: 'metricDefinitions/buyers' direction: DIRECTION_INCREASE smallest_effect: 0.01"
           " guardrails { metric { metric: 'metricDefinitions/revenue' } direction: DIRECTION_INCREASE bound: 1000 }"
           " origin: 'alerts/drop' evaluation_date { year: 2026 month: 1 day: 20 } plan { randomised { exposure_event: 'exposed'"
           " variant_key: 'variant' control: 'a' treatment: 'b' start_date { year: 2026 month: 1 day: 2 }"
           " end_date { year: 2026 month: 1 day: 10 } window_hours: 24 size_per_arm: 100 } }";
  }
  absl::StatusOr<Measure> Draft(const rpc::Call& call, const std::string& more = "") {
    v1::CreateMeasureRequest request;
    request.set_measure_id("form");
    *request.mutable_measure() = Proto<Measure>(Text());
    request.mutable_measure()->MergeFrom(Proto<Measure>(more));
    return Call<Measure>("CreateMeasure", call, request);
  }
  template <typename Req>
  absl::StatusOr<Measure> Do(const std::string& method, const rpc::Call& call, const std::string& more = "") {
    return Call<Measure>(method, call, Proto<Req>("name: 'measures/form' " + more));
  }
  absl::StatusOr<Measure> Approve(const rpc::Call& call) { return Do<v1::ApproveMeasureRequest>("ApproveMeasure", call); }
  absl::StatusOr<Measure> Start(const rpc::Call& call) { return Do<v1::StartMeasureRequest>("StartMeasure", call); }
  absl::StatusOr<Measure> Evaluate(const rpc::Call& call) { return Do<v1::EvaluateMeasureRequest>("EvaluateMeasure", call); }
  absl::StatusOr<Measure> Get() { return Do<v1::GetMeasureRequest>("GetMeasure", Analyst()); }
  absl::StatusOr<v1::Verdict> Examine() {
    return Call<v1::Verdict>("ExamineMeasure", Specialist(), Proto<v1::ExamineMeasureRequest>("name: 'measures/form'"));
  }
  void Run() {
    ASSERT_THAT(Draft(Specialist()), IsOk());
    ASSERT_THAT(Approve(Manager()), IsOk());
    ASSERT_THAT(Start(Specialist()), IsOk());
  }
  // Users of each arm and how many of them bought, two hours later.
  void Deliver(int control, int control_bought, int treatment, int treatment_bought) {
    const auto arm = [&](const std::string& variant, int users, int bought) {
      for (int i = 0; i < users; ++i) {
        Point exposed;
        exposed.name = "exposed";
        exposed.user = absl::StrCat(variant, i);
        exposed.occur_time = absl::FromCivil(absl::CivilSecond(2026, 1, 3, 10, 0, 0), service::DefaultTimeZone());
        exposed.day = absl::CivilDay(2026, 1, 3);
        exposed.dimensions["variant"] = variant;
        MeasuredPoints().push_back(exposed);
        if (i >= bought) continue;
        Point purchase = exposed;
        purchase.name = "purchase";
        purchase.occur_time += absl::Hours(2);
        purchase.dimensions.clear();
        purchase.value_minor = 500 + i % 7;
        MeasuredPoints().push_back(purchase);
      }
    };
    arm("a", control, control_bought);
    arm("b", treatment, treatment_bought);
  }
  std::vector<std::string> Actions() {
    std::vector<std::string> actions;
    const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("page_size: 500"));
    EXPECT_THAT(events, IsOk());
    for (const auto& event : events->events()) {
      if (event.subject() == "measures/form") actions.push_back(event.action());
    }
    return actions;
  }
};

TEST_F(MeasureTest, FromHypothesisToDecision) {
  const auto draft = Draft(Specialist());
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(draft->state(), Measure::STATE_DRAFT);
  EXPECT_EQ(draft->design(), v1::DESIGN_RANDOMISED);
  EXPECT_THAT(draft->allowed_verbs(), ElementsAre("approve"));
  EXPECT_THAT(Examine(), HasReason("MEASURE_NOT_STARTED"));
  ASSERT_THAT(Approve(Manager()), IsOk());
  const auto running = Start(Specialist());
  ASSERT_THAT(running, IsOk());
  ASSERT_EQ(running->frozen_metrics_size(), 2);
  EXPECT_EQ(running->frozen_metrics(0).event_name(), "purchase");

  Deliver(1000, 200, 1000, 300);
  clock_.Advance(absl::Hours(24 * 8));
  const auto look = Examine();
  ASSERT_THAT(look, IsOk());
  EXPECT_EQ(look->conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(Get()->state(), Measure::STATE_RUNNING) << "a look changes nothing";

  const auto evaluated = Evaluate(Analyst());
  ASSERT_THAT(evaluated, IsOk());
  EXPECT_EQ(evaluated->state(), Measure::STATE_EVALUATED);
  EXPECT_EQ(evaluated->conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(evaluated->strength(), v1::STRENGTH_STRONG);
  v1::GetMeasureEvaluationRequest get;
  get.set_name(evaluated->evaluation());
  const auto kept = Call<v1::MeasureEvaluation>("GetMeasureEvaluation", Specialist(), get);
  ASSERT_THAT(kept, IsOk());
  EXPECT_NEAR(kept->verdict().target().estimate().effect(), 0.1, 1e-12);
  EXPECT_EQ(kept->verdict().users().control_count(), 1000);
  EXPECT_EQ(kept->verdict().guardrails(0).standing(), v1::GUARDRAIL_STANDING_HOLDS);
  EXPECT_EQ(kept->verdict().evaluation_policy(), "evaluationPolicies/default");
  EXPECT_EQ(kept->creator(), Analyst().principal.name);

  const auto adopted = Do<v1::DecideMeasureRequest>("AdoptMeasure", Manager(), "reason: 'It works'");
  ASSERT_THAT(adopted, IsOk());
  EXPECT_EQ(adopted->state(), Measure::STATE_ADOPTED);
  EXPECT_EQ(adopted->decider(), Manager().principal.name);
  EXPECT_THAT(adopted->allowed_verbs(), IsEmpty());
  EXPECT_THAT(Actions(), ElementsAre("create", "approve", "start", "evaluate", "adopt"));
}

TEST_F(MeasureTest, WhoMay) {
  EXPECT_THAT(Draft(Specialist(), "owner: 'employees/other'"), HasReason("NOT_YOUR_MEASURE"));
  ASSERT_THAT(Draft(Manager()), IsOk());
  EXPECT_THAT(Approve(Manager()), HasReason("OWN_MEASURE")) << "not who drafted it";
  const auto owner = heitie::test::By("employees/specialist", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  EXPECT_THAT(Approve(owner), HasReason("OWN_MEASURE")) << "nor who answers for it";
  EXPECT_EQ(Approve(Specialist()).status().code(), absl::StatusCode::kPermissionDenied);
  const auto second = heitie::test::By("employees/second", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
  ASSERT_THAT(Approve(second), IsOk());
  const auto other = heitie::test::By("employees/other", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  EXPECT_THAT(Start(other), HasReason("NOT_YOUR_MEASURE"));
  ASSERT_THAT(Start(Specialist()), IsOk());
  EXPECT_EQ(Evaluate(Specialist()).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Do<v1::DecideMeasureRequest>("DropMeasure", Analyst(), "reason: 'x'").status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(MeasureTest, TheStartFreezesPlanAndDefinitions) {
  Run();
  EXPECT_THAT(
      Call<Measure>("UpdateMeasure", Manager(),
                    Proto<v1::UpdateMeasureRequest>("measure { name: 'measures/form' title: 'Other' } update_mask { paths: 'title' }")),
      HasReason("MEASURE_SETTLED"));
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteMeasure", Manager(), Proto<v1::DeleteMeasureRequest>("name: 'measures/form'")),
              HasReason("MEASURE_SETTLED"));
  // The definition changes, the measure goes by what it was.
  ASSERT_THAT(Call<v1::MetricDefinition>(
                  "UpdateMetricDefinition", Analyst(),
                  Proto<v1::UpdateMetricDefinitionRequest>("metric_definition { name: 'metricDefinitions/buyers' event_name: 'visit' }"
                                                           " update_mask { paths: 'event_name' }")),
              IsOk());
  const std::string plan =
      "plan { randomised { exposure_event: 'exposed' variant_key: 'variant' control: 'a' treatment: 'b' start_date { year: 2026 month: 1"
      " day: 2 } end_date { year: 2026 month: 1 day: 12 } window_hours: 24 size_per_arm: 50 } }";
  const auto changed = Do<v1::ChangeMeasurePlanRequest>("ChangeMeasurePlan", Analyst(), plan + " reason: 'Fewer users came'");
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->state(), Measure::STATE_RUNNING);
  ASSERT_EQ(changed->plan_changes_size(), 1);
  EXPECT_EQ(changed->plan_changes(0).author(), Analyst().principal.name);
  EXPECT_EQ(changed->plan_changes(0).former_plan().randomised().size_per_arm(), 100);
  EXPECT_EQ(changed->frozen_metrics(0).event_name(), "purchase");
  EXPECT_THAT(Do<v1::ChangeMeasurePlanRequest>("ChangeMeasurePlan", Analyst(),
                                               plan + " reason: 'x' evaluation_date { year: 2026 month: 1 day: 13 }"),
              HasViolation("evaluation_date", "EVALUATED_TOO_EARLY"));

  Deliver(1000, 200, 1000, 300);
  clock_.Advance(absl::Hours(24 * 8));
  const auto evaluated = Evaluate(Analyst());
  ASSERT_THAT(evaluated, IsOk());
  EXPECT_EQ(evaluated->strength(), v1::STRENGTH_MODERATE) << "not as planned";
  const auto list = Call<v1::ListMeasureEvaluationsResponse>("ListMeasureEvaluations", Specialist(),
                                                             Proto<v1::ListMeasureEvaluationsRequest>("parent: 'measures/form'"));
  ASSERT_THAT(list, IsOk());
  ASSERT_EQ(list->measure_evaluations_size(), 1);
  EXPECT_EQ(list->measure_evaluations(0).plan_changes(0).reason(), "Fewer users came");
  EXPECT_EQ(list->measure_evaluations(0).verdict().failed_conditions(0).code(), "PLAN_CHANGED");
}

TEST_F(MeasureTest, EachEvaluationIsARecordOfItsOwn) {
  Run();
  Deliver(1000, 200, 1000, 300);
  clock_.Advance(absl::Hours(24 * 8));
  const auto first = Evaluate(Analyst());
  ASSERT_THAT(first, IsOk());
  MeasuredPoints().clear();
  Deliver(1000, 200, 1300, 260);
  const auto second = Evaluate(Analyst());
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(first->evaluation(), second->evaluation());
  EXPECT_EQ(second->conclusion(), v1::CONCLUSION_WITHHELD);
  EXPECT_EQ(second->strength(), v1::STRENGTH_NONE);
  v1::GetMeasureEvaluationRequest get;
  get.set_name(first->evaluation());
  EXPECT_EQ(Call<v1::MeasureEvaluation>("GetMeasureEvaluation", Manager(), get)->verdict().conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_THAT(Do<v1::EvaluateMeasureRequest>("EvaluateMeasure", Analyst(), "etag: '1'"), HasReason("STALE_ETAG"));
}

TEST_F(MeasureTest, RepeatingDraftsAnotherOne) {
  Run();
  const std::string again =
      "reason: 'Too few users' evaluation_date { year: 2026 month: 3 day: 20 } plan { randomised { exposure_event: 'exposed'"
      " variant_key: 'variant' control: 'a' treatment: 'b' start_date { year: 2026 month: 2 day: 2 } end_date { year: 2026 month: 2 day: "
      "10 }"
      " window_hours: 24 size_per_arm: 500 } }";
  EXPECT_THAT(Do<v1::RepeatMeasureRequest>("RepeatMeasure", Manager(), again), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Evaluate(Analyst()), IsOk());
  const auto next = Do<v1::RepeatMeasureRequest>("RepeatMeasure", Manager(), again);
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->state(), Measure::STATE_DRAFT);
  EXPECT_EQ(next->repeats(), "measures/form");
  EXPECT_EQ(next->owner(), "employees/specialist");
  EXPECT_EQ(next->plan().randomised().size_per_arm(), 500);
  EXPECT_EQ(next->plan_changes_size(), 0);
  const auto before = Get();
  EXPECT_EQ(before->state(), Measure::STATE_REPEATED);
  EXPECT_EQ(before->repeated_by(), next->name());
  EXPECT_EQ(before->decision_reason(), "Too few users");
}

TEST_F(MeasureTest, WhatIsOverdueComesBackUntilItIsDecided) {
  Run();
  const auto reminders = [&] {
    EXPECT_THAT(jobs_.RunDue(), IsOk());
    const std::vector<std::string> actions = Actions();
    return std::count(actions.begin(), actions.end(), "remind");
  };
  clock_.Set(absl::FromCivil(absl::CivilSecond(2026, 1, 20, 23, 0, 0), service::DefaultTimeZone()));
  EXPECT_EQ(reminders(), 0) << "the day of the evaluation is still to come to its end";
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(reminders(), 1);
  clock_.Advance(absl::Hours(23));
  EXPECT_EQ(reminders(), 1);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(reminders(), 2);
  const auto overdue = Call<v1::ListMeasuresResponse>(
      "ListMeasures", Manager(), Proto<v1::ListMeasuresRequest>("filter: 'evaluation_date < \"2026-01-21\" AND state = STATE_RUNNING'"));
  ASSERT_THAT(overdue, IsOk());
  EXPECT_EQ(overdue->measures_size(), 1);
  ASSERT_THAT(Do<v1::DecideMeasureRequest>("DropMeasure", Manager(), "reason: 'Nobody evaluated it'"), IsOk());
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(reminders(), 2);
}

TEST_F(MeasureTest, WhatIsNotDeliveredIsNotJudged) {
  Run();
  Deliver(200, 40, 200, 80);
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 1, 20), service::DefaultTimeZone()));
  for (const char* name : {"exposed", "purchase"}) {
    ASSERT_THAT(Call<v1::IngestEventsResponse>(
                    "IngestEvents", Analyst(),
                    Proto<v1::IngestEventsRequest>(absl::StrCat("producer: 'producers/", name, "' sequence: 1 events { event_name: '", name,
                                                                "' user: 'u' occur_time { seconds: 1767441600 } }"))),  // 3 January, 20:00
                IsOk());
  }
  const auto open = Examine();
  ASSERT_THAT(open, IsOk());
  EXPECT_EQ(open->closed_until().seconds(), 1767441600);
  EXPECT_EQ(open->users().open_window_count(), 400) << "windows of 24 hours from 10:00 on are not over";
  EXPECT_THAT(open->waiting_for(), ElementsAre("producers/exposed", "producers/purchase"));
  const auto declare = [&](const std::string& producer) {
    return Call<v1::Producer>("DeclareComplete", Analyst(),
                              Proto<v1::DeclareCompleteRequest>("name: '" + producer + "' complete_time { seconds: 1768800000 }"));
  };
  ASSERT_THAT(declare("producers/exposed"), IsOk());
  EXPECT_THAT(Examine()->waiting_for(), ElementsAre("producers/purchase"));
  ASSERT_THAT(declare("producers/purchase"), IsOk());
  const auto closed = Examine();
  EXPECT_EQ(closed->users().control_count(), 200);
  EXPECT_EQ(closed->conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_THAT(closed->waiting_for(), IsEmpty()) << "the plan needs days until the 11th";
}

TEST_F(MeasureTest, ItsMetricsStayAsLongAsItIsOpen) {
  ASSERT_THAT(Draft(Specialist()), IsOk());
  const auto remove = [&](const std::string& id) {
    return Call<google::protobuf::Empty>("DeleteMetricDefinition", Analyst(),
                                         Proto<v1::DeleteMetricDefinitionRequest>("name: 'metricDefinitions/" + id + "'"))
        .status();
  };
  EXPECT_THAT(remove("buyers"), HasReason("METRIC_IN_USE")) << "the target";
  EXPECT_THAT(remove("revenue"), HasReason("METRIC_IN_USE")) << "a guardrail";
  ASSERT_THAT(Call<google::protobuf::Empty>("DeleteMeasure", Specialist(), Proto<v1::DeleteMeasureRequest>("name: 'measures/form'")),
              IsOk());
  EXPECT_THAT(remove("buyers"), IsOk());
}

TEST_F(MeasureTest, EveryBadFieldAtOnceAndNothingIsWritten) {
  const absl::Status refused = Draft(Specialist(),
                                     "target_metric: 'metricDefinitions/none' evaluation_date { year: 2026 month: 1 day: 11 }"
                                     " guardrails { metric { metric: 'metricDefinitions/gone' } direction: DIRECTION_INCREASE }")
                                   .status();
  EXPECT_THAT(refused, HasViolation("measure.target_metric", "METRIC_MISSING"));
  EXPECT_THAT(refused, HasViolation("measure.guardrails[1].metric.metric", "METRIC_MISSING"));
  EXPECT_THAT(refused, HasViolation("measure.evaluation_date", "EVALUATED_TOO_EARLY"));
  EXPECT_THAT(Get(), HasReason("NOT_FOUND"));
}

TEST_F(MeasureTest, ADraftIsChangedAndDeleted) {
  ASSERT_THAT(Draft(Specialist()), IsOk());
  const auto updated = Call<Measure>(
      "UpdateMeasure", Specialist(),
      Proto<v1::UpdateMeasureRequest>("measure { name: 'measures/form' plan { before_after { change_date { year: 2026 month: 1 day: 5 }"
                                      " days_before: 30 days_after: 10 } } } update_mask { paths: 'plan' }"));
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->design(), v1::DESIGN_BEFORE_AFTER);
  EXPECT_THAT(Call<Measure>("UpdateMeasure", Specialist(),
                            Proto<v1::UpdateMeasureRequest>("measure { name: 'measures/form' owner: 'employees/other' }"
                                                            " update_mask { paths: 'owner' }")),
              HasReason("NOT_YOUR_MEASURE"));
  const auto other = heitie::test::By("employees/other", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteMeasure", other, Proto<v1::DeleteMeasureRequest>("name: 'measures/form'")),
              HasReason("NOT_YOUR_MEASURE"));
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteMeasure", Specialist(), Proto<v1::DeleteMeasureRequest>("name: 'measures/form'")),
              IsOk());
}

// Two analysts evaluate at once: each verdict is a record, and the measure shows one of them.
TEST_F(MeasureTest, EvaluationsAtTheSameTime) {
  Run();
  Deliver(1000, 200, 1000, 300);
  clock_.Advance(absl::Hours(24 * 8));
  std::vector<std::thread> threads;
  std::vector<absl::Status> outcomes(4);
  for (absl::Status& outcome : outcomes) {
    threads.emplace_back([&] { outcome = Evaluate(Analyst()).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  int good = 0;
  for (const absl::Status& outcome : outcomes) {
    good += outcome.ok();
    if (!outcome.ok()) {
      EXPECT_THAT(outcome, HasReason("STALE_ETAG"));
    }
  }
  EXPECT_GE(good, 1);
  const auto list = Call<v1::ListMeasureEvaluationsResponse>("ListMeasureEvaluations", Specialist(),
                                                             Proto<v1::ListMeasureEvaluationsRequest>("parent: 'measures/form'"));
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->measure_evaluations_size(), good);
}

TEST_F(MeasureTest, AChangeThatIsNoMeasureIsJudgedAlike) {
  Deliver(1000, 200, 1000, 300);
  clock_.Advance(absl::Hours(24 * 8));
  const std::string request =
      "metric { metric: 'metricDefinitions/buyers' } direction: DIRECTION_INCREASE smallest_effect: 0.01 plan { randomised {"
      " exposure_event: 'exposed' variant_key: 'variant' control: 'a' treatment: 'b' start_date { year: 2026 month: 1 day: 2 }"
      " end_date { year: 2026 month: 1 day: 10 } window_hours: 24 size_per_arm: 100 } }";
  const auto verdict = Call<v1::Verdict>("EvaluateChange", ServiceCaller(), Proto<v1::EvaluateChangeRequest>(request));
  ASSERT_THAT(verdict, IsOk());
  EXPECT_EQ(verdict->conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(verdict->strength(), v1::STRENGTH_STRONG);
  EXPECT_THAT(Call<v1::Verdict>("EvaluateChange", ServiceCaller(),
                                Proto<v1::EvaluateChangeRequest>("metric { metric: 'metricDefinitions/none' } direction: DIRECTION_INCREASE"
                                                                 " plan { activity: 'activities/spring' }")),
              HasViolation("metric.metric", "METRIC_MISSING"));
}

}  // namespace
}  // namespace heitie::metrics
