#include "services/personnel/staffing/staffing_gap.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "services/personnel/staffing/need.h"

namespace heitie::personnel {

const status::Reason kAcceptanceOver{absl::StatusCode::kInvalidArgument, "ACCEPTANCE_OVER",
                                     "{date} is over: accept the gap until a day to come.", "{date} 已過，請接受至尚未到來的日期。"};

namespace {

using activity::v1::Activity;
using v1::StaffingGap;

constexpr char kJudgement[] = "judge-staffing-need";
constexpr absl::Duration kReviewInterval = absl::Minutes(1);
constexpr int64_t kReviewedAtOnce = 1000;

std::string GapOf(const std::string& subject) { return absl::StrCat("staffingGaps/", IdFor(subject)); }

bool Decided(const StaffingGap& gap) { return gap.state() == StaffingGap::STATE_TRAINING || gap.state() == StaffingGap::STATE_HIRING; }

// What the need says, without what is judged and decided of it.
void TakeNeed(const StaffingGap& need, StaffingGap& gap) {
  gap.set_subject(need.subject());
  gap.set_source(need.source());
  gap.set_title(need.title());
  *gap.mutable_courses() = need.courses();
  *gap.mutable_staff() = need.staff();
  *gap.mutable_start_date() = need.start_date();
  *gap.mutable_end_date() = need.end_date();
  gap.set_required_count(need.required_count());
  gap.set_requester(need.requester());
}

bool SameDays(const v1::Employee& a, const v1::Employee& b) {
  const auto same = [](const auto& x, const auto& y) { return x.SerializeAsString() == y.SerializeAsString(); };
  if (!same(a.hire_date(), b.hire_date()) || a.has_leave_date() != b.has_leave_date() || !same(a.leave_date(), b.leave_date()))
    return false;
  return std::equal(a.absences().begin(), a.absences().end(), b.absences().begin(), b.absences().end(),
                    [&](const auto& x, const auto& y) { return same(x.start_date(), y.start_date()) && same(x.end_date(), y.end_date()); });
}

}  // namespace

const record::StateMachine& StaffingGapMachine() {
  using State = StaffingGap;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(),
      {
          {State::STATE_OPEN, "train", State::STATE_TRAINING},
          {State::STATE_OPEN, "hire", State::STATE_HIRING},
          {State::STATE_OPEN, "accept", State::STATE_ACCEPTED},
          {State::STATE_TRAINING, "hire", State::STATE_HIRING},
          {State::STATE_TRAINING, "accept", State::STATE_ACCEPTED},
          {State::STATE_HIRING, "train", State::STATE_TRAINING},
          {State::STATE_HIRING, "accept", State::STATE_ACCEPTED},
          {State::STATE_ACCEPTED, "train", State::STATE_TRAINING},
          {State::STATE_ACCEPTED, "hire", State::STATE_HIRING},
          {State::STATE_ACCEPTED, "lapse", State::STATE_OPEN, "the acceptance has ended", record::kConsequence},
          {State::STATE_OPEN, "close", State::STATE_CLOSED, "enough are qualified, or the need is over", record::kConsequence},
          {State::STATE_TRAINING, "close", State::STATE_CLOSED, "enough are qualified, or the need is over", record::kConsequence},
          {State::STATE_HIRING, "close", State::STATE_CLOSED, "enough are qualified, or the need is over", record::kConsequence},
          {State::STATE_ACCEPTED, "close", State::STATE_CLOSED, "enough are qualified, or the need is over", record::kConsequence},
          {State::STATE_CLOSED, "reopen", State::STATE_OPEN, "they are not any more", record::kConsequence},
      });
  return machine;
}

