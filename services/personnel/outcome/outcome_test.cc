// What follows from closed cycles, beside a real resource service whose calls can be troubled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/seal/person_keys.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/appraisal_objection.pb.h"
#include "heitie/personnel/v1/improvement_plan.pb.h"
#include "heitie/personnel/v1/outcome.pb.h"
#include "heitie/personnel/v1/outcome_policy.pb.h"
#include "heitie/personnel/v1/outcome_release.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/personnel/v1/performance_interview.pb.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/appraisal/correction.h"
#include "services/personnel/outcome/promotion_mark.h"
#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using v1::Appraisal;
using v1::AppraisalAdjustment;
using v1::AppraisalCycle;
using v1::Outcome;
using v1::OutcomeRelease;

constexpr char kYear[] = "appraisalCycles/2025-year-operations";
constexpr char kRelease[] = "outcomeReleases/2025-year-operations";

// Bases of 6,000.00 a year; S half as much again, A as it is, B nothing, D an interview and a plan.
constexpr char kByBase[] =
    "currency_code: 'TWD' year { bonus_mode: BONUS_MODE_BASE base_source: BASE_SOURCE_STATED base_minor: 600000 "
    "rules { grade: 'S' coefficient: 15000 promotion: true certificate: true } rules { grade: 'A' coefficient: 10000 promotion: true } "
    "rules { grade: 'D' interview: true improvement_plan: true } }";
constexpr char kByPool[] =
    "currency_code: 'TWD' year { bonus_mode: BONUS_MODE_POOL pools { department: 'operations' amount_minor: 1000000 } "
    "rules { grade: 'S' coefficient: 15000 } rules { grade: 'A' coefficient: 10000 } rules { grade: 'B' coefficient: 9000 } }";

struct Result {
  std::string id;
  std::string grade;
  int points = 0;
  int months = 12;
};

class OutcomeTest : public RecruitmentTest {
 protected:
  // boss manages and leads ann, bob, cid and dan; wu manages as well.
  void HavePeople() {
    HavePosition("host");
    ASSERT_THAT(
        Call<v1::Position>("CreatePosition", Manager(),
                           Proto<v1::CreatePositionRequest>(
                               "position_id: 'lead' position { title: 'Lead' responsibilities: 'l' roles: ROLE_OPERATIONS_MANAGER }")),
        IsOk());
    HaveEmployee("boss", "positions/lead");
    HaveEmployee("wu", "positions/lead");
    for (const char* id : {"ann", "bob", "cid", "dan"}) HaveEmployee(id, "positions/host", "employees/boss");
  }
  rpc::Call Of(const std::string& id, rpc::Role role = options::v1::ROLE_OPERATIONS_SPECIALIST) const {
    return test::By("employees/" + id, {role}, clock_.Now());
  }
  rpc::Call Boss() const { return Of("boss", options::v1::ROLE_OPERATIONS_MANAGER); }
  rpc::Call Wu() const { return Of("wu", options::v1::ROLE_OPERATIONS_MANAGER); }

  void HaveRules(const std::string& rules) {
    ASSERT_THAT(Call<v1::OutcomePolicy>(
                    "CreateOutcomePolicy", Manager(),
                    Proto<v1::CreateOutcomePolicyRequest>(absl::StrCat(
                        "outcome_policy_id: 'ours' outcome_policy { reason: 'ours' release_days: 7 bonus_days: 30 handling_days: 20 "
                        "interview_days: 10 plan_days: 40 eligibility_months: 6 certificate_text: 'Well done' ",
                        rules, " }"))),
                IsOk());
    ASSERT_THAT((Do<v1::OutcomePolicy, v1::PublishOutcomePolicyRequest>("PublishOutcomePolicy", "outcomePolicies/ours", Manager())),
                IsOk());
    clock_.Advance(absl::Seconds(1));
  }
  // As closing leaves it.
  void HaveYear(const std::vector<Result>& results, AppraisalCycle::State state = AppraisalCycle::STATE_CLOSED) {
    const absl::Status written = store_.Write(Manager(), [&](record::Transaction& tx) -> absl::Status {
      record::Kind<AppraisalCycle> cycles(store_, &AppraisalCycleMachine());
      record::Kind<Appraisal> sheets(store_, &AppraisalMachine());
      AppraisalCycle cycle = Proto<AppraisalCycle>(
          absl::StrCat("name: '", kYear,
                       "' department: 'operations' policy: 'appraisalPolicies/default' period: PERIOD_YEAR month { year: 2025 month: 1 "
                       "day: 1 }"));
      cycle.set_state(state);
      for (auto* time : {cycle.mutable_review_due_time(), cycle.mutable_rating_due_time(), cycle.mutable_due_time()})
        *time = time::ToTimestamp(tx.call.now);
      if (state == AppraisalCycle::STATE_CLOSED) *cycle.mutable_close_time() = time::ToTimestamp(tx.call.now);
      RETURN_IF_ERROR(cycles.Insert(tx, cycle));
      for (const Result& result : results) {
        Appraisal sheet = Proto<Appraisal>(absl::StrCat(
            "name: '", kYear, "/appraisals/", result.id, "' employee: 'employees/", result.id,
            "' month { year: 2025 month: 1 day: 1 } state: STATE_CLOSED outcome: OUTCOME_SCORED spans { position: 'positions/host' }"));
        *sheet.mutable_due_time() = time::ToTimestamp(tx.call.now);
        if (result.points > 0) sheet.set_points(result.points);
        sheet.set_grade(result.grade);
        sheet.set_score_grade(result.grade);
        for (int month = 0; month < 12; ++month) {
          auto& of = *sheet.add_months();
          if (month < result.months) of.set_points(result.points);
        }
        RETURN_IF_ERROR(sheets.Insert(tx, sheet));
      }
      return absl::OkStatus();
    });
    ASSERT_THAT(written, IsOk());
  }
  // Approved by two people, as DecideAppraisalAdjustment does.
  void Adjust(const std::string& id, int points, const std::string& adjustment = "one") {
    const std::string sheet = absl::StrCat(kYear, "/appraisals/", id);
    ASSERT_THAT(Call<AppraisalAdjustment>("CreateAppraisalAdjustment", Manager(),
                                          Proto<v1::CreateAppraisalAdjustmentRequest>(
                                              absl::StrCat("parent: '", sheet, "' appraisal_adjustment_id: '", adjustment,
                                                           "' appraisal_adjustment { new_points: ", points, " reason: 'counted wrong' }"))),
                IsOk());
    ASSERT_THAT(Call<AppraisalAdjustment>("DecideAppraisalAdjustment", Boss(),
                                          Proto<v1::DecideAppraisalAdjustmentRequest>(absl::StrCat(
                                              "name: '", sheet, "/adjustments/", adjustment, "' approved: true reason: 'so it is'"))),
                IsOk());
    clock_.Advance(absl::Seconds(1));
  }

