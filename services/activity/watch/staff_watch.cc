#include "services/activity/watch/staff_watch.h"

#include "common/status/macros.h"
#include "common/status/reason.h"
#include "common/time/instant.h"
#include "services/activity/preparation/staff_judgement.h"

namespace heitie::activity {
namespace {

using v1::Activity;

constexpr absl::Duration kAfterLaunch = absl::Seconds(5);
constexpr absl::Duration kUnknownInterval = absl::Seconds(10);
constexpr absl::Duration kUnmetInterval = absl::Hours(1);

bool NeedsItsStaff(const Activity& activity) {
  return activity.state() == Activity::STATE_PREPARING || activity.state() == Activity::STATE_READY ||
         activity.state() == Activity::STATE_LIVE || activity.state() == Activity::STATE_PAUSED;
}

}  // namespace

v1::StaffJudgement JudgementOf(const std::vector<v1::PreconditionVerdict>& verdicts, const v1::StaffJudgement& before, absl::Time now) {
  v1::StaffJudgement judgement;
  for (const v1::PreconditionVerdict& verdict : verdicts) {
    if (verdict.precondition() != v1::PRECONDITION_STAFF_QUALIFIED) continue;
    judgement.set_verdict(verdict.verdict());
    judgement.set_reason(verdict.reason());
    judgement.set_sentence(verdict.sentence());
  }
  *judgement.mutable_judge_time() = before.judge_time();
  if (before.has_judge_time() && judgement.SerializeAsString() == before.SerializeAsString()) return judgement;
  *judgement.mutable_judge_time() = time::ToTimestamp(now);
  return judgement;
}

StaffWatch::StaffWatch(const service::Context& context, Activities& activities, const Readiness& readiness)
    : store_(context.store), activities_(activities), readiness_(readiness) {
  context.jobs.Handle(kStaffJudgementJob, [this](const rpc::Call& call, const job::Job& job) { return Judge(call, job.payload); });
}

job::Outcome StaffWatch::Judge(const rpc::Call& caller, const std::string& name) {
  rpc::Call call = caller;
  call.language = status::Language::kEnglish;  // as the contract says
  const absl::StatusOr<Readiness::Verdicts> gate = readiness_.Evaluate(call, name, call.now);
  if (absl::IsNotFound(gate.status())) return job::Outcome::Done();
  if (!gate.ok()) return job::Outcome::Failed(gate.status());
  v1::StaffJudgement judgement;
  absl::Duration again = absl::InfiniteDuration();
  const absl::Status written = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteDuration();
    ASSIGN_OR_RETURN(const Activity before, activities_.kind().Lock(tx, name));
    if (!NeedsItsStaff(before)) return absl::OkStatus();
    if (!before.launch().empty()) {
      again = kAfterLaunch;
      return absl::OkStatus();
    }
    judgement = JudgementOf(gate->verdicts, before.staff_judgement(), call.now);
    // What nobody knows tells nothing, and so does a verdict on another version.
    if (judgement.verdict() == v1::VERDICT_UNKNOWN || before.etag() != gate->activity.etag()) {
      again = kUnknownInterval;
      return absl::OkStatus();
    }
    if (judgement.verdict() != v1::VERDICT_MET) again = kUnmetInterval;
    Activity after = before;
    *after.mutable_staff_judgement() = judgement;
    return activities_.kind().Update(tx, before, after, "judge_staff");
  });
  if (!written.ok()) return job::Outcome::Failed(written);
  return again == absl::InfiniteDuration() ? job::Outcome::Done() : job::Outcome::Again(call.now + again);
}

}  // namespace heitie::activity
