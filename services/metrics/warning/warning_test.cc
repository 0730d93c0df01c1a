// Early warning as a whole: figures come in, rules are judged, people are asked.
#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "heitie/metrics/v1/warning_policy.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/metrics/engine/engine.h"
#include "services/metrics/service.h"
#include "services/metrics/warning/chapter.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolations;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using v1::Alert;
using v1::AlertRule;

class WarningTest : public heitie::test::ServiceTest<Service> {
 protected:
  WarningTest() : ServiceTest("metrics") {
    clock_.Set(At(9));
    clients_["personnel"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.personnel.v1.RecordService/ListEvents", [this](const rpc::Call&, const type::v1::ListEventsRequest& request) {
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : events_) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(events_.size())));
          return response;
        });
    DefineOrders();
  }

  void DefineOrders() {
    Must(Call<v1::MetricDefinition>(
        "CreateMetricDefinition", Analyst(), Proto<v1::CreateMetricDefinitionRequest>(R"pb(
          metric_definition_id: "orders"
          metric_definition { display_name: "Orders" event_name: "purchase" aggregation: AGGREGATION_COUNT unit: "orders" })pb")));
  }

  template <typename T>
  static T Must(absl::StatusOr<T> result) {
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *std::move(result) : T();
  }

  // Of 2026-01-05, a Monday, in Taipei.
  static absl::Time At(double hour) {
    return absl::FromCivil(absl::CivilDay(2026, 1, 5), service::DefaultTimeZone()) + absl::Seconds(std::llround(hour * 3600));
  }
  // Adds `count` purchases at an instant, which has come then.
  void Buy(absl::Time time, int count, const std::string& more = "") {
    clock_.Set(std::max(clock_.Now(), time + absl::Seconds(1)));
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(++sequence_);
    for (int i = 0; i < count; ++i) {
      v1::Event& event = *request.add_events();
      event = Proto<v1::Event>("event_name: 'purchase' " + more);
      event.set_user(absl::StrCat("u", i));
      *event.mutable_occur_time() = time::ToTimestamp(time + absl::Milliseconds(i));
    }
    Must(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request));
  }
  // The shop has delivered everything until then.
  void Declare(absl::Time time) {
    clock_.Set(std::max(clock_.Now(), time + absl::Seconds(1)));
    v1::DeclareCompleteRequest request;
    request.set_name("producers/shop");
    *request.mutable_complete_time() = time::ToTimestamp(time);
    Must(Call<v1::Producer>("DeclareComplete", Analyst(), request));
  }
  AlertRule Draft(const std::string& id, const std::string& text) { return Must(Create(id, text)); }
  absl::StatusOr<AlertRule> Create(const std::string& id, const std::string& text) {
    return Call<AlertRule>("CreateAlertRule", Analyst(),
                           Proto<v1::CreateAlertRuleRequest>(absl::StrCat("alert_rule_id: '", id, "' alert_rule { display_name: 'Rule ", id,
                                                                          "' metric: 'metricDefinitions/orders' ", text, " }")));
  }
  static std::string Fine(const std::string& more) {
    return "interval: INTERVAL_FIVE_MINUTES breaches_to_open: 1 window: 1 clear_to_close: 2 severity: SEVERITY_HIGH " + more;
  }
  absl::StatusOr<AlertRule> Activate(const std::string& name) {
    return Call<AlertRule>("ActivateAlertRule", Analyst(), Proto<v1::ActivateAlertRuleRequest>("name: '" + name + "'"));
  }
  void Run(const std::string& id, const std::string& text) { Must(Activate(Draft(id, text).name())); }
  AlertRule Rule(const std::string& id) {
    return Must(Call<AlertRule>("GetAlertRule", Analyst(), Proto<v1::GetAlertRuleRequest>("name: 'alertRules/" + id + "'")));
  }
  void Judge(absl::Time time) {
    clock_.Set(time);
    for (int i = 0; i < 3; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  }
  std::vector<Alert> AlertsFor(const rpc::Call& call) {
    const auto listed = Must(Call<v1::ListAlertsResponse>("ListAlerts", call, v1::ListAlertsRequest()));
    return {listed.alerts().begin(), listed.alerts().end()};
  }
  std::vector<Alert> All() { return AlertsFor(Analyst()); }
  Alert Only() {
    const std::vector<Alert> alerts = All();
    EXPECT_THAT(alerts, SizeIs(1));
    return alerts.empty() ? Alert() : alerts.front();
  }
  std::vector<std::string> ActionsOf(const std::string& name) {
    type::v1::ListEventsRequest request;
    request.set_subject(name);
    std::vector<std::string> actions;
    const auto listed = Must(Call<type::v1::ListEventsResponse>("ListEvents", Analyst(), request));
    for (const auto& event : listed.events()) actions.push_back(event.action());
    return actions;
  }

  // ---- People, as personnel tells of them.
  template <typename T>
  void Tell(const std::string& type, const T& resource) {
    type::v1::Event& event = events_.emplace_back();
    event.set_position(static_cast<int64_t>(events_.size()));
    event.set_subject_type("personnel.heitie/" + type);
    event.set_subject(resource.name());
    event.set_action(revisions_[resource.name()] == 0 ? "create" : "update");
    event.set_revision(++revisions_[resource.name()]);
    event.set_after_json(record::ToJson(resource));
  }
  static personnel::v1::Employee Person(const std::string& id, const std::string& position, const std::string& superior = "",
                                        const std::string& more = "") {
    return Proto<personnel::v1::Employee>(absl::StrCat("name: 'employees/", id, "' position: 'positions/", position,
                                                       "' department: 'operations' hire_date { year: 2020 month: 1 day: ", 1 + id.size(),
                                                       " } assignments { start_date { year: 2020 month: 1 day: ", 1 + id.size(),
                                                       " } position: 'positions/", position, "' department: 'operations' superior: '",
                                                       superior, "' } ", more));
  }
  void TellStaff() {
    Tell("Position", Proto<personnel::v1::Position>("name: 'positions/analyst' duties: 'duties/abnormal-data'"));
    Tell("Position", Proto<personnel::v1::Position>("name: 'positions/manager' roles: ROLE_OPERATIONS_MANAGER"));
    for (const char* id : {"an", "bob"}) Tell("Employee", Person(id, "analyst"));
    Tell("Employee", Person("chief", "manager"));
  }

  std::vector<type::v1::Event> events_;
  std::map<std::string, int64_t> revisions_;
  int64_t sequence_ = 0;
};

constexpr char kAbove10[] = "condition { threshold { upper: 10 } }";

TEST_F(WarningTest, EveryBadFieldOfARuleAtOnce) {
  const auto refused = Create("bad", R"pb(interval: INTERVAL_DAY
                                          breaches_to_open: 3
                                          window: 2
                                          clear_to_close: 1
                                          severity: SEVERITY_LOW
                                          guardrail: true
                                          condition { threshold { upper: 1 lower: 2 } })pb");
  EXPECT_THAT(refused, HasViolations("alert_rule.condition BAD_BOUNDS", "alert_rule.breaches_to_open BAD_OPENING",
                                     "alert_rule.activity GUARDRAIL_WITHOUT_ACTIVITY"));
  EXPECT_THAT(
      Create("bad", Fine("dimension: 'channel' condition { missing_data { silence_minutes: 4 } }")),
      HasViolations("alert_rule.dimension BREAKDOWN_OF_SOURCE", "alert_rule.condition.missing_data.silence_minutes SILENCE_TOO_SHORT"));
  EXPECT_THAT(Create("bad", Fine("condition { }")), HasViolations("alert_rule.condition CONDITION_MISSING"));
  EXPECT_THAT(Create("bad", Fine("condition { change { base: BASE_DAY_BEFORE } }")), HasViolations("alert_rule.condition BAD_BOUNDS"));
}

TEST_F(WarningTest, AnEpisodeIsOneAlertUntilItIsOver) {
  Run("busy", Fine(R"pb(condition { threshold { lower: 3 } })pb"));
  Buy(At(9.01), 5);
  Judge(At(9.06));
  EXPECT_THAT(All(), IsEmpty()) << "not before the interval has closed";
  Judge(At(9.12));
  EXPECT_THAT(All(), IsEmpty()) << "five purchases until 9:05";
  Buy(At(9.2), 1);
  Judge(At(9.21));
  const Alert alert = Only();
  EXPECT_EQ(alert.state(), Alert::STATE_OPEN);
  EXPECT_EQ(time::ToTime(alert.episode_time()), At(9 + 5 / 60.0));
  EXPECT_EQ(alert.figure(), 0);
  EXPECT_EQ(alert.reference(), 3);
  EXPECT_EQ(alert.source(), "events/purchase");
  EXPECT_EQ(alert.severity(), AlertRule::SEVERITY_HIGH);
  Judge(At(9.3));
  EXPECT_EQ(Only().etag(), alert.etag()) << "nothing is written while it goes on";
  for (int i = 4; i < 8; ++i) Buy(At(9 + i * 5 / 60.0 + 0.01), 4);
  Judge(At(9.9));
  EXPECT_EQ(Only().state(), Alert::STATE_RESOLVED);
  EXPECT_EQ(Only().resolution(), Alert::RESOLUTION_CLEARED);
  EXPECT_THAT(ActionsOf(alert.name()), ElementsAre("open", "clear"));
  EXPECT_EQ(time::ToTime(Rule("busy").judge_time()), At(9 + 35 / 60.0)) << "as far as the shop has delivered";
}

TEST_F(WarningTest, AnUpperBoundOfACountFiresEarlyALowerOneNever) {
  Run("many", Fine(kAbove10));
  Run("few", Fine("condition { threshold { lower: 100 } }"));
  Buy(At(9.01), 11);
  Judge(At(9.03));
  EXPECT_EQ(Only().rule(), "alertRules/many");
  EXPECT_TRUE(Only().early());
  EXPECT_EQ(Only().figure(), 11);
  Judge(At(9.13));
  EXPECT_THAT(All(), SizeIs(1)) << "the interval is over, but nobody knows whether all of it is here";
  Buy(At(9.12), 1);
  Judge(At(9.16));
  EXPECT_THAT(All(), SizeIs(2)) << "once the interval has closed";
}

TEST_F(WarningTest, ASegmentsUsersAreJudgedApart) {
  Must(Call<v1::Segment>("CreateSegment", Analyst(), Proto<v1::CreateSegmentRequest>(R"pb(
                           segment_id: "app"
                           segment {
                             display_name: "Who has bought in the app"
                             conditions {
                               id: "app"
                               events { event_name: "purchase" condition: "channel = \"app\"" }
                             }
                             expression: "app"
                           })pb")));
  Must(Call<v1::MetricDefinition>(
      "CreateMetricDefinition", Analyst(), Proto<v1::CreateMetricDefinitionRequest>(R"pb(
        metric_definition_id: "latency"
        metric_definition { display_name: "Latency" measurement_name: "latency" aggregation: AGGREGATION_MAX unit: "ms" }
      )pb")));
  EXPECT_THAT(Create("bad", Fine("segment: 'segments/none' condition { missing_data { silence_minutes: 5 } }")),
              HasViolations("alert_rule.segment BREAKDOWN_OF_SOURCE", "alert_rule.segment UNKNOWN_SEGMENT"));
  EXPECT_THAT(Call<AlertRule>("CreateAlertRule", Analyst(),
                              Proto<v1::CreateAlertRuleRequest>("alert_rule { display_name: 'Slow' metric: 'metricDefinitions/latency' " +
                                                                Fine(std::string("segment: 'segments/app' ") + kAbove10) + " }")),
              HasViolations("alert_rule.segment SEGMENT_OF_MEASUREMENTS"));
  Run("all", Fine(kAbove10));
  Run("app", Fine(std::string("segment: 'segments/app' ") + kAbove10));
  const auto delete_segment = [&] {
    return Call<google::protobuf::Empty>("DeleteSegment", Analyst(), Proto<v1::DeleteSegmentRequest>("name: 'segments/app'")).status();
  };
  EXPECT_THAT(delete_segment(), HasReason("SEGMENT_IN_USE"));
  const auto of_app = [&] {
    std::vector<Alert> alerts = All();
    std::erase_if(alerts, [](const Alert& alert) { return alert.rule() != "alertRules/app"; });
    return alerts;
  };
  Buy(At(9.01), 4, "dimensions { key: 'channel' value: 'app' }");  // u0 … u3
  Buy(At(9.02), 8);                                                // u0 … u7
  Judge(At(9.03));
  EXPECT_THAT(All(), SizeIs(1)) << "twelve in all, and eight of the app's users";
  Buy(At(9.04), 4);
  Judge(At(9.06));
  EXPECT_THAT(of_app(), IsEmpty()) << "twelve, but users can leave a segment until the interval has closed";
  Buy(At(9.12), 1);
  Judge(At(9.16));
  ASSERT_THAT(of_app(), SizeIs(1));
  EXPECT_EQ(of_app().front().figure(), 12);
  EXPECT_FALSE(of_app().front().early());
  const auto played = Must(Call<v1::PlayAlertRuleResponse>(
      "PlayAlertRule", Analyst(),
      Proto<v1::PlayAlertRuleRequest>(
          "name: 'alertRules/app' start_date { year: 2026 month: 1 day: 5 } end_date { year: 2026 month: 1 day: 5 }")));
  ASSERT_THAT(played.episodes(), SizeIs(1));
  EXPECT_EQ(played.episodes(0).figure(), 12);
  Must(Call<AlertRule>("RetireAlertRule", Analyst(), Proto<v1::RetireAlertRuleRequest>("name: 'alertRules/app' reason: 'Over'")));
  EXPECT_THAT(delete_segment(), IsOk());
}

TEST_F(WarningTest, DaysOfASegmentAreItsUsersOrItsRows) {
  Must(Call<v1::Segment>("CreateSegment", Analyst(), Proto<v1::CreateSegmentRequest>(R"pb(
                           segment_id: "app"
                           segment {
                             display_name: "Who has bought in the app"
                             conditions {
                               id: "app"
                               events { event_name: "purchase" condition: "channel = \"app\"" }
                             }
                             expression: "app"
                           })pb")));
  Must(Call<v1::MetricDefinition>(
      "CreateMetricDefinition", Analyst(), Proto<v1::CreateMetricDefinitionRequest>(R"pb(
        metric_definition_id: "buyers"
        metric_definition { display_name: "Buyers" event_name: "purchase" aggregation: AGGREGATION_DISTINCT_USERS unit: "users" }
      )pb")));
  Buy(At(9), 3, "dimensions { key: 'channel' value: 'app' }");
  Buy(At(10), 7, "dimensions { key: 'channel' value: 'web' }");
  Declare(At(24));
  const auto figures = [&](const std::string& metric, const std::string& dimension) {
    const SeriesQuery query = [&] {
      SeriesQuery q =
          DailyQuery(Must(Call<v1::MetricDefinition>("GetMetricDefinition", Analyst(),
                                                     Proto<v1::GetMetricDefinitionRequest>("name: 'metricDefinitions/" + metric + "'"))),
                     "", dimension, absl::CivilDay(2026, 1, 5), absl::CivilDay(2026, 1, 5), 10, service::DefaultTimeZone());
      q.segment = "segments/app";
      q.segment_time = At(24);
      return q;
    }();
    const service::Context context{store_,
                                   clock_,
                                   jobs_,
                                   [this](const std::string& target) -> client::Client& { return clients_[target]; },
                                   service::DefaultTimeZone(),
                                   people_};
    Engine engine(context);
    const Segments segments(store_, context.time_zone);
    const SnapshotReader reader(
        store_, engine.look(), [](const rpc::Call&, const Series&) { return SourceState(); }, segments, context.time_zone);
    return Must(reader.Read(Analyst(), query));
  };
  EXPECT_THAT(figures("buyers", ""), ElementsAre(Pair("", ElementsAre(3))));
  EXPECT_THAT(figures("orders", ""), ElementsAre(Pair("", ElementsAre(6))));
  EXPECT_THAT(figures("buyers", "channel"), UnorderedElementsAre(Pair("app", ElementsAre(3)), Pair("web", ElementsAre(3))));
}

TEST_F(WarningTest, ARestatementThatRemovesTheBreachResolvesIt) {
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Buy(At(9.02), 1);
  Buy(At(9.09), 5);
  Judge(At(9.13));
  ASSERT_EQ(Only().state(), Alert::STATE_OPEN);
  Buy(At(9.03), 4);
  Judge(At(9.16));
  EXPECT_EQ(Only().state(), Alert::STATE_RESOLVED);
  EXPECT_EQ(Only().resolution(), Alert::RESOLUTION_RESTATED);
  Judge(At(9.25));
  EXPECT_THAT(All(), SizeIs(1));
}

TEST_F(WarningTest, MissingDataNeitherOpensNorResolvesButIsAnAlertOfItsOwn) {
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Run("silence", Fine("condition { missing_data { silence_minutes: 15 } }"));
  EXPECT_THAT(Activate(Draft("again", Fine("condition { missing_data { silence_minutes: 30 } }")).name()), HasReason("SOURCE_WATCHED"));
  Buy(At(9.01), 5);
  Judge(At(9.2));
  EXPECT_THAT(All(), IsEmpty()) << "nothing is known after 9:01";
  EXPECT_EQ(time::ToTime(Rule("few").blind_time()), At(9.01) + absl::Milliseconds(4));
  EXPECT_THAT(Rule("few").blind_because_of(), ElementsAre("producers/shop"));
  Judge(At(9.45));
  EXPECT_EQ(Only().rule(), "alertRules/silence");
  EXPECT_EQ(Only().reference(), 15);
  Buy(At(9.44), 5);
  Judge(At(9.6));
  EXPECT_EQ(time::ToTime(Rule("few").blind_time()), At(9.44) + absl::Milliseconds(4)) << "again";
  Declare(At(9.61));
  Judge(At(9.63));
  EXPECT_FALSE(Rule("few").has_blind_time());
  EXPECT_THAT(Rule("few").blind_because_of(), IsEmpty());
  std::map<std::string, Alert::State> states;
  for (const Alert& alert : All()) states[alert.rule()] = alert.state();
  EXPECT_THAT(states, UnorderedElementsAre(Pair("alertRules/silence", Alert::STATE_RESOLVED), Pair("alertRules/few", Alert::STATE_OPEN)))
      << "that nobody bought is known now";
}

TEST_F(WarningTest, ReplicasJudgeOnce) {
  Run("many", Fine(kAbove10));
  Run("channels", Fine("dimension: 'channel' condition { threshold { upper: 10 } }"));
  Buy(At(9.01), 11, "dimensions { key: 'channel' value: 'web' }");
  Buy(At(9.02), 12, "dimensions { key: 'channel' value: 'app' }");
  clock_.Set(At(9.2));
  const service::Context context{
      store_, clock_, jobs_, [this](const std::string& target) -> client::Client& { return clients_[target]; }, service::DefaultTimeZone(),
      people_};
  record::Kind<v1::MetricDefinition> definitions(store_);
  job::Runner others(store_, clock_, "services/metrics");
  service::Context beside = {store_, clock_, others, context.client, context.time_zone, people_};
  Engine engine(beside);
  const FindClosing nobody = [](sql::Session&, const Series&) { return Closed(); };
  const Segments segments(store_, context.time_zone);
  WarningChapter replica(beside, definitions, segments, engine.look(), SourceStates(store_, nobody));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      rpc::Call call = heitie::test::By("services/metrics", {options::v1::ROLE_SERVICE}, clock_.Now());
      EXPECT_THAT(replica.judging.JudgeAll(call).status, IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> values;
  for (const Alert& alert : All()) values.push_back(alert.rule() + ":" + alert.dimension_value());
  EXPECT_THAT(values, UnorderedElementsAre("alertRules/many:", "alertRules/channels:web", "alertRules/channels:app"));
}

TEST_F(WarningTest, GoesToTheNextOneUnlessAcknowledged) {
  TellStaff();
  Judge(At(9));
  Run("many", Fine(absl::StrCat(kAbove10,
                                "owner: 'employees/an' escalation { employee: 'employees/bob' after_minutes: 30 } "
                                "escalation { employee: 'employees/chief' after_minutes: 60 }")));
  clock_.Set(At(11.75));
  Buy(At(11.74), 11);
  Judge(At(11.75));
  Alert alert = Only();
  EXPECT_EQ(alert.owner(), "employees/an");
  EXPECT_EQ(time::ToTime(alert.escalate_time()), At(13.25)) << "nobody works from 12 to 13";
  Judge(At(13.2));
  EXPECT_EQ(Only().owner(), "employees/an");
  Judge(At(13.25));
  EXPECT_EQ(Only().owner(), "employees/bob");
  EXPECT_EQ(time::ToTime(Only().escalate_time()), At(14.25));
  const rpc::Call bob = heitie::test::By("employees/bob", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  Must(Call<Alert>(
      "MuteAlert", bob,
      Proto<v1::MuteAlertRequest>(absl::StrCat(
          "name: '", alert.name(), "' reason: 'The shop was told' expire_time { seconds: ", absl::ToUnixSeconds(At(15)), " }"))));
  Judge(At(14.5));
  EXPECT_EQ(Only().owner(), "employees/bob") << "muted";
  Judge(At(15));
  EXPECT_EQ(Only().owner(), "employees/chief");
  EXPECT_FALSE(Only().has_escalate_time());
  const Alert taken = Must(Call<Alert>("AcknowledgeAlert", Manager(), Proto<v1::AcknowledgeAlertRequest>("name: '" + alert.name() + "'")));
  EXPECT_EQ(taken.state(), Alert::STATE_ACKNOWLEDGED);
  EXPECT_EQ(taken.acknowledger(), "employees/manager");
  EXPECT_THAT(ActionsOf(alert.name()), ElementsAre("open", "escalate", "mute", "escalate", "acknowledge"));
}

TEST_F(WarningTest, AcknowledgedItStaysWithItsOwnerAndIsResolvedByHand) {
  TellStaff();
  Judge(At(9));
  Run("many", Fine(absl::StrCat(kAbove10, "owner: 'employees/an' escalation { employee: 'employees/bob' after_minutes: 30 }")));
  Buy(At(9.01), 11);
  Judge(At(9.05));
  const std::string name = Only().name();
  Must(Call<Alert>("AcknowledgeAlert", Analyst(), Proto<v1::AcknowledgeAlertRequest>("name: '" + name + "'")));
  Must(Call<Alert>("CommentOnAlert", Analyst(), Proto<v1::CommentOnAlertRequest>("name: '" + name + "' text: 'Looking'")));
  Must(Call<Alert>("ExplainAlert", Analyst(), Proto<v1::ExplainAlertRequest>("name: '" + name + "' cause: 'A campaign'")));
  EXPECT_THAT(
      Call<Alert>("MuteAlert", Analyst(), Proto<v1::MuteAlertRequest>("name: '" + name + "' reason: 'x' expire_time { seconds: 5 }")),
      HasReason("INVALID_FIELDS"));
  Judge(At(9.06));
  EXPECT_EQ(Only().owner(), "employees/an");
  const Alert over =
      Must(Call<Alert>("ResolveAlert", Analyst(), Proto<v1::ResolveAlertRequest>("name: '" + name + "' cause: 'A campaign'")));
  EXPECT_EQ(over.resolution(), Alert::RESOLUTION_BY_HAND);
  EXPECT_EQ(over.comments(0).text(), "Looking");
  Buy(At(9.07), 30);
  Judge(At(9.2));
  EXPECT_THAT(All(), SizeIs(1)) << "its episode opens no other";
  EXPECT_EQ(Only().state(), Alert::STATE_RESOLVED);
}

TEST_F(WarningTest, TheHolderOfTheDutyIsAskedAndWhoeverIsAwayIsReplaced) {
  TellStaff();
  Judge(At(9));
  Run("many", Fine(kAbove10));
  Buy(At(9.01), 11);
  Judge(At(9.05));
  EXPECT_EQ(Only().owner(), "employees/an") << "who has held the post longest";
  Tell("Employee", Person("an", "analyst", "",
                          "absences { start_date { year: 2026 month: 1 day: 5 } end_date { year: 2026 month: 1 day: 9 } "
                          "deputy: 'employees/chief' }"));
  Judge(At(9.1));
  EXPECT_EQ(Only().owner(), "employees/chief") << "the deputy";
  Tell("Employee", Person("chief", "manager", "", "leave_date { year: 2026 month: 1 day: 4 }"));
  Judge(At(9.15));
  EXPECT_EQ(Only().owner(), "employees/bob") << "the other holder";
  EXPECT_THAT(ActionsOf(Only().name()), ElementsAre("open", "reassign", "reassign"));
}

TEST_F(WarningTest, OnlyWhoIsConcernedSeesAnAlert) {
  Run("many", Fine(absl::StrCat(kAbove10, "activity: 'activities/fair' activity_owner: 'employees/specialist' guardrail: true")));
  Buy(At(9.01), 11, "activity: 'activities/fair'");
  Judge(At(9.05));
  EXPECT_THAT(AlertsFor(Specialist()), SizeIs(1));
  EXPECT_TRUE(AlertsFor(Specialist())[0].guardrail());
  EXPECT_THAT(AlertsFor(heitie::test::By("employees/other", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now())), IsEmpty());
  EXPECT_THAT(AlertsFor(Manager()), SizeIs(1));
}

TEST_F(WarningTest, APausedRuleEndsItsAlertsAndMayBeChanged) {
  Run("many", Fine(kAbove10));
  Buy(At(9.01), 11);
  Judge(At(9.05));
  const auto change = Proto<v1::UpdateAlertRuleRequest>(
      "alert_rule { name: 'alertRules/many' display_name: 'Too many' } update_mask { paths: 'display_name' }");
  EXPECT_THAT(Call<AlertRule>("UpdateAlertRule", Analyst(), change), HasReason("RULE_IN_USE"));
  Must(Call<AlertRule>("PauseAlertRule", Analyst(), Proto<v1::PauseAlertRuleRequest>("name: 'alertRules/many' reason: 'A sale'")));
  EXPECT_EQ(Only().resolution(), Alert::RESOLUTION_RULE_STOPPED);
  EXPECT_THAT(Call<AlertRule>("UpdateAlertRule", Analyst(), change), IsOk());
  Buy(At(9.06), 20);
  Judge(At(9.2));
  EXPECT_THAT(All(), SizeIs(1)) << "a paused rule is not judged";
  Must(Activate("alertRules/many"));
  Buy(At(9.21), 20);
  Judge(At(9.22));
  EXPECT_THAT(All(), SizeIs(2));
  Must(Call<AlertRule>("RetireAlertRule", Analyst(), Proto<v1::RetireAlertRuleRequest>("name: 'alertRules/many' reason: 'Done'")));
  EXPECT_THAT(Activate("alertRules/many"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(WarningTest, PlayedOverThePastARuleSaysWhenItWouldHaveFired) {
  for (int day = 0; day < 14; ++day) {
    Buy(At(-24.0 * 14 + 24 * day + 12), day == 9 ? 40 : 10 + day % 3);
  }
  Declare(At(1));
  const AlertRule rule = Draft("daily",
                               "interval: INTERVAL_DAY breaches_to_open: 1 window: 1 clear_to_close: 1 severity: SEVERITY_LOW "
                               "condition { change { base: BASE_DAY_BEFORE rise_percent: 100 fall_percent: 60 } }");
  const auto played = Must(Call<v1::PlayAlertRuleResponse>("PlayAlertRule", Analyst(), Proto<v1::PlayAlertRuleRequest>(R"pb(
                                                             name: "alertRules/daily"
                                                             start_date { year: 2025 month: 12 day: 22 }
                                                             end_date { year: 2026 month: 1 day: 4 })pb")));
  EXPECT_EQ(played.interval_count(), 14);
  EXPECT_EQ(played.unknown_count(), 1) << "before the first one there is none";
  ASSERT_EQ(played.episodes_size(), 1);
  EXPECT_EQ(time::ToTime(played.episodes(0).episode_time()), At(-24 * 5));
  EXPECT_EQ(played.episodes(0).figure(), 40);
  EXPECT_EQ(played.episodes(0).breach_count(), 2) << "up, and down again";
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_THAT(Call<v1::PlayAlertRuleResponse>("PlayAlertRule", Analyst(), Proto<v1::PlayAlertRuleRequest>(R"pb(
                                                name: "alertRules/daily"
                                                start_date { year: 2025 month: 1 day: 1 }
                                                end_date { year: 2026 month: 1 day: 1 })pb")),
              HasViolations("end_date BAD_DATE_RANGE"));
}

TEST_F(WarningTest, AnAnomalyIsToldByWhatTheSeriesWasBefore) {
  for (int hour = -24 * 10; hour <= 9; ++hour) {
    Buy(At(hour + 0.5), 20 + (hour * 7 % 5 + 5) % 5);
  }
  Run("unusual",
      "interval: INTERVAL_HOUR breaches_to_open: 1 window: 1 clear_to_close: 1 severity: SEVERITY_MEDIUM condition { anomaly {} }");
  Judge(At(10.1));
  EXPECT_THAT(All(), IsEmpty());
  Buy(At(10.5), 150);
  Declare(At(11.05));
  Judge(At(11.1));
  EXPECT_EQ(Only().figure(), 150);
  EXPECT_NEAR(Only().reference(), 22, 3) << "what was expected";
  Buy(At(11.5), 21);
  Declare(At(12.05));
  Judge(At(12.1));
  EXPECT_EQ(Only().resolution(), Alert::RESOLUTION_CLEARED);
}

TEST_F(WarningTest, OldRestatementsStayUnseenAndTheBaseMovesUp) {
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Buy(At(9.01), 1);
  Declare(At(9.1));
  Judge(At(9.2));
  Declare(At(24 * 4 + 8.9));
  Buy(At(24 * 4 + 9), 5);
  Judge(At(24 * 4 + 9.2));
  const std::vector<Alert> before = All();
  ASSERT_THAT(before, SizeIs(1));
  Buy(At(9.02), 9);
  Judge(At(24 * 4 + 9.3));
  ASSERT_THAT(All(), SizeIs(1));
  EXPECT_EQ(All()[0].episode_time().seconds(), before[0].episode_time().seconds());
}

TEST_F(WarningTest, TermsAreData) {
  Must(Call<v1::WarningPolicy>("CreateWarningPolicy", Analyst(), Proto<v1::CreateWarningPolicyRequest>(R"pb(
                                 warning_policy_id: "late"
                                 warning_policy {
                                   reason: "The shop delivers late"
                                   allowed_lateness_minutes: 60
                                   restatement_hours: 24
                                   teaching_days: 14
                                   most_values: 10
                                   department: "operations"
                                 })pb")));
  Must(Call<v1::WarningPolicy>("PublishWarningPolicy", Analyst(), Proto<v1::PublishWarningPolicyRequest>("name: 'warningPolicies/late'")));
  clock_.Advance(absl::Milliseconds(1));
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Buy(At(9.01), 1);
  Judge(At(9.9));
  EXPECT_FALSE(Rule("few").has_blind_time());
  Judge(At(10.1));
  EXPECT_TRUE(Rule("few").has_blind_time()) << "an hour after the interval";
}

TEST_F(WarningTest, WhatIsDeclaredToBeDeliveredIsJudgedAlsoWhereNothingCame) {
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Buy(At(9.01), 5);
  clock_.Set(At(9.2));
  Declare(At(9.17));
  Judge(At(9.21));
  EXPECT_EQ(Only().figure(), 0) << "nobody bought from 9:05 to 9:10";
  EXPECT_EQ(time::ToTime(Rule("few").judge_time()), At(9 + 10 / 60.0));
  EXPECT_FALSE(Rule("few").has_blind_time());
}

TEST_F(WarningTest, ARequiredProducerThatIsSilentMakesTheRuleBlind) {
  Must(Call<v1::EventSchema>("CreateEventSchema", Analyst(), Proto<v1::CreateEventSchemaRequest>(R"pb(
                               event_schema_id: "purchase-1"
                               event_schema {
                                 event_name: "purchase"
                                 allowed_lateness { seconds: 600 }
                                 required_producers: "producers/shop"
                                 required_producers: "producers/app"
                               })pb")));
  Must(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                             Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/purchase-1' reason: 'x'")));
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Buy(At(9.01), 1);
  Judge(At(9.2));
  EXPECT_FALSE(Rule("few").has_blind_time()) << "what is due is closed later by the lateness that is allowed";
  Buy(At(9.3), 1);
  Judge(At(9.5));
  EXPECT_THAT(All(), IsEmpty()) << "the app has never delivered";
  EXPECT_THAT(Rule("few").blind_because_of(), ElementsAre("producers/app"));
  EXPECT_EQ(Rule("few").blind_time().seconds(), Rule("few").activate_time().seconds());
}

TEST_F(WarningTest, OfWhatNobodyHasEverDeliveredNothingIsClosed) {
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Judge(At(9.5));
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_EQ(time::ToTime(Rule("few").judge_time()), At(9));
  EXPECT_EQ(Rule("few").blind_time().seconds(), Rule("few").activate_time().seconds());
  EXPECT_THAT(Rule("few").blind_because_of(), IsEmpty());
}

TEST_F(WarningTest, AProducerThatComesLaterTakesNoVerdictBack) {
  Run("few", Fine("condition { threshold { lower: 3 } }"));
  Buy(At(9.01), 1);
  Declare(At(9.17));
  Judge(At(9.2));
  const Alert alert = Only();
  EXPECT_EQ(alert.state(), Alert::STATE_OPEN);
  Must(Call<v1::IngestEventsResponse>(
      "IngestEvents", Analyst(),
      Proto<v1::IngestEventsRequest>(
          absl::StrCat("producer: 'producers/app' sequence: 1 events { event_name: 'purchase' user: 'x' occur_time { seconds: ",
                       absl::ToUnixSeconds(At(8.5)), " } }"))));
  Judge(At(9.3));
  EXPECT_EQ(Only().etag(), alert.etag());
  EXPECT_EQ(time::ToTime(Rule("few").judge_time()), At(9 + 10 / 60.0));
  EXPECT_THAT(Rule("few").blind_because_of(), ElementsAre("producers/app"));
}

TEST_F(WarningTest, AMetricStaysAsLongAsARuleRestsOnIt) {
  const auto remove = [&] {
    return Call<google::protobuf::Empty>("DeleteMetricDefinition", Analyst(),
                                         Proto<v1::DeleteMetricDefinitionRequest>("name: 'metricDefinitions/orders'"))
        .status();
  };
  Run("many", Fine(kAbove10));
  EXPECT_THAT(remove(), HasReason("METRIC_IN_USE"));
  Must(Call<AlertRule>("RetireAlertRule", Analyst(), Proto<v1::RetireAlertRuleRequest>("name: 'alertRules/many' reason: 'Done'")));
  // Of a rule that is drafted and a deletion at the same time, one comes first.
  for (int round = 0; round < 10; ++round) {
    absl::Status removed, drafted;
    {
      std::jthread other([&] { removed = remove(); });
      drafted = Create(absl::StrCat("draft", round), Fine(kAbove10)).status();
    }
    EXPECT_NE(removed.ok(), drafted.ok()) << removed << " " << drafted;
    if (!removed.ok()) {
      EXPECT_THAT(removed, HasReason("METRIC_IN_USE"));
      Must(Call<AlertRule>("RetireAlertRule", Analyst(),
                           Proto<v1::RetireAlertRuleRequest>(absl::StrCat("name: 'alertRules/draft", round, "' reason: 'Done'"))));
      continue;
    }
    EXPECT_THAT(drafted, HasViolations("alert_rule.metric UNKNOWN_METRIC"));
    DefineOrders();
  }
}

TEST_F(WarningTest, ARuleWhoseMetricIsGoneIsPausedAndSaysSo) {
  Run("many", Fine(kAbove10));
  // As an earlier version permitted.
  ASSERT_THAT(store_.database().Write(absl::Now() + absl::Seconds(20),
                                      [](sql::Session& session) { return session.Execute("DELETE FROM metric_definitions").status(); }),
              IsOk());
  Judge(At(9.1));
  EXPECT_EQ(Rule("many").state(), AlertRule::STATE_PAUSED);
  EXPECT_EQ(Rule("many").state_reason(), "metricDefinitions/orders is gone.");
  EXPECT_THAT(ActionsOf("alertRules/many"), ElementsAre("create", "activate", "pause"));
}

}  // namespace
}  // namespace heitie::metrics
