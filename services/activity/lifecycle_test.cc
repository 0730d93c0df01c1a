#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::Activity;

class LifecycleTest : public ActivityTest {
 protected:
  using ActivityTest::ActivityTest;
  absl::StatusOr<Activity> Pause(const std::string& name) {
    auto request = Named<v1::PauseActivityRequest>(name);
    request.set_reason("the page is down");
    return Call<Activity>("PauseActivity", Specialist(), request);
  }
  absl::StatusOr<Activity> Resume(const std::string& name, const std::string& request_id = "") {
    return Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(name, request_id));
  }
  absl::StatusOr<Activity> End(const std::string& name, const std::string& request_id = "") {
    return Call<Activity>("EndActivity", Specialist(), Named<v1::EndActivityRequest>(name, request_id));
  }
  absl::StatusOr<Activity> Cancel(const std::string& name) {
    auto request = Named<v1::CancelActivityRequest>(name);
    request.set_reason("the supplier failed");
    return Call<Activity>("CancelActivity", Manager(), request);
  }
  // As people do it in the resource service.
  void IssueAndSpend() {
    world_.reservations.begin()->second.mutable_lines(0)->set_issued_quantity(4);
    auto& taken = world_.encumbrances.begin()->second;
    taken.set_committed_minor(200);
    taken.set_actual_minor(300);
  }
};

TEST_F(LifecycleTest, AnActivityBeginsAsDraft) {
  const auto created = Call<Activity>("CreateActivity", Specialist(), NewActivity("spring"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), "activities/spring");
  EXPECT_EQ(created->state(), Activity::STATE_DRAFT);
  EXPECT_EQ(created->creator(), "employees/specialist");
  EXPECT_THAT(created->allowed_verbs(), ElementsAre("prepare", "cancel"));
  EXPECT_THAT(Get("activities/spring"), test::EqualsProto(*created));
}

TEST_F(LifecycleTest, StatesAreNotSetByTheCaller) {
  auto request = NewActivity("spring");
  request.mutable_activity()->set_state(Activity::STATE_LIVE);
  request.mutable_activity()->set_reservation("reservations/mine");
  ASSERT_THAT(Call<Activity>("CreateActivity", Specialist(), request), IsOk());
  EXPECT_EQ(Get("activities/spring").state(), Activity::STATE_DRAFT);
  EXPECT_EQ(Get("activities/spring").reservation(), "");
}

