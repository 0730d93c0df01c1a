#include "services/personnel/recruitment/requisition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/client/own_call.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/personnel/recruitment/money.h"
#include "services/personnel/recruitment/money_step.h"

namespace heitie::personnel {

const status::Reason kUnknownOwner{absl::StatusCode::kInvalidArgument, "UNKNOWN_OWNER", "There is no employee {owner}.",
                                   "沒有員工 {owner}。"};
const status::Reason kUnknownReplaced{absl::StatusCode::kInvalidArgument, "UNKNOWN_REPLACED", "There is no employee {replaced}.",
                                      "沒有員工 {replaced}。"};
const status::Reason kReplacedMissing{absl::StatusCode::kInvalidArgument, "REPLACED_MISSING", "A replacement names who is replaced.",
                                      "遞補須註明由誰離任。"};
const status::Reason kMoneyTermPast{absl::StatusCode::kInvalidArgument, "MONEY_TERM_PAST",
                                    "Money cannot be set aside until {time}: that is past.", "款項不能預留至 {time}：該時間已過。"};
const status::Reason kRequisitionFixed{absl::StatusCode::kFailedPrecondition, "REQUISITION_FIXED",
                                       "This is not changed any more once the requisition is {state}.",
                                       "需求單為 {state} 後不可再更改此項。"};
const status::Reason kNotYoursToRun{absl::StatusCode::kPermissionDenied, "NOT_YOURS_TO_RUN",
                                    "{requisition} is run by its owner, whoever leads the owner, and operations managers.",
                                    "{requisition} 由其負責人、負責人的上級及運營經理辦理。"};
const status::Reason kRequisitionNotApproved{absl::StatusCode::kFailedPrecondition, "REQUISITION_NOT_APPROVED", "{requisition} is {state}.",
                                             "{requisition} 目前為 {state}。"};
const status::Reason kMoneyUnderWay{absl::StatusCode::kFailedPrecondition, "MONEY_UNDER_WAY",
                                    "The money of {requisition} is on its way; try again in a moment.",
                                    "{requisition} 的款項正在辦理，請稍後再試。"};
const status::Reason kMoneyContinues{absl::StatusCode::kUnavailable, "MONEY_CONTINUES",
                                     "The approval of {requisition} waits for the resource service and goes on by itself.",
                                     "{requisition} 的核准正等待資源服務，將自動繼續。"};
const status::Reason kMoneyLapsed{absl::StatusCode::kFailedPrecondition, "MONEY_LAPSED",
                                  "The money of {requisition} is not set aside any more; it goes on with another approval.",
                                  "{requisition} 的款項已失效，須重新核准方可繼續。"};
const status::Reason kHeldByHand{absl::StatusCode::kFailedPrecondition, "HELD_BY_HAND",
                                 "{requisition} is on hold with its money set aside; it is resumed, not approved again.",
                                 "{requisition} 暫停中而款項仍保留，應予恢復，無須重新核准。"};

namespace {

using v1::MoneyStep;
using v1::Requisition;

constexpr char kMoneyJob[] = "requisition_money";
// How long the caller's own request has before the job looks after the money. Both at once are harmless.
constexpr absl::Duration kMoneyAfter = absl::Seconds(2);

std::string MoneyJobOf(const std::string& requisition) { return requisition + "/money"; }

// A due step is somebody's to take, whoever made it due.
absl::Status KeepMoneyJob(record::Transaction& tx, const Requisition* before, const Requisition* after) {
  if (after != nullptr && NextStep(*after)) {
    return job::Schedule(
        tx, {.name = MoneyJobOf(after->name()), .kind = kMoneyJob, .payload = after->name(), .run_time = tx.call.now + kMoneyAfter});
  }
  return before != nullptr && NextStep(*before) ? job::Cancel(tx, MoneyJobOf(before->name())) : absl::OkStatus();
}

std::string StateText(const Requisition& requisition) { return Requisition::State_Name(requisition.state()); }

// Whether its money is set aside, and may lapse.
bool HasMoney(const Requisition& requisition) { return requisition.state() == Requisition::STATE_APPROVED || requisition.held_by_hand(); }

// The fields that may change once it is not pending any more.
std::vector<std::string> FreeFields(const Requisition& requisition) {
  if (IsOver(requisition)) return {};
  if (HasMoney(requisition)) return {"owner", "requirements"};
  return {"owner", "requirements", "budget", "expire_time"};
}

}  // namespace

const record::StateMachine& RequisitionMachine() {
  using R = Requisition;
  static const auto& machine = *new record::StateMachine(
      R::State_descriptor(),
      {
          {R::STATE_PENDING, "approve", R::STATE_APPROVED, "by a second person, its seats fit and its money is set aside"},
          {R::STATE_PENDING, "reject", R::STATE_REJECTED, "by a second person"},
          {R::STATE_PENDING, "cancel", R::STATE_CANCELLED},
          {R::STATE_APPROVED, "hold", R::STATE_ON_HOLD, "by hand, or its money lapsed"},
          {R::STATE_ON_HOLD, "lapse", R::STATE_ON_HOLD, "it was held by hand, and its money lapsed", record::kConsequence},
          {R::STATE_ON_HOLD, "resume", R::STATE_APPROVED, "it was held by hand, and its money is set aside still"},
          {R::STATE_ON_HOLD, "approve", R::STATE_APPROVED, "by a second person, its money is set aside"},
          {R::STATE_APPROVED, "cancel", R::STATE_CANCELLED},
          {R::STATE_ON_HOLD, "cancel", R::STATE_CANCELLED},
          {R::STATE_APPROVED, "fill", R::STATE_FILLED, "the last seat has an employee", record::kConsequence},
          {R::STATE_ON_HOLD, "fill", R::STATE_FILLED, "the last seat has an employee", record::kConsequence},
      });
  return machine;
}

bool IsOver(const Requisition& requisition) {
  return requisition.state() != Requisition::STATE_PENDING && requisition.state() != Requisition::STATE_APPROVED &&
         requisition.state() != Requisition::STATE_ON_HOLD;
}

std::vector<std::string> FixedChanges(const Requisition& before, const Requisition& after) {
  if (before.state() == Requisition::STATE_PENDING) return {};
  const std::vector<std::string> free = FreeFields(before);
  std::vector<std::string> fixed;
  for (const char* field : {"seats", "requirements", "ground", "reason", "replaced", "need_date", "budget", "seat_amount_minor",
                            "advertising_minor", "expire_time", "owner"}) {
    const auto* descriptor = Requisition::descriptor()->FindFieldByName(field);
    if (std::find(free.begin(), free.end(), field) != free.end()) continue;
    google::protobuf::util::MessageDifferencer differencer;
    if (!differencer.CompareWithFields(before, after, {descriptor}, {descriptor})) fixed.push_back(field);
  }
  return fixed;
}

absl::StatusOr<SeatCount> CountSeats(sql::Session& session, const std::string& requisition) {
  SeatCount seats;
  RETURN_IF_ERROR(
      session.Query("SELECT COUNT(CASE WHEN state = 'STATE_EXTENDED' THEN 1 END), COUNT(CASE WHEN state = 'STATE_ACCEPTED' THEN 1 END), "
                    "COUNT(CASE WHEN state = 'STATE_HIRED' THEN 1 END) FROM offers WHERE requisition = ?",
                    sql::Bind(requisition), [&](const sql::Row& row) {
                      seats = {static_cast<int>(row.Int(0)), static_cast<int>(row.Int(1)), static_cast<int>(row.Int(2))};
                    }));
  return seats;
}

Requisitions::Requisitions(service::Context context, const Decisions& decisions, const HeadcountPlans& plans,
                           const record::Kind<v1::Position>& positions, const Employees& employees)
    : context_(context),
      decisions_(decisions),
      plans_(plans),
      requisitions_(context.store, &RequisitionMachine()),
      positions_(positions),
      employees_(employees) {
  const record::Rule who_runs_it = record::Own("owner") || record::Among("owner", employees.teams().Below()) || record::Own("creator") ||
                                   record::Own("proposer") || record::Own("approver") ||
                                   record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
  for (const char* field :
       {"reason", "replaced", "seat_amount_minor", "advertising_minor", "state_reason", "shortage_minor", "money_steps", "staffing_gap"})
    requisitions_.RestrictField(field, who_runs_it);
  requisitions_.SetFollow(KeepMoneyJob);
  requisitions_.SetAllows([](const Requisition& requisition, const std::string& verb) {
    if (verb == "resume") return requisition.held_by_hand();
    return verb != "approve" || (!requisition.held_by_hand() && !NextStep(requisition));
  });
  requisitions_.SetDecorator([](sql::Session& session, Requisition& requisition) -> absl::Status {
    ASSIGN_OR_RETURN(const SeatCount seats, CountSeats(session, requisition.name()));
    requisition.set_extended_seats(seats.extended);
    requisition.set_accepted_seats(seats.accepted);
    requisition.set_hired_seats(seats.hired);
    return absl::OkStatus();
  });
  context_.jobs.Handle(kMoneyJob,
                       [this](const rpc::Call& call, const job::Job& job) { return job::Outcome::Failed(Drive(call, job.payload)); });
  event::Reactions reactions(context_, "resource", "requisition-money");
  reactions.On(this, &Requisitions::OnEncumbrance, {"expire", "release", "release_rest", "settle"});
}

absl::Status Requisitions::CheckFields(record::Transaction& tx, const Requisition& requisition, const std::string& known_owner) const {
  status::BadFields bad;
  const auto check = [&](const absl::Status& found, const char* field, const status::Reason& reason, status::Args args) {
    if (absl::IsNotFound(found)) bad.Add(absl::StrCat("requisition.", field), reason, args);
    return absl::IsNotFound(found) ? absl::OkStatus() : found;
  };
  RETURN_IF_ERROR(check(positions_.Find(tx.sql, requisition.position()).status(), "position", kUnknownPosition,
                        {{"position", requisition.position()}}));
  if (requisition.owner() != known_owner) {
    RETURN_IF_ERROR(
        check(employees_.kind().Find(tx.sql, requisition.owner()).status(), "owner", kUnknownOwner, {{"owner", requisition.owner()}}));
  }
  if (!requisition.replaced().empty()) {
    RETURN_IF_ERROR(check(employees_.kind().Find(tx.sql, requisition.replaced()).status(), "replaced", kUnknownReplaced,
                          {{"replaced", requisition.replaced()}}));
  } else if (requisition.ground() == Requisition::GROUND_REPLACEMENT) {
    bad.Add("requisition.replaced", kReplacedMissing);
  }
  const absl::Time until = time::ToTime(requisition.expire_time());
  if (until <= tx.call.now && !HasMoney(requisition))
    bad.Add("requisition.expire_time", kMoneyTermPast, {{"time", time::InstantText(until)}});
  return bad.status();
}

absl::Status Requisitions::Prepare(record::Transaction& tx, Requisition& requisition) const {
  if (requisition.owner().empty()) requisition.set_owner(tx.call.principal.name);
  requisition.set_state(Requisition::STATE_PENDING);
  requisition.set_proposer(tx.call.principal.name);
  RETURN_IF_ERROR(CheckFields(tx, requisition, tx.call.principal.name));
  return decisions_.Ask(tx, requisition.name(), requisition.proposer());
}

absl::StatusOr<Requisition> Requisitions::Open(record::Transaction& tx, Requisition requisition) const {
  requisition.set_name(absl::StrCat("requisitions/", record::NewId(tx.call.now)));
  RETURN_IF_ERROR(Prepare(tx, requisition));
  RETURN_IF_ERROR(requisitions_.Insert(tx, requisition));
  return requisition;
}

absl::Status Requisitions::CheckMayRun(const rpc::Call& call, const Requisition& requisition) const {
  const rpc::Principal& caller = call.principal;
  if (caller.Has(options::v1::ROLE_OPERATIONS_MANAGER) || absl::StartsWith(caller.name, "services/")) return absl::OkStatus();
  if (caller.name == requisition.owner()) return absl::OkStatus();
  const std::vector<std::string> below = employees_.teams().Below()(caller);
  if (std::find(below.begin(), below.end(), requisition.owner()) != below.end()) return absl::OkStatus();
  return status::Error(kNotYoursToRun, {{"requisition", requisition.name()}});
}

absl::Status Requisitions::Update(record::Transaction& tx, const Requisition& before, Requisition& after) {
  RETURN_IF_ERROR(CheckMayRun(tx.call, before));
  if (NextStep(before)) return status::Error(kMoneyUnderWay, {{"requisition", before.name()}});
  status::BadFields bad;
  for (const std::string& field : FixedChanges(before, after))
    bad.Add(absl::StrCat("requisition.", field), kRequisitionFixed, {{"state", StateText(before)}});
  RETURN_IF_ERROR(bad.status());
  if (IsOver(before)) return absl::OkStatus();
  if (after.owner().empty()) after.set_owner(before.owner());
  RETURN_IF_ERROR(CheckFields(tx, after, before.owner()));
  if (after.owner() != before.owner()) {
    for (const Follow& follow : on_owner_) RETURN_IF_ERROR(follow(tx, after));
  }
  if (HasMoney(after)) return absl::OkStatus();
  // What waits for an approval is the proposal of who changed it last.
  after.set_proposer(tx.call.principal.name);
  return decisions_.Ask(tx, after.name(), after.proposer());
}

absl::StatusOr<Requisition> Requisitions::GuardToRun(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Requisition requisition, requisitions_.Guard(tx, name));
  RETURN_IF_ERROR(CheckMayRun(tx.call, requisition));
  return requisition;
}

