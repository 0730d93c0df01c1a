#include "services/personnel/outcome/outcome_rule.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {

const status::Reason kBonusCurrencyMissing{absl::StatusCode::kInvalidArgument, "BONUS_CURRENCY_MISSING", "Bonuses need a currency.",
                                           "有獎金時須註明幣別。"};
const status::Reason kBonusModeMissing{absl::StatusCode::kInvalidArgument, "BONUS_MODE_MISSING",
                                       "A coefficient needs a way to compute the bonus.", "設有係數時須註明獎金的計算方式。"};
const status::Reason kBonusBaseUnstated{absl::StatusCode::kInvalidArgument, "BONUS_BASE_UNSTATED",
                                        "The bonus needs a base, and this source of it has none.", "獎金須有基數，此來源未提供基數。"};
const status::Reason kBonusBaseTwice{absl::StatusCode::kInvalidArgument, "BONUS_BASE_TWICE", "{position} has two bases.",
                                     "{position} 的基數重複。"};
const status::Reason kBonusPoolMissing{absl::StatusCode::kInvalidArgument, "BONUS_POOL_MISSING", "There is no pool to divide.",
                                       "沒有可分配的獎金池。"};
const status::Reason kBonusPoolTwice{absl::StatusCode::kInvalidArgument, "BONUS_POOL_TWICE", "The department {department} has two pools.",
                                     "部門 {department} 的獎金池重複。"};
const status::Reason kRuleWithoutGrade{absl::StatusCode::kInvalidArgument, "RULE_WITHOUT_GRADE",
                                       "What follows from a year follows from its grade.", "年度的結果依等級決定，請註明等級。"};
const status::Reason kGradeRuledTwice{absl::StatusCode::kInvalidArgument, "GRADE_RULED_TWICE", "There are two rules for the grade {grade}.",
                                      "等級 {grade} 有兩條規則。"};
const status::Reason kMonthWithoutGrades{absl::StatusCode::kInvalidArgument, "MONTH_WITHOUT_GRADES",
                                         "Months have no grades; what follows from one follows from its points.",
                                         "月度沒有等級，其結果依分數決定。"};
const status::Reason kYearByGrades{absl::StatusCode::kInvalidArgument, "YEAR_BY_GRADES",
                                   "What follows from a year follows from its grade, not from points.",
                                   "年度的結果依等級決定，不依分數區間。"};
const status::Reason kRuleReversed{absl::StatusCode::kInvalidArgument, "RULE_REVERSED", "From {from} to {to} points there is nothing.",
                                   "{from} 分至 {to} 分之間沒有任何分數。"};
const status::Reason kRulesOverlap{absl::StatusCode::kInvalidArgument, "RULES_OVERLAP",
                                   "Another rule covers points between {from} and {to} already.", "{from} 分至 {to} 分之間已有其他規則。"};
const status::Reason kPlanWithoutInterview{absl::StatusCode::kInvalidArgument, "PLAN_WITHOUT_INTERVIEW",
                                           "An improvement plan follows from an interview.", "改進計劃須先有績效面談。"};

namespace {

using v1::AppraisalCycle;
using v1::OutcomeRule;
using v1::OutcomeRules;

void CheckBonus(const OutcomeRules& rules, const std::string& prefix, status::BadFields& bad) {
  const bool stated = rules.base_source() == OutcomeRules::BASE_SOURCE_STATED;
  const bool by_position = rules.base_source() == OutcomeRules::BASE_SOURCE_POSITION;
  if (rules.bonus_mode() == OutcomeRules::BONUS_MODE_BASE) {
    if (rules.base_source() == OutcomeRules::BASE_SOURCE_UNSPECIFIED) bad.Add(prefix + "base_source", kBonusBaseUnstated);
    if (stated && rules.base_minor() == 0) bad.Add(prefix + "base_minor", kBonusBaseUnstated);
    if (by_position && rules.bases().empty()) bad.Add(prefix + "bases", kBonusBaseUnstated);
  }
  if (rules.bonus_mode() == OutcomeRules::BONUS_MODE_POOL && rules.pools().empty()) bad.Add(prefix + "pools", kBonusPoolMissing);
  std::set<std::string> positions, departments;
  for (int i = 0; i < rules.bases_size(); ++i) {
    const std::string& position = rules.bases(i).position();
    if (!positions.insert(position).second)
      bad.Add(absl::StrCat(prefix, "bases[", i, "].position"), kBonusBaseTwice, {{"position", position}});
  }
  for (int i = 0; i < rules.pools_size(); ++i) {
    const std::string& department = rules.pools(i).department();
    if (!departments.insert(department).second)
      bad.Add(absl::StrCat(prefix, "pools[", i, "].department"), kBonusPoolTwice, {{"department", department}});
  }
}

void CheckYearRule(const OutcomeRule& rule, const std::string& path, std::set<std::string>& grades, status::BadFields& bad) {
  if (rule.from_points() != 0) bad.Add(path + "from_points", kYearByGrades);
  if (rule.to_points() != 0) bad.Add(path + "to_points", kYearByGrades);
  if (rule.grade().empty()) {
    bad.Add(path + "grade", kRuleWithoutGrade);
  } else if (!grades.insert(rule.grade()).second) {
    bad.Add(path + "grade", kGradeRuledTwice, {{"grade", rule.grade()}});
  }
}

void CheckMonthRule(const OutcomeRules& rules, int i, const std::string& path, status::BadFields& bad) {
  const OutcomeRule& rule = rules.rules(i);
  const status::Args ends{{"from", rule.from_points()}, {"to", rule.to_points()}};
  if (!rule.grade().empty()) bad.Add(path + "grade", kMonthWithoutGrades);
  if (rule.from_points() >= rule.to_points()) {
    bad.Add(path + "to_points", kRuleReversed, ends);
    return;
  }
  for (int j = 0; j < i; ++j) {
    const OutcomeRule& other = rules.rules(j);
    if (rule.from_points() < other.to_points() && other.from_points() < rule.to_points()) {
      bad.Add(path + "from_points", kRulesOverlap, ends);
      return;
    }
  }
}

void CheckRules(const OutcomeRules& rules, AppraisalCycle::Period period, const std::string& prefix, status::BadFields& bad) {
  CheckBonus(rules, prefix, bad);
  std::set<std::string> grades;
  for (int i = 0; i < rules.rules_size(); ++i) {
    const OutcomeRule& rule = rules.rules(i);
    const std::string path = absl::StrCat(prefix, "rules[", i, "].");
    if (period == AppraisalCycle::PERIOD_YEAR) {
      CheckYearRule(rule, path, grades, bad);
    } else {
      CheckMonthRule(rules, i, path, bad);
    }
    if (rule.coefficient() > 0 && rules.bonus_mode() == OutcomeRules::BONUS_MODE_UNSPECIFIED)
      bad.Add(path + "coefficient", kBonusModeMissing);
    if (rule.improvement_plan() && !rule.interview()) bad.Add(path + "improvement_plan", kPlanWithoutInterview);
  }
}

}  // namespace

