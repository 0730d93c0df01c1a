// A stream of requests inside the door: one message at a time from a client that sends at its own pace through the workers and back, or
// another process's stream passed on.
#include "common/rpc/conversation.h"

#include <mutex>
#include <optional>
#include <utility>

#include "common/observe/spans.h"
#include "common/rpc/door_impl.h"
#include "common/rpc/trace.h"
#include "grpcpp/alarm.h"

namespace heitie::rpc {
namespace {

// Whoever can still give or be asked for a message holds it: the transport with `take` or `next`, the queue of the workers, the forwarder.
class ServedConversation final : public work::Task, public std::enable_shared_from_this<ServedConversation> {
 public:
  ServedConversation(Door::Impl& door, const Arrival& arrival, const std::string& method, ReadNext read, StreamSend send, StreamDone done)
      : passage_(door, arrival, method, Passage::Kind::kConversation, 0),
        read_(std::move(read)),
        send_(std::move(send)),
        done_(std::move(done)) {
    call_.method = method;
  }
  // The last holder went.
  ~ServedConversation() override {
    if (!over_) End(absl::InternalError("the stream was dropped"));
  }

  void Start(const Arrival& arrival) {
    try {
      Begin(arrival);
    } catch (...) {
      End(FromException());
    }
  }
  void Run() override;
  void Refuse() override { End(work::Overloaded()); }
  // Ends the stream as soon as nobody is at work for it, whatever is still to come. The first end counts.
  void End(const absl::Status& status);
  // Ends the stream after the answer to the message in hand.
  void Stop(const absl::Status& status);

 private:
  using Take = std::function<void(Incoming)>;
  // Whose turn it is: the client's, to send a message; ours, to answer it; the client's, to take the answer. Forwarded streams have no
  // turns.
  enum class Turn { kMessage, kWork, kAnswer };

  void Begin(const Arrival& arrival);
  void Submit();
  void Open();
  void Work();
  absl::Status Answer(const Call& call, std::unique_ptr<google::protobuf::Message>& answer);
  void Send(const google::protobuf::Message& answer);
  void HandOver(grpc::ByteBuffer message, std::function<void()> next);
  void Sent();
  void Ask();
  void Received(Incoming message);
  Call CallOfMessage() const;
  void EndAtDeadline();
  void Forward();
  void PassNext(Take take);
  void Pass(Incoming message);
  bool Enter(Turn turn);
  void Leave();
  void Complete();

  Passage passage_;
  Call call_;
  const ReadNext read_;
  const StreamSend send_;
  const StreamDone done_;
  grpc::Alarm deadline_;

  std::mutex mutex_;
  Turn turn_ = Turn::kWork;
  int inside_ = 0;  // threads in read_, in send_ or at work, before whose return nobody hears of the end
  bool over_ = false;
  absl::Status result_;               // once over
  std::optional<absl::Status> stop_;  // why it is to end
  Take passing_;                      // of a forwarded stream: the target waits for a message
  CancelFunction cancel_forward_;

