#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/record/kind.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/export.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/row_retention.pb.h"
#include "heitie/metrics/v1/user_erasure.pb.h"
#include "heitie/metrics/v1/withdrawal.pb.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/engine/retention.h"
#include "services/metrics/export/export_log.h"
#include "services/metrics/export/exports.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;

using RowKey = std::tuple<std::string, int64_t, int>;  // producer, sequence, position

// A store elsewhere, that applies what it is told.
class Copy {
 public:
  void Apply(const v1::ExportRowsResponse& response) {
    for (const v1::ExportedChange& change : response.changes()) {
      switch (change.kind_case()) {
        case v1::ExportedChange::kRows:
          for (const v1::ExportedRow& row : change.rows().rows()) {
            rows_[{change.rows().producer(), change.rows().sequence(), row.position()}] = row;
          }
          break;
        case v1::ExportedChange::kWithdrawal:
          std::erase_if(rows_, [&](const auto& row) {
            const auto& [producer, sequence, position] = row.first;
            return producer == change.withdrawal().producer() && sequence >= change.withdrawal().first_sequence() &&
                   sequence <= change.withdrawal().last_sequence();
          });
          break;
        case v1::ExportedChange::kErasure:
          std::erase_if(rows_, [&](const auto& row) {
            return !row.second.event_name().empty() && row.second.user_ordinal() == change.erasure().user_ordinal();
          });
          break;
        case v1::ExportedChange::kExpiry:
          std::erase_if(rows_, [&](const auto& row) {
            return row.second.event_name() == change.expiry().event_name() &&
                   row.second.measurement_name() == change.expiry().measurement_name() &&
                   time::ToDay(row.second.date()) < time::ToDay(change.expiry().first_kept_date());
          });
          break;
        default:
          ADD_FAILURE() << "a change of no kind";
      }
    }
    cursor_ = response.cursor();
  }
  const std::map<RowKey, v1::ExportedRow>& rows() const { return rows_; }
  const std::string& cursor() const { return cursor_; }
  // As after a crash: rows are there whose cursor was not written down.
  void GoBackTo(const std::string& cursor) { cursor_ = cursor; }

 private:
  std::map<RowKey, v1::ExportedRow> rows_;
  std::string cursor_;
};

