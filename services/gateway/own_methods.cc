#include "services/gateway/own_methods.h"

#include <functional>
#include <utility>

#include "common/rpc/bytes.h"
#include "common/rpc/grpc/reflection.h"
#include "services/gateway/protocol.h"

namespace heitie::gateway {
namespace {

using google::protobuf::MethodDescriptor;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::reflection::v1::ServerReflectionRequest;

constexpr char kHealthCheck[] = "grpc.health.v1.Health/Check";
constexpr char kHealthWatch[] = "grpc.health.v1.Health/Watch";
constexpr char kReflectV1[] = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char kReflectV1Alpha[] = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
const status::Phrase kTheGateway{"the gateway", "閘道"};

const MethodDescriptor* MethodOf(const google::protobuf::Descriptor* message, const char* service, const char* method) {
  return message->file()->FindServiceByName(service)->FindMethodByName(method);
}

std::vector<std::string> WithOwn(std::vector<std::string> services) {
  services.push_back("grpc.health.v1.Health");
  services.push_back("grpc.reflection.v1.ServerReflection");
  return services;
}

grpc::ByteBuffer HealthBytes(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return rpc::Serialize(response);
}

// A conversation of reflection: request, answer, request, … until the client has enough.
class Reflecting : public std::enable_shared_from_this<Reflecting> {
 public:
  Reflecting(ExchangePtr exchange, std::vector<std::string> services) : exchange_(std::move(exchange)), reflection_(std::move(services)) {}

  void Next() {
    exchange_->protocol->Read([self = shared_from_this()](const rpc::Incoming& incoming) { self->Take(incoming); });
  }

 private:
  void Take(const rpc::Incoming& incoming) {
    if (!incoming.ok()) return Finish(incoming.status());
    if (!incoming->has_value()) return Finish(absl::OkStatus());
    ServerReflectionRequest request;
    if (!rpc::Parse(**incoming, request)) return Finish(status::Error(status::kMalformed, {{"what", request.GetTypeName()}}));
    exchange_->protocol->Send(rpc::Serialize(reflection_.Answer(request)), [self = shared_from_this()] { self->Next(); });
  }
  void Finish(const absl::Status& status) {
    exchange_->Record(status);
    exchange_->protocol->Finish(status);
  }

  const ExchangePtr exchange_;
  rpc::Reflection reflection_;
};

}  // namespace

OwnMethods::OwnMethods(std::vector<std::string> services)
    : listed_(WithOwn(services)),
      services_(services.begin(), services.end()),
      check_(MethodOf(HealthCheckRequest::descriptor(), "Health", "Check")),
      watch_(MethodOf(HealthCheckRequest::descriptor(), "Health", "Watch")),
      reflect_(MethodOf(ServerReflectionRequest::descriptor(), "ServerReflection", "ServerReflectionInfo")) {}

const MethodDescriptor* OwnMethods::Find(const std::string& path) const {
  if (path == kHealthCheck) return check_;
  if (path == kHealthWatch) return watch_;
  return path == kReflectV1 || path == kReflectV1Alpha ? reflect_ : nullptr;
}

void OwnMethods::Serve(const ExchangePtr& exchange, const grpc::ByteBuffer& request) {
  if (exchange->method == reflect_) return std::make_shared<Reflecting>(exchange, listed_)->Next();
  HealthCheckRequest asked;
  if (!rpc::Parse(request, asked)) return exchange->protocol->Finish(status::Error(status::kMalformed, {{"what", asked.GetTypeName()}}));
  exchange->method == check_ ? Check(exchange, asked.service()) : StartWatch(exchange, asked.service());
}

void OwnMethods::Check(const ExchangePtr& exchange, const std::string& service) const {
  std::unique_lock lock(mutex_);
  const Serving status = StatusOf(service);
  lock.unlock();
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) return exchange->protocol->Finish(status::NotFound(service));
  exchange->protocol->Send(HealthBytes(status), [] {});
  exchange->protocol->Finish(absl::OkStatus());
}

void OwnMethods::StartWatch(const ExchangePtr& exchange, const std::string& service) {
  {
    std::lock_guard lock(mutex_);
    watches_[exchange.get()] = std::make_shared<Watch>(Watch{exchange, service, std::nullopt});
    TellAll();
  }
  exchange->responder->OnClose([this, key = exchange.get()] {
    std::shared_ptr<Watch> gone;
    std::lock_guard lock(mutex_);
    const auto found = watches_.find(key);
    if (found == watches_.end()) return;
    gone = std::move(found->second);
    watches_.erase(found);
  });
}

OwnMethods::Serving OwnMethods::StatusOf(const std::string& service) const {
  if (!service.empty() && services_.count(service) == 0) return HealthCheckResponse::SERVICE_UNKNOWN;
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void OwnMethods::TellAll() {
  const auto watches = watches_;
  for (const auto& [key, watch] : watches) {
    const Serving now = StatusOf(watch->service);
    if (watch->told != now) {
      watch->told = now;
      watch->exchange->protocol->Send(HealthBytes(now), [] {});
    }
    if (ended_) watch->exchange->protocol->Finish(status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", kTheGateway}}));
  }
  if (ended_) watches_.clear();
}

void OwnMethods::SetServing(bool serving) {
  std::lock_guard lock(mutex_);
  serving_ = serving;
  TellAll();
}

bool OwnMethods::serving() const {
  std::lock_guard lock(mutex_);
  return serving_;
}

void OwnMethods::End() {
  std::lock_guard lock(mutex_);
  serving_ = false;
  ended_ = true;
  TellAll();
}

}  // namespace heitie::gateway
