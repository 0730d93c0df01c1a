#include "services/activity/launch/launch_gate.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/figure.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "heitie/type/v1/fact.pb.h"

namespace heitie::activity {

using status::Args;
using status::Language;
using status::Reason;
using v1::PreconditionVerdict;

#define HEITIE_GATE_REASON(symbol, id, en, zh_tw, zh_cn) \
  const Reason symbol { absl::StatusCode::kFailedPrecondition, id, en, zh_tw, zh_cn }

HEITIE_GATE_REASON(kPlanNotApproved, "PLAN_NOT_APPROVED", "{project} is not approved: it is {state}.",
                   "{project} 尚未批准，狀態為 {state}。", "{project} 尚未批准，状态为 {state}。");
HEITIE_GATE_REASON(kSchemeNotApproved, "SCHEME_NOT_APPROVED", "{scheme} is not the approved scheme: it is {state}.",
                   "{scheme} 不是已批准的實施方案，狀態為 {state}。", "{scheme} 不是已批准的实施方案，状态为 {state}。");
HEITIE_GATE_REASON(kSchemeOfOtherProject, "SCHEME_OF_OTHER_PROJECT", "{scheme} is not a scheme of {project}.",
                   "{scheme} 不屬於 {project}。", "{scheme} 不属于 {project}。");
HEITIE_GATE_REASON(kScheduleNotBegun, "SCHEDULE_NOT_BEGUN", "The activity is planned to start at {start}, not earlier.",
                   "活動計劃於 {start} 開始，不得提前。", "活动计划于 {start} 开始，不得提前。");
HEITIE_GATE_REASON(kScheduleOver, "SCHEDULE_OVER", "The activity was planned to end at {end}.", "活動計劃已於 {end} 結束。",
                   "活动计划已于 {end} 结束。");
HEITIE_GATE_REASON(kBudgetNotApproved, "BUDGET_NOT_APPROVED", "{budget} is not approved: it is {state}.",
                   "{budget} 尚未批准，狀態為 {state}。", "{budget} 尚未批准，状态为 {state}。");
HEITIE_GATE_REASON(kOutsideBudgetPeriod, "OUTSIDE_BUDGET_PERIOD", "{day} is outside the period of {budget}, which is {start} to {end}.",
                   "{day} 不在 {budget} 的期間（{start} 至 {end}）之內。", "{day} 不在 {budget} 的期间（{start} 至 {end}）之内。");
HEITIE_GATE_REASON(kBudgetShort, "BUDGET_SHORT", "{budget}: {available:money} is available, {asked:money} is needed.",
                   "{budget}：可用 {available:money}，需要 {asked:money}。", "{budget}：可用 {available:money}，需要 {asked:money}。");
HEITIE_GATE_REASON(kBudgetNotCommitted, "BUDGET_NOT_COMMITTED", "The {asked:money} that {activity} needs is not committed.",
                   "{activity} 所需的 {asked:money} 尚未承付。", "{activity} 所需的 {asked:money} 尚未承付。");
HEITIE_GATE_REASON(kStockShort, "STOCK_SHORT", "Stock is short: {items}.", "庫存不足：{items}。", "库存不足：{items}。");
HEITIE_GATE_REASON(kMaterialsNotReserved, "MATERIALS_NOT_RESERVED", "These materials are not reserved: {items}.",
                   "以下物資尚未預留：{items}。", "以下物资尚未预留：{items}。");
HEITIE_GATE_REASON(kStaffMissing, "STAFF_MISSING", "{activity} has no staff.", "{activity} 沒有工作人員。", "{activity} 没有工作人员。");
HEITIE_GATE_REASON(kStaffNotQualified, "STAFF_NOT_QUALIFIED", "Not qualified on the days of the activity: {employees}.",
                   "活動期間不具資格：{employees}。", "活动期间不具资格：{employees}。");
HEITIE_GATE_REASON(kRisksOpen, "RISKS_OPEN", "Risks stand against it: {risks}.", "存在阻礙上線的風險：{risks}。",
                   "存在阻碍上线的风险：{risks}。");
HEITIE_GATE_REASON(kPreparationMissing, "PREPARATION_MISSING", "{activity} has no preparation items.", "{activity} 沒有籌備項目。",
                   "{activity} 没有筹备项目。");
HEITIE_GATE_REASON(kPreparationOpen, "PREPARATION_OPEN", "Not prepared yet: {items}.", "尚未完成籌備：{items}。",
                   "尚未完成筹备：{items}。");
HEITIE_GATE_REASON(kSupportNotAccepted, "SUPPORT_NOT_ACCEPTED", "Support is not accepted by: {departments}.",
                   "尚未獲得以下部門的支援承諾：{departments}。", "尚未获得以下部门的支援承诺：{departments}。");
HEITIE_GATE_REASON(kFactsUnknown, "FACTS_UNKNOWN", "The {service} service could not be asked: {why}", "無法查詢 {service} 服務：{why}",
                   "无法查询 {service} 服务：{why}");
HEITIE_GATE_REASON(kFactsRefused, "FACTS_REFUSED", "The {service} service refused: {why}", "{service} 服務拒絕：{why}",
                   "{service} 服务拒绝：{why}");
HEITIE_GATE_REASON(kLaunchTimedOut, "LAUNCH_TIMED_OUT", "The launch was not finished in time; it stopped at {step}.",
                   "上線未能及時完成，停在 {step}。", "上线未能及时完成，停在 {step}。");
HEITIE_GATE_REASON(kLaunchGateClosed, "LAUNCH_GATE_CLOSED", "{activity} may not be live: {preconditions}.",
                   "{activity} 不可上線：{preconditions}。", "{activity} 不可上线：{preconditions}。");
HEITIE_GATE_REASON(kNotPrepared, "NOT_PREPARED", "{activity} is not prepared: {preconditions}.",
                   "{activity} 尚未籌備完成：{preconditions}。", "{activity} 尚未筹备完成：{preconditions}。");

const Reason kFactsMissing{absl::StatusCode::kUnavailable, "FACTS_MISSING",
                           "Whether {activity} may be live cannot be told at present: {services} cannot be asked.",
                           "目前無法判斷 {activity} 可否上線：無法查詢 {services} 服務。",
                           "目前无法判断 {activity} 可否上线：无法查询 {services} 服务。"};

#undef HEITIE_GATE_REASON

namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

const Reason* const kReasons[] = {
    &kPlanNotApproved, &kSchemeNotApproved,   &kSchemeOfOtherProject, &kScheduleNotBegun,     &kScheduleOver, &kBudgetNotApproved,
    &kBudgetShort,     &kBudgetNotCommitted,  &kStockShort,           &kMaterialsNotReserved, &kStaffMissing, &kStaffNotQualified,
    &kRisksOpen,       &kPreparationMissing,  &kPreparationOpen,      &kSupportNotAccepted,   &kFactsUnknown, &kFactsRefused,
    &kLaunchTimedOut,  &kOutsideBudgetPeriod,
};

const Reason& ReasonById(const std::string& id) {
  for (const Reason* reason : kReasons) {
    if (id == reason->id) return *reason;
  }
  return kFactsUnknown;
}

// "PRECONDITION_BUDGET" → "BUDGET"; the same for states.
std::string Bare(const std::string& enum_name, const std::string& prefix) { return enum_name.substr(prefix.size()); }

// Builds one verdict. Everything that Judge's parts need to say goes through it.
class Verdict {
 public:
  Verdict(v1::Precondition precondition, Language language) : language_(language) { proto_.set_precondition(precondition); }

