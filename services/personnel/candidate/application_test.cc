#include "services/personnel/candidate/application.h"

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "heitie/personnel/v1/recruitment_yield.pb.h"
#include "services/personnel/candidate/candidate_testing.h"

namespace heitie::personnel {
namespace {

using test::HasReason;
using test::HasViolation;
using test::HasViolations;
using test::IsOk;

class ApplicationTest : public CandidateFixture {
 protected:
  absl::StatusOr<v1::Application> End(const rpc::Call& call, const std::string& application, const std::string& reason) {
    return Ask<v1::Application, v1::RejectApplicationRequest>(
        "RejectApplication", call, absl::StrCat("name: '", application, "' reason: 'rejectionReasons/", reason, "' remarks: 'too late'"));
  }
  absl::StatusOr<v1::Application> Withdraw(const std::string& application, const std::string& reason) {
    return Ask<v1::Application, v1::WithdrawApplicationRequest>(
        "WithdrawApplication", Manager(), absl::StrCat("name: '", application, "' reason: 'rejectionReasons/", reason, "'"));
  }
  absl::StatusOr<v1::Application> Back(const std::string& application, const std::string& stage) {
    return Ask<v1::Application, v1::ReturnApplicationRequest>("ReturnApplication", Manager(),
                                                              absl::StrCat("name: '", application, "' stage: ", stage, " reason: 'again'"));
  }
  std::string Offered(const std::string& email) {
    const std::string application = InInterview(email);
    const auto card = Assign(Manager(), application, "i1");
    EXPECT_THAT(File(Person("i1"), card->name(), {4, 4, 4}), IsOk());
    EXPECT_THAT(Move(Manager(), application, "make_offer"), IsOk());
    return application;
  }
};

TEST_F(ApplicationTest, ADeliveryThatComesAgainIsTheFirst) {
  const auto first = Receive(Manager(), "email: 'mei@example.com'", "external_id: '104-77'");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Advance(Manager(), first->name()), IsOk());
  const auto again = Receive(Manager(), "email: 'somebody.else@example.com'", "external_id: '104-77'");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->name(), first->name());
  EXPECT_EQ(again->state(), v1::Application::STATE_SCREENING) << "as it is now";
  HoldRequisition("host");
  EXPECT_EQ(Receive(Manager(), "email: 'mei@example.com'", "external_id: '104-77'")->name(), first->name());
  EXPECT_THAT(Receive(Manager(), "email: 'mei@example.com'", "external_id: '104-78'"), HasReason("REQUISITION_NOT_OPEN"));
}

TEST_F(ApplicationTest, ADeliveryThatComesTwiceAtOnceIsOne) {
  for (int round = 0; round < 15; ++round) {
    std::mutex mutex;
    std::set<std::string> names;
    {
      std::vector<std::jthread> racers;
      for (int i = 0; i < 5; ++i) {
        racers.emplace_back([&, i] {
          const auto received =
              Receive(Manager(), absl::StrCat("email: 'p", round, "-", i, "@example.com'"), absl::StrCat("external_id: 'r", round, "'"));
          const std::lock_guard lock(mutex);
          names.insert(received.ok() ? received->name() : received.status().ToString());
        });
      }
    }
    ASSERT_EQ(names.size(), 1u) << *names.begin() << " " << *names.rbegin();
  }
}

TEST_F(ApplicationTest, WhoAnswersForTheRequisitionDecides) {
  EXPECT_THAT(Receive(Person("stranger"), "email: 'mei@example.com'"), HasReason("NOT_YOUR_REQUISITION"));
  EXPECT_THAT(Receive(Analyst(), "email: 'mei@example.com'"), HasReason("NOT_YOUR_REQUISITION"));
  const auto received = Receive(Person("owner"), "email: 'mei@example.com'");
  ASSERT_THAT(received, IsOk());
  EXPECT_EQ(received->position(), "positions/host");
  EXPECT_THAT(Advance(Person("lead"), received->name()), IsOk()) << "a superior, whatever the role";
  EXPECT_THAT(Advance(Person("stranger"), received->name()), HasReason("NOT_FOUND"));
  ASSERT_THAT(Advance(Person("owner"), received->name()), IsOk());
  ASSERT_THAT(Assign(Person("owner"), received->name(), "i1"), IsOk());
  EXPECT_THAT(Withdraw(received->name(), "requirements-not-met"), HasViolation("reason", "UNFIT_REASON")) << "of the other side";
  EXPECT_THAT(End(Person("i1"), received->name(), "assessment"), HasReason("NOT_YOUR_REQUISITION")) << "who interviews does not decide";
}

