// Random claims of several people against a plain list of what they hold: what is refused, what is alike, and where the money is.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/text/markdown.h"
#include "heitie/resource/v1/expense_claim.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using v1::ExpenseClaim;

struct ModelReceipt {
  std::string file, vendor, tax_id, number;
  int64_t total = 0;
};

bool ModelSameVendor(const ModelReceipt& a, const ModelReceipt& b) {
  if (a.tax_id.empty() || b.tax_id.empty()) return a.vendor == b.vendor;
  return a.tax_id == b.tax_id;
}
bool ModelSame(const ModelReceipt& a, const ModelReceipt& b) {
  if (a.file == b.file) return true;
  return !a.number.empty() && a.number == b.number && ModelSameVendor(a, b);
}
bool ModelAlike(const ModelReceipt& a, const ModelReceipt& b) { return ModelSameVendor(a, b) && std::abs(a.total - b.total) <= 1; }

struct ModelClaim {
  std::string claimant;
  std::vector<ModelReceipt> lines;
  ExpenseClaim::State state = ExpenseClaim::STATE_DRAFT;
  bool holds = false;
};

class ClaimModelTest : public ResourceTest {
 protected:
  ClaimModelTest() { HaveBudget("q1", 100'000'000); }

  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  std::string OneOf(const std::vector<std::string>& texts) { return texts[Pick(texts.size())]; }
  rpc::Call As(const std::string& person) const { return test::By(person, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }

  ModelReceipt AnyReceipt() {
    return {.file = absl::StrCat("f", Pick(40)),
            .vendor = OneOf({"a", "b", "c"}),
            .tax_id = OneOf({"", "", "1", "2"}),
            .number = OneOf({"", "", "7", "8", "9", "10", "11"}),
            .total = 1000 + static_cast<int64_t>(Pick(6))};
  }
  // One that the rules of a draft allow.
  std::vector<ModelReceipt> AnyLines() {
    std::vector<ModelReceipt> lines;
    const size_t count = 1 + Pick(3);
    while (lines.size() < count) {
      const ModelReceipt receipt = AnyReceipt();
      if (std::none_of(lines.begin(), lines.end(), [&](const ModelReceipt& other) { return ModelSame(other, receipt); })) {
        lines.push_back(receipt);
      }
    }
    return lines;
  }
  void Fill(const std::vector<ModelReceipt>& lines, ExpenseClaim& claim) {
    // Written in several ways that mean the same.
    const auto spelled = [&](const std::string& text) {
      return Pick(2) == 0 || text.empty() ? text : absl::StrCat(" ", text == "a" ? "Ａ" : text);
    };
    for (const ModelReceipt& line : lines) {
      ExpenseClaim::Line& out = *claim.add_lines();
      out = Proto<ExpenseClaim::Line>("date { year: 2026 month: 1 day: 1 } expense_account: 'taxi' currency_code: 'TWD'");
      out.set_amount_minor(line.total);
      ExpenseClaim::Receipt& receipt = *out.mutable_receipt();
      receipt.set_vendor(spelled(line.vendor));
      receipt.set_tax_id(spelled(line.tax_id));
      receipt.set_number(spelled(line.number));
      receipt.set_total_minor(line.total);
      receipt.set_file_sha256(text::Sha256Hex(line.file));
      *receipt.mutable_date() = out.date();
    }
  }

  void Draft() {
    const std::string name = absl::StrCat("expenseClaims/c", claims_.size());
    ModelClaim claim{.claimant = absl::StrCat("employees/p", Pick(3)), .lines = AnyLines()};
    v1::CreateExpenseClaimRequest request;
    request.set_expense_claim_id(name.substr(name.find('/') + 1));
    request.mutable_expense_claim()->set_purpose("x");
    request.mutable_expense_claim()->set_cost_center("operations");
    Fill(claim.lines, *request.mutable_expense_claim());
    ASSERT_THAT(Call<ExpenseClaim>("CreateExpenseClaim", As(claim.claimant), request), IsOk());
    claims_[name] = claim;
  }
  void Submit(const std::string& name, ModelClaim& claim) {
    const bool may = claim.state == ExpenseClaim::STATE_DRAFT || claim.state == ExpenseClaim::STATE_RETURNED;
    bool taken = false;
    for (const auto& [other, held] : claims_) {
      if (other == name || !held.holds) continue;
      for (const ModelReceipt& a : held.lines) {
        taken |= std::any_of(claim.lines.begin(), claim.lines.end(), [&](const ModelReceipt& b) { return ModelSame(a, b); });
      }
    }
    const auto submitted = Do<ExpenseClaim, v1::SubmitExpenseClaimRequest>("SubmitExpenseClaim", name, As(claim.claimant));
    ASSERT_EQ(status::ReasonOf(submitted.status()), !may ? "ILLEGAL_TRANSITION" : taken ? "DUPLICATE_RECEIPT" : "") << name;
    refused_ += may && taken;
    if (!submitted.ok()) return;
    claim.state = ExpenseClaim::STATE_SUBMITTED;
    claim.holds = true;
  }
  // By line, other claim and other line.
  std::set<std::tuple<int, std::string, int>> ExpectedAlike(const std::string& name) const {
    std::set<std::tuple<int, std::string, int>> alike;
    const ModelClaim& claim = claims_.at(name);
    if (!claim.holds) return alike;
    for (size_t i = 0; i < claim.lines.size(); ++i) {
      for (const auto& [other, held] : claims_) {
        if (!held.holds) continue;
        for (size_t j = 0; j < (other == name ? i : held.lines.size()); ++j) {
          if (ModelAlike(claim.lines[i], held.lines[j])) alike.insert({static_cast<int>(i) + 1, other, static_cast<int>(j) + 1});
        }
      }
    }
    return alike;
  }
  void Approve(const std::string& name, ModelClaim& claim) {
    const auto expected = ExpectedAlike(name);
    const auto found = Do<v1::FindLikelyDuplicatesResponse, v1::FindLikelyDuplicatesRequest>("FindLikelyDuplicates", name, Manager());
    ASSERT_THAT(found, IsOk());
    std::set<std::tuple<int, std::string, int>> told;
    for (const auto& pair : found->pairs()) told.insert({pair.line(), pair.expense_claim(), pair.other_line()});
    ASSERT_EQ(told, expected) << name;
    v1::ApproveExpenseClaimRequest request;
    request.set_name(name);
    const bool may = claim.state == ExpenseClaim::STATE_SUBMITTED;
    if (may && !expected.empty()) {
      ++confirmed_;
      ASSERT_THAT(Call<ExpenseClaim>("ApproveExpenseClaim", Manager(), request), HasReason("LIKELY_DUPLICATE"));
    }
    std::set<std::string> names;
    for (const auto& [line, other, other_line] : expected) names.insert(other);
    for (const std::string& other : names) request.add_confirmed_duplicates(other);
    const auto approved = Call<ExpenseClaim>("ApproveExpenseClaim", Manager(), request);
    ASSERT_EQ(status::ReasonOf(approved.status()), may ? "" : "ILLEGAL_TRANSITION");
    if (may) claim.state = ExpenseClaim::STATE_APPROVED;
  }
  template <typename Request>
  void Move(const std::string& method, const std::string& name, const rpc::Call& call, const std::set<ExpenseClaim::State>& from,
            ExpenseClaim::State to, ModelClaim& claim) {
    Request request;
    request.set_name(name);
    if constexpr (std::is_same_v<Request, v1::PayExpenseClaimRequest>) {
      request.set_payment_reference("t");
    } else {
      request.set_reason("so");
    }
    const bool may = from.count(claim.state) > 0;
    ASSERT_EQ(status::ReasonOf(Call<ExpenseClaim>(method, call, request).status()), may ? "" : "ILLEGAL_TRANSITION")
        << method << " " << name;
    if (!may) return;
    claim.state = to;
    if (to == ExpenseClaim::STATE_REJECTED || to == ExpenseClaim::STATE_WITHDRAWN) claim.holds = false;
  }
  void ExpectMoney() {
    int64_t pre_committed = 0, committed = 0, actual = 0;
    for (const auto& [name, claim] : claims_) {
      int64_t total = 0;
      for (const ModelReceipt& line : claim.lines) total += line.total;
      if (claim.state == ExpenseClaim::STATE_SUBMITTED) pre_committed += total;
      if (claim.state == ExpenseClaim::STATE_APPROVED) committed += total;
      if (claim.state == ExpenseClaim::STATE_PAID) actual += total;
    }
    const v1::Budget budget = BudgetOf("budgets/q1");
    EXPECT_EQ(budget.pre_committed_minor(), pre_committed);
    EXPECT_EQ(budget.committed_minor(), committed);
    EXPECT_EQ(budget.actual_minor(), actual);
  }

  std::mt19937_64 random_{20260129};
  std::map<std::string, ModelClaim> claims_;
  int refused_ = 0, confirmed_ = 0;
};

TEST_F(ClaimModelTest, EveryStepIsAsAListOfAllReceiptsSays) {
  using C = ExpenseClaim;
  for (int step = 0; step < 400 && !HasFatalFailure(); ++step) {
    if (claims_.empty() || Pick(5) == 0) {
      Draft();
      continue;
    }
    auto it = std::next(claims_.begin(), static_cast<std::ptrdiff_t>(Pick(claims_.size())));
    const std::string name = it->first;
    ModelClaim& claim = it->second;
    switch (Pick(9)) {
      case 0:
      case 1:
      case 2:
      case 3:
        Submit(name, claim);
        break;
      case 4:
      case 5:
        Approve(name, claim);
        break;
      case 6:
        Move<v1::ReturnExpenseClaimRequest>("ReturnExpenseClaim", name, Manager(), {C::STATE_SUBMITTED, C::STATE_APPROVED},
                                            C::STATE_RETURNED, claim);
        break;
      case 7:
        Move<v1::PayExpenseClaimRequest>("PayExpenseClaim", name, Manager(), {C::STATE_APPROVED}, C::STATE_PAID, claim);
        break;
      default:
        if (Pick(2) == 0) {
          Move<v1::RejectExpenseClaimRequest>("RejectExpenseClaim", name, Manager(), {C::STATE_SUBMITTED}, C::STATE_REJECTED, claim);
        } else {
          Move<v1::WithdrawExpenseClaimRequest>("WithdrawExpenseClaim", name, As(claim.claimant),
                                                {C::STATE_DRAFT, C::STATE_SUBMITTED, C::STATE_APPROVED, C::STATE_RETURNED},
                                                C::STATE_WITHDRAWN, claim);
        }
    }
    if (step % 20 == 0) ExpectMoney();
  }
  ExpectMoney();
  ExpectSound();
  EXPECT_GT(refused_, 5);
  EXPECT_GT(confirmed_, 5);
}

}  // namespace
}  // namespace heitie::resource
