#include "services/personnel/recruitment/money.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/shared.h"
#include "common/test/matchers.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using v1::MoneyStep;
using v1::Requisition;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);

Requisition Three() {
  Requisition requisition;
  requisition.set_name("requisitions/hosts");
  requisition.set_budget("budgets/people");
  requisition.set_seats(3);
  requisition.set_seat_amount_minor(1000);
  requisition.set_advertising_minor(300);
  return requisition;
}

void Take(Requisition& requisition) {
  for (auto step = NextStep(requisition); step; step = NextStep(requisition)) NoteDone(requisition, *step, "TWD", kNow);
}

Requisition WithMoney() {
  Requisition requisition = Three();
  AddPreCommitment(requisition, "encumbrances/one", "employees/manager");
  Take(requisition);
  return requisition;
}

TEST(Money, OfAllSeatsAndOpeningsIsSetAside) {
  Requisition requisition = Three();
  AddPreCommitment(requisition, "encumbrances/one", "employees/manager");
  ASSERT_EQ(NextStep(requisition), 0);
  EXPECT_EQ(requisition.money_steps(0).amount_minor(), 3300);
  NoteDone(requisition, 0, "TWD", kNow);
  EXPECT_EQ(requisition.encumbrance(), "encumbrances/one");
  EXPECT_EQ(requisition.currency_code(), "TWD");
  EXPECT_FALSE(NextStep(requisition));
}

TEST(Money, ThatIsShortSaysByHowMuch) {
  Requisition requisition = Three();
  AddPreCommitment(requisition, "encumbrances/one", "employees/manager");
  const absl::Status refusal = status::Error(status::kBudgetShort, {{"available", 2000}, {"asked", 3300}, {"currency", "TWD"}});
  NoteRefused(requisition, 0, refusal, kNow);
  EXPECT_EQ(requisition.shortage_minor(), 1300);
  EXPECT_EQ(requisition.encumbrance(), "");
  EXPECT_THAT(RefusalOf(requisition, 0), HasReason("BUDGET_SHORT"));
  EXPECT_EQ(RefusalOf(requisition, 0).message(), "budgets/people: TWD 20.00 is available, TWD 33.00 is needed.");
  AddPreCommitment(requisition, "encumbrances/two", "employees/manager");
  NoteRefused(requisition, 1, absl::FailedPreconditionError("closed"), kNow);
  EXPECT_THAT(RefusalOf(requisition, 1), HasReason("MONEY_REFUSED"));
  EXPECT_EQ(requisition.shortage_minor(), 0);
  AddRelease(requisition, 0);
  EXPECT_FALSE(NextStep(requisition)) << "nothing was ever set aside";
}

TEST(Money, IsCommittedForEachSeatOnce) {
  Requisition requisition = WithMoney();
  AddSeat(requisition, "offers/a", 1);
  AddSeat(requisition, "offers/b", 2);
  Take(requisition);
  // One of the two steps back, and another accepts: the seat is committed already.
  AddSeat(requisition, "offers/c", 2);
  EXPECT_FALSE(NextStep(requisition));
  EXPECT_EQ(Wanted(requisition), 1300);
  AddRelease(requisition, 2);
  EXPECT_EQ(requisition.money_steps(*NextStep(requisition)).amount_minor(), 2000);
}

TEST(Money, ThatLapsedIsSetAsideAnewAndOwedSeatsFollow) {
  Requisition requisition = WithMoney();
  AddSeat(requisition, "offers/a", 1);
  AddCost(requisition, "requisitions/hosts/openings/board", 120);
  NoteRefused(requisition, 1, absl::FailedPreconditionError("expired"), kNow);
  NoteRefused(requisition, 2, absl::FailedPreconditionError("expired"), kNow);
  AddPreCommitment(requisition, "encumbrances/two", "employees/manager");
  EXPECT_EQ(requisition.money_steps(3).kind(), MoneyStep::KIND_RELEASE);
  EXPECT_EQ(requisition.money_steps(4).amount_minor(), 3300);
  Take(requisition);
  AddOwed(requisition, 1);
  ASSERT_EQ(requisition.money_steps_size(), 7);
  EXPECT_EQ(requisition.money_steps(5).subject(), "offers/a");
  EXPECT_EQ(requisition.money_steps(5).encumbrance(), "encumbrances/two");
  EXPECT_EQ(requisition.money_steps(6).subject(), "requisitions/hosts/openings/board");
  Take(requisition);
  AddOwed(requisition, 1);
  EXPECT_FALSE(NextStep(requisition)) << "owed once";
  EXPECT_EQ(AdvertisingLeft(requisition), 180);
}

