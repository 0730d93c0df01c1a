#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rhonabwy.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/door.h"

namespace heitie::rpc {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1767225600;  // 2026-01-01T00:00:00Z

struct KeyPair {
  std::string secret, open;  // JWK as JSON
};

std::string ExportAndFree(jwk_t* jwk) {
  char* json = r_jwk_export_to_json_str(jwk, 0);
  std::string result = json;
  r_free(json);
  r_jwk_free(jwk);
  return result;
}

KeyPair Generate(int type, int bits, const std::string& id) {
  r_global_init();
  jwk_t *secret = nullptr, *open = nullptr;
  r_jwk_init(&secret);
  r_jwk_init(&open);
  EXPECT_EQ(r_jwk_generate_key_pair(secret, open, type, bits, id.c_str()), RHN_OK);
  return {ExportAndFree(secret), ExportAndFree(open)};
}

// Generating takes a while; the tests share the pairs.
const KeyPair& Rsa() {
  static const KeyPair pair = Generate(R_KEY_TYPE_RSA, 2048, "rsa");
  return pair;
}
const KeyPair& Ec() {
  static const KeyPair pair = Generate(R_KEY_TYPE_EC, 256, "ec");
  return pair;
}
const KeyPair& OtherEc() {
  static const KeyPair pair = Generate(R_KEY_TYPE_EC, 256, "ec");
  return pair;
}

std::string Jwks(const std::vector<std::string>& keys) {
  std::string json = "{\"keys\":[";
  for (size_t i = 0; i < keys.size(); ++i) absl::StrAppend(&json, i > 0 ? "," : "", keys[i]);
  return json + "]}";
}

std::string Base64(const std::string& bytes) {
  std::string text;
  absl::WebSafeBase64Escape(bytes, &text);
  return text;
}

// Signs any payload with any header, sensible or not.
std::string Sign(jwa_alg algorithm, const std::string& secret_json, const std::string& payload, const std::string& key_id) {
  jws_t* jws = nullptr;
  jwk_t* secret = nullptr;
  r_jws_init(&jws);
  r_jwk_init(&secret);
  EXPECT_EQ(r_jwk_import_from_json_str(secret, secret_json.c_str()), RHN_OK);
  r_jwk_delete_property_str(secret, "kid");
  r_jws_set_alg(jws, algorithm);
  if (!key_id.empty()) r_jws_set_header_str_value(jws, "kid", key_id.c_str());
  r_jws_set_payload(jws, reinterpret_cast<const unsigned char*>(payload.data()), payload.size());
  char* token = r_jws_serialize(jws, secret, 0);
  EXPECT_NE(token, nullptr);
  std::string result = token == nullptr ? "" : token;
  r_free(token);
  r_jwk_free(secret);
  r_jws_free(jws);
  return result;
}

std::string Claims(const std::string& more = "", int64_t expiry = kNow + 3600) {
  return absl::StrCat(R"({"iss":"issuer","aud":"heitie","sub":"employees/li-ming","exp":)", expiry, more, "}");
}

class JwtTest : public ::testing::Test {
 protected:
  JwtTest() : file_(absl::StrCat(::testing::TempDir(), "heitie_jwks_", getpid(), ".json")) {
    Write(Jwks({Rsa().open, Ec().open}));
    authenticator_ = NewJwtAuthenticator(file_, "issuer", "heitie", clock_);
  }
  ~JwtTest() override { unlink(file_.c_str()); }

  // Replaces the file the way tools do, so that a reader never sees half of it.
  void Write(const std::string& content) {
    const std::string fresh = file_ + ".new";
    std::ofstream(fresh) << content;
    ASSERT_EQ(rename(fresh.c_str(), file_.c_str()), 0);
  }
  std::string Token(const std::string& claims) { return Sign(R_JWA_ALG_ES256, Ec().secret, claims, "ec"); }
  absl::StatusOr<Principal> Verify(const std::string& token) { return authenticator_->Verify(token); }

