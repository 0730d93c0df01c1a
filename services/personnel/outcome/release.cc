#include "services/personnel/outcome/release.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/client/own_call.h"
#include "common/seal/person_keys.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/career/improvement_plan.h"
#include "services/personnel/outcome/bonus.h"
#include "services/personnel/recruitment/requisition.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

const status::Reason kReleaseUnderWay{absl::StatusCode::kFailedPrecondition, "RELEASE_UNDER_WAY",
                                      "{name} is {state}; it is computed anew only while it is prepared.",
                                      "{name} 目前為 {state}，僅在準備階段可重新計算。"};
const status::Reason kBonusBaseMissing{absl::StatusCode::kFailedPrecondition, "BONUS_BASE_MISSING",
                                       "{name} cannot be proposed: the rules have no base for {positions:list}.",
                                       "{name} 不能提出：{positions:list} 沒有獎金基數。"};
const status::Reason kBonusBudgetMissing{absl::StatusCode::kInvalidArgument, "BONUS_BUDGET_MISSING",
                                         "There is something to pay, so a budget is named.", "有應付款項，請註明預算。"};
const status::Reason kPaidTogether{absl::StatusCode::kFailedPrecondition, "PAID_TOGETHER",
                                   "{name} is paid together with the other bonuses of its release.", "{name} 與同批其他獎金一併發放。"};
const status::Reason kSettledByFact{absl::StatusCode::kFailedPrecondition, "SETTLED_BY_FACT",
                                    "{name} is settled when the interview is held or the plan is presented.",
                                    "{name} 於面談舉行或計劃提出時自動結案。"};

namespace {

using v1::Outcome;
using v1::OutcomeRelease;

constexpr char kCycleJob[] = "outcome_cycle";
constexpr absl::Duration kLookAgain = absl::Minutes(15);
// The settle_reason of what is left to do for somebody who is not employed any more.
constexpr char kPersonLeft[] = "LEFT";

std::string ReleaseStateText(const OutcomeRelease& release) { return OutcomeRelease::State_Name(release.state()); }

absl::Status ScheduleCycle(record::Transaction& tx, const std::string& cycle) {
  return job::Schedule(tx, {.name = cycle + "/outcomes", .kind = kCycleJob, .payload = cycle, .run_time = tx.call.now});
}

// What is computed of an outcome, into the row that there is.
void TakeComputed(const Outcome& computed, Outcome& row) {
  const Outcome before = row;
  row = computed;
  row.set_name(before.name());
  row.set_state(before.state());
  row.set_etag(before.etag());
  *row.mutable_create_time() = before.create_time();
  *row.mutable_update_time() = before.update_time();
  row.set_creator(before.creator());
}

std::string CertificateNumber(const std::string& release, int number) { return absl::StrFormat("%s-%03d", record::IdOf(release), number); }

int CertificatesIn(const std::vector<Outcome>& outcomes) {
  return static_cast<int>(
      std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return !outcome.certificate_number().empty(); }));
}

std::string NewEncumbrance(absl::Time now) { return "encumbrances/" + record::NewId(now); }

MoneyPurpose PurposeOf(const OutcomeRelease& release, const v1::MoneyStep& step) {
  return {release.budget(), release.name(), time::ToTime(step.expire_time())};
}

}  // namespace

OutcomeReleases::OutcomeReleases(const service::Context& context, AppraisalRows& appraisals, AppraisalCorrections& corrections,
                                 OutcomeRows& rows, const OutcomeCalculation& calculation, const OutcomePolicies& policies,
                                 const Approvals& approvals)
    : context_(context),
      appraisals_(appraisals),
      rows_(rows),
      calculation_(calculation),
      policies_(policies),
      approvals_(approvals),
      employees_(context.store, &EmployeeMachine()),
      interviews_(context.store, &PerformanceInterviewMachine()),
      plans_(context.store, &ImprovementPlanMachine()) {
  appraisals.FollowClosing([](record::Transaction& tx, const v1::AppraisalCycle& closed) { return ScheduleCycle(tx, closed.name()); });
  corrections.OnApproved(ScheduleCycle);
  context.jobs.Handle(kCycleJob, [this](const rpc::Call& call, const job::Job& job) { return FollowCycle(call, job); });
  context.jobs.Handle(kOutcomeMoneyJob,
                      [this](const rpc::Call& call, const job::Job& job) { return job::Outcome{Drive(call, job.payload)}; });
  context.jobs.Recur("advance-outcomes", kLookAgain, [this](const rpc::Call& call, const job::Job&) { return Advance(call); });
}

// ---- Preparation

