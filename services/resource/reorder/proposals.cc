#include "services/resource/reorder/proposals.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/catalogue/price.h"

namespace heitie::resource {

using v1::ReorderProposal;
using v1::ReorderTerm;
using v1::ReorderVerdict;

const status::Reason kQuantityReason{absl::StatusCode::kInvalidArgument, "QUANTITY_REASON",
                                     "Another quantity than the proposed one needs a reason.", "數量與建議不同時應說明原因。"};
const status::Reason kNotSold{absl::StatusCode::kInvalidArgument, "NOT_SOLD", "{supplier_price} has no price for {quantity:count}.",
                              "{supplier_price} 沒有 {quantity:count} 的價格。"};
const status::Reason kNeedGone{absl::StatusCode::kFailedPrecondition, "NEED_GONE",
                               "{item} does not have to be ordered any more: it was judged again as {outcome}.",
                               "{item} 已無須訂購：重新計算的結果為 {outcome}。"};
const status::Reason kQuietDays{absl::StatusCode::kInvalidArgument, "QUIET_DAYS", "{day} does not lie between {today} and {last}.",
                                "{day} 不在 {today} 與 {last} 之間。"};

namespace {

constexpr char kNightJob[] = "propose-reorders";
constexpr absl::Duration kNightInterval = absl::Hours(1);
// Items that are looked for at a time.
constexpr int kItemsAtATime = 100;
// How much of a call's time is left when the rest waits for the next one.
constexpr absl::Duration kTimeLeft = absl::Seconds(10);
constexpr int kMostQuietDays = 366;

std::string OutcomeText(ReorderTerm::Outcome outcome) { return ReorderTerm::Outcome_Name(outcome); }

}  // namespace

const record::StateMachine& ReorderProposalMachine() {
  using P = ReorderProposal;
  static const auto& machine = *new record::StateMachine(
      P::State_descriptor(), {
                                 {P::STATE_OPEN, "revise", P::STATE_OPEN, "it comes to other figures", record::kConsequence},
                                 {P::STATE_OPEN, "accept", P::STATE_ACCEPTED, "it is still due"},
                                 {P::STATE_OPEN, "dismiss", P::STATE_DISMISSED},
                                 {P::STATE_OPEN, "withdraw", P::STATE_WITHDRAWN, "it is not due any more", record::kConsequence},
                             });
  return machine;
}

ReorderProposals::ReorderProposals(record::Store& store, ReorderTerms& terms, const ReorderSources& sources, const OpenPurchases& purchases,
                                   job::Runner& jobs)
    : store_(store), terms_(terms), sources_(sources), purchases_(purchases), proposals_(store, &ReorderProposalMachine()) {
  terms.SetLeave([this](record::Transaction& tx, const Term& term) { return Leave(tx, term); });
  jobs.Recur(kNightJob, kNightInterval, [this](const rpc::Call& call, const job::Job&) { return RunNight(call); });
}

absl::StatusOr<std::vector<Judgement>> ReorderProposals::Judge(sql::Session& session, const std::string& item,
                                                               const std::vector<Term>& terms, absl::Time now) const {
  ASSIGN_OR_RETURN(const std::vector<ReorderInputs> inputs, sources_.Of(session, item, terms, now));
  std::vector<Judgement> judgements;
  for (const ReorderInputs& one : inputs) judgements.push_back(JudgeReorder(one));
  ChooseSupplier(judgements);
  return judgements;
}

absl::StatusOr<std::vector<Judgement>> ReorderProposals::Keep(record::Transaction& tx, const std::string& item) const {
  // Locked by their names, judged by their suppliers'.
  ASSIGN_OR_RETURN(const std::vector<Term> known, terms_.kind().Select(tx.sql, "WHERE item = ? ORDER BY name", sql::Bind(item)));
  std::vector<record::Step<Term>> steps;
  for (const Term& term : known) {
    absl::StatusOr<record::Step<Term>> step = terms_.kind().Begin(tx, record::Target(term.name()));
    if (absl::IsNotFound(step.status())) continue;  // It went meanwhile.
    RETURN_IF_ERROR(step.status());
    steps.push_back(*std::move(step));
  }
  std::sort(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.before.supplier() < b.before.supplier(); });
  std::vector<Term> terms;
  for (const record::Step<Term>& step : steps) terms.push_back(step.before);
  ASSIGN_OR_RETURN(std::vector<Judgement> judgements, Judge(tx.sql, item, terms, tx.call.now));
  // What is withdrawn goes first, so that the order moves from one supplier to another.
  for (const bool proposed : {false, true}) {
    for (size_t i = 0; i < steps.size(); ++i) {
      ReorderVerdict& verdict = judgements[i].verdict;
      if ((verdict.outcome() == ReorderTerm::OUTCOME_PROPOSED) == proposed) RETURN_IF_ERROR(KeepOne(tx, steps[i], verdict));
    }
  }
  return judgements;
}

