// The client's end of a forwarded server stream: a message is read when the one before has been passed on.
#ifndef HEITIE_COMMON_CLIENT_STREAM_READER_H_
#define HEITIE_COMMON_CLIENT_STREAM_READER_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/client/in_flight.h"
#include "common/rpc/grpc/completions.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"

namespace heitie::client {

// Holds itself from Start until `done` has returned.
class StreamReader final : public std::enable_shared_from_this<StreamReader> {
 public:
  // `message` for each message with the function that asks for the next; `done` once, last.
  static std::shared_ptr<StreamReader> New(InFlight& all, std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                           std::function<void(const grpc::Status&)> done);

  // To be filled before Start.
  grpc::ClientContext& context() { return context_; }
  void Start(grpc::GenericStub& stub, grpc::CompletionQueue* queue, const std::string& path, const grpc::ByteBuffer& request);
  // From any thread, at any time after Start.
  void Cancel();

 private:
  // Whose turn it is. While it is the consumer's, no read is under way.
  enum class Turn { kReading, kConsumer, kOver };

  explicit StreamReader(InFlight& all) : mark_(all) {}
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void Next();
  void Finish();  // under the lock
  void LetGo();

  const InFlight::Mark mark_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::ByteBuffer message_;
  grpc::Status status_;
  std::function<void(grpc::ByteBuffer, std::function<void()>)> on_message_;
  std::function<void(const grpc::Status&)> on_done_;
  rpc::CompletionOf<StreamReader> read_{*this, &StreamReader::OnRead}, written_{*this, &StreamReader::OnWritten},
      finished_{*this, &StreamReader::OnFinished};
  std::mutex mutex_;
  Turn turn_ = Turn::kReading;
  int open_ = 2;  // the request's write and the stream's end, until they are over, and consumers at work on a message
  std::shared_ptr<StreamReader> self_;
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_STREAM_READER_H_
