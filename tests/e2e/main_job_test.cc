// The main job, from the plan to the report, by people with different roles, over gRPC and over HTTP/JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/gateway/v1/activity_readiness.pb.h"
#include "heitie/gateway/v1/project_overview.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using activity::v1::Activity;
using test::HasReason;
using ::testing::HasSubstr;

enum class Way { kGrpc, kHttpJson };

class MainJob : public ::testing::TestWithParam<Way> {
 protected:
  static client::Client& Client() { return GetParam() == Way::kGrpc ? Suite::Get().grpc() : Suite::Get().http(); }

  std::string Named(const std::string& rest = "") const { return absl::StrCat("name: '", activity_, "'", rest); }
  Activity Now() const { return team_.analyst.Do<Activity>("activity.GetActivity", Named()); }

  void PlanIsCheckedAndApproved();
  void GateOpensWhenEverythingIsPrepared();
  void LaunchTakesWhatItNeeds();
  void AudienceIsCounted();
  void MaterialsAndMoneyAreUsed();
  void EndFreesTheRest();
  void ReportTellsAll();

  const std::string id_ = GetParam() == Way::kGrpc ? "main-grpc" : "main-http";
  const Team team_{Client()};
  // Not approved yet: that is part of the story.
  const World world_{team_, id_, [] {
                       Conditions conditions;
                       conditions.project_approved = false;
                       return conditions;
                     }()};
  std::string activity_;
};

// P2, P3: every defect at once, then the approval fixes an immutable baseline.
void MainJob::PlanIsCheckedAndApproved() {
  const std::string project = absl::StrCat("name: '", world_.project(), "'");
  team_.specialist.Do("planning.CreateTask",
                      absl::Substitute("parent: '$0' task_id: 'vague' task { title: 'Something' }", world_.project()));
  const absl::Status refused = team_.specialist.Try("planning.SubmitProject", project);
  EXPECT_THAT(refused, HasReason("NOT_ACTIONABLE"));
  const auto check = team_.specialist.Do<planning::v1::CheckActionabilityResponse>("planning.CheckActionability", project);
  EXPECT_FALSE(check.actionable());
  EXPECT_GE(check.defects_size(), 3) << check.DebugString();  // no owner, no estimate, no dates
  team_.specialist.Do("planning.DeleteTask", absl::Substitute("name: '$0/tasks/vague'", world_.project()));

  team_.specialist.Do("planning.SubmitProject", project);
  EXPECT_TRUE(absl::IsPermissionDenied(team_.specialist.Try("planning.ApproveProject", project)));
  const auto approved = team_.manager.Do<planning::v1::Project>("planning.ApproveProject", project);
  EXPECT_EQ(approved.state(), planning::v1::Project::STATE_APPROVED);
  team_.analyst.Do<planning::v1::Baseline>("planning.GetBaseline", absl::Substitute("name: '$0'", approved.approved_baseline()));
}

void MainJob::GateOpensWhenEverythingIsPrepared() {
  activity_ = world_.Preparing(id_);
  EXPECT_THAT(team_.specialist.Try("activity.MarkActivityReady", Named()), HasReason("NOT_PREPARED"));
  EXPECT_FALSE(team_.analyst.Do<gateway::v1::ActivityReadiness>("gateway.GetActivityReadiness", Named()).ready());
  world_.CompletePreparation(activity_);
  world_.AcceptSupport(activity_);
  world_.MarkReady(activity_);
  // Processes that came up a moment ago may not all have reached each other yet, and what is not known is not ready.
  gateway::v1::ActivityReadiness readiness;
  for (const absl::Time limit = absl::Now() + absl::Seconds(10); absl::Now() < limit; absl::SleepFor(absl::Milliseconds(200))) {
    readiness = team_.analyst.Do<gateway::v1::ActivityReadiness>("gateway.GetActivityReadiness", Named());
    if (readiness.ready()) break;
  }
  EXPECT_TRUE(readiness.ready()) << readiness.DebugString();
  EXPECT_TRUE(readiness.missing().empty());
}

