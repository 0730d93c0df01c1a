#include "common/time/day.h"
#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "heitie/risk/v1/risk_policy.pb.h"
#include "services/risk/risk_fixture.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::AssessmentDuty;
using v1::Risk;
using v1::RiskSummary;

using DecisionsTest = RiskFixture;

TEST_F(DecisionsTest, OneProposesAndAnotherDecides) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  EXPECT_THAT(Decide("r"), HasReason("NOT_PROPOSED"));
  const auto own =
      Try<Risk, v1::ProposeTreatmentRequest>("ProposeTreatment", Manager(), absl::StrCat("name: 'risks/r' treatment { ", Reduce(), " }"));
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(own->treatment_proposer(), "employees/manager");
  EXPECT_THAT(Decide("r"), HasReason("OWN_WORK"));
  ASSERT_THAT(Propose("r", Reduce("target { likelihood: 1 impact: 3 }")), IsOk());
  EXPECT_THAT((Try<Risk, v1::TreatRiskRequest>("TreatRisk", Manager(), absl::StrCat("name: 'risks/r' treatment { ", Reduce(), " }"))),
              HasViolation("treatment", "TREATMENT_DIFFERS"));
  const auto risk = Decide("r");
  ASSERT_THAT(risk, IsOk());
  EXPECT_FALSE(risk->has_proposed_treatment());
  EXPECT_EQ(risk->treatment().proposer(), "employees/specialist");
  EXPECT_EQ(risk->treatment().decider(), "employees/manager");
  EXPECT_EQ(risk->treatment().assessment(), risk->assessment());
  EXPECT_EQ(risk->treatment().matrix_version(), 1);
  EXPECT_EQ(risk->treatment().rating().level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(risk->treatment().target().level(), v1::LEVEL_LOW);
  EXPECT_EQ(risk->level(), v1::LEVEL_MEDIUM) << "a target is a hope";
  EXPECT_THAT(*risk, test::EqualsProto(Get("r")));
}

TEST(CheckDoes, WhatWaitsForOneOfAnotherDepartmentIsForThemAndForOperations) {
  const auto does = [](options::v1::Role role, const char* who) {
    return CheckDoes(test::By(who, {role}, absl::UnixEpoch()), "employees/owner", "riskMeasures/m");
  };
  EXPECT_THAT(does(options::v1::ROLE_DEPARTMENT_MEMBER, "employees/owner"), IsOk());
  EXPECT_THAT(does(options::v1::ROLE_DEPARTMENT_MEMBER, "employees/other"), HasReason("NOT_YOURS_TO_DO"));
  EXPECT_THAT(does(options::v1::ROLE_PLATFORM_ENGINEER, "employees/other"), HasReason("NOT_YOURS_TO_DO"));
  for (const auto role : {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST}) {
    EXPECT_THAT(does(role, "employees/other"), IsOk());
  }
}

TEST_F(DecisionsTest, OwnersOfOtherDepartmentsWorkOnTheirs) {
  const auto member = [&](const std::string& who) {
    return test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
  };
  ASSERT_THAT(Create("r"), IsOk());  // of li-ming
  const auto assess = [&](const std::string& who) {
    return Try<Risk, v1::AssessRiskRequest>("AssessRisk", member(who),
                                            "name: 'risks/r' rationale: 'r' current { likelihood: 2 impact: 3 }");
  };
  EXPECT_THAT(assess("wu"), HasReason("NOT_YOURS_TO_DO"));
  EXPECT_THAT(assess("li-ming"), IsOk());
  const auto propose = [&](const std::string& who) {
    return Try<Risk, v1::ProposeTreatmentRequest>("ProposeTreatment", member(who),
                                                  absl::StrCat("name: 'risks/r' treatment { ", Reduce(), " }"));
  };
  EXPECT_THAT(propose("wu"), HasReason("NOT_YOURS_TO_DO"));
  ASSERT_THAT(propose("li-ming"), IsOk());
  const auto treated = Decide("r");
  ASSERT_THAT(treated, IsOk());
  const std::string measure = absl::StrCat("name: '", treated->treatment().reduction().measures(0).risk_measure(), "'");
  const auto start = [&](const std::string& who) {
    return Try<v1::RiskMeasure, v1::StartRiskMeasureRequest>("StartRiskMeasure", member(who), measure);
  };
  const auto finish = [&](const std::string& who) {
    return Try<v1::RiskMeasure, v1::FinishRiskMeasureRequest>("FinishRiskMeasure", member(who), measure);
  };
  EXPECT_THAT(start("wu"), HasReason("NOT_YOURS_TO_DO"));
  EXPECT_THAT(start("li-ming"), IsOk());
  EXPECT_THAT(finish("wu"), HasReason("NOT_YOURS_TO_DO"));
  EXPECT_THAT(finish("li-ming"), IsOk());
  ASSERT_THAT(Create("a"), IsOk());
  ASSERT_THAT(Assess("a", 1, 1), IsOk());
  ASSERT_THAT(Treat("a", Accept(absl::Hours(24 * 100), "check_days: 10")), IsOk());  // monitored by wu
  const auto check = [&](const std::string& who) {
    return Try<Risk, v1::CheckAcceptanceRequest>("CheckAcceptance", member(who), "name: 'risks/a' finding: 'As it was'");
  };
  EXPECT_THAT(check("li-ming"), HasReason("NOT_YOURS_TO_DO"));
  EXPECT_THAT(check("wu"), IsOk());
}

