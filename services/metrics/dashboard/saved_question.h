// Questions that are kept (policy M2).
#ifndef HEITIE_SERVICES_METRICS_DASHBOARD_SAVED_QUESTION_H_
#define HEITIE_SERVICES_METRICS_DASHBOARD_SAVED_QUESTION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/saved_question.pb.h"
#include "services/metrics/dashboard/versions.h"

namespace heitie::metrics {

extern const status::Reason kSavedQuestionInUse;        // {name} {dashboards:list}
extern const status::Reason kSavedQuestionInUseUnseen;  // {name}

// Thread-safe.
class SavedQuestions {
 public:
  // The dashboards that show a question today, of those that the caller sees, and whether there are others.
  struct Use {
    std::vector<std::string> dashboards;
    bool others = false;
  };
  using FindUse = std::function<absl::StatusOr<Use>(record::Transaction&, const std::string& question)>;

  SavedQuestions(record::Store& store, absl::TimeZone zone, FindUse use);
  void Bind(record::Methods& methods);

  const record::Kind<v1::SavedQuestion>& kind() const { return questions_; }
  const record::Kind<v1::SavedQuestionVersion>& versions() const { return versions_.kind(); }

 private:
  absl::Status Create(record::Transaction& tx, v1::SavedQuestion& question);
  absl::Status Update(record::Transaction& tx, const v1::SavedQuestion& before, v1::SavedQuestion& after);
  absl::Status Delete(record::Transaction& tx, const v1::SavedQuestion& question);
  absl::Status Settle(record::Transaction& tx, const v1::SavedQuestion* before, v1::SavedQuestion& after) const;

  const absl::TimeZone zone_;
  const FindUse use_;
  record::Kind<v1::SavedQuestion> questions_;
  Versions<v1::SavedQuestion, v1::SavedQuestionVersion> versions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_DASHBOARD_SAVED_QUESTION_H_
