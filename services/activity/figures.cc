#include "services/activity/figures.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/activity/convert.h"
#include "services/activity/facts.h"

namespace heitie::activity {

using v1::Target;

const status::Reason kFiguresMissing{absl::StatusCode::kUnavailable, "FIGURES_MISSING",
                                     "The figures of the {service} service cannot be read: {why}", "無法讀取 {service} 服務的數據：{why}",
                                     "无法读取 {service} 服务的数据：{why}"};
const status::Reason kFiguresRefused{absl::StatusCode::kFailedPrecondition, "FIGURES_REFUSED",
                                     "The {service} service refused a figure: {why}", "{service} 服務拒絕提供數據：{why}",
                                     "{service} 服务拒绝提供数据：{why}"};

namespace {

std::optional<double> Reached(const Target& target, const v1::ReportSnapshot& snapshot, const MetricFigures& metrics) {
  const v1::ReportCounters& counters = snapshot.counters();
  switch (target.measure()) {
    case Target::MEASURE_PARTICIPANTS:
      return counters.participants();
    case Target::MEASURE_IMPRESSIONS:
      return counters.impressions();
    case Target::MEASURE_CLICKS:
      return counters.clicks();
    case Target::MEASURE_CONVERSIONS:
      return counters.conversions();
    case Target::MEASURE_CLICK_THROUGH_RATE:
      return counters.has_click_through_rate() ? std::optional<double>(counters.click_through_rate()) : std::nullopt;
    case Target::MEASURE_CONVERSION_RATE:
      return counters.has_conversion_rate() ? std::optional<double>(counters.conversion_rate()) : std::nullopt;
    case Target::MEASURE_COST:
      return snapshot.costs().actual_minor();
    case Target::MEASURE_METRIC: {
      const auto figure = metrics.find(target.metric());
      return figure == metrics.end() ? std::nullopt : figure->second;
    }
    default:
      return std::nullopt;
  }
}

bool IsCeiling(const Target& target) {
  if (target.direction() == Target::DIRECTION_UNSPECIFIED) return target.measure() == Target::MEASURE_COST;
  return target.direction() == Target::DIRECTION_AT_MOST;
}

// Asks other services on behalf of one report, and remembers what it rests on.
class Reader {
 public:
  Reader(const service::Context& context, const rpc::Call& call, const v1::Activity& activity, v1::ReportSnapshot& snapshot)
      : context_(context), call_(AsService(call)), activity_(activity), snapshot_(snapshot) {}

  absl::Status ReadCounters() {
    metrics::v1::GetActivityCountersRequest request;
    request.set_activity(activity_.name());
    ASSIGN_OR_RETURN(const auto counted,
                     Ask<metrics::v1::ActivityCounters>("metrics", "heitie.metrics.v1.MetricsService/GetActivityCounters", request));
    v1::ReportCounters& counters = *snapshot_.mutable_counters();
    counters.set_participants(counted.participants());
    counters.set_impressions(counted.impressions());
    counters.set_clicks(counted.clicks());
    counters.set_conversions(counted.conversions());
    counters.set_converters(counted.converters());
    if (counted.has_click_through_rate()) counters.set_click_through_rate(counted.click_through_rate());
    if (counted.has_conversion_rate()) counters.set_conversion_rate(counted.conversion_rate());
    Source(activity_.name() + "/counters", absl::StrCat(counted.version()),
           counted.has_watermark() ? absl::StrCat("events until ", Written(time::ToTime(counted.watermark()), activity_.time_zone()))
                                   : "no events");
    return absl::OkStatus();
  }

  absl::Status ReadMetric(const std::string& metric, MetricFigures& figures) {
    metrics::v1::QueryMetricRequest request;
    request.set_metric(metric);
    request.set_activity(activity_.name());
    *request.mutable_start_date() = DayOf(time::ToTime(activity_.launch_time()), activity_.time_zone());
    *request.mutable_end_date() = DayOf(time::ToTime(activity_.close_time()), activity_.time_zone());
    ASSIGN_OR_RETURN(const auto answer,
                     Ask<metrics::v1::QueryMetricResponse>("metrics", "heitie.metrics.v1.MetricsService/QueryMetric", request));
    std::optional<double>& figure = figures[metric];
    if (answer.totals_size() > 0 && answer.totals(0).figures().has_value()) figure = answer.totals(0).figures().value();
    Source(metric, absl::StrCat(answer.source().version()),
           absl::StrCat(answer.source().count(), " events or measurements, unit ", answer.unit()));
    return absl::OkStatus();
  }

