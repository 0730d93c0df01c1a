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
  EXPECT_THAT(Call<v1::VerifyLedgersResponse>("VerifyLedgers", engineer, v1::VerifyLedgersRequest()), IsOk());
  const auto refused = Call<v1::VerifyLedgersResponse>("VerifyLedgers", Specialist(), v1::VerifyLedgersRequest());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace heitie::resource
