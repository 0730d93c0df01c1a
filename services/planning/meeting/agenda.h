// What a meeting talks about: facts of the scope of its series, each subject once, in an order. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_MEETING_AGENDA_H_
#define HEITIE_SERVICES_PLANNING_MEETING_AGENDA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/meeting.pb.h"

namespace heitie::planning {

// One reason to talk about something.
struct AgendaFact {
  v1::AgendaEntry::Kind what;
  std::string title;
  // The resource; facts of one resource are one entry. Without a resource each is an entry of its own.
  std::string subject;
  std::string reason;
  std::string etag = "";
  std::string owner = "";
  std::optional<absl::CivilDay> due = std::nullopt;
  int severity = 0;
  int minutes = 0;
};

// The entries of a meeting on a day, without names: each resource once, in the first kind that names it, with all reasons in the order of
// the alphabet, and the earliest of its days; by kind, then days overdue, then severity, then title.
std::vector<v1::AgendaEntry> AgendaOf(std::vector<AgendaFact> facts, absl::CivilDay day);

// What was planned, earned and spent of a project, in minor units of its currency.
struct CostPosition {
  int64_t planned = 0, earned = 0, spent = 0;
};
// By how many per cent of what is planned more was spent than is earned, rounded down; 0 where it is not more, or nothing is planned.
int OverspentPercent(const CostPosition& position);

// Puts entries into the order of an agenda, and numbers them.
void OrderAgenda(std::vector<v1::AgendaEntry>& entries);

// How many of the members of a meeting are recorded as there, themselves or by somebody else. Guests do not count.
int PresentOf(const v1::Meeting& meeting, const std::vector<std::string>& members);

// How long entries take together.
int PlannedMinutes(const std::vector<v1::AgendaEntry>& entries);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_AGENDA_H_
