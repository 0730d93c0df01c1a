#include "services/personnel/recruitment/requisition.h"

#include <gmock/gmock.h>

#include "heitie/personnel/v1/pending_step.pb.h"
#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using resource::v1::Encumbrance;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::MoneyStep;
using v1::Requisition;

class RequisitionTest : public RecruitmentTest {
 protected:
  // A pending requisition `hosts` of two seats, with room in the plan and enough money.
  void HavePending() {
    HavePosition();
    HavePlan(2);
    HaveBudget(100000);
    ASSERT_THAT(Request("hosts", 2), IsOk());
  }
};

TEST_F(RequisitionTest, ApprovalSetsItsMoneyAside) {
  HavePending();
  EXPECT_EQ(Headcount(Specialist()).to_open(), 2);
  const auto approved = Approve("hosts");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->state(), Requisition::STATE_APPROVED);
  EXPECT_EQ(approved->approver(), "employees/manager");
  EXPECT_EQ(approved->currency_code(), "TWD");
  EXPECT_THAT(approved->allowed_verbs(), ElementsAre("hold", "cancel"));
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0));
  const v1::ComputeHeadcountResponse headcount = Headcount(Specialist());
  EXPECT_EQ(headcount.uncovered(), 2);
  EXPECT_EQ(headcount.in_progress(), 2);
  EXPECT_EQ(headcount.to_open(), 0);
  RunJobs();
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0)) << "nothing is left for the job to do";
}

TEST_F(RequisitionTest, NobodyApprovesTheirOwn) {
  HavePending();
  const auto own = Do<Requisition, v1::ApproveRequisitionRequest>("ApproveRequisition", "requisitions/hosts", Specialist());
  EXPECT_THAT(own, HasReason("OWN_PROPOSAL"));
  const auto other = Do<Requisition, v1::ApproveRequisitionRequest>("ApproveRequisition", "requisitions/hosts", Analyst());
  EXPECT_THAT(other, HasReason("NOT_THE_APPROVER"));
  // Who changes it makes it their proposal.
  auto update =
      test::Proto<v1::UpdateRequisitionRequest>("requisition { name: 'requisitions/hosts' seats: 1 } update_mask { paths: 'seats' }");
  ASSERT_THAT(Call<Requisition>("UpdateRequisition", Manager(), update), IsOk());
  EXPECT_THAT(Approve("hosts"), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
}

TEST_F(RequisitionTest, ASuperiorOfAnyRoleApproves) {
  HavePending();
  HavePosition("lead");
  HaveEmployee("analyst", "positions/lead");
  HaveEmployee("specialist", "positions/host", "employees/analyst");
  PlanAnew("second", 3);
  const auto approved = Do<Requisition, v1::ApproveRequisitionRequest>("ApproveRequisition", "requisitions/hosts", Analyst());
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->approver(), "employees/analyst");
}

TEST_F(RequisitionTest, EveryBadFieldIsToldAtOnce) {
  HavePosition();
  auto request = Wanted("hosts", 1);
  request.mutable_requisition()->set_position("positions/none");
  request.mutable_requisition()->set_owner("employees/none");
  request.mutable_requisition()->set_ground(Requisition::GROUND_REPLACEMENT);
  *request.mutable_requisition()->mutable_expire_time() = time::ToTimestamp(clock_.Now());
  const auto refused = Call<Requisition>("CreateRequisition", Specialist(), request);
  EXPECT_THAT(refused, HasViolation("requisition.position", "UNKNOWN_POSITION"));
  EXPECT_THAT(refused, HasViolation("requisition.owner", "UNKNOWN_OWNER"));
  EXPECT_THAT(refused, HasViolation("requisition.replaced", "REPLACED_MISSING"));
  EXPECT_THAT(refused, HasViolation("requisition.expire_time", "MONEY_TERM_PAST"));
}

TEST_F(RequisitionTest, ThePlanMustHaveRoom) {
  HavePosition();
  HavePlan(1);
  HaveBudget(100000);
  ASSERT_THAT(Request("hosts", 2), IsOk());
  EXPECT_THAT(Approve("hosts"), HasReason("HEADCOUNT_SHORT"));
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  PlanAnew("more", 2);
  EXPECT_THAT(Approve("hosts"), IsOk());
  // Beyond the plan with a reason, by a second person.
  auto request = Wanted("more", 1);
  request.mutable_requisition()->set_ground(Requisition::GROUND_OVER_PLAN);
  ASSERT_THAT(Call<Requisition>("CreateRequisition", Specialist(), request), IsOk());
  EXPECT_THAT(Approve("more"), IsOk());
  EXPECT_EQ(Headcount(Manager()).to_open(), 0);
}

