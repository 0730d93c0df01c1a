#include "services/resource/money/ledger_audit.h"

#include "heitie/options/v1/access.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using ::testing::IsSupersetOf;

class LedgerAuditTest : public ResourceTest {
 protected:
  // A little of everything: two items, a reservation that was issued and returned, two budgets, a transfer, two encumbrances.
  void HaveHistory() {
    HaveItem("mug", 10);
    HaveItem("pen", 5);
    ASSERT_THAT(Reserve("r1", {Of("items/mug", 6), Of("items/pen", 1)}), IsOk());
    ASSERT_THAT(Confirm("reservations/r1"), IsOk());
    ASSERT_THAT(Issue("reservations/r1", {Of("items/mug", 4)}), IsOk());
    ASSERT_THAT(Return("reservations/r1", {Of("items/mug", 1)}), IsOk());
    ASSERT_THAT(ReleaseReservation("reservations/r1"), IsOk());
    HaveBudget("q1", 1000);
    HaveBudget("q2", 1000);
    ASSERT_THAT(Transfer("budgets/q1", "budgets/q2", 300), IsOk());
    ASSERT_THAT(PreCommit("e1", "budgets/q1", 300), IsOk());
    ASSERT_THAT(Commit("encumbrances/e1", 200), IsOk());
    ASSERT_THAT(RecordActual("encumbrances/e1", 150), IsOk());
    ASSERT_THAT(ReleaseEncumbrance("encumbrances/e1"), IsOk());
    ASSERT_THAT(PreCommit("e2", "budgets/q2", 1), IsOk());
  }

  // Somebody with access to the database changes a row behind the service's back.
  void Tamper(const std::string& statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(5), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  }

  std::vector<std::string> Findings() {
    const v1::VerifyLedgersResponse response = Verify();
    std::vector<std::string> findings;
    for (const auto& d : response.discrepancies()) findings.push_back(d.subject() + " " + d.figure());
    return findings;
  }
};

TEST_F(LedgerAuditTest, WhatTheServiceWritesIsSound) {
  HaveHistory();
  const v1::VerifyLedgersResponse response = Verify();
  EXPECT_EQ(response.discrepancies_size(), 0) << response.DebugString();
  EXPECT_EQ(response.stock_count(), 2);
  EXPECT_EQ(response.stock_entry_count(), 8);
  EXPECT_EQ(response.reservation_count(), 1);
  EXPECT_EQ(response.budget_count(), 2);
  EXPECT_EQ(response.budget_entry_count(), 9);
  EXPECT_EQ(response.encumbrance_count(), 2);
}

TEST_F(LedgerAuditTest, FindsAStockThatWasRaised) {
  HaveHistory();
  Tamper("UPDATE stocks SET on_hand = on_hand + 5, available = available + 5 WHERE item = 'items/mug'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("items/mug/stock on_hand", "items/mug/stock available"));
}

TEST_F(LedgerAuditTest, FindsAnEntryThatWasRemoved) {
  HaveHistory();
  Tamper("DELETE FROM stock_entries WHERE item = 'items/pen' AND sequence = 3");
  EXPECT_THAT(Findings(),
              IsSupersetOf({"items/pen/stock entry_count", "items/pen entry_count", "reservations/r1 items/pen released_quantity"}));
}

TEST_F(LedgerAuditTest, FindsAnEntryThatWasForged) {
  HaveHistory();
  Tamper(
      "INSERT INTO stock_entries (name, item, sequence, kind, on_hand_delta, reserved_delta, value_delta_minor, on_hand, reserved, "
      "value_minor, "
      "goods_receipt, reservation, line_reserved, line_issued, line_returned, creator) "
      "VALUES ('items/mug/stockEntries/forged', 'items/mug', 99, 'KIND_RECEIPT', 1, 0, 0, 8, 0, 700, 'goodsReceipts/x', '', 0, 0, 0, 'x')");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("items/mug entry_count"));
}

