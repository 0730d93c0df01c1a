#include "services/resource/people/demand_sources.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/people/staff_demand.h"
#include "services/resource/people/tables.h"

namespace heitie::resource {

using activity::v1::Activity;
using planning::v1::Project;
using planning::v1::Scheme;
using v1::StaffDemand;

namespace {

bool NeedsPeople(const Activity& activity) {
  return activity.state() == Activity::STATE_PREPARING || activity.state() == Activity::STATE_READY ||
         activity.state() == Activity::STATE_LIVE || activity.state() == Activity::STATE_PAUSED;
}

// One that is only a draft does not say yet when people are needed.
bool StandsForScheme(const Activity& activity) {
  return activity.state() != Activity::STATE_DRAFT && activity.state() != Activity::STATE_CANCELLED;
}

bool IsClosed(const Project& project) { return project.state() == Project::STATE_COMPLETED || project.state() == Project::STATE_CANCELLED; }

StaffDemand DemandOf(const Scheme& scheme, const planning::v1::StaffDemand& line) {
  StaffDemand demand;
  demand.set_position(line.position());
  *demand.mutable_courses() = line.courses();
  demand.set_required_count(line.headcount());
  demand.set_continuity(StaffDemand::CONTINUITY_ANY_PERSON);
  demand.set_origin(scheme.name());
  demand.set_state(StaffDemand::STATE_OPEN);
  return demand;
}

void AddCourses(const Activity& activity, StaffDemand& demand) {
  for (const std::string& course : activity.training_requirement().courses()) {
    if (std::find(demand.courses().begin(), demand.courses().end(), course) == demand.courses().end()) demand.add_courses(course);
  }
}

// Stable over all versions of the service (FNV-1a).
std::string DemandNameFor(const std::string& key, int generation) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : absl::StrCat(key, "#", generation)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return absl::StrFormat("staffDemands/from-%016x", hash);
}

void TakeNeed(const StaffDemand& from, StaffDemand& to) {
  to.set_subject(from.subject());
  to.set_title(from.title());
  to.set_position(from.position());
  *to.mutable_courses() = from.courses();
  *to.mutable_start_date() = from.start_date();
  *to.mutable_end_date() = from.end_date();
  to.set_required_count(from.required_count());
  to.set_owner(from.owner());
}

}  // namespace

bool SameNeed(const StaffDemand& a, const StaffDemand& b) {
  return a.subject() == b.subject() && a.title() == b.title() && a.position() == b.position() && a.required_count() == b.required_count() &&
         a.owner() == b.owner() && time::ToDay(a.start_date()) == time::ToDay(b.start_date()) &&
         time::ToDay(a.end_date()) == time::ToDay(b.end_date()) &&
         std::equal(a.courses().begin(), a.courses().end(), b.courses().begin(), b.courses().end());
}