TEST_F(ApplicationTest, ReasonsAreFromTheList) {
  const std::string application = MustReceive("mei@example.com");
  EXPECT_THAT(End(Manager(), application, "none"), HasReason("NOT_FOUND"));
  EXPECT_THAT(End(Manager(), application, "pay"), HasViolations("reason UNFIT_REASON"));
  ASSERT_THAT((Ask<v1::RejectionReason, v1::UpdateRejectionReasonRequest>(
                  "UpdateRejectionReason", Manager(),
                  "rejection_reason { name: 'rejectionReasons/no-answer' retired: true } update_mask { paths: 'retired' }")),
              IsOk());
  EXPECT_THAT(End(Manager(), application, "no-answer"), HasViolations("reason UNFIT_REASON"));
  const auto rejected = End(Manager(), application, "requirements-not-met");
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), v1::Application::STATE_REJECTED);
  EXPECT_EQ(rejected->end_reason(), "rejectionReasons/requirements-not-met");
  EXPECT_EQ(rejected->end_remarks(), "too late");
  EXPECT_THAT(Advance(Manager(), application), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Back(application, "STAGE_APPLIED"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Move(Manager(), application, "make_offer"), HasReason("ILLEGAL_TRANSITION")) << "no offer to who was rejected";
}

TEST_F(ApplicationTest, GoingBackRetracts) {
  const std::string application = InInterview("mei@example.com");
  const auto card = Assign(Manager(), application, "i1");
  ASSERT_THAT(card, IsOk());
  EXPECT_THAT(Back(application, "STAGE_INTERVIEW"), HasViolations("stage NOT_BACK"));
  EXPECT_THAT(Back(application, "STAGE_HIRED"), HasViolations("stage NOT_BACK"));
  const auto back = Back(application, "STAGE_SCREENING");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->state(), v1::Application::STATE_SCREENING);
  EXPECT_EQ(back->return_reason(), "again");
  EXPECT_EQ(FurthestStage(*back), v1::STAGE_SCREENING);
  EXPECT_THAT(File(Person("i1"), card->name(), {3, 3, 3}), HasReason("ILLEGAL_TRANSITION")) << "released";
  EXPECT_THAT(Get(Person("i1"), application), HasReason("NOT_FOUND"));
  ASSERT_THAT(Advance(Manager(), application), IsOk());
  EXPECT_EQ(Assign(Manager(), application, "i1")->name(), card->name()) << "assigned anew";
}

