#include "services/risk/signal/facts.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::risk {
namespace {

using activity::v1::Activity;
using activity::v1::ActivityGuardrail;
using event::Change;
using metrics::v1::Alert;
using metrics::v1::AlertRule;
using personnel::v1::HandoverItem;
using personnel::v1::StaffingGap;
using planning::v1::EvidenceFlag;
using planning::v1::Issue;
using planning::v1::ScheduleVariance;
using resource::v1::Budget;
using resource::v1::PurchaseOrder;
using resource::v1::Reservation;
using resource::v1::Stock;
using v1::PostRiskSignalRequest;

constexpr auto kLow = v1::SIGNAL_SEVERITY_LOW, kMedium = v1::SIGNAL_SEVERITY_MEDIUM, kHigh = v1::SIGNAL_SEVERITY_HIGH;

// From which share of a budget on that is taken, in basis points, it is how bad.
constexpr int32_t kBudgetTaken = 10'000, kBudgetNearlyTaken = 9'000;
// From the how manieth reminder on an order that does not come is grave.
constexpr int32_t kGraveReminder = 3;
// A plan that is late by so many times what is allowed is grave.
constexpr int32_t kGraveSlip = 2;

constexpr FactRow kAlertRows[] = {{"open", {}}, {"recur", {}}};
constexpr FactRow kGuardrailRows[] = {{"breach", kHigh}};
constexpr FactRow kLaunchRows[] = {{"fail_launch", kMedium}};
constexpr FactRow kVarianceRows[] = {{"open", {}}};
constexpr FactRow kFlagRows[] = {{"raise", {}}};
constexpr FactRow kIssueRows[] = {{"propose_risk", {}}};
constexpr FactRow kStockRows[] = {{"run_low", kLow}, {"run_out", kHigh}};
constexpr FactRow kReservationRows[] = {{"expire", kMedium}, {"give_up", kHigh}};
constexpr FactRow kOrderRows[] = {{"remind", {}}};
constexpr FactRow kBudgetRows[] = {{"alert", {}}};
constexpr FactRow kGapRows[] = {{"open", kMedium}, {"reopen", kMedium}, {"lapse", kHigh}, {"judge", {}}};
constexpr FactRow kItemRows[] = {{"report", {}}};

template <typename T>
const FactRow* RowOf(const Change<T>& change) {
  if (!change.after.has_value()) return nullptr;
  const FactRows rows = FactRowsOf(T::default_instance());
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const FactRow& one) { return change.action == one.action; });
  return row == rows.end() ? nullptr : &*row;
}

// One fact for each change, on its subject, unless more is said.
template <typename T>
PostRiskSignalRequest FactOfChange(v1::SignalKind kind, const std::string& subject, const Change<T>& change, const FactRow& row) {
  PostRiskSignalRequest fact;
  fact.set_kind(kind);
  fact.set_subject(subject);
  fact.set_key(absl::StrCat(change.subject, "@", change.revision));
  fact.set_source(change.subject);
  fact.set_severity(row.severity);
  *fact.mutable_occur_time() = time::ToTimestamp(change.occur_time);
  return fact;
}

v1::SignalSeverity SeverityOf(AlertRule::Severity severity) {
  switch (severity) {
    case AlertRule::SEVERITY_HIGH:
      return kHigh;
    case AlertRule::SEVERITY_MEDIUM:
      return kMedium;
    default:
      return kLow;
  }
}

v1::SignalSeverity SeverityOf(Issue::Severity severity) {
  switch (severity) {
    case Issue::SEVERITY_CRITICAL:
    case Issue::SEVERITY_HIGH:
      return kHigh;
    case Issue::SEVERITY_MEDIUM:
      return kMedium;
    default:
      return kLow;
  }
}

}  // namespace

