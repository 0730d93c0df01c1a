// Measures 優化措施: what is changed to move a metric, approved, run, judged by the data, and decided (policy 二(三)3, M3).
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_MEASURE_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_MEASURE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/measure.pb.h"
#include "heitie/metrics/v1/measure_evaluation.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/verdict.pb.h"
#include "services/metrics/engine/snapshot.h"
#include "services/metrics/optimisation/aim.h"
#include "services/metrics/optimisation/evaluation_policy.h"
#include "services/metrics/plan/watermark.h"

namespace heitie::metrics {

extern const status::Reason kNotYourMeasure;      // {name}
extern const status::Reason kOwnMeasure;          // {name}
extern const status::Reason kMeasureSettled;      // {name}
extern const status::Reason kMeasureNotStarted;   // {name}
extern const status::Reason kEvaluatedTooEarly;   // {day}
extern const status::Reason kTooManyPlanChanges;  // {name} {most}

const record::StateMachine& MeasureMachine();

// The aim of a measure with its frozen metrics.
Aim AimOf(const v1::Measure& measure);

// Whatever is open after its evaluation date comes back, by an event `remind`, again and again until it is decided (W12). Thread-safe.
class Measures {
 public:
  Measures(const service::Context& context, const record::Kind<v1::MetricDefinition>& definitions, const EvaluationPolicies& policies,
           LookAt look, FindClosing closing);
  void Bind(record::Methods& methods);
  // The first measure that is still to be decided and compares the metric; empty without one.
  absl::StatusOr<std::string> UseOf(record::Transaction& tx, const std::string& metric) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Measure& measure);
  absl::Status Update(record::Transaction& tx, const v1::Measure& before, v1::Measure& after);
  absl::Status Delete(record::Transaction& tx, const v1::Measure& measure);
  absl::StatusOr<v1::Measure> Approve(record::Transaction& tx, const v1::ApproveMeasureRequest& request);
  absl::StatusOr<v1::Measure> Start(record::Transaction& tx, const v1::StartMeasureRequest& request);
  absl::StatusOr<v1::Measure> ChangePlan(record::Transaction& tx, const v1::ChangeMeasurePlanRequest& request);
  absl::StatusOr<v1::Measure> Adopt(record::Transaction& tx, const v1::DecideMeasureRequest& request);
  absl::StatusOr<v1::Measure> Drop(record::Transaction& tx, const v1::DecideMeasureRequest& request);
  absl::StatusOr<v1::Measure> Repeat(record::Transaction& tx, const v1::RepeatMeasureRequest& request);
  absl::StatusOr<v1::Measure> Evaluate(const rpc::Call& call, const v1::EvaluateMeasureRequest& request);
  absl::StatusOr<v1::Verdict> Examine(const rpc::Call& call, const v1::ExamineMeasureRequest& request);
  absl::StatusOr<v1::Verdict> EvaluateChange(const rpc::Call& call, const v1::EvaluateChangeRequest& request);

  // What a measure says of metrics, plan and evaluation date, as violations of its fields below `path`; takes the metrics as they are
  // defined now. Another error is the database's.
  absl::Status Check(record::Transaction& tx, const std::string& path, const v1::Measure& measure, Aim& aim, status::BadFields& bad) const;
  absl::Status CheckDraft(record::Transaction& tx, const v1::Measure& measure) const;
  // Until when everything that the aim is judged by is delivered.
  absl::StatusOr<Closed> ClosedOf(sql::Session& session, const Aim& aim, absl::Time now) const;
  absl::StatusOr<v1::Verdict> Judge(const rpc::Call& call, const Aim& aim) const;
  job::Outcome Remind(const rpc::Call& call);
  absl::Status RemindOf(record::Transaction& tx, const std::string& name) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  const record::Kind<v1::MetricDefinition>& definitions_;
  const EvaluationPolicies& policies_;
  const LookAt look_;
  const FindClosing closing_;
  record::Kind<v1::Measure> measures_;
  record::Kind<v1::MeasureEvaluation> evaluations_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_MEASURE_H_
