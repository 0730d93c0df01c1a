// Waivers of launch preconditions (policy W1): author, reason, expiry.
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_WAIVER_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_WAIVER_H_

#include "heitie/activity/v1/waiver.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kExpired;        // a waiver that would never count
extern const status::Reason kWaiverRevoked;  // {waiver} {revoker}

// Thread-safe.
class Waivers {
 public:
  explicit Waivers(Activities& activities) : activities_(activities), waivers_(activities.store()) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Waiver>& kind() const { return waivers_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::Waiver& waiver);
  absl::StatusOr<v1::Waiver> Revoke(record::Transaction& tx, const v1::RevokeWaiverRequest& request);

  Activities& activities_;
  record::Kind<v1::Waiver> waivers_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_WAIVER_H_
