#include "services/planning/policy/plan_duty.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::planning {

using v1::PlanDuty;

namespace {

// How often it is looked what is late: days turn at midnight of several zones.
constexpr absl::Duration kLateInterval = absl::Minutes(5);
constexpr int64_t kLateAtOnce = 500;

const status::Phrase kDutyAsked{"{subject} is to be seen to until {day}.", "{subject} 待您於 {day} 前處理。"};
const status::Phrase kDutyDone{"It is seen to.", "已處理。"};

absl::StatusOr<std::vector<PlanDuty>> OpenOf(sql::Session& session, const Tables& tables, const std::string& subject) {
  return tables.plan_duties.Select(session, "WHERE subject = ? AND state = 'STATE_OPEN' ORDER BY name", sql::Bind(subject));
}

}  // namespace

const record::StateMachine& PlanDutyMachine() {
  static const auto& machine = *new record::StateMachine(
      PlanDuty::State_descriptor(),
      {
          {PlanDuty::STATE_OPEN, "escalate", PlanDuty::STATE_OPEN, "it is late", record::kConsequence},
          {PlanDuty::STATE_OPEN, "finish", PlanDuty::STATE_DONE, "nothing is asked any more", record::kConsequence},
      });
  return machine;
}

int EscalationAfter(const v1::PlanningPolicy& policy, int64_t working_days_late) {
  int steps = 0;
  for (const int32_t days : policy.escalation_days()) steps += working_days_late >= days ? 1 : 0;
  return steps;
}

PlanDuties::PlanDuties(const service::Context& context, Tables& tables, const Notices& notices) : tables_(tables), notices_(notices) {
  context.jobs.Recur("escalate-plan-duties", kLateInterval, [this](const rpc::Call& call, const job::Job&) { return EscalateLate(call); });
}

absl::StatusOr<PlanDuty> PlanDuties::Ask(record::Transaction& tx, const Wanted& wanted) const {
  ASSIGN_OR_RETURN(std::vector<PlanDuty> open, OpenOf(tx.sql, tables_, wanted.subject));
  if (!open.empty()) return std::move(open.front());
  PlanDuty duty;
  duty.set_name(absl::StrCat("planDuties/", record::NewId(tx.call.now)));
  duty.set_kind(wanted.kind);
  duty.set_subject(wanted.subject);
  duty.set_owner(wanted.owner);
  *duty.mutable_due_date() = time::ToDate(wanted.due);
  duty.set_calendar(wanted.calendar);
  duty.set_planning_policy(wanted.policy);
  duty.set_state(PlanDuty::STATE_OPEN);
  RETURN_IF_ERROR(tables_.plan_duties.Insert(tx, duty));
  RETURN_IF_ERROR(TellOf(tx, duty, duty.owner(), "ask"));
  return duty;
}

absl::Status PlanDuties::TellOf(record::Transaction& tx, const PlanDuty& duty, const std::string& recipient,
                                const std::string& cause) const {
  return notices_.Tell(tx, {.cause = absl::StrCat(duty.name(), " ", cause),
                            .recipient = recipient,
                            .subject = duty.name(),
                            .urgency = duty.escalation() > 0 ? v1::Notice::URGENCY_HIGH : v1::Notice::URGENCY_NORMAL,
                            .wording = "plan-duty-asked",
                            .phrase = kDutyAsked,
                            .args = {{"subject", duty.subject()}, {"day", time::DayText(time::ToDay(duty.due_date()))}},
                            .waits = true});
}

absl::Status PlanDuties::Done(record::Transaction& tx, const std::string& subject) const {
  ASSIGN_OR_RETURN(const std::vector<PlanDuty> open, OpenOf(tx.sql, tables_, subject));
  for (const PlanDuty& duty : open) {
    RETURN_IF_ERROR(tables_.plan_duties
                        .Change(tx, record::Target(duty.name()), "finish",
                                [&](PlanDuty& after) { *after.mutable_done_time() = time::ToTimestamp(tx.call.now); })
                        .status());
    RETURN_IF_ERROR(notices_.End(tx, duty.name(), kDutyDone));
  }
  return absl::OkStatus();
}

absl::Status PlanDuties::Pass(record::Transaction& tx, const std::string& subject, const std::string& owner) const {
  ASSIGN_OR_RETURN(const std::vector<PlanDuty> open, OpenOf(tx.sql, tables_, subject));
  for (const PlanDuty& duty : open) {
    ASSIGN_OR_RETURN(const PlanDuty before, tables_.plan_duties.Lock(tx, duty.name()));
    PlanDuty after = before;
    after.set_owner(owner);
    RETURN_IF_ERROR(tables_.plan_duties.Update(tx, before, after, "pass"));
    RETURN_IF_ERROR(TellOf(tx, after, owner, "pass"));
  }
  return absl::OkStatus();
}

absl::Status PlanDuties::Escalate(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const PlanDuty duty, tables_.plan_duties.Lock(tx, name));
  if (duty.state() != PlanDuty::STATE_OPEN) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, duty.calendar()));
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.zone);
  const int64_t late = calendar->arithmetic.WorkingDaysBetween(time::ToDay(duty.due_date()) + 1, today + 1);
  const int steps = EscalationAfter(policy, late);
  if (steps <= duty.escalation()) return absl::OkStatus();
  std::string deputy = duty.deputy();
  if (const auto of = deputies_.find(duty.kind()); of != deputies_.end() && deputy.empty()) {
    ASSIGN_OR_RETURN(deputy, of->second(tx.sql, duty.subject()));
  }
  ASSIGN_OR_RETURN(const PlanDuty late_one, tables_.plan_duties.Change(tx, record::Target(name), "escalate", [&](PlanDuty& after) {
    after.set_escalation(steps);
    *after.mutable_escalate_time() = time::ToTimestamp(tx.call.now);
    after.set_planning_policy(policy.name());
    after.set_deputy(deputy);
  }));
  RETURN_IF_ERROR(TellOf(tx, late_one, late_one.owner(), absl::StrCat("escalate ", steps)));
  return TellOf(tx, late_one, deputy, absl::StrCat("escalate ", steps));
}

job::Outcome PlanDuties::EscalateLate(const rpc::Call& call) {
  const std::string today = time::DayText(absl::ToCivilDay(call.now, tables_.zone));
  absl::Status failure;
  std::string last;
  while (true) {
    const auto late = tables_.store.Read(call, [&](sql::Session& session) {
      return tables_.plan_duties.Select(session, "WHERE state = 'STATE_OPEN' AND due_date < ? AND name > ? ORDER BY name LIMIT ?",
                                        sql::Bind(today, last, kLateAtOnce));
    });
    if (!late.ok()) return job::Outcome::Failed(late.status());
    for (const PlanDuty& duty : *late) {
      last = duty.name();
      failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Escalate(tx, duty.name()); }));
    }
    if (late->size() < static_cast<size_t>(kLateAtOnce)) break;
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void PlanDuties::Bind(record::Methods& methods) {
  tables_.policies.Bind<v1::PublishPlanningPolicyRequest>(methods);
  methods.Reads(tables_.plan_duties);
}

}  // namespace heitie::planning
