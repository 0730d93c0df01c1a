#include "common/people/handovers.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/event/reactions.h"
#include "common/record/columns.h"
#include "common/record/hand_over.h"
#include "common/record/holdings.h"
#include "common/record/json.h"
#include "common/status/line.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::people {
namespace {

using personnel::v1::Handover;
using personnel::v1::Succession;
using type::v1::HandoverReport;
using type::v1::HandOverRequest;
using type::v1::Holding;

constexpr char kJob[] = "hand-over";
// Responsibilities of a transaction.
constexpr int kPortion = 100;
// After which the job lets others have their turn; it goes on where it is.
constexpr absl::Duration kTurn = absl::Seconds(10);
// When it is looked again since the last day was over.
constexpr std::array<absl::Duration, 3> kLooks = {absl::Minutes(1), absl::Hours(1), absl::Hours(24)};
constexpr absl::Duration kShortestPause = absl::Minutes(1);

std::string JobOf(const std::string& handover) { return handover + "/hand-over"; }

std::string KeyOf(const Holding& holding) { return absl::StrCat(holding.resource(), " ", holding.field()); }

// Whether the last day is over, and everything moves.
bool IsOver(const Handover& handover) { return handover.state() == Handover::STATE_DUE || handover.state() == Handover::STATE_COMPLETED; }

// How narrow a succession is that is about a holding; 0: it is about others.
int Narrowness(const Succession& succession, const Holding& holding) {
  if (!succession.field().empty() && succession.field() != holding.field()) return 0;
  if (succession.resource().empty()) return succession.resource_type() == holding.resource_type() ? 1 + !succession.field().empty() : 0;
  return succession.resource() == holding.resource() ? 3 + !succession.field().empty() : 0;
}

// Whether the responsibility is to blame, and not something that is away. A row of a newer version is changed by no replica of this one.
bool IsVerdict(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
      return true;
    default:
      return status::ReasonOf(status) == status::ReasonOf(record::NewerVersion("x"));
  }
}

// Somebody else was quicker. That something else is missing, which the resource needs, is a refusal as any other.
bool IsGone(const absl::Status& status, const std::string& resource) {
  const std::string reason = status::ReasonOf(status);
  const bool removed = absl::IsNotFound(status) && status.message() == status::NotFound(resource).message();
  return removed || reason == "NOT_THE_HOLDER" || reason == "NOT_OPEN";
}

}  // namespace

std::optional<std::string> WhoTakes(const Handover& handover, const Holding& holding) {
  if (handover.state() == Handover::STATE_WITHDRAWN) return std::nullopt;
  const Succession* narrowest = nullptr;
  int most = 0;
  for (const Succession& succession : handover.successions()) {
    const int narrowness = Narrowness(succession, holding);
    if (narrowness > most) narrowest = &succession;
    most = std::max(most, narrowness);
  }
  const bool moves = IsOver(handover) || (narrowest != nullptr && narrowest->in_force());
  if (!moves) return std::nullopt;
  return narrowest != nullptr ? narrowest->successor() : handover.successor();
}

std::optional<absl::Time> NextLook(absl::Time due, absl::Time now) {
  for (const absl::Duration look : kLooks) {
    if (due + look > now) return due + look;
  }
  return std::nullopt;
}

struct Handovers::Plan {
  Handover handover;
  int64_t revision = 0, finished = 0;
};

Handovers::Handovers(record::Store& store, job::Runner& jobs, client::Client& personnel, const std::string& service,
                     const Directory& directory)
    : store_(store), package_(absl::StrCat("heitie.", service, ".v1")), directory_(directory) {
  store.owners().left = [this](const std::string& employee, absl::Time at) { return directory_.HasLeft(employee, at); };
  store.owners().sweep = [](record::Transaction& tx, const std::string& employee) {
    const std::string handover = record::HandoverOf(employee);
    return job::Schedule(tx, {JobOf(handover), kJob, handover, tx.call.now});
  };
  event::Reactions reactions(store, jobs, personnel, "personnel", "handovers");
  reactions.On<Handover>({}, [this](const rpc::Call& call, const event::Change<Handover>& change) {
    return store_.Write(call, [&](record::Transaction& tx) { return Take(tx, change.latest()); });
  });
  jobs.Handle(kJob, [this](const rpc::Call& call, const job::Job& job) { return CarryOut(call, job); });
}

