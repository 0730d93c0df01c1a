#include "services/activity/lesson/applicability.h"

#include "absl/strings/str_cat.h"
#include "common/record/kind.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity_template.pb.h"

namespace heitie::activity {

const status::Reason kAppliesToNothing{absl::StatusCode::kInvalidArgument, "APPLIES_TO_NOTHING",
                                       "It applies to at least one template or kind of activities.", "至少須適用於一個活動範本或類型。"};
const status::Reason kTemplateMissing{absl::StatusCode::kInvalidArgument, "TEMPLATE_MISSING", "There is no template {template}.",
                                      "沒有範本 {template}。"};

std::vector<std::string> ScopesOf(const v1::Applicability& applicability) {
  std::vector<std::string> scopes(applicability.templates().begin(), applicability.templates().end());
  for (const std::string& kind : applicability.kinds()) scopes.push_back("kinds/" + kind);
  return scopes;
}

std::vector<std::string> ScopesOf(const v1::Activity& activity) {
  std::vector<std::string> scopes;
  if (!activity.template_version().empty()) scopes.push_back(record::ParentOf(activity.template_version()));
  if (!activity.kind().empty()) scopes.push_back("kinds/" + activity.kind());
  return scopes;
}

absl::Status CheckApplicability(const record::Store& store, sql::Session& session, const std::string& path,
                                const v1::Applicability& applicability, status::BadFields& bad) {
  if (applicability.templates().empty() && applicability.kinds().empty()) bad.Add(path, kAppliesToNothing);
  const std::optional<record::Collection> templates = record::Collection::Of(store, *v1::ActivityTemplate::descriptor());
  if (!templates) return absl::OkStatus();
  for (int i = 0; i < applicability.templates_size(); ++i) {
    v1::ActivityTemplate found;
    const absl::Status status = templates->Find(session, applicability.templates(i), &found);
    if (absl::IsNotFound(status)) {
      bad.Add(absl::StrCat(path, ".templates[", i, "]"), kTemplateMissing, {{"template", applicability.templates(i)}});
    } else {
      RETURN_IF_ERROR(status);
    }
  }
  return absl::OkStatus();
}

absl::Status KeepApplicability(record::Transaction& tx, const std::string& subject, const v1::Applicability& applicability,
                               std::optional<absl::Time> since) {
  RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM applicabilities WHERE subject = ?", sql::Bind(subject)).status());
  if (!since) return absl::OkStatus();
  std::string rows;
  sql::Values values;
  for (const std::string& scope : ScopesOf(applicability)) {
    absl::StrAppend(&rows, rows.empty() ? "" : ", ", "(?, ?, ?)");
    for (const sql::Value& value : sql::Bind(scope, *since, subject)) values.push_back(value);
  }
  if (rows.empty()) return absl::OkStatus();
  return tx.sql.Execute("INSERT INTO applicabilities (scope, since, subject) VALUES " + rows, values).status();
}

absl::StatusOr<std::vector<v1::LessonToAnswer>> LessonsOf(sql::Session& session, const v1::Activity& activity) {
  std::vector<v1::LessonToAnswer> lessons;
  const std::vector<std::string> scopes = ScopesOf(activity);
  if (scopes.empty()) return lessons;
  RETURN_IF_ERROR(session.Query(
      "SELECT applies.subject, COALESCE(lesson.statement, action.title, ''), COALESCE(answer.name, '')"
      " FROM (SELECT DISTINCT subject FROM applicabilities WHERE scope IN (?, ?) AND since <= ?) AS applies"
      " LEFT JOIN lessons AS lesson ON lesson.name = applies.subject"
      " LEFT JOIN review_actions AS action ON action.name = applies.subject"
      " LEFT JOIN lesson_answers AS answer ON answer.activity = ? AND answer.subject = applies.subject"
      " ORDER BY applies.subject",
      sql::Bind(scopes.front(), scopes.back(), time::ToTime(activity.create_time()), activity.name()), [&](const sql::Row& row) {
        v1::LessonToAnswer& lesson = lessons.emplace_back();
        lesson.set_subject(row.Text(0));
        lesson.set_statement(row.Text(1));
        lesson.set_answer(row.Text(2));
      }));
  return lessons;
}

absl::StatusOr<std::vector<std::string>> UnansweredLessons(sql::Session& session, const v1::Activity& activity) {
  ASSIGN_OR_RETURN(const std::vector<v1::LessonToAnswer> lessons, LessonsOf(session, activity));
  std::vector<std::string> unanswered;
  for (const v1::LessonToAnswer& lesson : lessons) {
    if (lesson.answer().empty()) unanswered.push_back(lesson.subject());
  }
  return unanswered;
}

}  // namespace heitie::activity
