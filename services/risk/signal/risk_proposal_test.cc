#include "services/risk/signal/risk_proposal.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/people/directory.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/api/resource.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/risk/v1/signal_policy.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/risk/service.h"

namespace heitie::risk {
namespace {

using activity::v1::Incident;
using activity::v1::SurgeEpisode;
using metrics::v1::Alert;
using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Risk;
using v1::RiskProposal;

class RiskProposalTest : public test::ServiceTest<Service> {
 protected:
  RiskProposalTest() : ServiceTest("risk") {
    for (const std::string source : {"metrics", "activity"}) {
      clients_[source].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", source, ".v1.RecordService/ListEvents"),
          [this, source](const rpc::Call&, const type::v1::ListEventsRequest& request) {
            const std::vector<type::v1::Event>& events = events_[source];
            type::v1::ListEventsResponse response;
            for (const type::v1::Event& event : events) {
              if (event.position() > request.after_position()) *response.add_events() = event;
            }
            response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(events.size())));
            return response;
          });
    }
  }

  static Alert HighAlert(const std::string& more = "") {
    Alert alert = Proto<Alert>(
        "name: 'alerts/a1' metric: 'metricDefinitions/errors' display_name: 'Too many errors' severity: SEVERITY_HIGH"
        " episode_time { seconds: 1767225600 } figure: 12 reference: 10 source: 'events/error' owner: 'employees/wu'"
        " state: STATE_OPEN");
    alert.MergeFrom(Proto<Alert>(more));
    return alert;
  }
  static Incident Major(const std::string& more = "") {
    Incident incident = Proto<Incident>(
        "name: 'activities/fair/incidents/i1' title: 'The shop is away' severity: SEVERITY_MAJOR cause: CAUSE_PAGE"
        " source: 'activities/fair/pages/shop' episode_time { seconds: 1767225600 } owner: 'employees/wu' state: STATE_OPEN");
    incident.MergeFrom(Proto<Incident>(more));
    return incident;
  }
  template <typename T>
  void Tell(const std::string& action, const T& resource) {
    const std::string type = T::descriptor()->options().GetExtension(google::api::resource).type();
    std::vector<type::v1::Event>& events = events_[type.substr(0, type.find('.'))];
    type::v1::Event& event = events.emplace_back();
    event.set_position(static_cast<int64_t>(events.size()));
    event.set_subject_type(type);
    event.set_subject(resource.name());
    event.set_action(action);
    event.set_revision(event.position());
    event.set_after_json(record::ToJson(resource));
    clock_.Advance(absl::Seconds(10));
    ASSERT_THAT(jobs_.RunDue(), IsOk());
  }
  std::vector<RiskProposal> All() {
    const auto listed = Call<v1::ListRiskProposalsResponse>("ListRiskProposals", Analyst(), v1::ListRiskProposalsRequest());
    EXPECT_THAT(listed, IsOk());
    return {listed->risk_proposals().begin(), listed->risk_proposals().end()};
  }
  RiskProposal Only() {
    const std::vector<RiskProposal> all = All();
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? RiskProposal() : all.front();
  }
  absl::StatusOr<RiskProposal> Accept(const std::string& more = "") {
    return Call<RiskProposal>("AcceptRiskProposal", Specialist(), Proto<v1::AcceptRiskProposalRequest>("name: 'riskProposals/a1' " + more));
  }
  absl::StatusOr<RiskProposal> Dismiss() {
    return Call<RiskProposal>("DismissRiskProposal", Specialist(),
                              Proto<v1::DismissRiskProposalRequest>("name: 'riskProposals/a1' reason: 'A campaign'"));
  }
  std::vector<Risk> Risks() {
    const auto listed = Call<v1::ListRisksResponse>("ListRisks", Analyst(), v1::ListRisksRequest());
    EXPECT_THAT(listed, IsOk());
    return {listed->risks().begin(), listed->risks().end()};
  }

  std::map<std::string, std::vector<type::v1::Event>> events_;  // by service
};

