#include "services/activity/preparation/preparation_item.h"

#include <array>
#include <cstring>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"

namespace heitie::activity {

using v1::PreparationItem;

const status::Reason kPreparationOver{absl::StatusCode::kFailedPrecondition, "PREPARATION_OVER",
                                      "{activity} is {state}: its preparation does not change any more.",
                                      "{activity} 狀態為 {state}，籌備內容不可再修改。", "{activity} 状态为 {state}，筹备内容不可再修改。"};

namespace {

constexpr auto kTransitions = std::to_array<record::Transition>({
    {PreparationItem::STATE_OPEN, "complete", PreparationItem::STATE_DONE},
    {PreparationItem::STATE_DONE, "reopen", PreparationItem::STATE_OPEN},
});

}  // namespace

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
  static const auto* const kMachine = new record::StateMachine(PreparationItem::State_descriptor(), kTransitions);
  return *kMachine;
}

PreparationItems::PreparationItems(Activities& activities) : activities_(activities), kind_(activities.store()) {
  kind_.SetDecorator([](sql::Session&, PreparationItem& item) {
    record::SetAllowedVerbs(PreparationItemMachine(), item);
    return absl::OkStatus();
  });
}

// Guards the activity, so that its launch sees the item either before or after the change.
absl::Status PreparationItems::CheckParent(record::Transaction& tx, const std::string& item) const {
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Guard(tx, record::ParentOf(item)));
  return CheckPreparable(activity);
}

rpc::Handler PreparationItems::Creator() {
  return kind_.Creator<v1::CreatePreparationItemRequest>(
      [this](record::Transaction& tx, const v1::CreatePreparationItemRequest&, PreparationItem& item) {
        item.set_state(PreparationItem::STATE_OPEN);
        return CheckParent(tx, item.name());
      });
}

rpc::Handler PreparationItems::Updater() {
  return kind_.Updater(
      [this](record::Transaction& tx, const PreparationItem& before, PreparationItem&) { return CheckParent(tx, before.name()); });
}

rpc::Handler PreparationItems::Deleter() {
  return kind_.Deleter([this](record::Transaction& tx, const PreparationItem& item) { return CheckParent(tx, item.name()); });
}

absl::StatusOr<PreparationItem> PreparationItems::Move(record::Transaction& tx, const std::string& name, const std::string& etag,
                                                       const std::string& verb) {
  ASSIGN_OR_RETURN(const PreparationItem before, kind_.Lock(tx, name));
  RETURN_IF_ERROR(record::CheckEtag(name, before.etag(), etag));
  RETURN_IF_ERROR(CheckParent(tx, name));
  ASSIGN_OR_RETURN(const int next, PreparationItemMachine().Next(name, before.state(), verb));
  PreparationItem after = before;
  after.set_state(static_cast<PreparationItem::State>(next));
  after.clear_completer();
  after.clear_complete_time();
  if (next == PreparationItem::STATE_DONE) {
    after.set_completer(tx.call.principal.name);
    *after.mutable_complete_time() = time::ToTimestamp(tx.call.now);
  }
  RETURN_IF_ERROR(kind_.Update(tx, before, after, verb));
  return kind_.Decorated(tx.sql, after);
}

absl::StatusOr<PreparationItem> PreparationItems::Complete(record::Transaction& tx, const v1::CompletePreparationItemRequest& request) {
  return Move(tx, request.name(), request.etag(), "complete");
}

absl::StatusOr<PreparationItem> PreparationItems::Reopen(record::Transaction& tx, const v1::ReopenPreparationItemRequest& request) {
  return Move(tx, request.name(), request.etag(), "reopen");
}

}  // namespace heitie::activity
