#include <map>
#include <random>

#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "services/risk/control/occurrences.h"
#include "services/risk/quantity/matrix_for_test.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/risk_fixture.h"
#include "services/risk/treatment/instruments.h"
#include "services/risk/view/heat_map.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using v1::HeatMap;
using v1::Overdue;
using v1::Risk;

const HeatMap::Cell& CellAt(const HeatMap& map, int likelihood, int impact) { return map.cells((likelihood - 1) * 5 + impact - 1); }

TEST(Draw, AddsUpToTheOpenRisksUnderEveryFilter) {
  std::mt19937 random(7);
  const auto up_to = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)) + 1; };
  std::vector<Risk> risks;
  for (int i = 0; i < 500; ++i) {
    Risk& risk = risks.emplace_back();
    risk.set_name(absl::StrCat("risks/", i));
    risk.set_category(static_cast<Risk::Category>(up_to(3)));
    risk.set_owner(absl::StrCat("employees/", up_to(4)));
    risk.set_subject(absl::StrCat("activities/", up_to(4)));
    risk.add_affected_subjects(absl::StrCat("activities/", up_to(8)));
    risk.set_state(static_cast<Risk::State>(up_to(5)));
    if (risk.state() == Risk::STATE_IDENTIFIED) continue;
    risk.mutable_current()->set_likelihood(up_to(5));
    risk.mutable_current()->set_impact(up_to(5));
    if (i % 3 != 0) continue;
    risk.mutable_treatment()->mutable_reduction();
    risk.mutable_treatment()->set_level(v1::LEVEL_HIGH);
    risk.mutable_residual()->set_likelihood(up_to(risk.current().likelihood()));
    risk.mutable_residual()->set_impact(up_to(risk.current().impact()));
  }
  for (const char* filter :
       {"", "category: CATEGORY_MARKET", "owner: 'employees/2'", "subject: 'activities/3' category: CATEGORY_TECHNOLOGY"}) {
    const auto request = Proto<v1::ComputeHeatMapRequest>(filter);
    const HeatMap map = Draw(risks, request, MatrixForTest(), absl::UnixEpoch());
    int rated = 0, unrated = 0;
    std::map<std::pair<int, int>, int> current, residual;
    std::map<std::pair<int, int>, std::vector<std::string>> named;
    for (const Risk& risk : risks) {
      if (risk.state() == Risk::STATE_CLOSED || (request.category() != 0 && request.category() != risk.category()) ||
          (!request.owner().empty() && request.owner() != risk.owner()) ||
          (!request.subject().empty() && request.subject() != risk.subject() && request.subject() != risk.affected_subjects(0)))
        continue;
      if (!risk.has_current()) {
        ++unrated;
        continue;
      }
      ++rated;
      ++current[{risk.current().likelihood(), risk.current().impact()}];
      named[{risk.current().likelihood(), risk.current().impact()}].push_back(risk.name());
      const bool lower = risk.has_residual() && risk.state() == Risk::STATE_TREATED;
      const v1::Rating& counts = lower ? risk.residual() : risk.current();
      ++residual[{counts.likelihood(), counts.impact()}];
    }
    EXPECT_EQ(map.rated_count(), rated);
    EXPECT_EQ(map.unrated_count(), unrated);
    ASSERT_EQ(map.cells_size(), 25);
    for (const HeatMap::Cell& cell : map.cells()) {
      EXPECT_EQ(cell.current_count(), (current[{cell.likelihood(), cell.impact()}]));
      EXPECT_THAT(cell.current_risks(), ::testing::ElementsAreArray(named[{cell.likelihood(), cell.impact()}]));
      // Nothing here says what a risk was without controls.
      EXPECT_EQ(cell.inherent_count(), cell.current_count());
      EXPECT_THAT(cell.inherent_risks(), ::testing::ElementsAreArray(cell.current_risks()));
      EXPECT_EQ(cell.risks_size(), cell.residual_count());
      EXPECT_EQ(cell.residual_count(), (residual[{cell.likelihood(), cell.impact()}]));
      EXPECT_EQ(
          cell.level(),
          Rate(MatrixForTest(), Proto<v1::Rating>(absl::StrCat("likelihood: ", cell.likelihood(), " impact: ", cell.impact()))).level());
    }
  }
}

