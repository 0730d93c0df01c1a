#include "services/personnel/staffing/staffing_gap.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "services/personnel/staffing/need.h"
#include "services/personnel/staffing/remedy.h"

namespace heitie::personnel {

const status::Reason kAcceptanceOver{absl::StatusCode::kInvalidArgument, "ACCEPTANCE_OVER",
                                     "{date} is over: accept the gap until a day to come.", "{date} 已過，請接受至尚未到來的日期。"};

namespace {

using activity::v1::Activity;
using v1::StaffingGap;

constexpr char kJudgement[] = "judge-staffing-need";
constexpr absl::Duration kReviewInterval = absl::Minutes(1);
constexpr int64_t kReviewedAtOnce = 1000;
constexpr absl::Duration kPlanInterval = absl::Hours(1);

std::string GapOf(const std::string& subject) { return absl::StrCat("staffingGaps/", IdFor(subject)); }

bool Decided(const StaffingGap& gap) { return gap.state() == StaffingGap::STATE_TRAINING || gap.state() == StaffingGap::STATE_HIRING; }

// What the need says and how it is judged, without what is decided of it. Without days those of before stay.
void TakeNeed(const StaffingGap& need, StaffingGap& gap) {
  gap.set_subject(need.subject());
  gap.set_source(need.source());
  gap.set_title(need.title());
  *gap.mutable_courses() = need.courses();
  *gap.mutable_staff() = need.staff();
  gap.set_position(need.position());
  gap.set_department(need.department());
  *gap.mutable_engaged() = need.engaged();
  if (need.has_start_date()) *gap.mutable_start_date() = need.start_date();
  if (need.has_end_date()) *gap.mutable_end_date() = need.end_date();
  gap.set_required_count(need.required_count());
  gap.set_qualified_count(need.qualified_count());
  *gap.mutable_shortfalls() = need.shortfalls();
  if (!need.requester().empty()) gap.set_requester(need.requester());
}

bool SameMessage(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

bool SameDays(const v1::Employee& a, const v1::Employee& b) {
  if (!SameMessage(a.hire_date(), b.hire_date()) || a.has_leave_date() != b.has_leave_date() ||
      !SameMessage(a.leave_date(), b.leave_date()))
    return false;
  return std::equal(a.absences().begin(), a.absences().end(), b.absences().begin(), b.absences().end(), [&](const auto& x, const auto& y) {
    return SameMessage(x.start_date(), y.start_date()) && SameMessage(x.end_date(), y.end_date());
  });
}

bool SamePosts(const v1::Employee& a, const v1::Employee& b) {
  return std::equal(
      a.assignments().begin(), a.assignments().end(), b.assignments().begin(), b.assignments().end(),
      [&](const auto& x, const auto& y) { return x.position() == y.position() && SameMessage(x.start_date(), y.start_date()); });
}

std::set<std::string> PositionsOf(const v1::Employee& employee) {
  std::set<std::string> positions;
  for (const Term& term : TermsOf(employee)) positions.insert(term.assignment.position());
  return positions;
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
                           const Approvals& approvals, const Steps& steps, const record::Kind<v1::Position>& positions,
                           HeadcountPlans& plans, const Requisitions& requisitions, const TrainingPlans& training_plans)
    : store_(context.store),
      gaps_(context.store, &StaffingGapMachine()),
      employees_(employees),
      skills_(skills),
      policies_(policies),
      approvals_(approvals),
      steps_(steps),
      plans_(plans),
      requisitions_(requisitions),
      training_plans_(training_plans),
      judge_(employees, qualifications, plans, positions, policies) {
  const record::Rule deciders = record::Own("owner") || record::Among("owner", employees.teams().StandsInFor()) ||
                                record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
  // A gap may be the sign of a risk.
  gaps_.RestrictRows(record::Own("requester") || deciders || record::IsService("risk"));
  // Whose plan it is stays between its employee and those above.
  gaps_.RestrictField("training_plans", deciders);
  gaps_.SetFollow(
      [this](record::Transaction& tx, const StaffingGap* before, const StaffingGap* after) { return KeepSteps(tx, before, after); });
  certificates.Follow([this](record::Transaction& tx, const v1::Certificate& certificate) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Employee employee, employees_.kind().Guard(tx, certificate.employee()));
    return JudgeSoon(tx, &employee, employee);
  });
  employees.Follow([this](record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) -> absl::Status {
    const bool moves = before == nullptr || !SamePosts(*before, after);
    if (!moves && SameDays(*before, after)) return absl::OkStatus();
    if (moves) {
      std::set<std::string> positions = PositionsOf(after);
      if (before != nullptr) positions.merge(PositionsOf(*before));
      RETURN_IF_ERROR(judge_.GuardPosts(tx, positions));
    }
    return JudgeSoon(tx, before, after);
  });
  plans.OnChange([this](record::Transaction& tx, const std::string& plan) { return JudgeSoon(tx, plan); });
  event::Reactions activities(context, "activity", "staffing-watch");
  activities.On(this, &StaffingGaps::OnNeed<Activity>);
  activities.On(this, &StaffingGaps::OnNeed<activity::v1::Shift>);
  activities.On(this, &StaffingGaps::OnNeed<activity::v1::ShiftCoverage>);
  event::Reactions demands(context, "resource", "staff-demands");
  demands.On(this, &StaffingGaps::OnNeed<resource::v1::StaffDemand>);
  context.jobs.Handle(kJudgement, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) { return Judge(tx, job.payload); }));
  });
  context.jobs.Recur(
      "review-staffing-gaps", kReviewInterval, [this](const rpc::Call& call, const job::Job&) { return Review(call); },
      job::Lane::kDeadlines);
  context.jobs.Recur("review-headcount-gaps", kPlanInterval, [this](const rpc::Call& call, const job::Job&) { return ReviewPlans(call); });
}

