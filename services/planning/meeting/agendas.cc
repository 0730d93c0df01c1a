#include "services/planning/meeting/agendas.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/excerpt.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/control/progress.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/meeting/agenda_history.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::ActionItem;
using v1::AgendaEntry;
using v1::Meeting;
using v1::MeetingSeries;

const status::Reason kMeetingBegun{StatusCode::kFailedPrecondition, "MEETING_BEGUN", "The agenda of {name} is closed.",
                                   "{name} 的議程已截止。"};
const status::Reason kMeetingNotHeld{StatusCode::kFailedPrecondition, "MEETING_NOT_HELD", "{name} is not being held.",
                                     "{name} 並非進行中。"};
const status::Reason kNoQuorum{StatusCode::kFailedPrecondition, "NO_QUORUM",
                               "Nothing is decided: {quorum:count} people are needed, {present:count} are recorded as present.",
                               "未達法定人數，不得決議：須 {quorum:count} 人，記錄出席 {present:count} 人。"};
const status::Reason kOutcomeMismatched{StatusCode::kInvalidArgument, "OUTCOME_MISMATCHED",
                                        "This does not belong to the outcome, or is missing.", "此欄位與結論不符，或缺少此欄位。"};
const status::Reason kOutcomeUnexplained{StatusCode::kInvalidArgument, "OUTCOME_UNEXPLAINED", "Say what was said, or why.",
                                         "請說明內容或原因。"};
const status::Reason kEntriesOpen{StatusCode::kFailedPrecondition, "ENTRIES_OPEN",
                                  "{count:count} entries of the agenda have come to nothing yet.", "議程中尚有 {count:count} 項未有結論。"};
const status::Reason kNotYourProject{StatusCode::kPermissionDenied, "NOT_YOUR_PROJECT",
                                     "Managers, specialists and the owner of {project} give it tasks.",
                                     "{project} 的任務由經理、專員或專案負責人指派。"};

namespace {

constexpr absl::Duration kLateAgendaInterval = absl::Seconds(30);
constexpr int64_t kMostFacts = 500;
// Of what is longer than a title may be, with "…" behind it.
constexpr size_t kTitleBytes = 297;
constexpr char kButThisMeeting[] = " AND m.name <> ?";

absl::CivilDay DayOf(const Meeting& meeting, absl::TimeZone zone) { return absl::ToCivilDay(time::ToTime(meeting.start_time()), zone); }

bool MayStillChange(const Meeting& meeting) {
  return meeting.state() == Meeting::STATE_PLANNED || meeting.state() == Meeting::STATE_AGENDA_PUBLISHED;
}

// By what entries are the same.
std::string IdentityOf(const AgendaEntry& entry) { return entry.subject().empty() ? entry.title() : entry.subject(); }

// A task counts with what it plans and has earned as it is now.
void AddCost(const v1::Task& task, CostPosition& position) {
  Progress progress;
  progress.percent = task.progress_percent();
  if (task.has_actual_start_date()) progress.start = time::ToDay(task.actual_start_date());
  position.planned += task.planned_cost_minor();
  position.earned += task.planned_cost_minor() * EarnedPercent(task.measurement_rule(), progress) / 100;
}

// An agenda has many rows and needs little of each: it reads columns, not resources.
absl::CivilDay DayIn(const sql::Row& row, int column) { return time::ParseDay(row.Text(column)).value_or(absl::CivilDay()); }

void Stamp(const Meeting& meeting, AgendaEntry& entry) {
  entry.set_chair(meeting.chair());
  entry.set_secretary(meeting.secretary());
  entry.set_department(meeting.department());
  entry.set_meeting_series(record::ParentOf(meeting.name()));
}

void CarryTo(const MeetingSeries& list, absl::Time now, AgendaEntry& entry) {
  entry.set_carried_to(list.name());
  *entry.mutable_carry_time() = time::ToTimestamp(now);
}

void CheckOutcome(const v1::ConcludeAgendaEntryRequest& request, absl::CivilDay meeting_day, absl::CivilDay today, status::BadFields& bad) {
  const bool decided = request.outcome() == AgendaEntry::OUTCOME_DECIDED, action = request.outcome() == AgendaEntry::OUTCOME_ACTION;
  const bool deferred = request.outcome() == AgendaEntry::OUTCOME_DEFERRED;
  if (decided != request.has_decision()) bad.Add("decision", kOutcomeMismatched);
  if (action ? request.actions().empty() : !decided && !request.actions().empty()) bad.Add("actions", kOutcomeMismatched);
  if (deferred ? !request.has_defer_date() || time::ToDay(request.defer_date()) <= meeting_day : request.has_defer_date()) {
    bad.Add("defer_date", kOutcomeMismatched);
  } else if (deferred) {
    CheckNotTooFar(time::ToDay(request.defer_date()), today, "defer_date", bad);
  }
  if (!decided && !action && request.text().empty()) bad.Add("text", kOutcomeUnexplained);
  for (int i = 0; i < request.actions_size(); ++i) {
    if (request.actions(i).estimate_hours() > 0 && request.actions(i).project().empty()) {
      bad.Add(absl::StrCat("actions[", i, "].estimate_hours"), kOutcomeMismatched);
    }
    CheckDueDay(time::ToDay(request.actions(i).due_date()), today, absl::StrCat("actions[", i, "].due_date"), bad);
  }
}

}  // namespace

