#include "services/metrics/quality/examination.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/engine/corrector.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/engine/verify.h"

namespace heitie::metrics {
namespace {

using v1::QualityCheck;
using v1::QualityCriterion;
using v1::QualityResult;

bool HasName(const QualityCheck& check) { return !check.event_name().empty() || !check.measurement_name().empty(); }

Series SeriesOf(const QualityCheck& check) {
  return check.measurement_name().empty() ? Series{kEventKind, check.event_name()} : Series{kMeasurementKind, check.measurement_name()};
}

std::string SeriesText(const Series& series) { return absl::StrCat(series.kind == kEventKind ? "events/" : "measurements/", series.name); }

// "producers/shop events/purchase", "all".
std::string SubjectOf(const QualityCheck& check) {
  const std::string name = HasName(check) ? SeriesText(SeriesOf(check)) : "";
  if (check.producer().empty()) return name.empty() ? "all" : name;
  return absl::StrCat(check.producer(), name.empty() ? "" : " ", name);
}

// A condition of what the check is about, on tables with these columns.
struct SubjectCondition {
  std::string text;
  sql::Values values;
};
SubjectCondition ConditionOf(const QualityCheck& check, const std::string& prefix = "") {
  SubjectCondition condition;
  const auto add = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    absl::StrAppend(&condition.text, " AND ", prefix, column, " = ?");
    condition.values.emplace_back(value);
  };
  add("event_name", check.event_name());
  add("measurement_name", check.measurement_name());
  add("producer", check.producer());
  return condition;
}

sql::Values DaysAnd(Days days, const sql::Values& more) {
  sql::Values values = sql::Bind(time::DayText(days.first), time::DayText(days.last));
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

absl::Status ExamineSequences(sql::Session& session, const QualityCheck& check, Judged& judged) {
  std::vector<SequenceFact> facts;
  const bool all = check.producer().empty();
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT name, last_sequence, last_sequence - batch_count FROM producers WHERE last_sequence > 0",
                                 all ? "" : " AND name = ?", " ORDER BY last_sequence - batch_count DESC, name"),
                    all ? sql::Values() : sql::Bind(check.producer()), [&](const sql::Row& row) {
                      facts.push_back({row.Text(0), row.Int(1), row.Int(2)});
                    }));
  JudgeSequences(check.criterion().sequences(), facts, judged);
  return absl::OkStatus();
}

// What arrived of a day and a name is in the account with the same last part as the declaration.
absl::Status ExamineTotals(sql::Session& session, const QualityCheck& check, Days days, Judged& judged) {
  const SubjectCondition subject = ConditionOf(check, "c.");
  std::vector<TotalFact> facts;
  std::set<std::string> declared;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT c.producer, c.event_name, c.measurement_name, c.date, c.declared_count, c.declared_sum_minor, "
                   "COALESCE(d.delivered_count - d.duplicate_count, 0), COALESCE(d.sum_minor, 0) FROM control_totals c LEFT JOIN "
                   "delivery_accounts d ON d.name = CONCAT(c.producer, '/deliveryAccounts/', SUBSTRING_INDEX(c.name, '/', -1)) "
                   "WHERE c.date BETWEEN ? AND ?",
                   subject.text, " ORDER BY c.date, c.name"),
      DaysAnd(days, subject.values), [&](const sql::Row& row) {
        TotalFact& fact = facts.emplace_back();
        const std::string name = row.Text(1).empty() ? "measurements/" + row.Text(2) : "events/" + row.Text(1);
        fact.subject = absl::StrCat(row.Text(0), " ", name, " ", row.Text(3));
        fact.declared_count = row.Int(4);
        if (!row.IsNull(5)) fact.declared_sum = row.Int(5);
        fact.arrived_count = row.Int(6);
        fact.arrived_sum = row.Int(7);
        declared.insert(row.Text(3));
      }));
  std::vector<std::string> undeclared;
  if (check.criterion().control_totals().required()) {
    for (absl::CivilDay day = days.first; day <= days.last; ++day) {
      if (!declared.contains(time::DayText(day))) undeclared.push_back(absl::StrCat(SubjectOf(check), " ", time::DayText(day)));
    }
  }
  JudgeTotals(facts, undeclared, judged);
  return absl::OkStatus();
}

