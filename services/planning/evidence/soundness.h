// Whether what a plan rests on still holds (policy P1). Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_EVIDENCE_SOUNDNESS_H_
#define HEITIE_SERVICES_PLANNING_EVIDENCE_SOUNDNESS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/planning/v1/citation.pb.h"
#include "heitie/planning/v1/need.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/research_item.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "services/planning/plan/defect.h"

namespace heitie::planning {

extern const status::Reason kEvidenceExpired;       // {evidence} {date}
extern const status::Reason kEvidenceRetracted;     // {evidence}
extern const status::Reason kEvidenceRefuted;       // {evidence} {by}
extern const status::Reason kEvidenceContradicted;  // {evidence} {count}
extern const status::Reason kEvidenceMissing;       // {count} {wanted} {policy}

// An active citation and what it cites.
struct Cited {
  v1::Citation citation;
  std::optional<v1::ResearchItem> item;
  std::optional<v1::Need> need;
};

// All that evidence is judged by.
struct Evidence {
  std::vector<Cited> cited;
  int32_t wanted = 0;
  std::string policy;
  absl::CivilDay today;
};

// What cites, as defects name it: the project, `projects/{project}#objectives[n]`, a scheme or its `#cash_flows[n]`.
std::string SubjectOf(const v1::Citation& citation);
// Whether that is there, in a scheme that was not discarded.
bool SubjectExists(const v1::Citation& citation, const v1::Project& project, const std::vector<v1::Scheme>& schemes);

// Why it is no longer sound on a day, whatever anybody says; nothing while it is.
std::vector<v1::EvidenceCause> CausesOf(const Cited& cited, absl::CivilDay day);
// Whether somebody has said that it still serves on a day.
bool IsReaffirmed(const v1::Citation& citation, absl::CivilDay day);

// How many pieces serve, and for what is there.
int32_t SoundCount(const Evidence& evidence, const v1::Project& project, const std::vector<v1::Scheme>& schemes);
// What stands in the way of submission.
Defects CheckEvidence(const Evidence& evidence, const v1::Project& project, const std::vector<v1::Scheme>& schemes);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EVIDENCE_SOUNDNESS_H_
