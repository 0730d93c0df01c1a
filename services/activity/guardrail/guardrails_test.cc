#include "services/activity/guardrail/guardrails.h"

#include <thread>

#include "common/record/json.h"
#include "common/status/macros.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "heitie/activity/v1/guardrail.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolation;
using ::heitie::test::IsOk;
using metrics::v1::Alert;
using metrics::v1::ComputeActivityFiguresRequest;
using metrics::v1::ComputeActivityFiguresResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Activity;
using v1::ActivityGuardrail;
using v1::Incident;

// Click-through of at least 0.05 in windows of five minutes.
constexpr char kClicks[] = R"pb(display_name: "Click-through"
                                signal: SIGNAL_CLICK_THROUGH_RATE
                                direction: DIRECTION_AT_LEAST
                                bound: 0.05
                                clear_bound: 0.055
                                window { seconds: 300 }
                                min_sample: 500
                                action: ACTION_PAUSE)pb";

class GuardrailTest : public ActivityTest {
 protected:
  GuardrailTest() {
    clients_["metrics"].On<ComputeActivityFiguresRequest, ComputeActivityFiguresResponse>(
        "heitie.metrics.v1.AnalysisService/ComputeActivityFigures",
        [this](const rpc::Call&, const ComputeActivityFiguresRequest& request) -> absl::StatusOr<ComputeActivityFiguresResponse> {
          ++questions_;
          if (!answers_) return absl::UnavailableError("metrics is away");
          ComputeActivityFiguresResponse response;
          for (const auto& asked : request.windows()) {
            auto& window = *response.add_windows();
            *window.mutable_start_time() = asked.start_time();
            *window.mutable_end_time() = asked.end_time();
            window.mutable_counters()->set_impressions(1000);
            window.mutable_counters()->set_clicks(clicks_);
            window.set_complete(complete_);
          }
          response.set_version(5);
          return response;
        });
  }

  absl::StatusOr<ActivityGuardrail> Create(const std::string& activity, const std::string& rule, const std::string& id = "clicks") {
    v1::CreateActivityGuardrailRequest request;
    request.set_parent(activity);
    *request.mutable_activity_guardrail() = test::Proto<ActivityGuardrail>(rule);
    request.set_activity_guardrail_id(id);
    return Call<ActivityGuardrail>("CreateActivityGuardrail", Analyst(), request);
  }
  ActivityGuardrail See(const std::string& name) {
    v1::GetActivityGuardrailRequest request;
    request.set_name(name);
    return Call<ActivityGuardrail>("GetActivityGuardrail", Analyst(), request).value_or(ActivityGuardrail());
  }
  std::vector<v1::WindowVerdict> Verdicts(const std::string& guardrail) {
    v1::ListGuardrailWindowsRequest request;
    request.set_parent(guardrail);
    const auto listed = Call<v1::ListGuardrailWindowsResponse>("ListGuardrailWindows", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    std::vector<v1::WindowVerdict> verdicts;
    for (const auto& window : listed->guardrail_windows()) verdicts.push_back(window.verdict());
    return verdicts;
  }
  std::vector<Incident> IncidentsOf(const std::string& activity) {
    v1::ListIncidentsRequest request;
    request.set_parent(activity);
    return test_incidents(Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request));
  }
  static std::vector<Incident> test_incidents(const absl::StatusOr<v1::ListIncidentsResponse>& listed) {
    EXPECT_THAT(listed, IsOk());
    return {listed->incidents().begin(), listed->incidents().end()};
  }
  void Settle(const std::string& incident) {
    EXPECT_THAT(Call<Incident>("AcknowledgeIncident", Specialist(), Named<v1::AcknowledgeIncidentRequest>(incident)), IsOk());
    auto mitigate = Named<v1::MitigateIncidentRequest>(incident);
    mitigate.set_mitigation("The banner is back");
    EXPECT_THAT(Call<Incident>("MitigateIncident", Specialist(), mitigate), IsOk());
  }
  absl::StatusOr<Activity> Resume(const std::string& activity) {
    return Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(activity));
  }

  int64_t clicks_ = 60;
  bool complete_ = true, answers_ = true;
  int questions_ = 0;
};

