#include "services/planning/survey/tally.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/statistics/association.h"
#include "common/statistics/comparison.h"
#include "common/statistics/moments.h"
#include "common/status/macros.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::CrossTab;
using v1::QuestionTally;
using v1::SurveyQuestion;
using v1::SurveyTally;

const status::Reason kNotClosed{StatusCode::kInvalidArgument, "NOT_CLOSED", "{question} has no options or values to count by.",
                                "{question} 沒有可供分組的選項或值。"};
const status::Reason kFilterTooFine{StatusCode::kFailedPrecondition, "FILTER_TOO_FINE",
                                    "The filter selects, or leaves out, fewer than {least} respondents of an anonymous survey.",
                                    "此篩選條件選取或排除的匿名作答者少於 {least} 位。"};

namespace {

// 95 % of a normal variable lie within so many standard deviations.
constexpr double kNinetyFive = 1.959964;
constexpr char kChosen[] = "chosen", kNotChosen[] = "not_chosen";

using Histogram = std::array<int64_t, 256>;

// Four tables, so that equal answers behind one another do not wait for each other.
Histogram HistogramOf(const std::vector<uint8_t>& codes, const std::vector<uint8_t>& selected) {
  static constexpr size_t kTables = 4;
  std::array<std::array<uint32_t, 256>, kTables> parts{};
  size_t i = 0;
  for (; i + kTables <= codes.size(); i += kTables) {
    for (size_t j = 0; j < kTables; ++j) parts[j][codes[i + j]] += selected[i + j];
  }
  for (; i < codes.size(); ++i) parts[0][codes[i]] += selected[i];
  Histogram histogram{};
  for (const auto& part : parts) {
    for (size_t code = 0; code < part.size(); ++code) histogram[code] += part[code];
  }
  return histogram;
}

int64_t AnsweredOf(const Histogram& histogram) { return std::accumulate(histogram.begin(), histogram.begin() + kWasLeftOut, int64_t{0}); }

void AddOption(QuestionTally& tally, const std::string& row, const std::string& option, int64_t count, int64_t of) {
  v1::OptionTally& entry = *tally.add_options();
  entry.set_row(row);
  entry.set_option(option);
  entry.set_count(count);
  if (of > 0) *entry.mutable_share() = ShareOf(count, of);
}

// Of whole numbers, from how often each occurs: exact but for the last rounding.
void AddMoments(QuestionTally& tally, const Histogram& histogram, int least, int most) {
  int64_t n = 0, sum = 0, squares = 0;
  for (int value = least; value <= most; ++value) {
    const int64_t count = histogram[static_cast<size_t>(value - least)];
    n += count;
    sum += count * value;
    squares += count * value * value;
  }
  if (n == 0) return;
  const double mean = static_cast<double>(sum) / static_cast<double>(n);
  tally.set_mean(mean);
  const auto at = [&](int64_t place) {
    int value = least;
    for (int64_t seen = histogram[0]; seen <= place; seen += histogram[static_cast<size_t>(++value - least)]) {
    }
    return value;
  };
  tally.set_median((at((n - 1) / 2) + at(n / 2)) / 2.0);
  if (n < 2) return;
  // n·Σx² − (Σx)² is whole, and not below 0.
  const long double off = static_cast<long double>(n) * squares - static_cast<long double>(sum) * sum;
  tally.set_standard_deviation(static_cast<double>(std::sqrt(off / (static_cast<long double>(n) * (n - 1)))));
}

void TallyNumbers(QuestionTally& tally, const SurveyColumn& column, const std::vector<uint8_t>& selected) {
  std::vector<double> values;
  statistics::Moments moments;
  for (size_t i = 0; i < selected.size(); ++i) {
    if (selected[i] == 0 || !column.IsAnswered(i)) continue;
    values.push_back(column.numbers[i]);
    moments.Add(column.numbers[i]);
  }
  if (values.empty()) return;
  tally.set_mean(moments.mean);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const double upper = *middle;
  const double lower = values.size() % 2 == 1 ? upper : *std::max_element(values.begin(), middle);
  tally.set_median(lower + (upper - lower) / 2);
  if (values.size() > 1) tally.set_standard_deviation(std::sqrt(moments.variance()));
}

void TallyWhole(QuestionTally& tally, const SurveyColumn& column, const Histogram& histogram) {
  const int least = LeastOf(column.question), most = MostOf(column.question);
  for (int value = least; value <= most; ++value) {
    const int64_t count = histogram[static_cast<size_t>(value - least)];
    if (count > 0) AddOption(tally, "", absl::StrCat(value), count, tally.answered());
  }
  AddMoments(tally, histogram, least, most);
  if (column.question.kind() == SurveyQuestion::KIND_CSAT && tally.answered() > 0) {
    *tally.mutable_satisfied() = ShareOf(histogram[3] + histogram[4], tally.answered());
  }
  if (column.question.kind() == SurveyQuestion::KIND_NPS) {
    const int64_t promoters = histogram[9] + histogram[10], passives = histogram[7] + histogram[8];
    *tally.mutable_nps() = NpsOf(promoters, passives, tally.answered() - promoters - passives);
  }
}

void TallyMultiple(QuestionTally& tally, const SurveyColumn& column, const std::vector<uint8_t>& selected) {
  std::vector<int64_t> counts(column.options.size());
  for (size_t option = 0; option < counts.size(); ++option) {
    int64_t count = 0;
    for (size_t i = 0; i < selected.size(); ++i) count += static_cast<int64_t>(column.chosen[i] >> option & 1) & selected[i];
    counts[option] = count;
  }
  for (size_t option = 0; option < counts.size(); ++option) AddOption(tally, "", column.options[option], counts[option], tally.answered());
}

// What weights come to by code, and of all who answered. Counted whole within each group, so that the order of responses does not show.
struct WeightedHistogram {
  std::array<double, 256> sums{};
  statistics::WeightSums answered;
};

template <typename CodeOf>
WeightedHistogram Weigh(const WeightedGroups& groups, const std::vector<uint8_t>& selected, CodeOf code_of) {
  WeightedHistogram weighted;
  for (const WeightedGroup& group : groups) {
    if (group.weight == 0) continue;
    Histogram histogram{};
    for (const uint32_t row : group.rows) histogram[code_of(row)] += selected[row];
    for (size_t code = 0; code < kWasLeftOut; ++code) weighted.sums[code] += group.weight * static_cast<double>(histogram[code]);
    weighted.answered.Add(AnsweredOf(histogram), group.weight);
  }
  return weighted;
}

v1::ShareEstimate WeightedShare(double part, const statistics::WeightSums& of) {
  v1::ShareEstimate share;
  const double value = std::clamp(part / of.sum, 0.0, 1.0);
  const auto interval = statistics::WilsonInterval(value, of.effective(), kSurveyAlpha);
  share.set_value(value);
  share.set_low(interval->low);
  share.set_high(interval->high);
  return share;
}

// `shares` is of promoters and detractors.
void SetNps(v1::NpsEstimate& nps, std::pair<double, double> shares, double effective) {
  const double net = shares.first - shares.second, spread = shares.first + shares.second - net * net;
  const double half = 100 * kNinetyFive * std::sqrt(std::max(0.0, spread)) / std::sqrt(effective);
  nps.set_score(100 * net);
  nps.set_low(std::max(-100.0, 100 * net - half));
  nps.set_high(std::min(100.0, 100 * net + half));
}

// Mean, median and standard deviation of values with their weights.
void SetWeightedMoments(QuestionTally& tally, std::vector<std::pair<double, double>> values, const statistics::WeightSums& all) {
  std::sort(values.begin(), values.end());
  double mean = 0, squares = 0, below = 0;
  for (const auto& [value, weight] : values) mean += value * weight / all.sum;
  for (const auto& [value, weight] : values) squares += weight * (value - mean) * (value - mean);
  tally.set_mean(mean);
  tally.clear_median();
  for (size_t i = 0; i < values.size() && !tally.has_median(); ++i) {
    below += values[i].second;
    // What is half but for rounding is half.
    const double over = below / all.sum - 0.5;
    constexpr double kSame = 1e-12;
    if (std::abs(over) <= kSame && i + 1 < values.size()) {
      tally.set_median((values[i].first + values[i + 1].first) / 2);
    } else if (over > 0) {
      tally.set_median(values[i].first);
    }
  }
  tally.clear_standard_deviation();
  if (const double freedom = all.sum - all.squares / all.sum; all.n > 1 && freedom > 0) {
    tally.set_standard_deviation(std::sqrt(squares / freedom));
  }
}

std::vector<std::pair<double, double>> WeightedValues(const SurveyColumn& column, const std::vector<uint8_t>& selected,
                                                      const WeightedGroups& groups, const WeightedHistogram& weighted) {
  std::vector<std::pair<double, double>> values;
  if (IsWhole(column.question.kind())) {
    for (int value = LeastOf(column.question); value <= MostOf(column.question); ++value) {
      const double sum = weighted.sums[static_cast<size_t>(value - LeastOf(column.question))];
      if (sum > 0) values.emplace_back(value, sum);
    }
    return values;
  }
  for (const WeightedGroup& group : groups) {
    for (const uint32_t row : group.rows) {
      if (group.weight > 0 && selected[row] != 0 && column.IsAnswered(row)) values.emplace_back(column.numbers[row], group.weight);
    }
  }
  return values;
}

void WeighRows(QuestionTally& tally, const SurveyColumn& column, const std::vector<uint8_t>& selected, const WeightedGroups& groups) {
  int entry = 0;
  for (const std::vector<uint8_t>& cells : column.cells) {
    const WeightedHistogram weighted = Weigh(groups, selected, [&](uint32_t row) { return cells[row]; });
    for (size_t option = 0; option < column.options.size(); ++option, ++entry) {
      v1::OptionTally& told = *tally.mutable_options(entry);
      told.clear_share();
      if (weighted.answered.n > 0) *told.mutable_share() = WeightedShare(weighted.sums[option], weighted.answered);
    }
  }
}

// Puts weighted figures in the place of those of counts.
void WeighQuestion(QuestionTally& tally, const SurveyColumn& column, const std::vector<uint8_t>& selected, const WeightedGroups& groups) {
  const SurveyQuestion::Kind kind = column.question.kind();
  const WeightedHistogram weighted = Weigh(groups, selected, [&](uint32_t row) { return column.codes[row]; });
  const statistics::WeightSums& all = weighted.answered;
  if (all.n > 0) tally.set_design_effect(all.design_effect());
  if (kind == SurveyQuestion::KIND_MATRIX) return WeighRows(tally, column, selected, groups);
  for (int i = 0; i < tally.options_size(); ++i) {
    v1::OptionTally& option = *tally.mutable_options(i);
    option.clear_share();
    if (all.n == 0) continue;
    int code = i, value = 0;
    if (IsWhole(kind) && absl::SimpleAtoi(option.option(), &value)) code = value - LeastOf(column.question);
    double part = weighted.sums[static_cast<size_t>(code)];
    if (kind == SurveyQuestion::KIND_MULTIPLE_CHOICE) {
      const auto has = [&](uint32_t row) { return static_cast<uint8_t>(column.IsAnswered(row) ? 1 - (column.chosen[row] >> i & 1) : 1); };
      part = Weigh(groups, selected, has).sums[0];
    }
    *option.mutable_share() = WeightedShare(part, all);
  }
  if (!IsNumeric(kind)) return;
  tally.clear_mean();
  tally.clear_median();
  tally.clear_standard_deviation();
  tally.clear_satisfied();
  if (tally.has_nps()) {
    tally.mutable_nps()->clear_score();
    tally.mutable_nps()->clear_low();
    tally.mutable_nps()->clear_high();
  }
  if (all.n == 0) return;
  SetWeightedMoments(tally, WeightedValues(column, selected, groups, weighted), all);
  const auto& sums = weighted.sums;
  if (kind == SurveyQuestion::KIND_CSAT) *tally.mutable_satisfied() = WeightedShare(sums[3] + sums[4], all);
  if (kind == SurveyQuestion::KIND_NPS) {
    const double promoters = sums[9] + sums[10], detractors = std::accumulate(sums.begin(), sums.begin() + 7, 0.0);
    SetNps(*tally.mutable_nps(), {promoters / all.sum, detractors / all.sum}, all.effective());
  }
}

// What one column of a cross-tabulation is divided into: a code for each response, or kWasSkipped.
struct Division {
  std::string option;  // of a multiple choice
  std::vector<std::string> labels;
  std::vector<uint8_t> codes;
};

std::vector<Division> DivisionsOf(const SurveyColumn& column) {
  const SurveyQuestion::Kind kind = column.question.kind();
  if (kind == SurveyQuestion::KIND_MULTIPLE_CHOICE) {
    std::vector<Division> divisions;
    for (size_t option = 0; option < column.options.size(); ++option) {
      Division& division = divisions.emplace_back(Division{column.options[option], {kChosen, kNotChosen}, column.codes});
      for (size_t i = 0; i < division.codes.size(); ++i) {
        if (column.IsAnswered(i)) division.codes[i] = (column.chosen[i] >> option & 1) != 0 ? 0 : 1;
      }
    }
    return divisions;
  }
  Division division{"", column.options, column.codes};
  for (int value = LeastOf(column.question); IsWhole(kind) && value <= MostOf(column.question); ++value) {
    division.labels.push_back(absl::StrCat(value));
  }
  return {division};
}

// A closed question with its options or values.
const SurveyColumn* ClosedOf(const SurveyColumns& columns, const std::string& id, bool single, const std::string& path,
                             status::BadFields& bad) {
  const SurveyColumn* column = columns.Find(id);
  if (column == nullptr) {
    bad.Add(path, kNoSuchQuestion, {{"question", id}});
    return nullptr;
  }
  const SurveyQuestion::Kind kind = column->question.kind();
  const bool closed =
      single ? kind == SurveyQuestion::KIND_SINGLE_CHOICE || kind == SurveyQuestion::KIND_ATTRIBUTE : HasOptions(kind) || IsWhole(kind);
  if (!closed) bad.Add(path, kNotClosed, {{"question", id}});
  return closed ? column : nullptr;
}

SurveyQuestions QuestionsOf(const SurveyColumns& columns) {
  SurveyQuestions questions;
  for (const SurveyColumn& column : columns.columns()) {
    // Options of earlier versions can be filtered by as well.
    SurveyQuestion& question = *questions.Add();
    question = column.question;
    for (size_t i = static_cast<size_t>(question.options_size()); i < column.options.size(); ++i) {
      question.add_options()->set_option_id(column.options[i]);
    }
  }
  return questions;
}

int64_t CountOf(const std::vector<uint8_t>& selected) { return std::accumulate(selected.begin(), selected.end(), int64_t{0}); }

// From how many respondents on a group is shown; with weights those of one weight are a group, for other weights of the same margins would
// tell them apart.
struct Discretion {
  int minimum_group = 0;
  const WeightedGroups* groups = nullptr;