TEST_F(ApplicationTest, InterviewsNeedATemplateAndOffersAnAssessment) {
  ASSERT_THAT((Ask<v1::Position, v1::CreatePositionRequest>("CreatePosition", Manager(),
                                                            "position_id: 'bare' position { title: 'x' responsibilities: 'x' }")),
              IsOk());
  AddRequisition("bare", "positions/bare");
  const auto bare = Ask<v1::Application, v1::ReceiveApplicationRequest>(
      "ReceiveApplication", Manager(),
      "application { requisition: 'requisitions/bare' channel: 'recruitmentChannels/job-board' } applicant { display_name: 'x' email: "
      "'x@example.com' }");
  ASSERT_THAT(Advance(Manager(), bare->name()), IsOk());
  EXPECT_THAT(Advance(Manager(), bare->name()), HasReason("NO_VERSION_IN_FORCE"));

  const std::string application = InInterview("mei@example.com");
  EXPECT_EQ(Get(Manager(), application)->scorecard_template(), "positions/host/scorecardTemplates/one");
  EXPECT_THAT(Move(Manager(), application, "make_offer"), HasReason("NOT_DECIDABLE"));
  const auto card = Assign(Manager(), application, "i1"), own = Assign(Manager(), application, "manager");
  ASSERT_THAT(File(Person("i1"), card->name(), {4, 4, 0}), IsOk());
  EXPECT_THAT(Move(Manager(), application, "make_offer"), HasReason("CARD_NOT_FILED")) << "a refusal must not tell what others filed";
  ASSERT_THAT(File(Manager(), own->name(), {4, 4, 0}), IsOk());
  EXPECT_THAT(Move(Manager(), application, "make_offer"), HasViolations(application + " CRITERION_NOT_RATED"));
  const std::string waive = absl::StrCat("name: '", application, "' reason: 'not for this post' criterion: ");
  EXPECT_THAT((Ask<v1::Application, v1::WaiveCriterionRequest>("WaiveCriterion", Manager(), waive + "'z'")),
              HasViolations("criterion UNKNOWN_CRITERION"));
  const auto waived = Ask<v1::Application, v1::WaiveCriterionRequest>("WaiveCriterion", Manager(), waive + "'c'");
  ASSERT_THAT(waived, IsOk());
  EXPECT_EQ(waived->waivers(0).waiver(), "employees/manager");
  EXPECT_THAT(Move(Manager(), application, "make_offer"), IsOk());
  EXPECT_EQ(Get(Manager(), application)->state(), v1::Application::STATE_OFFER);
}

TEST_F(ApplicationTest, WhatEndsWithAnOfferWithdrawsIt) {
  const std::string application = Offered("mei@example.com");
  EXPECT_THAT(Back(application, "STAGE_SCREENING"), HasReason("ILLEGAL_TRANSITION")) << "the offer brings it back";
  auto offer = test::Proto<v1::Offer>(
      "name: 'offers/mei' requisition: 'requisitions/host' state: STATE_EXTENDED requester: 'employees/owner' pay_minor: 1 "
      "currency_code: 'TWD' start_date { year: 2026 month: 3 day: 1 } expire_time { seconds: 1800000000 }");
  offer.set_application(application);
  offer.set_candidate(CandidateOf(application));
  Put(offer);
  const auto withdrawn = Withdraw(application, "other-offer");
  ASSERT_THAT(withdrawn, IsOk());
  const auto ended = Ask<v1::Offer, v1::GetOfferRequest>("GetOffer", Manager(), "name: 'offers/mei'");
  EXPECT_EQ(ended->state(), v1::Offer::STATE_WITHDRAWN);
  EXPECT_EQ(ended->state_reason(), "接受其他公司錄取");
  EXPECT_EQ(FurthestStage(*withdrawn), v1::STAGE_OFFER);
}

TEST_F(ApplicationTest, OffersAndRequisitionsMoveApplications) {
  const std::string hired = Offered("mei@example.com"), declined = Offered("li@example.com"), waiting = MustReceive("wu@example.com");
  ASSERT_THAT(Move(Manager(), declined, "decline_offer"), IsOk());
  ASSERT_THAT(Move(Manager(), hired, "accept_offer"), IsOk());
  ASSERT_THAT(Move(Manager(), hired, "hire"), IsOk());
  ASSERT_THAT(CloseAll(false, {waiting, hired}), IsOk());
  EXPECT_EQ(Get(Manager(), declined)->end_reason(), "rejectionReasons/requisition-cancelled");
  ASSERT_THAT(CloseAll(true, {}), IsOk());
  const auto closed = Get(Manager(), waiting);
  EXPECT_EQ(closed->state(), v1::Application::STATE_REJECTED);
  EXPECT_EQ(closed->end_reason(), "rejectionReasons/requisition-filled");
  EXPECT_EQ(Get(Manager(), declined)->end_reason(), "rejectionReasons/requisition-cancelled") << "what has ended stays as it is";
  EXPECT_EQ(FurthestStage(*Get(Manager(), hired)), v1::STAGE_HIRED);
}

