#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/month_closing.pb.h"
#include "heitie/metrics/v1/official_metric.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/user_erasure.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/metrics/v1/withdrawal.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/metrics/analysis/question.h"
#include "services/metrics/closing/books.h"
#include "services/metrics/closing/happening.h"
#include "services/metrics/closing/month.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolation;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::AdjustmentCause;
using v1::FigureAdjustment;
using v1::MonthClosing;
using v1::OfficialFigure;

constexpr char kDecember[] = "monthClosings/2025-12";
constexpr char kLastMonth[] = "period { last { count: 1 unit: TIME_UNIT_MONTH } } ";

TEST(MonthTest, HasItsDays) {
  EXPECT_EQ(DaysOfMonth("2024-02").last, absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(DaysOfMonth("2025-12").first, absl::CivilDay(2025, 12, 1));
  EXPECT_EQ(DaysOfMonth("2025-12").last, absl::CivilDay(2025, 12, 31));
}

// 2026-01-01T08:00 in Taipei: December is over.
class ClosingTest : public heitie::test::ServiceTest<Service> {
 protected:
  ClosingTest() : ServiceTest("metrics") {}

  rpc::Call OtherManager() const { return heitie::test::By("employees/other", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }

  absl::StatusOr<v1::OfficialMetricList> Publish(const std::string& metrics, const std::string& id = "first") {
    const auto draft =
        Call<v1::OfficialMetricList>("CreateOfficialMetricList", Analyst(),
                                     Proto<v1::CreateOfficialMetricListRequest>(absl::StrCat(
                                         "official_metric_list_id: '", id, "' official_metric_list { reason: 'Agreed' ", metrics, " }")));
    if (!draft.ok()) return draft;
    return Call<v1::OfficialMetricList>("PublishOfficialMetricList", Manager(),
                                        Proto<v1::PublishOfficialMetricListRequest>(absl::StrCat("name: 'officialMetricLists/", id, "'")));
  }
  static std::string Metric(const std::string& code, const std::string& question) {
    return absl::StrCat("metrics { code: '", code, "' title: '", code, "' question { ", kLastMonth, question, " } } ");
  }
  static std::string Purchases() { return Metric("purchases", "figures { figure { events { event_name: 'purchase' } } }"); }
  static std::string Buyers() { return Metric("buyers", "growth { events { event_name: 'purchase' } } granularity: TIME_UNIT_MONTH"); }
  static std::string Visits() {
    return Metric("visits", "figures { figure { events { event_name: 'visit' } measure: MEASURE_USERS } breakdown: 'channel' }");
  }

  struct Row {
    std::string name, user;
    absl::CivilDay day;
    std::string channel = "web";
  };
  absl::StatusOr<v1::IngestEventsResponse> Ingest(int64_t sequence, const std::vector<Row>& rows,
                                                  const std::string& producer = "producers/shop") {
    v1::IngestEventsRequest request;
    request.set_producer(producer);
    request.set_sequence(sequence);
    for (const Row& row : rows) {
      v1::Event& event = *request.add_events();
      event.set_event_name(row.name);
      event.set_user(row.user);
      *event.mutable_occur_time() = time::ToTimestamp(absl::FromCivil(absl::CivilSecond(row.day) + 4 * 3600, service::DefaultTimeZone()));
      if (!row.channel.empty()) (*event.mutable_dimensions())["channel"] = row.channel;
    }
    return Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request);
  }
  void DeclareComplete(const std::string& producer = "producers/shop") {
    v1::DeclareCompleteRequest declare;
    declare.set_name(producer);
    *declare.mutable_complete_time() = time::ToTimestamp(clock_.Now());
    ASSERT_THAT(Call<v1::Producer>("DeclareComplete", Analyst(), declare), IsOk());
  }
  absl::StatusOr<MonthClosing> Propose(const std::string& month = "2025-12") {
    return Call<MonthClosing>("ProposeMonthClosing", Analyst(),
                              Proto<v1::ProposeMonthClosingRequest>("month: '" + month + "' note: 'All is there'"));
  }
  absl::StatusOr<MonthClosing> Close(const std::string& more = "", const std::string& name = kDecember) {
    return Call<MonthClosing>("CloseMonth", Manager(), Proto<v1::CloseMonthRequest>(absl::StrCat("name: '", name, "' ", more)));
  }
  absl::StatusOr<OfficialFigure> Figure(const std::string& code) {
    return Call<OfficialFigure>("GetOfficialFigure", Specialist(),
                                Proto<v1::GetOfficialFigureRequest>(absl::StrCat("name: '", kDecember, "/figures/", code, "'")));
  }
  std::vector<FigureAdjustment> Adjustments(const std::string& code = "") {
    std::string filter = code.empty() ? "" : absl::StrCat(" filter: 'figure = \"", kDecember, "/figures/", code, "\"'");
    const auto list = Call<v1::ListFigureAdjustmentsResponse>(
        "ListFigureAdjustments", Specialist(),
        Proto<v1::ListFigureAdjustmentsRequest>(absl::StrCat("parent: '", kDecember, "' page_size: 1000", filter)));
    EXPECT_THAT(list, IsOk());
    return {list->figure_adjustments().begin(), list->figure_adjustments().end()};
  }
  // Whatever is due, and what comes of it.
  void Work() {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(20));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
  }
  // The rows of closed figures as the database has them.
  std::string Kept() {
    std::string all;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query(
                                           "SELECT name, title, question, answer, etag, create_time, update_time, kept_digest FROM "
                                           "official_figures ORDER BY name",
                                           {}, [&](const sql::Row& row) {
                                             for (int i = 0; i < 8; ++i) absl::StrAppend(&all, row.Text(i), "\n");
                                           });
                                     }),
                IsOk());
    return all;
  }
  // The month as proposed, with two purchases and two visitors.
  void CloseDecember(const std::string& metrics) {
    ASSERT_THAT(Publish(metrics), IsOk());
    ASSERT_THAT(Ingest(1, {{"purchase", "u1", absl::CivilDay(2025, 12, 3)},
                           {"purchase", "u2", absl::CivilDay(2025, 12, 9)},
                           {"visit", "u1", absl::CivilDay(2025, 12, 3)},
                           {"visit", "u3", absl::CivilDay(2025, 12, 31), "app"}}),
                IsOk());
    DeclareComplete();
    ASSERT_THAT(Propose(), IsOk());
    ASSERT_THAT(Close(), IsOk());
    Work();
  }
};

