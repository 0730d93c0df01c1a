#include "services/planning/robot/carrier.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/record/json.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "services/planning/notice/audience.h"
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
// A robot with much to say lets others have its thread after so long.
constexpr absl::Duration kPortion = absl::Milliseconds(250);
constexpr int64_t kWaitingAtOnce = 500, kFewWaiting = 32;
constexpr size_t kLinesTogether = 64;
// Sending holds a thread while a provider does not answer: so many robots may hang without delaying others.
constexpr int kSendingThreads = 64;
// What JSON puts around lines, and escapes in them, has room beside them.
constexpr int kDigestPercent = 80;
constexpr size_t kAroundLine = 80;
constexpr int64_t kForgottenAtOnce = 5000;
constexpr absl::Duration kForgetInterval = absl::Hours(1);

const status::Phrase kMisconfigured{"The provider refuses it ({code}): key, signature or address is wrong.",
                                    "供應商拒絕（{code}）：金鑰、簽章或網址有誤。"};
const status::Phrase kFailsForLong{"It has failed since {since}.", "自 {since} 起持續失敗。"};
const status::Phrase kGoneAway{"The endpoint wants nothing any more.", "對方已不再接收。"};
const status::Phrase kRobotStopped{"{robot} sends nothing any more: {reason}", "{robot} 已停止發送：{reason}"};
const status::Phrase kRobotDigest{"{count} notices:", "共 {count} 則通知："};

bool IsCritical(const Delivery& delivery) { return delivery.urgency() == Notice::URGENCY_CRITICAL; }

// What may go next, in the order in which FirstWaiting gives it.
std::vector<std::string> ReadyOf(const std::vector<Delivery>& waiting, absl::Time now) {
  std::set<std::string> behind;  // subjects, and whether critical: the first of them waits
  std::vector<std::string> ready;
  bool digest_waits = false;
  for (const Delivery& delivery : waiting) {
    const std::string line = absl::StrCat(IsCritical(delivery), " ", delivery.subject());
    if (digest_waits && !IsCritical(delivery)) continue;
    if (time::ToTime(delivery.next_time()) > now) {
      behind.insert(line);
      digest_waits |= delivery.notice().empty();
    } else if (behind.count(line) == 0) {
      ready.push_back(delivery.name());
    }
  }
  return ready;
}

// Whether an endpoint of another department may get what somebody is told: whoever has moved on is not of it any more.
bool MayCarry(const Robot& robot, const std::string& recipient, const people::Directory& people, absl::Time now) {
  if (robot.kind() != Robot::KIND_WEBHOOK || recipient.empty()) return true;
  const std::shared_ptr<const people::Known> known = people.Now();
  const people::Person* const person = known->Find(recipient);
  return person != nullptr && person->DepartmentAt(now) == robot.department();
}

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
    if (!MayCarry(robot, notice.recipient(), context_.people, tx.call.now)) continue;
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
  const absl::Time end = absl::Now() + kPortion;
  Step step;
  const auto prepare = [&](record::Transaction& tx) {
    step = Step();
    return Prepare(tx, job.payload, step);
  };
  absl::Status status = context_.store.Write(own, prepare);
  if (absl::IsNotFound(status)) return job::Outcome::Done();
  if (!status.ok()) return job::Outcome::Failed(status);
  while (step.request.has_value()) {
    const Step sent = std::move(step);
    const web::Answer answer = client_.Ask(*sent.request, sent.allowed);
    if (answer.failure == web::Failure::kStopped) return job::Outcome::Again(own.now);
    own.now = std::max(own.now, context_.clock.Now());
    own.deadline = absl::Now() + kRecordTime;
    // What came of a message and what goes next are one transaction; what came of it is kept whatever becomes of the next.
    const bool goes_on = absl::Now() < end;
    const auto record = [&](record::Transaction& tx) { return Record(tx, sent, answer); };
    if (goes_on) {
      status = context_.store.Write(own, [&](record::Transaction& tx) {
        const absl::Status recorded = record(tx);
        return recorded.ok() ? prepare(tx) : recorded;
      });
      if (status.ok()) continue;
    }
    status = context_.store.Write(own, record);
    return status.ok() ? job::Outcome::Again(own.now) : job::Outcome::Failed(status);
  }
  return step.again.has_value() ? job::Outcome::Again(*step.again) : job::Outcome::Done();
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

