// Competitors and markets that are watched, and what was seen of them by days (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_SUBJECT_H_
#define HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_SUBJECT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/research_subject.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kOneValue;
extern const status::Reason kObservedLater;  // {date}

// What is known of one attribute of a subject on a day, of what was seen of it until then: the latest that is valid, else the latest. Of
// two that were seen on one day the one counts that was noted later.
v1::ComparedValue LatestOf(const std::string& subject, const std::vector<v1::Observation>& seen, absl::CivilDay as_of);

// Thread-safe.
class ResearchSubjects {
 public:
  explicit ResearchSubjects(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Observe(record::Transaction& tx, v1::Observation& observation);
  absl::StatusOr<v1::CompareResearchSubjectsResponse> Compare(const rpc::Call& call, const v1::CompareResearchSubjectsRequest& request);

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_SUBJECT_H_