  absl::Status ReadCosts() {
    v1::ReportCosts& costs = *snapshot_.mutable_costs();
    costs.set_planned_minor(activity_.budget_amount_minor());
    if (!activity_.budget().empty()) {
      resource::v1::GetBudgetRequest request;
      request.set_name(activity_.budget());
      ASSIGN_OR_RETURN(const auto budget, Ask<resource::v1::Budget>("resource", "heitie.resource.v1.ResourceService/GetBudget", request));
      costs.set_currency_code(budget.currency_code());
    }
    if (activity_.encumbrance().empty()) return absl::OkStatus();
    resource::v1::GetEncumbranceRequest request;
    request.set_name(activity_.encumbrance());
    ASSIGN_OR_RETURN(const auto taken,
                     Ask<resource::v1::Encumbrance>("resource", "heitie.resource.v1.ResourceService/GetEncumbrance", request));
    costs.set_actual_minor(taken.actual_minor());
    costs.set_committed_minor(taken.committed_minor());
    Source(taken.name(), taken.etag(), resource::v1::Encumbrance::State_Name(taken.state()).substr(sizeof("STATE_") - 1));
    return absl::OkStatus();
  }

  absl::Status ReadMaterials() {
    std::map<std::string, v1::ReportMaterial> materials;
    for (const auto& line : activity_.bill_of_materials()) {
      materials[line.item()].set_item(line.item());
      materials[line.item()].set_planned_quantity(line.quantity());
    }
    if (!activity_.reservation().empty()) {
      resource::v1::GetReservationRequest request;
      request.set_name(activity_.reservation());
      ASSIGN_OR_RETURN(const auto reserved,
                       Ask<resource::v1::Reservation>("resource", "heitie.resource.v1.ResourceService/GetReservation", request));
      for (const auto& line : reserved.lines()) {
        materials[line.item()].set_issued_quantity(line.issued_quantity());
        materials[line.item()].set_returned_quantity(line.returned_quantity());
      }
      Source(reserved.name(), reserved.etag(), resource::v1::Reservation::State_Name(reserved.state()).substr(sizeof("STATE_") - 1));
    }
    for (const auto& [item, material] : materials) *snapshot_.add_materials() = material;
    return absl::OkStatus();
  }

 private:
  template <typename Response, typename Request>
  absl::StatusOr<Response> Ask(const char* service, const char* method, const Request& request) {
    Response response;
    const absl::Status status = context_.client(service).Call(call_, method, request, &response);
    if (status.ok()) return response;
    const std::string why(status.message().data(), status.message().size());
    return status::Error(IsRefusal(status) ? kFiguresRefused : kFiguresMissing, {{"service", service}, {"why", why}});
  }

  void Source(const std::string& subject, const std::string& version, const std::string& statement) {
    type::v1::Fact* source = snapshot_.add_sources();
    source->set_subject(subject);
    source->set_version(version);
    source->set_statement(statement);
  }

  const service::Context& context_;
  const rpc::Call call_;
  const v1::Activity& activity_;
  v1::ReportSnapshot& snapshot_;
};

}  // namespace

v1::TargetResult Compare(const Target& target, const v1::ReportSnapshot& snapshot, const MetricFigures& metrics) {
  v1::TargetResult result;
  *result.mutable_target() = target;
  const std::optional<double> reached = Reached(target, snapshot, metrics);
  if (!reached.has_value()) return result;
  result.set_actual(*reached);
  result.set_attainment(*reached / target.target());
  result.set_attained(IsCeiling(target) ? *reached <= target.target() : *reached >= target.target());
  return result;
}

absl::StatusOr<v1::ReportSnapshot> TakeSnapshot(const service::Context& context, const rpc::Call& call, const v1::Activity& activity) {
  v1::ReportSnapshot snapshot;
  *snapshot.mutable_time() = time::ToTimestamp(context.clock.Now());
  *snapshot.mutable_activity() = activity;
  type::v1::Fact* source = snapshot.add_sources();
  source->set_subject(activity.name());
  source->set_version(activity.etag());
  source->set_statement(v1::Activity::State_Name(activity.state()).substr(sizeof("STATE_") - 1));
  Reader reader(context, call, activity, snapshot);
  RETURN_IF_ERROR(reader.ReadCounters());
  RETURN_IF_ERROR(reader.ReadCosts());
  RETURN_IF_ERROR(reader.ReadMaterials());
  MetricFigures metrics;
  for (const Target& target : activity.targets()) {
    if (target.measure() == Target::MEASURE_METRIC) RETURN_IF_ERROR(reader.ReadMetric(target.metric(), metrics));
  }
  for (const Target& target : activity.targets()) *snapshot.add_results() = Compare(target, snapshot, metrics);
  return snapshot;
}

}  // namespace heitie::activity
