#include "services/planning/survey/weights.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/planning/survey/tally.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::SurveyQuestion;
using v1::SurveyWeighting;

const status::Reason kMarginTwice{StatusCode::kInvalidArgument, "MARGIN_TWICE", "There are shares of {question} already.",
                                  "{question} 已設定過占比。"};
const status::Reason kSharesDoNotAddUp{StatusCode::kInvalidArgument, "SHARES_DO_NOT_ADD_UP", "The shares add up to {sum} and not to 1.",
                                       "各占比合計為 {sum}，應為 1。"};
const status::Reason kTargetWithoutRespondents{StatusCode::kFailedPrecondition, "TARGET_WITHOUT_RESPONDENTS",
                                               "Nobody chose {option} of {question}, so that no weight makes up its share.",
                                               "{question} 的 {option} 無人選擇，無法以加權達到其占比。"};
const status::Reason kWeightsDoNotConverge{
    StatusCode::kFailedPrecondition, "WEIGHTS_DO_NOT_CONVERGE",
    "No weights meet all shares at once: {option} of {question} should have {target} and comes to {reached}.",
    "沒有一組權重能同時滿足所有占比：{question} 的 {option} 應為 {target}，僅達 {reached}。"};

namespace {

constexpr double kSumTolerance = 1e-9;
constexpr size_t kNoPlace = static_cast<size_t>(-1);

// By code of a column the place among the shares of a margin, or kNoPlace.
std::vector<size_t> SharePlacesOf(const SurveyColumn& column, const v1::SurveyMargin& margin) {
  std::vector<size_t> places(256, kNoPlace);
  for (int i = 0; i < margin.shares_size(); ++i) {
    const size_t code = column.PlaceOf(margin.shares(i).option());
    if (code < column.options.size()) places[code] = static_cast<size_t>(i);
  }
  return places;
}

std::string PartText(double part) { return absl::StrFormat("%.6f", part); }

absl::Status Unmet(const SurveyWeighting& weighting, const statistics::RakingFailure& failure) {
  const v1::SurveyMargin& margin = weighting.margins(static_cast<int>(failure.margin));
  const v1::SurveyShare& share = margin.shares(static_cast<int>(failure.option));
  if (failure.nobody) return status::Error(kTargetWithoutRespondents, {{"question", margin.question()}, {"option", share.option()}});
  return status::Error(kWeightsDoNotConverge, {{"question", margin.question()},
                                               {"option", share.option()},
                                               {"target", PartText(share.share())},
                                               {"reached", PartText(failure.reached)}});
}

void CheckShares(const SurveyQuestion* question, const v1::SurveyMargin& margin, const std::string& path, status::BadFields& bad) {
  double sum = 0;
  std::set<std::string> seen;
  for (int i = 0; i < margin.shares_size(); ++i) {
    const v1::SurveyShare& share = margin.shares(i);
    const std::string field = absl::StrCat(path, "[", i, "].option");
    sum += share.share();
    if (!seen.insert(share.option()).second) bad.Add(field, kOptionTwice, {{"option", share.option()}});
    if (question == nullptr) continue;
    const auto& options = question->options();
    const bool known =
        std::any_of(options.begin(), options.end(), [&](const v1::SurveyOption& option) { return option.option_id() == share.option(); });
    if (!known) bad.Add(field, kNoSuchOption, {{"option", share.option()}});
  }
  if (std::abs(sum - 1) > kSumTolerance) bad.Add(path, kSharesDoNotAddUp, {{"sum", absl::StrFormat("%.10g", sum)}});
}

}  // namespace

void CheckWeighting(const SurveyQuestions& questions, const SurveyWeighting& weighting, status::BadFields& bad) {
  std::set<std::string> seen;
  for (int i = 0; i < weighting.margins_size(); ++i) {
    const v1::SurveyMargin& margin = weighting.margins(i);
    const std::string path = absl::StrCat("survey_weighting.margins[", i, "]");
    const SurveyQuestion* question = QuestionOf(questions, margin.question());
    if (!seen.insert(margin.question()).second) bad.Add(path + ".question", kMarginTwice, {{"question", margin.question()}});
    if (question == nullptr) {
      bad.Add(path + ".question", kNoSuchQuestion, {{"question", margin.question()}});
    } else if (question->kind() != SurveyQuestion::KIND_SINGLE_CHOICE && question->kind() != SurveyQuestion::KIND_ATTRIBUTE) {
      bad.Add(path + ".question", kNotClosed, {{"question", margin.question()}});
    }
    CheckShares(question, margin, path + ".shares", bad);
  }
}

absl::StatusOr<WeightedGroups> RakeSurvey(const SurveyColumns& columns, const SurveyWeighting& weighting) {
  std::vector<const SurveyColumn*> asked;
  std::vector<std::vector<size_t>> places;
  std::vector<std::vector<double>> targets;
  status::BadFields bad;
  for (const v1::SurveyMargin& margin : weighting.margins()) {
    const SurveyColumn* column = columns.Find(margin.question());
    if (column == nullptr) {
      bad.Add("weighting", kNoSuchQuestion, {{"question", margin.question()}});
      continue;
    }
    asked.push_back(column);
    places.push_back(SharePlacesOf(*column, margin));
    std::vector<double>& shares = targets.emplace_back();
    for (const v1::SurveyShare& share : margin.shares()) shares.push_back(share.share());
  }
  if (!bad.status().ok()) return bad.status();
  std::map<std::vector<size_t>, std::vector<uint32_t>> by_options;
  std::vector<uint32_t> without;
  std::vector<size_t> chosen(asked.size());
  for (size_t row = 0; row < columns.size(); ++row) {
    bool named = true;
    for (size_t i = 0; i < asked.size(); ++i) {
      chosen[i] = places[i][asked[i]->codes[row]];
      named = named && chosen[i] != kNoPlace;
    }
    (named ? by_options[chosen] : without).push_back(static_cast<uint32_t>(row));
  }
  std::vector<statistics::RakingCell> cells;
  for (const auto& [options, rows] : by_options) cells.push_back({options, static_cast<int64_t>(rows.size())});
  const statistics::Raking raking =
      statistics::Rake(cells, targets, {weighting.least_weight(), weighting.has_most_weight() ? weighting.most_weight() : HUGE_VAL});
  if (raking.failure) return Unmet(weighting, *raking.failure);
  WeightedGroups groups;
  for (auto& [options, rows] : by_options) groups.push_back({raking.weights[groups.size()], std::move(rows)});
  if (!without.empty()) groups.push_back({0, std::move(without)});
  return groups;
}

}  // namespace heitie::planning
