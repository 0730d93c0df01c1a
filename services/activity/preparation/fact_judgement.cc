#include "services/activity/preparation/fact_judgement.h"

namespace heitie::activity {

job::Job FactJob(const std::string& occasion, const std::string& activity, absl::Time time) {
  job::Job job;
  job.name = occasion + "/watch-facts";
  job.kind = kFactJob;
  job.payload = activity;
  job.run_time = time;
  return job;
}

absl::Status PlanFactJudgement(record::Transaction& tx, const std::string& occasion, const std::string& activity, absl::Time time) {
  return job::Schedule(tx, FactJob(occasion, activity, time));
}

}  // namespace heitie::activity