StaffingGaps::StaffingGaps(const service::Context& context, Employees& employees, Certificates& certificates,
                           const Qualifications& qualifications, const SkillAssessments& skills, const DevelopmentPolicies& policies,
                           const Approvals& approvals, const Steps& steps)
    : store_(context.store),
      gaps_(context.store, &StaffingGapMachine()),
      employees_(employees),
      qualifications_(qualifications),
      skills_(skills),
      policies_(policies),
      approvals_(approvals),
      steps_(steps) {
  gaps_.RestrictRows(record::Own("owner") || record::Own("requester") || record::Among("owner", employees.teams().StandsInFor()) ||
                     record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
  gaps_.SetFollow(
      [this](record::Transaction& tx, const StaffingGap* before, const StaffingGap* after) { return KeepSteps(tx, before, after); });
  certificates.Follow([this](record::Transaction& tx, const v1::Certificate& certificate) -> absl::Status {
    RETURN_IF_ERROR(employees_.kind().Guard(tx, certificate.employee()).status());
    return JudgeSoon(tx, certificate.employee());
  });
  employees.Follow([this](record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) {
    return before != nullptr && SameDays(*before, after) ? absl::OkStatus() : JudgeSoon(tx, after.name());
  });
  event::Reactions reactions(context, "activity", "staffing-watch");
  reactions.On(this, &StaffingGaps::OnActivity);
  context.jobs.Handle(kJudgement, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) { return Judge(tx, job.payload); }));
  });
  context.jobs.Recur(
      "review-staffing-gaps", kReviewInterval, [this](const rpc::Call& call, const job::Job&) { return Review(call); },
      job::Lane::kDeadlines);
}

absl::Status StaffingGaps::OnActivity(const rpc::Call& call, const event::Change<Activity>& change) {
  std::optional<StaffingGap> need;
  if (change.after) need = NeedOf(*change.after);
  return store_.Write(call, [&](record::Transaction& tx) { return Report(tx, change.subject, need); });
}

absl::Status StaffingGaps::Report(record::Transaction& tx, const std::string& subject, const std::optional<StaffingGap>& need) const {
  if (need) {
    const std::string last = time::DayText(time::ToDay(need->end_date())),
                      people = absl::StrCat(" ", absl::StrJoin(need->staff(), " "), " ");
    RETURN_IF_ERROR(tx.sql
                        .Execute("INSERT INTO staffing_needs (subject, need, people, last_day) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
                                 " need = VALUES(need), people = VALUES(people), last_day = VALUES(last_day), guard = guard + 1",
                                 {subject, need->SerializeAsString(), people, last})
                        .status());
  } else {
    RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM staffing_needs WHERE subject = ?", sql::Bind(subject)).status());
  }
  return Judge(tx, subject);
}

absl::Status StaffingGaps::JudgeSoon(record::Transaction& tx, const std::string& employee) const {
  std::vector<std::string> subjects;
  // Under a lock of the employee's row (Judge). A name holds nothing that LIKE would read otherwise. The table has what is still to come or
  // under way.
  RETURN_IF_ERROR(tx.sql.Query("SELECT subject FROM staffing_needs WHERE people LIKE ? ORDER BY subject",
                               sql::Bind(absl::StrCat("% ", employee, " %")),
                               [&](const sql::Row& row) { subjects.push_back(row.Text(0)); }));
  for (const std::string& subject : subjects) {
    RETURN_IF_ERROR(job::Schedule(tx, {absl::StrCat(subject, "/staffing"), kJudgement, subject, tx.call.now}));
  }
  return absl::OkStatus();
}