TEST_F(DecisionsTest, AnAcceptanceIsNotDecidedByTheRisksOwner) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT((Try<Risk, v1::UpdateRiskRequest>("UpdateRisk", Specialist(),
                                                "risk { name: 'risks/r' owner: 'employees/manager' } update_mask { paths: 'owner' }")),
              IsOk());
  ASSERT_THAT(Assess("r", 1, 1), IsOk());
  EXPECT_THAT(Treat("r", Accept(absl::Hours(24))), HasReason("OWN_WORK"));
  EXPECT_THAT(Treat("r", Reduce()), IsOk()) << "only of an acceptance";
}

TEST_F(DecisionsTest, NothingIsAcceptedTwiceOnOneAssessment) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 1, 1), IsOk());
  const auto accept = [&] { return Treat("r", Accept(absl::Hours(48))); };
  ASSERT_THAT(accept(), IsOk());
  EXPECT_THAT(accept(), HasReason("ASSESSMENT_SAME"));
  ASSERT_THAT(Treat("r", Reduce()), IsOk());
  EXPECT_THAT(accept(), HasReason("ASSESSMENT_SAME")) << "another treatment in between assesses nothing";
  ASSERT_THAT(Assess("r", 1, 1), IsOk());
  ASSERT_THAT(accept(), IsOk());
  // What follows of another risk is nobody's assessment of this one.
  ASSERT_THAT(Create("s"), IsOk());
  ASSERT_THAT(Assess("s", 1, 2), IsOk());
  ASSERT_THAT((Try<Risk, v1::MergeRiskRequest>("MergeRisk", Manager(), "name: 'risks/s' into: 'risks/r'")), IsOk());
  EXPECT_EQ(Get("r").current().impact(), 2);
  EXPECT_THAT(accept(), HasReason("ASSESSMENT_SAME"));
  ASSERT_THAT(Assess("r", 1, 2), IsOk());
  EXPECT_THAT(accept(), IsOk());
  // One that was not accepted may be, however it was treated before.
  ASSERT_THAT(Create("other"), IsOk());
  ASSERT_THAT(Assess("other", 1, 1), IsOk());
  ASSERT_THAT(Treat("other", Reduce()), IsOk());
  EXPECT_THAT(Treat("other", Accept(absl::Hours(48))), IsOk());
}