  // Whether so many tell of single ones.
  bool IsFew(int64_t count) const { return count > 0 && count < minimum_group; }
  // Whether those of whom `holds`, which are `count`, tell of single ones.
  template <typename Holds>
  bool AreFew(int64_t count, Holds holds) const {
    if (IsFew(count)) return true;
    return minimum_group > 0 && groups != nullptr && std::any_of(groups->begin(), groups->end(), [&](const WeightedGroup& group) {
             return IsFew(std::count_if(group.rows.begin(), group.rows.end(), [&](uint32_t row) { return holds(row); }));
           });
  }
};

// The responses that the filter selects.
absl::StatusOr<std::vector<uint8_t>> Filtered(const SurveyColumns& columns, const SurveyConditions& filter, const Discretion& discretion) {
  std::vector<uint8_t> selected = columns.Select(filter);
  const int64_t count = CountOf(selected), left_out = static_cast<int64_t>(selected.size()) - count;
  const bool too_fine = !filter.empty() && (discretion.AreFew(count, [&](size_t row) { return selected[row] != 0; }) ||
                                            discretion.AreFew(left_out, [&](size_t row) { return selected[row] == 0; }));
  if (too_fine) return status::Error(kFilterTooFine, {{"least", discretion.minimum_group}});
  return selected;
}

// What is left of a question that tells of single ones.
QuestionTally Withheld(const SurveyQuestion& question) {
  QuestionTally bare;
  bare.set_question(question.question_id());
  bare.set_kind(question.kind());
  bare.set_withheld(true);
  return bare;
}

template <typename Add>
void TallyAll(const SurveyColumns& columns, const std::vector<uint8_t>& selected, const Discretion& discretion, Add add) {
  for (const SurveyColumn& column : columns.columns()) {
    QuestionTally tally = TallyQuestion(column, selected, discretion.groups);
    const bool few = discretion.AreFew(tally.answered(), [&](size_t row) { return selected[row] != 0 && column.IsAnswered(row); });
    *add() = few ? Withheld(column.question) : std::move(tally);
  }
}

// False where a group has too few.
bool AddGroups(const SurveyColumns& columns, const SurveyColumn& by, const std::vector<uint8_t>& selected, const Discretion& discretion,
               SurveyTally& tally) {
  const Histogram histogram = HistogramOf(by.codes, selected);
  const auto are_few = [&](int64_t count, auto holds) {
    return discretion.AreFew(count, [&](size_t row) { return selected[row] != 0 && holds(row); });
  };
  // Who did not answer it is what the groups lack of the whole.
  bool shown = !are_few(CountOf(selected) - AnsweredOf(histogram), [&](size_t row) { return !by.IsAnswered(row); });
  for (size_t option = 0; option < by.options.size(); ++option) {
    shown = shown && !are_few(histogram[option], [&](size_t row) { return by.codes[row] == option; });
  }
  if (!shown) return false;
  for (size_t option = 0; option < by.options.size(); ++option) {
    std::vector<uint8_t> group(selected.size());
    for (size_t i = 0; i < group.size(); ++i) group[i] = by.codes[i] == option ? selected[i] : 0;
    v1::GroupTally& entry = *tally.add_groups();
    entry.set_option(by.options[option]);
    entry.set_counted(histogram[option]);
    TallyAll(columns, group, discretion, [&] { return entry.add_questions(); });
  }
  return true;
}

void SetTest(CrossTab& table, const statistics::Defined<statistics::Association>& found) {
  if (!found) return;
  v1::AssociationTest& test = *table.mutable_test();
  test.set_chi_square(found->chi_square);
  test.set_degrees_of_freedom(found->degrees_of_freedom);
  test.set_p_value(found->p_value);
  test.set_cramers_v(found->cramers_v);
  test.set_small_counts(found->small_counts);
  if (found->fisher_p_value) test.set_fisher_p_value(*found->fisher_p_value);
}

// The same table by weights, and the test of it.
void WeighTable(CrossTab& table, const Division& rows, const Division& columns, const std::vector<uint8_t>& selected,
                const WeightedGroups& groups) {
  std::vector<std::vector<double>> sums(rows.labels.size(), std::vector<double>(columns.labels.size()));
  statistics::WeightSums all;
  for (const WeightedGroup& group : groups) {
    if (group.weight == 0) continue;
    std::vector<std::vector<int64_t>> counts(rows.labels.size(), std::vector<int64_t>(columns.labels.size()));
    for (const uint32_t i : group.rows) {
      if (rows.codes[i] < counts.size() && columns.codes[i] < columns.labels.size()) counts[rows.codes[i]][columns.codes[i]] += selected[i];
    }
    for (size_t row = 0; row < counts.size(); ++row) {
      for (size_t column = 0; column < counts[row].size(); ++column) {
        sums[row][column] += group.weight * static_cast<double>(counts[row][column]);
        all.Add(counts[row][column], group.weight);
      }
    }
  }
  const double design_effect = all.design_effect();
  for (std::vector<double>& row : sums) {
    for (double& sum : row) {
      // Of all who are in the table the weights have the mean 1.
      if (all.sum > 0) sum *= static_cast<double>(all.n) / all.sum;
      table.add_weighted_counts(sum);
    }
  }
  SetTest(table, statistics::AssociateWeighted(sums, design_effect));
  if (table.has_test()) table.mutable_test()->set_design_effect(design_effect);
}

// False where a cell has too few.
bool AddTable(const Division& rows, const Division& columns, const std::vector<uint8_t>& selected, const Discretion& discretion,
              v1::CrossTabulateSurveyResponse& response) {
  std::vector<uint32_t> cells(256 * 256);
  for (size_t i = 0; i < selected.size(); ++i) cells[static_cast<size_t>(rows.codes[i]) << 8 | columns.codes[i]] += selected[i];
  CrossTab& table = *response.add_tables();
  table.set_row_option(rows.option);
  table.set_column_option(columns.option);
  *table.mutable_rows() = {rows.labels.begin(), rows.labels.end()};
  *table.mutable_columns() = {columns.labels.begin(), columns.labels.end()};
  std::vector<std::vector<int64_t>> counts(rows.labels.size(), std::vector<int64_t>(columns.labels.size()));
  const auto are_few = [&](int64_t count, auto holds) {
    return discretion.AreFew(count, [&](size_t i) { return selected[i] != 0 && holds(i); });
  };
  int64_t total = 0;
  bool shown = true;
  for (size_t row = 0; row < counts.size(); ++row) {
    for (size_t column = 0; column < counts[row].size(); ++column) {
      const int64_t count = counts[row][column] = cells[row << 8 | column];
      table.add_counts(count);
      total += count;
      shown = shown && !are_few(count, [&](size_t i) { return rows.codes[i] == row && columns.codes[i] == column; });
    }
  }
  table.set_total(total);
  if (discretion.groups == nullptr) {
    SetTest(table, statistics::Associate(counts));
  } else {
    WeighTable(table, rows, columns, selected, *discretion.groups);
  }
  const auto outside = [&](size_t i) { return rows.codes[i] >= rows.labels.size() || columns.codes[i] >= columns.labels.size(); };
  return shown && !are_few(CountOf(selected) - total, outside);
}

// What the weights of those are who are selected.
v1::SurveyWeights WeightsOf(const WeightedGroups& groups, const std::vector<uint8_t>& selected) {
  v1::SurveyWeights weights;
  statistics::WeightSums all;
  for (const WeightedGroup& group : groups) {
    int64_t count = 0;
    for (const uint32_t row : group.rows) count += selected[row];
    if (group.weight == 0) {
      weights.set_without_weight(count);
      continue;
    }
    all.Add(count, group.weight);
    const bool first = weights.most_weight() == 0;
    weights.set_least_weight(first ? group.weight : std::min(weights.least_weight(), group.weight));
    weights.set_most_weight(std::max(weights.most_weight(), group.weight));
  }
  weights.set_design_effect(all.design_effect());
  return weights;
}

// As many tables as there are, so many chances that one looks like something.
void AdjustTests(v1::CrossTabulateSurveyResponse& response) {
  std::vector<v1::AssociationTest*> tests;
  std::vector<double> p_values;
  for (CrossTab& table : *response.mutable_tables()) {
    if (!table.has_test()) continue;
    tests.push_back(table.mutable_test());
    p_values.push_back(table.test().has_fisher_p_value() ? table.test().fisher_p_value() : table.test().p_value());
  }
  if (response.tables_size() < 2) return;
  const std::vector<double> adjusted = statistics::Holm(p_values);
  for (size_t i = 0; i < tests.size(); ++i) tests[i]->set_adjusted_p_value(adjusted[i]);
}

}  // namespace