std::vector<WantedDemand> DemandsFrom(const std::vector<Project>& projects, const std::vector<Scheme>& schemes,
                                      const std::vector<Activity>& activities, absl::CivilDay today) {
  std::map<std::string, const Project*> by_name;
  for (const Project& project : projects) by_name[project.name()] = &project;
  std::map<std::string, std::vector<const Activity*>> by_scheme;
  for (const Activity& activity : activities) by_scheme[activity.scheme()].push_back(&activity);
  std::vector<WantedDemand> wanted;
  for (const Scheme& scheme : schemes) {
    const auto project = by_name.find(scheme.name().substr(0, scheme.name().find("/schemes/")));
    if (scheme.state() != Scheme::STATE_APPROVED || project == by_name.end() || IsClosed(*project->second)) continue;
    const std::vector<const Activity*>& of_scheme = by_scheme[scheme.name()];
    const bool has_activities =
        std::any_of(of_scheme.begin(), of_scheme.end(), [](const Activity* activity) { return StandsForScheme(*activity); });
    for (int i = 0; i < scheme.demand().staff_size(); ++i) {
      const planning::v1::StaffDemand& line = scheme.demand().staff(i);
      const auto add = [&](StaffDemand demand) {
        const std::string key = absl::StrCat(scheme.name(), "|", i, "|", demand.subject());
        if (time::ToDay(demand.end_date()) >= today) wanted.emplace_back(key, std::move(demand));
      };
      for (const Activity* activity : of_scheme) {
        if (!NeedsPeople(*activity)) continue;
        StaffDemand demand = DemandOf(scheme, line);
        AddCourses(*activity, demand);
        demand.set_subject(activity->name());
        demand.set_title(activity->title());
        demand.set_owner(activity->owner());
        // An end at midnight begins no day.
        const absl::Time end = time::ToTime(activity->end_time()) - absl::Microseconds(1);
        *demand.mutable_start_date() = time::DateOf(std::min(time::ToTime(activity->start_time()), end), activity->time_zone());
        *demand.mutable_end_date() = time::DateOf(end, activity->time_zone());
        add(std::move(demand));
      }
      if (has_activities) continue;
      StaffDemand demand = DemandOf(scheme, line);
      demand.set_subject(project->first);
      demand.set_title(project->second->title());
      demand.set_owner(project->second->owner());
      *demand.mutable_start_date() = project->second->start_date();
      *demand.mutable_end_date() = project->second->end_date();
      add(std::move(demand));
    }
  }
  return wanted;
}

absl::Status DemandSources::Follow(const rpc::Call& call) const {
  const absl::CivilDay today = tables_.Today(call);
  const absl::Status followed = tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Scheme> schemes, tables_.schemes.Select(tx.sql, "WHERE state = 'STATE_APPROVED' ORDER BY name"));
    ASSIGN_OR_RETURN(const std::vector<Project> projects, tables_.projects.Select(tx.sql, ""));
    ASSIGN_OR_RETURN(const std::vector<Activity> activities, tables_.activities.Select(tx.sql, "WHERE scheme <> '' ORDER BY name"));
    ASSIGN_OR_RETURN(const std::vector<StaffDemand> made, tables_.demands.Select(tx.sql, "WHERE origin <> '' ORDER BY name"));
    std::map<std::string, const StaffDemand*> known;
    for (const StaffDemand& demand : made) known[demand.name()] = &demand;
    std::set<std::string> kept;
    for (auto& [key, demand] : DemandsFrom(projects, schemes, activities, today)) {
      // What was withdrawn is so for good: the same need comes back as another demand.
      int generation = 0;
      auto found = known.find(DemandNameFor(key, generation));
      while (found != known.end() && found->second->state() != StaffDemand::STATE_OPEN)
        found = known.find(DemandNameFor(key, ++generation));
      demand.set_name(DemandNameFor(key, generation));
      kept.insert(demand.name());
      if (found == known.end()) {
        RETURN_IF_ERROR(tables_.demands.Insert(tx, demand));
        continue;
      }
      if (SameNeed(*found->second, demand)) continue;
      ASSIGN_OR_RETURN(const StaffDemand before, tables_.demands.Lock(tx, demand.name()));
      StaffDemand after = before;
      TakeNeed(demand, after);
      RETURN_IF_ERROR(demands_.Free(tx, after));
      RETURN_IF_ERROR(tables_.demands.Update(tx, before, after, "follow"));
    }
    for (const StaffDemand& demand : made) {
      if (demand.state() != StaffDemand::STATE_OPEN || kept.count(demand.name()) > 0 || time::ToDay(demand.end_date()) < today) continue;
      RETURN_IF_ERROR(demands_.Withdraw(tx, demand.name(), absl::StrCat(demand.origin(), " does not need them any more.")));
    }
    return absl::OkStatus();
  });
  return absl::IsUnavailable(followed) ? absl::OkStatus() : followed;
}

}  // namespace heitie::resource
