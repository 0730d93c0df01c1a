// The client's end of a forwarded server stream: a message is read when the one before has been passed on.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/client/in_flight.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"

namespace heitie::client {

// Holds itself from Start until `done` has returned.
class StreamReader final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                           public std::enable_shared_from_this<StreamReader> {
 public:
  // `message` for each message with the function that asks for the next; `done` once, last.
  static std::shared_ptr<StreamReader> New(InFlight& all, const grpc::ByteBuffer& request,
                                           std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                           std::function<void(const grpc::Status&)> done);

  // To be filled before Start.
  grpc::ClientContext& context() { return context_; }
  void Start(grpc::GenericStub& stub, const std::string& path);
  // From any thread, at any time after Start.
  void Cancel();

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  // Whose turn it is. While it is the consumer's, no operation is under way, and the hold keeps gRPC from ending the stream.
  enum class Turn { kReading, kConsumer, kOver };

  explicit StreamReader(InFlight& all) : mark_(all) {}
  void Next();
  void LetGo();

  const InFlight::Mark mark_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_, message_;
  std::function<void(grpc::ByteBuffer, std::function<void()>)> on_message_;
  std::function<void(const grpc::Status&)> on_done_;
  std::shared_ptr<StreamReader> self_;
  std::mutex mutex_;
  Turn turn_ = Turn::kReading;
};

}  // namespace heitie::client
