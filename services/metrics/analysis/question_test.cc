#include "services/metrics/analysis/question.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/analysis/question_answer.h"
#include "services/metrics/analysis/question_plan.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/engine/fake_snapshot.h"
#include "services/metrics/engine/sketch.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;

constexpr char kDays[] = "period { dates { start_date { year: 2025 month: 12 day: 20 } end_date { year: 2025 month: 12 day: 28 } } } ";

// One of each kind.
std::vector<std::string> AllKinds() {
  return {
      absl::StrCat(kDays,
                   "granularity: TIME_UNIT_DAY figures { figure { events { event_name: 'a' } measure: MEASURE_USERS } breakdown: 'channel' "
                   "top: 2 }"),
      absl::StrCat(kDays,
                   "comparison: COMPARISON_SAME_WEEKDAYS figures { figure { events { event_name: 'a' condition: 'quantity > 1' } "
                   "measure: MEASURE_QUANTILE minor: true quantile: 0.9 } }"),
      absl::StrCat(kDays,
                   "figures { figure { events { event_name: 'a' } measure: MEASURE_SUM } denominator { events { event_name: 'b' } } "
                   "breakdown: 'city' "
                   "breakdown: 'channel' top: 3 }"),
      absl::StrCat(kDays, "active_users { events { event_name: 'a' } events { event_name: 'b' condition: 'city:*' } }"),
      absl::StrCat(kDays, "granularity: TIME_UNIT_WEEK week_start: SUNDAY growth { events { event_name: 'a' } }"),
      absl::StrCat(kDays,
                   "retention { start_events { event_name: 'a' } returning_events { event_name: 'b' } kind: KIND_ROLLING horizon: 4 }"),
      absl::StrCat(kDays, "retention { start_events { event_name: 'a' } horizon: 3 }"),
      absl::StrCat(kDays,
                   "funnel { steps { events { event_name: 'a' } } steps { events { event_name: 'b' } within { seconds: 90000 } } "
                   "steps { events { event_name: 'a' } } window { seconds: 200000 } exclusions { events { event_name: 'c' } after_step: 1 "
                   "before_step: 2 } breakdown: 'city' quantiles: 0.5 quantiles: 0.9 }"),
      absl::StrCat(kDays,
                   "comparison: COMPARISON_SAME_LENGTH_BEFORE contribution { figure { events { event_name: 'a' } measure: MEASURE_USERS } "
                   "breakdown: 'channel' }"),
      absl::StrCat(
          kDays,
          "comparison: COMPARISON_SAME_LENGTH_BEFORE contribution { figure { events { event_name: 'a' } measure: MEASURE_SUM minor: true } "
          "denominator { events { event_name: 'a' } } breakdown: 'city' }"),
      "period { dates { start_date { year: 2025 month: 12 day: 28 } end_date { year: 2025 month: 12 day: 28 } } } what_changed { "
      "breakdown: 'channel' "
      "deviations: 0.1 candidates { title: 'A' figure { events { event_name: 'a' } measure: MEASURE_USERS } } candidates { title: 'None' "
      "figure { "
      "events { event_name: 'nothing' } } } }",
      "period { window { start_time { seconds: 1766221200 } end_time { seconds: 1766821200 } } } granularity: TIME_UNIT_HOUR "
      "figures { figure { events { event_name: 'a' } per_user: true } }",
  };
}

class QuestionTest : public heitie::test::ServiceTest<Service> {
 protected:
  QuestionTest() : ServiceTest("metrics") {}

  absl::StatusOr<v1::AskQuestionsResponse> Ask(const rpc::Call& call, const v1::AskQuestionsRequest& request) {
    return Call<v1::AskQuestionsResponse>("AskQuestions", call, request);
  }
  absl::StatusOr<v1::AskQuestionsResponse> Ask(const std::string& question) {
    return Ask(Specialist(), Proto<v1::AskQuestionsRequest>("questions { " + question + " }"));
  }