TEST_F(ClosingTest, AMonthIsClosedOnceByAnotherManagerWhenAllIsDelivered) {
  EXPECT_THAT(Propose("2026-01"), HasReason("CLOSING_MONTH_NOT_OVER"));
  ASSERT_THAT(Propose(), IsOk());
  EXPECT_THAT(Propose(), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Close(), HasReason("NOTHING_OFFICIAL"));
  ASSERT_THAT(Publish(Purchases() + Buyers() + Visits()), IsOk());
  ASSERT_THAT(Ingest(1, {{"purchase", "u1", absl::CivilDay(2025, 12, 3)}, {"visit", "u1", absl::CivilDay(2025, 11, 3)}}), IsOk());
  const auto open = Close();
  EXPECT_THAT(open, HasReason("MONTH_OPEN"));
  EXPECT_THAT(std::string(open.status().message()), ::testing::HasSubstr("purchase (producers/shop)"));
  DeclareComplete();
  const auto own =
      Call<MonthClosing>("CloseMonth", heitie::test::By("employees/analyst", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()),
                         Proto<v1::CloseMonthRequest>(absl::StrCat("name: '", kDecember, "'")));
  EXPECT_THAT(own, HasReason("OWN_MONTH_CLOSING"));
  ASSERT_THAT(Call<MonthClosing>("RejectMonthClosing", Manager(),
                                 Proto<v1::RejectMonthClosingRequest>(absl::StrCat("name: '", kDecember, "' reason: 'Wait'"))),
              IsOk());
  EXPECT_THAT(Close(), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Propose(), IsOk());
  const auto closed = Close("force_reason: 'Not needed'");
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->state(), MonthClosing::STATE_CLOSED);
  EXPECT_EQ(closed->force_reason(), "") << "nothing was missing";
  EXPECT_EQ(closed->figure_count(), 3);
  EXPECT_EQ(closed->official_metric_list(), "officialMetricLists/first");
  EXPECT_EQ(closed->decider(), "employees/manager");
  EXPECT_EQ(closed->reject_reason(), "");
  EXPECT_EQ(closed->digest().size(), 64u);
  EXPECT_THAT(Close(), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Propose(), HasReason("ILLEGAL_TRANSITION")) << "no month is opened again";
  const auto purchases = Figure("purchases");
  ASSERT_THAT(purchases, IsOk());
  EXPECT_EQ(purchases->answer().body().figures().all().total().value(), 1);
  EXPECT_EQ(purchases->answer().closedness(), v1::Answer::CLOSEDNESS_CLOSED);
  EXPECT_EQ(purchases->answer().digest(), DigestOf(purchases->question(), purchases->answer()));
}

