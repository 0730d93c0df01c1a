#include "services/planning/scheme/scheme.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "services/planning/plan/actionability.h"
#include "services/planning/plan/feasibility.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

using absl::StatusCode;

constexpr status::Reason kSchemeNotDraft{
    StatusCode::kFailedPrecondition, "SCHEME_NOT_DRAFT", "{name} is {state} and never changes: write a new version.",
    "{name} 的狀態為 {state}，不再變更：請建立新版本。", "{name} 的状态为 {state}，不再变更：请建立新版本。"};
constexpr status::Reason kSchemeNotReady{StatusCode::kFailedPrecondition, "SCHEME_NOT_READY",
                                         "{name} cannot be approved: {count} defect(s).", "{name} 不能批准：{count} 項缺陷。",
                                         "{name} 不能批准：{count} 项缺陷。"};
constexpr status::Reason kItemTwice{StatusCode::kInvalidArgument, "ITEM_TWICE", "{item} is in the demand already.", "需求中已有 {item}。",
                                    "需求中已有 {item}。"};

namespace {

constexpr auto kTransitions = std::to_array<record::Transition>({
    {v1::Scheme::STATE_DRAFT, "approve", v1::Scheme::STATE_APPROVED, "strategy, channels and cash flows are there"},
    {v1::Scheme::STATE_DRAFT, "discard", v1::Scheme::STATE_DISCARDED},
});

absl::StatusOr<std::vector<v1::Scheme>> VersionsOf(sql::Session& session, const Tables& tables, const std::string& project) {
  return ChildrenOf(session, tables.schemes, project, "schemes");
}

// A change of the drafts is a change of what a submission would approve, unless a version is approved already.
absl::Status WithdrawSubmission(record::Transaction& tx, const Tables& tables, const v1::Project& project,
                                const std::vector<v1::Scheme>& versions, const std::string& why) {
  const bool approved =
      std::any_of(versions.begin(), versions.end(), [](const v1::Scheme& s) { return s.state() == v1::Scheme::STATE_APPROVED; });
  return approved ? absl::OkStatus() : VoidApproval(tx, tables, project, why);
}

absl::StatusOr<v1::Scheme> MakeApproved(record::Transaction& tx, const Tables& tables, const v1::Scheme& before) {
  ASSIGN_OR_RETURN(const int next, SchemeStates().Next(before.name(), before.state(), "approve"));
  RETURN_IF_ERROR(Refusal(CheckScheme(before), kSchemeNotReady, before.name()));
  v1::Scheme after = before;
  after.set_state(static_cast<v1::Scheme::State>(next));
  after.set_approver(tx.call.principal.name);
  *after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(tables.schemes.Update(tx, before, after, "approve"));
  return after;
}

// Whether there was one to supersede.
absl::StatusOr<bool> SupersedeApproved(record::Transaction& tx, const Tables& tables, const std::vector<v1::Scheme>& versions) {
  for (const v1::Scheme& version : versions) {
    if (version.state() != v1::Scheme::STATE_APPROVED) continue;
    v1::Scheme after = version;
    after.set_state(v1::Scheme::STATE_SUPERSEDED);
    RETURN_IF_ERROR(tables.schemes.Update(tx, version, after, "supersede"));
    return true;
  }
  return false;
}

}  // namespace

const record::StateMachine& SchemeStates() {
  static const auto* const kMachine = new record::StateMachine(v1::Scheme::State_descriptor(), kTransitions);
  return *kMachine;
}

void CheckFields(const v1::Scheme& scheme, status::BadFields& bad) {
  std::set<std::string> items;
  for (int i = 0; i < scheme.demand().items_size(); ++i) {
    const std::string& item = scheme.demand().items(i).item();
    if (!items.insert(item).second) bad.Add(absl::StrCat("scheme.demand.items[", i, "].item"), kItemTwice, {{"item", item}});
  }
}

absl::StatusOr<v1::Scheme> ApproveWithProject(record::Transaction& tx, const Tables& tables, const v1::Scheme& scheme) {
  v1::Scheme approved = scheme;
  if (scheme.state() != v1::Scheme::STATE_APPROVED) {
    ASSIGN_OR_RETURN(approved, MakeApproved(tx, tables, scheme));
  }
  return tables.schemes.Decorated(tx.sql, approved);
}

Schemes::Schemes(Tables& tables) : tables_(tables) {
  tables_.schemes.SetDecorator([](sql::Session&, v1::Scheme& scheme) {
    *scheme.mutable_feasibility() = Assess(scheme.cash_flows(), scheme.discount_rate_bp());
    record::SetAllowedVerbs(SchemeStates(), scheme);
    return absl::OkStatus();
  });
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
  ASSIGN_OR_RETURN(const v1::Scheme before, tables_.schemes.Lock(tx, request.name()));
  RETURN_IF_ERROR(record::CheckEtag(before.name(), before.etag(), request.etag()));
  const std::string parent = record::ParentOf(before.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> versions, VersionsOf(tx.sql, tables_, parent));
  ASSIGN_OR_RETURN(const v1::Scheme after, MakeApproved(tx, tables_, before));
  ASSIGN_OR_RETURN(const bool superseded, SupersedeApproved(tx, tables_, versions));
  if (superseded) RETURN_IF_ERROR(VoidApproval(tx, tables_, project, absl::StrCat(after.name(), " was approved")));
  return tables_.schemes.Decorated(tx.sql, after);
}

absl::StatusOr<v1::Scheme> Schemes::Discard(record::Transaction& tx, const v1::DiscardSchemeRequest& request) {
  ASSIGN_OR_RETURN(const v1::Scheme before, tables_.schemes.Lock(tx, request.name()));
  RETURN_IF_ERROR(record::CheckEtag(before.name(), before.etag(), request.etag()));
  const std::string parent = record::ParentOf(before.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  ASSIGN_OR_RETURN(const int next, SchemeStates().Next(before.name(), before.state(), "discard"));
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> versions, VersionsOf(tx.sql, tables_, parent));
  RETURN_IF_ERROR(WithdrawSubmission(tx, tables_, project, versions, absl::StrCat(before.name(), " was discarded")));
  v1::Scheme after = before;
  after.set_state(static_cast<v1::Scheme::State>(next));
  RETURN_IF_ERROR(tables_.schemes.Update(tx, before, after, "discard"));
  return tables_.schemes.Decorated(tx.sql, after);
}

void Schemes::Bind(rpc::Service& rpc) {
  rpc.Bind("GetScheme", tables_.schemes.Getter());
  rpc.Bind("ListSchemes", tables_.schemes.Lister());
  rpc.Bind("CreateScheme",
           tables_.schemes.Creator<v1::CreateSchemeRequest>(
               [this](record::Transaction& tx, const v1::CreateSchemeRequest&, v1::Scheme& scheme) { return Create(tx, scheme); }));
  rpc.Bind("UpdateScheme", tables_.schemes.Updater([this](record::Transaction& tx, const v1::Scheme& before, v1::Scheme& after) {
    return Update(tx, before, after);
  }));
  rpc.Bind("ApproveScheme", tables_.store.Mutation(this, &Schemes::Approve));
  rpc.Bind("DiscardScheme", tables_.store.Mutation(this, &Schemes::Discard));
}

}  // namespace heitie::planning
