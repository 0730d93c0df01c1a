#include "services/activity/launch/launch_gate.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/shared.h"
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

const status::Reason kPlanNotApproved{absl::StatusCode::kFailedPrecondition, "PLAN_NOT_APPROVED",
                                      "{project} is not approved: it is {state}.", "{project} 尚未核准，狀態為 {state}。"};
const status::Reason kSchemeNotApproved{absl::StatusCode::kFailedPrecondition, "SCHEME_NOT_APPROVED",
                                        "{scheme} is not the approved scheme: it is {state}.",
                                        "{scheme} 不是已核准的實施方案，狀態為 {state}。"};
const status::Reason kSchemeOfOtherProject{absl::StatusCode::kFailedPrecondition, "SCHEME_OF_OTHER_PROJECT",
                                           "{scheme} is not a scheme of {project}.", "{scheme} 不屬於 {project}。"};
const status::Reason kScheduleNotBegun{absl::StatusCode::kFailedPrecondition, "SCHEDULE_NOT_BEGUN",
                                       "The activity is planned to start at {start}, not earlier.", "活動計劃於 {start} 開始，不得提前。"};
const status::Reason kScheduleOver{absl::StatusCode::kFailedPrecondition, "SCHEDULE_OVER", "The activity was planned to end at {end}.",
                                   "活動計劃已於 {end} 結束。"};
const status::Reason kBudgetNotCommitted{absl::StatusCode::kFailedPrecondition, "BUDGET_NOT_COMMITTED",
                                         "The {asked:money} that {activity} needs is not committed.",
                                         "{activity} 所需的 {asked:money} 尚未承付。"};
const status::Reason kMaterialsNotReserved{absl::StatusCode::kFailedPrecondition, "MATERIALS_NOT_RESERVED",
                                           "These materials are not reserved: {items:list}.", "以下物資尚未預留：{items:list}。"};
const status::Reason kStaffMissing{absl::StatusCode::kFailedPrecondition, "STAFF_MISSING", "{activity} has no staff.",
                                   "{activity} 沒有工作人員。"};
const status::Reason kStaffNotQualified{absl::StatusCode::kFailedPrecondition, "STAFF_NOT_QUALIFIED",
                                        "Not qualified on the days of the activity: {employees}.", "活動期間不具資格：{employees}。"};
const status::Reason kShiftsNotCovered{absl::StatusCode::kFailedPrecondition, "SHIFTS_NOT_COVERED", "People are missing: {gaps}.",
                                       "人手不足：{gaps}。"};
const status::Reason kRisksOpen{absl::StatusCode::kFailedPrecondition, "RISKS_OPEN", "Risks stand against it: {risks}.",
                                "存在阻礙上線的風險：{risks}。"};
const status::Reason kObligationOpen{absl::StatusCode::kFailedPrecondition, "REGULATION_OBLIGATION_OPEN",
                                     "What regulations demand by then is not confirmed: {obligations}.",
                                     "屆時生效的法規義務尚未確認：{obligations}。"};
const status::Reason kPreparationMissing{absl::StatusCode::kFailedPrecondition, "PREPARATION_MISSING",
                                         "{activity} has no preparation items.", "{activity} 沒有籌備項目。"};
const status::Reason kPreparationOpen{absl::StatusCode::kFailedPrecondition, "PREPARATION_OPEN", "Not prepared yet: {items}.",
                                      "尚未完成籌備：{items}。"};
const status::Reason kLessonsUnanswered{absl::StatusCode::kFailedPrecondition, "LESSONS_UNANSWERED",
                                        "Lessons and actions of earlier activities are not answered: {lessons:list}.",
                                        "尚未回應過往活動的經驗教訓與改進行動：{lessons:list}。"};
const status::Reason kSupportNotAccepted{absl::StatusCode::kFailedPrecondition, "SUPPORT_NOT_ACCEPTED",
                                         "Support is not accepted by: {departments:list}.",
                                         "尚未獲得以下部門的支援承諾：{departments:list}。"};
