// The watch with the risk service that it follows, both as they are: whatever people and clocks do, no LIVE activity rests on a treatment
// that does not hold (policy R3; W1, W6).
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "services/activity/preparation/activity_fixture.h"
#include "services/risk/service.h"

namespace heitie::activity {
namespace {

using risk::v1::Risk;
using risk::v1::RiskSummary;
using test::IsOk;
using test::Proto;
using v1::Activity;

class RestingTest : public ActivityTest {
 protected:
  RestingTest()
      : risk_store_(risk_database_.get(), test::Keys()),
        risk_jobs_(risk_store_, clock_, "services/risk"),
        risk_(service::Context{risk_store_, clock_, risk_jobs_,
                               [this](const std::string& target) -> client::Client& { return risk_clients_[target]; }}) {
    for (const char* source : {"metrics", "activity", "personnel", "planning", "resource"}) {
      risk_clients_[source].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", source, ".v1.RecordService/ListEvents"),
          [](const rpc::Call&, const type::v1::ListEventsRequest&) { return type::v1::ListEventsResponse(); });
    }
    PassOn<risk::v1::SummarizeRisksRequest, risk::v1::SummarizeRisksResponse>("RegisterService", "SummarizeRisks");
    PassOn<risk::v1::ReportAvoidanceRequest, Risk>("TreatmentService", "ReportAvoidance");
    PassOn<type::v1::ListEventsRequest, type::v1::ListEventsResponse>("RecordService", "ListEvents");
  }

