#include "services/personnel/recruitment/offer.h"

#include <gmock/gmock.h>

#include "services/personnel/recruitment/recruitment_test.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Offer;
using v1::Requisition;

class OfferTest : public RecruitmentTest {
 protected:
  absl::StatusOr<Offer> MoveStart(const std::string& id, CivilDay day) {
    v1::MoveStartRequest request;
    request.set_name("offers/" + id);
    *request.mutable_start_date() = time::ToDate(day);
    return Call<Offer>("MoveStart", Specialist(), request);
  }
  // To 00:00 of a day in the business time zone, a moment later.
  void GoTo(CivilDay day) {
    const absl::Time midnight = absl::FromCivil(day, service::DefaultTimeZone());
    RunJobs(midnight - clock_.Now() + absl::Seconds(1));
  }
};

TEST_F(OfferTest, FromADraftToAnEmployee) {
  HaveOpen(2);
  HaveEmployee("lead");
  auto request = Offering("one", "hosts-1");
  request.mutable_offer()->set_superior("employees/lead");
  request.mutable_offer()->set_employee_id("fang");
  const auto draft = Call<Offer>("CreateOffer", Specialist(), request);
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(draft->requisition(), "requisitions/hosts");
  EXPECT_EQ(draft->candidate(), "candidates/hosts-1");
  EXPECT_EQ(draft->pay_band(), "positions/host/payBands/first");
  EXPECT_EQ(draft->currency_code(), "TWD");
  EXPECT_THAT((Do<Offer, v1::ApproveOfferRequest>("ApproveOffer", "offers/one", Specialist())), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Extend("one"), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(ApproveOffer("one"), IsOk());
  ASSERT_THAT(Extend("one"), IsOk());
  EXPECT_EQ(Get("hosts").extended_seats(), 1);
  const auto accepted = Accept("one");
  ASSERT_THAT(accepted, IsOk());
  EXPECT_THAT(Money(), ElementsAre(1300, 1000, 0));
  EXPECT_EQ(Headcount(Manager(), CivilDay(2026, 1, 20)).begun(), 1);
  EXPECT_EQ(Headcount(Manager(), CivilDay(2026, 1, 19)).in_progress(), 2);
  GoTo(CivilDay(2026, 1, 20));
  const auto hired = OfferOf("one");
  ASSERT_THAT(hired, IsOk());
  EXPECT_EQ(hired->state(), Offer::STATE_HIRED);
  EXPECT_EQ(hired->employee(), "employees/fang");
  const auto employee = EmployeeOf("employees/fang");
  ASSERT_THAT(employee, IsOk());
  EXPECT_EQ(employee->display_name(), "Candidate hosts-1");
  EXPECT_EQ(employee->position(), "positions/host");
  EXPECT_EQ(employee->superior(), "employees/lead");
  EXPECT_EQ(time::ToDay(employee->hire_date()), CivilDay(2026, 1, 20));
  EXPECT_EQ(employee->assignments_size(), 1);
  EXPECT_THAT(service_->applications.Take(), ElementsAre("hosts-1 make_offer", "hosts-1 accept_offer", "hosts-1 hire"));
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_APPROVED) << "a seat is left";
  EXPECT_EQ(Headcount(Manager(), CivilDay(2026, 1, 20)).begun(), 0);
}