const record::StateMachine& AgendaEntryMachine() {
  static const auto& machine = *new record::StateMachine(
      AgendaEntry::State_descriptor(), {{AgendaEntry::STATE_OPEN, "conclude", AgendaEntry::STATE_CONCLUDED, "its meeting is held"}});
  return machine;
}

Agendas::Agendas(const service::Context& context, MeetingTables& tables, const ActionItems& action_items, const Decisions& decisions,
                 const Recipients& recipients)
    : tables_(tables),
      action_items_(action_items),
      decisions_(decisions),
      recipients_(recipients),
      risks_(context, "risk"),
      risk_measures_(context, "risk"),
      incidents_(context, "activity") {
  context.jobs.Recur("keep-late-agenda-entries", kLateAgendaInterval,
                     [this](const rpc::Call& call, const job::Job&) { return KeepLate(call); });
}

absl::Status Agendas::Create(record::Transaction& tx, AgendaEntry& entry) {
  ASSIGN_OR_RETURN(const Meeting meeting, tables_.meetings.Guard(tx, record::ParentOf(entry.name())));
  if (!tables_.meetings.Sees(tx.call, meeting)) return status::NotFound(meeting.name());
  if (!MayStillChange(meeting)) return status::Error(kMeetingBegun, {{"name", meeting.name()}});
  entry.set_kind(AgendaEntry::KIND_PROPOSAL);
  entry.set_owner(tx.call.principal.name);
  entry.add_reasons("PROPOSED");
  entry.set_late(meeting.state() == Meeting::STATE_AGENDA_PUBLISHED);
  entry.set_state(AgendaEntry::STATE_OPEN);
  Stamp(meeting, entry);
  if (!entry.late()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t before, tables_.agenda_entries.CountChildren(tx.sql, meeting.name()));
  entry.set_place(static_cast<int32_t>(before) + 1);
  return absl::OkStatus();
}

