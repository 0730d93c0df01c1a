#include "services/planning/survey/survey_days.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/survey/survey.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::QuestionTally;
using v1::Survey;
using v1::SurveyTally;

const status::Reason kAsOfTooFew{StatusCode::kFailedPrecondition, "AS_OF_TOO_FEW",
                                 "Fewer than {least} have answered until {day}, or between it and another day that is told.",
                                 "截至 {day}，或該日與另一個可查詢日之間，作答者少於 {least} 位。"};
const status::Reason kAsOfNotKept{StatusCode::kFailedPrecondition, "AS_OF_NOT_KEPT", "No figures were taken at the end of {day}.",
                                  "{day} 結束時未保存統計結果。"};

namespace {

constexpr absl::Duration kTakeInterval = absl::Minutes(1);
// What is taken later is not the figures of that day any more.
constexpr absl::Duration kTakenWithin = absl::Minutes(10);
constexpr int64_t kSurveysInOneRun = 200;
constexpr const char* kStates[] = {"WAITING", "TOLD", "SKIPPED", "LAST"};

SurveyDay::State StateOf(const std::string& text) {
  return static_cast<SurveyDay::State>(std::find(std::begin(kStates), std::end(kStates), text) - std::begin(kStates));
}

const QuestionTally* TallyOfQuestion(const SurveyTally& tally, const std::string& question) {
  const auto& all = tally.questions();
  const auto it = std::find_if(all.begin(), all.end(), [&](const QuestionTally& one) { return one.question() == question; });
  return it == all.end() || it->withheld() ? nullptr : &*it;
}

// Withholds questions of a day that is to be told, which too few have answered since, or since the day that shows them before.
void WithholdQuestions(const SurveyTally& now, int minimum_group, const std::map<std::string, int64_t>& shown, SurveyTally& day) {
  for (QuestionTally& question : *day.mutable_questions()) {
    if (question.withheld()) continue;
    const QuestionTally* later = TallyOfQuestion(now, question.question());
    const auto before = shown.find(question.question());
    const int64_t since = before == shown.end() ? question.answered() : question.answered() - before->second;
    const bool few_since = since > 0 && since < minimum_group;
    if (!few_since && later != nullptr && later->answered() - question.answered() >= minimum_group) continue;
    QuestionTally bare;
    bare.set_question(question.question());
    bare.set_kind(question.kind());
    bare.set_withheld(true);
    question = bare;
  }
}

void Show(const SurveyTally& day, std::map<std::string, int64_t>& shown) {
  for (const QuestionTally& question : day.questions()) {
    if (!question.withheld()) shown[question.question()] = question.answered();
  }
}

absl::StatusOr<std::vector<SurveyDay>> LoadDays(sql::Session& session, const std::string& survey) {
  std::vector<SurveyDay> days;
  bool sound = true;
  RETURN_IF_ERROR(session.Query("SELECT day, state, position, tally FROM survey_days WHERE survey = ? ORDER BY day", sql::Bind(survey),
                                [&](const sql::Row& row) {
                                  SurveyDay& day = days.emplace_back();
                                  day.day = time::ParseDay(row.Text(0)).value_or(absl::CivilDay());
                                  day.state = StateOf(row.Text(1));
                                  day.position = row.Int(2);
                                  sound = sound && day.tally.ParseFromString(row.Text(3));
                                }));
  if (!sound) return absl::DataLossError(absl::StrCat("a day of ", survey));
  return days;
}

}  // namespace

void JudgeDays(const SurveyTally& now, bool last, int minimum_group, std::vector<SurveyDay>& days) {
  const SurveyTally* told = nullptr;
  std::map<std::string, int64_t> shown;
  for (SurveyDay& day : days) {
    if (day.state == SurveyDay::kWaiting) {
      const int64_t before = day.tally.counted() - (told == nullptr ? 0 : told->counted()), since = now.counted() - day.tally.counted();
      if (before == 0) {
        // Nothing has come: the same figures once more.
        if (told != nullptr) day.tally = *told;
        day.state = SurveyDay::kTold;
      } else if (before < minimum_group || (last && since > 0 && since < minimum_group)) {
        day.state = SurveyDay::kSkipped;
      } else if (since >= minimum_group) {
        WithholdQuestions(now, minimum_group, shown, day.tally);
        day.state = SurveyDay::kTold;
      } else if (last) {
        day.tally = now;
        day.state = SurveyDay::kTold;
      } else {
        return;
      }
    }
    if (day.state != SurveyDay::kTold) continue;
    told = &day.tally;
    Show(day.tally, shown);
  }
}