const status::Reason kPagesDown{absl::StatusCode::kFailedPrecondition, "PAGES_DOWN", "Pages are down: {pages:list}.",
                                "以下網頁無法正常使用：{pages:list}。"};
const status::Reason kPagesUnseen{absl::StatusCode::kFailedPrecondition, "PAGES_UNSEEN",
                                  "Nothing recent is known of these pages: {pages:list}.", "以下網頁沒有近期的查看結果：{pages:list}。"};
const status::Reason kIncidentsUnsettled{absl::StatusCode::kFailedPrecondition, "INCIDENTS_UNSETTLED",
                                         "These incidents paused the activity and are not mitigated: {incidents:list}.",
                                         "以下事故使活動暫停且尚未緩解：{incidents:list}。"};
const status::Reason kFactsUnknown{absl::StatusCode::kFailedPrecondition, "FACTS_UNKNOWN",
                                   "The {service} service could not be asked: {why}", "無法查詢 {service} 服務：{why}"};
const status::Reason kFactsRefused{absl::StatusCode::kFailedPrecondition, "FACTS_REFUSED", "The {service} service refused: {why}",
                                   "{service} 服務拒絕：{why}"};
const status::Reason kLaunchTimedOut{absl::StatusCode::kFailedPrecondition, "LAUNCH_TIMED_OUT",
                                     "The launch was not finished in time; it stopped at {step}.", "上線未能及時完成，停在 {step}。"};
const status::Reason kLaunchGateClosed{absl::StatusCode::kFailedPrecondition, "LAUNCH_GATE_CLOSED",
                                       "{activity} may not be live: {preconditions:list}.", "{activity} 不可上線：{preconditions:list}。"};
const status::Reason kNotPrepared{absl::StatusCode::kFailedPrecondition, "NOT_PREPARED",
                                  "{activity} is not prepared: {preconditions:list}.", "{activity} 尚未籌備完成：{preconditions:list}。"};
const status::Reason kFactsMissing{absl::StatusCode::kUnavailable, "FACTS_MISSING",
                                   "Whether {activity} may be live cannot be told at present: {services:list} cannot be asked.",
                                   "目前無法判斷 {activity} 可否上線：無法查詢 {services:list} 服務。"};

namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

// What facts state.
const status::Phrase kIs{"{state}", "{state}"};
const status::Phrase kIsAsIn{"{state} as in {baseline}", "{state}，依 {baseline}"};
const status::Phrase kPlanned{"planned from {start} to {end}", "計劃自 {start} 至 {end}"};
const status::Phrase kHolds{"holds {held:money}, needed {asked:money}", "持有 {held:money}，需要 {asked:money}"};
const status::Phrase kAvailableMoney{"available {available:money}, needed {asked:money}", "可用 {available:money}，需要 {asked:money}"};
const status::Phrase kAvailable{"available {available}, needed {asked}", "可用 {available}，需要 {asked}"};
const status::Phrase kHeldByProject{"{held:money} is held for {project}", "{project} 已持有 {held:money}"};
const status::Phrase kCostsNothing{"costs nothing", "不需費用"};
const status::Phrase kNoMaterials{"needs no materials", "不需物資"};
const status::Phrase kNoStaff{"no staff", "沒有工作人員"};
const status::Phrase kGap{"{role}: {missing} missing from {start} to {end}", "{role}：{start} 至 {end} 缺 {missing} 人"};
const status::Phrase kShiftsCovered{"{count} shifts to come, all covered", "尚有 {count} 個班次，均有人手"};
const status::Phrase kNoRisks{"no open risk is recorded on the activity or its project", "活動及其專案沒有未關閉的風險"};
const status::Phrase kDone{"{title}: done", "{title}：已完成"};
const status::Phrase kOpen{"{title}: open", "{title}：未完成"};
const status::Phrase kAccepted{"{department}: accepted by {acceptor}", "{department}：已由 {acceptor} 承諾"};
const status::Phrase kNotAccepted{"{department}: {state}", "{department}：{state}"};
const status::Phrase kNoSupport{"no support of another department is asked for", "未請求其他部門支援"};
const status::Phrase kNoIncidents{"no incident that paused it is unmitigated", "沒有使活動暫停且尚未緩解的事故"};
const status::Phrase kNoPages{"no page must be up before the launch", "沒有上線前須可用的網頁"};
const status::Phrase kWaived{"waived by {author} until {time}: {reason}", "由 {author} 豁免至 {time}：{reason}"};
// What lists hold.
const status::Phrase kWith{"{what} ({why})", "{what}（{why}）"};
const status::Phrase kRestrictedRisk{"a restricted risk ({why})", "一項限制閱覽的風險（{why}）"};
const status::Phrase kNoCertificate{"no certificate of {course}", "沒有 {course} 的證書"};
const status::Phrase kCertificateEnds{"certificate of {course} valid until {date}", "{course} 的證書有效至 {date}"};
const status::Phrase kNotActive{"not active on {date}", "{date} 不在崗"};
const status::Phrase kNotAnswered{"not answered", "尚未回應"};
const status::Phrase kNoEmployee{"no such employee", "沒有此員工"};

