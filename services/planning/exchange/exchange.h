// Plans that come and go as files (P2).
#ifndef HEITIE_SERVICES_PLANNING_EXCHANGE_EXCHANGE_H_
#define HEITIE_SERVICES_PLANNING_EXCHANGE_EXCHANGE_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/project_exchange.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// Thread-safe.
class Exchange {
 public:
  explicit Exchange(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ExportProjectResponse> Export(const rpc::Call& call, const v1::ExportProjectRequest& request);
  absl::StatusOr<v1::ImportProjectResponse> Import(record::Transaction& tx, const v1::ImportProjectRequest& request);

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EXCHANGE_EXCHANGE_H_
