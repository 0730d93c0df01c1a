// What is prepared for an activity (policy A1).
#pragma once

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kPreparationOver;  // {activity} {state}

// OK while the activity can still be prepared: DRAFT, PREPARING or READY.
absl::Status CheckPreparable(const v1::Activity& activity);

const record::StateMachine& PreparationItemMachine();

// Thread-safe.
class PreparationItems {
 public:
  explicit PreparationItems(Activities& activities);

  record::Kind<v1::PreparationItem>& kind() { return kind_; }
  rpc::Handler Creator();
  rpc::Handler Updater();
  rpc::Handler Deleter();
  absl::StatusOr<v1::PreparationItem> Complete(record::Transaction& tx, const v1::CompletePreparationItemRequest& request);
  absl::StatusOr<v1::PreparationItem> Reopen(record::Transaction& tx, const v1::ReopenPreparationItemRequest& request);

 private:
  absl::Status CheckParent(record::Transaction& tx, const std::string& item) const;
  absl::StatusOr<v1::PreparationItem> Move(record::Transaction& tx, const std::string& name, const std::string& etag,
                                           const std::string& verb);

  Activities& activities_;
  record::Kind<v1::PreparationItem> kind_;
};

}  // namespace heitie::activity
