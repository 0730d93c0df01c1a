#include "services/resource/reorder/proposals.h"

#include <atomic>
#include <thread>

#include "common/status/macros.h"
#include "google/protobuf/empty.pb.h"
#include "services/resource/reorder/reorder_test.h"

namespace heitie::resource {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::ReorderProposal;
using v1::ReorderTerm;

class ProposalsTest : public ReorderTest {
 protected:
  // 40 mugs, where 97 are the point: 20 a week for four weeks, and 17 for what may be otherwise.
  void HaveNeed() {
    HaveRegularDemand(40);
    HavePolicy();
    HaveSupplier("printer", 500, 21);
    ASSERT_THAT(CreateTerm("printer"), IsOk());
  }

  absl::StatusOr<ReorderProposal> Accept(const std::string& name, const std::string& more = "") {
    return Call<ReorderProposal>("AcceptReorderProposal", Specialist(),
                                 Proto<v1::AcceptReorderProposalRequest>(
                                     absl::StrCat("name: '", name, "' cost_center: 'operations' expense_account: '6120' ", more)));
  }
  absl::StatusOr<ReorderProposal> Dismiss(const std::string& name, absl::CivilDay until) {
    v1::DismissReorderProposalRequest request;
    request.set_name(name);
    request.set_reason("The fair may be cancelled");
    *request.mutable_quiet_until() = time::ToDate(until);
    return Call<ReorderProposal>("DismissReorderProposal", Specialist(), request);
  }
  absl::StatusOr<v1::ProposeReorderResponse> Propose() {
    return Do<v1::ProposeReorderResponse, v1::ProposeReorderRequest>("ProposeReorder", "items/mug", Specialist());
  }
  v1::ReorderVerdict Compute() {
    auto response = Do<v1::ComputeReorderResponse, v1::ComputeReorderRequest>("ComputeReorder", "items/mug", Analyst());
    EXPECT_THAT(response, IsOk());
    return response.ok() && response->verdicts_size() > 0 ? response->verdicts(0) : v1::ReorderVerdict();
  }
};

TEST_F(ProposalsTest, EachNightKeepsOneInStepWithTheNeed) {
  HaveNeed();
  RunJobs();
  ASSERT_THAT(Open(), SizeIs(1));
  const ReorderProposal first = Open().front();
  EXPECT_EQ(first.quantity(), 320);
  EXPECT_EQ(first.cost_minor(), 160000);
  EXPECT_EQ(first.supplier(), "suppliers/printer");
  EXPECT_EQ(first.figures().reorder_point(), 97);
  EXPECT_EQ(first.figures().position(), 40);
  EXPECT_THAT(first.allowed_verbs(), ElementsAre("accept", "dismiss"));
  EXPECT_EQ(TermOf("printer").proposal(), first.name());
  EXPECT_EQ(TermOf("printer").outcome(), ReorderTerm::OUTCOME_PROPOSED);

  // Once a day; what was used since shows the next night, in the same proposal.
  RunJobs();
  EXPECT_EQ(ProposalOf(first.name()).etag(), first.etag());
  ASSERT_THAT(Use("items/mug", 4), IsOk());
  RunNight();
  ASSERT_THAT(Open(), SizeIs(1));
  EXPECT_EQ(Open().front().name(), first.name());
  EXPECT_EQ(Open().front().figures().position(), 36);
  EXPECT_NE(Open().front().etag(), first.etag());

  ASSERT_THAT(Receive("items/mug", 300, 100), IsOk());
  RunNight();
  EXPECT_THAT(Open(), SizeIs(0));
  EXPECT_EQ(ProposalOf(first.name()).state(), ReorderProposal::STATE_WITHDRAWN);
  EXPECT_EQ(ProposalOf(first.name()).state_reason(), "OUTCOME_ENOUGH");
  EXPECT_EQ(TermOf("printer").outcome(), ReorderTerm::OUTCOME_ENOUGH);
  EXPECT_EQ(TermOf("printer").proposal(), "");
  ExpectSound();
}

// 40 mugs are below the point, which needs no cost; the size is the one of an order's and a year's cost that are shipped:
// sqrt(2 · 1042.857 · 60000 / (0.2 · 500)) = 1118.7.
TEST_F(ProposalsTest, TheShippedCostsDoUntilSomebodySaysTheOwn) {
  HaveRegularDemand(40);
  HaveSupplier("printer", 500, 21);
  ASSERT_THAT(CreateTerm("printer"), IsOk());
  RunJobs();
  ASSERT_THAT(Open(), SizeIs(1));
  const ReorderProposal proposal = Open().front();
  EXPECT_EQ(proposal.figures().reorder_policy(), "reorderPolicies/default-costs");
  EXPECT_EQ(proposal.figures().order_cost_minor(), 60000);
  EXPECT_EQ(proposal.figures().holding_bp(), 2000);
  EXPECT_EQ(proposal.quantity(), 1119);
  HavePolicy();
  RunNight();
  ASSERT_THAT(Open(), SizeIs(1));
  EXPECT_EQ(Open().front().figures().reorder_policy(), "reorderPolicies/test");
  const auto own = Do<v1::ReorderPolicy, v1::GetReorderPolicyRequest>("GetReorderPolicy", "reorderPolicies/test", Analyst());
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(own->version(), 3);
}

TEST_F(ProposalsTest, WhatIsNotKnownIsNamedAndNothingProposed) {
  HaveRegularDemand(40);
  HavePolicyOf("unknown", "review_days: 1");
  HaveSupplier("printer", 500, 0);
  ASSERT_THAT(CreateTerm("printer"), IsOk());
  RunJobs();
  EXPECT_THAT(Open(), SizeIs(0));
  EXPECT_EQ(TermOf("printer").outcome(), ReorderTerm::OUTCOME_INCOMPLETE);
  EXPECT_THAT(TermOf("printer").gaps(), ElementsAre(v1::REORDER_GAP_LEAD_TIME, v1::REORDER_GAP_ORDER_COST, v1::REORDER_GAP_HOLDING_COST));
  // Foreign money without a rate.
  HavePolicy();
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(Call<v1::ReorderTerm>("UpdateReorderTerm", Specialist(),
                                    Proto<v1::UpdateReorderTermRequest>("reorder_term { name: 'reorderTerms/printer' lead_days: 21 }")),
              IsOk());
  EXPECT_EQ(Compute().outcome(), ReorderTerm::OUTCOME_PROPOSED);
  HaveSupplier("abroad", 500, 21, "unit: ''");
  ASSERT_THAT(Call<v1::SupplierPrice>("CreateSupplierPrice", Specialist(), Proto<v1::CreateSupplierPriceRequest>(R"pb(
                                        parent: 'suppliers/abroad'
                                        supplier_price_id: 'later'
                                        supplier_price {
                                          item: 'items/mug'
                                          currency_code: 'USD'
                                          price_quantity: 1
                                          minimum_quantity: 1
                                          breaks { from_quantity: 1 price_minor: 15 }
                                          valid_from { year: 2030 month: 1 day: 1 }
                                          lead_days: 5
                                        })pb")),
              HasReason("PRICE_OVERLAPS"));
}

TEST_F(ProposalsTest, APersonMakesARequisitionOfIt) {
  HaveNeed();
  HaveBudget("ops", 1000000);
  RunJobs();
  ASSERT_THAT(Open(), SizeIs(1));
  const std::string name = Open().front().name();
  EXPECT_THAT(Accept(name, "order_quantity: 400"), test::HasViolations("reason QUANTITY_REASON"));
  auto accepted = Accept(name, "order_quantity: 400 reason: 'The fair is larger this year'");
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), ReorderProposal::STATE_ACCEPTED);
  EXPECT_EQ(accepted->decider(), "employees/specialist");
  EXPECT_EQ(TermOf("printer").proposal(), "");
  auto requisition =
      Do<v1::PurchaseRequisition, v1::GetPurchaseRequisitionRequest>("GetPurchaseRequisition", accepted->requisition(), Specialist());
  ASSERT_THAT(requisition, IsOk());
  EXPECT_EQ(requisition->state(), v1::PurchaseRequisition::STATE_SUBMITTED);
  EXPECT_EQ(requisition->origin(), name);
  EXPECT_EQ(requisition->lines(0).quantity(), 400);
  EXPECT_EQ(requisition->lines(0).estimate_minor(), 200000);
  EXPECT_EQ(requisition->lines(0).supplier(), "suppliers/printer");
  EXPECT_EQ(BudgetOf("budgets/ops").pre_committed_minor(), 200000);
  EXPECT_EQ(time::ToDay(requisition->need_date()), Today() + 21);

