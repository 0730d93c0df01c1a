#include "services/personnel/outcome/bonus_money.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/shared.h"

namespace heitie::personnel {
namespace {

using v1::MoneyStep;

const absl::Time kThen = absl::FromUnixSeconds(1767225600);

absl::Status Short(int64_t available) {
  return status::Error(status::kBudgetShort, {{"available", available}, {"asked", 900}, {"currency", "TWD"}});
}

TEST(BonusMoney, IsSetAsideAndCommittedBeforeAnythingElse) {
  MoneySteps steps;
  AskForMoney(steps, 900, "encumbrances/one", "employees/boss", kThen);
  ASSERT_EQ(NextDue(steps), 0);
  EXPECT_EQ(NoteMoney(steps, 0, "TWD", "TWD", kThen).news, MoneyNews::kOnTheWay);
  ASSERT_EQ(NextDue(steps), 1);
  EXPECT_EQ(steps[1].kind(), MoneyStep::KIND_COMMIT);
  EXPECT_EQ(steps[1].amount_minor(), 900);
  EXPECT_EQ(NoteMoney(steps, 1, "", "TWD", kThen).news, MoneyNews::kCommitted);
  EXPECT_FALSE(NextDue(steps));
  PayMoney(steps, "encumbrances/one", 900);
  EXPECT_EQ(NoteMoney(steps, 2, "", "TWD", kThen).news, MoneyNews::kPaid);
}

TEST(BonusMoney, ThatIsShortSaysByHowMuchAndLeavesNoLongList) {
  MoneySteps steps;
  for (int i = 0; i < 50; ++i) {
    AskForMoney(steps, 900, absl::StrCat("encumbrances/", i), "employees/boss", kThen);
    const MoneyNote note = NoteMoney(steps, *NextDue(steps), Short(650), "TWD", kThen);
    EXPECT_EQ(note.news, MoneyNews::kShort);
    EXPECT_EQ(note.missing_minor, 250);
    EXPECT_EQ(note.reason, "BUDGET_SHORT");
    EXPECT_EQ(steps.size(), 1);
  }
}

TEST(BonusMoney, OfAnotherCurrencyGoesBack) {
  MoneySteps steps;
  AskForMoney(steps, 900, "encumbrances/one", "employees/boss", kThen);
  EXPECT_EQ(NoteMoney(steps, 0, "JPY", "TWD", kThen).news, MoneyNews::kForeign);
  ASSERT_EQ(NextDue(steps), 1);
  EXPECT_EQ(steps[1].kind(), MoneyStep::KIND_RELEASE);
  EXPECT_EQ(steps[1].amount_minor(), 0);
  EXPECT_EQ(NoteMoney(steps, 1, "", "TWD", kThen).news, MoneyNews::kOnTheWay);
}

// Whatever resource refuses, in whatever order, and however often it is asked: the sum is committed once at the end, nothing else is held,
// and no call has the request id of another.
TEST(BonusMoney, IsCommittedOnceAtTheEndOfRandomHistories) {
  std::mt19937 random(20261128);
  const auto one_in = [&](uint32_t n) { return random() % n == 0; };
  for (int round = 0; round < 2000; ++round) {
    MoneySteps steps;
    std::map<std::string, int64_t> aside, committed;
    std::set<std::string> ids;
    bool done = false;
    for (int attempt = 0; !done; ++attempt) {
      ASSERT_LT(attempt, 200);
      AskForMoney(steps, 900, absl::StrCat("encumbrances/", attempt), "employees/boss", kThen);
      for (auto due = NextDue(steps); due; due = NextDue(steps)) {
        const MoneyStep step = steps[*due];
        ASSERT_TRUE(ids.insert(MoneyRequestId(step, *due)).second);
        absl::StatusOr<std::string> outcome = std::string();
        if (step.kind() == MoneyStep::KIND_PRE_COMMIT) {
          outcome = one_in(3) ? absl::StatusOr<std::string>(Short(1)) : std::string(one_in(4) ? "JPY" : "TWD");
          if (outcome.ok()) aside[step.encumbrance()] += step.amount_minor();
        } else if (step.kind() == MoneyStep::KIND_COMMIT) {
          if (one_in(3)) outcome = absl::FailedPreconditionError("expired");
          if (outcome.ok()) {
            aside[step.encumbrance()] -= step.amount_minor();
            committed[step.encumbrance()] += step.amount_minor();
          }
        } else {
          aside[step.encumbrance()] = 0;
        }
        if (NoteMoney(steps, *due, outcome, "TWD", kThen).news == MoneyNews::kCommitted) done = true;
      }
    }
    int64_t sum = 0;
    for (const auto& [name, amount] : committed) sum += amount;
    for (const auto& [name, amount] : aside) ASSERT_EQ(amount, 0) << name;
    ASSERT_EQ(sum, 900);
  }
}

}  // namespace
}  // namespace heitie::personnel