void MainJob::LaunchTakesWhatItNeeds() {
  EXPECT_TRUE(absl::IsPermissionDenied(team_.specialist.Try("activity.LaunchActivity", Named())));
  const auto live = team_.manager.Do<Activity>("activity.LaunchActivity", Named(" request_id: 'launch-" + id_ + "'"));
  EXPECT_EQ(live.state(), Activity::STATE_LIVE);
  ExpectTakenOnce(team_, activity_);
}

// Five visitors, two clicks, one buyer (A2, M1).
void MainJob::AudienceIsCounted() {
  std::string events;
  const auto add = [&](const std::string& name, int user) {
    absl::StrAppend(&events, absl::Substitute("events { event_name: '$0' user: 'u$1' activity: '$2' occur_time $3 } ", name, user,
                                              activity_, Instant(absl::Now())));
  };
  for (int user = 1; user <= 5; ++user) add("page_view", user);
  for (int user = 1; user <= 2; ++user) add("click", user);
  add("purchase", 1);
  const Person producer(Client(), Suite::Get().Token("--role PRODUCER --name producers/" + id_));
  const std::string batch = absl::Substitute("producer: 'producers/$0' sequence: 1 $1", id_, events);
  EXPECT_FALSE(producer.Do<metrics::v1::IngestEventsResponse>("metrics.IngestEvents", batch).duplicate());
  EXPECT_TRUE(producer.Do<metrics::v1::IngestEventsResponse>("metrics.IngestEvents", batch).duplicate());

  metrics::v1::ActivityCounters counters;
  EXPECT_TRUE(Eventually([&] {
    counters =
        team_.analyst.Do<metrics::v1::ActivityCounters>("metrics.GetActivityCounters", absl::Substitute("activity: '$0'", activity_));
    return counters.participants() == 5 && counters.conversions() == 1;
  })) << counters.DebugString();
  EXPECT_EQ(counters.impressions(), 5);
  EXPECT_EQ(counters.clicks(), 2);
  EXPECT_DOUBLE_EQ(counters.click_through_rate(), 0.4);
  EXPECT_DOUBLE_EQ(counters.conversion_rate(), 0.2);
}

void MainJob::MaterialsAndMoneyAreUsed() {
  const Activity live = Now();
  const auto lines = [&](int64_t quantity) {
    return absl::Substitute("name: '$0' lines { item: '$1' quantity: $2 }", live.reservation(), world_.item(), quantity);
  };
  team_.specialist.Do("resource.IssueReservation", lines(6));
  team_.specialist.Do("resource.ReturnReservation", lines(1));
  team_.specialist.Do("resource.RecordActual", absl::Substitute("name: '$0' amount_minor: 20000", live.encumbrance()));
}

void MainJob::EndFreesTheRest() {
  team_.specialist.Do("activity.PauseActivity", Named(" reason: 'Storm'"));
  team_.manager.Do("activity.ResumeActivity", Named());
  team_.specialist.Do("activity.EndActivity", Named(" reason: 'Over'"));
  EXPECT_TRUE(Eventually([&] { return Now().has_settle_time(); }));
  const Holdings held = HoldingsOf(team_, activity_);
  EXPECT_EQ(held.stock, 0);
  EXPECT_EQ(held.money, 0);
  const auto stock = team_.analyst.Do<resource::v1::Stock>("resource.GetStock", absl::Substitute("name: '$0/stock'", world_.item()));
  EXPECT_EQ(stock.on_hand(), 4 * kNeeded - 5);
  EXPECT_EQ(stock.reserved(), 0);
  const auto budget = team_.analyst.Do<resource::v1::Budget>("resource.GetBudget", absl::Substitute("name: '$0'", world_.budget()));
  EXPECT_EQ(budget.actual_minor(), 20000);
  EXPECT_EQ(budget.available_minor(), 4 * kCost - 20000);
}

