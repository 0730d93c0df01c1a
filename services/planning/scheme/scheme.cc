#include "services/planning/scheme/scheme.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/client/own_call.h"
#include "common/statistics/counter_random.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/allotment_service.methods.h"
#include "services/planning/closeout/forecast_records.h"
#include "services/planning/control/project_control.h"
#include "services/planning/plan/actionability.h"
#include "services/planning/plan/demand.h"
#include "services/planning/plan/feasibility.h"
#include "services/planning/plan/project.h"
#include "services/planning/scheme/judgement.h"
#include "services/planning/scheme/scheme_analysis.h"

namespace heitie::planning {

using absl::StatusCode;

const status::Reason kSchemeNotDraft{StatusCode::kFailedPrecondition, "SCHEME_NOT_DRAFT",
                                     "{name} is {state} and never changes: write a new version.",
                                     "{name} 的狀態為 {state}，不再變更：請建立新版本。"};
const status::Reason kSchemeNotReady{StatusCode::kFailedPrecondition, "SCHEME_NOT_READY", "{name} cannot be approved: {count} defect(s).",
                                     "{name} 不能核准：{count} 項缺陷。"};
const status::Reason kCodeTwice{StatusCode::kInvalidArgument, "CODE_TWICE", "{code} is in the demand already.", "需求中已有 {code}。"};
const status::Reason kPurchaseCostCenter{StatusCode::kInvalidArgument, "PURCHASE_COST_CENTER",
                                         "Name the cost centre that bears what is bought.", "請指定承擔採購的成本中心。"};
const status::Reason kPurchaseEstimate{StatusCode::kInvalidArgument, "PURCHASE_ESTIMATE", "Say what {item} is thought to cost.",
                                       "請估計 {item} 的採購金額。"};
const status::Reason kItemTwice{StatusCode::kInvalidArgument, "ITEM_TWICE", "{item} is in the demand already.", "需求中已有 {item}。"};

namespace {

constexpr size_t kMostAnalyzed = 10;
// A trial takes nothing, but what it tries to take is to expire some time.
constexpr absl::Duration kTrialValidity = absl::Minutes(5);
constexpr int32_t kDefaultDraws = 10000;
// That are drawn for one answer, which takes some seconds.
constexpr int64_t kMostAmounts = 50'000'000;

absl::StatusOr<std::vector<v1::Scheme>> VersionsOf(sql::Session& session, const Tables& tables, const std::string& project) {
  return tables.schemes.Children(session, project);
}

// A change of the drafts is a change of what a submission would approve, unless a version is approved already.
absl::Status WithdrawSubmission(record::Transaction& tx, const Tables& tables, const v1::Project& project,
                                const std::vector<v1::Scheme>& versions, const std::string& why) {
  const bool approved =
      std::any_of(versions.begin(), versions.end(), [](const v1::Scheme& s) { return s.state() == v1::Scheme::STATE_APPROVED; });
  return approved ? absl::OkStatus() : VoidApproval(tx, tables, project, why);
}

absl::Status MakeApproved(record::Transaction& tx, const Tables& tables, const std::string& approver, v1::Scheme& scheme) {
  RETURN_IF_ERROR(tables.schemes.Advance(scheme, "approve"));
  RETURN_IF_ERROR(Refusal(CheckScheme(scheme), kSchemeNotReady, scheme.name()));
  ASSIGN_OR_RETURN(*scheme.mutable_approved_feasibility(), StudyOf(tx.sql, tables, scheme, tx.call.now));
  scheme.set_approver(approver);
  *scheme.mutable_approve_time() = time::ToTimestamp(tx.call.now);
  return absl::OkStatus();
}

// Whether there was one to supersede.
absl::StatusOr<bool> SupersedeApproved(record::Transaction& tx, const Tables& tables, const std::vector<v1::Scheme>& versions) {
  for (const v1::Scheme& version : versions) {
    if (version.state() != v1::Scheme::STATE_APPROVED) continue;
    RETURN_IF_ERROR(tables.schemes.Change(tx, record::Target(version.name()), "supersede").status());
    return true;
  }
  return false;
}

}  // namespace

const record::StateMachine& SchemeMachine() {
  static const auto& machine = *new record::StateMachine(
      v1::Scheme::State_descriptor(),
      {
          {v1::Scheme::STATE_DRAFT, "approve", v1::Scheme::STATE_APPROVED, "strategy, channels and cash flows are there"},
          {v1::Scheme::STATE_DRAFT, "discard", v1::Scheme::STATE_DISCARDED},
          {v1::Scheme::STATE_APPROVED, "supersede", v1::Scheme::STATE_SUPERSEDED, "another version is approved", record::kConsequence},
      });
  return machine;
}

void CheckFields(const v1::Scheme& scheme, status::BadFields& bad) {
  CheckLines(scheme, bad);
  CheckContributions(scheme, bad);
  std::set<std::string> items;
  bool bought = false;
  for (int i = 0; i < scheme.demand().items_size(); ++i) {
    const std::string& item = scheme.demand().items(i).item();
    const std::string path = absl::StrCat("scheme.demand.items[", i, "].");
    if (!items.insert(item).second) bad.Add(path + "item", kItemTwice, {{"item", item}});
    if (scheme.demand().items(i).supply() != v1::ItemDemand::SUPPLY_PURCHASE) continue;
    bought = true;
    if (scheme.demand().items(i).estimate_minor() == 0) bad.Add(path + "estimate_minor", kPurchaseEstimate, {{"item", item}});
  }
  if (bought && scheme.demand().purchase_cost_center().empty()) bad.Add("scheme.demand.purchase_cost_center", kPurchaseCostCenter);
  std::set<std::string> codes;
  for (int i = 0; i < scheme.demand().money_size(); ++i) {
    const std::string& code = scheme.demand().money(i).code();
    if (!codes.insert(code).second) bad.Add(absl::StrCat("scheme.demand.money[", i, "].code"), kCodeTwice, {{"code", code}});
  }
}

absl::StatusOr<v1::Scheme> ApproveWithProject(record::Transaction& tx, const Tables& tables, const v1::Scheme& scheme,
                                              const std::string& approver) {
  v1::Scheme approved = scheme;
  if (scheme.state() != v1::Scheme::STATE_APPROVED) {
    RETURN_IF_ERROR(MakeApproved(tx, tables, approver, approved));
    RETURN_IF_ERROR(tables.schemes.Update(tx, scheme, approved, "approve"));
  }
  return tables.schemes.Decorated(tx.sql, approved);
}

Schemes::Schemes(const service::Context& context, Tables& tables) : context_(context), tables_(tables) {
  tables_.schemes.SetDecorator([this](sql::Session& session, v1::Scheme& scheme) -> absl::Status {
    if (scheme.has_approved_feasibility()) {
      *scheme.mutable_feasibility() = scheme.approved_feasibility();
    } else if (scheme.state() == v1::Scheme::STATE_DRAFT) {
      ASSIGN_OR_RETURN(*scheme.mutable_feasibility(), StudyOf(session, tables_, scheme, context_.clock.Now()));
    } else {
      *scheme.mutable_feasibility() = Assess(scheme.cash_flows(), scheme.discount_rate_bp());
    }
    return absl::OkStatus();
  });
  tables_.schemes.SetAllows(
      [](const v1::Scheme& scheme, const std::string& verb) { return verb != "approve" || CheckScheme(scheme).empty(); });
}

absl::Status Schemes::Create(record::Transaction& tx, v1::Scheme& scheme) {
  const std::string parent = record::ParentOf(scheme.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  status::BadFields bad;
  CheckFields(scheme, bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> versions, VersionsOf(tx.sql, tables_, parent));
  scheme.set_version(static_cast<int32_t>(versions.size()) + 1);  // Versions are never deleted.
  scheme.set_state(v1::Scheme::STATE_DRAFT);
  return WithdrawSubmission(tx, tables_, project, versions, absl::StrCat(scheme.name(), " was added"));
}

absl::Status Schemes::Update(record::Transaction& tx, const v1::Scheme& before, v1::Scheme& after) {
  const std::string parent = record::ParentOf(before.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  if (before.state() != v1::Scheme::STATE_DRAFT) {
    return status::Error(kSchemeNotDraft, {{"name", before.name()}, {"state", v1::Scheme::State_Name(before.state())}});
  }
  status::BadFields bad;
  CheckFields(after, bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> versions, VersionsOf(tx.sql, tables_, parent));
  return WithdrawSubmission(tx, tables_, project, versions, absl::StrCat(after.name(), " was changed"));
}

absl::StatusOr<v1::Scheme> Schemes::Approve(record::Transaction& tx, const v1::ApproveSchemeRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Scheme> step, tables_.schemes.Begin(tx, request));
  const std::string parent = record::ParentOf(step.before.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> versions, VersionsOf(tx.sql, tables_, parent));
  if (tx.call.principal.name == step.before.creator()) return status::Error(kOwnPlan, {{"name", step.before.name()}});
  RETURN_IF_ERROR(MakeApproved(tx, tables_, tx.call.principal.name, step.after));
  step.verb = "approve";
  ASSIGN_OR_RETURN(const v1::Scheme approved, tables_.schemes.Finish(tx, step));
  ASSIGN_OR_RETURN(const bool superseded, SupersedeApproved(tx, tables_, versions));
  if (superseded) RETURN_IF_ERROR(VoidApproval(tx, tables_, project, absl::StrCat(approved.name(), " was approved")));
  return approved;
}

absl::StatusOr<v1::Scheme> Schemes::Discard(record::Transaction& tx, const v1::DiscardSchemeRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Scheme> step, tables_.schemes.Begin(tx, request));
  const std::string parent = record::ParentOf(step.before.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  RETURN_IF_ERROR(tables_.schemes.Advance(step.after, step.verb = "discard"));
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> versions, VersionsOf(tx.sql, tables_, parent));
  RETURN_IF_ERROR(WithdrawSubmission(tx, tables_, project, versions, absl::StrCat(step.before.name(), " was discarded")));
  return tables_.schemes.Finish(tx, step);
}

absl::StatusOr<v1::SchemeJudgement> JudgeBesidesMeans(sql::Session& session, const Tables& tables, const v1::Project& project,
                                                      const v1::Scheme& scheme, absl::Time now) {
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables.policies.InForce(session, now));
  ASSIGN_OR_RETURN(const v1::Scheme studied, tables.schemes.Decorated(session, scheme));
  v1::SchemeJudgement judgement;
  judgement.set_scheme(scheme.name());
  judgement.set_scheme_etag(scheme.etag());
  judgement.set_project_etag(project.etag());
  judgement.set_planning_policy(policy.name());
  *judgement.mutable_judge_date() = time::ToDate(absl::ToCivilDay(now, tables.zone));
  *judgement.add_aspects() = JudgeEffect(project, scheme, policy);
  *judgement.add_aspects() = JudgeCostBenefit(scheme, studied.feasibility(), policy);
  PutVerdict(judgement);
  return judgement;
}

