#include "services/personnel/appraisal/figure.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "nlohmann/json.hpp"
#include "services/personnel/appraisal/month.h"
#include "services/personnel/appraisal/scheme.h"

namespace heitie::personnel {
namespace {

using metrics::v1::Figures;
using metrics::v1::MetricDefinition;
using v1::AppraisalFigure;
using v1::AppraisalMeasure;

constexpr char kFollower[] = "appraisal-plan";
constexpr char kTask[] = "task";
constexpr char kObjective[] = "objective";
constexpr char kPlanEvents[] = "heitie.planning.v1.RecordService/ListEvents";

void SetNumber(const std::string& numerator, const std::string& denominator, AppraisalFigure& figure) {
  figure.set_numerator(numerator);
  figure.set_denominator(numerator.empty() ? "" : denominator);
}

void TakeFigures(MetricDefinition::Aggregation aggregation, const Figures& figures, AppraisalFigure& figure) {
  switch (aggregation) {
    case MetricDefinition::AGGREGATION_DISTINCT_USERS:
      return SetNumber(absl::StrCat(figures.distinct_users()), "1", figure);
    case MetricDefinition::AGGREGATION_SUM_MINOR:
      return SetNumber(absl::StrCat(figures.sum_minor()), "1", figure);
    case MetricDefinition::AGGREGATION_SUM:
      return SetNumber(DecimalText(figures.sum()), "1", figure);
    case MetricDefinition::AGGREGATION_AVERAGE:
      return SetNumber(DecimalText(figures.sum()), absl::StrCat(figures.value_count()), figure);
    case MetricDefinition::AGGREGATION_MIN:
      return SetNumber(figures.has_min() ? DecimalText(figures.min()) : "", "1", figure);
    case MetricDefinition::AGGREGATION_MAX:
      return SetNumber(figures.has_max() ? DecimalText(figures.max()) : "", "1", figure);
    default:
      return SetNumber(absl::StrCat(figures.count()), "1", figure);
  }
}

std::string ValueOf(const AppraisalMeasure& measure, const std::string& employee) {
  return measure.dimension_value().empty() ? employee : measure.dimension_value();
}

// What planning or personnel is asked for.
std::string RequestOf(const std::string& what, const std::string& employee, absl::CivilDay first, absl::CivilDay last) {
  return nlohmann::json{{"what", what}, {"employee", employee}, {"first", time::DayText(first)}, {"last", time::DayText(last)}}.dump();
}

struct PlanItem {
  std::string item;
  std::string kind;
  std::string owner;
  absl::CivilDay due;
  std::optional<absl::Time> attained;  // of an objective
};

// Replaces the items of a subject. Where it is done, `done` is when, if this event says so; else it stays as it was known.
absl::Status PutItems(record::Transaction& tx, const std::string& subject, int64_t position, const std::vector<PlanItem>& items,
                      bool is_done, std::optional<absl::Time> done) {
  std::optional<absl::Time> known;
  int64_t latest = -1;
  RETURN_IF_ERROR(tx.sql.Query("SELECT position, done_time FROM appraisal_plan_items WHERE subject = ? FOR UPDATE", sql::Bind(subject),
                               [&](const sql::Row& row) {
                                 latest = std::max(latest, row.Int(0));
                                 if (!row.IsNull(1)) known = row.Time(1);
                               }));
  if (latest >= position) return absl::OkStatus();
  if (is_done && !done) done = known;
  RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM appraisal_plan_items WHERE subject = ?", sql::Bind(subject)).status());
  for (const PlanItem& item : items) {
    sql::Value time, attained;
    if (is_done && done) time = *done;
    if (item.attained) attained = *item.attained;
    RETURN_IF_ERROR(
        tx.sql
            .Execute("INSERT INTO appraisal_plan_items (item, subject, kind, owner, due_date, done_time, position, attain_time) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                     {item.item, subject, item.kind, item.owner, time::DayText(item.due), time, position, attained})
            .status());
  }
  return absl::OkStatus();
}

}  // namespace

MeasuredDays MeasuredDaysOf(const v1::AppraisalCycle& cycle, const v1::AppraisalPart& part) {
  const absl::CivilDay first = time::ToDay(cycle.month()), last = EndOf(first, cycle.period()) - 1;
  const bool once =
      cycle.state() == v1::AppraisalCycle::STATE_CLOSED &&
      std::any_of(part.figures().begin(), part.figures().end(), [](const AppraisalFigure& one) { return !one.has_start_date(); });
  if (once) return {first, last, first, last};
  return {time::ToDay(part.start_date()), time::ToDay(part.end_date()), first, last};
}

metrics::v1::QueryMetricRequest MetricRequestOf(const AppraisalMeasure& measure, absl::CivilDay first, absl::CivilDay last) {
  metrics::v1::QueryMetricRequest request;
  request.set_metric(measure.metric());
  *request.mutable_start_date() = time::ToDate(first);
  *request.mutable_end_date() = time::ToDate(last);
  if (!measure.dimension().empty()) request.add_group_by(measure.dimension());
  return request;
}

void TakeMetric(const AppraisalMeasure& measure, const std::string& employee, const metrics::v1::QueryMetricResponse& answer,
                AppraisalFigure& figure) {
  Figures figures;
  for (const metrics::v1::TotalFigures& total : answer.totals()) {
    if (!measure.dimension().empty()) {
      const auto value = total.dimensions().find(measure.dimension());
      if (value == total.dimensions().end() || value->second != ValueOf(measure, employee)) continue;
    }
    figures = total.figures();
  }
  const auto aggregation =
      measure.aggregation() != MetricDefinition::AGGREGATION_UNSPECIFIED ? measure.aggregation() : answer.metric_definition().aggregation();
  TakeFigures(aggregation, figures, figure);
  figure.set_version(answer.source().version());
  if (answer.source().has_watermark()) *figure.mutable_watermark() = answer.source().watermark();
  metrics::v1::QueryMetricResponse timeless = answer;
  timeless.mutable_source()->clear_compute_time();
  figure.set_sha256(Sha256Of(StableBytes(timeless)));
}

bool SameFigure(const AppraisalFigure& a, const AppraisalFigure& b) {
  AppraisalFigure left = a, right = b;
  for (AppraisalFigure* one : {&left, &right}) {
    one->clear_read_time();
    one->clear_watermark();
  }
  return google::protobuf::util::MessageDifferencer::Equals(left, right);
}

FigureSources::FigureSources(const service::Context& context, const Certificates& certificates, const record::Kind<v1::Session>& sessions)
    : context_(context), certificates_(certificates), sessions_(sessions), plan_periods_(context, "planning") {
  context.client("metrics");  // A target that is not configured stops the process now.
  event::Reactions reactions(context, "planning", kFollower);
  reactions.On(this, &FigureSources::OnTask);
  reactions.On(this, &FigureSources::OnProject);
}

absl::Status FigureSources::OnTask(const rpc::Call& call, const event::Change<planning::v1::Task>& change) {
  using planning::v1::Task;
  std::vector<PlanItem> items;
  if (change.after && !change.after->owner().empty() && change.after->has_end_date() && change.after->state() != Task::STATE_CANCELLED) {
    items.push_back({change.subject, kTask, change.after->owner(), time::ToDay(change.after->end_date()), std::nullopt});
  }
  const bool done = change.after && change.after->state() == Task::STATE_DONE;
  const bool now = done && change.action == "complete";
  return context_.store.Write(call, [&](record::Transaction& tx) {
    return PutItems(tx, change.subject, change.position, items, done, now ? std::optional(change.occur_time) : std::nullopt);
  });
}

absl::Status FigureSources::OnProject(const rpc::Call& call, const event::Change<planning::v1::Project>& change) {
  using planning::v1::Project;
  std::vector<PlanItem> items;
  if (change.after && change.after->state() != Project::STATE_CANCELLED) {
    for (int i = 0; i < change.after->objectives_size(); ++i) {
      if (!change.after->objectives(i).has_target_date()) continue;
      items.push_back({absl::StrCat(change.subject, "#", i), kObjective, change.after->owner(),
                       time::ToDay(change.after->objectives(i).target_date()), std::nullopt});
      for (const planning::v1::ObjectiveResult& result : change.after->objective_results()) {
        if (result.objective() != i || !result.attained()) continue;
        items.back().attained = absl::FromCivil(time::ToDay(result.measure_date()), context_.time_zone);
      }
    }
  }
  const bool done = change.after && change.after->state() == Project::STATE_COMPLETED;
  const bool now = done && change.action == "complete";
  return context_.store.Write(call, [&](record::Transaction& tx) {
    return PutItems(tx, change.subject, change.position, items, done, now ? std::optional(change.occur_time) : std::nullopt);
  });
}

absl::Status FigureSources::ReadMetric(const rpc::Call& call, const AppraisalMeasure& measure, const std::string& employee,
                                       const Month& month, Answers& answers, AppraisalFigure& figure) const {
  const metrics::v1::QueryMetricRequest request = MetricRequestOf(measure, month.first, month.last);
  figure.set_method(std::string(metrics::v1::method::QueryMetric.path));
  figure.set_request(record::ToJson(request));
  auto it = answers.find(figure.request());
  if (it == answers.end()) {
    it = answers.emplace(figure.request(), context_.Call(call, metrics::v1::method::QueryMetric, request)).first;
  }
  if (absl::IsNotFound(it->second.status())) return absl::OkStatus();
  RETURN_IF_ERROR(it->second.status());
  TakeMetric(measure, employee, *it->second, figure);
  return absl::OkStatus();
}

absl::Status FigureSources::ReadTarget(sql::Session& session, const AppraisalMeasure& measure, const Month& month,
                                       AppraisalFigure& figure) const {
  ASSIGN_OR_RETURN(const std::vector<planning::v1::PlanPeriod> periods,
                   plan_periods_.Select(session, "WHERE start_date = ? AND end_date = ? ORDER BY name",
                                        sql::Bind(time::DayText(month.first), time::DayText(month.last))));
  for (const planning::v1::PlanPeriod& period : periods) {
    for (const planning::v1::PeriodTarget& target : period.targets()) {
      if (target.metric() != measure.target_metric() || !figure.base().empty()) continue;
      figure.set_base(DecimalText(target.target()));
      figure.set_plan_period(period.name());
      figure.add_subjects(period.name());
    }
  }
  return absl::OkStatus();
}

absl::Status FigureSources::ReadPlan(sql::Session& session, AppraisalMeasure::Source source, const std::string& employee,
                                     const Month& month, AppraisalFigure& figure) const {
  const bool tasks = source == AppraisalMeasure::SOURCE_TASKS_ON_TIME, attained = source == AppraisalMeasure::SOURCE_OBJECTIVES_ATTAINED;
  figure.set_method(kPlanEvents);
  figure.set_request(RequestOf(tasks      ? "tasks due"
                               : attained ? "objectives attained"
                                          : "objectives due",
                               employee, month.first, month.last));
  std::string text;
  int64_t due = 0, in_time = 0;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT item, due_date, ", attained ? "attain_time" : "done_time",
                   ", position FROM appraisal_plan_items WHERE owner = ? AND kind = ? AND due_date BETWEEN ? AND ? ORDER BY item"),
      {employee, std::string(tasks ? kTask : kObjective), time::DayText(month.first), time::DayText(month.last)}, [&](const sql::Row& row) {
        const std::optional<absl::CivilDay> day = time::ParseDay(row.Text(1));
        const bool done = !row.IsNull(2) && day && absl::ToCivilDay(row.Time(2), context_.time_zone) <= *day;
        ++due;
        in_time += done;
        figure.add_subjects(row.Text(0));
        figure.set_last_position(std::max(figure.last_position(), row.Int(3)));
        absl::StrAppend(&text, row.Text(0), " ", row.Text(1), " ", row.IsNull(2) ? "" : time::InstantText(row.Time(2)), "\n");
      }));
  SetNumber(absl::StrCat(in_time), absl::StrCat(due), figure);
  figure.set_version(figure.last_position());
  figure.set_sha256(Sha256Of(text));
  // Complete up to when everything was read last, unless something is stuck.
  return session.Query("SELECT catch_up_time FROM follower WHERE name = ? AND NOT EXISTS (SELECT 1 FROM follower_stuck WHERE follower = ?)",
                       sql::Bind(kFollower, kFollower), [&](const sql::Row& row) {
                         if (!row.IsNull(0)) *figure.mutable_watermark() = time::ToTimestamp(row.Time(0));
                       });
}