TEST(Money, EachCallHasARequestIdOfItsOwn) {
  Requisition requisition = WithMoney();
  AddCost(requisition, "requisitions/hosts/openings/board", 120);
  AddRelease(requisition, 0);
  std::set<std::string> ids;
  for (int i = 0; i < requisition.money_steps_size(); ++i) {
    for (const int part : {0, 1}) EXPECT_TRUE(ids.insert(RequestIdOf(requisition, i, part)).second);
  }
}

// The books that resource would keep.
struct Books {
  int64_t pre_committed = 0, committed = 0, actual = 0;
};

// Whatever happens on the way: at the end exactly the accepted seats are committed, what was published is paid, and nothing is set aside.
TEST(Money, AddsUpAtTheEndOfRandomHistories) {
  std::mt19937 random(20260101);
  const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<uint32_t>(n + 1)); };
  for (int round = 0; round < 2000; ++round) {
    Requisition requisition = Three();
    std::map<std::string, Books> books;
    int taken = 0, encumbrances = 0;
    int64_t published = 0;
    bool lapsed = true;
    // Takes all due steps as resource would; an encumbrance that lapsed has nothing left.
    const auto drive = [&] {
      for (auto next = NextStep(requisition); next; next = NextStep(requisition)) {
        const MoneyStep step = requisition.money_steps(*next);
        Books& book = books[step.encumbrance()];
        const bool commits = step.kind() == MoneyStep::KIND_COMMIT_SEAT || step.kind() == MoneyStep::KIND_PAY_OPENING;
        if (commits && book.pre_committed < step.amount_minor()) {
          NoteRefused(requisition, *next, absl::FailedPreconditionError("lapsed"), kNow);
          lapsed = true;
          continue;
        }
        if (step.kind() == MoneyStep::KIND_PRE_COMMIT) book.pre_committed = step.amount_minor();
        if (commits) book.pre_committed -= step.amount_minor();
        if (step.kind() == MoneyStep::KIND_COMMIT_SEAT) book.committed += step.amount_minor();
        if (step.kind() == MoneyStep::KIND_PAY_OPENING) book.actual += step.amount_minor();
        if (step.kind() == MoneyStep::KIND_RELEASE) {
          ASSERT_LE(step.amount_minor(), book.committed);
          book = {0, step.amount_minor(), book.actual};
        }
        NoteDone(requisition, *next, "TWD", kNow);
      }
    };
    for (int i = 0; i < 12; ++i) {
      if (lapsed) {
        AddPreCommitment(requisition, absl::StrCat("encumbrances/", ++encumbrances), "employees/manager");
        drive();
        lapsed = false;
        AddOwed(requisition, taken);
      } else if (const int what = upto(4); what == 0) {
        books[requisition.encumbrance()].pre_committed = 0;  // Resource let it lapse; it shows with the next step.
      } else if (what == 1 && taken > 0) {
        --taken;  // Somebody steps back.
      } else if (what == 2 && AdvertisingLeft(requisition) >= 50) {
        published += 50;
        AddCost(requisition, absl::StrCat("requisitions/hosts/openings/", i), 50);
      } else if (taken < 3) {
        AddSeat(requisition, absl::StrCat("offers/", i), ++taken);
      }
      drive();
    }
    while (lapsed) {
      AddPreCommitment(requisition, absl::StrCat("encumbrances/", ++encumbrances), "employees/manager");
      drive();
      lapsed = false;
      AddOwed(requisition, taken);
      drive();
    }
    AddRelease(requisition, taken);
    drive();
    Books sum;
    for (const auto& [name, book] : books) {
      sum.pre_committed += book.pre_committed;
      sum.committed += book.committed;
      sum.actual += book.actual;
    }
    ASSERT_EQ(sum.pre_committed, 0) << round;
    ASSERT_EQ(sum.actual, published) << round;
    ASSERT_EQ(sum.committed, taken * 1000) << round;
  }
}

}  // namespace
}  // namespace heitie::personnel
