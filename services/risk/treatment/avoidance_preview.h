// What would fall if a risk were avoided (policy R3, W5).
#ifndef HEITIE_SERVICES_RISK_TREATMENT_AVOIDANCE_PREVIEW_H_
#define HEITIE_SERVICES_RISK_TREATMENT_AVOIDANCE_PREVIEW_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/subject_order.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "services/risk/regulation/subjects.h"

namespace heitie::risk {

// What a reservation or an encumbrance gives back when its subject is dropped, and what stays. Pure.
void AddStock(const resource::v1::Reservation& reservation, v1::AvoidancePreview& preview);
void AddMoney(const resource::v1::Encumbrance& encumbrance, v1::AvoidancePreview& preview);
void AddOrder(const resource::v1::SubjectOrder& order, v1::AvoidancePreview& preview);

// Thread-safe.
class AvoidancePreviews {
 public:
  AvoidancePreviews(const service::Context& context, const record::Kind<v1::Risk>& risks, const Subjects& subjects);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::AvoidancePreview> Preview(const rpc::Call& call, const v1::PreviewAvoidanceRequest& request);
  // The subjects with the activities of the projects among them, as the services that keep them told last.
  absl::Status AddSubjects(sql::Session& session, const std::vector<std::string>& names, v1::AvoidancePreview& preview) const;
  // Asks resource what those that would fall hold.
  absl::Status AddHoldings(const rpc::Call& call, v1::AvoidancePreview& preview) const;

  const service::Context context_;
  const record::Kind<v1::Risk>& risks_;
  const Subjects& subjects_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_AVOIDANCE_PREVIEW_H_
