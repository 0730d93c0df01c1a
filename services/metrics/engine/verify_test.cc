#include "services/metrics/engine/verify.h"

#include <gmock/gmock.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

class VerifyTest : public heitie::test::ServiceTest<Service> {
 protected:
  VerifyTest() : ServiceTest("metrics") {}

  void Ingest(int64_t sequence, const std::vector<v1::Event>& events) {
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(sequence);
    request.mutable_events()->Assign(events.begin(), events.end());
    ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
  }
  v1::Event RandomEvent(int users, int values) {
    v1::Event event;
    event.set_event_name("buy");
    event.set_user(absl::StrCat("u", random_() % users));
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Seconds(random_() % 3600));
    if (random_() % 2 == 0) (*event.mutable_dimensions())["channel"] = absl::StrCat("v", random_() % values);
    if (random_() % 2 == 0) event.set_activity(absl::StrCat("activities/a", random_() % 3));
    if (random_() % 3 == 0) (*event.mutable_properties())["note"] = absl::StrCat("n", random_() % 5);
    switch (random_() % 3) {
      case 0:
        event.set_value_minor(static_cast<int64_t>(random_() % 1000));
        break;
      case 1:
        event.set_value(static_cast<double>(random_() % 1000) / 7);
        break;
      default:
        break;
    }
    return event;
  }
  void Fold() { ASSERT_THAT(FoldDay(database_.get(), absl::Now() + absl::Seconds(20), kDay), IsOk()); }
  DayVerification Verify() {
    DayVerification found;
    EXPECT_THAT(database_.get().Snapshot(absl::Now() + absl::Seconds(20),
                                         [&](sql::Session& session) -> absl::Status {
                                           absl::StatusOr<DayVerification> verified = VerifyDay(session, kDay);
                                           if (verified.ok()) found = *std::move(verified);
                                           return verified.status();
                                         }),
                IsOk());
    return found;
  }
  int64_t Change(const std::string& statement) {
    int64_t rows = 0;
    EXPECT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                      [&](sql::Session& session) -> absl::Status {
                                        absl::StatusOr<int64_t> changed = session.Execute(statement);
                                        if (changed.ok()) rows = *changed;
                                        return changed.status();
                                      }),
                IsOk());
    return rows;
  }

  const SeriesDay kDay{{kEventKind, "buy"}, absl::CivilDay(2026, 1, 1)};
  std::mt19937_64 random_{11};
};

TEST_F(VerifyTest, FiguresOfFoldedRowsAreTheirs) {
  EXPECT_EQ(Verify().figures, 0);
  int64_t rows = 0;
  for (int batch = 1; batch <= 6; ++batch) {
    std::vector<v1::Event> events(300);
    for (v1::Event& event : events) event = RandomEvent(120, 9);
    Ingest(batch, events);
    if (batch % 2 == 0) {
      Fold();
      rows = 300 * batch;
    }
    const DayVerification found = Verify();
    EXPECT_THAT(found.differences, IsEmpty());
    EXPECT_EQ(found.rows, rows) << "what is fresh is in no figure yet";
  }
  // Without and with each of nine values, of all activities and each of three.
  EXPECT_EQ(Verify().figures, (1 + 9) * (1 + 3));
}

TEST_F(VerifyTest, ADimensionThatHasLostItsValuesIsComparedAsAWhole) {
  for (int batch = 1; batch <= 2; ++batch) {
    std::vector<v1::Event> events(2500);
    for (v1::Event& event : events) event = RandomEvent(500, 1500);
    Ingest(batch, events);
    Fold();
  }
  const DayVerification found = Verify();
  EXPECT_THAT(found.differences, IsEmpty());
  EXPECT_EQ(found.figures, 2 * (1 + 3));
}

TEST_F(VerifyTest, EveryChangeOfAFigureIsSeen) {
  std::vector<v1::Event> events(400);
  for (v1::Event& event : events) event = RandomEvent(50, 3);
  Ingest(1, events);
  Fold();
  ASSERT_THAT(Verify().differences, IsEmpty());
  const std::string all = " WHERE name = 'buy' AND activity = '' AND dimension = ''";
  // Halves and doubles are exact, so that what was there comes back.
  const auto changed = [&](const std::string& figure, const std::string& set, const std::string& back) {
    EXPECT_EQ(Change("UPDATE day_cell SET " + set + all), 1) << set;
    EXPECT_THAT(Verify().differences, ElementsAre(Field(&FigureDifference::figure, figure))) << set;
    EXPECT_EQ(Change("UPDATE day_cell SET " + back + all), 1);
    EXPECT_THAT(Verify().differences, IsEmpty());
  };
  changed("count", "point_count = point_count + 1", "point_count = point_count - 1");
  changed("sum_minor", "sum_minor = sum_minor - 5", "sum_minor = sum_minor + 5");
  changed("value_count", "value_count = value_count - 1", "value_count = value_count + 1");
  changed("value_min", "value_min = value_min / 2", "value_min = value_min * 2");
  changed("value_max", "value_max = value_max * 2", "value_max = value_max / 2");
  // The set of another figure, which is whole in itself.
  EXPECT_EQ(Change("UPDATE day_cell a JOIN day_cell b ON b.name = 'buy' AND b.activity = 'activities/a1' AND b.dimension = 'channel' AND "
                   "b.dimension_value = 'v1' SET a.users = b.users WHERE a.name = 'buy' AND a.activity = '' AND a.dimension = ''"),
            1);
  EXPECT_THAT(Verify().differences, ElementsAre(Field(&FigureDifference::figure, "users")));
  EXPECT_EQ(Change("UPDATE day_cell SET users = CONCAT(users, 'x')" + all), 1);
  EXPECT_THAT(Verify().differences, ElementsAre(Field(&FigureDifference::figure, "damaged")));
  EXPECT_EQ(Change("DELETE FROM day_cell" + all), 1);
  EXPECT_THAT(Verify().differences, ElementsAre(Field(&FigureDifference::figure, "figures")));
  EXPECT_EQ(Change("UPDATE day_cell SET dimension_value = 'v77' WHERE name = 'buy' AND activity = '' AND dimension_value = 'v1'"), 1);
  EXPECT_EQ(Verify().differences.size(), 3u) << "one too much and two missing";
  EXPECT_EQ(Change("UPDATE day_fold SET row_count = row_count + 1 WHERE name = 'buy'"), 1);
  EXPECT_THAT(Verify().differences, Contains(Field(&FigureDifference::figure, "rows")));
  EXPECT_EQ(Change("UPDATE row_block SET attributes = CONCAT(attributes, 'x') WHERE name = 'buy'"), 1);
  EXPECT_THAT(Verify().differences, Contains(Field(&FigureDifference::figure, "damaged")));
}

}  // namespace
}  // namespace heitie::metrics
