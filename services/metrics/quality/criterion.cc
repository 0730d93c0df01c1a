#include "services/metrics/quality/criterion.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/statistics/robust.h"
#include "common/time/day.h"

namespace heitie::metrics {

const status::Reason kQualityCriterionMissing{absl::StatusCode::kInvalidArgument, "QUALITY_CRITERION_MISSING",
                                              "Say what must hold: exactly one kind.", "請說明須符合的條件：恰好設定一種。"};
const status::Reason kQualitySubject{absl::StatusCode::kInvalidArgument, "QUALITY_SUBJECT", "This criterion looks at {why}.",
                                     "此條件檢視的對象：{why}。"};
const status::Reason kQualityBounds{absl::StatusCode::kInvalidArgument, "QUALITY_BOUNDS",
                                    "At least one bound is set, and the lower one is not above the upper one.",
                                    "至少設定一個界限，且下限不得高於上限。"};

namespace {

using v1::QualityCheck;
using v1::QualityCriterion;
using v1::QualityResult;

const status::Phrase kOneName{"events of one name or measurements of one name, not both", "單一事件名稱或單一量測名稱，不可兩者皆設定"};
const status::Phrase kNoName{"whole producers, not names", "整個生產者，不可設定名稱"};
const status::Phrase kSomeName{"one name", "單一名稱，須設定"};
const status::Phrase kNoProducer{"what all producers deliver together", "所有生產者合計，不可設定生產者"};
const status::Phrase kProducerAndName{"one name of one producer", "單一生產者的單一名稱，兩者皆須設定"};
const status::Phrase kProducerOrName{"a producer, a name, or both", "生產者、名稱，或兩者"};

// Which of the two a criterion needs or forbids.
void CheckSubject(const QualityCheck& check, status::BadFields& bad) {
  const bool named = !check.event_name().empty() || !check.measurement_name().empty(), produced = !check.producer().empty();
  const auto need = [&](bool fits, const char* field, const status::Phrase& why) {
    if (!fits) bad.Add(absl::StrCat("quality_check.", field), kQualitySubject, {{"why", why}});
  };
  need(check.event_name().empty() || check.measurement_name().empty(), "measurement_name", kOneName);
  switch (check.criterion().kind_case()) {
    case QualityCriterion::kSequences:
      return need(!named, "event_name", kNoName);
    case QualityCriterion::kControlTotals:
      return need(!check.criterion().control_totals().required() || (named && produced), named ? "producer" : "event_name",
                  kProducerAndName);
    case QualityCriterion::kFreshness:
      return need(named || produced, "producer", kProducerOrName);
    case QualityCriterion::kRange:
      need(named, "event_name", kSomeName);
      return need(!produced, "producer", kNoProducer);
    case QualityCriterion::kVolume:
      return need(named, "event_name", kSomeName);
    case QualityCriterion::kFigures:
      return need(!produced, "producer", kNoProducer);
    default:
      return;
  }
}

bool QualityBoundsFit(const QualityCriterion& criterion) {
  if (criterion.has_volume()) return criterion.volume().least_weeks() <= criterion.volume().weeks();
  if (!criterion.has_range()) return true;
  const v1::RangeCriterion& range = criterion.range();
  if (range.has_lower() && range.has_upper()) return range.lower() <= range.upper();
  return range.has_lower() || range.has_upper();
}

}  // namespace

void CheckQuality(const QualityCheck& check, status::BadFields& bad) {
  if (check.criterion().kind_case() == QualityCriterion::KIND_NOT_SET) bad.Add("quality_check.criterion", kQualityCriterionMissing);
  if (!QualityBoundsFit(check.criterion())) bad.Add("quality_check.criterion", kQualityBounds);
  CheckSubject(check, bad);
}

v1::QualityEvidence& Judged::Add(const std::string& subject, const std::string& figure, bool breach) {
  breached_ |= breach;
  std::vector<v1::QualityEvidence>& list = breach ? breaches_ : others_;
  const bool full = list.size() >= kMostEvidence;
  omitted_ += full;
  v1::QualityEvidence& evidence = full ? left_out_ : list.emplace_back();
  evidence.set_subject(subject);
  evidence.set_figure(figure);
  evidence.set_breach(breach);
  return evidence;
}

void Judged::Count(const std::string& subject, const std::string& figure, int64_t count, std::optional<int64_t> expected, bool breach) {
  v1::QualityEvidence& evidence = Add(subject, figure, breach);
  evidence.set_count(count);
  if (expected) evidence.set_expected_count(*expected);
}

void Judged::Value(const std::string& subject, const std::string& figure, double value, std::optional<double> expected, bool breach) {
  v1::QualityEvidence& evidence = Add(subject, figure, breach);
  evidence.set_value(value);
  if (expected) evidence.set_expected_value(*expected);
}

void Judged::Undecided(QualityResult::Cause cause) {
  if (cause_ == QualityResult::CAUSE_UNSPECIFIED) cause_ = cause;
}

QualityResult::Outcome Judged::outcome() const {
  if (breached_) return QualityResult::OUTCOME_FAILED;
  return cause_ == QualityResult::CAUSE_UNSPECIFIED ? QualityResult::OUTCOME_PASSED : QualityResult::OUTCOME_UNDECIDED;
}

QualityResult::Cause Judged::cause() const { return breached_ ? QualityResult::CAUSE_UNSPECIFIED : cause_; }

std::vector<v1::QualityEvidence> Judged::Evidence(int64_t& omitted) const {
  std::vector<v1::QualityEvidence> all = breaches_;
  const size_t room = std::min(others_.size(), kMostEvidence - all.size());
  all.insert(all.end(), others_.begin(), others_.begin() + static_cast<std::ptrdiff_t>(room));
  omitted = omitted_ + static_cast<int64_t>(others_.size() - room);
  return all;
}

void JudgeSequences(const v1::SequenceCriterion& criterion, const std::vector<SequenceFact>& facts, Judged& judged) {
  if (facts.empty()) judged.Undecided(QualityResult::CAUSE_TOO_FEW_ROWS);
  for (const SequenceFact& fact : facts) {
    judged.Count(fact.producer, "missing_batches", fact.missing, criterion.most_missing(), fact.missing > criterion.most_missing());
    judged.Count(fact.producer, "last_sequence", fact.last_sequence);
  }
}

void JudgeTotals(const std::vector<TotalFact>& facts, const std::vector<std::string>& undeclared, Judged& judged) {
  if (facts.empty()) judged.Undecided(QualityResult::CAUSE_NOTHING_DECLARED);
  for (const std::string& subject : undeclared) judged.Count(subject, "declarations", 0, 1, true);
  for (const TotalFact& fact : facts) {
    judged.Count(fact.subject, "rows", fact.arrived_count, fact.declared_count, fact.arrived_count != fact.declared_count);
    if (!fact.declared_sum) continue;
    judged.Count(fact.subject, "sum_minor", fact.arrived_sum, *fact.declared_sum, fact.arrived_sum != *fact.declared_sum);
  }
}

void JudgeFreshness(const v1::FreshnessCriterion& criterion, const std::string& subject, std::optional<absl::Time> newest, absl::Time now,
                    Judged& judged) {
  if (!newest) return judged.Count(subject, "rows", 0, 1, true);
  const double age = absl::ToDoubleMinutes(now - *newest);
  judged.Value(subject, "age_minutes", age, criterion.most_minutes(), age > criterion.most_minutes());
}

void JudgeShare(const std::string& subject, const std::string& figure, int64_t part, int64_t whole, double most, int64_t least_rows,
                Judged& judged) {
  judged.Count(subject, "rows", whole);
  if (whole < std::max<int64_t>(1, least_rows)) return judged.Undecided(QualityResult::CAUSE_TOO_FEW_ROWS);
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  judged.Count(subject, absl::StrCat(figure, "_rows"), part);
  judged.Value(subject, absl::StrCat(figure, "_share"), share, most, share > most);
}

void JudgeVolume(const v1::VolumeCriterion& criterion, const std::string& subject, const VolumeFact& fact, Judged& judged) {
  const std::string of_day = absl::StrCat(subject, " ", time::DayText(fact.day));
  judged.Count(of_day, "rows", fact.rows);
  judged.Count(of_day, "weeks", static_cast<int64_t>(fact.before.size()));
  if (static_cast<int64_t>(fact.before.size()) < std::max(1, criterion.least_weeks())) {
    return judged.Undecided(QualityResult::CAUSE_TOO_LITTLE_HISTORY);
  }
  const std::vector<double> before(fact.before.begin(), fact.before.end());
  const double median = statistics::Median(before);
  const double spread = std::max({statistics::kNormalMad * statistics::MedianAbsoluteDeviation(before), std::sqrt(median), 1.0});
  const double deviations = std::abs(static_cast<double>(fact.rows) - median) / spread;
  judged.Value(of_day, "median", median);
  judged.Value(of_day, "spread", spread);
  judged.Value(of_day, "deviations", deviations, criterion.most_deviations(), deviations > criterion.most_deviations());
}

}  // namespace heitie::metrics