  // Events of December, in batches.
  std::vector<Point> IngestRandomEvents(unsigned seed, int count) {
    std::mt19937 random(seed);
    const analysis::Calendar calendar = analysis::BusinessCalendar();
    const std::vector<Point> points =
        analysis::RandomEvents(random, count, 30, {absl::CivilDay(2025, 12, 10), absl::CivilDay(2025, 12, 30)}, calendar);
    v1::IngestEventsRequest request;
    request.set_producer(absl::StrCat("producers/shop-", seed));
    for (size_t i = 0; i < points.size(); ++i) {
      const Point& point = points[i];
      v1::Event& event = *request.add_events();
      event.set_event_name(point.name);
      event.set_user(point.user);
      event.set_activity(point.activity);
      *event.mutable_occur_time() = time::ToTimestamp(point.occur_time);
      event.mutable_dimensions()->insert(point.dimensions.begin(), point.dimensions.end());
      event.mutable_properties()->insert(point.properties.begin(), point.properties.end());
      if (point.value_minor.has_value()) event.set_value_minor(*point.value_minor);
      if (point.value.has_value()) event.set_value(*point.value);
      if (request.events_size() < 100 && i + 1 < points.size()) continue;
      request.set_sequence(request.sequence() + 1);
      EXPECT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
      request.clear_events();
    }
    return points;
  }

  absl::StatusOr<v1::Segment> CreateSegment(const std::string& id, const std::string& text) {
    return Call<v1::Segment>("CreateSegment", Analyst(),
                             Proto<v1::CreateSegmentRequest>("segment_id: '" + id + "' segment { display_name: 'S' " + text + " }"));
  }
};

// What the service answers from its tables is what the computations answer from the events themselves.
TEST_F(QuestionTest, TheDatabaseAnswersAsTheEventsDo) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  const std::vector<Point> points = IngestRandomEvents(1, 700);
  FakeSnapshot fake(points);
  v1::AskQuestionsRequest request;
  for (const std::string& text : AllKinds()) *request.add_questions() = Proto<v1::Question>(text);
  // Until the producer says that nothing more comes, its newest event bounds what is closed.
  v1::AskQuestionsRequest recent;
  *recent.add_questions() = request.questions(0);
  *recent.mutable_questions(0)->mutable_period() =
      Proto<v1::QuestionPeriod>("dates { start_date { year: 2025 month: 12 day: 28 } end_date { year: 2026 month: 1 day: 31 } }");
  const auto open = Ask(Specialist(), recent);
  ASSERT_THAT(open, IsOk());
  EXPECT_EQ(open->answers(0).closedness(), v1::Answer::CLOSEDNESS_OPEN);
  v1::DeclareCompleteRequest declare;
  declare.set_name("producers/shop-1");
  *declare.mutable_complete_time() = time::ToTimestamp(clock_.Now());
  ASSERT_THAT(Call<v1::Producer>("DeclareComplete", Analyst(), declare), IsOk());
  for (const bool folded : {false, true}) {
    if (folded) {
      clock_.Advance(absl::Minutes(1));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
    const auto response = Ask(Specialist(), request);
    ASSERT_THAT(response, IsOk());
    ASSERT_EQ(response->answers_size(), request.questions_size());
    EXPECT_EQ(response->answers(0).closedness(), v1::Answer::CLOSEDNESS_CLOSED);
    for (int i = 0; i < request.questions_size(); ++i) {
      status::BadFields bad;
      const analysis::QuestionPlan plan =
          analysis::PlanOf(request.questions(i), analysis::BusinessCalendar().zone, clock_.Now(), "question", bad);
      ASSERT_TRUE(bad.empty());
      const auto body = analysis::BodyOf(fake, plan, nullptr, clock_.Now());
      ASSERT_THAT(body, IsOk());
      EXPECT_EQ(response->answers(i).body().ShortDebugString(), body->ShortDebugString()) << request.questions(i).ShortDebugString();
      EXPECT_NE(response->answers(i).closedness(), v1::Answer::CLOSEDNESS_OPEN) << "a name that nobody delivers is unknown";
      EXPECT_GT(response->answers(i).sources(0).source().version(), 0);
    }
  }
}

