#include "services/resource/people/tables.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/people/staff_demand.h"
#include "services/resource/people/staff_plan.h"

namespace heitie::resource {

const status::Reason kRateTwice{absl::StatusCode::kInvalidArgument, "RATE_TWICE",
                                "{position} has two rates for the department {department}.",
                                "{position} 在部門「{department}」有兩個費率。"};

namespace {

absl::Status CheckStaffPolicy(const v1::StaffPolicy& policy) {
  status::BadFields bad;
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < policy.rates_size(); ++i) {
    const v1::StaffPolicy::Rate& rate = policy.rates(i);
    if (seen.insert({rate.position(), rate.department()}).second) continue;
    bad.Add(absl::StrCat("staff_policy.rates[", i, "].position"), kRateTwice,
            {{"position", rate.position()}, {"department", rate.department().empty() ? "-" : rate.department()}});
  }
  return bad.status();
}

absl::StatusOr<std::vector<PersonDay>> SelectPersonDays(sql::Session& session, const std::string& where, const sql::Values& values) {
  std::vector<PersonDay> days;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT employee, CAST(date AS CHAR), demand, subject, plan, minutes FROM staff_days WHERE ", where,
                   " ORDER BY employee, date, demand"),
      values, [&](const sql::Row& row) {
        days.push_back({row.Text(0), *time::ParseDay(row.Text(1)), row.Text(2), row.Text(3), row.Text(4), static_cast<int>(row.Int(5))});
      }));
  return days;
}

}  // namespace

StaffTables::StaffTables(const service::Context& context)
    : store(context.store),
      zone(context.time_zone),
      demands(store, &StaffDemandMachine()),
      plans(store, &StaffPlanMachine()),
      overloads(store),
      policies(store, kShippedStaffPolicy, CheckStaffPolicy),
      employees(context, "personnel"),
      positions(context, "personnel"),
      certificates(context, "personnel"),
      calendar_versions(context, "personnel"),
      activities(context, "activity"),
      shifts(context, "activity"),
      projects(context, "planning"),
      schemes(context, "planning"),
      calendars(calendar_versions.table(), [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
        return calendar_versions.SelectKnown(session, tail, values);
      }) {}

absl::StatusOr<StaffFacts> StaffTables::Facts(sql::Session& session, absl::Time now) const {
  StaffFacts facts;
  ASSIGN_OR_RETURN(facts.policy, policies.InForce(session, now));
  ASSIGN_OR_RETURN(std::vector<personnel::v1::Employee> people, employees.Select(session, ""));
  for (personnel::v1::Employee& person : people) {
    const std::string name = person.name();
    facts.people.emplace(name, std::move(person));
  }
  ASSIGN_OR_RETURN(std::vector<personnel::v1::Certificate> issued, certificates.Select(session, "WHERE state = 'STATE_ISSUED'"));
  for (personnel::v1::Certificate& certificate : issued) facts.certificates[certificate.employee()].push_back(std::move(certificate));
  ASSIGN_OR_RETURN(std::vector<personnel::v1::Position> posts, positions.Select(session, ""));
  for (personnel::v1::Position& position : posts) {
    const std::string name = position.name();
    facts.positions.emplace(name, std::move(position));
  }
  ASSIGN_OR_RETURN(facts.activities, activities.Select(session, "WHERE end_time > ? ORDER BY name", sql::Bind(now - absl::Hours(48))));
  ASSIGN_OR_RETURN(facts.shifts, shifts.Select(session, "WHERE end_time > ? AND state <> 'STATE_CANCELLED' ORDER BY name",
                                               sql::Bind(now - absl::Hours(48))));
  RETURN_IF_ERROR(
      session.Query("SELECT employee, CAST(date AS CHAR), subject FROM staff_days WHERE date >= ? AND subject LIKE 'activities/%'",
                    sql::Bind(time::DayText(absl::ToCivilDay(now, zone) - 2)), [&](const sql::Row& row) {
                      facts.placed.insert({row.Text(0), *time::ParseDay(row.Text(1)), row.Text(2)});
                    }));
  ASSIGN_OR_RETURN(facts.calendar, calendars.Named(session, kStaffCalendar));
  for (const std::string& version : facts.calendar->versions) facts.calendar_versions.emplace_back(version, "published");
  RETURN_IF_ERROR(session.Query("SELECT DISTINCT subject FROM staff_demands WHERE state = 'STATE_OPEN'", {},
                                [&](const sql::Row& row) { facts.demanded.insert(row.Text(0)); }));
  return facts;
}

absl::StatusOr<std::vector<PersonDay>> StaffTables::DaysBetween(sql::Session& session, absl::CivilDay first, absl::CivilDay last) const {
  return SelectPersonDays(session, "date >= ? AND date <= ?", sql::Bind(time::DayText(first), time::DayText(last)));
}

absl::StatusOr<std::vector<PersonDay>> StaffTables::DaysOfPlan(sql::Session& session, const std::string& plan, absl::CivilDay first) const {
  return SelectPersonDays(session, "plan = ? AND date >= ?", sql::Bind(plan, time::DayText(first)));
}

absl::StatusOr<PlanInput> StaffTables::Input(sql::Session& session, absl::Time now, const v1::StaffPlan& plan) const {
  PlanInput input;
  ASSIGN_OR_RETURN(input.facts, Facts(session, now));
  input.today = absl::ToCivilDay(now, zone);
  input.first = std::max(time::ToDay(plan.start_date()), input.today);
  input.last = time::ToDay(plan.end_date());
  // A plan in force is of the demands that it was made for.
  std::vector<std::string> named(plan.demands().begin(), plan.demands().end());
  if (named.empty() && plan.state() == v1::StaffPlan::STATE_APPROVED) {
    for (const v1::StaffPlan::Fact& fact : plan.facts()) {
      if (absl::StartsWith(fact.name(), "staffDemands/")) named.push_back(fact.name());
    }
  }
  if (named.empty() && plan.state() != v1::StaffPlan::STATE_APPROVED) {
    ASSIGN_OR_RETURN(input.demands,
                     demands.Select(session, "WHERE state = 'STATE_OPEN' AND end_date >= ? AND start_date <= ? ORDER BY name",
                                    sql::Bind(time::DayText(input.first), time::DayText(input.last))));
  } else if (!named.empty()) {
    sql::Values names;
    for (const std::string& name : named) names.push_back(sql::V(name));
    ASSIGN_OR_RETURN(
        input.demands,
        demands.Select(
            session, absl::StrCat("WHERE state = 'STATE_OPEN' AND name IN (", sql::Placeholders(names.size()), ") ORDER BY name"), names));
  }
  ASSIGN_OR_RETURN(input.in_force, DaysBetween(session, input.first - input.facts.policy.window_days(), input.last));
  return input;
}

}  // namespace heitie::resource
