#include "services/activity/launch/launch_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "services/activity/launch/examination.h"

namespace heitie::activity {
namespace {

using status::Language;
using test::Proto;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);  // 2026-01-01T00:00:00Z

// Facts that meet everything.
GateFacts Met() {
  GateFacts facts;
  facts.moment = kNow;
  facts.business_day = absl::CivilDay(2026, 1, 1);
  facts.activity = Proto<v1::Activity>(R"pb(
    name: "activities/a"
    project: "projects/p"
    scheme: "projects/p/schemes/s"
    etag: "3"
    state: STATE_READY
    start_time { seconds: 1767225600 }
    end_time { seconds: 1767312000 }
    budget: "budgets/b"
    budget_amount_minor: 500
    bill_of_materials { item: "items/gift" quantity: 10 }
    staff { employee: "employees/li" role: "host" })pb");
  facts.items = {
      Proto<v1::PreparationItem>(R"pb(name: "activities/a/preparationItems/i" title: "Poster" owner: "employees/li" state: STATE_DONE)pb")};
  facts.commitments = {Proto<v1::SupportCommitment>(R"pb(name: "activities/a/supportCommitments/c"
                                                         department: "technology"
                                                         state: STATE_ACCEPTED
                                                         acceptor: "employees/wu")pb")};
  facts.project =
      Proto<planning::v1::Project>(R"pb(name: "projects/p" state: STATE_APPROVED approved_baseline: "projects/p/baselines/1" etag: "7")pb");
  facts.scheme = Proto<planning::v1::Scheme>(R"pb(name: "projects/p/schemes/s" state: STATE_APPROVED etag: "2")pb");
  facts.budget = Proto<resource::v1::Budget>(R"pb(name: "budgets/b"
                                                  state: STATE_APPROVED
                                                  start_date { year: 2026 month: 1 day: 1 }
                                                  end_date { year: 2026 month: 1 day: 31 }
                                                  available_minor: 500
                                                  currency_code: "TWD"
                                                  etag: "4")pb");
  facts.stock = Proto<resource::v1::CheckStockResponse>(R"pb(lines { item: "items/gift" quantity: 10 available: 10 etag: "9" })pb");
  facts.qualification = Proto<personnel::v1::CheckQualificationResponse>(R"pb(qualified: true
                                                                              employees {
                                                                                employee: "employees/li"
                                                                                qualified: true
                                                                                facts { subject: "certificates/x" version: "1" }
                                                                              })pb");
  facts.risks = Proto<risk::v1::SummarizeRisksResponse>(R"pb(risks {
                                                               risk: "risks/r"
                                                               title: "rain"
                                                               blocking: false
                                                               fact { subject: "risks/r" version: "5" statement: "LOW, accepted" }
                                                             })pb");
  return facts;
}

v1::PreconditionVerdict VerdictOn(v1::Precondition precondition, const GateFacts& facts) {
  for (const auto& verdict : Judge(facts, Language::kEnglish)) {
    if (verdict.precondition() == precondition) return verdict;
  }
  ADD_FAILURE() << "no verdict on " << v1::Precondition_Name(precondition);
  return {};
}

struct Case {
  const char* name;
  std::function<void(GateFacts&)> change;
  v1::Precondition precondition;
  v1::Verdict verdict;
  const char* reason;
};

void SetHeld(GateFacts& f, int64_t pre_committed, int64_t committed, int64_t actual) {
  resource::v1::Encumbrance taken;
  taken.set_name("encumbrances/e");
  taken.set_currency_code("TWD");
  taken.set_pre_committed_minor(pre_committed);
  taken.set_committed_minor(committed);
  taken.set_actual_minor(actual);
  f.encumbrance.emplace(taken);
}

void SetReserved(GateFacts& f, const std::string& text) { f.reservation.emplace(Proto<resource::v1::Reservation>(text)); }

const Case kCases[] = {
    {"all met", [](GateFacts&) {}, v1::PRECONDITION_PLAN_APPROVED, v1::VERDICT_MET, ""},
    // PLAN_APPROVED
    {"plan in draft", [](GateFacts& f) { f.project->set_state(planning::v1::Project::STATE_DRAFT); }, v1::PRECONDITION_PLAN_APPROVED,
     v1::VERDICT_UNMET, "PLAN_NOT_APPROVED"},
    {"plan cancelled", [](GateFacts& f) { f.project->set_state(planning::v1::Project::STATE_CANCELLED); }, v1::PRECONDITION_PLAN_APPROVED,
     v1::VERDICT_UNMET, "PLAN_NOT_APPROVED"},
    {"scheme superseded", [](GateFacts& f) { f.scheme->set_state(planning::v1::Scheme::STATE_SUPERSEDED); }, v1::PRECONDITION_PLAN_APPROVED,
     v1::VERDICT_UNMET, "SCHEME_NOT_APPROVED"},
    {"scheme of another project", [](GateFacts& f) { f.activity.set_scheme("projects/p2/schemes/s"); }, v1::PRECONDITION_PLAN_APPROVED,
     v1::VERDICT_UNMET, "SCHEME_OF_OTHER_PROJECT"},
    {"no such project", [](GateFacts& f) { f.project = absl::NotFoundError("projects/p"); }, v1::PRECONDITION_PLAN_APPROVED,
     v1::VERDICT_UNMET, "FACTS_REFUSED"},
    {"planning away", [](GateFacts& f) { f.project = absl::UnavailableError("down"); }, v1::PRECONDITION_PLAN_APPROVED, v1::VERDICT_UNKNOWN,
     "FACTS_UNKNOWN"},
    {"planning slow", [](GateFacts& f) { f.scheme = absl::DeadlineExceededError("slow"); }, v1::PRECONDITION_PLAN_APPROVED,
     v1::VERDICT_UNKNOWN, "FACTS_UNKNOWN"},
    {"planning forbids", [](GateFacts& f) { f.scheme = absl::PermissionDeniedError("no"); }, v1::PRECONDITION_PLAN_APPROVED,
     v1::VERDICT_UNKNOWN, "FACTS_UNKNOWN"},
    // SCHEDULE
    {"at the start", [](GateFacts&) {}, v1::PRECONDITION_SCHEDULE, v1::VERDICT_MET, ""},
    {"before the start", [](GateFacts& f) { f.moment -= absl::Microseconds(1); }, v1::PRECONDITION_SCHEDULE, v1::VERDICT_UNMET,
     "SCHEDULE_NOT_BEGUN"},
    {"just before the end", [](GateFacts& f) { f.moment += absl::Hours(24) - absl::Microseconds(1); }, v1::PRECONDITION_SCHEDULE,
     v1::VERDICT_MET, ""},
    {"at the end", [](GateFacts& f) { f.moment += absl::Hours(24); }, v1::PRECONDITION_SCHEDULE, v1::VERDICT_UNMET, "SCHEDULE_OVER"},
    // BUDGET
    {"just enough money", [](GateFacts&) {}, v1::PRECONDITION_BUDGET, v1::VERDICT_MET, ""},
    {"one cent short", [](GateFacts& f) { f.budget->set_available_minor(499); }, v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET,
     "BUDGET_SHORT"},
    {"budget in draft", [](GateFacts& f) { f.budget->set_state(resource::v1::Budget::STATE_DRAFT); }, v1::PRECONDITION_BUDGET,
     v1::VERDICT_UNMET, "BUDGET_NOT_APPROVED"},
    {"first day of the budget", [](GateFacts& f) { f.budget->mutable_start_date()->set_day(1); }, v1::PRECONDITION_BUDGET, v1::VERDICT_MET,
     ""},
    {"before the budget's period", [](GateFacts& f) { f.budget->mutable_start_date()->set_day(2); }, v1::PRECONDITION_BUDGET,
     v1::VERDICT_UNMET, "OUTSIDE_BUDGET_PERIOD"},
    {"last day of the budget", [](GateFacts& f) { f.business_day = absl::CivilDay(2026, 1, 31); }, v1::PRECONDITION_BUDGET, v1::VERDICT_MET,
     ""},
    {"after the budget's period", [](GateFacts& f) { f.business_day = absl::CivilDay(2026, 2, 1); }, v1::PRECONDITION_BUDGET,
     v1::VERDICT_UNMET, "OUTSIDE_BUDGET_PERIOD"},
    {"taken in time, the budget's period over",
     [](GateFacts& f) {
       f.business_day = absl::CivilDay(2026, 2, 1);
       SetHeld(f, 500, 0, 0);
     },
     v1::PRECONDITION_BUDGET, v1::VERDICT_MET, ""},
    {"no such budget", [](GateFacts& f) { f.budget = absl::NotFoundError("budgets/b"); }, v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET,
     "FACTS_REFUSED"},
    {"budget unknown", [](GateFacts& f) { f.budget = absl::UnavailableError("down"); }, v1::PRECONDITION_BUDGET, v1::VERDICT_UNKNOWN,
     "FACTS_UNKNOWN"},
    {"costs nothing",
     [](GateFacts& f) {
       f.activity.set_budget_amount_minor(0);
       f.budget = absl::UnavailableError("not asked");
     },
     v1::PRECONDITION_BUDGET, v1::VERDICT_MET, ""},
    {"pre-committed by the launch, budget empty",
     [](GateFacts& f) {
       f.budget->set_available_minor(0);
       SetHeld(f, 500, 0, 0);
     },
     v1::PRECONDITION_BUDGET, v1::VERDICT_MET, ""},
    {"pre-commitment expired", [](GateFacts& f) { SetHeld(f, 0, 0, 0); }, v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET,
     "BUDGET_NOT_COMMITTED"},
    {"live, committed and partly spent",
     [](GateFacts& f) {
       f.activity.set_state(v1::Activity::STATE_PAUSED);
       SetHeld(f, 0, 200, 300);
     },
     v1::PRECONDITION_BUDGET, v1::VERDICT_MET, ""},
    {"live, only pre-committed",
     [](GateFacts& f) {
       f.activity.set_state(v1::Activity::STATE_LIVE);
       SetHeld(f, 500, 0, 0);
     },
     v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET, "BUDGET_NOT_COMMITTED"},
    {"live without commitment, budget rich", [](GateFacts& f) { f.activity.set_state(v1::Activity::STATE_PAUSED); },
     v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET, "BUDGET_NOT_COMMITTED"},
    {"commitment unknown", [](GateFacts& f) { f.encumbrance.emplace(absl::UnavailableError("down")); }, v1::PRECONDITION_BUDGET,
     v1::VERDICT_UNKNOWN, "FACTS_UNKNOWN"},
    // MATERIALS
    {"just enough stock", [](GateFacts&) {}, v1::PRECONDITION_MATERIALS, v1::VERDICT_MET, ""},
    {"one gift short", [](GateFacts& f) { f.stock->mutable_lines(0)->set_available(9); }, v1::PRECONDITION_MATERIALS, v1::VERDICT_UNMET,
     "STOCK_SHORT"},
    {"no such item", [](GateFacts& f) { f.stock = absl::InvalidArgumentError("items/gift"); }, v1::PRECONDITION_MATERIALS,
     v1::VERDICT_UNMET, "FACTS_REFUSED"},
    {"stock unknown", [](GateFacts& f) { f.stock = absl::UnavailableError("down"); }, v1::PRECONDITION_MATERIALS, v1::VERDICT_UNKNOWN,
     "FACTS_UNKNOWN"},
    {"needs none",
     [](GateFacts& f) {
       f.activity.clear_bill_of_materials();
       f.stock = absl::UnavailableError("not asked");
     },
     v1::PRECONDITION_MATERIALS, v1::VERDICT_MET, ""},
    {"reserved by the launch, stock empty",
     [](GateFacts& f) {
       f.stock->mutable_lines(0)->set_available(0);
       SetReserved(f, R"pb(name: "reservations/r"
                           state: STATE_HELD
                           lines { item: "items/gift" quantity: 10 })pb");
     },
     v1::PRECONDITION_MATERIALS, v1::VERDICT_MET, ""},
    {"reservation expired",
     [](GateFacts& f) {
       SetReserved(f, R"pb(state: STATE_EXPIRED
                           lines { item: "items/gift" quantity: 10 released_quantity: 10 })pb");
     },
     v1::PRECONDITION_MATERIALS, v1::VERDICT_UNMET, "MATERIALS_NOT_RESERVED"},
    {"reservation lacks the item",
     [](GateFacts& f) {
       SetReserved(f, R"pb(state: STATE_HELD
                           lines { item: "items/cup" quantity: 10 })pb");
     },
     v1::PRECONDITION_MATERIALS, v1::VERDICT_UNMET, "MATERIALS_NOT_RESERVED"},
    {"live, everything issued",
     [](GateFacts& f) {
       f.activity.set_state(v1::Activity::STATE_PAUSED);
       SetReserved(f, R"pb(state: STATE_CLOSED
                           lines { item: "items/gift" quantity: 10 issued_quantity: 10 })pb");
     },
     v1::PRECONDITION_MATERIALS, v1::VERDICT_MET, ""},
    {"live, reservation not confirmed",
     [](GateFacts& f) {
       f.activity.set_state(v1::Activity::STATE_PAUSED);
       SetReserved(f, R"pb(state: STATE_HELD
                           lines { item: "items/gift" quantity: 10 })pb");
     },
     v1::PRECONDITION_MATERIALS, v1::VERDICT_UNMET, "MATERIALS_NOT_RESERVED"},
    {"live without reservation, stock rich", [](GateFacts& f) { f.activity.set_state(v1::Activity::STATE_LIVE); },
     v1::PRECONDITION_MATERIALS, v1::VERDICT_UNMET, "MATERIALS_NOT_RESERVED"},
    {"reservation unknown", [](GateFacts& f) { f.reservation.emplace(absl::UnavailableError("down")); }, v1::PRECONDITION_MATERIALS,
     v1::VERDICT_UNKNOWN, "FACTS_UNKNOWN"},
    // STAFF_QUALIFIED
    {"staff qualified", [](GateFacts&) {}, v1::PRECONDITION_STAFF_QUALIFIED, v1::VERDICT_MET, ""},
    {"nobody", [](GateFacts& f) { f.activity.clear_staff(); }, v1::PRECONDITION_STAFF_QUALIFIED, v1::VERDICT_UNMET, "STAFF_MISSING"},
    {"one unqualified",
     [](GateFacts& f) {
       auto* employee = f.qualification->mutable_employees(0);
       employee->set_qualified(false);
       employee->add_disqualifications()->set_statement("no certificate of courses/safety");
     },
     v1::PRECONDITION_STAFF_QUALIFIED, v1::VERDICT_UNMET, "STAFF_NOT_QUALIFIED"},
    {"one not judged", [](GateFacts& f) { f.activity.add_staff()->set_employee("employees/wu"); }, v1::PRECONDITION_STAFF_QUALIFIED,
     v1::VERDICT_UNMET, "STAFF_NOT_QUALIFIED"},
    {"personnel away", [](GateFacts& f) { f.qualification = absl::UnavailableError("down"); }, v1::PRECONDITION_STAFF_QUALIFIED,
     v1::VERDICT_UNKNOWN, "FACTS_UNKNOWN"},
    // RISKS_SETTLED
    {"harmless risk", [](GateFacts&) {}, v1::PRECONDITION_RISKS_SETTLED, v1::VERDICT_MET, ""},
    {"no risks", [](GateFacts& f) { f.risks->clear_risks(); }, v1::PRECONDITION_RISKS_SETTLED, v1::VERDICT_MET, ""},
    {"blocking risk",
     [](GateFacts& f) {
       f.risks->mutable_risks(0)->set_blocking(true);
       f.risks->mutable_risks(0)->set_blocking_reason(risk::v1::RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED);
     },
     v1::PRECONDITION_RISKS_SETTLED, v1::VERDICT_UNMET, "RISKS_OPEN"},
    {"obligation to come",
     [](GateFacts& f) { *f.risks->add_obligations() = Proto<risk::v1::OpenObligation>("obligation: 'regulations/r/obligations/o'"); },
     v1::PRECONDITION_RISKS_SETTLED, v1::VERDICT_MET, ""},
    {"open obligation",
     [](GateFacts& f) {
       *f.risks->add_obligations() =
           Proto<risk::v1::OpenObligation>("obligation: 'regulations/r/obligations/o' title: 'Show the odds' blocking: true");
     },
     v1::PRECONDITION_RISKS_SETTLED, v1::VERDICT_UNMET, "REGULATION_OBLIGATION_OPEN"},
    {"risk away", [](GateFacts& f) { f.risks = absl::UnavailableError("down"); }, v1::PRECONDITION_RISKS_SETTLED, v1::VERDICT_UNKNOWN,
     "FACTS_UNKNOWN"},
    // PREPARATION_COMPLETE
    {"prepared", [](GateFacts&) {}, v1::PRECONDITION_PREPARATION_COMPLETE, v1::VERDICT_MET, ""},
    {"nothing to prepare", [](GateFacts& f) { f.items.clear(); }, v1::PRECONDITION_PREPARATION_COMPLETE, v1::VERDICT_UNMET,
     "PREPARATION_MISSING"},
    {"one item open", [](GateFacts& f) { f.items[0].set_state(v1::PreparationItem::STATE_OPEN); }, v1::PRECONDITION_PREPARATION_COMPLETE,
     v1::VERDICT_UNMET, "PREPARATION_OPEN"},
    // PAGES_UP
    {"no pages", [](GateFacts&) {}, v1::PRECONDITION_PAGES_UP, v1::VERDICT_MET, ""},
    {"up",
     [](GateFacts& f) {
       f.pages = {{"activities/a/pages/p", "1", PageFact::Kind::kUp}};
     },
     v1::PRECONDITION_PAGES_UP, v1::VERDICT_MET, ""},
    {"unseen",
     [](GateFacts& f) {
       f.pages = {{"activities/a/pages/p", "1", PageFact::Kind::kUp}, {"activities/a/pages/q", "1", PageFact::Kind::kUnknown}};
     },
     v1::PRECONDITION_PAGES_UP, v1::VERDICT_UNKNOWN, "PAGES_UNSEEN"},
    {"down, which is known, whatever else is not",
     [](GateFacts& f) {
       f.pages = {{"activities/a/pages/p", "1", PageFact::Kind::kDown}, {"activities/a/pages/q", "1", PageFact::Kind::kUnknown}};
     },
     v1::PRECONDITION_PAGES_UP, v1::VERDICT_UNMET, "PAGES_DOWN"},
    // INCIDENTS_SETTLED
    {"no incidents", [](GateFacts&) {}, v1::PRECONDITION_INCIDENTS_SETTLED, v1::VERDICT_MET, ""},
    {"unmitigated", [](GateFacts& f) { f.unsettled_incidents = {"activities/a/incidents/i"}; }, v1::PRECONDITION_INCIDENTS_SETTLED,
     v1::VERDICT_UNMET, "INCIDENTS_UNSETTLED"},
    // SUPPORT_ACCEPTED
    {"accepted", [](GateFacts&) {}, v1::PRECONDITION_SUPPORT_ACCEPTED, v1::VERDICT_MET, ""},
    {"no support asked for", [](GateFacts& f) { f.commitments.clear(); }, v1::PRECONDITION_SUPPORT_ACCEPTED, v1::VERDICT_MET, ""},
    {"not answered", [](GateFacts& f) { f.commitments[0].set_state(v1::SupportCommitment::STATE_REQUESTED); },
     v1::PRECONDITION_SUPPORT_ACCEPTED, v1::VERDICT_UNMET, "SUPPORT_NOT_ACCEPTED"},
    {"declined", [](GateFacts& f) { f.commitments[0].set_state(v1::SupportCommitment::STATE_DECLINED); }, v1::PRECONDITION_SUPPORT_ACCEPTED,
     v1::VERDICT_UNMET, "SUPPORT_NOT_ACCEPTED"},
};

class GateCases : public ::testing::TestWithParam<Case> {};

// Each case changes one precondition and no other.
TEST_P(GateCases, JudgesOnePrecondition) {
  GateFacts facts = Met();
  GetParam().change(facts);
  const v1::PreconditionVerdict verdict = VerdictOn(GetParam().precondition, facts);
  EXPECT_EQ(verdict.verdict(), GetParam().verdict) << verdict.DebugString();
  EXPECT_EQ(verdict.reason(), GetParam().reason);
  EXPECT_EQ(verdict.sentence().empty(), verdict.verdict() == v1::VERDICT_MET);
  EXPECT_THAT(verdict.sentence(), ::testing::Not(::testing::HasSubstr("{"))) << "an argument of the sentence is missing";
}

INSTANTIATE_TEST_SUITE_P(All, GateCases, ::testing::ValuesIn(kCases), [](const auto& info) {
  std::string name = info.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name + "_" + std::to_string(info.index);
});

v1::Waiver WaiverOf(v1::Precondition precondition, absl::Time expire) {
  v1::Waiver waiver;
  waiver.set_name("activities/a/waivers/w");
  waiver.set_precondition(precondition);
  waiver.set_author("employees/chen");
  waiver.set_reason("the poster comes by courier");
  *waiver.mutable_expire_time() = time::ToTimestamp(expire);
  return waiver;
}

TEST(LaunchGate, GivesOneVerdictForEachPreconditionInOrder) {
  const auto verdicts = Judge(Met(), Language::kEnglish);
  ASSERT_EQ(static_cast<int>(verdicts.size()), v1::Precondition_MAX);
  for (size_t i = 0; i < verdicts.size(); ++i) EXPECT_EQ(verdicts[i].precondition(), static_cast<int>(i) + 1);
  EXPECT_TRUE(IsOpen(verdicts));
}

TEST(LaunchGate, FactsCarryTheVersionsThatWereSeen) {
  const auto plan = VerdictOn(v1::PRECONDITION_PLAN_APPROVED, Met());
  ASSERT_EQ(plan.facts_size(), 2);
  EXPECT_EQ(plan.facts(0).subject(), "projects/p");
  EXPECT_EQ(plan.facts(0).version(), "7");
  EXPECT_EQ(plan.facts(0).statement(), "APPROVED as in projects/p/baselines/1");
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_MATERIALS, Met()).facts(0).statement(), "available 10, needed 10");
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_RISKS_SETTLED, Met()).facts(0).version(), "5");
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_STAFF_QUALIFIED, Met()).facts(0).subject(), "certificates/x");
}

