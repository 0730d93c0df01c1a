// What people write in surveys becomes feedback, where the question says so (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_FEEDBACK_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_FEEDBACK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/service/main.h"
#include "services/planning/survey/survey_tables.h"

namespace heitie::planning {

// Files one entry a text, whose source it is; none where somebody has filed one by hand. Texts of anonymous surveys become feedback once
// those are closed, together and in the order of their random names, so that no time tells who wrote them. Thread-safe.
class SurveyFeedback {
 public:
  SurveyFeedback(const service::Context& context, SurveyTables& tables);
  SurveyFeedback(const SurveyFeedback&) = delete;

 private:
  // Whether there may be more.
  absl::StatusOr<bool> FileSome(record::Transaction& tx) const;
  // `enough`: whether so many have written something that it may be told.
  absl::Status File(record::Transaction& tx, const std::string& text, bool enough) const;

  SurveyTables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_SURVEY_FEEDBACK_H_
