#include "services/planning/survey/results.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/survey/survey.h"
#include "services/planning/survey/survey_days.h"
#include "services/planning/survey/tally.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Survey;
using v1::SurveyTally;

const status::Reason kNotYourSurvey{StatusCode::kPermissionDenied, "NOT_YOUR_SURVEY",
                                    "Named answers to {name} are read by its owner, analysts and managers.",
                                    "{name} 的具名答卷僅供其負責人、分析員與經理查閱。"};
const status::Reason kAnonymousSurvey{StatusCode::kFailedPrecondition, "ANONYMOUS_SURVEY",
                                      "{name} is anonymous: its answers are read as results only.",
                                      "{name} 為匿名問卷，答卷僅以統計結果呈現。"};
const status::Reason kTooManyResponses{StatusCode::kFailedPrecondition, "TOO_MANY_RESPONSES", "A file holds at most {most} responses.",
                                       "檔案至多容納 {most} 份答卷。"};
const status::Reason kResultWithheld{StatusCode::kFailedPrecondition, "RESULT_WITHHELD",
                                     "There are groups of fewer than {least} respondents, which are not shown.",
                                     "部分群組少於 {least} 位作答者，結果不予顯示。"};
const status::Reason kWeightingOfAnotherSurvey{StatusCode::kInvalidArgument, "WEIGHTING_OF_ANOTHER_SURVEY",
                                               "{weighting} is of another survey.", "{weighting} 屬於另一份問卷。"};
const status::Reason kAsOfNotOver{StatusCode::kInvalidArgument, "AS_OF_NOT_OVER", "{day} is not over yet.", "{day} 尚未結束。"};
const status::Reason kAsOfOfAllOnly{StatusCode::kFailedPrecondition, "AS_OF_OF_ALL_ONLY",
                                    "{name} is anonymous: of an earlier day it tells the results of all respondents together only.",
                                    "{name} 為匿名問卷，過去日期僅提供全體作答者的結果。"};

namespace {

// Responses in memory at most, over all surveys; beyond, what was not used for the longest time goes. Some 30 bytes each.
constexpr size_t kMostResponses = 5'000'000;
// What takes longer to read than this is not read anew for so many times as long as it took.
constexpr absl::Duration kQuick = absl::Milliseconds(50);
constexpr int kRest = 20;
constexpr int64_t kMostRows = 20'000;
constexpr int kDefaultReading = 100;

std::string SteadyBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

v1::AnswerBasis BasisOf(absl::CivilDay day, int64_t position) {
  v1::AnswerBasis basis;
  *basis.mutable_as_of() = time::ToDate(day);
  basis.set_position(position);
  return basis;
}

int GroupOf(const Survey& survey) { return survey.anonymous() ? std::max(survey.minimum_group(), kLeastMinimumGroup) : 0; }

// What an answer is in a cell: options by their ids, rows as `row=option`.
std::string CellOf(const v1::SurveyAnswer* answer) {
  if (answer == nullptr) return "";
  if (answer->has_number()) return absl::StrCat(answer->number());
  if (!answer->text().empty()) return DefusedCell(answer->text());
  std::vector<std::string> parts(answer->options().begin(), answer->options().end());
  for (const v1::MatrixCell& cell : answer->cells()) parts.push_back(absl::StrCat(cell.row(), "=", cell.option()));
  if (!answer->other_text().empty()) parts.push_back(answer->other_text());
  return DefusedCell(absl::StrJoin(parts, "; "));
}

}  // namespace

