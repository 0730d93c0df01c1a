#include "services/activity/preparation/preparation_item.h"

#include <cstring>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"

namespace heitie::activity {

using v1::PreparationItem;

const status::Reason kPreparationOver{absl::StatusCode::kFailedPrecondition, "PREPARATION_OVER",
                                      "{activity} is {state}: its preparation does not change any more.",
                                      "{activity} 狀態為 {state}，籌備內容不可再修改。"};

namespace {}  // namespace

absl::Status CheckPreparable(const v1::Activity& activity) {
  switch (activity.state()) {
    case v1::Activity::STATE_DRAFT:
    case v1::Activity::STATE_PREPARING:
    case v1::Activity::STATE_READY:
      return absl::OkStatus();
    default:
      return status::Error(kPreparationOver, {{"activity", activity.name()},
                                              {"state", v1::Activity::State_Name(activity.state()).substr(std::strlen("STATE_"))}});
  }
}

const record::StateMachine& PreparationItemMachine() {
  static const auto& machine = *new record::StateMachine(PreparationItem::State_descriptor(),
                                                         {
                                                             {PreparationItem::STATE_OPEN, "complete", PreparationItem::STATE_DONE},
                                                             {PreparationItem::STATE_DONE, "reopen", PreparationItem::STATE_OPEN},
                                                         });
  return machine;
}

PreparationItems::PreparationItems(Activities& activities)
    : activities_(activities), items_(activities.store(), &PreparationItemMachine()) {
  items_.SetCheck([this](record::Transaction& tx, const PreparationItem& item) { return CheckParent(tx, item); });
}

// Guards the activity, so that its launch sees the item either before or after the change.
absl::Status PreparationItems::CheckParent(record::Transaction& tx, const PreparationItem& item) {
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Guard(tx, record::ParentOf(item.name())));
  return CheckPreparable(activity);
}

absl::Status PreparationItems::Create(record::Transaction& tx, PreparationItem& item) {
  item.set_state(PreparationItem::STATE_OPEN);
  return CheckParent(tx, item);
}

absl::Status PreparationItems::Update(record::Transaction& tx, const PreparationItem& before, PreparationItem&) {
  return CheckParent(tx, before);
}

absl::StatusOr<PreparationItem> PreparationItems::Complete(record::Transaction& tx, const v1::CompletePreparationItemRequest& request) {
  return items_.Change(tx, request, "complete", [&](PreparationItem& after) {
    after.set_completer(tx.call.principal.name);
    *after.mutable_complete_time() = time::ToTimestamp(tx.call.now);
  });
}

absl::StatusOr<PreparationItem> PreparationItems::Reopen(record::Transaction& tx, const v1::ReopenPreparationItemRequest& request) {
  return items_.Change(tx, request, "reopen", [](PreparationItem& after) {
    after.clear_completer();
    after.clear_complete_time();
  });
}

void PreparationItems::Bind(record::Methods& methods) {
  methods.Reads(items_);
  methods.Creates(items_, this, &PreparationItems::Create);
  methods.Updates(items_, this, &PreparationItems::Update);
  methods.Deletes(items_, this, &PreparationItems::CheckParent);
  methods.Bind("CompletePreparationItem", this, &PreparationItems::Complete);
  methods.Bind("ReopenPreparationItem", this, &PreparationItems::Reopen);
}

}  // namespace heitie::activity
