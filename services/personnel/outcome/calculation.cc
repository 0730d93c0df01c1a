#include "services/personnel/outcome/calculation.h"

#include <utility>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/personnel/appraisal/correction.h"
#include "services/personnel/outcome/bonus.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

const status::Reason kNoOutcomeRules{absl::StatusCode::kFailedPrecondition, "NO_OUTCOME_RULES",
                                     "By {policy} nothing follows from a cycle such as {cycle}.", "依 {policy}，{cycle} 不產生任何結果。"};

namespace {

using v1::Outcome;
using v1::OutcomeRules;

// The stated base of a position; nothing where another source has it.
std::optional<exact::Fraction> StatedBase(const OutcomeRules& rules, const std::string& position) {
  if (rules.base_source() == OutcomeRules::BASE_SOURCE_STATED) return exact::Fraction(rules.base_minor());
  if (rules.base_source() != OutcomeRules::BASE_SOURCE_POSITION) return std::nullopt;
  for (const v1::PositionBase& base : rules.bases()) {
    if (base.position() == position) return exact::Fraction(base.base_minor());
  }
  return std::nullopt;
}

exact::Fraction BandBase(const v1::PayBand& band, OutcomeRules::BaseSource source) {
  if (source == OutcomeRules::BASE_SOURCE_PAY_BAND_LOWEST) return band.lowest_minor();
  if (source == OutcomeRules::BASE_SOURCE_PAY_BAND_HIGHEST) return band.highest_minor();
  return exact::Fraction(band.lowest_minor() + band.highest_minor()) / 2;
}

}  // namespace

OutcomeCalculation::OutcomeCalculation(record::Store& store, const AppraisalRows& rows, const AppraisalPolicies& appraisal_policies,
                                       const OutcomePolicies& policies, const PayBands& pay_bands,
                                       const record::Kind<v1::Employee>& employees)
    : rows_(rows),
      appraisal_policies_(appraisal_policies),
      policies_(policies),
      pay_bands_(pay_bands),
      employees_(employees),
      adjustments_(store, &AppraisalAdjustmentMachine()) {}

absl::StatusOr<CycleTerms> OutcomeCalculation::TermsOf(sql::Session& sql, const v1::AppraisalCycle& cycle) const {
  CycleTerms terms;
  terms.cycle = cycle;
  ASSIGN_OR_RETURN(terms.policy, policies_.InForce(sql, time::ToTime(cycle.close_time())));
  const OutcomeRules* rules = RulesOver(terms.policy, cycle.period());
  if (rules == nullptr) return status::Error(kNoOutcomeRules, {{"cycle", cycle.name()}, {"policy", terms.policy.name()}});
  terms.rules = *rules;
  ASSIGN_OR_RETURN(const v1::AppraisalPolicy appraisal, appraisal_policies_.kind().Find(sql, cycle.policy()));
  terms.grades = GradesOf(appraisal);
  return terms;
}

absl::StatusOr<std::map<std::string, v1::AppraisalAdjustment>> OutcomeCalculation::AdjustmentsOf(sql::Session& sql,
                                                                                                 const std::string& cycle) const {
  ASSIGN_OR_RETURN(const std::vector<v1::AppraisalAdjustment> approved,
                   adjustments_.Select(sql, "WHERE name > ? AND name < ? AND state = 'STATE_APPROVED' ORDER BY approve_time, name",
                                       record::ChildRange(cycle, "appraisals")));
  std::map<std::string, v1::AppraisalAdjustment> latest;
  for (const v1::AppraisalAdjustment& adjustment : approved) latest[record::ParentOf(adjustment.name())] = adjustment;
  return latest;
}

absl::StatusOr<std::optional<exact::Fraction>> OutcomeCalculation::BaseOf(sql::Session& sql, CycleTerms& terms,
                                                                          const std::string& position) const {
  const auto known = terms.bases.find(position);
  if (known != terms.bases.end()) return known->second;
  std::optional<exact::Fraction>& base = terms.bases[position];
  const OutcomeRules::BaseSource source = terms.rules.base_source();
  if (source == OutcomeRules::BASE_SOURCE_STATED || source == OutcomeRules::BASE_SOURCE_POSITION) {
    base = StatedBase(terms.rules, position);
    return base;
  }
  if (position.empty()) return base;
  const absl::StatusOr<v1::PayBand> band = pay_bands_.InForce(sql, position, time::ToTime(terms.cycle.close_time()));
  if (status::ReasonOf(band.status()) == record::kNoVersionInForce.id) return base;
  RETURN_IF_ERROR(band.status());
  if (band->currency_code() == terms.policy.currency_code()) base = BandBase(*band, source);
  return base;
}