class ExportTest : public heitie::test::ServiceTest<Service> {
 protected:
  ExportTest() : ServiceTest("metrics") {}
  static absl::Time Soon() { return absl::Now() + absl::Seconds(20); }
  int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  v1::Event RandomEvent() {
    v1::Event event;
    event.set_event_name(Pick(2) == 0 ? "purchase" : "visit");
    event.set_user(absl::StrCat("u", Pick(8)));
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Seconds(60 + Pick(3 * 86400)));
    if (Pick(2) == 0) event.set_activity(absl::StrCat("activities/a", Pick(2)));
    if (Pick(2) == 0) (*event.mutable_dimensions())["channel"] = absl::StrCat("c", Pick(3));
    if (Pick(2) == 0) (*event.mutable_properties())["quantity"] = absl::StrCat(Pick(5));
    if (Pick(3) == 0) event.set_event_id(absl::StrCat("id-", random_()));
    if (Pick(3) == 0) event.set_value(Pick(1000) / 7.0);
    if (!event.has_value() && Pick(2) == 0) {
      event.set_value_minor(Pick(1000) - 500);
      event.set_currency_code("TWD");
    }
    return event;
  }
  // What was delivered and not taken back, by the test's own books.
  absl::Status Ingest(const std::string& producer, int size) {
    v1::IngestEventsRequest request;
    request.set_producer(producer);
    request.set_sequence(++sequences_[producer]);
    for (int i = 0; i < size; ++i) *request.add_events() = RandomEvent();
    ASSIGN_OR_RETURN(const v1::IngestEventsResponse answer, Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request));
    EXPECT_EQ(answer.accepted_count(), size);
    for (int i = 0; i < size; ++i) kept_[{producer, request.sequence(), i}] = request.events(i);
    return absl::OkStatus();
  }
  absl::Status Measure(const std::string& producer, int size) {
    v1::IngestMeasurementsRequest request;
    request.set_producer(producer);
    request.set_sequence(++sequences_[producer]);
    for (int i = 0; i < size; ++i) {
      v1::Measurement& one = *request.add_measurements();
      one.set_measurement_name("load");
      one.set_value(Pick(100) / 8.0);
      *one.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Seconds(Pick(86400)));
      if (Pick(2) == 0) (*one.mutable_dimensions())["page"] = absl::StrCat("p", Pick(3));
    }
    RETURN_IF_ERROR(Call<v1::IngestMeasurementsResponse>("IngestMeasurements", Analyst(), request).status());
    for (int i = 0; i < size; ++i) measured_[{producer, request.sequence(), i}] = request.measurements(i);
    return absl::OkStatus();
  }
  void Withdraw(const std::string& producer) {
    v1::CreateWithdrawalRequest request;
    const int64_t first = 1 + Pick(static_cast<int>(sequences_[producer]));
    request.mutable_withdrawal()->set_producer(producer);
    request.mutable_withdrawal()->set_first_sequence(first);
    request.mutable_withdrawal()->set_last_sequence(first + Pick(2));
    request.mutable_withdrawal()->set_reason("wrong");
    if (!Call<v1::Withdrawal>("CreateWithdrawal", Analyst(), request).ok()) return;
    const auto withdrawn = [&](const auto& one) {
      return std::get<0>(one.first) == producer && std::get<1>(one.first) >= first &&
             std::get<1>(one.first) <= request.withdrawal().last_sequence();
    };
    std::erase_if(kept_, withdrawn);
    std::erase_if(measured_, withdrawn);
  }
  void Erase(const std::string& user) {
    v1::ProposeUserErasureRequest propose;
    propose.set_user(user);
    propose.set_reference("DSR");
    const auto proposed = Call<v1::UserErasure>("ProposeUserErasure", Analyst(), propose);
    if (!proposed.ok()) return;
    v1::ApproveUserErasureRequest approve;
    approve.set_name(proposed->name());
    ASSERT_THAT(Call<v1::UserErasure>("ApproveUserErasure", Manager(), approve), IsOk());
    for (int i = 0; i < 3; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
    std::erase_if(kept_, [&](const auto& one) { return one.second.user() == user; });
  }
  void FoldSome(int least) {
    absl::StatusOr<std::vector<SeriesDay>> days;
    ASSERT_THAT(database_.get().Read(Soon(),
                                     [&](sql::Session& session) {
                                       days =
                                           DaysToFold(session, clock_.Now(), {.rows = least, .blocks = 1 << 30, .age = absl::Hours(9999)});
                                       return days.status();
                                     }),
                IsOk());
    for (const SeriesDay& day : *days) ASSERT_THAT(FoldDay(database_.get(), Soon(), day), IsOk());
  }

  absl::StatusOr<ExportPortion> Read(const std::string& cursor, const ExportLimits& limits) {
    RETURN_IF_ERROR(PlaceBatches(database_.get(), Soon()));
    absl::StatusOr<ExportPortion> portion = absl::UnknownError("nothing");
    RETURN_IF_ERROR(database_.get().Snapshot(Soon(), [&](sql::Session& session) {
      portion = ReadExport(session, *PositionOf(cursor), limits, IncarnationOf(cursor));
      return portion.status();
    }));
    return portion;
  }
  // Takes some, or everything.
  void Follow(Copy& copy, const ExportLimits& limits, bool everything) {
    for (bool more = true; more;) {
      const auto portion = Read(copy.cursor(), limits);
      ASSERT_THAT(portion, IsOk());
      for (const auto& message : portion->messages) copy.Apply(message);
      more = everything && portion->more;
      if (portion->messages.empty() && portion->more) copy.GoBackTo(CursorOf(portion->position));
    }
  }

  void ExpectEqual(const Copy& copy) {
    ASSERT_EQ(copy.rows().size(), kept_.size() + measured_.size());
    std::map<std::string, int64_t> ordinals;
    std::map<int64_t, std::string> users;
    for (const auto& [key, event] : kept_) {
      const auto it = copy.rows().find(key);
      ASSERT_NE(it, copy.rows().end()) << std::get<0>(key) << ' ' << std::get<1>(key) << ' ' << std::get<2>(key);
      const v1::ExportedRow& row = it->second;
      v1::Event same;
      same.set_event_id(row.event_id());
      same.set_event_name(row.event_name());
      same.set_user(event.user());
      *same.mutable_occur_time() = row.occur_time();
      same.set_activity(row.activity());
      *same.mutable_dimensions() = row.dimensions();
      *same.mutable_properties() = row.properties();
      same.set_currency_code(row.currency_code());
      if (row.has_value()) same.set_value(row.value());
      if (row.has_value_minor()) same.set_value_minor(row.value_minor());
      ASSERT_EQ(same.ShortDebugString(), event.ShortDebugString());
      ASSERT_EQ(time::ToDay(row.date()), absl::ToCivilDay(time::ToTime(event.occur_time()), service::DefaultTimeZone()));
      EXPECT_EQ(ordinals.emplace(event.user(), row.user_ordinal()).first->second, row.user_ordinal());
      EXPECT_EQ(users.emplace(row.user_ordinal(), event.user()).first->second, event.user());
    }
    for (const auto& [key, measurement] : measured_) {
      const auto it = copy.rows().find(key);
      ASSERT_NE(it, copy.rows().end());
      EXPECT_EQ(it->second.measurement_name(), measurement.measurement_name());
      EXPECT_EQ(it->second.value(), measurement.value());
      EXPECT_EQ(it->second.dimensions().size(), measurement.dimensions().size());
      EXPECT_EQ(time::ToTime(it->second.occur_time()), time::ToTime(measurement.occur_time()));
    }
  }

  std::mt19937 random_{3};
  std::map<std::string, int64_t> sequences_;
  std::map<RowKey, v1::Event> kept_;
  std::map<RowKey, v1::Measurement> measured_;
};