  // Whose turn it is has these to itself.
  std::unique_ptr<Conversation> conversation_;
  grpc::ByteBuffer bytes_;
  bool last_ = false;  // no message comes any more
};

void ServedConversation::Begin(const Arrival& arrival) {
  if (absl::Status status = passage_.Enter(arrival, call_); !status.ok()) return End(status);
  const auto go_away = [weak = weak_from_this()] {
    if (auto live = weak.lock()) live->Stop(GoingAway());
  };
  if (!passage_.door().Register(this, go_away)) return End(GoingAway());
  if (passage_.route().target != nullptr) return Forward();
  EndAtDeadline();
  Submit();
}

void ServedConversation::EndAtDeadline() {
  deadline_.Set(absl::ToChronoTime(call_.deadline), [weak = weak_from_this()](bool reached) {
    auto live = weak.lock();
    if (live && reached) live->Stop(status::Error(status::kDeadline));
  });
}

// --- One message -------------------------------------------------------------------------------------------------------

void ServedConversation::Submit() {
  if (!passage_.door().workers->Submit(shared_from_this(), call_.principal.name, passage_.route().priority)) Refuse();
}

void ServedConversation::Run() {
  if (!Enter(Turn::kWork)) return;
  try {
    conversation_ == nullptr ? Open() : Work();
  } catch (...) {
    End(FromException());
  }
  Leave();
}

void ServedConversation::Open() {
  if (absl::Status status = Passage::InTime(call_); !status.ok()) return End(status);
  if (!passage_.route().conversation) return End(absl::InternalError("no handler is bound"));
  absl::StatusOr<std::unique_ptr<Conversation>> opened = passage_.route().conversation(CallOfMessage());
  if (!opened.ok()) return End(opened.status());
  conversation_ = *std::move(opened);
  Ask();
}

void ServedConversation::Ask() {
  if (!Enter(Turn::kMessage)) return;
  read_([self = shared_from_this()](Incoming message) { self->Received(std::move(message)); });
  Leave();
}

void ServedConversation::Received(Incoming message) {
  if (!message.ok()) return End(message.status());
  const size_t size = message->has_value() ? (*message)->Length() : 0;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_ || turn_ != Turn::kMessage) return;
    turn_ = Turn::kWork;
    ++inside_;
    if (message->has_value()) passage_.CountRequest(size);
  }
  last_ = !message->has_value();
  if (!last_) bytes_ = **std::move(message);
  absl::Status status = Passage::CheckSize(size);
  if (!status.ok() || (last_ && passage_.route().descriptor->server_streaming())) {
    End(status);
  } else {
    Submit();
  }
  Leave();
}

void ServedConversation::Work() {
  const Call call = CallOfMessage();
  const absl::Time begin = absl::Now();
  absl::Status status = Passage::InTime(call);
  if (status.ok()) status = passage_.Recheck(call);
  std::unique_ptr<google::protobuf::Message> answer;
  if (status.ok()) status = last_ ? conversation_->OnLast(call, answer) : Answer(call, answer);
  if (call.sampled) {
    observe::EndSpan({.trace_id = call.trace_id,
                      .span_id = call.span_id,
                      .parent_id = call_.span_id,
                      .name = "message",
                      .begin = begin,
                      .end = absl::Now(),
                      .code = status.code()});
  }
  if (!status.ok()) return End(status);
  if (answer != nullptr) return Send(*answer);
  if (last_) return End(absl::OkStatus());
  Ask();
}

absl::Status ServedConversation::Answer(const Call& call, std::unique_ptr<google::protobuf::Message>& answer) {
  const std::unique_ptr<google::protobuf::Message> request(passage_.route().request_type->New());
  const absl::Status status = passage_.ParseRequest(bytes_, *request);
  bytes_.Clear();
  return status.ok() ? AnswerTo(*conversation_, call, *request, answer) : status;
}

// One message sees one time, may take as long as a request that came alone, and is a part of the trace as one.
Call ServedConversation::CallOfMessage() const {
  Call call = call_;
  const Door::Options& options = passage_.door().options;
  call.now = options.clock->Now();
  if (call.sampled) call.span_id = SpanIdOf(call.trace_id, call.method, call.principal.name, call.now);
  call.deadline = std::min(call_.deadline, absl::Now() + options.default_deadline);
  return call;
}

void ServedConversation::Send(const google::protobuf::Message& answer) {
  grpc::ByteBuffer bytes = Serialize(answer);
  if (bytes.Length() > static_cast<size_t>(kMaxMessageBytes)) return End(AnswerTooLarge());
  HandOver(std::move(bytes), [self = shared_from_this()] { self->Sent(); });
  // The transport has the answer, and lets the end wait for it.
  std::unique_lock<std::mutex> lock(mutex_);
  if (!stop_.has_value() || turn_ != Turn::kAnswer) return;
  const absl::Status stop = *stop_;
  lock.unlock();
  End(stop);
}

void ServedConversation::HandOver(grpc::ByteBuffer message, std::function<void()> next) {
  const size_t size = message.Length();
  if (!Enter(Turn::kAnswer)) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    passage_.CountResponse(size);
  }
  send_(std::move(message), std::move(next));
  Leave();
}

void ServedConversation::Sent() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_ || turn_ != Turn::kAnswer) return;
  }
  last_ ? End(absl::OkStatus()) : Ask();
}

// --- Another process's -------------------------------------------------------------------------------------------------

