// What the gateway's ports answer themselves over gRPC and its relatives: grpc.health.v1, open to everybody, and grpc.reflection (v1 and
// v1alpha, whose messages are the same), for everybody with a token.
#ifndef HEITIE_SERVICES_GATEWAY_OWN_METHODS_H_
#define HEITIE_SERVICES_GATEWAY_OWN_METHODS_H_

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpc/health/v1/health.pb.h"
#include "services/gateway/exchange.h"

namespace heitie::gateway {

// Thread-safe.
class OwnMethods {
 public:
  // `services`: full names of those that are served.
  explicit OwnMethods(std::vector<std::string> services);

  // The method of "package.Service/Method"; nullptr when it is none of these.
  const google::protobuf::MethodDescriptor* Find(const std::string& path) const;
  bool Has(const google::protobuf::MethodDescriptor* method) const { return method == check_ || method == watch_ || method == reflect_; }
  bool IsOpen(const google::protobuf::MethodDescriptor* method) const { return method == check_ || method == watch_; }

  // Of an exchange whose method it is. `request`: the one message of what is no stream of requests.
  void Serve(const ExchangePtr& exchange, const grpc::ByteBuffer& request);

  void SetServing(bool serving);
  bool serving() const;
  // Ends the open watches: those who watch look elsewhere.
  void End();

 private:
  using Serving = grpc::health::v1::HealthCheckResponse::ServingStatus;
  struct Watch {
    ExchangePtr exchange;
    std::string service;
    std::optional<Serving> told;
  };

  void Check(const ExchangePtr& exchange, const std::string& service) const;
  void StartWatch(const ExchangePtr& exchange, const std::string& service);
  Serving StatusOf(const std::string& service) const;  // under the lock
  // Tells the watches what is new to them, and all of them to go when it has ended. Under the lock.
  void TellAll();

  const std::vector<std::string> listed_;
  const std::set<std::string> services_;
  const google::protobuf::MethodDescriptor* check_;
  const google::protobuf::MethodDescriptor* watch_;
  const google::protobuf::MethodDescriptor* reflect_;

  // A client that goes away may be reported while it is being told something.
  mutable std::recursive_mutex mutex_;
  bool serving_ = false, ended_ = false;
  std::map<const Exchange*, std::shared_ptr<Watch>> watches_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_OWN_METHODS_H_
