#include "services/risk/register/rerating.h"

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/type/v1/event.pb.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/register/summary.h"
#include "services/risk/service.h"
#include "services/risk/told_fixture.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Risk;
using v1::RiskMatrix;

const absl::Time kRateTime = absl::FromUnixSeconds(1767268800);

// Up to `low` LOW, up to `medium` MEDIUM.
RiskMatrix ByProduct(int version, int low, int medium) {
  RiskMatrix matrix;
  matrix.set_name(absl::StrCat("riskMatrices/v", version));
  matrix.set_version(version);
  for (int l = 1; l <= kScale; ++l) {
    for (int i = 1; i <= kScale; ++i) {
      v1::RiskMatrixCell& cell = *matrix.add_cells();
      cell.set_likelihood(l);
      cell.set_impact(i);
      cell.set_level(l * i <= low ? v1::LEVEL_LOW : l * i <= medium ? v1::LEVEL_MEDIUM : v1::LEVEL_HIGH);
    }
  }
  return matrix;
}

TEST(RerateTest, GoldenSevenCells) {
  std::vector<std::string> cells;
  for (const auto& change : ChangesOf(ByProduct(1, 4, 12), ByProduct(2, 3, 9))) {
    cells.push_back(absl::StrCat(change.likelihood(), ",", change.impact(), " ", v1::Level_Name(change.level_after()).substr(6)));
  }
  EXPECT_THAT(cells, ElementsAre("1,4 MEDIUM", "2,2 MEDIUM", "2,5 HIGH", "3,4 HIGH", "4,1 MEDIUM", "4,3 HIGH", "5,2 HIGH"));
}

Risk Rated(const RiskMatrix& matrix, int likelihood, int impact, const std::string& more = "") {
  Risk risk = Proto<Risk>(more);
  risk.set_name("risks/r");
  risk.set_subject("activities/a");
  risk.set_state(risk.has_treatment() ? Risk::STATE_TREATED : Risk::STATE_ASSESSED);
  risk.mutable_current()->set_likelihood(likelihood);
  risk.mutable_current()->set_impact(impact);
  *risk.mutable_current() = Rate(matrix, risk.current());
  if (!risk.has_inherent()) *risk.mutable_inherent() = risk.current();
  *risk.mutable_inherent() = Rate(matrix, risk.inherent());
  if (risk.has_residual()) *risk.mutable_residual() = Rate(matrix, risk.residual());
  risk.set_level(risk.has_residual() ? risk.residual().level() : risk.current().level());
  risk.set_matrix_version(matrix.version());
  if (risk.has_treatment()) risk.mutable_treatment()->set_level(risk.current().level());
  return risk;
}

