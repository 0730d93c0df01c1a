#include "services/resource/people/staff_watch.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/resource/people/load.h"
#include "services/resource/people/staff_plan.h"

namespace heitie::resource {
namespace {

using v1::StaffDemand;
using v1::StaffOverload;
using v1::StaffPlan;

constexpr int kMostOutlookDays = 366;
constexpr int kHorizonDays = 366;

std::string OverloadName(const EmployeeDay& day) {
  const std::string id = day.first.substr(day.first.find('/') + 1);
  return absl::StrFormat("staffOverloads/%s-%04d%02d%02d", id, day.second.year(), day.second.month(), day.second.day());
}

void TakeLoad(const EmployeeDay& day, const DayLoad& load, StaffOverload& overload) {
  overload.set_name(OverloadName(day));
  overload.set_employee(day.first);
  *overload.mutable_date() = time::ToDate(day.second);
  overload.set_capacity_minutes(load.capacity);
  overload.set_assigned_minutes(load.assigned);
  overload.clear_loads();
  for (const auto& each : load.loads) *overload.add_loads() = each;
  overload.set_state(StaffOverload::STATE_OPEN);
}

template <typename T>
void SetAll(const std::vector<T>& from, google::protobuf::RepeatedPtrField<T>* to) {
  to->Clear();
  for (const T& each : from) *to->Add() = each;
}

}  // namespace

StaffWatch::StaffWatch(StaffTables& tables, const DemandSources& sources, const TrainingMoney& money, job::Runner& jobs)
    : tables_(tables), sources_(sources), money_(money) {
  jobs.Recur(
      "judge-staff", absl::Seconds(2),
      [this](const rpc::Call& call, const job::Job&) {
        const absl::Status status = Look(call);
        // Facts that have not arrived yet are waited for; there is nothing to repair.
        return status.ok() || absl::IsUnavailable(status) ? job::Outcome::Done() : job::Outcome::Failed(status);
      },
      job::Lane::kLongWork);
}

absl::StatusOr<std::string> StaffWatch::Mark(sql::Session& session, const rpc::Call& call) const {
  std::string mark = time::DayText(tables_.Today(call));
  RETURN_IF_ERROR(
      session.Query("SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_employees UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_positions UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_certificates UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_activities UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_shifts UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_projects UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_schemes UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM mirrored_calendar_versions UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM staff_demands UNION ALL "
                    "SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS CHAR), COUNT(*) FROM staff_plans",
                    {}, [&](const sql::Row& row) { absl::StrAppend(&mark, " ", row.Text(0), "/", row.Int(1)); }));
  ASSIGN_OR_RETURN(const v1::StaffPolicy policy, tables_.policies.InForce(session, call.now));
  return absl::StrCat(mark, " ", policy.name());
}

absl::Status StaffWatch::Look(const rpc::Call& call) {
  ASSIGN_OR_RETURN(const std::string mark, tables_.store.Read(call, [&](sql::Session& session) { return Mark(session, call); }));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (mark == mark_) return absl::OkStatus();
  }
  RETURN_IF_ERROR(sources_.Follow(call));
  RETURN_IF_ERROR(tables_.store.Write(call, [&](record::Transaction& tx) { return JudgeDays(tx); }));
  std::vector<std::string> plans;
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) {
    return session.Query("SELECT name FROM staff_plans WHERE state IN ('STATE_PROPOSED', 'STATE_APPROVED') AND end_date >= ? ORDER BY name",
                         sql::Bind(time::DayText(tables_.Today(call))), [&](const sql::Row& row) { plans.push_back(row.Text(0)); });
  }));
  for (const std::string& plan : plans) {
    RETURN_IF_ERROR(tables_.store.Write(call, [&](record::Transaction& tx) { return JudgePlan(tx, plan); }));
  }
  RETURN_IF_ERROR(tables_.store.Write(call, [&](record::Transaction& tx) { return NoteDemands(tx); }));
  const std::lock_guard<std::mutex> lock(mutex_);
  mark_ = mark;
  return absl::OkStatus();
}

