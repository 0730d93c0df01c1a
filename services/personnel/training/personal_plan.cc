#include "services/personnel/training/personal_plan.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/training_plan.pb.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/training/enrollment.h"
#include "services/personnel/training/learner_rows.h"
#include "services/personnel/training/plan_standing.h"
#include "services/personnel/training/qualification.h"

namespace heitie::personnel {

const status::Reason kNothingMissing{absl::StatusCode::kFailedPrecondition, "NOTHING_MISSING",
                                     "{employee} holds everything that {position} demands on {date}.",
                                     "{employee} 於 {date} 已具備 {position} 所要求的全部技能。"};
const status::Reason kTrainingPlanExists{absl::StatusCode::kFailedPrecondition, "TRAINING_PLAN_EXISTS",
                                         "{employee} has a training plan to {position} already: {name}. Revise it, or end it first.",
                                         "{employee} 已有以 {position} 為目標的培訓計畫 {name}，請修訂或先行結束。"};
const status::Reason kNotYourPlan{absl::StatusCode::kPermissionDenied, "NOT_YOUR_PLAN",
                                  "{employee} alone accepts this plan; the superior approves it.",
                                  "此計畫僅能由 {employee} 本人接受；主管請以核准表示同意。"};

namespace {

using v1::TrainingPlan;
using v1::TrainingPlanItem;

constexpr absl::Duration kRenewingInterval = absl::Minutes(1);
constexpr int kRenewedAtOnce = 1000;
constexpr char kLivingPlans[] =
    "state IN ('STATE_PROPOSED', 'STATE_AGREED_BY_EMPLOYEE', 'STATE_AGREED_BY_SUPERIOR', 'STATE_AGREED', 'STATE_COMPLETED')";

bool WaitsForEmployee(const TrainingPlan& plan) {
  return plan.state() == TrainingPlan::STATE_PROPOSED || plan.state() == TrainingPlan::STATE_AGREED_BY_SUPERIOR;
}
bool WaitsForSuperior(const TrainingPlan& plan) {
  return plan.state() == TrainingPlan::STATE_PROPOSED || plan.state() == TrainingPlan::STATE_AGREED_BY_EMPLOYEE;
}
bool WaitsForCourses(const TrainingPlan& plan) { return plan.state() == TrainingPlan::STATE_AGREED; }

// The first session of the course in which the employee can take part with what is held.
const FreeSession* FirstSessionOf(const std::string& course, const TrainingFacts& facts) {
  const auto found = facts.courses.find(course);
  const auto sessions = facts.sessions.find(course);
  if (found == facts.courses.end() || sessions == facts.sessions.end()) return nullptr;
  const FreeSession* first = nullptr;
  for (const FreeSession& session : sessions->second) {
    const auto& presupposed = found->second.prerequisites();
    if (!std::all_of(presupposed.begin(), presupposed.end(),
                     [&](const std::string& other) { return HoldsOn(other, facts.certificates, session.day); }))
      continue;
    if (first == nullptr || std::tie(session.day, session.name) < std::tie(first->day, first->name)) first = &session;
  }
  return first;
}

void GiveSession(TrainingPlanItem& item, const TrainingFacts& facts) {
  item.clear_session();
  item.clear_date();
  const FreeSession* session = FirstSessionOf(item.course(), facts);
  if (session == nullptr) return;
  item.set_session(session->name);
  *item.mutable_date() = time::ToDate(session->day);
}

}  // namespace

std::vector<TrainingPlanItem> ItemsOf(const TrainingProposal& proposal, const std::vector<v1::SkillLevel>& missing,
                                      const std::map<std::string, v1::Course>& courses) {
  std::vector<TrainingPlanItem> items;
  for (const PlannedCourse& planned : proposal.courses) {
    TrainingPlanItem& item = items.emplace_back();
    item.set_course(planned.course);
    item.set_session(planned.session);
    *item.mutable_date() = time::ToDate(planned.day);
    item.set_state(TrainingPlanItem::STATE_OPEN);
    for (const v1::SkillLevel& wanted : missing) {
      if (Grants(courses.at(planned.course), wanted)) *item.add_skills() = wanted;
    }
  }
  return items;
}

const record::StateMachine& TrainingPlanMachine() {
  using State = TrainingPlan;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(),
      {
          {State::STATE_PROPOSED, "accept", State::STATE_AGREED_BY_EMPLOYEE},
          {State::STATE_PROPOSED, "approve", State::STATE_AGREED_BY_SUPERIOR},
          {State::STATE_AGREED_BY_SUPERIOR, "accept", State::STATE_AGREED},
          {State::STATE_AGREED_BY_EMPLOYEE, "approve", State::STATE_AGREED},
          {State::STATE_AGREED, "complete", State::STATE_COMPLETED, "a certificate closes the last open item", record::kConsequence},
          {State::STATE_COMPLETED, "reopen", State::STATE_AGREED, "a certificate is revoked or about to expire", record::kConsequence},
          {State::STATE_PROPOSED, "reject", State::STATE_REJECTED},
          {State::STATE_AGREED_BY_EMPLOYEE, "reject", State::STATE_REJECTED},
          {State::STATE_AGREED_BY_SUPERIOR, "reject", State::STATE_REJECTED},
          {State::STATE_PROPOSED, "revise", State::STATE_PROPOSED},
          {State::STATE_AGREED_BY_EMPLOYEE, "revise", State::STATE_PROPOSED},
          {State::STATE_AGREED_BY_SUPERIOR, "revise", State::STATE_PROPOSED},
          {State::STATE_AGREED, "revise", State::STATE_PROPOSED},
          {State::STATE_COMPLETED, "revise", State::STATE_PROPOSED},
          {State::STATE_PROPOSED, "end", State::STATE_ENDED},
          {State::STATE_AGREED_BY_EMPLOYEE, "end", State::STATE_ENDED},
          {State::STATE_AGREED_BY_SUPERIOR, "end", State::STATE_ENDED},
          {State::STATE_AGREED, "end", State::STATE_ENDED},
          {State::STATE_COMPLETED, "end", State::STATE_ENDED},
      });
  return machine;
}

