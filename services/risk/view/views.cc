#include "services/risk/view/views.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/assessment_duty.pb.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "heitie/risk/v1/regulation.pb.h"
#include "heitie/risk/v1/risk_control.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/transfer_instrument.pb.h"
#include "services/risk/control/occurrences.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/treatment/treatment.h"
#include "services/risk/view/heat_map.h"
#include "services/risk/view/movement.h"

namespace heitie::risk {

using v1::Overdue;
using v1::Risk;

namespace {

constexpr int kItemsTold = 1000;

// By what something belongs to subjects.
enum class Of {
  kRisk,        // it is of a risk on one of them
  kLinked,      // it is linked to one
  kItself,      // it is one
  kSubject,     // it is of one of them
  kRegulation,  // it demands something of one of them
};

// The subjects that are asked for, and the open risks on them; of everything when none are.
struct Focus {
  std::vector<std::string> subjects, risks;
};

// "risk IN (?, ?)", and what stands for the names.
std::string WithinFocus(const Focus& focus, Of of, sql::Values* values) {
  if (focus.subjects.empty()) return "TRUE";
  const bool by_subject = of == Of::kSubject || of == Of::kRegulation;
  const std::vector<std::string>& names = by_subject ? focus.subjects : focus.risks;
  if (names.empty()) return "FALSE";
  values->insert(values->end(), names.begin(), names.end());
  const std::string among = absl::StrCat("IN (", sql::Placeholders(names.size()), ")");
  switch (of) {
    case Of::kRisk:
      return absl::StrCat("risk ", among);
    case Of::kLinked:
      return absl::StrCat("name IN (SELECT resource FROM risk_links WHERE risk ", among, ")");
    case Of::kRegulation:
      return absl::StrCat("name IN (SELECT regulation FROM obligation_cases WHERE state <> 'STATE_DROPPED' AND subject ", among, ")");
    case Of::kSubject:
      return absl::StrCat("subject ", among);
    default:
      return absl::StrCat("name ", among);
  }
}

bool IsWithin(const Focus& focus, const std::string& risk) {
  return focus.subjects.empty() || std::find(focus.risks.begin(), focus.risks.end(), risk) != focus.risks.end();
}

// What of one kind is overdue at `now`: its rows are resource, owner and the day or moment that was due.
struct Late {
  Overdue::Kind kind;
  Of of;
  const google::protobuf::Descriptor* (*resource)();
  const char* statement;  // with one parameter, the moment or day before which it was due
  bool by_day;
};

constexpr Late kLate[] = {
    {Overdue::KIND_MEASURE, Of::kRisk, v1::RiskMeasure::descriptor,
     "SELECT name, owner, due_date FROM risk_measures WHERE due_date < ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', "
     "'STATE_REOPENED')",
     true},
    {Overdue::KIND_ASSESSMENT, Of::kRisk, v1::AssessmentDuty::descriptor,
     "SELECT name, owner, due_date FROM assessment_duties WHERE due_date < ? AND state = 'STATE_OPEN'", true},
    {Overdue::KIND_TEST, Of::kLinked, v1::RiskControl::descriptor,
     "SELECT name, owner, test_due_time FROM risk_controls WHERE test_due_time <= ? AND state = 'STATE_ACTIVE'", false},
    {Overdue::KIND_TREATMENT, Of::kItself, v1::Risk::descriptor, "SELECT name, owner, treat_by_time FROM risks WHERE treat_by_time <= ?",
     false},
    {Overdue::KIND_OBLIGATION, Of::kSubject, v1::ObligationCase::descriptor,
     "SELECT name, owner, due_date FROM obligation_cases WHERE due_date < ? AND state IN ('STATE_OPEN', 'STATE_FULFILLED')", true},
    {Overdue::KIND_PROPOSAL, Of::kSubject, v1::RiskProposal::descriptor,
     "SELECT name, owner, due_time FROM risk_proposals WHERE due_time <= ? AND state = 'STATE_PROPOSED'", false},
};

constexpr absl::Duration kUsualCalendar = absl::Hours(24 * 90), kLongestCalendar = absl::Hours(24 * 366);

const status::Reason kCalendarTooLong{absl::StatusCode::kInvalidArgument, "CALENDAR_TOO_LONG", "It is more than {days} days from now.",
                                      "距今超過 {days} 天。"};

// What of one kind comes due between two moments or days: its rows are resource, owner and the day or moment.
struct Dated {
  v1::RiskCalendar::Kind kind;
  Of of;
  const google::protobuf::Descriptor* (*resource)();
  const char* statement;
  bool by_day;
};

constexpr Dated kDated[] = {
    {v1::RiskCalendar::KIND_INSTRUMENT, Of::kLinked, v1::TransferInstrument::descriptor,
     "SELECT name, '', end_time FROM transfer_instruments WHERE end_time > ? AND end_time <= ? AND state = 'STATE_CONCLUDED'", false},
    {v1::RiskCalendar::KIND_TEST, Of::kLinked, v1::RiskControl::descriptor,
     "SELECT name, owner, test_due_time FROM risk_controls WHERE test_due_time > ? AND test_due_time <= ? AND state = 'STATE_ACTIVE'",
     false},
    {v1::RiskCalendar::KIND_MEASURE, Of::kRisk, v1::RiskMeasure::descriptor,
     "SELECT name, owner, due_date FROM risk_measures WHERE due_date >= ? AND due_date <= ? AND state IN ('STATE_OPEN', "
     "'STATE_IN_PROGRESS', 'STATE_REOPENED')",
     true},
    {v1::RiskCalendar::KIND_OBLIGATION, Of::kSubject, v1::ObligationCase::descriptor,
     "SELECT name, owner, due_date FROM obligation_cases WHERE due_date >= ? AND due_date <= ? AND state IN ('STATE_OPEN', "
     "'STATE_FULFILLED')",
     true},
    {v1::RiskCalendar::KIND_ASSESSMENT, Of::kRisk, v1::AssessmentDuty::descriptor,
     "SELECT name, owner, due_date FROM assessment_duties WHERE due_date >= ? AND due_date <= ? AND state = 'STATE_OPEN'", true},
    {v1::RiskCalendar::KIND_PROPOSAL, Of::kSubject, v1::RiskProposal::descriptor,
     "SELECT name, owner, due_time FROM risk_proposals WHERE due_time > ? AND due_time <= ? AND state = 'STATE_PROPOSED'", false},
    // Its day begins where those of the others end: of a day later the one before is its end.
    {v1::RiskCalendar::KIND_REGULATION, Of::kRegulation, v1::Regulation::descriptor,
     "SELECT name, owner, DATE_SUB(effective_date, INTERVAL 1 DAY) FROM regulations WHERE effective_date > ? AND effective_date <= "
     "DATE_ADD(?, INTERVAL 1 DAY) AND state = 'STATE_ENACTED'",
     true},
};

// The dates that a risk itself has.
template <typename Add>
void AddDates(const Risk& risk, const Add& add) {
  using v1::RiskCalendar;
  const bool treated = risk.state() == Risk::STATE_TREATED;
  if (treated && risk.strategy() == v1::STRATEGY_ACCEPT && risk.has_expire_time()) {
    add(RiskCalendar::KIND_ACCEPTANCE, risk.name(), risk.owner(), time::ToTime(risk.expire_time()));
  }
  if (treated && risk.has_check_due_time()) {
    add(RiskCalendar::KIND_CHECK, risk.name(), risk.treatment().acceptance().monitor(), time::ToTime(risk.check_due_time()));
  }
  if (treated && risk.has_evidence_end_time()) {
    add(RiskCalendar::KIND_EVIDENCE, risk.name(), risk.owner(), time::ToTime(risk.evidence_end_time()));
  }
  if (risk.has_treat_by_time()) add(RiskCalendar::KIND_TREATMENT, risk.name(), risk.owner(), time::ToTime(risk.treat_by_time()));
  if (risk.has_review_time()) add(RiskCalendar::KIND_REVIEW, risk.name(), risk.owner(), time::ToTime(risk.review_time()));
}

}  // namespace

absl::Status Views::AddRisksOn(sql::Session& session, const google::protobuf::RepeatedPtrField<std::string>& subjects,
                               std::vector<std::string>& names) const {
  if (subjects.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Risk> open, summaries_.OpenOn(session, subjects));
  for (const Risk& risk : open) names.push_back(risk.name());
  return absl::OkStatus();
}

void Views::KeepSeen(const rpc::Call& call, std::vector<Risk>& risks) const {
  risks.erase(std::remove_if(risks.begin(), risks.end(), [&](const Risk& risk) { return !risks_.Sees(call, risk); }), risks.end());
}

absl::StatusOr<std::vector<Risk>> Views::AsOf(const rpc::Call& call, sql::Session& session, absl::Time at) const {
  std::vector<Risk> risks;
  RETURN_IF_ERROR(session.Query(
      "SELECT then_.payload FROM (SELECT aggregateid, MAX(revision) AS revision FROM event WHERE aggregatetype = 'risk.heitie/Risk' AND "
      "occur_time <= ? GROUP BY aggregateid) AS last_ JOIN event AS then_ ON then_.aggregateid = last_.aggregateid AND then_.revision = "
      "last_.revision AND then_.aggregatetype = 'risk.heitie/Risk' WHERE then_.payload IS NOT NULL ORDER BY last_.aggregateid",
      {at}, [&](const sql::Row& row) {
        Risk risk;
        if (record::FromJson(row.Text(0), &risk)) risks.push_back(std::move(risk));
      }));
  KeepSeen(call, risks);
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
      ASSIGN_OR_RETURN(risks, AsOf(call, session, at));
    } else {
      ASSIGN_OR_RETURN(risks, risks_.Select(session, "WHERE state <> 'STATE_CLOSED' ORDER BY name"));
      KeepSeen(call, risks);
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
    Focus focus{{request.subjects().begin(), request.subjects().end()}, {}};
    RETURN_IF_ERROR(AddRisksOn(session, request.subjects(), focus.risks));
    for (const Late& late : kLate) {
      sql::Values values{late.by_day ? sql::Value(time::DayText(today)) : sql::Value(call.now)};
      const std::string seen = store_.sights().RowsOf(call.principal, *late.resource()).Condition(&values);
      const std::string within = WithinFocus(focus, late.of, &values);
      RETURN_IF_ERROR(session.Query(absl::StrCat(late.statement, " AND ", seen, " AND ", within), values, [&](const sql::Row& row) {
        if (!late.by_day) return add(late.kind, row.Text(0), row.Text(1), row.Time(2));
        const std::optional<absl::CivilDay> day = time::ParseDay(row.Text(2));
        // The last moment at which it was in time is the end of its day.
        if (day.has_value()) add(late.kind, row.Text(0), row.Text(1), absl::FromCivil(*day + 1, policies_.zone()));
      }));
    }
    ASSIGN_OR_RETURN(const std::vector<Risk> unchecked,
                     risks_.Select(session, "WHERE check_due_time <= ? AND state = 'STATE_TREATED'", {call.now}));
    for (const Risk& risk : unchecked) {
      // What has lapsed by time is checked no more, whether or not the job that says so has run.
      const bool checked = StateAt(risk, call.now) == Risk::STATE_TREATED;
      if (!checked || !IsWithin(focus, risk.name()) || !risks_.Sees(call, risk)) continue;
      add(Overdue::KIND_CHECK, risk.name(), risk.treatment().acceptance().monitor(), time::ToTime(risk.check_due_time()));
    }
    ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(session, call.now));
    const absl::Duration lead = absl::Hours(24) * policy.renewal_days();
    sql::Values values{call.now, call.now + lead};
    const std::string seen = store_.sights().RowsOf(call.principal, *v1::TransferInstrument::descriptor()).Condition(&values);
    const std::string within = WithinFocus(focus, Of::kLinked, &values);
    return session.Query(
        absl::StrCat(
            "SELECT name, end_time FROM transfer_instruments WHERE end_time > ? AND end_time <= ? AND state = 'STATE_CONCLUDED' AND ", seen,
            " AND ", within),
        values, [&](const sql::Row& row) { add(Overdue::KIND_RENEWAL, row.Text(0), "", row.Time(1) - lead); });
  }));
  std::stable_sort(items.begin(), items.end(),
                   [](const Overdue::Item& a, const Overdue::Item& b) { return time::ToTime(a.due_time()) < time::ToTime(b.due_time()); });
  Overdue overdue;
  *overdue.mutable_time() = time::ToTimestamp(call.now);
  overdue.set_count(static_cast<int32_t>(items.size()));
  for (size_t i = 0; i < items.size() && i < kItemsTold; ++i) *overdue.add_items() = std::move(items[i]);
  return overdue;
}

