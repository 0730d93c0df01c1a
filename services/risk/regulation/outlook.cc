#include "services/risk/regulation/outlook.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/risk/regulation/changed_subjects.h"
#include "services/risk/regulation/regulation_rules.h"

namespace heitie::risk {

using v1::PostRiskSignalRequest;
using v1::Regulation;

namespace {

constexpr char kForeseeAllJob[] = "foresee-regulations";
constexpr char kAheadTail[] = "WHERE state IN ('STATE_PROPOSED', 'STATE_ENACTED') ORDER BY name";

// What was told is known by the fact and how bad it was: enacted it is worse than proposed.
std::string ToldOf(const PostRiskSignalRequest& fact) { return absl::StrCat(fact.key(), "@", fact.severity()); }

v1::SignalSeverity OneLess(v1::SignalSeverity severity) {
  return severity == v1::SIGNAL_SEVERITY_HIGH ? v1::SIGNAL_SEVERITY_MEDIUM : v1::SIGNAL_SEVERITY_LOW;
}

}  // namespace

std::optional<PostRiskSignalRequest> ForesightOf(const Regulation& regulation, bool demands, const std::string& subject,
                                                 const std::vector<int32_t>& lead_days, absl::TimeZone zone, absl::Time at) {
  const bool proposed = regulation.state() == Regulation::STATE_PROPOSED, enacted = regulation.state() == Regulation::STATE_ENACTED;
  if (!proposed && !(enacted && !demands)) return std::nullopt;
  PostRiskSignalRequest fact;
  fact.set_kind(v1::SIGNAL_KIND_REGULATION);
  fact.set_subject(subject);
  fact.set_source(regulation.name());
  *fact.mutable_occur_time() = time::ToTimestamp(at);
  if (!regulation.has_effective_date()) {
    fact.set_key(absl::StrCat(regulation.name(), "@proposed"));
    fact.set_severity(v1::SIGNAL_SEVERITY_LOW);
    fact.set_text(absl::StrCat(regulation.title(), " is proposed; nobody knows from when on"));
    return fact;
  }
  const absl::CivilDay day = time::ToDay(regulation.effective_date());
  const int32_t lead = LeadToTell(lead_days, absl::FromCivil(day, zone), 0, at);
  if (lead == 0) return std::nullopt;
  const std::string text = time::DayText(day);
  const v1::SignalSeverity severity = SeverityOfLead(lead_days, lead);
  fact.set_key(KeyOfLead(regulation.name(), lead, text));
  fact.set_severity(proposed ? OneLess(severity) : severity);
  fact.set_text(absl::StrCat(regulation.title(), proposed ? " is proposed for " : " is in force from ", text));
  return fact;
}

Outlook::Outlook(const service::Context& context, const Regulations& regulations, const Subjects& subjects, const RiskPolicies& policies,
                 const Signals& signals, Obligations& obligations)
    : store_(context.store), regulations_(regulations), subjects_(subjects), policies_(policies), signals_(signals) {
  context.jobs.Handle(
      kForeseeJob, [this](const rpc::Call& call, const job::Job& job) { return Foresee(call, job.payload); }, job::Lane::kLongWork);
  context.jobs.Recur(kForeseeAllJob, absl::Hours(24),
                     [this](const rpc::Call& call, const job::Job&) { return job::Outcome::Failed(ForeseeAll(call)); });
  obligations.SetListed([this](record::Transaction& tx, const std::vector<std::string>& names) { return TellOf(tx, names); });
}

absl::StatusOr<std::vector<int32_t>> Outlook::Leads(sql::Session& session, absl::Time at) const {
  ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(session, at));
  return std::vector<int32_t>(policy.regulation_lead_days().begin(), policy.regulation_lead_days().end());
}

