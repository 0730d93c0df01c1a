#include "services/planning/robot/carrier.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "services/planning/notice/notice_policy.h"

namespace heitie::planning {

using v1::Delivery;
using v1::DeliveryAttempt;
using v1::Notice;
using v1::Robot;

namespace {

// How often a robot looks for what has come, when nothing else is due.
constexpr absl::Duration kLookAgain = absl::Milliseconds(500);
constexpr absl::Duration kRecordTime = absl::Seconds(30);
constexpr int64_t kWaitingAtOnce = 500;
// Sending holds a thread while a provider does not answer: so many robots may hang without delaying others.
constexpr int kSendingThreads = 48;
// What JSON puts around lines, and escapes in them, has room beside them.
constexpr int kDigestPercent = 80;
constexpr int64_t kForgottenAtOnce = 5000;
constexpr absl::Duration kForgetInterval = absl::Hours(1);

const status::Phrase kMisconfigured{"The provider refuses it ({code}): key, signature or address is wrong.",
                                    "供應商拒絕（{code}）：金鑰、簽章或網址有誤。"};
const status::Phrase kFailsForLong{"It has failed since {since}.", "自 {since} 起持續失敗。"};
const status::Phrase kGoneAway{"The endpoint wants nothing any more.", "對方已不再接收。"};
const status::Phrase kRobotStopped{"{robot} sends nothing any more: {reason}", "{robot} 已停止發送：{reason}"};
const status::Phrase kRobotDigest{"{count} notices:", "共 {count} 則通知："};

bool IsCritical(const Delivery& delivery) { return delivery.urgency() == Notice::URGENCY_CRITICAL; }

std::string FirstPart(const std::string& name) { return name.substr(0, name.find('/')); }

google::protobuf::Duration ToDurationProto(absl::Duration duration) {
  google::protobuf::Duration out;
  out.set_seconds(absl::ToInt64Seconds(duration));
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration % absl::Seconds(1))));
  return out;
}

}  // namespace

Carrier::Carrier(const service::Context& context, RobotTables& tables, Notices& notices, const Robots& robots)
    : context_(context), tables_(tables), notices_(notices), robots_(robots) {
  context.jobs.SetThreads(job::Lane::kDeliveries, kSendingThreads);
  context.jobs.Handle(
      kSendJob, [this](const rpc::Call& call, const job::Job& job) { return Run(call, job); }, job::Lane::kDeliveries);
  context.jobs.Recur("forget-delivery-attempts", kForgetInterval, [this](const rpc::Call& call, const job::Job&) { return Forget(call); });
}

