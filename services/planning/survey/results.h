// The results of surveys: columns in memory, tallies, what is kept of them, and who reads what somebody answered (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_RESULTS_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_RESULTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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
#include "services/planning/survey/weights.h"

namespace heitie::planning {

extern const status::Reason kNotYourSurvey;             // {name}
extern const status::Reason kAnonymousSurvey;           // {name}
extern const status::Reason kTooManyResponses;          // {most}
extern const status::Reason kResultWithheld;            // {least}
extern const status::Reason kWeightingOfAnotherSurvey;  // {weighting}
extern const status::Reason kAsOfNotOver;               // {day}
extern const status::Reason kAsOfOfAllOnly;             // {name}

// Thread-safe.
class SurveyResults {
 public:
  explicit SurveyResults(SurveyTables& tables) : tables_(tables) {}
  SurveyResults(const SurveyResults&) = delete;
  void Bind(record::Methods& methods, rpc::Service& service);

  // What all that is there comes to, without codes and without how many were screened out.
  absl::StatusOr<v1::SurveyTally> Whole(sql::Session& session, const v1::Survey& survey, absl::Time now);

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
  // A day that is over, and up to where planning's events are heard.
  struct AsOf {
    absl::CivilDay day;
    int64_t position = 0;
  };

  // `exactly`: also where it was read a moment ago.
  absl::StatusOr<Kept> Load(sql::Session& session, const v1::Survey& survey, absl::Time now, bool exactly = false);
  // A named survey as it was at the end of a day.
  absl::StatusOr<Kept> LoadDay(sql::Session& session, const v1::Survey& survey, const AsOf& as_of) const;
  // nullopt where no day is asked for.
  template <typename Req>
  absl::StatusOr<std::optional<AsOf>> AsOfIn(const rpc::Call& call, const Req& request) const;
  absl::StatusOr<AsOf> CheckAsOf(const rpc::Call& call, const google::type::Date& day, int64_t position) const;
  absl::StatusOr<Kept> Read(sql::Session& session, const v1::Survey& survey, std::pair<int64_t, int64_t> rows, absl::Time now);
  // What is asked of a survey; `prefix` is where its fields are.
  struct Question {
    std::string survey;
    const SurveyConditions& filter;
    std::string breakdown, weighting, prefix;
    std::optional<AsOf> as_of = std::nullopt;
  };
  // nullopt without a weighting.
  absl::StatusOr<std::optional<WeightedGroups>> GroupsOf(sql::Session& session, const std::string& survey, const std::string& weighting,
                                                         const std::string& path, const SurveyColumns& columns) const;
  absl::StatusOr<v1::SurveyTally> Tally(sql::Session& session, const Question& question, absl::Time now);
  absl::Status AddCodes(sql::Session& session, const std::string& survey, v1::SurveyTally& tally) const;

  absl::StatusOr<v1::SurveyTally> Tell(const rpc::Call& call, const v1::TallySurveyRequest& request);
  absl::StatusOr<v1::CrossTabulateSurveyResponse> Cross(const rpc::Call& call, const v1::CrossTabulateSurveyRequest& request);
  absl::Status Keep(record::Transaction& tx, v1::SurveyResult& result);
  absl::Status AddWeighting(record::Transaction& tx, v1::SurveyWeighting& weighting);
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