TEST_F(GuardrailTest, ABreachIsAnIncidentAndAPause) {
  const std::string name = Live();
  const std::string guardrail = Create(name, kClicks)->name();
  RunJobs(absl::Minutes(5));
  EXPECT_THAT(Verdicts(guardrail), ElementsAre(v1::WINDOW_VERDICT_CLEAR));
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  clicks_ = 40;
  RunJobs(absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  const auto incidents = IncidentsOf(name);
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].cause(), Incident::CAUSE_GUARDRAIL);
  EXPECT_EQ(incidents[0].severity(), Incident::SEVERITY_MAJOR);
  EXPECT_EQ(See(guardrail).run().incident(), incidents[0].name());
  EXPECT_TRUE(See(guardrail).run().open());
  // Nothing is judged while it is PAUSED.
  RunJobs(absl::Minutes(20));
  EXPECT_THAT(Verdicts(guardrail), SizeIs(2));
}

TEST_F(GuardrailTest, AfterAResumptionWindowsBeginAnew) {
  const std::string name = Live();
  const std::string guardrail =
      Create(name, std::string(kClicks) + " warm_up { seconds: 600 } reopen_within { seconds: 7200 } open_after: 1")->name();
  clicks_ = 40;
  RunJobs(absl::Minutes(9));
  EXPECT_THAT(Verdicts(guardrail), IsEmpty()) << "it warms up";
  RunJobs(absl::Minutes(6));
  ASSERT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  const std::string incident = IncidentsOf(name)[0].name();
  EXPECT_THAT(Resume(name), HasViolation("PRECONDITION_INCIDENTS_SETTLED", "INCIDENTS_UNSETTLED"));
  Settle(incident);
  ASSERT_THAT(Resume(name), IsOk());
  EXPECT_FALSE(See(guardrail).run().open());
  EXPECT_TRUE(IncidentsOf(name)[0].has_clear_time());
  RunJobs(absl::Minutes(9));
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE) << "old figures do not pause again";
  RunJobs(absl::Minutes(11));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  ASSERT_THAT(IncidentsOf(name), SizeIs(1)) << "within its reopening time it is the same";
  EXPECT_EQ(IncidentsOf(name)[0].state(), Incident::STATE_OPEN);
  EXPECT_EQ(IncidentsOf(name)[0].reopen_count(), 1);
}

TEST_F(GuardrailTest, WhatIsNotCompleteIsAskedAgainAndMissingInTheEnd) {
  const std::string name = Live();
  const std::string guardrail = Create(name, kClicks)->name();
  complete_ = false;
  RunJobs(absl::Minutes(6));
  RunJobs(absl::Minutes(8));
  EXPECT_THAT(Verdicts(guardrail), IsEmpty());
  EXPECT_GT(questions_, 1);
  RunJobs(absl::Minutes(1));
  EXPECT_THAT(Verdicts(guardrail), ElementsAre(v1::WINDOW_VERDICT_MISSING));
  EXPECT_EQ(See(guardrail).run().missing(), 1);
  answers_ = false;
  RunJobs(absl::Minutes(5));
  EXPECT_THAT(Verdicts(guardrail), SizeIs(2)) << "nobody could be asked";
  complete_ = answers_ = true;
  RunJobs(absl::Seconds(30));
  EXPECT_THAT(Verdicts(guardrail),
              ElementsAre(v1::WINDOW_VERDICT_MISSING, v1::WINDOW_VERDICT_MISSING, v1::WINDOW_VERDICT_CLEAR, v1::WINDOW_VERDICT_CLEAR));
  EXPECT_EQ(See(guardrail).run().missing(), 0);
}

TEST_F(GuardrailTest, LooseningWantsAManagerAndAReason) {
  const std::string name = Live();
  const std::string guardrail = Create(name, kClicks)->name();
  v1::UpdateActivityGuardrailRequest update;
  update.mutable_activity_guardrail()->set_name(guardrail);
  update.mutable_activity_guardrail()->set_bound(0.03);
  update.mutable_update_mask()->add_paths("bound");
  const auto change = [&](const rpc::Call& call) { return Call<ActivityGuardrail>("UpdateActivityGuardrail", call, update); };
  EXPECT_THAT(change(Specialist()), HasReason("LOOSENED_BY_MANAGER"));
  EXPECT_THAT(change(Manager()), HasReason("LOOSENED_WITHOUT_REASON"));
  update.mutable_activity_guardrail()->set_change_reason("The banner is smaller");
  update.mutable_update_mask()->add_paths("change_reason");
  EXPECT_THAT(change(Manager()), IsOk());
  update.mutable_activity_guardrail()->set_bound(0.04);
  EXPECT_THAT(change(Specialist()), IsOk()) << "this is stricter";
  auto retire = Named<v1::RetireActivityGuardrailRequest>(guardrail);
  retire.set_reason("Another one is there");
  EXPECT_THAT(Call<ActivityGuardrail>("RetireActivityGuardrail", Specialist(), retire), HasReason("LOOSENED_BY_MANAGER"));
  EXPECT_THAT(Call<ActivityGuardrail>("RetireActivityGuardrail", Manager(), retire), IsOk());
  EXPECT_THAT(change(Manager()), HasReason("GUARDRAIL_RETIRED"));
}

