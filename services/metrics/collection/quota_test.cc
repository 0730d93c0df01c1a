#include "services/metrics/collection/quota.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/ingestion_stream.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolations;
using heitie::test::IsOk;
using heitie::test::Proto;

const absl::Time kQuotaStart = absl::FromUnixSeconds(1767225600);  // 08:00 of 2026-01-01 in Taipei

absl::Duration DelayOf(const google::rpc::Status& proto) {
  for (const auto& detail : proto.details()) {
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&retry)) return absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
  }
  return absl::InfiniteDuration();
}
absl::Duration DelayOf(const absl::Status& status) { return DelayOf(status::ToProto(status, status::Language::kEnglish)); }

// A bucket of tokens in integers: it fills with `rate` rows a second up to `burst`, and a batch takes its rows out; one that is greater
// than the bucket takes them out of a full one. At rates that divide a million microseconds nothing is rounded, so both say the same each
// time.
TEST(QuotaTest, EqualsABucketOfTokens) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    const int64_t rates[] = {1, 2, 4, 5, 8, 10, 100, 1000};
    const int64_t rate = rates[random() % 8], burst = 1 + static_cast<int64_t>(random() % 50);
    v1::Producer producer;
    producer.set_rows_per_second(rate);
    producer.set_burst_rows(burst);
    int64_t level = burst * 1000000;
    absl::Time now = kQuotaStart;
    for (int i = 0; i < 60; ++i) {
      const int64_t wait = static_cast<int64_t>(random() % (2000000 * burst / rate + 2));
      now += absl::Microseconds(wait);
      level = std::min(burst * 1000000, level + wait * rate);
      const int64_t rows = 1 + static_cast<int64_t>(random() % (burst + 10));
      const bool fits = level >= std::min(rows, burst) * 1000000;
      const absl::Status said = CheckQuota(producer, rows, now, absl::UTCTimeZone());
      ASSERT_EQ(said.ok(), fits) << said << " rate " << rate << " burst " << burst << " rows " << rows;
      if (fits) {
        UseQuota(rows, now, absl::UTCTimeZone(), producer);
        level -= rows * 1000000;
        continue;
      }
      EXPECT_THAT(said, HasReason("QUOTA_EXCEEDED"));
      const absl::Duration delay = DelayOf(said);
      EXPECT_THAT(CheckQuota(producer, rows, now + delay, absl::UTCTimeZone()), IsOk());
      EXPECT_FALSE(CheckQuota(producer, rows, now + delay - absl::Microseconds(1), absl::UTCTimeZone()).ok());
    }
  }
}

// At any rate, no span of time lets more through than the burst and what its length allows.
TEST(QuotaTest, NoSpanLetsMoreThrough) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 40; ++round) {
    v1::Producer producer;
    producer.set_rows_per_second(1 + static_cast<int64_t>(random() % 5000));
    producer.set_burst_rows(1 + static_cast<int64_t>(random() % 2000));
    std::vector<std::pair<absl::Time, int64_t>> taken;
    absl::Time now = kQuotaStart;
    for (int i = 0; i < 200; ++i) {
      now += absl::Microseconds(random() % 200000);
      const int64_t rows = 1 + static_cast<int64_t>(random() % producer.burst_rows());
      if (!CheckQuota(producer, rows, now, absl::UTCTimeZone()).ok()) continue;
      UseQuota(rows, now, absl::UTCTimeZone(), producer);
      taken.emplace_back(now, rows);
    }
    for (size_t i = 0; i < taken.size(); ++i) {
      int64_t sum = 0;
      for (size_t j = i; j < taken.size(); ++j) {
        sum += taken[j].second;
        const double most = static_cast<double>(producer.burst_rows()) +
                            absl::ToDoubleSeconds(taken[j].first - taken[i].first) * static_cast<double>(producer.rows_per_second());
        ASSERT_LE(static_cast<double>(sum), most + 1e-6);
      }
    }
  }
}

TEST(QuotaTest, ADayEndsAtMidnightOfItsZone) {
  const absl::TimeZone zone = service::DefaultTimeZone();
  v1::Producer producer;
  producer.set_rows_per_day(10);
  EXPECT_THAT(CheckQuota(producer, 11, kQuotaStart, zone), HasReason("BATCH_ABOVE_QUOTA"));
  UseQuota(7, kQuotaStart, zone, producer);
  EXPECT_THAT(CheckQuota(producer, 3, kQuotaStart, zone), IsOk());
  const absl::Status refused = CheckQuota(producer, 4, kQuotaStart, zone);
  EXPECT_THAT(refused, HasReason("QUOTA_EXCEEDED"));
  EXPECT_EQ(DelayOf(refused), absl::Hours(16));
  UseQuota(4, kQuotaStart + absl::Hours(16), zone, producer);
  EXPECT_EQ(producer.quota_rows(), 4);
  EXPECT_EQ(time::ToDay(producer.quota_date()), absl::CivilDay(2026, 1, 2));
  producer.set_rows_per_day(0);
  UseQuota(100, kQuotaStart, zone, producer);
  EXPECT_FALSE(producer.has_quota_date());
}