template <typename Subject>
absl::Status StaffingGaps::OnNeed(const rpc::Call& call, const event::Change<Subject>& change) {
  std::optional<StaffingGap> need;
  if (change.after) need = NeedOf(*change.after);
  return store_.Write(call, [&](record::Transaction& tx) { return Report(tx, change.subject, need); });
}

absl::Status StaffingGaps::Report(record::Transaction& tx, const std::string& subject, const std::optional<StaffingGap>& need) const {
  RETURN_IF_ERROR(judge_.Note(tx, subject, need));
  return Judge(tx, subject);
}

absl::Status StaffingGaps::JudgeSoon(record::Transaction& tx, const std::string& subject) const {
  return job::Schedule(tx, {absl::StrCat(subject, "/staffing"), kJudgement, subject, tx.call.now});
}

absl::Status StaffingGaps::JudgeSoon(record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) const {
  std::set<std::string> positions = PositionsOf(after);
  if (before != nullptr) positions.merge(PositionsOf(*before));
  ASSIGN_OR_RETURN(const std::vector<std::string> subjects, judge_.Awaiting(tx, after.name(), positions));
  for (const std::string& subject : subjects) RETURN_IF_ERROR(JudgeSoon(tx, subject));
  return absl::OkStatus();
}

absl::Status StaffingGaps::Judge(record::Transaction& tx, const std::string& subject) const {
  ASSIGN_OR_RETURN(const Judgement judgement, judge_.Judge(tx, subject));
  const absl::StatusOr<StaffingGap> before = gaps_.Lock(tx, GapOf(subject));
  if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
  if (!before.ok() && !judgement.gapes) return absl::OkStatus();
  const absl::CivilDay today = policies_.DayOf(tx.call.now);
  StaffingGap after = before.ok() ? *before : StaffingGap();
  if (judgement.need) TakeNeed(*judgement.need, after);
  if (!before.ok()) {
    after.set_name(GapOf(subject));
    after.set_state(StaffingGap::STATE_OPEN);
    std::string department = after.department();
    if (department.empty()) {
      const absl::StatusOr<v1::Employee> requester = employees_.kind().Find(tx.sql, after.requester());
      if (!requester.ok() && !absl::IsNotFound(requester.status())) return requester.status();
      if (requester.ok()) department = requester->department();
    }
    if (!department.empty()) {
      ASSIGN_OR_RETURN(const std::string owner, employees_.ManagerOf(tx.sql, department, today, {}));
      after.set_owner(owner);
    }
    return gaps_.Insert(tx, after, "open");
  }
  const bool closed = before->state() == StaffingGap::STATE_CLOSED;
  // Somebody who has been missing since then is not missing from today on: the due time of what was decided would move on with each day.
  const bool lasts = judgement.gapes && !closed && after.source() == StaffingGap::SOURCE_HEADCOUNT_PLAN;
  if (lasts && time::ToDay(after.start_date()) == today && time::ToDay(before->start_date()) < today) {
    *after.mutable_start_date() = before->start_date();
  }
  const char* verb = "judge";
  if (!judgement.gapes && !closed) {
    RETURN_IF_ERROR(gaps_.Advance(after, verb = "close"));
    *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
  }
  if (!judgement.gapes) after.set_closing(judgement.need ? StaffingGap::CLOSING_QUALIFIED : StaffingGap::CLOSING_NEED_OVER);
  if (judgement.gapes && closed) {
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
  const bool trains = request.decision() == v1::DecideStaffingGapRequest::DECISION_TRAIN;
  return gaps_.Change(tx, request, trains ? "train" : "hire", [&](const StaffingGap& before, StaffingGap& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecider(tx, before));
    after.set_decision_reason(request.reason());
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.clear_accept_until();
    return trains ? Train(tx, request, after) : Hire(tx, request, after);
  });
}

