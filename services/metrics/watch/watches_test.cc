#include "services/metrics/watch/watches.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/service_impl.h"
#include "common/test/fixture.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "heitie/metrics/v1/dashboard.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/saved_question.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "heitie/metrics/v1/watch.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "services/metrics/service.h"
#include "services/metrics/warning/alert.h"
#include "services/metrics/watch/fake_stream.h"

namespace heitie::metrics {
namespace {

using namespace std::chrono_literals;
using heitie::test::By;
using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOfJanuary[] = "period { dates { start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 31 } } } ";

using QuestionStream = FakeStreamOf<v1::WatchQuestionResponse>;
using BoardStream = FakeStreamOf<v1::WatchDashboardResponse>;
using AlertsStream = FakeStreamOf<v1::WatchAlertsResponse>;
using ImportStream = FakeStreamOf<v1::WatchImportResponse>;

class WatchesTest : public heitie::test::ServiceTest<Service> {
 protected:
  WatchesTest() : ServiceTest("metrics") { clock_.Set(absl::FromCivil(absl::CivilDay(2026, 1, 20), service::DefaultTimeZone())); }

  template <typename T>
  static T Must(absl::StatusOr<T> result) {
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *std::move(result) : T();
  }
  // As the door opens it, outlet included.
  template <typename Stream>
  static std::shared_ptr<Stream> Open(Service& service, const std::string& method, const rpc::Call& call,
                                      const google::protobuf::Message& request) {
    auto stream = std::make_shared<Stream>(call, request);
    service.rpc().impl()->methods.at(method).stream(stream);
    return stream;
  }
  std::shared_ptr<QuestionStream> WatchQuestion(const std::string& question, const std::string& last = "") {
    return Open<QuestionStream>(*service_, "WatchQuestion", Specialist(),
                                Proto<v1::WatchQuestionRequest>(absl::StrCat("question { ", question, " } last_digest: '", last, "'")));
  }
  std::shared_ptr<BoardStream> WatchBoard(const rpc::Call& call, const std::string& more = "") {
    return Open<BoardStream>(*service_, "WatchDashboard", call, Proto<v1::WatchDashboardRequest>("name: 'dashboards/d' " + more));
  }
  static std::string Count(const std::string& more = "") {
    return absl::StrCat(kOfJanuary, more, " figures { figure { events { event_name: 'purchase' } } }");
  }
  void Deliver(int count, absl::Time time, const std::string& event = "purchase") {
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(++sequence_);
    for (int i = 0; i < count; ++i) {
      v1::Event& one = *request.add_events();
      one.set_event_name(event);
      one.set_user(absl::StrCat("u", i));
      *one.mutable_occur_time() = time::ToTimestamp(time);
    }
    ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
  }
  void Deliver(int count) { Deliver(count, clock_.Now() - absl::Hours(1)); }

