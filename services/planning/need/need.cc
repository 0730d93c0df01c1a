#include "services/planning/need/need.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/plan/project.h"
#include "services/planning/research/terms.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Need;
using v1::NeedVote;

const status::Reason kNotYourNeed{StatusCode::kPermissionDenied, "NOT_YOUR_NEED", "{name} was filed by somebody else, or is no longer new.",
                                  "{name} 由他人提出，或已不是新需求。"};
const status::Reason kNeedClosed{StatusCode::kFailedPrecondition, "NEED_CLOSED", "{name} is {state}.", "{name} 的狀態為 {state}。"};
const status::Reason kMergeCircle{StatusCode::kFailedPrecondition, "MERGE_CIRCLE", "{into} was merged into {name}, or is the same.",
                                  "{into} 已併入 {name}，或為同一項。"};
const status::Reason kNotMerged{StatusCode::kFailedPrecondition, "NOT_MERGED", "{name} was not merged.", "{name} 並未合併。"};

namespace {

constexpr int kMostSimilar = 20;
constexpr size_t kComparedTerms = 200;

std::string StageOfNeed(const Need& need) { return Need::State_Name(need.state()).substr(std::strlen("STATE_")); }

absl::Status ClosedNeed(const Need& need) { return status::Error(kNeedClosed, {{"name", need.name()}, {"state", StageOfNeed(need)}}); }

bool IsOver(const Need& need) { return need.state() == Need::STATE_DECLINED || need.state() == Need::STATE_DELIVERED; }

std::set<std::string> TermsOfNeed(const Need& need) { return TermsOf(absl::StrCat(need.title(), "\n", need.description())); }

absl::Status KeepNeedTerms(record::Transaction& tx, const Need* before, const Need* after) {
  const std::set<std::string> old = before == nullptr ? std::set<std::string>() : TermsOfNeed(*before);
  const std::set<std::string> now = after == nullptr ? std::set<std::string>() : TermsOfNeed(*after);
  if (old == now) return absl::OkStatus();
  const std::string& name = after == nullptr ? before->name() : after->name();
  if (!old.empty()) RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM need_terms WHERE need = ?", sql::Bind(name)).status());
  return tx.sql.Together([&]() -> absl::Status {
    for (const std::string& term : now) {
      RETURN_IF_ERROR(tx.sql.Append("INSERT INTO need_terms (term, need)", sql::Bind(term, name), sql::Session::ReadBy::kTransaction));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<int64_t> CountFor(sql::Session& session, const std::string& query, const std::string& need) {
  int64_t count = 0;
  RETURN_IF_ERROR(session.Query(query, sql::Bind(need), [&](const sql::Row& row) { count = row.Int(0); }));
  return count;
}

absl::Status DecorateNeed(sql::Session& session, Need& need) {
  need.clear_priority();
  if (const std::optional<double> priority = PriorityOf(need)) need.set_priority(*priority);
  // One that was merged counts what is its own.
  const std::string whose = need.state() == Need::STATE_MERGED ? "n.name = ?" : "n.stands_for = ?";
  ASSIGN_OR_RETURN(
      const int64_t voters,
      CountFor(session, absl::StrCat("SELECT COUNT(DISTINCT v.voter) FROM needs n JOIN need_votes v ON v.need = n.name WHERE ", whose),
               need.name()));
  ASSIGN_OR_RETURN(const int64_t feedback,
                   CountFor(session, absl::StrCat("SELECT COUNT(*) FROM needs n JOIN feedback_entries f ON f.need = n.name WHERE ", whose),
                            need.name()));
  need.set_voter_count(static_cast<int32_t>(voters));
  need.set_feedback_count(static_cast<int32_t>(feedback));
  return absl::OkStatus();
}

// Needs as they were at a position that share terms with one.
absl::StatusOr<std::vector<Need>> NeedsNear(sql::Session& session, const std::string& need, const std::set<std::string>& terms,
                                            int64_t position) {
  std::vector<std::string> compared(terms.begin(), terms.end());
  compared.resize(std::min(compared.size(), kComparedTerms));
  if (compared.empty()) return std::vector<Need>();
  ASSIGN_OR_RETURN(std::vector<Need> near, ChosenAt<Need>(session, "needs",
                                                          absl::StrCat("SELECT need AS name FROM need_terms WHERE term IN (",
                                                                       sql::Placeholders(compared.size()), ")"),
                                                          sql::Values(compared.begin(), compared.end()), position));
  std::erase_if(near, [&](const Need& one) {
    const std::set<std::string> own = TermsOfNeed(one);
    return one.name() == need ||
           std::none_of(compared.begin(), compared.end(), [&](const std::string& term) { return own.contains(term); });
  });
  return near;
}

// One for each person and need, whoever casts it.
std::string VoteNameOf(const std::string& need, const std::string& voter) {
  return absl::StrCat(need, "/needVotes/", text::Sha256Hex(voter).substr(0, 26));
}

}  // namespace

const record::StateMachine& NeedMachine() {
  static const auto& machine = *new record::StateMachine(
      Need::State_descriptor(),
      {
          {Need::STATE_NEW, "confirm", Need::STATE_CONFIRMED},
          {Need::STATE_NEW, "decline", Need::STATE_DECLINED},
          {Need::STATE_CONFIRMED, "decline", Need::STATE_DECLINED},
          {Need::STATE_CONFIRMED, "plan", Need::STATE_PLANNED, "the project is not closed"},
          {Need::STATE_PLANNED, "deliver", Need::STATE_DELIVERED, "its project is completed", record::kConsequence},
          {Need::STATE_PLANNED, "give_back", Need::STATE_CONFIRMED, "its project is cancelled", record::kConsequence},
          {Need::STATE_NEW, "merge", Need::STATE_MERGED},
          {Need::STATE_CONFIRMED, "merge", Need::STATE_MERGED},
          {Need::STATE_PLANNED, "merge", Need::STATE_MERGED},
          {Need::STATE_MERGED, "unmerge", Need::STATE_NEW, "as it was before the merge"},
      });
  return machine;
}

Needs::Needs(Tables& tables) : tables_(tables) {
  tables_.needs.SetDecorator(DecorateNeed);
  tables_.needs.SetFollow(KeepNeedTerms);
}

absl::Status Needs::Create(record::Transaction&, Need& need) {
  need.set_state(Need::STATE_NEW);
  need.set_stands_for(need.name());
  return absl::OkStatus();
}

absl::Status Needs::Update(record::Transaction& tx, const Need& before, Need&) {
  if (IsOver(before) || before.state() == Need::STATE_MERGED) return ClosedNeed(before);
  const rpc::Principal& who = tx.call.principal;
  const bool department = who.Has(options::v1::ROLE_OPERATIONS_MANAGER) || who.Has(options::v1::ROLE_OPERATIONS_SPECIALIST) ||
                          who.Has(options::v1::ROLE_DATA_ANALYST);
  if (department || (before.creator() == who.name && before.state() == Need::STATE_NEW)) return absl::OkStatus();
  return status::Error(kNotYourNeed, {{"name", before.name()}});
}

absl::StatusOr<Need> Needs::Confirm(record::Transaction& tx, const v1::ConfirmNeedRequest& request) {
  return tables_.needs.Change(tx, request, "confirm");
}

absl::StatusOr<Need> Needs::Decline(record::Transaction& tx, const v1::DeclineNeedRequest& request) {
  return tables_.needs.Change(tx, request, "decline", [&](Need& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<Need> Needs::Plan(record::Transaction& tx, const v1::PlanNeedRequest& request) {
  RETURN_IF_ERROR(GuardOpenProject(tx, tables_, request.project()).status());
  return tables_.needs.Change(tx, request, "plan", [&](Need& after) { after.set_project(request.project()); });
}

absl::StatusOr<Need> Needs::GuardStanding(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Need need, tables_.needs.Find(tx.sql, name));
  while (true) {
    ASSIGN_OR_RETURN(Need root, tables_.needs.Guard(tx, need.stands_for()));
    // Another merge may have been first; what stands at the end of a held chain stays there.
    if (root.stands_for() == root.name()) return root;
    need = std::move(root);
  }
}

absl::StatusOr<std::vector<Need>> Needs::StandingFor(sql::Session& session, const std::string& root) const {
  return tables_.needs.Select(session, "WHERE stands_for = ? ORDER BY name", sql::Bind(root));
}

absl::Status Needs::Redirect(record::Transaction& tx, const std::vector<Need>& chain, const std::string& root) const {
  for (const Need& one : chain) {
    ASSIGN_OR_RETURN(const Need before, tables_.needs.Lock(tx, one.name()));
    Need after = before;
    after.set_stands_for(root);
    RETURN_IF_ERROR(tables_.needs.Update(tx, before, after, "redirect"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Need> Needs::Merge(record::Transaction& tx, const v1::MergeNeedRequest& request) {
  // In the order of names, so that two opposite merges wait for each other.
  ASSIGN_OR_RETURN(const Need target, tables_.needs.Find(tx.sql, request.into()));
  for (const std::string& one : std::set<std::string>{request.name(), target.stands_for()}) {
    RETURN_IF_ERROR(tables_.needs.Guard(tx, one).status());
  }
  ASSIGN_OR_RETURN(const Need root, GuardStanding(tx, request.into()));
  if (root.name() == request.name()) return status::Error(kMergeCircle, {{"name", request.name()}, {"into", request.into()}});
  if (root.state() == Need::STATE_DECLINED) return ClosedNeed(root);
  ASSIGN_OR_RETURN(record::Step<Need> step, tables_.needs.Begin(tx, request, "merge"));
  ASSIGN_OR_RETURN(std::vector<Need> chain, StandingFor(tx.sql, request.name()));
  std::erase_if(chain, [&](const Need& one) { return one.name() == request.name(); });
  RETURN_IF_ERROR(Redirect(tx, chain, root.name()));
  step.after.set_merged_into(request.into());
  step.after.set_stands_for(root.name());
  step.after.set_state_before_merge(step.before.state());
  step.after.set_state_reason(request.reason());
  return tables_.needs.Finish(tx, step);
}

absl::StatusOr<Need> Needs::Unmerge(record::Transaction& tx, const v1::UnmergeNeedRequest& request) {
  ASSIGN_OR_RETURN(const Need root, GuardStanding(tx, request.name()));
  ASSIGN_OR_RETURN(record::Step<Need> step, tables_.needs.Begin(tx, request));
  if (step.before.state() != Need::STATE_MERGED) return status::Error(kNotMerged, {{"name", request.name()}});
  ASSIGN_OR_RETURN(std::vector<Need> chain, StandingFor(tx.sql, root.name()));
  MergedInto merged;
  for (const Need& one : chain) merged[one.name()] = one.merged_into();
  const std::set<std::string> own = ChainInto(merged, request.name());
  std::erase_if(chain, [&](const Need& one) { return one.name() == request.name() || own.count(one.name()) == 0; });
  RETURN_IF_ERROR(Redirect(tx, chain, request.name()));
  step.verb = "unmerge";
  step.after.set_state(step.before.state_before_merge());
  step.after.clear_state_before_merge();
  step.after.clear_merged_into();
  step.after.clear_state_reason();
  step.after.set_stands_for(request.name());
  return tables_.needs.Finish(tx, step);
}

absl::StatusOr<Need> Needs::Vote(record::Transaction& tx, const v1::VoteForNeedRequest& request) {
  ASSIGN_OR_RETURN(const Need root, GuardStanding(tx, request.name()));
  if (IsOver(root)) return ClosedNeed(root);
  NeedVote vote;
  vote.set_name(VoteNameOf(root.name(), tx.call.principal.name));
  const absl::Status found = tables_.need_votes.Find(tx.sql, vote.name()).status();
  if (!found.ok() && !absl::IsNotFound(found)) return found;
  vote.set_voter(tx.call.principal.name);
  if (!found.ok()) RETURN_IF_ERROR(tables_.need_votes.Insert(tx, vote, "vote"));
  return tables_.needs.Decorated(tx.sql, root);
}

absl::StatusOr<Need> Needs::WithdrawVote(record::Transaction& tx, const v1::WithdrawNeedVoteRequest& request) {
  ASSIGN_OR_RETURN(const Need root, GuardStanding(tx, request.name()));
  ASSIGN_OR_RETURN(
      const std::vector<NeedVote> votes,
      tables_.need_votes.Select(tx.sql, "WHERE voter = ? AND need IN (SELECT name FROM needs WHERE stands_for = ?) ORDER BY name",
                                sql::Bind(tx.call.principal.name, root.name())));
  for (const NeedVote& vote : votes) RETURN_IF_ERROR(tables_.need_votes.Delete(tx, vote, "withdraw"));
  return tables_.needs.Decorated(tx.sql, root);
}

absl::StatusOr<v1::FindSimilarNeedsResponse> Needs::FindSimilar(const rpc::Call& call, const v1::FindSimilarNeedsRequest& request) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const int64_t position, PositionFor(tables_, call, request.position(), bad));
  RETURN_IF_ERROR(bad.status());
  const absl::CivilDay day = request.has_as_of() ? time::ToDay(request.as_of()) : absl::ToCivilDay(call.now, tables_.zone);
  const absl::Time end = absl::FromCivil(day + 1, tables_.zone);
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::FindSimilarNeedsResponse> {
    ASSIGN_OR_RETURN(const Need need, FindAt<Need>(session, request.name(), position));
    ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(session, end));
    v1::FindSimilarNeedsResponse response;
    response.set_planning_policy(policy.name());
    *response.mutable_as_of() = time::ToDate(day);
    response.set_position(position);
    const std::set<std::string> terms = TermsOfNeed(need);
    ASSIGN_OR_RETURN(const std::vector<Need> candidates, NeedsNear(session, need.name(), terms, position));
    for (const Need& one : candidates) {
      const bool stands = one.state() != Need::STATE_MERGED && one.state() != Need::STATE_DECLINED;
      if (!stands || time::ToTime(one.create_time()) >= end) continue;
      const int shared = SharedPercent(terms, TermsOfNeed(one));
      if (shared < policy.similar_percent()) continue;
      v1::SimilarNeed& similar = *response.add_similar();
      similar.set_need(one.name());
      similar.set_title(one.title());
      similar.set_shared_percent(shared);
    }
    std::sort(response.mutable_similar()->begin(), response.mutable_similar()->end(), [](const auto& a, const auto& b) {
      return std::pair(-a.shared_percent(), a.need()) < std::pair(-b.shared_percent(), b.need());
    });
    while (response.similar_size() > kMostSimilar) response.mutable_similar()->RemoveLast();
    return response;
  });
}

absl::Status Needs::TellVoters(record::Transaction& tx, const std::string& need) const {
  ASSIGN_OR_RETURN(
      const std::vector<NeedVote> votes,
      tables_.need_votes.Select(tx.sql, "WHERE tell_time IS NULL AND need IN (SELECT name FROM needs WHERE stands_for = ?) ORDER BY name",
                                sql::Bind(need)));
  std::vector<NeedVote> told = votes;
  for (NeedVote& vote : told) *vote.mutable_tell_time() = time::ToTimestamp(tx.call.now);
  return tables_.need_votes.UpdateAll(tx, votes, told, "tell");
}

absl::Status Needs::Deliver(record::Transaction& tx, const Need& need, bool completed) const {
  if (need.state() == Need::STATE_PLANNED) {
    RETURN_IF_ERROR(tables_.needs
                        .Change(tx, record::Target(need.name()), completed ? "deliver" : "give_back",
                                [&](Need& after) {
                                  if (!completed) after.clear_project();
                                })
                        .status());
    return completed ? TellVoters(tx, need.name()) : absl::OkStatus();
  }
  if (need.state() != Need::STATE_MERGED || need.state_before_merge() != Need::STATE_PLANNED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Need before, tables_.needs.Lock(tx, need.name()));
  Need after = before;
  after.set_state_before_merge(completed ? Need::STATE_DELIVERED : Need::STATE_CONFIRMED);
  if (!completed) after.clear_project();
  return tables_.needs.Update(tx, before, after, completed ? "deliver" : "give_back");
}

absl::Status Needs::FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const {
  if (before == nullptr || after == nullptr || before->state() == after->state()) return absl::OkStatus();
  const bool completed = after->state() == v1::Project::STATE_COMPLETED;
  if (!completed && after->state() != v1::Project::STATE_CANCELLED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Need> needs,
                   tables_.needs.Select(tx.sql, "WHERE project = ? ORDER BY name", sql::Bind(after->name())));
  for (const Need& need : needs) RETURN_IF_ERROR(Deliver(tx, need, completed));
  return absl::OkStatus();
}

void Needs::Bind(record::Methods& methods) {
  methods.Reads(tables_.needs);
  methods.Creates(tables_.needs, this, &Needs::Create);
  methods.Updates(tables_.needs, this, &Needs::Update);
  methods.Bind("ConfirmNeed", this, &Needs::Confirm);
  methods.Bind("DeclineNeed", this, &Needs::Decline);
  methods.Bind("PlanNeed", this, &Needs::Plan);
  methods.Bind("MergeNeed", this, &Needs::Merge);
  methods.Bind("UnmergeNeed", this, &Needs::Unmerge);
  methods.Bind("VoteForNeed", this, &Needs::Vote);
  methods.Bind("WithdrawNeedVote", this, &Needs::WithdrawVote);
  methods.Bind("FindSimilarNeeds", this, &Needs::FindSimilar);
  methods.Reads(tables_.need_votes);
}

}  // namespace heitie::planning