// Pays event by event, one unit of money after the other.
TEST(PaidOf, IsWhatABruteForceCountPays) {
  for (const int deductible : {0, 3, 10}) {
    for (const int cover : {1, 5, 20}) {
      for (const int aggregate : {0, 7, 12}) {
        v1::TransferInstrument instrument;
        instrument.set_deductible_minor(deductible);
        instrument.set_cover_minor(cover);
        instrument.set_aggregate_minor(aggregate);
        int left = aggregate;
        for (const int loss : {1, 4, 9, 30, 2, 15}) {
          int paid = 0;
          for (int unit = 1; unit <= loss; ++unit) {
            if (unit <= deductible || paid == cover || (aggregate > 0 && left == 0)) continue;
            ++paid;
            --left;
          }
          EXPECT_EQ(PaidOf(instrument, loss), paid);
          instrument.set_claimed_minor(instrument.claimed_minor() + paid);
        }
      }
    }
  }
}

TEST(CheckOccurrence, TellsEveryBadFieldAtOnce) {
  const absl::Time now = absl::FromUnixSeconds(1767225600);
  const auto bad = CheckOccurrence(Proto<v1::RiskOccurrence>(R"pb(
                                     occur_time { seconds: 1767225601 }
                                     loss_minor: 10
                                     shares { risk: "risks/a" loss_minor: 4 }
                                     shares { risk: "risks/a" loss_minor: 5 })pb"),
                                   now);
  EXPECT_THAT(bad, HasViolation("risk_occurrence.occur_time", "STILL_TO_COME"));
  EXPECT_THAT(bad, HasViolation("risk_occurrence.shares[1].risk", "RISK_TWICE"));
  EXPECT_THAT(bad, HasViolation("risk_occurrence.shares", "SHARES_DIFFER"));
  EXPECT_THAT(CheckOccurrence(Proto<v1::RiskOccurrence>(R"pb(
                                occur_time { seconds: 1767225600 }
                                loss_minor: 9
                                shares { risk: "risks/a" loss_minor: 4 }
                                shares { risk: "risks/b" loss_minor: 5 })pb"),
                              now),
              IsOk());
  EXPECT_THAT(CheckOccurrence(Proto<v1::RiskOccurrence>(R"pb(
                                loss_minor: 9223372036854775807
                                shares { risk: "risks/a" loss_minor: 9223372036854775807 }
                                shares { risk: "risks/b" loss_minor: 9223372036854775807 })pb"),
                              now),
              HasViolation("risk_occurrence.shares", "SHARES_DIFFER"));
}

using ViewsTest = RiskFixture;

TEST_F(ViewsTest, AHeatMapIsAsTheRisksWereThenByTheMatrixOfThen) {
  ASSERT_THAT(Create("a"), IsOk());
  ASSERT_THAT(Assess("a", 5, 5), IsOk());
  ASSERT_THAT(Create("b"), IsOk());
  const absl::Time then = clock_.Now();
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(Assess("a", 1, 2), IsOk());
  ASSERT_THAT(Assess("b", 2, 2), IsOk());
  ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), "name: 'risks/b' reason: 'r'")), IsOk());
  const auto at = [&](absl::Time moment) {
    return Try<HeatMap, v1::ComputeHeatMapRequest>("ComputeHeatMap", Analyst(), absl::StrCat("time ", At(moment - clock_.Now())));
  };
  const auto past = at(then);
  ASSERT_THAT(past, IsOk());
  EXPECT_EQ(past->rated_count(), 1);
  EXPECT_EQ(past->unrated_count(), 1);
  EXPECT_THAT(CellAt(*past, 5, 5).risks(), ElementsAre("risks/a"));
  EXPECT_EQ(CellAt(*past, 5, 5).level(), v1::LEVEL_HIGH);
  const auto now = at(clock_.Now());
  const auto current = Try<HeatMap, v1::ComputeHeatMapRequest>("ComputeHeatMap", Analyst(), "");
  ASSERT_THAT(now, IsOk());
  ASSERT_THAT(current, IsOk());
  EXPECT_THAT(*now, test::EqualsProto(*current));
  EXPECT_EQ(now->rated_count() + now->unrated_count(), 1);
  EXPECT_EQ(CellAt(*now, 1, 2).current_count(), 1);
  EXPECT_EQ(CellAt(*now, 1, 2).inherent_count(), 0);
  EXPECT_EQ(CellAt(*now, 5, 5).inherent_count(), 1) << "what it is without controls stays";
  EXPECT_THAT(CellAt(*now, 5, 5).inherent_risks(), ElementsAre("risks/a"));
  EXPECT_THAT(CellAt(*now, 5, 5).current_risks(), ::testing::IsEmpty());
  EXPECT_THAT(CellAt(*now, 1, 2).current_risks(), ElementsAre("risks/a"));
  EXPECT_EQ(at(then - absl::Hours(1))->rated_count(), 0);
  EXPECT_THAT(at(clock_.Now() + absl::Seconds(1)), HasViolation("time", "STILL_TO_COME"));
}