TEST_F(RequisitionTest, ShortMoneyLeavesItPendingAndSaysByHowMuch) {
  HavePosition();
  HavePlan(2);
  HaveBudget(2000);
  ASSERT_THAT(Request("hosts", 2), IsOk());
  EXPECT_THAT(Approve("hosts", "once"), HasReason("BUDGET_SHORT"));
  EXPECT_THAT(Approve("hosts", "once"), HasReason("BUDGET_SHORT")) << "the same request has the same answer";
  const Requisition pending = Get("hosts");
  EXPECT_EQ(pending.state(), Requisition::STATE_PENDING);
  EXPECT_EQ(pending.shortage_minor(), 300);
  EXPECT_EQ(pending.money_steps_size(), 1);
  EXPECT_EQ(Headcount(Manager()).to_open(), 2) << "it holds no place";
  auto less = test::Proto<v1::UpdateRequisitionRequest>(
      "requisition { name: 'requisitions/hosts' advertising_minor: 0 } update_mask { paths: 'advertising_minor' }");
  ASSERT_THAT(Call<Requisition>("UpdateRequisition", Specialist(), less), IsOk());
  ASSERT_THAT(Approve("hosts", "twice"), IsOk());
  EXPECT_EQ(Get("hosts").shortage_minor(), 0);
  EXPECT_THAT(Money(), ElementsAre(2000, 0, 0));
}

TEST_F(RequisitionTest, OfManyApprovalsForTheLastPlaceOnePasses) {
  HavePosition();
  HavePlan(1);
  HaveBudget(1000000);
  constexpr int kWanted = 64;
  for (int i = 0; i < kWanted; ++i) ASSERT_THAT(Request(absl::StrCat("r", i), 1), IsOk());
  EXPECT_EQ(Race(kWanted, [&](int i) { return Approve(absl::StrCat("r", i)).status(); }),
            (std::map<std::string, int>{{"", 1}, {"HEADCOUNT_SHORT", kWanted - 1}}));
  EXPECT_THAT(Money(), ElementsAre(1300, 0, 0));
  EXPECT_EQ(Headcount(Manager()).in_progress(), 1);
}

TEST_F(RequisitionTest, OneApprovalSentManyTimesTakesMoneyOnce) {
  HavePending();
  EXPECT_EQ(Race(16, [&](int) { return Approve("hosts", "once").status(); }), (std::map<std::string, int>{{"", 16}}));
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0));
  EXPECT_EQ(Get("hosts").money_steps_size(), 1);
}

// The process dies before or after resource has acted, with its own step not noted: the next one finishes what was begun.
TEST_F(RequisitionTest, DeathAtAnyCallTakesMoneyOnce) {
  HavePosition();
  HavePlan(100);
  HaveBudget(1000000);
  int64_t held = 0;
  int n = 0;
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    const std::string id = absl::StrCat("d", n++);
    ASSERT_THAT(Request(id, 1), IsOk());
    trouble_ = [&](const std::string& method, Moment at) -> absl::Status {
      if (method == "CreateEncumbrance" && at == moment) throw Death();
      return absl::OkStatus();
    };
    EXPECT_THROW(Approve(id).IgnoreError(), Death);
    EXPECT_EQ(Get(id).state(), Requisition::STATE_PENDING);
    EXPECT_EQ(Headcount(Manager()).to_open(), 100 - n) << "it holds its place meanwhile";
    EXPECT_THAT(Approve(id), HasReason("MONEY_UNDER_WAY"));
    trouble_ = nullptr;
    RunJobs();
    EXPECT_EQ(Get(id).state(), Requisition::STATE_APPROVED);
    held += 1300;
    EXPECT_THAT(Money(), ElementsAre(held, 0, 0));
  }
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    const std::string id = absl::StrCat("d", --n);
    trouble_ = [&](const std::string& method, Moment at) -> absl::Status {
      if (method == "ReleaseEncumbrance" && at == moment) throw Death();
      return absl::OkStatus();
    };
    EXPECT_THROW(Cancel(id).IgnoreError(), Death);
    EXPECT_EQ(Get(id).state(), Requisition::STATE_CANCELLED);
    trouble_ = nullptr;
    RunJobs();
    held -= 1300;
    EXPECT_THAT(Money(), ElementsAre(held, 0, 0));
  }
  ExpectSoundLedgers();
}