TrainingPlans::TrainingPlans(const service::Context& context, const DevelopmentPolicies& policies, const SkillAssessments& skills,
                             const record::Kind<v1::Employee>& employees, const record::Kind<v1::Position>& positions,
                             Certificates& certificates, const Teams& teams, const Approvals& approvals, const Steps& steps)
    : store_(context.store),
      plans_(context.store, &TrainingPlanMachine()),
      policies_(policies),
      skills_(skills),
      employees_(employees),
      positions_(positions),
      certificates_(certificates),
      led_by_(LedBy(teams)),
      approvals_(approvals),
      steps_(steps) {
  plans_.RestrictRows(LearnerRows(teams));
  plans_.RestrictField("staffing_gap", record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
  plans_.SetFollow(
      [this](record::Transaction& tx, const TrainingPlan* before, const TrainingPlan* after) { return KeepSteps(tx, before, after); });
  certificates.Follow(
      [this](record::Transaction& tx, const v1::Certificate& certificate) { return RefreshPlansOf(tx, certificate.employee()); });
  context.jobs.Recur(
      "renew-training-plans", kRenewingInterval, [this](const rpc::Call& call, const job::Job&) { return Renew(call); },
      job::Lane::kDeadlines);
}

absl::Status TrainingPlans::CheckMayPlan(const rpc::Call& call, const std::string& employee) const {
  if (employee == call.principal.name || call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return absl::OkStatus();
  const std::vector<std::string> led = led_by_(call.principal);
  if (std::find(led.begin(), led.end(), employee) != led.end()) return absl::OkStatus();
  return status::Error(kNotYourSkills, {{"employee", employee}});
}

// A certificate that is issued meanwhile changes the employee's row as well (RefreshPlansOf): either it is seen here, or the plan is there.
absl::StatusOr<v1::Employee> TrainingPlans::GuardLearner(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Employee employee, employees_.Guard(tx, name));
  const absl::CivilDay today = DayOf(tx.call.now);
  if (StateOn(employee, today) == v1::Employee::STATE_LEFT) {
    return status::Error(kNotEmployed, {{"name", name}, {"date", time::DayText(today)}});
  }
  return employee;
}

absl::Status TrainingPlans::Plan(record::Transaction& tx, const v1::Employee& employee, TrainingPlan& plan) const {
  const absl::CivilDay today = DayOf(tx.call.now);
  std::optional<absl::CivilDay> target;
  if (plan.has_target_date()) target = time::ToDay(plan.target_date());
  const absl::CivilDay day = std::max(target.value_or(today), today);
  if (plan.position().empty()) plan.set_position(PositionOn(employee, day));
  ASSIGN_OR_RETURN(const v1::Position position, positions_.Find(tx.sql, plan.position()));
  ASSIGN_OR_RETURN(const SkillFacts facts, skills_.FactsOf(tx.sql, employee.name()));
  ASSIGN_OR_RETURN(TrainingFacts training, skills_.TrainingFactsOf(tx.sql, employee, facts, today, target));
  const std::vector<v1::SkillLevel> missing = MissingOn(position, day, facts);
  std::vector<v1::SkillLevel> gap = missing;
  std::optional<absl::CivilDay> until;
  if (plan.has_needed_until()) until = time::ToDay(plan.needed_until());
  std::vector<std::string> lacking;
  for (const std::string& course : plan.courses()) {
    std::vector<v1::Certificate> held;
    std::copy_if(facts.certificates.begin(), facts.certificates.end(), std::back_inserter(held),
                 [&](const v1::Certificate& certificate) { return certificate.course() == course; });
    if (JudgeCourse(course, held, {day, std::max(day, until.value_or(day))})) lacking.push_back(course);
  }
  DemandCertificates(lacking, until, gap, training);
  const TrainingProposal proposal = ProposeTraining(gap, training);
  // What a certificate has closed once is renewed; the rest is planned anew.
  auto* items = plan.mutable_items();
  items->erase(std::remove_if(items->begin(), items->end(), [](const TrainingPlanItem& item) { return item.certificate().empty(); }),
               items->end());
  std::set<std::string> kept;
  for (TrainingPlanItem& item : *items) {
    kept.insert(item.course());
    if (item.state() == TrainingPlanItem::STATE_OPEN) GiveSession(item, training);
  }
  for (const TrainingPlanItem& item : ItemsOf(proposal, missing, facts.courses)) {
    if (kept.count(item.course()) == 0) *items->Add() = item;
  }
  *plan.mutable_open_demands() = ToResponse(proposal).open_demands();
  if (!items->empty() || !plan.open_demands().empty()) return absl::OkStatus();
  return status::Error(kNothingMissing, {{"employee", employee.name()}, {"position", plan.position()}, {"date", time::DayText(day)}});
}

absl::Status TrainingPlans::Refresh(record::Transaction& tx, const v1::Employee& employee, const TrainingPlan& before,
                                    TrainingPlan& after) const {
  const absl::CivilDay today = DayOf(tx.call.now);
  ASSIGN_OR_RETURN(const v1::DevelopmentPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const std::vector<v1::Certificate> certificates, certificates_.IssuedTo(tx.sql, employee.name()));
  Settle(after, certificates, today, policy.renewal_days());
  after.set_policy(policy.name());
  std::set<std::string> closed;
  for (const TrainingPlanItem& item : before.items()) {
    if (item.state() == TrainingPlanItem::STATE_CLOSED) closed.insert(item.course());
  }
  std::optional<TrainingFacts> training;
  for (TrainingPlanItem& item : *after.mutable_items()) {
    if (item.state() == TrainingPlanItem::STATE_CLOSED || closed.count(item.course()) == 0) continue;
    if (!training) {
      ASSIGN_OR_RETURN(const SkillFacts facts, skills_.FactsOf(tx.sql, employee.name()));
      ASSIGN_OR_RETURN(training, skills_.TrainingFactsOf(tx.sql, employee, facts, today, std::nullopt));
    }
    GiveSession(item, *training);
  }
  return absl::OkStatus();
}

absl::Status TrainingPlans::RefreshPlansOf(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Employee employee, employees_.Guard(tx, name));
  ASSIGN_OR_RETURN(const std::vector<TrainingPlan> plans,
                   plans_.Select(tx.sql, absl::StrCat("WHERE employee = ? AND ", kLivingPlans, " ORDER BY name"), sql::Bind(name)));
  for (const TrainingPlan& found : plans) {
    ASSIGN_OR_RETURN(const TrainingPlan before, plans_.Lock(tx, found.name()));
    TrainingPlan after = before;
    RETURN_IF_ERROR(Refresh(tx, employee, before, after));
    const char* verb = "settle";
    if (after.state() == TrainingPlan::STATE_AGREED && AllClosed(after)) verb = "complete";
    if (after.state() == TrainingPlan::STATE_COMPLETED && !AllClosed(after)) verb = "reopen";
    if (verb != std::string("settle")) RETURN_IF_ERROR(plans_.Advance(after, verb));
    RETURN_IF_ERROR(plans_.Update(tx, before, after, verb));
  }
  return absl::OkStatus();
}

