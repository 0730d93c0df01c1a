// The history of what many did at the same time is one that they could have done one after the other (policy W7, W8): the ledger's order is
// that order. Who was answered before another one asked stands before them in it, and whoever was refused was refused at a moment, between
// their question and the answer, at which there was too little.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using Moment64 = std::chrono::steady_clock::time_point;
constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();

// One thing that somebody did to one ledger: an item's or a budget's.
struct Deed {
  Moment64 start, end;
  // Its entries, [first, last] by sequence; of one that was refused both are 0.
  int64_t first = 0, last = 0;
  // What was asked for and was too much.
  int64_t refused = 0;
  std::string what;
};

// What was available after each entry; of none of them: before the first.
using Prefixes = std::vector<int64_t>;

// The first thing that could not have been one after the other; empty when all could.
std::string Contradiction(std::vector<Deed> deeds, const Prefixes& available) {
  for (const Deed& one : deeds) {
    int64_t after = 0, before = kEnd;  // what must, and what must not, stand before it
    for (const Deed& other : deeds) {
      if (other.first == 0) continue;
      if (other.end < one.start) after = std::max(after, other.last);
      if (other.start > one.end) before = std::min(before, other.first);
    }
    if (one.first > 0) {
      if (one.first <= after || one.last >= before)
        return absl::StrCat(one.what, " stands at ", one.first, ", not in (", after, ", ", before, ")");
      continue;
    }
    bool was_short = false;
    const int64_t last = std::min<int64_t>(before - 1, static_cast<int64_t>(available.size()) - 1);
    for (int64_t i = after; i <= last; ++i) was_short |= available[static_cast<size_t>(i)] < one.refused;
    if (!was_short) return absl::StrCat(one.what, " was refused though there was enough from ", after, " to ", last);
  }
  return "";
}

TEST(ContradictionTest, SeesWhatIsOutOfOrder) {
  const auto at = [](int ms) { return Moment64(std::chrono::milliseconds(ms)); };
  const Prefixes available = {5, 3, 4};
  const Deed takes{at(0), at(1), 1, 1, 0, "takes"}, gives{at(2), at(3), 2, 2, 0, "gives"};
  EXPECT_EQ(Contradiction({takes, gives}, available), "");
  EXPECT_NE(Contradiction({{at(0), at(1), 2, 2, 0, "late"}, {at(2), at(3), 1, 1, 0, "early"}}, available), "");
  EXPECT_EQ(Contradiction({takes, gives, {at(0), at(9), 0, 0, 4, "refused"}}, available), "") << "in between there were three";
  EXPECT_NE(Contradiction({takes, gives, {at(4), at(9), 0, 0, 4, "refused"}}, available), "") << "there were four by then";
}