// Users lie in several ranges of ordinals, which little memory cuts further; what each part says adds up to the same.
TEST_F(QuestionTest, InLittleMemoryTheDatabaseAnswersTheSame) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  ASSERT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                    [](sql::Session& session) -> absl::Status {
                                      for (int i = 0; i < 30; ++i) {
                                        RETURN_IF_ERROR(session
                                                            .Execute("INSERT INTO known_user (user_id, ordinal) VALUES (?, ?)",
                                                                     sql::Bind(absl::StrCat("u", i), i * 450'001))
                                                            .status());
                                      }
                                      return session.Execute("UPDATE user_counter SET next_ordinal = 20000000").status();
                                    }),
              IsOk());
  IngestRandomEvents(1, 700);
  ASSERT_THAT(CreateSegment("many", "conditions { id: 'often' kind: KIND_DAYS least: 2 events { event_name: 'a' } } expression: 'often'"),
              IsOk());
  v1::AskQuestionsRequest request;
  for (const std::string& text : AllKinds()) *request.add_questions() = Proto<v1::Question>(text);
  *request.add_questions() = Proto<v1::Question>(AllKinds()[3] + " segments: 'segments/many' explain: true");
  Service small(service::Context{store_,
                                 clock_,
                                 jobs_,
                                 [this](const std::string& target) -> client::Client& { return clients_[target]; },
                                 service::DefaultTimeZone(),
                                 people_,
                                 {.memory_bytes = 6000}});
  for (const bool folded : {false, true}) {
    if (folded) {
      clock_.Advance(absl::Minutes(1));
      ASSERT_THAT(jobs_.RunDue(), IsOk());
    }
    const auto usual = Ask(Specialist(), request);
    const auto little = small.rpc().Invoke<v1::AskQuestionsResponse>("AskQuestions", Specialist(), request);
    ASSERT_THAT(usual, IsOk());
    ASSERT_THAT(little, IsOk());
    for (int i = 0; i < request.questions_size(); ++i) {
      EXPECT_EQ(little->answers(i).ShortDebugString(), usual->answers(i).ShortDebugString()) << i << ' ' << folded;
    }
    EXPECT_GT(usual->answers(0).body().figures().all().total().count(), 50);
    ASSERT_THAT(database_.get().Snapshot(absl::Now() + absl::Seconds(20),
                                         [](sql::Session& session) -> absl::Status {
                                           DatabaseSnapshot snapshot(session);
                                           const Days days{absl::CivilDay(2025, 12, 1), absl::CivilDay(2025, 12, 31)};
                                           const Snapshot::CellQuery query{{kEventKind, "a"}, "", "", days, {}};
                                           ASSIGN_OR_RETURN(const std::vector<Users> slices, snapshot.CellSlices({query}, 64, 3000));
                                           EXPECT_GT(slices.size(), 6U);
                                           Cell all, parts;
                                           const auto add = [](Cell& to) {
                                             return [&to](absl::CivilDay, const std::string&, const Cell& cell) {
                                               to.Add(cell);
                                               return absl::OkStatus();
                                             };
                                           };
                                           RETURN_IF_ERROR(snapshot.Cells(query, add(all)));
                                           for (const Users& users : slices) {
                                             Snapshot::CellQuery part = query;
                                             part.users = users;
                                             RETURN_IF_ERROR(snapshot.Cells(part, add(parts)));
                                           }
                                           EXPECT_EQ(parts.count, all.count);
                                           EXPECT_EQ(parts.users, all.users);
                                           EXPECT_TRUE(parts.sum_minor == all.sum_minor);
                                           EXPECT_EQ(parts.value_count, all.value_count);
                                           EXPECT_TRUE(parts.value_sum == all.value_sum);
                                           return absl::OkStatus();
                                         }),
                IsOk());
  }
}

