#include "services/risk/exposure/loss_estimate.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/risk/exposure/loss.h"
#include "services/risk/register/risk.h"

namespace heitie::risk {

using v1::LossEstimate;

const status::Reason kNoLossEstimate{absl::StatusCode::kFailedPrecondition, "NO_LOSS_ESTIMATE", "Nobody has estimated the loss of {name}.",
                                     "{name} 尚無損失估計。"};

namespace {

const status::Reason kMeasureEstimatedTwice{absl::StatusCode::kInvalidArgument, "MEASURE_ESTIMATED_TWICE",
                                            "{measure} is estimated already.", "{measure} 已有估計。"};
const status::Reason kMeasureOfOtherRisk{absl::StatusCode::kInvalidArgument, "MEASURE_OF_OTHER_RISK",
                                         "{measure} is no measure against {risk}.", "{measure} 不是 {risk} 的應對措施。"};

// Of more risks than these the estimates of all are read at once.
constexpr size_t kAskedOneByOne = 100;

}  // namespace

LossEstimates::LossEstimates(record::Store& store, const record::Kind<v1::Risk>& risks, const Restriction& restriction)
    : store_(store), risks_(risks), estimates_(store) {
  estimates_.RestrictRows(restriction.Rows());
}

absl::StatusOr<std::optional<LossEstimate>> LossEstimates::LatestOf(sql::Session& session, const std::string& risk) const {
  ASSIGN_OR_RETURN(std::vector<LossEstimate> latest, estimates_.Select(session, "WHERE name > ? AND name < ? ORDER BY name DESC LIMIT 1",
                                                                       record::ChildRange(risk, "lossEstimates")));
  if (latest.empty()) return std::nullopt;
  return std::move(latest.front());
}

absl::StatusOr<std::map<std::string, LossEstimate>> LossEstimates::Latest(sql::Session& session, const std::vector<v1::Risk>& risks) const {
  std::map<std::string, LossEstimate> by_risk;
  if (risks.size() <= kAskedOneByOne) {
    for (const v1::Risk& risk : risks) {
      ASSIGN_OR_RETURN(std::optional<LossEstimate> latest, LatestOf(session, risk.name()));
      if (latest.has_value()) by_risk[risk.name()] = *std::move(latest);
    }
    return by_risk;
  }
  ASSIGN_OR_RETURN(
      std::vector<LossEstimate> latest,
      estimates_.Select(session, "WHERE name IN (SELECT MAX(name) FROM loss_estimates GROUP BY SUBSTRING_INDEX(name, '/', 2))", {}));
  for (LossEstimate& estimate : latest) {
    std::string risk = record::ParentOf(estimate.name());
    by_risk[std::move(risk)] = std::move(estimate);
  }
  return by_risk;
}

absl::Status LossEstimates::CheckMeasures(sql::Session& session, const std::string& risk, const LossEstimate& estimate,
                                          status::BadFields& bad) const {
  std::set<std::string> seen;
  for (int i = 0; i < estimate.measures_size(); ++i) {
    const v1::MeasureLoss& measure = estimate.measures(i);
    const std::string field = absl::StrCat("loss_estimate.measures[", i, "]");
    CheckLossFigures(field + ".figures", measure.figures(), bad);
    if (!seen.insert(measure.risk_measure()).second) {
      bad.Add(field + ".risk_measure", kMeasureEstimatedTwice, {{"measure", measure.risk_measure()}});
    }
    bool found = false;
    RETURN_IF_ERROR(session.Query("SELECT 1 FROM risk_measures WHERE name = ? AND risk = ?", sql::Bind(measure.risk_measure(), risk),
                                  [&](const sql::Row&) { found = true; }));
    if (!found) bad.Add(field + ".risk_measure", kMeasureOfOtherRisk, {{"measure", measure.risk_measure()}, {"risk", risk}});
  }
  return absl::OkStatus();
}

absl::Status LossEstimates::Create(record::Transaction& tx, LossEstimate& estimate) {
  ASSIGN_OR_RETURN(const v1::Risk risk, FindSeen(risks_, tx.call, tx.sql, record::ParentOf(estimate.name())));
  if (risk.state() == v1::Risk::STATE_CLOSED) return status::Error(kRiskClosed, {{"name", risk.name()}});
  Mark(risk.restricted_risk(), estimate);
  status::BadFields bad;
  CheckLossFigures("loss_estimate.untreated", estimate.untreated(), bad);
  if (estimate.has_treated()) CheckLossFigures("loss_estimate.treated", estimate.treated(), bad);
  RETURN_IF_ERROR(CheckMeasures(tx.sql, risk.name(), estimate, bad));
  RETURN_IF_ERROR(bad.status());
  estimate.set_heavy_tail(HasHeavyTail(estimate.untreated()) || (estimate.has_treated() && HasHeavyTail(estimate.treated())) ||
                          std::any_of(estimate.measures().begin(), estimate.measures().end(),
                                      [](const v1::MeasureLoss& measure) { return HasHeavyTail(measure.figures()); }));
  return absl::OkStatus();
}

v1::MeasureReturn ReturnOf(const std::string& risk, const v1::MeasureLoss& measure, double worth, double saving, double saving_error) {
  const double cost = static_cast<double>(measure.cost_minor()) * worth;
  v1::MeasureReturn told;
  told.set_risk(risk);
  told.set_risk_measure(measure.risk_measure());
  told.set_saving_minor(ToMinor(saving));
  told.set_saving_error_minor(ToMinor(saving_error));
  told.set_cost_minor(ToMinor(cost));
  if (measure.cost_minor() == 0) return told;
  told.set_measure_return((saving - cost) / cost);
  told.set_measure_return_error(saving_error / cost);
  return told;
}

v1::QuantifyLossResponse QuantifyOf(const LossEstimate& estimate, const v1::QuantifyLossRequest& request) {
  google::protobuf::RepeatedField<int32_t> levels = request.levels_ppm();
  if (levels.empty()) {
    levels.Add(950'000);
    levels.Add(990'000);
  }
  v1::QuantifyLossResponse response;
  response.set_loss_estimate(estimate.name());
  response.set_currency_code(estimate.currency_code());
  response.set_heavy_tail(estimate.heavy_tail());
  *response.mutable_untreated() = FigureOf(Untreated(estimate), levels, request.thresholds_minor());
  *response.mutable_treated() = FigureOf(Treated(estimate), levels, request.thresholds_minor());
  if (estimate.treatment_cost_minor() > 0) {
    const double cost = static_cast<double>(estimate.treatment_cost_minor());
    response.set_treatment_return((MeanYearlyLoss(Untreated(estimate)) - MeanYearlyLoss(Treated(estimate)) - cost) / cost);
  }
  for (const v1::MeasureLoss& measure : estimate.measures()) {
    const double saving = MeanYearlyLoss(Untreated(estimate)) - MeanYearlyLoss(YearlyLossOf(measure.figures(), {}));
    *response.add_measures() = ReturnOf(record::ParentOf(estimate.name()), measure, 1, saving, 0);
  }
  return response;
}

absl::StatusOr<v1::QuantifyLossResponse> LossEstimates::Quantify(const rpc::Call& call, const v1::QuantifyLossRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::QuantifyLossResponse> {
    RETURN_IF_ERROR(FindSeen(risks_, call, session, request.name()).status());
    ASSIGN_OR_RETURN(const std::optional<LossEstimate> latest, LatestOf(session, request.name()));
    if (!latest.has_value()) return status::Error(kNoLossEstimate, {{"name", request.name()}});
    return QuantifyOf(*latest, request);
  });
}

void LossEstimates::Bind(record::Methods& methods) {
  methods.Reads(estimates_);
  methods.Creates(estimates_, this, &LossEstimates::Create);
  methods.Bind("QuantifyLoss", this, &LossEstimates::Quantify);
}

}  // namespace heitie::risk