absl::StatusOr<v1::SchemeJudgement> Schemes::Judge(const rpc::Call& call, const v1::JudgeSchemeRequest& request) {
  v1::Project project;
  v1::Scheme scheme;
  ASSIGN_OR_RETURN(v1::SchemeJudgement judgement,
                   tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::SchemeJudgement> {
                     ASSIGN_OR_RETURN(scheme, tables_.schemes.Find(session, request.name()));
                     ASSIGN_OR_RETURN(project, tables_.projects.Find(session, record::ParentOf(request.name())));
                     return JudgeBesidesMeans(session, tables_, project, scheme, call.now);
                   }));
  std::vector<v1::Defect> obstacles;
  resource::v1::CreateAllotmentRequest trial;
  *trial.mutable_allotment() = AllotmentOf(project, scheme);
  // What the approved scheme demands is held already.
  const bool held = !project.allotment().empty() && scheme.state() == v1::Scheme::STATE_APPROVED;
  if (!held && TakesAnything(trial.allotment())) {
    trial.set_validate_only(true);
    *trial.mutable_allotment()->mutable_expire_time() = time::ToTimestamp(call.now + kTrialValidity);
    // What the project holds by another scheme would be given back.
    if (!project.allotment().empty()) trial.mutable_allotment()->set_draw_on(project.name());
    rpc::Call own = client::OwnCall(call, "planning");
    own.language = status::Language::kEnglish;
    const absl::Status tried = context_.Call(own, resource::v1::method::CreateAllotment, trial).status();
    if (status::IsOutage(tried)) return tried;
    if (!tried.ok()) obstacles = ObstaclesOf(tried);
  }
  *judgement.add_aspects() = JudgeMeans(scheme, obstacles);
  PutVerdict(judgement);
  return judgement;
}