absl::StatusOr<v1::RiskMovement> Views::Movement(const rpc::Call& call, const v1::ComputeRiskMovementRequest& request) {
  Picture before{time::ToTime(request.start_time()), {}, {}};
  Picture after{request.has_end_time() ? time::ToTime(request.end_time()) : call.now, {}, {}};
  status::BadFields bad;
  if (after.time > call.now) bad.Add("end_time", kStillToCome, {{"time", time::InstantText(after.time)}});
  if (before.time >= after.time) bad.Add("start_time", kTimesReversed);
  RETURN_IF_ERROR(bad.status());
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::RiskMovement> {
    for (Picture* picture : {&before, &after}) {
      ASSIGN_OR_RETURN(picture->matrix, matrices_.InForce(session, picture->time));
      ASSIGN_OR_RETURN(picture->risks, AsOf(call, session, picture->time));
    }
    return MovementOf(before, after, request);
  });
}

absl::StatusOr<v1::RiskExposure> Views::Exposure(const rpc::Call& call, const v1::ComputeRiskExposureRequest& request) {
  constexpr size_t kTopTold = 10;
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::RiskExposure> {
    ASSIGN_OR_RETURN(const v1::RiskMatrix matrix, matrices_.InForce(session, call.now));
    std::vector<Risk> open;
    if (request.subjects().empty()) {
      ASSIGN_OR_RETURN(open, risks_.Select(session, "WHERE state <> 'STATE_CLOSED' ORDER BY name"));
    } else {
      ASSIGN_OR_RETURN(open, summaries_.OpenOn(session, request.subjects()));
    }
    KeepSeen(call, open);
    v1::ComputeHeatMapRequest filter;
    filter.set_category(request.category());
    filter.set_owner(request.owner());
    std::vector<Risk> judged;
    for (const Risk& risk : open) {
      if (Passes(risk, filter)) judged.push_back(JudgedAt(risk, matrix, call.now));
    }
    ASSIGN_OR_RETURN(const auto estimates, estimates_.Latest(session, judged));
    v1::RiskExposure exposure =
        ExposureOf(judged, estimates, request.top_count() > 0 ? static_cast<size_t>(request.top_count()) : kTopTold);
    *exposure.mutable_time() = time::ToTimestamp(call.now);
    return exposure;
  });
}

