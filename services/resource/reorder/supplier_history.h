// How a supplier delivers (policy S4), as plain functions over what came.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_HISTORY_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_HISTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/resource/v1/supplier_statistics.pb.h"

namespace heitie::resource {

// What came of one item by one receipt.
struct Delivered {
  std::string item;
  std::string currency_code;  // in which the item is valued
  std::string receipt;
  absl::CivilDay received;
  // When it was ordered and was to come; nothing of goods without an order.
  std::optional<absl::CivilDay> ordered, due;
  // What came into stock, and what it cost.
  int64_t quantity = 0;
  int64_t cost_minor = 0;
  // What was inspected, and found good.
  int64_t inspected = 0;
  int64_t accepted = 0;
};

// Days from order to delivery.
struct LeadTimes {
  int64_t count = 0;
  std::optional<double> mean;
  // Of a sample; nothing of fewer than two.
  std::optional<double> deviation;
};
LeadTimes LeadTimesOf(const std::vector<Delivered>& deliveries);

// The statistics of what one supplier delivered, in any order.
v1::ComputeSupplierStatisticsResponse StatisticsOf(std::vector<Delivered> deliveries);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_SUPPLIER_HISTORY_H_