TEST_F(GuardrailTest, BadOnesAreRefusedAndTried) {
  const std::string name = Live();
  EXPECT_THAT(Create(name, R"pb(display_name: "x"
                                signal: SIGNAL_CONVERSION_RATE
                                direction: DIRECTION_AT_LEAST
                                target_share: 0.8
                                window { seconds: 7 }
                                action: ACTION_PAUSE)pb"),
              HasViolation("activity_guardrail.window", "BAD_GUARDRAIL_WINDOW"));
  v1::TryActivityGuardrailRequest request;
  request.set_parent(name);
  *request.mutable_activity_guardrail() = test::Proto<ActivityGuardrail>(kClicks);
  auto& window = *request.add_windows();
  window.set_sample(1000);
  window.set_hits(40);
  const auto tried = Call<v1::TryActivityGuardrailResponse>("TryActivityGuardrail", Analyst(), request);
  ASSERT_THAT(tried, IsOk());
  EXPECT_EQ(tried->windows(0).verdict(), v1::WINDOW_VERDICT_BREACH);
  EXPECT_TRUE(tried->windows(0).opens());
  request.mutable_activity_guardrail()->set_metric("metricDefinitions/m");
  EXPECT_THAT(Call<v1::TryActivityGuardrailResponse>("TryActivityGuardrail", Analyst(), request),
              HasViolation("activity_guardrail.metric", "BAD_GUARDRAIL_SIGNAL"));
}

TEST_F(GuardrailTest, OneThatOnlyTellsOpensNothing) {
  const std::string name = Live();
  const std::string guardrail = Create(name, R"pb(display_name: "Clicks"
                                                  signal: SIGNAL_COUNT
                                                  count: MEASURE_CLICKS
                                                  direction: DIRECTION_AT_LEAST
                                                  bound: 50
                                                  window { seconds: 300 }
                                                  action: ACTION_NOTIFY)pb")
                                    ->name();
  clicks_ = 49;
  RunJobs(absl::Minutes(5));
  EXPECT_TRUE(See(guardrail).run().open());
  EXPECT_THAT(IncidentsOf(name), IsEmpty());
  const auto told = Call<v1::ListEscalationsResponse>("ListEscalations", Manager(), v1::ListEscalationsRequest());
  ASSERT_THAT(told, IsOk());
  int64_t mine = 0;
  for (const auto& escalation : told->escalations()) mine += escalation.subject() == guardrail ? 1 : 0;
  EXPECT_EQ(mine, 1);
}

TEST_F(GuardrailTest, AnAlertOfItsRuleIsTheGuardrails) {
  const std::string name = Live();
  const std::string guardrail = Create(name, R"pb(display_name: "Errors"
                                                  signal: SIGNAL_ALERT_RULE
                                                  source: "alertRules/errors"
                                                  action: ACTION_INCIDENT
                                                  severity: SEVERITY_MINOR)pb",
                                       "errors")
                                    ->name();
  Alert alert = test::Proto<Alert>(R"pb(name: "alerts/a1" rule: "alertRules/errors" display_name: "Errors" state: STATE_OPEN)pb");
  alert.set_activity(name);
  const auto tell = [&](const std::string& action) {
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(world_.alert_events.size()) + 1);
    event.set_subject_type("metrics.heitie/Alert");
    event.set_subject(alert.name());
    event.set_action(action);
    event.set_revision(event.position());
    event.set_after_json(record::ToJson(alert));
    world_.alert_events.push_back(event);
    RunJobs();
  };
  tell("open");
  ASSERT_THAT(IncidentsOf(name), SizeIs(1));
  EXPECT_EQ(IncidentsOf(name)[0].cause(), Incident::CAUSE_GUARDRAIL);
  EXPECT_EQ(IncidentsOf(name)[0].severity(), Incident::SEVERITY_MINOR);
  alert.set_state(Alert::STATE_RESOLVED);
  alert.mutable_resolve_time()->set_seconds(1767300000);
  tell("clear");
  EXPECT_TRUE(IncidentsOf(name)[0].has_clear_time());
  EXPECT_FALSE(See(guardrail).run().open());
}

