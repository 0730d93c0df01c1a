#include "services/activity/page/pages.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/web/server_testing.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/activity/v1/guardrail.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolation;
using ::heitie::test::IsOk;
using v1::Activity;
using v1::Page;

class PageTest : public ActivityTest {
 protected:
  PageTest() {
    clients_["metrics"].On<metrics::v1::IngestMeasurementsRequest, metrics::v1::IngestMeasurementsResponse>(
        "heitie.metrics.v1.CollectionService/IngestMeasurements",
        [this](const rpc::Call&, const metrics::v1::IngestMeasurementsRequest& request) { return Ingest(request); });
  }

  rpc::Call Engineer() const { return test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()); }

  void Allow(int port, const std::string& inside = "127.0.0.1") {
    auto request = test::Proto<v1::CreateAllowedHostRequest>(
        "allowed_host { host: '127.0.0.1' schemes: SCHEME_HTTP reason: 'tests' } allowed_host_id: 'local'");
    request.mutable_allowed_host()->add_ports(port);
    if (!inside.empty()) request.mutable_allowed_host()->add_private_ranges(inside);
    ASSERT_THAT(Call<v1::AllowedHost>("CreateAllowedHost", Engineer(), request), IsOk());
  }

  v1::CreatePageRequest NewPage(const std::string& activity, int port, const std::string& changes = "") const {
    auto request = test::Proto<v1::CreatePageRequest>(R"pb(
      page {
        title: "Shop"
        look_interval { seconds: 60 }
        timeout { seconds: 5 }
        failures_to_down: 2
        successes_to_up: 1
        requirement: REQUIREMENT_BEFORE_LAUNCH
      }
      page_id: "shop")pb");
    request.set_parent(activity);
    request.mutable_page()->set_url(absl::StrCat("http://127.0.0.1:", port, "/"));
    request.mutable_page()->MergeFrom(test::Proto<Page>(changes));
    return request;
  }
  std::string AddPage(const v1::CreatePageRequest& request) {
    EXPECT_THAT(Call<Page>("CreatePage", Specialist(), request), IsOk());
    return absl::StrCat(request.parent(), "/pages/", request.page_id());
  }

  absl::StatusOr<Page> Find(const std::string& name) {
    v1::GetPageRequest request;
    request.set_name(name);
    return Call<Page>("GetPage", Analyst(), request);
  }
  Page Shown(const std::string& name) {
    auto page = Find(name);
    EXPECT_THAT(page, IsOk());
    return page.value_or(Page());
  }
  // Moves on and waits until the look that is due has been written.
  Page LookAfter(const std::string& name, absl::Duration after) {
    RunJobs(after);
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (absl::Now() < give_up) {
      const Page page = Shown(name);
      // A page and its last look are read one after the other, so that the page may still be as it was before that look.
      if (page.has_last_look() && time::ToTime(page.last_look().look_time()) == clock_.Now()) return Shown(name);
      absl::SleepFor(absl::Milliseconds(10));
    }
    ADD_FAILURE() << "no look at " << name;
    return Page();
  }

  // The events of a page or an incident.
  std::vector<std::string> ActionsOf(const std::string& subject) {
    std::vector<std::string> actions;
    EXPECT_TRUE(database_.get()
                    .Read(absl::Now() + absl::Seconds(20),
                          [&](sql::Session& session) {
                            return session.Query("SELECT type FROM event WHERE aggregateid = ? ORDER BY sequence", sql::Bind(subject),
                                                 [&](const sql::Row& row) { actions.push_back(row.Text(0)); });
                          })
                    .ok());
    return actions;
  }
  std::vector<v1::Incident> IncidentsOf(const std::string& activity) {
    v1::ListIncidentsRequest request;
    request.set_parent(activity);
    auto response = Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request);
    EXPECT_THAT(response, IsOk());
    return {response->incidents().begin(), response->incidents().end()};
  }

  absl::StatusOr<metrics::v1::IngestMeasurementsResponse> Ingest(const metrics::v1::IngestMeasurementsRequest& request) {
    const std::pair<std::string, int64_t> key(request.producer(), request.sequence());
    const auto [batch, news] = batches_.emplace(key, request);
    if (!news && batch->second.SerializeAsString() != request.SerializeAsString()) {
      return status::Error({absl::StatusCode::kAlreadyExists, "BATCH_CHANGED", "It is another batch.", "批次不同。"});
    }
    if (news) measured_.insert(measured_.end(), request.measurements().begin(), request.measurements().end());
    if (lost_answers_-- > 0) return absl::UnavailableError("the answer is lost");
    return metrics::v1::IngestMeasurementsResponse();
  }

  std::atomic<int> status_ = 200;
  web::TestServer server_{[this](const std::string&, web::Peer& peer) {
    peer.Send(web::Ok("hello", status_ == 200 ? "200 OK" : absl::StrCat(status_.load(), " Broken")));
  }};
  std::map<std::pair<std::string, int64_t>, metrics::v1::IngestMeasurementsRequest> batches_;
  std::vector<metrics::v1::Measurement> measured_;
  int lost_answers_ = 0;
};

