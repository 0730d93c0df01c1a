// Lists of research items as people deliver them in files. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_IMPORT_H_
#define HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_IMPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/reason.h"
#include "heitie/planning/v1/research_item.pb.h"

namespace heitie::planning {

// A row without a defect.
struct ResearchLine {
  int line = 0;
  v1::ResearchItem item;
};
struct ResearchList {
  std::vector<ResearchLine> lines;
  std::vector<v1::ResearchImportDefect> defects;  // in the order of their places
};

// What is wrong with the titles is an error; what is wrong with rows is in the list.
absl::StatusOr<ResearchList> ReadResearch(const std::string& content, absl::CivilDay today, status::Language language);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_IMPORT_H_
