#include "common/rpc/door.h"

#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/observe/metrics.h"
#include "common/observe/spans.h"
#include "common/rpc/contract.h"
#include "common/rpc/door_impl.h"
#include "common/rpc/services.h"
#include "common/rpc/trace.h"
#include "common/rpc/validate.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/work/priority.h"
#include "heitie/options/v1/discretion.pb.h"

namespace heitie::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

const status::Reason kUnknownMethod{absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD", "There is no method {method} here.",
                                    "此處沒有方法 {method}。"};
const status::Reason kMessageTooLarge{absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE",
                                      "The request has {size:count} bytes; {most:count} are taken at most.",
                                      "請求有 {size:count} 個位元組，最多接受 {most:count} 個。"};
const status::Reason kAnswerTooLarge{absl::StatusCode::kResourceExhausted, "ANSWER_TOO_LARGE",
                                     "The answer has more than {most:count} bytes; ask for a smaller page or for less.",
                                     "回應超過 {most:count} 個位元組，請改用較小的分頁或縮小範圍。"};
const status::Phrase kTokenTooLong{"the token is longer than {max} bytes", "權杖超過 {max} 個位元組"};
const status::Phrase kNoToken{"there is none", "未提供權杖"};
const status::Phrase kNoTokens{"tokens are not accepted here", "此處不接受權杖"};
const status::Phrase kThisService{"the service", "本服務"};

// In metrics; what clients invent must not become time series.
constexpr char kUnknownMethodLabel[] = "unknown";
// Long enough for a queue of short requests to run empty, short enough not to be noticed much.
constexpr absl::Duration kRetryDelay = absl::Seconds(1);
constexpr absl::Duration kDrainPoll = absl::Milliseconds(1);
// What is answered sooner is answered by the rights with which it came.
constexpr absl::Duration kLongWait = absl::Seconds(1);

const Message* Prototype(const Descriptor* type) { return MessageFactory::generated_factory()->GetPrototype(type); }

Route RouteTo(const google::protobuf::MethodDescriptor& method) {
  Route route;
  route.descriptor = &method;
  route.priority = work::PriorityOf(method);
  route.request_type = Prototype(method.input_type());
  route.response_type = Prototype(method.output_type());
  return route;
}

Passage::Kind KindOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) return Passage::Kind::kConversation;
  return method.server_streaming() ? Passage::Kind::kStream : Passage::Kind::kUnary;
}

void RegisterGauges(const std::weak_ptr<work::Workers>& workers) {
  observe::RegisterGauge("heitie_workers_busy", "Threads that run a handler.", [workers] {
    const auto live = workers.lock();
    return live ? static_cast<double>(live->busy()) : 0;
  });
  observe::RegisterGauge("heitie_workers_queued", "Requests that wait for a thread.", [workers] {
    const auto live = workers.lock();
    return live ? static_cast<double>(live->queued()) : 0;
  });
}

}  // namespace

Door::Door(Options options) : impl_(std::make_unique<Impl>(options)) { RegisterGauges(impl_->workers); }

Door::~Door() { Drain(absl::InfiniteFuture()); }

void Door::Serve(Service& service) {
  for (const auto* descriptor : service.impl()->services) impl_->services.push_back(descriptor->full_name());
  for (const auto& end : service.impl()->on_drain) impl_->on_drain.push_back(end);
  for (const auto& [name, method] : service.impl()->methods) {
    Route route = RouteTo(*method.descriptor);
    route.handler = method.handler;
    route.stream = method.stream;
    route.conversation = method.conversation;
    impl_->routes[PathOf(*method.descriptor)] = std::move(route);
  }
}

void Door::Forward(const std::string& service, Forwarder& target) {
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  if (descriptor == nullptr) status::Die("contract", "there is no service " + service + " to forward to");
  impl_->services.push_back(service);
  for (int i = 0; i < descriptor->method_count(); ++i) {
    Route route = RouteTo(*descriptor->method(i));
    route.target = &target;
    impl_->routes[PathOf(*descriptor->method(i))] = std::move(route);
  }
}

