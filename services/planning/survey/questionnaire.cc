#include "services/planning/survey/questionnaire.h"

#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::SurveyAnswer;
using v1::SurveyCondition;
using v1::SurveyOption;
using v1::SurveyQuestion;

const status::Reason kIdTwice{StatusCode::kInvalidArgument, "ID_TWICE", "{id} is the id of something before it.",
                              "{id} 已被前面的項目使用。"};
const status::Reason kOptionsDoNotFit{StatusCode::kInvalidArgument, "OPTIONS_DO_NOT_FIT",
                                      "A {kind} takes options and rows as its kind says: a choice or an attribute two options at least, a "
                                      "matrix rows as well, and other kinds none.",
                                      "{kind} 的選項或列不符：選擇題與屬性至少需要兩個選項，矩陣題另需列，其他題型則不得有選項。"};
const status::Reason kRangeEmpty{StatusCode::kInvalidArgument, "RANGE_EMPTY", "The greatest is below the least.", "上限低於下限。"};
const status::Reason kScaleDoesNotFit{StatusCode::kInvalidArgument, "SCALE_DOES_NOT_FIT",
                                      "A scale has two whole bounds with at most 101 values, and other kinds but numbers have none.",
                                      "量表須有兩個整數界限且至多 101 個值；除數字題外，其他題型不得設界限。"};
const status::Reason kNoTextAsked{StatusCode::kInvalidArgument, "NO_TEXT_ASKED", "Only what somebody writes becomes feedback.",
                                  "只有受訪者寫下的文字可以成為使用者反饋。"};
const status::Reason kNoEarlierQuestion{StatusCode::kInvalidArgument, "NO_EARLIER_QUESTION", "{question} is not asked before.",
                                        "{question} 並未在前面提問。"};
const status::Reason kConditionDoesNotFit{
    StatusCode::kInvalidArgument, "CONDITION_DOES_NOT_FIT",
    "The condition does not fit {question}: a choice takes options of its own, and a number of any kind a range.",
    "條件與 {question} 不符：選擇題以其選項為條件，數值題以範圍為條件。"};
const status::Reason kNoSuchQuestion{StatusCode::kInvalidArgument, "NO_SUCH_QUESTION", "{question} is not asked.",
                                     "沒有 {question} 這一題。"};
const status::Reason kAnsweredTwice{StatusCode::kInvalidArgument, "ANSWERED_TWICE", "{question} is answered before.",
                                    "{question} 已在前面作答。"};
const status::Reason kNotShown{StatusCode::kInvalidArgument, "NOT_SHOWN", "{question} is not shown after these answers.",
                               "依前面的作答，{question} 不會顯示。"};
const status::Reason kAnswerMissing{StatusCode::kInvalidArgument, "ANSWER_MISSING", "{question} must be answered.",
                                    "{question} 為必答題。"};
const status::Reason kAnswerDoesNotFit{StatusCode::kInvalidArgument, "ANSWER_DOES_NOT_FIT", "That is no answer to a {kind}.",
                                       "這不是 {kind} 的作答方式。"};
const status::Reason kNoSuchOption{StatusCode::kInvalidArgument, "NO_SUCH_OPTION", "There is no {option} to choose.",
                                   "沒有 {option} 可供選擇。"};
const status::Reason kOptionTwice{StatusCode::kInvalidArgument, "OPTION_TWICE", "{option} is chosen before.", "{option} 重複選擇。"};
const status::Reason kTooFewChoices{StatusCode::kInvalidArgument, "TOO_FEW_CHOICES", "At least {least} must be chosen.",
                                    "至少須選 {least} 項。"};
const status::Reason kTooManyChoices{StatusCode::kInvalidArgument, "TOO_MANY_CHOICES", "At most {most} may be chosen.",
                                     "至多可選 {most} 項。"};
const status::Reason kOptionExclusive{StatusCode::kInvalidArgument, "OPTION_EXCLUSIVE", "{option} can only be chosen alone.",
                                      "{option} 只能單獨選擇。"};
const status::Reason kOtherWithoutText{StatusCode::kInvalidArgument, "OTHER_WITHOUT_TEXT",
                                       "What else is said where something else is chosen, and nowhere besides.",
                                       "選擇「其他」時須說明內容，未選擇時則不得填寫。"};