  void ExpectRefused(const std::string& token, const std::string& why) {
    const absl::StatusOr<Principal> principal = Verify(token);
    ASSERT_FALSE(principal.ok()) << token;
    EXPECT_EQ(principal.status().code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(std::string(principal.status().message()), HasSubstr(why));
  }

  std::string file_;
  time::FakeClock clock_{absl::FromUnixSeconds(kNow)};
  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(JwtTest, AcceptsBothAlgorithmsAndReadsTheClaims) {
  const std::string claims = Claims(R"(,"roles":["OPERATIONS_MANAGER","DATA_ANALYST"],"department":"departments/marketing")");
  for (const std::string& token : {Sign(R_JWA_ALG_RS256, Rsa().secret, claims, "rsa"), Sign(R_JWA_ALG_ES256, Ec().secret, claims, "ec"),
                                   Sign(R_JWA_ALG_ES256, Ec().secret, claims, "")}) {
    const absl::StatusOr<Principal> principal = Verify(token);
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ(principal->name, "employees/li-ming");
    EXPECT_EQ(principal->department, "departments/marketing");
    EXPECT_EQ(principal->roles, 1u << options::v1::ROLE_OPERATIONS_MANAGER | 1u << options::v1::ROLE_DATA_ANALYST);
  }
}

TEST_F(JwtTest, GrantsNeitherServiceNorUnknownRoles) {
  const absl::StatusOr<Principal> principal =
      Verify(Token(Claims(R"(,"roles":["SERVICE","ROLE_SERVICE","UNSPECIFIED","KING","PRODUCER",""])")));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->roles, 1u << options::v1::ROLE_PRODUCER);
}

TEST_F(JwtTest, GrantsNothingWithoutRoles) {
  const absl::StatusOr<Principal> principal = Verify(Token(Claims()));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->roles, 0u);
}

TEST_F(JwtTest, AcceptsOneOfSeveralAudiences) {
  EXPECT_TRUE(Verify(Token(R"({"iss":"issuer","aud":["x","heitie"],"sub":"a/b","exp":1767229200})")).ok());
}

TEST_F(JwtTest, ChecksTimesWithLeeway) {
  EXPECT_TRUE(Verify(Token(Claims("", kNow - 29))).ok());
  ExpectRefused(Token(Claims("", kNow - 30)), "expired");
  EXPECT_TRUE(Verify(Token(Claims(R"(,"nbf":1767225630)"))).ok());
  ExpectRefused(Token(Claims(R"(,"nbf":1767225631)")), "not valid yet");
  ExpectRefused(Token(Claims(R"(,"nbf":"soon")")), "nbf");
}

TEST_F(JwtTest, ForgetsARememberedTokenWhenItExpires) {
  const std::string token = Token(Claims("", kNow + 100));
  ASSERT_TRUE(Verify(token).ok());
  clock_.Advance(absl::Seconds(129));
  EXPECT_TRUE(Verify(token).ok());
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(token, "expired");
}

TEST_F(JwtTest, RefusesWrongClaims) {
  ExpectRefused(Token(R"({"iss":"issuer","aud":"other","sub":"a/b","exp":1767229200})"), "audience");
  ExpectRefused(Token(R"({"iss":"issuer","aud":[],"sub":"a/b","exp":1767229200})"), "audience");
  ExpectRefused(Token(R"({"iss":"issuer","sub":"a/b","exp":1767229200})"), "audience");
  ExpectRefused(Token(R"({"iss":"other","aud":"heitie","sub":"a/b","exp":1767229200})"), "issuer");
  ExpectRefused(Token(R"({"aud":"heitie","sub":"a/b","exp":1767229200})"), "issuer");
  ExpectRefused(Token(R"({"iss":"issuer","aud":"heitie","sub":"a/b"})"), "exp");
  ExpectRefused(Token(R"({"iss":"issuer","aud":"heitie","sub":"a/b","exp":"1767229200"})"), "exp");
  ExpectRefused(Token(R"({"iss":"issuer","aud":"heitie","exp":1767229200})"), "sub");
  ExpectRefused(Token(R"({"iss":"issuer","aud":"heitie","sub":"a b","exp":1767229200})"), "sub");
  ExpectRefused(Token(absl::StrCat(R"({"iss":"issuer","aud":"heitie","sub":")", std::string(191, 'a'), R"(","exp":1767229200})")), "sub");
  ExpectRefused(Token(R"({"iss":"issuer","aud":"heitie","sub":"services/activity","exp":1767229200})"), "names a service");
  ExpectRefused(Token(Claims(R"(,"roles":"OPERATIONS_MANAGER")")), "roles");
  ExpectRefused(Token(Claims(R"(,"roles":[1])")), "roles");
  ExpectRefused(Token(Claims(R"(,"sub":"employees/other")")), "JSON object");  // twice
  ExpectRefused(Token("[]"), "JSON object");
  ExpectRefused(Token("nonsense"), "JSON object");
}

TEST_F(JwtTest, RefusesOtherAlgorithms) {
  const std::string unsigned_token = absl::StrCat(Base64(R"({"alg":"none"})"), ".", Base64(Claims()), ".");
  ExpectRefused(unsigned_token, "RS256 or ES256");
  ExpectRefused(absl::StrCat(Base64(R"({"alg":"None","kid":"ec"})"), ".", Base64(Claims()), "."), "RS256 or ES256");
  // The public key as the secret of a MAC.
  const std::string symmetric = absl::StrCat(R"({"kty":"oct","k":")", Base64(Rsa().open), R"("})");
  ExpectRefused(Sign(R_JWA_ALG_HS256, symmetric, Claims(), "rsa"), "RS256 or ES256");
  ExpectRefused(Sign(R_JWA_ALG_RS512, Rsa().secret, Claims(), "rsa"), "RS256 or ES256");
  // A MAC that claims to be ours.
  std::string mac = Sign(R_JWA_ALG_HS256, symmetric, Claims(), "rsa");
  mac.replace(0, mac.find('.'), Base64(R"({"alg":"RS256","kid":"rsa"})"));
  ExpectRefused(mac, "signature");
}

TEST_F(JwtTest, RefusesStrangeHeaders) {
  const std::string token = Token(Claims());
  const std::string rest = token.substr(token.find('.'));
  ExpectRefused(Base64(R"({"alg":"ES256","kid":"ec","crit":["exp"]})") + rest, "crit");
  ExpectRefused(Base64(R"({"alg":"ES256","kid":"ec","zip":"DEF"})") + rest, "zip");
  ExpectRefused(Base64(R"({"alg":"ES256","alg":"none"})") + rest, "garbled");
  ExpectRefused(Base64("[]") + rest, "garbled");
  // A key of the attacker's own in the header is not looked at.
  std::string own = Sign(R_JWA_ALG_ES256, OtherEc().secret, Claims(), "ec");
  own.replace(0, own.find('.'), Base64(absl::StrCat(R"({"alg":"ES256","jwk":)", OtherEc().open, "}")));
  ExpectRefused(own, "signature");
}

TEST_F(JwtTest, RefusesForeignKeys) {
  ExpectRefused(Sign(R_JWA_ALG_ES256, OtherEc().secret, Claims(), "ec"), "signature");
  ExpectRefused(Sign(R_JWA_ALG_ES256, OtherEc().secret, Claims(), "stranger"), "unknown");
  ExpectRefused(Sign(R_JWA_ALG_ES256, Ec().secret, Claims(), "rsa"), "unknown");  // the key of that id is for another algorithm
}

TEST_F(JwtTest, RefusesEveryTruncationAndEveryFlippedByte) {
  const std::string token = Token(Claims());
  for (size_t i = 0; i < token.size(); ++i) {
    EXPECT_FALSE(Verify(token.substr(0, i)).ok()) << i;
    std::string flipped = token;
    flipped[i] = flipped[i] == 'A' ? 'Q' : 'A';  // differs in the highest bit of the sextet's payload
    EXPECT_FALSE(Verify(flipped).ok()) << i;
  }
  EXPECT_TRUE(Verify(token).ok());
}

TEST_F(JwtTest, RefusesGarbage) {
  ExpectRefused("", "");
  ExpectRefused("..", "");
  ExpectRefused("a.b", "");
  ExpectRefused("a.b.c.d.e", "");
  ExpectRefused(std::string("\0.\0.\0", 5), "");
  ExpectRefused(std::string(4096, '.'), "not a signed JWT");
  ExpectRefused(absl::StrCat(Base64(std::string(3000, '[')), ".e30.AA"), "garbled");
}

TEST_F(JwtTest, ReadsAChangedKeyFile) {
  const std::string old_token = Token(Claims());
  const std::string new_token = Sign(R_JWA_ALG_ES256, OtherEc().secret, Claims(), "ec");
  ASSERT_TRUE(Verify(old_token).ok());
  Write(Jwks({OtherEc().open}));
  EXPECT_TRUE(Verify(old_token).ok());  // within the same second
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(old_token, "signature");  // also forgotten
  EXPECT_TRUE(Verify(new_token).ok());
}

TEST_F(JwtTest, KeepsItsKeysWhenTheFileBreaks) {
  const std::string token = Token(Claims());
  for (const std::string broken : {"{", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})"}) {
    Write(broken);
    clock_.Advance(absl::Seconds(1));
    EXPECT_TRUE(Verify(token).ok()) << broken;
  }
  unlink(file_.c_str());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Verify(token).ok());
}

