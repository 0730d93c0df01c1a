// Users who are forgotten (policy 一, legality).
#ifndef HEITIE_SERVICES_METRICS_CORRECTION_USER_ERASURE_H_
#define HEITIE_SERVICES_METRICS_CORRECTION_USER_ERASURE_H_

#include <functional>
#include <map>
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

  // When what else holds the id of a user is asked to forget it; it may be asked several times.
  enum class When {
    kBefore,       // in a transaction of its own, in which ingestion does not wait
    kWithLeaving,  // in the transaction in which the user leaves the directory: what was delivered before must not be taken in afterwards
    kAtTheEnd,     // when no row is left
  };
  using Forget = std::function<absl::Status(record::Transaction& tx, const std::string& user)>;
  void OnErase(When when, Forget forget) { forget_[when].push_back(std::move(forget)); }

 private:
  absl::StatusOr<v1::UserErasure> Propose(record::Transaction& tx, const v1::ProposeUserErasureRequest& request);
  absl::StatusOr<v1::UserErasure> Approve(record::Transaction& tx, const v1::ApproveUserErasureRequest& request);
  absl::StatusOr<v1::UserErasure> Reject(record::Transaction& tx, const v1::RejectUserErasureRequest& request);
  absl::StatusOr<v1::RepeatUserErasuresResponse> Repeat(record::Transaction& tx, const v1::RepeatUserErasuresRequest& request);
  absl::StatusOr<v1::FindErasedUsersResponse> FindErased(const rpc::Call& call, const v1::FindErasedUsersRequest& request);
  absl::StatusOr<v1::UserErasure> Add(record::Transaction& tx, const std::string& user, const std::string& digest,
                                      const std::string& reference, bool bar);
  absl::StatusOr<std::optional<int64_t>> DropRowsOf(const rpc::Call& call, const std::string& erasure, uint32_t ordinal);
  job::Outcome LookAgain(const rpc::Call& call, const job::Job& job);
  job::Outcome WorkOn(const rpc::Call& call, const job::Job& job);
  absl::Status AskToForget(When when, record::Transaction& tx, const std::string& user) const;

  record::Store& store_;
  record::Kind<v1::UserErasure> erasures_;
  std::map<When, std::vector<Forget>> forget_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CORRECTION_USER_ERASURE_H_