absl::Status Agendas::GatherFollowUp(sql::Session& session, const MeetingSeries& series, const Meeting& meeting, absl::CivilDay day,
                                     std::vector<AgendaFact>& facts) const {
  const auto left = [&](const std::string& which, const sql::Values& values) -> absl::Status {
    ASSIGN_OR_RETURN(
        const std::vector<AgendaEntry> entries,
        tables_.agenda_entries.Select(session, absl::StrCat("WHERE list_series = ? AND ", which, " ORDER BY name LIMIT ?"), values));
    for (const AgendaEntry& one : entries) {
      facts.push_back({AgendaEntry::KIND_CARRIED_OVER, one.title(), one.subject().empty() ? one.name() : one.subject(),
                       one.state() == AgendaEntry::STATE_CONCLUDED ? "DEFERRED" : "NOT_HELD", "", one.owner(), std::nullopt, one.severity(),
                       one.minutes()});
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(left(absl::StrCat(IsDeferredStill(kButThisMeeting), " AND defer_date <= ?"),
                       sql::Bind(series.name(), meeting.name(), time::DayText(day), kMostFacts)));
  RETURN_IF_ERROR(left(absl::StrCat(IsLeftStill(kButThisMeeting), " AND (carry_time IS NOT NULL OR meeting < ?)"),
                       sql::Bind(series.name(), meeting.name(), meeting.name(), kMostFacts)));
  ASSIGN_OR_RETURN(const std::vector<ActionItem> items, action_items_.OpenOf(session, series.name()));
  for (const ActionItem& item : items) {
    const bool done = item.state() == ActionItem::STATE_DONE;
    const absl::CivilDay due =
        done ? absl::ToCivilDay(time::ToTime(item.verify_due_time()), tables_.planning.zone) : time::ToDay(item.due_date());
    const auto add = [&](const char* reason) {
      facts.push_back({AgendaEntry::KIND_ACTION_ITEM, item.title(), item.name(), reason, item.etag(), item.owner(), due});
    };
    if (done) {
      add("TO_VERIFY");
      continue;
    }
    add(due < day ? "OVERDUE" : "OPEN");
    if (item.postponement_count() > 0) add("POSTPONED");
    if (item.carry_count() > 0) add("CARRIED_ON");
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Decision> decisions,
                   tables_.decisions.Select(session, "WHERE series = ? AND state = 'STATE_OPEN' AND due_date <= ? ORDER BY name LIMIT ?",
                                            sql::Bind(series.name(), time::DayText(day), kMostFacts)));
  for (const v1::Decision& decision : decisions) {
    const absl::CivilDay due = time::ToDay(decision.due_date());
    const char* reason = decision.draft().standing_rule() ? "TO_REVIEW" : due < day ? "OVERDUE" : "DUE";
    facts.push_back({AgendaEntry::KIND_DECISION, text::Excerpt(decision.draft().text(), kTitleBytes), decision.name(), reason,
                     decision.etag(), decision.owner(), due});
  }
  return absl::OkStatus();
}

absl::Status Agendas::GatherCosts(sql::Session& session, const AgendaScope& scope, int most_percent, std::vector<AgendaFact>& facts) const {
  // From the approved projects to what was booked on each, on its tasks and on its activities, by indexes; then to the tasks of those on
  // which something was.
  sql::Values values;
  std::string spent;
  for (const char* booked : {"JOIN booked_actuals b ON b.subject = p.name",
                             "JOIN booked_actuals b ON b.subject > CONCAT(p.name, '/tasks/') AND b.subject < CONCAT(p.name, '/tasks0')",
                             "JOIN mirrored_activities a ON a.project = p.name JOIN booked_actuals b ON b.subject = a.name"}) {
    absl::StrAppend(&spent, spent.empty() ? "" : " UNION ALL ",
                    "SELECT p.name AS project, SUM(b.amount_minor) AS amount_minor FROM projects p ", booked,
                    " WHERE p.state = 'STATE_APPROVED' AND b.currency_code = p.currency_code", scope.OfProjects("p.name", &values),
                    " GROUP BY p.name");
  }
  std::map<std::string, std::pair<AgendaFact, CostPosition>> positions;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT p.name, p.title, p.etag, p.owner, s.spent, t.planned_cost_minor, t.measurement_rule, t.progress_percent, "
                   "t.actual_start_date FROM (SELECT project, SUM(amount_minor) AS spent FROM (",
                   spent,
                   ") AS one GROUP BY project HAVING SUM(amount_minor) > 0) AS s JOIN projects p ON p.name = s.project JOIN tasks t ON "
                   "t.name > CONCAT(s.project, '/tasks/') AND t.name < CONCAT(s.project, '/tasks0') WHERE t.part_count = 0 AND t.state <> "
                   "'STATE_CANCELLED' AND t.planned_cost_minor <> 0"),
      values, [&](const sql::Row& row) {
        auto& [fact, position] = positions[row.Text(0)];
        if (fact.subject.empty()) {
          fact = {AgendaEntry::KIND_VARIANCE, row.Text(1), row.Text(0), "COST_OVER_VALUE", row.Text(2), row.Text(3)};
          position.spent = row.Int(4);
        }
        v1::Task task;
        task.set_planned_cost_minor(row.Int(5));
        v1::Task::MeasurementRule rule = v1::Task::MEASUREMENT_RULE_UNSPECIFIED;
        if (v1::Task::MeasurementRule_Parse(row.Text(6), &rule)) task.set_measurement_rule(rule);
        task.set_progress_percent(static_cast<int32_t>(row.Int(7)));
        if (!row.IsNull(8)) *task.mutable_actual_start_date() = time::ToDate(DayIn(row, 8));
        AddCost(task, position);
      }));
  for (auto& [name, one] : positions) {
    auto& [fact, position] = one;
    fact.severity = OverspentPercent(position);
    if (fact.severity > most_percent) facts.push_back(std::move(fact));
  }
  return absl::OkStatus();
}

