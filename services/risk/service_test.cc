#include "services/risk/service.h"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/risk/quantity/matrix_for_test.h"
#include "services/risk/quantity/scales.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Risk;
using v1::RiskSummary;

constexpr char kAcceptance[] = R"pb(justification: "rare and cheap" monitor: "employees/li-ming" monitoring_plan: "error rate, daily")pb";

class RiskTest : public test::ServiceTest<Service> {
 protected:
  RiskTest() : ServiceTest("risk") {
    clients_["metrics"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.metrics.v1.RecordService/ListEvents",
        [](const rpc::Call&, const type::v1::ListEventsRequest&) { return type::v1::ListEventsResponse(); });
  }

  absl::StatusOr<Risk> Create(const std::string& id) {
    return Call<Risk>("CreateRisk", Specialist(),
                      Proto<v1::CreateRiskRequest>(absl::StrCat("risk_id: '", id, R"pb('
                                                                                       risk {
                                                                                         category: CATEGORY_TECHNOLOGY
                                                                                         subject: "activities/spring-sale"
                                                                                         title: "servers overload"
                                                                                         cause: "more visitors than planned for"
                                                                                         key_risk_indicator: "p99 above 2 s"
                                                                                         owner: "employees/li-ming"
                                                                                       })pb")));
  }
  absl::StatusOr<Risk> Assess(const std::string& name, int likelihood, int impact, const std::string& more = "") {
    return Call<Risk>("AssessRisk", Analyst(),
                      Proto<v1::AssessRiskRequest>(absl::StrCat("name: '", name, "' rationale: 'load test' current { likelihood: ",
                                                                likelihood, " impact: ", impact, " } ", more)));
  }
  // The specialist proposes it, the manager decides.
  absl::StatusOr<Risk> Treat(const std::string& name, const std::string& treatment, const std::string& more = "") {
    const absl::StatusOr<Risk> proposed =
        Call<Risk>("ProposeTreatment", Specialist(),
                   Proto<v1::ProposeTreatmentRequest>(absl::StrCat("name: '", name, "' treatment { ", treatment, " } ", more)));
    if (!proposed.ok()) return proposed.status();
    return Call<Risk>("TreatRisk", Manager(), Proto<v1::TreatRiskRequest>(absl::StrCat("name: '", name, "'")));
  }
  // The measures of the risk's reduction are done, and the analyst has seen it.
  void VerifyMeasures(const std::string& name) {
    const auto risk = Get(name);
    ASSERT_THAT(risk, IsOk());
    for (const v1::Measure& measure : risk->treatment().reduction().measures()) {
      const std::string named = absl::StrCat("name: '", measure.risk_measure(), "' ");
      ASSERT_THAT(Call<v1::RiskMeasure>("StartRiskMeasure", Specialist(), Proto<v1::StartRiskMeasureRequest>(named)), IsOk());
      ASSERT_THAT(Call<v1::RiskMeasure>("FinishRiskMeasure", Specialist(), Proto<v1::FinishRiskMeasureRequest>(named)), IsOk());
      ASSERT_THAT(Call<v1::RiskMeasure>("VerifyRiskMeasure", Analyst(), Proto<v1::VerifyRiskMeasureRequest>(named + "evidence: 'seen'")),
                  IsOk());
    }
  }
  // Runs what is due; how many treatments expired by it.
  int Expiries() {
    const auto count = [&] {
      const auto events = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("page_size: 500"));
      EXPECT_THAT(events, IsOk());
      return std::count_if(events->events().begin(), events->events().end(), [](const auto& event) { return event.action() == "expire"; });
    };
    const auto before = count();
    EXPECT_THAT(jobs_.RunDue().status(), IsOk());
    return static_cast<int>(count() - before);
  }
  absl::StatusOr<Risk> Get(const std::string& name) {
    return Call<Risk>("GetRisk", Analyst(), Proto<v1::GetRiskRequest>(absl::StrCat("name: '", name, "'")));
  }
  absl::StatusOr<Risk> Close(const std::string& name, const std::string& more = "") {
    return Call<Risk>("CloseRisk", Manager(), Proto<v1::CloseRiskRequest>(absl::StrCat("name: '", name, "' reason: 'gone' ", more)));
  }
  std::string Accept(absl::Duration length) {
    return absl::StrCat("acceptance { ", kAcceptance, " expire_time { seconds: ", absl::ToUnixSeconds(clock_.Now() + length), " } }");
  }
  std::string Reduce(const std::string& more = "") {
    return absl::StrCat(
        "reduction { measures { description: 'more servers' owner: 'employees/li-ming' due_date { year: 2026 month: 2 day: 1 } } } ", more);
  }
  std::string Insure(absl::Duration begin, absl::Duration end) {
    return absl::StrCat(
        "transfer { instrument: INSTRUMENT_INSURANCE reference: 'P-1' counterparty: 'PICC' cover_minor: 5000000 currency_code: 'CNY'",
        " start_time { seconds: ", absl::ToUnixSeconds(clock_.Now() + begin),
        " } expire_time { seconds: ", absl::ToUnixSeconds(clock_.Now() + end), " } }");
  }
  v1::SummarizeRisksResponse Summarize(absl::Duration ahead = absl::ZeroDuration()) {
    v1::SummarizeRisksRequest request;
    request.add_subjects("activities/spring-sale");
    request.add_subjects("projects/spring");
    if (ahead != absl::ZeroDuration()) *request.mutable_time() = time::ToTimestamp(clock_.Now() + ahead);
    auto response = Call<v1::SummarizeRisksResponse>("SummarizeRisks", ServiceCaller(), request);
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::SummarizeRisksResponse());
  }
  // The only risk of a summary.
  RiskSummary::Blocking BlockingOfTheOne(absl::Duration ahead = absl::ZeroDuration()) {
    const v1::SummarizeRisksResponse response = Summarize(ahead);
    if (response.risks_size() != 1) {
      ADD_FAILURE() << response.DebugString();
      return RiskSummary::BLOCKING_UNSPECIFIED;
    }
    EXPECT_EQ(response.blocking(), response.risks(0).blocking());
    return response.risks(0).blocking_reason();
  }
};

