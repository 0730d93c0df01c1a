#include "services/risk/regulation/outlook.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/risk/regulation/regulation_rules.h"

namespace heitie::risk {

using v1::PostRiskSignalRequest;
using v1::Regulation;

namespace {

constexpr char kForeseeJob[] = "foresee-regulations";
// Leads are days.
constexpr absl::Duration kForeseeAgain = absl::Minutes(10);
// Facts that are told in one transaction.
constexpr size_t kFactsAtOnce = 200;

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

Outlook::Outlook(const service::Context& context, Regulations& regulations, const Subjects& subjects, const RiskPolicies& policies,
                 const Signals& signals)
    : store_(context.store), regulations_(regulations), subjects_(subjects), policies_(policies), signals_(signals) {
  const auto tell = [this](const rpc::Call& call, const job::Job&) { return job::Outcome::Failed(TellAll(call)); };
  context.jobs.Recur(kForeseeJob, kForeseeAgain, tell);
  context.jobs.Handle(kForeseeNowJob, tell, job::Lane::kLongWork);
}

absl::Status Outlook::TellAll(const rpc::Call& call) const {
  std::vector<PostRiskSignalRequest> news;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    news.clear();
    ASSIGN_OR_RETURN(const std::vector<Regulation> ahead,
                     regulations_.kind().Select(session, "WHERE state IN ('STATE_PROPOSED', 'STATE_ENACTED') ORDER BY name"));
    if (ahead.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(session, call.now));
    const std::vector<int32_t> leads(policy.regulation_lead_days().begin(), policy.regulation_lead_days().end());
    std::vector<BoundSubject> subjects;
    for (const Regulation& regulation : ahead) {
      bool demands = false;
      RETURN_IF_ERROR(session.Query("SELECT 1 FROM obligations WHERE name > ? AND name < ? AND state = 'STATE_ACTIVE' LIMIT 1",
                                    record::ChildRange(regulation.name(), "obligations"), [&](const sql::Row&) { demands = true; }));
      if (!ForesightOf(regulation, demands, "", leads, regulations_.zone(), call.now).has_value()) continue;
      if (subjects.empty()) {
        ASSIGN_OR_RETURN(subjects, subjects_.Open(session));
      }
      std::set<std::string> told;
      RETURN_IF_ERROR(session.Query("SELECT subject, `key` FROM regulation_foresights WHERE regulation = ?", sql::Bind(regulation.name()),
                                    [&](const sql::Row& row) { told.insert(absl::StrCat(row.Text(0), " ", row.Text(1))); }));
      const InForceSpan span = ExpectedSpanOf(regulation, regulations_.zone(), call.now);
      for (const BoundSubject& subject : subjects) {
        if (!Meets(regulation, span, subject, call.now)) continue;
        std::optional<PostRiskSignalRequest> fact = ForesightOf(regulation, demands, subject.name, leads, regulations_.zone(), call.now);
        if (fact.has_value() && told.count(absl::StrCat(subject.name, " ", ToldOf(*fact))) == 0) news.push_back(*std::move(fact));
      }
    }
    return absl::OkStatus();
  }));
  for (size_t i = 0; i < news.size(); i += kFactsAtOnce) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      for (size_t j = i; j < std::min(i + kFactsAtOnce, news.size()); ++j) {
        const PostRiskSignalRequest& fact = news[j];
        RETURN_IF_ERROR(signals_.Tell(tx, fact).status());
        RETURN_IF_ERROR(tx.sql
                            .Execute("INSERT INTO regulation_foresights (regulation, subject, `key`) VALUES (?, ?, ?) "
                                     "ON DUPLICATE KEY UPDATE subject = VALUES(subject)",
                                     sql::Bind(fact.source(), fact.subject(), ToldOf(fact)))
                            .status());
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

}  // namespace heitie::risk
