#include "services/planning/evidence/citation.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/plan/project.h"
#include "services/planning/research/research_item.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Citation;
using v1::EvidenceFlag;

const status::Reason kOnePiece{StatusCode::kInvalidArgument, "ONE_PIECE",
                               "Cite one piece of evidence: an item, a need, a result of a survey, a report or a figure.",
                               "請引用一項證據：調研資料、需求、問卷結果、報告或資料其中之一。"};
const status::Reason kValidityMissing{StatusCode::kInvalidArgument, "VALIDITY_MISSING",
                                      "A report, figure, need or result takes a last valid day, and an item has its own.",
                                      "報告、資料、需求或問卷結果須註明有效期限；調研資料則以其本身的期限為準。"};
const status::Reason kNothingCites{StatusCode::kInvalidArgument, "NOTHING_CITES", "The project has no such objective, scheme or line.",
                                   "該專案沒有這項目標、方案或收支項目。"};
const status::Reason kNotReplaceable{StatusCode::kInvalidArgument, "NOT_REPLACEABLE", "{name} is no active citation of this project.",
                                     "{name} 不是該專案目前有效的引用。"};
const status::Reason kPlanRestsOnIt{StatusCode::kFailedPrecondition, "PLAN_RESTS_ON_IT",
                                    "{name} is {state}: cite something else in its place.",
                                    "{name} 的狀態為 {state}：請改引其他證據取代。"};
const status::Reason kReaffirmedTooLong{StatusCode::kInvalidArgument, "REAFFIRMED_TOO_LONG",
                                        "{until} is not between {first} and {last}, as {policy} has it.",
                                        "依 {policy}，{until} 不在 {first} 至 {last} 之間。"};

namespace {

bool ScopeIsWhole(const Citation& citation) {
  if (citation.has_objective() && (!citation.scheme().empty() || citation.has_cash_flow())) return false;
  return !citation.has_cash_flow() || !citation.scheme().empty();
}

void CheckPiece(const Citation& citation, status::BadFields& bad) {
  const int pieces = (citation.research_item().empty() ? 0 : 1) + (citation.report().empty() ? 0 : 1) + (citation.need().empty() ? 0 : 1) +
                     (citation.survey_result().empty() ? 0 : 1) + (citation.has_figure() ? 1 : 0);
  if (pieces != 1) bad.Add("citation.research_item", kOnePiece);
  if (citation.has_last_valid_date() == !citation.research_item().empty()) bad.Add("citation.last_valid_date", kValidityMissing);
}

}  // namespace

const record::StateMachine& CitationMachine() {
  static const auto& machine = *new record::StateMachine(
      Citation::State_descriptor(),
      {
          {Citation::STATE_ACTIVE, "replace", Citation::STATE_REPLACED, "another one takes its place", record::kConsequence},
          {Citation::STATE_ACTIVE, "withdraw", Citation::STATE_WITHDRAWN, "the plan is a draft"},
          {Citation::STATE_ACTIVE, "reaffirm", Citation::STATE_ACTIVE},
      });
  return machine;
}

absl::StatusOr<Evidence> LoadEvidence(sql::Session& session, const Tables& tables, const std::string& project, absl::Time now) {
  Evidence evidence;
  evidence.today = absl::ToCivilDay(now, tables.zone);
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables.policies.InForce(session, now));
  evidence.wanted = policy.evidence_per_project();
  evidence.policy = policy.name();
  ASSIGN_OR_RETURN(const std::vector<Citation> citations, tables.citations.Children(session, project));
  ASSIGN_OR_RETURN(
      const std::vector<v1::ResearchItem> items,
      tables.research_items.Select(session, "WHERE name IN (SELECT research_item FROM citations WHERE project = ?)", sql::Bind(project)));
  std::map<std::string, const v1::ResearchItem*> by_name;
  for (const v1::ResearchItem& item : items) by_name[item.name()] = &item;
  ASSIGN_OR_RETURN(const std::vector<v1::Need> needs,
                   tables.needs.Select(session, "WHERE name IN (SELECT need FROM citations WHERE project = ?)", sql::Bind(project)));
  std::map<std::string, const v1::Need*> needs_by_name;
  for (const v1::Need& need : needs) needs_by_name[need.name()] = &need;
  for (const Citation& citation : citations) {
    if (citation.state() != Citation::STATE_ACTIVE) continue;
    Cited& cited = evidence.cited.emplace_back();
    cited.citation = citation;
    if (const auto item = by_name.find(citation.research_item()); item != by_name.end()) cited.item = *item->second;
    if (const auto need = needs_by_name.find(citation.need()); need != needs_by_name.end()) cited.need = *need->second;
  }
  return evidence;
}

