// What the libraries below would write to stderr in forms of their own becomes lines of the process's log.
#ifndef HEITIE_COMMON_RPC_GRPC_LIBRARY_LOG_H_
#define HEITIE_COMMON_RPC_GRPC_LIBRARY_LOG_H_

namespace heitie::rpc {

// Leads the errors of gRPC and of protobuf into the log as warnings, and drops the rest. Call it any number of times.
void LogLibraryErrors();

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_LIBRARY_LOG_H_