TEST_F(RiskProposalTest, AHighAlertIsOneProposalHoweverOftenItIsTold) {
  Tell("open", HighAlert());
  Tell("open", HighAlert());
  const RiskProposal proposal = Only();
  EXPECT_EQ(proposal.name(), "riskProposals/a1");
  EXPECT_EQ(proposal.source(), "alerts/a1");
  EXPECT_EQ(proposal.subject(), "metricDefinitions/errors");
  EXPECT_EQ(proposal.title(), "Too many errors");
  EXPECT_EQ(proposal.owner(), "employees/wu");
  EXPECT_EQ(proposal.alert().figure(), 12);
  EXPECT_EQ(proposal.alert().source(), "events/error");
  EXPECT_EQ(proposal.state(), RiskProposal::STATE_PROPOSED);
  EXPECT_THAT(proposal.allowed_verbs(), ElementsAre("accept", "attach", "merge", "dismiss"));
  EXPECT_THAT(Risks(), IsEmpty()) << "nobody has reviewed it";
  Tell("clear", HighAlert("state: STATE_RESOLVED resolution: RESOLUTION_CLEARED resolve_time { seconds: 1767229200 }"));
  EXPECT_EQ(Only().signal_end_time().seconds(), 1767229200);
  EXPECT_EQ(Only().state(), RiskProposal::STATE_PROPOSED) << "that it came up is still to be reviewed";
  Tell("recur", HighAlert());
  EXPECT_FALSE(Only().has_signal_end_time());
}

TEST_F(RiskProposalTest, WhatNobodyDecidesComesBackDailyAndRises) {
  const auto actions = [&](const std::string& name) {
    const auto events =
        Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("subject: '" + name + "'"));
    EXPECT_THAT(events, IsOk());
    std::string told;
    for (const type::v1::Event& event : events->events()) absl::StrAppend(&told, told.empty() ? "" : " ", event.action());
    return told;
  };
  const auto days_pass = [&](int days) {
    for (int day = 0; day < days; ++day) {
      clock_.Advance(absl::Hours(24));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
  };
  Tell("open", HighAlert());
  ASSERT_TRUE(Only().has_due_time()) << "by the hours that the rules give to what alerts tell";
  clock_.Advance(time::ToTime(Only().due_time()) - clock_.Now());
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  days_pass(6);
  EXPECT_EQ(actions("riskProposals/a1"), "propose overdue overdue overdue overdue escalate overdue overdue");
  ASSERT_THAT(Dismiss(), IsOk());
  days_pass(2);
  EXPECT_EQ(actions("riskProposals/a1"), "propose overdue overdue overdue overdue escalate overdue overdue dismiss");
  // What nobody owns rises at once.
  Incident away = Major();
  away.clear_owner();
  away.set_name("activities/fair/incidents/i2");
  Tell("open", away);
  days_pass(7);
  EXPECT_EQ(actions("riskProposals/i2").substr(0, 25), "propose escalate escalate");
}