  void Fact(const std::string& subject, const std::string& version, const std::string& statement) {
    type::v1::Fact* fact = proto_.add_facts();
    fact->set_subject(subject);
    fact->set_version(version);
    fact->set_statement(statement);
  }
  void Fact(const type::v1::Fact& fact) { *proto_.add_facts() = fact; }

  PreconditionVerdict Met() {
    proto_.set_verdict(v1::VERDICT_MET);
    return std::move(proto_);
  }
  PreconditionVerdict Unmet(const Reason& reason, const Args& args) { return Fails(v1::VERDICT_UNMET, reason, args); }
  // What an error of the service that was asked means.
  PreconditionVerdict Failed(const char* service, const absl::Status& status) {
    const std::string why(status.message().data(), status.message().size());
    const Args args = {{"service", service}, {"why", why}};
    if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) return Fails(v1::VERDICT_UNMET, kFactsRefused, args);
    return Fails(v1::VERDICT_UNKNOWN, kFactsUnknown, args);
  }

 private:
  PreconditionVerdict Fails(v1::Verdict verdict, const Reason& reason, const Args& args) {
    proto_.set_verdict(verdict);
    proto_.set_reason(reason.id);
    proto_.set_sentence(status::Sentence(reason, args, language_));
    for (const status::Arg& arg : args) (*proto_.mutable_arguments())[arg.name] = arg.value;
    return std::move(proto_);
  }