absl::Status OutcomeReleases::Fill(record::Transaction& tx, const v1::AppraisalCycle& cycle, Release& release) const {
  const absl::CivilDay today = rows_.DayOf(tx.call.now);
  ASSIGN_OR_RETURN(CycleTerms terms, calculation_.TermsOf(tx.sql, cycle));
  ASSIGN_OR_RETURN(CycleOutcomes all, calculation_.OfCycle(tx.sql, terms, today));
  release.set_cycle(cycle.name());
  release.set_department(cycle.department());
  *release.mutable_month() = cycle.month();
  release.set_period(cycle.period());
  release.set_policy(terms.policy.name());
  release.set_currency_code(terms.policy.currency_code());
  release.set_pool_minor(all.pool_minor);
  release.set_weight_sum(all.weight_sum);
  release.mutable_missing_bases()->Assign(all.missing_bases.begin(), all.missing_bases.end());
  *release.mutable_prepare_time() = time::ToTimestamp(tx.call.now);

  ASSIGN_OR_RETURN(const std::vector<Outcome> present, rows_.outcomes.Children(tx.sql, release.name()));
  std::map<std::string, Outcome> left;
  for (const Outcome& outcome : present) left[outcome.name()] = outcome;
  std::set<std::string> people;
  int64_t total = 0;
  int count = 0;
  for (Outcome& outcome : all.outcomes) {
    outcome.set_name(OutcomeNameOf(release.name(), outcome.appraisal(), outcome.kind()));
    outcome.set_state(Outcome::STATE_PREPARED);
    outcome.set_hidden_from(outcome.employee());
    ASSIGN_OR_RETURN(const std::string owner, rows_.OwnerOf(tx.sql, release, outcome, today));
    outcome.set_owner(owner);
    const auto known = left.find(outcome.name());
    bool written = true;
    if (known == left.end()) {
      ASSIGN_OR_RETURN(written, rows_.Insert(tx, outcome, "prepare"));
    } else {
      Outcome after = known->second;
      TakeComputed(outcome, after);
      const absl::Status updated = rows_.outcomes.Update(tx, known->second, after, "prepare");
      written = status::ReasonOf(updated) != seal::kPersonErased.id;
      if (written) {
        RETURN_IF_ERROR(updated);
        left.erase(known);
      }
    }
    if (!written) continue;
    ++count;
    people.insert(outcome.employee());
    total += outcome.amount_minor();
  }
  for (const auto& [name, outcome] : left) RETURN_IF_ERROR(rows_.outcomes.Delete(tx, outcome, "drop"));
  release.set_people(static_cast<int32_t>(people.size()));
  release.set_outcome_count(count);
  release.set_total_minor(total);
  return absl::OkStatus();
}

absl::StatusOr<OutcomeRelease> OutcomeReleases::PrepareIn(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, appraisals_.GuardClosed(tx, name));
  const absl::StatusOr<Release> before = rows_.releases.Lock(tx, ReleaseOf(name));
  if (absl::IsNotFound(before.status())) {
    Release release;
    release.set_name(ReleaseOf(name));
    release.set_state(Release::STATE_PREPARED);
    RETURN_IF_ERROR(Fill(tx, cycle, release));
    RETURN_IF_ERROR(rows_.releases.Insert(tx, release, "prepare"));
    return rows_.releases.Decorated(tx.sql, release);
  }
  RETURN_IF_ERROR(before.status());
  if (before->state() != Release::STATE_PREPARED)
    return status::Error(kReleaseUnderWay, {{"name", before->name()}, {"state", ReleaseStateText(*before)}});
  Release after = *before;
  RETURN_IF_ERROR(Fill(tx, cycle, after));
  RETURN_IF_ERROR(rows_.releases.Update(tx, *before, after, "prepare"));
  return rows_.releases.Decorated(tx.sql, after);
}

absl::StatusOr<OutcomeRelease> OutcomeReleases::Prepare(record::Transaction& tx, const v1::PrepareOutcomeReleaseRequest& request) {
  return PrepareIn(tx, request.cycle());
}

// ---- Decisions

absl::StatusOr<OutcomeRelease> OutcomeReleases::Propose(record::Transaction& tx, const v1::ProposeOutcomeReleaseRequest& request) {
  RETURN_IF_ERROR(rows_.releases.Find(tx.sql, request.name()).status());
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, appraisals_.GuardClosed(tx, CycleOfRelease(request.name())));
  return rows_.releases.Change(tx, request, "propose", [&](Release& after) -> absl::Status {
    RETURN_IF_ERROR(Fill(tx, cycle, after));
    if (!after.missing_bases().empty()) {
      return status::Error(kBonusBaseMissing, {{"name", after.name()}, {"positions", absl::StrJoin(after.missing_bases(), ", ")}});
    }
    if (after.total_minor() > 0 && request.budget().empty()) {
      status::BadFields bad;
      bad.Add("budget", kBonusBudgetMissing);
      return bad.status();
    }
    after.set_budget(request.budget());
    after.set_proposer(tx.call.principal.name);
    *after.mutable_propose_time() = time::ToTimestamp(tx.call.now);
    after.clear_approver();
    after.clear_decide_time();
    after.clear_state_reason();
    return absl::OkStatus();
  });
}