// That a restricted risk stands against it, and not which.
TEST(LaunchGate, ARestrictedRiskIsNotNamed) {
  GateFacts facts = Met();
  auto& risk = *facts.risks->mutable_risks(0);
  risk.set_risk("risks/leak");
  risk.set_title("a restricted risk");
  risk.set_restricted(true);
  risk.set_blocking(true);
  risk.set_blocking_reason(risk::v1::RiskSummary::BLOCKING_HIGH_UNTREATED);
  risk.mutable_fact()->set_subject("activities/a");
  const v1::PreconditionVerdict verdict = VerdictOn(v1::PRECONDITION_RISKS_SETTLED, facts);
  EXPECT_EQ(verdict.verdict(), v1::VERDICT_UNMET);
  EXPECT_THAT(verdict.ShortDebugString(), ::testing::HasSubstr("a restricted risk (HIGH_UNTREATED)"));
  EXPECT_THAT(verdict.ShortDebugString(), ::testing::Not(::testing::HasSubstr("leak")));
  const v1::LaunchGateExamination examination = ExaminationOf(facts);
  EXPECT_EQ(examination.risks_size(), 1);
  EXPECT_THAT(examination.ShortDebugString(), ::testing::Not(::testing::HasSubstr("leak")));
}

TEST(LaunchGate, AWaiverCoversAnUnmetPreconditionUntilItExpires) {
  GateFacts facts = Met();
  facts.items[0].set_state(v1::PreparationItem::STATE_OPEN);
  facts.waivers = {WaiverOf(v1::PRECONDITION_PREPARATION_COMPLETE, kNow + absl::Minutes(1))};
  const auto waived = VerdictOn(v1::PRECONDITION_PREPARATION_COMPLETE, facts);
  EXPECT_EQ(waived.verdict(), v1::VERDICT_WAIVED);
  EXPECT_EQ(waived.waiver(), "activities/a/waivers/w");
  EXPECT_EQ(waived.reason(), "PREPARATION_OPEN");
  EXPECT_THAT(waived.facts(waived.facts_size() - 1).statement(),
              ::testing::AllOf(::testing::HasSubstr("employees/chen"), ::testing::HasSubstr("courier")));
  EXPECT_TRUE(IsOpen(Judge(facts, Language::kEnglish)));

  facts.moment = kNow + absl::Minutes(1);
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_PREPARATION_COMPLETE, facts).verdict(), v1::VERDICT_UNMET);
}