job::Outcome Outlook::Foresee(const rpc::Call& call, const std::string& regulation) const {
  absl::Time next = absl::InfiniteFuture();
  const absl::Status noted = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    next = absl::InfiniteFuture();
    const absl::StatusOr<Regulation> found = regulations_.kind().Find(tx.sql, regulation);
    if (absl::IsNotFound(found.status())) return absl::OkStatus();
    RETURN_IF_ERROR(found.status());
    if (found->state() != Regulation::STATE_PROPOSED && found->state() != Regulation::STATE_ENACTED) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::vector<int32_t> leads, Leads(tx.sql, tx.call.now));
    if (found->has_effective_date()) {
      next = NextLead(leads, absl::FromCivil(time::ToDay(found->effective_date()), regulations_.zone()), tx.call.now);
    }
    return NoteSubjectsOf(tx.sql, regulation);
  });
  if (!noted.ok()) return job::Outcome::Failed(noted);
  return next == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(next);
}

absl::Status Outlook::ForeseeAll(const rpc::Call& call) const {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Regulation> ahead, regulations_.kind().Select(tx.sql, kAheadTail));
    for (const Regulation& one : ahead) {
      RETURN_IF_ERROR(job::Schedule(tx, {absl::StrCat(one.name(), "/foresee"), kForeseeJob, one.name(), tx.call.now}));
    }
    return absl::OkStatus();
  });
}

absl::Status Outlook::TellOf(record::Transaction& tx, const std::vector<std::string>& names) const {
  if (names.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Regulation> regulations, regulations_.kind().Select(tx.sql, kAheadTail));
  if (regulations.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<int32_t> leads, Leads(tx.sql, tx.call.now));
  const absl::Time now = tx.call.now;
  std::vector<Ahead> ahead;
  for (const Regulation& regulation : regulations) {
    bool demands = false;
    RETURN_IF_ERROR(tx.sql.Query("SELECT 1 FROM obligations WHERE name > ? AND name < ? AND state = 'STATE_ACTIVE' LIMIT 1",
                                 record::ChildRange(regulation.name(), "obligations"), [&](const sql::Row&) { demands = true; }));
    if (ForesightOf(regulation, demands, "", leads, regulations_.zone(), now).has_value()) ahead.push_back({regulation, demands});
  }
  if (ahead.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<BoundSubject> subjects, subjects_.Named(tx.sql, names));
  for (const Ahead& one : ahead) {
    const InForceSpan span = ExpectedSpanOf(one.regulation, regulations_.zone(), now);
    std::map<std::string, PostRiskSignalRequest> news;
    for (const BoundSubject& subject : subjects) {
      if (!Meets(one.regulation, span, subject, now)) continue;
      if (auto fact = ForesightOf(one.regulation, one.demands, subject.name, leads, regulations_.zone(), now)) news[subject.name] = *fact;
    }
    if (news.empty()) continue;
    sql::Values asked = sql::Bind(one.regulation.name());
    for (const auto& [subject, fact] : news) asked.emplace_back(subject);
    std::set<std::string> told;
    RETURN_IF_ERROR(tx.sql.Query(absl::StrCat("SELECT subject, `key` FROM regulation_foresights WHERE regulation = ? AND subject IN (",
                                              sql::Placeholders(news.size()), ")"),
                                 asked, [&](const sql::Row& row) { told.insert(absl::StrCat(row.Text(0), " ", row.Text(1))); }));
    for (const auto& [subject, fact] : news) {
      if (told.count(absl::StrCat(subject, " ", ToldOf(fact))) > 0) continue;
      RETURN_IF_ERROR(signals_.Tell(tx, fact).status());
      RETURN_IF_ERROR(tx.sql
                          .Execute("INSERT INTO regulation_foresights (regulation, subject, `key`) VALUES (?, ?, ?) "
                                   "ON DUPLICATE KEY UPDATE subject = VALUES(subject)",
                                   sql::Bind(fact.source(), subject, ToldOf(fact)))
                          .status());
    }
  }
  return absl::OkStatus();
}

}  // namespace heitie::risk