TEST_F(RiskProposalTest, OthersThanHighOnesProposeNothing) {
  Tell("open", HighAlert("severity: SEVERITY_MEDIUM"));
  Tell("open", HighAlert("severity: SEVERITY_LOW"));
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(RiskProposalTest, AcceptedItIsARiskToBeAssessed) {
  Tell("open", HighAlert("activity: 'activities/fair'"));
  const auto blocking = [&] {
    return Call<v1::SummarizeRisksResponse>("SummarizeRisks", Analyst(), Proto<v1::SummarizeRisksRequest>("subjects: 'activities/fair'"))
        ->blocking();
  };
  EXPECT_FALSE(blocking()) << "a proposal stands against nothing";
  const auto accepted = Accept("category: CATEGORY_TECHNOLOGY title: 'The shop breaks down'");
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), RiskProposal::STATE_ACCEPTED);
  EXPECT_EQ(accepted->reviewer(), "employees/specialist");
  ASSERT_THAT(Risks(), SizeIs(1));
  const Risk risk = Risks()[0];
  EXPECT_EQ(risk.name(), accepted->risk());
  EXPECT_EQ(risk.state(), Risk::STATE_IDENTIFIED);
  EXPECT_EQ(risk.category(), Risk::CATEGORY_TECHNOLOGY);
  EXPECT_EQ(risk.subject(), "activities/fair");
  EXPECT_EQ(risk.title(), "The shop breaks down");
  EXPECT_EQ(risk.owner(), "employees/wu");
  EXPECT_EQ(risk.cause(), "alerts/a1: metricDefinitions/errors 12 / 10, events/error, 2026-01-01T00:00:00+00:00");
  EXPECT_TRUE(blocking()) << "until it is assessed";
  EXPECT_THAT(Accept(), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Dismiss(), HasReason("ILLEGAL_TRANSITION"));
  Tell("resolve", HighAlert("state: STATE_RESOLVED resolution: RESOLUTION_BY_HAND resolve_time { seconds: 1767229200 }"));
  EXPECT_EQ(Only().state(), RiskProposal::STATE_ACCEPTED);
  EXPECT_TRUE(Only().has_signal_end_time());
}

TEST_F(RiskProposalTest, DismissedItComesBackAsNothingElse) {
  Tell("open", HighAlert());
  ASSERT_THAT(Dismiss(), IsOk());
  Tell("clear", HighAlert("state: STATE_RESOLVED resolution: RESOLUTION_CLEARED resolve_time { seconds: 1767229200 }"));
  Tell("recur", HighAlert());
  EXPECT_EQ(Only().state(), RiskProposal::STATE_DISMISSED);
  EXPECT_EQ(Only().dismiss_reason(), "A campaign");
  EXPECT_THAT(Risks(), IsEmpty());
}

TEST_F(RiskProposalTest, WhatWasAMistakeIsWithdrawnAndComesBackWithTheFigures) {
  Tell("open", HighAlert());
  Tell("restate", HighAlert("state: STATE_RESOLVED resolution: RESOLUTION_RESTATED resolve_time { seconds: 1767229200 }"));
  EXPECT_EQ(Only().state(), RiskProposal::STATE_WITHDRAWN);
  EXPECT_THAT(Accept(), HasReason("ILLEGAL_TRANSITION"));
  Tell("recur", HighAlert());
  EXPECT_EQ(Only().state(), RiskProposal::STATE_PROPOSED);
  EXPECT_FALSE(Only().has_signal_end_time());
}

TEST_F(RiskProposalTest, WithoutAnOwnerWhoeverAcceptsItAnswers) {
  people::Directory::Changes changes;
  changes.employees["employees/wu"] =
      people::EmployeeFact{absl::CivilDay(2020, 1, 1), absl::CivilDay(2025, 12, 1), {people::PostFact{absl::CivilDay(2020, 1, 1)}}};
  people_.Take(changes);
  Tell("open", HighAlert());
  EXPECT_EQ(Only().owner(), "") << "employees/wu has left";
  ASSERT_THAT(Accept(), IsOk());
  EXPECT_EQ(Risks()[0].owner(), "employees/specialist");
}

