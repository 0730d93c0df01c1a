#include "services/planning/scheme/judgement.h"

#include "common/test/fixture.h"
#include "services/planning/plan/feasibility.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::IsOk;
using v1::SchemeJudgement;

v1::Project ProjectOf(double baseline, double target) {
  v1::Project project;
  project.set_name("projects/p");
  v1::Objective& objective = *project.add_objectives();
  objective.set_metric("visitors");
  objective.set_baseline(baseline);
  objective.set_target(target);
  return project;
}

v1::Scheme Contributing(const std::vector<double>& changes) {
  v1::Scheme scheme;
  scheme.set_name("projects/p/schemes/s");
  for (const double change : changes) {
    v1::ChannelContribution& contribution = *scheme.add_channels()->add_contributions();
    contribution.set_metric("visitors");
    contribution.set_change(change);
  }
  return scheme;
}

SchemeJudgement::Verdict EffectOf(double baseline, double target, const std::vector<double>& changes) {
  return JudgeEffect(ProjectOf(baseline, target), Contributing(changes), {}).verdict();
}

TEST(JudgementTest, ChannelsCoverTheChangeOfEachObjective) {
  EXPECT_EQ(EffectOf(1000, 1500, {200, 300}), SchemeJudgement::VERDICT_FEASIBLE);
  EXPECT_EQ(EffectOf(1000, 1500, {100, 300}), SchemeJudgement::VERDICT_MARGINAL) << "80 of 100";
  EXPECT_EQ(EffectOf(1000, 1500, {100, 299}), SchemeJudgement::VERDICT_INFEASIBLE);
  EXPECT_EQ(EffectOf(1000, 1500, {}), SchemeJudgement::VERDICT_MARGINAL) << "nobody says";
  EXPECT_EQ(EffectOf(9, 4, {-5}), SchemeJudgement::VERDICT_FEASIBLE) << "less is better";
  EXPECT_EQ(EffectOf(9, 4, {5}), SchemeJudgement::VERDICT_INFEASIBLE) << "the wrong way";
  EXPECT_EQ(EffectOf(4, 4, {1}), SchemeJudgement::VERDICT_MARGINAL) << "no change, no share";
  v1::PlanningPolicy strict;
  strict.set_marginal_effect_percent(100);
  EXPECT_EQ(JudgeEffect(ProjectOf(0, 100), Contributing({99}), strict).verdict(), SchemeJudgement::VERDICT_INFEASIBLE);
  const v1::JudgedAspect told = JudgeEffect(ProjectOf(0, 100), Contributing({50, 30}), {});
  ASSERT_EQ(told.criteria_size(), 1);
  EXPECT_EQ(told.criteria(0).subject(), "visitors");
  EXPECT_EQ(told.criteria(0).value(), 80);
  EXPECT_EQ(told.criteria(0).hurdle(), 100);
  EXPECT_NE(told.criteria(0).description(), "");
  EXPECT_NE(told.criteria(0).description_zh_tw(), told.criteria(0).description());
}

TEST(JudgementTest, MeansAreThereOrEachIsNamed) {
  v1::Scheme scheme = Contributing({});
  EXPECT_EQ(JudgeMeans(scheme, {}).verdict(), SchemeJudgement::VERDICT_FEASIBLE) << "it wants nothing";
  scheme.mutable_demand()->set_budget_minor(7);
  EXPECT_EQ(JudgeMeans(scheme, {}).verdict(), SchemeJudgement::VERDICT_MARGINAL) << "from no budget";
  scheme.mutable_demand()->add_money()->set_budget("budgets/q1");
  EXPECT_EQ(JudgeMeans(scheme, {}).verdict(), SchemeJudgement::VERDICT_FEASIBLE);
  scheme.mutable_demand()->add_staff()->set_position("positions/host");
  EXPECT_EQ(JudgeMeans(scheme, {}).verdict(), SchemeJudgement::VERDICT_MARGINAL) << "people by no plan, whatever else is there";
  scheme.mutable_demand()->set_staff_plan("staffPlans/fair");
  EXPECT_EQ(JudgeMeans(scheme, {}).verdict(), SchemeJudgement::VERDICT_FEASIBLE);
  scheme.mutable_demand()->add_items()->set_item("items/mug");
  EXPECT_EQ(JudgeMeans(scheme, {}).verdict(), SchemeJudgement::VERDICT_MARGINAL) << "neither from stock nor bought";
  scheme.mutable_demand()->mutable_items(0)->set_supply(v1::ItemDemand::SUPPLY_STOCK);
  EXPECT_EQ(JudgeMeans(scheme, {}).verdict(), SchemeJudgement::VERDICT_FEASIBLE);
  v1::Defect money, stock;
  money.set_reason("BUDGET_SHORT");
  money.set_subject("budgets/q1");
  stock.set_reason("STOCK_SHORT");
  const v1::JudgedAspect told = JudgeMeans(scheme, {money, stock});
  EXPECT_EQ(told.verdict(), SchemeJudgement::VERDICT_INFEASIBLE);
  ASSERT_EQ(told.criteria_size(), 2);
  EXPECT_EQ(told.criteria(0).criterion(), "BUDGET_SHORT");
}