TEST_F(ClosingTest, WhatIsMissingStandsBesideAForcedClosing) {
  ASSERT_THAT(Publish(Purchases() + Visits()), IsOk());
  ASSERT_THAT(Ingest(1, {{"purchase", "u1", absl::CivilDay(2025, 12, 3)}}), IsOk());
  ASSERT_THAT(Propose(), IsOk());
  const auto closed = Close("force_reason: 'The board meets today'");
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->force_reason(), "The board meets today");
  ASSERT_EQ(closed->open_names_size(), 2);
  EXPECT_EQ(closed->open_names(0).series(), "purchase");
  EXPECT_THAT(closed->open_names(0).because_of(), ElementsAre("producers/shop"));
  EXPECT_TRUE(closed->open_names(0).has_closed_through_time());
  EXPECT_EQ(closed->open_names(1).series(), "visit") << "nobody has ever delivered it";
  EXPECT_FALSE(closed->open_names(1).has_closed_through_time());
  EXPECT_EQ(Figure("purchases")->answer().closedness(), v1::Answer::CLOSEDNESS_OPEN);
}

// The whole: late events, withdrawals and erasures stand beside the month with their cause, once, and the month stays as it was.
TEST_F(ClosingTest, WhatComesLaterStandsBesideTheMonth) {
  CloseDecember(Purchases() + Buyers() + Visits());
  const std::string kept = Kept();
  EXPECT_THAT(Adjustments(), SizeIs(0));
  // What occurred later, and what the figures do not rest on, changes nothing.
  ASSERT_THAT(Ingest(2, {{"purchase", "u1", absl::CivilDay(2026, 1, 1)}, {"sign_up", "u1", absl::CivilDay(2025, 12, 5)}}), IsOk());
  Work();
  EXPECT_THAT(Adjustments(), SizeIs(0));

  ASSERT_THAT(Ingest(3, {{"purchase", "u2", absl::CivilDay(2025, 12, 20)}, {"purchase", "u2", absl::CivilDay(2025, 12, 21)}}), IsOk());
  Work();
  Work();
  auto found = Adjustments();
  ASSERT_THAT(found, SizeIs(1)) << "no further buyer: growth is as it was";
  EXPECT_EQ(found[0].figure(), absl::StrCat(kDecember, "/figures/purchases"));
  EXPECT_EQ(found[0].number(), 1);
  ASSERT_EQ(found[0].causes_size(), 1);
  EXPECT_EQ(found[0].causes(0).kind(), AdjustmentCause::KIND_LATE_BATCH);
  EXPECT_EQ(found[0].causes(0).producer(), "producers/shop");
  EXPECT_EQ(found[0].causes(0).first_sequence(), 3);
  EXPECT_EQ(found[0].causes(0).row_count(), 2);
  EXPECT_EQ(found[0].differences(0).path(), "body.figures.all.total.value");
  EXPECT_EQ(found[0].differences(0).before(), 2);
  EXPECT_EQ(found[0].differences(0).after(), 4);
  EXPECT_EQ(found[0].before_digest(), Figure("purchases")->answer().digest());
  EXPECT_EQ(Figure("purchases")->latest_adjustment(), found[0].name());

  // Before the month began: who bought before is not new in December.
  ASSERT_THAT(Ingest(4, {{"purchase", "u1", absl::CivilDay(2025, 10, 2)}}), IsOk());
  Work();
  const auto growth = Adjustments("buyers");
  ASSERT_THAT(growth, SizeIs(1));
  std::set<std::string> paths;
  for (const auto& difference : growth[0].differences()) paths.insert(difference.path().substr(difference.path().rfind('.') + 1));
  EXPECT_EQ(paths, (std::set<std::string>{"new_users", "resurrected"}));
  EXPECT_THAT(Adjustments("purchases"), SizeIs(1));

  ASSERT_THAT(Call<v1::Withdrawal>("CreateWithdrawal", Analyst(),
                                   Proto<v1::CreateWithdrawalRequest>("withdrawal_id: 'w' withdrawal { producer: 'producers/shop' "
                                                                      "first_sequence: 3 last_sequence: 3 reason: 'A test system' }")),
              IsOk());
  Work();
  found = Adjustments("purchases");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[1].number(), 2);
  EXPECT_EQ(found[1].answer().digest(), Figure("purchases")->answer().digest()) << "as it was closed";
  EXPECT_EQ(found[1].before_digest(), found[0].answer().digest());
  ASSERT_EQ(found[1].causes_size(), 1);
  EXPECT_EQ(found[1].causes(0).kind(), AdjustmentCause::KIND_WITHDRAWAL);
  EXPECT_EQ(found[1].causes(0).resource(), "withdrawals/w");
  EXPECT_EQ(found[1].causes(0).reason(), "A test system");
  EXPECT_EQ(found[1].causes(0).row_count(), 2);

  const auto erasure =
      Call<v1::UserErasure>("ProposeUserErasure", Analyst(), Proto<v1::ProposeUserErasureRequest>("user: 'u3' reference: 'DSR-1'"));
  ASSERT_THAT(erasure, IsOk());
  v1::ApproveUserErasureRequest approve;
  approve.set_name(erasure->name());
  ASSERT_THAT(Call<v1::UserErasure>("ApproveUserErasure", Manager(), approve), IsOk());
  Work();
  const auto visits = Adjustments("visits");
  ASSERT_THAT(visits, SizeIs(1));
  ASSERT_EQ(visits[0].causes_size(), 1);
  EXPECT_EQ(visits[0].causes(0).kind(), AdjustmentCause::KIND_ERASURE);
  EXPECT_EQ(visits[0].causes(0).resource(), erasure->name());
  EXPECT_EQ(visits[0].causes(0).reason(), "DSR-1");
  EXPECT_EQ(visits[0].differences(0).difference(), -1);
  EXPECT_THAT(Adjustments(), SizeIs(4));
  EXPECT_EQ(Kept(), kept);
  const auto closing =
      Call<MonthClosing>("GetMonthClosing", Specialist(), Proto<v1::GetMonthClosingRequest>(absl::StrCat("name: '", kDecember, "'")));
  EXPECT_EQ(closing->adjustment_count(), 4);
}

