#include "services/resource/allotment/allotment_purchase.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/resource/material/lines.h"

namespace heitie::resource {

using v1::Allotment;
using v1::PurchaseRequisition;

namespace {

constexpr char kPurchasePath[] = "allotment.purchase.";

PurchaseRequisition RequisitionOf(const Allotment& allotment) {
  const v1::AllotmentPurchase& purchase = allotment.purchase();
  PurchaseRequisition draft;
  draft.set_purpose(absl::StrCat("For ", allotment.subject()));
  draft.set_cost_center(purchase.cost_center());
  draft.set_subject(allotment.subject());
  *draft.mutable_need_date() = purchase.need_date();
  draft.set_requester(purchase.requester());
  draft.set_origin(allotment.name());
  for (const v1::AllotmentPurchase::Line& from : purchase.lines()) {
    PurchaseRequisition::Line& line = *draft.add_lines();
    line.set_item(from.item());
    line.set_quantity(from.quantity());
    line.set_estimate_minor(from.estimate_minor());
    line.set_currency_code(from.currency_code());
    line.set_supplier(from.supplier());
    line.set_expense_account(from.expense_account());
  }
  return draft;
}

bool IsNew(const Allotment& before, const Allotment& after) {
  return after.has_purchase() && after.purchase().requisition() != before.purchase().requisition();
}

bool IsRefusal(const absl::Status& status) { return absl::IsFailedPrecondition(status) && !status::ReasonOf(status).empty(); }

}  // namespace

bool SamePurchase(const Allotment& a, const Allotment& b) {
  if (a.has_purchase() != b.has_purchase()) return false;
  v1::AllotmentPurchase one = a.purchase(), other = b.purchase();
  for (v1::AllotmentPurchase* purchase : {&one, &other}) {
    purchase->clear_requisition();
    purchase->clear_requester();
  }
  return google::protobuf::util::MessageDifferencer::Equals(one, other);
}

absl::Status AllotmentPurchases::Write(record::Transaction& tx, const Allotment& before, Allotment& after, status::BadFields& bad,
                                       std::vector<status::Refusal>& refusals) const {
  if (SamePurchase(before, after)) {
    if (before.has_purchase()) *after.mutable_purchase() = before.purchase();
    return absl::OkStatus();
  }
  if (const std::string& old = before.purchase().requisition(); !old.empty()) {
    const absl::Status closed = requisitions_.CloseUnordered(tx, old, absl::StrCat(after.name(), " asks for something else."));
    if (IsRefusal(closed)) {
      refusals.push_back({old, closed});
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(closed);
  }
  if (!after.has_purchase()) return absl::OkStatus();
  v1::AllotmentPurchase& purchase = *after.mutable_purchase();
  purchase.clear_requisition();
  CheckUnique(purchase.lines(), absl::StrCat(kPurchasePath, "lines"), bad);
  const std::string& caller = tx.call.principal.name;
  const bool of_service = tx.call.principal.Has(options::v1::ROLE_SERVICE);
  if (purchase.requester().empty()) purchase.set_requester(caller);
  if (!of_service && purchase.requester() != caller) {
    return status::Error(kNotTheRequester, {{"name", after.name()}, {"requester", purchase.requester()}});
  }
  absl::StatusOr<PurchaseRequisition> written = requisitions_.Write(tx, RequisitionOf(after), kPurchasePath, bad);
  if (written.ok()) {
    if (bad.empty()) purchase.set_requisition(written->name());
    return absl::OkStatus();
  }
  if (!IsRefusal(written.status())) return written.status();
  refusals.push_back({after.name(), written.status()});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> AllotmentPurchases::BudgetsOf(record::Transaction& tx, const Allotment& before,
                                                                       const Allotment& after) const {
  if (!IsNew(before, after) || after.purchase().requisition().empty()) return std::vector<std::string>();
  ASSIGN_OR_RETURN(const PurchaseRequisition requisition, requisitions_.kind().Find(tx.sql, after.purchase().requisition()));
  return requisitions_.BudgetsOf(tx, requisition);
}

absl::Status AllotmentPurchases::Submit(record::Transaction& tx, const Allotment& before, const Allotment& after,
                                        std::vector<status::Refusal>& refusals) const {
  if (!IsNew(before, after) || after.purchase().requisition().empty()) return absl::OkStatus();
  const absl::Status submitted = requisitions_.SubmitWritten(tx, after.purchase().requisition()).status();
  if (!IsRefusal(submitted)) return submitted;
  refusals.push_back({after.purchase().requisition(), submitted});
  return absl::OkStatus();
}

absl::Status AllotmentPurchases::Ask(record::Transaction& tx, const Allotment& allotment, const std::string& reason) const {
  if (allotment.purchase().requisition().empty()) return absl::OkStatus();
  return decisions_.Ask(tx, allotment.purchase().requisition(), reason);
}

}  // namespace heitie::resource
