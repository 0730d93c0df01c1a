// The list of reasons for which applications end (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_REJECTION_REASON_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_REJECTION_REASON_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/rejection_reason.pb.h"

namespace heitie::personnel {

extern const status::Reason kUnfitReason;  // {reason}

// The shipped reasons for which applications end with their requisition.
inline constexpr char kRequisitionFilled[] = "rejectionReasons/requisition-filled";
inline constexpr char kRequisitionCancelled[] = "rejectionReasons/requisition-cancelled";

// Thread-safe.
class RejectionReasons {
 public:
  explicit RejectionReasons(record::Store& store) : reasons_(store) {}
  void Bind(record::Methods& methods);

  // The reason, for which an application may end; otherwise a violation of `reason`. NOT_FOUND.
  absl::StatusOr<v1::RejectionReason> FindFor(sql::Session& session, const std::string& reason, v1::RejectionReason::Side side) const;

 private:
  record::Kind<v1::RejectionReason> reasons_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_REJECTION_REASON_H_
