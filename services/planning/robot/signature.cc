#include "services/planning/robot/signature.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/seal/cipher.h"

namespace heitie::planning {
namespace {

constexpr char kWebhookPrefix[] = "whsec_";
constexpr size_t kLeastKey = 24, kMostKey = 64;

std::string Mac(const std::string& key, const std::string& text) {
  return absl::Base64Escape(absl::HexStringToBytes(seal::Hmac(key, text)));
}

// Everything but the unreserved characters of RFC 3986.
std::string PercentEncoded(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out.push_back(static_cast<char>(c));
    } else {
      absl::StrAppendFormat(&out, "%%%02X", c);
    }
  }
  return out;
}

}  // namespace

std::string SignDingTalk(int64_t timestamp_millis, const std::string& secret) {
  return PercentEncoded(Mac(secret, absl::StrCat(timestamp_millis, "\n", secret)));
}

std::string SignFeishu(int64_t timestamp_seconds, const std::string& secret) {
  return Mac(absl::StrCat(timestamp_seconds, "\n", secret), "");
}

std::optional<std::string> WebhookKey(const std::string& secret) {
  std::string key;
  if (!absl::StartsWith(secret, kWebhookPrefix) || !absl::Base64Unescape(secret.substr(sizeof(kWebhookPrefix) - 1), &key))
    return std::nullopt;
  if (key.size() < kLeastKey || key.size() > kMostKey) return std::nullopt;
  return key;
}

std::string SignWebhook(const std::string& id, int64_t timestamp_seconds, const std::string& body,
                        const std::vector<std::string>& secrets) {
  std::vector<std::string> signatures;
  for (const std::string& secret : secrets) {
    const std::optional<std::string> key = WebhookKey(secret);
    if (key.has_value()) signatures.push_back("v1," + Mac(*key, absl::StrCat(id, ".", timestamp_seconds, ".", body)));
  }
  return absl::StrJoin(signatures, " ");
}

}  // namespace heitie::planning