TEST(RerateTest, WhatIsNoLongerPermittedIsVoid) {
  const RiskMatrix one = ByProduct(1, 4, 12), two = ByProduct(2, 3, 9);
  const Risk accepted = Rated(one, 2, 2, "strategy: STRATEGY_ACCEPT treatment { acceptance {} } expire_time { seconds: 2000000000 }");
  EXPECT_FALSE(Summarize(accepted, kRateTime).blocking());
  const Risk rerated = Rerated(accepted, two, kRateTime);
  EXPECT_EQ(rerated.state(), Risk::STATE_ASSESSED);
  EXPECT_EQ(rerated.level(), v1::LEVEL_MEDIUM);
  EXPECT_FALSE(rerated.has_treatment());
  EXPECT_EQ(rerated.current().likelihood(), 2);
  EXPECT_EQ(Summarize(rerated, kRateTime).blocking_reason(), v1::RiskSummary::BLOCKING_MEDIUM_UNTREATED);

  const Risk reduced = Rated(one, 3, 4, "strategy: STRATEGY_REDUCE treatment { reduction {} } residual { likelihood: 1 impact: 4 }");
  EXPECT_EQ(Rerated(reduced, two, kRateTime).state(), Risk::STATE_ASSESSED) << "HIGH, and nobody has declared it controllable";
  const Risk controlled =
      Rated(one, 3, 4, "strategy: STRATEGY_REDUCE treatment { reduction {} controllable: true } residual { likelihood: 1 impact: 4 }");
  const Risk kept = Rerated(controlled, two, kRateTime);
  EXPECT_EQ(kept.state(), Risk::STATE_TREATED);
  EXPECT_EQ(kept.level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(Rerated(kept, one, kRateTime).level(), v1::LEVEL_LOW) << "and back";
}

TEST(RerateTest, TheHigherLevelCountsWhereCellsCross) {
  RiskMatrix crossed = ByProduct(2, 4, 12);
  // Impact 4 and more is HIGH however rare, which is monotone.
  for (v1::RiskMatrixCell& cell : *crossed.mutable_cells()) {
    if (cell.impact() >= 4) cell.set_level(v1::LEVEL_HIGH);
  }
  ASSERT_THAT(CheckCells(crossed.cells()), IsOk());
  const Risk risk =
      Rated(ByProduct(1, 4, 12), 5, 2, "strategy: STRATEGY_REDUCE treatment { reduction {} } residual { likelihood: 1 impact: 5 }");
  EXPECT_TRUE(FitsTogether(risk));
  const Risk rerated = Rerated(risk, crossed, kRateTime);
  EXPECT_FALSE(FitsTogether(rerated));
  EXPECT_EQ(rerated.level(), v1::LEVEL_HIGH);
  EXPECT_EQ(Summarize(rerated, kRateTime).blocking_reason(), v1::RiskSummary::BLOCKING_HIGH_NOT_REDUCED);
}

TEST(RerateTest, IsTheSameByAnyWay) {
  std::mt19937 random(8);
  for (int round = 0; round < 500; ++round) {
    const auto matrix = [&](int version) {
      const int low = 1 + static_cast<int>(random() % 8);
      return ByProduct(version, low, low + static_cast<int>(random() % 10));
    };
    const RiskMatrix a = matrix(1), b = matrix(2), c = matrix(3);
    const Risk risk = Rated(a, 1 + static_cast<int>(random() % 5), 1 + static_cast<int>(random() % 5));
    const Risk direct = Rerated(risk, c, kRateTime), around = Rerated(Rerated(risk, b, kRateTime), c, kRateTime);
    EXPECT_EQ(direct.SerializeAsString(), around.SerializeAsString());
    EXPECT_EQ(direct.level(), Rate(c, risk.current()).level());
  }
}

// What a preview spares a closer look would not have changed.
TEST(RerateTest, APreviewNamesWhatAPlainComparisonFinds) {
  std::mt19937 random(9);
  const auto dice = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  int found = 0, spared = 0;
  for (int round = 0; round < 200; ++round) {
    const auto matrix = [&](int version) {
      const int low = 1 + dice(8);
      return ByProduct(version, low, low + dice(10));
    };
    const RiskMatrix old = matrix(1), in_force = matrix(2), draft = matrix(3);
    std::vector<Risk> open;
    for (int i = 0; i < 20; ++i) {
      const char* const treated[] = {
          "", "", "state: STATE_TREATED strategy: STRATEGY_REDUCE treatment { reduction {} controllable: true }",
          "state: STATE_TREATED strategy: STRATEGY_ACCEPT treatment { acceptance {} } expire_time { seconds: 2 }"};
      std::string more = treated[dice(4)];
      if (!more.empty() && dice(2) == 0) absl::StrAppend(&more, " residual { likelihood: ", 1 + dice(5), " impact: ", 1 + dice(5), " }");
      if (more.empty()) more = "state: STATE_ASSESSED";
      Risk risk = Rated(dice(4) == 0 ? old : in_force, 1 + dice(5), 1 + dice(5), more);
      risk.set_name(absl::StrCat("risks/r", i));
      open.push_back(std::move(risk));
    }
    std::set<std::string> expected, told;
    for (const Risk& risk : open) {
      const Risk before = Rerated(risk, in_force, kRateTime), after = Rerated(before, draft, kRateTime);
      const bool differs = before.level() != after.level() || before.has_treatment() != after.has_treatment() ||
                           Summarize(before, kRateTime).blocking() != Summarize(after, kRateTime).blocking() ||
                           (FitsTogether(before) && !FitsTogether(after));
      if (differs) expected.insert(risk.name());
    }
    const v1::RiskMatrixPreview preview = PreviewOf(in_force, draft, open, kRateTime);
    for (const auto& change : preview.risks()) told.insert(change.risk());
    EXPECT_EQ(told, expected);
    found += static_cast<int>(expected.size());
    spared += static_cast<int>(open.size() - expected.size());
  }
  EXPECT_GT(found, 200);
  EXPECT_GT(spared, 200);
}

// Also what the risk is not on, but affects; of items and suppliers nothing runs.
TEST(RerateTest, APreviewNamesAllThatStops) {
  Risk risk =
      Rated(ByProduct(1, 4, 12), 3, 4, "affected_subjects: 'activities/b' affected_subjects: 'items/i' affected_subjects: 'projects/p'");
  EXPECT_THAT(PreviewOf(ByProduct(1, 4, 12), ByProduct(2, 3, 9), {risk}, kRateTime).stopped_activities(),
              ElementsAre("activities/a", "activities/b", "projects/p"));
  EXPECT_THAT(PreviewOf(ByProduct(1, 4, 12), ByProduct(2, 3, 12), {risk}, kRateTime).stopped_activities(), IsEmpty());
}

class ReratingsTest : public test::ServiceTest<Service> {
 protected:
  ReratingsTest() : ServiceTest("risk") {}

  void CreateRated(const std::string& id, int likelihood, int impact) {
    EXPECT_THAT(
        Call<Risk>("CreateRisk", Specialist(), Proto<v1::CreateRiskRequest>(absl::StrCat("risk_id: '", id, R"pb('
                                                                                                                risk {
                                                                                                                  category: CATEGORY_MARKET
                                                                                                                  subject: "activities/sale"
                                                                                                                  title: "t"
                                                                                                                  cause: "c"
                                                                                                                  owner: "employees/li-ming"
                                                                                                                })pb"))),
        IsOk());
    EXPECT_THAT(Call<Risk>("AssessRisk", Analyst(),
                           Proto<v1::AssessRiskRequest>(absl::StrCat(
                               "name: 'risks/", id, "' rationale: 'seen' current { likelihood: ", likelihood, " impact: ", impact, " }"))),
                IsOk());
  }
  void Draft(const std::string& id, int low, int medium, absl::Duration ahead = absl::ZeroDuration()) {
    v1::CreateRiskMatrixRequest request;
    if (ahead > absl::ZeroDuration()) *request.mutable_risk_matrix()->mutable_start_time() = time::ToTimestamp(clock_.Now() + ahead);
    request.set_risk_matrix_id(id);
    request.mutable_risk_matrix()->set_reason("Stricter");
    *request.mutable_risk_matrix()->mutable_cells() = ByProduct(0, low, medium).cells();
    EXPECT_THAT(Call<RiskMatrix>("CreateRiskMatrix", Manager(), request), IsOk());
  }
  absl::StatusOr<v1::RiskMatrixPreview> Preview(const std::string& id) {
    return Call<v1::RiskMatrixPreview>("PreviewRiskMatrix", Manager(),
                                       Proto<v1::PreviewRiskMatrixRequest>(absl::StrCat("name: 'riskMatrices/", id, "'")));
  }
  absl::StatusOr<RiskMatrix> Publish(const std::string& id) {
    return Call<RiskMatrix>("PublishRiskMatrix", Manager(),
                            Proto<v1::PublishRiskMatrixRequest>(absl::StrCat("name: 'riskMatrices/", id, "'")));
  }
  Risk Get(const std::string& id) {
    const auto risk = Call<Risk>("GetRisk", Analyst(), Proto<v1::GetRiskRequest>(absl::StrCat("name: 'risks/", id, "'")));
    EXPECT_THAT(risk, IsOk());
    return risk.value_or(Risk());
  }
  std::vector<v1::Assessment> History(const std::string& id) {
    const auto all = Call<v1::ListAssessmentsResponse>("ListAssessments", Analyst(),
                                                       Proto<v1::ListAssessmentsRequest>(absl::StrCat("parent: 'risks/", id, "'")));
    EXPECT_THAT(all, IsOk());
    return {all->assessments().begin(), all->assessments().end()};
  }
  v1::SummarizeRisksResponse Judged() {
    const auto summary = Call<v1::SummarizeRisksResponse>("SummarizeRisks", ServiceCaller(),
                                                          Proto<v1::SummarizeRisksRequest>("subjects: 'activities/sale'"));
    EXPECT_THAT(summary, IsOk());
    return summary.value_or(v1::SummarizeRisksResponse());
  }
};

TEST_F(ReratingsTest, NobodyPublishesUnseenAndEachRiskIsRatedOnce) {
  CreateRated("low", 2, 2);
  CreateRated("high", 5, 5);
  CreateRated("gone", 2, 2);
  ASSERT_THAT(Call<Risk>("CloseRisk", Manager(), Proto<v1::CloseRiskRequest>("name: 'risks/gone' reason: 'gone'")), IsOk());
  ASSERT_THAT(Call<Risk>("ProposeTreatment", Specialist(), Proto<v1::ProposeTreatmentRequest>(R"pb(
                           name: "risks/low"
                           treatment {
                             acceptance {
                               justification: "j"
                               monitor: "employees/li-ming"
                               monitoring_plan: "m"
                               expire_time { seconds: 1790000000 }
                             }
                           })pb")),
              IsOk());
  ASSERT_THAT(Call<Risk>("TreatRisk", Manager(), Proto<v1::TreatRiskRequest>("name: 'risks/low'")), IsOk());
  Draft("strict", 3, 9);
  EXPECT_THAT(Publish("strict"), HasReason("PREVIEW_MISSING"));
  auto preview = Preview("strict");
  ASSERT_THAT(preview, IsOk());
  EXPECT_THAT(preview->cells(), SizeIs(7));
  ASSERT_THAT(preview->risks(), SizeIs(1));
  EXPECT_EQ(preview->risks(0).risk(), "risks/low");
  EXPECT_EQ(preview->risks(0).level_after(), v1::LEVEL_MEDIUM);
  EXPECT_TRUE(preview->risks(0).voids_treatment());
  EXPECT_TRUE(preview->risks(0).begins_to_block());
  EXPECT_EQ(preview->open_count(), 2);
  EXPECT_THAT(preview->stopped_activities(), IsEmpty()) << "MEDIUM stops nothing that runs";

  CreateRated("another", 3, 4);
  const auto stale = Publish("strict");
  EXPECT_THAT(stale, HasReason("PREVIEW_STALE"));
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kAborted);
  preview = Preview("strict");
  ASSERT_THAT(preview, IsOk());
  EXPECT_THAT(preview->stopped_activities(), ElementsAre("activities/sale")) << "the new one becomes HIGH";
  ASSERT_THAT(Publish("strict"), IsOk());

  // Judged by it at once, before anything is written.
  EXPECT_EQ(Get("low").state(), Risk::STATE_TREATED);
  const v1::SummarizeRisksResponse at_once = Judged();
  EXPECT_THAT(at_once.risks(), SizeIs(3));
  for (const v1::RiskSummary& summary : at_once.risks()) {
    EXPECT_TRUE(summary.blocking()) << summary.risk();
    EXPECT_EQ(summary.level(), summary.risk() == "risks/low" ? v1::LEVEL_MEDIUM : v1::LEVEL_HIGH);
  }
  for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  clock_.Advance(absl::Minutes(3));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  EXPECT_EQ(Get("low").state(), Risk::STATE_ASSESSED);
  EXPECT_EQ(Get("low").level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(Get("low").current().impact(), 2);
  EXPECT_EQ(Get("another").level(), v1::LEVEL_HIGH);
  for (const std::string id : {"low", "high", "another"}) {
    const std::vector<v1::Assessment> history = History(id);
    ASSERT_THAT(history, SizeIs(2)) << id;
    EXPECT_EQ(history[0].origin(), v1::Assessment::ORIGIN_ASSESSED);
    EXPECT_EQ(history[0].matrix_version(), 1) << "history never changes";
    EXPECT_EQ(history[1].origin(), v1::Assessment::ORIGIN_RE_RATED);
    EXPECT_EQ(history[1].matrix_version(), 2);
    EXPECT_EQ(history[1].voided_treatment(), id == "low");
  }
  EXPECT_THAT(History("gone"), SizeIs(1));
}

TEST_F(ReratingsTest, ANewMatrixIsNoNewAssessmentToAcceptOn) {
  CreateRated("calm", 1, 1);
  const auto accept = [&] {
    const auto proposed = Call<Risk>(
        "ProposeTreatment", Specialist(),
        Proto<v1::ProposeTreatmentRequest>("name: 'risks/calm' treatment { acceptance { justification: 'j' monitor: 'employees/wu' "
                                           "monitoring_plan: 'm' expire_time { seconds: 1770000000 } } }"));
    return proposed.ok() ? Call<Risk>("TreatRisk", Manager(), Proto<v1::TreatRiskRequest>("name: 'risks/calm'")) : proposed;
  };
  ASSERT_THAT(accept(), IsOk());
  Draft("strict", 3, 9);
  ASSERT_THAT(Preview("strict"), IsOk());
  ASSERT_THAT(Publish("strict"), IsOk());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  ASSERT_THAT(History("calm"), SizeIs(2));
  EXPECT_THAT(accept(), HasReason("ASSESSMENT_SAME"));
  ASSERT_THAT(Call<Risk>("AssessRisk", Analyst(),
                         Proto<v1::AssessRiskRequest>("name: 'risks/calm' rationale: 'r' current { likelihood: 1 impact: 1 }")),
              IsOk());
  EXPECT_THAT(accept(), IsOk());
}

TEST_F(ReratingsTest, AnAssessmentByTheMatrixBeforeIsRatedToo) {
  CreateRated("one", 2, 2);
  Draft("strict", 3, 9);
  ASSERT_THAT(Preview("strict"), IsOk());
  ASSERT_THAT(Publish("strict"), IsOk());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  EXPECT_EQ(Get("one").matrix_version(), 2);
  // As if it had begun before and committed after.
  ASSERT_TRUE(
      database_.get()
          .Read(absl::Now() + absl::Seconds(20),
                [](sql::Session& session) {
                  return session.Execute("UPDATE risks SET matrix_version = 1, level = 'LEVEL_LOW' WHERE name = 'risks/one'", {}).status();
                })
          .ok());
  clock_.Advance(absl::Minutes(3));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  EXPECT_EQ(Get("one").matrix_version(), 2);
  EXPECT_EQ(Get("one").level(), v1::LEVEL_MEDIUM);
}

// Numbers are in the order of publication, and not of what is in force: one that begins later may be published first.
TEST_F(ReratingsTest, OneThatWasPublishedBeforeRatesWhatALaterOneHasRated) {
  CreateRated("one", 2, 2);
  const auto publish = [&](const std::string& id) {
    ASSERT_THAT(Preview(id), IsOk());
    ASSERT_THAT(Publish(id), IsOk());
    for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  };
  Draft("next-year", 2, 3, absl::Hours(48));
  publish("next-year");
  EXPECT_EQ(Get("one").matrix_version(), 1);
  Draft("meanwhile", 3, 9);
  publish("meanwhile");
  EXPECT_EQ(Get("one").matrix_version(), 3);
  EXPECT_EQ(Get("one").level(), v1::LEVEL_MEDIUM);
  clock_.Advance(absl::Hours(49));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue().status(), IsOk());
  EXPECT_EQ(Get("one").matrix_version(), 2);
  EXPECT_EQ(Get("one").level(), v1::LEVEL_HIGH);
  EXPECT_THAT(History("one"), SizeIs(3)) << "each once";
}

class ProjectMatrixTest : public ToldFixture {};

TEST_F(ProjectMatrixTest, APreviewNamesTheActivitiesOfProjectsThatStop) {
  Tell("create", Sale("quiz", "STATE_LIVE"));
  activity::v1::Activity ended = Sale("quiz", "STATE_ENDED");
  ended.set_name("activities/ended");
  Tell("create", ended);
  ASSERT_THAT(
      (Try<Risk, v1::CreateRiskRequest>("CreateRisk", Specialist(),
                                        "risk_id: 'r' risk { category: CATEGORY_MARKET subject: 'projects/spring' title: 't' cause: "
                                        "'c' owner: 'employees/li-ming' }")),
      IsOk());
  ASSERT_THAT(Assess("r", 3, 4), IsOk());
  v1::CreateRiskMatrixRequest request;
  request.set_risk_matrix_id("strict");
  request.mutable_risk_matrix()->set_reason("Stricter");
  *request.mutable_risk_matrix()->mutable_cells() = ByProduct(0, 3, 9).cells();
  ASSERT_THAT(Call<RiskMatrix>("CreateRiskMatrix", Manager(), request), IsOk());
  const auto preview =
      Try<v1::RiskMatrixPreview, v1::PreviewRiskMatrixRequest>("PreviewRiskMatrix", Manager(), "name: 'riskMatrices/strict'");
  ASSERT_THAT(preview, IsOk());
  EXPECT_THAT(preview->stopped_activities(), ElementsAre("activities/sale")) << "the other one is over";
}

TEST_F(ReratingsTest, WhatChangesNothingNeedsNoPreview) {
  CreateRated("one", 5, 5);
  Draft("same", 3, 9);
  EXPECT_THAT(Publish("same"), IsOk());
}

}  // namespace
}  // namespace heitie::risk
