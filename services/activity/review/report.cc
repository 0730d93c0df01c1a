#include "services/activity/review/report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/text/figure.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/page.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/activity/v1/service_attainment.pb.h"
#include "heitie/type/v1/fact.pb.h"
#include "services/activity/review/comparison.h"
#include "services/activity/review/figures.h"

namespace heitie::activity {

using status::Language;
using text::EscapeLine;
using text::EscapeText;
using text::Sha256Hex;
using text::Table;
using text::ToHtmlPage;
using v1::Report;
using v1::Target;

const status::Reason kNotSettled{absl::StatusCode::kUnavailable, "NOT_SETTLED",
                                 "The unspent money of {activity} is still being freed; try again soon.",
                                 "{activity} 未用的資金仍在釋放中，請稍後再試。"};

const status::Reason kNotReviewed{absl::StatusCode::kFailedPrecondition, "NOT_REVIEWED", "There is no report yet of: {activities:list}.",
                                  "尚無報告：{activities:list}。"};

namespace {

// Attainment is told of a year at most.
constexpr absl::Duration kLongestAttainment = absl::Hours(24 * 365);
constexpr absl::Duration kSettledAfter = absl::Seconds(2);
constexpr absl::Duration kForgettingInterval = absl::Hours(1);
constexpr size_t kForgottenAtOnce = 20;

using status::Phrase;

const Phrase kReport{"Activity report", "活動總結"}, kActivity{"Activity", "活動"}, kProject{"Project", "專案"},
    kScheme{"Scheme", "實施方案"}, kOwner{"Owner", "責任人"}, kPlanned{"Planned", "計劃"}, kLive{"Live", "上線"},
    kFiguresAt{"Figures as of", "資料時間"}, kAuthor{"Written by", "撰寫人"}, kSummary{"Summary", "摘要"},
    kTargets{"Targets and results", "目標與結果"}, kMeasure{"Measure", "指標"}, kGoal{"Target", "目標"}, kActual{"Actual", "實際"},
    kAttainment{"Attainment", "達成率"}, kReached{"Reached", "達成"}, kYes{"yes", "是"}, kNo{"no", "否"}, kNoData{"no data", "無資料"},
    kCounts{"What was counted", "資料"}, kCosts{"Costs", "成本"}, kCommitted{"Committed, not spent", "已承付未支出"},
    kMaterials{"Materials", "物資"}, kItem{"Item", "物品"}, kUnit{"Unit", "單位"}, kIssued{"Issued", "領用"}, kReturned{"Returned", "歸還"},
    kProblems{"Problems", "問題"}, kImprovements{"Improvements", "改進措施"}, kSources{"Sources", "資料來源"}, kSubject{"Subject", "對象"},
    kForecasts{"Forecast and actual", "預測與實際"}, kForecast{"Forecast", "預測"}, kError{"Error", "誤差"}, kRatio{"Ratio", "比值"},
    kBenefit{"Benefit", "效益"}, kIncidents{"Incidents", "事故"}, kState{"State", "狀態"}, kBegan{"Began", "開始"}, kOver{"Over", "結束"},
    kPaused{"Paused the activity", "暫停活動"}, kOutcome{"What was done", "處理結果"}, kAdjustments{"Adjustments", "調整"},
    kHypothesis{"Hypothesis", "假設"}, kApplied{"Applied", "實施"}, kEffect{"Effect", "效果"}, kConclusion{"Conclusion", "結論"},
    kStrength{"Strength of evidence", "證據強度"}, kConfounded{"confounded", "受其他調整干擾"},
    kAttainments{"Answered in time", "準時回應"}, kClock{"Clock", "時鐘"}, kMet{"Met", "達成"}, kBreached{"Breached", "逾時"},
    kExcused{"Excused", "免責"}, kAvailabilities{"Pages", "頁面"}, kPage{"Page", "頁面"}, kUp{"Up", "可用時間"}, kDown{"Down", "中斷時間"},
    kAvailability{"Availability", "可用率"}, kVersion{"Version", "版本"}, kStatement{"Statement", "說明"}, kNone{"None.", "無。"};
const Phrase kParticipants{"Participants", "參與人數"}, kImpressions{"Impressions", "曝光"}, kClicks{"Clicks", "點擊"},
    kConversions{"Conversions", "轉換"}, kConverters{"Converters", "轉換人數"},
    kOutside{"Converters outside the denominator", "轉換人數（不在分母之內）"}, kCtr{"Click-through rate", "點擊率"},
    kCvr{"Conversion rate", "轉換率"}, kCost{"Cost", "成本"};

// Writes one report; its language is fixed.
class Writer {
 public:
  explicit Writer(const Report& report)
      : report_(report),
        snapshot_(report.snapshot()),
        activity_(snapshot_.activity()),
        language_(status::ParseLanguage(report.language_code())) {}