  absl::StatusOr<OutcomeRelease> Prepare() {
    return Call<OutcomeRelease>("PrepareOutcomeRelease", Manager(),
                                Proto<v1::PrepareOutcomeReleaseRequest>(absl::StrCat("cycle: '", kYear, "'")));
  }
  absl::StatusOr<OutcomeRelease> Propose(const std::string& budget = "budgets/people") {
    return Call<OutcomeRelease>("ProposeOutcomeRelease", Manager(),
                                Proto<v1::ProposeOutcomeReleaseRequest>(absl::StrCat("name: '", kRelease, "' budget: '", budget, "'")));
  }
  absl::StatusOr<OutcomeRelease> ApproveRelease(const rpc::Call& call, const std::string& request_id = "") {
    return Do<OutcomeRelease, v1::ApproveOutcomeReleaseRequest>("ApproveOutcomeRelease", kRelease, call, request_id);
  }
  absl::StatusOr<OutcomeRelease> PayAll(const rpc::Call& call) {
    return Do<OutcomeRelease, v1::PayOutcomeReleaseRequest>("PayOutcomeRelease", kRelease, call);
  }
  OutcomeRelease Current(const rpc::Call& call) {
    const auto release = Do<OutcomeRelease, v1::GetOutcomeReleaseRequest>("GetOutcomeRelease", kRelease, call);
    EXPECT_THAT(release, IsOk());
    return release.ok() ? *release : OutcomeRelease();
  }
  OutcomeRelease Current() { return Current(Manager()); }
  std::vector<Outcome> Outcomes(const rpc::Call& call) {
    v1::ListOutcomesRequest request;
    request.set_parent(kRelease);
    const auto list = Call<v1::ListOutcomesResponse>("ListOutcomes", call, request);
    EXPECT_THAT(list, IsOk());
    if (!list.ok()) return {};
    return {list->outcomes().begin(), list->outcomes().end()};
  }
  Outcome Of(const std::string& id, Outcome::Kind kind) {
    for (const Outcome& outcome : Outcomes(Manager())) {
      if (outcome.employee() == "employees/" + id && outcome.kind() == kind) return outcome;
    }
    ADD_FAILURE() << id << " has no " << Outcome::Kind_Name(kind);
    return Outcome();
  }
  // "ann" → amount, of bonuses and differences in the order of their kinds.
  std::map<std::string, std::vector<int64_t>> Amounts() {
    std::map<std::string, std::vector<int64_t>> amounts;
    for (const Outcome::Kind kind : {Outcome::KIND_BONUS, Outcome::KIND_BONUS_DIFFERENCE}) {
      for (const Outcome& outcome : Outcomes(Manager())) {
        if (outcome.kind() == kind) amounts[record::IdOf(outcome.employee())].push_back(outcome.amount_minor());
      }
    }
    return amounts;
  }
  std::vector<std::string> StepsOf(const std::string& id, rpc::Role role) {
    const auto steps = Call<v1::FindMyStepsResponse>("FindMySteps", Of(id, role), v1::FindMyStepsRequest());
    EXPECT_THAT(steps, IsOk());
    std::vector<std::string> waiting;
    if (!steps.ok()) return waiting;
    for (const v1::MyStep& mine : steps->steps()) waiting.push_back(mine.step().action());
    return waiting;
  }
  // S, A and D, by bases, proposed. 9,000.00 and 3,500.00.
  void HaveProposal(int64_t budget = 10'000'000) {
    HavePeople();
    HaveBudget(budget);
    HaveRules(kByBase);
    HaveYear({{"ann", "S", 9200, 12}, {"bob", "A", 8100, 7}, {"cid", "B", 7000, 12}, {"dan", "D", 4000, 12}});
    ASSERT_THAT(Prepare(), IsOk());
    ASSERT_THAT(Propose(), IsOk());
  }
  void HaveReleased() {
    HaveProposal();
    const auto released = ApproveRelease(Boss());
    ASSERT_THAT(released, IsOk());
    ASSERT_EQ(released->state(), OutcomeRelease::STATE_RELEASED) << released->DebugString();
  }
};