  int64_t sequence_ = 0;
};

auto Figure(double value) {
  return [value](const std::vector<QuestionStream::Received>& received) {
    return !received.empty() && received.back().message.answer().body().figures().all().total().value() == value;
  };
}

TEST_F(WatchesTest, AQuestionIsFollowedFromItsPresentState) {
  Deliver(3);
  const auto stream = WatchQuestion(Count("explain: true"));
  ASSERT_TRUE(stream->WaitFor(Figure(3)));
  EXPECT_THAT(stream->received().back().message.answer().why(), IsEmpty());
  Deliver(4);
  ASSERT_TRUE(stream->WaitFor(Figure(7)));
  // A delivery outside of the period changes no figure, but shows in the sources.
  const size_t messages = stream->received().size();
  Deliver(5, clock_.Now() - absl::Hours(24 * 40));
  Deliver(1, clock_.Now() - absl::Hours(1), "other");
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(stream->received().size(), messages);
  const std::string digest = stream->received().back().message.digest();
  const auto knows = WatchQuestion(Count(), digest), knows_not = WatchQuestion(Count(), "another");
  ASSERT_TRUE(knows_not->WaitFor(Figure(7)));
  EXPECT_THAT(knows->received(), IsEmpty());
  Deliver(1);
  EXPECT_TRUE(knows->WaitFor(Figure(8)));
}

TEST_F(WatchesTest, WhatIsWrongWithAQuestionIsToldAtOnce) {
  const auto bad = WatchQuestion("figures { figure { events { event_name: 'a' condition: 'x >' } } }");
  EXPECT_THAT(bad->end(),
              heitie::test::HasViolations("question.period BAD_PERIOD", "question.figures.figure.events.condition BAD_EVENT_FILTER"));
  const auto unknown = WatchQuestion(absl::StrCat(kOfJanuary, "figures { figure { metric: 'metricDefinitions/none' } }"));
  ASSERT_TRUE(unknown->WaitForEnd());
  EXPECT_TRUE(absl::IsNotFound(unknown->end()));
}

TEST_F(WatchesTest, WhetherItIsClosedIsAChange) {
  Deliver(3);
  const auto stream = WatchQuestion(
      "period { dates { start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 19 } } } figures { figure { events { "
      "event_name: 'purchase' } } }");
  ASSERT_TRUE(stream->WaitFor(Figure(3)));
  EXPECT_EQ(stream->received().back().message.answer().closedness(), v1::Answer::CLOSEDNESS_OPEN);
  v1::DeclareCompleteRequest declare;
  declare.set_name("producers/shop");
  *declare.mutable_complete_time() = time::ToTimestamp(clock_.Now());
  Must(Call<v1::Producer>("DeclareComplete", Analyst(), declare));
  EXPECT_TRUE(
      stream->WaitFor([](const auto& received) { return received.back().message.answer().closedness() == v1::Answer::CLOSEDNESS_CLOSED; }));
}

TEST_F(WatchesTest, AChangedSegmentAndItsEventsChangeTheAnswer) {
  Deliver(3);
  Must(Call<v1::Segment>("CreateSegment", Analyst(),
                         Proto<v1::CreateSegmentRequest>("segment_id: 's' segment { display_name: 'S' conditions { id: 'looked' events { "
                                                         "event_name: 'visit' } } expression: 'looked' }")));
  const auto stream = WatchQuestion(Count("segments: 'segments/s'"));
  ASSERT_TRUE(stream->WaitFor(Figure(0)));
  Deliver(2, clock_.Now() - absl::Hours(1), "visit");
  ASSERT_TRUE(stream->WaitFor(Figure(2)));
  Must(Call<v1::Segment>("UpdateSegment", Analyst(),
                         Proto<v1::UpdateSegmentRequest>("segment { name: 'segments/s' conditions { id: 'looked' events { event_name: "
                                                         "'purchase' } } } update_mask { paths: 'conditions' }")));
  EXPECT_TRUE(stream->WaitFor(Figure(3)));
}

// Another process on the same database, which is told nothing by this one.
TEST_F(WatchesTest, WhatAnotherReplicaTookInIsSeen) {
  record::Store other_store(database_.get());
  job::Runner other_jobs(other_store, clock_, "services/metrics-b");
  Service other(
      service::Context{other_store, clock_, other_jobs, [this](const std::string& target) -> client::Client& { return clients_[target]; }});
  const auto stream =
      Open<QuestionStream>(other, "WatchQuestion", Specialist(), Proto<v1::WatchQuestionRequest>("question { " + Count() + " }"));
  ASSERT_TRUE(stream->WaitFor(Figure(0)));
  Deliver(5);
  EXPECT_TRUE(stream->WaitFor(Figure(5), 5s));
}

TEST_F(WatchesTest, ADashboardIsFollowedWhileItIsShared) {
  Deliver(2);
  const rpc::Call colleague = By("employees/sales", {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now());
  Must(Call<v1::SavedQuestion>(
      "CreateSavedQuestion", Specialist(),
      Proto<v1::CreateSavedQuestionRequest>("saved_question_id: 'q' saved_question { title: 'Purchases' question { " + Count() + " } }")));
  Must(Call<v1::Dashboard>(
      "CreateDashboard", Specialist(),
      Proto<v1::CreateDashboardRequest>("dashboard_id: 'd' dashboard { title: 'D' readers: ROLE_DEPARTMENT_MEMBER tiles { id: 'a' form: "
                                        "FORM_NUMBER width: 3 height: 1 saved_question: 'savedQuestions/q' } tiles { id: 'b' form: "
                                        "FORM_NUMBER column: 3 width: 3 height: 1 question { " +
                                        std::string(kOfJanuary) + " figures { figure { metric: 'metricDefinitions/none' } } } } }")));
  const auto value = [](double expected) {
    return [expected](const std::vector<BoardStream::Received>& received) {
      return !received.empty() && received.back().message.answer().tiles(0).answer().body().figures().all().total().value() == expected;
    };
  };
  rpc::Call in_chinese = Specialist();
  in_chinese.language = status::Language::kTraditionalChinese;
  const auto seen = WatchBoard(colleague), own = WatchBoard(in_chinese);
  ASSERT_TRUE(seen->WaitFor(value(2)));
  ASSERT_TRUE(own->WaitFor(value(2)));
  const auto message = [](const auto& stream) { return stream->received().back().message.answer().tiles(1).status().ShortDebugString(); };
  EXPECT_NE(message(seen), message(own)) << "each in the language of its reader";
  Deliver(3);
  ASSERT_TRUE(seen->WaitFor(value(5)));
  Must(Call<v1::SavedQuestion>("UpdateSavedQuestion", Specialist(),
                               Proto<v1::UpdateSavedQuestionRequest>("saved_question { name: 'savedQuestions/q' question { " + Count() +
                                                                     " } } update_mask { paths: 'question' }")));
  const auto stranger = WatchBoard(By("employees/x", {options::v1::ROLE_DATA_ANALYST}, clock_.Now()));
  EXPECT_TRUE(absl::IsNotFound(stranger->end()));
  Must(Call<v1::Dashboard>("UpdateDashboard", Specialist(),
                           Proto<v1::UpdateDashboardRequest>("dashboard { name: 'dashboards/d' } update_mask { paths: 'readers' }")));
  ASSERT_TRUE(seen->WaitForEnd());
  EXPECT_TRUE(absl::IsNotFound(seen->end())) << seen->end();
  EXPECT_THAT(own->end(), IsOk());
  Must(Call<google::protobuf::Empty>("DeleteDashboard", Specialist(), Proto<v1::DeleteDashboardRequest>("name: 'dashboards/d'")));
  ASSERT_TRUE(own->WaitForEnd());
  EXPECT_TRUE(absl::IsNotFound(own->end()));
}

TEST_F(WatchesTest, AlertsAreThoseThatTheCallerSees) {
  clients_["personnel"];
  const auto watch = [&](const rpc::Call& call) { return Open<AlertsStream>(*service_, "WatchAlerts", call, v1::WatchAlertsRequest()); };
  const auto everything = watch(Analyst());
  const auto owner = watch(By("employees/owner", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()));
  const auto nobody = watch(Specialist());
  const auto has = [](int alerts) {
    return [alerts](const std::vector<AlertsStream::Received>& received) {
      return !received.empty() && received.back().message.alerts_size() == alerts && received.back().message.total_size() == alerts;
    };
  };
  ASSERT_TRUE(everything->WaitFor(has(0)));
  ASSERT_TRUE(owner->WaitFor(has(0)));
  ASSERT_TRUE(nobody->WaitFor(has(0)));
  v1::Alert alert;
  alert.set_name("alerts/a");
  alert.set_owner("employees/owner");
  alert.set_state(v1::Alert::STATE_OPEN);
  *alert.mutable_episode_time() = *alert.mutable_last_breach_time() = time::ToTimestamp(clock_.Now());
  const record::Kind<v1::Alert> kind(store_, &AlertMachine());
  const auto write = [&](const std::function<absl::Status(record::Transaction&)>& work) {
    ASSERT_THAT(store_.Write(Analyst(), work), IsOk());
  };
  write([&](record::Transaction& tx) { return kind.Insert(tx, alert, "open"); });
  ASSERT_TRUE(everything->WaitFor(has(1)));
  ASSERT_TRUE(owner->WaitFor(has(1)));
  EXPECT_THAT(nobody->received(), SizeIs(1));
  Must(Call<v1::Alert>("AcknowledgeAlert", Analyst(), Proto<v1::AcknowledgeAlertRequest>("name: 'alerts/a'")));
  ASSERT_TRUE(everything->WaitFor([](const auto& received) {
    return received.back().message.alerts_size() == 1 && received.back().message.alerts(0).state() == v1::Alert::STATE_ACKNOWLEDGED;
  }));
  Must(Call<v1::Alert>("ResolveAlert", Analyst(), Proto<v1::ResolveAlertRequest>("name: 'alerts/a' cause: 'Rain'")));
  ASSERT_TRUE(everything->WaitFor(has(0)));
  ASSERT_TRUE(owner->WaitFor(has(0)));
  EXPECT_THAT(nobody->received(), SizeIs(1));
}

TEST_F(WatchesTest, AnImportIsFollowedToItsEnd) {
  const std::string content = "user,time\nu1,2026-01-02\n";
  v1::CreateImportRequest request = Proto<v1::CreateImportRequest>(
      "import_id: 'i' import { title: 'T' mapping { format: FORMAT_CSV fields { target: TARGET_EVENT_NAME constant: 'a' } fields { target: "
      "TARGET_USER column: 'user' } fields { target: TARGET_OCCUR_TIME column: 'time' } } }");
  request.mutable_import()->set_size_bytes(static_cast<int64_t>(content.size()));
  request.mutable_import()->set_sha256(text::Sha256Hex(content));
  Must(Call<v1::Import>("CreateImport", Analyst(), request));
  const auto watch = [&](const std::string& name) {
    return Open<ImportStream>(*service_, "WatchImport", Analyst(), Proto<v1::WatchImportRequest>("name: '" + name + "'"));
  };
  EXPECT_TRUE(absl::IsNotFound(watch("imports/none")->end()));
  const auto stream = watch("imports/i");
  const auto is = [](v1::Import::State state) {
    return [state](const std::vector<ImportStream::Received>& received) {
      return !received.empty() && received.back().message.import().state() == state;
    };
  };
  ASSERT_TRUE(stream->WaitFor(is(v1::Import::STATE_UPLOADING)));
  v1::UploadImportRequest piece;
  piece.set_name("imports/i");
  piece.set_data(content);
  piece.set_sha256(text::Sha256Hex(content));
  Must(Call<v1::Import>("UploadImport", Analyst(), piece));
  for (int i = 0; i < 5; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  ASSERT_TRUE(stream->WaitFor(is(v1::Import::STATE_READY)));
  Must(Call<v1::Import>("StartImport", Analyst(), Proto<v1::StartImportRequest>("name: 'imports/i'")));
  for (int i = 0; i < 5; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  ASSERT_TRUE(stream->WaitForEnd());
  EXPECT_THAT(stream->end(), IsOk());
  EXPECT_TRUE(is(v1::Import::STATE_DONE)(stream->received()));
  EXPECT_EQ(stream->received().back().message.import().accepted_count(), 1);
}

TEST_F(WatchesTest, WhoWatchesTooMuchIsRefused) {
  Service strict(service::Context{store_, clock_, jobs_, [this](const std::string& target) -> client::Client& { return clients_[target]; }},
                 WatchLimits{.total = 3, .of_one = 2});
  const auto watch = [&](const rpc::Call& call) { return Open<AlertsStream>(strict, "WatchAlerts", call, v1::WatchAlertsRequest()); };
  const auto first = watch(Analyst()), second = watch(Analyst()), third = watch(Analyst());
  EXPECT_THAT(third->end(), HasReason("TOO_MANY_WATCHES"));
  const auto other = watch(Specialist()), refused = watch(Manager());
  EXPECT_THAT(refused->end(), HasReason("TOO_MANY_WATCHES"));
  first->Leave();
  EXPECT_THAT(watch(Manager())->end(), IsOk());
}

// Ten thousand streams of twenty questions.
TEST_F(WatchesTest, ACrowdIsToldOfAChange) {
  Service open(service::Context{store_, clock_, jobs_, [this](const std::string& target) -> client::Client& { return clients_[target]; }},
               WatchLimits{.total = 10'000, .of_one = 10'000});
  Deliver(1);
  std::vector<std::shared_ptr<QuestionStream>> crowd;
  for (int i = 0; i < 10'000; ++i) {
    crowd.push_back(
        Open<QuestionStream>(open, "WatchQuestion", Specialist(),
                             Proto<v1::WatchQuestionRequest>(absl::StrCat("question { ", kOfJanuary, " figures { top: ", 1 + i % 20,
                                                                          " figure { events { event_name: 'purchase' } } } }"))));
  }
  EXPECT_THAT(
      Open<QuestionStream>(open, "WatchQuestion", Specialist(), Proto<v1::WatchQuestionRequest>("question { " + Count() + " }"))->end(),
      HasReason("TOO_MANY_WATCHES"));
  for (const auto& stream : crowd) ASSERT_TRUE(stream->WaitFor(Figure(1), 60s));
  const auto start = std::chrono::steady_clock::now();
  Deliver(2);
  for (const auto& stream : crowd) ASSERT_TRUE(stream->WaitFor(Figure(3), 60s));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  RecordProperty("milliseconds_to_all", static_cast<int>(took.count()));
  EXPECT_LT(took, 30s);
}

}  // namespace
}  // namespace heitie::metrics