  Language language_;
  PreconditionVerdict proto_;
};

PreconditionVerdict JudgePlan(const GateFacts& facts, Verdict verdict) {
  const v1::Activity& activity = facts.activity;
  if (!facts.project.ok()) return verdict.Failed("planning", facts.project.status());
  if (!facts.scheme.ok()) return verdict.Failed("planning", facts.scheme.status());
  const auto& project = *facts.project;
  const auto& scheme = *facts.scheme;
  const std::string project_state = Bare(planning::v1::Project::State_Name(project.state()), "STATE_");
  const std::string scheme_state = Bare(planning::v1::Scheme::State_Name(scheme.state()), "STATE_");
  verdict.Fact(project.name(), project.etag(),
               project.approved_baseline().empty() ? project_state : absl::StrCat(project_state, " as in ", project.approved_baseline()));
  verdict.Fact(scheme.name(), scheme.etag(), scheme_state);
  if (project.state() != planning::v1::Project::STATE_APPROVED) {
    return verdict.Unmet(kPlanNotApproved, {{"project", project.name()}, {"state", project_state}});
  }
  if (activity.scheme().rfind(activity.project() + "/", 0) != 0) {
    return verdict.Unmet(kSchemeOfOtherProject, {{"scheme", activity.scheme()}, {"project", activity.project()}});
  }
  if (scheme.state() != planning::v1::Scheme::STATE_APPROVED) {
    return verdict.Unmet(kSchemeNotApproved, {{"scheme", scheme.name()}, {"state", scheme_state}});
  }
  return verdict.Met();
}

PreconditionVerdict JudgeSchedule(const GateFacts& facts, Verdict verdict) {
  const v1::Activity& activity = facts.activity;
  const std::string start = time::LocalText(time::ToTime(activity.start_time()), activity.time_zone());
  const std::string end = time::LocalText(time::ToTime(activity.end_time()), activity.time_zone());
  verdict.Fact(activity.name(), activity.etag(), absl::StrCat("planned from ", start, " to ", end));
  if (facts.moment < time::ToTime(activity.start_time())) return verdict.Unmet(kScheduleNotBegun, {{"start", start}});
  if (facts.moment >= time::ToTime(activity.end_time())) return verdict.Unmet(kScheduleOver, {{"end", end}});
  return verdict.Met();
}

