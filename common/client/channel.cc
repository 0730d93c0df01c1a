#include "common/client/channel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/addresses.h"
#include "common/client/duplex.h"
#include "common/client/in_flight.h"
#include "common/client/queue.h"
#include "common/client/retry.h"
#include "common/client/stream_reader.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/observe/spans.h"
#include "common/rpc/bounds.h"
#include "common/rpc/bytes.h"
#include "common/rpc/grpc/completions.h"
#include "common/rpc/grpc/library_log.h"
#include "common/rpc/tls.h"
#include "common/rpc/trace.h"
#include "common/rpc/wire_status.h"
#include "grpcpp/alarm.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace heitie::client {
namespace {

using google::protobuf::Message;

// The caller gets its answer inside its deadline only if ours is a little earlier.
constexpr absl::Duration kMargin = absl::Milliseconds(50);
// Of a call whose caller has no deadline (a job).
constexpr absl::Duration kDefaultDeadline = absl::Seconds(10);
// A target that restarts is back within seconds: look often.
constexpr absl::Duration kFirstReconnect = absl::Milliseconds(100), kMaxReconnect = absl::Seconds(3);
// What a caller is told to wait before it tries again.
constexpr absl::Duration kRetryDelay = absl::Seconds(1);
// Who connects anew, because a connection was too old or has broken, asks for the addresses again, but not more often.
constexpr absl::Duration kBetweenLookUps = absl::Seconds(5);
// A replica that drains says so to those who watch it, and gets nothing new from them before it refuses anything.
constexpr char kWatchHealth[] = R"({"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}})";
// For one attempt with its TLS handshake, also on a busy machine; gRPC calls this the minimum of the reconnect backoff.
constexpr absl::Duration kConnectTimeout = absl::Seconds(5);

int Millis(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

grpc::ChannelArguments Arguments(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName(options.round_robin ? "round_robin" : "pick_first");
  if (options.round_robin) arguments.SetServiceConfigJSON(kWatchHealth);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, Millis(kBetweenLookUps));
  arguments.SetMaxReceiveMessageSize(rpc::kMaxWireBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, rpc::kChannelMetadataBytes);
  // A compressed answer would be inflated before its size is looked at.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(rpc::kClientPingInterval));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(rpc::kPingTimeout));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // else gRPC stops pinging after two
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, Millis(kFirstReconnect));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, Millis(kConnectTimeout));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, Millis(kMaxReconnect));
  if (!options.server_name.empty()) arguments.SetString(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, options.server_name);
  // Whatever addresses the name has, it is the name that is called.
  const NamedTarget named = NamedTargetOf(options.target);
  if (options.server_name.empty() && !named.host.empty()) {
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, absl::StrCat(named.host, ":", named.port));
  }
  return arguments;
}

// A channel of the library to a target whose addresses stay.
struct Way {
  Way(const ChannelOptions& options, const std::shared_ptr<grpc::ChannelCredentials>& credentials, const std::string& target)
      : channel(grpc::CreateCustomChannel(target, credentials, Arguments(options))), stub(channel) {
    channel->GetState(/*try_to_connect=*/true);
  }
  bool ready() const { return channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY; }

  const std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub stub;
};

// The way to a target. Where a name leads may change: then another way is made, which shares the connections to the addresses that stay,
// and is taken when it has one. Calls under way stay on theirs. Thread-safe.
class Ways {
 public:
  Ways(const ChannelOptions& options, const rpc::TlsMaterial* material)
      : options_(options), named_(options.round_robin ? NamedTargetOf(options.target) : NamedTarget()) {
    rpc::LogLibraryErrors();
    credentials_ = material == nullptr ? grpc::InsecureChannelCredentials() : rpc::ChannelCredentials(*material);
    way_ = std::make_shared<Way>(options_, credentials_, options_.target);
    if (named_.host.empty()) return;
    watch_.emplace(named_.host, [this](const std::set<std::string>& addresses) { Look(addresses); });
  }

  std::shared_ptr<Way> Get() const {
    const std::lock_guard lock(mutex_);
    return way_;
  }

 private:
  void Look(const std::set<std::string>& addresses) {
    if (addresses == addresses_) {
      next_ = nullptr;
      return;
    }
    if (next_ == nullptr || addresses != next_addresses_) {
      next_ = std::make_shared<Way>(options_, credentials_, TargetOf(addresses, named_.port));
      next_addresses_ = addresses;
    }
    if (!next_->ready() && Get()->ready()) return;
    addresses_ = next_addresses_;
    std::shared_ptr<Way> before = std::exchange(next_, nullptr);  // ends after the lock
    const std::lock_guard lock(mutex_);
    way_.swap(before);
  }

