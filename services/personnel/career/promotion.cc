#include "services/personnel/career/promotion.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/career/path_rule.h"

namespace heitie::personnel {

const status::Reason kUnknownCareerPath{absl::StatusCode::kInvalidArgument, "UNKNOWN_CAREER_PATH", "There is no career path {path}.",
                                        "沒有職涯路徑 {path}。"};
const status::Reason kNotEligible{absl::StatusCode::kFailedPrecondition, "NOT_ELIGIBLE",
                                  "{employee} does not meet all conditions of {path} on {date}: {conditions:list}.",
                                  "{employee} 於 {date} 未符合 {path} 的條件：{conditions:list}。"};
const status::Reason kPromotionUnderWay{absl::StatusCode::kFailedPrecondition, "PROMOTION_UNDER_WAY",
                                        "A promotion of {employee} is under way: {promotion}.",
                                        "{employee} 已有進行中的晉升 {promotion}。"};

namespace {

using v1::Promotion;

constexpr char kApprovePromotion[] = "approve";
constexpr char kCarryOut[] = "carry_out";

}  // namespace

const record::StateMachine& PromotionMachine() {
  using State = Promotion;
  static const auto& machine =
      *new record::StateMachine(State::State_descriptor(), {
                                                               {State::STATE_PROPOSED, kApprovePromotion, State::STATE_APPROVED},
                                                               {State::STATE_PROPOSED, "reject", State::STATE_REJECTED},
                                                               {State::STATE_APPROVED, kCarryOut, State::STATE_CARRIED_OUT},
                                                               {State::STATE_PROPOSED, "withdraw", State::STATE_WITHDRAWN},
                                                               {State::STATE_APPROVED, "withdraw", State::STATE_WITHDRAWN},
                                                           });
  return machine;
}

Promotions::Promotions(const service::Context& context, const CareerPaths& paths, const CareerPolicies& policies,
                       const Eligibilities& eligibilities, const Leaders& leaders, const Employees& employees,
                       const HeadcountPlans& headcounts, const Approvals& approvals, const Steps& steps)
    : promotions_(context.store, &PromotionMachine()),
      paths_(paths),
      policies_(policies),
      eligibilities_(eligibilities),
      leaders_(leaders),
      employees_(employees),
      headcounts_(headcounts),
      approvals_(approvals),
      steps_(steps) {
  promotions_.RestrictRows(leaders.Rows() || leaders.MadeBelow() || record::Own("creator"));
  promotions_.SetFollow([this](record::Transaction& tx, const Promotion* before, const Promotion* after) -> absl::Status {
    RETURN_IF_ERROR(KeepSteps(tx, before, after));
    // Whoever judges the plan hears of the place that it takes, or gives up.
    const auto counts = [](const Promotion* one) { return one != nullptr && one->state() == Promotion::STATE_APPROVED; };
    if (after == nullptr || counts(before) == counts(after)) return absl::OkStatus();
    return headcounts_.Changed(tx, after->position(), after->department());
  });
}

absl::Status Promotions::Judge(record::Transaction& tx, const v1::CareerPath& path, const v1::Employee& employee,
                               Promotion& promotion) const {
  const absl::CivilDay day = time::ToDay(promotion.start_date());
  ASSIGN_OR_RETURN(const v1::CareerPathVersion version, paths_.InForce(tx.sql, tx.call.now, path.name()));
  ASSIGN_OR_RETURN(const std::vector<v1::Eligibility> judged,
                   eligibilities_.Judge(tx.sql, path, version, {&employee}, day, promotion.department()));
  promotion.set_version(version.name());
  *promotion.mutable_conditions() = judged.front().conditions();
  if (judged.front().eligible()) return absl::OkStatus();
  return status::Error(
      kNotEligible,
      {{"employee", employee.name()}, {"path", path.name()}, {"date", time::DayText(day)}, {"conditions", UnmetOf(judged.front())}});
}

absl::Status Promotions::Create(record::Transaction& tx, Promotion& promotion) {
  RETURN_IF_ERROR(leaders_.Check(tx.call, promotion.employee()));
  // Whoever proposes for the same person, decides about it, or presents an improvement plan waits here.
  ASSIGN_OR_RETURN(const v1::Employee employee, employees_.kind().Guard(tx, promotion.employee()));
  status::BadFields bad;
  const absl::StatusOr<v1::CareerPath> path = paths_.kind().Find(tx.sql, promotion.path());
  if (absl::IsNotFound(path.status())) {
    bad.Add("promotion.path", kUnknownCareerPath, {{"path", promotion.path()}});
  } else {
    RETURN_IF_ERROR(path.status());
  }
  if (!promotion.superior().empty()) {
    const absl::Status superior = employees_.kind().Find(tx.sql, promotion.superior()).status();
    if (absl::IsNotFound(superior)) {
      bad.Add("promotion.superior", kUnknownSuperior, {{"superior", promotion.superior()}});
    } else {
      RETURN_IF_ERROR(superior);
    }
  }
  const absl::CivilDay day = time::ToDay(promotion.start_date());
  const std::optional<v1::Assignment> assignment = AssignmentOn(employee, day);
  if (!assignment) bad.Add("promotion.start_date", kOutsideEmployment, {{"name", employee.name()}, {"date", time::DayText(day)}});
  RETURN_IF_ERROR(bad.status());
  promotion.set_position(path->to_position());
  if (promotion.department().empty()) promotion.set_department(assignment->department());
  ASSIGN_OR_RETURN(
      const std::vector<Promotion> under_way,
      promotions_.Select(tx.sql, "WHERE employee = ? AND state IN ('STATE_PROPOSED', 'STATE_APPROVED')", sql::Bind(employee.name())));
  if (!under_way.empty()) {
    return status::Error(kPromotionUnderWay, {{"employee", employee.name()}, {"promotion", under_way.front().name()}});
  }
  RETURN_IF_ERROR(Judge(tx, *path, employee, promotion));
  promotion.set_state(Promotion::STATE_PROPOSED);
  return absl::OkStatus();
}

absl::Status Promotions::TakePlace(record::Transaction& tx, const Promotion& promotion) const {
  const absl::CivilDay day = time::ToDay(promotion.start_date());
  RETURN_IF_ERROR(headcounts_.Guard(tx, promotion.position(), promotion.department()));
  ASSIGN_OR_RETURN(const v1::ComputeHeadcountResponse headcount,
                   headcounts_.HeadcountOf(tx.sql, promotion.position(), promotion.department(), day));
  if (headcount.to_open() > 0) return absl::OkStatus();
  return status::Error(kHeadcountShort, {{"position", promotion.position()},
                                         {"department", promotion.department()},
                                         {"date", time::DayText(day)},
                                         {"to_open", headcount.to_open()},
                                         {"seats", 1}});
}

absl::StatusOr<Promotion> Promotions::Approve(record::Transaction& tx, const v1::ApprovePromotionRequest& request) {
  // In the order of Create: the person before the promotion.
  ASSIGN_OR_RETURN(const Promotion found, promotions_.Find(tx.sql, request.name()));
  if (!promotions_.Sees(tx.call, found)) return status::NotFound(request.name());
  ASSIGN_OR_RETURN(const v1::Employee employee, employees_.kind().Guard(tx, found.employee()));
  return promotions_.Change(tx, request, kApprovePromotion, [&](Promotion& after) -> absl::Status {
    RETURN_IF_ERROR(approvals_.Check(tx, after.creator(), {after.employee()}));
    ASSIGN_OR_RETURN(const v1::CareerPath path, paths_.kind().Find(tx.sql, after.path()));
    RETURN_IF_ERROR(TakePlace(tx, after));
    RETURN_IF_ERROR(Judge(tx, path, employee, after));
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Promotion> Promotions::Reject(record::Transaction& tx, const v1::RejectPromotionRequest& request) {
  return promotions_.Change(tx, request, "reject", [&](Promotion& after) -> absl::Status {
    RETURN_IF_ERROR(approvals_.Check(tx, after.creator(), {after.employee()}));
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

absl::StatusOr<Promotion> Promotions::CarryOut(record::Transaction& tx, const v1::CarryOutPromotionRequest& request) {
  return promotions_.Change(tx, request, kCarryOut, [&](const Promotion& before, Promotion&) -> absl::Status {
    RETURN_IF_ERROR(leaders_.Check(tx.call, before.employee(), before.creator()));
    v1::TransferEmployeeRequest transfer;
    transfer.set_name(before.employee());
    *transfer.mutable_start_date() = before.start_date();
    transfer.set_position(before.position());
    transfer.set_department(before.department());
    transfer.set_superior(before.superior());
    transfer.set_reason(before.reason());
    return employees_.Assign(tx, transfer).status();
  });
}

absl::StatusOr<Promotion> Promotions::Withdraw(record::Transaction& tx, const v1::WithdrawPromotionRequest& request) {
  return promotions_.Change(tx, request, "withdraw", [&](Promotion& after) -> absl::Status {
    RETURN_IF_ERROR(leaders_.Check(tx.call, after.employee(), after.creator()));
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

absl::Status Promotions::KeepSteps(record::Transaction& tx, const Promotion* before, const Promotion* after) const {
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  if (before != nullptr && before->state() == after->state()) return absl::OkStatus();
  const absl::CivilDay today = policies_.DayOf(tx.call.now);
  switch (after->state()) {
    case Promotion::STATE_PROPOSED: {
      ASSIGN_OR_RETURN(const v1::CareerPolicy policy, policies_.InForce(tx.sql, tx.call.now));
      ASSIGN_OR_RETURN(const std::string approver, approvals_.Approver(tx.sql, after->creator(), today, {after->employee()}));
      return steps_.Open(tx, {after->name(), kApprovePromotion, approver, policies_.EndOf(today + policy.decision_days())});
    }
    case Promotion::STATE_APPROVED:
      RETURN_IF_ERROR(steps_.Done(tx, after->name(), kApprovePromotion));
      return steps_.Open(tx,
                         {after->name(), kCarryOut, after->creator(), policies_.EndOf(std::max(today, time::ToDay(after->start_date())))});
    default:
      return steps_.DoneAll(tx, after->name());
  }
}

void Promotions::Bind(record::Methods& methods) {
  methods.Reads(promotions_);
  methods.Creates(promotions_, this, &Promotions::Create);
  methods.Bind("ApprovePromotion", this, &Promotions::Approve);
  methods.Bind("RejectPromotion", this, &Promotions::Reject);
  methods.Bind("CarryOutPromotion", this, &Promotions::CarryOut);
  methods.Bind("WithdrawPromotion", this, &Promotions::Withdraw);
}

}  // namespace heitie::personnel
