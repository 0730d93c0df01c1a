#include "services/personnel/recruitment/offer.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::personnel {

const status::Reason kOfferAlive{absl::StatusCode::kFailedPrecondition, "OFFER_ALIVE", "{application} has another offer, {offer}.",
                                 "{application} 已有另一份錄用要約 {offer}。"};
const status::Reason kNotToBeOffered{absl::StatusCode::kFailedPrecondition, "NOT_TO_BE_OFFERED",
                                     "{application} is not in interviews, so nothing is offered.",
                                     "{application} 不在面試階段，不能發出錄用要約。"};
const status::Reason kOfferFixed{absl::StatusCode::kFailedPrecondition, "OFFER_FIXED", "{name} is no draft any more and is not changed.",
                                 "{name} 已非草稿，不可更改。"};
const status::Reason kSeatsTaken{absl::StatusCode::kFailedPrecondition, "SEATS_TAKEN",
                                 "{requisition}: offers that are extended or accepted hold all seats, {seats:count} of them.",
                                 "{requisition}：{seats:count} 個名額均已有發出或已接受的錄用要約。"};
const status::Reason kOfferTermPast{absl::StatusCode::kFailedPrecondition, "OFFER_TERM_PAST", "{name} was open until {time}.",
                                    "{name} 的有效期至 {time} 為止。"};
const status::Reason kStartDayPast{absl::StatusCode::kInvalidArgument, "START_DAY_PAST", "{date} is past.", "{date} 已過。"};
const status::Reason kAlreadyStarted{absl::StatusCode::kFailedPrecondition, "ALREADY_STARTED", "{employee} has started on {date}.",
                                     "{employee} 已於 {date} 到職。"};

namespace {

using v1::Offer;

constexpr char kExpireOffer[] = "expire_offer";
constexpr char kStartJob[] = "start_employment";

std::string ExpiryJobOf(const std::string& offer) { return absl::StrCat(offer, "/expire"); }
std::string StartJobOf(const std::string& offer) { return absl::StrCat(offer, "/start"); }

bool HoldsASeat(const Offer& offer) {
  return offer.state() == Offer::STATE_EXTENDED || offer.state() == Offer::STATE_ACCEPTED || offer.state() == Offer::STATE_HIRED;
}

absl::Status CheckTerm(record::Transaction& tx, const Offer& offer) {
  const absl::Time until = time::ToTime(offer.expire_time());
  if (until > tx.call.now) return absl::OkStatus();
  return status::Error(kOfferTermPast, {{"name", offer.name()}, {"time", time::InstantText(until)}});
}

}  // namespace

bool IsAlive(const Offer& offer) {
  return HoldsASeat(offer) || offer.state() == Offer::STATE_DRAFT || offer.state() == Offer::STATE_APPROVED;
}

const record::StateMachine& OfferMachine() {
  using O = Offer;
  static const auto& machine = *new record::StateMachine(
      O::State_descriptor(), {
                                 {O::STATE_DRAFT, "approve", O::STATE_APPROVED, "by a second person"},
                                 {O::STATE_DRAFT, "withdraw", O::STATE_WITHDRAWN},
                                 {O::STATE_APPROVED, "extend", O::STATE_EXTENDED, "a seat is left"},
                                 {O::STATE_APPROVED, "withdraw", O::STATE_WITHDRAWN},
                                 {O::STATE_EXTENDED, "accept", O::STATE_ACCEPTED, "before expire_time"},
                                 {O::STATE_EXTENDED, "decline", O::STATE_DECLINED},
                                 {O::STATE_EXTENDED, "withdraw", O::STATE_WITHDRAWN},
                                 {O::STATE_EXTENDED, "expire", O::STATE_EXPIRED, "at expire_time", record::kConsequence},
                                 {O::STATE_ACCEPTED, "move_start", O::STATE_ACCEPTED},
                                 {O::STATE_ACCEPTED, "start_employment", O::STATE_HIRED, "on the first day or before"},
                                 {O::STATE_ACCEPTED, "withdraw", O::STATE_WITHDRAWN},
                                 {O::STATE_HIRED, "move_start", O::STATE_HIRED, "before the first day"},
                             });
  return machine;
}

