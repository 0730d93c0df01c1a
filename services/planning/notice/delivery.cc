#include "services/planning/notice/delivery.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/notice/preference.h"
#include "services/planning/notice/quiet.h"

namespace heitie::planning {

using v1::Notice;

namespace {

// How often it is looked what is due, and how many recipients or notices at once; the rest is the next look's.
constexpr absl::Duration kNoticeInterval = absl::Milliseconds(500);
constexpr int64_t kNoticesAtOnce = 200;
// Lines of a digest at most; what is left becomes another one.
constexpr int64_t kMostLines = 100;

constexpr char kDigestWording[] = "digest";

const status::Phrase kQuietHours{"It comes at the end of quiet hours.", "勿擾時段結束後送達。"};
const status::Phrase kWaitsForDigest{"It comes with the next digest.", "將隨下次彙總送達。"};
const status::Phrase kDigestOf{"{count} notices:", "共 {count} 則通知："};
const status::Phrase kRobotIsGone{"The robot sends nothing any more.", "機器人已不再發送。"};
const status::Phrase kNotConfirmed{"{person} has not confirmed: {text}", "{person} 尚未確認：{text}"};

status::Language LanguageOf(const Notice& notice) { return status::ParseLanguage(notice.language()); }

}  // namespace

NoticeDelivery::NoticeDelivery(const service::Context& context, Tables& tables, Notices& notices, const Recipients& recipients)
    : tables_(tables), notices_(notices), recipients_(recipients) {
  context.jobs.Recur(
      "deliver-notices", kNoticeInterval, [this](const rpc::Call& call, const job::Job&) { return DeliverDue(call); },
      job::Lane::kDeadlines);
  context.jobs.Recur(
      "escalate-notices", kNoticeInterval, [this](const rpc::Call& call, const job::Job&) { return EscalateDue(call); },
      job::Lane::kDeadlines);
}

job::Outcome NoticeDelivery::DeliverDue(const rpc::Call& call) {
  std::vector<std::string> addressees;
  const absl::Status read = tables_.store.Read(call, [&](sql::Session& session) {
    return session.Query(
        "SELECT addressee FROM (SELECT CASE WHEN robot = '' THEN recipient ELSE robot END AS addressee, due_time FROM notices WHERE "
        "due_time <= ? ORDER BY due_time LIMIT 5000) AS due GROUP BY addressee ORDER BY MIN(due_time) LIMIT ?",
        sql::Bind(call.now, kNoticesAtOnce), [&](const sql::Row& row) { addressees.push_back(row.Text(0)); });
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const std::string& addressee : addressees) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return DeliverTo(tx, addressee); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::Status NoticeDelivery::DeliverTo(record::Transaction& tx, const std::string& addressee) {
  const bool to_robot = absl::StartsWith(addressee, "robots/");
  ASSIGN_OR_RETURN(std::vector<Notice> due,
                   notices_.kind().Select(tx.sql,
                                          absl::StrCat("WHERE ", to_robot ? "robot" : "recipient",
                                                       " = ? AND due_time <= ? AND state IN ('STATE_QUEUED', 'STATE_HELD') ORDER BY name "
                                                       "LIMIT ? FOR UPDATE"),
                                          sql::Bind(addressee, tx.call.now, kMostLines)));
  if (!to_robot) RETURN_IF_ERROR(HeedPreference(tx, addressee, due));
  std::map<std::string, std::vector<Notice>> by_subject;
  for (const Notice& notice : due) by_subject[notice.subject()].push_back(notice);
  for (const auto& [subject, notices] : by_subject) RETURN_IF_ERROR(DeliverTogether(tx, notices));
  return absl::OkStatus();
}

absl::Status NoticeDelivery::HeedPreference(record::Transaction& tx, const std::string& recipient, std::vector<Notice>& due) const {
  ASSIGN_OR_RETURN(const v1::NoticePreference preference, PreferenceOf(tx.sql, notices_.preferences(), recipient));
  absl::Time quiet_until;
  if (preference.calendar().empty()) {
    quiet_until = QuietUntil(preference, nullptr, tables_.zone, tx.call.now);
  } else {
    ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, preference.calendar()));
    quiet_until = QuietUntil(preference, &calendar->arithmetic, tables_.zone, tx.call.now);
  }
  std::vector<Notice> held, now;
  for (const Notice& notice : due) {
    if (notice.urgency() == Notice::URGENCY_CRITICAL) {
      RETURN_IF_ERROR(Deliver(tx, notice));
    } else if (quiet_until > tx.call.now) {
      RETURN_IF_ERROR(Wait(tx, notice, quiet_until, kQuietHours));
    } else if (notice.state() == Notice::STATE_HELD) {
      held.push_back(notice);
    } else if (notice.urgency() == Notice::URGENCY_LOW && !preference.digest_minutes().empty()) {
      RETURN_IF_ERROR(Wait(tx, notice, NextDigest(preference, tables_.zone, tx.call.now), kWaitsForDigest));
    } else {
      now.push_back(notice);
    }
  }
  due = std::move(now);
  return held.empty() ? absl::OkStatus() : DeliverTogether(tx, held);
}

absl::Status NoticeDelivery::Wait(record::Transaction& tx, const Notice& notice, absl::Time until, const status::Phrase& why) const {
  Notice after = notice;
  if (notice.state() == Notice::STATE_QUEUED) RETURN_IF_ERROR(notices_.kind().Advance(after, "hold"));
  *after.mutable_due_time() = time::ToTimestamp(until);
  after.set_state_reason(status::Sentence(why, {}, LanguageOf(notice)));
  return notices_.kind().Update(tx, notice, after, "hold");
}

absl::Status NoticeDelivery::BeginClimb(sql::Session& session, absl::Time now, Policies& policies, Notice& notice) const {
  if (!notice.escalates().empty() || !notice.robot().empty()) return absl::OkStatus();
  auto known = policies.find(notice.notice_policy());
  if (known == policies.end()) {
    ASSIGN_OR_RETURN(v1::NoticePolicy found, notices_.policies().kind().Find(session, notice.notice_policy()));
    known = policies.emplace(notice.notice_policy(), std::move(found)).first;
  }
  const v1::NoticePolicy& policy = known->second;
  if (notice.urgency() < policy.escalate_from() || notice.escalation() >= policy.ladder_size()) return absl::OkStatus();
  *notice.mutable_escalate_time() = time::ToTimestamp(now + DelayOf(policy.ladder(notice.escalation()).delay()));
  return absl::OkStatus();
}

absl::Status NoticeDelivery::Deliver(record::Transaction& tx, const Notice& notice) const {
  Notice after = notice;
  if (notice.state() == Notice::STATE_HELD) RETURN_IF_ERROR(notices_.kind().Advance(after, "release"));
  bool carried = false;
  if (carry_) {
    ASSIGN_OR_RETURN(carried, carry_(tx, notice));
  }
  const bool nowhere = !notice.robot().empty() && !carried;
  const char* verb = nowhere ? "suppress" : carried ? "send" : "deliver";
  RETURN_IF_ERROR(notices_.kind().Advance(after, verb));
  after.clear_due_time();
  after.clear_state_reason();
  if (nowhere) {
    after.set_state_reason(status::Sentence(kRobotIsGone, {}, LanguageOf(notice)));
    return notices_.kind().Update(tx, notice, after, verb);
  }
  *after.mutable_deliver_time() = time::ToTimestamp(tx.call.now);
  Policies policies;
  RETURN_IF_ERROR(BeginClimb(tx.sql, tx.call.now, policies, after));
  return notices_.kind().Update(tx, notice, after, verb);
}

absl::Status NoticeDelivery::DeliverTogether(record::Transaction& tx, const std::vector<Notice>& notices) const {
  if (notices.size() == 1) return Deliver(tx, notices[0]);
  Notice digest = notices[0];
  digest.set_name(absl::StrCat("notices/", record::NewId(tx.call.now)));
  digest.set_cause(absl::StrCat("digest ", notices[0].name()));
  digest.set_wording(kDigestWording);
  digest.clear_state_reason();
  digest.clear_due_time();
  digest.clear_escalates();
  digest.set_state(Notice::STATE_DELIVERED);
  *digest.mutable_deliver_time() = time::ToTimestamp(tx.call.now);
  std::string text = status::Sentence(kDigestOf, {{"count", notices.size()}}, LanguageOf(digest));
  for (const Notice& line : notices) {
    absl::StrAppend(&text, "\n· ", line.text());
    if (line.subject() != digest.subject()) digest.clear_subject();
    digest.set_urgency(std::max(digest.urgency(), line.urgency()));
    digest.set_mandatory(digest.mandatory() || line.mandatory());
  }
  digest.set_text(text);
  if (carry_) {
    ASSIGN_OR_RETURN(const bool carried, carry_(tx, digest));
    if (carried) digest.set_state(Notice::STATE_SENT);
  }
  if (!digest.robot().empty() && digest.state() != Notice::STATE_SENT) {
    digest.set_state(Notice::STATE_SUPPRESSED);
    digest.set_state_reason(status::Sentence(kRobotIsGone, {}, LanguageOf(digest)));
  }
  RETURN_IF_ERROR(notices_.kind().Insert(tx, digest, "deliver"));
  // They are locked, so they are written together.
  Policies policies;
  std::vector<Notice> lines = notices;
  for (Notice& line : lines) {
    RETURN_IF_ERROR(notices_.kind().Advance(line, "merge"));
    line.set_digest(digest.name());
    line.clear_due_time();
    line.clear_state_reason();
    *line.mutable_deliver_time() = digest.deliver_time();
    RETURN_IF_ERROR(BeginClimb(tx.sql, tx.call.now, policies, line));
  }
  return notices_.kind().UpdateAll(tx, notices, lines, "merge");
}

job::Outcome NoticeDelivery::EscalateDue(const rpc::Call& call) {
  std::vector<std::string> names;
  const absl::Status read = tables_.store.Read(call, [&](sql::Session& session) {
    return session.Query("SELECT name FROM notices WHERE escalate_time <= ? ORDER BY escalate_time LIMIT ?",
                         sql::Bind(call.now, kNoticesAtOnce), [&](const sql::Row& row) { names.push_back(row.Text(0)); });
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const std::string& name : names) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Climb(tx, name); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::Status NoticeDelivery::Climb(record::Transaction& tx, const std::string& name) {
  ASSIGN_OR_RETURN(const Notice notice, notices_.kind().Lock(tx, name));
  if (!notice.has_escalate_time() || time::ToTime(notice.escalate_time()) > tx.call.now) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::NoticePolicy policy, notices_.policies().kind().Find(tx.sql, notice.notice_policy()));
  Notice after = notice;
  after.clear_escalate_time();
  if (notice.escalation() < policy.ladder_size()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> targets,
                     TargetsOf(tx.sql, policy.ladder(notice.escalation()), notice.recipient(), tx.call.now));
    after.set_escalation(notice.escalation() + 1);
    RETURN_IF_ERROR(notices_.TellAll(tx,
                                     {.cause = absl::StrCat(notice.name(), " step ", after.escalation()),
                                      .subject = notice.subject(),
                                      .urgency = notice.urgency(),
                                      .wording = "notice-escalated",
                                      .phrase = kNotConfirmed,
                                      .args = {{"person", notice.recipient()}, {"text", notice.text()}},
                                      .mandatory = true,
                                      .waits = true,
                                      .escalates = notice.name()},
                                     targets));
    if (after.escalation() < policy.ladder_size()) {
      // Steps that were slept over follow one by one.
      const absl::Duration delay = DelayOf(policy.ladder(after.escalation()).delay());
      *after.mutable_escalate_time() = time::ToTimestamp(time::ToTime(notice.deliver_time()) + delay);
    }
  }
  return notices_.kind().Update(tx, notice, after, "escalate");
}

absl::StatusOr<std::vector<std::string>> NoticeDelivery::TargetsOf(sql::Session& session, const v1::LadderStep& step,
                                                                   const std::string& recipient, absl::Time now) const {
  std::vector<std::string> targets;
  switch (step.target()) {
    case v1::LadderStep::TARGET_DEPUTY: {
      ASSIGN_OR_RETURN(std::string deputy, recipients_.DeputyOf(session, recipient, now));
      targets.push_back(std::move(deputy));
      break;
    }
    case v1::LadderStep::TARGET_SUPERIOR: {
      ASSIGN_OR_RETURN(std::string superior, recipients_.SuperiorOf(session, recipient, now));
      targets.push_back(std::move(superior));
      break;
    }
    case v1::LadderStep::TARGET_MANAGERS: {
      ASSIGN_OR_RETURN(targets, recipients_.WithRole(session, options::v1::ROLE_OPERATIONS_MANAGER, now));
      break;
    }
    case v1::LadderStep::TARGET_PERSON: {
      targets.push_back(step.person());
      if (!notices_.HasLeft(step.person(), now)) break;
      // A version names them for good: who led them has their step, or the managers where nobody did.
      ASSIGN_OR_RETURN(targets[0], recipients_.SuperiorOf(session, step.person(), now));
      if (!targets[0].empty()) break;
      ASSIGN_OR_RETURN(targets, recipients_.WithRole(session, options::v1::ROLE_OPERATIONS_MANAGER, now));
      break;
    }
    default:
      break;
  }
  std::erase_if(targets, [&](const std::string& target) { return target.empty() || target == recipient; });
  return targets;
}

}  // namespace heitie::planning