TEST_F(RequisitionTest, AnApprovalGoesOnByItselfWhenResourceIsAway) {
  HavePending();
  trouble_ = [](const std::string& method, Moment) {
    return method == "CreateEncumbrance" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  EXPECT_THAT(Approve("hosts", "r"), HasReason("MONEY_CONTINUES"));
  RunJobs();
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_PENDING);
  trouble_ = nullptr;
  RunJobs(absl::Minutes(2));
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_APPROVED);
  EXPECT_THAT(Approve("hosts", "r"), IsOk());
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0));
}

TEST_F(RequisitionTest, WhatIsCancelledMeanwhileGivesBackWhatComesLate) {
  HavePending();
  trouble_ = [](const std::string& method, Moment moment) {
    return method == "CreateEncumbrance" && moment == Moment::kAfter ? absl::UnavailableError("lost") : absl::OkStatus();
  };
  EXPECT_THAT(Approve("hosts"), HasReason("MONEY_CONTINUES"));
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0)) << "it was set aside, and nobody has heard of it";
  ASSERT_THAT(Cancel("hosts"), IsOk());
  trouble_ = nullptr;
  RunJobs();
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_CANCELLED);
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  EXPECT_EQ(Headcount(Manager()).to_open(), 2);
}

TEST_F(RequisitionTest, RejectionTakesNothing) {
  HavePending();
  const auto rejected = Do<Requisition, v1::RejectRequisitionRequest>("RejectRequisition", "requisitions/hosts", Manager());
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), Requisition::STATE_REJECTED);
  EXPECT_EQ(rejected->state_reason(), "because");
  EXPECT_THAT(rejected->money_steps(), IsEmpty());
  EXPECT_THAT(Approve("hosts"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(RequisitionTest, MoneyThatLapsesPutsItOnHoldAndAnotherApprovalBringsItBack) {
  HavePending();
  ASSERT_THAT(Approve("hosts"), IsOk());
  RunJobs(absl::Hours(1));
  const Requisition held = Get("hosts");
  EXPECT_EQ(held.state(), Requisition::STATE_ON_HOLD);
  EXPECT_EQ(held.state_reason(), "STATE_EXPIRED");
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  EXPECT_EQ(Headcount(Manager()).to_open(), 0) << "it keeps its place";
  EXPECT_THAT(Approve("hosts"), HasReason("MONEY_REFUSED")) << "its term is past";
  auto update =
      test::Proto<v1::UpdateRequisitionRequest>("requisition { name: 'requisitions/hosts' seats: 7 } update_mask { paths: 'seats' }");
  EXPECT_THAT(Call<Requisition>("UpdateRequisition", Specialist(), update), HasViolation("requisition.seats", "REQUISITION_FIXED"));
  update = test::Proto<v1::UpdateRequisitionRequest>("requisition { name: 'requisitions/hosts' } update_mask { paths: 'expire_time' }");
  *update.mutable_requisition()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(2));
  ASSERT_THAT(Call<Requisition>("UpdateRequisition", Specialist(), update), IsOk());
  ASSERT_THAT(Approve("hosts"), IsOk());
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_APPROVED);
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0));
  ExpectSoundLedgers();
}