TEST_F(RiskTest, LeadsARiskFromIdentificationToClosing) {
  auto risk = Create("overload");
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->state(), Risk::STATE_IDENTIFIED);
  EXPECT_EQ(risk->key_risk_indicator(), "p99 above 2 s");
  EXPECT_THAT(risk->allowed_verbs(), ElementsAre("assess", "close", "merge"));
  risk = Assess("risks/overload", 2, 3);
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->state(), Risk::STATE_ASSESSED);
  EXPECT_EQ(risk->level(), v1::LEVEL_MEDIUM);
  risk = Treat("risks/overload", Reduce());
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->state(), Risk::STATE_TREATED);
  EXPECT_EQ(risk->strategy(), v1::STRATEGY_REDUCE);
  EXPECT_EQ(risk->treatment().decider(), "employees/manager");
  EXPECT_EQ(risk->treatment().level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(risk->treatment().proposer(), "employees/specialist");
  EXPECT_THAT(risk->allowed_verbs(), ElementsAre("assess", "proposeTreatment", "close", "merge"));
  risk = Close("risks/overload");
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->state(), Risk::STATE_CLOSED);
  EXPECT_EQ(risk->close_reason(), "gone");
  EXPECT_TRUE(risk->has_close_time());
  EXPECT_THAT(Summarize().risks(), IsEmpty());

  const auto reopened = Call<Risk>("ReopenRisk", Manager(), Proto<v1::ReopenRiskRequest>("name: 'risks/overload' reason: 'it is back'"));
  ASSERT_THAT(reopened, IsOk());
  EXPECT_EQ(reopened->state(), Risk::STATE_REOPENED);
  EXPECT_EQ(reopened->reopen_reason(), "it is back");
  EXPECT_FALSE(reopened->has_treatment());
  EXPECT_FALSE(reopened->has_close_time());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_UNASSESSED);
  EXPECT_THAT(Treat("risks/overload", Reduce()), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(RiskTest, ReadsBackWhatItWrote) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 2, 3, "inherent { likelihood: 4 impact: 4 }"), IsOk());
  const auto treated = Treat("risks/overload", Insure(absl::ZeroDuration(), absl::Hours(48)));
  ASSERT_THAT(treated, IsOk());
  const auto read = Get("risks/overload");
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(*read, test::EqualsProto(*treated)) << read->DebugString();
  EXPECT_EQ(read->treatment().transfer().counterparty(), "PICC");
  EXPECT_EQ(read->inherent().level(), v1::LEVEL_HIGH);
}

TEST_F(RiskTest, ListsByFilter) {
  ASSERT_THAT(Create("one"), IsOk());
  ASSERT_THAT(Create("two"), IsOk());
  ASSERT_THAT(Assess("risks/two", 5, 5), IsOk());
  const auto high = Call<v1::ListRisksResponse>(
      "ListRisks", Analyst(), Proto<v1::ListRisksRequest>("filter: 'subject = \"activities/spring-sale\" AND level = LEVEL_HIGH'"));
  ASSERT_THAT(high, IsOk());
  ASSERT_THAT(high->risks(), SizeIs(1));
  EXPECT_EQ(high->risks(0).name(), "risks/two");
}