  EXPECT_THAT(Accept(name), HasReason("ILLEGAL_TRANSITION"));
  // What is to come counts.
  RunNight();
  EXPECT_THAT(Open(), SizeIs(0));
  EXPECT_EQ(Compute().figures().on_order(), 400);
  EXPECT_EQ(Compute().figures().position(), 440);
  ExpectSound();
}

TEST_F(ProposalsTest, NothingIsOrderedThatIsNotNeededAnyMore) {
  HaveNeed();
  RunJobs();
  ASSERT_THAT(Open(), SizeIs(1));
  const std::string name = Open().front().name();
  EXPECT_THAT(Accept(name), HasReason("NO_BUDGET"));
  HaveBudget("ops", 1000000);
  ASSERT_THAT(Receive("items/mug", 300, 100), IsOk());
  EXPECT_THAT(Accept(name), HasReason("NEED_GONE"));
  EXPECT_EQ(ProposalOf(name).state(), ReorderProposal::STATE_OPEN);
  EXPECT_EQ(TermOf("printer").proposal(), name);
}

TEST_F(ProposalsTest, WhatIsDismissedIsQuietForSomeDays) {
  HaveNeed();
  RunJobs();
  ASSERT_THAT(Open(), SizeIs(1));
  const std::string name = Open().front().name();
  EXPECT_THAT(Dismiss(name, Today() - 1), test::HasViolations("quiet_until QUIET_DAYS"));
  EXPECT_THAT(Dismiss(name, Today() + 400), test::HasViolations("quiet_until QUIET_DAYS"));
  ASSERT_THAT(Dismiss(name, Today() + 2), IsOk());
  EXPECT_THAT(Accept(name), HasReason("ILLEGAL_TRANSITION"));
  RunNight(2);
  EXPECT_THAT(Open(), SizeIs(0));
  EXPECT_EQ(TermOf("printer").outcome(), ReorderTerm::OUTCOME_DISMISSED);
  RunNight();
  ASSERT_THAT(Open(), SizeIs(1));
  EXPECT_NE(Open().front().name(), name);
}

