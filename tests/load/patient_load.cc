#include "tests/load/patient_load.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/bytes.h"
#include "common/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/e2e/http_client.h"

namespace heitie::load {
namespace {

using google::protobuf::Message;

constexpr absl::Duration kTick = absl::Milliseconds(100);
constexpr absl::Duration kFirstPause = absl::Milliseconds(50), kLongestPause = absl::Seconds(5);

class GrpcWay final : public Way {
 public:
  explicit GrpcWay(const client::ChannelOptions& options) : channel_(client::NewChannel(options)) {}
  void Ask(const rpc::Call& call, const std::string& method, std::shared_ptr<const Message> request, std::shared_ptr<Message> response,
           std::function<void(const absl::Status&)> done) override {
    channel_->Unary(call, method, rpc::Serialize(*request),
                    [response, done = std::move(done)](const absl::Status& status, const grpc::ByteBuffer& bytes) {
                      done(!status.ok() || rpc::Parse(bytes, *response) ? status : absl::InternalError("malformed answer"));
                    });
  }

 private:
  const std::unique_ptr<client::Channel> channel_;
};

class HttpWay final : public Way {
 public:
  HttpWay(int port, int connections) : client_(port, /*keep=*/true) {
    for (int i = 0; i < connections; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~HttpWay() override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    more_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  void Ask(const rpc::Call& call, const std::string& method, std::shared_ptr<const Message> request, std::shared_ptr<Message> response,
           std::function<void(const absl::Status&)> done) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      works_.push_back([=, this] { done(client_.Call(call, method, *request, response.get())); });
    }
    more_.notify_one();
  }

 private:
  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      more_.wait(lock, [this] { return ending_ || !works_.empty(); });
      if (works_.empty()) return;
      const std::function<void()> work = std::move(works_.front());
      works_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  e2e::HttpClient client_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> works_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

// How long the refusal tells to wait; nothing when it does not.
std::optional<absl::Duration> AdviceOf(const absl::Status& status) {
  const google::rpc::Status proto = status::ToProto(status, status::Language::kEnglish);
  for (const auto& detail : proto.details()) {
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&retry)) return absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
  }
  return std::nullopt;
}

bool MayComeAgain(const absl::Status& status, bool advised) {
  return absl::IsUnavailable(status) || (absl::IsResourceExhausted(status) && advised);
}

}  // namespace

std::unique_ptr<Way> OverGrpc(const client::ChannelOptions& options) { return std::make_unique<GrpcWay>(options); }
std::unique_ptr<Way> OverHttp(int port, int connections) { return std::make_unique<HttpWay>(port, connections); }

PatientLoad::PatientLoad(std::string token, absl::Duration deadline, absl::Duration patience)
    : token_(std::move(token)), deadline_(deadline), patience_(patience) {}

void PatientLoad::Run(double rate, const std::function<Errand()>& next, const std::function<bool()>& stop,
                      const std::function<void()>& tick) {
  std::exponential_distribution<double> gap(rate);
  absl::Time due = absl::Now(), next_tick = due;
  while (!stop()) {
    TakeAll();
    const absl::Time now = absl::Now();
    for (; due <= now; due += absl::Seconds(gap(random_))) Try(std::make_shared<Course>(Course{next(), due, 0}));
    RetryDue(now);
    if (now >= next_tick) {
      tick();
      next_tick = now + kTick;
    }
    Wait(std::min(due, next_tick));
  }
  while (asked_ > 0 || !retries_.empty()) {
    TakeAll();
    RetryDue(absl::Now());
    Wait(absl::Now() + kTick);
  }
}

void PatientLoad::Try(const std::shared_ptr<Course>& course) {
  ++course->attempts;
  ++asked_;
  const absl::Time now = absl::Now();
  rpc::Call call;
  call.token = token_;
  call.deadline = now + deadline_;
  call.trace_id = absl::StrCat(absl::Hex(random_() | 1, absl::kZeroPad16), absl::Hex(random_(), absl::kZeroPad16));
  const Errand& errand = course->errand;
  errand.way->Ask(call, errand.method, errand.request, errand.response, [this, course, now](const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answers_.push_back({course, now, absl::Now(), status});
    answered_.notify_one();
  });
}

void PatientLoad::Take(const Answer& answer) {
  --asked_;
  const Errand& errand = answer.course->errand;
  const std::optional<absl::Duration> advice = AdviceOf(answer.status);
  attempts_.push_back({errand.kind, answer.asked, answer.answered, answer.status.code(), advice.has_value()});
  if (answer.status.ok() && errand.done) errand.done(answer.asked);
  const absl::Time again = absl::Now() + Pause(*answer.course, advice.value_or(absl::ZeroDuration()));
  if (MayComeAgain(answer.status, advice.has_value()) && again < answer.course->due + patience_) {
    retries_.emplace(again, answer.course);
  } else {
    endings_.push_back({errand.kind, answer.course->due, answer.answered, answer.status.code()});
  }
}

void PatientLoad::TakeAll() {
  std::vector<Answer> answers;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    answers.swap(answers_);
  }
  for (const Answer& answer : answers) Take(answer);
}

void PatientLoad::RetryDue(absl::Time now) {
  while (!retries_.empty() && retries_.begin()->first <= now) {
    const std::shared_ptr<Course> course = retries_.begin()->second;
    retries_.erase(retries_.begin());
    Try(course);
  }
}

void PatientLoad::Wait(absl::Time until) {
  if (!retries_.empty()) until = std::min(until, retries_.begin()->first);
  std::unique_lock<std::mutex> lock(mutex_);
  answered_.wait_until(lock, absl::ToChronoTime(until), [this] { return !answers_.empty(); });
}

// At least what was advised, doubled from attempt to attempt, and never the same for two that failed together.
absl::Duration PatientLoad::Pause(const Course& course, absl::Duration advice) {
  const absl::Duration grown = std::max(advice, kFirstPause) * (1 << std::min(course.attempts - 1, 10));
  return std::min(grown, kLongestPause) * std::uniform_real_distribution<double>(1, 1.5)(random_);
}

}  // namespace heitie::load
