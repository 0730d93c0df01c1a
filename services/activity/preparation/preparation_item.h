// What is prepared for an activity (policy A1).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_ITEM_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_ITEM_H_

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
  void Bind(record::Methods& methods);
  const record::Kind<v1::PreparationItem>& kind() const { return items_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::PreparationItem& item);
  absl::Status Update(record::Transaction& tx, const v1::PreparationItem& before, v1::PreparationItem& after);
  // Whether the item may be changed, or deleted.
  absl::Status CheckParent(record::Transaction& tx, const v1::PreparationItem& item);
  absl::StatusOr<v1::PreparationItem> Complete(record::Transaction& tx, const v1::CompletePreparationItemRequest& request);
  absl::StatusOr<v1::PreparationItem> Reopen(record::Transaction& tx, const v1::ReopenPreparationItemRequest& request);

  Activities& activities_;
  record::Kind<v1::PreparationItem> items_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_ITEM_H_
