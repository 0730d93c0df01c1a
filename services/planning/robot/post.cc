#include "services/planning/robot/post.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/text/excerpt.h"
#include "nlohmann/json.hpp"
#include "re2/re2.h"
#include "services/planning/notice/notice_policy.h"
#include "services/planning/robot/signature.h"

namespace heitie::planning {

using nlohmann::json;
using v1::DeliveryAttempt;
using v1::Robot;
using v1::RobotPolicy;
using v1::RobotProvider;

namespace {

constexpr absl::Duration kMostWait = absl::Hours(24);
constexpr size_t kTitleBytes = 60;
constexpr int kOk = 200, kMultipleChoices = 300, kGone = 410, kTooManyRequests = 429, kServerErrors = 500, kRequestTimeout = 408;

std::string Dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool IsMarkdown(const Robot& robot) { return robot.format() == Robot::FORMAT_MARKDOWN; }

// What the provider shows: the text behind a mention, in the form in which its kind wants that.
std::string ContentOf(const Robot& robot, const Said& said, const std::string& text) {
  if (said.mention.empty()) return text;
  switch (robot.kind()) {
    case Robot::KIND_FEISHU:
      return absl::StrCat("<at user_id=\"", said.mention, "\"></at> ", text);
    case Robot::KIND_WECOM:
      return IsMarkdown(robot) ? absl::StrCat("<@", said.mention, "> ", text) : text;
    default:
      return absl::StrCat("@", said.mention, " ", text);
  }
}

std::string BodyOf(const Robot& robot, const Said& said, const std::string& text, absl::Time now) {
  const std::string content = ContentOf(robot, said, text);
  switch (robot.kind()) {
    case Robot::KIND_FEISHU: {
      json body{{"msg_type", "text"}, {"content", {{"text", content}}}};
      if (!robot.secret().empty()) {
        const int64_t seconds = absl::ToUnixSeconds(now);
        body["timestamp"] = absl::StrCat(seconds);
        body["sign"] = SignFeishu(seconds, robot.secret());
      }
      return Dump(body);
    }
    case Robot::KIND_WEBHOOK:
      return Dump({{"type", "notice"},
                   {"timestamp", absl::FormatTime(absl::RFC3339_sec, now, absl::UTCTimeZone())},
                   {"data", {{"id", said.id}, {"subject", said.subject}, {"urgency", said.urgency}, {"text", text}}}});
    case Robot::KIND_WECOM: {
      if (IsMarkdown(robot)) return Dump({{"msgtype", "markdown"}, {"markdown", {{"content", content}}}});
      json body{{"msgtype", "text"}, {"text", {{"content", content}}}};
      if (!said.mention.empty()) body["text"]["mentioned_list"] = json::array({said.mention});
      return Dump(body);
    }
    default: {  // DingTalk
      json body{{"msgtype", "text"}, {"text", {{"content", content}}}};
      if (IsMarkdown(robot)) {
        const std::string title = text::Excerpt(text.substr(0, text.find('\n')), kTitleBytes);
        body = {{"msgtype", "markdown"}, {"markdown", {{"title", title}, {"text", content}}}};
      }
      if (!said.mention.empty()) body["at"] = {{"atUserIds", json::array({said.mention})}, {"isAtAll", false}};
      return Dump(body);
    }
  }
}

// Of what the provider counts: the content of WeCom, the whole body of the others.
size_t Counted(const Robot& robot, const Said& said, const std::string& body, const std::string& text) {
  return robot.kind() == Robot::KIND_WECOM ? ContentOf(robot, said, text).size() : body.size();
}

// What the provider says in its own terms; empty where it does not.
struct Words {
  std::string code, message;
};

Words WordsIn(const RobotProvider& provider, const std::string& body) {
  Words words;
  if (provider.code_field().empty()) return words;
  const json answer = json::parse(body, nullptr, false);
  if (!answer.is_object()) return words;
  if (const auto code = answer.find(provider.code_field()); code != answer.end() && code->is_number_integer()) {
    words.code = absl::StrCat(code->get<int64_t>());
  }
  if (const auto message = answer.find(provider.message_field()); message != answer.end() && message->is_string()) {
    words.message = absl::AsciiStrToLower(message->get<std::string>());
  }
  return words;
}

bool Means(const v1::ProviderCode& code, const Words& words) {
  return code.code() == words.code && (code.message().empty() || absl::StrContains(words.message, code.message()));
}

// An endpoint of Standard Webhooks that refuses something may take it a moment later; only 410 ends it. Robots of providers are somebody's
// configuration, which stays wrong.
DeliveryAttempt::Outcome OutcomeOfStatus(int status, bool is_webhook) {
  if (status >= kOk && status < kMultipleChoices) return DeliveryAttempt::OUTCOME_TAKEN;
  if (status == kGone) return DeliveryAttempt::OUTCOME_GONE;
  if (status == kTooManyRequests) return DeliveryAttempt::OUTCOME_OVER_LIMIT;
  if (status >= kServerErrors || status == kRequestTimeout) return DeliveryAttempt::OUTCOME_FAULT;
  return is_webhook ? DeliveryAttempt::OUTCOME_FAULT : DeliveryAttempt::OUTCOME_MISCONFIGURED;
}

}  // namespace

const RobotProvider* ProviderOf(const RobotPolicy& policy, Robot::Kind kind) {
  for (const RobotProvider& provider : policy.providers()) {
    if (provider.kind() == kind) return &provider;
  }
  return nullptr;
}

std::string Harmless(const std::string& text) {
  return absl::StrReplaceAll(text,
                             {{"@", "＠"}, {"<", "＜"}, {">", "＞"}, {"[", "［"}, {"]", "］"}, {"*", "＊"}, {"`", "｀"}, {"~", "～"}});
}

std::string HarmlessInMarkdown(const std::string& text) {
  std::string plain = absl::StrReplaceAll(Harmless(text), {{"#", "＃"}, {"_", "＿"}, {"|", "｜"}, {"\\", "＼"}, {"!", "！"}, {"\t", " "}});
  // Of blanks, dashes and numbers at the beginning of a line lists, headings and code are made.
  static const RE2& indented = *new RE2("(?m)^ +");
  static const RE2& dashed = *new RE2("(?m)^[-+=]");
  static const RE2& numbered = *new RE2("(?m)^([0-9]+)([.)])");
  RE2::GlobalReplace(&plain, indented, "");
  RE2::GlobalReplace(&plain, dashed, "–");
  RE2::GlobalReplace(&plain, numbered, "\\1．");
  return plain;
}

int MostBytesOf(const RobotPolicy& policy, const RobotProvider& provider, const Robot& robot) {
  const bool longer = robot.kind() == Robot::KIND_WECOM && IsMarkdown(robot) && policy.wecom_markdown_bytes() > 0;
  return longer ? policy.wecom_markdown_bytes() : provider.max_bytes();
}

std::string Fitting(const std::string& text, const std::string& link, size_t bytes) {
  if (text.size() <= bytes) return text;
  const std::string end = link.empty() ? "" : absl::StrCat("\n", link);
  return absl::StrCat(text::Excerpt(text, bytes > end.size() ? bytes - end.size() : 0), end);
}

web::Request PostOf(const Robot& robot, int most_bytes, const Said& said, absl::Time now) {
  web::Request request;
  request.method = web::Request::Method::kPost;
  request.url = robot.address();
  request.content_type = "application/json; charset=utf-8";
  const std::string whole = IsMarkdown(robot) ? HarmlessInMarkdown(said.text) : Harmless(said.text);
  const size_t most = static_cast<size_t>(most_bytes);
  std::string text = Fitting(whole, said.link, most);
  request.body = BodyOf(robot, said, text, now);
  // What JSON escapes, and what stands around the text, counts as well where the body counts. Each turn cuts what was too much.
  for (size_t room = most; Counted(robot, said, request.body, text) > most && room > 0;) {
    const size_t excess = Counted(robot, said, request.body, text) - most;
    room = std::min(room, text.size());
    room = room > excess ? room - excess : 0;
    text = Fitting(whole, said.link, room);
    request.body = BodyOf(robot, said, text, now);
  }
  if (robot.kind() == Robot::KIND_DINGTALK && !robot.secret().empty()) {
    const int64_t millis = absl::ToUnixMillis(now);
    absl::StrAppend(&request.url, "&timestamp=", millis, "&sign=", SignDingTalk(millis, robot.secret()));
  }
  if (robot.kind() == Robot::KIND_WEBHOOK) {
    std::vector<std::string> secrets{robot.secret()};
    if (!robot.previous_secret().empty()) secrets.push_back(robot.previous_secret());
    const int64_t seconds = absl::ToUnixSeconds(now);
    request.headers = {"webhook-id: " + said.id, absl::StrCat("webhook-timestamp: ", seconds),
                       "webhook-signature: " + SignWebhook(said.id, seconds, request.body, secrets)};
  }
  return request;
}

std::optional<absl::Duration> RetryAfter(const std::string& text, absl::Time now) {
  int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds) && seconds >= 0) return std::min(absl::Seconds(std::min<int64_t>(seconds, 1 << 30)), kMostWait);
  absl::Time at;
  std::string error;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &at, &error)) return std::nullopt;
  return std::clamp(at - now, absl::ZeroDuration(), kMostWait);
}