TEST_F(PageTest, NothingIsAskedThatNobodyAllowed) {
  const std::string activity = Ready();
  const auto request = NewPage(activity, server_.port());
  EXPECT_THAT(Call<Page>("CreatePage", Specialist(), request), HasViolation("page.url", "HOST_NOT_ALLOWED"));
  EXPECT_THAT(Find(activity + "/pages/shop"), HasReason("NOT_FOUND"));
  // The platform engineer keeps the list, and nobody else.
  auto host = test::Proto<v1::CreateAllowedHostRequest>(
      "allowed_host { host: 'shop.example' schemes: SCHEME_HTTP ports: 80 reason: 'r' } allowed_host_id: 'h'");
  for (const rpc::Call& caller : {Manager(), Specialist(), Analyst()}) {
    EXPECT_THAT(Call<v1::AllowedHost>("CreateAllowedHost", caller, host), HasReason("PERMISSION_DENIED"));
  }
  host.mutable_allowed_host()->add_private_ranges("0.0.0.0/0");
  EXPECT_THAT(Call<v1::AllowedHost>("CreateAllowedHost", Engineer(), host),
              HasViolation("allowed_host.private_ranges[0]", "BAD_ADDRESS_RANGE"));
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(PageTest, APageInsideIsBlockedUntilARangeIsOpened) {
  const std::string activity = Ready();
  Allow(server_.port(), "");
  const std::string name = AddPage(NewPage(activity, server_.port()));
  Page page = LookAfter(name, absl::Seconds(1));
  EXPECT_EQ(page.last_look().cause(), Page::CAUSE_BLOCKED);
  EXPECT_EQ(page.last_look().status(), 0);
  EXPECT_EQ(page.state(), Page::STATE_UNKNOWN);
  page = LookAfter(name, absl::Seconds(59));
  EXPECT_EQ(page.state(), Page::STATE_DOWN);
  EXPECT_EQ(page.cause(), Page::CAUSE_BLOCKED);
  EXPECT_EQ(server_.connections(), 0);
  const auto open = test::Proto<v1::UpdateAllowedHostRequest>(
      "allowed_host { name: 'allowedHosts/local' private_ranges: '127.0.0.0/8' } update_mask { paths: 'private_ranges' }");
  ASSERT_THAT(Call<v1::AllowedHost>("UpdateAllowedHost", Engineer(), open), IsOk());
  page = LookAfter(name, absl::Seconds(60));
  EXPECT_EQ(page.state(), Page::STATE_UP);
  EXPECT_FALSE(page.cause());
  EXPECT_EQ(server_.connections(), 1);
  ASSERT_THAT(Call<google::protobuf::Empty>("DeleteAllowedHost", Engineer(), Named<v1::DeleteAllowedHostRequest>("allowedHosts/local")),
              IsOk());
  EXPECT_EQ(LookAfter(name, absl::Seconds(60)).last_look().cause(), Page::CAUSE_BLOCKED);
  EXPECT_EQ(server_.connections(), 1);
  EXPECT_EQ(ActionsOf(name), (std::vector<std::string>{"create", "go_down", "come_up"}));
}

TEST_F(PageTest, LooksAreOnScheduleWithoutDriftAndMissedOnesAreNotMadeUp) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port()));
  const absl::Time begin = clock_.Now();
  Page page = LookAfter(name, absl::Seconds(7));
  EXPECT_EQ(time::ToTime(page.next_look_time()), begin + absl::Seconds(60));
  page = LookAfter(name, absl::Seconds(54));
  EXPECT_EQ(time::ToTime(page.next_look_time()), begin + absl::Seconds(120));
  page = LookAfter(name, absl::Minutes(10));
  EXPECT_EQ(server_.connections(), 3);
  EXPECT_EQ(time::ToTime(page.next_look_time()), begin + absl::Minutes(12));
  EXPECT_EQ(page.last_look().status(), 200);
  EXPECT_TRUE(page.last_look().good());
  RunJobs(absl::Seconds(1));
  EXPECT_EQ(server_.connections(), 3);
  // Besides its schedule, which stays.
  ASSERT_THAT(Call<Page>("LookAtPage", Specialist(), Named<v1::LookAtPageRequest>(name)), IsOk());
  page = LookAfter(name, absl::Seconds(2));
  EXPECT_EQ(server_.connections(), 4);
  EXPECT_EQ(time::ToTime(page.next_look_time()), begin + absl::Minutes(12));
}

