#include "services/activity/shift/shifts.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/training_service.methods.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/activity/launch/facts.h"
#include "services/activity/launch/launch_gate.h"
#include "services/activity/preparation/staff_judgement.h"
#include "services/activity/shift/coverage.h"

namespace heitie::activity {

using v1::Activity;
using v1::Shift;
using v1::ShiftCoverage;

const status::Reason kShiftOverlap{absl::StatusCode::kFailedPrecondition, "SHIFT_OVERLAP",
                                   "{employee} has another shift at that time, from {start} to {end}: {shift}.",
                                   "{employee} 在該時段（{start} 至 {end}）已有班次：{shift}。"};
const status::Reason kShiftFixed{absl::StatusCode::kFailedPrecondition, "SHIFT_FIXED", "{shift} is {state} and does not change any more.",
                                 "{shift} 狀態為 {state}，不可再修改。"};
const status::Reason kShiftPast{absl::StatusCode::kFailedPrecondition, "SHIFT_PAST", "The shift would have ended at {end}.",
                                "該班次已於 {end} 結束。"};
const status::Reason kTooManyShifts{absl::StatusCode::kFailedPrecondition, "TOO_MANY_SHIFTS",
                                    "The shifts of {activity} have at most {count} people, those of each counted.",
                                    "{activity} 的班次合計最多 {count} 人次。"};

namespace {

constexpr char kEndJob[] = "end-shift";
constexpr int64_t kMostPeople = 5000;

std::string EndJobOf(const std::string& shift) { return absl::StrCat(shift, "/end"); }

bool IsClosed(const Activity& activity) { return !CheckNotClosed(activity).ok(); }

std::set<std::string> PeopleOf(const Shift* shift) {
  std::set<std::string> people;
  if (shift == nullptr || shift->state() != Shift::STATE_PLANNED) return people;
  for (const v1::ShiftPerson& person : shift->people()) people.insert(person.employee());
  return people;
}

bool SameTime(const Shift& a, const Shift& b) {
  return time::ToTime(a.start_time()) == time::ToTime(b.start_time()) && time::ToTime(a.end_time()) == time::ToTime(b.end_time());
}

// Whether the hours that the shift covers, and for how many, may be others.
bool CoversOtherwise(const Shift* before, const Shift* after) {
  if (before == nullptr || after == nullptr) return true;
  const bool was = before->state() != Shift::STATE_CANCELLED, is = after->state() != Shift::STATE_CANCELLED;
  return was != is || before->role() != after->role() || !SameTime(*before, *after) || before->people_size() != after->people_size();
}

// What a shift takes of its activity.
void TakeFrom(const Activity& activity, Shift& shift) {
  shift.set_time_zone(activity.time_zone());
  shift.set_requester(activity.owner());
  const LocalDays days = DaysOf(time::ToTime(shift.start_time()), time::ToTime(shift.end_time()), activity.time_zone());
  *shift.mutable_start_date() = time::ToDate(days.first);
  *shift.mutable_end_date() = time::ToDate(days.last);
}

}  // namespace

const record::StateMachine& ShiftMachine() {
  static const auto& machine = *new record::StateMachine(
      Shift::State_descriptor(), {
                                     {Shift::STATE_PLANNED, "cancel", Shift::STATE_CANCELLED},
                                     {Shift::STATE_PLANNED, "end", Shift::STATE_OVER, "its time is over", record::kConsequence},
                                 });
  return machine;
}

Shifts::Shifts(const service::Context& context, Activities& activities)
    : context_(context),
      activities_(activities),
      shifts_(context.store, &ShiftMachine()),
      coverages_(context.store),
      books_(context.store) {
  shifts_.SetFollow([this](record::Transaction& tx, const Shift* before, const Shift* after) { return Follow(tx, before, after); });
  shifts_.SetPassing([this](record::Transaction& tx, const type::v1::HandOverRequest& request, const Shift& before, Shift& after) {
    return Passing(tx, request.employee(), before, after);
  });
  coverages_.SetFollow([this](record::Transaction& tx, const ShiftCoverage* before, const ShiftCoverage* after) {
    return after != nullptr ? absl::OkStatus() : NoteStaffed(tx, record::ParentOf(before->name()));
  });
  activities_.Follow([this](record::Transaction& tx, const Activity* before, const Activity* after) {
    return before == nullptr || after == nullptr ? absl::OkStatus() : OnActivity(tx, *before, *after);
  });
  context.jobs.Handle(kEndJob, [this](const rpc::Call& call, const job::Job& job) { return End(call, job); });
}

absl::Status Shifts::Prepare(record::Transaction& tx, Shift& shift) {
  status::BadFields bad;
  CheckShift(shift, "shift", bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(shift.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  TakeFrom(activity, shift);
  if (const absl::Time end = time::ToTime(shift.end_time()); end <= tx.call.now) {
    return status::Error(kShiftPast, {{"end", time::LocalText(end, activity.time_zone())}});
  }
  return absl::OkStatus();
}

absl::Status Shifts::Create(record::Transaction& tx, Shift& shift) {
  shift.set_state(Shift::STATE_PLANNED);
  return Prepare(tx, shift);
}

absl::Status Shifts::Update(record::Transaction& tx, const Shift& before, Shift& after) {
  if (before.state() != Shift::STATE_PLANNED) {
    return status::Error(kShiftFixed,
                         {{"shift", before.name()}, {"state", Shift::State_Name(before.state()).substr(std::strlen("STATE_"))}});
  }
  return Prepare(tx, after);
}

absl::StatusOr<Shift> Shifts::Cancel(record::Transaction& tx, const v1::CancelShiftRequest& request) {
  return shifts_.Change(tx, request, "cancel", [&](Shift& after) { after.set_state_reason(request.reason()); });
}

absl::Status Shifts::TakeSlots(record::Transaction& tx, const Shift& shift) const {
  const std::set<std::string> people = PeopleOf(&shift);
  if (people.empty()) return absl::OkStatus();
  const std::string activity = record::ParentOf(shift.name());
  // In the order of names, so that two shifts of the same people do not wait for each other.
  std::vector<std::string> turns;
  sql::Values names;
  for (const std::string& employee : people) {
    turns.push_back("(?, 0)");
    names.push_back(employee);
  }
  RETURN_IF_ERROR(tx.sql
                      .Execute(absl::StrCat("INSERT INTO shift_turns (employee, guard) VALUES ", absl::StrJoin(turns, ", "),
                                            " ON DUPLICATE KEY UPDATE guard = guard + 1"),
                               names)
                      .status());
  const absl::Time start = time::ToTime(shift.start_time()), end = time::ToTime(shift.end_time());
  sql::Values question = names;
  question.emplace_back(end);
  question.emplace_back(start - absl::Hours(kMostShiftHours));
  question.emplace_back(start);
  question.push_back(shift.name());
  status::Unmet unmet;
  status::Args first;
  RETURN_IF_ERROR(tx.sql.Query(
      absl::StrCat("SELECT employee, shift, start_time, end_time FROM shift_slots WHERE employee IN (", sql::Placeholders(people.size()),
                   ") AND start_time < ? AND start_time > ? AND end_time > ? AND shift <> ? ORDER BY employee, start_time"),
      question, [&](const sql::Row& row) {
        const status::Args args = {{"employee", row.Text(0)},
                                   {"shift", row.Text(1)},
                                   {"start", time::LocalText(row.Time(2), shift.time_zone())},
                                   {"end", time::LocalText(row.Time(3), shift.time_zone())}};
        unmet.Add(row.Text(0), kShiftOverlap, args);
        if (first.empty()) first = args;
      }));
  if (!unmet.empty()) return unmet.status(kShiftOverlap, first);
  std::vector<std::string> slots;
  sql::Values values;
  for (const std::string& employee : people) {
    slots.push_back("(?, ?, ?, ?, ?)");
    values.push_back(shift.name());
    values.push_back(employee);
    values.push_back(activity);
    values.emplace_back(start);
    values.emplace_back(end);
  }
  RETURN_IF_ERROR(tx.sql
                      .Execute(absl::StrCat("INSERT INTO shift_slots (shift, employee, activity, start_time, end_time) VALUES ",
                                            absl::StrJoin(slots, ", ")),
                               values)
                      .status());
  int64_t count = 0;
  RETURN_IF_ERROR(tx.sql.Query("SELECT COUNT(*) FROM shift_slots WHERE activity = ?", sql::Bind(activity),
                               [&](const sql::Row& row) { count = row.Int(0); }));
  if (count > kMostPeople) return status::Error(kTooManyShifts, {{"activity", activity}, {"count", kMostPeople}});
  return absl::OkStatus();
}

absl::Status Shifts::Follow(record::Transaction& tx, const Shift* before, const Shift* after) {
  const Shift& shift = after != nullptr ? *after : *before;
  const std::set<std::string> had = PeopleOf(before), has = PeopleOf(after);
  const bool moved = before == nullptr || after == nullptr || !SameTime(*before, *after);
  const bool covers = CoversOtherwise(before, after);
  // Also who comes here without the row of the activity takes a turn by it before reading what others may change.
  const std::string name = record::ParentOf(shift.name());
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, name));
  if (had != has || (moved && !has.empty())) {
    if (!had.empty()) {
      RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM shift_slots WHERE shift = ?", sql::Bind(shift.name())).status());
    }
    RETURN_IF_ERROR(TakeSlots(tx, shift));
  }
  const bool was_planned = before != nullptr && before->state() == Shift::STATE_PLANNED;
  const bool is_planned = after != nullptr && after->state() == Shift::STATE_PLANNED;
  if (is_planned && (!was_planned || moved)) {
    RETURN_IF_ERROR(job::Schedule(tx, {EndJobOf(shift.name()), kEndJob, shift.name(), time::ToTime(shift.end_time())}));
  } else if (was_planned && !is_planned && shift.state() != Shift::STATE_OVER) {
    RETURN_IF_ERROR(job::Cancel(tx, EndJobOf(shift.name())));
  }
  if (!covers || IsClosed(activity)) return absl::OkStatus();
  std::set<std::string> roles = {shift.role()};
  if (before != nullptr) roles.insert(before->role());
  RETURN_IF_ERROR(NoteGaps(tx, activity, roles));
  return was_planned == is_planned ? absl::OkStatus() : NoteStaffed(tx, name);
}

absl::Status Shifts::Passing(record::Transaction& tx, const std::string& employee, const Shift& before, Shift& after) const {
  const auto& left = context_.store.owners().left;
  if (left && left(employee, tx.call.now)) {
    // Who has left leaves a gap; her successor has a time of his own.
    after.clear_people();
    for (const v1::ShiftPerson& person : before.people()) {
      if (person.employee() != employee) *after.add_people() = person;
    }
  }
  return PlanStaffJudgement(tx, record::ParentOf(before.name()));
}

absl::Status Shifts::NoteGaps(record::Transaction& tx, const Activity& activity, const std::set<std::string>& roles) {
  ASSIGN_OR_RETURN(const std::vector<ShiftCoverage> coverages, coverages_.Children(tx.sql, activity.name()));
  std::vector<std::string> wanted;
  for (const ShiftCoverage& coverage : coverages) {
    if (roles.empty() || roles.count(coverage.role()) > 0) wanted.push_back(coverage.name());
  }
  if (wanted.empty()) return absl::OkStatus();
  std::vector<Shift> shifts;
  if (!IsClosed(activity)) {
    ASSIGN_OR_RETURN(shifts, shifts_.Children(tx.sql, activity.name()));
  }
  for (const std::string& name : wanted) {
    ASSIGN_OR_RETURN(const ShiftCoverage before, coverages_.Lock(tx, name));
    ShiftCoverage after = before;
    after.set_requester(activity.owner());
    // What is over needs nobody any more.
    activity::NoteGaps(activity, IsClosed(activity) ? std::vector<v1::CoverageGap>() : GapsOf(after, activity, shifts), after);
    RETURN_IF_ERROR(coverages_.Update(tx, before, after, "judge_coverage"));
  }
  return absl::OkStatus();
}

absl::Status Shifts::NoteStaffed(record::Transaction& tx, const std::string& name) {
  sql::Values values = record::ChildRange(name, "shifts");
  for (sql::Value& bound : record::ChildRange(name, "shiftCoverages")) values.push_back(std::move(bound));
  bool staffed = false;
  RETURN_IF_ERROR(tx.sql.Query(
      "SELECT EXISTS (SELECT 1 FROM shifts WHERE name > ? AND name < ? AND state <> 'STATE_CANCELLED') OR EXISTS (SELECT 1 FROM"
      " shift_coverages WHERE name > ? AND name < ?)",
      values, [&](const sql::Row& row) { staffed = row.Int(0) != 0; }));
  ASSIGN_OR_RETURN(const Activity before, activities_.kind().Lock(tx, name));
  if (before.staffed_by_shifts() == staffed) return absl::OkStatus();
  Activity after = before;
  after.set_staffed_by_shifts(staffed);
  return activities_.kind().Update(tx, before, after, "staff_by_shifts");
}

absl::Status Shifts::OnActivity(record::Transaction& tx, const Activity& before, const Activity& after) {
  if (!after.staffed_by_shifts()) return absl::OkStatus();
  const bool closes = !IsClosed(before) && IsClosed(after);
  const bool differs = before.owner() != after.owner() || before.time_zone() != after.time_zone() ||
                       time::ToTime(before.start_time()) != time::ToTime(after.start_time()) ||
                       time::ToTime(before.end_time()) != time::ToTime(after.end_time());
  if (!closes && (!differs || IsClosed(after))) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Shift> shifts, shifts_.Children(tx.sql, after.name()));
  for (const Shift& shift : shifts) {
    if (shift.state() != Shift::STATE_PLANNED) continue;
    Shift changed = shift;
    const char* verb = "follow_activity";
    if (!closes) {
      TakeFrom(after, changed);
    } else if (time::ToTime(shift.start_time()) > tx.call.now) {
      verb = "cancel";
      RETURN_IF_ERROR(shifts_.Advance(changed, verb));
      changed.set_state_reason(after.state_reason());
    } else {
      continue;  // It ends as planned.
    }
    RETURN_IF_ERROR(shifts_.Update(tx, shift, changed, verb));
  }
  return NoteGaps(tx, after, {});
}

