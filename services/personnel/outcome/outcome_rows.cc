#include "services/personnel/outcome/outcome_rows.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/seal/person_keys.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/personnel/recruitment/money_step.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {

const status::Reason kOwnOutcome{absl::StatusCode::kPermissionDenied, "OWN_OUTCOME",
                                 "{name} follows from the caller's own appraisal; somebody else sees to it.",
                                 "{name} 出自呼叫者本人的考核，須由他人辦理。"};
const status::Reason kNotTheOwner{absl::StatusCode::kPermissionDenied, "NOT_THE_OWNER",
                                  "{name} is seen to by its owner or an operations manager.", "{name} 由其負責人或運營經理辦理。"};

namespace {

using v1::Outcome;
using v1::OutcomeRelease;

int DaysOf(const v1::OutcomePolicy& policy, Outcome::Kind kind) {
  switch (kind) {
    case Outcome::KIND_BONUS:
      return policy.bonus_days();
    case Outcome::KIND_INTERVIEW:
      return policy.interview_days();
    case Outcome::KIND_IMPROVEMENT_PLAN:
      return policy.plan_days();
    default:
      return policy.handling_days();
  }
}

std::string MoneyJobNameOf(const std::string& row) { return row + "/money"; }

// A due step is somebody's to take, whoever made it due.
template <typename Row>
absl::Status KeepBonusMoneyJob(record::Transaction& tx, const Row* before, const Row* after) {
  if (after != nullptr && NextDue(after->money_steps())) {
    return job::Schedule(tx, {.name = MoneyJobNameOf(after->name()),
                              .kind = kOutcomeMoneyJob,
                              .payload = after->name(),
                              .run_time = tx.call.now + kOutcomeMoneyAfter});
  }
  return before != nullptr && NextDue(before->money_steps()) ? job::Cancel(tx, MoneyJobNameOf(before->name())) : absl::OkStatus();
}

}  // namespace

const record::StateMachine& OutcomeReleaseMachine() {
  using R = OutcomeRelease;
  static const auto& machine = *new record::StateMachine(
      R::State_descriptor(), {
                                 {R::STATE_PREPARED, "prepare", R::STATE_PREPARED},
                                 {R::STATE_PREPARED, "propose", R::STATE_PROPOSED, "every bonus has a base"},
                                 {R::STATE_PROPOSED, "approve", R::STATE_WAITING_FOR_MONEY, "by a second person, for whom nothing follows"},
                                 {R::STATE_PROPOSED, "reject", R::STATE_PREPARED, "by a second person, for whom nothing follows"},
                                 {R::STATE_WAITING_FOR_MONEY, "retry", R::STATE_WAITING_FOR_MONEY},
                                 {R::STATE_WAITING_FOR_MONEY, "withdraw", R::STATE_PREPARED},
                                 {R::STATE_WAITING_FOR_MONEY, "release", R::STATE_RELEASED, "the money is committed", record::kConsequence},
                                 {R::STATE_RELEASED, "retry", R::STATE_RELEASED},
                                 {R::STATE_RELEASED, "pay", R::STATE_PAID},
                                 {R::STATE_PAID, "retry", R::STATE_PAID},
                             });
  return machine;
}

const record::StateMachine& OutcomeMachine() {
  static const auto& machine = *new record::StateMachine(
      Outcome::State_descriptor(),
      {
          {Outcome::STATE_PREPARED, "release", Outcome::STATE_RELEASED, "all of the release are", record::kConsequence},
          {Outcome::STATE_WAITING_FOR_MONEY, "release", Outcome::STATE_RELEASED, "the money is committed", record::kConsequence},
          {Outcome::STATE_RELEASED, "settle", Outcome::STATE_SETTLED},
          {Outcome::STATE_UNDECIDED, "decide", Outcome::STATE_SETTLED},
      });
  return machine;
}

std::string ReleaseOf(const std::string& cycle) { return "outcomeReleases/" + record::IdOf(cycle); }
std::string CycleOfRelease(const std::string& release) { return "appraisalCycles/" + record::IdOf(release); }

std::string OutcomeNameOf(const std::string& release, const std::string& from, Outcome::Kind kind) {
  return absl::StrCat(release, "/outcomes/", IdFor(absl::StrCat(from, " ", Outcome::Kind_Name(kind))));
}

bool IsMoney(Outcome::Kind kind) { return kind == Outcome::KIND_BONUS || kind == Outcome::KIND_BONUS_DIFFERENCE; }

std::string ActionOf(const Outcome& outcome) {
  if (outcome.state() == Outcome::STATE_UNDECIDED) return "decide";
  if (outcome.state() == Outcome::STATE_WAITING_FOR_MONEY) return "provide_money";
  if (outcome.state() != Outcome::STATE_RELEASED) return "";
  switch (outcome.kind()) {
    case Outcome::KIND_PROMOTION_ELIGIBILITY:
      return "consider";
    case Outcome::KIND_CERTIFICATE:
      return "hand_over_certificate";
    case Outcome::KIND_IMPROVEMENT_PLAN:
      return "present_plan";
    case Outcome::KIND_BONUS_DIFFERENCE:
      return "pay";
    case Outcome::KIND_INTERVIEW:
      // One that is planned waits for its interviewer itself.
      return outcome.performance_interview().empty() ? "plan_interview" : "";
    default:
      return "";  // Bonuses are paid together.
  }
}

