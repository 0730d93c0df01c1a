#include "services/planning/plan/plan_period.h"

#include "common/status/macros.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/cascade.h"

namespace heitie::planning {

const status::Reason kPeriodMisfit{absl::StatusCode::kFailedPrecondition, "PERIOD_MISFIT",
                                   "{name} does not fit the periods around it in {count} way(s).", "{name} 與相關期間有 {count} 處不符。"};
const status::Reason kPeriodInUse{absl::StatusCode::kFailedPrecondition, "PERIOD_IN_USE", "{name} is used by {by}.",
                                  "{name} 正被 {by} 使用。"};

namespace {

constexpr int kHoursPerDay = 8;

absl::StatusOr<std::vector<v1::PlanPeriod>> PartsOf(sql::Session& session, const Tables& tables, const std::string& period) {
  return tables.periods.Select(session, "WHERE parent_period = ? ORDER BY start_date, name", sql::Bind(period));
}

// Guards the parent, so that two new children cannot overlap unseen.
absl::Status CheckParent(record::Transaction& tx, const Tables& tables, const v1::PlanPeriod& period) {
  if (period.parent_period().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::PlanPeriod parent, tables.periods.Guard(tx, period.parent_period()));
  ASSIGN_OR_RETURN(const std::vector<v1::PlanPeriod> siblings, PartsOf(tx.sql, tables, parent.name()));
  return Refusal(CheckFit(period, parent, siblings), kPeriodMisfit, period.name());
}

}  // namespace

absl::StatusOr<Defects> CheckCascade(sql::Session& session, const Tables& tables, const v1::PlanPeriod& period) {
  Defects defects;
  for (v1::PlanPeriod whole = period;;) {
    ASSIGN_OR_RETURN(const std::vector<v1::PlanPeriod> parts, PartsOf(session, tables, whole.name()));
    for (Defect& defect : CheckTargets(whole, parts)) defects.push_back(std::move(defect));
    if (whole.parent_period().empty()) return defects;
    ASSIGN_OR_RETURN(whole, tables.periods.Find(session, whole.parent_period()));
  }
}

absl::Status PlanPeriods::Create(record::Transaction& tx, v1::PlanPeriod& period) {
  if (period.capacity_hours_per_day() == 0) period.set_capacity_hours_per_day(kHoursPerDay);
  if (period.calendar().empty()) period.set_calendar(kDefaultCalendar);
  status::BadFields bad;
  CheckFields(period, bad);
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(tables_.calendars.Named(tx.sql, period.calendar()).status());
  return CheckParent(tx, tables_, period);
}

absl::Status PlanPeriods::Update(record::Transaction& tx, const v1::PlanPeriod& before, v1::PlanPeriod& after) {
  RETURN_IF_ERROR(Create(tx, after));
  ASSIGN_OR_RETURN(const std::vector<v1::PlanPeriod> parts, PartsOf(tx.sql, tables_, after.name()));
  Defects defects;
  for (const v1::PlanPeriod& part : parts) {
    for (Defect& defect : CheckFit(part, after, {})) defects.push_back(std::move(defect));
  }
  return Refusal(defects, kPeriodMisfit, after.name());
}

absl::Status PlanPeriods::CheckUnused(record::Transaction& tx, const v1::PlanPeriod& period) {
  std::string user;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT name FROM plan_periods WHERE parent_period = ? UNION ALL SELECT name FROM projects WHERE plan_period = ? ORDER "
                   "BY name LIMIT 1",
                   sql::Bind(period.name(), period.name()), [&](const sql::Row& row) { user = row.Text(0); }));
  return user.empty() ? absl::OkStatus() : status::Error(kPeriodInUse, {{"name", period.name()}, {"by", user}});
}

absl::StatusOr<v1::CheckPlanPeriodResponse> PlanPeriods::Check(const rpc::Call& call, const v1::CheckPlanPeriodRequest& request) {
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::CheckPlanPeriodResponse> {
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(session, request.name()));
    ASSIGN_OR_RETURN(const Defects defects, CheckCascade(session, tables_, period));
    v1::CheckPlanPeriodResponse response;
    *response.mutable_defects() = ToProto(defects, call.language);
    return response;
  });
}

void PlanPeriods::Bind(record::Methods& methods) {
  methods.Reads(tables_.periods);
  methods.Creates(tables_.periods, this, &PlanPeriods::Create);
  methods.Updates(tables_.periods, this, &PlanPeriods::Update);
  methods.Deletes(tables_.periods, this, &PlanPeriods::CheckUnused);
  methods.Bind("CheckPlanPeriod", this, &PlanPeriods::Check);
}

}  // namespace heitie::planning
