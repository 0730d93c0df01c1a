// Dashboards: tiles with questions, in versions, shared by role (policy M2).
#ifndef HEITIE_SERVICES_METRICS_DASHBOARD_DASHBOARD_H_
#define HEITIE_SERVICES_METRICS_DASHBOARD_DASHBOARD_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/dashboard.pb.h"
#include "services/metrics/dashboard/saved_question.h"
#include "services/metrics/dashboard/versions.h"

namespace heitie::metrics {

// Thread-safe.
class Dashboards {
 public:
  // `questions` may come to be later than this, before the first request.
  Dashboards(record::Store& store, const SavedQuestions& questions, absl::TimeZone zone);
  void Bind(record::Methods& methods);

  const record::Kind<v1::Dashboard>& kind() const { return dashboards_; }
  const record::Kind<v1::DashboardVersion>& versions() const { return versions_.kind(); }

  // Which dashboards show the question, which the transaction has locked.
  absl::StatusOr<SavedQuestions::Use> UseOf(record::Transaction& tx, const std::string& question) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Dashboard& dashboard);
  absl::Status Update(record::Transaction& tx, const v1::Dashboard& before, v1::Dashboard& after);
  absl::Status Delete(record::Transaction& tx, const v1::Dashboard& dashboard);
  absl::Status Settle(record::Transaction& tx, const v1::Dashboard* before, v1::Dashboard& after) const;
  absl::Status CheckSaved(record::Transaction& tx, const v1::Dashboard& dashboard, status::BadFields& bad) const;
  absl::Status Follow(record::Transaction& tx, const v1::Dashboard* before, const v1::Dashboard* after) const;

  const SavedQuestions& questions_;
  const absl::TimeZone zone_;
  record::Kind<v1::Dashboard> dashboards_;
  Versions<v1::Dashboard, v1::DashboardVersion> versions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_DASHBOARD_DASHBOARD_H_