absl::StatusOr<std::vector<DeliveryAttempt>> Carrier::LatestAttempts(sql::Session& session, const std::string& robot,
                                                                     absl::Time since) const {
  std::vector<DeliveryAttempt> attempts;
  bool read_well = true;
  RETURN_IF_ERROR(session.Query(
      "SELECT delivery, start_time, duration, outcome, robot_policy FROM delivery_attempts WHERE robot = ? AND start_time > ?",
      sql::Bind(robot, since), [&](const sql::Row& row) {
        DeliveryAttempt& attempt = attempts.emplace_back();
        attempt.set_delivery(row.Text(0));
        *attempt.mutable_start_time() = time::ToTimestamp(row.Time(1));
        if (!row.IsNull(2)) {
          DeliveryAttempt timed;
          read_well &= record::FromJson(row.Text(2), &timed);
          *attempt.mutable_duration() = timed.duration();
        }
        DeliveryAttempt::Outcome outcome = DeliveryAttempt::OUTCOME_UNSPECIFIED;
        DeliveryAttempt::Outcome_Parse(row.Text(3), &outcome);
        attempt.set_outcome(outcome);
        attempt.set_robot_policy(row.Text(4));
      }));
  if (!read_well) return absl::DataLossError("an attempt that cannot be read");
  return attempts;
}

absl::StatusOr<std::vector<Delivery>> Carrier::FirstWaiting(sql::Session& session, const std::string& robot, int64_t most) const {
  // Critical ones first; then digests, of which one waits again when it is not known what became of it: what came after its lines waits
  // behind it, though it has an older name. Each part by an index of its own, however many wait.
  std::string query;
  sql::Values values;
  for (const char* which :
       {"0 AS part FROM deliveries FORCE INDEX (deliveries_urgency) WHERE urgency = 'URGENCY_CRITICAL'",
        "1 AS part FROM deliveries FORCE INDEX (deliveries_waiting) WHERE notice = ''",
        "2 AS part FROM deliveries FORCE INDEX (deliveries_state) WHERE urgency <> 'URGENCY_CRITICAL' AND notice <> ''"}) {
    absl::StrAppend(&query, query.empty() ? "" : " UNION ALL ", "(SELECT name, notice, subject, urgency, next_time, ", which,
                    " AND state = 'STATE_WAITING' AND name > ? AND name < ? ORDER BY name LIMIT ?)");
    for (sql::Value& bound : record::ChildRange(robot, "deliveries")) values.push_back(std::move(bound));
    values.emplace_back(most);
  }
  values.emplace_back(most);
  std::vector<Delivery> waiting;
  RETURN_IF_ERROR(session.Query(absl::StrCat(query, " ORDER BY part, name LIMIT ?"), values, [&](const sql::Row& row) {
    Delivery& delivery = waiting.emplace_back();
    delivery.set_name(row.Text(0));
    delivery.set_notice(row.Text(1));
    delivery.set_subject(row.Text(2));
    Notice::Urgency urgency = Notice::URGENCY_UNSPECIFIED;
    Notice::Urgency_Parse(row.Text(3), &urgency);
    delivery.set_urgency(urgency);
    *delivery.mutable_next_time() = time::ToTimestamp(row.Time(4));
  }));
  return waiting;
}

absl::StatusOr<int64_t> Carrier::CountWaiting(sql::Session& session, const std::string& robot) const {
  int64_t count = 0;
  RETURN_IF_ERROR(session.Query("SELECT COUNT(*) FROM deliveries WHERE state = 'STATE_WAITING' AND name > ? AND name < ?",
                                record::ChildRange(robot, "deliveries"), [&](const sql::Row& row) { count = row.Int(0); }));
  return count;
}

