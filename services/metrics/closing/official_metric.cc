#include "services/metrics/closing/official_metric.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics {

const status::Reason kBadOfficialMetric{absl::StatusCode::kInvalidArgument, "BAD_OFFICIAL_METRIC", "It cannot be official: {why}.",
                                        "不能列為正式指標：{why}。"};

namespace {

const status::Phrase kCodeTwice{"another metric has the same code", "另一項指標使用相同代碼"};
const status::Phrase kRelativePeriod{"its period counts back from the end of the month, as the last month does",
                                     "期間須由該月月底往前推算，例如最近一個月"};
const status::Phrase kNoSegments{"a segment may be changed later", "分群日後可能變更"};
const status::Phrase kNoExplanation{"what is kept holds figures only", "保存內容僅含資料"};

std::set<std::string> MetricsOf(const v1::OfficialMetricList& list) {
  std::set<std::string> metrics;
  for (v1::OfficialMetric official : list.metrics()) {
    for (const v1::Figure* figure : analysis::FiguresIn(*official.mutable_question())) {
      if (!figure->metric().empty()) metrics.insert(figure->metric());
    }
  }
  return metrics;
}

}  // namespace

absl::Status CheckOfficialMetrics(const v1::OfficialMetricList& list, const absl::TimeZone& zone) {
  status::BadFields bad;
  std::set<std::string> codes;
  for (int i = 0; i < list.metrics_size(); ++i) {
    const v1::OfficialMetric& metric = list.metrics(i);
    const std::string path = absl::StrCat("official_metric_list.metrics[", i, "]");
    const auto complain = [&](const char* field, const status::Phrase& why) { bad.Add(path + field, kBadOfficialMetric, {{"why", why}}); };
    if (!codes.insert(metric.code()).second) complain(".code", kCodeTwice);
    if (metric.question().period().has_dates() || metric.question().period().has_window()) complain(".question.period", kRelativePeriod);
    if (!metric.question().segments().empty()) complain(".question.segments", kNoSegments);
    if (metric.question().explain()) complain(".question.explain", kNoExplanation);
    analysis::PlanOf(metric.question(), zone, absl::UnixEpoch() + absl::Hours(24) * 36500, path + ".question", bad);
  }
  return bad.status();
}

OfficialMetrics::OfficialMetrics(record::Store& store, const record::Kind<v1::MetricDefinition>& definitions, const Questions& questions)
    : versions_(store, "officialMetricLists/default",
                [&questions](const v1::OfficialMetricList& list) { return CheckOfficialMetrics(list, questions.zone()); }) {
  versions_.SetPublishCheck([&questions, &definitions](record::Transaction& tx, const v1::OfficialMetricList& list) -> absl::Status {
    for (const v1::OfficialMetric& metric : list.metrics()) RETURN_IF_ERROR(questions.CheckNames(tx.sql, metric.question(), tx.call.now));
    for (const std::string& metric : MetricsOf(list)) RETURN_IF_ERROR(definitions.Guard(tx, metric).status());
    return absl::OkStatus();
  });
}

absl::StatusOr<std::string> OfficialMetrics::UseOf(record::Transaction& tx, const std::string& metric) const {
  ASSIGN_OR_RETURN(const std::vector<v1::OfficialMetricList> published,
                   versions_.kind().Select(tx.sql, "WHERE state = 'STATE_PUBLISHED' ORDER BY name"));
  for (const v1::OfficialMetricList& list : published) {
    if (MetricsOf(list).contains(metric)) return list.name();
  }
  return std::string();
}

}  // namespace heitie::metrics
