// The planning service: every method of its contract, bound to the concept that serves it.
#pragma once

#include "common/rpc/server.h"
#include "common/service/main.h"
#include "services/planning/plan_period.h"
#include "services/planning/project.h"
#include "services/planning/scheme.h"
#include "services/planning/tables.h"
#include "services/planning/task.h"

namespace heitie::planning {

class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  Tables tables_;
  PlanPeriods periods_;
  Projects projects_;
  Tasks tasks_;
  Schemes schemes_;
  rpc::Service rpc_{"heitie.planning.v1.PlanningService"};
};

}  // namespace heitie::planning
