#include "services/activity/service.h"

#include "common/event/event_log.h"
#include "services/activity/watch/tracking.h"

namespace heitie::activity {

Service::Service(service::Context context)
    : activities_(context.store),
      items_(activities_),
      commitments_(activities_),
      waivers_(activities_),
      readiness_(context, activities_, items_, commitments_, waivers_),
      launches_(context, activities_, readiness_),
      settlement_(context, activities_),
      risk_watch_(context, activities_, waivers_, settlement_),
      employees_(context, "personnel"),
      reports_(context, activities_, employees_) {
  // A target that is not configured stops the process now, not at the first launch.
  for (const char* target : {"planning", "resource", "personnel", "risk", "metrics"}) context.client(target);
  HandleTracking(context, activities_);
  BindActivities(context.store);
  BindPreparation(context.store);
  BindLaunches(context.store);
  BindReports();
  event::Bind(rpc_, context.store);
}

void Service::BindActivities(record::Store& store) {
  rpc_.Bind("GetActivity", activities_.kind().Getter());
  rpc_.Bind("ListActivities", activities_.kind().Lister());
  rpc_.Bind("CreateActivity", activities_.Creator());
  rpc_.Bind("UpdateActivity", activities_.Updater());
  rpc_.Bind("PrepareActivity", store.Mutation(&activities_, &Activities::Prepare));
  rpc_.Bind("MarkActivityReady", store.Mutation(&readiness_, &Readiness::MarkReady));
  rpc_.Bind("EvaluateLaunchGate", &readiness_, &Readiness::EvaluateLaunchGate);
  rpc_.Bind("ExamineLaunchGate", &readiness_, &Readiness::ExamineLaunchGate);
  rpc_.Bind("PauseActivity", store.Mutation(&activities_, &Activities::Pause));
  rpc_.Bind("ResumeActivity", &readiness_, &Readiness::Resume);
  rpc_.Bind("EndActivity", &settlement_, &Settlement::End);
  rpc_.Bind("CancelActivity", &settlement_, &Settlement::Cancel);
  rpc_.Bind("ArchiveActivity", store.Mutation(&activities_, &Activities::Archive));
}

void Service::BindPreparation(record::Store& store) {
  rpc_.Bind("GetPreparationItem", items_.kind().Getter());
  rpc_.Bind("ListPreparationItems", items_.kind().Lister());
  rpc_.Bind("CreatePreparationItem", items_.Creator());
  rpc_.Bind("UpdatePreparationItem", items_.Updater());
  rpc_.Bind("DeletePreparationItem", items_.Deleter());
  rpc_.Bind("CompletePreparationItem", store.Mutation(&items_, &PreparationItems::Complete));
  rpc_.Bind("ReopenPreparationItem", store.Mutation(&items_, &PreparationItems::Reopen));
  rpc_.Bind("GetSupportCommitment", commitments_.kind().Getter());
  rpc_.Bind("ListSupportCommitments", commitments_.kind().Lister());
  rpc_.Bind("CreateSupportCommitment", commitments_.Creator());
  rpc_.Bind("DeleteSupportCommitment", commitments_.Deleter());
  rpc_.Bind("AcceptSupportCommitment", store.Mutation(&commitments_, &SupportCommitments::Accept));
  rpc_.Bind("DeclineSupportCommitment", store.Mutation(&commitments_, &SupportCommitments::Decline));
  rpc_.Bind("GetWaiver", waivers_.kind().Getter());
  rpc_.Bind("ListWaivers", waivers_.kind().Lister());
  rpc_.Bind("CreateWaiver", waivers_.Creator());
  rpc_.Bind("RevokeWaiver", store.Mutation(&waivers_, &Waivers::Revoke));
}

void Service::BindLaunches(record::Store& store) {
  rpc_.Bind("GetLaunch", launches_.kind().Getter());
  rpc_.Bind("ListLaunches", launches_.kind().Lister());
  rpc_.Bind("LaunchActivity", &launches_, &Launches::LaunchActivity);
  rpc_.Bind("ScheduleLaunch", store.Mutation(&launches_, &Launches::Schedule));
  rpc_.Bind("UnscheduleLaunch", store.Mutation(&launches_, &Launches::Unschedule));
}

void Service::BindReports() {
  rpc_.Bind("GetReport", reports_.kind().Getter());
  rpc_.Bind("ListReports", reports_.kind().Lister());
  rpc_.Bind("CreateReport", &reports_, &Reports::Create);
  rpc_.Bind("RenderReport", &reports_, &Reports::Render);
}

}  // namespace heitie::activity