TEST_F(ClosingTest, AReplayIsACauseAlsoUnderAnotherName) {
  ASSERT_THAT(Call<v1::EventSchema>("CreateEventSchema", Analyst(),
                                    Proto<v1::CreateEventSchemaRequest>(
                                        "event_schema_id: 'p' event_schema { event_name: 'purchase' properties { key: 'channel' place: "
                                        "PLACE_DIMENSION required: true } }")),
              IsOk());
  ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                                    Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/p' reason: 'Agreed'")),
              IsOk());
  ASSERT_THAT(Publish(Purchases() + Visits()), IsOk());
  const auto delivered =
      Ingest(1, {{"purchase", "u1", absl::CivilDay(2025, 12, 3), ""}, {"purchase", "u2", absl::CivilDay(2025, 12, 3), ""}});
  ASSERT_THAT(delivered, IsOk());
  EXPECT_EQ(delivered->quarantined_count(), 2);
  DeclareComplete();
  ASSERT_THAT(Propose(), IsOk());
  ASSERT_THAT(Close("force_reason: 'Nobody delivers visits'"), IsOk());
  Work();
  const auto replay = [&](const std::string& more) {
    ASSERT_THAT(Call<v1::ReplayDeadLettersResponse>("ReplayDeadLetters", Analyst(),
                                                    Proto<v1::ReplayDeadLettersRequest>(absl::StrCat(
                                                        "reason: 'Healed' selection { producer: 'producers/shop' } max_count: 1 "
                                                        "repair { dimensions { key: 'channel' value: 'web' } ",
                                                        more, " }"))),
                IsOk());
    Work();
  };
  replay("");
  const auto purchases = Adjustments("purchases");
  ASSERT_THAT(purchases, SizeIs(1));
  ASSERT_EQ(purchases[0].causes_size(), 1);
  EXPECT_EQ(purchases[0].causes(0).kind(), AdjustmentCause::KIND_REPLAY);
  EXPECT_EQ(purchases[0].causes(0).row_count(), 1);
  EXPECT_EQ(purchases[0].causes(0).reason(), "Healed");
  EXPECT_THAT(Adjustments("visits"), SizeIs(0));
  replay("point_name: 'visit'");
  const auto visits = Adjustments("visits");
  ASSERT_THAT(visits, SizeIs(1));
  ASSERT_EQ(visits[0].causes_size(), 1);
  EXPECT_EQ(visits[0].causes(0).kind(), AdjustmentCause::KIND_REPLAY);
  EXPECT_EQ(visits[0].causes(0).row_count(), 0) << "delivered by another name";
  EXPECT_THAT(Adjustments("purchases"), SizeIs(1));
}