absl::Status StaffWatch::JudgeDays(record::Transaction& tx) const {
  ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Facts(tx.sql, tx.call.now));
  const absl::CivilDay today = tables_.Today(tx.call), last = today + kHorizonDays;
  ASSIGN_OR_RETURN(const std::vector<PersonDay> days, tables_.DaysBetween(tx.sql, today, last));
  std::map<std::string, StaffOverload> open;
  for (const auto& [day, load] : LoadsOf(facts, days, today, last)) {
    if (load.assigned > load.capacity) TakeLoad(day, load, open[OverloadName(day)]);
  }
  ASSIGN_OR_RETURN(const std::vector<StaffOverload> known, tables_.overloads.Select(tx.sql, "WHERE state = 'STATE_OPEN' ORDER BY name"));
  for (const StaffOverload& before : known) {
    StaffOverload after = before;
    const auto still = open.find(before.name());
    if (still == open.end()) {
      after.set_state(StaffOverload::STATE_RESOLVED);
      RETURN_IF_ERROR(tables_.overloads.Update(tx, before, after, "resolve"));
      continue;
    }
    after.set_capacity_minutes(still->second.capacity_minutes());
    after.set_assigned_minutes(still->second.assigned_minutes());
    *after.mutable_loads() = still->second.loads();
    open.erase(still);
    RETURN_IF_ERROR(tables_.overloads.Update(tx, before, after, "update"));
  }
  for (auto& [name, overload] : open) {
    const auto before = tables_.overloads.Find(tx.sql, name);
    if (absl::IsNotFound(before.status())) {
      RETURN_IF_ERROR(tables_.overloads.Insert(tx, overload));
      continue;
    }
    RETURN_IF_ERROR(before.status());
    StaffOverload after = *before;
    after.set_capacity_minutes(overload.capacity_minutes());
    after.set_assigned_minutes(overload.assigned_minutes());
    *after.mutable_loads() = overload.loads();
    after.set_state(StaffOverload::STATE_OPEN);
    RETURN_IF_ERROR(tables_.overloads.Update(tx, *before, after, "reopen"));
  }
  return absl::OkStatus();
}

absl::Status StaffWatch::JudgePlan(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<StaffPlan> step, tables_.plans.Begin(tx, record::Target(name)));
  const StaffPlan& plan = step.before;
  if (plan.state() != StaffPlan::STATE_PROPOSED && plan.state() != StaffPlan::STATE_APPROVED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const PlanInput input, tables_.Input(tx.sql, tx.call.now, plan));
  if (input.last < input.first) return absl::OkStatus();
  std::map<std::string, StaffDemand> demands;
  for (const StaffDemand& demand : input.demands) demands.emplace(demand.name(), demand);
  const bool proposed = plan.state() == StaffPlan::STATE_PROPOSED;
  std::vector<PersonDay> days = PersonDaysOf(plan, demands, input.first);
  std::map<EmployeeDay, int> taken;
  if (!proposed) {
    ASSIGN_OR_RETURN(days, tables_.DaysOfPlan(tx.sql, name, input.today));
  }
  for (const PersonDay& day : input.in_force) {
    if (day.day < input.first) continue;
    const bool replaced = proposed ? demands.count(day.demand) > 0 : day.plan == name;
    if (!replaced) taken[{day.employee, day.day}] += day.minutes;
  }
  // What a plan in force keeps is its person-days; that others might be had is no news for it.
  std::vector<StaffPlan::Fact> changed = ChangedFacts(plan, FactsOf(input));
  SetAll(changed, step.after.mutable_changed_facts());
  SetAll(BrokenOf(input.facts, demands, days, taken), step.after.mutable_broken());
  return tables_.plans.Update(tx, step.before, step.after, "judge");
}