absl::Status OutcomeReleases::CheckApprover(record::Transaction& tx, const Release& release) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> concerned, rows_.Concerned(tx.sql, release.name()));
  return approvals_.Check(tx, release.proposer(), concerned);
}

void OutcomeReleases::AskAgain(record::Transaction& tx, Release& after) const {
  AskForMoney(*after.mutable_money_steps(), after.total_minor(), NewEncumbrance(tx.call.now), after.approver(), tx.call.now);
}

absl::StatusOr<OutcomeRelease> OutcomeReleases::Approve(const rpc::Call& call, const v1::ApproveOutcomeReleaseRequest& request) {
  const auto approve = [&](record::Transaction& tx) -> absl::StatusOr<Release> {
    ASSIGN_OR_RETURN(record::Step<Release> step, rows_.releases.Begin(tx, request, "approve"));
    RETURN_IF_ERROR(CheckApprover(tx, step.before));
    step.after.set_approver(tx.call.principal.name);
    *step.after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    if (step.after.total_minor() > 0) {
      AskAgain(tx, step.after);
    } else {
      RETURN_IF_ERROR(ReleaseAll(tx, step.after));
      step.verb = "release";
    }
    return rows_.releases.Finish(tx, step);
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, approve).status());
  Drive(call, request.name()).IgnoreError();  // The job repeats it.
  return rows_.releases.Get(call, request.name());
}