absl::Status Handovers::Take(record::Transaction& tx, const Handover& handover) const {
  int64_t revision = 0, known = 0, finished = 0;
  Handover before;
  if (!absl::SimpleAtoi(handover.etag(), &revision)) return absl::DataLossError("etag is no number");
  RETURN_IF_ERROR(tx.sql.Query("SELECT revision, finished_revision, plan FROM handover_plan WHERE name = ? FOR UPDATE",
                               sql::Bind(handover.name()), [&](const sql::Row& row) {
                                 known = row.Int(0);
                                 finished = row.Int(1);
                                 record::FromJson(row.Text(2), &before);
                               }));
  if (revision < known) return absl::OkStatus();
  // Personnel has noted who is ready: what this service does about it stays as it is.
  const bool noted = IsOver(before) && IsOver(handover) && time::ToTime(before.due_time()) == time::ToTime(handover.due_time());
  if (noted && finished == known) finished = revision;
  const std::string plan = record::ToJson(handover);
  RETURN_IF_ERROR(
      known == 0
          ? tx.sql.Execute("INSERT INTO handover_plan (name, revision, plan) VALUES (?, ?, ?)", sql::Bind(handover.name(), revision, plan))
                .status()
          : tx.sql
                .Execute("UPDATE handover_plan SET revision = ?, finished_revision = ?, plan = ? WHERE name = ?",
                         sql::Bind(revision, finished, plan, handover.name()))
                .status());
  if (noted) return absl::OkStatus();
  const bool moves = IsOver(handover) || (handover.state() == Handover::STATE_PLANNED &&
                                          std::any_of(handover.successions().begin(), handover.successions().end(),
                                                      [](const Succession& s) { return s.in_force(); }));
  if (!moves) return job::Cancel(tx, JobOf(handover.name()));
  return job::Schedule(tx, {JobOf(handover.name()), kJob, handover.name(), tx.call.now});
}

absl::StatusOr<std::optional<Handovers::Plan>> Handovers::Load(const rpc::Call& call, const std::string& name) const {
  std::optional<Plan> plan;
  bool read = true;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    plan.reset();
    return session.Query("SELECT revision, finished_revision, plan FROM handover_plan WHERE name = ?", sql::Bind(name),
                         [&](const sql::Row& row) {
                           plan.emplace();
                           plan->revision = row.Int(0);
                           plan->finished = row.Int(1);
                           read = record::FromJson(row.Text(2), &plan->handover);
                         });
  }));
  if (!read) return absl::DataLossError(absl::StrCat("the plan of ", name, " is no handover"));
  return plan;
}

job::Outcome Handovers::CarryOut(const rpc::Call& call, const job::Job& job) const {
  const absl::Time begin = absl::Now();
  const absl::StatusOr<std::optional<Plan>> loaded = Load(call, job.payload);
  if (!loaded.ok()) return job::Outcome::Failed(loaded.status());
  if (!*loaded || (*loaded)->handover.state() == Handover::STATE_WITHDRAWN) return job::Outcome::Done();
  const Plan& plan = **loaded;
  type::v1::ListHoldingsRequest request;
  request.set_employee(plan.handover.employee());
  request.set_open_only(true);
  request.set_page_size(kPortion);
  Moved moved;
  do {
    const auto page = record::FindHoldings(store_, call, package_, request);
    if (!page.ok()) return job::Outcome::Failed(page.status());
    const absl::StatusOr<Moved> of_page = MoveAll(call, plan, {page->holdings().begin(), page->holdings().end()});
    if (!of_page.ok()) return job::Outcome::Failed(of_page.status());
    moved.moved += of_page->moved;
    moved.left += of_page->left;
    request.set_page_token(page->next_page_token());
    if (absl::Now() > begin + kTurn && !request.page_token().empty()) return job::Outcome::Again(call.now);
  } while (!request.page_token().empty());
  // What moves may make something else, and somebody may have named the employee meanwhile: it ends when there was nothing to do.
  if (moved.moved > 0) return job::Outcome::Again(call.now);
  if (!IsOver(plan.handover)) return job::Outcome::Done();
  const absl::Time due = time::ToTime(plan.handover.due_time());
  // Ever more seldom: whoever has to put something right is told once more each time.
  if (moved.left > 0) return job::Outcome::Again(call.now + std::max(kShortestPause, (call.now - due) / 2));
  if (const absl::Status finished = Finish(call, plan); !finished.ok()) return job::Outcome::Failed(finished);
  const std::optional<absl::Time> next = NextLook(due, call.now);
  return next ? job::Outcome::Again(*next) : job::Outcome::Done();
}