  const ChannelOptions options_;
  const NamedTarget named_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  mutable std::mutex mutex_;
  std::shared_ptr<Way> way_;  // guarded by mutex_
  // Of the thread that looks.
  std::set<std::string> addresses_, next_addresses_;
  std::shared_ptr<Way> next_;
  std::optional<AddressWatch> watch_;  // last: it uses what is above
};

absl::Time DeadlineFor(const rpc::Call& call) {
  const absl::Time now = absl::Now();
  if (call.deadline == absl::InfiniteFuture()) return now + kDefaultDeadline;
  return call.deadline - std::min(kMargin, (call.deadline - now) / 10);
}

// A call as a part of its trace.
class TracePart {
 public:
  TracePart(const rpc::Call& call, const std::string& method, const std::string& target) {
    span_.trace_id = call.trace_id;
    if (!call.sampled) return;
    span_.span_id = rpc::NewSpanId();
    span_.parent_id = call.span_id;
    span_.name = method;
    span_.kind = observe::Span::Kind::kClient;
    span_.begin = absl::Now();
    span_.attributes = {{"rpc.system", "grpc"}, {"server.address", target}};
  }

  std::string Traceparent() const { return rpc::Traceparent(span_.trace_id, sampled() ? span_.span_id : rpc::NewSpanId(), sampled()); }

  void End(absl::StatusCode code) const {
    if (!sampled()) return;
    observe::Span span = span_;
    span.end = absl::Now();
    span.code = code;
    observe::EndSpan(std::move(span));
  }

 private:
  bool sampled() const { return !span_.span_id.empty(); }

  observe::Span span_;
};

// What the target learns of the call besides the message.
void Prepare(const rpc::Call& call, const TracePart& part, absl::Time deadline, grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(deadline));
  if (!call.token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", call.token));
  context.AddMetadata("traceparent", part.Traceparent());
  context.AddMetadata("accept-language", status::LanguageTag(call.language));
}

// What became of the calls to a target, streams included.
class Tally {
 public:
  explicit Tally(const std::string& target)
      : retries(observe::Counter("heitie_client_retries_total", "Calls to other services that were made again.", {{"target", target}})),
        retries_refused(observe::Counter("heitie_client_retries_refused_total", "Calls that were not made again because too many had been.",
                                         {{"target", target}})),
        target_(target),
        ok_(Of(absl::StatusCode::kOk)) {
    Of(absl::StatusCode::kUnavailable);  // is there from the beginning
  }

  void Note(absl::StatusCode code) { ++(code == absl::StatusCode::kOk ? ok_ : Of(code)); }

  std::atomic<uint64_t>&retries, &retries_refused;

 private:
  std::atomic<uint64_t>& Of(absl::StatusCode code) const {
    return observe::Counter("heitie_client_requests_total", "Calls to other services that have ended, retries not counted.",
                            {{"target", target_}, {"code", absl::StatusCodeToString(code)}});
  }

  const std::string target_;
  std::atomic<uint64_t>& ok_;
};

// A unary call under way. It deletes itself when it has called `done`; what cancels it may come later.
class UnaryCall final : public std::enable_shared_from_this<UnaryCall> {
 public:
  using Done = std::function<void(const grpc::Status&, grpc::ByteBuffer)>;

  UnaryCall(InFlight& all, Done done) : mark_(all), done_(std::move(done)) {}

  void Start(grpc::GenericStub& stub, grpc::CompletionQueue* queue, const rpc::Call& call, const TracePart& part, absl::Time deadline,
             const std::string& path, const grpc::ByteBuffer& request) {
    self_ = shared_from_this();
    Prepare(call, part, deadline, context_);
    reader_ = stub.PrepareUnaryCall(&context_, path, request, queue);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, &answered_);
  }

  void Cancel() { context_.TryCancel(); }

 private:
  void Answered(bool /*ok*/) {
    const std::shared_ptr<UnaryCall> self = std::move(self_);
    std::exchange(done_, nullptr)(status_, std::move(response_));
  }

  const InFlight::Mark mark_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
  Done done_;
  rpc::CompletionOf<UnaryCall> answered_{*this, &UnaryCall::Answered};
  std::shared_ptr<UnaryCall> self_;
};

