#include "tests/fault/provider.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace heitie::fault {
namespace {

using planning::v1::Robot;

constexpr char kEndOfHead[] = "\r\n\r\n", kLength[] = "Content-Length: ", kId[] = "webhook-id: ";

// What a kind says in an answer of 200; webhooks speak by the status alone.
struct Sayings {
  const char *field, *over, *busy;
};
Sayings SayingsOf(Robot::Kind kind) {
  switch (kind) {
    case Robot::KIND_DINGTALK:
      return {"errcode", "130101", "-1"};
    case Robot::KIND_FEISHU:
      return {"code", "11232", "11233"};
    case Robot::KIND_WECOM:
      return {"errcode", "45009", "-1"};
    default:
      return {"", "", ""};
  }
}

std::string Say(const Sayings& sayings, const char* code) { return web::Ok(absl::StrCat("{\"", sayings.field, "\":", code, "}")); }

size_t LengthOf(const std::string& request) {
  const size_t length = request.find(kLength);
  return length == std::string::npos ? 0 : std::strtoul(request.c_str() + length + sizeof kLength - 1, nullptr, 10);
}

std::string IdOf(const std::string& request) {
  const size_t id = request.find(kId);
  if (id == std::string::npos) return "";
  const size_t begin = id + sizeof kId - 1;
  return request.substr(begin, request.find('\r', begin) - begin);
}

}  // namespace

std::vector<Limit> LimitsOf(Robot::Kind kind) {
  const absl::Duration minute = absl::Seconds(2);
  switch (kind) {
    case Robot::KIND_FEISHU:
      return {{100, minute}, {5, absl::Seconds(1)}};
    case Robot::KIND_WEBHOOK:
      return {{60, minute}};
    default:
      return {{20, minute}};
  }
}

std::string PolicyOfProvider() {
  std::string providers;
  for (const auto kind : {Robot::KIND_DINGTALK, Robot::KIND_FEISHU, Robot::KIND_WECOM, Robot::KIND_WEBHOOK}) {
    const Sayings sayings = SayingsOf(kind);
    absl::StrAppend(&providers, " providers { kind: ", Robot::Kind_Name(kind), " max_bytes: ", kind == Robot::KIND_WECOM ? 2048 : 20000);
    for (const Limit& limit : LimitsOf(kind)) {
      absl::StrAppend(&providers, " limits { count: ", limit.count, " window { seconds: ", absl::ToInt64Seconds(limit.window), " } }");
    }
    if (*sayings.field != '\0') {
      absl::StrAppend(&providers, " code_field: '", sayings.field, "' codes { code: '0' outcome: OUTCOME_TAKEN } codes { code: '",
                      sayings.over, "' outcome: OUTCOME_OVER_LIMIT pause { seconds: ", absl::ToInt64Seconds(kBlock), " } }");
    }
    absl::StrAppend(&providers, " }");
  }
  return absl::StrCat("reason: 'Faults'", providers,
                      " backoff { seconds: 1 } backoff { seconds: 1 } backoff { seconds: 2 } backoff { seconds: 2 } backoff { seconds: 5 } "
                      "backoff { seconds: 5 } disable_after { seconds: 3600 } margin_percent: 5 critical_percent: 20 keep_days: 30 "
                      "answer_timeout { seconds: 1 }");
}

std::string Provider::AddressOf(int robot, planning::v1::Robot::Kind kind) {
  const std::lock_guard lock(mutex_);
  robots_[robot].kind = kind;
  return absl::StrCat("http://127.0.0.1:", server_.port(), "/", robot, "?key=of-a-fault-test-", robot);
}

std::vector<Provider::Message> Provider::MessagesOf(int robot) const {
  const std::lock_guard lock(mutex_);
  return robots_.at(robot).messages;
}

int Provider::RefusalsOf(int robot) const {
  const std::lock_guard lock(mutex_);
  return robots_.at(robot).refusals;
}

void Provider::Take(const std::string& request, web::Peer& peer) {
  std::string whole = request;
  const size_t size = request.find(kEndOfHead) + sizeof kEndOfHead - 1 + LengthOf(request);
  while (whole.size() < size) {
    const std::string more = peer.Receive();
    if (more.empty()) return;  // whoever sent it has died
    whole += more;
  }
  peer.Send(Answer(std::atoi(request.c_str() + request.find('/') + 1), whole));
}

std::string Provider::Answer(int number, const std::string& request) {
  const std::lock_guard lock(mutex_);
  const absl::Time now = absl::Now();
  Robot& robot = robots_.at(number);
  const Sayings sayings = SayingsOf(robot.kind);
  const bool speaks = *sayings.field != '\0';
  robot.arrivals.push_back(now);
  if (IsOver(robot, now)) robot.blocked_until = now + kBlock;
  if (now < robot.blocked_until) {
    ++robot.refusals;
    return speaks ? Say(sayings, sayings.over) : web::Ok("", "429 Too Many Requests");
  }
  if (trouble_ > 0 && random_() % static_cast<unsigned>(trouble_) == 0) {
    return speaks && random_() % 2 == 0 ? Say(sayings, sayings.busy) : web::Ok("", "503 Service Unavailable");
  }
  robot.messages.push_back({now, IdOf(request), request.substr(request.find(kEndOfHead))});
  return speaks ? Say(sayings, "0") : web::Ok("");
}

bool Provider::IsOver(const Robot& robot, absl::Time now) {
  for (const Limit& limit : LimitsOf(robot.kind)) {
    const auto first = std::upper_bound(robot.arrivals.begin(), robot.arrivals.end(), now - limit.window);
    if (robot.arrivals.end() - first > limit.count) return true;
  }
  return false;
}

}  // namespace heitie::fault