TEST_F(ProposalsTest, TheCheapestSupplierIsProposedAndNoOther) {
  HaveNeed();
  HaveSupplier("cheaper", 480, 21);
  ASSERT_THAT(CreateTerm("cheaper"), IsOk());
  RunJobs();
  ASSERT_THAT(Open(), SizeIs(1));
  EXPECT_EQ(Open().front().supplier(), "suppliers/cheaper");
  EXPECT_EQ(TermOf("printer").outcome(), ReorderTerm::OUTCOME_OTHER_SUPPLIER);
  const std::string first = Open().front().name();

  auto end = Proto<v1::UpdateSupplierPriceRequest>("supplier_price { name: 'suppliers/cheaper/supplierPrices/mug' }");
  *end.mutable_supplier_price()->mutable_valid_until() = time::ToDate(Today());
  end.mutable_update_mask()->add_paths("valid_until");
  ASSERT_THAT(Call<v1::SupplierPrice>("UpdateSupplierPrice", Specialist(), end), IsOk());
  RunNight();
  ASSERT_THAT(Open(), SizeIs(1));
  EXPECT_EQ(Open().front().supplier(), "suppliers/printer");
  EXPECT_EQ(ProposalOf(first).state_reason(), "OUTCOME_INCOMPLETE");
  // The price has promised the lead time as well.
  EXPECT_THAT(TermOf("cheaper").gaps(), ElementsAre(v1::REORDER_GAP_LEAD_TIME, v1::REORDER_GAP_PRICE));

  // Terms that go take their proposal along.
  const std::string second = Open().front().name();
  ASSERT_THAT((Do<google::protobuf::Empty, v1::DeleteReorderTermRequest>("DeleteReorderTerm", "reorderTerms/printer", Specialist())),
              IsOk());
  EXPECT_EQ(ProposalOf(second).state_reason(), "TERM_DELETED");
  EXPECT_THAT(Accept(second), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ProposalsTest, ActivitiesThatAreToComeCountOnce) {
  HaveNeed();
  auto activity = Proto<activity::v1::Activity>(R"pb(
    name: 'activities/gala'
    project: 'projects/spring'
    state: STATE_PREPARING
    bill_of_materials { item: 'items/mug' quantity: 30 }
    bill_of_materials { item: 'items/other' quantity: 99 }
  )pb");
  const auto on = [&](absl::CivilDay day) {
    *activity.mutable_start_time() = time::ToTimestamp(absl::FromCivil(day, service::DefaultTimeZone()));
    Tell(activity);
    clock_.Advance(absl::Minutes(1));  // Events are asked for every now and then.
    RunJobs();
  };
  on(Today() + 29);  // Four weeks are covered.
  EXPECT_EQ(Compute().figures().planned(), 0);
  on(Today() + 28);
  EXPECT_EQ(Compute().figures().planned(), 30);
  EXPECT_EQ(Compute().figures().position(), 10);
  // What is reserved for it is not planned any more, nor is what is held for its project.
  const auto reserve = [&](const std::string& id, const std::string& subject, int64_t quantity) {
    v1::CreateReservationRequest request = Wanted(id, {Of("items/mug", quantity)});
    request.mutable_reservation()->set_subject(subject);
    return Call<v1::Reservation>("CreateReservation", Specialist(), request);
  };
  ASSERT_THAT(reserve("for-gala", "activities/gala", 12), IsOk());
  EXPECT_EQ(Compute().figures().planned(), 18);
  EXPECT_EQ(Compute().figures().position(), 10);
  ASSERT_THAT(reserve("for-project", "projects/spring", 8), IsOk());
  EXPECT_EQ(Compute().figures().planned(), 10);
  EXPECT_EQ(Compute().figures().position(), 10);
  ASSERT_THAT(Confirm("reservations/for-gala"), IsOk());
  ASSERT_THAT(Issue("reservations/for-gala", {Of("items/mug", 12)}), IsOk());
  EXPECT_EQ(Compute().figures().planned(), 10);
  EXPECT_EQ(Compute().figures().position(), 10);
  activity.set_state(activity::v1::Activity::STATE_CANCELLED);
  on(Today() + 28);
  EXPECT_EQ(Compute().figures().planned(), 0);
}

TEST_F(ProposalsTest, OfManyWhoProposeAtOnceOneOpens) {
  HaveNeed();
  RunJobs();
  ASSERT_THAT(Dismiss(Open().front().name(), Today()), IsOk());
  clock_.Advance(absl::Hours(24));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) EXPECT_THAT(Propose(), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Open(), SizeIs(1));
}