TEST_F(DecisionsTest, AMissedCheckEndsAnAcceptance) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 1, 1), IsOk());
  ASSERT_THAT(Treat("r", Accept(absl::Hours(24 * 60), "check_days: 7")), IsOk());
  const auto check = [&](const std::string& more) {
    return Try<Risk, v1::CheckAcceptanceRequest>("CheckAcceptance", Analyst(), "name: 'risks/r' finding: 'calm' " + more);
  };
  clock_.Advance(absl::Hours(24 * 9));
  const auto checked = check("");
  ASSERT_THAT(checked, IsOk()) << "late, within the grace of three days";
  EXPECT_EQ(time::ToTime(checked->check_due_time()), clock_.Now() + absl::Hours(24 * 7));
  EXPECT_EQ(checked->treatment().acceptance().checker(), "employees/analyst");
  EXPECT_THAT(Duties("r"), IsEmpty());
  ASSERT_THAT(check("changed: true"), IsOk());
  EXPECT_THAT(Duties("r"), ElementsAre(AssessmentDuty::CAUSE_CHECK));
  EXPECT_EQ(Blocking(absl::Hours(24 * 10) - absl::Seconds(1)), RiskSummary::BLOCKING_UNSPECIFIED);
  EXPECT_EQ(Blocking(absl::Hours(24 * 10)), RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED);
  clock_.Advance(absl::Hours(24 * 10));
  EXPECT_THAT(check(""), HasReason("ILLEGAL_TRANSITION")) << "by the time itself";
  RunJobs();
  EXPECT_EQ(Get("r").state(), Risk::STATE_REOPENED);
}

TEST_F(DecisionsTest, AResidualRatingLapsesWhenItsMeasureFalls) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 5, 4), IsOk());
  const auto treated = Treat("r", Reduce("controllable: true control_justification: 'j'"));
  ASSERT_THAT(treated, IsOk());
  const std::string measure = treated->treatment().reduction().measures(0).risk_measure();
  const std::string lower = "residual { likelihood: 2 impact: 3 }";
  EXPECT_THAT(Assess("r", 5, 4, lower), HasReason("RESIDUAL_WITHOUT_EVIDENCE"));
  EXPECT_THAT(Assess("r", 5, 4, "residual { likelihood: 5 impact: 4 }"), IsOk()) << "no lower, so nothing is to be shown";
  Verify(measure);
  ASSERT_THAT(Assess("r", 5, 4, lower), IsOk());
  EXPECT_THAT(Get("r").evidence(), ElementsAre(measure));
  EXPECT_EQ(Blocking(), RiskSummary::BLOCKING_UNSPECIFIED);
  ASSERT_THAT((Try<v1::RiskMeasure, v1::ReopenRiskMeasureRequest>("ReopenRiskMeasure", Specialist(),
                                                                  absl::StrCat("name: '", measure, "' reason: 'not done'"))),
              IsOk());
  EXPECT_EQ(Get("r").level(), v1::LEVEL_HIGH);
  EXPECT_THAT(Get("r").evidence(), IsEmpty());
  EXPECT_EQ(Get("r").state(), Risk::STATE_TREATED);
  EXPECT_EQ(Blocking(), RiskSummary::BLOCKING_HIGH_NOT_REDUCED);
  EXPECT_THAT(Duties("r"), ElementsAre(AssessmentDuty::CAUSE_LAPSED));
  ASSERT_THAT((Try<v1::RiskMeasure, v1::CancelRiskMeasureRequest>("CancelRiskMeasure", Manager(),
                                                                  absl::StrCat("name: '", measure, "' reason: 'in vain'"))),
              IsOk());
  EXPECT_EQ(Get("r").state(), Risk::STATE_ASSESSED) << "all measures of the reduction are given up";
  EXPECT_EQ(Blocking(), RiskSummary::BLOCKING_HIGH_UNTREATED);
}

TEST_F(DecisionsTest, WhatWasVerifiedBeforeTheDecisionShowsNothing) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const auto early =
      Try<v1::RiskMeasure, v1::CreateRiskMeasureRequest>("CreateRiskMeasure", Specialist(),
                                                         "risk_measure { risk: 'risks/r' kind: KIND_PROCESS description: 'd' owner: "
                                                         "'employees/li-ming' due_date { year: 2026 month: 1 day: 2 } }");
  ASSERT_THAT(early, IsOk());
  Verify(early->name());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(Treat("r", Reduce()), IsOk());
  EXPECT_THAT(Assess("r", 2, 3, "residual { likelihood: 1 impact: 3 }"), HasReason("RESIDUAL_WITHOUT_EVIDENCE"));
}

