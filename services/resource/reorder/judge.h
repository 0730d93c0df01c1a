// Whether an item is to be ordered from a supplier, and how much (policy S4), as plain functions over what is known: every figure and every
// formula with its numbers, and what is not known by name.
//
// In the formulas x is the demand of a period and n how many periods there are; z, p and k are the sizes of demands, the intervals (or the
// chance) of them, and how many there are; t_k is the period of the last one; e is what a forecast of one period was off.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_JUDGE_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_JUDGE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/exact/fraction.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/reorder_policy.pb.h"
#include "heitie/resource/v1/reorder_proposal.pb.h"
#include "heitie/resource/v1/reorder_term.pb.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "services/resource/currency/rates.h"
#include "services/resource/reorder/demand.h"
#include "services/resource/reorder/supplier_history.h"
#include "services/resource/stock/availability.h"

namespace heitie::resource {

// What activities are to need of an item.
struct PlannedUses {
  struct Use {
    std::string activity, project;
    absl::CivilDay day;
    // Beyond what is reserved for the activity and what was issued to it.
    int64_t quantity = 0;
  };
  std::vector<Use> uses;
  // What is reserved for projects as a whole, from which their activities draw.
  std::map<std::string, int64_t> held;
};
// What is needed until a day, of each project beyond what is held for it.
int64_t PlannedUntil(const PlannedUses& planned, absl::CivilDay last);

// What is known of an item and a supplier.
struct ReorderInputs {
  absl::CivilDay today;
  v1::ReorderPolicy policy;
  v1::ReorderTerm term;
  v1::Item item;
  int32_t shelf_life_days = 0;
  // Since when there is a ledger of the item, and what was used.
  absl::CivilDay first_day;
  std::vector<DailyUse> uses;
  int64_t usable = 0, on_order = 0, reserved = 0;
  // What is usable up to a day, and what is reserved for one, of items whose lots expire; empty of others.
  std::vector<ByDay> lots, needs;
  PlannedUses planned;
  LeadTimes leads;
  // The price that holds today for the term's unit.
  std::optional<v1::SupplierPrice> price;
  // From the currencies of the price and of the policy's order cost into the item's.
  std::optional<Quote> price_quote, order_cost_quote;
};

struct Judgement {
  v1::ReorderVerdict verdict;
  // What a year costs with this supplier, the keeping of its safety stock included; only where all is known and something can be ordered.
  std::optional<exact::Fraction> yearly_cost;
};

// OUTCOME_PROPOSED where an order is due, else OUTCOME_ENOUGH, OUTCOME_NO_ROOM, OUTCOME_RETIRED or OUTCOME_INCOMPLETE.
Judgement JudgeReorder(const ReorderInputs& inputs);

// Of several suppliers of one item the cheapest keeps what it was judged; of the others what is due is OUTCOME_OTHER_SUPPLIER. Equally
// cheap: by name.
void ChooseSupplier(std::vector<Judgement>& judgements);

// A number as it is shown: six digits that count, no zeros at the end.
std::string FigureText(double value);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_JUDGE_H_
