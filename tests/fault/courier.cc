#include "tests/fault/courier.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "absl/time/clock.h"
#include "common/rpc/bytes.h"
#include "common/status/outage.h"
#include "common/status/status.h"
#include "tests/e2e/patience.h"
#include "tests/fault/chapter.h"

namespace heitie::fault {
namespace {

using metrics::v1::StreamBatchesRequest;
using metrics::v1::StreamBatchesResponse;

constexpr char kStream[] = "heitie.metrics.v1.IngestionStreamService/StreamBatches";
constexpr size_t kAhead = 4;
// Before the next stream, and between two batches: there is to be something to interrupt.
constexpr absl::Duration kNextStream = absl::Milliseconds(50), kPace = absl::Milliseconds(20);

// One stream, from the first parcel that was not acknowledged on.
class ParcelRun {
 public:
  ParcelRun(const std::vector<Parcel>& parcels, size_t& acknowledged)
      : parcels_(parcels), acknowledged_(acknowledged), sent_(acknowledged) {}

  void Run(const std::string& token) {
    rpc::Call call;
    call.trace_id = std::string(32, 'f');
    call.deadline = absl::Now() + kPatience;
    call.token = token;
    const auto cancel = e2e::Suite::Get().grpc().Converse(
        call, kStream, [this](const std::function<void(rpc::Incoming)>& take) { Ask(take); },
        [this](const grpc::ByteBuffer& bytes, const std::function<void()>& next) {
          if (Take(bytes)) return next();
          const std::lock_guard lock(mutex_);
          useless_ = true;
          changed_.notify_all();
        },
        [this](const absl::Status&) {
          const std::lock_guard lock(mutex_);
          over_ = true;
          changed_.notify_all();
        });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over_ || useless_; });
    lock.unlock();
    cancel();
    lock.lock();
    changed_.wait(lock, [&] { return over_; });
  }

 private:
  void Ask(const std::function<void(rpc::Incoming)>& take) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::seconds(1), [&] { return over_ || useless_ || sent_ < acknowledged_ + kAhead; });
    }
    absl::SleepFor(kPace);
    const StreamBatchesRequest* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (!over_ && !useless_ && sent_ < parcels_.size()) next = &parcels_[sent_++].batch;
    }
    take(next == nullptr ? std::optional<grpc::ByteBuffer>() : std::make_optional(rpc::Serialize(*next)));
  }

  // False when the stream is of no use any more.
  bool Take(const grpc::ByteBuffer& bytes) {
    StreamBatchesResponse answer;
    EXPECT_TRUE(rpc::Parse(bytes, answer));
    const std::lock_guard lock(mutex_);
    const Parcel& parcel = parcels_[acknowledged_];
    const int64_t sequence = parcel.batch.has_events() ? parcel.batch.events().sequence() : parcel.batch.measurements().sequence();
    EXPECT_EQ(answer.sequence(), sequence) << "answers come in order";
    if (answer.has_status()) {
      const absl::Status status = status::FromProto(answer.status());
      if (status::IsOutage(status)) return false;
      EXPECT_TRUE(parcel.bad && absl::IsInvalidArgument(status)) << status;
    } else {
      EXPECT_FALSE(parcel.bad) << "what is against the rules was acknowledged";
    }
    ++acknowledged_;
    changed_.notify_all();
    return true;
  }

  const std::vector<Parcel>& parcels_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t& acknowledged_;
  size_t sent_;
  bool over_ = false, useless_ = false;
};

}  // namespace

int DeliverAlone(const e2e::Person& who, const std::vector<Parcel>& parcels) {
  int asked = 0;
  for (const Parcel& parcel : parcels) {
    const absl::Status status = e2e::Insist(
        [&] {
          ++asked;
          if (parcel.batch.has_events()) {
            metrics::v1::IngestEventsResponse response;
            return who.Call("metrics.IngestEvents", parcel.batch.events(), &response);
          }
          metrics::v1::IngestMeasurementsResponse response;
          return who.Call("metrics.IngestMeasurements", parcel.batch.measurements(), &response);
        },
        kPatience, status::IsOutage);
    EXPECT_TRUE(parcel.bad ? absl::IsInvalidArgument(status) : status.ok()) << status;
  }
  return asked;
}

int DeliverByStream(const std::string& token, const std::vector<Parcel>& parcels) {
  int streams = 0;
  size_t acknowledged = 0;
  const absl::Time end = absl::Now() + kPatience;
  while (acknowledged < parcels.size() && absl::Now() < end) {
    if (streams++ > 0) absl::SleepFor(kNextStream);
    ParcelRun(parcels, acknowledged).Run(token);
  }
  EXPECT_EQ(acknowledged, parcels.size());
  return streams;
}

}  // namespace heitie::fault
