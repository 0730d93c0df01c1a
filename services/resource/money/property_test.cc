// Random operations on the service against an oracle in memory that knows nothing of rows, locks or ledgers (W7, W8).
#include <algorithm>
#include <random>

#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

constexpr int kSteps = 1000;

class PropertyTest : public ResourceTest {
 protected:
  int64_t Upto(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)) + 1; }
  template <typename T>
  T& Any(std::vector<T>& list) {
    return list[random_() % list.size()];
  }
  // Sometimes the hour of an expiry passes.
  void MaybeAdvance() {
    if (random_() % 10 == 0) clock_.Advance(absl::Minutes(Upto(40)));
  }

  std::mt19937 random_{20260101};
};

class StockPropertyTest : public PropertyTest {
 protected:
  struct Line {
    std::string item;
    int64_t reserved = 0, issued = 0, returned = 0, released = 0;
    int64_t outstanding() const { return reserved - issued - released; }
    int64_t out() const { return issued - returned; }
  };
  struct Hold {
    std::string name;
    absl::Time expiry;
    bool confirmed = false;
    std::vector<Line> lines;
    bool open() const {
      return std::any_of(lines.begin(), lines.end(), [](const Line& line) { return line.outstanding() > 0; });
    }
    void GiveBack() {
      for (Line& line : lines) line.released += line.outstanding();
    }
  };

  int64_t OutstandingOf(const std::string& item) const {
    int64_t sum = 0;
    for (const Hold& hold : holds_) {
      for (const Line& line : hold.lines) sum += line.item == item ? line.outstanding() : 0;
    }
    return sum;
  }
  int64_t OutOf(const std::string& item) const {
    int64_t sum = 0;
    for (const Hold& hold : holds_) {
      for (const Line& line : hold.lines) sum += line.item == item ? line.out() : 0;
    }
    return sum;
  }
  int64_t OnHand(const std::string& item) const { return received_.at(item) - OutOf(item); }

  void ReceiveSome() {
    const std::string item = Any(items_);
    const int64_t quantity = Upto(8);
    ASSERT_THAT(ResourceTest::Receive(item, quantity, Upto(500)), IsOk());
    received_[item] += quantity;
  }

  void ReserveSome() {
    Hold hold;
    hold.name = "h" + std::to_string(holds_.size());
    hold.expiry = clock_.Now() + absl::Hours(1);
    std::vector<v1::ItemQuantity> lines;
    bool fits = true;
    for (const std::string& item : items_) {
      if (random_() % 2 == 0) continue;
      const int64_t quantity = Upto(6);
      lines.push_back(Of(item, quantity));
      hold.lines.push_back({.item = item, .reserved = quantity});
      fits = fits && quantity <= OnHand(item) - OutstandingOf(item);
    }
    if (lines.empty()) return;
    const auto held = Reserve(hold.name, lines);
    if (!fits) {
      EXPECT_THAT(held, HasReason("STOCK_SHORT"));
      return;
    }
    ASSERT_THAT(held, IsOk());
    hold.name = held->name();
    holds_.push_back(hold);
  }

  void ConfirmSome(Hold& hold) {
    const bool may = !hold.confirmed && hold.open() && clock_.Now() < hold.expiry;
    ASSERT_EQ(Confirm(hold.name).ok(), may) << hold.name;
    if (may) hold.confirmed = true;
  }

  void IssueSome(Hold& hold) {
    Line& line = Any(hold.lines);
    const int64_t quantity = Upto(4);
    const bool may = hold.confirmed && hold.open() && quantity <= line.outstanding();
    ASSERT_EQ(Issue(hold.name, {Of(line.item, quantity)}).ok(), may) << hold.name;
    if (may) line.issued += quantity;
  }

  void ReturnSome(Hold& hold) {
    Line& line = Any(hold.lines);
    const int64_t quantity = Upto(3);
    const bool may = quantity <= line.out();
    ASSERT_EQ(Return(hold.name, {Of(line.item, quantity)}).ok(), may) << hold.name;
    if (may) line.returned += quantity;
  }

  void ReleaseSome(Hold& hold) {
    ASSERT_THAT(ReleaseReservation(hold.name), IsOk());
    hold.GiveBack();
  }

  void ExpireSome() {
    ASSERT_THAT(jobs_.RunDue(), IsOk());
    for (Hold& hold : holds_) {
      if (!hold.confirmed && hold.expiry <= clock_.Now()) hold.GiveBack();
    }
  }

  void Step() {
    MaybeAdvance();
    const auto verb = random_() % 12;
    if (verb < 2) return ReceiveSome();
    if (verb < 5 || holds_.empty()) return ReserveSome();
    Hold& hold = Any(holds_);
    if (verb < 7) return ConfirmSome(hold);
    if (verb < 9) return IssueSome(hold);
    if (verb < 10) return ReturnSome(hold);
    if (verb < 11) return ReleaseSome(hold);
    ExpireSome();
  }