Offers::Offers(service::Context context, const Decisions& decisions, Requisitions& requisitions, const PayBands& bands,
               Employees& employees)
    : context_(context),
      decisions_(decisions),
      requisitions_(requisitions),
      bands_(bands),
      employees_(employees),
      offers_(context.store, &OfferMachine()) {
  offers_.RestrictRows(record::Own("requester") || record::Among("requester", employees.teams().Below()) || record::Own("creator") ||
                       record::Own("proposer") || record::Own("approver") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                       record::IsService("personnel"));
  offers_.SetFollow([this](record::Transaction& tx, const Offer* before, const Offer* after) { return KeepJobs(tx, before, after); });
  requisitions_.OnEnd([this](record::Transaction& tx, const v1::Requisition& requisition) { return EndAll(tx, requisition); });
  requisitions_.OnOwner([this](record::Transaction& tx, const v1::Requisition& requisition) { return FollowOwner(tx, requisition); });
  context_.jobs.Handle(kExpireOffer, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(context_.store.Write(call, [&](record::Transaction& tx) { return Expire(tx, job.payload); }));
  });
  context_.jobs.Handle(kStartJob, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(
        context_.store.Write(call, [&](record::Transaction& tx) { return Start(tx, record::Target(job.payload), "").status(); }));
  });
}

// Who is extended expires, who has accepted starts.
absl::Status Offers::KeepJobs(record::Transaction& tx, const Offer* before, const Offer* after) const {
  const auto counts = [](const Offer* offer) {
    return offer != nullptr && (offer->state() == Offer::STATE_ACCEPTED || offer->state() == Offer::STATE_HIRED);
  };
  if (counts(before) || counts(after)) RETURN_IF_ERROR(requisitions_.plans().Changed(tx, after->position(), after->department()));
  const bool was_open = before != nullptr && before->state() == Offer::STATE_EXTENDED;
  const bool was_accepted = before != nullptr && before->state() == Offer::STATE_ACCEPTED;
  if (after->state() == Offer::STATE_EXTENDED) {
    RETURN_IF_ERROR(job::Schedule(tx, {.name = ExpiryJobOf(after->name()),
                                       .kind = kExpireOffer,
                                       .payload = after->name(),
                                       .run_time = time::ToTime(after->expire_time())}));
  } else if (was_open) {
    RETURN_IF_ERROR(job::Cancel(tx, ExpiryJobOf(after->name())));
  }
  if (after->state() == Offer::STATE_ACCEPTED) {
    const absl::Time first = absl::FromCivil(time::ToDay(after->start_date()), context_.time_zone);
    return job::Schedule(tx, {.name = StartJobOf(after->name()), .kind = kStartJob, .payload = after->name(), .run_time = first});
  }
  return was_accepted ? job::Cancel(tx, StartJobOf(after->name())) : absl::OkStatus();
}

absl::StatusOr<std::string> Offers::RequisitionOf(record::Transaction& tx, const std::string& offer) const {
  ASSIGN_OR_RETURN(const Offer found, offers_.Find(tx.sql, offer));
  if (!offers_.Sees(tx.call, found)) return status::NotFound(offer);
  return found.requisition();
}

absl::Status Offers::CheckTerms(record::Transaction& tx, Offer& offer) const {
  status::BadFields bad;
  if (!offer.superior().empty()) {
    const absl::Status superior = employees_.kind().Find(tx.sql, offer.superior()).status();
    if (absl::IsNotFound(superior)) {
      bad.Add("offer.superior", kUnknownSuperior, {{"superior", offer.superior()}});
    } else {
      RETURN_IF_ERROR(superior);
    }
  }
  ASSIGN_OR_RETURN(const v1::PayBand band, bands_.InForce(tx.sql, offer.position(), tx.call.now));
  if (!IsWithin(band, offer.pay_minor())) bad.Add("offer.pay_minor", kPayOutsideBand, {{"band", band.name()}});
  offer.set_currency_code(band.currency_code());
  offer.set_pay_band(band.name());
  return bad.status();
}