TEST(CursorTest, IsReadBack) {
  EXPECT_EQ(PositionOf(""), 0);
  for (const int64_t position : {int64_t{0}, int64_t{7}, int64_t{1} << 60}) EXPECT_EQ(PositionOf(CursorOf(position)), position);
  for (const char* bad : {"x", "cm93cy8", "cm93cy8tMQ", "!!"}) EXPECT_EQ(PositionOf(bad), std::nullopt) << bad;
}

// Whatever happens in whatever order, and however often a consumer crashes: in the end it holds the rows that the service holds.
TEST_F(ExportTest, WhoAppliesEverythingHoldsTheSameRows) {
  Copy copy, late;
  std::vector<std::string> cursors = {""};
  for (int step = 0; step < 140; ++step) {
    const std::string producer = absl::StrCat("producers/p", Pick(3));
    switch (Pick(10)) {
      case 0:
        if (sequences_[producer] > 0) Withdraw(producer);
        break;
      case 1:
        ASSERT_THAT(jobs_.RunDue(), IsOk());
        break;
      case 2:
        if (step % 4 == 0) Erase(absl::StrCat("u", Pick(8)));
        break;
      case 3:
        FoldSome(1 + Pick(10));
        break;
      case 4:
        ASSERT_THAT(Measure(producer, 1 + Pick(5)), IsOk());
        break;
      case 5:
        copy.GoBackTo(cursors[static_cast<size_t>(Pick(static_cast<int>(cursors.size())))]);
        break;
      case 6:
      case 7:
        Follow(copy, {.rows = 1 + Pick(40), .entries = 1 + Pick(6), .message_bytes = static_cast<size_t>(50 + Pick(3000))}, Pick(2) == 0);
        cursors.push_back(copy.cursor());
        break;
      default:
        ASSERT_THAT(Ingest(producer, 1 + Pick(12)), IsOk());
    }
  }
  for (int i = 0; i < 6; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  Follow(copy, {.rows = 20, .entries = 7, .message_bytes = 500}, true);
  ExpectEqual(copy);
  // Who begins now is told the same.
  Follow(late, {}, true);
  ExpectEqual(late);
  EXPECT_GT(kept_.size(), 50U);
  EXPECT_GT(measured_.size(), 5U);
  // Nothing more comes.
  const auto rest = Read(late.cursor(), {});
  ASSERT_THAT(rest, IsOk());
  EXPECT_TRUE(rest->messages.empty());
  EXPECT_FALSE(rest->more);
  EXPECT_THAT(Read(CursorOf(1'000'000), {}), HasReason("INVALID_FIELDS"));
}

// The database was restored: what was read may be lost, and its places another's.
TEST_F(ExportTest, WhoHasReadAnotherStateBeginsAnew) {
  ASSERT_THAT(Ingest("producers/p0", 3), IsOk());
  Copy copy;
  Follow(copy, {}, true);
  EXPECT_NE(IncarnationOf(copy.cursor()), "");
  ASSERT_THAT(Read(copy.cursor(), {}), IsOk());
  ASSERT_THAT(database_.get().Write(
                  Soon(), [](sql::Session& session) { return session.Execute("UPDATE event_position SET incarnation = UUID()").status(); }),
              IsOk());
  EXPECT_THAT(Read(copy.cursor(), {}), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Read("", {}), IsOk());
  EXPECT_THAT(Read(CursorOf(*PositionOf(copy.cursor())), {}), IsOk()) << "a cursor of the version before tells of no state";
}

TEST_F(ExportTest, BatchesComeInTheOrderOfTheirAcceptance) {
  std::vector<std::pair<std::string, int64_t>> accepted;
  for (int i = 0; i < 30; ++i) {
    const std::string producer = absl::StrCat("producers/p", Pick(3));
    ASSERT_THAT(Ingest(producer, 2), IsOk());
    accepted.emplace_back(producer, sequences_[producer]);
    clock_.Advance(absl::Seconds(1));
    if (i == 20) FoldSome(1);
  }
  std::vector<std::pair<std::string, int64_t>> told;
  std::string cursor;
  for (bool more = true; more;) {
    const auto portion = Read(cursor, {.rows = 7, .entries = 4, .message_bytes = 1});
    ASSERT_THAT(portion, IsOk());
    for (const auto& message : portion->messages) {
      for (const auto& change : message.changes()) {
        const std::pair<std::string, int64_t> batch{change.rows().producer(), change.rows().sequence()};
        if (told.empty() || told.back() != batch) told.push_back(batch);
      }
      cursor = message.cursor();
    }
    more = portion->more;
  }
  EXPECT_EQ(told, accepted);
}

TEST_F(ExportTest, WhatIsReplayedComesWithItsBatchAgain) {
  ASSERT_THAT(Call<v1::EventSchema>("CreateEventSchema", Analyst(),
                                    Proto<v1::CreateEventSchemaRequest>(
                                        "event_schema_id: 'one' event_schema { event_name: 'signup' properties { key: 'channel' "
                                        "place: PLACE_DIMENSION required: true } }")),
              IsOk());
  ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                                    Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/one' reason: 'agreed'")),
              IsOk());
  v1::IngestEventsRequest request;
  request.set_producer("producers/p0");
  request.set_sequence(1);
  for (int i = 0; i < 5; ++i) {
    v1::Event& event = *request.add_events();
    event.set_event_name("signup");
    event.set_user(absl::StrCat("u", i));
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Seconds(i));
    if (i % 2 == 0) (*event.mutable_dimensions())["channel"] = "web";
  }
  ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
  for (int i = 0; i < 5; i += 2) kept_[{"producers/p0", 1, i}] = request.events(i);
  Copy copy;
  Follow(copy, {}, true);
  ExpectEqual(copy);
  FoldSome(1);
  ASSERT_THAT(
      Call<v1::ReplayDeadLettersResponse>(
          "ReplayDeadLetters", Analyst(),
          Proto<v1::ReplayDeadLettersRequest>("reason: 'put right' selection {} repair { dimensions { key: 'channel' value: 'wechat' } }")),
      IsOk());
  for (int i = 1; i < 5; i += 2) {
    v1::Event& event = kept_[{"producers/p0", 1, i}];
    event = request.events(i);
    (*event.mutable_dimensions())["channel"] = "wechat";
  }
  Follow(copy, {}, true);
  ExpectEqual(copy);
}