TEST_F(OfferTest, PayIsWithinTheBandInForce) {
  HaveOpen(1);
  for (const int64_t pay : {29999, 50001}) {
    auto request = Offering("one", "hosts-1");
    request.mutable_offer()->set_pay_minor(pay);
    request.mutable_offer()->set_superior("employees/none");
    const auto refused = Call<Offer>("CreateOffer", Specialist(), request);
    EXPECT_THAT(refused, HasViolation("offer.pay_minor", "PAY_OUTSIDE_BAND"));
    EXPECT_THAT(refused, HasViolation("offer.superior", "UNKNOWN_SUPERIOR"));
    EXPECT_THAT(std::string(refused.status().message()), ::testing::Not(::testing::HasSubstr("30,000"))) << "not everybody reads the band";
  }
  ASSERT_THAT(Draft("one", "hosts-1"), IsOk());
  // What was within the band when it was drafted is judged again when it is approved.
  auto narrow = test::Proto<v1::CreatePayBandRequest>(
      "parent: 'positions/host' pay_band_id: 'second' pay_band { reason: 'less' lowest_minor: 30000 highest_minor: 39999 currency_code: "
      "'TWD' }");
  ASSERT_THAT(Call<v1::PayBand>("CreatePayBand", Manager(), narrow), IsOk());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT((Do<v1::PayBand, v1::PublishPayBandRequest>("PublishPayBand", "positions/host/payBands/second", Manager())), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(ApproveOffer("one"), HasViolation("offer.pay_minor", "PAY_OUTSIDE_BAND"));
}

TEST_F(OfferTest, BandsArePublishedForManagers) {
  HavePosition();
  HaveBand();
  EXPECT_EQ((Do<v1::PayBand, v1::GetPayBandRequest>("GetPayBand", "positions/host/payBands/first", Specialist())).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT((Do<v1::PayBand, v1::GetPayBandRequest>("GetPayBand", "positions/host/payBands/first", Manager())), IsOk());
  auto reversed = test::Proto<v1::CreatePayBandRequest>(
      "parent: 'positions/host' pay_band { reason: 'a slip' lowest_minor: 2 highest_minor: 1 currency_code: 'TWD' }");
  EXPECT_THAT(Call<v1::PayBand>("CreatePayBand", Manager(), reversed), HasViolation("pay_band.highest_minor", "PAY_BAND_REVERSED"));
}

TEST_F(OfferTest, AnApplicationHasOneThatIsAlive) {
  HaveOpen(2);
  ASSERT_THAT(Draft("one", "hosts-1"), IsOk());
  EXPECT_THAT(Draft("two", "hosts-1"), HasReason("OFFER_ALIVE"));
  ASSERT_THAT(Withdraw("one"), IsOk());
  EXPECT_THAT(service_->applications.Take(), IsEmpty()) << "the candidate had nothing in hand";
  ASSERT_THAT(Draft("two", "hosts-1"), IsOk());
  EXPECT_EQ(Race(16, [&](int i) { return Draft(absl::StrCat("r", i), "hosts-2").status(); }),
            (std::map<std::string, int>{{"", 1}, {"OFFER_ALIVE", 15}}));
}

TEST_F(OfferTest, OneOfManyGetsTheLastSeat) {
  HaveOpen(2);
  HaveAccepted("first", "hosts-first");
  constexpr int kOffers = 64;
  for (int i = 0; i < kOffers; ++i) HaveApproved(absl::StrCat("o", i), absl::StrCat("hosts-", i));
  EXPECT_EQ(Race(kOffers, [&](int i) { return Extend(absl::StrCat("o", i)).status(); }),
            (std::map<std::string, int>{{"", 1}, {"SEATS_TAKEN", kOffers - 1}}));
  EXPECT_EQ(Get("hosts").extended_seats(), 1);
  EXPECT_EQ(Get("hosts").accepted_seats(), 1);
}

TEST_F(OfferTest, AcceptanceAndExpiryAtOnceHaveOneFate) {
  HaveOpen(8);
  for (int i = 0; i < 8; ++i) HaveExtended(absl::StrCat("o", i), absl::StrCat("hosts-", i));
  clock_.Advance(absl::Minutes(30));
  const absl::Time early = clock_.Now();
  clock_.Advance(absl::Hours(24));
  const auto outcomes = Race(16, [&](int i) -> absl::Status {
    if (i % 2 == 0) return jobs_.RunDue().status();
    rpc::Call call = Specialist();
    call.now = early;
    return Do<Offer, v1::AcceptOfferRequest>("AcceptOffer", absl::StrCat("offers/o", i / 2), call).status();
  });
  for (const auto& [reason, count] : outcomes) EXPECT_THAT(reason, AnyOf("", "ILLEGAL_TRANSITION", "REQUISITION_NOT_APPROVED")) << count;
  RunJobs();
  const Requisition requisition = Get("hosts");
  EXPECT_EQ(requisition.extended_seats(), 0);
}

TEST_F(OfferTest, ExpiresAndIsFreeForAnother) {
  HaveOpen(1);
  HaveExtended("one", "hosts-1");
  HaveApproved("two", "hosts-2");
  EXPECT_THAT(Extend("two"), HasReason("SEATS_TAKEN"));
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(Accept("one"), HasReason("OFFER_TERM_PAST"));
  service_->applications.Take();
  RunJobs();
  EXPECT_EQ(OfferOf("one")->state(), Offer::STATE_EXPIRED);
  EXPECT_THAT(service_->applications.Take(), ElementsAre("hosts-1 decline_offer"));
  EXPECT_THAT(Extend("two"), HasReason("REQUISITION_NOT_APPROVED")) << "its money has lapsed as well";
}

TEST_F(OfferTest, DeclineAndWithdrawalFreeTheSeat) {
  HaveOpen(1);
  HaveExtended("one", "hosts-1");
  ASSERT_THAT((Do<Offer, v1::DeclineOfferRequest>("DeclineOffer", "offers/one", Specialist())), IsOk());
  HaveAccepted("two", "hosts-2");
  EXPECT_THAT(Money(), ElementsAre(300, 1000, 0));
  ASSERT_THAT(Withdraw("two"), IsOk()) << "who has accepted may step back";
  service_->applications.Take();
  HaveAccepted("three", "hosts-3");
  EXPECT_THAT(Money(), ElementsAre(300, 1000, 0)) << "the seat was committed already";
  GoTo(CivilDay(2026, 1, 20));
  EXPECT_EQ(OfferOf("two")->state(), Offer::STATE_WITHDRAWN);
  EXPECT_EQ(OfferOf("three")->state(), Offer::STATE_HIRED);
}

TEST_F(OfferTest, TheLastSeatFilledEndsTheRequisitionAndEveryApplication) {
  HaveOpen(2);
  HaveAccepted("one", "hosts-1");
  HaveAccepted("two", "hosts-2");
  ASSERT_THAT(Draft("three", "hosts-3"), IsOk());
  service_->applications.Take();
  ASSERT_THAT(Start("one"), IsOk());
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_APPROVED);
  const auto last = Start("two");
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->employee(), "employees/two");
  const Requisition filled = Get("hosts");
  EXPECT_EQ(filled.state(), Requisition::STATE_FILLED);
  EXPECT_EQ(filled.hired_seats(), 2);
  EXPECT_EQ(OfferOf("three")->state(), Offer::STATE_WITHDRAWN);
  EXPECT_THAT(service_->applications.Take(), ElementsAre("hosts-1 hire", "hosts-2 hire", "hosts filled"));
  EXPECT_THAT(Money(), ElementsAre(0, 2000, 0)) << "what is not needed goes back, the seats stay committed";
  ExpectSoundLedgers();
}

