// The activity service (policy 二(二), A1–A4): binds every method of its contract.
#pragma once

#include "common/rpc/server.h"
#include "services/activity/launch.h"
#include "services/activity/readiness.h"
#include "services/activity/report.h"
#include "services/activity/risk_watch.h"
#include "services/activity/settlement.h"

namespace heitie::activity {

class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  void BindActivities(resource::Store& store);
  void BindPreparation(resource::Store& store);
  void BindLaunches(resource::Store& store);
  void BindReports();

  rpc::Service rpc_{"heitie.activity.v1.ActivityService"};
  Activities activities_;
  PreparationItems items_;
  SupportCommitments commitments_;
  Waivers waivers_;
  Readiness readiness_;
  Launches launches_;
  Settlement settlement_;
  RiskWatch risk_watch_;
  Reports reports_;
};

}  // namespace heitie::activity
