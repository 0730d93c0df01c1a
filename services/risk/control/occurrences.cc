#include "services/risk/control/occurrences.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/risk/register/merging.h"
#include "services/risk/register/risk.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {

using v1::RiskOccurrence;

const status::Reason kStillToCome{absl::StatusCode::kInvalidArgument, "STILL_TO_COME", "{time} is still to come.", "{time} 尚未到來。"};

namespace {

const status::Reason kSharesDiffer{absl::StatusCode::kInvalidArgument, "SHARES_DIFFER", "The shares add up to {sum} and not to {loss}.",
                                   "各風險分攤合計 {sum}，不等於損失 {loss}。"};
const status::Reason kRiskTwice{absl::StatusCode::kInvalidArgument, "RISK_TWICE", "{name} has a share already.", "{name} 已有一份分攤。"};
const status::Reason kIncidentTaken{absl::StatusCode::kFailedPrecondition, "INCIDENT_TAKEN", "{incident} is {name} already.",
                                    "{incident} 已登記為 {name}。"};
const status::Reason kIsIncident{absl::StatusCode::kFailedPrecondition, "OCCURRENCE_IS_INCIDENT",
                                 "{name} is {incident}, which has happened.", "{name} 即 {incident}，確實發生過。"};

const record::StateMachine& OccurrenceMachine() {
  static const auto& machine = *new record::StateMachine(
      RiskOccurrence::State_descriptor(),
      {{RiskOccurrence::STATE_RECORDED, "withdraw", RiskOccurrence::STATE_WITHDRAWN, "it is no incident of an activity"}});
  return machine;
}

}  // namespace

absl::Status CheckOccurrence(const RiskOccurrence& occurrence, absl::Time now) {
  status::BadFields bad;
  const absl::Time when = time::ToTime(occurrence.occur_time());
  if (when > now) bad.Add("risk_occurrence.occur_time", kStillToCome, {{"time", time::InstantText(when)}});
  std::set<std::string> named;
  absl::int128 sum = 0;
  for (int i = 0; i < occurrence.shares_size(); ++i) {
    const RiskOccurrence::Share& share = occurrence.shares(i);
    sum += share.loss_minor();
    if (!named.insert(share.risk()).second) {
      bad.Add(absl::StrCat("risk_occurrence.shares[", i, "].risk"), kRiskTwice, {{"name", share.risk()}});
    }
  }
  if (sum != occurrence.loss_minor()) {
    // Twenty shares of 64 bits exceed them.
    const absl::int128 told = std::min<absl::int128>(sum, std::numeric_limits<int64_t>::max());
    bad.Add("risk_occurrence.shares", kSharesDiffer, {{"sum", static_cast<int64_t>(told)}, {"loss", occurrence.loss_minor()}});
  }
  return bad.status();
}

Occurrences::Occurrences(record::Store& store, const record::Kind<v1::Risk>& risks, const AssessmentDuties& duties,
                         const LossComparisons& comparisons, const Signals& signals, const Restriction& restriction)
    : risks_(risks), duties_(duties), comparisons_(comparisons), signals_(signals), occurrences_(store, &OccurrenceMachine()) {
  occurrences_.RestrictRows(restriction.Rows());
  occurrences_.SetAllows([](const RiskOccurrence& occurrence, const std::string&) { return occurrence.incident().empty(); });
}

void CountWhereTheyLiveOn(const std::map<std::string, v1::Risk>& lives_on, RiskOccurrence& occurrence) {
  google::protobuf::RepeatedPtrField<RiskOccurrence::Share> shares;
  for (const RiskOccurrence::Share& told : occurrence.shares()) {
    const std::string& risk = lives_on.at(told.risk()).name();
    auto share = std::find_if(shares.begin(), shares.end(), [&](const RiskOccurrence::Share& one) { return one.risk() == risk; });
    if (share == shares.end()) {
      shares.Add()->set_risk(risk);
      share = shares.end() - 1;
    }
    share->set_loss_minor(share->loss_minor() + told.loss_minor());
    if (told.risk() != risk) share->add_merged_risks(told.risk());
  }
  *occurrence.mutable_shares() = std::move(shares);
}