// What definitions and lists say later is another matter than what had happened.
TEST_F(ClosingTest, TheQuestionIsThatOfTheClosing) {
  ASSERT_THAT(Call<v1::MetricDefinition>("CreateMetricDefinition", Analyst(),
                                         Proto<v1::CreateMetricDefinitionRequest>(
                                             "metric_definition_id: 'm' metric_definition { display_name: 'M' event_name: 'purchase' "
                                             "aggregation: AGGREGATION_COUNT unit: 'purchases' }")),
              IsOk());
  CloseDecember(Metric("by-name", "figures { figure { metric: 'metricDefinitions/m' } }"));
  const auto before = Figure("by-name");
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->question().figures().figure().events().event_name(), "purchase");
  EXPECT_EQ(before->answer().definitions(0).name(), "metricDefinitions/m");
  ASSERT_THAT(Call<v1::MetricDefinition>("UpdateMetricDefinition", Analyst(),
                                         Proto<v1::UpdateMetricDefinitionRequest>(
                                             "metric_definition { name: 'metricDefinitions/m' event_name: 'visit' } update_mask { paths: "
                                             "'event_name' }")),
              IsOk());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(Publish(Purchases(), "second"), IsOk());
  ASSERT_THAT(Ingest(2, {{"purchase", "u7", absl::CivilDay(2025, 12, 20)}, {"visit", "u8", absl::CivilDay(2025, 12, 20)}}), IsOk());
  Work();
  const auto found = Adjustments();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].answer().body().figures().all().total().value(), 3) << "purchases";
}

TEST_F(ClosingTest, ListsAreToldEverythingThatCannotBeOfficial) {
  const auto bad = Publish(
      "metrics { code: 'a' title: 'A' question { period { dates { start_date { year: 2025 month: 1 day: 1 } end_date { year: 2025 month: 1 "
      "day: 2 } } } figures { figure { events { event_name: 'a' condition: 'x >' } } } segments: 'segments/s' explain: true } } " +
      Metric("a", "growth { }"));
  for (const char* const violation : {"[0].question.period", "[0].question.segments", "[0].question.explain", "[1].code"}) {
    EXPECT_THAT(bad, HasViolation(absl::StrCat("official_metric_list.metrics", violation), "BAD_OFFICIAL_METRIC"));
  }
  EXPECT_THAT(bad, HasViolation("official_metric_list.metrics[0].question.figures.figure.events.condition", "BAD_EVENT_FILTER"));
  EXPECT_THAT(bad, HasViolation("official_metric_list.metrics[1].question.growth.events", "BAD_QUESTION"));
  EXPECT_THAT(Publish(Metric("m", "figures { figure { metric: 'metricDefinitions/none' } }")), HasReason("NOT_FOUND"));
}