absl::StatusOr<OutcomeRelease> OutcomeReleases::Reject(record::Transaction& tx, const v1::RejectOutcomeReleaseRequest& request) {
  return rows_.releases.Change(tx, request, "reject", [&](const Release& before, Release& after) -> absl::Status {
    RETURN_IF_ERROR(CheckApprover(tx, before));
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

absl::StatusOr<OutcomeRelease> OutcomeReleases::Withdraw(record::Transaction& tx, const v1::WithdrawOutcomeReleaseRequest& request) {
  return rows_.releases.Change(tx, request, "withdraw", [&](const Release& before, Release& after) -> absl::Status {
    // Without a step that is due nothing is set aside.
    if (NextDue(before.money_steps())) return status::Error(kMoneyUnderWay, {{"requisition", before.name()}});
    after.set_state_reason(request.reason());
    after.clear_shortage_minor();
    return absl::OkStatus();
  });
}

absl::Status OutcomeReleases::AskAgain(record::Transaction& tx, const std::string& outcome) const {
  ASSIGN_OR_RETURN(const Outcome before, rows_.outcomes.Lock(tx, outcome));
  if (before.state() != Outcome::STATE_WAITING_FOR_MONEY || !before.has_amount_minor() || NextDue(before.money_steps()))
    return absl::OkStatus();
  Outcome after = before;
  AskForMoney(*after.mutable_money_steps(), after.amount_minor(), NewEncumbrance(tx.call.now), tx.call.principal.name, tx.call.now);
  return rows_.outcomes.Update(tx, before, after, "ask_for_money");
}

absl::StatusOr<OutcomeRelease> OutcomeReleases::Retry(const rpc::Call& call, const v1::RetryOutcomeReleaseRequest& request) {
  std::vector<std::string> waiting;
  const auto retry = [&](record::Transaction& tx) -> absl::StatusOr<Release> {
    waiting.clear();
    ASSIGN_OR_RETURN(record::Step<Release> step, rows_.releases.Begin(tx, request, "retry"));
    if (NextDue(step.before.money_steps())) return status::Error(kMoneyUnderWay, {{"requisition", request.name()}});
    if (step.before.state() == Release::STATE_WAITING_FOR_MONEY) {
      AskAgain(tx, step.after);
    } else {
      ASSIGN_OR_RETURN(const std::vector<Outcome> outcomes, rows_.outcomes.Children(tx.sql, request.name()));
      for (const Outcome& outcome : outcomes) {
        if (outcome.state() != Outcome::STATE_WAITING_FOR_MONEY) continue;
        RETURN_IF_ERROR(AskAgain(tx, outcome.name()));
        waiting.push_back(outcome.name());
      }
    }
    return rows_.releases.Finish(tx, step);
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, retry).status());
  waiting.push_back(request.name());
  for (const std::string& name : waiting) Drive(call, name).IgnoreError();  // The jobs repeat it.
  return rows_.releases.Get(call, request.name());
}

absl::Status OutcomeReleases::ReleaseAll(record::Transaction& tx, Release& release) const {
  ASSIGN_OR_RETURN(const v1::OutcomePolicy policy, policies_.kind().Find(tx.sql, release.policy()));
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, appraisals_.cycles.Find(tx.sql, release.cycle()));
  ASSIGN_OR_RETURN(std::vector<Outcome> outcomes, rows_.outcomes.Children(tx.sql, release.name()));
  std::sort(outcomes.begin(), outcomes.end(),
            [](const Outcome& a, const Outcome& b) { return std::pair(a.employee(), a.kind()) < std::pair(b.employee(), b.kind()); });
  int certificates = 0;
  for (const Outcome& outcome : outcomes) {
    const std::string number =
        outcome.kind() == Outcome::KIND_CERTIFICATE ? CertificateNumber(release.name(), ++certificates) : std::string();
    RETURN_IF_ERROR(rows_.Release(tx, release, policy, time::ToTime(cycle.close_time()), outcome, number));
  }
  RETURN_IF_ERROR(rows_.releases.Advance(release, "release"));
  *release.mutable_release_time() = time::ToTimestamp(tx.call.now);
  release.clear_state_reason();
  release.clear_shortage_minor();
  // Adjustments that were approved since the proposal.
  return ScheduleCycle(tx, release.cycle());
}

// ---- Money

template <typename Row, typename Follow>
absl::Status OutcomeReleases::DriveRow(const rpc::Call& call, const record::Kind<Row>& kind, const std::string& name, Follow follow) const {
  for (;;) {
    std::optional<Row> row;
    std::optional<Release> release;
    RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(row, kind.Find(session, name));
      ASSIGN_OR_RETURN(release, rows_.releases.Find(session, name.substr(0, name.find("/outcomes/"))));
      return absl::OkStatus();
    }));
    const std::optional<int> due = NextDue(row->money_steps());
    if (!due) return absl::OkStatus();
    const v1::MoneyStep& step = row->money_steps(*due);
    const absl::StatusOr<std::string> outcome =
        TakeMoneyStep(context_, client::OwnCall(call, "personnel"), step, *due, PurposeOf(*release, step));
    if (status::IsOutage(outcome.status())) return outcome.status();
    RETURN_IF_ERROR(context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Row before, kind.Lock(tx, name));
      // Somebody else has noted it, and has perhaps gone on.
      if (*due >= before.money_steps_size() || before.money_steps(*due).encumbrance() != step.encumbrance() ||
          before.money_steps(*due).state() != v1::MoneyStep::STATE_DUE) {
        return absl::OkStatus();
      }
      Row after = before;
      const MoneyNote note = NoteMoney(*after.mutable_money_steps(), *due, outcome, before.currency_code(), tx.call.now);
      ASSIGN_OR_RETURN(const char* event, follow(tx, note, *due, after));
      return kind.Update(tx, before, after, event);
    }));
  }
}

absl::Status OutcomeReleases::Drive(const rpc::Call& call, const std::string& name) const {
  const auto follow = [this](record::Transaction& tx, const MoneyNote& note, int step, auto& after) {
    return FollowMoney(tx, note, step, after);
  };
  return absl::StrContains(name, "/outcomes/") ? DriveRow(call, rows_.outcomes, name, follow)
                                               : DriveRow(call, rows_.releases, name, follow);
}

absl::StatusOr<const char*> OutcomeReleases::FollowMoney(record::Transaction& tx, const MoneyNote& note, int step, Release& after) const {
  switch (note.news) {
    case MoneyNews::kCommitted:
      after.set_encumbrance(after.money_steps(step).encumbrance());
      RETURN_IF_ERROR(ReleaseAll(tx, after));
      return "release";
    case MoneyNews::kPaid: {
      RETURN_IF_ERROR(rows_.releases.Advance(after, "pay"));
      *after.mutable_pay_time() = time::ToTimestamp(tx.call.now);
      after.clear_state_reason();
      ASSIGN_OR_RETURN(const std::vector<Outcome> outcomes, rows_.outcomes.Children(tx.sql, after.name()));
      for (const Outcome& outcome : outcomes) {
        if (outcome.kind() != Outcome::KIND_BONUS || outcome.state() != Outcome::STATE_RELEASED) continue;
        Outcome settled = outcome;
        RETURN_IF_ERROR(rows_.outcomes.Advance(settled, "settle"));
        rows_.Finish(tx, "", settled);
        settled.set_finisher(after.money_steps(step).approver());
        RETURN_IF_ERROR(rows_.outcomes.Update(tx, outcome, settled, "settle"));
      }
      return "pay";
    }
    case MoneyNews::kShort:
    case MoneyNews::kRefused:
      after.set_shortage_minor(note.missing_minor);
      after.set_state_reason(note.reason);
      return "note_money";
    case MoneyNews::kForeign:
      after.set_state_reason(note.reason);
      RETURN_IF_ERROR(rows_.releases.Advance(after, "withdraw"));
      return "withdraw";
    case MoneyNews::kOnTheWay:
      return "note_money";
  }
  return "note_money";
}

