#include "services/planning/evidence/flags.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/evidence/citation.h"
#include "services/planning/evidence/soundness.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using v1::EvidenceCause;
using v1::EvidenceFlag;
using v1::Project;

namespace {

bool IsPlan(const Project& project) { return project.state() == Project::STATE_SUBMITTED || project.state() == Project::STATE_APPROVED; }

// One for each citation and cause, whoever raises it.
std::string FlagNameOf(const v1::Citation& citation, EvidenceCause cause) {
  const std::string digest = text::Sha256Hex(absl::StrCat(citation.name(), " ", v1::EvidenceCause_Name(cause)));
  return absl::StrCat(record::ParentOf(citation.name()), "/evidenceFlags/", digest.substr(0, 26));
}

// Submitted and approved projects with an active citation that serves no longer.
constexpr char kUnsoundPlans[] =
    "SELECT DISTINCT p.name FROM projects p JOIN citations c ON c.project = p.name LEFT JOIN research_items r ON r.name = c.research_item "
    "LEFT JOIN needs n ON n.name = c.need "
    "WHERE p.state IN ('STATE_SUBMITTED', 'STATE_APPROVED') AND c.state = 'STATE_ACTIVE' "
    "AND (c.reaffirm_date IS NULL OR c.reaffirm_date < ?) "
    "AND (r.last_valid_date < ? OR c.last_valid_date < ? OR r.state = 'STATE_RETRACTED' OR r.open_contradictions > 0 OR r.refuted_by <> '' "
    "OR n.state = 'STATE_DECLINED')";

}  // namespace

const record::StateMachine& EvidenceFlagMachine() {
  static const auto& machine = *new record::StateMachine(
      EvidenceFlag::State_descriptor(),
      {
          {EvidenceFlag::STATE_OPEN, "close", EvidenceFlag::STATE_CLOSED, "somebody has seen to it", record::kConsequence},
          {EvidenceFlag::STATE_CLOSED, "raise", EvidenceFlag::STATE_OPEN, "its cause holds again", record::kConsequence},
      });
  return machine;
}

EvidenceFlags::EvidenceFlags(const service::Context& context, Tables& tables, PlanDuties& plan_duties)
    : tables_(tables), plan_duties_(plan_duties) {
  context.jobs.Recur("flag-evidence", kFlagInterval, [this](const rpc::Call& call, const job::Job&) { return RaiseAll(call); });
}

absl::Status EvidenceFlags::FollowProject(record::Transaction& tx, const Project* before, const Project* after) const {
  if (before == nullptr || after == nullptr || !IsPlan(*before)) return absl::OkStatus();
  if (before->owner() != after->owner()) RETURN_IF_ERROR(plan_duties_.Pass(tx, after->name(), after->owner()));
  if (IsPlan(*after)) return absl::OkStatus();
  const bool draft = after->state() == Project::STATE_DRAFT;
  return Close(tx, after->name(), draft ? EvidenceFlag::RESOLUTION_REVISED : EvidenceFlag::RESOLUTION_ENDED,
               [](const EvidenceFlag&) { return true; });
}

absl::Status EvidenceFlags::Close(record::Transaction& tx, const std::string& project, EvidenceFlag::Resolution resolution,
                                  const std::function<bool(const EvidenceFlag&)>& which) const {
  ASSIGN_OR_RETURN(const std::vector<EvidenceFlag> flags, tables_.evidence_flags.Children(tx.sql, project));
  bool closed = false, left = false;
  for (const EvidenceFlag& flag : flags) {
    if (flag.state() != EvidenceFlag::STATE_OPEN) continue;
    if (!which(flag)) {
      left = true;
      continue;
    }
    closed = true;
    RETURN_IF_ERROR(tables_.evidence_flags
                        .Change(tx, record::Target(flag.name()), "close",
                                [&](EvidenceFlag& after) {
                                  after.set_resolution(resolution);
                                  *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
                                })
                        .status());
  }
  return closed && !left ? plan_duties_.Done(tx, project) : absl::OkStatus();
}

