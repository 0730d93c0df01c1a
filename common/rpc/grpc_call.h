// One RPC on a gRPC connection, of whatever method: its metadata becomes an Arrival, the door does the rest.
#pragma once

#include "common/rpc/door.h"
#include "grpcpp/generic/async_generic_service.h"

namespace heitie::rpc {

class GenericService final : public grpc::CallbackGenericService {
 public:
  explicit GenericService(Door& door) : door_(door) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

 private:
  Door& door_;
};

}  // namespace heitie::rpc
