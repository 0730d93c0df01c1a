#include "services/resource/purchase/open_purchases.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/resource/purchase/purchase_rules.h"
#include "services/resource/purchase/requisition.h"

namespace heitie::resource {

namespace {

// A line of which something is to come.
struct OpenLine {
  std::string item;
  int64_t quantity = 0;
  std::string day;
  friend bool operator==(const OpenLine&, const OpenLine&) = default;
};
using OpenLines = std::map<int, OpenLine>;

OpenLines OpenLinesOf(const v1::PurchaseRequisition* requisition) {
  OpenLines lines;
  if (requisition == nullptr) return lines;
  const auto state = requisition->state();
  if (state != v1::PurchaseRequisition::STATE_SUBMITTED && state != v1::PurchaseRequisition::STATE_APPROVED &&
      state != v1::PurchaseRequisition::STATE_PART_ORDERED) {
    return lines;
  }
  for (const v1::PurchaseRequisition::Line& line : requisition->lines()) {
    if (OpenOf(line) > 0) lines[line.number()] = {line.item(), OpenOf(line), time::DayText(time::ToDay(requisition->need_date()))};
  }
  return lines;
}

OpenLines OpenLinesOf(const v1::PurchaseOrder* order) {
  OpenLines lines;
  if (order == nullptr) return lines;
  if (order->state() != v1::PurchaseOrder::STATE_PLACED && order->state() != v1::PurchaseOrder::STATE_PART_RECEIVED) return lines;
  for (const v1::PurchaseOrder::Line& line : order->lines()) {
    if (OpenOf(line) > 0) lines[line.number()] = {line.item(), OpenOf(line), time::DayText(time::ToDay(order->expected_date()))};
  }
  return lines;
}

// Rows are changed by their keys, so that papers do not wait for each other.
absl::Status KeepInStep(record::Transaction& tx, const std::string& paper, const OpenLines& before, const OpenLines& after) {
  for (const auto& [number, line] : before) {
    if (after.count(number) > 0) continue;
    RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM open_purchases WHERE paper = ? AND line = ?", sql::Bind(paper, number)).status());
  }
  std::string rows;
  sql::Values values;
  for (const auto& [number, line] : after) {
    const auto was = before.find(number);
    if (was != before.end() && was->second == line) continue;
    absl::StrAppend(&rows, rows.empty() ? "" : ", ", "(?, ?, ?, ?, ?)");
    for (sql::Value& value : sql::Bind(paper, number, line.item, line.quantity, line.day)) values.push_back(std::move(value));
  }
  if (rows.empty()) return absl::OkStatus();
  return tx.sql
      .Execute(absl::StrCat("INSERT INTO open_purchases (paper, line, item, quantity, day) VALUES ", rows,
                            " ON DUPLICATE KEY UPDATE item = VALUES(item), quantity = VALUES(quantity), day = VALUES(day)"),
               values)
      .status();
}

bool IsRequisition(const std::string& paper) { return paper.rfind("purchaseRequisitions/", 0) == 0; }

}  // namespace

absl::Status OpenPurchases::FollowRequisition(record::Transaction& tx, const v1::PurchaseRequisition* before,
                                              const v1::PurchaseRequisition* after) {
  return KeepInStep(tx, (after != nullptr ? after : before)->name(), OpenLinesOf(before), OpenLinesOf(after));
}

absl::Status OpenPurchases::FollowOrder(record::Transaction& tx, const v1::PurchaseOrder* before, const v1::PurchaseOrder* after) {
  return KeepInStep(tx, (after != nullptr ? after : before)->name(), OpenLinesOf(before), OpenLinesOf(after));
}

absl::StatusOr<std::map<std::string, ToCome>> OpenPurchases::ToComeOf(sql::Session& session, const std::vector<std::string>& items) const {
  std::map<std::string, ToCome> to_come;
  if (items.empty()) return to_come;
  sql::Values values;
  for (const std::string& item : items) values.push_back(sql::V(item));
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT item, paper, quantity FROM open_purchases WHERE item IN (", sql::Placeholders(items.size()), ")"),
                    values, [&](const sql::Row& row) {
                      ToCome& of_item = to_come[row.Text(0)];
                      (IsRequisition(row.Text(1)) ? of_item.requisitioned : of_item.ordered) += row.Int(2);
                    }));
  return to_come;
}

absl::StatusOr<v1::FindOpenPurchasesResponse> OpenPurchases::Find(sql::Session& session, const std::string& item) const {
  v1::FindOpenPurchasesResponse response;
  RETURN_IF_ERROR(session.Query("SELECT paper, line, quantity, day FROM open_purchases WHERE item = ? ORDER BY day, paper, line",
                                sql::Bind(item), [&](const sql::Row& row) {
                                  v1::FindOpenPurchasesResponse::Opening& opening = *response.add_openings();
                                  opening.set_paper(row.Text(0));
                                  opening.set_line(static_cast<int32_t>(row.Int(1)));
                                  opening.set_quantity(row.Int(2));
                                  *opening.mutable_date() = time::ToDate(time::ParseDay(row.Text(3)).value_or(absl::CivilDay()));
                                }));
  for (const auto& opening : response.openings()) {
    if (IsRequisition(opening.paper())) {
      response.set_requisitioned_quantity(response.requisitioned_quantity() + opening.quantity());
    } else {
      response.set_ordered_quantity(response.ordered_quantity() + opening.quantity());
    }
  }
  return response;
}

absl::StatusOr<std::vector<DeliveredLine>> OpenPurchases::DeliveredBy(sql::Session& session, const std::string& supplier,
                                                                      absl::CivilDay since) const {
  ASSIGN_OR_RETURN(
      const std::vector<v1::Delivery> deliveries,
      deliveries_.Select(session, "WHERE supplier = ? AND receive_date >= ? ORDER BY name", sql::Bind(supplier, time::DayText(since))));
  std::vector<DeliveredLine> delivered;
  for (const v1::Delivery& delivery : deliveries) {
    for (int i = 0; i < delivery.lines_size(); ++i) {
      const v1::Delivery::Line& line = delivery.lines(i);
      DeliveredLine one;
      one.delivery = delivery.name();
      one.item = line.item();
      one.ordered = time::ToDay(delivery.order_date());
      one.expected = time::ToDay(delivery.expected_date());
      one.received = time::ToDay(delivery.receive_date());
      one.received_quantity = line.quantity();
      one.accepted_quantity = line.accepted_quantity();
      one.rejected_quantity = line.rejected_quantity();
      for (const v1::Delivery::Inspection& found : delivery.inspections()) {
        if (found.line() == i + 1) one.cost_minor += found.cost_minor();
      }
      delivered.push_back(std::move(one));
    }
  }
  return delivered;
}

absl::StatusOr<v1::PurchaseRequisition> OpenPurchases::CreateRequisition(record::Transaction& tx, v1::PurchaseRequisition draft) const {
  return requisitions_.Make(tx, std::move(draft));
}

}  // namespace heitie::resource
