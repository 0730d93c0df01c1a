#include "services/activity/guardrail/guardrail_rules.h"

#include <cmath>
#include <random>

#include "common/test/fixture.h"
#include "common/time/instant.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasViolation;
using ::heitie::test::Proto;
using v1::ActivityGuardrail;
using v1::GuardrailRun;

constexpr absl::Time kStart = absl::FromUnixSeconds(1767225600);

// At least 0.05, clear 0.055, sample 500, two and two.
ActivityGuardrail ClickRule() {
  return Proto<ActivityGuardrail>(R"pb(display_name: "Click-through"
                                       signal: SIGNAL_CLICK_THROUGH_RATE
                                       direction: DIRECTION_AT_LEAST
                                       bound: 0.05
                                       clear_bound: 0.055
                                       window { seconds: 300 }
                                       min_sample: 500
                                       open_after: 2
                                       clear_after: 2
                                       action: ACTION_PAUSE)pb");
}

std::vector<WindowFigures> Golden() {
  const std::vector<std::pair<int64_t, int64_t>> pairs = {{1000, 60}, {1000, 40}, {300, 3},   {1000, 42}, {1000, 52}, {1000, 30},
                                                          {1000, 58}, {0, 0},     {1000, 57}, {1000, 40}, {1000, 40}};
  std::vector<WindowFigures> windows;
  for (const auto& [impressions, clicks] : pairs) windows.push_back({impressions, clicks});
  return windows;
}

v1::TryActivityGuardrailResponse Try(const ActivityGuardrail& rule, const std::vector<WindowFigures>& windows) {
  return TryWindows(rule, *BoundsOf(rule, {}), windows, kStart);
}

TEST(GuardrailRulesTest, TheWilsonBoundOfThePolicy) {
  EXPECT_NEAR(WilsonUpper(38, 1000, 1.645), 0.04926, 0.000005);
  EXPECT_GT(WilsonUpper(39, 1000, 1.645), 0.05);
  ActivityGuardrail rule = ClickRule();
  rule.set_confidence_z(1.645);
  const GuardrailBounds bounds = *BoundsOf(rule, {});
  EXPECT_EQ(JudgeWindow(rule, bounds, {1000, 38}).verdict, v1::WINDOW_VERDICT_BREACH);
  EXPECT_EQ(JudgeWindow(rule, bounds, {1000, 39}).verdict, v1::WINDOW_VERDICT_HOLD);
  rule.set_confidence_z(0);
  EXPECT_EQ(JudgeWindow(rule, bounds, {1000, 39}).verdict, v1::WINDOW_VERDICT_BREACH);
}

// The bound is where the score test of the bound itself would just reject: (p − b) / √(b (1 − b) / n) = −z.
TEST(GuardrailRulesTest, WilsonInvertsTheScoreTest) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const int64_t n = 1 + random() % 5000, hits = random() % (n + 1);
    const double z = 0.1 + (random() % 300) / 100.0;
    const double p = static_cast<double>(hits) / n;
    const double upper = WilsonUpper(hits, n, z), lower = WilsonLower(hits, n, z);
    if (hits < n) {
      EXPECT_NEAR((p - upper) / std::sqrt(upper * (1 - upper) / n), -z, 1e-6) << hits << "/" << n;
    }
    if (hits > 0) {
      EXPECT_NEAR((p - lower) / std::sqrt(lower * (1 - lower) / n), z, 1e-6) << hits << "/" << n;
    }
    EXPECT_LE(lower, p + 1e-12);
    EXPECT_GE(upper, p - 1e-12);
  }
}

TEST(GuardrailRulesTest, TheSeriesOfThePolicy) {
  ActivityGuardrail rule = ClickRule();
  rule.mutable_reopen_within()->set_seconds(900);
  const v1::TryActivityGuardrailResponse tried = Try(rule, Golden());
  const std::vector<v1::WindowVerdict> verdicts = {v1::WINDOW_VERDICT_CLEAR,  v1::WINDOW_VERDICT_BREACH, v1::WINDOW_VERDICT_THIN,
                                                   v1::WINDOW_VERDICT_BREACH, v1::WINDOW_VERDICT_HOLD,   v1::WINDOW_VERDICT_BREACH,
                                                   v1::WINDOW_VERDICT_CLEAR,  v1::WINDOW_VERDICT_THIN,   v1::WINDOW_VERDICT_CLEAR,
                                                   v1::WINDOW_VERDICT_BREACH, v1::WINDOW_VERDICT_BREACH};
  ASSERT_EQ(tried.windows_size(), 11);
  for (int i = 0; i < 11; ++i) {
    EXPECT_EQ(tried.windows(i).verdict(), verdicts[static_cast<size_t>(i)]) << i + 1;
    EXPECT_EQ(tried.windows(i).opens(), i == 3 || i == 10) << i + 1;
    EXPECT_EQ(tried.windows(i).clears(), i == 8) << i + 1;
  }
  // It opened with the 2nd window, cleared at the end of the 9th, and the 11th begins one window later.
  EXPECT_EQ(time::ToTime(tried.windows(3).run().episode_time()), kStart + absl::Minutes(5));
  EXPECT_EQ(time::ToTime(tried.windows(8).run().clear_time()), kStart + absl::Minutes(45));
  EXPECT_EQ(tried.windows(3).incident(), 1);
  EXPECT_EQ(tried.windows(10).incident(), 1);
  EXPECT_EQ(time::ToTime(tried.windows(10).run().episode_time()), kStart + absl::Minutes(45));
}

