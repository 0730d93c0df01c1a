// What plans rest on, through the service: citations, contradictions, and what is told of what no longer holds.
#include <thread>

#include "heitie/planning/v1/evidence_relation.pb.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolation;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using v1::Citation;
using v1::EvidenceFlag;
using v1::PlanDuty;
using v1::Project;

class EvidenceTest : public PlanningTest {
 protected:
  EvidenceTest() { CreateQuarter(); }

  absl::StatusOr<Citation> TryCite(const std::string& citation) {
    return Call<Citation>("CreateCitation", Specialist(),
                          test::Proto<v1::CreateCitationRequest>("parent: 'projects/p' citation { claim: 'c' " + citation + " }"));
  }
  absl::Status TrySubmit() {
    return Call<Project>("SubmitProject", Specialist(), test::Proto<v1::SubmitProjectRequest>("name: 'projects/p'")).status();
  }
  // Open flags of the project, by citation and cause.
  std::vector<std::string> Flags(const std::string& state = "OPEN") {
    std::vector<std::string> flags;
    const auto page =
        Do<v1::ListEvidenceFlagsResponse, v1::ListEvidenceFlagsRequest>("ListEvidenceFlags", Analyst(), "parent: 'projects/p'");
    for (const EvidenceFlag& flag : page.evidence_flags()) {
      if (EvidenceFlag::State_Name(flag.state()) != "STATE_" + state) continue;
      flags.push_back(absl::StrCat(record::IdOf(flag.citation()), " ", v1::EvidenceCause_Name(flag.cause()).substr(15)));
    }
    return flags;
  }
  std::vector<PlanDuty> Duties() {
    const auto page = Do<v1::ListPlanDutiesResponse, v1::ListPlanDutiesRequest>(
        "ListPlanDuties", Analyst(), "filter: 'subject = \"projects/p\" AND state = STATE_OPEN'");
    return {page.plan_duties().begin(), page.plan_duties().end()};
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  void Retract(const std::string& id) {
    Do<v1::ResearchItem, v1::RetractResearchItemRequest>("RetractResearchItem", Specialist(),
                                                         "name: 'researchItems/" + id + "' reason: 'wrong'");
  }
  absl::StatusOr<v1::EvidenceRelation> Relate(const std::string& id, const std::string& kind, const std::string& item,
                                              const std::string& other) {
    return Call<v1::EvidenceRelation>("CreateEvidenceRelation", Analyst(),
                                      test::Proto<v1::CreateEvidenceRelationRequest>(absl::StrCat(
                                          "evidence_relation_id: '", id, "' evidence_relation { kind: KIND_", kind,
                                          " item: 'researchItems/", item, "' other: 'researchItems/", other, "' reason: 'r' }")));
  }
  absl::StatusOr<v1::EvidenceRelation> Decide(const std::string& id, const std::string& standing) {
    return Call<v1::EvidenceRelation>(
        "DecideEvidenceRelation", Analyst(),
        test::Proto<v1::DecideEvidenceRelationRequest>(
            absl::StrCat("name: 'evidenceRelations/", id, "' standing: 'researchItems/", standing, "' reason: 'measured'")));
  }
};

TEST_F(EvidenceTest, ACitationNamesOnePieceForWhatIsThere) {
  CreateProject("p");
  CreateScheme("projects/p", "v1");
  CreateResearch("a");
  EXPECT_THAT(TryCite(""), HasViolations("citation.research_item ONE_PIECE", "citation.last_valid_date VALIDITY_MISSING"));
  EXPECT_THAT(TryCite("research_item: 'researchItems/a' report: 'activities/x/reports/y' "),
              HasViolation("citation.research_item", "ONE_PIECE"));
  EXPECT_THAT(TryCite("research_item: 'researchItems/none'"), HasViolations("citation.research_item NOT_IN_FORCE"));
  EXPECT_THAT(TryCite("research_item: 'researchItems/a' objective: 1"), HasViolations("citation.objective NOTHING_CITES"));
  EXPECT_THAT(TryCite("research_item: 'researchItems/a' scheme: 'projects/p/schemes/v1' cash_flow: 2"),
              HasViolations("citation.scheme NOTHING_CITES"));
  EXPECT_THAT(TryCite("research_item: 'researchItems/a' cash_flow: 0"), HasViolations("citation.scheme NOTHING_CITES"));
  EXPECT_THAT(TryCite("research_item: 'researchItems/a' replaces: 'projects/p/citations/none'"),
              HasViolations("citation.replaces NOT_REPLACEABLE"));
  EXPECT_THAT(TryCite("research_item: 'researchItems/a' scheme: 'projects/p/schemes/v1' cash_flow: 1"), IsOk());
  EXPECT_THAT(TryCite("report: 'activities/x/reports/y' objective: 0 last_valid_date { year: 2026 month: 3 day: 1 }"), IsOk());
  EXPECT_THAT(TryCite("figure { metric: 'm' unit: 'u' value: 1 source: 's' measure_date { year: 2025 month: 12 day: 1 } } "
                      "last_valid_date { year: 2025 month: 12 day: 31 }"),
              IsOk());
  const auto check = Do<v1::CheckEvidenceResponse, v1::CheckEvidenceRequest>("CheckEvidence", Analyst(), "name: 'projects/p'");
  EXPECT_EQ(check.verdicts_size(), 3);
  EXPECT_EQ(check.sound_count(), 2) << "the figure was valid until yesterday";
  EXPECT_EQ(check.wanted_count(), 1);
  EXPECT_EQ(check.planning_policy(), "planningPolicies/shipped");
  EXPECT_EQ((Do<v1::CheckEvidenceResponse, v1::CheckEvidenceRequest>("CheckEvidence", Analyst(),
                                                                     "name: 'projects/p' as_of { year: 2026 month: 4 day: 1 }")
                 .sound_count()),
            0);
  // By what was known then.
  Retract("a");
  EXPECT_EQ((Do<v1::CheckEvidenceResponse, v1::CheckEvidenceRequest>("CheckEvidence", Analyst(), "name: 'projects/p'")).sound_count(), 1);
  const auto again = Do<v1::CheckEvidenceResponse, v1::CheckEvidenceRequest>(
      "CheckEvidence", Analyst(), absl::StrCat("name: 'projects/p' as_of { year: 2026 month: 1 day: 1 } position: ", check.position()));
  EXPECT_EQ(again.SerializeAsString(), check.SerializeAsString());
  EXPECT_THAT(
      (Refused<v1::CheckEvidenceResponse, v1::CheckEvidenceRequest>("CheckEvidence", Analyst(), "name: 'projects/p' position: 1000000")),
      HasViolations("position POSITION_TO_COME"));
}

TEST_F(EvidenceTest, UnsoundEvidenceBlocksSubmissionUntilItIsWithdrawn) {
  CreateActionable("p");
  CreateResearch("b");
  Cite("projects/p", "second", "research_item: 'researchItems/b'");
  Retract("b");
  EXPECT_THAT(TrySubmit(), HasViolations("projects/p/citations/second EVIDENCE_RETRACTED"));
  Do<Citation, v1::WithdrawCitationRequest>("WithdrawCitation", Specialist(), "name: 'projects/p/citations/second'");
  EXPECT_THAT(TrySubmit(), IsOk());
  EXPECT_THAT((Refused<Citation, v1::WithdrawCitationRequest>("WithdrawCitation", Specialist(), "name: 'projects/p/citations/basis'")),
              HasReason("PLAN_RESTS_ON_IT"));
}

TEST_F(EvidenceTest, WhatExpiresIsFlaggedOnceAndThePlanStays) {
  CreateApproved("p");
  Pass(absl::ZeroDuration());
  EXPECT_THAT(Flags(), IsEmpty());
  clock_.Set(absl::FromCivil(absl::CivilSecond(2026, 3, 31, 23, 59, 0), service::DefaultTimeZone()));
  Pass(absl::ZeroDuration());
  EXPECT_THAT(Flags(), IsEmpty()) << "valid through the whole last day";
  Pass(absl::Minutes(1));
  EXPECT_THAT(Flags(), ElementsAre("basis EXPIRED"));
  EXPECT_EQ(Get("p").state(), Project::STATE_APPROVED);
  ASSERT_THAT(Duties(), SizeIs(1));
  EXPECT_THAT(Duties()[0], Partially(R"pb(kind: KIND_EVIDENCE
                                          owner: "employees/li"
                                          due_date { year: 2026 month: 4 day: 8 }
                                          planning_policy: "planningPolicies/shipped")pb"));
  const std::string etag = Duties()[0].etag();
  Pass(absl::Minutes(1));
  EXPECT_THAT(Flags(), SizeIs(1));
  EXPECT_EQ(Duties()[0].etag(), etag);
  Pass(absl::Hours(24 * 30));
  EXPECT_THAT(Flags(), ElementsAre("basis EXPIRED")) << "never closed by time alone";
}

TEST_F(EvidenceTest, AFlagIsClosedByReaffirmingAndOpenedAnewAfterwards) {
  CreateApproved("p");
  Retract("of-p");
  Pass(absl::Seconds(60));
  EXPECT_THAT(Flags(), ElementsAre("basis RETRACTED"));
  const auto reaffirm = [&](const std::string& until) {
    return Call<Citation>("ReaffirmCitation", Specialist(),
                          test::Proto<v1::ReaffirmCitationRequest>(
                              "name: 'projects/p/citations/basis' reason: 'Measured by ourselves' until {" + until + "}"));
  };
  EXPECT_THAT(reaffirm("year: 2025 month: 12 day: 31"), HasViolations("until REAFFIRMED_TOO_LONG"));
  EXPECT_THAT(reaffirm("year: 2026 month: 4 day: 2"), HasViolations("until REAFFIRMED_TOO_LONG"));
  EXPECT_THAT(reaffirm("year: 2026 month: 1 day: 3"), IsOk());
  EXPECT_THAT(Flags(), IsEmpty());
  EXPECT_THAT(Duties(), IsEmpty());
  Pass(absl::Hours(48));
  EXPECT_THAT(Flags(), IsEmpty());
  Pass(absl::Hours(24));
  EXPECT_THAT(Flags(), ElementsAre("basis RETRACTED"));
  EXPECT_THAT(Duties(), SizeIs(1));
}

TEST_F(EvidenceTest, AFlagIsClosedByAnotherCitationOrARevision) {
  CreateApproved("p");
  CreateResearch("b");
  CreateResearch("c");
  Retract("of-p");
  Pass(absl::Seconds(60));
  Cite("projects/p", "second", "research_item: 'researchItems/b' replaces: 'projects/p/citations/basis'");
  EXPECT_THAT(Flags("CLOSED"), ElementsAre("basis RETRACTED"));
  EXPECT_THAT(Duties(), IsEmpty());
  EXPECT_EQ(Get("p").state(), Project::STATE_APPROVED);
  Retract("b");
  Pass(absl::Seconds(60));
  EXPECT_THAT(Flags(), ElementsAre("second RETRACTED"));
  Do<Project, v1::ReviseProjectRequest>("ReviseProject", Specialist(), "name: 'projects/p' reason: 'new evidence'");
  EXPECT_THAT(Flags(), IsEmpty());
  EXPECT_THAT(Duties(), IsEmpty());
  Pass(absl::Seconds(60));
  EXPECT_THAT(Flags(), IsEmpty()) << "a draft is not flagged; its submission is refused";
  EXPECT_THAT(TrySubmit(), HasViolation("projects/p/citations/second", "EVIDENCE_RETRACTED"));
}

TEST_F(EvidenceTest, AContradictionIsOpenUntilSomebodyDecides) {
  CreateApproved("p");
  CreateResearch("b");
  EXPECT_THAT(Relate("r", "CONTRADICTS", "b", "b"), HasViolations("evidence_relation.other SAME_ITEM"));
  EXPECT_THAT(Relate("r", "CONTRADICTS", "b", "of-p"), IsOk());
  EXPECT_THAT(Relate("r2", "CONTRADICTS", "of-p", "b"), HasReason("RELATION_KNOWN"));
  Pass(absl::Seconds(60));
  EXPECT_THAT(Flags(), ElementsAre("basis CONTRADICTED"));
  EXPECT_THAT(Decide("r", "p"), HasViolations("standing NOT_OF_THE_TWO"));
  EXPECT_THAT(Decide("r", "of-p"), IsOk());
  EXPECT_THAT(Flags(), IsEmpty()) << "the cited one stands";
  EXPECT_THAT(Duties(), IsEmpty());
  EXPECT_EQ((Do<v1::ResearchItem, v1::GetResearchItemRequest>("GetResearchItem", Analyst(), "name: 'researchItems/b'").refuted_by()),
            "evidenceRelations/r");
  CreateResearch("c");
  EXPECT_THAT(Relate("s", "CONTRADICTS", "c", "of-p"), IsOk());
  EXPECT_THAT(Decide("s", "c"), IsOk());
  EXPECT_THAT(Decide("s", "c"), HasReason("ILLEGAL_TRANSITION"));
  Pass(absl::Seconds(60));
  EXPECT_THAT(Flags(), ElementsAre("basis REFUTED"));
}

TEST_F(EvidenceTest, WhatSupersedesTakesThePlace) {
  CreateResearch("a");
  CreateResearch("b");
  EXPECT_THAT(Relate("s", "SUPPORTS", "a", "b"), IsOk());
  EXPECT_THAT(Relate("t", "SUPERSEDES", "a", "b"), IsOk());
  EXPECT_THAT((Do<v1::ResearchItem, v1::GetResearchItemRequest>("GetResearchItem", Analyst(), "name: 'researchItems/b'")),
              Partially("state: STATE_SUPERSEDED superseded_by: 'researchItems/a'"));
  EXPECT_THAT(Relate("u", "CONTRADICTS", "a", "b"), HasReason("NOT_IN_FORCE"));
}

// Two replicas look at the same moment.
TEST_F(EvidenceTest, OneFlagAndOneDutyHoweverManyLook) {
  CreateApproved("p");
  CreateResearch("b");
  Cite("projects/p", "second", "research_item: 'researchItems/b'");
  Retract("of-p");
  Retract("b");
  job::Runner replica(store_, clock_, "services/planning");
  Service other(service::Context{store_, clock_, replica, [this](const std::string& target) -> client::Client& { return clients_[target]; },
                                 service::DefaultTimeZone(), people_});
  clock_.Advance(absl::Minutes(1));
  {
    std::jthread first([&] { EXPECT_THAT(jobs_.RunDue(), IsOk()); }), second([&] { EXPECT_THAT(replica.RunDue(), IsOk()); });
  }
  EXPECT_THAT(Flags(), UnorderedElementsAre("basis RETRACTED", "second RETRACTED"));
  EXPECT_THAT(Duties(), SizeIs(1)) << "one for all flags of the plan";
}

TEST_F(EvidenceTest, ThePolicySaysHowMuchIsEnough) {
  CreateActionable("p");
  auto policy = Do<v1::PlanningPolicy, v1::GetPlanningPolicyRequest>("GetPlanningPolicy", Manager(), "name: 'planningPolicies/shipped'");
  v1::CreatePlanningPolicyRequest request;
  request.set_planning_policy_id("two");
  *request.mutable_planning_policy() = policy;
  request.mutable_planning_policy()->clear_start_time();
  request.mutable_planning_policy()->set_evidence_per_project(2);
  EXPECT_THAT(Call<v1::PlanningPolicy>("CreatePlanningPolicy", Manager(), request), IsOk());
  Do<v1::PlanningPolicy, v1::PublishPlanningPolicyRequest>("PublishPlanningPolicy", Manager(), "name: 'planningPolicies/two'");
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(TrySubmit(), HasViolations("projects/p EVIDENCE_MISSING"));
  CreateResearch("b");
  Cite("projects/p", "second", "research_item: 'researchItems/b' objective: 0");
  EXPECT_THAT(TrySubmit(), IsOk());
}

}  // namespace
}  // namespace heitie::planning