TEST_F(DecisionsTest, AControlCountsUntilItsNextTestIsDueAndForItsRisksOnly) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Create("other", "affected_subjects: 'projects/p'"), IsOk());
  for (const char* id : {"r", "other"}) {
    ASSERT_THAT(Assess(id, 2, 3), IsOk());
    ASSERT_THAT(Treat(id, Reduce()), IsOk());
  }
  ASSERT_THAT(Register("c", "r", 30), IsOk());
  const std::string lower = "residual { likelihood: 1 impact: 3 }";
  EXPECT_THAT(Assess("r", 2, 3, lower), HasReason("RESIDUAL_WITHOUT_EVIDENCE"));
  ASSERT_THAT(Test("c", true), IsOk());
  EXPECT_THAT(Assess("other", 2, 3, lower), HasReason("RESIDUAL_WITHOUT_EVIDENCE"));
  ASSERT_THAT(Assess("r", 2, 3, lower), IsOk());
  EXPECT_EQ(time::ToTime(Get("r").evidence_end_time()), clock_.Now() + absl::Hours(24 * 30));
  clock_.Advance(absl::Hours(24 * 20));
  ASSERT_THAT(Test("c", true), IsOk());
  EXPECT_EQ(time::ToTime(Get("r").evidence_end_time()), clock_.Now() + absl::Hours(24 * 30)) << "tested in time";
  clock_.Advance(absl::Hours(24 * 30));
  EXPECT_EQ(Get("r").level(), v1::LEVEL_LOW) << "no job has run";
  const v1::SummarizeRisksResponse judged = Summarize();
  ASSERT_EQ(judged.risks_size(), 2);
  EXPECT_EQ(judged.risks(1).level(), v1::LEVEL_MEDIUM) << "by the time itself";
  RunJobs();
  EXPECT_EQ(Get("r").level(), v1::LEVEL_MEDIUM);
  EXPECT_THAT(Duties("r"), ElementsAre(AssessmentDuty::CAUSE_LAPSED));
}

TEST_F(DecisionsTest, ATransferEndsWithItsInstrument) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  ASSERT_THAT(Conclude("t", "r"), IsOk());
  const std::string transfer = "transfer { transfer_instrument: 'transferInstruments/t' }";
  const auto treated = Treat("r", transfer);
  ASSERT_THAT(treated, IsOk());
  EXPECT_EQ(treated->treatment().transfer().cover_minor(), 600);
  EXPECT_EQ(time::ToTime(treated->expire_time()), clock_.Now() + absl::Hours(240));
  ASSERT_THAT(Assess("r", 2, 3, "residual { likelihood: 1 impact: 3 }"), IsOk());
  EXPECT_THAT(Get("r").evidence(), ElementsAre("transferInstruments/t"));
  ASSERT_THAT((Try<v1::TransferInstrument, v1::CancelTransferInstrumentRequest>("CancelTransferInstrument", Manager(),
                                                                                "name: 'transferInstruments/t' reason: 'r'")),
              IsOk());
  const Risk risk = Get("r");
  EXPECT_EQ(risk.state(), Risk::STATE_REOPENED);
  EXPECT_EQ(risk.level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(risk.reopen_reason(), "TRANSFER ended with transferInstruments/t");
  EXPECT_EQ(Blocking(), RiskSummary::BLOCKING_TRANSFER_EXPIRED);
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  EXPECT_THAT(Treat("r", transfer), HasReason("INSTRUMENT_NOT_COVERING"));
}