TEST_F(LifecycleTest, BadFieldsAreRefused) {
  auto request = NewActivity("spring");
  *request.mutable_activity()->mutable_end_time() = request.activity().start_time();
  EXPECT_THAT(Call<Activity>("CreateActivity", Specialist(), request), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Call<Activity>("CreateActivity", Specialist(), v1::CreateActivityRequest()), HasReason("INVALID_FIELDS"));
  EXPECT_EQ(Call<Activity>("CreateActivity", Analyst(), NewActivity("x")).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(LifecycleTest, ListsByStateAndTime) {
  for (const char* id : {"a", "b", "c"}) ASSERT_THAT(Call<Activity>("CreateActivity", Specialist(), NewActivity(id)), IsOk());
  ASSERT_THAT(Call<Activity>("PrepareActivity", Specialist(), Named<v1::PrepareActivityRequest>("activities/b")), IsOk());
  auto request = Proto<v1::ListActivitiesRequest>(R"pb(filter: "state = STATE_DRAFT" order_by: "start_time desc" page_size: 1)pb");
  const auto first = Call<v1::ListActivitiesResponse>("ListActivities", Analyst(), request);
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->activities_size(), 1);
  request.set_page_token(first->next_page_token());
  const auto second = Call<v1::ListActivitiesResponse>("ListActivities", Analyst(), request);
  ASSERT_THAT(second, IsOk());
  ASSERT_EQ(second->activities_size(), 1);
  EXPECT_NE(second->activities(0).name(), first->activities(0).name());
  EXPECT_EQ(second->next_page_token(), "");
}

// A1.
TEST_F(LifecycleTest, ReadinessNeedsPreparationAndSupport) {
  const std::string name = "activities/spring";
  ASSERT_THAT(Call<Activity>("CreateActivity", Specialist(), NewActivity("spring")), IsOk());
  ASSERT_THAT(Call<Activity>("PrepareActivity", Specialist(), Named<v1::PrepareActivityRequest>(name)), IsOk());
  const auto mark = [&] { return Call<Activity>("MarkActivityReady", Specialist(), Named<v1::MarkActivityReadyRequest>(name)); };
  EXPECT_THAT(mark(), HasReason("NOT_PREPARED"));
  AddItem(name, false);
  auto ask = Proto<v1::CreateSupportCommitmentRequest>(R"pb(support_commitment {
                                                              department: "technology"
                                                              description: "watch the page"
                                                              due_time { seconds: 1767225600 }
                                                            }
                                                            support_commitment_id: "tech")pb");
  ask.set_parent(name);
  ASSERT_THAT(Call<v1::SupportCommitment>("CreateSupportCommitment", Specialist(), ask), IsOk());
  const auto both = mark();
  EXPECT_THAT(both, HasReason("NOT_PREPARED"));
  EXPECT_THAT(std::string(both.status().message()), HasSubstr("PREPARATION_COMPLETE, SUPPORT_ACCEPTED"));

  const auto done = Call<v1::PreparationItem>("CompletePreparationItem", Specialist(),
                                              Named<v1::CompletePreparationItemRequest>(name + "/preparationItems/poster"));
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->completer(), "employees/specialist");
  EXPECT_EQ(time::ToTime(done->complete_time()), clock_.Now());
  const auto accept = Named<v1::AcceptSupportCommitmentRequest>(name + "/supportCommitments/tech");
  EXPECT_THAT(Call<v1::SupportCommitment>("AcceptSupportCommitment", Member("design"), accept), HasReason("OTHER_DEPARTMENT"));
  EXPECT_EQ(Call<v1::SupportCommitment>("AcceptSupportCommitment", Specialist(), accept).status().code(),
            absl::StatusCode::kPermissionDenied);
  const auto accepted = Call<v1::SupportCommitment>("AcceptSupportCommitment", Member("technology"), accept);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->acceptor(), "employees/wu");
  const auto ready = mark();
  ASSERT_THAT(ready, IsOk());
  EXPECT_EQ(ready->state(), Activity::STATE_READY);
}

TEST_F(LifecycleTest, ADeclinedCommitmentCanBeWithdrawn) {
  const std::string name = Ready();
  auto ask = Proto<v1::CreateSupportCommitmentRequest>(R"pb(support_commitment {
                                                              department: "technology"
                                                              description: "watch"
                                                              due_time { seconds: 1767225600 }
                                                            }
                                                            support_commitment_id: "tech")pb");
  ask.set_parent(name);
  ASSERT_THAT(Call<v1::SupportCommitment>("CreateSupportCommitment", Specialist(), ask), IsOk());
  auto decline = Named<v1::DeclineSupportCommitmentRequest>(name + "/supportCommitments/tech");
  decline.set_reason("holiday");
  const auto declined = Call<v1::SupportCommitment>("DeclineSupportCommitment", Member("technology"), decline);
  ASSERT_THAT(declined, IsOk());
  EXPECT_EQ(declined->decline_reason(), "holiday");
  EXPECT_THAT(Launch(name), HasReason("LAUNCH_GATE_CLOSED"));
  ASSERT_THAT(Call<google::protobuf::Empty>("DeleteSupportCommitment", Specialist(),
                                            Named<v1::DeleteSupportCommitmentRequest>(name + "/supportCommitments/tech")),
              IsOk());
  EXPECT_THAT(Launch(name), IsOk());
}