TEST_F(JwtTest, VerifiesInManyThreadsWhileKeysChange) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 50; ++i) tokens.push_back(Token(Claims("", kNow + 1000 + i)));
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int round = 0; round < 10; ++round) {
          for (const std::string& token : tokens) failures += !Verify(token).ok();
        }
      });
    }
    for (int i = 0; i < 20; ++i) {
      Write(Jwks({Ec().open, Rsa().open}));
      clock_.Advance(absl::Seconds(1));
    }
  }
  EXPECT_EQ(failures, 0);
}

TEST_F(JwtTest, PassesOverKeysThatAreNotForSignatures) {
  std::string encryption = Ec().open;
  encryption.insert(1, R"("use":"enc",)");
  Write(Jwks({encryption, Rsa().open, R"({"kty":"future","x":1})"}));
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(Token(Claims()), "unknown");
  EXPECT_TRUE(Verify(Sign(R_JWA_ALG_RS256, Rsa().secret, Claims(), "rsa")).ok());
}

TEST(JwtDeathTest, StopsWithoutKeys) {
  time::FakeClock clock(absl::FromUnixSeconds(kNow));
  EXPECT_EXIT(NewJwtAuthenticator("/nonexistent/jwks.json", "issuer", "heitie", clock), ::testing::ExitedWithCode(2), "cannot be read");
}

}  // namespace
}  // namespace heitie::rpc
