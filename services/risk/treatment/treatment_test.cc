#include "services/risk/treatment/treatment.h"

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "services/risk/quantity/matrix_for_test.h"

namespace heitie::risk {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;

const absl::Time kPlanned = absl::FromUnixSeconds(1767268800);  // 2026-01-01T12:00:00Z
const absl::TimeZone kTaipei = absl::FixedTimeZone(8 * 60 * 60);

v1::Treatment Avoid() { return Proto<v1::Treatment>("avoidance { scope: 'the prize draw' }"); }
v1::Treatment Reduce() {
  return Proto<v1::Treatment>(
      "reduction { measures { description: 'load test' owner: 'employees/a' due_date { year: 2026 month: 1 day: 20 } } }");
}
v1::Treatment Transfer() {
  return Proto<v1::Treatment>(
      "transfer { instrument: INSTRUMENT_INSURANCE reference: 'P-1' counterparty: 'PICC' start_time { seconds: 1767225600 } expire_time { "
      "seconds: 1769904000 } cover_minor: 1 currency_code: 'CNY' }");
}
TreatmentRules Rules(absl::Time now, absl::TimeZone zone) {
  static const v1::RiskMatrix& matrix = *new v1::RiskMatrix(MatrixForTest());
  static const v1::RiskPolicy& policy = *new v1::RiskPolicy(Proto<v1::RiskPolicy>("acceptance_days: 366 check_grace_days: 3"));
  return {matrix, policy, now, zone};
}
v1::Treatment Accept() { return Proto<v1::Treatment>("acceptance { expire_time { seconds: 1769904000 } }"); }
v1::Treatment Controllable(v1::Treatment treatment) {
  treatment.set_controllable(true);
  treatment.set_control_justification("a kill switch exists");
  return treatment;
}

// R3, row by row: strategy, controllable, and whether LOW, MEDIUM, HIGH permit it.
TEST(Permitted, IsTheTableOfThePolicy) {
  struct Row {
    v1::Treatment treatment;
    bool low, medium, high;
  };
  const Row rows[] = {
      {Avoid(), false, false, true},
      {Reduce(), true, true, false},
      {Transfer(), false, true, false},
      {Accept(), true, false, false},
      {Controllable(Avoid()), false, false, true},
      {Controllable(Reduce()), true, true, true},
      {Controllable(Transfer()), false, true, true},
      {Controllable(Accept()), true, false, false},
      {v1::Treatment(), false, false, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.treatment.ShortDebugString());
    EXPECT_EQ(Permitted(row.treatment, v1::LEVEL_LOW), row.low);
    EXPECT_EQ(Permitted(row.treatment, v1::LEVEL_MEDIUM), row.medium);
    EXPECT_EQ(Permitted(row.treatment, v1::LEVEL_HIGH), row.high);
    EXPECT_FALSE(Permitted(row.treatment, v1::LEVEL_UNSPECIFIED));
  }
}

TEST(CheckPermitted, SaysWhatIsPermitted) {
  EXPECT_THAT(CheckPermitted("risks/r", Accept(), v1::LEVEL_LOW), IsOk());
  const absl::Status status = CheckPermitted("risks/r", Accept(), v1::LEVEL_MEDIUM);
  EXPECT_THAT(status, HasReason("TREATMENT_NOT_PERMITTED"));
  EXPECT_EQ(status.message(), "ACCEPT is not permitted for risks/r at level MEDIUM: REDUCE, TRANSFER.");
  EXPECT_EQ(status::Say(status).zh_tw, "risks/r 為「中」級，不可採「接受」；可採：降低、轉移。");
  const status::Words high = status::Say(CheckPermitted("risks/r", Accept(), v1::LEVEL_HIGH));
  EXPECT_EQ(high.en, "ACCEPT is not permitted for risks/r at level HIGH: AVOID; REDUCE or TRANSFER when declared controllable.");
  EXPECT_EQ(high.zh_tw, "risks/r 為「高」級，不可採「接受」；可採：規避；聲明可有效控制時亦可降低或轉移。");
  EXPECT_EQ(high.zh_cn, "risks/r 为「高」级，不可采「接受」；可采：规避；声明可有效控制时亦可降低或转移。");
}

TEST(CheckTreatment, AcceptsWhatLiesAhead) {
  for (const v1::Treatment& treatment : {Avoid(), Reduce(), Transfer(), Accept(), Controllable(Reduce())}) {
    EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)), IsOk());
  }
}