const Reason& ReasonById(const std::string& id) {
  const Reason* const reason = status::FindReason(id);
  return reason == nullptr ? kFactsUnknown : *reason;
}

status::Words WhyNot(const personnel::v1::Disqualification& disqualification) {
  using personnel::v1::Disqualification;
  const Args args = {{"course", disqualification.course()}, {"date", time::DayText(time::ToDay(disqualification.date()))}};
  switch (disqualification.reason()) {
    case Disqualification::REASON_MISSING_CERTIFICATE:
      return status::Say(kNoCertificate, args);
    case Disqualification::REASON_CERTIFICATE_EXPIRES:
      return status::Say(kCertificateEnds, args);
    case Disqualification::REASON_NOT_ACTIVE:
      return status::Say(kNotActive, args);
    case Disqualification::REASON_UNKNOWN_EMPLOYEE:
      return status::Say(kNoEmployee);
    default:
      return status::Say(kIs, {{"state", Disqualification::Reason_Name(disqualification.reason())}});
  }
}

// An argument that reads differently in Chinese is kept with its languages, so that a verdict that was stored can be worded in each:
// "why", "why.zh-TW", "why.zh-CN".
std::string KeyIn(const std::string& name, Language language) { return absl::StrCat(name, ".", status::LanguageTag(language)); }

void Keep(const status::Arg& arg, google::protobuf::Map<std::string, std::string>& arguments) {
  arguments[arg.name] = arg.value;
  for (const Language language : {Language::kTraditionalChinese, Language::kSimplifiedChinese}) {
    if (arg.In(language) != arg.value) arguments[KeyIn(arg.name, language)] = arg.In(language);
  }
}

// "PRECONDITION_BUDGET" → "BUDGET"; the same for states.
std::string Bare(const std::string& enum_name, const std::string& prefix) { return enum_name.substr(prefix.size()); }

void AddFact(const std::string& subject, const std::string& version, const std::string& statement, PreconditionVerdict& verdict) {
  type::v1::Fact* fact = verdict.add_facts();
  fact->set_subject(subject);
  fact->set_version(version);
  fact->set_statement(statement);
}

// Builds one verdict. Everything that Judge's parts need to say goes through it.
class GateVerdict {
 public:
  GateVerdict(v1::Precondition precondition, Language language) : language_(language) { proto_.set_precondition(precondition); }

  void Fact(const std::string& subject, const std::string& version, const status::Phrase& statement, const Args& args = {}) {
    AddFact(subject, version, status::Sentence(statement, args, language_), proto_);
  }
  void Fact(const type::v1::Fact& fact) { *proto_.add_facts() = fact; }

