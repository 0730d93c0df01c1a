#include "common/job/figures.h"

#include <utility>
#include <vector>

#include "common/observe/metrics.h"

namespace heitie::job {

void RegisterFigures(const Runner& jobs) {
  using Values = std::vector<std::pair<std::string, double>>;
  using observe::Family;
  using observe::RegisterFamily;
  RegisterFamily(Family::kGauge, "heitie_jobs_oldest_due_seconds",
                 "For how long the first due job of a lane has been so, waiting or running; unknown: of kinds this version does not know.",
                 "lane", [&jobs] {
                   const Report report = jobs.report();
                   Values values = {{"unknown", absl::ToDoubleSeconds(report.oldest_unknown)}};
                   for (const auto& lane : report.lanes) values.emplace_back(NameOf(lane.lane), absl::ToDoubleSeconds(lane.oldest_due));
                   return values;
                 });
  RegisterFamily(Family::kGauge, "heitie_jobs_running", "Jobs of a lane that are running in this process.", "lane", [&jobs] {
    Values values;
    for (const auto& lane : jobs.report().lanes) values.emplace_back(NameOf(lane.lane), lane.running);
    return values;
  });
  RegisterFamily(Family::kGauge, "heitie_jobs_failing", "Jobs of a kind whose last attempt failed, of all replicas.", "kind", [&jobs] {
    Values values;
    for (const auto& [kind, figures] : jobs.report().kinds) values.emplace_back(kind, figures.failing);
    return values;
  });
  RegisterFamily(Family::kCounter, "heitie_job_failures_total", "Attempts of jobs of a kind that failed in this process.", "kind", [&jobs] {
    Values values;
    for (const auto& [kind, figures] : jobs.report().kinds) values.emplace_back(kind, figures.failures);
    return values;
  });
}

}  // namespace heitie::job