v1::ShareEstimate ShareOf(int64_t count, int64_t of) {
  v1::ShareEstimate share;
  if (of == 0) return share;
  const auto interval = statistics::WilsonInterval({count, of}, kSurveyAlpha);
  share.set_value(static_cast<double>(count) / static_cast<double>(of));
  share.set_low(interval->low);
  share.set_high(interval->high);
  return share;
}

v1::NpsEstimate NpsOf(int64_t promoters, int64_t passives, int64_t detractors) {
  v1::NpsEstimate nps;
  nps.set_promoters(promoters);
  nps.set_passives(passives);
  nps.set_detractors(detractors);
  const double n = static_cast<double>(promoters + passives + detractors);
  if (n > 0) SetNps(nps, {static_cast<double>(promoters) / n, static_cast<double>(detractors) / n}, n);
  // From counts, and not from rounded shares.
  if (n > 0) nps.set_score(100 * static_cast<double>(promoters - detractors) / n);
  return nps;
}

QuestionTally TallyQuestion(const SurveyColumn& column, const std::vector<uint8_t>& selected, const WeightedGroups* groups) {
  const Histogram histogram = HistogramOf(column.codes, selected);
  QuestionTally tally;
  tally.set_question(column.question.question_id());
  tally.set_kind(column.question.kind());
  tally.set_answered(AnsweredOf(histogram));
  tally.set_skipped(histogram[kWasSkipped]);
  tally.set_shown(tally.answered() + tally.skipped());
  switch (column.question.kind()) {
    case SurveyQuestion::KIND_SINGLE_CHOICE:
    case SurveyQuestion::KIND_ATTRIBUTE:
      for (size_t option = 0; option < column.options.size(); ++option) {
        AddOption(tally, "", column.options[option], histogram[option], tally.answered());
      }
      break;
    case SurveyQuestion::KIND_MULTIPLE_CHOICE:
      TallyMultiple(tally, column, selected);
      break;
    case SurveyQuestion::KIND_NUMBER:
      TallyNumbers(tally, column, selected);
      break;
    case SurveyQuestion::KIND_MATRIX:
      for (size_t row = 0; row < column.cells.size(); ++row) {
        const Histogram cells = HistogramOf(column.cells[row], selected);
        const std::string& id = column.question.rows(static_cast<int>(row)).row_id();
        for (size_t option = 0; option < column.options.size(); ++option) {
          AddOption(tally, id, column.options[option], cells[option], AnsweredOf(cells));
        }
      }
      break;
    case SurveyQuestion::KIND_TEXT:
      break;
    default:
      TallyWhole(tally, column, histogram);
  }
  if (groups != nullptr) WeighQuestion(tally, column, selected, *groups);
  return tally;
}