FactRows FactRowsOf(const Alert& /*prototype*/) { return kAlertRows; }
FactRows FactRowsOf(const ActivityGuardrail& /*prototype*/) { return kGuardrailRows; }
FactRows FactRowsOf(const Activity& /*prototype*/) { return kLaunchRows; }
FactRows FactRowsOf(const ScheduleVariance& /*prototype*/) { return kVarianceRows; }
FactRows FactRowsOf(const EvidenceFlag& /*prototype*/) { return kFlagRows; }
FactRows FactRowsOf(const Issue& /*prototype*/) { return kIssueRows; }
FactRows FactRowsOf(const Stock& /*prototype*/) { return kStockRows; }
FactRows FactRowsOf(const Reservation& /*prototype*/) { return kReservationRows; }
FactRows FactRowsOf(const PurchaseOrder& /*prototype*/) { return kOrderRows; }
FactRows FactRowsOf(const Budget& /*prototype*/) { return kBudgetRows; }
FactRows FactRowsOf(const StaffingGap& /*prototype*/) { return kGapRows; }
FactRows FactRowsOf(const HandoverItem& /*prototype*/) { return kItemRows; }

Facts FactsOf(const Change<Alert>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr || change.after->severity() == AlertRule::SEVERITY_HIGH) return {};
  const Alert& alert = *change.after;
  PostRiskSignalRequest fact =
      FactOfChange(v1::SIGNAL_KIND_ALERT, alert.activity().empty() ? alert.metric() : alert.activity(), change, *row);
  // An episode that comes back is the same one.
  fact.set_key(alert.name());
  fact.set_severity(SeverityOf(alert.severity()));
  fact.set_text(absl::StrCat(alert.display_name(), ": ", alert.figure(), " / ", alert.reference(), ", ", alert.source()));
  return {fact};
}

Facts FactsOf(const Change<ActivityGuardrail>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr || change.after->action() != ActivityGuardrail::ACTION_NOTIFY) return {};
  // An alert proposes by its own severity.
  if (absl::StartsWith(change.after->source(), "alertRules/")) return {};
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_GUARDRAIL, record::ParentOf(change.subject), change, *row);
  fact.set_text(change.after->display_name());
  return {fact};
}

Facts FactsOf(const Change<Activity>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr) return {};
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_LAUNCH_FAILURE, change.subject, change, *row);
  if (change.before.has_value() && !change.before->launch().empty()) {
    fact.set_key(change.before->launch());
    fact.set_source(change.before->launch());
  }
  fact.set_text(change.after->last_launch_error());
  return {fact};
}

Facts FactsOf(const Change<ScheduleVariance>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr) return {};
  const ScheduleVariance& variance = *change.after;
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_PLAN_LATE, record::ParentOf(change.subject), change, *row);
  if (!variance.task().empty()) fact.set_source(variance.task());
  fact.set_severity(variance.slip_days() >= kGraveSlip * variance.threshold_days() ? kHigh : kMedium);
  fact.set_text(absl::StrCat(variance.slip_days(), " / ", variance.threshold_days()));
  if (variance.has_forecast_date()) {
    fact.set_text(absl::StrCat(fact.text(), ", ", time::DayText(time::ToDay(variance.forecast_date()))));
  }
  return {fact};
}

Facts FactsOf(const Change<EvidenceFlag>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr) return {};
  const EvidenceFlag& flag = *change.after;
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_EVIDENCE_EXPIRED, record::ParentOf(change.subject), change, *row);
  if (!flag.research_item().empty()) fact.set_source(flag.research_item());
  // What was right once and is old is less bad than what is found to be wrong.
  fact.set_severity(flag.cause() == planning::v1::EVIDENCE_CAUSE_EXPIRED ? kMedium : kHigh);
  fact.set_text(planning::v1::EvidenceCause_Name(flag.cause()));
  return {fact};
}

Facts FactsOf(const Change<Issue>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr) return {};
  const Issue& issue = *change.after;
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_CONCERN, record::ParentOf(change.subject), change, *row);
  fact.set_key(issue.name());
  fact.set_severity(SeverityOf(issue.severity()));
  fact.set_text(absl::StrCat(issue.title(), ": ", issue.proposal_reason()));
  return {fact};
}