namespace {

// The same by the events up to a position, at the end of a day.
absl::StatusOr<Evidence> EvidenceAt(sql::Session& session, const Tables& tables, const std::string& project, absl::CivilDay day,
                                    int64_t position) {
  Evidence evidence;
  evidence.today = day;
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables.policies.InForce(session, absl::FromCivil(day + 1, tables.zone)));
  evidence.wanted = policy.evidence_per_project();
  evidence.policy = policy.name();
  ASSIGN_OR_RETURN(std::vector<Citation> citations, ChildrenAt<Citation>(session, project + "/citations", position));
  for (Citation& citation : citations) {
    if (citation.state() != Citation::STATE_ACTIVE) continue;
    Cited& cited = evidence.cited.emplace_back();
    if (!citation.research_item().empty()) {
      ASSIGN_OR_RETURN(cited.item, FindAt<v1::ResearchItem>(session, citation.research_item(), position));
    }
    if (!citation.need().empty()) {
      ASSIGN_OR_RETURN(cited.need, FindAt<v1::Need>(session, citation.need(), position));
    }
    cited.citation = std::move(citation);
  }
  return evidence;
}

}  // namespace

absl::Status Citations::Replace(record::Transaction& tx, const std::string& replaced) const {
  RETURN_IF_ERROR(tables_.citations.Change(tx, record::Target(replaced), "replace").status());
  return flags_.Close(tx, record::ParentOf(replaced), EvidenceFlag::RESOLUTION_REPLACED,
                      [&](const EvidenceFlag& flag) { return flag.citation() == replaced; });
}

absl::Status Citations::Create(record::Transaction& tx, Citation& citation) {
  const std::string parent = record::ParentOf(citation.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, parent));
  ASSIGN_OR_RETURN(const std::vector<v1::Scheme> schemes, tables_.schemes.Children(tx.sql, parent));
  status::BadFields bad;
  CheckPiece(citation, bad);
  if (!ScopeIsWhole(citation) || !SubjectExists(citation, project, schemes)) {
    bad.Add(citation.has_objective() ? "citation.objective" : "citation.scheme", kNothingCites);
  }
  if (!citation.research_item().empty()) {
    const absl::StatusOr<v1::ResearchItem> item = tables_.research_items.Find(tx.sql, citation.research_item());
    if (!item.ok() && !absl::IsNotFound(item.status())) return item.status();
    if (!item.ok() || item->state() != v1::ResearchItem::STATE_PUBLISHED) {
      bad.Add("citation.research_item", kNotInForce, {{"name", citation.research_item()}});
    }
  }
  if (!citation.need().empty()) {
    const absl::StatusOr<v1::Need> need = tables_.needs.Find(tx.sql, citation.need());
    if (!need.ok() && !absl::IsNotFound(need.status())) return need.status();
    if (!need.ok() || need->state() == v1::Need::STATE_DECLINED) bad.Add("citation.need", kNotInForce, {{"name", citation.need()}});
  }
  if (!citation.survey_result().empty()) {
    const absl::Status found = survey_results_.Find(tx.sql, citation.survey_result()).status();
    if (!found.ok() && !absl::IsNotFound(found)) return found;
    if (!found.ok()) bad.Add("citation.survey_result", kNotInForce, {{"name", citation.survey_result()}});
  }
  if (!citation.replaces().empty()) {
    const absl::StatusOr<Citation> replaced = tables_.citations.Find(tx.sql, citation.replaces());
    if (!replaced.ok() && !absl::IsNotFound(replaced.status())) return replaced.status();
    const bool fits = replaced.ok() && record::ParentOf(citation.replaces()) == parent && replaced->state() == Citation::STATE_ACTIVE;
    if (!fits) bad.Add("citation.replaces", kNotReplaceable, {{"name", citation.replaces()}});
  }
  RETURN_IF_ERROR(bad.status());
  citation.set_state(Citation::STATE_ACTIVE);
  return citation.replaces().empty() ? absl::OkStatus() : Replace(tx, citation.replaces());
}

