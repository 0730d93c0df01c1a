// A server stream inside the door: a bounded queue between whoever sends and a client that reads at its own pace, or another
// process's stream passed on.
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "common/rpc/door_impl.h"
#include "grpcpp/alarm.h"

namespace heitie::rpc {
namespace {

const status::Reason kSlowReader{absl::StatusCode::kResourceExhausted, "SLOW_READER",
                                 "The stream ended: its reader fell more than {limit} messages behind.",
                                 "串流已結束：讀取端落後超過 {limit} 則訊息。"};
constexpr size_t kQueueLimit = 64;

// The end goes on whatever one of those who are told of it throws.
void Tell(const std::function<void()>& callback) {
  try {
    callback();
  } catch (...) {
    observe::Log(observe::Severity::kError, "exception at the end of a stream", {{"error", std::string(FromException().message())}});
  }
}

}  // namespace

// Whoever can still send or be asked for more holds it: the handler, the queue of the workers, the transport's `next`, the forwarder.
class ServedStream final : public Stream, public work::Task, public std::enable_shared_from_this<ServedStream> {
 public:
  ServedStream(Door::Impl& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer bytes, StreamSend send,
               StreamDone done);
  ~ServedStream() override;

  void Start(const Arrival& arrival);
  void Run() override;
  void Refuse() override { End(work::Overloaded()); }
  // Ends the stream now, whatever is still queued. The first end counts.
  void End(const absl::Status& status);

  const Call& call() const override { return call_; }
  const google::protobuf::Message& request() const override { return *request_; }
  bool Send(const google::protobuf::Message& message) override;
  bool SendLatest(const google::protobuf::Message& message) override;
  void WhenTaken(std::function<void()> callback) override;
  void Close(const absl::Status& status) override;
  void OnEnd(std::function<void()> callback) override;

 private:
  void Begin(const Arrival& arrival);
  void Serve();
  void Forward();
  void EndAtDeadline();
  bool Queue(grpc::ByteBuffer message);
  bool Replace(grpc::ByteBuffer message);
  void Pump();
  void Sent();
  void HandOver(grpc::ByteBuffer message, std::function<void()> next);
  void Complete();

  Passage passage_;
  Call call_;
  grpc::ByteBuffer bytes_;
  std::unique_ptr<google::protobuf::Message> request_;
  const StreamSend send_;
  const StreamDone done_;
  grpc::Alarm deadline_;

  std::mutex mutex_;
  std::deque<grpc::ByteBuffer> queue_;
  bool pumping_ = false;  // a thread is in Pump
  bool sending_ = false;  // the transport has a message and has not asked for the next
  int in_send_ = 0;       // threads inside send_, before whose return the transport must not hear of the end
  bool over_ = false;
  absl::Status result_;                 // once over
  std::optional<absl::Status> closed_;  // by the handler; the end comes after what is queued
  std::vector<std::function<void()>> on_end_;
  std::function<void()> when_taken_;
  CancelFunction cancel_forward_;
};

ServedStream::ServedStream(Door::Impl& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer bytes, StreamSend send,
                           StreamDone done)
    : passage_(door, arrival, method, Passage::Kind::kStream, bytes.Length()),
      bytes_(std::move(bytes)),
      send_(std::move(send)),
      done_(std::move(done)) {
  call_.method = method;
}

// The last holder went: the transport with a message in its hands, or a handler that forgot to close.
ServedStream::~ServedStream() {
  if (!over_) End(closed_.value_or(absl::InternalError("the handler left its stream open")));
}

void ServedStream::Start(const Arrival& arrival) {
  try {
    Begin(arrival);
  } catch (...) {
    End(FromException());
  }
}

void ServedStream::Begin(const Arrival& arrival) {
  if (absl::Status status = passage_.Enter(arrival, call_); !status.ok()) return End(status);
  const auto go_away = [weak = weak_from_this()] {
    if (auto live = weak.lock()) live->End(GoingAway());
  };
  if (!passage_.door().Register(this, go_away)) return End(GoingAway());
  if (passage_.route().target != nullptr) return Forward();
  Serve();
}

void ServedStream::Serve() {
  request_.reset(passage_.route().request_type->New());
  absl::Status status = passage_.Read(bytes_, *request_);
  bytes_.Clear();
  if (!status.ok()) return End(status);
  EndAtDeadline();
  if (!passage_.door().workers->Submit(shared_from_this(), call_.principal.name, passage_.route().priority)) Refuse();
}

void ServedStream::Run() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return;
  }
  if (absl::Status status = Passage::InTime(call_); !status.ok()) return End(status);
  if (!passage_.route().stream) return End(absl::InternalError("no handler is bound"));
  try {
    passage_.route().stream(shared_from_this());
  } catch (...) {
    End(FromException());
  }
}