TEST_F(DecisionsTest, ClaimsUseUpWhatIsCovered) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  ASSERT_THAT(Conclude("t", "r", "aggregate_minor: 900"), IsOk());
  ASSERT_THAT(Treat("r", "transfer { transfer_instrument: 'transferInstruments/t' }"), IsOk());
  const auto claim = [&](int loss, absl::Duration when, const char* risk = "risks/r") {
    return Try<v1::InstrumentClaim, v1::CreateInstrumentClaimRequest>(
        "CreateInstrumentClaim", Analyst(),
        absl::StrCat("parent: 'transferInstruments/t' instrument_claim { risk: '", risk, "' event_time ", At(when), " loss_minor: ", loss,
                     " reason: 'r' }"));
  };
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(claim(500, -absl::Hours(2)), HasReason("NOT_COVERED"));
  EXPECT_THAT(claim(500, absl::Hours(1)), HasReason("NOT_COVERED")) << "still to come";
  EXPECT_THAT(claim(500, -absl::Minutes(1), "risks/other"), HasReason("NOT_COVERED"));
  EXPECT_EQ(claim(200, -absl::Minutes(1))->paid_minor(), 0) << "within the deductible";
  EXPECT_EQ(claim(5000, -absl::Minutes(1))->paid_minor(), 600);
  EXPECT_EQ(Get("r").state(), Risk::STATE_TREATED);
  EXPECT_EQ(claim(5000, -absl::Minutes(1))->paid_minor(), 300) << "what is left of the aggregate";
  EXPECT_EQ(Get("r").state(), Risk::STATE_REOPENED) << "used up";
  EXPECT_THAT(claim(5000, -absl::Minutes(1)), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(DecisionsTest, AMediumRiskHasADayByWhichItIsToBeTreated) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const absl::Time by = time::ToTime(Get("r").treat_by_time());
  // Ten working days after Thursday, 1 January 2026, of which the calendar that the suite comes with knows no holidays.
  EXPECT_EQ(by, absl::FromCivil(absl::CivilDay(2026, 1, 16), service::DefaultTimeZone()));
  EXPECT_EQ(Blocking(), RiskSummary::BLOCKING_MEDIUM_UNTREATED);
  EXPECT_EQ(Blocking(by - clock_.Now()), RiskSummary::BLOCKING_TREATMENT_OVERDUE);
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(Assess("r", 3, 3), IsOk());
  EXPECT_EQ(time::ToTime(Get("r").treat_by_time()), by) << "assessing it again wins no time";
  clock_.Advance(by - clock_.Now());
  EXPECT_EQ(Blocking(), RiskSummary::BLOCKING_TREATMENT_OVERDUE);
  EXPECT_FALSE(Get("r").treatment_overdue());
  RunJobs();
  EXPECT_TRUE(Get("r").treatment_overdue()) << "told to those who follow";
  ASSERT_THAT(Treat("r", Reduce()), IsOk());
  EXPECT_FALSE(Get("r").has_treat_by_time() || Get("r").treatment_overdue());
}

TEST_F(DecisionsTest, OfWhatAsksForAnAssessmentTheEarliestDayCounts) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  const auto occurs = [&] {
    clock_.Advance(absl::Minutes(1));
    const auto occurrence = Try<v1::RiskOccurrence, v1::CreateRiskOccurrenceRequest>(
        "CreateRiskOccurrence", Specialist(),
        absl::StrCat("risk_occurrence { occur_time ", At(-absl::Hours(1)),
                     " cause: 'c' currency_code: 'CNY' shares { risk: 'risks/r' } }"));
    EXPECT_THAT(occurrence, IsOk());
    return occurrence.value_or(v1::RiskOccurrence()).name();
  };
  const auto allow = [&](const std::string& id, int days) {
    clock_.Advance(absl::Minutes(1));
    EXPECT_THAT((Try<v1::RiskPolicy, v1::CreateRiskPolicyRequest>(
                    "CreateRiskPolicy", Manager(),
                    absl::StrCat("risk_policy_id: '", id,
                                 "' risk_policy { reason: 'r' calendar: 'calendars/default' indicator_days: 9 "
                                 "rerating_days: 9 treatment_days: 9 occurrence_days: ",
                                 days, " }"))),
                IsOk());
    EXPECT_THAT(
        (Try<v1::RiskPolicy, v1::PublishRiskPolicyRequest>("PublishRiskPolicy", Manager(), absl::StrCat("name: 'riskPolicies/", id, "'"))),
        IsOk());
  };
  const auto duty = [&] {
    const auto list = Try<v1::ListAssessmentDutiesResponse, v1::ListAssessmentDutiesRequest>("ListAssessmentDuties", Analyst(), "");
    EXPECT_THAT(list, IsOk());
    EXPECT_EQ(list->assessment_duties_size(), 1) << "one at a time";
    return list->assessment_duties(0);
  };
  const std::string first = occurs();
  const AssessmentDuty asked = duty();
  EXPECT_EQ(asked.source(), first);
  allow("later", 9);
  occurs();
  EXPECT_THAT(duty(), test::EqualsProto(asked)) << "what is due later changes nothing";
  allow("soon", 1);
  const std::string pressing = occurs();
  EXPECT_EQ(duty().source(), pressing);
  EXPECT_EQ(duty().risk_policy(), "riskPolicies/soon");
  EXPECT_LT(time::ToDay(duty().due_date()), time::ToDay(asked.due_date()));
  ASSERT_THAT(Assess("r", 2, 3), IsOk());
  EXPECT_EQ(duty().state(), AssessmentDuty::STATE_DONE);
}

