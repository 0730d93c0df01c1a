#include "services/activity/preparation/preparation_item.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/preparation/lateness_job.h"
#include "services/activity/template/expansion.h"

namespace heitie::activity {

using v1::PreparationItem;

const status::Reason kPreparationOver{absl::StatusCode::kFailedPrecondition, "PREPARATION_OVER",
                                      "{activity} is {state}: its preparation does not change any more.",
                                      "{activity} 狀態為 {state}，籌備內容不可再修改。"};

const status::Reason kDeliverableMissing{absl::StatusCode::kFailedPrecondition, "DELIVERABLE_MISSING",
                                         "{item} is finished only with a deliverable.", "{item} 必須附上交付物才算完成。"};
const status::Reason kSamePerson{absl::StatusCode::kPermissionDenied, "SAME_PERSON", "Whoever completed {item} does not accept it.",
                                 "完成 {item} 的人不可自行驗收。"};
const status::Reason kNotTheInspector{absl::StatusCode::kPermissionDenied, "NOT_THE_INSPECTOR",
                                      "Only {inspector} or a manager may accept it or send it back.",
                                      "僅 {inspector} 或經理可以驗收或退回。"};
const status::Reason kAcceptanceStays{absl::StatusCode::kPermissionDenied, "ACCEPTANCE_STAYS",
                                      "Only a manager does without the second person or the deliverable of {item}.",
                                      "僅經理可以取消 {item} 的第二人驗收或交付物。"};

namespace {

// Who may accept an item, or send it back: a second person, and the one who is named for it or a manager.
absl::Status CheckInspects(const rpc::Principal& principal, const PreparationItem& item) {
  if (principal.name == item.completer()) return status::Error(kSamePerson, {{"item", item.name()}});
  if (item.inspector().empty() || principal.name == item.inspector() || principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    return absl::OkStatus();
  }
  return status::Error(kNotTheInspector, {{"inspector", item.inspector()}});
}

void ForgetReport(PreparationItem& item) {
  item.clear_completer();
  item.clear_complete_time();
  item.clear_deliverable();
  item.clear_acceptor();
  item.clear_accept_time();
}

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
  static const auto& machine = *new record::StateMachine(
      PreparationItem::State_descriptor(),
      {
          {PreparationItem::STATE_OPEN, "complete", PreparationItem::STATE_DONE, "no second person has to accept it"},
          {PreparationItem::STATE_OPEN, "submit", PreparationItem::STATE_SUBMITTED, "completed; a second person has to accept it",
           record::kConsequence},
          {PreparationItem::STATE_SUBMITTED, "accept", PreparationItem::STATE_DONE, "by somebody else than who completed it"},
          {PreparationItem::STATE_SUBMITTED, "reject", PreparationItem::STATE_OPEN},
          {PreparationItem::STATE_DONE, "reopen", PreparationItem::STATE_OPEN},
      });
  return machine;
}

PreparationItems::PreparationItems(Activities& activities)
    : activities_(activities), items_(activities.store(), &PreparationItemMachine()), templates_(activities.store()) {
  items_.SetFollow(
      [](record::Transaction& tx, const PreparationItem* before, const PreparationItem* after) { return KeepLateJob(tx, before, after); });
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

absl::Status PreparationItems::Update(record::Transaction& tx, const PreparationItem& before, PreparationItem& after) {
  const bool less = (before.needs_acceptance() && !after.needs_acceptance()) || (before.needs_deliverable() && !after.needs_deliverable());
  if (less && !tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    return status::Error(kAcceptanceStays, {{"item", before.name()}});
  }
  return CheckParent(tx, before);
}

absl::Status PreparationItems::NoteLeftOut(record::Transaction& tx, const PreparationItem& item, const std::string& reason) {
  ASSIGN_OR_RETURN(const v1::Activity before, activities_.kind().Lock(tx, record::ParentOf(item.name())));
  if (before.template_version().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::ActivityTemplateVersion version, templates_.Find(tx.sql, before.template_version()));
  const std::string id = record::IdOf(item.name());
  if (std::none_of(version.items().begin(), version.items().end(), [&](const v1::TemplateItem& part) { return part.id() == id; })) {
    return absl::OkStatus();
  }
  v1::Activity after = before;
  v1::TemplateDeviation& deviation = *after.add_deviations();
  deviation.set_part(absl::StrCat("items/", id));
  deviation.set_kind(v1::TemplateDeviation::KIND_LEFT_OUT);
  deviation.set_expected(item.title());
  deviation.set_mandatory(item.mandatory());
  deviation.set_reason(reason);
  return activities_.kind().Update(tx, before, after, "deviate");
}

absl::StatusOr<google::protobuf::Empty> PreparationItems::Delete(record::Transaction& tx, const v1::DeletePreparationItemRequest& request) {
  ASSIGN_OR_RETURN(const record::Step<PreparationItem> step, items_.Begin(tx, request));
  if (step.before.mandatory() && request.reason().empty()) {
    status::BadFields bad;
    bad.Add("reason", kDeviationUnexplained, {{"part", absl::StrCat("items/", record::IdOf(step.before.name()))}});
    return bad.status();
  }
  RETURN_IF_ERROR(NoteLeftOut(tx, step.before, request.reason()));
  RETURN_IF_ERROR(items_.Delete(tx, step.before));
  return google::protobuf::Empty();
}

absl::StatusOr<PreparationItem> PreparationItems::Complete(record::Transaction& tx, const v1::CompletePreparationItemRequest& request) {
  ASSIGN_OR_RETURN(record::Step<PreparationItem> step, items_.Begin(tx, request));
  // Without acceptance the verb is the client's own; with it, the consequence. Either is refused unless it is OPEN.
  RETURN_IF_ERROR(items_.Advance(step.after, "complete"));
  step.verb = "complete";
  if (step.before.needs_acceptance()) {
    step.after.set_state(step.before.state());
    step.verb = "submit";
    RETURN_IF_ERROR(items_.Advance(step.after, step.verb));
  }
  if (step.before.needs_deliverable() && !request.has_deliverable()) {
    return status::Error(kDeliverableMissing, {{"item", step.before.name()}});
  }
  step.after.set_completer(tx.call.principal.name);
  *step.after.mutable_complete_time() = time::ToTimestamp(tx.call.now);
  step.after.clear_reject_reason();
  if (request.has_deliverable()) *step.after.mutable_deliverable() = request.deliverable();
  return items_.Finish(tx, step);
}

absl::StatusOr<PreparationItem> PreparationItems::Accept(record::Transaction& tx, const v1::AcceptPreparationItemRequest& request) {
  return items_.Change(tx, request, "accept", [&](const PreparationItem& before, PreparationItem& after) -> absl::Status {
    RETURN_IF_ERROR(CheckInspects(tx.call.principal, before));
    after.set_acceptor(tx.call.principal.name);
    *after.mutable_accept_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<PreparationItem> PreparationItems::Reject(record::Transaction& tx, const v1::RejectPreparationItemRequest& request) {
  return items_.Change(tx, request, "reject", [&](const PreparationItem& before, PreparationItem& after) -> absl::Status {
    RETURN_IF_ERROR(CheckInspects(tx.call.principal, before));
    ForgetReport(after);
    after.set_reject_reason(request.reason());
    return absl::OkStatus();
  });
}

absl::StatusOr<PreparationItem> PreparationItems::Reopen(record::Transaction& tx, const v1::ReopenPreparationItemRequest& request) {
  return items_.Change(tx, request, "reopen", [](PreparationItem& after) { ForgetReport(after); });
}

void PreparationItems::Bind(record::Methods& methods) {
  methods.Reads(items_);
  methods.Creates(items_, this, &PreparationItems::Create);
  methods.Updates(items_, this, &PreparationItems::Update);
  methods.Bind("DeletePreparationItem", this, &PreparationItems::Delete);
  methods.Bind("CompletePreparationItem", this, &PreparationItems::Complete);
  methods.Bind("AcceptPreparationItem", this, &PreparationItems::Accept);
  methods.Bind("RejectPreparationItem", this, &PreparationItems::Reject);
  methods.Bind("ReopenPreparationItem", this, &PreparationItems::Reopen);
}

}  // namespace heitie::activity
