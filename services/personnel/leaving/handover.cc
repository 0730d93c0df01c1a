#include "services/personnel/leaving/handover.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/event/reactions.h"
#include "common/record/hand_over.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/personnel/leaving/plan.h"

namespace heitie::personnel {
namespace {

bool SameLeaveDate(const v1::Employee& a, const v1::Employee& b) {
  return a.has_leave_date() == b.has_leave_date() && time::ToDay(a.leave_date()) == time::ToDay(b.leave_date());
}

using type::v1::HandoverReport;
using v1::Employee;
using v1::Handover;
using v1::HandoverItem;

const status::Reason kUnknownSuccessor{absl::StatusCode::kInvalidArgument, "UNKNOWN_SUCCESSOR", "There is no employee {successor}.",
                                       "沒有員工 {successor}。"};
const status::Reason kSuccessorLeaves{absl::StatusCode::kInvalidArgument, "SUCCESSOR_LEAVES", "{successor} is the one who leaves.",
                                      "{successor} 即離職者本人。"};
const status::Reason kNotCertified{absl::StatusCode::kInvalidArgument, "NOT_CERTIFIED",
                                   "{successor} holds no certificate of {course} that is valid on {date}.",
                                   "{successor} 於 {date} 沒有 {course} 的有效證書。"};
const status::Reason kRoleMissing{absl::StatusCode::kInvalidArgument, "ROLE_MISSING",
                                  "The position of {successor} on {date} has no {role}.", "{successor} 於 {date} 的職位沒有 {role}。"};
const status::Reason kHandoverOver{absl::StatusCode::kFailedPrecondition, "HANDOVER_OVER",
                                   "{name} is {state}: who takes over what is said before the last day is over.",
                                   "{name} 狀態為 {state}；接手人員須於最後工作日結束前指定。"};
const status::Reason kNotTheRecipient{absl::StatusCode::kPermissionDenied, "NOT_THE_RECIPIENT",
                                      "{name} is decided about by {successor} or a manager.", "{name} 由 {successor} 或經理決定。"};

constexpr char kAdvanceJob[] = "advance-handover";
constexpr char kPlan[] = "plan", kDecideItem[] = "decide", kAssign[] = "assign";
constexpr absl::Duration kMissingInterval = absl::Hours(1);
// Those above whoever leaves who leave as well.
constexpr int kMostLeaders = 20;
// Who has something to hand over: every service with resources of its own.
constexpr std::array<const char*, 6> kServices = {"activity", "metrics", "personnel", "planning", "resource", "risk"};

std::string AdvanceOf(const std::string& handover) { return handover + "/advance"; }

// The item that keeps what a report tells.
std::string ItemOf(const HandoverReport& report) {
  return absl::StrCat(record::HandoverOf(report.employee()), "/items/", record::IdOf(report.name()));
}

bool HoldsOn(const v1::Certificate& certificate, absl::CivilDay day) {
  return time::ToDay(certificate.valid_from()) <= day && (!certificate.has_valid_until() || day <= time::ToDay(certificate.valid_until()));
}

HandoverItem::State StateOf(HandoverReport::Outcome outcome) {
  switch (outcome) {
    case HandoverReport::OUTCOME_UNDECIDED:
      return HandoverItem::STATE_UNDECIDED;
    case HandoverReport::OUTCOME_NOT_MOVED:
      return HandoverItem::STATE_NOT_MOVED;
    default:
      return HandoverItem::STATE_MOVED;
  }
}

}  // namespace

const record::StateMachine& HandoverMachine() {
  static const auto& machine = *new record::StateMachine(
      Handover::State_descriptor(),
      {
          {Handover::STATE_PLANNED, "reschedule", Handover::STATE_PLANNED, "the leave date moves", record::kConsequence},
          {Handover::STATE_DUE, "reschedule", Handover::STATE_PLANNED, "the leave date moves", record::kConsequence},
          {Handover::STATE_COMPLETED, "reschedule", Handover::STATE_PLANNED, "the leave date moves", record::kConsequence},
          {Handover::STATE_WITHDRAWN, "reschedule", Handover::STATE_PLANNED, "there is a leave date again", record::kConsequence},
          {Handover::STATE_PLANNED, "withdraw", Handover::STATE_WITHDRAWN, "the leave date is withdrawn", record::kConsequence},
          {Handover::STATE_DUE, "withdraw", Handover::STATE_WITHDRAWN, "the leave date is withdrawn", record::kConsequence},
          {Handover::STATE_COMPLETED, "withdraw", Handover::STATE_WITHDRAWN, "the leave date is withdrawn", record::kConsequence},
          {Handover::STATE_PLANNED, "advance", Handover::STATE_PLANNED, "an agreed day comes", record::kConsequence},
          {Handover::STATE_PLANNED, "fall_due", Handover::STATE_DUE, "the last day is over", record::kConsequence},
          {Handover::STATE_DUE, "finish_part", Handover::STATE_DUE, "a service has nothing left", record::kConsequence},
          {Handover::STATE_DUE, "complete", Handover::STATE_COMPLETED, "no service has anything left", record::kConsequence},
      });
  return machine;
}

const record::StateMachine& HandoverItemMachine() {
  static const auto& machine = *new record::StateMachine(
      HandoverItem::State_descriptor(),
      {
          {HandoverItem::STATE_UNDECIDED, "settle", HandoverItem::STATE_SETTLED},
          {HandoverItem::STATE_NOT_MOVED, "move", HandoverItem::STATE_MOVED, "somebody could have it", record::kConsequence},
          {HandoverItem::STATE_NOT_MOVED, "leave_undecided", HandoverItem::STATE_UNDECIDED, "the fallback could have it",
           record::kConsequence},
      });
  return machine;
}

Handovers::Handovers(const service::Context& context, Employees& employees, const record::Kind<v1::Position>& positions,
                     const Certificates& certificates, const Steps& steps, const HandoverPolicies& policies)
    : store_(context.store),
      zone_(context.time_zone),
      employees_(employees),
      positions_(positions),
      certificates_(certificates),
      steps_(steps),
      policies_(policies),
      handovers_(context.store, &HandoverMachine()),
      items_(context.store, &HandoverItemMachine()) {
  const record::Rule seen = record::Own("employee") || record::Own("successor") || record::Among("employee", employees.teams().Below()) ||
                            record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
  record::Rule followed = seen;
  for (const char* service : kServices) followed = followed || record::IsService(service);
  handovers_.RestrictRows(followed);
  // What nobody was named for may be the sign of a risk.
  items_.RestrictRows(seen || record::IsService("risk"));
  handovers_.SetFollow([this](record::Transaction& tx, const Handover*, const Handover* after) {
    return after == nullptr ? absl::OkStatus() : Follow(tx, *after);
  });
  handovers_.SetPassing([](record::Transaction&, const type::v1::HandOverRequest& request, const Handover& before, Handover& after) {
    // Nobody takes over from themself.
    if (request.successor() != before.employee()) return absl::OkStatus();
    if (after.successor() == before.employee()) after.clear_successor();
    auto* all = after.mutable_successions();
    all->erase(std::remove_if(all->begin(), all->end(), [&](const v1::Succession& s) { return s.successor() == before.employee(); }),
               all->end());
    return absl::OkStatus();
  });
  employees.Follow([this](record::Transaction& tx, const Employee* before, const Employee& after) {
    return before == nullptr || SameLeaveDate(*before, after) ? absl::OkStatus() : OnLeaveDate(tx, after);
  });
  context.store.owners().report = [this](record::Transaction& tx, const HandoverReport& report) {
    event::Change<HandoverReport> change;
    change.occur_time = tx.call.now;
    change.after = report;
    return TakeReports(tx, {change});
  };
  for (const std::string service : kServices) {
    if (service == "personnel") continue;
    event::Reactions reactions(context, service, absl::StrCat("handover-reports-", service));
    reactions.OnTogether<HandoverReport>([this](const rpc::Call& call, const std::vector<event::Change<HandoverReport>>& changes) {
      return store_.Write(call, [&](record::Transaction& tx) { return TakeReports(tx, changes); });
    });
  }
  context.jobs.Handle(kAdvanceJob, [this](const rpc::Call& call, const job::Job& job) { return Advance(call, job); });
  context.jobs.Recur("open-handovers", kMissingInterval, [this](const rpc::Call& call, const job::Job&) { return OpenMissing(call); });
}

absl::StatusOr<std::string> Handovers::FallbackFor(sql::Session& session, const Employee& employee, absl::CivilDay leave,
                                                   absl::CivilDay today) const {
  const absl::CivilDay day = std::max(leave + 1, today);
  std::set<std::string> passed = {employee.name()};
  std::string at = employee.name();
  for (int i = 0; i < kMostLeaders; ++i) {
    ASSIGN_OR_RETURN(const std::optional<Superior> superior, employees_.LeaderOf(session, at, leave));
    if (!superior || !passed.insert(superior->name).second) break;
    ASSIGN_OR_RETURN(const Employee leader, employees_.kind().Find(session, superior->name));
    if (EmployedOn(leader, day)) return superior->name;
    at = superior->name;
  }
  const std::optional<v1::Assignment> assignment = AssignmentOn(employee, leave);
  if (!assignment) return "";
  return employees_.ManagerOf(session, assignment->department(), day, passed);
}

absl::Status Handovers::ShowDay(record::Transaction& tx, Handover& handover, const Employee& employee) {
  const absl::CivilDay today = DayOf(tx.call.now), leave = time::ToDay(handover.leave_date());
  ShowInForce(handover, today);
  ASSIGN_OR_RETURN(*handover.mutable_fallback(), FallbackFor(tx.sql, employee, leave, today));
  if (today <= leave) return absl::OkStatus();
  RETURN_IF_ERROR(handovers_.Advance(handover, "fall_due"));
  *handover.mutable_due_time() = time::ToTimestamp(tx.call.now);
  return absl::OkStatus();
}

absl::Status Handovers::OnLeaveDate(record::Transaction& tx, const Employee& employee) {
  const std::string name = record::HandoverOf(employee.name());
  const absl::StatusOr<Handover> before = handovers_.Lock(tx, name);
  if (absl::IsNotFound(before.status())) {
    if (!employee.has_leave_date()) return absl::OkStatus();
    Handover handover;
    handover.set_name(name);
    handover.set_employee(employee.name());
    *handover.mutable_leave_date() = employee.leave_date();
    handover.set_state(Handover::STATE_PLANNED);
    RETURN_IF_ERROR(ShowDay(tx, handover, employee));
    return handovers_.Insert(tx, handover, "create");
  }
  RETURN_IF_ERROR(before.status());
  Handover after = *before;
  const char* verb = employee.has_leave_date() ? "reschedule" : "withdraw";
  if (!employee.has_leave_date() && before->state() == Handover::STATE_WITHDRAWN) return absl::OkStatus();
  RETURN_IF_ERROR(handovers_.Advance(after, verb));
  after.clear_due_time();
  after.clear_finished_services();
  if (employee.has_leave_date()) {
    *after.mutable_leave_date() = employee.leave_date();
    RETURN_IF_ERROR(ShowDay(tx, after, employee));
  }
  return handovers_.Update(tx, *before, after, verb);
}

absl::Status Handovers::Follow(record::Transaction& tx, const Handover& after) {
  if (after.state() != Handover::STATE_PLANNED) {
    RETURN_IF_ERROR(job::Cancel(tx, AdvanceOf(after.name())));
    return steps_.Done(tx, after.name(), kPlan);
  }
  const std::optional<absl::CivilDay> next = NextDay(after, DayOf(tx.call.now));
  if (next) RETURN_IF_ERROR(job::Schedule(tx, {AdvanceOf(after.name()), kAdvanceJob, after.name(), BeginOf(*next)}));
  if (!after.successor().empty()) return steps_.Done(tx, after.name(), kPlan);
  ASSIGN_OR_RETURN(const v1::HandoverPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  const absl::Time due = BeginOf(time::ToDay(after.leave_date())) - absl::Hours(policy.plan_hours());
  return steps_.Open(tx, {after.name(), kPlan, after.fallback(), due});
}

job::Outcome Handovers::Advance(const rpc::Call& call, const job::Job& job) {
  absl::Time again = absl::InfiniteFuture();
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteFuture();
    const absl::StatusOr<Handover> before = handovers_.Lock(tx, job.payload);
    if (absl::IsNotFound(before.status())) return absl::OkStatus();
    RETURN_IF_ERROR(before.status());
    if (before->state() != Handover::STATE_PLANNED) return absl::OkStatus();
    Handover after = *before;
    ASSIGN_OR_RETURN(const Employee employee, employees_.kind().Find(tx.sql, before->employee()));
    RETURN_IF_ERROR(ShowDay(tx, after, employee));
    const bool due = after.state() == Handover::STATE_DUE;
    if (const std::optional<absl::CivilDay> next = NextDay(after, DayOf(call.now)); next && !due) again = BeginOf(*next);
    return handovers_.Update(tx, *before, after, due ? "fall_due" : "advance");
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

job::Outcome Handovers::OpenMissing(const rpc::Call& call) {
  const absl::StatusOr<std::vector<Employee>> missing = store_.Read(call, [&](sql::Session& session) {
    return employees_.kind().Select(session,
                                    "WHERE leave_date IS NOT NULL AND NOT EXISTS (SELECT 1 FROM handovers WHERE handovers.employee = "
                                    "employees.name) ORDER BY leave_date, name LIMIT 100",
                                    {});
  });
  if (!missing.ok()) return job::Outcome::Failed(missing.status());
  absl::Status failure;
  for (const Employee& found : *missing) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Employee employee, employees_.kind().Lock(tx, found.name()));
      return OnLeaveDate(tx, employee);
    }));
  }
  if (!failure.ok()) return job::Outcome::Failed(failure);
  return missing->size() < 100 ? job::Outcome::Done() : job::Outcome::Again(call.now);
}