absl::StatusOr<Handovers::Moved> Handovers::MoveAll(const rpc::Call& call, const Plan& plan, const std::vector<Holding>& holdings) const {
  Refusals refusals;
  while (true) {
    Moved all;
    std::string at;
    // From the last one on: an element that is removed from a list changes the places of those behind it only.
    const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      all = {};
      record::LockedRows locked(tx);
      std::set<std::string> moving;
      for (const Holding& holding : holdings) {
        if (WhoTakes(plan.handover, holding)) moving.insert(holding.resource());
      }
      at.clear();  // nobody is to blame for what goes wrong here
      RETURN_IF_ERROR(locked.Lock(store_, package_, moving));
      for (auto holding = holdings.rbegin(); holding != holdings.rend(); ++holding) {
        at = KeyOf(*holding);
        RETURN_IF_ERROR(Move(locked, plan, *holding, refusals[at], &all));
      }
      return absl::OkStatus();
    });
    if (status.ok()) return all;
    // The portion was undone; it is done once more without what was refused.
    if (at.empty() || !IsVerdict(status)) return status;
    refusals[at].push_back(status);
  }
}

absl::Status Handovers::Move(record::LockedRows& locked, const Plan& plan, const Holding& holding,
                             const std::vector<absl::Status>& refusals, Moved* all) const {
  record::Transaction& tx = locked.tx();
  const Handover& handover = plan.handover;
  const std::optional<std::string> taker = WhoTakes(handover, holding);
  if (!taker || (!refusals.empty() && IsGone(refusals.back(), holding.resource()))) return absl::OkStatus();
  HandoverReport report;
  report.set_handover_etag(handover.etag());
  struct Candidate {
    std::string name;
    HandoverReport::Outcome outcome;
  };
  std::vector<Candidate> candidates;
  if (!taker->empty()) candidates.push_back({*taker, HandoverReport::OUTCOME_MOVED});
  // Looked up only when they are needed.
  if (IsOver(handover) && refusals.size() >= candidates.size()) {
    ASSIGN_OR_RETURN(const std::string declared, record::FallbackOf(tx, store_, package_, holding));
    for (const std::string& fallback : {declared, handover.fallback()}) {
      const bool serves = !fallback.empty() && fallback != handover.employee() && !directory_.HasLeft(fallback, tx.call.now);
      if (serves) candidates.push_back({fallback, HandoverReport::OUTCOME_UNDECIDED});
    }
  }
  HandOverRequest request;
  request.set_resource(holding.resource());
  request.set_field(holding.field());
  request.set_employee(handover.employee());
  request.set_reason(
      absl::StrCat("Handover of ", handover.employee(), ", whose last day is ", time::DayText(time::ToDay(handover.leave_date()))));
  if (!refusals.empty()) report.set_error(status::Line(refusals.front()));
  if (refusals.size() < candidates.size()) {
    const Candidate& candidate = candidates[refusals.size()];
    request.set_successor(candidate.name);
    report.set_outcome(candidate.outcome);
    ++all->moved;
    return record::HandOver(tx, store_, package_, request, report, &locked).status();
  }
  ++all->left;
  report.set_outcome(HandoverReport::OUTCOME_NOT_MOVED);
  report.set_employee(handover.employee());
  report.set_reason(request.reason());
  if (refusals.empty()) report.set_error("There is nobody who could have it.");
  *report.mutable_holding() = holding;
  return record::Report(tx, store_, package_, report);
}

absl::Status Handovers::Finish(const rpc::Call& call, const Plan& plan) const {
  if (plan.finished >= plan.revision) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    int64_t revision = 0;
    Handover present;
    RETURN_IF_ERROR(tx.sql.Query("SELECT revision, plan FROM handover_plan WHERE name = ? AND finished_revision < revision FOR UPDATE",
                                 sql::Bind(plan.handover.name()), [&](const sql::Row& row) {
                                   revision = row.Int(0);
                                   record::FromJson(row.Text(1), &present);
                                 }));
    // Withdrawn meanwhile, or begun anew.
    if (!IsOver(present) || time::ToTime(present.due_time()) != time::ToTime(plan.handover.due_time())) return absl::OkStatus();
    RETURN_IF_ERROR(
        tx.sql.Execute("UPDATE handover_plan SET finished_revision = ? WHERE name = ?", sql::Bind(revision, plan.handover.name()))
            .status());
    HandoverReport report;
    report.set_outcome(HandoverReport::OUTCOME_NOTHING_LEFT);
    report.set_employee(plan.handover.employee());
    report.set_handover_etag(present.etag());
    return record::Report(tx, store_, package_, report);
  });
}

}  // namespace heitie::people
