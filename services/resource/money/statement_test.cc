#include <functional>
#include <string>
#include <utility>

#include "common/service/main.h"
#include "services/resource/budgeting/budgeting_testing.h"
#include "services/resource/money/booking.h"

namespace heitie::resource {
namespace {

// Passes everything on and counts it.
class CountingSession : public sql::Session {
 public:
  explicit CountingSession(sql::Session& session) : session_(session) {}
  absl::StatusOr<int64_t> Execute(const std::string& sql, const sql::Values& parameters) override {
    ++statements;
    return session_.Execute(sql, parameters);
  }
  absl::Status Query(const std::string& sql, const sql::Values& parameters, const std::function<void(const sql::Row&)>& row) override {
    ++statements;
    return session_.Query(sql, parameters, row);
  }
  absl::Status Append(const std::string& insert, sql::Values row, ReadBy readers) override {
    ++appended;
    return session_.Append(insert, std::move(row), readers);
  }

  // Round trips, and rows that ride with those of other works.
  int statements = 0, appended = 0;

 private:
  sql::Session& session_;
};

class MoneyStatementTest : public BudgetingTest {
 protected:
  MoneyStatementTest()
      : centers_(store_),
        policies_(store_),
        budgets_(store_, service::DefaultTimeZone(), policies_, centers_),
        bookings_(store_, budgets_, policies_, centers_) {}
  using Cost = std::pair<int, int>;  // statements, rows appended
  Cost CostOf(const std::function<absl::Status(record::Transaction&)>& work) {
    Cost cost;
    EXPECT_THAT(store_.Write(Specialist(),
                             [&](record::Transaction& tx) -> absl::Status {
                               CountingSession counting(tx.sql);
                               record::Transaction counted{tx.call, counting, tx.seals};
                               const absl::Status done = work(counted);
                               cost = {counting.statements, counting.appended};
                               return done;
                             }),
                IsOk());
    return cost;
  }
  Cost PreCommitAt(const std::string& budget, const std::string& id) {
    return CostOf([&](record::Transaction& tx) {
      v1::Encumbrance draft;
      draft.set_name("encumbrances/" + id);
      draft.set_budget("budgets/" + budget);
      draft.set_subject("activities/fair");
      draft.set_paper("papers/" + id);
      draft.set_amount_minor(10);
      return bookings_.PreCommit(tx, draft).status();
    });
  }

  CostCenters centers_;
  MoneyPolicies policies_;
  Budgets budgets_;
  Bookings bookings_;
};

// However deep a budget lies, a booking locks and writes all levels by one statement each; events, entries and the new row ride with
// others.
TEST_F(MoneyStatementTest, DeepBudgetsTakeAsManyAsFlatOnes) {
  HaveTree();
  HaveBudgetOf("desk", 300, {.parent = "budgets/leaf"});
  HaveBudget("alone", 1000);
  EXPECT_EQ(PreCommitAt("desk", "first"), Cost(5, 10)) << "the way up is not known yet";
  EXPECT_EQ(PreCommitAt("desk", "second"), Cost(2, 10));
  EXPECT_EQ(PreCommitAt("alone", "third"), Cost(2, 4));
  EXPECT_EQ(CostOf([&](record::Transaction& tx) { return bookings_.Commit(tx, "encumbrances/second", 10).status(); }), Cost(4, 9));
  const v1::Budget top = BudgetOf("budgets/top");
  EXPECT_EQ(top.pre_committed_minor(), 10);
  EXPECT_EQ(top.committed_minor(), 10);
  EXPECT_EQ(BudgetOf("budgets/desk").lifted_entry_count(), BudgetOf("budgets/desk").entry_count());
  EXPECT_EQ(EntriesOf("budgets/top").back().origin(), "budgets/desk");
  // What does not fit is refused with every level that is short, and an alert is an event of its own as ever.
  const absl::Status refused = store_.Write(Specialist(), [&](record::Transaction& tx) {
    v1::Encumbrance draft;
    draft.set_budget("budgets/desk");
    draft.set_subject("activities/fair");
    draft.set_paper("papers/x");
    draft.set_amount_minor(390);
    return bookings_.PreCommit(tx, draft).status();
  });
  EXPECT_THAT(refused, test::HasViolations("budgets/desk BUDGET_SHORT", "budgets/leaf BUDGET_SHORT"));
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
