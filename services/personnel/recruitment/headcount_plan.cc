#include "services/personnel/recruitment/headcount_plan.h"

#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::personnel {

const status::Reason kHeadcountPlanExists{absl::StatusCode::kAlreadyExists, "HEADCOUNT_PLAN_EXISTS",
                                          "{plan} is the headcount plan of {position} in {department} already.",
                                          "{department} 的 {position} 已有編制計劃 {plan}。"};
const status::Reason kNotAMonth{absl::StatusCode::kInvalidArgument, "NOT_A_MONTH", "{date} is not the first day of a month.",
                                "{date} 不是月份的第一天。"};
const status::Reason kMonthsOutOfOrder{absl::StatusCode::kInvalidArgument, "MONTHS_OUT_OF_ORDER",
                                       "The month of {date} does not come after that of {before}.",
                                       "{date} 的月份須晚於 {before} 的月份。"};
const status::Reason kPlanVersionFixed{absl::StatusCode::kFailedPrecondition, "PLAN_VERSION_FIXED",
                                       "{name} is submitted or approved and is not changed any more.",
                                       "{name} 已提交或已核准，不可再更改。"};
const status::Reason kHeadcountShort{
    absl::StatusCode::kFailedPrecondition, "HEADCOUNT_SHORT",
    "On {date} the plan leaves {to_open:count} to be opened of {position} in {department}; {seats:count} are asked for.",
    "{date} 當日 {department} 的 {position} 依編制尚可開缺 {to_open:count} 人，請求 {seats:count} 人。"};

namespace {

using v1::HeadcountPlan;
using v1::HeadcountPlanVersion;

constexpr char kOfThePair[] = "WHERE position = ? AND department = ?";

// The posts of an employee, each with its days.
struct HeldPost {
  std::string position, department;
  absl::CivilDay first, last;
  bool operator==(const HeldPost& other) const {
    return std::tie(position, department, first, last) == std::tie(other.position, other.department, other.first, other.last);
  }
};
std::vector<HeldPost> PostsOf(const v1::Employee& employee) {
  std::vector<HeldPost> posts;
  for (const Term& term : TermsOf(employee)) {
    const std::string &position = term.assignment.position(), &department = term.assignment.department();
    if (!posts.empty() && posts.back().position == position && posts.back().department == department) {
      posts.back().last = term.last;
    } else {
      posts.push_back({position, department, term.first, term.last});
    }
  }
  return posts;
}

}  // namespace

absl::Status CheckMonths(const HeadcountPlanVersion& version) {
  status::BadFields bad;
  for (int i = 0; i < version.months_size(); ++i) {
    const std::string field = absl::StrCat("headcount_plan_version.months[", i, "].month");
    const absl::CivilDay month = time::ToDay(version.months(i).month());
    if (month.day() != 1) bad.Add(field, kNotAMonth, {{"date", time::DayText(month)}});
    if (i == 0) continue;
    const absl::CivilDay before = time::ToDay(version.months(i - 1).month());
    if (month <= before) bad.Add(field, kMonthsOutOfOrder, {{"date", time::DayText(month)}, {"before", time::DayText(before)}});
  }
  return bad.status();
}

const record::StateMachine& HeadcountPlanVersionMachine() {
  using V = HeadcountPlanVersion;
  static const auto& machine =
      *new record::StateMachine(V::State_descriptor(), {
                                                           {V::STATE_DRAFT, "submit", V::STATE_SUBMITTED},
                                                           {V::STATE_REJECTED, "submit", V::STATE_SUBMITTED},
                                                           {V::STATE_SUBMITTED, "approve", V::STATE_APPROVED, "by a second person"},
                                                           {V::STATE_SUBMITTED, "reject", V::STATE_REJECTED, "by a second person"},
                                                       });
  return machine;
}

HeadcountPlans::HeadcountPlans(const service::Context& context, const Decisions& decisions, const record::Kind<v1::Position>& positions,
                               Employees& employees)
    : store_(context.store),
      zone_(context.time_zone),
      decisions_(decisions),
      plans_(context.store),
      versions_(context.store, &HeadcountPlanVersionMachine()),
      requisitions_(context.store),
      offers_(context.store),
      promotions_(context.store),
      positions_(positions),
      employees_(employees) {
  employees.Follow([this](record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) -> absl::Status {
    const std::vector<HeldPost> was = before == nullptr ? std::vector<HeldPost>() : PostsOf(*before), is = PostsOf(after);
    if (was == is) return absl::OkStatus();
    std::set<std::pair<std::string, std::string>> pairs;
    for (const auto& posts : {was, is}) {
      for (const HeldPost& post : posts) pairs.emplace(post.position, post.department);
    }
    for (const auto& [position, department] : pairs) RETURN_IF_ERROR(Changed(tx, position, department));
    return absl::OkStatus();
  });
}