absl::Status CheckOutcomePolicy(const v1::OutcomePolicy& policy) {
  status::BadFields bad;
  if (policy.has_year()) CheckRules(policy.year(), AppraisalCycle::PERIOD_YEAR, "outcome_policy.year.", bad);
  if (policy.has_month()) CheckRules(policy.month(), AppraisalCycle::PERIOD_MONTH, "outcome_policy.month.", bad);
  const bool pays = policy.year().bonus_mode() != OutcomeRules::BONUS_MODE_UNSPECIFIED ||
                    policy.month().bonus_mode() != OutcomeRules::BONUS_MODE_UNSPECIFIED;
  if (pays && policy.currency_code().empty()) bad.Add("outcome_policy.currency_code", kBonusCurrencyMissing);
  return bad.status();
}

const OutcomeRules* RulesOver(const v1::OutcomePolicy& policy, AppraisalCycle::Period period) {
  if (period == AppraisalCycle::PERIOD_YEAR) return policy.has_year() ? &policy.year() : nullptr;
  return policy.has_month() ? &policy.month() : nullptr;
}

SheetResult ResultOf(const v1::Appraisal& sheet, AppraisalCycle::Period period, std::optional<int64_t> adjusted,
                     const std::vector<GradeRange>& grades) {
  SheetResult result;
  if (sheet.has_points()) result.points = sheet.points();
  if (adjusted) result.points = adjusted;
  if (period != AppraisalCycle::PERIOD_YEAR) {
    result.scored_months = result.points ? 1 : 0;
    return result;
  }
  result.scored_months =
      std::count_if(sheet.months().begin(), sheet.months().end(), [](const v1::AppraisalMonth& month) { return month.has_points(); });
  result.grade = sheet.grade();
  if (!adjusted || grades.empty()) return result;
  const auto place_of = [&](const std::string& grade) {
    const auto found = std::find_if(grades.begin(), grades.end(), [&](const GradeRange& range) { return range.grade == grade; });
    return static_cast<size_t>(found - grades.begin());
  };
  const size_t natural = place_of(sheet.score_grade()), present = place_of(sheet.grade());
  const bool graded = natural < grades.size() && present < grades.size();
  const size_t place = graded ? CorrectedGrade(grades, natural, present, *adjusted) : GradeOf(grades, *adjusted);
  result.grade = grades[std::min(place, grades.size() - 1)].grade;
  return result;
}

const OutcomeRule* RuleFor(const OutcomeRules& rules, AppraisalCycle::Period period, const SheetResult& result) {
  for (const OutcomeRule& rule : rules.rules()) {
    if (period == AppraisalCycle::PERIOD_YEAR) {
      if (!result.grade.empty() && rule.grade() == result.grade) return &rule;
      continue;
    }
    if (!result.points || *result.points < rule.from_points()) continue;
    if (*result.points < rule.to_points() || rule.to_points() == kMostPoints) return &rule;
  }
  return nullptr;
}

std::vector<v1::Outcome::Kind> KindsOf(const OutcomeRule& rule) {
  std::vector<v1::Outcome::Kind> kinds;
  if (rule.promotion()) kinds.push_back(v1::Outcome::KIND_PROMOTION_ELIGIBILITY);
  if (rule.certificate()) kinds.push_back(v1::Outcome::KIND_CERTIFICATE);
  if (rule.interview()) kinds.push_back(v1::Outcome::KIND_INTERVIEW);
  if (rule.improvement_plan()) kinds.push_back(v1::Outcome::KIND_IMPROVEMENT_PLAN);
  return kinds;
}

}  // namespace heitie::personnel
