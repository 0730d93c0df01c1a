// A server stream whose messages a test can wait for.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_FAKE_STREAM_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_FAKE_STREAM_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "common/rpc/service.h"
#include "heitie/metrics/v1/counters.pb.h"

namespace heitie::metrics {

class FakeStream final : public rpc::Stream {
 public:
  struct Received {
    v1::ActivityCounters counters;
    std::chrono::steady_clock::time_point time;
  };

  const rpc::Call& call() const override { return call_; }
  const google::protobuf::Message& request() const override { return request_; }
  bool Send(const google::protobuf::Message& message) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return false;
    received_.push_back({static_cast<const v1::WatchActivityCountersResponse&>(message).counters(), std::chrono::steady_clock::now()});
    changed_.notify_all();
    return true;
  }
  void Close(const absl::Status& status) override { End(status); }
  void OnEnd(std::function<void()> callback) override {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!over_) return void(on_end_ = std::move(callback));
    lock.unlock();
    callback();
  }

  // As if the client had gone.
  void Leave() { End(absl::CancelledError("gone")); }
  // Whether `done` holds of the messages before `patience` is over.
  bool WaitFor(const std::function<bool(const std::vector<Received>&)>& done,
               std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return done(received_); });
  }
  std::vector<Received> received() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return received_;
  }
  absl::Status end() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return end_;
  }

 private:
  void End(const absl::Status& status) {
    std::function<void()> callback;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (over_) return;
      over_ = true;
      end_ = status;
      callback = std::move(on_end_);
    }
    if (callback) callback();
  }

  const rpc::Call call_;
  const v1::WatchActivityCountersRequest request_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Received> received_;
  std::function<void()> on_end_;
  bool over_ = false;
  absl::Status end_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_FAKE_STREAM_H_
