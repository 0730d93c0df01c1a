// What the concept of a kind of people tells about those whose data is held (personal_file.h).
#ifndef HEITIE_SERVICES_PERSONNEL_PRIVACY_DATA_SUBJECTS_H_
#define HEITIE_SERVICES_PERSONNEL_PRIVACY_DATA_SUBJECTS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/store.h"

namespace heitie::personnel {

// A kind of people whose data is held, and what its concept knows of them.
struct DataSubjects {
  std::string collection;  // "employees"
  std::string purpose;     // what they are recorded for, as in the terms
  // Whether the purpose lasts until the end of its last day; else it ended in the course of that day.
  bool through_last_day = false;
  // The last day of that purpose, past or to come; nothing while none is known. NOT_FOUND where there is no such person.
  std::function<absl::StatusOr<std::optional<absl::CivilDay>>(sql::Session&, const std::string& person, absl::CivilDay today)> ended;
  // Up to so many for whom it has ended and whom no row of personal_files names.
  std::function<absl::StatusOr<std::vector<std::string>>(sql::Session&, absl::CivilDay today, int limit)> unfiled;
  // Empties what the person's own resource holds, with an event, by which copies in other services are emptied; and whatever else must not
  // stay, such as fingerprints of contact data. The key is destroyed afterwards.
  std::function<absl::Status(record::Transaction&, const std::string& person)> erase;
  // By which names the person was recorded besides, whose keys are destroyed as well. Not set: by none.
  std::function<absl::StatusOr<std::vector<std::string>>(sql::Session&, const std::string& person)> others = nullptr;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_PRIVACY_DATA_SUBJECTS_H_
