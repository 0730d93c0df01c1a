#include "common/rpc/grpc/answer.h"

#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/rpc/bounds.h"
#include "common/rpc/bytes.h"
#include "common/rpc/grpc/reflection.h"
#include "common/rpc/peer.h"
#include "common/rpc/wire_status.h"

namespace heitie::rpc {
namespace {

constexpr char kBearer[] = "bearer ";
constexpr char kReflectionV1[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char kReflectionV1Alpha[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";  // the same messages
constexpr char kTraceHeader[] = "x-trace-id";

// "" when there is none, or several, of which none can be told to be the right one.
std::string Metadata(const grpc::GenericServerContext& context, const char* key) {
  const auto [first, end] = context.client_metadata().equal_range(key);
  return first == end || std::next(first) != end ? "" : std::string(first->second.data(), first->second.size());
}

// All values of a list as one.
std::string MetadataList(const grpc::GenericServerContext& context, const char* key) {
  std::string list;
  const auto [first, end] = context.client_metadata().equal_range(key);
  for (auto at = first; at != end; ++at) {
    if (!list.empty()) list += ", ";
    list.append(at->second.data(), at->second.size());
  }
  return list;
}

// What is not a bearer token is passed on as it is, to fail: it must not fall back to the certificate.
std::string TokenOf(std::string authorization) {
  if (absl::StartsWithIgnoreCase(authorization, kBearer)) authorization.erase(0, sizeof(kBearer) - 1);
  return authorization;
}

// "activity" when the certificate of the peer, which the handshake has verified, says services/activity.
std::string PeerService(const grpc::GenericServerContext& context) {
  const auto peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return "";
  const std::vector<grpc::string_ref> subject = peer->FindPropertyValues("x509_subject");
  return subject.size() == 1 ? ServiceOf({subject.front().data(), subject.front().size()}) : "";
}

absl::Time DeadlineOf(const grpc::GenericServerContext& context) {
  const auto deadline = context.deadline();
  return deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture() : absl::FromChrono(deadline);
}

const status::Phrase kSeveralTokens{"there are several", "提供了多個權杖"};

// "ipv4:10.1.2.3:5044" and "ipv6:%5B::1%5D:5044" without the port.
std::string ClientOf(const std::string& peer) {
  const size_t colon = peer.rfind(':');
  return colon == std::string::npos ? peer : peer.substr(0, colon);
}

Arrival ArrivalOf(const grpc::GenericServerContext& context) {
  Arrival arrival;
  if (context.client_metadata().count("authorization") > 1) {
    arrival.verdict = status::Error(status::kUnauthenticated, {{"why", kSeveralTokens}});
  } else {
    arrival.token = TokenOf(Metadata(context, "authorization"));
    if (arrival.token.empty()) arrival.peer_service = PeerService(context);
  }
  arrival.client = ClientOf(context.peer());
  arrival.traceparent = Metadata(context, "traceparent");
  arrival.deadline = DeadlineOf(context);
  arrival.language = status::ParseLanguage(MetadataList(context, "accept-language"));
  return arrival;
}

// What is the door's: the handler lives until Finish was called, and the door calls `done` once and nothing after it, so members are safe
// to use in both.
class DoorHandler : public RpcHandler {
 public:
  void OnCancelled() override {
    std::function<void()> cancel;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cancelled_ = true;
      cancel = std::move(cancel_);
    }
    if (cancel) cancel();
  }

  void OnWritten(bool ok) override {
    std::function<void()> next;
    std::optional<grpc::Status> last;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      writing_ = false;
      next = std::exchange(next_, nullptr);
      last = std::move(last_);
    }
    if (last.has_value()) return rpc_.Finish(*last);
    if (ok) return next();
    OnCancelled();
  }

 protected:
  DoorHandler(Door& door, GrpcRpc& rpc) : door_(door), rpc_(rpc), method_(absl::StripPrefix(rpc.context().method(), "/")) {}

  bool IsCancelled() {
    std::lock_guard<std::mutex> lock(mutex_);
    return cancelled_;
  }

  void Keep(std::function<void()> cancel) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!cancelled_) cancel_ = std::exchange(cancel, nullptr);
    }
    if (cancel) cancel();
  }

  void Write(const grpc::ByteBuffer& message, std::function<void()> next) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      next_ = std::move(next);
      writing_ = begun_ = true;
    }
    rpc_.Write(message);
  }

  // Whether the client is still there is told by OnHeadSent. False when nothing can be sent before what was sent, or is being.
  bool Probe() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(begun_, true)) return false;
    rpc_.SendHead();
    return true;
  }

  // After the message that is under way, if there is one.
  void FinishStream(const absl::Status& status, const Call& call) {
    AddTrace(call);
    grpc::Status last = ToGrpc(status, call.language, DetailBytes());
    {
      std::lock_guard<std::mutex> lock(mutex_);
      begun_ = true;
      if (writing_) {
        last_ = std::move(last);
        return;
      }
    }
    rpc_.Finish(last);
  }

  void AddTrace(const Call& call) { rpc_.AddTrailingMetadata(kTraceHeader, call.trace_id); }
  size_t DetailBytes() const { return PeerService(rpc_.context()).empty() ? kPublicDetailBytes : kInternalDetailBytes; }

  Door& door_;
  GrpcRpc& rpc_;
  const std::string method_;
  Arrival arrival_;
  grpc::ByteBuffer request_;

 private:
  std::mutex mutex_;
  std::function<void()> cancel_, next_;
  std::optional<grpc::Status> last_;
  bool begun_ = false;  // something was sent, or is being
  bool writing_ = false;
  bool cancelled_ = false;
};

