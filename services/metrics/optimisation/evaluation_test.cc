#include "services/metrics/optimisation/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/statistics/comparison.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "services/metrics/engine/fake_snapshot.h"
#include "services/metrics/optimisation/verdict.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasViolation;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::MetricDefinition;

const absl::TimeZone& EvaluationZone() {
  static const absl::TimeZone zone = absl::FixedTimeZone(8 * 3600);
  return zone;
}

absl::Time At(absl::CivilDay day, absl::Duration since = absl::ZeroDuration()) { return absl::FromCivil(day, EvaluationZone()) + since; }

Point EventOf(const std::string& name, const std::string& user, absl::Time time, PointKeys dimensions = {}) {
  Point point;
  point.name = name;
  point.user = user;
  point.occur_time = time;
  point.day = absl::ToCivilDay(time, EvaluationZone());
  point.dimensions = std::move(dimensions);
  return point;
}

v1::EvaluationPolicy Numbers() {
  return Proto<v1::EvaluationPolicy>(
      "name: 'evaluationPolicies/default' alpha: 0.05 power: 0.8 tuning: 5000 sample_ratio_bound: 0.001 parallel_bound: 0.05"
      " reminder_hours: 24");
}

std::vector<std::string> CodesOf(const v1::Verdict& verdict) {
  std::vector<std::string> codes;
  for (const v1::VerdictCondition& condition : verdict.failed_conditions()) {
    codes.push_back(condition.code());
    EXPECT_FALSE(condition.description().empty());
    EXPECT_FALSE(condition.description_zh_tw().empty());
    EXPECT_EQ(condition.description().find('{'), std::string::npos) << condition.description();
    EXPECT_EQ(condition.description_zh_tw().find('{'), std::string::npos) << condition.description_zh_tw();
  }
  EXPECT_FALSE(verdict.summary().empty());
  EXPECT_EQ(verdict.summary().find('{'), std::string::npos) << verdict.summary();
  EXPECT_EQ(verdict.summary_zh_tw().find('{'), std::string::npos) << verdict.summary_zh_tw();
  return codes;
}

void Define(Aim& aim, const std::string& metric, const std::string& event, MetricDefinition::Aggregation aggregation) {
  v1::FrozenMetric& frozen = aim.metrics.emplace_back();
  frozen.set_metric(metric);
  frozen.set_event_name(event);
  frozen.set_aggregation(aggregation);
}

Aim ExperimentAim(const std::string& plan) {
  Aim aim;
  aim.target.set_metric("metricDefinitions/buyers");
  aim.direction = v1::DIRECTION_INCREASE;
  aim.plan = Proto<v1::AnalysisPlan>(plan);
  Define(aim, "metricDefinitions/buyers", "purchase", MetricDefinition::AGGREGATION_DISTINCT_USERS);
  Define(aim, "metricDefinitions/purchases", "purchase", MetricDefinition::AGGREGATION_COUNT);
  Define(aim, "metricDefinitions/revenue", "purchase", MetricDefinition::AGGREGATION_SUM_MINOR);
  Define(aim, "metricDefinitions/rating", "review", MetricDefinition::AGGREGATION_AVERAGE);
  Define(aim, "metricDefinitions/views", "view", MetricDefinition::AGGREGATION_COUNT);
  return aim;
}

constexpr char kExperimentPlan[] =
    "randomised { exposure_event: 'exposed' variant_key: 'variant' control: 'a' treatment: 'b'"
    " start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 8 } window_hours: 30 covariate_days: 3"
    " size_per_arm: 5 }"
    "further_metrics { metric { metric: 'metricDefinitions/purchases' } direction: DIRECTION_INCREASE }"
    "further_metrics { metric { metric: 'metricDefinitions/revenue' } direction: DIRECTION_INCREASE }"
    "further_metrics { metric { metric: 'metricDefinitions/rating' } direction: DIRECTION_INCREASE }"
    "further_metrics { metric { metric: 'metricDefinitions/purchases' denominator_metric: 'metricDefinitions/views' }"
    " direction: DIRECTION_INCREASE }";

// ---- The oracle: user by user, event by event, as the contract says it.

struct OracleUser {
  std::vector<const Point*> exposures, others;
};

struct OracleArm {
  std::vector<double> bought, purchases, purchases_before, revenue, revenue_before, rating_sum, ratings, views;
};

struct Oracle {
  OracleArm arms[2];
  int64_t several = 0, open = 0, other = 0;
};