OutcomeRows::OutcomeRows(const service::Context& context, const OutcomePolicies& policies, const PerformanceInterviews& interviews,
                         const Leaders& leaders, const Employees& employees, const Approvals& approvals, const Steps& steps)
    : releases(context.store, &OutcomeReleaseMachine()),
      outcomes(context.store, &OutcomeMachine()),
      zone_(context.time_zone),
      policies_(policies),
      interviews_(interviews),
      employees_(employees),
      approvals_(approvals),
      steps_(steps) {
  outcomes.RestrictRows((leaders.Rows() || record::Own("owner")) &&
                        record::Except("hidden_from", [](const rpc::Principal& caller) { return std::vector<std::string>{caller.name}; }));
  const record::Rule who_decides = record::Own("proposer") || record::Among("proposer", employees.teams().Below()) ||
                                   record::Own("approver") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
  for (const char* field : {"total_minor", "pool_minor", "weight_sum", "shortage_minor", "money_steps"})
    releases.RestrictField(field, who_decides);
  releases.SetFollow([this](record::Transaction& tx, const OutcomeRelease* before, const OutcomeRelease* after) {
    return FollowRelease(tx, before, after);
  });
  outcomes.SetFollow(
      [this](record::Transaction& tx, const Outcome* before, const Outcome* after) { return FollowOutcome(tx, before, after); });
}

absl::StatusOr<std::string> OutcomeRows::OwnerOf(sql::Session& sql, const OutcomeRelease& release, const Outcome& outcome,
                                                 absl::CivilDay today) const {
  if (!IsMoney(outcome.kind())) {
    ASSIGN_OR_RETURN(std::string superior, approvals_.Approver(sql, outcome.employee(), today, {outcome.employee()}));
    if (!superior.empty()) return superior;
  }
  return employees_.ManagerOf(sql, release.department(), today, {outcome.employee()});
}

absl::StatusOr<bool> OutcomeRows::Insert(record::Transaction& tx, Outcome& outcome, const char* action) const {
  const absl::Status inserted = outcomes.Insert(tx, outcome, action);
  if (status::ReasonOf(inserted) == seal::kPersonErased.id) return false;
  RETURN_IF_ERROR(inserted);
  return true;
}

absl::Status OutcomeRows::SetReleased(record::Transaction& tx, const OutcomeRelease& release, const v1::OutcomePolicy& policy,
                                      Outcome& after) const {
  const absl::CivilDay today = DayOf(tx.call.now);
  RETURN_IF_ERROR(outcomes.Advance(after, "release"));
  ASSIGN_OR_RETURN(const std::string owner, OwnerOf(tx.sql, release, after, today));
  after.set_owner(owner);
  *after.mutable_due_date() = time::ToDate(today + DaysOf(policy, after.kind()));
  after.clear_hidden_from();
  *after.mutable_release_time() = time::ToTimestamp(tx.call.now);
  return absl::OkStatus();
}

absl::Status OutcomeRows::Release(record::Transaction& tx, const OutcomeRelease& release, const v1::OutcomePolicy& policy,
                                  absl::Time closed, const Outcome& before, const std::string& certificate_number) const {
  Outcome after = before;
  RETURN_IF_ERROR(SetReleased(tx, release, policy, after));
  if (before.kind() == Outcome::KIND_PROMOTION_ELIGIBILITY)
    *after.mutable_valid_until() = time::ToDate(AddMonths(DayOf(tx.call.now), policy.eligibility_months()));
  if (before.kind() == Outcome::KIND_CERTIFICATE) after.set_certificate_number(certificate_number);
  if (before.kind() == Outcome::KIND_INTERVIEW) {
    v1::PerformanceInterview wanted;
    wanted.set_employee(before.employee());
    wanted.set_interviewer(after.owner());
    *wanted.mutable_planned_date() = after.due_date();
    wanted.add_appraisals(before.appraisal());
    const absl::CivilMonth first(time::ToDay(release.month()));
    *wanted.mutable_ground_month() = time::ToDate(absl::CivilDay(release.period() == v1::AppraisalCycle::PERIOD_YEAR ? first + 11 : first));
    wanted.set_reason(before.grade().empty() ? before.appraisal() : absl::StrCat(before.appraisal(), ": ", before.grade()));
    ASSIGN_OR_RETURN(const std::string interview, InterviewFor(tx, std::move(wanted), closed));
    after.set_performance_interview(interview);
  }
  return outcomes.Update(tx, before, after, "release");
}

