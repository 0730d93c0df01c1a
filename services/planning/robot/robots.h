// Chat robots and webhooks: who has which, and where they lead (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_ROBOT_ROBOTS_H_
#define HEITIE_SERVICES_PLANNING_ROBOT_ROBOTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/people/directory.h"
#include "common/record/methods.h"
#include "common/web/allow_list.h"
#include "heitie/planning/v1/delivery.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "services/planning/notice/tell.h"
#include "services/planning/robot/robot_policy.h"

namespace heitie::planning {

extern const status::Reason kNotOfDepartment;    // {person} {department}
extern const status::Reason kAddressNotAllowed;  // {kind}
extern const status::Reason kBadSecret;
extern const status::Reason kNoAddress;           // {name}
extern const status::Reason kRobotEnded;          // {name}
extern const status::Reason kFormatNotOffered;    // {kind}
extern const status::Reason kMentionsNotOffered;  // {name}
extern const status::Reason kNotCarried;          // {person} {name}
extern const status::Reason kBadMention;

const record::StateMachine& RobotMachine();
const record::StateMachine& DeliveryMachine();

// What may be asked for under an address of this kind: https at a host of the provider, on the port of https. An address inside `networks`,
// which the start flag names, is reached all the same, by plain HTTP too and on any port; a host never leads there by its name unless the
// flag is set. Empty where nothing may.
web::AllowList AllowedFor(const v1::RobotProvider& provider, const std::string& address, const std::vector<web::Range>& networks);

// By which id a robot mentions somebody; empty where it knows none.
std::string MentionOf(const v1::Robot& robot, const std::string& person);

// "oapi.dingtalk.com …7f3a".
std::string ShownOf(const std::string& address);

// The rows of the chapter. Thread-safe.
struct RobotTables {
  explicit RobotTables(const service::Context& context, std::vector<web::Range> outbound_networks);

  record::Kind<v1::Robot> robots;
  record::Kind<v1::Delivery> deliveries;
  record::Kind<v1::DeliveryAttempt> attempts;
  RobotPolicies policies;
  const std::vector<web::Range> networks;
};

// Thread-safe.
class Robots {
 public:
  Robots(const service::Context& context, RobotTables& tables, Notices& notices);
  Robots(const Robots&) = delete;
  void Bind(record::Methods& methods);

  // What became of a delivery ("send", "deliver", "bury") is so of its notice; of a digest, of those of its lines.
  absl::Status Settle(record::Transaction& tx, const v1::Delivery& delivery, const char* verb) const;
  // What waits for a robot that has ended is dead.
  absl::Status BuryAll(record::Transaction& tx, const std::string& robot) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Robot& robot);
  absl::Status Update(record::Transaction& tx, const v1::Robot& before, v1::Robot& after);
  absl::StatusOr<v1::Robot> SetAddress(record::Transaction& tx, const v1::SetRobotAddressRequest& request);
  absl::StatusOr<v1::Robot> SetMention(record::Transaction& tx, const v1::SetRobotMentionRequest& request);
  absl::StatusOr<v1::Robot> Enable(record::Transaction& tx, const v1::EnableRobotRequest& request);
  absl::StatusOr<v1::Robot> Disable(record::Transaction& tx, const v1::DisableRobotRequest& request);
  absl::StatusOr<v1::Robot> End(record::Transaction& tx, const v1::EndRobotRequest& request);
  absl::StatusOr<v1::Delivery> Resend(record::Transaction& tx, const v1::ResendDeliveryRequest& request);
  absl::StatusOr<v1::ResendDeliveriesResponse> ResendAll(record::Transaction& tx, const v1::ResendDeliveriesRequest& request);
  absl::Status Check(const v1::Robot& robot, absl::Time now) const;
  absl::Status KeepPeople(record::Transaction& tx, const v1::Robot& robot) const;
  absl::Status SendAgain(record::Transaction& tx, const std::string& delivery) const;

  RobotTables& tables_;
  Notices& notices_;
  const people::Directory& people_;
};

// The job by which a robot sends, in one replica at a time.
absl::Status ScheduleSending(record::Transaction& tx, const std::string& robot);
inline constexpr char kSendJob[] = "robot-send";

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_ROBOT_ROBOTS_H_