class LinearTest : public ResourceTest {
 protected:
  // Does something and notes when.
  template <typename F>
  auto Timed(F work, Deed& deed) {
    deed.start = std::chrono::steady_clock::now();
    auto answer = work();
    deed.end = std::chrono::steady_clock::now();
    return answer;
  }
  template <typename Response, typename Request>
  Response Listed(const std::string& method, const std::string& parent) {
    Request request;
    request.set_parent(parent);
    request.set_page_size(1000);
    Response all;
    do {
      const auto page = Call<Response>(method, Specialist(), request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      all.MergeFrom(*page);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
};

TEST_F(LinearTest, ReservationsAllotmentsIssuesAndReceiptsOfOneItem) {
  HaveItem("mug", 30);
  HaveBudget("q1", 1'000'000);
  struct Done {
    Deed deed;
    std::string reservation;  // whose entries these are
    v1::StockEntry::Kind kind;
    std::string goods_receipt;
  };
  std::mutex mutex;
  std::vector<Done> done;
  const auto note = [&](Done one) {
    const std::lock_guard lock(mutex);
    done.push_back(std::move(one));
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      std::vector<std::string> mine;
      for (int i = 0; i < 18; ++i) {
        const unsigned choice = random() % 8;
        if (choice == 0) {
          Done one{{}, "", v1::StockEntry::KIND_RECEIPT, ""};
          const auto received = Timed([&] { return Receive("items/mug", 1 + random() % 4, 100); }, one.deed);
          ASSERT_THAT(received, IsOk());
          one.goods_receipt = received->name();
          note(one);
        } else if (choice < 3 && !mine.empty()) {
          const std::string name = mine.back();
          mine.pop_back();
          ASSERT_THAT(Confirm(name), IsOk());
          Done one{{}, name, v1::StockEntry::KIND_ISSUE, ""};
          const auto issued = Timed([&] { return Issue(name, {Of("items/mug", 1)}); }, one.deed);
          ASSERT_THAT(issued, IsOk());
          note(one);
          Done rest{{}, name, v1::StockEntry::KIND_RELEASE, ""};
          const auto released = Timed([&] { return ReleaseReservation(name); }, rest.deed);
          ASSERT_THAT(released, IsOk());
          if (released->lines(0).released_quantity() > 0) note(rest);
        } else if (choice < 5) {
          const int64_t quantity = 1 + static_cast<int64_t>(random() % 6);
          const std::string id = absl::StrCat("a", t, "-", i);
          auto wish = Proto<v1::CreateAllotmentRequest>(
              absl::StrCat("allotment_id: '", id, "' allotment { subject: 'projects/p' materials { item: 'items/mug' quantity: ", quantity,
                           " } money { code: 'a' budget: 'budgets/q1' amount_minor: 5 } }"));
          wish.mutable_allotment()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 3600);
          Done one{{}, "", v1::StockEntry::KIND_RESERVE, ""};
          one.deed.what = id;
          const auto taken = Timed([&] { return Call<v1::Allotment>("CreateAllotment", Specialist(), wish); }, one.deed);
          if (taken.ok()) {
            one.reservation = taken->reservation();
            mine.push_back(one.reservation);
          } else {
            ASSERT_THAT(taken, HasReason("ALLOTMENT_SHORT"));
            one.deed.refused = quantity;
          }
          note(one);
        } else {
          const int64_t quantity = 1 + static_cast<int64_t>(random() % 6);
          const std::string id = absl::StrCat("r", t, "-", i);
          Done one{{}, "reservations/" + id, v1::StockEntry::KIND_RESERVE, ""};
          const auto held = Timed([&] { return Reserve(id, {Of("items/mug", quantity)}); }, one.deed);
          if (held.ok()) {
            mine.push_back(held->name());
          } else {
            ASSERT_THAT(held, HasReason("STOCK_SHORT"));
            one.reservation.clear();
            one.deed.refused = quantity;
          }
          note(one);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  const auto entries = Listed<v1::ListStockEntriesResponse, v1::ListStockEntriesRequest>("ListStockEntries", "items/mug");
  Prefixes available = {0};
  for (const v1::StockEntry& entry : entries.stock_entries()) {
    ASSERT_EQ(entry.sequence(), static_cast<int64_t>(available.size()));
    available.push_back(entry.on_hand() - entry.reserved());
    EXPECT_GE(available.back(), 0);
  }
  std::vector<Deed> deeds;
  int refused = 0;
  for (Done& one : done) {
    for (const v1::StockEntry& entry : entries.stock_entries()) {
      const bool own = one.goods_receipt.empty() ? entry.reservation() == one.reservation : entry.goods_receipt() == one.goods_receipt;
      if (one.deed.refused > 0 || entry.kind() != one.kind || !own) continue;
      one.deed.first = one.deed.first == 0 ? entry.sequence() : one.deed.first;
      one.deed.last = entry.sequence();
    }
    if (one.deed.what.empty()) one.deed.what = one.reservation + one.goods_receipt;
    ASSERT_TRUE(one.deed.refused > 0 || one.deed.first > 0) << one.deed.what;
    refused += one.deed.refused > 0;
    deeds.push_back(one.deed);
  }
  EXPECT_GT(refused, 0) << "nobody was refused: the test says little";
  EXPECT_EQ(Contradiction(deeds, available), "");
  ExpectSound();
}

TEST_F(LinearTest, PreCommitmentsCommitmentsAndTransfersOfOneBudget) {
  HaveBudget("q1", 1000);
  HaveBudget("q2", 1000);
  struct Done {
    Deed deed;
    std::string encumbrance, transfer;
    v1::BudgetEntry::Kind kind;
  };
  std::mutex mutex;
  std::vector<Done> done;
  const auto note = [&](Done one) {
    const std::lock_guard lock(mutex);
    done.push_back(std::move(one));
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t + 100));
      std::vector<std::pair<std::string, int64_t>> mine;
      for (int i = 0; i < 18; ++i) {
        const unsigned choice = random() % 6;
        if (choice == 0) {
          const int64_t amount = 1 + static_cast<int64_t>(random() % 60);
          const bool out = random() % 2 == 0;
          Done one{{}, "", "", v1::BudgetEntry::KIND_TRANSFER};
          const auto moved = Timed(
              [&] { return out ? Transfer("budgets/q1", "budgets/q2", amount) : Transfer("budgets/q2", "budgets/q1", amount); }, one.deed);
          if (moved.ok()) {
            one.transfer = moved->transfer_id();
            note(one);
          } else {
            ASSERT_THAT(moved, HasReason("BUDGET_SHORT"));
            if (out) {
              one.deed.refused = amount;
              note(one);
            }
          }
        } else if (choice < 3 && !mine.empty()) {
          const auto [name, amount] = mine.back();
          mine.pop_back();
          Done one{{}, name, "", v1::BudgetEntry::KIND_COMMITMENT};
          ASSERT_THAT(Timed([&] { return Commit(name, amount); }, one.deed), IsOk());
          note(one);
          Done rest{{}, name, "", v1::BudgetEntry::KIND_RELEASE};
          ASSERT_THAT(Timed([&] { return ReleaseEncumbrance(name); }, rest.deed), IsOk());
          note(rest);
        } else {
          const int64_t amount = 20 + static_cast<int64_t>(random() % 150);
          const std::string id = absl::StrCat("e", t, "-", i);
          Done one{{}, "encumbrances/" + id, "", v1::BudgetEntry::KIND_PRE_COMMITMENT};
          const auto taken = Timed([&] { return PreCommit(id, "budgets/q1", amount); }, one.deed);
          if (taken.ok()) {
            mine.emplace_back(taken->name(), amount);
          } else {
            ASSERT_THAT(taken, HasReason("BUDGET_SHORT"));
            one.deed.refused = amount;
          }
          note(one);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  const auto entries = Listed<v1::ListBudgetEntriesResponse, v1::ListBudgetEntriesRequest>("ListBudgetEntries", "budgets/q1");
  Prefixes available = {0};
  for (const v1::BudgetEntry& entry : entries.budget_entries()) {
    ASSERT_EQ(entry.sequence(), static_cast<int64_t>(available.size()));
    available.push_back(entry.approved_minor() + entry.transferred_minor() - entry.pre_committed_minor() - entry.committed_minor() -
                        entry.actual_minor());
    EXPECT_GE(available.back(), 0);
  }
  std::vector<Deed> deeds;
  int refused = 0;
  for (Done& one : done) {
    for (const v1::BudgetEntry& entry : entries.budget_entries()) {
      const bool own = one.transfer.empty() ? entry.encumbrance() == one.encumbrance : entry.transfer_id() == one.transfer;
      if (one.deed.refused > 0 || entry.kind() != one.kind || !own) continue;
      one.deed.first = one.deed.last = entry.sequence();
    }
    one.deed.what = one.encumbrance + one.transfer;
    ASSERT_TRUE(one.deed.refused > 0 || one.deed.first > 0) << one.deed.what;
    refused += one.deed.refused > 0;
    deeds.push_back(one.deed);
  }
  EXPECT_GT(refused, 0) << "nobody was refused: the test says little";
  EXPECT_EQ(Contradiction(deeds, available), "");
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