TEST(GuardrailRulesTest, BeyondTheReopeningTimeItIsTheSecondIncident) {
  ActivityGuardrail rule = ClickRule();
  EXPECT_EQ(Try(rule, Golden()).windows(10).incident(), 2) << "there is no reopening time";
  rule.mutable_reopen_within()->set_seconds(300);
  EXPECT_EQ(Try(rule, Golden()).windows(10).incident(), 1) << "the 11th window begins 300 s after it cleared";
  rule.mutable_reopen_within()->set_seconds(299);
  EXPECT_EQ(Try(rule, Golden()).windows(10).incident(), 2);
}

TEST(GuardrailRulesTest, ThinAndMissingNeitherExtendNorBreakARun) {
  const ActivityGuardrail rule = ClickRule();
  WindowFigures missing;
  missing.missing = true;
  const auto tried = Try(rule, {{1000, 40}, {10, 0}, missing, {0, 0}, {1000, 40}});
  EXPECT_TRUE(tried.windows(4).opens());
  EXPECT_EQ(tried.windows(3).run().breaches(), 1);
  EXPECT_FALSE(tried.windows(3).has_figure());
}

TEST(GuardrailRulesTest, ABreachIsForgottenAfterSixWindows) {
  const ActivityGuardrail rule = ClickRule();
  std::vector<WindowFigures> windows = {{1000, 40}};
  for (int i = 0; i < 5; ++i) windows.push_back({0, 0});
  windows.push_back({1000, 40});
  EXPECT_TRUE(Try(rule, windows).windows(6).opens()) << "six windows back";
  windows.insert(windows.begin() + 1, {0, 0});
  const auto tried = Try(rule, windows);
  EXPECT_FALSE(tried.windows(7).opens()) << "seven windows back";
  EXPECT_EQ(tried.windows(7).run().breaches(), 1);
}

TEST(GuardrailRulesTest, MissingIsToldOnceInARow) {
  ActivityGuardrail rule = ClickRule();
  rule.set_missing_after(2);
  WindowFigures missing;
  missing.missing = true;
  const auto tried = Try(rule, {missing, missing, missing, {1000, 60}, missing, missing});
  std::vector<bool> told;
  for (const auto& window : tried.windows()) told.push_back(window.tells_missing());
  EXPECT_EQ(told, (std::vector<bool>{false, true, false, false, false, true}));
}

TEST(GuardrailRulesTest, BoundsAreSharesOfTargets) {
  auto activity = Proto<v1::Activity>(R"pb(targets { measure: MEASURE_CLICKS target: 2880 }
                                           targets { measure: MEASURE_CLICK_THROUGH_RATE target: 0.1 })pb");
  *activity.mutable_start_time() = time::ToTimestamp(kStart);
  *activity.mutable_end_time() = time::ToTimestamp(kStart + absl::Hours(24));
  ActivityGuardrail rule = ClickRule();
  rule.clear_bound();
  rule.clear_clear_bound();
  rule.clear_bound();
  rule.set_target_share(0.5);
  rule.set_clear_target_share(0.6);
  rule.clear_bound();
  EXPECT_DOUBLE_EQ(BoundsOf(rule, activity)->bound, 0.05);
  EXPECT_DOUBLE_EQ(BoundsOf(rule, activity)->clear, 0.06);
  rule.set_signal(ActivityGuardrail::SIGNAL_COUNT);
  rule.set_count(v1::Target::MEASURE_CLICKS);
  // 2,880 clicks in 24 h are 10 in 5 minutes.
  EXPECT_DOUBLE_EQ(BoundsOf(rule, activity)->bound, 5);
  rule.set_count(v1::Target::MEASURE_CONVERSIONS);
  EXPECT_FALSE(BoundsOf(rule, activity).has_value());
}

TEST(GuardrailRulesTest, ComplaintsAreForEachThousandParticipants) {
  auto rule = Proto<ActivityGuardrail>(R"pb(signal: SIGNAL_COMPLAINTS_PER_1000 direction: DIRECTION_AT_MOST bound: 5 clear_bound: 3)pb");
  const GuardrailBounds bounds = *BoundsOf(rule, {});
  EXPECT_EQ(JudgeWindow(rule, bounds, {2000, 11}).verdict, v1::WINDOW_VERDICT_BREACH);
  EXPECT_DOUBLE_EQ(*JudgeWindow(rule, bounds, {2000, 11}).figure, 5.5);
  EXPECT_EQ(JudgeWindow(rule, bounds, {2000, 10}).verdict, v1::WINDOW_VERDICT_HOLD);
  EXPECT_EQ(JudgeWindow(rule, bounds, {2000, 6}).verdict, v1::WINDOW_VERDICT_CLEAR);
  EXPECT_EQ(JudgeWindow(rule, bounds, {0, 6}).verdict, v1::WINDOW_VERDICT_THIN) << "a rate over nothing is no breach";
}

