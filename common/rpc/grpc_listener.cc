#include <optional>

#include "absl/strings/str_cat.h"
#include "common/rpc/address.h"
#include "common/rpc/door.h"
#include "common/rpc/grpc_call.h"
#include "common/rpc/library_log.h"
#include "common/rpc/tls.h"
#include "common/rpc/transport.h"
#include "common/status/macros.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"

namespace heitie::rpc {
namespace {

// A connection that is too old ends when its requests have, at the latest after this: more than the longest unary deadline.
constexpr absl::Duration kMaxConnectionAgeGrace = absl::Seconds(75);
constexpr absl::Duration kServerPingInterval = absl::Seconds(60);
constexpr int kMaxStreamsPerConnection = 1000;
// RPCs that may arrive before a thread gets ready for more.
constexpr int kReadyFor = 64;
constexpr size_t kConnectionMemoryBytes = 512 << 20;  // of all connections together

int Millis(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

void Configure(grpc::ServerBuilder& builder, absl::Duration max_connection_age) {
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Millis(max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Millis(kMaxConnectionAgeGrace));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Millis(kMinPingInterval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(kServerPingInterval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(kPingTimeout));
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
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
    if (!plaintext) RETURN_IF_ERROR(CheckFiles(options.tls));
    LogLibraryErrors();
    grpc::ServerBuilder builder;
    Configure(builder, options.max_connection_age);
    builder.AddListeningPort(
        options.address, plaintext ? grpc::InsecureServerCredentials() : ServerCredentials(options.tls, options.require_client_certificate),
        &port_);
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", options.address, ": ", WhyNotBound(options.address)));
    }
    threads_.emplace(*queue_, CompletionThreads::Suitable());
    reception_.emplace(service_, *queue_, [this](GrpcRpc& rpc) { return Answer(door_, health_, rpc); });
    for (int i = 0; i < kReadyFor; ++i) reception_->Await();
    health_.Set(true);
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  void Lame() override { health_.Set(false); }

  void Shutdown(absl::Time deadline) override {
    if (server_ == nullptr) return;
    Lame();
    health_.End();
    server_->Shutdown(absl::ToChronoTime(deadline));
    server_->Wait();
    reception_->AwaitNone();
    threads_.reset();
    server_.reset();
  }

 private:
  Door& door_;
  Health health_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<Reception> reception_;
  std::optional<CompletionThreads> threads_;
  int port_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcListener>> GrpcListener::Listen(Door& door, const Options& options) {
  auto listener = std::make_unique<Listener>(door);
  RETURN_IF_ERROR(listener->Start(options));
  return listener;
}

}  // namespace heitie::rpc