TEST_F(ViewsTest, WhatIsOverdueComesLongestFirst) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Create("s"), IsOk());
  ASSERT_THAT(Create("elsewhere", "affected_subjects: 'activities/other'"), IsOk());
  for (const char* id : {"r", "s", "elsewhere"}) ASSERT_THAT(Assess(id, 2, 3), IsOk());
  ASSERT_THAT(Treat("r", Reduce()), IsOk());
  ASSERT_THAT(Register("c", "r", 10), IsOk());
  ASSERT_THAT(Conclude("t", "s"), IsOk());
  const auto overdue = [&](const std::string& owner) {
    const auto found = Try<Overdue, v1::ComputeOverdueRequest>("ComputeOverdue", Analyst(), owner);
    EXPECT_THAT(found, IsOk());
    std::vector<std::string> told;
    for (const Overdue::Item& item : found->items()) told.push_back(Overdue::Kind_Name(item.kind()).substr(5));
    EXPECT_EQ(found->count(), static_cast<int>(told.size()));
    return told;
  };
  EXPECT_THAT(overdue(""), ElementsAre("RENEWAL", "TEST"));
  ASSERT_THAT(Test("c", true), IsOk());
  ASSERT_THAT((Try<v1::PostRiskSignalResponse, v1::PostRiskSignalRequest>(
                  "PostRiskSignal", Specialist(),
                  "kind: SIGNAL_KIND_CONCERN subject: 'activities/sale' key: 'k' severity: SIGNAL_SEVERITY_MEDIUM text: 't'")),
              IsOk());
  ASSERT_THAT(Create("accepted"), IsOk());
  ASSERT_THAT(Assess("accepted", 1, 1), IsOk());
  ASSERT_THAT(Treat("accepted", Accept(absl::Hours(24 * 300), "check_days: 38")), IsOk());
  clock_.Advance(absl::Hours(24 * 40));
  const auto all = ElementsAre("PROPOSAL", "TEST", "TREATMENT", "TREATMENT", "MEASURE", "CHECK");
  EXPECT_THAT(overdue(""), all);
  EXPECT_THAT(overdue("subjects: 'activities/sale'"), all);
  EXPECT_THAT(overdue("subjects: 'activities/other'"), ElementsAre("TREATMENT")) << "of the risk that affects it";
  EXPECT_THAT(overdue("subjects: 'activities/nothing'"), ::testing::IsEmpty());
  clock_.Advance(absl::Hours(24 * 30));
  EXPECT_THAT(overdue(""), ::testing::Not(::testing::Contains("CHECK"))) << "its acceptance has lapsed by time, though no job said so";
  EXPECT_THAT(overdue("owner: 'employees/nobody'"), ::testing::IsEmpty());
}