absl::Status ReorderProposals::KeepOne(record::Transaction& tx, record::Step<Term>& step, ReorderVerdict& verdict) const {
  Term& term = step.after;
  if (verdict.outcome() == ReorderTerm::OUTCOME_PROPOSED) {
    ASSIGN_OR_RETURN(const bool quiet, IsQuiet(tx, term));
    if (quiet) verdict.set_outcome(ReorderTerm::OUTCOME_DISMISSED);
  }
  if (verdict.outcome() == ReorderTerm::OUTCOME_PROPOSED) {
    ASSIGN_OR_RETURN(*term.mutable_proposal(), Open(tx, term, verdict));
  } else if (!term.proposal().empty()) {
    RETURN_IF_ERROR(Withdraw(tx, term.proposal(), OutcomeText(verdict.outcome())));
    term.clear_proposal();
  }
  verdict.set_proposal(term.proposal());
  *term.mutable_judge_date() = verdict.figures().judge_date();
  term.set_outcome(verdict.outcome());
  *term.mutable_gaps() = verdict.gaps();
  step.verb = "judge";
  return terms_.kind().Finish(tx, step).status();
}

absl::StatusOr<std::string> ReorderProposals::Open(record::Transaction& tx, const Term& term, const ReorderVerdict& verdict) const {
  const auto fill = [&](ReorderProposal& proposal) {
    proposal.set_quantity(verdict.quantity());
    proposal.set_order_quantity(verdict.order_quantity());
    proposal.set_unit(term.unit());
    proposal.set_cost_minor(verdict.cost_minor());
    proposal.set_currency_code(verdict.currency_code());
    *proposal.mutable_figures() = verdict.figures();
  };
  if (!term.proposal().empty()) {
    ASSIGN_OR_RETURN(record::Step<Proposal> step, proposals_.Begin(tx, record::Target(term.proposal()), "revise"));
    fill(step.after);
    RETURN_IF_ERROR(proposals_.Finish(tx, step).status());
    return term.proposal();
  }
  ReorderProposal proposal;
  proposal.set_name(absl::StrCat("reorderProposals/", record::NewId(tx.call.now)));
  proposal.set_item(term.item());
  proposal.set_supplier(term.supplier());
  proposal.set_reorder_term(term.name());
  proposal.set_state(ReorderProposal::STATE_OPEN);
  fill(proposal);
  RETURN_IF_ERROR(proposals_.Insert(tx, proposal, "propose"));
  return proposal.name();
}

absl::Status ReorderProposals::Withdraw(record::Transaction& tx, const std::string& name, const std::string& why) const {
  ASSIGN_OR_RETURN(record::Step<Proposal> step, proposals_.Begin(tx, record::Target(name), "withdraw"));
  step.after.set_state_reason(why);
  *step.after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
  return proposals_.Finish(tx, step).status();
}

absl::Status ReorderProposals::Leave(record::Transaction& tx, const Term& term) const {
  return term.proposal().empty() ? absl::OkStatus() : Withdraw(tx, term.proposal(), "TERM_DELETED");
}