std::function<void()> Door::Unary(const Arrival& arrival, const std::string& method, grpc::ByteBuffer request,
                                  std::function<void(const absl::Status&, grpc::ByteBuffer, const Call&)> done) {
  return StartUnary(*impl_, arrival, method, TakenFrom(request), std::move(done));
}

std::function<void()> Door::ServerStream(const Arrival& arrival, const std::string& method, grpc::ByteBuffer request,
                                         std::function<void(grpc::ByteBuffer, std::function<void()>)> send,
                                         std::function<void(const absl::Status&, const Call&)> done) {
  return StartStream(*impl_, arrival, method, std::move(request), std::move(send), std::move(done));
}

std::function<void()> Door::Converse(const Arrival& arrival, const std::string& method, ReadNext read,
                                     std::function<void(grpc::ByteBuffer, std::function<void()>)> send,
                                     std::function<void(const absl::Status&, const Call&)> done) {
  return StartConversation(*impl_, arrival, method, std::move(read), std::move(send), std::move(done));
}

absl::Status Door::Judge(Arrival& arrival, const std::string& method) const {
  const Route* route = impl_->Find(method);
  arrival.deadline = impl_->CappedDeadline(arrival, route);
  if (!arrival.verdict.has_value()) {
    arrival.verdict = impl_->draining ? GoingAway() : impl_->Admit(arrival, method, route, arrival.principal);
  }
  return *arrival.verdict;
}

absl::StatusOr<Principal> Door::Authenticate(const Arrival& arrival) const {
  absl::StatusOr<Principal> principal = impl_->Authenticate(arrival);
  if (!principal.ok() || impl_->options.rights == nullptr) return principal;
  RETURN_IF_ERROR(impl_->options.rights->Judge(nullptr, impl_->options.clock->Now(), *principal));
  return principal;
}

const google::protobuf::MethodDescriptor* Door::Find(const std::string& method) const {
  const Route* route = impl_->Find(method);
  return route == nullptr ? nullptr : route->descriptor;
}

std::vector<std::string> Door::ServiceNames() const { return impl_->services; }

// Polls: draining happens once in a process, and a request then ends with one atomic decrement.
void Door::Drain(absl::Time deadline) {
  impl_->draining = true;
  impl_->EndStreams();
  for (const auto& end : impl_->on_drain) end();
  while (impl_->in_progress > 0 && absl::Now() < deadline) absl::SleepFor(kDrainPoll);
}

const Route* Door::Impl::Find(const std::string& method) const {
  const auto it = routes.find(method);
  return it == routes.end() ? nullptr : &it->second;
}

// A token always wins over the certificate: a service that acts for a person has that person's rights and no more.
absl::StatusOr<Principal> Door::Impl::Authenticate(const Arrival& arrival) const {
  if (arrival.token.size() > kMaxTokenBytes) {
    return status::Error(status::kUnauthenticated, {{"why", status::Say(kTokenTooLong, {{"max", kMaxTokenBytes}})}});
  }
  if (!arrival.token.empty() && options.authenticator != nullptr) {
    absl::StatusOr<Principal> principal = options.authenticator->Verify(arrival.token);
    if (principal.ok() || !status::ReasonOf(principal.status()).empty()) return principal;
    return status::Error(status::kUnauthenticated, {{"why", status::Say(principal.status())}});
  }
  if (arrival.token.empty() && options.trust_peer_services && !arrival.peer_service.empty()) {
    Principal principal{absl::StrCat("services/", arrival.peer_service)};
    principal.Grant(options::v1::ROLE_SERVICE);
    return principal;
  }
  return status::Error(status::kUnauthenticated, {{"why", arrival.token.empty() ? kNoToken : kNoTokens}});
}

// Limits tell guests apart by their addresses, of which nothing is known further on.
absl::Status Door::Impl::AdmitGuest(const Arrival& arrival, Principal& principal) const {
  if (options.limits != nullptr) {
    RETURN_IF_ERROR(options.limits->Take(Principal{absl::StrCat(kGuests, "/", arrival.client)}));
  }
  principal = Principal{kGuests};
  return absl::OkStatus();
}