absl::StatusOr<const char*> OutcomeReleases::FollowMoney(record::Transaction& tx, const MoneyNote& note, int step, Outcome& after) const {
  switch (note.news) {
    case MoneyNews::kCommitted: {
      // The money first, so that what is released has it.
      ASSIGN_OR_RETURN(const Release release, rows_.releases.Find(tx.sql, record::ParentOf(after.name())));
      ASSIGN_OR_RETURN(const v1::OutcomePolicy policy, policies_.kind().Find(tx.sql, release.policy()));
      after.clear_shortage_minor();
      RETURN_IF_ERROR(rows_.SetReleased(tx, release, policy, after));
      return "release";
    }
    case MoneyNews::kPaid:
      RETURN_IF_ERROR(rows_.outcomes.Advance(after, "settle"));
      *after.mutable_finish_time() = time::ToTimestamp(tx.call.now);
      return "settle";
    case MoneyNews::kShort:
    case MoneyNews::kRefused:
    case MoneyNews::kForeign:
      after.set_shortage_minor(note.missing_minor);
      return "note_money";
    case MoneyNews::kOnTheWay:
      return "note_money";
  }
  return "note_money";
}

absl::StatusOr<OutcomeRelease> OutcomeReleases::Pay(const rpc::Call& call, const v1::PayOutcomeReleaseRequest& request) {
  const auto pay = [&](record::Transaction& tx) -> absl::StatusOr<Release> {
    ASSIGN_OR_RETURN(record::Step<Release> step, rows_.releases.Begin(tx, request));
    Release paid = step.before;
    RETURN_IF_ERROR(rows_.releases.Advance(paid, "pay"));
    ASSIGN_OR_RETURN(const std::vector<std::string> concerned, rows_.Concerned(tx.sql, request.name()));
    if (std::find(concerned.begin(), concerned.end(), call.principal.name) != concerned.end())
      return status::Error(kOwnOutcome, {{"name", request.name()}});
    if (NextDue(step.before.money_steps())) return status::Error(kMoneyUnderWay, {{"requisition", request.name()}});
    if (step.before.total_minor() == 0) {
      step.after = paid;
      *step.after.mutable_pay_time() = time::ToTimestamp(tx.call.now);
      step.verb = "pay";
      return rows_.releases.Finish(tx, step);
    }
    PayMoney(*step.after.mutable_money_steps(), step.before.encumbrance(), step.before.total_minor());
    step.after.mutable_money_steps(step.after.money_steps_size() - 1)->set_approver(call.principal.name);
    step.verb = "begin_payment";
    return rows_.releases.Finish(tx, step);
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, pay).status());
  Drive(call, request.name()).IgnoreError();  // The job repeats it.
  return rows_.releases.Get(call, request.name());
}

// ---- What the owner does

absl::StatusOr<Outcome> OutcomeReleases::Settle(const rpc::Call& call, const v1::SettleOutcomeRequest& request) {
  const auto settle = [&](record::Transaction& tx) -> absl::StatusOr<Outcome> {
    ASSIGN_OR_RETURN(record::Step<Outcome> step, rows_.outcomes.Begin(tx, request));
    Outcome settled = step.before;
    RETURN_IF_ERROR(rows_.outcomes.Advance(settled, "settle"));
    RETURN_IF_ERROR(rows_.CheckOwner(call, step.before));
    const Outcome::Kind kind = step.before.kind();
    if (kind == Outcome::KIND_BONUS) return status::Error(kPaidTogether, {{"name", request.name()}});
    if (kind == Outcome::KIND_INTERVIEW || kind == Outcome::KIND_IMPROVEMENT_PLAN)
      return status::Error(kSettledByFact, {{"name", request.name()}});
    if (NextDue(step.before.money_steps())) return status::Error(kMoneyUnderWay, {{"requisition", request.name()}});
    // A further amount is settled when resource has booked it; of somebody who was erased there is none any more.
    const bool pays = kind == Outcome::KIND_BONUS_DIFFERENCE && step.before.money_steps_size() > 0;
    if (!pays) step.after = settled;
    rows_.Finish(tx, request.reason(), step.after);
    if (pays) {
      step.after.clear_finish_time();
      PayMoney(*step.after.mutable_money_steps(), step.before.money_steps(step.before.money_steps_size() - 1).encumbrance(),
               step.before.amount_minor());
    }
    step.verb = pays ? "begin_payment" : "settle";
    return rows_.outcomes.Finish(tx, step);
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, settle).status());
  Drive(call, request.name()).IgnoreError();  // The job repeats it.
  return rows_.outcomes.Get(call, request.name());
}

