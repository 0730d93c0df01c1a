#include "services/risk/regulation/changed_subjects.h"

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"

namespace heitie::risk {
namespace {

constexpr char kAnew[] = " ON DUPLICATE KEY UPDATE guard = changed_subjects.guard + 1";

}  // namespace

absl::Status NoteSubjects(sql::Session& session, const std::vector<std::string>& names) {
  if (names.empty()) return absl::OkStatus();
  return session
      .Execute(absl::StrCat("INSERT INTO changed_subjects (name, guard) VALUES ", sql::Placeholders(names.size(), "(?, 1)"), kAnew),
               sql::Values(names.begin(), names.end()))
      .status();
}

absl::Status NoteProjects(sql::Session& session, const std::vector<std::string>& projects) {
  if (projects.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(NoteSubjects(session, projects));
  return session
      .Execute(absl::StrCat("INSERT INTO changed_subjects (name, guard) SELECT name, 1 FROM mirrored_activities WHERE project IN (",
                            sql::Placeholders(projects.size()), ")", kAnew),
               sql::Values(projects.begin(), projects.end()))
      .status();
}

absl::Status NoteSubjectsOf(sql::Session& session, const std::string& regulation) {
  for (const char* open : {"SELECT name, 1 FROM mirrored_activities WHERE state IN ('STATE_DRAFT', 'STATE_PREPARING', 'STATE_READY', "
                           "'STATE_LIVE', 'STATE_PAUSED')",
                           "SELECT name, 1 FROM mirrored_projects WHERE state IN ('STATE_DRAFT', 'STATE_SUBMITTED', 'STATE_APPROVED')"}) {
    RETURN_IF_ERROR(session.Execute(absl::StrCat("INSERT INTO changed_subjects (name, guard) ", open, kAnew)).status());
  }
  return session
      .Execute(absl::StrCat("INSERT INTO changed_subjects (name, guard) SELECT DISTINCT subject, 1 FROM obligation_cases WHERE "
                            "regulation = ? AND state IN ('STATE_OPEN', 'STATE_FULFILLED')",
                            kAnew),
               sql::Bind(regulation))
      .status();
}

// The row without a name is the turn.
absl::Status TakeTurn(sql::Session& session) {
  return session.Execute(absl::StrCat("INSERT INTO changed_subjects (name, guard) VALUES ('', 1)", kAnew)).status();
}

absl::StatusOr<std::vector<ChangedSubject>> FirstChanged(sql::Session& session, int limit) {
  std::vector<ChangedSubject> changed;
  RETURN_IF_ERROR(session.Query("SELECT name, guard FROM changed_subjects WHERE name > '' ORDER BY name LIMIT ?", sql::Bind(int64_t{limit}),
                                [&](const sql::Row& row) {
                                  changed.push_back({row.Text(0), row.Int(1)});
                                }));
  return changed;
}

absl::Status Forget(sql::Session& session, const std::vector<ChangedSubject>& listed) {
  if (listed.empty()) return absl::OkStatus();
  sql::Values values;
  for (const ChangedSubject& one : listed) values.emplace_back(one.name);
  for (const ChangedSubject& one : listed) values.insert(values.end(), {one.name, one.guard});
  return session
      .Execute(absl::StrCat("DELETE FROM changed_subjects WHERE name IN (", sql::Placeholders(listed.size()), ") AND (name, guard) IN (",
                            sql::Placeholders(listed.size(), "(?, ?)"), ")"),
               values)
      .status();
}

}  // namespace heitie::risk