  std::string Write() {
    out_ = absl::StrCat("# ", Say(kReport), ": ", EscapeLine(activity_.title()), "\n\n");
    Facts();
    Section(kSummary, EscapeText(report_.summary()));
    Section(kTargets, Targets());
    KnownSection(kForecasts, Forecasts());
    Section(kCounts, Counts());
    Section(kCosts, Costs());
    Section(kMaterials, Materials());
    KnownSection(kIncidents, Incidents());
    KnownSection(kAdjustments, Adjustments());
    KnownSection(kAttainments, Attainments());
    KnownSection(kAvailabilities, Availabilities());
    Section(kProblems, List(report_.problems()));
    Section(kImprovements, List(report_.improvements()));
    Section(kSources, Sources());
    return std::move(out_);
  }

 private:
  std::string Say(const Phrase& phrase) const { return phrase.In(language_); }

  std::string When(const google::protobuf::Timestamp& time) const {
    return EscapeLine(time::LocalText(time::ToTime(time), activity_.time_zone()));
  }
  std::string Percent(double fraction) const { return absl::StrFormat("%.2f %%", fraction * 100); }
  std::string Amount(int64_t minor) const { return text::Money(minor, snapshot_.costs().currency_code()); }

  // "Spring sale (projects/spring)", or the name alone.
  std::string Called(const std::string& name) const {
    for (const v1::ReportName& entry : snapshot_.names()) {
      if (entry.name() == name) return absl::StrCat(EscapeLine(entry.display_name()), " (", EscapeLine(name), ")");
    }
    return EscapeLine(name);
  }

  void Section(const Phrase& heading, const std::string& body) {
    absl::StrAppend(&out_, "\n## ", Say(heading), "\n\n", body.empty() ? Say(kNone) : body);
    if (out_.back() != '\n') out_ += '\n';
  }

  // Left out while nothing is known of it.
  void KnownSection(const Phrase& heading, const std::string& body) {
    if (!body.empty()) Section(heading, body);
  }

  void Facts() {
    absl::StrAppend(&out_, Table({Say(kActivity), EscapeLine(activity_.name())},
                                 {{Say(kProject), Called(activity_.project())},
                                  {Say(kScheme), Called(activity_.scheme())},
                                  {Say(kOwner), Called(activity_.owner())},
                                  {Say(kPlanned), absl::StrCat(When(activity_.start_time()), " – ", When(activity_.end_time()))},
                                  {Say(kLive), absl::StrCat(When(activity_.launch_time()), " – ", When(activity_.close_time()))},
                                  {Say(kFiguresAt), When(snapshot_.time())},
                                  {Say(kAuthor), Called(report_.creator())}}));
  }

  std::string MeasureName(const Target& target) const {
    switch (target.measure()) {
      case Target::MEASURE_PARTICIPANTS:
        return Say(kParticipants);
      case Target::MEASURE_IMPRESSIONS:
        return Say(kImpressions);
      case Target::MEASURE_CLICKS:
        return Say(kClicks);
      case Target::MEASURE_CONVERSIONS:
        return Say(kConversions);
      case Target::MEASURE_CLICK_THROUGH_RATE:
        return Say(kCtr);
      case Target::MEASURE_CONVERSION_RATE:
        return Say(kCvr);
      case Target::MEASURE_COST:
        return Say(kCost);
      default:
        return MetricName(target.metric());
    }
  }

