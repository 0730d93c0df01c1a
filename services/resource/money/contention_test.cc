// Oversell and overspend under concurrency (W7, W8): 64 threads on a real database.
#include <atomic>
#include <functional>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

constexpr int kThreads = 64;

class ContentionTest : public ResourceTest {
 protected:
  // Runs `work(i)` in 64 threads at once and counts the outcomes by their reason, "" for success.
  std::map<std::string, int> Race(const std::function<absl::Status(int)>& work) {
    std::latch start(kThreads);
    std::mutex mutex;
    std::map<std::string, int> outcomes;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        const absl::Status status = work(i);
        const std::string reason = status.ok() ? "" : status::ReasonOf(status);
        std::lock_guard<std::mutex> lock(mutex);
        ++outcomes[status.ok() || !reason.empty() ? reason : status.ToString()];
      });
    }
    for (std::thread& thread : threads) thread.join();
    return outcomes;
  }

  static std::string Id(int i) { return "x" + std::to_string(i); }
};

using Outcomes = std::map<std::string, int>;

TEST_F(ContentionTest, TheLastUnitIsReservedOnce) {
  HaveItem("mug", 1);
  EXPECT_EQ(Race([&](int i) { return Reserve(Id(i), {Of("items/mug", 1)}).status(); }), (Outcomes{{"", 1}, {"STOCK_SHORT", kThreads - 1}}));
  EXPECT_EQ(StockOf("items/mug").available(), 0);
  ExpectSound();
}

// Lines in opposite orders: all or none, and nobody waits in a circle.
TEST_F(ContentionTest, SeveralItemsGoTogether) {
  HaveItem("mug", 32);
  HaveItem("pen", 24);
  EXPECT_EQ(Race([&](int i) {
              const auto mug = Of("items/mug", 1), pen = Of("items/pen", 1);
              return Reserve(Id(i), i % 2 == 0 ? std::vector{mug, pen} : std::vector{pen, mug}).status();
            }),
            (Outcomes{{"", 24}, {"STOCK_SHORT", kThreads - 24}}));
  EXPECT_EQ(StockOf("items/mug").reserved(), 24);
  EXPECT_EQ(StockOf("items/pen").reserved(), 24);
  ExpectSound();
}

TEST_F(ContentionTest, AReservationIssuesNoMoreThanItHolds) {
  HaveItem("mug", 100);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 20)}), IsOk());
  ASSERT_THAT(Confirm("reservations/r1"), IsOk());
  const Outcomes outcomes = Race([&](int) { return Issue("reservations/r1", {Of("items/mug", 1)}).status(); });
  EXPECT_EQ(outcomes, (Outcomes{{"", 20}, {"ILLEGAL_TRANSITION", kThreads - 20}}));  // It closed with the last one.
  EXPECT_EQ(StockOf("items/mug").on_hand(), 80);
  EXPECT_EQ(StockOf("items/mug").value_minor(), 8000);
  ExpectSound();
}

TEST_F(ContentionTest, OneRequestSentManyTimesReservesOnce) {
  HaveItem("mug", 100);
  auto request = Wanted("", {Of("items/mug", 7)});
  request.set_request_id("once");
  std::mutex mutex;
  std::set<std::string> names;
  EXPECT_EQ(Race([&](int) {
              const auto held = Call<v1::Reservation>("CreateReservation", Specialist(), request);
              std::lock_guard<std::mutex> lock(mutex);
              if (held.ok()) names.insert(held->name());
              return held.status();
            }),
            (Outcomes{{"", kThreads}}));
  EXPECT_EQ(names.size(), 1);
  EXPECT_EQ(StockOf("items/mug").reserved(), 7);
}

// Confirmation, release and expiry of one reservation at once: one of them wins, and the stock comes back at most once.
TEST_F(ContentionTest, OneFateForAReservation) {
  HaveItem("mug", 10);
  ASSERT_THAT(Reserve("r1", {Of("items/mug", 10)}), IsOk());
  const rpc::Call early = Specialist();
  clock_.Advance(absl::Hours(1));
  v1::ConfirmReservationRequest confirm;
  confirm.set_name("reservations/r1");
  const Outcomes outcomes = Race([&](int i) -> absl::Status {
    if (i % 3 == 0) return jobs_.RunDue().status();
    if (i % 3 == 1) return ReleaseReservation("reservations/r1").status();
    return Call<v1::Reservation>("ConfirmReservation", early, confirm).status();
  });
  for (const auto& [reason, count] : outcomes) EXPECT_TRUE(reason.empty() || reason == "ILLEGAL_TRANSITION") << reason << ": " << count;
  const v1::Stock stock = StockOf("items/mug");
  EXPECT_EQ(stock.on_hand(), 10);
  EXPECT_EQ(stock.reserved(), 0);  // Whoever won, some release came after it.
  EXPECT_EQ(stock.entry_count(), 3);
  ExpectSound();
}

TEST_F(ContentionTest, TheLastUnitOfMoneyIsTakenOnce) {
  HaveBudget("q1", 1);
  EXPECT_EQ(Race([&](int i) { return PreCommit(Id(i), "budgets/q1", 1).status(); }), (Outcomes{{"", 1}, {"BUDGET_SHORT", kThreads - 1}}));
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 0);
  ExpectSound();
}