// On several nodes of a cluster only a changed row shows a conflict (Kind::Guard).
TEST_F(LifecycleTest, EveryChangeOfThePreparationChangesTheActivitysRow) {
  const std::string name = Ready();
  int64_t guard = GuardOf("activities", name);
  EXPECT_EQ(guard, 2) << "an item was created and completed";
  const auto expect_changed = [&](const char* what) { EXPECT_EQ(GuardOf("activities", name), ++guard) << what; };
  const std::string poster = name + "/preparationItems/poster";
  ASSERT_THAT(Call<v1::PreparationItem>("ReopenPreparationItem", Specialist(), Named<v1::ReopenPreparationItemRequest>(poster)), IsOk());
  expect_changed("an item was reopened");
  auto update = Proto<v1::UpdatePreparationItemRequest>(R"pb(preparation_item { title: "Large poster" })pb");
  update.mutable_preparation_item()->set_name(poster);
  ASSERT_THAT(Call<v1::PreparationItem>("UpdatePreparationItem", Specialist(), update), IsOk());
  expect_changed("an item was changed");
  ASSERT_THAT(Call<google::protobuf::Empty>("DeletePreparationItem", Specialist(), Named<v1::DeletePreparationItemRequest>(poster)),
              IsOk());
  expect_changed("an item was deleted");
  auto ask = Proto<v1::CreateSupportCommitmentRequest>(R"pb(support_commitment {
                                                              department: "technology"
                                                              description: "watch"
                                                              due_time { seconds: 1767225600 }
                                                            }
                                                            support_commitment_id: "tech")pb");
  ask.set_parent(name);
  ASSERT_THAT(Call<v1::SupportCommitment>("CreateSupportCommitment", Specialist(), ask), IsOk());
  expect_changed("support was asked for");
  const auto accept = Named<v1::AcceptSupportCommitmentRequest>(name + "/supportCommitments/tech");
  ASSERT_THAT(Call<v1::SupportCommitment>("AcceptSupportCommitment", Member("technology"), accept), IsOk());
  expect_changed("support was promised");
  auto waive = Proto<v1::CreateWaiverRequest>(R"pb(waiver { precondition: PRECONDITION_BUDGET reason: "paid by a partner" })pb");
  waive.set_parent(name);
  *waive.mutable_waiver()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
  ASSERT_THAT(Call<v1::Waiver>("CreateWaiver", Manager(), waive), IsOk());
  expect_changed("a precondition was waived");
}

TEST_F(LifecycleTest, PreparationIsOverWithTheLaunch) {
  const std::string name = Live();
  const auto reopen = Named<v1::ReopenPreparationItemRequest>(name + "/preparationItems/poster");
  EXPECT_THAT(Call<v1::PreparationItem>("ReopenPreparationItem", Specialist(), reopen), HasReason("PREPARATION_OVER"));
  const auto remove = Named<v1::DeletePreparationItemRequest>(name + "/preparationItems/poster");
  EXPECT_THAT(Call<google::protobuf::Empty>("DeletePreparationItem", Specialist(), remove), HasReason("PREPARATION_OVER"));
  auto add = Proto<v1::CreatePreparationItemRequest>(R"pb(preparation_item {
                                                            title: "Late"
                                                            kind: KIND_COPY
                                                            owner: "employees/li"
                                                            due_time { seconds: 1767225600 }
                                                          })pb");
  add.set_parent(name);
  EXPECT_THAT(Call<v1::PreparationItem>("CreatePreparationItem", Specialist(), add), HasReason("PREPARATION_OVER"));
}

