#include "services/risk/view/views.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/risk/control/occurrences.h"
#include "services/risk/view/heat_map.h"

namespace heitie::risk {

using v1::Overdue;
using v1::Risk;

namespace {

constexpr int kItemsTold = 1000;

// What of one kind is overdue at `now`: its rows are resource, owner and the day or moment that was due.
struct Late {
  Overdue::Kind kind;
  const char* statement;  // with one parameter, the moment or day before which it was due
  bool by_day;
};

constexpr Late kLate[] = {
    {Overdue::KIND_MEASURE,
     "SELECT name, owner, due_date FROM risk_measures WHERE due_date < ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', "
     "'STATE_REOPENED')",
     true},
    {Overdue::KIND_ASSESSMENT, "SELECT name, owner, due_date FROM assessment_duties WHERE due_date < ? AND state = 'STATE_OPEN'", true},
    {Overdue::KIND_TEST, "SELECT name, owner, test_due_time FROM risk_controls WHERE test_due_time <= ? AND state = 'STATE_ACTIVE'", false},
    {Overdue::KIND_TREATMENT, "SELECT name, owner, treat_by_time FROM risks WHERE treat_by_time <= ?", false},
};

}  // namespace

absl::StatusOr<std::vector<Risk>> Views::AsOf(sql::Session& session, absl::Time at) const {
  std::vector<Risk> risks;
  RETURN_IF_ERROR(session.Query(
      "SELECT then_.payload FROM (SELECT aggregateid, MAX(revision) AS revision FROM event WHERE aggregatetype = 'risk.heitie/Risk' AND "
      "occur_time <= ? GROUP BY aggregateid) AS last_ JOIN event AS then_ ON then_.aggregateid = last_.aggregateid AND then_.revision = "
      "last_.revision AND then_.aggregatetype = 'risk.heitie/Risk' WHERE then_.payload IS NOT NULL ORDER BY last_.aggregateid",
      {at}, [&](const sql::Row& row) {
        Risk risk;
        if (record::FromJson(row.Text(0), &risk)) risks.push_back(std::move(risk));
      }));
  return risks;
}

absl::StatusOr<v1::HeatMap> Views::HeatMapAt(const rpc::Call& call, const v1::ComputeHeatMapRequest& request) {
  const absl::Time at = request.has_time() ? time::ToTime(request.time()) : call.now;
  if (at > call.now) {
    status::BadFields bad;
    bad.Add("time", kStillToCome, {{"time", time::InstantText(at)}});
    return bad.status();
  }
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::HeatMap> {
    ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(session, at));
    std::vector<Risk> risks;
    if (request.has_time()) {
      ASSIGN_OR_RETURN(risks, AsOf(session, at));
    } else {
      ASSIGN_OR_RETURN(risks, risks_.Select(session, "WHERE state <> 'STATE_CLOSED' ORDER BY name"));
    }
    return Draw(risks, request, matrix, at);
  });
}

absl::StatusOr<Overdue> Views::OverdueNow(const rpc::Call& call, const v1::ComputeOverdueRequest& request) {
  std::vector<Overdue::Item> items;
  const auto add = [&](Overdue::Kind kind, const std::string& resource, const std::string& owner, absl::Time due) {
    if (!request.owner().empty() && request.owner() != owner) return;
    Overdue::Item& item = items.emplace_back();
    item.set_kind(kind);
    item.set_resource(resource);
    item.set_owner(owner);
    *item.mutable_due_time() = time::ToTimestamp(due);
  };
  const absl::CivilDay today = absl::ToCivilDay(call.now, policies_.zone());
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    items.clear();
    for (const Late& late : kLate) {
      const sql::Value before = late.by_day ? sql::Value(time::DayText(today)) : sql::Value(call.now);
      RETURN_IF_ERROR(session.Query(late.statement, {before}, [&](const sql::Row& row) {
        if (!late.by_day) return add(late.kind, row.Text(0), row.Text(1), row.Time(2));
        const std::optional<absl::CivilDay> day = time::ParseDay(row.Text(2));
        // The last moment at which it was in time is the end of its day.
        if (day.has_value()) add(late.kind, row.Text(0), row.Text(1), absl::FromCivil(*day + 1, policies_.zone()));
      }));
    }
    ASSIGN_OR_RETURN(const std::vector<Risk> unchecked,
                     risks_.Select(session, "WHERE check_due_time <= ? AND state = 'STATE_TREATED'", {call.now}));
    for (const Risk& risk : unchecked) {
      add(Overdue::KIND_CHECK, risk.name(), risk.treatment().acceptance().monitor(), time::ToTime(risk.check_due_time()));
    }
    ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(session, call.now));
    const absl::Duration lead = absl::Hours(24) * policy.renewal_days();
    return session.Query(
        "SELECT name, end_time FROM transfer_instruments WHERE end_time > ? AND end_time <= ? AND state = 'STATE_CONCLUDED'",
        {call.now, call.now + lead}, [&](const sql::Row& row) { add(Overdue::KIND_RENEWAL, row.Text(0), "", row.Time(1) - lead); });
  }));
  std::stable_sort(items.begin(), items.end(),
                   [](const Overdue::Item& a, const Overdue::Item& b) { return time::ToTime(a.due_time()) < time::ToTime(b.due_time()); });
  Overdue overdue;
  *overdue.mutable_time() = time::ToTimestamp(call.now);
  overdue.set_count(static_cast<int32_t>(items.size()));
  for (size_t i = 0; i < items.size() && i < kItemsTold; ++i) *overdue.add_items() = std::move(items[i]);
  return overdue;
}

absl::StatusOr<v1::RiskLevelExplanation> Views::Explain(const rpc::Call& call, const v1::ExplainRiskLevelRequest& request) {
  ASSIGN_OR_RETURN(const Risk stored, risks_.Get(call, request.name()));
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::RiskLevelExplanation> {
    ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(session, call.now));
    const Risk risk = JudgedAt(stored, matrix, call.now);
    v1::RiskLevelExplanation why;
    *why.mutable_time() = time::ToTimestamp(call.now);
    why.set_risk_matrix(matrix.name());
    why.set_matrix_version(matrix.version());
    if (risk.has_treatment()) *why.mutable_treatment() = risk.treatment();
    if (!risk.has_current()) return why;
    why.set_residual(risk.has_residual());
    *why.mutable_rating() = risk.has_residual() ? risk.residual() : risk.current();
    why.set_level(why.rating().level());
    *why.mutable_evidence() = risk.evidence();
    if (risk.has_evidence_end_time()) *why.mutable_evidence_end_time() = risk.evidence_end_time();
    ASSIGN_OR_RETURN(*why.mutable_assessment(), assessments_.Find(session, risk.assessment()));
    return why;
  });
}

void Views::Bind(record::Methods& methods) {
  methods.Bind("ComputeHeatMap", this, &Views::HeatMapAt);
  methods.Bind("ComputeOverdue", this, &Views::OverdueNow);
  methods.Bind("ExplainRiskLevel", this, &Views::Explain);
}

}  // namespace heitie::risk
