#include "services/resource/purchase/purchase_rules.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/numeric/int128.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using v1::Delivery;
using v1::PurchaseOrder;
using v1::PurchasePolicy;
using Requisition = v1::PurchaseRequisition;

std::optional<int64_t> CostUpTo(int64_t total, int64_t part, int64_t whole) {
  const absl::int128 cost = (absl::int128(total) * part * 2 + whole) / (absl::int128(whole) * 2);
  if (cost > kMaxValueMinor) return std::nullopt;
  return static_cast<int64_t>(cost);
}

int64_t BasisPointsOf(int64_t amount, int32_t basis_points) { return static_cast<int64_t>(absl::int128(amount) * basis_points / 10'000); }

int64_t LimitFor(const PurchasePolicy& policy, const std::set<std::string>& roles, const std::vector<std::string>& way_up) {
  int64_t most = 0;
  for (const std::string& role : roles) {
    size_t nearest = way_up.size() + 1;
    int64_t limit = 0;
    for (const PurchasePolicy::ApprovalLimit& each : policy.limits()) {
      if (each.role() != role) continue;
      size_t distance = way_up.size();
      if (!each.cost_center().empty()) {
        const auto found = std::find(way_up.begin(), way_up.end(), each.cost_center());
        if (found == way_up.end()) continue;
        distance = static_cast<size_t>(found - way_up.begin());
      }
      if (distance >= nearest) continue;
      nearest = distance;
      limit = each.amount_minor();
    }
    most = std::max(most, limit);
  }
  return most;
}

CountedTogether CountTogether(const std::string& requisition, const std::vector<CountedLine>& lines) {
  std::set<std::string> suppliers;
  bool any = false;
  for (const CountedLine& line : lines) {
    if (line.requisition != requisition) continue;
    if (line.supplier.empty()) any = true;
    suppliers.insert(line.supplier);
  }
  if (any) {
    for (const CountedLine& line : lines) suppliers.insert(line.supplier);
  }
  CountedTogether best;
  for (const std::string& supplier : suppliers) {
    CountedTogether counted{.supplier = supplier};
    for (const CountedLine& line : lines) {
      if (!line.supplier.empty() && line.supplier != supplier) continue;
      counted.minor += line.minor;
      if (line.requisition != requisition) counted.requisitions.insert(line.requisition);
    }
    if (counted.minor > best.minor) best = std::move(counted);
  }
  return best;
}

int64_t OpenOf(const Requisition::Line& line) { return line.quantity() - line.ordered_quantity() - line.closed_quantity(); }

int64_t OpenOf(const PurchaseOrder::Line& line) {
  return std::max<int64_t>(0, line.quantity() - line.accepted_quantity() - line.closed_quantity());
}

int64_t UninspectedOf(const PurchaseOrder::Line& line) {
  return line.received_quantity() - line.accepted_quantity() - line.rejected_quantity();
}

int64_t UninspectedOf(const Delivery::Line& line) { return line.quantity() - line.accepted_quantity() - line.rejected_quantity(); }

Requisition::State StateOf(const Requisition& requisition) {
  int64_t ordered = 0, open = 0;
  for (const Requisition::Line& line : requisition.lines()) {
    ordered += line.ordered_quantity();
    open += OpenOf(line);
  }
  if (open == 0) return ordered > 0 ? Requisition::STATE_ORDERED : Requisition::STATE_CLOSED;
  return ordered > 0 ? Requisition::STATE_PART_ORDERED : Requisition::STATE_APPROVED;
}

PurchaseOrder::State StateOf(const PurchaseOrder& order) {
  int64_t accepted = 0, open = 0, uninspected = 0;
  for (const PurchaseOrder::Line& line : order.lines()) {
    accepted += line.accepted_quantity();
    open += OpenOf(line);
    uninspected += UninspectedOf(line);
  }
  if (open == 0 && uninspected == 0) return accepted > 0 ? PurchaseOrder::STATE_RECEIVED : PurchaseOrder::STATE_CANCELLED;
  return accepted > 0 ? PurchaseOrder::STATE_PART_RECEIVED : PurchaseOrder::STATE_PLACED;
}

Delivery::State StateOf(const Delivery& delivery) {
  bool here = false;
  for (const Delivery::Line& line : delivery.lines()) {
    if (UninspectedOf(line) > 0) return Delivery::STATE_UNINSPECTED;
    here = here || line.rejected_quantity() > line.sent_back_quantity();
  }
  return here ? Delivery::STATE_INSPECTED : Delivery::STATE_DONE;
}

std::vector<int64_t> UnitsOf(const PurchaseOrder::Line& line, int64_t from, int64_t count) {
  std::vector<int64_t> units(static_cast<size_t>(line.allocations_size()));
  int64_t begin = 0;
  for (int i = 0; i < line.allocations_size(); ++i) {
    const PurchaseOrder::Allocation& part = line.allocations(i);
    const int64_t end = begin + part.quantity() - part.closed_quantity();
    const int64_t first = std::max(begin, from), last = i + 1 == line.allocations_size() ? from + count : std::min(end, from + count);
    units[static_cast<size_t>(i)] = std::max<int64_t>(0, last - first);
    begin = end;
  }
  return units;
}

std::vector<int64_t> GivenUpOf(const PurchaseOrder::Line& line, int64_t count) {
  const std::vector<int64_t> accepted = UnitsOf(line, 0, line.accepted_quantity());
  std::vector<int64_t> given(accepted.size());
  for (int i = line.allocations_size() - 1; i >= 0 && count > 0; --i) {
    const PurchaseOrder::Allocation& part = line.allocations(i);
    const size_t at = static_cast<size_t>(i);
    given[at] = std::min(count, std::max<int64_t>(0, part.quantity() - part.closed_quantity() - accepted[at]));
    count -= given[at];
  }
  return given;
}

std::vector<v1::SubjectOrder> OrderedFor(const PurchaseOrder& order, const std::map<std::string, std::string>& subjects) {
  std::map<std::pair<std::string, int32_t>, v1::SubjectOrder> ordered;
  for (const PurchaseOrder::Line& line : order.lines()) {
    const std::vector<int64_t> accepted = UnitsOf(line, 0, line.accepted_quantity());
    for (int i = 0; i < line.allocations_size(); ++i) {
      const PurchaseOrder::Allocation& part = line.allocations(i);
      const auto subject = subjects.find(part.requisition());
      if (subject == subjects.end()) continue;
      const int64_t came = accepted[static_cast<size_t>(i)];
      v1::SubjectOrder& one = ordered[{subject->second, line.number()}];
      one.set_subject(subject->second);
      one.set_purchase_order(order.name());
      one.set_line(line.number());
      one.set_item(line.item());
      one.set_supplier(order.supplier());
      one.set_state(order.state());
      one.set_open_quantity(one.open_quantity() + std::max<int64_t>(0, part.quantity() - part.closed_quantity() - came));
      one.set_accepted_quantity(one.accepted_quantity() + came);
      *one.mutable_expected_date() = order.expected_date();
    }
  }
  std::vector<v1::SubjectOrder> all;
  for (auto& [key, one] : ordered) all.push_back(std::move(one));
  return all;
}

int64_t MostAccepted(const PurchaseOrder::Line& line, int32_t over_receipt_bp) {
  return line.quantity() - line.closed_quantity() + BasisPointsOf(line.quantity(), over_receipt_bp);
}

bool IsTooDear(int64_t booked, int64_t quantity, int64_t estimate, int64_t of, int32_t dearer_bp) {
  // Rounding to minor units is not dearness: what is compared is the estimate of the units, rounded half up, and the share on top of it.
  const int64_t share = CostUpTo(estimate, quantity, of).value_or(kMaxValueMinor);
  return booked > share + BasisPointsOf(share, dearer_bp);
}

int64_t PriceTolerance(const PurchasePolicy& policy, int64_t expected) {
  return std::max(BasisPointsOf(expected, policy.price_tolerance_bp()), policy.price_tolerance_minor());
}

int64_t Usable(const PurchaseOrder::Allocation& part, int64_t after) {
  const int64_t live = part.quantity() - part.closed_quantity();
  const int64_t booked_live = *CostUpTo(part.booked_minor(), live, part.quantity());
  const int64_t booked_after = *CostUpTo(part.booked_minor(), std::min(after, live), part.quantity());
  return std::max<int64_t>(0, part.committed_minor() - (booked_live - booked_after));
}

}  // namespace heitie::resource
