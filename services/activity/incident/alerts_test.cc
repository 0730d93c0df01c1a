#include "services/activity/incident/alerts.h"

#include "common/record/json.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolation;
using ::heitie::test::IsOk;
using metrics::v1::Alert;
using ::testing::SizeIs;
using v1::Activity;
using v1::Incident;

class AlertIncidentTest : public ActivityTest {
 protected:
  Alert AlertOn(const std::string& activity, bool guardrail) {
    Alert alert = test::Proto<Alert>(R"pb(name: "alerts/a1"
                                          display_name: "Too many errors"
                                          severity: SEVERITY_HIGH
                                          figure: 12
                                          reference: 10
                                          source: "events/error"
                                          state: STATE_OPEN)pb");
    alert.set_activity(activity);
    alert.set_guardrail(guardrail);
    return alert;
  }
  void Tell(const std::string& action, const Alert& alert) {
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(world_.alert_events.size()) + 1);
    event.set_subject_type("metrics.heitie/Alert");
    event.set_subject(alert.name());
    event.set_action(action);
    event.set_revision(event.position());
    event.set_after_json(record::ToJson(alert));
    world_.alert_events.push_back(event);
    RunJobs();
  }
  std::vector<Incident> IncidentsOf(const std::string& activity) {
    v1::ListIncidentsRequest request;
    request.set_parent(activity);
    const auto listed = Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    return {listed->incidents().begin(), listed->incidents().end()};
  }
};

TEST_F(AlertIncidentTest, OneAlertIsOneIncidentAndPausesAtAGuardrail) {
  const std::string name = Live();
  Alert alert = AlertOn(name, true);
  Tell("open", alert);
  Tell("open", alert);
  ASSERT_THAT(IncidentsOf(name), SizeIs(1));
  const Incident incident = IncidentsOf(name)[0];
  EXPECT_EQ(incident.name(), name + "/incidents/a1");
  EXPECT_EQ(incident.owner(), "employees/li");
  EXPECT_TRUE(incident.high());
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  EXPECT_EQ(Get(name).state_reason(), "alerts/a1: Too many errors (12 / 10)");
  alert.set_state(Alert::STATE_RESOLVED);
  alert.mutable_resolve_time()->set_seconds(1767300000);
  Tell("clear", alert);
  EXPECT_EQ(IncidentsOf(name)[0].alert_end_time().seconds(), 1767300000);
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED) << "who resumes it decides";
  v1::CloseIncidentRequest close;
  close.set_name(incident.name());
  close.set_outcome("The page was repaired");
  const auto closed = Call<Incident>("CloseIncident", Specialist(), close);
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->closer(), "employees/specialist");
  EXPECT_THAT(Call<Incident>("CloseIncident", Specialist(), close), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(AlertIncidentTest, WithoutAGuardrailTheActivityGoesOn) {
  const std::string name = Live();
  Tell("open", AlertOn(name, false));
  EXPECT_THAT(IncidentsOf(name), SizeIs(1));
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
}

TEST_F(AlertIncidentTest, AnAlertThatIsOverPausesNothing) {
  const std::string name = Live();
  Alert alert = AlertOn(name, true);
  alert.set_state(Alert::STATE_RESOLVED);
  alert.mutable_resolve_time()->set_seconds(1767300000);
  Tell("open", alert);
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
}

TEST_F(AlertIncidentTest, WhatComesBackPausesAgain) {
  const std::string name = Live();
  Alert alert = AlertOn(name, true);
  Tell("open", alert);
  const std::string incident = IncidentsOf(name)[0].name();
  EXPECT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(name)),
              HasViolation("PRECONDITION_INCIDENTS_SETTLED", "INCIDENTS_UNSETTLED"));
  EXPECT_THAT(Call<Incident>("AcknowledgeIncident", Specialist(), Named<v1::AcknowledgeIncidentRequest>(incident)), IsOk());
  auto mitigate = Named<v1::MitigateIncidentRequest>(incident);
  mitigate.set_mitigation("Twice the servers");
  EXPECT_THAT(Call<Incident>("MitigateIncident", Specialist(), mitigate), IsOk());
  EXPECT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(name)), IsOk());
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  alert.set_state(Alert::STATE_RESOLVED);
  alert.mutable_resolve_time()->set_seconds(1767300000);
  Tell("restate", alert);
  alert.set_state(Alert::STATE_OPEN);
  alert.clear_resolve_time();
  Tell("recur", alert);
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  ASSERT_THAT(IncidentsOf(name), SizeIs(1));
  EXPECT_EQ(IncidentsOf(name)[0].state(), Incident::STATE_OPEN);
  EXPECT_EQ(IncidentsOf(name)[0].reopen_count(), 1);
  EXPECT_FALSE(IncidentsOf(name)[0].has_mitigate_time());
}

TEST_F(AlertIncidentTest, MergedItIsASignalAmongOthers) {
  const std::string name = Live();
  Alert alert = AlertOn(name, false);
  Tell("open", alert);
  const std::string first = IncidentsOf(name)[0].name();
  v1::ReportIncidentRequest report;
  report.set_parent(name);
  report.set_title("Nothing can be bought");
  report.set_severity(Incident::SEVERITY_MAJOR);
  const auto other = Call<Incident>("ReportIncident", Specialist(), report);
  ASSERT_THAT(other, IsOk());
  auto merge = Named<v1::MergeIncidentRequest>(first);
  merge.set_into(other->name());
  ASSERT_THAT(Call<Incident>("MergeIncident", Specialist(), merge), IsOk());
  const auto see = [&] {
    v1::GetIncidentRequest get;
    get.set_name(other->name());
    return *Call<Incident>("GetIncident", Analyst(), get);
  };
  EXPECT_FALSE(see().has_clear_time());
  alert.set_state(Alert::STATE_RESOLVED);
  alert.mutable_resolve_time()->set_seconds(1767300000);
  Tell("clear", alert);
  EXPECT_TRUE(see().has_clear_time());
  alert.set_state(Alert::STATE_OPEN);
  alert.clear_resolve_time();
  Tell("recur", alert);
  EXPECT_FALSE(see().has_clear_time());
  EXPECT_THAT(IncidentsOf(name), SizeIs(2));
}

TEST_F(AlertIncidentTest, AlertsOfNoActivityOrAnUnknownOneAreNoneOfItsBusiness) {
  Tell("open", AlertOn("", false));
  Tell("open", AlertOn("activities/none", true));
  v1::ListIncidentsRequest request;
  request.set_parent("activities/none");
  EXPECT_THAT(Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request), HasReason("NOT_FOUND"));
  request.set_parent("activities/-");
  EXPECT_TRUE(Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request)->incidents().empty());
}

}  // namespace
}  // namespace heitie::activity