TEST_F(OfferTest, CancellingKeepsWhoHasAccepted) {
  HaveOpen(3);
  HaveAccepted("one", "hosts-1");
  HaveExtended("two", "hosts-2");
  service_->applications.Take();
  ASSERT_THAT(Cancel("hosts"), IsOk());
  EXPECT_EQ(OfferOf("two")->state(), Offer::STATE_WITHDRAWN);
  EXPECT_THAT(service_->applications.Take(), ElementsAre("hosts cancelled but hosts-1"));
  EXPECT_THAT(Money(), ElementsAre(0, 1000, 0));
  GoTo(CivilDay(2026, 1, 20));
  EXPECT_EQ(OfferOf("one")->state(), Offer::STATE_HIRED);
  EXPECT_EQ(Headcount(Manager(), CivilDay(2026, 1, 20)).employed(), 1);
}

TEST_F(OfferTest, StartedManyTimesItIsOneEmployee) {
  HaveOpen(1);
  HaveAccepted("one", "hosts-1");
  ASSERT_THAT(Start("one", "once"), IsOk());
  ASSERT_THAT(Start("one", "once"), IsOk());
  ASSERT_THAT(Start("one"), IsOk());
  const auto employees = Call<v1::ListEmployeesResponse>("ListEmployees", Manager(),
                                                         test::Proto<v1::ListEmployeesRequest>("filter: 'position = \"positions/host\"'"));
  ASSERT_THAT(employees, IsOk());
  EXPECT_EQ(employees->employees_size(), 1);
}