TEST_F(ProposalsTest, OfManyWhoAcceptOneDoes) {
  HaveNeed();
  HaveBudget("ops", 1000000);
  RunJobs();
  const std::string name = Open().front().name();
  std::atomic<int> accepted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto answer = Accept(name);
      if (answer.ok()) {
        ++accepted;
      } else {
        EXPECT_THAT(answer, HasReason("ILLEGAL_TRANSITION"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(BudgetOf("budgets/ops").pre_committed_minor(), 160000);
  ExpectSound();
}

TEST_F(ProposalsTest, TermsAreCheckedAllAtOnce) {
  HaveNeed();
  RunJobs();
  EXPECT_THAT(
      Call<ReorderTerm>("CreateReorderTerm", Specialist(),
                        Proto<v1::CreateReorderTermRequest>("reorder_term { item: 'items/none' supplier: 'suppliers/none' unit: 'box' }")),
      test::HasViolations("reorder_term.item UNKNOWN_ITEM", "reorder_term.supplier UNKNOWN_SUPPLIER"));
  EXPECT_THAT(Call<ReorderTerm>("CreateReorderTerm", Specialist(),
                                Proto<v1::CreateReorderTermRequest>("reorder_term { item: 'items/mug' supplier: 'suppliers/printer' }")),
              HasReason("TERM_EXISTS"));
  HaveSupplier("second", 500, 21);
  EXPECT_THAT(CreateTerm("second", "unit: 'box'"), test::HasViolations("reorder_term.unit UNKNOWN_UNIT"));
  EXPECT_THAT((Do<v1::ComputeReorderResponse, v1::ComputeReorderRequest>("ComputeReorder", "items/none", Analyst())),
              HasReason("NOT_FOUND"));
  v1::RetireItemRequest retire;
  retire.set_name("items/mug");
  retire.set_reason("Nobody wants mugs");
  ASSERT_THAT(Call<v1::Item>("RetireItem", Specialist(), retire), IsOk());
  EXPECT_THAT(CreateTerm("second"), HasReason("ITEM_RETIRED"));
  EXPECT_EQ(Compute().outcome(), ReorderTerm::OUTCOME_RETIRED);
}

TEST_F(ProposalsTest, OrderCostAndCurrencyBelongTogether) {
  auto request = Proto<v1::CreateReorderPolicyRequest>(R"pb(
    reorder_policy {
      reason: 'Half of it'
      period: PERIOD_DAY
      history_days: 100
      size_smoothing_bp: 1000
      interval_smoothing_bp: 1000
      regular_interval_hundredths: 132
      stale_intervals: 3
      service_level_bp: 9500
      least_deliveries: 3
      delivery_days: 730
      order_cost_minor: 100
    })pb");
  const auto create = [&] { return Call<v1::ReorderPolicy>("CreateReorderPolicy", Specialist(), request); };
  EXPECT_THAT(create(), test::HasViolations("reorder_policy.currency_code ORDER_COST_CURRENCY"));
  request.mutable_reorder_policy()->set_currency_code("XXQ");
  EXPECT_THAT(create(), test::HasViolations("reorder_policy.currency_code UNKNOWN_CURRENCY"));
  request.mutable_reorder_policy()->clear_order_cost_minor();
  request.mutable_reorder_policy()->set_currency_code("TWD");
  EXPECT_THAT(create(), test::HasViolations("reorder_policy.currency_code ORDER_COST_CURRENCY"));
}

}  // namespace
}  // namespace heitie::resource