absl::Status TrainingPlans::Create(record::Transaction& tx, TrainingPlan& plan) {
  RETURN_IF_ERROR(CheckMayPlan(tx.call, plan.employee()));
  ASSIGN_OR_RETURN(const v1::Employee employee, GuardLearner(tx, plan.employee()));
  RETURN_IF_ERROR(Plan(tx, employee, plan));
  ASSIGN_OR_RETURN(const std::vector<TrainingPlan> others,
                   plans_.Select(tx.sql, absl::StrCat("WHERE employee = ? AND position = ? AND ", kLivingPlans),
                                 sql::Bind(plan.employee(), plan.position())));
  if (!others.empty()) {
    return status::Error(kTrainingPlanExists,
                         {{"name", others.front().name()}, {"employee", plan.employee()}, {"position", plan.position()}});
  }
  plan.set_state(TrainingPlan::STATE_PROPOSED);
  return Refresh(tx, employee, plan, plan);
}

absl::StatusOr<std::string> TrainingPlans::PlanFor(record::Transaction& tx, const Asked& asked) const {
  ASSIGN_OR_RETURN(const v1::Employee employee, GuardLearner(tx, asked.employee));
  TrainingPlan wanted;
  wanted.set_name(absl::StrCat("trainingPlans/", record::NewId(tx.call.now)));
  wanted.set_employee(asked.employee);
  wanted.set_position(PositionOn(employee, asked.by + 1));
  wanted.set_purpose(asked.purpose);
  ASSIGN_OR_RETURN(const std::vector<TrainingPlan> present,
                   plans_.Select(tx.sql, absl::StrCat("WHERE employee = ? AND position = ? AND ", kLivingPlans),
                                 sql::Bind(wanted.employee(), wanted.position())));
  record::Step<TrainingPlan> step{{}, wanted, "revise"};
  if (!present.empty()) {
    ASSIGN_OR_RETURN(step, plans_.Begin(tx, record::Target(present.front().name())));
    std::set<std::string> planned(step.before.courses().begin(), step.before.courses().end());
    for (const TrainingPlanItem& item : step.before.items()) planned.insert(item.course());
    const bool lacks_none =
        std::all_of(asked.courses.begin(), asked.courses.end(), [&](const std::string& course) { return planned.count(course) > 0; });
    if (lacks_none) return present.front().name();
    RETURN_IF_ERROR(plans_.Advance(step.after, "revise"));
    step.verb = "revise";
  }
  TrainingPlan& plan = step.after;
  plan.set_staffing_gap(asked.gap);
  for (const std::string& course : asked.courses) {
    if (std::find(plan.courses().begin(), plan.courses().end(), course) == plan.courses().end()) plan.add_courses(course);
  }
  if (!plan.has_target_date() || time::ToDay(plan.target_date()) > asked.by) *plan.mutable_target_date() = time::ToDate(asked.by);
  if (!plan.has_needed_until() || time::ToDay(plan.needed_until()) < asked.until) *plan.mutable_needed_until() = time::ToDate(asked.until);
  plan.clear_accept_time();
  plan.clear_approver();
  plan.clear_approve_time();
  RETURN_IF_ERROR(Plan(tx, employee, plan));
  if (present.empty()) {
    plan.set_state(TrainingPlan::STATE_PROPOSED);
    RETURN_IF_ERROR(Refresh(tx, employee, plan, plan));
    RETURN_IF_ERROR(plans_.Insert(tx, plan));
  } else {
    RETURN_IF_ERROR(Refresh(tx, employee, step.before, plan));
    RETURN_IF_ERROR(plans_.Finish(tx, step).status());
  }
  return plan.name();
}