  std::string MetricName(const std::string& name) const {
    const v1::ReportMetric* const metric = FindMetric(snapshot_, name);
    return EscapeLine(metric == nullptr ? name : metric->display_name());
  }

  std::string Figure(const Target& target, double value) const {
    switch (target.measure()) {
      case Target::MEASURE_CLICK_THROUGH_RATE:
      case Target::MEASURE_CONVERSION_RATE:
        return Percent(value);
      case Target::MEASURE_COST:
        return Amount(Whole(value));
      case Target::MEASURE_METRIC:
        return MetricFigure(FindMetric(snapshot_, target.metric()), value);
      default:
        return text::Number(value);
    }
  }

  static std::string MetricFigure(const v1::ReportMetric* metric, double value) {
    if (metric == nullptr) return text::Number(value);
    if (!metric->currency_code().empty()) return text::Money(Whole(value), metric->currency_code());
    return absl::StrCat(text::Number(value), " ", EscapeLine(metric->unit()));
  }

  // The integer next to a figure of minor units; figures of more than 9·10¹⁸ are none that money comes to.
  static int64_t Whole(double value) { return std::llround(std::clamp(value, -9e18, 9e18)); }

  std::string Targets() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::TargetResult& result : snapshot_.results()) {
      const Target& target = result.target();
      rows.push_back({MeasureName(target), absl::StrCat(IsCeiling(target) ? "≤ " : "≥ ", Figure(target, target.target())),
                      result.has_actual() ? Figure(target, result.actual()) : Say(kNoData),
                      result.has_attainment() ? Percent(result.attainment()) : Say(kNoData), Say(result.attained() ? kYes : kNo)});
    }
    return rows.empty() ? "" : Table({Say(kMeasure), Say(kGoal), Say(kActual), Say(kAttainment), Say(kReached)}, rows);
  }

  // What was forecast, and a figure of it.
  std::string ForecastName(const v1::ForecastResult& forecast) const {
    if (forecast.kind() == v1::ForecastResult::KIND_COST) return Say(kCost);
    if (forecast.kind() == v1::ForecastResult::KIND_BENEFIT) {
      return forecast.metric().empty() ? Say(kBenefit) : absl::StrCat(Say(kBenefit), ": ", MetricName(forecast.metric()));
    }
    return MeasureName(TargetOf(forecast));
  }
  std::string ForecastFigure(const v1::ForecastResult& forecast, double value) const {
    if (forecast.kind() == v1::ForecastResult::KIND_TARGET) return Figure(TargetOf(forecast), value);
    return text::Money(Whole(value), forecast.currency_code());
  }
  static Target TargetOf(const v1::ForecastResult& forecast) {
    Target target;
    target.set_measure(forecast.measure());
    target.set_metric(forecast.metric());
    return target;
  }