absl::Status StaffWatch::NoteDemands(record::Transaction& tx) const {
  ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Facts(tx.sql, tx.call.now));
  const absl::CivilDay today = tables_.Today(tx.call);
  ASSIGN_OR_RETURN(
      const std::vector<StaffDemand> demands,
      tables_.demands.Select(tx.sql, "WHERE state = 'STATE_OPEN' AND end_date >= ? ORDER BY name", sql::Bind(time::DayText(today))));
  std::set<std::string> planned;
  ASSIGN_OR_RETURN(const std::vector<StaffPlan> plans,
                   tables_.plans.Select(tx.sql, "WHERE state = 'STATE_APPROVED' AND end_date >= ?", sql::Bind(time::DayText(today))));
  for (const StaffPlan& plan : plans) {
    for (const StaffPlan::Fact& fact : plan.facts()) planned.insert(fact.name());
  }
  ASSIGN_OR_RETURN(const std::vector<PersonDay> days, tables_.DaysBetween(tx.sql, today, absl::CivilDay(9999, 12, 31)));
  std::map<std::string, std::vector<const PersonDay*>> of_demand;
  std::map<EmployeeDay, int> all;
  for (const PersonDay& day : days) {
    of_demand[day.demand].push_back(&day);
    all[{day.employee, day.day}] += day.minutes;
  }
  for (const StaffDemand& read : demands) {
    StaffDemand noted = read;
    std::map<absl::CivilDay, int> assigned;
    std::map<EmployeeDay, int> own;
    for (const PersonDay* day : of_demand[read.name()]) {
      ++assigned[day->day];
      own[{day->employee, day->day}] += day->minutes;
    }
    noted.clear_shortage();
    if (planned.count(read.name()) > 0) SetShortage(facts, assigned, today, noted);
    noted.clear_assigned_elsewhere();
    for (const std::string& name : AssignedElsewhere(facts, noted, all, own, today)) noted.add_assigned_elsewhere(name);
    if (google::protobuf::util::MessageDifferencer::Equals(read, noted)) continue;
    ASSIGN_OR_RETURN(const StaffDemand before, tables_.demands.Lock(tx, read.name()));
    // Changed meanwhile: the next look is at hand.
    if (before.etag() != read.etag()) continue;
    RETURN_IF_ERROR(tables_.demands.Update(tx, before, noted, "note"));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ComputeStaffLoadResponse> StaffWatch::ComputeLoad(const rpc::Call& call, const v1::ComputeStaffLoadRequest& request) {
  RETURN_IF_ERROR(CheckSpan(request.start_date(), request.end_date(), kMostPlanDays, "end_date"));
  const absl::CivilDay first = time::ToDay(request.start_date()), last = time::ToDay(request.end_date());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeStaffLoadResponse> {
    ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Facts(session, call.now));
    ASSIGN_OR_RETURN(const std::vector<PersonDay> days, tables_.DaysBetween(session, first, last));
    return LoadMap(facts, days, first, last, request.department());
  });
}

absl::StatusOr<v1::ComputeStaffOutlookResponse> StaffWatch::ComputeOutlook(const rpc::Call& call,
                                                                           const v1::ComputeStaffOutlookRequest& request) {
  RETURN_IF_ERROR(CheckSpan(request.start_date(), request.end_date(), kMostOutlookDays, "end_date"));
  const absl::CivilDay first = time::ToDay(request.start_date()), last = time::ToDay(request.end_date());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeStaffOutlookResponse> {
    ASSIGN_OR_RETURN(const StaffFacts facts, tables_.Facts(session, call.now));
    ASSIGN_OR_RETURN(const std::vector<StaffDemand> demands,
                     tables_.demands.Select(session, "WHERE state = 'STATE_OPEN' AND end_date >= ? AND start_date <= ? ORDER BY name",
                                            sql::Bind(time::DayText(first), time::DayText(last))));
    ASSIGN_OR_RETURN(const std::vector<PersonDay> days, tables_.DaysBetween(session, first, last));
    v1::ComputeStaffOutlookResponse response = OutlookOf(facts, demands, days, first, last);
    RETURN_IF_ERROR(money_.Put(session, facts.policy.training_account(), first, last, response));
    return response;
  });
}

void StaffWatch::Bind(record::Methods& methods) {
  methods.Reads(tables_.overloads);
  methods.Bind("ComputeStaffLoad", this, &StaffWatch::ComputeLoad);
  methods.Bind("ComputeStaffOutlook", this, &StaffWatch::ComputeOutlook);
}

}  // namespace heitie::resource
