// Users whom metrics has erased (policy M1): what inquiries hold of them goes as well.
#ifndef HEITIE_SERVICES_ACTIVITY_INQUIRY_ERASURES_H_
#define HEITIE_SERVICES_ACTIVITY_INQUIRY_ERASURES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/job/runner.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/user_erasure.pb.h"
#include "services/activity/inquiry/inquiry.h"

namespace heitie::activity {

// An erasure names nobody: only metrics can tell whether an id is meant. So after each of them metrics is asked about the customers of all
// inquiries, some hundreds at a time, and every hour about those that have come since: what a customer wrote before the erasure may come in
// after it, or be back with a backup. How far that is stands in the database, and what was asked or blanked twice harms nothing.
// Thread-safe.
class CustomerErasures {
 public:
  // Registers what is done about erasures, and the jobs that ask.
  CustomerErasures(const service::Context& context, Inquiries& inquiries);
  CustomerErasures(const CustomerErasures&) = delete;

 private:
  absl::Status OnErasure(const rpc::Call& call, const event::Change<metrics::v1::UserErasure>& change);
  job::Outcome Ask(const rpc::Call& call);
  // Asks about the customers of these inquiries and blanks what is to be blanked.
  absl::Status AskAbout(const rpc::Call& call, const std::vector<v1::Inquiry>& inquiries);

  const service::Context context_;
  record::Store& store_;
  Inquiries& inquiries_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INQUIRY_ERASURES_H_