absl::StatusOr<SurveyTally> TallyOf(const SurveyColumns& columns, const SurveyConditions& filter, const std::string& filter_path,
                                    const std::string& breakdown, const std::string& breakdown_path, int minimum_group,
                                    const WeightedGroups* groups) {
  const Discretion discretion{minimum_group, groups};
  status::BadFields bad;
  CheckConditions(QuestionsOf(columns), filter, filter_path, bad);
  const SurveyColumn* by = breakdown.empty() ? nullptr : ClosedOf(columns, breakdown, true, breakdown_path, bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<uint8_t> selected, Filtered(columns, filter, discretion));
  SurveyTally tally;
  tally.set_counted(CountOf(selected));
  tally.set_minimum_group(minimum_group);
  for (const SurveyColumn& column : columns.columns()) {
    for (const auto& [version, answers] : column.left_out) {
      v1::LeftOutQuestion& left_out = *tally.add_left_out();
      left_out.set_question(column.question.question_id());
      left_out.set_version(version);
      left_out.set_answers(answers);
    }
  }
  if (discretion.AreFew(tally.counted(), [&](size_t row) { return selected[row] != 0; })) {
    tally.set_withheld(true);
    return tally;
  }
  if (groups != nullptr) *tally.mutable_weights() = WeightsOf(*groups, selected);
  TallyAll(columns, selected, discretion, [&] { return tally.add_questions(); });
  if (by != nullptr && !AddGroups(columns, *by, selected, discretion, tally)) tally.set_withheld(true);
  return tally;
}