// Months are closed and restated by what was published, also after a later version.
TEST_F(ClosingTest, AMetricThatWasOfficialStays) {
  const auto metric = Call<v1::MetricDefinition>(
      "CreateMetricDefinition", Analyst(),
      Proto<v1::CreateMetricDefinitionRequest>("metric_definition_id: 'orders' metric_definition { display_name: 'Orders' "
                                               "event_name: 'purchase' aggregation: AGGREGATION_COUNT unit: 'orders' }"));
  ASSERT_THAT(metric, IsOk());
  ASSERT_THAT(Publish(Metric("orders", "figures { figure { metric: 'metricDefinitions/orders' } }")), IsOk());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(Publish(Purchases(), "second"), IsOk());
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteMetricDefinition", Analyst(),
                                            Proto<v1::DeleteMetricDefinitionRequest>("name: 'metricDefinitions/orders'")),
              HasReason("METRIC_IN_USE"));
}

// A month is not closed with a part of a correction.
TEST_F(ClosingTest, WaitsUntilCorrectionsAreDone) {
  ASSERT_THAT(Publish(Purchases()), IsOk());
  ASSERT_THAT(Ingest(1, {{"purchase", "u1", absl::CivilDay(2025, 12, 3)}}), IsOk());
  DeclareComplete();
  ASSERT_THAT(Propose(), IsOk());
  ASSERT_THAT(Call<v1::Withdrawal>("CreateWithdrawal", Analyst(),
                                   Proto<v1::CreateWithdrawalRequest>("withdrawal { producer: 'producers/shop' first_sequence: 1 "
                                                                      "last_sequence: 1 reason: 'Wrong' }")),
              IsOk());
  EXPECT_THAT(Close("force_reason: 'Now'"), HasReason("CORRECTION_RUNNING"));
  Work();
  ASSERT_THAT(Close(), IsOk());
  EXPECT_EQ(Figure("purchases")->answer().body().figures().all().total().count(), 0);
}