absl::StatusOr<Citation> Citations::Withdraw(record::Transaction& tx, const v1::WithdrawCitationRequest& request) {
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, record::ParentOf(request.name())));
  ASSIGN_OR_RETURN(record::Step<Citation> step, tables_.citations.Begin(tx, request, "withdraw"));
  if (project.state() != v1::Project::STATE_DRAFT) {
    return status::Error(kPlanRestsOnIt, {{"name", project.name()}, {"state", v1::Project::State_Name(project.state())}});
  }
  return tables_.citations.Finish(tx, step);
}

absl::StatusOr<Citation> Citations::Reaffirm(record::Transaction& tx, const v1::ReaffirmCitationRequest& request) {
  const std::string project = record::ParentOf(request.name());
  RETURN_IF_ERROR(GuardOpenProject(tx, tables_, project).status());
  ASSIGN_OR_RETURN(record::Step<Citation> step, tables_.citations.Begin(tx, request, "reaffirm"));
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.zone), until = time::ToDay(request.until());
  if (until < today || until > today + policy.reaffirm_days()) {
    status::BadFields bad;
    bad.Add("until", kReaffirmedTooLong,
            {{"until", time::DayText(until)},
             {"first", time::DayText(today)},
             {"last", time::DayText(today + policy.reaffirm_days())},
             {"policy", policy.name()}});
    return bad.status();
  }
  *step.after.mutable_reaffirm_date() = request.until();
  step.after.set_reaffirm_reason(request.reason());
  step.after.set_reaffirmer(tx.call.principal.name);
  *step.after.mutable_reaffirm_time() = time::ToTimestamp(tx.call.now);
  step.after.set_planning_policy(policy.name());
  RETURN_IF_ERROR(flags_.Close(tx, project, EvidenceFlag::RESOLUTION_REAFFIRMED,
                               [&](const EvidenceFlag& flag) { return flag.citation() == request.name(); }));
  return tables_.citations.Finish(tx, step);
}

absl::StatusOr<v1::CheckEvidenceResponse> Citations::Check(const rpc::Call& call, const v1::CheckEvidenceRequest& request) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const int64_t position, PositionFor(tables_, call, request.position(), bad));
  RETURN_IF_ERROR(bad.status());
  const absl::CivilDay day = request.has_as_of() ? time::ToDay(request.as_of()) : absl::ToCivilDay(call.now, tables_.zone);
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::CheckEvidenceResponse> {
    ASSIGN_OR_RETURN(const v1::Project project, FindAt<v1::Project>(session, request.name(), position));
    ASSIGN_OR_RETURN(const std::vector<v1::Scheme> schemes, ChildrenAt<v1::Scheme>(session, request.name() + "/schemes", position));
    ASSIGN_OR_RETURN(const Evidence evidence, EvidenceAt(session, tables_, request.name(), day, position));
    v1::CheckEvidenceResponse response;
    for (const Cited& cited : evidence.cited) {
      v1::EvidenceVerdict& verdict = *response.add_verdicts();
      verdict.set_citation(cited.citation.name());
      if (cited.item) verdict.set_item_etag(cited.item->etag());
      verdict.set_subject(SubjectOf(cited.citation));
      verdict.set_subject_exists(SubjectExists(cited.citation, project, schemes));
      for (const v1::EvidenceCause cause : CausesOf(cited, evidence.today)) verdict.add_causes(cause);
      verdict.set_reaffirmed(IsReaffirmed(cited.citation, evidence.today));
    }
    response.set_sound_count(SoundCount(evidence, project, schemes));
    response.set_wanted_count(evidence.wanted);
    response.set_planning_policy(evidence.policy);
    *response.mutable_as_of() = time::ToDate(evidence.today);
    response.set_project_etag(project.etag());
    response.set_position(position);
    return response;
  });
}

void Citations::Bind(record::Methods& methods) {
  methods.Reads(tables_.citations);
  methods.Creates(tables_.citations, this, &Citations::Create);
  methods.Bind("WithdrawCitation", this, &Citations::Withdraw);
  methods.Bind("ReaffirmCitation", this, &Citations::Reaffirm);
  methods.Bind("CheckEvidence", this, &Citations::Check);
}

}  // namespace heitie::planning