  template <typename Req, typename Resp>
  void PassOn(const std::string& service, const std::string& method) {
    clients_["risk"].On<Req, Resp>(absl::StrCat("heitie.risk.v1.", service, "/", method),
                                   [this, method](const rpc::Call& call, const Req& request) -> absl::StatusOr<Resp> {
                                     if constexpr (std::is_same_v<Req, type::v1::ListEventsRequest>) {
                                       if (request.has_wait()) return absl::CancelledError("nobody is there whom an event could wake");
                                     }
                                     return risk_.rpc().Invoke<Resp>(method, call, request);
                                   });
  }
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Risky(const std::string& method, const rpc::Call& call, const std::string& request) {
    return risk_.rpc().Invoke<Resp>(method, call, Proto<Req>(request));
  }
  int Below(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  Risk RiskNamed(const std::string& name) {
    const auto risk = Risky<Risk, risk::v1::GetRiskRequest>("GetRisk", Analyst(), absl::StrCat("name: '", name, "'"));
    EXPECT_THAT(risk, IsOk());
    return risk.value_or(Risk());
  }

  // Something that somebody does to a risk; what the service refuses is refused.
  void Act(const std::string& name) {
    const std::string named = absl::StrCat("name: '", name, "' ");
    const Risk risk = RiskNamed(name);
    switch (Below(5)) {
      case 0:
        Risky<Risk, risk::v1::AssessRiskRequest>(
            "AssessRisk", Analyst(),
            absl::StrCat(named, "rationale: 'r' current { likelihood: ", Below(3) + 1, " impact: ", Below(5) + 1, " }"))
            .IgnoreError();
        break;
      case 1:
      case 2: {
        const bool accept = risk.current().level() == risk::v1::LEVEL_LOW;
        const int64_t end = absl::ToUnixSeconds(clock_.Now() + absl::Hours(Below(60) + 1));
        const std::string treatment =
            accept
                ? absl::StrCat("acceptance { justification: 'j' monitor: 'employees/wu' monitoring_plan: 'm' expire_time { seconds: ", end,
                               " } }")
                : "reduction { measures { description: 'd' owner: 'employees/li' due_date { year: 2099 month: 2 day: 1 } } } controllable: "
                  "true control_justification: 'j'";
        Risky<Risk, risk::v1::ProposeTreatmentRequest>("ProposeTreatment", Specialist(),
                                                       absl::StrCat(named, "treatment { ", treatment, " }"))
            .IgnoreError();
        Risky<Risk, risk::v1::TreatRiskRequest>("TreatRisk", Manager(), named).IgnoreError();
        break;
      }
      case 3:
        for (const auto& measure : risk.treatment().reduction().measures()) {
          const std::string of_measure = absl::StrCat("name: '", measure.risk_measure(), "' ");
          using risk::v1::RiskMeasure;
          Risky<RiskMeasure, risk::v1::StartRiskMeasureRequest>("StartRiskMeasure", Specialist(), of_measure).IgnoreError();
          Risky<RiskMeasure, risk::v1::FinishRiskMeasureRequest>("FinishRiskMeasure", Specialist(), of_measure).IgnoreError();
          Risky<RiskMeasure, risk::v1::VerifyRiskMeasureRequest>("VerifyRiskMeasure", Analyst(), of_measure + "evidence: 'e'")
              .IgnoreError();
          Risky<Risk, risk::v1::AssessRiskRequest>(
              "AssessRisk", Analyst(),
              absl::StrCat(named, "rationale: 'r' current { likelihood: ", risk.current().likelihood(),
                           " impact: ", risk.current().impact(), " } residual { likelihood: 1 impact: 1 }"))
              .IgnoreError();
        }
        break;
      default:
        for (const auto& measure : risk.treatment().reduction().measures()) {
          Risky<risk::v1::RiskMeasure, risk::v1::ReopenRiskMeasureRequest>("ReopenRiskMeasure", Specialist(),
                                                                           absl::StrCat("name: '", measure.risk_measure(), "' reason: 'r'"))
              .IgnoreError();
        }
    }
  }

  // Does what is due in both, as long as one follows from the other.
  void Settle() {
    for (int i = 0; i < 2; ++i) {
      clock_.Advance(absl::Seconds(2));
      EXPECT_THAT(risk_jobs_.RunDue(), IsOk());
      EXPECT_THAT(jobs_.RunDue(), IsOk());
    }
  }

  // What stands against it by the risk's own fields, at this moment.
  std::string WrongWith(const Risk& risk) const {
    if (risk.state() == Risk::STATE_CLOSED || risk.state() == Risk::STATE_IDENTIFIED) return "";
    const bool treated = risk.state() == Risk::STATE_TREATED;
    if (risk.state() == Risk::STATE_REOPENED && risk.has_treatment()) return "its treatment has ended";
    if (treated && risk.has_expire_time() && time::ToTime(risk.expire_time()) <= clock_.Now()) return "its acceptance has ended";
    if (treated && risk.strategy() == risk::v1::STRATEGY_ACCEPT && risk.current().level() != risk::v1::LEVEL_LOW) return "not permitted";
    const bool lowered =
        treated && risk.has_residual() && (!risk.has_evidence_end_time() || clock_.Now() < time::ToTime(risk.evidence_end_time()));
    const risk::v1::Level level = lowered ? risk.residual().level() : risk.current().level();
    if (level == risk::v1::LEVEL_HIGH) return "HIGH";
    const bool overdue = risk.has_treat_by_time() && time::ToTime(risk.treat_by_time()) <= clock_.Now();
    return !treated && level == risk::v1::LEVEL_MEDIUM && overdue ? "not treated in time" : "";
  }

  std::map<std::string, test::FakeClient> risk_clients_;
  test::TestDatabase risk_database_{"risk"};
  record::Store risk_store_;
  job::Runner risk_jobs_;
  risk::Service risk_;
  std::mt19937 random_{31};
};

TEST_F(RestingTest, NoLiveActivityRestsOnATreatmentThatDoesNotHold) {
  v1::CreateActivityRequest request = NewActivity("spring");
  *request.mutable_activity()->mutable_end_time() = time::ToTimestamp(clock_.Now() + absl::Hours(24 * 300));
  const std::string name = Ready(request);
  ASSERT_THAT(Launch(name), IsOk());
  std::vector<std::string> risks;
  int live = 0, paused = 0;
  for (int i = 0; i < 45 && !HasFailure(); ++i) {
    if (i % 25 == 0) {
      const std::string id = absl::StrCat("r", risks.size());
      ASSERT_THAT((Risky<Risk, risk::v1::CreateRiskRequest>("CreateRisk", Specialist(),
                                                            absl::StrCat("risk_id: '", id, "' risk { category: CATEGORY_MARKET subject: '",
                                                                         name, "' title: 't' cause: 'c' owner: 'employees/li' }"))),
                  IsOk());
      risks.push_back("risks/" + id);
    }
    const std::string& risk = risks[static_cast<size_t>(Below(static_cast<int>(risks.size())))];
    if (Below(4) == 0) {
      clock_.Advance(absl::Hours(Below(30)));
    } else {
      Act(risk);
    }
    Settle();
    Activity activity = Get(name);
    if (activity.state() == Activity::STATE_PAUSED) {
      ++paused;
      // Who wants it to go on passes the gate.
      Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(name)).IgnoreError();
      Settle();
      activity = Get(name);
    }
    if (activity.state() != Activity::STATE_LIVE) continue;
    ++live;
    for (const std::string& each : risks) {
      const Risk now = RiskNamed(each);
      EXPECT_EQ(WrongWith(now), "") << "step " << i << "\n" << now.DebugString();
    }
  }
  EXPECT_GT(live, 4);
  EXPECT_GT(paused, 4);
}

}  // namespace
}  // namespace heitie::activity
