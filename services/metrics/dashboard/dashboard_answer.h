// Answers whole dashboards (policy M2).
#ifndef HEITIE_SERVICES_METRICS_DASHBOARD_DASHBOARD_ANSWER_H_
#define HEITIE_SERVICES_METRICS_DASHBOARD_DASHBOARD_ANSWER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/dashboard.pb.h"
#include "services/metrics/analysis/question.h"
#include "services/metrics/dashboard/dashboard.h"
#include "services/metrics/dashboard/saved_question.h"

namespace heitie::metrics {

// What became of a tile, in no language yet.
struct TileOutcome {
  v1::TileAnswer tile;  // without the outcome
  absl::StatusOr<v1::Answer> answer;
};

// The answers of one moment, in no language yet.
struct BoardAnswer {
  v1::DashboardVersion dashboard;
  std::vector<TileOutcome> tiles;
  absl::Time compute_time;
};

// SHA-256 over the answer, whether its period is closed, and because of whom not.
std::string WatchDigestOf(const v1::Answer& answer);
// The same of a dashboard: over its version, who reads it, and the tiles with their questions.
std::string DigestOf(const BoardAnswer& board);
v1::AnswerDashboardResponse ToResponse(const BoardAnswer& board, status::Language language);

// Thread-safe.
class DashboardAnswers {
 public:
  DashboardAnswers(const Dashboards& dashboards, const SavedQuestions& saved, Questions& questions, absl::TimeZone zone)
      : dashboards_(dashboards), saved_(saved), questions_(questions), zone_(zone) {}
  void Bind(record::Methods& methods);

  // Whoever asks; `version` 0 is the newest. `more`, if there is one, looks at the same moment afterwards. NOT_FOUND.
  using More = std::function<absl::Status(sql::Session&, const BoardAnswer&)>;
  absl::StatusOr<BoardAnswer> Read(const rpc::Call& call, const std::string& name, int64_t version, const v1::DashboardOverrides& overrides,
                                   const More& more = nullptr) const;
  // What is wrong with overrides.
  absl::Status Check(const rpc::Call& call, const v1::DashboardOverrides& overrides) const;

 private:
  absl::StatusOr<v1::AnswerDashboardResponse> Answer(const rpc::Call& call, const v1::AnswerDashboardRequest& request);
  absl::StatusOr<v1::DashboardVersion> FindVersion(sql::Session& session, const std::string& name, int64_t version) const;
  // The tile with its question as it is asked; the outcome is the error where that is not known or does not fit.
  TileOutcome TileOf(const rpc::Call& call, sql::Session& session, const v1::Tile& tile, const v1::DashboardOverrides& overrides) const;
  absl::StatusOr<v1::Question> QuestionOf(sql::Session& session, const v1::Tile& tile, v1::TileAnswer& answer) const;

  const Dashboards& dashboards_;
  const SavedQuestions& saved_;
  Questions& questions_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_DASHBOARD_DASHBOARD_ANSWER_H_
