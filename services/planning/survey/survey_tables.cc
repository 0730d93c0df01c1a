#include "services/planning/survey/survey_tables.h"

#include <utility>

#include "common/status/macros.h"
#include "services/planning/survey/survey.h"

namespace heitie::planning {
namespace {

// With more versions in use than this, all are read once more.
constexpr size_t kVersionsKept = 2000;

}  // namespace

SurveyTables::SurveyTables(Tables& tables)
    : planning(tables),
      store(tables.store),
      surveys(store, &SurveyMachine()),
      survey_versions(store),
      survey_invitations(store, &SurveyInvitationMachine()),
      survey_texts(store),
      survey_results(store),
      survey_weightings(store) {
  // What people wrote is for those who work with it. It may tell who wrote it.
  survey_texts.RestrictRows(record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || record::Holds(options::v1::ROLE_OPERATIONS_SPECIALIST) ||
                            record::Holds(options::v1::ROLE_DATA_ANALYST));
}

absl::StatusOr<SurveyTables::Version> SurveyTables::VersionOf(sql::Session& session, const std::string& survey, int32_t version) {
  const std::string name = VersionName(survey, version);
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = versions_.find(name); it != versions_.end()) return it->second;
  }
  ASSIGN_OR_RETURN(v1::SurveyVersion found, survey_versions.Find(session, name));
  auto kept = std::make_shared<const v1::SurveyVersion>(std::move(found));
  const std::lock_guard lock(mutex_);
  if (versions_.size() >= kVersionsKept) versions_.clear();
  versions_[name] = kept;
  return kept;
}

}  // namespace heitie::planning
