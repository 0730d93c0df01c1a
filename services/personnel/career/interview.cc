#include "services/personnel/career/interview.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

const status::Reason kInterviewerThemselves{absl::StatusCode::kInvalidArgument, "INTERVIEWER_THEMSELVES",
                                            "{name} cannot hold this interview, being the one whom it concerns.",
                                            "{name} 是當事人，不能主持此面談。"};
const status::Reason kNotHeldYet{absl::StatusCode::kInvalidArgument, "NOT_HELD_YET", "{date} is still to come.", "{date} 尚未到來。"};
const status::Reason kInterviewOver{absl::StatusCode::kFailedPrecondition, "INTERVIEW_OVER",
                                    "{name} is held or cancelled and stays as it is.", "{name} 已舉行或取消，不再變更。"};
const status::Reason kUnknownColleague{absl::StatusCode::kInvalidArgument, "UNKNOWN_COLLEAGUE", "There is no employee {employee}.",
                                       "沒有員工 {employee}。"};

namespace {

using v1::PerformanceInterview;

constexpr char kHold[] = "hold";

}  // namespace

const record::StateMachine& PerformanceInterviewMachine() {
  using State = PerformanceInterview;
  static const auto& machine =
      *new record::StateMachine(State::State_descriptor(), {
                                                               {State::STATE_PLANNED, kHold, State::STATE_HELD},
                                                               {State::STATE_PLANNED, "cancel", State::STATE_CANCELLED},
                                                           });
  return machine;
}

