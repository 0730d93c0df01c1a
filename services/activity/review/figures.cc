#include "services/activity/review/figures.h"

#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/text/figure.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "services/activity/launch/facts.h"

namespace heitie::activity {

using v1::Target;

const status::Reason kFiguresMissing{absl::StatusCode::kUnavailable, "FIGURES_MISSING",
                                     "The figures of the {service} service cannot be read: {why}", "無法讀取 {service} 服務的數據：{why}",
                                     "无法读取 {service} 服务的数据：{why}"};
const status::Reason kFiguresRefused{absl::StatusCode::kFailedPrecondition, "FIGURES_REFUSED",
                                     "The {service} service refused a figure: {why}", "{service} 服務拒絕提供數據：{why}",
                                     "{service} 服务拒绝提供数据：{why}"};

namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

// What the sources state, in the languages of a report.
constexpr status::Reason Statement(const char* en, const char* zh_tw, const char* zh_cn) {
  return {absl::StatusCode::kOk, "", en, zh_tw, zh_cn};
}
constexpr status::Reason kEnded = Statement("ended at {time}", "於 {time} 結束", "于 {time} 结束");
constexpr status::Reason kEventsUntil = Statement("its events until {time}", "截至 {time} 的事件", "截至 {time} 的事件");
constexpr status::Reason kNoEvents = Statement("no events", "沒有事件", "没有事件");
constexpr status::Reason kEvents =
    Statement("{metric}: {count} events of this activity", "{metric}：本活動的 {count} 個事件", "{metric}：本活动的 {count} 个事件");
constexpr status::Reason kMeasurements =
    Statement("{metric}: {count} measurements of this activity", "{metric}：本活動的 {count} 筆測量", "{metric}：本活动的 {count} 条测量");
constexpr status::Reason kMoney = Statement("{actual:money} spent, {committed:money} committed, {released:money} given back",
                                            "支出 {actual:money}，承付未支出 {committed:money}，退回 {released:money}",
                                            "支出 {actual:money}，承付未支出 {committed:money}，退回 {released:money}");
constexpr status::Reason kReserved = Statement("{count} kinds of materials", "{count} 種物資", "{count} 种物资");

std::optional<double> ReachedMetric(const std::string& name, const v1::ReportSnapshot& snapshot) {
  const v1::ReportMetric* const metric = FindMetric(snapshot, name);
  return metric != nullptr && metric->has_value() ? std::optional<double>(metric->value()) : std::nullopt;
}

std::optional<double> Reached(const Target& target, const v1::ReportSnapshot& snapshot) {
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
    case Target::MEASURE_METRIC:
      return ReachedMetric(target.metric(), snapshot);
    default:
      return std::nullopt;
  }
}

// Asks other services on behalf of one report, and remembers what it rests on.
class Reader {
 public:
  Reader(const service::Context& context, const Employees& employees, const rpc::Call& call, const v1::Activity& activity,
         v1::ReportSnapshot& snapshot)
      : context_(context), employees_(employees), call_(AsService(call)), activity_(activity), snapshot_(snapshot) {}

  absl::Status ReadCounters() {
    metrics::v1::GetActivityCountersRequest request;
    request.set_activity(activity_.name());
    ASSIGN_OR_RETURN(const auto counted,
                     Ask<metrics::v1::ActivityCounters>("metrics", "heitie.metrics.v1.AnalysisService/GetActivityCounters", request));
    v1::ReportCounters& counters = *snapshot_.mutable_counters();
    counters.set_participants(counted.participants());
    counters.set_impressions(counted.impressions());
    counters.set_clicks(counted.clicks());
    counters.set_conversions(counted.conversions());
    counters.set_converters(counted.converters());
    counters.set_converters_outside_denominator(counted.converters_outside_denominator());
    if (counted.has_click_through_rate()) counters.set_click_through_rate(counted.click_through_rate());
    if (counted.has_conversion_rate()) counters.set_conversion_rate(counted.conversion_rate());
    Source(activity_.name() + "/counters", absl::StrCat(counted.version()), counted.has_watermark() ? kEventsUntil : kNoEvents,
           {{"time", When(counted.watermark())}});
    return absl::OkStatus();
  }