TEST_F(ViewsTest, ALevelIsExplainedByTheChainThatItRestsOn) {
  ASSERT_THAT(Create("r"), IsOk());
  const auto explain = [&] {
    return Try<v1::RiskLevelExplanation, v1::ExplainRiskLevelRequest>("ExplainRiskLevel", Analyst(), "name: 'risks/r'");
  };
  ASSERT_THAT(explain(), IsOk());
  EXPECT_EQ(explain()->level(), v1::LEVEL_UNSPECIFIED);
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const auto treated = Treat("r", Reduce());
  ASSERT_THAT(treated, IsOk());
  Verify(treated->treatment().reduction().measures(0).risk_measure());
  ASSERT_THAT(Register("c", "r", 10), IsOk());
  ASSERT_THAT(Test("c", true), IsOk());
  ASSERT_THAT(Assess("r", 2, 3, "residual { likelihood: 1 impact: 3 }"), IsOk());
  auto why = explain();
  ASSERT_THAT(why, IsOk());
  EXPECT_EQ(why->level(), v1::LEVEL_LOW);
  EXPECT_TRUE(why->residual());
  EXPECT_EQ(why->evidence_size(), 2);
  EXPECT_EQ(why->assessment().evidence_size(), 2);
  EXPECT_EQ(why->risk_matrix(), "riskMatrices/default");
  EXPECT_EQ(why->treatment().decider(), "employees/manager");
  clock_.Advance(absl::Hours(24 * 10));
  why = explain();
  EXPECT_EQ(why->level(), v1::LEVEL_MEDIUM) << "the control's test is due, whether a job says so or not";
  EXPECT_FALSE(why->residual());
}

TEST_F(ViewsTest, AnOccurrenceMakesAssessmentsDueAndAnIncidentIsOne) {
  ASSERT_THAT(Create("a"), IsOk());
  ASSERT_THAT(Create("b"), IsOk());
  const auto record = [&](const std::string& more) {
    return Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
        "CreateRiskOccurrence", Specialist(),
        absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(1)), " cause: 'c' currency_code: 'CNY' loss_minor: 9 ",
                     "shares { risk: 'risks/a' loss_minor: 4 } shares { risk: 'risks/b' loss_minor: 5 } ", more, " }"));
  };
  ASSERT_THAT(record("incident: 'activities/sale/incidents/i'"), IsOk());
  EXPECT_THAT(record("incident: 'activities/sale/incidents/i'"), HasReason("INCIDENT_TAKEN"));
  EXPECT_THAT(record(""), IsOk());
  for (const char* id : {"a", "b"}) EXPECT_THAT(Duties(id), ElementsAre(v1::AssessmentDuty::CAUSE_OCCURRENCE));
  EXPECT_THAT((Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
                  "CreateRiskOccurrence", Specialist(),
                  absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(1)),
                               " cause: 'c' currency_code: 'CNY' shares { risk: 'risks/nobody' } }"))),
              HasReason("NOT_FOUND"));
}

TEST_F(ViewsTest, WhatHappensOfAClosedRiskIsProposedAnew) {
  for (const char* id : {"closed", "open"}) ASSERT_THAT(Create(id), IsOk());
  ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), "name: 'risks/closed' reason: 'r'")), IsOk());
  ASSERT_THAT((Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
                  "CreateRiskOccurrence", Specialist(),
                  absl::StrCat("risk_occurrence_id: 'o' risk_occurrence { occur_time ", At(-absl::Hours(1)),
                               " cause: 'c' currency_code: 'CNY' shares { risk: 'risks/closed' } shares { risk: 'risks/open' } }"))),
              IsOk());
  EXPECT_EQ(Get("closed").state(), Risk::STATE_CLOSED);
  EXPECT_THAT(Duties("closed"), ::testing::IsEmpty());
  EXPECT_THAT(Duties("open"), ElementsAre(v1::AssessmentDuty::CAUSE_OCCURRENCE));
  const auto proposals = Try<v1::ListRiskProposalsResponse, v1::ListRiskProposalsRequest>("ListRiskProposals", Analyst(), "");
  ASSERT_THAT(proposals, IsOk());
  ASSERT_EQ(proposals->risk_proposals_size(), 1);
  EXPECT_EQ(proposals->risk_proposals(0).subject(), "activities/sale");
  EXPECT_EQ(proposals->risk_proposals(0).source(), "riskOccurrences/o");
  EXPECT_EQ(proposals->risk_proposals(0).worst(), v1::SIGNAL_SEVERITY_HIGH);
}

}  // namespace
}  // namespace heitie::risk