TEST(LaunchGate, AWaiverCoversNothingElse) {
  GateFacts facts = Met();
  facts.items[0].set_state(v1::PreparationItem::STATE_OPEN);
  facts.waivers = {WaiverOf(v1::PRECONDITION_BUDGET, kNow + absl::Hours(1))};
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_PREPARATION_COMPLETE, facts).verdict(), v1::VERDICT_UNMET);
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_BUDGET, facts).verdict(), v1::VERDICT_MET) << "what is met needs no waiver";
}

TEST(LaunchGate, ARevokedWaiverCoversNothing) {
  GateFacts facts = Met();
  facts.items.clear();
  facts.waivers = {WaiverOf(v1::PRECONDITION_PREPARATION_COMPLETE, kNow + absl::Hours(1))};
  *facts.waivers[0].mutable_revoke_time() = time::ToTimestamp(kNow);
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_PREPARATION_COMPLETE, facts).verdict(), v1::VERDICT_UNMET);
}

TEST(LaunchGate, NoWaiverOpensWhatIsUnknown) {
  GateFacts facts = Met();
  facts.risks = absl::UnavailableError("down");
  facts.waivers = {WaiverOf(v1::PRECONDITION_RISKS_SETTLED, kNow + absl::Hours(1))};
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_RISKS_SETTLED, facts).verdict(), v1::VERDICT_UNKNOWN);
  EXPECT_FALSE(IsOpen(Judge(facts, Language::kEnglish)));
}

