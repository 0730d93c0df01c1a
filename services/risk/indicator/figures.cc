#include "services/risk/indicator/figures.h"

#include "absl/strings/str_cat.h"
#include "common/client/own_call.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/plan_service.methods.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/personnel/v1/staff_figure.pb.h"
#include "heitie/personnel/v1/staffing_service.methods.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::risk {

using metrics::v1::MetricDefinition;
using v1::IndicatorDefinition;

namespace {

// Figures of which nothing is 0, and not missing.
bool IsCounted(MetricDefinition::Aggregation aggregation) {
  return aggregation == MetricDefinition::AGGREGATION_COUNT || aggregation == MetricDefinition::AGGREGATION_SUM ||
         aggregation == MetricDefinition::AGGREGATION_SUM_MINOR || aggregation == MetricDefinition::AGGREGATION_DISTINCT_USERS;
}

// Asks for the last entry of a ledger before the end of a period.
template <typename Req>
Req LastBefore(const std::string& parent, absl::Time end) {
  Req request;
  request.set_parent(parent);
  request.set_page_size(1);
  request.set_filter(absl::StrCat("create_time < \"", time::InstantText(end), "\""));
  request.set_order_by("name desc");
  return request;
}

}  // namespace

Figures::Figures(const service::Context& context) : context_(context), zone_(context.time_zone), counted_(context) {
  // A target that is not configured stops the process now, not at the first period.
  for (const char* source : {"metrics", "resource", "personnel"}) context.client(source);
}

absl::StatusOr<Figure> Figures::Ask(const rpc::Call& call, const v1::IndicatorDefinition& definition, absl::CivilDay first,
                                    absl::CivilDay last) const {
  const rpc::Call own = client::OwnCall(call, "risk");
  if (!definition.item().empty()) return OfItem(own, definition.item(), EndOf(last));
  if (!definition.budget().empty()) return OfBudget(own, definition.budget(), EndOf(last));
  switch (definition.count()) {
    case IndicatorDefinition::COUNT_OVERDUE_TASKS:
    case IndicatorDefinition::COUNT_OPEN_COMPLAINTS:
      return Counted(own, definition, EndOf(last));
    case IndicatorDefinition::COUNT_VACANCIES:
    case IndicatorDefinition::COUNT_MISSING_CERTIFICATES:
      return OfStaff(own, definition, last);
    default:
      return OfMetric(own, definition, first, last);
  }
}

absl::StatusOr<Figure> Figures::OfMetric(const rpc::Call& own, const v1::IndicatorDefinition& definition, absl::CivilDay first,
                                         absl::CivilDay last) const {
  metrics::v1::QueryMetricRequest question;
  question.set_metric(definition.metric());
  question.set_activity(definition.activity());
  *question.mutable_start_date() = time::ToDate(first);
  *question.mutable_end_date() = time::ToDate(last);
  ASSIGN_OR_RETURN(metrics::v1::QueryMetricResponse answer, context_.Call(own, metrics::v1::method::QueryMetric, question));
  metrics::v1::ComputeWatermarkRequest name;
  name.set_event_name(answer.metric_definition().event_name());
  name.set_measurement_name(answer.metric_definition().measurement_name());
  ASSIGN_OR_RETURN(const metrics::v1::ComputeWatermarkResponse mark, context_.Call(own, metrics::v1::method::ComputeWatermark, name));
  Figure figure;
  if (mark.has_closed_through_time()) figure.watermark = mark.closed_through_time();
  figure.closed = mark.has_closed_through_time() && time::ToTime(mark.closed_through_time()) >= EndOf(last);
  // What arrived between the two answers belongs to a period that is closed.
  if (figure.closed) {
    ASSIGN_OR_RETURN(answer, context_.Call(own, metrics::v1::method::QueryMetric, question));
  }
  figure.version = answer.source().version();
  figure.metric_etag = answer.metric_definition().etag();
  if (!answer.totals().empty() && answer.totals(0).figures().has_value()) {
    figure.value = answer.totals(0).figures().value();
  } else if (IsCounted(answer.metric_definition().aggregation())) {
    figure.value = 0;
  }
  return figure;
}

absl::StatusOr<Figure> Figures::OfItem(const rpc::Call& own, const std::string& item, absl::Time end) const {
  ASSIGN_OR_RETURN(
      const resource::v1::ListStockEntriesResponse answer,
      context_.Call(own, resource::v1::method::ListStockEntries, LastBefore<resource::v1::ListStockEntriesRequest>(item, end)));
  Figure figure;
  // What is entered in a ledger bears its own time: of a period that is over nothing is expected any more.
  figure.closed = end <= own.now;
  if (answer.stock_entries().empty()) return figure;
  const resource::v1::StockEntry& entry = answer.stock_entries(0);
  figure.value = static_cast<double>(entry.on_hand() - entry.reserved());
  figure.version = entry.sequence();
  return figure;
}

absl::StatusOr<Figure> Figures::OfBudget(const rpc::Call& own, const std::string& budget, absl::Time end) const {
  ASSIGN_OR_RETURN(
      const resource::v1::ListBudgetEntriesResponse answer,
      context_.Call(own, resource::v1::method::ListBudgetEntries, LastBefore<resource::v1::ListBudgetEntriesRequest>(budget, end)));
  Figure figure;
  figure.closed = end <= own.now;
  if (answer.budget_entries().empty()) return figure;
  const resource::v1::BudgetEntry& entry = answer.budget_entries(0);
  figure.version = entry.sequence();
  const int64_t whole = entry.approved_minor() + entry.transferred_minor();
  if (whole <= 0) return figure;
  const int64_t taken = entry.pre_committed_minor() + entry.committed_minor() + entry.actual_minor();
  figure.value = 100.0 * static_cast<double>(taken) / static_cast<double>(whole);
  return figure;
}

absl::StatusOr<Figure> Figures::OfStaff(const rpc::Call& own, const IndicatorDefinition& definition, absl::CivilDay last) const {
  personnel::v1::ComputeStaffFigureRequest question;
  question.set_figure(definition.count() == IndicatorDefinition::COUNT_VACANCIES ? personnel::v1::STAFF_FIGURE_VACANCIES
                                                                                 : personnel::v1::STAFF_FIGURE_MISSING_CERTIFICATES);
  question.set_department(definition.department());
  *question.mutable_date() = time::ToDate(last);
  ASSIGN_OR_RETURN(const personnel::v1::ComputeStaffFigureResponse answer,
                   context_.Call(own, personnel::v1::method::ComputeStaffFigure, question));
  Figure figure;
  // Who comes and goes is recorded with its day; what is recorded late is a correction.
  figure.closed = EndOf(last) <= own.now;
  figure.value = answer.value();
  figure.watermark = answer.time();
  return figure;
}

absl::StatusOr<Figure> Figures::Counted(const rpc::Call& own, const IndicatorDefinition& definition, absl::Time end) const {
  const bool tasks = definition.count() == IndicatorDefinition::COUNT_OVERDUE_TASKS;
  ASSIGN_OR_RETURN(const CountedSpans::Count count, context_.store.Read(own, [&](sql::Session& session) {
    return counted_.CountAt(session, definition.count(), tasks ? definition.project() : definition.activity(), end);
  }));
  Figure figure;
  figure.closed = count.watermark.has_value() && *count.watermark >= end;
  figure.value = static_cast<double>(count.value);
  if (count.watermark.has_value()) figure.watermark = time::ToTimestamp(*count.watermark);
  figure.version = count.position;
  return figure;
}

}  // namespace heitie::risk
