#include "services/planning/evidence/relation.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/research/research_item.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::EvidenceFlag;
using v1::EvidenceRelation;
using v1::ResearchItem;

const status::Reason kSameItem{StatusCode::kInvalidArgument, "SAME_ITEM", "Name two items.", "請指定兩項不同的資料。"};
const status::Reason kRelationKnown{StatusCode::kAlreadyExists, "RELATION_KNOWN", "{name} says so already.", "{name} 已載明。"};
const status::Reason kNotOfTheTwo{StatusCode::kInvalidArgument, "NOT_OF_THE_TWO", "Either {item} or {other} stands.",
                                  "成立者須為 {item} 或 {other}。"};

namespace {

using ItemPair = std::pair<ResearchItem, ResearchItem>;

// Both rows, locked in the order of their names, so that two relations of the same items wait for each other.
absl::StatusOr<ItemPair> LockBoth(record::Transaction& tx, const Tables& tables, const std::string& item, const std::string& other) {
  const bool in_order = item < other;
  ASSIGN_OR_RETURN(ResearchItem first, tables.research_items.Guard(tx, in_order ? item : other));
  ASSIGN_OR_RETURN(ResearchItem second, tables.research_items.Guard(tx, in_order ? other : item));
  return in_order ? ItemPair(std::move(first), std::move(second)) : ItemPair(std::move(second), std::move(first));
}

}  // namespace

const record::StateMachine& EvidenceRelationMachine() {
  static const auto& machine = *new record::StateMachine(EvidenceRelation::State_descriptor(),
                                                         {{EvidenceRelation::STATE_OPEN, "decide", EvidenceRelation::STATE_DECIDED}});
  return machine;
}

absl::Status EvidenceRelations::Create(record::Transaction& tx, EvidenceRelation& relation) {
  if (relation.item() == relation.other()) {
    status::BadFields bad;
    bad.Add("evidence_relation.other", kSameItem);
    return bad.status();
  }
  ASSIGN_OR_RETURN(const ItemPair items, LockBoth(tx, tables_, relation.item(), relation.other()));
  for (const ResearchItem* item : {&items.first, &items.second}) {
    if (item->state() != ResearchItem::STATE_PUBLISHED) return status::Error(kNotInForce, {{"name", item->name()}});
  }
  ASSIGN_OR_RETURN(
      const std::vector<EvidenceRelation> known,
      tables_.evidence_relations.Select(
          tx.sql, "WHERE item IN (?, ?) AND other IN (?, ?) AND kind = ? AND state <> 'STATE_DECIDED' ORDER BY name LIMIT 1",
          sql::Bind(relation.item(), relation.other(), relation.item(), relation.other(), EvidenceRelation::Kind_Name(relation.kind()))));
  if (!known.empty()) return status::Error(kRelationKnown, {{"name", known[0].name()}});
  relation.set_state(relation.kind() == EvidenceRelation::KIND_CONTRADICTS ? EvidenceRelation::STATE_OPEN : EvidenceRelation::STATE_NOTED);
  if (relation.kind() == EvidenceRelation::KIND_CONTRADICTS) {
    for (const ResearchItem* item : {&items.first, &items.second}) {
      ResearchItem after = *item;
      after.set_open_contradictions(item->open_contradictions() + 1);
      RETURN_IF_ERROR(tables_.research_items.Update(tx, *item, after, "contradict"));
    }
  }
  if (relation.kind() != EvidenceRelation::KIND_SUPERSEDES) return absl::OkStatus();
  return tables_.research_items
      .Change(tx, record::Target(relation.other()), "supersede",
              [&](ResearchItem& after) {
                after.set_superseded_by(relation.item());
                after.set_state_reason(relation.name());
              })
      .status();
}

absl::Status EvidenceRelations::CloseDecided(record::Transaction& tx, const std::string& item) const {
  ASSIGN_OR_RETURN(const std::vector<EvidenceFlag> flags,
                   tables_.evidence_flags.Select(tx.sql,
                                                 "WHERE research_item = ? AND state = 'STATE_OPEN' AND cause = "
                                                 "'EVIDENCE_CAUSE_CONTRADICTED' ORDER BY name",
                                                 sql::Bind(item)));
  std::set<std::string> projects;
  for (const EvidenceFlag& flag : flags) projects.insert(record::ParentOf(flag.name()));
  for (const std::string& project : projects) {
    RETURN_IF_ERROR(tables_.projects.Guard(tx, project).status());
    RETURN_IF_ERROR(flags_.Close(tx, project, EvidenceFlag::RESOLUTION_DECIDED, [&](const EvidenceFlag& flag) {
      return flag.research_item() == item && flag.cause() == v1::EVIDENCE_CAUSE_CONTRADICTED;
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<EvidenceRelation> EvidenceRelations::Decide(record::Transaction& tx, const v1::DecideEvidenceRelationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<EvidenceRelation> step, tables_.evidence_relations.Begin(tx, request, "decide"));
  if (request.standing() != step.before.item() && request.standing() != step.before.other()) {
    status::BadFields bad;
    bad.Add("standing", kNotOfTheTwo, {{"item", step.before.item()}, {"other", step.before.other()}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(const ItemPair items, LockBoth(tx, tables_, step.before.item(), step.before.other()));
  for (const ResearchItem* item : {&items.first, &items.second}) {
    ResearchItem after = *item;
    after.set_open_contradictions(std::max(0, item->open_contradictions() - 1));
    if (item->name() != request.standing()) after.set_refuted_by(request.name());
    RETURN_IF_ERROR(tables_.research_items.Update(tx, *item, after, item->name() == request.standing() ? "uphold" : "refute"));
    if (after.open_contradictions() == 0) RETURN_IF_ERROR(CloseDecided(tx, item->name()));
  }
  step.after.set_standing(request.standing());
  step.after.set_decision_reason(request.reason());
  step.after.set_decider(tx.call.principal.name);
  *step.after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
  return tables_.evidence_relations.Finish(tx, step);
}

void EvidenceRelations::Bind(record::Methods& methods) {
  methods.Reads(tables_.evidence_relations);
  methods.Creates(tables_.evidence_relations, this, &EvidenceRelations::Create);
  methods.Bind("DecideEvidenceRelation", this, &EvidenceRelations::Decide);
}

}  // namespace heitie::planning
