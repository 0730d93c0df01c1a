#include "services/gateway/project_overview.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/client/gather.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/preparation_service.methods.h"
#include "heitie/gateway/v1/project_overview.pb.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/scheme_service.methods.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/risk/v1/register_service.methods.h"
#include "heitie/risk/v1/risk_view.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/risk/v1/view_service.methods.h"
#include "services/gateway/missing.h"
#include "services/gateway/people_parts.h"

namespace heitie::gateway {
namespace {

using activity::v1::Activity;
using planning::v1::Project;

// As the contract says.
constexpr int kProjectRows = 1000;
constexpr int kActivityLimit = 50;

void RequireProject(const std::string& name, client::Gather& round, v1::ProjectOverview* out) {
  planning::v1::GetProjectRequest request;
  request.set_name(name);
  round.Require({"project"}, planning::v1::method::GetProject, request, [out](Project& answer) { out->mutable_project()->Swap(&answer); });
}

void AskForActivities(const std::string& project, client::Gather& round, v1::ProjectOverview* out) {
  activity::v1::ListActivitiesRequest activities;
  activities.set_filter(absl::StrCat("project = \"", project, "\""));
  round.AskPages({"activities"}, activity::v1::method::ListActivities, activities, kActivityLimit,
                 &activity::v1::ListActivitiesResponse::mutable_activities, out->mutable_activities());
}

void AskForPlan(const std::string& project, client::Gather& round, v1::ProjectOverview* out) {
  planning::v1::ListTasksRequest tasks;
  tasks.set_parent(project);
  round.AskPages({"tasks"}, planning::v1::method::ListTasks, tasks, kProjectRows, &planning::v1::ListTasksResponse::mutable_tasks,
                 out->mutable_tasks());
  planning::v1::ListSchemesRequest schemes;
  schemes.set_parent(project);
  round.AskPages({"schemes"}, planning::v1::method::ListSchemes, schemes, kProjectRows, &planning::v1::ListSchemesResponse::mutable_schemes,
                 out->mutable_schemes());
}

void AskForBaseline(const Project& project, client::Gather& round, v1::ProjectOverview* out) {
  if (project.approved_baseline().empty()) return;
  planning::v1::GetBaselineRequest baseline;
  baseline.set_name(project.approved_baseline());
  round.Ask({"baseline", project.approved_baseline()}, planning::v1::method::GetBaseline, baseline,
            [out](planning::v1::Baseline& answer) { out->mutable_baseline()->Swap(&answer); });
}

bool WasLaunched(const Activity& activity) { return activity.has_launch_time(); }

// `subject = "activities/a" OR subject = "activities/b"`: one question about all of them.
template <typename Names>
std::string AnyOf(const char* field, const Names& names) {
  return absl::StrJoin(names, " OR ",
                       [field](std::string* out, const std::string& name) { absl::StrAppend(out, field, " = \"", name, "\""); });
}

void AskAboutHoldings(client::Gather& round, v1::ProjectOverview* out) {
  if (out->activities().empty()) return;
  std::vector<std::string> names;
  for (const Activity& activity : out->activities()) names.push_back(activity.name());
  const std::string filter = AnyOf("subject", names);
  resource::v1::ListReservationsRequest reservations;
  reservations.set_filter(filter);
  round.AskPages({"reservations"}, resource::v1::method::ListReservations, reservations, kProjectRows,
                 &resource::v1::ListReservationsResponse::mutable_reservations, out->mutable_reservations());
  resource::v1::ListEncumbrancesRequest encumbrances;
  encumbrances.set_filter(filter);
  round.AskPages({"encumbrances"}, resource::v1::method::ListEncumbrances, encumbrances, kProjectRows,
                 &resource::v1::ListEncumbrancesResponse::mutable_encumbrances, out->mutable_encumbrances());
}

void AskForCounters(client::Gather& round, v1::ProjectOverview* out) {
  for (const Activity& activity : out->activities()) {
    if (!WasLaunched(activity)) continue;
    metrics::v1::GetActivityCountersRequest counters;
    counters.set_activity(activity.name());
    round.Ask({"counters", activity.name()}, metrics::v1::method::GetActivityCounters, counters,
              [out](metrics::v1::ActivityCounters& answer) { out->add_counters()->Swap(&answer); });
  }
}

std::set<std::string> Owners(const v1::ProjectOverview& overview) {
  std::set<std::string> owners = {overview.project().owner()};
  for (const auto& task : overview.tasks()) owners.insert(task.owner());
  for (const auto& activity : overview.activities()) owners.insert(activity.owner());
  return owners;
}

void AskAboutRisks(client::Gather& round, v1::ProjectOverview* out) {
  risk::v1::SummarizeRisksRequest request;
  request.add_subjects(out->project().name());
  for (const auto& activity : out->activities()) request.add_subjects(activity.name());
  request.set_with_exposure(true);
  round.Ask({"risks"}, risk::v1::method::SummarizeRisks, request, [out](risk::v1::SummarizeRisksResponse& answer) {
    out->mutable_risks()->Swap(answer.mutable_risks());
    if (answer.has_exposure()) out->mutable_risk_exposure()->Swap(answer.mutable_exposure());
  });
  risk::v1::ComputeOverdueRequest overdue;
  *overdue.mutable_subjects() = request.subjects();
  round.Ask({"risk_overdue"}, risk::v1::method::ComputeOverdue, overdue,
            [out](risk::v1::Overdue& answer) { out->mutable_risk_overdue()->Swap(&answer); });
  risk::v1::ComputeRiskCalendarRequest calendar;
  *calendar.mutable_subjects() = request.subjects();
  round.Ask({"risk_calendar"}, risk::v1::method::ComputeRiskCalendar, calendar,
            [out](risk::v1::RiskCalendar& answer) { out->mutable_risk_calendar()->Swap(&answer); });
}

}  // namespace

absl::StatusOr<v1::ProjectOverview> GetProjectOverview(const client::Clients& clients, const rpc::Call& call,
                                                       const v1::GetProjectOverviewRequest& request) {
  v1::ProjectOverview overview;
  const absl::Time end = client::ShareOfDeadline(call, 0.9);
  client::Gather round(call, clients, client::ShareOfDeadline(call, 0.5));
  RequireProject(request.name(), round, &overview);
  AskForActivities(request.name(), round, &overview);
  round.Then([&] {
    round.set_deadline(end);
    AskForBaseline(overview.project(), round, &overview);
    AskAboutHoldings(round, &overview);
    AskForCounters(round, &overview);
    AskAboutRisks(round, &overview);
  });
  AskForPlan(request.name(), round, &overview);
  round.Then([&] { AskAboutPeople("owners", Owners(overview), round, overview.mutable_owners(), overview.mutable_missing()); });
  RETURN_IF_ERROR(round.Run(AddTo(overview.mutable_missing())));
  *overview.mutable_compute_time() = time::ToTimestamp(call.now);
  return overview;
}

}  // namespace heitie::gateway
