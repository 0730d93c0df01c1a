#include "services/activity/preparation/gate_trial.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/activity/clock/clockwork.h"

namespace heitie::activity {
namespace {

using v1::Activity;
using v1::GateTrial;
using v1::PreconditionVerdict;

constexpr char kTryJob[] = "try-gate";
// While a service cannot be asked the trial waits for it, but not for long.
constexpr absl::Duration kTryAgain = absl::Seconds(30);
constexpr absl::Duration kPatience = absl::Minutes(10);

std::string TryJobOf(const std::string& activity) { return absl::StrCat(activity, "/try-gate"); }

std::optional<absl::Time> ScheduledTime(const Activity* activity) {
  if (activity == nullptr || !activity->has_scheduled_launch_time()) return std::nullopt;
  return time::ToTime(activity->scheduled_launch_time());
}

// One for each launch and lead; in the order of the launches, the longest lead first.
std::string TrialOf(const std::string& activity, absl::Time launch, absl::Duration lead) {
  const int64_t before = absl::ToInt64Seconds(absl::Hours(24 * 30)) - absl::ToInt64Seconds(lead);
  return absl::StrFormat("%s/gateTrials/t%013d-%07d", activity, absl::ToUnixMillis(launch), before);
}

bool Refuses(const PreconditionVerdict& verdict) {
  return verdict.verdict() == v1::VERDICT_UNMET || verdict.verdict() == v1::VERDICT_UNKNOWN;
}

// Whoever answers for something, and what it is.
using Answerable = std::vector<std::pair<std::string, std::string>>;

Answerable AnswerableFor(v1::Precondition precondition, const GateFacts& facts) {
  Answerable answerable;
  switch (precondition) {
    case v1::PRECONDITION_PLAN_APPROVED:
      if (facts.project.ok()) answerable.emplace_back(facts.project->owner(), facts.project->name());
      break;
    case v1::PRECONDITION_RISKS_SETTLED:
      if (!facts.risks.ok()) break;
      for (const auto& risk : facts.risks->risks()) {
        // Of a restricted one the notice would tell which it is.
        if (risk.blocking() && !risk.restricted()) answerable.emplace_back(risk.owner(), risk.risk());
      }
      for (const auto& open : facts.risks->obligations()) {
        if (open.blocking()) answerable.emplace_back(open.owner(), open.obligation_case());
      }
      break;
    case v1::PRECONDITION_PREPARATION_COMPLETE:
      for (const v1::PreparationItem& item : facts.items) {
        if (item.state() == v1::PreparationItem::STATE_DONE) continue;
        const bool inspected = item.state() == v1::PreparationItem::STATE_SUBMITTED && !item.inspector().empty();
        answerable.emplace_back(inspected ? item.inspector() : item.owner(), item.name());
      }
      break;
    case v1::PRECONDITION_SUPPORT_ACCEPTED:
      for (const v1::SupportCommitment& commitment : facts.commitments) {
        if (commitment.state() != v1::SupportCommitment::STATE_ACCEPTED) answerable.emplace_back(commitment.creator(), commitment.name());
      }
      break;
    default:
      break;  // The activity's owner.
  }
  return answerable;
}

}  // namespace

std::vector<v1::TrialNotice> NoticesOf(const GateFacts& facts, const std::vector<PreconditionVerdict>& refusals) {
  struct Told {
    std::set<int> preconditions;
    std::set<std::string> subjects;
  };
  std::map<std::string, Told> told;
  const std::string& owner = facts.activity.owner();
  for (const PreconditionVerdict& verdict : refusals) {
    told[owner].preconditions.insert(verdict.precondition());
    told[owner].subjects.insert(facts.activity.name());
    for (const auto& [person, subject] : AnswerableFor(verdict.precondition(), facts)) {
      if (!absl::StartsWith(person, "employees/")) continue;  // a service asked, or nobody is known
      told[person].preconditions.insert(verdict.precondition());
      told[person].subjects.insert(subject);
    }
  }
  std::vector<v1::TrialNotice> notices;
  const auto add = [&](const std::string& person, const Told& what) {
    v1::TrialNotice& notice = notices.emplace_back();
    notice.set_employee(person);
    for (const int precondition : what.preconditions) notice.add_preconditions(static_cast<v1::Precondition>(precondition));
    for (const std::string& subject : what.subjects) notice.add_subjects(subject);
  };
  if (const auto first = told.find(owner); first != told.end()) add(owner, first->second);
  for (const auto& [person, what] : told) {
    if (person != owner) add(person, what);
  }
  return notices;
}

TrialTimes TrialTimesOf(const v1::PreparationPolicy& policy, absl::Time launch, absl::Time now) {
  TrialTimes times;
  if (launch <= now) return times;
  for (const auto& each : policy.trial_leads()) {
    const absl::Duration lead = ToLength(each);
    if (launch - lead > now) {
      times.next = launch - lead;
      break;
    }
    times.due = lead;
  }
  return times;
}

GateTrials::GateTrials(const service::Context& context, Activities& activities, const Readiness& readiness,
                       const PreparationPolicies& policies)
    : store_(context.store), activities_(activities), readiness_(readiness), policies_(policies), trials_(context.store) {
  activities.Follow(
      [this](record::Transaction& tx, const Activity* before, const Activity* after) { return OnActivity(tx, before, after); });
  context.jobs.Handle(kTryJob, [this](const rpc::Call& call, const job::Job& job) { return Try(call, job); });
}

absl::Status GateTrials::OnActivity(record::Transaction& tx, const Activity* before, const Activity* after) const {
  const std::optional<absl::Time> was = ScheduledTime(before), is = ScheduledTime(after);
  if (was == is) return absl::OkStatus();
  const std::string& name = after != nullptr ? after->name() : before->name();
  if (is) {
    ASSIGN_OR_RETURN(const v1::PreparationPolicy policy, policies_.InForce(tx.sql, tx.call.now));
    const TrialTimes times = TrialTimesOf(policy, *is, tx.call.now);
    // Who schedules later than the longest lead learns at once.
    if (times.due) return job::Schedule(tx, {TryJobOf(name), kTryJob, name, tx.call.now});
    if (times.next) return job::Schedule(tx, {TryJobOf(name), kTryJob, name, *times.next});
  }
  return job::Cancel(tx, TryJobOf(name));
}

job::Outcome GateTrials::Try(const rpc::Call& caller, const job::Job& job) {
  rpc::Call call = caller;
  call.language = status::Language::kEnglish;  // as the contract says
  const std::string& name = job.payload;
  std::optional<absl::Time> launch;
  v1::PreparationPolicy policy;
  const absl::Status read = store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(session, name));
    launch = ScheduledTime(&activity);
    ASSIGN_OR_RETURN(policy, policies_.InForce(session, call.now));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) return job::Outcome::Done();
  if (!read.ok()) return job::Outcome::Failed(read);
  if (!launch) return job::Outcome::Done();
  const TrialTimes times = TrialTimesOf(policy, *launch, call.now);
  if (!times.due) return times.next ? job::Outcome::Again(*times.next) : job::Outcome::Done();
  const absl::StatusOr<Readiness::Judged> judged = readiness_.Try(call, name, *launch);
  if (!judged.ok()) return job::Outcome::Failed(judged.status());
  std::vector<PreconditionVerdict> refusals;
  std::copy_if(judged->verdicts.begin(), judged->verdicts.end(), std::back_inserter(refusals), Refuses);
  const bool unknown = std::any_of(refusals.begin(), refusals.end(),
                                   [](const PreconditionVerdict& verdict) { return verdict.verdict() == v1::VERDICT_UNKNOWN; });
  if (unknown && call.now < *launch - *times.due + kPatience) return job::Outcome::Again(call.now + kTryAgain);
  const absl::Status written = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(tx.sql, name));
    if (ScheduledTime(&activity) != launch) return absl::OkStatus();
    GateTrial trial;
    trial.set_name(TrialOf(name, *launch, *times.due));
    const absl::Status there = trials_.Find(tx.sql, trial.name()).status();
    if (!absl::IsNotFound(there)) return there;  // It has been tried.
    *trial.mutable_launch_time() = time::ToTimestamp(*launch);
    *trial.mutable_lead() = ToDuration(*times.due);
    trial.set_open(refusals.empty());
    trial.mutable_refusals()->Add(refusals.begin(), refusals.end());
    const std::vector<v1::TrialNotice> notices = NoticesOf(judged->facts, refusals);
    trial.mutable_notices()->Add(notices.begin(), notices.end());
    return trials_.Insert(tx, trial, "try");
  });
  if (!written.ok()) return job::Outcome::Failed(written);
  return times.next ? job::Outcome::Again(*times.next) : job::Outcome::Done();
}

}  // namespace heitie::activity