absl::StatusOr<v1::AnalyzeSchemesResponse> Schemes::Analyze(const rpc::Call& call, const v1::AnalyzeSchemesRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> schemes,
                   tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<v1::Scheme>> {
                     RETURN_IF_ERROR(tables_.projects.Find(session, request.parent()).status());
                     std::vector<v1::Scheme> found;
                     for (const std::string& name : request.schemes()) {
                       if (record::ParentOf(name) != request.parent()) return status::NotFound(name);
                       ASSIGN_OR_RETURN(found.emplace_back(), tables_.schemes.Find(session, name));
                     }
                     if (!request.schemes().empty()) return found;
                     ASSIGN_OR_RETURN(found, VersionsOf(session, tables_, request.parent()));
                     std::erase_if(found, [](const v1::Scheme& scheme) { return scheme.state() == v1::Scheme::STATE_DISCARDED; });
                     std::sort(found.begin(), found.end(),
                               [](const v1::Scheme& a, const v1::Scheme& b) { return a.version() < b.version(); });
                     if (found.size() > kMostAnalyzed) found.resize(kMostAnalyzed);
                     return found;
                   }));
  v1::AnalyzeSchemesResponse response;
  response.set_seed(request.seed());
  response.set_iterations(request.iterations() == 0 ? kDefaultDraws : request.iterations());
  response.set_generator(statistics::kCounterGenerator);
  int64_t lines = 1;
  for (const v1::Scheme& scheme : schemes) lines += 2 * scheme.cash_flows_size();
  if (response.iterations() > kMostAmounts / lines) {
    status::BadFields bad;
    bad.Add("iterations", kSimulationTooLarge, {{"limit", kMostAmounts / lines}});
    return bad.status();
  }
  for (const v1::Scheme& scheme : schemes) {
    const int32_t rate = scheme.discount_rate_bp();
    *response.add_analyses() =
        AnalyzeScheme(scheme, request.seed(), response.iterations(), request.has_finance_rate_bp() ? request.finance_rate_bp() : rate,
                      request.has_reinvestment_rate_bp() ? request.reinvestment_rate_bp() : rate);
  }
  return response;
}

void Schemes::Bind(record::Methods& methods) {
  methods.Bind("AnalyzeSchemes", this, &Schemes::Analyze);
  methods.Bind("JudgeScheme", this, &Schemes::Judge);
  methods.Reads(tables_.schemes);
  methods.Creates(tables_.schemes, this, &Schemes::Create);
  methods.Updates(tables_.schemes, this, &Schemes::Update);
  methods.Bind("ApproveScheme", this, &Schemes::Approve);
  methods.Bind("DiscardScheme", this, &Schemes::Discard);
}

}  // namespace heitie::planning
