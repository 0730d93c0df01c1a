#include "services/activity/review/figures.h"

#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/client/gather.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/text/figure.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/scheme_service.methods.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/type/v1/fact.pb.h"
#include "services/activity/launch/facts.h"
#include "services/activity/review/forecast.h"

namespace heitie::activity {

using v1::Target;

const status::Reason kFiguresMissing{absl::StatusCode::kUnavailable, "FIGURES_MISSING",
                                     "The figures of the {service} service cannot be read: {why}", "無法讀取 {service} 服務的資料：{why}"};
const status::Reason kFiguresRefused{absl::StatusCode::kFailedPrecondition, "FIGURES_REFUSED",
                                     "The {service} service refused a figure: {why}", "{service} 服務拒絕提供資料：{why}"};

namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

// What the sources state, in the languages of a report.
const status::Phrase kEnded{"ended at {time}", "於 {time} 結束"};
const status::Phrase kEventsUntil{"its events until {time}", "截至 {time} 的事件"};
const status::Phrase kNoEvents{"no events", "沒有事件"};
const status::Phrase kEvents{"{metric}: {count} events of this activity", "{metric}：本活動的 {count} 個事件"};
const status::Phrase kMeasurements{"{metric}: {count} measurements of this activity", "{metric}：本活動的 {count} 筆測量"};
const status::Phrase kMoney{"{actual:money} spent, {committed:money} committed, {released:money} given back",
                            "支出 {actual:money}，承付未支出 {committed:money}，退回 {released:money}"};
const status::Phrase kReserved{"{count} kinds of materials", "{count} 種物資"};

v1::TrackingDefinition::ConversionDenominator DenominatorOf(metrics::v1::ActivityTracking::ConversionDenominator denominator) {
  switch (denominator) {
    case metrics::v1::ActivityTracking::CONVERSION_DENOMINATOR_CLICKERS:
      return v1::TrackingDefinition::CONVERSION_DENOMINATOR_CLICKERS;
    case metrics::v1::ActivityTracking::CONVERSION_DENOMINATOR_VIEWERS:
      return v1::TrackingDefinition::CONVERSION_DENOMINATOR_VIEWERS;
    default:
      return v1::TrackingDefinition::CONVERSION_DENOMINATOR_PARTICIPANTS;
  }
}

std::optional<double> ReachedMetric(const std::string& name, const v1::ReportSnapshot& snapshot) {
  const v1::ReportMetric* const metric = FindMetric(snapshot, name);
  return metric != nullptr && metric->has_value() ? std::optional<double>(metric->value()) : std::nullopt;
}

std::optional<double> ValueReached(const Target& target, const v1::ReportSnapshot& snapshot) {
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

// Asks other services on behalf of one report, all at once, and remembers what it rests on in the order of the questions.
class Reader {
 public:
  Reader(const service::Context& context, const rpc::Call& call, const v1::Activity& activity, v1::ReportSnapshot& snapshot)
      : context_(context),
        call_(AsService(call)),
        activity_(activity),
        snapshot_(snapshot),
        gather_(call_, context.client, call.deadline) {}

  void SourceActivity() { Source(activity_.name(), activity_.etag(), kEnded, {{"time", When(activity_.close_time())}}); }

  void ReadCounters() {
    metrics::v1::GetActivityCountersRequest request;
    request.set_activity(activity_.name());
    gather_.Ask({}, metrics::v1::method::GetActivityCounters, request, [this](metrics::v1::ActivityCounters& counted) {
      v1::ReportCounters& counters = *snapshot_.mutable_counters();
      counters.set_participants(counted.participants());
      counters.set_impressions(counted.impressions());
      counters.set_clicks(counted.clicks());
      counters.set_conversions(counted.conversions());
      counters.set_converters(counted.converters());
      counters.set_converters_outside_denominator(counted.converters_outside_denominator());
      counters.set_viewers(counted.viewers());
      counters.set_clickers(counted.clickers());
      counters.set_conversion_denominator(DenominatorOf(counted.conversion_denominator()));
      if (counted.has_click_through_rate()) counters.set_click_through_rate(counted.click_through_rate());
      if (counted.has_conversion_rate()) counters.set_conversion_rate(counted.conversion_rate());
      Source(activity_.name() + "/counters", absl::StrCat(counted.version()), counted.has_watermark() ? kEventsUntil : kNoEvents,
             {{"time", When(counted.watermark())}});
    });
  }

  void ReadMetric(const std::string& name) {
    metrics::v1::QueryMetricRequest request;
    request.set_metric(name);
    request.set_activity(activity_.name());
    // Metrics counts business days, whatever zone the activity's schedule is told in.
    *request.mutable_start_date() = time::DateOf(time::ToTime(activity_.launch_time()), context_.time_zone.name());
    *request.mutable_end_date() = time::DateOf(time::ToTime(activity_.close_time()), context_.time_zone.name());
    gather_.Ask({}, metrics::v1::method::QueryMetric, request, [this, name](metrics::v1::QueryMetricResponse& answer) {
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
    });
  }

  void ReadCosts() {
    v1::ReportCosts& costs = *snapshot_.mutable_costs();
    costs.set_planned_minor(activity_.budget_amount_minor());
    if (!activity_.budget().empty()) {
      gather_.Ask({}, resource::v1::method::GetBudget, Named<resource::v1::GetBudgetRequest>(activity_.budget()),
                  [&costs](resource::v1::Budget& budget) { costs.set_currency_code(budget.currency_code()); });
    }
    if (activity_.encumbrance().empty()) return;
    gather_.Ask({}, resource::v1::method::GetEncumbrance, Named<resource::v1::GetEncumbranceRequest>(activity_.encumbrance()),
                [this, &costs](resource::v1::Encumbrance& taken) {
                  costs.set_actual_minor(taken.actual_minor());
                  costs.set_committed_minor(taken.committed_minor());
                  Source(taken.name(), taken.etag(), kMoney,
                         {{"actual", taken.actual_minor()},
                          {"committed", taken.committed_minor()},
                          {"released", taken.released_minor()},
                          {"currency", taken.currency_code()}});
                });
  }

  void ReadMaterials() {
    for (const auto& line : activity_.bill_of_materials()) {
      materials_[line.item()].set_item(line.item());
      materials_[line.item()].set_planned_quantity(line.quantity());
    }
    if (!activity_.reservation().empty()) {
      gather_.Ask({}, resource::v1::method::GetReservation, Named<resource::v1::GetReservationRequest>(activity_.reservation()),
                  [this](resource::v1::Reservation& reserved) {
                    for (const auto& line : reserved.lines()) {
                      materials_[line.item()].set_issued_quantity(line.issued_quantity());
                      materials_[line.item()].set_returned_quantity(line.returned_quantity());
                    }
                    Source(reserved.name(), reserved.etag(), kReserved, {{"count", reserved.lines_size()}});
                  });
    }
    gather_.Then([this] {
      for (const auto& [item, material] : materials_) {
        Describe(resource::v1::method::GetItem, Named<resource::v1::GetItemRequest>(item), [this](resource::v1::Item& found) {
          materials_[found.name()].set_display_name(found.display_name());
          materials_[found.name()].set_unit(found.unit());
        });
      }
    });
  }

  // What people call the project and the scheme. What the people are called is not kept.
  void ReadNames() {
    Describe(planning::v1::method::GetProject, Named<planning::v1::GetProjectRequest>(activity_.project()),
             [this](planning::v1::Project& project) {
               AddName(project.name(), project.title());
               currency_code_ = project.currency_code();
             });
    Describe(planning::v1::method::GetScheme, Named<planning::v1::GetSchemeRequest>(activity_.scheme()),
             [this](planning::v1::Scheme& scheme) {
               AddName(scheme.name(), scheme.title());
               scheme_ = scheme;
             });
  }

  // The first question that came to nothing is the outcome.
  absl::Status Read() {
    RETURN_IF_ERROR(gather_.Run([&](const client::Part& part, const absl::Status& why) {
      if (part.field == kDescription && (absl::IsNotFound(why) || absl::IsInvalidArgument(why))) return;
      Fail(part.process, why);
    }));
    for (const auto& [item, material] : materials_) *snapshot_.add_materials() = material;
    return failure_;
  }

  // After Read. What the project pays in, and the scheme; empty and null when they are gone.
  const std::string& currency_code() const { return currency_code_; }
  const planning::v1::Scheme* scheme() const { return scheme_.has_value() ? &*scheme_ : nullptr; }

 private:
  void Fail(const std::string& service, const absl::Status& why) {
    if (failure_.ok()) failure_ = Failure(service, why);
  }

  void AddName(const std::string& name, const std::string& display_name) {
    v1::ReportName* const entry = snapshot_.add_names();
    entry->set_name(name);
    entry->set_display_name(display_name);
  }

  // Of what is only described: it may be gone by now.
  static constexpr char kDescription[] = "description";

  template <typename Request>
  static Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }

  template <typename Request, typename Resource>
  void Describe(const client::Method<Request, Resource>& method, const Request& request,
                std::type_identity_t<std::function<void(Resource&)>> use) {
    gather_.Ask({kDescription}, method, request, std::move(use));
  }

  static absl::Status Failure(const std::string& service, const absl::Status& status) {
    const status::Args args = {{"service", service}, {"why", status::Say(status)}};
    return status::IsOutage(status) ? status::RetryLater(kFiguresMissing, kRetryAfter, args) : status::Error(kFiguresRefused, args);
  }

  std::string When(const google::protobuf::Timestamp& time) const { return time::LocalText(time::ToTime(time), activity_.time_zone()); }

  void Source(const std::string& subject, const std::string& version, const status::Phrase& statement, const status::Args& args) {
    type::v1::Fact* source = snapshot_.add_sources();
    source->set_subject(subject);
    source->set_version(version);
    source->set_statement(status::Sentence(statement, args, call_.language));
  }

  const service::Context& context_;
  const rpc::Call call_;
  const v1::Activity& activity_;
  v1::ReportSnapshot& snapshot_;
  absl::Status failure_;  // of the first question that came to nothing
  std::map<std::string, v1::ReportMaterial> materials_;
  std::string currency_code_;
  std::optional<planning::v1::Scheme> scheme_;
  client::Gather gather_;  // last: its questions use what is above
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
  const std::optional<double> reached = ValueReached(target, snapshot);
  if (!reached.has_value()) return result;
  result.set_actual(*reached);
  result.set_attainment(*reached / target.target());
  result.set_attained(IsCeiling(target) ? *reached <= target.target() : *reached >= target.target());
  return result;
}

absl::StatusOr<v1::ReportSnapshot> TakeSnapshot(const service::Context& context, const rpc::Call& call, const v1::Activity& activity,
                                                const v1::Report& report) {
  v1::ReportSnapshot snapshot;
  *snapshot.mutable_time() = time::ToTimestamp(context.clock.Now());
  *snapshot.mutable_activity() = activity;
  Reader reader(context, call, activity, snapshot);
  reader.SourceActivity();
  reader.ReadCounters();
  reader.ReadCosts();
  reader.ReadMaterials();
  std::set<std::string> metrics;
  if (!report.benefit_metric().empty()) {
    metrics.insert(report.benefit_metric());
    reader.ReadMetric(report.benefit_metric());
  }
  for (const Target& target : activity.targets()) {
    if (target.measure() == Target::MEASURE_METRIC && metrics.insert(target.metric()).second) reader.ReadMetric(target.metric());
  }
  reader.ReadNames();
  RETURN_IF_ERROR(reader.Read());
  for (const Target& target : activity.targets()) *snapshot.add_results() = Compare(target, snapshot);
  for (v1::ForecastResult& forecast :
       ForecastsOf(snapshot, reader.scheme(), reader.currency_code(), BenefitMetricOf(report, snapshot, reader.currency_code()))) {
    *snapshot.add_forecasts() = std::move(forecast);
  }
  snapshot.set_live_days(LiveDays(activity));
  return snapshot;
}

}  // namespace heitie::activity
