// The end of an activity survives the death of its process at every step (W5, W7, W8): what was not used goes back, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using activity::v1::Activity;
using resource::v1::BudgetEntry;
using resource::v1::StockEntry;
using ::testing::ElementsAre;

constexpr int64_t kHandedOut = 6, kReturned = 1;  // of kNeeded
constexpr int64_t kSpent = 20000;                 // of kCost

struct End {
  const char* verb;    // of the request id and the names
  const char* method;  // of the activity service
  Activity::State state;
};

class Settlement : public ::testing::TestWithParam<End> {
 protected:
  Activity Get(const std::string& name) const {
    return team_.analyst.Do<Activity>("activity.GetActivity", absl::Substitute("name: '$0'", name));
  }

  std::string CloseRequest(const std::string& name) const {
    return absl::Substitute("name: '$0' reason: 'Storm' request_id: '$1-$2'", name, GetParam().verb, name.substr(name.find('/') + 1));
  }

  // A LIVE activity that has used a part of what it took.
  std::string Used(const World& world, const std::string& id) const {
    const std::string name = world.Ready(id);
    const Activity live = team_.manager.Do<Activity>("activity.LaunchActivity", absl::Substitute("name: '$0'", name));
    const auto lines = [&](int64_t quantity) {
      return absl::Substitute("name: '$0' lines { item: '$1' quantity: $2 }", live.reservation(), world.item(), quantity);
    };
    team_.specialist.Do("resource.IssueReservation", lines(kHandedOut));
    team_.specialist.Do("resource.ReturnReservation", lines(kReturned));
    team_.specialist.Do("resource.RecordActual", absl::Substitute("name: '$0' amount_minor: $1", live.encumbrance(), kSpent));
    return name;
  }

  void CloseAndDie(const std::string& name, const std::string& point) const {
    Suite::Get().RestartDyingAt(point);
    const absl::Status status = team_.manager.Try(GetParam().method, CloseRequest(name));
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    ASSERT_TRUE(Suite::Get().AwaitEnd("activity")) << "the process did not reach " << point;
  }

  // By the process's own job, or by the client that asks again (AIP-155).
  void AwaitSettled(const std::string& name, bool ask_again) const {
    if (ask_again) team_.manager.Do(GetParam().method, CloseRequest(name));
    EXPECT_TRUE(Eventually([&] { return Get(name).has_settle_time(); })) << Get(name).DebugString();
    EXPECT_EQ(Get(name).state(), GetParam().state);
    EXPECT_EQ(Get(name).state_reason(), "Storm");
    int settled = 0;
    const auto history = team_.engineer.Do<type::v1::ListEventsResponse>("activity.ListEvents", absl::Substitute("subject: '$0'", name));
    for (const auto& event : history.events()) settled += event.action() == "settle";
    EXPECT_EQ(settled, 1) << history.DebugString();
  }

  void ExpectMaterialsReleasedOnce(const World& world) const {
    const auto ledger = team_.analyst.Do<resource::v1::ListStockEntriesResponse>("resource.ListStockEntries",
                                                                                 absl::Substitute("parent: '$0'", world.item()));
    std::vector<int64_t> released;
    for (const StockEntry& entry : ledger.stock_entries()) {
      if (entry.kind() == StockEntry::KIND_RELEASE) released.push_back(entry.reserved_delta());
    }
    EXPECT_THAT(released, ElementsAre(kHandedOut - kNeeded));
    const auto stock = team_.analyst.Do<resource::v1::Stock>("resource.GetStock", absl::Substitute("name: '$0/stock'", world.item()));
    EXPECT_EQ(stock.reserved(), 0);
    EXPECT_EQ(stock.on_hand(), 4 * kNeeded - kHandedOut + kReturned);
    EXPECT_EQ(stock.available(), stock.on_hand());
  }

  void ExpectMoneyReleasedOnce(const World& world) const {
    const auto ledger = team_.analyst.Do<resource::v1::ListBudgetEntriesResponse>("resource.ListBudgetEntries",
                                                                                  absl::Substitute("parent: '$0'", world.budget()));
    std::vector<int64_t> released;
    for (const BudgetEntry& entry : ledger.budget_entries()) {
      if (entry.kind() == BudgetEntry::KIND_RELEASE) released.push_back(entry.pre_committed_delta_minor() + entry.committed_delta_minor());
    }
    EXPECT_THAT(released, ElementsAre(kSpent - kCost));
    const auto budget = team_.analyst.Do<resource::v1::Budget>("resource.GetBudget", absl::Substitute("name: '$0'", world.budget()));
    EXPECT_EQ(budget.pre_committed_minor() + budget.committed_minor(), 0);
    EXPECT_EQ(budget.actual_minor(), kSpent);
    EXPECT_EQ(budget.available_minor(), 4 * kCost - kSpent);
  }

  const Team team_{Suite::Get().grpc()};
};

TEST_P(Settlement, ReleasesWhatIsUnusedOnceAfterADeathAtEveryStep) {
  bool ask_again = false;
  for (const char* point : {"settle.begun", "settle.allotment_released"}) {
    for (int i = 0; i < 2; ++i, ask_again = !ask_again) {
      SCOPED_TRACE(absl::StrCat(point, ask_again ? ", asked again" : ", by the job"));
      const std::string id = absl::StrCat(GetParam().verb, "-", absl::StrReplaceAll(point, {{".", "-"}, {"_", "-"}}), "-", i);
      const World world(team_, id);
      const std::string name = Used(world, id);
      CloseAndDie(name, point);
      if (HasFatalFailure()) return;
      Suite::Get().Start("activity");
      AwaitSettled(name, ask_again);
      ExpectMaterialsReleasedOnce(world);
      ExpectMoneyReleasedOnce(world);
    }
  }
  ExpectSoundLedgers(team_);
}

INSTANTIATE_TEST_SUITE_P(By, Settlement,
                         ::testing::Values(End{"end", "activity.EndActivity", Activity::STATE_ENDED},
                                           End{"cancel", "activity.CancelActivity", Activity::STATE_CANCELLED}),
                         [](const auto& info) { return info.param.verb; });

}  // namespace
}  // namespace heitie::e2e