absl::Status CheckEmployed(sql::Session& sql, const record::Kind<v1::Employee>& employees, const std::string& name, absl::CivilDay first,
                           absl::CivilDay last, const std::string& field, status::BadFields& bad) {
  const absl::StatusOr<v1::Employee> found = employees.Find(sql, name);
  if (absl::IsNotFound(found.status())) {
    bad.Add(field, kUnknownColleague, {{"employee", name}});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(found.status());
  const absl::CivilDay day = EmployedOn(*found, first) ? last : first;
  if (!EmployedOn(*found, day)) bad.Add(field, kOutsideEmployment, {{"name", name}, {"date", time::DayText(day)}});
  return absl::OkStatus();
}

PerformanceInterviews::PerformanceInterviews(const service::Context& context, const CareerPolicies& policies, const Leaders& leaders,
                                             const record::Kind<v1::Employee>& employees, const Steps& steps)
    : interviews_(context.store, &PerformanceInterviewMachine()),
      policies_(policies),
      leaders_(leaders),
      employees_(employees),
      steps_(steps) {
  interviews_.RestrictRows(leaders.Rows() || record::Own("interviewer"));
  interviews_.SetFollow(
      [this](record::Transaction& tx, const Interview* before, const Interview* after) { return KeepStep(tx, before, after); });
}

absl::Status PerformanceInterviews::CheckPlan(record::Transaction& tx, const Interview& interview) const {
  const absl::CivilDay day = time::ToDay(interview.planned_date());
  status::BadFields bad;
  if (interview.interviewer() == interview.employee()) {
    bad.Add("performance_interview.interviewer", kInterviewerThemselves, {{"name", interview.employee()}});
  } else {
    RETURN_IF_ERROR(CheckEmployed(tx.sql, employees_, interview.interviewer(), day, day, "performance_interview.interviewer", bad));
  }
  RETURN_IF_ERROR(CheckEmployed(tx.sql, employees_, interview.employee(), day, day, "performance_interview.planned_date", bad));
  return bad.status();
}

absl::Status PerformanceInterviews::Create(record::Transaction& tx, Interview& interview) {
  RETURN_IF_ERROR(leaders_.Check(tx.call, interview.employee()));
  // One that follows from a rule at the same moment is seen, or sees this one.
  RETURN_IF_ERROR(employees_.Guard(tx, interview.employee()).status());
  if (interview.interviewer().empty()) interview.set_interviewer(tx.call.principal.name);
  interview.set_state(Interview::STATE_PLANNED);
  return CheckPlan(tx, interview);
}

absl::Status PerformanceInterviews::PlanByRule(record::Transaction& tx, Interview interview) const {
  interview.set_name(absl::StrCat("performanceInterviews/", record::NewId(tx.call.now)));
  interview.set_state(Interview::STATE_PLANNED);
  return interviews_.Insert(tx, interview);
}

absl::Status PerformanceInterviews::AddGrounds(record::Transaction& tx, const std::string& name, const Interview& grounds) const {
  ASSIGN_OR_RETURN(const Interview before, interviews_.Lock(tx, name));
  if (before.state() != Interview::STATE_PLANNED) return absl::OkStatus();
  Interview after = before;
  after.mutable_appraisals()->MergeFrom(grounds.appraisals());
  if (!before.has_ground_month() || time::ToDay(before.ground_month()) < time::ToDay(grounds.ground_month())) {
    *after.mutable_ground_month() = grounds.ground_month();
  }
  after.set_policy(grounds.policy());
  return interviews_.Update(tx, before, after, "add_grounds");
}

absl::Status PerformanceInterviews::Update(record::Transaction& tx, const Interview& before, Interview& after) {
  RETURN_IF_ERROR(leaders_.Check(tx.call, before.employee(), before.interviewer()));
  if (before.state() != Interview::STATE_PLANNED) return status::Error(kInterviewOver, {{"name", before.name()}});
  if (after.interviewer().empty()) after.set_interviewer(tx.call.principal.name);
  return CheckPlan(tx, after);
}

absl::StatusOr<PerformanceInterview> PerformanceInterviews::Hold(record::Transaction& tx,
                                                                 const v1::HoldPerformanceInterviewRequest& request) {
  return interviews_.Change(tx, request, kHold, [&](Interview& after) -> absl::Status {
    RETURN_IF_ERROR(leaders_.Check(tx.call, after.employee(), after.interviewer()));
    const absl::CivilDay day = time::ToDay(request.held_date());
    status::BadFields bad;
    if (day > policies_.DayOf(tx.call.now)) bad.Add("held_date", kNotHeldYet, {{"date", time::DayText(day)}});
    RETURN_IF_ERROR(CheckEmployed(tx.sql, employees_, after.employee(), day, day, "held_date", bad));
    RETURN_IF_ERROR(bad.status());
    *after.mutable_held_date() = request.held_date();
    after.set_record(request.record());
    after.set_finisher(tx.call.principal.name);
    return absl::OkStatus();
  });
}

absl::StatusOr<PerformanceInterview> PerformanceInterviews::Cancel(record::Transaction& tx,
                                                                   const v1::CancelPerformanceInterviewRequest& request) {
  return interviews_.Change(tx, request, "cancel", [&](Interview& after) -> absl::Status {
    RETURN_IF_ERROR(leaders_.Check(tx.call, after.employee(), after.interviewer()));
    after.set_state_reason(request.reason());
    after.set_finisher(tx.call.principal.name);
    return absl::OkStatus();
  });
}

absl::Status PerformanceInterviews::KeepStep(record::Transaction& tx, const Interview* before, const Interview* after) const {
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  if (after->state() != Interview::STATE_PLANNED) return steps_.DoneAll(tx, after->name());
  return steps_.Open(tx, {after->name(), kHold, after->interviewer(), policies_.EndOf(time::ToDay(after->planned_date()))});
}

void PerformanceInterviews::Bind(record::Methods& methods) {
  methods.Reads(interviews_);
  methods.Creates(interviews_, this, &PerformanceInterviews::Create);
  methods.Updates(interviews_, this, &PerformanceInterviews::Update);
  methods.Bind("HoldPerformanceInterview", this, &PerformanceInterviews::Hold);
  methods.Bind("CancelPerformanceInterview", this, &PerformanceInterviews::Cancel);
}

}  // namespace heitie::personnel
