#include "tests/load/identity.h"

#include "common/config/service_config.h"
#include "tests/load/measure.h"

namespace heitie::load {

void Identity::Register(config::Flags& flags) {
  flags.Add("tls_ca", &tls_ca, "CA file of the services' certificates.");
  flags.Add("tls_cert", &tls_cert, "Certificate file of this client.");
  flags.Add("tls_key", &tls_key, "Key file of this client.");
}

Endpoint Identity::To(const std::string& service, int port) const {
  Endpoint endpoint;
  endpoint.port = port;
  endpoint.tls_ca = tls_ca;
  endpoint.tls_cert = tls_cert;
  endpoint.tls_key = tls_key;
  endpoint.server_name = "heitie-" + service;
  return endpoint;
}

std::string ReadToken(const std::string& file) {
  auto token = config::ReadSecret(file);
  if (!token.ok()) Die(token.status().ToString());
  return *std::move(token);
}

void ParseOrDie(config::Flags& flags, int argc, char** argv) {
  if (const absl::Status status = flags.Parse(argc, argv); !status.ok()) Die(status.ToString());
}

}  // namespace heitie::load
