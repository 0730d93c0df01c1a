#include "services/risk/signal/facts.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "google/api/resource.pb.h"
#include "services/risk/risk_fixture.h"
#include "services/risk/signal/sources.h"

namespace heitie::risk {
namespace {

using test::IsOk;
using test::Proto;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using v1::PostRiskSignalRequest;
using v1::RiskProposal;

constexpr int64_t kFactSecond = 1767225600;  // 2026-01-01, as the fixture's clock

// A change that leaves `after`, at the fourth revision.
template <typename T>
event::Change<T> ChangedFact(const std::string& action, const std::string& after) {
  event::Change<T> change;
  change.action = action;
  change.after = Proto<T>(after);
  change.subject = change.after->name();
  change.revision = 4;
  change.occur_time = absl::FromUnixSeconds(kFactSecond);
  return change;
}

// "KIND subject key SEVERITY", without the prefixes of the enums.
std::string FactText(const PostRiskSignalRequest& fact) {
  return absl::StrCat(v1::SignalKind_Name(fact.kind()).substr(12), " ", fact.subject(), " ", fact.key(), " ",
                      v1::SignalSeverity_Name(fact.severity()).substr(16));
}

template <typename T>
std::vector<std::string> ToldFacts(const std::string& action, const std::string& after) {
  std::vector<std::string> told;
  for (const PostRiskSignalRequest& fact : FactsOf(ChangedFact<T>(action, after))) {
    EXPECT_EQ(fact.occur_time().seconds(), kFactSecond);
    told.push_back(FactText(fact));
  }
  return told;
}

TEST(Facts, OfPlans) {
  const auto variance = [](int slip, int threshold) {
    return ToldFacts<planning::v1::ScheduleVariance>(
        "open", absl::StrCat("name: 'projects/p/scheduleVariances/project' slip_days: ", slip, " threshold_days: ", threshold));
  };
  EXPECT_THAT(variance(3, 2), UnorderedElementsAre("PLAN_LATE projects/p projects/p/scheduleVariances/project@4 MEDIUM"));
  EXPECT_THAT(variance(4, 2), UnorderedElementsAre("PLAN_LATE projects/p projects/p/scheduleVariances/project@4 HIGH"));
  EXPECT_THAT(variance(1, 0), UnorderedElementsAre("PLAN_LATE projects/p projects/p/scheduleVariances/project@4 HIGH"))
      << "no float is left";
  EXPECT_THAT(ToldFacts<planning::v1::ScheduleVariance>("close", "name: 'projects/p/scheduleVariances/project' slip_days: 9"), IsEmpty());
  const auto flag = [](const char* cause) {
    return ToldFacts<planning::v1::EvidenceFlag>("raise", absl::StrCat("name: 'projects/p/evidenceFlags/f' cause: ", cause));
  };
  EXPECT_THAT(flag("EVIDENCE_CAUSE_EXPIRED"), UnorderedElementsAre("EVIDENCE_EXPIRED projects/p projects/p/evidenceFlags/f@4 MEDIUM"));
  EXPECT_THAT(flag("EVIDENCE_CAUSE_RETRACTED"), UnorderedElementsAre("EVIDENCE_EXPIRED projects/p projects/p/evidenceFlags/f@4 HIGH"));
  EXPECT_THAT(ToldFacts<planning::v1::Issue>("propose_risk", "name: 'projects/p/issues/i' severity: SEVERITY_CRITICAL"),
              UnorderedElementsAre("CONCERN projects/p projects/p/issues/i HIGH"));
  EXPECT_THAT(ToldFacts<planning::v1::Issue>("resolve", "name: 'projects/p/issues/i' severity: SEVERITY_CRITICAL"), IsEmpty());
}

TEST(Facts, OfGoodsAndMoney) {
  EXPECT_THAT(ToldFacts<resource::v1::Stock>("run_low", "name: 'items/i/stock' item: 'items/i'"),
              UnorderedElementsAre("STOCK_OUT items/i items/i/stock@4 LOW"));
  EXPECT_THAT(ToldFacts<resource::v1::Stock>("run_out", "name: 'items/i/stock' item: 'items/i'"),
              UnorderedElementsAre("STOCK_OUT items/i items/i/stock@4 HIGH"));
  EXPECT_THAT(ToldFacts<resource::v1::Stock>("receive", "name: 'items/i/stock' item: 'items/i'"), IsEmpty());
  EXPECT_THAT(ToldFacts<resource::v1::Reservation>("expire", "name: 'reservations/r' subject: 'activities/a'"),
              UnorderedElementsAre("RESERVATION_BROKEN activities/a reservations/r@4 MEDIUM"));
  EXPECT_THAT(ToldFacts<resource::v1::Reservation>("give_up", "name: 'reservations/r'"),
              UnorderedElementsAre("RESERVATION_BROKEN reservations/r reservations/r@4 HIGH"));
  EXPECT_THAT(ToldFacts<resource::v1::Reservation>("release", "name: 'reservations/r'"), IsEmpty()) << "somebody needs it no more";
  const auto order = [](int reminders) {
    return ToldFacts<resource::v1::PurchaseOrder>(
        "remind",
        absl::StrCat("name: 'purchaseOrders/o' supplier: 'suppliers/s' overdue: true expected_date { year: 2025 month: 12 day: 30 }"
                     " reminder_count: ",
                     reminders));
  };
  EXPECT_THAT(order(1), UnorderedElementsAre("ORDER_OVERDUE suppliers/s purchaseOrders/o@2025-12-30 MEDIUM"));
  EXPECT_THAT(order(3), UnorderedElementsAre("ORDER_OVERDUE suppliers/s purchaseOrders/o@2025-12-30 HIGH"));
  const auto budget = [](int taken) {
    return ToldFacts<resource::v1::Budget>("alert", absl::StrCat("name: 'budgets/b' alert_bp: ", taken));
  };
  EXPECT_THAT(budget(8000), UnorderedElementsAre("BUDGET_LOW budgets/b budgets/b@4 LOW"));
  EXPECT_THAT(budget(9000), UnorderedElementsAre("BUDGET_LOW budgets/b budgets/b@4 MEDIUM"));
  EXPECT_THAT(budget(10000), UnorderedElementsAre("BUDGET_LOW budgets/b budgets/b@4 HIGH"));
}

TEST(Facts, OfPeopleNameNobody) {
  const std::string gap =
      "name: 'staffingGaps/g' subject: 'activities/a' state: STATE_OPEN required_count: 2 qualified_count: 1"
      " shortfalls { employee: 'employees/li' disqualifications { reason: REASON_CERTIFICATE_EXPIRES course: 'courses/fire'"
      " date { year: 2026 month: 1 day: 9 } } }"
      " shortfalls { employee: 'employees/wu' disqualifications { reason: REASON_CERTIFICATE_EXPIRES course: 'courses/fire'"
      " date { year: 2026 month: 1 day: 9 } } disqualifications { reason: REASON_NOT_ACTIVE } }";
  EXPECT_THAT(ToldFacts<personnel::v1::StaffingGap>("open", gap),
              UnorderedElementsAre("STAFFING_GAP activities/a staffingGaps/g@4 MEDIUM",
                                   "CERTIFICATE_ENDS activities/a staffingGaps/g courses/fire 2026-01-09 MEDIUM"));
  EXPECT_THAT(ToldFacts<personnel::v1::StaffingGap>("judge", gap),
              UnorderedElementsAre("CERTIFICATE_ENDS activities/a staffingGaps/g courses/fire 2026-01-09 MEDIUM"));
  for (const PostRiskSignalRequest& fact : FactsOf(ChangedFact<personnel::v1::StaffingGap>("open", gap))) {
    EXPECT_FALSE(absl::StrContains(fact.ShortDebugString(), "employees/"));
  }
  const auto item = [](const char* state) {
    return ToldFacts<personnel::v1::HandoverItem>(
        "report", absl::StrCat("name: 'handovers/li/items/i' holding { resource: 'projects/p' title: 'Spring' } state: ", state));
  };
  EXPECT_THAT(item("STATE_MOVED"), IsEmpty()) << "somebody was named";
  EXPECT_THAT(item("STATE_UNDECIDED"), UnorderedElementsAre("OWNER_LEAVES projects/p handovers/li/items/i MEDIUM"));
  EXPECT_THAT(item("STATE_NOT_MOVED"), UnorderedElementsAre("OWNER_LEAVES projects/p handovers/li/items/i HIGH"));
}

TEST(Facts, OfWhatRuns) {
  const auto alert = [](const char* severity) {
    return ToldFacts<metrics::v1::Alert>("open", absl::StrCat("name: 'alerts/a' metric: 'metricDefinitions/m' severity: ", severity));
  };
  EXPECT_THAT(alert("SEVERITY_MEDIUM"), UnorderedElementsAre("ALERT metricDefinitions/m alerts/a MEDIUM"));
  EXPECT_THAT(alert("SEVERITY_HIGH"), IsEmpty()) << "it proposes a risk by itself";
  const auto breach = [](const char* more) {
    return ToldFacts<activity::v1::ActivityGuardrail>("breach", absl::StrCat("name: 'activities/a/guardrails/g' ", more));
  };
  EXPECT_THAT(breach("action: ACTION_NOTIFY"), UnorderedElementsAre("GUARDRAIL activities/a activities/a/guardrails/g@4 HIGH"));
  EXPECT_THAT(breach("action: ACTION_INCIDENT"), IsEmpty()) << "the incident proposes by its own severity";
  EXPECT_THAT(breach("action: ACTION_NOTIFY source: 'alertRules/r'"), IsEmpty()) << "the alert does";
  event::Change<activity::v1::Activity> failed = ChangedFact<activity::v1::Activity>("fail_launch", "name: 'activities/a'");
  failed.before = Proto<activity::v1::Activity>("name: 'activities/a' launch: 'activities/a/launches/l'");
  ASSERT_THAT(FactsOf(failed), SizeIs(1));
  EXPECT_EQ(FactText(FactsOf(failed)[0]), "LAUNCH_FAILURE activities/a activities/a/launches/l MEDIUM");
}

// The services are told by their events; what they tell is proposed by the rules that the service comes with.
class SourcesTest : public RiskFixture {
 protected:
  SourcesTest() {
    for (const std::string source : {"metrics", "activity", "personnel", "planning", "resource"}) {
      clients_[source].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", source, ".v1.RecordService/ListEvents"),
          [this, source](const rpc::Call&, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
            if (away_ == source) return absl::UnavailableError("away");
            const std::vector<type::v1::Event>& events = events_[source];
            type::v1::ListEventsResponse response;
            for (const type::v1::Event& event : events) {
              const auto& types = request.subject_types();
              const bool wanted = types.empty() || std::find(types.begin(), types.end(), event.subject_type()) != types.end();
              if (wanted && event.position() > request.after_position()) *response.add_events() = event;
            }
            response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(events.size())));
            return response;
          });
    }
  }

  template <typename T>
  void Happen(const std::string& action, const T& resource, int64_t revision, absl::Duration ago = absl::ZeroDuration()) {
    const std::string type = T::descriptor()->options().GetExtension(google::api::resource).type();
    std::vector<type::v1::Event>& events = events_[type.substr(0, type.find('.'))];
    type::v1::Event& event = events.emplace_back();
    event.set_position(static_cast<int64_t>(events.size()));
    event.set_subject_type(type);
    event.set_subject(resource.name());
    event.set_action(action);
    event.set_revision(revision);
    event.set_after_json(record::ToJson(resource));
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - ago);
  }
  void Follow() {
    clock_.Advance(absl::Seconds(10));
    RunJobs();
  }
  // By kind and subject, how many facts are counted.
  std::map<std::string, int> Counted() {
    std::map<std::string, int> counted;
    const auto listed = Try<v1::ListRiskProposalsResponse, v1::ListRiskProposalsRequest>("ListRiskProposals", Analyst(), "page_size: 1000");
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return counted;
    for (const RiskProposal& one : listed->risk_proposals()) {
      const std::string matter = absl::StrCat(v1::SignalKind_Name(one.signal_kind()).substr(12), " ", one.subject());
      EXPECT_TRUE(counted.emplace(matter, one.signal_count()).second) << matter;
    }
    return counted;
  }

  std::map<std::string, std::vector<type::v1::Event>> events_;  // by service
  std::string away_;
};