absl::Status EvidenceFlags::Raise(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const Project project, tables_.projects.Guard(tx, name));
  if (!IsPlan(project)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Evidence evidence, LoadEvidence(tx.sql, tables_, name, tx.call.now));
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(tx.sql, project.plan_period()));
  ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, period.calendar()));
  const absl::CivilDay due = WorkdayAt(calendar->arithmetic, evidence.today, policy.flag_days());
  for (const Cited& cited : evidence.cited) {
    if (IsReaffirmed(cited.citation, evidence.today)) continue;
    for (const EvidenceCause cause : CausesOf(cited, evidence.today)) {
      const std::string flag_name = FlagNameOf(cited.citation, cause);
      const absl::StatusOr<EvidenceFlag> before = tables_.evidence_flags.Find(tx.sql, flag_name);
      if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
      if (before.ok() && before->state() == EvidenceFlag::STATE_OPEN) continue;
      ASSIGN_OR_RETURN(const v1::PlanDuty duty,
                       plan_duties_.Ask(tx, {v1::PlanDuty::KIND_EVIDENCE, name, project.owner(), due, period.calendar(), policy.name()}));
      const auto raise = [&](EvidenceFlag& flag) {
        *flag.mutable_raise_time() = time::ToTimestamp(tx.call.now);
        flag.clear_close_time();
        flag.clear_resolution();
        flag.set_plan_duty(duty.name());
      };
      if (before.ok()) {
        RETURN_IF_ERROR(tables_.evidence_flags.Change(tx, record::Target(flag_name), "raise", raise).status());
        continue;
      }
      EvidenceFlag flag;
      flag.set_name(flag_name);
      flag.set_citation(cited.citation.name());
      flag.set_cause(cause);
      flag.set_research_item(cited.citation.research_item());
      flag.set_state(EvidenceFlag::STATE_OPEN);
      raise(flag);
      RETURN_IF_ERROR(tables_.evidence_flags.Insert(tx, flag, "raise"));
    }
  }
  return absl::OkStatus();
}

job::Outcome EvidenceFlags::RaiseAll(const rpc::Call& call) {
  const std::string today = time::DayText(absl::ToCivilDay(call.now, tables_.zone));
  std::vector<std::string> unsound;
  const absl::Status read = tables_.store.Read(call, [&](sql::Session& session) {
    unsound.clear();
    return session.Query(kUnsoundPlans, sql::Bind(today, today, today), [&](const sql::Row& row) { unsound.push_back(row.Text(0)); });
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const std::string& project : unsound) {
    // Most have been flagged long ago: nothing is written, and nobody waits for the row, where nothing is new.
    const auto flagged = tables_.store.Read(call, [&](sql::Session& session) { return IsFlagged(session, project, call.now); });
    if (flagged.ok() && *flagged) continue;
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Raise(tx, project); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::StatusOr<bool> EvidenceFlags::IsFlagged(sql::Session& session, const std::string& project, absl::Time now) const {
  ASSIGN_OR_RETURN(const Evidence evidence, LoadEvidence(session, tables_, project, now));
  ASSIGN_OR_RETURN(const std::vector<EvidenceFlag> flags, tables_.evidence_flags.Children(session, project));
  std::set<std::string> open;
  for (const EvidenceFlag& flag : flags) {
    if (flag.state() == EvidenceFlag::STATE_OPEN) open.insert(flag.name());
  }
  for (const Cited& cited : evidence.cited) {
    if (IsReaffirmed(cited.citation, evidence.today)) continue;
    for (const EvidenceCause cause : CausesOf(cited, evidence.today)) {
      if (open.count(FlagNameOf(cited.citation, cause)) == 0) return false;
    }
  }
  return true;
}

void EvidenceFlags::Bind(record::Methods& methods) { methods.Reads(tables_.evidence_flags); }

}  // namespace heitie::planning
