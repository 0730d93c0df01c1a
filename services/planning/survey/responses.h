// Who answers a survey 作答, once, and whether quotas have room (policy P1).
//
// Of an anonymous survey nothing that is stored ties an answer to a person. What is stored of it are two rows that have nothing in common:
// that somebody has answered (survey_participations), and what was answered (survey_responses), by a random id and without a time. There is
// no event and no record of the request, because each of them would tell both; so a repetition is told that it is one, and no more.
#ifndef HEITIE_SERVICES_PLANNING_SURVEY_RESPONSES_H_
#define HEITIE_SERVICES_PLANNING_SURVEY_RESPONSES_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/rpc/service.h"
#include "heitie/planning/v1/survey_response.pb.h"
#include "services/planning/survey/questionnaire.h"
#include "services/planning/survey/survey_tables.h"

namespace heitie::planning {

extern const status::Reason kSurveyNotOpen;    // {name}
extern const status::Reason kKeyInvalid;       //
extern const status::Reason kOneKey;           //
extern const status::Reason kNotAsked;         // {name}
extern const status::Reason kNoSuchVersion;    // {version}
extern const status::Reason kAlreadyAnswered;  // {name}
extern const status::Reason kQuotaFull;        // {quota}
extern const status::Reason kTooManyGuests;    // {rate}

// How many calls without login each survey takes, so that one that is passed around does not starve the others, nor staff. Thread-safe.
class GuestLimits {
 public:
  static constexpr int kDefaultRate = 50;
  // Names that nobody has seen share one bucket, so that whoever makes names up gains nothing.
  absl::Status Take(const std::string& survey, absl::Time now);
  // What a survey says of itself, once it was read.
  void Learn(const std::string& survey, int rate);

 private:
  static constexpr size_t kMost = 10'000;
  struct Bucket {
    double left = 0;
    int rate = kDefaultRate;
    absl::Time filled = absl::InfinitePast();
  };
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // guarded by mutex_
};

// Thread-safe.
class SurveyResponses {
 public:
  explicit SurveyResponses(SurveyTables& tables) : tables_(tables) {}
  SurveyResponses(const SurveyResponses&) = delete;
  void Bind(record::Methods& methods, rpc::Service& service);

 private:
  // What of a survey an answer is judged by.
  struct Gate {
    std::string name, title, description;
    bool open = false;
    int32_t version = 0;
    bool anonymous = false, replaceable = false, for_employees = false, for_invited = false, by_link = false;
    std::string producers;  // as JSON
    int32_t guest_rate = 0;
  };
  // Somebody's answers.
  struct Given {
    std::string key;    // of the participation
    std::string shown;  // of a named response
    Respondent who = Respondent::kPerson;
    int32_t version = 0;
    const SurveyAnswers* answers = nullptr;
    std::string request_id;
    std::string prefix;  // of fields
  };

  absl::StatusOr<Gate> Read(sql::Session& session, const std::string& survey, absl::Time now, bool hold);
  absl::StatusOr<std::string> Invitation(sql::Session& session, const std::string& survey, const std::string& key, absl::Time now) const;

  // Takes an answer, of which `replaces` is set where it takes the place of an earlier one.
  absl::StatusOr<v1::SurveyOutcome> Take(record::Transaction& tx, const Gate& gate, const Given& given) const;
  absl::Status Participate(record::Transaction& tx, const Gate& gate, const Given& given, const std::string& response,
                           std::string* replaced) const;
  absl::StatusOr<bool> TakeQuotas(record::Transaction& tx, const std::string& survey, const std::vector<std::string>& quotas) const;
  absl::StatusOr<bool> Replace(record::Transaction& tx, const Gate& gate, const std::string& replaced,
                               const std::vector<std::string>& quotas) const;
  absl::Status Store(record::Transaction& tx, const Gate& gate, const Given& given, const v1::SurveyVersion& version,
                     const std::string& response, bool counted) const;

  absl::StatusOr<v1::GetSurveyFormResponse> GetForm(const rpc::Call& call, const v1::GetSurveyFormRequest& request);
  absl::Status Submit(record::Transaction& tx, const v1::SubmitSurveyRequest& request, v1::SurveyReceipt* receipt);
  absl::Status Answer(record::Transaction& tx, const v1::AnswerSurveyRequest& request, v1::SurveyReceipt* receipt);
  // What was answered before, when `failure` stopped a repetition; else the failure.
  absl::Status Repeated(const rpc::Call& call, const std::string& survey, const std::string& key, const std::string& request_id,
                        const absl::Status& failure, v1::SurveyReceipt* receipt) const;
  absl::Status Ingest(record::Transaction& tx, const v1::IngestSurveyResponsesRequest& request,
                      v1::IngestSurveyResponsesResponse* response);

  SurveyTables& tables_;
  GuestLimits guests_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SURVEY_RESPONSES_H_
