// Rules of purchasing (policy S4) as plain functions: what counts together and who decides it, how lines are divided among requisitions,
// and when an invoice matches.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_RULES_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_RULES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "heitie/resource/v1/delivery.pb.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_policy.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"
#include "heitie/resource/v1/subject_order.pb.h"

namespace heitie::resource {

// What `part` of `whole` units cost when all cost `total`, rounded half up; also of more units than all. The cost of some units is the
// difference of two of these, so that the costs of all add up. 0 <= part, whole > 0, total >= 0; nothing beyond what books can hold.
std::optional<int64_t> CostUpTo(int64_t total, int64_t part, int64_t whole);

// `amount` basis points of 10,000, rounded down. amount >= 0.
int64_t BasisPointsOf(int64_t amount, int32_t basis_points);

// How much somebody of these roles decides alone for a cost centre: of each role what the policy says of the nearest cost centre that it
// names, else what it says of none; of several roles the most. 0 where it says nothing. `way_up`: the cost centre and those above it,
// nearest first.
int64_t LimitFor(const v1::PurchasePolicy& policy, const std::set<std::string>& roles, const std::vector<std::string>& way_up);

// A line that may count together with others.
struct CountedLine {
  std::string requisition;
  std::string supplier;  // empty: any
  int64_t minor = 0;     // in the policy's currency
};
struct CountedTogether {
  int64_t minor = 0;
  std::string supplier;
  std::set<std::string> requisitions;  // others than the one that is judged
};
// What counts for a requisition: the lines of one requester and day, for the supplier for which that is most. A line without a supplier
// may come to be any one's, so it counts with each. Of the suppliers of the requisition's own lines; of all, where one of these has none.
CountedTogether CountTogether(const std::string& requisition, const std::vector<CountedLine>& lines);

// What of a line of a requisition or order is open.
int64_t OpenOf(const v1::PurchaseRequisition::Line& line);
// What is neither accepted nor given up. Never below 0, also where more came.
int64_t OpenOf(const v1::PurchaseOrder::Line& line);
int64_t UninspectedOf(const v1::PurchaseOrder::Line& line);
int64_t UninspectedOf(const v1::Delivery::Line& line);

// Where an approved requisition stands by its lines.
v1::PurchaseRequisition::State StateOf(const v1::PurchaseRequisition& requisition);
// Where an order stands by its lines, unless it is closed.
v1::PurchaseOrder::State StateOf(const v1::PurchaseOrder& order);
v1::Delivery::State StateOf(const v1::Delivery& delivery);

// Units of a line fall to its parts in their order; what is beyond all parts falls to the last one. How many of the units [from, from +
// count) fall to each.
std::vector<int64_t> UnitsOf(const v1::PurchaseOrder::Line& line, int64_t from, int64_t count);
// Of which parts `count` units are given up: the last ones. At most what is open.
std::vector<int64_t> GivenUpOf(const v1::PurchaseOrder::Line& line, int64_t count);

// What of the order is for subjects, by subject and line; `subjects` by requisition.
std::vector<v1::SubjectOrder> OrderedFor(const v1::PurchaseOrder& order, const std::map<std::string, std::string>& subjects);

// How much of a line may be accepted altogether.
int64_t MostAccepted(const v1::PurchaseOrder::Line& line, int32_t over_receipt_bp);
// Whether `booked` for `quantity` units is dearer than the approved `estimate` of `of` units allows.
bool IsTooDear(int64_t booked, int64_t quantity, int64_t estimate, int64_t of, int32_t dearer_bp);
// By how much an invoice's line may differ from what it was to be.
int64_t PriceTolerance(const v1::PurchasePolicy& policy, int64_t expected);

// How much of a part's commitment an invoice may use that brings the units invoiced of it to `after`: what is still committed
// but for the share of the units that are to come.
int64_t Usable(const v1::PurchaseOrder::Allocation& part, int64_t after);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_RULES_H_
