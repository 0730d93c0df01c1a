#include "services/personnel/assessment/assessment.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {

const status::Reason kCriteriaNotWhole{absl::StatusCode::kInvalidArgument, "CRITERIA_NOT_WHOLE",
                                       "The weights of the criteria add to {sum} instead of 10000.",
                                       "各評量項目的權重合計為 {sum}，應為 10000。"};
const status::Reason kDuplicateCriterion{absl::StatusCode::kInvalidArgument, "DUPLICATE_CRITERION",
                                         "The criterion {criterion} stands there twice.", "評量項目 {criterion} 重複。"};
const status::Reason kUnequalLevels{absl::StatusCode::kInvalidArgument, "UNEQUAL_LEVELS",
                                    "{criterion} has {count} levels and the first criterion {first}; means of different scales do not add.",
                                    "{criterion} 有 {count} 級，而第一個項目有 {first} 級；級數不同則平均無法相加。"};
const status::Reason kUnknownFloor{absl::StatusCode::kInvalidArgument, "UNKNOWN_FLOOR",
                                   "{criterion} has {count} levels, so {floor} cannot be its floor.",
                                   "{criterion} 只有 {count} 級，最低標準不能是 {floor}。"};
const status::Reason kUnknownCriterion{absl::StatusCode::kInvalidArgument, "UNKNOWN_CRITERION",
                                       "The scorecard has no criterion {criterion}.", "評量表沒有項目 {criterion}。"};
const status::Reason kNoSuchLevel{absl::StatusCode::kInvalidArgument, "NO_SUCH_LEVEL",
                                  "{criterion} has {count} levels, so there is no level {level}.",
                                  "{criterion} 只有 {count} 級，沒有第 {level} 級。"};
const status::Reason kNotDecidable{absl::StatusCode::kFailedPrecondition, "NOT_DECIDABLE",
                                   "{application} cannot be decided by its scorecards yet.", "依目前的評量表還不能決定 {application}。"};
const status::Reason kCriterionNotRated{absl::StatusCode::kFailedPrecondition, "CRITERION_NOT_RATED",
                                        "Nobody has rated {criterion}, and it was not waived.", "沒有人評量 {criterion}，也未核准免評。"};
const status::Reason kBelowFloor{absl::StatusCode::kFailedPrecondition, "BELOW_FLOOR", "The mean of {criterion} is below level {floor}.",
                                 "{criterion} 的平均低於第 {floor} 級。"};

namespace {

constexpr char kCriteria[] = "scorecard_template.criteria";

const v1::Criterion* FindCriterion(const v1::ScorecardTemplate& scorecard_template, const std::string& name) {
  for (const v1::Criterion& criterion : scorecard_template.criteria()) {
    if (criterion.criterion() == name) return &criterion;
  }
  return nullptr;
}

}  // namespace

absl::Status CheckTemplate(const v1::ScorecardTemplate& scorecard_template) {
  status::BadFields bad;
  std::set<std::string> names;
  int64_t sum = 0;
  const int first = scorecard_template.criteria_size() == 0 ? 0 : scorecard_template.criteria(0).levels_size();
  for (int i = 0; i < scorecard_template.criteria_size(); ++i) {
    const v1::Criterion& criterion = scorecard_template.criteria(i);
    const std::string path = absl::StrCat(kCriteria, "[", i, "].");
    const status::Arg name{"criterion", criterion.criterion()};
    const int count = criterion.levels_size();
    if (!names.insert(criterion.criterion()).second) bad.Add(path + "criterion", kDuplicateCriterion, {name});
    if (count != first) bad.Add(path + "levels", kUnequalLevels, {name, {"count", count}, {"first", first}});
    if (criterion.floor() > count) bad.Add(path + "floor", kUnknownFloor, {name, {"floor", criterion.floor()}, {"count", count}});
    sum += criterion.weight();
  }
  if (sum != kAllWeight) bad.Add(kCriteria, kCriteriaNotWhole, {{"sum", sum}});
  return bad.status();
}

