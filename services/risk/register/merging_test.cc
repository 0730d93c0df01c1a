#include "services/risk/register/merging.h"

#include <random>

#include "absl/strings/match.h"
#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/matrix_for_test.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/risk_fixture.h"

namespace heitie::risk {
namespace {

using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using v1::Risk;

const absl::Time kMergeTime = absl::FromUnixSeconds(1767268800);

// Whatever is merged into whatever: neither the current rating nor the one that counts is better than that of either, and what rested on
// evidence rests on the same.
TEST(JoinedRating, IsNoBetterThanEitherOfThem) {
  std::mt19937 random(12);
  const auto below = [&](unsigned count) { return static_cast<int>(random() % count); };
  const v1::RiskMatrix matrix = MatrixForTest();
  const auto rating = [&](int likelihood, int impact) {
    v1::Rating rated;
    rated.set_likelihood(likelihood);
    rated.set_impact(impact);
    return Rate(matrix, rated);
  };
  const auto dice = [&](const std::string& name) {
    Risk risk;
    risk.set_name(name);
    risk.set_state(Risk::STATE_ASSESSED);
    *risk.mutable_current() = rating(1 + below(5), 1 + below(5));
    *risk.mutable_inherent() = risk.current();
    risk.set_level(risk.current().level());
    if (below(3) == 0) return risk;
    risk.set_state(Risk::STATE_TREATED);
    risk.mutable_treatment()->mutable_reduction();
    risk.mutable_treatment()->set_controllable(below(2) == 0);
    risk.mutable_treatment()->set_level(risk.current().level());
    if (below(3) == 0) return risk;
    *risk.mutable_residual() = rating(1 + below(risk.current().likelihood()), 1 + below(risk.current().impact()));
    risk.set_level(risk.residual().level());
    risk.add_evidence("riskControls/of-" + name.substr(6));
    // Of some it has ended already, whether or not the job has said so.
    risk.mutable_evidence_end_time()->set_seconds(absl::ToUnixSeconds(kMergeTime) + below(3) * 60);
    return risk;
  };
  const auto counting = [&](const Risk& risk) {
    const Risk standing = WithoutLapsed(risk, kMergeTime);
    return standing.has_residual() ? standing.residual() : standing.current();
  };
  int changed = 0, kept = 0;
  for (int round = 0; round < 5'000; ++round) {
    const Risk target = dice("risks/target"), source = dice("risks/source");
    const std::optional<v1::Assessment> entry = JoinedRating(target, source, matrix, kMergeTime);
    Risk after = target;
    if (entry.has_value()) {
      if (entry->voided_treatment()) after.set_state(Risk::STATE_ASSESSED);
      Apply(*entry, {{"riskControls/of-target", time::ToTime(target.evidence_end_time())}}, after);
      ++changed;
    }
    for (const Risk& one : {target, source}) {
      EXPECT_FALSE(Exceeds(one.current(), after.current())) << target.ShortDebugString() << "\n" << source.ShortDebugString();
      EXPECT_FALSE(Exceeds(counting(one), counting(after))) << target.ShortDebugString() << "\n" << source.ShortDebugString();
    }
    EXPECT_EQ(after.level(), after.has_residual() ? after.residual().level() : after.current().level());
    if (!after.has_residual() || !entry.has_value()) continue;
    ++kept;
    EXPECT_THAT(after.evidence(), ElementsAre("riskControls/of-target"));
    EXPECT_EQ(time::ToTime(after.evidence_end_time()), time::ToTime(target.evidence_end_time()));
  }
  EXPECT_GT(changed, 1'000);
  EXPECT_GT(kept, 100);
}

class MergingTest : public RiskFixture {
 protected:
  absl::StatusOr<Risk> Merge(const std::string& id, const std::string& into) {
    return Try<Risk, v1::MergeRiskRequest>("MergeRisk", Manager(), absl::StrCat("name: 'risks/", id, "' into: 'risks/", into, "'"));
  }
  std::vector<v1::Assessment> History(const std::string& id) {
    const auto all = Try<v1::ListAssessmentsResponse, v1::ListAssessmentsRequest>("ListAssessments", Analyst(),
                                                                                  absl::StrCat("parent: 'risks/", id, "'"));
    EXPECT_THAT(all, IsOk());
    return {all->assessments().begin(), all->assessments().end()};
  }
};

TEST_F(MergingTest, WhatStoodAgainstALaunchDoesNotHideBehindAResidualRating) {
  for (const char* id : {"a", "b"}) ASSERT_THAT(Create(id), IsOk());
  ASSERT_THAT(Assess("a", 3, 3), IsOk());
  const auto treated = Treat("a", Reduce());
  ASSERT_THAT(treated, IsOk());
  const std::string measure = treated->treatment().reduction().measures(0).risk_measure();
  Verify(measure);
  ASSERT_THAT(Assess("a", 3, 3, "residual { likelihood: 1 impact: 3 }"), IsOk());
  ASSERT_THAT(Assess("b", 2, 3), IsOk());
  EXPECT_TRUE(Summarize().blocking()) << "b is MEDIUM and not treated";
  ASSERT_THAT(Merge("b", "a"), IsOk());
  const Risk risk = Get("a");
  EXPECT_EQ(risk.level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(risk.residual().likelihood(), 2);
  EXPECT_EQ(risk.current().likelihood(), 3);
  EXPECT_THAT(risk.evidence(), ElementsAre(measure));
  EXPECT_EQ(risk.state(), Risk::STATE_TREATED);
  ASSERT_THAT((Try<v1::RiskMeasure, v1::ReopenRiskMeasureRequest>("ReopenRiskMeasure", Specialist(),
                                                                  absl::StrCat("name: '", measure, "' reason: 'not done'"))),
              IsOk());
  EXPECT_FALSE(Get("a").has_residual()) << "and falls with what it rests on";
}

TEST_F(MergingTest, SignalsOfWhatWasMergedCountWhereItLivesOn) {
  const auto post = [&](const std::string& key) {
    return Try<v1::PostRiskSignalResponse, v1::PostRiskSignalRequest>(
        "PostRiskSignal", ServiceCaller(),
        absl::StrCat("kind: SIGNAL_KIND_STOCK_OUT subject: 'items/gift' severity: SIGNAL_SEVERITY_MEDIUM key: '", key, "'"));
  };
  const std::string proposal = post("a")->risk_proposal();
  const auto accepted =
      Try<v1::RiskProposal, v1::AcceptRiskProposalRequest>("AcceptRiskProposal", Specialist(), absl::StrCat("name: '", proposal, "'"));
  ASSERT_THAT(accepted, IsOk());
  const std::string made = record::IdOf(accepted->risk());
  for (const char* id : {"goods", "all"}) ASSERT_THAT(Create(id), IsOk());
  ASSERT_THAT(Merge(made, "goods"), IsOk());
  ASSERT_THAT(Merge("goods", "all"), IsOk());
  EXPECT_EQ(post("b")->outcome(), v1::PostRiskSignalResponse::OUTCOME_COUNTED);
  EXPECT_EQ(post("b")->risk(), "risks/all") << "told again as well";
  EXPECT_EQ(post("c")->risk_proposal(), proposal);
  EXPECT_EQ(post("c")->risk(), "risks/all");
  // What a person attaches to the one comes to the other.
  const auto other = Try<v1::PostRiskSignalResponse, v1::PostRiskSignalRequest>(
      "PostRiskSignal", ServiceCaller(), "kind: SIGNAL_KIND_STOCK_OUT subject: 'items/poster' severity: SIGNAL_SEVERITY_MEDIUM key: 'a'");
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other->risk(), "") << "nobody has made a risk of it";
  const auto attached = Try<v1::RiskProposal, v1::AttachRiskProposalRequest>(
      "AttachRiskProposal", Specialist(), absl::StrCat("name: '", other->risk_proposal(), "' risk: 'risks/goods'"));
  ASSERT_THAT(attached, IsOk());
  EXPECT_EQ(attached->risk(), "risks/all");
  ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), "name: 'risks/all' reason: 'r'")), IsOk());
  EXPECT_EQ(post("d")->outcome(), v1::PostRiskSignalResponse::OUTCOME_PROPOSED) << "it does not live on any more";
}