TEST_F(LifecycleTest, AnItemOfNoActivityIsNotFound) {
  auto add = Proto<v1::CreatePreparationItemRequest>(R"pb(parent: "activities/none"
                                                          preparation_item {
                                                            title: "x"
                                                            kind: KIND_COPY
                                                            owner: "employees/li"
                                                            due_time { seconds: 1767225600 }
                                                          })pb");
  EXPECT_EQ(Call<v1::PreparationItem>("CreatePreparationItem", Specialist(), add).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LifecycleTest, ResumingGoesThroughTheGateAgain) {
  const std::string name = Live();
  const auto paused = Pause(name);
  ASSERT_THAT(paused, IsOk());
  EXPECT_EQ(paused->state_reason(), "the page is down");
  world_.stock = 0;
  world_.budget.set_available_minor(0);
  world_.risks.add_risks()->set_blocking(true);
  EXPECT_THAT(Resume(name), HasReason("LAUNCH_GATE_CLOSED"));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  world_.risks.clear_risks();
  const auto resumed = Resume(name, "r");
  ASSERT_THAT(resumed, IsOk()) << "what it reserved and committed counts, whatever is left for others";
  EXPECT_EQ(resumed->state(), Activity::STATE_LIVE);
  // The repetition is not judged again.
  world_.risks.add_risks()->set_blocking(true);
  EXPECT_THAT(Resume(name, "r"), IsOk());
}

TEST_F(LifecycleTest, ResumingIsRefusedWhenTheReservationIsGone) {
  const std::string name = Live();
  ASSERT_THAT(Pause(name), IsOk());
  world_.reservations.begin()->second.mutable_lines(0)->set_released_quantity(1);
  EXPECT_THAT(Resume(name), HasReason("LAUNCH_GATE_CLOSED"));
}

TEST_F(LifecycleTest, EndingFreesWhatWasNotUsed) {
  const std::string name = Live();
  IssueAndSpend();
  const auto ended = End(name, "e");
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->state(), Activity::STATE_ENDED);
  EXPECT_TRUE(ended->has_settle_time());
  EXPECT_EQ(world_.HeldStock(), 0);
  EXPECT_EQ(world_.HeldMoney(), 0);
  EXPECT_EQ(world_.stock, 96) << "what was issued stays issued";
  EXPECT_EQ(world_.encumbrances.begin()->second.actual_minor(), 300) << "actuals stay";
  EXPECT_THAT(End(name, "e"), IsOk());
  EXPECT_EQ(std::count(world_.calls.begin(), world_.calls.end(), "ReleaseAllotment"), 1);
  EXPECT_THAT(End(name), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(LifecycleTest, AnOutageDoesNotDecideAResume) {
  const std::string name = Live();
  ASSERT_THAT(Pause(name), IsOk());
  const auto away = [](const std::string& method, FakeWorld::Moment) {
    return method == "SummarizeRisks" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  world_.trouble = away;
  const auto unknown = Resume(name, "r");
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(unknown, HasReason("FACTS_MISSING"));
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("risk cannot be asked"));
  EXPECT_TRUE(HasRetryInfo(unknown.status()));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  world_.trouble = nullptr;
  const auto resumed = Resume(name, "r");
  ASSERT_THAT(resumed, IsOk());
  world_.trouble = away;
  ASSERT_THAT(Pause(name), IsOk());
  EXPECT_THAT(*Resume(name, "r"), test::EqualsProto(*resumed)) << "a repetition asks nobody";
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
}

TEST_F(LifecycleTest, EndingDoesNotWaitForTheResourceService) {
  const std::string name = Live();
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "ReleaseAllotment" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  const auto ended = End(name);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->state(), Activity::STATE_ENDED);
  EXPECT_FALSE(ended->has_settle_time());
  EXPECT_EQ(world_.HeldStock(), 10);
  EXPECT_EQ(world_.HeldMoney(), 500);
  v1::CreateReportRequest report;
  report.set_parent(name);
  report.mutable_report()->set_summary("x");
  const auto early = Call<v1::Report>("CreateReport", Analyst(), report);
  EXPECT_THAT(early, HasReason("NOT_SETTLED"));
  EXPECT_EQ(early.status().code(), absl::StatusCode::kUnavailable) << "it is over when the resource service is back";
  EXPECT_TRUE(HasRetryInfo(early.status()));
  world_.trouble = nullptr;
  RunJobs(absl::Minutes(2));
  EXPECT_EQ(world_.HeldMoney(), 0);
  EXPECT_TRUE(Get(name).has_settle_time());
}

TEST_F(LifecycleTest, CancellingGivesEverythingBackFromEveryState) {
  ASSERT_THAT(Call<Activity>("CreateActivity", Specialist(), NewActivity("draft")), IsOk());
  const std::string ready = Ready("ready");
  EXPECT_THAT(Cancel("activities/draft"), IsOk());
  EXPECT_THAT(Cancel(ready), IsOk());
  const std::string live = Live("live");
  const auto cancelled = Cancel(live);
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state(), Activity::STATE_CANCELLED);
  EXPECT_EQ(cancelled->state_reason(), "the supplier failed");
  EXPECT_TRUE(cancelled->has_settle_time());
  EXPECT_EQ(world_.stock, 100);
  EXPECT_EQ(world_.budget.available_minor(), 100000);
  EXPECT_THAT(Cancel(live), HasReason("ILLEGAL_TRANSITION"));
}

