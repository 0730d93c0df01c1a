#include "services/planning/notice/tell.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/notice/mute.h"

namespace heitie::planning {

using v1::Notice;

namespace {
const status::Phrase kNotWanted{"The recipient does not want such notices.", "收件人不接收此類通知。"};
const status::Phrase kInsteadOf{"For {person}, who is away: {text}", "代理 {person}：{text}"};
const status::Phrase kMorePressing{"Something more pressing about it is to be seen to first.", "同一事項有更緊急的通知待處理。"};

template <typename Names>
bool Holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// So many are told in the same statements.
constexpr size_t kTogether = 128;

// A subject and who is told of it.
using Matter = std::pair<std::string, std::string>;

Matter MatterOf(const Notice& notice) { return {notice.subject(), notice.recipient()}; }

// Of each matter of the subjects the notice that others wait for.
absl::StatusOr<std::map<Matter, std::string>> PressingAbout(sql::Session& session, const std::set<std::string>& subjects) {
  std::map<Matter, std::string> pressing;
  if (subjects.empty()) return pressing;
  const sql::Values listed = Listed(subjects);
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT subject, recipient, MIN(name) FROM notices WHERE subject IN (", sql::Placeholders(listed.size()),
                   ") AND urgency = 'URGENCY_CRITICAL' AND state IN ('STATE_QUEUED', 'STATE_HELD', 'STATE_SENT', 'STATE_DELIVERED') AND "
                   "robot = '' GROUP BY subject, recipient"),
      listed, [&](const sql::Row& row) {
        pressing[{row.Text(0), row.Text(1)}] = row.Text(2);
      }));
  return pressing;
}

void Hold(const std::string& pressing, Notice& lesser) {
  lesser.set_held_for(pressing);
  lesser.set_state_reason(status::Sentence(kMorePressing, {}, status::ParseLanguage(lesser.language())));
  lesser.clear_due_time();
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
      audiences_(policies_, context.people, context.time_zone),
      people_(context.people),
      zone_(context.time_zone) {}

absl::Status Notices::Tell(record::Transaction& tx, const Telling& telling) const { return TellEach(tx, {telling}); }

absl::Status Notices::TellEach(record::Transaction& tx, const std::vector<Telling>& tellings) const {
  for (size_t begin = 0; begin < tellings.size(); begin += kTogether) {
    RETURN_IF_ERROR(TellSome(tx, tellings, begin, std::min(begin + kTogether, tellings.size())));
  }
  return absl::OkStatus();
}

absl::Status Notices::TellSome(record::Transaction& tx, const std::vector<Telling>& tellings, size_t begin, size_t end) const {
  std::vector<Draft> drafts;
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = begin; i < end; ++i) {
    const Telling& telling = tellings[i];
    const std::string& addressee = telling.robot.empty() ? telling.recipient : telling.robot;
    if (addressee.empty() || people_.HasLeft(telling.recipient, tx.call.now)) continue;
    if (!seen.emplace(telling.cause, addressee).second) continue;  // The first one has the word.
    Notice& notice = drafts.emplace_back(Draft{telling, {}}).notice;
    notice.set_name(absl::StrCat("notices/", record::NewId(tx.call.now)));
    notice.set_recipient(telling.recipient);
    notice.set_robot(telling.robot);
  }
  RETURN_IF_ERROR(Claim(tx, drafts));
  if (drafts.empty()) return absl::OkStatus();
  std::set<std::string> recipients;
  for (const Draft& draft : drafts) recipients.insert(draft.notice.recipient());
  ASSIGN_OR_RETURN(const Audience audience, audiences_.Load(tx.sql, recipients, tx.call.now));
  for (Draft& draft : drafts) Write(audience, tx.call.now, draft);
  RETURN_IF_ERROR(Silence(tx, audience, drafts));
  RETURN_IF_ERROR(Yield(tx, drafts));
  RETURN_IF_ERROR(tx.sql.Together([&]() -> absl::Status {
    for (Draft& draft : drafts) {
      RETURN_IF_ERROR(notices_.Insert(tx, draft.notice, draft.notice.state() == Notice::STATE_SUPPRESSED ? "suppress" : "queue"));
    }
    return absl::OkStatus();
  }));
  return TellEach(tx, ForStandIns(tx.call, audience, drafts));
}

// Under the same cause: who stands in for several people, or is told it anyway, is told it once. Two who stand in for each other end here
// too.
std::vector<Telling> Notices::ForStandIns(const rpc::Call& call, const Audience& audience, const std::vector<Draft>& drafts) {
  std::vector<Telling> besides;
  for (const Draft& draft : drafts) {
    const auto found = audience.stand_ins.find(draft.notice.recipient());
    if (!draft.telling.waits || found == audience.stand_ins.end() || found->second == call.principal.name) continue;
    Telling& other = besides.emplace_back(draft.telling);
    other.recipient = found->second;
    other.instead_of = draft.notice.recipient();
    if (other.escalates.empty()) other.escalates = draft.notice.name();
    other.begins = false;
  }
  return besides;
}