absl::Status Agendas::GatherProjects(sql::Session& session, const AgendaScope& scope, const Meeting& meeting, absl::CivilDay day,
                                     std::vector<AgendaFact>& facts) const {
  sql::Values values = sql::Bind(time::DayText(day));
  const std::string late = scope.BelowProjects("t.name", "tasks", &values);
  values.emplace_back(kMostFacts);
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT t.name, t.title, t.etag, t.owner, t.end_date FROM tasks t WHERE t.state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') "
                   "AND t.end_date < ? AND t.part_count = 0",
                   late, " AND EXISTS (SELECT 1 FROM projects p WHERE p.name = SUBSTRING_INDEX(t.name, '/', 2) AND p.state = ",
                   "'STATE_APPROVED') ORDER BY t.end_date, t.name LIMIT ?"),
      values, [&](const sql::Row& row) {
        facts.push_back({AgendaEntry::KIND_TASK, row.Text(1), row.Text(0), "OVERDUE", row.Text(2), row.Text(3), DayIn(row, 4)});
      }));
  values.clear();
  const std::string slipping = scope.OfProjects("p.name", &values);
  values.emplace_back(kMostFacts);
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT p.name, p.title, p.etag, p.owner, v.slip_days, v.cause, t.name, t.title, t.etag, t.owner, t.milestone FROM "
                   "schedule_variances v JOIN projects p ON p.name = SUBSTRING_INDEX(v.name, '/', 2) LEFT JOIN tasks t ON t.name = v.task "
                   "WHERE v.state = 'STATE_OPEN' AND p.state = 'STATE_APPROVED'",
                   slipping, " ORDER BY v.name LIMIT ?"),
      values, [&](const sql::Row& row) {
        const int first = row.IsNull(6) ? 0 : 6;  // the task, or the project as a whole
        AgendaFact fact{AgendaEntry::KIND_VARIANCE, row.Text(first + 1), row.Text(first),
                        "LATE_BY_FORECAST",         row.Text(first + 2), row.Text(first + 3)};
        if (row.Int(10) != 0) fact.what = AgendaEntry::KIND_MILESTONE;
        if (row.Text(5) == v1::ScheduleVariance::Cause_Name(v1::ScheduleVariance::CAUSE_DEADLINE)) fact.reason = "AFTER_ITS_LAST_DAY";
        fact.severity = static_cast<int>(row.Int(4));
        facts.push_back(std::move(fact));
      }));
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT p.title, p.owner, f.citation, f.etag FROM evidence_flags f JOIN projects p ON p.name = "
                                 "SUBSTRING_INDEX(f.name, '/', 2) WHERE f.state = 'STATE_OPEN' AND p.state = 'STATE_APPROVED'",
                                 slipping, " ORDER BY f.name LIMIT ?"),
                    values, [&](const sql::Row& row) {
                      facts.push_back({AgendaEntry::KIND_EVIDENCE, row.Text(0), row.Text(2), "FLAGGED", row.Text(3), row.Text(1)});
                    }));
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.kind().Find(session, meeting.meeting_policy()));
  return policy.cost_variance_percent() == 0 ? absl::OkStatus() : GatherCosts(session, scope, policy.cost_variance_percent(), facts);
}