absl::Status Shifts::CreateCoverage(record::Transaction& tx, ShiftCoverage& coverage) {
  status::BadFields bad;
  CheckCoverage(coverage, "shift_coverage", bad);
  RETURN_IF_ERROR(bad.status());
  const std::string name = record::ParentOf(coverage.name());
  ASSIGN_OR_RETURN(const Activity before, activities_.kind().Guard(tx, name));
  RETURN_IF_ERROR(CheckNotClosed(before));
  ASSIGN_OR_RETURN(const std::vector<Shift> shifts, shifts_.Children(tx.sql, name));
  coverage.set_requester(before.owner());
  activity::NoteGaps(before, GapsOf(coverage, before, shifts), coverage);
  if (before.staffed_by_shifts()) return absl::OkStatus();
  Activity after = before;
  after.set_staffed_by_shifts(true);
  return activities_.kind().Update(tx, before, after, "staff_by_shifts");
}

absl::Status Shifts::UpdateCoverage(record::Transaction& tx, const ShiftCoverage& before, ShiftCoverage& after) {
  status::BadFields bad;
  CheckCoverage(after, "shift_coverage", bad);
  RETURN_IF_ERROR(bad.status());
  const std::string name = record::ParentOf(before.name());
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, name));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  ASSIGN_OR_RETURN(const std::vector<Shift> shifts, shifts_.Children(tx.sql, name));
  activity::NoteGaps(activity, GapsOf(after, activity, shifts), after);
  return absl::OkStatus();
}