absl::StatusOr<SurveyResults::Kept> SurveyResults::Read(sql::Session& session, const Survey& survey, std::pair<int64_t, int64_t> rows,
                                                        absl::Time now) {
  const absl::Time begun = absl::Now();
  ASSIGN_OR_RETURN(const SurveyTables::Version current, tables_.VersionOf(session, survey.name(), survey.version()));
  auto columns = std::make_shared<SurveyColumns>(*current);
  std::map<int32_t, SurveyTables::Version> versions;
  for (int32_t version = 1; version <= survey.version(); ++version) {
    ASSIGN_OR_RETURN(versions[version], tables_.VersionOf(session, survey.name(), version));
  }
  auto loaded = std::make_shared<Loaded>();
  absl::Status broken;
  v1::NamedSurveyResponse response;
  RETURN_IF_ERROR(session.Query("SELECT version, answers FROM survey_responses WHERE survey = ? AND counted AND NOT replaced",
                                sql::Bind(survey.name()), [&](const sql::Row& row) {
                                  const auto version = versions.find(static_cast<int32_t>(row.Int(0)));
                                  response.Clear();
                                  if (version == versions.end() || !response.ParseFromString(row.Text(1))) {
                                    broken = absl::DataLossError(absl::StrCat("a response to ", survey.name(), " cannot be read"));
                                    return;
                                  }
                                  columns->Add(*version->second, response.answers());
                                }));
  RETURN_IF_ERROR(broken);
  RETURN_IF_ERROR(session.Query("SELECT COUNT(*) FROM survey_responses WHERE survey = ? AND NOT counted AND NOT replaced",
                                sql::Bind(survey.name()), [&](const sql::Row& row) { loaded->screened_out = row.Int(0); }));
  loaded->columns = std::move(columns);
  loaded->version = survey.version();
  loaded->rows = rows;
  loaded->as_of = now;
  loaded->checked = begun;
  loaded->took = absl::Now() - begun;
  return Kept(std::move(loaded));
}

absl::StatusOr<SurveyResults::Kept> SurveyResults::LoadDay(sql::Session& session, const Survey& survey, const AsOf& as_of) const {
  const absl::Time end = absl::FromCivil(as_of.day + 1, tables_.planning.zone);
  auto loaded = std::make_shared<Loaded>();
  const std::string versions = absl::StrCat(survey.name(), "/surveyVersions");
  RETURN_IF_ERROR(session.Query(
      "SELECT COUNT(DISTINCT aggregateid) FROM event WHERE aggregateid > ? AND aggregateid < ? AND position <= ? AND occur_time < ?",
      sql::Bind(versions + "/", versions + "0", as_of.position, end),
      [&](const sql::Row& row) { loaded->version = static_cast<int32_t>(row.Int(0)); }));
  if (loaded->version == 0) return status::Error(kNothingPublished, {{"name", survey.name()}});
  std::vector<SurveyTables::Version> asked;
  for (int32_t version = 1; version <= loaded->version; ++version) {
    ASSIGN_OR_RETURN(asked.emplace_back(), tables_.VersionOf(session, survey.name(), version));
  }
  auto columns = std::make_shared<SurveyColumns>(*asked.back());
  // Of each respondent the latest one counts that had come by then, if it does.
  struct Latest {
    std::string respondent;
    int64_t version = 0;
    bool counted = false;
    std::string answers;
  } latest;
  absl::Status broken;
  v1::NamedSurveyResponse response;
  const auto take = [&]() {
    if (latest.version < 1 || latest.version > loaded->version) return;
    if (!latest.counted) {
      ++loaded->screened_out;
    } else if (response.ParseFromString(latest.answers)) {
      columns->Add(*asked[static_cast<size_t>(latest.version - 1)], response.answers());
    } else {
      broken = absl::DataLossError(absl::StrCat("a response to ", survey.name(), " cannot be read"));
    }
  };
  RETURN_IF_ERROR(
      session.Query("SELECT respondent, version, counted, answers FROM survey_responses WHERE survey = ? AND submit_time < ? "
                    "ORDER BY respondent, submit_time, replaced DESC",
                    sql::Bind(survey.name(), end), [&](const sql::Row& row) {
                      if (row.Text(0) != latest.respondent) take();
                      latest = {row.Text(0), row.Int(1), row.Int(2) != 0, row.Text(3)};
                    }));
  take();
  RETURN_IF_ERROR(broken);
  loaded->columns = std::move(columns);
  loaded->as_of = end;
  return Kept(std::move(loaded));
}

absl::StatusOr<SurveyResults::AsOf> SurveyResults::CheckAsOf(const rpc::Call& call, const google::type::Date& day, int64_t position) const {
  status::BadFields bad;
  AsOf as_of{time::ToDay(day)};
  if (as_of.day >= absl::ToCivilDay(call.now, tables_.planning.zone)) {
    bad.Add("as_of", kAsOfNotOver, {{"day", time::DayText(as_of.day)}});
  }
  ASSIGN_OR_RETURN(as_of.position, PositionFor(tables_.planning, call, position, bad));
  RETURN_IF_ERROR(bad.status());
  return as_of;
}