const status::Reason kValueOutOfRange{StatusCode::kInvalidArgument, "VALUE_OUT_OF_RANGE", "The value must be from {least} to {most}.",
                                      "數值須介於 {least} 與 {most} 之間。"};
const status::Reason kValueNotWhole{StatusCode::kInvalidArgument, "VALUE_NOT_WHOLE", "The value must be whole.", "數值須為整數。"};
const status::Reason kTextTooLong{StatusCode::kInvalidArgument, "TEXT_TOO_LONG", "At most {most} characters may be written.",
                                  "至多可填寫 {most} 個字元。"};
const status::Reason kRowMissing{StatusCode::kInvalidArgument, "ROW_MISSING", "{row} must be answered, too.", "{row} 也須作答。"};

namespace {

constexpr int kMostScaleValues = 101;
constexpr int kDefaultCharacters = 2000;
// Beyond these a number is no answer to anything.
constexpr double kGreatestNumber = 1e12;

std::string KindText(SurveyQuestion::Kind kind) { return SurveyQuestion::Kind_Name(kind); }

const SurveyOption* OptionOf(const SurveyQuestion& question, const std::string& id) {
  for (const SurveyOption& option : question.options()) {
    if (option.option_id() == id) return &option;
  }
  return nullptr;
}

bool HasRow(const SurveyQuestion& question, const std::string& id) {
  for (const v1::SurveyRow& row : question.rows()) {
    if (row.row_id() == id) return true;
  }
  return false;
}

bool IsInteger(double value) { return std::floor(value) == value; }

int AnswerCharacters(const std::string& text) {
  int count = 0;
  for (const char c : text) count += (c & 0xC0) == 0x80 ? 0 : 1;
  return count;
}

bool Fits(const SurveyCondition& condition, const SurveyQuestion& question) {
  const bool has_range = condition.has_from() || condition.has_to();
  if (IsNumeric(question.kind())) return condition.options().empty() && has_range;
  if (!HasOptions(question.kind()) || has_range || condition.options().empty()) return false;
  for (const std::string& option : condition.options()) {
    if (OptionOf(question, option) == nullptr) return false;
  }
  return true;
}

void CheckShape(const SurveyQuestion& question, const std::string& path, status::BadFields& bad) {
  const SurveyQuestion::Kind kind = question.kind();
  const bool matrix = kind == SurveyQuestion::KIND_MATRIX;
  const bool wants_options = HasOptions(kind) || matrix;
  const bool options_fit = wants_options ? question.options_size() >= 2 : question.options().empty();
  if (!options_fit || matrix == question.rows().empty()) bad.Add(path + "options", kOptionsDoNotFit, {{"kind", KindText(kind)}});
  std::set<std::string> ids;
  for (int i = 0; i < question.options_size(); ++i) {
    const SurveyOption& option = question.options(i);
    const bool fits = !(option.exclusive() && kind != SurveyQuestion::KIND_MULTIPLE_CHOICE) &&
                      !(option.other() && (matrix || kind == SurveyQuestion::KIND_ATTRIBUTE));
    if (!fits) bad.Add(absl::StrCat(path, "options[", i, "]"), kOptionsDoNotFit, {{"kind", KindText(kind)}});
    if (!ids.insert(option.option_id()).second) {
      bad.Add(absl::StrCat(path, "options[", i, "].option_id"), kIdTwice, {{"id", option.option_id()}});
    }
  }
  ids.clear();
  for (int i = 0; i < question.rows_size(); ++i) {
    if (ids.insert(question.rows(i).row_id()).second) continue;
    bad.Add(absl::StrCat(path, "rows[", i, "].row_id"), kIdTwice, {{"id", question.rows(i).row_id()}});
  }
  if (question.max_choices() > 0 && question.max_choices() < question.min_choices()) bad.Add(path + "max_choices", kRangeEmpty);
  if (kind == SurveyQuestion::KIND_MULTIPLE_CHOICE && question.min_choices() > question.options_size()) {
    bad.Add(path + "min_choices", kRangeEmpty);
  }
  const bool bounded = question.has_least() || question.has_most();
  if (kind == SurveyQuestion::KIND_SCALE) {
    const bool fits = question.has_least() && question.has_most() && IsInteger(question.least()) && IsInteger(question.most()) &&
                      question.most() - question.least() < kMostScaleValues;
    if (!fits) bad.Add(path + "least", kScaleDoesNotFit);
  } else if (kind != SurveyQuestion::KIND_NUMBER && bounded) {
    bad.Add(path + "least", kScaleDoesNotFit);
  }
  if (question.has_least() && question.has_most() && question.most() < question.least()) bad.Add(path + "most", kRangeEmpty);
}

void CheckChoice(const SurveyQuestion& question, const SurveyAnswer& answer, const std::string& path, status::BadFields& bad) {
  std::set<std::string> chosen;
  bool other = false;
  for (int i = 0; i < answer.options_size(); ++i) {
    const std::string at = absl::StrCat(path, "options[", i, "]");
    const SurveyOption* option = OptionOf(question, answer.options(i));
    if (option == nullptr) {
      bad.Add(at, kNoSuchOption, {{"option", answer.options(i)}});
      continue;
    }
    if (!chosen.insert(option->option_id()).second) bad.Add(at, kOptionTwice, {{"option", option->option_id()}});
    if (option->exclusive() && answer.options_size() > 1) bad.Add(at, kOptionExclusive, {{"option", option->option_id()}});
    other = other || option->other();
  }
  if (other == answer.other_text().empty()) bad.Add(path + "other_text", kOtherWithoutText);
  const bool several = question.kind() == SurveyQuestion::KIND_MULTIPLE_CHOICE;
  const int least = several ? std::max(1, question.min_choices()) : 1;
  const int most = !several ? 1 : question.max_choices() > 0 ? question.max_choices() : question.options_size();
  // Nothing else need be chosen with what excludes it.
  const SurveyOption* only = answer.options_size() == 1 ? OptionOf(question, answer.options(0)) : nullptr;
  const bool exclusive = only != nullptr && only->exclusive();
  if (answer.options_size() < least && !exclusive) bad.Add(path + "options", kTooFewChoices, {{"least", least}});
  if (answer.options_size() > most) bad.Add(path + "options", kTooManyChoices, {{"most", most}});
}

void CheckNumber(const SurveyQuestion& question, double value, const std::string& path, status::BadFields& bad) {
  const bool whole = IsWhole(question.kind());
  const double least = whole ? LeastOf(question) : question.has_least() ? question.least() : -kGreatestNumber;
  const double most = whole ? MostOf(question) : question.has_most() ? question.most() : kGreatestNumber;
  if (value < least || value > most) {
    bad.Add(path + "number", kValueOutOfRange, {{"least", absl::StrCat(least)}, {"most", absl::StrCat(most)}});
  } else if (whole && !IsInteger(value)) {
    bad.Add(path + "number", kValueNotWhole);
  }
}

void CheckMatrix(const SurveyQuestion& question, const SurveyAnswer& answer, const std::string& path, status::BadFields& bad) {
  std::set<std::string> rows;
  for (int i = 0; i < answer.cells_size(); ++i) {
    const v1::MatrixCell& cell = answer.cells(i);
    const std::string at = absl::StrCat(path, "cells[", i, "].");
    if (!HasRow(question, cell.row())) bad.Add(at + "row", kNoSuchOption, {{"option", cell.row()}});
    if (!rows.insert(cell.row()).second) bad.Add(at + "row", kOptionTwice, {{"option", cell.row()}});
    if (OptionOf(question, cell.option()) == nullptr) bad.Add(at + "option", kNoSuchOption, {{"option", cell.option()}});
  }
  if (!question.required()) return;
  for (const v1::SurveyRow& row : question.rows()) {
    if (rows.count(row.row_id()) == 0) bad.Add(path + "cells", kRowMissing, {{"row", row.row_id()}});
  }
}

// What of an answer says anything.
bool TakesOnlyItsOwn(const SurveyQuestion& question, const SurveyAnswer& answer) {
  const SurveyQuestion::Kind kind = question.kind();
  const bool choice = HasOptions(kind), number = IsNumeric(kind), text = kind == SurveyQuestion::KIND_TEXT,
             matrix = kind == SurveyQuestion::KIND_MATRIX;
  return (choice || (answer.options().empty() && answer.other_text().empty())) && number == answer.has_number() &&
         text == !answer.text().empty() && matrix == !answer.cells().empty();
}

void CheckAnswer(const SurveyQuestion& question, const SurveyAnswer& answer, const std::string& path, status::BadFields& bad) {
  if (!TakesOnlyItsOwn(question, answer)) {
    bad.Add(path + "question", kAnswerDoesNotFit, {{"kind", KindText(question.kind())}});
    return;
  }
  if (HasOptions(question.kind())) return CheckChoice(question, answer, path, bad);
  if (IsNumeric(question.kind())) return CheckNumber(question, answer.number(), path, bad);
  if (question.kind() == SurveyQuestion::KIND_MATRIX) return CheckMatrix(question, answer, path, bad);
  const int most = question.max_characters() > 0 ? question.max_characters() : kDefaultCharacters;
  if (AnswerCharacters(answer.text()) > most) bad.Add(path + "text", kTextTooLong, {{"most", most}});
}

bool TakesText(const SurveyQuestion& question) {
  return question.kind() == SurveyQuestion::KIND_TEXT ||
         std::any_of(question.options().begin(), question.options().end(), [](const SurveyOption& option) { return option.other(); });
}

}  // namespace