  PreconditionVerdict Met() {
    proto_.set_verdict(v1::VERDICT_MET);
    return std::move(proto_);
  }
  PreconditionVerdict Unmet(const Reason& reason, const Args& args) { return Fails(v1::VERDICT_UNMET, reason, args); }
  // The arguments name the `service` that does not know.
  PreconditionVerdict Unknown(const Reason& reason, const Args& args) { return Fails(v1::VERDICT_UNKNOWN, reason, args); }
  // What an error of the service that was asked means.
  PreconditionVerdict Failed(const char* service, const absl::Status& status) {
    const Args args = {{"service", service}, {"why", status::Say(status)}};
    if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) return Fails(v1::VERDICT_UNMET, kFactsRefused, args);
    return Fails(v1::VERDICT_UNKNOWN, kFactsUnknown, args);
  }

 private:
  PreconditionVerdict Fails(v1::Verdict verdict, const Reason& reason, const Args& args) {
    proto_.set_verdict(verdict);
    proto_.set_reason(reason.id);
    proto_.set_sentence(status::Sentence(reason, args, language_));
    for (const status::Arg& arg : args) Keep(arg, *proto_.mutable_arguments());
    return std::move(proto_);
  }

  Language language_;
  PreconditionVerdict proto_;
};

PreconditionVerdict JudgePlan(const GateFacts& facts, GateVerdict verdict) {
  const v1::Activity& activity = facts.activity;
  if (!facts.project.ok()) return verdict.Failed("planning", facts.project.status());
  if (!facts.scheme.ok()) return verdict.Failed("planning", facts.scheme.status());
  const auto& project = *facts.project;
  const auto& scheme = *facts.scheme;
  const std::string project_state = Bare(planning::v1::Project::State_Name(project.state()), "STATE_");
  const std::string scheme_state = Bare(planning::v1::Scheme::State_Name(scheme.state()), "STATE_");
  verdict.Fact(project.name(), project.etag(), project.approved_baseline().empty() ? kIs : kIsAsIn,
               {{"state", project_state}, {"baseline", project.approved_baseline()}});
  verdict.Fact(scheme.name(), scheme.etag(), kIs, {{"state", scheme_state}});
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

PreconditionVerdict JudgeSchedule(const GateFacts& facts, GateVerdict verdict) {
  const v1::Activity& activity = facts.activity;
  const std::string start = time::LocalText(time::ToTime(activity.start_time()), activity.time_zone());
  const std::string end = time::LocalText(time::ToTime(activity.end_time()), activity.time_zone());
  verdict.Fact(activity.name(), activity.etag(), kPlanned, {{"start", start}, {"end", end}});
  if (facts.moment < time::ToTime(activity.start_time())) return verdict.Unmet(kScheduleNotBegun, {{"start", start}});
  if (facts.moment >= time::ToTime(activity.end_time())) return verdict.Unmet(kScheduleOver, {{"end", end}});
  return verdict.Met();
}

// Money that was taken for the activity counts by what is held of it, whatever the budget has left.
PreconditionVerdict JudgeEncumbrance(const GateFacts& facts, GateVerdict verdict) {
  if (!facts.encumbrance->ok()) return verdict.Failed("resource", facts.encumbrance->status());
  const resource::v1::Encumbrance& taken = **facts.encumbrance;
  const int64_t asked = facts.activity.budget_amount_minor();
  const bool launched = IsLaunched(facts.activity);
  const int64_t held = taken.committed_minor() + taken.actual_minor() + (launched ? 0 : taken.pre_committed_minor());
  verdict.Fact(taken.name(), taken.etag(), kHolds, {{"held", held}, {"asked", asked}, {"currency", taken.currency_code()}});
  if (held >= asked) return verdict.Met();
  return verdict.Unmet(kBudgetNotCommitted, {{"activity", facts.activity.name()}, {"asked", asked}, {"currency", taken.currency_code()}});
}

PreconditionVerdict JudgeBudget(const GateFacts& facts, GateVerdict verdict) {
  const v1::Activity& activity = facts.activity;
  const int64_t asked = activity.budget_amount_minor();
  if (!NeedsMoney(activity)) {
    verdict.Fact(activity.name(), activity.etag(), kCostsNothing);
    return verdict.Met();
  }
  if (facts.encumbrance.has_value()) return JudgeEncumbrance(facts, std::move(verdict));
  if (!facts.budget.ok()) return verdict.Failed("resource", facts.budget.status());
  const resource::v1::Budget& budget = *facts.budget;
  const std::string& currency = budget.currency_code();
  // A budget above may have less left, and then the booking would be refused.
  int64_t available = budget.has_payable_minor() ? budget.payable_minor() : budget.available_minor();
  const std::string& tightest = budget.tightest_budget().empty() ? budget.name() : budget.tightest_budget();
  verdict.Fact(budget.name(), budget.etag(), kAvailableMoney, {{"available", available}, {"asked", asked}, {"currency", currency}});
  if (IsLaunched(activity)) {
    return verdict.Unmet(kBudgetNotCommitted, {{"activity", activity.name()}, {"asked", asked}, {"currency", currency}});
  }
  if (budget.state() != resource::v1::Budget::STATE_APPROVED) {
    return verdict.Unmet(status::kBudgetNotApproved,
                         {{"budget", budget.name()}, {"state", Bare(resource::v1::Budget::State_Name(budget.state()), "STATE_")}});
  }
  const absl::CivilDay start = time::ToDay(budget.start_date()), end = time::ToDay(budget.end_date());
  if (facts.business_day < start || facts.business_day > end) {
    return verdict.Unmet(status::kOutsideBudgetPeriod, {{"budget", budget.name()},
                                                        {"day", time::DayText(facts.business_day)},
                                                        {"start", time::DayText(start)},
                                                        {"end", time::DayText(end)}});
  }
  // What the project holds is passed on, and needs nothing that is free.
  if (facts.project_money.has_value()) {
    if (!facts.project_money->ok()) return verdict.Failed("resource", facts.project_money->status());
    for (const resource::v1::Encumbrance& held : (*facts.project_money)->encumbrances()) {
      const int64_t open = held.pre_committed_minor() + held.committed_minor();
      if (open == 0) continue;
      available += open;
      verdict.Fact(held.name(), held.etag(), kHeldByProject, {{"held", open}, {"project", activity.project()}, {"currency", currency}});
    }
  }
  if (available < asked) {
    return verdict.Unmet(status::kBudgetShort, {{"budget", tightest}, {"available", available}, {"asked", asked}, {"currency", currency}});
  }
  return verdict.Met();
}

// Stock that was reserved for the activity counts line by line: reserved less released, whether issued meanwhile or not.
PreconditionVerdict JudgeReservation(const GateFacts& facts, GateVerdict verdict) {
  if (!facts.reservation->ok()) return verdict.Failed("resource", facts.reservation->status());
  const resource::v1::Reservation& reservation = **facts.reservation;
  std::map<std::string, int64_t> held;
  for (const auto& line : reservation.lines()) held[line.item()] += line.quantity() - line.released_quantity();
  std::vector<std::string> missing;
  for (const auto& line : facts.activity.bill_of_materials()) {
    if (held[line.item()] < line.quantity()) missing.push_back(line.item());
  }
  verdict.Fact(reservation.name(), reservation.etag(), kIs,
               {{"state", Bare(resource::v1::Reservation::State_Name(reservation.state()), "STATE_")}});
  const bool fleeting = IsLaunched(facts.activity) && reservation.state() == resource::v1::Reservation::STATE_HELD;
  if (missing.empty() && !fleeting) return verdict.Met();
  return verdict.Unmet(kMaterialsNotReserved, {{"items", missing.empty() ? reservation.name() : absl::StrJoin(missing, ", ")}});
}

PreconditionVerdict JudgeMaterials(const GateFacts& facts, GateVerdict verdict) {
  const v1::Activity& activity = facts.activity;
  if (!NeedsMaterials(activity)) {
    verdict.Fact(activity.name(), activity.etag(), kNoMaterials);
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
    // What is reserved for the project is passed on, and needs nothing that is free.
    const int64_t available = std::max<int64_t>(0, line.available()) + line.reserved_for_subject();
    verdict.Fact(line.item(), line.etag(), kAvailable, {{"available", available}, {"asked", line.quantity()}});
    if (available < line.quantity()) short_items.push_back(status::StockLine(line.item(), available, line.quantity()));
  }
  if (short_items.empty()) return verdict.Met();
  return verdict.Unmet(status::kStockShort, {{"items", absl::StrJoin(short_items, ", ")}});
}

// Everybody of the shifts still to come, and the hours still to come.
PreconditionVerdict JudgeShiftStaff(const GateFacts& facts, GateVerdict verdict) {
  const v1::Activity& activity = facts.activity;
  if (!facts.shift_qualification.ok()) return verdict.Failed("personnel", facts.shift_qualification.status());
  const v1::CheckShiftsResponse judged = JudgeShifts(activity, facts.shifts, facts.moment, *facts.shift_qualification);
  for (const auto& fact : facts.shift_qualification->facts()) verdict.Fact(fact);
  std::vector<status::Words> unqualified, gaps;
  for (const v1::ShiftJudgement& shift : judged.shifts()) {
    for (const auto& employee : shift.people()) {
      if (employee.qualified()) continue;
      std::vector<status::Words> why = {{shift.shift(), shift.shift(), shift.shift()}};
      for (const auto& disqualification : employee.disqualifications()) why.push_back(WhyNot(disqualification));
      unqualified.push_back(status::Say(kWith, {{"what", employee.employee()}, {"why", status::List(why)}}));
    }
  }
  std::map<std::string, std::string> versions;
  for (const v1::ShiftCoverage& coverage : facts.shifts.coverages) versions[coverage.name()] = coverage.etag();
  for (const v1::RoleGap& gap : judged.gaps()) {
    const Args args = {{"role", gap.role()},
                       {"missing", gap.gap().missing_count()},
                       {"start", time::LocalText(time::ToTime(gap.gap().start_time()), activity.time_zone())},
                       {"end", time::LocalText(time::ToTime(gap.gap().end_time()), activity.time_zone())}};
    verdict.Fact(gap.shift_coverage(), versions[gap.shift_coverage()], kGap, args);
    gaps.push_back(status::Say(kGap, args));
  }
  if (gaps.empty() && unqualified.empty()) {
    verdict.Fact(activity.name(), activity.etag(), kShiftsCovered, {{"count", judged.shifts_size()}});
    return verdict.Met();
  }
  if (unqualified.empty()) return verdict.Unmet(kShiftsNotCovered, {{"gaps", status::List(gaps)}});
  return verdict.Unmet(kStaffNotQualified, {{"employees", status::List(unqualified)}});
}

PreconditionVerdict JudgeStaff(const GateFacts& facts, GateVerdict verdict) {
  const v1::Activity& activity = facts.activity;
  if (activity.staffed_by_shifts()) return JudgeShiftStaff(facts, std::move(verdict));
  if (!HasStaff(activity)) {
    verdict.Fact(activity.name(), activity.etag(), kNoStaff);
    return verdict.Unmet(kStaffMissing, {{"activity", activity.name()}});
  }
  if (!facts.qualification.ok()) return verdict.Failed("personnel", facts.qualification.status());
  std::map<std::string, bool> qualified;
  std::vector<status::Words> unqualified;
  for (const auto& employee : facts.qualification->employees()) {
    qualified[employee.employee()] = employee.qualified();
    for (const auto& fact : employee.facts()) verdict.Fact(fact);
    if (employee.qualified()) continue;
    std::vector<status::Words> why;
    for (const auto& disqualification : employee.disqualifications()) why.push_back(WhyNot(disqualification));
    unqualified.push_back(status::Say(kWith, {{"what", employee.employee()}, {"why", status::List(why)}}));
  }
  // An employee of whom the answer does not tell is not qualified.
  for (const auto& assignment : activity.staff()) {
    if (qualified.count(assignment.employee()) == 0)
      unqualified.push_back({assignment.employee(), assignment.employee(), assignment.employee()});
  }
  if (unqualified.empty()) return verdict.Met();
  return verdict.Unmet(kStaffNotQualified, {{"employees", status::List(unqualified)}});
}

PreconditionVerdict JudgeRisks(const GateFacts& facts, GateVerdict verdict) {
  if (!facts.risks.ok()) return verdict.Failed("risk", facts.risks.status());
  std::vector<status::Words> blocking;
  for (const auto& risk : facts.risks->risks()) {
    verdict.Fact(risk.fact());
    if (!risk.blocking()) continue;
    const std::string why = Bare(risk::v1::RiskSummary::Blocking_Name(risk.blocking_reason()), "BLOCKING_");
    blocking.push_back(risk.restricted()
                           ? status::Say(kRestrictedRisk, {{"why", why}})
                           : status::Say(kWith, {{"what", absl::StrCat(risk.risk(), " \"", risk.title(), "\"")}, {"why", why}}));
  }
  std::vector<status::Words> open;
  for (const auto& obligation : facts.risks->obligations()) {
    verdict.Fact(obligation.fact());
    if (!obligation.blocking()) continue;
    open.push_back(status::Say(kWith, {{"what", obligation.obligation()}, {"why", absl::StrCat("\"", obligation.title(), "\"")}}));
  }
  if (facts.risks->risks().empty() && facts.risks->obligations().empty()) {
    verdict.Fact(facts.activity.name(), facts.activity.etag(), kNoRisks);
  }
  if (blocking.empty() && open.empty()) return verdict.Met();
  if (blocking.empty()) return verdict.Unmet(kObligationOpen, {{"obligations", status::List(open)}});
  // Both at once is one reason, which names all.
  blocking.insert(blocking.end(), open.begin(), open.end());
  return verdict.Unmet(kRisksOpen, {{"risks", status::List(blocking)}});
}

PreconditionVerdict JudgeItems(const GateFacts& facts, GateVerdict verdict) {
  std::vector<status::Words> open;
  for (const v1::PreparationItem& item : facts.items) {
    const bool done = item.state() == v1::PreparationItem::STATE_DONE;
    verdict.Fact(item.name(), item.etag(), done ? kDone : kOpen, {{"title", item.title()}});
    if (!done) open.push_back(status::Say(kWith, {{"what", absl::StrCat("\"", item.title(), "\"")}, {"why", item.owner()}}));
  }
  for (const std::string& lesson : facts.unanswered_lessons) verdict.Fact(lesson, "", kNotAnswered);
  if (facts.items.empty()) return verdict.Unmet(kPreparationMissing, {{"activity", facts.activity.name()}});
  if (!open.empty()) return verdict.Unmet(kPreparationOpen, {{"items", status::List(open)}});
  if (facts.unanswered_lessons.empty()) return verdict.Met();
  return verdict.Unmet(kLessonsUnanswered, {{"lessons", absl::StrJoin(facts.unanswered_lessons, ", ")}});
}

PreconditionVerdict JudgeSupport(const GateFacts& facts, GateVerdict verdict) {
  std::vector<std::string> waiting;
  for (const v1::SupportCommitment& commitment : facts.commitments) {
    const bool accepted = commitment.state() == v1::SupportCommitment::STATE_ACCEPTED;
    verdict.Fact(commitment.name(), commitment.etag(), accepted ? kAccepted : kNotAccepted,
                 {{"department", commitment.department()},
                  {"acceptor", commitment.acceptor()},
                  {"state", Bare(v1::SupportCommitment::State_Name(commitment.state()), "STATE_")}});
    if (!accepted) waiting.push_back(commitment.department());
  }
  if (facts.commitments.empty()) verdict.Fact(facts.activity.name(), facts.activity.etag(), kNoSupport);
  if (waiting.empty()) return verdict.Met();
  return verdict.Unmet(kSupportNotAccepted, {{"departments", absl::StrJoin(waiting, ", ")}});
}

PreconditionVerdict JudgePages(const GateFacts& facts, GateVerdict verdict) {
  std::vector<std::string> down, unseen;
  for (const PageFact& page : facts.pages) {
    const bool up = page.kind == PageFact::Kind::kUp, unknown = page.kind == PageFact::Kind::kUnknown;
    verdict.Fact(page.page, page.etag, kIs, {{"state", up ? "UP" : unknown ? "UNKNOWN" : "DOWN"}});
    if (!up) (unknown ? unseen : down).push_back(page.page);
  }
  if (facts.pages.empty()) verdict.Fact(facts.activity.name(), facts.activity.etag(), kNoPages);
  if (!down.empty()) return verdict.Unmet(kPagesDown, {{"pages", absl::StrJoin(down, ", ")}});
  if (!unseen.empty()) return verdict.Unknown(kPagesUnseen, {{"service", "pages"}, {"pages", absl::StrJoin(unseen, ", ")}});
  return verdict.Met();
}

PreconditionVerdict JudgeIncidents(const GateFacts& facts, GateVerdict verdict) {
  const auto& unsettled = facts.unsettled_incidents;
  if (unsettled.empty()) verdict.Fact(facts.activity.name(), facts.activity.etag(), kNoIncidents);
  if (unsettled.empty()) return verdict.Met();
  return verdict.Unmet(kIncidentsUnsettled, {{"incidents", absl::StrJoin(unsettled, ", ")}});
}

// A waiver in force turns UNMET into WAIVED, and the facts say who waived and why (W1). UNKNOWN stays: nobody knows what would be waived.
void ApplyWaivers(const GateFacts& facts, Language language, PreconditionVerdict& verdict) {
  if (verdict.verdict() != v1::VERDICT_UNMET) return;
  for (const v1::Waiver& waiver : facts.waivers) {
    if (waiver.precondition() != verdict.precondition() || !IsInForce(waiver, facts.moment)) continue;
    verdict.set_verdict(v1::VERDICT_WAIVED);
    verdict.set_waiver(waiver.name());
    const std::string until = time::LocalText(time::ToTime(waiver.expire_time()), facts.activity.time_zone());
    const Args args = {{"author", waiver.author()}, {"time", until}, {"reason", waiver.reason()}};
    AddFact(waiver.name(), waiver.etag(), status::Sentence(kWaived, args, language), verdict);
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
  const auto in = [&](const std::string& name, Language language, const std::string& english) {
    const auto found = verdict.arguments().find(KeyIn(name, language));
    return found == verdict.arguments().end() ? english : found->second;
  };
  for (const auto& [key, value] : verdict.arguments()) {
    if (key.find('.') != std::string::npos) continue;
    args.emplace_back(key,
                      status::Words{value, in(key, Language::kTraditionalChinese, value), in(key, Language::kSimplifiedChinese, value)});
  }
  return args;
}

using Judgement = PreconditionVerdict (*)(const GateFacts&, GateVerdict);

PreconditionVerdict JudgeOne(v1::Precondition precondition, Judgement judge, const GateFacts& facts, Language language) {
  PreconditionVerdict verdict = judge(facts, GateVerdict(precondition, language));
  ApplyWaivers(facts, language, verdict);
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
      {v1::PRECONDITION_PAGES_UP, JudgePages},
      {v1::PRECONDITION_INCIDENTS_SETTLED, JudgeIncidents},
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
  return GateVerdict(precondition, language).Unmet(reason, args);
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
bool HasStaff(const v1::Activity& activity) { return !activity.staff().empty() && !activity.staffed_by_shifts(); }

bool IsLaunched(const v1::Activity& activity) {
  return activity.state() == v1::Activity::STATE_LIVE || activity.state() == v1::Activity::STATE_PAUSED;
}

}  // namespace heitie::activity