TEST(LaunchGate, FactsThatWereNeverAskedForAreUnknown) {
  GateFacts facts = Met();
  facts.risks = GateFacts().risks;
  facts.stock = GateFacts().stock;
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_RISKS_SETTLED, facts).verdict(), v1::VERDICT_UNKNOWN);
  EXPECT_EQ(VerdictOn(v1::PRECONDITION_MATERIALS, facts).verdict(), v1::VERDICT_UNKNOWN);
}

TEST(LaunchGate, ARefusalListsExactlyWhatClosesTheGate) {
  GateFacts facts = Met();
  facts.stock->mutable_lines(0)->set_available(9);
  facts.risks = absl::UnavailableError("down");
  facts.items.clear();
  facts.waivers = {WaiverOf(v1::PRECONDITION_PREPARATION_COMPLETE, kNow + absl::Hours(1))};
  const auto verdicts = Judge(facts, Language::kEnglish);
  const absl::Status refusal = Refusal("activities/a", verdicts);
  EXPECT_EQ(refusal.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status::ReasonOf(refusal), "LAUNCH_GATE_CLOSED");
  EXPECT_EQ(refusal.message(), "activities/a may not be live: MATERIALS, RISKS_SETTLED.");
  EXPECT_EQ(Explain("activities/a", verdicts),
            "activities/a may not be live: MATERIALS, RISKS_SETTLED. Stock is short (available/needed): items/gift (9/10). "
            "The risk service could not be asked: down");
}