TEST_F(RequisitionTest, HeldByHandItKeepsItsMoneyAndIsResumed) {
  HavePending();
  const auto hold = [&](const rpc::Call& call) {
    return Do<Requisition, v1::HoldRequisitionRequest>("HoldRequisition", "requisitions/hosts", call);
  };
  const auto resume = [&](const rpc::Call& call) {
    return Do<Requisition, v1::ResumeRequisitionRequest>("ResumeRequisition", "requisitions/hosts", call);
  };
  EXPECT_THAT(hold(Specialist()), HasReason("ILLEGAL_TRANSITION")) << "nothing is approved yet";
  ASSERT_THAT(Approve("hosts"), IsOk());
  EXPECT_THAT(resume(Specialist()), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(hold(test::By("employees/stranger", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now())), HasReason("NOT_YOURS_TO_RUN"));
  ASSERT_THAT(hold(Specialist()), IsOk());
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_ON_HOLD);
  EXPECT_EQ(Get("hosts").state_reason(), "because");
  EXPECT_TRUE(Get("hosts").held_by_hand());
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0));
  EXPECT_EQ(Headcount(Manager()).to_open(), 0) << "it keeps its place";
  EXPECT_THAT(Draft("one", "hosts-1"), HasReason("REQUISITION_NOT_APPROVED"));
  EXPECT_THAT(Approve("hosts"), HasReason("HELD_BY_HAND"));
  auto update =
      test::Proto<v1::UpdateRequisitionRequest>("requisition { name: 'requisitions/hosts' } update_mask { paths: 'expire_time' }");
  *update.mutable_requisition()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(2));
  EXPECT_THAT(Call<Requisition>("UpdateRequisition", Specialist(), update), HasViolation("requisition.expire_time", "REQUISITION_FIXED"));
  ASSERT_THAT(resume(Specialist()), IsOk());
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_APPROVED);
  EXPECT_EQ(Get("hosts").state_reason(), "");
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0));
  // Money lapses also while it is held by hand; then it takes another approval.
  ASSERT_THAT(hold(Manager()), IsOk());
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_ON_HOLD);
  EXPECT_EQ(Get("hosts").state_reason(), "STATE_EXPIRED");
  EXPECT_FALSE(Get("hosts").held_by_hand());
  EXPECT_THAT(resume(Manager()), HasReason("MONEY_LAPSED"));
  *update.mutable_requisition()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(2));
  ASSERT_THAT(Call<Requisition>("UpdateRequisition", Specialist(), update), IsOk());
  ASSERT_THAT(Approve("hosts"), IsOk());
  EXPECT_THAT(Money(), ElementsAre(2300, 0, 0));
  // Given up while it is held, everything goes back.
  ASSERT_THAT(hold(Manager()), IsOk());
  ASSERT_THAT(Cancel("hosts"), IsOk());
  EXPECT_FALSE(Get("hosts").held_by_hand());
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  ExpectSoundLedgers();
}

TEST_F(RequisitionTest, OpeningsAreBookedOnItsMoney) {
  HavePending();
  const auto create = [&](const std::string& id, int64_t cost) {
    auto request = test::Proto<v1::CreateOpeningRequest>(
        "parent: 'requisitions/hosts' opening { channel: 'recruitmentChannels/job-board' content: 'We seek hosts' end_date { year: 2026 "
        "month: 1 day: 3 } }");
    request.set_opening_id(id);
    request.mutable_opening()->set_cost_minor(cost);
    return Call<v1::Opening>("CreateOpening", Specialist(), request);
  };
  const auto publish = [&](const std::string& id) {
    return Do<v1::Opening, v1::PublishOpeningRequest>("PublishOpening", "requisitions/hosts/openings/" + id, Specialist());
  };
  ASSERT_THAT(create("board", 200), IsOk());
  ASSERT_THAT(create("paper", 101), IsOk());
  ASSERT_THAT(create("free", 0), IsOk());
  EXPECT_THAT(publish("board"), HasReason("REQUISITION_NOT_APPROVED"));
  ASSERT_THAT(Approve("hosts"), IsOk());
  ASSERT_THAT(publish("board"), IsOk());
  EXPECT_THAT(Money(), ElementsAre(2100, 0, 200));
  EXPECT_THAT(publish("board"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(publish("paper"), HasReason("ADVERTISING_SHORT"));
  ASSERT_THAT(publish("free"), IsOk());
  EXPECT_THAT(Money(), ElementsAre(2100, 0, 200));
  // After its last day, in the business time zone, it ends by itself.
  RunJobs(absl::Hours(56));
  const auto ended = Do<v1::Opening, v1::GetOpeningRequest>("GetOpening", "requisitions/hosts/openings/board", Specialist());
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->state(), v1::Opening::STATE_PUBLISHED) << "2026-01-03 is not over";
  RunJobs(absl::Hours(8));
  EXPECT_EQ((Do<v1::Opening, v1::GetOpeningRequest>("GetOpening", "requisitions/hosts/openings/board", Specialist()))->state(),
            v1::Opening::STATE_ENDED);
  ASSERT_THAT(Cancel("hosts"), IsOk());
  EXPECT_EQ((Do<v1::Opening, v1::GetOpeningRequest>("GetOpening", "requisitions/hosts/openings/paper", Specialist()))->state(),
            v1::Opening::STATE_ENDED);
  EXPECT_THAT(Money(), ElementsAre(0, 0, 200));
  ExpectSoundLedgers();
}

TEST_F(RequisitionTest, DeathBetweenOrderAndInvoicePaysOnce) {
  HavePending();
  ASSERT_THAT(Approve("hosts"), IsOk());
  int64_t paid = 0;
  int n = 0;
  for (const char* step : {"CommitEncumbrance", "RecordActual"}) {
    for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
      auto request = test::Proto<v1::CreateOpeningRequest>(
          "parent: 'requisitions/hosts' opening { channel: 'recruitmentChannels/campus' content: 'We seek hosts' cost_minor: 50 }");
      request.set_opening_id(absl::StrCat("o", ++n));
      ASSERT_THAT(Call<v1::Opening>("CreateOpening", Specialist(), request), IsOk());
      trouble_ = [&](const std::string& method, Moment at) -> absl::Status {
        if (method == step && at == moment) throw Death();
        return absl::OkStatus();
      };
      const std::string name = absl::StrCat("requisitions/hosts/openings/o", n);
      EXPECT_THROW((Do<v1::Opening, v1::PublishOpeningRequest>("PublishOpening", name, Specialist())).IgnoreError(), Death);
      trouble_ = nullptr;
      RunJobs();
      paid += 50;
      EXPECT_THAT(Money(), ElementsAre(2300 - paid, 0, paid));
    }
  }
}