  std::string Forecasts() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::ForecastResult& forecast : snapshot_.forecasts()) {
      rows.push_back({ForecastName(forecast), forecast.has_forecast() ? ForecastFigure(forecast, forecast.forecast()) : Say(kNoData),
                      forecast.has_actual() ? ForecastFigure(forecast, forecast.actual()) : Say(kNoData),
                      forecast.has_error() ? absl::StrFormat("%+.2f %%", forecast.error() * 100) : Say(kNoData),
                      forecast.has_ratio() ? text::Number(forecast.ratio()) : Say(kNoData), EscapeLine(forecast.source())});
    }
    return rows.empty() ? "" : Table({Say(kMeasure), Say(kForecast), Say(kActual), Say(kError), Say(kRatio), Say(kSources)}, rows);
  }

  // Values of enums are the same in every language, as the contract spells them.
  template <typename F>
  static std::string Spelled(const std::string& prefix, const F& name) {
    return std::string(absl::StripPrefix(std::string(name), prefix));
  }

  std::string Incidents() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::ReportIncident& incident : snapshot_.incidents()) {
      rows.push_back({EscapeLine(incident.title()), EscapeLine(incident.state()), When(incident.start_time()),
                      incident.has_end_time() ? When(incident.end_time()) : "", Say(incident.has_pause_time() ? kYes : kNo),
                      EscapeLine(incident.outcome())});
    }
    return rows.empty() ? "" : Table({Say(kSubject), Say(kState), Say(kBegan), Say(kOver), Say(kPaused), Say(kOutcome)}, rows);
  }

  std::string Adjustments() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::ReportAdjustment& adjustment : snapshot_.adjustments()) {
      const bool judged = adjustment.strength() != metrics::v1::STRENGTH_UNSPECIFIED;
      std::string strength = judged ? Spelled("STRENGTH_", metrics::v1::Strength_Name(adjustment.strength())) : Say(kNoData);
      if (adjustment.confounded()) absl::StrAppend(&strength, " (", Say(kConfounded), ")");
      rows.push_back({EscapeLine(adjustment.title()), EscapeLine(adjustment.hypothesis()),
                      Spelled("STATE_", v1::Adjustment::State_Name(adjustment.state())),
                      adjustment.has_apply_time() ? When(adjustment.apply_time()) : "",
                      adjustment.has_effect() ? text::Number(adjustment.effect()) : Say(kNoData),
                      judged ? Spelled("CONCLUSION_", metrics::v1::Conclusion_Name(adjustment.conclusion())) : Say(kNoData), strength});
    }
    return rows.empty()
               ? ""
               : Table({Say(kSubject), Say(kHypothesis), Say(kState), Say(kApplied), Say(kEffect), Say(kConclusion), Say(kStrength)}, rows);
  }

  std::string Attainments() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::ReportAttainment& kept : snapshot_.attainments()) {
      rows.push_back({EscapeLine(kept.subject()), EscapeLine(kept.clock()), text::Count(kept.met_count()),
                      text::Count(kept.breached_count()), text::Count(kept.excused_count()),
                      kept.has_attainment() ? Percent(kept.attainment()) : Say(kNoData)});
    }
    return rows.empty() ? "" : Table({Say(kSubject), Say(kClock), Say(kMet), Say(kBreached), Say(kExcused), Say(kAttainment)}, rows);
  }

  static std::string Lasting(const google::protobuf::Duration& duration) {
    return absl::FormatDuration(absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos()));
  }

  std::string Availabilities() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::ReportAvailability& page : snapshot_.availabilities()) {
      rows.push_back({EscapeLine(page.display_name().empty() ? page.page() : page.display_name()), Lasting(page.up_duration()),
                      Lasting(page.down_duration()), page.has_availability() ? Percent(page.availability()) : Say(kNoData)});
    }
    return rows.empty() ? "" : Table({Say(kPage), Say(kUp), Say(kDown), Say(kAvailability)}, rows);
  }

  std::string Counts() const {
    const v1::ReportCounters& counters = snapshot_.counters();
    return Table({Say(kMeasure), Say(kActual)},
                 {{Say(kParticipants), text::Count(counters.participants())},
                  {Say(kImpressions), text::Count(counters.impressions())},
                  {Say(kClicks), text::Count(counters.clicks())},
                  {Say(kConversions), text::Count(counters.conversions())},
                  {Say(kConverters), text::Count(counters.converters())},
                  {Say(kOutside), text::Count(counters.converters_outside_denominator())},
                  {Say(kCtr), counters.has_click_through_rate() ? Percent(counters.click_through_rate()) : Say(kNoData)},
                  {Say(kCvr), counters.has_conversion_rate() ? Percent(counters.conversion_rate()) : Say(kNoData)}});
  }

  std::string Costs() const {
    const v1::ReportCosts& costs = snapshot_.costs();
    return Table({Say(kPlanned), Say(kActual), Say(kCommitted)},
                 {{Amount(costs.planned_minor()), Amount(costs.actual_minor()), Amount(costs.committed_minor())}});
  }

  std::string Materials() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::ReportMaterial& material : snapshot_.materials()) {
      rows.push_back({EscapeLine(material.display_name().empty() ? material.item() : material.display_name()), EscapeLine(material.unit()),
                      text::Count(material.planned_quantity()), text::Count(material.issued_quantity()),
                      text::Count(material.returned_quantity())});
    }
    return rows.empty() ? "" : Table({Say(kItem), Say(kUnit), Say(kPlanned), Say(kIssued), Say(kReturned)}, rows);
  }

  std::string List(const google::protobuf::RepeatedPtrField<std::string>& texts) const {
    std::string list;
    for (const std::string& text : texts) absl::StrAppend(&list, "- ", EscapeLine(text), "\n");
    return list;
  }

  std::string Sources() const {
    std::vector<std::vector<std::string>> rows;
    for (const type::v1::Fact& source : snapshot_.sources()) {
      rows.push_back({EscapeLine(source.subject()), EscapeLine(source.version()), EscapeLine(source.statement())});
    }
    return Table({Say(kSubject), Say(kVersion), Say(kStatement)}, rows);
  }

  const Report& report_;
  const v1::ReportSnapshot& snapshot_;
  const v1::Activity& activity_;
  const Language language_;
  std::string out_;
};

