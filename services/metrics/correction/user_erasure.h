// Users who are forgotten (policy 一, legality).
#ifndef HEITIE_SERVICES_METRICS_CORRECTION_USER_ERASURE_H_
#define HEITIE_SERVICES_METRICS_CORRECTION_USER_ERASURE_H_

#include <functional>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/user_erasure.pb.h"

namespace heitie::metrics {

extern const status::Reason kOwnErasure;  // {name}

const record::StateMachine& UserErasureMachine();

// Thread-safe.
class UserErasures {
 public:
  // Plans what works through them.
  explicit UserErasures(const service::Context& context);
  void Bind(record::Methods& methods);

  // What else holds the id of a user forgets it, in a transaction after the directory has; it may be asked several times.
  using Forget = std::function<absl::Status(record::Transaction& tx, const std::string& user)>;
  void OnErase(Forget forget) { forget_.push_back(std::move(forget)); }

 private:
  absl::StatusOr<v1::UserErasure> Propose(record::Transaction& tx, const v1::ProposeUserErasureRequest& request);
  absl::StatusOr<v1::UserErasure> Approve(record::Transaction& tx, const v1::ApproveUserErasureRequest& request);
  absl::StatusOr<v1::UserErasure> Reject(record::Transaction& tx, const v1::RejectUserErasureRequest& request);
  absl::StatusOr<v1::RepeatUserErasuresResponse> Repeat(record::Transaction& tx, const v1::RepeatUserErasuresRequest& request);
  absl::StatusOr<v1::UserErasure> Add(record::Transaction& tx, const std::string& user, const std::string& digest,
                                      const std::string& reference, bool bar);
  job::Outcome WorkOn(const rpc::Call& call, const job::Job& job);

  record::Store& store_;
  record::Kind<v1::UserErasure> erasures_;
  std::vector<Forget> forget_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CORRECTION_USER_ERASURE_H_