absl::StatusOr<Requisition> Requisitions::GuardOpen(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Requisition requisition, GuardToRun(tx, name));
  if (requisition.state() == Requisition::STATE_APPROVED) return requisition;
  return status::Error(kRequisitionNotApproved, {{"requisition", name}, {"state", StateText(requisition)}});
}

absl::Status Requisitions::CommitSeat(record::Transaction& tx, const Requisition& before, const std::string& offer, int taken) const {
  Requisition after = before;
  AddSeat(after, offer, taken);
  return requisitions_.Update(tx, before, after, "take_seat");
}

absl::Status Requisitions::PayOpening(record::Transaction& tx, const Requisition& before, const std::string& opening,
                                      int64_t cost_minor) const {
  Requisition after = before;
  AddCost(after, opening, cost_minor);
  return requisitions_.Update(tx, before, after, "publish_opening");
}

// ---- Approval

absl::StatusOr<Requisition> Requisitions::BeginApproval(record::Transaction& tx, const v1::ApproveRequisitionRequest& request) const {
  ASSIGN_OR_RETURN(const Requisition wanted, requisitions_.Find(tx.sql, request.name()));
  // The pair first, as everybody who takes a place does.
  if (wanted.state() == Requisition::STATE_PENDING) RETURN_IF_ERROR(plans_.Guard(tx, wanted.position(), wanted.department()));
  ASSIGN_OR_RETURN(record::Step<Requisition> step, requisitions_.Begin(tx, request));
  Requisition approved = step.before;
  RETURN_IF_ERROR(requisitions_.Advance(approved, "approve"));
  if (step.before.held_by_hand()) return status::Error(kHeldByHand, {{"requisition", request.name()}});
  RETURN_IF_ERROR(decisions_.Check(tx, step.before.proposer()));
  if (NextStep(step.before)) return status::Error(kMoneyUnderWay, {{"requisition", request.name()}});
  // On hold it has its place already.
  const bool judged = step.before.state() == Requisition::STATE_PENDING && step.before.ground() != Requisition::GROUND_OVER_PLAN;
  if (judged) RETURN_IF_ERROR(plans_.CheckSeats(tx, step.before));
  AddPreCommitment(step.after, absl::StrCat("encumbrances/", record::NewId(tx.call.now)), tx.call.principal.name);
  step.verb = "begin_approval";
  return requisitions_.Finish(tx, step);
}