absl::StatusOr<Outcome> OutcomeReleases::Decide(record::Transaction& tx, const v1::DecideOutcomeDifferenceRequest& request) {
  return rows_.outcomes.Change(tx, request, "decide", [&](const Outcome& before, Outcome& after) -> absl::Status {
    RETURN_IF_ERROR(rows_.CheckOwner(tx.call, before));
    after.set_decision(request.decision());
    rows_.Finish(tx, request.reason(), after);
    return absl::OkStatus();
  });
}

// ---- Adjustments

absl::Status OutcomeReleases::AddDifference(record::Transaction& tx, const Release& release, CycleTerms& terms,
                                            const SheetOutcomes& follows, const v1::AppraisalAdjustment& adjustment,
                                            const std::vector<Outcome>& present) const {
  const std::string sheet = record::ParentOf(adjustment.name());
  const std::string name = OutcomeNameOf(release.name(), adjustment.name(), Outcome::KIND_BONUS_DIFFERENCE);
  int64_t given = 0;
  const Outcome* bonus = nullptr;
  for (const Outcome& outcome : present) {
    if (outcome.name() == name) return absl::OkStatus();  // There already.
    if (outcome.appraisal() != sheet || !IsMoney(outcome.kind())) continue;
    if (!outcome.has_amount_minor()) return absl::OkStatus();  // Erased, or undefined and to be decided.
    if (outcome.kind() == Outcome::KIND_BONUS) bonus = &outcome;
    if (outcome.decision() != Outcome::DECISION_WAIVED) given += outcome.amount_minor();
  }
  // What the bonus would be; nothing where that is undefined.
  std::optional<int64_t> expected = follows.bonus ? follows.bonus->amount_minor() : 0;
  if (terms.rules.bonus_mode() == v1::OutcomeRules::BONUS_MODE_POOL && follows.weight > 0) {
    if (release.pool_minor() == 0) return absl::OkStatus();
    // Whose weight is the same keeps the share, remainder included.
    const bool same = bonus != nullptr && follows.weight == static_cast<int64_t>(bonus->coefficient()) * bonus->scored_months();
    expected = same ? bonus->amount_minor() : WorthOf(release.pool_minor(), release.weight_sum(), follows.weight);
  }
  if (expected && *expected == given) return absl::OkStatus();
  Outcome difference;
  if (follows.bonus) difference = *follows.bonus;
  difference.set_name(name);
  difference.set_kind(Outcome::KIND_BONUS_DIFFERENCE);
  difference.set_employee(adjustment.employee());
  difference.set_appraisal(sheet);
  difference.set_points(adjustment.new_points());
  difference.set_adjustment(adjustment.name());
  difference.set_currency_code(release.currency_code());
  difference.clear_amount_minor();
  if (expected) difference.set_amount_minor(*expected - given);
  const bool more = expected && *expected > given;
  const absl::CivilDay today = rows_.DayOf(tx.call.now);
  ASSIGN_OR_RETURN(const std::string owner, rows_.OwnerOf(tx.sql, release, difference, today));
  difference.set_owner(owner);
  *difference.mutable_due_date() = time::ToDate(today + (more ? terms.policy.release_days() : terms.policy.handling_days()));
  if (more) {
    difference.set_state(Outcome::STATE_WAITING_FOR_MONEY);
    difference.set_hidden_from(difference.employee());
    AskForMoney(*difference.mutable_money_steps(), difference.amount_minor(), NewEncumbrance(tx.call.now), adjustment.approver(),
                tx.call.now);
  } else {
    difference.set_state(Outcome::STATE_UNDECIDED);
  }
  return rows_.Insert(tx, difference, "adjust").status();
}

