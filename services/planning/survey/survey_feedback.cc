#include "services/planning/survey/survey_feedback.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "heitie/planning/v1/feedback_entry.pb.h"

namespace heitie::planning {

using v1::FeedbackEntry;

namespace {

constexpr absl::Duration kFeedInterval = absl::Seconds(30);
constexpr int64_t kTextsAtOnce = 200;

}  // namespace

SurveyFeedback::SurveyFeedback(const service::Context& context, SurveyTables& tables) : tables_(tables) {
  context.jobs.Recur("feed-survey-texts", kFeedInterval, [this](const rpc::Call& call, const job::Job&) {
    bool more = false;
    const absl::Status fed = tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(more, FileSome(tx));
      return absl::OkStatus();
    });
    if (!fed.ok()) return job::Outcome::Failed(fed);
    return more ? job::Outcome::Again(call.now) : job::Outcome::Done();
  });
}

absl::StatusOr<bool> SurveyFeedback::FileSome(record::Transaction& tx) const {
  struct Question {
    std::string survey, question;
    int64_t least = 0;  // who must have written something
    bool operator<(const Question& other) const { return std::tie(survey, question) < std::tie(other.survey, other.question); }
  };
  std::map<Question, std::vector<std::string>> due;
  int64_t found = 0;
  RETURN_IF_ERROR(tx.sql.Query(
      "SELECT t.name, t.survey, t.question, s.anonymous, s.minimum_group FROM survey_texts AS t JOIN surveys AS s ON s.name = t.survey "
      "WHERE "
      "t.feedback_channel IS NOT NULL AND (s.state = 'STATE_CLOSED' OR (NOT s.anonymous AND NOT s.replaceable)) ORDER BY "
      "t.feedback_channel, t.name LIMIT ?",
      sql::Bind(kTextsAtOnce), [&](const sql::Row& row) {
        ++found;
        const int64_t least = row.Int(3) == 0 ? 0 : std::max<int64_t>(row.Int(4), kLeastMinimumGroup);
        due[{row.Text(1), row.Text(2), least}].push_back(row.Text(0));
      }));
  for (const auto& [question, texts] : due) {
    int64_t written = 0;
    if (question.least > 0) {
      RETURN_IF_ERROR(tx.sql.Query("SELECT COUNT(*) FROM survey_texts WHERE survey = ? AND question = ? AND NOT hidden",
                                   sql::Bind(question.survey, question.question), [&](const sql::Row& row) { written = row.Int(0); }));
    }
    for (const std::string& text : texts) RETURN_IF_ERROR(File(tx, text, written >= question.least));
  }
  return found == kTextsAtOnce;
}

absl::Status SurveyFeedback::File(record::Transaction& tx, const std::string& text, bool enough) const {
  FeedbackEntry entry;
  bool due = false, known = false;
  absl::CivilDay received = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  RETURN_IF_ERROR(tx.sql.Query(
      "SELECT t.text, t.feedback_channel, t.hidden, r.submit_time FROM survey_texts AS t LEFT JOIN survey_responses AS r ON r.survey = "
      "t.survey AND r.response = t.response WHERE t.name = ? AND t.feedback_channel IS NOT NULL FOR UPDATE",
      sql::Bind(text), [&](const sql::Row& row) {
        FeedbackEntry::Channel channel = FeedbackEntry::CHANNEL_SURVEY;
        FeedbackEntry::Channel_Parse(row.Text(1), &channel);
        entry.set_text(row.Text(0));
        entry.set_channel(channel);
        // What was replaced is not what they say any more.
        due = enough && row.Int(2) == 0;
        if (!row.IsNull(3)) received = absl::ToCivilDay(row.Time(3), tables_.planning.zone);
      }));
  RETURN_IF_ERROR(tx.sql.Query("SELECT 1 FROM feedback_entries WHERE source = ?", sql::Bind(text), [&](const sql::Row&) { known = true; }));
  if (due && !known) {
    entry.set_name(absl::StrCat("feedbackEntries/survey-", text::Sha256Hex(text).substr(0, 26)));
    *entry.mutable_receive_date() = time::ToDate(received);
    entry.set_source(text);
    RETURN_IF_ERROR(tables_.planning.feedback_entries.Insert(tx, entry, "file_survey_text"));
  }
  return tx.sql.Execute("UPDATE survey_texts SET feedback_channel = NULL WHERE name = ?", sql::Bind(text)).status();
}

}  // namespace heitie::planning
