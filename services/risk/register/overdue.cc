#include "services/risk/register/overdue.h"

#include <vector>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/risk/quantity/assessment.h"
#include "services/risk/regulation/regulation_rules.h"

namespace heitie::risk {

using v1::AssessmentDuty;
using v1::Risk;
using v1::RiskControl;
using v1::RiskMeasure;
using v1::TransferInstrument;

namespace {

constexpr char kTellOverdueJob[] = "tell-overdue-risks";
constexpr absl::Duration kTellOverdueAgain = absl::Minutes(15);
constexpr size_t kToldAtOnce = 200;

bool IsToBeDone(const RiskMeasure& measure) {
  return measure.state() == RiskMeasure::STATE_OPEN || measure.state() == RiskMeasure::STATE_IN_PROGRESS ||
         measure.state() == RiskMeasure::STATE_REOPENED;
}

}  // namespace

const char* OverdueVerb(int32_t told, int32_t days, int32_t escalation_days) {
  if (days == told) return nullptr;
  if (days == 0) return "in_time";
  // Counted anew from a later day it is told anew.
  const int32_t before = days < told ? 0 : told;
  return escalation_days > 0 && before < escalation_days && days >= escalation_days ? "escalate" : "overdue";
}

OverdueWatch::OverdueWatch(record::Store& store, job::Runner& jobs, const record::Kind<Risk>& risks,
                           const record::Kind<AssessmentDuty>& duties, const EvidenceBook& book, const RiskPolicies& policies)
    : store_(store), risks_(risks), duties_(duties), book_(book), policies_(policies) {
  jobs.Recur(kTellOverdueJob, kTellOverdueAgain,
             [this](const rpc::Call& call, const job::Job&) { return job::Outcome::Failed(TellAll(call)); });
}

template <typename T, typename Days>
absl::Status OverdueWatch::Tell(const rpc::Call& call, const record::Kind<T>& kind, const std::string& statement, const sql::Values& values,
                                const v1::RiskPolicy& policy, int32_t (T::*told)() const, void (T::*set)(int32_t), const Days& days) const {
  std::vector<std::string> names;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    names.clear();
    return session.Query(statement, values, [&](const sql::Row& row) { names.push_back(row.Text(0)); });
  }));
  for (size_t i = 0; i < names.size(); i += kToldAtOnce) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      for (size_t j = i; j < names.size() && j < i + kToldAtOnce; ++j) {
        const absl::StatusOr<T> before = kind.Lock(tx, names[j]);
        if (absl::IsNotFound(before.status())) continue;
        RETURN_IF_ERROR(before.status());
        const int32_t now = days(*before);
        const char* const verb = OverdueVerb(((*before).*told)(), now, policy.escalation_days());
        if (verb == nullptr) continue;
        T after = *before;
        (after.*set)(now);
        RETURN_IF_ERROR(kind.Update(tx, *before, after, verb));
      }
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status OverdueWatch::TellAll(const rpc::Call& call) const {
  const absl::TimeZone zone = policies_.zone();
  const std::string today = time::DayText(absl::ToCivilDay(call.now, zone));
  ASSIGN_OR_RETURN(const v1::RiskPolicy policy,
                   store_.Read(call, [&](sql::Session& session) { return policies_.InForce(session, call.now); }));
  const absl::Duration lead = absl::Hours(24) * policy.renewal_days();
  // What somebody finishes meanwhile is overdue no more: days of 0 where nothing is to be done leave what was told.
  RETURN_IF_ERROR(
      Tell(call, book_.measures(),
           "SELECT name FROM risk_measures WHERE (due_date < ? OR overdue_days > 0) AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', "
           "'STATE_REOPENED') ORDER BY name",
           {today}, policy, &RiskMeasure::overdue_days, &RiskMeasure::set_overdue_days, [&](const RiskMeasure& measure) {
             return IsToBeDone(measure) ? OverdueDays(time::ToDay(measure.due_date()), zone, call.now) : measure.overdue_days();
           }));
  RETURN_IF_ERROR(Tell(call, duties_, "SELECT name FROM assessment_duties WHERE due_date < ? AND state = 'STATE_OPEN' ORDER BY name",
                       {today}, policy, &AssessmentDuty::overdue_days, &AssessmentDuty::set_overdue_days, [&](const AssessmentDuty& duty) {
                         const bool open = duty.state() == AssessmentDuty::STATE_OPEN;
                         return open ? OverdueDays(time::ToDay(duty.due_date()), zone, call.now) : duty.overdue_days();
                       }));
  RETURN_IF_ERROR(
      Tell(call, book_.controls(),
           "SELECT name FROM risk_controls WHERE (test_due_time <= ? OR overdue_days > 0) AND state = 'STATE_ACTIVE' ORDER BY name",
           {call.now}, policy, &RiskControl::overdue_days, &RiskControl::set_overdue_days, [&](const RiskControl& control) {
             return control.has_test_due_time() ? OverdueDays(time::ToTime(control.test_due_time()), call.now) : control.overdue_days();
           }));
  RETURN_IF_ERROR(Tell(
      call, book_.instruments(),
      "SELECT name FROM transfer_instruments WHERE ((end_time > ? AND end_time <= ?) OR (renewal_overdue_days > 0 AND end_time > ?)) AND "
      "state = 'STATE_CONCLUDED' ORDER BY name",
      {call.now, call.now + lead, call.now}, policy, &TransferInstrument::renewal_overdue_days,
      &TransferInstrument::set_renewal_overdue_days, [&](const TransferInstrument& instrument) {
        const absl::Time end = time::ToTime(instrument.end_time());
        const bool stands = instrument.state() == TransferInstrument::STATE_CONCLUDED && end > call.now;
        return stands ? OverdueDays(end - lead, call.now) : instrument.renewal_overdue_days();
      }));
  return Tell(call, risks_, "SELECT name FROM risks WHERE check_due_time <= ? AND state = 'STATE_TREATED' ORDER BY name", {call.now},
              policy, &Risk::check_overdue_days, &Risk::set_check_overdue_days, [&](const Risk& risk) {
                // What has lapsed by time is checked no more, whether or not the job that says so has run.
                const bool checked = StateAt(risk, call.now) == Risk::STATE_TREATED && risk.has_check_due_time();
                return checked ? OverdueDays(time::ToTime(risk.check_due_time()), call.now) : risk.check_overdue_days();
              });
}

}  // namespace heitie::risk
