// One RPC on a gRPC connection, of whatever method, from the moment at which the server is ready for it.
#ifndef HEITIE_COMMON_RPC_GRPC_RPC_H_
#define HEITIE_COMMON_RPC_GRPC_RPC_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/bounds.h"
#include "common/rpc/grpc/completions.h"
#include "common/rpc/grpc/waiting.h"
#include "grpcpp/generic/async_generic_service.h"

namespace heitie::rpc {

class GrpcRpc;

// Our side of an RPC. Its functions are called by the threads of the queue, OnCancelled perhaps beside another; it lives as long as its
// RPC, which ends when Finish was called and every operation has ended. What a function throws is answered as an internal error.
class RpcHandler {
 public:
  virtual ~RpcHandler() = default;
  // The RPC has arrived; the first thing that happens.
  virtual void Begin() = 0;
  // A message was read, or with ok = false there is no more.
  virtual void OnRead(bool ok) = 0;
  // Instead of OnRead: the message is not waited for any longer. The RPC has to be finished. What was to be read into is not to be
  // touched.
  virtual void OnGivenUp(const absl::Status& why) = 0;
  virtual void OnWritten(bool /*ok*/) {}
  virtual void OnHeadSent(bool /*ok*/) {}
  // The client has gone or given up. May come after Finish.
  virtual void OnCancelled() {}
};

// Where the RPCs of a server arrive. Thread-safe.
class RpcAcceptor {
 public:
  // Makes the handler of an RPC that has arrived.
  using Answerer = std::function<std::unique_ptr<RpcHandler>(GrpcRpc&)>;

  // `service` and `queue` belong to the server; both outlive this.
  RpcAcceptor(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue, Answerer answerer)
      : service_(service), queue_(queue), answerer_(std::move(answerer)) {}

  // Gets ready for one RPC more and, when it has arrived, for the next.
  void Await();
  // Waits until every RPC has ended, which they do after the server was shut down. Then the queue may be.
  void AwaitNone() const;

 private:
  friend class GrpcRpc;
  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  const Answerer answerer_;
  std::atomic<int> rpcs_{0};
  Waiting waiting_{kMostAwaited};  // last: its thread uses what is above
};

class GrpcRpc final : private Waiting::Waiter {
 public:
  const grpc::GenericServerContext& context() const { return context_; }
  void AddTrailingMetadata(const std::string& key, const std::string& value) { context_.AddTrailingMetadata(key, value); }

  // Thread-safe, at most one of each kind under way. Of Finish and WriteAndFinish the first call counts; no Read or Write after it. The
  // message has to come by `due`.
  void Read(grpc::ByteBuffer* message, absl::Time due);
  void Write(const grpc::ByteBuffer& message);
  // Sends the answer's head, which else goes out with the first message or the end; before those and not beside them. It fails when the
  // client has gone, which a read that comes to nothing does not tell from a client that has sent its last message.
  void SendHead();
  void WriteAndFinish(const grpc::ByteBuffer& message, const grpc::Status& status);
  void Finish(const grpc::Status& status);

 private:
  friend class RpcAcceptor;
  explicit GrpcRpc(RpcAcceptor& acceptor);
  ~GrpcRpc();

  void Arrived(bool ok);
  void WasRead(bool ok);
  void WasWritten(bool ok);
  void HeadWasSent(bool ok);
  void Finished(bool ok);
  void Over(bool ok);
  void Hold() override { ++holders_; }
  void GiveUp(Waiting::For what, Waiting::Why why) override;
  template <typename Step>
  void Tell(const Step& step);
  void AnswerFault();
  bool Ends();
  void TellOfCancellation();
  // One holder less. The last one deletes.
  void LetGo();

  RpcAcceptor& acceptor_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  std::unique_ptr<RpcHandler> handler_;
  // Operations under way. The call of Finish that is still due and gRPC's notice that the RPC is over count as operations.
  std::atomic<int> holders_{2};
  // Cancellation may be reported while the handler is still being made.
  std::atomic<bool> begun_{false}, cancelled_{false}, told_{false};
  std::atomic<bool> ending_{false};
  CompletionOf<GrpcRpc> arrived_{*this, &GrpcRpc::Arrived}, read_{*this, &GrpcRpc::WasRead}, written_{*this, &GrpcRpc::WasWritten},
      head_{*this, &GrpcRpc::HeadWasSent}, finished_{*this, &GrpcRpc::Finished}, over_{*this, &GrpcRpc::Over};
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_RPC_H_