absl::Status ExamineFreshness(sql::Session& session, const QualityCheck& check, const Occasion& occasion, Judged& judged) {
  std::optional<absl::Time> newest;
  const auto take = [&](const sql::Row& row) {
    if (!row.IsNull(0)) newest = std::max(newest.value_or(absl::InfinitePast()), row.Time(0));
  };
  if (!HasName(check)) {
    RETURN_IF_ERROR(session.Query("SELECT last_occur_time FROM producers WHERE name = ?", sql::Bind(check.producer()), take));
  } else {
    const Series series = SeriesOf(check);
    sql::Values values = sql::Bind(series.kind, series.name);
    if (!check.producer().empty()) values.emplace_back(check.producer());
    RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT MAX(last_occur_time) FROM series_producer WHERE kind = ? AND name = ?",
                                               check.producer().empty() ? "" : " AND producer = ?"),
                                  values, take));
  }
  JudgeFreshness(check.criterion().freshness(), SubjectOf(check), newest, occasion.now, judged);
  return absl::OkStatus();
}

struct AccountSum {
  int64_t delivered = 0, duplicate = 0, quarantined = 0, discarded = 0;
};
absl::StatusOr<AccountSum> SumAccounts(sql::Session& session, const QualityCheck& check, Days days) {
  const SubjectCondition subject = ConditionOf(check);
  AccountSum sum;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT COALESCE(SUM(delivered_count), 0), COALESCE(SUM(duplicate_count), 0), COALESCE(SUM(quarantined_count), 0), "
                   "COALESCE(SUM(discarded_count), 0) FROM delivery_accounts WHERE date BETWEEN ? AND ?",
                   subject.text),
      DaysAnd(days, subject.values), [&](const sql::Row& row) {
        sum = {row.Int(0), row.Int(1), row.Int(2), row.Int(3)};
      }));
  return sum;
}

// Observed violations are counted without a day, so what has come since the result before is what its evidence and today's differ by.
struct ObservedSum {
  int64_t violations = 0, accepted = 0;
};
absl::StatusOr<ObservedSum> SumObserved(sql::Session& session, const QualityCheck& check) {
  const SubjectCondition subject = ConditionOf(check);
  ObservedSum sum;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT COALESCE(SUM(count), 0) FROM plan_deviations WHERE reason <> 'REASON_UNPLANNED_NAME'", subject.text),
      subject.values, [&](const sql::Row& row) { sum.violations = row.Int(0); }));
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT COALESCE(SUM(accepted_count), 0) FROM delivery_accounts WHERE TRUE", subject.text),
                                subject.values, [&](const sql::Row& row) { sum.accepted = row.Int(0); }));
  return sum;
}

constexpr char kObserved[] = "observed_violations_ever", kAccepted[] = "accepted_rows_ever";

absl::StatusOr<ObservedSum> ObservedBefore(sql::Session& session, const record::Kind<QualityResult>& results, const QualityCheck& check) {
  ObservedSum sum;
  if (check.name().empty()) return sum;
  ASSIGN_OR_RETURN(const std::vector<QualityResult> last, results.Select(session, "WHERE name > ? AND name < ? ORDER BY name DESC LIMIT 1",
                                                                         record::ChildRange(check.name(), "results")));
  if (last.empty()) return sum;
  for (const v1::QualityEvidence& evidence : last.front().evidence()) {
    if (evidence.figure() == kObserved) sum.violations = evidence.count();
    if (evidence.figure() == kAccepted) sum.accepted = evidence.count();
  }
  return sum;
}

absl::Status ExamineValidity(sql::Session& session, const record::Kind<QualityResult>& results, const QualityCheck& check, Days days,
                             Judged& judged) {
  const v1::ValidityCriterion& criterion = check.criterion().validity();
  const std::string subject = SubjectOf(check);
  ASSIGN_OR_RETURN(const AccountSum sum, SumAccounts(session, check, days));
  JudgeShare(subject, "quarantined", sum.quarantined + sum.discarded, sum.delivered, criterion.most_quarantined(), criterion.least_rows(),
             judged);
  if (!criterion.has_most_observed()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ObservedSum now, SumObserved(session, check));
  ASSIGN_OR_RETURN(const ObservedSum before, ObservedBefore(session, results, check));
  judged.Count(subject, kObserved, now.violations);
  judged.Count(subject, kAccepted, now.accepted);
  // A withdrawal takes rows out of what was accepted, so that there may be fewer than before.
  const int64_t rows = now.accepted - before.accepted, violations = now.violations - before.violations;
  if (rows < std::max<int64_t>(1, criterion.least_rows())) {
    judged.Undecided(QualityResult::CAUSE_TOO_FEW_ROWS);
    return absl::OkStatus();
  }
  const double share = static_cast<double>(violations) / static_cast<double>(rows);
  judged.Value(subject, "observed_share", share, criterion.most_observed(), share > criterion.most_observed());
  return absl::OkStatus();
}

