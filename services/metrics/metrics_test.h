// The metrics service in one process on a schema of its own, with what its tests deliver and ask.
#ifndef HEITIE_SERVICES_METRICS_METRICS_TEST_H_
#define HEITIE_SERVICES_METRICS_METRICS_TEST_H_

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/service.h"

namespace heitie::metrics {

inline v1::Event MakeEvent(const std::string& name, const std::string& user, absl::Time time, const std::string& activity = "") {
  v1::Event event;
  event.set_event_name(name);
  event.set_user(user);
  *event.mutable_occur_time() = time::ToTimestamp(time);
  event.set_activity(activity);
  return event;
}

inline v1::IngestEventsRequest MakeBatch(const std::string& producer, int64_t sequence, const std::vector<v1::Event>& events) {
  v1::IngestEventsRequest request;
  request.set_producer(producer);
  request.set_sequence(sequence);
  request.mutable_events()->Assign(events.begin(), events.end());
  return request;
}

class MetricsTest : public heitie::test::ServiceTest<Service> {
 protected:
  MetricsTest() : ServiceTest("metrics") {}

  rpc::Call Shop() const { return heitie::test::By("producers/shop", {options::v1::ROLE_PRODUCER}, clock_.Now()); }
  absl::StatusOr<v1::IngestEventsResponse> Ingest(const v1::IngestEventsRequest& request) { return Ingest(Analyst(), request); }
  absl::StatusOr<v1::IngestEventsResponse> Ingest(const rpc::Call& call, const v1::IngestEventsRequest& request) {
    return Call<v1::IngestEventsResponse>("IngestEvents", call, request);
  }
  absl::StatusOr<v1::Producer> GetProducer(const std::string& name) {
    v1::GetProducerRequest request;
    request.set_name(name);
    return Call<v1::Producer>("GetProducer", Analyst(), request);
  }
  absl::StatusOr<v1::QueryMetricResponse> Query(const std::string& text) {
    return Call<v1::QueryMetricResponse>(
        "QueryMetric", Analyst(),
        test::Proto<v1::QueryMetricRequest>("start_date { year: 2025 month: 12 day: 1 } end_date { year: 2026 month: 1 day: 31 } " + text));
  }
  absl::StatusOr<v1::ActivityCounters> GetCounters(const std::string& activity) {
    v1::GetActivityCountersRequest request;
    request.set_activity(activity);
    return Call<v1::ActivityCounters>("GetActivityCounters", Specialist(), request);
  }
  absl::StatusOr<v1::ActivityTracking> SetTracking(const std::string& text) {
    return Call<v1::ActivityTracking>("SetActivityTracking", Specialist(), test::Proto<v1::SetActivityTrackingRequest>(text));
  }
  int64_t Count(const std::string& table) {
    int64_t count = -1;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) {
                                       return session.Query("SELECT COUNT(*) FROM " + table, {},
                                                            [&](const sql::Row& row) { count = row.Int(0); });
                                     }),
                test::IsOk());
    return count;
  }
  // Rows that are stored, folded or not.
  int64_t CountRows() {
    int64_t rows = -1;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) {
                                       return session.Query(
                                           "SELECT CAST(SUM(row_count) AS SIGNED) FROM (SELECT row_count FROM fresh_block UNION ALL SELECT "
                                           "row_count FROM row_block) AS blocks",
                                           {}, [&](const sql::Row& row) { rows = row.Int(0); });
                                     }),
                test::IsOk());
    return rows;
  }
  // Folds everything, or what makes `least` rows of a day.
  void FoldAll(int64_t least = 1) {
    const FoldLimits limits{.rows = least, .blocks = 1 << 30, .age = absl::Hours(10000)};
    absl::StatusOr<std::vector<SeriesDay>> days;
    ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                     [&](sql::Session& session) {
                                       days = DaysToFold(session, clock_.Now(), limits);
                                       return days.status();
                                     }),
                test::IsOk());
    for (const SeriesDay& day : *days) ASSERT_THAT(FoldDay(database_.get(), absl::Now() + absl::Seconds(10), day), test::IsOk());
  }
  void ExpectNothingStored() {
    for (const char* table :
         {"fresh_block", "row_block", "day_cell", "ingested_batch", "producers", "series_producer", "known_user", "activity_producer"}) {
      EXPECT_EQ(Count(table), 0) << table;
    }
  }
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_METRICS_TEST_H_
