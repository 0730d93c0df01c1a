#include "services/personnel/training/reminder.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/training/plan_standing.h"

namespace heitie::personnel {
namespace {

using v1::Certificate;

constexpr char kRenewStep[] = "renew";
constexpr char kEndOfReminder[] = "end-certificate-reminder";
constexpr absl::Duration kRemindingInterval = absl::Minutes(10);
constexpr int kRemindedAtOnce = 1000;

}  // namespace

Reminders::Reminders(const service::Context& context, const DevelopmentPolicies& policies, const record::Kind<v1::Employee>& employees,
                     Certificates& certificates, const Steps& steps)
    : store_(context.store), policies_(policies), employees_(employees), certificates_(certificates), steps_(steps) {
  certificates.Follow([this](record::Transaction& tx, const Certificate& certificate) { return FollowCertificate(tx, certificate); });
  context.jobs.Recur(
      "remind-of-certificates", kRemindingInterval, [this](const rpc::Call& call, const job::Job&) { return Remind(call); },
      job::Lane::kDeadlines);
  context.jobs.Handle(kEndOfReminder, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) { return steps_.DoneAll(tx, job.payload); }));
  });
}

job::Outcome Reminders::Remind(const rpc::Call& call) {
  const absl::CivilDay today = policies_.DayOf(call.now);
  absl::StatusOr<std::vector<Certificate>> due = store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<Certificate>> {
    ASSIGN_OR_RETURN(const v1::DevelopmentPolicy policy, policies_.InForce(session, call.now));
    return certificates_.kind().Select(session,
                                       "WHERE valid_until >= ? AND valid_until <= ? AND state = 'STATE_ISSUED' AND remind_time IS NULL"
                                       " ORDER BY valid_until, name LIMIT ?",
                                       {time::DayText(today), time::DayText(today + policy.reminder_days()), int64_t{kRemindedAtOnce}});
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const Certificate& certificate : *due) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) { return RemindOf(tx, certificate.name()); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::Status Reminders::RemindOf(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const Certificate before, certificates_.kind().Lock(tx, name));
  if (before.state() != Certificate::STATE_ISSUED || before.has_remind_time()) return absl::OkStatus();
  const absl::CivilDay last = time::ToDay(before.valid_until());
  ASSIGN_OR_RETURN(const v1::Employee holder, employees_.Find(tx.sql, before.employee()));
  if (StateOn(holder, policies_.DayOf(tx.call.now)) == v1::Employee::STATE_LEFT) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Certificate> certificates, certificates_.IssuedTo(tx.sql, before.employee()));
  const CourseStanding standing = StandingOn(before.course(), certificates, policies_.DayOf(tx.call.now), 0);
  if (!standing.certificate.empty() && (!standing.until || *standing.until > last)) return absl::OkStatus();
  Certificate after = before;
  *after.mutable_remind_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(certificates_.kind().Update(tx, before, after, "remind"));
  const absl::Time end = policies_.EndOf(last);
  RETURN_IF_ERROR(steps_.Open(tx, {name, kRenewStep, before.employee(), end}));
  return job::Schedule(tx, {absl::StrCat(name, "/end-reminder"), kEndOfReminder, name, end});
}

absl::Status Reminders::FollowCertificate(record::Transaction& tx, const Certificate& certificate) const {
  if (certificate.state() == Certificate::STATE_REVOKED) return steps_.DoneAll(tx, certificate.name());
  ASSIGN_OR_RETURN(const std::vector<Certificate> certificates, certificates_.IssuedTo(tx.sql, certificate.employee()));
  for (const Certificate& other : certificates) {
    if (other.course() != certificate.course() || other.name() == certificate.name() || !other.has_remind_time()) continue;
    const bool goes_on = !certificate.has_valid_until() || time::ToDay(other.valid_until()) < time::ToDay(certificate.valid_until());
    if (goes_on) RETURN_IF_ERROR(steps_.Done(tx, other.name(), kRenewStep));
  }
  return absl::OkStatus();
}

}  // namespace heitie::personnel