// Unary requests and server streams.
class DoorCall final : public DoorHandler {
 public:
  DoorCall(Door& door, GrpcRpc& rpc) : DoorHandler(door, rpc) {}

  // Who is refused is refused by the head: nothing of the message is read.
  void Begin() override {
    arrival_ = ArrivalOf(rpc_.context());
    if (!door_.Judge(arrival_, method_).ok()) return Start({});
    rpc_.Read(&request_, std::min(arrival_.deadline, arrival_.arrived + kMessagePatience));
  }

  void OnRead(bool ok) override {
    if (!ok) return Refuse(IsCancelled() ? absl::CancelledError() : status::Error(status::kMalformed, {{"what", method_}}));
    Start(std::move(request_));
  }

  void OnGivenUp(const absl::Status& why) override { Refuse(why); }

 private:
  void Refuse(const absl::Status& why) {
    arrival_.verdict = why;
    Start({});
  }

  void Start(grpc::ByteBuffer request) {
    const auto* descriptor = door_.Find(method_);
    const bool stream = descriptor != nullptr && descriptor->server_streaming();
    Keep(stream ? StartStream(std::move(request)) : StartUnary(std::move(request)));
  }

  std::function<void()> StartUnary(grpc::ByteBuffer request) {
    return door_.Unary(arrival_, method_, std::move(request),
                       [this](const absl::Status& status, const grpc::ByteBuffer& response, const Call& call) {
                         AddTrace(call);
                         if (!status.ok()) return rpc_.Finish(ToGrpc(status, call.language, DetailBytes()));
                         rpc_.WriteAndFinish(response, grpc::Status::OK);
                       });
  }

  std::function<void()> StartStream(grpc::ByteBuffer request) {
    return door_.ServerStream(
        arrival_, method_, std::move(request),
        [this](const grpc::ByteBuffer& message, std::function<void()> next) { Write(message, std::move(next)); },
        [this](const absl::Status& status, const Call& call) { FinishStream(status, call); });
  }
};

// Streams of requests. Those whose next message is waited for are among the requests whose message has not come: when there are too many,
// the stream that has been silent for longest ends.
class DoorConversation final : public DoorHandler {
 public:
  DoorConversation(Door& door, GrpcRpc& rpc) : DoorHandler(door, rpc) {}