TEST_F(RiskProposalTest, AGraveIncidentIsOneProposalUntilItIsOverAndWhenItComesBack) {
  Tell("open", Major());
  Tell("open", Major());
  Tell("rate", Major("severity: SEVERITY_CRITICAL"));
  const RiskProposal proposal = Only();
  EXPECT_EQ(proposal.name(), "riskProposals/i1");
  EXPECT_EQ(proposal.source(), "activities/fair/incidents/i1");
  EXPECT_EQ(proposal.subject(), "activities/fair");
  EXPECT_EQ(proposal.title(), "The shop is away");
  EXPECT_EQ(proposal.owner(), "employees/wu");
  EXPECT_EQ(proposal.category(), Risk::CATEGORY_TECHNOLOGY);
  EXPECT_EQ(proposal.incident().severity(), "SEVERITY_MAJOR");
  EXPECT_EQ(proposal.incident().cause(), "CAUSE_PAGE");
  EXPECT_FALSE(proposal.has_alert());
  EXPECT_FALSE(proposal.has_signal_end_time());
  Tell("resolve", Major("state: STATE_RESOLVED resolve_time { seconds: 1767229200 }"));
  Tell("close", Major("state: STATE_CLOSED resolve_time { seconds: 1767229200 } close_time { seconds: 1767229300 }"));
  EXPECT_EQ(Only().signal_end_time().seconds(), 1767229200);
  EXPECT_EQ(Only().state(), RiskProposal::STATE_PROPOSED) << "that it came up is still to be reviewed";
  Tell("reopen", Major());
  EXPECT_FALSE(Only().has_signal_end_time());
}

TEST_F(RiskProposalTest, AnIncidentProposesOnceItIsGrave) {
  Tell("open", Major("severity: SEVERITY_MINOR"));
  EXPECT_THAT(All(), IsEmpty());
  Tell("rate", Major());
  EXPECT_THAT(All(), SizeIs(1));
  Tell("rate", Major("severity: SEVERITY_MINOR"));
  EXPECT_EQ(Only().state(), RiskProposal::STATE_PROPOSED) << "it has been grave, which is for a person to judge";
}

TEST_F(RiskProposalTest, WhatComesOfAnAlertTheAlertProposes) {
  Tell("open", HighAlert("activity: 'activities/fair'"));
  Tell("open", Major("name: 'activities/fair/incidents/a1' alert: 'alerts/a1' cause: CAUSE_ALERT"));
  Tell("close", Major("name: 'activities/fair/incidents/a1' alert: 'alerts/a1' cause: CAUSE_ALERT state: STATE_CLOSED"
                      " close_time { seconds: 1767229200 }"));
  Tell("open", Major("name: 'activities/fair/incidents/i2' cause: CAUSE_GUARDRAIL source: 'alertRules/errors'"));
  EXPECT_EQ(Only().source(), "alerts/a1");
  EXPECT_FALSE(Only().has_signal_end_time()) << "the alert has not ended";
}

TEST_F(RiskProposalTest, AnIncidentThatWasAnotherOneIsWithdrawnWhereThatIsProposed) {
  Tell("open", Major());
  // Of other matters than the page.
  Tell("open", Major("name: 'activities/fair/incidents/i2' cause: CAUSE_GUARDRAIL"));
  Tell("open", Major("name: 'activities/fair/incidents/i3' cause: CAUSE_PERSON"));
  Tell("open", Major("name: 'activities/fair/incidents/i4' severity: SEVERITY_MINOR"));
  Tell("resolve",
       Major("name: 'activities/fair/incidents/i2' cause: CAUSE_GUARDRAIL state: STATE_RESOLVED resolve_time { seconds: 1767229200 }"));
  const std::string merged = " state: STATE_MERGED merge_time { seconds: 1767229200 } merged_into: 'activities/fair/incidents/";
  Tell("merge", Major("name: 'activities/fair/incidents/i2' cause: CAUSE_GUARDRAIL" + merged + "i1'"));
  Tell("merge", Major("name: 'activities/fair/incidents/i3' cause: CAUSE_PERSON" + merged + "i4'"));
  std::map<std::string, RiskProposal::State> states;
  for (const RiskProposal& proposal : All()) states[proposal.name()] = proposal.state();
  EXPECT_EQ(states, (std::map<std::string, RiskProposal::State>{{"riskProposals/i1", RiskProposal::STATE_PROPOSED},
                                                                {"riskProposals/i2", RiskProposal::STATE_WITHDRAWN},
                                                                {"riskProposals/i3", RiskProposal::STATE_PROPOSED}}))
      << "of i4 nothing is proposed: what i3 signals would be lost";
  Tell("open", Major("name: 'activities/fair/incidents/i5'" + merged + "i1'"));
  EXPECT_THAT(All(), SizeIs(3)) << "it is another one already";
}