// The calls under way that are nobody's but this process's: who waits for them has ended when the channel goes.
class OwnCalls {
 public:
  // Not any more when they have been cancelled.
  bool Add(const std::shared_ptr<UnaryCall>& call) {
    const std::lock_guard lock(mutex_);
    if (!ended_) open_[call.get()] = call;
    return !ended_;
  }
  void Remove(const UnaryCall* call) {
    const std::lock_guard lock(mutex_);
    open_.erase(call);
  }
  void Cancel() {
    std::vector<std::shared_ptr<UnaryCall>> live;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      for (const auto& [key, call] : open_) {
        if (auto held = call.lock()) live.push_back(std::move(held));
      }
    }
    for (const auto& call : live) call->Cancel();
  }
  bool ended() const { return ended_; }

 private:
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;
  std::unordered_map<const UnaryCall*, std::weak_ptr<UnaryCall>> open_;
};

class GrpcChannel final : public Channel {
 public:
  explicit GrpcChannel(const ChannelOptions& options)
      : name_(options.name),
        material_(rpc::IsPlaintext(options.tls) ? nullptr : rpc::TlsMaterial::Of(options.tls)),
        ways_(options, material_.get()) {}

  ~GrpcChannel() override {
    // Such as the requests of followers, which wait for seconds.
    own_calls_.Cancel();
    in_flight_.AwaitNone();
  }

  void Start(const rpc::Call& call, const std::string& method, const Message& request, Message* response, Done done) override {
    budget_.Earn();
    const TracePart part(call, method, name_);
    auto told = [this, part, done = std::move(done)](const absl::Status& status) {
      Note(part, status);
      done(status);
    };
    std::make_shared<Attempts>(*this, call, part, method, request, response, std::move(told))->Try();
  }

  std::function<void()> Unary(const rpc::Call& call, const std::string& method, const grpc::ByteBuffer& request,
                              std::function<void(const absl::Status&, grpc::ByteBuffer)> done) override {
    const TracePart part(call, method, name_);
    auto unary =
        std::make_shared<UnaryCall>(in_flight_, [this, part, done = std::move(done)](const grpc::Status& status, grpc::ByteBuffer answer) {
          const absl::Status explained = ExplainUnary(status);
          Note(part, explained);
          done(explained, std::move(answer));
        });
    unary->Start(ways_.Get()->stub, queue_->get(), call, part, call.deadline, absl::StrCat("/", method), request);
    return [weak = std::weak_ptr<UnaryCall>(unary)] {
      if (auto live = weak.lock()) live->Cancel();
    };
  }

  std::function<void()> ServerStream(const rpc::Call& call, const std::string& method, const grpc::ByteBuffer& request,
                                     std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                     std::function<void(const absl::Status&)> done) override {
    const TracePart part(call, method, name_);
    auto reader = StreamReader::New(in_flight_, std::move(message), [this, part, done = std::move(done)](const grpc::Status& status) {
      const absl::Status explained = Explain(status);
      Note(part, explained);
      done(explained);
    });
    Prepare(call, part, call.deadline, reader->context());
    reader->Start(ways_.Get()->stub, queue_->get(), absl::StrCat("/", method), request);
    return [weak = std::weak_ptr<StreamReader>(reader)] {
      if (auto live = weak.lock()) live->Cancel();
    };
  }

  std::function<void()> Converse(const rpc::Call& call, const std::string& method, rpc::ReadNext read,
                                 std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                 std::function<void(const absl::Status&)> done) override {
    const TracePart part(call, method, name_);
    auto duplex =
        Duplex::New(in_flight_, std::move(read), std::move(message), [this, part, done = std::move(done)](const grpc::Status& status) {
          const absl::Status explained = Explain(status);
          Note(part, explained);
          done(explained);
        });
    Prepare(call, part, call.deadline, duplex->context());
    duplex->Start(ways_.Get()->stub, queue_->get(), absl::StrCat("/", method));
    return [weak = std::weak_ptr<Duplex>(duplex)] {
      if (auto live = weak.lock()) live->Cancel();
    };
  }

 private:
  // A call with its retries.
  class Attempts final : public std::enable_shared_from_this<Attempts> {
   public:
    Attempts(GrpcChannel& channel, const rpc::Call& call, const TracePart& part, const std::string& method, const Message& request,
             Message* response, Done done)
        : mark_(channel.in_flight_),
          channel_(channel),
          call_(call),
          part_(part),
          method_(method),
          path_(absl::StrCat("/", method)),
          idempotent_(IsIdempotent(method, request)),
          request_(rpc::Serialize(request)),
          deadline_(DeadlineFor(call)),
          response_(response),
          done_(std::move(done)) {}