TEST_F(RequisitionTest, MoneyAndReasonsAreForThoseWhoRunIt) {
  HavePending();
  ASSERT_THAT(Approve("hosts"), IsOk());
  const rpc::Call engineer = test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now());
  for (const rpc::Call& stranger : {Analyst(), engineer}) {
    const auto seen = Do<Requisition, v1::GetRequisitionRequest>("GetRequisition", "requisitions/hosts", stranger);
    ASSERT_THAT(seen, IsOk());
    EXPECT_EQ(seen->state(), Requisition::STATE_APPROVED);
    EXPECT_EQ(seen->seats(), 2);
    EXPECT_EQ(seen->reason(), "");
    EXPECT_EQ(seen->seat_amount_minor(), 0);
    EXPECT_THAT(seen->money_steps(), IsEmpty());
    EXPECT_THAT((Do<Requisition, v1::CancelRequisitionRequest>("CancelRequisition", "requisitions/hosts", Analyst())),
                HasReason("NOT_YOURS_TO_RUN"));
  }
  const auto own = Do<Requisition, v1::GetRequisitionRequest>("GetRequisition", "requisitions/hosts", Specialist());
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(own->seat_amount_minor(), 1000);
  EXPECT_EQ(own->money_steps_size(), 1);
}

TEST_F(RequisitionTest, WhatWaitsIsDoneWhenItIsDecided) {
  HavePosition();
  HavePosition("lead");
  HaveEmployee("boss", "positions/lead");
  HaveEmployee("specialist", "positions/lead", "employees/boss");
  HavePlan(2);
  HaveBudget(100000);
  ASSERT_THAT(Request("hosts", 2), IsOk());
  const rpc::Call boss = test::By("employees/boss", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  const auto steps = [&] { return Call<v1::FindMyStepsResponse>("FindMySteps", boss, v1::FindMyStepsRequest()); };
  ASSERT_THAT(steps(), IsOk());
  ASSERT_EQ(steps()->steps_size(), 1);
  EXPECT_EQ(steps()->steps(0).step().subject(), "requisitions/hosts");
  ASSERT_THAT((Do<Requisition, v1::ApproveRequisitionRequest>("ApproveRequisition", "requisitions/hosts", boss)), IsOk());
  EXPECT_EQ(steps()->steps_size(), 0);
}

}  // namespace
}  // namespace heitie::personnel