absl::Status Agendas::GatherRisks(sql::Session& session, const AgendaScope& scope, absl::CivilDay day,
                                  std::vector<AgendaFact>& facts) const {
  sql::Values values;
  const std::string where = scope.OfSubjects("subject", &values);
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT name, title, etag, owner, level, state FROM ", risks_.table(),
                   " WHERE state IN ('STATE_IDENTIFIED', 'STATE_ASSESSED', 'STATE_TREATED', 'STATE_REOPENED') AND restriction = ''", where),
      values, [&](const sql::Row& row) {
        risk::v1::Level level = risk::v1::LEVEL_UNSPECIFIED;
        risk::v1::Level_Parse(row.Text(4), &level);
        const auto add = [&](const char* reason) {
          facts.push_back({AgendaEntry::KIND_RISK, row.Text(1), row.Text(0), reason, row.Text(2), row.Text(3), std::nullopt, level});
        };
        if (level == risk::v1::LEVEL_HIGH) add("HIGH");
        if (row.Text(5) != risk::v1::Risk::State_Name(risk::v1::Risk::STATE_TREATED)) add("UNTREATED");
      }));
  values = sql::Bind(time::DayText(day));
  std::string of_risks = scope.OfSubjects("subject", &values);
  if (!of_risks.empty()) of_risks = absl::StrCat(" AND risk IN (SELECT name FROM ", risks_.table(), " WHERE TRUE", of_risks, ")");
  values.emplace_back(kMostFacts);
  return session.Query(
      absl::StrCat("SELECT name, description, etag, owner, due_date FROM ", risk_measures_.table(),
                   " WHERE state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_REOPENED') AND restriction = '' AND due_date < ?", of_risks,
                   " ORDER BY due_date, name LIMIT ?"),
      values, [&](const sql::Row& row) {
        facts.push_back({AgendaEntry::KIND_RISK_MEASURE, text::Excerpt(row.Text(1), kTitleBytes), row.Text(0), "OVERDUE", row.Text(2),
                         row.Text(3), DayIn(row, 4)});
      });
}

absl::Status Agendas::GatherOthers(sql::Session& session, const AgendaScope& scope, absl::CivilDay day,
                                   std::vector<AgendaFact>& facts) const {
  sql::Values values;
  const std::string of_activities = scope.OfActivities("name", &values);
  ASSIGN_OR_RETURN(
      const std::vector<activity::v1::Incident> incidents,
      incidents_.SelectKnown(
          session, absl::StrCat("WHERE state IN ('STATE_OPEN', 'STATE_ACKNOWLEDGED', 'STATE_MITIGATED')", of_activities, " ORDER BY name"),
          values));
  for (const activity::v1::Incident& incident : incidents) {
    facts.push_back({AgendaEntry::KIND_INCIDENT, text::Excerpt(incident.title(), kTitleBytes), incident.name(), "OPEN", incident.etag(),
                     incident.owner(), std::nullopt, static_cast<int>(incident.severity())});
  }
  if (!scope.series.project().empty()) return absl::OkStatus();
  return session.Query(
      "SELECT c.topic, d.subject, d.etag, d.owner, d.due_date, d.escalation FROM plan_duties d JOIN collection_duties c ON c.name = "
      "SUBSTRING_INDEX(d.subject, '/', 2) WHERE d.state = 'STATE_OPEN' AND d.kind = 'KIND_COLLECTION' AND d.due_date < ? ORDER BY d.name "
      "LIMIT ?",
      sql::Bind(time::DayText(day), kMostFacts), [&](const sql::Row& row) {
        facts.push_back({AgendaEntry::KIND_COLLECTION, text::Excerpt(row.Text(0), kTitleBytes), row.Text(1), "OVERDUE", row.Text(2),
                         row.Text(3), DayIn(row, 4), static_cast<int>(row.Int(5))});
      });
}

