// What a change of the risks does to activities that are live (R3; W1, W5, W6), through all services.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/substitute.h"
#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using activity::v1::Activity;
using test::HasReason;
using ::testing::HasSubstr;

constexpr int64_t kIssued = 4;  // of kNeeded

class RiskWatch : public ::testing::Test {
 protected:
  Activity Launch(const std::string& name) const {
    return team_.manager.Do<Activity>("activity.LaunchActivity", absl::Substitute("name: '$0'", name));
  }
  Activity Get(const std::string& name) const {
    return team_.analyst.Do<Activity>("activity.GetActivity", absl::Substitute("name: '$0'", name));
  }
  std::string Register(const std::string& id, const std::string& subject) const {
    team_.specialist.Do("risk.CreateRisk",
                        absl::Substitute("risk_id: '$0' risk { category: CATEGORY_MARKET subject: '$1' title: 'Nobody comes' "
                                         "cause: 'Rain' owner: 'employees/specialist' }",
                                         id, subject));
    return "risks/" + id;
  }
  // Likelihood and impact from 1 to 5.
  void Assess(const std::string& risk, int likelihood, int impact) const {
    team_.specialist.Do("risk.AssessRisk", absl::Substitute("name: '$0' current { likelihood: $1 impact: $2 } rationale: 'Forecast'", risk,
                                                            likelihood, impact));
  }
  void Treat(const std::string& risk, const std::string& treatment) const {
    team_.specialist.Do("risk.ProposeTreatment", absl::Substitute("name: '$0' treatment { $1 }", risk, treatment));
    team_.manager.Do("risk.TreatRisk", absl::Substitute("name: '$0'", risk));
  }
  void Accept(const std::string& risk, absl::Time expiry) const {
    Assess(risk, 1, 1);
    Treat(risk,
          absl::Substitute("acceptance { justification: 'Cheap' monitor: 'employees/specialist' monitoring_plan: 'Daily' expire_time $0 }",
                           Instant(expiry)));
  }

  const Team team_{Suite::Get().grpc()};
};

TEST_F(RiskWatch, AvoidanceCancelsTheProjectAndReleasesWhatIsUnused) {
  const World world(team_, "avoided");
  const std::string live = world.Ready("avoided-live"), ready = world.Ready("avoided-ready");
  const Activity launched = Launch(live);
  team_.specialist.Do("resource.IssueReservation",
                      absl::Substitute("name: '$0' lines { item: '$1' quantity: $2 }", launched.reservation(), world.item(), kIssued));
  team_.specialist.Do("resource.RecordActual", absl::Substitute("name: '$0' amount_minor: 20000", launched.encumbrance()));

  const std::string risk = Register("avoided", world.project());
  Assess(risk, 5, 5);
  Treat(risk, "avoidance { scope: 'The whole project' }");

  for (const std::string& name : {live, ready}) {
    EXPECT_TRUE(Eventually([&] { return Get(name).has_settle_time(); })) << Get(name).DebugString();
    EXPECT_EQ(Get(name).state(), Activity::STATE_CANCELLED);
    EXPECT_THAT(Get(name).state_reason(), HasSubstr(risk));
    EXPECT_EQ(HoldingsOf(team_, name).stock + HoldingsOf(team_, name).money, 0);
  }
  const auto project = [&] {
    return team_.analyst.Do<planning::v1::Project>("planning.GetProject", absl::Substitute("name: '$0'", world.project()));
  };
  EXPECT_TRUE(Eventually([&] { return project().state() == planning::v1::Project::STATE_CANCELLED; })) << project().DebugString();
  EXPECT_THAT(project().state_reason(), HasSubstr(risk));
  const auto stock = team_.analyst.Do<resource::v1::Stock>("resource.GetStock", absl::Substitute("name: '$0/stock'", world.item()));
  EXPECT_EQ(stock.on_hand(), 4 * kNeeded - kIssued) << "what was issued stays issued";
  ExpectSoundLedgers(team_);
}

TEST_F(RiskWatch, AnExpiredAcceptancePausesUntilTheRiskIsSettled) {
  const World world(team_, "accepted");
  const std::string name = world.Ready("accepted");
  const std::string risk = Register("accepted", name);
  const absl::Time expiry = absl::Now() + absl::Seconds(4);
  Accept(risk, expiry);
  Launch(name);
  ASSERT_LT(absl::Now(), expiry) << "launched too late";

  EXPECT_TRUE(Eventually([&] { return Get(name).state() == Activity::STATE_PAUSED; })) << Get(name).DebugString();
  EXPECT_GE(absl::Now(), expiry);
  EXPECT_THAT(Get(name).state_reason(), HasSubstr(risk));
  const std::string resume = absl::Substitute("name: '$0'", name);
  EXPECT_THAT(team_.manager.Try("activity.ResumeActivity", resume), HasReason("LAUNCH_GATE_CLOSED"));

  Accept(risk, absl::Now() + absl::Hours(24));
  EXPECT_THAT(team_.manager.Ask<Activity>("activity.ResumeActivity", resume), test::IsOk());
  EXPECT_EQ(HoldingsOf(team_, name).stock, kNeeded) << "a pause gives nothing back";
}

}  // namespace
}  // namespace heitie::e2e