absl::StatusOr<TrainingPlan> TrainingPlans::Accept(record::Transaction& tx, const v1::AcceptTrainingPlanRequest& request) {
  return plans_.Change(tx, request, "accept", [&](const TrainingPlan& before, TrainingPlan& after) -> absl::Status {
    if (before.employee() != tx.call.principal.name) return status::Error(kNotYourPlan, {{"employee", before.employee()}});
    *after.mutable_accept_time() = time::ToTimestamp(tx.call.now);
    if (AllClosed(after) && after.state() == TrainingPlan::STATE_AGREED) return plans_.Advance(after, "complete");
    return absl::OkStatus();
  });
}

absl::StatusOr<TrainingPlan> TrainingPlans::Approve(record::Transaction& tx, const v1::ApproveTrainingPlanRequest& request) {
  return plans_.Change(tx, request, "approve", [&](const TrainingPlan& before, TrainingPlan& after) -> absl::Status {
    RETURN_IF_ERROR(approvals_.Check(tx, before.employee(), {before.employee()}));
    after.set_approver(tx.call.principal.name);
    *after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
    if (AllClosed(after) && after.state() == TrainingPlan::STATE_AGREED) return plans_.Advance(after, "complete");
    return absl::OkStatus();
  });
}

absl::StatusOr<TrainingPlan> TrainingPlans::Reject(record::Transaction& tx, const v1::RejectTrainingPlanRequest& request) {
  return plans_.Change(tx, request, "reject", [&](const TrainingPlan& before, TrainingPlan& after) -> absl::Status {
    if (before.employee() != tx.call.principal.name) RETURN_IF_ERROR(approvals_.Check(tx, before.employee(), {before.employee()}));
    after.set_state_reason(request.reason());
    after.clear_change_date();
    return absl::OkStatus();
  });
}

