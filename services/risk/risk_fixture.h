// What tests of the risk service's chapters do again and again.
#ifndef HEITIE_SERVICES_RISK_RISK_FIXTURE_H_
#define HEITIE_SERVICES_RISK_RISK_FIXTURE_H_

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/assessment_duty.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_control.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/risk/v1/transfer_instrument.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/risk/service.h"

namespace heitie::risk {

class RiskFixture : public test::ServiceTest<Service> {
 protected:
  RiskFixture() : ServiceTest("risk") {
    for (const char* source : {"metrics", "activity", "personnel", "planning", "resource"}) {
      clients_[source].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", source, ".v1.RecordService/ListEvents"),
          [](const rpc::Call&, const type::v1::ListEventsRequest&) { return type::v1::ListEventsResponse(); });
    }
  }

  // `Try<v1::Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), "name: …")`
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Try(const std::string& method, const rpc::Call& call, const std::string& request) {
    return Call<Resp>(method, call, test::Proto<Req>(request));
  }
  absl::StatusOr<v1::Risk> Create(const std::string& id, const std::string& more = "") {
    return Try<v1::Risk, v1::CreateRiskRequest>(
        "CreateRisk", Specialist(),
        absl::StrCat("risk_id: '", id, "' risk { category: CATEGORY_TECHNOLOGY subject: 'activities/sale' title: '", id,
                     "' cause: 'c' owner: 'employees/li-ming' ", more, " }"));
  }
  absl::StatusOr<v1::Risk> Assess(const std::string& id, int likelihood, int impact, const std::string& more = "") {
    return Try<v1::Risk, v1::AssessRiskRequest>(
        "AssessRisk", Analyst(),
        absl::StrCat("name: 'risks/", id, "' rationale: 'r' current { likelihood: ", likelihood, " impact: ", impact, " } ", more));
  }
  absl::StatusOr<v1::Risk> Propose(const std::string& id, const std::string& treatment) {
    return Try<v1::Risk, v1::ProposeTreatmentRequest>("ProposeTreatment", Specialist(),
                                                      absl::StrCat("name: 'risks/", id, "' treatment { ", treatment, " }"));
  }
  absl::StatusOr<v1::Risk> Decide(const std::string& id) {
    return Try<v1::Risk, v1::TreatRiskRequest>("TreatRisk", Manager(), absl::StrCat("name: 'risks/", id, "'"));
  }
  // The specialist proposes it, the manager decides.
  absl::StatusOr<v1::Risk> Treat(const std::string& id, const std::string& treatment) {
    const absl::StatusOr<v1::Risk> proposed = Propose(id, treatment);
    return proposed.ok() ? Decide(id) : proposed;
  }
  v1::Risk Get(const std::string& id) {
    const auto risk = Try<v1::Risk, v1::GetRiskRequest>("GetRisk", Analyst(), absl::StrCat("name: 'risks/", id, "'"));
    EXPECT_TRUE(risk.ok()) << risk.status();
    return risk.value_or(v1::Risk());
  }
  std::string At(absl::Duration ahead) const { return absl::StrCat("{ seconds: ", absl::ToUnixSeconds(clock_.Now() + ahead), " }"); }
  std::string Accept(absl::Duration length, const std::string& more = "") const {
    return absl::StrCat("acceptance { justification: 'j' monitor: 'employees/wu' monitoring_plan: 'm' expire_time ", At(length), " ", more,
                        " }");
  }
  static std::string Reduce(const std::string& more = "") {
    return absl::StrCat("reduction { measures { description: 'd' owner: 'employees/li-ming' due_date { year: 2026 month: 2 day: 1 } } } ",
                        more);
  }
  // Verified by the analyst when it is done.
  void Verify(const std::string& measure) {
    const std::string named = absl::StrCat("name: '", measure, "' ");
    EXPECT_TRUE((Try<v1::RiskMeasure, v1::StartRiskMeasureRequest>("StartRiskMeasure", Specialist(), named).ok()));
    EXPECT_TRUE((Try<v1::RiskMeasure, v1::FinishRiskMeasureRequest>("FinishRiskMeasure", Specialist(), named).ok()));
    EXPECT_TRUE((Try<v1::RiskMeasure, v1::VerifyRiskMeasureRequest>("VerifyRiskMeasure", Analyst(), named + "evidence: 'e'").ok()));
  }
  // Registers one that covers the risk for ten days.
  absl::StatusOr<v1::TransferInstrument> Conclude(const std::string& id, const std::string& risk, const std::string& more = "") {
    return Try<v1::TransferInstrument, v1::CreateTransferInstrumentRequest>(
        "CreateTransferInstrument", Manager(),
        absl::StrCat("transfer_instrument_id: '", id,
                     "' transfer_instrument { kind: INSTRUMENT_INSURANCE reference: 'P' counterparty: 'C' ", "risks: 'risks/", risk,
                     "' start_time ", At(absl::ZeroDuration()), " end_time ", At(absl::Hours(240)),
                     " cover_minor: 600 deductible_minor: 200 currency_code: 'CNY' ", more, " }"));
  }
  absl::StatusOr<v1::RiskControl> Register(const std::string& id, const std::string& risk, int days) {
    return Try<v1::RiskControl, v1::CreateRiskControlRequest>(
        "CreateRiskControl", Specialist(),
        absl::StrCat("risk_control_id: '", id,
                     "' risk_control { title: 't' kind: KIND_PREVENTIVE owner: 'employees/li-ming' risks: 'risks/", risk,
                     "' procedure: 'p' interval_days: ", days, " }"));
  }
  absl::StatusOr<v1::ControlTest> Test(const std::string& control, bool effective) {
    return Try<v1::ControlTest, v1::CreateControlTestRequest>(
        "CreateControlTest", Analyst(),
        absl::StrCat("parent: 'riskControls/", control,
                     "' control_test { outcome: ", effective ? "OUTCOME_EFFECTIVE" : "OUTCOME_INEFFECTIVE", " evidence: 'e' }"));
  }
  v1::SummarizeRisksResponse Summarize(const std::string& subject = "activities/sale", absl::Duration ahead = absl::ZeroDuration()) {
    const auto summary = Try<v1::SummarizeRisksResponse, v1::SummarizeRisksRequest>(
        "SummarizeRisks", ServiceCaller(), absl::StrCat("subjects: '", subject, "' time ", At(ahead)));
    EXPECT_TRUE(summary.ok()) << summary.status();
    return summary.value_or(v1::SummarizeRisksResponse());
  }
  // Why the only risk of the subject stands against going live.
  v1::RiskSummary::Blocking Blocking(absl::Duration ahead = absl::ZeroDuration()) {
    const v1::SummarizeRisksResponse summary = Summarize("activities/sale", ahead);
    EXPECT_EQ(summary.risks_size(), 1);
    return summary.risks_size() == 1 ? summary.risks(0).blocking_reason() : v1::RiskSummary::BLOCKING_UNSPECIFIED;
  }
  void RunJobs() { EXPECT_TRUE(jobs_.RunDue().ok()); }
  // The open duties of a risk, by cause.
  std::vector<v1::AssessmentDuty::Cause> Duties(const std::string& id) {
    const auto list = Try<v1::ListAssessmentDutiesResponse, v1::ListAssessmentDutiesRequest>(
        "ListAssessmentDuties", Analyst(), absl::StrCat("filter: 'risk = \"risks/", id, "\" AND state = STATE_OPEN'"));
    EXPECT_TRUE(list.ok()) << list.status();
    std::vector<v1::AssessmentDuty::Cause> causes;
    if (list.ok()) {
      for (const auto& duty : list->assessment_duties()) causes.push_back(duty.cause());
    }
    return causes;
  }
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_RISK_FIXTURE_H_
