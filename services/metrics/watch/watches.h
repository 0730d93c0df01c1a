// What people watch: questions, dashboards, alerts, imports (policy M2, H1).
#ifndef HEITIE_SERVICES_METRICS_WATCH_WATCHES_H_
#define HEITIE_SERVICES_METRICS_WATCH_WATCHES_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/rpc/service.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/import.pb.h"
#include "services/metrics/analysis/question.h"
#include "services/metrics/dashboard/dashboard.h"
#include "services/metrics/dashboard/dashboard_answer.h"
#include "services/metrics/warning/tables.h"
#include "services/metrics/watch/basis.h"
#include "services/metrics/watch/hub.h"
#include "services/metrics/watch/limits.h"

namespace heitie::metrics {

// What is watched.
struct Watched {
  Questions& questions;
  const Dashboards& dashboards;
  const DashboardAnswers& answers;
  WarningTables& warning;
  const record::Kind<v1::Import>& imports;
  Bases bases;
};

// Thread-safe. Equal questions, and equal dashboards with equal overrides, are one topic of the hub; so are the alerts of all who see every
// alert.
class Watches {
 public:
  Watches(const service::Context& context, Watched watched, WatchLimits limits, Hub::Pace pace = {.readers = 2});
  void Bind(record::Methods& methods);

 private:
  void WatchQuestion(std::shared_ptr<rpc::Stream> stream);
  void WatchDashboard(std::shared_ptr<rpc::Stream> stream);
  void WatchAlerts(std::shared_ptr<rpc::Stream> stream);
  void WatchImport(std::shared_ptr<rpc::Stream> stream);

  absl::StatusOr<WatchedState> Read(const std::string& topic) const;
  absl::StatusOr<WatchedState> ReadQuestion(const rpc::Call& call, const std::string& request) const;
  absl::StatusOr<WatchedState> ReadDashboard(const rpc::Call& call, const std::string& request) const;
  absl::StatusOr<WatchedState> ReadAlerts(const rpc::Call& call, const std::string& person) const;
  absl::StatusOr<WatchedState> ReadImport(const rpc::Call& call, const std::string& name) const;
  absl::StatusOr<std::map<std::string, std::string>> Versions(const std::vector<std::string>& keys) const;
  absl::Status SetBasis(sql::Session& session, const std::vector<std::string>& keys, WatchedState& state) const;
  rpc::Call OwnCall() const;

  record::Store& store_;
  const time::Clock& clock_;
  const absl::TimeZone zone_;
  const Watched watched_;
  WatchCount count_;
  Hub hub_;  // last: its threads use what is above
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WATCH_WATCHES_H_