TEST_F(SourcesTest, OneEpisodeCountsOnceHoweverOftenItIsTold) {
  const auto stock = Proto<resource::v1::Stock>("name: 'items/gift/stock' item: 'items/gift'");
  const auto order = Proto<resource::v1::PurchaseOrder>(
      "name: 'purchaseOrders/o' supplier: 'suppliers/s' overdue: true reminder_count: 1 expected_date { year: 2025 month: 12 day: 30 }");
  const auto late = Proto<planning::v1::ScheduleVariance>(
      "name: 'projects/p/scheduleVariances/project' slip_days: 3 threshold_days: 2 state: STATE_OPEN");
  const auto gap = Proto<personnel::v1::StaffingGap>("name: 'staffingGaps/g' subject: 'activities/a' state: STATE_OPEN");
  const auto launch = Proto<activity::v1::Activity>("name: 'activities/a' last_launch_error: 'No stock'");
  const auto alert =
      Proto<metrics::v1::Alert>("name: 'alerts/a' metric: 'metricDefinitions/m' severity: SEVERITY_MEDIUM state: STATE_OPEN");
  for (int i = 0; i < 2; ++i) {
    Happen("run_out", stock, 7);
    Happen("remind", order, 3 + i);
    Happen("open", late, 1);
    Happen("open", gap, 1);
    Happen("fail_launch", launch, 5);
    Happen("open", alert, 1);
    Follow();
  }
  using ::testing::Pair;
  EXPECT_THAT(Counted(),
              UnorderedElementsAre(Pair("STOCK_OUT items/gift", 1), Pair("ORDER_OVERDUE suppliers/s", 1), Pair("PLAN_LATE projects/p", 1),
                                   Pair("STAFFING_GAP activities/a", 1), Pair("LAUNCH_FAILURE activities/a", 1)))
      << "the rules that the service comes with make nothing of an alert that is not HIGH";
  Happen("run_out", stock, 12);
  Happen("open", late, 6);
  Follow();
  EXPECT_EQ(Counted()["STOCK_OUT items/gift"], 2);
  EXPECT_EQ(Counted()["PLAN_LATE projects/p"], 2);
}