TEST(GuardrailRulesTest, WindowsBeginAtMultiples) {
  EXPECT_EQ(AlignUp(kStart, absl::Minutes(5)), kStart);
  EXPECT_EQ(AlignUp(kStart + absl::Microseconds(1), absl::Minutes(5)), kStart + absl::Minutes(5));
  EXPECT_EQ(AlignUp(kStart + absl::Seconds(299), absl::Minutes(5)), kStart + absl::Minutes(5));
}

TEST(GuardrailRulesTest, LooseningIsTold) {
  const ActivityGuardrail rule = ClickRule();
  EXPECT_FALSE(Loosens(rule, rule));
  const auto changed = [&](const std::function<void(ActivityGuardrail&)>& change) {
    ActivityGuardrail after = rule;
    change(after);
    return Loosens(rule, after);
  };
  EXPECT_TRUE(changed([](auto& r) { r.set_bound(0.04); }));
  EXPECT_FALSE(changed([](auto& r) { r.set_bound(0.052); }));
  EXPECT_TRUE(changed([](auto& r) { r.set_clear_bound(0.051); }));
  EXPECT_TRUE(changed([](auto& r) { r.set_min_sample(501); }));
  EXPECT_FALSE(changed([](auto& r) { r.set_min_sample(100); }));
  EXPECT_TRUE(changed([](auto& r) { r.set_open_after(3); }));
  EXPECT_TRUE(changed([](auto& r) { r.set_clear_after(1); }));
  EXPECT_TRUE(changed([](auto& r) { r.set_confidence_z(1.645); }));
  EXPECT_TRUE(changed([](auto& r) { r.set_action(ActivityGuardrail::ACTION_NOTIFY); }));
  EXPECT_TRUE(changed([](auto& r) { r.set_direction(v1::Target::DIRECTION_AT_MOST); }));
  EXPECT_FALSE(changed([](auto& r) { r.set_display_name("Clicks"); }));
}

TEST(GuardrailRulesTest, EveryFieldIsChecked) {
  const auto check = [](const ActivityGuardrail& rule) {
    status::BadFields bad;
    CheckGuardrail("activity_guardrail", rule, {}, bad);
    return bad.status();
  };
  EXPECT_THAT(check(ClickRule()), test::IsOk());
  ActivityGuardrail rule = ClickRule();
  rule.set_clear_bound(0.04);
  rule.mutable_window()->set_seconds(7);
  rule.set_metric("metricDefinitions/m");
  rule.set_resume_by_itself(true);
  EXPECT_THAT(check(rule), HasViolation("activity_guardrail.clear_bound", "CLEAR_BOUND_SIDE"));
  EXPECT_THAT(check(rule), HasViolation("activity_guardrail.window", "BAD_GUARDRAIL_WINDOW"));
  EXPECT_THAT(check(rule), HasViolation("activity_guardrail.metric", "BAD_GUARDRAIL_SIGNAL"));
  EXPECT_THAT(check(rule), HasViolation("activity_guardrail.resume_by_itself", "RESUMES_NOT_BY_FIGURES"));
  rule = ClickRule();
  rule.clear_bound();
  rule.set_target_share(0.5);
  EXPECT_THAT(check(rule), HasViolation("activity_guardrail.target_share", "TARGET_MISSING"));
  rule = Proto<ActivityGuardrail>(R"pb(signal: SIGNAL_PAGE action: ACTION_PAUSE bound: 1)pb");
  EXPECT_THAT(check(rule), HasViolation("activity_guardrail.bound", "BAD_GUARDRAIL_BOUND"));
  EXPECT_THAT(check(rule), HasViolation("activity_guardrail.source", "BAD_GUARDRAIL_SIGNAL"));
}

TEST(GuardrailRulesTest, APageOpensAndClearsAtOnce) {
  const auto rule = Proto<ActivityGuardrail>(R"pb(signal: SIGNAL_PAGE
                                                  reopen_within { seconds: 60 })pb");
  GuardrailRun run;
  EXPECT_TRUE(Switch(rule, true, kStart, run).opens);
  EXPECT_FALSE(Switch(rule, true, kStart, run).opens) << "told twice";
  EXPECT_TRUE(Switch(rule, false, kStart + absl::Seconds(10), run).clears);
  const GuardrailTurn again = Switch(rule, true, kStart + absl::Seconds(70), run);
  EXPECT_TRUE(again.opens && again.same_incident);
  Switch(rule, false, kStart + absl::Seconds(80), run);
  EXPECT_FALSE(Switch(rule, true, kStart + absl::Seconds(141), run).same_incident);
}

}  // namespace
}  // namespace heitie::activity