TEST_F(OutcomeTest, AreReleasedTogetherOnceTheMoneyIsCommitted) {
  HaveProposal();
  const OutcomeRelease proposed = Current();
  EXPECT_EQ(proposed.total_minor(), 1'250'000);
  EXPECT_EQ(proposed.people(), 3);
  EXPECT_EQ(proposed.outcome_count(), 7);
  EXPECT_EQ(proposed.policy(), "outcomePolicies/ours");
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0)) << "a proposal takes nothing";
  EXPECT_THAT(Outcomes(Of("ann")), IsEmpty()) << "not yet";
  EXPECT_THAT(Outcomes(Boss()), SizeIs(7));

  const auto released = ApproveRelease(Boss());
  ASSERT_THAT(released, IsOk());
  EXPECT_EQ(released->state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_EQ(released->approver(), "employees/boss");
  EXPECT_THAT(Money(), ElementsAre(0, 1'250'000, 0));
  EXPECT_THAT(Amounts(), UnorderedElementsAre(Pair("ann", ElementsAre(900'000)), Pair("bob", ElementsAre(350'000))));
  for (const Outcome& outcome : Outcomes(Manager())) {
    EXPECT_EQ(outcome.state(), Outcome::STATE_RELEASED);
    EXPECT_EQ(outcome.hidden_from(), "");
    EXPECT_FALSE(outcome.owner().empty()) << outcome.DebugString();
    EXPECT_TRUE(outcome.has_due_date()) << outcome.DebugString();
    EXPECT_EQ(outcome.release_time().seconds(), released->release_time().seconds());
  }
  EXPECT_EQ(time::ToDay(Of("ann", Outcome::KIND_BONUS).due_date()), absl::CivilDay(2026, 1, 31));
  EXPECT_EQ(Of("ann", Outcome::KIND_BONUS).base(), "600000");
  EXPECT_EQ(Of("ann", Outcome::KIND_CERTIFICATE).certificate_number(), "2025-year-operations-001");
  EXPECT_EQ(Of("bob", Outcome::KIND_PROMOTION_ELIGIBILITY).owner(), "employees/boss");
  EXPECT_EQ(time::ToDay(Of("bob", Outcome::KIND_PROMOTION_ELIGIBILITY).valid_until()), absl::CivilDay(2026, 7, 1));
  // Each sees what is theirs and nothing else.
  EXPECT_THAT(Outcomes(Of("ann")), SizeIs(3));
  EXPECT_THAT(Outcomes(Of("bob")), SizeIs(2));
  EXPECT_THAT(Outcomes(Of("cid")), IsEmpty());
  EXPECT_THAT(Outcomes(Of("engineer", options::v1::ROLE_PLATFORM_ENGINEER)), IsEmpty());
  EXPECT_THAT(Outcomes(Boss()), SizeIs(7));
  const OutcomeRelease seen = Current(Of("engineer", options::v1::ROLE_PLATFORM_ENGINEER));
  EXPECT_EQ(seen.people(), 3);
  EXPECT_EQ(seen.total_minor(), 0);
  EXPECT_THAT(seen.money_steps(), IsEmpty());

  EXPECT_THAT(PayAll(Of("ann", options::v1::ROLE_OPERATIONS_MANAGER)), HasReason("OWN_OUTCOME"));
  const auto paid = PayAll(Wu());
  ASSERT_THAT(paid, IsOk());
  EXPECT_EQ(paid->state(), OutcomeRelease::STATE_PAID);
  EXPECT_THAT(Money(), ElementsAre(0, 0, 1'250'000));
  EXPECT_EQ(Of("ann", Outcome::KIND_BONUS).state(), Outcome::STATE_SETTLED);
  EXPECT_EQ(Of("ann", Outcome::KIND_BONUS).finisher(), "employees/wu");
  EXPECT_EQ(Of("ann", Outcome::KIND_CERTIFICATE).state(), Outcome::STATE_RELEASED);
  EXPECT_THAT(PayAll(Wu()), HasReason("ILLEGAL_TRANSITION"));
  ExpectSoundLedgers();
}

TEST_F(OutcomeTest, ShortMoneyReleasesNobodyAndSaysByHowMuch) {
  HaveProposal(1'000'000);
  const auto waiting = ApproveRelease(Boss());
  ASSERT_THAT(waiting, IsOk());
  EXPECT_EQ(waiting->state(), OutcomeRelease::STATE_WAITING_FOR_MONEY);
  EXPECT_EQ(waiting->shortage_minor(), 250'000);
  EXPECT_EQ(waiting->state_reason(), "BUDGET_SHORT");
  for (const Outcome& outcome : Outcomes(Manager())) EXPECT_EQ(outcome.state(), Outcome::STATE_PREPARED);
  EXPECT_THAT(Outcomes(Of("ann")), IsEmpty());
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  for (int i = 0; i < 3; ++i) RunJobs(absl::Minutes(20));
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_WAITING_FOR_MONEY);
  EXPECT_THAT(Current().money_steps(), SizeIs(1)) << "attempts without effect are not kept";
  const auto again = Do<OutcomeRelease, v1::RetryOutcomeReleaseRequest>("RetryOutcomeRelease", kRelease, Manager());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->shortage_minor(), 250'000);
  EXPECT_THAT(StepsOf("manager", options::v1::ROLE_OPERATIONS_MANAGER), Contains("provide_money"));

  // The money comes; the job finds it.
  auto other = Proto<resource::v1::CreateBudgetRequest>(
      "budget_id: 'spare' budget { display_name: 'Spare' cost_center: 'operations' currency_code: 'TWD' requested_minor: 300000 start_date "
      "{ year: 2025 month: 1 day: 1 } end_date { year: 2026 month: 12 day: 31 } }");
  ASSERT_THAT(resource_.rpc().Invoke<resource::v1::Budget>("CreateBudget", Specialist(), other), IsOk());
  resource::v1::ApproveBudgetRequest approve;
  approve.set_name("budgets/spare");
  ASSERT_THAT(resource_.rpc().Invoke<resource::v1::Budget>("ApproveBudget", Manager(), approve), IsOk());
  ASSERT_THAT(resource_.rpc().Invoke<resource::v1::TransferBudgetResponse>(
                  "TransferBudget", Manager(),
                  Proto<resource::v1::TransferBudgetRequest>(
                      "name: 'budgets/spare' target: 'budgets/people' amount_minor: 250000 reason: 'bonuses'")),
              IsOk());
  RunJobs(absl::Minutes(20));
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_EQ(Current().shortage_minor(), 0);
  EXPECT_THAT(Money(), ElementsAre(0, 1'250'000, 0));
  EXPECT_THAT(Outcomes(Of("ann")), SizeIs(3));
  ExpectSoundLedgers();
}