TEST_F(PageTest, TheGateWantsPagesToBeUp) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port()));
  const auto verdict = [&] {
    v1::EvaluateLaunchGateRequest request;
    request.set_name(activity);
    const auto gate = Call<v1::EvaluateLaunchGateResponse>("EvaluateLaunchGate", Manager(), request);
    EXPECT_THAT(gate, IsOk());
    for (const v1::PreconditionVerdict& found : gate->verdicts()) {
      if (found.precondition() == v1::PRECONDITION_PAGES_UP) return found.verdict();
    }
    return v1::VERDICT_UNSPECIFIED;
  };
  EXPECT_EQ(verdict(), v1::VERDICT_UNKNOWN) << "nobody has looked";
  status_ = 500;
  LookAfter(name, absl::Seconds(1));
  EXPECT_EQ(LookAfter(name, absl::Seconds(59)).state(), Page::STATE_DOWN);
  EXPECT_EQ(verdict(), v1::VERDICT_UNMET);
  const absl::StatusOr<Activity> refused = Launch(activity);
  EXPECT_THAT(refused, HasReason("LAUNCH_GATE_CLOSED"));
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("PAGES_UP"));
  status_ = 200;
  EXPECT_EQ(LookAfter(name, absl::Seconds(60)).state(), Page::STATE_UP);
  EXPECT_EQ(verdict(), v1::VERDICT_MET);
  clock_.Advance(absl::Seconds(120));
  EXPECT_EQ(verdict(), v1::VERDICT_MET);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(verdict(), v1::VERDICT_UNKNOWN) << "that was too long ago";
  LookAfter(name, absl::Seconds(0));
  EXPECT_THAT(Launch(activity), IsOk());
}

TEST_F(PageTest, APageThatGoesDownIsOneIncidentAndItsRecoveryIsTold) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port()));
  LookAfter(name, absl::Seconds(1));
  ASSERT_THAT(Launch(activity), IsOk());
  status_ = 503;
  LookAfter(name, absl::Seconds(60));
  EXPECT_TRUE(IncidentsOf(activity).empty());
  Page page = LookAfter(name, absl::Seconds(60));
  EXPECT_EQ(page.state(), Page::STATE_DOWN);
  EXPECT_EQ(page.cause(), Page::CAUSE_STATUS);
  EXPECT_EQ(time::ToTime(page.state_time()), clock_.Now());
  ASSERT_EQ(IncidentsOf(activity).size(), 1u);
  const v1::Incident opened = IncidentsOf(activity)[0];
  EXPECT_EQ(opened.cause(), v1::Incident::CAUSE_PAGE);
  EXPECT_EQ(opened.source(), name);
  EXPECT_EQ(opened.title(), "Shop: STATUS");
  EXPECT_EQ(opened.owner(), "employees/li");
  EXPECT_FALSE(opened.has_clear_time());
  EXPECT_EQ(Get(activity).state(), Activity::STATE_LIVE) << "what is done about it decides somebody, or a guardrail";
  for (int i = 0; i < 3; ++i) LookAfter(name, absl::Seconds(60));
  EXPECT_EQ(IncidentsOf(activity).size(), 1u);
  EXPECT_EQ(IncidentsOf(activity)[0].etag(), opened.etag()) << "nothing is told twice";
  status_ = 200;
  EXPECT_EQ(LookAfter(name, absl::Seconds(60)).state(), Page::STATE_UP);
  EXPECT_TRUE(IncidentsOf(activity)[0].has_clear_time());
  EXPECT_EQ(ActionsOf(name), (std::vector<std::string>{"create", "come_up", "go_down", "come_up"}));
}

