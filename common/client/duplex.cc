#include "common/client/duplex.h"

#include <exception>
#include <utility>

#include "common/observe/log.h"

namespace heitie::client {

std::shared_ptr<Duplex> Duplex::New(InFlight& all, rpc::ReadNext read, std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                    std::function<void(const grpc::Status&)> done) {
  std::shared_ptr<Duplex> duplex(new Duplex(all));
  duplex->read_ = std::move(read);
  duplex->on_message_ = std::move(message);
  duplex->on_done_ = std::move(done);
  return duplex;
}

void Duplex::Start(grpc::GenericStub& stub, grpc::CompletionQueue* queue, const std::string& path) {
  self_ = shared_from_this();
  stream_ = stub.PrepareCall(&context_, path, queue);
  stream_->StartCall(&started_);
}

void Duplex::Cancel() {
  context_.TryCancel();
  const std::lock_guard lock(mutex_);
  if (turn_ == Turn::kConsumer) Finish();
}

void Duplex::OnStarted(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    ok ? stream_->Read(&answer_, &answered_) : Finish();
  }
  if (ok) Ask();
  LetGo();
}

// Who is asked may answer when the stream has ended and nobody else holds it.
void Duplex::Ask() {
  try {
    read_([weak = weak_from_this()](rpc::Incoming message) {
      if (const auto live = weak.lock()) live->Pass(std::move(message));
    });
  } catch (const std::exception& exception) {
    observe::Log(observe::Severity::kError, "exception over a stream's next message", {{"error", exception.what()}});
    Cancel();
  }
}

void Duplex::Pass(rpc::Incoming message) {
  if (!message.ok()) return Cancel();
  const std::lock_guard lock(mutex_);
  if (turn_ == Turn::kOver) return;
  ++open_;
  last_ = !message->has_value();
  last_ ? stream_->WritesDone(&written_) : stream_->Write(**message, &written_);
}

void Duplex::OnWritten(bool ok) {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    more = ok && !last_ && turn_ != Turn::kOver;
  }
  if (more) Ask();
  LetGo();
}

void Duplex::OnRead(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    if (!ok) return Finish();
    turn_ = Turn::kConsumer;
    ++open_;
  }
  try {
    on_message_(std::move(answer_), [self = shared_from_this()] { self->Next(); });
  } catch (const std::exception& exception) {
    observe::Log(observe::Severity::kError, "exception over an answer of a stream", {{"error", exception.what()}});
    Cancel();  // the consumer will not ask for the next
  }
  LetGo();
}

void Duplex::Next() {
  const std::lock_guard lock(mutex_);
  if (turn_ != Turn::kConsumer) return;
  turn_ = Turn::kReading;
  answer_.Clear();
  stream_->Read(&answer_, &answered_);
}

void Duplex::Finish() {
  turn_ = Turn::kOver;
  stream_->Finish(&status_, &finished_);
}

void Duplex::OnFinished(bool /*ok*/) { LetGo(); }

// The last one tells of the end: the consumer hears of it when it has returned from every answer and every question.
void Duplex::LetGo() {
  {
    const std::lock_guard lock(mutex_);
    if (--open_ > 0) return;
  }
  const std::shared_ptr<Duplex> self = std::move(self_);
  const auto done = std::exchange(on_done_, nullptr);
  on_message_ = nullptr;
  read_ = nullptr;
  done(status_);
}

}  // namespace heitie::client
