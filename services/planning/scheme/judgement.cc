#include "services/planning/scheme/judgement.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/exact/sum.h"
#include "common/status/merge.h"
#include "common/text/figure.h"
#include "services/planning/policy/planning_policy.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::JudgedAspect;
using v1::JudgedCriterion;
using v1::SchemeJudgement;

const status::Reason kSchemeInfeasible{StatusCode::kFailedPrecondition, "SCHEME_INFEASIBLE",
                                       "{name} is judged infeasible; say why it is approved all the same.",
                                       "{name} 判定為不可行；若仍要通過，請說明理由。"};
const status::Reason kContributionTwice{StatusCode::kInvalidArgument, "CONTRIBUTION_TWICE",
                                        "The channel says already what it does for {metric}.", "此管道已說明對 {metric} 的貢獻。"};

namespace {

const status::Phrase kEffectOf{"The channels contribute {value} of a change by {change}.", "管道貢獻 {value}，所需變化為 {change}。"};
const status::Phrase kEffectUnknown{"No channel says what it does for {metric}.", "沒有管道說明對 {metric} 的貢獻。"};
const status::Phrase kNoChange{"The objective says no change.", "目標未說明變化。"};
const status::Phrase kNoObjectives{"The project has no objective.", "專案沒有目標。"};
const status::Phrase kMeansThere{"Everything that it demands is there.", "所需資源皆可取得。"};
const status::Phrase kNothingDemanded{"It demands nothing of budgets, stock or people by name.", "未指定預算、庫存或人力需求。"};
const status::Phrase kPartlyDemanded{"Some of it is demanded of no budget, stock or plan by name: nobody has looked for it.",
                                     "部分需求未指定預算、庫存或人力計畫，尚未確認是否可取得。"};
const status::Phrase kNpvIs{"The net present value is {value} in minor units.", "淨現值為 {value}（最小貨幣單位）。"};
const status::Phrase kStressedNpvIs{"The stressed net present value is {value} in minor units.",
                                    "壓力情境的淨現值為 {value}（最小貨幣單位）。"};
const status::Phrase kRatioIs{"Discounted benefits come to {value} % of costs.", "折現效益為成本的 {value} %。"};
const status::Phrase kNoCosts{"There are no costs: the ratio is undefined.", "沒有成本：比值無定義。"};
const status::Phrase kPaybackIs{"What is spent comes back after {value} months, discounted.", "折現回收期為 {value} 個月。"};
const status::Phrase kNoPayback{"What is spent does not come back.", "投入無法回收。"};
const status::Phrase kNoFlows{"It says neither what it costs nor what it brings.", "未說明成本與效益。"};

JudgedCriterion& Add(JudgedAspect& aspect, const char* criterion, const std::string& subject, SchemeJudgement::Verdict verdict,
                     const status::Words& words) {
  JudgedCriterion& added = *aspect.add_criteria();
  added.set_criterion(criterion);
  added.set_subject(subject);
  added.set_verdict(verdict);
  added.set_description(words.en);
  added.set_description_zh_tw(words.zh_tw);
  aspect.set_verdict(std::max(aspect.verdict(), verdict));
  return added;
}

SchemeJudgement::Verdict Met(bool met) { return met ? SchemeJudgement::VERDICT_FEASIBLE : SchemeJudgement::VERDICT_INFEASIBLE; }

}  // namespace

void CheckContributions(const v1::Scheme& scheme, status::BadFields& bad) {
  for (int i = 0; i < scheme.channels_size(); ++i) {
    std::set<std::string> metrics;
    const auto& contributions = scheme.channels(i).contributions();
    for (int j = 0; j < contributions.size(); ++j) {
      if (metrics.insert(contributions[j].metric()).second) continue;
      bad.Add(absl::StrCat("scheme.channels[", i, "].contributions[", j, "].metric"), kContributionTwice,
              {{"metric", contributions[j].metric()}});
    }
  }
}

JudgedAspect JudgeEffect(const v1::Project& project, const v1::Scheme& scheme, const v1::PlanningPolicy& policy) {
  JudgedAspect aspect;
  aspect.set_aspect(SchemeJudgement::ASPECT_EFFECT);
  std::map<std::string, exact::Sum> expected;
  for (const v1::Channel& channel : scheme.channels()) {
    for (const v1::ChannelContribution& contribution : channel.contributions()) expected[contribution.metric()].Add(contribution.change());
  }
  const double marginal = OrShipped(policy.marginal_effect_percent(), kShippedMarginalEffect) / 100.0;
  for (const v1::Objective& objective : project.objectives()) {
    const auto found = expected.find(objective.metric());
    const double change = objective.target() - objective.baseline();
    if (!objective.has_target() || !objective.has_baseline() || change == 0) {
      Add(aspect, "EFFECT_COVERED", objective.metric(), SchemeJudgement::VERDICT_MARGINAL, status::Say(kNoChange));
    } else if (found == expected.end()) {
      Add(aspect, "EFFECT_COVERED", objective.metric(), SchemeJudgement::VERDICT_MARGINAL,
          status::Say(kEffectUnknown, {{"metric", objective.metric()}}));
    } else {
      const double value = found->second.value(), share = value / change;
      JudgedCriterion& criterion = Add(aspect, "EFFECT_COVERED", objective.metric(),
                                       share >= 1          ? SchemeJudgement::VERDICT_FEASIBLE
                                       : share >= marginal ? SchemeJudgement::VERDICT_MARGINAL
                                                           : SchemeJudgement::VERDICT_INFEASIBLE,
                                       status::Say(kEffectOf, {{"value", text::Number(value)}, {"change", text::Number(change)}}));
      criterion.set_value(value);
      criterion.set_hurdle(change);
    }
  }
  if (aspect.criteria().empty()) Add(aspect, "EFFECT_COVERED", project.name(), Met(false), status::Say(kNoObjectives));
  return aspect;
}