v1::ReportIncident Told(const v1::Incident& incident) {
  v1::ReportIncident told;
  told.set_incident(incident.name());
  told.set_title(incident.title());
  told.set_state(std::string(absl::StripPrefix(v1::Incident::State_Name(incident.state()), "STATE_")));
  *told.mutable_start_time() = incident.has_episode_time() ? incident.episode_time() : incident.create_time();
  for (const auto* end : {&incident.mitigate_time(), &incident.clear_time(), &incident.alert_end_time(), &incident.close_time()}) {
    if (time::ToTime(*end) <= absl::UnixEpoch()) continue;
    *told.mutable_end_time() = *end;
    break;
  }
  if (incident.has_pause_time()) *told.mutable_pause_time() = incident.pause_time();
  for (const std::string* what : {&incident.outcome(), &incident.resolution(), &incident.mitigation()}) {
    if (told.outcome().empty()) told.set_outcome(*what);
  }
  return told;
}

v1::ReportAdjustment Told(const v1::Adjustment& adjustment) {
  v1::ReportAdjustment told;
  told.set_adjustment(adjustment.name());
  told.set_title(adjustment.title());
  told.set_hypothesis(adjustment.hypothesis());
  told.set_state(adjustment.state());
  told.set_metric(adjustment.metric().metric());
  if (adjustment.has_apply_time()) *told.mutable_apply_time() = adjustment.apply_time();
  told.set_conclusion(adjustment.conclusion());
  told.set_strength(adjustment.strength());
  if (adjustment.verdict().target().has_estimate()) told.set_effect(adjustment.verdict().target().estimate().effect());
  told.set_confounded(adjustment.confounded());
  return told;
}

// By kind and target, whatever the priority.
std::vector<v1::ReportAttainment> AttainmentsOf(const v1::ComputeServiceAttainmentResponse& kept) {
  std::map<std::pair<int, int>, v1::ReportAttainment> all;
  for (const v1::AttainmentLine& line : kept.lines()) {
    v1::ReportAttainment& attainment = all[{line.kind(), line.target()}];
    attainment.set_subject(std::string(absl::StripPrefix(v1::ServiceKind_Name(line.kind()), "SERVICE_KIND_")));
    attainment.set_clock(std::string(absl::StripPrefix(v1::ServiceClock::Target_Name(line.target()), "TARGET_")));
    attainment.set_met_count(attainment.met_count() + line.met_count());
    attainment.set_breached_count(attainment.breached_count() + line.breached_count());
    attainment.set_excused_count(attainment.excused_count() + line.excused_count());
  }
  std::vector<v1::ReportAttainment> attainments;
  for (auto& [of, attainment] : all) {
    const int64_t decided = attainment.met_count() + attainment.breached_count();
    if (decided > 0) attainment.set_attainment(static_cast<double>(attainment.met_count()) / static_cast<double>(decided));
    attainments.push_back(std::move(attainment));
  }
  return attainments;
}

}  // namespace