absl::Status CheckRatings(const v1::ScorecardTemplate& scorecard_template, const google::protobuf::RepeatedPtrField<v1::Rating>& ratings) {
  status::BadFields bad;
  std::set<std::string> rated;
  for (int i = 0; i < ratings.size(); ++i) {
    const std::string path = absl::StrCat("ratings[", i, "].");
    const status::Arg name{"criterion", ratings[i].criterion()};
    if (!rated.insert(ratings[i].criterion()).second) bad.Add(path + "criterion", kDuplicateCriterion, {name});
    const v1::Criterion* criterion = FindCriterion(scorecard_template, ratings[i].criterion());
    if (criterion == nullptr) {
      bad.Add(path + "criterion", kUnknownCriterion, {name});
    } else if (ratings[i].level() > criterion->levels_size()) {
      bad.Add(path + "level", kNoSuchLevel, {name, {"level", ratings[i].level()}, {"count", criterion->levels_size()}});
    }
  }
  return bad.status();
}

v1::ComputeAssessmentResponse Assess(const v1::ScorecardTemplate& scorecard_template, const std::vector<v1::Scorecard>& cards,
                                     const google::protobuf::RepeatedPtrField<v1::CriterionWaiver>& waivers) {
  v1::ComputeAssessmentResponse assessment;
  assessment.set_scorecard_template(scorecard_template.name());
  for (const v1::Scorecard& card : cards) {
    if (card.state() == v1::Scorecard::STATE_FILED) assessment.set_filed_cards(assessment.filed_cards() + 1);
    if (card.state() == v1::Scorecard::STATE_DUE) assessment.set_due_cards(assessment.due_cards() + 1);
  }
  std::vector<IndicatorPoints> means;
  bool whole = true, floors = true;
  for (const v1::Criterion& criterion : scorecard_template.criteria()) {
    v1::CriterionScore& score = *assessment.add_criteria();
    score.set_criterion(criterion.criterion());
    for (const v1::Scorecard& card : cards) {
      if (card.state() != v1::Scorecard::STATE_FILED) continue;
      for (const v1::Rating& rating : card.ratings()) {
        if (rating.criterion() != criterion.criterion()) continue;
        score.set_sum(score.sum() + rating.level());
        score.set_raters(score.raters() + 1);
      }
    }
    if (score.raters() > 0) {
      means.push_back({criterion.weight(), Origin::kRated, exact::Fraction(score.sum(), score.raters())});
      score.set_below_floor(score.sum() < criterion.floor() * score.raters());
      floors &= !score.below_floor();
      continue;
    }
    score.set_waived(std::any_of(waivers.begin(), waivers.end(),
                                 [&](const v1::CriterionWaiver& waiver) { return waiver.criterion() == criterion.criterion(); }));
    whole &= score.waived();
  }
  const std::optional<exact::Fraction> mean = whole ? Mean(means) : std::nullopt;
  if (mean) assessment.set_score(static_cast<int32_t>(exact::Round(exact::Fraction(*mean * 100))));
  assessment.set_decidable(mean && floors);
  return assessment;
}

absl::Status CheckDecidable(const v1::ScorecardTemplate& scorecard_template, const v1::ComputeAssessmentResponse& assessment,
                            const std::string& application) {
  if (assessment.decidable()) return absl::OkStatus();
  status::Unmet unmet;
  for (const v1::CriterionScore& score : assessment.criteria()) {
    const v1::Criterion* criterion = FindCriterion(scorecard_template, score.criterion());
    if (score.below_floor()) {
      unmet.Add(application, kBelowFloor, {{"criterion", score.criterion()}, {"floor", criterion == nullptr ? 0 : criterion->floor()}});
    }
    // Where all are waived nothing was assessed.
    if (score.raters() == 0 && (!score.waived() || assessment.filed_cards() == 0)) {
      unmet.Add(application, kCriterionNotRated, {{"criterion", score.criterion()}});
    }
  }
  return unmet.status(kNotDecidable, {{"application", application}});
}

}  // namespace heitie::personnel