// The process dies before or after resource has acted, with its own step not noted: what was begun is finished, and nothing is done twice.
TEST_F(OutcomeTest, DeathAtAnyCallReleasesAndPaysOnce) {
  HaveProposal();
  bool first = true;
  for (const char* call : {"CreateEncumbrance", "CommitEncumbrance"}) {
    for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
      trouble_ = [&](const std::string& method, Moment at) -> absl::Status {
        if (method == call && at == moment) throw Death();
        return absl::OkStatus();
      };
      if (first) {
        EXPECT_THROW(ApproveRelease(Boss(), "once").IgnoreError(), Death);
        first = false;
      } else {
        // The first answer stands, and what is due is taken on.
        EXPECT_THROW(ApproveRelease(Boss(), "once").IgnoreError(), Death);
      }
      EXPECT_EQ(Current().state(), OutcomeRelease::STATE_WAITING_FOR_MONEY) << call;
      for (const Outcome& outcome : Outcomes(Manager())) EXPECT_EQ(outcome.state(), Outcome::STATE_PREPARED);
      EXPECT_THAT((Do<OutcomeRelease, v1::RetryOutcomeReleaseRequest>("RetryOutcomeRelease", kRelease, Manager())),
                  HasReason("MONEY_UNDER_WAY"));
      EXPECT_THAT((Do<OutcomeRelease, v1::WithdrawOutcomeReleaseRequest>("WithdrawOutcomeRelease", kRelease, Manager())),
                  HasReason("MONEY_UNDER_WAY"));
    }
  }
  trouble_ = nullptr;
  RunJobs();
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_THAT(Money(), ElementsAre(0, 1'250'000, 0));
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    trouble_ = [&](const std::string& method, Moment at) -> absl::Status {
      if (method == "RecordActual" && at == moment) throw Death();
      return absl::OkStatus();
    };
    if (moment == Moment::kBefore) {
      EXPECT_THROW(PayAll(Wu()).IgnoreError(), Death);
    } else {
      EXPECT_THAT(PayAll(Wu()), HasReason("MONEY_UNDER_WAY"));
    }
    EXPECT_EQ(Current().state(), OutcomeRelease::STATE_RELEASED);
  }
  trouble_ = nullptr;
  RunJobs();
  for (int i = 0; i < 3; ++i) RunJobs(absl::Minutes(20));
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_PAID);
  EXPECT_THAT(Money(), ElementsAre(0, 0, 1'250'000));
  EXPECT_THAT(ApproveRelease(Boss(), "once"), IsOk());
  EXPECT_THAT(Money(), ElementsAre(0, 0, 1'250'000));
  ExpectSoundLedgers();
}

TEST_F(OutcomeTest, ManyWhoApproveAtOnceReleaseOnce) {
  HaveProposal();
  const auto outcomes = Race(8, [&](int i) { return ApproveRelease(i % 2 == 0 ? Boss() : Wu()).status(); });
  EXPECT_EQ(outcomes.at(""), 1);
  EXPECT_EQ(outcomes.at("ILLEGAL_TRANSITION"), 7);
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_THAT(Money(), ElementsAre(0, 1'250'000, 0));
}

TEST_F(OutcomeTest, GoOnByThemselvesWhenResourceWasAway) {
  HaveProposal();
  trouble_ = [](const std::string&, Moment) { return absl::UnavailableError("down"); };
  const auto waiting = ApproveRelease(Boss());
  ASSERT_THAT(waiting, IsOk());
  EXPECT_EQ(waiting->state(), OutcomeRelease::STATE_WAITING_FOR_MONEY);
  EXPECT_EQ(waiting->shortage_minor(), 0);
  trouble_ = nullptr;
  RunJobs(absl::Minutes(2));
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_THAT(Money(), ElementsAre(0, 1'250'000, 0));
}

TEST_F(OutcomeTest, MoneyThatLapsedBeforeItWasCommittedGoesBackAndIsAskedForAgain) {
  HaveProposal();
  trouble_ = [](const std::string& method, Moment) {
    return method == "CommitEncumbrance" ? absl::FailedPreconditionError("expired") : absl::OkStatus();
  };
  EXPECT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_WAITING_FOR_MONEY);
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  trouble_ = nullptr;
  RunJobs(absl::Minutes(20));
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_THAT(Money(), ElementsAre(0, 1'250'000, 0));
}

TEST_F(OutcomeTest, FourEyesReleaseThem) {
  HaveProposal();
  EXPECT_THAT(ApproveRelease(Manager()), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(ApproveRelease(Of("ann", options::v1::ROLE_OPERATIONS_MANAGER)), HasReason("OWN_PROPOSAL")) << "nobody releases an own bonus";
  EXPECT_THAT(ApproveRelease(Of("cid")), HasReason("NOT_THE_APPROVER"));
  const auto rejected = Do<OutcomeRelease, v1::RejectOutcomeReleaseRequest>("RejectOutcomeRelease", kRelease, Boss());
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), OutcomeRelease::STATE_PREPARED);
  EXPECT_EQ(rejected->state_reason(), "because");
  EXPECT_THAT(ApproveRelease(Boss()), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Propose(""), HasViolation("budget", "BONUS_BUDGET_MISSING"));
  ASSERT_THAT(Propose(), IsOk());
  EXPECT_THAT(Prepare(), HasReason("RELEASE_UNDER_WAY"));
  EXPECT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_RELEASED);
}