Verdict JudgeAnswer(const RobotProvider& provider, const web::Answer& answer, absl::Time now) {
  if (answer.failure == web::Failure::kBlocked) return {DeliveryAttempt::OUTCOME_MISCONFIGURED, "", std::nullopt};
  if (answer.failure != web::Failure::kNone) return {DeliveryAttempt::OUTCOME_FAULT, "", std::nullopt};
  const Words words = WordsIn(provider, answer.body);
  Verdict verdict{OutcomeOfStatus(answer.status, provider.code_field().empty()), words.code, RetryAfter(answer.retry_after, now)};
  const bool accepted = verdict.outcome == DeliveryAttempt::OUTCOME_TAKEN;
  // Success is what the provider says, not the status of HTTP, and providers that refuse say why whatever the status.
  for (const v1::ProviderCode& code : provider.codes()) {
    if (words.code.empty() || !Means(code, words)) continue;
    if (code.outcome() == DeliveryAttempt::OUTCOME_TAKEN && !accepted) break;
    verdict.outcome = code.outcome();
    if (code.has_pause() && !verdict.wait.has_value()) verdict.wait = DelayOf(code.pause());
    return verdict;
  }
  if (!provider.code_field().empty() && accepted) verdict.outcome = DeliveryAttempt::OUTCOME_FAULT;
  return verdict;
}

}  // namespace heitie::planning
