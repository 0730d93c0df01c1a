// Who decides about applications (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_ASSESSMENT_HANDLER_H_
#define HEITIE_SERVICES_PERSONNEL_ASSESSMENT_HANDLER_H_

#include <string>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "services/personnel/assessment/requisition_book.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {

extern const status::Reason kNotYourRequisition;  // {requisition}

// Thread-safe.
class Handlers {
 public:
  Handlers(const RequisitionBook& book, const Teams& teams) : book_(book), below_(teams.Below()) {}

  // Operations managers, who answers for the requisition, and who leads that person today. NOT_YOUR_REQUISITION, NOT_FOUND.
  absl::Status Check(const rpc::Call& call, const RequisitionFacts& requisition) const;
  absl::Status Check(record::Transaction& tx, const std::string& requisition) const;

 private:
  const RequisitionBook& book_;
  const Teams::AskedBy below_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ASSESSMENT_HANDLER_H_
