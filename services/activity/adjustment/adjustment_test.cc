#include "services/activity/adjustment/adjustment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time/day.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/metrics/v1/measure_evaluation.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::Adjustment;

// 2026-01-01 in the business time zone when it begins.
class AdjustmentTest : public ActivityTest {
 protected:
  AdjustmentTest() {
    verdict_.set_conclusion(metrics::v1::CONCLUSION_BETTER);
    verdict_.set_strength(metrics::v1::STRENGTH_MODERATE);
    verdict_.mutable_target()->mutable_estimate()->set_effect(3);
    CompleteUntil(absl::CivilDay(2026, 1, 3));
    clients_["metrics"].On<metrics::v1::EvaluateChangeRequest, metrics::v1::Verdict>(
        "heitie.metrics.v1.OptimisationService/EvaluateChange",
        [this](const rpc::Call&, const metrics::v1::EvaluateChangeRequest& request) -> absl::StatusOr<metrics::v1::Verdict> {
          question_ = request;
          if (!trouble_.ok()) return trouble_;
          return verdict_;
        });
  }

  void CompleteUntil(absl::CivilDay day) {
    *verdict_.mutable_closed_until() = time::ToTimestamp(absl::FromCivil(day, service::DefaultTimeZone()));
  }

  v1::CreateAdjustmentRequest Proposed(const std::string& activity, const std::string& id) {
    auto request = test::Proto<v1::CreateAdjustmentRequest>(R"pb(
      adjustment {
        title: "Shorter form"
        hypothesis: "Fewer fields lose fewer people"
        change: "Three fields instead of nine"
        metric { metric: "metricDefinitions/orders" }
        direction: DIRECTION_INCREASE
        plan {
          before_after {
            change_date { year: 2026 month: 1 day: 1 }
            days_before: 8
            days_after: 2
          }
        }
        evaluation_date { year: 2026 month: 1 day: 3 }
        owner: "employees/li"
      })pb");
    request.set_parent(activity);
    request.set_adjustment_id(id);
    return request;
  }
  std::string Propose(const std::string& activity, const std::string& id = "form") {
    const auto created = Call<Adjustment>("CreateAdjustment", Specialist(), Proposed(activity, id));
    EXPECT_THAT(created, IsOk());
    return activity + "/adjustments/" + id;
  }
  absl::StatusOr<Adjustment> Approve(const std::string& name) {
    return Call<Adjustment>("ApproveAdjustment", Manager(), Named<v1::ApproveAdjustmentRequest>(name));
  }
  absl::StatusOr<Adjustment> Apply(const std::string& name) {
    return Call<Adjustment>("ApplyAdjustment", Specialist(), Named<v1::ApplyAdjustmentRequest>(name));
  }
  absl::StatusOr<Adjustment> Evaluate(const std::string& name) {
    return Call<Adjustment>("EvaluateAdjustment", Analyst(), Named<v1::EvaluateAdjustmentRequest>(name));
  }
  absl::StatusOr<Adjustment> Decide(const std::string& method, const std::string& name) {
    auto request = Named<v1::DecideAdjustmentRequest>(name);
    request.set_reason("It works");
    return Call<Adjustment>(method, Manager(), request);
  }
  std::string Applied(const std::string& activity, const std::string& id = "form") {
    const std::string name = Propose(activity, id);
    EXPECT_THAT(Approve(name), IsOk());
    EXPECT_THAT(Apply(name), IsOk());
    return name;
  }
  Adjustment Look(const std::string& name) {
    v1::GetAdjustmentRequest request;
    request.set_name(name);
    const auto found = Call<Adjustment>("GetAdjustment", Analyst(), request);
    EXPECT_THAT(found, IsOk());
    return found.value_or(Adjustment());
  }
  absl::StatusOr<Adjustment> Change(const std::string& name, const std::string& field, const std::string& text) {
    v1::UpdateAdjustmentRequest request;
    request.mutable_adjustment()->set_name(name);
    const auto* descriptor = Adjustment::descriptor()->FindFieldByName(field);
    request.adjustment().GetReflection()->SetString(request.mutable_adjustment(), descriptor, text);
    request.mutable_update_mask()->add_paths(field);
    return Call<Adjustment>("UpdateAdjustment", Specialist(), request);
  }
  std::vector<std::string> ActionsOn(const std::string& name) {
    type::v1::ListEventsRequest request;
    request.set_subject(name);
    const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
    std::vector<std::string> actions;
    for (const auto& event : events->events()) actions.push_back(event.action());
    return actions;
  }

