#include "common/rpc/tls.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace heitie::rpc {
namespace {

absl::Status CheckReadable(const char* what, const std::string& file) {
  if (file.empty()) return absl::FailedPreconditionError(absl::StrCat("TLS needs a file for the ", what));
  if (!std::ifstream(file).good()) return absl::FailedPreconditionError(absl::StrCat("cannot read the ", what, " ", file));
  return absl::OkStatus();
}

std::shared_ptr<grpc::experimental::CertificateProviderInterface> Watch(const Tls& tls) {
  const auto seconds = static_cast<unsigned>(std::max<int64_t>(1, absl::ToInt64Seconds(tls.reread)));
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(tls.key_file, tls.cert_file, tls.ca_file, seconds);
}

}  // namespace

bool IsPlaintext(const Tls& tls) { return tls.ca_file.empty() && tls.cert_file.empty() && tls.key_file.empty(); }

absl::Status CheckFiles(const Tls& tls) {
  RETURN_IF_ERROR(CheckReadable("CA certificate", tls.ca_file));
  RETURN_IF_ERROR(CheckReadable("certificate", tls.cert_file));
  return CheckReadable("private key", tls.key_file);
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const Tls& tls, bool require_client_certificate) {
  grpc::experimental::TlsServerCredentialsOptions options(Watch(tls));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(require_client_certificate ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                           : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  // The handshake verifies the chain. A client has no host name to verify: its certificate names a service, which the door judges.
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const Tls& tls) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(tls));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(std::make_shared<grpc::experimental::HostNameCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace heitie::rpc