// Quantiles once rows are gone: from the figures that were folded, labelled with how far they may be off.
TEST_F(QuestionTest, QuantilesOfRowsThatAreGoneSayHowFarTheyAreOff) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  IngestRandomEvents(1, 700);
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  const std::string question =
      absl::StrCat(kDays,
                   "granularity: TIME_UNIT_DAY figures { figure { events { event_name: 'a' } measure: MEASURE_QUANTILE minor: true "
                   "quantile: 0.9 } }");
  const auto exact = Ask(question);
  ASSERT_THAT(exact, IsOk());
  const auto run = [&](const std::string& statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  };
  run("UPDATE series SET raw_since = '2026-01-15'");
  run("INSERT INTO series (kind, name, version, point_count, raw_since) VALUES ('EVENT', 'a', 0, 0, '2026-01-15') ON DUPLICATE KEY UPDATE "
      "raw_since = '2026-01-15'");
  run("DELETE FROM row_block");
  const auto estimated = Ask(question);
  ASSERT_THAT(estimated, IsOk());
  const auto& want = exact->answers(0).body().figures().all();
  const auto& got = estimated->answers(0).body().figures().all();
  EXPECT_FALSE(want.total().has_relative_error());
  EXPECT_EQ(got.total().relative_error(), Sketch::kRelativeError);
  EXPECT_NEAR(got.total().value(), want.total().value(), 0.01 * std::abs(want.total().value()));
  EXPECT_EQ(got.total().count(), want.total().count());
  EXPECT_EQ(got.total().users(), want.total().users());
  EXPECT_NE(estimated->answers(0).digest(), exact->answers(0).digest());
  // A version that knows nothing of sketches has added a row: refused as before.
  run("UPDATE day_cell SET point_count = point_count + 1 WHERE name = 'a' AND day = '2025-12-22'");
  run("UPDATE series SET version = version + 1 WHERE name = 'a'");
  EXPECT_THAT(Ask(question), HasReason("RAW_EXPIRED"));
  run("UPDATE day_cell SET point_count = point_count - 1 WHERE name = 'a' AND day = '2025-12-22'");
  run("UPDATE series SET version = version + 1 WHERE name = 'a'");
  EXPECT_THAT(Ask(question), IsOk());
  run("UPDATE day_cell SET sketches = NULL WHERE name = 'a' AND day = '2025-12-22'");
  run("UPDATE series SET version = version + 1 WHERE name = 'a'");
  EXPECT_THAT(Ask(question), HasReason("RAW_EXPIRED"));
}

// Whatever is looked at before and after it: no year that a database does not know.
TEST(QuestionPlanTest, PeriodsLieInKnownTimes) {
  const auto is_bad = [](const std::string& period) {
    status::BadFields bad;
    analysis::PlanOf(Proto<v1::Question>(absl::StrCat("period { ", period, " } growth { events { event_name: 'a' } }")),
                     analysis::BusinessCalendar().zone, absl::UnixEpoch() + absl::Hours(24 * 20000), "question", bad);
    return !bad.empty();
  };
  EXPECT_TRUE(is_bad("dates { start_date { year: 9998 month: 1 day: 1 } end_date { year: 9998 month: 1 day: 1 } }"));
  EXPECT_TRUE(is_bad("window { start_time { seconds: -62135596800 } end_time { seconds: -62135510400 } }"));
  EXPECT_TRUE(is_bad("dates { start_date { year: 2010 month: 1 day: 1 } end_date { year: 2025 month: 1 day: 1 } }"));
  EXPECT_TRUE(is_bad("last { count: 60 unit: TIME_UNIT_YEAR }"));
  EXPECT_FALSE(is_bad("last { count: 10 unit: TIME_UNIT_YEAR }"));
  EXPECT_FALSE(is_bad("dates { start_date { year: 2024 month: 2 day: 29 } end_date { year: 2024 month: 2 day: 29 } }"));
}

