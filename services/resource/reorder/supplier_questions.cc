#include "services/resource/reorder/supplier_questions.h"

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
    ASSIGN_OR_RETURN(const std::vector<DeliveredLine> lines, purchases_.DeliveredBy(session, request.name(), start));
    std::set<std::string> names;
    for (const DeliveredLine& line : lines) names.insert(line.item);
    ItemFacts facts;
    if (!names.empty()) {
      ASSIGN_OR_RETURN(facts, items_.FactsOf(session, {names.begin(), names.end()}));
    }
    std::vector<Delivered> deliveries;
    for (const DeliveredLine& line : lines) {
      if (line.received > end || (!request.item().empty() && line.item != request.item())) continue;
      const auto fact = facts.find(line.item);
      deliveries.push_back({.item = line.item,
                            .currency_code = fact == facts.end() ? "" : fact->second.item.currency_code(),
                            .receipt = line.delivery,
                            .received = line.received,
                            .ordered = line.ordered,
                            .due = line.expected,
                            .quantity = line.accepted_quantity,
                            .cost_minor = line.cost_minor,
                            .inspected = line.accepted_quantity + line.rejected_quantity,
                            .accepted = line.accepted_quantity});
    }
    return StatisticsOf(std::move(deliveries));
  });
}

void SupplierQuestions::Bind(record::Methods& methods) { methods.Bind("ComputeSupplierStatistics", this, &SupplierQuestions::Compute); }

}  // namespace heitie::resource