TEST_F(PageTest, AGuardrailOnThePagePausesAndResumesByItself) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port()));
  v1::CreateActivityGuardrailRequest guard;
  guard.set_parent(activity);
  guard.set_activity_guardrail_id("shop");
  *guard.mutable_activity_guardrail() = test::Proto<v1::ActivityGuardrail>(
      "display_name: 'The shop is there' signal: SIGNAL_PAGE action: ACTION_PAUSE resume_by_itself: true source: '" + name + "'");
  ASSERT_THAT(Call<v1::ActivityGuardrail>("CreateActivityGuardrail", Analyst(), guard), IsOk());
  LookAfter(name, absl::Seconds(1));
  ASSERT_THAT(Launch(activity), IsOk());
  status_ = 500;
  LookAfter(name, absl::Seconds(60));
  EXPECT_EQ(Get(activity).state(), Activity::STATE_LIVE);
  LookAfter(name, absl::Seconds(60));
  EXPECT_EQ(Get(activity).state(), Activity::STATE_PAUSED);
  ASSERT_EQ(IncidentsOf(activity).size(), 1u) << "the guardrail's, in place of the page's own";
  EXPECT_EQ(IncidentsOf(activity)[0].title(), "The shop is there");
  status_ = 200;
  LookAfter(name, absl::Seconds(60));
  RunJobs();
  EXPECT_EQ(Get(activity).state(), Activity::STATE_LIVE) << "through the whole gate";
  EXPECT_EQ(IncidentsOf(activity).size(), 1u);
}

TEST_F(PageTest, WhilePausedLooksGoOnAndOpenNothing) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port(), "requirement: REQUIREMENT_AFTER_LAUNCH successes_to_up: 2"));
  EXPECT_THAT(Call<Page>("LookAtPage", Specialist(), Named<v1::LookAtPageRequest>(name)), HasReason("PAGE_NOT_DUE"));
  RunJobs(absl::Minutes(5));
  EXPECT_FALSE(Shown(name).has_last_look());
  EXPECT_FALSE(Shown(name).has_next_look_time());
  ASSERT_THAT(Launch(activity), IsOk()) << "the gate does not ask for it";
  EXPECT_TRUE(LookAfter(name, absl::Seconds(1)).last_look().good()) << "from the launch on";
  ASSERT_THAT(Call<Activity>("PauseActivity", Manager(), test::Proto<v1::PauseActivityRequest>("name: '" + activity + "' reason: 'rain'")),
              IsOk());
  status_ = 500;
  for (int i = 0; i < 3; ++i) LookAfter(name, absl::Seconds(60));
  EXPECT_EQ(Shown(name).state(), Page::STATE_DOWN);
  EXPECT_TRUE(IncidentsOf(activity).empty());
  ASSERT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(activity)), IsOk());
  LookAfter(name, absl::Seconds(1));
  EXPECT_EQ(IncidentsOf(activity).size(), 1u) << "it is down, and the activity is LIVE again";
  ASSERT_THAT(Call<Activity>("EndActivity", Manager(), test::Proto<v1::EndActivityRequest>("name: '" + activity + "' reason: 'done'")),
              IsOk());
  const int connections = server_.connections();
  RunJobs(absl::Minutes(5));
  RunJobs(absl::Minutes(5));
  EXPECT_EQ(server_.connections(), connections);
  EXPECT_FALSE(Shown(name).has_next_look_time());
}