std::string WriteMarkdown(const Report& report) { return Writer(report).Write(); }

bool ForgetPeople(Report& report) {
  auto& names = *report.mutable_snapshot()->mutable_names();
  const int before = names.size();
  for (int i = names.size() - 1; i >= 0; --i) {
    if (!absl::StartsWith(names[i].name(), "employees/")) continue;
    const std::string name = EscapeLine(names[i].name());
    report.set_markdown(
        absl::StrReplaceAll(report.markdown(), {{absl::StrCat(EscapeLine(names[i].display_name()), " (", name, ")"), name}}));
    names.DeleteSubrange(i, 1);
  }
  if (names.size() == before) return false;
  report.set_digest(Sha256Hex(report.markdown()));
  return true;
}

Reports::Reports(service::Context context, Activities& activities, const Adjustments& adjustments, const ReviewPolicies& policies,
                 const Employees& employees, Clocks& clocks, Pages& pages)
    : context_(context),
      activities_(activities),
      adjustments_(adjustments),
      policies_(policies),
      employees_(employees),
      clocks_(clocks),
      pages_(pages),
      reports_(context.store) {
  reports_.SetDecorator([this](sql::Session& session, Report& report) { return NamePeople(session, report); });
  context.jobs.Recur("forget-names-in-reports", kForgettingInterval,
                     [this](const rpc::Call& call, const job::Job&) { return ForgetStored(call); });
}

// The owner and the author; without a name where they have none any more, or none is known yet.
absl::Status Reports::NamePeople(sql::Session& session, Report& report) const {
  std::set<std::string> people = {report.snapshot().activity().owner(), report.creator()};
  for (const v1::ReportName& entry : report.snapshot().names()) people.erase(entry.name());
  for (const std::string& name : people) {
    const absl::StatusOr<personnel::v1::Employee> person = employees_.Find(session, name);
    if (!person.ok() || person->display_name().empty()) continue;
    v1::ReportName& entry = *report.mutable_snapshot()->add_names();
    entry.set_name(name);
    entry.set_display_name(person->display_name());
  }
  return absl::OkStatus();
}

absl::Status Reports::ForgetIn(record::Transaction& tx, Report report) const {
  if (!ForgetPeople(report)) return absl::OkStatus();
  Report only;
  *only.mutable_snapshot() = report.snapshot();
  RETURN_IF_ERROR(tx.sql
                      .Execute("UPDATE reports SET snapshot = ?, markdown = ?, digest = ? WHERE name = ?",
                               sql::Bind(record::ToJson(only), report.markdown(), report.digest(), report.name()))
                      .status());
  std::vector<std::pair<int64_t, std::string>> events;
  RETURN_IF_ERROR(tx.sql.Query("SELECT sequence, payload FROM event WHERE aggregateid = ?", sql::Bind(report.name()),
                               [&](const sql::Row& row) { events.emplace_back(row.Int(0), row.Text(1)); }));
  for (const auto& [sequence, json] : events) {
    Report told;
    if (!record::FromJson(json, &told) || !ForgetPeople(told)) continue;
    RETURN_IF_ERROR(tx.sql.Execute("UPDATE event SET payload = ? WHERE sequence = ?", sql::Bind(record::ToJson(told), sequence)).status());
  }
  struct Answer {
    std::string principal, request_id, response;
  };
  std::vector<Answer> answers;
  RETURN_IF_ERROR(tx.sql.Query("SELECT principal, request_id, response FROM idempotency WHERE INSTR(response, ?) > 0",
                               sql::Bind(report.name()), [&](const sql::Row& row) {
                                 answers.push_back({row.Text(0), row.Text(1), row.Text(2)});
                               }));
  for (const Answer& answer : answers) {
    Report told;
    if (!told.ParseFromString(answer.response) || told.name() != report.name() || !ForgetPeople(told)) continue;
    RETURN_IF_ERROR(tx.sql
                        .Execute("UPDATE idempotency SET response = ? WHERE principal = ? AND request_id = ?",
                                 sql::Bind(told.SerializeAsString(), answer.principal, answer.request_id))
                        .status());
  }
  return absl::OkStatus();
}