TEST_F(MergingTest, WhatHappensOfWhatWasMergedCountsWhereItLivesOn) {
  for (const char* id : {"a", "b", "c", "d"}) ASSERT_THAT(Create(id), IsOk());
  ASSERT_THAT(Assess("c", 2, 3), IsOk());
  ASSERT_THAT(Merge("a", "b"), IsOk());
  ASSERT_THAT(Merge("b", "c"), IsOk());
  const auto happened = [&](const std::string& shares) {
    return Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
        "CreateRiskOccurrence", Specialist(),
        absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(1)), " cause: 'c' currency_code: 'CNY' loss_minor: 9 ", shares,
                     " }"));
  };
  const auto occurrence = happened(
      "shares { risk: 'risks/a' loss_minor: 4 } shares { risk: 'risks/d' loss_minor: 2 } shares { risk: 'risks/c' loss_minor: 3 }");
  ASSERT_THAT(occurrence, IsOk());
  ASSERT_EQ(occurrence->shares_size(), 2);
  EXPECT_THAT(occurrence->shares(0),
              test::EqualsProto(Proto<v1::RiskOccurrence::Share>("risk: 'risks/c' loss_minor: 7 merged_risks: 'risks/a'")));
  EXPECT_THAT(occurrence->shares(1), test::EqualsProto(Proto<v1::RiskOccurrence::Share>("risk: 'risks/d' loss_minor: 2")));
  EXPECT_THAT(Duties("c"), ElementsAre(v1::AssessmentDuty::CAUSE_OCCURRENCE));
  const auto proposals = Try<v1::ListRiskProposalsResponse, v1::ListRiskProposalsRequest>("ListRiskProposals", Analyst(), "");
  ASSERT_THAT(proposals, IsOk());
  EXPECT_EQ(proposals->risk_proposals_size(), 0) << "it is not proposed anew";
  ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), "name: 'risks/c' reason: 'r'")), IsOk());
  ASSERT_THAT(happened("shares { risk: 'risks/b' loss_minor: 9 }"), IsOk());
  EXPECT_EQ((Try<v1::ListRiskProposalsResponse, v1::ListRiskProposalsRequest>("ListRiskProposals", Analyst(), ""))->risk_proposals_size(),
            1)
      << "it does not live on any more";
}