v1::JudgedAspect Worth(const std::string& flows, const v1::PlanningPolicy& policy, const v1::Feasibility* given = nullptr) {
  const auto scheme = test::Proto<v1::Scheme>("name: 'projects/p/schemes/s' discount_rate_bp: 800 " + flows);
  return JudgeCostBenefit(scheme, given != nullptr ? *given : Assess(scheme.cash_flows(), scheme.discount_rate_bp()), policy);
}

TEST(JudgementTest, BenefitsReachThePolicysHurdles) {
  const std::string golden = "cash_flows { cost_minor: 100000 } cash_flows { month: 12 benefit_minor: 130000 }";
  v1::PlanningPolicy policy;
  EXPECT_EQ(Worth(golden, policy).verdict(), SchemeJudgement::VERDICT_FEASIBLE);
  policy.set_hurdle_ratio_percent(121);
  EXPECT_EQ(Worth(golden, policy).verdict(), SchemeJudgement::VERDICT_INFEASIBLE) << "120.37 %";
  policy.set_hurdle_ratio_percent(120);
  policy.set_hurdle_payback_months(11);
  EXPECT_EQ(Worth(golden, policy).verdict(), SchemeJudgement::VERDICT_INFEASIBLE);
  policy.set_hurdle_payback_months(12);
  EXPECT_EQ(Worth(golden, policy).verdict(), SchemeJudgement::VERDICT_FEASIBLE);
  EXPECT_EQ(Worth("cash_flows { cost_minor: 5 }", {}).verdict(), SchemeJudgement::VERDICT_INFEASIBLE);
  EXPECT_EQ(Worth("cash_flows { benefit_minor: 5 }", {}).verdict(), SchemeJudgement::VERDICT_FEASIBLE) << "without costs";
  EXPECT_EQ(Worth("", {}).verdict(), SchemeJudgement::VERDICT_INFEASIBLE);

  v1::Feasibility study;
  study.set_npv_minor(20370);
  study.mutable_corrected()->set_npv_minor(4);
  study.mutable_corrected()->set_benefit_cost_ratio(1.01);
  study.mutable_stressed()->set_npv_minor(-1);
  EXPECT_EQ(Worth(golden, {}, &study).verdict(), SchemeJudgement::VERDICT_MARGINAL) << "under stress it does not stand";
  study.mutable_corrected()->set_npv_minor(-4);
  EXPECT_EQ(Worth(golden, {}, &study).verdict(), SchemeJudgement::VERDICT_INFEASIBLE) << "the corrected figure counts";
}

TEST(JudgementTest, TheWholeIsAsTheWorstOfItAndIsRefusedWithEveryCriterion) {
  SchemeJudgement judgement;
  judgement.set_scheme("projects/p/schemes/s");
  *judgement.add_aspects() = JudgeEffect(ProjectOf(0, 100), Contributing({10}), {});
  *judgement.add_aspects() = Worth("cash_flows { cost_minor: 5 }", {});
  PutVerdict(judgement);
  EXPECT_EQ(judgement.verdict(), SchemeJudgement::VERDICT_INFEASIBLE);
  const absl::Status refused = RefuseInfeasible(judgement);
  EXPECT_THAT(refused, HasReason("SCHEME_INFEASIBLE"));
  EXPECT_THAT(test::Violations(refused), ::testing::SizeIs(3));
  SchemeJudgement fine;
  *fine.add_aspects() = JudgeEffect(ProjectOf(0, 100), Contributing({90}), {});
  PutVerdict(fine);
  EXPECT_EQ(fine.verdict(), SchemeJudgement::VERDICT_MARGINAL);
  EXPECT_THAT(RefuseInfeasible(fine), IsOk()) << "what is marginal is for the manager to weigh";
}

}  // namespace
}  // namespace heitie::planning