absl::Status Handovers::CheckSuccessor(record::Transaction& tx, const Handover& handover, const std::string& path,
                                       const v1::Succession& succession, status::BadFields& bad) const {
  const std::string& successor = succession.successor();
  const std::string field = path + ".successor";
  if (successor == handover.employee()) {
    bad.Add(field, kSuccessorLeaves, {{"successor", successor}});
    return absl::OkStatus();
  }
  const absl::StatusOr<Employee> employee = employees_.kind().Find(tx.sql, successor);
  if (absl::IsNotFound(employee.status())) {
    bad.Add(field, kUnknownSuccessor, {{"successor", successor}});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(employee.status());
  const absl::CivilDay leave = time::ToDay(handover.leave_date());
  const absl::CivilDay day = std::max(MoveDayOf(succession, leave), DayOf(tx.call.now));
  const std::string date = time::DayText(day);
  for (const absl::CivilDay employed : {day, std::max(day, leave + 1)}) {
    if (EmployedOn(*employee, employed)) continue;
    bad.Add(field, kOutsideEmployment, {{"name", successor}, {"date", time::DayText(employed)}});
    break;
  }
  if (!succession.required_courses().empty()) {
    ASSIGN_OR_RETURN(const std::vector<v1::Certificate> certificates, certificates_.IssuedTo(tx.sql, successor));
    for (const std::string& course : succession.required_courses()) {
      const bool held = std::any_of(certificates.begin(), certificates.end(),
                                    [&](const v1::Certificate& c) { return c.course() == course && HoldsOn(c, day); });
      if (!held) bad.Add(field, kNotCertified, {{"successor", successor}, {"course", course}, {"date", date}});
    }
  }
  const std::optional<v1::Assignment> assignment = AssignmentOn(*employee, day);
  if (succession.required_roles().empty() || !assignment) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Position position, positions_.Find(tx.sql, assignment->position()));
  for (const int role : succession.required_roles()) {
    if (std::find(position.roles().begin(), position.roles().end(), role) == position.roles().end())
      bad.Add(field, kRoleMissing, {{"successor", successor}, {"role", options::v1::Role_Name(role)}, {"date", date}});
  }
  return absl::OkStatus();
}

