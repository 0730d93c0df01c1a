#include "services/personnel/staff/step.h"

#include <openssl/sha.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::personnel {
namespace {

using v1::PendingStep;

constexpr char kEscalation[] = "escalate_step";
constexpr absl::Duration kReturn = absl::Hours(24);
constexpr int64_t kMostSteps = 1000;

// The same for the same subject and action, so that of two transactions that open a step at once one finds the other's.
std::string StepName(const std::string& subject, const std::string& action) {
  return absl::StrCat("pendingSteps/", IdFor(absl::StrCat(subject, " ", action)));
}

std::string EscalationOf(const std::string& step) { return absl::StrCat(step, "/escalation"); }

job::Job EscalationJob(const PendingStep& step) {
  return {EscalationOf(step.name()), kEscalation, step.name(), time::ToTime(step.due_time())};
}

absl::Status ScheduleEscalation(record::Transaction& tx, const PendingStep& step) { return job::Schedule(tx, EscalationJob(step)); }

PendingStep StepOf(const WantedStep& wanted) {
  PendingStep step;
  step.set_name(StepName(wanted.subject, wanted.action));
  step.set_subject(wanted.subject);
  step.set_action(wanted.action);
  step.set_owner(wanted.owner);
  *step.mutable_due_time() = time::ToTimestamp(wanted.due);
  step.set_state(PendingStep::STATE_OPEN);
  return step;
}

constexpr size_t kTogether = 256;

}  // namespace

std::string IdFor(const std::string& text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return absl::BytesToHexString(digest.substr(0, 20));
}

const record::StateMachine& PendingStepMachine() {
  static const auto& machine = *new record::StateMachine(PendingStep::State_descriptor(),
                                                         {{PendingStep::STATE_OPEN, "finish", PendingStep::STATE_DONE},
                                                          {PendingStep::STATE_DONE, "open", PendingStep::STATE_OPEN},
                                                          {PendingStep::STATE_OPEN, "assign", PendingStep::STATE_OPEN},
                                                          {PendingStep::STATE_OPEN, "escalate", PendingStep::STATE_OPEN, "overdue"}});
  return machine;
}

Steps::Steps(const service::Context& context, const Employees& employees)
    : store_(context.store),
      zone_(context.time_zone),
      employees_(employees),
      steps_(context.store, &PendingStepMachine()),
      veiled_(std::make_shared<std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)>>()) {
  const auto veiled = [subjects = veiled_](const rpc::Principal& principal) -> std::optional<std::vector<std::string>> {
    if (*subjects == nullptr) return std::vector<std::string>();
    return (*subjects)(principal);
  };
  steps_.RestrictRows(record::Own("owner") || record::Own("escalated_to") || record::Among("owner", employees.teams().StandsInFor()) ||
                      (record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) && record::Except("subject", veiled)));
  context.jobs.Handle(kEscalation, [this](const rpc::Call& call, const job::Job& job) { return Escalate(call, job); });
}

absl::Status Steps::Open(record::Transaction& tx, const WantedStep& wanted) const {
  const std::string name = StepName(wanted.subject, wanted.action);
  const absl::StatusOr<PendingStep> before = steps_.Lock(tx, name);
  if (absl::IsNotFound(before.status())) {
    PendingStep step = StepOf(wanted);
    RETURN_IF_ERROR(steps_.Insert(tx, step, "open"));
    return ScheduleEscalation(tx, step);
  }
  RETURN_IF_ERROR(before.status());
  const bool open = before->state() == PendingStep::STATE_OPEN;
  if (open && before->owner() == wanted.owner && time::ToTime(before->due_time()) == wanted.due) return absl::OkStatus();
  const char* verb = open ? "assign" : "open";
  PendingStep after = *before;
  RETURN_IF_ERROR(steps_.Advance(after, verb));
  after.set_owner(wanted.owner);
  *after.mutable_due_time() = time::ToTimestamp(wanted.due);
  after.clear_escalated_to();
  after.clear_escalations();
  after.clear_finisher();
  after.clear_finish_time();
  RETURN_IF_ERROR(steps_.Update(tx, *before, after, verb));
  return ScheduleEscalation(tx, after);
}

absl::Status Steps::OpenAll(record::Transaction& tx, const std::vector<WantedStep>& wanted) const {
  return tx.sql.Together([&]() -> absl::Status {
    for (size_t begin = 0; begin < wanted.size(); begin += kTogether) {
      const size_t end = std::min(begin + kTogether, wanted.size());
      sql::Values names;
      for (size_t i = begin; i < end; ++i) names.emplace_back(StepName(wanted[i].subject, wanted[i].action));
      std::set<std::string> known;
      RETURN_IF_ERROR(tx.sql.Query(absl::StrCat("SELECT name FROM pending_steps WHERE name IN (", sql::Placeholders(names.size()), ")"),
                                   names, [&](const sql::Row& row) { known.insert(row.Text(0)); }));
      std::vector<job::Job> jobs;
      for (size_t i = begin; i < end; ++i) {
        PendingStep step = StepOf(wanted[i]);
        if (known.count(step.name()) > 0) {
          RETURN_IF_ERROR(Open(tx, wanted[i]));
          continue;
        }
        RETURN_IF_ERROR(steps_.Insert(tx, step, "open"));
        jobs.push_back(EscalationJob(step));
      }
      RETURN_IF_ERROR(job::ScheduleAll(tx, jobs));
    }
    return absl::OkStatus();
  });
}

