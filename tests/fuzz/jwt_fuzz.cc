// A letter and what it stands for: `r` a token; `e` edits of a good token, each a place of two bytes and a byte; `c` a header and claims,
// each a line, that are signed with the right key; `k` a file of keys. Whoever is let in is whom the issuer signed for.
#define OPENSSL_SUPPRESS_DEPRECATED  // the old functions take the numbers of a key as they are
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/door.h"
#include "heitie/options/v1/access.pb.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

constexpr int64_t kNow = 1767225600;  // 2026-01-01T00:00:00Z
constexpr char kHeader[] = R"({"alg":"ES256","kid":"ec"})";
constexpr char kClaims[] =
    R"({"iss":"issuer","aud":"heitie","sub":"employees/li-ming","exp":1767229200,"roles":["OPERATIONS_MANAGER"],"department":"ops"})";
constexpr char kRsaKey[] =
    R"({"kty":"RSA","kid":"rsa","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})";

std::string Base64(const std::string& bytes) { return absl::WebSafeBase64Escape(bytes); }

// Two numbers of 32 bytes.
std::string Bytes(const BIGNUM* one, const BIGNUM* other) {
  std::string bytes(64, '\0');
  BN_bn2binpad(one, reinterpret_cast<unsigned char*>(bytes.data()), 32);
  BN_bn2binpad(other, reinterpret_cast<unsigned char*>(bytes.data()) + 32, 32);
  return bytes;
}

// An issuer and an authenticator that trusts it.
class Issuer {
 public:
  Issuer() : key_(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1)), file_(absl::StrCat("/tmp/heitie_jwt_fuzz_", getpid(), ".json")) {
    // The same key in every run, so that the corpus keeps its meaning.
    const EC_GROUP* group = EC_KEY_get0_group(key_);
    BIGNUM *secret = nullptr, *x = BN_new(), *y = BN_new();
    BN_dec2bn(&secret, "20260101202601012026010120260101");
    EC_POINT* open = EC_POINT_new(group);
    EC_POINT_mul(group, open, secret, nullptr, nullptr, nullptr);
    EC_KEY_set_private_key(key_, secret);
    EC_KEY_set_public_key(key_, open);
    EC_POINT_get_affine_coordinates(group, open, x, y, nullptr);
    const std::string point = Bytes(x, y);
    EC_POINT_free(open);
    for (BIGNUM* number : {secret, x, y}) BN_free(number);
    keys_ = absl::StrCat(R"({"keys":[{"kty":"EC","crv":"P-256","kid":"ec","x":")", Base64(point.substr(0, 32)), R"(","y":")",
                         Base64(point.substr(32)), R"("},)", kRsaKey, "]}");
    Write(keys_);
    authenticator_ = rpc::NewJwtAuthenticator(file_, "issuer", "heitie", clock_);
    good_ = Sign(kHeader, kClaims);
    Require(Verify(good_).ok(), "a good token is let in");
  }
  ~Issuer() { unlink(file_.c_str()); }

  std::string Sign(const std::string& header, const std::string& claims) const {
    const std::string text = absl::StrCat(Base64(header), ".", Base64(claims));
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    ECDSA_SIG* signature = ECDSA_do_sign(digest, sizeof(digest), key_);
    const std::string bytes = Bytes(ECDSA_SIG_get0_r(signature), ECDSA_SIG_get0_s(signature));
    ECDSA_SIG_free(signature);
    return absl::StrCat(text, ".", Base64(bytes));
  }
  absl::StatusOr<rpc::Principal> Verify(const std::string& token) { return authenticator_->Verify(token); }
  // What is accepted while these are the keys.
  bool VerifiesGood(const std::string& keys) {
    Write(keys);
    clock_.Advance(absl::Seconds(2));
    const bool ok = Verify(good_).ok();
    Write(keys_);
    clock_.Set(absl::FromUnixSeconds(kNow));
    Require(Verify(good_).ok(), "with its keys back, a good token is let in again");
    return ok;
  }
  const std::string& good() const { return good_; }

 private:
  // As tools replace it.
  void Write(const std::string& keys) const {
    const std::string fresh = file_ + ".new";
    std::ofstream(fresh) << keys;
    std::rename(fresh.c_str(), file_.c_str());
  }

  EC_KEY* const key_;
  const std::string file_;
  std::string keys_, good_;
  time::FakeClock clock_{absl::FromUnixSeconds(kNow)};
  std::unique_ptr<rpc::Authenticator> authenticator_;
};

void RequireRefused(const absl::Status& status) {
  Require(absl::IsUnauthenticated(status) && status::ReasonOf(status) == status::kUnauthenticated.id, "who is not let in learns why");
}

bool IsGood(const rpc::Principal& principal) {
  return principal.name == "employees/li-ming" && principal.department == "ops" &&
         principal.roles == 1u << options::v1::ROLE_OPERATIONS_MANAGER;
}

void PlayToken(Issuer& issuer, const std::string& token) {
  const auto principal = issuer.Verify(token);
  if (!principal.ok()) return RequireRefused(principal.status());
  Require(IsGood(*principal), "nobody else is let in");
}

void PlayClaims(Issuer& issuer, const std::string& header, const std::string& text) {
  const auto principal = issuer.Verify(issuer.Sign(header, text));
  if (!principal.ok()) return RequireRefused(principal.status());
  const auto claims = nlohmann::json::parse(text, nullptr, false);
  Require(claims.is_object(), "claims are an object");
  const auto read = nlohmann::json::parse(header, nullptr, false);
  Require(read.is_object() && read.value("alg", nlohmann::json()) == "ES256", "the algorithm is that of the key");
  Require(claims.value("iss", nlohmann::json()) == "issuer", "the issuer is ours");
  const auto audience = claims.value("aud", nlohmann::json());
  Require(audience == "heitie" || (audience.is_array() && std::count(audience.begin(), audience.end(), "heitie") > 0),
          "so is the audience");
  const auto expiry = claims.value("exp", nlohmann::json());
  Require(expiry.is_number() && expiry.get<double>() > kNow - 31, "the token is in force");
  Require(claims.value("sub", nlohmann::json()) == principal->name && principal->name.rfind("services/", 0) != 0,
          "the name is the subject");
  Require(!principal->Has(options::v1::ROLE_SERVICE), "no token makes a service");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace heitie::fuzz;
  static Issuer issuer;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'r') {
    PlayToken(issuer, text);
  } else if (data[0] == 'e') {
    std::string token = issuer.good();
    for (size_t i = 1; i + 2 < size; i += 3) token[(data[i] << 8 | data[i + 1]) % token.size()] = static_cast<char>(data[i + 2]);
    PlayToken(issuer, token);
  } else if (data[0] == 'c') {
    const auto lines = Lines(data + 1, size - 1, 2);
    PlayClaims(issuer, lines[0], lines[1]);
  } else if (data[0] == 'k') {
    (void)issuer.VerifiesGood(text);
  }
  return 0;
}