absl::Status Handovers::Update(record::Transaction& tx, const Handover& before, Handover& after) {
  if (before.state() != Handover::STATE_PLANNED) {
    return status::Error(kHandoverOver, {{"name", before.name()}, {"state", Handover::State_Name(before.state()).substr(6)}});
  }
  status::BadFields bad;
  CheckForm(after, bad);
  for (int i = 0; i < after.successions_size(); ++i)
    RETURN_IF_ERROR(CheckSuccessor(tx, after, absl::StrCat("handover.successions[", i, "]"), after.successions(i), bad));
  if (!after.successor().empty()) {
    v1::Succession whole;
    whole.set_successor(after.successor());
    RETURN_IF_ERROR(CheckSuccessor(tx, after, "handover", whole, bad));
  }
  RETURN_IF_ERROR(bad.status());
  ShowInForce(after, DayOf(tx.call.now));
  return absl::OkStatus();
}

absl::Status Handovers::TakeFinish(record::Transaction& tx, const std::string& handover, const std::string& service) {
  ASSIGN_OR_RETURN(const Handover before, handovers_.Lock(tx, handover));
  const auto& finished = before.finished_services();
  if (before.state() != Handover::STATE_DUE || std::find(finished.begin(), finished.end(), service) != finished.end())
    return absl::OkStatus();
  Handover after = before;
  after.add_finished_services(service);
  const bool all = std::all_of(kServices.begin(), kServices.end(), [&](const char* s) {
    return std::find(after.finished_services().begin(), after.finished_services().end(), s) != after.finished_services().end();
  });
  const char* verb = all ? "complete" : "finish_part";
  RETURN_IF_ERROR(handovers_.Advance(after, verb));
  return handovers_.Update(tx, before, after, verb);
}

