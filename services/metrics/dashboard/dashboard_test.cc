#include "services/metrics/dashboard/dashboard.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/metrics/v1/dashboard.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/saved_question.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/dashboard/dashboard_answer.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using google::protobuf::Empty;
using heitie::test::By;
using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Dashboard;
using v1::SavedQuestion;

constexpr char kJanuary[] = "period { dates { start_date { year: 2026 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 31 } } } ";

std::string CountOf(const std::string& event) {
  return absl::StrCat(kJanuary, "figures { figure { events { event_name: '", event, "' } } }");
}

std::string TileOf(const std::string& id, int row, const std::string& what, const std::string& form = "FORM_TABLE") {
  return absl::StrCat("tiles { id: '", id, "' form: ", form, " row: ", row, " width: 6 height: 1 ", what, " } ");
}

class DashboardTest : public heitie::test::ServiceTest<Service> {
 protected:
  DashboardTest() : ServiceTest("metrics") { clock_.Set(absl::FromCivil(absl::CivilDay(2026, 1, 20), service::DefaultTimeZone())); }

  template <typename T>
  static T Must(absl::StatusOr<T> result) {
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *std::move(result) : T();
  }
  rpc::Call Colleague() const { return By("employees/sales", {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  rpc::Call OtherSpecialist() const { return By("employees/other", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }
  rpc::Call Engineer() const { return By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()); }

  absl::StatusOr<SavedQuestion> Save(const rpc::Call& call, const std::string& id, const std::string& text) {
    return Call<SavedQuestion>("CreateSavedQuestion", call,
                               Proto<v1::CreateSavedQuestionRequest>(
                                   absl::StrCat("saved_question_id: '", id, "' saved_question { title: 'Q ", id, "' ", text, " }")));
  }
  absl::StatusOr<SavedQuestion> Change(const rpc::Call& call, const std::string& id, const std::string& text, const std::string& mask) {
    return Call<SavedQuestion>("UpdateSavedQuestion", call,
                               Proto<v1::UpdateSavedQuestionRequest>(absl::StrCat("saved_question { name: 'savedQuestions/", id, "' ", text,
                                                                                  " } update_mask { paths: '", mask, "' }")));
  }
  absl::StatusOr<Empty> DeleteSaved(const rpc::Call& call, const std::string& id) {
    return Call<Empty>("DeleteSavedQuestion", call, Proto<v1::DeleteSavedQuestionRequest>("name: 'savedQuestions/" + id + "'"));
  }
  absl::StatusOr<Dashboard> Make(const rpc::Call& call, const std::string& id, const std::string& text) {
    return Call<Dashboard>(
        "CreateDashboard", call,
        Proto<v1::CreateDashboardRequest>(absl::StrCat("dashboard_id: '", id, "' dashboard { title: 'Board' ", text, " }")));
  }
  absl::StatusOr<Dashboard> Alter(const rpc::Call& call, const std::string& id, const std::string& text, const std::string& mask) {
    return Call<Dashboard>("UpdateDashboard", call,
                           Proto<v1::UpdateDashboardRequest>(
                               absl::StrCat("dashboard { name: 'dashboards/", id, "' ", text, " } update_mask { paths: '", mask, "' }")));
  }
  absl::StatusOr<Dashboard> Get(const rpc::Call& call, const std::string& id) {
    return Call<Dashboard>("GetDashboard", call, Proto<v1::GetDashboardRequest>("name: 'dashboards/" + id + "'"));
  }
  absl::StatusOr<v1::AnswerDashboardResponse> Answer(const rpc::Call& call, const std::string& id, const std::string& more = "") {
    return Call<v1::AnswerDashboardResponse>("AnswerDashboard", call,
                                             Proto<v1::AnswerDashboardRequest>("name: 'dashboards/" + id + "' " + more));
  }
  template <typename Response, typename Request>
  int ListedBy(const std::string& method, const rpc::Call& call) {
    const auto response = Call<Response>(method, call, Request());
    EXPECT_THAT(response, IsOk());
    const auto* field = Response::descriptor()->field(0);
    return response.ok() ? response->GetReflection()->FieldSize(*response, field) : -1;
  }
  void Deliver(const std::string& event, int count, const std::string& more = "") {
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(++sequence_);
    for (int i = 0; i < count; ++i) {
      v1::Event& one = *request.add_events();
      one = Proto<v1::Event>(more);
      one.set_event_name(event);
      one.set_user(absl::StrCat("u", i));
      *one.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Hours(1));
    }
    ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
  }
  static double ValueOf(const v1::TileAnswer& tile) { return tile.answer().body().figures().all().total().value(); }

  int64_t sequence_ = 0;
};

TEST_F(DashboardTest, EachChangeOfWhatItSaysIsAVersion) {
  EXPECT_EQ(Must(Save(Specialist(), "s", "question { " + CountOf("a") + " }")).version(), 1);
  EXPECT_EQ(Must(Change(Specialist(), "s", "readers: ROLE_DATA_ANALYST", "readers")).version(), 1)
      << "sharing changes nothing that is said";
  EXPECT_EQ(Must(Change(Specialist(), "s", "title: 'B'", "title")).version(), 2);
  const SavedQuestion third = Must(Change(Manager(), "s", "question { " + CountOf("b") + " }", "question"));
  EXPECT_EQ(third.version(), 3);
  EXPECT_EQ(third.editor(), "employees/manager");
  EXPECT_EQ(Must(Change(Specialist(), "s", "title: 'B'", "title")).version(), 3) << "nothing differs";
  const auto versions = Must(Call<v1::ListSavedQuestionVersionsResponse>(
      "ListSavedQuestionVersions", Analyst(), Proto<v1::ListSavedQuestionVersionsRequest>("parent: 'savedQuestions/s'")));
  ASSERT_THAT(versions.saved_question_versions(), SizeIs(3));
  const auto& first = versions.saved_question_versions(0);
  EXPECT_EQ(first.name(), "savedQuestions/s/versions/1");
  EXPECT_EQ(first.title(), "Q s");
  EXPECT_EQ(first.question().figures().figure().events().event_name(), "a");
  EXPECT_EQ(first.editor(), "employees/specialist");
  EXPECT_EQ(versions.saved_question_versions(2).question().figures().figure().events().event_name(), "b");
  EXPECT_THAT(DeleteSaved(Specialist(), "s"), IsOk());
  EXPECT_TRUE(
      absl::IsNotFound(Call<v1::SavedQuestionVersion>("GetSavedQuestionVersion", Manager(),
                                                      Proto<v1::GetSavedQuestionVersionRequest>("name: 'savedQuestions/s/versions/1'"))
                           .status()));
}

TEST_F(DashboardTest, RolesSeeWhatIsSharedWithThem) {
  Must(Make(Specialist(), "private", ""));
  Must(Make(Specialist(), "analysts", "readers: ROLE_DATA_ANALYST"));
  Must(Make(Specialist(), "all", "readers: ROLE_DATA_ANALYST readers: ROLE_OPERATIONS_SPECIALIST readers: ROLE_DEPARTMENT_MEMBER"));
  const auto count = [&](const rpc::Call& call) {
    return ListedBy<v1::ListDashboardsResponse, v1::ListDashboardsRequest>("ListDashboards", call);
  };
  EXPECT_EQ(count(Specialist()), 3);
  EXPECT_EQ(count(Manager()), 3);
  EXPECT_EQ(count(Analyst()), 2);
  EXPECT_EQ(count(OtherSpecialist()), 1);
  EXPECT_EQ(count(Colleague()), 1);
  EXPECT_EQ(count(Engineer()), 0);
  EXPECT_TRUE(absl::IsNotFound(Get(Colleague(), "private").status()));
  EXPECT_TRUE(absl::IsNotFound(Answer(Colleague(), "analysts").status()));
  EXPECT_TRUE(absl::IsNotFound(Alter(Analyst(), "private", "title: 'x'", "title").status()));
  EXPECT_THAT(Alter(Analyst(), "analysts", "title: 'x'", "title"), HasReason("OWNED_BY_ANOTHER"));
  EXPECT_THAT(Call<Dashboard>("UpdateDashboard", Colleague(), v1::UpdateDashboardRequest()), HasReason("PERMISSION_DENIED"));
  // What was readable follows what is: the versions of before as well.
  const auto version = [&](const rpc::Call& call) {
    return Call<v1::DashboardVersion>("GetDashboardVersion", call,
                                      Proto<v1::GetDashboardVersionRequest>("name: 'dashboards/all/versions/1'"))
        .status();
  };
  EXPECT_THAT(version(Colleague()), IsOk());
  Must(Alter(Specialist(), "all", "readers: ROLE_DATA_ANALYST", "readers"));
  EXPECT_TRUE(absl::IsNotFound(version(Colleague())));
  EXPECT_THAT(version(Analyst()), IsOk());
  EXPECT_THAT(Make(Analyst(), "given", "owner: 'employees/other'"), HasReason("OWNED_BY_ANOTHER"));
  EXPECT_THAT(Make(Manager(), "given", "owner: 'employees/other'"), IsOk());
}

TEST_F(DashboardTest, WhoLeavesHandsThemOver) {
  Must(Make(Specialist(), "d", ""));
  const auto handed = Call<type::v1::Holding>(
      "HandOver", Manager(),
      Proto<type::v1::HandOverRequest>(
          "resource: 'dashboards/d' field: 'owner' employee: 'employees/specialist' successor: 'employees/other' reason: 'Leaves'"));
  ASSERT_THAT(handed, IsOk());
  EXPECT_EQ(Must(Get(OtherSpecialist(), "d")).owner(), "employees/other");
  EXPECT_THAT(Call<v1::DashboardVersion>("GetDashboardVersion", OtherSpecialist(),
                                         Proto<v1::GetDashboardVersionRequest>("name: 'dashboards/d/versions/1'")),
              IsOk());
  EXPECT_TRUE(absl::IsNotFound(Get(Specialist(), "d").status()));
}

TEST_F(DashboardTest, EveryErrorIsToldWithItsPlace) {
  Must(Save(Analyst(), "hidden", "question { " + CountOf("a") + " }"));
  Must(Save(Specialist(), "own", "question { " + CountOf("a") + " }"));
  EXPECT_THAT(Make(Specialist(), "d",
                   "readers: ROLE_PRODUCER " + TileOf("a", 0, "saved_question: 'savedQuestions/hidden'") +
                       TileOf("b", 1, "saved_question: 'savedQuestions/own' question_version: 2") +
                       TileOf("c", 2, "saved_question: 'savedQuestions/own'", "FORM_COHORT") +
                       TileOf("c", 2, "question { " + CountOf("x") + " }", "FORM_NUMBER")),
              heitie::test::HasViolations("dashboard.readers[0] BAD_READER", "dashboard.tiles[3].id BAD_TILE",
                                          "dashboard.tiles[3].row BAD_TILE", "dashboard.tiles[0].saved_question BAD_TILE",
                                          "dashboard.tiles[1].question_version BAD_TILE", "dashboard.tiles[2].form BAD_TILE"));
  EXPECT_TRUE(absl::IsNotFound(Get(Specialist(), "d").status()));
  EXPECT_THAT(Save(Specialist(), "bad", "question { period { } figures { figure { events { event_name: 'a' } } } }"),
              heitie::test::HasViolation("saved_question.question.period", "BAD_PERIOD"));
}

TEST_F(DashboardTest, AQuestionOnADashboardIsNotDeleted) {
  Must(Save(Specialist(), "s", "question { " + CountOf("a") + " } readers: ROLE_DATA_ANALYST"));
  const std::string tile = TileOf("a", 0, "saved_question: 'savedQuestions/s'");
  Must(Make(Specialist(), "one", tile));
  Must(Make(Specialist(), "two", tile));
  const auto refused = DeleteSaved(Specialist(), "s");
  EXPECT_THAT(refused, HasReason("SAVED_QUESTION_IN_USE"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("dashboards/one, dashboards/two"));
  Must(Alter(Specialist(), "one", TileOf("a", 0, "question { " + CountOf("a") + " }"), "tiles"));
  ASSERT_THAT(Call<Empty>("DeleteDashboard", Specialist(), Proto<v1::DeleteDashboardRequest>("name: 'dashboards/two'")), IsOk());
  Must(Make(Analyst(), "analysts", tile));
  EXPECT_THAT(DeleteSaved(Specialist(), "s"), HasReason("SAVED_QUESTION_IN_USE_UNSEEN"));
  EXPECT_THAT(DeleteSaved(Manager(), "s"), HasReason("SAVED_QUESTION_IN_USE"));
  ASSERT_THAT(Call<Empty>("DeleteDashboard", Analyst(), Proto<v1::DeleteDashboardRequest>("name: 'dashboards/analysts'")), IsOk());
  EXPECT_THAT(DeleteSaved(Specialist(), "s"), IsOk());
}

// A question is deleted while dashboards are made of it: either it is gone and none shows it, or it stays.
TEST_F(DashboardTest, DeletingAndShowingRace) {
  for (int round = 0; round < 8; ++round) {
    const std::string id = absl::StrCat("s", round);
    Must(Save(Specialist(), id, "question { " + CountOf("a") + " }"));
    std::vector<std::thread> threads;
    std::atomic<int> shown{0}, deleted{0};
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        shown += Make(Specialist(), absl::StrCat("d", round, "-", t), TileOf("a", 0, "saved_question: 'savedQuestions/" + id + "'")).ok();
      });
    }
    threads.emplace_back([&] { deleted += DeleteSaved(Specialist(), id).ok(); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_NE(shown > 0, deleted > 0) << shown << " " << deleted;
  }
}

TEST_F(DashboardTest, OneCallAnswersAllTilesAndNamesThoseThatFail) {
  Deliver("purchase", 7, "dimensions { key: 'channel' value: 'web' }");
  Deliver("purchase", 3, "dimensions { key: 'channel' value: 'app' }");
  Deliver("visit", 20);
  Must(Save(Specialist(), "buys", "question { " + CountOf("purchase") + " }"));
  Must(Make(Specialist(), "d",
            "readers: ROLE_DEPARTMENT_MEMBER " + TileOf("buys", 0, "saved_question: 'savedQuestions/buys'", "FORM_NUMBER") +
                TileOf("visits", 1, "title: 'Visits' question { " + CountOf("visit") + " }") +
                TileOf("lost", 2, absl::StrCat("question { ", kJanuary, "figures { figure { metric: 'metricDefinitions/none' } } }"))));
  const auto answer = Must(Answer(Colleague(), "d"));
  ASSERT_THAT(answer.tiles(), SizeIs(3));
  EXPECT_EQ(answer.dashboard().name(), "dashboards/d/versions/1");
  EXPECT_EQ(ValueOf(answer.tiles(0)), 10);
  EXPECT_EQ(answer.tiles(0).title(), "Q buys");
  EXPECT_EQ(answer.tiles(0).saved_question_version(), "savedQuestions/buys/versions/1");
  EXPECT_NE(answer.tiles(0).answer().closedness(), v1::Answer::CLOSEDNESS_UNSPECIFIED);
  EXPECT_THAT(answer.tiles(0).answer().digest(), SizeIs(64));
  EXPECT_EQ(ValueOf(answer.tiles(1)), 20);
  EXPECT_EQ(answer.tiles(1).title(), "Visits");
  EXPECT_EQ(answer.tiles(2).status().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(Must(Answer(Specialist(), "d")).digest(), answer.digest());

  const auto web = Must(Answer(Colleague(), "d", "overrides { condition: 'channel = \"web\"' }"));
  EXPECT_EQ(ValueOf(web.tiles(0)), 7);
  EXPECT_EQ(ValueOf(web.tiles(1)), 0);
  EXPECT_EQ(web.tiles(0).question().figures().figure().events().condition(), "channel = \"web\"");
  const auto before =
      Must(Answer(Colleague(), "d",
                  "overrides { period { dates { start_date { year: 2025 month: 1 day: 1 } end_date { year: 2025 month: 1 day: 2 "
                  "} } } }"));
  EXPECT_EQ(ValueOf(before.tiles(0)), 0);
  EXPECT_THAT(Answer(Colleague(), "d", "overrides { condition: 'a >' period { } }"),
              heitie::test::HasViolations("overrides.period BAD_PERIOD", "overrides.condition BAD_EVENT_FILTER"));

  // A changed question is asked in its newest version, an earlier version of the dashboard shows what it was made of.
  Must(Change(Specialist(), "buys", "question { " + CountOf("visit") + " }", "question"));
  Must(Alter(Specialist(), "d", TileOf("only", 0, "saved_question: 'savedQuestions/buys' question_version: 1"), "tiles"));
  const auto pinned = Must(Answer(Colleague(), "d"));
  ASSERT_THAT(pinned.tiles(), SizeIs(1));
  EXPECT_EQ(ValueOf(pinned.tiles(0)), 10);
  const auto first = Must(Answer(Colleague(), "d", "version: 1"));
  ASSERT_THAT(first.tiles(), SizeIs(3));
  EXPECT_EQ(ValueOf(first.tiles(0)), 20);
  EXPECT_NE(first.digest(), answer.digest());
  EXPECT_TRUE(absl::IsNotFound(Answer(Colleague(), "d", "version: 9").status()));
}

// Whatever is delivered meanwhile, tiles that ask the same are of one moment.
TEST_F(DashboardTest, AllTilesAreOfOneMoment) {
  const std::string same = "question { " + CountOf("purchase") + " }";
  std::string tiles;
  for (int i = 0; i < 6; ++i) tiles += TileOf(absl::StrCat("t", i), i, same);
  Must(Make(Specialist(), "d", tiles));
  std::atomic<bool> stop{false};
  std::thread producer([&] {
    while (!stop) Deliver("purchase", 1);
  });
  for (int round = 0; round < 30; ++round) {
    const auto answer = Must(Answer(Specialist(), "d"));
    for (const auto& tile : answer.tiles()) EXPECT_EQ(ValueOf(tile), ValueOf(answer.tiles(0)));
  }
  stop = true;
  producer.join();
  EXPECT_GT(ValueOf(Must(Answer(Specialist(), "d")).tiles(0)), 0);
}

// Whose figures of one name take long.
class SlowSnapshot : public DatabaseSnapshot {
 public:
  using DatabaseSnapshot::DatabaseSnapshot;
  absl::Status Cells(const CellQuery& query,
                     const std::function<absl::Status(absl::CivilDay, const std::string&, const Cell&)>& take) override {
    if (query.series.name == "slow") absl::SleepFor(absl::Milliseconds(1850));
    return DatabaseSnapshot::Cells(query, take);
  }
};

// What the service makes, on slow snapshots.
struct SlowAnswers {
  explicit SlowAnswers(record::Store& store)
      : definitions(store),
        active(store),
        segments(store, zone),
        questions(store, definitions.kind(), active, segments, SourcesOn(store), zone),
        saved(store, zone, nullptr),
        dashboards(store, saved, zone),
        answers(dashboards, saved, questions, zone) {}
  static QuestionSources SourcesOn(record::Store& store) {
    return {[&store](const rpc::Call& call, const std::optional<std::string>&, const QuestionSources::Work& work) {
              return store.database().Snapshot(call.deadline, [&](sql::Session& session) {
                SlowSnapshot snapshot(session);
                return work(session, snapshot, "");
              });
            },
            ReadSource, [](sql::Session&, const Series&) -> absl::StatusOr<Closing> { return Closing{}; }};
  }

  const absl::TimeZone zone = service::DefaultTimeZone();
  MetricDefinitions definitions;
  ActiveUserDefinitions active;
  Segments segments;
  Questions questions;
  SavedQuestions saved;
  Dashboards dashboards;
  DashboardAnswers answers;
};

// A tile that takes too long fails, as do those after it; what was answered before reaches the caller in time.
TEST_F(DashboardTest, WhatFindsNoTimeIsATileThatFailed) {
  Must(Make(Specialist(), "d",
            TileOf("quick", 0, "question { " + CountOf("quick") + " }") + TileOf("slow", 1, "question { " + CountOf("slow") + " }") +
                TileOf("late", 2, "question { " + CountOf("late") + " }")));
  SlowAnswers slow(store_);
  rpc::Call call = Specialist();
  call.deadline = absl::Now() + absl::Seconds(2);
  const auto board = slow.answers.Read(call, "dashboards/d", 0, {});
  ASSERT_THAT(board, IsOk());
  EXPECT_LT(absl::Now(), call.deadline);
  ASSERT_THAT(board->tiles, SizeIs(3));
  EXPECT_THAT(board->tiles[0].answer, IsOk());
  EXPECT_TRUE(absl::IsDeadlineExceeded(board->tiles[1].answer.status())) << board->tiles[1].answer.status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(board->tiles[2].answer.status())) << board->tiles[2].answer.status();
}

// Sixteen people open a dashboard whose answers take long, at the same time and again: each tile is computed once.
TEST_F(DashboardTest, WhoOpenItTogetherCostOneAnswerForEachTile) {
  Deliver("slow", 3);
  Must(Make(Specialist(), "d",
            TileOf("a", 0, "question { " + CountOf("slow") + " }") + TileOf("b", 1, "question { " + CountOf("visit") + " }")));
  SlowAnswers slow(store_);
  std::vector<std::thread> people;
  for (int t = 0; t < 16; ++t) {
    people.emplace_back([&] {
      for (int i = 0; i < 3; ++i) {
        rpc::Call call = Specialist();
        call.deadline = absl::Now() + absl::Seconds(20);
        const auto board = slow.answers.Read(call, "dashboards/d", 0, {});
        ASSERT_THAT(board, IsOk());
        ASSERT_THAT(board->tiles[0].answer, IsOk());
        EXPECT_EQ(board->tiles[0].answer->body().figures().all().total().value(), 3);
      }
    });
  }
  for (std::thread& person : people) person.join();
  EXPECT_EQ(slow.questions.cache().stats().computed, 2);
}

TEST_F(DashboardTest, VersionsAreBounded) {
  Must(Make(Specialist(), "d", ""));
  Dashboard before = Must(Get(Specialist(), "d")), after = before;
  before.set_version(kMostVersions);
  after.set_version(kMostVersions);
  after.set_title("Another");
  using BoardVersions = Versions<Dashboard, v1::DashboardVersion>;
  EXPECT_THAT(BoardVersions::Number(Specialist(), &before, after), HasReason("TOO_MANY_VERSIONS"));
  after = before;
  after.add_readers(options::v1::ROLE_DATA_ANALYST);
  EXPECT_THAT(BoardVersions::Number(Specialist(), &before, after), IsOk());
}

}  // namespace
}  // namespace heitie::metrics