absl::StatusOr<Requisition> Requisitions::Approve(const rpc::Call& call, const v1::ApproveRequisitionRequest& request) {
  ASSIGN_OR_RETURN(const Requisition begun,
                   context_.store.Write(call, request, [&](record::Transaction& tx) { return BeginApproval(tx, request); }));
  const int approval = begun.money_steps_size() - 1;
  if (!Drive(call, request.name()).ok()) return status::RetryLater(kMoneyContinues, kMoneyAfter, {{"requisition", request.name()}});
  ASSIGN_OR_RETURN(Requisition requisition, requisitions_.Get(call, request.name()));
  if (requisition.money_steps(approval).state() == MoneyStep::STATE_REFUSED) return RefusalOf(requisition, approval);
  return requisition;
}

absl::Status Requisitions::Drive(const rpc::Call& call, const std::string& name) const {
  for (;;) {
    ASSIGN_OR_RETURN(const Requisition requisition,
                     context_.store.Read(call, [&](sql::Session& session) { return requisitions_.Find(session, name); }));
    const std::optional<int> step = NextStep(requisition);
    if (!step) return absl::OkStatus();
    const absl::StatusOr<std::string> outcome = Take(client::OwnCall(call, "personnel"), requisition, *step);
    if (status::IsOutage(outcome.status())) return outcome.status();
    RETURN_IF_ERROR(Note(call, name, *step, outcome));
  }
}

