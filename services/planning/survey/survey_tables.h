// The resources of surveys.
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_TABLES_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_TABLES_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/kind.h"
#include "heitie/planning/v1/survey.pb.h"
#include "heitie/planning/v1/survey_response.pb.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "heitie/planning/v1/survey_weighting.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// Thread-safe.
struct SurveyTables {
  explicit SurveyTables(Tables& tables);

  Tables& planning;
  record::Store& store;
  record::Kind<v1::Survey> surveys;
  record::Kind<v1::SurveyVersion> survey_versions;
  record::Kind<v1::SurveyInvitation> survey_invitations;
  record::Kind<v1::SurveyText> survey_texts;
  record::Kind<v1::SurveyResult> survey_results;
  record::Kind<v1::SurveyWeighting> survey_weightings;

  using Version = std::shared_ptr<const v1::SurveyVersion>;
  // Versions never change, so that each is read once by a process. NOT_FOUND.
  absl::StatusOr<Version> VersionOf(sql::Session& session, const std::string& survey, int32_t version);

 private:
  std::mutex mutex_;
  std::map<std::string, Version> versions_;  // guarded by mutex_
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_TABLES_H_