absl::StatusOr<bool> ReorderProposals::IsQuiet(record::Transaction& tx, const Term& term) const {
  bool quiet = false;
  RETURN_IF_ERROR(tx.sql.Query(
      "SELECT 1 FROM reorder_proposals WHERE item = ? AND supplier = ? AND state = 'STATE_DISMISSED' AND quiet_until >= ? LIMIT 1",
      sql::Bind(term.item(), term.supplier(), time::DayText(sources_.DayOf(tx.call.now))), [&](const sql::Row&) { quiet = true; }));
  return quiet;
}

// Items in the order of their names, those whose judgement fails only once; they are tried again by the next run.
job::Outcome ReorderProposals::RunNight(const rpc::Call& call) const {
  const std::string today = time::DayText(sources_.DayOf(call.now));
  absl::Status failed;
  std::string last;
  while (true) {
    std::vector<std::string> items;
    const absl::Status found = store_.Read(call, [&](sql::Session& session) {
      items.clear();
      return session.Query(absl::StrCat("SELECT DISTINCT item FROM reorder_terms WHERE (judge_date IS NULL OR judge_date < ?) AND item > ? "
                                        "ORDER BY item LIMIT ",
                                        kItemsAtATime),
                           sql::Bind(today, last), [&](const sql::Row& row) { items.push_back(row.Text(0)); });
    });
    if (!found.ok()) return job::Outcome::Failed(found);
    if (items.empty()) return job::Outcome{failed};
    for (const std::string& item : items) {
      if (call.deadline - absl::Now() < kTimeLeft) return failed.ok() ? job::Outcome::Again(call.now) : job::Outcome::Failed(failed);
      const absl::Status kept = store_.Write(call, [&](record::Transaction& tx) { return Keep(tx, item).status(); });
      if (!kept.ok()) failed.Update(kept);
      last = item;
    }
  }
}

absl::StatusOr<record::Step<ReorderProposal>> ReorderProposals::Decide(record::Transaction& tx, const std::string& name,
                                                                       const std::string& etag, const char* verb) const {
  ASSIGN_OR_RETURN(const Proposal known, proposals_.Find(tx.sql, name));
  absl::StatusOr<record::Step<Term>> term = terms_.kind().Begin(tx, record::Target(known.reorder_term()));
  if (!term.ok() && !absl::IsNotFound(term.status())) return term.status();
  ASSIGN_OR_RETURN(record::Step<Proposal> step, proposals_.Begin(tx, record::Target(name, etag), verb));
  step.after.set_decider(tx.call.principal.name);
  *step.after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
  if (term.ok() && term->before.proposal() == name) {
    term->after.clear_proposal();
    term->verb = verb;
    RETURN_IF_ERROR(terms_.kind().Finish(tx, *term).status());
  }
  return step;
}

absl::StatusOr<v1::PurchaseRequisition> ReorderProposals::DraftOf(record::Transaction& tx, const v1::AcceptReorderProposalRequest& request,
                                                                  const Proposal& proposal) const {
  const int64_t quantity = request.has_order_quantity() ? request.order_quantity() : proposal.order_quantity();
  int64_t cost = proposal.cost_minor();
  status::BadFields bad;
  if (quantity != proposal.order_quantity()) {
    if (request.reason().empty()) bad.Add("reason", kQuantityReason);
    ASSIGN_OR_RETURN(const v1::SupplierPrice price, sources_.prices().Find(tx.sql, proposal.figures().supplier_price()));
    const std::optional<int64_t> other = CostOf(price, quantity);
    if (other) {
      cost = *other;
    } else {
      bad.Add("order_quantity", kNotSold, {{"quantity", quantity}, {"supplier_price", price.name()}});
    }
  }
  RETURN_IF_ERROR(bad.status());
  v1::PurchaseRequisition draft;
  draft.set_purpose(request.reason().empty() ? absl::StrCat("補貨 ", proposal.item()) : request.reason());
  draft.set_cost_center(request.cost_center());
  draft.set_origin(proposal.name());
  const int64_t days = static_cast<int64_t>(std::ceil(proposal.figures().lead_days()));
  *draft.mutable_need_date() = time::ToDate(sources_.DayOf(tx.call.now) + days);
  v1::PurchaseRequisition::Line& line = *draft.add_lines();
  line.set_item(proposal.item());
  line.set_quantity(quantity);
  line.set_unit(proposal.unit());
  line.set_supplier(proposal.supplier());
  line.set_estimate_minor(cost);
  line.set_currency_code(proposal.currency_code());
  line.set_expense_account(request.expense_account());
  return draft;
}