TEST_F(OutcomeTest, AnotherCurrencyIsGivenBack) {
  HaveProposal();
  ASSERT_THAT((Do<OutcomeRelease, v1::RejectOutcomeReleaseRequest>("RejectOutcomeRelease", kRelease, Boss())), IsOk());
  auto other = Proto<resource::v1::CreateBudgetRequest>(
      "budget_id: 'yen' budget { display_name: 'Yen' cost_center: 'operations' currency_code: 'JPY' requested_minor: 9000000 start_date "
      "{ year: 2025 month: 1 day: 1 } end_date { year: 2026 month: 12 day: 31 } }");
  ASSERT_THAT(resource_.rpc().Invoke<resource::v1::Budget>("CreateBudget", Specialist(), other), IsOk());
  resource::v1::ApproveBudgetRequest approve;
  approve.set_name("budgets/yen");
  ASSERT_THAT(resource_.rpc().Invoke<resource::v1::Budget>("ApproveBudget", Manager(), approve), IsOk());
  ASSERT_THAT(Propose("budgets/yen"), IsOk());
  const auto back = ApproveRelease(Boss());
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->state(), OutcomeRelease::STATE_PREPARED);
  EXPECT_EQ(back->state_reason(), "CURRENCY_DIFFERS");
  for (const Outcome& outcome : Outcomes(Manager())) EXPECT_EQ(outcome.state(), Outcome::STATE_PREPARED);
  resource::v1::GetBudgetRequest get;
  get.set_name("budgets/yen");
  EXPECT_EQ(resource_.rpc().Invoke<resource::v1::Budget>("GetBudget", Manager(), get)->available_minor(), 9'000'000);
}