bool HasOptions(SurveyQuestion::Kind kind) {
  return kind == SurveyQuestion::KIND_SINGLE_CHOICE || kind == SurveyQuestion::KIND_MULTIPLE_CHOICE ||
         kind == SurveyQuestion::KIND_ATTRIBUTE;
}

bool IsWhole(SurveyQuestion::Kind kind) {
  return kind == SurveyQuestion::KIND_SCALE || kind == SurveyQuestion::KIND_NPS || kind == SurveyQuestion::KIND_CSAT;
}

bool IsNumeric(SurveyQuestion::Kind kind) { return IsWhole(kind) || kind == SurveyQuestion::KIND_NUMBER; }

int LeastOf(const SurveyQuestion& question) {
  if (question.kind() == SurveyQuestion::KIND_NPS) return 0;
  return question.kind() == SurveyQuestion::KIND_CSAT ? 1 : static_cast<int>(question.least());
}

int MostOf(const SurveyQuestion& question) {
  if (question.kind() == SurveyQuestion::KIND_NPS) return 10;
  return question.kind() == SurveyQuestion::KIND_CSAT ? 5 : static_cast<int>(question.most());
}

const SurveyQuestion* QuestionOf(const SurveyQuestions& questions, const std::string& id) {
  for (const SurveyQuestion& question : questions) {
    if (question.question_id() == id) return &question;
  }
  return nullptr;
}

