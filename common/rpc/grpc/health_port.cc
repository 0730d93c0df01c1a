#include "common/rpc/grpc/health_port.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/bounds.h"
#include "common/rpc/grpc/acceptor.h"
#include "common/rpc/grpc/completions.h"
#include "common/rpc/grpc/health.h"
#include "common/rpc/grpc/library_log.h"
#include "common/rpc/grpc/rpc.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"

namespace heitie::rpc {
namespace {

// Whoever reaches the port gets no more than this of the process.
constexpr size_t kProbeMemoryBytes = 16 << 20;
constexpr int kProbeMessageBytes = 1 << 10;
constexpr int kProbeThreads = 1, kProbesReadyFor = 4, kProbeStreams = 16;

// What is no question about health.
class NothingElse final : public RpcHandler {
 public:
  explicit NothingElse(GrpcRpc& rpc) : rpc_(rpc) {}
  void Begin() override { rpc_.Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "this port serves grpc.health.v1 only")); }
  void OnRead(bool /*ok*/) override {}
  void OnGivenUp(const absl::Status& /*why*/) override {}

 private:
  GrpcRpc& rpc_;
};

class PlainHealthPort final : public HealthPort {
 public:
  ~PlainHealthPort() override {
    if (server_ == nullptr) return;
    health_.End();
    acceptor_->Stop();
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
    server_->Wait();
    rpcs_->AwaitNone();
    threads_.reset();
    rpcs_.reset();
    server_.reset();
  }

  absl::Status Start(const std::string& address) {
    LogLibraryErrors();
    absl::StatusOr<std::unique_ptr<Acceptor>> acceptor = Acceptor::Listen(address);
    if (!acceptor.ok()) {
      return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", address, ": ", acceptor.status().message()));
    }
    acceptor_ = *std::move(acceptor);
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kProbeStreams);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, static_cast<int>(absl::ToInt64Milliseconds(kHandshakePatience)));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, static_cast<int>(absl::ToInt64Milliseconds(kIdlePatience)));
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kPublicMetadataBytes);
    builder.AddChannelArgument(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.SetMaxReceiveMessageSize(kProbeMessageBytes);
    builder.SetResourceQuota(grpc::ResourceQuota("probes").Resize(kProbeMemoryBytes));
    using Builder = grpc::ServerBuilder::experimental_type;
    connections_ =
        builder.experimental().AddExternalConnectionAcceptor(Builder::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return absl::FailedPreconditionError(absl::StrCat("cannot serve health on ", address));
    threads_.emplace(*queue_, kProbeThreads);
    rpcs_.emplace(service_, *queue_, [this](GrpcRpc& rpc) -> std::unique_ptr<RpcHandler> {
      if (auto handler = health_.Answer(rpc)) return handler;
      return std::make_unique<NothingElse>(rpc);
    });
    for (int i = 0; i < kProbesReadyFor; ++i) rpcs_->Await();
    health_.Set(kLiveness, true);
    acceptor_->Start([this](int listener, int connection) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
      parameters.listener_fd = listener;
      parameters.fd = connection;
      connections_->HandleNewConnection(&parameters);
    });
    return absl::OkStatus();
  }

  int port() const override { return acceptor_->port(); }
  void SetStarted() override { health_.Set(kStartup, true); }
  void SetReady(bool ready) override {
    health_.Set(kReadiness, ready);
    health_.Set("", ready);
  }

 private:
  Health health_{{kLiveness, kStartup, kReadiness}};
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Acceptor> acceptor_;
  std::optional<RpcAcceptor> rpcs_;
  std::optional<CompletionThreads> threads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HealthPort>> HealthPort::Listen(const std::string& address) {
  auto port = std::make_unique<PlainHealthPort>();
  const absl::Status started = port->Start(address);
  if (!started.ok()) return started;
  return std::unique_ptr<HealthPort>(std::move(port));
}

}  // namespace heitie::rpc
