#include "services/risk/signal/risk_proposal.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/people/directory.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/risk/service.h"

namespace heitie::risk {
namespace {

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
    clients_["metrics"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.metrics.v1.RecordService/ListEvents", [this](const rpc::Call&, const type::v1::ListEventsRequest& request) {
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : events_) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(events_.size())));
          return response;
        });
  }

  static Alert HighAlert(const std::string& more = "") {
    Alert alert = Proto<Alert>(
        "name: 'alerts/a1' metric: 'metricDefinitions/errors' display_name: 'Too many errors' severity: SEVERITY_HIGH"
        " episode_time { seconds: 1767225600 } figure: 12 reference: 10 source: 'events/error' owner: 'employees/wu'"
        " state: STATE_OPEN");
    alert.MergeFrom(Proto<Alert>(more));
    return alert;
  }
  void Tell(const std::string& action, const Alert& alert) {
    type::v1::Event& event = events_.emplace_back();
    event.set_position(static_cast<int64_t>(events_.size()));
    event.set_subject_type("metrics.heitie/Alert");
    event.set_subject(alert.name());
    event.set_action(action);
    event.set_revision(event.position());
    event.set_after_json(record::ToJson(alert));
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

  std::vector<type::v1::Event> events_;
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
  EXPECT_THAT(proposal.allowed_verbs(), ElementsAre("accept", "dismiss"));
  EXPECT_THAT(Risks(), IsEmpty()) << "nobody has reviewed it";
  Tell("clear", HighAlert("state: STATE_RESOLVED resolution: RESOLUTION_CLEARED resolve_time { seconds: 1767229200 }"));
  EXPECT_EQ(Only().signal_end_time().seconds(), 1767229200);
  EXPECT_EQ(Only().state(), RiskProposal::STATE_PROPOSED) << "that it came up is still to be reviewed";
  Tell("recur", HighAlert());
  EXPECT_FALSE(Only().has_signal_end_time());
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

}  // namespace
}  // namespace heitie::risk
