#include "services/resource/material/custody.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::resource {

using v1::CustodyCount;

const status::Reason kNotTheCustodian{absl::StatusCode::kPermissionDenied, "NOT_THE_CUSTODIAN",
                                      "{item} is counted by its custodian {custodian} or a manager.",
                                      "{item} 由保管人 {custodian} 或經理清點。"};
const status::Reason kOwnCount{absl::StatusCode::kPermissionDenied, "OWN_COUNT",
                               "Whoever counted or keeps the item cannot accept the difference: {name}.",
                               "清點者與保管人不能自行接受差異：{name}。"};

const record::StateMachine& CustodyCountMachine() {
  using C = CustodyCount;
  static const auto& machine = *new record::StateMachine(
      C::State_descriptor(), {
                                 {C::STATE_OPEN, "confirm", C::STATE_CONFIRMED, "the books say the same"},
                                 {C::STATE_OPEN, "find_different", C::STATE_DIFFERENT, "the books say otherwise", record::kConsequence},
                                 {C::STATE_DIFFERENT, "confirm", C::STATE_CONFIRMED, "counted again, the books say the same"},
                                 {C::STATE_DIFFERENT, "find_different", C::STATE_DIFFERENT, "counted again", record::kConsequence},
                                 {C::STATE_DIFFERENT, "accept", C::STATE_ACCEPTED, "by somebody else"},
                                 {C::STATE_OPEN, "pass", C::STATE_OPEN, "another custodian", record::kConsequence},
                                 {C::STATE_DIFFERENT, "pass", C::STATE_OPEN, "another custodian", record::kConsequence},
                             });
  return machine;
}

// Version 1 comes with the schema. What each number may be says the contract.
Custody::Custody(record::Store& store, const Stocks& stocks)
    : stocks_(stocks),
      counts_(store, &CustodyCountMachine()),
      policies_(store, "custodyPolicies/default", [](const v1::CustodyPolicy&) { return absl::OkStatus(); }) {}

absl::StatusOr<v1::Stock> Custody::StockOf(record::Transaction& tx, const std::string& item) const {
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, {item}, Stocks::Depth::kTotals));
  const Books* books = change.Find(item);
  if (books == nullptr) return status::NotFound(item);
  return books->stock();
}

absl::Status Custody::Passed(record::Transaction& tx, const v1::Item& before, const v1::Item& after) const {
  ASSIGN_OR_RETURN(const std::vector<CustodyCount> waiting, counts_.Select(tx.sql, "WHERE waits_for = ?", sql::Bind(after.name())));
  if (!waiting.empty()) {
    ASSIGN_OR_RETURN(record::Step<CustodyCount> step, counts_.Begin(tx, record::Target(waiting.front().name())));
    if (step.before.custodian() == after.custodian()) return absl::OkStatus();  // It was handed over by itself.
    RETURN_IF_ERROR(counts_.Advance(step.after, step.verb = "pass"));
    step.after.set_giver(before.custodian());
    step.after.set_custodian(after.custodian());
    for (const char* field : {"counted_quantity", "book_quantity", "difference", "ledger_position", "remark", "counter", "count_time"}) {
      step.after.GetReflection()->ClearField(&step.after, CustodyCount::descriptor()->FindFieldByName(field));
    }
    return counts_.Finish(tx, step).status();
  }
  ASSIGN_OR_RETURN(const v1::Stock stock, StockOf(tx, after.name()));
  if (stock.on_hand() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::CustodyPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  CustodyCount count;
  count.set_name(absl::StrCat("custodyCounts/", record::NewId(tx.call.now)));
  count.set_item(after.name());
  count.set_giver(before.custodian());
  count.set_custodian(after.custodian());
  count.set_state(CustodyCount::STATE_OPEN);
  count.set_policy(policy.name());
  *count.mutable_due_time() = time::ToTimestamp(tx.call.now + absl::Hours(policy.count_hours()));
  return counts_.Insert(tx, count);
}

absl::StatusOr<CustodyCount> Custody::Confirm(record::Transaction& tx, const v1::ConfirmCustodyCountRequest& request) {
  ASSIGN_OR_RETURN(record::Step<CustodyCount> step, counts_.Begin(tx, request));
  const rpc::Principal& caller = tx.call.principal;
  if (caller.name != step.before.custodian() && !caller.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    return status::Error(kNotTheCustodian, {{"item", step.before.item()}, {"custodian", step.before.custodian()}});
  }
  ASSIGN_OR_RETURN(const v1::Stock stock, StockOf(tx, step.before.item()));
  CustodyCount& after = step.after;
  const int64_t difference = request.counted_quantity() - stock.on_hand();
  RETURN_IF_ERROR(counts_.Advance(after, step.verb = difference == 0 ? "confirm" : "find_different"));
  after.set_counted_quantity(request.counted_quantity());
  after.set_book_quantity(stock.on_hand());
  after.set_difference(difference);
  after.set_ledger_position(stock.entry_count());
  after.set_remark(request.remark());
  after.set_counter(caller.name);
  *after.mutable_count_time() = time::ToTimestamp(tx.call.now);
  return counts_.Finish(tx, step);
}

absl::StatusOr<CustodyCount> Custody::Accept(record::Transaction& tx, const v1::AcceptCustodyDifferenceRequest& request) {
  return counts_.Change(tx, request, "accept", [&](const CustodyCount& before, CustodyCount& after) -> absl::Status {
    const std::string& caller = tx.call.principal.name;
    if (caller == before.custodian() || caller == before.counter()) return status::Error(kOwnCount, {{"name", caller}});
    after.set_accept_reason(request.reason());
    after.set_acceptor(caller);
    return absl::OkStatus();
  });
}

void Custody::Bind(record::Methods& methods) {
  methods.Reads(counts_);
  methods.Bind("ConfirmCustodyCount", this, &Custody::Confirm);
  methods.Bind("AcceptCustodyDifference", this, &Custody::Accept);
  policies_.Bind<v1::PublishCustodyPolicyRequest>(methods);
}

}  // namespace heitie::resource
