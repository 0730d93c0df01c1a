// Random operations on random trees of budgets against a model that knows neither ledgers nor levels: what a budget has available is what
// it may spend less what is taken anywhere below it (W8).
#include <algorithm>
#include <random>

#include "services/resource/budgeting/budgeting_testing.h"

namespace heitie::resource {
namespace {

constexpr int kTreeSteps = 500;
constexpr int64_t kExcessBp = 1000, kExcessMinor = 5;

class TreePropertyTest : public BudgetingTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  struct Node {
    std::string name;
    int parent = -1;
    int64_t limit = 0, transferred = 0;
  };
  struct Paper {
    std::string name;
    size_t node = 0;
    absl::Time expiry;
    bool ordered = false;
    int64_t pre = 0, committed = 0, actual = 0, excess = 0;
    bool open() const { return pre + committed > 0; }
    int64_t taken() const { return pre + committed + actual; }
    bool over = false;     // settled, released or expired
    bool settled = false;  // so that it has been paid
  };
  struct Frozen {
    std::string name;
    size_t node = 0;
    int64_t amount = 0;
    absl::Time expiry;
  };

  int64_t Upto(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)) + 1; }
  size_t Any(size_t n) { return random_() % n; }

  bool Below(size_t node, size_t above) const {
    for (int at = static_cast<int>(node); at >= 0; at = nodes_[static_cast<size_t>(at)].parent) {
      if (static_cast<size_t>(at) == above) return true;
    }
    return false;
  }
  int64_t Taken(size_t node) const {
    int64_t sum = 0;
    for (const Paper& paper : papers_) sum += Below(paper.node, node) ? paper.taken() : 0;
    for (const Frozen& hold : holds_) sum += Below(hold.node, node) ? hold.amount : 0;
    return sum;
  }
  int64_t Free(size_t node) const { return nodes_[node].limit + nodes_[node].transferred - Taken(node); }
  // The levels, from `node` up to but without `end`, that have less than `amount`, as a refusal names them.
  std::vector<std::string> Short(size_t node, int64_t amount, int end = -1) const {
    std::vector<std::string> names;
    for (int at = static_cast<int>(node); at != end; at = nodes_[static_cast<size_t>(at)].parent) {
      if (Free(static_cast<size_t>(at)) < amount) names.push_back(nodes_[static_cast<size_t>(at)].name + " BUDGET_SHORT");
    }
    return names;
  }
  // Whether it was refused for exactly those levels, or done.
  bool Agrees(const absl::Status& status, const std::vector<std::string>& expected) {
    if (expected.empty()) {
      EXPECT_THAT(status, IsOk());
      return status.ok();
    }
    EXPECT_THAT(status, HasReason("BUDGET_SHORT"));
    EXPECT_EQ(test::Violations(status), expected);
    return false;
  }

  void Grow(int count) {
    for (int i = 0; i < count; ++i) {
      Node node;
      node.name = "budgets/n" + std::to_string(i);
      node.limit = 200 + Upto(800);
      if (i > 0 && random_() % 5 != 0) node.parent = static_cast<int>(Any(nodes_.size()));
      int depth = 1;
      for (int at = node.parent; at >= 0; at = nodes_[static_cast<size_t>(at)].parent) ++depth;
      if (depth > 8) node.parent = -1;
      HaveBudgetOf("n" + std::to_string(i), node.limit, {.parent = node.parent < 0 ? "" : nodes_[static_cast<size_t>(node.parent)].name});
      nodes_.push_back(node);
    }
  }

  void TransferSome() {
    const size_t source = Any(nodes_.size()), target = Any(nodes_.size());
    if (source == target) return;
    const int64_t amount = Upto(100);
    const auto moved = Transfer(nodes_[source].name, nodes_[target].name, amount);
    if (Below(source, target) || Below(target, source)) {
      EXPECT_THAT(moved, HasReason("BUDGETS_IN_LINE"));
      return;
    }
    int common = static_cast<int>(source);
    while (common >= 0 && !Below(target, static_cast<size_t>(common))) common = nodes_[static_cast<size_t>(common)].parent;
    if (!Agrees(moved.status(), Short(source, amount, common))) return;
    for (int at = static_cast<int>(source); at != common; at = nodes_[static_cast<size_t>(at)].parent) {
      nodes_[static_cast<size_t>(at)].transferred -= amount;
    }
    for (int at = static_cast<int>(target); at != common; at = nodes_[static_cast<size_t>(at)].parent) {
      nodes_[static_cast<size_t>(at)].transferred += amount;
    }
  }

  void RequestSome() {
    Paper paper;
    paper.node = Any(nodes_.size());
    paper.pre = Upto(150);
    paper.expiry = clock_.Now() + absl::Hours(1);
    const std::string id = "p" + std::to_string(next_++);
    paper.name = "encumbrances/" + id;
    if (Agrees(PreCommit(id, nodes_[paper.node].name, paper.pre).status(), Short(paper.node, paper.pre))) papers_.push_back(paper);
  }

  void OrderSome(Paper& paper) {
    const int64_t amount = Upto(80);
    const bool may = !paper.over && (paper.ordered || clock_.Now() < paper.expiry) && amount <= paper.pre;
    ASSERT_EQ(Commit(paper.name, amount).ok(), may) << paper.name;
    if (!may) return;
    paper.ordered = true;
    paper.pre -= amount;
    paper.committed += amount;
  }

  void RaiseSome(Paper& paper) {
    const int64_t amount = Upto(60);
    const auto raised = Raise(paper.name, amount, Manager());
    if (paper.over) {
      ASSERT_THAT(raised, HasReason("ILLEGAL_TRANSITION"));
      return;
    }
    if (Agrees(raised.status(), Short(paper.node, amount))) (paper.ordered ? paper.committed : paper.pre) += amount;
  }

  void PaySome(Paper& paper) {
    const int64_t amount = Upto(60);
    const auto paid = Pay(paper.name, amount);
    if (paper.over || !paper.ordered) {
      ASSERT_THAT(paid, HasReason("ILLEGAL_TRANSITION"));
      return;
    }
    const int64_t excess = std::max<int64_t>(0, amount - paper.committed);
    const int64_t base = paper.committed + paper.actual - std::min(paper.actual, paper.excess);
    if (excess > 0 && paper.excess + excess > std::max(base * kExcessBp / 10'000, kExcessMinor)) {
      ASSERT_THAT(paid, HasReason("INVOICE_EXCEEDS_COMMITMENT"));
      return;
    }
    if (!Agrees(paid.status(), excess > 0 ? Short(paper.node, excess) : std::vector<std::string>())) return;
    paper.committed -= amount - excess;
    paper.actual += amount;
    paper.excess += excess;
    paper.over = paper.settled = !paper.open();
  }

  void CreditBack(Paper& paper) {
    const int64_t amount = Upto(30);
    const auto credited = CreditSome(paper.name, amount);
    if (!paper.ordered || (paper.over && !paper.settled)) {
      ASSERT_THAT(credited, HasReason("ILLEGAL_TRANSITION"));
      return;
    }
    if (amount > paper.actual) {
      ASSERT_THAT(credited, HasReason("CREDIT_EXCEEDS_ACTUAL"));
      return;
    }
    ASSERT_THAT(credited, IsOk());
    paper.actual -= amount;
  }

  void ReleaseSome(Paper& paper) {
    ASSERT_THAT(ReleaseEncumbrance(paper.name), IsOk());
    if (paper.open()) {
      paper.over = true;
      paper.settled = paper.actual > 0;
    }
    paper.pre = paper.committed = 0;
  }

  void FreezeSome() {
    Frozen hold;
    hold.node = Any(nodes_.size());
    hold.amount = Upto(100);
    hold.expiry = clock_.Now() + absl::Hours(2);
    const std::string id = "h" + std::to_string(next_++);
    hold.name = "budgetHolds/" + id;
    if (Agrees(HoldSome(id, nodes_[hold.node].name, hold.amount).status(), Short(hold.node, hold.amount))) holds_.push_back(hold);
  }

  void ThawSome() {
    if (holds_.empty()) return;
    const size_t at = Any(holds_.size());
    ASSERT_THAT(ReleaseHold(holds_[at].name), IsOk());
    holds_.erase(holds_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void ReviseSome() {
    Node& node = nodes_[Any(nodes_.size())];
    const size_t at = static_cast<size_t>(&node - nodes_.data());
    const int64_t amount = Upto(1000);
    const auto proposed = Propose(node.name, "r" + std::to_string(next_++), amount);
    if (amount + node.transferred < Taken(at)) {
      EXPECT_THAT(proposed, HasReason("BUDGET_BELOW_CONSUMED"));
      return;
    }
    ASSERT_THAT(proposed, IsOk());
    ASSERT_THAT(ApproveRevision(proposed->name()), IsOk());
    node.limit = amount;
  }

  void ExpireSome() {
    ASSERT_THAT(jobs_.RunDue(), IsOk());
    for (Paper& paper : papers_) {
      if (paper.over || paper.ordered || paper.expiry > clock_.Now()) continue;
      paper.pre = 0;
      paper.over = true;
    }
    holds_.erase(std::remove_if(holds_.begin(), holds_.end(), [&](const Frozen& hold) { return hold.expiry <= clock_.Now(); }),
                 holds_.end());
  }

  void Step() {
    if (random_() % 12 == 0) {
      clock_.Advance(absl::Minutes(Upto(40)));
      ExpireSome();
    }
    const auto verb = random_() % 20;
    if (verb < 2) return TransferSome();
    if (verb < 3) return ReviseSome();
    if (verb < 4) return FreezeSome();
    if (verb < 5) return ThawSome();
    if (verb < 9 || papers_.empty()) return RequestSome();
    Paper& paper = papers_[Any(papers_.size())];
    if (verb < 12) return OrderSome(paper);
    if (verb < 14) return RaiseSome(paper);
    if (verb < 17) return PaySome(paper);
    if (verb < 18) return CreditBack(paper);
    ReleaseSome(paper);
  }

  void Compare() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const v1::Budget budget = BudgetOf(nodes_[i].name);
      ASSERT_EQ(budget.available_minor(), Free(i)) << budget.name();
      ASSERT_GE(budget.available_minor(), 0);
      ASSERT_EQ(budget.transferred_minor(), nodes_[i].transferred) << budget.name();
    }
  }

  std::mt19937 random_{GetParam()};
  int next_ = 0;
  std::vector<Node> nodes_;
  std::vector<Paper> papers_;
  std::vector<Frozen> holds_;
};

TEST_P(TreePropertyTest, EveryLevelAgreesWithTheModel) {
  HavePolicy("p", "excess_bp: 1000 excess_minor: 5 alert_thresholds_bp: 8000 alert_thresholds_bp: 10000");
  Grow(9);
  for (int step = 0; step < kTreeSteps && !HasFailure(); ++step) {
    SCOPED_TRACE(step);
    Step();
    if (step % 5 == 0) Compare();
  }
  Compare();
  EXPECT_GT(papers_.size(), 20u);
  // W8 after every entry of every level.
  ExpectSound();
}

INSTANTIATE_TEST_SUITE_P(Trees, TreePropertyTest, ::testing::Values(1u, 2u, 3u, 4u));

}  // namespace
}  // namespace heitie::resource