JudgedAspect JudgeMeans(const v1::Scheme& scheme, const std::vector<v1::Defect>& obstacles) {
  JudgedAspect aspect;
  aspect.set_aspect(SchemeJudgement::ASPECT_MEANS);
  for (const v1::Defect& obstacle : obstacles) {
    status::Words words;
    words.en = obstacle.description();
    words.zh_tw = obstacle.description_zh_tw();
    Add(aspect, obstacle.reason().c_str(), obstacle.subject(), Met(false), words);
  }
  if (!obstacles.empty()) return aspect;
  const v1::ResourceDemand& demand = scheme.demand();
  const auto unnamed = std::count_if(demand.items().begin(), demand.items().end(),
                                     [](const v1::ItemDemand& item) { return item.supply() == v1::ItemDemand::SUPPLY_UNSPECIFIED; });
  const bool names = !demand.money().empty() || !demand.staff_plan().empty() || unnamed < demand.items_size();
  // What is demanded by kind alone, or as a sum of money, nobody can look for.
  const bool vague =
      unnamed > 0 || (demand.budget_minor() > 0 && demand.money().empty()) || (!demand.staff().empty() && demand.staff_plan().empty());
  Add(aspect, "MEANS_THERE", scheme.name(), vague ? SchemeJudgement::VERDICT_MARGINAL : SchemeJudgement::VERDICT_FEASIBLE,
      status::Say(!names  ? kNothingDemanded
                  : vague ? kPartlyDemanded
                          : kMeansThere));
  return aspect;
}

JudgedAspect JudgeCostBenefit(const v1::Scheme& scheme, const v1::Feasibility& study, const v1::PlanningPolicy& policy) {
  JudgedAspect aspect;
  aspect.set_aspect(SchemeJudgement::ASPECT_COST_BENEFIT);
  if (scheme.cash_flows().empty()) {
    Add(aspect, "NPV_NOT_NEGATIVE", scheme.name(), Met(false), status::Say(kNoFlows));
    return aspect;
  }
  const bool corrected = study.has_corrected();
  const int64_t npv = corrected ? study.corrected().npv_minor() : study.npv_minor();
  JudgedCriterion& worth = Add(aspect, "NPV_NOT_NEGATIVE", scheme.name(), Met(npv >= 0), status::Say(kNpvIs, {{"value", npv}}));
  worth.set_value(static_cast<double>(npv));
  worth.set_hurdle(0);
  std::optional<double> ratio;
  if (corrected && study.corrected().has_benefit_cost_ratio()) ratio = study.corrected().benefit_cost_ratio();
  if (!corrected && study.has_benefit_cost_ratio()) ratio = study.benefit_cost_ratio();
  const int32_t hurdle = OrShipped(policy.hurdle_ratio_percent(), kShippedHurdleRatio);
  if (ratio) {
    JudgedCriterion& reached = Add(aspect, "RATIO_REACHED", scheme.name(), Met(*ratio * 100 >= hurdle),
                                   status::Say(kRatioIs, {{"value", text::Number(*ratio * 100)}}));
    reached.set_value(*ratio * 100);
    reached.set_hurdle(hurdle);
  } else {
    Add(aspect, "RATIO_REACHED", scheme.name(), SchemeJudgement::VERDICT_FEASIBLE, status::Say(kNoCosts));
  }
  if (policy.hurdle_payback_months() > 0) {
    std::optional<int32_t> months;
    if (corrected && study.corrected().has_discounted_payback_months()) months = study.corrected().discounted_payback_months();
    if (!corrected && study.has_discounted_payback_months()) months = study.discounted_payback_months();
    JudgedCriterion& back = Add(aspect, "PAYBACK_IN_TIME", scheme.name(), Met(months && *months <= policy.hurdle_payback_months()),
                                months ? status::Say(kPaybackIs, {{"value", *months}}) : status::Say(kNoPayback));
    if (months) back.set_value(*months);
    back.set_hurdle(policy.hurdle_payback_months());
  }
  if (study.has_stressed()) {
    const int64_t stressed = study.stressed().npv_minor();
    JudgedCriterion& stands = Add(aspect, "STRESSED_NPV_NOT_NEGATIVE", scheme.name(),
                                  stressed >= 0 ? SchemeJudgement::VERDICT_FEASIBLE : SchemeJudgement::VERDICT_MARGINAL,
                                  status::Say(kStressedNpvIs, {{"value", stressed}}));
    stands.set_value(static_cast<double>(stressed));
    stands.set_hurdle(0);
  }
  return aspect;
}

void PutVerdict(SchemeJudgement& judgement) {
  for (const JudgedAspect& aspect : judgement.aspects()) judgement.set_verdict(std::max(judgement.verdict(), aspect.verdict()));
}

absl::Status RefuseInfeasible(const SchemeJudgement& judgement) {
  if (judgement.verdict() != SchemeJudgement::VERDICT_INFEASIBLE) return absl::OkStatus();
  std::vector<status::ToldCondition> conditions;
  for (const JudgedAspect& aspect : judgement.aspects()) {
    for (const JudgedCriterion& criterion : aspect.criteria()) {
      if (criterion.verdict() != SchemeJudgement::VERDICT_INFEASIBLE) continue;
      status::Words words;
      words.en = criterion.description();
      words.zh_tw = words.zh_cn = criterion.description_zh_tw();
      conditions.push_back({criterion.subject(), criterion.criterion(), std::move(words)});
    }
  }
  return status::Retell(conditions, kSchemeInfeasible, {{"name", judgement.scheme()}});
}

}  // namespace heitie::planning