absl::StatusOr<v1::CrossTabulateSurveyResponse> CrossTabulate(const SurveyColumns& columns, const v1::CrossTabulateSurveyRequest& request,
                                                              int minimum_group, const WeightedGroups* groups) {
  const Discretion discretion{minimum_group, groups};
  status::BadFields bad;
  CheckConditions(QuestionsOf(columns), request.conditions(), "conditions", bad);
  const SurveyColumn* rows = ClosedOf(columns, request.row_question(), false, "row_question", bad);
  const SurveyColumn* across = ClosedOf(columns, request.column_question(), false, "column_question", bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<uint8_t> selected, Filtered(columns, request.conditions(), discretion));
  v1::CrossTabulateSurveyResponse response;
  bool shown = true;
  const std::vector<Division> divisions = DivisionsOf(*across);
  for (const Division& row : DivisionsOf(*rows)) {
    for (const Division& column : divisions) shown = AddTable(row, column, selected, discretion, response) && shown;
  }
  if (!shown) {
    response.Clear();
    response.set_withheld(true);
    return response;
  }
  if (groups != nullptr) *response.mutable_weights() = WeightsOf(*groups, selected);
  AdjustTests(response);
  return response;
}

std::string DefusedCell(const std::string& text) {
  const bool runs = !text.empty() && std::strchr("=+-@\t\r", text.front()) != nullptr;
  std::string cell = runs ? absl::StrCat("'", text) : text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  return absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
}

}  // namespace heitie::planning