TEST_F(RiskProposalTest, ASurgeProposesByItsIncidentAndByItselfWithoutOne) {
  const auto surge = Proto<SurgeEpisode>(
      "name: 'surgeEpisodes/s1' rule: 'surgeRules/late' category: 'delivery/late' window { seconds: 3600 } customer_count: 6"
      " expected_count: 1 owner: 'employees/wu' open_time { seconds: 1767225600 } state: STATE_OPEN");
  SurgeEpisode with_incident = surge;
  with_incident.set_name("surgeEpisodes/s2");
  with_incident.set_incident("activities/fair/incidents/i9");
  Tell("open", with_incident);
  EXPECT_THAT(All(), IsEmpty()) << "its incident proposes";
  Tell("open", surge);
  const RiskProposal proposal = Only();
  EXPECT_EQ(proposal.name(), "riskProposals/s1");
  EXPECT_EQ(proposal.subject(), "surgeRules/late");
  EXPECT_EQ(proposal.title(), "delivery/late");
  EXPECT_EQ(proposal.surge().customer_count(), 6);
  SurgeEpisode over = surge;
  over.set_state(SurgeEpisode::STATE_CLOSED);
  over.mutable_close_time()->set_seconds(1767236400);
  Tell("close", over);
  EXPECT_EQ(Only().signal_end_time().seconds(), 1767236400);
  const auto accepted =
      Call<RiskProposal>("AcceptRiskProposal", Specialist(), Proto<v1::AcceptRiskProposalRequest>("name: 'riskProposals/s1'"));
  ASSERT_THAT(accepted, IsOk());
  ASSERT_THAT(Risks(), SizeIs(1));
  EXPECT_EQ(Risks()[0].cause(), "surgeEpisodes/s1: delivery/late 6 / 1, surgeRules/late, 2026-01-01T00:00:00+00:00");
}

// Alerts on one activity are one matter, as facts that are posted.
TEST_F(RiskProposalTest, OneMatterIsOneProposalAlsoOfWhatProposesByItself) {
  const auto alert = [](const std::string& id, const std::string& more = "") {
    return HighAlert(absl::StrCat("name: 'alerts/", id, "' activity: 'activities/fair' ", more));
  };
  Tell("open", alert("a1"));
  Tell("open", alert("a2", "display_name: 'Too few sales' metric: 'metricDefinitions/sales'"));
  Tell("open", alert("a2"));
  const RiskProposal proposal = Only();
  EXPECT_EQ(proposal.name(), "riskProposals/a1");
  EXPECT_EQ(proposal.signal_kind(), v1::SIGNAL_KIND_ALERT);
  EXPECT_EQ(proposal.signal_count(), 2);
  EXPECT_EQ(proposal.worst(), v1::SIGNAL_SEVERITY_HIGH);
  EXPECT_EQ(proposal.suggested().impact(), 3) << "as the rule says";
  EXPECT_EQ(proposal.signal_policy(), "signalPolicies/shipped");
  EXPECT_EQ(proposal.title(), "Too many errors") << "and not as the rule says";
  const auto facts =
      Call<v1::ListRiskSignalsResponse>("ListRiskSignals", Analyst(), Proto<v1::ListRiskSignalsRequest>("parent: 'riskProposals/a1'"));
  ASSERT_THAT(facts, IsOk());
  ASSERT_THAT(facts->risk_signals(), SizeIs(2));
  const auto accepted = Accept();
  ASSERT_THAT(accepted, IsOk());
  Tell("open", alert("a3"));
  EXPECT_EQ(Only().signal_count(), 3) << "on the risk that was made of it";
  ASSERT_THAT(
      Call<Risk>("CloseRisk", Manager(), Proto<v1::CloseRiskRequest>(absl::StrCat("name: '", accepted->risk(), "' reason: 'repaired'"))),
      IsOk());
  Tell("open", alert("a4"));
  EXPECT_THAT(All(), SizeIs(2)) << "it comes back as a proposal";
  EXPECT_EQ(Risks()[0].state(), Risk::STATE_CLOSED);
  ASSERT_THAT(Call<RiskProposal>("DismissRiskProposal", Specialist(),
                                 Proto<v1::DismissRiskProposalRequest>("name: 'riskProposals/a4' reason: 'A campaign'")),
              IsOk());
  Tell("open", alert("a5"));
  EXPECT_THAT(All(), SizeIs(2)) << "silent for three days";
  Tell("open", HighAlert("name: 'alerts/b1' activity: 'activities/other'"));
  EXPECT_THAT(All(), SizeIs(3)) << "another activity is another matter";
  clock_.Advance(absl::Hours(24 * 3));
  Tell("open", alert("a6"));
  EXPECT_THAT(All(), SizeIs(4));
}