absl::Status OutcomeReleases::FollowAdjustments(record::Transaction& tx, const v1::AppraisalCycle& cycle) const {
  ASSIGN_OR_RETURN(const Release release, rows_.releases.Guard(tx, ReleaseOf(cycle.name())));
  ASSIGN_OR_RETURN(const auto adjustments, calculation_.AdjustmentsOf(tx.sql, cycle.name()));
  if (adjustments.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::OutcomePolicy policy, policies_.kind().Find(tx.sql, release.policy()));
  ASSIGN_OR_RETURN(CycleTerms terms, calculation_.TermsOf(tx.sql, cycle));
  ASSIGN_OR_RETURN(const std::vector<Outcome> present, rows_.outcomes.Children(tx.sql, release.name()));
  int certificates = CertificatesIn(present);
  for (const auto& [sheet_name, adjustment] : adjustments) {
    ASSIGN_OR_RETURN(const v1::Appraisal sheet, appraisals_.sheets.Find(tx.sql, sheet_name));
    ASSIGN_OR_RETURN(SheetOutcomes follows, calculation_.OfSheet(tx.sql, terms, sheet, adjustment.new_points(), rows_.DayOf(tx.call.now)));
    if (follows.missing_base.empty()) RETURN_IF_ERROR(AddDifference(tx, release, terms, follows, adjustment, present));
    for (Outcome& outcome : follows.outcomes) {
      outcome.set_name(OutcomeNameOf(release.name(), sheet.name(), outcome.kind()));
      const auto there = [&](const Outcome& other) { return other.name() == outcome.name(); };
      if (std::any_of(present.begin(), present.end(), there)) continue;
      outcome.set_state(Outcome::STATE_PREPARED);
      outcome.set_hidden_from(outcome.employee());
      outcome.set_adjustment(adjustment.name());
      ASSIGN_OR_RETURN(const bool written, rows_.Insert(tx, outcome, "adjust"));
      if (!written) continue;
      const std::string number =
          outcome.kind() == Outcome::KIND_CERTIFICATE ? CertificateNumber(release.name(), ++certificates) : std::string();
      RETURN_IF_ERROR(rows_.Release(tx, release, policy, time::ToTime(cycle.close_time()), outcome, number));
    }
  }
  return absl::OkStatus();
}

job::Outcome OutcomeReleases::FollowCycle(const rpc::Call& call, const job::Job& job) const {
  const absl::Status followed = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, appraisals_.GuardClosed(tx, job.payload));
    const absl::StatusOr<Release> release = rows_.releases.Find(tx.sql, ReleaseOf(cycle.name()));
    if (!release.ok() && !absl::IsNotFound(release.status())) return release.status();
    if (!release.ok() || release->state() == Release::STATE_PREPARED) {
      const absl::Status prepared = PrepareIn(tx, cycle.name()).status();
      return status::ReasonOf(prepared) == kNoOutcomeRules.id ? absl::OkStatus() : prepared;
    }
    // Until it is released what was proposed stays; then this job comes again.
    if (release->state() != Release::STATE_RELEASED && release->state() != Release::STATE_PAID) return absl::OkStatus();
    return FollowAdjustments(tx, cycle);
  });
  if (!followed.ok()) return job::Outcome::Failed(followed);
  const auto waiting = context_.store.Read(call, [&](sql::Session& session) {
    return rows_.outcomes.Select(session, "WHERE name > ? AND name < ? AND state = 'STATE_WAITING_FOR_MONEY' ORDER BY name",
                                 record::ChildRange(ReleaseOf(job.payload), "outcomes"));
  });
  if (!waiting.ok()) return job::Outcome::Failed(waiting.status());
  for (const Outcome& outcome : *waiting) Drive(call, outcome.name()).IgnoreError();  // Its own job repeats it.
  return job::Outcome::Done();
}

// ---- From time to time

absl::Status OutcomeReleases::AskForMissing(const rpc::Call& call) const {
  std::vector<std::string> waiting;
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    waiting.clear();
    for (const char* table : {"outcome_releases", "outcomes"}) {
      RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name FROM ", table, " WHERE state = 'STATE_WAITING_FOR_MONEY' ORDER BY name"), {},
                                    [&](const sql::Row& row) { waiting.push_back(row.Text(0)); }));
    }
    return absl::OkStatus();
  }));
  for (const std::string& name : waiting) {
    RETURN_IF_ERROR(context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      if (absl::StrContains(name, "/outcomes/")) return AskAgain(tx, name);
      ASSIGN_OR_RETURN(const Release before, rows_.releases.Lock(tx, name));
      if (before.state() != Release::STATE_WAITING_FOR_MONEY || NextDue(before.money_steps())) return absl::OkStatus();
      Release after = before;
      AskAgain(tx, after);
      return rows_.releases.Update(tx, before, after, "retry");
    }));
    RETURN_IF_ERROR(Drive(call, name));
  }
  return absl::OkStatus();
}

