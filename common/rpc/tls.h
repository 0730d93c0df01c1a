// Credentials of connections, from files that are read again when they change. What does not fit together then is not used.
#ifndef HEITIE_COMMON_RPC_TLS_H_
#define HEITIE_COMMON_RPC_TLS_H_

#include <memory>

#include "absl/status/status.h"
#include "common/rpc/door.h"
#include "common/rpc/tls_material.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace heitie::rpc {

// True when no file is named.
bool IsPlaintext(const Tls& tls);

// FAILED_PRECONDITION unless all three files are named, can be read and fit together.
absl::Status CheckFiles(const Tls& tls);

// Credentials are good for as long as their material lives. The client must present a certificate, which is verified against the authority.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const TlsMaterial& material);

// Presents the certificate, and verifies the server's against the authority and the name of the target.
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const TlsMaterial& material);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_TLS_H_