TEST_F(RiskProposalTest, IncidentsOfOnePageAreOneMatterAndThoseOfPeopleAreNot) {
  EXPECT_EQ(MatterOf(Major("cause: CAUSE_SURGE")), v1::SIGNAL_KIND_COMPLAINTS);
  EXPECT_EQ(MatterOf(Major("cause: CAUSE_GUARDRAIL")), v1::SIGNAL_KIND_GUARDRAIL);
  Tell("open", Major());
  Tell("open", Major("name: 'activities/fair/incidents/i2'"));
  EXPECT_EQ(Only().signal_count(), 2);
  Tell("open", Major("name: 'activities/fair/incidents/i3' cause: CAUSE_PERSON"));
  Tell("open", Major("name: 'activities/fair/incidents/i4' cause: CAUSE_PERSON"));
  EXPECT_THAT(All(), SizeIs(3));
}

TEST_F(RiskProposalTest, RulesSayWhatProposes) {
  ASSERT_THAT(Call<v1::SignalPolicy>(
                  "CreateSignalPolicy", Manager(), Proto<v1::CreateSignalPolicyRequest>(R"pb(
                    signal_policy_id: "calm"
                    signal_policy {
                      reason: "Pages only"
                      rules { kind: SIGNAL_KIND_PAGE_FAILURE category: CATEGORY_TECHNOLOGY title: "A page fails" decision_days: 2 }
                    })pb")),
              IsOk());
  ASSERT_THAT(
      Call<v1::SignalPolicy>("PublishSignalPolicy", Manager(), Proto<v1::PublishSignalPolicyRequest>("name: 'signalPolicies/calm'")),
      IsOk());
  Tell("open", HighAlert());
  EXPECT_THAT(All(), IsEmpty());
  Tell("open", Major());
  EXPECT_EQ(Only().signal_policy(), "signalPolicies/calm");
}

TEST_F(RiskProposalTest, TheRiskOfAnIncidentTellsWhatRaisedIt) {
  Tell("open", Major());
  ASSERT_THAT(Call<RiskProposal>("AcceptRiskProposal", Specialist(), Proto<v1::AcceptRiskProposalRequest>("name: 'riskProposals/i1'")),
              IsOk());
  ASSERT_THAT(Risks(), SizeIs(1));
  EXPECT_EQ(Risks()[0].subject(), "activities/fair");
  EXPECT_EQ(Risks()[0].cause(),
            "activities/fair/incidents/i1: SEVERITY_MAJOR, CAUSE_PAGE activities/fair/pages/shop, 2026-01-01T00:00:00+00:00");
}

}  // namespace
}  // namespace heitie::risk