absl::Status StaffingGaps::Judge(record::Transaction& tx, const std::string& subject) const {
  // Judgements of one need take their turns, so that the later one has seen more.
  RETURN_IF_ERROR(tx.sql.Execute("UPDATE staffing_needs SET guard = guard + 1 WHERE subject = ?", sql::Bind(subject)).status());
  std::optional<StaffingGap> need;
  RETURN_IF_ERROR(tx.sql.Query("SELECT need FROM staffing_needs WHERE subject = ?", sql::Bind(subject), [&](const sql::Row& row) {
    need.emplace();
    if (!need->ParseFromString(row.Text(0))) need.reset();
  }));
  const absl::CivilDay today = policies_.DayOf(tx.call.now);
  std::optional<v1::CheckQualificationResponse> answer;
  if (need) {
    // Whoever changes one of these people or their certificates meanwhile waits, and finds this need; or is seen here.
    for (const std::string& employee : std::set<std::string>(need->staff().begin(), need->staff().end())) {
      const absl::Status held = employees_.kind().Guard(tx, employee).status();
      if (!absl::IsNotFound(held)) RETURN_IF_ERROR(held);
    }
    if (const std::optional<v1::CheckQualificationRequest> question = QuestionOf(*need, today)) {
      ASSIGN_OR_RETURN(answer, qualifications_.Judge(tx.sql, *question));
    }
  }
  const bool gapes = answer && !answer->qualified();
  const absl::StatusOr<StaffingGap> before = gaps_.Lock(tx, GapOf(subject));
  if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
  if (!before.ok() && !gapes) return absl::OkStatus();
  StaffingGap after = before.ok() ? *before : StaffingGap();
  if (need) TakeNeed(*need, after);
  if (answer) TakeAnswer(*answer, after);
  if (!before.ok()) {
    after.set_name(GapOf(subject));
    after.set_state(StaffingGap::STATE_OPEN);
    const absl::StatusOr<v1::Employee> requester = employees_.kind().Find(tx.sql, after.requester());
    if (!requester.ok() && !absl::IsNotFound(requester.status())) return requester.status();
    if (requester.ok()) {
      ASSIGN_OR_RETURN(const std::string owner, employees_.ManagerOf(tx.sql, requester->department(), today, {}));
      after.set_owner(owner);
    }
    return gaps_.Insert(tx, after, "open");
  }
  const bool closed = before->state() == StaffingGap::STATE_CLOSED;
  const char* verb = "judge";
  if (!gapes && !closed) {
    RETURN_IF_ERROR(gaps_.Advance(after, verb = "close"));
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
  }
  if (!gapes) after.set_closing(answer ? StaffingGap::CLOSING_QUALIFIED : StaffingGap::CLOSING_NEED_OVER);
  if (gapes && closed) {
    RETURN_IF_ERROR(gaps_.Advance(after, verb = "reopen"));
    after.clear_closing();
    after.clear_close_time();
    after.clear_decision_reason();
    after.clear_decider();
    after.clear_decide_time();
    after.clear_accept_until();
    after.set_reopenings(before->reopenings() + 1);
  }
  return gaps_.Update(tx, *before, after, verb);
}

absl::Status StaffingGaps::CheckDecider(record::Transaction& tx, const StaffingGap& gap) const {
  std::vector<std::string> about;
  for (const v1::StaffingShortfall& shortfall : gap.shortfalls()) about.push_back(shortfall.employee());
  return approvals_.Check(tx, "", about);
}

absl::StatusOr<StaffingGap> StaffingGaps::Decide(record::Transaction& tx, const v1::DecideStaffingGapRequest& request) {
  const char* verb = request.decision() == v1::DecideStaffingGapRequest::DECISION_TRAIN ? "train" : "hire";
  return gaps_.Change(tx, request, verb, [&](const StaffingGap& before, StaffingGap& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecider(tx, before));
    after.set_decision_reason(request.reason());
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.clear_accept_until();
    return absl::OkStatus();
  });
}

