#include "services/resource/reorder/supplier_history.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "common/exact/fraction.h"
#include "common/time/day.h"

namespace heitie::resource {
namespace {

// Prices of an item in one answer.
constexpr size_t kMostPrices = 1000;

int32_t ShareBp(int64_t part, int64_t whole) { return static_cast<int32_t>(exact::Round(exact::Fraction(part) * 10000 / whole)); }

v1::ComputeSupplierStatisticsResponse::Delivery DeliveryOf(const std::vector<Delivered>& deliveries) {
  v1::ComputeSupplierStatisticsResponse::Delivery delivery;
  const LeadTimes leads = LeadTimesOf(deliveries);
  delivery.set_delivery_count(leads.count);
  if (leads.mean) delivery.set_mean_lead_days(*leads.mean);
  if (leads.deviation) delivery.set_lead_deviation_days(*leads.deviation);
  int64_t due = 0, on_time = 0, inspected = 0, accepted = 0;
  for (const Delivered& one : deliveries) {
    inspected += one.inspected;
    accepted += one.accepted;
    if (!one.due) continue;
    ++due;
    if (one.received <= *one.due) ++on_time;
  }
  delivery.set_due_count(due);
  delivery.set_on_time_count(on_time);
  if (due > 0) delivery.set_on_time_bp(ShareBp(on_time, due));
  delivery.set_inspected_quantity(inspected);
  delivery.set_accepted_quantity(accepted);
  if (inspected > 0) delivery.set_accepted_bp(ShareBp(accepted, inspected));
  return delivery;
}

}  // namespace

LeadTimes LeadTimesOf(const std::vector<Delivered>& deliveries) {
  LeadTimes leads;
  double sum = 0;
  for (const Delivered& one : deliveries) {
    if (!one.ordered) continue;
    ++leads.count;
    sum += static_cast<double>(one.received - *one.ordered);
  }
  if (leads.count == 0) return leads;
  leads.mean = sum / static_cast<double>(leads.count);
  if (leads.count < 2) return leads;
  double squares = 0;
  for (const Delivered& one : deliveries) {
    if (!one.ordered) continue;
    const double off = static_cast<double>(one.received - *one.ordered) - *leads.mean;
    squares += off * off;
  }
  leads.deviation = std::sqrt(squares / static_cast<double>(leads.count - 1));
  return leads;
}

v1::ComputeSupplierStatisticsResponse StatisticsOf(std::vector<Delivered> deliveries) {
  std::sort(deliveries.begin(), deliveries.end(), [](const Delivered& a, const Delivered& b) {
    return std::tie(a.item, a.received, a.receipt) < std::tie(b.item, b.received, b.receipt);
  });
  v1::ComputeSupplierStatisticsResponse response;
  *response.mutable_delivery() = DeliveryOf(deliveries);
  std::map<std::string, std::vector<Delivered>> by_item;
  for (Delivered& one : deliveries) by_item[one.item].push_back(std::move(one));
  for (const auto& [item, rows] : by_item) {
    auto& of_item = *response.add_items();
    of_item.set_item(item);
    of_item.set_currency_code(rows.front().currency_code);
    *of_item.mutable_delivery() = DeliveryOf(rows);
    std::vector<const Delivered*> paid;
    for (const Delivered& one : rows) {
      if (one.quantity > 0) paid.push_back(&one);
    }
    for (size_t i = paid.size() > kMostPrices ? paid.size() - kMostPrices : 0; i < paid.size(); ++i) {
      auto& price = *of_item.add_prices();
      *price.mutable_date() = time::ToDate(paid[i]->received);
      price.set_receipt(paid[i]->receipt);
      price.set_quantity(paid[i]->quantity);
      price.set_cost_minor(paid[i]->cost_minor);
      price.set_unit_cost_minor(static_cast<double>(paid[i]->cost_minor) / static_cast<double>(paid[i]->quantity));
    }
  }
  return response;
}

}  // namespace heitie::resource
