// A service dies: what needs it fails quickly and says so, what does not goes on, and everything comes back with it. A service that is
// restarted in good order costs clients that repeat their requests nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/testing/fixture.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/gateway/v1/gateway_service.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/resource_service.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using testing::HasReason;

constexpr absl::Duration kQuick = absl::Seconds(5);

class Outage : public ::testing::TestWithParam<bool> {
 protected:
  const Team team_{GetParam() ? Suite::Get().http() : Suite::Get().grpc()};
  const std::string id_ = GetParam() ? "outage-http" : "outage-grpc";
  const World world_{team_, id_};
  const std::string activity_ = world_.Ready(id_);

  gateway::v1::ProjectOverview Overview() const {
    return team_.analyst.Do<gateway::v1::ProjectOverview>("gateway.GetProjectOverview", absl::Substitute("name: '$0'", world_.project()));
  }
  activity::v1::PreconditionVerdict RiskVerdict() const {
    const auto gate = team_.analyst.Do<activity::v1::EvaluateLaunchGateResponse>("activity.EvaluateLaunchGate",
                                                                                 absl::Substitute("name: '$0'", activity_));
    for (const auto& verdict : gate.verdicts()) {
      if (verdict.precondition() == activity::v1::PRECONDITION_RISKS_SETTLED) return verdict;
    }
    return {};
  }
};

TEST_P(Outage, DeadServiceIsNamedAndMissedUntilItIsBack) {
  world_.OpenHighRisk(activity_);
  ASSERT_EQ(Overview().risks_size(), 1);
  Suite::Get().Stop("risk", SIGKILL);

  const absl::Time asked = absl::Now();
  const absl::Status refused = team_.analyst.Try("risk.ListRisks", "");
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(refused, HasReason("UNAVAILABLE"));
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("risk"));
  EXPECT_LT(absl::Now() - asked, kQuick);

  const auto overview = Overview();
  EXPECT_EQ(overview.tasks_size(), 2);
  EXPECT_EQ(overview.activities_size(), 1);
  ASSERT_EQ(overview.missing_size(), 1) << overview.DebugString();
  EXPECT_EQ(overview.missing(0).service(), "risk");
  EXPECT_EQ(overview.missing(0).part(), "risks");

  // What is not known is not taken for granted, and cannot be waived.
  EXPECT_EQ(RiskVerdict().verdict(), activity::v1::VERDICT_UNKNOWN);
  EXPECT_EQ(RiskVerdict().reason(), "FACTS_UNKNOWN");
  world_.Waive(activity_, "PRECONDITION_RISKS_SETTLED", absl::Hours(1));
  EXPECT_EQ(RiskVerdict().verdict(), activity::v1::VERDICT_UNKNOWN);
  EXPECT_THAT(team_.manager.Try("activity.LaunchActivity", absl::Substitute("name: '$0'", activity_)), HasReason("LAUNCH_GATE_CLOSED"));

  Suite::Get().Start("risk");
  EXPECT_TRUE(Overview().missing().empty());
  EXPECT_EQ(Overview().risks_size(), 1);
  EXPECT_TRUE(Eventually([&] { return RiskVerdict().verdict() == activity::v1::VERDICT_WAIVED; })) << RiskVerdict().DebugString();
}

INSTANTIATE_TEST_SUITE_P(Over, Outage, ::testing::Values(false, true), [](const auto& info) { return info.param ? "HttpJson" : "Grpc"; });

// Clients that create items one after the other and repeat what was UNAVAILABLE with the same request_id.
class Load {
 public:
  explicit Load(const Team& team) : team_(team) {
    for (int client = 0; client < 4; ++client) threads_.emplace_back([this, client] { Run(client); });
  }
  // Ends the clients; how many items they made.
  int End() {
    going_ = false;
    for (std::thread& thread : threads_) thread.join();
    return made_;
  }
  std::atomic<int> failed{0};
  int made() const { return made_; }

 private:
  void Run(int client) {
    for (int i = 0; going_; ++i) {
      const std::string request = absl::Substitute(
          "item { display_name: 'Load' category: 'itemCategories/restart' unit: 'piece' currency_code: 'TWD' custodian: "
          "'employees/restart' } request_id: "
          "'load-$0-$1'",
          client, i);
      absl::Status status;
      Eventually([&] {
        status = team_.specialist.Try("resource.CreateItem", request);
        return !absl::IsUnavailable(status);
      });
      ++(status.ok() ? made_ : failed);
      if (!status.ok()) ADD_FAILURE() << status;
    }
  }

  const Team& team_;
  std::atomic<bool> going_{true};
  std::atomic<int> made_{0};
  std::vector<std::thread> threads_;
};

TEST(Restart, FailsNoRequestOfClientsThatRepeat) {
  const Team team(Suite::Get().grpc());
  const World world(team, "restart");
  Load load(team);
  for (const char* service : {"resource", "gateway", "resource"}) {
    const int before = load.made();
    EXPECT_TRUE(Eventually([&] { return load.made() >= before + 20; }));
    EXPECT_EQ(Suite::Get().Stop(service, SIGTERM), 0) << service;
    Suite::Get().Start(service);
  }
  const int made = load.End();
  EXPECT_EQ(load.failed, 0);

  int found = 0;
  std::string token;
  do {
    const auto page = team.analyst.Do<resource::v1::ListItemsResponse>(
        "resource.ListItems", absl::Substitute("filter: 'display_name = \"Load\"' page_size: 1000 page_token: '$0'", token));
    found += page.items_size();
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(found, made) << "each item exactly once";
}

}  // namespace
}  // namespace heitie::e2e
