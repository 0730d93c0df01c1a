#include "services/risk/register/summary.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/type/v1/fact.pb.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/register/rerating.h"
#include "services/risk/treatment/treatment.h"
#include "services/risk/view/heat_map.h"
#include "services/risk/view/movement.h"

namespace heitie::risk {
namespace {

using v1::Risk;
using v1::RiskSummary;

bool Expired(const Risk& risk, absl::Time at) { return risk.has_expire_time() && time::ToTime(risk.expire_time()) <= at; }

RiskSummary::Blocking BlockingOfTreated(const Risk& risk, absl::Time at) {
  if (Expired(risk, at)) {
    return risk.strategy() == v1::STRATEGY_ACCEPT ? RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED : RiskSummary::BLOCKING_TRANSFER_EXPIRED;
  }
  if (risk.strategy() == v1::STRATEGY_AVOID) return RiskSummary::BLOCKING_TO_BE_AVOIDED;
  if (risk.strategy() == v1::STRATEGY_TRANSFER && at < time::ToTime(risk.treatment().transfer().start_time())) {
    return RiskSummary::BLOCKING_TRANSFER_NOT_BEGUN;
  }
  return risk.level() == v1::LEVEL_HIGH ? RiskSummary::BLOCKING_HIGH_NOT_REDUCED : RiskSummary::BLOCKING_UNSPECIFIED;
}

RiskSummary::Blocking BlockingOfUntreated(const Risk& risk, absl::Time at) {
  switch (risk.level()) {
    case v1::LEVEL_HIGH:
      return RiskSummary::BLOCKING_HIGH_UNTREATED;
    case v1::LEVEL_MEDIUM:
      return risk.has_treat_by_time() && time::ToTime(risk.treat_by_time()) <= at ? RiskSummary::BLOCKING_TREATMENT_OVERDUE
                                                                                  : RiskSummary::BLOCKING_MEDIUM_UNTREATED;
    default:
      return RiskSummary::BLOCKING_UNSPECIFIED;
  }
}

RiskSummary::Blocking BlockingOf(const Risk& risk, absl::Time at) {
  switch (risk.state()) {
    case Risk::STATE_ASSESSED:
      return BlockingOfUntreated(risk, at);
    case Risk::STATE_TREATED:
      return BlockingOfTreated(risk, at);
    case Risk::STATE_REOPENED:
      // Reopened by expiry the treatment is still there, expired; otherwise by hand.
      return risk.has_treatment() ? BlockingOfTreated(risk, at) : RiskSummary::BLOCKING_UNASSESSED;
    default:
      return RiskSummary::BLOCKING_UNASSESSED;
  }
}

const char* BlockingText(RiskSummary::Blocking blocking) {
  switch (blocking) {
    case RiskSummary::BLOCKING_UNASSESSED:
      return "not assessed";
    case RiskSummary::BLOCKING_HIGH_UNTREATED:
      return "HIGH and not treated";
    case RiskSummary::BLOCKING_HIGH_NOT_REDUCED:
      return "HIGH and not assessed lower since its treatment";
    case RiskSummary::BLOCKING_TO_BE_AVOIDED:
      return "to be avoided";
    case RiskSummary::BLOCKING_MEDIUM_UNTREATED:
      return "MEDIUM and not treated";
    case RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED:
      return "its acceptance has expired";
    case RiskSummary::BLOCKING_TRANSFER_EXPIRED:
      return "its transfer has expired";
    case RiskSummary::BLOCKING_TRANSFER_NOT_BEGUN:
      return "its transfer has not begun";
    case RiskSummary::BLOCKING_TREATMENT_OVERDUE:
      return "MEDIUM and not treated in time";
    default:
      return "stands against nothing";
  }
}

type::v1::Fact FactOf(const Risk& risk, const RiskSummary& summary, const std::string& time_zone) {
  type::v1::Fact fact;
  fact.set_subject(risk.name());
  fact.set_version(risk.etag());
  std::string statement = absl::StrCat("\"", risk.title(), "\" on ", risk.subject());
  if (summary.level() != v1::LEVEL_UNSPECIFIED) absl::StrAppend(&statement, ", level ", LevelText(summary.level()));
  if (risk.strategy() != v1::STRATEGY_UNSPECIFIED) absl::StrAppend(&statement, ", treatment ", StrategyText(risk.strategy()));
  if (risk.has_expire_time()) absl::StrAppend(&statement, " until ", time::LocalText(time::ToTime(risk.expire_time()), time_zone));
  absl::StrAppend(&statement, ": ", BlockingText(summary.blocking_reason()));
  fact.set_statement(std::move(statement));
  return fact;
}

}  // namespace

RiskSummary Summarize(const Risk& stored, absl::Time at, const std::string& time_zone) {
  const Risk risk = WithoutLapsed(stored, at);
  RiskSummary summary;
  summary.set_risk(risk.name());
  summary.set_subject(risk.subject());
  summary.set_category(risk.category());
  summary.set_title(risk.title());
  summary.set_owner(risk.owner());
  summary.set_state(risk.state());
  // The residual rating presumes a treatment that holds.
  summary.set_level(Expired(risk, at) ? risk.current().level() : risk.level());
  summary.set_strategy(risk.strategy());
  if (risk.has_expire_time()) *summary.mutable_expire_time() = risk.expire_time();
  summary.set_blocking_reason(BlockingOf(risk, at));
  summary.set_blocking(summary.blocking_reason() != RiskSummary::BLOCKING_UNSPECIFIED);
  if (summary.blocking_reason() == RiskSummary::BLOCKING_TO_BE_AVOIDED) *summary.mutable_avoided_subjects() = AvoidedBy(risk);
  *summary.mutable_fact() = FactOf(risk, summary, time_zone);
  return summary;
}

void Veil(bool by_name, RiskSummary& summary) {
  RiskSummary veiled;
  veiled.set_restricted(true);
  veiled.set_subject(summary.subject());
  veiled.set_title("a restricted risk");
  veiled.set_level(summary.level());
  veiled.set_blocking(summary.blocking());
  veiled.set_blocking_reason(summary.blocking_reason());
  veiled.mutable_fact()->set_subject(summary.subject());
  veiled.mutable_fact()->set_version(summary.fact().version());
  veiled.mutable_fact()->set_statement(absl::StrCat("a restricted risk on ", summary.subject(), ", level ", LevelText(summary.level()),
                                                    ": ", BlockingText(summary.blocking_reason())));
  if (by_name) {
    veiled.set_risk(summary.risk());
    *veiled.mutable_avoided_subjects() = summary.avoided_subjects();
  }
  summary = std::move(veiled);
}

absl::StatusOr<std::vector<Risk>> Summaries::OpenOn(sql::Session& session,
                                                    const google::protobuf::RepeatedPtrField<std::string>& subjects) const {
  const sql::Values names(subjects.begin(), subjects.end());
  const std::string among = absl::StrCat("IN (", sql::Placeholders(names.size()), ")");
  ASSIGN_OR_RETURN(std::vector<Risk> risks,
                   risks_.Select(session, absl::StrCat("WHERE subject ", among, " AND state <> 'STATE_CLOSED'"), names));
  ASSIGN_OR_RETURN(std::vector<Risk> affecting, risks_.Select(session,
                                                              absl::StrCat("WHERE name IN (SELECT risk FROM risk_links WHERE resource ",
                                                                           among, ") AND state <> 'STATE_CLOSED'"),
                                                              names));
  std::move(affecting.begin(), affecting.end(), std::back_inserter(risks));
  std::sort(risks.begin(), risks.end(), [](const Risk& a, const Risk& b) { return a.name() < b.name(); });
  // One that affects several of the subjects counts once.
  risks.erase(std::unique(risks.begin(), risks.end(), [](const Risk& a, const Risk& b) { return a.name() == b.name(); }), risks.end());
  return risks;
}

absl::StatusOr<v1::RiskExposure> Summaries::ExposureOn(const rpc::Call& call, sql::Session& session, const std::vector<Risk>& risks,
                                                       const v1::RiskMatrix& matrix, absl::Time at) const {
  constexpr size_t kWeightiest = 3;
  std::vector<Risk> judged;
  for (const Risk& risk : risks) {
    if (risks_.Sees(call, risk)) judged.push_back(JudgedAt(risk, matrix, at));
  }
  ASSIGN_OR_RETURN(const auto estimates, estimates_.Latest(session, judged));
  v1::RiskExposure exposure = ExposureOf(judged, estimates, kWeightiest);
  *exposure.mutable_time() = time::ToTimestamp(at);
  return exposure;
}

absl::StatusOr<v1::SummarizeRisksResponse> Summaries::SummarizeRisks(const rpc::Call& call, const v1::SummarizeRisksRequest& request) {
  const absl::Time at = request.has_time() ? std::max(call.now, time::ToTime(request.time())) : call.now;
  const absl::Time until = request.has_until_time() ? time::ToTime(request.until_time()) : at;
  const std::vector<std::string> subjects(request.subjects().begin(), request.subjects().end());
  std::vector<Risk> risks;
  std::vector<v1::OpenObligation> obligations;
  std::optional<v1::RiskExposure> exposure;
  // Levels are those of the matrix that is in force at the moment asked for, whatever is written so far.
  v1::RiskMatrix matrix;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    risks.clear();
    ASSIGN_OR_RETURN(matrix, matrices_.InForce(sql, at));
    ASSIGN_OR_RETURN(risks, OpenOn(sql, request.subjects()));
    if (request.with_exposure()) {
      ASSIGN_OR_RETURN(exposure, ExposureOn(call, sql, risks, matrix, at));
    }
    ASSIGN_OR_RETURN(obligations, obligations_.OpenOn(sql, subjects, at, until));
    return absl::OkStatus();
  }));
  v1::SummarizeRisksResponse response;
  *response.mutable_time() = time::ToTimestamp(at);
  if (exposure.has_value()) *response.mutable_exposure() = *std::move(exposure);
  for (const Risk& risk : risks) {
    RiskSummary& summary = *response.add_risks();
    summary = Summarize(Rerated(risk, matrix, at), at, request.time_zone());
    // What a service is told it may tell everybody.
    const bool service = call.principal.Has(options::v1::ROLE_SERVICE);
    if (risk.restricted() && (service || !risks_.Sees(call, risk))) Veil(service, summary);
    if (summary.blocking()) response.set_blocking(true);
  }
  for (v1::OpenObligation& open : obligations) {
    if (open.blocking()) response.set_blocking(true);
    *response.add_obligations() = std::move(open);
  }
  return response;
}

void Summaries::Bind(record::Methods& methods) { methods.Bind("SummarizeRisks", this, &Summaries::SummarizeRisks); }

}  // namespace heitie::risk