TEST_F(LedgerAuditTest, FindsAReservationThatWasRewritten) {
  HaveHistory();
  Tamper("UPDATE reservations SET `lines` = REPLACE(`lines`, '\"6\"', '\"7\"') WHERE name = 'reservations/r1'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("reservations/r1 items/mug quantity"));
}

// An item in two lots, of which some are promised and some were issued, valued by FIFO.
class PlacesAuditTest : public LedgerAuditTest {
 protected:
  void HaveLots() {
    HaveItem("cake");
    ASSERT_THAT(
        Call<v1::Item>("UpdateItem", Specialist(),
                       Proto<v1::UpdateItemRequest>("item { name: 'items/cake' rules { tracking: TRACKING_LOT valuation: VALUATION_FIFO "
                                                    "} } update_mask { paths: 'rules' }")),
        IsOk());
    const auto receipt =
        Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(),
                               Proto<v1::CreateGoodsReceiptRequest>("goods_receipt { supplier: 's' receive_date { year: 2026 month: 1 day: "
                                                                    "1 } lines { item: 'items/cake' quantity: 5 cost_minor: 500 "
                                                                    "lot_code: 'a' expiry_date { year: 2026 month: 1 day: 9 } } lines { "
                                                                    "item: 'items/cake' quantity: 5 cost_minor: 700 lot_code: 'b' } "
                                                                    "}"));
    ASSERT_THAT(receipt, IsOk());
    first_ = receipt->lines(0).lot();
    ASSERT_THAT(Reserve("r1", {Of("items/cake", 4)}), IsOk());
    ASSERT_THAT(Confirm("reservations/r1"), IsOk());
    ASSERT_THAT(Issue("reservations/r1", {Of("items/cake", 3)}), IsOk());
    EXPECT_EQ(Verify().discrepancies_size(), 0) << Verify().DebugString();
  }

  std::string first_;
};

TEST_F(PlacesAuditTest, FindsALotThatWasMoved) {
  HaveLots();
  Tamper("UPDATE stock_balances SET on_hand = on_hand - 1 WHERE lot = '" + first_ + "'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("items/cake/stock on_hand locations/main " + first_));
}

TEST_F(PlacesAuditTest, FindsALocationThatPromisesTooLittle) {
  HaveLots();
  Tamper("UPDATE stock_balances SET reserved = 0 WHERE lot = ''");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("items/cake/stock reserved locations/main"));
}

TEST_F(PlacesAuditTest, FindsANeedThatWasPutOff) {
  HaveLots();
  Tamper("UPDATE stock_needs SET need_date = '2026-01-05'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("items/cake/stock needed locations/main 9999-12-31",
                                                 "items/cake/stock needed locations/main 2026-01-05"));
}

TEST_F(PlacesAuditTest, FindsALayerThatWasMadeDearer) {
  HaveLots();
  Tamper("UPDATE stock_layers SET value_minor = value_minor + 1 WHERE layer = 2");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("items/cake/stock layer 2 value_minor"));
}

