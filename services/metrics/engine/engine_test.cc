#include "services/metrics/engine/engine.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/exact/sum.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/engine/block.h"
#include "services/metrics/engine/earlier_rows.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/engine/rows.h"
#include "services/metrics/engine/tables.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;

// Every row of the day's blocks as a text.
absl::Status ReadRows(sql::Session& session, const std::string& name, bool folded, std::vector<std::string>& texts) {
  const auto add = [&](absl::CivilDay day, const StoredBlock& stored) -> absl::Status {
    ASSIGN_OR_RETURN(const Block block, Load(stored, kAttributesPart | kOriginPart));
    for (size_t i = 0; i < block.size(); ++i) {
      std::string text = absl::StrCat(time::DayText(day), "|", name, "|", block.rows.users[i], "|", block.rows.times[i]);
      for (const auto& [key, column] : block.rows.columns) {
        if (column.codes[i] != 0) absl::StrAppend(&text, "|", key, "=", column.values[column.codes[i] - 1]);
      }
      absl::StrAppend(&text, "|", block.rows.minors[i], "|", block.rows.values[i], "|", block.sequences[i], "|", block.positions[i], "|",
                      block.event_ids.empty() ? "" : block.event_ids[i]);
      texts.push_back(text);
    }
    return absl::OkStatus();
  };
  const Series series{kEventKind, name};
  const Days days{absl::CivilDay(2000, 1, 1), absl::CivilDay(2100, 1, 1)};
  if (folded) {
    return ReadFolded(session, series, days, {}, kAttributesPart | kOriginPart,
                      [&](const FoldedBlock& block) { return add(block.day, block.stored); });
  }
  return ReadFresh(session, series, days, {}, kAttributesPart | kOriginPart, 100,
                   [&](const FreshBlock& block) { return add(block.of.day, block.stored); });
}

TEST_F(MetricsTest, RowsKeepEverything) {
  auto batch = Proto<v1::IngestEventsRequest>(R"pb(
    producer: "producers/shop"
    sequence: 3
    events {
      event_id: "e-1"
      event_name: "purchase"
      user: "u1"
      occur_time { seconds: 1767200000 nanos: 5000 }
      activity: "activities/spring"
      dimensions { key: "channel" value: "微信" }
      value_minor: -25
    }
    events {
      event_name: "scroll"
      user: "u1"
      occur_time { seconds: 1767200000 }
      value: 0.5
      properties { key: "depth" value: "3" }
    })pb");
  ASSERT_THAT(Ingest(batch), IsOk());
  for (const bool folded : {false, true}) {
    if (folded) FoldAll();
    std::vector<std::string> rows;
    ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) -> absl::Status {
                                       for (const std::string name : {"purchase", "scroll"})
                                         RETURN_IF_ERROR(ReadRows(session, name, folded, rows));
                                       return absl::OkStatus();
                                     }),
                IsOk());
    EXPECT_THAT(rows,
                ElementsAre("2026-01-01|purchase|0|1767200000000005|@activity=activities/spring|@producer=producers/shop|channel=微信|"
                            "-25|0|3|0|e-1",
                            "2026-01-01|scroll|0|1767200000000000|.depth=3|@producer=producers/shop|0|0.5|3|1|"))
        << folded;
  }
}

// What a version before blocks has stored is moved, and counted with what this one stores.
TEST_F(MetricsTest, RowsOfAnEarlierVersionAreMoved) {
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
  ASSERT_THAT(
      database_.get().Write(
          absl::Now() + absl::Seconds(10),
          [&](sql::Session& session) -> absl::Status {
            for (const char* statement :
                 {"INSERT INTO raw_event (day, producer, sequence, position, event_name, event_id, user_id, activity, occur_time, "
                  "dimensions, value_minor, value) VALUES "
                  "('2026-01-01', 'producers/shop', 2, 0, 'purchase', 'e1', 'u1', '', '2026-01-01 03:00:00', '{}', 700, NULL), "
                  "('2026-01-01', 'producers/shop', 2, 1, 'purchase', '', 'u2', 'activities/a', '2026-01-01 03:00:00', "
                  "'{\"channel\":\"a\\\\\"b\"}', NULL, 0.5), "
                  "('2026-01-02', 'producers/shop', 2, 2, 'refund', '', 'u3', '', '2026-01-01 23:00:00', '{}', NULL, NULL)",
                  "INSERT INTO raw_measurement (day, producer, sequence, position, measurement_name, activity, occur_time, dimensions, "
                  "value) VALUES ('2026-01-01', 'producers/shop', 3, 0, 'ms', '', '2026-01-01 03:00:00', '{}', 12)"}) {
              RETURN_IF_ERROR(session.Execute(statement).status());
            }
            return absl::OkStatus();
          }),
      IsOk());
  UserDirectory directory(database_.get());
  for (const int64_t moved : {4, 0}) {
    const auto answer = MoveEarlierRows(database_.get(), absl::Now() + absl::Seconds(10), clock_.Now(), directory);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(*answer, moved);
  }
  EXPECT_EQ(Count("raw_event"), 0);
  EXPECT_EQ(Count("raw_measurement"), 0);
  EXPECT_EQ(CountRows(), 5);
  const auto purchases = Query(R"pb(event_name: "purchase" group_by: "channel")pb");
  ASSERT_THAT(purchases, IsOk());
  ASSERT_EQ(purchases->totals_size(), 1);
  EXPECT_EQ(purchases->totals(0).dimensions().at("channel"), "a\"b");
  EXPECT_EQ(purchases->totals(0).figures().sum(), 0.5);
  const auto all = Query(R"pb(event_name: "purchase")pb");
  EXPECT_EQ(all->totals(0).figures().count(), 3);
  EXPECT_EQ(all->totals(0).figures().distinct_users(), 2);
  EXPECT_EQ(all->totals(0).figures().sum_minor(), 700);
  EXPECT_EQ(Query(R"pb(event_name: "refund")pb")->days(0).date().day(), 2);
  EXPECT_EQ(Query(R"pb(measurement_name: "ms")pb")->totals(0).figures().sum(), 12);
}

