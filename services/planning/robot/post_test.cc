#include "services/planning/robot/post.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "nlohmann/json.hpp"

namespace heitie::planning {
namespace {

using v1::DeliveryAttempt;
using v1::Robot;

const absl::Time kAt = absl::FromUnixMillis(1767225600123);

Robot Of(Robot::Kind kind, const std::string& address, const std::string& secret) {
  Robot robot;
  robot.set_kind(kind);
  robot.set_address(address);
  robot.set_secret(secret);
  return robot;
}
TEST(PostTest, DingTalkIsSignedInTheAddress) {
  const web::Request request = PostOf(Of(Robot::KIND_DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=x", "SECheitie-demo"),
                                      20000, {"1", "projects/a", "你好"}, kAt);
  EXPECT_EQ(
      request.url,
      "https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1767225600123&sign=GuZymGncc9igiZY9Ztvjy0Tz3fEywxtIoQYel6II%2BcI%3D");
  EXPECT_EQ(request.body, R"({"msgtype":"text","text":{"content":"你好"}})");
  EXPECT_EQ(request.max_redirects, 0);
}

TEST(PostTest, FeishuIsSignedInTheBody) {
  const web::Request request = PostOf(Of(Robot::KIND_FEISHU, "https://open.feishu.cn/x", "heitie-demo"), 20480, {"1", "", "x"}, kAt);
  const auto body = nlohmann::json::parse(request.body);
  EXPECT_EQ(body["sign"], "zpFkSrEgwrf56Ax+60mBNeEvleR/i0Ex5ysQt2gSHas=");
  EXPECT_EQ(body["timestamp"], "1767225600");
}

TEST(PostTest, WebhooksHaveTheHeadersOfTheStandardAndBothSignatures) {
  Robot robot = Of(Robot::KIND_WEBHOOK, "https://a.example/x", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  robot.set_previous_secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  const web::Request request = PostOf(robot, 20000, {"01abc", "risks/a", "x", "URGENCY_HIGH"}, kAt);
  ASSERT_EQ(request.headers.size(), 3u);
  EXPECT_EQ(request.headers[0], "webhook-id: 01abc");
  EXPECT_EQ(request.headers[1], "webhook-timestamp: 1767225600");
  EXPECT_THAT(request.headers[2], ::testing::MatchesRegex("webhook-signature: v1,[^ ]+ v1,[^ ]+"));
}

TEST(PostTest, SizesCountBytesOfWhatTheProviderCounts) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "好\n\"";
  for (const auto& [kind, most] : {std::pair{Robot::KIND_DINGTALK, 20000}, {Robot::KIND_FEISHU, 20480}, {Robot::KIND_WECOM, 2048}}) {
    for (const int bytes : {most, 300, 301, 302}) {
      const web::Request request = PostOf(Of(kind, "https://a.example/x", ""), bytes, {"1", "", text, "", "notices/1"}, kAt);
      const auto body = nlohmann::json::parse(request.body);
      const std::string said = kind == Robot::KIND_FEISHU ? body["content"]["text"] : body["text"]["content"];
      EXPECT_LE(kind == Robot::KIND_WECOM ? said.size() : request.body.size(), static_cast<size_t>(bytes));
      EXPECT_GT(said.size(), kind == Robot::KIND_WECOM ? bytes * 9 / 10 : 10) << "no more is cut than must be";
      EXPECT_THAT(said, ::testing::EndsWith("notices/1"));
      EXPECT_EQ(said.find("\xEF\xBF\xBD"), std::string::npos) << "cut within a character";
    }
  }
}

TEST(PostTest, PeoplesTextNeitherMentionsNorFormats) {
  EXPECT_EQ(Harmless("@all <at user_id=\"all\"> **b** [x](http://y)"), "＠all ＜at user_id=\"all\"＞ ＊＊b＊＊ ［x］(http://y)");
}

TEST(PostTest, InMarkdownNothingThatPeopleWroteIsAForm) {
  EXPECT_EQ(HarmlessInMarkdown("# a\n- b\n  1. c\n===\n![x](http://y) d_e_f | g\n    code"),
            "＃ a\n– b\n1． c\n–==\n！［x］(http://y) d＿e＿f ｜ g\ncode");
}

TEST(PostTest, MarkdownAndMentionsHaveTheFormsOfTheProviders) {
  Robot robot = Of(Robot::KIND_WECOM, "https://a.example/x", "");
  const Said said{"1", "", "到 *期*\n請處理", "", "", "li.mei-1"};
  EXPECT_EQ(PostOf(robot, 2048, said, kAt).body,
            R"({"msgtype":"text","text":{"content":"到 ＊期＊\n請處理","mentioned_list":["li.mei-1"]}})");
  robot.set_format(Robot::FORMAT_MARKDOWN);
  EXPECT_EQ(PostOf(robot, 4096, said, kAt).body, R"({"markdown":{"content":"<@li.mei-1> 到 ＊期＊\n請處理"},"msgtype":"markdown"})");
  robot.set_kind(Robot::KIND_DINGTALK);
  EXPECT_EQ(PostOf(robot, 20000, said, kAt).body,
            R"({"at":{"atUserIds":["li.mei-1"],"isAtAll":false},"markdown":{"text":"@li.mei-1 到 ＊期＊\n請處理","title":"到 ＊期＊"},)"
            R"("msgtype":"markdown"})");
  robot.set_format(Robot::FORMAT_TEXT);
  EXPECT_EQ(PostOf(robot, 20000, said, kAt).body,
            R"({"at":{"atUserIds":["li.mei-1"],"isAtAll":false},"msgtype":"text","text":{"content":"@li.mei-1 到 ＊期＊\n請處理"}})");
  EXPECT_EQ(PostOf(Of(Robot::KIND_FEISHU, "https://a.example/x", ""), 20480, said, kAt).body,
            R"({"content":{"text":"<at user_id=\"li.mei-1\"></at> 到 ＊期＊\n請處理"},"msg_type":"text"})");
}

TEST(PostTest, MarkdownOfWeComMayBeLongerThanItsText) {
  v1::RobotPolicy policy;
  policy.set_wecom_markdown_bytes(4096);
  v1::RobotProvider provider;
  provider.set_max_bytes(2048);
  Robot robot = Of(Robot::KIND_WECOM, "https://a.example/x", "");
  EXPECT_EQ(MostBytesOf(policy, provider, robot), 2048);
  robot.set_format(Robot::FORMAT_MARKDOWN);
  EXPECT_EQ(MostBytesOf(policy, provider, robot), 4096);
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "好";
  const auto body = nlohmann::json::parse(PostOf(robot, 4096, {"1", "", text, "", "notices/1", "li"}, kAt).body);
  const std::string content = body["markdown"]["content"];
  EXPECT_LE(content.size(), 4096u);
  EXPECT_GT(content.size(), 4080u);
  EXPECT_THAT(content, ::testing::StartsWith("<@li> 好"));
  EXPECT_THAT(content, ::testing::EndsWith("notices/1"));
}

TEST(PostTest, WhatAnAnswerMeansIsInTheTable) {
  const auto provider = test::Proto<v1::RobotProvider>(R"pb(code_field: "errcode"
                                                            codes { code: "0" outcome: OUTCOME_TAKEN }
                                                            codes {
                                                              code: "130101"
                                                              outcome: OUTCOME_OVER_LIMIT
                                                              pause { seconds: 600 }
                                                            }
                                                            codes { code: "310000" outcome: OUTCOME_MISCONFIGURED }
                                                            codes { code: "9499" message: "too many" outcome: OUTCOME_OVER_LIMIT }
                                                            codes { code: "9499" outcome: OUTCOME_REFUSED }
                                                            message_field: "errmsg")pb");
  const auto judge = [&](int status, const std::string& body, const std::string& wait = "") {
    web::Answer answer;
    answer.status = status;
    answer.body = body;
    answer.retry_after = wait;
    return JudgeAnswer(provider, answer, kAt);
  };
  EXPECT_EQ(judge(200, R"({"errcode":0})").outcome, DeliveryAttempt::OUTCOME_TAKEN);
  EXPECT_EQ(judge(200, R"({"errcode":130101})").outcome, DeliveryAttempt::OUTCOME_OVER_LIMIT);
  EXPECT_EQ(judge(200, R"({"errcode":130101})").wait, absl::Minutes(10));
  EXPECT_EQ(judge(200, R"({"errcode":130101})", "7").wait, absl::Seconds(7));
  EXPECT_EQ(judge(200, R"({"errcode":310000})").outcome, DeliveryAttempt::OUTCOME_MISCONFIGURED);
  EXPECT_EQ(judge(200, R"({"errcode":99})").outcome, DeliveryAttempt::OUTCOME_FAULT);
  EXPECT_EQ(judge(200, "ok").outcome, DeliveryAttempt::OUTCOME_FAULT) << "HTTP 200 is no success";
  EXPECT_EQ(judge(429, "").outcome, DeliveryAttempt::OUTCOME_OVER_LIMIT);
  EXPECT_EQ(judge(200, R"({"errcode":9499,"errmsg":"Too many request"})").outcome, DeliveryAttempt::OUTCOME_OVER_LIMIT);
  EXPECT_EQ(judge(400, R"({"errcode":9499,"errmsg":"too many request"})").outcome, DeliveryAttempt::OUTCOME_OVER_LIMIT)
      << "the provider's word counts whatever the status";
  EXPECT_EQ(judge(400, R"({"errcode":9499,"errmsg":"Bad Request"})").outcome, DeliveryAttempt::OUTCOME_REFUSED);
  EXPECT_EQ(judge(400, R"({"errcode":9499,"errmsg":7})").outcome, DeliveryAttempt::OUTCOME_REFUSED);
  EXPECT_EQ(judge(500, R"({"errcode":0})").outcome, DeliveryAttempt::OUTCOME_FAULT) << "no success with a failure's status";
  EXPECT_EQ(judge(200, R"({"errcode":"0"})").outcome, DeliveryAttempt::OUTCOME_FAULT);
  EXPECT_EQ(judge(410, "").outcome, DeliveryAttempt::OUTCOME_GONE);
  EXPECT_EQ(judge(404, "").outcome, DeliveryAttempt::OUTCOME_MISCONFIGURED);
  EXPECT_EQ(judge(503, "").outcome, DeliveryAttempt::OUTCOME_FAULT);
  web::Answer blocked;
  blocked.failure = web::Failure::kBlocked;
  EXPECT_EQ(JudgeAnswer(provider, blocked, kAt).outcome, DeliveryAttempt::OUTCOME_MISCONFIGURED);
}

TEST(PostTest, AWebhookThatRefusesIsTriedAgainUntilItIsGone) {
  v1::RobotProvider provider;
  const auto judge = [&](int status) {
    web::Answer answer;
    answer.status = status;
    answer.body = R"({"errcode":310000})";
    return JudgeAnswer(provider, answer, kAt).outcome;
  };
  EXPECT_EQ(judge(204), DeliveryAttempt::OUTCOME_TAKEN);
  for (const int status : {400, 401, 403, 404, 408, 413, 422, 500, 503}) EXPECT_EQ(judge(status), DeliveryAttempt::OUTCOME_FAULT) << status;
  EXPECT_EQ(judge(429), DeliveryAttempt::OUTCOME_OVER_LIMIT);
  EXPECT_EQ(judge(410), DeliveryAttempt::OUTCOME_GONE);
}

TEST(PostTest, RetryAfterIsSecondsOrAnInstant) {
  EXPECT_EQ(RetryAfter("120", kAt), absl::Minutes(2));
  EXPECT_EQ(RetryAfter("Thu, 01 Jan 2026 00:01:00 GMT", absl::FromUnixSeconds(1767225600)), absl::Minutes(1));
  EXPECT_EQ(RetryAfter("99999999999", kAt), absl::Hours(24));
  EXPECT_EQ(RetryAfter("soon", kAt), std::nullopt);
  EXPECT_EQ(RetryAfter("-1", kAt), std::nullopt);
}

}  // namespace
}  // namespace heitie::planning