// Money that was taken for the activity counts by what is held of it, whatever the budget has left.
PreconditionVerdict JudgeEncumbrance(const GateFacts& facts, Verdict verdict) {
  if (!facts.encumbrance->ok()) return verdict.Failed("resource", facts.encumbrance->status());
  const resource::v1::Encumbrance& taken = **facts.encumbrance;
  const int64_t asked = facts.activity.budget_amount_minor();
  const bool launched = IsLaunched(facts.activity);
  const int64_t held = taken.committed_minor() + taken.actual_minor() + (launched ? 0 : taken.pre_committed_minor());
  verdict.Fact(taken.name(), taken.etag(),
               absl::StrCat("holds ", text::Money(held, taken.currency_code()), ", needed ", text::Money(asked, taken.currency_code())));
  if (held >= asked) return verdict.Met();
  return verdict.Unmet(kBudgetNotCommitted, {{"activity", facts.activity.name()}, {"asked", asked}, {"currency", taken.currency_code()}});
}

PreconditionVerdict JudgeBudget(const GateFacts& facts, Verdict verdict) {
  const v1::Activity& activity = facts.activity;
  const int64_t asked = activity.budget_amount_minor();
  if (!NeedsMoney(activity)) {
    verdict.Fact(activity.name(), activity.etag(), "costs nothing");
    return verdict.Met();
  }
  if (facts.encumbrance.has_value()) return JudgeEncumbrance(facts, std::move(verdict));
  if (!facts.budget.ok()) return verdict.Failed("resource", facts.budget.status());
  const resource::v1::Budget& budget = *facts.budget;
  const std::string& currency = budget.currency_code();
  verdict.Fact(budget.name(), budget.etag(),
               absl::StrCat("available ", text::Money(budget.available_minor(), currency), ", needed ", text::Money(asked, currency)));
  if (IsLaunched(activity)) {
    return verdict.Unmet(kBudgetNotCommitted, {{"activity", activity.name()}, {"asked", asked}, {"currency", currency}});
  }
  if (budget.state() != resource::v1::Budget::STATE_APPROVED) {
    return verdict.Unmet(kBudgetNotApproved,
                         {{"budget", budget.name()}, {"state", Bare(resource::v1::Budget::State_Name(budget.state()), "STATE_")}});
  }
  const absl::CivilDay start = time::ToDay(budget.start_date()), end = time::ToDay(budget.end_date());
  if (facts.business_day < start || facts.business_day > end) {
    return verdict.Unmet(kOutsideBudgetPeriod, {{"budget", budget.name()},
                                                {"day", time::DayText(facts.business_day)},
                                                {"start", time::DayText(start)},
                                                {"end", time::DayText(end)}});
  }
  if (budget.available_minor() < asked) {
    return verdict.Unmet(kBudgetShort,
                         {{"budget", budget.name()}, {"available", budget.available_minor()}, {"asked", asked}, {"currency", currency}});
  }
  return verdict.Met();
}

// Stock that was reserved for the activity counts line by line: reserved less released, whether issued meanwhile or not.
PreconditionVerdict JudgeReservation(const GateFacts& facts, Verdict verdict) {
  if (!facts.reservation->ok()) return verdict.Failed("resource", facts.reservation->status());
  const resource::v1::Reservation& reservation = **facts.reservation;
  std::map<std::string, int64_t> held;
  for (const auto& line : reservation.lines()) held[line.item()] += line.quantity() - line.released_quantity();
  std::vector<std::string> missing;
  for (const auto& line : facts.activity.bill_of_materials()) {
    if (held[line.item()] < line.quantity()) missing.push_back(line.item());
  }
  verdict.Fact(reservation.name(), reservation.etag(), Bare(resource::v1::Reservation::State_Name(reservation.state()), "STATE_"));
  const bool fleeting = IsLaunched(facts.activity) && reservation.state() == resource::v1::Reservation::STATE_HELD;
  if (missing.empty() && !fleeting) return verdict.Met();
  return verdict.Unmet(kMaterialsNotReserved, {{"items", missing.empty() ? reservation.name() : absl::StrJoin(missing, ", ")}});
}