// A4.
class ReportServiceTest : public LifecycleTest {
 protected:
  using LifecycleTest::LifecycleTest;
  std::string Ended() {
    const std::string name = Live();
    IssueAndSpend();
    world_.counters.set_clicks(80);
    world_.counters.set_converters(5);
    world_.counters.set_converters_outside_denominator(3);
    world_.counters.set_version(6);
    EXPECT_THAT(End(name), IsOk());
    return name;
  }
  absl::StatusOr<v1::Report> Report(const std::string& name, const std::string& id = "first", const std::string& request_id = "") {
    auto request =
        Proto<v1::CreateReportRequest>(R"pb(report { summary: "Good <b>day</b>" problems: "A | B" improvements: "More doors" })pb");
    request.set_parent(name);
    request.set_report_id(id);
    request.set_request_id(request_id);
    return Call<v1::Report>("CreateReport", Analyst(), request);
  }
  // With a word on the target that it missed.
  absl::StatusOr<Activity> Archive(const std::string& name) {
    auto request = Proto<v1::ArchiveActivityRequest>(R"pb(explanations { measure: MEASURE_CLICKS explanation: "It rained" })pb");
    request.set_name(name);
    return Call<Activity>("ArchiveActivity", Manager(), request);
  }
};

TEST_F(ReportServiceTest, TellsForecastsByWhichLaterOnesAreCorrected) {
  world_.project.set_currency_code("TWD");
  world_.scheme.mutable_feasibility()->set_total_benefit_minor(10000);
  const auto report = Report(Ended());
  ASSERT_THAT(report, IsOk());
  const auto& forecasts = report->snapshot().forecasts();
  ASSERT_EQ(forecasts.size(), 4) << "two targets, cost, benefit";
  EXPECT_DOUBLE_EQ(forecasts[0].error(), -0.2) << "80 of 100 clicks";
  EXPECT_DOUBLE_EQ(forecasts[1].error(), 0.235);
  EXPECT_DOUBLE_EQ(forecasts[2].error(), -0.4) << "300 of 500 spent";
  EXPECT_EQ(forecasts[3].metric(), "metricDefinitions/revenue");
  EXPECT_DOUBLE_EQ(forecasts[3].error(), 0.235);
  EXPECT_EQ(report->snapshot().live_days(), 1);
}

