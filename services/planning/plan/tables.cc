#include "services/planning/plan/tables.h"

#include "services/planning/closeout/forecast_records.h"
#include "services/planning/collaboration/issue.h"
#include "services/planning/collaboration/raci.h"
#include "services/planning/collaboration/working_group.h"
#include "services/planning/control/slippage.h"
#include "services/planning/evidence/citation.h"
#include "services/planning/evidence/flags.h"
#include "services/planning/evidence/relation.h"
#include "services/planning/need/need.h"
#include "services/planning/plan/approval.h"
#include "services/planning/plan/plan_period.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/task.h"
#include "services/planning/policy/plan_duty.h"
#include "services/planning/research/collection_duty.h"
#include "services/planning/research/research_item.h"
#include "services/planning/scheme/scheme.h"
#include "services/planning/template/project_template.h"

namespace heitie::planning {

Tables::Tables(const service::Context& context)
    : store(context.store),
      zone(context.time_zone),
      periods(store, &PlanPeriodMachine()),
      projects(store, &ProjectMachine()),
      tasks(store, &TaskMachine()),
      schemes(store, &SchemeMachine()),
      baselines(store),
      approvals(store, &ProjectApprovalMachine()),
      policies(store, kShippedPlanningPolicy, CheckPlanningPolicy),
      plan_duties(store, &PlanDutyMachine()),
      research_items(store, &ResearchItemMachine()),
      research_subjects(store),
      observations(store),
      collection_duties(store, &CollectionDutyMachine()),
      collection_rounds(store, &CollectionRoundMachine()),
      citations(store, &CitationMachine()),
      evidence_flags(store, &EvidenceFlagMachine()),
      evidence_relations(store, &EvidenceRelationMachine()),
      feedback_entries(store),
      needs(store, &NeedMachine()),
      need_votes(store),
      project_types(store),
      project_templates(store, &ProjectTemplateMachine()),
      progress_reports(store),
      schedule_variances(store, &ScheduleVarianceMachine()),
      close_outs(store),
      forecast_records(store, &ForecastRecordMachine()),
      raci_entries(store, &RaciEntryMachine()),
      working_groups(store, &WorkingGroupMachine()),
      issues(store, &IssueMachine()),
      activities(context, "activity"),
      lessons(context, "activity"),
      employees(context, "personnel"),
      stand_ins(context),
      calendar_versions(context, "personnel"),
      calendars(calendar_versions.table(), [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
        return calendar_versions.SelectKnown(session, tail, values);
      }) {}

}  // namespace heitie::planning
