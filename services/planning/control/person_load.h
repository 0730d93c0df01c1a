// What is asked of people against what they can do, by day and week (P2).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_PERSON_LOAD_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_PERSON_LOAD_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/time/business_calendar.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/person_load.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kSpanTooLong;  // A field; {days}

// Employed, and not absent.
bool IsAtWork(const personnel::v1::Employee& person, absl::CivilDay day);

// Of one person: `tasks` are hers. Each task's hours are spread evenly over its working days; a person who is not known is thought to be
// employed. Days on which nothing is asked and nothing could be are left out.
v1::PersonLoad LoadOf(const personnel::v1::Employee& person, const std::vector<v1::Task>& tasks, absl::CivilDay start, absl::CivilDay end,
                      int hours_per_day, const time::BusinessCalendar& calendar);

// Thread-safe.
class PersonLoads {
 public:
  explicit PersonLoads(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods) { methods.Bind("ComputePersonLoad", this, &PersonLoads::Compute); }

 private:
  absl::StatusOr<v1::ComputePersonLoadResponse> Compute(const rpc::Call& call, const v1::ComputePersonLoadRequest& request);
  // By owner, of these people or, without any, of all: the open tasks that submitted and approved projects had at a position and that are
  // not outside of these days.
  absl::StatusOr<std::map<std::string, std::vector<v1::Task>>> TasksAt(sql::Session& session, const std::set<std::string>& people,
                                                                       absl::CivilDay start, absl::CivilDay end, int64_t position) const;

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_PERSON_LOAD_H_
