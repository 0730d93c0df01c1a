#include "services/gateway/activity_readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "heitie/gateway/v1/activity_readiness.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"

namespace heitie::gateway {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;

class ActivityReadinessTest : public ::testing::Test {
 protected:
  ActivityReadinessTest() : call_(test::By("employees/a", {options::v1::ROLE_OPERATIONS_MANAGER}, absl::FromUnixSeconds(1767225600))) {
    AnswerGate(gate_);
    Answer<resource::v1::ListReservationsRequest>("resource", "heitie.resource.v1.MaterialService/ListReservations",
                                                  Proto<resource::v1::ListReservationsResponse>(R"pb(reservations { name: "r" })pb"));
    Answer<resource::v1::ListEncumbrancesRequest>("resource", "heitie.resource.v1.MoneyService/ListEncumbrances",
                                                  Proto<resource::v1::ListEncumbrancesResponse>(R"pb(encumbrances { name: "e" })pb"));
  }

  void AnswerGate(const absl::StatusOr<activity::v1::LaunchGateExamination>& gate) {
    Answer<activity::v1::ExamineLaunchGateRequest>("activity", "heitie.activity.v1.LaunchService/ExamineLaunchGate", gate);
  }
  // Answers and keeps the request as text.
  template <typename Req, typename Resp>
  void Answer(const std::string& service, const std::string& method, absl::StatusOr<Resp> response) {
    clients_[service].On<Req, Resp>(method, [this, method, response](const rpc::Call&, const Req& request) -> absl::StatusOr<Resp> {
      std::lock_guard lock(mutex_);
      requests_[method] = request.ShortDebugString();
      return response;
    });
  }
  template <typename Req, typename Resp>
  void Fail(const std::string& service, const std::string& method, const absl::Status& status) {
    Answer<Req, Resp>(service, method, absl::StatusOr<Resp>(status));
  }
  absl::StatusOr<v1::ActivityReadiness> Get() {
    v1::GetActivityReadinessRequest request;
    request.set_name("activities/sale");
    return GetActivityReadiness([this](const std::string& service) -> client::Client& { return clients_[service]; }, call_, request);
  }
  template <typename Req, typename Resp>
  void Answer(const std::string& service, const std::string& method, const Resp& response) {
    Answer<Req, Resp>(service, method, absl::StatusOr<Resp>(response));
  }

  const rpc::Call call_;
  activity::v1::LaunchGateExamination gate_ = Proto<activity::v1::LaunchGateExamination>(R"pb(
    gate { activity: "activities/sale" open: true }
    activity { name: "activities/sale" }
    preparation_items { name: "p" }
    support_commitments { name: "s" }
    waivers { name: "w" }
    materials { item: "items/poster" available: 7 }
    budget { name: "budgets/q1" available_minor: 5 }
    staff { qualified: true }
    risks { risk: "risks/1" })pb");
  std::map<std::string, test::FakeClient> clients_;
  std::mutex mutex_;
  std::map<std::string, std::string> requests_;
};

TEST_F(ActivityReadinessTest, PutsAllPartsTogether) {
  const auto readiness = Get();
  ASSERT_THAT(readiness, IsOk());
  EXPECT_EQ(readiness->activity().name(), "activities/sale");
  EXPECT_TRUE(readiness->ready());
  EXPECT_EQ(readiness->preparation_items_size(), 1);
  EXPECT_EQ(readiness->support_commitments_size(), 1);
  EXPECT_EQ(readiness->waivers_size(), 1);
  EXPECT_EQ(readiness->materials(0).available(), 7);
  EXPECT_EQ(readiness->reservations_size(), 1);
  EXPECT_EQ(readiness->budget().available_minor(), 5);
  EXPECT_EQ(readiness->encumbrances_size(), 1);
  EXPECT_TRUE(readiness->staff().qualified());
  EXPECT_EQ(readiness->risks_size(), 1);
  EXPECT_TRUE(readiness->missing().empty()) << readiness->missing(0).DebugString();
  EXPECT_EQ(readiness->compute_time().seconds(), 1767225600);
}

TEST_F(ActivityReadinessTest, TheGateIsAskedForAllThatItReads) {
  ASSERT_THAT(Get(), IsOk());
  EXPECT_EQ(requests_["heitie.activity.v1.LaunchService/ExamineLaunchGate"], R"(name: "activities/sale")");
  EXPECT_EQ(requests_["heitie.resource.v1.MaterialService/ListReservations"], R"(page_size: 200 filter: "subject = \"activities/sale\"")");
  EXPECT_EQ(requests_.size(), 3u);
}

TEST_F(ActivityReadinessTest, WhatTheGateCouldNotHaveIsNamed) {
  gate_.mutable_gate()->set_open(false);
  gate_.clear_staff();
  *gate_.add_missing() = Proto<activity::v1::MissingEvidence>(
      R"pb(part: "staff" service: "personnel" code: "UNAVAILABLE" reason: "UNAVAILABLE" message: "not now")pb");
  AnswerGate(gate_);
  const auto readiness = Get();
  ASSERT_THAT(readiness, IsOk());
  EXPECT_FALSE(readiness->ready());
  ASSERT_EQ(readiness->missing_size(), 1);
  EXPECT_EQ(readiness->missing(0).part(), "staff");
  EXPECT_EQ(readiness->missing(0).service(), "personnel");
  EXPECT_EQ(readiness->missing(0).code(), "UNAVAILABLE");
  EXPECT_EQ(readiness->missing(0).reason(), "UNAVAILABLE");
  EXPECT_EQ(readiness->missing(0).message(), "not now");
  EXPECT_FALSE(readiness->has_staff());
  EXPECT_EQ(readiness->risks_size(), 1);
}

TEST_F(ActivityReadinessTest, AServiceThatCannotBeReachedIsNamed) {
  Fail<resource::v1::ListReservationsRequest, resource::v1::ListReservationsResponse>(
      "resource", "heitie.resource.v1.MaterialService/ListReservations", status::Error(status::kUnavailable, {{"what", "resource"}}));
  const auto readiness = Get();
  ASSERT_THAT(readiness, IsOk());
  EXPECT_TRUE(readiness->ready());
  ASSERT_EQ(readiness->missing_size(), 2) << "who is down is not asked again";
  EXPECT_EQ(readiness->missing(0).part(), "reservations");
  EXPECT_EQ(readiness->missing(1).part(), "encumbrances");
  EXPECT_EQ(readiness->missing(0).service(), "resource");
}

TEST_F(ActivityReadinessTest, AnActivityThatNeedsNothingHasNeitherBudgetNorStaff) {
  gate_.clear_budget();
  gate_.clear_staff();
  AnswerGate(gate_);
  const auto readiness = Get();
  ASSERT_THAT(readiness, IsOk());
  EXPECT_FALSE(readiness->has_budget());
  EXPECT_FALSE(readiness->has_staff());
}

TEST_F(ActivityReadinessTest, FailsWhenTheActivityCannotBeHad) {
  AnswerGate(status::NotFound("activities/sale"));
  EXPECT_THAT(Get(), HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::gateway
