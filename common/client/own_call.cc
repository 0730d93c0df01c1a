#include "common/client/own_call.h"

#include "heitie/options/v1/access.pb.h"

namespace heitie::client {

rpc::Call OwnCall(const rpc::Call& call, const std::string& service) {
  rpc::Call own = call;
  own.token.clear();
  own.principal = {};
  own.principal.name = "services/" + service;
  own.principal.Grant(options::v1::ROLE_SERVICE);
  return own;
}

}  // namespace heitie::client