absl::StatusOr<SheetOutcomes> OutcomeCalculation::OfSheet(sql::Session& sql, CycleTerms& terms, const v1::Appraisal& sheet,
                                                          std::optional<int64_t> adjusted, absl::CivilDay today) const {
  SheetOutcomes follows;
  const SheetResult result = ResultOf(sheet, terms.cycle.period(), adjusted, terms.grades);
  const v1::OutcomeRule* rule = RuleFor(terms.rules, terms.cycle.period(), result);
  if (rule == nullptr) return follows;
  Outcome common;
  common.set_employee(sheet.employee());
  common.set_appraisal(sheet.name());
  common.set_grade(result.grade);
  if (result.points) common.set_points(static_cast<int32_t>(*result.points));
  if (rule->coefficient() > 0 && result.scored_months > 0) {
    Outcome& bonus = follows.bonus.emplace(common);
    bonus.set_kind(Outcome::KIND_BONUS);
    bonus.set_coefficient(rule->coefficient());
    bonus.set_scored_months(static_cast<int32_t>(result.scored_months));
    bonus.set_currency_code(terms.policy.currency_code());
    follows.weight = rule->coefficient() * result.scored_months;
    if (terms.rules.bonus_mode() == OutcomeRules::BONUS_MODE_BASE) {
      const std::string position = sheet.spans().empty() ? "" : sheet.spans(sheet.spans_size() - 1).position();
      ASSIGN_OR_RETURN(const std::optional<exact::Fraction> base, BaseOf(sql, terms, position));
      if (base) {
        bonus.set_base(base->str());
        bonus.set_amount_minor(BonusOf(*base, rule->coefficient(), result.scored_months));
      } else {
        follows.missing_base = position;
        follows.bonus.reset();
      }
    }
  }
  const std::vector<Outcome::Kind> kinds = KindsOf(*rule);
  if (kinds.empty()) return follows;
  ASSIGN_OR_RETURN(const v1::Employee employee, employees_.Find(sql, sheet.employee()));
  for (const Outcome::Kind kind : kinds) {
    if (kind != Outcome::KIND_CERTIFICATE && !EmployedOn(employee, today)) continue;
    Outcome& outcome = follows.outcomes.emplace_back(common);
    outcome.set_kind(kind);
    if (kind == Outcome::KIND_CERTIFICATE) outcome.set_certificate_text(terms.policy.certificate_text());
  }
  return follows;
}

absl::StatusOr<CycleOutcomes> OutcomeCalculation::OfCycle(sql::Session& sql, CycleTerms& terms, absl::CivilDay today) const {
  CycleOutcomes all;
  ASSIGN_OR_RETURN(const std::vector<v1::Appraisal> sheets, rows_.sheets.Children(sql, terms.cycle.name()));
  ASSIGN_OR_RETURN(const auto adjustments, AdjustmentsOf(sql, terms.cycle.name()));
  std::vector<PoolShare> shares;
  std::vector<Outcome> bonuses;
  for (const v1::Appraisal& sheet : sheets) {
    const auto adjustment = adjustments.find(sheet.name());
    std::optional<int64_t> adjusted;
    if (adjustment != adjustments.end()) adjusted = adjustment->second.new_points();
    ASSIGN_OR_RETURN(SheetOutcomes follows, OfSheet(sql, terms, sheet, adjusted, today));
    if (!follows.missing_base.empty()) all.missing_bases.insert(follows.missing_base);
    if (follows.bonus) {
      shares.push_back({sheet.employee(), follows.weight});
      bonuses.push_back(*std::move(follows.bonus));
    }
    for (Outcome& outcome : follows.outcomes) all.outcomes.push_back(std::move(outcome));
  }
  if (terms.rules.bonus_mode() == OutcomeRules::BONUS_MODE_POOL) {
    for (const v1::BonusPool& pool : terms.rules.pools()) {
      if (pool.department() == terms.cycle.department()) all.pool_minor = pool.amount_minor();
    }
    for (const PoolShare& share : shares) all.weight_sum += share.weight;
    const std::map<std::string, int64_t> amounts = SharePool(all.pool_minor, shares);
    for (Outcome& bonus : bonuses) bonus.set_amount_minor(amounts.at(bonus.employee()));
  }
  for (Outcome& bonus : bonuses) {
    if (bonus.amount_minor() > 0) all.outcomes.push_back(std::move(bonus));
  }
  return all;
}

}  // namespace heitie::personnel
