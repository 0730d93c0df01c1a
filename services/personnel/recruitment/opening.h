// Channels of recruitment, and the openings by which requisitions are published in them (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_OPENING_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_OPENING_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/opening.pb.h"
#include "services/personnel/recruitment/requisition.h"

namespace heitie::personnel {

extern const status::Reason kUnknownChannel;    // {channel}
extern const status::Reason kAdvertisingShort;  // {requisition} {available} {asked} {currency}

const record::StateMachine& OpeningMachine();

// Thread-safe.
class Openings {
 public:
  // Handles the jobs of kind "end_opening".
  Openings(service::Context context, Requisitions& requisitions);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Opening>& kind() const { return openings_; }
  const record::Kind<v1::RecruitmentChannel>& channels() const { return channels_; }

 private:
  absl::Status Create(record::Transaction& tx, const v1::CreateOpeningRequest& request, v1::Opening& opening);
  absl::StatusOr<v1::Opening> Publish(const rpc::Call& call, const v1::PublishOpeningRequest& request);
  absl::StatusOr<v1::Opening> End(record::Transaction& tx, const v1::EndOpeningRequest& request);
  absl::Status EndAll(record::Transaction& tx, const v1::Requisition& requisition) const;

  const service::Context context_;
  Requisitions& requisitions_;
  record::Kind<v1::RecruitmentChannel> channels_;
  record::Kind<v1::Opening> openings_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_OPENING_H_