absl::Status Handovers::TakeReports(record::Transaction& tx, const std::vector<event::Change<HandoverReport>>& reports) {
  Read read;
  std::set<std::string> items;
  for (const auto& report : reports) {
    const std::string handover = record::HandoverOf(report.latest().employee());
    if (report.latest().outcome() != HandoverReport::OUTCOME_NOTHING_LEFT) items.insert(ItemOf(report.latest()));
    if (read.handovers.count(handover) > 0) continue;
    // A manager may hand over what somebody holds who does not leave.
    const absl::StatusOr<Handover> found = handovers_.Find(tx.sql, handover);
    if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
    if (found.ok()) read.handovers[handover] = *found;
  }
  if (!read.handovers.empty() && !items.empty()) {
    // Powers of two keep the number of prepared statements small.
    size_t places = 1;
    while (places < items.size()) places *= 2;
    sql::Values names(items.begin(), items.end());
    names.resize(places, names.back());
    ASSIGN_OR_RETURN(const std::vector<HandoverItem> found,
                     items_.Select(tx.sql, absl::StrCat("WHERE name IN (", sql::Placeholders(places), ") FOR UPDATE"), names));
    for (const HandoverItem& item : found) read.items[item.name()] = item;
  }
  for (const auto& report : reports) RETURN_IF_ERROR(TakeReport(tx, report.latest(), report.occur_time, read));
  return absl::OkStatus();
}