PreconditionVerdict JudgeMaterials(const GateFacts& facts, Verdict verdict) {
  const v1::Activity& activity = facts.activity;
  if (!NeedsMaterials(activity)) {
    verdict.Fact(activity.name(), activity.etag(), "needs no materials");
    return verdict.Met();
  }
  if (facts.reservation.has_value()) return JudgeReservation(facts, std::move(verdict));
  if (IsLaunched(activity)) {
    std::vector<std::string> items;
    for (const auto& line : activity.bill_of_materials()) items.push_back(line.item());
    return verdict.Unmet(kMaterialsNotReserved, {{"items", absl::StrJoin(items, ", ")}});
  }
  if (!facts.stock.ok()) return verdict.Failed("resource", facts.stock.status());
  std::vector<std::string> short_items;
  for (const auto& line : facts.stock->lines()) {
    const std::string statement = absl::StrCat("available ", line.available(), ", needed ", line.quantity());
    verdict.Fact(line.item(), line.etag(), statement);
    if (line.available() < line.quantity()) short_items.push_back(absl::StrCat(line.item(), " (", statement, ")"));
  }
  if (short_items.empty()) return verdict.Met();
  return verdict.Unmet(kStockShort, {{"items", absl::StrJoin(short_items, ", ")}});
}

PreconditionVerdict JudgeStaff(const GateFacts& facts, Verdict verdict) {
  const v1::Activity& activity = facts.activity;
  if (!HasStaff(activity)) {
    verdict.Fact(activity.name(), activity.etag(), "no staff");
    return verdict.Unmet(kStaffMissing, {{"activity", activity.name()}});
  }
  if (!facts.qualification.ok()) return verdict.Failed("personnel", facts.qualification.status());
  std::map<std::string, bool> qualified;
  std::vector<std::string> unqualified;
  for (const auto& employee : facts.qualification->employees()) {
    qualified[employee.employee()] = employee.qualified();
    for (const auto& fact : employee.facts()) verdict.Fact(fact);
    if (employee.qualified()) continue;
    std::vector<std::string> why;
    for (const auto& disqualification : employee.disqualifications()) why.push_back(disqualification.statement());
    unqualified.push_back(absl::StrCat(employee.employee(), " (", absl::StrJoin(why, "; "), ")"));
  }
  // An employee of whom the answer does not tell is not qualified.
  for (const auto& assignment : activity.staff()) {
    if (qualified.count(assignment.employee()) == 0) unqualified.push_back(assignment.employee());
  }
  if (unqualified.empty()) return verdict.Met();
  return verdict.Unmet(kStaffNotQualified, {{"employees", absl::StrJoin(unqualified, ", ")}});
}

PreconditionVerdict JudgeRisks(const GateFacts& facts, Verdict verdict) {
  if (!facts.risks.ok()) return verdict.Failed("risk", facts.risks.status());
  std::vector<std::string> blocking;
  for (const auto& risk : facts.risks->risks()) {
    verdict.Fact(risk.fact());
    if (!risk.blocking()) continue;
    const std::string why = Bare(risk::v1::RiskSummary::Blocking_Name(risk.blocking_reason()), "BLOCKING_");
    blocking.push_back(absl::StrCat(risk.risk(), " \"", risk.title(), "\" (", why, ")"));
  }
  if (facts.risks->risks().empty()) {
    verdict.Fact(facts.activity.name(), facts.activity.etag(), "no open risk is recorded on the activity or its project");
  }
  if (blocking.empty()) return verdict.Met();
  return verdict.Unmet(kRisksOpen, {{"risks", absl::StrJoin(blocking, ", ")}});
}