absl::StatusOr<std::vector<AgendaEntry>> Agendas::Gather(sql::Session& session, const MeetingSeries& series, const Meeting& meeting) const {
  const absl::CivilDay day = DayOf(meeting, tables_.planning.zone);
  std::vector<AgendaFact> facts;
  RETURN_IF_ERROR(GatherFollowUp(session, series, meeting, day, facts));
  ASSIGN_OR_RETURN(const AgendaScope scope, ScopeOf(session, tables_.planning, series, day));
  RETURN_IF_ERROR(GatherProjects(session, scope, meeting, day, facts));
  RETURN_IF_ERROR(GatherRisks(session, scope, day, facts));
  RETURN_IF_ERROR(GatherOthers(session, scope, day, facts));
  for (const Source& source : sources_) RETURN_IF_ERROR(source(session, scope, time::ToTime(meeting.start_time()), facts));
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.kind().Find(session, meeting.meeting_policy()));
  for (AgendaFact& fact : facts) {
    // What is carried over said so when it came.
    if (fact.what != AgendaEntry::KIND_CARRIED_OVER) fact.minutes = policy.entry_minutes();
  }
  for (const v1::AgendaTopic& topic : series.topics()) {
    facts.push_back({AgendaEntry::KIND_TOPIC, topic.title(), "", "TEMPLATE", "", "", std::nullopt, 0, topic.minutes()});
  }
  return AgendaOf(std::move(facts), day);
}

absl::Status Agendas::Keep(record::Transaction& tx, const Meeting& meeting, bool late) const {
  RETURN_IF_ERROR(tables_.meetings.Guard(tx, meeting.name()).status());
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, record::ParentOf(meeting.name())));
  ASSIGN_OR_RETURN(std::vector<AgendaEntry> entries, Gather(tx.sql, series, meeting));
  ASSIGN_OR_RETURN(const std::vector<AgendaEntry> known, tables_.agenda_entries.Children(tx.sql, meeting.name()));
  std::set<std::string> there;
  for (const AgendaEntry& one : known) there.insert(IdentityOf(one));
  entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const AgendaEntry& one) { return there.count(IdentityOf(one)) > 0; }),
                entries.end());
  if (!late) entries.insert(entries.end(), known.begin(), known.end());
  OrderAgenda(entries);
  return tx.sql.Together([&] { return Put(tx, meeting, late, known, entries); });
}

absl::Status Agendas::Put(record::Transaction& tx, const Meeting& meeting, bool late, const std::vector<AgendaEntry>& known,
                          std::vector<AgendaEntry>& entries) const {
  std::map<std::string, AgendaEntry> by_name;
  for (const AgendaEntry& one : known) by_name[one.name()] = one;
  for (AgendaEntry& entry : entries) {
    const int32_t place = late ? entry.place() + static_cast<int32_t>(known.size()) : entry.place();
    entry.set_place(place);
    if (const auto found = by_name.find(entry.name()); found != by_name.end()) {
      RETURN_IF_ERROR(tables_.agenda_entries.Update(tx, found->second, entry, "place"));
      continue;
    }
    entry.set_name(absl::StrCat(meeting.name(), "/agendaEntries/", record::NewId(tx.call.now)));
    entry.set_late(late);
    Stamp(meeting, entry);
    RETURN_IF_ERROR(tables_.agenda_entries.Insert(tx, entry, late ? "add" : "publish"));
  }
  return absl::OkStatus();
}