absl::StatusOr<bool> Carrier::Carry(record::Transaction& tx, const Notice& notice) const {
  std::vector<std::string> names;
  if (!notice.robot().empty()) names.push_back(notice.robot());
  RETURN_IF_ERROR(tx.sql.Query("SELECT robot FROM robot_people WHERE person = ? ORDER BY robot", sql::Bind(notice.recipient()),
                               [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  bool carried = false;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const Robot robot, tables_.robots.Find(tx.sql, name));
    const auto& collections = robot.collections();
    const bool wanted =
        collections.empty() || std::find(collections.begin(), collections.end(), FirstPart(notice.subject())) != collections.end();
    const bool is_asked = notice.robot() == name || (wanted && notice.urgency() >= robot.from_urgency());
    if (robot.state() == Robot::STATE_ENDED || !is_asked) continue;
    Delivery delivery;
    delivery.set_name(absl::StrCat(name, "/deliveries/", record::NewId(tx.call.now)));
    delivery.set_notice(notice.name());
    delivery.set_recipient(notice.recipient());
    delivery.set_subject(notice.subject());
    delivery.set_urgency(notice.urgency());
    delivery.set_text(notice.text());
    delivery.set_state(Delivery::STATE_WAITING);
    *delivery.mutable_next_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(tables_.deliveries.Insert(tx, delivery, "queue"));
    carried = true;
  }
  return carried;
}

job::Outcome Carrier::Run(const rpc::Call& call, const job::Job& job) {
  rpc::Call own = call;
  own.now = std::max(call.now, context_.clock.Now());
  Step step;
  absl::Status status = context_.store.Write(own, [&](record::Transaction& tx) {
    step = Step();
    return Prepare(tx, job.payload, step);
  });
  if (absl::IsNotFound(status)) return job::Outcome::Done();
  if (!status.ok()) return job::Outcome::Failed(status);
  if (!step.request.has_value()) return step.again.has_value() ? job::Outcome::Again(*step.again) : job::Outcome::Done();
  const web::Answer answer = client_.Ask(*step.request, step.allowed);
  if (answer.failure == web::Failure::kStopped) return job::Outcome::Again(own.now);
  own.now = std::max(own.now, context_.clock.Now());
  own.deadline = absl::Now() + kRecordTime;
  status = context_.store.Write(own, [&](record::Transaction& tx) { return Record(tx, step, answer); });
  return status.ok() ? job::Outcome::Again(own.now) : job::Outcome::Failed(status);
}

absl::Status Carrier::Prepare(record::Transaction& tx, const std::string& name, Step& step) const {
  // Most looks find nothing, and nothing is locked.
  bool waits = false;
  sql::Values range = record::ChildRange(name, "deliveries");
  RETURN_IF_ERROR(tx.sql.Query("SELECT name FROM deliveries WHERE state = 'STATE_WAITING' AND name > ? AND name < ? LIMIT 1", range,
                               [&](const sql::Row&) { waits = true; }));
  ASSIGN_OR_RETURN(const Robot robot, waits ? tables_.robots.Lock(tx, name) : tables_.robots.Find(tx.sql, name));
  if (robot.state() != Robot::STATE_ENABLED) return absl::OkStatus();
  step.again = tx.call.now + kLookAgain;
  if (!waits) return absl::OkStatus();
  if (robot.has_blocked_until_time() && time::ToTime(robot.blocked_until_time()) > tx.call.now) {
    step.again = time::ToTime(robot.blocked_until_time());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(step.policy, tables_.policies.InForce(tx.sql, tx.call.now));
  const v1::RobotProvider* provider = ProviderOf(step.policy, robot.kind());
  if (provider == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(Choose(tx, robot, *provider, step));
  if (step.delivery.name().empty()) return absl::OkStatus();
  const Delivery& delivery = step.delivery;
  const std::string shown = delivery.notice().empty() ? delivery.name() : delivery.notice();
  const std::string link = step.policy.link_prefix().empty() ? shown : step.policy.link_prefix() + shown;
  step.request = PostOf(robot, MostBytesOf(step.policy, *provider, robot),
                        {record::IdOf(delivery.name()), delivery.subject(), delivery.text(), Notice::Urgency_Name(delivery.urgency()), link,
                         MentionOf(robot, delivery.recipient())},
                        tx.call.now);
  step.request->timeout = AnswerTimeoutOf(step.policy);
  step.allowed = AllowedFor(*provider, robot.address(), tables_.networks);
  step.attempt.set_name(absl::StrCat(name, "/deliveryAttempts/", record::NewId(tx.call.now)));
  step.attempt.set_delivery(delivery.name());
  *step.attempt.mutable_start_time() = time::ToTimestamp(tx.call.now);
  step.attempt.set_outcome(DeliveryAttempt::OUTCOME_UNKNOWN);
  step.attempt.set_body_sha256(text::Sha256Hex(step.request->body));
  step.attempt.set_robot_policy(step.policy.name());
  return tables_.attempts.Insert(tx, step.attempt, "begin");
}

absl::StatusOr<absl::Time> Carrier::EndOf(sql::Session& session, const DeliveryAttempt& attempt, const v1::RobotPolicy& policy) const {
  const absl::Time start = time::ToTime(attempt.start_time());
  if (attempt.has_duration()) return start + DelayOf(attempt.duration());
  if (attempt.robot_policy() == policy.name()) return start + UnderWayOf(policy);
  ASSIGN_OR_RETURN(const v1::RobotPolicy own, tables_.policies.kind().Find(session, attempt.robot_policy()));
  return start + UnderWayOf(own);
}

absl::Status Carrier::Choose(record::Transaction& tx, const Robot& robot, const v1::RobotProvider& provider, Step& step) const {
  const absl::Time now = tx.call.now;
  sql::Values range = record::ChildRange(robot.name(), "deliveryAttempts");
  range.push_back(sql::V(now - LongestWindow(step.policy, provider) - kLongestUnderWay));
  ASSIGN_OR_RETURN(const std::vector<DeliveryAttempt> attempts,
                   tables_.attempts.Select(tx.sql, "WHERE name > ? AND name < ? AND start_time > ? ORDER BY name", range));
  std::vector<absl::Time> ends;
  std::set<std::string> attempted;
  for (const DeliveryAttempt& attempt : attempts) {
    attempted.insert(attempt.delivery());
    ASSIGN_OR_RETURN(const absl::Time end, EndOf(tx.sql, attempt, step.policy));
    ends.push_back(end);
    if (attempt.outcome() != DeliveryAttempt::OUTCOME_UNKNOWN || ends.back() <= now) continue;
    // Another process may be sending; it is alone.
    step.again = ends.back();
    return absl::OkStatus();
  }
  const Room room = RoomAt(step.policy, provider, ends, now);
  sql::Values waiting_range = record::ChildRange(robot.name(), "deliveries");
  waiting_range.push_back(sql::V(kWaitingAtOnce));
  ASSIGN_OR_RETURN(
      const std::vector<Delivery> waiting,
      tables_.deliveries.Select(tx.sql,
                                "WHERE state = 'STATE_WAITING' AND name > ? AND name < ? ORDER BY urgency = 'URGENCY_CRITICAL' "
                                "DESC, name LIMIT ?",
                                waiting_range));
  std::set<std::string> behind;  // subjects, and whether critical: the first of them waits
  std::vector<Delivery> ready;
  bool digest_waits = false;
  absl::Time next = now + kLookAgain;
  for (const Delivery& delivery : waiting) {
    const std::string line = absl::StrCat(IsCritical(delivery), " ", delivery.subject());
    if (digest_waits && !IsCritical(delivery)) continue;
    if (time::ToTime(delivery.next_time()) > now) {
      behind.insert(line);
      digest_waits |= delivery.notice().empty();
    } else if (behind.count(line) == 0) {
      ready.push_back(delivery);
    }
  }
  step.again = next;
  if (ready.empty()) return absl::OkStatus();
  const bool critical = IsCritical(ready.front());
  if ((critical ? room.all : room.ordinary) <= 0) {
    step.again = std::max(next, critical ? room.all_from : room.ordinary_from);
    // A critical one may come meanwhile.
    if (!critical && room.all > 0) step.again = next;
    return absl::OkStatus();
  }
  step.delivery = ready.front();
  if (critical || static_cast<int>(ready.size()) <= room.ordinary) return absl::OkStatus();
  ASSIGN_OR_RETURN(step.delivery, Merge(tx, robot, provider, ready, attempted));
  return absl::OkStatus();
}

absl::StatusOr<Delivery> Carrier::Merge(record::Transaction& tx, const Robot& robot, const v1::RobotProvider& provider,
                                        const std::vector<Delivery>& waiting, const std::set<std::string>& attempted) const {
  // One line each, nothing left out: what does not fit is the next message's.
  std::vector<Delivery> lines;
  std::string text;
  const size_t room = static_cast<size_t>(provider.max_bytes()) * kDigestPercent / 100;
  for (const Delivery& delivery : waiting) {
    const bool is_digest = delivery.notice().empty();
    if (is_digest || delivery.failures() > 0 || attempted.count(delivery.name()) > 0) {
      if (lines.empty()) return delivery;
      break;
    }
    std::string line = Harmless(delivery.text());
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (text.size() + line.size() + 80 > room) break;
    absl::StrAppend(&text, "\n· ", line);
    lines.push_back(delivery);
  }
  if (lines.size() < 2) return waiting.front();
  Delivery digest;
  digest.set_name(absl::StrCat(robot.name(), "/deliveries/", record::NewId(tx.call.now)));
  digest.set_urgency(Notice::URGENCY_NORMAL);
  digest.set_text(absl::StrCat(status::Sentence(kRobotDigest, {{"count", lines.size()}}, status::Language::kTraditionalChinese), text));
  digest.set_state(Delivery::STATE_WAITING);
  *digest.mutable_next_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(tables_.deliveries.Insert(tx, digest, "queue"));
  for (const Delivery& line : lines) {
    RETURN_IF_ERROR(tables_.deliveries
                        .Change(tx, record::Target(line.name()), "merge",
                                [&](Delivery& after) {
                                  after.set_digest(digest.name());
                                  after.clear_next_time();
                                })
                        .status());
  }
  return digest;
}

absl::Status Carrier::Record(record::Transaction& tx, const Step& step, const web::Answer& answer) const {
  ASSIGN_OR_RETURN(const Robot before, tables_.robots.Lock(tx, record::ParentOf(step.attempt.name())));
  const v1::RobotProvider* provider = ProviderOf(step.policy, before.kind());
  const Verdict verdict = JudgeAnswer(*provider, answer, tx.call.now);
  ASSIGN_OR_RETURN(const DeliveryAttempt begun, tables_.attempts.Lock(tx, step.attempt.name()));
  DeliveryAttempt ended = begun;
  *ended.mutable_duration() = ToDurationProto(tx.call.now - time::ToTime(begun.start_time()));
  ended.set_outcome(verdict.outcome);
  ended.set_http_status(answer.status);
  ended.set_provider_code(verdict.code);
  if (!answer.body.empty()) ended.set_answer_sha256(text::Sha256Hex(answer.body));
  RETURN_IF_ERROR(tables_.attempts.Update(tx, begun, ended, "end"));

  Robot robot = before;
  const char* verb = "send";
  if (verdict.outcome == DeliveryAttempt::OUTCOME_TAKEN) {
    robot.clear_failing_since_time();
    RETURN_IF_ERROR(Taken(tx, step.delivery));
  } else {
    RETURN_IF_ERROR(Failed(tx, step, verdict, robot, &verb));
  }
  RETURN_IF_ERROR(tables_.robots.Update(tx, before, robot, verb));
  return robot.state() == before.state() ? absl::OkStatus() : TellOwner(tx, robot);
}

absl::Status Carrier::Taken(record::Transaction& tx, const Delivery& delivery) const {
  ASSIGN_OR_RETURN(const Delivery before, tables_.deliveries.Lock(tx, delivery.name()));
  Delivery after = before;
  if (!tables_.deliveries.Advance(after, "take").ok()) return absl::OkStatus();
  after.clear_next_time();
  *after.mutable_take_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(tables_.deliveries.Update(tx, before, after, "take"));
  RETURN_IF_ERROR(notices_.Settle(tx, delivery.notice(), "deliver"));
  if (!delivery.notice().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Delivery> lines,
                   tables_.deliveries.Select(tx.sql, "WHERE digest = ? ORDER BY name", sql::Bind(delivery.name())));
  for (const Delivery& line : lines) RETURN_IF_ERROR(notices_.Settle(tx, line.notice(), "deliver"));
  return absl::OkStatus();
}

absl::Status Carrier::Bury(record::Transaction& tx, const Delivery& delivery) const {
  ASSIGN_OR_RETURN(const Delivery before, tables_.deliveries.Lock(tx, delivery.name()));
  Delivery after = before;
  if (!tables_.deliveries.Advance(after, "bury").ok()) return absl::OkStatus();
  after.clear_next_time();
  RETURN_IF_ERROR(tables_.deliveries.Update(tx, before, after, "bury"));
  return notices_.Settle(tx, delivery.notice(), "bury");
}

absl::Status Carrier::Failed(record::Transaction& tx, const Step& step, const Verdict& verdict, Robot& robot, const char** verb) const {
  const absl::Time now = tx.call.now;
  const auto language = status::Language::kTraditionalChinese;
  switch (verdict.outcome) {
    case DeliveryAttempt::OUTCOME_OVER_LIMIT: {
      const v1::RobotProvider* provider = ProviderOf(step.policy, robot.kind());
      *robot.mutable_blocked_until_time() =
          time::ToTimestamp(now + verdict.wait.value_or(std::max(LongestWindow(step.policy, *provider), absl::Seconds(1))));
      return absl::OkStatus();
    }
    case DeliveryAttempt::OUTCOME_GONE:
      if (robot.state() == Robot::STATE_ENDED) return absl::OkStatus();
      *verb = "end";
      RETURN_IF_ERROR(tables_.robots.Advance(robot, "end"));
      robot.set_state_reason(status::Sentence(kGoneAway, {}, language));
      return robots_.BuryAll(tx, robot.name());
    case DeliveryAttempt::OUTCOME_MISCONFIGURED:
      if (robot.state() == Robot::STATE_ENABLED) {
        *verb = "give_up";
        RETURN_IF_ERROR(tables_.robots.Advance(robot, "give_up"));
        robot.set_state_reason(status::Sentence(kMisconfigured, {{"code", verdict.code}}, language));
      }
      return Bury(tx, step.delivery);
    default:
      break;
  }
  if (!robot.has_failing_since_time()) *robot.mutable_failing_since_time() = time::ToTimestamp(now);
  const absl::Time since = time::ToTime(robot.failing_since_time());
  if (now - since >= DelayOf(step.policy.disable_after()) && robot.state() == Robot::STATE_ENABLED) {
    *verb = "give_up";
    RETURN_IF_ERROR(tables_.robots.Advance(robot, "give_up"));
    robot.set_state_reason(status::Sentence(kFailsForLong, {{"since", time::InstantText(since)}}, language));
  }
  absl::BitGen random;
  const int failures = step.delivery.failures() + 1;
  const std::optional<absl::Duration> backoff = BackoffAfter(step.policy, failures, absl::Uniform(random, 0.0, 1.0));
  if (!backoff.has_value()) return Bury(tx, step.delivery);
  ASSIGN_OR_RETURN(const Delivery before, tables_.deliveries.Lock(tx, step.delivery.name()));
  Delivery after = before;
  if (!tables_.deliveries.Advance(after, "fail").ok()) return absl::OkStatus();
  after.set_failures(failures);
  *after.mutable_next_time() = time::ToTimestamp(now + std::max(*backoff, verdict.wait.value_or(absl::ZeroDuration())));
  return tables_.deliveries.Update(tx, before, after, "fail");
}

absl::Status Carrier::TellOwner(record::Transaction& tx, const Robot& robot) const {
  return notices_.Tell(tx, {.cause = absl::StrCat(robot.name(), " stop ", robot.etag()),
                            .recipient = robot.owner(),
                            .subject = robot.name(),
                            .urgency = Notice::URGENCY_HIGH,
                            .wording = "robot-stopped",
                            .phrase = kRobotStopped,
                            .args = {{"robot", robot.title()}, {"reason", robot.state_reason()}},
                            .mandatory = true});
}

job::Outcome Carrier::Forget(const rpc::Call& call) const {
  const absl::Status status = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::RobotPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
    return tx.sql
        .Execute("DELETE FROM delivery_attempts WHERE start_time < ? ORDER BY start_time LIMIT ?",
                 sql::Bind(tx.call.now - absl::Hours(24) * policy.keep_days(), kForgottenAtOnce))
        .status();
  });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

}  // namespace heitie::planning
