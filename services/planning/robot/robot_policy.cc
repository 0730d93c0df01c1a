#include "services/planning/robot/robot_policy.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/planning/notice/notice_policy.h"

namespace heitie::planning {

const status::Reason kProviderTwice{absl::StatusCode::kInvalidArgument, "PROVIDER_TWICE", "{kind} has two rows.", "{kind} 重複。"};

namespace {

constexpr absl::Duration kSecond = absl::Seconds(1), kDay = absl::Hours(24), kUsualTimeout = absl::Seconds(10),
                         kMostTimeout = absl::Minutes(1);
constexpr double kPercentOf = 100;

void CheckSpan(const std::string& path, const google::protobuf::Duration& delay, absl::Duration most, status::BadFields& bad) {
  if (DelayOf(delay) >= kSecond && DelayOf(delay) <= most) return;
  bad.Add(path, kDelayOutOfRange, {{"least", absl::FormatDuration(kSecond)}, {"most", absl::FormatDuration(most)}});
}

}  // namespace

absl::Status CheckRobotPolicy(const v1::RobotPolicy& policy) {
  status::BadFields bad;
  std::set<int> kinds;
  for (int i = 0; i < policy.providers_size(); ++i) {
    const v1::RobotProvider& provider = policy.providers(i);
    const std::string path = absl::StrCat("robot_policy.providers[", i, "]");
    if (!kinds.insert(provider.kind()).second) bad.Add(path, kProviderTwice, {{"kind", v1::Robot::Kind_Name(provider.kind())}});
    for (int j = 0; j < provider.limits_size(); ++j) {
      CheckSpan(absl::StrCat(path, ".limits[", j, "].window"), provider.limits(j).window(), kDay, bad);
    }
  }
  for (int i = 0; i < policy.backoff_size(); ++i) {
    CheckSpan(absl::StrCat("robot_policy.backoff[", i, "]"), policy.backoff(i), 7 * kDay, bad);
  }
  CheckSpan("robot_policy.disable_after", policy.disable_after(), 30 * kDay, bad);
  if (policy.has_answer_timeout()) CheckSpan("robot_policy.answer_timeout", policy.answer_timeout(), kMostTimeout, bad);
  return bad.status();
}

absl::Duration AnswerTimeoutOf(const v1::RobotPolicy& policy) {
  return policy.has_answer_timeout() ? DelayOf(policy.answer_timeout()) : kUsualTimeout;
}

absl::Duration UnderWayOf(const v1::RobotPolicy& policy) { return AnswerTimeoutOf(policy) * 3 / 2; }

std::optional<absl::Duration> BackoffAfter(const v1::RobotPolicy& policy, int failures, double random) {
  if (failures < 1 || failures > policy.backoff_size()) return std::nullopt;
  return DelayOf(policy.backoff(failures - 1)) * (1 + random * policy.jitter_percent() / kPercentOf);
}

}  // namespace heitie::planning
