#include "services/planning/closeout/forecast_records.h"

#include <map>
#include <utility>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/closeout/forecast_class.h"
#include "services/planning/plan/feasibility.h"

namespace heitie::planning {

using v1::ForecastRecord;

namespace {

// Of a kind, of which the last ones count.
constexpr size_t kMostOfKind = 500;

// The last records that correct, of one type of projects or, without one, of all.
absl::StatusOr<std::vector<ForecastRecord>> LastOf(sql::Session& session, const Tables& tables, ForecastRecord::Kind kind,
                                                   const std::string* project_type) {
  const std::string tail = "kind = ? AND state = 'STATE_IN_FORCE' AND ratio IS NOT NULL ORDER BY source_time DESC LIMIT ?";
  const std::string& name = ForecastRecord::Kind_Name(kind);
  const auto most = static_cast<int64_t>(kMostOfKind);
  if (project_type == nullptr) return tables.forecast_records.Select(session, "WHERE " + tail, sql::Bind(name, most));
  return tables.forecast_records.Select(session, "WHERE project_type = ? AND " + tail, sql::Bind(*project_type, name, most));
}

}  // namespace

const record::StateMachine& ForecastRecordMachine() {
  static const auto& machine = *new record::StateMachine(
      ForecastRecord::State_descriptor(),
      {
          {ForecastRecord::STATE_IN_FORCE, "replace", ForecastRecord::STATE_REPLACED, "a later report is there", record::kConsequence},
      });
  return machine;
}

absl::StatusOr<v1::Feasibility> StudyOf(sql::Session& session, const Tables& tables, const v1::Scheme& scheme, absl::Time now) {
  v1::Feasibility study = Assess(scheme.cash_flows(), scheme.discount_rate_bp());
  if (scheme.cash_flows().empty()) return study;
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables.policies.InForce(session, now));
  ASSIGN_OR_RETURN(const v1::Project project, tables.projects.Find(session, record::ParentOf(scheme.name())));
  study.set_planning_policy(policy.name());
  std::map<ForecastRecord::Kind, v1::ForecastClass> classes;
  for (const ForecastRecord::Kind kind : {ForecastRecord::KIND_COST, ForecastRecord::KIND_BENEFIT, ForecastRecord::KIND_DURATION}) {
    std::vector<ForecastRecord> of_type;
    if (!project.project_type().empty()) {
      ASSIGN_OR_RETURN(of_type, LastOf(session, tables, kind, &project.project_type()));
    }
    ASSIGN_OR_RETURN(const std::vector<ForecastRecord> of_all, LastOf(session, tables, kind, nullptr));
    const int32_t stressed = kind == ForecastRecord::KIND_BENEFIT ? OrShipped(policy.stressed_benefit_percent(), kShippedStressedBenefit)
                                                                  : OrShipped(policy.stressed_cost_percent(), kShippedStressedCost);
    classes[kind] = ClassOf(kind, project.project_type(), of_type, of_all,
                            OrShipped(policy.forecast_record_count(), kShippedForecastRecords), stressed);
    *study.add_classes() = classes[kind];
  }
  Correct(scheme.cash_flows(), scheme.discount_rate_bp(), classes[ForecastRecord::KIND_COST], classes[ForecastRecord::KIND_BENEFIT], study);
  return study;
}

ForecastRecords::ForecastRecords(const service::Context& context, Tables& tables) : tables_(tables) {
  event::Reactions(context, "activity", "forecast-records").On(this, &ForecastRecords::OnReport);
}

absl::Status ForecastRecords::OnReport(const rpc::Call& call, const event::Change<activity::v1::Report>& change) {
  if (!change.after) return absl::OkStatus();
  std::vector<ForecastRecord> records = RecordsOf(*change.after);
  if (records.empty()) return absl::OkStatus();
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    // An activity of a project that is not here teaches nobody.
    const absl::Status known = tables_.projects.Find(tx.sql, records.front().project()).status();
    if (absl::IsNotFound(known)) return absl::OkStatus();
    RETURN_IF_ERROR(known);
    return Keep(tx, records);
  });
}

absl::Status ForecastRecords::Keep(record::Transaction& tx, std::vector<ForecastRecord> records) const {
  if (records.empty()) return absl::OkStatus();
  // Whoever keeps records of a project holds it, so that of two reports one is the later.
  ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Guard(tx, records.front().project()));
  ASSIGN_OR_RETURN(const std::vector<ForecastRecord> known,
                   tables_.forecast_records.Select(tx.sql, "WHERE subject = ? AND state = 'STATE_IN_FORCE' ORDER BY name",
                                                   sql::Bind(records.front().subject())));
  const ForecastRecord& now = records.front();
  bool replaced = false;
  for (const ForecastRecord& before : known) {
    if (before.source() == now.source()) return absl::OkStatus();
    const auto order = [](const ForecastRecord& record) { return std::make_pair(time::ToTime(record.source_time()), record.source()); };
    replaced = replaced || order(now) < order(before);
  }
  if (!replaced) {
    for (const ForecastRecord& before : known) {
      RETURN_IF_ERROR(tables_.forecast_records.Change(tx, record::Target(before.name()), "replace").status());
    }
  }
  for (ForecastRecord& record : records) {
    record.set_project_type(project.project_type());
    if (replaced) record.set_state(ForecastRecord::STATE_REPLACED);
    const absl::Status kept = tables_.forecast_records.Insert(tx, record);
    // One that was replaced already and comes again.
    if (!absl::IsAlreadyExists(kept)) RETURN_IF_ERROR(kept);
  }
  return absl::OkStatus();
}

}  // namespace heitie::planning
