// Who answers an RPC on a gRPC connection: its metadata becomes an Arrival, the door does the rest. Reflection and health, which are the
// connection's own, are answered here.
#ifndef HEITIE_COMMON_RPC_GRPC_ANSWER_H_
#define HEITIE_COMMON_RPC_GRPC_ANSWER_H_

#include <memory>

#include "common/rpc/door.h"
#include "common/rpc/grpc/health.h"
#include "common/rpc/grpc/rpc.h"

namespace heitie::rpc {

std::unique_ptr<RpcHandler> Answer(Door& door, Health& health, GrpcRpc& rpc);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_ANSWER_H_
