// What becomes of queued notices by themselves (policy C2): they come into the inbox, wait for the end of quiet hours or the next digest,
// become lines of one, and climb the ladder while nobody confirms them.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_DELIVERY_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_DELIVERY_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// Thread-safe.
class NoticeDelivery {
 public:
  NoticeDelivery(const service::Context& context, Tables& tables, Notices& notices, const Recipients& recipients);
  NoticeDelivery(const NoticeDelivery&) = delete;

  // Gives a notice that came into an inbox to robots; whether there are any. Before the jobs start.
  using Carry = std::function<absl::StatusOr<bool>(record::Transaction&, const v1::Notice&)>;
  void SetCarry(Carry carry) { carry_ = std::move(carry); }

 private:
  job::Outcome DeliverDue(const rpc::Call& call);
  job::Outcome EscalateDue(const rpc::Call& call);
  // All that is due of one recipient, or of one robot.
  absl::Status DeliverTo(record::Transaction& tx, const std::string& addressee);
  // What is due of a recipient and may come now, by subject, when what waits was put off.
  absl::Status HeedPreference(record::Transaction& tx, const std::string& recipient, std::vector<v1::Notice>& due) const;
  absl::Status Wait(record::Transaction& tx, const v1::Notice& notice, absl::Time until, const status::Phrase& why) const;
  absl::Status Deliver(record::Transaction& tx, const v1::Notice& notice) const;
  // One is delivered as it is; several become lines of a digest that is.
  absl::Status DeliverTogether(record::Transaction& tx, const std::vector<v1::Notice>& notices) const;
  // It climbs from now on, if it presses enough; `policies` are those that were read already.
  using Policies = std::map<std::string, v1::NoticePolicy>;
  absl::Status BeginClimb(sql::Session& session, absl::Time now, Policies& policies, v1::Notice& notice) const;
  absl::Status Climb(record::Transaction& tx, const std::string& name);
  absl::StatusOr<std::vector<std::string>> TargetsOf(sql::Session& session, const v1::LadderStep& step, const std::string& recipient,
                                                     absl::Time now) const;

  Tables& tables_;
  Notices& notices_;
  const Recipients& recipients_;
  Carry carry_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_DELIVERY_H_