job::Outcome Agendas::KeepLate(const rpc::Call& call) {
  const auto published = tables_.store.Read(call, [&](sql::Session& session) {
    return tables_.meetings.Select(session, "WHERE state = 'STATE_AGENDA_PUBLISHED' ORDER BY name");
  });
  if (!published.ok()) return job::Outcome::Failed(published.status());
  absl::Status failure;
  for (const Meeting& meeting : *published) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Meeting locked, tables_.meetings.Lock(tx, meeting.name()));
      return locked.state() == Meeting::STATE_AGENDA_PUBLISHED ? Keep(tx, locked, true) : absl::OkStatus();
    }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::StatusOr<v1::ComputeAgendaResponse> Agendas::Compute(const rpc::Call& call, const v1::ComputeAgendaRequest& request) {
  ASSIGN_OR_RETURN(const Meeting meeting, tables_.meetings.Get(call, request.name()));
  if (request.has_as_of()) return AgendaThen(tables_, call, meeting.name(), time::ToTime(request.as_of()));
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeAgendaResponse> {
    v1::ComputeAgendaResponse response;
    RETURN_IF_ERROR(session.Query("SELECT position FROM event_position WHERE id = 1", {},
                                  [&](const sql::Row& row) { response.set_position(row.Int(0)); }));
    ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(session, record::ParentOf(meeting.name())));
    ASSIGN_OR_RETURN(std::vector<AgendaEntry> entries, Gather(session, series, meeting));
    ASSIGN_OR_RETURN(const std::vector<AgendaEntry> known, tables_.agenda_entries.Children(session, meeting.name()));
    const size_t gathered = entries.size();
    for (const AgendaEntry& one : known) {
      if (one.kind() == AgendaEntry::KIND_PROPOSAL) entries.push_back(one);
    }
    if (entries.size() > gathered) OrderAgenda(entries);
    const int64_t minutes = absl::ToInt64Minutes(time::ToTime(meeting.end_time()) - time::ToTime(meeting.start_time()));
    response.set_planned_minutes(PlannedMinutes(entries));
    response.set_excess_minutes(static_cast<int32_t>(std::max<int64_t>(0, response.planned_minutes() - minutes)));
    response.mutable_agenda_entries()->Reserve(static_cast<int>(entries.size()));
    for (AgendaEntry& entry : entries) {
      Stamp(meeting, entry);  // By this the caller sees it.
      *response.add_agenda_entries() = std::move(entry);
    }
    return response;
  });
}