// A step of the tenth day; the days before vary by one.
TEST(WhatChangedTest, FindsWhatMovedAndWhoMovedIt) {
  const analysis::Calendar calendar = analysis::BusinessCalendar();
  std::vector<Point> points;
  const auto add = [&](int day, int count, const std::string& name, const std::string& channel) {
    for (int i = 0; i < count; ++i) {
      points.push_back(analysis::EventAt(name, absl::StrCat("u", i), absl::CivilSecond(2026, 1, day, 9), calendar));
      points.back().dimensions["channel"] = channel;
    }
  };
  for (int day = 1; day <= 13; ++day) {
    add(day, 10 + day % 2, "steady", "web");
    add(day, 10 + day % 2, "moved", "web");
    if (day == 13) add(day, 30, "moved", "live");
  }
  FakeSnapshot snapshot(points);
  status::BadFields bad;
  const analysis::QuestionPlan plan = analysis::PlanOf(
      Proto<v1::Question>("period { dates { start_date { year: 2026 month: 1 day: 13 } end_date { year: 2026 month: 1 day: 13 } } } "
                          "what_changed { breakdown: 'channel' candidates { title: 'S' figure { events { event_name: 'steady' } } } "
                          "candidates { title: 'M' figure { events { event_name: 'moved' } } } "
                          "candidates { title: 'N' figure { events { event_name: 'never' } } } }"),
      calendar.zone, absl::InfiniteFuture(), "question", bad);
  ASSERT_TRUE(bad.empty());
  const auto body = analysis::BodyOf(snapshot, plan, nullptr, absl::InfiniteFuture());
  ASSERT_THAT(body, IsOk());
  const v1::WhatChangedAnswer& answer = body->what_changed();
  ASSERT_EQ(answer.moved_size(), 1);
  EXPECT_EQ(answer.moved(0).title(), "M");
  EXPECT_EQ(answer.moved(0).before(), 10);
  EXPECT_EQ(answer.moved(0).after(), 41);
  ASSERT_EQ(answer.moved(0).parts_size(), 2);
  EXPECT_EQ(answer.moved(0).parts(0).value().value(), "live");
  EXPECT_EQ(answer.moved(0).parts(0).change(), 30);
  EXPECT_EQ(answer.moved(0).parts(1).change(), 1);
  ASSERT_EQ(answer.usual_size(), 1);
  EXPECT_EQ(answer.usual(0).title(), "S");
  ASSERT_EQ(answer.not_judged_size(), 1);
}

TEST_F(QuestionTest, TheDigestTellsWhetherAnythingChanged) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  IngestRandomEvents(2, 100);
  const std::string question = AllKinds()[0];
  const auto first = Ask(question), again = Ask(question), other = Ask(AllKinds()[1]);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->answers(0).digest(), again->answers(0).digest());
  EXPECT_NE(first->answers(0).digest(), other->answers(0).digest());
  v1::IngestEventsRequest more;
  more.set_producer("producers/shop");
  more.set_sequence(50);
  v1::Event& event = *more.add_events();
  event.set_event_name("a");
  event.set_user("somebody-new");
  *event.mutable_occur_time() = time::ToTimestamp(absl::FromCivil(absl::CivilDay(2025, 12, 21), absl::UTCTimeZone()));
  ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), more), IsOk());
  EXPECT_NE(Ask(question)->answers(0).digest(), first->answers(0).digest());
}

TEST_F(QuestionTest, EveryErrorOfEveryQuestionAtOnce) {
  const auto refused = Ask(Specialist(), Proto<v1::AskQuestionsRequest>(R"pb(
                             questions {
                               period { last { count: 1 unit: TIME_UNIT_HOUR } }
                               figures { figure { events { event_name: 'a' condition: 'x =' } } }
                             }
                             questions {
                               period {
                                 window {
                                   start_time { seconds: 10 }
                                   end_time { seconds: 5 }
                                 }
                               }
                               funnel {
                                 steps {
                                   events { measurement_name: 'm' }
                                   within { seconds: 1 }
                                 }
                                 window { seconds: 0 }
                                 exclusions {
                                   events { event_name: 'a' }
                                   after_step: 2
                                   before_step: 1
                                 }
                               }
                             }
                             questions {
                               period {
                                 dates {
                                   start_date { year: 2026 month: 1 day: 1 }
                                   end_date { year: 2026 month: 1 day: 1 }
                                 }
                               }
                             }
                             questions {
                               period {
                                 window {
                                   start_time { seconds: 5 }
                                   end_time { seconds: 10 }
                                 }
                               }
                               retention { start_events { event_name: 'a' } }
                             })pb"));
  ASSERT_THAT(refused, HasReason("INVALID_FIELDS"));
  std::set<std::string> fields;
  const google::rpc::Status proto = status::ToProto(refused.status(), status::Language::kEnglish);
  for (const auto& detail : proto.details()) {
    google::rpc::BadRequest request;
    if (!detail.UnpackTo(&request)) continue;
    for (const auto& violation : request.field_violations()) fields.insert(violation.field());
  }
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("questions[0].period", "questions[0].figures.figure.events.condition",
                                                      "questions[1].period", "questions[1].funnel.steps[0].events.measurement_name",
                                                      "questions[1].funnel.steps[0].within", "questions[1].funnel.window",
                                                      "questions[1].funnel.exclusions[0]", "questions[2]", "questions[3].period"));
}

