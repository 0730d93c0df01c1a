#include "services/risk/exposure/loss_comparison.h"

#include <algorithm>
#include <cmath>

#include "absl/time/civil_time.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/risk/exposure/loss.h"

namespace heitie::risk {

using v1::LossComparison;
using v1::LossEstimate;
using v1::RiskOccurrence;

namespace {

constexpr int kUsualYears = 5;
// Rarer than that a count questions the estimate.
constexpr double kImprobable = 0.05;

}  // namespace

double BinomialTail(int trials, int successes, double p) {
  if (successes <= 0) return 1;
  if (successes > trials || p <= 0) return 0;
  if (p >= 1) return 1;
  double tail = 0;
  for (int k = successes; k <= trials; ++k) {
    const double choices = std::lgamma(trials + 1.0) - std::lgamma(k + 1.0) - std::lgamma(trials - k + 1.0);
    tail += std::exp(choices + k * std::log(p) + (trials - k) * std::log1p(-p));
  }
  return std::min(tail, 1.0);
}

std::vector<absl::Time> YearsBefore(absl::Time now, int years, absl::TimeZone zone) {
  const absl::CivilSecond today = absl::ToCivilSecond(now, zone);
  std::vector<absl::Time> starts;
  for (int back = years; back > 0; --back) {
    starts.push_back(absl::FromCivil(
        absl::CivilSecond(today.year() - back, today.month(), today.day(), today.hour(), today.minute(), today.second()), zone));
  }
  return starts;
}

LossComparison CompareWith(const LossEstimate& estimate, const std::string& risk, const std::vector<RiskOccurrence>& occurrences,
                           absl::Time now, int years, absl::TimeZone zone) {
  LossComparison comparison;
  comparison.set_loss_estimate(estimate.name());
  comparison.set_probability_ppm(estimate.has_treated() ? estimate.treated().probability_ppm() : estimate.untreated().probability_ppm());
  comparison.set_currency_code(estimate.currency_code());
  comparison.set_annual_loss_minor(ToMinor(MeanYearlyLoss(estimate.has_treated() ? Treated(estimate) : Untreated(estimate))));
  *comparison.mutable_time() = time::ToTimestamp(now);
  const std::vector<absl::Time> starts = YearsBefore(now, years, zone);
  for (const absl::Time start : starts) *comparison.add_years()->mutable_start_time() = time::ToTimestamp(start);
  for (const RiskOccurrence& occurrence : occurrences) {
    const absl::Time when = time::ToTime(occurrence.occur_time());
    const auto after = std::upper_bound(starts.begin(), starts.end(), when);
    if (after == starts.begin() || when > now) continue;
    LossComparison::Year& year = *comparison.mutable_years(static_cast<int>(after - starts.begin()) - 1);
    year.set_occurrence_count(year.occurrence_count() + 1);
    const bool same = occurrence.currency_code() == estimate.currency_code();
    if (!same) year.set_other_currency_count(year.other_currency_count() + 1);
    for (const RiskOccurrence::Share& share : occurrence.shares()) {
      if (same && share.risk() == risk) year.set_loss_minor(year.loss_minor() + share.loss_minor());
    }
  }
  for (const LossComparison::Year& year : comparison.years()) {
    if (year.occurrence_count() > 0) comparison.set_occurred_years(comparison.occurred_years() + 1);
  }
  comparison.set_chance(BinomialTail(years, comparison.occurred_years(), comparison.probability_ppm() / static_cast<double>(kMillion)));
  comparison.set_questioned(comparison.chance() < kImprobable);
  return comparison;
}

absl::StatusOr<std::vector<RiskOccurrence>> LossComparisons::Since(sql::Session& session, const std::string& risk, absl::Time first) const {
  std::vector<RiskOccurrence> occurrences;
  RETURN_IF_ERROR(session.Query(
      "SELECT name, occur_time, currency_code, shares FROM risk_occurrences WHERE name IN (SELECT resource FROM risk_links WHERE risk = ?) "
      "AND occur_time >= ? ORDER BY occur_time, name",
      sql::Bind(risk, first), [&](const sql::Row& row) {
        RiskOccurrence occurrence;
        if (!record::FromJson(row.Text(3), &occurrence)) return;
        occurrence.set_name(row.Text(0));
        *occurrence.mutable_occur_time() = time::ToTimestamp(row.Time(1));
        occurrence.set_currency_code(row.Text(2));
        occurrences.push_back(std::move(occurrence));
      }));
  return occurrences;
}

absl::StatusOr<bool> LossComparisons::Questions(sql::Session& session, const std::string& risk, const RiskOccurrence& news,
                                                absl::Time now) const {
  ASSIGN_OR_RETURN(const std::optional<LossEstimate> latest, estimates_.LatestOf(session, risk));
  if (!latest.has_value()) return false;
  ASSIGN_OR_RETURN(std::vector<RiskOccurrence> occurrences, Since(session, risk, YearsBefore(now, kUsualYears, zone_).front()));
  occurrences.push_back(news);
  return CompareWith(*latest, risk, occurrences, now, kUsualYears, zone_).questioned();
}

absl::StatusOr<LossComparison> LossComparisons::Compare(const rpc::Call& call, const v1::CompareLossesRequest& request) {
  const int years = request.years() == 0 ? kUsualYears : request.years();
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<LossComparison> {
    RETURN_IF_ERROR(FindSeen(risks_, call, session, request.name()).status());
    ASSIGN_OR_RETURN(const std::optional<LossEstimate> latest, estimates_.LatestOf(session, request.name()));
    if (!latest.has_value()) return status::Error(kNoLossEstimate, {{"name", request.name()}});
    ASSIGN_OR_RETURN(const std::vector<RiskOccurrence> occurrences,
                     Since(session, request.name(), YearsBefore(call.now, years, zone_).front()));
    return CompareWith(*latest, request.name(), occurrences, call.now, years, zone_);
  });
}

void LossComparisons::Bind(record::Methods& methods) { methods.Bind("CompareLosses", this, &LossComparisons::Compare); }

}  // namespace heitie::risk