absl::Status StaffingGaps::Hire(record::Transaction& tx, const v1::DecideStaffingGapRequest& request, StaffingGap& gap) const {
  if (!gap.requisition().empty()) {
    ASSIGN_OR_RETURN(const v1::Requisition present, requisitions_.kind().Find(tx.sql, gap.requisition()));
    if (!IsOver(present)) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const v1::ProposeStaffingResponse proposal, ProposalFor(tx.sql, gap, tx.call.now));
  ASSIGN_OR_RETURN(const v1::Requisition wanted, RequisitionFor(request, gap, proposal));
  ASSIGN_OR_RETURN(const v1::Requisition opened, requisitions_.Open(tx, wanted));
  gap.set_requisition(opened.name());
  return absl::OkStatus();
}

absl::Status StaffingGaps::Train(record::Transaction& tx, const v1::DecideStaffingGapRequest& request, StaffingGap& gap) const {
  ASSIGN_OR_RETURN(const v1::ProposeStaffingResponse proposal, ProposalFor(tx.sql, gap, tx.call.now));
  ASSIGN_OR_RETURN(const std::vector<std::string> trainees, TraineesFor(request, proposal));
  for (const std::string& trainee : trainees) {
    ASSIGN_OR_RETURN(const std::string plan,
                     training_plans_.PlanFor(tx, {gap.name(), request.reason(), trainee, LackingCourses(gap, trainee),
                                                  time::ToDay(gap.start_date()) - 1, time::ToDay(gap.end_date())}));
    const auto& linked = gap.training_plans();
    if (std::find(linked.begin(), linked.end(), plan) == linked.end()) gap.add_training_plans(plan);
  }
  return absl::OkStatus();
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

absl::StatusOr<v1::ProposeStaffingResponse> StaffingGaps::ProposalFor(sql::Session& sql, const StaffingGap& gap, absl::Time now) const {
  const Span span{time::ToDay(gap.start_date()), time::ToDay(gap.end_date())};
  v1::ProposeStaffingResponse response;
  if (gap.state() == StaffingGap::STATE_CLOSED) return response;
  if (gap.source() == StaffingGap::SOURCE_HEADCOUNT_PLAN) {
    ASSIGN_OR_RETURN(const std::optional<HeadcountShortage> shortage, judge_.ShortageOf(sql, gap, now));
    if (!shortage) return response;
    response.set_missing_count(shortage->worst.uncovered());
    response.set_in_progress_count(shortage->worst.in_progress());
    response.set_hire_count(shortage->worst.to_open());
    return response;
  }
  for (const v1::StaffingShortfall& shortfall : gap.shortfalls()) {
    const absl::StatusOr<v1::Employee> employee = employees_.kind().Find(sql, shortfall.employee());
    if (!employee.ok() && !absl::IsNotFound(employee.status())) return employee.status();
    TrainingFacts training;
    if (employee.ok()) {
      ASSIGN_OR_RETURN(const SkillFacts facts, skills_.FactsOf(sql, shortfall.employee()));
      ASSIGN_OR_RETURN(training, skills_.TrainingFactsOf(sql, *employee, facts, policies_.DayOf(now), span.first - 1));
    }
    *response.add_trainees() = TraineeOf(shortfall, training, span);
  }
  ConcludeProposal(std::max(0, gap.required_count() - gap.qualified_count()), response);
  return response;
}

absl::StatusOr<v1::ProposeStaffingResponse> StaffingGaps::Propose(const rpc::Call& call, const v1::ProposeStaffingRequest& request) {
  return store_.Read(call, [&](sql::Session& sql) -> absl::StatusOr<v1::ProposeStaffingResponse> {
    ASSIGN_OR_RETURN(const StaffingGap gap, gaps_.Find(sql, request.name()));
    if (!gaps_.Sees(call, gap)) return status::NotFound(request.name());
    return ProposalFor(sql, gap, call.now);
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
                                  " AND source <> 'SOURCE_HEADCOUNT_PLAN' ORDER BY name LIMIT ?",
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
  failure.Update(store_.Write(call, [&](record::Transaction& tx) { return judge_.Forget(tx, policies_.DayOf(call.now)); }));
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

job::Outcome StaffingGaps::ReviewPlans(const rpc::Call& call) {
  const absl::StatusOr<std::vector<v1::HeadcountPlan>> plans =
      store_.Read(call, [&](sql::Session& session) { return plans_.kind().Select(session, "ORDER BY name"); });
  if (!plans.ok()) return job::Outcome::Failed(plans.status());
  absl::Status failure;
  for (const v1::HeadcountPlan& plan : *plans) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) { return Judge(tx, plan.name()); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void StaffingGaps::Bind(record::Methods& methods) {
  methods.Reads(gaps_);
  methods.Bind("ProposeStaffing", this, &StaffingGaps::Propose);
  methods.Bind("DecideStaffingGap", this, &StaffingGaps::Decide);
  methods.Bind("AcceptStaffingGap", this, &StaffingGaps::Accept);
}

}  // namespace heitie::personnel