TEST_F(ReportServiceTest, IsBoundToTheFiguresItUsed) {
  const std::string name = Ended();
  const auto report = Report(name, "first", "r");
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(Get(name).state(), Activity::STATE_REVIEWED);
  EXPECT_EQ(report->creator(), "employees/analyst");
  EXPECT_EQ(report->digest(), text::Sha256Hex(report->markdown()));
  const v1::ReportSnapshot& snapshot = report->snapshot();
  EXPECT_EQ(snapshot.results(0).actual(), 80);
  EXPECT_FALSE(snapshot.results(0).attained());
  EXPECT_EQ(snapshot.results(1).actual(), 12350);
  EXPECT_TRUE(snapshot.results(1).attained());
  EXPECT_EQ(snapshot.costs().actual_minor(), 300);
  EXPECT_EQ(snapshot.costs().currency_code(), "TWD");
  EXPECT_EQ(snapshot.materials(0).issued_quantity(), 4);
  EXPECT_EQ(snapshot.counters().converters(), 5);
  EXPECT_EQ(snapshot.counters().converters_outside_denominator(), 3);
  ASSERT_EQ(snapshot.sources_size(), 5) << "activity, counters, money, stock, metric";
  EXPECT_EQ(snapshot.sources(2).statement(), "TWD 3.00 spent, TWD 0.00 committed, TWD 2.00 given back");
  EXPECT_EQ(snapshot.sources(4).statement(), "Revenue of the sale: 3 events of this activity");
  ASSERT_EQ(snapshot.metrics_size(), 1);
  EXPECT_EQ(snapshot.metrics(0).metric(), "metricDefinitions/revenue");
  EXPECT_EQ(snapshot.metrics(0).metric_etag(), "2");
  EXPECT_EQ(snapshot.metrics(0).value(), 12350);
  EXPECT_EQ(snapshot.metrics(0).count(), 3);
  EXPECT_EQ(snapshot.names_size(), 3) << "project, scheme, owner; personnel does not know the author";
  EXPECT_EQ(snapshot.activity().state(), Activity::STATE_ENDED);
  EXPECT_EQ(world_.metric_question.activity(), name);
  EXPECT_EQ(world_.metric_question.start_date().day(), 1);

  // Figures that change later change nothing.
  world_.counters.set_clicks(1000);
  v1::GetReportRequest get;
  get.set_name(report->name());
  EXPECT_THAT(*Call<v1::Report>("GetReport", Member("technology"), get), test::EqualsProto(*report));
  EXPECT_EQ(Report(name, "first", "r")->digest(), report->digest());
}

TEST_F(ReportServiceTest, IsRenderedAsMarkdownAndHtml) {
  const auto report = Report(Ended());
  ASSERT_THAT(report, IsOk());
  v1::RenderReportRequest request;
  request.set_name(report->name());
  const auto markdown = Call<v1::RenderReportResponse>("RenderReport", Specialist(), request);
  ASSERT_THAT(markdown, IsOk());
  EXPECT_EQ(markdown->content(), report->markdown());
  EXPECT_EQ(markdown->digest(), text::Sha256Hex(markdown->content()));
  request.set_format(v1::RenderReportRequest::FORMAT_HTML);
  const auto html = Call<v1::RenderReportResponse>("RenderReport", Specialist(), request);
  ASSERT_THAT(html, IsOk());
  EXPECT_EQ(html->media_type(), "text/html; charset=utf-8");
  EXPECT_THAT(html->content(), HasSubstr("Good &lt;b&gt;day&lt;/b&gt;"));
  EXPECT_THAT(html->content(), HasSubstr("<li>A | B</li>"));
  EXPECT_THAT(html->content(), HasSubstr("<td>Revenue of the sale</td>\n<td>≥ TWD 100.00</td>\n<td>TWD 123.50</td>\n"
                                         "<td>123.50 %</td>\n<td>yes</td>"));
  EXPECT_THAT(html->content(), HasSubstr("<td>Spring plan (projects/p)</td>"));
  EXPECT_THAT(html->content(), HasSubstr("<td>employees/li</td>"));
  EXPECT_THAT(html->content(), HasSubstr("<td>Gift box</td>\n<td>box</td>\n<td>10</td>"));
}

