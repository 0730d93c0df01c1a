#include "services/metrics/analysis/query.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {

const status::Reason kBadDateRange{absl::StatusCode::kInvalidArgument, "BAD_DATE_RANGE",
                                   "The period runs from a first day to one that is not before it, at most {days} days later.",
                                   "期間的結束日不得早於開始日，且最多相隔 {days} 天。"};
const status::Reason kTooManyFigures{absl::StatusCode::kInvalidArgument, "TOO_MANY_FIGURES",
                                     "The query has more than {limit} daily figures: ask for fewer days or a dimension with fewer values.",
                                     "查詢結果超過 {limit} 筆每日資料，請縮短期間或改用取值較少的維度。"};

namespace {

const status::Phrase kOwnAggregation{"the metric definition states its own", "指標定義已自行規定"};

using google::protobuf::Map;

absl::Status ReadFigures(sql::Session& session, const Question& q, DayCells& cells, v1::FigureSource& source) {
  ASSIGN_OR_RETURN(source, ReadSource(session, {q.kind, q.name}));
  DatabaseSnapshot snapshot(session);
  return snapshot.Cells({{q.kind, q.name}, q.activity, q.dimension, {q.first, q.last}, {}},
                        [&](absl::CivilDay day, const std::string& value, const Cell& cell) -> absl::Status {
                          if (cells.size() >= kMaxDailyFigures) return status::Error(kTooManyFigures, {{"limit", kMaxDailyFigures}});
                          cells[{day, value}] = cell;
                          return absl::OkStatus();
                        });
}

void SetDimension(const Question& question, const std::string& value, Map<std::string, std::string>& dimensions) {
  if (!question.dimension.empty()) dimensions[question.dimension] = value;
}

// What a request without a metric definition says of one.
v1::MetricDefinition DefinitionIn(const v1::QueryMetricRequest& request) {
  v1::MetricDefinition definition;
  definition.set_event_name(request.event_name());
  definition.set_measurement_name(request.measurement_name());
  definition.set_aggregation(request.aggregation());
  return definition;
}

Question Resolve(const v1::MetricDefinition& definition, const v1::QueryMetricRequest& request) {
  Question question;
  question.kind = definition.event_name().empty() ? kMeasurementKind : kEventKind;
  question.name = definition.event_name().empty() ? definition.measurement_name() : definition.event_name();
  question.aggregation = definition.aggregation();
  question.activity = request.activity();
  if (!request.group_by().empty()) question.dimension = request.group_by(0);
  question.first = time::ToDay(request.start_date());
  question.last = time::ToDay(request.end_date());
  return question;
}

int SourceCount(const v1::QueryMetricRequest& request) {
  return !request.metric().empty() + !request.event_name().empty() + !request.measurement_name().empty();
}

}  // namespace

absl::Status CheckQuery(const v1::QueryMetricRequest& request) {
  status::BadFields bad;
  if (SourceCount(request) != 1) bad.Add("metric", kBadMetricSource, {{"fields", "metric, event_name, measurement_name"}});
  if (!request.metric().empty() && request.aggregation() != v1::MetricDefinition::AGGREGATION_UNSPECIFIED) {
    bad.Add("aggregation", kBadAggregation,
            {{"aggregation", v1::MetricDefinition::Aggregation_Name(request.aggregation())}, {"why", kOwnAggregation}});
  }
  CheckAggregation(!request.measurement_name().empty(), request.aggregation(), "aggregation", bad);
  const auto days = time::ToDay(request.end_date()) - time::ToDay(request.start_date());
  if (days < 0 || days > kMaxQueryDays) bad.Add("end_date", kBadDateRange, {{"days", kMaxQueryDays}});
  return bad.status();
}

absl::Status Answer(const Question& question, const DayCells& cells, v1::QueryMetricResponse& response) {
  std::map<std::string, Cell> totals;
  for (const auto& [key, cell] : cells) {
    v1::DailyFigures& day = *response.add_days();
    *day.mutable_date() = time::ToDate(key.first);
    SetDimension(question, key.second, *day.mutable_dimensions());
    ASSIGN_OR_RETURN(*day.mutable_figures(), ToFigures(cell, question.aggregation));
    totals[key.second].Add(cell);
  }
  if (question.dimension.empty() && totals.empty()) totals[""];
  for (const auto& [value, cell] : totals) {
    v1::TotalFigures& total = *response.add_totals();
    SetDimension(question, value, *total.mutable_dimensions());
    ASSIGN_OR_RETURN(*total.mutable_figures(), ToFigures(cell, question.aggregation));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::QueryMetricResponse> Queries::QueryMetric(const rpc::Call& call, const v1::QueryMetricRequest& request) {
  RETURN_IF_ERROR(CheckQuery(request));
  v1::QueryMetricResponse response;
  // One moment, so that the figures and their source belong together.
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    v1::MetricDefinition definition = DefinitionIn(request);
    if (!request.metric().empty()) {
      ASSIGN_OR_RETURN(definition, definitions_.Find(session, request.metric()));
      *response.mutable_metric_definition() = definition;
    }
    const Question question = Resolve(definition, request);
    DayCells cells;
    RETURN_IF_ERROR(ReadFigures(session, question, cells, *response.mutable_source()));
    response.set_unit(definition.unit());
    response.set_currency_code(CurrencyOf(definition));
    return Answer(question, cells, response);
  }));
  response.set_time_zone(zone_.name());
  *response.mutable_source()->mutable_compute_time() = time::ToTimestamp(call.now);
  return response;
}

}  // namespace heitie::metrics