void CheckConditions(const SurveyQuestions& questions, const SurveyConditions& conditions, const std::string& path,
                     status::BadFields& bad) {
  for (int i = 0; i < conditions.size(); ++i) {
    const SurveyCondition& condition = conditions.Get(i);
    const SurveyQuestion* question = QuestionOf(questions, condition.question());
    if (question == nullptr) {
      bad.Add(absl::StrCat(path, "[", i, "].question"), kNoSuchQuestion, {{"question", condition.question()}});
    } else if (!Fits(condition, *question)) {
      bad.Add(absl::StrCat(path, "[", i, "]"), kConditionDoesNotFit, {{"question", condition.question()}});
    }
  }
}

void CheckQuestionnaire(const SurveyQuestions& questions, const SurveyQuotas& quotas, const std::string& prefix, status::BadFields& bad) {
  std::map<std::string, const SurveyQuestion*> earlier;
  for (int i = 0; i < questions.size(); ++i) {
    const SurveyQuestion& question = questions.Get(i);
    const std::string path = absl::StrCat(prefix, "questions[", i, "].");
    CheckShape(question, path, bad);
    const bool feeds = question.feedback_channel() != v1::FeedbackEntry::CHANNEL_UNSPECIFIED;
    if (feeds && !TakesText(question)) bad.Add(path + "feedback_channel", kNoTextAsked);
    for (int j = 0; j < question.shown_if_size(); ++j) {
      const SurveyCondition& condition = question.shown_if(j);
      const auto about = earlier.find(condition.question());
      if (about == earlier.end()) {
        bad.Add(absl::StrCat(path, "shown_if[", j, "].question"), kNoEarlierQuestion, {{"question", condition.question()}});
      } else if (!Fits(condition, *about->second)) {
        bad.Add(absl::StrCat(path, "shown_if[", j, "]"), kConditionDoesNotFit, {{"question", condition.question()}});
      }
    }
    if (!earlier.emplace(question.question_id(), &question).second) {
      bad.Add(path + "question_id", kIdTwice, {{"id", question.question_id()}});
    }
  }
  std::set<std::string> ids;
  for (int i = 0; i < quotas.size(); ++i) {
    const std::string path = absl::StrCat(prefix, "quotas[", i, "].");
    if (!ids.insert(quotas.Get(i).quota_id()).second) bad.Add(path + "quota_id", kIdTwice, {{"id", quotas.Get(i).quota_id()}});
    CheckConditions(questions, quotas.Get(i).conditions(), path + "conditions", bad);
  }
}

