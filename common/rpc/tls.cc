#include "common/rpc/tls.h"

#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace heitie::rpc {
namespace {

// The library looks at what was checked, often enough for nobody to notice.
constexpr unsigned kLookSeconds = 1;

std::shared_ptr<grpc::experimental::CertificateProviderInterface> Watch(const TlsMaterial& material) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(material.identity_path(), material.identity_path(),
                                                                              material.ca_path(), kLookSeconds);
}

}  // namespace

bool IsPlaintext(const Tls& tls) { return tls.ca_file.empty() && tls.cert_file.empty() && tls.key_file.empty(); }

absl::Status CheckFiles(const Tls& tls) {
  TlsContent content;
  return ReadTls(tls, content);
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const TlsMaterial& material) {
  grpc::experimental::TlsServerCredentialsOptions options(Watch(material));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // The handshake verifies the chain. A client has no host name to verify: its certificate names a service, which the door judges.
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const TlsMaterial& material) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(material));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(std::make_shared<grpc::experimental::HostNameCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace heitie::rpc