  metrics::v1::Verdict verdict_;
  metrics::v1::EvaluateChangeRequest question_;
  absl::Status trouble_;
};

TEST_F(AdjustmentTest, IsProposedApprovedAppliedEvaluatedAndDecided) {
  const std::string activity = Live();
  const std::string name = Propose(activity);
  EXPECT_EQ(Look(name).state(), Adjustment::STATE_PROPOSED);
  EXPECT_EQ(Look(name).plan().activity(), activity) << "whatever was given";
  EXPECT_THAT(Apply(name), HasReason("ILLEGAL_TRANSITION"));
  const auto approved = Approve(name);
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->approver(), "employees/manager");
  EXPECT_EQ(question_.plan().activity(), activity);
  const auto applied = Apply(name);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->applier(), "employees/specialist");
  EXPECT_THAT(Evaluate(name), HasReason("EVALUATION_NOT_DUE"));
  RunJobs(absl::Hours(47));
  EXPECT_EQ(Look(name).state(), Adjustment::STATE_EVALUATED) << "by itself, on the morning of the day";
  EXPECT_EQ(Look(name).conclusion(), metrics::v1::CONCLUSION_BETTER);
  EXPECT_EQ(Look(name).strength(), metrics::v1::STRENGTH_MODERATE);
  EXPECT_EQ(Look(name).verdict().target().estimate().effect(), 3);
  EXPECT_THAT(Decide("DropAdjustment", name), HasReason("ILLEGAL_TRANSITION"));
  const auto adopted = Decide("AdoptAdjustment", name);
  ASSERT_THAT(adopted, IsOk());
  EXPECT_EQ(adopted->decider(), "employees/manager");
  EXPECT_THAT(Change(name, "title", "x"), HasReason("ADJUSTMENT_FROZEN"));
  EXPECT_THAT(ActionsOn(name), ElementsAre("create", "approve", "apply", "evaluate", "adopt"));
}

TEST_F(AdjustmentTest, IsOfARunningActivity) {
  const std::string ready = Ready();
  EXPECT_THAT(Call<Adjustment>("CreateAdjustment", Specialist(), Proposed(ready, "x")), HasReason("ACTIVITY_NOT_RUNNING"));
  ASSERT_THAT(Launch(ready), IsOk());
  const std::string name = Propose(ready);
  ASSERT_THAT(Approve(name), IsOk());
  ASSERT_THAT(Call<v1::Activity>("EndActivity", Specialist(), Named<v1::EndActivityRequest>(ready)), IsOk());
  EXPECT_THAT(Apply(name), HasReason("ACTIVITY_NOT_RUNNING"));
  EXPECT_THAT(Decide("DropAdjustment", name), IsOk());
}

TEST_F(AdjustmentTest, BadProposalsAreRefusedWithEveryField) {
  auto request = Proposed(Live(), "x");
  request.mutable_adjustment()->mutable_evaluation_date()->set_day(2);
  EXPECT_THAT(Call<Adjustment>("CreateAdjustment", Specialist(), request),
              HasViolations("adjustment.evaluation_date EVALUATED_BEFORE_DATA"));
  request.mutable_adjustment()->clear_plan();
  request.mutable_adjustment()->clear_hypothesis();
  EXPECT_THAT(Call<Adjustment>("CreateAdjustment", Specialist(), request),
              HasViolations("adjustment.hypothesis REQUIRED", "adjustment.plan REQUIRED"));
  auto other = Proposed("activities/spring", "x");
  other.mutable_adjustment()->set_incident("activities/spring/incidents/none");
  EXPECT_THAT(Call<Adjustment>("CreateAdjustment", Specialist(), other), HasViolations("adjustment.incident INCIDENT_OF_OTHER"));
}