TEST(LaunchGate, SentencesComeInTheLanguageOfTheCaller) {
  GateFacts facts = Met();
  facts.activity.clear_staff();
  EXPECT_EQ(Judge(facts, Language::kTraditionalChinese)[4].sentence(), "activities/a 沒有工作人員。");
  EXPECT_EQ(Judge(facts, Language::kSimplifiedChinese)[4].sentence(), "activities/a 没有工作人员。");
  EXPECT_EQ(Judge(facts, Language::kSimplifiedChinese)[4].facts(0).statement(), "没有工作人员");
}

// What stands in a sentence is worded in its language, also when the verdict was stored meanwhile.
TEST(LaunchGate, ListsAndCausesComeInTheLanguageOfTheSentence) {
  GateFacts facts = Met();
  auto& employee = *facts.qualification->mutable_employees(0);
  employee.set_qualified(false);
  auto& missing = *employee.add_disqualifications();
  missing.set_reason(personnel::v1::Disqualification::REASON_MISSING_CERTIFICATE);
  missing.set_course("courses/c");
  auto& inactive = *employee.add_disqualifications();
  inactive.set_reason(personnel::v1::Disqualification::REASON_NOT_ACTIVE);
  *inactive.mutable_date() = time::ToDate(absl::CivilDay(2026, 3, 1));
  facts.stock->mutable_lines(0)->set_available(9);
  facts.risks = status::FromProto(status::ToProto(status::NotFound("activities/a"), Language::kTraditionalChinese));
  const std::string name = employee.employee();
  EXPECT_EQ(Judge(facts, Language::kEnglish)[4].sentence(),
            absl::StrCat("Not qualified on the days of the activity: ", name, " (no certificate of courses/c, not active on 2026-03-01)."));
  const auto verdicts = Judge(facts, Language::kTraditionalChinese);
  const std::string unqualified = absl::StrCat("活動期間不具資格：", name, "（沒有 courses/c 的證書、2026-03-01 不在崗）。");
  EXPECT_EQ(verdicts[4].sentence(), unqualified);
  EXPECT_EQ(verdicts[3].sentence(), "庫存不足（可用/需要）：items/gift (9/10)。");
  EXPECT_EQ(verdicts[5].sentence(), "risk 服務拒絕：activities/a 不存在。");

  google::rpc::PreconditionFailure failure;
  const auto stored = std::vector<v1::PreconditionVerdict>{verdicts[3], verdicts[4], verdicts[5]};
  const google::rpc::Status proto = status::ToProto(Refusal("activities/a", stored), Language::kTraditionalChinese);
  for (const auto& detail : proto.details()) detail.UnpackTo(&failure);
  ASSERT_EQ(failure.violations_size(), 3);
  EXPECT_EQ(failure.violations(1).description(), unqualified);
  EXPECT_EQ(failure.violations(2).description(), "risk 服務拒絕：activities/a 不存在。");
  EXPECT_THAT(Explain("activities/a", stored), ::testing::HasSubstr("The risk service refused: activities/a does not exist."));
}

