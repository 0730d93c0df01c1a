// Random histories: whatever people, clocks and jobs do, every judgement is that of a plain re-computation, and what was written stays.
#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "heitie/risk/v1/assessment.pb.h"
#include "services/risk/risk_fixture.h"

namespace heitie::risk {
namespace {

using v1::Risk;
using v1::RiskSummary;

// What the policy says of one risk, kept beside the service and by another way: every fact that was told, judged from the beginning each
// time.
struct ToldRisk {
  struct Measure {
    std::string name;
    bool verified = false;
    absl::Time verified_at;
  };
  struct Test {
    bool effective;
    absl::Time at;
  };
  int likelihood = 0, impact = 0;
  bool rated = false, treated = false, reopened = false, lowered = false;
  bool accepted = false;  // since it was assessed
  v1::Strategy strategy = v1::STRATEGY_UNSPECIFIED;
  v1::Level decided_at = v1::LEVEL_UNSPECIFIED;
  absl::Time decided, ends = absl::InfiniteFuture(), treat_by = absl::InfiniteFuture();
  int residual_likelihood = 0, residual_impact = 0;
  std::vector<Measure> measures;  // of the reduction in force
  std::optional<Test> test;       // the last one of the only control
  // On what the residual rating rests.
  std::vector<std::string> rests_on_measures;
  bool rests_on_control = false;
  absl::Time control_until = absl::InfiniteFuture();
};

// Version 1 of the matrix.
v1::Level LevelOf(int likelihood, int impact) {
  const int product = likelihood * impact;
  return product <= 4 ? v1::LEVEL_LOW : product <= 12 ? v1::LEVEL_MEDIUM : v1::LEVEL_HIGH;
}

RiskSummary::Blocking Expected(const ToldRisk& risk, absl::Time at) {
  if (!risk.rated) return RiskSummary::BLOCKING_UNASSESSED;
  const v1::Level current = LevelOf(risk.likelihood, risk.impact);
  if (!risk.treated) {
    if (current == v1::LEVEL_HIGH) return RiskSummary::BLOCKING_HIGH_UNTREATED;
    if (current == v1::LEVEL_LOW) return RiskSummary::BLOCKING_UNSPECIFIED;
    return risk.treat_by <= at ? RiskSummary::BLOCKING_TREATMENT_OVERDUE : RiskSummary::BLOCKING_MEDIUM_UNTREATED;
  }
  if (risk.ends <= at) {
    return risk.strategy == v1::STRATEGY_ACCEPT ? RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED : RiskSummary::BLOCKING_TRANSFER_EXPIRED;
  }
  const bool lowered = risk.lowered && (!risk.rests_on_control || at < risk.control_until);
  const v1::Level level = lowered ? LevelOf(risk.residual_likelihood, risk.residual_impact) : current;
  return level == v1::LEVEL_HIGH ? RiskSummary::BLOCKING_HIGH_NOT_REDUCED : RiskSummary::BLOCKING_UNSPECIFIED;
}

class HistoryTest : public RiskFixture {
 protected:
  int Below(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }

  void Assess(ToldRisk& told) {
    const int likelihood = Below(5) + 1, impact = Below(5) + 1;
    const auto risk = RiskFixture::Assess("r", likelihood, impact);
    ASSERT_TRUE(risk.ok()) << risk.status();
    const v1::Level level = LevelOf(likelihood, impact);
    // A treatment that has ended, or that the level does not permit, goes.
    const bool permitted = level <= told.decided_at ||
                           (told.strategy == v1::STRATEGY_REDUCE && (level != v1::LEVEL_HIGH || told.decided_at == v1::LEVEL_HIGH));
    if (told.treated && (told.ends <= clock_.Now() || !permitted)) told.treated = false;
    const bool medium_before = told.rated && !told.treated && told.treat_by != absl::InfiniteFuture();
    told.rated = true;
    told.accepted = false;
    told.likelihood = likelihood;
    told.impact = impact;
    told.lowered = false;
    const bool medium = !told.treated && level == v1::LEVEL_MEDIUM;
    if (!medium) told.treat_by = absl::InfiniteFuture();
    if (medium && !medium_before) told.treat_by = time::ToTime(risk->treat_by_time());
    ++entries_;
  }
  void Treat(ToldRisk& told) {
    if (!told.rated || (told.treated && told.ends <= clock_.Now())) return;
    const v1::Level level = LevelOf(told.likelihood, told.impact);
    const bool accept = level == v1::LEVEL_LOW && Below(2) == 0;
    const absl::Duration length = absl::Hours(Below(72) + 1);
    const auto risk = RiskFixture::Treat(
        "r", accept ? Accept(length)
                    : absl::StrCat(
                          "reduction { measures { description: 'd' owner: 'employees/li-ming' due_date { year: 2099 month: 2 day: 1 } } } ",
                          level == v1::LEVEL_HIGH ? "controllable: true control_justification: 'j'" : ""));
    // Once on an assessment, whatever else was decided since.
    if (accept && told.accepted) {
      EXPECT_THAT(risk, test::HasReason("ASSESSMENT_SAME"));
      return;
    }
    ASSERT_TRUE(risk.ok()) << risk.status();
    told.accepted |= accept;
    told.treated = true;
    told.lowered = false;
    told.strategy = risk->strategy();
    told.decided_at = level;
    told.decided = clock_.Now();
    told.ends = accept ? clock_.Now() + length : absl::InfiniteFuture();
    told.treat_by = absl::InfiniteFuture();
    if (accept) {
      told.measures.clear();
      return;
    }
    // The same measure is the same thing.
    const std::string& measure = risk->treatment().reduction().measures(0).risk_measure();
    if (told.measures.empty() || told.measures[0].name != measure) told.measures = {{measure}};
  }
  void VerifyOne(ToldRisk& told) {
    for (ToldRisk::Measure& measure : told.measures) {
      if (!told.treated || measure.verified) continue;
      Verify(measure.name);
      measure.verified = true;
      measure.verified_at = clock_.Now();
    }
  }
  void ReopenOne(ToldRisk& told) {
    for (ToldRisk::Measure& measure : told.measures) {
      if (!told.treated || !measure.verified) continue;
      const std::string named = absl::StrCat("name: '", measure.name, "' ");
      ASSERT_THAT((Try<v1::RiskMeasure, v1::ReopenRiskMeasureRequest>("ReopenRiskMeasure", Specialist(), named + "reason: 'r'")),
                  test::IsOk());
      measure.verified = false;
      const auto& on = told.rests_on_measures;
      if (std::find(on.begin(), on.end(), measure.name) != on.end()) told.lowered = false;
    }
  }
  void TestControl(ToldRisk& told) {
    const bool effective = Below(3) > 0;
    ASSERT_THAT(Test("c", effective), test::IsOk());
    // What had ended by time before this test does not come back.
    if (told.rests_on_control && told.control_until <= clock_.Now()) told.lowered = false;
    told.test = ToldRisk::Test{effective, clock_.Now()};
    if (!told.rests_on_control) return;
    if (!effective) told.lowered = false;
    told.control_until = clock_.Now() + absl::Hours(24);
  }
  void Lower(ToldRisk& told) {
    if (!told.treated || !told.rated || told.ends <= clock_.Now() || told.likelihood * told.impact == 1) return;
    const auto risk = RiskFixture::Assess("r", told.likelihood, told.impact, "residual { likelihood: 1 impact: 1 }");
    const bool control =
        told.test.has_value() && told.test->effective && told.test->at >= told.decided && clock_.Now() < told.test->at + absl::Hours(24);
    std::vector<std::string> verified;
    for (const ToldRisk::Measure& measure : told.measures) {
      if (measure.verified && measure.verified_at >= told.decided) verified.push_back(measure.name);
    }
    if (!control && verified.empty()) {
      EXPECT_THAT(risk, test::HasReason("RESIDUAL_WITHOUT_EVIDENCE"));
      return;
    }
    ASSERT_TRUE(risk.ok()) << risk.status();
    ++entries_;
    told.accepted = false;
    told.lowered = true;
    told.residual_likelihood = told.residual_impact = 1;
    told.rests_on_measures = verified;
    told.rests_on_control = control;
    told.control_until = control ? told.test->at + absl::Hours(24) : absl::InfiniteFuture();
  }

  std::mt19937 random_{5};
  int entries_ = 0;
};

TEST_F(HistoryTest, EveryJudgementIsAPlainRecomputationAndHistoryStays) {
  ASSERT_THAT(Create("r"), test::IsOk());
  ASSERT_TRUE((Try<v1::RiskControl, v1::CreateRiskControlRequest>(
                   "CreateRiskControl", Specialist(),
                   "risk_control_id: 'c' risk_control { title: 't' kind: KIND_PREVENTIVE owner: 'employees/li-ming' risks: 'risks/r' "
                   "procedure: 'p' interval_days: 1 }")
                   .ok()));
  ToldRisk told;
  std::map<std::string, std::string> history;
  int blocked = 0;
  for (int i = 0; i < 300 && !HasFailure(); ++i) {
    clock_.Advance(absl::Seconds(1));
    switch (Below(8)) {
      case 0:
        Assess(told);
        break;
      case 1:
        Treat(told);
        break;
      case 2:
        VerifyOne(told);
        break;
      case 3:
        if (Below(3) == 0) ReopenOne(told);
        break;
      case 4:
        TestControl(told);
        break;
      case 5:
        Lower(told);
        break;
      case 6:
        clock_.Advance(absl::Hours(Below(30)));
        break;
      default:
        RunJobs();
    }
    for (const int hours : {0, 7, 30}) {
      const RiskSummary::Blocking judged = Blocking(absl::Hours(hours)), expected = Expected(told, clock_.Now() + absl::Hours(hours));
      ASSERT_EQ(judged, expected) << RiskSummary::Blocking_Name(judged) << " for " << RiskSummary::Blocking_Name(expected) << " at step "
                                  << i << ", hour " << hours << "\n"
                                  << Get("r").DebugString();
      blocked += judged != RiskSummary::BLOCKING_UNSPECIFIED;
    }
    if (i % 20 != 0) continue;
    const auto list =
        Try<v1::ListAssessmentsResponse, v1::ListAssessmentsRequest>("ListAssessments", Analyst(), "parent: 'risks/r' page_size: 1000");
    ASSERT_TRUE(list.ok()) << list.status();
    EXPECT_EQ(list->assessments_size(), entries_);
    for (const v1::Assessment& entry : list->assessments()) {
      const auto [place, news] = history.emplace(entry.name(), entry.SerializeAsString());
      EXPECT_EQ(place->second, entry.SerializeAsString()) << "history is never changed";
    }
  }
  EXPECT_GT(blocked, 50);
  EXPECT_LT(blocked, 850);
}

}  // namespace
}  // namespace heitie::risk