// With another replica, which is told of a page.
class PageGuardrailTest : public GuardrailTest {
 protected:
  void Tell(const std::string& activity, bool down) {
    EXPECT_THAT(
        store_.Write(ServiceCaller(),
                     [&](record::Transaction& tx) -> absl::Status {
                       ASSIGN_OR_RETURN(const Activity locked, activities_.kind().Lock(tx, activity));
                       return incidents_.TakePage(tx, locked, activity + "/pages/shop", down, tx.call.now, down ? "down" : "up").status();
                     }),
        IsOk());
  }
  std::string Guard(const std::string& activity) {
    return Create(activity,
                  absl::StrCat(R"(display_name: "The shop is there" signal: SIGNAL_PAGE source: ")", activity,
                               R"(/pages/shop" action: ACTION_PAUSE resume_by_itself: true)"),
                  "shop")
        ->name();
  }
  std::vector<v1::IncidentEntry::Kind> Timeline(const std::string& incident) {
    v1::ListIncidentEntriesRequest request;
    request.set_parent(incident);
    std::vector<v1::IncidentEntry::Kind> kinds;
    const auto listed = Call<v1::ListIncidentEntriesResponse>("ListIncidentEntries", Analyst(), request);
    for (const auto& entry : listed->incident_entries()) kinds.push_back(entry.kind());
    return kinds;
  }

  job::Runner other_jobs_{store_, clock_, "services/activity"};
  service::Context other_{store_,
                          clock_,
                          other_jobs_,
                          [this](const std::string& target) -> client::Client& { return clients_[target]; },
                          service::DefaultTimeZone(),
                          people_};
  Activities activities_{store_};
  BusinessCalendars calendars_{other_};
  Escalations escalations_{other_, activities_};
  Clocks clocks_{other_, calendars_, escalations_};
  PreparationItems items_{activities_};
  SupportCommitments commitments_{activities_};
  Waivers waivers_{activities_};
  Readiness readiness_{other_, activities_, items_, commitments_, waivers_};
  Incidents incidents_{other_, activities_, clocks_};
  Alerts alerts_{other_, activities_, incidents_};
  Guardrails guardrails_{other_, activities_, escalations_, incidents_, alerts_, readiness_};
};

TEST_F(PageGuardrailTest, TwoReplicasJudgeAWindowOnce) {
  const std::string name = Live();
  const std::string guardrail = Create(name, kClicks)->name();
  clicks_ = 40;
  clock_.Advance(absl::Minutes(5));
  std::thread other([this] { EXPECT_THAT(other_jobs_.RunDue(), IsOk()); });
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  other.join();
  RunJobs(absl::Seconds(1));
  EXPECT_THAT(Verdicts(guardrail), ElementsAre(v1::WINDOW_VERDICT_BREACH));
  EXPECT_THAT(IncidentsOf(name), SizeIs(1));
}

TEST_F(PageGuardrailTest, APageResumesThroughTheWholeGate) {
  const std::string name = Live();
  Guard(name);
  Tell(name, true);
  Tell(name, true);
  ASSERT_THAT(IncidentsOf(name), SizeIs(1));
  EXPECT_EQ(IncidentsOf(name)[0].cause(), Incident::CAUSE_PAGE);
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  clock_.Advance(absl::Minutes(1));
  Tell(name, false);
  RunJobs();
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  EXPECT_EQ(IncidentsOf(name)[0].state(), Incident::STATE_MITIGATED);
}

TEST_F(PageGuardrailTest, ARefusalStandsInTheTimeline) {
  const std::string name = Live();
  Guard(name);
  Tell(name, true);
  world_.unqualified.insert("employees/li");
  clock_.Advance(absl::Minutes(1));
  Tell(name, false);
  RunJobs();
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  EXPECT_THAT(Timeline(IncidentsOf(name)[0].name()), ::testing::Contains(v1::IncidentEntry::KIND_REFUSED));
}

TEST_F(PageGuardrailTest, WhatSomebodyElsePausedStaysPaused) {
  const std::string name = Live();
  Guard(name);
  auto pause = Named<v1::PauseActivityRequest>(name);
  pause.set_reason("A storm");
  Tell(name, true);
  Settle(IncidentsOf(name)[0].name());
  EXPECT_THAT(Resume(name), IsOk());
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Call<Activity>("PauseActivity", Specialist(), pause), IsOk());
  Tell(name, false);
  RunJobs();
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
}

}  // namespace
}  // namespace heitie::activity
