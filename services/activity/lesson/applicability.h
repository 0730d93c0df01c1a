// What lessons and actions apply to, and what an activity has to answer of them (policy A4).
#ifndef HEITIE_SERVICES_ACTIVITY_LESSON_APPLICABILITY_H_
#define HEITIE_SERVICES_ACTIVITY_LESSON_APPLICABILITY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/lesson.pb.h"

namespace heitie::activity {

extern const status::Reason kAppliesToNothing;
extern const status::Reason kTemplateMissing;  // {template}

// Where something applies, as texts: "activityTemplates/x", "kinds/x".
std::vector<std::string> ScopesOf(const v1::Applicability& applicability);
// Where an activity belongs, likewise: at most two.
std::vector<std::string> ScopesOf(const v1::Activity& activity);

// Adds what is wrong with the field `path`. Another error is the database's.
absl::Status CheckApplicability(const record::Store& store, sql::Session& session, const std::string& path,
                                const v1::Applicability& applicability, status::BadFields& bad);

// Has `subject` answered by the activities that are created from `since` on, or by nobody any more. In the transaction that changes it.
absl::Status KeepApplicability(record::Transaction& tx, const std::string& subject, const v1::Applicability& applicability,
                               std::optional<absl::Time> since);

// All accepted lessons and open actions that apply to the activity and were there when it was created, by name, with its answers.
absl::StatusOr<std::vector<v1::LessonToAnswer>> LessonsOf(sql::Session& session, const v1::Activity& activity);

// The names of those without an answer.
absl::StatusOr<std::vector<std::string>> UnansweredLessons(sql::Session& session, const v1::Activity& activity);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LESSON_APPLICABILITY_H_
