// Lists of applications as channels give them (policy H2). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_APPLICATION_IMPORT_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_APPLICATION_IMPORT_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application_import.pb.h"
#include "heitie/personnel/v1/candidate.pb.h"
#include "services/personnel/candidate/candidate.h"

namespace heitie::personnel {

// A row without a defect of its own; whether somebody can be reached by it is judged by ContactsOf.
struct ImportLine {
  int line = 0;
  std::string external_id;
  absl::CivilDay applied;
  v1::Applicant applicant;
  // Line and column of each cell that is there, by its title.
  std::map<std::string, std::pair<int, int>> places;
};
struct ImportList {
  std::vector<ImportLine> lines;
  std::vector<v1::ImportDefect> defects;
};

// Who left the day out applied today. What is wrong with the row of titles, or with the number of rows, is a violation of `content`.
absl::StatusOr<ImportList> ReadImport(const std::string& content, const std::string& phone_region, absl::CivilDay today,
                                      status::Language language);

// A fault of the applicant of a line, at the place of its cell or of the row.
v1::ImportDefect DefectOf(const ImportLine& line, const Fault& fault, status::Language language);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_APPLICATION_IMPORT_H_
