// A server stream whose messages a test can wait for.
#ifndef HEITIE_SERVICES_METRICS_WATCH_FAKE_STREAM_H_
#define HEITIE_SERVICES_METRICS_WATCH_FAKE_STREAM_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "common/rpc/service.h"
#include "heitie/metrics/v1/counters.pb.h"

namespace heitie::metrics {

// Takes every message at once, also one that would replace another.
template <typename Response>
class FakeStreamOf final : public rpc::Stream {
 public:
  struct Received {
    Response message;
    std::chrono::steady_clock::time_point time;
  };

  FakeStreamOf() = default;
  FakeStreamOf(rpc::Call call, const google::protobuf::Message& request) : call_(std::move(call)), request_(request.New()) {
    request_->CopyFrom(request);
  }

  const rpc::Call& call() const override { return call_; }
  const google::protobuf::Message& request() const override { return *request_; }
  bool Send(const google::protobuf::Message& message) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return false;
    received_.push_back({static_cast<const Response&>(message), std::chrono::steady_clock::now()});
    changed_.notify_all();
    return true;
  }
  bool SendLatest(const google::protobuf::Message& message) override { return Send(message); }
  void Close(const absl::Status& status) override { End(status); }
  void OnEnd(std::function<void()> callback) override {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!over_) return on_end_.push_back(std::move(callback));
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
  // Whether the stream ends before `patience` is over.
  bool WaitForEnd(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return over_; });
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
    std::vector<std::function<void()>> callbacks;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (std::exchange(over_, true)) return;
      end_ = status;
      callbacks.swap(on_end_);
      changed_.notify_all();
    }
    for (const auto& callback : callbacks) callback();
  }

  const rpc::Call call_;
  const std::unique_ptr<google::protobuf::Message> request_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Received> received_;
  std::vector<std::function<void()>> on_end_;
  bool over_ = false;
  absl::Status end_;
};

// Of the counters of activities.
using FakeStream = FakeStreamOf<v1::WatchActivityCountersResponse>;

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WATCH_FAKE_STREAM_H_