Oracle ByHand(const std::vector<Point>& points, absl::Time closed, const std::string& activity) {
  const absl::Time first = At(absl::CivilDay(2026, 3, 2)), end = At(absl::CivilDay(2026, 3, 9));
  std::map<std::string, OracleUser> users;
  for (const Point& point : points) {
    if (point.occur_time >= closed || (!activity.empty() && point.activity != activity)) continue;
    if (point.name != "exposed") {
      users[point.user].others.push_back(&point);
    } else if (point.occur_time >= first && point.occur_time < end) {
      users[point.user].exposures.push_back(&point);
    }
  }
  Oracle oracle;
  for (const auto& [name, user] : users) {
    std::set<std::string> variants;
    absl::Time since = absl::InfiniteFuture();
    for (const Point* exposure : user.exposures) {
      const auto variant = exposure->dimensions.find("variant");
      const std::string value = variant == exposure->dimensions.end() ? "" : variant->second;
      oracle.other += value != "a" && value != "b";
      if (value.empty()) continue;
      variants.insert(value);
      since = std::min(since, exposure->occur_time);
    }
    if (variants.size() > 1) ++oracle.several;
    if (variants.size() != 1 || variants.count("c") == 1) continue;
    if (since + absl::Hours(30) > closed) {
      ++oracle.open;
      continue;
    }
    OracleArm& arm = oracle.arms[variants.count("b")];
    double purchases = 0, purchases_before = 0, revenue = 0, revenue_before = 0, rating_sum = 0, ratings = 0, views = 0;
    for (const Point* event : user.others) {
      const absl::Duration after = event->occur_time - since;
      const bool inside = after >= absl::ZeroDuration() && after < absl::Hours(30);
      const bool before = after < absl::ZeroDuration() && after >= -absl::Hours(72);
      if (event->name == "purchase") {
        purchases += inside;
        purchases_before += before;
        const double minor = static_cast<double>(event->value_minor.value_or(0));
        revenue += inside ? minor : 0;
        revenue_before += before ? minor : 0;
      } else if (event->name == "review" && inside && event->value) {
        rating_sum += *event->value;
        ++ratings;
      } else if (event->name == "view") {
        views += inside;
      }
    }
    arm.bought.push_back(purchases > 0);
    arm.purchases.push_back(purchases);
    arm.purchases_before.push_back(purchases_before);
    arm.revenue.push_back(revenue);
    arm.revenue_before.push_back(revenue_before);
    arm.rating_sum.push_back(rating_sum);
    arm.ratings.push_back(ratings);
    arm.views.push_back(views);
  }
  return oracle;
}

statistics::PairMoments PairMomentsOf(const std::vector<double>& x, const std::vector<double>& y) {
  statistics::PairMoments pairs;
  for (size_t i = 0; i < x.size(); ++i) pairs.Add(x[i], y[i]);
  return pairs;
}

int64_t Ones(const std::vector<double>& values) { return std::count(values.begin(), values.end(), 1.0); }

void ExpectSame(const v1::MetricEffect& effect, const statistics::Defined<statistics::Comparison>& expected) {
  ASSERT_EQ(effect.has_estimate(), bool(expected)) << effect.metric().metric();
  if (!expected) return;
  EXPECT_NEAR(effect.estimate().effect(), expected->estimate.effect, 1e-9);
  EXPECT_NEAR(effect.estimate().standard_error(), expected->estimate.standard_error, 1e-9);
  EXPECT_NEAR(effect.comparison().control().value(), expected->control.value, 1e-9);
}

std::vector<Point> RandomHistory(std::mt19937_64& random) {
  std::vector<Point> points;
  const absl::Time begin = At(absl::CivilDay(2026, 2, 26));
  for (int i = 0; i < 900; ++i) {
    const std::string user = absl::StrCat("u", random() % 60);
    // Hours collide, so that events fall on exposures and on the ends of windows.
    const absl::Time time = begin + absl::Hours(random() % (14 * 24));
    switch (random() % 6) {
      case 0:
      case 1: {
        PointKeys dimensions;
        // As a rule one variant for a user.
        const uint64_t kind = random() % 25;
        if (kind == 0) dimensions["variant"] = "c";
        if (kind > 1) dimensions["variant"] = kind == 2 ? "b" : std::stoi(user.substr(1)) % 2 == 0 ? "a" : "b";
        points.push_back(EventOf("exposed", user, time, dimensions));
        break;
      }
      case 2:
        points.push_back(EventOf("view", user, time));
        break;
      case 3:
        points.push_back(EventOf("review", user, time));
        if (random() % 5 > 0) points.back().value = static_cast<double>(random() % 5);
        break;
      default:
        points.push_back(EventOf("purchase", user, time));
        if (random() % 5 > 0) points.back().value_minor = static_cast<int64_t>(random() % 1000);
    }
    if (random() % 4 > 0) points.back().activity = "activities/spring";
  }
  return points;
}

TEST(EvaluateExperimentTest, AgreesWithTheOracle) {
  int64_t several = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<Point> points = RandomHistory(random);
    Aim aim = ExperimentAim(kExperimentPlan);
    aim.plan.mutable_randomised()->set_treatment_share(0.5);
    if (seed % 3 == 0) aim.plan.set_activity("activities/spring");
    v1::EvaluationPolicy numbers = Numbers();
    numbers.set_sample_ratio_bound(1e-12);
    const absl::Time closed = At(absl::CivilDay(2026, 3, 5 + static_cast<int>(seed % 7)));
    FakeSnapshot snapshot(points, seed);
    const auto verdict = Evaluate(snapshot, aim, numbers, closed, EvaluationZone());
    ASSERT_THAT(verdict, IsOk());
    const Oracle oracle = ByHand(points, closed, aim.plan.activity());
    const OracleArm &c = oracle.arms[0], &t = oracle.arms[1];
    ASSERT_EQ(verdict->users().control_count(), static_cast<int64_t>(c.bought.size())) << seed;
    ASSERT_EQ(verdict->users().treatment_count(), static_cast<int64_t>(t.bought.size())) << seed;
    ASSERT_EQ(verdict->users().several_variants_count(), oracle.several) << seed;
    ASSERT_EQ(verdict->users().open_window_count(), oracle.open) << seed;
    ASSERT_EQ(verdict->users().other_exposure_count(), oracle.other) << seed;
    several += oracle.several;
    ExpectSame(verdict->target(), statistics::CompareProportions({Ones(c.bought), static_cast<int64_t>(c.bought.size())},
                                                                 {Ones(t.bought), static_cast<int64_t>(t.bought.size())}, 0.05));
    const auto adjusted = statistics::CompareAdjustedMeans(PairMomentsOf(c.purchases_before, c.purchases),
                                                           PairMomentsOf(t.purchases_before, t.purchases), 0.05);
    ASSERT_TRUE(adjusted);
    ExpectSame(verdict->further(0), adjusted->comparison);
    EXPECT_EQ(verdict->further(0).method(), v1::COMPARISON_METHOD_ADJUSTED_MEANS);
    const auto revenue =
        statistics::CompareAdjustedMeans(PairMomentsOf(c.revenue_before, c.revenue), PairMomentsOf(t.revenue_before, t.revenue), 0.05);
    ExpectSame(verdict->further(1), revenue->comparison);
    ExpectSame(verdict->further(2),
               statistics::CompareRatios(PairMomentsOf(c.ratings, c.rating_sum), PairMomentsOf(t.ratings, t.rating_sum), 0.05));
    ExpectSame(verdict->further(3),
               statistics::CompareRatios(PairMomentsOf(c.views, c.purchases), PairMomentsOf(t.views, t.purchases), 0.05));
    CodesOf(*verdict);
  }
  EXPECT_GT(several, 100);
}