TEST_F(MergingTest, WhatHappensOfALeakNamesItToItsReadersOnlyAlsoAfterItWasMerged) {
  ASSERT_THAT(Create("leak", "restricted: true"), IsOk());
  ASSERT_THAT(Create("plain"), IsOk());
  ASSERT_THAT(Merge("leak", "plain"), IsOk());
  const auto occurrence = Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
      "CreateRiskOccurrence", Manager(),
      absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(1)),
                   " cause: 'c' currency_code: 'CNY' shares { risk: 'risks/leak' } }"));
  ASSERT_THAT(occurrence, IsOk());
  EXPECT_EQ(occurrence->shares(0).risk(), "risks/plain");
  EXPECT_EQ(occurrence->restricted_risk(), "risks/leak");
}

TEST_F(MergingTest, ReopenedItIsOneOfItsOwn) {
  for (const char* id : {"a", "b"}) ASSERT_THAT(Create(id), IsOk());
  ASSERT_THAT(Merge("a", "b"), IsOk());
  EXPECT_EQ(Get("a").merged_into(), "risks/b");
  ASSERT_THAT((Try<Risk, v1::ReopenRiskRequest>("ReopenRisk", Manager(), "name: 'risks/a' reason: 'it is another one'")), IsOk());
  EXPECT_EQ(Get("a").merged_into(), "");
  EXPECT_THAT(Merge("b", "a"), IsOk());
}

TEST_F(MergingTest, WhatEverybodySeesDoesNotNameARestrictedOneThatWasMergedIntoIt) {
  ASSERT_THAT(Create("leak", "restricted: true"), IsOk());
  ASSERT_THAT(Create("plain"), IsOk());
  ASSERT_THAT(
      (Try<Risk, v1::AssessRiskRequest>("AssessRisk", Manager(), "name: 'risks/leak' rationale: 'r' current { likelihood: 5 impact: 5 }")),
      IsOk());
  ASSERT_THAT(Merge("leak", "plain"), IsOk());
  ASSERT_EQ(History("plain").size(), 1u);
  EXPECT_EQ(History("plain")[0].rationale(), "a restricted risk was merged into it");
}

TEST_F(MergingTest, NoRiskIsAPartOfItsOwnParts) {
  ASSERT_THAT(Create("whole"), IsOk());
  ASSERT_THAT(Create("part", "parent_risk: 'risks/whole'"), IsOk());
  ASSERT_THAT(Create("least", "parent_risk: 'risks/part'"), IsOk());
  const auto belongs = [&](const std::string& id, const std::string& parent) {
    return Try<Risk, v1::UpdateRiskRequest>(
        "UpdateRisk", Specialist(),
        absl::StrCat("risk { name: 'risks/", id, "' parent_risk: 'risks/", parent, "' } update_mask { paths: 'parent_risk' }"));
  };
  EXPECT_THAT(belongs("whole", "least"), HasViolation("risk.parent_risk", "PART_OF_ITSELF"));
  EXPECT_THAT(belongs("whole", "part"), HasViolation("risk.parent_risk", "PART_OF_ITSELF"));
  EXPECT_THAT(belongs("whole", "whole"), HasViolation("risk.parent_risk", "SAME_RISK"));
  EXPECT_THAT(belongs("least", "whole"), IsOk());
}

}  // namespace
}  // namespace heitie::risk