TEST_F(OfferTest, ThreadsThatStartItAtOnceMakeOneEmployee) {
  HaveOpen(1);
  HaveAccepted("one", "hosts-1");
  EXPECT_EQ(Race(16, [&](int) { return Start("one").status(); }), (std::map<std::string, int>{{"", 16}}));
  EXPECT_EQ(Get("hosts").hired_seats(), 1);
  EXPECT_EQ(Headcount(Manager(), CivilDay(2026, 1, 20)).employed(), 1);
}

TEST_F(OfferTest, AStartThatMovesTakesTheAssignmentAlong) {
  HaveOpen(2);
  HaveAccepted("one", "hosts-1");
  ASSERT_THAT(MoveStart("one", CivilDay(2026, 1, 22)), IsOk());
  GoTo(CivilDay(2026, 1, 20));
  EXPECT_EQ(OfferOf("one")->state(), Offer::STATE_ACCEPTED);
  ASSERT_THAT(Start("one"), IsOk()) << "two days ahead";
  ASSERT_THAT(MoveStart("one", CivilDay(2026, 2, 2)), IsOk());
  const auto employee = EmployeeOf("employees/one");
  ASSERT_THAT(employee, IsOk());
  EXPECT_EQ(time::ToDay(employee->hire_date()), CivilDay(2026, 2, 2));
  ASSERT_EQ(employee->assignments_size(), 1);
  EXPECT_EQ(time::ToDay(employee->assignments(0).start_date()), CivilDay(2026, 2, 2));
  EXPECT_THAT(MoveStart("one", CivilDay(2026, 1, 19)), HasViolation("start_date", "START_DAY_PAST"));
  GoTo(CivilDay(2026, 2, 2));
  EXPECT_THAT(MoveStart("one", CivilDay(2026, 2, 9)), HasReason("ALREADY_STARTED"));
}

TEST_F(OfferTest, ASuperiorWhoHasLeftLeadsNobody) {
  HaveOpen(1);
  HaveEmployee("lead");
  auto request = Offering("one", "hosts-1");
  request.mutable_offer()->set_superior("employees/lead");
  ASSERT_THAT(Call<Offer>("CreateOffer", Specialist(), request), IsOk());
  ASSERT_THAT(ApproveOffer("one"), IsOk());
  ASSERT_THAT(Extend("one"), IsOk());
  ASSERT_THAT(Accept("one"), IsOk());
  auto leave = test::Proto<v1::TerminateEmployeeRequest>("name: 'employees/lead' leave_date { year: 2026 month: 1 day: 10 }");
  ASSERT_THAT(Call<v1::Employee>("TerminateEmployee", Manager(), leave), IsOk());
  GoTo(CivilDay(2026, 1, 20));
  ASSERT_EQ(OfferOf("one")->state(), Offer::STATE_HIRED);
  EXPECT_EQ(EmployeeOf("employees/one")->superior(), "");
}