absl::Status HeadcountPlans::Changed(record::Transaction& tx, const std::string& position, const std::string& department) const {
  ASSIGN_OR_RETURN(const std::vector<HeadcountPlan> plans, PlanOf(tx.sql, position, department));
  for (const HeadcountPlan& plan : plans) {
    for (const Follow& follow : follows_) RETURN_IF_ERROR(follow(tx, plan.name()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<HeadcountPlan>> HeadcountPlans::PlanOf(sql::Session& session, const std::string& position,
                                                                  const std::string& department) const {
  return plans_.Select(session, kOfThePair, sql::Bind(position, department));
}

absl::Status HeadcountPlans::CreatePlan(record::Transaction& tx, HeadcountPlan& plan) {
  // Plans of a position are made one after the other.
  const absl::Status position = positions_.Guard(tx, plan.position()).status();
  if (absl::IsNotFound(position)) {
    status::BadFields bad;
    bad.Add("headcount_plan.position", kUnknownPosition, {{"position", plan.position()}});
    return bad.status();
  }
  RETURN_IF_ERROR(position);
  ASSIGN_OR_RETURN(const std::vector<HeadcountPlan> present, PlanOf(tx.sql, plan.position(), plan.department()));
  if (present.empty()) return absl::OkStatus();
  return status::Error(kHeadcountPlanExists,
                       {{"plan", present.front().name()}, {"position", plan.position()}, {"department", plan.department()}});
}

absl::Status HeadcountPlans::Create(record::Transaction& tx, HeadcountPlanVersion& version) {
  RETURN_IF_ERROR(plans_.Find(tx.sql, record::ParentOf(version.name())).status());
  version.set_state(HeadcountPlanVersion::STATE_DRAFT);
  version.set_proposer(tx.call.principal.name);
  return CheckMonths(version);
}

absl::Status HeadcountPlans::Update(record::Transaction& tx, const HeadcountPlanVersion& before, HeadcountPlanVersion& after) {
  if (before.state() != HeadcountPlanVersion::STATE_DRAFT && before.state() != HeadcountPlanVersion::STATE_REJECTED)
    return status::Error(kPlanVersionFixed, {{"name", before.name()}});
  after.set_proposer(tx.call.principal.name);
  return CheckMonths(after);
}

absl::StatusOr<HeadcountPlanVersion> HeadcountPlans::Submit(record::Transaction& tx, const v1::SubmitHeadcountPlanVersionRequest& request) {
  return versions_.Change(tx, request, "submit", [&](HeadcountPlanVersion& after) {
    after.clear_state_reason();
    return decisions_.Ask(tx, after.name(), after.proposer());
  });
}

absl::StatusOr<HeadcountPlanVersion> HeadcountPlans::Approve(record::Transaction& tx,
                                                             const v1::ApproveHeadcountPlanVersionRequest& request) {
  const std::string plan = record::ParentOf(request.name());
  RETURN_IF_ERROR(plans_.Guard(tx, plan).status());
  return versions_.Change(tx, request, "approve", [&](HeadcountPlanVersion& after) -> absl::Status {
    RETURN_IF_ERROR(decisions_.Check(tx, after.proposer()));
    int64_t last = 0;
    RETURN_IF_ERROR(tx.sql.Query("SELECT COALESCE(MAX(version), 0) FROM headcount_plan_versions WHERE name > ? AND name < ?",
                                 record::ChildRange(plan, "versions"), [&](const sql::Row& row) { last = row.Int(0); }));
    after.set_version(static_cast<int32_t>(last) + 1);
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    for (const Follow& follow : follows_) RETURN_IF_ERROR(follow(tx, plan));
    return decisions_.Over(tx, after.name());
  });
}

absl::StatusOr<HeadcountPlanVersion> HeadcountPlans::Reject(record::Transaction& tx, const v1::RejectHeadcountPlanVersionRequest& request) {
  return versions_.Change(tx, request, "reject", [&](HeadcountPlanVersion& after) -> absl::Status {
    RETURN_IF_ERROR(decisions_.Check(tx, after.proposer()));
    after.set_state_reason(request.reason());
    after.set_approver(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    return decisions_.Over(tx, after.name());
  });
}

absl::Status HeadcountPlans::Guard(record::Transaction& tx, const std::string& position, const std::string& department) const {
  ASSIGN_OR_RETURN(const std::vector<HeadcountPlan> plans, PlanOf(tx.sql, position, department));
  for (const HeadcountPlan& plan : plans) RETURN_IF_ERROR(plans_.Guard(tx, plan.name()).status());
  return absl::OkStatus();
}

// Employees are read before offers: who is hired meanwhile then counts as an employee alone, and not as an offer as well.
absl::StatusOr<HeadcountFacts> HeadcountPlans::ReadFacts(sql::Session& session, const std::string& position,
                                                         const std::string& department) const {
  HeadcountFacts facts;
  facts.position = position;
  facts.department = department;
  ASSIGN_OR_RETURN(const std::vector<HeadcountPlan> plans, PlanOf(session, position, department));
  for (const HeadcountPlan& plan : plans) {
    ASSIGN_OR_RETURN(facts.versions, versions_.Children(session, plan.name()));
  }
  ASSIGN_OR_RETURN(facts.people, employees_.HoldersOf(session, {position}));
  ASSIGN_OR_RETURN(facts.requisitions, requisitions_.Select(session, kOfThePair, sql::Bind(position, department)));
  ASSIGN_OR_RETURN(facts.offers, offers_.Select(session, kOfThePair, sql::Bind(position, department)));
  ASSIGN_OR_RETURN(facts.promotions, promotions_.Select(session, kOfThePair, sql::Bind(position, department)));
  for (const v1::Offer& offer : facts.offers) {
    if (offer.employee().empty() || facts.people.count(offer.employee()) > 0) continue;
    ASSIGN_OR_RETURN(facts.people[offer.employee()], employees_.kind().Find(session, offer.employee()));
  }
  return facts;
}

absl::StatusOr<v1::ComputeHeadcountResponse> HeadcountPlans::HeadcountOf(sql::Session& session, const std::string& position,
                                                                         const std::string& department, absl::CivilDay day) const {
  ASSIGN_OR_RETURN(const HeadcountFacts facts, ReadFacts(session, position, department));
  return HeadcountOn(facts, day);
}

absl::StatusOr<std::optional<HeadcountShortage>> HeadcountPlans::ShortageOf(sql::Session& session, const HeadcountPlan& plan,
                                                                            absl::CivilDay from, absl::CivilDay to) const {
  ASSIGN_OR_RETURN(const HeadcountFacts facts, ReadFacts(session, plan.position(), plan.department()));
  return ShortageIn(facts, from, to);
}

absl::StatusOr<std::string> HeadcountPlans::ProposerOf(sql::Session& session, const std::string& version) const {
  ASSIGN_OR_RETURN(const HeadcountPlanVersion found, versions_.Find(session, version));
  return found.proposer();
}

absl::Status HeadcountPlans::CheckSeats(record::Transaction& tx, const v1::Requisition& requisition) const {
  const absl::CivilDay day = time::ToDay(requisition.need_date());
  ASSIGN_OR_RETURN(const v1::ComputeHeadcountResponse headcount,
                   HeadcountOf(tx.sql, requisition.position(), requisition.department(), day));
  if (headcount.to_open() >= requisition.seats()) return absl::OkStatus();
  return status::Error(kHeadcountShort, {{"position", requisition.position()},
                                         {"department", requisition.department()},
                                         {"date", time::DayText(day)},
                                         {"to_open", headcount.to_open()},
                                         {"seats", requisition.seats()}});
}

absl::StatusOr<v1::ComputeHeadcountResponse> HeadcountPlans::Compute(const rpc::Call& call, const v1::ComputeHeadcountRequest& request) {
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : absl::ToCivilDay(call.now, zone_);
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeHeadcountResponse> {
    RETURN_IF_ERROR(positions_.Find(session, request.name()).status());
    ASSIGN_OR_RETURN(const HeadcountFacts facts, ReadFacts(session, request.name(), request.department()));
    v1::ComputeHeadcountResponse response = HeadcountOn(facts, day);
    for (v1::HeadcountTerm& term : *response.mutable_terms()) {
      for (const v1::Offer& offer : facts.offers) {
        if (offer.name() != term.offer() || offers_.Sees(call, offer)) continue;
        term.clear_person();
        term.clear_offer();
        term.clear_start_date();
        break;
      }
      for (const v1::Promotion& promotion : facts.promotions) {
        if (promotion.name() != term.promotion() || promotions_.Sees(call, promotion)) continue;
        term.clear_person();
        term.clear_promotion();
        term.clear_start_date();
        break;
      }
    }
    return response;
  });
}

void HeadcountPlans::Bind(record::Methods& methods) {
  methods.Reads(plans_);
  methods.Creates(plans_, this, &HeadcountPlans::CreatePlan);
  methods.Reads(versions_);
  methods.Creates(versions_, this, &HeadcountPlans::Create);
  methods.Updates(versions_, this, &HeadcountPlans::Update);
  methods.Bind("SubmitHeadcountPlanVersion", this, &HeadcountPlans::Submit);
  methods.Bind("ApproveHeadcountPlanVersion", this, &HeadcountPlans::Approve);
  methods.Bind("RejectHeadcountPlanVersion", this, &HeadcountPlans::Reject);
  methods.Bind("ComputeHeadcount", this, &HeadcountPlans::Compute);
}

}  // namespace heitie::personnel