absl::StatusOr<std::string> OutcomeRows::InterviewFor(record::Transaction& tx, v1::PerformanceInterview wanted, absl::Time since) const {
  // Whoever plans one changes the person's row first, so that two rules at the same moment make one.
  RETURN_IF_ERROR(employees_.kind().Guard(tx, wanted.employee()).status());
  const std::string others =
      "WHERE employee = ? AND state <> 'STATE_CANCELLED' AND (state = 'STATE_PLANNED' OR create_time >= ?) "
      "ORDER BY state = 'STATE_PLANNED' DESC, name LIMIT 1";
  const auto find = [&]() { return interviews_.kind().Select(tx.sql, others, sql::Bind(wanted.employee(), since)); };
  ASSIGN_OR_RETURN(std::vector<v1::PerformanceInterview> there, find());
  if (!there.empty()) return there.front().name();
  const absl::CivilDay day = time::ToDay(wanted.planned_date());
  status::BadFields unfit;
  RETURN_IF_ERROR(CheckEmployed(tx.sql, employees_.kind(), wanted.employee(), day, day, "employee", unfit));
  RETURN_IF_ERROR(CheckEmployed(tx.sql, employees_.kind(), wanted.interviewer(), day, day, "interviewer", unfit));
  if (!unfit.empty()) return std::string();
  RETURN_IF_ERROR(interviews_.PlanByRule(tx, wanted));
  ASSIGN_OR_RETURN(there, find());
  return there.front().name();
}

absl::StatusOr<std::vector<std::string>> OutcomeRows::Concerned(sql::Session& sql, const std::string& release) const {
  std::vector<std::string> people;
  RETURN_IF_ERROR(sql.Query("SELECT DISTINCT employee FROM outcomes WHERE name > ? AND name < ? ORDER BY employee",
                            record::ChildRange(release, "outcomes"), [&](const sql::Row& row) { people.push_back(row.Text(0)); }));
  return people;
}

absl::Status OutcomeRows::CheckOwner(const rpc::Call& call, const Outcome& outcome) const {
  const rpc::Principal& caller = call.principal;
  if (caller.name == outcome.employee()) return status::Error(kOwnOutcome, {{"name", outcome.name()}});
  if (caller.name == outcome.owner() || caller.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return absl::OkStatus();
  return status::Error(kNotTheOwner, {{"name", outcome.name()}});
}

void OutcomeRows::Finish(const record::Transaction& tx, const std::string& reason, Outcome& after) const {
  after.set_settle_reason(reason);
  after.set_finisher(tx.call.principal.name);
  *after.mutable_finish_time() = time::ToTimestamp(tx.call.now);
}

absl::Status OutcomeRows::FollowRelease(record::Transaction& tx, const OutcomeRelease* before, const OutcomeRelease* after) const {
  RETURN_IF_ERROR(KeepBonusMoneyJob(tx, before, after));
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  const absl::CivilDay today = DayOf(tx.call.now);
  std::string action, owner;
  const bool something = after->outcome_count() > 0;
  if (before != nullptr && before->state() == after->state() && (before->outcome_count() > 0) == something) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::OutcomePolicy policy, policies_.kind().Find(tx.sql, after->policy()));
  int days = policy.release_days();
  if (after->state() == OutcomeRelease::STATE_PREPARED && something) {
    action = "propose";
    ASSIGN_OR_RETURN(owner, employees_.ManagerOf(tx.sql, after->department(), today, {}));
  } else if (after->state() == OutcomeRelease::STATE_PROPOSED) {
    action = "approve";
    ASSIGN_OR_RETURN(const std::vector<std::string> concerned, Concerned(tx.sql, after->name()));
    ASSIGN_OR_RETURN(owner, approvals_.Approver(tx.sql, after->proposer(), today, concerned));
  } else if (after->state() == OutcomeRelease::STATE_WAITING_FOR_MONEY) {
    action = "provide_money";
    owner = after->proposer();
  } else if (after->state() == OutcomeRelease::STATE_RELEASED && after->total_minor() > 0) {
    action = "pay";
    days = policy.bonus_days();
    ASSIGN_OR_RETURN(const std::vector<std::string> concerned, Concerned(tx.sql, after->name()));
    ASSIGN_OR_RETURN(owner, employees_.ManagerOf(tx.sql, after->department(), today, {concerned.begin(), concerned.end()}));
    if (owner.empty()) owner = after->approver();
  }
  RETURN_IF_ERROR(steps_.DoneAll(tx, after->name()));
  return action.empty() ? absl::OkStatus() : steps_.Open(tx, {after->name(), action, owner, EndOf(today + days)});
}

absl::Status OutcomeRows::FollowOutcome(record::Transaction& tx, const Outcome* before, const Outcome* after) const {
  RETURN_IF_ERROR(KeepBonusMoneyJob(tx, before, after));
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  const std::string action = ActionOf(*after);
  if (before != nullptr && !ActionOf(*before).empty() && ActionOf(*before) != action) {
    RETURN_IF_ERROR(steps_.Done(tx, before->name(), ActionOf(*before)));
  }
  if (action.empty()) return absl::OkStatus();
  return steps_.Open(tx, {after->name(), action, after->owner(), EndOf(time::ToDay(after->due_date()))});
}

}  // namespace heitie::personnel