absl::Status Occurrences::ProposeAnew(record::Transaction& tx, const v1::Risk& closed, const RiskOccurrence& occurrence) const {
  // What is about a restricted risk is no signal for everybody.
  if (closed.restricted()) return absl::OkStatus();
  v1::PostRiskSignalRequest happened;
  happened.set_kind(v1::SIGNAL_KIND_CONCERN);
  happened.set_subject(closed.subject());
  happened.set_key(absl::StrCat(closed.name(), "@", occurrence.name()));
  happened.set_source(occurrence.name());
  happened.set_severity(v1::SIGNAL_SEVERITY_HIGH);
  *happened.mutable_occur_time() = occurrence.occur_time();
  happened.set_text(absl::StrCat(closed.name(), " is closed and has happened: ", closed.title()));
  return signals_.Tell(tx, happened).status();
}

absl::Status Occurrences::Create(record::Transaction& tx, RiskOccurrence& occurrence) {
  RETURN_IF_ERROR(CheckOccurrence(occurrence, tx.call.now));
  occurrence.set_state(RiskOccurrence::STATE_RECORDED);
  if (!occurrence.incident().empty()) {
    ASSIGN_OR_RETURN(const std::vector<RiskOccurrence> taken,
                     occurrences_.Select(tx.sql, "WHERE incident = ? LIMIT 1", sql::Bind(occurrence.incident())));
    if (!taken.empty()) {
      return status::Error(kIncidentTaken, {{"incident", occurrence.incident()}, {"name", taken.front().name()}});
    }
  }
  std::set<std::string> named;
  for (const RiskOccurrence::Share& share : occurrence.shares()) named.insert(share.risk());
  std::map<std::string, v1::Risk> lives_on;
  for (const std::string& name : named) {
    ASSIGN_OR_RETURN(lives_on[name], GuardLiving(risks_, tx, name));
  }
  CountWhereTheyLiveOn(lives_on, occurrence);
  std::map<std::string, v1::Risk> risks;
  for (auto& [name, risk] : lives_on) risks[risk.name()] = risk;
  google::protobuf::RepeatedPtrField<std::string> linked;
  for (const auto& [name, risk] : risks) {
    named.insert(name);
    *linked.Add() = name;
    if (risk.state() == v1::Risk::STATE_CLOSED) {
      RETURN_IF_ERROR(ProposeAnew(tx, risk, occurrence));
      continue;
    }
    ASSIGN_OR_RETURN(const bool questioned, comparisons_.Questions(tx.sql, name, occurrence, tx.call.now));
    RETURN_IF_ERROR(
        duties_.Ask(tx, risk, questioned ? v1::AssessmentDuty::CAUSE_ESTIMATE : v1::AssessmentDuty::CAUSE_OCCURRENCE, occurrence.name()));
  }
  // It names those that were merged as well.
  ASSIGN_OR_RETURN(const std::string restricted, RestrictedOf(tx.sql, {named.begin(), named.end()}));
  Mark(restricted, occurrence);
  return KeepLinks(tx, occurrence.name(), {}, linked);
}

absl::StatusOr<RiskOccurrence> Occurrences::Withdraw(record::Transaction& tx, const v1::WithdrawRiskOccurrenceRequest& request) {
  return occurrences_.Change(tx, request, "withdraw", [&](const RiskOccurrence& before, RiskOccurrence& after) -> absl::Status {
    if (!before.incident().empty()) return status::Error(kIsIncident, {{"name", before.name()}, {"incident", before.incident()}});
    after.set_withdraw_reason(request.reason());
    after.set_withdrawer(tx.call.principal.name);
    *after.mutable_withdraw_time() = time::ToTimestamp(tx.call.now);
    // By its links it counts as a loss of its risks, against their estimates, and against what their measures have brought.
    google::protobuf::RepeatedPtrField<std::string> linked;
    for (const RiskOccurrence::Share& share : before.shares()) *linked.Add() = share.risk();
    return KeepLinks(tx, before.name(), linked, {});
  });
}

void Occurrences::Bind(record::Methods& methods) {
  methods.Reads(occurrences_);
  methods.Creates(occurrences_, this, &Occurrences::Create);
  methods.Bind("WithdrawRiskOccurrence", this, &Occurrences::Withdraw);
}

}  // namespace heitie::risk
