#include "services/planning/robot/signature.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

namespace heitie::planning {
namespace {

TEST(SignatureTest, DingTalk) {
  EXPECT_EQ(SignDingTalk(1767225600123, "SECheitie-demo"), "GuZymGncc9igiZY9Ztvjy0Tz3fEywxtIoQYel6II%2BcI%3D");
}

TEST(SignatureTest, Feishu) { EXPECT_EQ(SignFeishu(1767225600, "heitie-demo"), "zpFkSrEgwrf56Ax+60mBNeEvleR/i0Ex5ysQt2gSHas="); }

TEST(SignatureTest, StandardWebhooks) {
  constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  constexpr char kSignature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  EXPECT_EQ(SignWebhook("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})", {kSecret}), kSignature);
  const std::string both = SignWebhook("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})",
                                       {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", kSecret});
  EXPECT_EQ(both.substr(0, 3), "v1,");
  EXPECT_EQ(both.substr(both.find(' ') + 1), kSignature);
}

// Of now, for an older one is refused; tests/webhooks/run has another library verify what HEITIE_WEBHOOKS_FILE gets.
TEST(SignatureTest, ManyWebhooks) {
  std::mt19937 random(18);
  const auto secret = [&] {
    std::string key;
    for (int i = 0; i < 24 + static_cast<int>(random() % 41); ++i) key += static_cast<char>(random());
    return "whsec_" + absl::Base64Escape(key);
  };
  std::ofstream file;
  if (const char* path = std::getenv("HEITIE_WEBHOOKS_FILE"); path != nullptr) file.open(path);
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> secrets{secret()};
    if (random() % 2 == 0) secrets.push_back(secret());
    const nlohmann::json data{{"text", std::string(random() % 2000, 'x') + "“通知”\n\\ \""}, {"count", random()}};
    const std::string id = absl::StrCat("msg_", i), body = data.dump();
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    const std::string signature = SignWebhook(id, now, body, secrets);
    EXPECT_EQ(std::count(signature.begin(), signature.end(), ' ') + 1, static_cast<int64_t>(secrets.size()));
    file << nlohmann::json{{"id", id}, {"timestamp", now}, {"body", body}, {"secrets", secrets}, {"signature", signature}} << "\n";
  }
}

TEST(SignatureTest, SecretsOfWebhooks) {
  EXPECT_TRUE(WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").has_value());
  EXPECT_FALSE(WebhookKey("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").has_value());
  EXPECT_FALSE(WebhookKey("whsec_AAAA").has_value()) << "too short";
  EXPECT_FALSE(WebhookKey("whsec_!").has_value());
}

}  // namespace
}  // namespace heitie::planning