TEST_F(PageTest, AfterALaunchThereIsGrace) {
  const std::string activity = Ready();
  Allow(server_.port());
  status_ = 404;
  const std::string name =
      AddPage(NewPage(activity, server_.port(), "requirement: REQUIREMENT_AFTER_LAUNCH grace { seconds: 150 } failures_to_down: 1"));
  ASSERT_THAT(Launch(activity), IsOk());
  EXPECT_EQ(LookAfter(name, absl::Seconds(1)).state(), Page::STATE_UNKNOWN);
  EXPECT_EQ(LookAfter(name, absl::Seconds(120)).state(), Page::STATE_UNKNOWN);
  EXPECT_TRUE(IncidentsOf(activity).empty());
  EXPECT_EQ(LookAfter(name, absl::Seconds(60)).state(), Page::STATE_DOWN);
  EXPECT_EQ(IncidentsOf(activity).size(), 1u);
}

// Its redirect, its content, its hanging: one page of each kind beside the others.
TEST_F(PageTest, PagesThatHangDelayNoOther) {
  const std::string activity = Ready();
  web::TestServer hanging([](const std::string&, web::Peer& peer) { peer.Receive(); });
  Allow(server_.port());
  auto also = test::Proto<v1::UpdateAllowedHostRequest>("allowed_host { name: 'allowedHosts/local' } update_mask { paths: 'ports' }");
  also.mutable_allowed_host()->add_ports(server_.port());
  also.mutable_allowed_host()->add_ports(hanging.port());
  ASSERT_THAT(Call<v1::AllowedHost>("UpdateAllowedHost", Engineer(), also), IsOk());
  for (int i = 0; i < 20; ++i) {
    auto request = NewPage(activity, hanging.port(), "failures_to_down: 1");
    request.mutable_page()->mutable_timeout()->set_seconds(4);
    request.set_page_id(absl::StrCat("hangs-", i));
    AddPage(request);
  }
  const std::string name = AddPage(NewPage(activity, server_.port()));
  const absl::Time begin = absl::Now();
  EXPECT_EQ(LookAfter(name, absl::Seconds(1)).state(), Page::STATE_UP);
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(3900));
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (!Shown(activity + "/pages/hangs-19").has_last_look() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(Shown(activity + "/pages/hangs-19").cause(), Page::CAUSE_TIMEOUT);
}

TEST_F(PageTest, AnotherPageBeginsAnew) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port()));
  LookAfter(name, absl::Seconds(1));
  const auto update = [&](const std::string& text) {
    return Call<Page>("UpdatePage", Specialist(), test::Proto<v1::UpdatePageRequest>("page { name: '" + name + "' " + text));
  };
  ASSERT_THAT(update("title: 'Other' } update_mask { paths: 'title' }"), IsOk());
  EXPECT_EQ(Shown(name).state(), Page::STATE_UP);
  ASSERT_THAT(update("checks { text: 'goodbye' } failures_to_down: 1 } update_mask { paths: 'checks' paths: 'failures_to_down' }"), IsOk());
  EXPECT_EQ(Shown(name).state(), Page::STATE_UNKNOWN);
  const Page page = LookAfter(name, absl::Seconds(1));
  EXPECT_EQ(page.state(), Page::STATE_DOWN);
  EXPECT_EQ(page.cause(), Page::CAUSE_CONTENT);
  EXPECT_THAT(page.DebugString(), testing::Not(testing::HasSubstr("hello"))) << "what it answers is never shown";
  EXPECT_THAT(update("url: 'http://other.example/' } update_mask { paths: 'url' }"), HasViolation("page.url", "HOST_NOT_ALLOWED"));
  EXPECT_EQ(ActionsOf(name), (std::vector<std::string>{"create", "come_up", "update", "reset", "go_down"}));
  ASSERT_THAT(Call<google::protobuf::Empty>("DeletePage", Specialist(), Named<v1::DeletePageRequest>(name)), IsOk());
  EXPECT_THAT(Find(name), HasReason("NOT_FOUND"));
  const int connections = server_.connections();
  RunJobs(absl::Minutes(5));
  EXPECT_EQ(server_.connections(), connections);
}