absl::StatusOr<AgendaEntry> Agendas::Conclude(record::Transaction& tx, const v1::ConcludeAgendaEntryRequest& request) {
  ASSIGN_OR_RETURN(const Meeting meeting, tables_.meetings.Guard(tx, record::ParentOf(request.name())));
  ASSIGN_OR_RETURN(record::Step<AgendaEntry> step, tables_.agenda_entries.Begin(tx, request, "conclude"));
  RETURN_IF_ERROR(CheckLeads(tx, recipients_, meeting, step.after));
  if (meeting.state() != Meeting::STATE_HELD) return status::Error(kMeetingNotHeld, {{"name", meeting.name()}});
  status::BadFields bad;
  CheckOutcome(request, DayOf(meeting, tables_.planning.zone), absl::ToCivilDay(tx.call.now, tables_.planning.zone), bad);
  RETURN_IF_ERROR(bad.status());
  AgendaEntry& after = step.after;
  after.set_outcome(request.outcome());
  after.set_outcome_text(request.text());
  if (request.has_defer_date()) {
    *after.mutable_defer_date() = request.defer_date();
    ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Guard(tx, record::ParentOf(meeting.name())));
    ASSIGN_OR_RETURN(const MeetingSeries list, tables_.ListOf(tx, series));
    if (list.name() != series.name()) CarryTo(list, tx.call.now, after);
  }
  if (request.has_decision()) {
    ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, record::ParentOf(meeting.name())));
    ASSIGN_OR_RETURN(const std::vector<std::string> members, recipients_.MembersOf(tx.sql, series, tx.call.now));
    const int present = PresentOf(meeting, members);
    if (present < series.quorum()) return status::Error(kNoQuorum, {{"quorum", series.quorum()}, {"present", present}});
    ASSIGN_OR_RETURN(const v1::Decision decision, decisions_.Record(tx, request.decision(), meeting, "decision"));
    after.set_decision(decision.name());
  }
  *after.mutable_actions() = request.actions();
  for (const v1::ActionDraft& draft : request.actions()) {
    ActionItem item;
    item.set_name(absl::StrCat("actionItems/", record::NewId(tx.call.now)));
    item.set_title(draft.title());
    item.set_owner(draft.owner());
    *item.mutable_due_date() = draft.due_date();
    item.set_series(record::ParentOf(meeting.name()));
    item.set_owed_to(meeting.chair());
    item.set_source(after.decision().empty() ? meeting.name() : after.decision());
    if (!draft.project().empty()) {
      RETURN_IF_ERROR(CheckGivesTasks(tx, draft.project()));
      RETURN_IF_ERROR(
          action_items_.BecomeTask(tx, absl::StrCat(draft.project(), "/tasks/", record::NewId(tx.call.now)), draft.estimate_hours(), item));
    }
    RETURN_IF_ERROR(action_items_.Open(tx, item));
    after.add_action_items(item.name());
  }
  return tables_.agenda_entries.Finish(tx, step);
}

absl::Status Agendas::CheckGivesTasks(record::Transaction& tx, const std::string& project) const {
  if (RunsMeetings(tx.call.principal)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Project found, tables_.planning.projects.Find(tx.sql, project));
  return found.owner() == tx.call.principal.name ? absl::OkStatus() : status::Error(kNotYourProject, {{"project", project}});
}

absl::Status Agendas::Leave(record::Transaction& tx, const MeetingSeries& series) const {
  ASSIGN_OR_RETURN(const std::vector<AgendaEntry> left,
                   tables_.agenda_entries.Select(
                       tx.sql, absl::StrCat("WHERE list_series = ? AND (", IsDeferredStill(), " OR ", IsLeftStill(), ") ORDER BY name"),
                       sql::Bind(series.name())));
  if (left.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const MeetingSeries standing, tables_.GuardStandingOf(tx, series.department()));
  for (const AgendaEntry& entry : left) {
    ASSIGN_OR_RETURN(const AgendaEntry before, tables_.agenda_entries.Lock(tx, entry.name()));
    AgendaEntry after = before;
    CarryTo(standing, tx.call.now, after);
    RETURN_IF_ERROR(tables_.agenda_entries.Update(tx, before, after, "adopt"));
  }
  return absl::OkStatus();
}

absl::Status Agendas::CheckConcluded(sql::Session& session, const Meeting& meeting) const {
  ASSIGN_OR_RETURN(const std::vector<AgendaEntry> open,
                   tables_.agenda_entries.Select(session, "WHERE meeting = ? AND state = 'STATE_OPEN'", sql::Bind(meeting.name())));
  if (open.empty()) return absl::OkStatus();
  return status::Error(kEntriesOpen, {{"count", static_cast<int64_t>(open.size())}});
}

void Agendas::Bind(record::Methods& methods) {
  methods.Reads(tables_.agenda_entries);
  methods.Creates(tables_.agenda_entries, this, &Agendas::Create);
  methods.Bind("ComputeAgenda", this, &Agendas::Compute);
  methods.Bind("ConcludeAgendaEntry", this, &Agendas::Conclude);
}

}  // namespace heitie::planning