TEST(CheckTreatment, WantsAPlanAndAJustification) {
  EXPECT_THAT(CheckTreatment(v1::Treatment(), Rules(kPlanned, kTaipei)), HasViolation("treatment", "TREATMENT_MISSING"));
  v1::Treatment treatment = Reduce();
  treatment.set_controllable(true);
  EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)),
              HasViolation("treatment.control_justification", "JUSTIFICATION_MISSING"));
}

TEST(CheckTreatment, RefusesWhatIsPast) {
  const absl::Time end = absl::FromUnixSeconds(1769904000);
  EXPECT_THAT(CheckTreatment(Accept(), Rules(end - absl::Microseconds(1), kTaipei)), IsOk());
  EXPECT_THAT(CheckTreatment(Accept(), Rules(end, kTaipei)), HasViolation("treatment.acceptance.expire_time", "ALREADY_PAST"));
  EXPECT_THAT(CheckTreatment(Transfer(), Rules(end, kTaipei)), HasViolation("treatment.transfer.expire_time", "ALREADY_PAST"));
  EXPECT_THAT(CheckTreatment(Reduce(), Rules(kPlanned + absl::Hours(24 * 21), kTaipei)),
              HasViolation("treatment.reduction.measures[0].due_date", "ALREADY_PAST"));
}

TEST(CheckTreatment, CountsDueDatesByTheDaysOfTheZone) {
  const absl::Time midnight = absl::FromCivil(absl::CivilDay(2026, 1, 21), kTaipei);  // The measure is due by the end of the 20th.
  EXPECT_THAT(CheckTreatment(Reduce(), Rules(midnight - absl::Microseconds(1), kTaipei)), IsOk());
  EXPECT_THAT(CheckTreatment(Reduce(), Rules(midnight, kTaipei)), HasViolation("treatment.reduction.measures[0].due_date", "ALREADY_PAST"));
  EXPECT_THAT(CheckTreatment(Reduce(), Rules(midnight, absl::UTCTimeZone())), IsOk());
}

TEST(CheckTreatment, RefusesAnInstrumentThatEndsBeforeItBegins) {
  v1::Treatment treatment = Transfer();
  *treatment.mutable_transfer()->mutable_start_time() = treatment.transfer().expire_time();
  EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)), HasViolation("treatment.transfer.expire_time", "TIMES_REVERSED"));
}

TEST(CheckTreatment, WantsAllTermsOfAnInstrumentOrTheInstrument) {
  const absl::Status status = CheckTreatment(Proto<v1::Treatment>("transfer {}"), Rules(kPlanned, kTaipei));
  for (const char* field : {"instrument", "reference", "counterparty", "start_time", "expire_time", "cover_minor", "currency_code"}) {
    EXPECT_THAT(status, HasViolation(absl::StrCat("treatment.transfer.", field), "REQUIRED"));
  }
  EXPECT_THAT(CheckTreatment(Proto<v1::Treatment>("transfer { transfer_instrument: 'transferInstruments/t' }"), Rules(kPlanned, kTaipei)),
              IsOk());
}

TEST(CheckTreatment, WantsMeasuresAgainstWhatIsRetainedUnlessItIsLow) {
  v1::Treatment treatment = Transfer();
  treatment.mutable_transfer()->mutable_retained()->set_likelihood(2);
  treatment.mutable_transfer()->mutable_retained()->set_impact(3);
  EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)),
              HasViolation("treatment.transfer.measures", "RETAINED_WITHOUT_MEASURES"));
  *treatment.mutable_transfer()->add_measures() = Reduce().reduction().measures(0);
  EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)), IsOk());
  treatment = Transfer();
  treatment.mutable_transfer()->mutable_retained()->set_likelihood(1);
  treatment.mutable_transfer()->mutable_retained()->set_impact(1);
  EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)), IsOk());
}

