// Waivers of launch preconditions (policy W1): author, reason, expiry.
#pragma once

#include "heitie/activity/v1/waiver.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kExpired;        // a waiver that would never count
extern const status::Reason kWaiverRevoked;  // {waiver} {revoker}

// Thread-safe.
class Waivers {
 public:
  explicit Waivers(Activities& activities) : activities_(activities), kind_(activities.store()) {}

  record::Kind<v1::Waiver>& kind() { return kind_; }
  rpc::Handler Creator();
  absl::StatusOr<v1::Waiver> Revoke(record::Transaction& tx, const v1::RevokeWaiverRequest& request);

 private:
  Activities& activities_;
  record::Kind<v1::Waiver> kind_;
};

}  // namespace heitie::activity
