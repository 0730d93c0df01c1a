#include "services/gateway/project_overview.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity_service.pb.h"
#include "heitie/metrics/v1/metrics_service.pb.h"
#include "heitie/personnel/v1/personnel_service.pb.h"
#include "heitie/planning/v1/planning_service.pb.h"
#include "heitie/resource/v1/resource_service.pb.h"
#include "heitie/risk/v1/risk_service.pb.h"

namespace heitie::gateway {
namespace {

using activity::v1::Activity;
using planning::v1::Project;

constexpr char kActivity[] = "heitie.activity.v1.ActivityService/";
constexpr char kMetrics[] = "heitie.metrics.v1.MetricsService/";
constexpr char kPersonnel[] = "heitie.personnel.v1.PersonnelService/";
constexpr char kPlanning[] = "heitie.planning.v1.PlanningService/";
constexpr char kResource[] = "heitie.resource.v1.ResourceService/";
constexpr char kRisk[] = "heitie.risk.v1.RiskService/";
// As the contract says.
constexpr int kLimit = 1000;
constexpr int kActivityLimit = 50;
constexpr size_t kOwnerLimit = 100;

void RequireProject(const std::string& name, FanOut& round, v1::ProjectOverview* out) {
  planning::v1::GetProjectRequest request;
  request.set_name(name);
  round.Require<Project>({"project", "planning", ""}, absl::StrCat(kPlanning, "GetProject"), request,
                         [out](Project& answer) { out->mutable_project()->Swap(&answer); });
}

void AskForActivities(const std::string& project, FanOut& round, v1::ProjectOverview* out) {
  activity::v1::ListActivitiesRequest activities;
  activities.set_filter(absl::StrCat("project = \"", project, "\""));
  round.AskPages({"activities", "activity", ""}, absl::StrCat(kActivity, "ListActivities"), activities, kActivityLimit,
                 &activity::v1::ListActivitiesResponse::mutable_activities, out->mutable_activities());
}

void AskForPlan(const std::string& project, FanOut& round, v1::ProjectOverview* out) {
  planning::v1::ListTasksRequest tasks;
  tasks.set_parent(project);
  round.AskPages({"tasks", "planning", ""}, absl::StrCat(kPlanning, "ListTasks"), tasks, kLimit,
                 &planning::v1::ListTasksResponse::mutable_tasks, out->mutable_tasks());
  planning::v1::ListSchemesRequest schemes;
  schemes.set_parent(project);
  round.AskPages({"schemes", "planning", ""}, absl::StrCat(kPlanning, "ListSchemes"), schemes, kLimit,
                 &planning::v1::ListSchemesResponse::mutable_schemes, out->mutable_schemes());
}

void AskForBaseline(const Project& project, FanOut& round, v1::ProjectOverview* out) {
  if (project.approved_baseline().empty()) return;
  planning::v1::GetBaselineRequest baseline;
  baseline.set_name(project.approved_baseline());
  round.Ask<planning::v1::Baseline>({"baseline", "planning", project.approved_baseline()}, absl::StrCat(kPlanning, "GetBaseline"), baseline,
                                    [out](planning::v1::Baseline& answer) { out->mutable_baseline()->Swap(&answer); });
}

bool WasLaunched(const Activity& activity) { return activity.has_launch_time(); }

void AskAboutActivity(const Activity& activity, FanOut& round, v1::ProjectOverview* out) {
  const std::string filter = absl::StrCat("subject = \"", activity.name(), "\"");
  resource::v1::ListReservationsRequest reservations;
  reservations.set_filter(filter);
  round.AskPages({"reservations", "resource", activity.name()}, absl::StrCat(kResource, "ListReservations"), reservations, kLimit,
                 &resource::v1::ListReservationsResponse::mutable_reservations, out->mutable_reservations());
  resource::v1::ListEncumbrancesRequest encumbrances;
  encumbrances.set_filter(filter);
  round.AskPages({"encumbrances", "resource", activity.name()}, absl::StrCat(kResource, "ListEncumbrances"), encumbrances, kLimit,
                 &resource::v1::ListEncumbrancesResponse::mutable_encumbrances, out->mutable_encumbrances());
  if (!WasLaunched(activity)) return;
  metrics::v1::GetActivityCountersRequest counters;
  counters.set_activity(activity.name());
  round.Ask<metrics::v1::ActivityCounters>({"counters", "metrics", activity.name()}, absl::StrCat(kMetrics, "GetActivityCounters"),
                                           counters, [out](metrics::v1::ActivityCounters& answer) { out->add_counters()->Swap(&answer); });
}

std::set<std::string> Owners(const v1::ProjectOverview& overview) {
  std::set<std::string> owners = {overview.project().owner()};
  for (const auto& task : overview.tasks()) owners.insert(task.owner());
  for (const auto& activity : overview.activities()) owners.insert(activity.owner());
  owners.erase("");
  return owners;
}

void AskAboutOwners(FanOut& round, v1::ProjectOverview* out) {
  const std::set<std::string> owners = Owners(*out);
  size_t count = 0;
  for (const std::string& owner : owners) {
    if (++count > kOwnerLimit) break;
    personnel::v1::GetEmployeeRequest request;
    request.set_name(owner);
    round.Ask<personnel::v1::Employee>({"owners", "personnel", owner}, absl::StrCat(kPersonnel, "GetEmployee"), request,
                                       [out](personnel::v1::Employee& answer) { out->add_owners()->Swap(&answer); });
  }
}

void NameOwnersBeyondLimit(v1::ProjectOverview* out) {
  if (Owners(*out).size() <= kOwnerLimit) return;
  v1::MissingPart* missing = out->add_missing();
  missing->set_part("owners");
  missing->set_service("personnel");
  missing->set_code(absl::StatusCodeToString(status::kTruncated.code));
  missing->set_reason(status::kTruncated.id);
  missing->set_message(status::Sentence(status::kTruncated, {{"count", kOwnerLimit}}, status::Language::kEnglish));
}

void AskAboutRisks(FanOut& round, v1::ProjectOverview* out) {
  risk::v1::SummarizeRisksRequest request;
  request.add_subjects(out->project().name());
  for (const auto& activity : out->activities()) request.add_subjects(activity.name());
  round.Ask<risk::v1::SummarizeRisksResponse>(
      {"risks", "risk", ""}, absl::StrCat(kRisk, "SummarizeRisks"), request,
      [out](risk::v1::SummarizeRisksResponse& answer) { out->mutable_risks()->Swap(answer.mutable_risks()); });
}

}  // namespace

absl::StatusOr<v1::ProjectOverview> GetProjectOverview(const Clients& clients, const rpc::Call& call,
                                                       const v1::GetProjectOverviewRequest& request) {
  v1::ProjectOverview overview;
  const absl::Time end = ShareOfDeadline(call, 0.9);
  FanOut round(call, clients, ShareOfDeadline(call, 0.5));
  RequireProject(request.name(), round, &overview);
  AskForActivities(request.name(), round, &overview);
  round.Then([&] {
    round.set_deadline(end);
    AskForBaseline(overview.project(), round, &overview);
    for (const Activity& activity : overview.activities()) AskAboutActivity(activity, round, &overview);
    AskAboutRisks(round, &overview);
  });
  AskForPlan(request.name(), round, &overview);
  round.Then([&] { AskAboutOwners(round, &overview); });
  RETURN_IF_ERROR(round.Run(overview.mutable_missing()));
  NameOwnersBeyondLimit(&overview);
  *overview.mutable_compute_time() = time::ToTimestamp(call.now);
  return overview;
}

}  // namespace heitie::gateway
