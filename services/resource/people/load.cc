#include "services/resource/people/load.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "common/time/day.h"

namespace heitie::resource {
namespace {

using personnel::v1::Employee;
using v1::ComputeStaffLoadResponse;
using v1::ComputeStaffOutlookResponse;

absl::CivilDay WeekOf(absl::CivilDay day) { return absl::PrevWeekday(day + 1, absl::Weekday::monday); }
absl::CivilDay QuarterOf(absl::CivilDay day) { return absl::CivilDay(day.year(), (day.month() - 1) / 3 * 3 + 1, 1); }

// The department of the last day of employment from `first` to `last`; "" when there is none.
std::string TeamOf(const Employee& employee, absl::CivilDay first, absl::CivilDay last) {
  for (absl::CivilDay day = last; day >= first; --day) {
    const std::string department = DepartmentOn(employee, day);
    if (!department.empty()) return department;
  }
  return "";
}

struct WeekSums {
  int64_t capacity = 0, assigned = 0;
  int overloads = 0;
};
using WeeksOf = std::map<absl::CivilDay, WeekSums>;

void AddRow(const std::string& name, const std::string& department, const WeeksOf& weeks, absl::CivilDay first,
            ComputeStaffLoadResponse::Row& row) {
  row.set_name(name);
  row.set_department(department);
  for (const auto& [monday, sums] : weeks) {
    ComputeStaffLoadResponse::Week& week = *row.add_weeks();
    *week.mutable_start_date() = time::ToDate(std::max(monday, first));
    week.set_capacity_minutes(sums.capacity);
    week.set_assigned_minutes(sums.assigned);
    week.set_overload_days(sums.overloads);
    if (sums.capacity > 0) week.set_load_bp(static_cast<int32_t>(sums.assigned * 10'000 / sums.capacity));
  }
}

// Of a position in a span of days.
struct PostSums {
  int64_t demand = 0, capacity = 0, short_count = 0;
};
using Posts = std::map<std::pair<std::string, absl::CivilDay>, PostSums>;

void AddPosts(const Posts& posts, absl::CivilDay first, google::protobuf::RepeatedPtrField<ComputeStaffOutlookResponse::Post>* out) {
  for (const auto& [key, sums] : posts) {
    ComputeStaffOutlookResponse::Post& post = *out->Add();
    post.set_position(key.first);
    *post.mutable_start_date() = time::ToDate(std::max(key.second, first));
    post.set_demand_minutes(sums.demand);
    post.set_capacity_minutes(sums.capacity);
    post.set_short_count(static_cast<int32_t>(sums.short_count));
  }
}

}  // namespace

std::map<EmployeeDay, DayLoad> LoadsOf(const StaffFacts& facts, const std::vector<PersonDay>& days, absl::CivilDay first,
                                       absl::CivilDay last) {
  std::map<EmployeeDay, DayLoad> loads;
  for (auto& [day, of_activities] : ActivityLoads(facts, first, last)) {
    if (facts.people.count(day.first) > 0) loads[day].loads = of_activities;
  }
  for (const PersonDay& day : days) {
    if (day.day < first || day.day > last || facts.people.count(day.employee) == 0) continue;
    v1::StaffOverload::Load& load = loads[{day.employee, day.day}].loads.emplace_back();
    load.set_subject(day.subject);
    load.set_demand(day.demand);
    load.set_minutes(day.minutes);
  }
  for (auto& [day, load] : loads) {
    load.capacity = CapacityOn(facts, facts.people.at(day.first), day.second);
    for (const auto& each : load.loads) load.assigned += each.minutes();
    std::sort(load.loads.begin(), load.loads.end(),
              [](const auto& a, const auto& b) { return std::tie(a.subject(), a.demand()) < std::tie(b.subject(), b.demand()); });
  }
  return loads;
}

ComputeStaffLoadResponse LoadMap(const StaffFacts& facts, const std::vector<PersonDay>& days, absl::CivilDay first, absl::CivilDay last,
                                 const std::string& department) {
  ComputeStaffLoadResponse response;
  response.set_policy(facts.policy.name());
  const auto loads = LoadsOf(facts, days, first, last);
  std::map<std::string, WeeksOf> teams;
  for (const auto& [name, employee] : facts.people) {
    const std::string team = TeamOf(employee, first, last);
    if (team.empty() || (!department.empty() && team != department)) continue;
    WeeksOf weeks;
    for (absl::CivilDay day = first; day <= last; ++day) {
      WeekSums& week = weeks[WeekOf(day)];
      const bool works = WorkingMinutes(facts, day) > 0;
      const auto load = loads.find({name, day});
      // On a day off there is time only as far as somebody comes.
      if (works) week.capacity += CapacityOn(facts, employee, day);
      if (load == loads.end()) continue;
      if (!works) week.capacity += std::min(load->second.capacity, load->second.assigned);
      week.assigned += load->second.assigned;
      week.overloads += load->second.assigned > load->second.capacity ? 1 : 0;
    }
    AddRow(name, team, weeks, first, *response.add_people());
    for (const auto& [monday, sums] : weeks) {
      WeekSums& of_team = teams[team][monday];
      of_team.capacity += sums.capacity;
      of_team.assigned += sums.assigned;
      of_team.overloads += sums.overloads;
    }
  }
  for (const auto& [team, weeks] : teams) AddRow(team, team, weeks, first, *response.add_teams());
  return response;
}

ComputeStaffOutlookResponse OutlookOf(const StaffFacts& facts, const std::vector<v1::StaffDemand>& demands,
                                      const std::vector<PersonDay>& days, absl::CivilDay first, absl::CivilDay last) {
  std::map<std::pair<std::string, absl::CivilDay>, std::pair<int64_t, int64_t>> by_day;  // demand and capacity of a position
  std::set<std::string> positions;
  for (const v1::StaffDemand& demand : demands) {
    positions.insert(demand.position());
    for (const DemandDay& day : DaysOf(facts, demand, first, last)) {
      by_day[{demand.position(), day.day}].first += static_cast<int64_t>(demand.required_count()) * day.minutes;
    }
  }
  ComputeStaffOutlookResponse response;
  std::set<std::string> subjects;
  for (const v1::StaffDemand& demand : demands) subjects.insert(demand.subject());
  const auto activities = ActivityLoads(facts, first, last);
  const auto loads = LoadsOf(facts, days, first, last);
  for (const auto& [name, employee] : facts.people) {
    std::map<absl::CivilDay, int> left;
    ComputeStaffOutlookResponse::FreeDays free;
    for (absl::CivilDay day = first; day <= last; ++day) {
      const int capacity = CapacityOn(facts, employee, day);
      const auto of_activities = activities.find({name, day});
      int minutes = capacity;
      if (of_activities != activities.end()) {
        // Shifts of what a demand is for meet the demand.
        for (const auto& load : of_activities->second) minutes -= subjects.count(load.subject()) > 0 ? 0 : load.minutes();
      }
      left[day] = std::max(0, minutes);
      if (capacity == 0 || WorkingMinutes(facts, day) == 0 || loads.count({name, day}) > 0) continue;
      free.set_free_days(free.free_days() + 1);
      if (!free.has_first_free_date()) *free.mutable_first_free_date() = time::ToDate(day);
    }
    for (const auto& [day, minutes] : TrainingMinutes(facts, left, first, last)) {
      left[day] -= minutes;
      free.set_training_minutes(free.training_minutes() + minutes);
    }
    for (const auto& [day, minutes] : left) {
      const std::string position = PositionOn(employee, day);
      if (positions.count(position) > 0 && WorkingMinutes(facts, day) > 0) by_day[{position, day}].second += minutes;
    }
    if (TeamOf(employee, first, last).empty()) continue;
    free.set_employee(name);
    *response.add_people() = free;
  }
  Posts weeks, quarters;
  for (const auto& [key, minutes] : by_day) {
    const int of_one =
        std::max(1, WorkingMinutes(facts, key.second) > 0 ? WorkingMinutes(facts, key.second) : facts.policy.day_off_minutes());
    const int64_t short_count = std::max<int64_t>(0, (minutes.first - minutes.second + of_one - 1) / of_one);
    for (PostSums* sums : {&weeks[{key.first, WeekOf(key.second)}], &quarters[{key.first, QuarterOf(key.second)}]}) {
      sums->demand += minutes.first;
      sums->capacity += minutes.second;
      sums->short_count = std::max(sums->short_count, short_count);
    }
  }
  AddPosts(weeks, first, response.mutable_weeks());
  AddPosts(quarters, first, response.mutable_quarters());
  return response;
}

}  // namespace heitie::resource
