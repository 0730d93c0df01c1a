// The method that computes the yield of a span (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_YIELD_REPORT_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_YIELD_REPORT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application.pb.h"
#include "services/personnel/assessment/requisition_book.h"
#include "services/personnel/candidate/yield.h"

namespace heitie::personnel {

extern const status::Reason kSpanTooLong;  // {days} {most}

// Thread-safe.
class YieldReport {
 public:
  YieldReport(const service::Context& context, const RequisitionBook& book)
      : store_(context.store), zone_(context.time_zone), book_(book), applications_(context.store) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ComputeYieldResponse> Compute(const rpc::Call& call, const v1::ComputeYieldRequest& request);
  absl::StatusOr<std::vector<YieldFacts>> ReadFacts(sql::Session& session, const v1::ComputeYieldRequest& request,
                                                    const std::vector<RequisitionFacts>& requisitions) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  const RequisitionBook& book_;
  record::Kind<v1::Application> applications_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_YIELD_REPORT_H_