absl::Status Notices::Claim(record::Transaction& tx, std::vector<Draft>& drafts) const {
  static const std::string& kInsert = *new std::string("INSERT INTO notice_causes (cause, recipient, notice)");
  std::vector<const Draft*> claimed;
  std::set<std::string> before;
  for (const Draft& draft : drafts) {
    if (!draft.telling.begins) {
      claimed.push_back(&draft);
      continue;
    }
    const absl::Status begun =
        tx.sql.Append(kInsert, sql::Bind(draft.telling.cause, draft.addressee(), draft.notice.name()), sql::Session::ReadBy::kTransaction);
    // Then its subject was there as well, which its own insertion will find.
    if (absl::IsAlreadyExists(begun)) {
      before.insert(draft.notice.name());
      continue;
    }
    RETURN_IF_ERROR(begun);
  }
  // Statements of few lengths. Two who tell the same at once: the second waits here for the first one's commit.
  for (size_t begin = 0, together = 0; begin < claimed.size(); begin += together) {
    for (together = 1; together * 2 <= claimed.size() - begin;) together *= 2;
    sql::Values rows, keys;
    for (size_t i = begin; i < begin + together; ++i) {
      for (const std::string& text : {claimed[i]->telling.cause, claimed[i]->addressee()}) {
        rows.emplace_back(text);
        keys.emplace_back(text);
      }
      rows.emplace_back(claimed[i]->notice.name());
    }
    ASSIGN_OR_RETURN(const int64_t first, tx.sql.Execute(absl::StrCat("INSERT IGNORE INTO notice_causes (cause, recipient, notice) VALUES ",
                                                                      sql::Placeholders(together, "(?, ?, ?)")),
                                                         rows));
    if (first == static_cast<int64_t>(together)) continue;
    std::set<std::string> own;
    if (first > 0) {
      RETURN_IF_ERROR(tx.sql.Query(
          absl::StrCat("SELECT notice FROM notice_causes WHERE (cause, recipient) IN (", sql::Placeholders(together, "(?, ?)"), ")"), keys,
          [&](const sql::Row& row) { own.insert(row.Text(0)); }));
    }
    for (size_t i = begin; i < begin + together; ++i) {
      if (own.count(claimed[i]->notice.name()) == 0) before.insert(claimed[i]->notice.name());
    }
  }
  if (before.empty()) return absl::OkStatus();
  std::vector<Draft> rest;
  for (Draft& draft : drafts) {
    if (before.count(draft.notice.name()) == 0) rest.push_back(std::move(draft));
  }
  drafts.swap(rest);
  return absl::OkStatus();
}

void Notices::Write(const Audience& audience, absl::Time now, Draft& draft) {
  const Telling& telling = draft.telling;
  const v1::NoticePolicy& policy = *audience.policy;
  const status::Language language = status::ParseLanguage(audience.PreferenceOf(telling.recipient).language());
  Notice& notice = draft.notice;
  notice.set_cause(telling.cause);
  notice.set_subject(telling.subject);
  notice.set_urgency(telling.urgency);
  notice.set_wording(telling.wording);
  if (telling.written.has_value()) {
    const bool english = language == status::Language::kEnglish;
    notice.set_text(FillIn(english ? telling.written->en : telling.written->zh, telling.args, language));
  } else {
    notice.set_text(WordsOf(policy, telling.wording, telling.phrase, telling.args, language));
  }
  if (!telling.instead_of.empty()) {
    notice.set_text(status::Sentence(kInsteadOf, {{"person", telling.instead_of}, {"text", notice.text()}}, language));
  }
  notice.set_language(status::LanguageTag(language));
  notice.set_notice_policy(policy.name());
  notice.set_mandatory(telling.mandatory || Holds(policy.mandatory_wordings(), telling.wording));
  notice.set_escalates(telling.escalates);
  notice.set_state(Notice::STATE_QUEUED);
  *notice.mutable_due_time() = time::ToTimestamp(std::max(now + DelayOf(policy.gather_delay()), telling.not_before));
}