// ---- Yield

class YieldReportTest : public ApplicationTest {
 protected:
  absl::StatusOr<v1::ComputeYieldResponse> Yield(const rpc::Call& call, const std::string& more = "") {
    return Ask<v1::ComputeYieldResponse, v1::ComputeYieldRequest>(
        "ComputeYield", call, "start_date { year: 2025 month: 12 day: 1 } end_date { year: 2026 month: 1 day: 31 } " + more);
  }
};

TEST_F(YieldReportTest, ManagersSeeAllAndAnalystsAggregates) {
  AddRequisition("other", "positions/other");
  for (const auto& [name, channel] : std::map<std::string, std::string>{{"requisitions/host/openings/a", "job-board"},
                                                                        {"requisitions/host/openings/b", "referral"},
                                                                        {"requisitions/other/openings/a", "job-board"}}) {
    auto opening = test::Proto<v1::Opening>("content: 'x' cost_minor: 90000 state: STATE_PUBLISHED publish_time { seconds: 1766000000 }");
    opening.set_name(name);
    opening.set_channel("recruitmentChannels/" + channel);
    Put(opening);
  }
  const std::string hired = Offered("p0@example.com");
  ASSERT_THAT(Move(Manager(), hired, "hire"), IsOk());
  for (int i = 1; i < 4; ++i) MustReceive(absl::StrCat("p", i, "@example.com"), "apply_date { year: 2025 month: 12 day: 31 }");
  MustReceive("early@example.com", "apply_date { year: 2025 month: 11 day: 30 }");
  EXPECT_EQ(Yield(Manager())->whole().costs(0).amount_minor(), 270000);
  auto yield = Yield(Manager(), "channel: 'recruitmentChannels/job-board' position: 'positions/host'");
  ASSERT_THAT(yield, IsOk());
  ASSERT_EQ(yield->rows_size(), 1);
  EXPECT_EQ(yield->rows(0).people(), 4);
  EXPECT_EQ(yield->rows(0).stages(5).count(), 1);
  EXPECT_EQ(yield->rows(0).costs(0).per_hire_minor(), 90000);
  EXPECT_EQ(yield->rows(0).days_to_hire(), 0);
  EXPECT_EQ(yield->rows(0).days_to_fill(), 3100);
  EXPECT_EQ(yield->open_applications_size(), 3);
  ASSERT_EQ(yield->open_requisitions_size(), 1);
  EXPECT_EQ(yield->open_requisitions(0).days(), 31);
  yield = Yield(Analyst());
  ASSERT_THAT(yield, IsOk());
  EXPECT_EQ(yield->rows_size() + yield->open_applications_size() + yield->has_whole(), 0) << "four people are too few";
  MustReceive("p4@example.com");
  yield = Yield(Analyst());
  ASSERT_EQ(yield->rows_size(), 1);
  EXPECT_EQ(yield->rows(0).people(), 5);
  EXPECT_FALSE(yield->rows(0).has_days_to_hire()) << "of one person";
  EXPECT_TRUE(yield->has_whole());
  EXPECT_EQ(Yield(Manager(), "position: 'positions/other'")->rows_size(), 0);
}

TEST_F(YieldReportTest, SpansAreBounded) {
  EXPECT_THAT((Ask<v1::ComputeYieldResponse, v1::ComputeYieldRequest>(
                  "ComputeYield", Manager(), "start_date { year: 2026 month: 2 day: 1 } end_date { year: 2026 month: 1 day: 31 }")),
              HasViolations("end_date DATES_REVERSED"));
  EXPECT_THAT((Ask<v1::ComputeYieldResponse, v1::ComputeYieldRequest>(
                  "ComputeYield", Manager(), "start_date { year: 2020 month: 2 day: 1 } end_date { year: 2026 month: 1 day: 31 }")),
              HasViolations("end_date SPAN_TOO_LONG"));
}

}  // namespace
}  // namespace heitie::personnel