    void Try() {
      if (absl::Now() >= deadline_) return done_(status::Error(status::kDeadline));
      ++attempt_;
      const auto unary = std::make_shared<UnaryCall>(
          channel_.in_flight_, [self = shared_from_this()](const grpc::Status& status, const grpc::ByteBuffer& answer) {
            self->channel_.own_calls_.Remove(self->under_way_);
            self->Answered(self->channel_.ExplainUnary(status), answer);
          });
      under_way_ = unary.get();
      if (!channel_.own_calls_.Add(unary)) return done_(absl::CancelledError());
      unary->Start(channel_.ways_.Get()->stub, channel_.queue_->get(), call_, part_, deadline_, path_, request_);
    }

   private:
    void Answered(const absl::Status& status, const grpc::ByteBuffer& answer) {
      if (status.ok()) {
        return done_(Read(answer) ? status : absl::InternalError(absl::StrCat("malformed answer of ", method_)));
      }
      if (!MayRetry(status)) return done_(status);
      const absl::Time next = absl::Now() + Backoff(attempt_ + 1);
      if (next >= deadline_) return done_(status);
      if (!channel_.budget_.Spend()) {
        ++channel_.tally_.retries_refused;
        return done_(status);
      }
      ++channel_.tally_.retries;
      channel_.LogRetry(call_, method_, status);
      self_ = shared_from_this();
      backoff_.Set(channel_.queue_->get(), absl::ToChronoTime(next), &backed_off_);
    }

    // protobuf's checks throw.
    bool Read(const grpc::ByteBuffer& answer) {
      try {
        return rpc::Parse(answer, *response_);
      } catch (const std::exception&) {
        return false;
      }
    }

    bool MayRetry(const absl::Status& status) const { return absl::IsUnavailable(status) && attempt_ < kMaxAttempts && idempotent_; }

    void BackedOff(bool /*ok*/) {
      const std::shared_ptr<Attempts> self = std::move(self_);
      Try();
    }

    const InFlight::Mark mark_;
    GrpcChannel& channel_;
    const rpc::Call call_;
    const TracePart part_;
    const std::string method_, path_;
    const bool idempotent_;
    const grpc::ByteBuffer request_;
    const absl::Time deadline_;
    Message* const response_;
    const Done done_;
    int attempt_ = 0;
    const UnaryCall* under_way_ = nullptr;
    grpc::Alarm backoff_;
    rpc::CompletionOf<Attempts> backed_off_{*this, &Attempts::BackedOff};
    std::shared_ptr<Attempts> self_;  // while it backs off
  };

  // What gRPC itself reports gets the suite's reason and the name of the service.
  absl::Status Explain(const grpc::Status& grpc_status) const {
    const absl::Status status = rpc::FromGrpc(grpc_status);
    if (status.ok() || !status::ReasonOf(status).empty()) return status;
    if (absl::IsDeadlineExceeded(status)) return status::Error(status::kDeadline);
    if (!absl::IsUnavailable(status)) return status;
    observe::Log(observe::Severity::kWarning, "service unavailable", {{"target", name_}, {"error", absl::StrCat(status.message())}});
    return status::RetryLater(status::kUnavailable, kRetryDelay, {{"what", name_}});
  }

  // Nobody waits for a unary call that we cancelled, so it was the target: a server that ends cancels what it has not begun.
  absl::Status ExplainUnary(const grpc::Status& status) const {
    if (own_calls_.ended() && status.error_code() == grpc::StatusCode::CANCELLED) return absl::CancelledError();
    const bool not_begun = status.error_code() == grpc::StatusCode::CANCELLED && status.error_details().empty();
    return Explain(not_begun ? grpc::Status(grpc::StatusCode::UNAVAILABLE, status.error_message()) : status);
  }

  void Note(const TracePart& part, const absl::Status& outcome) {
    tally_.Note(outcome.code());
    part.End(outcome.code());
  }

  void LogRetry(const rpc::Call& call, const std::string& method, const absl::Status& status) const {
    observe::Log(observe::Severity::kWarning, "retrying",
                 {{"target", name_}, {"method", method}, {"trace_id", call.trace_id}, {"error", absl::StrCat(status.message())}});
  }

  const std::string name_;
  Tally tally_{name_};
  const std::shared_ptr<Queue> queue_ = Queue::Shared();
  const std::shared_ptr<rpc::TlsMaterial> material_;
  const Ways ways_;
  RetryBudget budget_;
  OwnCalls own_calls_;
  InFlight in_flight_;
};

}  // namespace

std::unique_ptr<Channel> NewChannel(const ChannelOptions& options) { return std::make_unique<GrpcChannel>(options); }

}  // namespace heitie::client
