#include "services/metrics/engine/retention.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/metrics/v1/withdrawal.pb.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FirstKeptDayTest, CountsTheDayItself) {
  const auto retention = Proto<v1::RowRetention>(R"pb(default_days: 30
                                                      terms { name: "purchase" days: 1 })pb");
  EXPECT_EQ(FirstKeptDay(retention, "visit", absl::CivilDay(2026, 3, 1)), absl::CivilDay(2026, 1, 31));
  EXPECT_EQ(FirstKeptDay(retention, "purchase", absl::CivilDay(2026, 3, 1)), absl::CivilDay(2026, 3, 1));
}

TEST(CheckRowRetentionTest, OneTermForEachName) {
  EXPECT_THAT(CheckRetention(Proto<v1::RowRetention>(R"pb(terms { name: "a" }
                                                          terms { name: "b" })pb")),
              IsOk());
  EXPECT_THAT(heitie::test::Violations(CheckRetention(Proto<v1::RowRetention>(R"pb(terms { name: "a" }
                                                                                   terms { name: "a" })pb"))),
              ElementsAre("row_retention.terms[1].name DUPLICATE_NAME"));
}

TEST(PartitionStatementsTest, ADayEach) {
  const absl::CivilDay today(2026, 12, 31);
  EXPECT_THAT(PartitionStatements({}, today, today + 1, absl::CivilDay(2026, 1, 1)),
              ElementsAre("ALTER TABLE row_block REORGANIZE PARTITION rest INTO (PARTITION d20261231 VALUES LESS THAN ('2027-01-01'), "
                          "PARTITION d20270101 VALUES LESS THAN ('2027-01-02'), PARTITION rest VALUES LESS THAN (MAXVALUE))"));
  const std::vector<DayPartition> partitions = {{"d20261230", today}, {"d20261231", today + 1}, {"d20270101", today + 2}};
  EXPECT_THAT(PartitionStatements(partitions, today, today + 1, absl::CivilDay(2026, 1, 1)), IsEmpty());
  EXPECT_THAT(PartitionStatements(partitions, today, today + 1, today + 1),
              ElementsAre("ALTER TABLE row_block DROP PARTITION d20261230, d20261231"));
}

class RowRetentionTest : public heitie::test::ServiceTest<Service> {
 protected:
  RowRetentionTest() : ServiceTest("metrics") {}
  absl::Status Ingest(int64_t sequence, const std::string& name, absl::Time time) {
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(sequence);
    v1::Event& event = *request.add_events();
    event.set_event_name(name);
    event.set_user("u" + std::to_string(sequence));
    *event.mutable_occur_time() = time::ToTimestamp(time);
    return Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request).status();
  }
  int64_t Days(const std::string& name) {
    auto request = Proto<v1::QueryMetricRequest>("start_date { year: 2016 month: 1 day: 1 } end_date { year: 2026 month: 1 day: 1 }");
    request.set_event_name(name);
    auto answer = Call<v1::QueryMetricResponse>("QueryMetric", Manager(), request);
    EXPECT_THAT(answer, IsOk());
    return answer->totals(0).figures().distinct_users();
  }
  absl::Status Scan(const std::string& name, absl::CivilDay first, int64_t& rows) {
    rows = 0;
    return database_.get().Snapshot(absl::Now() + absl::Seconds(10), [&](sql::Session& session) {
      DatabaseSnapshot snapshot(session);
      return snapshot.Scan({kEventKind, name}, {first, absl::CivilDay(2026, 1, 1)}, {}, 0, [&](const Rows& part) {
        rows += static_cast<int64_t>(part.size());
        return absl::OkStatus();
      });
    });
  }
  rpc::Call Job() {
    rpc::Call call = ServiceCaller();
    call.deadline = absl::Now() + absl::Seconds(30);
    return call;
  }
  void Fold(const std::string& name, absl::CivilDay day) {
    ASSERT_THAT(FoldDay(database_.get(), absl::Now() + absl::Seconds(10), {{kEventKind, name}, day}), IsOk());
  }
};

TEST_F(RowRetentionTest, RowsGoByNameAndFiguresStay) {
  const absl::CivilDay today(2026, 1, 1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Ingest(2 * i + 1, "visit", clock_.Now() - i * absl::Hours(24)), IsOk());
    ASSERT_THAT(Ingest(2 * i + 2, "purchase", clock_.Now() - i * absl::Hours(24)), IsOk());
    if (i != 1) Fold("visit", today - i);
    Fold("purchase", today - i);
  }
  Retention retention(service::Context{store_, clock_, jobs_, {}, service::DefaultTimeZone(), people_});
  ASSERT_THAT(retention.Expire(Job()), IsOk());
  int64_t rows;
  ASSERT_THAT(Scan("visit", today - 9, rows), IsOk());
  EXPECT_EQ(rows, 3) << "two years are kept";

  ASSERT_THAT(
      Call<v1::RowRetention>("CreateRowRetention", Manager(), Proto<v1::CreateRowRetentionRequest>(R"pb(row_retention {
                                                                                                          reason: "space"
                                                                                                          default_days: 1
                                                                                                          terms { name: "purchase" days: 2 }
                                                                                                        }
                                                                                                        row_retention_id: "short")pb")),
      IsOk());
  v1::PublishRowRetentionRequest publish;
  publish.set_name("rowRetentions/short");
  ASSERT_THAT(Call<v1::RowRetention>("PublishRowRetention", Manager(), publish), IsOk());
  // A day that is not folded holds back its name: its rows are in no figure yet.
  ASSERT_THAT(retention.Expire(Job()), IsOk());
  ASSERT_THAT(Scan("visit", today - 9, rows), IsOk());
  EXPECT_EQ(rows, 3);
  Fold("visit", today - 1);
  ASSERT_THAT(retention.Expire(Job()), IsOk());
  EXPECT_THAT(Scan("visit", today - 1, rows), HasReason("RAW_EXPIRED"));
  ASSERT_THAT(Scan("visit", today, rows), IsOk());
  EXPECT_EQ(rows, 1);
  EXPECT_THAT(Scan("purchase", today - 2, rows), HasReason("RAW_EXPIRED"));
  ASSERT_THAT(Scan("purchase", today - 1, rows), IsOk());
  EXPECT_EQ(rows, 2);
  EXPECT_EQ(Days("visit"), 3);
  EXPECT_EQ(Days("purchase"), 3);
  // What would need the rows is refused whole.
  EXPECT_THAT(Call<v1::Withdrawal>("CreateWithdrawal", Analyst(),
                                   Proto<v1::CreateWithdrawalRequest>(
                                       R"pb(withdrawal { producer: "producers/shop" first_sequence: 1 last_sequence: 6 reason: "r" })pb")),
              HasReason("RAW_EXPIRED"));
}

TEST_F(RowRetentionTest, PartitionsFollowTheDays) {
  Retention retention(service::Context{store_, clock_, jobs_, {}, service::DefaultTimeZone(), people_});
  const auto partitions = [&] {
    int64_t count = -1;
    EXPECT_THAT(
        database_.get().Read(absl::Now() + absl::Seconds(10),
                             [&](sql::Session& session) {
                               return session.Query(
                                   "SELECT COUNT(*) FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = "
                                   "'row_block'",
                                   {}, [&](const sql::Row& row) { count = row.Int(0); });
                             }),
        IsOk());
    return count;
  };
  ASSERT_THAT(Ingest(1, "visit", clock_.Now() - absl::Hours(24)), IsOk());
  Fold("visit", absl::CivilDay(2025, 12, 31));
  EXPECT_EQ(partitions(), 1);
  ASSERT_THAT(retention.Partition(Job()), IsOk());
  EXPECT_EQ(partitions(), 9) << "today, a week, and the rest";
  ASSERT_THAT(retention.Partition(Job()), IsOk());
  EXPECT_EQ(partitions(), 9);
  clock_.Advance(absl::Hours(48));
  ASSERT_THAT(Ingest(2, "visit", clock_.Now()), IsOk());
  Fold("visit", absl::CivilDay(2026, 1, 3));
  ASSERT_THAT(retention.Partition(Job()), IsOk());
  EXPECT_EQ(partitions(), 11);
  // Three years later the rows are gone, and then their partitions.
  clock_.Advance(absl::Hours(24 * 365 * 3));
  ASSERT_THAT(retention.Expire(Job()), IsOk());
  ASSERT_THAT(retention.Partition(Job()), IsOk());
  int64_t rows;
  EXPECT_THAT(Scan("visit", absl::CivilDay(2025, 12, 31), rows), HasReason("RAW_EXPIRED"));
  EXPECT_EQ(Days("visit"), 1) << "the figures of the first day";
}

}  // namespace
}  // namespace heitie::metrics