TEST_F(QuestionTest, SegmentsNarrowQuestions) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  const std::vector<Point> points = IngestRandomEvents(3, 300);
  ASSERT_THAT(CreateSegment("both", "conditions { id: 'x' events { event_name: 'b' condition: 'quantity >= 3' } } expression: 'x'"),
              IsOk());
  const auto segment = CreateSegment(
      "most", "conditions { id: 'y' events { event_name: 'c' activity: 'activities/x0' } } expression: 'segments/both EXCEPT y'");
  ASSERT_THAT(segment, IsOk());
  std::set<std::string> in, out, counted;
  for (const Point& point : points) {
    if (analysis::Has(analysis::Events("b", "quantity >= 3"), point)) in.insert(point.user);
    if (point.name == "c" && point.activity == "activities/x0") out.insert(point.user);
  }
  for (const std::string& user : out) in.erase(user);
  const absl::CivilDay first(2025, 12, 20), last(2025, 12, 28);
  for (const Point& point : points) {
    if (point.name == "a" && point.day >= first && point.day <= last && in.count(point.user) > 0) counted.insert(point.user);
  }
  ASSERT_FALSE(counted.empty());
  const auto answer = Ask(absl::StrCat(
      kDays, "segments: 'segments/most' explain: true figures { figure { events { event_name: 'a' } measure: MEASURE_USERS } }"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->answers(0).body().figures().all().total().users(), static_cast<int64_t>(counted.size()));
  EXPECT_EQ(answer->answers(0).body().segment_users(), static_cast<int64_t>(in.size()));
  ASSERT_EQ(answer->answers(0).definitions_size(), 2);
  EXPECT_EQ(answer->answers(0).definitions(1).name(), "segments/most");
  EXPECT_EQ(answer->answers(0).definitions(1).etag(), segment->etag());
  // Both segments with a condition each, and the events.
  ASSERT_EQ(answer->answers(0).why_size(), 5);
  EXPECT_EQ(answer->answers(0).why(0).segment(), "segments/most y");
  EXPECT_EQ(answer->answers(0).why(0).users(), static_cast<int64_t>(out.size()));
  EXPECT_EQ(answer->answers(0).why(3).segment(), "segments/most");
  EXPECT_EQ(answer->answers(0).why(3).users(), static_cast<int64_t>(in.size()));
  EXPECT_EQ(answer->answers(0).why(4).users(), static_cast<int64_t>(counted.size()));
  EXPECT_GT(answer->answers(0).why(4).events_before(), answer->answers(0).why(4).events_after());
  EXPECT_THAT(Ask(absl::StrCat(kDays, "segments: 'segments/none' growth { events { event_name: 'a' } }")).status(), HasReason("NOT_FOUND"));
}