absl::Status Offers::Create(record::Transaction& tx, Offer& offer) {
  ASSIGN_OR_RETURN(const Applied applied, applications().Lock(tx, offer.application()));
  const absl::StatusOr<v1::Requisition> open = requisitions_.GuardOpen(tx, applied.requisition);
  // Who may not run the requisition learns nothing of its applications.
  if (absl::IsPermissionDenied(open.status())) return status::NotFound(offer.application());
  ASSIGN_OR_RETURN(const v1::Requisition requisition, open);
  ASSIGN_OR_RETURN(const std::vector<Offer> others,
                   offers_.Select(tx.sql, "WHERE application = ? ORDER BY name", sql::Bind(offer.application())));
  for (const Offer& other : others) {
    if (IsAlive(other)) return status::Error(kOfferAlive, {{"application", offer.application()}, {"offer", other.name()}});
  }
  if (!applied.in_interviews) return status::Error(kNotToBeOffered, {{"application", offer.application()}});
  offer.set_requisition(requisition.name());
  offer.set_candidate(applied.candidate);
  offer.set_position(requisition.position());
  offer.set_department(requisition.department());
  offer.set_requester(requisition.owner());
  offer.set_proposer(tx.call.principal.name);
  offer.set_state(Offer::STATE_DRAFT);
  RETURN_IF_ERROR(CheckTerms(tx, offer));
  return decisions_.Ask(tx, offer.name(), offer.proposer());
}

absl::Status Offers::Update(record::Transaction& tx, const Offer& before, Offer& after) {
  if (before.state() != Offer::STATE_DRAFT) return status::Error(kOfferFixed, {{"name", before.name()}});
  after.set_proposer(tx.call.principal.name);
  RETURN_IF_ERROR(CheckTerms(tx, after));
  return decisions_.Ask(tx, after.name(), after.proposer());
}

absl::StatusOr<Offer> Offers::Approve(record::Transaction& tx, const v1::ApproveOfferRequest& request) {
  return offers_.Change(tx, request, "approve", [&](Offer& after) -> absl::Status {
    RETURN_IF_ERROR(decisions_.Check(tx, after.proposer()));
    RETURN_IF_ERROR(CheckTerms(tx, after));
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    return decisions_.Over(tx, after.name());
  });
}

absl::StatusOr<Offer> Offers::Extend(record::Transaction& tx, const v1::ExtendOfferRequest& request) {
  ASSIGN_OR_RETURN(const std::string name, RequisitionOf(tx, request.name()));
  ASSIGN_OR_RETURN(const v1::Requisition requisition, requisitions_.GuardOpen(tx, name));
  return offers_.Change(tx, request, "extend", [&](Offer& after) -> absl::Status {
    RETURN_IF_ERROR(CheckTerm(tx, after));
    ASSIGN_OR_RETURN(const SeatCount seats, CountSeats(tx.sql, name));
    if (seats.extended + seats.taken() >= requisition.seats())
      return status::Error(kSeatsTaken, {{"requisition", name}, {"seats", requisition.seats()}});
    ASSIGN_OR_RETURN(const Applied applied, applications().Lock(tx, after.application()));
    if (!applied.in_interviews) return status::Error(kNotToBeOffered, {{"application", after.application()}});
    *after.mutable_extend_time() = time::ToTimestamp(tx.call.now);
    return applications().Advance(tx, after.application(), "make_offer");
  });
}

absl::StatusOr<Offer> Offers::Accept(const rpc::Call& call, const v1::AcceptOfferRequest& request) {
  const auto accept = [&](record::Transaction& tx) -> absl::StatusOr<Offer> {
    ASSIGN_OR_RETURN(const std::string name, RequisitionOf(tx, request.name()));
    ASSIGN_OR_RETURN(const v1::Requisition requisition, requisitions_.GuardOpen(tx, name));
    return offers_.Change(tx, request, "accept", [&](Offer& after) -> absl::Status {
      RETURN_IF_ERROR(CheckTerm(tx, after));
      *after.mutable_answer_time() = time::ToTimestamp(tx.call.now);
      RETURN_IF_ERROR(applications().Advance(tx, after.application(), "accept_offer"));
      ASSIGN_OR_RETURN(const SeatCount seats, CountSeats(tx.sql, name));
      return requisitions_.CommitSeat(tx, requisition, after.name(), seats.taken() + 1);
    });
  };
  ASSIGN_OR_RETURN(const Offer accepted, context_.store.Write(call, request, accept));
  requisitions_.Drive(call, accepted.requisition()).IgnoreError();  // The job repeats it.
  return offers_.Get(call, request.name());
}

