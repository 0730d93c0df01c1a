#include "common/rpc/grpc/health.h"

#include <optional>

#include "absl/time/clock.h"
#include "common/rpc/bytes.h"
#include "common/rpc/wire_status.h"
#include "grpcpp/grpcpp.h"

namespace heitie::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

grpc::ByteBuffer Bytes(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return Serialize(response);
}

const grpc::Status& Malformed() {
  static const auto& status = *new grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no HealthCheckRequest");
  return status;
}

}  // namespace

class Health::Check final : public RpcHandler {
 public:
  Check(const Health& health, GrpcRpc& rpc) : health_(health), rpc_(rpc) {}

  void Begin() override { rpc_.Read(&bytes_, absl::Now() + kMessagePatience); }
  void OnGivenUp(const absl::Status& why) override { rpc_.Finish(ToGrpc(why, status::Language::kEnglish, kPublicDetailBytes)); }

  void OnRead(bool ok) override {
    HealthCheckRequest request;
    if (!ok || !Parse(bytes_, request)) return rpc_.Finish(Malformed());
    const Serving status = health_.Current(request.service());
    if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
      return rpc_.Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no such service here"));
    }
    rpc_.WriteAndFinish(Bytes(status), grpc::Status::OK);
  }

 private:
  const Health& health_;
  GrpcRpc& rpc_;
  grpc::ByteBuffer bytes_;
};

// Writes the status whenever it is another than the one written last, and ends with the health or when the client goes. Its state is
// guarded by the health's lock, under which only the next step is chosen; whoever chose it does it without the lock, and until then
// nobody else does any, so that the RPC lives.
class Health::Watch final : public RpcHandler {
 public:
  Watch(Health& health, GrpcRpc& rpc) : health_(health), rpc_(rpc) {}

  void Begin() override { rpc_.Read(&bytes_, absl::Now() + kMessagePatience); }
  void OnGivenUp(const absl::Status& why) override { rpc_.Finish(ToGrpc(why, status::Language::kEnglish, kPublicDetailBytes)); }

  void OnRead(bool ok) override {
    HealthCheckRequest request;
    if (!ok || !Parse(bytes_, request)) return rpc_.Finish(Malformed());
    service_ = request.service();
    {
      const std::lock_guard lock(health_.mutex_);
      health_.watches_.insert(this);
    }
    After(&Watch::watching_, true);
  }

  void OnWritten(bool /*ok*/) override { After(&Watch::busy_, false); }
  void OnCancelled() override { After(&Watch::gone_, true); }

  // Under the lock; false when there is nothing to do now.
  bool Choose() {
    if (!watching_ || busy_) return false;
    finishing_ = gone_ || health_.ended_;
    const Serving status = health_.StatusOf(service_);
    if (!finishing_ && status == written_) return false;
    written_ = status;
    busy_ = true;
    if (finishing_) health_.watches_.erase(this);
    return true;
  }

  void Do() {
    if (finishing_) return rpc_.Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server ends"));
    rpc_.Write(Bytes(*written_));
  }

 private:
  void After(bool Watch::*fact, bool value) {
    {
      const std::lock_guard lock(health_.mutex_);
      this->*fact = value;
      if (!Choose()) return;
    }
    Do();
  }

  Health& health_;
  GrpcRpc& rpc_;
  grpc::ByteBuffer bytes_;
  std::string service_;
  std::optional<Serving> written_;
  bool watching_ = false, busy_ = false, gone_ = false, finishing_ = false;
};

Health::Health(std::vector<std::string> services) : serving_{{"", false}} {
  for (std::string& service : services) serving_[std::move(service)] = false;
}

void Health::Set(bool serving) {
  Change([&] {
    for (auto& [service, one] : serving_) one = serving;
  });
}

void Health::Set(const std::string& service, bool serving) {
  Change([&] { serving_[service] = serving; });
}

void Health::End() {
  Change([&] { ended_ = true; });
}

void Health::Change(const std::function<void()>& change) {
  std::vector<Watch*> chosen;
  {
    const std::lock_guard lock(mutex_);
    change();
    for (auto next = watches_.begin(); next != watches_.end();) {
      Watch* watch = *next++;  // one that ends takes itself out
      if (watch->Choose()) chosen.push_back(watch);
    }
  }
  for (Watch* watch : chosen) watch->Do();
}

Health::Serving Health::Current(const std::string& service) const {
  const std::lock_guard lock(mutex_);
  return StatusOf(service);
}

std::unique_ptr<RpcHandler> Health::Answer(GrpcRpc& rpc) {
  if (rpc.context().method() == kCheck) return std::make_unique<Check>(*this, rpc);
  if (rpc.context().method() == kWatch) return std::make_unique<Watch>(*this, rpc);
  return nullptr;
}

Health::Serving Health::StatusOf(const std::string& service) const {
  const auto serving = serving_.find(service);
  if (serving == serving_.end()) return HealthCheckResponse::SERVICE_UNKNOWN;
  return serving->second ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace heitie::rpc
