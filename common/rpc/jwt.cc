// JWT verification (RFC 7515, 7517, 7519, best practices of RFC 8725). The cryptography is librhonabwy's; what a token may say is
// decided here, before and after it.
#include <rhonabwy.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/observe/files.h"
#include "common/observe/log.h"
#include "common/rpc/door.h"
#include "common/rpc/key_file.h"
#include "common/status/macros.h"

namespace heitie::rpc {
namespace {

// Allowed difference between the issuer's clock and ours.
constexpr absl::Duration kLeeway = absl::Seconds(30);
constexpr absl::Duration kFileCheckInterval = absl::Seconds(1);
constexpr size_t kMaxNameBytes = 190;
constexpr size_t kMaxRememberedTokens = 10'000;

struct JsonFree {
  void operator()(json_t* json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, JsonFree>;
struct JwkFree {
  void operator()(jwk_t* jwk) const { r_jwk_free(jwk); }
};
using Jwk = std::unique_ptr<jwk_t, JwkFree>;
struct JwksFree {
  void operator()(jwks_t* jwks) const { r_jwks_free(jwks); }
};
using Jwks = std::unique_ptr<jwks_t, JwksFree>;
struct JwsFree {
  void operator()(jws_t* jws) const { r_jws_free(jws); }
};
using Jws = std::unique_ptr<jws_t, JwsFree>;

const status::Phrase kNotSigned{"the token is not a signed JWT", "權杖不是已簽章的 JWT"};
const status::Phrase kGarbledHeader{"the token's header is garbled", "權杖的標頭已損壞"};
const status::Phrase kAlgorithm{"the token is not signed with RS256 or ES256", "權杖未以 RS256 或 ES256 簽章"};
const status::Phrase kExtension{"the token's header has {extension}", "權杖的標頭含 {extension}"};
const status::Phrase kGarbled{"the token is garbled", "權杖已損壞"};
const status::Phrase kNoClaims{"the token's claims are not a JSON object", "權杖的聲明不是 JSON 物件"};
const status::Phrase kBadSignature{"the token's signature is wrong", "權杖的簽章錯誤"};
const status::Phrase kUnknownKey{"the token's key is unknown", "權杖的金鑰未知"};
const status::Phrase kNoExpiry{"the token has no exp", "權杖沒有 exp"};
const status::Phrase kTokenExpired{"the token has expired", "權杖已過期"};
const status::Phrase kBadNotBefore{"the token's nbf is no number", "權杖的 nbf 不是數字"};
const status::Phrase kNotYet{"the token is not valid yet", "權杖尚未生效"};
const status::Phrase kBadSubject{"the token's sub is no resource name", "權杖的 sub 不是資源名稱"};
const status::Phrase kServiceSubject{"the token's sub names a service", "權杖的 sub 是服務的名稱"};
const status::Phrase kBadRoles{"the token's roles are no list", "權杖的 roles 不是清單"};
const status::Phrase kBadRoleNames{"the token's roles are no list of names", "權杖的 roles 不是名稱的清單"};
const status::Phrase kLongDepartment{"the token's department is too long", "權杖的 department 過長"};
const status::Phrase kOtherIssuer{"the token's issuer is not ours", "權杖的簽發者不是本系統的簽發者"};
const status::Phrase kOtherAudience{"the token is for another audience", "權杖的對象不是本系統"};

absl::Status Refuse(const status::Phrase& why, const status::Args& args = {}) {
  return status::Error(status::kUnauthenticated, {{"why", status::Say(why, args)}});
}

// A JSON object in which no name occurs twice, or null.
Json ParseObject(const char* data, size_t size) {
  Json json(json_loadb(data, size, JSON_REJECT_DUPLICATES, nullptr));
  return json_is_object(json.get()) ? std::move(json) : nullptr;
}

// The string `name` of `object`, "" when it is missing or no string.
std::string Text(const json_t* object, const char* name) {
  const json_t* value = json_object_get(object, name);
  return json_is_string(value) ? std::string(json_string_value(value), json_string_length(value)) : "";
}

// ---- Keys

struct Key {
  std::string id;
  std::string algorithm;  // RS256 or ES256
  Jwk jwk;
};

// The algorithm that a key of the file is used with, "" when it is none of ours (symmetric, encryption, other curves, weak).
std::string AlgorithmOf(jwk_t* jwk) {
  unsigned int bits = 0;
  const int type = r_jwk_key_type(jwk, &bits, R_FLAG_IGNORE_REMOTE);
  std::string algorithm;
  if ((type & R_KEY_TYPE_RSA) && bits >= 2048) algorithm = "RS256";
  if ((type & R_KEY_TYPE_EC) && bits == 256) algorithm = "ES256";
  const char* declared = r_jwk_get_property_str(jwk, "alg");
  if (declared != nullptr && algorithm != declared) return "";
  const char* use = r_jwk_get_property_str(jwk, "use");
  if (use != nullptr && std::string(use) != "sig") return "";
  return algorithm;
}

struct Remembered {
  Principal principal;
  absl::Time expiry;  // leeway included
};

// One version of the key file and the tokens verified with it; a new version starts without memory.
struct KeySet {
  std::vector<Key> keys;
  std::shared_mutex mutex;
  absl::flat_hash_map<std::string, Remembered> remembered;
};

absl::StatusOr<std::shared_ptr<KeySet>> ParseKeySet(const std::string& json) {
  jwks_t* raw = nullptr;
  if (r_jwks_init(&raw) != RHN_OK) return absl::InternalError("out of memory");
  Jwks jwks(raw);
  // Its result also tells of keys that it does not know; those are passed over.
  r_jwks_import_from_json_str(jwks.get(), json.c_str());
  auto set = std::make_shared<KeySet>();
  for (size_t i = 0; i < r_jwks_size(jwks.get()); ++i) {
    Jwk jwk(r_jwks_get_at(jwks.get(), i));
    std::string algorithm = AlgorithmOf(jwk.get());
    if (algorithm.empty()) continue;
    const char* id = r_jwk_get_property_str(jwk.get(), "kid");
    set->keys.push_back({id == nullptr ? "" : id, std::move(algorithm), std::move(jwk)});
  }
  if (set->keys.empty()) return absl::InvalidArgumentError("it holds no RSA key of 2048 bits or more and no P-256 key for signatures");
  return set;
}

// What changes when a file is written or replaced.
struct FileVersion {
  ino_t inode = 0;
  off_t size = 0;
  int64_t seconds = 0;
  int64_t nanoseconds = 0;
  bool operator==(const FileVersion&) const = default;
};

FileVersion VersionOf(const std::string& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

void InitKeys() {
  static std::once_flag once;
  std::call_once(once, r_global_init);
}

absl::StatusOr<std::shared_ptr<KeySet>> ReadKeySet(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.good()) return absl::NotFoundError("it cannot be read");
  return ParseKeySet(text.str());
}

constexpr char kKeyFileKind[] = "jwks";

// The current keys; looks for a new version of the file at most once a second and keeps the old keys when the new file is broken.
class KeyFile {
 public:
  KeyFile(std::string file, const time::Clock& clock) : file_(std::move(file)), checked_(clock.Now()), version_(VersionOf(file_)) {
    absl::StatusOr<std::shared_ptr<KeySet>> set = ReadKeySet(file_);
    if (!set.ok()) {
      observe::Log(observe::Severity::kError, "key file cannot be used", {{"file", file_}, {"why", std::string(set.status().message())}});
      std::exit(2);
    }
    current_ = *std::move(set);
    observe::NoteFileRead(kKeyFileKind);
  }

  std::shared_ptr<KeySet> Current(absl::Time now) {
    std::lock_guard lock(mutex_);
    if (now >= checked_ + kFileCheckInterval || now < checked_) {
      checked_ = now;
      Reload();
    }
    return current_;
  }

 private:
  void Reload() {
    // The version is taken before reading: a write in between is then seen as a change at the next check.
    const FileVersion version = VersionOf(file_);
    if (version == version_) return;
    version_ = version;
    absl::StatusOr<std::shared_ptr<KeySet>> set = ReadKeySet(file_);
    if (!set.ok()) {
      observe::NoteFileRefused(kKeyFileKind);
      observe::Log(observe::Severity::kWarning, "key file cannot be used, the keys before stay in force",
                   {{"file", file_}, {"why", std::string(set.status().message())}});
      return;
    }
    current_ = *std::move(set);
    observe::NoteFileRead(kKeyFileKind);
    observe::Log(observe::Severity::kInfo, "key file read", {{"file", file_}, {"keys", std::to_string(current_->keys.size())}});
  }

  const std::string file_;
  std::mutex mutex_;
  absl::Time checked_;
  FileVersion version_;
  std::shared_ptr<KeySet> current_;
};

// ---- Header and signature

struct Header {
  std::string algorithm;
  std::string key_id;
};

// Refuses every algorithm but ours before any cryptography (RFC 8725, 3.1), and every extension that would have to be understood.
absl::StatusOr<Header> ParseHeader(const std::string& token) {
  if (std::count(token.begin(), token.end(), '.') != 2) return Refuse(kNotSigned);
  std::string json;
  if (!absl::WebSafeBase64Unescape(token.substr(0, token.find('.')), &json)) return Refuse(kGarbledHeader);
  const Json header = ParseObject(json.data(), json.size());
  if (header == nullptr) return Refuse(kGarbledHeader);
  Header result{Text(header.get(), "alg"), Text(header.get(), "kid")};
  if (result.algorithm != "RS256" && result.algorithm != "ES256") return Refuse(kAlgorithm);
  for (const char* extension : {"crit", "zip", "b64", "enc"}) {
    if (json_object_get(header.get(), extension) != nullptr) return Refuse(kExtension, {{"extension", extension}});
  }
  return result;
}

// The token's payload when one of the keys that the header admits signed it.
absl::StatusOr<Json> VerifiedClaims(const KeySet& set, const std::string& token) {
  ASSIGN_OR_RETURN(const Header header, ParseHeader(token));
  jws_t* raw = nullptr;
  if (r_jws_init(&raw) != RHN_OK) return absl::InternalError("out of memory");
  Jws jws(raw);
  if (r_jws_advanced_compact_parsen(jws.get(), token.data(), token.size(), R_PARSE_NONE, R_FLAG_IGNORE_REMOTE) != RHN_OK) {
    return Refuse(kGarbled);
  }
  bool known = false;
  for (const Key& key : set.keys) {
    if (key.algorithm != header.algorithm || (!header.key_id.empty() && key.id != header.key_id)) continue;
    known = true;
    // The library may touch the key while it works; every thread has its own.
    const Jwk copy(r_jwk_copy(key.jwk.get()));
    if (r_jws_verify_signature(jws.get(), copy.get(), R_FLAG_IGNORE_REMOTE) != RHN_OK) continue;
    size_t size = 0;
    const unsigned char* payload = r_jws_get_payload(jws.get(), &size);
    Json claims = payload == nullptr ? nullptr : ParseObject(reinterpret_cast<const char*>(payload), size);
    if (claims == nullptr) return Refuse(kNoClaims);
    return claims;
  }
  return Refuse(known ? kBadSignature : kUnknownKey);
}

// ---- Claims

bool HasAudience(const json_t* claims, const std::string& audience) {
  const json_t* value = json_object_get(claims, "aud");
  if (json_is_string(value)) return Text(claims, "aud") == audience;
  size_t index;
  const json_t* element;
  json_array_foreach(value, index, element) {
    if (json_is_string(element) && json_string_value(element) == audience) return true;
  }
  return false;
}

absl::Time TimeOf(const json_t* seconds) { return absl::UnixEpoch() + absl::Seconds(json_number_value(seconds)); }

absl::Status CheckTimes(const json_t* claims, absl::Time now) {
  const json_t* expiry = json_object_get(claims, "exp");
  if (!json_is_number(expiry)) return Refuse(kNoExpiry);
  if (now >= TimeOf(expiry) + kLeeway) return Refuse(kTokenExpired);
  const json_t* not_before = json_object_get(claims, "nbf");
  if (not_before == nullptr) return absl::OkStatus();
  if (!json_is_number(not_before)) return Refuse(kBadNotBefore);
  if (now < TimeOf(not_before) - kLeeway) return Refuse(kNotYet);
  return absl::OkStatus();
}

// Names end up in logs, events and queries: visible ASCII only. Names of services belong to certificates.
absl::Status CheckSubject(const std::string& subject) {
  const bool visible = std::all_of(subject.begin(), subject.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (subject.empty() || subject.size() > kMaxNameBytes || !visible) return Refuse(kBadSubject);
  if (absl::StartsWith(subject, "services/")) return Refuse(kServiceSubject);
  return absl::OkStatus();
}

// Unknown names are passed over, so that the issuer may know more roles than we do.
absl::Status GrantRoles(const json_t* claims, Principal* principal) {
  const json_t* roles = json_object_get(claims, "roles");
  if (roles == nullptr) return absl::OkStatus();
  if (!json_is_array(roles)) return Refuse(kBadRoles);
  size_t index;
  const json_t* element;
  json_array_foreach(roles, index, element) {
    if (!json_is_string(element)) return Refuse(kBadRoleNames);
    Role role = options::v1::ROLE_UNSPECIFIED;
    options::v1::Role_Parse(absl::StrCat("ROLE_", json_string_value(element)), &role);
    if (role != options::v1::ROLE_UNSPECIFIED && role != options::v1::ROLE_SERVICE) principal->Grant(role);
  }
  return absl::OkStatus();
}

absl::StatusOr<Principal> PrincipalOf(const json_t* claims) {
  Principal principal;
  principal.name = Text(claims, "sub");
  RETURN_IF_ERROR(CheckSubject(principal.name));
  principal.department = Text(claims, "department");
  if (principal.department.size() > kMaxNameBytes) return Refuse(kLongDepartment);
  RETURN_IF_ERROR(GrantRoles(claims, &principal));
  return principal;
}

// ---- Authenticator

class JwtAuthenticator final : public Authenticator {
 public:
  JwtAuthenticator(const std::string& jwks_file, std::string issuer, std::string audience, const time::Clock& clock)
      : issuer_(std::move(issuer)), audience_(std::move(audience)), clock_(clock), keys_(jwks_file, clock) {}

  absl::StatusOr<Principal> Verify(const std::string& token) override {
    const absl::Time now = clock_.Now();
    const std::shared_ptr<KeySet> set = keys_.Current(now);
    {
      std::shared_lock lock(set->mutex);
      auto it = set->remembered.find(token);
      if (it != set->remembered.end() && now < it->second.expiry) return it->second.principal;
    }
    ASSIGN_OR_RETURN(const Remembered verified, VerifyAnew(*set, token, now));
    Remember(set.get(), token, verified, now);
    return verified.principal;
  }

 private:
  absl::StatusOr<Remembered> VerifyAnew(const KeySet& set, const std::string& token, absl::Time now) const {
    ASSIGN_OR_RETURN(const Json claims, VerifiedClaims(set, token));
    RETURN_IF_ERROR(CheckTimes(claims.get(), now));
    if (Text(claims.get(), "iss") != issuer_) return Refuse(kOtherIssuer);
    if (!HasAudience(claims.get(), audience_)) return Refuse(kOtherAudience);
    ASSIGN_OR_RETURN(Principal principal, PrincipalOf(claims.get()));
    return Remembered{std::move(principal), TimeOf(json_object_get(claims.get(), "exp")) + kLeeway};
  }

  // Only verified tokens get here, so their number is the issuer's doing; the bound protects the memory all the same.
  static void Remember(KeySet* set, const std::string& token, const Remembered& verified, absl::Time now) {
    std::unique_lock lock(set->mutex);
    if (set->remembered.size() >= kMaxRememberedTokens) {
      absl::erase_if(set->remembered, [now](const auto& entry) { return entry.second.expiry <= now; });
      if (set->remembered.size() >= kMaxRememberedTokens) set->remembered.clear();
    }
    set->remembered.insert_or_assign(token, verified);
  }

  const std::string issuer_;
  const std::string audience_;
  const time::Clock& clock_;
  KeyFile keys_;
};

}  // namespace

absl::Status CheckKeyFile(const std::string& jwks_file) {
  InitKeys();
  return ReadKeySet(jwks_file).status();
}

std::unique_ptr<Authenticator> NewJwtAuthenticator(const std::string& jwks_file, const std::string& issuer, const std::string& audience,
                                                   const time::Clock& clock) {
  InitKeys();
  return std::make_unique<JwtAuthenticator>(jwks_file, issuer, audience, clock);
}

}  // namespace heitie::rpc