TEST_F(QuestionTest, MetricDefinitionsSayWhatIsComputed) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  IngestRandomEvents(7, 200);
  const auto metric = Call<v1::MetricDefinition>(
      "CreateMetricDefinition", Analyst(),
      Proto<v1::CreateMetricDefinitionRequest>("metric_definition_id: 'money' metric_definition { display_name: 'Money' event_name: 'a' "
                                               "aggregation: AGGREGATION_SUM_MINOR unit: 'TWD' }"));
  ASSERT_THAT(metric, IsOk());
  const auto by_metric =
      Ask(absl::StrCat(kDays, "figures { figure { metric: 'metricDefinitions/money' events { condition: 'channel:*' } } }"));
  const auto by_words =
      Ask(absl::StrCat(kDays, "figures { figure { events { event_name: 'a' condition: 'channel:*' } measure: MEASURE_SUM minor: true } }"));
  ASSERT_THAT(by_metric, IsOk());
  EXPECT_NE(by_words->answers(0).body().figures().all().total().value(), 0);
  EXPECT_EQ(by_metric->answers(0).body().ShortDebugString(), by_words->answers(0).body().ShortDebugString());
  ASSERT_EQ(by_metric->answers(0).definitions_size(), 1);
  EXPECT_EQ(by_metric->answers(0).definitions(0).etag(), metric->etag());
  EXPECT_THAT(Ask(absl::StrCat(kDays, "figures { figure { metric: 'metricDefinitions/none' } }")).status(), HasReason("NOT_FOUND"));
  EXPECT_THAT(Ask(absl::StrCat(kDays, "figures { figure { metric: 'metricDefinitions/money' measure: MEASURE_COUNT } }")).status(),
              HasReason("INVALID_FIELDS"));
}

TEST_F(QuestionTest, SegmentsKeepTheirRules) {
  ASSERT_THAT(CreateSegment("a", "conditions { id: 'x' events { event_name: 'b' } } expression: 'x'"), IsOk());
  ASSERT_THAT(CreateSegment("b", "expression: 'segments/a'"), IsOk());
  EXPECT_THAT(CreateSegment("c", "expression: 'segments/none'").status(), HasReason("NOT_FOUND"));
  EXPECT_THAT(
      CreateSegment(
          "d", "conditions { id: 'x' events { event_name: 'b' condition: '(' } } conditions { id: 'x' events {} } expression: 'NOT x AND'")
          .status(),
      HasReason("INVALID_FIELDS"));
  const auto circle = Call<v1::Segment>(
      "UpdateSegment", Analyst(),
      Proto<v1::UpdateSegmentRequest>("segment { name: 'segments/a' expression: 'segments/b' } update_mask { paths: 'expression' }"));
  EXPECT_THAT(circle.status(), HasReason("SEGMENT_CYCLE"));
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteSegment", Analyst(), Proto<v1::DeleteSegmentRequest>("name: 'segments/a'")).status(),
              HasReason("SEGMENT_IN_USE"));
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteSegment", Analyst(), Proto<v1::DeleteSegmentRequest>("name: 'segments/b'")), IsOk());
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteSegment", Analyst(), Proto<v1::DeleteSegmentRequest>("name: 'segments/a'")), IsOk());
}

// Two changes, each good by itself, that would close a circle together.
TEST_F(QuestionTest, NoCircleIsClosedByTwoAtOnce) {
  for (int round = 0; round < 10; ++round) {
    for (const std::string id : {"a", "b"}) {
      ASSERT_THAT(CreateSegment(absl::StrCat(id, round), "conditions { id: 'x' events { event_name: 'e' } } expression: 'x'"), IsOk());
    }
    std::array<absl::Status, 2> done;
    const auto point = [&](size_t which, const std::string& from, const std::string& to) {
      done[which] = Call<v1::Segment>("UpdateSegment", Analyst(),
                                      Proto<v1::UpdateSegmentRequest>(absl::StrCat("segment { name: 'segments/", from, round,
                                                                                   "' expression: 'x OR segments/", to, round,
                                                                                   "' } update_mask { paths: 'expression' }")))
                        .status();
    };
    std::thread one(point, 0, "a", "b"), other(point, 1, "b", "a");
    one.join();
    other.join();
    EXPECT_EQ(done[0].ok() + done[1].ok(), 1) << done[0] << " " << done[1];
    EXPECT_THAT(done[0].ok() ? done[1] : done[0], HasReason("SEGMENT_CYCLE"));
  }
}

