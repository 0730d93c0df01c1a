#include <algorithm>
#include <random>

#include "common/time/day.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "heitie/risk/v1/regulation.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "services/risk/regulation/outlook.h"
#include "services/risk/regulation/regulation_rules.h"
#include "services/risk/told_fixture.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Obligation;
using v1::ObligationCase;
using v1::Regulation;

class RegulationTest : public ToldFixture {
 protected:
  void TellSale(const std::string& kind = "flash-sale", const std::string& state = "STATE_READY") { Tell("update", Sale(kind, state)); }
  absl::StatusOr<Regulation> Register(const std::string& id, const std::string& more) {
    return Try<Regulation, v1::CreateRegulationRequest>(
        "CreateRegulation", Specialist(),
        absl::StrCat("regulation_id: '", id,
                     "' regulation { title: 'Prize draws' jurisdiction: 'TW' source: 'Gazette' text: 'One\\nTwo\\n' owner: 'employees/wu' ",
                     more, " }"));
  }
  absl::StatusOr<Obligation> Demand(const std::string& regulation, const std::string& due, const std::string& id = "odds") {
    return Try<Obligation, v1::CreateObligationRequest>(
        "CreateObligation", Specialist(),
        absl::StrCat(
            "parent: 'regulations/", regulation, "' obligation_id: '", id,
            "' obligation { title: 'Show the odds' requirement: 'On the page' evidence_demand: 'A picture' owner: 'employees/li-ming'"
            " due_date { ",
            due, " } }"));
  }
  absl::StatusOr<Regulation> Enact(const std::string& id, const std::string& more = "") {
    return Try<Regulation, v1::EnactRegulationRequest>("EnactRegulation", Manager(), absl::StrCat("name: 'regulations/", id, "' ", more));
  }
  // In force from 2026-02-01, due on 2026-01-25.
  void EnactForSales() {
    ASSERT_THAT(Register("draws", "applicability { kinds: 'flash-sale' } effective_date { year: 2026 month: 2 day: 1 }"), IsOk());
    ASSERT_THAT(Demand("draws", "year: 2026 month: 1 day: 25"), IsOk());
    ASSERT_THAT(Enact("draws"), IsOk());
    Later(absl::Minutes(2));
  }
  std::vector<ObligationCase> Cases(const std::string& filter = "") {
    v1::ListObligationCasesRequest request;
    request.set_filter(filter);
    const auto listed = Call<v1::ListObligationCasesResponse>("ListObligationCases", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return {};
    return {listed->obligation_cases().begin(), listed->obligation_cases().end()};
  }
  ObligationCase Only() {
    const std::vector<ObligationCase> cases = Cases();
    EXPECT_THAT(cases, SizeIs(1));
    return cases.empty() ? ObligationCase() : cases.front();
  }
  absl::StatusOr<ObligationCase> Fulfill(const std::string& name) {
    return Try<ObligationCase, v1::FulfillObligationCaseRequest>("FulfillObligationCase", Specialist(),
                                                                 absl::StrCat("name: '", name, "' evidence: 'Seen'"));
  }
  absl::StatusOr<ObligationCase> Confirm(const std::string& name, const rpc::Call& who) {
    return Try<ObligationCase, v1::ConfirmObligationCaseRequest>("ConfirmObligationCase", who, absl::StrCat("name: '", name, "'"));
  }
  // Whether obligations stand against the sale at a moment, of days that end at another.
  bool Blocked(absl::Duration ahead, absl::Duration until) {
    const auto summary = Try<v1::SummarizeRisksResponse, v1::SummarizeRisksRequest>(
        "SummarizeRisks", ServiceCaller(), absl::StrCat("subjects: 'activities/sale' time ", At(ahead), " until_time ", At(until)));
    EXPECT_THAT(summary, IsOk());
    return summary.ok() && summary->blocking();
  }
};

TEST_F(RegulationTest, AnOpenObligationStandsAgainstDaysOnWhichTheRegulationIsInForce) {
  TellSale();
  EnactForSales();
  EXPECT_FALSE(Blocked(absl::ZeroDuration(), kDay * 20)) << "it is over before";
  EXPECT_TRUE(Blocked(absl::ZeroDuration(), kDay * 40)) << "its days reach the regulation";
  EXPECT_FALSE(Blocked(kDay * 30, kDay * 30));
  EXPECT_TRUE(Blocked(kDay * 31, kDay * 31)) << "it is in force then";
  const ObligationCase one = Only();
  EXPECT_EQ(one.subject(), "activities/sale");
  EXPECT_EQ(one.owner(), "employees/li-ming");
  EXPECT_THAT(Confirm(one.name(), Analyst()), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Fulfill(one.name()), IsOk());
  EXPECT_TRUE(Blocked(absl::ZeroDuration(), kDay * 40)) << "nobody has confirmed it";
  EXPECT_THAT(Confirm(one.name(), Specialist()), HasReason("OWN_WORK"));
  ASSERT_THAT(Confirm(one.name(), Analyst()), IsOk());
  EXPECT_FALSE(Blocked(absl::ZeroDuration(), kDay * 40));
}

TEST_F(RegulationTest, WhatIsDemandedIsInTheCalendarAndThenOverdue) {
  TellSale();
  EnactForSales();
  const std::string one = Only().name();
  const auto calendar = [&](const std::string& request) {
    std::vector<std::string> dates;
    const auto found = Try<v1::RiskCalendar, v1::ComputeRiskCalendarRequest>("ComputeRiskCalendar", Analyst(), request);
    EXPECT_THAT(found, IsOk());
    if (!found.ok()) return dates;
    for (const v1::RiskCalendar::Entry& entry : found->entries()) {
      // What it makes of signals is another matter.
      if (entry.kind() == v1::RiskCalendar::KIND_PROPOSAL) continue;
      const absl::CivilHour hour = absl::ToCivilHour(time::ToTime(entry.due_time()), service::DefaultTimeZone());
      dates.push_back(absl::StrCat(absl::FormatCivilTime(hour), " ", v1::RiskCalendar::Kind_Name(entry.kind()).substr(5), " ",
                                   entry.resource(), " ", entry.owner()));
    }
    return dates;
  };
  const std::string demanded = absl::StrCat("2026-01-26T00 OBLIGATION ", one, " employees/li-ming");
  const std::string in_force = "2026-02-01T00 REGULATION regulations/draws employees/wu";
  EXPECT_THAT(calendar(""), ElementsAre(demanded, in_force));
  EXPECT_THAT(calendar("owner: 'employees/wu'"), ElementsAre(in_force));
  EXPECT_THAT(calendar("subjects: 'activities/sale'"), ElementsAre(demanded, in_force));
  EXPECT_THAT(calendar("subjects: 'activities/other'"), IsEmpty());
  const absl::Duration until = absl::FromCivil(absl::CivilDay(2026, 2, 1), service::DefaultTimeZone()) - clock_.Now();
  EXPECT_THAT(calendar(absl::StrCat("end_time ", At(until - absl::Seconds(1)))), ElementsAre(demanded));
  EXPECT_THAT(calendar(absl::StrCat("end_time ", At(until))), ElementsAre(demanded, in_force));
  const auto overdue = [&] {
    std::vector<std::string> items;
    const auto found = Try<v1::Overdue, v1::ComputeOverdueRequest>("ComputeOverdue", Analyst(), "");
    EXPECT_THAT(found, IsOk());
    if (!found.ok()) return items;
    for (const v1::Overdue::Item& item : found->items()) {
      if (item.kind() == v1::Overdue::KIND_OBLIGATION) items.push_back(item.resource());
    }
    return items;
  };
  EXPECT_THAT(overdue(), IsEmpty());
  Later(kDay * 30);
  EXPECT_THAT(overdue(), ElementsAre(one));
  const auto fulfill = [&](const std::string& who) {
    return Try<ObligationCase, v1::FulfillObligationCaseRequest>("FulfillObligationCase",
                                                                 test::By(who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()),
                                                                 absl::StrCat("name: '", one, "' evidence: 'Seen'"));
  };
  EXPECT_THAT(fulfill("employees/wu"), HasReason("NOT_YOURS_TO_DO"));
  ASSERT_THAT(fulfill("employees/li-ming"), IsOk()) << "of whatever department";
  EXPECT_THAT(overdue(), ElementsAre(one)) << "nobody has confirmed it";
  ASSERT_THAT(Confirm(one, Analyst()), IsOk());
  EXPECT_THAT(overdue(), IsEmpty());
}

TEST_F(RegulationTest, ARegulationThatComesEarlierTakesTheDayOfItsObligationsAlong) {
  TellSale();
  EnactForSales();
  EXPECT_EQ(time::ToDay(Only().due_date()), absl::CivilDay(2026, 1, 25));
  ASSERT_THAT((Try<Regulation, v1::UpdateRegulationRequest>(
                  "UpdateRegulation", Specialist(),
                  "regulation { name: 'regulations/draws' effective_date { year: 2026 month: 1 day: 20 } revision_note: 'Sooner' } "
                  "update_mask { paths: 'effective_date' paths: 'revision_note' }")),
              IsOk());
  Later(absl::Minutes(2));
  EXPECT_EQ(time::ToDay(Only().due_date()), absl::CivilDay(2026, 1, 19));
}

TEST_F(RegulationTest, WhatIsDemandedAnewIsOpenAtOnceAndItsCaseFollows) {
  TellSale();
  EnactForSales();
  const std::string name = Only().name();
  ASSERT_THAT(Fulfill(name), IsOk());
  ASSERT_THAT(Confirm(name, Analyst()), IsOk());
  ASSERT_THAT(
      (Try<Obligation, v1::UpdateObligationRequest>("UpdateObligation", Specialist(),
                                                    "obligation { name: 'regulations/draws/obligations/odds' requirement: 'On each page' }"
                                                    " update_mask { paths: 'requirement' }")),
      IsOk());
  EXPECT_TRUE(Blocked(absl::ZeroDuration(), kDay * 40)) << "before any job";
  Later(absl::Minutes(2));
  EXPECT_EQ(Only().state(), ObligationCase::STATE_OPEN);
  EXPECT_EQ(Only().evidence(), "");
  EXPECT_THAT(ActionsOn(name), ElementsAre("list", "approach", "fulfill", "confirm", "demand_anew"));
}

TEST_F(RegulationTest, IsJudgedByTheRegulationAndTheDatesWhetherOrNotAJobHasListedIt) {
  TellSale();
  ASSERT_THAT(Register("draws", "applicability { subjects: 'projects/spring' } effective_date { year: 2026 month: 2 day: 1 }"), IsOk());
  ASSERT_THAT(Demand("draws", "year: 2026 month: 1 day: 25"), IsOk());
  EXPECT_FALSE(Blocked(absl::ZeroDuration(), kDay * 40)) << "it is only proposed";
  ASSERT_THAT(Enact("draws"), IsOk());
  EXPECT_TRUE(Blocked(absl::ZeroDuration(), kDay * 40));
  ASSERT_THAT((Try<Regulation, v1::RepealRegulationRequest>("RepealRegulation", Manager(), "name: 'regulations/draws' reason: 'r'")),
              IsOk());
  EXPECT_FALSE(Blocked(absl::ZeroDuration(), kDay * 40));
  Later(absl::Minutes(2));
  EXPECT_THAT(Cases(), IsEmpty());
}

TEST_F(RegulationTest, SubjectsAreListedAgainWhenEitherSideChanges) {
  Tell("create", Proto<planning::v1::Project>("name: 'projects/spring' title: 'Spring' owner: 'employees/wu' state: STATE_APPROVED "
                                              "start_date { year: 2026 month: 1 day: 5 } end_date { year: 2026 month: 3 day: 1 }"));
  Tell("create", Proto<planning::v1::Scheme>("name: 'projects/spring/schemes/s' state: STATE_APPROVED channels { title: 'Radio' }"));
  TellSale();
  EnactForSales();
  const auto affected = [&] {
    const auto subjects =
        Try<v1::AffectedSubjects, v1::ComputeAffectedSubjectsRequest>("ComputeAffectedSubjects", Analyst(), "name: 'regulations/draws'");
    EXPECT_THAT(subjects, IsOk());
    std::vector<std::string> names;
    for (const auto& subject : subjects->subjects()) names.push_back(absl::StrCat(subject.subject(), " ", subject.open_count()));
    return names;
  };
  EXPECT_THAT(affected(), ElementsAre("activities/sale 1"));
  TellSale("quiz");
  EXPECT_THAT(affected(), IsEmpty());
  EXPECT_EQ(Only().state(), ObligationCase::STATE_DROPPED);
  const auto change = [&](const std::string& applicability) {
    return Try<Regulation, v1::UpdateRegulationRequest>("UpdateRegulation", Specialist(),
                                                        absl::StrCat("regulation { name: 'regulations/draws' applicability { ",
                                                                     applicability, " } } update_mask { paths: 'applicability' }"));
  };
  ASSERT_THAT(change("channels: 'radio'"), IsOk());
  Later(absl::Minutes(2));
  EXPECT_THAT(affected(), ElementsAre("activities/sale 1", "projects/spring 1"));
  EXPECT_THAT(Cases("state = STATE_OPEN"), SizeIs(2));
  ASSERT_THAT(change("markets: 'JP'"), IsOk());
  EXPECT_THAT(affected(), IsEmpty());
  ASSERT_THAT((Try<v1::SubjectScope, v1::CreateSubjectScopeRequest>(
                  "CreateSubjectScope", Specialist(), "subject_scope_id: 's' subject_scope { subject: 'projects/spring' markets: 'jp' }")),
              IsOk());
  EXPECT_THAT((Try<v1::SubjectScope, v1::CreateSubjectScopeRequest>(
                  "CreateSubjectScope", Specialist(), "subject_scope_id: 't' subject_scope { subject: 'projects/spring' markets: 'jp' }")),
              HasReason("SCOPE_TWICE"));
  EXPECT_THAT(affected(), ElementsAre("activities/sale 1", "projects/spring 1"));
  EXPECT_THAT(change(""), HasViolation("regulation.applicability", "APPLICABILITY_MISSING"));
  TellSale("quiz", "STATE_ENDED");
  EXPECT_THAT(affected(), ElementsAre("projects/spring 1"));
}

TEST_F(RegulationTest, WhatLiesAheadIsToldOnceForEachLeadAndIsASignal) {
  TellSale();
  EnactForSales();  // 31 days ahead: 90 is reached
  const std::string name = Only().name();
  EXPECT_EQ(Only().told_lead_days(), 90);
  const auto proposals = [&] {
    const auto listed = Call<v1::ListRiskProposalsResponse>("ListRiskProposals", Analyst(), v1::ListRiskProposalsRequest());
    EXPECT_THAT(listed, IsOk());
    return listed->risk_proposals();
  };
  ASSERT_THAT(proposals(), SizeIs(1));
  EXPECT_EQ(proposals()[0].subject(), "activities/sale");
  EXPECT_EQ(proposals()[0].signal_kind(), v1::SIGNAL_KIND_REGULATION);
  EXPECT_EQ(proposals()[0].worst(), v1::SIGNAL_SEVERITY_LOW);
  Later(kDay * 5);
  Later(absl::Minutes(2));
  EXPECT_EQ(Only().told_lead_days(), 30);
  EXPECT_EQ(proposals()[0].worst(), v1::SIGNAL_SEVERITY_MEDIUM);
  Later(kDay * 26);  // 2026-02-01 in Taipei: six days overdue, and in force
  EXPECT_TRUE(Only().breached());
  EXPECT_GE(Only().overdue_days(), 5);
  EXPECT_EQ(proposals()[0].worst(), v1::SIGNAL_SEVERITY_HIGH);
  EXPECT_EQ(proposals()[0].signal_count(), 3);
  const std::vector<std::string> actions = ActionsOn(name);
  EXPECT_EQ(std::count(actions.begin(), actions.end(), "approach"), 2);
  EXPECT_EQ(std::count(actions.begin(), actions.end(), "breach"), 1);
  EXPECT_EQ((Try<Regulation, v1::GetRegulationRequest>("GetRegulation", Analyst(), "name: 'regulations/draws'"))->state(),
            Regulation::STATE_IN_FORCE);
}

TEST(ForesightOf, OfWhatIsAheadAndTellsNotByItself) {
  const absl::TimeZone zone = service::DefaultTimeZone();
  const absl::Time effective = absl::FromCivil(absl::CivilDay(2026, 5, 1), zone);
  const std::vector<int32_t> leads = {90, 30, 7};
  const auto fact = [&](const std::string& state, int days_ahead, bool demands = false, bool dated = true) {
    return ForesightOf(Proto<Regulation>(absl::StrCat("name: 'regulations/r' title: 'R' state: STATE_", state,
                                                      dated ? " effective_date { year: 2026 month: 5 day: 1 }" : "")),
                       demands, "projects/p", leads, zone, effective - absl::Hours(24) * days_ahead);
  };
  EXPECT_FALSE(fact("PROPOSED", 91).has_value());
  EXPECT_EQ(fact("PROPOSED", 90)->severity(), v1::SIGNAL_SEVERITY_LOW);
  EXPECT_EQ(fact("PROPOSED", 90)->key(), "regulations/r@90@2026-05-01");
  EXPECT_EQ(fact("PROPOSED", 30, true)->severity(), v1::SIGNAL_SEVERITY_LOW) << "what it would demand is listed once it is enacted";
  EXPECT_EQ(fact("PROPOSED", 7)->severity(), v1::SIGNAL_SEVERITY_MEDIUM);
  EXPECT_EQ(fact("ENACTED", 30)->severity(), v1::SIGNAL_SEVERITY_MEDIUM);
  EXPECT_EQ(fact("ENACTED", 7)->severity(), v1::SIGNAL_SEVERITY_HIGH);
  EXPECT_FALSE(fact("ENACTED", 7, true).has_value()) << "its obligations tell";
  EXPECT_FALSE(fact("PROPOSED", 0).has_value()) << "its day is over, and it was not enacted";
  EXPECT_FALSE(fact("REPEALED", 7).has_value());
  EXPECT_FALSE(fact("IN_FORCE", 7).has_value());
  EXPECT_EQ(fact("PROPOSED", 7, false, false)->severity(), v1::SIGNAL_SEVERITY_LOW) << "for no day yet";
  EXPECT_EQ(fact("PROPOSED", 7, false, false)->key(), "regulations/r@proposed");
}

TEST(NextLead, IsTheFirstAfterNow) {
  const absl::Time effective = absl::FromUnixSeconds(86400 * 100);
  const auto next = [&](int day) {
    return (NextLead({90, 7, 30}, effective, absl::FromUnixSeconds(86400 * day)) - absl::UnixEpoch()) / absl::Hours(24);
  };
  EXPECT_EQ(next(0), 10);
  EXPECT_EQ(next(9), 10);
  EXPECT_EQ(next(10), 70) << "that one is reached";
  EXPECT_EQ(next(70), 93);
  EXPECT_EQ(NextLead({90, 7, 30}, effective, absl::FromUnixSeconds(86400 * 93)), absl::InfiniteFuture());
  EXPECT_EQ(NextLead({}, effective, absl::UnixEpoch()), absl::InfiniteFuture());
}

// Also of what nobody has enacted, and of what demands nothing yet.
TEST_F(RegulationTest, WhatIsMerelyProposedIsASignalOnceForEachLead) {
  TellSale();
  TellSale();
  const auto proposals = [&] {
    const auto listed = Call<v1::ListRiskProposalsResponse>("ListRiskProposals", Analyst(), v1::ListRiskProposalsRequest());
    EXPECT_THAT(listed, IsOk());
    return listed->risk_proposals();
  };
  ASSERT_THAT(Register("draws", "applicability { kinds: 'flash-sale' } effective_date { year: 2026 month: 2 day: 1 }"), IsOk());
  ASSERT_THAT(Register("others", "applicability { kinds: 'quiz' } effective_date { year: 2026 month: 2 day: 1 }"), IsOk());
  Later(absl::Minutes(2));
  ASSERT_THAT(proposals(), SizeIs(1)) << "the other one does not bind it";
  EXPECT_EQ(proposals()[0].subject(), "activities/sale");
  EXPECT_EQ(proposals()[0].signal_kind(), v1::SIGNAL_KIND_REGULATION);
  EXPECT_EQ(proposals()[0].worst(), v1::SIGNAL_SEVERITY_LOW);
  EXPECT_EQ(proposals()[0].signal_count(), 1);
  Later(kDay * 5);
  Later(absl::Hours(1));
  EXPECT_EQ(proposals()[0].signal_count(), 2) << "30 days ahead";
  Later(kDay * 20);
  Later(absl::Hours(1));
  EXPECT_EQ(proposals()[0].signal_count(), 3) << "7 days ahead";
  EXPECT_EQ(proposals()[0].worst(), v1::SIGNAL_SEVERITY_MEDIUM) << "it may never come";
  ASSERT_THAT(Enact("draws"), IsOk());
  Later(absl::Hours(1));
  EXPECT_EQ(proposals()[0].signal_count(), 3) << "the same fact";
  EXPECT_EQ(proposals()[0].worst(), v1::SIGNAL_SEVERITY_HIGH) << "and worse, for it comes";
}

// One obligation for each of two regulations, in force from 2026-02-01 and 2026-03-01, of which the sale has seen the end.
TEST_F(RegulationTest, EveryJudgementIsWhatAPlainModelSaysWhateverHasHappened) {
  struct Model {
    bool enacted = false, repealed = false;
    std::string kind = "flash-sale";
    int required = 1, confirmed = 0;
    absl::Time effective;
  };
  const absl::TimeZone zone = service::DefaultTimeZone();
  Model models[2];
  std::string kind = "flash-sale", state = "STATE_READY";
  TellSale(kind, state);
  for (int r = 0; r < 2; ++r) {
    models[r].effective = absl::FromCivil(absl::CivilDay(2026, 2 + r, 1), zone);
    ASSERT_THAT(Register(absl::StrCat("r", r),
                         absl::StrCat("applicability { kinds: 'flash-sale' } effective_date { year: 2026 month: ", 2 + r, " day: 1 }")),
                IsOk());
    ASSERT_THAT(Demand(absl::StrCat("r", r), "year: 2026 month: 1 day: 25"), IsOk());
  }
  const absl::Time end = absl::FromUnixSeconds(1771545600);
  std::mt19937 random(3);
  int blocked = 0;
  for (int step = 0; step < 24; ++step) {
    const auto r = static_cast<int>(random() % 2);
    Model& model = models[r];
    const std::string named = absl::StrCat("name: 'regulations/r", r, "' ");
    switch (random() % 8) {
      case 0:
        TellSale(kind = kind == "quiz" ? "flash-sale" : "quiz", state = random() % 4 == 0 ? "STATE_ENDED" : "STATE_READY");
        break;
      case 1:
        if (!model.enacted || model.repealed || step < 16) break;
        ASSERT_THAT((Try<Regulation, v1::RepealRegulationRequest>("RepealRegulation", Manager(), named + "reason: 'r'")), IsOk());
        model.repealed = true;
        break;
      case 2:
        if (model.repealed) break;
        model.kind = model.kind == "quiz" ? "flash-sale" : "quiz";
        ASSERT_THAT(
            (Try<Regulation, v1::UpdateRegulationRequest>("UpdateRegulation", Specialist(),
                                                          absl::StrCat("regulation { ", named, "applicability { kinds: '", model.kind,
                                                                       "' } } update_mask { paths: 'applicability' }"))),
            IsOk());
        break;
      case 3:
        if (model.repealed) break;
        ASSERT_THAT((Try<Obligation, v1::UpdateObligationRequest>(
                        "UpdateObligation", Specialist(),
                        absl::StrCat("obligation { name: 'regulations/r", r, "/obligations/odds' requirement: 'step ", step,
                                     "' } update_mask { paths: 'requirement' }"))),
                    IsOk());
        ++model.required;
        break;
      case 4:
      case 5: {
        Later(absl::Minutes(2));
        for (const ObligationCase& one : Cases(absl::StrCat("regulation = \"regulations/r", r, "\" AND state = STATE_OPEN"))) {
          ASSERT_THAT(Fulfill(one.name()), IsOk());
          ASSERT_THAT(Confirm(one.name(), Analyst()), IsOk());
          model.confirmed = model.required;
        }
        break;
      }
      default:
        if (model.enacted) break;
        ASSERT_THAT(Enact(absl::StrCat("r", r)), IsOk());
        model.enacted = true;
    }
    for (const auto& [ahead, until] : {std::pair(0, 20), std::pair(0, 40), std::pair(31, 31), std::pair(70, 70)}) {
      const absl::Time at = clock_.Now() + kDay * ahead;
      bool expected = false;
      for (const Model& one : models) {
        const bool binds = one.enacted && !one.repealed && one.kind == kind && state != "STATE_ENDED" && one.confirmed != one.required;
        const bool reached = one.effective <= at || one.effective < clock_.Now() + kDay * until;
        // What is still there after its end lasts.
        const bool meets = one.effective < end || one.effective <= at;
        expected = expected || (binds && reached && meets);
      }
      EXPECT_EQ(Blocked(kDay * ahead, kDay * until), expected) << "step " << step << ", " << ahead << " to " << until;
      blocked += expected ? 1 : 0;
    }
  }
  EXPECT_GT(blocked, 5) << "something of it stands against something";
}

TEST_F(RegulationTest, VersionsKeepWhatWasSaidAndAreComparedByLines) {
  ASSERT_THAT(Register("draws", "applicability { everything: true }"), IsOk());
  EXPECT_THAT(Enact("draws"), HasViolation("effective_date", "EFFECTIVE_DATE_MISSING"));
  const auto changed =
      Try<Regulation, v1::UpdateRegulationRequest>("UpdateRegulation", Specialist(),
                                                   "regulation { name: 'regulations/draws' text: 'One\\nThree\\n' revision_note: 'Another "
                                                   "committee' effective_date { year: 2026 month: 5 day: 1 "
                                                   "} } update_mask { paths: 'text' paths: 'revision_note' paths: 'effective_date' }");
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->version(), 2);
  const auto compare = [&](const std::string& request) {
    return Try<v1::RegulationComparison, v1::CompareRegulationVersionsRequest>("CompareRegulationVersions", Analyst(), request);
  };
  const auto difference = compare("name: 'regulations/draws/versions/0002'");
  ASSERT_THAT(difference, IsOk());
  EXPECT_EQ(difference->earlier(), "regulations/draws/versions/0001");
  EXPECT_EQ(difference->lines_size(), 3);
  EXPECT_EQ(difference->lines(1).text(), "Two");
  EXPECT_EQ(difference->lines(1).kind(), v1::RegulationComparison::Line::KIND_REMOVED);
  EXPECT_TRUE(difference->effective_date_differs());
  EXPECT_FALSE(difference->applicability_differs());
  EXPECT_THAT(compare("name: 'regulations/draws/versions/0001'"), HasReason("NO_EARLIER_VERSION"));
  EXPECT_THAT(compare("name: 'regulations/draws/versions/0001' earlier: 'regulations/other/versions/0001'"),
              HasViolation("earlier", "NOT_OF_THE_REGULATION"));
}