TEST_F(ExportTest, WhatIsNotKeptAnyMoreIsTold) {
  ASSERT_THAT(Ingest("producers/p0", 40), IsOk());
  FoldSome(1);
  Copy copy, late;
  Follow(copy, {}, true);
  ExpectEqual(copy);
  ASSERT_THAT(Call<v1::RowRetention>(
                  "CreateRowRetention", Manager(),
                  Proto<v1::CreateRowRetentionRequest>("row_retention { reason: 'space' default_days: 2 } row_retention_id: 'short'")),
              IsOk());
  v1::PublishRowRetentionRequest publish;
  publish.set_name("rowRetentions/short");
  ASSERT_THAT(Call<v1::RowRetention>("PublishRowRetention", Manager(), publish), IsOk());
  rpc::Call call = Manager();
  call.deadline = Soon();
  Retention retention(service::Context{store_, clock_, jobs_, {}, service::DefaultTimeZone(), people_});
  ASSERT_THAT(retention.Expire(call), IsOk());
  const absl::CivilDay first = absl::ToCivilDay(clock_.Now(), service::DefaultTimeZone()) - 1;
  std::erase_if(
      kept_, [&](const auto& one) { return absl::ToCivilDay(time::ToTime(one.second.occur_time()), service::DefaultTimeZone()) < first; });
  EXPECT_LT(kept_.size(), 40U);
  Follow(copy, {}, true);
  ExpectEqual(copy);
  Follow(late, {}, true);
  ExpectEqual(late);
}