TEST_F(RiskTest, ChangesTheDescriptionOfAnOpenRiskOnly) {
  ASSERT_THAT(Create("overload"), IsOk());
  const auto update = Proto<v1::UpdateRiskRequest>("risk { name: 'risks/overload' title: 'overload' } update_mask { paths: 'title' }");
  const auto updated = Call<Risk>("UpdateRisk", Specialist(), update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->title(), "overload");
  EXPECT_EQ(updated->cause(), "more visitors than planned for");
  ASSERT_THAT(Close("risks/overload"), IsOk());
  EXPECT_THAT(Call<Risk>("UpdateRisk", Specialist(), update), HasReason("RISK_CLOSED"));
}

TEST_F(RiskTest, KeepsEveryAssessment) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  clock_.Advance(absl::Hours(1));
  const auto risk = Assess("risks/overload", 4, 4);
  ASSERT_THAT(risk, IsOk());
  const auto list =
      Call<v1::ListAssessmentsResponse>("ListAssessments", Analyst(), Proto<v1::ListAssessmentsRequest>("parent: 'risks/overload'"));
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->assessments(), SizeIs(2));
  EXPECT_EQ(list->assessments(0).current().level(), v1::LEVEL_LOW);
  EXPECT_EQ(list->assessments(1).current().level(), v1::LEVEL_HIGH);
  EXPECT_EQ(list->assessments(1).risk_matrix(), "riskMatrices/default");
  EXPECT_EQ(list->assessments(1).matrix_version(), 1);
  EXPECT_EQ(list->assessments(1).creator(), "employees/analyst");
  v1::GetAssessmentRequest get;
  get.set_name(risk->assessment());
  const auto one = Call<v1::Assessment>("GetAssessment", Analyst(), get);
  ASSERT_THAT(one, IsOk());
  EXPECT_EQ(one->rationale(), "load test");
}

TEST_F(RiskTest, RefusesWhatTheLevelDoesNotPermit) {
  ASSERT_THAT(Create("overload"), IsOk());
  EXPECT_THAT(Treat("risks/overload", Reduce()), HasReason("ILLEGAL_TRANSITION")) << "not assessed";
  ASSERT_THAT(Assess("risks/overload", 5, 5), IsOk());
  EXPECT_THAT(Treat("risks/overload", Accept(absl::Hours(1))), HasReason("TREATMENT_NOT_PERMITTED"));
  EXPECT_THAT(Treat("risks/overload", Reduce()), HasReason("TREATMENT_NOT_PERMITTED"));
  EXPECT_THAT(Treat("risks/overload", Insure(absl::ZeroDuration(), absl::Hours(1))), HasReason("TREATMENT_NOT_PERMITTED"));
  ASSERT_THAT(Assess("risks/overload", 2, 3), IsOk());
  EXPECT_THAT(Treat("risks/overload", Accept(absl::Hours(1))), HasReason("TREATMENT_NOT_PERMITTED"));
  EXPECT_THAT(Treat("risks/overload", "avoidance { scope: 'all' }"), HasReason("TREATMENT_NOT_PERMITTED"));
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  EXPECT_THAT(Treat("risks/overload", Insure(absl::ZeroDuration(), absl::Hours(1))), HasReason("TREATMENT_NOT_PERMITTED"));
  EXPECT_THAT(Treat("risks/overload", Accept(absl::Hours(1))), IsOk());
}

TEST_F(RiskTest, RefusesIncompleteTreatments) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  EXPECT_THAT(Treat("risks/overload", ""), HasViolation("treatment", "TREATMENT_MISSING"));
  EXPECT_THAT(Treat("risks/overload", Accept(absl::ZeroDuration())), HasViolation("treatment.acceptance.expire_time", "ALREADY_PAST"));
  EXPECT_THAT(Treat("risks/overload", "acceptance { justification: 'j' }"), HasViolation("treatment.acceptance.monitor", "REQUIRED"));
  EXPECT_THAT(Treat("risks/overload", Reduce("controllable: true")),
              HasViolation("treatment.control_justification", "JUSTIFICATION_MISSING"));
  EXPECT_THAT(Treat("risks/overload", Insure(absl::Hours(2), absl::Hours(1))),
              HasViolation("treatment.transfer.expire_time", "TIMES_REVERSED"));
  EXPECT_THAT(Treat("risks/overload", "reduction {}"), HasViolation("treatment.reduction.measures", "REQUIRED"));
}