absl::StatusOr<v1::RiskCalendar> Views::Calendar(const rpc::Call& call, const v1::ComputeRiskCalendarRequest& request) {
  using v1::RiskCalendar;
  const absl::Time end = request.has_end_time() ? time::ToTime(request.end_time()) : call.now + kUsualCalendar;
  status::BadFields bad;
  if (end <= call.now) bad.Add("end_time", kTimesReversed);
  if (end > call.now + kLongestCalendar) bad.Add("end_time", kCalendarTooLong, {{"days", kLongestCalendar / absl::Hours(24)}});
  RETURN_IF_ERROR(bad.status());
  std::vector<RiskCalendar::Entry> entries;
  const auto add = [&](RiskCalendar::Kind kind, const std::string& resource, const std::string& owner, absl::Time due) {
    if (due <= call.now || due > end || (!request.owner().empty() && request.owner() != owner)) return;
    RiskCalendar::Entry& entry = entries.emplace_back();
    entry.set_kind(kind);
    entry.set_resource(resource);
    entry.set_owner(owner);
    *entry.mutable_due_time() = time::ToTimestamp(due);
  };
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    entries.clear();
    Focus focus{{request.subjects().begin(), request.subjects().end()}, {}};
    RETURN_IF_ERROR(AddRisksOn(session, request.subjects(), focus.risks));
    std::string within;
    sql::Values values;
    for (const char* column : {"expire_time", "check_due_time", "treat_by_time", "review_time", "evidence_end_time"}) {
      absl::StrAppend(&within, within.empty() ? "(" : " OR ", "(", column, " > ? AND ", column, " <= ?)");
      values.insert(values.end(), {call.now, end});
    }
    ASSIGN_OR_RETURN(std::vector<Risk> risks,
                     risks_.Select(session, absl::StrCat("WHERE state <> 'STATE_CLOSED' AND ", within, ")"), values));
    KeepSeen(call, risks);
    for (const Risk& risk : risks) {
      if (IsWithin(focus, risk.name())) AddDates(risk, add);
    }
    for (const Dated& dated : kDated) {
      // A day is over at its end.
      sql::Values of_kind = dated.by_day ? sql::Values{time::DayText(absl::ToCivilDay(call.now, policies_.zone())),
                                                       time::DayText(absl::ToCivilDay(end, policies_.zone()))}
                                         : sql::Values{call.now, end};
      const std::string seen = store_.sights().RowsOf(call.principal, *dated.resource()).Condition(&of_kind);
      const std::string focused = WithinFocus(focus, dated.of, &of_kind);
      RETURN_IF_ERROR(session.Query(absl::StrCat(dated.statement, " AND ", seen, " AND ", focused), of_kind, [&](const sql::Row& row) {
        if (!dated.by_day) return add(dated.kind, row.Text(0), row.Text(1), row.Time(2));
        const std::optional<absl::CivilDay> day = time::ParseDay(row.Text(2));
        if (day.has_value()) add(dated.kind, row.Text(0), row.Text(1), absl::FromCivil(*day + 1, policies_.zone()));
      }));
    }
    return absl::OkStatus();
  }));
  std::stable_sort(entries.begin(), entries.end(), [](const RiskCalendar::Entry& a, const RiskCalendar::Entry& b) {
    return time::ToTime(a.due_time()) < time::ToTime(b.due_time());
  });
  RiskCalendar calendar;
  *calendar.mutable_start_time() = time::ToTimestamp(call.now);
  *calendar.mutable_end_time() = time::ToTimestamp(end);
  calendar.set_count(static_cast<int32_t>(entries.size()));
  for (size_t i = 0; i < entries.size() && i < kItemsTold; ++i) *calendar.add_entries() = std::move(entries[i]);
  return calendar;
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
  methods.Bind("ComputeRiskMovement", this, &Views::Movement);
  methods.Bind("ComputeRiskExposure", this, &Views::Exposure);
  methods.Bind("ComputeRiskCalendar", this, &Views::Calendar);
  methods.Bind("ExplainRiskLevel", this, &Views::Explain);
}

}  // namespace heitie::risk
