// The resources of planning, shared by the concepts that keep them.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_TABLES_H_
#define HEITIE_SERVICES_PLANNING_PLAN_TABLES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/event/mirror.h"
#include "common/record/calendars.h"
#include "common/record/kind.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/lesson.pb.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/citation.pb.h"
#include "heitie/planning/v1/close_out.pb.h"
#include "heitie/planning/v1/collection_duty.pb.h"
#include "heitie/planning/v1/evidence_relation.pb.h"
#include "heitie/planning/v1/feedback_entry.pb.h"
#include "heitie/planning/v1/forecast_record.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/need.pb.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/progress_report.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/project_approval.pb.h"
#include "heitie/planning/v1/project_template.pb.h"
#include "heitie/planning/v1/project_type.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "heitie/planning/v1/research_item.pb.h"
#include "heitie/planning/v1/research_subject.pb.h"
#include "heitie/planning/v1/schedule_variance.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "services/planning/notice/stand_ins.h"
#include "services/planning/policy/planning_policy.h"

namespace heitie::planning {

struct Tables {
  explicit Tables(const service::Context& context);

  record::Store& store;
  const absl::TimeZone zone;  // in which days begin
  record::Kind<v1::PlanPeriod> periods;
  record::Kind<v1::Project> projects;
  record::Kind<v1::Task> tasks;
  record::Kind<v1::Scheme> schemes;
  record::Kind<v1::Baseline> baselines;
  record::Kind<v1::ProjectApproval> approvals;
  PlanningPolicies policies;
  record::Kind<v1::PlanDuty> plan_duties;
  record::Kind<v1::ResearchItem> research_items;
  record::Kind<v1::ResearchSubject> research_subjects;
  record::Kind<v1::Observation> observations;
  record::Kind<v1::CollectionDuty> collection_duties;
  record::Kind<v1::CollectionRound> collection_rounds;
  record::Kind<v1::Citation> citations;
  record::Kind<v1::EvidenceFlag> evidence_flags;
  record::Kind<v1::EvidenceRelation> evidence_relations;
  record::Kind<v1::FeedbackEntry> feedback_entries;
  record::Kind<v1::Need> needs;
  record::Kind<v1::NeedVote> need_votes;
  record::Kind<v1::ProjectType> project_types;
  record::Kind<v1::ProjectTemplate> project_templates;
  record::Kind<v1::ProgressReport> progress_reports;
  record::Kind<v1::ScheduleVariance> schedule_variances;
  record::Kind<v1::CloseOut> close_outs;
  record::Kind<v1::ForecastRecord> forecast_records;
  record::Kind<v1::RaciEntry> raci_entries;
  record::Kind<v1::WorkingGroup> working_groups;
  record::Kind<v1::Issue> issues;
  // Activity's and personnel's.
  event::Mirror<activity::v1::Activity> activities;
  event::Mirror<activity::v1::Lesson> lessons;
  event::Mirror<personnel::v1::Employee> employees;
  StandIns stand_ins;
  // Personnel's. Until planning has heard from personnel for the first time, it knows the version that the suite comes with.
  event::Mirror<personnel::v1::CalendarVersion> calendar_versions;
  record::Calendars<personnel::v1::CalendarVersion> calendars;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_TABLES_H_