absl::Status Notices::Silence(record::Transaction& tx, const Audience& audience, std::vector<Draft>& drafts) const {
  const auto suppress = [](const std::string& why, Notice& notice) {
    notice.set_state(Notice::STATE_SUPPRESSED);
    notice.set_state_reason(why);
    notice.clear_due_time();
  };
  std::set<std::string> may_be_muted;
  for (Draft& draft : drafts) {
    Notice& notice = draft.notice;
    if (notice.mandatory()) continue;
    if (Holds(audience.PreferenceOf(notice.recipient()).unwanted_wordings(), notice.wording())) {
      suppress(status::Sentence(kNotWanted, {}, status::ParseLanguage(notice.language())), notice);
    } else if (notice.urgency() != Notice::URGENCY_CRITICAL) {
      may_be_muted.insert(notice.recipient());
    }
  }
  if (may_be_muted.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::NoticeMute> mutes, MutesOf(tx.sql, may_be_muted, tx.call.now));
  for (Draft& draft : drafts) {
    Notice& notice = draft.notice;
    if (notice.mandatory() || notice.urgency() == Notice::URGENCY_CRITICAL || notice.state() != Notice::STATE_QUEUED) continue;
    const std::string why = WhyMuted(mutes, notice, zone_);
    if (!why.empty()) suppress(why, notice);
  }
  return absl::OkStatus();
}

absl::Status Notices::Yield(record::Transaction& tx, std::vector<Draft>& drafts) const {
  std::set<std::string> lesser_subjects, critical_subjects;
  for (const Draft& draft : drafts) {
    if (draft.telling.begins || !draft.waits_with_others()) continue;
    (draft.notice.urgency() == Notice::URGENCY_CRITICAL ? critical_subjects : lesser_subjects).insert(draft.notice.subject());
  }
  using Pressing = std::map<Matter, std::string>;
  ASSIGN_OR_RETURN(Pressing pressing, PressingAbout(tx.sql, lesser_subjects));
  std::vector<Notice> waiting;
  if (!critical_subjects.empty()) {
    const sql::Values listed = Listed(critical_subjects);
    ASSIGN_OR_RETURN(waiting, notices_.Select(tx.sql,
                                              absl::StrCat("WHERE subject IN (", sql::Placeholders(listed.size()),
                                                           ") AND state = 'STATE_QUEUED' AND urgency <> 'URGENCY_CRITICAL' AND robot = '' "
                                                           "ORDER BY name"),
                                              listed));
  }
  for (size_t i = 0; i < drafts.size(); ++i) {
    Notice& notice = drafts[i].notice;
    if (!drafts[i].waits_with_others()) continue;
    const Matter matter = MatterOf(notice);
    if (notice.urgency() != Notice::URGENCY_CRITICAL) {
      const auto found = pressing.find(matter);
      if (found == pressing.end()) continue;
      Hold(found->second, notice);
      RETURN_IF_ERROR(notices_.Advance(notice, "hold"));
      continue;
    }
    pressing.try_emplace(matter, notice.name());
    for (size_t j = 0; j < i; ++j) {
      Notice& other = drafts[j].notice;
      if (!drafts[j].waits_with_others() || other.urgency() == Notice::URGENCY_CRITICAL || MatterOf(other) != matter) continue;
      Hold(notice.name(), other);
      RETURN_IF_ERROR(notices_.Advance(other, "hold"));
    }
    for (const Notice& other : waiting) {
      if (MatterOf(other) != matter) continue;
      ASSIGN_OR_RETURN(const Notice before, notices_.Lock(tx, other.name()));
      Notice after = before;
      if (!notices_.Advance(after, "hold").ok()) continue;  // It was quicker, or is held already.
      Hold(notice.name(), after);
      RETURN_IF_ERROR(notices_.Update(tx, before, after, "hold"));
    }
  }
  return absl::OkStatus();
}

absl::Status Notices::TellAll(record::Transaction& tx, Telling telling, const std::vector<std::string>& recipients) const {
  std::vector<Telling> tellings;
  tellings.reserve(recipients.size());
  for (const std::string& recipient : recipients) {
    telling.recipient = recipient;
    tellings.push_back(telling);
  }
  return TellEach(tx, tellings);
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

absl::Status Notices::SettleAll(record::Transaction& tx, const std::set<std::string>& names, const char* verb) const {
  if (names.empty()) return absl::OkStatus();
  const sql::Values listed = Listed(names);
  ASSIGN_OR_RETURN(
      const std::vector<Notice> locked,
      notices_.Select(tx.sql, absl::StrCat("WHERE name IN (", sql::Placeholders(listed.size()), ") ORDER BY name FOR UPDATE"), listed));
  std::vector<Notice> before, after;
  for (const Notice& notice : locked) {
    Notice settled = notice;
    if (!notices_.Advance(settled, verb).ok()) continue;
    before.push_back(notice);
    after.push_back(std::move(settled));
  }
  return notices_.UpdateAll(tx, before, after, verb);
}

absl::Status Notices::StopClimbing(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const Notice before, notices_.Lock(tx, name));
  if (!before.has_escalate_time()) return absl::OkStatus();
  Notice after = before;
  after.clear_escalate_time();
  return notices_.Update(tx, before, after, "stop_climbing");
}

}  // namespace heitie::planning
