#include "services/planning/notice/tell.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/notice/mute.h"
#include "services/planning/notice/preference.h"

namespace heitie::planning {

using v1::Notice;

namespace {
const status::Phrase kNotWanted{"The recipient does not want such notices.", "收件人不接收此類通知。"};
const status::Phrase kMorePressing{"Something more pressing about it is to be seen to first.", "同一事項有更緊急的通知待處理。"};

template <typename Names>
bool Holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The notice of the recipient about the subject that others wait for; empty where there is none.
absl::StatusOr<std::string> PressingAbout(sql::Session& session, const std::string& recipient, const std::string& subject) {
  std::string name;
  RETURN_IF_ERROR(session.Query(
      "SELECT name FROM notices WHERE subject = ? AND recipient = ? AND urgency = 'URGENCY_CRITICAL' AND state IN ('STATE_QUEUED', "
      "'STATE_HELD', 'STATE_SENT', 'STATE_DELIVERED') ORDER BY name LIMIT 1",
      sql::Bind(subject, recipient), [&](const sql::Row& row) { name = row.Text(0); }));
  return name;
}

}  // namespace

const record::StateMachine& NoticeMachine() {
  using record::kConsequence;
  static const auto& machine = *new record::StateMachine(
      Notice::State_descriptor(),
      {
          {Notice::STATE_QUEUED, "hold", Notice::STATE_HELD, "quiet hours, or something more pressing", kConsequence},
          {Notice::STATE_HELD, "release", Notice::STATE_QUEUED, "its time has come", kConsequence},
          {Notice::STATE_QUEUED, "send", Notice::STATE_SENT, "by a robot", kConsequence},
          {Notice::STATE_QUEUED, "deliver", Notice::STATE_DELIVERED, "into the inbox", kConsequence},
          {Notice::STATE_SENT, "deliver", Notice::STATE_DELIVERED, "the provider took it", kConsequence},
          {Notice::STATE_SENT, "bury", Notice::STATE_DEAD, "no provider takes it", kConsequence},
          {Notice::STATE_DEAD, "send", Notice::STATE_SENT, "it is sent again", kConsequence},
          {Notice::STATE_QUEUED, "acknowledge", Notice::STATE_ACKNOWLEDGED},
          {Notice::STATE_HELD, "acknowledge", Notice::STATE_ACKNOWLEDGED},
          {Notice::STATE_SENT, "acknowledge", Notice::STATE_ACKNOWLEDGED},
          {Notice::STATE_DELIVERED, "acknowledge", Notice::STATE_ACKNOWLEDGED},
          {Notice::STATE_MERGED, "acknowledge", Notice::STATE_ACKNOWLEDGED},
          {Notice::STATE_DEAD, "acknowledge", Notice::STATE_ACKNOWLEDGED},
          {Notice::STATE_QUEUED, "merge", Notice::STATE_MERGED, "a digest names it", kConsequence},
          {Notice::STATE_HELD, "merge", Notice::STATE_MERGED, "a digest names it", kConsequence},
          {Notice::STATE_QUEUED, "suppress", Notice::STATE_SUPPRESSED, "its subject is closed", kConsequence},
          {Notice::STATE_HELD, "suppress", Notice::STATE_SUPPRESSED, "its subject is closed", kConsequence},
          {Notice::STATE_QUEUED, "snooze", Notice::STATE_HELD},
          {Notice::STATE_HELD, "snooze", Notice::STATE_HELD},
          {Notice::STATE_SENT, "snooze", Notice::STATE_HELD},
          {Notice::STATE_DELIVERED, "snooze", Notice::STATE_HELD},
      });
  return machine;
}

Notices::Notices(const service::Context& context)
    : notices_(context.store, &NoticeMachine()),
      preferences_(context.store),
      policies_(context.store, kShippedNoticePolicy, CheckNoticePolicy),
      people_(context.people),
      zone_(context.time_zone) {}

absl::Status Notices::Tell(record::Transaction& tx, const Telling& telling) const {
  const std::string& addressee = telling.robot.empty() ? telling.recipient : telling.robot;
  if (addressee.empty() || people_.HasLeft(telling.recipient, tx.call.now)) return absl::OkStatus();
  Notice notice;
  notice.set_name(absl::StrCat("notices/", record::NewId(tx.call.now)));
  // Two who tell the same at once: the second waits here for the first one's commit.
  ASSIGN_OR_RETURN(const int64_t first, tx.sql.Execute("INSERT IGNORE INTO notice_causes (cause, recipient, notice) VALUES (?, ?, ?)",
                                                       sql::Bind(telling.cause, addressee, notice.name())));
  if (first == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::NoticePolicy policy, policies_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const v1::NoticePreference preference, PreferenceOf(tx.sql, preferences_, telling.recipient));
  const status::Language language = status::ParseLanguage(preference.language());
  notice.set_cause(telling.cause);
  notice.set_recipient(telling.recipient);
  notice.set_robot(telling.robot);
  notice.set_subject(telling.subject);
  notice.set_urgency(telling.urgency);
  notice.set_wording(telling.wording);
  if (telling.written.has_value()) {
    const bool english = language == status::Language::kEnglish;
    notice.set_text(FillIn(english ? telling.written->en : telling.written->zh, telling.args, language));
  } else {
    notice.set_text(WordsOf(policy, telling.wording, telling.phrase, telling.args, language));
  }
  notice.set_language(status::LanguageTag(language));
  notice.set_notice_policy(policy.name());
  notice.set_mandatory(telling.mandatory || Holds(policy.mandatory_wordings(), telling.wording));
  notice.set_escalates(telling.escalates);
  ASSIGN_OR_RETURN(const std::string not_told, WhyNotTold(tx, notice, preference));
  if (!not_told.empty()) {
    notice.set_state(Notice::STATE_SUPPRESSED);
    notice.set_state_reason(not_told);
    return notices_.Insert(tx, notice, "suppress");
  }
  notice.set_state(Notice::STATE_QUEUED);
  *notice.mutable_due_time() = time::ToTimestamp(std::max(tx.call.now + DelayOf(policy.gather_delay()), telling.not_before));
  // A robot confirms nothing for which others could wait.
  if (telling.robot.empty()) RETURN_IF_ERROR(Yield(tx, notice));
  return notices_.Insert(tx, notice, "queue");
}

absl::StatusOr<std::string> Notices::WhyNotTold(record::Transaction& tx, const Notice& notice,
                                                const v1::NoticePreference& preference) const {
  if (notice.mandatory()) return "";
  if (Holds(preference.unwanted_wordings(), notice.wording())) {
    return status::Sentence(kNotWanted, {}, status::ParseLanguage(notice.language()));
  }
  if (notice.urgency() == Notice::URGENCY_CRITICAL) return "";
  return WhyMuted(tx.sql, notice, zone_, tx.call.now);
}

absl::Status Notices::Yield(record::Transaction& tx, Notice& notice) const {
  const status::Language language = status::ParseLanguage(notice.language());
  const auto hold = [&](Notice& lesser, const std::string& pressing) {
    lesser.set_held_for(pressing);
    lesser.set_state_reason(status::Sentence(kMorePressing, {}, language));
    lesser.clear_due_time();
  };
  if (notice.urgency() != Notice::URGENCY_CRITICAL) {
    ASSIGN_OR_RETURN(const std::string pressing, PressingAbout(tx.sql, notice.recipient(), notice.subject()));
    if (pressing.empty()) return absl::OkStatus();
    hold(notice, pressing);
    return notices_.Advance(notice, "hold");
  }
  ASSIGN_OR_RETURN(
      const std::vector<Notice> lesser,
      notices_.Select(tx.sql,
                      "WHERE subject = ? AND recipient = ? AND state = 'STATE_QUEUED' AND urgency <> 'URGENCY_CRITICAL' ORDER BY name",
                      sql::Bind(notice.subject(), notice.recipient())));
  for (const Notice& other : lesser) {
    ASSIGN_OR_RETURN(const Notice before, notices_.Lock(tx, other.name()));
    Notice after = before;
    if (!notices_.Advance(after, "hold").ok()) continue;  // It was quicker.
    hold(after, notice.name());
    RETURN_IF_ERROR(notices_.Update(tx, before, after, "hold"));
  }
  return absl::OkStatus();
}

absl::Status Notices::TellAll(record::Transaction& tx, Telling telling, const std::vector<std::string>& recipients) const {
  for (const std::string& recipient : recipients) {
    telling.recipient = recipient;
    RETURN_IF_ERROR(Tell(tx, telling));
  }
  return absl::OkStatus();
}

absl::Status Notices::End(record::Transaction& tx, const std::string& subject, const status::Phrase& why) const {
  ASSIGN_OR_RETURN(
      const std::vector<Notice> pending,
      notices_.Select(tx.sql, "WHERE subject = ? AND state IN ('STATE_QUEUED', 'STATE_HELD') ORDER BY name", sql::Bind(subject)));
  for (const Notice& notice : pending) {
    const status::Language language = status::ParseLanguage(notice.language());
    // Who ends something need not see what others were told of it.
    ASSIGN_OR_RETURN(const Notice before, notices_.Lock(tx, notice.name()));
    Notice after = before;
    // It may have come to its recipient meanwhile.
    if (!notices_.Advance(after, "suppress").ok()) continue;
    after.set_state_reason(status::Sentence(why, {}, language));
    after.clear_due_time();
    after.clear_held_for();
    after.clear_escalate_time();
    RETURN_IF_ERROR(notices_.Update(tx, before, after, "suppress"));
  }
  ASSIGN_OR_RETURN(const std::vector<Notice> climbing,
                   notices_.Select(tx.sql, "WHERE subject = ? AND escalate_time IS NOT NULL ORDER BY name", sql::Bind(subject)));
  for (const Notice& notice : climbing) RETURN_IF_ERROR(StopClimbing(tx, notice.name()));
  return absl::OkStatus();
}

absl::Status Notices::Settle(record::Transaction& tx, const std::string& name, const char* verb) const {
  if (name.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Notice before, notices_.Lock(tx, name));
  Notice after = before;
  // Its recipient may have confirmed it meanwhile, or another robot was quicker.
  if (!notices_.Advance(after, verb).ok()) return absl::OkStatus();
  return notices_.Update(tx, before, after, verb);
}

absl::Status Notices::StopClimbing(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const Notice before, notices_.Lock(tx, name));
  Notice after = before;
  after.clear_escalate_time();
  return notices_.Update(tx, before, after, "stop_climbing");
}

}  // namespace heitie::planning