absl::StatusOr<Offer> Offers::Decline(record::Transaction& tx, const v1::DeclineOfferRequest& request) {
  ASSIGN_OR_RETURN(const std::string requisition, RequisitionOf(tx, request.name()));
  RETURN_IF_ERROR(requisitions_.GuardToRun(tx, requisition).status());
  return offers_.Change(tx, request, "decline", [&](Offer& after) {
    *after.mutable_answer_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
    return applications().Advance(tx, after.application(), "decline_offer");
  });
}

absl::Status Offers::TakeBack(record::Transaction& tx, const Offer& before, const std::string& reason) const {
  Offer after = before;
  RETURN_IF_ERROR(offers_.Advance(after, "withdraw"));
  after.set_state_reason(reason);
  RETURN_IF_ERROR(decisions_.Over(tx, before.name()));
  return offers_.Update(tx, before, after, "withdraw");
}

absl::Status Offers::WithdrawOf(record::Transaction& tx, const std::string& application, const std::string& reason) const {
  ASSIGN_OR_RETURN(const std::vector<Offer> offers,
                   offers_.Select(tx.sql, "WHERE application = ? ORDER BY name FOR UPDATE", sql::Bind(application)));
  for (const Offer& offer : offers) {
    if (IsAlive(offer) && offer.state() != Offer::STATE_HIRED) RETURN_IF_ERROR(TakeBack(tx, offer, reason));
  }
  return absl::OkStatus();
}

absl::StatusOr<Offer> Offers::Withdraw(record::Transaction& tx, const v1::WithdrawOfferRequest& request) {
  ASSIGN_OR_RETURN(const std::string requisition, RequisitionOf(tx, request.name()));
  RETURN_IF_ERROR(requisitions_.GuardToRun(tx, requisition).status());
  ASSIGN_OR_RETURN(const record::Step<Offer> step, offers_.Begin(tx, request, "withdraw"));
  RETURN_IF_ERROR(TakeBack(tx, step.before, request.reason()));
  // Of an offer that the candidate had in hand the application goes back.
  if (HoldsASeat(step.before)) RETURN_IF_ERROR(applications().Advance(tx, step.before.application(), "retract_offer"));
  ASSIGN_OR_RETURN(Offer withdrawn, offers_.Find(tx.sql, request.name()));
  return offers_.Decorated(tx.sql, std::move(withdrawn));
}

absl::Status Offers::Expire(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<Offer> step, offers_.Begin(tx, record::Target(name)));
  // Answered or withdrawn between the lease of the job and this lock.
  if (step.before.state() != Offer::STATE_EXTENDED) return absl::OkStatus();
  RETURN_IF_ERROR(offers_.Advance(step.after, step.verb = "expire"));
  RETURN_IF_ERROR(applications().Advance(tx, step.before.application(), "decline_offer"));
  return offers_.Finish(tx, step).status();
}

// ---- From an accepted offer to an employee

absl::StatusOr<Offer> Offers::Start(record::Transaction& tx, const record::Target& target, const std::string& id) {
  ASSIGN_OR_RETURN(const std::string requisition, RequisitionOf(tx, target.name()));
  RETURN_IF_ERROR(requisitions_.GuardToRun(tx, requisition).status());
  ASSIGN_OR_RETURN(record::Step<Offer> step, offers_.Begin(tx, target));
  // Once more is as good as once.
  if (step.before.state() == Offer::STATE_HIRED) return offers_.Decorated(tx.sql, step.before);
  RETURN_IF_ERROR(offers_.Advance(step.after, step.verb = "start_employment"));
  const Offer& offer = step.before;
  ASSIGN_OR_RETURN(const Applied applied, applications().Lock(tx, offer.application()));
  v1::Employee employee;
  const std::string& chosen = id.empty() ? offer.employee_id() : id;
  employee.set_name(absl::StrCat("employees/", chosen.empty() ? record::IdOf(offer.name()) : chosen));
  employee.set_display_name(applied.display_name);
  employee.set_position(offer.position());
  employee.set_department(offer.department());
  *employee.mutable_hire_date() = offer.start_date();
  if (!offer.superior().empty()) {
    ASSIGN_OR_RETURN(const v1::Employee superior, employees_.kind().Find(tx.sql, offer.superior()));
    if (EmployedOn(superior, time::ToDay(offer.start_date()))) employee.set_superior(superior.name());
  }
  ASSIGN_OR_RETURN(employee, employees_.Hire(tx, std::move(employee)));
  RETURN_IF_ERROR(applications().Advance(tx, offer.application(), "hire"));
  step.after.set_employee(employee.name());
  *step.after.mutable_hire_time() = time::ToTimestamp(tx.call.now);
  ASSIGN_OR_RETURN(Offer hired, offers_.Finish(tx, step));
  RETURN_IF_ERROR(requisitions_.FillIfDone(tx, requisition));
  return hired;
}

