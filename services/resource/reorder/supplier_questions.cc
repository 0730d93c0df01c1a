#include "services/resource/reorder/supplier_questions.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "services/resource/reorder/supplier_history.h"

namespace heitie::resource {

absl::StatusOr<v1::ComputeSupplierStatisticsResponse> SupplierQuestions::Compute(const rpc::Call& call,
                                                                                 const v1::ComputeSupplierStatisticsRequest& request) {
  const absl::CivilDay start = time::ToDay(request.start_date());
  const absl::CivilDay end = request.has_end_date() ? time::ToDay(request.end_date()) : absl::ToCivilDay(call.now, zone_);
  if (end < start) {
    status::BadFields bad;
    bad.Add("end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
    return bad.status();
  }
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeSupplierStatisticsResponse> {
    RETURN_IF_ERROR(suppliers_.kind().Find(session, request.name()).status());
    ASSIGN_OR_RETURN(std::vector<Delivered> deliveries, Read(session, request.name(), start, end));
    if (!request.item().empty()) {
      deliveries.erase(
          std::remove_if(deliveries.begin(), deliveries.end(), [&](const Delivered& one) { return one.item != request.item(); }),
          deliveries.end());
    }
    std::set<std::string> names;
    for (const Delivered& one : deliveries) names.insert(one.item);
    if (!names.empty()) {
      ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(session, {names.begin(), names.end()}));
      for (Delivered& one : deliveries) {
        const auto fact = facts.find(one.item);
        if (fact != facts.end()) one.currency_code = fact->second.item.currency_code();
      }
    }
    return StatisticsOf(std::move(deliveries));
  });
}

absl::StatusOr<std::vector<Delivered>> SupplierQuestions::Read(sql::Session& session, const std::string& supplier, absl::CivilDay start,
                                                               absl::CivilDay end) const {
  std::vector<Delivered> deliveries;
  ASSIGN_OR_RETURN(const std::vector<DeliveredLine> lines, purchases_.DeliveredBy(session, supplier, start));
  for (const DeliveredLine& line : lines) {
    if (line.received > end) continue;
    deliveries.push_back({.item = line.item,
                          .receipt = line.delivery,
                          .received = line.received,
                          .ordered = line.ordered,
                          .due = line.expected,
                          .inspected = line.accepted_quantity + line.rejected_quantity,
                          .accepted = line.accepted_quantity});
  }
  // What was accepted of a delivery came in by a receipt as well.
  ASSIGN_OR_RETURN(const std::vector<v1::GoodsReceipt> receipts,
                   receipts_.Select(session, "WHERE vendor = ? AND receive_date BETWEEN ? AND ? ORDER BY name",
                                    sql::Bind(supplier, time::DayText(start), time::DayText(end))));
  for (const v1::GoodsReceipt& receipt : receipts) {
    for (const v1::GoodsReceipt::Line& line : receipt.lines()) {
      deliveries.push_back({.item = line.item(),
                            .receipt = receipt.name(),
                            .received = time::ToDay(receipt.receive_date()),
                            .quantity = line.quantity(),
                            .cost_minor = line.has_cost_minor() ? line.cost_minor() : line.quantity() * line.unit_cost_minor()});
    }
  }
  return deliveries;
}

void SupplierQuestions::Bind(record::Methods& methods) { methods.Bind("ComputeSupplierStatistics", this, &SupplierQuestions::Compute); }

}  // namespace heitie::resource