void ServedStream::Forward() {
  auto self = shared_from_this();
  auto on_message = [self](grpc::ByteBuffer message, std::function<void()> next) { self->HandOver(std::move(message), std::move(next)); };
  auto on_done = [self](const absl::Status& status) { self->End(status); };
  CancelFunction cancel = passage_.route().target->ServerStream(call_, call_.method, bytes_, std::move(on_message), std::move(on_done));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!over_) cancel_forward_ = std::exchange(cancel, nullptr);
  }
  if (cancel) cancel();
}

void ServedStream::EndAtDeadline() {
  deadline_.Set(absl::ToChronoTime(call_.deadline), [weak = weak_from_this()](bool reached) {
    auto live = weak.lock();
    if (live && reached) live->End(status::Error(status::kDeadline));
  });
}

bool ServedStream::Send(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes = Serialize(message);
  if (bytes.Length() > static_cast<size_t>(kMaxMessageBytes)) {
    End(AnswerTooLarge());
    return false;
  }
  if (Queue(std::move(bytes))) {
    Pump();
    return true;
  }
  std::unique_lock<std::mutex> lock(mutex_);
  const bool slow = !over_ && !closed_.has_value();
  lock.unlock();
  if (slow) End(status::Error(kSlowReader, {{"limit", kQueueLimit}}));
  return false;
}

// False when the stream is over or the queue full.
bool ServedStream::Queue(grpc::ByteBuffer message) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (over_ || closed_.has_value() || queue_.size() >= kQueueLimit) return false;
  queue_.push_back(std::move(message));
  return true;
}

bool ServedStream::SendLatest(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes = Serialize(message);
  if (bytes.Length() > static_cast<size_t>(kMaxMessageBytes)) {
    End(AnswerTooLarge());
    return false;
  }
  if (!Replace(std::move(bytes))) return false;
  Pump();
  return true;
}

// False when the stream is over.
bool ServedStream::Replace(grpc::ByteBuffer message) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (over_ || closed_.has_value()) return false;
  queue_.clear();
  queue_.push_back(std::move(message));
  return true;
}

void ServedStream::WhenTaken(std::function<void()> callback) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_ || closed_.has_value()) return;
    if (sending_ || !queue_.empty()) {
      when_taken_ = std::move(callback);
      return;
    }
  }
  callback();
}

void ServedStream::Close(const absl::Status& status) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_ || closed_.has_value()) return;
    closed_ = status;
  }
  Pump();
}

void ServedStream::OnEnd(std::function<void()> callback) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!over_) return on_end_.push_back(std::move(callback));
  }
  callback();
}

// Hands the next message to the transport unless it is busy with one. The transport may ask for the next at once or later, from any
// thread; one thread at a time is in the loop, so that a transport that is always ready does not recurse.
void ServedStream::Pump() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (pumping_) return;
  pumping_ = true;
  while (!over_ && !sending_ && !queue_.empty()) {
    grpc::ByteBuffer message = std::move(queue_.front());
    queue_.pop_front();
    sending_ = true;
    lock.unlock();
    HandOver(std::move(message), [self = shared_from_this()] { self->Sent(); });
    lock.lock();
  }
  pumping_ = false;
  if (over_ || sending_ || !closed_.has_value()) return;
  lock.unlock();
  End(*closed_);
}

void ServedStream::Sent() {
  std::function<void()> taken;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    sending_ = false;
    if (queue_.empty()) taken = std::exchange(when_taken_, nullptr);
  }
  if (taken) taken();
  Pump();
}

void ServedStream::HandOver(grpc::ByteBuffer message, std::function<void()> next) {
  if (absl::Status status = passage_.Recheck(call_); !status.ok()) return End(status);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return;
    ++in_send_;
    passage_.CountResponse(message.Length());
  }
  send_(std::move(message), std::move(next));
  std::unique_lock<std::mutex> lock(mutex_);
  if (--in_send_ > 0 || !over_) return;
  lock.unlock();
  Complete();
}

void ServedStream::End(const absl::Status& status) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(over_, true)) return;
    result_ = status;
    queue_.clear();
    if (in_send_ > 0) return;  // HandOver completes
  }
  Complete();
}

void ServedStream::Complete() {
  std::vector<std::function<void()>> callbacks;
  CancelFunction cancel_forward;
  std::function<void()> dropped;  // which may hold the stream
  {
    std::lock_guard<std::mutex> lock(mutex_);
    callbacks.swap(on_end_);
    dropped.swap(when_taken_);
    cancel_forward.swap(cancel_forward_);
  }
  passage_.door().Deregister(this);
  deadline_.Cancel();
  if (cancel_forward) cancel_forward();
  for (const auto& callback : callbacks) Tell(callback);
  const absl::Status status = Passage::Present(result_, call_);
  passage_.Record(call_, status);
  done_(status, call_);
  passage_.Leave();
}

CancelFunction StartStream(Door::Impl& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer request, StreamSend send,
                           StreamDone done) {
  auto stream = std::make_shared<ServedStream>(door, arrival, method, std::move(request), std::move(send), std::move(done));
  stream->Start(arrival);
  return [weak = std::weak_ptr<ServedStream>(stream)] {
    if (auto live = weak.lock()) live->End(absl::CancelledError());
  };
}

}  // namespace heitie::rpc