AnswerMap::AnswerMap(const SurveyAnswers& answers) {
  for (const SurveyAnswer& answer : answers) by_question_.emplace(answer.question(), &answer);
}

const SurveyAnswer* AnswerMap::Find(const std::string& question) const {
  const auto it = by_question_.find(question);
  return it == by_question_.end() ? nullptr : it->second;
}

bool Holds(const SurveyCondition& condition, const AnswerMap& answers) {
  const SurveyAnswer* answer = answers.Find(condition.question());
  if (answer == nullptr) return false;
  if (condition.has_from() || condition.has_to()) {
    return answer->has_number() && (!condition.has_from() || answer->number() >= condition.from()) &&
           (!condition.has_to() || answer->number() <= condition.to());
  }
  for (const std::string& chosen : answer->options()) {
    for (const std::string& wanted : condition.options()) {
      if (chosen == wanted) return true;
    }
  }
  return false;
}

bool AllHold(const SurveyConditions& conditions, const AnswerMap& answers) {
  for (const SurveyCondition& condition : conditions) {
    if (!Holds(condition, answers)) return false;
  }
  return true;
}

bool IsShown(const SurveyQuestion& question, const AnswerMap& answers, Respondent who) {
  if (question.kind() == SurveyQuestion::KIND_ATTRIBUTE && who != Respondent::kProducer) return false;
  return AllHold(question.shown_if(), answers);
}

void CheckAnswers(const SurveyQuestions& questions, const SurveyAnswers& answers, Respondent who, const std::string& prefix,
                  status::BadFields& bad) {
  // Conditions look at what is shown, in the order in which it is asked.
  std::map<std::string, int> places;
  for (int i = 0; i < answers.size(); ++i) {
    const std::string path = absl::StrCat(prefix, "answers[", i, "].question");
    const std::string& id = answers.Get(i).question();
    if (!places.emplace(id, i).second) bad.Add(path, kAnsweredTwice, {{"question", id}});
    if (QuestionOf(questions, id) == nullptr) bad.Add(path, kNoSuchQuestion, {{"question", id}});
  }
  const AnswerMap by_question(answers);
  for (const SurveyQuestion& question : questions) {
    const auto place = places.find(question.question_id());
    const bool shown = IsShown(question, by_question, who);
    if (place == places.end()) {
      if (shown && question.required()) bad.Add(prefix + "answers", kAnswerMissing, {{"question", question.question_id()}});
      continue;
    }
    const std::string path = absl::StrCat(prefix, "answers[", place->second, "].");
    if (!shown) {
      bad.Add(path + "question", kNotShown, {{"question", question.question_id()}});
      continue;
    }
    CheckAnswer(question, answers.Get(place->second), path, bad);
  }
}

std::vector<std::string> QuotasOf(const SurveyQuotas& quotas, const SurveyAnswers& answers) {
  const AnswerMap by_question(answers);
  std::set<std::string> ids;
  for (const v1::SurveyQuota& quota : quotas) {
    if (AllHold(quota.conditions(), by_question)) ids.insert(quota.quota_id());
  }
  return {ids.begin(), ids.end()};
}

bool Joins(const SurveyQuestion& one, const SurveyQuestion& other) {
  if (one.kind() != other.kind()) return false;
  if (one.kind() != SurveyQuestion::KIND_SCALE) return true;
  return LeastOf(one) == LeastOf(other) && MostOf(one) == MostOf(other);
}

}  // namespace heitie::planning