TEST_F(DecisionsTest, ARiskIsReviewedByTheCadenceOfItsLevel) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 5, 5), IsOk());
  clock_.Advance(absl::Hours(24 * 29));
  RunJobs();
  EXPECT_THAT(Duties("r"), IsEmpty());
  ASSERT_THAT(Assess("r", 5, 5), IsOk());
  clock_.Advance(absl::Hours(24));
  RunJobs();
  EXPECT_THAT(Duties("r"), IsEmpty()) << "it was assessed since";
  clock_.Advance(absl::Hours(24 * 29));
  RunJobs();
  EXPECT_THAT(Duties("r"), IsEmpty()) << "it is a Sunday";
  clock_.Advance(absl::Hours(16));
  RunJobs();
  EXPECT_THAT(Duties("r"), ElementsAre(AssessmentDuty::CAUSE_REVIEW));
}

TEST_F(DecisionsTest, ARiskCountsForWhatItAffects) {
  ASSERT_THAT(Create("r", "affected_subjects: 'projects/p' affected_subjects: 'suppliers/s'"), IsOk());
  EXPECT_EQ(Summarize("projects/p").risks_size(), 1);
  EXPECT_EQ(Summarize("suppliers/s").risks_size(), 1);
  ASSERT_THAT((Try<Risk, v1::UpdateRiskRequest>(
                  "UpdateRisk", Specialist(),
                  "risk { name: 'risks/r' affected_subjects: 'suppliers/s' affected_subjects: 'items/i' } update_mask { paths: "
                  "'affected_subjects' }")),
              IsOk());
  EXPECT_EQ(Summarize("projects/p").risks_size(), 0);
  EXPECT_EQ(Summarize("items/i").risks_size(), 1);
  const auto both = Try<v1::SummarizeRisksResponse, v1::SummarizeRisksRequest>(
      "SummarizeRisks", ServiceCaller(), "subjects: 'items/i' subjects: 'activities/sale' subjects: 'suppliers/s'");
  ASSERT_THAT(both, IsOk());
  EXPECT_EQ(both->risks_size(), 1) << "once";
}

TEST_F(DecisionsTest, AvoidanceHappensOnceAndTheRiskClosesWhenAllIsGone) {
  ASSERT_THAT(Create("r", "affected_subjects: 'projects/p' affected_subjects: 'suppliers/s'"), IsOk());
  ASSERT_THAT(Assess("r", 5, 5), IsOk());
  EXPECT_THAT(Propose("r", "avoidance { scope: 's' subjects: 'projects/p' subjects: 'projects/other' }"),
              HasViolation("treatment.avoidance.subjects[1]", "NOT_AFFECTED"));
  ASSERT_THAT(Treat("r", "avoidance { scope: 's' subjects: 'projects/p' subjects: 'suppliers/s' }"), IsOk());
  const auto report = [&](const char* subject, bool dropped) {
    return Try<Risk, v1::ReportAvoidanceRequest>(
        "ReportAvoidance", ServiceCaller(), absl::StrCat("name: 'risks/r' subject: '", subject, "' dropped: ", dropped, " reason: 'r'"));
  };
  const v1::SummarizeRisksResponse judged = Summarize("projects/p");
  ASSERT_EQ(judged.risks_size(), 1);
  EXPECT_EQ(judged.risks(0).blocking_reason(), RiskSummary::BLOCKING_TO_BE_AVOIDED);
  EXPECT_THAT(judged.risks(0).avoided_subjects(), ElementsAre("projects/p", "suppliers/s"));
  EXPECT_THAT(report("activities/sale", true), HasReason("NOT_AVOIDED"));
  ASSERT_THAT(report("projects/p", true), IsOk());
  EXPECT_THAT(Propose("r", Reduce("controllable: true control_justification: 'j'")), HasReason("AVOIDANCE_BEGUN"));
  ASSERT_THAT(report("projects/p", false), IsOk()) << "told twice";
  EXPECT_EQ(Get("r").avoidance_outcomes(0).state(), v1::AvoidanceOutcome::STATE_DROPPED);
  EXPECT_EQ(Get("r").state(), Risk::STATE_TREATED);
  ASSERT_THAT(report("suppliers/s", true), IsOk());
  EXPECT_EQ(Get("r").state(), Risk::STATE_CLOSED);
  EXPECT_THAT(report("suppliers/s", true), IsOk()) << "told again after the end";
}

