#include "services/planning/robot/signature.h"

#include <gtest/gtest.h>

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

TEST(SignatureTest, SecretsOfWebhooks) {
  EXPECT_TRUE(WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").has_value());
  EXPECT_FALSE(WebhookKey("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").has_value());
  EXPECT_FALSE(WebhookKey("whsec_AAAA").has_value()) << "too short";
  EXPECT_FALSE(WebhookKey("whsec_!").has_value());
}

}  // namespace
}  // namespace heitie::planning