absl::StatusOr<Offer> Offers::StartEmployment(const rpc::Call& call, const v1::StartEmploymentRequest& request) {
  ASSIGN_OR_RETURN(const Offer hired, context_.store.Write(call, request, [&](record::Transaction& tx) {
    return Start(tx, record::Target(request.name(), request.etag()), request.employee_id());
  }));
  requisitions_.Drive(call, hired.requisition()).IgnoreError();  // The job repeats it.
  return hired;
}

absl::StatusOr<Offer> Offers::MoveStart(record::Transaction& tx, const v1::MoveStartRequest& request) {
  ASSIGN_OR_RETURN(const std::string requisition, RequisitionOf(tx, request.name()));
  RETURN_IF_ERROR(requisitions_.GuardToRun(tx, requisition).status());
  return offers_.Change(tx, request, "move_start", [&](const Offer& before, Offer& after) -> absl::Status {
    const absl::CivilDay day = time::ToDay(request.start_date()), today = DayOf(tx.call.now);
    if (day < today) {
      status::BadFields bad;
      bad.Add("start_date", kStartDayPast, {{"date", time::DayText(day)}});
      return bad.status();
    }
    *after.mutable_start_date() = request.start_date();
    if (before.state() != Offer::STATE_HIRED) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::Employee employee, employees_.kind().Find(tx.sql, before.employee()));
    if (const absl::CivilDay first = time::ToDay(employee.hire_date()); first <= today)
      return status::Error(kAlreadyStarted, {{"employee", employee.name()}, {"date", time::DayText(first)}});
    return employees_.MoveHireDate(tx, employee.name(), day).status();
  });
}

// ---- With the requisition

absl::Status Offers::EndAll(record::Transaction& tx, const v1::Requisition& requisition) const {
  ASSIGN_OR_RETURN(const std::vector<Offer> offers,
                   offers_.Select(tx.sql, "WHERE requisition = ? ORDER BY name FOR UPDATE", sql::Bind(requisition.name())));
  std::set<std::string> accepted;
  for (const Offer& offer : offers) {
    if (offer.state() == Offer::STATE_ACCEPTED) {
      accepted.insert(offer.application());
    } else if (IsAlive(offer) && offer.state() != Offer::STATE_HIRED) {
      RETURN_IF_ERROR(TakeBack(tx, offer, requisition.state_reason()));
    }
  }
  return applications().CloseAll(tx, requisition.name(), requisition.state() == v1::Requisition::STATE_FILLED, accepted);
}

absl::Status Offers::FollowOwner(record::Transaction& tx, const v1::Requisition& requisition) const {
  ASSIGN_OR_RETURN(const std::vector<Offer> offers,
                   offers_.Select(tx.sql, "WHERE requisition = ? ORDER BY name FOR UPDATE", sql::Bind(requisition.name())));
  for (const Offer& before : offers) {
    Offer after = before;
    after.set_requester(requisition.owner());
    RETURN_IF_ERROR(offers_.Update(tx, before, after, "update"));
  }
  return absl::OkStatus();
}

void Offers::Bind(record::Methods& methods) {
  methods.Reads(offers_);
  methods.Creates(offers_, this, &Offers::Create);
  methods.Updates(offers_, this, &Offers::Update);
  methods.Bind("ApproveOffer", this, &Offers::Approve);
  methods.Bind("ExtendOffer", this, &Offers::Extend);
  methods.Bind("AcceptOffer", this, &Offers::Accept);
  methods.Bind("DeclineOffer", this, &Offers::Decline);
  methods.Bind("WithdrawOffer", this, &Offers::Withdraw);
  methods.Bind("MoveStart", this, &Offers::MoveStart);
  methods.Bind("StartEmployment", this, &Offers::StartEmployment);
}

}  // namespace heitie::personnel
