#include "services/planning/survey/columns.h"

#include <algorithm>

namespace heitie::planning {

using v1::SurveyQuestion;

namespace {

// What the options of a question mean in a column.
std::vector<size_t> PlacesIn(SurveyColumn& column, const SurveyQuestion& question) {
  std::vector<size_t> places;
  for (const v1::SurveyOption& option : question.options()) {
    const size_t place = column.PlaceOf(option.option_id());
    if (place == column.options.size() && column.options.size() < kMostOptions) column.options.push_back(option.option_id());
    places.push_back(place < column.options.size() ? place : kMostOptions);
  }
  return places;
}

size_t PlaceInQuestion(const SurveyQuestion& question, const std::string& option) {
  for (int i = 0; i < question.options_size(); ++i) {
    if (question.options(i).option_id() == option) return static_cast<size_t>(i);
  }
  return static_cast<size_t>(question.options_size());
}

}  // namespace

size_t SurveyColumn::PlaceOf(const std::string& option) const {
  return static_cast<size_t>(std::find(options.begin(), options.end(), option) - options.begin());
}

SurveyColumns::SurveyColumns(const v1::SurveyVersion& current) {
  for (const SurveyQuestion& question : current.questions()) {
    SurveyColumn& column = columns_.emplace_back();
    column.question = question;
    for (const v1::SurveyOption& option : question.options()) column.options.push_back(option.option_id());
    column.cells.resize(static_cast<size_t>(question.rows_size()));
  }
}

const SurveyColumn* SurveyColumns::Find(const std::string& question) const {
  const auto it =
      std::find_if(columns_.begin(), columns_.end(), [&](const SurveyColumn& column) { return column.question.question_id() == question; });
  return it == columns_.end() ? nullptr : &*it;
}

const std::vector<SurveyColumns::Reading>& SurveyColumns::ReadingOf(const v1::SurveyVersion& version) {
  const auto [it, fresh] = readings_.try_emplace(version.version());
  if (!fresh) return it->second;
  for (SurveyColumn& column : columns_) {
    const SurveyQuestion* question = QuestionOf(version.questions(), column.question.question_id());
    const bool joins = question != nullptr && Joins(*question, column.question);
    it->second.push_back({question, joins, joins ? PlacesIn(column, *question) : std::vector<size_t>()});
  }
  return it->second;
}

void SurveyColumns::Add(const v1::SurveyVersion& version, const SurveyAnswers& answers) {
  const std::vector<Reading>& readings = ReadingOf(version);
  const AnswerMap by_question(answers);
  for (size_t i = 0; i < columns_.size(); ++i) {
    SurveyColumn& column = columns_[i];
    const Reading& reading = readings[i];
    const SurveyQuestion::Kind kind = column.question.kind();
    const v1::SurveyAnswer* answer = reading.question == nullptr ? nullptr : by_question.Find(column.question.question_id());
    uint8_t code = kWasNotShown;
    uint64_t chosen = 0;
    double number = 0;
    if (answer != nullptr && !reading.joins) {
      ++column.left_out[version.version()];
      code = kWasLeftOut;
    } else if (answer == nullptr) {
      // An attribute that nobody gave was not asked for.
      const bool shown = reading.question != nullptr && reading.joins && kind != SurveyQuestion::KIND_ATTRIBUTE &&
                         IsShown(*reading.question, by_question, Respondent::kPerson);
      code = shown ? kWasSkipped : kWasNotShown;
    } else if (kind == SurveyQuestion::KIND_SINGLE_CHOICE || kind == SurveyQuestion::KIND_ATTRIBUTE) {
      const size_t at = answer->options().empty() ? reading.places.size() : PlaceInQuestion(*reading.question, answer->options(0));
      const size_t place = at < reading.places.size() ? reading.places[at] : kMostOptions;
      code = place < kMostOptions ? static_cast<uint8_t>(place) : kWasLeftOut;
    } else if (kind == SurveyQuestion::KIND_MULTIPLE_CHOICE) {
      code = 0;
      for (const std::string& option : answer->options()) {
        const size_t at = PlaceInQuestion(*reading.question, option);
        const size_t place = at < reading.places.size() ? reading.places[at] : kMostOptions;
        if (place < kMostOptions) chosen |= uint64_t{1} << place;
      }
    } else if (IsWhole(kind)) {
      code = static_cast<uint8_t>(static_cast<int>(answer->number()) - LeastOf(column.question));
    } else {
      code = 0;
      number = answer->number();
    }
    column.codes.push_back(code);
    if (kind == SurveyQuestion::KIND_MULTIPLE_CHOICE) column.chosen.push_back(chosen);
    if (kind == SurveyQuestion::KIND_NUMBER) column.numbers.push_back(number);
    for (size_t row = 0; row < column.cells.size(); ++row) {
      uint8_t cell = kWasSkipped;
      const std::string& id = column.question.rows(static_cast<int>(row)).row_id();
      for (int j = 0; code == 0 && j < answer->cells_size(); ++j) {
        if (answer->cells(j).row() != id) continue;
        const size_t at = PlaceInQuestion(*reading.question, answer->cells(j).option());
        const size_t place = at < reading.places.size() ? reading.places[at] : kMostOptions;
        cell = place < kMostOptions ? static_cast<uint8_t>(place) : kWasLeftOut;
      }
      column.cells[row].push_back(cell);
    }
  }
  ++size_;
}

std::vector<uint8_t> SurveyColumns::Select(const SurveyConditions& conditions) const {
  std::vector<uint8_t> selected(size_, 1);
  for (const v1::SurveyCondition& condition : conditions) {
    const SurveyColumn& column = *Find(condition.question());
    const SurveyQuestion::Kind kind = column.question.kind();
    if (kind == SurveyQuestion::KIND_NUMBER) {
      for (size_t i = 0; i < size_; ++i) {
        const bool holds = column.IsAnswered(i) && (!condition.has_from() || column.numbers[i] >= condition.from()) &&
                           (!condition.has_to() || column.numbers[i] <= condition.to());
        selected[i] &= holds ? 1 : 0;
      }
      continue;
    }
    if (kind == SurveyQuestion::KIND_MULTIPLE_CHOICE) {
      uint64_t wanted = 0;
      for (const std::string& option : condition.options()) {
        const size_t place = column.PlaceOf(option);
        if (place < column.options.size()) wanted |= uint64_t{1} << place;
      }
      for (size_t i = 0; i < size_; ++i) selected[i] &= (column.chosen[i] & wanted) != 0 ? 1 : 0;
      continue;
    }
    uint8_t holds[256] = {};
    if (IsWhole(kind)) {
      for (int value = LeastOf(column.question); value <= MostOf(column.question); ++value) {
        const bool in_range = (!condition.has_from() || value >= condition.from()) && (!condition.has_to() || value <= condition.to());
        holds[value - LeastOf(column.question)] = in_range ? 1 : 0;
      }
    } else {
      for (const std::string& option : condition.options()) {
        if (const size_t place = column.PlaceOf(option); place < column.options.size()) holds[place] = 1;
      }
    }
    for (size_t i = 0; i < size_; ++i) selected[i] &= holds[column.codes[i]];
  }
  return selected;
}

}  // namespace heitie::planning