class ProducerQuotaTest : public heitie::test::ServiceTest<Service> {
 protected:
  ProducerQuotaTest() : ServiceTest("metrics") {}

  v1::IngestEventsRequest Batch(const std::string& producer, int64_t sequence, int rows) {
    v1::IngestEventsRequest request;
    request.set_producer("producers/" + producer);
    request.set_sequence(sequence);
    for (int i = 0; i < rows; ++i) {
      v1::Event& event = *request.add_events();
      event.set_event_name("visit");
      event.set_user(absl::StrCat("u", i));
      *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    }
    return request;
  }
  absl::Status Ingest(int64_t sequence, int rows) {
    return Call<v1::IngestEventsResponse>("IngestEvents", Shop(), Batch("shop", sequence, rows)).status();
  }
  rpc::Call Shop() const { return heitie::test::By("producers/shop", {options::v1::ROLE_PRODUCER}, clock_.Now()); }
  absl::Status Limit(const std::string& text, const std::string& mask) {
    return Call<v1::Producer>(
               "UpdateProducer", Analyst(),
               Proto<v1::UpdateProducerRequest>("producer { name: 'producers/shop' " + text + " } update_mask { " + mask + " }"))
        .status();
  }
  v1::Producer Shown() {
    auto producer = Call<v1::Producer>("GetProducer", Analyst(), Proto<v1::GetProducerRequest>("name: 'producers/shop'"));
    EXPECT_THAT(producer, IsOk());
    return *producer;
  }
};

TEST_F(ProducerQuotaTest, WhatIsBeyondLeavesNothingAndComesLater) {
  ASSERT_THAT(Ingest(1, 3), IsOk());
  EXPECT_THAT(Limit("burst_rows: 10", "paths: 'burst_rows'"), HasViolations("producer.burst_rows QUOTA_BURST_ALONE"));
  ASSERT_THAT(Limit("rows_per_second: 2 burst_rows: 10", "paths: 'rows_per_second' paths: 'burst_rows'"), IsOk());
  ASSERT_THAT(Ingest(2, 10), IsOk());
  const v1::Producer before = Shown();
  const absl::Status refused = Ingest(3, 4);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DelayOf(refused), absl::Seconds(2));
  EXPECT_EQ(Shown().etag(), before.etag());
  int64_t users = 0;
  ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(10),
                                   [&](sql::Session& session) {
                                     return session.Query("SELECT COUNT(*) FROM known_user", {},
                                                          [&](const sql::Row& row) { users = row.Int(0); });
                                   }),
              IsOk());
  EXPECT_EQ(users, 10);
  EXPECT_THAT(Ingest(2, 10), IsOk()) << "a repetition is acknowledged as ever";
  clock_.Set(clock_.Now() + absl::Seconds(2));
  EXPECT_THAT(Ingest(3, 4), IsOk());
  ASSERT_THAT(Limit("rows_per_second: 1000", "paths: 'rows_per_second' paths: 'burst_rows'"), IsOk());
  EXPECT_FALSE(Shown().has_quota_time());
}

TEST_F(ProducerQuotaTest, AStreamGoesOn) {
  ASSERT_THAT(Ingest(1, 1), IsOk());
  ASSERT_THAT(Limit("rows_per_day: 5", "paths: 'rows_per_day'"), IsOk());
  std::vector<v1::StreamBatchesRequest> requests(4);
  for (int i = 0; i < 4; ++i) *requests[i].mutable_events() = Batch("shop", i + 2, i == 1 ? 4 : i == 2 ? 6 : 3);
  *requests[3].mutable_events() = Batch("shop", 5, 2);
  const auto answers = service_->rpc().Converse<v1::StreamBatchesResponse>("StreamBatches", Shop(), requests);
  ASSERT_THAT(answers, IsOk());
  ASSERT_EQ(answers->size(), 4u);
  EXPECT_EQ((*answers)[0].events().accepted_count(), 3);
  EXPECT_EQ((*answers)[1].status().code(), static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(DelayOf((*answers)[1].status()), absl::Hours(16)) << "until midnight in Taipei";
  EXPECT_EQ((*answers)[2].status().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ((*answers)[3].events().accepted_count(), 2);
  EXPECT_EQ(Shown().quota_rows(), 5);
}

TEST_F(ProducerQuotaTest, IsExactHoweverManyDeliver) {
  ASSERT_THAT(Ingest(1, 1), IsOk());
  ASSERT_THAT(
      Limit("rows_per_day: 50 rows_per_second: 20 burst_rows: 45", "paths: 'rows_per_day' paths: 'rows_per_second' paths: 'burst_rows'"),
      IsOk());
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 5; ++i) {
          const absl::Status status = Ingest(2 + t * 5 + i, 5);
          if (status.ok()) {
            ++taken;
          } else {
            EXPECT_THAT(status, HasReason("QUOTA_EXCEEDED"));
          }
        }
      });
    }
  }
  EXPECT_EQ(taken, 9) << "45 rows at once";
  EXPECT_EQ(Shown().event_count(), 46);
}

}  // namespace
}  // namespace heitie::metrics