TEST_F(DecisionsTest, WhatCannotBeDroppedKeepsTheRiskOpen) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Assess("r", 5, 5), IsOk());
  ASSERT_THAT(Treat("r", "avoidance { scope: 's' }"), IsOk());
  EXPECT_EQ(Get("r").avoidance_outcomes(0).subject(), "activities/sale");
  ASSERT_THAT((Try<Risk, v1::ReportAvoidanceRequest>("ReportAvoidance", Manager(),
                                                     "name: 'risks/r' subject: 'activities/sale' reason: 'it has ended'")),
              IsOk());
  EXPECT_EQ(Get("r").state(), Risk::STATE_TREATED);
  EXPECT_EQ(Get("r").avoidance_outcomes(0).state(), v1::AvoidanceOutcome::STATE_KEPT);
  EXPECT_THAT(Treat("r", Reduce("controllable: true control_justification: 'j'")), IsOk()) << "nothing is dropped yet";
}

TEST_F(DecisionsTest, AMergedRiskGivesTheOtherItsStricterRatingAndWhatItTouches) {
  ASSERT_THAT(Create("a"), IsOk());
  ASSERT_THAT(Create("b", "affected_subjects: 'projects/p'"), IsOk());
  const auto merge = [&](const char* into) {
    return Try<Risk, v1::MergeRiskRequest>("MergeRisk", Manager(), absl::StrCat("name: 'risks/b' into: 'risks/", into, "'"));
  };
  EXPECT_THAT(merge("b"), HasViolation("into", "SAME_RISK"));
  ASSERT_THAT(Assess("a", 1, 1), IsOk());
  ASSERT_THAT(Treat("a", Accept(absl::Hours(24))), IsOk());
  ASSERT_THAT(Assess("b", 2, 3, "inherent { likelihood: 5 impact: 5 }"), IsOk());
  const auto merged = merge("a");
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->state(), Risk::STATE_CLOSED);
  EXPECT_EQ(merged->merged_into(), "risks/a");
  const Risk risk = Get("a");
  EXPECT_EQ(risk.level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(risk.inherent().likelihood(), 5);
  EXPECT_EQ(risk.state(), Risk::STATE_ASSESSED) << "MEDIUM is not accepted";
  EXPECT_TRUE(risk.has_treat_by_time());
  EXPECT_THAT(risk.affected_subjects(), ElementsAre("projects/p"));
  const auto history = Try<v1::ListAssessmentsResponse, v1::ListAssessmentsRequest>("ListAssessments", Analyst(), "parent: 'risks/a'");
  ASSERT_THAT(history, IsOk());
  ASSERT_EQ(history->assessments_size(), 2);
  EXPECT_EQ(history->assessments(1).origin(), v1::Assessment::ORIGIN_MERGED);
  EXPECT_TRUE(history->assessments(1).voided_treatment());
  EXPECT_THAT(merge("a"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(DecisionsTest, AKindOfRiskIsOfItsCategory) {
  EXPECT_THAT(Create("a", "risk_type: 'riskTypes/demand'"), HasViolation("risk.risk_type", "OTHER_CATEGORY"));
  EXPECT_THAT(Create("a", "risk_type: 'riskTypes/nothing'"), HasReason("NOT_FOUND"));
  ASSERT_THAT(Create("a", "risk_type: 'riskTypes/attack' consequence: 'data is lost'"), IsOk());
  EXPECT_THAT(Create("b", "parent_risk: 'risks/b'"), HasViolation("risk.parent_risk", "SAME_RISK"));
  EXPECT_THAT(Create("b", "parent_risk: 'risks/a' related_risks: 'risks/nobody'"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Create("b", "parent_risk: 'risks/a' related_risks: 'risks/a'"), IsOk());
}

}  // namespace
}  // namespace heitie::risk