  void Begin() override {
    arrival_ = ArrivalOf(rpc_.context());
    door_.Judge(arrival_, method_).IgnoreError();  // what is refused the door answers
    Keep(door_.Converse(
        arrival_, method_, [this](std::function<void(Incoming)> take) { Read(std::move(take)); },
        [this](const grpc::ByteBuffer& message, std::function<void()> next) { Write(message, std::move(next)); },
        [this](const absl::Status& status, const Call& call) { FinishStream(status, call); }));
  }

  // What was collected of a client that has gone must not count.
  void OnRead(bool ok) override {
    if (ok) return Give(std::optional<grpc::ByteBuffer>(request_));
    if (!Probe()) Give(std::optional<grpc::ByteBuffer>());
  }
  void OnHeadSent(bool ok) override {
    if (ok) return Give(std::optional<grpc::ByteBuffer>());
    Give(absl::CancelledError());
  }
  void OnGivenUp(const absl::Status& why) override { Give(why); }

 private:
  void Read(std::function<void(Incoming)> take) {
    take_ = std::move(take);
    request_.Clear();
    rpc_.Read(&request_, arrival_.deadline);
  }

  // The door asks for one message at a time, and may ask for the next meanwhile.
  void Give(Incoming message) {
    const auto take = std::exchange(take_, nullptr);
    if (take) take(std::move(message));
  }

  std::function<void(Incoming)> take_;
};

// A conversation of grpc.reflection: request, answer, request, … until the client has enough.
class ReflectionCall final : public RpcHandler {
 public:
  ReflectionCall(const Door& door, GrpcRpc& rpc) : door_(door), rpc_(rpc), reflection_(Listed(door)) {}

  void Begin() override {
    const Arrival arrival = ArrivalOf(rpc_.context());
    const absl::Status status = arrival.verdict.has_value() ? *arrival.verdict : door_.Authenticate(arrival).status();
    if (!status.ok()) return Finish(status, arrival.language);
    Next();
  }

  void OnRead(bool ok) override {
    if (!ok) return rpc_.Finish(grpc::Status::OK);
    grpc::reflection::v1::ServerReflectionRequest request;
    if (!Parse(request_, request)) {
      return Finish(status::Error(status::kMalformed, {{"what", request.GetTypeName()}}));
    }
    rpc_.Write(Serialize(reflection_.Answer(request)));
  }

  void OnWritten(bool ok) override {
    if (!ok) return rpc_.Finish(grpc::Status::CANCELLED);
    request_.Clear();
    Next();
  }

  void OnGivenUp(const absl::Status& why) override { Finish(why); }

 private:
  void Next() { rpc_.Read(&request_, absl::Now() + kMessagePatience); }
  void Finish(const absl::Status& status, status::Language language = status::Language::kEnglish) {
    rpc_.Finish(ToGrpc(status, language, kPublicDetailBytes));
  }

  // The door's services and those that every listener has besides.
  static std::vector<std::string> Listed(const Door& door) {
    std::vector<std::string> services = door.ServiceNames();
    services.push_back("grpc.health.v1.Health");
    services.push_back("grpc.reflection.v1.ServerReflection");
    return services;
  }

  const Door& door_;
  GrpcRpc& rpc_;
  Reflection reflection_;
  grpc::ByteBuffer request_;
};

}  // namespace

std::unique_ptr<RpcHandler> Answer(Door& door, Health& health, GrpcRpc& rpc) {
  const std::string& method = rpc.context().method();
  if (method == kReflectionV1 || method == kReflectionV1Alpha) return std::make_unique<ReflectionCall>(door, rpc);
  if (auto handler = health.Answer(rpc)) return handler;
  const auto* descriptor = door.Find(std::string(absl::StripPrefix(method, "/")));
  if (descriptor != nullptr && descriptor->client_streaming()) return std::make_unique<DoorConversation>(door, rpc);
  return std::make_unique<DoorCall>(door, rpc);
}

}  // namespace heitie::rpc
