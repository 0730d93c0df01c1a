// What is asked about stock without changing it (policy S4): what is there for a day, what there was, where a lot went.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_STOCK_QUESTIONS_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_STOCK_QUESTIONS_H_

#include "common/record/methods.h"
#include "heitie/resource/v1/lot.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/resource/v1/stock_balance.pb.h"
#include "services/resource/material/item.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

// Thread-safe.
class StockQuestions {
 public:
  StockQuestions(record::Store& store, const Stocks& stocks, const Items& items)
      : store_(store), stocks_(stocks), items_(items), balances_(store), lots_(store) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::CheckStockResponse> Check(const rpc::Call& call, const v1::CheckStockRequest& request);
  absl::StatusOr<v1::ComputeAvailabilityResponse> ComputeAvailability(const rpc::Call& call, const v1::ComputeAvailabilityRequest& request);
  absl::StatusOr<v1::ComputePastStockResponse> ComputePast(const rpc::Call& call, const v1::ComputePastStockRequest& request);
  absl::StatusOr<v1::TraceLotResponse> TraceLot(const rpc::Call& call, const v1::TraceLotRequest& request);
  absl::StatusOr<v1::TraceSubjectResponse> TraceSubject(const rpc::Call& call, const v1::TraceSubjectRequest& request);
  absl::Status ByBusinessDay(sql::Session& session, const v1::ComputePastStockRequest& request, absl::CivilDay day,
                             v1::ComputePastStockResponse& past) const;

  record::Store& store_;
  const Stocks& stocks_;
  const Items& items_;
  record::Kind<v1::StockBalance> balances_;
  record::Kind<v1::Lot> lots_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_STOCK_QUESTIONS_H_
