// Asks questions, keeps answers, and tells who is behind a figure (policy M2, W10).
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/question.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "services/metrics/analysis/segment.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

extern const status::Reason kDisclosureOwned;  // {disclosure} {caller}

// Until when everything of a name is delivered.
struct Closing {
  // Nothing: no producer is required for it, so nobody can tell.
  std::optional<absl::Time> until;
  // Who is the last one.
  std::vector<std::string> waiting_for;
};

// How questions get at what they are about.
struct QuestionSources {
  // Runs `work` on a snapshot of one moment, with the session that reads other resources of the same moment.
  std::function<absl::Status(const rpc::Call&, const std::function<absl::Status(sql::Session&, Snapshot&)>& work)> open;
  // What the figures of a name rest on.
  std::function<absl::StatusOr<v1::FigureSource>(sql::Session&, const Series&)> source;
  std::function<absl::StatusOr<Closing>(sql::Session&, const Series&)> closing;
};

// SHA-256 of question and figures.
std::string DigestOf(const v1::Question& question, const v1::Answer& answer);

// Thread-safe.
class Questions {
 public:
  Questions(record::Store& store, const record::Kind<v1::MetricDefinition>& definitions, const Segments& segments, QuestionSources sources,
            absl::TimeZone zone);
  void Bind(record::Methods& methods);

  // Answers of one moment. INVALID_FIELDS with every error of every question; RAW_EXPIRED, TOO_MANY_GROUPS and others of the computations.
  absl::StatusOr<v1::AskQuestionsResponse> Ask(const rpc::Call& call, const v1::AskQuestionsRequest& request);

 private:
  absl::StatusOr<v1::Answer> AnswerOne(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                       const v1::Question& question) const;
  // The question with what its metric definitions say, which are added to `used`. Errors that only they show.
  absl::StatusOr<v1::Question> Resolve(sql::Session& session, const v1::Question& question, absl::Time now,
                                       std::vector<v1::MetricDefinition>& used) const;
  absl::StatusOr<Roaring> UsersOf(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                  const v1::UserDisclosure& disclosure) const;
  absl::StatusOr<v1::AnswerSnapshot> Keep(const rpc::Call& call, const v1::CreateAnswerSnapshotRequest& request);
  absl::StatusOr<v1::UserDisclosure> Disclose(const rpc::Call& call, const v1::CreateUserDisclosureRequest& request);
  absl::StatusOr<v1::ListQuestionUsersResponse> ListUsers(const rpc::Call& call, const v1::ListQuestionUsersRequest& request);

  record::Store& store_;
  const record::Kind<v1::MetricDefinition>& definitions_;
  const Segments& segments_;
  const QuestionSources sources_;
  const absl::TimeZone zone_;
  record::Kind<v1::AnswerSnapshot> snapshots_;
  record::Kind<v1::UserDisclosure> disclosures_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_H_
