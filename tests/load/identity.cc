#include "tests/load/identity.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
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

Endpoint Plain(int port) {
  Endpoint endpoint;
  endpoint.port = port;
  return endpoint;
}

std::unique_ptr<client::Channel> Connect(const Endpoint& endpoint) {
  client::ChannelOptions options;
  options.name = endpoint.server_name;
  options.target = absl::StrCat(endpoint.host, ":", endpoint.port);
  options.tls = {endpoint.tls_ca, endpoint.tls_cert, endpoint.tls_key};
  options.server_name = endpoint.server_name;
  return client::NewChannel(options);
}

rpc::Call CallWith(const std::string& token) {
  rpc::Call call;
  call.trace_id = std::string(32, '1');
  call.deadline = absl::Now() + absl::Seconds(30);
  call.token = token;
  return call;
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
