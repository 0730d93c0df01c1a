#include "tests/load/measure.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/bytes.h"

namespace heitie::load {
namespace {

// One request in flight and what it has seen.
struct Slot {
  Clock::time_point asked;
  Samples samples;
};

class CallLoop {
 public:
  CallLoop(client::Channel& channel, const rpc::Call& call, const std::string& method, const Window& window,
           const std::function<std::unique_ptr<google::protobuf::Message>()>& next)
      : channel_(channel), call_(call), method_(method), window_(window), next_(next) {}

  Samples Run(int in_flight) {
    std::vector<Slot> slots(in_flight);
    running_ = in_flight;
    for (Slot& slot : slots) Ask(slot);
    ended_.WaitForNotification();
    Samples all;
    for (const Slot& slot : slots) all.Merge(slot.samples);
    return all;
  }

 private:
  void Ask(Slot& slot) {
    const grpc::ByteBuffer request = rpc::Serialize(*next_());
    slot.asked = Clock::now();
    channel_.Unary(call_, method_, request, [this, &slot](const absl::Status& status, const grpc::ByteBuffer&) { Answered(slot, status); });
  }

  void Answered(Slot& slot, const absl::Status& status) {
    const auto now = Clock::now();
    if (!status.ok()) Die(absl::StrCat(method_, ": ", status.ToString()));
    slot.samples.Add(window_, slot.asked, now);
    if (now < window_.end) return Ask(slot);
    if (--running_ == 0) ended_.Notify();
  }

  client::Channel& channel_;
  const rpc::Call& call_;
  const std::string& method_;
  const Window window_;
  const std::function<std::unique_ptr<google::protobuf::Message>()>& next_;
  std::atomic<int> running_{0};
  absl::Notification ended_;
};

}  // namespace

void Die(const std::string& why) {
  std::fprintf(stderr, "load: %s\n", why.c_str());
  std::_Exit(1);
}

Window Window::Of(std::chrono::milliseconds warm_up, std::chrono::milliseconds measured) {
  const auto begin = Clock::now() + warm_up;
  return {begin, begin + measured};
}

void Samples::Add(const Window& window, Clock::time_point asked, Clock::time_point answered) {
  if (answered < window.begin || answered >= window.end) return;
  nanoseconds_.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(answered - asked).count());
}

double Samples::Micros(double quantile) const {
  if (nanoseconds_.empty()) return 0;
  std::vector<int64_t> sorted = nanoseconds_;
  const auto at = sorted.begin() + static_cast<int64_t>(quantile * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return static_cast<double>(*at) / 1000;
}

Samples LoopCalls(client::Channel& channel, const rpc::Call& call, const std::string& method, int in_flight, const Window& window,
                  const std::function<std::unique_ptr<google::protobuf::Message>()>& next) {
  return CallLoop(channel, call, method, window, next).Run(in_flight);
}

}  // namespace heitie::load