PreconditionVerdict JudgeItems(const GateFacts& facts, Verdict verdict) {
  std::vector<std::string> open;
  for (const v1::PreparationItem& item : facts.items) {
    const bool done = item.state() == v1::PreparationItem::STATE_DONE;
    verdict.Fact(item.name(), item.etag(), absl::StrCat(item.title(), done ? ": done" : ": open"));
    if (!done) open.push_back(absl::StrCat("\"", item.title(), "\" (", item.owner(), ")"));
  }
  if (facts.items.empty()) return verdict.Unmet(kPreparationMissing, {{"activity", facts.activity.name()}});
  if (!open.empty()) return verdict.Unmet(kPreparationOpen, {{"items", absl::StrJoin(open, ", ")}});
  return verdict.Met();
}

PreconditionVerdict JudgeSupport(const GateFacts& facts, Verdict verdict) {
  std::vector<std::string> waiting;
  for (const v1::SupportCommitment& commitment : facts.commitments) {
    const bool accepted = commitment.state() == v1::SupportCommitment::STATE_ACCEPTED;
    verdict.Fact(commitment.name(), commitment.etag(),
                 accepted
                     ? absl::StrCat(commitment.department(), ": accepted by ", commitment.acceptor())
                     : absl::StrCat(commitment.department(), ": ", Bare(v1::SupportCommitment::State_Name(commitment.state()), "STATE_")));
    if (!accepted) waiting.push_back(commitment.department());
  }
  if (facts.commitments.empty())
    verdict.Fact(facts.activity.name(), facts.activity.etag(), "no support of another department is asked for");
  if (waiting.empty()) return verdict.Met();
  return verdict.Unmet(kSupportNotAccepted, {{"departments", absl::StrJoin(waiting, ", ")}});
}

// A waiver in force turns UNMET into WAIVED, and the facts say who waived and why (W1). UNKNOWN stays: nobody knows what would be waived.
void ApplyWaivers(const GateFacts& facts, PreconditionVerdict& verdict) {
  if (verdict.verdict() != v1::VERDICT_UNMET) return;
  for (const v1::Waiver& waiver : facts.waivers) {
    if (waiver.precondition() != verdict.precondition() || !IsInForce(waiver, facts.moment)) continue;
    verdict.set_verdict(v1::VERDICT_WAIVED);
    verdict.set_waiver(waiver.name());
    type::v1::Fact* fact = verdict.add_facts();
    fact->set_subject(waiver.name());
    fact->set_version(waiver.etag());
    fact->set_statement(absl::StrCat("waived by ", waiver.author(), " until ",
                                     time::LocalText(time::ToTime(waiver.expire_time()), facts.activity.time_zone()), ": ",
                                     waiver.reason()));
    return;
  }
}

bool Closes(const PreconditionVerdict& verdict) { return verdict.verdict() != v1::VERDICT_MET && verdict.verdict() != v1::VERDICT_WAIVED; }

// "BUDGET, MATERIALS".
std::string ClosedBy(const std::vector<PreconditionVerdict>& verdicts) {
  std::vector<std::string> names;
  for (const PreconditionVerdict& verdict : verdicts) {
    if (Closes(verdict)) names.push_back(Bare(v1::Precondition_Name(verdict.precondition()), "PRECONDITION_"));
  }
  return absl::StrJoin(names, ", ");
}

Args ArgsOf(const PreconditionVerdict& verdict) {
  Args args;
  for (const auto& [key, value] : verdict.arguments()) args.emplace_back(key, value);
  return args;
}

using Judgement = PreconditionVerdict (*)(const GateFacts&, Verdict);

PreconditionVerdict JudgeOne(v1::Precondition precondition, Judgement judge, const GateFacts& facts, Language language) {
  PreconditionVerdict verdict = judge(facts, Verdict(precondition, language));
  ApplyWaivers(facts, verdict);
  return verdict;
}

}  // namespace