absl::StatusOr<TrainingPlan> TrainingPlans::Revise(record::Transaction& tx, const v1::ReviseTrainingPlanRequest& request) {
  // In the order of Create and RefreshPlansOf: the employee before the plan.
  ASSIGN_OR_RETURN(const TrainingPlan found, plans_.Find(tx.sql, request.name()));
  if (!plans_.Sees(tx.call, found)) return status::NotFound(request.name());
  RETURN_IF_ERROR(CheckMayPlan(tx.call, found.employee()));
  ASSIGN_OR_RETURN(const v1::Employee employee, GuardLearner(tx, found.employee()));
  return plans_.Change(tx, request, "revise", [&](const TrainingPlan& before, TrainingPlan& after) -> absl::Status {
    if (request.has_target_date()) *after.mutable_target_date() = request.target_date();
    after.clear_accept_time();
    after.clear_approver();
    after.clear_approve_time();
    RETURN_IF_ERROR(Plan(tx, employee, after));
    return Refresh(tx, employee, before, after);
  });
}

absl::StatusOr<TrainingPlan> TrainingPlans::End(record::Transaction& tx, const v1::EndTrainingPlanRequest& request) {
  return plans_.Change(tx, request, "end", [&](const TrainingPlan& before, TrainingPlan& after) -> absl::Status {
    RETURN_IF_ERROR(approvals_.Check(tx, before.employee(), {before.employee()}));
    after.set_state_reason(request.reason());
    after.clear_change_date();
    return absl::OkStatus();
  });
}