TEST(LaunchGate, MoneyIsWrittenForPeopleAndAnIntegerForMachines) {
  GateFacts facts = Met();
  facts.activity.set_budget_amount_minor(123450);
  auto verdict = VerdictOn(v1::PRECONDITION_BUDGET, facts);
  EXPECT_EQ(verdict.sentence(), "budgets/b: TWD 5.00 is available, TWD 1,234.50 is needed.");
  EXPECT_EQ(verdict.facts(0).statement(), "available TWD 5.00, needed TWD 1,234.50");
  EXPECT_EQ(verdict.arguments().at("available"), "500");
  EXPECT_EQ(verdict.arguments().at("asked"), "123450");
  EXPECT_EQ(verdict.arguments().at("currency"), "TWD");
  EXPECT_THAT(Judge(facts, Language::kSimplifiedChinese)[2].sentence(), "budgets/b：可用 TWD 5.00，需要 TWD 1,234.50。");
  EXPECT_THAT(Explain("activities/a", {verdict}), ::testing::HasSubstr("TWD 1,234.50 is needed."));

  SetHeld(facts, 0, 200, 300);
  verdict = VerdictOn(v1::PRECONDITION_BUDGET, facts);
  EXPECT_EQ(verdict.sentence(), "The TWD 1,234.50 that activities/a needs is not committed.");
  EXPECT_EQ(verdict.facts(0).statement(), "holds TWD 5.00, needed TWD 1,234.50");
  EXPECT_EQ(Judge(facts, Language::kTraditionalChinese)[2].sentence(), "activities/a 所需的 TWD 1,234.50 尚未承付。");
}

TEST(LaunchGate, PreparationIsJudgedWithoutOtherServices) {
  GateFacts facts = Met();
  facts.project = absl::UnavailableError("down");
  EXPECT_TRUE(IsOpen(JudgePreparation(facts, Language::kEnglish)));
  facts.commitments[0].set_state(v1::SupportCommitment::STATE_REQUESTED);
  EXPECT_FALSE(IsOpen(JudgePreparation(facts, Language::kEnglish)));
}

}  // namespace
}  // namespace heitie::activity
