#include "services/resource/money/ledger_fold.h"

#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::resource {
namespace {

constexpr int kMaxFindings = 1000;

}  // namespace

void Findings::Equal(const std::string& subject, const std::string& figure, int64_t expected, int64_t found) {
  if (expected != found) Add(subject, figure, expected, found);
}

void Findings::AtMost(const std::string& subject, const std::string& rule, int64_t limit, int64_t found) {
  if (found > limit) Add(subject, rule, limit, found);
}

void Findings::Add(const std::string& subject, const std::string& figure, int64_t expected, int64_t found) {
  if (response_.discrepancies_size() >= kMaxFindings) return;
  auto& discrepancy = *response_.add_discrepancies();
  discrepancy.set_subject(subject);
  discrepancy.set_figure(figure);
  discrepancy.set_expected(expected);
  discrepancy.set_found(found);
}

void StockFold::Feed(const v1::StockEntry& entry) {
  findings_.Equal(entry.name(), "sequence", sequence_ + 1, entry.sequence());
  sequence_ = entry.sequence();
  on_hand_ += entry.on_hand_delta();
  reserved_ += entry.reserved_delta();
  value_ += entry.value_delta_minor();
  findings_.Equal(entry.name(), "on_hand", on_hand_, entry.on_hand());
  findings_.Equal(entry.name(), "reserved", reserved_, entry.reserved());
  findings_.Equal(entry.name(), "value_minor", value_, entry.value_minor());
  findings_.AtMost(entry.name(), "W7", on_hand_, reserved_);
  if (!entry.reservation().empty()) FeedLine(entry);
}

void StockFold::FeedLine(const v1::StockEntry& entry) {
  Line& line = lines_[entry.reservation()];
  if (entry.kind() == v1::StockEntry::KIND_RESERVE || entry.kind() == v1::StockEntry::KIND_RELEASE) line.reserved += entry.reserved_delta();
  if (entry.kind() == v1::StockEntry::KIND_ISSUE) line.issued -= entry.on_hand_delta();
  if (entry.kind() == v1::StockEntry::KIND_RETURN) line.returned += entry.on_hand_delta();
  findings_.Equal(entry.name(), "line_reserved", line.reserved, entry.line_reserved());
  findings_.Equal(entry.name(), "line_issued", line.issued, entry.line_issued());
  findings_.Equal(entry.name(), "line_returned", line.returned, entry.line_returned());
  findings_.AtMost(entry.name(), "W7", line.reserved, line.issued);
  findings_.AtMost(entry.name(), "W7", line.issued, line.returned);
}

void StockFold::Finish(const v1::Stock& stock) {
  findings_.Equal(stock.name(), "entry_count", sequence_, stock.entry_count());
  findings_.Equal(stock.name(), "on_hand", on_hand_, stock.on_hand());
  findings_.Equal(stock.name(), "reserved", reserved_, stock.reserved());
  findings_.Equal(stock.name(), "available", on_hand_ - reserved_, stock.available());
  findings_.Equal(stock.name(), "value_minor", value_, stock.value_minor());
}

template <typename T>
void BudgetFold::Compare(const T& balances) {
  findings_.Equal(balances.name(), "approved_minor", approved_, balances.approved_minor());
  findings_.Equal(balances.name(), "transferred_minor", transferred_, balances.transferred_minor());
  findings_.Equal(balances.name(), "pre_committed_minor", pre_committed_, balances.pre_committed_minor());
  findings_.Equal(balances.name(), "committed_minor", committed_, balances.committed_minor());
  findings_.Equal(balances.name(), "actual_minor", actual_, balances.actual_minor());
  findings_.AtMost(balances.name(), "W8", approved_ + transferred_, pre_committed_ + committed_ + actual_);
}

void BudgetFold::Feed(const v1::BudgetEntry& entry) {
  findings_.Equal(entry.name(), "sequence", sequence_ + 1, entry.sequence());
  sequence_ = entry.sequence();
  approved_ += entry.approved_delta_minor();
  transferred_ += entry.transferred_delta_minor();
  pre_committed_ += entry.pre_committed_delta_minor();
  committed_ += entry.committed_delta_minor();
  actual_ += entry.actual_delta_minor();
  Compare(entry);
}

void BudgetFold::Finish(const v1::Budget& budget) {
  findings_.Equal(budget.name(), "entry_count", sequence_, budget.entry_count());
  Compare(budget);
  findings_.Equal(budget.name(), "available_minor", approved_ + transferred_ - pre_committed_ - committed_ - actual_,
                  budget.available_minor());
}

}  // namespace heitie::resource