absl::StatusOr<std::string> Requisitions::Take(const rpc::Call& call, const Requisition& requisition, int step) const {
  const MoneyPurpose purpose{requisition.budget(), requisition.name(), time::ToTime(requisition.expire_time())};
  ASSIGN_OR_RETURN(const std::string currency, TakeMoneyStep(context_, call, requisition.money_steps(step), step, purpose));
  return currency.empty() ? requisition.currency_code() : currency;
}

absl::Status Requisitions::Note(const rpc::Call& call, const std::string& name, int step,
                                const absl::StatusOr<std::string>& outcome) const {
  return context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Requisition before, requisitions_.Guard(tx, name));
    if (before.money_steps(step).state() != MoneyStep::STATE_DUE) return absl::OkStatus();  // Somebody else has noted it.
    Requisition after = before;
    if (outcome.ok()) {
      NoteDone(after, step, *outcome, tx.call.now);
    } else {
      NoteRefused(after, step, outcome.status(), tx.call.now);
    }
    ASSIGN_OR_RETURN(const char* event, FollowMoney(tx, step, after));
    return requisitions_.Update(tx, before, after, event);
  });
}

absl::StatusOr<const char*> Requisitions::FollowMoney(record::Transaction& tx, int step, Requisition& after) const {
  const MoneyStep noted = after.money_steps(step);
  const bool refused = noted.state() == MoneyStep::STATE_REFUSED;
  if (noted.kind() == MoneyStep::KIND_PRE_COMMIT) {
    // Rejected or cancelled meanwhile: what gives the money back is due already.
    if (refused || (after.state() != Requisition::STATE_PENDING && after.state() != Requisition::STATE_ON_HOLD)) return "note_money";
    RETURN_IF_ERROR(requisitions_.Advance(after, "approve"));
    after.clear_state_reason();
    after.set_approver(noted.approver());
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    ASSIGN_OR_RETURN(const SeatCount seats, CountSeats(tx.sql, after.name()));
    AddOwed(after, seats.taken());
    RETURN_IF_ERROR(decisions_.Over(tx, after.name()));
    return "approve";
  }
  const bool lapsed = refused && noted.kind() != MoneyStep::KIND_RELEASE && HasMoney(after);
  if (!lapsed) return "note_money";
  return Lapse(tx, after, noted.reason());
}

