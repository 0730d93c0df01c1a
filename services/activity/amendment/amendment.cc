#include "services/activity/amendment/amendment.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/job/runner.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/allotment_service.methods.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "services/activity/launch/allotting.h"
#include "services/activity/launch/fault_point.h"
#include "services/activity/launch/launch_gate.h"
#include "services/activity/preparation/fact_judgement.h"
#include "services/activity/preparation/staff_judgement.h"

namespace heitie::activity {

using resource::v1::Allotment;
using v1::Activity;
using v1::Amendment;

const status::Reason kAmendmentContinues{absl::StatusCode::kUnavailable, "AMENDMENT_CONTINUES",
                                         "{amendment} is not carried out yet; it goes on by itself: {why}",
                                         "{amendment} 尚未執行完成，將自動繼續：{why}"};

namespace {

constexpr char kAmendmentJob[] = "carry-out-amendment";
// How long the caller's own request has before the job looks after it. Both at once are harmless.
constexpr absl::Duration kGoOnAfter = absl::Seconds(2);

std::string AmendmentJobOf(const Amendment& amendment) { return amendment.name() + "/carry-out"; }

bool IsAmendmentOver(const Amendment& amendment) {
  switch (amendment.state()) {
    case Amendment::STATE_CHECKING:
    case Amendment::STATE_TAKING:
    case Amendment::STATE_APPLYING:
    case Amendment::STATE_SETTLING:
    case Amendment::STATE_GIVING_BACK:
      return false;
    default:
      return true;
  }
}

// "taking".
std::string StageOf(const Amendment& amendment) {
  return absl::AsciiStrToLower(Amendment::State_Name(amendment.state()).substr(sizeof("STATE_") - 1));
}

// The same for every repetition of the same change, at most 64 characters however long the name is.
std::string AmendmentRequestId(const Amendment& amendment, const std::string& step, const std::string& what) {
  return absl::StrCat("amend-",
                      text::Sha256Hex(absl::StrCat(amendment.name(), " ", amendment.attempt(), " ", step, " ", what)).substr(0, 40));
}

}  // namespace

Amendments::Amendments(service::Context context, Activities& activities, Readiness& readiness)
    : context_(context), activities_(activities), readiness_(readiness), amendments_(context.store, &AmendmentMachine()) {
  context_.jobs.Handle(kAmendmentJob, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(Drive(call, job.payload).status());
  });
}

absl::Status Amendments::Create(record::Transaction& tx, Amendment& amendment) {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(amendment.name())));
  *amendment.mutable_scope_before() = CurrentScope(activity);
  amendment.set_state(Amendment::STATE_PROPOSED);
  amendment.set_proposer(tx.call.principal.name);
  return CheckProposal(amendment, activity, tx.call.now);
}

absl::StatusOr<Amendment> Amendments::Reject(record::Transaction& tx, const v1::RejectAmendmentRequest& request) {
  return amendments_.Change(tx, request, "reject", [&](Amendment& after) {
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
  });
}