absl::Status ExamineRange(sql::Session& session, const QualityCheck& check, Days days, const Occasion& occasion, Judged& judged) {
  const v1::RangeCriterion& range = check.criterion().range();
  int64_t amounts = 0, outside = 0;
  bool late = false;
  DatabaseSnapshot snapshot(session);
  const absl::Status scanned = snapshot.Scan(SeriesOf(check), days, {}, Snapshot::kAmounts, [&](const Rows& rows) {
    late = absl::Now() >= occasion.until;
    if (late) return absl::CancelledError("the time of a run is over");
    for (size_t i = 0; i < rows.amounts.size(); ++i) {
      if (rows.amounts[i] == Amount::kNone) continue;
      const double value = rows.amounts[i] == Amount::kMinor ? static_cast<double>(rows.minors[i]) : rows.values[i];
      ++amounts;
      outside += (range.has_lower() && value < range.lower()) || (range.has_upper() && value > range.upper());
    }
    return absl::OkStatus();
  });
  if (status::ReasonOf(scanned) == kRawExpired.id) {
    judged.Undecided(QualityResult::CAUSE_ROWS_EXPIRED);
    return absl::OkStatus();
  }
  if (late) judged.Undecided(QualityResult::CAUSE_NOT_ENOUGH_TIME);
  if (!late) RETURN_IF_ERROR(scanned);
  JudgeShare(SubjectOf(check), "outside", outside, amounts, range.most_outside(), 1, judged);
  return absl::OkStatus();
}

absl::Status ExamineVolume(sql::Session& session, const QualityCheck& check, Days days, Judged& judged) {
  const v1::VolumeCriterion& criterion = check.criterion().volume();
  const SubjectCondition subject = ConditionOf(check);
  std::map<absl::CivilDay, int64_t> rows;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT date, SUM(accepted_count) FROM delivery_accounts WHERE date IS NOT NULL", subject.text, " GROUP BY date"),
      subject.values, [&](const sql::Row& row) { rows[*time::ParseDay(row.Text(0))] = row.Int(1); }));
  for (absl::CivilDay day = days.first; day <= days.last; ++day) {
    VolumeFact fact{day, 0, {}};
    const auto of = [&](absl::CivilDay other) {
      const auto found = rows.find(other);
      return found == rows.end() ? 0 : found->second;
    };
    fact.rows = of(day);
    for (int week = 1; week <= criterion.weeks() && !rows.empty() && day - 7 * week >= rows.begin()->first; ++week) {
      fact.before.push_back(of(day - 7 * week));
    }
    JudgeVolume(criterion, SubjectOf(check), fact, judged);
  }
  return absl::OkStatus();
}

std::string CellText(const SeriesDay& of, const CellKey& key) {
  std::string text = absl::StrCat(SeriesText(of.series), " ", time::DayText(of.day));
  if (!key.activity.empty()) absl::StrAppend(&text, " ", key.activity);
  if (!key.dimension.empty()) absl::StrAppend(&text, " ", key.dimension, "=", key.value);
  if (key.range > 0) absl::StrAppend(&text, " users ", key.range);
  return text;
}

absl::StatusOr<std::vector<SeriesDay>> FoldedDays(sql::Session& session, const std::vector<Series>& series, Days days) {
  std::vector<SeriesDay> all;
  const auto take = [&](const sql::Row& row) { all.push_back({{row.Text(0), row.Text(1)}, *time::ParseDay(row.Text(2))}); };
  const char* select = "SELECT kind, name, day FROM day_fold WHERE day BETWEEN ? AND ?";
  if (series.empty()) {
    RETURN_IF_ERROR(session.Query(absl::StrCat(select, " ORDER BY kind, name, day"), DaysAnd(days, {}), take));
  }
  for (const Series& one : series) {
    RETURN_IF_ERROR(
        session.Query(absl::StrCat(select, " AND kind = ? AND name = ? ORDER BY day"), DaysAnd(days, sql::Bind(one.kind, one.name)), take));
  }
  return all;
}