template <typename Req>
absl::StatusOr<std::optional<SurveyResults::AsOf>> SurveyResults::AsOfIn(const rpc::Call& call, const Req& request) const {
  if (!request.has_as_of()) return std::nullopt;
  ASSIGN_OR_RETURN(const AsOf as_of, CheckAsOf(call, request.as_of(), request.position()));
  return as_of;
}

absl::StatusOr<SurveyResults::Kept> SurveyResults::Load(sql::Session& session, const Survey& survey, absl::Time now, bool exactly) {
  if (survey.version() == 0) return status::Error(kNothingPublished, {{"name", survey.name()}});
  Kept kept;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = kept_.find(survey.name()); it != kept_.end()) kept = it->second;
  }
  const bool same_version = kept != nullptr && kept->version == survey.version();
  if (!exactly && same_version && kept->took > kQuick && absl::Now() < kept->checked + kRest * kept->took) return kept;
  std::pair<int64_t, int64_t> rows;
  RETURN_IF_ERROR(session.Query("SELECT COUNT(*), COALESCE(SUM(replaced), 0) FROM survey_responses WHERE survey = ?",
                                sql::Bind(survey.name()), [&](const sql::Row& row) {
                                  rows = {row.Int(0), row.Int(1)};
                                }));
  std::shared_ptr<Loaded> fresh;
  if (same_version && kept->rows == rows) {
    fresh = std::make_shared<Loaded>(*kept);
    fresh->as_of = now;
    fresh->checked = absl::Now();
  } else {
    ASSIGN_OR_RETURN(const Kept read, Read(session, survey, rows, now));
    fresh = std::make_shared<Loaded>(*read);
  }
  const std::lock_guard lock(mutex_);
  if (kept_responses_ + fresh->columns->size() > kMostResponses) {
    kept_.clear();
    kept_responses_ = 0;
  }
  Kept& place = kept_[survey.name()];
  if (place != nullptr) kept_responses_ -= place->columns->size();
  kept_responses_ += fresh->columns->size();
  place = fresh;
  return place;
}