  void Compare() {
    for (const std::string& item : items_) {
      const v1::Stock stock = StockOf(item);
      ASSERT_EQ(stock.on_hand(), OnHand(item));
      ASSERT_EQ(stock.reserved(), OutstandingOf(item));
      ASSERT_EQ(stock.available(), stock.on_hand() - stock.reserved());
    }
  }

  std::vector<std::string> items_ = {"items/a", "items/b", "items/c"};
  std::map<std::string, int64_t> received_;
  std::vector<Hold> holds_;
};

TEST_F(StockPropertyTest, TheServiceAgreesWithTheOracle) {
  for (const char* id : {"a", "b", "c"}) HaveItem(id, 20);
  for (const std::string& item : items_) received_[item] = 20;
  for (int step = 0; step < kSteps && !HasFatalFailure(); ++step) {
    SCOPED_TRACE(step);
    Step();
    Compare();
  }
  EXPECT_GT(holds_.size(), 20u);
  ExpectSound();
}

class MoneyPropertyTest : public PropertyTest {
 protected:
  struct Hold {
    std::string name, budget;
    absl::Time expiry;
    int64_t pre = 0, committed = 0, actual = 0;
    bool ordered = false;
    int64_t open() const { return pre + committed; }
  };

  int64_t Available(const std::string& budget) const {
    int64_t left = funds_.at(budget);
    for (const Hold& hold : holds_) left -= hold.budget == budget ? hold.pre + hold.committed + hold.actual : 0;
    return left;
  }

  void TransferSome() {
    const std::string source = Any(budgets_), target = Any(budgets_);
    if (source == target) return;
    const int64_t amount = Upto(120);
    const bool may = amount <= Available(source);
    ASSERT_EQ(Transfer(source, target, amount).ok(), may);
    if (!may) return;
    funds_[source] -= amount;
    funds_[target] += amount;
  }

  void RequestSome() {
    Hold hold = {
        .name = "h" + std::to_string(holds_.size()), .budget = Any(budgets_), .expiry = clock_.Now() + absl::Hours(1), .pre = Upto(150)};
    const auto requested = PreCommit(hold.name, hold.budget, hold.pre);
    if (hold.pre > Available(hold.budget)) {
      EXPECT_THAT(requested, HasReason("BUDGET_SHORT"));
      return;
    }
    ASSERT_THAT(requested, IsOk());
    hold.name = requested->name();
    holds_.push_back(hold);
  }

  void OrderSome(Hold& hold) {
    const int64_t amount = Upto(80);
    const bool alive = hold.ordered || clock_.Now() < hold.expiry;
    const bool may = alive && amount <= hold.pre;
    ASSERT_EQ(Commit(hold.name, amount).ok(), may) << hold.name;
    if (!may) return;
    hold.ordered = true;
    hold.pre -= amount;
    hold.committed += amount;
  }

  void PaySome(Hold& hold) {
    const int64_t amount = Upto(60);
    const bool may = amount <= hold.committed;
    ASSERT_EQ(RecordActual(hold.name, amount).ok(), may) << hold.name;
    if (!may) return;
    hold.committed -= amount;
    hold.actual += amount;
  }

  void ReleaseSome(Hold& hold) {
    ASSERT_THAT(ReleaseEncumbrance(hold.name), IsOk());
    hold.pre = hold.committed = 0;
  }

  void ExpireSome() {
    ASSERT_THAT(jobs_.RunDue(), IsOk());
    for (Hold& hold : holds_) {
      if (!hold.ordered && hold.expiry <= clock_.Now()) hold.pre = 0;
    }
  }

  void Step() {
    MaybeAdvance();
    const auto verb = random_() % 12;
    if (verb < 2) return TransferSome();
    if (verb < 5 || holds_.empty()) return RequestSome();
    Hold& hold = Any(holds_);
    if (verb < 8) return OrderSome(hold);
    if (verb < 10) return PaySome(hold);
    if (verb < 11) return ReleaseSome(hold);
    ExpireSome();
  }

  void Compare() {
    for (const std::string& budget : budgets_) ASSERT_EQ(BudgetOf(budget).available_minor(), Available(budget));
  }

  std::vector<std::string> budgets_ = {"budgets/a", "budgets/b", "budgets/c"};
  std::map<std::string, int64_t> funds_;
  std::vector<Hold> holds_;
};

TEST_F(MoneyPropertyTest, TheServiceAgreesWithTheOracle) {
  for (const char* id : {"a", "b", "c"}) HaveBudget(id, 1000);
  for (const std::string& budget : budgets_) funds_[budget] = 1000;
  for (int step = 0; step < kSteps && !HasFatalFailure(); ++step) {
    SCOPED_TRACE(step);
    Step();
    Compare();
  }
  EXPECT_GT(holds_.size(), 20u);
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
