// Where measured figures come from (policy H4, W10): metrics by a call, planning by its events, personnel's own rows. Each is read with all
// that is needed to trace it and to ask for it again.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_FIGURE_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_FIGURE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/event/mirror.h"
#include "common/event/reactions.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "heitie/personnel/v1/appraisal_scheme.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/personnel/training/certificate.h"

namespace heitie::personnel {

// Which days are measured.
struct MeasuredDays {
  absl::CivilDay first, last;                // of a part
  absl::CivilDay period_first, period_last;  // of the whole month or year
};
// Those of a part. Where its figures were read of the whole month, as they once were, they are those of the month.
MeasuredDays MeasuredDaysOf(const v1::AppraisalCycle& cycle, const v1::AppraisalPart& part);

// What is asked of metrics for a measure of somebody in a month.
metrics::v1::QueryMetricRequest MetricRequestOf(const v1::AppraisalMeasure& measure, absl::CivilDay first, absl::CivilDay last);

// Takes the figure from an answer: of the dimension's value, or of all. What can be counted is 0 where nothing was; a mean, minimum or
// maximum of nothing is no figure. Version, watermark and digest are taken as well.
void TakeMetric(const v1::AppraisalMeasure& measure, const std::string& employee, const metrics::v1::QueryMetricResponse& answer,
                v1::AppraisalFigure& figure);

// Whether two figures say the same: everything but when they were read, and up to when the source was complete.
bool SameFigure(const v1::AppraisalFigure& a, const v1::AppraisalFigure& b);

// Thread-safe. Follows planning's events.
class FigureSources {
 public:
  FigureSources(const service::Context& context, const Certificates& certificates, const record::Kind<v1::Session>& sessions);

  // Answers of metrics that are used again, by request.
  using Answers = std::map<std::string, absl::StatusOr<metrics::v1::QueryMetricResponse>>;

  // The figures of a scheme's measured indicators for somebody, in their order: of the days of the part, but of the whole month where they
  // are divided by the month's target. An error of a source that is away; a metric that is not there makes no figure.
  absl::StatusOr<std::vector<v1::AppraisalFigure>> Read(const rpc::Call& call, const v1::AppraisalScheme& scheme,
                                                        const std::string& employee, const MeasuredDays& days, Answers& answers) const;

 private:
  struct Month {
    absl::CivilDay first, last;
    absl::Time end;  // the first instant after it
  };
  absl::Status ReadMetric(const rpc::Call& call, const v1::AppraisalMeasure& measure, const std::string& employee, const Month& month,
                          Answers& answers, v1::AppraisalFigure& figure) const;
  absl::Status ReadTarget(sql::Session& session, const v1::AppraisalMeasure& measure, const Month& month,
                          v1::AppraisalFigure& figure) const;
  absl::Status ReadPlan(sql::Session& session, v1::AppraisalMeasure::Source source, const std::string& employee, const Month& month,
                        v1::AppraisalFigure& figure) const;
  absl::Status ReadSessions(sql::Session& session, absl::Time now, const std::string& employee, const Month& month,
                            v1::AppraisalFigure& figure) const;
  absl::Status ReadCertificates(sql::Session& session, absl::Time now, const std::string& employee, const Month& month,
                                v1::AppraisalFigure& figure) const;

  absl::Status OnTask(const rpc::Call& call, const event::Change<planning::v1::Task>& change);
  absl::Status OnProject(const rpc::Call& call, const event::Change<planning::v1::Project>& change);

  const service::Context context_;
  const Certificates& certificates_;
  const record::Kind<v1::Session>& sessions_;
  event::Mirror<planning::v1::PlanPeriod> plan_periods_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_FIGURE_H_