  absl::Status ReadMetric(const std::string& name) {
    metrics::v1::QueryMetricRequest request;
    request.set_metric(name);
    request.set_activity(activity_.name());
    // Metrics counts business days, whatever zone the activity's schedule is told in.
    *request.mutable_start_date() = time::DateOf(time::ToTime(activity_.launch_time()), context_.time_zone.name());
    *request.mutable_end_date() = time::DateOf(time::ToTime(activity_.close_time()), context_.time_zone.name());
    ASSIGN_OR_RETURN(const auto answer,
                     Ask<metrics::v1::QueryMetricResponse>("metrics", "heitie.metrics.v1.AnalysisService/QueryMetric", request));
    v1::ReportMetric& metric = *snapshot_.add_metrics();
    metric.set_metric(name);
    metric.set_metric_etag(answer.metric_definition().etag());
    metric.set_display_name(answer.metric_definition().display_name());
    metric.set_unit(answer.unit());
    metric.set_currency_code(answer.currency_code());
    if (answer.totals_size() > 0) {
      const metrics::v1::Figures& figures = answer.totals(0).figures();
      if (figures.has_value()) metric.set_value(figures.value());
      metric.set_count(figures.count());
    }
    Source(name, absl::StrCat(answer.source().version()), answer.metric_definition().event_name().empty() ? kMeasurements : kEvents,
           {{"metric", metric.display_name()}, {"count", text::Count(metric.count())}});
    return absl::OkStatus();
  }

  absl::Status ReadCosts() {
    v1::ReportCosts& costs = *snapshot_.mutable_costs();
    costs.set_planned_minor(activity_.budget_amount_minor());
    if (!activity_.budget().empty()) {
      resource::v1::GetBudgetRequest request;
      request.set_name(activity_.budget());
      ASSIGN_OR_RETURN(const auto budget, Ask<resource::v1::Budget>("resource", "heitie.resource.v1.MoneyService/GetBudget", request));
      costs.set_currency_code(budget.currency_code());
    }
    if (activity_.encumbrance().empty()) return absl::OkStatus();
    resource::v1::GetEncumbranceRequest request;
    request.set_name(activity_.encumbrance());
    ASSIGN_OR_RETURN(const auto taken,
                     Ask<resource::v1::Encumbrance>("resource", "heitie.resource.v1.MoneyService/GetEncumbrance", request));
    costs.set_actual_minor(taken.actual_minor());
    costs.set_committed_minor(taken.committed_minor());
    Source(taken.name(), taken.etag(), kMoney,
           {{"actual", taken.actual_minor()},
            {"committed", taken.committed_minor()},
            {"released", taken.released_minor()},
            {"currency", taken.currency_code()}});
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
                       Ask<resource::v1::Reservation>("resource", "heitie.resource.v1.MaterialService/GetReservation", request));
      for (const auto& line : reserved.lines()) {
        materials[line.item()].set_issued_quantity(line.issued_quantity());
        materials[line.item()].set_returned_quantity(line.returned_quantity());
      }
      Source(reserved.name(), reserved.etag(), kReserved, {{"count", reserved.lines_size()}});
    }
    for (auto& [item, material] : materials) {
      RETURN_IF_ERROR(DescribeItem(material));
      *snapshot_.add_materials() = material;
    }
    return absl::OkStatus();
  }

  // What people call the project, the scheme, the owner and the author.
  absl::Status ReadNames(const std::string& author) {
    using planning::v1::Project;
    using planning::v1::Scheme;
    RETURN_IF_ERROR((ReadName<planning::v1::GetProjectRequest, Project>("planning", "heitie.planning.v1.PlanService/GetProject",
                                                                        activity_.project(), &Project::title)));
    RETURN_IF_ERROR((ReadName<planning::v1::GetSchemeRequest, Scheme>("planning", "heitie.planning.v1.SchemeService/GetScheme",
                                                                      activity_.scheme(), &Scheme::title)));
    RETURN_IF_ERROR(ReadPerson(activity_.owner()));
    return author == activity_.owner() ? absl::OkStatus() : ReadPerson(author);
  }

  void SourceActivity() { Source(activity_.name(), activity_.etag(), kEnded, {{"time", When(activity_.close_time())}}); }

 private:
  absl::Status ReadPerson(const std::string& name) {
    absl::StatusOr<personnel::v1::Employee> person;
    RETURN_IF_ERROR(context_.store.Read(call_, [&](sql::Session& session) {
      person = employees_.Find(session, name);
      return absl::OkStatus();
    }));
    if (absl::IsNotFound(person.status())) return absl::OkStatus();
    if (!person.ok()) return Failure("personnel", person.status());
    AddName(name, person->display_name());
    return absl::OkStatus();
  }

  void AddName(const std::string& name, const std::string& display_name) {
    v1::ReportName* const entry = snapshot_.add_names();
    entry->set_name(name);
    entry->set_display_name(display_name);
  }

  template <typename Request, typename Resource>
  absl::Status ReadName(const char* service, const char* method, const std::string& name,
                        const std::string& (Resource::*display_name)() const) {
    Resource resource;
    ASSIGN_OR_RETURN(const bool found, Find<Request>(service, method, name, &resource));
    if (!found) return absl::OkStatus();
    AddName(name, (resource.*display_name)());
    return absl::OkStatus();
  }

  absl::Status DescribeItem(v1::ReportMaterial& material) {
    resource::v1::Item item;
    ASSIGN_OR_RETURN(const bool found,
                     Find<resource::v1::GetItemRequest>("resource", "heitie.resource.v1.MaterialService/GetItem", material.item(), &item));
    if (!found) return absl::OkStatus();
    material.set_display_name(item.display_name());
    material.set_unit(item.unit());
    return absl::OkStatus();
  }

  // False when the service has no such resource, for example because it was deleted.
  template <typename Request, typename Resource>
  absl::StatusOr<bool> Find(const char* service, const char* method, const std::string& name, Resource* resource) {
    Request request;
    request.set_name(name);
    const absl::Status status = context_.client(service).Call(call_, method, request, resource);
    if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) return false;
    if (!status.ok()) return Failure(service, status);
    return true;
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Ask(const char* service, const char* method, const Request& request) {
    Response response;
    const absl::Status status = context_.client(service).Call(call_, method, request, &response);
    if (status.ok()) return response;
    return Failure(service, status);
  }

  static absl::Status Failure(const char* service, const absl::Status& status) {
    const std::string why(status.message().data(), status.message().size());
    const status::Args args = {{"service", service}, {"why", why}};
    return status::IsOutage(status) ? status::RetryLater(kFiguresMissing, kRetryAfter, args) : status::Error(kFiguresRefused, args);
  }

  std::string When(const google::protobuf::Timestamp& time) const { return time::LocalText(time::ToTime(time), activity_.time_zone()); }

  void Source(const std::string& subject, const std::string& version, const status::Reason& statement, const status::Args& args) {
    type::v1::Fact* source = snapshot_.add_sources();
    source->set_subject(subject);
    source->set_version(version);
    source->set_statement(status::Sentence(statement, args, call_.language));
  }

  const service::Context& context_;
  const Employees& employees_;
  const rpc::Call call_;
  const v1::Activity& activity_;
  v1::ReportSnapshot& snapshot_;
};

}  // namespace