Facts FactsOf(const Change<Stock>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr) return {};
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_STOCK_OUT, change.after->item(), change, *row);
  fact.set_text(absl::StrCat(change.after->available(), " / ", change.after->low_quantity()));
  return {fact};
}

Facts FactsOf(const Change<Reservation>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr) return {};
  const std::string& subject = change.after->subject();
  return {FactOfChange(v1::SIGNAL_KIND_RESERVATION_BROKEN, subject.empty() ? change.subject : subject, change, *row)};
}

Facts FactsOf(const Change<PurchaseOrder>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr || !change.after->overdue()) return {};
  const PurchaseOrder& order = *change.after;
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_ORDER_OVERDUE, order.supplier(), change, *row);
  const std::string expected = time::DayText(time::ToDay(order.expected_date()));
  // The reminders of one day are one fact, which gets worse; a day that is agreed anew is another.
  fact.set_key(absl::StrCat(order.name(), "@", expected));
  fact.set_severity(order.reminder_count() >= kGraveReminder ? kHigh : kMedium);
  fact.set_text(expected);
  return {fact};
}

Facts FactsOf(const Change<Budget>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr) return {};
  const int32_t taken = change.after->alert_bp();
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_BUDGET_LOW, change.subject, change, *row);
  fact.set_severity(taken >= kBudgetTaken ? kHigh : taken >= kBudgetNearlyTaken ? kMedium : kLow);
  fact.set_text(absl::StrCat(change.after->display_name(), ": ", taken / 100, " %"));
  return {fact};
}

Facts FactsOf(const Change<StaffingGap>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr || change.after->state() == StaffingGap::STATE_CLOSED) return {};
  const StaffingGap& gap = *change.after;
  Facts facts;
  if (row->severity != v1::SIGNAL_SEVERITY_UNSPECIFIED) {
    PostRiskSignalRequest& fact = facts.emplace_back(FactOfChange(v1::SIGNAL_KIND_STAFFING_GAP, gap.subject(), change, *row));
    fact.set_text(absl::StrCat(gap.qualified_count(), " / ", gap.required_count()));
  }
  std::set<std::pair<std::string, std::string>> ends;
  for (const personnel::v1::StaffingShortfall& shortfall : gap.shortfalls()) {
    for (const personnel::v1::Disqualification& one : shortfall.disqualifications()) {
      if (one.reason() != personnel::v1::Disqualification::REASON_CERTIFICATE_EXPIRES) continue;
      ends.emplace(one.course(), time::DayText(time::ToDay(one.date())));
    }
  }
  for (const auto& [course, day] : ends) {
    PostRiskSignalRequest& fact = facts.emplace_back(FactOfChange(v1::SIGNAL_KIND_CERTIFICATE_ENDS, gap.subject(), change, *row));
    fact.set_key(absl::StrCat(gap.name(), " ", course, " ", day));
    fact.set_severity(kMedium);
    fact.set_text(absl::StrCat(course, ", ", day));
  }
  return facts;
}

Facts FactsOf(const Change<HandoverItem>& change) {
  const FactRow* const row = RowOf(change);
  if (row == nullptr || !change.after->has_holding()) return {};
  const HandoverItem::State state = change.after->state();
  if (state != HandoverItem::STATE_UNDECIDED && state != HandoverItem::STATE_NOT_MOVED) return {};
  PostRiskSignalRequest fact = FactOfChange(v1::SIGNAL_KIND_OWNER_LEAVES, change.after->holding().resource(), change, *row);
  fact.set_key(change.subject);
  fact.set_severity(state == HandoverItem::STATE_NOT_MOVED ? kHigh : kMedium);
  fact.set_text(change.after->holding().title());
  return {fact};
}

}  // namespace heitie::risk
