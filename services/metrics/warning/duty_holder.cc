#include "services/metrics/warning/duty_holder.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/time/day.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::metrics {
namespace {

using personnel::v1::Assignment;
using personnel::v1::Employee;
using personnel::v1::Position;
using personnel::v1::Rota;

bool Employed(const Employee& person, absl::CivilDay day) {
  return time::ToDay(person.hire_date()) <= day && !(person.has_leave_date() && time::ToDay(person.leave_date()) < day);
}

const personnel::v1::Absence* AbsenceOn(const Employee& person, absl::CivilDay day) {
  for (const auto& absence : person.absences()) {
    if (time::ToDay(absence.start_date()) <= day && day <= time::ToDay(absence.end_date())) return &absence;
  }
  return nullptr;
}

// Of assignments in the order of their first days: the last that has begun.
const Assignment* AssignmentHeld(const Employee& person, absl::CivilDay day) {
  const Assignment* held = nullptr;
  for (const Assignment& assignment : person.assignments()) {
    if (time::ToDay(assignment.start_date()) <= day) held = &assignment;
  }
  return held;
}

// The first day of the post that somebody holds in the department, by one of the positions; none who does not.
std::optional<absl::CivilDay> InPostSince(const Employee& person, const std::set<std::string>& positions, const std::string& department,
                                          absl::CivilDay day) {
  if (!Employed(person, day)) return std::nullopt;
  const Assignment* held = AssignmentHeld(person, day);
  if (held == nullptr || held->department() != department || positions.count(held->position()) == 0) return std::nullopt;
  absl::CivilDay since = time::ToDay(held->start_date());
  for (int i = person.assignments_size() - 1; i >= 0; --i) {
    const Assignment& before = person.assignments(i);
    if (time::ToDay(before.start_date()) >= since) continue;
    if (before.position() != held->position() || before.department() != held->department()) break;
    since = time::ToDay(before.start_date());
  }
  return since;
}

// Longest first, then by name.
std::vector<std::string> InPost(const StaffFacts& facts, const std::set<std::string>& positions, const std::string& department,
                                absl::CivilDay day) {
  std::set<std::pair<absl::CivilDay, std::string>> order;
  for (const auto& [name, person] : facts.people) {
    if (const auto since = InPostSince(person, positions, department, day)) order.emplace(*since, name);
  }
  std::vector<std::string> names;
  for (const auto& [since, name] : order) names.push_back(name);
  return names;
}

const Rota* RotaInForce(const StaffFacts& facts, const std::string& department, absl::CivilDay day) {
  const Rota* in_force = nullptr;
  for (const Rota& rota : facts.rotas) {
    if (rota.department() != department || time::ToDay(rota.start_date()) > day) continue;
    if (in_force == nullptr || time::ToDay(in_force->start_date()) < time::ToDay(rota.start_date())) in_force = &rota;
  }
  return in_force;
}

// Who holds a post with the duty, in the order of the turns.
std::string HolderByTurn(const StaffFacts& facts, const Rota& rota, const std::vector<std::string>& holders, absl::CivilDay day) {
  if (rota.holders().empty()) return "";
  const int64_t length = rota.turn() == Rota::TURN_WEEK ? 7 : 1;
  const int64_t turn = (day - time::ToDay(rota.start_date())) / length;
  for (int i = 0; i < rota.holders_size(); ++i) {
    const std::string& name = rota.holders(static_cast<int>((turn + i) % rota.holders_size()));
    if (std::find(holders.begin(), holders.end(), name) != holders.end()) return name;
  }
  return "";
}

std::set<std::string> PositionsWith(const StaffFacts& facts, const std::string& duty, bool managers) {
  std::set<std::string> names;
  for (const Position& position : facts.positions) {
    const bool carries = std::find(position.duties().begin(), position.duties().end(), duty) != position.duties().end();
    const bool leads =
        std::find(position.roles().begin(), position.roles().end(), options::v1::ROLE_OPERATIONS_MANAGER) != position.roles().end();
    if (managers ? leads : carries) names.insert(position.name());
  }
  return names;
}

}  // namespace

bool IsAtWork(const StaffFacts& facts, const std::string& employee, absl::CivilDay day) {
  const auto found = facts.people.find(employee);
  return found == facts.people.end() || (Employed(found->second, day) && AbsenceOn(found->second, day) == nullptr);
}

std::string StandInFor(const StaffFacts& facts, const std::string& employee, absl::CivilDay day) {
  const auto known_at_work = [&](const std::string& name) { return facts.people.count(name) > 0 && IsAtWork(facts, name, day); };
  std::set<std::string> seen;
  for (std::string at = employee; seen.insert(at).second;) {
    const auto found = facts.people.find(at);
    if (found == facts.people.end()) return "";
    const Employee& person = found->second;
    const auto* absence = AbsenceOn(person, day);
    if (absence != nullptr && known_at_work(absence->deputy())) return absence->deputy();
    const Assignment* assignment = AssignmentHeld(person, day);
    at = assignment != nullptr ? assignment->superior() : "";
    if (at.empty()) {
      const std::string department = assignment != nullptr ? assignment->department() : person.department();
      for (const std::string& manager : InPost(facts, PositionsWith(facts, "", true), department, day)) {
        if (known_at_work(manager)) return manager;
      }
      return "";
    }
    if (known_at_work(at)) return at;
  }
  return "";
}

std::string DutyHolder(const StaffFacts& facts, const std::string& duty, const std::string& department, absl::CivilDay day) {
  const std::vector<std::string> holders = InPost(facts, PositionsWith(facts, duty, false), department, day);
  const Rota* rota = RotaInForce(facts, department, day);
  const std::string in_turn = rota == nullptr ? "" : HolderByTurn(facts, *rota, holders, day);
  if (!in_turn.empty()) return IsAtWork(facts, in_turn, day) ? in_turn : StandInFor(facts, in_turn, day);
  for (const std::string& holder : holders) {
    if (IsAtWork(facts, holder, day)) return holder;
  }
  if (!holders.empty()) {
    const std::string stand_in = StandInFor(facts, holders.front(), day);
    if (!stand_in.empty()) return stand_in;
  }
  for (const std::string& manager : InPost(facts, PositionsWith(facts, duty, true), department, day)) {
    if (IsAtWork(facts, manager, day)) return manager;
  }
  return "";
}

}  // namespace heitie::metrics