// A step is opened when it comes up, not again by every change: its due time and whoever it went on to stay.
absl::Status TrainingPlans::KeepSteps(record::Transaction& tx, const TrainingPlan* before, const TrainingPlan* after) const {
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  const auto keep = [&](const std::string& action, bool waited, bool waits, const auto& open) -> absl::Status {
    if (waits) return waited ? absl::OkStatus() : open(action);
    return waited ? steps_.Done(tx, after->name(), action) : absl::OkStatus();
  };
  RETURN_IF_ERROR(keep("accept", before != nullptr && WaitsForEmployee(*before), WaitsForEmployee(*after),
                       [&](const std::string& action) -> absl::Status {
                         ASSIGN_OR_RETURN(const absl::Time due, policies_.DecisionDue(tx.sql, tx.call.now));
                         return steps_.Open(tx, {after->name(), action, after->employee(), due});
                       }));
  RETURN_IF_ERROR(keep("approve", before != nullptr && WaitsForSuperior(*before), WaitsForSuperior(*after),
                       [&](const std::string& action) -> absl::Status {
                         ASSIGN_OR_RETURN(const std::string approver,
                                          approvals_.Approver(tx.sql, after->employee(), DayOf(tx.call.now), {after->employee()}));
                         ASSIGN_OR_RETURN(const absl::Time due, policies_.DecisionDue(tx.sql, tx.call.now));
                         return steps_.Open(tx, {after->name(), action, approver, due});
                       }));
  const std::optional<absl::CivilDay> due_before = before == nullptr ? std::nullopt : DueDayOf(*before), due_after = DueDayOf(*after);
  const bool waited = before != nullptr && WaitsForCourses(*before);
  return keep("complete", waited && (!WaitsForCourses(*after) || due_before == due_after), WaitsForCourses(*after),
              [&](const std::string& action) -> absl::Status {
                absl::Time due;
                if (due_after) {
                  due = policies_.EndOf(*due_after);
                } else {
                  ASSIGN_OR_RETURN(due, policies_.DecisionDue(tx.sql, tx.call.now));
                }
                return steps_.Open(tx, {after->name(), action, after->employee(), due});
              });
}

// One by one: a plan that cannot be changed holds up nobody else's.
job::Outcome TrainingPlans::Renew(const rpc::Call& call) {
  const std::string today = time::DayText(DayOf(call.now));
  std::set<std::string> learners;
  std::vector<TrainingPlan> of_leavers;
  const absl::Status read = store_.Read(call, [&](sql::Session& session) -> absl::Status {
    learners.clear();
    ASSIGN_OR_RETURN(
        const std::vector<TrainingPlan> due,
        plans_.Select(session, absl::StrCat("WHERE change_date <= ? AND ", kLivingPlans, " ORDER BY change_date, name LIMIT ?"),
                      {today, int64_t{kRenewedAtOnce}}));
    for (const TrainingPlan& plan : due) learners.insert(plan.employee());
    ASSIGN_OR_RETURN(of_leavers, plans_.Select(session,
                                               absl::StrCat("WHERE ", kLivingPlans,
                                                            " AND employee IN (SELECT name FROM employees WHERE leave_date < ?)"
                                                            " ORDER BY name LIMIT ?"),
                                               {today, int64_t{kRenewedAtOnce}}));
    return absl::OkStatus();
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const TrainingPlan& found : of_leavers) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const TrainingPlan before, plans_.Lock(tx, found.name()));
      if (before.state() == TrainingPlan::STATE_ENDED || before.state() == TrainingPlan::STATE_REJECTED) return absl::OkStatus();
      TrainingPlan after = before;
      after.set_state_reason("The employee has left. 員工已離職。");
      after.clear_change_date();
      RETURN_IF_ERROR(plans_.Advance(after, "end"));
      return plans_.Update(tx, before, after, "end");
    }));
    learners.erase(found.employee());
  }
  for (const std::string& learner : learners) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) { return RefreshPlansOf(tx, learner); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void TrainingPlans::Bind(record::Methods& methods) {
  methods.Reads(plans_);
  methods.Creates(plans_, this, &TrainingPlans::Create);
  methods.Bind("AcceptTrainingPlan", this, &TrainingPlans::Accept);
  methods.Bind("ApproveTrainingPlan", this, &TrainingPlans::Approve);
  methods.Bind("RejectTrainingPlan", this, &TrainingPlans::Reject);
  methods.Bind("ReviseTrainingPlan", this, &TrainingPlans::Revise);
  methods.Bind("EndTrainingPlan", this, &TrainingPlans::End);
}

}  // namespace heitie::personnel
