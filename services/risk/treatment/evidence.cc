#include "services/risk/treatment/evidence.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::risk {

const status::Reason kOwnWork{absl::StatusCode::kFailedPrecondition, "OWN_WORK", "It is {person}'s own: somebody else has to do this.",
                              "這是 {person} 自己的事項，須由他人為之。"};
const status::Reason kNotYoursToDo{absl::StatusCode::kPermissionDenied, "NOT_YOURS_TO_DO", "{name} waits for somebody else.",
                                   "{name} 由他人處理。"};

absl::Status CheckDoes(const rpc::Call& call, const std::string& owner, const std::string& name) {
  for (const options::v1::Role role :
       {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST}) {
    if (call.principal.Has(role)) return absl::OkStatus();
  }
  return call.principal.name == owner ? absl::OkStatus() : status::Error(kNotYoursToDo, {{"name", name}});
}

using v1::RiskControl;
using v1::RiskMeasure;
using v1::TransferInstrument;
using Names = google::protobuf::RepeatedPtrField<std::string>;

namespace {

bool SameNames(const Names& a, const Names& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace

const record::StateMachine& RiskMeasureMachine() {
  static const auto& machine = *new record::StateMachine(RiskMeasure::State_descriptor(),
                                                         {
                                                             {RiskMeasure::STATE_OPEN, "start", RiskMeasure::STATE_IN_PROGRESS},
                                                             {RiskMeasure::STATE_REOPENED, "start", RiskMeasure::STATE_IN_PROGRESS},
                                                             {RiskMeasure::STATE_IN_PROGRESS, "finish", RiskMeasure::STATE_DONE},
                                                             {RiskMeasure::STATE_DONE, "verify", RiskMeasure::STATE_VERIFIED},
                                                             {RiskMeasure::STATE_DONE, "reopen", RiskMeasure::STATE_REOPENED},
                                                             {RiskMeasure::STATE_VERIFIED, "reopen", RiskMeasure::STATE_REOPENED},
                                                             {RiskMeasure::STATE_OPEN, "cancel", RiskMeasure::STATE_CANCELLED},
                                                             {RiskMeasure::STATE_IN_PROGRESS, "cancel", RiskMeasure::STATE_CANCELLED},
                                                             {RiskMeasure::STATE_DONE, "cancel", RiskMeasure::STATE_CANCELLED},
                                                             {RiskMeasure::STATE_REOPENED, "cancel", RiskMeasure::STATE_CANCELLED},
                                                         });
  return machine;
}

const record::StateMachine& TransferInstrumentMachine() {
  static const auto& machine = *new record::StateMachine(
      TransferInstrument::State_descriptor(), {
                                                  {TransferInstrument::STATE_CONCLUDED, "claim", TransferInstrument::STATE_CONCLUDED,
                                                   "some of its cover is left", record::kConsequence},
                                                  {TransferInstrument::STATE_CONCLUDED, "use_up", TransferInstrument::STATE_USED_UP,
                                                   "claims have used its cover up", record::kConsequence},
                                                  {TransferInstrument::STATE_CONCLUDED, "cancel", TransferInstrument::STATE_CANCELLED},
                                              });
  return machine;
}

const record::StateMachine& RiskControlMachine() {
  static const auto& machine =
      *new record::StateMachine(RiskControl::State_descriptor(), {
                                                                     {RiskControl::STATE_ACTIVE, "retire", RiskControl::STATE_RETIRED},
                                                                 });
  return machine;
}

bool Stands(const RiskMeasure& measure, absl::Time decided) {
  return measure.state() == RiskMeasure::STATE_VERIFIED && measure.effect() != RiskMeasure::EFFECT_INEFFECTIVE &&
         time::ToTime(measure.verify_time()) >= decided;
}

bool Stands(const RiskControl& control, absl::Time decided, absl::Time at) {
  return control.state() == RiskControl::STATE_ACTIVE && control.effective() && time::ToTime(control.test_time()) >= decided &&
         at < time::ToTime(control.test_due_time());
}

bool Stands(const TransferInstrument& instrument, absl::Time at) {
  return instrument.state() == TransferInstrument::STATE_CONCLUDED && time::ToTime(instrument.start_time()) <= at &&
         at < time::ToTime(instrument.end_time());
}

bool SameStanding(const RiskControl& before, const RiskControl& after) {
  return SameNames(before.risks(), after.risks()) && before.state() == after.state() && before.effective() == after.effective() &&
         time::ToTime(before.test_time()) == time::ToTime(after.test_time()) &&
         time::ToTime(before.test_due_time()) == time::ToTime(after.test_due_time());
}

bool SameStanding(const TransferInstrument& before, const TransferInstrument& after) {
  return SameNames(before.risks(), after.risks()) && before.state() == after.state() &&
         time::ToTime(before.start_time()) == time::ToTime(after.start_time());
}

std::vector<std::string> FallenOf(const Names& named, const std::vector<Evidence>& standing) {
  std::vector<std::string> fallen;
  for (const std::string& name : named) {
    const bool stands = std::any_of(standing.begin(), standing.end(), [&](const Evidence& one) { return one.name == name; });
    if (!stands) fallen.push_back(name);
  }
  return fallen;
}

absl::Time EndOf(const Names& named, const std::vector<Evidence>& standing) {
  absl::Time end = absl::InfiniteFuture();
  for (const Evidence& one : standing) {
    if (std::find(named.begin(), named.end(), one.name) != named.end()) end = std::min(end, one.until);
  }
  return end;
}

absl::Status KeepLinks(record::Transaction& tx, const std::string& resource, const Names& before, const Names& after) {
  const auto holds = [](const Names& names, const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const std::string& risk : before) {
    if (holds(after, risk)) continue;
    RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM risk_links WHERE resource = ? AND risk = ?", sql::Bind(resource, risk)).status());
  }
  for (const std::string& risk : after) {
    if (holds(before, risk)) continue;
    RETURN_IF_ERROR(tx.sql.Execute("INSERT INTO risk_links (resource, risk) VALUES (?, ?)", sql::Bind(resource, risk)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Evidence>> EvidenceBook::StandingOf(sql::Session& session, const v1::Risk& risk, absl::Time at) const {
  const absl::Time decided = time::ToTime(risk.treatment().decide_time());
  std::vector<Evidence> standing;
  ASSIGN_OR_RETURN(
      const std::vector<RiskControl> controls,
      controls_.Select(session, "WHERE name IN (SELECT resource FROM risk_links WHERE risk = ?) ORDER BY name", sql::Bind(risk.name())));
  for (const RiskControl& control : controls) {
    if (Stands(control, decided, at)) standing.push_back({control.name(), time::ToTime(control.test_due_time())});
  }
  ASSIGN_OR_RETURN(const std::vector<RiskMeasure> measures,
                   measures_.Select(session, "WHERE risk = ? AND state = 'STATE_VERIFIED' ORDER BY name", sql::Bind(risk.name())));
  for (const RiskMeasure& measure : measures) {
    if (Stands(measure, decided)) standing.push_back({measure.name()});
  }
  ASSIGN_OR_RETURN(
      const std::vector<TransferInstrument> instruments,
      instruments_.Select(session, "WHERE name IN (SELECT resource FROM risk_links WHERE risk = ?) ORDER BY name", sql::Bind(risk.name())));
  for (const TransferInstrument& instrument : instruments) {
    if (Stands(instrument, at)) standing.push_back({instrument.name(), time::ToTime(instrument.end_time())});
  }
  return standing;
}

}  // namespace heitie::risk
