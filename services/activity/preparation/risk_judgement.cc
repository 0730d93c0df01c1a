#include "services/activity/preparation/risk_judgement.h"

#include "common/job/runner.h"

namespace heitie::activity {

absl::Status PlanJudgement(record::Transaction& tx, const std::string& occasion, const std::string& activity, absl::Time time) {
  job::Job job;
  job.name = occasion + "/judge-risks";
  job.kind = kJudgementJob;
  job.payload = activity;
  job.run_time = time;
  return job::Schedule(tx, job);
}

}  // namespace heitie::activity