void ServedConversation::Forward() {
  auto self = shared_from_this();
  CancelFunction cancel = passage_.route().target->Converse(
      call_, call_.method, [self](Take take) { self->PassNext(std::move(take)); },
      [self](grpc::ByteBuffer message, std::function<void()> next) { self->HandOver(std::move(message), std::move(next)); },
      [self](const absl::Status& status) {
        std::unique_lock<std::mutex> lock(self->mutex_);
        const absl::Status end = status.ok() ? self->stop_.value_or(status) : status;
        lock.unlock();
        self->End(end);
      });
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!over_) cancel_forward_ = std::exchange(cancel, nullptr);
  }
  if (cancel) cancel();
}

// A stream that is to end has no more messages for its target: it ends when that has answered those it has.
void ServedConversation::PassNext(Take take) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (over_) return;
    if (stop_.has_value()) {
      lock.unlock();
      return take(std::nullopt);
    }
    passing_ = std::move(take);
    ++inside_;
  }
  read_([self = shared_from_this()](Incoming message) { self->Pass(std::move(message)); });
  Leave();
}

void ServedConversation::Pass(Incoming message) {
  if (!message.ok()) return End(message.status());
  const size_t size = message->has_value() ? (*message)->Length() : 0;
  Take take;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_ || passing_ == nullptr) return;
    take = std::exchange(passing_, nullptr);
    ++inside_;
    if (message->has_value()) passage_.CountRequest(size);
  }
  absl::Status status = passage_.Recheck(call_);
  if (status.ok()) status = Passage::CheckSize(size);
  status.ok() ? take(std::move(message)) : End(status);
  Leave();
}

// --- The end -----------------------------------------------------------------------------------------------------------

// False when the stream is over. Else the thread has to leave again.
bool ServedConversation::Enter(Turn turn) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (over_) return false;
  if (turn == Turn::kMessage && stop_.has_value()) {
    const absl::Status stop = *stop_;
    lock.unlock();
    End(stop);
    return false;
  }
  turn_ = turn;
  ++inside_;
  return true;
}

void ServedConversation::Leave() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--inside_ > 0 || !over_) return;
  }
  Complete();
}

void ServedConversation::Stop(const absl::Status& status) {
  Take take;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (over_ || stop_.has_value()) return;
    const bool forwarded = passage_.route().target != nullptr;
    if (forwarded || turn_ == Turn::kWork) stop_ = status;
    if (forwarded) take = std::exchange(passing_, nullptr);
    if (stop_.has_value() && take == nullptr) return;
  }
  take ? take(std::nullopt) : End(status);
}

void ServedConversation::End(const absl::Status& status) {
  Take dropped;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(over_, true)) return;
    result_ = status;
    dropped = std::exchange(passing_, nullptr);
    if (inside_ > 0) return;  // the last one out completes
  }
  Complete();
}

void ServedConversation::Complete() {
  CancelFunction cancel_forward;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    cancel_forward.swap(cancel_forward_);
  }
  passage_.door().Deregister(this);
  deadline_.Cancel();
  if (cancel_forward) cancel_forward();
  conversation_.reset();
  const absl::Status status = Passage::Present(result_, call_);
  passage_.Record(call_, status);
  done_(status, call_);
  passage_.Leave();
}

}  // namespace

absl::Status AnswerTo(Conversation& conversation, const Call& call, google::protobuf::Message& request,
                      std::unique_ptr<google::protobuf::Message>& answer) {
  absl::Status status;
  try {
    status = Passage::Check(request);
    if (status.ok()) status = conversation.OnMessage(call, request, answer);
  } catch (...) {
    status = FromException();
  }
  if (status.ok()) return status;
  answer = nullptr;
  return conversation.OnRefused(call, request, Passage::Present(status, call), answer);
}

CancelFunction StartConversation(Door::Impl& door, const Arrival& arrival, const std::string& method, ReadNext read, StreamSend send,
                                 StreamDone done) {
  auto stream = std::make_shared<ServedConversation>(door, arrival, method, std::move(read), std::move(send), std::move(done));
  stream->Start(arrival);
  return [weak = std::weak_ptr<ServedConversation>(stream)] {
    if (auto live = weak.lock()) live->End(absl::CancelledError());
  };
}

}  // namespace heitie::rpc