TEST(EvaluateExperimentTest, RowsThatAreGoneAreNoAnswer) {
  std::mt19937_64 random(1);
  FakeSnapshot snapshot(RandomHistory(random));
  snapshot.Expire(absl::CivilDay(2026, 3, 1));
  const auto verdict = Evaluate(snapshot, ExperimentAim(kExperimentPlan), Numbers(), At(absl::CivilDay(2026, 3, 12)), EvaluationZone());
  EXPECT_EQ(verdict.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(EvaluateExperimentTest, NobodyExposedIsUndefined) {
  FakeSnapshot snapshot(std::vector<Point>{});
  const auto verdict = Evaluate(snapshot, ExperimentAim(kExperimentPlan), Numbers(), At(absl::CivilDay(2026, 3, 12)), EvaluationZone());
  ASSERT_THAT(verdict, IsOk());
  EXPECT_EQ(verdict->conclusion(), v1::CONCLUSION_UNDEFINED);
  EXPECT_EQ(verdict->strength(), v1::STRENGTH_NONE);
  EXPECT_FALSE(verdict->target().has_estimate());
  EXPECT_THAT(CodesOf(*verdict), ::testing::Contains("NOBODY_EXPOSED"));
}

// ---- Verdicts of arms

ExperimentArms ArmsWith(int64_t control, int64_t control_converted, int64_t treatment, int64_t treatment_converted, size_t metrics = 1) {
  ExperimentArms arms(metrics);
  arms.exposed = arms.judged = {control, treatment};
  for (auto& outcome : arms.outcomes) {
    for (int arm : {kControlArm, kTreatmentArm}) {
      const int64_t n = arm == kControlArm ? control : treatment, converted = arm == kControlArm ? control_converted : treatment_converted;
      for (int64_t i = 0; i < n; ++i) outcome[arm].pairs.Add(0, i < converted ? 1 : 0);
      outcome[arm].converted = converted;
    }
  }
  return arms;
}

Aim ConversionAim(int64_t size_per_arm) {
  Aim aim = ExperimentAim(kExperimentPlan);
  aim.plan.clear_further_metrics();
  aim.plan.mutable_randomised()->set_size_per_arm(size_per_arm);
  return aim;
}

TEST(JudgeExperimentTest, StrongWhenRandomisedAsPlanned) {
  Aim aim = ConversionAim(4000);
  aim.direction = v1::DIRECTION_DECREASE;
  aim.smallest_effect = 0.001;
  const v1::Verdict verdict = JudgeExperiment(aim, ArmsWith(44700, 8940, 45489, 8643), Numbers());
  EXPECT_EQ(verdict.conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(verdict.strength(), v1::STRENGTH_STRONG);
  EXPECT_EQ(verdict.worth(), v1::WORTH_SHOWN);
  EXPECT_NEAR(verdict.target().deciding_interval().high(), -0.004826, 5e-7);
  EXPECT_THAT(CodesOf(verdict), IsEmpty());
  EXPECT_EQ(verdict.summary(), "metricDefinitions/buyers moved as wanted by -0.009998, 95 % interval -0.01517 to -0.004826.");
  aim.direction = v1::DIRECTION_INCREASE;
  const v1::Verdict other = JudgeExperiment(aim, ArmsWith(44700, 8940, 45489, 8643), Numbers());
  EXPECT_EQ(other.conclusion(), v1::CONCLUSION_WORSE);
  EXPECT_EQ(other.worth(), v1::WORTH_EXCLUDED);
  EXPECT_THAT(CodesOf(other), ElementsAre("EFFECT_TOO_SMALL"));
}

TEST(JudgeExperimentTest, BeforeThePlannedSizeOnlyTheAlwaysValidIntervalDecides) {
  // p by the fixed rule is 0.03; an early look is not to decide by that.
  const ExperimentArms arms = ArmsWith(1000, 200, 1000, 240);
  const v1::Verdict planned = JudgeExperiment(ConversionAim(1000), arms, Numbers());
  ASSERT_LT(planned.target().estimate().p_value(), 0.05);
  EXPECT_EQ(planned.conclusion(), v1::CONCLUSION_BETTER);
  const v1::Verdict early = JudgeExperiment(ConversionAim(1001), arms, Numbers());
  EXPECT_EQ(early.conclusion(), v1::CONCLUSION_OPEN);
  EXPECT_EQ(early.target().deciding_interval().low(), early.target().comparison().always_valid().interval().low());
  EXPECT_THAT(CodesOf(early), ElementsAre("PLANNED_SIZE_NOT_REACHED"));
  // A great effect decides early.
  EXPECT_EQ(JudgeExperiment(ConversionAim(100000), ArmsWith(1000, 200, 1000, 300), Numbers()).conclusion(), v1::CONCLUSION_BETTER);
}

TEST(JudgeExperimentTest, ASampleRatioBeyondChanceWithholdsTheVerdict) {
  const v1::Verdict withheld = JudgeExperiment(ConversionAim(100), ArmsWith(5170, 1000, 4830, 1500), Numbers());
  EXPECT_NEAR(withheld.users().sample_ratio_chi_square(), 11.56, 1e-9);
  EXPECT_EQ(withheld.conclusion(), v1::CONCLUSION_WITHHELD);
  EXPECT_EQ(withheld.strength(), v1::STRENGTH_NONE);
  EXPECT_FALSE(withheld.has_target());
  EXPECT_THAT(CodesOf(withheld), ElementsAre("SAMPLE_RATIO_MISMATCH"));
  Aim aim = ConversionAim(100);
  aim.plan.mutable_randomised()->set_treatment_share(0.483);
  EXPECT_EQ(JudgeExperiment(aim, ArmsWith(5170, 1000, 4830, 1500), Numbers()).conclusion(), v1::CONCLUSION_BETTER) << "as planned";
}

TEST(JudgeExperimentTest, PrimaryMetricsAreAdjustedTogetherAndGuardrailsAreNot) {
  Aim aim = ConversionAim(100);
  const ExperimentArms arms = ArmsWith(1000, 200, 1000, 240, 3);  // p 0.03 each
  v1::FurtherMetric& further = *aim.plan.add_further_metrics();
  further.mutable_metric()->set_metric("metricDefinitions/buyers");
  further.set_direction(v1::DIRECTION_INCREASE);
  aim.guardrails = {Proto<v1::Guardrail>("metric { metric: 'metricDefinitions/buyers' } direction: DIRECTION_DECREASE bound: 0.001")};
  const v1::Verdict verdict = JudgeExperiment(aim, arms, Numbers());
  const double p = verdict.target().estimate().p_value();
  EXPECT_NEAR(verdict.target().adjusted_p_value(), 2 * p, 1e-12);
  EXPECT_EQ(verdict.conclusion(), v1::CONCLUSION_OPEN);
  EXPECT_EQ(verdict.further(0).conclusion(), v1::CONCLUSION_OPEN);
  EXPECT_NEAR(verdict.guardrails(0).effect().adjusted_p_value(), p, 1e-12);
  EXPECT_EQ(verdict.guardrails(0).standing(), v1::GUARDRAIL_STANDING_BROKEN);
  EXPECT_THAT(CodesOf(verdict), ElementsAre("GUARDRAIL_BROKEN"));
  aim.guardrails[0].set_bound(0.02);
  EXPECT_EQ(JudgeExperiment(aim, arms, Numbers()).guardrails(0).standing(), v1::GUARDRAIL_STANDING_OPEN);
  aim.guardrails[0].set_bound(0.2);
  EXPECT_EQ(JudgeExperiment(aim, arms, Numbers()).guardrails(0).standing(), v1::GUARDRAIL_STANDING_HOLDS);
  aim.guardrails[0].set_direction(v1::DIRECTION_INCREASE);
  aim.guardrails[0].set_bound(0);
  EXPECT_EQ(JudgeExperiment(aim, arms, Numbers()).guardrails(0).standing(), v1::GUARDRAIL_STANDING_HOLDS);
}

TEST(JudgeExperimentTest, AChangedPlanIsShownAndWeaker) {
  Aim aim = ConversionAim(100);
  aim.plan_changes = 2;
  const v1::Verdict verdict = JudgeExperiment(aim, ArmsWith(1000, 200, 1000, 300), Numbers());
  EXPECT_EQ(verdict.strength(), v1::STRENGTH_MODERATE);
  EXPECT_THAT(CodesOf(verdict), ElementsAre("PLAN_CHANGED"));
}

TEST(JudgeExperimentTest, NothingVariesIsUndefinedAndSaysWhy) {
  const v1::Verdict verdict = JudgeExperiment(ConversionAim(100), ArmsWith(1000, 0, 1000, 0), Numbers());
  EXPECT_EQ(verdict.conclusion(), v1::CONCLUSION_UNDEFINED);
  EXPECT_EQ(verdict.strength(), v1::STRENGTH_NONE);
  EXPECT_EQ(verdict.target().undefined_cause(), v1::UNDEFINED_CAUSE_NO_VARIANCE);
  EXPECT_EQ(verdict.summary(), "The effect on metricDefinitions/buyers cannot be computed: nothing varies.");
  EXPECT_EQ(verdict.summary_zh_tw(), "無法計算對 metricDefinitions/buyers 的效果：資料沒有變異。");
}

// ---- Several treatments

constexpr char kTwoTreatments[] = "randomised { further_treatments { variant: 'c' } }";

Aim TwoTreatmentsAim(int64_t size_per_arm) {
  Aim aim = ConversionAim(size_per_arm);
  aim.plan.MergeFrom(Proto<v1::AnalysisPlan>(kTwoTreatments));
  return aim;
}

ExperimentArms ThreeArms(int64_t users, const std::vector<int64_t>& converted) {
  ExperimentArms arms(1, 3);
  for (size_t arm = 0; arm < 3; ++arm) {
    arms.exposed[arm] = arms.judged[arm] = users;
    for (int64_t i = 0; i < users; ++i) arms.outcomes[0][arm].pairs.Add(0, i < converted[arm] ? 1 : 0);
    arms.outcomes[0][arm].converted = converted[arm];
  }
  return arms;
}

// Who met two of them is in no arm, whichever the arms are: so each variant is compared as if the others were none of the experiment.
TEST(SeveralTreatmentsTest, EachIsComparedAsByAnExperimentOfItsOwn) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Point> points = RandomHistory(random);
    for (Point& point : points) {
      if (point.name == "exposed" && point.dimensions.count("variant") > 0 && std::stoi(point.user.substr(1)) % 3 == 0) {
        point.dimensions["variant"] = "c";
      }
    }
    Aim aim = ExperimentAim(kExperimentPlan);
    v1::EvaluationPolicy numbers = Numbers();
    numbers.set_sample_ratio_bound(1e-12);
    const absl::Time closed = At(absl::CivilDay(2026, 3, 9));
    FakeSnapshot snapshot(points, seed);
    const auto first = Evaluate(snapshot, aim, numbers, closed, EvaluationZone());
    Aim other = aim;
    other.plan.mutable_randomised()->set_treatment("c");
    const auto second = Evaluate(snapshot, other, numbers, closed, EvaluationZone());
    aim.plan.MergeFrom(Proto<v1::AnalysisPlan>(kTwoTreatments));
    const auto both = Evaluate(snapshot, aim, numbers, closed, EvaluationZone());
    ASSERT_THAT(first, IsOk());
    ASSERT_THAT(second, IsOk());
    ASSERT_THAT(both, IsOk());
    ASSERT_EQ(both->variants_size(), 2);
    EXPECT_EQ(both->variants(0).variant(), "b");
    EXPECT_EQ(both->variants(1).variant(), "c");
    EXPECT_EQ(both->users().several_variants_count(), first->users().several_variants_count());
    EXPECT_EQ(both->users().arms(1).count(), first->users().treatment_count());
    EXPECT_EQ(both->users().arms(2).count(), second->users().treatment_count());
    for (int i = 0; i < 2; ++i) {
      const v1::Verdict& own = i == 0 ? *first : *second;
      EXPECT_EQ(both->variants(i).target().estimate().SerializeAsString(), own.target().estimate().SerializeAsString());
      for (int m = 0; m < own.further_size(); ++m) {
        EXPECT_EQ(both->variants(i).further(m).estimate().SerializeAsString(), own.further(m).estimate().SerializeAsString());
        EXPECT_GE(both->variants(i).further(m).adjusted_p_value(), own.further(m).estimate().p_value());
      }
    }
    CodesOf(*both);
  }
}

TEST(SeveralTreatmentsTest, AllPrimaryComparisonsAreAdjustedTogether) {
  const v1::Verdict alone = JudgeExperiment(ConversionAim(1000), ArmsWith(1000, 200, 1000, 240), Numbers());
  EXPECT_EQ(alone.conclusion(), v1::CONCLUSION_BETTER) << "p 0.03";
  const v1::Verdict both = JudgeExperiment(TwoTreatmentsAim(1000), ThreeArms(1000, {200, 240, 239}), Numbers());
  const std::vector<double> holm =
      statistics::Holm({both.variants(0).target().estimate().p_value(), both.variants(1).target().estimate().p_value()});
  EXPECT_EQ(both.variants(0).target().adjusted_p_value(), holm[0]);
  EXPECT_EQ(both.variants(1).target().adjusted_p_value(), holm[1]);
  EXPECT_EQ(both.conclusion(), v1::CONCLUSION_OPEN);
  EXPECT_EQ(both.variant(), "b") << "the greater effect";
}

TEST(SeveralTreatmentsTest, TheVerdictTellsOfTheBestOne) {
  const v1::Verdict verdict = JudgeExperiment(TwoTreatmentsAim(1000), ThreeArms(1000, {200, 150, 300}), Numbers());
  EXPECT_EQ(verdict.variant(), "c");
  EXPECT_EQ(verdict.conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(verdict.variants(0).conclusion(), v1::CONCLUSION_WORSE);
  EXPECT_EQ(verdict.variants(1).conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(verdict.strength(), v1::STRENGTH_STRONG);
  EXPECT_EQ(verdict.target().estimate().effect(), verdict.variants(1).target().estimate().effect());
  EXPECT_THAT(verdict.summary(), ::testing::HasSubstr("metricDefinitions/buyers (c) moved as wanted"));
  EXPECT_THAT(CodesOf(verdict), IsEmpty());
  EXPECT_THAT(CodesOf(JudgeExperiment(TwoTreatmentsAim(1001), ThreeArms(1000, {200, 150, 300}), Numbers())),
              ElementsAre("PLANNED_SIZE_NOT_REACHED"));
}

TEST(SeveralTreatmentsTest, TheSampleRatioIsThatOfAllArms) {
  ExperimentArms arms = ThreeArms(1000, {200, 240, 260});
  arms.exposed[2] = 1300;
  Aim aim = TwoTreatmentsAim(100);
  const v1::Verdict withheld = JudgeExperiment(aim, arms, Numbers());
  EXPECT_EQ(withheld.conclusion(), v1::CONCLUSION_WITHHELD);
  EXPECT_EQ(withheld.variants_size(), 0);
  const auto by_hand = statistics::CheckSampleRatio({1000, 1000, 1300}, {1, 1, 1});
  EXPECT_DOUBLE_EQ(withheld.users().sample_ratio_chi_square(), by_hand->chi_square);
  aim.plan.mutable_randomised()->mutable_further_treatments(0)->set_share(0.4);
  EXPECT_NE(JudgeExperiment(aim, arms, Numbers()).conclusion(), v1::CONCLUSION_WITHHELD) << "as planned";
  EXPECT_THAT(SharesOf(aim.plan.randomised()), ElementsAre(::testing::DoubleEq(0.3), ::testing::DoubleEq(0.3), 0.4));
}

TEST(SeveralTreatmentsTest, ArmsAndSharesThatCannotBe) {
  const FindMetric find = [](const std::string&) { return v1::MetricDefinition(); };
  Aim aim = TwoTreatmentsAim(100);
  aim.plan.mutable_randomised()->add_further_treatments()->set_variant("b");
  aim.plan.mutable_randomised()->mutable_further_treatments(0)->set_share(0.6);
  aim.plan.mutable_randomised()->set_treatment_share(0.4);
  status::BadFields bad;
  ASSERT_THAT(Settle(find, {"target", "denominator", "guardrails", "plan"}, aim, bad), IsOk());
  const absl::Status status = bad.status();
  EXPECT_THAT(status, HasViolation("plan.randomised.further_treatments[1].variant", "SAME_VARIANT"));
  EXPECT_THAT(status, HasViolation("plan.randomised.further_treatments", "BAD_SHARES"));
}

// ---- No order of arrival shows

TEST(EvaluateExperimentTest, NoOrderOfArrivalShows) {
  std::mt19937_64 random(17);
  std::lognormal_distribution<double> wide(0, 6);
  std::vector<Point> points = RandomHistory(random);
  for (Point& point : points) {
    if (point.value) point.value = wide(random) - wide(random);
  }
  Aim aim = ExperimentAim(kExperimentPlan);
  Define(aim, "metricDefinitions/weight", "review", MetricDefinition::AGGREGATION_SUM);
  *aim.plan.add_further_metrics() = Proto<v1::FurtherMetric>("metric { metric: 'metricDefinitions/weight' } direction: DIRECTION_INCREASE");
  v1::EvaluationPolicy numbers = Numbers();
  numbers.set_sample_ratio_bound(1e-12);
  std::string before;
  for (unsigned round = 0; round < 20; ++round) {
    std::shuffle(points.begin(), points.end(), random);
    FakeSnapshot snapshot(points, round);
    const auto verdict = Evaluate(snapshot, aim, numbers, At(absl::CivilDay(2026, 3, 10)), EvaluationZone());
    ASSERT_THAT(verdict, IsOk());
    ASSERT_TRUE(verdict->further(2).has_estimate());
    ASSERT_TRUE(verdict->further(4).has_estimate());
    const std::string now = verdict->DebugString();
    if (round > 0) {
      EXPECT_EQ(now, before) << "to the last bit";
    }
    before = now;
  }
}

// ---- Without randomisation

Aim ChangeAim(const std::string& plan, MetricDefinition::Aggregation aggregation) {
  Aim aim;
  aim.target.set_metric("metricDefinitions/orders");
  aim.direction = v1::DIRECTION_INCREASE;
  aim.plan = Proto<v1::AnalysisPlan>(plan);
  Define(aim, "metricDefinitions/orders", "order", aggregation);
  return aim;
}

constexpr char kUnitsPlan[] =
    "difference_in_differences { unit_key: 'city' treated_units: ['a', 'b', 'c'] other_units: ['d', 'e', 'f', 'g']"
    " change_date { year: 2026 month: 3 day: 29 } period_days: 7 periods_before: 4 periods_after: 2 }";

// Orders by city and day: 10 + trend, of treated cities more since the change.
std::vector<Point> Orders(int more, int own_trend) {
  std::vector<Point> points;
  int user = 0;
  for (int day = 0; day < 42; ++day) {
    for (const char city : std::string("abcdefg")) {
      const bool treated = city <= 'c';
      const int count = 8 + city % 3 + (day * 7 + city * 5) % 4 + (treated && day >= 28 ? more : 0) + (treated ? own_trend * (day / 7) : 0);
      for (int i = 0; i < count; ++i) {
        points.push_back(EventOf("order", absl::StrCat("u", user++ % 500), At(absl::CivilDay(2026, 3, 1) + day, absl::Hours(i % 24)),
                                 {{"city", std::string(1, city)}}));
      }
    }
  }
  return points;
}

TEST(EvaluateUnitsTest, ComparesTheChangesOfUnits) {
  const std::vector<Point> points = Orders(3, 0);
  FakeSnapshot snapshot(points);
  const Aim aim = ChangeAim(kUnitsPlan, MetricDefinition::AGGREGATION_COUNT);
  const auto verdict = Evaluate(snapshot, aim, Numbers(), At(absl::CivilDay(2026, 4, 12)), EvaluationZone());
  ASSERT_THAT(verdict, IsOk());
  // Periods by hand.
  std::vector<statistics::Unit> units;
  for (const char city : std::string("abcdefg")) {
    statistics::Unit& unit = units.emplace_back();
    unit.treated = city <= 'c';
    for (int period = 0; period < 6; ++period) {
      const absl::CivilDay first = absl::CivilDay(2026, 3, 1) + 7 * period;
      const auto count = std::count_if(points.begin(), points.end(), [&](const Point& point) {
        return point.dimensions.at("city")[0] == city && point.day >= first && point.day < first + 7;
      });
      (period < 4 ? unit.before : unit.after).push_back(static_cast<double>(count));
    }
  }
  const auto expected = statistics::CompareChanges(units, 0.05);
  EXPECT_NEAR(verdict->target().estimate().effect(), expected->changes.estimate.effect, 1e-9);
  EXPECT_NEAR(verdict->target().estimate().standard_error(), expected->changes.estimate.standard_error, 1e-9);
  EXPECT_NEAR(verdict->target().estimate().effect(), 21, 1.5);
  EXPECT_EQ(verdict->conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(verdict->strength(), v1::STRENGTH_MODERATE);
  EXPECT_THAT(CodesOf(*verdict), IsEmpty());
  EXPECT_EQ(snapshot.scanned(), 0) << "daily figures suffice";
}

TEST(EvaluateUnitsTest, MoreUnitsThanDailyFiguresTellApart) {
  const std::vector<Point> points = Orders(3, 0);
  FakeSnapshot plain(points), limited(points);
  limited.LimitValues(3);
  for (const auto aggregation : {MetricDefinition::AGGREGATION_COUNT, MetricDefinition::AGGREGATION_DISTINCT_USERS}) {
    const Aim aim = ChangeAim(kUnitsPlan, aggregation);
    const auto expected = Evaluate(plain, aim, Numbers(), At(absl::CivilDay(2026, 4, 12)), EvaluationZone());
    const auto verdict = Evaluate(limited, aim, Numbers(), At(absl::CivilDay(2026, 4, 12)), EvaluationZone());
    ASSERT_THAT(verdict, IsOk());
    EXPECT_GT(limited.scanned(), 0);
    EXPECT_THAT(*verdict, heitie::test::EqualsProto(*expected));
  }
}

TEST(EvaluateUnitsTest, PastsThatPartWeakenTheVerdict) {
  FakeSnapshot snapshot(Orders(3, 2));
  const auto verdict = Evaluate(snapshot, ChangeAim(kUnitsPlan, MetricDefinition::AGGREGATION_COUNT), Numbers(),
                                At(absl::CivilDay(2026, 4, 12)), EvaluationZone());
  ASSERT_THAT(verdict, IsOk());
  EXPECT_EQ(verdict->strength(), v1::STRENGTH_WEAK);
  EXPECT_THAT(CodesOf(*verdict), ElementsAre("PRE_TREND_DIFFERS", "PLACEBO_FINDS"));
}

TEST(EvaluateUnitsTest, OnlyPeriodsThatAreOverCount) {
  FakeSnapshot snapshot(Orders(3, 0));
  const Aim aim = ChangeAim(kUnitsPlan, MetricDefinition::AGGREGATION_COUNT);
  const auto one = Evaluate(snapshot, aim, Numbers(), At(absl::CivilDay(2026, 4, 11)), EvaluationZone());
  ASSERT_THAT(one, IsOk());
  EXPECT_TRUE(one->target().has_estimate()) << "one of two weeks is over";
  EXPECT_THAT(CodesOf(*one), ElementsAre("PERIOD_NOT_OVER"));
  const auto none = Evaluate(snapshot, aim, Numbers(), At(absl::CivilDay(2026, 4, 4)), EvaluationZone());
  ASSERT_THAT(none, IsOk());
  EXPECT_EQ(none->conclusion(), v1::CONCLUSION_UNDEFINED);
  EXPECT_EQ(none->target().undefined_cause(), v1::UNDEFINED_CAUSE_NO_DATA);
  // What was before the first event is not known to be nothing.
  Aim earlier = aim;
  earlier.plan.mutable_difference_in_differences()->set_periods_before(5);
  const auto unknown = Evaluate(snapshot, earlier, Numbers(), At(absl::CivilDay(2026, 4, 12)), EvaluationZone());
  ASSERT_THAT(unknown, IsOk());
  EXPECT_THAT(CodesOf(*unknown), ElementsAre("UNITS_LACKING", "EFFECT_UNDEFINED"));
}

constexpr char kSeriesPlan[] =
    "before_after { change_date { year: 2026 month: 3 day: 29 } days_before: 28 days_after: 14 weekday_terms: false }";

TEST(EvaluateSeriesTest, FitsTheDays) {
  const std::vector<Point> points = Orders(3, 0);
  FakeSnapshot snapshot(points);
  const auto verdict = Evaluate(snapshot, ChangeAim(kSeriesPlan, MetricDefinition::AGGREGATION_DISTINCT_USERS), Numbers(),
                                At(absl::CivilDay(2026, 4, 12)), EvaluationZone());
  ASSERT_THAT(verdict, IsOk());
  std::vector<statistics::DayFigure> days;
  for (int day = 0; day < 42; ++day) {
    std::set<std::string> users;
    for (const Point& point : points) {
      if (point.day == absl::CivilDay(2026, 3, 1) + day) users.insert(point.user);
    }
    days.push_back({day, static_cast<double>(users.size())});
  }
  const auto expected = statistics::FitInterruption(days, 28, false, 0.05);
  ASSERT_TRUE(expected);
  EXPECT_NEAR(verdict->target().estimate().effect(), expected->average.effect, 1e-9);
  EXPECT_NEAR(verdict->target().estimate().effect(), 9, 2);
  EXPECT_NEAR(verdict->target().interruption().level().standard_error(), expected->level.standard_error, 1e-9);
  EXPECT_EQ(verdict->conclusion(), v1::CONCLUSION_BETTER);
  EXPECT_EQ(verdict->strength(), v1::STRENGTH_WEAK);
  EXPECT_THAT(CodesOf(*verdict), ElementsAre("NO_CONTROL_GROUP"));
  EXPECT_EQ(snapshot.scanned(), 0);
}

TEST(EvaluateSeriesTest, ADayWithoutEventsIsNothingAndNotMissing) {
  std::vector<Point> points = Orders(3, 0);
  points.erase(std::remove_if(points.begin(), points.end(), [](const Point& point) { return point.day == absl::CivilDay(2026, 3, 10); }),
               points.end());
  FakeSnapshot snapshot(points);
  const auto verdict = Evaluate(snapshot, ChangeAim(kSeriesPlan, MetricDefinition::AGGREGATION_COUNT), Numbers(),
                                At(absl::CivilDay(2026, 4, 12)), EvaluationZone());
  ASSERT_THAT(verdict, IsOk());
  EXPECT_EQ(verdict->target().estimate().degrees_of_freedom(), 42 - 4);
  const auto early = Evaluate(snapshot, ChangeAim(kSeriesPlan, MetricDefinition::AGGREGATION_COUNT), Numbers(),
                              At(absl::CivilDay(2026, 3, 20)), EvaluationZone());
  ASSERT_THAT(early, IsOk());
  EXPECT_EQ(early->conclusion(), v1::CONCLUSION_UNDEFINED);
  EXPECT_THAT(CodesOf(*early), ElementsAre("NO_CONTROL_GROUP", "PERIOD_NOT_OVER", "EFFECT_UNDEFINED"));
}

// ---- What an aim may say

TEST(SettleTest, EveryBadFieldAtOnce) {
  std::map<std::string, MetricDefinition> known;
  known["metricDefinitions/latency"] = Proto<MetricDefinition>("measurement_name: 'latency' aggregation: AGGREGATION_AVERAGE");
  known["metricDefinitions/peak"] = Proto<MetricDefinition>("event_name: 'order' aggregation: AGGREGATION_MAX");
  known["metricDefinitions/rating"] = Proto<MetricDefinition>("event_name: 'review' aggregation: AGGREGATION_AVERAGE");
  const FindMetric find = [&](const std::string& name) -> absl::StatusOr<MetricDefinition> {
    const auto found = known.find(name);
    if (found == known.end()) return status::NotFound(name);
    return found->second;
  };
  Aim aim;
  aim.target.set_metric("metricDefinitions/latency");
  aim.plan = Proto<v1::AnalysisPlan>(
      "randomised { control: 'a' treatment: 'a' start_date { year: 2026 month: 3 day: 2 } end_date { year: 2026 month: 3 day: 1 } }"
      "further_metrics { metric { metric: 'metricDefinitions/peak' } }"
      "further_metrics { metric { metric: 'metricDefinitions/rating' } }"
      "further_metrics { metric { metric: 'metricDefinitions/rating' denominator_metric: 'metricDefinitions/gone' } }");
  aim.guardrails = {Proto<v1::Guardrail>("metric { metric: 'metricDefinitions/lost' }")};
  status::BadFields bad;
  ASSERT_THAT(Settle(find, {"t", "d", "g", "p"}, aim, bad), IsOk());
  EXPECT_THAT(bad.status(), HasViolation("p.randomised.treatment", "SAME_VARIANT"));
  EXPECT_THAT(bad.status(), HasViolation("p.randomised.end_date", "BAD_PLAN_DATES"));
  EXPECT_THAT(bad.status(), HasViolation("t", "NOT_COMPARABLE"));
  EXPECT_THAT(bad.status(), HasViolation("p.further_metrics[0].metric.metric", "NOT_COMPARABLE"));
  EXPECT_THAT(bad.status(), HasViolation("p.further_metrics[2].metric.metric", "NOT_COMPARABLE"));
  EXPECT_THAT(bad.status(), HasViolation("p.further_metrics[2].metric.denominator_metric", "METRIC_MISSING"));
  EXPECT_THAT(bad.status(), HasViolation("g[0].metric.metric", "METRIC_MISSING"));

  Aim units;
  units.target.set_metric("metricDefinitions/rating");
  units.target.set_denominator_metric("metricDefinitions/peak");
  units.plan = Proto<v1::AnalysisPlan>("difference_in_differences { treated_units: ['a', 'b'] other_units: ['c', 'b'] }");
  status::BadFields more;
  ASSERT_THAT(Settle(find, {"t", "d", "g", "p"}, units, more), IsOk());
  EXPECT_THAT(more.status(), HasViolation("d", "NOT_COMPARABLE"));
  EXPECT_THAT(more.status(), HasViolation("p.difference_in_differences.other_units[1]", "UNIT_ON_BOTH_SIDES"));
  status::BadFields none;
  Aim nothing;
  nothing.target.set_metric("metricDefinitions/latency");
  ASSERT_THAT(Settle(find, {"t", "d", "g", "p"}, nothing, none), IsOk());
  EXPECT_THAT(none.status(), HasViolation("p", "DESIGN_MISSING"));
}

}  // namespace
}  // namespace heitie::metrics