absl::StatusOr<SurveyTally> TellDay(sql::Session& session, const Survey& survey, absl::CivilDay day, int64_t position) {
  SurveyDay found;
  bool there = false, sound = true;
  // The last one of a closed survey stands for all days after it, too.
  RETURN_IF_ERROR(session.Query(
      "SELECT state, position, tally FROM survey_days WHERE survey = ? AND position <= ? AND (day = ? OR (day < ? AND state = 'LAST')) "
      "ORDER BY day DESC LIMIT 1",
      sql::Bind(survey.name(), position, time::DayText(day), time::DayText(day)), [&](const sql::Row& row) {
        there = true;
        found.state = StateOf(row.Text(0));
        found.position = row.Int(1);
        sound = found.tally.ParseFromString(row.Text(2));
      }));
  if (!sound) return absl::DataLossError(absl::StrCat("a day of ", survey.name()));
  if (!there) return status::Error(kAsOfNotKept, {{"day", time::DayText(day)}});
  if (found.state == SurveyDay::kWaiting || found.state == SurveyDay::kSkipped) {
    return status::Error(kAsOfTooFew, {{"day", time::DayText(day)}, {"least", found.tally.minimum_group()}});
  }
  v1::AnswerBasis& basis = *found.tally.mutable_basis();
  *basis.mutable_as_of() = time::ToDate(day);
  basis.set_position(found.position);
  return found.tally;
}

SurveyDays::SurveyDays(const service::Context& context, SurveyTables& tables, SurveyResults& results) : tables_(tables), results_(results) {
  context.jobs.Recur("take-survey-days", kTakeInterval, [this](const rpc::Call& call, const job::Job&) { return TakeAll(call); });
}

absl::Status SurveyDays::Take(const rpc::Call& call, const Survey& survey, absl::CivilDay day) {
  const bool last = survey.state() == Survey::STATE_CLOSED;
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    // Held, so that the figures of a survey that is closed are its last.
    ASSIGN_OR_RETURN(const Survey held, tables_.surveys.Guard(tx, survey.name()));
    ASSIGN_OR_RETURN(const SurveyTally now, results_.Whole(tx.sql, held, call.now));
    ASSIGN_OR_RETURN(std::vector<SurveyDay> days, LoadDays(tx.sql, survey.name()));
    std::vector<SurveyDay> before = days;
    SurveyDay taken{day, last ? SurveyDay::kLast : SurveyDay::kWaiting, 0, now};
    RETURN_IF_ERROR(
        tx.sql.Query("SELECT position FROM event_position WHERE id = 1", {}, [&](const sql::Row& row) { taken.position = row.Int(0); }));
    if (!last) days.push_back(taken);
    JudgeDays(now, last, now.minimum_group(), days);
    if (last) days.push_back(taken);
    for (size_t i = 0; i < days.size(); ++i) {
      if (i < before.size() && before[i].state == days[i].state) continue;
      RETURN_IF_ERROR(tx.sql
                          .Execute("REPLACE INTO survey_days (survey, day, state, position, tally) VALUES (?, ?, ?, ?, ?)",
                                   sql::Bind(survey.name(), time::DayText(days[i].day), std::string(kStates[days[i].state]),
                                             days[i].position, days[i].tally.SerializeAsString()))
                          .status());
    }
    return absl::OkStatus();
  });
}

job::Outcome SurveyDays::TakeAll(const rpc::Call& call) {
  const absl::TimeZone zone = tables_.planning.zone;
  const absl::CivilDay today = absl::ToCivilDay(call.now, zone);
  const bool in_time = call.now - absl::FromCivil(today, zone) < kTakenWithin;
  const auto due = tables_.store.Read(call, [&](sql::Session& session) {
    return tables_.surveys.Select(
        session,
        "WHERE anonymous AND version > 0 AND ((? AND state IN ('STATE_OPEN', 'STATE_PAUSED') AND NOT EXISTS "
        "(SELECT 1 FROM survey_days AS d WHERE d.survey = surveys.name AND d.day = ?)) OR (state = 'STATE_CLOSED' "
        "AND NOT EXISTS (SELECT 1 FROM survey_days AS d WHERE d.survey = surveys.name AND d.state = 'LAST'))) "
        "ORDER BY name LIMIT ?",
        sql::Bind(in_time, time::DayText(today - 1), kSurveysInOneRun));
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const Survey& survey : *due) {
    const bool last = survey.state() == Survey::STATE_CLOSED;
    failure.Update(Take(call, survey, last ? absl::ToCivilDay(time::ToTime(survey.update_time()), zone) : today - 1));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

}  // namespace heitie::planning
