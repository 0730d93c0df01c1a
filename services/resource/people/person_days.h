// The person-days in force: who is taken on which day for what. Every change of somebody's day takes its turn by the row of that day, in
// the order of names and days, so that two transactions never take the same minutes.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_PERSON_DAYS_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_PERSON_DAYS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "services/resource/people/capacity.h"

namespace heitie::resource {

// Those of these demands from `first` to `last`, as the transaction sees them, locked.
absl::StatusOr<std::vector<PersonDay>> LockDaysOf(record::Transaction& tx, const std::vector<std::string>& demands, absl::CivilDay first,
                                                  absl::CivilDay last);

// Nobody else changes these days until the transaction ends. Minutes of each that are taken.
absl::StatusOr<std::map<EmployeeDay, int>> HoldDays(record::Transaction& tx, const std::set<EmployeeDay>& days);

// Takes away and gives, of days that are held.
absl::Status ReplaceDays(record::Transaction& tx, const std::vector<PersonDay>& away, const std::vector<PersonDay>& given);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_PERSON_DAYS_H_