TEST_F(RiskTest, KeepsARiskHighUntilTheResidualIsLower) {
  ASSERT_THAT(Create("overload"), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_UNASSESSED);
  ASSERT_THAT(Assess("risks/overload", 5, 4), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_HIGH_UNTREATED);
  ASSERT_THAT(Treat("risks/overload", Reduce("controllable: true control_justification: 'queue page'")), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_HIGH_NOT_REDUCED);
  EXPECT_THAT(Assess("risks/overload", 4, 4, "residual { likelihood: 5 impact: 4 }"), HasViolation("residual", "RESIDUAL_EXCEEDS_CURRENT"));
  EXPECT_THAT(Assess("risks/overload", 5, 4, "residual { likelihood: 2 impact: 3 }"), HasReason("RESIDUAL_WITHOUT_EVIDENCE"));
  VerifyMeasures("risks/overload");
  const auto risk = Assess("risks/overload", 5, 4, "residual { likelihood: 2 impact: 3 }");
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->state(), Risk::STATE_TREATED);
  EXPECT_EQ(risk->current().level(), v1::LEVEL_HIGH);
  EXPECT_EQ(risk->level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_UNSPECIFIED);
  ASSERT_THAT(Treat("risks/overload", "avoidance { scope: 'the sale' }"), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_TO_BE_AVOIDED);
}

TEST_F(RiskTest, VoidsAnAcceptanceWhenTheLevelRises) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  ASSERT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_UNSPECIFIED);
  const auto risk = Assess("risks/overload", 3, 3);
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->state(), Risk::STATE_ASSESSED);
  EXPECT_FALSE(risk->has_treatment());
  EXPECT_EQ(risk->strategy(), v1::STRATEGY_UNSPECIFIED);
  EXPECT_FALSE(risk->has_expire_time());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_MEDIUM_UNTREATED);
  clock_.Advance(absl::Hours(25));
  EXPECT_EQ(Expiries(), 0) << "the expiry of the acceptance went with it";
}

TEST_F(RiskTest, AnAcceptanceEndsAtTheSameMicrosecondEverywhere) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  const std::string end = absl::StrCat("expire_time { seconds: ", absl::ToUnixSeconds(clock_.Now()) + 86400, " nanos: 123456789 }");
  const auto treated = Treat("risks/overload", absl::StrCat("acceptance { ", kAcceptance, " ", end, " }"));
  ASSERT_THAT(treated, IsOk());
  EXPECT_EQ(treated->expire_time().nanos(), 123456000);
  EXPECT_EQ(treated->treatment().acceptance().expire_time().nanos(), 123456000);
  EXPECT_THAT(*treated, test::EqualsProto(*Get("risks/overload")));
}

TEST_F(RiskTest, ReopensWhenAnAcceptanceExpires) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  ASSERT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), IsOk());
  clock_.Advance(absl::Hours(24) - absl::Seconds(1));
  EXPECT_EQ(Expiries(), 0);
  EXPECT_EQ(Get("risks/overload")->state(), Risk::STATE_TREATED);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Expiries(), 1);
  const auto risk = Get("risks/overload");
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->state(), Risk::STATE_REOPENED);
  EXPECT_EQ(risk->reopen_reason(), "ACCEPT expired at 2026-01-02T00:00:00+00:00");
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED);
  EXPECT_EQ(Expiries(), 0) << "once";

  EXPECT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), HasReason("ILLEGAL_TRANSITION")) << "acceptance wants a new assessment";
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_UNSPECIFIED);
  EXPECT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), IsOk());
}

TEST_F(RiskTest, HidesNoExpiredAcceptanceBehindALateJob) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  ASSERT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), IsOk());
  EXPECT_EQ(BlockingOfTheOne(absl::Hours(23)), RiskSummary::BLOCKING_UNSPECIFIED);
  EXPECT_EQ(BlockingOfTheOne(absl::Hours(24)), RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED) << "judged at a planned moment";
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED);
  EXPECT_EQ(BlockingOfTheOne(-absl::Hours(12)), RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED) << "a moment in the past is now";
  EXPECT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(RiskTest, MovesTheExpiryWithTheAcceptance) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  ASSERT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), IsOk());
  EXPECT_THAT(Treat("risks/overload", Accept(absl::Hours(48))), HasReason("ASSESSMENT_SAME"));
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  ASSERT_THAT(Treat("risks/overload", Accept(absl::Hours(48))), IsOk());
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Expiries(), 0);
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_UNSPECIFIED);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Expiries(), 1);
  EXPECT_EQ(Get("risks/overload")->state(), Risk::STATE_REOPENED);
}

TEST_F(RiskTest, ReopensWhenAnInstrumentExpires) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 2, 3), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_MEDIUM_UNTREATED);
  ASSERT_THAT(Treat("risks/overload", Insure(absl::Hours(1), absl::Hours(2))), IsOk());
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_TRANSFER_NOT_BEGUN);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_UNSPECIFIED);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_TRANSFER_EXPIRED);
  EXPECT_EQ(Expiries(), 1);
  EXPECT_EQ(Get("risks/overload")->state(), Risk::STATE_REOPENED);
  EXPECT_EQ(BlockingOfTheOne(), RiskSummary::BLOCKING_TRANSFER_EXPIRED);
}