job::Outcome Reports::ForgetStored(const rpc::Call& call) {
  size_t found = 0;
  const absl::Status status = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    // An activity names people otherwise than so.
    ASSIGN_OR_RETURN(
        const std::vector<Report> reports,
        reports_.Select(tx.sql, "WHERE snapshot LIKE '%\"name\":\"employees/%' ORDER BY name LIMIT ?", sql::Bind(kForgottenAtOnce)));
    found = reports.size();
    for (const Report& report : reports) RETURN_IF_ERROR(ForgetIn(tx, report));
    return absl::OkStatus();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return found == kForgottenAtOnce ? job::Outcome::Again(call.now) : job::Outcome::Done();
}

absl::Status Reports::TellCourse(sql::Session& session, v1::ReportSnapshot& snapshot) const {
  const std::string& activity = snapshot.activity().name();
  if (const std::optional<record::Collection> incidents = record::Collection::Of(context_.store, *v1::Incident::descriptor())) {
    RETURN_IF_ERROR(incidents->SelectChildren(session, activity, nullptr, [&](const google::protobuf::Message& row) {
      *snapshot.add_incidents() = Told(static_cast<const v1::Incident&>(row));
    }));
  }
  ASSIGN_OR_RETURN(std::vector<v1::Adjustment> adjustments, adjustments_.kind().Children(session, activity));
  std::stable_sort(adjustments.begin(), adjustments.end(),
                   [](const auto& a, const auto& b) { return time::ToTime(a.create_time()) < time::ToTime(b.create_time()); });
  for (const v1::Adjustment& adjustment : adjustments) *snapshot.add_adjustments() = Told(adjustment);
  std::stable_sort(snapshot.mutable_incidents()->begin(), snapshot.mutable_incidents()->end(),
                   [](const auto& a, const auto& b) { return time::ToTime(a.start_time()) < time::ToTime(b.start_time()); });
  return absl::OkStatus();
}

absl::Status Reports::TellService(const rpc::Call& call, v1::ReportSnapshot& snapshot) const {
  const v1::Activity& activity = snapshot.activity();
  const absl::Time launch = time::ToTime(activity.launch_time());
  v1::ComputeServiceAttainmentRequest period;
  // What came in while it ran may have been decided since.
  *period.mutable_start_time() = time::ToTimestamp(std::max(launch, call.now - kLongestAttainment));
  *period.mutable_end_time() = time::ToTimestamp(call.now + absl::Microseconds(1));
  period.set_activity(activity.name());
  ASSIGN_OR_RETURN(const v1::ComputeServiceAttainmentResponse kept, clocks_.ComputeAttainment(call, period));
  for (v1::ReportAttainment& attainment : AttainmentsOf(kept)) *snapshot.add_attainments() = std::move(attainment);
  ASSIGN_OR_RETURN(const std::vector<v1::Page> pages,
                   context_.store.Read(call, [&](sql::Session& session) { return pages_.kind().Children(session, activity.name()); }));
  for (const v1::Page& page : pages) {
    v1::GetPageAvailabilityRequest whole;
    whole.set_name(page.name());
    *whole.mutable_start_time() = activity.launch_time();
    *whole.mutable_end_time() = activity.close_time();
    ASSIGN_OR_RETURN(const v1::PageAvailability known, pages_.Available(call, whole));
    if (!known.has_availability()) continue;
    v1::ReportAvailability& available = *snapshot.add_availabilities();
    available.set_page(page.name());
    available.set_display_name(page.title());
    *available.mutable_up_duration() = known.up();
    *available.mutable_down_duration() = known.down();
    available.set_availability(known.availability());
  }
  return absl::OkStatus();
}

absl::StatusOr<Report> Reports::Latest(sql::Session& session, const std::string& activity) const {
  ASSIGN_OR_RETURN(const std::vector<Report> reports, reports_.Children(session, activity));
  const auto last = std::max_element(reports.begin(), reports.end(), [](const Report& a, const Report& b) {
    return time::ToTime(a.create_time()) < time::ToTime(b.create_time());
  });
  if (last == reports.end()) return status::NotFound(activity + "/reports/-");
  return *last;
}