std::vector<PreconditionVerdict> Judge(const GateFacts& facts, Language language) {
  static constexpr std::pair<v1::Precondition, Judgement> kJudgements[] = {
      {v1::PRECONDITION_PLAN_APPROVED, JudgePlan},
      {v1::PRECONDITION_SCHEDULE, JudgeSchedule},
      {v1::PRECONDITION_BUDGET, JudgeBudget},
      {v1::PRECONDITION_MATERIALS, JudgeMaterials},
      {v1::PRECONDITION_STAFF_QUALIFIED, JudgeStaff},
      {v1::PRECONDITION_RISKS_SETTLED, JudgeRisks},
      {v1::PRECONDITION_PREPARATION_COMPLETE, JudgeItems},
      {v1::PRECONDITION_SUPPORT_ACCEPTED, JudgeSupport},
  };
  std::vector<PreconditionVerdict> verdicts;
  for (const auto& [precondition, judge] : kJudgements) verdicts.push_back(JudgeOne(precondition, judge, facts, language));
  return verdicts;
}

std::vector<PreconditionVerdict> JudgePreparation(const GateFacts& facts, Language language) {
  return {JudgeOne(v1::PRECONDITION_PREPARATION_COMPLETE, JudgeItems, facts, language),
          JudgeOne(v1::PRECONDITION_SUPPORT_ACCEPTED, JudgeSupport, facts, language)};
}

bool IsOpen(const std::vector<PreconditionVerdict>& verdicts) { return std::none_of(verdicts.begin(), verdicts.end(), Closes); }

bool IsInForce(const v1::Waiver& waiver, absl::Time moment) {
  return !waiver.has_revoke_time() && moment < time::ToTime(waiver.expire_time());
}

PreconditionVerdict Unmet(v1::Precondition precondition, const Reason& reason, const Args& args, Language language) {
  return Verdict(precondition, language).Unmet(reason, args);
}

absl::Status Refusal(const std::string& activity, const std::vector<PreconditionVerdict>& verdicts, const Reason& summary) {
  status::Unmet unmet;
  for (const PreconditionVerdict& verdict : verdicts) {
    if (!Closes(verdict)) continue;
    unmet.Add(v1::Precondition_Name(verdict.precondition()), ReasonById(verdict.reason()), ArgsOf(verdict));
  }
  return unmet.status(summary, {{"activity", activity}, {"preconditions", ClosedBy(verdicts)}});
}

absl::Status CheckOpen(const std::string& activity, const std::vector<PreconditionVerdict>& verdicts, const Reason& summary) {
  if (IsOpen(verdicts)) return absl::OkStatus();
  std::set<std::string> services;
  for (const PreconditionVerdict& verdict : verdicts) {
    if (verdict.verdict() == v1::VERDICT_UNMET) return Refusal(activity, verdicts, summary);
    if (verdict.verdict() == v1::VERDICT_UNKNOWN) services.insert(verdict.arguments().at("service"));
  }
  return status::RetryLater(kFactsMissing, kRetryAfter, {{"activity", activity}, {"services", absl::StrJoin(services, ", ")}});
}

std::string Explain(const std::string& activity, const std::vector<PreconditionVerdict>& verdicts) {
  std::string text =
      status::Sentence(kLaunchGateClosed, {{"activity", activity}, {"preconditions", ClosedBy(verdicts)}}, Language::kEnglish);
  for (const PreconditionVerdict& verdict : verdicts) {
    if (Closes(verdict)) absl::StrAppend(&text, " ", status::Sentence(ReasonById(verdict.reason()), ArgsOf(verdict), Language::kEnglish));
  }
  return text;
}

bool NeedsMoney(const v1::Activity& activity) { return activity.budget_amount_minor() > 0; }
bool NeedsMaterials(const v1::Activity& activity) { return !activity.bill_of_materials().empty(); }
bool HasStaff(const v1::Activity& activity) { return !activity.staff().empty(); }

bool IsLaunched(const v1::Activity& activity) {
  return activity.state() == v1::Activity::STATE_LIVE || activity.state() == v1::Activity::STATE_PAUSED;
}

}  // namespace heitie::activity
