// Brings notices to the robots that carry them, within what providers allow (policy C2).
//
// Each robot has a job, which one replica runs at a time. It decides under the robot's row what may be sent now, writes the attempt before
// it is made, asks the provider, and writes what came of it. A process that dies in between leaves an attempt of which nobody knows: it
// counts in the provider's window, and what it sent is sent again under the same id once it cannot be under way any more.
#ifndef HEITIE_SERVICES_PLANNING_ROBOT_CARRIER_H_
#define HEITIE_SERVICES_PLANNING_ROBOT_CARRIER_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/web/client.h"
#include "services/planning/notice/tell.h"
#include "services/planning/robot/post.h"
#include "services/planning/robot/robots.h"
#include "services/planning/robot/window.h"

namespace heitie::planning {

// Thread-safe.
class Carrier {
 public:
  Carrier(const service::Context& context, RobotTables& tables, Notices& notices, const Robots& robots);
  ~Carrier() { client_.Stop(); }
  Carrier(const Carrier&) = delete;

  // Gives the notice to the robots that carry it; whether there are any.
  absl::StatusOr<bool> Carry(record::Transaction& tx, const v1::Notice& notice) const;

 private:
  // One step of a robot: what is sent, or when it is looked again.
  struct Step {
    std::optional<web::Request> request;
    web::AllowList allowed;
    v1::RobotPolicy policy;
    v1::Delivery delivery;
    v1::DeliveryAttempt attempt;
    std::optional<absl::Time> again;  // nothing: not before somebody enables it
  };
  job::Outcome Run(const rpc::Call& call, const job::Job& job);
  absl::Status Prepare(record::Transaction& tx, const std::string& robot, Step& step) const;
  // What goes first, made a digest where more waits than fits; nothing, and when it is looked again, where there is no room.
  absl::Status Choose(record::Transaction& tx, const v1::Robot& robot, const v1::RobotProvider& provider, Step& step) const;
  // What waits, the first first, in a few of its fields; and how much that is.
  absl::StatusOr<std::vector<v1::Delivery>> FirstWaiting(sql::Session& session, const std::string& robot, int64_t most) const;
  absl::StatusOr<int64_t> CountWaiting(sql::Session& session, const std::string& robot) const;
  // What of attempts the windows need.
  absl::StatusOr<std::vector<v1::DeliveryAttempt>> LatestAttempts(sql::Session& session, const std::string& robot, absl::Time since) const;
  // What was attempted goes under its own id, so it is no line of a digest.
  absl::StatusOr<v1::Delivery> Merge(record::Transaction& tx, const v1::Robot& robot, const v1::RobotProvider& provider,
                                     const std::vector<std::string>& ready, const std::set<std::string>& attempted) const;
  // When an attempt was over, or cannot be under way any more; `policy` is the version in force.
  absl::StatusOr<absl::Time> EndOf(sql::Session& session, const v1::DeliveryAttempt& attempt, const v1::RobotPolicy& policy) const;
  absl::Status Record(record::Transaction& tx, const Step& step, const web::Answer& answer) const;
  absl::Status Taken(record::Transaction& tx, const v1::Delivery& delivery) const;
  absl::Status Failed(record::Transaction& tx, const Step& step, const Verdict& verdict, v1::Robot& robot, const char** verb) const;
  absl::Status Bury(record::Transaction& tx, const v1::Delivery& delivery) const;
  absl::Status TellOwner(record::Transaction& tx, const v1::Robot& robot) const;
  job::Outcome Forget(const rpc::Call& call) const;

  const service::Context context_;
  RobotTables& tables_;
  Notices& notices_;
  const Robots& robots_;
  web::Client client_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_ROBOT_CARRIER_H_
