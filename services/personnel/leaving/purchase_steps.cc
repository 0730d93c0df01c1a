#include "services/personnel/leaving/purchase_steps.h"

#include <optional>
#include <string>

#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::personnel {

using resource::v1::PurchaseOrder;
using resource::v1::PurchaseRequisition;

namespace {

constexpr char kPostponeOrder[] = "postpone", kApprovePurchase[] = "approve", kDecideAboutPaper[] = "decide";

bool WaitsForApproval(const PurchaseRequisition& requisition) {
  return requisition.state() == PurchaseRequisition::STATE_SUBMITTED && requisition.has_approval_due_time();
}

// A step that is there as long as the paper waits.
absl::Status KeepStep(record::Transaction& tx, const Steps& steps, bool waits, const WantedStep& wanted) {
  return waits ? steps.Open(tx, wanted) : steps.Done(tx, wanted.subject, wanted.action);
}

}  // namespace

PurchaseSteps::PurchaseSteps(const service::Context& context, const Employees& employees, const Steps& steps)
    : store_(context.store), zone_(context.time_zone), employees_(employees), steps_(steps) {
  event::Reactions(context, "resource", "purchase-orders").On(this, &PurchaseSteps::OnOrder);
  event::Reactions(context, "resource", "purchase-requisitions").On(this, &PurchaseSteps::OnRequisition);
}

absl::Status PurchaseSteps::OnOrder(const rpc::Call& call, const event::Change<PurchaseOrder>& change) {
  const PurchaseOrder& order = change.latest();
  const bool overdue = change.after && order.overdue(), asked = change.after && order.has_decision_due_time();
  // Nearly all orders come in time, and are for something that is not over.
  const bool was_overdue = change.before && change.before->overdue(), was_asked = change.before && change.before->has_decision_due_time();
  if (!overdue && !asked && !was_overdue && !was_asked) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    if (overdue || was_overdue) {
      RETURN_IF_ERROR(KeepStep(tx, steps_, overdue, {change.subject, kPostponeOrder, order.buyer(), time::ToTime(order.remind_time())}));
    }
    if (!asked && !was_asked) return absl::OkStatus();
    return KeepStep(tx, steps_, asked, {change.subject, kDecideAboutPaper, order.buyer(), time::ToTime(order.decision_due_time())});
  });
}

absl::Status PurchaseSteps::OnRequisition(const rpc::Call& call, const event::Change<PurchaseRequisition>& change) {
  const PurchaseRequisition& paper = change.latest();
  const bool waits = change.after && WaitsForApproval(paper), asked = change.after && paper.has_decision_due_time();
  const bool waited = change.before && WaitsForApproval(*change.before);
  const bool was_asked = change.before && change.before->has_decision_due_time();
  if (!waits && !waited && !asked && !was_asked) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    if (waits || waited) {
      std::string approver = paper.approver();
      if (approver.empty() && waits) {
        ASSIGN_OR_RETURN(const std::optional<Superior> leader,
                         employees_.LeaderOf(tx.sql, paper.requester(), absl::ToCivilDay(call.now, zone_)));
        if (leader) approver = leader->name;
      }
      RETURN_IF_ERROR(KeepStep(tx, steps_, waits, {change.subject, kApprovePurchase, approver, time::ToTime(paper.approval_due_time())}));
    }
    if (!asked && !was_asked) return absl::OkStatus();
    return KeepStep(tx, steps_, asked, {change.subject, kDecideAboutPaper, paper.requester(), time::ToTime(paper.decision_due_time())});
  });
}

}  // namespace heitie::personnel
