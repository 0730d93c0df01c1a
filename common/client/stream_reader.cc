#include "common/client/stream_reader.h"

#include <utility>

namespace heitie::client {

std::shared_ptr<StreamReader> StreamReader::New(InFlight& all, const grpc::ByteBuffer& request,
                                                std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                                std::function<void(const grpc::Status&)> done) {
  std::shared_ptr<StreamReader> reader(new StreamReader(all));
  reader->request_ = request;
  reader->on_message_ = std::move(message);
  reader->on_done_ = std::move(done);
  return reader;
}

void StreamReader::Start(grpc::GenericStub& stub, const std::string& path) {
  stub.PrepareBidiStreamingCall(&context_, path, {}, this);
  self_ = shared_from_this();
  AddHold();
  StartWriteLast(&request_, grpc::WriteOptions());
  StartRead(&message_);
  StartCall();
}

void StreamReader::Cancel() {
  context_.TryCancel();
  std::lock_guard<std::mutex> lock(mutex_);
  if (turn_ == Turn::kConsumer) LetGo();
}

void StreamReader::OnReadDone(bool ok) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!ok) return LetGo();
    turn_ = Turn::kConsumer;
  }
  on_message_(std::move(message_), [self = shared_from_this()] { self->Next(); });
}

void StreamReader::Next() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (turn_ != Turn::kConsumer) return;
  turn_ = Turn::kReading;
  message_.Clear();
  StartRead(&message_);
}

void StreamReader::LetGo() {
  turn_ = Turn::kOver;
  RemoveHold();
}

void StreamReader::OnDone(const grpc::Status& status) {
  const std::shared_ptr<StreamReader> self = std::move(self_);
  const auto done = std::exchange(on_done_, nullptr);
  on_message_ = nullptr;
  done(status);
}

}  // namespace heitie::client
