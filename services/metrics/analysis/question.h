// Asks questions, keeps answers, and tells who is behind a figure (policy M2, W10).
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/question.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "services/metrics/analysis/answer_cache.h"
#include "services/metrics/analysis/segment.h"
#include "services/metrics/definition/active_user_definition.h"
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
  // Runs `work` on a snapshot of one moment, with the session that reads other resources of the same moment and the moment's version.
  // `min_version`: of a state that has reached it, which another database that follows may have; nothing: of the own database's.
  using Work = std::function<absl::Status(sql::Session&, Snapshot&, const std::string& version)>;
  std::function<absl::Status(const rpc::Call&, const std::optional<std::string>& min_version, const Work& work)> open;
  // What the figures of a name rest on.
  std::function<absl::StatusOr<v1::FigureSource>(sql::Session&, const Series&)> source;
  std::function<absl::StatusOr<Closing>(sql::Session&, const Series&)> closing;
};

// SHA-256 of question and figures.
std::string DigestOf(const v1::Question& question, const v1::Answer& answer);

// Thread-safe.
class Questions {
 public:
  Questions(record::Store& store, const record::Kind<v1::MetricDefinition>& definitions, const ActiveUserDefinitions& active,
            const Segments& segments, QuestionSources sources, absl::TimeZone zone);
  void Bind(record::Methods& methods);

  // Answers of one moment. INVALID_FIELDS with every error of every question; RAW_EXPIRED, TOO_MANY_GROUPS and others of the computations.
  absl::StatusOr<v1::AskQuestionsResponse> Ask(const rpc::Call& call, const v1::AskQuestionsRequest& request);
  const AnswerCache& cache() const { return cache_; }

  // An answer as of the end of a day, as if nothing had occurred after it, and the question with what its definitions say in place of their
  // names: asked again it has the same answer until something that occurred before changes. Of what may be asked officially: no segments.
  struct Frozen {
    v1::Question question;
    v1::Answer answer;
  };
  absl::StatusOr<Frozen> AnswerAsOf(const rpc::Call& call, sql::Session& session, Snapshot& snapshot, const v1::Question& question,
                                    absl::CivilDay last_day) const;
  // NOT_FOUND and other errors of the definitions that the question names, and what only these show to be wrong.
  absl::Status CheckNames(sql::Session& session, const v1::Question& question, absl::Time now) const;
  const QuestionSources& sources() const { return sources_; }
  const absl::TimeZone& zone() const { return zone_; }

  // Answers questions of one moment, each by itself, from what is kept or once for all who ask the same at the same time. `find` says at
  // that moment which they are, checked (PlanOf); `take` gets what became of them at the same moment. Both may run again.
  using Outcomes = std::vector<absl::StatusOr<v1::Answer>>;
  using Find = std::function<absl::StatusOr<std::vector<v1::Question>>(sql::Session&)>;
  absl::Status AskEach(const rpc::Call& call, const Find& find, const std::function<absl::Status(sql::Session&, Outcomes)>& take);
  // The question with what the definitions that it names say, whose names are added. Errors that only they show.
  absl::StatusOr<v1::Question> WithDefinitions(sql::Session& session, const v1::Question& question, absl::Time now,
                                               std::set<std::string>& names) const;

 private:
  absl::StatusOr<v1::Answer> AnswerOne(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                       const v1::Question& question) const;
  // Definitions by name, as an answer names them.
  using Definitions = std::map<std::string, v1::DefinitionVersion>;
  // A question that is about to be answered at one moment.
  struct Prepared;
  absl::StatusOr<Prepared> Prepare(const rpc::Call& call, sql::Session& session, const v1::Question& asked) const;
  absl::StatusOr<v1::Answer> Compute(const rpc::Call& call, sql::Session& session, Snapshot& snapshot, const Prepared& prepared) const;
  // Answers from what is kept or by computing, up to the first that fails or, with `each`, all. `other` is set when somebody else computes
  // one of them, and nothing was done.
  struct Mode {
    bool each = false, alone = false;
  };
  Outcomes AnswerAll(const rpc::Call& call, sql::Session& session, Snapshot& snapshot, const std::vector<v1::Question>& questions,
                     Mode mode, std::shared_ptr<AnswerCache::Flight>& other);
  // The question with what the definitions that it names say, which are added to `used`. Errors that only they show.
  absl::StatusOr<v1::Question> Resolve(sql::Session& session, const v1::Question& question, absl::Time now, Definitions& used) const;
  absl::StatusOr<Roaring> UsersOf(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                  const v1::UserDisclosure& disclosure) const;
  absl::StatusOr<v1::AnswerSnapshot> Keep(const rpc::Call& call, const v1::CreateAnswerSnapshotRequest& request);
  absl::StatusOr<v1::UserDisclosure> Disclose(const rpc::Call& call, const v1::CreateUserDisclosureRequest& request);
  absl::StatusOr<v1::ListQuestionUsersResponse> ListUsers(const rpc::Call& call, const v1::ListQuestionUsersRequest& request);

  record::Store& store_;
  const record::Kind<v1::MetricDefinition>& definitions_;
  const ActiveUserDefinitions& active_;
  const Segments& segments_;
  const QuestionSources sources_;
  const absl::TimeZone zone_;
  record::Kind<v1::AnswerSnapshot> snapshots_;
  record::Kind<v1::UserDisclosure> disclosures_;
  AnswerCache cache_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_H_