TEST_F(SourcesTest, WhatIsHistoryIsNoSignal) {
  const auto stock = Proto<resource::v1::Stock>("name: 'items/gift/stock' item: 'items/gift'");
  Happen("run_out", stock, 1, kOldestFact + absl::Hours(1));
  Follow();
  EXPECT_THAT(Counted(), IsEmpty());
  Happen("run_out", stock, 2, kOldestFact - absl::Hours(1));
  Follow();
  EXPECT_EQ(Counted()["STOCK_OUT items/gift"], 1);
}

// A service that is away holds up what it tells itself and nothing else.
TEST_F(SourcesTest, OneThatIsAwayHoldsUpNothingElse) {
  away_ = "planning";
  Happen("open", Proto<planning::v1::ScheduleVariance>("name: 'projects/p/scheduleVariances/project' slip_days: 3 threshold_days: 2"), 1);
  Happen("run_out", Proto<resource::v1::Stock>("name: 'items/gift/stock' item: 'items/gift'"), 1);
  Follow();
  EXPECT_THAT(Counted(), UnorderedElementsAre(::testing::Pair("STOCK_OUT items/gift", 1)));
  away_.clear();
  clock_.Advance(absl::Minutes(2));
  Follow();
  EXPECT_EQ(Counted()["PLAN_LATE projects/p"], 1);
}

TEST_F(SourcesTest, AControlThatFailsIsASignal) {
  ASSERT_THAT(Create("r"), IsOk());
  ASSERT_THAT(Register("c", "r", 30), IsOk());
  ASSERT_THAT(Test("c", true), IsOk());
  EXPECT_THAT(Counted(), IsEmpty());
  ASSERT_THAT(Test("c", false), IsOk());
  EXPECT_EQ(Counted()["CONTROL_FAILED riskControls/c"], 1);
}

}  // namespace
}  // namespace heitie::risk