absl::Status Shifts::DeleteCoverage(record::Transaction& tx, const ShiftCoverage& coverage) {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(coverage.name())));
  return CheckNotClosed(activity);
}

job::Outcome Shifts::End(const rpc::Call& call, const job::Job& job) {
  absl::Time again = absl::InfiniteFuture();
  const absl::Status ended = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteFuture();
    const absl::StatusOr<Shift> before = shifts_.Lock(tx, job.payload);
    if (absl::IsNotFound(before.status())) return absl::OkStatus();
    RETURN_IF_ERROR(before.status());
    if (before->state() != Shift::STATE_PLANNED) return absl::OkStatus();
    if (const absl::Time end = time::ToTime(before->end_time()); end > call.now) {
      again = end;
      return absl::OkStatus();
    }
    Shift after = *before;
    RETURN_IF_ERROR(shifts_.Advance(after, "end"));
    return shifts_.Update(tx, *before, after, "end");
  });
  if (!ended.ok()) return job::Outcome::Failed(ended);
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

absl::StatusOr<v1::CheckShiftsResponse> Shifts::Check(const rpc::Call& call, const v1::CheckShiftsRequest& request) {
  Activity activity;
  ASSIGN_OR_RETURN(const ShiftBook book, context_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<ShiftBook> {
    ASSIGN_OR_RETURN(activity, activities_.kind().Find(session, request.name()));
    return books_.BookOf(session, activity);
  }));
  const personnel::v1::CheckQualificationCasesRequest question = ShiftQuestion(book, call.now);
  personnel::v1::CheckQualificationCasesResponse answer;
  if (!question.cases().empty()) {
    auto asked = context_.Call(AsService(call), personnel::v1::method::CheckQualificationCases, question);
    if (!asked.ok()) {
      return status::RetryLater(kFactsMissing, absl::Seconds(1), {{"activity", activity.name()}, {"services", "personnel"}});
    }
    answer = *std::move(asked);
  }
  return JudgeShifts(activity, book, call.now, answer);
}

void Shifts::Bind(record::Methods& methods) {
  methods.Reads(shifts_);
  methods.Creates(shifts_, this, &Shifts::Create);
  methods.Updates(shifts_, this, &Shifts::Update);
  methods.Bind("CancelShift", this, &Shifts::Cancel);
  methods.Reads(coverages_);
  methods.Creates(coverages_, this, &Shifts::CreateCoverage);
  methods.Updates(coverages_, this, &Shifts::UpdateCoverage);
  methods.Deletes(coverages_, this, &Shifts::DeleteCoverage);
  methods.Bind("CheckShifts", this, &Shifts::Check);
}

}  // namespace heitie::activity
