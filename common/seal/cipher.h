// The ciphers of libcrypto that personal data is sealed with. Failures of the library itself end the process: there is no way on without.
// Thread-safe.
#ifndef HEITIE_COMMON_SEAL_CIPHER_H_
#define HEITIE_COMMON_SEAL_CIPHER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace heitie::seal {

inline constexpr size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16;

// From the system's generator.
std::string RandomBytes(size_t count);

// AES-256-GCM (NIST SP 800-38D): nonce, ciphertext and tag, one behind another. The nonce is random, of 96 bits: a key seals some thousands
// of texts at most, far below the 2^32 up to which that is safe. `bound` is not stored, and Decrypt must be given the same.
std::string Encrypt(absl::string_view key, absl::string_view bound, absl::string_view plain);
// With a nonce of kNonceBytes, which must never be used twice with one key.
std::string EncryptWith(absl::string_view key, absl::string_view nonce, absl::string_view bound, absl::string_view plain);
// Nothing when it was not made with this key and `bound`, or is not, bit for bit, what it was.
std::optional<std::string> Decrypt(absl::string_view key, absl::string_view bound, absl::string_view sealed);

// HMAC-SHA-256 in 64 hex digits.
std::string Hmac(absl::string_view key, absl::string_view text);

}  // namespace heitie::seal

#endif  // HEITIE_COMMON_SEAL_CIPHER_H_
