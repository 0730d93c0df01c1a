// The results of surveys: columns in memory, tallies, what is kept of them, and who reads what somebody answered (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_RESULTS_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_RESULTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/rpc/service.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "services/planning/survey/columns.h"
#include "services/planning/survey/survey_tables.h"

namespace heitie::planning {

extern const status::Reason kNotYourSurvey;     // {name}
extern const status::Reason kAnonymousSurvey;   // {name}
extern const status::Reason kTooManyResponses;  // {most}
extern const status::Reason kResultWithheld;    // {least}

// Thread-safe.
class SurveyResults {
 public:
  explicit SurveyResults(SurveyTables& tables) : tables_(tables) {}
  SurveyResults(const SurveyResults&) = delete;
  void Bind(record::Methods& methods, rpc::Service& service);

 private:
  // A survey in memory, as it was at a moment.
  struct Loaded {
    std::shared_ptr<const SurveyColumns> columns;
    int64_t screened_out = 0;
    int32_t version = 0;
    // What tells that something has changed: how many rows there are, and how many of them were replaced.
    std::pair<int64_t, int64_t> rows;
    absl::Time as_of;
    absl::Time checked;  // by the process's own time
    absl::Duration took;
  };
  using Kept = std::shared_ptr<const Loaded>;

  absl::StatusOr<Kept> Load(sql::Session& session, const v1::Survey& survey, absl::Time now);
  absl::StatusOr<Kept> Read(sql::Session& session, const v1::Survey& survey, std::pair<int64_t, int64_t> rows, absl::Time now);
  absl::StatusOr<v1::SurveyTally> Tally(sql::Session& session, const std::string& survey, const SurveyConditions& filter,
                                        const std::string& filter_path, const std::string& breakdown, const std::string& breakdown_path,
                                        absl::Time now);
  absl::Status AddCodes(sql::Session& session, const std::string& survey, v1::SurveyTally& tally) const;

  absl::StatusOr<v1::SurveyTally> Tell(const rpc::Call& call, const v1::TallySurveyRequest& request);
  absl::StatusOr<v1::CrossTabulateSurveyResponse> Cross(const rpc::Call& call, const v1::CrossTabulateSurveyRequest& request);
  absl::Status Keep(record::Transaction& tx, v1::SurveyResult& result);
  absl::StatusOr<v1::SurveyText> Code(record::Transaction& tx, const v1::CodeSurveyTextRequest& request);

  // The survey, whose named answers the caller reads; leaves the event.
  absl::StatusOr<v1::Survey> Disclose(record::Transaction& tx, const std::string& survey, const char* action) const;
  absl::Status ReadResponses(record::Transaction& tx, const v1::ReadSurveyResponsesRequest& request,
                             v1::ReadSurveyResponsesResponse* response) const;
  absl::Status Export(record::Transaction& tx, const v1::ExportSurveyResponsesRequest& request,
                      v1::ExportSurveyResponsesResponse* response);
  absl::StatusOr<int32_t> EraseFeedback(record::Transaction& tx, const std::string& respondent) const;
  absl::Status Erase(record::Transaction& tx, const v1::EraseSurveyRespondentRequest& request,
                     v1::EraseSurveyRespondentResponse* response) const;

  SurveyTables& tables_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  // guarded by mutex_
  size_t kept_responses_ = 0;         // guarded by mutex_
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_RESULTS_H_