TEST_F(OutcomeTest, APoolIsDividedToTheLastMinorUnit) {
  HavePeople();
  HaveBudget(1'000'000);
  HaveRules(kByPool);
  HaveYear({{"bob", "A", 8100, 12}, {"cid", "B", 7000, 12}, {"ann", "S", 9200, 12}});
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_THAT(Amounts(), UnorderedElementsAre(Pair("ann", ElementsAre(441'176)), Pair("bob", ElementsAre(294'118)),
                                              Pair("cid", ElementsAre(264'706))));
  EXPECT_EQ(Current().total_minor(), 1'000'000);
  ASSERT_THAT(Propose(), IsOk());
  ASSERT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_RELEASED);
  // Another score with the same weight changes nothing; another weight is worth the rate at which was divided; the others keep theirs.
  Adjust("ann", 9300);
  RunJobs();
  EXPECT_THAT(Amounts().at("ann"), ElementsAre(441'176));
  Adjust("cid", 8100);
  RunJobs();
  EXPECT_THAT(Amounts().at("cid"), ElementsAre(264'706, 294'118 - 264'706));
  EXPECT_THAT(Amounts().at("bob"), ElementsAre(294'118));
  EXPECT_EQ(Of("cid", Outcome::KIND_BONUS_DIFFERENCE).state(), Outcome::STATE_WAITING_FOR_MONEY) << "the pool is spent";
}

TEST_F(OutcomeTest, BasesComeFromPositionsOrPayBands) {
  HavePeople();
  HaveBudget(10'000'000);
  HaveRules(
      "currency_code: 'TWD' year { bonus_mode: BONUS_MODE_BASE base_source: BASE_SOURCE_PAY_BAND_MIDDLE rules { grade: 'S' coefficient: "
      "15000 } }");
  HaveYear({{"ann", "S", 9200, 12}});
  const auto without = Prepare();
  ASSERT_THAT(without, IsOk());
  EXPECT_THAT(without->missing_bases(), ElementsAre("positions/host"));
  EXPECT_EQ(without->outcome_count(), 0);
  EXPECT_THAT(Propose(), HasReason("BONUS_BASE_MISSING"));
  HaveBand();  // 30,000 to 50,000
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_THAT(Amounts(), ElementsAre(Pair("ann", ElementsAre(60'000))));
  ASSERT_THAT(Propose(), IsOk());
}

TEST_F(OutcomeTest, AnAdjustmentMakesADifferenceAndLeavesOthersAlone) {
  HaveReleased();
  const Outcome of_ann = Of("ann", Outcome::KIND_BONUS);
  // Up: 9,000.00 for A at seven months are 3,500.00; S is half as much again. It is encumbered and released, once.
  Adjust("bob", 9100);
  RunJobs();
  RunJobs(absl::Minutes(20));
  Outcome more = Of("bob", Outcome::KIND_BONUS_DIFFERENCE);
  EXPECT_EQ(more.amount_minor(), 175'000);
  EXPECT_EQ(more.state(), Outcome::STATE_RELEASED);
  EXPECT_EQ(more.grade(), "S");
  EXPECT_EQ(more.adjustment(), absl::StrCat(kYear, "/appraisals/bob/adjustments/one"));
  EXPECT_THAT(Money(), ElementsAre(0, 1'425'000, 0));
  EXPECT_EQ(Of("bob", Outcome::KIND_CERTIFICATE).certificate_number(), "2025-year-operations-002") << "what else follows from S";
  EXPECT_EQ(Of("ann", Outcome::KIND_BONUS).etag(), of_ann.etag());
  EXPECT_EQ(Of("bob", Outcome::KIND_BONUS).amount_minor(), 350'000) << "the bonus stays as it was";

  // Down: nothing is taken; the owner decides.
  Adjust("ann", 8500);
  RunJobs();
  Outcome less = Of("ann", Outcome::KIND_BONUS_DIFFERENCE);
  EXPECT_EQ(less.amount_minor(), -300'000);
  EXPECT_EQ(less.state(), Outcome::STATE_UNDECIDED);
  EXPECT_EQ(less.owner(), "employees/boss");
  EXPECT_THAT(Money(), ElementsAre(0, 1'425'000, 0));
  EXPECT_THAT(StepsOf("boss", options::v1::ROLE_OPERATIONS_MANAGER), Contains("decide"));
  EXPECT_THAT(Outcomes(Of("ann")), SizeIs(4)) << "nobody is kept in the dark about it";
  auto decide = Proto<v1::DecideOutcomeDifferenceRequest>("decision: DECISION_WAIVED reason: 'a mistake of ours'");
  decide.set_name(less.name());
  EXPECT_THAT(Call<Outcome>("DecideOutcomeDifference", Of("ann", options::v1::ROLE_OPERATIONS_MANAGER), decide), HasReason("OWN_OUTCOME"));
  EXPECT_THAT(Call<Outcome>("DecideOutcomeDifference", Of("cid"), decide), HasReason("NOT_FOUND"));
  const auto decided = Call<Outcome>("DecideOutcomeDifference", Boss(), decide);
  ASSERT_THAT(decided, IsOk());
  EXPECT_EQ(decided->state(), Outcome::STATE_SETTLED);
  EXPECT_THAT(StepsOf("boss", options::v1::ROLE_OPERATIONS_MANAGER), Not(Contains("decide")));

  // What was waived stays with the person, so that the way up again is no further amount.
  Adjust("ann", 9500, "two");
  RunJobs();
  EXPECT_THAT(Amounts().at("ann"), ElementsAre(900'000, -300'000));

  // The further amount is paid by itself, once.
  auto settle = Proto<v1::SettleOutcomeRequest>("reason: 'with the pay of March'");
  settle.set_name(more.name());
  EXPECT_THAT(Call<Outcome>("SettleOutcome", Of("bob"), settle), HasReason("OWN_OUTCOME"));
  trouble_ = [](const std::string& method, Moment moment) -> absl::Status {
    if (method == "RecordActual" && moment == Moment::kAfter) throw Death();
    return absl::OkStatus();
  };
  EXPECT_THROW(Call<Outcome>("SettleOutcome", Boss(), settle).IgnoreError(), Death);
  trouble_ = nullptr;
  RunJobs();
  EXPECT_EQ(Of("bob", Outcome::KIND_BONUS_DIFFERENCE).state(), Outcome::STATE_SETTLED);
  EXPECT_EQ(Of("bob", Outcome::KIND_BONUS_DIFFERENCE).settle_reason(), "with the pay of March");
  EXPECT_THAT(Money(), ElementsAre(0, 1'250'000, 175'000));
  ExpectSoundLedgers();
}

TEST_F(OutcomeTest, AnAdjustmentBeforeTheReleaseIsInIt) {
  HavePeople();
  HaveBudget(10'000'000);
  HaveRules(kByBase);
  HaveYear({{"ann", "S", 9200, 12}, {"bob", "A", 8100, 12}});
  ASSERT_THAT(Prepare(), IsOk());
  Adjust("bob", 9100);
  RunJobs();
  EXPECT_THAT(Amounts(), UnorderedElementsAre(Pair("ann", ElementsAre(900'000)), Pair("bob", ElementsAre(900'000))));
  ASSERT_THAT(Propose(), IsOk());
  // Between proposal and release: what was proposed is released, and the difference follows.
  Adjust("ann", 8100);
  RunJobs();
  EXPECT_THAT(Amounts().at("ann"), ElementsAre(900'000));
  ASSERT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_RELEASED);
  RunJobs();
  EXPECT_THAT(Amounts().at("ann"), ElementsAre(900'000, -300'000));
  EXPECT_THAT(Amounts().at("bob"), ElementsAre(900'000));
}

TEST_F(OutcomeTest, InterviewsAreAskedForOnceAndSettledByWhatBecomesOfThem) {
  HaveProposal();
  // Somebody has planned one already.
  ASSERT_THAT(
      Call<v1::PerformanceInterview>(
          "CreatePerformanceInterview", Boss(),
          Proto<v1::CreatePerformanceInterviewRequest>(
              "performance_interview_id: 'theirs' performance_interview { employee: 'employees/dan' planned_date { year: 2026 month: "
              "1 day: 5 } reason: 'the autumn' }")),
      IsOk());
  ASSERT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_RELEASED);
  const Outcome interview = Of("dan", Outcome::KIND_INTERVIEW);
  EXPECT_EQ(interview.performance_interview(), "performanceInterviews/theirs");
  EXPECT_THAT(
      Call<Outcome>("SettleOutcome", Boss(), Proto<v1::SettleOutcomeRequest>(absl::StrCat("name: '", interview.name(), "' reason: 'x'"))),
      HasReason("SETTLED_BY_FACT"));
  EXPECT_THAT(StepsOf("boss", options::v1::ROLE_OPERATIONS_MANAGER),
              AllOf(Contains("hold"), Contains("present_plan"), Not(Contains("plan_interview"))));
  clock_.Advance(absl::Hours(24 * 5));
  ASSERT_THAT(Call<v1::PerformanceInterview>(
                  "HoldPerformanceInterview", Boss(),
                  Proto<v1::HoldPerformanceInterviewRequest>(
                      "name: 'performanceInterviews/theirs' held_date { year: 2026 month: 1 day: 5 } record: 'They talked.'")),
              IsOk());
  RunJobs(absl::Minutes(20));
  EXPECT_EQ(Of("dan", Outcome::KIND_INTERVIEW).state(), Outcome::STATE_SETTLED);
  EXPECT_EQ(Of("dan", Outcome::KIND_IMPROVEMENT_PLAN).state(), Outcome::STATE_RELEASED);
  ASSERT_THAT(Call<v1::ImprovementPlan>(
                  "CreateImprovementPlan", Boss(),
                  Proto<v1::CreateImprovementPlanRequest>(
                      "improvement_plan_id: 'up' improvement_plan { employee: 'employees/dan' interview: 'performanceInterviews/theirs' "
                      "mentor: 'employees/wu' start_date { year: 2026 month: 1 day: 7 } end_date { year: 2026 month: 2 day: 1 } goals { "
                      "goal: 'g' measure: 'm' target: 't' } actions { action: 'a' due_date { year: 2026 month: 1 day: 20 } } }")),
              IsOk());
  RunJobs(absl::Minutes(20));
  EXPECT_EQ(Of("dan", Outcome::KIND_IMPROVEMENT_PLAN).state(), Outcome::STATE_SETTLED);
  EXPECT_EQ(Of("dan", Outcome::KIND_IMPROVEMENT_PLAN).plan(), "improvementPlans/up");
  EXPECT_THAT(StepsOf("boss", options::v1::ROLE_OPERATIONS_MANAGER), Not(Contains("present_plan")));
}

TEST_F(OutcomeTest, AnInterviewThatIsNotPlannedIsPlanned) {
  HaveReleased();
  const Outcome interview = Of("dan", Outcome::KIND_INTERVIEW);
  ASSERT_NE(interview.performance_interview(), "");
  const auto planned = Do<v1::PerformanceInterview, v1::GetPerformanceInterviewRequest>("GetPerformanceInterview",
                                                                                        interview.performance_interview(), Manager());
  ASSERT_THAT(planned, IsOk());
  EXPECT_EQ(planned->interviewer(), "employees/boss");
  EXPECT_EQ(time::ToDay(planned->planned_date()), absl::CivilDay(2026, 1, 11));
  // Cancelled, another one takes its place.
  ASSERT_THAT((Do<v1::PerformanceInterview, v1::CancelPerformanceInterviewRequest>("CancelPerformanceInterview", planned->name(), Boss())),
              IsOk());
  RunJobs(absl::Minutes(20));
  EXPECT_EQ(Of("dan", Outcome::KIND_INTERVIEW).performance_interview(), "");
  EXPECT_THAT(StepsOf("boss", options::v1::ROLE_OPERATIONS_MANAGER), Contains("plan_interview"));
}

// As careers do when a year is closed: it is over before the release comes.
TEST_F(OutcomeTest, AnInterviewThatWasHeldSinceTheClosingIsTheOne) {
  HaveProposal();
  ASSERT_THAT(
      Call<v1::PerformanceInterview>(
          "CreatePerformanceInterview", Boss(),
          Proto<v1::CreatePerformanceInterviewRequest>(
              "performance_interview_id: 'theirs' performance_interview { employee: 'employees/dan' planned_date { year: 2026 month: "
              "1 day: 1 } reason: 'the year' }")),
      IsOk());
  ASSERT_THAT(Call<v1::PerformanceInterview>(
                  "HoldPerformanceInterview", Boss(),
                  Proto<v1::HoldPerformanceInterviewRequest>(
                      "name: 'performanceInterviews/theirs' held_date { year: 2026 month: 1 day: 1 } record: 'They talked.'")),
              IsOk());
  ASSERT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_EQ(Of("dan", Outcome::KIND_INTERVIEW).performance_interview(), "performanceInterviews/theirs");
  RunJobs(absl::Minutes(20));
  EXPECT_EQ(Of("dan", Outcome::KIND_INTERVIEW).state(), Outcome::STATE_SETTLED);
}

TEST_F(OutcomeTest, CertificatesAndEligibilitiesAreSeenToByTheirOwners) {
  HaveReleased();
  const auto settle = [&](const rpc::Call& call, const Outcome& outcome) {
    return Call<Outcome>("SettleOutcome", call, Proto<v1::SettleOutcomeRequest>(absl::StrCat("name: '", outcome.name(), "' reason: 'r'")));
  };
  const Outcome certificate = Of("ann", Outcome::KIND_CERTIFICATE), bonus = Of("ann", Outcome::KIND_BONUS);
  EXPECT_THAT(settle(Of("ann"), certificate), HasReason("OWN_OUTCOME"));
  EXPECT_THAT(settle(Of("bob"), certificate), HasReason("NOT_FOUND"));
  EXPECT_THAT(settle(Boss(), bonus), HasReason("PAID_TOGETHER"));
  const auto settled = settle(Of("boss"), certificate);
  ASSERT_THAT(settled, IsOk()) << "the owner, whatever the role";
  EXPECT_EQ(settled->state(), Outcome::STATE_SETTLED);
  EXPECT_THAT(settle(Boss(), certificate), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(OutcomeTest, MarksOfPromotionCountUntilTheirLastDay) {
  HaveReleased();
  const auto marks = [&](absl::CivilDay day) {
    const auto found = store_.Read(Manager(), [&](sql::Session& sql) {
      return PromotionMarksOn(sql, {"employees/ann", "employees/bob", "employees/cid"}, day, service::DefaultTimeZone());
    });
    EXPECT_THAT(found, IsOk());
    std::map<std::string, std::string> grades;
    for (const auto& [employee, mark] : *found) grades[employee] = mark.grade;
    return grades;
  };
  EXPECT_THAT(marks(absl::CivilDay(2025, 12, 31)), IsEmpty());
  EXPECT_THAT(marks(absl::CivilDay(2026, 1, 1)), ElementsAre(Pair("employees/ann", "S"), Pair("employees/bob", "A")));
  EXPECT_THAT(marks(absl::CivilDay(2026, 7, 1)), SizeIs(2));
  EXPECT_THAT(marks(absl::CivilDay(2026, 7, 2)), IsEmpty());
}

TEST_F(OutcomeTest, ErasureTakesAmountsAndTextsAndNobodyIsHeldUpByIt) {
  HavePeople();
  HaveBudget(10'000'000);
  HaveRules(kByBase);
  HaveYear({{"ann", "S", 9200, 12}, {"bob", "A", 8100, 12}});
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_EQ(Of("ann", Outcome::KIND_BONUS).amount_minor(), 900'000);
  ASSERT_THAT(
      store_.Write(Manager(),
                   [&](record::Transaction& tx) { return store_.person_keys().Destroy(tx.sql, "employees/ann", tx.call.now).status(); }),
      IsOk());
  EXPECT_FALSE(Of("ann", Outcome::KIND_BONUS).has_amount_minor());
  EXPECT_EQ(Of("ann", Outcome::KIND_BONUS).base(), "");
  EXPECT_EQ(Of("ann", Outcome::KIND_CERTIFICATE).certificate_text(), "");
  ASSERT_THAT(Propose(), IsOk());
  EXPECT_EQ(Current().total_minor(), 600'000);
  ASSERT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_THAT(Money(), ElementsAre(0, 600'000, 0));
}

TEST_F(OutcomeTest, WhatIsPreparedFollowsTheRulesOfTheClosing) {
  HavePeople();
  HaveBudget(10'000'000);
  HaveYear({{"ann", "S", 9200, 12}, {"dan", "D", 4000, 12}});
  const auto shipped = Prepare();
  ASSERT_THAT(shipped, IsOk());
  EXPECT_EQ(shipped->policy(), "outcomePolicies/default");
  EXPECT_EQ(shipped->total_minor(), 0);
  EXPECT_EQ(shipped->outcome_count(), 4);
  clock_.Advance(absl::Seconds(1));
  HaveRules(kByBase);  // later
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_EQ(Current().total_minor(), 0);
  // Without money it is released at once.
  ASSERT_THAT(Propose(""), IsOk());
  EXPECT_EQ(ApproveRelease(Boss())->state(), OutcomeRelease::STATE_RELEASED);
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  EXPECT_EQ(PayAll(Wu())->state(), OutcomeRelease::STATE_PAID);
}

TEST_F(OutcomeTest, ClosingPreparesThem) {
  HavePeople();
  HaveYear({}, AppraisalCycle::STATE_CALIBRATING);
  EXPECT_THAT(Prepare(), HasReason("CYCLE_NOT_CLOSED"));
  ASSERT_THAT((Do<AppraisalCycle, v1::CloseAppraisalCycleRequest>("CloseAppraisalCycle", kYear, Manager())), IsOk());
  EXPECT_THAT((Do<OutcomeRelease, v1::GetOutcomeReleaseRequest>("GetOutcomeRelease", kRelease, Manager())), HasReason("NOT_FOUND"));
  RunJobs();
  EXPECT_EQ(Current().state(), OutcomeRelease::STATE_PREPARED);
  EXPECT_EQ(Current().cycle(), kYear);
}

// What people wrote is text in every document, and nothing but what the reader may see.
TEST_F(OutcomeTest, DocumentsHoldWhatTheirReaderMaySee) {
  HaveReleased();
  const auto render = [&](const std::string& method, const std::string& name, rpc::Call call,
                          status::Language language = status::Language::kEnglish) {
    call.language = language;
    if (method == "RenderAppraisal") return Do<v1::RenderedDocument, v1::RenderAppraisalRequest>(method, name, call);
    if (method == "RenderHonourCertificate") return Do<v1::RenderedDocument, v1::RenderHonourCertificateRequest>(method, name, call);
    return Do<v1::RenderedDocument, v1::RenderPerformanceInterviewRequest>(method, name, call);
  };
  const std::string certificate = Of("ann", Outcome::KIND_CERTIFICATE).name();
  const auto first = render("RenderHonourCertificate", certificate, Of("ann"));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->media_type(), "text/html; charset=utf-8");
  EXPECT_THAT(first->content(), AllOf(HasSubstr("2025-year-operations-001"), HasSubstr("Well done"), HasSubstr("Grade: S"),
                                      HasSubstr("<html lang=\"en\">"), HasSubstr("2026-01-01")));
  EXPECT_EQ(first->digest(), render("RenderHonourCertificate", certificate, Boss())->digest()) << "the same for the same rows";
  EXPECT_THAT(render("RenderHonourCertificate", certificate, Of("ann"), status::Language::kTraditionalChinese)->content(),
              AllOf(HasSubstr("榮譽證書"), HasSubstr("<html lang=\"zh-TW\">")));
  EXPECT_THAT(render("RenderHonourCertificate", certificate, Of("bob")), HasReason("NOT_FOUND"));
  EXPECT_THAT(render("RenderHonourCertificate", Of("ann", Outcome::KIND_BONUS).name(), Of("ann")), HasReason("NO_CERTIFICATE"));

  const std::string sheet = absl::StrCat(kYear, "/appraisals/ann");
  EXPECT_THAT(render("RenderAppraisal", sheet, Of("ann"))->content(), AllOf(HasSubstr("92.00"), HasSubstr("2025")));
  EXPECT_THAT(render("RenderAppraisal", sheet, Of("bob")), HasReason("NOT_FOUND"));

  const std::string interview = Of("dan", Outcome::KIND_INTERVIEW).performance_interview();
  ASSERT_THAT(Call<v1::PerformanceInterview>("HoldPerformanceInterview", Boss(),
                                             Proto<v1::HoldPerformanceInterviewRequest>(absl::StrCat(
                                                 "name: '", interview,
                                                 "' held_date { year: 2026 month: 1 day: 1 } record: '<script>alert(1)</script> "
                                                 "[link](javascript:alert(2)) # no heading'"))),
              IsOk());
  const auto record = render("RenderPerformanceInterview", interview, Of("dan"));
  ASSERT_THAT(record, IsOk());
  EXPECT_THAT(record->content(), AllOf(HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"), Not(HasSubstr("<script")),
                                       Not(HasSubstr("href")), HasSubstr("[link](javascript:alert(2))")));
  EXPECT_THAT(render("RenderPerformanceInterview", interview, Of("bob")), HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::personnel
