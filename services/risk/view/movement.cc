#include "services/risk/view/movement.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "services/risk/exposure/loss.h"
#include "services/risk/view/heat_map.h"

namespace heitie::risk {

using v1::LossEstimate;
using v1::Rating;
using v1::Risk;
using v1::RiskExposure;
using v1::RiskMovement;

namespace {

constexpr int kMovesTold = 1000;

const Rating& CountingRating(const Risk& risk) { return risk.has_residual() ? risk.residual() : risk.current(); }

int WeightOf(const Rating& rating) { return rating.likelihood() * rating.impact(); }

// The rating that counts of each risk that is open and passes the filter; none of one that is not rated.
std::map<std::string, std::optional<Rating>> PlacesOf(const Picture& picture, const v1::ComputeHeatMapRequest& filter) {
  std::map<std::string, std::optional<Rating>> places;
  for (const Risk& stored : picture.risks) {
    if (!Passes(stored, filter)) continue;
    std::optional<Rating>& place = places[stored.name()];
    if (stored.has_current()) place = CountingRating(JudgedAt(stored, picture.matrix, picture.time));
  }
  return places;
}

// Of one that is open at both moments; not set where it did not move.
RiskMovement::Kind KindOf(const std::optional<Rating>& before, const std::optional<Rating>& after) {
  if (!before.has_value() && !after.has_value()) return RiskMovement::KIND_UNSPECIFIED;
  if (!before.has_value()) return RiskMovement::KIND_RATED;
  if (!after.has_value()) return RiskMovement::KIND_SHIFTED;
  if (before->likelihood() == after->likelihood() && before->impact() == after->impact()) {
    return before->level() == after->level() ? RiskMovement::KIND_UNSPECIFIED : RiskMovement::KIND_RELABELLED;
  }
  const int was = WeightOf(*before), is = WeightOf(*after);
  return is > was ? RiskMovement::KIND_ROSE : is < was ? RiskMovement::KIND_FELL : RiskMovement::KIND_SHIFTED;
}

struct Cost {
  std::string currency;
  int64_t untreated = 0, treated = 0;
};

Cost CostOf(const LossEstimate& estimate) {
  return {estimate.currency_code(), ToMinor(MeanYearlyLoss(Untreated(estimate))), ToMinor(MeanYearlyLoss(Treated(estimate)))};
}

void Add(const Cost& cost, RiskExposure::Sum& sum) {
  sum.set_currency_code(cost.currency);
  sum.set_risk_count(sum.risk_count() + 1);
  sum.set_untreated_minor(sum.untreated_minor() + cost.untreated);
  sum.set_treated_minor(sum.treated_minor() + cost.treated);
}

}  // namespace

RiskMovement MovementOf(const Picture& before, const Picture& after, const v1::ComputeRiskMovementRequest& request) {
  v1::ComputeHeatMapRequest filter;
  filter.set_category(request.category());
  filter.set_owner(request.owner());
  filter.set_subject(request.subject());
  RiskMovement movement;
  *movement.mutable_before() = Draw(before.risks, filter, before.matrix, before.time);
  *movement.mutable_after() = Draw(after.risks, filter, after.matrix, after.time);
  const auto was = PlacesOf(before, filter), is = PlacesOf(after, filter);
  std::set<std::string> names;
  for (const auto& [name, place] : was) names.insert(name);
  for (const auto& [name, place] : is) names.insert(name);
  for (const std::string& name : names) {
    const auto old = was.find(name), now = is.find(name);
    RiskMovement::Kind kind = RiskMovement::KIND_UNSPECIFIED;
    if (old == was.end()) {
      kind = RiskMovement::KIND_CAME;
      movement.set_came_count(movement.came_count() + 1);
    } else if (now == is.end()) {
      kind = RiskMovement::KIND_WENT;
      movement.set_went_count(movement.went_count() + 1);
    } else {
      kind = KindOf(old->second, now->second);
      const bool moved = kind != RiskMovement::KIND_UNSPECIFIED;
      movement.set_moved_count(movement.moved_count() + (moved ? 1 : 0));
      movement.set_still_count(movement.still_count() + (moved ? 0 : 1));
    }
    if (kind == RiskMovement::KIND_UNSPECIFIED || movement.moves_size() >= kMovesTold) continue;
    RiskMovement::Move& move = *movement.add_moves();
    move.set_risk(name);
    move.set_kind(kind);
    if (old != was.end() && old->second.has_value()) *move.mutable_before() = *old->second;
    if (now != is.end() && now->second.has_value()) *move.mutable_after() = *now->second;
  }
  return movement;
}

RiskExposure ExposureOf(const std::vector<Risk>& judged, const std::map<std::string, LossEstimate>& estimates, size_t top) {
  RiskExposure exposure;
  exposure.set_open_count(static_cast<int32_t>(judged.size()));
  std::map<Risk::Category, RiskExposure::Part> parts;
  std::map<std::pair<Risk::Category, std::string>, RiskExposure::Sum> sums_of_parts;
  std::map<std::string, RiskExposure::Sum> sums;
  struct Weighed {
    const Risk* risk;
    Cost cost;
  };
  std::vector<Weighed> weighed;
  for (const Risk& risk : judged) {
    RiskExposure::Part& part = parts[risk.category()];
    part.set_category(risk.category());
    part.set_open_count(part.open_count() + 1);
    if (risk.has_current() && CountingRating(risk).level() == v1::LEVEL_HIGH) part.set_high_count(part.high_count() + 1);
    Weighed& one = weighed.emplace_back(Weighed{&risk, {}});
    const auto estimate = estimates.find(risk.name());
    if (estimate == estimates.end()) {
      part.set_unestimated_count(part.unestimated_count() + 1);
      continue;
    }
    one.cost = CostOf(estimate->second);
    Add(one.cost, sums_of_parts[{risk.category(), one.cost.currency}]);
    Add(one.cost, sums[one.cost.currency]);
  }
  for (auto& [key, sum] : sums_of_parts) *parts[key.first].add_sums() = std::move(sum);
  for (auto& [category, part] : parts) *exposure.add_parts() = std::move(part);
  for (auto& [currency, sum] : sums) *exposure.add_sums() = std::move(sum);
  const auto weight = [](const Weighed& one) {
    const Rating& rating = CountingRating(*one.risk);
    return std::make_tuple(-static_cast<int>(rating.level()), -WeightOf(rating), -one.cost.treated, one.risk->name());
  };
  std::sort(weighed.begin(), weighed.end(), [&](const Weighed& a, const Weighed& b) { return weight(a) < weight(b); });
  for (size_t i = 0; i < weighed.size() && i < top; ++i) {
    const Risk& risk = *weighed[i].risk;
    RiskExposure::Top& told = *exposure.add_top();
    told.set_risk(risk.name());
    told.set_title(risk.title());
    told.set_subject(risk.subject());
    told.set_owner(risk.owner());
    if (risk.has_current()) *told.mutable_rating() = CountingRating(risk);
    told.set_treated_minor(weighed[i].cost.treated);
    told.set_currency_code(weighed[i].cost.currency);
  }
  return exposure;
}

}  // namespace heitie::risk
