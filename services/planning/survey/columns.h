// The responses of a survey in columns, a byte or so for each answer, so that a million of them are counted in milliseconds (policy P1).
// Immutable once built; pure.
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_COLUMNS_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_COLUMNS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "heitie/planning/v1/survey_response.pb.h"
#include "services/planning/survey/questionnaire.h"

namespace heitie::planning {

// What stands in place of an answer.
inline constexpr uint8_t kWasNotShown = 255, kWasSkipped = 254, kWasLeftOut = 253;
// Options of a multiple choice over all versions at most; what comes after them is left out.
inline constexpr size_t kMostOptions = 64;

// The answers to one question, by response.
struct SurveyColumn {
  v1::SurveyQuestion question;       // as it is asked now
  std::vector<std::string> options;  // with those of earlier versions behind them
  // Of one choice the place of the option, of whole numbers the value less the least one; of other kinds 0 for an answer. Or one of the
  // three above.
  std::vector<uint8_t> codes;
  std::vector<uint64_t> chosen;             // of a multiple choice: a bit for each option
  std::vector<double> numbers;              // of a number
  std::vector<std::vector<uint8_t>> cells;  // of a matrix: for each row the place of the option, or kWasSkipped
  std::map<int32_t, int64_t> left_out;      // answers by version
  bool IsAnswered(size_t row) const { return codes[row] < kWasLeftOut; }
  // The place of an option; `options.size()` where there is none.
  size_t PlaceOf(const std::string& option) const;
};

class SurveyColumns {
 public:
  // `current` is what is asked now.
  explicit SurveyColumns(const v1::SurveyVersion& current);

  // A counted response to a version.
  void Add(const v1::SurveyVersion& version, const SurveyAnswers& answers);

  size_t size() const { return size_; }
  const std::vector<SurveyColumn>& columns() const { return columns_; }
  // nullptr when nothing of that name is asked.
  const SurveyColumn* Find(const std::string& question) const;

  // A byte for each response, 1 where all conditions hold. They fit (CheckConditions).
  std::vector<uint8_t> Select(const SurveyConditions& conditions) const;

 private:
  // How a version's question is read into a column: nullptr where it does not join.
  struct Reading {
    const v1::SurveyQuestion* question;
    bool joins;
    std::vector<size_t> places;  // of its options among the column's
  };
  const std::vector<Reading>& ReadingOf(const v1::SurveyVersion& version);

  std::vector<SurveyColumn> columns_;
  std::map<int32_t, std::vector<Reading>> readings_;  // by version, one for each column
  size_t size_ = 0;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_COLUMNS_H_