// A stream for the export alone.
class ExportStream final : public rpc::Stream {
 public:
  explicit ExportStream(const std::string& cursor) { request_.set_cursor(cursor); }
  const rpc::Call& call() const override { return call_; }
  const google::protobuf::Message& request() const override { return request_; }
  bool Send(const google::protobuf::Message& message) override {
    const std::lock_guard lock(mutex_);
    if (end_.has_value()) return false;
    copy_.Apply(static_cast<const v1::ExportRowsResponse&>(message));
    changed_.notify_all();
    return true;
  }
  bool SendLatest(const google::protobuf::Message& message) override { return Send(message); }
  void Close(const absl::Status& status) override {
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      if (end_.has_value()) return;
      end_ = status;
      callback = std::move(on_end_);
    }
    changed_.notify_all();
    if (callback) callback();
  }
  void OnEnd(std::function<void()> callback) override {
    const std::lock_guard lock(mutex_);
    on_end_ = std::move(callback);
  }
  bool WaitFor(const std::function<bool(const Copy&, const std::optional<absl::Status>&)>& done) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return done(copy_, end_); });
  }

 private:
  const rpc::Call call_;
  v1::ExportRowsRequest request_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Copy copy_;
  std::optional<absl::Status> end_;
  std::function<void()> on_end_;
};

TEST_F(ExportTest, AStreamHandsOverWhatIsThereAndThenWhatComes) {
  Exports exports(service::Context{store_, clock_, jobs_, {}, service::DefaultTimeZone(), people_}, {.rows = 20});
  const auto holds = [](size_t rows) { return [rows](const Copy& copy, const auto&) { return copy.rows().size() == rows; }; };
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Ingest("producers/p0", 6), IsOk());
  auto stream = std::make_shared<ExportStream>("");
  exports.Export(stream);
  std::string cursor;
  ASSERT_TRUE(stream->WaitFor([&](const Copy& copy, const auto& end) {
    cursor = copy.cursor();
    return end.has_value() && end->ok();
  })) << "it ends, so that the reader takes the rest at its own pace";
  auto next = std::make_shared<ExportStream>(cursor);
  exports.Export(next);
  EXPECT_TRUE(next->WaitFor(holds(6)));
  ASSERT_THAT(Ingest("producers/p1", 3), IsOk());
  EXPECT_TRUE(next->WaitFor(holds(9)));
  ASSERT_THAT(Ingest("producers/p1", 1), IsOk());
  EXPECT_TRUE(next->WaitFor(holds(10)));
  next->Close(absl::CancelledError("gone"));
  auto bad = std::make_shared<ExportStream>("nonsense");
  exports.Export(bad);
  EXPECT_TRUE(bad->WaitFor([](const Copy&, const auto& end) { return end.has_value() && absl::IsInvalidArgument(*end); }));
  auto ahead = std::make_shared<ExportStream>(CursorOf(12345));
  exports.Export(ahead);
  EXPECT_TRUE(ahead->WaitFor([](const Copy&, const auto& end) { return end.has_value() && absl::IsInvalidArgument(*end); }));
}

}  // namespace
}  // namespace heitie::metrics