absl::StatusOr<const char*> Requisitions::Lapse(record::Transaction& tx, Requisition& after, const std::string& reason) const {
  const char* verb = after.held_by_hand() ? "lapse" : "hold";
  RETURN_IF_ERROR(requisitions_.Advance(after, verb));
  after.set_state_reason(reason);
  after.clear_held_by_hand();
  RETURN_IF_ERROR(decisions_.Want(tx, after.name(), "restore_money", after.owner()));
  return verb;
}

// Money that expired, or that somebody gave back by hand.
absl::Status Requisitions::OnEncumbrance(const rpc::Call& call, const event::Change<resource::v1::Encumbrance>& change) {
  const std::string& name = change.latest().subject();
  if (!absl::StartsWith(name, "requisitions/")) return absl::OkStatus();
  return context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const absl::StatusOr<Requisition> before = requisitions_.Guard(tx, name);
    if (absl::IsNotFound(before.status())) return absl::OkStatus();
    RETURN_IF_ERROR(before.status());
    if (!HasMoney(*before) || before->encumbrance() != change.subject) return absl::OkStatus();
    Requisition after = *before;
    ASSIGN_OR_RETURN(const char* verb, Lapse(tx, after, resource::v1::Encumbrance::State_Name(change.latest().state())));
    return requisitions_.Update(tx, *before, after, verb);
  });
}