// Two managers at the same time: one closes, and there is one set of figures.
TEST_F(ClosingTest, IsClosedByOneOfManyAtTheSameTime) {
  ASSERT_THAT(Publish(Purchases() + Buyers()), IsOk());
  ASSERT_THAT(Ingest(1, {{"purchase", "u1", absl::CivilDay(2025, 12, 3)}}), IsOk());
  DeclareComplete();
  ASSERT_THAT(Propose(), IsOk());
  std::atomic<int> closed{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto answer = Close();
      ++(answer.ok() ? closed : refused);
      if (!answer.ok()) {
        EXPECT_THAT(answer, HasReason("ILLEGAL_TRANSITION"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(refused, 5);
}

TEST_F(ClosingTest, EventsCarryTheFigures) {
  CloseDecember(Purchases());
  const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("page_size: 1000"));
  ASSERT_THAT(events, IsOk());
  std::map<std::string, std::string> after;
  for (const auto& event : events->events()) {
    if (event.action() == "close") after[event.subject()] = event.after_json();
  }
  ASSERT_TRUE(after.contains(kDecember));
  EXPECT_THAT(after[absl::StrCat(kDecember, "/figures/purchases")], ::testing::HasSubstr("\"value\":2"));
}

// A row that was changed behind the service's back is not passed for what was kept.
TEST_F(ClosingTest, WhatWasKeptIsKnownByItsDigest) {
  CloseDecember(Purchases());
  const auto snapshot =
      Call<v1::AnswerSnapshot>("CreateAnswerSnapshot", Specialist(),
                               Proto<v1::CreateAnswerSnapshotRequest>(
                                   "answer_snapshot_id: 's' answer_snapshot { title: 'S' question { period { dates { start_date { "
                                   "year: 2025 month: 12 day: 1 } end_date { year: 2025 month: 12 day: 31 } } } figures { figure { "
                                   "events { event_name: 'purchase' } } } } }"));
  ASSERT_THAT(snapshot, IsOk());
  const auto read = [&] {
    return Call<v1::AnswerSnapshot>("GetAnswerSnapshot", Manager(), Proto<v1::GetAnswerSnapshotRequest>("name: 'answerSnapshots/s'"));
  };
  EXPECT_EQ(read()->answer().ShortDebugString(), snapshot->answer().ShortDebugString());
  const auto damage = [&](const std::string& statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  };
  damage("UPDATE answer_snapshots SET answer = REPLACE(answer, '\"value\":2', '\"value\":3')");
  EXPECT_THAT(read(), HasReason("KEPT_ANSWER_DAMAGED"));
  EXPECT_EQ(read().status().code(), absl::StatusCode::kDataLoss);
  damage("UPDATE official_figures SET answer = REPLACE(answer, '\"value\":2', '\"value\":3')");
  EXPECT_THAT(Figure("purchases"), HasReason("KEPT_ANSWER_DAMAGED"));
  // A snapshot of a version that computed no digest.
  damage("UPDATE answer_snapshots SET kept_digest = ''");
  EXPECT_THAT(read(), IsOk());
}

// 20,000 intervals are some megabytes.
TEST_F(ClosingTest, AnswersThatAreTooLargeAreNotKept) {
  const std::string question =
      "period { dates { start_date { year: 2025 month: 11 day: 1 } end_date { year: 2025 month: 12 day: 31 } } } granularity: "
      "TIME_UNIT_FIVE_MINUTES figures { figure { events { event_name: 'purchase' } } }";
  EXPECT_THAT(
      Call<v1::AskQuestionsResponse>("AskQuestions", Specialist(), Proto<v1::AskQuestionsRequest>("questions { " + question + " }")),
      IsOk());
  EXPECT_THAT(Call<v1::AnswerSnapshot>("CreateAnswerSnapshot", Specialist(),
                                       Proto<v1::CreateAnswerSnapshotRequest>(
                                           "answer_snapshot_id: 'large' answer_snapshot { title: 'L' question { " + question + " } }")),
              HasReason("ANSWER_TOO_LARGE_TO_KEEP"));
  EXPECT_THAT(
      Call<v1::AnswerSnapshot>("GetAnswerSnapshot", Manager(), Proto<v1::GetAnswerSnapshotRequest>("name: 'answerSnapshots/large'")),
      HasReason("NOT_FOUND"));
}

// Late batches, withdrawals and looks in any order: what stands beside the month at the end is what the rows say, each adjustment begins
// where the one before ended, names what differs, and there is one exactly where a look found another figure than the look before.
TEST_F(ClosingTest, TheChainOfAdjustmentsFollowsTheRows) {
  CloseDecember(Purchases() + Visits());
  std::mt19937 random(7);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int64_t sequence = 1;
  std::map<int64_t, std::vector<Row>> batches = {{1,
                                                  {{"purchase", "u1", absl::CivilDay(2025, 12, 3)},
                                                   {"purchase", "u2", absl::CivilDay(2025, 12, 9)},
                                                   {"visit", "u1", absl::CivilDay(2025, 12, 3)},
                                                   {"visit", "u3", absl::CivilDay(2025, 12, 31), "app"}}}};
  const auto purchases = [&] {
    int64_t count = 0;
    for (const auto& [number, rows] : batches) {
      for (const Row& row : rows)
        count += row.name == "purchase" && row.day >= absl::CivilDay(2025, 12, 1) && row.day <= absl::CivilDay(2025, 12, 31);
    }
    return count;
  };
  const auto visitors = [&] {
    std::set<std::string> users;
    for (const auto& [number, rows] : batches) {
      for (const Row& row : rows) {
        if (row.name == "visit" && row.day >= absl::CivilDay(2025, 12, 1) && row.day <= absl::CivilDay(2025, 12, 31))
          users.insert(row.user);
      }
    }
    return static_cast<int64_t>(users.size());
  };
  int64_t seen_purchases = purchases();
  int purchase_changes = 0;
  for (int step = 0; step < 25; ++step) {
    for (int work = pick(3); work >= 0; --work) {
      if (pick(4) == 0 && batches.size() > 1) {
        const int64_t withdrawn = std::next(batches.begin(), pick(static_cast<int>(batches.size())))->first;
        ASSERT_THAT(Call<v1::Withdrawal>("CreateWithdrawal", Analyst(),
                                         Proto<v1::CreateWithdrawalRequest>(
                                             absl::StrCat("withdrawal { producer: 'producers/shop' first_sequence: ", withdrawn,
                                                          " last_sequence: ", withdrawn, " reason: 'Wrong' }"))),
                    IsOk());
        batches.erase(withdrawn);
      } else {
        std::vector<Row>& rows = batches[++sequence];
        for (int i = pick(3); i >= 0; --i) {
          rows.push_back({pick(2) == 0 ? "purchase" : "visit", absl::StrCat("u", pick(6)), absl::CivilDay(2025, 11, 15) + pick(48),
                          pick(2) == 0 ? "web" : "app"});
        }
        ASSERT_THAT(Ingest(sequence, rows), IsOk());
      }
    }
    Work();
    purchase_changes += purchases() != seen_purchases;
    seen_purchases = purchases();
    EXPECT_THAT(Adjustments("purchases"), SizeIs(purchase_changes)) << "step " << step;
  }
  for (const std::string code : {"purchases", "visits"}) {
    const auto official = Figure(code);
    ASSERT_THAT(official, IsOk());
    v1::Answer before = official->answer();
    int number = 0;
    for (const FigureAdjustment& adjustment : Adjustments(code)) {
      EXPECT_EQ(adjustment.number(), ++number);
      EXPECT_EQ(adjustment.before_digest(), before.digest());
      EXPECT_NE(adjustment.answer().digest(), before.digest());
      EXPECT_GT(adjustment.causes_size(), 0);
      EXPECT_EQ(adjustment.cause_count(), adjustment.causes_size());
      const double change = adjustment.answer().body().figures().all().total().value() - before.body().figures().all().total().value();
      double told = 0;
      for (const auto& difference : adjustment.differences()) {
        if (difference.path() == "body.figures.all.total.value") told = difference.difference();
      }
      EXPECT_EQ(told, change);
      before = adjustment.answer();
    }
    EXPECT_GT(number, 3);
    EXPECT_EQ(before.body().figures().all().total().value(), static_cast<double>(code == "purchases" ? purchases() : visitors()));
  }
}

// Batches of one import are one cause, whichever look sees them.
TEST(HappeningTest, BatchesOfAnImportAreOneCause) {
  const auto batch = [](const std::string& producer, int64_t sequence, const std::string& series, absl::CivilDay day, int64_t rows) {
    Happening happening;
    happening.key = absl::StrCat(producer, "/", sequence);
    happening.cause.set_kind(producer == "producers/import-1" ? AdjustmentCause::KIND_IMPORT : AdjustmentCause::KIND_LATE_BATCH);
    happening.cause.set_producer(producer);
    happening.cause.set_first_sequence(sequence);
    happening.cause.set_last_sequence(sequence);
    happening.rows[series][day] = rows;
    return happening;
  };
  const absl::CivilDay inside(2025, 12, 5), later(2026, 1, 1), last(2025, 12, 31);
  const std::vector<Happening> happenings = {
      batch("producers/import-1", 1, "EVENT/a", inside, 1000), batch("producers/shop", 9, "EVENT/a", inside, 2),
      batch("producers/import-1", 2, "EVENT/a", last, 10),     batch("producers/shop", 10, "EVENT/a", later, 2),
      batch("producers/shop", 11, "EVENT/b", inside, 2),       batch("producers/shop", 8, "EVENT/a", inside, 5)};
  const auto causes = CausesOf(happenings, {"producers/shop/8"}, {"EVENT/a", "EVENT/c"}, last);
  ASSERT_THAT(causes, SizeIs(2));
  EXPECT_EQ(causes[0].first_sequence(), 1);
  EXPECT_EQ(causes[0].last_sequence(), 2);
  EXPECT_EQ(causes[0].row_count(), 1010);
  EXPECT_EQ(causes[1].first_sequence(), 9);
  EXPECT_EQ(causes[1].row_count(), 2);
}

}  // namespace
}  // namespace heitie::metrics
