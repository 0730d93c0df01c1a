#include "services/planning/plan/plan_period.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/client/own_call.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/plan/attainment.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/cascade.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

const status::Reason kPeriodMisfit{absl::StatusCode::kFailedPrecondition, "PERIOD_MISFIT",
                                   "{name} does not fit the periods around it in {count} way(s).", "{name} 與相關期間有 {count} 處不符。"};
const status::Reason kPeriodInUse{absl::StatusCode::kFailedPrecondition, "PERIOD_IN_USE", "{name} is used by {by}.",
                                  "{name} 正被 {by} 使用。"};

const status::Reason kPeriodNotOver{absl::StatusCode::kFailedPrecondition, "PLAN_PERIOD_NOT_OVER", "{name} lasts until {date}.",
                                    "{name} 至 {date} 為止。"};
const status::Reason kPeriodClosed{absl::StatusCode::kFailedPrecondition, "PLAN_PERIOD_CLOSED",
                                   "{name} is closed and does not change any more.", "{name} 已關閉，不再變更。"};

namespace {

constexpr int kHoursPerDay = 8;
constexpr int kMostUnfinished = 1000;

const status::Phrase kNoMetric{"Metrics has no definition {metric}.", "指標服務沒有定義 {metric}。"};
const status::Phrase kNoValue{"Metrics has no value on these days.", "指標服務在此期間沒有數值。"};
const status::Phrase kMetricsSilent{"Metrics does not answer: {why}", "指標服務未回應：{why}"};
const status::Phrase kOtherUnit{"Metrics measures in {unit}.", "指標服務的單位為 {unit}。"};

// "new_users" of a target is the definition "metricDefinitions/new-users".
std::string DefinitionOf(const std::string& metric) {
  if (absl::StartsWith(metric, "metricDefinitions/")) return metric;
  return absl::StrCat("metricDefinitions/", absl::StrReplaceAll(metric, {{"_", "-"}}));
}

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

const record::StateMachine& PlanPeriodMachine() {
  using P = v1::PlanPeriod;
  static const auto& machine = *new record::StateMachine(
      P::State_descriptor(),
      {
          {P::STATE_DRAFT, "approve", P::STATE_APPROVED, "the cascade holds"},
          {P::STATE_APPROVED, "void_approval", P::STATE_DRAFT, "targets, dates or calendar are changed", record::kConsequence},
          {P::STATE_APPROVED, "close", P::STATE_CLOSED, "its last day is over"},
      });
  return machine;
}

bool ChangesPlan(const v1::PlanPeriod& before, const v1::PlanPeriod& after) {
  const auto plan = [](const v1::PlanPeriod& period) {
    v1::PlanPeriod plan;
    *plan.mutable_start_date() = period.start_date();
    *plan.mutable_end_date() = period.end_date();
    *plan.mutable_targets() = period.targets();
    plan.set_calendar(period.calendar());
    return plan;
  };
  return !google::protobuf::util::MessageDifferencer::Equals(plan(before), plan(after));
}

absl::Status PlanPeriods::Create(record::Transaction& tx, v1::PlanPeriod& period) {
  period.set_state(v1::PlanPeriod::STATE_DRAFT);
  return Fit(tx, period);
}

absl::Status PlanPeriods::Fit(record::Transaction& tx, v1::PlanPeriod& period) {
  if (period.capacity_hours_per_day() == 0) period.set_capacity_hours_per_day(kHoursPerDay);
  if (period.calendar().empty()) period.set_calendar(kDefaultCalendar);
  status::BadFields bad;
  CheckFields(period, bad);
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(tables_.calendars.Named(tx.sql, period.calendar()).status());
  return CheckParent(tx, tables_, period);
}

absl::StatusOr<const char*> PlanPeriods::Update(record::Transaction& tx, const v1::PlanPeriod& before, v1::PlanPeriod& after) {
  if (before.state() == v1::PlanPeriod::STATE_CLOSED) return status::Error(kPeriodClosed, {{"name", before.name()}});
  RETURN_IF_ERROR(Fit(tx, after));
  ASSIGN_OR_RETURN(const std::vector<v1::PlanPeriod> parts, PartsOf(tx.sql, tables_, after.name()));
  Defects defects;
  for (const v1::PlanPeriod& part : parts) {
    for (Defect& defect : CheckFit(part, after, {})) defects.push_back(std::move(defect));
  }
  RETURN_IF_ERROR(Refusal(defects, kPeriodMisfit, after.name()));
  if (before.state() != v1::PlanPeriod::STATE_APPROVED || !ChangesPlan(before, after)) return nullptr;
  after.set_state(v1::PlanPeriod::STATE_DRAFT);
  after.set_state_reason("targets, dates or calendar were changed");
  return "void_approval";
}

absl::StatusOr<v1::PlanPeriod> PlanPeriods::Approve(record::Transaction& tx, const v1::ApprovePlanPeriodRequest& request) {
  return tables_.periods.Change(tx, request, "approve", [&](v1::PlanPeriod& after) -> absl::Status {
    const std::string& approver = tx.call.principal.name;
    if (approver == after.creator()) return status::Error(kOwnPlan, {{"name", after.name()}});
    ASSIGN_OR_RETURN(const Defects defects, CheckCascade(tx.sql, tables_, after));
    RETURN_IF_ERROR(Refusal(defects, kPeriodMisfit, after.name()));
    v1::ApprovedPeriod& approved = *after.mutable_approved();
    approved.Clear();
    *approved.mutable_start_date() = after.start_date();
    *approved.mutable_end_date() = after.end_date();
    *approved.mutable_targets() = after.targets();
    approved.set_calendar(after.calendar());
    approved.set_approver(approver);
    *approved.mutable_approve_time() = time::ToTimestamp(tx.call.now);
    after.clear_state_reason();
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::PlanPeriod> PlanPeriods::Close(record::Transaction& tx, const v1::ClosePlanPeriodRequest& request) {
  return tables_.periods.Change(tx, request, "close", [&](v1::PlanPeriod& after) -> absl::Status {
    if (tx.call.principal.name == after.creator()) return status::Error(kOwnPlan, {{"name", after.name()}});
    const absl::CivilDay last = time::ToDay(after.end_date());
    if (absl::ToCivilDay(tx.call.now, tables_.zone) > last) return absl::OkStatus();
    return status::Error(kPeriodNotOver, {{"name", after.name()}, {"date", time::DayText(last)}});
  });
}

absl::Status AskMetrics(const service::Context& context, const rpc::Call& call, absl::CivilDay from, absl::CivilDay until,
                        const v1::PeriodTarget& target, v1::TargetAttainment& attainment) {
  const auto gap = [&](const status::Phrase& phrase, const status::Args& args) {
    attainment.set_gap(status::Sentence(phrase, args, call.language));
    return absl::OkStatus();
  };
  metrics::v1::QueryMetricRequest request;
  request.set_metric(DefinitionOf(target.metric()));
  *request.mutable_start_date() = time::ToDate(from);
  *request.mutable_end_date() = time::ToDate(until);
  const auto answer = context.Call(client::OwnCall(call, "planning"), metrics::v1::method::QueryMetric, request);
  if (absl::IsNotFound(answer.status()) || absl::IsInvalidArgument(answer.status())) return gap(kNoMetric, {{"metric", request.metric()}});
  if (!answer.ok()) {
    gap(kMetricsSilent, {{"why", absl::StatusCodeToString(answer.status().code())}}).IgnoreError();
    return status::IsOutage(answer.status()) ? answer.status() : absl::OkStatus();
  }
  if (!answer->unit().empty() && answer->unit() != target.unit()) return gap(kOtherUnit, {{"unit", answer->unit()}});
  const std::optional<double> actual = ActualOf(target, *answer);
  if (!actual) return gap(kNoValue, {});
  attainment.set_actual(*actual);
  attainment.set_metric_definition(answer->metric_definition().name());
  attainment.set_source_version(answer->source().version());
  if (const auto attained = AttainedShare(target, *actual)) attainment.set_attained(*attained);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Project>> PlanPeriods::ProjectsAt(sql::Session& session, const std::string& period, int64_t position) {
  ASSIGN_OR_RETURN(
      std::vector<v1::Project> projects,
      ChosenAt<v1::Project>(session, "projects", "SELECT name FROM projects WHERE plan_period = ?", sql::Bind(period), position));
  std::erase_if(projects, [&](const v1::Project& project) { return project.plan_period() != period; });
  return projects;
}

absl::Status PlanPeriods::AddUnfinished(sql::Session& session, const std::string& project, int64_t position,
                                        v1::ComputePeriodAttainmentResponse& response) {
  if (response.unfinished_tasks_size() >= kMostUnfinished) return absl::OkStatus();
  const std::string tasks = project + "/tasks";
  ASSIGN_OR_RETURN(const std::vector<v1::Task> found,
                   ChosenAt<v1::Task>(session, tasks,
                                      "SELECT name FROM tasks WHERE name > ? AND name < ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS')",
                                      sql::Bind(tasks + "/", tasks + "0"), position));
  for (const v1::Task& task : found) {
    const bool open = task.state() == v1::Task::STATE_OPEN || task.state() == v1::Task::STATE_IN_PROGRESS;
    if (open && task.part_count() == 0 && response.unfinished_tasks_size() < kMostUnfinished) response.add_unfinished_tasks(task.name());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ComputePeriodAttainmentResponse> PlanPeriods::Attainment(const rpc::Call& call,
                                                                            const v1::ComputePeriodAttainmentRequest& request) {
  v1::PlanPeriod period;
  std::vector<v1::Project> projects;
  v1::ComputePeriodAttainmentResponse response;
  status::BadFields bad;
  ASSIGN_OR_RETURN(const int64_t position, PositionFor(tables_, call, request.position(), bad));
  RETURN_IF_ERROR(bad.status());
  response.set_position(position);
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    response.clear_unfinished_tasks();
    ASSIGN_OR_RETURN(period, FindAt<v1::PlanPeriod>(session, request.name(), position));
    ASSIGN_OR_RETURN(projects, ProjectsAt(session, request.name(), position));
    std::erase_if(projects, [](const v1::Project& project) { return project.state() == v1::Project::STATE_CANCELLED; });
    for (const v1::Project& project : projects) RETURN_IF_ERROR(AddUnfinished(session, project.name(), position, response));
    return absl::OkStatus();
  }));
  const absl::CivilDay today = absl::ToCivilDay(call.now, tables_.zone), last = time::ToDay(period.end_date());
  const absl::CivilDay until = std::min(request.has_as_of() ? time::ToDay(request.as_of()) : today, last);
  *response.mutable_as_of() = time::ToDate(until);
  for (const v1::Project& project : projects) {
    if (project.state() != v1::Project::STATE_COMPLETED) response.add_unfinished_projects(project.name());
  }
  for (const v1::PeriodTarget& target : period.targets()) {
    v1::TargetAttainment& attainment = *response.add_targets();
    attainment = CoverageOf(target, projects);
    if (until < time::ToDay(period.start_date())) {
      attainment.set_gap(status::Sentence(kNoValue, {}, call.language));
    } else {
      // Of metrics that does not answer the sentence is there.
      AskMetrics(context_, call, time::ToDay(period.start_date()), until, target, attainment).IgnoreError();
    }
  }
  return response;
}

absl::StatusOr<v1::ComputePeriodCarryOverResponse> PlanPeriods::CarryOver(const rpc::Call& call,
                                                                          const v1::ComputePeriodCarryOverRequest& request) {
  v1::ComputePeriodCarryOverResponse response;
  status::BadFields bad;
  ASSIGN_OR_RETURN(const int64_t position, PositionFor(tables_, call, request.position(), bad));
  RETURN_IF_ERROR(bad.status());
  response.set_position(position);
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, FindAt<v1::PlanPeriod>(session, request.name(), position));
    ASSIGN_OR_RETURN(const std::vector<v1::PlanPeriod> all, ChildrenAt<v1::PlanPeriod>(session, "planPeriods", position));
    const v1::PlanPeriod* previous = nullptr;
    for (const v1::PlanPeriod& one : all) {
      const bool before = one.cadence() == period.cadence() && time::ToDay(one.end_date()) < time::ToDay(period.start_date());
      if (before && (previous == nullptr || time::ToDay(one.end_date()) > time::ToDay(previous->end_date()))) previous = &one;
    }
    response.set_previous_period(previous == nullptr ? "" : previous->name());
    return absl::OkStatus();
  }));
  if (response.previous_period().empty()) return response;
  v1::ComputePeriodAttainmentRequest asked;
  asked.set_name(response.previous_period());
  asked.set_position(position);
  if (request.has_as_of()) *asked.mutable_as_of() = request.as_of();
  ASSIGN_OR_RETURN(v1::ComputePeriodAttainmentResponse left, Attainment(call, asked));
  *response.mutable_as_of() = left.as_of();
  for (v1::TargetAttainment& target : *left.mutable_targets()) {
    if (!target.has_attained() || target.attained() < 1) *response.add_missed_targets() = std::move(target);
  }
  response.mutable_unfinished_tasks()->Swap(left.mutable_unfinished_tasks());
  response.mutable_unfinished_projects()->Swap(left.mutable_unfinished_projects());
  RETURN_IF_ERROR(tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    // Until activity was heard to its end nobody can say which lessons there are.
    RETURN_IF_ERROR(tables_.lessons.Select(session, "LIMIT 0").status());
    RETURN_IF_ERROR(tables_.activities.Select(session, "LIMIT 0").status());
    ASSIGN_OR_RETURN(const std::vector<v1::Project> projects, ProjectsAt(session, response.previous_period(), position));
    if (projects.empty()) return absl::OkStatus();
    sql::Values values;
    for (const v1::Project& project : projects) values.emplace_back(project.name());
    values.emplace_back(int64_t{kMostUnfinished});
    return session.Query(
        absl::StrCat("SELECT l.name, l.statement, l.activity, a.project FROM mirrored_activities a JOIN mirrored_lessons l "
                     "ON l.activity = a.name WHERE a.project IN (",
                     sql::Placeholders(projects.size()), ") AND l.state = 'STATE_ACCEPTED' ORDER BY l.name LIMIT ?"),
        values, [&](const sql::Row& row) {
          v1::CarriedLesson& lesson = *response.add_lessons();
          lesson.set_lesson(row.Text(0));
          lesson.set_statement(row.Text(1));
          lesson.set_activity(row.Text(2));
          lesson.set_project(row.Text(3));
        });
  }));
  return response;
}

absl::Status PlanPeriods::CheckUnused(record::Transaction& tx, const v1::PlanPeriod& period) {
  if (period.state() == v1::PlanPeriod::STATE_CLOSED) return status::Error(kPeriodClosed, {{"name", period.name()}});
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
  methods.Bind("ApprovePlanPeriod", this, &PlanPeriods::Approve);
  methods.Bind("ClosePlanPeriod", this, &PlanPeriods::Close);
  methods.Bind("ComputePeriodAttainment", this, &PlanPeriods::Attainment);
  methods.Bind("ComputePeriodCarryOver", this, &PlanPeriods::CarryOver);
}

}  // namespace heitie::planning