// ---- By hand

absl::StatusOr<Requisition> Requisitions::Hold(record::Transaction& tx, const v1::HoldRequisitionRequest& request) {
  return requisitions_.Change(tx, request, "hold", [&](Requisition& after) -> absl::Status {
    RETURN_IF_ERROR(CheckMayRun(tx.call, after));
    after.set_state_reason(request.reason());
    after.set_held_by_hand(true);
    return absl::OkStatus();
  });
}

absl::StatusOr<Requisition> Requisitions::Resume(record::Transaction& tx, const v1::ResumeRequisitionRequest& request) {
  return requisitions_.Change(tx, request, "resume", [&](Requisition& after) -> absl::Status {
    RETURN_IF_ERROR(CheckMayRun(tx.call, after));
    if (!after.held_by_hand()) return status::Error(kMoneyLapsed, {{"requisition", after.name()}});
    after.clear_state_reason();
    after.clear_held_by_hand();
    return absl::OkStatus();
  });
}

// ---- Ends

absl::Status Requisitions::End(record::Transaction& tx, Requisition& after) const {
  *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
  after.clear_held_by_hand();
  ASSIGN_OR_RETURN(const SeatCount seats, CountSeats(tx.sql, after.name()));
  AddRelease(after, seats.taken());
  RETURN_IF_ERROR(decisions_.Over(tx, after.name()));
  for (const Follow& follow : on_end_) RETURN_IF_ERROR(follow(tx, after));
  return absl::OkStatus();
}

absl::StatusOr<Requisition> Requisitions::Reject(const rpc::Call& call, const v1::RejectRequisitionRequest& request) {
  const auto reject = [&](record::Transaction& tx) {
    return requisitions_.Change(tx, request, "reject", [&](Requisition& after) -> absl::Status {
      RETURN_IF_ERROR(decisions_.Check(tx, after.proposer()));
      after.set_state_reason(request.reason());
      after.set_approver(tx.call.principal.name);
      *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
      return End(tx, after);
    });
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, reject).status());
  Drive(call, request.name()).IgnoreError();  // The job repeats it.
  return requisitions_.Get(call, request.name());
}

absl::StatusOr<Requisition> Requisitions::Cancel(const rpc::Call& call, const v1::CancelRequisitionRequest& request) {
  const auto cancel = [&](record::Transaction& tx) {
    return requisitions_.Change(tx, request, "cancel", [&](Requisition& after) -> absl::Status {
      RETURN_IF_ERROR(CheckMayRun(tx.call, after));
      after.set_state_reason(request.reason());
      return End(tx, after);
    });
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, cancel).status());
  Drive(call, request.name()).IgnoreError();  // The job repeats it.
  return requisitions_.Get(call, request.name());
}

absl::Status Requisitions::FillIfDone(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const SeatCount seats, CountSeats(tx.sql, name));
  ASSIGN_OR_RETURN(record::Step<Requisition> step, requisitions_.Begin(tx, record::Target(name)));
  const bool open = step.before.state() == Requisition::STATE_APPROVED || step.before.state() == Requisition::STATE_ON_HOLD;
  if (!open || seats.hired < step.before.seats()) return absl::OkStatus();
  RETURN_IF_ERROR(requisitions_.Advance(step.after, step.verb = "fill"));
  RETURN_IF_ERROR(End(tx, step.after));
  return requisitions_.Finish(tx, step).status();
}

void Requisitions::Bind(record::Methods& methods) {
  methods.Reads(requisitions_);
  methods.Creates(requisitions_, this, &Requisitions::Create);
  methods.Updates(requisitions_, this, &Requisitions::Update);
  methods.Bind("ApproveRequisition", this, &Requisitions::Approve);
  methods.Bind("RejectRequisition", this, &Requisitions::Reject);
  methods.Bind("CancelRequisition", this, &Requisitions::Cancel);
  methods.Bind("HoldRequisition", this, &Requisitions::Hold);
  methods.Bind("ResumeRequisition", this, &Requisitions::Resume);
}

}  // namespace heitie::personnel