TEST_F(QuestionTest, AKeptAnswerStays) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  IngestRandomEvents(4, 200);
  const auto kept =
      Call<v1::AnswerSnapshot>("CreateAnswerSnapshot", Specialist(),
                               Proto<v1::CreateAnswerSnapshotRequest>(absl::StrCat(
                                   "request_id: 'once' answer_snapshot { title: 'December' question { ", AllKinds()[0], " } }")));
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->answer().digest(), Ask(AllKinds()[0])->answers(0).digest());
  IngestRandomEvents(5, 200);
  v1::GetAnswerSnapshotRequest get;
  get.set_name(kept->name());
  const auto later = Call<v1::AnswerSnapshot>("GetAnswerSnapshot", Manager(), get);
  ASSERT_THAT(later, IsOk());
  EXPECT_EQ(later->SerializeAsString(), kept->SerializeAsString());
  const auto again =
      Call<v1::AnswerSnapshot>("CreateAnswerSnapshot", Specialist(),
                               Proto<v1::CreateAnswerSnapshotRequest>(absl::StrCat(
                                   "request_id: 'once' answer_snapshot { title: 'December' question { ", AllKinds()[0], " } }")));
  EXPECT_EQ(again->name(), kept->name());
}

// Every user behind every number, page by page, and no more.
TEST_F(QuestionTest, UsersBehindFigures) {
  clock_.Set(absl::FromCivil(absl::CivilDay(2026, 2, 1), absl::UTCTimeZone()));
  const std::vector<Point> points = IngestRandomEvents(6, 400);
  std::set<std::string> expected;
  for (const Point& point : points) {
    if (point.name == "a" && point.day == absl::CivilDay(2025, 12, 22)) expected.insert(point.user);
  }
  ASSERT_GT(expected.size(), 2U);
  const auto disclosure =
      Call<v1::UserDisclosure>("CreateUserDisclosure", Analyst(),
                               Proto<v1::CreateUserDisclosureRequest>(
                                   absl::StrCat("user_disclosure { reason: 'A complaint' selection { interval: 3 } question { ", kDays,
                                                "granularity: TIME_UNIT_DAY figures { figure { events { event_name: 'a' } } } } }")));
  ASSERT_THAT(disclosure, IsOk());
  EXPECT_EQ(disclosure->user_count(), static_cast<int64_t>(expected.size()));
  std::set<std::string> found;
  v1::ListQuestionUsersRequest list;
  list.set_disclosure(disclosure->name());
  list.set_page_size(2);
  do {
    const auto page = Call<v1::ListQuestionUsersResponse>("ListQuestionUsers", Analyst(), list);
    ASSERT_THAT(page, IsOk());
    EXPECT_EQ(page->total_size(), static_cast<int32_t>(expected.size()));
    for (const std::string& user : page->users()) EXPECT_TRUE(found.insert(user).second) << user;
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(found, expected);
  rpc::Call other = Analyst();
  other.principal.name = "employees/other";
  EXPECT_THAT(Call<v1::ListQuestionUsersResponse>("ListQuestionUsers", other, list).status(), HasReason("DISCLOSURE_OWNED"));
  list.set_page_token("x");
  EXPECT_THAT(Call<v1::ListQuestionUsersResponse>("ListQuestionUsers", Analyst(), list).status(), HasReason("INVALID_FIELDS"));
}

TEST_F(QuestionTest, NumbersThatAnAnswerDoesNotHave) {
  const auto disclose = [&](const std::string& selection, const std::string& question) {
    return Call<v1::UserDisclosure>("CreateUserDisclosure", Analyst(),
                                    Proto<v1::CreateUserDisclosureRequest>(absl::StrCat("user_disclosure { reason: 'r' selection { ",
                                                                                        selection, " } question { ", question, " } }")))
        .status();
  };
  EXPECT_THAT(disclose("interval: 10", AllKinds()[0]), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(disclose("", AllKinds()[2]), HasReason("INVALID_FIELDS")) << "a ratio";
  EXPECT_THAT(disclose("interval: 1 trailing_days: 2", AllKinds()[3]), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(disclose("interval: 0", AllKinds()[4]), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(disclose("interval: 1 n: 5", AllKinds()[5]), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(disclose("step: 4", AllKinds()[7]), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(disclose("", AllKinds()[8]), HasReason("INVALID_FIELDS"));
}

}  // namespace
}  // namespace heitie::metrics
