// Credentials of connections, from files that are read again when they change.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "common/rpc/door.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace heitie::rpc {

// True when no file is named.
bool IsPlaintext(const Tls& tls);

// FAILED_PRECONDITION unless all three files are named and can be read.
absl::Status CheckFiles(const Tls& tls);

// The client's certificate is verified against ca_file when it presents one; with `require_client_certificate` it must.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const Tls& tls, bool require_client_certificate);

// Presents cert_file, and verifies the server's certificate against ca_file and the name of the target.
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const Tls& tls);

}  // namespace heitie::rpc