TEST_F(RegulationTest, WhatWasStatedByMistakeGoes) {
  TellSale();
  EnactForSales();
  ASSERT_THAT(Register("other", "applicability { everything: true } effective_date { year: 2026 month: 2 day: 1 }"), IsOk());
  EXPECT_THAT(Demand("other", "year: 2026 month: 2 day: 1"), HasViolation("obligation.due_date", "DUE_TOO_LATE"));
  ASSERT_THAT(Demand("other", "year: 2026 month: 1 day: 31"), IsOk());
  const auto drop = [&](const std::string& id) {
    return Try<google::protobuf::Empty, v1::DeleteRegulationRequest>("DeleteRegulation", Manager(),
                                                                     absl::StrCat("name: 'regulations/", id, "'"))
        .status();
  };
  const auto drop_obligation = [&](const std::string& regulation) {
    return Try<google::protobuf::Empty, v1::DeleteObligationRequest>("DeleteObligation", Manager(),
                                                                     absl::StrCat("name: 'regulations/", regulation, "/obligations/odds'"))
        .status();
  };
  EXPECT_THAT(drop("other"), HasReason("HAS_OBLIGATIONS"));
  EXPECT_THAT(drop_obligation("other"), IsOk());
  EXPECT_THAT(drop("other"), IsOk());
  EXPECT_THAT(drop("draws"), HasReason("REGULATION_ENACTED"));
  ASSERT_THAT(Fulfill(Only().name()), IsOk());
  EXPECT_THAT(drop_obligation("draws"), HasReason("OBLIGATION_USED"));
  ASSERT_THAT((Try<Obligation, v1::RetireObligationRequest>("RetireObligation", Manager(),
                                                            "name: 'regulations/draws/obligations/odds' reason: 'Not for us'")),
              IsOk());
  EXPECT_FALSE(Blocked(absl::ZeroDuration(), kDay * 40));
  Later(absl::Minutes(2));
  EXPECT_EQ(Only().state(), ObligationCase::STATE_DROPPED);
}

}  // namespace
}  // namespace heitie::risk
