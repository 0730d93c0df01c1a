#include "common/client/stream_reader.h"

#include <exception>
#include <utility>

#include "common/observe/log.h"

namespace heitie::client {

std::shared_ptr<StreamReader> StreamReader::New(InFlight& all, std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                                std::function<void(const grpc::Status&)> done) {
  std::shared_ptr<StreamReader> reader(new StreamReader(all));
  reader->on_message_ = std::move(message);
  reader->on_done_ = std::move(done);
  return reader;
}

void StreamReader::Start(grpc::GenericStub& stub, grpc::CompletionQueue* queue, const std::string& path, const grpc::ByteBuffer& request) {
  self_ = shared_from_this();
  context_.set_initial_metadata_corked(true);  // they go out with the request
  stream_ = stub.PrepareCall(&context_, path, queue);
  stream_->StartCall(nullptr);
  // The first read may fail, and all end, before the request's write is reported.
  const std::lock_guard lock(mutex_);
  stream_->WriteLast(request, grpc::WriteOptions(), &written_);
  stream_->Read(&message_, &read_);
}

void StreamReader::Cancel() {
  context_.TryCancel();
  const std::lock_guard lock(mutex_);
  if (turn_ == Turn::kConsumer) Finish();
}

void StreamReader::OnRead(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    if (!ok) return Finish();
    turn_ = Turn::kConsumer;
    ++open_;
  }
  try {
    on_message_(std::move(message_), [self = shared_from_this()] { self->Next(); });
  } catch (const std::exception& exception) {
    observe::Log(observe::Severity::kError, "exception over a message of a stream", {{"error", exception.what()}});
    Cancel();  // the consumer will not ask for the next
  }
  LetGo();
}

void StreamReader::Next() {
  const std::lock_guard lock(mutex_);
  if (turn_ != Turn::kConsumer) return;
  turn_ = Turn::kReading;
  message_.Clear();
  stream_->Read(&message_, &read_);
}

void StreamReader::Finish() {
  turn_ = Turn::kOver;
  stream_->Finish(&status_, &finished_);
}

void StreamReader::OnWritten(bool /*ok*/) { LetGo(); }

void StreamReader::OnFinished(bool /*ok*/) { LetGo(); }

// The last one tells of the end: the consumer hears of it when it has returned from every message.
void StreamReader::LetGo() {
  {
    const std::lock_guard lock(mutex_);
    if (--open_ > 0) return;
  }
  const std::shared_ptr<StreamReader> self = std::move(self_);
  const auto done = std::exchange(on_done_, nullptr);
  on_message_ = nullptr;
  done(status_);
}

}  // namespace heitie::client