absl::StatusOr<Amendment> Amendments::Withdraw(record::Transaction& tx, const v1::WithdrawAmendmentRequest& request) {
  return amendments_.Change(tx, request, "withdraw", [&](Amendment& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<Amendment> Amendments::Approve(const rpc::Call& call, const v1::ApproveAmendmentRequest& request) {
  ASSIGN_OR_RETURN(const Amendment begun, context_.store.Write(call, request, [&](record::Transaction& tx) { return Begin(tx, request); }));
  FaultPoint("amendment.begun");
  const absl::StatusOr<Amendment> outcome = Drive(call, begun.name());
  if (!outcome.ok()) {
    // The new scope may hold already; then only what is needed less is still to be given back.
    const absl::StatusOr<Amendment> now = amendments_.Get(call, begun.name());
    if (now.ok() && now->state() == Amendment::STATE_SETTLING) return now;
    const absl::Status& outage = outcome.status();
    const status::Arg why = status::ReasonOf(outage).empty() ? status::Arg("why", absl::StatusCodeToString(outage.code()))
                                                             : status::Arg("why", status::Say(outage));
    return status::RetryLater(kAmendmentContinues, kGoOnAfter, {{"amendment", begun.name()}, why});
  }
  if (outcome->state() == Amendment::STATE_PROPOSED) {
    return Refusal(record::ParentOf(begun.name()), {outcome->verdicts().begin(), outcome->verdicts().end()}, kAmendmentRefused);
  }
  return outcome;
}

absl::StatusOr<Amendment> Amendments::Begin(record::Transaction& tx, const v1::ApproveAmendmentRequest& request) {
  ASSIGN_OR_RETURN(const Activity before, activities_.kind().Lock(tx, record::ParentOf(request.name())));
  return amendments_.Change(tx, request, "approve", [&](const Amendment& proposed, Amendment& after) -> absl::Status {
    if (proposed.proposer() == tx.call.principal.name) {
      return status::Error(kOwnAmendment, {{"amendment", proposed.name()}, {"proposer", proposed.proposer()}});
    }
    RETURN_IF_ERROR(CheckNoLaunch(before));
    if (!before.amendment().empty()) {
      return status::Error(kAmendmentUnderWay, {{"activity", before.name()}, {"amendment", before.amendment()}});
    }
    if (!IsScopeOf(proposed, before)) return status::Error(kScopeChanged, {{"amendment", proposed.name()}});
    RETURN_IF_ERROR(CheckProposal(proposed, before, tx.call.now));
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(context_.clock.Now());
    after.set_attempt(proposed.attempt() + 1);
    after.clear_verdicts();
    Activity amended = before;
    amended.set_amendment(proposed.name());
    RETURN_IF_ERROR(activities_.kind().Update(tx, before, amended, "begin_amendment"));
    return job::Schedule(
        tx, {.name = AmendmentJobOf(after), .kind = kAmendmentJob, .payload = after.name(), .run_time = tx.call.now + kGoOnAfter});
  });
}

absl::StatusOr<Amendment> Amendments::Drive(const rpc::Call& call, const std::string& name) {
  for (;;) {
    ASSIGN_OR_RETURN(const Amendment amendment, amendments_.Get(call, name));
    if (IsAmendmentOver(amendment)) return amendment;
    ASSIGN_OR_RETURN(const Outcome outcome, Step(call, amendment));
    FaultPoint(absl::StrCat("amendment.", StageOf(amendment), ".done"));
    RETURN_IF_ERROR(Record(call, amendment, outcome));
    FaultPoint(absl::StrCat("amendment.", StageOf(amendment), ".noted"));
  }
}

bool Amendments::IsTooLate(const Amendment& amendment) const {
  return context_.clock.Now() >= time::ToTime(amendment.decide_time()) + kLaunchValidity;
}

Amendments::Outcome Amendments::GivenUp(const Amendment& amendment, const char* verb, status::Language language) const {
  return {verb, {Unmet(v1::PRECONDITION_SCHEDULE, kAmendmentGivenUp, {{"amendment", amendment.name()}}, language)}, nullptr};
}

absl::StatusOr<Amendments::Outcome> Amendments::Step(const rpc::Call& call, const Amendment& amendment) {
  if (amendment.state() == Amendment::STATE_CHECKING) return Check(call, amendment);
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Get(call, record::ParentOf(amendment.name())));
  switch (amendment.state()) {
    case Amendment::STATE_TAKING:
      return Take(call, amendment, activity);
    case Amendment::STATE_APPLYING:
      return Apply(amendment, activity);
    case Amendment::STATE_SETTLING:
      return Settle(call, amendment, activity);
    default:
      return GiveBack(call, amendment, activity);
  }
}

absl::StatusOr<Amendments::Outcome> Amendments::Check(const rpc::Call& call, const Amendment& amendment) {
  if (IsTooLate(amendment)) return GivenUp(amendment, "refuse", call.language);
  const std::string activity = record::ParentOf(amendment.name());
  ASSIGN_OR_RETURN(const Readiness::Verdicts gate,
                   readiness_.EvaluateAs(call, activity, context_.clock.Now(), [&](Activity& amended) { Amend(amendment, amended); }));
  const absl::Status open = CheckOpen(activity, Deciding(gate.verdicts), kAmendmentRefused);
  if (absl::IsUnavailable(open)) return open;
  return Outcome{open.ok() ? "open_gate" : "refuse", open.ok() ? gate.verdicts : Deciding(gate.verdicts), nullptr};
}

absl::StatusOr<Allotment> Amendments::Hold(const rpc::Call& call, const Amendment& amendment, const std::string& allotment,
                                           const Allotment& needs, const Wanted& wanted) {
  resource::v1::UpdateAllotmentRequest request;
  request.mutable_allotment()->set_name(allotment);
  if (wanted.materials) {
    *request.mutable_allotment()->mutable_materials() = needs.materials();
    request.mutable_update_mask()->add_paths("materials");
  }
  if (wanted.money) {
    *request.mutable_allotment()->mutable_money() = needs.money();
    request.mutable_update_mask()->add_paths("money");
  }
  request.set_request_id(AmendmentRequestId(amendment, StageOf(amendment), request.SerializeAsString()));
  return context_.Call(AsService(call), resource::v1::method::UpdateAllotment, request);
}

absl::StatusOr<Amendments::Outcome> Amendments::Take(const rpc::Call& call, const Amendment& amendment, const Activity& activity) {
  if (IsTooLate(amendment)) return GivenUp(amendment, "give_up", call.language);
  const std::vector<v1::PreconditionVerdict> verdicts(amendment.verdicts().begin(), amendment.verdicts().end());
  const Wanted wanted = AmendedParts(amendment, verdicts);
  const Allotment after = NeedsOf(activity, amendment.scope(), wanted, context_.time_zone);
  if (!wanted.any()) return Outcome{"take", verdicts, nullptr};
  if (activity.allotment().empty()) return TakeNew(call, amendment, after, wanted);
  const Allotment both = Both(NeedsOf(activity, amendment.scope_before(), wanted, context_.time_zone), after);
  if (GivesBack(both, after)) {
    ASSIGN_OR_RETURN(const std::vector<v1::PreconditionVerdict> below, CheckUse(call, activity, after, wanted));
    if (!below.empty()) return Outcome{"refuse", below, nullptr};
  }
  const absl::StatusOr<Allotment> held = Hold(call, amendment, activity.allotment(), both, wanted);
  if (!held.ok()) {
    if (status::IsOutage(held.status())) return held.status();
    return Outcome{"refuse", RefusedAllotment(held.status(), wanted, {}, call.language), nullptr};
  }
  return Outcome{"take", verdicts, [held = *held](record::Transaction&, const Activity&, Activity&, Amendment& taken) {
                   taken.set_allotment(held.name());
                   taken.set_reservation(held.reservation());
                   taken.set_encumbrance(EncumbranceOf(held));
                   return absl::OkStatus();
                 }};
}

absl::StatusOr<std::vector<v1::PreconditionVerdict>> Amendments::CheckUse(const rpc::Call& call, const Activity& activity,
                                                                          const Allotment& after, const Wanted& wanted) {
  resource::v1::Reservation reservation;
  if (wanted.materials && !activity.reservation().empty()) {
    resource::v1::GetReservationRequest get;
    get.set_name(activity.reservation());
    ASSIGN_OR_RETURN(reservation, context_.Call(AsService(call), resource::v1::method::GetReservation, get));
  }
  resource::v1::Encumbrance encumbrance;
  if (wanted.money && !activity.encumbrance().empty()) {
    resource::v1::GetEncumbranceRequest get;
    get.set_name(activity.encumbrance());
    ASSIGN_OR_RETURN(encumbrance, context_.Call(AsService(call), resource::v1::method::GetEncumbrance, get));
  }
  return BelowUse(after, wanted, reservation, encumbrance, call.language);
}

absl::StatusOr<Amendments::Outcome> Amendments::TakeNew(const rpc::Call& call, const Amendment& amendment, const Allotment& needs,
                                                        const Wanted& wanted) {
  const std::vector<v1::PreconditionVerdict> verdicts(amendment.verdicts().begin(), amendment.verdicts().end());
  if (needs.materials().empty() && needs.money().empty()) return Outcome{"take", verdicts, nullptr};
  resource::v1::CreateAllotmentRequest create;
  *create.mutable_allotment() = needs;
  *create.mutable_allotment()->mutable_expire_time() = time::ToTimestamp(time::ToTime(amendment.decide_time()) + kLaunchValidity);
  create.set_request_id(AmendmentRequestId(amendment, "take", ""));
  create.set_allotment_id(create.request_id());
  absl::StatusOr<Allotment> held = context_.Call(AsService(call), resource::v1::method::CreateAllotment, create);
  if (held.ok()) {
    resource::v1::ConfirmAllotmentRequest confirm;
    confirm.set_name(held->name());
    confirm.set_request_id(AmendmentRequestId(amendment, "confirm", ""));
    held = context_.Call(AsService(call), resource::v1::method::ConfirmAllotment, confirm);
  }
  const auto name = [id = create.allotment_id()](record::Transaction&, const Activity&, Activity&, Amendment& taken) {
    taken.set_allotment("allotments/" + id);
    return absl::OkStatus();
  };
  if (!held.ok()) {
    if (status::IsOutage(held.status())) return held.status();
    // It may be held all the same, when it was the confirmation that was refused.
    return Outcome{"give_up", RefusedAllotment(held.status(), wanted, {}, call.language), name};
  }
  return Outcome{"take", verdicts, [held = *held](record::Transaction&, const Activity&, Activity&, Amendment& taken) {
                   taken.set_allotment(held.name());
                   taken.set_reservation(held.reservation());
                   taken.set_encumbrance(EncumbranceOf(held));
                   return absl::OkStatus();
                 }};
}

absl::StatusOr<Amendments::Outcome> Amendments::Apply(const Amendment& amendment, const Activity& activity) {
  const std::vector<v1::PreconditionVerdict> verdicts(amendment.verdicts().begin(), amendment.verdicts().end());
  const auto fits = [amendment](const Activity& now) {
    return (now.state() == Activity::STATE_LIVE || now.state() == Activity::STATE_PAUSED) && IsScopeOf(amendment, now);
  };
  if (!fits(activity)) {
    return Outcome{"give_up",
                   {Unmet(v1::PRECONDITION_SCHEDULE, kAmendmentOvertaken, {{"activity", activity.name()}}, status::Language::kEnglish)},
                   nullptr};
  }
  const absl::Time now = context_.clock.Now();
  return Outcome{"apply", verdicts,
                 [fits, now](record::Transaction& tx, const Activity& before, Activity& after, Amendment& applied) -> absl::Status {
                   // Between the look above and the lock it has ended: the next attempt sees it.
                   if (!fits(before)) return status::Error(kAmendmentOvertaken, {{"activity", before.name()}});
                   Amend(applied, after);
                   if (!applied.allotment().empty()) {
                     after.set_allotment(applied.allotment());
                     if (!applied.reservation().empty()) after.set_reservation(applied.reservation());
                     if (!applied.encumbrance().empty()) after.set_encumbrance(applied.encumbrance());
                   }
                   *applied.mutable_apply_time() = time::ToTimestamp(now);
                   RETURN_IF_ERROR(PlanFactJudgement(tx, before.name(), before.name(), tx.call.now));
                   return DropStaffJudgement(tx, after);
                 }};
}

absl::StatusOr<Amendments::Outcome> Amendments::Settle(const rpc::Call& call, const Amendment& amendment, const Activity& activity) {
  const std::vector<v1::PreconditionVerdict> verdicts(amendment.verdicts().begin(), amendment.verdicts().end());
  const Wanted wanted = AmendedParts(amendment, verdicts);
  const Outcome settled{"settle", verdicts, nullptr};
  if (!wanted.any() || amendment.allotment().empty()) return settled;
  const Allotment after = NeedsOf(activity, amendment.scope(), wanted, context_.time_zone);
  if (!GivesBack(Both(NeedsOf(activity, amendment.scope_before(), wanted, context_.time_zone), after), after)) return settled;
  const bool nothing = amendment.scope().bill_of_materials().empty() && amendment.scope().budget_amount_minor() == 0;
  const absl::Status held = nothing && activity.staff_plan().empty()
                                ? ReleaseAllotment(context_, AsService(call), amendment.allotment(),
                                                   AmendmentRequestId(amendment, "release", ""), amendment.name() + " needs nothing.")
                                : Hold(call, amendment, amendment.allotment(), after, wanted).status();
  // A refusal means that there is nothing to give back: it was used meanwhile, or the activity is over and everything is free.
  return !held.ok() && status::IsOutage(held) ? absl::StatusOr<Outcome>(held) : settled;
}

absl::StatusOr<Amendments::Outcome> Amendments::GiveBack(const rpc::Call& call, const Amendment& amendment, const Activity& activity) {
  const Outcome given_back{"refuse",
                           {amendment.verdicts().begin(), amendment.verdicts().end()},
                           [](record::Transaction&, const Activity&, Activity&, Amendment& after) {
                             after.clear_allotment();
                             after.clear_reservation();
                             after.clear_encumbrance();
                             return absl::OkStatus();
                           }};
  if (activity.allotment().empty()) {
    // Also when it is not known whether it was taken.
    const std::string id = AmendmentRequestId(amendment, "take", "");
    RETURN_IF_ERROR(ReleaseAllotment(context_, AsService(call), "allotments/" + id, AmendmentRequestId(amendment, "give_back", ""),
                                     absl::StrCat(amendment.name(), " was not applied.")));
    return given_back;
  }
  const Wanted wanted = AmendedParts(amendment, {});
  resource::v1::GetAllotmentRequest get;
  get.set_name(activity.allotment());
  const absl::StatusOr<Allotment> now = context_.Call(AsService(call), resource::v1::method::GetAllotment, get);
  if (!now.ok()) return status::IsOutage(now.status()) ? absl::StatusOr<Outcome>(now.status()) : given_back;
  const Allotment before = AtMost(*now, NeedsOf(activity, amendment.scope_before(), wanted, context_.time_zone));
  const absl::Status held = Hold(call, amendment, activity.allotment(), before, wanted).status();
  if (!held.ok() && status::IsOutage(held)) return held;
  return given_back;
}

absl::Status Amendments::Record(const rpc::Call& call, const Amendment& seen, const Outcome& outcome) {
  return context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Activity before, activities_.kind().Lock(tx, record::ParentOf(seen.name())));
    ASSIGN_OR_RETURN(record::Step<Amendment> step, amendments_.Begin(tx, record::Target(seen.name())));
    if (step.before.etag() != seen.etag()) return absl::OkStatus();  // Another process has noted this step.
    RETURN_IF_ERROR(amendments_.Advance(step.after, step.verb = outcome.verb));
    step.after.mutable_verdicts()->Assign(outcome.verdicts.begin(), outcome.verdicts.end());
    Activity after = before;
    if (outcome.change) RETURN_IF_ERROR(outcome.change(tx, before, after, step.after));
    if (IsAmendmentOver(step.after)) {
      after.clear_amendment();
      RETURN_IF_ERROR(job::Cancel(tx, AmendmentJobOf(step.after)));
    }
    const bool applied = step.after.state() == Amendment::STATE_SETTLING;
    RETURN_IF_ERROR(activities_.kind().Update(tx, before, after, applied ? "amend" : "end_amendment"));
    return amendments_.Finish(tx, step).status();
  });
}

void Amendments::Bind(record::Methods& methods) {
  methods.Reads(amendments_);
  methods.Creates(amendments_, this, &Amendments::Create);
  methods.Bind("ApproveAmendment", this, &Amendments::Approve);
  methods.Bind("RejectAmendment", this, &Amendments::Reject);
  methods.Bind("WithdrawAmendment", this, &Amendments::Withdraw);
}

}  // namespace heitie::activity