TEST_F(PageTest, AnActivityHasAtMostFiftyPagesAndAClosedOneNoMore) {
  const std::string activity = Ready();
  Allow(server_.port());
  auto request = NewPage(activity, server_.port(), "requirement: REQUIREMENT_AFTER_LAUNCH");
  for (int i = 0; i < 50; ++i) {
    request.set_page_id(absl::StrCat("p", i));
    AddPage(request);
  }
  request.set_page_id("more");
  EXPECT_THAT(Call<Page>("CreatePage", Specialist(), request), HasReason("TOO_MANY_PAGES"));
  ASSERT_THAT(
      Call<Activity>("CancelActivity", Manager(), test::Proto<v1::CancelActivityRequest>("name: '" + activity + "' reason: 'rain'")),
      IsOk());
  EXPECT_THAT(Call<Page>("CreatePage", Specialist(), request), HasReason("ACTIVITY_CLOSED"));
  EXPECT_THAT(Call<Page>("LookAtPage", Specialist(), Named<v1::LookAtPageRequest>(activity + "/pages/p1")), HasReason("ACTIVITY_CLOSED"));
}

TEST_F(PageTest, AvailabilityLeavesOutPausesAndOutages) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port()));
  const absl::Time begin = clock_.Now();
  LookAfter(name, absl::Seconds(0));
  ASSERT_THAT(Launch(activity), IsOk());
  LookAfter(name, absl::Seconds(60));
  status_ = 500;
  LookAfter(name, absl::Seconds(60));
  LookAfter(name, absl::Seconds(60));
  status_ = 200;
  LookAfter(name, absl::Seconds(60));
  LookAfter(name, absl::Seconds(360));
  LookAfter(name, absl::Seconds(60));
  clock_.Advance(absl::Seconds(60));
  v1::GetPageAvailabilityRequest request;
  request.set_name(name);
  *request.mutable_start_time() = time::ToTimestamp(begin);
  *request.mutable_end_time() = time::ToTimestamp(begin + absl::Seconds(720));
  auto found = Call<v1::PageAvailability>("GetPageAvailability", Analyst(), request);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->up().seconds(), 360);
  EXPECT_EQ(found->down().seconds(), 120);
  EXPECT_EQ(found->unknown().seconds(), 240);
  EXPECT_DOUBLE_EQ(found->availability(), 0.75);
  EXPECT_EQ(found->stretches_size(), 5);
  // A pause of 30 s from now on, and what is to come.
  ASSERT_THAT(Call<Activity>("PauseActivity", Manager(), test::Proto<v1::PauseActivityRequest>("name: '" + activity + "' reason: 'rain'")),
              IsOk());
  LookAfter(name, absl::Seconds(30));
  ASSERT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(activity)), IsOk());
  clock_.Advance(absl::Seconds(10));
  *request.mutable_end_time() = time::ToTimestamp(begin + absl::Seconds(800));
  found = Call<v1::PageAvailability>("GetPageAvailability", Analyst(), request);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->up().seconds(), 370);
  EXPECT_EQ(found->down().seconds(), 120);
  EXPECT_EQ(found->unknown().seconds(), 240 + 30 + 40);
  *request.mutable_end_time() = time::ToTimestamp(begin - absl::Seconds(1));
  EXPECT_THAT(Call<v1::PageAvailability>("GetPageAvailability", Analyst(), request), HasViolation("end_time", "DATES_REVERSED"));
}