absl::Status SurveyResults::AddCodes(sql::Session& session, const std::string& survey, SurveyTally& tally) const {
  std::map<std::string, std::map<std::string, int64_t>> by_question;
  std::map<std::string, int64_t> uncoded;
  RETURN_IF_ERROR(
      session.Query("SELECT question, codes, COUNT(*) FROM survey_texts WHERE survey = ? AND NOT hidden GROUP BY question, codes",
                    sql::Bind(survey), [&](const sql::Row& row) {
                      v1::SurveyText text;
                      if (row.IsNull(1) || !record::FromJson(row.Text(1), &text) || text.codes().empty()) {
                        uncoded[row.Text(0)] += row.Int(2);
                      }
                      for (const std::string& code : text.codes()) by_question[row.Text(0)][code] += row.Int(2);
                    }));
  for (v1::QuestionTally& question : *tally.mutable_questions()) {
    if (question.kind() != v1::SurveyQuestion::KIND_TEXT || question.withheld()) continue;
    question.set_uncoded(uncoded[question.question()]);
    for (const auto& [code, count] : by_question[question.question()]) {
      v1::OptionTally& option = *question.add_options();
      option.set_option(code);
      option.set_count(count);
      if (question.answered() > 0 && !tally.has_weights()) {
        *option.mutable_share() = ShareOf(std::min(count, question.answered()), question.answered());
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<WeightedGroups>> SurveyResults::GroupsOf(sql::Session& session, const std::string& survey,
                                                                      const std::string& weighting, const std::string& path,
                                                                      const SurveyColumns& columns) const {
  if (weighting.empty()) return std::nullopt;
  if (record::ParentOf(weighting) != survey) {
    status::BadFields bad;
    bad.Add(path, kWeightingOfAnotherSurvey, {{"weighting", weighting}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(const v1::SurveyWeighting found, tables_.survey_weightings.Find(session, weighting));
  ASSIGN_OR_RETURN(WeightedGroups groups, RakeSurvey(columns, found));
  return groups;
}

absl::StatusOr<SurveyTally> SurveyResults::Tally(sql::Session& session, const Question& question, absl::Time now) {
  ASSIGN_OR_RETURN(const Survey found, tables_.surveys.Find(session, question.survey));
  if (question.as_of && found.anonymous()) {
    const bool all = question.filter.empty() && question.breakdown.empty() && question.weighting.empty();
    if (!all) return status::Error(kAsOfOfAllOnly, {{"name", found.name()}});
    return TellDay(session, found, question.as_of->day, question.as_of->position);
  }
  ASSIGN_OR_RETURN(const Kept loaded, question.as_of ? LoadDay(session, found, *question.as_of) : Load(session, found, now));
  const SurveyColumns& columns = *loaded->columns;
  ASSIGN_OR_RETURN(const std::optional<WeightedGroups> groups,
                   GroupsOf(session, question.survey, question.weighting, question.prefix + "weighting", columns));
  ASSIGN_OR_RETURN(SurveyTally tally, TallyOf(columns, question.filter, question.prefix + "conditions", question.breakdown,
                                              question.prefix + "breakdown", GroupOf(found), groups ? &*groups : nullptr));
  if (tally.has_weights()) tally.mutable_weights()->set_survey_weighting(question.weighting);
  tally.set_screened_out(loaded->screened_out);
  tally.set_version(loaded->version);
  *tally.mutable_as_of() = time::ToTimestamp(loaded->as_of);
  if (question.as_of) {
    *tally.mutable_basis() = BasisOf(question.as_of->day, question.as_of->position);
    return tally;
  }
  if (question.filter.empty()) RETURN_IF_ERROR(AddCodes(session, question.survey, tally));
  tally.set_survey_etag(found.etag());
  return tally;
}

absl::StatusOr<SurveyTally> SurveyResults::Whole(sql::Session& session, const Survey& survey, absl::Time now) {
  ASSIGN_OR_RETURN(const Kept loaded, Load(session, survey, now, /*exactly=*/true));
  ASSIGN_OR_RETURN(SurveyTally tally, TallyOf(*loaded->columns, {}, "", "", "", GroupOf(survey)));
  tally.set_version(loaded->version);
  *tally.mutable_as_of() = time::ToTimestamp(loaded->as_of);
  return tally;
}

absl::StatusOr<SurveyTally> SurveyResults::Tell(const rpc::Call& call, const v1::TallySurveyRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<AsOf> as_of, AsOfIn(call, request));
  return tables_.store.Read(call, [&](sql::Session& session) {
    return Tally(session, {request.name(), request.conditions(), request.breakdown(), request.weighting(), "", as_of}, call.now);
  });
}

absl::StatusOr<v1::CrossTabulateSurveyResponse> SurveyResults::Cross(const rpc::Call& call, const v1::CrossTabulateSurveyRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<AsOf> as_of, AsOfIn(call, request));
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::CrossTabulateSurveyResponse> {
    ASSIGN_OR_RETURN(const Survey found, tables_.surveys.Find(session, request.name()));
    if (as_of && found.anonymous()) return status::Error(kAsOfOfAllOnly, {{"name", found.name()}});
    ASSIGN_OR_RETURN(const Kept loaded, as_of ? LoadDay(session, found, *as_of) : Load(session, found, call.now));
    ASSIGN_OR_RETURN(const std::optional<WeightedGroups> groups,
                     GroupsOf(session, request.name(), request.weighting(), "weighting", *loaded->columns));
    ASSIGN_OR_RETURN(v1::CrossTabulateSurveyResponse response,
                     CrossTabulate(*loaded->columns, request, GroupOf(found), groups ? &*groups : nullptr));
    if (response.has_weights()) response.mutable_weights()->set_survey_weighting(request.weighting());
    *response.mutable_as_of() = time::ToTimestamp(loaded->as_of);
    if (as_of) *response.mutable_basis() = BasisOf(as_of->day, as_of->position);
    return response;
  });
}

absl::Status SurveyResults::Keep(record::Transaction& tx, v1::SurveyResult& result) {
  ASSIGN_OR_RETURN(
      SurveyTally tally,
      Tally(tx.sql, {record::ParentOf(result.name()), result.conditions(), result.breakdown(), result.weighting(), "survey_result."},
            tx.call.now));
  if (tally.withheld()) return status::Error(kResultWithheld, {{"least", tally.minimum_group()}});
  result.set_digest(DigestOf(SteadyBytes(tally)));
  *result.mutable_tally() = std::move(tally);
  return absl::OkStatus();
}

absl::Status SurveyResults::AddWeighting(record::Transaction& tx, v1::SurveyWeighting& weighting) {
  // Held, so that versions are numbered one after the other.
  ASSIGN_OR_RETURN(const Survey survey, tables_.surveys.Guard(tx, record::ParentOf(weighting.name())));
  if (survey.version() == 0) return status::Error(kNothingPublished, {{"name", survey.name()}});
  ASSIGN_OR_RETURN(const SurveyTables::Version asked, tables_.VersionOf(tx.sql, survey.name(), survey.version()));
  status::BadFields bad;
  CheckWeighting(asked->questions(), weighting, bad);
  RETURN_IF_ERROR(bad.status());
  const std::string first = absl::StrCat(survey.name(), "/surveyWeightings/"), last = absl::StrCat(survey.name(), "/surveyWeightings0");
  return tx.sql.Query("SELECT COALESCE(MAX(version), 0) FROM survey_weightings WHERE name > ? AND name < ?", sql::Bind(first, last),
                      [&](const sql::Row& row) { weighting.set_version(static_cast<int32_t>(row.Int(0)) + 1); });
}

absl::StatusOr<v1::SurveyText> SurveyResults::Code(record::Transaction& tx, const v1::CodeSurveyTextRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::SurveyText> step, tables_.survey_texts.Begin(tx, request));
  v1::SurveyText after = step.before;
  *after.mutable_codes() = request.codes();
  after.set_coder(tx.call.principal.name);
  int64_t revision = 0;
  if (!absl::SimpleAtoi(after.etag(), &revision)) return absl::DataLossError("an etag is no number");
  after.set_etag(absl::StrCat(++revision));
  // The event tells the codes and not the text, which must be gone when its respondent is erased.
  v1::SurveyText told = after;
  told.clear_text();
  v1::SurveyText codes;
  *codes.mutable_codes() = after.codes();
  RETURN_IF_ERROR(tx.sql
                      .Execute("UPDATE survey_texts SET codes = ?, coder = ?, etag = ? WHERE name = ?",
                               {record::ToJson(codes), after.coder(), after.etag(), after.name()})
                      .status());
  RETURN_IF_ERROR(tx.Record("code", after.name(), "planning.heitie/SurveyText", revision, nullptr, &told));
  return after;
}

absl::StatusOr<Survey> SurveyResults::Disclose(record::Transaction& tx, const std::string& survey, const char* action) const {
  ASSIGN_OR_RETURN(const Survey before, tables_.surveys.Lock(tx, survey));
  const rpc::Principal& who = tx.call.principal;
  const bool may = before.owner() == who.name || who.Has(options::v1::ROLE_OPERATIONS_MANAGER) || who.Has(options::v1::ROLE_DATA_ANALYST);
  if (!may) return status::Error(kNotYourSurvey, {{"name", survey}});
  if (before.anonymous()) return status::Error(kAnonymousSurvey, {{"name", survey}});
  Survey after = before;
  after.set_readings(before.readings() + 1);
  RETURN_IF_ERROR(tables_.surveys.Update(tx, before, after, action));
  return after;
}

absl::Status SurveyResults::ReadResponses(record::Transaction& tx, const v1::ReadSurveyResponsesRequest& request,
                                          v1::ReadSurveyResponsesResponse* response) const {
  RETURN_IF_ERROR(Disclose(tx, request.name(), "read_responses").status());
  const int limit = request.limit() == 0 ? kDefaultReading : request.limit();
  std::string query =
      "SELECT response, respondent, submit_time, version, counted, replaced, answers FROM survey_responses WHERE survey = ? AND response > "
      "?";
  sql::Values values = sql::Bind(request.name(), request.after());
  if (!request.respondent().empty()) {
    query += " AND respondent = ?";
    values.emplace_back(request.respondent());
  }
  if (!request.with_replaced()) query += " AND NOT replaced";
  query += " ORDER BY response LIMIT ?";
  values.emplace_back(int64_t{limit} + 1);
  std::string last;
  return tx.sql.Query(query, values, [&](const sql::Row& row) {
    if (response->responses_size() == limit) return response->set_next_after(last);
    v1::NamedSurveyResponse& entry = *response->add_responses();
    entry.ParseFromString(row.Text(6));
    last = row.Text(0);
    entry.set_respondent(row.Text(1));
    *entry.mutable_submit_time() = time::ToTimestamp(row.Time(2));
    entry.set_version(static_cast<int32_t>(row.Int(3)));
    entry.set_outcome(row.Int(4) != 0 ? v1::SURVEY_OUTCOME_COUNTED : v1::SURVEY_OUTCOME_SCREENED_OUT);
    entry.set_replaced(row.Int(5) != 0);
  });
}

absl::Status SurveyResults::Export(record::Transaction& tx, const v1::ExportSurveyResponsesRequest& request,
                                   v1::ExportSurveyResponsesResponse* response) {
  ASSIGN_OR_RETURN(const Survey survey, Disclose(tx, request.name(), "export_responses"));
  if (survey.version() == 0) return status::Error(kNothingPublished, {{"name", survey.name()}});
  ASSIGN_OR_RETURN(const SurveyTables::Version version, tables_.VersionOf(tx.sql, survey.name(), survey.version()));
  std::string content = "respondent,submit_time,version";
  for (const v1::SurveyQuestion& question : version->questions()) absl::StrAppend(&content, ",", question.question_id());
  content += "\r\n";
  int32_t rows = 0;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT respondent, submit_time, version, answers FROM survey_responses WHERE survey = ? AND counted AND NOT replaced "
                   "ORDER BY response LIMIT ?",
                   sql::Bind(request.name(), kMostRows + 1), [&](const sql::Row& row) {
                     ++rows;
                     v1::NamedSurveyResponse answered;
                     answered.ParseFromString(row.Text(3));
                     const AnswerMap answers(answered.answers());
                     absl::StrAppend(&content, DefusedCell(row.Text(0)), ",",
                                     absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", row.Time(1), absl::UTCTimeZone()), ",", row.Int(2));
                     for (const v1::SurveyQuestion& question : version->questions()) {
                       absl::StrAppend(&content, ",", CellOf(answers.Find(question.question_id())));
                     }
                     content += "\r\n";
                   }));
  if (rows > kMostRows) return status::Error(kTooManyResponses, {{"most", kMostRows}});
  response->set_content(std::move(content));
  response->set_rows(rows);
  return absl::OkStatus();
}

namespace {

// Takes the words out of first answers about a resource: that a request was answered stays, so that a repetition of it does nothing anew.
template <typename T>
absl::Status ForgetWords(record::Transaction& tx, const std::string& name) {
  struct Answer {
    std::string principal, request_id;
    T told;
  };
  std::vector<Answer> answers;
  RETURN_IF_ERROR(tx.sql.Query("SELECT principal, request_id, response FROM idempotency WHERE INSTR(response, ?) > 0", sql::Bind(name),
                               [&](const sql::Row& row) {
                                 Answer answer{row.Text(0), row.Text(1), {}};
                                 if (answer.told.ParseFromString(row.Text(2)) && answer.told.name() == name && !answer.told.text().empty())
                                   answers.push_back(std::move(answer));
                               }));
  for (Answer& answer : answers) {
    answer.told.clear_text();
    RETURN_IF_ERROR(tx.sql
                        .Execute("UPDATE idempotency SET response = ? WHERE principal = ? AND request_id = ?",
                                 sql::Bind(answer.told.SerializeAsString(), answer.principal, answer.request_id))
                        .status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int32_t> SurveyResults::EraseFeedback(record::Transaction& tx, const std::string& respondent) const {
  std::vector<std::string> entries;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT f.name FROM survey_responses AS r JOIN survey_texts AS t ON t.response = r.response AND t.survey = r.survey "
                   "JOIN feedback_entries AS f ON f.source = t.name WHERE r.respondent = ? ORDER BY f.name",
                   sql::Bind(respondent), [&](const sql::Row& row) { entries.push_back(row.Text(0)); }));
  for (const std::string& entry : entries) {
    // The one change that events know: what happened stays, and what was said goes.
    RETURN_IF_ERROR(
        tx.sql
            .Execute("UPDATE event SET payload = JSON_REMOVE(payload, '$.text'), before_json = JSON_REMOVE(before_json, '$.text') "
                     "WHERE aggregateid = ?",
                     sql::Bind(entry))
            .status());
    RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM feedback_entries WHERE name = ?", sql::Bind(entry)).status());
    RETURN_IF_ERROR(ForgetWords<v1::FeedbackEntry>(tx, entry));
  }
  return static_cast<int32_t>(entries.size());
}

absl::Status SurveyResults::Erase(record::Transaction& tx, const v1::EraseSurveyRespondentRequest& request,
                                  v1::EraseSurveyRespondentResponse* response) const {
  ASSIGN_OR_RETURN(const int32_t feedback, EraseFeedback(tx, request.respondent()));
  std::vector<std::string> coded;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT t.name FROM survey_texts AS t JOIN survey_responses AS r ON r.response = t.response WHERE "
                   "r.respondent = ? AND t.coder <> '' ORDER BY t.name",
                   sql::Bind(request.respondent()), [&](const sql::Row& row) { coded.push_back(row.Text(0)); }));
  for (const std::string& text : coded) RETURN_IF_ERROR(ForgetWords<v1::SurveyText>(tx, text));
  ASSIGN_OR_RETURN(const int64_t texts,
                   tx.sql.Execute("DELETE FROM survey_texts WHERE response IN (SELECT response FROM survey_responses WHERE respondent = ?)",
                                  sql::Bind(request.respondent())));
  // What counted gives its places back: they stood for somebody who is no longer there.
  std::vector<std::pair<std::string, v1::NamedSurveyResponse>> counted;
  RETURN_IF_ERROR(tx.sql.Query("SELECT survey, answers FROM survey_responses WHERE respondent = ? AND counted AND NOT replaced",
                               sql::Bind(request.respondent()), [&](const sql::Row& row) {
                                 v1::NamedSurveyResponse answered;
                                 if (answered.ParseFromString(row.Text(1))) counted.emplace_back(row.Text(0), std::move(answered));
                               }));
  for (const auto& [name, answered] : counted) {
    ASSIGN_OR_RETURN(const Survey survey, tables_.surveys.Guard(tx, name));
    ASSIGN_OR_RETURN(const SurveyTables::Version version, tables_.VersionOf(tx.sql, name, survey.version()));
    for (const std::string& quota : QuotasOf(version->quotas(), answered.answers())) {
      RETURN_IF_ERROR(
          tx.sql.Execute("UPDATE survey_quotas_used SET used = used - 1 WHERE survey = ? AND quota = ?", sql::Bind(name, quota)).status());
    }
  }
  ASSIGN_OR_RETURN(const int64_t responses,
                   tx.sql.Execute("DELETE FROM survey_responses WHERE respondent = ?", sql::Bind(request.respondent())));
  // That somebody has answered an anonymous survey stays, or the same person could answer twice.
  RETURN_IF_ERROR(
      tx.sql.Execute("DELETE FROM survey_participations WHERE respondent = ? AND response IS NOT NULL", sql::Bind(request.respondent()))
          .status());
  response->set_responses(static_cast<int32_t>(responses));
  response->set_texts(static_cast<int32_t>(texts));
  response->set_feedback_entries(feedback);
  return absl::OkStatus();
}

void SurveyResults::Bind(record::Methods& methods, rpc::Service& service) {
  methods.Bind("TallySurvey", this, &SurveyResults::Tell);
  methods.Bind("CrossTabulateSurvey", this, &SurveyResults::Cross);
  methods.Reads(tables_.survey_results);
  methods.Creates(tables_.survey_results, this, &SurveyResults::Keep);
  methods.Reads(tables_.survey_weightings);
  methods.Creates(tables_.survey_weightings, this, &SurveyResults::AddWeighting);
  methods.Reads(tables_.survey_texts);
  methods.Bind("CodeSurveyText", this, &SurveyResults::Code);
  // A record of the answer would keep what was read, also when it is erased.
  service.Bind(
      "ReadSurveyResponses",
      WithoutRecord<v1::ReadSurveyResponsesRequest, v1::ReadSurveyResponsesResponse>(
          tables_.store, {.take = [this](record::Transaction& tx, const v1::ReadSurveyResponsesRequest& request,
                                         v1::ReadSurveyResponsesResponse* response) { return ReadResponses(tx, request, response); }}));
  service.Bind("ExportSurveyResponses",
               WithoutRecord<v1::ExportSurveyResponsesRequest, v1::ExportSurveyResponsesResponse>(
                   tables_.store, {.take = [this](record::Transaction& tx, const v1::ExportSurveyResponsesRequest& request,
                                                  v1::ExportSurveyResponsesResponse* response) { return Export(tx, request, response); }}));
  // The record of the request would name whoever is erased.
  service.Bind("EraseSurveyRespondent",
               WithoutRecord<v1::EraseSurveyRespondentRequest, v1::EraseSurveyRespondentResponse>(
                   tables_.store, {.take = [this](record::Transaction& tx, const v1::EraseSurveyRespondentRequest& request,
                                                  v1::EraseSurveyRespondentResponse* response) { return Erase(tx, request, response); }}));
}

}  // namespace heitie::planning