TEST_F(AdjustmentTest, WhatWasApprovedAndChangesIsProposedAnew) {
  const std::string name = Propose(Live());
  ASSERT_THAT(Approve(name), IsOk());
  ASSERT_THAT(Change(name, "title", "Form"), IsOk());
  EXPECT_EQ(Look(name).state(), Adjustment::STATE_APPROVED);
  const auto revised = Change(name, "hypothesis", "Another");
  ASSERT_THAT(revised, IsOk());
  EXPECT_EQ(revised->state(), Adjustment::STATE_PROPOSED);
  EXPECT_EQ(revised->approver(), "");
  EXPECT_THAT(Apply(name), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Approve(name), IsOk());
  ASSERT_THAT(Apply(name), IsOk());
  EXPECT_THAT(Change(name, "hypothesis", "What came of it"), HasReason("ADJUSTMENT_FROZEN"));
  EXPECT_THAT(Change(name, "change", "What was done"), HasReason("ADJUSTMENT_FROZEN"));
  EXPECT_THAT(Change(name, "title", "The form"), IsOk());
}

TEST_F(AdjustmentTest, IsApprovedBySomebodyElseAndOnlyWhereItCanBeMeasured) {
  const std::string activity = Live();
  ASSERT_THAT(Call<Adjustment>("CreateAdjustment", Manager(), Proposed(activity, "own")), IsOk());
  EXPECT_THAT(Approve(activity + "/adjustments/own"), HasReason("OWN_ADJUSTMENT"));
  const std::string name = Propose(activity);
  trouble_ = status::FromProto(status::ToProto(status::NotFound("metricDefinitions/orders"), status::Language::kEnglish));
  const auto refused = Approve(name);
  EXPECT_THAT(refused, HasReason("NOT_MEASURABLE"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("metricDefinitions/orders"));
  trouble_ = absl::UnavailableError("down");
  EXPECT_THAT(Approve(name), HasReason("FIGURES_MISSING"));
  EXPECT_EQ(Look(name).state(), Adjustment::STATE_PROPOSED);
}

TEST_F(AdjustmentTest, ThePlanHasTheChangeOnTheDayOfApplicationOrTheNext) {
  const std::string name = Propose(Live());
  ASSERT_THAT(Approve(name), IsOk());
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(Apply(name), HasReason("CHANGED_ON_OTHER_DAY"));
  v1::UpdateAdjustmentRequest request;
  request.mutable_adjustment()->set_name(name);
  *request.mutable_adjustment()->mutable_plan() = Proposed("", "").adjustment().plan();
  request.mutable_adjustment()->mutable_plan()->mutable_before_after()->mutable_change_date()->set_day(3);
  request.mutable_adjustment()->mutable_evaluation_date()->set_year(2026);
  request.mutable_adjustment()->mutable_evaluation_date()->set_month(1);
  request.mutable_adjustment()->mutable_evaluation_date()->set_day(5);
  request.mutable_update_mask()->add_paths("plan");
  request.mutable_update_mask()->add_paths("evaluation_date");
  ASSERT_THAT(Call<Adjustment>("UpdateAdjustment", Specialist(), request), IsOk());
  ASSERT_THAT(Approve(name), IsOk());
  EXPECT_THAT(Apply(name), IsOk());
}

TEST_F(AdjustmentTest, SaysWhatItWaitsForUntilTheDataAreComplete) {
  const std::string name = Applied(Live());
  CompleteUntil(absl::CivilDay(2026, 1, 2));
  verdict_.add_waiting_for("producers/shop");
  RunJobs(absl::Hours(47));
  const Adjustment waiting = Look(name);
  EXPECT_EQ(waiting.state(), Adjustment::STATE_APPLIED);
  EXPECT_THAT(waiting.awaited_data().producers(), ElementsAre("producers/shop"));
  EXPECT_EQ(time::ToTime(waiting.awaited_data().needed_until()), absl::FromCivil(absl::CivilDay(2026, 1, 3), service::DefaultTimeZone()));
  EXPECT_FALSE(waiting.has_verdict());
  const auto refused = Evaluate(name);
  EXPECT_THAT(refused, HasReason("DATA_INCOMPLETE"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("producers/shop"));
  RunJobs(absl::Minutes(30));
  EXPECT_EQ(Look(name).state(), Adjustment::STATE_APPLIED);
  CompleteUntil(absl::CivilDay(2026, 1, 3));
  verdict_.clear_waiting_for();
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Look(name).state(), Adjustment::STATE_EVALUATED);
  EXPECT_FALSE(Look(name).has_awaited_data());
}

TEST_F(AdjustmentTest, AnAnalystNeedNotWaitForTheService) {
  const std::string name = Applied(Live());
  clock_.Advance(absl::Hours(47));
  const auto evaluated = Evaluate(name);
  ASSERT_THAT(evaluated, IsOk());
  EXPECT_EQ(evaluated->state(), Adjustment::STATE_EVALUATED);
  RunJobs();
  EXPECT_THAT(ActionsOn(name), ElementsAre("create", "approve", "apply", "evaluate"));
}

TEST_F(AdjustmentTest, TwoThatOverlapOnAMetricAreConfounded) {
  const std::string activity = Live();
  const std::string first = Applied(activity, "first");
  EXPECT_FALSE(Look(first).confounded());
  auto other = Proposed(activity, "other");
  other.mutable_adjustment()->mutable_metric()->set_metric("metricDefinitions/clicks");
  ASSERT_THAT(Call<Adjustment>("CreateAdjustment", Specialist(), other), IsOk());
  ASSERT_THAT(Approve(activity + "/adjustments/other"), IsOk());
  ASSERT_THAT(Apply(activity + "/adjustments/other"), IsOk());
  EXPECT_FALSE(Look(first).confounded()) << "another metric";
  const std::string second = Applied(activity, "second");
  EXPECT_THAT(Look(first).confounders(), ElementsAre(second));
  EXPECT_THAT(Look(second).confounders(), ElementsAre(first));
  EXPECT_FALSE(Look(activity + "/adjustments/other").confounded());
  RunJobs(absl::Hours(47));
  EXPECT_EQ(Look(first).strength(), metrics::v1::STRENGTH_WEAK) << "however strong the verdict is";
  EXPECT_EQ(Look(first).verdict().strength(), metrics::v1::STRENGTH_MODERATE);
}

TEST_F(AdjustmentTest, WhatIsOverdueComesBackUntilItIsDecided) {
  const std::string name = Applied(Live());
  RunJobs(absl::Hours(47));
  RunJobs(absl::Hours(12));
  EXPECT_FALSE(Look(name).has_remind_time()) << "the day is not over";
  RunJobs(absl::Hours(13));
  EXPECT_TRUE(Look(name).has_remind_time());
  RunJobs(absl::Hours(23));
  EXPECT_THAT(ActionsOn(name), ElementsAre("create", "approve", "apply", "evaluate", "remind"));
  RunJobs(absl::Hours(2));
  EXPECT_THAT(ActionsOn(name), ElementsAre("create", "approve", "apply", "evaluate", "remind", "remind"));
  ASSERT_THAT(Decide("RevertAdjustment", name), IsOk());
  RunJobs(absl::Hours(48));
  EXPECT_THAT(ActionsOn(name), ElementsAre("create", "approve", "apply", "evaluate", "remind", "remind", "revert"));
}

TEST_F(AdjustmentTest, TheReportTellsItsEffect) {
  const std::string activity = Live();
  const std::string name = Applied(activity);
  RunJobs(absl::Hours(47));
  ASSERT_THAT(Call<v1::Activity>("EndActivity", Specialist(), Named<v1::EndActivityRequest>(activity)), IsOk());
  auto request = test::Proto<v1::CreateReportRequest>(R"pb(report { summary: "It went well" })pb");
  request.set_parent(activity);
  const auto report = Call<v1::Report>("CreateReport", Analyst(), request);
  ASSERT_THAT(report, IsOk());
  ASSERT_EQ(report->snapshot().adjustments_size(), 1);
  EXPECT_EQ(report->snapshot().adjustments(0).adjustment(), name);
  EXPECT_EQ(report->snapshot().adjustments(0).effect(), 3);
  EXPECT_EQ(report->snapshot().live_days(), 3);
  EXPECT_THAT(report->markdown(), HasSubstr("## Adjustments"));
}

TEST_F(AdjustmentTest, WhatIsDroppedIsNotEvaluated) {
  const std::string name = Applied(Live());
  ASSERT_THAT(Decide("DropAdjustment", name), IsOk());
  RunJobs(absl::Hours(72));
  EXPECT_THAT(ActionsOn(name), ElementsAre("create", "approve", "apply", "drop"));
}

}  // namespace
}  // namespace heitie::activity
