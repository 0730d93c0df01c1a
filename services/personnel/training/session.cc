#include "services/personnel/training/session.h"

#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/session.pb.h"

namespace heitie::personnel {

const status::Reason kSessionFull{absl::StatusCode::kFailedPrecondition, "SESSION_FULL",
                                  "{name} has {capacity} seats, {enrolled} are taken.",
                                  "{name} 有 {capacity} 個名額，已佔 {enrolled} 個。"};
const status::Reason kSessionHeld{absl::StatusCode::kFailedPrecondition, "SESSION_HELD", "{name} has results, its day cannot change.",
                                  "{name} 已有成績，日期不可更改。"};

absl::StatusOr<Attendance> CountAttendance(sql::Session& sql, const std::string& session) {
  Attendance attendance;
  RETURN_IF_ERROR(
      sql.Query("SELECT COUNT(*), COUNT(CASE WHEN state IN ('STATE_RECORDED', 'STATE_VOIDED') THEN 1 END) FROM enrollments"
                " WHERE name > ? AND name < ? AND state <> 'STATE_CANCELLED'",
                record::ChildRange(session, "enrollments"), [&](const sql::Row& row) {
                  attendance = {row.Int(0), row.Int(1)};
                }));
  return attendance;
}

absl::Status ForFreeSessions(sql::Session& sql, const std::string& employee, absl::CivilDay today,
                             const std::function<void(const std::string& session, absl::CivilDay day)>& each) {
  return sql.Query(
      "SELECT s.name, s.date, s.capacity, COUNT(e.name), COUNT(CASE WHEN e.employee = ? THEN 1 END) FROM sessions s LEFT JOIN enrollments "
      "e ON "
      "e.name > CONCAT(s.name, '/enrollments/') AND e.name < CONCAT(s.name, '/enrollments0') AND e.state <> 'STATE_CANCELLED' WHERE s.date "
      "> "
      "? GROUP BY s.name, s.date, s.capacity",
      sql::Bind(employee, time::DayText(today)), [&](const sql::Row& row) {
        if (row.Int(3) < row.Int(2) || row.Int(4) > 0) each(row.Text(0), *time::ParseDay(row.Text(1)));
      });
}

absl::Status CheckSessionChange(const v1::Session& before, const v1::Session& after, const Attendance& attendance) {
  if (after.capacity() < attendance.enrolled) {
    return status::Error(kSessionFull, {{"name", after.name()}, {"capacity", after.capacity()}, {"enrolled", attendance.enrolled}});
  }
  if (attendance.recorded > 0 && time::ToDay(before.date()) != time::ToDay(after.date()))
    return status::Error(kSessionHeld, {{"name", after.name()}});
  return absl::OkStatus();
}

Sessions::Sessions(record::Store& store, const record::Kind<v1::Course>& courses) : sessions_(store), courses_(courses) {
  sessions_.SetDecorator([](sql::Session& sql, v1::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const Attendance attendance, CountAttendance(sql, session.name()));
    session.set_enrolled_count(static_cast<int32_t>(attendance.enrolled));
    return absl::OkStatus();
  });
  sessions_.SetFollow([this](record::Transaction& tx, const v1::Session* before, const v1::Session* after) {
    return before != nullptr && after != nullptr && consequence_ ? consequence_(tx, *after) : absl::OkStatus();
  });
}

absl::Status Sessions::Create(record::Transaction& tx, v1::Session& session) {
  return courses_.Find(tx.sql, record::ParentOf(session.name())).status();
}

absl::Status Sessions::Update(record::Transaction& tx, const v1::Session& before, v1::Session& after) {
  ASSIGN_OR_RETURN(const Attendance attendance, CountAttendance(tx.sql, before.name()));
  return CheckSessionChange(before, after, attendance);
}

void Sessions::Bind(record::Methods& methods) {
  methods.Reads(sessions_);
  methods.Creates(sessions_, this, &Sessions::Create);
  methods.Updates(sessions_, this, &Sessions::Update);
  record::DeletesUnused(methods, sessions_);
}

}  // namespace heitie::personnel
