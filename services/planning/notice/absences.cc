#include "services/planning/notice/absences.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::planning {

namespace {

constexpr absl::Duration kAbsenceInterval = absl::Seconds(10);
// So many are named; the inbox and the lists have all of them.
constexpr int64_t kNamedOfWaiting = 5;

const status::Phrase kStandsIn{"You stand in for {person} until {date}. {count:count} things wait, such as: {names}.",
                               "您代理 {person} 至 {date}，目前有 {count:count} 項待辦，例如：{names}。"};

std::string CauseOf(const StandingIn& one) { return absl::StrCat("absence of ", one.person, " from ", time::DayText(one.first)); }

}  // namespace

std::vector<StandingIn> StandingInOn(const std::vector<personnel::v1::Employee>& employees, absl::CivilDay day) {
  std::vector<StandingIn> all;
  for (const personnel::v1::Employee& employee : employees) {
    for (const personnel::v1::Absence& absence : employee.absences()) {
      const absl::CivilDay first = time::ToDay(absence.start_date()), last = time::ToDay(absence.end_date());
      if (first > day || last < day || absence.deputy().empty()) continue;
      all.push_back({employee.name(), absence.deputy(), first, last});
    }
  }
  return all;
}

AbsenceReminders::AbsenceReminders(const service::Context& context, Tables& tables, const Notices& notices)
    : tables_(tables), notices_(notices) {
  context.jobs.Recur("remind-of-absences", kAbsenceInterval, [this](const rpc::Call& call, const job::Job&) { return RemindAll(call); });
}

absl::StatusOr<std::vector<std::string>> AbsenceReminders::WaitingFor(sql::Session& session, const std::string& person) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(session.Query(
      "SELECT name FROM action_items WHERE owner = ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') "
      "UNION ALL SELECT name FROM action_items WHERE owed_to = ? AND state = 'STATE_DONE' "
      "UNION ALL SELECT name FROM plan_duties WHERE owner = ? AND state = 'STATE_OPEN' "
      "UNION ALL SELECT name FROM meetings WHERE chair = ? AND state IN ('STATE_AGENDA_PUBLISHED', 'STATE_HELD') "
      "UNION ALL SELECT n.name FROM meeting_minutes n JOIN meetings m ON m.name = SUBSTRING_INDEX(n.name, '/', 4) AND m.state = "
      "'STATE_CLOSED' WHERE n.chair = ? AND n.state = 'STATE_DRAFT' "
      "UNION ALL SELECT name FROM decisions WHERE owner = ? AND state = 'STATE_OPEN' "
      "UNION ALL SELECT name FROM issues WHERE owner = ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') "
      "UNION ALL SELECT name FROM issues WHERE raiser = ? AND state = 'STATE_RESOLVED' "
      "UNION ALL SELECT name FROM cooperation_requests WHERE owner = ? AND state IN ('STATE_ACCEPTED', 'STATE_IN_PROGRESS') "
      "UNION ALL SELECT name FROM cooperation_requests WHERE requester = ? AND state IN ('STATE_COUNTERED', 'STATE_DELIVERED') "
      "UNION ALL SELECT r.name FROM cooperation_requests r JOIN liaisons l ON l.name = r.liaison WHERE l.employee = ? AND r.state = "
      "'STATE_SENT' "
      "UNION ALL SELECT name FROM consultations WHERE person = ? AND state = 'STATE_OPEN' "
      "UNION ALL SELECT t.name FROM tasks t JOIN projects p ON p.name = SUBSTRING_INDEX(t.name, '/tasks/', 1) AND p.state = "
      "'STATE_APPROVED' WHERE t.owner = ? AND t.state IN ('STATE_OPEN', 'STATE_IN_PROGRESS')",
      sql::Bind(person, person, person, person, person, person, person, person, person, person, person, person, person),
      [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  return names;
}

absl::Status AbsenceReminders::Remind(record::Transaction& tx, const StandingIn& one) const {
  ASSIGN_OR_RETURN(std::vector<std::string> waiting, WaitingFor(tx.sql, one.person));
  if (waiting.empty()) return absl::OkStatus();
  const auto count = static_cast<int64_t>(waiting.size());
  waiting.resize(static_cast<size_t>(std::min(count, kNamedOfWaiting)));
  return notices_.Tell(
      tx, {.cause = CauseOf(one),
           .recipient = one.deputy,
           .wording = "stands-in",
           .phrase = kStandsIn,
           .args = {{"person", one.person}, {"date", time::DayText(one.last)}, {"count", count}, {"names", absl::StrJoin(waiting, ", ")}}});
}

job::Outcome AbsenceReminders::RemindAll(const rpc::Call& call) const {
  std::vector<StandingIn> to_remind;
  const absl::Status read = tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    to_remind.clear();
    ASSIGN_OR_RETURN(const auto absent, tables_.employees.SelectKnown(session, "WHERE absences IS NOT NULL", {}));
    for (const StandingIn& one : StandingInOn(absent, absl::ToCivilDay(call.now, tables_.zone))) {
      bool told = notices_.HasLeft(one.deputy, call.now) || notices_.HasLeft(one.person, call.now);
      RETURN_IF_ERROR(session.Query("SELECT notice FROM notice_causes WHERE cause = ? AND recipient = ?",
                                    sql::Bind(CauseOf(one), one.deputy), [&](const sql::Row&) { told = true; }));
      if (told) continue;
      ASSIGN_OR_RETURN(const std::vector<std::string> waiting, WaitingFor(session, one.person));
      if (!waiting.empty()) to_remind.push_back(one);
    }
    return absl::OkStatus();
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const StandingIn& one : to_remind) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Remind(tx, one); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

}  // namespace heitie::planning