TEST_F(PageTest, WhatLooksMeasureReachesMetricsOnce) {
  const std::string activity = Ready();
  Allow(server_.port());
  const std::string name = AddPage(NewPage(activity, server_.port()));
  LookAfter(name, absl::Seconds(1));
  status_ = 500;
  LookAfter(name, absl::Seconds(60));
  lost_answers_ = 2;
  for (int i = 0; i < 6; ++i) RunJobs(absl::Seconds(9));
  EXPECT_EQ(lost_answers_, -1);
  LookAfter(name, absl::Seconds(60));
  LookAfter(name, absl::Seconds(10));
  for (int i = 0; i < 2; ++i) RunJobs(absl::Seconds(10));
  std::vector<double> ups;
  int latencies = 0;
  for (const metrics::v1::Measurement& measurement : measured_) {
    EXPECT_EQ(measurement.activity(), activity);
    EXPECT_EQ(measurement.dimensions().at("page"), "shop");
    if (measurement.measurement_name() == "page_up") ups.push_back(measurement.value());
    if (measurement.measurement_name() == "page_latency_ms") latencies += measurement.value() > 0;
  }
  EXPECT_EQ(ups.size(), 4u) << "each look once, whatever answers are lost";
  EXPECT_EQ(latencies, 4);
  ASSERT_GE(ups.size(), 2u);
  EXPECT_EQ(ups[0], 1);
  EXPECT_EQ(ups[1], 0);
  int64_t left = -1;
  EXPECT_TRUE(database_.get()
                  .Read(absl::Now() + absl::Seconds(20),
                        [&](sql::Session& session) {
                          return session.Query("SELECT COUNT(*) FROM page_measurements", {},
                                               [&](const sql::Row& row) { left = row.Int(0); });
                        })
                  .ok());
  EXPECT_EQ(left, 0);
}

// Another process of the service on the same database.
struct PageReplica {
  PageReplica(sql::Database& database, const time::Clock& clock, const client::Clients& clients, const people::Directory& people)
      : store(database, test::Keys()),
        jobs(store, clock, "services/activity"),
        service(service::Context{store, clock, jobs, clients, service::DefaultTimeZone(), people}) {}
  record::Store store;
  job::Runner jobs;
  Service service;
};

TEST_F(PageTest, EachLookIsMadeOnceByAnyNumberOfReplicas) {
  const std::string activity = Ready();
  Allow(server_.port());
  constexpr int kPages = 12;
  for (int i = 0; i < kPages; ++i) {
    auto request = NewPage(activity, server_.port());
    request.set_page_id(absl::StrCat("p", i));
    AddPage(request);
  }
  PageReplica other(
      database_.get(), clock_, [this](const std::string& target) -> client::Client& { return clients_[target]; }, people_);
  for (int round = 1; round <= 3; ++round) {
    clock_.Advance(absl::Seconds(60));
    std::thread beside([&] {
      for (int i = 0; i < 5; ++i) EXPECT_THAT(other.jobs.RunDue(), IsOk());
    });
    for (int i = 0; i < 5; ++i) EXPECT_THAT(jobs_.RunDue(), IsOk());
    beside.join();
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    const auto all_looked = [&] {
      for (int i = 0; i < kPages; ++i) {
        const Page page = Shown(absl::StrCat(activity, "/pages/p", i));
        if (!page.has_last_look() || time::ToTime(page.last_look().look_time()) != clock_.Now()) return false;
      }
      return true;
    };
    while (!all_looked() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(20));
    EXPECT_EQ(server_.connections(), kPages * round);
  }
}

// A process that ends after it has asked has not looked: nothing is written, and another one looks.
TEST_F(PageTest, ALookThatIsNotWrittenIsMadeAgain) {
  const std::string activity = Ready();
  web::TestServer hanging([](const std::string&, web::Peer& peer) { peer.Receive(); });
  Allow(hanging.port());
  const std::string name = AddPage(NewPage(activity, hanging.port()));
  {
    PageReplica other(
        database_.get(), clock_, [this](const std::string& target) -> client::Client& { return clients_[target]; }, people_);
    clock_.Advance(absl::Seconds(1));
    EXPECT_THAT(other.jobs.RunDue(), IsOk());
    while (hanging.connections() == 0) absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_FALSE(Shown(name).has_last_look());
  RunJobs(absl::Seconds(10));
  EXPECT_EQ(hanging.connections(), 1);
  RunJobs(absl::Seconds(6));
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (hanging.connections() < 2 && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(hanging.connections(), 2);
}

}  // namespace
}  // namespace heitie::activity
