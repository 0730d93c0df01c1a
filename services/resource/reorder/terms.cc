#include "services/resource/reorder/terms.h"

#include <optional>

#include "common/status/macros.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/currency/rates.h"
#include "services/resource/material/lines.h"

namespace heitie::resource {

using v1::ReorderPolicy;
using v1::ReorderTerm;

const status::Reason kOrderCostCurrency{absl::StatusCode::kInvalidArgument, "ORDER_COST_CURRENCY",
                                        "What an order costs and its currency belong together.", "訂購成本與其幣別應一併填寫。"};
const status::Reason kTermExists{absl::StatusCode::kFailedPrecondition, "TERM_EXISTS",
                                 "{item} is ordered from {supplier} by {other} already.", "{item} 已依 {other} 向 {supplier} 訂購。"};

namespace {

absl::Status CheckReorderPolicy(const ReorderPolicy& policy) {
  status::BadFields bad;
  if (policy.has_order_cost_minor() != !policy.currency_code().empty()) {
    bad.Add("reorder_policy.currency_code", kOrderCostCurrency);
  } else if (!policy.currency_code().empty()) {
    Rates::CheckCurrency("reorder_policy.currency_code", policy.currency_code(), bad);
  }
  return bad.status();
}

}  // namespace

ReorderTerms::ReorderTerms(record::Store& store, const Items& items, const Suppliers& suppliers)
    : items_(items), suppliers_(suppliers), policies_(store, "reorderPolicies/default", CheckReorderPolicy), terms_(store) {}

absl::StatusOr<std::vector<ReorderTerm>> ReorderTerms::Of(sql::Session& session, const std::string& item) const {
  return terms_.Select(session, "WHERE item = ? ORDER BY supplier", sql::Bind(item));
}

absl::Status ReorderTerms::Create(record::Transaction& tx, ReorderTerm& term) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, {term.item()}));
  const auto item = facts.find(term.item());
  if (item == facts.end()) {
    bad.Add("reorder_term.item", kUnknownItem, {{"item", term.item()}});
  } else if (!RatioOf(item->second.item, term.unit())) {
    bad.Add("reorder_term.unit", kUnknownUnit, {{"item", term.item()}, {"unit", term.unit()}});
  }
  // Of two terms of one item and supplier that are made at once the later one sees the other.
  const absl::Status supplier = suppliers_.kind().Guard(tx, term.supplier()).status();
  if (absl::IsNotFound(supplier)) {
    bad.Add("reorder_term.supplier", kUnknownSupplier, {{"supplier", term.supplier()}});
  } else {
    RETURN_IF_ERROR(supplier);
  }
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(CheckBought(item->second.item));
  ASSIGN_OR_RETURN(const std::vector<ReorderTerm> others,
                   terms_.Select(tx.sql, "WHERE item = ? AND supplier = ?", sql::Bind(term.item(), term.supplier())));
  if (others.empty()) return absl::OkStatus();
  return status::Error(kTermExists, {{"item", term.item()}, {"supplier", term.supplier()}, {"other", others.front().name()}});
}

absl::Status ReorderTerms::Update(record::Transaction& tx, const ReorderTerm& before, ReorderTerm& after) {
  if (after.unit() == before.unit()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, {after.item()}));
  const auto item = facts.find(after.item());
  if (item != facts.end() && RatioOf(item->second.item, after.unit())) return absl::OkStatus();
  status::BadFields bad;
  bad.Add("reorder_term.unit", kUnknownUnit, {{"item", after.item()}, {"unit", after.unit()}});
  return bad.status();
}

absl::Status ReorderTerms::Delete(record::Transaction& tx, const ReorderTerm& term) { return leave_ ? leave_(tx, term) : absl::OkStatus(); }

void ReorderTerms::Bind(record::Methods& methods) {
  policies_.Bind<v1::PublishReorderPolicyRequest>(methods);
  methods.Reads(terms_);
  methods.Creates(terms_, this, &ReorderTerms::Create);
  methods.Updates(terms_, this, &ReorderTerms::Update);
  methods.Deletes(terms_, this, &ReorderTerms::Delete);
}

}  // namespace heitie::resource
