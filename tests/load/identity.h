// Who the load comes from: the flags and files that every part has.
#pragma once

#include <string>

#include "common/config/flags.h"
#include "tests/load/grpc_load.h"

namespace heitie::load {

struct Identity {
  std::string tls_ca, tls_cert, tls_key;

  void Register(config::Flags& flags);
  // A service of the suite on a port of 127.0.0.1.
  Endpoint To(const std::string& service, int port) const;
};

// The token in a file; dies when there is none.
std::string ReadToken(const std::string& file);

// Parses the command line; dies of what is wrong with it.
void ParseOrDie(config::Flags& flags, int argc, char** argv);

}  // namespace heitie::load