absl::StatusOr<ReorderProposal> ReorderProposals::Accept(record::Transaction& tx, const v1::AcceptReorderProposalRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Proposal> step, Decide(tx, request.name(), request.etag(), "accept"));
  const std::string& item = step.before.item();
  // Somebody may have ordered since the night.
  ASSIGN_OR_RETURN(const std::vector<Term> terms, terms_.Of(tx.sql, item));
  ASSIGN_OR_RETURN(const std::vector<Judgement> judgements, Judge(tx.sql, item, terms, tx.call.now));
  std::string outcome = "TERM_DELETED";
  for (const Judgement& one : judgements) {
    if (one.verdict.supplier() == step.before.supplier()) outcome = OutcomeText(one.verdict.outcome());
  }
  if (outcome != OutcomeText(ReorderTerm::OUTCOME_PROPOSED)) return status::Error(kNeedGone, {{"item", item}, {"outcome", outcome}});
  ASSIGN_OR_RETURN(v1::PurchaseRequisition draft, DraftOf(tx, request, step.before));
  ASSIGN_OR_RETURN(const v1::PurchaseRequisition made, purchases_.CreateRequisition(tx, std::move(draft)));
  step.after.set_requisition(made.name());
  step.after.set_state_reason(request.reason());
  return proposals_.Finish(tx, step);
}

absl::StatusOr<ReorderProposal> ReorderProposals::Dismiss(record::Transaction& tx, const v1::DismissReorderProposalRequest& request) {
  const absl::CivilDay today = sources_.DayOf(tx.call.now);
  const absl::CivilDay until = request.has_quiet_until() ? time::ToDay(request.quiet_until()) : today;
  if (until < today || until > today + kMostQuietDays) {
    status::BadFields bad;
    bad.Add("quiet_until", kQuietDays,
            {{"day", time::DayText(until)}, {"today", time::DayText(today)}, {"last", time::DayText(today + kMostQuietDays)}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(record::Step<Proposal> step, Decide(tx, request.name(), request.etag(), "dismiss"));
  step.after.set_state_reason(request.reason());
  *step.after.mutable_quiet_until() = time::ToDate(until);
  return proposals_.Finish(tx, step);
}

absl::StatusOr<v1::ComputeReorderResponse> ReorderProposals::Compute(const rpc::Call& call, const v1::ComputeReorderRequest& request) {
  v1::ComputeReorderResponse response;
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(const std::vector<Term> terms, terms_.Of(session, request.name()));
    ASSIGN_OR_RETURN(const std::vector<Judgement> judgements, Judge(session, request.name(), terms, call.now));
    for (const Judgement& one : judgements) *response.add_verdicts() = one.verdict;
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::ProposeReorderResponse> ReorderProposals::Propose(record::Transaction& tx, const v1::ProposeReorderRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<Judgement> judgements, Keep(tx, request.name()));
  v1::ProposeReorderResponse response;
  for (const Judgement& one : judgements) *response.add_verdicts() = one.verdict;
  return response;
}

void ReorderProposals::Bind(record::Methods& methods) {
  methods.Reads(proposals_);
  methods.Bind("AcceptReorderProposal", this, &ReorderProposals::Accept);
  methods.Bind("DismissReorderProposal", this, &ReorderProposals::Dismiss);
  methods.Bind("ComputeReorder", this, &ReorderProposals::Compute);
  methods.Bind("ProposeReorder", this, &ReorderProposals::Propose);
}

}  // namespace heitie::resource