TEST(CheckTreatment, BoundsAnAcceptanceByThePolicy) {
  v1::Treatment treatment = Accept();
  treatment.mutable_acceptance()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(kPlanned) + 366 * 86400);
  EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)), IsOk());
  treatment.mutable_acceptance()->mutable_expire_time()->set_nanos(1000);
  EXPECT_THAT(CheckTreatment(treatment, Rules(kPlanned, kTaipei)), HasViolation("treatment.acceptance.expire_time", "ACCEPTANCE_TOO_LONG"));
}

TEST(CadenceOf, IsThatOfThePolicyWhereNothingIsSaid) {
  const auto policy = test::Proto<v1::RiskPolicy>("acceptance_check_days: 30");
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  const auto acceptance = [&](int days, const std::string& more) {
    return test::Proto<v1::Acceptance>(
        absl::StrCat("expire_time { seconds: ", absl::ToUnixSeconds(now + absl::Hours(24) * days), " } ", more));
  };
  EXPECT_EQ(CadenceOf(policy, now, acceptance(31, "")), 30);
  EXPECT_EQ(CadenceOf(policy, now, acceptance(30, "")), 0) << "it ends before, and is assessed anew";
  EXPECT_EQ(CadenceOf(policy, now, acceptance(5, "check_days: 90")), 90);
  EXPECT_EQ(CadenceOf({}, now, acceptance(300, "")), 0);
}

TEST(SetDeadlines, EndsAnAcceptanceWithAMissedCheck) {
  v1::Risk risk;
  *risk.mutable_treatment() = Accept();
  const v1::RiskPolicy policy = Proto<v1::RiskPolicy>("check_grace_days: 3");
  SetDeadlines(policy, kPlanned, risk);
  EXPECT_EQ(risk.expire_time().seconds(), 1769904000);
  EXPECT_FALSE(risk.has_check_due_time());
  risk.mutable_treatment()->mutable_acceptance()->set_check_days(7);
  SetDeadlines(policy, kPlanned, risk);
  EXPECT_EQ(risk.check_due_time().seconds(), absl::ToUnixSeconds(kPlanned) + 7 * 86400);
  EXPECT_EQ(risk.expire_time().seconds(), absl::ToUnixSeconds(kPlanned) + 10 * 86400);
  SetDeadlines(policy, absl::FromUnixSeconds(1769904000) - absl::Hours(24), risk);
  EXPECT_EQ(risk.expire_time().seconds(), 1769904000) << "never later than it was accepted for";
}

TEST(AsProposed, IsWhatADecisionRestsOnWithoutWhatItAdds) {
  const v1::Treatment proposed = Reduce();
  v1::Treatment decided = proposed;
  decided.set_level(v1::LEVEL_MEDIUM);
  decided.set_decider("employees/m");
  decided.set_proposer("employees/s");
  decided.set_assessment("risks/r/assessments/a");
  decided.mutable_rating()->set_level(v1::LEVEL_MEDIUM);
  decided.mutable_reduction()->mutable_measures(0)->set_risk_measure("riskMeasures/m");
  EXPECT_THAT(AsProposed(decided), test::EqualsProto(proposed));
}

TEST(ExpiryOf, IsThatOfAcceptanceAndInstrument) {
  EXPECT_EQ(ExpiryOf(Accept()), absl::FromUnixSeconds(1769904000));
  EXPECT_EQ(ExpiryOf(Transfer()), absl::FromUnixSeconds(1769904000));
  EXPECT_EQ(ExpiryOf(Avoid()), std::nullopt);
  EXPECT_EQ(ExpiryOf(Reduce()), std::nullopt);
}

}  // namespace
}  // namespace heitie::risk
