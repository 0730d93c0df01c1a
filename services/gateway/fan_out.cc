#include "services/gateway/fan_out.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "common/client/kept_threads.h"

namespace heitie::gateway {
namespace {

// Questions to one service at the same time. A composite must not be what overloads a service.
constexpr size_t kLaneWidth = 4;

bool IsDown(const absl::Status& status) { return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status); }

v1::MissingPart Missing(const Part& part, const absl::Status& status) {
  v1::MissingPart missing;
  missing.set_part(part.field);
  missing.set_subject(part.subject);
  missing.set_service(part.service);
  missing.set_code(absl::StatusCodeToString(status.code()));
  missing.set_reason(status::ReasonOf(status));
  missing.set_message(std::string(status.message()));
  return missing;
}

}  // namespace

const status::Reason kTruncated{absl::StatusCode::kOutOfRange, "TRUNCATED", "There are more than {count}; list them for the rest.",
                                "超過 {count} 筆，請以清單方法取得其餘。", "超过 {count} 条，请用列表方法取得其余。"};

FanOut::FanOut(const rpc::Call& call, Clients clients, absl::Time deadline, absl::Duration part_time)
    : call_(call), clients_(std::move(clients)), deadline_(deadline), part_time_(part_time) {}

FanOut::~FanOut() { AwaitThreads(); }

absl::Status FanOut::Truncated(int limit) { return status::Error(kTruncated, {{"count", limit}}); }

void FanOut::Add(Part part, Work work, std::function<void()> use) {
  questions_.push_back({std::move(part), std::move(work), std::move(use), deadline_});
}

void FanOut::Then(std::function<void()> more) {
  questions_.push_back({{}, nullptr, std::move(more), deadline_});
  questions_.back().answered = true;
}

absl::Status FanOut::Answer(const Question& question, client::Client& client) const {
  rpc::Call call = call_;
  call.deadline = std::min(question.deadline, absl::Now() + part_time_);
  if (call.deadline <= absl::Now()) return status::Error(status::kDeadline);
  return question.work(client, call);
}

void FanOut::Begin() {
  const std::lock_guard lock(mutex_);
  for (; begun_ < questions_.size(); ++begun_) {
    Question& question = questions_[begun_];
    if (question.work == nullptr) continue;
    Lane& lane = lanes_[question.part.service];
    if (lane.client == nullptr) lane.client = &clients_(question.part.service);
    lane.waiting.push_back(&question);
    if (lane.threads == kLaneWidth) continue;
    client::RunAside([this, &lane] { Serve(lane); });  // may throw, and then there is nothing to count
    ++lane.threads;
    ++threads_;
  }
}

void FanOut::Serve(Lane& lane) {
  std::unique_lock lock(mutex_);
  while (!lane.waiting.empty()) {
    Question& question = *lane.waiting.front();
    lane.waiting.pop_front();
    absl::Status status = lane.down;
    if (status.ok()) {
      lock.unlock();
      status = Answer(question, *lane.client);
      lock.lock();
    }
    if (IsDown(status)) lane.down = status;
    question.status = std::move(status);
    question.answered = true;
    changed_.notify_one();
  }
  --lane.threads;
  --threads_;
  changed_.notify_one();
}

void FanOut::Await(const Question& question) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return question.answered; });
}

// Those that still answer a question use it, and this.
void FanOut::AwaitThreads() {
  std::unique_lock lock(mutex_);
  for (auto& [service, lane] : lanes_) lane.waiting.clear();
  changed_.wait(lock, [this] { return threads_ == 0; });
}

absl::Status FanOut::Use(Question& question, google::protobuf::RepeatedPtrField<v1::MissingPart>* missing) {
  if (question.status.ok() || status::ReasonOf(question.status) == kTruncated.id) question.use();
  if (question.status.ok()) return absl::OkStatus();
  if (question.required) return question.status;
  *missing->Add() = Missing(question.part, question.status);
  return absl::OkStatus();
}

absl::Status FanOut::Run(google::protobuf::RepeatedPtrField<v1::MissingPart>* missing) {
  absl::Status status;
  // What is used may ask more.
  for (size_t i = 0; i < questions_.size() && status.ok(); ++i) {
    Begin();
    Await(questions_[i]);
    status = Use(questions_[i], missing);
  }
  AwaitThreads();
  return status;
}

absl::Time ShareOfDeadline(const rpc::Call& call, double share) {
  const absl::Time now = absl::Now();
  return now + (call.deadline - now) * share;
}

}  // namespace heitie::gateway