TEST_F(PlacesAuditTest, FindsAnIssueOfWhatHadExpired) {
  HaveLots();
  Tamper("UPDATE lots SET expiry_date = '2025-12-31' WHERE code = 'b'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("items/cake/stockEntries/000000000004 expiry_date"));
}

TEST_F(PlacesAuditTest, FindsAMovementOnADayOnWhichNothingWasThere) {
  HaveLots();
  Tamper("UPDATE stock_entries SET business_date = '2025-12-30' WHERE kind = 'KIND_ISSUE'");
  EXPECT_THAT(Findings(), IsSupersetOf({"items/cake/stock business_date 2025-12-30"}));
}

TEST_F(LedgerAuditTest, FindsABudgetThatWasRaised) {
  HaveHistory();
  Tamper("UPDATE budgets SET approved_minor = approved_minor + 5, available_minor = available_minor + 5 WHERE name = 'budgets/q1'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("budgets/q1 approved_minor", "budgets/q1 available_minor"));
}

TEST_F(LedgerAuditTest, FindsATransferThatDoesNotAddToZero) {
  HaveHistory();
  Tamper(
      "UPDATE budget_entries SET transferred_delta_minor = 301, transferred_minor = 301 WHERE budget = 'budgets/q2' AND kind = "
      "'KIND_TRANSFER'");
  const v1::VerifyLedgersResponse response = Verify();
  bool found = false;
  for (const auto& d : response.discrepancies()) found = found || (d.figure() == "transfers" && d.found() == 1);
  EXPECT_TRUE(found) << response.DebugString();
}

TEST_F(LedgerAuditTest, FindsAnEncumbranceThatWasRewritten) {
  HaveHistory();
  Tamper("UPDATE encumbrances SET actual_minor = 140, released_minor = 160 WHERE name = 'encumbrances/e1'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("encumbrances/e1 actual_minor", "encumbrances/e1 released_minor"));
}

TEST_F(LedgerAuditTest, IsForManagersAndThePlatform) {
  const rpc::Call engineer = test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now());
  EXPECT_THAT(Call<v1::VerifyLedgersResponse>("VerifyLedgers", engineer, v1::VerifyLedgersRequest()),
              test::HasViolation("reason", "REQUIRED"));
  EXPECT_THAT(Call<v1::VerifyLedgersResponse>("VerifyLedgers", engineer, Proto<v1::VerifyLedgersRequest>("reason: 'restored'")), IsOk());
  const auto trail = Call<type::v1::ListEventsResponse>("ListEvents", Manager(),
                                                        Proto<type::v1::ListEventsRequest>("subject_types: 'type.heitie/Verification'"));
  ASSERT_EQ(trail->events_size(), 1);
  EXPECT_EQ(trail->events(0).principal(), "employees/engineer");
  EXPECT_EQ(trail->events(0).action(), "verify");
  EXPECT_THAT(trail->events(0).after_json(), ::testing::HasSubstr("restored"));
  const auto refused = Call<v1::VerifyLedgersResponse>("VerifyLedgers", Specialist(), v1::VerifyLedgersRequest());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
}

// A budget below another one, with what the audit compares between levels.
class TreeAuditTest : public LedgerAuditTest {
 protected:
  void HaveTree() {
    HaveBudget("top", 1000);
    ASSERT_THAT(Draft("leaf", 500), IsOk());
    v1::UpdateBudgetRequest request;
    request.mutable_budget()->set_name("budgets/leaf");
    request.mutable_budget()->set_parent_budget("budgets/top");
    request.mutable_update_mask()->add_paths("parent_budget");
    ASSERT_THAT(Call<v1::Budget>("UpdateBudget", Specialist(), request), IsOk());
    ASSERT_THAT(Approve("budgets/leaf"), IsOk());
    ASSERT_THAT(PreCommit("e1", "budgets/leaf", 300), IsOk());
    ASSERT_THAT(PreCommit("e2", "budgets/top", 10), IsOk());
    EXPECT_THAT(Findings(), ::testing::IsEmpty());
  }
};

TEST_F(TreeAuditTest, FindsWhatALevelDoesNotBear) {
  HaveTree();
  Tamper("UPDATE budget_entries SET origin = '' WHERE budget = 'budgets/top' AND origin <> ''");
  EXPECT_THAT(Findings(), IsSupersetOf({"budgets/top of budgets/leaf pre_committed_minor"}));
}

TEST_F(TreeAuditTest, FindsWhatALevelBearsOfNobody) {
  HaveTree();
  Tamper("UPDATE budget_entries SET origin = 'budgets/none' WHERE encumbrance = 'encumbrances/e2'");
  EXPECT_THAT(Findings(), IsSupersetOf({"budgets/top of budgets/none pre_committed_minor"}));
}

TEST_F(TreeAuditTest, FindsAWrongCountOfChildren) {
  HaveTree();
  Tamper("UPDATE budgets SET child_count = 2 WHERE name = 'budgets/top'");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("budgets/top child_count"));
}

TEST_F(TreeAuditTest, FindsAHoldThatIsNotBooked) {
  HaveTree();
  Tamper(
      "INSERT INTO budget_holds (name, budget, amount_minor, currency_code, reason, holder, expire_time, state, state_reason, etag, "
      "create_time, update_time, creator) VALUES ('budgetHolds/x', 'budgets/leaf', 5, 'TWD', '', '', '2026-02-01', 'STATE_ACTIVE', '', "
      "'1', "
      "'2026-01-01', '2026-01-01', '')");
  EXPECT_THAT(Findings(), ::testing::ElementsAre("budgets/leaf holds"));
}

// What the version before would write to a budget below another one: it raises entry_count and knows nothing of levels.
TEST_F(TreeAuditTest, TheVersionBeforeCannotBookBelowABudget) {
  HaveTree();
  const auto old_booking = [&](const std::string& budget) {
    return database_.get().Write(absl::Now() + absl::Seconds(5), [&](sql::Session& session) {
      return session
          .Execute(
              "UPDATE budgets SET entry_count = entry_count + 1, pre_committed_minor = pre_committed_minor + 1, available_minor = "
              "available_minor - 1 WHERE name = ?",
              sql::Bind(budget))
          .status();
    });
  };
  EXPECT_FALSE(old_booking("budgets/leaf").ok());
  EXPECT_THAT(old_booking("budgets/top"), IsOk());
}

}  // namespace
}  // namespace heitie::resource
