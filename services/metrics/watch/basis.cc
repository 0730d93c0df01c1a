#include "services/metrics/watch/basis.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "services/metrics/analysis/question_plan.h"
#include "services/metrics/analysis/segment_rules.h"
#include "services/metrics/collection/batch.h"

namespace heitie::metrics {
namespace {

constexpr char kEventKeys[] = "events/", kMeasurementKeys[] = "measurements/";
constexpr size_t kKeysInStatement = 500;

// Resources that states rest on, by the beginning of their names.
const std::map<std::string, std::string>& TablesOfKeys() {
  static const auto& tables = *new std::map<std::string, std::string>{
      {"activeUserDefinitions/", "active_user_definitions"}, {"dashboards/", "dashboards"},          {"imports/", "imports"},
      {"metricDefinitions/", "metric_definitions"},          {"savedQuestions/", "saved_questions"}, {"segments/", "segments"},
  };
  return tables;
}

std::string KeyOf(const Series& series) { return absl::StrCat(series.kind == kEventKind ? kEventKeys : kMeasurementKeys, series.name); }

// The keys that begin so, without the beginning.
std::vector<std::string> WithBeginning(const std::vector<std::string>& keys, const std::string& beginning, bool keep) {
  std::vector<std::string> found;
  for (const std::string& key : keys) {
    if (absl::StartsWith(key, beginning)) found.push_back(keep ? key : key.substr(beginning.size()));
  }
  return found;
}

absl::Status ForKeys(const std::vector<std::string>& keys,
                     const std::function<absl::Status(const std::string& in, const sql::Values& values)>& ask) {
  for (size_t begin = 0; begin < keys.size(); begin += kKeysInStatement) {
    const size_t end = std::min(keys.size(), begin + kKeysInStatement);
    const sql::Values values(keys.begin() + static_cast<std::ptrdiff_t>(begin), keys.begin() + static_cast<std::ptrdiff_t>(end));
    RETURN_IF_ERROR(ask(" IN (" + sql::Placeholders(end - begin) + ")", values));
  }
  return absl::OkStatus();
}

using KeyVersions = std::map<std::string, std::string>;

absl::Status ReadEtags(sql::Session& session, const std::string& table, const std::vector<std::string>& names, KeyVersions& versions) {
  return ForKeys(names, [&](const std::string& in, const sql::Values& values) {
    return session.Query("SELECT name, etag FROM " + table + " WHERE name" + in, values,
                         [&](const sql::Row& row) { versions[row.Text(0)] = row.Text(1); });
  });
}

// As ReadSource counts: batches, and what restates.
absl::Status ReadCounts(sql::Session& session, const std::string& kind, const std::vector<std::string>& names,
                        std::map<std::string, int64_t>& counts) {
  return ForKeys(names, [&](const std::string& in, const sql::Values& values) {
    sql::Values twice = sql::Bind(kind);
    twice.insert(twice.end(), values.begin(), values.end());
    const sql::Values once = twice;
    twice.insert(twice.end(), once.begin(), once.end());
    const std::string where = " WHERE kind = ? AND name" + in;
    return session.Query("SELECT name, version FROM series" + where + " UNION ALL SELECT name, version FROM series_producer" + where, twice,
                         [&](const sql::Row& row) { counts[row.Text(0)] += row.Int(1); });
  });
}

// A number that no commit leaves as it is: events get their positions after they are committed, and keep them.
absl::StatusOr<std::string> ReadAlertsVersion(sql::Session& session) {
  std::string version;
  RETURN_IF_ERROR(
      session.Query("SELECT (SELECT MAX(position) FROM event WHERE aggregatetype = ?), "
                    "(SELECT COUNT(*) FROM event WHERE aggregatetype = ? AND position IS NULL)",
                    sql::Bind("metrics.heitie/Alert", "metrics.heitie/Alert"),
                    [&](const sql::Row& row) { version = absl::StrCat(row.Int(0), " ", row.Int(1)); }));
  return version;
}

}  // namespace

bool ChangesWithTime(const v1::Question& question, const v1::Answer& answer) {
  return answer.closedness() != v1::Answer::CLOSEDNESS_CLOSED || question.period().has_last();
}

absl::Status Bases::AddSegment(sql::Session& session, const std::string& name, std::set<std::string>& keys) const {
  if (!keys.insert(name).second) return absl::OkStatus();
  const absl::StatusOr<v1::Segment> segment = segments_.Find(session, name);
  if (absl::IsNotFound(segment.status())) return absl::OkStatus();
  RETURN_IF_ERROR(segment.status());
  std::set<std::string> ids;
  for (const auto& condition : segment->conditions()) {
    ids.insert(condition.id());
    if (!condition.events().event_name().empty()) keys.insert(KeyOf({kEventKind, condition.events().event_name()}));
  }
  status::BadFields checked;
  const auto expression = analysis::SegmentExpression::Parse(segment->expression(), ids, "segment.expression", checked);
  for (const std::string& other : expression.segments()) RETURN_IF_ERROR(AddSegment(session, other, keys));
  return absl::OkStatus();
}

absl::Status Bases::Add(sql::Session& session, const v1::Question& asked, absl::Time now, std::set<std::string>& keys) const {
  const absl::StatusOr<v1::Question> resolved = questions_.WithDefinitions(session, asked, now, keys);
  if (!resolved.ok() && status::IsOutage(resolved.status())) return resolved.status();
  const v1::Question& question = resolved.ok() ? *resolved : asked;
  for (const Series& series : analysis::SeriesOf(question)) {
    if (!series.name.empty()) keys.insert(KeyOf(series));
  }
  for (const std::string& segment : question.segments()) RETURN_IF_ERROR(AddSegment(session, segment, keys));
  return absl::OkStatus();
}

absl::StatusOr<KeyVersions> Bases::VersionsOf(sql::Session& session, const std::vector<std::string>& keys) const {
  KeyVersions versions;
  for (const auto& [beginning, table] : TablesOfKeys()) {
    RETURN_IF_ERROR(ReadEtags(session, table, WithBeginning(keys, beginning, true), versions));
  }
  for (const auto& [beginning, kind] : {std::pair{kEventKeys, kEventKind}, std::pair{kMeasurementKeys, kMeasurementKind}}) {
    const std::vector<std::string> names = WithBeginning(keys, beginning, false);
    std::map<std::string, int64_t> counts;
    RETURN_IF_ERROR(ReadCounts(session, kind, names, counts));
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(const Closing closing, questions_.sources().closing(session, {kind, name}));
      versions[absl::StrCat(beginning, name)] =
          absl::StrCat(counts[name], " ", closing.until.has_value() ? absl::ToUnixMicros(*closing.until) : -1, " ",
                       absl::StrJoin(closing.waiting_for, " "));
    }
  }
  if (std::find(keys.begin(), keys.end(), kAlertsKey) != keys.end()) {
    ASSIGN_OR_RETURN(versions[kAlertsKey], ReadAlertsVersion(session));
  }
  return versions;
}

}  // namespace heitie::metrics