// A4: targets against actuals, problems, costs; bound to the figures it used.
void MainJob::ReportTellsAll() {
  const auto report = team_.specialist.Do<activity::v1::Report>(
      "activity.CreateReport",
      absl::Substitute("parent: '$0' report_id: 'first' report { summary: 'It went well' problems: 'Queues' improvements: 'More tills' }",
                       activity_));
  ASSERT_EQ(report.snapshot().results_size(), 2);
  EXPECT_EQ(report.snapshot().results(0).actual(), 5);
  EXPECT_TRUE(report.snapshot().results(0).attained());
  EXPECT_EQ(report.snapshot().results(1).actual(), 20000);
  EXPECT_TRUE(report.snapshot().results(1).attained());
  EXPECT_EQ(report.snapshot().costs().actual_minor(), 20000);
  ASSERT_EQ(report.snapshot().materials_size(), 1);
  EXPECT_EQ(report.snapshot().materials(0).issued_quantity(), 6);
  EXPECT_EQ(report.snapshot().materials(0).returned_quantity(), 1);
  EXPECT_FALSE(report.snapshot().sources().empty());
  for (const char* format : {"FORMAT_MARKDOWN", "FORMAT_HTML"}) {
    const auto document = team_.analyst.Do<activity::v1::RenderReportResponse>(
        "activity.RenderReport", absl::Substitute("name: '$0' format: $1", report.name(), format));
    EXPECT_THAT(document.content(), HasSubstr("It went well"));
    EXPECT_THAT(document.content(), HasSubstr("Queues"));
    EXPECT_EQ(document.digest(), report.digest());
  }
  EXPECT_EQ(Now().state(), Activity::STATE_REVIEWED);
}

TEST_P(MainJob, FromPlanToReport) {
  PlanIsCheckedAndApproved();
  GateOpensWhenEverythingIsPrepared();
  LaunchTakesWhatItNeeds();
  AudienceIsCounted();
  MaterialsAndMoneyAreUsed();
  EndFreesTheRest();
  ReportTellsAll();
  ExpectSoundLedgers(team_);

  const auto overview =
      team_.engineer.Do<gateway::v1::ProjectOverview>("gateway.GetProjectOverview", absl::Substitute("name: '$0'", world_.project()));
  EXPECT_TRUE(overview.missing().empty()) << overview.DebugString();
  EXPECT_EQ(overview.tasks_size(), kTasks);
  EXPECT_EQ(overview.activities_size(), 1);
  EXPECT_EQ(overview.reservations_size(), 1);
  EXPECT_EQ(overview.encumbrances_size(), 1);
  ASSERT_EQ(overview.counters_size(), 1);
  EXPECT_EQ(overview.counters(0).participants(), 5);
}

INSTANTIATE_TEST_SUITE_P(Over, MainJob, ::testing::Values(Way::kGrpc, Way::kHttpJson),
                         [](const auto& info) { return info.param == Way::kGrpc ? "Grpc" : "HttpJson"; });

TEST(FrontDoor, NothingIsOpenWithoutAToken) {
  const Person nobody_grpc(Suite::Get().grpc(), ""), nobody_http(Suite::Get().http(), "");
  for (const Person& nobody : {nobody_grpc, nobody_http}) {
    EXPECT_TRUE(absl::IsUnauthenticated(nobody.Try("planning.ListProjects", "")));
    EXPECT_TRUE(absl::IsUnauthenticated(nobody.Try("resource.CreateItemCategory", "item_category { display_name: 'x' }")));
  }
}

TEST(FrontDoor, ContractIsServed) {
  const auto answer =
      Exchange(Suite::Get().http_port(), "GET", "/openapi.json", "Authorization: Bearer " + Suite::Get().Token("--role ANALYST") + "\r\n",
               "", absl::Now() + absl::Seconds(10));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, HasSubstr("/v1/projects"));
}

}  // namespace
}  // namespace heitie::e2e
