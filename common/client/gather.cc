#include "common/client/gather.h"

#include <algorithm>
#include <exception>

#include "absl/time/clock.h"
#include "common/status/status.h"

namespace heitie::client {
namespace {

// Questions to one service at the same time. A composite must not be what overloads a service.
constexpr size_t kLaneWidth = 4;

bool IsDown(const absl::Status& status) { return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status); }

}  // namespace

Gather::Gather(const rpc::Call& call, Clients clients, absl::Time deadline, absl::Duration part_time)
    : call_(call), clients_(std::move(clients)), deadline_(deadline), part_time_(part_time) {}

Gather::~Gather() { AwaitOpen(); }

absl::Status Gather::Truncated(int limit) { return status::Error(status::kTruncated, {{"count", limit}}); }

void Gather::Add(Part part, Start start, std::function<void()> use) {
  questions_.push_back({std::move(part), std::move(start), std::move(use), deadline_, nullptr});
}

void Gather::Then(std::function<void()> more) {
  questions_.push_back({{}, nullptr, std::move(more), deadline_, nullptr});
  questions_.back().answered = true;
}

void Gather::Begin() {
  std::unique_lock lock(mutex_);
  for (; begun_ < questions_.size(); ++begun_) {
    Question& question = questions_[begun_];
    if (question.start == nullptr) continue;
    Lane& lane = lanes_[question.part.process];
    if (lane.client == nullptr) lane.client = &clients_(question.part.process);
    lane.waiting.push_back(&question);
    if (lane.open == kLaneWidth) continue;
    ++lane.open;
    ++open_;
    if (Question* next = Next(lane); next != nullptr) {
      lock.unlock();
      StartQuestion(lane, *next);
      lock.lock();
    }
  }
}

Gather::Question* Gather::Next(Lane& lane) {
  while (!lane.waiting.empty()) {
    Question* question = lane.waiting.front();
    lane.waiting.pop_front();
    if (lane.down.ok()) return question;
    question->status = lane.down;
    question->answered = true;
  }
  --lane.open;
  --open_;
  changed_.notify_one();
  return nullptr;
}

// The answer may come at once, in this thread, and with the last answer this may go.
void Gather::StartQuestion(Lane& lane, Question& question) {
  const Start start = std::move(question.start);  // outlives its own call
  rpc::Call call = call_;
  call.deadline = std::min(question.deadline, absl::Now() + part_time_);
  if (call.deadline <= absl::Now()) return Answered(lane, question, status::Error(status::kDeadline));
  try {
    start(*lane.client, call, [this, &lane, &question](const absl::Status& status) { Answered(lane, question, status); });
  } catch (const std::exception& exception) {
    Answered(lane, question, absl::InternalError(exception.what()));
  } catch (...) {
    // Not an error but an end, such as a thread's: it goes on, and nobody waits for this question.
    Answered(lane, question, absl::CancelledError());
    throw;
  }
}

// The place in the lane is the next question's.
void Gather::Answered(Lane& lane, Question& question, const absl::Status& status) {
  std::unique_lock lock(mutex_);
  if (IsDown(status)) lane.down = status;
  question.status = status;
  question.answered = true;
  changed_.notify_one();
  Question* next = Next(lane);
  lock.unlock();  // after which this may be gone, unless there is a next one
  if (next != nullptr) StartQuestion(lane, *next);
}

void Gather::Await(const Question& question) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return question.answered; });
}

void Gather::AwaitOpen() {
  std::unique_lock lock(mutex_);
  for (auto& [service, lane] : lanes_) lane.waiting.clear();
  changed_.wait(lock, [this] { return open_ == 0; });
}

absl::Status Gather::Use(Question& question, const Missing& missing) {
  if (question.status.ok() || status::ReasonOf(question.status) == status::kTruncated.id) question.use();
  if (question.status.ok()) return absl::OkStatus();
  if (question.required) return question.status;
  question.fail ? question.fail(question.status) : missing(question.part, question.status);
  return absl::OkStatus();
}

absl::Status Gather::Run(const Missing& missing) {
  absl::Status status;
  // What is used may ask more.
  for (size_t i = 0; i < questions_.size() && status.ok(); ++i) {
    Begin();
    Await(questions_[i]);
    status = Use(questions_[i], missing);
  }
  AwaitOpen();
  return status;
}

absl::Time ShareOfDeadline(const rpc::Call& call, double share) {
  const absl::Time now = absl::Now();
  return now + (call.deadline - now) * share;
}

}  // namespace heitie::client