absl::StatusOr<Outcome> OutcomeReleases::ByFacts(record::Transaction& tx, Outcome outcome) const {
  const auto settle = [&](const std::string& reason) -> absl::Status {
    RETURN_IF_ERROR(rows_.outcomes.Advance(outcome, "settle"));
    rows_.Finish(tx, reason, outcome);
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const v1::Employee employee, employees_.Find(tx.sql, outcome.employee()));
  if (outcome.kind() == Outcome::KIND_IMPROVEMENT_PLAN) {
    const std::string of_interview = OutcomeNameOf(record::ParentOf(outcome.name()), outcome.appraisal(), Outcome::KIND_INTERVIEW);
    const absl::StatusOr<Outcome> interview = rows_.outcomes.Find(tx.sql, of_interview);
    if (interview.ok()) outcome.set_performance_interview(interview->performance_interview());
    ASSIGN_OR_RETURN(const std::vector<v1::ImprovementPlan> plans,
                     plans_.Select(tx.sql, "WHERE interview = ? AND state <> 'STATE_WITHDRAWN' ORDER BY name LIMIT 1",
                                   sql::Bind(outcome.performance_interview())));
    if (!outcome.performance_interview().empty() && !plans.empty()) {
      outcome.set_plan(plans.front().name());
      RETURN_IF_ERROR(settle(""));
      return outcome;
    }
  } else {
    // Of the interviews since the release the first that is not cancelled; the one that is named first.
    ASSIGN_OR_RETURN(
        const std::vector<v1::PerformanceInterview> since,
        interviews_.Select(tx.sql,
                           "WHERE employee = ? AND state <> 'STATE_CANCELLED' AND (name = ? OR planned_date >= ?) "
                           "ORDER BY name = ? DESC, name LIMIT 1",
                           sql::Bind(outcome.employee(), outcome.performance_interview(),
                                     time::DayText(rows_.DayOf(time::ToTime(outcome.release_time()))), outcome.performance_interview())));
    outcome.set_performance_interview(since.empty() ? "" : since.front().name());
    if (!since.empty() && since.front().state() == v1::PerformanceInterview::STATE_HELD) {
      RETURN_IF_ERROR(settle(""));
      return outcome;
    }
  }
  if (!EmployedOn(employee, rows_.DayOf(tx.call.now))) RETURN_IF_ERROR(settle(kPersonLeft));
  return outcome;
}

absl::Status OutcomeReleases::SettleByFacts(const rpc::Call& call) const {
  std::vector<std::string> open;
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) {
    open.clear();
    return session.Query(
        "SELECT name FROM outcomes WHERE state = 'STATE_RELEASED' AND kind IN ('KIND_INTERVIEW', 'KIND_IMPROVEMENT_PLAN') ORDER BY name",
        {}, [&](const sql::Row& row) { open.push_back(row.Text(0)); });
  }));
  for (const std::string& name : open) {
    RETURN_IF_ERROR(context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Outcome before, rows_.outcomes.Lock(tx, name));
      if (before.state() != Outcome::STATE_RELEASED) return absl::OkStatus();
      ASSIGN_OR_RETURN(Outcome after, ByFacts(tx, before));
      return rows_.outcomes.Update(tx, before, after, after.state() == Outcome::STATE_SETTLED ? "settle" : "follow");
    }));
  }
  return absl::OkStatus();
}

job::Outcome OutcomeReleases::Advance(const rpc::Call& call) const {
  absl::Status status = SettleByFacts(call);
  status.Update(AskForMissing(call));
  return job::Outcome{status};
}

void OutcomeReleases::Bind(record::Methods& methods) {
  methods.Reads(rows_.releases);
  methods.Reads(rows_.outcomes);
  methods.Bind("PrepareOutcomeRelease", this, &OutcomeReleases::Prepare);
  methods.Bind("ProposeOutcomeRelease", this, &OutcomeReleases::Propose);
  methods.Bind("ApproveOutcomeRelease", this, &OutcomeReleases::Approve);
  methods.Bind("RejectOutcomeRelease", this, &OutcomeReleases::Reject);
  methods.Bind("RetryOutcomeRelease", this, &OutcomeReleases::Retry);
  methods.Bind("WithdrawOutcomeRelease", this, &OutcomeReleases::Withdraw);
  methods.Bind("PayOutcomeRelease", this, &OutcomeReleases::Pay);
  methods.Bind("SettleOutcome", this, &OutcomeReleases::Settle);
  methods.Bind("DecideOutcomeDifference", this, &OutcomeReleases::Decide);
}

}  // namespace heitie::personnel