TEST_F(RiskTest, ForgetsTheExpiryOfAClosedRisk) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  ASSERT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), IsOk());
  ASSERT_THAT(Close("risks/overload"), IsOk());
  clock_.Advance(absl::Hours(25));
  EXPECT_EQ(Expiries(), 0);
  EXPECT_EQ(Get("risks/overload")->state(), Risk::STATE_CLOSED);
  EXPECT_THAT(Close("risks/overload"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Assess("risks/overload", 1, 1), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(RiskTest, SummarizesOpenRisksOfTheSubjectsOnly) {
  ASSERT_THAT(Create("b"), IsOk());
  ASSERT_THAT(Create("a"), IsOk());
  auto other = Proto<v1::CreateRiskRequest>(
      R"pb(risk_id: "c"
           risk { category: CATEGORY_MARKET subject: "activities/spring-sale-2" title: "t" cause: "c" owner: "employees/li-ming" })pb");
  ASSERT_THAT(Call<Risk>("CreateRisk", Specialist(), other), IsOk());
  const v1::SummarizeRisksResponse response = Summarize();
  ASSERT_THAT(response.risks(), SizeIs(2));
  EXPECT_EQ(response.risks(0).risk(), "risks/a");
  EXPECT_EQ(response.risks(1).risk(), "risks/b");
  EXPECT_TRUE(response.blocking());
  EXPECT_EQ(response.risks(0).fact().version(), "1");
  EXPECT_EQ(absl::ToUnixMicros(time::ToTime(response.time())), absl::ToUnixMicros(clock_.Now()));
}

TEST_F(RiskTest, SummarizesInATimeZoneThatExists) {
  EXPECT_THAT(Call<v1::SummarizeRisksResponse>("SummarizeRisks", ServiceCaller(),
                                               Proto<v1::SummarizeRisksRequest>(R"pb(subjects: "activities/spring-sale"
                                                                                     time_zone: "Asia/Taipei")pb")),
              IsOk());
  for (const std::string& zone :
       {std::string("Asia/Atlantis"), std::string("../zoneinfo/Asia/Taipei"), std::string("/usr/share/zoneinfo/Asia/Taipei"),
        std::string("file:Asia/Taipei"), std::string("asia/taipei"), std::string("localtime"), std::string("Fixed/UTC+08:00:00"),
        std::string("Asia/Taipei\0", 12), std::string(100'000, 'x')}) {
    auto request = Proto<v1::SummarizeRisksRequest>(R"pb(subjects: "activities/spring-sale")pb");
    request.set_time_zone(zone);
    const auto refused = Call<v1::SummarizeRisksResponse>("SummarizeRisks", ServiceCaller(), request);
    EXPECT_THAT(refused, HasReason("INVALID_FIELDS"));
    const std::string shown = absl::Utf8SafeCEscape(zone.size() > 64 ? zone.substr(0, 64) + "…" : zone);
    EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("time_zone: " + shown + " is not an IANA time zone."));
  }
}

TEST_F(RiskTest, RefusesStaleEtags) {
  ASSERT_THAT(Create("overload"), IsOk());
  const auto risk = Assess("risks/overload", 2, 3, "etag: '1'");
  ASSERT_THAT(risk, IsOk());
  EXPECT_EQ(risk->etag(), "2");
  EXPECT_THAT(Assess("risks/overload", 2, 3, "etag: '1'"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Treat("risks/overload", Reduce(), "etag: '1'"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Close("risks/overload", "etag: '1'"), HasReason("STALE_ETAG"));
}

TEST_F(RiskTest, AnswersARepeatedRequestWithoutDoingItAgain) {
  ASSERT_THAT(Create("overload"), IsOk());
  const auto first = Assess("risks/overload", 2, 3, "request_id: 'r1'");
  const auto second = Assess("risks/overload", 2, 3, "request_id: 'r1'");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->assessment(), second->assessment());
  EXPECT_EQ(Get("risks/overload")->etag(), "2");
}

TEST_F(RiskTest, LeavesDecisionsToTheManager) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  const auto treat = Proto<v1::TreatRiskRequest>(absl::StrCat("name: 'risks/overload' treatment { ", Accept(absl::Hours(1)), " }"));
  EXPECT_EQ(Call<Risk>("TreatRisk", Specialist(), treat).status().code(), absl::StatusCode::kPermissionDenied);
  const auto close = Proto<v1::CloseRiskRequest>("name: 'risks/overload' reason: 'r'");
  EXPECT_EQ(Call<Risk>("CloseRisk", Specialist(), close).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(RiskTest, RefusesBadInput) {
  EXPECT_THAT(Call<Risk>("CreateRisk", Manager(), v1::CreateRiskRequest()), HasViolation("risk", "REQUIRED"));
  const auto bad = Call<Risk>("CreateRisk", Manager(), Proto<v1::CreateRiskRequest>("risk { subject: 'no name' owner: 'li-ming' }"));
  EXPECT_THAT(bad, HasViolation("risk.subject", "BAD_VALUE"));
  EXPECT_THAT(bad, HasViolation("risk.owner", "BAD_VALUE"));
  EXPECT_THAT(bad, HasViolation("risk.category", "REQUIRED"));
  EXPECT_THAT(Assess("risks/overload", 6, 1), HasViolation("current.likelihood", "BAD_VALUE"));
  EXPECT_THAT(Assess("risks/nobody", 1, 1), HasReason("NOT_FOUND"));
}

TEST_F(RiskTest, RecordsWhoDidWhat) {
  ASSERT_THAT(Create("overload"), IsOk());
  ASSERT_THAT(Assess("risks/overload", 1, 1), IsOk());
  ASSERT_THAT(Treat("risks/overload", Accept(absl::Hours(24))), IsOk());
  clock_.Advance(absl::Hours(24));
  ASSERT_EQ(Expiries(), 1);
  const auto events =
      Call<type::v1::ListEventsResponse>("ListEvents", Manager(), Proto<type::v1::ListEventsRequest>("subject: 'risks/overload'"));
  ASSERT_THAT(events, IsOk());
  std::vector<std::string> story;
  for (const auto& event : events->events()) story.push_back(absl::StrCat(event.principal(), " ", event.action()));
  EXPECT_THAT(story, ElementsAre("employees/specialist create", "employees/analyst assess", "employees/specialist propose_treatment",
                                 "employees/manager treat", "services/risk expire"));
}

class RiskMatrixTest : public RiskTest {
 protected:
  // The matrix of the tests with everything from `high` on HIGH.
  absl::StatusOr<v1::RiskMatrix> Draft(const std::string& id, int high) {
    v1::CreateRiskMatrixRequest request;
    request.set_risk_matrix_id(id);
    request.mutable_risk_matrix()->set_reason("stricter");
    *request.mutable_risk_matrix()->mutable_cells() = MatrixForTest().cells();
    for (v1::RiskMatrixCell& cell : *request.mutable_risk_matrix()->mutable_cells()) {
      if (cell.likelihood() * cell.impact() >= high) cell.set_level(v1::LEVEL_HIGH);
    }
    return Call<v1::RiskMatrix>("CreateRiskMatrix", Manager(), request);
  }
  absl::StatusOr<v1::RiskMatrix> Publish(const std::string& name, const std::string& more = "") {
    return Call<v1::RiskMatrix>("PublishRiskMatrix", Manager(),
                                Proto<v1::PublishRiskMatrixRequest>(absl::StrCat("name: '", name, "' ", more)));
  }
  absl::StatusOr<v1::RiskMatrix> GetMatrix(const std::string& name) {
    return Call<v1::RiskMatrix>("GetRiskMatrix", Analyst(), Proto<v1::GetRiskMatrixRequest>(absl::StrCat("name: '", name, "'")));
  }
  // The names of the versions that were published and not yet followed by another, at the clock's time.
  std::vector<std::string> InForce() {
    const auto list = Call<v1::ListRiskMatricesResponse>("ListRiskMatrices", Analyst(),
                                                         Proto<v1::ListRiskMatricesRequest>("filter: 'state = STATE_PUBLISHED'"));
    EXPECT_THAT(list, IsOk());
    std::vector<std::string> names;
    for (const auto& matrix : list->risk_matrices()) {
      const bool ended = matrix.has_end_time() && time::ToTime(matrix.end_time()) <= clock_.Now();
      if (time::ToTime(matrix.start_time()) <= clock_.Now() && !ended) names.push_back(matrix.name());
    }
    return names;
  }
};

TEST_F(RiskMatrixTest, ComesWithAVersionInForce) {
  EXPECT_THAT(InForce(), ElementsAre("riskMatrices/default"));
  const auto matrix = GetMatrix("riskMatrices/default");
  ASSERT_THAT(matrix, IsOk());
  EXPECT_EQ(matrix->version(), 1);
  EXPECT_EQ(matrix->creator(), "services/risk");
  EXPECT_THAT(CheckCells(matrix->cells()), IsOk());
  for (const v1::RiskMatrixCell& cell : matrix->cells()) {
    const int product = cell.likelihood() * cell.impact();
    EXPECT_EQ(cell.level(), product <= 4 ? v1::LEVEL_LOW : product <= 12 ? v1::LEVEL_MEDIUM : v1::LEVEL_HIGH) << cell.DebugString();
  }
  EXPECT_THAT(CheckScales(*matrix), IsOk());
  ASSERT_THAT(matrix->likelihood_scales(), SizeIs(5));
  int32_t end = 0;
  for (const v1::LikelihoodScale& scale : matrix->likelihood_scales()) {
    EXPECT_EQ(scale.lower_ppm(), end) << "each probability belongs to a likelihood";
    end = scale.upper_ppm();
  }
  EXPECT_EQ(end, 1'000'000);
  std::map<std::string, std::set<int>> impacts;
  for (const v1::ImpactScale& scale : matrix->impact_scales()) {
    impacts[v1::ImpactDimension_Name(scale.dimension()) + scale.currency_code()].insert(scale.impact());
    EXPECT_FALSE(scale.description().empty());
  }
  EXPECT_THAT(impacts, SizeIs(5)) << "money in two currencies, users, reputation and law";
  for (const auto& [dimension, told] : impacts) EXPECT_THAT(told, SizeIs(5)) << dimension;
}

// What contradicts a rating by the scales that the service comes with is told with both figures.
TEST_F(RiskMatrixTest, ItsScalesWarn) {
  ASSERT_THAT(Create("overload"), IsOk());
  const auto warnings = [&](const std::string& stated) {
    const auto risk = Assess("risks/overload", 4, 2, stated);
    EXPECT_THAT(risk, IsOk());
    const auto assessment =
        Call<v1::Assessment>("GetAssessment", Analyst(), Proto<v1::GetAssessmentRequest>(absl::StrCat("name: '", risk->assessment(), "'")));
    EXPECT_THAT(assessment, IsOk());
    return std::vector<v1::RatingWarning>(assessment->warnings().begin(), assessment->warnings().end());
  };
  EXPECT_THAT(warnings("stated_probability_ppm: 300000 stated_loss_minor: 5000000 currency_code: 'TWD'"), IsEmpty());
  const auto contradicting = warnings("stated_probability_ppm: 5000 stated_loss_minor: 5000000 currency_code: 'CNY'");
  ASSERT_THAT(contradicting, SizeIs(2));
  EXPECT_EQ(contradicting[0].fitting(), 1);
  EXPECT_EQ(contradicting[0].lower(), 200'000);
  EXPECT_EQ(contradicting[1].fitting(), 3);
  EXPECT_EQ(contradicting[1].upper(), 2'000'000);
}

TEST_F(RiskMatrixTest, PutsAVersionInForce) {
  ASSERT_THAT(Create("overload"), IsOk());
  EXPECT_EQ(Assess("risks/overload", 3, 3)->level(), v1::LEVEL_MEDIUM);
  const auto draft = Draft("strict", 9);
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(draft->state(), v1::RiskMatrix::STATE_DRAFT);
  EXPECT_FALSE(draft->has_version());
  EXPECT_THAT(draft->allowed_verbs(), ElementsAre("publish"));
  ASSERT_THAT(
      Call<v1::RiskMatrixPreview>("PreviewRiskMatrix", Manager(), Proto<v1::PreviewRiskMatrixRequest>("name: 'riskMatrices/strict'")),
      IsOk());
  const auto published = Publish("riskMatrices/strict");
  ASSERT_THAT(published, IsOk());
  EXPECT_EQ(published->version(), 2);
  EXPECT_EQ(published->publisher(), "employees/manager");
  EXPECT_EQ(time::ToTime(published->start_time()), clock_.Now());
  EXPECT_THAT(published->allowed_verbs(), IsEmpty());
  EXPECT_THAT(InForce(), ElementsAre("riskMatrices/strict"));
  EXPECT_EQ(time::ToTime(GetMatrix("riskMatrices/default")->end_time()), clock_.Now());
  EXPECT_EQ(Get("risks/overload")->level(), v1::LEVEL_MEDIUM) << "until the job has rated it (rerating_test.cc)";
  EXPECT_EQ(Assess("risks/overload", 3, 3)->level(), v1::LEVEL_HIGH);
  EXPECT_THAT(Publish("riskMatrices/default"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(RiskMatrixTest, AssessmentsRestOnTheVersionInForceAndRecordIt) {
  ASSERT_THAT(Create("overload"), IsOk());
  v1::CreateRiskMatrixRequest request;
  request.set_risk_matrix_id("later");
  request.mutable_risk_matrix()->set_reason("from next month on");
  *request.mutable_risk_matrix()->mutable_cells() = MatrixForTest().cells();
  for (v1::RiskMatrixCell& cell : *request.mutable_risk_matrix()->mutable_cells()) cell.set_level(v1::LEVEL_HIGH);
  *request.mutable_risk_matrix()->mutable_start_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
  ASSERT_THAT(Call<v1::RiskMatrix>("CreateRiskMatrix", Manager(), request), IsOk());
  ASSERT_THAT(Publish("riskMatrices/later"), IsOk());
  const auto used = [&] {
    const auto risk = Assess("risks/overload", 1, 1);
    EXPECT_THAT(risk, IsOk());
    const auto assessment =
        Call<v1::Assessment>("GetAssessment", Analyst(), Proto<v1::GetAssessmentRequest>("name: '" + risk->assessment() + "'"));
    EXPECT_THAT(assessment, IsOk());
    return absl::StrCat(assessment->risk_matrix(), " ", assessment->matrix_version(), " ", v1::Level_Name(risk->level()));
  };
  clock_.Advance(absl::Hours(1) - absl::Microseconds(1));
  EXPECT_EQ(used(), "riskMatrices/default 1 LEVEL_LOW");
  EXPECT_THAT(InForce(), ElementsAre("riskMatrices/default"));
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(used(), "riskMatrices/later 2 LEVEL_HIGH");
  EXPECT_THAT(InForce(), ElementsAre("riskMatrices/later"));
}

// On several nodes of a cluster only a changed row shows a conflict (Kind::Guard).
TEST_F(RiskMatrixTest, EveryPublicationChangesTheRowThatStandsForAll) {
  for (const char* id : {"one", "two"}) {
    const int64_t before = GuardOf("risk_matrices", "riskMatrices/default");
    ASSERT_THAT(Draft(id, 9), IsOk());
    ASSERT_THAT(Publish(absl::StrCat("riskMatrices/", id)), IsOk());
    EXPECT_EQ(GuardOf("risk_matrices", "riskMatrices/default"), before + 1);
  }
}

TEST_F(RiskMatrixTest, ChangesDraftsOnly) {
  ASSERT_THAT(Draft("strict", 9), IsOk());
  const auto update =
      Proto<v1::UpdateRiskMatrixRequest>("risk_matrix { name: 'riskMatrices/strict' reason: 'new' } update_mask { paths: 'reason' }");
  const auto updated = Call<v1::RiskMatrix>("UpdateRiskMatrix", Manager(), update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->reason(), "new");
  EXPECT_THAT(Publish("riskMatrices/strict", "etag: '1'"), HasReason("STALE_ETAG"));
  ASSERT_THAT(Publish("riskMatrices/strict"), IsOk());
  EXPECT_THAT(Call<v1::RiskMatrix>("UpdateRiskMatrix", Manager(), update), HasReason("RULES_IMMUTABLE"));
  EXPECT_THAT(
      Call<google::protobuf::Empty>("DeleteRiskMatrix", Manager(), Proto<v1::DeleteRiskMatrixRequest>("name: 'riskMatrices/strict'")),
      HasReason("RULES_IMMUTABLE"));
  ASSERT_THAT(Draft("other", 9), IsOk());
  EXPECT_THAT(
      Call<google::protobuf::Empty>("DeleteRiskMatrix", Manager(), Proto<v1::DeleteRiskMatrixRequest>("name: 'riskMatrices/other'")),
      IsOk());
  EXPECT_THAT(GetMatrix("riskMatrices/other"), HasReason("NOT_FOUND"));
}

TEST_F(RiskMatrixTest, RefusesBadCells) {
  v1::CreateRiskMatrixRequest request;
  request.mutable_risk_matrix()->set_reason("d");
  *request.mutable_risk_matrix()->mutable_cells() = MatrixForTest().cells();
  request.mutable_risk_matrix()->mutable_cells(0)->set_impact(2);
  EXPECT_THAT(Call<v1::RiskMatrix>("CreateRiskMatrix", Manager(), request), HasViolation("risk_matrix.cells", "BAD_MATRIX_CELLS"));
  request.mutable_risk_matrix()->mutable_cells(0)->set_impact(1);
  request.mutable_risk_matrix()->mutable_cells(0)->set_level(v1::LEVEL_HIGH);
  EXPECT_THAT(Call<v1::RiskMatrix>("CreateRiskMatrix", Manager(), request), HasViolation("risk_matrix.cells", "MATRIX_NOT_MONOTONE"));
  request.mutable_risk_matrix()->mutable_cells()->RemoveLast();
  EXPECT_THAT(Call<v1::RiskMatrix>("CreateRiskMatrix", Manager(), request), HasViolation("risk_matrix.cells", "BAD_VALUE"));
}

TEST_F(RiskMatrixTest, KeepsOneInForceUnderConcurrentPublication) {
  constexpr int drafts = 8;
  for (int i = 0; i < drafts; ++i) ASSERT_THAT(Draft(absl::StrCat("draft-", i), 9), IsOk());
  std::vector<absl::Status> outcomes(drafts);
  std::vector<std::thread> threads;
  threads.reserve(drafts);
  for (int i = 0; i < drafts; ++i) {
    threads.emplace_back([&, i] { outcomes[i] = Publish(absl::StrCat("riskMatrices/draft-", i)).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& outcome : outcomes) EXPECT_THAT(outcome, IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(InForce(), SizeIs(1));
  EXPECT_EQ(GetMatrix(InForce().at(0))->version(), drafts + 1);
}

}  // namespace
}  // namespace heitie::risk