absl::Status Handovers::TakeReport(record::Transaction& tx, const HandoverReport& report, absl::Time at, Read& read) {
  const std::string handover = record::HandoverOf(report.employee());
  const auto plan = read.handovers.find(handover);
  if (plan == read.handovers.end()) return absl::OkStatus();
  if (report.outcome() == HandoverReport::OUTCOME_NOTHING_LEFT) return TakeFinish(tx, handover, report.service());
  const std::string name = ItemOf(report);
  const auto known = read.items.find(name);
  const std::optional<HandoverItem> before = known == read.items.end() ? std::nullopt : std::optional(known->second);
  // A report that comes again, or after a later one.
  if (before && time::ToTime(before->move_time()) >= at) return absl::OkStatus();
  HandoverItem item = before ? *before : HandoverItem();
  item.set_name(name);
  item.set_service(report.service());
  *item.mutable_holding() = report.holding();
  item.set_employee(report.employee());
  item.set_successor(report.successor());
  item.set_state(StateOf(report.outcome()));
  item.set_reason(report.reason());
  item.set_error(report.error());
  *item.mutable_move_time() = time::ToTimestamp(at);
  item.clear_decision();
  const bool undecided = item.state() == HandoverItem::STATE_UNDECIDED;
  if (undecided && !read.policy) {
    ASSIGN_OR_RETURN(read.policy, policies_.InForce(tx.sql, at));
  }
  item.set_policy(undecided ? read.policy->name() : "");
  RETURN_IF_ERROR(before ? items_.Update(tx, *before, item, "report") : items_.Insert(tx, item, "report"));
  read.items[name] = item;
  switch (item.state()) {
    case HandoverItem::STATE_UNDECIDED:
      RETURN_IF_ERROR(steps_.Done(tx, name, kAssign));
      return steps_.Open(tx, {name, kDecideItem, item.successor(), at + absl::Hours(read.policy->decision_hours())});
    case HandoverItem::STATE_NOT_MOVED:
      return steps_.Open(tx, {name, kAssign, plan->second.fallback(), at});
    default:
      return before ? steps_.DoneAll(tx, name) : absl::OkStatus();
  }
}

absl::StatusOr<HandoverItem> Handovers::Settle(record::Transaction& tx, const v1::SettleHandoverItemRequest& request) {
  return items_.Change(tx, request, "settle", [&](const HandoverItem& before, HandoverItem& after) -> absl::Status {
    const rpc::Principal& who = tx.call.principal;
    if (who.name != before.successor() && !who.Has(options::v1::ROLE_OPERATIONS_MANAGER))
      return status::Error(kNotTheRecipient, {{"name", before.name()}, {"successor", before.successor()}});
    after.set_decision(request.decision());
    return steps_.Done(tx, before.name(), kDecideItem);
  });
}

void Handovers::Bind(record::Methods& methods) {
  methods.Reads(handovers_);
  methods.Updates(handovers_, this, &Handovers::Update);
  methods.Reads(items_);
  methods.Bind("SettleHandoverItem", this, &Handovers::Settle);
}

}  // namespace heitie::personnel