absl::StatusOr<Report> Reports::Compose(const rpc::Call& call, const v1::CreateReportRequest& request) const {
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Get(call, request.parent()));
  RETURN_IF_ERROR(ActivityMachine().Next(activity.name(), activity.state(), "create_report").status());
  if (!activity.has_settle_time()) return status::RetryLater(kNotSettled, kSettledAfter, {{"activity", activity.name()}});
  Report report;
  report.set_name(
      absl::StrCat(request.parent(), "/reports/", request.report_id().empty() ? record::NewId(context_.clock.Now()) : request.report_id()));
  report.set_summary(request.report().summary());
  *report.mutable_problems() = request.report().problems();
  *report.mutable_improvements() = request.report().improvements();
  report.set_creator(call.principal.name);
  report.set_language_code(status::LanguageTag(call.language));
  report.set_benefit_metric(request.report().benefit_metric());
  ASSIGN_OR_RETURN(*report.mutable_snapshot(), TakeSnapshot(context_, call, activity, report));
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) { return TellCourse(session, *report.mutable_snapshot()); }));
  RETURN_IF_ERROR(TellService(call, *report.mutable_snapshot()));
  report.set_markdown(WriteMarkdown(report));
  report.set_digest(Sha256Hex(report.markdown()));
  return report;
}

absl::StatusOr<Report> Reports::Create(const rpc::Call& call, const v1::CreateReportRequest& request) {
  Report composed, created;
  const auto compose = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(composed, Compose(call, request));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, &created, compose, [&](record::Transaction& tx) -> absl::Status {
    created = composed;
    // The version that the snapshot shows, or none.
    RETURN_IF_ERROR(
        activities_.kind().Change(tx, record::Target(request.parent(), composed.snapshot().activity().etag()), "create_report").status());
    return reports_.Insert(tx, created);
  }));
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) { return NamePeople(session, created); }));
  return created;
}

absl::StatusOr<v1::CompareActivitiesResponse> Reports::CompareActivities(const rpc::Call& call,
                                                                         const v1::CompareActivitiesRequest& request) {
  return context_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::CompareActivitiesResponse> {
    ASSIGN_OR_RETURN(const v1::ReviewPolicy policy, policies_.InForce(session, call.now));
    std::vector<Report> reports;
    std::vector<std::string> without;
    for (const std::string& name : request.activities()) {
      RETURN_IF_ERROR(activities_.kind().Find(session, name).status());
      const absl::StatusOr<Report> report = Latest(session, name);
      if (absl::IsNotFound(report.status())) {
        without.push_back(name);
        continue;
      }
      RETURN_IF_ERROR(report.status());
      reports.push_back(*report);
    }
    if (!without.empty()) return status::Error(kNotReviewed, {{"activities", absl::StrJoin(without, ", ")}});
    return CompareReports(reports, policy.alpha());
  });
}

absl::StatusOr<v1::RenderReportResponse> Reports::Render(const rpc::Call& call, const v1::RenderReportRequest& request) {
  ASSIGN_OR_RETURN(const Report report, reports_.Get(call, request.name()));
  const bool html = request.format() == v1::RenderReportRequest::FORMAT_HTML;
  v1::RenderReportResponse response;
  response.set_media_type(html ? "text/html; charset=utf-8" : "text/markdown; charset=utf-8");
  response.set_content(html ? ToHtmlPage(report.markdown(), report.snapshot().activity().title(), report.language_code())
                            : report.markdown());
  response.set_digest(report.digest());
  return response;
}

void Reports::Bind(record::Methods& methods) {
  methods.Reads(reports_);
  methods.Bind("CreateReport", this, &Reports::Create);
  methods.Bind("RenderReport", this, &Reports::Render);
  methods.Bind("CompareActivities", this, &Reports::CompareActivities);
}

}  // namespace heitie::activity
