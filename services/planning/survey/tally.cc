#include "services/planning/survey/tally.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>

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

// Whether so many tell of single ones.
bool IsFew(int64_t count, int minimum_group) { return count > 0 && count < minimum_group; }

// The responses that the filter selects.
absl::StatusOr<std::vector<uint8_t>> Filtered(const SurveyColumns& columns, const SurveyConditions& filter, int minimum_group) {
  std::vector<uint8_t> selected = columns.Select(filter);
  const int64_t count = CountOf(selected), left_out = static_cast<int64_t>(selected.size()) - count;
  if (!filter.empty() && (IsFew(count, minimum_group) || IsFew(left_out, minimum_group))) {
    return status::Error(kFilterTooFine, {{"least", minimum_group}});
  }
  return selected;
}

// Takes away what tells of single ones.
void Withhold(QuestionTally& tally, int minimum_group) {
  if (!IsFew(tally.answered(), minimum_group)) return;
  QuestionTally bare;
  bare.set_question(tally.question());
  bare.set_kind(tally.kind());
  bare.set_withheld(true);
  tally = bare;
}

template <typename Add>
void TallyAll(const SurveyColumns& columns, const std::vector<uint8_t>& selected, int minimum_group, Add add) {
  for (const SurveyColumn& column : columns.columns()) {
    QuestionTally tally = TallyQuestion(column, selected);
    Withhold(tally, minimum_group);
    *add() = std::move(tally);
  }
}

// False where a group has too few.
bool AddGroups(const SurveyColumns& columns, const SurveyColumn& by, const std::vector<uint8_t>& selected, int minimum_group,
               SurveyTally& tally) {
  const Histogram histogram = HistogramOf(by.codes, selected);
  // Who did not answer it is what the groups lack of the whole.
  bool shown = !IsFew(CountOf(selected) - AnsweredOf(histogram), minimum_group);
  for (size_t option = 0; option < by.options.size(); ++option) shown = shown && !IsFew(histogram[option], minimum_group);
  if (!shown) return false;
  for (size_t option = 0; option < by.options.size(); ++option) {
    std::vector<uint8_t> group(selected.size());
    for (size_t i = 0; i < group.size(); ++i) group[i] = by.codes[i] == option ? selected[i] : 0;
    v1::GroupTally& entry = *tally.add_groups();
    entry.set_option(by.options[option]);
    entry.set_counted(histogram[option]);
    TallyAll(columns, group, minimum_group, [&] { return entry.add_questions(); });
  }
  return true;
}

void SetTest(CrossTab& table, const std::vector<std::vector<int64_t>>& counts) {
  const auto found = statistics::Associate(counts);
  if (!found) return;
  v1::AssociationTest& test = *table.mutable_test();
  test.set_chi_square(found->chi_square);
  test.set_degrees_of_freedom(found->degrees_of_freedom);
  test.set_p_value(found->p_value);
  test.set_cramers_v(found->cramers_v);
  test.set_small_counts(found->small_counts);
  if (found->fisher_p_value) test.set_fisher_p_value(*found->fisher_p_value);
}

// False where a cell has too few.
bool AddTable(const Division& rows, const Division& columns, const std::vector<uint8_t>& selected, int minimum_group,
              v1::CrossTabulateSurveyResponse& response) {
  std::vector<uint32_t> cells(256 * 256);
  for (size_t i = 0; i < selected.size(); ++i) cells[static_cast<size_t>(rows.codes[i]) << 8 | columns.codes[i]] += selected[i];
  CrossTab& table = *response.add_tables();
  table.set_row_option(rows.option);
  table.set_column_option(columns.option);
  *table.mutable_rows() = {rows.labels.begin(), rows.labels.end()};
  *table.mutable_columns() = {columns.labels.begin(), columns.labels.end()};
  std::vector<std::vector<int64_t>> counts(rows.labels.size(), std::vector<int64_t>(columns.labels.size()));
  int64_t total = 0;
  bool shown = true;
  for (size_t row = 0; row < counts.size(); ++row) {
    for (size_t column = 0; column < counts[row].size(); ++column) {
      const int64_t count = counts[row][column] = cells[row << 8 | column];
      table.add_counts(count);
      total += count;
      shown = shown && !IsFew(count, minimum_group);
    }
  }
  table.set_total(total);
  SetTest(table, counts);
  return shown && !IsFew(CountOf(selected) - total, minimum_group);
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
  const int64_t n = promoters + passives + detractors;
  if (n == 0) return nps;
  const double all = static_cast<double>(n), net = static_cast<double>(promoters - detractors) / all;
  const double spread = static_cast<double>(promoters + detractors) / all - net * net;
  const double half = 100 * kNinetyFive * std::sqrt(std::max(0.0, spread)) / std::sqrt(all);
  const double score = 100 * static_cast<double>(promoters - detractors) / all;
  nps.set_score(score);
  nps.set_low(std::max(-100.0, score - half));
  nps.set_high(std::min(100.0, score + half));
  return nps;
}

QuestionTally TallyQuestion(const SurveyColumn& column, const std::vector<uint8_t>& selected) {
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
  return tally;
}

absl::StatusOr<SurveyTally> TallyOf(const SurveyColumns& columns, const SurveyConditions& filter, const std::string& filter_path,
                                    const std::string& breakdown, const std::string& breakdown_path, int minimum_group) {
  status::BadFields bad;
  CheckConditions(QuestionsOf(columns), filter, filter_path, bad);
  const SurveyColumn* by = breakdown.empty() ? nullptr : ClosedOf(columns, breakdown, true, breakdown_path, bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<uint8_t> selected, Filtered(columns, filter, minimum_group));
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
  if (IsFew(tally.counted(), minimum_group)) {
    tally.set_withheld(true);
    return tally;
  }
  TallyAll(columns, selected, minimum_group, [&] { return tally.add_questions(); });
  if (by != nullptr && !AddGroups(columns, *by, selected, minimum_group, tally)) tally.set_withheld(true);
  return tally;
}

absl::StatusOr<v1::CrossTabulateSurveyResponse> CrossTabulate(const SurveyColumns& columns, const v1::CrossTabulateSurveyRequest& request,
                                                              int minimum_group) {
  status::BadFields bad;
  CheckConditions(QuestionsOf(columns), request.conditions(), "conditions", bad);
  const SurveyColumn* rows = ClosedOf(columns, request.row_question(), false, "row_question", bad);
  const SurveyColumn* across = ClosedOf(columns, request.column_question(), false, "column_question", bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<uint8_t> selected, Filtered(columns, request.conditions(), minimum_group));
  v1::CrossTabulateSurveyResponse response;
  bool shown = true;
  const std::vector<Division> divisions = DivisionsOf(*across);
  for (const Division& row : DivisionsOf(*rows)) {
    for (const Division& column : divisions) shown = AddTable(row, column, selected, minimum_group, response) && shown;
  }
  if (!shown) {
    response.Clear();
    response.set_withheld(true);
    return response;
  }
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
