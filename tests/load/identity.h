// Who the load comes from: the flags and files that every part has.
#ifndef HEITIE_TESTS_LOAD_IDENTITY_H_
#define HEITIE_TESTS_LOAD_IDENTITY_H_

#include <memory>
#include <string>

#include "common/client/channel.h"
#include "common/config/flags.h"
#include "tests/load/grpc_load.h"

namespace heitie::load {

struct Identity {
  std::string tls_ca, tls_cert, tls_key;

  void Register(config::Flags& flags);
  // A service of the suite on a port of 127.0.0.1.
  Endpoint To(const std::string& service, int port) const;
};

// Without TLS, on 127.0.0.1.
Endpoint Plain(int port);

// For what is asked once and whose answer matters.
std::unique_ptr<client::Channel> Connect(const Endpoint& endpoint);
rpc::Call CallWith(const std::string& token);

// The token in a file; dies when there is none.
std::string ReadToken(const std::string& file);

// Parses the command line; dies of what is wrong with it.
void ParseOrDie(config::Flags& flags, int argc, char** argv);

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_IDENTITY_H_
