#include "services/gateway/fan_out.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"

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

// The questions to one service. Once it is down the rest is not asked: they would wait in vain, each as long as the first.
struct FanOut::Lane {
  client::Client* client = nullptr;
  std::vector<Question*> questions;
  std::mutex mutex;
  size_t next = 0;
  absl::Status down;
};

FanOut::FanOut(const rpc::Call& call, Clients clients, absl::Time deadline, absl::Duration part_time)
    : call_(call), clients_(std::move(clients)), deadline_(deadline), part_time_(part_time) {}

absl::Status FanOut::Truncated(int limit) { return status::Error(kTruncated, {{"count", limit}}); }

void FanOut::Add(Part part, Work work, std::function<void()> use) {
  questions_.push_back({std::move(part), std::move(work), std::move(use), absl::OkStatus()});
}

absl::Status FanOut::Answer(Question& question, client::Client& client) const {
  rpc::Call call = call_;
  call.deadline = std::min(deadline_, absl::Now() + part_time_);
  if (call.deadline <= absl::Now()) return status::Error(status::kDeadline);
  return question.work(client, call);
}

void FanOut::Serve(Lane& lane) {
  std::unique_lock lock(lane.mutex);
  while (lane.next < lane.questions.size()) {
    Question& question = *lane.questions[lane.next++];
    if (!lane.down.ok()) {
      question.status = lane.down;
      continue;
    }
    lock.unlock();
    question.status = Answer(question, *lane.client);
    lock.lock();
    if (IsDown(question.status)) lane.down = question.status;
  }
}

void FanOut::Run(google::protobuf::RepeatedPtrField<v1::MissingPart>* missing) {
  std::map<std::string, Lane> lanes;
  for (Question& question : questions_) {
    Lane& lane = lanes[question.part.service];
    if (lane.client == nullptr) lane.client = &clients_(question.part.service);
    lane.questions.push_back(&question);
  }
  std::vector<std::thread> threads;
  for (auto& [service, lane] : lanes) {
    for (size_t i = 0; i < std::min(kLaneWidth, lane.questions.size()); ++i) threads.emplace_back([this, &lane = lane] { Serve(lane); });
  }
  for (std::thread& thread : threads) thread.join();
  for (Question& question : questions_) {
    if (question.status.ok() || status::ReasonOf(question.status) == kTruncated.id) question.use();
    if (!question.status.ok()) *missing->Add() = Missing(question.part, question.status);
  }
}

absl::Time ShareOfDeadline(const rpc::Call& call, double share) {
  const absl::Time now = absl::Now();
  return now + (call.deadline - now) * share;
}

}  // namespace heitie::gateway