absl::StatusOr<StaffingGap> StaffingGaps::Accept(record::Transaction& tx, const v1::AcceptStaffingGapRequest& request) {
  const absl::CivilDay until = time::ToDay(request.accept_until());
  if (until < policies_.DayOf(tx.call.now)) {
    status::BadFields bad;
    bad.Add("accept_until", kAcceptanceOver, {{"date", time::DayText(until)}});
    return bad.status();
  }
  return gaps_.Change(tx, request, "accept", [&](const StaffingGap& before, StaffingGap& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecider(tx, before));
    after.set_decision_reason(request.reason());
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    *after.mutable_accept_until() = request.accept_until();
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::ProposeStaffingResponse> StaffingGaps::Propose(const rpc::Call& call, const v1::ProposeStaffingRequest& request) {
  const absl::CivilDay today = policies_.DayOf(call.now);
  return store_.Read(call, [&](sql::Session& sql) -> absl::StatusOr<v1::ProposeStaffingResponse> {
    ASSIGN_OR_RETURN(const StaffingGap gap, gaps_.Find(sql, request.name()));
    if (!gaps_.Sees(call, gap)) return status::NotFound(request.name());
    const Span span{time::ToDay(gap.start_date()), time::ToDay(gap.end_date())};
    v1::ProposeStaffingResponse response;
    if (gap.state() == StaffingGap::STATE_CLOSED) return response;
    for (const v1::StaffingShortfall& shortfall : gap.shortfalls()) {
      const absl::StatusOr<v1::Employee> employee = employees_.kind().Find(sql, shortfall.employee());
      if (!employee.ok() && !absl::IsNotFound(employee.status())) return employee.status();
      TrainingFacts training;
      if (employee.ok()) {
        ASSIGN_OR_RETURN(const SkillFacts facts, skills_.FactsOf(sql, shortfall.employee()));
        ASSIGN_OR_RETURN(training, skills_.TrainingFactsOf(sql, *employee, facts, today, span.first - 1));
      }
      *response.add_trainees() = TraineeOf(shortfall, training, span);
    }
    ConcludeProposal(std::max(0, gap.required_count() - gap.qualified_count()), response);
    return response;
  });
}

absl::Status StaffingGaps::KeepSteps(record::Transaction& tx, const StaffingGap* before, const StaffingGap* after) const {
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  const auto same = [&](bool waited, bool waits) { return waited == waits && (!waits || before->owner() == after->owner()); };
  const bool undecided = after->state() == StaffingGap::STATE_OPEN;
  if (!same(before != nullptr && before->state() == StaffingGap::STATE_OPEN, undecided)) {
    if (undecided) {
      ASSIGN_OR_RETURN(const absl::Time due, policies_.DecisionDue(tx.sql, tx.call.now));
      RETURN_IF_ERROR(steps_.Open(tx, {after->name(), "decide", after->owner(), due}));
    } else {
      RETURN_IF_ERROR(steps_.Done(tx, after->name(), "decide"));
    }
  }
  // What was decided is to have come true by the first day.
  const bool moved = before != nullptr && time::ToDay(before->start_date()) != time::ToDay(after->start_date());
  if (same(before != nullptr && Decided(*before), Decided(*after)) && !(moved && Decided(*after))) return absl::OkStatus();
  if (!Decided(*after)) return steps_.Done(tx, after->name(), "close");
  ASSIGN_OR_RETURN(const absl::Time decision, policies_.DecisionDue(tx.sql, tx.call.now));
  const absl::Time due = std::max(policies_.EndOf(time::ToDay(after->start_date()) - 1), decision);
  return steps_.Open(tx, {after->name(), "close", after->owner(), due});
}

job::Outcome StaffingGaps::Review(const rpc::Call& call) {
  const std::string today = time::DayText(policies_.DayOf(call.now));
  std::vector<StaffingGap> lapsed;
  std::set<std::string> passing;
  const absl::Status read = store_.Read(call, [&](sql::Session& session) -> absl::Status {
    passing.clear();
    ASSIGN_OR_RETURN(lapsed, gaps_.Select(session, "WHERE state = 'STATE_ACCEPTED' AND accept_until < ? ORDER BY name LIMIT ?",
                                          {today, kReviewedAtOnce}));
    // Days that have passed do not count any more.
    ASSIGN_OR_RETURN(const std::vector<StaffingGap> begun,
                     gaps_.Select(session,
                                  "WHERE state IN ('STATE_OPEN', 'STATE_TRAINING', 'STATE_HIRING', 'STATE_ACCEPTED') AND start_date < ?"
                                  " ORDER BY name LIMIT ?",
                                  {today, kReviewedAtOnce}));
    for (const StaffingGap& gap : begun) passing.insert(gap.subject());
    return absl::OkStatus();
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const StaffingGap& found : lapsed) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const StaffingGap before, gaps_.Lock(tx, found.name()));
      if (before.state() != StaffingGap::STATE_ACCEPTED || time::DayText(time::ToDay(before.accept_until())) >= today)
        return absl::OkStatus();
      StaffingGap after = before;
      RETURN_IF_ERROR(gaps_.Advance(after, "lapse"));
      after.clear_accept_until();
      return gaps_.Update(tx, before, after, "lapse");
    }));
  }
  for (const std::string& subject : passing) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) { return Judge(tx, subject); }));
  }
  failure.Update(store_.Write(call, [&](record::Transaction& tx) {
    return tx.sql.Execute("DELETE FROM staffing_needs WHERE last_day < ?", sql::Bind(today)).status();
  }));
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void StaffingGaps::Bind(record::Methods& methods) {
  methods.Reads(gaps_);
  methods.Bind("ProposeStaffing", this, &StaffingGaps::Propose);
  methods.Bind("DecideStaffingGap", this, &StaffingGaps::Decide);
  methods.Bind("AcceptStaffingGap", this, &StaffingGaps::Accept);
}

}  // namespace heitie::personnel
