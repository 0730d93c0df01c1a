// The file with the keys of the tokens.
#ifndef HEITIE_COMMON_RPC_KEY_FILE_H_
#define HEITIE_COMMON_RPC_KEY_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace heitie::rpc {

// Whether a JWKS file can be read and holds keys that NewJwtAuthenticator takes; what is wrong in words.
absl::Status CheckKeyFile(const std::string& jwks_file);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_KEY_FILE_H_