absl::Status FigureSources::ReadSessions(sql::Session& session, absl::Time now, const std::string& employee, const Month& month,
                                         AppraisalFigure& figure) const {
  figure.set_method("heitie.personnel.v1.TrainingService/ListSessions");
  figure.set_request(RequestOf("sessions held", employee, month.first, month.last));
  ASSIGN_OR_RETURN(const std::vector<v1::Session> held,
                   sessions_.Select(session, "WHERE trainer = ? AND date BETWEEN ? AND ? ORDER BY name",
                                    sql::Bind(employee, time::DayText(month.first), time::DayText(month.last))));
  std::string text;
  for (const v1::Session& one : held) {
    figure.add_subjects(one.name());
    absl::StrAppend(&text, one.name(), " ", one.etag(), "\n");
  }
  SetNumber(absl::StrCat(held.size()), "1", figure);
  *figure.mutable_watermark() = time::ToTimestamp(now);
  figure.set_sha256(Sha256Of(text));
  return absl::OkStatus();
}

absl::Status FigureSources::ReadCertificates(sql::Session& session, absl::Time now, const std::string& employee, const Month& month,
                                             AppraisalFigure& figure) const {
  figure.set_method("heitie.personnel.v1.TrainingService/ListCertificates");
  figure.set_request(RequestOf("certificates", employee, month.first, month.last));
  ASSIGN_OR_RETURN(const std::vector<v1::Certificate> issued, certificates_.IssuedTo(session, employee));
  std::map<std::string, std::string> counted;
  for (const v1::Certificate& one : issued) {
    const absl::CivilDay day = time::ToDay(one.valid_from());
    if (month.first <= day && day <= month.last) counted[one.name()] = one.etag();
  }
  std::string text;
  for (const auto& [name, etag] : counted) {
    figure.add_subjects(name);
    absl::StrAppend(&text, name, " ", etag, "\n");
  }
  SetNumber(absl::StrCat(counted.size()), "1", figure);
  *figure.mutable_watermark() = time::ToTimestamp(now);
  figure.set_sha256(Sha256Of(text));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AppraisalFigure>> FigureSources::Read(const rpc::Call& call, const v1::AppraisalScheme& scheme,
                                                                 const std::string& employee, const MeasuredDays& days,
                                                                 Answers& answers) const {
  std::vector<AppraisalFigure> figures;
  for (const v1::AppraisalIndicator& indicator : scheme.indicators()) {
    if (!indicator.has_measure()) continue;
    const AppraisalMeasure& measure = indicator.measure();
    const bool whole = !measure.target_metric().empty();
    const absl::CivilDay first = whole ? days.period_first : days.first, last = whole ? days.period_last : days.last;
    const Month month{first, last, absl::FromCivil(last + 1, context_.time_zone)};
    AppraisalFigure figure;
    if (measure.source() == AppraisalMeasure::SOURCE_METRIC) {
      RETURN_IF_ERROR(ReadMetric(call, measure, employee, month, answers, figure));
    }
    RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
      switch (measure.source()) {
        case AppraisalMeasure::SOURCE_TASKS_ON_TIME:
        case AppraisalMeasure::SOURCE_OBJECTIVES:
        case AppraisalMeasure::SOURCE_OBJECTIVES_ATTAINED:
          figure.Clear();
          return ReadPlan(session, measure.source(), employee, month, figure);
        case AppraisalMeasure::SOURCE_SESSIONS_HELD:
          figure.Clear();
          return ReadSessions(session, call.now, employee, month, figure);
        case AppraisalMeasure::SOURCE_CERTIFICATES:
          figure.Clear();
          return ReadCertificates(session, call.now, employee, month, figure);
        default:
          figure.clear_base();
          figure.clear_plan_period();
          figure.clear_subjects();
          return measure.target_metric().empty() ? absl::OkStatus() : ReadTarget(session, measure, month, figure);
      }
    }));
    figure.set_indicator(indicator.id());
    *figure.mutable_start_date() = time::ToDate(first);
    *figure.mutable_end_date() = time::ToDate(last);
    *figure.mutable_read_time() = time::ToTimestamp(call.now);
    figure.set_provisional(!figure.has_watermark() || time::ToTime(figure.watermark()) < month.end);
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace heitie::personnel
