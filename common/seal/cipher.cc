#include "common/seal/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "common/status/die.h"

namespace heitie::seal {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

void Require(bool ok) {
  if (!ok) status::Die("seal", "libcrypto does not do what it is asked");
}

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int Size(absl::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  Require(RAND_bytes(Bytes(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

std::string Encrypt(absl::string_view key, absl::string_view bound, absl::string_view plain) {
  return EncryptWith(key, RandomBytes(kNonceBytes), bound, plain);
}

std::string EncryptWith(absl::string_view key, absl::string_view nonce, absl::string_view bound, absl::string_view plain) {
  Require(key.size() == kKeyBytes && nonce.size() == kNonceBytes);
  const CipherContext context(EVP_CIPHER_CTX_new());
  Require(context != nullptr && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) == 1);
  int size = 0;
  Require(EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(bound), Size(bound)) == 1);
  std::string sealed(nonce);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  unsigned char* const out = Bytes(sealed) + kNonceBytes;
  Require(EVP_EncryptUpdate(context.get(), out, &size, Bytes(plain), Size(plain)) == 1);
  Require(EVP_EncryptFinal_ex(context.get(), out + size, &size) == 1);
  Require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes), out + plain.size()) == 1);
  return sealed;
}

std::optional<std::string> Decrypt(absl::string_view key, absl::string_view bound, absl::string_view sealed) {
  Require(key.size() == kKeyBytes);
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string plain(sealed.size() - kNonceBytes - kTagBytes, '\0');
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const CipherContext context(EVP_CIPHER_CTX_new());
  Require(context != nullptr && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(sealed)) == 1);
  int size = 0;
  Require(EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(bound), Size(bound)) == 1);
  Require(EVP_DecryptUpdate(context.get(), Bytes(plain), &size, Bytes(sealed) + kNonceBytes, static_cast<int>(plain.size())) == 1);
  Require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes), tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), Bytes(plain) + size, &size) != 1) return std::nullopt;
  return plain;
}

std::string Hmac(absl::string_view key, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  Require(HMAC(EVP_sha256(), key.data(), Size(key), Bytes(text), text.size(), digest, &size) != nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

}  // namespace heitie::seal