absl::Status Carrier::Choose(record::Transaction& tx, const Robot& robot, const v1::RobotProvider& provider, Step& step) const {
  const absl::Time now = tx.call.now;
  ASSIGN_OR_RETURN(const std::vector<DeliveryAttempt> attempts,
                   LatestAttempts(tx.sql, robot.name(), now - LongestWindow(step.policy, provider) - kLongestUnderWay));
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
  const absl::Time next = now + kLookAgain;
  step.again = next;
  // A few tell what goes next, unless more waits than fits, which makes a digest of all.
  ASSIGN_OR_RETURN(std::vector<Delivery> waiting, FirstWaiting(tx.sql, robot.name(), kFewWaiting));
  std::vector<std::string> ready = ReadyOf(waiting, now);
  const bool critical = !ready.empty() && std::any_of(waiting.begin(), waiting.end(), [&](const Delivery& delivery) {
    return delivery.name() == ready.front() && IsCritical(delivery);
  });
  if (!critical && static_cast<int64_t>(waiting.size()) == kFewWaiting) {
    ASSIGN_OR_RETURN(const int64_t all, CountWaiting(tx.sql, robot.name()));
    if (ready.empty() || all > room.ordinary) {
      ASSIGN_OR_RETURN(waiting, FirstWaiting(tx.sql, robot.name(), kWaitingAtOnce));
      ready = ReadyOf(waiting, now);
    }
  }
  if (ready.empty()) return absl::OkStatus();
  if ((critical ? room.all : room.ordinary) <= 0) {
    step.again = std::max(next, critical ? room.all_from : room.ordinary_from);
    // A critical one may come meanwhile.
    if (!critical && room.all > 0) step.again = next;
    return absl::OkStatus();
  }
  if (critical || static_cast<int>(ready.size()) <= room.ordinary) {
    ASSIGN_OR_RETURN(step.delivery, tables_.deliveries.Find(tx.sql, ready.front()));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(step.delivery, Merge(tx, robot, provider, ready, attempted));
  return absl::OkStatus();
}

absl::StatusOr<Delivery> Carrier::Merge(record::Transaction& tx, const Robot& robot, const v1::RobotProvider& provider,
                                        const std::vector<std::string>& ready, const std::set<std::string>& attempted) const {
  // One line each, nothing left out: what does not fit is the next message's.
  std::vector<Delivery> lines;
  std::string text;
  const size_t room = static_cast<size_t>(provider.max_bytes()) * kDigestPercent / 100;
  const auto takes = [&](const Delivery& delivery) {
    // What was attempted goes by itself.
    if (delivery.notice().empty() || delivery.failures() > 0 || attempted.count(delivery.name()) > 0) return false;
    std::string line = Harmless(delivery.text());
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (text.size() + line.size() + kAroundLine > room) return false;
    absl::StrAppend(&text, "\n· ", line);
    lines.push_back(delivery);
    return true;
  };
  bool is_full = false;
  for (size_t begin = 0; begin < ready.size() && !is_full; begin += kLinesTogether) {
    const size_t end = std::min(begin + kLinesTogether, ready.size());
    const sql::Values listed =
        Listed({ready.begin() + static_cast<std::ptrdiff_t>(begin), ready.begin() + static_cast<std::ptrdiff_t>(end)});
    std::map<std::string, Delivery> found;
    ASSIGN_OR_RETURN(std::vector<Delivery> rows,
                     tables_.deliveries.Select(tx.sql, absl::StrCat("WHERE name IN (", sql::Placeholders(listed.size()), ")"), listed));
    for (Delivery& row : rows) found[row.name()] = std::move(row);
    for (size_t i = begin; i < end && !is_full; ++i) is_full = !takes(found[ready[i]]);
  }
  if (lines.size() < 2) return tables_.deliveries.Find(tx.sql, ready.front());
  Delivery digest;
  digest.set_name(absl::StrCat(robot.name(), "/deliveries/", record::NewId(tx.call.now)));
  digest.set_urgency(Notice::URGENCY_NORMAL);
  digest.set_text(absl::StrCat(status::Sentence(kRobotDigest, {{"count", lines.size()}}, status::Language::kTraditionalChinese), text));
  digest.set_state(Delivery::STATE_WAITING);
  *digest.mutable_next_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(tables_.deliveries.Insert(tx, digest, "queue"));
  std::vector<Delivery> merged = lines;
  for (Delivery& line : merged) {
    RETURN_IF_ERROR(tables_.deliveries.Advance(line, "merge"));
    line.set_digest(digest.name());
    line.clear_next_time();
  }
  RETURN_IF_ERROR(tables_.deliveries.UpdateAll(tx, lines, merged, "merge"));
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
  return robots_.Settle(tx, delivery, "deliver");
}

absl::Status Carrier::Bury(record::Transaction& tx, const Delivery& delivery) const {
  ASSIGN_OR_RETURN(const Delivery before, tables_.deliveries.Lock(tx, delivery.name()));
  Delivery after = before;
  if (!tables_.deliveries.Advance(after, "bury").ok()) return absl::OkStatus();
  after.clear_next_time();
  RETURN_IF_ERROR(tables_.deliveries.Update(tx, before, after, "bury"));
  return robots_.Settle(tx, delivery, "bury");
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
    case DeliveryAttempt::OUTCOME_REFUSED:
      // The robot is well: what comes after it is taken.
      robot.clear_failing_since_time();
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
                            .mandatory = true,
                            .waits = true});
}

job::Outcome Carrier::Forget(const rpc::Call& call) const {
  int64_t forgotten = 0;
  const absl::Status status = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::RobotPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
    ASSIGN_OR_RETURN(forgotten, tx.sql.Execute("DELETE FROM delivery_attempts WHERE start_time < ? ORDER BY start_time LIMIT ?",
                                               sql::Bind(tx.call.now - absl::Hours(24) * policy.keep_days(), kForgottenAtOnce)));
    return absl::OkStatus();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  // Some dozens of robots make more in an hour than are forgotten in one transaction.
  return forgotten < kForgottenAtOnce ? job::Outcome::Done() : job::Outcome::Again(call.now);
}

}  // namespace heitie::planning