absl::Status Steps::DoneBelow(record::Transaction& tx, const std::string& resource) const {
  ASSIGN_OR_RETURN(const std::vector<PendingStep> before,
                   steps_.Select(tx.sql, "WHERE subject > ? AND subject < ? AND state = 'STATE_OPEN' ORDER BY name FOR UPDATE",
                                 sql::Bind(resource + "/", resource + "0")));
  std::vector<PendingStep> after = before;
  for (PendingStep& step : after) {
    RETURN_IF_ERROR(steps_.Advance(step, "finish"));
    step.set_finisher(tx.call.principal.name);
    *step.mutable_finish_time() = time::ToTimestamp(tx.call.now);
  }
  RETURN_IF_ERROR(steps_.UpdateAll(tx, before, after, "finish"));
  std::vector<std::string> jobs;
  for (const PendingStep& step : before) jobs.push_back(EscalationOf(step.name()));
  return job::CancelAll(tx, jobs);
}

absl::Status Steps::Finish(record::Transaction& tx, const std::string& name) const {
  const absl::StatusOr<PendingStep> before = steps_.Lock(tx, name);
  if (absl::IsNotFound(before.status())) return absl::OkStatus();
  RETURN_IF_ERROR(before.status());
  if (before->state() != PendingStep::STATE_OPEN) return absl::OkStatus();
  PendingStep after = *before;
  RETURN_IF_ERROR(steps_.Advance(after, "finish"));
  after.set_finisher(tx.call.principal.name);
  *after.mutable_finish_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(steps_.Update(tx, *before, after, "finish"));
  return job::Cancel(tx, EscalationOf(name));
}

absl::Status Steps::Done(record::Transaction& tx, const std::string& subject, const std::string& action) const {
  return Finish(tx, StepName(subject, action));
}

absl::Status Steps::DoneAll(record::Transaction& tx, const std::string& subject) const {
  ASSIGN_OR_RETURN(const std::vector<PendingStep> open,
                   steps_.Select(tx.sql, "WHERE subject = ? AND state = 'STATE_OPEN' ORDER BY name", sql::Bind(subject)));
  for (const PendingStep& step : open) RETURN_IF_ERROR(Finish(tx, step.name()));
  return absl::OkStatus();
}

job::Outcome Steps::Escalate(const rpc::Call& call, const job::Job& job) const {
  absl::Time again = absl::InfiniteFuture();
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    again = absl::InfiniteFuture();
    const absl::StatusOr<PendingStep> before = steps_.Lock(tx, job.payload);
    if (absl::IsNotFound(before.status())) return absl::OkStatus();
    RETURN_IF_ERROR(before.status());
    if (before->state() != PendingStep::STATE_OPEN) return absl::OkStatus();
    // The due time was moved while this job was on its way, or its attempt is repeated.
    const absl::Time next = time::ToTime(before->due_time()) + kReturn * before->escalations();
    if (next > call.now) {
      again = next;
      return absl::OkStatus();
    }
    PendingStep after = *before;
    RETURN_IF_ERROR(steps_.Advance(after, "escalate"));
    ASSIGN_OR_RETURN(const std::optional<Superior> superior,
                     employees_.LeaderOf(tx.sql, before->owner(), absl::ToCivilDay(call.now, zone_)));
    after.set_escalated_to(superior ? superior->name : "");
    // However long the service was away, it comes back once for all days that went by.
    after.set_escalations(1 + static_cast<int32_t>((call.now - time::ToTime(before->due_time())) / kReturn));
    again = time::ToTime(after.due_time()) + kReturn * after.escalations();
    return steps_.Update(tx, *before, after, "escalate");
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  return again == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(again);
}

absl::StatusOr<v1::FindMyStepsResponse> Steps::FindMine(const rpc::Call& call, const v1::FindMyStepsRequest&) {
  const std::string& me = call.principal.name;
  const std::vector<std::string> absent = employees_.teams().StandsInFor()(call.principal);
  std::string condition = "WHERE state = 'STATE_OPEN' AND (owner = ? OR escalated_to = ?";
  sql::Values values = sql::Bind(me, me);
  for (const std::string& owner : absent) {
    condition += " OR owner = ?";
    values.emplace_back(owner);
  }
  values.emplace_back(kMostSteps);
  ASSIGN_OR_RETURN(std::vector<PendingStep> steps, store_.Read(call, [&](sql::Session& session) {
    return steps_.Select(session, condition + ") ORDER BY due_time, name LIMIT ?", values);
  }));
  v1::FindMyStepsResponse response;
  for (PendingStep& step : steps) {
    v1::MyStep& mine = *response.add_steps();
    mine.set_ground(step.owner() == me                                               ? v1::MyStep::GROUND_OWNER
                    : std::binary_search(absent.begin(), absent.end(), step.owner()) ? v1::MyStep::GROUND_DEPUTY
                                                                                     : v1::MyStep::GROUND_ESCALATED);
    *mine.mutable_step() = std::move(step);
  }
  return response;
}

void Steps::Bind(record::Methods& methods) {
  methods.Lists(steps_);
  methods.Bind("FindMySteps", this, &Steps::FindMine);
}

}  // namespace heitie::personnel