// A figure whose bytes are damaged is never answered; the next fold makes it anew from the rows.
TEST_F(MetricsTest, DamagedFiguresAreMadeAnew) {
  const auto batch = [&](int64_t sequence) {
    return MakeBatch("producers/shop", sequence,
                     {MakeEvent("purchase", "u1", clock_.Now()), MakeEvent("purchase", "u" + std::to_string(sequence), clock_.Now())});
  };
  ASSERT_THAT(Ingest(batch(2)), IsOk());
  FoldAll();
  const auto execute = [&](const char* statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(10), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  };
  execute("UPDATE day_cell SET users = CONCAT(SUBSTR(users, 1, LENGTH(users) - 1), 'x')");
  EXPECT_EQ(Query(R"pb(event_name: "purchase")pb").status().code(), absl::StatusCode::kDataLoss);
  ASSERT_THAT(Ingest(batch(3)), IsOk());
  FoldAll();
  EXPECT_EQ(Query(R"pb(event_name: "purchase")pb")->totals(0).figures().distinct_users(), 3);
  EXPECT_EQ(CountRows(), 4);
  // Rows that are damaged themselves stay visibly so.
  execute("UPDATE row_block SET row_keys = CONCAT('x', row_keys)");
  execute("UPDATE day_cell SET users = ''");
  ASSERT_THAT(Ingest(batch(4)), IsOk());
  EXPECT_EQ(
      FoldDay(database_.get(), absl::Now() + absl::Seconds(10), {{kEventKind, "purchase"}, absl::CivilDay(2026, 1, 1)}).status().code(),
      absl::StatusCode::kDataLoss);
  EXPECT_EQ(CountRows(), 6);
}

TEST_F(MetricsTest, ManyFoldsAreMergedAndADimensionWithTooManyValuesLosesThem) {
  std::vector<v1::Event> counted;
  for (int sequence = 1; sequence <= 40; ++sequence) {
    std::vector<v1::Event> events;
    for (int i = 0; i < 60; ++i) {
      events.push_back(MakeEvent("purchase", "u" + std::to_string(i * 7 % 50), clock_.Now() - absl::Seconds(i)));
      (*events.back().mutable_dimensions())["order"] = std::to_string(sequence * 60 + i);
      (*events.back().mutable_dimensions())["channel"] = i % 3 == 0 ? "web" : "app";
      events.back().set_value(0.1 * i);
    }
    counted.insert(counted.end(), events.begin(), events.end());
    ASSERT_THAT(Ingest(MakeBatch("producers/shop", sequence, events)), IsOk());
    FoldAll();
  }
  EXPECT_EQ(CountRows(), 2400);
  EXPECT_LT(Count("row_block"), 20);
  const auto orders = Query(R"pb(event_name: "purchase" group_by: "order")pb");
  ASSERT_THAT(orders, IsOk());
  ASSERT_EQ(orders->totals_size(), 1);
  EXPECT_EQ(orders->totals(0).dimensions().at("order"), "");
  EXPECT_EQ(orders->totals(0).figures().count(), 2400);
  EXPECT_EQ(orders->totals(0).figures().distinct_users(), 50);
  const auto channels = Query(R"pb(event_name: "purchase" group_by: "channel")pb");
  ASSERT_EQ(channels->totals_size(), 2);
  EXPECT_EQ(channels->totals(1).figures().count(), 800);
  exact::Sum sum;
  for (const v1::Event& event : counted) sum.Add(event.value());
  EXPECT_EQ(Query(R"pb(event_name: "purchase")pb")->totals(0).figures().sum(), sum.value());
}

}  // namespace
}  // namespace heitie::metrics
