#include "services/metrics/definition/active_user_definition.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/record/rule_set.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics {

using v1::ActiveUserDefinition;

const status::Reason kDefinitionInDraft{absl::StatusCode::kFailedPrecondition, "DEFINITION_IN_DRAFT",
                                        "{name} is a draft, which may still change; a question names a version that was activated.",
                                        "{name} 仍是草稿，可能變更；問題須指定已啟用過的版本。"};
const status::Reason kNoActiveDefinition{absl::StatusCode::kFailedPrecondition, "NO_ACTIVE_DEFINITION",
                                         "No definition of {code} is active.", "{code} 目前沒有啟用中的定義。"};

namespace {

absl::Status CheckUserDefinition(const ActiveUserDefinition& definition) {
  status::BadFields bad;
  analysis::ToUserEvents(definition.events(), "active_user_definition.events", bad);
  return bad.status();
}

absl::Status CheckDefinitionDraft(const ActiveUserDefinition& definition) {
  return definition.state() == ActiveUserDefinition::STATE_DRAFT ? absl::OkStatus()
                                                                 : status::Error(record::kRulesImmutable, {{"name", definition.name()}});
}

void RetireDefinition(const record::Transaction& tx, const std::string& reason, ActiveUserDefinition& definition) {
  definition.set_retire_reason(reason);
  definition.set_retirer(tx.call.principal.name);
  *definition.mutable_retire_time() = time::ToTimestamp(tx.call.now);
}

}  // namespace

const record::StateMachine& ActiveUserDefinitionMachine() {
  static const auto& machine = *new record::StateMachine(
      ActiveUserDefinition::State_descriptor(), {{ActiveUserDefinition::STATE_DRAFT, "activate", ActiveUserDefinition::STATE_ACTIVE,
                                                  "the version before is retired in the same moment"},
                                                 {ActiveUserDefinition::STATE_ACTIVE, "retire", ActiveUserDefinition::STATE_RETIRED},
                                                 {ActiveUserDefinition::STATE_ACTIVE, "supersede", ActiveUserDefinition::STATE_RETIRED,
                                                  "another version of the code is activated", record::kConsequence}});
  return machine;
}

absl::StatusOr<ActiveUserDefinition> ActiveUserDefinitions::Named(sql::Session& session, const v1::DefinedEvents& named) const {
  if (!named.version().empty()) {
    ASSIGN_OR_RETURN(ActiveUserDefinition definition, definitions_.Find(session, named.version()));
    if (definition.state() == ActiveUserDefinition::STATE_DRAFT) return status::Error(kDefinitionInDraft, {{"name", definition.name()}});
    return definition;
  }
  ASSIGN_OR_RETURN(std::vector<ActiveUserDefinition> active,
                   definitions_.Select(session, "WHERE active_code = ?", sql::Bind(named.code())));
  if (active.empty()) return status::Error(kNoActiveDefinition, {{"code", named.code()}});
  return std::move(active.front());
}

absl::Status ActiveUserDefinitions::Create(record::Transaction&, ActiveUserDefinition& definition) {
  definition.set_state(ActiveUserDefinition::STATE_DRAFT);
  return CheckUserDefinition(definition);
}

absl::Status ActiveUserDefinitions::Update(record::Transaction&, const ActiveUserDefinition& before, ActiveUserDefinition& after) {
  RETURN_IF_ERROR(CheckDefinitionDraft(before));
  return CheckUserDefinition(after);
}

absl::Status ActiveUserDefinitions::Delete(record::Transaction&, const ActiveUserDefinition& definition) {
  return CheckDefinitionDraft(definition);
}

// Two activations of a code lock its versions in the same order, so that the second one retires what the first one activated.
absl::StatusOr<ActiveUserDefinition> ActiveUserDefinitions::Activate(record::Transaction& tx,
                                                                     const v1::ActivateActiveUserDefinitionRequest& request) {
  return definitions_.Change(tx, request, "activate", [&](const ActiveUserDefinition& before, ActiveUserDefinition& after) -> absl::Status {
    RETURN_IF_ERROR(CheckUserDefinition(before));  // It may have been drafted by older rules.
    ASSIGN_OR_RETURN(const std::vector<ActiveUserDefinition> versions,
                     definitions_.Select(tx.sql, "WHERE code = ? ORDER BY name FOR UPDATE", sql::Bind(before.code())));
    int32_t version = 0;
    for (const ActiveUserDefinition& other : versions) {
      version = std::max(version, other.version());
      if (other.state() != ActiveUserDefinition::STATE_ACTIVE) continue;
      ActiveUserDefinition retired = other;
      RETURN_IF_ERROR(definitions_.Advance(retired, "supersede"));
      RetireDefinition(tx, before.name(), retired);
      RETURN_IF_ERROR(definitions_.Update(tx, other, retired, "supersede"));
    }
    after.set_version(version + 1);
    after.set_activate_reason(request.reason());
    after.set_activator(tx.call.principal.name);
    *after.mutable_activate_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<ActiveUserDefinition> ActiveUserDefinitions::Retire(record::Transaction& tx,
                                                                   const v1::RetireActiveUserDefinitionRequest& request) {
  return definitions_.Change(tx, request, "retire", [&](ActiveUserDefinition& after) { RetireDefinition(tx, request.reason(), after); });
}

void ActiveUserDefinitions::Bind(record::Methods& methods) {
  methods.Reads(definitions_);
  methods.Creates(definitions_, this, &ActiveUserDefinitions::Create);
  methods.Updates(definitions_, this, &ActiveUserDefinitions::Update);
  methods.Deletes(definitions_, this, &ActiveUserDefinitions::Delete);
  methods.Bind("ActivateActiveUserDefinition", this, &ActiveUserDefinitions::Activate);
  methods.Bind("RetireActiveUserDefinition", this, &ActiveUserDefinitions::Retire);
}

}  // namespace heitie::metrics
