// What is prepared for an activity (policy A1).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_ITEM_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_ITEM_H_

#include <string>

#include "google/protobuf/empty.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/activity_template.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kPreparationOver;     // {activity} {state}
extern const status::Reason kDeliverableMissing;  // {item}
extern const status::Reason kSamePerson;          // {item}: who completes does not accept
extern const status::Reason kNotTheInspector;     // {inspector}
extern const status::Reason kAcceptanceStays;     // {item}

// OK while the activity can still be prepared: DRAFT, PREPARING or READY.
absl::Status CheckPreparable(const v1::Activity& activity);

const record::StateMachine& PreparationItemMachine();

// Thread-safe.
class PreparationItems {
 public:
  explicit PreparationItems(Activities& activities);
  void Bind(record::Methods& methods);
  record::Kind<v1::PreparationItem>& kind() { return items_; }
  const record::Kind<v1::PreparationItem>& kind() const { return items_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::PreparationItem& item);
  absl::Status Update(record::Transaction& tx, const v1::PreparationItem& before, v1::PreparationItem& after);
  // Whether the item may be changed, or deleted.
  absl::Status CheckParent(record::Transaction& tx, const v1::PreparationItem& item);
  absl::StatusOr<google::protobuf::Empty> Delete(record::Transaction& tx, const v1::DeletePreparationItemRequest& request);
  // Keeps that something of its template was taken out of an activity.
  absl::Status NoteLeftOut(record::Transaction& tx, const v1::PreparationItem& item, const std::string& reason);
  absl::StatusOr<v1::PreparationItem> Complete(record::Transaction& tx, const v1::CompletePreparationItemRequest& request);
  absl::StatusOr<v1::PreparationItem> Accept(record::Transaction& tx, const v1::AcceptPreparationItemRequest& request);
  absl::StatusOr<v1::PreparationItem> Reject(record::Transaction& tx, const v1::RejectPreparationItemRequest& request);
  absl::StatusOr<v1::PreparationItem> Reopen(record::Transaction& tx, const v1::ReopenPreparationItemRequest& request);

  Activities& activities_;
  record::Kind<v1::PreparationItem> items_;
  record::Kind<v1::ActivityTemplateVersion> templates_;  // to be read
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_PREPARATION_ITEM_H_
