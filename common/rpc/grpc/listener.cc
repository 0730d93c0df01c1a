#include <optional>

#include "absl/strings/str_cat.h"
#include "common/rpc/address.h"
#include "common/rpc/bounds.h"
#include "common/rpc/door.h"
#include "common/rpc/grpc/acceptor.h"
#include "common/rpc/grpc/answer.h"
#include "common/rpc/grpc/library_log.h"
#include "common/rpc/tls.h"
#include "common/status/macros.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"

namespace heitie::rpc {
namespace {

// A connection that is too old takes nothing new and ends when its requests have, streams at the latest after this: more than the longest
// unary deadline.
constexpr absl::Duration kMaxConnectionAgeGrace = absl::Minutes(5);
constexpr absl::Duration kServerPingInterval = absl::Seconds(60);
// RPCs that may arrive before a thread gets ready for more.
constexpr int kReadyFor = 64;
constexpr size_t kConnectionMemoryBytes = 512 << 20;  // of all connections together

int Millis(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

void Configure(grpc::ServerBuilder& builder, const GrpcListener::Options& options) {
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Millis(options.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Millis(kMaxConnectionAgeGrace));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Millis(kMinPingInterval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(kServerPingInterval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(kPingTimeout));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Millis(kHandshakePatience));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kServiceMetadataBytes);
  // A compressed message is inflated before its size is looked at: only what is not compressed is taken.
  builder.AddChannelArgument(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetMaxReceiveMessageSize(kMaxWireBytes);
  builder.SetResourceQuota(grpc::ResourceQuota("connections").Resize(kConnectionMemoryBytes));
}

class Listener final : public GrpcListener {
 public:
  explicit Listener(Door& door) : door_(door), health_(door.ServiceNames()) {}
  ~Listener() override { Shutdown(absl::Now()); }

  absl::Status Start(const Options& options) {
    const bool plaintext = IsPlaintext(options.tls);
    if (plaintext && !IsLoopback(options.address)) {
      return absl::FailedPreconditionError(absl::StrCat("without TLS only loopback addresses are served, not ", options.address));
    }
    if (!plaintext) {
      RETURN_IF_ERROR(CheckFiles(options.tls));
      material_ = TlsMaterial::Of(options.tls);
    }
    LogLibraryErrors();
    grpc::ServerBuilder builder;
    Configure(builder, options);
    const auto credentials = plaintext ? grpc::InsecureServerCredentials() : ServerCredentials(*material_);
    using Builder = grpc::ServerBuilder::experimental_type;
    connections_ = builder.experimental().AddExternalConnectionAcceptor(Builder::ExternalConnectionType::FROM_FD, credentials);
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    absl::StatusOr<std::unique_ptr<Acceptor>> acceptor = Acceptor::Listen(options.address);
    if (!acceptor.ok()) {
      return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", options.address, ": ", acceptor.status().message()));
    }
    acceptor_ = *std::move(acceptor);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return absl::FailedPreconditionError(absl::StrCat("cannot serve gRPC on ", options.address));
    threads_.emplace(*queue_, CompletionThreads::Suitable());
    rpcs_.emplace(service_, *queue_, [this](GrpcRpc& rpc) { return Answer(door_, health_, rpc); });
    for (int i = 0; i < kReadyFor; ++i) rpcs_->Await();
    acceptor_->Start([this](int listener, int connection) { Take(listener, connection); });
    health_.Set(true);
    return absl::OkStatus();
  }

  int port() const override { return acceptor_->port(); }

  void Lame() override { health_.Set(false); }

  void Shutdown(absl::Time deadline) override {
    if (server_ == nullptr) return;
    Lame();
    health_.End();
    acceptor_->Stop();
    server_->Shutdown(absl::ToChronoTime(deadline));
    server_->Wait();
    rpcs_->AwaitNone();
    threads_.reset();
    rpcs_.reset();
    server_.reset();
  }

 private:
  void Take(int listener, int connection) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = listener;
    parameters.fd = connection;
    connections_->HandleNewConnection(&parameters);
  }

  Door& door_;
  Health health_;
  std::shared_ptr<TlsMaterial> material_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Acceptor> acceptor_;
  std::optional<RpcAcceptor> rpcs_;
  std::optional<CompletionThreads> threads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcListener>> GrpcListener::Listen(Door& door, const Options& options) {
  auto listener = std::make_unique<Listener>(door);
  RETURN_IF_ERROR(listener->Start(options));
  return listener;
}

}  // namespace heitie::rpc