absl::Status Door::Impl::Admit(const Arrival& arrival, const std::string& method, const Route* route, Principal& principal) const {
  // The gateway, which has a certificate, brings guests without a token of theirs, and is then no more than they are.
  if (route != nullptr && arrival.token.empty() && AccessOf(*route->descriptor).without_login()) return AdmitGuest(arrival, principal);
  ASSIGN_OR_RETURN(principal, Authenticate(arrival));
  if (options.rights != nullptr) {
    RETURN_IF_ERROR(options.rights->Judge(route == nullptr ? nullptr : route->descriptor, options.clock->Now(), principal));
  }
  if (options.limits != nullptr) {
    RETURN_IF_ERROR(options.limits->Take(principal));
  }
  if (route == nullptr) return status::Error(kUnknownMethod, {{"method", method}});
  return CheckAccess(*route->descriptor, principal);
}

absl::Status Door::Impl::AdmitAgain(const Route& route, const Principal& principal) const {
  if (options.rights == nullptr) return absl::OkStatus();
  Principal now = principal;
  RETURN_IF_ERROR(options.rights->Judge(route.descriptor, options.clock->Now(), now));
  return CheckAccess(*route.descriptor, now);
}

bool Door::Impl::Register(const void* stream, std::function<void()> end) {
  std::lock_guard<std::mutex> lock(streams_mutex);
  if (draining) return false;  // EndStreams may have been here already
  return streams.emplace(stream, std::move(end)).second;
}

void Door::Impl::Deregister(const void* stream) {
  std::lock_guard<std::mutex> lock(streams_mutex);
  streams.erase(stream);
}

void Door::Impl::EndStreams() {
  std::vector<std::function<void()>> ends;
  {
    std::lock_guard<std::mutex> lock(streams_mutex);
    for (const auto& [stream, end] : streams) ends.push_back(end);
  }
  for (const auto& end : ends) end();
}

Passage::Passage(Door::Impl& door, const Arrival& arrival, const std::string& method, Kind kind, size_t request_bytes)
    : door_(door),
      route_(door.Find(method)),
      kind_(kind),
      transport_(arrival.transport),
      started_(absl::Now()),
      request_bytes_(request_bytes),
      requests_(kind == Kind::kStream ? 1 : 0) {
  ++door_.in_progress;
}

absl::Time Door::Impl::CappedDeadline(const Arrival& arrival, const Route* route) const {
  const bool streams = route != nullptr && KindOf(*route->descriptor) != Passage::Kind::kUnary;
  if (streams) return std::min(arrival.deadline, arrival.arrived + options.max_stream);
  if (arrival.deadline == absl::InfiniteFuture()) return arrival.arrived + options.default_deadline;
  return std::min(arrival.deadline, arrival.arrived + options.max_deadline);
}

absl::Status Passage::Enter(const Arrival& arrival, Call& call) {
  Trace trace = TraceOf(arrival.traceparent);
  call.trace_id = std::move(trace.trace_id);
  call.sampled = trace.sampled;
  parent_span_ = std::move(trace.parent_id);
  call.deadline = door_.CappedDeadline(arrival, route_);
  call.language = arrival.language;
  call.now = door_.options.clock->Now();
  // Nobody yet: whoever is refused changes nothing.
  if (call.sampled) call.span_id = SpanIdOf(call.trace_id, call.method, "", call.now);
  if (door_.draining) return GoingAway();
  if (arrival.verdict.has_value()) {
    call.principal = arrival.principal;
    RETURN_IF_ERROR(*arrival.verdict);
  } else {
    RETURN_IF_ERROR(door_.Admit(arrival, call.method, route_, call.principal));
  }
  call.token = arrival.token;
  if (call.sampled) call.span_id = SpanIdOf(call.trace_id, call.method, call.principal.name, call.now);
  if (KindOf(*route_->descriptor) != kind_) return status::Error(kUnknownMethod, {{"method", call.method}});
  RETURN_IF_ERROR(CheckSize(request_bytes_));
  return InTime(call);
}

