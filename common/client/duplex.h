// The client's end of a forwarded stream of requests: a message is asked for when the one before is on its way, an answer is read when the
// one before has been passed on.
#ifndef HEITIE_COMMON_CLIENT_DUPLEX_H_
#define HEITIE_COMMON_CLIENT_DUPLEX_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/client/in_flight.h"
#include "common/rpc/door.h"
#include "common/rpc/grpc/completions.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"

namespace heitie::client {

// Holds itself from Start until `done` has returned.
class Duplex final : public std::enable_shared_from_this<Duplex> {
 public:
  // `read` is asked for messages, `message` gets each answer with the function that asks for the next; `done` once, last.
  static std::shared_ptr<Duplex> New(InFlight& all, rpc::ReadNext read,
                                     std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                     std::function<void(const grpc::Status&)> done);

  // To be filled before Start.
  grpc::ClientContext& context() { return context_; }
  void Start(grpc::GenericStub& stub, grpc::CompletionQueue* queue, const std::string& path);
  // From any thread, at any time after Start.
  void Cancel();

 private:
  // Whose turn it is with the answers. While it is the consumer's, none is being read.
  enum class Turn { kReading, kConsumer, kOver };

  explicit Duplex(InFlight& all) : mark_(all) {}
  void OnStarted(bool ok);
  void Ask();
  void Pass(rpc::Incoming message);
  void OnWritten(bool ok);
  void OnRead(bool ok);
  void OnFinished(bool ok);
  void Next();
  void Finish();  // under the lock
  void LetGo();

  const InFlight::Mark mark_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  rpc::ReadNext read_;
  std::function<void(grpc::ByteBuffer, std::function<void()>)> on_message_;
  std::function<void(const grpc::Status&)> on_done_;
  rpc::CompletionOf<Duplex> started_{*this, &Duplex::OnStarted}, written_{*this, &Duplex::OnWritten}, answered_{*this, &Duplex::OnRead},
      finished_{*this, &Duplex::OnFinished};
  std::mutex mutex_;
  Turn turn_ = Turn::kReading;
  bool last_ = false;  // was passed on
  int open_ = 2;       // the start and the stream's end, until they are over, a write, and consumers at work on an answer
  std::shared_ptr<Duplex> self_;
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_DUPLEX_H_
