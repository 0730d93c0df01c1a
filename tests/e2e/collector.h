// A collector of traces that keeps what it is sent, as it is sent.
#ifndef HEITIE_TESTS_E2E_COLLECTOR_H_
#define HEITIE_TESTS_E2E_COLLECTOR_H_

#include <memory>
#include <mutex>
#include <string>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"

namespace heitie::e2e {

// Takes OTLP over gRPC on a port of its own, until it ends. Thread-safe.
class Collector final : private grpc::CallbackGenericService {
 public:
  Collector();
  ~Collector() override;
  int port() const { return port_; }
  // The bytes of all requests so far, of which texts can be read.
  std::string taken() const;

 private:
  class Reactor;
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

  int port_ = 0;
  mutable std::mutex mutex_;
  std::string taken_;  // guarded by mutex_
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace heitie::e2e

#endif  // HEITIE_TESTS_E2E_COLLECTOR_H_