TEST_F(ReportServiceTest, HasAllFiguresOrIsNotWritten) {
  const std::string name = Ended();
  for (const char* method :
       {"GetActivityCounters", "QueryMetric", "GetEncumbrance", "GetReservation", "GetBudget", "GetItem", "GetProject", "GetScheme"}) {
    world_.trouble = [method](const std::string& called, FakeWorld::Moment) {
      return called == method ? absl::UnavailableError("down") : absl::OkStatus();
    };
    const auto missing = Report(name, "first", "r");
    EXPECT_THAT(missing, HasReason("FIGURES_MISSING")) << method;
    EXPECT_TRUE(HasRetryInfo(missing.status())) << method;
  }
  world_.trouble = [](const std::string& called, FakeWorld::Moment) {
    return called == "QueryMetric" ? status::NotFound("metricDefinitions/revenue") : absl::OkStatus();
  };
  EXPECT_THAT(Report(name), HasReason("FIGURES_REFUSED"));
  world_.trouble = nullptr;
  EXPECT_EQ(Get(name).state(), Activity::STATE_ENDED);
  EXPECT_THAT(Report(name, "first", "r"), IsOk()) << "no failure was the request's answer";
}

class UncopiedReportTest : public ReportServiceTest {
 protected:
  UncopiedReportTest() : ReportServiceTest(false) {}
};

// What people are called is told with each answer as it is then, and kept by none.
TEST_F(UncopiedReportTest, TellsTheNamesOfPeopleOnceTheyAreKnown) {
  const std::string name = Ended();
  const auto first = Report(name, "first", "r");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->snapshot().names_size(), 2) << "project and scheme";
  RunJobs(absl::Seconds(1));
  const auto again = Report(name, "first", "r");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->snapshot().names_size(), 3);
  EXPECT_EQ(again->markdown(), first->markdown());
  std::string dump;
  EXPECT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
  EXPECT_THAT(dump, HasSubstr("mirrored_employees.display_name: Li Ming"));
  EXPECT_THAT(dump.find("Li Ming"), dump.rfind("Li Ming")) << "elsewhere than in the copy";
}

// Nobody is asked, nothing is judged.
TEST_F(ReportServiceTest, ARepetitionGetsTheFirstAnswerWhateverHasHappened) {
  const std::string name = Ended();
  const auto first = Report(name, "first", "r");
  ASSERT_THAT(first, IsOk());
  world_.trouble = [](const std::string&, FakeWorld::Moment) { return absl::UnavailableError("down"); };
  const auto expect_first = [&] {
    const auto again = Report(name, "first", "r");
    ASSERT_THAT(again, IsOk());
    EXPECT_THAT(*again, test::EqualsProto(*first));
    EXPECT_THAT(Report(name, "second", "r"), HasReason("REQUEST_ID_REUSED"));
  };
  expect_first();
  world_.trouble = nullptr;
  expect_first();
  ASSERT_THAT(Archive(name), IsOk());
  expect_first();
}

TEST_F(ReportServiceTest, ALaterReportStandsBesideTheFirst) {
  const std::string name = Ended();
  ASSERT_THAT(Report(name), IsOk());
  EXPECT_EQ(Report(name).status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_THAT(Report(name, "second"), IsOk());
  ASSERT_THAT(Archive(name), IsOk());
  EXPECT_THAT(Report(name, "third"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ReportServiceTest, IsForEndedActivities) { EXPECT_THAT(Report(Live()), HasReason("ILLEGAL_TRANSITION")); }

TEST_F(ReportServiceTest, TheAuditTrailTellsTheWholeStory) {
  const std::string name = Ended();
  ASSERT_THAT(Report(name), IsOk());
  auto request = Proto<type::v1::ListEventsRequest>(R"pb(subject: "activities/spring")pb");
  const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
  ASSERT_THAT(events, IsOk());
  std::vector<std::string> actions;
  for (const auto& event : events->events()) actions.push_back(event.action());
  EXPECT_THAT(actions, ElementsAre("create", "prepare", "mark_ready", "begin_launch", "launch", "end", "settle", "create_report"));
}

}  // namespace
}  // namespace heitie::activity