absl::Status ExamineKind(sql::Session& session, const record::Kind<QualityResult>& results, const QualityCheck& check, Days days,
                         const Occasion& occasion, Judged& judged) {
  switch (check.criterion().kind_case()) {
    case QualityCriterion::kSequences:
      return ExamineSequences(session, check, judged);
    case QualityCriterion::kControlTotals:
      return ExamineTotals(session, check, days, judged);
    case QualityCriterion::kFreshness:
      return ExamineFreshness(session, check, occasion, judged);
    case QualityCriterion::kValidity:
      return ExamineValidity(session, results, check, days, judged);
    case QualityCriterion::kRange:
      return ExamineRange(session, check, days, occasion, judged);
    case QualityCriterion::kDuplicates: {
      ASSIGN_OR_RETURN(const AccountSum sum, SumAccounts(session, check, days));
      const v1::DuplicateCriterion& criterion = check.criterion().duplicates();
      JudgeShare(SubjectOf(check), "duplicate", sum.duplicate, sum.delivered, criterion.most_share(), criterion.least_rows(), judged);
      return absl::OkStatus();
    }
    case QualityCriterion::kVolume:
      return ExamineVolume(session, check, days, judged);
    default:
      return ExamineFigures(session, HasName(check) ? std::vector<Series>{SeriesOf(check)} : std::vector<Series>(), days, occasion, judged);
  }
}

bool LooksAtDays(const QualityCriterion& criterion) { return !criterion.has_sequences() && !criterion.has_freshness(); }

}  // namespace

absl::Status ExamineFigures(sql::Session& session, const std::vector<Series>& series, Days days, const Occasion& occasion, Judged& judged) {
  ASSIGN_OR_RETURN(std::vector<SeriesDay> all, FoldedDays(session, series, days));
  // Begins elsewhere each time, so that what one run has no time for is looked at by another.
  if (!all.empty())
    std::rotate(all.begin(), all.begin() + absl::ToUnixSeconds(occasion.now) / 60 % static_cast<int64_t>(all.size()), all.end());
  for (const SeriesDay& of : all) {
    const std::string subject = CellText(of, {});
    ASSIGN_OR_RETURN(const bool kept, IsKept(session, of));
    if (!kept) {
      judged.Undecided(QualityResult::CAUSE_ROWS_EXPIRED);
      judged.Count(subject, "rows_kept", 0);
      continue;
    }
    if (absl::Now() >= occasion.until) {
      judged.Undecided(QualityResult::CAUSE_NOT_ENOUGH_TIME);
      judged.Count(subject, "compared_figures", 0);
      continue;
    }
    ASSIGN_OR_RETURN(const DayVerification found, VerifyDay(session, of));
    judged.Count(subject, "rows", found.rows);
    judged.Count(subject, "compared_figures", found.figures);
    for (const FigureDifference& one : found.differences) {
      judged.Value(CellText(of, one.key), one.figure, one.stored, one.recomputed, true);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<QualityResult> Examine(sql::Session& session, const record::Kind<QualityResult>& results, const QualityCheck& check,
                                      const Occasion& occasion) {
  const absl::CivilDay last = absl::ToCivilDay(occasion.now, occasion.zone) - check.delay_days();
  const Days days{last - std::max(1, check.day_count()) + 1, last};
  Judged judged;
  RETURN_IF_ERROR(ExamineKind(session, results, check, days, occasion, judged));
  QualityResult result;
  *result.mutable_run_time() = time::ToTimestamp(occasion.now);
  result.set_outcome(judged.outcome());
  result.set_cause(judged.cause());
  *result.mutable_criterion() = check.criterion();
  if (LooksAtDays(check.criterion())) {
    *result.mutable_start_date() = time::ToDate(days.first);
    *result.mutable_end_date() = time::ToDate(days.last);
  }
  int64_t omitted = 0;
  const std::vector<v1::QualityEvidence> evidence = judged.Evidence(omitted);
  result.mutable_evidence()->Assign(evidence.begin(), evidence.end());
  result.set_omitted_count(omitted);
  return result;
}

}  // namespace heitie::metrics