bool IsCeiling(const Target& target) {
  if (target.direction() == Target::DIRECTION_UNSPECIFIED) return target.measure() == Target::MEASURE_COST;
  return target.direction() == Target::DIRECTION_AT_MOST;
}

const v1::ReportMetric* FindMetric(const v1::ReportSnapshot& snapshot, const std::string& metric) {
  for (const v1::ReportMetric& found : snapshot.metrics()) {
    if (found.metric() == metric) return &found;
  }
  return nullptr;
}

v1::TargetResult Compare(const Target& target, const v1::ReportSnapshot& snapshot) {
  v1::TargetResult result;
  *result.mutable_target() = target;
  const std::optional<double> reached = Reached(target, snapshot);
  if (!reached.has_value()) return result;
  result.set_actual(*reached);
  result.set_attainment(*reached / target.target());
  result.set_attained(IsCeiling(target) ? *reached <= target.target() : *reached >= target.target());
  return result;
}

absl::StatusOr<v1::ReportSnapshot> TakeSnapshot(const service::Context& context, const Employees& employees, const rpc::Call& call,
                                                const v1::Activity& activity) {
  v1::ReportSnapshot snapshot;
  *snapshot.mutable_time() = time::ToTimestamp(context.clock.Now());
  *snapshot.mutable_activity() = activity;
  Reader reader(context, employees, call, activity, snapshot);
  reader.SourceActivity();
  RETURN_IF_ERROR(reader.ReadCounters());
  RETURN_IF_ERROR(reader.ReadCosts());
  RETURN_IF_ERROR(reader.ReadMaterials());
  for (const Target& target : activity.targets()) {
    if (target.measure() != Target::MEASURE_METRIC || FindMetric(snapshot, target.metric()) != nullptr) continue;
    RETURN_IF_ERROR(reader.ReadMetric(target.metric()));
  }
  RETURN_IF_ERROR(reader.ReadNames(call.principal.name));
  for (const Target& target : activity.targets()) *snapshot.add_results() = Compare(target, snapshot);
  return snapshot;
}

}  // namespace heitie::activity
