#include "services/personnel/candidate/rejection_reason.h"

#include "common/record/unused.h"
#include "common/status/macros.h"

namespace heitie::personnel {

const status::Reason kUnfitReason{absl::StatusCode::kInvalidArgument, "UNFIT_REASON",
                                  "{reason} is out of use, or tells the decision of the other side.",
                                  "{reason} 已停用，或屬於另一方的決定。"};

absl::StatusOr<v1::RejectionReason> RejectionReasons::FindFor(sql::Session& session, const std::string& reason,
                                                              v1::RejectionReason::Side side) const {
  ASSIGN_OR_RETURN(v1::RejectionReason found, reasons_.Find(session, reason));
  status::BadFields bad;
  if (found.retired() || found.side() != side) bad.Add("reason", kUnfitReason, {{"reason", reason}});
  RETURN_IF_ERROR(bad.status());
  return found;
}

void RejectionReasons::Bind(record::Methods& methods) {
  methods.Reads(reasons_);
  methods.Creates(reasons_);
  methods.Updates(reasons_);
  record::DeletesUnused(methods, reasons_);
}

}  // namespace heitie::personnel