// Transfers in both directions against pre-commitments: no deadlock ends in an error, and no money is made or lost.
TEST_F(ContentionTest, TransfersInBothDirectionsAddToZero) {
  HaveBudget("q1", 20);
  HaveBudget("q2", 20);
  std::atomic<int> taken = 0;
  const Outcomes outcomes = Race([&](int i) -> absl::Status {
    if (i % 3 == 0) return Transfer("budgets/q1", "budgets/q2", 3).status();
    if (i % 3 == 1) return Transfer("budgets/q2", "budgets/q1", 3).status();
    const absl::Status status = PreCommit(Id(i), i % 2 == 0 ? "budgets/q1" : "budgets/q2", 4).status();
    if (status.ok()) taken += 4;
    return status;
  });
  for (const auto& [reason, count] : outcomes) EXPECT_TRUE(reason.empty() || reason == "BUDGET_SHORT") << reason << ": " << count;
  const v1::Budget q1 = BudgetOf("budgets/q1"), q2 = BudgetOf("budgets/q2");
  EXPECT_EQ(q1.transferred_minor() + q2.transferred_minor(), 0);
  EXPECT_EQ(q1.available_minor() + q2.available_minor(), 40 - taken);
  ExpectSound();
}

TEST_F(ContentionTest, AnEncumbranceOrdersNoMoreThanItHolds) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 20), IsOk());
  EXPECT_EQ(Race([&](int) { return Commit("encumbrances/e1", 1).status(); }), (Outcomes{{"", 20}, {"STAGE_SHORT", kThreads - 20}}));
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 20);
  ExpectSound();
}

// Four levels; leaves of two branches, the branches themselves and the top are booked at once, transfers cross between the branches, and
// what was taken is ordered and given back. Nobody waits in a circle, and no level is overspent.
TEST_F(ContentionTest, ATreeIsBookedFromAllSides) {
  HaveBudget("top", 100);
  const auto below = [&](const std::string& id, const std::string& parent, int64_t amount) {
    auto draft = Draft(id, amount);
    ASSERT_THAT(draft, IsOk());
    v1::UpdateBudgetRequest request;
    request.mutable_budget()->set_name(draft->name());
    request.mutable_budget()->set_parent_budget(parent);
    request.mutable_update_mask()->add_paths("parent_budget");
    ASSERT_THAT(Call<v1::Budget>("UpdateBudget", Specialist(), request), IsOk());
    ASSERT_THAT(Approve(draft->name()), IsOk());
  };
  // Names against depths, so that one order by name would not do.
  for (const std::string side : {"a", "z"}) {
    below(side + "-1", "budgets/top", 80);
    below(side + "-2", "budgets/" + side + "-1", 60);
    below(side + "-3", "budgets/" + side + "-2", 50);
  }
  const std::vector<std::string> budgets = {"budgets/a-3", "budgets/z-3", "budgets/a-1", "budgets/z-2", "budgets/top"};
  std::atomic<int64_t> taken = 0;
  const Outcomes outcomes = Race([&](int i) -> absl::Status {
    for (int round = 0; round < 3; ++round) {
      if (i % 8 == 0) {
        const bool back = (i / 8 + round) % 2 == 0;
        const absl::Status status = Transfer(back ? "budgets/z-3" : "budgets/a-3", back ? "budgets/a-2" : "budgets/z-1", 2).status();
        if (!status.ok() && status::ReasonOf(status) != "BUDGET_SHORT") return status;
        continue;
      }
      const std::string id = Id(i) + "-" + std::to_string(round), name = "encumbrances/" + id;
      const absl::Status held = PreCommit(id, budgets[static_cast<size_t>(i + round) % budgets.size()], 3).status();
      if (!held.ok() && status::ReasonOf(held) != "BUDGET_SHORT") return held;
      if (!held.ok()) continue;
      absl::Status status = Commit(name, 2).status();
      status.Update(RecordActual(name, 1).status());
      if (i % 3 == 0) {
        status.Update(ReleaseEncumbrance(name).status());
        taken += 1;
      } else {
        taken += 3;
      }
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(outcomes, (Outcomes{{"", kThreads}}));
  const v1::Budget top = BudgetOf("budgets/top");
  EXPECT_EQ(top.available_minor(), 100 - taken);
  EXPECT_EQ(top.transferred_minor(), 0);
  EXPECT_GT(taken, 60);
  ExpectSound();
}

// The audit takes no locks, and never reports work in progress as a difference.
TEST_F(ContentionTest, TheAuditIsSoundWhileWorkGoesOn) {
  HaveItem("mug", 40);
  HaveBudget("q1", 40);
  const Outcomes outcomes = Race([&](int i) -> absl::Status {
    if (i % 8 == 0) {
      ExpectSound();
      return absl::OkStatus();
    }
    if (i % 2 == 0) return PreCommit(Id(i), "budgets/q1", 1).status();
    return Reserve(Id(i), {Of("items/mug", 1)}).status();
  });
  EXPECT_EQ(outcomes, (Outcomes{{"", kThreads}}));
}

}  // namespace
}  // namespace heitie::resource
