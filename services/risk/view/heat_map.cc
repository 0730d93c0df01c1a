#include "services/risk/view/heat_map.h"

#include <algorithm>

#include "common/time/instant.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/register/rerating.h"

namespace heitie::risk {

using v1::HeatMap;
using v1::Risk;

namespace {

// So many are told by name.
constexpr int kNamesTold = 100;

HeatMap::Cell& CellOf(HeatMap& map, const v1::Rating& rating) {
  return *map.mutable_cells((rating.likelihood() - 1) * kScale + rating.impact() - 1);
}

}  // namespace

bool Passes(const Risk& risk, const v1::ComputeHeatMapRequest& filter) {
  if (risk.state() == Risk::STATE_CLOSED) return false;
  if (filter.category() != Risk::CATEGORY_UNSPECIFIED && filter.category() != risk.category()) return false;
  if (!filter.owner().empty() && filter.owner() != risk.owner()) return false;
  const auto& affected = risk.affected_subjects();
  return filter.subject().empty() || filter.subject() == risk.subject() ||
         std::find(affected.begin(), affected.end(), filter.subject()) != affected.end();
}

Risk JudgedAt(const Risk& risk, const v1::RiskMatrix& matrix, absl::Time at) {
  Risk judged = WithoutLapsed(Rerated(risk, matrix, at), at);
  judged.set_state(StateAt(judged, at));
  if (judged.state() != Risk::STATE_TREATED) ClearResidual(judged);
  return judged;
}

HeatMap Draw(const std::vector<Risk>& risks, const v1::ComputeHeatMapRequest& filter, const v1::RiskMatrix& matrix, absl::Time at) {
  HeatMap map;
  *map.mutable_time() = time::ToTimestamp(at);
  map.set_risk_matrix(matrix.name());
  for (int likelihood = 1; likelihood <= kScale; ++likelihood) {
    for (int impact = 1; impact <= kScale; ++impact) {
      HeatMap::Cell& cell = *map.add_cells();
      cell.set_likelihood(likelihood);
      cell.set_impact(impact);
      v1::Rating rating;
      rating.set_likelihood(likelihood);
      rating.set_impact(impact);
      cell.set_level(Rate(matrix, rating).level());
    }
  }
  for (const Risk& stored : risks) {
    if (!Passes(stored, filter)) continue;
    if (!stored.has_current()) {
      map.set_unrated_count(map.unrated_count() + 1);
      continue;
    }
    const Risk risk = JudgedAt(stored, matrix, at);
    map.set_rated_count(map.rated_count() + 1);
    HeatMap::Cell& inherent = CellOf(map, risk.has_inherent() ? risk.inherent() : risk.current());
    inherent.set_inherent_count(inherent.inherent_count() + 1);
    if (inherent.inherent_risks_size() < kNamesTold) inherent.add_inherent_risks(risk.name());
    HeatMap::Cell& current = CellOf(map, risk.current());
    current.set_current_count(current.current_count() + 1);
    if (current.current_risks_size() < kNamesTold) current.add_current_risks(risk.name());
    HeatMap::Cell& residual = CellOf(map, risk.has_residual() ? risk.residual() : risk.current());
    residual.set_residual_count(residual.residual_count() + 1);
    if (residual.risks_size() < kNamesTold) residual.add_risks(risk.name());
  }
  return map;
}

}  // namespace heitie::risk
