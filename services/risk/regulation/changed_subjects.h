// The subjects of which something has changed by which regulations bind them, until it is looked which cases they should have (policy R1).
// A note is made in the transaction that makes the change, and goes in the one that lists the cases, unless it was made anew meanwhile. Who
// lists takes the turn first, so that what he reads is never older than what another one has written.
#ifndef HEITIE_SERVICES_RISK_REGULATION_CHANGED_SUBJECTS_H_
#define HEITIE_SERVICES_RISK_REGULATION_CHANGED_SUBJECTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/database.h"

namespace heitie::risk {

struct ChangedSubject {
  std::string name;
  // How often it was noted.
  int64_t guard = 0;
};

absl::Status NoteSubjects(sql::Session& session, const std::vector<std::string>& names);
// The projects and their activities, which are bound by what is said of the projects.
absl::Status NoteProjects(sql::Session& session, const std::vector<std::string>& projects);
// All that are not over, and those that have a case of the regulation that is to be seen to.
absl::Status NoteSubjectsOf(sql::Session& session, const std::string& regulation);

// Waits for whoever has the turn; it is kept until the transaction ends.
absl::Status TakeTurn(sql::Session& session);
// The first ones by name.
absl::StatusOr<std::vector<ChangedSubject>> FirstChanged(sql::Session& session, int limit);
// Those that were not noted anew since they were read.
absl::Status Forget(sql::Session& session, const std::vector<ChangedSubject>& listed);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGULATION_CHANGED_SUBJECTS_H_
