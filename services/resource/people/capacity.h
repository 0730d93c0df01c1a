// Who can do what on which day, by the facts that personnel and activities tell (policy S1). Pure functions.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_CAPACITY_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_CAPACITY_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/time/calendar_rules.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/resource/v1/staff_demand.pb.h"
#include "heitie/resource/v1/staff_load.pb.h"
#include "heitie/resource/v1/staff_plan.pb.h"
#include "heitie/resource/v1/staff_policy.pb.h"

namespace heitie::resource {

// Somebody on a day for a demand, by a plan in force.
struct PersonDay {
  std::string employee;
  absl::CivilDay day;
  std::string demand;
  std::string subject;
  std::string plan;
  int minutes = 0;
};

using EmployeeDay = std::pair<std::string, absl::CivilDay>;

struct StaffFacts {
  v1::StaffPolicy policy;
  std::map<std::string, personnel::v1::Employee> people;
  std::map<std::string, std::vector<personnel::v1::Certificate>> certificates;  // issued, by employee
  std::map<std::string, personnel::v1::Position> positions;
  std::vector<activity::v1::Activity> activities;  // that are not over
  std::vector<activity::v1::Shift> shifts;         // of them, that are not given up
  // Who works for which subject on which day by a plan in force.
  std::set<std::tuple<std::string, absl::CivilDay, std::string>> placed;
  std::shared_ptr<const time::NamedCalendar> calendar;
  std::vector<std::pair<std::string, std::string>> calendar_versions;  // names, and that they are published: they never change
  std::set<std::string> demanded;                                      // subjects of open demands

  // What WorkingMinutes has computed of the calendar: it is asked for the same days again and again, of everybody. Facts are one thread's.
  struct Worked {
    std::shared_ptr<const time::NamedCalendar> calendar;
    std::map<absl::CivilDay, int> minutes;
  };
  mutable Worked worked = {};
};

// Whether somebody is employed on a day, and as what; "" without employment.
std::string PositionOn(const personnel::v1::Employee& employee, absl::CivilDay day);
std::string DepartmentOn(const personnel::v1::Employee& employee, absl::CivilDay day);
bool AbsentOn(const personnel::v1::Employee& employee, absl::CivilDay day);

// Whether one of somebody's certificates of the course is valid on a day.
bool CertifiedOn(const std::vector<personnel::v1::Certificate>& certificates, const std::string& course, absl::CivilDay day);

// What is asked of the holder of a place: the courses of the demand and those of its position.
std::set<std::string> CoursesOf(const StaffFacts& facts, const v1::StaffDemand& demand);

// Minutes of a working day by the calendar, whole ones; 0 on a day off.
int WorkingMinutes(const StaffFacts& facts, absl::CivilDay day);

// Minutes that somebody has on a day: none without employment or when absent, those of the calendar, on a day off those of the policy.
int CapacityOn(const StaffFacts& facts, const personnel::v1::Employee& employee, absl::CivilDay day);

// The days of a demand from `first` to `last`, and the minutes of each.
struct DemandDay {
  absl::CivilDay day;
  int minutes;
};
std::vector<DemandDay> DaysOf(const StaffFacts& facts, const v1::StaffDemand& demand, absl::CivilDay first, absl::CivilDay last);

// What activities take of people from `first` to `last`, by person and day: their shifts or, of one without shifts, the parts in it; an
// activity that has open demands is told by these, beside its shifts. What a plan in force has somebody do is not told by a shift again.
std::map<EmployeeDay, std::vector<v1::StaffOverload::Load>> ActivityLoads(const StaffFacts& facts, absl::CivilDay first,
                                                                          absl::CivilDay last);

// Minutes that plans keep free for training, of somebody whose days from `first` to `last` have so much left: those of each week, Monday to
// Sunday, from its last working day backwards. Weeks that lie in part outside keep their share of the working days of the week, rounded
// down.
std::map<absl::CivilDay, int> TrainingMinutes(const StaffFacts& facts, const std::map<absl::CivilDay, int>& left, absl::CivilDay first,
                                              absl::CivilDay last);

// What somebody lacks for places of a demand on `days`, when so many minutes are left of each day; empty: nothing. Of each sort, and of
// each course, how many days, by sort and course. Whom the demand names as engaged has no minutes for it.
std::vector<v1::StaffPlan::Missing> MissingOf(const StaffFacts& facts, const v1::StaffDemand& demand, const std::vector<DemandDay>& days,
                                              const personnel::v1::Employee& employee, const std::map<absl::CivilDay, int>& left);

// What a day of somebody costs, by the rates of the policy, in minor units rounded down.
int64_t CostOf(const StaffFacts& facts, const personnel::v1::Employee& employee, absl::CivilDay day, int minutes);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_CAPACITY_H_