absl::Status Passage::CheckSize(size_t request_bytes) {
  if (request_bytes <= static_cast<size_t>(kMaxMessageBytes)) return absl::OkStatus();
  return status::Error(kMessageTooLarge, {{"size", request_bytes}, {"most", kMaxMessageBytes}});
}

absl::Status Passage::Read(const grpc::ByteBuffer& bytes, Message& message) const {
  RETURN_IF_ERROR(ParseRequest(bytes, message));
  return Check(message);
}

absl::Status Passage::ParseRequest(const grpc::ByteBuffer& bytes, Message& message) const {
  if (Parse(bytes, message)) return absl::OkStatus();
  return status::Error(status::kMalformed, {{"what", route_->descriptor->input_type()->full_name()}});
}

absl::Status Passage::Check(Message& message) {
  RETURN_IF_ERROR(Validate(message));
  Normalize(message);
  return absl::OkStatus();
}

absl::Status Passage::Recheck(const Call& call) const {
  if (kind_ == Kind::kUnary && (absl::Now() - started_ < kLongWait || !OnlyReads(*route_->descriptor))) return absl::OkStatus();
  return door_.AdmitAgain(*route_, call.principal);
}

absl::Status Passage::InTime(const Call& call) { return absl::Now() < call.deadline ? absl::OkStatus() : status::Error(status::kDeadline); }

absl::Status Passage::Present(const absl::Status& status, const Call& call) {
  const bool internal = absl::IsInternal(status) || absl::IsUnknown(status) || absl::IsDataLoss(status);
  if (!internal || !status::ReasonOf(status).empty()) return status;
  observe::Log(observe::Severity::kError, "internal error",
               {{"method", call.method}, {"trace_id", call.trace_id}, {"error", absl::StrCat(status.message())}});
  return status::Error(status::kInternal, {{"trace", call.trace_id}});
}

void Passage::Record(const Call& call, const absl::Status& status) const {
  const absl::Duration duration = absl::Now() - started_;
  if (route_ == nullptr) {
    observe::CountRequest(kUnknownMethodLabel, status.code(), duration);
  } else {
    observe::CountRequest(call.method, status.code(), duration);
  }
  observe::AccessRecord record;
  record.method = call.method;
  record.principal = call.principal.name;
  record.trace_id = call.trace_id;
  record.transport = transport_;
  record.code = absl::StatusCodeToString(status.code());
  if (!status.ok()) record.reason = status::ReasonOf(status);
  record.duration = duration;
  if (route_ == nullptr || !route_->descriptor->options().GetExtension(options::v1::discreet)) {
    record.request_bytes = request_bytes_;
    record.response_bytes = response_bytes_;
  }
  if (kind_ != Kind::kUnary) record.messages.emplace(requests_, responses_);
  observe::LogAccess(record);
  if (!call.sampled) return;
  observe::EndSpan({.trace_id = call.trace_id,
                    .span_id = call.span_id,
                    .parent_id = parent_span_,
                    .name = route_ == nullptr ? kUnknownMethodLabel : call.method,
                    .kind = observe::Span::Kind::kServer,
                    .begin = started_,
                    .end = started_ + duration,
                    .code = status.code(),
                    .attributes = {{"rpc.system", "grpc"}, {"network.protocol.name", transport_}}});
}

const absl::Status& GoingAway() {
  static const absl::Status& status = *new absl::Status(status::RetryLater(status::kUnavailable, kRetryDelay, {{"what", kThisService}}));
  return status;
}

const absl::Status& AnswerTooLarge() {
  static const absl::Status& status = *new absl::Status(status::Error(kAnswerTooLarge, {{"most", kMaxMessageBytes}}));
  return status;
}

absl::Status FromException() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return absl::InternalError(absl::StrCat("exception: ", exception.what()));
  } catch (...) {
    return absl::InternalError("exception of unknown type");
  }
}

}  // namespace heitie::rpc