TEST_F(OfferTest, DeathBetweenAcceptanceAndMoneyCommitsOnce) {
  HaveOpen(2);
  int64_t committed = 0;
  int n = 0;
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    const std::string id = absl::StrCat("o", ++n);
    HaveExtended(id, absl::StrCat("hosts-", n));
    trouble_ = [&](const std::string& method, Moment at) -> absl::Status {
      if (method == "CommitEncumbrance" && at == moment) throw Death();
      return absl::OkStatus();
    };
    EXPECT_THROW(Accept(id).IgnoreError(), Death);
    EXPECT_EQ(OfferOf(id)->state(), Offer::STATE_ACCEPTED);
    trouble_ = nullptr;
    RunJobs();
    committed += 1000;
    EXPECT_THAT(Money(), ElementsAre(2300 - committed, committed, 0));
  }
}

// Somebody gave the money back by hand a moment ago, and this service has not heard of it yet.
TEST_F(OfferTest, AcceptedOnMoneyThatIsGoneItIsOwed) {
  HaveOpen(1);
  HaveExtended("one", "hosts-1");
  resource::v1::ReleaseEncumbranceRequest release;
  release.set_name(Get("hosts").encumbrance());
  ASSERT_THAT(resource_.rpc().Invoke<resource::v1::Encumbrance>("ReleaseEncumbrance", Manager(), release), IsOk());
  ASSERT_THAT(Accept("one"), IsOk());
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_ON_HOLD);
  EXPECT_THAT(Money(), ElementsAre(0, 0, 0));
  ASSERT_THAT(Approve("hosts"), IsOk());
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_APPROVED);
  EXPECT_THAT(Money(), ElementsAre(300, 1000, 0));
  RunJobs();
  EXPECT_EQ(Get("hosts").state(), Requisition::STATE_APPROVED) << "the event of the old money puts nothing on hold";
}

TEST_F(OfferTest, IsReadByThoseWhomItConcerns) {
  HaveOpen(1);
  HaveAccepted("one", "hosts-1");
  const rpc::Call engineer = test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now());
  for (const rpc::Call& stranger : {Analyst(), engineer}) {
    EXPECT_EQ((Do<Offer, v1::GetOfferRequest>("GetOffer", "offers/one", stranger)).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(Call<v1::ListOffersResponse>("ListOffers", stranger, v1::ListOffersRequest())->offers_size(), 0);
    const v1::ComputeHeadcountResponse headcount = Headcount(stranger);
    ASSERT_EQ(headcount.terms_size(), 1);
    EXPECT_EQ(headcount.in_progress(), 1) << "counts are everybody's";
    EXPECT_EQ(headcount.terms(0).person() + headcount.terms(0).offer(), "");
  }
  EXPECT_EQ(Headcount(Manager()).terms(0).person(), "candidates/hosts-1");
  EXPECT_THAT((Do<Offer, v1::GetOfferRequest>("GetOffer", "offers/one", Specialist())), IsOk());
  EXPECT_EQ(Call<Offer>("CreateOffer", Analyst(), Offering("two", "hosts-2")).status().code(), absl::StatusCode::kNotFound)
      << "who does not run the requisition learns nothing of its applications";
  // A new owner reads what the old one did.
  HaveEmployee("next");
  auto update = test::Proto<v1::UpdateRequisitionRequest>(
      "requisition { name: 'requisitions/hosts' owner: 'employees/next' } update_mask { paths: 'owner' }");
  ASSERT_THAT(Call<Requisition>("UpdateRequisition", Manager(), update), IsOk());
  const rpc::Call next = test::By("employees/next", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  EXPECT_THAT((Do<Offer, v1::GetOfferRequest>("GetOffer", "offers/one", next)), IsOk());
}

TEST_F(OfferTest, AnEndedApplicationTakesItsOfferAlong) {
  HaveOpen(1);
  HaveExtended("one", "hosts-1");
  ASSERT_THAT(store_.Write(Manager(),
                           [&](record::Transaction& tx) {
                             return service_->offers().WithdrawOf(tx, "applications/hosts-1", "The candidate withdrew");
                           }),
              IsOk());
  EXPECT_EQ(OfferOf("one")->state(), Offer::STATE_WITHDRAWN);
  EXPECT_EQ(OfferOf("one")->state_reason(), "The candidate withdrew");
}

}  // namespace
}  // namespace heitie::personnel
